"""Metric streams of CloudWatch, an object a line: requests and durations of functions and load balancers."""

from __future__ import annotations

from array import array
from collections.abc import Collection

import numpy as np

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.metrics.series import METRICS, Series, series
from lambdaplan.evidence.metrics.service_metrics import metric_evidence
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import any_seconds

_RESOURCES = ("FunctionName", "LoadBalancer", "ServiceName", "InstanceId", "ApiId", "ApiName")
_Key = tuple[str, tuple[tuple[str, str], ...], str]


def read_stream(source: Source) -> Evidence:
    """Read one set of dimensions a resource: function without alias; account-wide lines only where they stand alone.

    A line that comes again for a minute takes the place of the former.
    """
    points: dict[_Key, _Points] = {}
    known = {name.lower() for name in METRICS}
    for one in source.objects():
        value, dimensions = one.get("value"), one.get("dimensions")
        metric = str(one.get("metric_name") or "")
        if not isinstance(value, dict) or metric.lower() not in known:
            continue
        time, total, count = any_seconds(one.get("timestamp")), number(value.get("sum")), number(value.get("count"))
        if time is None or total is None or count is None:
            continue
        named = dimensions if isinstance(dimensions, dict) else {}
        key = (metric, tuple(sorted((str(k), str(v)) for k, v in named.items())), str(one.get("region") or ""))
        if key not in points:
            points[key] = _Points()
        points[key].add(time, total, count, number(value.get("max")) or 0.0)
    kept = _one_set(points)
    dropped = len(points) - len(kept)
    made: list[Series] = []
    for key in kept:
        metric, dimensions, region = key
        values = points.pop(key).by_time()
        of = next((value for name, value in dimensions if name in _RESOURCES), "")
        for statistic, figures in _statistics(metric, values).items():
            one_series = series(("", metric, metric), figures, of, statistic=statistic, region=region)
            if one_series is not None:
                made.append(one_series)
    if not made:
        raise source.refuse("none of its metrics is known", "lines of metrics such as Invocations, with value.sum")
    words = f"{dropped} sets of dimensions say the same again (account-wide, or by alias) and are left out"
    return metric_evidence(made, [words] if dropped else [])


class _Points:
    """The points of one metric, 32 bytes each: time, sum, count and most."""

    def __init__(self) -> None:
        self._flat = array("d")
        self._folded = 0

    def add(self, *point: float) -> None:
        """Add time, sum, count and most; what comes twice is thrown away from time to time."""
        self._flat.extend(point)
        if len(self._flat) > 2 * self._folded + 400_000:
            self._flat = array("d", self._latest().tobytes())
            self._folded = len(self._flat)

    def _latest(self) -> np.ndarray:
        """A row a time, in order; of several for a time the last that came."""
        rows = np.frombuffer(self._flat, dtype=np.float64).reshape(-1, 4)[::-1]
        return rows[np.unique(rows[:, 0], return_index=True)[1]]

    def by_time(self) -> dict[float, tuple[float, float, float]]:
        """Sum, count and most by time."""
        return {time: (total, count, most) for time, total, count, most in self._latest().tolist()}


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


def _statistics(metric: str, values: dict[float, tuple[float, float, float]]) -> dict[str, dict[float, float]]:
    """The statistics that are wanted of a metric."""
    if metric == "ConcurrentExecutions":
        return {"Maximum": {time: most for time, (_, _, most) in values.items()}}
    sums = {time: total for time, (total, _, _) in values.items()}
    means = {time: total / count for time, (total, count, _) in values.items() if count}
    if metric in ("Duration", "TargetResponseTime", "Latency", "IntegrationLatency"):
        return {"Sum": sums, "Average": means}
    if metric in ("Invocations", "RequestCount", "Count", "Errors", "Throttles", "ProcessedBytes"):
        return {"Sum": sums}
    return {"Average": means, "Maximum": {time: most for time, (_, _, most) in values.items()}}


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
