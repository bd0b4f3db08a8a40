"""CSV of a graph of the CloudWatch console: header rows that name the series, then a row a period."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.metrics.series import METRICS, Series, series
from lambdaplan.evidence.metrics.service_metrics import metric_evidence
from lambdaplan.evidence.metrics.stored_points import Points, Shelf, StoredRows
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import seconds

_FULL = re.compile(
    r"(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?P<namespace>\S+) ?(?P<dimensions>.*?) ?(?P<metric>\S+) "
    r"(?P<statistic>Sum|Average|Maximum|Minimum|SampleCount|p\d+(?:\.\d+)?) (?P<period>\d+)"
)
_MOST_SERIES = 1000
_ZONE = "times are those of the console's setting, UTC or local: the file does not say which; taken as UTC"


def read_console(source: Source) -> Evidence:
    """Read the header rows in any order, then the rows of times; a cell without a figure is no point."""
    headers: dict[str, list[str]] = {}
    points, columns = StoredRows(2), 0
    for row in _upright(source):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        time = seconds(cells[0])
        if time is None:
            headers[cells[0].lower()] = cells[1:]
            continue
        columns = max(columns, len(cells) - 1)
        for place, cell in enumerate(cells[1:]):
            figure = number(cell)
            if figure is not None:
                points.add(place, time, figure)
    shelf = Shelf()
    every = ((place, points.rows(place)) for place in range(columns))
    made = [one for place, rows in every if (one := _series(headers, place, (rows[:, 0], rows[:, 1]), shelf))]
    if not made:
        words = "a row Full label or Label that names a metric, and rows of times"
        raise source.refuse("none of its columns is a known metric", words)
    status = headers.get("statuscode", [])
    partial = [cell for cell in status if cell and cell != "Complete"]
    return metric_evidence(made, [_ZONE, *([f"a series is {partial[0]}: a part of the data"] if partial else [])])


def _upright(source: Source) -> Iterator[list[str]]:
    """The rows, a period each; a table with a row a series is turned."""
    names = source.header
    times = [place for place, name in enumerate(names) if seconds(name) is not None]
    if len(times) < 2:
        yield from source.cells()
        return
    rows = [row for row in source.cells() if any(row)][:_MOST_SERIES]
    for place in range(len(names)):
        yield [row[place] if place < len(row) else "" for row in rows]


def _series(headers: dict[str, list[str]], place: int, points: Points, shelf: Shelf) -> Series | None:
    def header(name: str) -> str:
        cells = headers.get(name, [])
        return cells[place] if place < len(cells) else ""

    full = _FULL.fullmatch(header("full label"))
    label = header("label") or header("timestamp") or header("time")
    if full is None:
        return series((header("id"), header("full label") or label, ""), points, shelf=shelf)
    dimensions = re.findall(r"(\w+):(\S+)", full["dimensions"])
    of = next((value for name, value in dimensions if name in _RESOURCES), "")
    names = (header("id"), full["metric"], full["metric"])
    return series(names, points, of, statistic=full["statistic"], region=full["region"] or "", shelf=shelf)


_RESOURCES = ("FunctionName", "LoadBalancer", "ServiceName", "InstanceId", "ApiId", "ApiName", "AutoScalingGroupName")

_TOLD = "|".join(name for name in METRICS if name not in ("Count", "Latency"))
KINDS = (
    Kind(
        "cloudwatch_console_csv",
        "CSV of a graph of the CloudWatch console",
        "metrics",
        {
            "a row Label or Full label": r'^"?(Full label|Label|Timestamp|Time)"?[,;\t]',
            "a row Id or Full label, or names of metrics": r'^"?(Id|StatusCode|Messages|Full label)"?[,;\t]|'
            rf'^"?(Label|Timestamp|Time)"?[,;\t].*\b({_TOLD})\b',
            "rows of times": r'(^|[,;\t])"?(\d{4}[/-]\d\d[/-]\d\d[ T]\d\d:\d\d|\d\d?/\d\d?/\d{2,4},? \d\d?:\d\d)',
        },
        read_console,
    ),
)
