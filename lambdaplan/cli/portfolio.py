"""`portfolio`: an organisation's services at once."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from lambdaplan.cli.arguments import (
    Commands,
    changes_argument,
    count_from,
    dask_argument,
    json_argument,
    new_command,
    output_argument,
)
from lambdaplan.cli.console import at_work, counted, print_json, show, table
from lambdaplan.comparison.wording import book_words
from lambdaplan.currency import show_in
from lambdaplan.errors import SHOWN_PROBLEMS, InputError, Problem, more_problems, shorten
from lambdaplan.scenario.changes import with_changes
from lambdaplan.scenario.scenario import read_scenario
from lambdaplan.schema.reading import read_number

if TYPE_CHECKING:
    from lambdaplan.portfolio.move_first import MoveFirst
    from lambdaplan.portfolio.one_fleet import OneFleets
    from lambdaplan.portfolio.organisation import Organisation
    from lambdaplan.portfolio.organisation_table import Table

MOST_PARTITIONS = 10_000
MOST_REPORTS = 20  # of one run; each takes some seconds


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
    words = "people's hours that there are: what to move first, so that they save most (a column migration_hours)"
    command.add_argument("--hours", metavar="N", help=words)
    words = "an option of instances: what is worth having on one fleet of an account and region, its tasks packed"
    command.add_argument("--pack", metavar="LABEL", help=words)
    words = "write the reports of these lines of the table as well, such as 17,42"
    command.add_argument("--report", metavar="LINE,…", help=words)
    dask_argument(command, "bill partitions of the table")
    output_argument(command, "organisation", "folder for the portfolio's folder")
    json_argument(command, "the portfolio")


def _run_portfolio(parsed: argparse.Namespace) -> int:
    from lambdaplan.portfolio.move_first import move_first
    from lambdaplan.portfolio.one_fleet import one_fleets, option_of
    from lambdaplan.portfolio.organisation import organisation
    from lambdaplan.portfolio.organisation_table import read_organisation
    from lambdaplan.report.cluster.connection import checked_address
    from lambdaplan.report.organisation import portfolio_files

    address = None if parsed.dask is None else checked_address(parsed.dask)
    partitions = None if parsed.partitions is None else count_from("--partitions", parsed.partitions, MOST_PARTITIONS)
    hours = None if parsed.hours is None else _hours(parsed.hours)
    by, lines = _listed(parsed.by), _lines(parsed.report)
    base = read_scenario(parsed.base)
    with at_work("reading the table"):
        rows = read_organisation(parsed.table, with_changes(base, parsed.changes) if parsed.changes else base, by=by)
    show_in(rows.whole.currency)
    _check_lines(rows, lines)
    if parsed.pack is not None:
        option_of(rows.whole, parsed.pack)
    if address is None:
        with counted("services", len(rows)) as step:
            result = organisation(rows, partitions=partitions or 1, progress=step)
    else:
        result = _on_cluster(address, rows, partitions)
    first = None if hours is None else move_first(result, hours)
    packed = None
    if parsed.pack is not None:
        with counted("services packed", len(result.rows)) as step:
            packed = one_fleets(result, parsed.pack, progress=step)
    out = Path(parsed.output)
    reports = _write_reports(result, lines, out) if lines else []
    with at_work("writing"):
        page = portfolio_files.write_organisation(result, out, by, first=first, packed=packed, command=_command(parsed))
    for failure in result.failures[:SHOWN_PROBLEMS]:
        print(f"error: {failure.words}", file=sys.stderr)
    if len(result.failures) > SHOWN_PROBLEMS:
        more = more_problems(len(result.failures) - SHOWN_PROBLEMS)
        print(f"error: {more}; portfolio.json has them all.", file=sys.stderr)
    if parsed.json:
        print_json(portfolio_files.portfolio_document(result, by, first, packed))
    else:
        _show(result, by, first, packed)
        for path in reports:
            print(path)
        print(page)
    return 3 if result.failures else 0


def _on_cluster(address: str, rows: Table, partitions: int | None) -> Organisation:
    """Bill the table on a Dask cluster, in so many partitions or a few for each of its threads."""
    from lambdaplan.portfolio.organisation import organisation
    from lambdaplan.report.cluster.connection import Cluster
    from lambdaplan.report.cluster.partitions import PARTS_A_THREAD, billed_on

    with Cluster(address, rows.whole.book) as cluster, counted("services", len(rows)) as step:
        parts = partitions or min(PARTS_A_THREAD * cluster.threads, MOST_PARTITIONS)
        return organisation(rows, partitions=parts, run=billed_on(cluster), progress=step)


def _show(result: Organisation, by: list[str], first: MoveFirst | None, packed: OneFleets | None) -> None:
    """The answer, the ranking and the groups as text."""
    from lambdaplan.portfolio.move_first import migration_hours
    from lambdaplan.report.organisation import portfolio_words as words

    ranking = words.ranking_rows(result)
    where = words.where_it_is(result)
    sentences = [words.answer(result), *([where] if where else []), *(words.first_words(first) if first else [])]
    parts = [" ".join(f"{one}." for one in sentences), "", table(_short(ranking), [2, 4, 5])]
    if len(result.rows) > len(ranking) - 1:
        parts.append(f"… and {len(result.rows) - len(ranking) + 1:,} more services, all in portfolio.csv")
    hours = migration_hours(result) if first else None
    if first and hours is not None and len(first.rows):
        parts += ["", table(_short(words.first_rows(first, hours)), [2, 3, 4])]
        if len(first.rows) > words.MOST_ROWS:
            parts.append(f"… and {len(first.rows) - words.MOST_ROWS:,} more to move first, all in portfolio.csv")
    if packed:
        parts += ["", f"{words.fleet_words(packed)}."]
        if packed.fleets:
            parts += ["", table(_short(words.fleet_rows(packed)), [2, 3, 4, 5, 6])]
    for name in by:
        parts += ["", table(_short(words.group_rows(result, name)), [1, 2, 3, 4, 5])]
    notes = words.notes(result)
    show("\n".join([*parts, *([""] if notes else []), *(f"note: {one}." for one in notes)]))
    print(book_words(result.book, [bill for one in result.payers for bill in one.chosen.bills.values()]))


def _hours(text: str) -> Fraction:
    """The hours of --hours.

    Raises: InputError when it is no number of hours.
    """
    from lambdaplan.portfolio.organisation_table import HOURS_RULE

    problems: list[Problem] = []
    hours = read_number(text, HOURS_RULE, "--hours", problems)
    if problems:
        raise InputError(problems)
    return Fraction(hours)


def _listed(text: str | None) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))


def _lines(text: str | None) -> list[int]:
    """The lines of --report."""
    words = _listed(text)
    if any(not re.fullmatch(r"[0-9]{1,8}", word) for word in words):
        raise InputError(Problem("type", "--report", f'"{shorten(text or "")}"', "lines of the table, such as 17,42"))
    if len(words) > MOST_REPORTS:
        fix = "batch makes a report of each row."
        raise InputError(Problem("range", "--report", f"{len(words)} lines", f"1..{MOST_REPORTS}", fix))
    return [int(word) for word in words]


def _check_lines(rows: Table, lines: list[int]) -> None:
    """Refuse a line that holds no service, before anything is billed."""
    there = set(rows.lines.tolist()) if lines else set()
    problems = [
        Problem("choice", "--report", str(line), "a line of the table that holds a service, as portfolio.csv has it")
        for line in lines
        if line not in there
    ]
    if problems:
        raise InputError(problems)


def _write_reports(result: Organisation, lines: list[int], out: Path) -> list[Path]:
    """A report of each line, in a folder of its own beside the portfolio's."""
    from lambdaplan.report.organisation.portfolio_page import write_row_report

    places = {line: row for row, line in enumerate(result.table.lines.tolist())}
    paths = []
    with counted("reports", len(lines)) as step:
        for line in lines:
            paths.append(write_row_report(result, places[line], out))
            step()
    return paths


def _command(parsed: argparse.Namespace) -> str:
    """The command as it was given, for a report of one row; empty where the table came on standard input."""
    if parsed.table == "-":
        return ""
    words = ["lambdaplan", "portfolio", parsed.table, "--base", parsed.base]
    words += [word for change in parsed.changes for word in ("--set", change)]
    words += ["--by", parsed.by] if parsed.by else []
    words += ["--pack", parsed.pack] if parsed.pack else []
    words += ["--hours", parsed.hours] if parsed.hours else []  # not -o: the page is the same wherever it stands
    return shlex.join(words)


def _short(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [tuple(shorten(cell, 44) for cell in row) for row in rows]
