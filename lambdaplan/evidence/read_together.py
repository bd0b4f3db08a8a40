"""What files tell only together: CPU time and memory of tasks, whose size stands in another file or in the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambdaplan.evidence.evidence import Measure
from lambdaplan.evidence.load_tests.load_result import usl_measures
from lambdaplan.evidence.metrics.utilisation_law import utilisation_law
from lambdaplan.evidence.scenario_values import ReadFile
from lambdaplan.workload.workload import MB_PER_VCPU

_VCPU, _MEMORY = ("task_vcpu", "vcpu"), ("task_memory_gb", "memory_gb")


def read_together(files: Sequence[ReadFile], base: Mapping[str, Any] | None = None) -> None:
    """Complete the measures of metrics of tasks with the size that another file, or an option of the base, has."""
    _duration_of_sizes(files)
    _levels_of_load_tests(files)
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


def _levels_of_load_tests(files: Sequence[ReadFile]) -> None:
    """Fit the Universal Scalability Law to closed load tests that differ in the requests in flight, a file a level."""
    levels = [(file, file.evidence.parts["level"]) for file in files if "level" in file.evidence.parts]
    points = [level for _, level in levels if isinstance(level, tuple)]
    if len({n for n, _ in points}) < 3:
        return
    words = f"one file a level: {', '.join(file.name for file, _ in levels)}"
    reads, notes = usl_measures(points, words)
    last = levels[-1][0].evidence
    last.reads.update(reads)
    last.notes += notes


def _duration_of_sizes(files: Sequence[ReadFile]) -> None:
    """Take duration and memory of power tuning where no other file tells them: at its largest size of one vCPU."""
    if any("duration_ms" in file.evidence.reads and "duration_ms" not in file.evidence.not_values for file in files):
        return
    for file in files:
        durations = file.evidence.parts.get("durations")
        if isinstance(durations, Mapping) and durations:
            size = max((one for one in durations if one <= MB_PER_VCPU), default=min(durations))
            measure = durations[size]
            words = f"mean at {size:g} MB, without the top and the bottom fifth: up to 9 % below the mean"
            file.evidence.reads["duration_ms"] = Measure(measure.value, "ms", n=measure.n, how=words)
            file.evidence.reads["measured_memory_mb"] = Measure(int(size), "MB", how="size of that duration")


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
