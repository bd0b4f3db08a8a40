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


def _rounded(values: np.ndarray, whole: bool) -> np.ndarray:
    return np.rint(values) if whole else np.array([float(f"{value:.{DIGITS}g}") for value in values.tolist()])


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
    used = np.zeros(len(column), dtype=bool)
    used[slice(None) if train is None else train] = True
    fitted = np.empty_like(outcomes)
    for part in np.array_split(order, spread_over_bins(int(used.sum()))):
        known = part[used[part]]
        x, y = column[known], outcomes[:, known]
        middle = x.mean() if len(x) else 0.0
        width = ((x - middle) ** 2).sum() if len(x) else 0.0
        mean = y.mean(axis=1, keepdims=True) if len(x) else np.zeros((len(outcomes), 1))
        slope = ((x - middle) * (y - mean)).sum(axis=1, keepdims=True) / width if width > 0 else 0.0
        fitted[:, part] = mean + slope * (column[part] - middle)
    return fitted
