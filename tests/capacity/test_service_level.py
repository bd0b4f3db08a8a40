"""Answer times that size fleets, plans that cover their base, and what surrounds every option alike."""

import math
import random
from fractions import Fraction

import pytest

import lambdaplan
import oracle_auto
from lambdaplan import Scenario
from lambdaplan.queueing.fleet_queue import ServingUnit, carried_rps
from lambdaplan.queueing.queue import queue

ONE_RPS = 3600 * 730
REQUESTS = "workload.requests_per_month"


def document(options, **workload):
    work = {
        "requests_per_month": 100 * ONE_RPS,
        "duration_ms": 100,
        "busy_share": 1,
        "measured_memory_mb": 1769,
        "working_set_mb": 300,
        "traffic": {"shape": "flat", "burst": 1},
    }
    return {"version": 1, "name": "level", "include": ["compute"], "workload": work | workload, "options": options}


def first(found):
    return lambdaplan.compare(Scenario.from_dict(found)).options[0]


TASK = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "survive_zone_loss": False, "min_units": 1}
BLOCKING = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.1, full_rps=10)


@pytest.mark.parametrize(
    ("rps", "percentile", "response_ms"), [(5, 95, 500), (100, 95, 350), (100, 99, 500), (37, 50, 75), (400, 99.9, 750)]
)
def test_blocking_servers_are_the_fewest_that_a_queue_says_answer_in_time(rps, percentile, response_ms):
    slo = {"percentile": percentile, "response_ms": response_ms}
    result = first(document([TASK], requests_per_month=rps * ONE_RPS, concurrency_per_process=1, slo=slo))

    def late(units):
        if units <= rps * 0.1:
            return True
        return (
            queue(servers=units, arrival_rps=rps, service_s=0.1).response_percentile_s(percentile) * 1000 > response_ms
        )

    units = result.fleet.units_peak
    assert result.feasible and not late(units) and late(units - 1)
    assert result.answer_ms(percentile) == pytest.approx(
        queue(servers=units, arrival_rps=rps, service_s=0.1).response_percentile_s(percentile) * 1000, rel=1e-9
    )


def test_an_answer_time_below_that_of_the_service_alone_is_infeasible_and_keeps_its_bill():
    slo = {"percentile": 95, "response_ms": 250}  # exponential of mean 100 ms: 95 % within 299.6 ms
    comparison = lambdaplan.compare(
        Scenario.from_dict(document([TASK, {"kind": "lambda", "memory_mb": 1769}], slo=slo))
    )
    assert comparison.winner is None
    assert [result.feasible for result in comparison.options] == [False, False]
    assert all(result.cost_usd for result in comparison.options)
    constant = document([{"kind": "lambda", "memory_mb": 1769}], slo=slo, service_cv=0)
    assert first(constant).feasible and first(constant).answer_ms(99) == pytest.approx(100)


def test_a_tighter_answer_time_never_needs_fewer_units_and_the_memory_of_requests_limits_slots():
    sizes = [
        first(document([TASK], slo={"percentile": 99, "response_ms": ms})).fleet.units_peak
        for ms in (470, 500, 600, 1000, 5000)
    ]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]
    wide = document([TASK], slo={"percentile": 95, "response_ms": 400}, busy_share=0.05)
    narrow = document([TASK], slo={"percentile": 95, "response_ms": 400}, busy_share=0.05, request_mb=800)
    assert first(narrow).fleet.units_peak > first(wide).fleet.units_peak


