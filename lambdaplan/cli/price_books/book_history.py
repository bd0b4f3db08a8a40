"""`prices history`: what a scenario costs with each price book, and who is cheapest then."""

from __future__ import annotations

import argparse
from pathlib import Path

from lambdaplan.analysis.books.book_history import BookAnswer, BookHistory, book_history
from lambdaplan.cli.arguments import Commands, file_argument, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import read_scenario_argument, show, show_progress, table
from lambdaplan.formatting import money
from lambdaplan.report.atomic_files import write_whole


def add_book_history(actions: Commands) -> None:
    """Add `prices history`."""
    does = "what a scenario costs with each price book, and who is cheapest then"
    action = new_command(actions, "history", does, _run_book_history)
    scenario_argument(action)
    words = "id of a price book; may be repeated; default: every book"
    action.add_argument("--book", action="append", default=[], metavar="ID", help=words)
    file_argument(action, "FILE", (".svg", ".png"), "draw a chart into a file as well: .svg or .png")
    json_argument(action, "the history")


def _run_book_history(parsed: argparse.Namespace) -> int:
    from lambdaplan.charts.books.book_history import book_history_chart, history_finding

    history = book_history(read_scenario_argument(parsed), parsed.book, show_progress)
    show_progress("")
    if parsed.output is not None:
        from lambdaplan.charts.rendering import raster, still

        picture, path = still(book_history_chart(history).to_dict()), Path(parsed.output)
        write_whole(path, picture if path.suffix.lower() == ".svg" else raster(picture))
    if parsed.json:
        print(history.to_json())
        return 0
    show(f"{history.scenario.name}: {history_finding(history)}.\n")
    rows = [("book", "gathered", *history.labels, "cheapest"), *(_row(history, one) for one in history.answers)]
    print(table(rows, tuple(range(2, 2 + len(history.labels))), named=True))
    for one in history.answers:
        if one.comparison is None:
            show(f"note: {one.book.id}: {one.why}")
    return 0


def _row(history: BookHistory, one: BookAnswer) -> tuple[str, ...]:
    """The costs of all options with one book."""
    made = one.comparison
    if made is None:
        return (one.book.id, one.book.as_of, *("" for _ in history.labels), "can't be billed")
    usd = [result.bill.total_usd for result in made.options]
    close = ", too close to call" if made.close else ""
    cells = ("unknown" if amount is None else money(amount) for amount in usd)
    return (one.book.id, one.book.as_of, *cells, f"{made.winner or 'nobody'}{close}")
