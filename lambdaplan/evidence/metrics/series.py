"""Series of CloudWatch: one metric with one statistic over time, and what its label says it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lambdaplan.evidence.metrics.stored_points import Points, Shelf

STATISTICS = ("Sum", "Average", "Maximum", "Minimum", "SampleCount")
METRICS = (
    "ProvisionedConcurrencySpilloverInvocations",
    "ProvisionedConcurrencyInvocations",
    "ProvisionedConcurrencyUtilization",
    "ProvisionedConcurrentExecutions",
    "UnreservedConcurrentExecutions",
    "ConcurrentExecutions",
    "PostRuntimeExtensionsDuration",
    "Invocations",
    "Duration",
    "Throttles",
    "Errors",
    "RequestCountPerTarget",
    "RequestCount",
    "TargetResponseTime",
    "ProcessedBytes",
    "ConsumedLCUs",
    "ActiveConnectionCount",
    "NewConnectionCount",
    "HTTPCode_Target_5XX_Count",
    "HTTPCode_ELB_5XX_Count",
    "CPUUtilization",
    "MemoryUtilization",
    "CPUCreditBalance",
    "RunningTaskCount",
    "DesiredTaskCount",
    "CpuUtilized",
    "CpuReserved",
    "MemoryUtilized",
    "MemoryReserved",
    "GroupInServiceInstances",
    "HealthyHostCount",
    "IntegrationLatency",
    "Latency",
    "5XXError",
    "4XXError",
    "5xx",
    "4xx",
    "DataProcessed",
    "Count",
)
"""Metrics that are read, longer names before those they hold."""
_IDS = {
    "invocations": ("Invocations", "Sum"),
    "dur_avg": ("Duration", "Average"),
    "dur_p50": ("Duration", "p50"),
    "dur_p95": ("Duration", "p95"),
    "dur_p99": ("Duration", "p99"),
    "concurrency": ("ConcurrentExecutions", "Maximum"),
    "throttles": ("Throttles", "Sum"),
    "errors": ("Errors", "Sum"),
    "requests": ("RequestCount", "Sum"),
    "response": ("TargetResponseTime", "Average"),
    "bytes": ("ProcessedBytes", "Sum"),
    "lcu": ("ConsumedLCUs", "Average"),
    "cpu": ("CPUUtilization", "Average"),
    "memory": ("MemoryUtilization", "Maximum"),
    "tasks": ("RunningTaskCount", "Average"),
}
"""What the series of the shipped queries are, by their Ids."""
_USUAL = {"Duration", "TargetResponseTime", "ConsumedLCUs", "Latency", "IntegrationLatency"}
_AVERAGES = _USUAL | {
    "CPUUtilization",
    "MemoryUtilization",
    "RunningTaskCount",
    "DesiredTaskCount",
    "CpuUtilized",
    "CpuReserved",
    "MemoryUtilized",
    "MemoryReserved",
    "GroupInServiceInstances",
    "HealthyHostCount",
    "CPUCreditBalance",
    "ProvisionedConcurrencyUtilization",
}
_MAXIMA = {
    "ConcurrentExecutions",
    "UnreservedConcurrentExecutions",
    "ProvisionedConcurrentExecutions",
    "ActiveConnectionCount",
}


@dataclass(frozen=True)
class Series:
    """One metric with one statistic over time.

    Parameters:
    of : function, load balancer or service, where the label names it.
    is_told : whether the file says the statistic; else it is the usual one of the metric.
    points : gives the start of each period, seconds since 1970 UTC and in order, and the value of each: arrays, which
        may lie on the disk.
    count, first, last, total, most : number of its points, first and last time, sum and largest of its values.
    step : its smallest step of time; 0 for fewer than two points. [s]
    """

    metric: str
    statistic: str
    of: str
    points: Callable[[], Points]
    count: int
    first: float = 0.0
    last: float = 0.0
    total: float = 0.0
    most: float = 0.0
    step: float = 0.0
    is_told: bool = True
    region: str = ""

    @property
    def mean(self) -> float:
        """The mean of its values."""
        return self.total / self.count


def series(
    names: tuple[str, str, str],
    points: Points,
    of: str = "",
    *,
    statistic: str = "",
    region: str = "",
    shelf: Shelf | None = None,
) -> Series | None:
    """A series of points; its metric, statistic and resource from names (Id, label, metric's own name).

    None where no known metric is named.

    Parameters:
    points : times in order and values. [s]
    shelf : keeps the points; without it they stay in memory.
    """
    metric, told, usual = _named(*names, statistic)
    if not metric:
        return None
    times, values = (np.asarray(one, dtype=np.float64) for one in points)
    held = (shelf or Shelf()).put(times, values)
    figures: dict[str, float] = {}
    if len(times):
        figures = {"first": float(times[0]), "last": float(times[-1]), "total": float(values.sum())}
        figures |= {"most": float(values.max()), "step": float(np.diff(times).min()) if len(times) > 1 else 0.0}
    of = of or _rest(names[1], metric)
    return Series(metric, told or usual, of, held, len(times), **figures, is_told=bool(told), region=region)


def _named(identity: str, label: str, own: str, statistic: str) -> tuple[str, str, str]:
    """The metric, the statistic where the names tell it, and the usual one of the metric."""
    metric = next((one for one in METRICS if one.lower() == own.lower()), "") or _metric_in(label)
    from_id = _IDS.get(identity)
    if not metric and from_id:
        metric = from_id[0]
    if not metric:
        metric = _metric_in(identity)
    told = statistic or _statistic_in(label) or _statistic_in(identity)
    if not told and from_id and from_id[0] == metric:
        told = from_id[1]
    usual = "Average" if metric in _AVERAGES else "Maximum" if metric in _MAXIMA else "Sum"
    return metric, told, usual


def in_order(points: Mapping[float, float]) -> Points:
    """Points by time as arrays."""
    times = np.array(sorted(points), dtype=np.float64)
    return times, np.array([points[time] for time in times.tolist()], dtype=np.float64)


def _metric_in(label: str) -> str:
    for name in METRICS:
        if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", label, re.IGNORECASE):
            return name
    return ""


def _statistic_in(label: str) -> str:
    words = re.split(r"[\s_\-,:;()\[\]]+", label)
    for word in reversed(words):
        if re.fullmatch(r"p\d{1,2}(\.\d+)?", word, re.IGNORECASE):
            return word.lower()
        lower = word.lower()
        for name in STATISTICS:
            if lower in (name.lower(), name.lower()[:3]) or (lower == "avg" and name == "Average"):
                return name
        if lower in ("mean", "average"):
            return "Average"
    return ""


def _rest(label: str, metric: str) -> str:
    """What a label says beside metric, statistic, namespace and period: the resource."""
    text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(metric)}(?![A-Za-z0-9])", " ", label, flags=re.IGNORECASE)
    text = re.sub(r"\b(AWS|ECS)/\w+|\bp\d{1,2}(\.\d+)?\b", " ", text)
    text = re.sub(rf"\b({'|'.join(STATISTICS)}|avg|max|min|sum)\b", " ", text, flags=re.IGNORECASE)
    words = [word for word in re.split(r"[\s,;()\[\]]+", text) if re.search(r"[A-Za-z]", word)]
    return words[-1].rpartition(":")[2] if words else ""


def period_s(times: Sequence[float] | np.ndarray) -> float:
    """The period of a series: its smallest step. [s]"""
    steps = np.diff(np.asarray(times, dtype=np.float64))
    steps = steps[steps > 0]
    return float(steps.min()) if len(steps) else 3600.0
