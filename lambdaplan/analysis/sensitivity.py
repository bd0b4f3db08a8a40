"""How far the answer is from another one: the smallest change of each number that changes the winner.

Every number of a scenario is moved up and down alone, over all that it may be, until the winner
changes; so is every price on the bills of the winner and the runner-up. The winner stays while no
option that may win is cheaper: a tie changes nothing.

What "exact" means: a change is given by the last value at which the winner stands and the first at
which it does not, one step of the field apart, and the bills on both sides are exact fractions or
floats that differ by a margin which no rounding of theirs could make up. That no nearer change was
skipped is known in two ways. Every step in between was billed. Or, in a stretch, every line of
every bill rises or falls all the way (`STEADY` says for which fields that is so, and why), so that the
winner at its dearest and the others at their cheapest are known from its two ends. Where neither
could be done within reason, `nearest` is False: then it is a change, and a nearer one may have
been missed.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.unit import processes
from lambdaplan.comparison.bills_along import Axis, Standing
from lambdaplan.comparison.comparison import Comparison, Result, billed, compare
from lambdaplan.comparison.crossovers import CLEAR
from lambdaplan.comparison.month import broken, month
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Column, larger
from lambdaplan.platforms import Ec2, Fargate, FleetOption, Lambda, Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.price_book import PLANS, Price, PriceBook
from lambdaplan.scenario.scenario import INCLUDE, Scenario, Wage
from lambdaplan.schema.fields import Rule, plain, rules
from lambdaplan.workload.workload import MB_PER_VCPU, REQUESTS, Slo

DURATION = "workload.duration_ms"
THREADS = "workload.cpu_threads"
WAGE = "operations.wage_usd_per_hour"
SLO = "workload.slo."
PRICE_STEP = Fraction(1, 10**12)  # what documents print of a price [USD]
DEAREST = 10**9  # the most that a price may be [USD]
SMALL = 1e-6  # dollars below which a margin is not relative
LEAF, JOINED = 1024, 128  # stretch of which every step is billed; how long one may be that is joined of shorter ones
PARTS, CHUNK = 32, 8192  # parts into which a longer one is cut; steps billed at once, at most
CALLS = 16  # into how many such calls at least the work of one search is spread
WORK = 2_000_000  # hours of a week billed in the search of one number, one way
CALL = 40_000  # what asking for any places at all costs beside, in the same unit
EXACTLY = 20_000  # what a place costs beside where bills are so close that fractions decide
FAR = 64  # how many times the value a search goes where only fractions can bill a place, and slowly

STEADY = {
    "workload": (
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
    ),
    "options": (
        "operations_hours",  # one line
        "on_call_hours",
        "min_units",  # units never fall as it grows
        "max_units",  # limits alone
        "units",  # the fleet itself, and limits
        "target_utilisation",  # units never grow with it
        "cpu_speed",  # time and CPU time fall with it, and units with them
        "reserved_mb",  # leaves a unit less room, while it has as many processes
        "ebs_gb",  # one line
        "ephemeral_gb",
        "ephemeral_mb",
        "memory_mb",  # of Lambda: time falls with it, GB-seconds grow while as many milliseconds are billed
    ),
}
"""Fields along which every line of a bill rises or falls all the way, and every limit is met and then not, or the
reverse. CPU credits stand apart, whose use and supply do so each; and for memory it holds while a unit has as many
processes and Lambda bills as many milliseconds. The options must be of given size, on demand or Spot, without an
answer time to hold and without measured durations. `tests/test_flips.py` holds it against random scenarios.
"""


IDLE = {
    "log_kb": "logs",
    "log_retention_days": "logs",
    "outbound_kb": "network",
    "operations_hours": "operations",
    "on_call_hours": "operations",
    "wage_usd_per_hour": "operations",
}
"""Fields that touch nothing unless the scenario includes what they belong to."""


@dataclass(frozen=True)
class Flip:
    """The winner changes: at `before` it stands, at `at`, one step further, it does not.

    Parameters
    ----------
    at, before : Fraction - values of the field. [its unit]
    winner : str or None - who is cheapest at `at`; None where nobody is.
    nearest : bool - whether it is certain that nothing changes between the scenario's value and `before`.
    out : bool - whether the winner gives way because it breaks a limit at `at`, whatever it costs.
    """

    at: Fraction
    before: Fraction
    winner: str | None
    nearest: bool = True
    out: bool = False

    def document(self) -> dict[str, Any]:
        """The change as documents print it."""
        return {"at": plain(self.at), "before": plain(self.before), "winner": self.winner, "nearest": self.nearest}


@dataclass(frozen=True)
class Reach:
    """One way along a field: the change found, or how far there is none.

    Parameters
    ----------
    flip : Flip or None - the change.
    limit : Fraction - the last value that is allowed that way. [unit of the field]
    certain : Fraction - up to where every value is known to leave the winner as it is.
    tried : Fraction - the furthest value that was looked at.
    """

    flip: Flip | None
    limit: Fraction
    certain: Fraction
    tried: Fraction

    @property
    def never(self) -> bool:
        """Whether no allowed value that way changes the winner."""
        return self.flip is None and self.certain == self.limit

    def document(self) -> dict[str, Any]:
        """The way as documents print it."""
        found = None if self.flip is None else self.flip.document()
        reached = {"limit": self.limit, "certain_to": self.certain, "tried_to": self.tried}
        return {"flip": found, **{name: plain(value) for name, value in reached.items()}, "never": self.never}


@dataclass(frozen=True)
class Distance:
    """How far one number of the scenario, or one price, is from changing the winner.

    Parameters
    ----------
    path : str - its path in the scenario, or ``prices.SERVICE.ITEM``.
    meaning, unit : str - what it is.
    value : Fraction - what the scenario has. [unit]
    """

    path: str
    meaning: str
    unit: str
    value: Fraction
    down: Reach
    up: Reach

    @property
    def is_price(self) -> bool:
        """Whether it is a price."""
        return self.path.startswith("prices.")

    @property
    def flips(self) -> tuple[Flip, ...]:
        """The changes, the smaller first."""
        found = [reach.flip for reach in (self.down, self.up) if reach.flip is not None]
        return tuple(sorted(found, key=lambda flip: abs(flip.at - self.value)))

    @property
    def relative(self) -> Fraction | None:
        """The smallest change that changes the winner, as a share of the value; None where none does, or it is 0."""
        if not self.flips or not self.value:
            return None
        return abs(self.flips[0].at - self.value) / abs(self.value)

    @property
    def never(self) -> bool:
        """Whether no allowed value changes the winner."""
        return self.down.never and self.up.never

    def document(self) -> dict[str, Any]:
        """The distance as documents print it."""
        return {
            "path": self.path,
            "meaning": self.meaning,
            "unit": self.unit,
            "value": decimal_text(self.value) if self.is_price else plain(self.value),
            "relative": None if self.relative is None else float(self.relative),
            "down": self.down.document(),
            "up": self.up.document(),
            "never": self.never,
        }


@dataclass(frozen=True)
class Switch:
    """A choice that changes the winner on its own: the value it has, another one, and the winner then."""

    path: str
    meaning: str
    value: Any
    other: Any
    winner: str | None

    def document(self) -> dict[str, Any]:
        """The switch as documents print it."""
        return {**dataclasses.asdict(self), "value": plain(self.value), "other": plain(self.other)}


@dataclass(frozen=True)
class Flips:
    """How far the answer is from another one.

    Parameters
    ----------
    comparison : Comparison - the answer.
    distances : tuple of Distance - every number and price: nearest change first by its share of the value, then
        those that are 0, then those that change nothing.
    switches : tuple of Switch - choices that change the winner on their own.
    tried : int - choices that were tried.
    millisecond_usd : tuple - for each option what a request that takes 1 ms less saves a month; None where
        there is none to take off, or the bill is not whole. [USD a month]
    left_out : tuple of str - paths of numbers that were not looked at, because cold starts or what spills over from
        provisioned environments follow them.
    """

    comparison: Comparison
    distances: tuple[Distance, ...]
    switches: tuple[Switch, ...]
    tried: int
    millisecond_usd: tuple[Fraction | None, ...]
    left_out: tuple[str, ...] = ()

    @property
    def near(self) -> tuple[Distance, ...]:
        """The numbers that change the winner."""
        return tuple(distance for distance in self.distances if distance.flips)

    @property
    def winner_millisecond_usd(self) -> Fraction | None:
        """What 1 ms less saves the winner. [USD a month]"""
        which = _index(self.comparison)
        return None if which is None else self.millisecond_usd[which]

    @property
    def lambda_millisecond_usd(self) -> Fraction | None:
        """What 1 ms less saves the first Lambda option. [USD a month]"""
        pairs = zip(self.comparison.options, self.millisecond_usd, strict=True)
        return next((usd for result, usd in pairs if result.kind == Lambda.kind), None)

    def document(self) -> dict[str, Any]:
        """The distances as a document."""
        comparison = self.comparison
        book = comparison.scenario.book
        saved = zip(comparison.options, self.millisecond_usd, strict=True)
        return {
            "version": 1,
            "book": {"id": book.id, "as_of": book.as_of},
            "scenario": comparison.scenario.document(),
            "winner": comparison.winner,
            "runner_up": comparison.runner_up,
            "distances": [distance.document() for distance in self.distances],
            "switches": [switch.document() for switch in self.switches],
            "switches_tried": self.tried,
            "millisecond_usd": {r.label: None if usd is None else decimal_text(usd) for r, usd in saved},
            **({"left_out": list(self.left_out)} if self.left_out else {}),
        }

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json.dumps(self.document(), indent=2, ensure_ascii=False)

    def to_frame(self) -> Any:
        """The distances as a pandas data frame, one row a number."""
        import pandas as pd

        def told(reach: Reach) -> tuple[float | None, str | None, bool]:
            flip = reach.flip
            return (None, None, reach.never) if flip is None else (float(flip.at), flip.winner, flip.nearest)

        rows = []
        for distance in self.distances:
            row: dict[str, Any] = {"path": distance.path, "value": float(distance.value), "unit": distance.unit}
            row["relative"] = None if distance.relative is None else float(distance.relative)
            for name, reach in (("down", distance.down), ("up", distance.up)):
                row[name], row[f"winner_{name}"], row[f"certain_{name}"] = told(reach)
            rows.append(row)
        return pd.DataFrame(rows)


def flips(scenario: Scenario) -> Flips:
    """Find, for every number, price and choice of a scenario, the smallest change that changes the winner.

    Parameters
    ----------
    scenario : Scenario - with two options or more, so that there is another winner to be had.

    Raises: InputError where a schedule of provisioned concurrency is left to be chosen.

    Where cold starts are counted, or environments provisioned, the numbers that these follow are left out, but for
    requests a month: along them the changes are the crossovers.

    Returns: Flips - distances, ranked; choices that change the winner; what a millisecond is worth.

    Examples
    --------
        >>> work = {"requests_per_month": 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
        >>> options = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "lambda", "memory_mb": 512, "label": "small"}]
        >>> asked = Scenario.from_dict({"version": 1, "name": "API", "workload": work, "options": options})
        >>> found = flips(asked)
        >>> found.comparison.winner, round(float(found.lambda_millisecond_usd), 4)  # 10**4 s x 1 GB x $0.0000166667
        ('small', 0.1667)
    """
    scenario.refuse_scheduled("a distance to another answer")
    comparison = compare(scenario)
    holder = _Holder(comparison)
    numbers, bent = _numbers(scenario), scenario.week_axes
    left_out = tuple(path for path in numbers if path in bent)
    found = [
        _requests(holder, rule) if bent and path == REQUESTS else _distance(holder, path, rule)
        for path, rule in numbers.items()
        if path not in bent
    ]
    found += _prices(holder)
    order = sorted(range(len(found)), key=lambda n: (*_rank(found[n]), n))
    switches, tried = _switches(holder)
    return Flips(comparison, tuple(found[n] for n in order), switches, tried, _millisecond(comparison), left_out)


def _rank(distance: Distance) -> tuple[int, Fraction]:
    if distance.relative is not None:
        return 0, distance.relative
    return (1, abs(distance.flips[0].at)) if distance.flips else (2, Fraction(0))


def _numbers(scenario: Scenario) -> dict[str, Rule]:
    """Every number that may vary, by path."""
    found = scenario.axes()
    if scenario.workload.slo is not None:
        found |= {f"{SLO}{name}": rule for name, rule in rules(Slo).items()}
    if scenario.operations is not None:
        found[WAGE] = rules(Wage)["wage_usd_per_hour"]
    return found


# who stands


def _index(comparison: Comparison) -> int | None:
    """The place of the winner among the options."""
    return next((which for which, result in enumerate(comparison.options) if result is comparison.best), None)


class _Holder:
    """The winner of a comparison, and its rivals: options that are not the same under another name."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison, self.scenario = comparison, comparison.scenario
        self.which = _index(comparison)
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
        which = _index(comparison)
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


