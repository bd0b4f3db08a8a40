"""What the invocations of a log add up to: duration, spread, cold share, initialisation, memory, billed time."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from lambdaplan.evidence.evidence import Measure
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.statistics import Values, share_interval

CANNOT_TELL = (
    "CPU time of a request (Duration is wall time)",
    "requests a month, unless the file covers a known whole period",
)
HUNDRED_MS_STEPS = "billed in steps of 100 ms, as before December 2020: prices and rules were others then"


class Invocation(NamedTuple):
    """One request of a function. [ms, MB]"""

    duration_ms: float
    billed_ms: float
    memory_mb: float
    used_mb: float
    init_ms: float | None = None
    restore_ms: float | None = None
    billed_restore_ms: float | None = None
    status: str = ""
    function: str = ""


class _Group:
    """The invocations of one function at one memory size."""

    def __init__(self) -> None:
        self.warm, self.cold = Values(), Values()
        self.used_mb = 0.0
        self.billed_ms = 0.0


class Invocations:
    """Adds invocations up, each function and memory size apart."""

    def __init__(self) -> None:
        self.groups: dict[tuple[str, float], _Group] = {}
        self.init_ms, self.restore_ms = Values(), Values()
        self.billed_restore_ms = 0.0
        self.status: Counter[str] = Counter()
        self._init_billed: Counter[bool] = Counter()
        self._steps: Counter[bool] = Counter()

    @property
    def requests(self) -> int:
        """How many there were."""
        return sum(group.warm.n + group.cold.n for group in self._folded())

    def _folded(self) -> list[_Group]:
        for group in self.groups.values():
            _ = group.warm.mean, group.cold.mean
        return list(self.groups.values())

    def group(self, function: str, memory_mb: float) -> _Group:
        """The group of a function at a size."""
        key = (function, memory_mb)
        if key not in self.groups:
            self.groups[key] = _Group()
        return self.groups[key]

    def add(self, one: Invocation) -> None:
        """Add one invocation; a timed-out one that is billed for longer than it ran was cold."""
        beyond = one.billed_ms - one.duration_ms
        if one.status == "timeout" and one.init_ms is None and one.restore_ms is None and beyond > 1:
            one = one._replace(init_ms=beyond)
        group = self.group(one.function, one.memory_mb)
        is_cold = one.init_ms is not None or one.restore_ms is not None
        (group.cold if is_cold else group.warm).add(one.duration_ms)
        group.used_mb = max(group.used_mb, one.used_mb)
        group.billed_ms += one.billed_ms
        self.status[one.status] += 1
        self.steps(one.billed_ms)
        if one.init_ms is not None:
            self.init_ms.add(one.init_ms)
            self._init_billed[one.billed_ms + 0.5 >= one.duration_ms + one.init_ms] += 1
        if one.restore_ms is not None:
            self.restore_ms.add(one.restore_ms)
            self.billed_restore_ms += one.billed_restore_ms or 0.0
            self._init_billed[one.billed_ms + 0.5 >= one.duration_ms + (one.billed_restore_ms or 0.0)] += 1

    def steps(self, billed_ms: float, times: int = 1) -> None:
        """Count whether billed times are whole steps of 100 ms."""
        self._steps[billed_ms % 100 == 0] += times

    @property
    def notes(self) -> list[str]:
        """What to know before relying on it."""
        notes = []
        if self._steps[True] >= 5 and not self._steps[False]:
            notes.append(HUNDRED_MS_STEPS)
        sizes = sorted({memory for _, memory in self.groups})
        if len(sizes) > 1:
            main = self._main()[1]
            shown = ", ".join(f"{size:,.0f}" for size in sizes)
            notes.append(f"measured at {shown} MB: duration and spread are those at {main:,.0f} MB, where most ran")
        if self.requests and self.requests < 100:
            notes.append(f"{self.requests:,} requests tell little of rare long ones")
        return notes

    def _main(self) -> tuple[str, float]:
        """The size that most requests had, of all functions."""
        sizes: Counter[float] = Counter()
        for (_, memory), group in self.groups.items():
            sizes[memory] += group.warm.n + group.cold.n
        return "", sizes.most_common(1)[0][0]

    def reads(self) -> dict[str, Measure]:
        """The measures: of all requests, then of each function, then of each size."""
        groups = self._folded()
        size = self._main()[1]
        mains = [group for (_, memory), group in self.groups.items() if memory == size]
        warm, everything = Values(), Values()
        for group in mains if len(self.groups) > 1 else ():
            warm.extend(group.warm.all())
            everything.extend(group.warm.all())
            everything.extend(group.cold.all())
        if len(self.groups) == 1:
            warm = mains[0].warm
        cold = sum(group.cold.n for group in groups)
        requests = self.requests
        reads = {"requests": Measure(requests, "requests in the file", n=requests)}
        reads["cold_starts"] = Measure(cold, "requests")
        reads["cold_share"] = Measure(cold / requests, "share", *share_interval(cold, requests), n=requests)
        total = sum(group.warm.sum + group.cold.sum for group in mains)
        count = sum(group.warm.n + group.cold.n for group in mains)
        reads["duration_mean_all_ms"] = Measure(total / count, "ms", n=count)
        reads.update(_durations(warm or mains[0].cold, "warm" if warm else "cold"))
        reads["measured_memory_mb"] = Measure(whole(size), "MB", n=count)
        used = max(group.used_mb for group in groups)
        if used:
            reads["working_set_mb"] = Measure(whole(used), "MB, largest Max Memory Used", n=requests)
        reads["billed_ms"] = Measure(whole(sum(group.billed_ms for group in groups)), "ms, sum", n=requests)
        gb_ms = sum(memory * group.billed_ms for (_, memory), group in self.groups.items())
        reads["gb_seconds"] = Measure(gb_ms / 1024 / 1000, "GB-s", n=requests)
        reads["timeouts"] = Measure(self.status["timeout"], "requests")
        reads["errors"] = Measure(self.status["error"] + self.status["failure"], "requests")
        if self._init_billed:
            billed = self._init_billed.most_common(1)[0][0]
            words = "flag, from Billed Duration against Duration + Init Duration"
            reads["init_is_billed"] = Measure(billed, words, n=self._init_billed.total())
        if self.init_ms:
            mean = self.init_ms.mean
            reads["init_ms"] = Measure(mean, "ms, mean", *self.init_ms.mean_interval(), n=self.init_ms.n)
        if self.restore_ms:
            mean = self.restore_ms.mean
            reads["restore_ms"] = Measure(mean, "ms, mean", *self.restore_ms.mean_interval(), n=self.restore_ms.n)
            words = "ms, sum; already inside billed_ms"
            reads["billed_restore_ms"] = Measure(whole(self.billed_restore_ms), words)
        reads.update(self._of_parts())
        return reads

    def _of_parts(self) -> dict[str, Measure]:
        """The figures of each function, where there are several, and of each size, where there are several."""
        reads: dict[str, Measure] = {}
        functions = sorted({function for function, _ in self.groups})
        sizes = sorted({memory for _, memory in self.groups})
        for (function, memory), group in sorted(self.groups.items()):
            own = sorted(size for name, size in self.groups if name == function)
            tails = []
            if len(functions) > 1:
                most = max(own, key=lambda size, name=function: self.groups[name, size].warm.n)  # type: ignore[misc]
                tails += [(f"{name_of(function or 'unnamed')}.", "")] if memory == most else []
            if len(sizes) > 1 and len(functions) == 1:
                tails += [("", f"@{memory:.0f}")]
            for before, after in tails:
                count = group.warm.n + group.cold.n
                own_reads = {"requests": Measure(count, "requests"), **_durations(group.warm or group.cold, "warm")}
                if before:
                    own_reads["cold_share"] = Measure(group.cold.n / count, "share")
                    own_reads["measured_memory_mb"] = Measure(whole(memory), "MB")
                    own_reads["billed_ms"] = Measure(whole(group.billed_ms), "ms, sum")
                    own_reads["gb_seconds"] = Measure(memory * group.billed_ms / 1024 / 1000, "GB-s")
                if group.used_mb:
                    own_reads["working_set_mb"] = Measure(whole(group.used_mb), "MB, largest Max Memory Used")
                reads.update({f"{before}{name}{after}": measure for name, measure in own_reads.items()})
        return reads


def _durations(values: Values, of: str) -> dict[str, Measure]:
    reads = {"duration_ms": Measure(values.mean, f"ms, mean of {of} requests", *values.mean_interval(), n=values.n)}
    words = f"ratio, population sd over mean of {of} requests"
    reads["service_cv"] = Measure(values.cv, words, *values.cv_interval(), n=values.n)
    for percent, value in zip((50, 95, 99), values.percentiles(50, 95, 99), strict=True):
        reads[f"p{percent}_ms"] = Measure(value, "ms", n=values.n)
    return reads
