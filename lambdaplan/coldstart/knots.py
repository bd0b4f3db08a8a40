"""Levels of traffic at which cold starts and spillover are worked out, and straight lines between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from lambdaplan.numbers import Column, Number, on_sweep

_DIGITS = 10


def _spread(each_decade: int) -> tuple[int, ...]:
    """0, and whole numbers up to 10^17, so many to a decade."""
    mantissas = [round(1000 * 10 ** (k / each_decade)) for k in range(each_decade)]
    return tuple(sorted({0, *(m * 10**decade // 1000 for decade in range(17) for m in mantissas)}))


KNOTS = _spread(100)
"""Requests a month between two of which what is cold and what spills over are straight lines."""

NODES = _spread(20)
"""Requests a month, each one of KNOTS, at which the model of cold starts is asked."""


def between_knots(
    requests: Number, at: Callable[[int], tuple[Fraction, ...]], knots: Sequence[int] = KNOTS
) -> tuple[Number, ...]:
    """Give numbers of a month with so many requests: exact at a point, the same along a column of requests.

    So every bill made of them stays a chain of straight pieces (M10).

    Parameters:
    at : function - gives the numbers at a knot.
    knots : list of int - requests a month between two of which the numbers are straight lines.
    """
    if not on_sweep(requests):
        place = int(np.searchsorted(knots, int(requests), side="right")) - 1
        low, high = knots[place], knots[place + 1]
        share = Fraction(requests - low) / (high - low)
        below, above = at(low), at(high if share else low)
        return tuple(a + (b - a) * share for a, b in zip(below, above, strict=True))
    floats = np.asarray(requests, dtype=np.float64)
    before = np.searchsorted(knots, floats.ravel(), side="right") - 1
    wanted = sorted({int(p) + more for p in before for more in (0, 1)})
    rows = zip(*(at(knots[p]) for p in wanted), strict=True)
    xs = [float(knots[p]) for p in wanted]
    return tuple(Column(np.interp(floats, xs, [float(value) for value in row])) for row in rows)


def from_nodes(knot: int, at: Callable[[int], tuple[float, ...]]) -> tuple[float, ...]:
    """Give numbers at one of KNOTS from those at the nearest of NODES.

    Logarithms of the numbers follow the cubic through two nodes on either side, along the logarithm of requests. So
    what rises or falls steeply, as cold starts beyond provisioned environments do, is met as well.

    Parameters:
    at : function - gives the numbers at one of NODES, none below 0.
    """
    place = int(np.searchsorted(NODES, knot))
    if NODES[place] == knot:
        return at(knot)
    nodes = NODES[max(place - 2, 1) : place + 2]
    where = [math.log(node / knot) for node in nodes]
    weights = [math.prod(x / (x - own) for x in where if x != own) for own in where]
    values = []
    for row in zip(*map(at, nodes), strict=True):
        if min(row) > 0:
            values.append(math.exp(sum(w * math.log(value) for w, value in zip(weights, row, strict=True))))
        else:  # a straight line
            low, high = NODES[place - 1 : place + 1]
            first, second = row[nodes.index(low)], row[nodes.index(high)]
            values.append(first + (second - first) * (knot - low) / (high - low))
    return tuple(values)


def at_a_knot(value: float) -> Fraction:
    """A number as it stands at a knot, with ten significant digits."""
    return Fraction(f"{value:.{_DIGITS - 1}e}")
