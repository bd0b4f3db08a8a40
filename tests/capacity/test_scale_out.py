"""What waits while a fleet grows: against a line of waiting requests followed second by second, and by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lambdaplan import compare
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.errors import InputError
from lambdaplan.scenario.scenario import Scenario

WORK: dict[str, Any] = {"duration_ms": 200, "busy_share": 0.5, "working_set_mb": 180, "measured_memory_mb": 1769}
FARGATE = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "survive_zone_loss": False, "target_utilisation": 0.5}


def asked(requests: int, hourly: list[int], burst: float = 1, **option: Any) -> Comparison:
    """A comparison of one task size; one task carries 10 requests a second, which take 100 ms of CPU each."""
    work = {**WORK, "requests_per_month": requests, "traffic": {"hourly": hourly, "burst": burst}}
    options = [{**FARGATE, "min_units": 1, "zones": 1, **option}]
    return compare(Scenario.from_dict({"version": 1, "name": "start", "workload": work, "options": options}))


def test_by_hand() -> None:
    """Nights of 5 a second on one task, days of 40 on eight, at half use: 40 on one task that carries 10 for 3 minutes."""
    week = ([5] * 12 + [40] * 12) * 7
    requests = sum(week) * 3600 * Fraction(730, 168)
    found = asked(int(requests), week, startup_s=180)
    start = found.options[0].start
    assert start is not None
    assert start.hours == tuple(range(12, 168, 24))
    assert start.when == "Monday 12:00"
    assert float(start.ratio or 0) == pytest.approx(4, rel=1e-6)
    assert float(start.wait_s) == pytest.approx(180 * (1 - 10 / 40), rel=1e-6)
    assert float(start.requests) == pytest.approx(7 * 40 * 180 * 730 / 168, rel=1e-6)
    (warning,) = [words for words in found.warnings if "start" in words]
    for words in ("180 s", "Monday 12:00", "4 times", "up to 135 s", "7 such hours a week", "219,000 requests a month"):
        assert words in warning
    said = found.options[0].document()["fleet"]["start"]
    assert said["overloaded_hours_a_week"] == 7 and said["wait_s"] == pytest.approx(135)


@pytest.mark.parametrize(("startup_s", "high"), [(60, 45), (300, 33), (900, 200)])
def test_a_line_of_requests_followed_through_time(startup_s: int, high: int) -> None:
    """The longest wait of a line that C a second leave, and all units after the start."""
    week = [5] * 84 + [high] * 84
    found = asked(int(sum(week) * 3600 * Fraction(730, 168)), week, startup_s=startup_s)
    start, units = found.options[0].start, found.options[0].fleet.units_peak
    assert start is not None
    step = 0.01
    time = np.arange(0, 3600, step)
    came = high * time
    carried = np.cumsum(np.where(time < startup_s, 10.0, 10.0 * float(units)) * step)
    served = carried + np.minimum(np.minimum.accumulate(came - carried), 0)  # none is served before it came
    waits = [np.interp(came[k], served, time) - time[k] for k in range(0, len(time), 100) if came[k] <= served[-1]]
    assert float(start.wait_s) == pytest.approx(max(waits), rel=0.01)


def test_the_peak_within_an_hour_counts() -> None:
    week = [10] * 84 + [20] * 84
    requests = int(sum(week) * 3600 * Fraction(730, 168))
    calm, bursty = (asked(requests, week, burst, startup_s=60).options[0].start for burst in (1, 3))
    assert calm is not None and bursty is not None
    assert calm.hours == () and calm.when == "" and calm.wait_s == 0
    assert bursty.hours == ()  # the fleet of a quiet hour is sized for its burst too: six tasks carry 60 a second
    steep = asked(requests, [1] * 84 + [29] * 84, 3, startup_s=60).options[0].start
    assert steep is not None and steep.worst == 84


def test_where_nothing_grows_nothing_waits() -> None:
    week = ([5] * 12 + [40] * 12) * 7
    for option in ({"scaling": "fixed"}, {"units": 20}, {"min_units": 20}):
        found = asked(60_000_000, week, startup_s=600, **option)
        start = found.options[0].start
        assert start is not None and not start.hours
        assert not any("start" in words for words in found.warnings)
    none = asked(60_000_000, week)
    assert none.options[0].start is None
    assert "start" not in none.options[0].document()["fleet"]
    assert "startup_s" not in none.to_json()


def test_from_nothing_all_wait_for_the_start() -> None:
    found = asked(10_000_000, ([0] * 12 + [40] * 12) * 7, min_units=0, startup_s=90)
    start = found.options[0].start
    assert start is not None and start.ratio is None and start.wait_s == 90
    assert any("none runs then" in words for words in found.warnings)


@pytest.mark.parametrize("value", [0, -1, 3601, "soon"])
def test_a_wrong_time_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="startup_s"):
        asked(1000, [1] * 168, startup_s=value)
