"""Sensitivity: the smallest change of each number of a scenario that changes the cheapest option.

Every number of a scenario is moved up and down alone, over all that it may be, until the winner
changes; so is every price on the bills of the winner and the runner-up. The winner stays while no
option that may win is cheaper: a tie changes nothing.

What "exact" means: a change is given by the last value at which the winner stands and the first at
which it does not, one step of the field apart, and the bills on both sides are exact fractions or
floats that differ by a margin which no rounding of theirs could make up. That no nearer change was
skipped is known in two ways. Every step in between was billed. Or, in a stretch, every line of
every bill rises or falls all the way (`STEADY_WORKLOAD` and the `steady_fields` of each platform say for
which fields that is so, and why), so that the winner at its dearest and the others at their cheapest
are known from its two ends. Where neither could be done within reason, `nearest` is False: then it is a
change, and a nearer one may have been missed.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.sensitivity_search import DEAREST, Answer, VariedNumber, Way, winner_index
from lambdaplan.comparison.bounds import is_plain
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.envelope import NOBODY
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.result import Result, billed
from lambdaplan.comparison.wording import path_title
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import count, decimal_or_none, decimal_text, exact_value, rounded, share_text
from lambdaplan.html_table import columns_and_cells, html_table
from lambdaplan.platforms import ANY, OPTIONS, PROCESSORS
from lambdaplan.pricing.bill import LineItem
from lambdaplan.pricing.price_book import Price, PriceBook
from lambdaplan.scenario.scenario import INCLUDE, Scenario, Wage
from lambdaplan.schema.fields import Documented, Rule, plain, rules
from lambdaplan.workload.workload import DURATION, Slo

SLO, WAGE = "workload.slo.", "operations.wage_usd_per_hour"
NOBODY_S_CHOICE = ("hours_per_month",)  # what nobody decides and nothing drives
MANIFOLD = 3  # times the value beyond which a change is told as times, not as a share
PRICE_STEP = Fraction(1, 10**12)  # what documents print of a price [USD]


@dataclass(frozen=True)
class Flip(Documented):
    """The winner changes: at `before` it stands, at `at`, one step further, it does not.

    Parameters:
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
        return {"at": plain(self.at), "before": plain(self.before), "winner": self.winner, "nearest": self.nearest}


@dataclass(frozen=True)
class Reach(Documented):
    """One way along a field: the change found, or how far there is none.

    Parameters:
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
        found = None if self.flip is None else self.flip.document()
        reached = {"limit": self.limit, "certain_to": self.certain, "tried_to": self.tried}
        return {"flip": found, **{name: plain(value) for name, value in reached.items()}, "never": self.never}


@dataclass(frozen=True)
class Distance(Documented):
    """How far one number of the scenario, or one price, is from changing the winner.

    Parameters:
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
class Switch(Documented):
    """A choice that changes the winner on its own: the value it has, another one, and the winner then."""

    path: str
    meaning: str
    value: Any
    other: Any
    winner: str | None


