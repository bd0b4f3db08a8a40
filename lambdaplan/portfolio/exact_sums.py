"""Exact sums of columns of floats: the same whatever the order, and however the column is cut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

_HALF = 26
_MASK = (1 << _HALF) - 1
_BITS = 53


def exact_sum(values: np.ndarray) -> Fraction:
    """The sum of floats as a fraction, without rounding.

    Examples:
        >>> exact_sum(np.array([1e16, 1.0, -1e16]))
        Fraction(1, 1)
    """
    return exact_sums(values, np.zeros(len(values), dtype=np.int64)).get(0, Fraction(0))


def exact_sums(values: np.ndarray, groups: np.ndarray) -> dict[int, Fraction]:
    """The sums of floats that are in the same group, without rounding; groups of zeros alone are not among them.

    A float is a whole number of 53 bits times a power of two. Whole numbers of the same power are added up in two
    halves, which hold the sums of 2^36 values without overflow.

    Parameters:
    values : array of float
    groups : array of int - for each value the number of its group.

    Examples:
        >>> exact_sums(np.array([0.5, 0.25, 1.0]), np.array([7, 7, 9]))
        {7: Fraction(3, 4), 9: Fraction(1, 1)}
    """
    floats = np.asarray(values, dtype=np.float64)
    there = np.flatnonzero(floats)
    if not len(there):
        return {}
    mantissas, exponents = np.frexp(floats[there])
    whole = np.ldexp(mantissas, _BITS).astype(np.int64)
    own = np.asarray(groups, dtype=np.int64)[there]
    keys = own * 4096 + (exponents.astype(np.int64) + 2048)  # an exponent is within -1073..1024
    order = np.argsort(keys, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(keys[order])) + 1])
    high = np.add.reduceat(whole[order] >> _HALF, starts)
    low = np.add.reduceat(whole[order] & _MASK, starts)
    sums: dict[int, Fraction] = {}
    for key, over, under in zip(keys[order][starts].tolist(), high.tolist(), low.tolist(), strict=True):
        group, exponent = divmod(key, 4096)
        part = Fraction((over << _HALF) + under) * Fraction(2) ** (exponent - 2048 - _BITS)
        sums[group] = sums.get(group, Fraction(0)) + part
    return sums
