"""Events of Container Insights: CPU units and memory of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span, any_seconds

_PREFERRED = ("Task", "Service", "Container")
_UNITS_PER_VCPU = 1024


class _Service:
    """Events of one service and type."""

    def __init__(self) -> None:
        self.cpu, self.memory = Values(), Values()
        self.by_time: dict[float, float] = {}
        self.reserved: dict[tuple[float, float], int] = {}

    def add(self, event: Mapping[str, Any], time: float | None) -> None:
        """Add one event."""
        cpu, memory = number(event.get("CpuUtilized")), number(event.get("MemoryUtilized"))
        if cpu is not None:
            self.cpu.add(cpu)
            if time is not None:
                self.by_time[time] = self.by_time.get(time, 0.0) + cpu
        if memory is not None:
            self.memory.add(memory)
        size = (number(event.get("CpuReserved")) or 0.0, number(event.get("MemoryReserved")) or 0.0)
        self.reserved[size] = self.reserved.get(size, 0) + 1

    def reads(self, kind: str) -> dict[str, Measure]:
        """The measures of these events."""
        reads: dict[str, Measure] = {}
        if self.cpu:
            words = "CPU units of 1,024 a vCPU, a task" if kind == "Task" else f"CPU units, of a {kind.lower()}"
            reads["cpu_units_mean"] = Measure(self.cpu.mean, words, n=self.cpu.n)
        if self.by_time:
            used = sum(self.by_time.values()) / len(self.by_time) / _UNITS_PER_VCPU
            reads["vcpu_used"] = Measure(used, "vCPU, all tasks", n=len(self.by_time))
            reads["tasks"] = Measure(whole(self.cpu.n / len(self.by_time)), "tasks, mean")
        cpu, memory = max(self.reserved, key=lambda size: self.reserved[size])
        if kind == "Task" and cpu:
            reads["task_vcpu"] = Measure(whole(cpu / _UNITS_PER_VCPU), "vCPU")
        if kind == "Task" and memory:
            reads["task_memory_gb"] = Measure(whole(memory / 1024), "GB")
        if self.memory:
            self.memory.percentiles(50)
            words = "MB, largest MemoryUtilized"
            reads["working_set_mb"] = Measure(whole(self.memory.most), words, n=self.memory.n)
        return reads


def read_container_insights(source: Source) -> Evidence:
    """Read events of tasks; of services or containers where there are none of tasks."""
    kinds: dict[str, dict[str, _Service]] = {}
    span, rows = Span(), 0
    for event in _events(source):
        kind = str(event.get("Type") or "")
        if kind not in _PREFERRED:
            continue
        time = any_seconds(event.get("Timestamp"))
        span.add(time)
        rows += 1
        name = str(event.get("ServiceName") or event.get("TaskDefinitionFamily") or "")
        for one in {"", name}:
            kinds.setdefault(kind, {}).setdefault(one, _Service()).add(event, time)
    kind = next((one for one in _PREFERRED if one in kinds), "")
    if not kind:
        raise source.refuse("no event is of a Task, Service or Container", "events of Container Insights of ECS")
    services = kinds[kind]
    reads = services[""].reads(kind)
    notes = ["CPU is in units of 1,024 a vCPU; memory in MiB, although the unit says Megabytes"]
    names = sorted(name for name in services if name)
    if len(names) > 1:
        for name in names:
            reads.update({f"{name_of(name)}.{read}": value for read, value in services[name].reads(kind).items()})
    return Evidence(rows, reads, *span.iso, cannot_tell=("requests",), notes=notes)


def _events(source: Source) -> Iterator[Mapping[str, Any]]:
    if source.head.lstrip().startswith("["):
        yield from (one for one in source.items("item") if isinstance(one, dict))
    else:
        yield from source.objects()


KINDS = (
    Kind(
        "ecs_container_insights",
        "events of Container Insights of ECS",
        "metrics",
        {
            "CpuUtilized or MemoryUtilized": r'"(CpuUtilized|MemoryUtilized)"\s*:\s*[\d."]',
            "Type": r'"Type"\s*:\s*"(Task|Service|Container|Cluster)',
            "ClusterName": r'"ClusterName"\s*:',
        },
        read_container_insights,
    ),
)
