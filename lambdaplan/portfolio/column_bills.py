"""Bills of a table in columns: rows that differ only in numbers are billed at once, by the formulas of an axis.

Rows that floats can't hold exactly are billed one by one, in fractions, and counted.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.analysis.account import Key, key_of
from lambdaplan.analysis.services_table import Failure
from lambdaplan.capacity.limits import Limit
from lambdaplan.comparison.bills_along import NEAR
from lambdaplan.comparison.month import broken, month, settle
from lambdaplan.errors import InputError
from lambdaplan.numbers import Column, Number, exact, on_sweep
from lambdaplan.platforms import Option
from lambdaplan.portfolio.organisation_table import Table
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.usage import Charge, Entry, OwnLine
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.workload.workload import REQUESTS

UNIT = 8192  # rows billed at once: with 168 hours each they still fit a processor's cache, almost
MOST_CORNERS = 8  # numbers of a group whose ends are all tried together
QUOTAS = ("executions", "vCPU")  # units of what an account may have of in a region

Item = tuple[str, str, str, tuple[str, str] | None]  # an item of an account, without its region
Place = tuple[int, int, int]  # row, option, and which of its entries: the order in which items are first named
Quota = tuple[str, str, Fraction, str]  # the limit in words, its unit, what is allowed, and its source


@dataclass(frozen=True)
class Unit:
    """Rows of one group that are billed at once."""

    rows: np.ndarray
    group: int


@dataclass
class Billed:
    """What a unit's rows cost with each option, and what they use.

    Parameters:
    rows : array - of the table; those that failed are not among them.
    region : str - where they run.
    labels : list of lists - for each row what its options are called, or one list for all.
    cost, able : arrays - of each option and row what is known of its bill by itself, and whether it may be chosen.
        [USD]
    least : array - the option that is cheapest by itself; -1 where none can be named.
    uses : mapping - of each option and item how much of it each row uses.
    samples : mapping - of each item one entry, and the place at which it is first named.
    quotas : mapping - of each option and quota what each row needs of it.
    why : list of str - for each row why no option can be named, or what limit its first option breaks.
    one_by_one : int - how many bills were made in fractions, one by one.
    failures : list of Failure
    """

    rows: np.ndarray
    region: str
    labels: list[tuple[str, ...]]
    cost: np.ndarray
    able: np.ndarray
    least: np.ndarray
    uses: dict[tuple[int, Item], np.ndarray]
    samples: dict[Item, tuple[Place, Charge | OwnLine]]
    quotas: dict[tuple[int, Quota], np.ndarray]
    why: list[str]
    one_by_one: int = 0
    failures: list[Failure] = field(default_factory=list)


def units(table: Table) -> list[Unit]:
    """The table's rows in units: the same however the table is parted."""
    keys = table.keys()
    order = np.argsort(keys, kind="stable")
    cuts = np.flatnonzero(np.diff(keys[order])) + 1
    groups = sorted(np.split(order, cuts), key=lambda rows: int(rows[0]))
    return [
        Unit(rows[start : start + UNIT], number)
        for number, rows in enumerate(groups)
        for start in range(0, len(rows), UNIT)
    ]


def billed(table: Table, unit: Unit) -> Billed:
    """Bill the rows of a unit with every option."""
    return _Unit(table, unit.rows).billed()


