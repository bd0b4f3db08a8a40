"""`portfolio`: an organisation's services at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lambdaplan.cli.arguments import Commands, changes_argument, count_from, json_argument, new_command, output_argument
from lambdaplan.cli.console import at_work, counted, print_json, show, table
from lambdaplan.comparison.wording import book_words
from lambdaplan.errors import SHOWN_PROBLEMS, more_problems, shorten
from lambdaplan.scenario.changes import with_changes
from lambdaplan.scenario.scenario import read_scenario

MOST_PARTITIONS = 10_000


def add_portfolio(commands: Commands) -> None:
    """Add `portfolio`."""
    does = "an organisation's services at once: which should move, and what their accounts then pay"
    command = new_command(commands, "portfolio", does, _run_portfolio)
    command.add_argument("table", metavar="TABLE", help="a row for each service, as .csv or .parquet, or - for CSV")
    command.add_argument("--base", required=True, metavar="SCENARIO", help="the scenario that the rows change")
    changes_argument(command)
    words = "columns by which services are added up, such as account,team,region"
    command.add_argument("--by", metavar="NAME,…", help=words)
    words = "parts of the table that are billed one after another; the result is the same (default: 1)"
    command.add_argument("--partitions", metavar="N", help=words)
    output_argument(command, "organisation", "folder for the portfolio's folder")
    json_argument(command, "the portfolio")


def _run_portfolio(parsed: argparse.Namespace) -> int:
    from lambdaplan.portfolio.organisation import document, organisation
    from lambdaplan.portfolio.organisation_table import read_organisation
    from lambdaplan.report.organisation import portfolio_files
    from lambdaplan.resources import __version__

    partitions = 1 if parsed.partitions is None else count_from("--partitions", parsed.partitions, MOST_PARTITIONS)
    by = list(dict.fromkeys(name.strip() for name in (parsed.by or "").split(",") if name.strip()))
    base = read_scenario(parsed.base)
    with at_work("reading the table"):
        rows = read_organisation(parsed.table, with_changes(base, parsed.changes) if parsed.changes else base, by=by)
    with counted("services", len(rows)) as step:
        result = organisation(rows, partitions=partitions, progress=step)
    with at_work("writing"):
        written = portfolio_files.write_organisation(result, Path(parsed.output), by)
    for failure in result.failures[:SHOWN_PROBLEMS]:
        print(f"error: {failure.words}", file=sys.stderr)
    if len(result.failures) > SHOWN_PROBLEMS:
        more = more_problems(len(result.failures) - SHOWN_PROBLEMS)
        print(f"error: {more}; portfolio.json has them all.", file=sys.stderr)
    if parsed.json:
        print_json(document(result, by, __version__))
    else:
        ranking = portfolio_files.ranking_rows(result)
        parts = [f"{portfolio_files.answer(result)}.", "", table(_short(ranking), [2, 4, 5])]
        if len(result.rows) > len(ranking) - 1:
            parts.append(f"… and {len(result.rows) - len(ranking) + 1:,} more services, all in portfolio.csv")
        for name in by:
            parts += ["", table(_short(portfolio_files.group_rows(result, name)), [1, 2, 3, 4, 5])]
        notes = portfolio_files.notes(result)
        show("\n".join([*parts, *([""] if notes else []), *(f"note: {words}." for words in notes)]))
        bills = [bill for one in result.payers for bill in one.chosen.bills.values()]
        print(f"{book_words(result.book, bills)}\n{written}")
    return 3 if result.failures else 0


def _short(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [tuple(shorten(cell, 44) for cell in row) for row in rows]
