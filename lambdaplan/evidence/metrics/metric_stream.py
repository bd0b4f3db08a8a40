"""Metric streams of CloudWatch, an object a line: requests and durations of functions and load balancers."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.metrics.series import METRICS, Series, series
from lambdaplan.evidence.metrics.service_metrics import metric_evidence
from lambdaplan.evidence.metrics.stored_points import Points, Shelf, StoredRows
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import any_seconds

_RESOURCES = ("FunctionName", "LoadBalancer", "ServiceName", "InstanceId", "ApiId", "ApiName")
_Key = tuple[str, tuple[tuple[str, str], ...], str]


def read_stream(source: Source) -> Evidence:
    """Read one set of dimensions a resource: function without alias; account-wide lines only where they stand alone.

    A line that comes again for a minute takes the place of the former.
    """
    points = _Points()
    form: re.Pattern[bytes] | None = None
    if source.head.lstrip()[:1] == "[":
        for one in source.objects():
            points.add(one)
    else:
        for block in source.blocks():
            form = form or _form(block)
            points.take(block, form)
    kept = _one_set(points.known)
    dropped = len(points.known) - len(kept)
    made: list[Series] = []
    shelf = Shelf()
    for key in kept:
        metric, dimensions, region = key
        table = points.rows.rows(points.known[key])
        of = next((value for name, value in dimensions if name in _RESOURCES), "")
        for statistic, figures in _statistics(metric, table).items():
            names = ("", metric, metric)
            one_series = series(names, figures, of, statistic=statistic, region=region, shelf=shelf)
            if one_series is not None:
                made.append(one_series)
    if not made:
        raise source.refuse("none of its metrics is known", "lines of metrics such as Invocations, with value.sum")
    words = f"{dropped} sets of dimensions say the same again (account-wide, or by alias) and are left out"
    return metric_evidence(made, [words] if dropped else [])


_KNOWN = {name.lower() for name in METRICS}
_FIGURE = r"(-?[\d.]+(?:[eE][-+]?\d+)?)"
_OTHER = r'(?:"[^"\\]*"|[\d.]+)'
_WANTED = ("sum", "count", "max")


def _form(block: bytes) -> re.Pattern[bytes] | None:
    """The lines of a stream as its first one is written, by which they are read without parsing each.

    None where it is not as AWS writes it: metric, dimensions, time and value as neighbours.
    """
    try:
        one = json.loads(block.partition(b"\n")[0])
        names = [name for name in one["value"] if name in _WANTED or name == "min"]
    except (ValueError, KeyError, TypeError):
        return None
    if list(one["value"])[: len(names)] != names or not set(_WANTED) <= set(names):
        return None
    figures = ", ?".join(f'"{name}": ?{"[^,}]+" if name == "min" else _FIGURE}' for name in names)
    own = {"dimensions": r"(\{[^{}]*\})", "timestamp": r"(\d+)", "value": rf"\{{{figures}[^{{}}]*\}}"}
    own |= {"region": '"([^"]*)"', "metric_name": '"([^"]*)"'}
    if [name for name in one if name in own] != ["region", "metric_name", "dimensions", "timestamp", "value"]:
        return None
    parts = (f'"{re.escape(str(name))}": ?{own.get(name, _OTHER)}' for name in one)
    text = rf"^\{{{', ?'.join(parts)}\}}\s*$"
    pattern = re.compile(text.encode(), re.MULTILINE)
    return pattern if pattern.search(block) else None


class _Points:
    """The points of the metrics that are known: time, sum, count and most."""

    def __init__(self) -> None:
        self.rows = StoredRows(4)
        self.known: dict[_Key, int] = {}
        self._places: dict[tuple[bytes, ...], int] = {}

    def take(self, block: bytes, form: re.Pattern[bytes] | None) -> None:
        """Add the lines of a block, at once where all are as the form has them."""
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        matches = form.findall(block) if form is not None else []
        if len(matches) != lines:
            for line in block.split(b"\n"):
                with contextlib.suppress(ValueError, RecursionError):
                    self.add(json.loads(line))
            return
        regions, metrics, dimensions, times, *figures = zip(*matches, strict=True)
        keys = list(zip(regions, metrics, dimensions, strict=True))
        for key in set(keys) - self._places.keys():
            region, metric, named = (part.decode("utf-8", "replace") for part in key)
            self._places[key] = self._place(metric, _object(named), region)
        places = np.fromiter(map(self._places.__getitem__, keys), dtype=np.int32, count=lines)
        order = [self._order(form).index(name) for name in _WANTED]
        columns = [_seconds(times), *(_floats(figures[place]) for place in order)]
        chosen = places >= 0
        self.rows.extend(places[chosen], np.column_stack(columns)[chosen])

    @staticmethod
    def _order(form: re.Pattern[bytes] | None) -> list[str]:
        """The wanted figures in the order of a form."""
        text = b"" if form is None else form.pattern
        return sorted(_WANTED, key=lambda name: text.index(f'"{name}"'.encode()))

    def add(self, one: Any) -> None:
        """Add one object, whichever order its names have."""
        value, dimensions = (one.get("value"), one.get("dimensions")) if isinstance(one, dict) else (None, None)
        if not isinstance(value, dict):
            return
        time, total, count = any_seconds(one.get("timestamp")), number(value.get("sum")), number(value.get("count"))
        place = self._place(str(one.get("metric_name") or ""), dimensions, str(one.get("region") or ""))
        if place >= 0 and time is not None and total is not None and count is not None:
            self.rows.add(place, time, total, count, number(value.get("max")) or 0.0)

    def _place(self, metric: str, dimensions: Any, region: str) -> int:
        """The number of a set of dimensions of a metric; -1 for a metric that is not read."""
        if metric.lower() not in _KNOWN:
            return -1
        named = dimensions if isinstance(dimensions, dict) else {}
        key = (metric, tuple(sorted((str(k), str(v)) for k, v in named.items())), region)
        return self.known.setdefault(key, len(self.known))


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _floats(texts: Sequence[bytes]) -> np.ndarray:
    return np.array(list(map(float, texts)))


def _seconds(texts: Sequence[bytes]) -> np.ndarray:
    """Times of seconds, milli-, micro- or nanoseconds since 1970. [s]"""
    times = _floats(texts)
    while (late := times > 1e11).any():
        times[late] /= 1000
    return times


def _one_set(points: Collection[_Key]) -> list[_Key]:
    """Of each metric and resource the set with the fewest dimensions; sets without a resource if there is no other."""
    kept: dict[tuple[str, str], _Key] = {}
    for key in points:
        metric, dimensions, _ = key
        of = next((value for name, value in dimensions if name in _RESOURCES), "")
        former = kept.get((metric, of))
        if former is None or len(dimensions) < len(former[1]):
            kept[metric, of] = key
    named = {metric for metric, of in kept if of}
    return [key for (metric, of), key in kept.items() if of or metric not in named]


def _statistics(metric: str, table: np.ndarray) -> dict[str, Points]:
    """The statistics that are wanted of a metric, from rows of time, sum, count and most."""
    times, totals, counts, most = table.T
    if metric == "ConcurrentExecutions":
        return {"Maximum": (times, most)}
    told = counts != 0
    means = (times[told], totals[told] / counts[told])
    if metric in ("Duration", "TargetResponseTime", "Latency", "IntegrationLatency"):
        return {"Sum": (times, totals), "Average": means}
    if metric in ("Invocations", "RequestCount", "Count", "Errors", "Throttles", "ProcessedBytes"):
        return {"Sum": (times, totals)}
    return {"Average": means, "Maximum": (times, most)}


KINDS = (
    Kind(
        "cloudwatch_metric_stream",
        "a metric stream of CloudWatch (JSON lines)",
        "metrics",
        {
            "metric_name": r'"metric_name"\s*:',
            "value": r'"value"\s*:\s*\{',
            "namespace or dimensions": r'"(namespace|dimensions)"\s*:',
        },
        read_stream,
    ),
)
