"""CPU time of a request by the utilisation law: the slope of processors in use over requests a second."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lambdaplan.confidence import student_t
from lambdaplan.evidence.evidence import Measure

MOST_UTILISATION = 70.0  # percent; above it waiting for the processor bends the line
_LEAST_VARIATION = 2.0  # the busiest over the quietest, below which slope and idle load can't be told apart
_LEAST_POINTS = 10


@dataclass(frozen=True)
class UtilisationLaw:
    """A line through processors in use over requests a second, for units of one vCPU.

    Parameters:
    slope, idle : vCPU in use a request a second, and at no load, for each vCPU of a unit.
    slope_half, idle_half : half the 95 % intervals.
    n : periods.
    """

    slope: float
    idle: float
    slope_half: float
    idle_half: float
    n: int
    notes: tuple[str, ...] = ()

    def cpu_ms(self, vcpu: float, unit: str = "ms a request") -> Measure:
        """CPU time of a request on units of a size. [ms]"""
        value, half = 1000 * self.slope * vcpu, 1000 * self.slope_half * vcpu
        how = "slope of CPUUtilization x vCPU over requests a second; assumes that nothing else there grows with them"
        return Measure(value, unit, max(0.0, value - half), value + half, self.n, how)

    def idle_vcpu(self, vcpu: float, unit: str = "vCPU at no load, the intercept") -> Measure:
        """Processors in use at no load on units of a size. [vCPU]"""
        value, half = self.idle * vcpu, self.idle_half * vcpu
        return Measure(value, unit, value - half, value + half, self.n)


def utilisation_law(periods: tuple[np.ndarray, np.ndarray, np.ndarray] | None) -> UtilisationLaw | None:
    """The law of periods with requests a second, percent of CPU and number of units; None where they tell no slope."""
    if periods is None:
        return None
    rps, percent, units = periods
    chosen = percent < MOST_UTILISATION
    notes = []
    if (~chosen).any():
        share = (~chosen).mean()
        notes.append(f"{share:.0%} of the periods are above 70 % of CPU and left out: waiting bends the line there")
    rps, used = rps[chosen], percent[chosen] / 100 * units[chosen]
    if len(rps) < _LEAST_POINTS or rps.max() < _LEAST_VARIATION * max(float(rps.min()), 1e-12):
        return None
    n, middle = len(rps), float(rps.mean())
    spread = float(((rps - middle) ** 2).sum())
    slope = float(((rps - middle) * (used - used.mean())).sum()) / spread
    idle = float(used.mean()) - slope * middle
    rest = used - idle - slope * rps
    error = math.sqrt(float((rest**2).sum()) / (n - 2))
    alike = _neighbours(rest)
    alike += (1 + 3 * alike) / n if alike else 0.0  # by so much a short series understates it (Kendall)
    wider, wider_idle = _inflation(alike * _neighbours(rps - middle)), _inflation(alike)
    t = student_t(n - 2)
    return UtilisationLaw(
        slope,
        idle,
        t * error * wider / math.sqrt(spread),
        t * error * wider_idle * math.sqrt(1 / n + middle * middle / spread),
        n,
        tuple(notes),
    )


def _neighbours(values: np.ndarray) -> float:
    """How alike neighbours are: the correlation of values about zero with those a period later, from 0."""
    squares = float((values**2).sum())
    return max(0.0, float((values[1:] * values[:-1]).sum()) / squares) if squares else 0.0


def _inflation(rho: float) -> float:
    """By how much neighbours that are alike widen an interval: as of an AR(1) process."""
    rho = min(rho, 0.95)
    return math.sqrt((1 + rho) / (1 - rho))
