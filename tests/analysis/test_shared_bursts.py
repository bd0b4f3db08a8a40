"""Rare bursts of services that share a fleet and a load balancer, against one service alone and months at random."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F
from math import ceil

import pytest

from campaigns import PROVE
from lambdaplan import InputError, Scenario, compare
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import read_table
from lambdaplan.analysis.shared_fleet import alone, shared_fleet, together

FLAT = {"shape": "flat", "burst": 1.5}
WORK = {"duration_ms": 200, "cpu_ms": 40, "working_set_mb": 120}
TASKS = {"kind": "fargate", "vcpu": 1, "memory_gb": 2}
SMALL = {"kind": "ec2", "instance_type": "t3.small"}
FIRST = [{"per_month": 50, "minutes": 10, "rps": 200}, {"per_month": 40, "minutes": 0.5, "rps": 300}]
SECOND = [{"per_month": 20, "minutes": 30, "rps": 90}]


def service(requests, traffic, *options, **more):
    """One of the services that share."""
    work = WORK | {"requests_per_month": requests, "traffic": traffic}
    document = {"version": 1, "name": f"{requests}", "workload": work, "options": options or (TASKS,), **more}
    return Scenario.from_dict(document)


def sharing(*options):
    """Two services with bursts, one by office hours."""
    return [
        service(20_000_000, {"shape": "office_hours", "bursts": FIRST}, *options),
        service(15_000_000, FLAT | {"bursts": SECOND}, *options),
    ]


@pytest.mark.parametrize("option", [TASKS, SMALL, TASKS | {"scaling": "fixed"}, TASKS | {"units": 60}])
def test_one_service_that_shares_with_nobody_pays_what_it_pays_alone(option):
    scenario = sharing(option)[0]
    result = compare(scenario).options[0]
    mine, use = alone(result), together([scenario], 0)
    assert [(e.label, e.quantity) for e in use.parts[0]] == [(e.label, e.quantity) for e in mine.parts[0]]
    assert use.feasible == mine.feasible
    fleet = shared_fleet([scenario.workload], result.option, [scenario]).fleet
    for name in ("unit_hours", "units_mean", "units_peak", "in_flight_mean", "in_flight_peak", "utilisation_mean"):
        assert getattr(fleet, name) == getattr(result.fleet, name), name


def test_a_burst_of_one_has_the_fleet_of_both_for_its_time():
    """By hand, of flat weeks: a burst of 90/s beside 10.4/s with peaks of 15.6/s, at 1 vCPU a task and 40 ms each."""
    calm, busy = service(27_331_200, FLAT), service(15_000_000, FLAT | {"bursts": SECOND})
    rest = F(15_000_000 - 20 * 1800 * 90) / ((730 - 10) * 3600)
    units = [
        max(2, 2 * ceil(load * F(40, 1000)), ceil(load * F(40, 600)))
        for load in (F("15.6") + rest * F(3, 2), 90 + F("15.6"))
    ]
    fleet = shared_fleet([calm.workload, busy.workload], calm.options[0], [calm, busy]).fleet
    assert fleet.unit_hours == 720 * units[0] + 10 * units[1]
    assert fleet.units_peak == units[1] == 10


def walked_unit_hours(scenarios, least_s, months, seed):
    """Unit-hours of months in which bursts of both come at random, and may meet; at 1 vCPU a task and 40 ms each."""
    rng, total = random.Random(seed), 0.0
    weeks = []
    for one in scenarios:
        traffic, mean = one.workload.traffic, one.workload.mean_rps(730)
        scale = float(mean * traffic.rest_of_mean * traffic.burst) * 168 / sum(traffic.whole)
        weeks.append([scale * weight for weight in traffic.whole])

    def units_of(load):
        return max(2, 2 * ceil(load * 0.04 - 1e-9), ceil(load * 0.04 / 0.6 - 1e-9))

    for _ in range(months):
        first, starts = rng.randrange(168), []
        for n, one in enumerate(scenarios):
            for burst in one.workload.traffic.bursts:
                for _ in range(int(burst.per_month)):
                    at = rng.uniform(0, 730 - float(burst.minutes) / 60)
                    starts.append((at, at + float(burst.minutes) / 60, n, float(burst.rps)))
        cuts = sorted({float(hour) for hour in range(731)} | {edge for one in starts for edge in one[:2]})
        for begin, end in itertools.pairwise(cuts):
            loads = [week[(first + int((begin + end) / 2)) % 168] for week in weeks]
            for a, b, n, rps in starts:
                if a <= begin and end <= b:
                    loads[n] = rps
            total += units_of(sum(loads)) * (end - begin)
        for a, b, n, rps in starts:
            loads = [week[(first + int(a)) % 168] for week in weeks]
            few = units_of(sum(loads))
            loads[n] = rps
            total += max(units_of(sum(loads)) - few, 0) * max(least_s / 3600 - (b - a), 0)
    return total / months


def test_unit_hours_are_near_those_of_months_in_which_bursts_may_meet():
    scenarios = sharing(TASKS)
    fleet = shared_fleet([one.workload for one in scenarios], scenarios[0].options[0], scenarios).fleet
    walked = walked_unit_hours(scenarios, 60, 200 if PROVE else 20, 3)
    assert float(fleet.unit_hours) == pytest.approx(walked, rel=0.01)
    assert fleet.unit_hours < sum(compare(one).options[0].fleet.unit_hours for one in scenarios)


def test_a_fixed_fleet_stands_for_all_bursts_at_once():
    """300/s and 90/s at 40 ms are 15.6 vCPU: 32 tasks in two zones."""
    scenarios = sharing(TASKS | {"scaling": "fixed"})
    fleet = shared_fleet([one.workload for one in scenarios], scenarios[0].options[0], scenarios).fleet
    assert fleet.units_mean == fleet.units_peak == 32
    assert fleet.in_flight_peak > 390 * F(160, 1000)


def test_batches_take_services_with_bursts_on_one_fleet(tmp_path):
    """The account is billed; on standard credits, and where bursts take the whole month, a line says why not."""
    table = tmp_path / "table.csv"
    table.write_text("name,workload.traffic.bursts.0.rps,shared\na,80,true\nb,90,true\n", "utf-8")
    base = sharing({"kind": "lambda", "memory_mb": 1024}, TASKS, SMALL)[1]
    found = read_table(table, base.document())
    assert not found.failures and len(found.services) == 2
    account = portfolio(found.services)
    assert account.cheapest.total_usd > 0
    standard = sharing(SMALL | {"cpu_credits": "standard"})[1]
    with pytest.raises(InputError, match="standard CPU credits"):
        read_table(table, standard.document())
    long = [{"per_month": 30, "minutes": 800, "rps": 4}]
    often = service(15_000_000, FLAT | {"bursts": long})
    (failure,) = read_table(table_without(table), often.document()).failures
    assert "whole month" in str(failure)


def table_without(table):
    """The same two services as the base has them."""
    table.write_text("name,shared\na,true\nb,true\n", "utf-8")
    return table
