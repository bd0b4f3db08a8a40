"""Traces of X-Ray as `aws xray batch-get-traces` prints them: a bound of CPU time, no figure of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span

_DEEPEST = 60
_FUNCTION = "AWS::Lambda::Function"
_SERVERS = ("AWS::ECS::Container", "AWS::ECS::Fargate", "AWS::EC2::Instance", "AWS::ElasticBeanstalk::Environment")


def read_traces(source: Source) -> Evidence:
    """Read traces. What a segment does not spend in calls to others bounds its CPU time from above."""
    document = source.document
    traces = document.get("Traces") if isinstance(document, Mapping) else None
    durations, waiting, rest = Values(), Values(), Values()
    times = Span()
    for trace in traces if isinstance(traces, list) else []:
        segments = list(_segments(trace))
        for segment in _served(segments):
            start, end = number(segment.get("start_time")), number(segment.get("end_time"))
            if start is None or end is None or end <= start:
                continue
            spent = _union(list(_calls(segment, 0)), start, end)
            durations.add(1000 * (end - start))
            waiting.add(1000 * spent)
            rest.add(1000 * (end - start - spent))
            times.add(start)
            times.add(end)
    if not durations:
        raise source.refuse(
            "it has no finished segment of a function or server", "what aws xray batch-get-traces prints"
        )
    reads = {
        "duration_ms": _mean(durations, "ms of the segment, mean"),
        "waiting_ms": _mean(waiting, "ms in calls to others: the union of their intervals"),
        "not_waiting_ms": _mean(rest, "ms: an upper bound of CPU time at that memory, not CPU time"),
    }
    evidence = Evidence(durations.n, reads, *times.iso, cannot_tell=("CPU time",))
    evidence.not_values.add("duration_ms")
    evidence.notes.append(
        "traces are a sample, by default one a second and 5 % of the rest; calls that are not traced count as work"
    )
    return evidence


def _mean(values: Values, unit: str) -> Measure:
    return Measure(round(values.mean, 4), unit, *values.mean_interval(), values.n)


def _segments(trace: Any) -> Iterator[Mapping[str, Any]]:
    for one in trace.get("Segments", ()) if isinstance(trace, Mapping) else ():
        text = one.get("Document") if isinstance(one, Mapping) else None
        if isinstance(text, str):
            try:
                text = json.loads(text)
            except (json.JSONDecodeError, RecursionError):
                continue
        if isinstance(text, Mapping):
            yield text


def _served(segments: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The segments of functions; without one those of servers, else those that have no parent."""
    for origins in ((_FUNCTION,), _SERVERS):
        chosen = [one for one in segments if one.get("origin") in origins]
        if chosen:
            return chosen
    return [one for one in segments if not one.get("inferred") and not one.get("parent_id")]


def _calls(segment: Mapping[str, Any], depth: int) -> Iterator[tuple[float, float]]:
    """The intervals of calls to others, at any depth."""
    inner = segment.get("subsegments")
    for one in inner if isinstance(inner, list) and depth < _DEEPEST else []:
        if not isinstance(one, Mapping):
            continue
        start, end = number(one.get("start_time")), number(one.get("end_time"))
        if one.get("namespace") in ("aws", "remote") and start is not None and end is not None:
            yield start, end
        else:
            yield from _calls(one, depth + 1)


def _union(intervals: list[tuple[float, float]], start: float, end: float) -> float:
    """How long at least one of them lasts, within a segment."""
    total, reached = 0.0, start
    for low, high in sorted(intervals):
        low, high = max(low, reached), min(high, end)  # noqa: PLW2901
        if high > low:
            total += high - low
            reached = high
    return total


KINDS = (
    Kind(
        "xray_batch_get_traces",
        "what aws xray batch-get-traces prints",
        "tuning",
        {"Traces": r"\"Traces\"\s*:", "Segments": r"\"Segments\"\s*:", "Document": r"\"Document\"\s*:"},
        read_traces,
    ),
)
