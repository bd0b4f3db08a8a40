"""A decision with wires that say when to look again; and the check of one.

The record holds its scenario. So it can be judged again, with other prices and with the traffic that came.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.payback import months_until
from lambdaplan.analysis.sensitivity import Flips, flips
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.wording import answer
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import exact_value
from lambdaplan.pricing.price_book import newest_book
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, plain, shown
from lambdaplan.schema.parsing import parse_document
from lambdaplan.schema.reading import exact_text
from lambdaplan.units import MONTHS_PER_YEAR
from lambdaplan.workload.workload import DURATION, REQUESTS

VERSION = 1
REVIEW_DAYS = 180  # after which prices are looked at again, unless the record says otherwise: an assumption
MEASURED = "workload."  # where the numbers stand that a running service shows
NEAR = 10  # times the value up to which a change is worth a wire, but for traffic
FIRST = (REQUESTS, DURATION)
UNWATCHED = ("workload.measured_memory_mb", "workload.cpu_threads")  # what no running service shows
_FENCE = re.compile(r"^```json\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
MARK = "lambdaplan_record"


@dataclass(frozen=True)
class Wire:
    """A value of the scenario at which to look again.

    Parameters:
    path : str - the number that is watched.
    way : str - ``at_or_below`` or ``at_or_above``.
    at : Fraction - the first value that crosses it. [unit of the field]
    winner : str or None - who is cheapest there; None where nobody is.
    """

    path: str
    way: str
    at: Fraction
    winner: str | None

    def crossed(self, value: Fraction) -> bool:
        """Whether a value is at the wire or beyond it."""
        return value <= self.at if self.way == "at_or_below" else value >= self.at

    def document(self) -> dict[str, Any]:
        """The wire as a record holds it."""
        return {"path": self.path, self.way: plain(self.at), "winner": self.winner}


@dataclass(frozen=True)
class Record:
    """A decision: the scenario it was made on, what was decided, and when to look again.

    Parameters:
    winner : str or None - label of the cheapest option; None where nobody is.
    decided : str or None - label of the option decided on; None where that is left open.
    made, review_by : date - of the decision, and by which to look again whatever happens.
    """

    scenario: Scenario
    winner: str | None
    decided: str | None
    made: dt.date
    review_by: dt.date
    wires: tuple[Wire, ...]

    def document(self) -> dict[str, Any]:
        """The record as the block in its file holds it."""
        return {
            MARK: VERSION,
            "made": self.made.isoformat(),
            "review_by": self.review_by.isoformat(),
            "winner": self.winner,
            "decided": self.decided,
            "wires": [wire.document() for wire in self.wires],
            "scenario": self.scenario.document(),
        }


@dataclass(frozen=True)
class Decision:
    """A record with what it rests on.

    Parameters:
    sensitivity : Flips - the comparison, and what would change its winner.
    growth_percent : Fraction or None - what traffic grows by in a month. [percent]
    growth_months : int or None - after which it reaches a wire; None where it doesn't.
    """

    record: Record
    sensitivity: Flips
    growth_percent: Fraction | None = None
    growth_months: int | None = None


def record(
    scenario: Scenario,
    made: dt.date,
    review_by: dt.date | None = None,
    growth_percent: Fraction | None = None,
    decided: str | None = None,
    *,
    known: Comparison | None = None,
) -> Decision:
    """Decide on a scenario: the cheapest option, unless that is too close to call, and when to look again.

    Parameters:
    scenario : Scenario - the question.
    made : date - of the decision.
    review_by : date - by which to look again; half a year later by default.
    growth_percent : Fraction - what traffic grows by in a month, less than 0 where it falls: the date by which to look
        again is then no later than that at which it reaches a wire. [percent]
    decided : str - label of the option that was decided on; by default the cheapest, and none where the comparison
        leaves that open: where two are too close to call, or nobody is cheapest.
    known : Comparison or None - the scenario's, where there is one already.

    Returns: Decision - `lambdaplan.report.decision_record` writes it, and `check` judges that text again.
    Raises: InputError when the second date is not after the first, or the option is none of the scenario or breaks a
        limit.
    """
    review_by = review_by or made + dt.timedelta(days=REVIEW_DAYS)
    if review_by <= made:
        words = f"a date after that of the record, {made}"
        raise InputError(Problem("type", "--review-by", review_by.isoformat(), words))
    comparison = known or compare(scenario)
    choice = None if decided is None else _decided(comparison, decided)
    sensitivity = flips(scenario, quick=True, comparison=comparison)
    wires = wires_of(sensitivity)
    months = None if growth_percent is None else _months(scenario, wires, growth_percent)
    if months is not None:
        review_by = min(review_by, _months_later(made, months))
    comparison = sensitivity.comparison
    if choice is None and not comparison.close:
        choice = comparison.winner
    made_of = Record(scenario, comparison.winner, choice, made, review_by, wires)
    return Decision(made_of, sensitivity, growth_percent, months)


def _decided(comparison: Comparison, label: str) -> str:
    """The label of an option that was decided on."""
    results = {result.label: result for result in comparison.options}
    if label not in results:
        raise InputError(
            Problem("choice", "--decide", f'"{shorten(label)}"', ", ".join(results), nearest(label, results))
        )
    if not results[label].feasible:
        broken = "; ".join(limit.limit for limit in results[label].violations if not limit.adjustable)
        words = f"an option that breaks no limit; this one breaks {broken}"
        raise InputError(Problem("choice", "--decide", f'"{shorten(label)}"', words))
    return label


def _months(scenario: Scenario, wires: Sequence[Wire], growth_percent: Fraction) -> int | None:
    """The first month, counted from the record's, in which traffic that grows so reaches a wire."""
    traffic = [wire for wire in wires if wire.path == REQUESTS]
    requests = Fraction(scenario.workload.requests_per_month)
    return months_until(requests, growth_percent, lambda one: any(wire.crossed(one) for wire in traffic))


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or the last day of that month."""
    year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def wires_of(sensitivity: Flips) -> tuple[Wire, ...]:
    """The changes of what a running service shows: of traffic all, of the rest those that are near."""
    wires = []
    for distance in sensitivity.near:
        if not distance.path.startswith(MEASURED) or distance.path in UNWATCHED:
            continue
        for reach, way in ((distance.down, "at_or_below"), (distance.up, "at_or_above")):
            flip = reach.flip
            if flip is not None and (distance.path == REQUESTS or flip.at <= NEAR * distance.value):
                wires.append(Wire(distance.path, way, flip.at, flip.winner))
    wires.sort(key=lambda wire: FIRST.index(wire.path) if wire.path in FIRST else len(FIRST))
    return tuple(wires)


@dataclass(frozen=True)
class WireState(Documented):
    """A wire and what became of it: ``holds``, ``crossed`` or ``not measured``."""

    wire: str
    state: str
    words: str


@dataclass(frozen=True)
class Check(Documented):
    """A record judged again: the comparison now, and what became of each wire."""

    record: Record
    comparison: Comparison
    states: tuple[WireState, ...]

    @property
    def crossed(self) -> tuple[WireState, ...]:
        """The wires that are crossed."""
        return tuple(state for state in self.states if state.state == "crossed")

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "name": self.record.scenario.name,
            "made": self.record.made.isoformat(),
            "book": self.comparison.scenario.book.origin,
            "decided": self.record.decided,
            "winner_then": self.record.winner,
            "winner_now": self.comparison.winner,
            "crossed": len(self.crossed),
            "wires": [state.document() for state in self.states],
        }


def check(text: str, name: str, today: dt.date, changes: Sequence[str] = (), book: str | None = None) -> Check:
    """Judge a decision record again, with today's price book and what has been measured.

    Parameters:
    text : str - the file that `record` wrote.
    name : str - how errors call it.
    today : date.
    changes : sequence of str - measured values, PATH=VALUE.
    book : str - id of a price book; the newest by default.

    Returns: Check - a wire is crossed where a measured value reaches it; where another option is cheapest by the
        book and those values; and after the date by which to look again.
    Raises: InputError when the file is no record, or its block has been edited into something that can't be read.
    """
    document = _block(text, name)
    decided = _read(document, name)
    now = {**document["scenario"], "book": book or newest_book().id}
    scenario = Scenario.from_dict(now, changes)
    comparison = compare(scenario)
    measured = {change.partition("=")[0].strip() for change in changes}
    states = [_state(wire, scenario, measured) for wire in decided.wires]
    states.append(_winner_state(decided, comparison))
    late = today > decided.review_by
    words = f"look again by {decided.review_by}; today is {today}"
    states.append(WireState("date", "crossed" if late else "holds", words))
    return Check(decided, comparison, tuple(states))


def _state(wire: Wire, scenario: Scenario, measured: set[str]) -> WireState:
    way = "or less" if wire.way == "at_or_below" else "or more"
    words = f"{wire.path}: look again at {exact_value(plain(wire.at))} {way}"
    value = Fraction(scenario.value_at(wire.path))
    if wire.path not in measured:
        return WireState(f"{wire.path} {wire.way}", "not measured", f"{words}; give the value with --set")
    state = "crossed" if wire.crossed(value) else "holds"
    return WireState(f"{wire.path} {wire.way}", state, f"{words}; measured {exact_value(plain(value))}")


def _winner_state(decided: Record, comparison: Comparison) -> WireState:
    holds = comparison.winner == decided.winner or (decided.winner is not None and decided.winner in comparison.ties)
    choice = f"decided on {decided.decided}" if decided.decided else "left open"
    then = "" if decided.decided == decided.winner else f", {decided.winner or 'nobody'} was cheapest"
    words = f"{choice}{then}; now {answer(comparison)}"
    return WireState("winner", "holds" if holds else "crossed", f"{words} (book {comparison.scenario.book.id})")


def _no_record(name: str, why: str, allowed: str, fix: str = "") -> InputError:
    return InputError(Problem("syntax", shorten(name, 200), why, allowed, fix))


def _block(text: str, name: str) -> Any:
    """The one block of a record's file."""
    blocks = [block for block in _FENCE.findall(text.replace("\r\n", "\n")) if MARK in block]
    if len(blocks) != 1:
        why = "it holds no block of a record" if not blocks else f"it holds {len(blocks)} blocks of a record"
        raise _no_record(name, why, "a file that lambdaplan record wrote, with its block at the end")
    return parse_document(blocks[0], name)


