"""Statistics of a Logs Insights query, a row a function, size or hour, CSV or JSON; of Lambda Insights' events too."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lambdaplan.evidence.evidence import Counts, Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.insights_table import MB_OF_BYTES, megabytes, result_rows
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import Span, seconds

_NAMES: dict[str, tuple[str, ...]] = {
    "requests": ("requests", "count", "invocations", "count_requestid", "count_duration", "n", "calls", "total"),
    "cold_starts": ("cold_starts", "count_initduration", "coldstarts", "cold", "count_initdurationms"),
    "mean": (
        "duration_ms",
        "avg_ms",
        "avg_duration",
        "avg_durationms",
        "avg_duration_ms",
        "mean_ms",
        "average_ms",
        "avgduration",
        "avgdurationms",
        "mean",
        "average",
        "avg",
        "average_duration",
        "averageduration",
    ),
    "deviation": (
        "duration_sd_ms",
        "stddev_duration",
        "stddev_durationms",
        "sd_ms",
        "stddev_ms",
        "stddev",
        "stddevduration",
    ),
    "p50": ("p50_ms", "pct_duration_50", "median_duration", "p50", "pct_durationms_50"),
    "p95": ("p95_ms", "pct_duration_95", "p95", "pct_durationms_95"),
    "p99": ("p99_ms", "pct_duration_99", "p99", "pct_durationms_99"),
    "most": ("max_ms", "max_duration", "max_durationms", "max_duration_ms", "maxduration"),
    "billed": ("billed_ms", "sum_billedduration", "sum_billeddurationms", "billed_sum_ms"),
    "mean_billed": ("avg_billedduration", "avg_billed_ms"),
    "sum": ("sum_ms", "sum_duration", "sum_durationms", "duration_sum_ms"),
    "squares": ("sum_sq", "sum_duration_duration", "sum_squares"),
    "init": ("init_ms", "avg_initduration", "avg_initdurationms", "avg_init_ms"),
    "init_sum": ("init_sum_ms", "sum_initduration"),
    "memory": (
        "memory_mb",
        "memorysize",
        "max_memorysize",
        "avg_memorysize",
        "max_memorysizemb",
        "min_memorysize",
        "provisonedmemorymb",
        "provisionedmemorymb",
        "provisioned_memory_mb",
        "memorymb",
        "memorysizemb",
    ),
    "used": (
        "max_memory_mb",
        "max_maxmemoryused",
        "max_maxmemoryusedmb",
        "max_memory_used_mb",
        "used_mb",
        "maxmemoryusedmb",
        "maxmemusedmb",
        "maxmemorymb",
        "max_memory_used",
    ),
    "cpu": ("avg_cpu_ms", "avg_cpu_total_time", "cpu_ms"),
    "network": ("avg_network_kb", "avg_total_network"),
    "threads": ("threads_max", "max_threads_max"),
}
"""Columns of statistics: the names of the shipped queries, and those that Logs Insights gives without a name."""
_HOURS = ("hour", "time", "t", "x", "bin_1h", "bin_5m", "bin_1m", "bin_300s", "bin_60s", "bin_1d")


@dataclass
class _Sum:
    """Rows of a function or size added up."""

    requests: float = 0.0
    cold_starts: float = 0.0
    sum: float = 0.0
    squares: float = 0.0
    billed: float = 0.0
    init_sum: float = 0.0
    used: float = 0.0
    cpu_sum: float = 0.0
    network_sum: float = 0.0
    threads: float = 0.0
    gb_ms: float = 0.0
    memory: dict[float, float] = field(default_factory=dict)
    rows: list[Mapping[str, float]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def add(self, cells: Mapping[str, float]) -> None:
        """Add a row; its mean and deviation become sums."""
        n = cells["requests"]
        self.requests += n
        self.known |= cells.keys()
        self.cold_starts += cells.get("cold_starts", 0.0)
        total = cells["sum"] if "sum" in cells else cells.get("mean", 0.0) * n
        self.sum += total
        if "squares" in cells:
            self.squares += cells["squares"]
        elif "deviation" in cells and n:
            self.squares += cells["deviation"] ** 2 * n + total * total / n
        billed = cells["billed"] if "billed" in cells else cells.get("mean_billed", 0.0) * n
        self.billed += billed
        self.gb_ms += billed * cells.get("memory", 0.0)
        cold = cells.get("cold_starts", 1.0)
        self.init_sum += cells["init_sum"] if "init_sum" in cells else cells.get("init", 0.0) * cold
        self.used = max(self.used, cells.get("used", 0.0))
        self.cpu_sum += cells.get("cpu", 0.0) * n
        self.network_sum += cells.get("network", 0.0) * n
        self.threads = max(self.threads, cells.get("threads", 0.0))
        if "memory" in cells:
            self.memory[cells["memory"]] = self.memory.get(cells["memory"], 0.0) + n
        if len(self.rows) < 2:
            self.rows.append(cells)

    def reads(self) -> dict[str, Measure]:
        """The measures of these rows."""
        n, known = self.requests, self.known
        reads = {"requests": Measure(whole(n), "requests in the query's period", n=int(n))}
        if "cold_starts" in known and n:
            reads["cold_starts"] = Measure(whole(self.cold_starts), "requests")
            reads["cold_share"] = Measure(self.cold_starts / n, "share", n=int(n))
        if {"mean", "sum"} & known and n:
            reads.update(self._durations())
        if {"billed", "mean_billed"} & known:
            reads["billed_ms"] = Measure(whole(self.billed), "ms, sum")
            if self.memory:
                reads["gb_seconds"] = Measure(self.gb_ms / 1024 / 1000, "GB-s")
        cold = self.cold_starts if "cold_starts" in known else float("init" in known)
        if {"init", "init_sum"} & known and cold and self.init_sum:
            reads["init_ms"] = Measure(self.init_sum / cold, "ms", n=int(cold))
        if self.memory:
            reads["measured_memory_mb"] = Measure(whole(self.main_memory), "MB")
        if self.used:
            reads["working_set_mb"] = Measure(whole(self.used), "MB")
        if "cpu" in known and n:
            reads.update(self._cpu())
        return reads

    @property
    def main_memory(self) -> float:
        """The size that most requests had."""
        return max(self.memory, key=lambda size: self.memory[size])

    def _durations(self) -> dict[str, Measure]:
        n, mean = self.requests, self.sum / self.requests
        variance = self.squares / n - mean * mean if self.squares else 0.0
        deviation = math.sqrt(max(0.0, variance))
        half = 1.96 * deviation / math.sqrt(n)
        low, high = (mean - half, mean + half) if deviation else (None, None)
        of = "requests without cold ones" if "cpu" in self.known else "all requests, initialisation not in it"
        reads = {"duration_ms": Measure(mean, f"ms, mean of {of}", low, high, int(n))}
        if deviation and mean:
            reads["service_cv"] = Measure(deviation / mean, "ratio", n=int(n))
        if len(self.rows) == 1:  # percentiles of several rows can't be put together
            row = self.rows[0]
            reads.update({f"{p}_ms": Measure(row[p], "ms", n=int(n)) for p in ("p50", "p95", "p99") if p in row})
        return reads

    def _cpu(self) -> dict[str, Measure]:
        n = self.requests
        cpu = self.cpu_sum / n
        words = "ms, mean of requests; CPU of runtime and extensions is in it"
        reads = {"cpu_ms": Measure(cpu, words, n=int(n), how="cpu_total_time of Lambda Insights")}
        if self.memory and self.sum:
            speed = min(self.main_memory / 1769, 1.0)
            share = cpu / (self.sum / n * speed)
            reads["busy_share"] = Measure(share, "share: cpu_ms / (duration_ms x min(memory / 1769, threads))")
        if "network" in self.known:
            reads["network_kb"] = Measure(self.network_sum / n, "KB a request, both ways")
        if self.threads:
            reads["threads_max"] = Measure(whole(self.threads), "threads")
        return reads


def read_stats(source: Source) -> Evidence:
    """Read statistics; rows of several functions give figures of each, rows of hours a trace."""
    notes: list[str] = []
    total, functions, sizes = _Sum(), {}, {}  # type: tuple[_Sum, dict[str, _Sum], dict[float, _Sum]]
    hours: dict[str, dict[float, float]] = {}
    span, rows, corrected = Span(), 0, False
    for row in result_rows(source, notes):
        cells = {name: figure for name in _NAMES if (figure := _cell(row, name)) is not None}
        if "requests" not in cells:
            continue
        rows += 1
        for name in {"memory", "used"} & cells.keys():
            cells[name], wrong = megabytes(cells[name])
            corrected = corrected or wrong
        total.add(cells)
        function = row.get("log") or row.get("function_name") or row.get("functionname") or ""
        functions.setdefault(function, _Sum()).add(cells)
        sizes.setdefault(cells.get("memory", 0.0), _Sum()).add(cells)
        time = next((one for name in _HOURS if (one := seconds(row.get(name, ""))) is not None), None)
        if time is not None:
            for of in ("", name_of(function or "unnamed")):
                own = hours.setdefault(of, {})
                own[time] = own.get(time, 0.0) + cells["requests"]
            span.add(time)
    if not rows:
        raise source.refuse("it has no row with a count of requests", "a query with stats count(*) as requests")
    reads = total.reads()
    if len(functions) > 1:
        for function, group in sorted(functions.items()):
            reads.update({f"{name_of(function or 'unnamed')}.{name}": value for name, value in group.reads().items()})
    elif len(sizes) > 1:
        for size, group in sorted(sizes.items()):
            reads.update({f"{name}@{size:.0f}": value for name, value in group.reads().items()})
        notes.append("measured at several memory sizes: figures without a size are of all of them")
    if corrected:
        notes.append(MB_OF_BYTES)
    counts = _counts(hours.get("", {}))
    cannot = ["CPU time"] if "cpu_ms" not in reads else []
    if counts is None:
        cannot.insert(0, "requests a month without the query's time range")
        notes.append("the query's period is not in the file")
    evidence = Evidence(rows, reads, *span.iso, cannot_tell=tuple(cannot), notes=notes, counts=counts)
    if counts is not None and len(functions) > 1:

        def of_function(name: str) -> Evidence:
            own = dataclasses.replace(evidence, of=None).of_one(name)
            own.counts = _counts(hours.get(name, {}))
            return own

        evidence.of = of_function
    return evidence


def read_memory(source: Source) -> Evidence:
    """Read the usual query of memory that is provisioned and used, which counts no requests."""
    notes: list[str] = []
    memory, used, rows, corrected = 0.0, 0.0, 0, False
    for row in result_rows(source, notes):
        figures = [_cell(row, name) for name in ("memory", "used")]
        if None in figures:
            continue
        rows += 1
        (one, wrong), (other, wrong_used) = (megabytes(figure or 0.0) for figure in figures)
        memory, used = (one, other) if other >= used else (memory, used)
        corrected = corrected or wrong or wrong_used
    if not rows:
        raise source.refuse("it has no row with memory provisioned and used", "provisionedMemoryMB, maxMemoryUsedMB")
    reads = {"measured_memory_mb": Measure(whole(memory), "MB"), "working_set_mb": Measure(whole(used), "MB")}
    notes += [MB_OF_BYTES] if corrected else []
    cannot = ("requests, durations, CPU time",)
    return Evidence(rows, reads, cannot_tell=cannot, notes=notes)


def _counts(hours: Mapping[float, float]) -> Counts | None:
    if len(hours) < 3:
        return None
    times = np.array(sorted(hours))
    step = float(np.diff(times).min())
    requests = np.array([hours[time] for time in times])
    return Counts((times * 1e6).astype(np.int64), requests, step, zeros_omitted=True)


def _cell(row: Mapping[str, str], name: str) -> float | None:
    return next((figure for one in _NAMES[name] if (figure := number(row.get(one))) is not None), None)


_COUNT = r"(requests|count\(|invocations|\bn\b|calls)"
_OF = r"([dD]uration|_ms\b|cpu_total_time|avg_cpu)"
_BY_LOG = (
    r"(@log|avg_?[dD]uration|[mM]ax_?[mM]em|\bp9\d\b|"
    r"@memorySize|memory_mb|function_name|max_memory_mb|pct\(@|avg\(@|stddev|_sd_ms|bin\(|sum_sq|billed_ms)"
)

KINDS = (
    Kind(
        "insights_memory",
        "memory provisioned and used, of a Logs Insights query",
        "logs",
        {"provisionedMemoryMB": r"(?i)\bprovisi?onedMemoryMB\b", "maxMemoryUsedMB": r"(?i)\bmaxMemoryUsedMB\b"},
        read_memory,
        also=lambda source: not re.search(_COUNT, source.head),
    ),
    Kind(
        "insights_stats_csv",
        "statistics of a Logs Insights query (CSV)",
        "logs",
        {
            "a column of requests": rf"\A[^\n{{[]*{_COUNT}",
            "a column of durations": rf"\A[^\n{{[]*{_OF}",
            "columns of such a query": rf"\A[^\n{{[]*{_BY_LOG}",
        },
        read_stats,
    ),
    Kind(
        "insights_stats_json",
        "statistics of a Logs Insights query (JSON)",
        "logs",
        {
            "results": r'"results"\s*:\s*\[\s*\[|\A\s*\[\s*[\[{]',
            "a field of requests": rf'"field"\s*:\s*"{_COUNT}|"{_COUNT}[^"]*"\s*:',
            "a field of durations": rf'"field"\s*:\s*"[^"]*{_OF}|"[^"]*{_OF}[^"]*"\s*:',
            "columns of such a query": rf'"[^"]*{_BY_LOG}',
        },
        read_stats,
    ),
)