def _looked(scenario: Scenario, option: Option, count: int, *, by_memory: bool) -> _Look:
    """The bill of an option at one value or along a column of them; NaN where floats can't tell.

    `by_memory` says that the column is of a function's memory.
    """
    fleet, used = month(scenario, option)
    found = amounts(used)

    def rows(values: Iterable[Any]) -> np.ndarray:
        spread = [np.broadcast_to(np.asarray(value, dtype=float), (count,)) for value in values]
        return np.array(spread).reshape(len(spread), count)

    def days(values: Any) -> np.ndarray:
        return np.asarray(values, dtype=float).reshape(-1, 7).T + np.zeros(count)

    none = np.empty((0, count))
    limits = [limit.broken for limit in fleet.limits if not (limit.adjustable or limit.advisory)]
    held = [fleet.billed_ms] if by_memory else []
    if isinstance(option, FleetOption):
        held.append(larger(processes(option.unit(scenario.book), scenario.workload), 1))
    out, cost, missing = rows([broken(fleet), found.known_usd, found.missing])
    return _Look(
        cost=np.where(np.isnan(out), np.nan, np.where(out > 0, np.inf, cost)),
        missing=missing,
        parts=rows(found.parts),
        used=days(fleet.credits.used) if fleet.credits else none,
        earned=days(fleet.credits.earned) if fleet.credits else none,
        kept=1 - rows(limits),
        held=rows(held),
    )


