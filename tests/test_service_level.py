"""Answer times that size fleets, plans that cover their base, and what surrounds every option alike."""

from fractions import Fraction

import pytest

import lambdaplan
from lambdaplan import Scenario
from lambdaplan.capacity import queue

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
        assert overloaded or zones == 3
        assert safe.cost_usd >= unsafe.cost_usd


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
