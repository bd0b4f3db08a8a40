"""Metric streams: a line that comes again, late or in any order, takes the place of the former."""

from __future__ import annotations

import json
from pathlib import Path

from lambdaplan.evidence.metrics.metric_stream import _Points
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


def test_what_comes_twice_is_not_held() -> None:
    points = _Points()
    for turn in range(60):
        for minute in range(5_000):
            points.add(60.0 * minute, turn, 1.0, 1.0)
    assert len(points._flat) <= 400_000 + 2 * 4 * 5_000 + 4
    assert set(points.by_time().values()) == {(59.0, 1.0, 1.0)}
    assert list(points.by_time()) == [60.0 * minute for minute in range(5_000)]
