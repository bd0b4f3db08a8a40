"""Bills of every option in every sample: in columns of floats where that can be, one by one where it can't."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from lambdaplan.comparison.bills_along import NEAR, BillsAlong, NumberRange
from lambdaplan.comparison.envelope import CLEAR, NOBODY, SMALL
from lambdaplan.doubt.sampling import Samples
from lambdaplan.numbers import Column, smaller
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.workload.workload import REQUESTS

CHUNK = 16_384  # samples billed at once
UNPRICED = -2  # nobody wins, as a price is missing

Progress = Callable[[int], object]


class SampledBills:
    """The bills of a scenario's options in samples, each sample at places of the axis or at its own number.

    Parameters:
    samples : Samples - the values of the uncertain numbers.
    axis : NumberRange or None - the axis, whose number is then taken from `places`.
    sample_of : array - for each point the sample that it is of.
    places : array or None - for each point its place on the axis.
    """

    def __init__(
        self,
        scenario: Scenario,
        samples: Samples,
        sample_of: np.ndarray,
        axis: NumberRange | None = None,
        places: np.ndarray | None = None,
    ) -> None:
        self.scenario = changed(scenario, ranges=(), correlations=())
        self.samples, self.sample_of, self.axis, self.places = samples, sample_of, axis, places
        over = None if axis is None else axis.path
        numbers = [(one.path, n) for n, one in enumerate(samples.numbers) if one.path != over]
        self.numbers = sorted(numbers, key=lambda one: one[0] == REQUESTS)  # last: bursts are as many times as high
        self._last: tuple[np.ndarray, Scenario] | None = None
        self.along = BillsAlong(self.at, self.over, scenario.options, bent=self.is_slow)

    def at(self, point: int) -> Scenario:
        """The scenario at a point, exactly."""
        scenario = self.scenario
        for path, n in self.numbers:
            scenario = scenario.at(path, self.samples.value(n, self.sample_of[point]))
        if self.axis is not None and self.places is not None:
            scenario = scenario.at(self.axis.path, self.axis.value(int(self.places[point])))
        return scenario

    def over(self, points: np.ndarray) -> Scenario:
        """The scenario with columns of float64 in it, for an array of points; options share that of the same points."""
        if self._last is not None and np.array_equal(self._last[0], points):
            return self._last[1]
        scenario = self.scenario
        for path, n in self.numbers:
            scenario = scenario.at(path, Column(self.samples.columns[n][self.sample_of[points]], self.samples.grids[n]))
        if self.axis is not None and self.places is not None:
            scenario = scenario.at(self.axis.path, self.axis.column(self.places[points]))
        self._last = points, scenario
        return scenario

    @functools.cached_property
    def paths(self) -> tuple[str, ...]:
        """The numbers that vary."""
        over = () if self.axis is None else (self.axis.path,)
        return (*(path for path, _ in self.numbers), *over)

    def is_slow(self, option_index: int) -> bool:
        """Whether each sample of an option is billed by itself.

        Its cold starts, or what spills over from what it keeps ready, follow a number that varies, or the week does.
        """
        asked = self.scenario
        return any(asked.follows_week(option_index, path) or asked.changes_loads(path) for path in self.paths)

    def misfits(self) -> np.ndarray:
        """For each point whether its numbers do not fit together, so that nothing can be said of it."""
        work = self.scenario.workload
        count = len(self.sample_of)
        if work.traffic.bursts or work.canary_minutes is not None:
            unsure = np.ones(count, dtype=bool)
        elif work.cpu_ms is None and work.first_run_ms is None:
            return np.zeros(count, dtype=bool)
        else:
            drawn = self.over(np.arange(count)).workload
            most = drawn.duration_ms * smaller(drawn.vcpu_measured, drawn.cpu_threads)
            unsure = np.zeros(count, dtype=bool)
            for value, at_most in ((work.cpu_ms, most), (work.first_run_ms, drawn.first_run_ms)):
                if value is not None:
                    low = drawn.cpu_ms if at_most is most else drawn.duration_ms
                    unsure |= np.asarray(low, dtype=float) > np.asarray(at_most, dtype=float) * (1 - NEAR)
        misfit = np.zeros(count, dtype=bool)
        for point in np.flatnonzero(unsure):
            misfit[point] = bool(self.at(int(point)).misfits())
        return misfit

    def costs(self, progress: Progress | None = None) -> tuple[np.ndarray, np.ndarray]:
        """What every option costs at every point, and where a price is missing; one row an option.

        Dollars, infinite where the option is infeasible, with the known part where a price is missing.
        """
        count = len(self.sample_of)
        cost = np.empty((len(self.scenario.options), count))
        lost = np.empty(cost.shape, dtype=bool)
        for option_index in range(len(cost)):
            chunk = 16 if self.is_slow(option_index) else CHUNK
            for start in range(0, count, chunk):
                points = np.arange(start, min(start + chunk, count))
                cost[option_index, points], lost[option_index, points] = self.along.costs(option_index, points)
                if progress is not None:
                    progress(len(points))
        return cost, lost


def winners(cost: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Who is cheapest at each point, the earlier of two alike; NOBODY, or UNPRICED where a price is missing (M9)."""
    whole = np.where(lost, np.inf, cost)
    least = whole.min(axis=0)
    partly = np.where(lost, cost, np.inf).min(axis=0)
    with np.errstate(invalid="ignore"):
        alike = whole <= least + CLEAR * np.maximum(np.abs(least), SMALL)
    best = np.argmax(alike, axis=0)
    nobody, unpriced = np.isinf(least) & np.isinf(partly), np.isfinite(partly) & (partly <= least)
    return np.where(unpriced, UNPRICED, np.where(nobody, NOBODY, best))
