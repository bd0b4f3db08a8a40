"""What files tell only together: CPU time and memory of tasks, whose size stands in another file or in the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambdaplan.evidence.evidence import Measure
from lambdaplan.evidence.metrics.utilisation_law import utilisation_law
from lambdaplan.evidence.scenario_values import ReadFile

_VCPU, _MEMORY = ("task_vcpu", "vcpu"), ("task_memory_gb", "memory_gb")


def read_together(files: Sequence[ReadFile], base: Mapping[str, Any] | None = None) -> None:
    """Complete the measures of metrics of tasks with the size that another file, or an option of the base, has."""
    vcpu, vcpu_origin = _size(files, _VCPU, base, "vcpu")
    memory, memory_origin = _size(files, _MEMORY, base, "memory_gb")
    for file in files:
        reads = file.evidence.reads
        law = utilisation_law(file.evidence.parts.get("utilisation"))  # type: ignore[arg-type]
        if law is not None and vcpu is not None:
            words = (
                f"ms a request = slope of CPUUtilization x {vcpu:g} vCPU a unit ({vcpu_origin}) over requests a second"
            )
            reads["cpu_ms"] = law.cpu_ms(vcpu, words)
            reads["idle_vcpu"] = law.idle_vcpu(vcpu)
            file.evidence.not_values.discard("cpu_ms")
        percent = reads.get("memory_percent_mean")
        if percent is not None and memory is not None and isinstance(percent.value, int | float):
            words = f"MB of {memory * 1024:,.0f} MB a unit ({memory_origin}), from MemoryUtilization"
            reads["working_set_mb"] = Measure(percent.value / 100 * memory * 1024, words, n=percent.n)


def _size(
    files: Sequence[ReadFile], names: tuple[str, ...], base: Mapping[str, Any] | None, field: str
) -> tuple[float | None, str]:
    """The one size that files tell, or that options of the base have; none where there are several."""
    sizes: dict[float, str] = {}
    for file in files:
        for name, measure in file.evidence.reads.items():
            if name.rpartition(".")[2] in names and isinstance(measure.value, int | float):
                sizes.setdefault(float(measure.value), file.name)
    if not sizes:
        options = base.get("options", ()) if base is not None else ()
        for option in options if isinstance(options, list) else ():
            value = option.get(field) if isinstance(option, dict) else None
            if isinstance(value, int | float):
                sizes.setdefault(float(value), "the base")
    return next(iter(sizes.items())) if len(sizes) == 1 else (None, "")