@pytest.mark.parametrize("hybrid", [False, True])
def test_crossovers_with_an_answer_time_are_true_on_both_sides(hybrid):
    options = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "fargate", "vcpu": 1, "memory_gb": 2}]
    options += (
        [{"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2}}]
        if hybrid
        else [{"kind": "ec2", "instance_type": "m7g.large"}]
    )
    found = document(
        options, slo={"percentile": 95, "response_ms": 600}, busy_share=0.3, traffic={"shape": "office_hours"}
    )
    scenario = Scenario.from_dict(found | {"sweep": {"from": 10**5, "to": 2 * 10**8}})
    comparison = lambdaplan.compare(scenario)
    assert comparison.crossovers
    for crossover in comparison.crossovers[:8]:
        sides = [lambdaplan.compare(scenario.at(REQUESTS, place)).winner for place in (crossover.at - 1, crossover.at)]
        assert sides == [crossover.below, crossover.above]


def test_after_the_loss_of_a_zone_the_rest_carries_every_peak():
    week = [1 + hour % 24 * (hour % 7) for hour in range(168)]
    for zones in (2, 3):
        task = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "zones": zones}
        safe, unsafe = (
            first(
                document(
                    [{**task, "survive_zone_loss": s}],
                    requests_per_month=300 * ONE_RPS,
                    traffic={"hourly": week, "burst": 2},
                )
            )
            for s in (True, False)
        )
        mean = Fraction(sum(week), 168)
        overloaded = 0
        for hour, weight in enumerate(week):
            peak = 300 * weight / mean * 2
            for result, may_fail in ((safe, False), (unsafe, True)):
                units = int(result.fleet.by_weight[result.scenario.workload.traffic.which[hour]])
                left = units - -(-units // zones)  # the fullest zone is lost
                if left * 10 < peak:  # one vCPU computes ten requests of 100 ms a second
                    assert may_fail
                    overloaded += 1
        assert overloaded if zones == 2 else not overloaded  # two thirds of 10 a second are more than 6
        peaks = [300 * weight / mean * 2 for weight in week]
        by_load = [max(2, math.ceil(peak / 6)) for peak in peaks]
        left = [math.ceil(peak / 10) for peak in peaks]
        survives = [max(n, math.ceil(Fraction(m * zones, zones - 1))) for n, m in zip(by_load, left, strict=True)]
        # 1 vCPU at $0.04048 and 2 GB at $0.004445 an hour
        task_usd = Fraction("0.04048") + 2 * Fraction("0.004445")
        assert unsafe.cost_usd == sum(by_load) * Fraction(730, 168) * task_usd
        assert safe.cost_usd == sum(survives) * Fraction(730, 168) * task_usd
        more = float(safe.cost_usd / unsafe.cost_usd)
        assert (1.19 < more < 1.21) if zones == 2 else (1 <= more < 1.01)


def test_a_savings_plan_covers_the_units_that_run_often_enough():
    # 120 hours at one, 48 hours at three: 6 and 18 tasks at 60 % of ten requests a second.
    week = [1] * 120 + [3] * 48
    task = {**TASK, "purchase": "compute_savings_plan_1y_no_upfront"}
    rps = Fraction(36 * (120 + 3 * 48), 168)
    found = document([task], requests_per_month=int(rps * ONE_RPS), traffic={"hourly": week, "burst": 1})
    lines = {line.price_item: line.quantity for line in first(found).bill.lines}
    # A plan costs 0.85 of on demand: units must run in 85 % of the hours. 18 run in 29 %, 6 in all.
    assert lines["vcpu_hour/x86_64/linux/compute_savings_plan_1y_no_upfront"] == 6 * 730
    assert lines["vcpu_hour/x86_64/linux/on_demand"] == Fraction(12 * 48 * 730, 168)


def test_a_lambda_plan_pays_the_base_in_every_hour():
    week = [1] * 160 + [10] * 8
    option = {"kind": "lambda", "memory_mb": 1024, "purchase": "compute_savings_plan_1y_no_upfront"}
    found = document(
        [option], requests_per_month=24_000_000, traffic={"hourly": week, "burst": 1}, measured_memory_mb=1024
    )
    lines = {line.price_item: line.quantity for line in first(found).bill.lines}
    # 2,400,000 GB-seconds a month in 240 parts: a base of one part in each of 168 hours, nine more in 8 hours.
    assert lines["duration/x86_64/compute_savings_plan_1y_no_upfront"] == 1_680_000
    assert lines["duration/x86_64"] == 720_000


def test_a_plan_without_a_known_rate_makes_its_option_unknown():
    task = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "purchase": "compute_savings_plan_1y_partial_upfront"}
    result = first(document([task]))
    assert result.cost_usd is None and any("partial_upfront" in words for words in result.bill.unknown)


def test_what_include_names_is_on_every_bill_or_the_line_says_why_not():
    options = [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "lambda", "memory_mb": 1024, "vpc": True, "label": "in a VPC"},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2},
        {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2}},
    ]
    found = document(options, log_kb=2, outbound_kb=4)
    found |= {"include": ["compute", "front_door", "network", "logs"], "network": {"subnets": "private"}}
    comparison = lambdaplan.compare(Scenario.from_dict(found))
    said = {r.label: [line.item for line in r.bill.lines] for r in comparison.options}
    for items in said.values():
        assert any("NAT" in item for item in items)
        assert any("Data out" in item for item in items)
        assert any("Logs taken in" in item for item in items)
    out = {line.quantity for r in comparison.options for line in r.bill.lines if "Data out" in line.item}
    # 100 requests a second, 4 KB of answer and 4 KB beside it: the same for all
    assert sum(out) / len(out) == Fraction(100 * ONE_RPS * 8, 1024 * 1024)
    off = lambdaplan.compare(
        Scenario.from_dict(found | {"network": {"nat": False, "public_ipv4": False, "data_transfer": False}})
    )
    assert not any(
        line.exact_usd
        for r in off.options
        for line in r.bill.lines
        if "NAT" in line.item or "address" in line.item or "Data out" in line.item
    )


# ------------------------------------------------------------ hybrids


def hybrid(level, **more):
    overflow = {"kind": "lambda", "memory_mb": 1769}
    return {"kind": "hybrid", "base": TASK, "overflow": overflow, "level": level, **more}


