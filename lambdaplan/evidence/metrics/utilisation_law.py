"""CPU time of a request by the utilisation law, from the periods of metrics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lambdaplan.capacity.utilisation_law import VARIES, CpuFit, fit_cpu
from lambdaplan.errors import InputError
from lambdaplan.evidence.evidence import Measure

MOST_UTILISATION = 70.0  # percent; above it waiting for the processor bends the line
_LEAST_POINTS = 10


@dataclass(frozen=True)
class UtilisationLaw:
    """The law of units of one vCPU, as figures of units of a size.

    Parameters:
    fit : of processors in use for each vCPU of a unit.
    """

    fit: CpuFit
    notes: tuple[str, ...] = ()

    def cpu_ms(self, vcpu: float, unit: str = "ms a request") -> Measure:
        """CPU time of a request on units of a size. [ms]"""
        low, high = self.fit.cpu_interval or (0.0, 0.0)
        how = "slope of CPUUtilization x vCPU over requests a second; assumes that nothing else there grows with them"
        return Measure(self.fit.cpu_ms * vcpu, unit, low * vcpu, high * vcpu, self.fit.measurements, how)

    def idle_vcpu(self, vcpu: float, unit: str = "vCPU at no load, the intercept") -> Measure:
        """Processors in use at no load on units of a size. [vCPU]"""
        low, high = self.fit.idle_interval or (0.0, 0.0)
        return Measure(self.fit.idle_vcpu * vcpu, unit, low * vcpu, high * vcpu, self.fit.measurements)


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
    if len(rps) < _LEAST_POINTS or rps.max() < VARIES * max(float(rps.min()), 1e-12):
        return None
    try:
        return UtilisationLaw(fit_cpu(rps, used, periods=True), tuple(notes))
    except InputError:  # processors that are busier the fewer requests there are
        return None
