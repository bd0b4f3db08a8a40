"""Cold starts and spillover of rare bursts, against each request."""

from __future__ import annotations

import heapq
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan import Scenario, compare
from lambdaplan.coldstart.burst import burst_cold_starts
from lambdaplan.coldstart.regular import RegularWeek
from lambdaplan.coldstart.week import cold_start_week

KEPT = 320.0


def walked(times: Any, services: Any, longer: float, ready: int, since: float) -> tuple[int, int]:
    """Cold requests and those on demand from a time on, one request after another, the newest idle one first."""
    idle: list[float] = []
    busy: list[tuple[float, bool]] = []
    cold = spilled = standing = 0
    for at, service in zip(times, services, strict=True):
        while busy and busy[0][0] <= at:
            end, provisioned = heapq.heappop(busy)
            standing -= provisioned
            if not provisioned:
                idle.append(end)
        if standing < ready:
            standing += 1
            heapq.heappush(busy, (at + service, True))
            continue
        spilled += at >= since
        while idle and at - idle[0] > KEPT:
            idle.pop(0)
        if idle:
            idle.pop()
            heapq.heappush(busy, (at + service, False))
        else:
            cold += at >= since
            heapq.heappush(busy, (at + service + longer, False))
    return cold, spilled


def simulated(rate: float, rps: float, lasts: float, warm: float, longer: float, ready: int = 0) -> tuple[float, float]:
    """What one burst adds on a level rate, less what the rate has by itself; and what of all spills over in it."""
    rng, repeats = np.random.default_rng(3), 60 if PROVE else 8
    begin, end = 2 * KEPT, 2 * KEPT + lasts
    totals = np.zeros(2)
    for _ in range(repeats):
        parts = [(rate, 0.0, begin), (rps, begin, end), (rate, end, end + KEPT)]
        times = np.concatenate([np.sort(rng.uniform(a, b, rng.poisson(r * (b - a)))) for r, a, b in parts])
        totals += walked(times, rng.exponential(warm, len(times)), longer, ready, begin)
    week = cold_start_week(
        hourly_rps=[rate] * 168,
        service_s=warm,
        cold_service_s=warm + longer,
        keep_alive_s=KEPT,
        provisioned=[ready] * 168,
    )
    own = np.array([week.cold_starts.sum() * (lasts + KEPT), week.spilled.sum() * KEPT]) / (168 * 3600)
    starts, spilled = totals / repeats - own
    return float(starts), float(spilled)


@pytest.mark.parametrize(
    ("rate", "rps", "lasts", "warm", "longer", "ready"),
    [
        (0.5, 20, 60, 0.5, 0.0, 0),
        (2.0, 100, 600, 0.5, 0.0, 0),
        (2.0, 100, 600, 0.5, 1.0, 0),
        (0.01, 50, 60, 0.2, 0.8, 0),
        (10.0, 100, 30, 0.2, 0.3, 0),
        (2.0, 20, 600, 1.0, 2.0, 0),
        (2.0, 60, 120, 0.5, 0.0, 20),
    ],
)
def test_a_burst_starts_as_many_as_when_each_request_is_followed(
    rate: float, rps: float, lasts: float, warm: float, longer: float, ready: int
) -> None:
    """Within a sixth; where cold requests take no longer, within a tenth."""
    burst = burst_cold_starts(
        hourly_rps=np.full(168, rate),
        burst=1,
        provisioned=[ready] * 168 if ready else None,
        warm_s=warm,
        cold_s=warm + longer,
        keep_alive_s=KEPT,
        rps=float(rps),
        seconds=float(lasts),
    )
    starts, spilled = simulated(rate, rps, lasts, warm, longer, ready)
    assert burst.starts[0].sum() == pytest.approx(starts, rel=0.17 if longer else 0.1, abs=2)
    if ready:
        assert burst.spilled[0] == pytest.approx(spilled, rel=0.05)


def test_equally_spaced_requests_of_a_burst_start_what_they_need() -> None:
    """100/s of half a second need 50 at once; one is there: 49 start. With 1 s more for cold ones 149 more come."""
    week = RegularWeek((F(1, 10),) * 168, F(1, 2), F(1, 2), F(320))
    assert week.burst(F(100), F(600)).starts[0].sum() == 49
    longer = RegularWeek((F(1, 10),) * 168, F(1, 2), F(3, 2), F(320))
    assert longer.burst(F(100), F(600)).starts[0].sum() == pytest.approx(50 + 2 * 49 - 1, abs=1)
    # fewer requests than that in a burst of a tenth of a second
    assert week.burst(F(100), F(1, 10)).starts[0].sum() <= 10


@pytest.mark.parametrize("arrivals", ["random", "regular"])
def test_a_month_has_those_of_its_bursts(arrivals: str) -> None:
    """200 bursts in a month of otherwise level traffic: the rest as without them, and those of 200 bursts."""
    bursts = [{"per_month": 200, "minutes": 2, "rps": 50}]
    work = {
        "requests_per_month": 2_000_000,
        "duration_ms": 500,
        "busy_share": 0.3,
        "working_set_mb": 100,
        "init_ms": 1,
        "arrivals": arrivals,
        "traffic": {"shape": "flat", "burst": 1, "bursts": bursts},
    }
    document = {"version": 1, "name": "b", "workload": work, "options": [{"kind": "lambda", "memory_mb": 1769}]}
    scenario = Scenario.from_dict({**document, "sweep": {"from": 1000, "to": 10_000_000}})
    fleet = compare(scenario).options[0].fleet
    rate = 800_000 / ((730 - 200 / 30) * 3600)
    if arrivals == "random":
        each, _ = simulated(rate, 50, 120, 0.5, 0.001)
        week = cold_start_week(hourly_rps=[rate] * 168, service_s=0.5, cold_service_s=0.501, keep_alive_s=KEPT)
        rest = week.cold_starts_per_month()
    else:
        each, rest = 25 - 1 + 1, 0
    assert float(fleet.cold.starts) == pytest.approx(rest + 200 * each, rel=0.06)


def test_provisioned_environments_are_chosen_with_bursts_in_view() -> None:
    """auto within a share of cold requests keeps to it; what spills over has that of the bursts."""
    bursts = [{"per_month": 200, "minutes": 2, "rps": 50}]
    work = {
        "requests_per_month": 2_000_000,
        "duration_ms": 500,
        "busy_share": 0.3,
        "working_set_mb": 100,
        "init_ms": 300,
        "traffic": {"shape": "flat", "burst": 1, "bursts": bursts},
    }
    options = [
        {"kind": "lambda", "memory_mb": 1769, "provisioned": 10},
        {"kind": "lambda", "memory_mb": 1769, "provisioned": "auto", "max_cold_fraction": 0.001},
    ]
    document = {"version": 1, "name": "b", "workload": work, "options": options, "sweep": {"from": 1000, "to": 10**7}}
    ten, chosen = compare(Scenario.from_dict(document)).options
    # 25 at once on 10: 1,200,000 requests in bursts, of which more than a half run on demand
    assert 0.5 * 1_200_000 < ten.fleet.standby.spilled < 0.7 * 1_200_000
    assert chosen.fleet.cold.fraction <= F(1, 1000)
