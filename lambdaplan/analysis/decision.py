"""A decision record in Markdown, with wires that say when to look again; and the check of one.

The record holds its scenario. So it can be judged again, with other prices and with the traffic that came.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.payback import MOST_MONTHS, is_asked, months_until, moving_of, sentences
from lambdaplan.analysis.sensitivity import Distance, Flips, flips
from lambdaplan.coldstart.month import KEEP_ALIVE_S
from lambdaplan.comparison.comparison import Comparison, Result, compare
from lambdaplan.comparison.wording import answer, why_nobody
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.formatting import count, decimal_text, exact_value, money, share_text
from lambdaplan.pricing.price_book import DEFAULT_BOOK
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule, plain, rules, shown
from lambdaplan.schema.parsing import parse_document
from lambdaplan.workload.workload import REQUESTS

VERSION = 1
SKIPPED = ("version", "name", "label", "sweep")  # fields that are no assumption
REVIEW_DAYS = 180  # after which prices are looked at again, unless the record says otherwise: an assumption
MEASURED = "workload."  # where the numbers stand that a running service shows
NEAR = 10  # times the value up to which a change is worth a wire, but for traffic
FIRST = (REQUESTS, "workload.duration_ms")
UNWATCHED = ("workload.measured_memory_mb", "workload.cpu_threads")  # what no running service shows
_PUNCTUATION = re.compile(r"([\\`*_\[\]|~#!])")
_FENCE = re.compile(r"^```json\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
MARK = "lambdaplan_record"


@dataclass(frozen=True)
class Wire:
    """A value of the scenario at which to look again.

    Parameters
    ----------
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

    Parameters
    ----------
    winner : str or None - label of the option decided on; None where none could be named.
    made, review_by : date - of the decision, and by which to look again whatever happens.
    """

    scenario: Scenario
    winner: str | None
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
            "wires": [wire.document() for wire in self.wires],
            "scenario": self.scenario.document(),
        }


def record(
    scenario: Scenario, made: dt.date, review_by: dt.date | None = None, growth_percent: Fraction | None = None
) -> str:
    """Write the decision record of a scenario, as Markdown.

    Parameters
    ----------
    scenario : Scenario - the question.
    made : date - of the decision.
    review_by : date - by which to look again; half a year later by default.
    growth_percent : Fraction - what traffic grows by in a month, less than 0 where it falls: the date by which to look
        again is then no later than that at which it reaches a wire. [percent]

    Returns: the text; `check` judges it again.
    Raises: InputError when the second date is not after the first.
    """
    review_by = review_by or made + dt.timedelta(days=REVIEW_DAYS)
    if review_by <= made:
        words = f"a date after that of the record, {made}"
        raise InputError(Problem("type", "--review-by", review_by.isoformat(), words))
    found = flips(scenario)
    wires = wires_of(found)
    growth = "" if growth_percent is None else f"traffic that grows by {decimal_text(growth_percent)} % a month"
    months = None if growth_percent is None else _months(scenario, wires, growth_percent)
    if months is not None:
        review_by = min(review_by, _months_later(made, months))
        growth += f" reaches a wire after {months} months"
    elif growth:
        growth += f" reaches no wire in {MOST_MONTHS // 12} years"
    return _markdown(Record(scenario, found.comparison.winner, made, review_by, wires), found, growth)


def _months(scenario: Scenario, wires: Sequence[Wire], growth_percent: Fraction) -> int | None:
    """The first month, counted from the record's, in which traffic that grows so reaches a wire."""
    traffic = [wire for wire in wires if wire.path == REQUESTS]
    requests = Fraction(scenario.workload.requests_per_month)
    return months_until(requests, growth_percent, lambda one: any(wire.crossed(one) for wire in traffic))


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def wires_of(found: Flips) -> tuple[Wire, ...]:
    """The changes of what a running service shows: of traffic all, of the rest those that are near."""
    wires = []
    for distance in found.near:
        if not distance.path.startswith(MEASURED) or distance.path in UNWATCHED:
            continue
        for reach, way in ((distance.down, "at_or_below"), (distance.up, "at_or_above")):
            flip = reach.flip
            if flip is not None and (distance.path == REQUESTS or flip.at <= NEAR * distance.value):
                wires.append(Wire(distance.path, way, flip.at, flip.winner))
    wires.sort(key=lambda wire: FIRST.index(wire.path) if wire.path in FIRST else len(FIRST))
    return tuple(wires)


# the text


