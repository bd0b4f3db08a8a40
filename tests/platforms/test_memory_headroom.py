"""Memory that stays free of a size that is chosen, on every platform alike; the fastest and the balanced memory."""

from __future__ import annotations

import itertools
import json
import math
import random
from fractions import Fraction as F

import pytest

import lambdaplan
from campaigns import PROVE, seeds
from lambdaplan.comparison.month import settle

WORK = {"requests_per_month": 10**6, "duration_ms": 100, "cpu_ms": 0, "working_set_mb": 100}
AUTO = {
    "lambda": {"kind": "lambda", "memory_mb": "auto"},
    "fargate": {"kind": "fargate", "size": "auto"},
    "ec2": {"kind": "ec2", "instance_type": "auto", "families": ["t3"]},
    "ecs": {"kind": "ecs_managed_instances", "instance_type": "auto", "families": ["t3"]},
    "lambda_managed": {"kind": "lambda_managed_instances", "instance_type": "auto", "families": ["c6i", "m6i"]},
}


def scenario(*options, headroom=None, work=None):
    document = {"version": 1, "name": "room", "workload": WORK | (work or {}), "options": list(options)}
    return lambdaplan.Scenario.from_dict(document | ({} if headroom is None else {"memory_headroom": headroom}))


def chosen(option, **asked):
    there = scenario(option, **asked)
    return settle(there, there.options[0]).size_label


def result(option, **asked):
    return lambdaplan.compare(scenario(option, **asked)).options[0]


@pytest.mark.parametrize(
    ("platform", "headroom", "work", "label"),
    [  # needed memory <= (1 - headroom) x size: at the last MB, and one hundredth beyond
        ("lambda", None, {"working_set_mb": 800}, "Lambda 1000 MB"),
        ("lambda", None, {"working_set_mb": 800.01}, "Lambda 1001 MB"),
        ("lambda", None, {"working_set_mb": 796, "request_mb": 4}, "Lambda 1000 MB"),
        ("lambda", 0, {"working_set_mb": 800}, "Lambda 800 MB"),
        ("lambda", 0.5, {"working_set_mb": 800}, "Lambda 1600 MB"),
        ("fargate", None, {"working_set_mb": 409.6}, "Fargate 0.25 vCPU 0.5 GB"),
        ("fargate", None, {"working_set_mb": 409.61}, "Fargate 0.25 vCPU 1 GB"),
        ("fargate", 0, {"working_set_mb": 512}, "Fargate 0.25 vCPU 0.5 GB"),
        ("fargate", 0.9, {"working_set_mb": 409.6}, "Fargate 0.5 vCPU 4 GB"),
        # the system's 300 MB are needed too: 0.8 x 1024 - 300
        ("ec2", None, {"working_set_mb": 519.2}, "EC2 t3.micro"),
        ("ec2", None, {"working_set_mb": 519.21}, "EC2 t3.small"),
        ("ec2", 0, {"working_set_mb": 724}, "EC2 t3.micro"),
        ("ecs", None, {"working_set_mb": 1338.4}, "ECS Managed Instances t3.small"),
        ("ecs", None, {"working_set_mb": 1338.41}, "ECS Managed Instances t3.medium"),
    ],
)
def test_needed_memory_is_at_most_the_rest_of_a_size_that_is_chosen(platform, headroom, work, label):
    assert chosen(AUTO[platform], headroom=headroom, work=work) == label


def test_environments_leave_an_instance_room_too():
    # c6i.large has 4 GB, of which 3.2 may be environments; m6i.large has 8
    fits, not_fits = AUTO["lambda_managed"] | {"memory_gb": 3.1875}, AUTO["lambda_managed"] | {"memory_gb": 3.25}
    assert chosen(fits) == "Lambda Managed Instances c6i.large"
    assert chosen(not_fits) == "Lambda Managed Instances m6i.large"
    assert chosen(not_fits, headroom=0) == "Lambda Managed Instances c6i.large"
    # an environment as large as an instance fits where nothing stays free and nothing is reserved
    whole = AUTO["lambda_managed"] | {"memory_gb": 4}
    assert chosen(whole) == "Lambda Managed Instances m6i.large"
    assert chosen(whole, headroom=0) == "Lambda Managed Instances c6i.large"
    assert chosen(whole | {"reserved_mb": 1}, headroom=0) == "Lambda Managed Instances m6i.large"


def test_a_given_size_is_not_judged_by_it():
    for option in (
        {"kind": "lambda", "memory_mb": 500},
        {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5},
        {"kind": "ec2", "instance_type": "t3.micro"},
    ):
        assert result(option, work={"working_set_mb": 500}, headroom=0.9).feasible


def test_where_no_size_leaves_enough_the_largest_stands_for_all_and_its_limit_says_so():
    for platform, most in (("lambda", 10_240), ("fargate", 244 * 1024), ("ec2", 32 * 1024)):
        one = result(AUTO[platform], headroom=0.5, work={"working_set_mb": most * F(6, 10)})
        (limit,) = [limit for limit in one.violations if not limit.adjustable]
        assert not one.feasible and one.bill.lines and "memory_headroom kept free" in limit.limit
        assert one.option.document().keys() & {"headroom"} == set()
        assert result(AUTO[platform], headroom=0.3, work={"working_set_mb": most * F(6, 10)}).feasible


