"""Work that may wait, in words: how long it waits at most, and what fleets of it leave out on purpose."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from lambdaplan.comparison.result import PERCENTILES, Result
from lambdaplan.formatting import count, figure
from lambdaplan.workload.retries import NEVER, Retries, who_words
from lambdaplan.workload.workload import Workload

if TYPE_CHECKING:
    from lambdaplan.comparison.comparison import Comparison

LONGEST_WAIT = "longest wait"
LARGE_SHARE = Fraction(1, 20)  # from here on a share is told in percent


def waiting_words(comparison: Comparison) -> str:
    """That work may wait, for how long it does, and which fleets do with one unit; empty where somebody waits."""
    work = comparison.scenario.workload
    if not work.waits:
        return ""
    parts = [f"Nobody waits for an answer: work may wait{_bound(work)}"]
    waits = [(result.label, wait_text(result)) for result in comparison.options if result.wait_s is not None]
    parts += [f"longest wait: {', '.join(f'{label} {text}' for label, text in waits)}"] if waits and work.drains else []
    started = [result.label for result in comparison.options if result.fleet.started_each]
    if started:
        parts.append(f"{' and '.join(started)}: each run starts a unit of its own, and none stands")
    if work.steps > 1:
        parts.append(f"a function takes a run in {figure(work.steps)} steps, one call after another")
    single = [result.label for result in comparison.options if _is_single(result)]
    if single:
        units = "one unit in one zone will do" if len(single) > 1 else "one unit in one zone will do for it"
        parts.append(f"{' and '.join(single)}: {units}, as its loss only delays work")
    return "; ".join(parts)


def retry_words(comparison: Comparison, *, of_all: bool = False) -> str:
    """Who tries again, how many attempts are billed and what is left; empty where the scenario does not say.

    Parameters: of_all : bool - what is left as a share, which holds at any number of requests, and not as a number.
    """
    work = comparison.scenario.workload
    retries = work.retries
    if retries is None:
        return ""
    parts = [who_words(retries)]
    if retries.attempts_each != 1:
        parts.append(
            f"{figure(retries.attempts_each, 4)} attempts for each of the {work.noun} are billed, logged and sized for"
        )
    left = work.requests_per_month * retries.left_share
    if retries.left_share and retries.by not in NEVER:
        lost = "end as errors to callers" if retries.begins_anew else "are lost, unless a dead-letter queue takes them"
        where = "end in the dead-letter queue" if retries.dead_letters else lost
        many = "fewer than one" if left < 1 else count(left, 3)
        parts.append(
            f"{left_words(retries)} of the {work.noun} {where}"
            if of_all
            else f"{many} of the {work.noun} a month {where}"
        )
    if not retries.idempotent and retries.attempts_each > 1:
        parts.append("work may be done twice, so it must be idempotent (workload.retries.idempotent bills its keys)")
    return "; ".join(parts)


def left_words(retries: Retries) -> str:
    """The share of requests at which every attempt failed: 25 %, or 1 in 8,000; "none" where it is 0."""
    share = Fraction(retries.left_share)
    if not share:
        return "none"
    return f"{figure(100 * share, 3)} %" if share >= LARGE_SHARE else f"1 in {count(1 / share, 3)}"


def wait_text(result: Result) -> str:
    """The longest wait of an option; empty where there is none to give."""
    return "" if result.wait_s is None else f"{count(result.wait_s, 3)} s"


def late_columns(result: Result, heading: str) -> dict[str, str]:
    """How late an option answers, or how long work waits for it, as columns of a table.

    Parameters: heading : str - that of a percentile, with {} in its place.
    """
    if result.scenario.workload.waits:
        return {"longest wait, s": "none to give" if result.wait_s is None else count(result.wait_s, 3)}
    times = {percent: result.answer_ms(percent) for percent in PERCENTILES}
    return {heading.format(p): "unknown" if ms is None else count(ms, 3) for p, ms in times.items()}


def flow_words(work: Workload) -> str:
    """How work that waits is taken to come, in a sentence without its full stop."""
    burst = figure(work.traffic.burst)
    come = (
        "evenly over each hour"
        if work.traffic.burst == 1
        else f"in each hour at {burst} times its mean until all are there"
    )
    if not work.drains:
        return "Nothing is taken to wait for another run"
    return f"{work.noun.capitalize()} are taken to come as a steady flow, {come}, and are served in the order they came"


def _bound(work: Workload) -> str:
    return f" up to {figure(work.max_wait_s)} s" if work.max_wait_s is not None else ""


def _is_single(result: Result) -> bool:
    fleet = result.option.as_fleet
    if fleet is None or result.fleet.started_each:
        return False
    return fleet.min_units <= 1 and Fraction(fleet.zones) == 1 and not fleet.survive_zone_loss
