"""Confidence: how far a mean or a fit may be off, by Student's t distribution."""

from __future__ import annotations

import functools
import math
from statistics import NormalDist

import numpy as np

from lambdaplan.root_finding import bisect, mean

CONFIDENCE_PERCENT = 95  # of every interval that is shown
_MANY = 500  # degrees of freedom above which the density is too narrow for the nodes


@functools.cache
def student_t(freedom: int, percent: int = CONFIDENCE_PERCENT) -> float:
    """Give the value within which Student's t lies, either side of nothing, in so many percent of cases.

    With t = sqrt(freedom) tan(angle) the density is that of cos(angle)^(freedom - 1).

    Parameters:
    freedom : int - degrees of freedom, at least 1.
    percent : int - share of cases. [%]

    References: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, Critical Values of the Student's t
    Distribution.

    Examples:
        >>> [round(student_t(freedom), 3) for freedom in (1, 2, 9, 100)]
        [12.706, 4.303, 2.262, 1.984]
    """
    if freedom > _MANY:  # a normal deviate and the first two terms of Fisher's expansion
        deviate = NormalDist().inv_cdf((1 + percent / 100) / 2)
        second = (5 * deviate**5 + 16 * deviate**3 + 3 * deviate) / (96 * freedom * freedom)
        return deviate + (deviate**3 + deviate) / (4 * freedom) + second
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def up_to(angle: float) -> float:
        return float((np.cos((nodes + 1) / 2 * angle) ** (freedom - 1) * weights).sum() * angle / 2)

    wanted = up_to(math.pi / 2) * percent / 100
    angle, _ = bisect(lambda angle: up_to(angle) < wanted, 0.0, math.pi / 2, mean)
    return math.sqrt(freedom) * math.tan(angle)