class _Unit:
    """The rows of a unit while they are billed."""

    def __init__(self, table: Table, rows: np.ndarray) -> None:
        self.table = table
        self.failures: list[Failure] = []
        self.one_by_one = 0
        self._scenarios: dict[int, Scenario] = {}
        self.varying = [place for place, values in table.numbers.items() if _varies(values[rows])]
        self.paths = [path for place in self.varying for path in table.columns[place].paths]
        first = self._first(rows)
        self.rows, self.first = rows, first
        self.in_columns = first is not None and self._fits(first)
        if not self.in_columns:
            self.rows = np.array([row for row in rows.tolist() if self._reads(row)], dtype=np.int64)
            if self.first is None and len(self.rows):
                self.first = self.scenario(int(self.rows[0]))

    def _first(self, rows: np.ndarray) -> Scenario | None:
        try:
            return self.scenario(int(rows[0]))
        except InputError:
            return None

    def scenario(self, row: int) -> Scenario:
        """The scenario of a row, exactly."""
        if row not in self._scenarios:
            if len(self._scenarios) > UNIT:
                self._scenarios.clear()
            scenario = self.table.scenario(row)
            self._scenarios[row] = changed(scenario, ranges=(), correlations=())
        return self._scenarios[row]

    def _reads(self, row: int) -> bool:
        try:
            self.scenario(row)
        except InputError as error:
            self.failures += [Failure(int(self.table.lines[row]), problem) for problem in error.problems]
            return False
        return True

    def _fits(self, first: Scenario) -> bool:
        """Whether the numbers of all rows fit their scenario, as the ends of their ranges do together."""
        work = first.workload
        axes = first.axes()
        if len(self.rows) == 1 or any(path not in axes for path in self.paths):
            return False
        if work.cpu_ms is not None or work.first_run_ms is not None or work.traffic.bursts:
            return False
        ends = []
        for place in self.varying:
            values = self.table.numbers[place][self.rows]
            ends.append(sorted({float(values.min()), float(values.max())}))
        if len(ends) > MOST_CORNERS:
            return False
        return not any(self._at(first, self._ordered(corner)).misfits() for corner in itertools.product(*ends))

    def _at(self, scenario: Scenario, numbers: Iterable[tuple[int, float]]) -> Scenario:
        """A scenario with numbers of the table's columns."""
        for place, value in numbers:
            for path in self.table.columns[place].paths:
                number = exact(value)
                scenario = scenario.at(path, int(number) if number.denominator == 1 else number)
        return scenario

    def _ordered(self, values: Sequence[Any]) -> list[tuple[int, Any]]:
        """Columns with their values; requests last."""
        pairs = list(zip(self.varying, values, strict=True))
        return sorted(pairs, key=lambda pair: REQUESTS in self.table.columns[pair[0]].paths)

    @functools.cached_property
    def over(self) -> Scenario:
        """The scenario with columns of its rows' numbers."""
        assert self.first is not None
        scenario = self.first
        for place, values in self._ordered([self.table.numbers[place][self.rows] for place in self.varying]):
            column = _column(values)
            for path in self.table.columns[place].paths:
                scenario = scenario.at(path, column)
        return scenario

    def _is_slow(self, option_index: int) -> bool:
        """Whether each row of an option is billed by itself, as floats can't follow what varies."""
        if not self.in_columns or self.first is None:
            return True
        asked, option = self.first, self.first.options[option_index]
        if option.is_open or option.is_scheduled:
            return True
        if asked.workload.slo is not None and option.has_units and any(path != REQUESTS for path in self.paths):
            return True
        return any(asked.follows_week(option_index, path) or asked.changes_loads(path) for path in self.paths)

    def billed(self) -> Billed:
        count = len(self.rows)
        options = 0 if self.first is None or not count else len(self.first.options)
        cost, lost = np.full((options, count), np.nan), np.zeros((options, count), dtype=bool)
        out = np.zeros((options, count), dtype=bool)
        done = Billed(self.rows, "", [], cost, out, np.zeros(0, dtype=np.int64), {}, {}, {}, [""] * count)
        done.failures = self.failures
        if not options or self.first is None:
            return done
        done.region = self.first.region
        for option_index in range(options):
            alone = np.arange(count)
            if not self._is_slow(option_index):
                alone = self._in_columns(done, option_index, cost, lost, out)
            for place in alone.tolist():
                self._alone(done, option_index, place, cost, lost, out)
        done.able = ~out & ~lost
        done.least = self._least(cost, lost, out)
        done.able &= done.least >= 0
        self._reasons(done, lost, out)
        done.labels = self._labels()
        done.one_by_one = self.one_by_one
        return done

    def _in_columns(
        self, done: Billed, option_index: int, cost: np.ndarray, lost: np.ndarray, out: np.ndarray
    ) -> np.ndarray:
        """Bill an option of all rows; the places of those that floats can't decide."""
        count = len(self.rows)
        scenario = self.over
        fleet, used = month(scenario, scenario.options[option_index])
        total = amounts(used)
        usd, unpriced, beyond = (_floats(v, count) for v in (total.known_usd, total.missing, broken(fleet)))
        entries = [entry for one in used.usage for entry in one.charges(used.book, used.hours_per_month)]
        if any(isinstance(entry, OwnLine) and on_sweep(entry.price_usd) for entry in entries):
            return np.arange(count)
        unsure = np.isnan(usd) | np.isnan(unpriced) | np.isnan(beyond)
        quantities = [
            (place, key, entry, _floats(entry.quantity, count))
            for place, entry in enumerate(entries)
            if (key := key_of("", entry)) is not None and isinstance(entry, Charge | OwnLine)
        ]
        for *_, quantity in quantities:
            unsure |= np.isnan(quantity)
        quotas = [
            (quota, _floats(limit.value, count)) for limit in fleet.limits if (quota := _quota(limit)) is not None
        ]
        for _, need in quotas:
            unsure |= np.isnan(need)
        cost[option_index], lost[option_index], out[option_index] = usd, unpriced > 0, beyond > 0
        for place, key, entry, quantity in quantities:
            _add(
                done, option_index, key, (int(self.rows[0]), option_index, place), entry, np.where(unsure, 0, quantity)
            )
        for quota, need in quotas:
            done.quotas[option_index, quota] = np.where(unsure, 0, need)
        return np.flatnonzero(unsure)

    def _alone(
        self, done: Billed, option_index: int, place: int, cost: np.ndarray, lost: np.ndarray, out: np.ndarray
    ) -> None:
        """Bill an option of one row in fractions."""
        row, count = int(self.rows[place]), len(self.rows)
        self.one_by_one += 1
        used = exact_use(self.scenario(row), option_index)
        cost[option_index, place] = float(used.known_usd)
        lost[option_index, place], out[option_index, place] = used.missing, bool(used.broken)
        for at, entry in enumerate(used.entries):
            key = key_of("", entry)
            if key is not None and isinstance(entry, Charge | OwnLine):
                quantity = np.zeros(count)
                quantity[place] = float(entry.quantity)
                _add(done, option_index, key, (row, option_index, at), entry, quantity)
        for quota, need in used.quotas:
            held = done.quotas.setdefault((option_index, quota), np.zeros(count))
            held[place] = float(need)

    def _least(self, cost: np.ndarray, lost: np.ndarray, out: np.ndarray) -> np.ndarray:
        """The option that is cheapest by itself, the earlier of two alike; -1 where none can be named (M9)."""
        whole = np.where(lost | out, np.inf, cost)
        partly = np.where(lost & ~out, cost, np.inf).min(axis=0)
        best, least = np.argmin(whole, axis=0), whole.min(axis=0)
        with np.errstate(invalid="ignore"):
            margin = NEAR * np.maximum(np.abs(least), 1e-6)
            near = (np.abs(whole - least) <= margin) & (whole != least)
            unsure = near.any(axis=0) | (np.abs(partly - least) <= margin)
        best = np.where(np.isinf(least) | (partly <= least), -1, best)
        for place in np.flatnonzero(unsure & np.isfinite(least)):
            best[place] = self._exactly_least(int(place), ~np.isinf(whole[:, place]), lost[:, place] & ~out[:, place])
        return best

    def _exactly_least(self, place: int, able: np.ndarray, partly: np.ndarray) -> int:
        scenario = self.scenario(int(self.rows[place]))
        known = {n: exact_use(scenario, n).known_usd for n in np.flatnonzero(able | partly).tolist()}
        self.one_by_one += len(known)
        best = min((n for n in known if able[n]), key=lambda n: (known[n], n))
        blocked = any(known[n] <= known[best] for n in known if partly[n])
        return -1 if blocked else best

    def _reasons(self, done: Billed, lost: np.ndarray, out: np.ndarray) -> None:
        """Why no option can be named, or which limit the first one breaks."""
        for place in np.flatnonzero((done.least < 0) | out[0]).tolist():
            if done.least[place] < 0:
                why = "a price is missing" if (lost & ~out)[:, place].any() else "every option breaks a limit"
                done.why[place] = f"no option can be named cheapest ({why}), so the first one stays"
            else:
                done.why[place] = "the first option breaks a limit"

    def _labels(self) -> list[tuple[str, ...]]:
        """What the options of each row are called; the size where no other name is given."""
        assert self.first is not None
        own = [option.label or option.size_label for option in self.first.options]
        sized = [option.label in ("", option.size_label) for option in self.first.options]
        of_options = [path for path in self.paths if path.startswith("options.")]
        if not any(sized) or not (of_options or not self.in_columns):
            return [tuple(own)] * len(self.rows)
        if not self.in_columns:
            return [
                tuple(option.label or option.size_label for option in self.scenario(row).options)
                for row in self.rows.tolist()
            ]
        places = [n for n in self.varying if any(path in of_options for path in self.table.columns[n].paths)]
        made: dict[tuple[float, ...], tuple[str, ...]] = {}
        labels = []
        for values in zip(*(self.table.numbers[place][self.rows].tolist() for place in places), strict=True):
            if values not in made:
                scenario = self._at(self.first, zip(places, values, strict=True))
                made[values] = tuple(
                    changed(option, label="").size_label if is_sized else label
                    for option, label, is_sized in zip(scenario.options, own, sized, strict=True)
                )
            labels.append(made[values])
        return labels


