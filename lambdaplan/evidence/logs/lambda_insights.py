"""Events of Lambda Insights: CPU time, duration and memory of each request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.report_events import log_events
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span, any_seconds

_STEP_MS = 10.0  # of the CPU counters


class _Function:
    """The events of one function."""

    def __init__(self) -> None:
        self.cpu_ms, self.duration_ms = Values(), Values()
        self.network_kb, self.init_ms = Values(), Values()
        self.requests = self.cold = 0
        self.used_mb = self.threads = 0.0
        self.memory: dict[float, int] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """Add one event."""
        figures = {name: figure for name in _FIGURES if (figure := number(event.get(name))) is not None}
        self.requests += 1
        is_cold = event.get("cold_start") in (True, 1, "1", "true") or bool(figures.get("init_duration"))
        self.cold += is_cold
        if "init_duration" in figures and is_cold:
            self.init_ms.add(figures["init_duration"])
        if not is_cold and "cpu_total_time" in figures and "duration" in figures:
            self.cpu_ms.add(figures["cpu_total_time"])
            self.duration_ms.add(figures["duration"])
        network = figures.get("total_network", figures.get("rx_bytes", 0.0) + figures.get("tx_bytes", 0.0))
        if not is_cold:
            self.network_kb.add(network / 1000)
        self.used_mb = max(self.used_mb, figures.get("used_memory_max", 0.0))
        self.threads = max(self.threads, figures.get("threads_max", 0.0))
        if "total_memory" in figures:
            size = figures["total_memory"]
            self.memory[size] = self.memory.get(size, 0) + 1

    def reads(self) -> dict[str, Measure]:
        """The measures of these events."""
        reads = {"requests": Measure(self.requests, "requests in the file", n=self.requests)}
        reads["cold_starts"] = Measure(self.cold, "requests")
        reads["cold_share"] = Measure(self.cold / self.requests, "share", n=self.requests)
        if self.cpu_ms:
            reads.update(self._cpu())
        if self.init_ms:
            reads["init_ms"] = Measure(self.init_ms.mean, "ms, mean", *self.init_ms.mean_interval(), n=self.init_ms.n)
        if self.memory:
            size = max(self.memory, key=lambda one: self.memory[one])
            reads["measured_memory_mb"] = Measure(whole(size), "MB")
        if self.used_mb:
            reads["working_set_mb"] = Measure(whole(self.used_mb), "MB, largest used_memory_max", n=self.requests)
        if self.network_kb and self.network_kb.mean:
            words = "KB a request, both ways, Lambda's own traffic in it"
            reads["network_kb"] = Measure(self.network_kb.mean, words, n=self.network_kb.n)
        if self.threads:
            reads["threads_max"] = Measure(whole(self.threads), "threads")
        return reads

    def _cpu(self) -> dict[str, Measure]:
        cpu, duration = self.cpu_ms, self.duration_ms
        low, high = cpu.mean_interval()
        how = "mean cpu_total_time of warm requests, steps of 10 ms; runtime and extensions are in it"
        reads = {"cpu_ms": Measure(cpu.mean, "ms, mean of warm requests", low, high, cpu.n, how)}
        reads["duration_ms"] = Measure(
            duration.mean, "ms, mean of warm requests", *duration.mean_interval(), n=duration.n
        )
        reads["service_cv"] = Measure(
            duration.cv, "ratio, population sd over mean of warm requests", *duration.cv_interval(), n=duration.n
        )
        if self.memory and duration.mean:
            size = max(self.memory, key=lambda one: self.memory[one])
            work = duration.mean * min(size / 1769, 1.0)
            words = "share: cpu_ms / (duration_ms x min(memory / 1769, threads))"
            reads["busy_share"] = Measure(
                cpu.mean / work,
                words,
                None if low is None else low / work,
                None if high is None else high / work,
                cpu.n,
            )
        return reads


_FIGURES = (
    "duration",
    "cpu_total_time",
    "init_duration",
    "total_network",
    "rx_bytes",
    "tx_bytes",
    "used_memory_max",
    "threads_max",
    "total_memory",
)


def read_insights(source: Source) -> Evidence:
    """Read events of Lambda Insights, a line each or as the messages of log events."""
    functions: dict[str, _Function] = {}
    total, span = _Function(), Span()
    for event in _events(source):
        if number(event.get("cpu_total_time")) is None and number(event.get("used_memory_max")) is None:
            continue
        about = event.get("_aws")
        span.add(any_seconds(about.get("Timestamp") if isinstance(about, dict) else event.get("timestamp")))
        total.add(event)
        functions.setdefault(str(event.get("function_name", "")), _Function()).add(event)
    if not total.requests:
        raise source.refuse("no event has cpu_total_time", "events of the log group /aws/lambda-insights")
    reads = total.reads()
    notes = []
    if len(functions) > 1:
        for name, one in sorted(functions.items()):
            reads.update({f"{name_of(name or 'unnamed')}.{read}": value for read, value in one.reads().items()})
    if 0 < total.cpu_ms.n < 30:
        notes.append(f"{total.cpu_ms.n} warm requests are few: CPU time moves in steps of 10 ms")
    cannot = ("requests a month", "the share of CPU that is the extension's own")
    return Evidence(total.requests, reads, *span.iso, cannot_tell=cannot, notes=notes)


def _events(source: Source) -> Iterator[Mapping[str, Any]]:
    head = source.head.lstrip()
    if head.startswith("["):
        yield from (one for one in source.items("item") if isinstance(one, dict))
    elif '"events"' in head[:4096] or '"logEvents"' in head:
        for _, event in log_events(source):
            try:
                one = json.loads(str(event.get("message", "")))
            except (json.JSONDecodeError, RecursionError):
                continue
            if isinstance(one, dict):
                yield one
    else:
        yield from source.objects()


KINDS = (
    Kind(
        "lambda_insights_emf",
        "events of Lambda Insights",
        "logs",
        {
            "cpu_total_time": r'\\?"cpu_total_time\\?"\s*:',
            "used_memory_max or duration": r'\\?"(used_memory_max|duration)\\?"\s*:',
            "function_name": r'\\?"function_name\\?"\s*:',
        },
        read_insights,
    ),
)
