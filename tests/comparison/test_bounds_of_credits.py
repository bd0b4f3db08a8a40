"""Bounds of bills on `standard` CPU credits: no bill between two places is below the least or above the most."""

from __future__ import annotations

import random

import numpy as np
import pytest

import strategies
from campaigns import chunks
from lambdaplan import Scenario
from lambdaplan.capacity.sustained_fleet import left_at_end
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.comparison.bounds import bounds

PLAN = "compute_savings_plan_1y_no_upfront"


def random_axis(rng):
    traffic = strategies.week(rng) if rng.random() < 0.5 else {"hourly": strategies.hourly_weights(rng)}
    traffic["burst"] = rng.choice((1, 1.5, 3))
    if rng.random() < 0.2:
        traffic["bursts"] = [{"per_month": rng.choice((1, 40)), "minutes": rng.choice((5, 90)), "rps": 3}]
    document = {
        "version": 1,
        "name": "bounds",
        "workload": {
            "requests_per_month": 10_000_000,
            "duration_ms": rng.choice((20, 200, 900)),
            "busy_share": rng.choice((0.02, 0.3, 1)),
            "working_set_mb": 180,
            "traffic": traffic,
        },
        "options": [
            {
                "kind": "ec2",
                "instance_type": rng.choice(("t3.nano", "t3.small", "t4g.small", "t3.xlarge")),
                "cpu_credits": "standard",
                "min_units": rng.choice((0, 1, 2, 5)),
                "target_utilisation": rng.choice((0.2, 0.6, 1)),
                "survive_zone_loss": False,
                "purchase": rng.choice(("on_demand", "on_demand", PLAN)),
            }
        ],
    }
    return Axis(Scenario.from_dict(document))


@pytest.mark.parametrize("chunk", chunks(3, 300, 3), ids=str)
def test_no_bill_on_standard_credits_is_outside_its_bounds(chunk):
    for seed in chunk:
        rng = random.Random(seed)
        axis = random_axis(rng)
        least_place = max(axis.low, 1_000_000)
        places = [int(least_place * (axis.high / least_place) ** rng.random()) for _ in range(6)]
        places = np.unique([axis.low, *places, *(place + place // rng.choice((50, 1000)) for place in places)])
        limits = bounds(axis, 0, places)
        pairs = list(zip(places[:-1].tolist(), places[1:].tolist(), strict=True))
        inside = np.array([[low, rng.randint(low, high), rng.randint(low, high), high] for low, high in pairs])
        flat, back = np.unique(inside, return_inverse=True)
        cost = axis.bills.costs(0, flat)[0][back.reshape(inside.shape)]
        margin = 1e-9 * np.abs(cost)
        assert (cost >= limits.least[:, None] - margin).all(), seed
        assert (cost <= limits.most[:, None] + margin).all(), seed


def test_bounds_are_near_where_each_hour_needs_many_instances():
    """Of a fleet of hundreds that earns what it uses, in office hours and at night, bounds are within 5 %."""
    rng = random.Random(0)
    document = random_axis(rng).scenario.document()
    document["workload"] |= {"duration_ms": 200, "busy_share": 1, "traffic": {"shape": "office_hours"}}
    document["options"] = [{"kind": "ec2", "instance_type": "t3.small", "cpu_credits": "standard"}]
    limits = bounds(Axis(Scenario.from_dict(document)), 0, np.array([900_000_000, 900_100_000]))
    assert 0.95 < limits.least[0] / limits.most[0] < 1


def test_what_stands_idle_for_a_day_has_full_credits():
    """Two that compute nothing for 48 hours hold 24 hours of what each earns; at half of that use for 12 hours, 6."""
    used, carried = np.zeros((2, 168)), np.full((2, 168), 2.0)
    assert left_at_end(used, carried, 1) == [48]
    used[:, :-12], used[:, -12:] = 9, 1
    assert left_at_end(used, carried, 1) == [12]
    used[:, -1] = 9
    assert left_at_end(used, carried, 1) == [0]
