"""Erlang’s formulas in fractions, and an integral by Simpson’s rule, sharing no code with the package."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np


def exact_b(servers, load):
    """The textbook's sum, in fractions."""
    term = total = F(1)
    for k in range(1, servers + 1):
        term = term * load / k
        total += term
    return term / total


def exact_c(servers, load):
    blocked = exact_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def simpson(function, low, high, steps=4000):
    x = np.linspace(low, high, steps + 1)
    weights = np.ones(steps + 1)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return float((function(x) * weights).sum()) * (high - low) / steps / 3
