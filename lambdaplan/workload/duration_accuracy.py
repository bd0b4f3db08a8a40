"""Accuracy of the duration rule: how far measured Lambda functions were from it.

The facts are those of `data/durations`: 109 functions, each measured at five memory sizes or more.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lambdaplan.formatting import count, figure
from lambdaplan.resources import data_table
from lambdaplan.workload.workload import MB_PER_VCPU, Workload

KNOTS = (128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 10240.0)  # sizes that many functions were measured near [MB]
NEAR = 0.5 + 1e-9  # octaves within which a measured size stands for another; floats may miss the half
FEWEST = 15  # functions below which nothing is said
OUTER = 10  # percent of the functions beyond each end of a band
SMALL_MB = 256  # below it the rule is worst


@dataclass(frozen=True)
class Measurements:
    """The mean warm duration of one function at several memory sizes.

    Parameters:
    function : str - its name in `data/durations/functions.csv`.
    memory_mb, duration_ms : arrays - sizes, smallest first, and mean durations there. [MB, ms]
    """

    function: str
    memory_mb: np.ndarray
    duration_ms: np.ndarray

    @functools.cached_property
    def fits(self) -> np.ndarray:
        """For each size the rule (M3) fitted to the other sizes: rows of io_ms, and cpu_ms on one vCPU.

        Least squares of the relative error, neither part below 0. NaN where the other sizes all have the same
        vCPU, so that they do not tell the two parts apart.
        """
        x, weight = _slowness(self.memory_mb), 1 / self.duration_ms
        others = 1 - np.eye(len(x))
        s11, s12, s22 = (others @ (weight**2 * x**n) for n in range(3))
        b1, b2 = others @ weight, others @ (weight * x)
        det = s11 * s22 - s12**2
        known = det > 1e-9 * s11 * s22
        det = np.where(known, det, 1)
        io, cpu = (b1 * s22 - b2 * s12) / det, (b2 * s11 - b1 * s12) / det
        waits = b1**2 / s11 > b2**2 / s22  # which part alone fits better
        inside = (io >= 0) & (cpu >= 0)
        io = np.where(inside, io, np.where(waits, b1 / s11, 0))
        cpu = np.where(inside, cpu, np.where(waits, 0, b2 / s22))
        return np.where(known[:, None], np.stack([io, cpu], axis=1), np.nan)

    def nearest(self, memory_mb: float) -> int | None:
        """Which size stands for another: the nearest within half an octave; None where there is none."""
        away = np.abs(np.log2(self.memory_mb / memory_mb))
        row = int(away.argmin())
        return row if away[row] <= NEAR else None

    def ratio(self, known_mb: Sequence[float], memory_mb: float) -> float | None:
        """Measured duration at a size over what is worked out from one known size or from the two beside it.

        From one size the rule gives it, with the share of computing that the function's other sizes tell;
        between two it is linear in 1 / memory_mb, as `Workload.lambda_ms` has it.

        Returns: the ratio; None where the function was not measured near these sizes.
        """
        places = [self.nearest(size) for size in (*known_mb, memory_mb)]
        if None in places or len(set(places)) < len(places):
            return None
        *known, here = (place for place in places if place is not None)
        sizes, times = self.memory_mb, self.duration_ms
        if len(known) == 1:
            io, cpu = self.fits[here]
            slow = _slowness(sizes)
            worked_out = times[known[0]] * (io + cpu * slow[here]) / (io + cpu * slow[known[0]])
        else:
            small, large = known
            share = (1 / sizes[here] - 1 / sizes[large]) / (1 / sizes[small] - 1 / sizes[large])
            worked_out = times[large] + (times[small] - times[large]) * share
        ratio = float(times[here] / worked_out)
        return None if math.isnan(ratio) else ratio


def _slowness(memory_mb: np.ndarray) -> np.ndarray:
    """How much longer computing takes than on one vCPU; one thread has no more than that."""
    return np.asarray(MB_PER_VCPU / np.minimum(memory_mb, MB_PER_VCPU), dtype=float)


@functools.cache
def measured() -> tuple[Measurements, ...]:
    """Every function of `data/durations`, in the order of their names."""
    functions = []
    for name, rows in itertools.groupby(data_table("durations/measured.csv"), key=lambda row: row["function"]):
        pairs = sorted((row["memory_mb"], row["duration_ms"]) for row in rows)
        functions.append(Measurements(name, *np.array(pairs, dtype=float).T))
    return tuple(functions)


@dataclass(frozen=True)
class Spread:
    """How measured functions ran against what is worked out for a size.

    Parameters:
    low, middle, high : float - measured over worked out: one function in ten is below `low`, half of them below
        `middle`, one in ten above `high`.
    functions : int - how many were measured near all sizes concerned.
    """

    low: float
    middle: float
    high: float
    functions: int


@functools.cache
def spread(known_mb: tuple[float, ...], memory_mb: float) -> Spread | None:
    """How sure a duration is that is worked out from one known size, or from the two beside it.

    Measured sizes within half an octave stand for those asked for.

    Returns: Spread; None where fewer than 15 functions were measured there.
    """
    ratios = [ratio for one in measured() if (ratio := one.ratio(known_mb, memory_mb)) is not None]
    if len(ratios) < FEWEST:
        return None
    low, middle, high = np.percentile(ratios, [OUTER, 50, 100 - OUTER]).tolist()
    return Spread(low, middle, high, len(ratios))


@dataclass(frozen=True)
class Band:
    """How sure durations are at some sizes: measured over worked out (`middle`: the median), and by how many functions.

    NaN, and 0 functions, where no facts reach. At a size that the reader measured all are 1.
    """

    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    functions: np.ndarray


def band(workload: Workload, memory_mb: np.ndarray) -> Band:
    """How sure `workload.lambda_ms` is at some sizes, from what measured functions did.

    At the sizes that the reader measured there is no error. At 128, 256, 512, 1024, 2048, 4096 and 10,240 MB
    :func:`spread` says what it is, but for those within half an octave of a size that the reader measured. Between
    these sizes it runs straight in log(memory_mb).

    Parameters:
    workload : Workload - with `durations`, or with `measured_memory_mb`.
    memory_mb : array - sizes, 128 to 10,240. [MB]

    Notes: the share of computing is taken to be the function's own; an error in the reader's busy_share comes
    on top. Code with several threads was not told apart, so above one vCPU nothing is known of it.
    """
    known, sizes = known_sizes(workload), np.asarray(memory_mb, dtype=float)
    exactly: dict[float, Spread | None] = {size: Spread(1.0, 1.0, 1.0, len(measured())) for size in known}
    nodes = sorted({**_knots(known), **exactly}.items())
    at, here = np.log2([size for size, _ in nodes]), np.log2(sizes)
    ends = [(np.nan, np.nan, np.nan, 0) if s is None else (s.low, s.middle, s.high, s.functions) for _, s in nodes]
    left = np.clip(np.searchsorted(at, here, side="right") - 1, 0, len(at) - 2)
    share = (here - at[left]) / (at[left + 1] - at[left])
    below, above = (np.array(ends, dtype=float)[place].T for place in (left, left + 1))
    # at a node its own values: beside it may be one without
    low, middle, high = (
        np.select([share == 0, share == 1], [a, b], a + share * (b - a))
        for a, b in zip(below[:3], above[:3], strict=True)
    )
    functions = np.where(share == 0, below[3], np.where(share == 1, above[3], np.minimum(below[3], above[3])))
    if workload.cpu_threads > 1:
        end = np.where(sizes < known[0], known[0], np.where(sizes > known[-1], known[-1], 0))
        unsure = (end > 0) & (np.maximum(sizes, end) > MB_PER_VCPU)
        low[unsure] = middle[unsure] = high[unsure] = np.nan
        functions[unsure] = 0
    return Band(low, middle, high, functions.astype(int))


def known_sizes(workload: Workload) -> tuple[float, ...]:
    """The memory sizes whose duration the reader measured, smallest first. [MB]"""
    rows = sorted(float(row.memory_mb) for row in workload.durations)
    return tuple(rows) if rows else (float(workload.measured_memory_mb),)


def _knots(known: tuple[float, ...]) -> dict[float, Spread | None]:
    """What is known at sizes an octave apart, each from the known size or sizes beside it."""
    spreads: dict[float, Spread | None] = {}
    for knot in KNOTS:
        below, above = [size for size in known if size < knot], [size for size in known if size > knot]
        beside = (*below[-1:], *above[:1])
        outermost = knot in (KNOTS[0], KNOTS[-1])
        if knot not in known and (outermost or all(abs(math.log2(size / knot)) >= 0.5 for size in beside)):
            spreads[knot] = spread(beside, knot)
    for small, large in itertools.pairwise(known):
        if not any(small < knot < large for knot in spreads):
            middle = math.sqrt(small * large)
            spreads[middle] = spread((small, large), middle)
    return spreads


def doubt(workload: Workload, memory_mb: int) -> str | None:
    """Why a Lambda duration at a size is to be doubted, in one line; None where nothing is odd about it.

    With measured `durations`, a size outside them. Without, a size on the other side of 256 MB than the one
    measured (below, the rule is worst), and one to which the measured functions do not reach.
    """
    known = known_sizes(workload)
    size = float(memory_mb)
    if size in known or (workload.durations and known[0] < size < known[-1]):
        return None
    here = band(workload, np.array([size]))
    low, high, functions = here.low.item(), here.high.item(), here.functions.item()
    unknown = math.isnan(low)
    if not workload.durations and not unknown and (size < SMALL_MB) == (known[0] < SMALL_MB):
        return None
    nearest = min(known, key=lambda one: abs(math.log2(one / size)))
    took = f"its {count(workload.lambda_ms(memory_mb), 3)} ms is worked out from {figure(nearest)} MB"
    if workload.durations:
        took += f", outside the measured {figure(known[0])} to {figure(known[-1])} MB"
    if unknown and workload.cpu_threads > 1:
        words = f"no measured function says how code with several threads does above {MB_PER_VCPU:,} MB"
    elif unknown:
        words = f"fewer than {FEWEST} of {len(measured())} measured functions say how far off that is"
    else:
        words = (
            f"of {functions} functions measured at about both sizes eight in ten took {low:.2f} to {high:.2f} times"
            " what is so worked out"
        )
    return f"{took}; {words}. Measure it there"
