"""Samples of the uncertain numbers of a scenario: randomly shifted lattices, so that errors can be told."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

import numpy as np

from lambdaplan.numbers import exact
from lambdaplan.scenario.doubt import UncertainNumber, correlation_matrix
from lambdaplan.scenario.scenario import Scenario

LATTICE = 512  # most points of one lattice
SHIFTS = 8  # lattices at least: from how they differ, errors are told
EXACT = 15  # of a power of ten that a float has exactly, with six digits before it
DIGITS = 6  # of a sampled number, so that what is billed can be written down


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of uncertain numbers.

    Parameters:
    numbers : tuple of UncertainNumber - what varies, in the order of the rows.
    columns : array, one row a number, one column a sample - values of six digits, or whole. [unit of each number]
    lattice_of : array - which shifted lattice each sample is of.
    """

    numbers: tuple[UncertainNumber, ...]
    columns: np.ndarray
    lattice_of: np.ndarray

    def __len__(self) -> int:
        return len(self.lattice_of)

    @property
    def lattices(self) -> int:
        """How many shifted lattices there are."""
        return int(self.lattice_of[-1]) + 1

    @functools.cached_property
    def grids(self) -> tuple[int, ...]:
        """For each number a whole number: every value is a multiple of one over it; 0 where none is known."""
        return tuple(1 if one.whole else _grid(column) for one, column in zip(self.numbers, self.columns, strict=True))

    def value(self, number: int, sample: int) -> int | Fraction:
        """The value of one number in one sample, exactly. [its unit]"""
        drawn = float(self.columns[number, sample])
        return int(drawn) if self.numbers[number].whole else exact(drawn)


def draw(scenario: Scenario, count: int, seed: int) -> Samples:
    """Draw samples of the uncertain numbers of a scenario: the same for the same count and seed.

    Notes: lattices of at most 512 points, built component by component for the mean of smooth functions, each shifted
    by random numbers of its own. Source: Dick, Kuo, Sloan, "High-dimensional integration: the quasi-Monte Carlo way",
    Acta Numerica 22, 2013, sections 2.9 and 5.6 (read 2026-11-30).
    """
    numbers = scenario.ranges
    points = min(LATTICE, 1 << max(0, int(math.log2(max(count // SHIFTS, 1)))))
    lattices = -(-count // points)
    shifts = np.random.default_rng(seed).random((lattices, len(numbers)))
    steps = np.arange(points)[:, None] * np.array(_generator(points, len(numbers))) / points
    chances = np.concatenate([(steps + shift) % 1 for shift in shifts])[:count]
    chances = np.clip(chances, 1e-12, 1 - 1e-12)
    if scenario.correlations:
        chances = _together(chances, correlation_matrix(scenario.correlations, [one.path for one in numbers]))
    columns = [_rounded(one.range.quantile(chances[:, n]), one.whole) for n, one in enumerate(numbers)]
    return Samples(
        numbers, np.array(columns).reshape(len(numbers), count), np.repeat(np.arange(lattices), points)[:count]
    )


def _grid(column: np.ndarray) -> int:
    """Of values of six digits: one over the last digit of the smallest."""
    least = np.abs(column[column != 0]).min(initial=np.inf)
    places = DIGITS - 1 - np.floor(np.log10(least)) if np.isfinite(least) else 0
    return 10 ** int(max(places, 0)) if places <= EXACT else 0


def _rounded(values: np.ndarray, whole: bool) -> np.ndarray:
    """Values to six digits, each the float that is nearest to its decimal; whole ones to the whole."""
    if whole:
        return np.asarray(np.rint(values))
    size = np.floor(np.log10(np.maximum(np.abs(values), 1e-300)))
    places = DIGITS - 1 - size
    near = np.abs(places) <= EXACT  # where powers of ten are exact, so that one division rounds to the nearest float
    scale = 10.0 ** np.where(near, np.abs(places), 0)
    up = places >= 0
    digits = np.rint(np.where(up, values * scale, values / scale))
    rounded = np.where(up, digits / scale, digits * scale)
    for place in np.flatnonzero(~near):
        rounded[place] = float(f"{values[place]:.{DIGITS}g}")
    return np.asarray(rounded)


@functools.cache
def _generator(points: int, dimensions: int) -> tuple[int, ...]:
    """The generating vector of a lattice, component by component, for weights that fall as 1 / n²."""
    if points < 4:
        return (1,) * dimensions
    steps = np.arange(points)
    kernel = 2 * np.pi**2 * ((steps / points) ** 2 - steps / points + 1 / 6)
    candidates = np.arange(1, points // 2, 2)  # odd: prime to a power of two; the other half mirrors them
    table = kernel[(steps[:, None] * candidates) % points]
    product, chosen = np.ones(points), []
    for n in range(dimensions):
        weighted = 1 + table / (n + 1) ** 2
        best = int(np.argmin(product @ weighted)) if n else 0
        product = product * weighted[:, best]
        chosen.append(int(candidates[best]))
    return tuple(chosen)


def _together(chances: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Chances whose normal scores have such correlations."""
    normal = NormalDist()
    scores = np.array([[normal.inv_cdf(chance) for chance in row] for row in chances])
    values, vectors = np.linalg.eigh(matrix)
    mixed = scores @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return np.array([[normal.cdf(score) for score in row] for row in mixed]).clip(1e-12, 1 - 1e-12)


def spread_over_bins(count: int) -> int:
    """Into how many bins so many samples are put along one number."""
    return max(1, min(24, count // 40))


def fitted_along(column: np.ndarray, outcomes: np.ndarray, train: np.ndarray | None = None) -> np.ndarray:
    """The mean of outcomes given one number: straight pieces over bins of equal count, at every sample.

    Parameters:
    column : array of samples - the number.
    outcomes : array, one row an outcome, one column a sample.
    train : array of samples or None - those from which the pieces are fitted; all unless given.
    """
    order = np.argsort(column, kind="stable")
    used = np.zeros(len(column))
    used[slice(None) if train is None else train] = 1
    sizes = np.array([len(part) for part in np.array_split(order, spread_over_bins(int(used.sum())))])
    starts, known = np.cumsum(sizes) - sizes, used[order]
    x, y = column[order], outcomes[:, order]
    number = np.maximum(np.add.reduceat(known, starts), 1)
    middle = np.add.reduceat(known * x, starts) / number
    mean = np.add.reduceat(known * y, starts, axis=1) / number
    away = x - np.repeat(middle, sizes)
    width = np.add.reduceat(known * away**2, starts)
    rise = np.add.reduceat(known * away * (y - np.repeat(mean, sizes, axis=1)), starts, axis=1)
    slope = np.where(width > 0, rise / np.where(width > 0, width, 1), 0)
    fitted = np.empty_like(outcomes)
    fitted[:, order] = np.repeat(mean, sizes, axis=1) + np.repeat(slope, sizes, axis=1) * away
    return fitted
