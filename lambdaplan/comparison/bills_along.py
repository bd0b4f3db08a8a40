"""Bills along one number of a scenario: exact at a place, in columns of floats over many."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.comparison.clearly_cheapest import is_clear, most_usd
from lambdaplan.comparison.month import Month, ask_for_sizes, broken, least_usd, month, settle
from lambdaplan.numbers import Column, Number
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import Amounts, amounts
from lambdaplan.scenario.scenario import HEADROOM, Scenario, Sweep
from lambdaplan.workload.workload import REQUESTS

CHUNK = 65_536
MANY_SIZES = 48
SHORT = 100
KEPT = 16  # places whose scenario is kept: each is asked for several times in a row
NEAR = 1e-9  # relative distance within which floats do not tell which of two bills is the larger

Costs = tuple[np.ndarray, np.ndarray]  # dollars at places, and where a needed price is missing


@dataclass(frozen=True)
class Standing:
    """What an option costs at one place: exactly, or infinitely where it is infeasible."""

    known_usd: Fraction
    missing: bool
    feasible: bool

    @property
    def usd(self) -> float:
        """The known part of the bill, infinite where a limit is broken. [USD]"""
        return float(self.known_usd) if self.feasible else np.inf


@dataclass(frozen=True)
class NumberRange:
    """One number of a scenario, in whole steps of its grain, from one end to another.

    Parameters:
    path : str - of the number in the scenario.
    grain : Fraction - the step; a place is a number of steps.
    whole : bool - whether the number is whole.
    scale : str - log or linear: how places are spread.
    low, high : int - the first place and the last.
    """

    path: str
    grain: Fraction
    whole: bool
    scale: str
    low: int
    high: int

    def value(self, place: int) -> Number:
        """The number at a place: exact."""
        return int(place) if self.whole else int(place) * self.grain

    def document_value(self, place: int) -> int | float:
        """The number at a place as documents print it."""
        return int(place) if self.grain == 1 else float(int(place) * self.grain)

    def document_values(self, places: np.ndarray) -> np.ndarray:
        """The numbers at places as documents print them."""
        return np.array([self.document_value(place) for place in places])

    def column(self, places: np.ndarray) -> Column:
        """The numbers at places, as a column of float64."""
        numbers: Column = Column(places, 1) * self.grain
        return numbers

    def places(self, count: int, scale: str = "") -> np.ndarray:
        """Places from end to end, both among them, each once."""
        if (scale or self.scale) == "log":
            spread = np.geomspace(max(self.low, 1), self.high, count)
        else:
            spread = np.linspace(self.low, self.high, count)
        inside = np.clip(np.rint(spread).astype(np.int64), self.low, self.high)
        return np.unique(np.concatenate([inside, [self.low, self.high]]))

    def nearby(self, share: float) -> Number:
        """A number of three digits near a share of the way from one end to the other."""
        low, high = float(self.low), float(self.high)
        there = low * (high / low) ** share if self.scale == "log" else low + (high - low) * share
        place = round(Fraction(f"{there * float(self.grain):.3g}") / self.grain)
        return self.value(min(max(place, self.low), self.high))

    @property
    def is_short(self) -> bool:
        """Whether it has so few steps that each may be billed by itself."""
        return self.high - self.low <= SHORT

    @property
    def sweep(self) -> Sweep:
        """The range as the axis of a scenario."""
        return Sweep(over=self.path, start=self.low * self.grain, to=self.high * self.grain, scale=self.scale)


class BillsAlong:
    """Bills of the options of a scenario of which something varies: exact at a place, in floats over many.

    Parameters:
    scenario_at : callable - the scenario at a place, exactly.
    scenario_over : callable - the scenario with columns of float64 in it, for an array of places.
    options : sequence of Option - those that are billed, in the order of the scenario's; more may be added.
    least_of_sizes : callable or None - what an option of open size costs at places, where that is found in another
        way than from the sizes that its choice names for all of the places together.
    bent : callable or None - whether cold starts of an option, by its index, or what spills over follow what varies:
        then each place is billed exactly.
    """

    def __init__(
        self,
        scenario_at: Callable[[int], Scenario],
        scenario_over: Callable[[np.ndarray], Scenario],
        options: Sequence[Option],
        least_of_sizes: Callable[[int, np.ndarray], Costs] | None = None,
        bent: Callable[[int], bool] | None = None,
    ) -> None:
        self.scenario_at = functools.lru_cache(maxsize=KEPT)(scenario_at)
        self.scenario_over = scenario_over
        self.options = list(options)
        self.fixed: dict[int, Standing] = {}  # what options cost, by their index, that cost the same everywhere
        self._least_of_sizes = least_of_sizes or self.least_of_choice
        self.bent = bent or (lambda _: False)
        self._exact: dict[tuple[int, int], Standing] = {}

    def _option(self, scenario: Scenario, option_index: int) -> Option:
        return scenario.options[option_index] if option_index < len(scenario.options) else self.options[option_index]

    def exact(self, option_index: int, place: int) -> Standing:
        """What one option costs at one place, in fractions."""
        if option_index in self.fixed:
            return self.fixed[option_index]
        key = (option_index, int(place))
        if key not in self._exact:
            scenario = self.scenario_at(int(place))
            fleet, used = month(scenario, settle(scenario, self._option(scenario, option_index)))
            total = amounts(used)
            self._exact[key] = Standing(Fraction(total.known_usd), bool(total.missing), not broken(fleet))
        return self._exact[key]

    def at_least_usd(self, option_index: int, place: int) -> float:
        """No more than what is known of the bill of one option at one place, as quick to tell as may be. [USD]"""
        key = (option_index, int(place))
        if option_index in self.fixed or key in self._exact:
            return float(self.exact(option_index, place).known_usd)
        scenario = self.scenario_at(int(place))
        return least_usd(scenario, self._option(scenario, option_index))

    def is_clearly_cheapest(self, option_index: int, place: int, among: Sequence[int], size: Option) -> bool:
        """Whether one of some options is the cheapest at a place, as is clear from a size that it may have."""
        if option_index in self.fixed:
            own = self.fixed[option_index]
            most = np.inf if own.missing else own.usd
        else:
            scenario = self.scenario_at(int(place))
            most = most_usd(scenario, self._option(scenario, option_index), size)
        others = [functools.partial(self.at_least_usd, int(n), place) for n in among if n != option_index]
        return is_clear(most, others)

    def costs(self, option_index: int, places: np.ndarray) -> Costs:
        """What one option costs at many places, and where a needed price is missing.

        Dollars, with the known part where a price is missing, and infinity where infeasible.
        float64; what the floats could not decide is billed exactly.
        """
        if option_index in self.fixed:
            fixed = self.fixed[option_index]
            return np.full(len(places), fixed.usd), np.full(len(places), fixed.missing)
        if len(places) > CHUNK:
            parts = [self.costs(option_index, part) for part in np.array_split(places, -(-len(places) // CHUNK))]
            return joined(parts)
        if self.bent(option_index):
            return self.exactly(option_index, places)
        if self.options[option_index].is_open:
            return self._least_of_sizes(option_index, places)
        swept = self.swept(option_index, places)
        return swept.cost, swept.lost

    def swept(self, option_index: int, places: np.ndarray) -> Swept:
        """One option of given size along places: its bill as `costs` gives it, with what it is made of."""
        scenario = self.scenario_over(places)
        fleet, used = month(scenario, self._option(scenario, option_index))
        total = amounts(used)
        cost, lost = _floats(fleet, total, len(places))
        cost, lost = self.decided(option_index, places, cost, lost, np.isnan(cost) | np.isnan(lost))
        return Swept(scenario, fleet, used, total, cost, lost > 0)

    def floats(self, option: Option, places: np.ndarray) -> tuple[Fleet, np.ndarray, np.ndarray]:
        """The fleet of any option of given size at places, and what it costs; NaN where floats can't tell."""
        fleet, used = month(self.scenario_over(places), option)
        return fleet, *_floats(fleet, amounts(used), len(places))

    def exactly(self, option_index: int, places: np.ndarray) -> Costs:
        """The same as `costs`, each place in fractions."""
        standings = [self.exact(option_index, int(place)) for place in places]
        return np.array([one.usd for one in standings]), np.array([one.missing for one in standings])

    def decided(
        self, option_index: int, places: np.ndarray, cost: np.ndarray, lost: np.ndarray, doubtful: np.ndarray
    ) -> Costs:
        """Costs with those in doubt billed exactly."""
        for index in np.flatnonzero(doubtful):
            standing = self.exact(option_index, int(places[index]))
            cost[index], lost[index] = standing.usd, standing.missing
        return cost, lost

    def least_of_choice(self, option_index: int, places: np.ndarray) -> Costs:
        """What an option of open size costs at places: the least of the sizes that its choice names for all of them."""
        scenario = self.scenario_over(places)
        sizes = scenario.options[option_index].choices(ask_for_sizes(scenario, None, None))
        if sizes is None:
            return self.exactly(option_index, places)
        months = [month(scenario, size) for size in sizes]
        return self.least(option_index, places, [_floats(fleet, amounts(used), len(places)) for fleet, used in months])

    def least(self, option_index: int, places: np.ndarray, sizes: Sequence[Costs]) -> Costs:
        """The least of what sizes cost; a price is missing where a size without one may be the cheapest (M9)."""
        if len(sizes) == 1:
            least, lost = sizes[0][0], sizes[0][1] > 0
            return self.decided(option_index, places, least, lost, np.isnan(least))
        costs, unknown = np.array([cost for cost, _ in sizes]), np.array([lost for _, lost in sizes]) > 0
        least = np.min(costs, axis=0)
        whole, part = (np.min(np.where(out, np.inf, costs), axis=0) for out in (unknown, ~unknown))
        with np.errstate(invalid="ignore"):
            lost, near = part <= whole, np.abs(part - whole) <= NEAR * np.maximum(np.abs(whole), 1)
        lost &= np.isfinite(part)
        return self.decided(option_index, places, least, lost, np.isnan(least) | (near & np.isfinite(part)))


