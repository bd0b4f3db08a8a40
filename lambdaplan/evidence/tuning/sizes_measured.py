"""Durations at several memory sizes, as measures."""

from __future__ import annotations

from collections.abc import Mapping

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.several_sizes import SizesFit, fit_sizes
from lambdaplan.evidence.source import Source

CANNOT_TELL = ("spread of durations, requests, memory used, architecture",)
TRIMMED = "mean durations of power tuning leave out a fifth at either end: 1 % low at a service_cv of 0.15, 9 % at 0.5"
_MOST_MS = 15 * 60 * 1000.0
_LARGEST_MB = 32_767


def sizes_evidence(
    source: Source, durations: Mapping[float, float], runs: int | None, reads: dict[str, Measure]
) -> Evidence:
    """What durations at sizes tell of one function."""
    measures, fit = size_measures(source, durations, runs)
    evidence = Evidence(len(durations), {**measures, **reads}, cannot_tell=CANNOT_TELL, notes=[TRIMMED])
    if fit is not None:
        evidence.notes += fit.notes
    else:
        evidence.notes.append("its sizes all have one vCPU and more: CPU time and waiting can't be told apart")
    evidence.parts = {"durations": {size: measures[f"duration_ms@{whole(size)}"] for size in durations}}
    return evidence


def size_measures(
    source: Source, durations: Mapping[float, float], runs: int | None = None, before: str = ""
) -> tuple[dict[str, Measure], SizesFit | None]:
    """Durations by size, CPU time, waiting, and the busy share at each size.

    Raises: InputError for sizes and durations that no function has.
    """
    wrong = [size for size, ms in durations.items() if not (64 <= size <= _LARGEST_MB and 0 < ms <= _MOST_MS)]
    if wrong or not durations:
        words = "sizes in MB with mean durations of up to 15 minutes"
        raise source.refuse("its sizes or durations are none of a function", words)
    how = "mean of the invocations, without the top and the bottom fifth"
    measures = {
        f"{before}duration_ms@{whole(size)}": Measure(durations[size], "ms", n=runs, how=how)
        for size in sorted(durations)
    }
    fit = fit_sizes(durations, trimmed=True, runs=runs)
    if fit is not None:
        formula = f"duration = wait + CPU time x 1769 / min(memory, 1769), least squares over {fit.sizes} sizes"
        low, high = fit.cpu_interval or (None, None)
        measures[f"{before}cpu_ms"] = Measure(fit.cpu_ms, "ms at one vCPU", low, high, fit.sizes, formula)
        low, high = fit.wait_interval or (None, None)
        measures[f"{before}wait_ms"] = Measure(fit.wait_ms, "ms", low, high, fit.sizes, formula)
        for size in sorted(durations):
            share = fit.busy_share(size)
            measures[f"{before}busy_share@{whole(size)}"] = Measure(share, "share of the wall time", how=formula)
    return measures, fit
