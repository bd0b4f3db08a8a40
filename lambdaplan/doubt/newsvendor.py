"""How much to commit to when demand is not sure: the newsvendor on the load-duration curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from lambdaplan.numbers import Number


def best_commitment(asked_usd: Any, worth: Any, hours: Any) -> Number:
    """Give the commitment an hour with the least mean cost: the smallest of several alike. [USD an hour]

    Of a dollar more committed in every hour those hours use it in which more is asked for. It pays while what it takes
    off the bill on demand, over all hours, is more than what it costs in all of them: with one item, while demand is
    above it in more than the share plan rate / price on demand of the hours (the critical ratio of the newsvendor).

    Parameters:
    asked_usd : array, hours by items - what covers all use of each item in an hour, at the plan's rates, in the order
        in which the plan pays. [USD an hour]
    worth : array of items - dollars on demand that a dollar of the plan stands for; never rising.
    hours : array - weight of each hour.

    Notes: saved dollars are a concave chain of straight pieces, so the best place is one of their ends. It is exact
    for fractions.
    References: Arrow, Harris, Marschak, "Optimal Inventory Policy", Econometrica 19 (3), 1951: the critical ratio.

    Examples:
        >>> from fractions import Fraction
        >>> week = np.array([[Fraction(n)] for n in (1, 2, 3, 4)], dtype=object)
        >>> best_commitment(week, [Fraction(2)], [Fraction(1)] * 4)  # half of the hours are above 2
        Fraction(2, 1)
    """
    rates, weights = np.array(worth), np.array(hours)
    total = weights.sum()
    if not len(rates) or rates[0] <= 1:
        return 0 * total
    edges = np.cumsum(np.array(asked_usd), axis=-1).reshape(-1, len(rates))
    falls = (weights.reshape(-1)[:, None] * (rates - np.append(rates[1:], 0 * rates[0]))).ravel()
    order = np.argsort(edges.ravel(), kind="stable")
    gains = (rates[0] - 1) * total - np.cumsum(falls[order])
    tight = 0 if gains.dtype == object else 1e-12 * total
    best: Number = edges.ravel()[order[int(np.argmax(gains <= tight))]]
    return best


def paid_by(asked_usd: Any, worth: Any, committed_usd: Number) -> tuple[Any, Any]:
    """What of a commitment each hour uses, and what that takes off the bill on demand. [USD an hour]"""
    left: Any = committed_usd
    used: Any = 0
    saved: Any = 0
    for item in range(len(worth)):
        part = np.minimum(asked_usd[..., item], left)
        used, saved, left = used + part, saved + part * worth[item], left - part
    return used, saved