_KEYS = (MARK, "made", "review_by", "winner", "wires", "scenario")


def _read(document: Any, name: str) -> Record:
    problems: list[Problem] = []
    if not isinstance(document, Mapping) or set(document) - {"decided"} != set(_KEYS):
        raise _no_record(name, "its block has other names", f"exactly {', '.join(_KEYS)}", "Write the record anew.")
    if isinstance(document[MARK], bool) or document[MARK] != VERSION:
        problems.append(Problem("choice", MARK, shown(document[MARK]), str(VERSION)))
    dates = [read_date(document[key], key, problems) for key in ("made", "review_by")]
    scenario = Scenario.from_dict(document["scenario"])
    labels = [option.label for option in scenario.options]
    winner = document["winner"]
    if winner is not None and winner not in labels:
        problems.append(Problem("choice", "winner", shown(winner), "the options: " + ", ".join(map(str, labels))))
    choice = document.get("decided", winner)  # a record from before there was the name decides on the cheapest
    if choice is not None and choice not in labels:
        problems.append(Problem("choice", "decided", shown(choice), "the options: " + ", ".join(map(str, labels))))
    given = document["wires"]
    if not isinstance(given, list):
        problems.append(Problem("type", "wires", shown(given), "a list of wires"))
        given = []
    wires = [_wire(item, f"wires.{n}", scenario, problems) for n, item in enumerate(given)]
    made, review_by = dates
    if problems or made is None or review_by is None:
        raise InputError(problems)
    return Record(scenario, winner, choice, made, review_by, tuple(wire for wire in wires if wire is not None))


