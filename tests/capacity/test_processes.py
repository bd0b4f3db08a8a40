"""Worker processes of a unit: as many as are given, which must fit together, or as many as M5 gives."""

from __future__ import annotations

import copy
import dataclasses
import json
from fractions import Fraction as F

import pytest

import lambdaplan
from lambdaplan.analysis.shared_fleet import shared_fleet
from lambdaplan.comparison.month import settle
from lambdaplan.resources import data_table
from places import GOLDEN

FIELD = json.loads((GOLDEN / "field" / "f6_workers_memory.json").read_text("utf-8"))
BASE = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "min_units": 1, "survive_zone_loss": False}


def compared(option=None, **workload):
    document = copy.deepcopy(FIELD)
    document["workload"] |= workload
    if option is not None:
        document["options"] = [option]
    return lambdaplan.compare(lambdaplan.Scenario.from_dict(document))


def test_three_workers_of_800_mb_do_not_fit_in_2_gb_and_the_limit_says_so():
    (result,) = lambdaplan.compare(lambdaplan.Scenario.from_dict(FIELD)).options
    assert not result.feasible
    (limit,) = result.violations
    assert (limit.value, limit.allowed, limit.adjustable) == (2400, 2048, False)
    assert "`processes`" in limit.limit


@pytest.mark.parametrize(
    ("processes", "rps", "tasks"),
    [  # 30 a second; a worker serves 0.7 / 0.1 s = 7 a second; the CPU of a task 0.7 / 0.02 s = 35
        (None, 7, 5),  # one, as of one vCPU
        (1, 7, 5),
        (2, 14, 3),
    ],
)
def test_given_workers_are_so_many_slots(processes, rps, tasks):
    option = FIELD["options"][0] | {"processes": processes}
    (result,) = compared(option).options
    assert (result.fleet.unit_rps, result.fleet.units_peak, result.feasible) == (rps, tasks, True)


def test_at_the_last_megabyte_they_fit():
    # 2 x 1000 + 48 MB of a request are 2 GB
    assert compared(FIELD["options"][0] | {"processes": 2}, working_set_mb=1000, request_mb=48).options[0].feasible
    assert not compared(FIELD["options"][0] | {"processes": 2}, working_set_mb=1000, request_mb=49).options[0].feasible


def test_memory_beside_the_workers_carries_requests():
    # 2048 - 2 x 800 = 448 MB, of 100 MB each: 4.48 requests of 100 ms at once
    option = FIELD["options"][0] | {"processes": 2}
    (result,) = compared(option, request_mb=100, concurrency_per_process=1000, cpu_ms=1).options
    assert (result.fleet.unit_rps, result.fleet.bound_by) == (F("44.8"), "memory")


@pytest.mark.parametrize(
    "auto",
    [
        {"kind": "fargate", "size": "auto"},
        {"kind": "ec2", "instance_type": "auto"},
        {"kind": "ecs_managed_instances", "instance_type": "auto"},
    ],
)
def test_sizes_that_cannot_hold_the_workers_are_left_out_of_a_choice(auto):
    # 4 x 800 MB do not fit in 3 GB of a task, nor in 4 GB of an instance less 300 MB of its system with a headroom
    scenario = compared(auto | {"processes": 4, "min_units": 1, "front_door": "none"}).scenario
    size = settle(scenario, scenario.options[0]).unit(scenario.book)
    assert size.memory_mb - size.reserved_mb >= 3200
    without = compared(auto | {"processes": 1, "min_units": 1, "front_door": "none"}).scenario
    assert settle(without, without.options[0]).unit(without.book).memory_mb < size.memory_mb


def test_where_no_size_holds_them_the_largest_stands_for_all_and_breaks_the_limit():
    (result,) = compared({"kind": "fargate", "size": "auto", "processes": 400}).options
    assert not result.feasible and result.bill.lines
    assert any("`processes`" in limit.limit for limit in result.violations)


def test_the_base_of_a_hybrid_holds_its_workers():
    hybrid = {"kind": "hybrid", "base": BASE | {"front_door": "none"}, "level": 10, "front_door": "alb"}
    hybrid["overflow"] = {"kind": "lambda", "memory_mb": 1769}
    for processes, feasible in ((2, True), (3, False)):
        hybrid["base"]["processes"] = processes
        assert compared(hybrid).options[0].feasible is feasible
    # 10 a second of 2 x 7: one task
    hybrid["base"] |= {"processes": 2, "target_utilisation": 0.7}
    assert compared(hybrid).options[0].fleet.units_peak == 1


def test_environments_of_managed_instances_stand_where_processes_do():
    managed = {"kind": "lambda_managed_instances", "instance_type": "m7g.xlarge", "processes": 4, "memory_gb": 4}
    four = compared(managed).options[0]
    assert four.feasible and four.fleet.unit_rps == 4 * F("0.6") / F("0.1")  # 4 vCPU, 16 GB
    five = compared(managed | {"processes": 5}).options[0]
    assert [(one.value, one.allowed, one.unit) for one in five.violations if not one.adjustable] == [
        (5 * 4096, 16384, "MB"),
        (5, 4, "vCPU"),
    ]


def test_services_that_share_a_fleet_run_so_many_workers_each():
    scenario = compared(BASE | {"processes": 2}, working_set_mb=400).scenario
    both = shared_fleet([scenario.workload] * 2, scenario.options[0], [scenario] * 2)
    assert not any(limit.broken for limit in both.fleet.limits)  # 2 x (400 + 400) MB
    assert both.fleet.units_peak == 3  # 30 a second each, at 2 x 0.6 / 0.1 s, in slots of their own
    three = dataclasses.replace(scenario.options[0], processes=3)
    (limit,) = [one for one in shared_fleet([scenario.workload] * 2, three, [scenario] * 2).fleet.limits if one.broken]
    assert (limit.value, limit.allowed) == (2400, 2048)


def test_along_an_axis_the_winner_changes_where_they_no_longer_fit():
    document = copy.deepcopy(FIELD)
    document["options"][0]["processes"] = 1
    document["sweep"] = {"over": "options.0.processes", "from": 1, "to": 6, "scale": "linear"}
    (change,) = lambdaplan.compare(lambdaplan.Scenario.from_dict(document)).crossovers
    assert (change.at, change.above) == (3, None)


# a runtime whose processes usually take one request at a time

NODE = {"kind": "fargate", "vcpu": 1, "memory_gb": 4, "label": "Tasks"}


def warned(option=NODE, **workload):
    given = {"concurrency_per_process": 1000, "runtime": "python3.13"} | workload
    return [line for line in compared(option, **given).warnings if "concurrency_per_process" in line]


def test_python_and_ruby_with_the_default_are_warned_of_once():
    for runtime, server in (("python3.13", "Gunicorn"), ("ruby3.3", "Unicorn")):
        (line,) = warned(runtime=runtime)
        assert line.startswith(f"{runtime}: ") and server in line and "Tasks" in line
        assert "Set workload.concurrency_per_process" in line and "processes" in line


def test_others_are_not():
    assert warned(runtime="nodejs22.x") == warned(runtime="java21") == []
    assert warned(concurrency_per_process=1) == warned(concurrency_per_process=8) == []
    assert warned(runtime=None, init_ms=200) == []
    assert warned({"kind": "lambda", "memory_mb": 1769}) == []
    managed = {"kind": "lambda_managed_instances", "instance_type": "m7g.large"}
    assert len(warned(managed)) == 1 and warned(managed | {"requests_at_once": 1}) == []


def test_the_table_names_a_source_for_each():
    for row in data_table("one_request_processes.csv"):
        assert row["server"] and row["source"] and row["read"]
