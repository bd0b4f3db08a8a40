"""The bill of many services of one account, by hand: what is free is given once, what is shared stands once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaplan import Scenario, UsageDocument, bill, compare
from lambdaplan.analysis.account import Service, in_cents, portfolio
from lambdaplan.analysis.services_table import read_table
from lambdaplan.errors import InputError

A_SECOND = 730 * 3600  # requests a month that are one a second
LAMBDA = {"kind": "lambda", "memory_mb": 1024, "front_door": "none"}
TASK = {
    "kind": "fargate",
    "vcpu": 1,
    "memory_gb": 2,
    "front_door": "none",
    "min_units": 1,
    "zones": 1,
    "survive_zone_loss": False,
    "target_utilisation": 0.5,
}


def service(line=2, *, shared=False, options=(LAMBDA,), traffic=None, **given):
    work = {
        "requests_per_month": 10**6,
        "duration_ms": 100,
        "measured_memory_mb": 1024,
        "working_set_mb": 100,
        "traffic": traffic or {"shape": "flat", "burst": 1},
    }
    top = {
        name: given.pop(name) for name in ("region", "free_tier", "include", "network", "operations") if name in given
    }
    work |= given
    if "cpu_ms" not in work:
        work["busy_share"] = 0
    document = {"version": 1, "name": f"service {line}", "include": ["compute"], **top}
    return Service(line, Scenario.from_dict({**document, "workload": work, "options": list(options)}), shared)


def lines(account, region="us-east-1"):
    return {line.item: (line.quantity, line.amount_usd) for line in account.bills[region].lines}


def by_line(found):
    return {standing.service.line: standing for standing in found.standings}


# what is free is given once. AWS Lambda pricing (Amazon Web Services, US East): 1 million requests and 400,000
# GB-seconds a month are free for an account; then $0.20 a million and $0.0000166667 a GB-second.


def test_two_functions_share_the_free_million_and_the_free_gb_seconds():
    a = service(2, requests_per_month=2_000_000, duration_ms=100, free_tier=True)  # 200,000 GB-s at 1 GB
    b = service(3, requests_per_month=1_000_000, duration_ms=500, free_tier=True)  # 500,000 GB-s
    found = portfolio([a, b])
    # 3 M - 1 M requests are $0.40; 700,000 - 400,000 GB-s are $5.00001
    assert lines(found.cheapest) == {
        "Lambda requests, x86": (2_000_000, Decimal("0.40")),
        "Lambda duration, x86": (300_000, Decimal("5.00")),
    }
    assert found.cheapest.total_usd == Decimal("5.40")
    usd = F("5.00001")
    assert found.cheapest.shares == (F("0.40") * F(2, 3) + usd * F(2, 7), F("0.40") * F(1, 3) + usd * F(5, 7))
    # by themselves they would have paid $0.20 and $1.66667: each with all of the free quantities
    assert [by_line(found)[n].alone_usd for n in (2, 3)] == [F("0.2"), 100_000 * F("0.0000166667")]
    assert found.saving_usd == 0


def test_a_tier_is_reached_together():
    # Lambda duration: $0.0000166667 for the first 6 billion GB-s of a month, $0.000015 for the next 9 billion.
    one = {"requests_per_month": 4 * 10**9, "duration_ms": 1000}
    found = portfolio([service(2, **one), service(3, **one)])
    assert found.cheapest.known_usd == 8000 * F("0.2") + 6 * 10**9 * F("0.0000166667") + 2 * 10**9 * F("0.000015")
    assert found.cheapest.total_usd == Decimal("131600.20")
    assert found.cheapest.shares == (F("65800.1"), F("65800.1"))


def test_regions_share_what_is_free_and_have_a_bill_each():
    one = {"requests_per_month": 900_000, "duration_ms": 1, "free_tier": True}
    found = portfolio([service(2, **one), service(3, region="eu-west-1", **one)])
    # 900,000 are free in the first region, and 100,000 of the second's: 800,000 x $0.20 a million
    assert found.cheapest.total_usd == Decimal("0.16")
    assert lines(found.cheapest)["Lambda requests, x86"] == (0, Decimal("0.00"))
    assert lines(found.cheapest, "eu-west-1")["Lambda requests, x86"] == (800_000, Decimal("0.16"))
    assert sum(found.cheapest.shares) == found.cheapest.known_usd == F("0.16")


def test_the_total_is_the_bill_of_the_summed_usage():
    rows = [service(n, requests_per_month=n * 700_001, duration_ms=37 * n, free_tier=True) for n in range(2, 9)]
    found = portfolio(rows)
    usage = [
        {"service": "lambda", "requests": n * 700_001, "duration_ms": 37 * n, "memory_mb": 1024} for n in range(2, 9)
    ]
    whole = bill(UsageDocument.from_dict({"version": 1, "free_tier": True, "usage": usage}))
    assert found.cheapest.total_usd == whole.total_usd
    assert found.cheapest.known_usd == whole.exact_usd == sum(found.cheapest.shares)


# one choice after another


def test_no_single_change_lowers_the_bill_although_each_is_cheapest_by_itself_elsewhere():
    # One task at $0.04937 an hour is $36.04 a month. By itself each function costs 900,000 - 400,000 GB-s and
    # 8 million requests: $9.93. Of six together only one can have what is free: the others cost $18.4 each.
    rows = [
        service(n, requests_per_month=9_000_000, duration_ms=100, cpu_ms=1, free_tier=True, options=[LAMBDA, TASK])
        for n in range(2, 8)
    ]
    found = portfolio(rows)
    taken = {line: one.choice for line, one in by_line(found).items()}
    assert set(taken.values()) == {"Lambda 1024 MB"}  # $16.80 a function without anything free, below $36.04

    rows = [
        service(n, requests_per_month=18_000_000, duration_ms=100, cpu_ms=1, free_tier=True, options=[LAMBDA, TASK])
        for n in range(2, 8)
    ]
    # by itself a function costs 17 x $0.20 + 1.4 M x 0.0000166667 = $26.73 and wins; without what is free, $33.60:
    # then six functions cost $194.73, and one task instead of a function saves $33.60 and costs $36.04
    found = portfolio(rows)
    assert [one.alone for one in found.standings] == ["Lambda 1024 MB"] * 6
    assert found.cheapest.known_usd == 107 * F("0.2") + 10_400_000 * F("0.0000166667")

    rows = [
        service(n, requests_per_month=20_000_000, duration_ms=100, cpu_ms=1, free_tier=True, options=[LAMBDA, TASK])
        for n in range(2, 8)
    ]
    # by itself a function costs 19 x $0.20 + 1.6 M x 0.0000166667 = $30.47 and wins still; without what is free
    # $37.33, above a task's $36.04: five become tasks, and the last one keeps what is free
    found = portfolio(rows)
    assert [one.alone for one in found.standings] == ["Lambda 1024 MB"] * 6
    assert sorted(one.choice for one in found.standings) == ["Fargate 1 vCPU 2 GB"] * 5 + ["Lambda 1024 MB"]
    task = 730 * (F("0.04048") + 2 * F("0.004445"))
    assert found.cheapest.known_usd == 5 * task + 19 * F("0.2") + 1_600_000 * F("0.0000166667")
    assert found.baseline.known_usd == 119 * F("0.2") + 11_600_000 * F("0.0000166667")
    assert sum(one.saving_usd for one in found.standings) == found.saving_usd > 0
    savings = [one.saving_usd for one in found.standings]
    assert savings == sorted(savings, reverse=True)


def test_where_no_option_can_be_named_the_first_stays_and_says_so():
    small = {**LAMBDA, "memory_mb": 128}
    found = portfolio([service(2, working_set_mb=200, options=[small])])
    (one,) = found.standings
    assert (one.choice, one.alone) == ("Lambda 128 MB", None)
    assert one.note == "no option can be named cheapest (every option breaks a limit), so the first one stays"
    found = portfolio([service(2, working_set_mb=200, options=[small, LAMBDA])])
    (one,) = found.standings
    assert one.choice == "Lambda 1024 MB"
    assert one.note == "the baseline breaks a limit: Lambda memory for the working set and one request"


def test_a_service_of_another_account_is_refused():
    with pytest.raises(InputError, match=r"free_tier .* differs from the other services"):
        portfolio([service(2), service(3, free_tier=True)])


# a shared load balancer: $0.0225 an hour, $0.008 an LCU-hour (Elastic Load Balancing pricing, US East); an LCU is 25 new
# connections a second or 1 GB an hour


def test_one_load_balancer_adds_up_each_measure_and_takes_the_largest():
    behind = {**TASK, "front_door": "alb"}
    plain = {"shared": True, "options": [behind], "include": ["front_door"], "duration_ms": 1, "request_kb": 0}
    a = service(2, requests_per_month=25 * A_SECOND, response_kb=0, **plain)  # 25 connections a second: 1 LCU
    b = service(
        3, requests_per_month=25 * A_SECOND, requests_per_connection=100, response_kb=4, **plain
    )  # 0.25 connections a second, 90,000 x 4 KB an hour: 0.343 LCU
    found = portfolio([a, b])
    assert lines(found.cheapest) == {
        "ALB hours": (730, Decimal("16.43")),
        "ALB capacity units (LCU)": (730 * F("1.01"), Decimal("5.90")),  # 25.25 connections a second
    }
    ours = F(90_000 * 4, 1024 * 1024)
    whole = 730 * (F("0.0225") + F("1.01") * F("0.008"))
    assert found.cheapest.shares == (whole / (1 + ours), whole * ours / (1 + ours))
    # one of its own each: twice the hours
    apart = portfolio([Service(2, a.scenario), Service(3, b.scenario)])
    assert lines(apart.cheapest)["ALB hours"] == (1460, Decimal("32.85"))
    assert lines(apart.cheapest)["ALB capacity units (LCU)"][0] == 730 * (1 + ours)


def test_one_load_balancer_is_charged_by_the_largest_measure_of_each_hour():
    """By day one service opens connections, by night the other sends bytes: the largest of sums is not enough."""
    behind = {**TASK, "front_door": "alb"}
    plain = {"shared": True, "options": [behind], "include": ["front_door"], "duration_ms": 1, "request_kb": 0}
    day, night = ({"hourly": ([n] * 12 + [1 - n] * 12) * 7, "burst": 1} for n in (1, 0))
    a = service(2, requests_per_month=25 * A_SECOND, response_kb=0, traffic=day, **plain)  # 50 connections by day
    bytes_only = {"requests_per_connection": 10**6, "response_kb": 4, "traffic": night}
    b = service(3, requests_per_month=25 * A_SECOND, **bytes_only, **plain)
    found = portfolio([a, b])
    by_night = F(2 * 90_000 * 4, 1024 * 1024)
    assert lines(found.cheapest)["ALB capacity units (LCU)"][0] == 730 * (2 + by_night) / 2  # not 730 x 1


# a shared fleet. Fargate, Linux on x86, US East: $0.04048 a vCPU-hour, $0.004445 a GB-hour (AWS Fargate pricing)


def test_needs_of_an_hour_are_added_up_and_rounded_up_once():
    plain = {"shared": True, "options": [TASK], "measured_memory_mb": 1769}
    a = service(2, requests_per_month=10 * A_SECOND, cpu_ms=20, **plain)  # 0.2 vCPU: 0.4 tasks at half use
    b = service(3, requests_per_month=20 * A_SECOND, cpu_ms=40, **plain)  # 0.8 vCPU: 1.6 tasks
    found = portfolio([a, b])
    # together 2.0 tasks, and not a third
    assert lines(found.cheapest) == {
        "Fargate vCPU, x86": (1460, Decimal("59.10")),
        "Fargate memory, x86": (2920, Decimal("12.98")),
    }
    whole = 1460 * (F("0.04048") + 2 * F("0.004445"))
    assert found.cheapest.shares == (whole / 5, whole * 4 / 5)
    apart = portfolio([Service(2, a.scenario), Service(3, b.scenario)])
    assert lines(apart.cheapest)["Fargate vCPU, x86"][0] == 3 * 730


def test_a_service_of_the_day_and_one_of_the_night_need_no_more_than_one_of_them():
    day = [1] * 12 + [0] * 12
    weeks = [{"hourly": day * 7, "burst": 1}, {"hourly": day[::-1] * 7, "burst": 1}]
    rows = [  # 25 a second for 12 hours of each day, 20 ms of CPU each: 0.5 vCPU, one task at half use
        service(n, shared=True, options=[TASK], requests_per_month=25 * A_SECOND // 2, cpu_ms=20, traffic=week)
        for n, week in enumerate(weeks, 2)
    ]
    found = portfolio(rows)
    assert lines(found.cheapest)["Fargate vCPU, x86"][0] == 730
    assert found.cheapest.shares[0] == found.cheapest.shares[1]
    # at the same time of day: two by day, the smallest fleet by night
    both = portfolio(
        [
            rows[0],
            service(3, shared=True, options=[TASK], requests_per_month=25 * A_SECOND // 2, cpu_ms=20, traffic=weeks[0]),
        ]
    )
    assert lines(both.cheapest)["Fargate vCPU, x86"][0] == F(730 * 3, 2)


def test_units_must_hold_a_process_of_each():
    large = {**LAMBDA, "memory_mb": 2048}
    plain = {"shared": True, "options": [large, TASK], "cpu_ms": 1, "requests_per_month": 100 * A_SECOND}
    found = portfolio([service(n, working_set_mb=1023, request_mb=1, **plain) for n in (2, 3)])  # 2,048 MB in a task
    assert {one.choice for one in found.standings} == {"Fargate 1 vCPU 2 GB"}
    found = portfolio([service(n, working_set_mb=1024, request_mb=1, **plain) for n in (2, 3)])  # 2,050 MB
    assert {one.choice for one in found.standings} == {"Lambda 2048 MB"}
    why = "no shared fleet of Fargate 1 vCPU 2 GB: memory of one task for its processes and one request"
    assert {one.note for one in found.standings} == {why}
    fleet = portfolio([service(n, working_set_mb=1025, shared=True, options=[TASK], cpu_ms=1) for n in (2, 3)])
    first = "no option can be named cheapest (every option breaks a limit), so the first one stays"
    assert {one.note for one in fleet.standings} == {f"{first}; {why}"}


def test_cpu_credits_are_used_up_together():
    # t4g.small: 2 vCPU with a baseline of 20 % each, surplus at $0.04 a vCPU-hour (Amazon EC2 on-demand pricing)
    t4g = {"kind": "ec2", "instance_type": "t4g.small", "front_door": "none", "min_units": 1, "zones": 1}
    t4g |= {"survive_zone_loss": False, "ebs_gb": 0}
    plain = {"shared": True, "options": [t4g], "requests_per_month": 10 * A_SECOND, "cpu_ms": 30}
    rows = [service(n, **plain) for n in (2, 3)]  # 0.3 vCPU each, below the baseline of 0.4
    together = lines(portfolio(rows).cheapest)
    assert together["CPU credits above the baseline"] == (F("0.2") * 730, Decimal("5.84"))
    assert together["EC2 t4g.small"][0] == 730
    apart = lines(portfolio([Service(row.line, row.scenario) for row in rows]).cheapest)
    assert "CPU credits above the baseline" not in apart
    assert apart["EC2 t4g.small"][0] == 1460


def test_one_service_that_shares_with_nobody_is_billed_as_by_itself():
    document = {
        "include": ["compute", "front_door", "network", "logs", "operations"],
        "log_kb": 1,
        "outbound_kb": 3,
        "operations": {"wage_usd_per_hour": 80},
        "requests_per_month": 40 * A_SECOND,
        "cpu_ms": 25,
        "slo": None,
        "traffic": {"shape": "office_hours", "burst": 2},
        "request_mb": 2,
    }
    plan = {"purchase": "compute_savings_plan_1y_no_upfront", "operations_hours": 3}
    options = [
        {**TASK, **plan, "front_door": "alb", "zones": 3, "survive_zone_loss": True, "min_units": 2},
        {"kind": "ec2", "instance_type": "t4g.small", "cpu_speed": 1.1},
        {"kind": "ec2", "instance_type": "m7g.large", "scaling": "fixed"},
        {"kind": "ec2", "instance_type": "m7g.medium", "units": 9},
        {"kind": "lambda", "memory_mb": 1769, "front_door": "alb", "vpc": True},
        {"kind": "lambda", "memory_mb": 1769},
    ]
    for network in ({"subnets": "public"}, {"subnets": "private"}):
        for place, option in enumerate(options):
            given = {**document, "network": network, "options": [option], "measured_memory_mb": 1769}
            alone, shared = (portfolio([service(2, shared=flag, **given)]) for flag in (False, True))
            assert shared.cheapest.known_usd == alone.cheapest.known_usd > 0, (place, network)
            assert lines(shared.cheapest) == lines(alone.cheapest)
            assert [one.note for one in shared.standings] == [one.note for one in alone.standings]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": "eu-west-1"}, "region differs from the first service that shares"),
        ({"options": [{**TASK, "vcpu": 2, "memory_gb": 4}]}, "options.0 (Fargate 2 vCPU 4 GB) differs"),
        ({"options": [{**TASK, "min_units": 3}]}, "options.0 (Fargate 1 vCPU 2 GB) differs"),
        ({"options": [TASK, LAMBDA]}, "another number of options"),
        ({"slo": {"percentile": 99, "response_ms": 500}}, "workload.slo sizes a fleet for one service alone"),
        (
            {"options": [{"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m7g.large"}}]},
            "options.0 is a hybrid",
        ),
        ({"options": [{"kind": "ec2", "instance_type": "auto"}]}, "options.0 leaves its size to be chosen"),
    ],
)
def test_what_can_not_be_shared_is_refused(changes, words):
    with pytest.raises(InputError) as error:
        portfolio([service(2, shared=True, options=[TASK]), service(3, shared=True, **{"options": [TASK], **changes})])
    assert words in error.value.problems[0].line
    assert error.value.problems[0].line.startswith("shared = true does not fit: ")


# cents


@given(
    st.lists(st.fractions(min_value=0, max_value=10**6), min_size=1, max_size=30),
    st.integers(min_value=-50, max_value=50),
)
def test_shares_in_cents_add_up_to_the_total_and_none_is_a_cent_off(parts, off):
    whole = sum(parts, F(0))
    total = max(Decimal(int(whole * 100) + off).scaleb(-2), Decimal("0.00"))
    found = in_cents(parts, total)
    assert sum(found) == total
    for part, shown in zip(parts, found, strict=True):
        fair = part * F(total) / whole if whole else F(total) / len(parts)
        assert abs(F(shown) - fair) < F(1, 100)


# cold starts and provisioned concurrency of an account, against a usage document of what all of it used


@pytest.mark.parametrize("free_tier", [False, True])
def test_cold_starts_of_an_account_are_billed_together_and_stand_apart(free_tier):
    a = service(2, requests_per_month=3_000_000, init_ms=400, free_tier=free_tier)
    b = service(3, requests_per_month=900_000, init_ms=1500, duration_ms=300, free_tier=free_tier)
    account = portfolio([a, b])
    rows = []
    for one in (a, b):
        work = one.scenario.workload
        cold = compare(one.scenario).options[0].fleet.cold
        rows.append(
            {"service": "lambda", "memory_mb": 1024, "requests": int(work.requests_per_month)}
            | {"duration_ms": int(work.duration_ms), "init_ms": int(work.init_ms), "cold_starts": float(cold.starts)}
        )
    used = bill(UsageDocument.from_dict({"version": 1, "free_tier": free_tier, "usage": rows}))
    assert float(account.cheapest.known_usd) == pytest.approx(float(used.exact_usd), rel=1e-12)
    assert "Lambda billed initialisation, x86" in lines(account.cheapest)
    assert sum(account.cheapest.shares) == account.cheapest.known_usd
    for standing in account.standings:
        assert standing.baseline_usd > 0


def test_provisioned_concurrency_of_one_service_costs_what_it_costs_by_itself():
    ready = {**LAMBDA, "provisioned": 4}
    a = service(2, requests_per_month=3_000_000, init_ms=400, options=(ready, LAMBDA))
    account = portfolio([a])
    comparison = compare(a.scenario)
    assert account.baseline.known_usd == comparison.options[0].cost_usd
    assert account.cheapest.known_usd == comparison.best.cost_usd


def test_a_fee_is_a_fraction_of_each_type_s_own_price():
    def managed(name):
        return {"kind": "ecs_managed_instances", "instance_type": name, "front_door": "none", "units": 1, **ALONE}

    a, b = (service(line, options=(managed(name),)) for line, name in ((2, "c7g.large"), (3, "m7i.xlarge")))
    account = portfolio([a, b])
    # 12 % of $0.0725 and of $0.2016, both rounded to four decimals, for 730 hours
    fees = [730 * F(12, 100) * price for price in (F("0.0725"), F("0.2016"))]
    of_each = [sum(line.exact_usd for line in account.cheapest.bills["us-east-1"].lines if "fee" in line.item.lower())]
    assert of_each == [sum(fees)]
    alone = [compare(one.scenario).options[0].cost_usd for one in (a, b)]
    assert account.cheapest.shares == tuple(alone)


ALONE = {"min_units": 1, "zones": 1, "survive_zone_loss": False}


def test_work_that_may_wait_has_a_fleet_of_its_own(tmp_path: Path) -> None:
    """Sized together it would have units for its peaks, as if somebody waited."""
    base = {
        "version": 1, "name": "b", "include": ["compute"],
        "workload": {"requests_per_month": "1M", "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 100},
        "options": [{"kind": "fargate", "vcpu": 1, "memory_gb": 2}],
    }  # fmt: skip
    table = tmp_path / "t.csv"
    rows = "name,shared,workload.kind,workload.max_wait_s\na,{0},queue,600\nb,{0},job,\nc,{0},service,\n"
    table.write_text(rows.format("false"), "utf-8")
    assert len(read_table(table, base).services) == 3
    table.write_text(rows.format("true"), "utf-8")
    told = [failure.words for failure in read_table(table, base).failures]
    assert sum("by its own longest wait" in line for line in told) == 2
