"""Exact sums of columns of floats: the same whatever the order, and however the column is cut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

_HALF = 26
_MASK = (1 << _HALF) - 1
_BITS = 53


def exact_sum(values: np.ndarray) -> Fraction:
    """The sum of floats as a fraction, without rounding.

    A float is a whole number of 53 bits times a power of two. Whole numbers of the same power are added up in two
    halves, which hold the sums of 2^36 values without overflow.

    Examples:
        >>> exact_sum(np.array([1e16, 1.0, -1e16]))
        Fraction(1, 1)
    """
    mantissas, exponents = np.frexp(np.asarray(values, dtype=np.float64))
    whole = np.ldexp(mantissas, _BITS).astype(np.int64)
    total = Fraction(0)
    for exponent in np.unique(exponents[whole != 0]).tolist():
        some = whole[exponents == exponent]
        summed = (int((some >> _HALF).sum()) << _HALF) + int((some & _MASK).sum())
        total += Fraction(summed) * Fraction(2) ** (exponent - _BITS)
    return total
