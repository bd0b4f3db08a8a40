"""Fleets that can be checked by hand: which limit binds, whole units, weeks, zones, surplus credits.

The service below runs 100 ms on one whole vCPU. A month of 672 hours is four weeks; in one of 720
hours, one request a second is 2,592,000 requests.
"""

from __future__ import annotations

import copy
from decimal import Decimal as D
from fractions import Fraction as F
from itertools import count

import pytest

import lambdaplan
import oracle_compare

ONE_RPS = 3600 * 720  # requests a month of 720 hours
DAY_RPS = 3600 * 24 * 4  # requests in 672 hours: one a second on one day of each week
TASK = {"kind": "fargate", "vcpu": 1, "memory_gb": 2}


def service(option, *, requests, hours=720, **workload):
    return {
        "version": 1,
        "name": "by hand",
        "hours_per_month": hours,
        "include": ["compute"],
        "workload": {
            "requests_per_month": requests,
            "duration_ms": 100,
            "measured_memory_mb": 1769,
            "cpu_ms": 100,
            "working_set_mb": 100,
            "traffic": {"shape": "flat", "burst": 1},
            **workload,
        },
        "options": [option],
    }


def result(document):
    """The option as printed."""
    return lambdaplan.compare(lambdaplan.Scenario.from_dict(document)).document()["options"][0]


def fleet(option, **fields):
    return result(service(option, **fields))["fleet"]


def quantity(printed, price_item):
    """The quantity of one line; None where there is no such line."""
    found = [D(line["quantity"]) for line in printed["lines"] if line["price_item"] == price_item]
    assert len(found) <= 1
    return found[0] if found else None


