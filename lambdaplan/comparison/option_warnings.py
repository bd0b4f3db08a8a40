"""Warnings of a comparison: what to know of one option before relying on its bill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from lambdaplan.coldstart.month import lambda_billing
from lambdaplan.comparison.month import service_limits
from lambdaplan.formatting import count, decimal_text, figure
from lambdaplan.schema.fields import default_values
from lambdaplan.services.service import Served
from lambdaplan.units import KB_PER_MB, MS_PER_SECOND, SECONDS_PER_DAY, SECONDS_PER_MINUTE
from lambdaplan.workload.duration_accuracy import doubt
from lambdaplan.workload.process_model import one_request_server
from lambdaplan.workload.workload import SERVICE, Workload

if TYPE_CHECKING:
    from lambdaplan.comparison.result import Result

LONGEST_RUN_MS = 900_000  # of a Lambda function
MOST_NAMED = 5  # sizes that one line names


def _function_url_warning(result: Result) -> Iterator[str]:
    if result.option.front_door not in result.option.front_doors:
        yield f"{result.label}: only Lambda has function URLs, so nothing stands before it"


def _unsure_warning(result: Result) -> Iterator[str]:
    """Further sizes that lack the price of a line, each of which might be the cheapest."""
    if result.unsure:
        sizes = list(dict.fromkeys(size.size_label for size in result.unsure))
        named = ", ".join(sizes[:MOST_NAMED]) + (f" and {len(sizes) - MOST_NAMED} more" * (len(sizes) > MOST_NAMED))
        yield f"{result.label}: a price is missing for {named} too, of which each might be the cheapest"


def _people_warning(result: Result) -> Iterator[str]:
    hours = result.option.operations_hours + result.option.on_call_hours
    if hours and "operations" not in result.scenario.include:
        uncounted = f"{figure(hours)} hours of people are on no bill, because include leaves out operations"
        yield f"{result.label}: {uncounted}"


def _start_warning(result: Result) -> Iterator[str]:
    """What waits while units start, where something does."""
    start = result.start
    if start is None or start.worst is None:
        return
    carried = "none runs then" if start.ratio is None else f"{count(start.ratio, 3)} times what those running carry"
    waits = f"requests wait up to {count(start.wait_s, 3)} s"
    many = f"{len(start.hours)} such hours a week, " if start.hours else ""
    hours = f"{many}in which {count(start.requests, 3)} requests a month come meanwhile"
    units = f"while further units ({result.fleet.unit}) start, {figure(start.startup_s)} s"
    starts = f"{result.label}: {units}, the load is more than the rest carries"
    ahead = "Keep as many ready" if start.in_burst else "Start them ahead of the hour"
    yield f"{starts}: {start.when} it is {carried}, and {waits}; {hours}. {ahead}"


def _stream_warning(result: Result) -> Iterator[str]:
    """Streamed answers that take longer than their function is said to run."""
    if not result.option.streams:
        return
    free, rate = (Fraction(lambda_billing(name)) for name in ("streamed_free_mb", "streamed_mb_per_s"))
    size_mb = result.scenario.workload.response_kb / Fraction(KB_PER_MB)
    least_ms = (size_mb - free) / rate * MS_PER_SECOND
    if least_ms > result.fleet.wall_ms:
        takes = f"an answer of {figure(size_mb)} MB takes at least {count(float(least_ms), 3)} ms to stream"
        speed = f"{figure(rate)} MB a second beyond the first {figure(free)} MB"
        yield f"{result.label}: {takes} ({speed}), and the function is billed meanwhile; its duration here is less"


NAT_SCOPE = (
    "NAT gateways also charge for data that comes in, such as answers to the calls of a request and images of tasks: "
    "of that nothing is counted, so the line NAT gateway data is the least that it can be"
)


def _nat_warning(result: Result) -> Iterator[str]:
    """What passes through NAT gateways without being counted."""
    if any((line.service, line.price_item) == ("nat_gateway", "gateway_hour") for line in result.bill.lines):
        yield NAT_SCOPE


def _limit_warnings(result: Result) -> Iterator[str]:
    for limit in result.violations:
        value, allowed = decimal_text(Fraction(limit.value), 1), decimal_text(Fraction(limit.allowed), 1)
        words = f"{result.label}: {limit.limit}: {value} {limit.unit}, allowed {allowed}"
        if limit.adjustable:
            yield f"{words}; ask AWS for {limit.ask_for} ({limit.source})"
        elif limit.advisory:
            yield f"{words}; AWS does not raise it, so requests may wait or fail for a while ({limit.source})"
        else:
            yield f"{words}; the option is infeasible ({limit.source})"


def _duration_warning(result: Result) -> Iterator[str]:
    if result.option.function_mb is not None:
        words = doubt(result.scenario.workload, result.option.function_mb)
        if words is not None:
            yield f"{result.label}: {words}"


def _cold_answer_warnings(result: Result) -> Iterator[str]:
    """Cold starts that are not counted, or with which the answer time is not kept."""
    if result.option.has_function and result.fleet.cold is None:
        yield f"{result.label}: the cold starts of its overflow are not counted"
    slo = result.scenario.workload.slo
    if slo is None or result.fleet.cold is None:
        return
    answer = result.answer_ms(float(slo.percentile)) or 0.0
    if answer > slo.response_ms:
        yield (
            f"{result.label}: with its cold starts {figure(slo.percentile)} % are answered within "
            f"{count(Fraction(answer), 3)} ms, not {figure(slo.response_ms, 1)} ms; only warm requests are "
            "held to that"
        )


def _late_warnings(result: Result) -> Iterator[str]:
    """What a mean cold request does not keep to: a time-out of the front door, or the reader's own."""
    cold, workload = result.fleet.cold, result.scenario.workload
    if cold is None or not cold.starts:
        return
    answer_ms = result.fleet.wall_ms + cold.later_ms
    late = [
        f"{limit.limit}, {figure(limit.allowed)} {limit.unit}"
        for limit in service_limits(Served(result.scenario, result.option, result.fleet))
        if limit.unit == "ms" and answer_ms > limit.allowed and not limit.broken
    ]
    run_ms = result.fleet.wall_ms + cold.more_ms
    if workload.timeout_ms is not None and run_ms > workload.timeout_ms:
        late.append(f"workload.timeout_ms, {figure(workload.timeout_ms)} ms")
    for limit_words in late:
        words = f"{result.label}: a cold request takes {count(answer_ms, 3)} ms on average, more than"
        yield f"{words} {limit_words}: it fails"


