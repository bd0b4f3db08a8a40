"""Results of Locust: statistics, their history, failures, and --json."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import CLOSED, LoadResult, usl_measures
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span, seconds

_TOTALS = ("Aggregated", "Total")
_PERCENTS = ("50", "66", "75", "80", "90", "95", "98", "99", "99.9", "99.99")
_SETTLING = 1  # rows after a change of users that are left out of its level
_ROUNDED = "percentiles of Locust are rounded to two digits; failures are within its means"


def read_statistics(source: Source) -> Evidence:
    """Read _stats.csv: the line Aggregated is the total of the others."""
    rows = list(source.rows())
    total = next((row for row in rows if row.get("Name") in _TOTALS), None)
    if total is None:
        if len(rows) != 1:
            raise source.refuse("it has no line Aggregated", "the _stats.csv of Locust", "Take the whole file.")
        total = rows[0]
    total = {name.title().replace("/S", "/s"): value for name, value in total.items()}  # older ones have small letters
    percentiles = {float(name): ms for name in _PERCENTS if (ms := number(total.get(f"{name}%"))) is not None}
    result = LoadResult(
        requests=number(total.get("Request Count", total.get("# Requests"))),
        errors=number(total.get("Failure Count", total.get("# Failures"))),
        throughput_rps=number(total.get("Requests/s")),
        mean_ms=number(total.get("Average Response Time")),
        most_ms=number(total.get("Max Response Time")),
        percentiles=percentiles,
        model=CLOSED,
        notes=[_ROUNDED, "throughput is of the whole run, its ramp in it; the history file has it by users"],
    )
    return result.evidence(source)


def read_history(source: Source) -> Evidence:
    """Read _stats_history.csv. Its rates are of the last ten seconds, so levels are taken from the counts."""
    rows = [row for row in source.rows() if row.get("Name") in _TOTALS]
    levels: dict[float, list[tuple[float, float]]] = {}
    span, points = Span(), []
    for row in rows:
        time, users = seconds(row.get("Timestamp", "")), number(row.get("User Count"))
        count = number(row.get("Total Request Count"))
        if time is None or users is None or count is None:
            continue
        span.add(time)
        points.append((time, users, count))
    if len(points) < 2:
        raise source.refuse("it has no rows Aggregated with Total Request Count", "the _stats_history.csv of Locust")
    for (before, old, least), (time, users, most) in itertools.pairwise(points):
        if users > 0 and users == old and time > before:
            levels.setdefault(users, []).append((time - before, most - least))
    steps = sorted({whole(users) for _, users, _ in points if users > 0})
    steady = [
        (users, sum(count for _, count in own[_SETTLING:]) / sum(time for time, _ in own[_SETTLING:]))
        for users, own in levels.items()
        if len(own) > _SETTLING + 1
    ]
    last = rows[-1]
    took = points[-1][0] - points[0][0]
    requests = points[-1][2]
    result = LoadResult(
        requests=requests,
        errors=number(last.get("Total Failure Count")),
        duration_s=took,
        throughput_rps=requests / took if took else None,
        mean_ms=number(last.get("Total Average Response Time")),
        most_ms=number(last.get("Total Max Response Time")),
        model=CLOSED,
        span=span,
    )
    reads, notes = usl_measures(steady, "requests between two rows, the first after a change of users left out")
    result.more["users_max"] = Measure(max(steps, default=0), "users")
    result.more["steps"] = Measure(steps, "users")  # type: ignore[arg-type]
    for users, rate in steady:
        result.more[f"throughput_rps@{whole(users)}"] = Measure(rate, "requests a second at so many users")
    result.more.update(reads)
    result.notes += notes
    return result.evidence(source)


def read_failures(source: Source) -> Evidence:
    """Read _failures.csv: how many there were. What the errors say is not read."""
    total, rows = 0.0, 0
    span = Span()
    for row in source.rows():
        count = number(row.get("Occurrences"))
        if count is not None:
            total, rows = total + count, rows + 1
            span.add(seconds(row.get("First Seen", "")))
            span.add(seconds(row.get("Last Seen", "")))
    reads = {"errors": Measure(int(total), "failed requests")}
    return Evidence(rows, reads, *span.iso, cannot_tell=("anything but failures: the statistics file has the rest",))


def read_json(source: Source) -> Evidence:
    """Read what --json prints: response times as a histogram, from which percentiles are exact to its digits."""
    entries = source.document if isinstance(source.document, list) else []
    values, span = Values(), Span()
    requests = errors = total = 0.0
    for one in entries:
        if not isinstance(one, Mapping) or one.get("name") in _TOTALS:
            continue
        requests += number(one.get("num_requests")) or 0
        errors += number(one.get("num_failures")) or 0
        total += number(one.get("total_response_time")) or 0
        for key in ("start_time", "last_request_timestamp"):
            span.add(number(one.get(key)))
        _histogram(values, one.get("response_times"))
    result = LoadResult(requests=requests, errors=errors, model=CLOSED, span=span, notes=[_ROUNDED])
    if span.first is not None and span.last is not None and span.last > span.first:
        result.duration_s = span.last - span.first
        result.throughput_rps = requests / result.duration_s
    if requests:
        result.mean_ms = total / requests
    if values:
        names = (50, 75, 90, 95, 99)
        result.percentiles = dict(zip(names, values.percentiles(*names), strict=True))
        result.most_ms = values.most
    return result.evidence(source)


def _histogram(values: Values, histogram: Any) -> None:
    for time, count in histogram.items() if isinstance(histogram, Mapping) else ():
        ms, times = number(time), number(count)
        if ms is not None and times is not None and 0 < times < 1e8:
            values.extend([ms] * int(times))


KINDS = (
    Kind(
        "locust_history_csv",
        "the _stats_history.csv of Locust",
        "load_tests",
        {"User Count": r"\A[^\n]*User Count", "Total Request Count": r"\A[^\n]*Total Request Count"},
        read_history,
    ),
    Kind(
        "locust_stats_csv",
        "the _stats.csv of Locust",
        "load_tests",
        {
            "Request Count": r"\A[^\n]*(?:Request Count|# requests)",
            "Average Response Time": r"(?i)\A[^\n]*\bAverage Response Time",
            "Type or Method": r"\A[^\n]*\b(?:Type|Method)\b",
        },
        read_statistics,
        also=lambda source: "User Count" not in source.header,
    ),
    Kind(
        "locust_failures_csv",
        "the _failures.csv of Locust",
        "load_tests",
        {"Occurrences": r"\A[^\n]*\bOccurrences\b", "Error": r"\A[^\n]*\bError\b", "Method": r"\A\W*Method\b"},
        read_failures,
    ),
    Kind(
        "locust_json",
        "what locust --json prints",
        "load_tests",
        {"num_requests": r"\"num_requests\"\s*:", "num_failures": r"\"num_failures\"\s*:", "a list": r"\A\s*\["},
        read_json,
    ),
)
