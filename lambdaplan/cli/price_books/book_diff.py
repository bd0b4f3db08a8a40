"""`prices diff`: what changed between two price books, and which decisions change with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from lambdaplan.analysis.books.book_difference import KINDS, BookDiff, ChangeGroup, DecisionChange, book_diff
from lambdaplan.cli.arguments import Commands, file_argument, json_argument, new_command
from lambdaplan.cli.console import at_work
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.formatting import count, decimal_text, figure, money
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.report.atomic_files import write_whole
from lambdaplan.scenario.scenario import read_scenario
from lambdaplan.text_table import text_table


def add_book_diff(actions: Commands) -> None:
    """Add `prices diff`."""
    does = "what changed between two price books, by service and region, and which decisions change"
    action = new_command(actions, "diff", does, _run_book_diff)
    for name in ("A", "B"):
        action.add_argument(name.lower(), metavar=name, help="id of a price book")
    words = "a scenario to be billed with both books; may be repeated"
    action.add_argument("--scenario", action="append", default=[], metavar="FILE", help=words)
    file_argument(action, "FILE", (".svg", ".png"), "draw a chart into a file as well: .svg or .png")
    json_argument(action, "the difference")


def _run_book_diff(parsed: argparse.Namespace) -> int:
    books = [PriceBook.load(id) for id in (parsed.a, parsed.b)]
    scenarios = [read_scenario(path) for path in parsed.scenario]
    with at_work("comparing both books"):
        difference = book_diff(books[0], books[1], scenarios)
    if parsed.output is not None:
        from lambdaplan.charts.books.book_difference import book_diff_chart
        from lambdaplan.charts.rendering import raster, still

        picture, path = still(book_diff_chart(difference).to_dict()), Path(parsed.output)
        write_whole(path, picture if path.suffix.lower() == ".svg" else raster(picture))
    print(difference.to_json() if parsed.json else _text(difference))
    return 0


def _text(diff: BookDiff) -> str:
    counts = ", ".join(f"{figure(diff.count(kind))} {kind}" for kind in KINDS if diff.count(kind))
    parts = [f"{diff.before.id} to {diff.after.id}: {counts or 'no price changed'}"]
    for label, groups in (("service", diff.services), ("region", diff.regions)):
        changed = [group for group in groups if group.changes]
        if changed:
            rows = [(label, "prices", *KINDS, "largest change of a price"), *(_row(group) for group in changed)]
            parts += ["", text_table(rows, right=(1, 2, 3, 4, 5))]
    for decision in diff.decisions:
        parts += ["", *_decision(decision)]
    if not diff.decisions:
        parts += ["", "--scenario FILE says whether a decision changes with the book."]
    return "\n".join(parts)


def _row(group: ChangeGroup) -> tuple[str, ...]:
    counts = (figure(group.count(kind)) if group.count(kind) else "" for kind in KINDS)
    largest, words = group.largest, ""
    if largest is not None and largest.change_fraction is not None:
        prices = [decimal_text(usd, 10) for usd in (largest.before_usd, largest.after_usd) if usd is not None]
        percent = largest.change_fraction * 100
        sign = "+" if percent > 0 else "−"
        words = f"{sign}{count(abs(percent), 2)} % {largest.service} {largest.item} in {largest.region}, "
        words += " to ".join(prices)
    return group.name, figure(group.total), *counts, words


def _decision(decision: DecisionChange) -> list[str]:
    """What a scenario answers with each book, in two lines."""

    def side(one: Comparison) -> str:
        usd = decision.total_usd(one)
        first = f", changes at {count(one.crossovers[0].at, 3)}" if one.crossovers else ""
        close = ", too close to call" if one.close else ""
        return f"{one.winner or 'nobody'}{'' if usd is None else f' at {money(usd)}'}{close}{first}"

    verdict = "another option is cheapest" if decision.changed else "the same option is cheapest"
    return [f"{decision.name}: {verdict}", f"  {side(decision.before)}; then {side(decision.after)}"]
