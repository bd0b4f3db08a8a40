"""The oracle of capacity against weeks worked out by hand, closed forms, and plain enumeration."""

import json
import random
from fractions import Fraction as F
from itertools import pairwise
from math import exp, lgamma, log

import pytest

import oracle_auto
import oracle_compare
import strategies
from places import GOLDEN

# (name, scenario document, {label: {"unit_hours", "total_usd"}}): the working in words stands in the file.
CASES = [
    (case["name"], case["scenario"], case["expected"])
    for case in json.loads((GOLDEN / "fleets.json").read_text("utf-8"))["fleets"]
]
PLAN = "compute_savings_plan_1y_no_upfront"
TASK = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "min_units": 1, "survive_zone_loss": False}
OFFICE = [3 if day < 5 and 9 <= hour < 17 else 1 for day in range(7) for hour in range(24)]


def document(*options, include=("compute",), **workload):
    given = {"requests_per_month": 10**7, "duration_ms": 100, "busy_share": 1, "measured_memory_mb": 1769}
    given |= {"working_set_mb": 300, "traffic": {"hourly": OFFICE, "burst": 1}}
    return {"region": "us-east-1", "include": list(include), "workload": given | workload, "options": list(options)}


def unjudged(*options, **workload):
    """A size that is chosen need leave no memory free."""
    return document(*options, **workload) | {"memory_headroom": 0}


