"""Cold starts over a week and after deployments, against simulations."""

from __future__ import annotations

import heapq
import math
import random

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan.coldstart.replay import replay
from lambdaplan.coldstart.steady_rate import cold_start_fraction
from lambdaplan.coldstart.week import cold_start_week, deployment_cold_starts
from lambdaplan.errors import InputError
from lambdaplan.workload.traffic import shape_weights


def simulated_week(hourly, burst, warm, cold, keep_alive, weeks, seed):
    """Cold starts a week and environments, from arrivals drawn piece by piece."""
    rng = np.random.default_rng(seed)
    part = min(1 / 2, 1 / burst)
    spans = np.tile(np.array([part, 1 - part]) * 3600, 168 * weeks)
    rates = np.tile(np.outer(hourly, [burst, (1 - part * burst) / (1 - part)]).ravel(), weeks)
    counts = rng.poisson(spans * rates)
    begins = np.repeat(np.cumsum(spans) - spans, counts)
    arrivals = np.sort(begins + rng.random(counts.sum()) * np.repeat(spans, counts))
    sizes = rng.standard_exponential(len(arrivals))
    found = replay(arrivals, sizes * warm, sizes * cold, keep_alive)
    week = 168 * 3600
    number = (arrivals[found.cold] // week).astype(int)
    alive = (np.minimum(found.gone_s, weeks * week) - np.maximum(found.born_s, week)).clip(0).sum()
    return np.bincount(number, minlength=weeks)[1:], alive / week / (weeks - 1)


@pytest.mark.parametrize(
    ("shape", "mean", "burst", "service_s", "ratio", "free"),
    [
        ("office_hours", 0.5, 1.5, 0.2, 1, 0.02),
        ("daily", 0.5, 1, 1, 1, 0.02),
        ("spiky", 0.2, 4, 0.5, 1, 0.02),
        ("office_hours", 0.5, 1.5, 1, 3, 0.04),
    ],
)
def test_a_week_against_simulated_weeks(shape, mean, burst, service_s, ratio, free):
    weights = np.array([float(weight) for weight in shape_weights(shape)])
    hourly = weights / weights.mean() * mean
    cold_s, weeks = service_s * ratio, 60 if PROVE else 5
    starts, alive = simulated_week(hourly, burst, service_s, cold_s, 320, weeks, 10)
    found = cold_start_week(
        hourly_rps=hourly, service_s=service_s, cold_service_s=cold_s, keep_alive_s=320, burst=burst
    )
    noise = 2.5 * starts.std(ddof=1) / math.sqrt(len(starts)) / starts.mean()
    assert found.cold_starts.sum() == pytest.approx(starts.mean(), rel=free + noise)
    assert found.environments_mean.mean() == pytest.approx(alive, rel=0.01)
    part = min(1 / 2, 1 / burst)
    summed = 0
    for share, times in ((part, burst), (1 - part, (1 - part * burst) / (1 - part))):
        rates = hourly * times
        steady = cold_start_fraction(rps=rates, service_s=service_s, cold_service_s=cold_s, keep_alive_s=320)
        summed += (steady.cold_fraction * rates).sum() * share * 3600
    assert summed < found.cold_starts.sum()  # as if each hour had always been so: too few


def test_a_steady_week_is_a_steady_rate():
    steady = cold_start_fraction(rps=0.9, service_s=1, cold_service_s=2, keep_alive_s=400)
    week = cold_start_week(hourly_rps=[0.9] * 168, service_s=1, cold_service_s=2, keep_alive_s=400)
    assert week.cold_fraction == pytest.approx(steady.cold_fraction, rel=1e-9)
    assert week.environments_mean == pytest.approx(np.full(168, steady.environments_mean), rel=1e-3)
    assert week.requests.sum() == pytest.approx(0.9 * 168 * 3600)
    added = deployment_cold_starts(rps=0.9, service_s=1, cold_service_s=2, keep_alive_s=400)
    assert week.added_by_deployment == pytest.approx(added, rel=1e-3)
    month = week.cold_starts_per_month(deployments_per_month=10, hours_per_month=730)
    assert month == pytest.approx(steady.cold_fraction * 0.9 * 3600 * 730 + 10 * added, rel=1e-3)


def test_a_night_without_traffic():
    hourly = np.array(([0] * 8 + [0.5] * 10 + [0] * 6) * 7)
    week = cold_start_week(hourly_rps=hourly, service_s=0.5, keep_alive_s=320)
    assert (week.cold_starts[hourly == 0] == 0).all()
    assert week.environments_mean[0] == 0
    starts, alive = simulated_week(hourly, 1.0 + 1e-9, 0.5, 0.5, 320, 20, 11)
    assert week.cold_starts.sum() == pytest.approx(starts.mean(), rel=0.03)
    assert week.environments_mean.mean() == pytest.approx(alive, rel=0.02)


@pytest.mark.parametrize("rps", [0.002, 0.05, 0.9, 10])
def test_a_deployment_against_a_simulation(rps):
    # Cold starts of a new version within 600 s, from nothing; what starts anyway is taken off.
    rng = np.random.default_rng(12)
    counts = []
    for _ in range(400):
        arrivals = np.sort(rng.random(rng.poisson(rps * 600)) * 600)
        sizes = rng.standard_exponential(len(arrivals))
        counts.append(replay(arrivals, sizes, sizes, 600.0).cold.sum() if len(arrivals) else 0)
    anyway = rps * cold_start_fraction(rps=rps, service_s=1, keep_alive_s=600).cold_fraction * 600
    found = deployment_cold_starts(rps=rps, service_s=1, keep_alive_s=600)
    noise = 3 * np.std(counts) / 20
    assert found == pytest.approx(np.mean(counts) - anyway, rel=0.02, abs=noise)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hourly_rps": [1] * 167}, "167 numbers"),
        ({"hourly_rps": [0] * 168}, "168 zeros"),
        ({"hourly_rps": [1] * 167 + [-1]}, "hourly_rps = -1"),
        ({"keep_alive_s": 0}, "keep_alive_s = 0"),
        ({"burst": 0}, "burst = 0"),
        ({"hourly_rps": [1e9] * 168}, "at most 10,000 requests at once"),
    ],
)
def test_a_week_that_can_not_be(changed, words):
    with pytest.raises(InputError) as error:
        cold_start_week(**{"hourly_rps": [1] * 168, "service_s": 1, "keep_alive_s": 300, **changed})
    assert words in str(error.value)


