"""Simulated cold starts: a published example, queues as Erlang has them, and how sure the result is."""

from __future__ import annotations

import math

import pytest

from campaigns import PROVE
from cold_pools import EXAMPLE, EXAMPLE_ALIVE, EXAMPLE_BUSY, EXAMPLE_COLD, STEADY
from lambdaplan.coldstart.simulation import KeepAlive, measured_keep_alive, simulate
from lambdaplan.coldstart.steady_rate import cold_start_fraction
from lambdaplan.errors import InputError
from lambdaplan.queueing.erlang import erlang_b, erlang_c


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
    ("times", "shares"),
    [((), ()), ((1, 2), (0,)), ((2, 1), (1, 0)), ((1, 2), (0, 1)), ((1, 2), (1, 0.5)), ((-1,), (0,))],
)
def test_a_keep_alive_curve_that_can_not_be(times, shares):
    with pytest.raises(InputError):
        KeepAlive(times, shares)