@pytest.mark.parametrize(("scenario", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_week_worked_out_by_hand(scenario, expected):
    for place, option in enumerate(scenario["options"]):
        wanted = expected[option["label"]]
        hours = wanted["unit_hours"]
        assert oracle_auto.unit_hours(scenario, place) == (None if hours is None else F(hours))
        assert oracle_auto.costs(scenario)[place][:2] == (True, F(wanted["total_usd"]))


# ------------------------------------------------------------ the same figures as the oracle before


@pytest.mark.parametrize("seed", range(12))
def test_without_new_fields_it_is_the_oracle_of_comparisons(seed):
    rng = random.Random(seed)
    scenario = strategies.scenario_base(rng)
    for name in ("other_costs", "services"):  # which this one does not know
        scenario.pop(name, None)
    scenario["include"] = [word for word in scenario["include"] if word != "services"]
    requests = scenario["workload"]["requests_per_month"]
    former = oracle_compare.costs(scenario, requests)
    for now, before, way in zip(oracle_auto.costs(scenario), former, oracle_auto.options(scenario), strict=True):
        if now != before:  # a limit on time or size that the former one does not know
            assert now == (False, None, 0) and not way.ways[0].can_carry(requests)


def test_hours_of_a_fleet_stand_in_their_place():
    rps = 10 * F(248, 168)
    found = oracle_auto.fleet(document(TASK, requests_per_month=int(rps * 3600 * 730)), 0)
    assert found == [5 if weight == 3 else 2 for weight in OFFICE]


# ------------------------------------------------------------ plans


def test_the_hours_committed_cost_the_least_of_every_number_of_units():
    """R2 by its purpose: no other number of committed units is cheaper."""
    rng = random.Random(1)
    for _ in range(50):
        amounts = [(F(rng.randint(0, 9)), 1) for _ in range(168)]
        ratio = F(rng.randint(1, 120), 100)
        committed, above = oracle_auto.split_by_plan(amounts, ratio, F(1), F(168))
        every = [n * 168 * ratio + sum(max(amount - n, 0) for amount, _ in amounts) for n in range(11)]
        assert committed * ratio + above == min(every)


def test_a_lambda_plan_beyond_its_tier_or_without_a_rate_has_no_whole_price():
    option = {"kind": "lambda", "memory_mb": 10_240, "front_door": "none", "purchase": PLAN}
    # One GB-second each: the flat hours of 6,000,000,001 requests commit just above the tier.
    flat = {"shape": "flat", "burst": 1}
    at, above = (
        oracle_auto.costs(document(option, requests_per_month=requests, traffic=flat))[0][1]
        for requests in (6_000_000_000, 6_000_000_001)
    )
    assert at == F("0.0000147") * 6_000_000_000 + F("0.0000002") * 6_000_000_000
    assert above is None
    missing = oracle_auto.costs(document(option | {"purchase": "compute_savings_plan_1y_partial_upfront"}))[0]
    assert missing[:2] == (True, None) and missing[2] == 10**7 * F("0.0000002")


# ------------------------------------------------------------ answer times


def test_erlang_c_is_its_sum():
    for servers, offered in ((1, 0.5), (2, 1.5), (5, 3.25), (40, 38.0), (400, 390.0)):
        terms = [1.0]
        for k in range(1, servers):
            terms.append(terms[-1] * offered / k)
        last = terms[-1] * offered / servers / (1 - offered / servers)
        assert oracle_auto.erlang_c(servers, offered) == pytest.approx(last / (sum(terms) + last), rel=1e-12)


@pytest.mark.parametrize(("shape", "scale", "t"), [(4, 0.05, 0.3), (0.25, 0.4, 0.9), (1, 0.1, 0.5), (44.4, 0.01, 0.5)])
@pytest.mark.parametrize("theta", [0.5, 8.0, 60.0, 400.0])
def test_service_and_wait_together_are_their_integral(shape, scale, t, theta):
    # By Simpson over y, with s = t y^q. q takes the pole of a shape below one away.
    steps, total, q = 4000, 0.0, max(1, 1 / shape)
    for i in range(steps + 1):
        y = i / steps
        s = t * y**q
        g_ds = q * y ** (shape * q - 1) * exp(shape * log(t / scale) - s / scale - lgamma(shape))
        total += (1 if i in {0, steps} else 4 if i % 2 else 2) * g_ds * exp(-theta * (t - s))
    found = oracle_auto.service_and_wait_below(shape, scale, theta, t)
    assert found == pytest.approx(total / steps / 3, rel=1e-4 if theta > 100 else 1e-6)


def test_answers_of_one_server_are_exponential_and_of_two_known():
    # M/M/1: rate mu - lambda. M/M/2 of offered load 1: C = 1/3; service and wait are both of rate 10.
    assert oracle_auto.answer_tail(1, 5, 0.1, 1, 0.6) == pytest.approx(exp(-5 * 0.6), rel=1e-12)
    assert oracle_auto.answer_tail(2, 10, 0.1, 1, 0.3) == pytest.approx(exp(-3) * (1 + 3 / 3), rel=1e-12)
    # Constant service: only those who wait are later. C of one server is its load.
    assert oracle_auto.answer_tail(1, 5, 0.1, 0, 0.2) == pytest.approx(0.5 * exp(-10 * 0.1), rel=1e-12)
    assert oracle_auto.answer_tail(1, 10, 0.1, 1, 9) == 1
    # Erlang of two phases: e^-x (1 + x).
    assert oracle_auto.gamma_tail(2, 0.05, 0.3) == pytest.approx(exp(-6) * 7, rel=1e-9)


def test_sharing_is_one_alone_and_one_over_what_is_left_among_many():
    assert oracle_auto.sharing(0.7, 1) == 1
    assert oracle_auto.sharing(0.7, 1000) == pytest.approx(1 / 0.3, rel=1e-12)
    assert oracle_auto.sharing(0.5, 2) == pytest.approx((1 + 2 * 0.5) / 1.5)


def test_the_smallest_fleet_that_answers_in_time_is_found_by_trying():
    slo = {"percentile": 95, "response_ms": 500}
    for cv in (0, 0.5, 1, 2):
        for in_flight in (1, 3):
            scenario = document(TASK, concurrency_per_process=in_flight, slo=slo, service_cv=cv)
            way = oracle_auto.options(scenario)[0].ways[0]
            for peak in (F(1), F(12), F(77)):
                found = way.needed(peak)
                tried = next((n for n in range(1, 400) if oracle_auto.answers(way.late(n, peak), way.load)), None)
                assert found == tried


# ------------------------------------------------------------ sizes left open, hybrids


def test_an_open_lambda_is_the_cheapest_of_the_sizes_that_fit():
    auto = {"kind": "lambda", "memory_mb": "auto", "front_door": "none"}
    # 100 ms of computing on one vCPU of 1769 MB, on as many vCPU as there are: 176,900 / MB, rounded up.
    near = {"cpu_threads": 6, "working_set_mb": 9800}
    best = oracle_auto.chosen(unjudged(auto, **near), 0)
    products = {mb: -(-176_900 // mb) * mb for mb in range(9800, 10_241)}
    assert {one["memory_mb"] for one in best} == {
        mb for mb, product in products.items() if product == min(products.values())
    }
    # No longer than 17.5 ms: from 176,900 / 17.5 = 10,108.6 MB on, all billed 18 ms.
    quick = oracle_auto.chosen(unjudged(auto | {"max_duration_ms": 17.5}, **near), 0)
    assert [one["memory_mb"] for one in quick] == [10_109]
    none = oracle_auto.option(unjudged(auto, working_set_mb=10_241), 0)
    assert none.cost(1) == (False, None, 0) and none.chosen(1) == []


def test_open_fleets_are_the_cheapest_of_a_list_written_out():
    small = {"kind": "ec2", "instance_type": "auto", "families": ["t4g"], "architecture": "arm64", "min_units": 1}
    scenario = document(
        small | {"purchases": ["on_demand", "spot"]}, {"kind": "fargate", "size": "auto", "min_units": 1}
    )
    ways = oracle_auto.options(scenario)
    names = {(way.given["instance_type"], way.given["purchase"]) for way in ways[0].ways}
    sizes = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge")
    assert {(f"t4g.{size}", "on_demand") for size in sizes} <= names
    priced = {item for service, item, region in oracle_auto.oracle.book() if (service, region) == ("ec2", "us-east-1")}
    assert {"/".join(name) for name in names} == {
        f"t4g.{size}/{purchase}" for size in sizes for purchase in ("on_demand", "spot")
    } & priced
    assert len(ways[1].ways) == sum(1 for size in oracle_auto.oracle.task_sizes() if size[2] == "linux")
    for way in ways:
        costs = [one.cost(10**7) for one in way.ways]
        known = [usd for feasible, usd, _ in costs if feasible and usd is not None]
        assert way.cost(10**7)[1] == min(known) and len(known) > 3


def test_a_hybrid_looks_at_every_number_of_units_and_its_ends_are_what_they_should_be():
    base = {name: value for name, value in TASK.items() if name != "min_units"} | {"min_units": 2}
    mixed = {"kind": "hybrid", "base": base, "overflow": {"kind": "lambda", "memory_mb": 1769}}
    scenario = document(mixed, TASK | {"scaling": "fixed"})
    way = oracle_auto.options(scenario)[0].ways[0]
    tries = way.tries(10**7)
    busiest = 10**7 / F(3600 * 730) * 3 * 168 / 248
    assert [units for units, *_ in tries] == list(range(2, -(-busiest // 6) + 1))
    assert [level for _, level, *_ in tries] == [6 * units for units, *_ in tries]
    # The last of them needs no Lambda: it is the fixed fleet.
    assert tries[-1][3] == oracle_auto.costs(scenario)[1][1]
    # A given level of the same units bills alike, and one in between no less than its own Lambda share.
    for units, level, _, usd, _ in tries[:-1]:
        assert oracle_auto.costs(document(mixed | {"level": float(level)}))[0][1] == usd, units
    assert all(low < high for (_, low, *_), (_, high, *_) in pairwise(tries))


# ------------------------------------------------------------ maps, random scenarios


def test_the_winners_of_a_map_are_those_of_its_points():
    few, many = 10**5, 10**9
    options = ({"kind": "lambda", "memory_mb": 1769}, TASK, {"kind": "lambda", "memory_mb": 128, "label": "small"})
    scenario = document(*options, include=("compute", "front_door"))
    over = ("workload.requests_per_month", "workload.working_set_mb")
    found = oracle_auto.winners(scenario, over, [few, many], [300, 2049, 20_000])
    # Lambda where few call, tasks where many do; 2,049 MB fit neither; 20 GB fit nothing.
    assert found == [[0, 1], [None, None], [None, None]]


def test_random_scenarios_of_capacity_are_the_same_for_a_seed_and_cover_what_they_should():
    seen, hours = set(), 0
    for seed in range(40):
        one = strategies.random_capacity_scenario(random.Random(seed))
        assert one == strategies.random_capacity_scenario(random.Random(seed))
        seen |= set(one["workload"]) | {option["kind"] for option in one["options"]}
        hours += "hourly" in one["workload"]["traffic"]
        for option in one["options"]:
            seen |= set(option) | {option.get("purchase", "on_demand")}
    wanted = {"hybrid", "slo", "durations", "log_kb", "outbound_kb", "cpu_speed", "size", "families", PLAN, "vpc"}
    assert wanted <= seen and hours >= 20


@pytest.mark.parametrize("seed", range(4))
def test_random_scenarios_of_capacity_can_be_billed(seed):
    scenario = strategies.random_capacity_scenario(random.Random(seed), ("given", "hybrid"))
    found = oracle_auto.costs(scenario)
    assert any(feasible for feasible, _, _ in found)
    assert all(cost is None or cost >= known >= 0 for _, cost, known in found)
