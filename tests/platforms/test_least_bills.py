"""What sizes cost at least: never more than their bills, so that none is left out that might be the cheapest."""

from __future__ import annotations

import random

import pytest

from campaigns import seeds
from lambdaplan import Scenario
from lambdaplan.comparison.clearly_cheapest import most_usd
from lambdaplan.comparison.month import ask_for_sizes, broken, least_usd, month, settle
from lambdaplan.comparison.result import billed
from lambdaplan.pricing.bill import amounts

HYBRID = {"kind": "hybrid", "base": {"kind": "fargate", "size": "auto"}}
OPEN = [
    {"kind": "fargate", "size": "auto"},
    {"kind": "ec2", "instance_type": "auto", "architecture": "any"},
    {"kind": "ec2", "instance_type": "auto", "cpu_credits": "standard"},
    {"kind": "ecs_managed_instances", "instance_type": "auto"},
    {"kind": "lambda_managed_instances", "instance_type": "auto"},
]


@pytest.mark.parametrize("seed", seeds(2, 200))
def test_no_size_costs_less_than_its_least(seed):
    rng = random.Random(seed)
    scenario = _open_scenario(rng, OPEN)
    ask = ask_for_sizes(scenario, *[int(scenario.workload.requests_per_month)] * 2)
    sizes = scenario.options[0].choices(ask)
    for size in rng.sample(list(sizes), min(len(sizes), 8)):
        fleet, used = month(scenario, size)
        closer_usd, out = size.closer_least(ask)
        assert 0 <= size.least_usd(ask) <= closer_usd * (1 + 1e-9)
        assert closer_usd <= float(amounts(used).known_usd) * (1 + 1e-9)
        assert broken(fleet) or not out


@pytest.mark.parametrize("seed", seeds(4, 300))
def test_the_size_that_is_chosen_is_that_of_billing_all(seed):
    """Sizes that bounds leave out are billed here too."""
    rng = random.Random(seed)
    scenario = _open_scenario(rng, OPEN)
    slow = scenario.workload.slo is not None and rng.random() < 0.3
    scenario = (
        scenario.at("workload.slo.response_ms", scenario.workload.duration_ms) if slow else scenario
    )  # nobody can
    option = scenario.options[0]
    sizes = list(option.choices(ask_for_sizes(scenario, *[int(scenario.workload.requests_per_month)] * 2)))
    bills = [month(scenario, size) for size in sizes]
    usd = [(bool(broken(fleet)), amounts(used).known_usd) for fleet, used in bills]
    assert settle(scenario, option) == sizes[min(range(len(sizes)), key=lambda n: (usd[n], n))]


@pytest.mark.parametrize("seed", seeds(3, 400))
def test_a_bill_lies_between_its_least_and_that_of_a_size_it_had_elsewhere(seed):
    """So the answer may be told from both, without a size being chosen."""
    rng = random.Random(seed)
    counted = {"include": ["compute", "front_door", *rng.sample(["network", "operations"], 1)]}
    scenario = _open_scenario(rng, [*OPEN, HYBRID, {"kind": "lambda", "memory_mb": "auto"}], **counted)
    option = scenario.options[0]
    usd = float(billed(scenario, option).bill.known_usd)
    assert 0 <= least_usd(scenario, option) <= usd * (1 + 1e-9)
    elsewhere = scenario.at("workload.requests_per_month", rng.choice((10**6, 10**8)))
    size = settle(elsewhere, option)
    there = scenario.at("workload.duration_ms", rng.choice((10, 100, 1000)))
    made = billed(there, option)
    most = most_usd(there, option, size)
    if most < float("inf"):
        assert made.feasible
        assert made.cost_usd is not None
        assert float(made.cost_usd) <= most * (1 + 1e-9)


def _open_scenario(rng, options, **given):
    option = dict(rng.choice(options))
    if option["kind"] == "ec2":
        plans = ["compute_savings_plan_1y_no_upfront", "instance_savings_plan_3y_all_upfront"]
        option["purchases"] = ["on_demand", "spot", *plans]
    if rng.random() < 0.3 and option["kind"] in ("fargate", "ec2"):
        more = ({"units": 7}, {"min_units": 0}, {"scaling": "fixed"}, {"zones": 3}, {"survive_zone_loss": False})
        option |= rng.choice(more)
    work = {
        "requests_per_month": rng.choice((0, 1000, 10**7, 10**9)),
        "duration_ms": rng.choice((20, 200, 900)),
        "busy_share": rng.choice((0, 0.3, 1)),
        "working_set_mb": rng.choice((50, 900)),
        "traffic": {"shape": rng.choice(("flat", "office_hours", "spiky"))},
    }
    if rng.random() < 0.5:
        work["slo"] = {"percentile": 95, "response_ms": work["duration_ms"] * 4}
    document = {"version": 1, "name": "least", "workload": work, "options": [option], **given}
    if "operations" in given.get("include", []):
        document["operations"] = {"wage_usd_per_hour": 80}
        option["operations_hours"] = 3
    return Scenario.from_dict(document)