@pytest.mark.parametrize("percent", [50, 95, 99])
@pytest.mark.parametrize("level", [5, 40, 90])
def test_answers_of_a_hybrid_are_those_of_its_base_and_of_lambda_each_in_its_share(level, percent):
    found = document([hybrid(level)], concurrency_per_process=1)  # blocking servers: a queue of M/M/c
    result = first(found)
    line = queue(servers=result.fleet.units_peak, arrival_rps=level, service_s=0.1)
    late_s = result.answer_ms(percent) / 1000

    def later(t_s):
        # of 100 requests a second the base serves `level`; Lambda's take 100 ms, exponentially, and wait for nothing
        return level / 100 * line.response_exceeds(t_s) + (1 - level / 100) * math.exp(-t_s / 0.1)

    assert later(late_s) == pytest.approx(1 - percent / 100, rel=1e-9)
    assert result.document()["fleet"]["answer_ms"][f"p{percent}"] == late_s * 1000


def test_answers_of_a_hybrid_that_is_all_base_or_all_lambda():
    fleet, function, all_base, all_lambda = lambdaplan.compare(
        Scenario.from_dict(
            document(
                [
                    TASK | {"scaling": "fixed"},
                    {"kind": "lambda", "memory_mb": 1769},
                    hybrid(1000, label="base"),
                    hybrid(0, label="Lambda") | {"base": TASK | {"min_units": 0}},
                ],
                busy_share=0.3,
                service_cv=0.5,
            )
        )
    ).options
    for percent in (50, 95, 99):
        assert all_base.answer_ms(percent) == fleet.answer_ms(percent)
        assert all_lambda.answer_ms(percent) == function.answer_ms(percent)
    assert all_lambda.fleet.units_peak == 0 and all_lambda.fleet.utilisation_mean == 0
    nothing = first(document([hybrid(0) | {"base": TASK | {"min_units": 0}}], requests_per_month=0))
    assert nothing.answer_ms(99) is None and nothing.fleet.lambda_share == 0


def test_constant_answers_of_a_hybrid_are_two_steps():
    # Half computes: 100 ms on the base's whole vCPU, 150 ms at half a vCPU. 40 of 100 are the base's.
    overflow = {"kind": "lambda", "memory_mb": 885, "label": None}
    work = {"busy_share": 0.5, "service_cv": 0, "durations": [{"memory_mb": 885, "duration_ms": 150}]}
    option = hybrid(40) | {"overflow": {"kind": "lambda", "memory_mb": overflow["memory_mb"]}}
    option["base"] = TASK | {"min_units": 50}  # so many that next to nobody waits
    result = first(document([option], concurrency_per_process=1, **work))
    assert result.answer_ms(39) == pytest.approx(100, rel=1e-9)
    assert [result.answer_ms(percent) for percent in (41, 50, 99)] == pytest.approx([150] * 3, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_answers_of_random_hybrids_are_those_of_an_independent_queue(seed):
    rng = random.Random(seed)
    level, cv, in_flight = rng.choice((20, 55, 80)), rng.choice((0.5, 1, 2)), rng.choice((1, 3))
    found = document([hybrid(level)], service_cv=cv, concurrency_per_process=in_flight, busy_share=rng.choice((0.3, 1)))
    result = first(found)
    way = oracle_auto.options(found)[0].ways[0]
    for percent in (50, 95, 99):
        late_ms = result.answer_ms(percent)
        way.base.load.slo = {"percentile": percent, "response_ms": late_ms}
        base, function = (
            way.base.late(int(result.fleet.units_peak), level),
            oracle_auto.service_tail(0.1, cv, late_ms / 1000),
        )
        assert level / 100 * base + (1 - level / 100) * function == pytest.approx(1 - percent / 100, rel=1e-8)


def test_both_sides_of_a_hybrid_hold_the_answer_time_and_its_level_is_the_cheapest_of_all():
    week = [1] * 150 + [3] * 18  # 82 a second, and 247 for 18 hours
    slo = {"percentile": 95, "response_ms": 350}  # the service alone takes 299.6 ms at 95 %
    work = {"traffic": {"hourly": week, "burst": 1}, "slo": slo, "concurrency_per_process": 1}
    auto = hybrid("auto")
    result = first(document([auto], **work))
    assert result.feasible and result.answer_ms(95) <= 350

    def cost(level):
        found = first(document([hybrid(level)], **work))
        assert found.feasible and found.answer_ms(95) <= 350 * (1 + 1e-9)
        return found.cost_usd

    # every number of units from one to what the busiest hour asks for, each at the most it answers
    unit_level = [carried_rps(BLOCKING, units=n, percentile=95, response_s=0.35) for n in range(1, 60)]
    costs = [float(cost(math.floor(level * 100) / 100)) for level in unit_level if level < 247]
    assert min(costs) > float(result.cost_usd) > min(costs) * 0.999  # levels to a hundredth serve a little less
    assert 1 < result.option.units < len(costs)
    slow = first(document([auto], **(work | {"slo": {"percentile": 95, "response_ms": 290}})))
    assert not slow.feasible and slow.bill.lines
