"""Allocations of OpenCost and Kubecost: CPU and memory that workloads of a cluster used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import Span, seconds

HOURS = 730
_WANTED = "allocations as the API of OpenCost gives them"


class _Sum:
    """One allocation over its windows, each by its minutes."""

    def __init__(self) -> None:
        self.minutes = self.used = self.requested = self.memory = self.cost = 0.0

    def add(self, one: Mapping[str, Any]) -> None:
        """Add a window."""
        minutes = number(one.get("minutes")) or 0.0
        self.minutes += minutes
        self.used += minutes * (number(one.get("cpuCoreUsageAverage")) or 0.0)
        self.requested += minutes * (number(one.get("cpuCoreRequestAverage")) or 0.0)
        self.memory += minutes * (number(one.get("ramByteUsageAverage")) or 0.0)
        self.cost += number(one.get("totalCost")) or 0.0


def read_allocations(source: Source) -> Evidence:
    """Read allocations; idle and unallocated shares of the cluster are left out, windows count by their minutes."""
    document = source.document
    windows = document.get("data") if isinstance(document, Mapping) else document
    sums: dict[str, _Sum] = {}
    times = Span()
    span = 0.0
    for window in windows if isinstance(windows, list) else [windows]:
        longest = 0.0
        for name, one in window.items() if isinstance(window, Mapping) else ():
            if not isinstance(one, Mapping) or str(name).startswith("__"):
                continue
            sums.setdefault(str(name), _Sum()).add(one)
            longest = max(longest, number(one.get("minutes")) or 0.0)
            for key in ("start", "end"):
                times.add(seconds(str(one.get(key) or "")))
        span += longest
    if not sums or not span:
        raise source.refuse("it has no allocation with minutes", _WANTED)
    reads: dict[str, Measure] = {}
    for name, one in sums.items() if len(sums) > 1 else ():
        reads.update({f"{name_of(name)}.{key}": value for key, value in _measures([one], span).items()})
    reads.update(_measures(list(sums.values()), span))
    evidence = Evidence(len(sums), reads, cannot_tell=("requests", "CPU time of a request without them"))
    evidence.first, evidence.last = times.iso
    evidence.not_values.add("working_set_mb")
    evidence.notes.append(
        "with requests a second from elsewhere CPU time is at most 1000 x vcpu_used / rps, idle work in it"
    )
    return evidence


def _measures(sums: list[_Sum], span: float) -> dict[str, Measure]:
    used, requested, memory = (sum(getattr(one, key) for one in sums) / span for key in ("used", "requested", "memory"))
    cost = sum(one.cost for one in sums) / (span / 60) * HOURS
    return {
        "vcpu_used": Measure(whole(used), "vCPU, mean"),
        "vcpu_requested": Measure(whole(requested), "vCPU"),
        "working_set_mb": Measure(whole(memory / 1024**2), "MB, mean of all pods together"),
        "paid_usd_per_month": Measure(cost, "USD a month of 730 h"),
    }


KINDS = (
    Kind(
        "opencost_allocation",
        "allocations of OpenCost",
        "tuning",
        {"cpuCoreUsageAverage": r"\"cpuCoreUsageAverage\"\s*:", "minutes": r"\"minutes\"\s*:"},
        read_allocations,
    ),
)