class _Line(Axis):
    """One number of a scenario, and who stands along it. Places are steps of its grain."""

    def __init__(self, holder: _Holder, path: str, rule: Rule) -> None:
        scenario = holder.scenario
        self.scenario, self.over, self.grain, self.whole, self.rule = scenario, path, rule.grain, rule.whole, rule
        self.options, self.parents = list(scenario.options), list(range(len(scenario.options)))
        self._known: dict[tuple[int, Option], int] = {}
        self._exact: dict[tuple[int, int], Standing] = {}
        self._open: dict[tuple[int, int, int], Sequence[Option]] = {}
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
        """Whether each line of an option's bill is known to rise or fall all the way (`STEADY`)."""
        head, name = self.over.split(".")[0], self.over.rsplit(".", 1)[-1]
        if self.over == WAGE or name in ("operations_hours", "on_call_hours"):
            return True
        option, work = self.options[which], self.scenario.workload
        sized = isinstance(option, (Lambda, Fargate, Ec2)) and not option.is_choice and option.purchase not in PLANS
        simple = sized and work.slo is None and not work.durations
        return simple and name in STEADY.get(head, ())

    # the range

    @functools.cached_property
    def ends(self) -> tuple[int, int]:
        """The first and the last place that is allowed and fits the rest of the scenario."""
        rule = self.rule
        low = -int(-rule.low // rule.grain)
        low += rule.above and low * rule.grain == rule.low
        high = DEAREST if rule.high is None else int(rule.high // rule.grain)
        return self._fitting(low, -1), self._fitting(high, 1)

    @functools.cached_property
    def level_from(self) -> int | None:
        """The place from which on every bill stays as it is: a request can't use more vCPUs than there are."""
        if self.over != THREADS or self.slow:
            return None
        options, work = [self.options[which] for which in self._varying()], self.scenario.workload
        if work.durations or not all(isinstance(option, (Lambda, FleetOption)) for option in options):
            return None
        have = [o.unit(self.scenario.book).vcpu for o in options if isinstance(o, FleetOption)]
        have += [o.memory_mb / Fraction(MB_PER_VCPU) for o in options if isinstance(o, Lambda)]
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
        by_memory = self.over.endswith(".memory_mb")
        column = self.column(places)
        found = _looked(column, column.options[which], len(places), by_memory=by_memory)
        doubt = np.isnan(np.vstack([getattr(found, field.name) for field in dataclasses.fields(found)]))
        for index in np.flatnonzero(doubt.any(axis=0)):
            scenario = self.scenario.at(self.over, self.value(int(places[index])))
            exactly = _looked(scenario, scenario.options[which], 1, by_memory=by_memory)
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
            standings = [self.exact(which, int(place)) for place in places]
            usds = [float(s.known_usd) if s.feasible else np.inf for s in standings]
            return np.array(usds), np.array([s.missing for s in standings])
        return super().costs(which, places)

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
        mine = self.exact(self.holder.which, place)
        if not mine.feasible or mine.missing:
            return False
        others = [self.exact(which, place) for which in self.rivals]
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


class _Search:
    """The nearest place one way along a line at which the winner no longer stands."""

    def __init__(self, line: _Line, way: int) -> None:
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


def _distance(holder: _Holder, path: str, rule: Rule) -> Distance:
    line = _Line(holder, path, rule)
    ways = [_Search(line, way) for way in (-1, 1)]
    line.survey(place for search in ways for place in search.surveys)
    down, up = map(_reach, ways)
    return Distance(path, rule.meaning, rule.unit, line.own, down, up)


USUAL = (10_000, 10**9)  # requests a month between which crossovers are looked for, where another number is the axis


def _requests(holder: _Holder, rule: Rule) -> Distance:
    """The distance of requests a month where bills may fall as they grow: to the nearest crossovers."""
    scenario, line = holder.scenario, _Line(holder, REQUESTS, rule)
    (first, last), own = line.ends, int(line.own)
    along = scenario.sweep.over == REQUESTS
    low, high = (int(scenario.sweep.start), int(scenario.sweep.to)) if along else USUAL
    low, high = max(min(low, own), first), min(max(high, own), last)
    sweep = dataclasses.replace(scenario.sweep, over=REQUESTS, start=Fraction(low), to=Fraction(max(high, low + 1)))
    comparison = holder.comparison if sweep == scenario.sweep else compare(dataclasses.replace(scenario, sweep=sweep))
    changes = [int(change.at) for change in comparison.crossovers]

    def reach(places: Sequence[int], way: int, end: int, limit: int) -> Reach:
        for place in places:  # the first at which the winner does not stand
            there = compare(scenario.at(REQUESTS, place))
            if not holder.stands(there):
                out = holder.which is not None and not there.options[holder.which].feasible
                flip = Flip(Fraction(place), Fraction(place - way), holder.label(there), True, out)
                return Reach(flip, Fraction(limit), flip.before, flip.at)
        return Reach(None, Fraction(limit), Fraction(end), Fraction(end))

    down = reach([at - 1 for at in reversed(changes) if low < at <= own], -1, low, first)
    up = reach([at for at in changes if at > own], 1, high, last)
    return Distance(REQUESTS, rule.meaning, rule.unit, line.own, down, up)


def _reach(search: _Search) -> Reach:
    line, way = search.line, search.way
    hit, nearest = search.found()

    def value(distance: int) -> Fraction:
        return Fraction(line.value(line.place(distance, way))) if distance else line.own

    limit = value(search.most)
    certain, tried = value(search.sure), value(search.tried)
    if hit is None:
        return Reach(None, limit, certain, tried)
    there = line.holder.compared(line.over, line.scenario.at(line.over, line.value(line.place(hit, way))))
    which = line.holder.which
    out = which is not None and not there.options[which].feasible
    flip = Flip(value(hit), value(hit - 1), line.holder.label(there), nearest, out)
    return Reach(flip, limit, certain, tried)


# prices


@dataclass(frozen=True)
class _Book(PriceBook):
    """A price book in which the tiers of one item are a factor dearer."""

    changed: tuple[str, str, Fraction] = ("", "", Fraction(1))

    def price(self, service: str, item: str, region: str) -> Price | None:
        found = super().price(service, item, region)
        if found is None or (service, item) != self.changed[:2]:
            return found
        tiers = tuple(dataclasses.replace(tier, price_usd=tier.price_usd * self.changed[2]) for tier in found.tiers)
        return dataclasses.replace(found, tiers=tiers)


@dataclass(frozen=True)
class _Repriced(Scenario):
    """A scenario with one price a factor dearer."""

    changed: tuple[str, str, Fraction] = ("", "", Fraction(1))

    @functools.cached_property
    def book(self) -> PriceBook:
        plain_book = PriceBook.load(self.book_id).with_prices(self.prices)
        return _Book(**_attributes(plain_book), changed=self.changed)


def _attributes(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _prices(holder: _Holder) -> list[Distance]:
    """The distance of every price on the bills of the winner and the runner-up."""
    comparison = holder.comparison
    results = [result for result in (comparison.best, comparison.second) if result is not None]
    lines = [line for result in results for line in result.bill.lines if line.service]
    found = {}
    for line in lines:
        key = (line.service, line.price_item)
        price = comparison.scenario.book.price(*key, comparison.scenario.region)
        if key not in found and price is not None and price.first_usd:
            down, up = (_price_reach(holder, price, way) for way in (-1, 1))
            path = f"prices.{line.service}.{line.price_item}"
            found[key] = Distance(path, line.item, f"USD a {price.unit}", price.first_usd, down, up)
    return list(found.values())


def _price_reach(holder: _Holder, price: Price, way: int) -> Reach:
    """One way along a price: bills are straight lines of it, so it is known where the first of them crosses.

    Where a size is chosen, or a savings plan sets two prices against each other, they are not; then the place is
    that of the bills as they stand, and held against the choices made there.
    """
    limit, own = (Fraction(0) if way < 0 else Fraction(DEAREST)), price.first_usd
    options = holder.scenario.options
    straight = all(
        isinstance(o, (Lambda, Fargate, Ec2)) and not o.is_choice and o.purchase not in PLANS for o in options
    )
    at = _crossing(holder, price, way)
    if at is None or at * way > limit * way:
        return Reach(None, limit, *((limit, limit) if straight else (own, own)))

    def there(place: Fraction) -> Comparison:
        changed = (price.service, price.item, place * PRICE_STEP / own)
        repriced = _Repriced(**_attributes(holder.scenario), changed=changed)
        if not straight:
            return compare(repriced)
        pairs = zip(holder.comparison.options, options, strict=True)
        return Comparison(repriced, tuple(billed(repriced, o) if _pays(r, price) else r for r, o in pairs))

    nearest = at / PRICE_STEP
    place = nearest // 1 if way > 0 else -(-nearest // 1)
    for now in (place, place + way):
        after = there(Fraction(now))
        if not holder.stands(after) and holder.stands(there(Fraction(now - way))):
            before = own if (now - way) * PRICE_STEP * way < own * way else (now - way) * PRICE_STEP
            flip = Flip(now * PRICE_STEP, Fraction(before), holder.label(after), straight)
            return Reach(flip, limit, flip.before if straight else own, flip.at)
    return Reach(None, limit, own, own)


def _pays(result: Result, price: Price) -> bool:
    """Whether a price is on a bill."""
    return any((line.service, line.price_item) == (price.service, price.item) for line in result.bill.lines)


def _crossing(holder: _Holder, price: Price, way: int) -> Fraction | None:
    """The price at which a rival's bill meets the winner's. [USD]"""
    if holder.which is None:
        return None

    def sums(result: Result) -> tuple[Fraction, Fraction]:
        lines = [n for n in result.bill.lines if (n.service, n.price_item) == (price.service, price.item)]
        return result.bill.known_usd, sum((n.exact_usd or Fraction(0) for n in lines), Fraction(0))

    results = holder.comparison.options
    usd, part = sums(results[holder.which])
    found = []
    for which in holder.rivals:
        theirs, their_part = sums(results[which])
        if results[which].feasible and (part - their_part) * way > 0:
            found.append((theirs - usd) / ((part - their_part) * way))
    return price.first_usd * (1 + way * min(found)) if found else None


# choices, and a millisecond


def _switches(holder: _Holder) -> tuple[tuple[Switch, ...], int]:
    """The choices that change the winner on their own, and how many were tried."""
    scenario = holder.scenario
    found, tried = [], 0
    for path, meaning, value, other, changed in _choices(scenario):
        if changed.misfits():
            continue
        there = holder.compared(path, changed)
        if there.blocked_by:  # a price is missing
            continue
        tried += 1
        if not holder.stands(there):
            found.append(Switch(path, meaning, value, other, holder.label(there)))
    return tuple(found), tried


def _choices(scenario: Scenario) -> Iterable[tuple[str, str, Any, Any, Scenario]]:
    """Every choice of a scenario: path, meaning, value, another value, and the scenario with that."""
    free = not scenario.free_tier
    yield "free_tier", rules(Scenario)["free_tier"].meaning, not free, free, scenario.at("free_tier", free)
    for name in INCLUDE:
        rest = tuple(part for part in INCLUDE if (part in scenario.include) != (part == name))
        if "compute" in rest:  # without it nothing is compared
            meaning = rules(Scenario)["include"].meaning
            yield "include", meaning, scenario.include, rest, scenario.at("include", rest)
    places: list[tuple[str, Any]] = [("network", scenario.network)] if "network" in scenario.include else []
    places += [(f"options.{index}", option) for index, option in enumerate(scenario.options)]
    for path, thing in places:
        for name, rule in rules(type(thing)).items():
            value = getattr(thing, name)
            others: Sequence[Any] = (not value,) if rule.kind == "flag" else ()
            if rule.kind == "choice":
                others = [word for word in rule.choices if word != value and _makes_sense(thing, name, word)]
            for other in others:
                yield f"{path}.{name}", rule.meaning, value, other, scenario.at(f"{path}.{name}", other)


def _makes_sense(thing: Any, name: str, word: str) -> bool:
    """Whether a choice can be told apart from the one there is: only Lambda has function URLs."""
    return not (name == "front_door" and word == "function_url" and not thing.is_function)


def _millisecond(comparison: Comparison) -> tuple[Fraction | None, ...]:
    """What each option saves a month where a request takes 1 ms less. [USD]"""
    scenario = comparison.scenario
    duration_ms = scenario.workload.duration_ms
    sooner = scenario.at(DURATION, duration_ms - 1)
    if duration_ms <= 1 or sooner.misfits():
        return tuple(None for _ in comparison.options)
    pairs = zip(comparison.options, compare(sooner).options, strict=True)
    costs = [(now.cost_usd, then.cost_usd) for now, then in pairs]
    return tuple(None if now is None or then is None else now - then for now, then in costs)
