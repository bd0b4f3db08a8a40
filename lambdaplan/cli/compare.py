"""`compare` and `bill`: the two documents that a user writes, and their bills."""

from __future__ import annotations

import argparse

from lambdaplan.cli.arguments import Commands, book_argument, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import BILLING, at_work, print_json, read_scenario_argument, show
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.text import bill_lines, bills_text, changes_text, total_words
from lambdaplan.comparison.wording import axis_title, book_words
from lambdaplan.currency import show_in
from lambdaplan.formatting import decimal_text, on_off
from lambdaplan.pricing.bill import bill, without_use
from lambdaplan.scenario.usage_document import UsageDocument, read_usage
from lambdaplan.text_table import window


def add_compare(commands: Commands) -> None:
    """Add `compare`."""
    command = new_command(commands, "compare", "bills, winner and crossovers of a scenario", _run_compare)
    scenario_argument(command)
    json_argument(command, "the whole comparison")


def _run_compare(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    with at_work(BILLING):
        comparison = compare(scenario)
        text = "" if parsed.json else bills_text(comparison, window())
    if not parsed.json:
        show(text)
    with at_work(f"looking where that changes, over {axis_title(comparison)}"):
        text = comparison.to_json() if parsed.json else changes_text(comparison, window())
    print(text) if parsed.json else show(text)
    return 0


def add_bill(commands: Commands) -> None:
    """Add `bill`."""
    command = new_command(commands, "bill", "the bill of a usage document", _run_bill)
    command.add_argument("usage", metavar="USAGE", help="a usage file (JSON or YAML), or - for standard input")
    book_argument(command, "the document's")
    json_argument(command, "the bill")


def _run_bill(parsed: argparse.Namespace) -> int:
    document = UsageDocument.from_dict(read_usage(parsed.usage), parsed.book)
    show_in(document.currency)
    charged = bill(document)
    if parsed.json:
        print_json(charged.document())
        return 0
    hours = decimal_text(document.hours_per_month)
    print(f"{document.region}, {hours} hours, free tier {on_off(document.free_tier)}\n")
    print(bill_lines(charged, "", window()))
    print(f"\ntotal {total_words(charged)}")
    for words in (*charged.unknown, *charged.warnings, *without_use(document.book, charged.lines)):
        show(f"note: {words}")
    show(book_words(document.book, [charged]))
    return 0
