"""Search for the nearest change of the cheapest option along one number of a scenario."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.comparison.bills_along import BillsAlong, NumberRange
from lambdaplan.comparison.comparison import Comparison, billed, compare
from lambdaplan.comparison.crossovers import CLEAR
from lambdaplan.comparison.month import broken, month
from lambdaplan.numbers import Column
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule

DURATION = "workload.duration_ms"
THREADS = "workload.cpu_threads"
WAGE = "operations.wage_usd_per_hour"
SLO = "workload.slo."
DEAREST = 10**9  # the most that a price may be [USD]
SMALL = 1e-6  # dollars below which a margin is not relative
LEAF, JOINED = 1024, 128  # stretch of which every step is billed; how long one may be that is joined of shorter ones
PARTS, CHUNK = 32, 8192  # parts into which a longer one is cut; steps billed at once, at most
CALLS = 16  # into how many such calls at least the work of one search is spread
WORK = 2_000_000  # hours of a week billed in the search of one number, one way
CALL = 40_000  # what asking for any places at all costs beside, in the same unit
EXACTLY = 20_000  # what a place costs beside where bills are so close that fractions decide
FAR = 64  # how many times the value a search goes where only fractions can bill a place, and slowly

STEADY_WORKLOAD = (
    "requests_per_month",  # every quantity is requests times something, or units that grow with them
    "duration_ms",  # time on any vCPU grows with it, as does CPU time where busy_share gives that; so do units
    "measured_memory_mb",  # the same
    "working_set_mb",  # leaves a unit less room, while it has as many processes
    "request_mb",  # leaves a unit room for fewer requests
    "concurrency_per_process",  # leaves room for more of them
    "request_kb",  # of these each touches lines of its own, in proportion or in steps
    "response_kb",
    "requests_per_connection",
    "outbound_kb",
    "log_kb",
    "log_retention_days",
    "timeout_ms",  # limits alone
    "service_cv",  # nothing, without an answer time to hold
    "burst",  # peaks grow with it, and units with them
)
"""Fields of the workload along which every line of a bill rises or falls all the way, and every limit is met and then
not, or the reverse; a platform names its own in `Option.steady_fields`. CPU credits stand apart, whose use and supply
do so each; and for memory it holds while a unit has as many processes and Lambda bills as many milliseconds
(`Option.alike_while_steady`). The options must be of given size, on demand or Spot, without an answer time to hold and
without measured durations. `tests/analysis/test_sensitivity.py` holds it against random scenarios.
"""

PEOPLE = ("operations_hours", "on_call_hours", "wage_usd_per_hour")  # one line


IDLE = {
    "log_kb": "logs",
    "log_retention_days": "logs",
    "outbound_kb": "network",
    "operations_hours": "operations",
    "on_call_hours": "operations",
    "wage_usd_per_hour": "operations",
}


# who stands


def option_index(comparison: Comparison) -> int | None:
    """The place of the winner among the options."""
    return next((which for which, result in enumerate(comparison.options) if result is comparison.best), None)


def is_plain(option: Option) -> bool:
    """Whether an option's bill is proved to be one fleet times its prices: of given size, and under no plan."""
    return option.steady_fields is not None and not option.is_choice and not option.is_planned


