"""Utilisation law: the CPU time of one request, from how busy the processors were at several rates of requests."""

from __future__ import annotations

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
    """

    cpu_ms: float
    cpu_interval: tuple[float, float] | None
    idle_vcpu: float
    measurements: int
    varies: bool


def fit_cpu(rps: Any, busy_vcpu: Any) -> CpuFit:
    """Give the CPU time of one request: the slope of busy vCPU over requests a second.

    busy vCPU = idle + rps x cpu_ms / 1000, by least squares. What the CPU times of so many requests add up to is off by
    the more the more there are, so each measurement counts by one over its rate. The interval takes each measurement's
    own error (heteroscedasticity-consistent, HC3), with Student's t of n - 2 degrees of freedom: it holds where the
    errors grow with the rate and where they don't, as of rounded percentages.

    Parameters:
    rps : array - requests a second of each measurement, at least two different ones. [1/s]
    busy_vcpu : array - busy vCPU of each: utilisation x vCPU of all that serve them. [vCPU]

    Returns: CpuFit.

    Raises: InputError for anything else, and where fewer vCPU are busy the more requests there are.

    Notes: the law holds at any load of a steady state. Above some 70 percent of the vCPU caches and threads that share
    a core make a request dearer: leave such measurements out.

    References: Edward D. Lazowska et al., "Quantitative System Performance", Prentice-Hall, 1984, section 3.2; J. Scott
    Long and Laurie H. Ervin, "Using Heteroscedasticity Consistent Standard Errors in the Linear Regression Model", The
    American Statistician 54, 2000.

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
    above = rates[rates > 0]
    weights = 1 / np.maximum(rates, above.min())
    columns = np.stack([np.ones_like(rates), rates], axis=1)
    weighted = columns * weights[:, None]
    inverse = np.linalg.inv(weighted.T @ columns)
    idle, slope = inverse @ (weighted.T @ busy)
    if slope < 0:
        words = "busy vCPU that grow with the requests a second"
        fix = "Take both over the same minutes, of all units together."
        raise InputError(Problem("conflict", "busy_vcpu", f"{1000 * slope:.3g} ms a request", words, fix))
    half = _half(columns, weighted, inverse, busy - idle - slope * rates)
    interval = None if half is None else (max(0.0, 1000 * (slope - half)), 1000 * (slope + half))
    varies = bool(rates.max() >= VARIES * rates.min())
    return CpuFit(float(1000 * slope), interval, float(idle), len(rates), varies)


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
