"""Root finding: where a condition ceases to hold, for one number or for each of many at once.

Numerics of our own: each element is searched in a bracket of its own, so that its result is the same alone as among
many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N = TypeVar("N", bound=float)

# Values of `smallest` that are looked at together, and rounds of it.
_AT_ONCE = 15
_ROUNDS = 11
# How closely `largest` is found, relative to the most that it can be.
_CLOSE = 1 / 2**42


def bisect(holds: Callable[[N], bool], good: N, bad: N, middle: Callable[[N, N], N]) -> tuple[N, N]:
    """Find where a condition ceases to hold between two places, by halving (bisection).

    Parameters:
    holds : function - the condition.
    good, bad : int or float - a place where it holds and one where it does not.
    middle : function - the place between two others that is looked at next.

    Returns: two neighbouring numbers, one where it holds and one where it does not.

    Examples:
        >>> bisect(lambda x: x * x <= 10, 0, 10, whole_mean)
        (3, 4)
    """
    while min(good, bad) < (between := middle(good, bad)) < max(good, bad):
        good, bad = (between, bad) if holds(between) else (good, between)
    return good, bad


def mean(a: float, b: float) -> float:
    """The number in the middle between two others."""
    return (a + b) / 2


def whole_mean(a: int, b: int) -> int:
    """The whole number in the middle between two others."""
    return (a + b) // 2


def geometric_mean(a: float, b: float) -> float:
    """The number in the middle between two others that are powers of ten apart."""
    return math.sqrt(a * b)


def smallest(above: Callable[[Floats], Floats], share: Floats, about: Floats) -> Floats:
    """Find the smallest x with above(x) <= share for each share, in parts of a span that narrows (k-section).

    Parameters:
    above : function - falls; takes x with one more axis in front.
    share : array - what above(x) is to come down to.
    about : float, or an array - where x may lie, within a factor of a million.
    """
    doubling = np.arange(-20, 44).reshape((-1, *([1] * share.ndim)))
    held = above(about * np.exp2(doubling)) <= share
    place = np.argmax(held, axis=0)
    high: Floats = about * np.exp2(place - 20.0)
    low = np.where(place > 0, high / 2, 0)
    steps: Floats = np.arange(1, _AT_ONCE + 1).reshape((-1, *([1] * share.ndim))) / (_AT_ONCE + 1)
    for _ in range(_ROUNDS):
        width = high - low
        held = above(low + width * steps) <= share
        place = np.where(held.any(axis=0), np.argmax(held, axis=0), _AT_ONCE)
        low, high = low + width * place / (_AT_ONCE + 1), low + width * (place + 1) / (_AT_ONCE + 1)
    return high


def largest(missed: Callable[[NDArray[np.intp], Floats], Floats], most: Floats) -> Floats:
    """Find the largest x below `most` with missed(place, x) <= 0, which holds at 0 and never again once it ends.

    Parameters:
    missed : function - takes the places of elements and an x for each of them.
    most : array - the end of each element's bracket.

    References: Tirupathi R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a
    nonlinear function without using derivatives", Advances in Engineering Software 28, Elsevier, 1997.
    """
    found = most * (1 - _CLOSE)
    place = np.flatnonzero(missed(np.arange(most.size), found) > 0)
    a, b = found[place], np.zeros(place.size)
    fa, fb = missed(place, a), missed(place, b)
    c, fc = b, fb
    part = np.full(place.size, 1 / 2)
    while place.size:
        x = a + part * (b - a)
        fx = missed(place, x)
        same = (fx <= 0) == (fa <= 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        least = most[place] * _CLOSE / np.abs(b - a)
        ready = least > 1 / 2
        found[place[ready]] = np.where(fa <= 0, a, b)[ready]
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            curve = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        smooth = (phi * phi < xi) & ((1 - phi) * (1 - phi) < 1 - xi) & np.isfinite(curve)
        part = np.clip(np.where(smooth, curve, 1 / 2), np.minimum(least, 1 / 2), np.maximum(1 - least, 1 / 2))
        left = ~ready
        place, part, a, b, c = place[left], part[left], a[left], b[left], c[left]
        fa, fb, fc = fa[left], fb[left], fc[left]
    return found
