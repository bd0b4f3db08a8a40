"""The page of an organisation's services: what can be saved, where it is, and what to move first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lambdaplan.charts.organisation.saving_curve import saving_curve
from lambdaplan.charts.organisation.treemap import saving_treemap
from lambdaplan.charts.rendering import page_script
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, before_tax, decimal_text, money
from lambdaplan.portfolio.move_first import MoveFirst, migration_hours
from lambdaplan.portfolio.one_fleet import OneFleets
from lambdaplan.portfolio.organisation import Organisation
from lambdaplan.report import report
from lambdaplan.report.atomic_files import slug, write_set
from lambdaplan.report.blocks import Part, Rows, bullets, figure, folded, heading, joined, paragraph, tabled
from lambdaplan.report.html_page import page
from lambdaplan.report.notebook_kernel import executed
from lambdaplan.report.organisation.portfolio_words import (
    AMOUNTS,
    answer,
    first_rows,
    first_words,
    fleet_rows,
    fleet_words,
    group_rows,
    notes,
    where_it_is,
)

LISTED = 100  # services of the ranking on the page
PHONE = 300  # width of a picture on a phone, without its labels [px]
MOST_TREEMAPS = 3  # groupings that have a picture

SHARED = (
    "The usage of all services of a payer is added up item by item and billed once: a free quantity is given once, and "
    "a tier is reached together. A service's share of an item is its share of the item's quantity, before anything "
    "free is taken off. Each service is on the option with which its payer's bill is least while the others keep "
    "theirs."
)


def report_folder(name: str, line: int) -> str:
    """The folder of a service's report, beside the portfolio's."""
    return slug(f"{name[:40]} line {line}")


def report_folders(result: Organisation) -> dict[int, str]:
    """Where the reports of the services on the page stand, if they were made, by line."""
    rows = result.ranking[:LISTED].tolist()
    lines = (int(result.table.lines[row]) for row in rows)
    return {line: report_folder(result.table.name(row), line) for row, line in zip(rows, lines, strict=True)}


def write_row_report(result: Organisation, row: int, out: Path) -> Path:
    """Write the report of one service beside the portfolio.

    Returns: Path of report.html.
    Raises: ReportError when it can't be made; what was there before is still there.
    """
    scenario = result.table.scenario(row)
    folder = report_folder(result.table.name(row), int(result.table.lines[row]))

    def fill(new: Path) -> None:
        report.fill(new, scenario, executed)

    return write_set(out, folder, fill, own=report.OWN, sign="report.ipynb") / "report.html"


class _Report(str):
    """A line of the table, which leads to the report of its service."""

    __slots__ = ("folder",)
    folder: str

    def __html__(self) -> Markup:
        return Markup('<a href="../{}/report.html">{}</a>').format(self.folder, str(self))


@in_its_currency
def portfolio_page(
    result: Organisation,
    by: Sequence[str],
    reports: Mapping[int, str],
    command: str,
    *,
    first: MoveFirst | None = None,
    packed: OneFleets | None = None,
) -> str:
    """The page, in one file that asks nobody for anything.

    Parameters:
    by : names of the columns that group services.
    reports : mapping - the folder of each report that stands beside the portfolio's, by the service's line.
    command : str - the command that made the page.
    first : MoveFirst or None - what to move within so many hours.
    packed : OneFleets or None - what is worth having on one fleet.
    """
    many = len(result.rows)
    title = f"{many:,} service{'s' if many > 1 else ''}: which should move, and what is it worth?"
    book, base = result.book, result.scenario
    free = "taken off" if result.table.whole.free_tier else "not taken off"
    where = where_it_is(result)
    told = [*(first_words(first) if first else []), *notes(result)]
    body = joined(
        paragraph(f"Prices of {book.as_of}. A month, {before_tax()}; always-free quantities {free}.", "lp-quiet"),
        paragraph(f"{answer(result)}.", "lp-answer"),
        *([paragraph(f"{where}.")] if where else []),
        *([bullets([f"{words}." for words in told])] if told else []),
        *_failed(result),
        *_pictures(result, by),
        *(_first(first) if first else []),
        *(_fleets(packed) if packed else []),
        *_ranking(result, reports, command),
        *(_group(result, name) for name in by),
        *_payers(result),
        *_quotas(result),
        heading("How it is counted"),
        paragraph(SHARED),
        paragraph(
            f"{book.title} ({book.id}), made on {book.as_of}; {decimal_text(base.hours_per_month)} hours a month. The "
            "figures of this page stand in portfolio.json, portfolio.csv and portfolio.parquet beside it, with every "
            "service and every line of the bills. A report counts one service by itself: nothing shared, and every "
            "free quantity its own."
        ),
    )
    return page(title, Markup("<h1>{}</h1>\n{}").format(title, body.html), page_script())


def _failed(result: Organisation) -> list[Part]:
    if not result.failures:
        return []
    count = len(result.failures)
    words = f"{count:,} problem{'s' if count > 1 else ''} kept rows of the table out, so that the bills lack them:"
    more = [f"{count - LISTED:,} more stand in portfolio.json"] if count > LISTED else []
    return [paragraph(words), bullets([*(one.words for one in result.failures[:LISTED]), *more])]


def _pictures(result: Organisation, by: Sequence[str]) -> list[Part]:
    """The saving curve, and a treemap for each grouping."""
    parts = []
    if len(result.rows) > 1 and (curve := saving_curve(result)) is not None:
        parts += [heading("In how few services it is"), figure(curve, "curve", saving_curve(result, width=PHONE - 40))]
    names: Sequence[str | None] = list(by[:MOST_TREEMAPS]) or [None]
    parts.append(heading("Where it is"))
    for place, name in enumerate(names):
        small = saving_treemap(result, name, width=PHONE, height=420)
        parts.append(figure(saving_treemap(result, name), f"areas-{'abc'[place]}", small))
    return parts


def _first(first: MoveFirst) -> list[Part]:
    hours = migration_hours(first.result)
    if hours is None or not len(first.rows):
        return []
    rows = _rows(first_rows(first, hours, LISTED))
    more = len(first.rows) - LISTED
    rest = [paragraph(f"{more:,} more stand in portfolio.csv, with yes in its column move_first.")] if more > 0 else []
    caption = f"Within {decimal_text(first.hours)} hours, the most saved an hour first, {a_month()}"
    return [heading("What to move first"), tabled(rows, caption), *rest]


def _fleets(packed: OneFleets) -> list[Part]:
    parts = [heading("Together on one fleet"), paragraph(f"{fleet_words(packed)}.")]
    if packed.fleets:
        rows = _rows(fleet_rows(packed, LISTED))
        parts.append(tabled(rows, f"Fleets of {packed.label}, those that save most first, {a_month()}"))
    return parts


def _ranking(result: Organisation, reports: Mapping[int, str], command: str) -> list[Part]:
    rows: Rows = []
    for one in result.services(result.ranking[:LISTED]):
        usd = [money(Fraction(one[name])) for name in AMOUNTS]
        line = _Report(one["line"])
        line.folder = reports.get(one["line"], "")
        row: dict[str, Any] = {
            "service": one["name"],
            "line": line if line.folder else str(one["line"]),
            "first option": one["baseline"],
            "its share": usd[0],
            "chosen": one["chosen"] if one["chosen"] != one["baseline"] else "the first",
            "share then": usd[1],
            "saving": usd[2],
            "note": one["note"],
        }
        rows.append(row)
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    shown = [{name: row[name] for name in columns} for row in rows]
    count = len(result.rows)
    what = f"The {LISTED} that save most of {count:,} services" if count > LISTED else "Services by what they save"
    words = "A line with a link has its report beside this page. " if reports else ""
    words += f"The report of a line, with the same -o as the page's own: {command} --report LINE" if command else ""
    return [
        heading("Service by service"),
        *([paragraph(words)] if words else []),
        tabled(shown, f"{what}, {a_month()}"),
    ]


def _rows(rows: Sequence[Sequence[str]]) -> Rows:
    columns, *cells = rows
    return [dict(zip(columns, row, strict=True)) for row in cells]


def _group(result: Organisation, name: str) -> Part:
    rows = _rows(group_rows(result, name, LISTED))
    more = len(result.groups(name)) - LISTED
    caption = f"By {name}, {a_month()}" + (f"; {more:,} more stand in portfolio.json" if more > 0 else "")
    return tabled(rows, caption)


def _payers(result: Organisation) -> list[Part]:
    if len(result.payers) < 2:
        return []
    rows = []
    for one in result.payers:
        before, after = (bill.total_usd for bill in (one.baseline, one.chosen))
        words = ["unknown" if usd is None else money(usd) for usd in (before, after)]
        rows.append({"payer": one.payer, "services": f"{one.services:,}", "now": words[0], "then": words[1]})
    return [tabled(rows, f"What each payer's bill is, {a_month()}")]


def _quotas(result: Organisation) -> list[Part]:
    rows = [
        {
            "account": one.account,
            "region": one.region,
            "quota": one.limit,
            "allowed": f"{one.allowed:,.0f}",
            "now at most": f"{one.baseline:,.0f}",
            "then at most": f"{one.chosen:,.0f}",
        }
        for one in result.quotas[:LISTED]
    ]
    if not rows:
        return []
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    shown = [{name: row[name] for name in columns} for row in rows]
    table = tabled(shown, "What all need of a quota together, if each is busiest at once")
    return [folded(table, "Quotas of each account and region, the fullest first")]
