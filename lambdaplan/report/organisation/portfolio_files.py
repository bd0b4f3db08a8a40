"""Files of an organisation's services: the ranking as CSV and Parquet, bills, groups and quotas as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from lambdaplan.currency import in_its_currency, with_currency
from lambdaplan.errors import Problem, ReportError, shorten
from lambdaplan.portfolio.concentration import concentration
from lambdaplan.portfolio.move_first import MoveFirst, migration_hours, saving_per_hour
from lambdaplan.portfolio.one_fleet import OneFleets
from lambdaplan.portfolio.organisation import Organisation, document
from lambdaplan.report.atomic_files import write_file, write_set
from lambdaplan.report.html_page import csv_text
from lambdaplan.report.organisation.portfolio_page import portfolio_page, report_folders
from lambdaplan.resources import __version__

PORTFOLIO = "portfolio"
OWN = ("portfolio.json", "portfolio.csv", "portfolio.parquet", "portfolio.html")

AMOUNTS = ("baseline_usd", "chosen_usd", "saving_usd")
PER_HOUR = "saving_usd_per_hour"


def portfolio_document(
    result: Organisation, by: Sequence[str], first: MoveFirst | None, packed: OneFleets | None = None
) -> dict[str, Any]:
    """The portfolio as ``portfolio.json`` has it."""
    more = {"concentration": concentration(result).document()}
    if first is not None:
        more["move_first"] = first.document()
    if packed is not None:
        more["one_fleet"] = packed.document()
    return document(result, by, __version__, more=more)


@in_its_currency
def write_organisation(
    result: Organisation,
    out: Path,
    by: Sequence[str],
    *,
    first: MoveFirst | None = None,
    packed: OneFleets | None = None,
    command: str = "",
) -> Path:
    """Write the page, the ranking, the bills, the groups and the quotas into a folder, whole or not at all.

    Parameters:
    by : names of the columns that group services.
    first : MoveFirst or None - what to move within so many hours.
    packed : OneFleets or None - what is worth having on one fleet.
    command : str - the command that made it, for a report of one row.

    Returns: Path of portfolio.html.
    Raises: ReportError when they can't be written; what was there before is still there.
    """

    def fill(new: Path) -> None:
        told = with_currency(portfolio_document(result, by, first, packed))
        text = json.dumps(told, indent=2, ensure_ascii=False)
        write_file(new / "portfolio.json", f"{text}\n")
        hours = migration_hours(result)
        write_file(
            new / "portfolio.csv",
            csv_text(_columns(result, hours, first, packed), _cells(result, hours, first, packed)),
        )
        _write_parquet(new / "portfolio.csv", new / "portfolio.parquet", more=hours is not None)
        reports = {
            line: name for line, name in report_folders(result).items() if (out / name / "report.html").is_file()
        }
        write_file(new / "portfolio.html", portfolio_page(result, by, reports, command, first=first, packed=packed))

    return write_set(out, PORTFOLIO, fill, own=OWN, sign="portfolio.json", kind="a portfolio") / "portfolio.html"


def _columns(
    result: Organisation, hours: np.ndarray | None, first: MoveFirst | None, packed: OneFleets | None
) -> list[str]:
    more = [] if hours is None else ["migration_hours", PER_HOUR]
    return [
        *result.service(int(result.rows[0])),
        *more,
        *([] if first is None else ["move_first"]),
        *([] if packed is None else ["one_fleet"]),
    ]


def _cells(
    result: Organisation, hours: np.ndarray | None, first: MoveFirst | None, packed: OneFleets | None
) -> Iterator[list[Any]]:
    ranking = result.ranking
    chosen = frozenset() if first is None else frozenset(first.rows.tolist())
    together = {row for one in packed.fleets for row in one.rows.tolist()} if packed else set()
    for row, one in zip(ranking.tolist(), result.services(ranking), strict=True):
        cells = [Decimal(value) if name in AMOUNTS else value for name, value in one.items()]
        if hours is not None:
            own = float(hours[row])
            each = saving_per_hour(result, hours, row)
            cells += [None if np.isnan(own) else own, None if each is None else Decimal(each)]
        if first is not None:
            cells.append(row in chosen)
        if packed is not None:
            cells.append(row in together)
        yield cells


def _write_parquet(table: Path, path: Path, *, more: bool) -> None:
    """The same rows as Parquet: amounts as decimals of six places, the line and hours as numbers, all else as text."""
    import duckdb

    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    source, target = (str(one).replace("'", "''") for one in (table, path))
    amounts = ", ".join(f"{name}::decimal(18, 6) as {name}" for name in AMOUNTS)
    if more:
        amounts += ", nullif(migration_hours, '')::double as migration_hours"
        amounts += f", nullif({PER_HOUR}, '')::decimal(18, 6) as {PER_HOUR}"
    try:
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("set threads = 1")
            read = f"read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"
            rows = f"select * replace (line::bigint as line, {amounts}) from {read}"  # noqa: S608 - names of our own
            connection.execute(f"copy ({rows}) to '{target}' (format parquet)")
    except duckdb.Error as error:
        words = shorten(str(error).splitlines()[0], 120)
        raise ReportError(Problem("storage", path.name, words, "a folder that can be written")) from None
