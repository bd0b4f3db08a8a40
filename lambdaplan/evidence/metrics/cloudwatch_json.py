"""CloudWatch metrics as `aws cloudwatch get-metric-data` and `get-metric-statistics` print them."""

from __future__ import annotations

import dataclasses
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.metrics.series import STATISTICS, Series, in_order, series
from lambdaplan.evidence.metrics.service_metrics import metric_evidence
from lambdaplan.evidence.metrics.stored_points import Shelf, StoredRows
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import any_seconds


def read_metric_data(source: Source) -> Evidence:
    """Read the series of get-metric-data; pages that were joined in a list count together."""
    data = _Data()
    if source.size * (20 if source.is_gzip else 1) > _LARGE and source.head.lstrip()[:1] in ("{", "["):
        prefix = "item." if source.head.lstrip()[0] == "[" else ""
        for one in source.items(f"{prefix}MetricDataResults.item"):
            data.take(source, one)
        if any(source.items(f"{prefix}NextToken")):
            data.notes.append(f"it has a NextToken: {_PART}")
    else:
        pages = source.documents
        for page in pages:
            results = page.get("MetricDataResults") if isinstance(page, dict) else None
            if not isinstance(results, list):
                raise source.refuse("it has no list MetricDataResults", "what aws cloudwatch get-metric-data prints")
            if page.get("NextToken") and page is pages[-1]:
                data.notes.append(f"it has a NextToken: {_PART}")
            for one in results:
                data.take(source, one)
    all_series = data.series()
    if not any(one.count for one in all_series):
        labels = ", ".join(sorted({label for _, label in data.known})[:5]) or "none"
        raise source.refuse(f"none of its series is known ({labels})", "series whose Label or Id names a metric of AWS")
    if any(not one.is_told for one in all_series):
        data.notes.append("the file does not say statistics: requests are taken as Sum, durations as Average")
    return metric_evidence(all_series, data.notes)


_LARGE = 8_000_000  # bytes; beyond, series are read one by one
_PART = "this is a part of the data"


class _Data:
    """Series by Id and label."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], int] = {}
        self.notes: list[str] = []
        self._rows = StoredRows(2)

    def take(self, source: Source, one: Any) -> None:
        """Take in one of MetricDataResults."""
        if not isinstance(one, dict):
            return
        times, values = one.get("Timestamps") or [], one.get("Values") or []
        label = str(one.get("Label") or "")
        if len(times) != len(values):
            words = "each Timestamp with its Value"
            raise source.refuse(f"{label or 'a series'} has {len(times)} times and {len(values)} values", words)
        status = one.get("StatusCode", "Complete")
        words = f"a series is {status}: {_PART}"
        if status not in ("Complete", None) and words not in self.notes:
            self.notes.append(words)
        place = self.known.setdefault((str(one.get("Id") or ""), label), len(self.known))
        for time, value in zip(times, values, strict=True):
            second, figure = any_seconds(time), number(value)
            if second is not None and figure is not None:
                self._rows.add(place, second, figure)

    def series(self) -> list[Series]:
        """The series of known metrics."""
        shelf, made = Shelf(), []
        for (identity, label), place in self.known.items():
            rows = self._rows.rows(place)
            one = series((identity, label, ""), (rows[:, 0], rows[:, 1]), shelf=shelf)
            made += [one] if one is not None else []
        return made


def read_metric_statistics(source: Source) -> Evidence:
    """Read the points of get-metric-statistics, which stand in no order, each with one statistic or more."""
    made: list[Series] = []
    notes: list[str] = []
    for document in source.documents:
        points = document.get("Datapoints") if isinstance(document, dict) else None
        if not isinstance(points, list):
            raise source.refuse("it has no list Datapoints", "what aws cloudwatch get-metric-statistics prints")
        own = _statistics(str(document.get("Label") or ""), points)
        if not own:
            label = str(document.get("Label") or "")[:40]
            words = "a Label that is a metric, and Datapoints with Timestamp and a statistic"
            raise source.refuse(f'its Label is "{label}" and it has {len(points)} points', words)
        made += own
        if len(points) == 1440:
            notes.append("it has 1,440 points, the most that one call gives: this may be a part of the data")
    return metric_evidence([dataclasses.replace(one, of="", is_told=True, region="") for one in made], notes)


def _statistics(label: str, points: list[Any]) -> list[Series]:
    """The series of one answer, one for each statistic of its points."""
    by: dict[str, dict[float, float]] = {}
    for point in points:
        if not isinstance(point, dict):
            continue
        time = any_seconds(point.get("Timestamp"))
        extended = point.get("ExtendedStatistics")
        figures = {name: point.get(name) for name in STATISTICS} | (extended if isinstance(extended, dict) else {})
        for name, value in figures.items():
            figure = number(value)
            if time is not None and figure is not None:
                by.setdefault(name, {})[time] = figure
    return [one for name, values in by.items() if (one := series(("", label, label), in_order(values), statistic=name))]


KINDS = (
    Kind(
        "cloudwatch_get_metric_data",
        "CloudWatch metrics of get-metric-data",
        "metrics",
        {
            "MetricDataResults": r'(^|")MetricDataResults"?\s*:',
            "Timestamps": r'"?Timestamps"?\s*:',
            "Values or Label": r'"?(Values|Label)"?\s*:',
        },
        read_metric_data,
    ),
    Kind(
        "cloudwatch_get_metric_statistics",
        "CloudWatch metrics of get-metric-statistics",
        "metrics",
        {"Datapoints": r'(^|")Datapoints"?\s*:', "Label or Timestamp": r'(^|")(Label|[- ]*Timestamp)"?\s*:'},
        read_metric_statistics,
    ),
)
