"""CPU credits of burstable instances: the surplus that is charged."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number, larger, less
from lambdaplan.units import HOURS_PER_WEEK


@dataclass(frozen=True)
class Credits:
    """CPU time of burstable instances and what their credits cover, for each weekday on the last axis.

    References: "Unlimited mode for burstable performance instances", Amazon EC2 User Guide, Amazon
    Web Services: surplus is charged when the average over 24 hours is above the baseline.
    """

    used: Number  # vCPU-hours a day; grows with requests
    earned: Number  # instance-hours x vCPU x baseline a day; never falls as requests grow

    @property
    def above(self) -> Number:
        """Each day's use less its credits. [vCPU-hours]"""
        return less(self.used, self.earned)


def surplus(above: Number, hours_per_month: Number) -> Number:
    """A month's surplus, from each weekday's use less its credits. [vCPU-hours]"""
    return larger(above, 0).sum(axis=-1) * (hours_per_month / Fraction(HOURS_PER_WEEK))