def week(days, hours, high, low):
    """168 weights: `high` in these hours of these days (0 is Monday), `low` elsewhere."""
    return [high if hour // 24 in days and hour % 24 in hours else low for hour in range(168)]


# ---------------------------------------------------------------- M5: what one unit carries


@pytest.mark.parametrize(
    ("option", "workload", "unit_rps", "bound_by"),
    [
        # 1 vCPU x 0.6 / 0.1 s of CPU.
        (TASK, {}, 6, "cpu"),
        (TASK | {"target_utilisation": 0.75}, {}, 7.5, "cpu"),
        (TASK | {"vcpu": 0.5}, {}, 3, "cpu"),
        # CPU 1 x 0.6 / 0.01 s = 60; a blocking server 1 x 0.6 / 0.1 s = 6.
        (TASK, {"cpu_ms": 10, "concurrency_per_process": 1}, 6, "slots"),
        # Two vCPU, two processes.
        (TASK | {"vcpu": 2, "memory_gb": 4}, {"cpu_ms": 10, "concurrency_per_process": 1}, 12, "slots"),
        # Two vCPU, but 4,096 MB hold one process of 3,000 MB.
        (
            TASK | {"vcpu": 2, "memory_gb": 4},
            {"cpu_ms": 10, "concurrency_per_process": 1, "working_set_mb": 3000},
            6,
            "slots",
        ),
        # Half a vCPU still runs one process; its wall time: 90 ms of waiting and 10 / 0.5 ms.
        (TASK | {"vcpu": 0.5}, {"cpu_ms": 10, "concurrency_per_process": 1}, F(6, 10) / F(110, 1000), "slots"),
        # 2,048 MB less 1,048 hold two requests of 500 MB for 0.1 s each: no share of utilisation.
        (TASK, {"cpu_ms": 10, "working_set_mb": 1048, "request_mb": 500}, 20, "memory"),
        (TASK | {"target_utilisation": 0.5}, {"cpu_ms": 10, "working_set_mb": 1048, "request_mb": 500}, 20, "memory"),
        # 60 by CPU is less than 100 by memory.
        (TASK, {"cpu_ms": 10, "working_set_mb": 1048, "request_mb": 100}, 60, "cpu"),
        # Nothing to compute: 1,000 slots x 0.6 / 0.1 s.
        (TASK, {"cpu_ms": 0}, 6000, "slots"),
        # An instance keeps 300 MB for itself: 1,024 - 300 - 624 = 100 MB, one request at a time.
        (
            {"kind": "ec2", "instance_type": "t3.micro"},
            {"cpu_ms": 10, "working_set_mb": 312, "request_mb": 100},
            10,
            "memory",
        ),
        # Burstable: two vCPU, of which credits say how long they last.
        ({"kind": "ec2", "instance_type": "t4g.small"}, {}, 12, "cpu"),
        ({"kind": "ec2", "instance_type": "t4g.small", "cpu_credits": "standard"}, {}, 12, "cpu"),
        (
            {"kind": "ec2", "instance_type": "t4g.small", "cpu_credits": "standard", "target_utilisation": 0.1},
            {},
            2,
            "cpu",
        ),
    ],
)
def test_the_least_limit_binds(option, workload, unit_rps, bound_by):
    found = fleet(option, requests=ONE_RPS, **workload)
    assert found["unit_rps"] == pytest.approx(float(unit_rps), rel=1e-14)
    assert found["bound_by"] == bound_by


def test_wall_time_follows_the_vcpu_a_request_can_use():
    # 100 ms on one vCPU, 40 of them CPU: 60 + 40 / v.
    half = fleet(TASK | {"vcpu": 0.5}, requests=ONE_RPS, cpu_ms=40)
    two = fleet(TASK | {"vcpu": 2, "memory_gb": 4}, requests=ONE_RPS, cpu_ms=40)
    threads = {"cpu_threads": 4, "cpu_ms": 40}
    parallel = fleet(TASK | {"vcpu": 2, "memory_gb": 4}, requests=ONE_RPS, **threads)
    assert (half["wall_ms"], two["wall_ms"], parallel["wall_ms"]) == (140, 100, 80)
    # Little's law: one request a second for 0.14 s.
    assert half["in_flight_mean"] == pytest.approx(0.14, rel=1e-14)


@pytest.mark.parametrize(
    ("option", "workload", "feasible"),
    [
        # 512 - 300 = 212 MB of a t3.nano.
        ({"kind": "ec2", "instance_type": "t3.nano"}, {"working_set_mb": 212}, True),
        ({"kind": "ec2", "instance_type": "t3.nano"}, {"working_set_mb": 212.001}, False),
        ({"kind": "ec2", "instance_type": "t3.nano"}, {"working_set_mb": 212, "request_mb": 1}, False),
        (
            {"kind": "ec2", "instance_type": "t3.nano", "reserved_mb": 299},
            {"working_set_mb": 212, "request_mb": 1},
            True,
        ),
        ({"kind": "ec2", "instance_type": "t3.nano", "reserved_mb": 600}, {"working_set_mb": 1}, False),
        (TASK, {"working_set_mb": 2048}, True),
        (TASK, {"working_set_mb": 2049}, False),
        ({"kind": "lambda", "memory_mb": 256}, {"working_set_mb": 200, "request_mb": 56}, True),
        ({"kind": "lambda", "memory_mb": 256}, {"working_set_mb": 200, "request_mb": 56.5}, False),
        # 900,000 ms are 15 minutes.
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "none"}, {"duration_ms": 900_000}, True),
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "none"}, {"duration_ms": 900_001}, False),
        # An HTTP API waits 30 seconds, whatever stands behind it, and for as long as a request may take.
        ({"kind": "lambda", "memory_mb": 1769}, {"duration_ms": 30_000}, True),
        ({"kind": "lambda", "memory_mb": 1769}, {"duration_ms": 30_001}, False),
        ({"kind": "lambda", "memory_mb": 1769}, {"timeout_ms": 30_000}, True),
        ({"kind": "lambda", "memory_mb": 1769}, {"timeout_ms": 30_001}, False),
        # 6 MB in one piece to Lambda, 1 MB of it through a load balancer.
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "none"}, {"response_kb": 6144}, True),
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "none"}, {"response_kb": 6145}, False),
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "alb"}, {"request_kb": 1024}, True),
        ({"kind": "lambda", "memory_mb": 1769, "front_door": "alb"}, {"request_kb": 1025}, False),
    ],
)
def test_a_unit_that_cannot_hold_one_process_or_run_long_enough_is_infeasible(option, workload, feasible):
    printed = result(service(option, requests=1, **workload))
    assert printed["feasible"] is feasible
    assert bool(printed["violations"]) is not feasible
    assert all(violation["adjustable"] is False for violation in printed["violations"])


