"""Fit of a distribution to measured percentiles of request times."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import figure
from lambdaplan.queueing.queue import deviation
from lambdaplan.queueing.tails import gamma_quantile
from lambdaplan.workload.spread import GAMMA, LOGNORMAL, PERCENTS, Percentiles, Spread

MOST_CV = 20  # as for service_cv
GAMMA_CV = 4  # a gamma distribution of more spread has half of its values near nothing: no times of requests
LEAST_CV = 1 / 50  # below it the two families are alike, and the lognormal is fitted at once
ALIKE = 1e-5  # root mean square of logarithms below which two fits are equally good
_STEPS = 24


def fitted(percentiles: Percentiles, duration_ms: Fraction) -> Spread:
    """Fit a gamma and a lognormal distribution to percentiles, and keep the one that misses them by less.

    Each by least squares on the logarithms of the times, with its scale free. Where both fit alike, as two percentiles
    always do, the one is kept whose mean is nearer to the mean that is given.

    Raises: InputError where the percentiles lie further apart than a service_cv of 20.

    Examples:
        >>> exponential = Percentiles(p50_ms=Fraction("138.629436"), p99_ms=Fraction("921.034037"))
        >>> spread = fitted(exponential, Fraction(200))
        >>> spread.family, round(spread.cv, 4), round(spread.mean_ms)
        ('gamma', 1.0, 200)
    """
    names = tuple(percentiles.given)
    percents = tuple(PERCENTS[name] for name in names)
    logs = np.log([float(ms) for ms in percentiles.given.values()])
    if logs[0] == logs[-1]:
        ms = float(percentiles.given[names[0]])
        return Spread(0.0, GAMMA, percentiles, dict.fromkeys(names, ms), ms)
    found = []
    for family, cv in ((GAMMA, _gamma_cv(percents, tuple(logs.tolist()))), (LOGNORMAL, _lognormal_cv(percents, logs))):
        miss, mean_ms, times = _missed(family, cv, percents, logs)
        off = abs(math.log(mean_ms / float(duration_ms)))
        spread = Spread(cv, family, percentiles, dict(zip(names, times.tolist(), strict=True)), mean_ms)
        found.append((miss, off, spread))
    least = min(miss for miss, _, _ in found)
    near = [(off, place) for place, (miss, off, _) in enumerate(found) if miss <= least + ALIKE]
    spread = found[min(near)[1]][2]
    if spread.cv > MOST_CV:
        low, high = (f"{name} = {figure(percentiles.given[name])}" for name in (names[0], names[-1]))
        words = f"percentiles less far apart: {low} and {high} are a service_cv of {spread.cv:,.0f}, at most {MOST_CV}"
        raise InputError(Problem("range", "workload.percentiles", "an object", words))
    return spread


def _quantiles(family: str, cv: float, percents: tuple[int, ...]) -> np.ndarray:
    """The logarithms of percentiles of times with mean 1."""
    if family == LOGNORMAL:
        sigma = deviation(cv)
        return np.array([sigma * NormalDist().inv_cdf(percent / 100) - sigma * sigma / 2 for percent in percents])
    shape = 1 / cv / cv
    return np.log([gamma_quantile(shape, percent / 100) / shape for percent in percents])


def _missed(family: str, cv: float, percents: tuple[int, ...], logs: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Root mean square of what a distribution misses, its mean, and its percentiles."""
    ours = _quantiles(family, cv, percents)
    scale = float(np.mean(logs - ours))
    return float(np.sqrt(np.mean((logs - ours - scale) ** 2))), math.exp(scale), np.exp(ours + scale)


def _lognormal_cv(percents: tuple[int, ...], logs: np.ndarray) -> float:
    """By the straight line of logarithms over normal quantiles: its slope is their standard deviation."""
    z = np.array([NormalDist().inv_cdf(percent / 100) for percent in percents])
    slope = float(np.sum((z - z.mean()) * (logs - logs.mean())) / np.sum((z - z.mean()) ** 2))
    return min(math.sqrt(math.expm1(slope * slope)), 1e6) if slope < 5 else 1e6


@functools.lru_cache(maxsize=256)
def _gamma_cv(percents: tuple[int, ...], logs: tuple[float, ...]) -> float:
    """The cv that misses least: the best of a grid, then by halving the interval around it."""
    asked = np.array(logs)

    def missed(log_cv: float) -> float:
        ours = _quantiles(GAMMA, math.exp(log_cv), percents)
        return float(np.var(asked - ours))

    grid = np.linspace(math.log(LEAST_CV), math.log(GAMMA_CV), _STEPS)
    best = int(np.argmin([missed(value) for value in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, _STEPS - 1)]
    return round(math.exp(_least(missed, float(low), float(high))), 7)


def _least(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one minimum is least: golden section."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = of(a), of(b)
    while high - low > 1e-8:
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = of(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = of(b)
    return (low + high) / 2
