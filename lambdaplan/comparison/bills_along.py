"""Bills along one number of a scenario: exact at a place, in columns of floats over many."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.comparison.month import Month, ask_for_sizes, broken, month, settle
from lambdaplan.numbers import Column, Number
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import Amounts, amounts
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.workload import REQUESTS

CHUNK = 65_536
MANY_SIZES = 48


@dataclass(frozen=True)
class Standing:
    """What an option costs at one place: exactly, or infinitely where it is infeasible."""

    known_usd: Fraction
    missing: bool
    feasible: bool


class Axis:
    """One number of a scenario, in whole steps of its grain, and the bills along it.

    A schedule of provisioned concurrency that is left to be chosen is chosen once, for the scenario's own requests.
    """

    def __init__(self, scenario: Scenario) -> None:
        options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
        scenario = dataclasses.replace(scenario, options=tuple(options))
        sweep = scenario.sweep
        rule = scenario.axis(sweep.over, "sweep.over")
        self.scenario, self.over, self.grain, self.whole = scenario, sweep.over, rule.grain, rule.whole
        self.low, self.high = int(sweep.start / rule.grain), int(sweep.to / rule.grain)
        self.options: list[Option] = list(scenario.options)
        self.parents = list(range(len(self.options)))
        self._known: dict[tuple[int, Option], int] = {}
        self._exact: dict[tuple[int, int], Standing] = {}
        self._open: dict[tuple[int, int, int], Sequence[Option]] = {}

    def open_sizes(self, which: int, low: int, high: int) -> Sequence[Option]:
        """The options of given size that can be the cheapest of a choice between two requests a month."""
        key = (which, low, high)
        if key not in self._open:
            self._open[key] = self.options[which].choices(ask_for_sizes(self.scenario, low, high)) or ()
        return self._open[key]

    def sizes(self, which: int, low: int, high: int) -> list[int]:
        """The same as numbers: these options join `options`, and `parents` says whose sizes they are."""
        if not self.options[which].is_choice:
            return [which]
        found = []
        for size in self.open_sizes(which, low, high):
            if (which, size) not in self._known:
                self._known[which, size] = len(self.options)
                self.options.append(size)
                self.parents.append(which)
            found.append(self._known[which, size])
        return found

    def value(self, place: int) -> Number:
        """The number at a place of the axis: exact."""
        return int(place) if self.whole else place * self.grain

    def document_value(self, place: int) -> int | float:
        """The number at a place as documents print it."""
        return int(place) if self.grain == 1 else float(place * self.grain)

    def places(self, count: int, scale: str) -> np.ndarray:
        """Places spread over the axis, both ends among them, each once."""
        if scale == "log":
            spread = np.geomspace(max(self.low, 1), self.high, count)
        else:
            spread = np.linspace(self.low, self.high, count)
        inside = np.clip(np.rint(spread).astype(np.int64), self.low, self.high)
        return np.unique(np.concatenate([inside, [self.low, self.high]]))

    def exact(self, which: int, place: int) -> Standing:
        """What one option costs at one place, in fractions."""
        key = (which, int(place))
        if key not in self._exact:
            scenario = self.scenario.at(self.over, self.value(int(place)))
            option = scenario.options[which] if which < len(scenario.options) else self.options[which]
            fleet, used = month(scenario, settle(scenario, option))
            found = amounts(used)
            self._exact[key] = Standing(Fraction(found.known_usd), bool(found.missing), not broken(fleet))
        return self._exact[key]

    def column(self, places: np.ndarray) -> Scenario:
        """The scenario with the axis as a column of float64."""
        return self.scenario.at(self.over, Column(places, 1) * self.grain)

    def costs(self, which: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What one option costs at many places, and where a needed price is missing.

        Dollars, with the known part where a price is missing, and infinity where infeasible.
        float64; what the floats could not decide is billed exactly.
        """
        if len(places) > CHUNK:
            parts = [self.costs(which, part) for part in np.array_split(places, -(-len(places) // CHUNK))]
            return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
        if self.options[which].is_choice:
            return self._least(which, places)
        swept = self.swept(which, places)
        return swept.cost, swept.lost

    def swept(self, which: int, places: np.ndarray) -> Swept:
        """One option of given size along places: its bill as `costs` gives it, with what it is made of."""
        scenario = self.column(places)
        option = scenario.options[which] if which < len(scenario.options) else self.options[which]
        fleet, used = month(scenario, option)
        found = amounts(used)
        cost, lost = _floats(fleet, found, len(places))
        for index in np.flatnonzero(np.isnan(cost) | np.isnan(lost)):
            standing = self.exact(which, int(places[index]))
            cost[index] = float(standing.known_usd) if standing.feasible else np.inf
            lost[index] = standing.missing
        return Swept(scenario, fleet, used, found, cost, lost > 0)

    def _least(self, which: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a choice costs at many places: the least of its sizes."""
        if self.over == REQUESTS:
            low, high = int(places.min()), int(places.max())
            varies = self.options[which].sizes_vary
            if varies and len(places) > 1 and len(self.open_sizes(which, low, high)) > MANY_SIZES:
                parts = [self._least(which, part) for part in np.array_split(places, 2)]
                return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
            found = [self.costs(size, places) for size in self.sizes(which, low, high)]
        else:
            scenario = self.column(places)
            sizes = scenario.options[which].choices(ask_for_sizes(scenario, None, None))
            if sizes is None:
                standings = [self.exact(which, int(place)) for place in places]
                usd = [float(s.known_usd) if s.feasible else np.inf for s in standings]
                return np.array(usd), np.array([s.missing for s in standings])
            months = [month(scenario, size) for size in sizes]
            found = [_floats(fleet, amounts(used), len(places)) for fleet, used in months]
        if len(found) == 1:
            least, lost = found[0][0], found[0][1] > 0
        else:
            unknown = np.array([part[1] for part in found]) > 0
            least = np.min(np.where(unknown, np.inf, np.array([part[0] for part in found])), axis=0)
            lost = np.isinf(least) & unknown.any(axis=0)
        for index in np.flatnonzero(np.isnan(least) | lost):
            standing = self.exact(which, int(places[index]))
            least[index] = float(standing.known_usd) if standing.feasible else np.inf
            lost[index] = standing.missing
        return least, lost


@dataclass(frozen=True)
class Swept:
    """One option along places of an axis: its bill as floats, the month it comes from, and where a price is missing."""

    scenario: Scenario
    fleet: Fleet
    used: Month
    amounts: Amounts
    cost: np.ndarray
    lost: np.ndarray


def _floats(fleet: Fleet, found: Amounts, count: int) -> tuple[np.ndarray, np.ndarray]:
    """One option's bill along columns, and whether a price is missing; NaN where floats can't tell."""
    shape = np.zeros(count)
    cost, lost, out = (
        np.asarray(value, dtype=float) + shape for value in (found.known_usd, found.missing, broken(fleet))
    )
    return np.where(np.isnan(out) | np.isnan(lost), np.nan, np.where(out > 0, np.inf, cost)), lost