def test_a_thousand_in_flight_and_ten_thousand_a_second_are_warnings():
    # 10,000 requests a second for 0.1 s are 1,000 in flight; both quotas are reached together.
    option = {"kind": "lambda", "memory_mb": 1769, "front_door": "none"}
    at, above = (result(service(option, requests=10_000 * ONE_RPS + more)) for more in (0, 1))
    assert at["violations"] == []
    in_flight, rate = above["violations"]
    assert above["feasible"] is True
    assert in_flight["adjustable"] is True and in_flight["allowed"] == 1000 and in_flight["ask_for"] == 1001
    # requests a second rise with that quota, ten for each: 10,000.0000004 need 1,001
    assert rate["adjustable"] is True and rate["allowed"] == 1000 and rate["ask_for"] == 1001


def test_a_burst_of_more_environments_than_lambda_adds_in_ten_seconds_is_a_warning():
    # 15,000 requests a second at the peak, for 0.2 s: 3,000 in flight, of which 1,000 come with a burst of 1.5.
    option = {"kind": "lambda", "memory_mb": 1769, "front_door": "none"}
    for more, broken in ((0, False), (2, True)):
        document = service(option, requests=10_000 * ONE_RPS + more, duration_ms=200)
        document["workload"]["traffic"] = {"shape": "flat", "burst": 1.5}
        printed = result(document)
        found = [v for v in printed["violations"] if "at once" in v["limit"]]
        assert printed["feasible"] is True and bool(found) is broken
        assert all(v["advisory"] and not v["adjustable"] and v["allowed"] == 1000 for v in found)


# ---------------------------------------------------------------- M6: whole units


@pytest.mark.parametrize(
    ("fields", "rps", "at", "above"),
    [
        # 6 requests a second a task at the target, 10 flat out.
        ({"survive_zone_loss": False, "min_units": 1}, 6, 1, 2),
        ({"survive_zone_loss": False, "min_units": 1}, 60, 10, 11),
        ({"survive_zone_loss": False}, 6, 2, 2),
        ({"survive_zone_loss": False}, 12, 2, 3),
        # Two zones: half of the tasks, rounded down, must carry the peak flat out.
        ({}, 10, 2, 4),
        ({}, 20, 4, 6),
        # Three zones: two thirds. 20 / 6 asks for 4 tasks, which leave two.
        ({"zones": 3}, 12, 3, 3),
        ({"zones": 3}, 20, 4, 5),
        ({"zones": 4}, 30, 5, 6),
        # Driven at 1: 20 flat out are two tasks by load, three by the loss of one zone of three.
        ({"zones": 3, "target_utilisation": 1}, 20, 3, 5),
        ({"min_units": 7}, 10, 7, 7),
    ],
)
def test_units_at_a_step_and_one_request_above(fields, rps, at, above):
    option = TASK | fields
    assert fleet(option, requests=rps * ONE_RPS - 1)["units_peak"] <= at
    assert fleet(option, requests=rps * ONE_RPS)["units_peak"] == at
    assert fleet(option, requests=rps * ONE_RPS + 1)["units_peak"] == above


