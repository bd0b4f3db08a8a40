"""Slips of unit: a value out of range that is a round one in another unit is told with that."""

from __future__ import annotations

import json

import pytest

from lambdaplan import InputError, Scenario, UsageDocument, compare
from lambdaplan.resources import data_dir

NODE_API = json.loads((data_dir() / "scenarios" / "node_api.json").read_text(encoding="utf-8"))
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
TASK = {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5}


def told(workload=None, option=None, **top):
    document = {**NODE_API, **top, "options": [{**LAMBDA} if option is None else option]}
    document["workload"] = {**NODE_API["workload"], **(workload or {})}
    with pytest.raises(InputError) as raised:
        Scenario.from_dict(document)
    return {problem.field.rsplit(".", 1)[-1]: problem.fix for problem in raised.value.problems}


@pytest.mark.parametrize(("name", "value", "meant", "unit"), [
    ("vcpu", 256, "0.25", "CPU units of ECS, of which 1,024 are a vCPU"),  # as in every task definition
    ("vcpu", 512, "0.5", "CPU units of ECS, of which 1,024 are a vCPU"),
    ("vcpu", 2048, "2", "CPU units of ECS, of which 1,024 are a vCPU"),
    ("vcpu", 250, "0.25", "thousandths"),
    ("memory_gb", 512, "0.5", "MB"), ("memory_gb", 2048, "2", "MB"), ("memory_gb", 30720, "30", "MB"),
    ("ephemeral_gb", 20480, "20", "MB"),
    ("target_utilisation", 60, "0.6", "percent"), ("startup_s", 60000, "60", "ms"),
])  # fmt: skip
def test_of_a_task(name, value, meant, unit):
    assert told(option={**TASK, name: value})[name] == f"Try {name}={meant}, if {value} is in {unit}."


@pytest.mark.parametrize(("name", "value", "meant", "unit"), [
    ("memory_mb", 1, "1024", "GB"), ("memory_mb", 2, "2048", "GB"), ("memory_mb", 0.5, "512", "GB"),
    ("memory_mb", 1048576, "1024", "KB"), ("ephemeral_mb", 10, "10240", "GB"), ("keep_alive_s", 300000, "300", "ms"),
])  # fmt: skip
def test_of_a_function(name, value, meant, unit):
    changed = {"init_ms": 100} if name == "keep_alive_s" else {}
    assert told(changed, {**LAMBDA, name: value})[name] == f"Try {name}={meant}, if {value} is in {unit}."


@pytest.mark.parametrize(("name", "value", "meant", "unit"), [
    ("measured_memory_mb", 2, "2048", "GB"), ("busy_share", 30, "0.3", "percent"), ("busy_share", 2.5, "0.025", "percent"),
    ("init_ms", 1200000, "1200", "microseconds"),
])  # fmt: skip
def test_of_a_workload(name, value, meant, unit):
    assert told({name: value})[name] == f"Try {name}={meant}, if {value} is in {unit}."


def test_of_the_rest():
    assert (
        told({"slo": {"percentile": 0.99, "response_ms": 900}})["percentile"]
        == "Try percentile=99, if 0.99 is in a share."
    )
    assert told(close_fraction=5)["close_fraction"] == "Try close_fraction=0.05, if 5 is in percent."
    assert told(hours_per_month=30)["hours_per_month"] == "Try hours_per_month=720, if 30 is in days."
    with pytest.raises(InputError, match=r"Try vcpu=0\.25, if 256 is in CPU units of ECS"):
        UsageDocument.from_dict(
            {"version": 1, "usage": [{"service": "fargate", "vcpu": 256, "memory_gb": 1, "task_hours": 1}]}
        )


@pytest.mark.parametrize(("option", "name", "fix"), [
    ({**LAMBDA, "memory_mb": 64}, "memory_mb", "Try memory_mb=128."),  # 64 GB is no function's either
    ({**LAMBDA, "memory_mb": 20_000}, "memory_mb", "Try memory_mb=10240."),
    ({**LAMBDA, "memory_mb": -1}, "memory_mb", "Try memory_mb=128."),
    ({**TASK, "vcpu": 300}, "vcpu", "Try vcpu=32."),  # no round number of anything
    ({**TASK, "vcpu": -256}, "vcpu", "Try vcpu=0.25."),
])  # fmt: skip
def test_where_no_unit_makes_it_round_the_edge_is_named(option, name, fix):
    assert told(option=option)[name] == fix


def test_more_cpu_time_than_a_duration_in_seconds_allows():
    fix = told({"duration_ms": 0.2, "busy_share": None, "cpu_ms": 60})["cpu_ms"]
    assert fix.endswith("Or try duration_ms=200, if 0.2 is in seconds.")
    assert "seconds" not in told({"duration_ms": 200, "busy_share": None, "cpu_ms": 600})["cpu_ms"]


def test_a_median_below_the_mean_is_explained_where_it_stands():
    """Half of exponential times are within 0.69 of their mean."""
    asked = {**NODE_API["workload"], "service_cv": 1, "slo": {"percentile": 50, "response_ms": 900}}
    (note,) = [
        words
        for words in compare(Scenario.from_dict({**NODE_API, "workload": asked})).warnings
        if "their mean" in words
    ]
    assert note.startswith("50 % of answers within 139 ms (Lambda 1024 MB) is less than their mean, 200 ms: ")
    asked["slo"] = {"percentile": 95, "response_ms": 900}
    assert not [
        words
        for words in compare(Scenario.from_dict({**NODE_API, "workload": asked})).warnings
        if "their mean" in words
    ]


def test_a_duration_measured_on_a_task_and_a_load_test():
    """A task of 0.25 vCPU: 1769 x 0.25 = 442.25 MB; a box of 2 vCPU full at 400 requests a second: 5 ms of CPU each."""
    fields = Scenario.json_schema()["properties"]["workload"]["properties"]
    assert "1769 x its vCPU" in fields["measured_memory_mb"]["description"]
    assert "1000 x vCPU" in fields["cpu_ms"]["description"]
    work = {**NODE_API["workload"], "duration_ms": 100, "measured_memory_mb": 442.25, "busy_share": None, "cpu_ms": 5}
    task = compare(Scenario.from_dict({**NODE_API, "workload": work, "options": [TASK]})).options[0]
    assert task.fleet.wall_ms == 100  # on such a task it takes what was measured there
    assert 1 / task.fleet.unit_rps >= 5 / 1000 / 0.25
