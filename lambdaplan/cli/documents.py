"""`report`, `export`, `batch` and `terraform`: documents that are written into a folder."""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import read_table
from lambdaplan.cli.arguments import (
    Commands,
    changes_argument,
    count_from,
    dask_argument,
    json_argument,
    new_command,
    output_argument,
    scenario_argument,
)
from lambdaplan.cli.console import (
    BILLING,
    answer_first,
    at_work,
    counted,
    print_json,
    read_scenario_argument,
    show,
    table,
)
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.wording import book_words
from lambdaplan.currency import show_in
from lambdaplan.errors import SHOWN_PROBLEMS, InputError, Problem, more_problems, shorten
from lambdaplan.scenario.changes import with_changes
from lambdaplan.scenario.scenario import read_scenario

if TYPE_CHECKING:
    from lambdaplan.analysis.services_table import Table
    from lambdaplan.report import batch

MOST_ROWS = 30  # of a batch's ranking, on a terminal


def add_report(commands: Commands) -> None:
    """Add `report`."""
    does = "run the report of a scenario: a page, its notebook, its figures and charts"
    command = new_command(commands, "report", does, _run_report)
    scenario_argument(command, optional=True)
    output_argument(command, "reports", "folder for the report's folder")
    _extent_arguments(command)


def _extent_arguments(command: argparse.ArgumentParser) -> None:
    """How much of a report is made."""
    words = "the first page alone: the answer, one chart, what would change it, what is not counted"
    command.add_argument("--brief", action="store_true", help=words)
    words = "all but what takes long: what would change the answer beside the axis, the map, the ladder"
    command.add_argument("--quick", action="store_true", help=words)