def read_date(value: Any, path: str, problems: list[Problem]) -> dt.date | None:
    """Read a date such as 2026-11-25; None and a problem where it is none."""
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.append(Problem("type", path, shown(value), "a date, such as 2026-11-25"))
        return None


def _check_number(value: Any) -> None:
    if not isinstance(value, (int, Fraction)):
        raise TypeError("not a number")


def _wire(item: Any, path: str, scenario: Scenario, problems: list[Problem]) -> Wire | None:
    ways = ("at_or_below", "at_or_above")
    keys = set(item) if isinstance(item, Mapping) else set()
    way = next((name for name in ways if name in keys), "")
    if keys != {"path", way, "winner"}:
        words = "an object with path, winner, and at_or_below or at_or_above"
        problems.append(Problem("type", path, shown(item), words))
        return None
    try:
        watched = item["path"] if isinstance(item["path"], str) else shown(item["path"])
        _check_number(scenario.value_at(watched))
        at = exact_text(str(item[way]))
    except (AttributeError, IndexError, TypeError, ValueError, ZeroDivisionError):
        words = "a wire on a number of the scenario, at a number"
        problems.append(Problem("type", path, f"{shown(item['path'])} at {shown(item[way])}", words))
        return None
    winner = item["winner"]
    if winner is not None and winner not in [option.label for option in scenario.options]:
        problems.append(Problem("choice", f"{path}.winner", shown(winner), "an option's label, or null"))
    return Wire(watched, way, at, winner)