def one_request_warning(results: Sequence[Result]) -> Iterator[str]:
    """Processes that take many requests at once by default, where those of the runtime usually take one."""
    if not results:
        return
    work = results[0].scenario.workload
    server = None if work.runtime is None else one_request_server(work.runtime)
    usual = default_values(Workload)["concurrency_per_process"]
    if server is None or work.concurrency_per_process != usual:
        return
    labels = [result.label for result in results if _takes_many(result)]
    if labels:
        yield (
            f"{work.runtime}: a process usually takes one request at a time ({server}), but concurrency_per_process "
            f"is its default, {figure(usual)}: {', '.join(labels)} may have too few units. Set "
            "workload.concurrency_per_process to the threads of a process, 1 without any, and processes of the option "
            "to its workers"
        )


def duration_unit_warning(results: Sequence[Result]) -> Iterator[str]:
    """A duration that may have been given in another unit: below 1 ms, or above what a function may run."""
    given = results[0].scenario.workload.duration_ms if results else Fraction(1)
    if 0 < given < 1:
        meant = figure(given * MS_PER_SECOND, 3)
        yield f"duration_ms = {decimal_text(given)} is less than a millisecond: if it is in seconds, give {meant}"
    elif given > (LONGEST_RUN_MS if results[0].scenario.workload.kind == SERVICE else SECONDS_PER_DAY * MS_PER_SECOND):
        minutes, meant = figure(given / MS_PER_SECOND / SECONDS_PER_MINUTE, 1), figure(given / MS_PER_SECOND, 3)
        yield (
            f"duration_ms = {decimal_text(given)} is {minutes} minutes, longer than a Lambda function may run (15 "
            f"minutes): if it is in microseconds, give {meant}"
        )


def median_warning(results: Sequence[Result]) -> Iterator[str]:
    """Why an asked percentile of answers, such as the median, may lie below their mean; once for all options."""
    slo = results[0].scenario.workload.slo
    if slo is None:
        return
    for result in results:
        within = result.answer_ms(float(slo.percentile))
        if within is not None and Fraction(within) < result.fleet.wall_ms:
            mean, less = (f"{count(Fraction(ms), 3)} ms" for ms in (result.fleet.wall_ms, within))
            share = figure(slo.percentile, 1)
            yield (
                f"{share} % of answers within {less} ({result.label}) is less than their mean, {mean}: times vary more "
                "upward than downward, and a few long ones raise the mean above what most take"
            )
            return


def _takes_many(result: Result) -> bool:
    """Whether some of its units have processes that take as many requests as the workload says."""
    fleets = (part.as_fleet for part in result.option.parts.values() or (result.option,))
    return any(f is not None and f.unit(result.scenario.book).requests_at_once is None for f in fleets)


Warn = Callable[["Result"], Iterator[str]]
OPTION_WARNINGS: tuple[Warn, ...] = (
    _function_url_warning,
    _unsure_warning,
    _people_warning,
    _start_warning,
    _limit_warnings,
    _nat_warning,
    _duration_warning,
    _stream_warning,
)
COLD_WARNINGS: tuple[Warn, ...] = (_cold_answer_warnings, _late_warnings)
