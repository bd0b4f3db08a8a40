"""Metric streams: a line that comes again, late or in any order, takes the place of the former."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lambdaplan.evidence.metrics import stored_points
from tests.evidence.variants import read


def line(minute: int, requests: float) -> str:
    """A line of one minute."""
    value = {"max": 1.0, "min": 1.0, "sum": requests, "count": requests}
    own = {"namespace": "AWS/Lambda", "metric_name": "Invocations", "dimensions": {"FunctionName": "orders"}}
    return json.dumps({**own, "timestamp": 1791158400000 + 60_000 * minute, "value": value, "unit": "Count"}) + "\n"


def test_the_last_line_of_a_minute_counts_whatever_the_order(tmp_path: Path) -> None:
    text = line(2, 5) + line(0, 1) + line(1, 100) + line(1, 7) + line(0, 3)
    kind, reads = read(tmp_path, text)
    assert (kind, reads["requests"]) == ("cloudwatch_metric_stream", 5 + 3 + 7)


@pytest.mark.parametrize(
    "values", [{"max": 4.0, "min": 1.0, "sum": 9.5, "count": 3.0}, {"count": 3, "sum": 9.5, "max": 4}]
)
@pytest.mark.parametrize("spaces", [(",", ":"), (", ", ": ")])
def test_lines_in_whichever_order_and_form_are_read_alike(
    values: dict[str, float], spaces: tuple[str, str], tmp_path: Path
) -> None:
    """Lines as AWS writes them are read at once; one that is written otherwise is parsed, with those around it."""
    own = {"metric_stream_name": "s", "account_id": "123456789012", "region": "eu-west-1", "namespace": "AWS/Lambda"}
    lines = []
    for minute in range(40):
        for metric in ("Invocations", "Duration", "Unknown"):
            stamp = {"dimensions": {"FunctionName": "orders"}, "timestamp": 1791158400000 + 60_000 * minute}
            one = {**own, "metric_name": metric, **stamp, "value": {**values, "p99": 4.0}, "unit": "Count"}
            lines.append(json.dumps(one, separators=spaces))
    other = json.dumps(dict(reversed(json.loads(lines[3]).items())))
    for text in ("\n".join(lines) + "\n", "\n".join([*lines[:3], other, *lines[4:], "", "no json"])):
        kind, reads = read(tmp_path, text)
        assert (kind, reads["requests"], reads["region"]) == ("cloudwatch_metric_stream", 380, "eu-west-1")
        assert reads["duration_ms"] == pytest.approx(9.5 / 3)


def test_rows_that_are_put_aside_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a dictionary of dictionaries: 2,000 random rows of 7 series, 100 of them in memory at a time."""
    monkeypatch.setattr(stored_points, "MOST_ROWS", 100)
    chance = np.random.default_rng(5)
    rows, told = stored_points.StoredRows(2), {}
    for count in (1, 30, 250, 0, 99, 120, 1500):
        keys, times = chance.integers(0, 7, count), chance.integers(0, 400, count)
        values = chance.random(count)
        rows.extend(keys, np.column_stack([times, values]))
        for key, time, value in zip(keys.tolist(), times.tolist(), values.tolist(), strict=True):
            told.setdefault(key, {})[float(time)] = value
    for key in range(7):
        assert dict(rows.rows(key).tolist()) == told[key]
        assert rows.rows(key)[:, 0].tolist() == sorted(told[key])
    assert rows.rows(7).shape == (0, 2)


def test_series_beyond_what_memory_holds_are_the_same_from_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "".join(line(minute, 3 + minute % 7) for minute in range(60 * 24 * 8))
    before = read(tmp_path, text)
    monkeypatch.setattr(stored_points, "MOST_ROWS", 1000)
    monkeypatch.setattr(stored_points, "MOST_HELD", 10)
    assert read(tmp_path, text) == before
    assert before[1]["requests"] == sum(3 + minute % 7 for minute in range(60 * 24 * 8))