def priced_floats(scenario: Scenario, option: Option, count: int) -> Costs:
    """What an option of given size costs in a scenario with so many values in its columns; NaN where floats can't tell.

    Returns: two arrays - dollars, and where a needed price is missing.
    """
    fleet, used = month(scenario, option)
    return _floats(fleet, amounts(used), count)


def joined(parts: Sequence[Costs]) -> Costs:
    """Costs at places one after the other."""
    return np.concatenate([cost for cost, _ in parts]), np.concatenate([lost for _, lost in parts])


class Axis(NumberRange):
    """The axis of a scenario, and the bills along it.

    A schedule of provisioned concurrency that is left to be chosen is chosen once, for the scenario's own requests.
    Sizes of an option of open size, once they are met, join the options of `bills`; `parents` says whose they are.

    Parameters:
    along : NumberRange or None - another number than that of the scenario's sweep.
    """

    def __init__(self, scenario: Scenario, along: NumberRange | None = None) -> None:
        options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
        scenario = dataclasses.replace(scenario, options=tuple(options))
        along = along or swept_range(scenario)
        super().__init__(along.path, along.grain, along.whole, along.scale, along.low, along.high)
        self.scenario, self.over, self.only = scenario, along.path, option_of(along.path)
        self.bills = BillsAlong(
            lambda place: scenario.at(self.over, self.value(place)),
            lambda places: scenario.at(self.over, self.column(places)),
            scenario.options,
            self._least_of_sizes if self.over == REQUESTS else None,
            lambda option_index: scenario.follows_week(self.parents[option_index], self.over),
        )
        self.parents = list(range(len(scenario.options)))
        self._known: dict[tuple[int, Option], int] = {}
        self.open_sizes = functools.cache(self._open_sizes)

    def varies(self, option_index: int) -> bool:
        """Whether an option's bill varies along the axis.

        A number of another option leaves it as it is, and memory kept free one of given size.
        """
        if self.over == HEADROOM:
            return self.bills.options[self.parents[option_index]].is_choice
        return self.only in (None, self.parents[option_index])

    def _open_sizes(self, option_index: int, low: int, high: int) -> Sequence[Option]:
        """The options of given size that can be the cheapest of a choice between two requests a month."""
        return self.bills.options[option_index].choices(ask_for_sizes(self.scenario, low, high)) or ()

    def sizes(self, option_index: int, low: int, high: int) -> list[int]:
        """The same as indices into the options of `bills`."""
        if not self.bills.options[option_index].is_open:
            return [option_index]
        indices = []
        for size in self.open_sizes(option_index, low, high):
            if (option_index, size) not in self._known:
                self._known[option_index, size] = len(self.bills.options)
                self.bills.options.append(size)
                self.parents.append(option_index)
            indices.append(self._known[option_index, size])
        return indices

    def _least_of_sizes(self, option_index: int, places: np.ndarray) -> Costs:
        """What a choice costs at many numbers of requests: the least of its sizes there."""
        low, high = int(places.min()), int(places.max())
        varies = self.bills.options[option_index].sizes_vary
        if varies and len(places) > 1 and len(self.open_sizes(option_index, low, high)) > MANY_SIZES:
            return joined([self._least_of_sizes(option_index, part) for part in np.array_split(places, 2)])
        sizes = [self.bills.costs(size, places) for size in self.sizes(option_index, low, high)]
        return self.bills.least(option_index, places, sizes)