@dataclass(frozen=True)
class ExactUse:
    """What one service uses with one option, in fractions."""

    entries: tuple[Entry, ...]
    known_usd: Fraction
    missing: bool
    broken: bool
    quotas: tuple[tuple[Quota, Number], ...]


def exact_use(scenario: Scenario, option_index: int) -> ExactUse:
    """Bill one option of one service in fractions."""
    option: Option = settle(scenario, scenario.options[option_index])
    fleet, used = month(scenario, option)
    total = amounts(used)
    entries = tuple(entry for one in used.usage for entry in one.charges(used.book, used.hours_per_month))
    quotas = tuple((quota, limit.value) for limit in fleet.limits if (quota := _quota(limit)) is not None)
    return ExactUse(entries, Fraction(total.known_usd), bool(total.missing), bool(broken(fleet)), quotas)


def _quota(limit: Limit) -> Quota | None:
    """The quota of an account in a region that a limit is; None of any other limit."""
    if not limit.adjustable or limit.unit not in QUOTAS or on_sweep(limit.allowed):
        return None
    return (limit.limit, limit.unit, Fraction(limit.allowed), limit.source)


def _add(
    done: Billed, option_index: int, key: Key, place: Place, entry: Charge | OwnLine, quantity: np.ndarray
) -> None:
    """Add what rows use of an item, and keep an entry as its words: without a note where two differ."""
    item = key[1:]
    slot = (option_index, item)
    done.uses[slot] = done.uses[slot] + quantity if slot in done.uses else quantity
    bare = dataclasses.replace(entry, quantity=Fraction(0))
    if isinstance(bare, Charge):
        bare = dataclasses.replace(bare, by_hour=None)
    done.samples[item] = together(done.samples.get(item), (place, bare))


def together(
    one: tuple[Place, Charge | OwnLine] | None, other: tuple[Place, Charge | OwnLine]
) -> tuple[Place, Charge | OwnLine]:
    """Of two entries of an item the one that is named first, without a note where they differ in it."""
    if one is None:
        return other
    place, entry = min(one, other, key=lambda pair: pair[0])
    return place, entry if one[1].note == other[1].note else dataclasses.replace(entry, note="")


def _varies(values: np.ndarray) -> bool:
    """Whether numbers differ; where one of a group is empty or a word, all are the same one."""
    return not np.isnan(values[0]) and bool((values != values[0]).any())


def _floats(value: Number, count: int) -> np.ndarray:
    """A number, or a column of them, as floats of so many rows."""
    return np.asarray(float(value) if isinstance(value, Fraction) else value, dtype=float) + np.zeros(count)


def _column(values: np.ndarray) -> Column:
    """Numbers of a table as a column, which knows that they are multiples of a step of ten."""
    for digits in (0, 1, 2, 3):
        whole = values * 10**digits
        if (whole == np.rint(whole)).all():
            return Column(values, 10**digits)
    return Column(values)
