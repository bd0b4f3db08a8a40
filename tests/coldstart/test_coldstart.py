"""Cold starts: a published simulation, closed forms, a pool that is followed environment by environment, eigenvectors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lambdaplan
from campaigns import PROVE
from lambdaplan.coldstart import steady_rate
from lambdaplan.coldstart.deployment import deployment_cold_starts
from lambdaplan.coldstart.replay import ORDERS, _by_sorting, _by_walking, replay
from lambdaplan.coldstart.simulation import KeepAlive, measured_keep_alive, simulate
from lambdaplan.coldstart.steady_rate import cold_start_fraction
from lambdaplan.coldstart.week import cold_start_week
from lambdaplan.errors import InputError
from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.workload.traffic import shape_weights

# The example of N. Mahmoudi and H. Khazaei, "SimFaaS: A Performance Simulator for Serverless Computing Platforms", 2021,
# and the figures that a long simulation of it gives.
EXAMPLE = {"rps": 0.9, "service_s": 1.991, "cold_service_s": 2.244, "keep_alive_s": 600}
EXAMPLE_COLD, EXAMPLE_ALIVE, EXAMPLE_BUSY = 0.001331, 7.697, 1.7922


def test_it_is_there_once_lambdaplan_is_imported():
    assert lambdaplan.coldstart.cold_start_fraction(rps=0, service_s=1, keep_alive_s=1).cold_fraction == 1


# ---------------------------------------------------------------- the published example


def test_the_published_example_in_closed_form():
    found = cold_start_fraction(**EXAMPLE)
    assert found.cold_fraction == pytest.approx(EXAMPLE_COLD, rel=0.01)
    assert found.environments_mean == pytest.approx(EXAMPLE_ALIVE, rel=0.003)
    assert found.busy_mean == pytest.approx(EXAMPLE_BUSY, rel=0.0002)


def test_the_published_example_simulated():
    found = simulate(**EXAMPLE, requests=20_000_000 if PROVE else 2_000_000, seed=1)
    low, high = found.cold_fraction_interval
    assert low <= EXAMPLE_COLD <= high
    assert high - low < EXAMPLE_COLD * (0.05 if PROVE else 0.15)
    low, high = found.environments_mean_interval
    assert low <= EXAMPLE_ALIVE <= high
    assert found.environments_mean == pytest.approx(EXAMPLE_ALIVE, rel=0.01)
    assert found.busy_mean == pytest.approx(EXAMPLE_BUSY, rel=0.005)
    assert (found.throttled_fraction, found.wait_mean_s, found.spilled_fraction) == (0, 0, 1)


# ---------------------------------------------------------------- closed forms


@pytest.mark.parametrize("rps", [0.001, 0.01, 0.05])
def test_instant_service(rps):
    # A gap between arrivals longer than 100 s: exp(-rate x keep-alive); alive for min(gap, 100 s) after each.
    share = math.exp(-100 * rps)
    found = cold_start_fraction(rps=rps, service_s=0, keep_alive_s=100)
    assert found.cold_fraction == pytest.approx(share, rel=1e-9)
    assert found.environments_mean == pytest.approx(1 - share, rel=1e-9)
    assert found.busy_mean == 0
    run = simulate(rps=rps, service_s=0, keep_alive_s=100, requests=400_000, seed=2)
    assert run.cold_fraction == pytest.approx(share, abs=5 * math.sqrt(share * (1 - share) / 400_000))
    assert run.busy_mean == 0


def test_nothing_kept_and_no_traffic():
    found = cold_start_fraction(rps=2, service_s=1, cold_service_s=3, keep_alive_s=0)
    assert (found.cold_fraction, found.environments_mean, found.busy_mean) == (1, 6, 6)
    found = cold_start_fraction(rps=0, service_s=1, keep_alive_s=300)
    assert (found.cold_fraction, found.environments_mean, found.busy_mean) == (1, 0, 0)


def test_evenly_spaced_requests():
    # One every 10 s of 2 s each: 8 s idle, never cold but at first if that is kept, always otherwise.
    times = np.arange(0, 10_000, 10.0)
    kept = simulate(arrivals_s=times, service_s=2, service="constant", keep_alive_s=8)
    assert (kept.cold, kept.requests, kept.environments_mean, kept.runs) == (1, 1000, 1.0, 1)
    assert kept.cold_fraction_interval == (0.001, 0.001)
    given_up = simulate(arrivals_s=times, service_s=2, service="constant", keep_alive_s=7)
    assert (given_up.cold_fraction, given_up.environments_mean) == (1, pytest.approx(0.9))


# ---------------------------------------------------------------- an oracle that shares no code


def levels_by_eigenvectors(load, above):
    """For the busy count of M/M/infinity (service 1): P[max over a window <= m], by eigenvectors of each level."""
    top = int(load + above * math.sqrt(load) + above)
    pi = np.exp([k * math.log(load) - load - math.lgamma(k + 1) for k in range(top + 1)])
    for m in range(top):
        up = np.full(m, load)
        down = np.arange(1.0, m + 1)
        generator = np.diag(np.append(up, load) + np.arange(m + 1.0)) * -1
        side = np.sqrt(up * down)
        generator += np.diag(side, 1) + np.diag(side, -1)
        values, vectors = np.linalg.eigh(generator)
        yield values, (vectors.T @ np.sqrt(pi[: m + 1])) ** 2


@pytest.mark.parametrize(
    ("rps", "service_s", "keep_alive_s"),
    [(0.001, 2, 600), (0.05, 2, 600), (0.9, 1.991, 600), (5, 2, 320), (2, 5, 7), (0.05, 60, 2700)],
)
def test_equally_long_requests_are_exact(rps, service_s, keep_alive_s):
    load, window = rps * service_s, keep_alive_s / service_s
    alive = cold = 0.0
    for values, weights in levels_by_eigenvectors(load, 14):
        stays = weights * np.exp(values * window)
        alive += 1 - stays.sum()
        cold += -(values * stays).sum() / load
    found = cold_start_fraction(rps=rps, service_s=service_s, keep_alive_s=keep_alive_s)
    assert found.cold_fraction == pytest.approx(cold, rel=1e-7)
    assert found.environments_mean == pytest.approx(alive, rel=1e-7)
    same = cold_start_fraction(rps=rps, service_s=service_s, cold_service_s=service_s, keep_alive_s=keep_alive_s)
    assert same.cold_fraction == found.cold_fraction


def follow(arrivals, warm, cold, keep_alive, order):
    """The pool as a list of environments that are looked at one by one for each request."""
    pool, flags = [], []
    for number, (now, quick, slow) in enumerate(zip(arrivals, warm, cold, strict=True)):
        ready = [e for e in pool if e["free"] <= now and now - e["free"] <= keep_alive]
        flags.append(not ready)
        if ready:
            used = {"newest": lambda e: (-e["free"], -e["last"]), "oldest": lambda e: (e["free"], e["last"])}
            made = {"newest_created": lambda e: -e["made"], "oldest_created": lambda e: e["made"]}
            chosen = min(ready, key=(used | made)[order])
            chosen["free"] = now + quick
        else:
            chosen = {"made": now, "free": now + slow}
            pool.append(chosen)
        chosen["last"] = number
    return flags, sum(e["free"] + keep_alive - e["made"] for e in pool)


def random_trace(rng, *, ties):
    count = int(rng.integers(1, 120))
    arrivals = np.cumsum(rng.exponential(1, count))
    warm = rng.lognormal(0, 1, count) * 10 ** rng.uniform(-1, 1)
    if ties:  # whole seconds, several requests at once, some over at once
        arrivals, warm = np.floor(arrivals), np.floor(warm)
    cold = warm * rng.choice([1, 1.3, 6, 30]) + (rng.integers(0, 3) if ties else 0)
    return arrivals, warm, cold, float(np.ceil(10 ** rng.uniform(-1, 2)))


@pytest.mark.parametrize("ties", [False, True])
def test_the_identity_request_by_request(ties):
    rng = np.random.default_rng(3)
    settled = 0
    for _ in range(3000 if PROVE else 200):
        arrivals, warm, cold, keep_alive = random_trace(rng, ties=ties)
        flags, alive = follow(arrivals, warm, cold, keep_alive, "newest")
        for found in (_by_sorting(arrivals, warm, cold, keep_alive), replay(arrivals, warm, cold, keep_alive)):
            if found is None:  # too many passes: replay() walks
                continue
            settled += 1
            assert found.cold.tolist() == flags
            assert (found.gone_s - found.born_s).sum() == pytest.approx(alive, rel=1e-9)
            assert (found.busy_s == np.where(flags, cold, warm)).all()
    assert settled > (3000 if PROVE else 200) * 1.8


@pytest.mark.parametrize("order", ORDERS)
def test_the_walk_in_every_order_request_by_request(order):
    rng = np.random.default_rng(4)
    for _ in range(100):
        arrivals, warm, cold, keep_alive = random_trace(rng, ties=False)
        flags, alive = follow(arrivals, warm, cold, keep_alive, order)
        found = _by_walking(arrivals, warm, cold, keep_alive, order, None, False, 0)
        assert found.cold.tolist() == flags
        assert (found.gone_s - found.born_s).sum() == pytest.approx(alive, rel=1e-9)


def test_the_order_matters_as_published():
    # Newest or oldest made first: as newest used, within 0.3 %. Oldest used first is another story.
    runs = {order: simulate(**EXAMPLE, requests=200_000, seed=5, order=order) for order in ORDERS}
    newest = runs["newest"]
    for order in ("newest_created", "oldest_created"):
        assert runs[order].environments_mean == pytest.approx(newest.environments_mean, rel=0.003)
        low, high = newest.cold_fraction_interval
        assert low < runs[order].cold_fraction < high
    assert runs["oldest"].cold_fraction < newest.cold_fraction / 3
    assert runs["oldest"].environments_mean > newest.environments_mean * 1.1


# ---------------------------------------------------------------- limits, queues, provisioned environments


def test_a_limit_loses_what_erlang_says():
    found = simulate(rps=4, service_s=0.5, keep_alive_s=1e4, requests=100_000, limit=3, seed=6, service="lognormal")
    assert found.throttled_fraction == pytest.approx(float(erlang_b(servers=3, offered_erlangs=2)), rel=0.04)
    assert found.environments_mean == pytest.approx(3, rel=0.01)


def test_a_queue_waits_as_erlang_says():
    found = simulate(rps=4, service_s=0.5, keep_alive_s=1e4, requests=100_000, limit=3, at_limit="queue", seed=6)
    wait_s = float(erlang_c(servers=3, offered_erlangs=2)) * 0.5 / (3 - 2)
    assert found.wait_mean_s == pytest.approx(wait_s, rel=0.08)
    assert found.throttled_fraction == 0


def test_provisioned_environments_spill_what_erlang_says():
    found = simulate(rps=4, service_s=0.5, keep_alive_s=60, requests=100_000, provisioned=3, seed=6)
    assert found.spilled_fraction == pytest.approx(float(erlang_b(servers=3, offered_erlangs=2)), rel=0.04)
    without = simulate(rps=4, service_s=0.5, keep_alive_s=60, requests=100_000, seed=6)
    assert found.cold_fraction <= without.cold_fraction  # those three would have been warm all the same
    assert found.environments_mean < without.environments_mean - 2
    many = simulate(rps=4, service_s=0.5, keep_alive_s=60, requests=100_000, provisioned=30, seed=6)
    assert (many.cold, many.spilled_fraction, many.environments_mean) == (0, 0, 0)


# ---------------------------------------------------------------- loads, and cold requests that take longer


@pytest.mark.parametrize("rps", [0.001, 0.01, 0.1, 1, 10, 100])
@pytest.mark.parametrize("ratio", [1, 6])
def test_every_load_against_a_simulation(rps, ratio):
    # Long: `make prove`. The closed form may miss the interval by 0.6 % (alike) or 3.5 % (ratio 6).
    requests = {0.001: 0.2, 0.01: 1, 0.1: 4, 1: 20, 10: 60, 100: 60}[rps] * 1e6 if PROVE else 200_000
    found = simulate(
        rps=rps, service_s=2, cold_service_s=2 * ratio, keep_alive_s=600, requests=int(requests), seed=int(7 + ratio)
    )
    model = cold_start_fraction(rps=rps, service_s=2, cold_service_s=2 * ratio, keep_alive_s=600)
    low, high = found.cold_fraction_interval
    free = 0.006 if ratio == 1 else 0.035
    assert low / (1 + free) <= model.cold_fraction <= high / (1 - free)
    low, high = found.environments_mean_interval
    assert low * 0.997 <= model.environments_mean <= high * 1.003
    assert model.busy_mean == pytest.approx(found.busy_mean, rel=0.02)


def test_longer_cold_requests_are_followed():
    # Figures of long simulations, 2 s warm and 600 s kept: half-width of their 95 % intervals beside them.
    for rps, ratio, cold, half, alive in (
        (0.003, 6, 0.174109, 0.0026, None),
        (0.01, 6, 0.0201295, 0.0049, 1.11042),
        (0.1, 6, 0.00737059, 0.0033, 2.66810),
        (1, 3, 0.00128484, 0.0055, 8.20855),
        (1, 6, 0.00130429, 0.0044, 8.22143),
        (10, 6, 0.000308417, 0.0100, 37.43562),
    ):
        found = cold_start_fraction(rps=rps, service_s=2, cold_service_s=2 * ratio, keep_alive_s=600)
        assert found.cold_fraction == pytest.approx(cold, rel=(0.02 if rps == 10 else 0.002) + half), rps
        if alive:
            assert found.environments_mean == pytest.approx(alive, rel=0.0012), rps


def test_more_traffic_is_more_cold_starts_and_then_fewer():
    rates = np.geomspace(1e-4, 100, 60)
    found = cold_start_fraction(rps=rates, service_s=0.2, keep_alive_s=320)
    starts = found.cold_fraction * rates
    assert np.diff(starts)[0] > 0
    assert (np.diff(starts) < 0).any()
    # The share falls by and large, but not everywhere: where a second environment begins to be needed it rises.
    assert found.cold_fraction[0] > 0.9
    assert found.cold_fraction[-1] < 0.001
    assert (np.diff(found.cold_fraction) > 0).any()
    assert (np.diff(found.environments_mean) > 0).all()


@pytest.mark.parametrize("ratio", [1, 4])
def test_many_rates_are_as_one_by_one(ratio):
    rates = np.append(np.geomspace(1e-3, 300, 150), 0)
    together = cold_start_fraction(rps=rates, service_s=0.3, cold_service_s=0.3 * ratio, keep_alive_s=320)
    for place in (0, 40, 90, 130, 149, 150):
        alone = cold_start_fraction(
            rps=float(rates[place]), service_s=0.3, cold_service_s=0.3 * ratio, keep_alive_s=320
        )
        assert together.cold_fraction[place] == pytest.approx(alone.cold_fraction, rel=1e-7)
        assert together.environments_mean[place] == pytest.approx(alone.environments_mean, rel=1e-7)


@pytest.mark.parametrize("window", [0.05, 1, 300])
def test_heavy_traffic_joins_on(window, monkeypatch):
    args = {"rps": 40_000.0, "service_s": 1, "keep_alive_s": window}
    law = cold_start_fraction(**args)
    monkeypatch.setattr(steady_rate, "HEAVY", 10**6)
    summed = cold_start_fraction(**args)
    assert law.cold_fraction == pytest.approx(summed.cold_fraction, rel=1e-3)
    assert law.environments_mean == pytest.approx(summed.environments_mean, rel=1e-5)


# ---------------------------------------------------------------- keep-alive


def test_the_measured_keep_alive():
    curve = measured_keep_alive()
    known = dict(zip(curve.idle_s, curve.warm_fraction, strict=True))
    assert [known[t] for t in (300, 315, 330, 345, 360)] == [0.92, 0.57, 0.32, 0.06, 0]
    # 98, 100 and 99 of 100 at 120, 180 and 240 s are one level
    assert known[120] == known[180] == known[240] == pytest.approx(0.99)
    assert curve.at(0.08) == pytest.approx(300)
    assert curve.at(1) == curve.longest_s == 360


def test_a_curve_of_one_time_is_a_fixed_keep_alive():
    one = KeepAlive((320,), (0,))
    fixed = simulate(rps=0.1, service_s=1, keep_alive_s=320, requests=50_000, seed=8)
    drawn = simulate(rps=0.1, service_s=1, keep_alive_s=one, requests=50_000, seed=8)
    assert drawn.cold_fraction == pytest.approx(fixed.cold_fraction, rel=0.1)
    model = [cold_start_fraction(rps=0.1, service_s=1, keep_alive_s=k).cold_fraction for k in (320, one)]
    assert model[0] == pytest.approx(model[1], rel=1e-12)


@pytest.mark.parametrize("rps", [0.004, 0.1, 1])
def test_the_measured_curve_in_closed_form(rps):
    curve = measured_keep_alive()
    found = simulate(rps=rps, service_s=1, keep_alive_s=curve, requests=2_000_000 if PROVE else 200_000, seed=9)
    model = cold_start_fraction(rps=rps, service_s=1, keep_alive_s=curve)
    low, high = found.cold_fraction_interval
    assert low * 0.97 <= model.cold_fraction <= high * 1.03
    assert model.environments_mean == pytest.approx(found.environments_mean, rel=0.01)


# ---------------------------------------------------------------- a week, deployments


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


# ---------------------------------------------------------------- honesty, seeds


def test_the_interval_holds_the_truth_as_often_as_it_says():
    args = {"rps": 0.5, "service_s": 2, "keep_alive_s": 200}
    truth = cold_start_fraction(**args)  # exact: cold and warm take equally long
    shares = environments = 0
    for seed in range(200):
        found = simulate(**args, requests=20_000, seed=seed)
        low, high = found.cold_fraction_interval
        shares += low <= truth.cold_fraction <= high
        low, high = found.environments_mean_interval
        environments += low <= truth.environments_mean <= high
    assert shares >= 180
    assert environments >= 180


def test_nothing_cold_is_not_surely_nothing():
    found = simulate(rps=0.05, service_s=0, keep_alive_s=1000, requests=20_000, seed=0)  # exp(-50)
    assert found.cold == 0
    assert found.cold_fraction_interval[0] == 0
    assert 3 / 20_000 < found.cold_fraction_interval[1] < 6 / 20_000  # the rule of three says 3 / n


def test_same_seed_same_result():
    first, again, other = (simulate(**EXAMPLE, requests=30_000, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_bursts_and_measured_times():
    flat = simulate(rps=0.5, service_s=1, keep_alive_s=320, requests=200_000, seed=13)
    bursts = simulate(rps=0.5, service_s=1, keep_alive_s=320, requests=200_000, seed=13, burst=20, burst_s=60)
    assert bursts.cold_fraction > 5 * flat.cold_fraction
    assert bursts.busy_mean == pytest.approx(0.5, rel=0.1)
    drawn = simulate(rps=0.5, service_s=[0.5, 1.5], keep_alive_s=320, requests=200_000, seed=13)
    assert drawn.busy_mean == pytest.approx(0.5, rel=0.01)
    assert drawn.cold_fraction == pytest.approx(flat.cold_fraction, rel=0.25)


# ---------------------------------------------------------------- bad input

STEADY = {"rps": 1, "service_s": 1, "keep_alive_s": 300}
NO_NUMBERS = [-1, math.nan, math.inf, "1", None, True, [1, -2], 10**400]


@pytest.mark.parametrize("field", ["rps", "service_s", "keep_alive_s"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=[str(value)[:8] for value in NO_NUMBERS])
def test_a_rate_or_time_that_is_none_is_named(field, value):
    with pytest.raises(InputError) as error:
        cold_start_fraction(**{**STEADY, field: value})
    assert str(error.value).startswith(f"{field} = ")
    assert "\n" not in str(error.value)


def test_cold_requests_are_not_quicker():
    with pytest.raises(InputError, match=r"cold_service_s = 0\.5 does not fit: at least service_s, 1 \(s\)"):
        cold_start_fraction(**STEADY, cold_service_s=0.5)


def test_arrays_that_do_not_fit():
    with pytest.raises(InputError, match="arrays of one shape"):
        cold_start_fraction(rps=[1, 2, 3], service_s=[1, 2], keep_alive_s=300)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rps": 0}, "rps = 0 is not a number above 0"),
        ({"rps": -1}, "rps = -1"),
        ({"rps": 1e9, "keep_alive_s": 1e9}, "settles"),
        ({"keep_alive_s": math.nan}, "keep_alive_s = nan"),
        ({"requests": 0}, "requests = 0"),
        ({"requests": 1.5}, "requests = 1.5"),
        ({"requests": 10**12}, "at most 1,000,000,000"),
        ({"seed": -1}, "seed = -1"),
        ({"service": "exponentail"}, "Did you mean exponential?"),
        ({"order": "lru"}, "newest, oldest"),
        ({"service_cv": 0}, "service_cv = 0"),
        ({"burst": 0.5}, "burst = 0.5"),
        ({"limit": 0}, "limit = 0"),
        ({"limit": 1, "at_limit": "queue"}, "grows for ever"),
        ({"limit": 2, "provisioned": 3}, "provisioned = 3"),
        ({"at_limit": "drop"}, "throttle, queue"),
        ({"service_s": []}, "service_s = []"),
        ({"service_s": [1, -2]}, "service_s.1 = -2"),
        ({"rps": None}, "exactly one"),
        ({"arrivals_s": [1, 2]}, "exactly one"),
    ],
)
def test_a_simulation_that_can_not_be(changed, words):
    with pytest.raises(InputError) as error:
        simulate(**{**STEADY, **changed})
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([1.0], "at least 2 times"),
        ([1, 3, 2], "arrivals_s.2 = 2 after 3"),
        ([0, math.nan], "arrivals_s.1 = nan"),
        ([0, -1], "arrivals_s.1 = -1"),
        ([5, 5], "one moment"),
        ("trace.csv", "at least 2 times"),
    ],
)
def test_a_trace_that_can_not_be(times, words):
    with pytest.raises(InputError) as error:
        simulate(arrivals_s=times, service_s=1, keep_alive_s=300)
    assert words in str(error.value)


def test_a_trace_with_a_gap_goes_cold():
    times = np.concatenate((np.arange(100.0), 1e6 + np.arange(100.0)))
    found = simulate(arrivals_s=times, service_s=0.5, service="constant", keep_alive_s=300)
    assert (found.cold, found.requests) == (2, 200)


def test_all_problems_together():
    with pytest.raises(InputError) as error:
        simulate(rps=-1, service_s=math.nan, keep_alive_s=-5, requests=0)
    assert len(error.value.problems) == 4


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


def test_huge_and_tiny_values_are_answered():
    for rps in (1e-12, 1e9):
        for keep_alive_s in (1e-3, 1e9):
            for service_s in (0, 1e-9, 0.05):
                found = cold_start_fraction(rps=rps, service_s=service_s, keep_alive_s=keep_alive_s)
                assert 0 <= found.cold_fraction <= 1
                assert found.environments_mean >= found.busy_mean * (1 - 1e-9)


@pytest.mark.parametrize(
    ("times", "shares"),
    [((), ()), ((1, 2), (0,)), ((2, 1), (1, 0)), ((1, 2), (0, 1)), ((1, 2), (1, 0.5)), ((-1,), (0,))],
)
def test_a_keep_alive_curve_that_can_not_be(times, shares):
    with pytest.raises(InputError):
        KeepAlive(times, shares)
