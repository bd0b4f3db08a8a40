"""CPU time and waiting of a request from its durations at several memory sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lambdaplan.confidence import student_t
from lambdaplan.workload.workload import MB_PER_VCPU

TRIMMING = 0.086  # part of a mean that leaving out a fifth at either end takes off, at a service_cv of 0.5
_TRIMMING_CV = 0.5
USUAL_RUNS = 50  # invocations a size, where a result does not say
_MAY_BE = 1.5  # times the spread that the errors of a few means show, which may be of a larger one
_SMALL_MB = 256  # below it memory itself may be short
_OFF = 0.15  # of a duration: how far below the line a small size may be off before it is left out
_GAIN = 0.05  # of a duration: less time above one vCPU, which shows work on several threads
_LEAST_FOR_RESIDUALS = 4


@dataclass(frozen=True)
class SizesFit:
    """What durations at several sizes tell.

    Parameters:
    cpu_ms, wait_ms : CPU time at one vCPU, and the rest. [ms]
    cpu_interval, wait_interval : 95 % intervals; None where the sizes are too few to show an error.
    sizes : how many sizes count.
    notes : what to know before relying on it.
    """

    cpu_ms: float
    wait_ms: float
    cpu_interval: tuple[float, float] | None
    wait_interval: tuple[float, float] | None
    sizes: int
    notes: tuple[str, ...] = ()

    def busy_share(self, memory_mb: float) -> float:
        """The share of the wall time at a size that computes."""
        busy = self.cpu_ms * _slowness(np.array([memory_mb]))[0]
        return float(busy / (self.wait_ms + busy)) if self.wait_ms + busy else 0.0


def _slowness(memory_mb: np.ndarray) -> np.ndarray:
    slowness: np.ndarray = MB_PER_VCPU / np.minimum(memory_mb, MB_PER_VCPU)
    return slowness


def fit_sizes(durations: Mapping[float, float], *, trimmed: bool = False, runs: int | None = None) -> SizesFit | None:
    """Fit duration = wait + CPU time x 1769 / min(memory, 1769) to mean durations; None where sizes tell nothing.

    Least squares, each duration's error taken as a part of it. With four sizes and more an interval by Student's t of
    n - 2 degrees of freedom.

    Parameters:
    durations : mean duration by memory size. [MB: ms]
    trimmed : whether the means leave out a fifth at either end, as those of power tuning do: they are below the mean,
        by 8.6 % at a service_cv of 0.5 and as its square. The upper end of an interval has that, for the service_cv
        that the errors of the means come from.
    runs : invocations that each mean is of; 50 where it is not known.
    """
    sizes = np.array(sorted(durations), dtype=float)
    times = np.array([durations[size] for size in sorted(durations)], dtype=float)
    notes: list[str] = []
    above = times[sizes >= MB_PER_VCPU]
    if len(above) > 1 and above[-1] < (1 - _GAIN) * above[0]:
        notes.append(
            "it still gets faster above 1,769 MB: a request computes on several threads; cpu_threads is 1 here"
        )
        sizes, times = sizes[sizes <= MB_PER_VCPU], times[sizes <= MB_PER_VCPU]
    usual = sizes >= _SMALL_MB
    if not usual.all() and len(set(_slowness(sizes[usual]))) > 2:
        (wait, cpu), _ = _line(sizes[usual], times[usual])
        expected = wait + cpu * _slowness(sizes[~usual])
        if (times[~usual] > (1 + _OFF) * expected).any():
            notes.append("sizes below 256 MB are slower than their CPU explains: memory is short there; left out")
            sizes, times = sizes[usual], times[usual]
    if len(set(_slowness(sizes))) < 2:
        return None
    (wait, cpu), inverse = _line(sizes, times)
    missed = (times - wait - cpu * _slowness(sizes)) / times
    intervals: list[tuple[float, float] | None] = [None, None]
    if len(sizes) >= _LEAST_FOR_RESIDUALS:
        freedom = len(sizes) - 2
        error = float(missed @ missed) / freedom
        cv = _MAY_BE * math.sqrt(error * (runs or USUAL_RUNS))
        most = 1 / (1 - TRIMMING * min(cv / _TRIMMING_CV, 1) ** 2) if trimmed else 1.0
        for place, value in enumerate((wait, cpu)):
            half = student_t(freedom) * float(np.sqrt(error * inverse[place, place]))
            intervals[place] = (max(0.0, value - half), (value + half) * most)
    else:
        notes.append(f"{len(sizes)} sizes show no error: measure at four or more, such as 256, 512, 1024 and 1769 MB")
    return SizesFit(float(cpu), float(wait), intervals[1], intervals[0], len(sizes), tuple(notes))


def _line(sizes: np.ndarray, times: np.ndarray) -> tuple[tuple[float, float], np.ndarray]:
    """Waiting and CPU time, neither below nothing, and the inverse of the normal matrix."""
    columns = np.stack([np.ones_like(sizes), _slowness(sizes)], axis=1) / times[:, None]
    inverse = np.linalg.inv(columns.T @ columns)
    wait, cpu = inverse @ columns.sum(axis=0)
    if wait < 0:
        wait, cpu = 0.0, columns[:, 1].sum() / (columns[:, 1] ** 2).sum()
    elif cpu < 0:
        wait, cpu = columns[:, 0].sum() / (columns[:, 0] ** 2).sum(), 0.0
    return (float(wait), float(cpu)), inverse
