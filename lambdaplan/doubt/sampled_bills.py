"""Bills of every option in every sample: in columns of floats where that can be, one by one where it can't."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from lambdaplan.coldstart.month import ColdMonth
from lambdaplan.coldstart.sampled import Surfaces
from lambdaplan.comparison.bills_along import NEAR, BillsAlong, Costs, NumberRange, priced_floats
from lambdaplan.comparison.envelope import CLEAR, NOBODY, SMALL
from lambdaplan.comparison.month import settle
from lambdaplan.doubt.sampling import Samples
from lambdaplan.numbers import Column, smaller
from lambdaplan.platforms import Option
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.workload.workload import REQUESTS

CHUNK = 16_384  # samples billed at once
NOT_SMOOTH = frozenset(
    (
        "hours_per_month",
        "workload.canary_fraction",
        "workload.canary_minutes",
        "workload.traffic.burst",
        "workload.batch_size",
        "workload.package_mb",
    )
)  # numbers along which no surface of cold starts goes
UNPRICED = -2  # nobody wins, as a price is missing

LEAST_MB = 128  # memory of the smallest function
SETTLED = 16  # samples in which a size is chosen, of which every sample then has the cheapest

Progress = Callable[[int], object]


@dataclass
class Found:
    """What is worked out once for a set of samples: surfaces of cold starts, and sizes worth billing.

    Parameters:
    surfaces : Surfaces
    sizes : dict - by option, and whether along the axis, the sizes that are the cheapest in some samples.
    """

    surfaces: Surfaces = field(default_factory=Surfaces)
    sizes: dict[tuple[int, bool], tuple[Option, ...]] = field(default_factory=dict)


class SampledBills:
    """The bills of a scenario's options in samples, each sample at places of the axis or at its own number.

    Parameters:
    samples : Samples - the values of the uncertain numbers.
    axis : NumberRange or None - the axis, whose number is then taken from `places`.
    sample_of : array - for each point the sample that it is of.
    places : array or None - for each point its place on the axis.
    found : Found or None - what is worked out once for all of a set of samples; without it each is billed exactly
        where cold starts or a size that is left to be chosen follow what varies.
    """

    def __init__(
        self,
        scenario: Scenario,
        samples: Samples,
        sample_of: np.ndarray,
        axis: NumberRange | None = None,
        places: np.ndarray | None = None,
        found: Found | None = None,
    ) -> None:
        self.found = found
        self.scenario = changed(scenario, ranges=(), correlations=())
        self.samples, self.sample_of, self.axis, self.places = samples, sample_of, axis, places
        over = None if axis is None else axis.path
        numbers = [(one.path, n) for n, one in enumerate(samples.numbers) if one.path != over]
        self.numbers = sorted(numbers, key=lambda one: one[0] == REQUESTS)  # last: bursts are as many times as high
        self._last: tuple[np.ndarray, Scenario] | None = None
        self.along = BillsAlong(self.at, self.over, scenario.options, self._least_of_sizes, self.is_slow)

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
        scenario = self._over(points, self.scenario)
        self._last = points, scenario
        return scenario

    def _over(self, points: np.ndarray, scenario: Scenario) -> Scenario:
        if self.found is not None:
            scenario = changed(scenario, workload=changed(scenario.workload, surfaces=self.found.surfaces))
        for path, n in self.numbers:
            scenario = scenario.at(path, Column(self.samples.columns[n][self.sample_of[points]], self.samples.grids[n]))
        if self.axis is not None and self.places is not None:
            scenario = scenario.at(self.axis.path, self.axis.column(self.places[points]))
        return scenario

    def _least_of_sizes(self, option_index: int, points: np.ndarray) -> Costs:
        """What an option of open size costs: the least of the sizes that are the cheapest in some of the samples."""
        option = self.scenario.options[option_index]
        if self.found is None or not option.sizes_follow_workload:
            return self.along.least_of_choice(option_index, points)
        key = option_index, self.axis is not None
        if key not in self.found.sizes:
            some = np.unique(np.linspace(0, len(self.sample_of) - 1, SETTLED).astype(int))
            settled = (settle(there, there.options[option_index]) for there in map(self.at, some.tolist()))
            self.found.sizes[key] = tuple(dict.fromkeys([*settled, *self._barest(option)]))
        sizes = self.found.sizes[key]
        costs = [self._size_costs(option_index, size, points) for size in sizes]
        for _ in range(SETTLED):  # none of these may do: then one that does in the first such sample joins them
            without = np.flatnonzero(np.isinf(np.array([cost for cost, _ in costs])).all(axis=0))
            if not len(without):
                break
            there = self.at(int(points[without[0]]))
            size = settle(there, there.options[option_index])
            if size in sizes:
                break
            sizes = self.found.sizes[key] = (*sizes, size)
            costs.append(self._size_costs(option_index, size, points))
        known = np.isfinite(np.array([cost for cost, _ in costs])).any(axis=0)  # by one: what floats leave open may go
        costs = [(np.where(known & np.isnan(cost), np.inf, cost), np.nan_to_num(lost)) for cost, lost in costs]
        return self.along.least(option_index, points, costs)

    @staticmethod
    def _barest(option: Option) -> tuple[Option, ...]:
        """A function of the least memory there is, so that each sample may have just what it needs."""
        return tuple(one.with_memory(LEAST_MB) for one in option.one_processor_each() if one.has_memory_size)

    def _size_costs(self, option_index: int, size: Option, points: np.ndarray) -> Costs:
        """What an option of some size costs; where a sample needs more memory than a function has, it gets that."""
        options = list(self.scenario.options)
        options[option_index] = size
        scenario = self._over(points, changed(self.scenario, options=tuple(options)))
        size = scenario.options[option_index].with_room(scenario.workload, scenario.memory_headroom)
        return priced_floats(scenario, size, len(points))

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
        counted = any(asked.follows_week(option_index, path) for path in self.paths)
        return (counted and not self._has_surface(option_index)) or any(map(asked.changes_loads, self.paths))

    def _has_surface(self, option_index: int) -> bool:
        """Whether cold starts of an option are smooth in what varies, and read from a surface.

        Starts of arrivals that come equally spaced are steps; what is kept ready, and the traffic itself, is no number
        that a surface goes along.
        """
        option, work = self.scenario.options[option_index], self.scenario.workload
        stays = work.models_cold_starts and not (option.is_provisioned or work.is_regular)
        others = {f"options.{option_index}.{name}" for name in option.cold_axes} - {
            f"options.{option_index}.keep_alive_s"
        }
        others |= {f"workload.{name}" for name in option.cold_workload_axes}
        return self.found is not None and stays and not (others | NOT_SMOOTH).intersection(self.paths)

    def cold_months(self, option_index: int) -> Callable[[int], tuple[ColdMonth, float]] | None:
        """Cold starts of an option of given size, read from its surface, with the wall time of a warm request in ms.

        Returns: a function of a point; None where they are counted one by one, or there are none.
        """
        option = self.scenario.options[option_index]
        if option.is_open or not option.starts_cold or not self._has_surface(option_index):
            return None
        count = len(self.sample_of)
        there = self.over(np.arange(count))
        fleet = there.options[option_index].fleet(there.workload, there.book, there.hours_per_month)
        cold = fleet.cold
        if cold is None:
            return None
        parts = (cold.requests, cold.starts, cold.environments, cold.init_ms, cold.more_ms, fleet.wall_ms)
        columns = [np.broadcast_to(np.asarray(part, dtype=float), count) for part in parts]

        def at(point: int) -> tuple[ColdMonth, float]:
            requests, starts, alive, init_ms, more_ms, wall_ms = (float(column[point]) for column in columns)
            return ColdMonth(Fraction(requests), starts, alive, init_ms, more_ms), wall_ms

        return at

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
