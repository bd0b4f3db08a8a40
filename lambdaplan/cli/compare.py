"""`compare` and `bill`: the two documents that a user writes, and their bills."""

from __future__ import annotations

import argparse
from fractions import Fraction

from lambdaplan.analysis.payback import is_asked, moving_of, sentences
from lambdaplan.cli.arguments import Commands, book_argument, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import BILLING, at_work, book_words, on_off, print_json, read_scenario_argument, text_table
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.duration_band import places_in_words
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.spread_judgement import spread_words
from lambdaplan.comparison.wording import answer, axis_title, memory_words
from lambdaplan.formatting import count, decimal_text, figure, money, share_text
from lambdaplan.pricing.bill import Bill, bill, without_use
from lambdaplan.scenario.usage_document import UsageDocument
from lambdaplan.schema.parsing import read_document


def add_compare(commands: Commands) -> None:
    """Add `compare`."""
    command = new_command(commands, "compare", "bills, winner and crossovers of a scenario", _run_compare)
    scenario_argument(command)
    json_argument(command, "the whole comparison")


def _run_compare(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    with at_work(BILLING):
        comparison = compare(scenario)
        text = "" if parsed.json else _bills_text(comparison)
    if not parsed.json:
        print(text, flush=True)
    with at_work(f"looking where that changes, over {axis_title(comparison)}"):
        text = comparison.to_json() if parsed.json else _changes_text(comparison)
    print(text)
    return 0


def _bills_text(comparison: Comparison) -> str:
    """The answer and the bills: what does not take long."""
    scenario = comparison.scenario
    work = scenario.workload
    size = f"{decimal_text(work.duration_ms, 3)} ms at {decimal_text(work.measured_memory_mb)} MB"
    counted = ", ".join(scenario.include) or "nothing"
    parts = [
        scenario.name,
        f"{count(work.requests_per_month, 4)} requests a month, {size}, {scenario.region}",
        f"counted: {counted}; free tier {on_off(scenario.free_tier)}",
        "",
        *answer_lines(comparison),
        "",
        options_table(comparison),
        f"{spread_words(scenario)}.",
        "",
    ]
    for result in comparison.options:
        parts += [f"{result.label}: {_total(result.bill)}", _bill_lines(result.bill, "  "), ""]
    return "\n".join(parts)


def _changes_text(comparison: Comparison) -> str:
    """Where the answer changes, and what else is to be known of it."""
    scenario = comparison.scenario
    exactly = " (exactly in --json)" if comparison.crossovers else ""
    parts = [f"Where that changes, over {axis_title(comparison)}{exactly}:"]
    parts += [f"  {words}" for words in places_in_words(comparison)]
    if is_asked(scenario):
        parts += ["", "Moving, growth and people:", *(f"  {words}." for words in sentences(moving_of(comparison)))]
    parts += [
        "",
        *(f"note: {words}" for words in comparison.warnings),
        book_words(scenario.book, [r.bill for r in comparison.options]),
    ]
    return "\n".join(parts)


def answer_lines(comparison: Comparison) -> list[str]:
    """The answer, and what goes with it, a sentence a line."""
    memory = (memory_words(result) for result in comparison.options)
    return [f"{words}." for words in (answer(comparison), *first_lines(comparison), *memory) if words]


def options_table(comparison: Comparison) -> str:
    """The options with their totals, fleets and answer times, as columns of text."""
    columns = ("", "a month", "fleet, mean to peak", "used", "bound by", "99 % within")
    return text_table([columns, *map(_result_row, comparison.options)], right=(1,))


def _result_row(result: Result) -> tuple[str, ...]:
    fleet = result.fleet
    mean = count(Fraction(fleet.units_mean), 3)
    many = " and ".join(f"{unit}s" for unit in fleet.unit.split(" and "))
    peak = f" to {count(Fraction(fleet.units_peak), 3)}" if fleet.units_mean != fleet.units_peak else ""
    units = f"{mean}{peak} {many}"
    used = share_text(fleet.utilisation_mean) if result.option.has_units or fleet.standby is not None else ""
    infeasible = "" if result.feasible else " (infeasible)"
    binds = result.option.binds or fleet.bound_by
    chosen = f", here {result.chosen}" if result.chosen else ""
    late = result.answer_ms(99)
    within = "" if late is None else f"{count(Fraction(late), 3)} ms"
    return result.label + chosen + infeasible, _total(result.bill), units, used, binds, within


def _total(one: Bill) -> str:
    return f"{money(one.known_usd)} and what is unknown" if one.total_usd is None else money(one.total_usd)


def _bill_lines(one: Bill, indent: str) -> str:
    rows = []
    for line in one.lines:
        if not line.quantity and line.price_usd == 0 and not line.service:
            rows.append((indent + line.item, "", "", "$0.00", line.note))
            continue
        price = "price unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        amount = "unknown" if line.amount_usd is None else money(line.amount_usd)
        quantity = f"{figure(line.quantity, 4)} {line.unit}".rstrip()
        rows.append((indent + line.item, quantity, f"x {price}", amount, line.note))
    return text_table(rows, right=(3,)) if rows else f"{indent}nothing was used"


def add_bill(commands: Commands) -> None:
    """Add `bill`."""
    command = new_command(commands, "bill", "the bill of a usage document", _run_bill)
    command.add_argument("usage", metavar="USAGE", help="a usage file (JSON or YAML), or - for standard input")
    book_argument(command, "the document's")
    json_argument(command, "the bill")


def _run_bill(parsed: argparse.Namespace) -> int:
    document = UsageDocument.from_dict(read_document(parsed.usage), parsed.book)
    charged = bill(document)
    if parsed.json:
        print_json(charged.document())
        return 0
    hours = decimal_text(document.hours_per_month)
    print(f"{document.region}, {hours} hours, free tier {on_off(document.free_tier)}\n")
    print(_bill_lines(charged, ""))
    print(f"\ntotal {_total(charged)}")
    for words in (*charged.unknown, *charged.warnings, *without_use(document.book, charged.lines)):
        print(f"note: {words}")
    print(book_words(document.book, [charged]))
    return 0
