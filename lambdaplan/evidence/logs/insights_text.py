"""Results of Logs Insights as a table of text: of the console (ASCII, Markdown), and of --output table of the CLI."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind, read_within
from lambdaplan.evidence.source import Source

_RULE = re.compile(r"[|+:\s-]*")


def read_console(source: Source) -> Evidence:
    """Read the rows between the bars, the first with the names of the columns."""
    return read_within(source, _csv(_bars(source)), "its table was taken for a CSV")


def read_cli(source: Source) -> Evidence:
    """Read tables of field and value, one a row of the result."""
    return read_within(source, _csv(_of_pairs(source)), "its tables were taken for a CSV")


def _bars(source: Source) -> Iterator[list[str]]:
    for line in source.lines():
        text = line.strip()
        if text[:1] == "|" and not _RULE.fullmatch(text):
            yield [cell.strip().replace("\\@", "@") for cell in text.strip("|").split("|")]


def _of_pairs(source: Source) -> Iterator[list[str]]:
    """The names of the fields, then a row for each table with the title ``results``."""
    names: list[str] = []
    row: dict[str, str] | None = None
    for cells in _bars(source):
        if len(cells) == 1:
            if row:
                names, whole = _named(names, row)
                yield from whole
            row = {} if cells[0] == "results" else None
        elif row is not None and len(cells) == 2 and cells != ["field", "value"]:
            row[cells[0]] = cells[1]
    if row:
        yield from _named(names, row)[1]


def _named(names: list[str], row: dict[str, str]) -> tuple[list[str], list[list[str]]]:
    """The names, which the first row gives, and the row by them, after the names where they are new."""
    own = names or [name for name in row if name != "@ptr"]
    whole = [[row.get(name, "") for name in own]]
    return own, whole if names else [own, *whole]


def _csv(rows: Iterator[list[str]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()


_COLUMN = r"(?:@\w+|\w+_ms|\w+\(@\w+|\bbin\()"
KINDS = (
    Kind(
        "insights_table_cli",
        "a result of Logs Insights as --output table prints it",
        "logs",
        {
            "GetQueryResults": r"^\|\s+GetQueryResults\s+\|",
            "results": r"^\|\|\s+results\s+\|\|",
            "field and value": r"^\|\|\s+field\s+\|\s+value\s+\|\|",
            "a table": r"\A-+$",
        },
        read_cli,
    ),
    Kind(
        "insights_table_text",
        "a result of Logs Insights as a table of text",
        "logs",
        {
            "columns between bars": rf"\A(?:[-+|\s]*\n)?\s*\|[^\n]*\\?{_COLUMN}[^\n]*\|[ \t]*$",
            "a rule": r"^\s*[|+][-+|: \t]*-{3}[-+|: \t]*$",
            "a row": r"^\s*\|[^\n|]*\d[^\n]*\|[ \t]*$",
        },
        read_console,
    ),
)