def escaped(words: Any) -> str:
    """A reader's words inside a line of Markdown: nothing in them is markup, HTML or a new line."""
    one_line = " ".join("".join(char if char.isprintable() else " " for char in str(words)).split())
    return _PUNCTUATION.sub(r"\\\1", html.escape(one_line, quote=False))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown(decided: Record, found: Flips, growth: str) -> str:
    comparison, scenario = found.comparison, decided.scenario
    name = escaped(scenario.name)
    head = f"{name}: undecided" if decided.winner is None else f"{name}: {escaped(decided.winner)}"
    block = json.dumps(decided.document(), indent=2, ensure_ascii=True)
    for char in "<>&`":  # so that no viewer of the file takes them for its own
        block = block.replace(char, f"\\u{ord(char):04x}")
    parts = [
        f"# {head}",
        f"- Status: proposed\n- Date: {decided.made}\n- Look again by: {decided.review_by}\n- {_book(comparison)}",
        "## Context",
        _context(scenario),
        "## Options considered",
        _table(
            ["option", "kind", "USD a month", "fleet in the busiest hour", "remarks"],
            [_option_row(result) for result in comparison.options],
        ),
        f"Counted on every bill: {', '.join(word.replace('_', ' ') for word in scenario.include)}.",
        "## Decision",
        _decision(comparison),
        "## Consequences",
        _bullets(_consequences(found)),
        "## Trip-wires",
        "Look again when one of these comes true. `lambdaplan check` on this file tells; it ends with 1 then.",
        _table(["what", "look again", "today", "cheapest there"], _wire_rows(decided, found, growth)),
        "## Assumptions",
        _table(["field", "value", "unit", "source", "meaning"], _assumption_rows(scenario)),
        "Prices on these bills:",
        _table(["price", "USD", "a", "source", "of"], _price_rows(comparison)),
        "## To judge it again",
        "The text above may be edited. The block below is what `lambdaplan check` reads.",
        f"```json\n{block}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _book(comparison: Comparison) -> str:
    book = comparison.scenario.book
    dates = [result.bill.oldest_price for result in comparison.options if result.bill.oldest_price]
    oldest = f"; the oldest price used is of {min(dates)}" if dates else ""
    return f"Prices: book {escaped(book.id)}, gathered {book.as_of}{oldest}; USD before tax"


def _context(scenario: Scenario) -> str:
    work = scenario.workload
    each, memory, burst = (
        decimal_text(Fraction(value)) for value in (work.duration_ms, work.measured_memory_mb, work.traffic.burst)
    )
    if work.cpu_ms is None:
        busy = f"{share_text(work.busy_share)} of it computing"
    else:
        busy = f"{decimal_text(Fraction(work.cpu_ms))} ms of it CPU time"
    requests = f"{count(work.requests_per_month, 4)} requests a month ({int(work.requests_per_month):,})"
    return (
        f"{requests} in {scenario.region}, each {each} ms on {memory} MB of Lambda, {busy}. The peak within an hour is "
        f"{burst} times its mean. Which way of running this costs least a month, at equal capacity and equal safety?"
    )


def _option_row(result: Result) -> list[str]:
    total = result.bill.total_usd
    usd = f"at least {money(result.bill.known_usd)}" if total is None else money(total)
    remarks = [] if result.feasible else ["breaks a limit: it can't win"]
    remarks += ["a price is missing"] if total is None else []
    remarks += [limit.limit for limit in result.violations]
    size = result.option.size_label
    label = escaped(result.label) + ("" if size in result.label else f" (here {escaped(size)})")
    units = f"{count(result.fleet.units_peak, 3)} {escaped(result.fleet.unit)}s"
    return [label, result.option.platform, usd, units, escaped("; ".join(remarks))]


def _decision(comparison: Comparison) -> str:
    if comparison.winner is None:
        return f"None yet: no option can be named cheapest, because {escaped(why_nobody(comparison))}."
    close = f" The lead is below {share_text(comparison.scenario.close_fraction)}, so either would do."
    return f"Run it on **{escaped(comparison.winner)}**. {escaped(answer(comparison))}." + (
        close if comparison.close else ""
    )


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _consequences(found: Flips) -> list[str]:
    comparison = found.comparison
    lines = []
    best = comparison.best
    if best is not None and best.bill.total_usd is not None:
        lines.append(f"About {money(best.bill.total_usd * 12)} a year at this traffic.")
        usd = found.winner_millisecond_usd
        if usd is not None:
            saved = f"save {_precise(usd)} a month" if usd else "save nothing: as many units would stand"
            lines.append(f"A millisecond less in each request would {saved}.")
    lines += [escaped(words) for words in comparison.warnings]
    if is_asked(comparison.scenario):
        lines += [f"{escaped(words)}." for words in sentences(moving_of(comparison))]
    changed = [
        f"{_switch_name(comparison, s.path)} {_plain_words(s.other)} ({s.winner or 'nobody'} wins)"
        for s in found.switches
    ]
    if changed:
        shown_ones = "; ".join(changed[:8]) + (f"; and {len(changed) - 8} more" if len(changed) > 8 else "")
        lines.append(f"Choices that would change the answer on their own: {escaped(shown_ones)}.")
    if found.left_out:
        left = ", ".join(path.removeprefix("workload.") for path in found.left_out)
        why = "as cold starts or what spills over from provisioned environments follow them"
        lines.append(f"No wire was looked for along these numbers, {why}: {escaped(left)}.")
    return lines or ["None that is known."]


def _switch_name(comparison: Comparison, path: str) -> str:
    """A choice in words: of which option, and what."""
    name = path.rsplit(".", 1)[-1].replace("_", " ")
    return f"{comparison.options[int(path.split('.')[1])].label}, {name}" if path.startswith("options.") else name


def _precise(usd: Fraction) -> str:
    return (
        money(usd)
        if usd >= 1 or not usd
        else f"${decimal_text(usd, 4)}"
        if usd >= Fraction(1, 1000)
        else "under $0.001"
    )


def _plain_words(value: Any) -> str:
    return " + ".join(value) if isinstance(value, tuple) else str(plain(value)).lower()


def _wire_rows(decided: Record, found: Flips, growth: str) -> list[list[str]]:
    by_path = {distance.path: distance for distance in found.distances}
    rows = []
    for wire in decided.wires:
        distance = by_path[wire.path]
        way = "or less" if wire.way == "at_or_below" else "or more"
        sure = all(flip.nearest for flip in distance.flips if flip.at == wire.at)
        rows.append(
            [
                f"`{wire.path}`",
                f"at {exact_value(plain(wire.at))}{_unit(distance)} {way}" + ("" if sure else ", or before"),
                exact_value(plain(distance.value)),
                escaped(wire.winner or "nobody"),
            ]
        )
    rows.append(["the winner", "when today's prices and the traffic that came make another option cheapest", "", ""])
    why = f": {growth}" if growth else ""
    rows.append(["the date", f"after {decided.review_by}{why}", decided.made.isoformat(), ""])
    return rows


def _unit(distance: Distance) -> str:
    return "" if distance.unit in ("share", "ratio", "requests a month") else f" {distance.unit}"


def _assumption_rows(scenario: Scenario) -> list[list[str]]:
    rows = []
    groups: list[tuple[str, Any]] = [("", scenario), ("workload.", scenario.workload)]
    groups += [(f"options.{index}.", option) for index, option in enumerate(scenario.options)]
    for prefix, thing in groups:
        defaults = {field.name: field.default for field in dataclasses.fields(thing)}
        for name, rule in rules(type(thing)).items():
            value = getattr(thing, name)
            if value is None or name in SKIPPED or (rule.kind == "own" and not value):
                continue
            if name == "network" and name not in scenario.include:
                continue
            usual = KEEP_ALIVE_S if name == "keep_alive_s" else defaults[name]
            source = "lambdaplan's default" if value == usual else "the scenario"
            cells = [_value(value, rule), rule.unit, source, rule.meaning]
            rows.append([f"`{prefix}{rule.name or name}`", *(escaped(cell) for cell in cells)])
    return rows


def _value(value: Any, rule: Rule) -> str:
    if rule.kind == "number" and not isinstance(value, str):
        return exact_value(plain(value))
    if isinstance(value, tuple):
        return ", ".join(part if isinstance(part, str) else _pairs(plain(part)) for part in value)
    return _pairs(plain(value)) if dataclasses.is_dataclass(value) else _plain_words(value)


def _pairs(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    many = {name: f"{len(item)} values" if isinstance(item, list) else item for name, item in value.items()}
    return ", ".join(f"{name} {str(item).lower() if isinstance(item, bool) else item}" for name, item in many.items())


def _price_rows(comparison: Comparison) -> list[list[str]]:
    found: dict[tuple[str, str, Fraction | None], list[str]] = {}
    for result in comparison.options:
        for line in result.bill.lines:
            if line.service:
                price = "unknown" if line.price_usd is None else decimal_text(line.price_usd, 20)
                source = line.source or "none known"
                cells = [f"{line.service} {line.price_item}", price, line.unit, source, line.as_of]
                found.setdefault((line.service, line.price_item, line.price_usd), [escaped(cell) for cell in cells])
    return list(found.values())


# reading and checking


@dataclass(frozen=True)
class WireState:
    """A wire and what became of it: ``holds``, ``crossed`` or ``not measured``."""

    wire: str
    state: str
    words: str

    def document(self) -> dict[str, Any]:
        """The state as ``--json`` prints it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Check:
    """A record judged again: the comparison now, and what became of each wire."""

    record: Record
    comparison: Comparison
    states: tuple[WireState, ...]

    @property
    def crossed(self) -> tuple[WireState, ...]:
        """The wires that are crossed."""
        return tuple(state for state in self.states if state.state == "crossed")

    def document(self) -> dict[str, Any]:
        """The check as ``--json`` prints it."""
        book = self.comparison.scenario.book
        return {
            "version": 1,
            "name": self.record.scenario.name,
            "made": self.record.made.isoformat(),
            "book": {"id": book.id, "as_of": book.as_of},
            "winner_then": self.record.winner,
            "winner_now": self.comparison.winner,
            "crossed": len(self.crossed),
            "wires": [state.document() for state in self.states],
        }

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json.dumps(self.document(), indent=2, ensure_ascii=False)


def check(text: str, name: str, today: dt.date, changes: Sequence[str] = (), book: str | None = None) -> Check:
    """Judge a decision record again, with today's price book and what has been measured.

    Parameters
    ----------
    text : str - the file that `record` wrote.
    name : str - how errors call it.
    today : date.
    changes : sequence of str - measured values, PATH=VALUE.
    book : str - id of a price book; the packaged one by default.

    Returns: Check - a wire is crossed where a measured value reaches it; where another option is cheapest by the
        book and those values; and after the date by which to look again.
    Raises: InputError when the file is no record, or its block has been edited into something that can't be read.
    """
    document = _block(text, name)
    found = _read(document, name)
    now = {**document["scenario"], "book": book or DEFAULT_BOOK}
    scenario = Scenario.from_dict(now, changes)
    comparison = compare(scenario)
    measured = {change.partition("=")[0].strip() for change in changes}
    states = [_state(wire, scenario, measured) for wire in found.wires]
    states.append(_winner_state(found, comparison))
    late = today > found.review_by
    words = f"look again by {found.review_by}; today is {today}"
    states.append(WireState("date", "crossed" if late else "holds", words))
    return Check(found, comparison, tuple(states))


def _state(wire: Wire, scenario: Scenario, measured: set[str]) -> WireState:
    way = "or less" if wire.way == "at_or_below" else "or more"
    words = f"{wire.path}: look again at {exact_value(plain(wire.at))} {way}"
    value = Fraction(scenario.value_at(wire.path))
    if wire.path not in measured:
        return WireState(f"{wire.path} {wire.way}", "not measured", f"{words}; give the value with --set")
    state = "crossed" if wire.crossed(value) else "holds"
    return WireState(f"{wire.path} {wire.way}", state, f"{words}; measured {exact_value(plain(value))}")


def _winner_state(found: Record, comparison: Comparison) -> WireState:
    stands = comparison.winner == found.winner or (found.winner is not None and found.winner in comparison.ties)
    words = f"decided on {found.winner or 'no option'}; now {answer(comparison)}"
    return WireState("winner", "holds" if stands else "crossed", f"{words} (book {comparison.scenario.book.id})")


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
    if not isinstance(document, Mapping) or set(document) != set(_KEYS):
        raise _no_record(name, "its block has other names", f"exactly {', '.join(_KEYS)}", "Write the record anew.")
    if isinstance(document[MARK], bool) or document[MARK] != VERSION:
        problems.append(Problem("choice", MARK, shown(document[MARK]), str(VERSION)))
    dates = [_date(document[key], key, problems) for key in ("made", "review_by")]
    scenario = Scenario.from_dict(document["scenario"])
    labels = [option.label for option in scenario.options]
    winner = document["winner"]
    if winner is not None and winner not in labels:
        problems.append(Problem("choice", "winner", shown(winner), "the options: " + ", ".join(map(str, labels))))
    given = document["wires"]
    if not isinstance(given, list):
        problems.append(Problem("type", "wires", shown(given), "a list of wires"))
        given = []
    wires = [_wire(item, f"wires.{n}", scenario, problems) for n, item in enumerate(given)]
    made, review_by = dates
    if problems or made is None or review_by is None:
        raise InputError(problems)
    return Record(scenario, winner, made, review_by, tuple(wire for wire in wires if wire is not None))


def _date(value: Any, path: str, problems: list[Problem]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        problems.append(Problem("type", path, shown(value), "a date, such as 2026-11-25"))
        return None


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
        Fraction(scenario.value_at(watched))
        at = Fraction(str(item[way]))
    except (AttributeError, IndexError, TypeError, ValueError, ZeroDivisionError):
        words = "a wire on a number of the scenario, at a number"
        problems.append(Problem("type", path, f"{shown(item['path'])} at {shown(item[way])}", words))
        return None
    winner = item["winner"]
    if winner is not None and winner not in [option.label for option in scenario.options]:
        problems.append(Problem("choice", f"{path}.winner", shown(winner), "an option's label, or null"))
    return Wire(watched, way, at, winner)