@pytest.mark.parametrize("zones", [2, 3, 4, 16])
@pytest.mark.parametrize("rps", [F(1), F(10), F(101, 10), F(999, 7)])
def test_the_smallest_number_that_survives_is_found_by_trying(zones, rps):
    option = TASK | {"zones": zones, "min_units": 0}
    document = service(option, requests=int(rps * ONE_RPS))
    peak = F(document["workload"]["requests_per_month"], ONE_RPS)
    tried = next(n for n in count() if n * 6 >= peak and (n - -(-n // zones)) * 10 >= peak)
    assert result(document)["fleet"]["units_peak"] == tried
    assert oracle_compare.options(document)[0].needed(peak) == tried


def test_the_burst_raises_the_peak_and_not_the_mean():
    # 8 a second on average, 12 at the peak of the hour.
    option = TASK | {"survive_zone_loss": False, "min_units": 1}
    calm = fleet(option, requests=8 * ONE_RPS, traffic={"shape": "flat", "burst": 1})
    usual = fleet(option, requests=8 * ONE_RPS + 1, traffic={"shape": "flat"})
    assert (calm["units_peak"], usual["units_peak"]) == (2, 3)
    assert usual["in_flight_peak"] == pytest.approx(1.5 * usual["in_flight_mean"], rel=1e-12)


# 3 a second for eight hours on five days, 1 otherwise: 40 x 3 + 128 = 248 hours of 1 a second.
OFFICE = week(range(5), range(9, 17), 3, 1)
OFFICE_REQUESTS = 4 * 248 * 3600


@pytest.mark.parametrize(
    ("fields", "times", "task_hours", "peak"),
    [
        # 2 a second need one task, 6 need one as well, exactly.
        ({}, 2, 4 * 168, 1),
        # 3 need one, 9 need two: 128 + 40 x 2 = 208 hours a week.
        ({}, 3, 4 * 208, 2),
        ({"scaling": "fixed"}, 3, 4 * 336, 2),
        ({"min_units": 2}, 3, 4 * 336, 2),
        # 10 need two, 30 need five.
        ({}, 10, 4 * (128 * 2 + 40 * 5), 5),
        ({"scaling": "fixed"}, 10, 4 * 168 * 5, 5),
        ({"units": 6}, 10, 4 * 168 * 6, 6),
    ],
)
def test_a_week_by_hand(fields, times, task_hours, peak):
    option = TASK | {"survive_zone_loss": False, "min_units": 1} | fields
    traffic = {"hourly": OFFICE, "burst": 1}
    printed = result(service(option, requests=times * OFFICE_REQUESTS, hours=672, traffic=traffic))
    assert quantity(printed, "vcpu_hour/x86_64/linux/on_demand") == task_hours
    assert quantity(printed, "gb_hour/x86_64/linux/on_demand") == 2 * task_hours
    assert printed["fleet"]["units_peak"] == peak
    assert printed["fleet"]["units_mean"] == pytest.approx(task_hours / 672, rel=1e-14)


def test_weights_that_differ_by_a_factor_are_the_same_week():
    option = TASK | {"survive_zone_loss": False, "min_units": 1}
    requests = 3 * OFFICE_REQUESTS
    found = [
        result(service(option, requests=requests, traffic={"hourly": [w * factor for w in OFFICE], "burst": 1}))
        for factor in (1, 7, 0.25)
    ]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("scaling", ["hourly", "fixed"])
@pytest.mark.parametrize(("least", "units"), [(0, 0), (1, 1), (5, 5)])
def test_no_traffic_leaves_the_smallest_fleet(scaling, least, units):
    printed = result(service(TASK | {"min_units": least, "scaling": scaling}, requests=0))
    assert printed["fleet"]["units_peak"] == printed["fleet"]["units_mean"] == units
    assert (quantity(printed, "vcpu_hour/x86_64/linux/on_demand") or 0) == units * 720


def test_hours_without_traffic_keep_the_smallest_fleet():
    # Six a second for one hour a week and nothing else; two tasks at night cost as much.
    traffic = {"hourly": week([0], [12], 1, 0), "burst": 1}
    option = TASK | {"survive_zone_loss": False, "min_units": 0}
    printed = result(service(option, requests=4 * 12 * 3600, hours=672, traffic=traffic))
    assert quantity(printed, "vcpu_hour/x86_64/linux/on_demand") == 4 * 2


@pytest.mark.parametrize(
    ("fields", "rps", "feasible"),
    [
        # 20 a second need four tasks, one request more needs six.
        ({"max_units": 4}, 20, True),
        ({"max_units": 5}, F(20 * ONE_RPS + 1, ONE_RPS), False),
        ({"max_units": 6}, F(20 * ONE_RPS + 1, ONE_RPS), True),
        ({"units": 4}, 20, True),
        ({"units": 5}, F(20 * ONE_RPS + 1, ONE_RPS), False),
        ({"units": 4, "survive_zone_loss": False}, 24, True),
        ({"units": 4, "survive_zone_loss": False}, F(24 * ONE_RPS + 1, ONE_RPS), False),
        ({"units": 4, "min_units": 5}, 1, True),
    ],
)
def test_a_fleet_that_may_not_grow_enough_is_infeasible(fields, rps, feasible):
    printed = result(service(TASK | fields, requests=int(rps * ONE_RPS)))
    assert printed["feasible"] is feasible
    assert bool(printed["violations"]) is not feasible


# ---------------------------------------------------------------- surplus credits

SMALL = {"kind": "ec2", "instance_type": "t4g.small", "survive_zone_loss": False}  # 2 vCPU, baseline 0.2 each
SURPLUS = "surplus_credit_vcpu_hour/t4g"


def test_surplus_of_a_flat_week():
    # Ten a second x 0.1 s of CPU use 1 vCPU; two instances earn 2 x 2 x 0.2 = 0.8.
    printed = result(service(SMALL, requests=10 * ONE_RPS))
    assert printed["fleet"]["units_peak"] == 2
    assert quantity(printed, SURPLUS) == D("0.2") * 720
    assert not quantity(result(service(SMALL, requests=8 * ONE_RPS)), SURPLUS)
    assert quantity(result(service(SMALL, requests=8 * ONE_RPS + 36)), SURPLUS) == D("0.001")


def test_surplus_of_a_busy_monday_is_made_good_by_the_idle_week():
    # Ten a second on Mondays only: (1 - 0.8) x 24 = 4.8 vCPU-hours, of 19.2 that two instances have kept.
    traffic = {"hourly": week([0], range(24), 1, 0), "burst": 1}
    printed = result(service(SMALL, requests=10 * DAY_RPS, hours=672, traffic=traffic))
    assert not quantity(printed, SURPLUS)


def test_surplus_beyond_what_two_days_earn_is_charged():
    # Forty a second on Mondays use 4 vCPU, two instances earn 0.8: 76.8 vCPU-hours, of which 19.2 were kept and 19.2
    # are paid back on Tuesday. Four times a month.
    traffic = {"hourly": week([0], range(24), 1, 0), "burst": 1}
    option = SMALL | {"units": 2, "target_utilisation": 1}
    printed = result(service(option, requests=40 * DAY_RPS, hours=672, traffic=traffic))
    assert quantity(printed, SURPLUS) == D("38.4") * 4


def test_surplus_of_instances_that_end_is_charged():
    # Monday's 40 a second run on four instances at half their CPU. Two stand all week and have 19.2 vCPU-hours kept, of
    # which they use 2 x (1 - 0.4) x 24 = 28.8 and pay 9.6 back. The other two owe the same when they end.
    traffic = {"hourly": week([0], range(24), 1, 0), "burst": 1}
    option = SMALL | {"target_utilisation": 0.5}
    printed = result(service(option, requests=40 * DAY_RPS, hours=672, traffic=traffic))
    assert printed["fleet"]["units_peak"] == 4
    assert quantity(printed, SURPLUS) == D("28.8") * 4


def test_more_units_earn_more():
    # Fixed: three instances all day for the 30 a second of one hour; 3 x 0.4 x 24 = 28.8 earned.
    traffic = {"hourly": [30 if hour % 24 == 12 else 10 for hour in range(168)], "burst": 1}
    requests = 4 * 7 * 3600 * (23 * 10 + 30)  # 26 vCPU-hours used a day
    fixed = result(service(SMALL | {"scaling": "fixed"}, requests=requests, hours=672, traffic=traffic))
    hourly = result(service(SMALL, requests=requests, hours=672, traffic=traffic))
    assert fixed["fleet"]["units_mean"] == 3 and not quantity(fixed, SURPLUS)
    # Hourly: two instances lose 23 x (0.4 - 0.5) + 0.4 - 1 = -2.9 a day, the third owes 0.6 when its hour ends.
    assert quantity(hourly, "t4g.small/on_demand") == 4 * 7 * 49
    assert quantity(hourly, SURPLUS) == D("6.4") * 7 * 4


@pytest.mark.parametrize("instance", ["t4g.small", "m7g.medium"])
def test_no_surplus_without_unlimited_bursting(instance):
    option = SMALL | {"instance_type": instance, "cpu_credits": "standard"}
    assert not quantity(result(service(option, requests=50 * ONE_RPS)), SURPLUS)


def test_volumes_stand_as_long_as_their_instances():
    printed = result(service(SMALL | {"ebs_gb": 10}, requests=0))
    assert quantity(printed, "t4g.small/on_demand") == 2 * 720
    assert quantity(printed, "gp3_storage") == 20


def test_order_of_the_hours_changes_no_bill_without_credits():
    option = SMALL | {"instance_type": "c7g.medium"}
    document = service(option, requests=3 * OFFICE_REQUESTS, hours=672, traffic={"hourly": OFFICE, "burst": 1})
    turned = copy.deepcopy(document)
    turned["workload"]["traffic"]["hourly"] = [w for day in range(7) for w in OFFICE[day * 24 : day * 24 + 24][::-1]]
    assert result(document) == result(turned)