def test_processes_and_requests_share_what_may_be_used():
    # 4 GB of 2 vCPU: 0.8 x 4096 = 3276 MB hold one process of 1700 MB, all of it two
    work = {"working_set_mb": 1700, "concurrency_per_process": 1, "cpu_ms": 100, "requests_per_month": 1}
    asked = {"kind": "ec2", "instance_type": "auto", "families": ["c6i"], "reserved_mb": 0}
    one, two = (result(asked, headroom=headroom, work=work) for headroom in (0.2, 0))
    assert one.option.instance_type == two.option.instance_type == "c6i.large"
    assert (one.fleet.unit_rps, two.fleet.unit_rps) == (6, 12)  # 0.6 / 0.1 s each
    given = result(asked | {"processes": 2}, headroom=0.2, work=work)
    assert given.option.instance_type == "c6i.xlarge"


def test_the_overflow_of_a_hybrid_leaves_room():
    base = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "front_door": "none"}
    hybrid = {"kind": "hybrid", "base": base, "level": 1, "overflow": {"kind": "lambda", "memory_mb": "auto"}}
    assert result(hybrid, work={"working_set_mb": 800}).option.size_label.endswith("Lambda 1000 MB")


def test_the_base_of_a_hybrid_that_is_left_open_leaves_room():
    base = {"kind": "fargate", "size": "auto", "front_door": "none"}
    hybrid = {"kind": "hybrid", "base": base, "level": 1, "overflow": {"kind": "lambda", "memory_mb": 3000}}
    for headroom, size in ((None, "0.25 vCPU 1 GB"), (0, "0.25 vCPU 0.5 GB")):
        assert size in result(hybrid, work={"working_set_mb": 450}, headroom=headroom).option.size_label


def test_along_the_headroom_the_winner_changes_where_it_is_said_and_nowhere_else():
    options = [AUTO["lambda"], AUTO["fargate"], AUTO["ec2"] | {"families": ["t3", "t3a"]}]
    work = {"requests_per_month": 10**7, "duration_ms": 200, "cpu_ms": 60, "working_set_mb": 450}
    document = scenario(*options, work=work).document()
    document["sweep"] = {"over": "memory_headroom", "from": 0, "to": 0.9, "scale": "linear"}
    swept = lambdaplan.compare(lambdaplan.Scenario.from_dict(document))
    near = {round(float(change.at) * 100) - less for change in swept.crossovers for less in (0, 1)}
    places = sorted({*range(0, 91, 1 if PROVE else 5), *near})
    winners = {n: lambdaplan.compare(scenario(*options, headroom=n / 100, work=work)).winner for n in places}
    changes = [(n / 100, winners[n]) for before, n in itertools.pairwise(places) if winners[n] != winners[before]]
    assert [(change.at, change.above) for change in swept.crossovers] == changes and len(changes) >= 2


def test_it_is_no_axis_where_nothing_is_chosen():
    assert "memory_headroom" not in scenario({"kind": "lambda", "memory_mb": 512}).axes()
    assert "memory_headroom" in scenario(AUTO["lambda"]).axes()


# the fastest memory and the balanced one


def weighed(cost, ms):
    """The place of the least sum of both over their largest; the first where several have it."""
    sums = [c / F(max(cost)) + t / F(max(ms)) for c, t in zip(cost, ms, strict=True)]
    return sums.index(min(sums))


@pytest.mark.parametrize("seed", seeds(2, 60))
def test_the_balanced_memory_weighs_cost_and_time_alike_as_power_tuning_does(seed):
    rng = random.Random(seed)
    need, ms, busy = rng.randint(60, 900), rng.randint(5, 900), F(rng.randint(1, 100), 100)
    work = {"duration_ms": ms, "working_set_mb": need, "measured_memory_mb": 1769, "busy_share": float(busy)}
    document = scenario(AUTO["lambda"], work={}).document()
    document["workload"] = {k: v for k, v in document["workload"].items() if k != "cpu_ms"} | work
    one = lambdaplan.compare(lambdaplan.Scenario.from_dict(document)).options[0]
    sizes = range(max(128, math.ceil(F(need) / F(8, 10))), 1770)
    walls = [ms * (1 - busy) + ms * busy * F(1769, size) for size in sizes]
    cost = [size * math.ceil(wall) for size, wall in zip(sizes, walls, strict=True)]
    wanted = {
        "cheapest": sizes[cost.index(min(cost))],
        "fastest": sizes[walls.index(min(walls))],
        "balanced": sizes[weighed(cost, walls)],
    }
    assert {name: each.option.memory_mb for name, each in one.memory_choice.items()} == wanted
    curve = lambdaplan.memory_curve(one.scenario)
    assert (curve.chosen_mb, curve.fastest_mb, curve.balanced_mb) == tuple(
        wanted[name] for name in ("cheapest", "fastest", "balanced")
    )


def test_where_waiting_is_all_they_are_one_size():
    sizes = result(AUTO["lambda"]).memory_choice
    assert [size.option.memory_mb for size in sizes.values()] == [128, 128, 128]


def test_they_are_told_in_documents_and_in_words():
    work = {"cpu_ms": 60, "duration_ms": 200, "measured_memory_mb": 1769}
    comparison = lambdaplan.compare(scenario(AUTO["lambda"], {"kind": "lambda", "memory_mb": 512}, work=work))
    auto, given = comparison.document()["options"]
    assert "memory" not in given
    assert list(auto["memory"]) == ["cheapest", "fastest", "balanced"]
    assert auto["memory"]["cheapest"]["total_usd"] == auto["total_usd"]
    fast = result({"kind": "lambda", "memory_mb": auto["memory"]["fastest"]["memory_mb"]}, work=work)
    assert auto["memory"]["fastest"]["exact_usd"] == fast.document()["exact_usd"]
    assert auto["memory"]["fastest"]["duration_ms"] == 200
    json.dumps(auto)
