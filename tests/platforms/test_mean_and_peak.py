"""A mean is never above its peak, on any platform."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from campaigns import seeds
from further_kinds import with_further_kinds
from lambdaplan import Scenario, compare
from lambdaplan.coldstart.week import spilled_week
from lambdaplan.queueing.erlang import erlang_b
from strategies import random_capacity_scenario

FIELD = Path(__file__).parents[1] / "golden" / "field"


def test_environments_beside_the_provisioned_ones_count_at_the_peak_too():
    """15,000 requests a second of 10 ms are 150 in flight. 150 that stand ready lose what Erlang's B gives, 6.3 %: 9.4
    run beside them, all the time, as the traffic is flat and has no bursts. The peak was said to be 150."""
    _, ready = compare(Scenario.load(FIELD / "i1_mean_above_peak.json")).options
    beside = 150 * erlang_b(servers=150, offered_erlangs=150.0)
    assert float(ready.fleet.units_mean) == pytest.approx(150 + beside, rel=1e-3)  # straight lines between knots
    assert float(ready.fleet.units_peak) == pytest.approx(150 + beside, rel=1e-3)
    assert ready.fleet.units_mean <= ready.fleet.units_peak


def test_the_peak_of_each_hour_is_its_own_ready_and_its_own_on_demand():
    """Ready by night, busy by day: the most is the larger of the two hours, not the most of each added up."""
    work = {"requests_per_month": 10**10, "duration_ms": 100, "measured_memory_mb": 1769, "busy_share": 0.3}
    traffic = {"hourly": ([1] * 12 + [3] * 12) * 7, "burst": 2}
    document = {"version": 1, "name": "nights", "workload": {**work, "working_set_mb": 100, "traffic": traffic}}
    ready = [400] * 12 + [10] * 12
    option = {"kind": "lambda", "memory_mb": 1769, "provisioned": ready * 7, "front_door": "none"}
    fleet = compare(Scenario.from_dict({**document, "options": [option]})).options[0].fleet
    mean_rps = 10**10 / (730 * 3600)
    rates = [mean_rps * weight / 2 for weight in traffic["hourly"]]
    beside = spilled_week(hourly_rps=[rate * 2 for rate in rates], service_s=0.1, provisioned=ready * 7) / 3600 * 0.1
    most = max(float(one) + stands for one, stands in zip(beside, ready * 7, strict=True))
    assert 1141 < most < 1142  # 380.5 in flight x 3 / 2 x 2 by day, of which 10 run on what stands ready
    assert float(fleet.units_peak) == pytest.approx(most, rel=2e-3)


def holds(document):
    for result in compare(Scenario.from_dict(document)).options:
        fleet = result.fleet
        assert fleet.units_mean <= fleet.units_peak, result.label
        assert fleet.in_flight_mean <= fleet.in_flight_peak, result.label


@pytest.mark.parametrize("seed", seeds(3, 400))
def test_no_mean_is_above_its_peak(seed):
    rng = random.Random(f"mean{seed}")
    holds(random_capacity_scenario(rng) if seed % 2 else with_further_kinds(rng))


@pytest.mark.parametrize("seed", seeds(4, 300))
def test_no_mean_is_above_its_peak_with_provisioned_environments(seed):
    rng = random.Random(f"ready{seed}")
    hourly = [rng.choice([0, 1, 2, 5, 20]) for _ in range(167)] + [1]
    traffic = rng.choice([{"shape": "flat", "burst": 1}, {"hourly": hourly, "burst": rng.choice([1, 1.5, 4])}])
    work = {
        "requests_per_month": rng.randint(1, 10**10),
        "duration_ms": rng.choice([1, 10, 100, 900]),
        "busy_share": 0.3,
    }
    work |= {"measured_memory_mb": 1769, "working_set_mb": 100, "traffic": traffic}
    work |= {"arrivals": "regular"} if rng.random() < 0.3 else {}
    if rng.random() < 0.3:  # a rare burst of a tenth of the requests
        rps = max(work["requests_per_month"] // 10 // (4 * 600), 1)
        work["requests_per_month"] = max(work["requests_per_month"], rps * 4 * 600 * 2)
        work["traffic"] = {**traffic, "bursts": [{"per_month": 4, "minutes": 10, "rps": rps}]}
    ready = rng.choice([1, 5, 150, 3000, [rng.choice([0, 1, 40, 900]) for _ in range(24)]])
    option = {"kind": "lambda", "memory_mb": 1769, "provisioned": ready, "front_door": "none"}
    holds({"version": 1, "name": "ready", "workload": work, "options": [option]})