class Holder:
    """The winner of a comparison, and its rivals: options that are not the same under another name."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison, self.scenario = comparison, comparison.scenario
        self.which = option_index(comparison)
        options = self.scenario.options
        alike: dict[Any, int] = {}
        self.rivals: list[int] = []
        for which, option in enumerate(options):
            first = alike.setdefault(dataclasses.replace(option, label=""), which)
            if which != self.which and first in (which, self.which):
                self.rivals.append(which)
        self.alike = [which for which in self.rivals if self._same(which)]

    def _same(self, which: int) -> bool:
        if self.which is None:
            return False
        options = self.scenario.options
        return dataclasses.replace(options[which], label="") == dataclasses.replace(options[self.which], label="")

    def compared(self, path: str, changed: Scenario) -> Comparison:
        """The comparison of the scenario with another value at a path: what belongs to one option changes no other."""
        only = int(path.split(".")[1]) if path.startswith("options.") else None
        results = enumerate(self.comparison.options)
        options = [r if only not in (None, n) else billed(changed, changed.options[n]) for n, r in results]
        return Comparison(changed, tuple(options))

    def stands(self, comparison: Comparison) -> bool:
        """Whether the winner is still the cheapest, alone or with others."""
        best = comparison.best
        if best is None or self.which is None:
            return best is None and self.which is None
        mine = comparison.options[self.which]
        return mine.feasible and mine.cost_usd is not None and mine.cost_usd == best.cost_usd

    def label(self, comparison: Comparison) -> str | None:
        """The winner of another comparison, by its label in the scenario."""
        which = option_index(comparison)
        return None if which is None else self.comparison.options[which].label


@dataclass(frozen=True)
class _Look:
    """One option's bill at places of a line, and the parts that it is made of; one row a part.

    `used` and `earned` are CPU credits, one row a weekday; `kept` says for each fixed limit whether it is kept;
    `held` is what must be alike at both ends of a stretch: the processes of a unit, billed milliseconds by memory.
    """

    cost: np.ndarray
    missing: np.ndarray
    parts: np.ndarray
    used: np.ndarray
    earned: np.ndarray
    kept: np.ndarray
    held: np.ndarray


def _looked(scenario: Scenario, option: Option, count: int, field: str) -> _Look:
    """The bill of an option at one value of a field or along a column of them; NaN where floats can't tell."""
    fleet, used = month(scenario, option)
    found = amounts(used)

    def rows(values: Iterable[Any]) -> np.ndarray:
        spread = [np.broadcast_to(np.asarray(value, dtype=float), (count,)) for value in values]
        return np.array(spread).reshape(len(spread), count)

    def days(values: Any) -> np.ndarray:
        return np.asarray(values, dtype=float).reshape(-1, 7).T + np.zeros(count)

    none = np.empty((0, count))
    limits = [limit.broken for limit in fleet.limits if not (limit.adjustable or limit.advisory)]
    out, cost, missing = rows([broken(fleet), found.known_usd, found.missing])
    return _Look(
        cost=np.where(np.isnan(out), np.nan, np.where(out > 0, np.inf, cost)),
        missing=missing,
        parts=rows(found.parts),
        used=days(fleet.credits.used) if fleet.credits else none,
        earned=days(fleet.credits.earned) if fleet.credits else none,
        kept=1 - rows(limits),
        held=rows(option.alike_while_steady(field, fleet, scenario.workload, scenario.book)),
    )


