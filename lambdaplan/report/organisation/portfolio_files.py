"""Files of an organisation's services: the ranking as CSV and Parquet, bills, groups and quotas as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import Problem, ReportError, shorten
from lambdaplan.formatting import money, share_text
from lambdaplan.portfolio.organisation import Organisation, document
from lambdaplan.report.atomic_files import write_file, write_set
from lambdaplan.report.html_page import csv_text
from lambdaplan.resources import __version__

PORTFOLIO = "portfolio"
OWN = ("portfolio.json", "portfolio.csv", "portfolio.parquet", "portfolio.html")
AMOUNTS = ("baseline_usd", "chosen_usd", "saving_usd")
MOST_ROWS = 20  # of a ranking, on a terminal


def answer(result: Organisation) -> str:
    """The portfolio in a sentence."""
    before, after = result.baseline_usd, result.chosen_usd
    least = "" if result.is_whole else "at least "
    count, moved = len(result.rows), int((result.use.choice[result.rows] > 0).sum())
    gap = before - after
    part = f" ({share_text(Fraction(gap) / Fraction(before))})" if before else ""
    saved = f"{money(gap)}{part} less" if gap > 0 else "nothing less" if not gap else f"{money(-gap)} more"
    return (
        f"{count:,} {'service costs' if count == 1 else 'services cost'} {least}{money(before)} a month "
        f"{'on its first option' if count == 1 else 'on their first options'}, and {money(after)} with "
        f"{moved:,} of them moved: {saved}"
    )


def notes(result: Organisation) -> list[str]:
    """What a reader must know of the figures."""
    words = []
    if any(not one.certain for one in result.payers):
        words.append("Amounts of so many services may be a cent off: they are added up in floats")
    broken = [one for one in result.quotas if one.broken]
    for one in broken[:5]:
        where = f"{one.account} in {one.region}" if one.account else one.region
        words.append(
            f"{where}: at most {one.chosen:,.0f} {one.unit} together, if all are busiest at once, and "
            f"{one.allowed:,.0f} are allowed ({one.limit})"
        )
    if len(broken) > 5:
        words.append(f"{len(broken) - 5:,} more quotas may not do, all in portfolio.json")
    return words


def ranking_rows(result: Organisation, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """The services that save most, as columns of text; the first row is the header."""
    rows: list[tuple[str, ...]] = [("service", "first option", "its share", "chosen", "share then", "saving")]
    for one in result.services(result.ranking[:most]):
        chosen = one["chosen"] if one["chosen"] != one["baseline"] else "the first"
        usd = [money(Fraction(one[name])) for name in AMOUNTS]
        rows.append((one["name"], one["baseline"], usd[0], chosen, usd[1], usd[2]))
    return rows


def group_rows(result: Organisation, name: str, most: int = MOST_ROWS) -> list[tuple[str, ...]]:
    """Groups of services as columns of text; the first row is the header."""
    rows: list[tuple[str, ...]] = [(name, "services", "moved", "now", "then", "saving")]
    for one in result.groups(name)[:most]:
        usd = [money(Fraction(amount)) for amount in (one.baseline_usd, one.chosen_usd, one.saving_usd)]
        rows.append((one.value or "none", f"{one.services:,}", f"{one.moved:,}", *usd))
    return rows


def write_organisation(result: Organisation, out: Path, by: Sequence[str]) -> Path:
    """Write the ranking, the bills, the groups and the quotas into a folder, whole or not at all.

    Returns: Path of portfolio.json.
    Raises: ReportError when they can't be written; what was there before is still there.
    """

    def fill(new: Path) -> None:
        text = json.dumps(document(result, by, __version__), indent=2, ensure_ascii=False)
        write_file(new / "portfolio.json", f"{text}\n")
        write_file(new / "portfolio.csv", csv_text(_columns(result), _cells(result)))
        _write_parquet(new / "portfolio.csv", new / "portfolio.parquet")

    return write_set(out, PORTFOLIO, fill, own=OWN, sign="portfolio.json", kind="a portfolio") / "portfolio.json"


def _columns(result: Organisation) -> list[str]:
    return list(result.service(int(result.rows[0])))


def _cells(result: Organisation) -> Iterator[list[Any]]:
    for one in result.services(result.ranking):
        yield [Decimal(value) if name in AMOUNTS else value for name, value in one.items()]


def _write_parquet(table: Path, path: Path) -> None:
    """The same rows as Parquet: amounts as decimals of six places, the line as a number, all else as text."""
    import duckdb

    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    source, target = (str(one).replace("'", "''") for one in (table, path))
    amounts = ", ".join(f"{name}::decimal(18, 6) as {name}" for name in AMOUNTS)
    try:
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("set threads = 1")
            read = f"read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')"
            rows = f"select * replace (line::bigint as line, {amounts}) from {read}"  # noqa: S608 - names of our own
            connection.execute(f"copy ({rows}) to '{target}' (format parquet)")
    except duckdb.Error as error:
        words = shorten(str(error).splitlines()[0], 120)
        raise ReportError(Problem("storage", path.name, words, "a folder that can be written")) from None
