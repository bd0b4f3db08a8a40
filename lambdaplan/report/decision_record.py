"""A decision record in Markdown, as `lambdaplan record` writes it and `lambdaplan check` reads it."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from lambdaplan.analysis.decision import Decision
from lambdaplan.analysis.payback import MOST_MONTHS, is_asked, moving_of, sentences
from lambdaplan.analysis.sensitivity import Distance, Flips
from lambdaplan.coldstart.month import KEEP_ALIVE_S
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import answer
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.commitment_words import commit_words, wrong_words
from lambdaplan.doubt.commitments import commitment_of
from lambdaplan.doubt.known_errors import ranges_of_a_month
from lambdaplan.doubt.risk import risk
from lambdaplan.doubt.wording import risk_words, sentence, where_and_when
from lambdaplan.formatting import (
    a_month,
    before_tax,
    count,
    decimal_text,
    exact_value,
    money,
    share_text,
    small_money,
    total_text,
)
from lambdaplan.pricing.rates import Rates
from lambdaplan.report.html_page import IN_RECORDS, markdown_block, markdown_table, markdown_text
from lambdaplan.scenario.provenance import COLUMNS, provenance_rows
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule, plain, rules
from lambdaplan.units import MONTHS_PER_YEAR

SKIPPED = ("version", "name", "label", "sweep", "provenance")  # fields that are no assumption


escaped = functools.partial(markdown_text, markup=IN_RECORDS)


@in_its_currency
def record_text(decision: Decision) -> str:
    """Write a decision as Markdown: for people, with a block at the end that `lambdaplan check` reads."""
    decided, sensitivity = decision.record, decision.sensitivity
    comparison, scenario = sensitivity.comparison, decided.scenario
    name = escaped(scenario.name)
    head = f"{name}: undecided" if decided.decided is None else f"{name}: {escaped(decided.decided)}"
    parts = [
        f"# {head}",
        f"- Status: proposed\n- Date: {decided.made}\n- Look again by: {decided.review_by}\n- {_book(comparison)}",
        "## Context",
        _context(scenario),
        "## Options considered",
        markdown_table(
            ["option", "kind", a_month(), "fleet in the busiest hour", "remarks"],
            [_option_row(result) for result in comparison.options],
        ),
        f"Counted on every bill: {', '.join(word.replace('_', ' ') for word in scenario.include)}.",
        "## Decision",
        _decision(comparison, decided.decided),
        "\n".join(f"- {escaped(words)}." for words in first_lines(comparison)),
        "## Consequences",
        "\n".join(f"- {line}" for line in _consequences(sensitivity)),
        "## Trip-wires",
        "Look again when one of these comes true. `lambdaplan check` on this file tells; it ends with 1 then.",
        markdown_table(["what", "look again", "today", "cheapest there"], _wire_rows(decision)),
        "## Assumptions",
        markdown_table(["field", "value", "unit", "source", "meaning"], _assumption_rows(scenario)),
        *_provenance(scenario),
        "Prices on these bills:",
        markdown_table(["price", "USD", "a", "source", "of"], _price_rows(comparison)),
        "## To judge it again",
        "The text above may be edited. The block below is what `lambdaplan check` reads.",
        markdown_block(json.dumps(decided.document(), indent=2, ensure_ascii=True)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _book(comparison: Comparison) -> str:
    book = comparison.scenario.book
    dates = [result.bill.oldest_price for result in comparison.options if result.bill.oldest_price]
    oldest = f"; the oldest price used is of {min(dates)}" if dates else ""
    return f"Prices: book {escaped(book.id)}, gathered {book.as_of}{oldest}; {before_tax()}"


def _context(scenario: Scenario) -> str:
    work = scenario.workload
    each, memory, burst = (
        decimal_text(Fraction(value)) for value in (work.duration_ms, work.measured_memory_mb, work.traffic.burst)
    )
    if work.cpu_ms is None:
        busy = f"{share_text(work.busy_share)} of it computing"
    else:
        busy = f"{decimal_text(Fraction(work.cpu_ms))} ms of it CPU time"
    requests = f"{count(work.requests_per_month, 4)} {work.noun} a month ({int(work.requests_per_month):,})"
    return (
        f"{requests} in {scenario.region}, each {each} ms on {memory} MB of Lambda, {busy}. The peak within an hour is "
        f"{burst} times its mean. Which way of running this costs least a month, at equal capacity and equal safety?"
    )


def _option_row(result: Result) -> list[str]:
    remarks = [] if result.feasible else ["breaks a limit: it can't win"]
    remarks += ["a price is missing"] if result.bill.total_usd is None else []
    remarks += [limit.limit for limit in result.violations]
    label = escaped(result.label_and_size)
    units = f"{count(result.fleet.units_peak, 3)} {escaped(result.fleet.unit)}s"
    usd = total_text(result.bill.total_usd, result.bill.known_usd)
    return [label, result.option.platform, usd, units, escaped("; ".join(remarks))]


def _decision(comparison: Comparison, decided: str | None) -> str:
    """What was decided, or what is left open and why."""
    words = f"{escaped(answer(comparison))}."
    below = share_text(comparison.scenario.close_fraction)
    if decided is None and comparison.close:
        either = " or ".join(f"**{escaped(label)}**" for label in (comparison.winner, comparison.runner_up) if label)
        tell = "When that is decided, `lambdaplan record --decide LABEL` writes down which."
        return f"Left open: {either}. {words} The lead is below {below}, so other reasons than cost decide. {tell}"
    if decided is None:
        return f"None yet. {words}"
    size = next(r.label_and_size.removeprefix(r.label) for r in comparison.options if r.label == decided)
    run = f"Run it on **{escaped(decided)}**{escaped(size)}."
    if decided != comparison.winner:
        return f"{run} That was decided for other reasons than cost. {words}"
    close = f" The lead is below {below}: it was decided for other reasons than cost." if comparison.close else ""
    return f"{run} {words}{close}"


def _consequences(sensitivity: Flips) -> list[str]:
    comparison = sensitivity.comparison
    lines = []
    best = comparison.best
    if best is not None and best.bill.total_usd is not None:
        lines.append(f"About {money(best.bill.total_usd * MONTHS_PER_YEAR)} a year at this traffic.")
        usd = sensitivity.winner_millisecond_usd
        if usd is not None:
            saved = f"save {small_money(usd)} a month" if usd else "save nothing: as many units would stand"
            lines.append(f"A millisecond less in each request would {saved}.")
    if ranges_of_a_month(comparison.scenario).ranges:
        found = risk(comparison.scenario)
        lines += [escaped(sentence(risk_words(found))), escaped(where_and_when(found))]
        bought = commitment_of(comparison.scenario)
        if bought is not None:
            lines.append(escaped(f"Of a Savings Plan: {commit_words(bought)}. {sentence(wrong_words(bought))}"))
    lines += [escaped(words) for words in comparison.warnings]
    if is_asked(comparison.scenario):
        lines += [f"{escaped(words)}." for words in sentences(moving_of(comparison))]
    changed = [
        f"{_switch_name(comparison, s.path)} {_plain_words(s.other)} ({s.winner or 'nobody'} wins)"
        for s in sensitivity.switches
    ]
    if changed:
        shown_ones = "; ".join(changed[:8]) + (f"; and {len(changed) - 8} more" if len(changed) > 8 else "")
        lines.append(f"Choices that would change the answer on their own: {escaped(shown_ones)}.")
    if sensitivity.left_out:
        left = ", ".join(path.removeprefix("workload.") for path in sensitivity.left_out)
        why = "as cold starts or what spills over from provisioned environments follow them"
        lines.append(f"No wire was looked for along these numbers, {why}: {escaped(left)}.")
    return lines or ["None that is known."]


def _switch_name(comparison: Comparison, path: str) -> str:
    """A choice in words: of which option, and what."""
    name = path.rsplit(".", 1)[-1].replace("_", " ")
    return f"{comparison.options[int(path.split('.')[1])].label}, {name}" if path.startswith("options.") else name


def _plain_words(value: Any) -> str:
    return " + ".join(value) if isinstance(value, tuple) else str(plain(value)).lower()


def _wire_rows(decision: Decision) -> list[list[str]]:
    decided = decision.record
    by_path = {distance.path: distance for distance in decision.sensitivity.distances}
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
    rows.append(["the date", f"after {decided.review_by}{_growth(decision)}", decided.made.isoformat(), ""])
    return rows


def _growth(decision: Decision) -> str:
    """What growth of traffic does to the date."""
    if decision.growth_percent is None:
        return ""
    if decision.growth_months is None:
        reaches = f"no wire in {MOST_MONTHS // MONTHS_PER_YEAR} years"
    else:
        reaches = f"a wire after {decision.growth_months} months"
    return f": traffic that grows by {decimal_text(decision.growth_percent)} % a month reaches {reaches}"


def _unit(distance: Distance) -> str:
    return "" if distance.unit in ("share", "ratio", "requests a month") else f" {distance.unit}"


def _assumption_rows(scenario: Scenario) -> list[list[str]]:
    rows = []
    groups: list[tuple[str, Any]] = [("", scenario), ("workload.", scenario.workload)]
    groups += [(f"options.{index}.", option) for index, option in enumerate(scenario.options)]
    for prefix, thing in groups:
        defaults = {field.name: field.default for field in dataclasses.fields(thing)}
        idle = scenario.workload.idle_fields if thing is scenario.workload else ()
        for name, rule in rules(type(thing)).items():
            value = getattr(thing, name)
            if value is None or name in (*SKIPPED, *idle) or (rule.kind == "own" and not value):
                continue
            if name == "network" and name not in scenario.include:
                continue
            usual = KEEP_ALIVE_S if name == "keep_alive_s" else defaults[name]
            source = "lambdaplan's default" if value == usual else "the scenario"
            cells = [_value(value, rule), rule.unit, source, rule.meaning]
            rows.append([f"`{prefix}{rule.name or name}`", *(escaped(cell) for cell in cells)])
    return rows


def _provenance(scenario: Scenario) -> list[str]:
    """Where the numbers are from, where files told some."""
    rows = provenance_rows(scenario.provenance, scenario.document())
    if not rows:
        return []
    cells = [[f"`{row['number']}`", *(escaped(cell) for cell in list(row.values())[1:])] for row in rows]
    return ["Where the numbers are from:", markdown_table(list(COLUMNS), cells)]


def _value(value: Any, rule: Rule) -> str:
    if rule.kind == "number" and not isinstance(value, str):
        return exact_value(plain(value))
    if isinstance(value, tuple):
        return ", ".join(part if isinstance(part, str) else _pairs(plain(part)) for part in value)
    if isinstance(value, Rates):
        return f"{value.words}: {'; '.join(value.lines)}"
    return _pairs(plain(value)) if dataclasses.is_dataclass(value) else _plain_words(value)


def _pairs(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    many = {name: f"{len(item)} values" if isinstance(item, list) else item for name, item in value.items()}
    return ", ".join(f"{name} {str(item).lower() if isinstance(item, bool) else item}" for name, item in many.items())


def _price_rows(comparison: Comparison) -> list[list[str]]:
    prices: dict[tuple[str, str, Fraction | None], list[str]] = {}
    for result in comparison.options:
        for line in result.bill.lines:
            if line.service:
                price = "unknown" if line.price_usd is None else decimal_text(line.price_usd, 20)
                source = line.source or "none known"
                cells = [f"{line.service} {line.price_item}", price, line.unit, source, line.as_of]
                prices.setdefault((line.service, line.price_item, line.price_usd), [escaped(cell) for cell in cells])
    return list(prices.values())
