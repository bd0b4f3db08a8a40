"""Results of Logs Insights, CSV or JSON, as rows by column, with what limits them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lambdaplan.evidence.source import Source

CUT_OFF = (1_000, 10_000, 100_000)  # rows at which a result ends, by default or at most
MB_OF_BYTES = "memory was divided by 1024 x 1024 in the query: put right, since Logs Insights counts MB x 1,000,000"


def result_rows(source: Source, notes: list[str]) -> Iterator[Mapping[str, str]]:
    """The rows of a result by the names of their columns, in small letters; notes get what limits it."""
    count = 0
    for row in _json_rows(source, notes) if source.head.lstrip()[:1] in ("{", "[") else source.rows():
        count += 1
        yield {column(name): value for name, value in row.items()}
    if count in CUT_OFF:
        notes.append(
            f"the result has {count:,} rows, at which Logs Insights cuts it off: ask for less time, or with stats"
        )


def _json_rows(source: Source, notes: list[str]) -> Iterator[Mapping[str, str]]:
    status = re.search(r'"status"\s*:\s*"(\w+)"', source.text)
    if status and status[1] != "Complete":
        notes.append(f"the query's status is {status[1]}: this is a part of the data")
    document = source.document
    results = document.get("results") if isinstance(document, dict) else document
    if not isinstance(results, list):
        raise source.refuse("it has no list of results", "what aws logs get-query-results prints")
    for row in results:
        if isinstance(row, dict):  # as a library or the console's JSON has them
            yield {str(name): str(value) for name, value in row.items() if name != "@ptr" and value is not None}
        if isinstance(row, list):
            cells = (cell for cell in row if isinstance(cell, dict) and "field" in cell)
            yield {str(cell["field"]): str(cell.get("value", "")) for cell in cells if cell["field"] != "@ptr"}


def column(name: str) -> str:
    """The name of a column without signs, in small letters: ``@maxMemoryUsed / 1000000`` is ``maxmemoryused``.

    Examples:
        >>> column("pct(@duration, 95)"), column("max(@memorySize / 1000000)"), column("p95_ms")
        ('pct_duration_95', 'max_memorysize', 'p95_ms')
    """
    text = name.strip().strip('"').lower().replace("record.metrics.", "")
    text = re.sub(r"/\s*\(?\s*(1000|1000000|1024|1e6)\b(\s*[*/]\s*(1000|1024))*\s*\)?", "", text)
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def megabytes(value: float) -> tuple[float, bool]:
    """Memory in MB from MB x 1,000,000, from MB, or from MB x 1,000,000 / 1024 / 1024; and whether it was the last.

    Examples:
        >>> megabytes(1.024e9), megabytes(512.0), megabytes(976.5625)
        ((1024.0, False), (512.0, False), (1024.0, True))
    """
    if value >= 1e6:
        return value / 1e6, False
    right = value * 1.048576
    if abs(value - round(value)) > 1e-3 and abs(right - round(right)) < 0.02:
        return float(round(right)), True
    return value, False
