"""Results of k6: summary export, handleSummary, the machine-readable summary, points as JSON or CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import OPEN, LoadResult, usl_measures
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import any_seconds

_PERCENT = re.compile(r"p\(([\d.]+)\)")
_STEADY_S = 3  # seconds of a level that count; a shorter one is a ramp


def _trend(values: Mapping[str, Any]) -> tuple[float | None, dict[float, float], float | None]:
    """Mean, percentiles and the most of a trend. [ms]"""
    percentiles = {}
    for name, value in values.items():
        match, figure = _PERCENT.fullmatch(str(name)), number(value)
        if match and figure is not None:
            percentiles[float(match[1])] = figure
    middle = number(values.get("med"))
    if middle is not None:
        percentiles[50.0] = middle
    return number(values.get("avg")), percentiles, number(values.get("max"))


def _summary(source: Source, metrics: Mapping[str, Any], duration_s: float | None) -> LoadResult:
    """A summary by the values of its metrics."""

    def values(name: str) -> Mapping[str, Any]:
        one = metrics.get(name)
        return one if isinstance(one, Mapping) else {}

    sent, failed = values("http_reqs"), values("http_req_failed")
    if not sent:
        raise source.refuse("it has no http_reqs", "a summary of k6 with HTTP requests")
    requests, rate = number(sent.get("count")), number(sent.get("rate"))
    errors = number(failed.get("passes", failed.get("matches")))
    share = number(failed.get("rate", failed.get("value")))
    if errors is None and share is not None and requests is not None:
        errors = round(share * requests)
    mean, percentiles, most = _trend(values("http_req_duration"))
    dropped = number(values("dropped_iterations").get("count"))
    users = values("vus_max")
    result = LoadResult(
        requests=requests,
        errors=errors,
        throughput_rps=rate,
        duration_s=duration_s,
        concurrency=number(users.get("max", users.get("value"))),
        mean_ms=mean,
        most_ms=most,
        percentiles=percentiles,
    )
    if dropped is not None:
        result.model = OPEN
        result.more["dropped"] = Measure(int(dropped), "iterations that could not start")
        if dropped:
            result.notes.append(
                "iterations were dropped: there were too few virtual users, so the rate was not reached"
            )
    return result


def read_export(source: Source) -> Evidence:
    """Read what --summary-export writes: flat; true beside a threshold means that it was crossed."""
    metrics = source.document.get("metrics") if isinstance(source.document, Mapping) else None
    if not isinstance(metrics, Mapping):
        raise source.refuse("it has no metrics", "what k6 --summary-export writes")
    result = _summary(source, metrics, None)
    _crossed(result, metrics, when=True)
    return result.evidence(source)


def read_handle_summary(source: Source) -> Evidence:
    """Read what handleSummary writes: values lie under ``values``; ok true means that the threshold held."""
    metrics = source.document.get("metrics") if isinstance(source.document, Mapping) else None
    if not isinstance(metrics, Mapping):
        raise source.refuse("it has no metrics", "what handleSummary of k6 writes")
    inner = {name: one.get("values") for name, one in metrics.items() if isinstance(one, Mapping)}
    state = source.document.get("state")
    took = number(state.get("testRunDurationMs")) if isinstance(state, Mapping) else None
    result = _summary(source, inner, None if took is None else took / 1000)
    _crossed(result, metrics, when=False)
    return result.evidence(source)


def read_machine_summary(source: Source) -> Evidence:
    """Read the machine-readable summary: metrics are a list under ``results``."""
    document = source.document
    results = document.get("results") if isinstance(document, Mapping) else None
    listed = results.get("metrics") if isinstance(results, Mapping) else None
    if not isinstance(listed, list):
        raise source.refuse("it has no results.metrics", "the machine-readable summary of k6")
    inner = {str(one.get("name")): one.get("values") for one in listed if isinstance(one, Mapping)}
    config = document.get("config")
    took = config.get("duration") if isinstance(config, Mapping) else None
    return _summary(source, inner, number(str(took).removesuffix("s"))).evidence(source)


def _crossed(result: LoadResult, metrics: Mapping[str, Any], *, when: bool) -> None:
    """Whether a threshold was crossed: told by true in one form, by ok false in the other."""
    told = []
    for one in metrics.values():
        limits = one.get("thresholds") if isinstance(one, Mapping) else None
        for held in limits.values() if isinstance(limits, Mapping) else ():
            told.append((held.get("ok") if isinstance(held, Mapping) else held) is when)
    if told:
        result.more["threshold_crossed"] = Measure(any(told), "flag")


class _Points:
    """Points one after the other: durations, failures, and requests by the number of virtual users."""

    def __init__(self) -> None:
        self.result = LoadResult(values=Values())
        self.requests = self.errors = 0
        self.seconds: dict[int, int] = {}
        self.users: dict[int, float] = {}

    def add(self, metric: str, time: float | None, value: float, tags: Mapping[str, Any]) -> None:
        """Take one point in."""
        if metric == "http_reqs":
            self.requests += int(value)
            self.result.span.add(time)
            if time is not None:
                self.seconds[int(time)] = self.seconds.get(int(time), 0) + int(value)
            if str(tags.get("expected_response")) == "false":
                self.errors += 1
        elif metric == "http_req_duration" and self.result.values is not None:
            self.result.values.add(value)
        elif metric == "vus" and time is not None:
            self.users[int(time)] = value

    def evidence(self, source: Source) -> Evidence:
        """What they add up to. The last point ends the last request but one gap: the run is n / (n - 1) of the span."""
        result, span = self.result, self.result.span
        result.requests, result.errors = self.requests, self.errors
        if span.first is not None and span.last is not None and self.requests > 1 and span.last > span.first:
            result.duration_s = (span.last - span.first) * self.requests / (self.requests - 1)
            result.throughput_rps = self.requests / result.duration_s
        if self.users:
            result.concurrency = max(self.users.values())
        reads, notes = usl_measures(self._levels(), "requests a second at each number of virtual users")
        result.more.update(reads)
        result.notes += notes
        return result.evidence(source)

    def _levels(self) -> list[tuple[float, float]]:
        """Requests a second at each number of virtual users that was held, its first and last second left out."""
        by: dict[float, list[int]] = {}
        for second, users in self.users.items():
            if users > 0:
                by.setdefault(users, []).append(self.seconds.get(second, 0))
        return [(users, sum(own[1:-1]) / (len(own) - 2)) for users, own in by.items() if len(own) >= _STEADY_S + 2]


def read_points(source: Source) -> Evidence:
    """Read what --out json writes, line by line."""
    points = _Points()
    for one in source.objects():
        data = one.get("data")
        if one.get("type") != "Point" or not isinstance(data, Mapping):
            continue
        value = number(data.get("value"))
        tags = data.get("tags")
        if value is not None:
            points.add(
                str(one.get("metric")), any_seconds(data.get("time")), value, tags if isinstance(tags, Mapping) else {}
            )
    return points.evidence(source)


def read_csv(source: Source) -> Evidence:
    """Read what --out csv writes."""
    points = _Points()
    for row in source.rows():
        value = number(row.get("metric_value"))
        if value is not None:
            points.add(row.get("metric_name", ""), any_seconds(row.get("timestamp")), value, row)
    return points.evidence(source)


_HTTP = r"\"http_reqs\""
KINDS = (
    Kind(
        "k6_handle_summary",
        "a summary that handleSummary of k6 wrote",
        "load_tests",
        {"http_reqs": _HTTP, "metrics": r"\"metrics\"\s*:\s*\{", "values": r"\"values\"\s*:\s*\{"},
        read_handle_summary,
    ),
    Kind(
        "k6_summary_export",
        "a summary of k6 --summary-export",
        "load_tests",
        {"http_reqs": _HTTP, "metrics": r"\"metrics\"\s*:\s*\{"},
        read_export,
    ),
    Kind(
        "k6_machine_summary",
        "a machine-readable summary of k6",
        "load_tests",
        {"http_reqs": _HTTP, "results": r"\"results\"\s*:\s*\{", "metrics": r"\"metrics\"\s*:\s*\["},
        read_machine_summary,
    ),
    Kind(
        "k6_points",
        "points of k6 --out json",
        "load_tests",
        {"type": r"\"type\"\s*:\s*\"(?:Point|Metric)\"", "metric": r"\"metric\"\s*:", "data": r"\"data\"\s*:\s*\{"},
        read_points,
    ),
    Kind(
        "k6_csv",
        "points of k6 --out csv",
        "load_tests",
        {
            "metric_name": r"\Ametric_name,",
            "metric_value": r"\A[^\n]*\bmetric_value\b",
            "timestamp": r"\A[^\n]*\btimestamp\b",
        },
        read_csv,
    ),
)