def _run_report(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    with at_work(BILLING):
        comparison = compare(scenario)
    answer_first(comparison)
    from lambdaplan.report.notebook_kernel import Extent
    from lambdaplan.report.report import run_report

    extent = Extent(brief=parsed.brief, quick=parsed.quick)
    print(run_report(scenario, Path(parsed.output), extent=extent, known=comparison, working=at_work))
    return 0


def add_export(commands: Commands) -> None:
    """Add `export`."""
    does = "charts as files for planning documents: svg, png, Vega-Lite, html, csv, words"
    command = new_command(commands, "export", does, _run_export)
    scenario_argument(command)
    output_argument(command, "exports", "folder for the export's folder")
    words = "one chart: cost, bill, atlas, ladder (the default), around, flips, memory, load, week, savings"
    words += " or architecture; may be repeated"
    command.add_argument("--chart", action="append", default=[], metavar="NAME", dest="charts", help=words)
    words = "write what-if.html as well: one page with sliders for traffic, duration and memory"
    command.add_argument("--what-if", action="store_true", help=words)
    words = "write report.docx as well: answer, bills, fleets, assumptions and sources for Word, with these charts"
    command.add_argument("--docx", action="store_true", help=words)


def _run_export(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    from lambdaplan.report.export import run_export

    with at_work(BILLING):
        comparison = compare(scenario)
    answer_first(comparison)
    asked = {"what_if": parsed.what_if, "word": parsed.docx}
    print(run_export(scenario, Path(parsed.output), parsed.charts, **asked, known=comparison, working=at_work))
    return 0


def add_batch(commands: Commands) -> None:
    """Add `batch`."""
    does = "many services of one account: its bill, each one's share, and a report of each"
    command = new_command(commands, "batch", does, _run_batch)
    command.add_argument("table", metavar="TABLE.csv", help="a row for each service, or - for standard input")
    command.add_argument("--base", required=True, metavar="SCENARIO", help="the scenario that the rows change")
    changes_argument(command)
    output_argument(command, "batch", "folder for portfolio and reports")
    command.add_argument("--no-reports", action="store_true", help="the portfolio alone")
    command.add_argument("--again", action="store_true", help="make reports anew that stand there already")
    _extent_arguments(command)
    command.add_argument("--jobs", metavar="N", help="reports made at the same time; default: one a processor")
    dask_argument(command, "make the reports")
    json_argument(command, "the portfolio and what became of reports")


def _run_batch(parsed: argparse.Namespace) -> int:
    from lambdaplan.report import batch

    _no_reports_alone(parsed)
    if parsed.dask is not None and parsed.jobs is not None:
        words = "with --dask each thread of the cluster makes reports"
        raise InputError(Problem("conflict", "--jobs", parsed.jobs, words, "Leave out --jobs or --dask."))
    jobs = batch.default_jobs() if parsed.jobs is None else count_from("--jobs", parsed.jobs, batch.MAX_JOBS)
    base = read_scenario(parsed.base)
    table = read_table(parsed.table, with_changes(base, parsed.changes) if parsed.changes else base)
    with contextlib.ExitStack() as opened:
        elsewhere = None if parsed.dask is None else _elsewhere(parsed.dask, table, opened)
        return _batch(parsed, table, jobs, elsewhere)


def _elsewhere(address: str, table: Table, opened: contextlib.ExitStack) -> batch.Elsewhere:
    """What makes reports on a cluster, which stays connected until all is done."""
    from lambdaplan.report.cluster.connection import Cluster
    from lambdaplan.report.cluster.reports import reports_on

    cluster = opened.enter_context(Cluster(address, table.services[0].scenario.book))
    return functools.partial(reports_on, cluster)


def _batch(parsed: argparse.Namespace, table: Table, jobs: int, elsewhere: batch.Elsewhere | None) -> int:
    """Write the portfolio and the reports; the exit code."""
    from lambdaplan.report import batch
    from lambdaplan.report.notebook_kernel import Extent

    show_in(table.services[0].scenario.currency if table.services else None)
    with counted("services", len(table.services)) as step:
        account = portfolio(table.services, progress=step)
    out, failures = Path(parsed.output), table.failures
    page = batch.write_portfolio(account, failures, out)
    reports = batch.Reports()
    if not parsed.no_reports:
        with counted("reports", len(table.services)) as step:
            extent = Extent(brief=parsed.brief, quick=parsed.quick)
            how = {"jobs": jobs, "again": parsed.again, "extent": extent, "elsewhere": elsewhere}
            reports = batch.write_reports(account, out, **how, progress=step)
    failed = [*failures, *reports.failures]
    for failure in failed[:SHOWN_PROBLEMS]:
        print(f"error: {failure.words}", file=sys.stderr)
    if len(failed) > SHOWN_PROBLEMS:
        print(f"error: {more_problems(len(failed) - SHOWN_PROBLEMS)}; --json has them all.", file=sys.stderr)
    if parsed.json:
        became = {"made": reports.made, "kept": reports.kept, "failed": [one.document() for one in reports.failures]}
        print_json({**batch.document(account, failures), "reports": became})
    else:
        show(_batch_text(batch.ranking(account), batch.answer(account)))
        if not parsed.no_reports:
            print(f"\n{reports.made:,} reports made, {reports.kept:,} kept, {len(reports.failures):,} problems.")
        print(f"{book_words(account.book, list(account.cheapest.bills.values()))}\n{page}")
    return 3 if failed else 0


def _no_reports_alone(parsed: argparse.Namespace) -> None:
    """Refuse what says how reports are made where none is asked for."""
    given = [f"--{name}" for name in ("brief", "quick", "again", "dask") if getattr(parsed, name)]
    if parsed.no_reports and given:
        words = "with --no-reports there is no report that it could change"
        raise InputError([Problem("conflict", flag, "", words, f"Leave out --no-reports or {flag}.") for flag in given])


def _batch_text(ranked: list[dict[str, str]], words: str) -> str:
    shown, total = ranked[:-1][:MOST_ROWS], ranked[-1]
    rows = [tuple(shorten(cell, 44) for cell in row.values()) for row in (*shown, total)]
    columns = tuple(total)
    money_at = [columns.index(name) for name in ("its share", "share then", "saving")]
    more = len(ranked) - 1 - len(shown)
    tail = [f"… and {more:,} more services, all in portfolio.csv"] if more else []
    return "\n".join([f"{words}.", "", table([columns, *rows], money_at), *tail])


def add_terraform(commands: Commands) -> None:
    """Add `terraform`."""
    does = "a starting point in Terraform for the chosen option, with alarms at the wires"
    command = new_command(commands, "terraform", does, _run_terraform)
    scenario_argument(command)
    command.add_argument("--option", metavar="LABEL", help="the option to write; default: the winner")
    output_argument(command, "terraform", "folder for the folder")


def _run_terraform(parsed: argparse.Namespace) -> int:
    from lambdaplan.report.terraform import run_terraform

    scenario = read_scenario_argument(parsed)
    with at_work(BILLING):
        comparison = compare(scenario)
    answer_first(comparison)
    with at_work("looking for the trip-wires"):
        written = run_terraform(comparison, Path(parsed.output), parsed.option)
    print(written)
    return 0
