"""Cold starts of requests that come equally spaced, against a simulation of each request."""

from __future__ import annotations

import heapq
import json
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from campaigns import PROVE, seeds
from lambdaplan import Scenario, compare
from lambdaplan.coldstart.regular import RegularWeek
from lambdaplan.comparison.comparison import REGULAR_SCOPE
from places import GOLDEN
from refusals import refused

WEEK = 168


def arrivals(rates: list[float], weeks: int, phase: float) -> list[float]:
    """The times at which the requests up to then pass phase, phase + 1, ..."""
    times, up_to, following = [], 0.0, phase
    for hour in range(weeks * WEEK):
        rate, start = rates[hour % WEEK], hour * 3600.0
        end = up_to + rate * 3600
        while rate and following <= end:
            times.append(start + (following - up_to) / rate)
            following += 1
        up_to = end
    return times


def walked(
    times: list[float], warm: float, cold: float, keep: float, ready: tuple[int, ...] | None = None, since: float = 0
) -> tuple[int, int]:
    """Cold requests and those on demand, one by one: provisioned environments first, then the newest idle one."""
    idle: list[float] = []
    busy: list[tuple[float, bool]] = []
    starts = spilled = standing = 0
    for at in times:
        while busy and busy[0][0] <= at + 1e-7:
            end, provisioned = heapq.heappop(busy)
            standing -= provisioned
            if not provisioned:
                idle.append(end)
        if ready is not None and standing < ready[int(at // 3600) % WEEK]:
            standing += 1
            heapq.heappush(busy, (at + warm, True))
            continue
        spilled += at >= since
        while idle and at - idle[0] > keep + 1e-7:
            idle.pop(0)
        is_warm = bool(idle)
        if is_warm:
            idle.pop()
        else:
            starts += at >= since
        heapq.heappush(busy, (at + (warm if is_warm else cold), False))
    return starts, spilled


def simulated(
    rates: list[F], warm: Any, cold: Any, keep: Any, ready: tuple[int, ...] | None = None, phases: int = 4
) -> tuple[float, float]:
    """Cold requests and those on demand in a week, on average over phases, after a first week."""
    numbers = [float(rate) for rate in rates]
    rows = [
        walked(arrivals(numbers, 2, (n + 0.5) / phases), float(warm), float(cold), float(keep), ready, WEEK * 3600)
        for n in range(phases)
    ]
    starts, spilled = (sum(column) / phases for column in zip(*rows, strict=True))
    return starts, spilled


def modelled(rates: list[F], warm: Any, cold: Any, keep: Any, ready: tuple[int, ...] | None = None) -> float:
    """The same by the model."""
    return float(RegularWeek(tuple(rates), F(warm), F(cold), F(keep), ready).week().cold_starts.sum())


# ---------------------------------------------------------------- a steady rate


@pytest.mark.parametrize(
    ("every_s", "warm", "cold", "keep", "share"),
    [
        (300, F(1, 2), F(13, 10), 320, 0),  # d1: called again before 320 s have passed
        (320, F(1, 2), F(13, 10), 320, 0),
        (F("320.5"), F(1, 2), F(13, 10), 320, 0),  # idle for exactly 320 s
        (321, F(1, 2), F(13, 10), 320, F(1, 2)),  # after a cold one it is idle for 319.7 s, after a warm one for 320.5
        (322, F(1, 2), F(13, 10), 320, 1),
        (3600, F(1, 2), F(13, 10), 320, 1),
        (F(1, 3), 10, 10, 320, 0),  # 30 at once
        (400, 600, 600, 320, 0),  # two at once, each idle for 200 s
        (480, 600, 600, 320, 1),  # two at once, each idle for 360 s
    ],
)
def test_a_steady_rate_has_a_closed_form(every_s: Any, warm: Any, cold: Any, keep: Any, share: Any) -> None:
    """Cold where ceil(rate x service) intervals less the service are longer than the keep-alive."""
    rates = [1 / F(every_s)] * WEEK
    requests = WEEK * 3600 / F(every_s)
    assert modelled(rates, warm, cold, keep) == pytest.approx(float(requests * share))
    if requests < 10_000:
        starts, _ = simulated(rates, warm, cold, keep)
        assert starts == pytest.approx(float(requests * share), abs=1)


def test_each_further_environment_starts_once_a_day() -> None:
    """A rate ten times as high from 08:00 to 18:00, 5 s each: 1 kept alive at night, 5 needed by day, so 4 start."""
    day = [F(1, 10)] * 8 + [F(1)] * 10 + [F(1, 10)] * 6
    assert modelled(day * 7, 5, 5, 320) == simulated(day * 7, 5, 5, 320, phases=1)[0] == 4 * 7
    # none at night: all five
    day = [F(0)] * 8 + [F(1)] * 10 + [F(0)] * 6
    assert modelled(day * 7, 5, 5, 320) == pytest.approx(35)
    # kept for a day: none
    assert modelled(day * 7, 5, 5, 86_400) == 0


# ---------------------------------------------------------------- weeks against each request


@pytest.mark.parametrize("seed", seeds(2, 60))
def test_rare_requests_of_any_week(seed: int) -> None:
    """Less than one within a keep-alive, or a few, from hour to hour otherwise: exact over all phases."""
    rng = random.Random(seed)
    rates = [F(rng.choice((0, 1, 2, 3, 5, 8)), rng.choice((400, 1000, 3600))) for _ in range(WEEK)]
    warm, keep = rng.choice((F(1, 2), 2)), rng.choice((60, 320, 900))
    cold = warm + rng.choice((0, F(1, 2), 3))
    starts, _ = simulated(rates, warm, cold, keep, phases=24 if PROVE else 6)
    assert modelled(rates, warm, cold, keep) == pytest.approx(starts, rel=0.01, abs=1)


@pytest.mark.parametrize("seed", seeds(1, 40))
def test_many_at_once_of_any_week(seed: int) -> None:
    """Exact where cold requests take no longer; within a fifth where they do, most within a tenth."""
    rng = random.Random(seed)
    rates = [F(rng.randint(0, 10) * rng.choice((10, 20)), 100) for _ in range(WEEK)]
    warm = rng.choice((1, 3))
    assert modelled(rates, warm, warm, 320) == pytest.approx(simulated(rates, warm, warm, 320, phases=1)[0], abs=2)
    cold = warm * rng.choice((F(5, 4), F(3, 2), 2))
    starts, _ = simulated(rates, warm, cold, 320, phases=1)
    assert modelled(rates, warm, cold, 320) == pytest.approx(starts, rel=0.2)


@pytest.mark.parametrize("ready", [0, 1, 2, 5])
def test_provisioned_environments_take_all_but_what_is_beyond_them(ready: int) -> None:
    """Of N needed at once, N less those ready in every N run on demand."""
    rng = random.Random(7)
    rates, week = [F(rng.randint(0, 10), 10) for _ in range(WEEK)], (ready,) * WEEK
    starts, spilled = simulated(rates, 3, 3, 320, week, phases=1)
    regular = RegularWeek(tuple(rates), F(3), F(3), F(320), week)
    assert float(regular.spilled.sum()) == pytest.approx(spilled, rel=0.002, abs=2)
    assert float(regular.week().cold_starts.sum()) == pytest.approx(starts, rel=0.02, abs=2)


def test_a_deployment_starts_all_that_are_needed() -> None:
    """30 at once at any time: 30, and 36 while the cold ones take 12 s; none where every request is cold anyway."""
    for cold, added in ((10, 30), (12, 36)):
        assert RegularWeek((F(3),) * WEEK, F(10), F(cold), F(320)).week().added_by_deployment == added
    assert RegularWeek((F(1, 400),) * WEEK, F(1), F(2), F(320)).week().added_by_deployment == 0


def test_environments_that_take_several_start_for_several() -> None:
    """30 at once, ten in an environment: a start from nothing is three."""
    day = [F(0)] * 8 + [F(3)] * 10 + [F(0)] * 6
    week = RegularWeek(tuple(day * 7), F(10), F(10), F(320), None, 10).week()
    assert float(week.cold_starts.sum()) == pytest.approx(3 * 7)
    assert float(week.environments_mean.max()) == pytest.approx(3)


# ---------------------------------------------------------------- in a scenario


D1 = json.loads((GOLDEN / "field" / "d1_regular_arrivals.json").read_text("utf-8"))


def warmer(requests: int, **work: Any) -> Scenario:
    """The warmer of d1 with other numbers."""
    given = {**D1["workload"], "requests_per_month": requests, **work}
    sweep = {"from": 5000, "to": 12_000, "scale": "linear"}
    dear = {"kind": "lambda", "memory_mb": 512, "front_door": "none", "keep_alive_s": 320}
    other = {"kind": "lambda", "memory_mb": 1024, "front_door": "none", "keep_alive_s": 1, "label": "other"}
    return Scenario.from_dict({**D1, "workload": given, "options": [dear, other], "sweep": sweep})


def test_d1_a_warmer_keeps_its_environment() -> None:
    """730 h / 300 s = 8,760 requests, kept for 320 s: none is cold."""
    comparison = compare(Scenario.from_dict(D1))
    fleet = comparison.options[0].fleet
    assert fleet.cold.starts == 0 and fleet.cold.environments == 1
    assert not any("initialisation" in line.item for line in comparison.options[0].bill.lines)
    assert REGULAR_SCOPE in comparison.warnings


@pytest.mark.parametrize("requests", [8200, 8199, 8198, 8190, 8180, 8179, 8178, 8000, 4380])
def test_both_sides_of_the_places_from_which_they_are_kept(requests: int) -> None:
    """730 h / 320.5 s = 8,199.7 requests, and 730 h / 321.3 s = 8,179.3: none cold, half of them, all."""
    every_s = F(730 * 3600, requests)
    share = 0 if every_s <= F("320.5") else F(1, 2) if every_s <= F("321.3") else 1
    assert compare(warmer(requests)).options[0].fleet.cold.starts == requests * share


def test_crossovers_hold_where_the_number_steps() -> None:
    """Each request count from 8,150 to 8,230 compared by itself."""
    comparison = compare(warmer(8000, init_ms=5000))
    winners = {
        at: compare(comparison.scenario.at("workload.requests_per_month", at)).winner for at in range(8150, 8231)
    }
    states = [comparison.at_start, *(change.above for change in comparison.crossovers)]
    for at, winner in winners.items():
        assert winner == states[sum(change.at <= at for change in comparison.crossovers)], at
    curve = comparison.axis.bills.costs(0, np.arange(8150, 8231))[0]
    places = [comparison.scenario.at("workload.requests_per_month", at) for at in winners]
    exact = [float(compare(place).options[0].cost_usd) for place in places]
    assert curve == pytest.approx(exact, rel=1e-12)


def test_a_schedule_keeps_ready_what_is_needed() -> None:
    """auto with a bound: as many as are in flight leave none cold."""
    work = {**D1["workload"], "requests_per_month": 50_000_000, "duration_ms": 900}
    option = {
        "kind": "lambda",
        "memory_mb": 512,
        "front_door": "none",
        "provisioned": "auto",
        "max_cold_fraction": 0.000001,
    }
    fleet = compare(Scenario.from_dict({**D1, "workload": work, "options": [option]})).options[0].fleet
    assert fleet.cold.starts <= 50


def test_what_does_not_go_with_it_is_one_line() -> None:
    more = {"deployments_per_month": 4, "canary_fraction": 0.1, "canary_minutes": 30}
    refused(lambda: warmer(8000, **more), "workload.canary_fraction", "equally spaced")
    refused(lambda: warmer(8000, arrivals="poisson"), "workload.arrivals", "random, regular")