def simulated(rng, rps, service_s, keep_alive_s, each, requests):
    """Share of cold requests, and mean environments that take several at once, the fullest going first."""
    now, ends, busy, last, born, cold, alive = 0.0, [], [], [], [], 0, 0.0
    for _ in range(requests):
        now += rng.expovariate(rps)
        while ends and ends[0][0] <= now:
            end, place = heapq.heappop(ends)
            busy[place], last[place] = busy[place] - 1, end
        for place, began in enumerate(born):
            if began is not None and not busy[place] and last[place] + keep_alive_s <= now:
                alive, born[place] = alive + last[place] + keep_alive_s - began, None
        free = [place for place, began in enumerate(born) if began is not None and busy[place] < each]
        if not free:
            cold += 1
            free = [place for place, began in enumerate(born) if began is None] or [len(born)]
            if free == [len(born)]:
                busy.append(0), last.append(0.0), born.append(None)
            born[free[0]] = now
        place = max(free, key=lambda one: busy[one])
        busy[place] += 1
        heapq.heappush(ends, (now + rng.expovariate(1 / service_s), place))
    return cold / requests, (alive + sum(now - began for began in born if began is not None)) / now


@pytest.mark.parametrize(
    ("rps", "service_s", "keep_alive_s", "each"), [(0.01, 0.2, 320, 4), (0.5, 2, 60, 3), (5, 1, 60, 2), (2, 1, 320, 3)]
)
def test_environments_of_several_requests_against_a_simulation(rps, service_s, keep_alive_s, each):
    """Requests are not moved to another environment where one gets free, which the model takes for granted."""
    cold, alive = simulated(random.Random(1), rps, service_s, keep_alive_s, each, 60_000)
    week = cold_start_week(
        hourly_rps=[rps] * 168, service_s=service_s, keep_alive_s=keep_alive_s, requests_at_once=each
    )
    assert week.environments_mean.mean() == pytest.approx(alive, rel=0.02)
    noise = 4 * (cold / 60_000) ** 0.5
    assert week.cold_fraction == pytest.approx(cold, rel=0.06, abs=noise)
