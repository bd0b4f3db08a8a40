"""Utilisation law: the CPU time of one request, from how busy the processors were at several rates of requests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.confidence import student_t
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.schema.arguments import Bounds, Floats, numbers

RATE = Bounds(unit="requests a second", name="rate")
BUSY = Bounds(unit="vCPU", name="number of busy vCPU")
VARIES = 2  # the highest rate over the lowest, below which idle work and requests can't be told apart
_ALONE = 1 - 1e-6  # leverage of a measurement that the line goes through whatever it is


@dataclass(frozen=True)
class CpuFit:
    """The CPU time of a request and the idle work, as the utilisation law has them.

    Parameters:
    cpu_ms : float - CPU time of one request. [ms of one vCPU]
    cpu_interval : tuple of float - where it lies, with 95 % confidence; None with two measurements. [ms]
    idle_vcpu : float - work at no request: probes, collection of garbage, agents. [vCPU]
    measurements : int - how many the fit has.
    varies : bool - whether the rates differ by a factor of two: else the idle work is not told apart well.
    idle_interval : tuple of float - where the idle work lies, with 95 % confidence; None but for periods. [vCPU]
    """

    cpu_ms: float
    cpu_interval: tuple[float, float] | None
    idle_vcpu: float
    measurements: int
    varies: bool
    idle_interval: tuple[float, float] | None = None


def fit_cpu(rps: Any, busy_vcpu: Any, *, periods: bool = False) -> CpuFit:
    """Give the CPU time of one request: the slope of busy vCPU over requests a second.

    busy vCPU = idle + rps x cpu_ms / 1000, by least squares. What the CPU times of so many requests add up to is off by
    the more the more there are, so each measurement counts by one over its rate. The interval takes each measurement's
    own error (heteroscedasticity-consistent, HC3), with Student's t of n - 2 degrees of freedom: it holds where the
    errors grow with the rate and where they don't, as of rounded percentages.

    Of periods one after the other, as metrics have them, each counts the same: what else runs there errs more than the
    requests. Neighbours err alike, so the interval is that of an AR(1) process, whose likeness a short series
    understates (Kendall's correction).

    Parameters:
    rps : array - requests a second of each measurement, at least two different ones. [1/s]
    busy_vcpu : array - busy vCPU of each: utilisation x vCPU of all that serve them. [vCPU]

    periods : whether the measurements are periods of one length, in order of time.

    Returns: CpuFit.

    Raises: InputError for anything else, and where fewer vCPU are busy the more requests there are.

    Notes: the law holds at any load of a steady state. Above some 70 percent of the vCPU caches and threads that share
    a core make a request dearer: leave such measurements out.

    References: Edward D. Lazowska et al., "Quantitative System Performance", Prentice-Hall, 1984, section 3.2; J. Scott
    Long and Laurie H. Ervin, "Using Heteroscedasticity Consistent Standard Errors in the Linear Regression Model", The
    American Statistician 54, 2000; Maurice G. Kendall, "Note on Bias in the Estimation of Autocorrelation", Biometrika
    41, 1954.

    Examples:
        >>> fit = fit_cpu([10, 20, 40], [0.25, 0.45, 0.85])
        >>> round(fit.cpu_ms, 9), round(fit.idle_vcpu, 9)
        (20.0, 0.05)
    """
    with problems_together() as problems:
        rates = numbers("rps", rps, RATE, problems)
        busy = numbers("busy_vcpu", busy_vcpu, BUSY, problems)
        if not problems and (rates.ndim != 1 or busy.shape != rates.shape):
            words = "as many numbers as rps has, in a list"
            problems.append(Problem("type", "busy_vcpu", f"{busy.size} beside {rates.size} of rps", words))
        elif not problems and len(set(rates.tolist())) < 2:
            problems.append(Problem("type", "rps", "one rate", "at least two different rates (requests a second)"))
    weights: Floats = np.ones_like(rates) if periods else 1 / np.maximum(rates, rates[rates > 0].min())
    columns = np.stack([np.ones_like(rates), rates], axis=1)
    weighted = columns * weights[:, None]
    inverse = np.asarray(np.linalg.inv(weighted.T @ columns), dtype=np.float64)
    idle, slope = inverse @ (weighted.T @ busy)
    if slope < 0:
        words = "busy vCPU that grow with the requests a second"
        fix = "Take both over the same minutes, of all units together."
        raise InputError(Problem("conflict", "busy_vcpu", f"{1000 * slope:.3g} ms a request", words, fix))
    missed: Floats = np.asarray(busy - idle - slope * rates, dtype=np.float64)
    half: float | None
    idle_interval = None
    if periods and len(rates) > 2:
        half, idle_half = _halves_of_periods(rates, missed)
        idle_interval = (float(idle - idle_half), float(idle + idle_half))
    else:
        half = _half(columns, weighted, inverse, missed)
    interval = None if half is None else (max(0.0, 1000 * (slope - half)), 1000 * (slope + half))
    varies = bool(rates.max() >= VARIES * rates.min())
    return CpuFit(float(1000 * slope), interval, float(idle), len(rates), varies, idle_interval)


def _halves_of_periods(rates: Floats, missed: Floats) -> tuple[float, float]:
    """Half of the intervals of slope and idle work, of periods in order whose neighbours err alike."""
    n, middle = len(rates), float(rates.mean())
    spread = float(((rates - middle) ** 2).sum())
    error = math.sqrt(float((missed**2).sum()) / (n - 2))
    alike = _neighbours(missed)
    alike += (1 + 3 * alike) / n if alike else 0.0  # by so much a short series understates it (Kendall)
    t = student_t(n - 2)
    half = t * error * _inflation(alike * _neighbours(rates - middle)) / math.sqrt(spread)
    return half, t * error * _inflation(alike) * math.sqrt(1 / n + middle * middle / spread)


def _neighbours(values: Floats) -> float:
    """How alike neighbours are: the correlation of values about zero with those a period later, from 0."""
    squares = float((values**2).sum())
    return max(0.0, float((values[1:] * values[:-1]).sum()) / squares) if squares else 0.0


def _inflation(rho: float) -> float:
    """By how much neighbours that are alike widen an interval: as of an AR(1) process."""
    rho = min(rho, 0.95)
    return math.sqrt((1 + rho) / (1 - rho))


def _half(columns: Floats, weighted: Floats, inverse: Floats, missed: Floats) -> float | None:
    """Half of the interval of the slope; None with no measurement more than the line needs."""
    freedom = len(missed) - 2
    if freedom < 1:
        return None
    leverage = np.einsum("ij,jk,ik->i", weighted, inverse, columns)
    if leverage.max() > _ALONE:
        weights = weighted[:, 0]
        variance = inverse[1, 1] * float((weights * missed * missed).sum()) / freedom
    else:
        scores = weighted * (missed / (1 - leverage))[:, None]
        variance = float((inverse @ (scores.T @ scores) @ inverse)[1, 1])
    return student_t(freedom) * float(np.sqrt(variance))