@dataclass(frozen=True, repr=False)
class Flips(Documented):
    """How far the answer is from another one.

    Parameters:
    comparison : Comparison - the answer.
    distances : tuple of Distance - every number and price: nearest change first by its share of the value, then
        those that are 0, then the hours of the month, then those that change nothing.
    switches : tuple of Switch - choices that change the winner on their own.
    tried : int - choices that were tried.
    millisecond_usd : tuple - for each option what a request that takes 1 ms less saves a month; None where
        there is none to take off, or the bill is not whole. [USD a month]
    left_out : tuple of str - paths of numbers that a quick search did not look at.
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
        winner = winner_index(self.comparison)
        return None if winner == NOBODY else self.millisecond_usd[winner]

    @property
    def lambda_millisecond_usd(self) -> Fraction | None:
        """What 1 ms less saves the first Lambda option. [USD a month]"""
        pairs = zip(self.comparison.options, self.millisecond_usd, strict=True)
        return next((usd for result, usd in pairs if result.option.has_memory_size), None)

    def document(self) -> dict[str, Any]:
        comparison = self.comparison
        saved = zip(comparison.options, self.millisecond_usd, strict=True)
        return {
            "version": 1,
            "book": comparison.scenario.book.origin,
            "scenario": comparison.scenario.document(),
            "winner": comparison.winner,
            "runner_up": comparison.runner_up,
            "distances": [distance.document() for distance in self.distances],
            "switches": [switch.document() for switch in self.switches],
            "switches_tried": self.tried,
            "millisecond_usd": {r.label: decimal_or_none(usd) for r, usd in saved},
            **({"left_out": list(self.left_out)} if self.left_out else {}),
        }

    @in_its_currency
    def _repr_html_(self) -> str:
        """What is nearest to another answer, and the table of changes, as notebooks show them."""
        caption = f"{self.comparison.scenario.name}: {flip_finding(self)}"
        columns, cells = columns_and_cells(flip_rows(self) or [{"number": "none changes the winner on its own"}])
        return html_table(columns, cells, caption, styled=True)

    def __repr__(self) -> str:
        return f"Flips({self.comparison.scenario.name!r}: {flip_finding(self)})"

    def to_frame(self) -> Any:
        """The distances as a pandas data frame, one row a number."""
        import pandas as pd

        rows = []
        for distance in self.distances:
            row: dict[str, Any] = {"path": distance.path, "value": float(distance.value), "unit": distance.unit}
            row["relative"] = None if distance.relative is None else float(distance.relative)
            for name, reach in (("down", distance.down), ("up", distance.up)):
                flip = reach.flip
                row[name], row[f"winner_{name}"] = (None, None) if flip is None else (float(flip.at), flip.winner)
                row[f"certain_{name}"] = reach.never if flip is None else flip.nearest
            rows.append(row)
        return pd.DataFrame(rows)


def flips(scenario: Scenario, *, quick: bool = False, comparison: Comparison | None = None) -> Flips:
    """Find, for every number, price and choice of a scenario, the smallest change that changes the winner.

    Parameters:
    scenario : Scenario - with two options or more, so that there is another winner to be had.
    quick : bool - whether to leave out numbers, but for requests a month, that cold starts follow, or what spills over
        from provisioned environments: each of their values is billed by itself.
    comparison : Comparison or None - the scenario's, where there is one already.

    A schedule of provisioned concurrency that is left to be chosen is that of the scenario's own numbers throughout.

    Returns: Flips - distances, ranked; choices that change the winner; what a millisecond is worth.

    Examples:
        >>> work = {"requests_per_month": 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
        >>> options = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "lambda", "memory_mb": 512, "label": "small"}]
        >>> asked = Scenario.from_dict({"version": 1, "name": "API", "workload": work, "options": options})
        >>> found = flips(asked)
        >>> found.comparison.winner, round(float(found.lambda_millisecond_usd), 4)  # 10**4 s x 1 GB x $0.0000166667
        ('small', 0.1667)
    """
    if comparison is None or any(option.is_scheduled for option in scenario.options):
        options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
        scenario = dataclasses.replace(scenario, options=tuple(options))
        comparison = compare(scenario)
    answer = Answer(comparison)
    numbers = _numbers(scenario)
    bent = scenario.week_axes if quick else frozenset()
    left_out = tuple(path for path in numbers if path in bent)
    found = [_distance(answer, path, rule) for path, rule in numbers.items() if path not in bent]
    found += _prices(answer)
    found.sort(key=_rank)
    switches, tried = _switches(answer)
    return Flips(comparison, tuple(found), switches, tried, _millisecond(comparison), left_out)


def _rank(distance: Distance) -> tuple[int, Fraction]:
    if not distance.flips:
        return 3, Fraction(0)
    if distance.path in NOBODY_S_CHOICE:
        return 2, distance.flips[0].at
    return (1, abs(distance.flips[0].at)) if distance.relative is None else (0, distance.relative)


def _numbers(scenario: Scenario) -> dict[str, Rule]:
    """Every number that may vary, by path: not those that say nothing of a workload of its kind."""
    idle = {f"workload.{name}" for name in scenario.workload.idle_fields}
    found = {path: rule for path, rule in scenario.axes().items() if path not in idle}
    if scenario.workload.slo is not None:
        found |= {f"{SLO}{name}": rule for name, rule in rules(Slo).items()}
    if scenario.operations is not None:
        found[WAGE] = rules(Wage)["wage_usd_per_hour"]
    return found


def _distance(answer: Answer, path: str, rule: Rule) -> Distance:
    number = VariedNumber(answer, path, rule)
    ways = Way(number, -1), Way(number, 1)
    if number.is_steady and not number.may_fall:
        number.envelope.survey([place for way in ways for place in way.marks])
    down, up = map(_reach, ways)
    return Distance(path, rule.meaning, rule.unit, number.own, down, up)


def _reach(way: Way) -> Reach:
    distance, nearest = way.search()
    limit, certain, tried = way.value(way.most), way.value(way.certain), way.value(way.tried)
    if distance is None:
        return Reach(None, limit, certain, tried)
    answer, bills = way.number.answer, way.number.axis.bills
    out = answer.winner != NOBODY and not bills.exact(answer.winner, way.place(distance)).feasible
    label = answer.label(way.winner_at(distance))
    return Reach(Flip(way.value(distance), way.value(distance - 1), label, nearest, out), limit, certain, tried)


@dataclass(frozen=True)
class _Book(PriceBook):
    """A price book in which the tiers of one item are a factor dearer."""

    changed: tuple[str, str, Fraction] = ("", "", Fraction(1))

    def list_price(self, service: str, item: str, region: str) -> Price | None:
        found = super().list_price(service, item, region)
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
        plain_book = PriceBook.load(self.book_id).with_prices(self.prices, self.rates)
        return _Book(**_attributes(plain_book), changed=self.changed)


def _attributes(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _prices(answer: Answer) -> list[Distance]:
    """The distance of every price on the bills of the winner and the runner-up."""
    comparison = answer.comparison
    results = [result for result in (comparison.best, comparison.second) if result is not None]
    lines = [line for result in results for line in result.bill.lines if line.service]
    found = {}
    for line in lines:
        key = (line.service, line.price_item)
        price = comparison.scenario.book.price(*key, comparison.scenario.region)
        if key not in found and price is not None and price.first_usd:
            down, up = (_price_reach(answer, price, way) for way in (-1, 1))
            path = f"prices.{line.service}.{line.price_item}"
            found[key] = Distance(path, line.item, f"USD a {price.unit}", price.first_usd, down, up)
    return list(found.values())


def _price_reach(answer: Answer, price: Price, way: int) -> Reach:
    """One way along a price: bills are straight lines of it, so it is known where the first of them crosses.

    Where a size is chosen, or a savings plan sets two prices against each other, they are not; then the place is
    that of the bills as they stand, and held against the choices made there.
    """
    limit, own = (Fraction(0) if way < 0 else Fraction(DEAREST)), price.first_usd
    options = answer.scenario.options
    straight = all(is_plain(option) for option in options)
    straight = straight and not answer.scenario.book.commitments(answer.scenario.region)
    at = _crossing(answer, price, way)
    if at is None or at * way > limit * way:
        return Reach(None, limit, *((limit, limit) if straight else (own, own)))

    def there(place: Fraction) -> Comparison:
        changed = (price.service, price.item, place * PRICE_STEP / own)
        repriced = _Repriced(**_attributes(answer.scenario), changed=changed)
        if not straight:
            each = zip(answer.comparison.options, options, strict=True)
            return Comparison(repriced, tuple(billed(repriced, o) if _may_have(r, price) else r for r, o in each))
        pairs = zip(answer.comparison.options, options, strict=True)
        return Comparison(repriced, tuple(billed(repriced, o) if _lines_with(r, price) else r for r, o in pairs))

    nearest = at / PRICE_STEP
    place = nearest // 1 if way > 0 else -(-nearest // 1)
    for now in (place, place + way):
        after = there(Fraction(now))
        if not answer.stays(after) and answer.stays(there(Fraction(now - way))):
            before = own if (now - way) * PRICE_STEP * way < own * way else (now - way) * PRICE_STEP
            flip = Flip(now * PRICE_STEP, Fraction(before), answer.label(winner_index(after)), straight)
            return Reach(flip, limit, flip.before if straight else own, flip.at)
    return Reach(None, limit, own, own)


def _may_have(result: Result, price: Price) -> bool:
    """Whether the bill of an option, of whatever size, may have a line with a price: not that of another platform."""
    own = {line.service for line in result.bill.lines}
    return price.service not in OPTIONS or price.service in own or bool(result.option.parts)


def _lines_with(result: Result, price: Price) -> list[LineItem]:
    """The lines of a bill that have a price."""
    return [line for line in result.bill.lines if line.has_price(price.service, price.item)]


def _crossing(answer: Answer, price: Price, way: int) -> Fraction | None:
    """The price at which a rival's bill meets the winner's. [USD]"""
    if answer.winner == NOBODY:
        return None

    def sums(result: Result) -> tuple[Fraction, Fraction]:
        lines = _lines_with(result, price)
        return result.bill.known_usd, sum((line.exact_usd or Fraction(0) for line in lines), Fraction(0))

    results = answer.comparison.options
    usd, part = sums(results[answer.winner])
    changes = []
    for result in results:
        theirs, their_part = sums(result)
        if result.feasible and (part - their_part) * way > 0:
            changes.append((theirs - usd) / ((part - their_part) * way))
    return price.first_usd * (1 + way * min(changes)) if changes else None


def _switches(answer: Answer) -> tuple[tuple[Switch, ...], int]:
    """The choices that change the winner on their own, and how many were tried."""
    scenario = answer.scenario
    found, tried = [], 0
    for path, meaning, value, other, changed in _choices(scenario):
        if changed.misfits():
            continue
        if answer.clearly_stays(changed):
            tried += 1
            continue
        if answer.is_clearly_blocked(path, changed):
            continue
        there = answer.compared(path, changed)
        if there.blocked_by:  # a price is missing
            continue
        tried += 1
        if not answer.stays(there):
            found.append(Switch(path, meaning, value, other, answer.label(winner_index(there))))
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
    meaning = "processor of every option"
    for name in PROCESSORS:
        there = [option.on_processor(name, scenario.book, scenario.region) for option in scenario.options]
        options = tuple(option for option in there if option is not None)
        if len(options) == len(scenario.options) and options != scenario.options:
            changed = dataclasses.replace(scenario, architecture=name, options=options)
            yield "architecture", meaning, scenario.architecture, name, changed
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
    """Whether a choice can be told apart from the others: a front door that an option can have, one processor."""
    return (name != "front_door" or word in thing.front_doors) and (name, word) != ("architecture", ANY)


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


# in words


@in_its_currency
def flip_finding(flips: Flips) -> str:
    """What the distances show, in a sentence."""
    comparison = flips.comparison
    near = [distance for distance in flips.near if distance.relative is not None]
    who = comparison.winner or "Nobody"
    if not near:
        return f"{who} wins, and no number changes that on its own"
    first = near[0]
    name = path_title(comparison, first.path, first.meaning)
    flip = first.flips[0]
    return f"{who} wins; with {name} {change_words(first, flip)}, {flip.winner or 'nobody'} would"


@in_its_currency
def flip_rows(flips: Flips) -> list[dict[str, str]]:
    """The distances as rows of words, the nearest change first."""
    comparison, rows = flips.comparison, []
    for distance in flips.near:
        row = {
            "number": path_title(comparison, distance.path, distance.meaning),
            "now": f"{value_words(distance, distance.value)} {_per(distance)}".strip(),
        }
        for name, reach in (("lower", distance.down), ("higher", distance.up)):
            flip = reach.flip
            if flip is None:
                row[name] = "no change" if reach.never else "no change found"
            else:
                sure = "" if flip.nearest else " or before"
                out = f", where {comparison.winner} breaks a limit" if flip.out else ""
                row[name] = f"{flip.winner or 'nobody'} at {value_words(distance, flip.at)}{sure}{out}"
        row["smallest change"] = "" if distance.relative is None else change_words(distance, distance.flips[0])
        rows.append(row)
    return rows


def value_words(distance: Distance, value: Fraction, *, exact: bool = False) -> str:
    """A value of a field with its unit: the scenario's own as it is given, one that was found to three figures.

    Parameters:
    exact : bool - with all of its digits, as on hover; a price to six figures.
    """
    exact = exact or value == distance.value
    if distance.is_price:
        if not exact:
            return f"${rounded(value)}"
        return f"${float(value):.6g}" if value >= Fraction(1, 1000) else f"${decimal_text(value, 10)}"
    unit = "" if distance.unit in ("share", "ratio", "requests a month", "requests") else distance.unit
    words = exact_value(plain(value)) if exact else count(value, 3) if value >= 10**6 else rounded(value)
    return f"{words} {unit}".strip()


def change_words(distance: Distance, flip: Flip) -> str:
    """How far a change is from the scenario's value: a share of it, or times it where it is far more."""
    ratio = flip.at / distance.value
    if ratio > MANIFOLD:
        return f"{count(ratio, 2)} times as much"
    return f"{share_text(abs(ratio - 1))} {'more' if ratio > 1 else 'less'}"


def _per(distance: Distance) -> str:
    """What a price is for."""
    unit = distance.unit.removeprefix("USD a ") if distance.is_price else ""
    return f"{'an' if re.match('[aeiouL]|ho', unit) else 'a'} {unit}" if unit else ""
