"""Cold starts of samples: a smooth surface through months that the model counted, with how far it is off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.numbers import Number

Floats = np.ndarray

FEWEST, MOST, IN_ALL = 12, 48, 80  # months that are counted: for one set of points, and for a surface in all
PART = 1 / 3  # further months for those there are, which judge the surface before it goes through them too
NEAR = 2 / 100  # largest relative error of cold starts in such months with which no more are counted
FAR = 1 / 4  # scaled distance from every counted month up to which a surface serves further points as it is
APART = 1 / 20  # scaled distance from every counted month below which none is added
# E-folds that a coordinate goes until the surface bends: load, wall time, later time, keep-alive.
SCALES = np.array([1.5, 4.0, 6.0, 3.0])
ROWS = 20_000  # months that are looked up at once

TINY, LEAST_MS = 1 / 10**300, 1 / 10**3  # what a share is at least, and a time [ms]

Counted = Callable[[float, float, float, float], tuple[float, float]]
"""Cold starts and mean environments of a month: by requests, wall and later times in ms, and keep-alive in s."""


@dataclass(frozen=True)
class Surface:
    """Logarithms of cold starts and of mean environments, over logarithms of what varies.

    Cubic radial basis functions with a linear trend, through the counted months. Coordinates are logarithms, each in
    its SCALES: of requests times wall time (the load, on which cold starts hang most), wall, later time, keep-alive.

    Parameters:
    nodes : array, months by coordinates.
    weights : array, months and trend by two - of starts per request, and of environments.
    off : float - relative error of cold starts in the last months that it was judged by, before it went through them.

    References: Buhmann, "Radial Basis Functions", Cambridge University Press 2003, chapter 5.
    """

    nodes: Floats
    weights: Floats
    off: float

    @classmethod
    def through(cls, nodes: Floats, values: Floats, off: float) -> Surface:
        """The surface through such values, one row a month."""
        trend = np.column_stack([np.ones(len(nodes)), nodes])
        table = np.block([[_cubed(nodes, nodes), trend], [trend.T, np.zeros((trend.shape[1], trend.shape[1]))]])
        right = np.vstack([values, np.zeros((trend.shape[1], values.shape[1]))])
        return cls(nodes, np.linalg.lstsq(table, right, rcond=None)[0], off)

    def at(self, points: Floats) -> Floats:
        """The logarithms at points, one row a point."""
        rows = []
        for part in np.array_split(points, max(1, -(-len(points) // ROWS))):
            trend = np.column_stack([np.ones(len(part)), part])
            rows.append(_cubed(part, self.nodes) @ self.weights[: len(self.nodes)])
            rows[-1] += trend @ self.weights[len(self.nodes) :]
        return np.vstack(rows)


def _cubed(a: Floats, b: Floats) -> Floats:
    squared = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    distances: Floats = squared * np.sqrt(squared)
    return distances


class Surfaces:
    """The surfaces of one set of samples: what they say hangs on nothing that was asked of other sets."""

    def __init__(self) -> None:
        self._known: dict[Any, _Known] = {}

    @property
    def off(self) -> float:
        """The largest relative error of cold starts in the months that judged them, 0 where none was needed."""
        return max((one.surface.off for one in self._known.values() if one.surface is not None), default=0.0)

    def months(
        self, requests: Number, wall_ms: Number, later_ms: Number, kept_s: Number, counted: Counted, key: Any
    ) -> tuple[Floats, Floats]:
        """Cold starts and mean environments of many months, each number one for all or a column.

        Parameters:
        counted : callable - one month by the model.
        key : hashable - what else the months have in common: each has a surface of its own.

        Returns: two arrays; NaN for a month with less than one request.
        """
        given = [np.atleast_1d(np.asarray(value, dtype=float)) for value in (requests, wall_ms, later_ms, kept_s)]
        months = np.column_stack(np.broadcast_arrays(*given))
        known = self._known.setdefault(key, _Known())
        each, wall, later, kept = months.T
        points = np.log(np.column_stack([np.maximum(each, 1) * wall, wall, np.maximum(later, LEAST_MS), kept])) / SCALES
        usable = (each >= 1) & np.isfinite(points).all(axis=1)
        starts, alive = np.full(len(months), np.nan), np.full(len(months), np.nan)
        if usable.any():
            surface = known.covering(points[usable], months[usable], counted)
            logs = surface.at(points[usable])
            starts[usable] = np.minimum(np.exp(logs[:, 0]), 1) * each[usable]
            alive[usable] = np.exp(logs[:, 1])
        return starts, alive


class _Known:
    """Months that were counted, and the surface through them."""

    def __init__(self) -> None:
        self.points: list[Floats] = []
        self.values: list[tuple[float, float]] = []
        self.surface: Surface | None = None

    def covering(self, points: Floats, months: Floats, counted: Counted) -> Surface:
        """A surface that is near enough at such points: the months that lie farthest from all counted ones join them.

        The next few are first foretold; where that is near enough, and none lies far off, no more are counted.
        """
        distance = np.full(len(points), np.inf)
        for known in self.points:
            distance = np.minimum(distance, np.sqrt(((known - points) ** 2).sum(axis=1)))
        begun = len(self.points)
        place = int(np.argmin(((points - np.median(points, axis=0)) ** 2).sum(axis=1)))
        most = min(begun + MOST, max(IN_ALL, begun))
        if self.surface is not None and distance.max() <= FAR:
            return self.surface
        while self.surface is None or (distance.max() > APART and len(self.points) < most):
            asked: list[Floats] = []
            told: list[tuple[float, float]] = []
            while len(asked) < max(4, len(self.points) * PART) and (distance.max() > 0 or not asked):
                place = place if not self.points and not asked else int(np.argmax(distance))
                asked.append(points[place])
                starts, alive = counted(*(float(value) for value in months[place]))
                told.append((math.log(max(starts / months[place, 0], TINY)), math.log(max(alive, TINY))))
                distance = np.minimum(distance, np.sqrt(((points[place] - points) ** 2).sum(axis=1)))
            off = float("inf")
            if self.surface is not None:
                off = float(np.abs(np.expm1(self.surface.at(np.array(asked))[:, 0] - np.array(told)[:, 0])).max())
            self.points += asked
            self.values += told
            self.surface = Surface.through(np.array(self.points), np.array(self.values), off)
            if len(self.points) - begun >= FEWEST and off <= NEAR:
                break
        return self.surface
