"""What spills over from provisioned environments: tables of telephone traffic, and environments that are followed."""

from __future__ import annotations

import heapq
import math
import random
from typing import Any

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan.coldstart.simulation import simulate
from lambdaplan.coldstart.week import cold_start_week, spilled_week
from refusals import refused
from spills import erlang


@pytest.mark.parametrize(
    ("servers", "erlangs", "lost"),
    [
        (1, 0.0101, 0.01),
        (2, 0.1526, 0.01),
        (5, 1.3608, 0.01),
        (10, 4.4612, 0.01),
        (15, 8.108, 0.01),
        (20, 12.031, 0.01),
    ],
)
def test_what_spills_over_is_in_the_tables_of_telephone_traffic(servers: int, erlangs: float, lost: float) -> None:
    """Published tables of offered load at a loss of 1 %, to their three digits."""
    week = spilled_week(hourly_rps=[erlangs] * 168, service_s=1, provisioned=[servers] * 168)
    assert week / (3600 * erlangs) == pytest.approx(np.full(168, lost), rel=2e-3)


@pytest.mark.parametrize("service", ["exponential", "constant", "lognormal"])
def test_the_distribution_of_service_times_does_not_matter(service: str) -> None:
    """Against every request followed on its own."""
    found = simulate(rps=5, service_s=2, keep_alive_s=320, provisioned=9, service=service, requests=400_000, seed=5)
    week = spilled_week(hourly_rps=[5] * 168, service_s=2, provisioned=[9] * 168)
    assert float(week.sum() / (5 * 3600 * 168)) == pytest.approx(found.spilled_fraction, rel=0.015)


def test_a_burst_spills_as_two_halves_of_an_hour() -> None:
    week = spilled_week(hourly_rps=[4] * 168, service_s=1, provisioned=[6] * 168, burst=1.5)
    assert float(week[0]) == pytest.approx(1800 * (6 * erlang(6, 6) + 2 * erlang(6, 2)))
    week = spilled_week(hourly_rps=[4] * 168, service_s=1, provisioned=[6] * 168, burst=4)
    assert float(week[0]) == pytest.approx(900 * 16 * erlang(6, 16))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("provisioned", [1] * 167, "168 numbers"),
        ("provisioned", [0.5] * 168, "whole"),
        ("provisioned", [-1] * 168, "at least 0"),
        ("provisioned", [10**7] * 168, "1,000,000"),
        ("hourly_rps", [math.nan] * 168, "at least 0"),
        ("service_s", -1, "at least 0"),
        ("burst", 0.5, "at least 1"),
    ],
)
def test_a_wrong_week_is_refused(name: str, value: Any, words: str) -> None:
    given: dict[str, Any] = {"hourly_rps": [1] * 168, "service_s": 1, "provisioned": [1] * 168, name: value}
    refused(lambda: spilled_week(**given), name, words)
    refused(lambda: cold_start_week(keep_alive_s=320, **given), name, words)


@pytest.mark.parametrize(
    ("rps", "service_s", "cold_s", "ready"), [(1, 2, 2, 3), (0.1, 2, 6, 1), (5, 2, 6, 8), (0.02, 1, 1, 2)]
)
def test_what_spills_over_is_as_often_cold_as_in_simulations(
    rps: float, service_s: float, cold_s: float, ready: int
) -> None:
    """Share of cold requests and mean of further environments, within twice the interval of a long simulation."""
    times = {"service_s": service_s, "cold_service_s": cold_s, "keep_alive_s": 320}
    found = simulate(rps=rps, provisioned=ready, requests=600_000, seed=11, **times)
    week = cold_start_week(hourly_rps=[rps] * 168, provisioned=[ready] * 168, **times)
    for value, middle, interval in (
        (week.cold_fraction, found.cold_fraction, found.cold_fraction_interval),
        (week.environments_mean.mean(), found.environments_mean, found.environments_mean_interval),
    ):
        assert abs(value - middle) < interval[1] - interval[0] + 0.01 * middle


def test_few_provisioned_environments_make_no_request_warmer() -> None:
    """Those that traffic keeps warm anyway save no cold start; only those beyond do."""
    week = [
        cold_start_week(hourly_rps=[5] * 168, service_s=2, keep_alive_s=320, provisioned=[ready] * 168).cold_fraction
        for ready in (0, 8, 14, 20, 24)
    ]
    assert week[1] == pytest.approx(week[0], rel=1e-6)
    assert week[2] == pytest.approx(week[0], rel=1e-3)
    assert week[4] < week[3] < 0.9 * week[0]


def test_nothing_provisioned_is_the_same_as_none() -> None:
    given: dict[str, Any] = {
        "hourly_rps": list(range(168)),
        "service_s": 0.2,
        "cold_service_s": 0.5,
        "keep_alive_s": 320,
    }
    none, nothing = cold_start_week(**given), cold_start_week(**given, provisioned=[0] * 168)
    assert (none.cold_starts == nothing.cold_starts).all()
    assert none.added_by_deployment == nothing.added_by_deployment
    assert (none.spilled == none.requests).all()


def followed(rates: list[float], ready: list[int], service_s: float, keep_s: float, weeks: int) -> np.ndarray:
    """Cold starts of each hour of a week, every request followed: provisioned first, then the newest idle one."""
    draw = random.Random(7)
    cold, idle, ends = np.zeros(168), [], []  # idle: times since which, the newest last
    busy_ready, now = 0, 0.0
    most = max(rates)
    while now < weeks * 168 * 3600:
        now += draw.expovariate(most)
        hour = int(now // 3600) % 168
        if draw.random() * most >= rates[hour]:
            continue
        while ends and ends[0][0] <= now:
            at, provisioned = heapq.heappop(ends)
            if provisioned:
                busy_ready -= 1
            else:
                idle.append(at)
        end = now + draw.expovariate(1 / service_s)
        if busy_ready < ready[hour]:
            busy_ready += 1
            heapq.heappush(ends, (end, True))
            continue
        while idle and idle[0] < now - keep_s:
            idle.pop(0)
        if idle:
            idle.pop()
        else:
            cold[hour] += 1
        heapq.heappush(ends, (end, False))
    return cold / weeks


def test_a_schedule_that_changes_is_followed() -> None:
    """Where the number falls from one hour to the next, on-demand environments start anew for what it served."""
    rates, ready = [1.0, 1.0, 0.2, 2.0] * 42, [4, 0, 0, 3] * 42
    found = followed(rates, ready, 2.0, 320, 4 if PROVE else 2)
    week = cold_start_week(hourly_rps=rates, service_s=2, keep_alive_s=320, provisioned=ready)
    each = found.reshape(-1, 4).mean(axis=0)
    assert week.cold_starts.reshape(-1, 4).mean(axis=0) == pytest.approx(each, rel=0.08)
    assert each[1] > 2 * each[2]  # the hour after four were taken away