def option_of(path: str) -> int | None:
    """The index of the option that has a number; None where the number may change every bill."""
    return int(path.split(".")[1]) if path.startswith("options.") else None


def swept_range(scenario: Scenario) -> NumberRange:
    """The number of a scenario's sweep, from one end of it to the other."""
    sweep = scenario.sweep
    rule = scenario.axis(sweep.over, "sweep.over")
    low, high = int(sweep.start / rule.grain), int(sweep.to / rule.grain)
    return NumberRange(sweep.over, rule.grain, rule.whole, sweep.scale, low, high)


@dataclass(frozen=True)
class Swept:
    """One option along places of an axis: its bill as floats, the month it comes from, and where a price is missing."""

    scenario: Scenario
    fleet: Fleet
    used: Month
    amounts: Amounts
    cost: np.ndarray
    lost: np.ndarray


def _floats(fleet: Fleet, total: Amounts, count: int) -> tuple[np.ndarray, np.ndarray]:
    """One option's bill along columns, and whether a price is missing; NaN where floats can't tell."""
    shape = np.zeros(count)
    cost, lost, out = (
        np.asarray(value, dtype=float) + shape for value in (total.known_usd, total.missing, broken(fleet))
    )
    return np.where(np.isnan(out) | np.isnan(lost), np.nan, np.where(out > 0, np.inf, cost)), lost
