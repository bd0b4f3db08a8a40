"""What sizes cost at least: never more than their bills, so that none is left out that might be the cheapest."""

from __future__ import annotations

import random

import pytest

from campaigns import seeds
from lambdaplan import Scenario
from lambdaplan.comparison.month import ask_for_sizes, month
from lambdaplan.pricing.bill import amounts

OPEN = [
    {"kind": "fargate", "size": "auto"},
    {"kind": "ec2", "instance_type": "auto", "architecture": "any"},
    {"kind": "ec2", "instance_type": "auto", "cpu_credits": "standard"},
    {"kind": "ecs_managed_instances", "instance_type": "auto"},
    {"kind": "lambda_managed_instances", "instance_type": "auto"},
]


@pytest.mark.parametrize("seed", seeds(6, 200))
def test_no_size_costs_less_than_its_least(seed):
    rng = random.Random(seed)
    option = dict(rng.choice(OPEN))
    if option["kind"] == "ec2":
        plans = ["compute_savings_plan_1y_no_upfront", "instance_savings_plan_3y_all_upfront"]
        option["purchases"] = ["on_demand", "spot", *plans]
    if rng.random() < 0.3 and "managed" not in option["kind"]:
        option |= rng.choice(({"units": 7}, {"min_units": 0}, {"scaling": "fixed"}))
    work = {
        "requests_per_month": rng.choice((0, 1000, 10**7, 10**9)),
        "duration_ms": rng.choice((20, 200, 900)),
        "busy_share": rng.choice((0, 0.3, 1)),
        "working_set_mb": rng.choice((50, 900)),
        "traffic": {"shape": rng.choice(("flat", "office_hours", "spiky"))},
    }
    if rng.random() < 0.5:
        work["slo"] = {"percentile": 95, "response_ms": work["duration_ms"] * 4}
    scenario = Scenario.from_dict({"version": 1, "name": "least", "workload": work, "options": [option]})
    requests = work["requests_per_month"]
    ask = ask_for_sizes(scenario, requests, requests)
    sizes = scenario.options[0].choices(ask)
    for size in rng.sample(list(sizes), min(len(sizes), 8)):
        assert 0 <= size.least_usd(ask) <= float(amounts(month(scenario, size)[1]).known_usd) * (1 + 1e-9)