class Line(NumberRange):
    """One number of a scenario over all that it may be, and who is cheapest along it."""

    def __init__(self, holder: Holder, path: str, rule: Rule) -> None:
        scenario = holder.scenario
        low = -int(-rule.low // rule.grain)
        low += rule.above and low * rule.grain == rule.low
        high = DEAREST if rule.high is None else int(rule.high // rule.grain)
        super().__init__(path, rule.grain, rule.whole, "linear", low, high)
        self.scenario, self.over, self.options = scenario, path, scenario.options
        self.bills = BillsAlong(
            lambda place: scenario.at(path, self.value(place)),
            lambda places: scenario.at(path, self.column(places)),
            scenario.options,
        )
        self.surveyed: dict[tuple[int, int], bool] = {}
        self.holder = holder
        self.decided = 0  # places decided in fractions
        self.own = Fraction(scenario.value_at(path))
        self.on_grid = (self.own / self.grain).denominator == 1
        # only this option's bill changes; None where all may
        self.only = int(path.split(".")[1]) if path.startswith("options.") else None
        self.rivals = [w for w in holder.rivals if w not in holder.alike or self.only in (w, holder.which)]
        varying = self._varying()
        self.steady = all(self._steady(which) for which in varying)
        # only fractions can bill a place, and slowly: sizes are chosen anew, or fleets sized by their answer time
        self.slow = any(self.options[which].is_choice for which in varying) or scenario.workload.slo is not None
        self.each = max(1, sum(self._work(which) for which in varying))  # a look at nothing costs as well
        included = IDLE.get(path.rsplit(".", 1)[-1], scenario.include[0])
        self.idle = included not in scenario.include

    def _varying(self) -> list[int]:
        chosen = [*self.rivals, *([] if self.holder.which is None else [self.holder.which])]
        return [which for which in sorted(chosen) if self.only in (None, which)]

    def _work(self, which: int) -> int:
        """The hours of a week that a bill looks at: those of different weight, for units."""
        return len(self.scenario.workload.traffic.weights) if self.options[which].has_units else 1

    def _steady(self, which: int) -> bool:
        """Whether each line of an option's bill is known to rise or fall all the way.

        That is proved of fields of the workload (`STEADY_WORKLOAD`) and of the option's own, where it says so
        (`Option.steady_fields`).
        """
        head, name = self.over.split(".")[0], self.over.rsplit(".", 1)[-1]
        if name in PEOPLE:
            return True
        option, work = self.options[which], self.scenario.workload
        if not is_plain(option) or work.slo is not None or work.durations:
            return False
        return name in (STEADY_WORKLOAD if head == "workload" else option.steady_fields or ())

    # the range

    @functools.cached_property
    def ends(self) -> tuple[int, int]:
        """The first and the last place that is allowed and fits the rest of the scenario."""
        return self._fitting(self.low, -1), self._fitting(self.high, 1)

    @functools.cached_property
    def level_from(self) -> int | None:
        """The place from which on every bill stays as it is: a request can't use more vCPUs than there are."""
        if self.over != THREADS or self.slow:
            return None
        options, work = [self.options[which] for which in self._varying()], self.scenario.workload
        have = [option.request_vcpu(self.scenario.book) for option in options]
        if work.durations or None in have:
            return None
        return int(-(-max([work.vcpu_measured, *have]) // self.grain))

    def place(self, distance: int, way: int) -> int:
        """The place some steps from the scenario's own value."""
        at = self.own / self.grain
        return int(at // 1 if way > 0 else -(-at // 1)) + way * distance

    def _fitting(self, end: int, way: int) -> int:
        """The furthest place towards an end that fits: where one does not, none beyond it does."""
        if way * (end - self.place(0, way)) <= 0 or self._fits(end):
            return end
        good, bad = 0, abs(end - self.place(0, way))
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._fits(self.place(middle, way)) else (good, middle)
        return self.place(good, way)

    def _fits(self, place: int) -> bool:
        return not self.scenario.at(self.over, self.value(place)).misfits()

    # bills

    def look(self, which: int, places: np.ndarray) -> _Look:
        """One option's bill at places, with its parts; what floats can't tell in fractions."""
        name, column = self.over.rsplit(".", 1)[-1], self.bills.scenario_over(places)
        found = _looked(column, column.options[which], len(places), name)
        doubt = np.isnan(np.vstack([getattr(found, field.name) for field in dataclasses.fields(found)]))
        for index in np.flatnonzero(doubt.any(axis=0)):
            scenario = self.bills.scenario_at(int(places[index]))
            exactly = _looked(scenario, scenario.options[which], 1, name)
            for field in dataclasses.fields(found):
                getattr(found, field.name)[..., index] = getattr(exactly, field.name)[..., 0]
        return found

    def costs(self, which: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What one option costs at places, and where a price is missing."""
        if self.only not in (None, which):
            result = self.holder.comparison.options[which]
            usd = float(result.bill.known_usd) if result.feasible else np.inf
            return np.full(len(places), usd), np.full(len(places), bool(result.bill.unknown))
        if self.slow:
            return self.bills.exactly(which, places)
        return self.bills.costs(which, places)

    def standing(self, places: np.ndarray) -> Any:
        """At which places the winner stands; where nobody wins, at which still nobody does."""
        holder = self.holder
        if holder.which is None:
            return self._still_nobody(places)
        cost, lost = self.costs(holder.which, places)
        found = np.isfinite(cost) & ~lost
        near = np.zeros(len(places), dtype=bool)
        margin = np.where(np.isfinite(cost), CLEAR * np.maximum(np.abs(cost), SMALL), 0)
        for which in self.rivals:
            theirs, _ = self.costs(which, places)
            with np.errstate(invalid="ignore"):
                near |= np.abs(theirs - cost) <= margin
                found &= theirs >= cost
        self.decided += int(near.sum())
        for index in np.flatnonzero(near):
            found[index] = self._stands_exactly(int(places[index]))
        return found

    def _still_nobody(self, places: np.ndarray) -> Any:
        """At which places still nobody wins: no whole bill of a feasible option, or a part of another is no dearer."""
        bills = [self.costs(which, places) for which in self.rivals]
        whole = np.min([np.where(lost, np.inf, cost) for cost, lost in bills], axis=0)
        part = np.min([np.where(lost, cost, np.inf) for cost, lost in bills], axis=0)
        with np.errstate(invalid="ignore"):
            near = np.abs(whole - part) <= CLEAR * np.maximum(whole, SMALL)
        found = np.asarray(np.isinf(whole) | (part <= whole))
        for index in np.flatnonzero(near & np.isfinite(whole)):
            there = compare(self.scenario.at(self.over, self.value(int(places[index]))))
            found[index] = self.holder.stands(there)
        return found

    def _stands_exactly(self, place: int) -> bool:
        assert self.holder.which is not None
        mine = self.bills.exact(self.holder.which, place)
        if not mine.feasible or mine.missing:
            return False
        others = [self.bills.exact(which, place) for which in self.rivals]
        return all(
            not o.feasible or o.known_usd > mine.known_usd or (o.known_usd == mine.known_usd and not o.missing)
            for o in others
        )

    # stretches

    def survey(self, places: Iterable[int]) -> None:
        """Note of the stretches between places, in their order, whether the winner is sure to stand there."""
        each = sorted(set(places))
        if len(each) > 1:
            found = self.clear(np.array(each, dtype=np.int64)).tolist()
            self.surveyed |= zip(itertools.pairwise(each), found, strict=True)

    def clear(self, places: np.ndarray) -> Any:
        """In which stretches between places the winner is sure to stand: at its dearest against the others' cheapest.

        Every part of a bill rises or falls all the way, so between two places it is between what it is there.
        """
        if self.holder.which is None:  # every option breaks the same limit at both ends
            return np.all([np.isinf(self._bounds(which, places)[0]) for which in self.rivals], axis=0)
        dearest = self._bounds(self.holder.which, places)[1]
        found = np.isfinite(dearest)
        for which in self.rivals:
            cheapest = self._bounds(which, places)[0]
            found &= dearest + CLEAR * np.maximum(np.abs(dearest), SMALL) < cheapest
        return found

    def _bounds(self, which: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most that a bill is between each two places.

        The least is infinite where the option is infeasible all along, the most where it may be so or a price missing.
        """
        if self.only not in (None, which) or self.options[which].is_choice:
            cost, lost = self.costs(which, places)  # a choice varies here with people's hours alone: one line
            most = np.where(lost[:-1] | lost[1:], np.inf, np.maximum(cost[:-1], cost[1:]))
            return np.minimum(cost[:-1], cost[1:]), most
        look = self.look(which, places)
        left, right = look.parts[:, :-1], look.parts[:, 1:]
        least, most = np.minimum(left, right).sum(axis=0), np.maximum(left, right).sum(axis=0)
        sure = (look.missing[:-1] == 0) & (look.missing[1:] == 0)
        if len(look.used):
            low, high, priced = self._surplus(which, look)
            least, most = least + low, most + high
            sure &= priced | (high == 0)
        kept = (look.kept[:, :-1] > 0) & (look.kept[:, 1:] > 0)
        out = ((look.kept[:, :-1] == 0) & (look.kept[:, 1:] == 0)).any(axis=0)
        alike = (look.held[:, :-1] == look.held[:, 1:]).all(axis=0)
        return np.where(alike, np.where(out, np.inf, least), 0), np.where(sure & alike & kept.all(axis=0), most, np.inf)

    def _surplus(self, which: int, look: _Look) -> tuple[np.ndarray, np.ndarray, bool]:
        """The least and the most that surplus CPU credits cost in each stretch, and whether they have a price."""
        option, scenario = self.options[which], self.scenario
        used, earned = ((rows[:, :-1], rows[:, 1:]) for rows in (look.used, look.earned))
        above = np.maximum(*used) - np.minimum(*earned), np.minimum(*used) - np.maximum(*earned)

        def price(rows: np.ndarray) -> np.ndarray:
            usd = option.surplus_usd(Column(rows.T), scenario.book, scenario.region, scenario.hours_per_month)
            return np.asarray(usd, dtype=float) + np.zeros(rows.shape[1])

        one = np.ones((len(look.used), 1))
        if not price(one)[0]:
            return np.zeros(above[0].shape[1]), (above[0] > 0).any(axis=0).astype(float), False
        return price(above[1]), price(above[0]), True


class _SpentError(Exception):
    """More places would have to be billed than is within reason."""


class Search:
    """The nearest place one way along a line at which the winner no longer stands."""

    def __init__(self, line: Line, way: int) -> None:
        self.line, self.way = line, way
        self.most = max(way * (line.ends[way > 0] - line.place(0, way)), 0)
        self.left = WORK
        self.sure = 0  # every distance up to here is known to leave the winner
        self.tried = 0  # the furthest distance that was looked at
        self.marks = [0, *self._doubled()] if self.most and not line.idle else []

    def _doubled(self) -> list[int]:
        """Distances that double, up to the furthest that can make a difference."""
        furthest = self.most
        if self.way > 0 and self.line.level_from is not None:
            furthest = min(max(self.line.level_from - self.line.place(0, 1), 0), self.most)
        found = [1]
        while found[-1] < furthest:
            found.append(min(found[-1] * 2, furthest))
        return found

    @property
    def surveys(self) -> list[int]:
        """The places at which bills are looked at before any search; none where bills may both rise and fall."""
        return self.places(self._inner(self.marks)).tolist() if self.line.steady else []

    def _inner(self, marks: Sequence[int]) -> list[int]:
        """The distances that are places: the scenario's own value need not be one."""
        return [mark for mark in marks if mark or self.line.on_grid]

    def places(self, distances: Sequence[int] | np.ndarray) -> np.ndarray:
        """The places at distances."""
        return self.line.place(0, self.way) + self.way * np.asarray(distances, dtype=np.int64)

    def stands(self, distances: Sequence[int] | np.ndarray) -> Any:
        """At which distances the winner stands."""
        self.left -= len(distances) * self.line.each + CALL
        if self.left < 0:
            raise _SpentError
        before = self.line.decided
        found = self.line.standing(self.places(distances))
        self.left -= (self.line.decided - before) * EXACTLY
        return found

    def found(self) -> tuple[int | None, bool]:
        """The distance, if there is one, and whether there is none nearer; sets `sure` and `tried`."""
        if not self.marks:
            self.sure = self.tried = self.most
            return None, True
        if self.line.slow and not self.line.steady:
            own = max(abs(self.line.place(0, self.way)), 1)
            hit = self._somewhere([mark for mark in self.marks[1::2] if mark <= FAR * own])
            return hit, hit == 1 or self.tried == self.sure == self.most
        try:
            hit = self._first(self.marks)
        except _SpentError:
            return self._somewhere(self.marks[1:]), False
        if hit is None:
            self.sure = self.most
        self.tried = self.sure if hit is None else hit
        return hit, True

    def _first(self, marks: Sequence[int]) -> int | None:
        """The first distance above marks[0] and up to the last at which the winner does not stand."""
        for low, high, sure in self._stretches(marks):
            if not sure:
                hit = self._between(low, high)
                if hit is not None:
                    return hit
            self.sure = high
        return None

    def _stretches(self, marks: Sequence[int]) -> list[tuple[int, int, bool]]:
        """First and last distance of each stretch, and whether the winner is sure to stand there.

        Short neighbours of which that is not known are one stretch: all their steps are billed at once.
        """
        clear: dict[int, bool] = {}
        inner = self._inner(marks)
        if self.line.steady and len(inner) > 1:
            self.left -= sum(map(bool, inner)) * self.line.each + CALL
            places = self.places(inner).tolist()
            ends = [(min(pair), max(pair)) for pair in itertools.pairwise(places)]
            if not all(pair in self.line.surveyed for pair in ends):
                self.line.survey(places)
            clear = dict(zip(inner, (self.line.surveyed[pair] for pair in ends), strict=False))
        found: list[tuple[int, int, bool]] = []
        for low, high in itertools.pairwise(marks):
            sure = clear.get(low, False)
            if found and not sure and not found[-1][2] and high - found[-1][0] <= JOINED:
                found[-1] = (found[-1][0], high, False)
            else:
                found.append((low, high, sure))
        return found

    def _between(self, low: int, high: int) -> int | None:
        line = self.line
        if line.steady and high - low > LEAF:
            cuts = sorted({low + (high - low) * part // PARTS for part in range(PARTS + 1)})
            return self._first(cuts)
        step = max(1, min(CHUNK, WORK // (CALLS * line.each)))
        for start in range(low + 1, high + 1, step):
            distances = np.arange(start, min(start + step, high + 1))
            standing = self.stands(distances)
            if not standing.all():
                hit = int(distances[np.argmin(standing)])
                self.sure = hit - 1
                return hit
            self.sure = int(distances[-1])
        return None

    def _somewhere(self, marks: Sequence[int]) -> int | None:
        """Some distance beyond `sure` at which the winner gives way; None where it stands at every mark."""
        low = self.sure
        for mark in (mark for mark in marks if mark > self.sure):
            self.tried = mark
            if not self.line.standing(self.places([mark]))[0]:
                high = mark
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self.line.standing(self.places([middle]))[0] else (low, middle)
                return high
            self.sure += mark == self.sure + 1
            low = mark
        return None
