"""Fleets of work that may wait: the bound is kept, the next smaller fleet breaks it, nothing is lost or made."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

import oracle_waiting
from campaigns import PROVE
from lambdaplan.capacity.draining import Waiting, draining, least_capacity
from lambdaplan.numbers import Column
from lambdaplan.workload.traffic import Traffic, shape_weights

WEEKS = 1000 if PROVE else 12
DAY_AND_NIGHT = ((1,) * 12 + (3,) * 12) * 7


def traffic_of(weights, burst=1):
    return Traffic(hourly=tuple(map(Fraction, weights)), burst=Fraction(burst))


def random_week(rng):
    """Messages of 168 hours: few levels, many levels, or some busy hours; not all 0."""
    how = rng.randint(0, 3)
    if how == 0:
        week = [rng.choice((0, 1, 4)) for _ in range(168)]
    elif how == 1:
        week = [rng.randint(0, 9) for _ in range(168)]
    elif how == 2:
        week = [12 if rng.randint(0, 20) == 0 else 0 for _ in range(168)]
    else:
        week = [6 if 8 <= hour % 24 < 18 and hour < 120 else 1 for hour in range(168)]
    week[rng.randint(0, 167)] = 7
    return week


def test_hours_that_bring_ten_at_once_may_be_served_over_the_hour_and_the_wait():
    week = [10 if hour == 30 else 0 for hour in range(168)]
    assert least_capacity(traffic_of(week), 0) == 1  # weights are whole numbers of the same proportions: 1
    assert least_capacity(traffic_of(week), 3600) == Fraction(1, 2)  # served in its hour and the next
    assert least_capacity(traffic_of(week, 4), 3600) == Fraction(4, 5)  # all there after a quarter of an hour
    assert least_capacity(traffic_of(week, 4), 0) == 4  # at once


def test_no_less_than_what_comes_over_the_week_however_long_work_may_wait():
    assert least_capacity(traffic_of(DAY_AND_NIGHT), 14 * 86_400) == 2
    assert least_capacity(traffic_of(DAY_AND_NIGHT), 0) == 3


def test_a_fleet_that_follows_the_queue_serves_what_comes_and_no_more():
    for burst, wait_s in ((1, 0), (1, 60), (1, 7200), (2, 1800)):
        asked = draining(traffic_of(DAY_AND_NIGHT, burst), Fraction(wait_s))
        capacity = [Fraction(int(asked.capacity[place]), asked.scale) for place in asked.place_of_hour]
        work = [Fraction(int(asked.work[place]), asked.scale) for place in asked.place_of_hour]
        assert sum(work) == sum(DAY_AND_NIGHT), (burst, wait_s)
        assert all(done <= can for done, can in zip(work, capacity, strict=True))
        assert max(capacity) == Fraction(int(asked.least[0]), asked.scale)


def test_floats_of_waits_and_bursts_are_those_of_fractions():
    for name in ("spiky", "office_hours"):
        week = Traffic(hourly=shape_weights(name), burst=Fraction(3))
        waits = [0, 1, 59, 600, 3600, 40_000]
        along = draining(week, Column(np.array(waits, dtype=float)))
        for n, wait_s in enumerate(waits):
            at = draining(week, Fraction(wait_s))
            exact = [float(Fraction(int(at.capacity[place]), at.scale)) for place in at.place_of_hour]
            assert np.allclose(np.asarray(along.capacity)[n], exact, rtol=1e-9, atol=1e-9 * max(exact))


@pytest.mark.parametrize("seed", range(WEEKS))
def test_messages_one_by_one_never_wait_longer_than_they_may_and_do_with_less(seed):
    rng = random.Random(seed)
    week, burst = random_week(rng), rng.choice((1, 1, Fraction(3, 2), 2, 5))
    wait_s = Fraction(rng.choice((0, 60, 600, 1800, 3600, 5400, 20_000, 100_000)))
    traffic, wait = traffic_of(week, burst), wait_s / 3600
    scale = Fraction(sum(week), sum(traffic.whole))  # messages of a weight
    least = least_capacity(traffic, wait_s) * scale
    asked = draining(traffic, wait_s)
    hourly = [Fraction(int(asked.capacity[place]), asked.scale) * scale for place in asked.place_of_hour]
    for capacity in ([least] * 168, hourly):
        walked = Waiting(capacity, [Fraction(many) for many in week], Fraction(burst))
        assert walked.longest_s is not None
        assert walked.longest_s <= wait_s, capacity
        seen = oracle_waiting.longest_wait(week, burst, capacity)
        assert seen <= wait
        assert walked.longest_s >= seen * 3600  # the fluid has begun to come before a whole message is there
    less = Fraction(99, 100) * least
    walked = Waiting([less] * 168, [Fraction(many) for many in week], Fraction(burst))
    assert walked.longest_s is None or walked.longest_s > wait_s


@pytest.mark.parametrize("seed", range(3))
def test_none_is_lost_none_is_made_and_littles_law_holds(seed):
    rng = random.Random(100 + seed)
    week, burst = random_week(rng), rng.choice((1, 2))
    least = least_capacity(traffic_of(week, burst), 3600) * Fraction(sum(week), sum(traffic_of(week).whole))
    came = oracle_waiting.arrivals(week, burst, 2)
    begun, done = oracle_waiting.begun_and_done(came, [least] * 168)
    assert len(begun) == len(done) == 2 * sum(week)
    assert oracle_waiting.waiting_time(came, begun) == sum(b - a for a, b in zip(came, begun, strict=True))


def test_a_rare_burst_comes_where_the_most_waits():
    """730 h of 1 message a second beside 10 bursts of half an hour at 11: 19,800 messages within 30 minutes and an hour
    take 19,800 / 5,400 s; with the hour after them, which brings 3,600 more, 23,400 / 9,000 s.
    """
    from lambdaplan.workload.traffic import Burst

    month_s, burst_s = 730 * 3600, 10 * 1800
    requests = (month_s - burst_s) + 11 * burst_s
    bursts = (Burst(per_month=Fraction(10), minutes=Fraction(30), rps=Fraction(11)),)
    traffic = Traffic(burst=Fraction(1), bursts=bursts).within(requests, 730)
    mean_rps = Fraction(requests, month_s)
    least_rps = least_capacity(traffic, 3600) / traffic.mean_weight * mean_rps
    assert least_rps == Fraction(19_800, 5400)
