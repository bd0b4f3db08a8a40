"""Tails of Poisson and gamma distributions, accurate to twelve digits far out and near saturation.

Numerics only: the queues of this package are sums of these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lambdaplan.schema.arguments import Floats

# Below this many servers Erlang's recursion is summed term by term; from here on an integral takes its place.
FEW = 50
# Values of an integrand that are worked out in one call, about.
AT_ONCE = 65_536
# Integrands are followed until they have fallen by exp(-40): what is cut off is below 1e-17 of the rest.
FALL = 40


def excess(x: Floats) -> Floats:
    """e^x - 1 - x, to full precision near 0 too."""
    small = np.abs(x) < 1 / 2
    near = np.where(small, x, 0)
    term, series = near * near / 2, np.zeros(x.shape)
    for k in range(3, 18):
        series += term
        term *= near
        term /= k
    return np.where(small, series, np.expm1(np.where(small, 0, x)) - x)


def stirling(c: Floats) -> Floats:
    """What Stirling's formula lacks of log c!, for c of 50 and more."""
    square = c * c
    return (1 - (1 / 30 - (1 / 105 - 1 / 140 / square) / square) / square) / (12 * c)


def poisson(c: Any, a: Floats, lacking: Any) -> Floats:
    """a^c e^-a / c! for real c > 0, as exp(-c(e^x - 1 - x)) with x = log(a/c).

    References: Catherine Loader, "Fast and accurate computation of binomial probabilities", Bell Labs, 2000.
    """
    with np.errstate(divide="ignore"):
        ratio = a / c
        x = np.where(np.abs(ratio - 1) < 1 / 2, np.log1p((a - c) / c), np.log(ratio))
    with np.errstate(over="ignore"):
        probability: Floats = np.exp(-lacking - c * excess(x)) / np.sqrt(2 * np.pi * c)
    return probability


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
SHORT_NODES, SHORT_WEIGHTS = np.polynomial.legendre.leggauss(12)


def gauss_legendre(
    log_f: Callable[[Floats], Floats], low: Floats, high: Floats, nodes: Floats, weights: Floats
) -> Floats:
    """The integral of exp(log_f) from low to high, summed node by node: the same value for one element as among many.

    Several nodes are taken at once, on a first axis, as long as there are few elements: then calls take the time.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    total: Floats = np.zeros(middle.shape)
    together = max(1, AT_ONCE // max(middle.size, 1))
    for first in range(0, len(nodes), together):
        some = slice(first, first + together)
        places = nodes[some].reshape(-1, *([1] * middle.ndim))
        for weight, value in zip(weights[some].tolist(), np.exp(log_f(middle + half * places)), strict=True):
            total += weight * value
    return total * half


def one_panel(a: Floats, slope: Floats, sign: int) -> Floats:
    """int exp(-slope s - a(e^x - 1 - x)) ds over s > 0, x = sign s; for slope > -1 and slope + a > 24."""
    root = 2 * FALL / (slope + np.hypot(slope, np.sqrt((2 * FALL if sign > 0 else FALL) * a)))
    return gauss_legendre(lambda s: -slope * s - a * excess(sign * s), np.zeros(a.shape), root, _NODES, _WEIGHTS)


def gamma_above(shape: float, x: Floats) -> Floats:
    """The share of a gamma distribution of scale 1 that lies above x."""
    below = x <= shape
    tail = np.empty(x.shape)
    if below.any():
        tail[below] = 1 - shape * poisson(shape, x[below], lacking(shape)) * sum_below(shape, -x[below])
    if not below.all():
        beyond = x[~below]
        tail[~below] = shape * poisson(shape, beyond, lacking(shape)) * _sum_above(shape, beyond)
    return tail


def gamma_quantile(shape: float, below: float) -> float:
    """The x below which a share of a gamma distribution of scale 1 lies: one number, by Newton's steps in log x.

    Parameters:
    shape : float - up to some thousands.
    """

    def missed(x: float) -> float:
        return gamma_below(shape, x) - below

    low, high = 0.0, shape + 1.0
    while missed(high) < 0:
        low, high = high, 2 * high
    x = high / 2
    for _ in range(200):
        off = missed(x)
        low, high = (low, x) if off > 0 else (x, high)
        slope = math.exp(shape * math.log(x) - x - math.lgamma(shape))  # of the share, by log x
        step = off / slope if slope > 0 else math.inf
        following = x * math.exp(-step) if abs(step) < 1 else -1.0
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-15 * x:
            break
        x = following
    return x


def gamma_below(shape: float, x: float) -> float:
    """The share of a gamma distribution of scale 1 that lies below x: its series, or from its mean on a fraction.

    References: William H. Press et al., "Numerical Recipes", Cambridge University Press, 1992, section 6.2 (the series
    and the continued fraction by Lentz's method); a standard source, not read again for this.
    """
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        k = shape
        while term > total * 1e-17:
            k += 1
            term *= x / k
            total += term
        return front * total
    b = x + 1 - shape
    c, d = 1e300, 1 / b
    fraction = d
    for n in range(1, 10_000):
        a = -n * (n - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return 1 - front * fraction


def lacking(shape: float) -> float:
    """What Stirling's formula lacks of the logarithm of gamma(shape + 1)."""
    if shape >= FEW:
        return float(stirling(np.array(shape)))
    by_stirling = (shape + 1 / 2) * math.log(shape) - shape + math.log(2 * math.pi) / 2
    return math.lgamma(shape + 1) - by_stirling


def _sum_above(shape: float, x: Floats) -> Floats:
    """int exp(-x(e^s - 1) + shape s) ds over s > 0, for x > shape."""
    slope = x - shape
    far = 2 * FALL / (slope + np.sqrt(slope * slope + 2 * FALL * x))
    far = np.minimum(far, np.log1p((FALL + shape * far) / x))
    total = np.zeros(x.shape)
    for panel in range(4):
        low, high = far * panel / 4, far * (panel + 1) / 4
        total += gauss_legendre(lambda s: -slope * s - x * excess(s), low, high, SHORT_NODES, SHORT_WEIGHTS)
    return total


def sum_below(shape: float, z: Floats) -> Floats:
    """int exp(-shape s - z(1 - e^-s)) ds over s > 0, for z >= -shape.

    It is the mean of exp(-z(1 - V)) / shape over V with density shape v^(shape-1). Panels widen from the first fall on.
    """
    plus = np.maximum(z, 0)
    minus = np.maximum(-z, 0)
    slope = shape - minus
    curved = 2 * FALL / (slope + np.sqrt(slope * slope + FALL * minus))
    far_minus = np.where(curved <= 3 / 2, curved, np.maximum(FALL / (slope + minus * 12 / 25), 3 / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        steep = np.where(plus > FALL, -np.log1p(-FALL / np.maximum(plus, FALL)), np.inf)
    flat = (FALL - plus * 5 / 8) / shape
    far_plus = np.minimum(np.minimum(steep, FALL / shape), np.where(flat >= 1, flat, np.inf))
    far = np.where(z > 0, far_plus, far_minus)
    first = np.minimum(np.minimum(8 / (shape + plus + minus), 1), far)
    panels, curving = 8, minus.any()
    growth = (far / first) ** (1 / (panels - 1))

    def log_f(s: Floats) -> Floats:
        fall: Floats = -slope * s + plus * np.expm1(-s)
        return fall - minus * excess(-s) if curving else fall

    total = np.zeros(z.shape)
    low, high = np.zeros(z.shape), first
    for _ in range(panels):
        total += gauss_legendre(log_f, low, high, SHORT_NODES, SHORT_WEIGHTS)
        low, high = high, high * growth
    return total
