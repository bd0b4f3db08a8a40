"""The starting point in Terraform: read by a parser of HCL, and its figures held against the comparison."""

from __future__ import annotations

import functools
import json
import math
import re

import hcl2
import pytest

from lambdaplan import Scenario, compare, flips
from lambdaplan.cli.main import main
from lambdaplan.comparison.result import billed
from lambdaplan.report.html_page import hcl
from lambdaplan.report.terraform import chosen, terraform
from lambdaplan.resources import data_dir
from payloads import SCRIPTS
from places import MIXED

PRESETS = sorted((data_dir() / "scenarios").glob("*.json"))
NODE_API = MIXED
REQUESTS, DURATION = "workload.requests_per_month", "workload.duration_ms"


def plain(value):
    """What the parser gives, without the quotes of strings and its own marks."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1]
    return value


def read(text):
    """The blocks of a file: resources and variables by name."""
    found = plain(hcl2.loads(text))
    resources = {
        (kind, name): body
        for block in found["resource"]
        for kind, named in block.items()
        for name, body in named.items()
    }
    variables = {name: body for block in found["variable"] for name, body in block.items()}
    return resources, variables, found


def written(scenario, label=None):
    comparison = compare(scenario)
    result = chosen(comparison, label)
    return (*read(terraform(comparison, result)), comparison, result)


def node_api(**changes) -> Scenario:
    return Scenario.load(NODE_API).with_values(changes)


def with_option(option) -> Scenario:
    document = node_api().document()
    return Scenario.from_dict({**document, "options": [*document["options"], {"label": "mine", **option}]})


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_option_of_every_preset_is_hcl(path):
    comparison = compare(Scenario.load(path))
    for result in comparison.options:
        resources, variables, _ = read(terraform(comparison, chosen(comparison, result.label)))
        assert resources
        for body in variables.values():
            assert body["description"] and body["type"]


def test_a_function_has_its_memory_processor_and_an_alias_for_a_canary():
    scenario = node_api(**{"options.0.architecture": "arm64", "workload.timeout_ms": 2500, "workload.log_kb": 1})
    scenario = scenario.with_values({"options.0.ephemeral_mb": 1024, "workload.log_retention_days": 45})
    resources, variables, _, _, _ = written(scenario, "Lambda 1024 MB Arm")
    function = resources["aws_lambda_function", "function"]
    assert (function["memory_size"], function["architectures"], function["timeout"]) == (1024, ["arm64"], 3)
    assert function["ephemeral_storage"][0]["size"] == 1024 and function["publish"] is True
    assert resources["aws_cloudwatch_log_group", "function"]["retention_in_days"] == 60  # 45 is not offered
    alias = resources["aws_lambda_alias", "live"]
    assert "var.canary_weight" in json.dumps(alias["dynamic"])
    assert variables["canary_weight"]["default"] == 0
    for needed in ("package_zip", "role_arn", "handler", "runtime"):
        assert "default" not in variables[needed]
    assert ("aws_apigatewayv2_api", "door") in resources


@pytest.mark.parametrize(
    ("door", "resource"),
    [("function_url", "aws_lambda_function_url"), ("http_api", "aws_apigatewayv2_api"), ("none", None)],
)
def test_the_front_door_is_the_one_that_was_compared(door, resource):
    resources, _, _, _, _ = written(node_api(**{"options.0.front_door": door}), "Lambda 1024 MB")
    doors = {kind for kind, _ in resources if kind in ("aws_lambda_function_url", "aws_apigatewayv2_api", "aws_lb")}
    assert doors == ({resource} if resource else set())


def test_a_front_door_that_is_not_written_is_named():
    comparison = compare(node_api(**{"options.0.front_door": "rest_api"}))
    assert "REST API, is not written here" in terraform(comparison, comparison.options[0])


@pytest.mark.parametrize("requests", [10_000_000, 900_000_000])
def test_alarms_stand_at_the_trip_wires(requests):
    scenario = node_api(**{REQUESTS: requests})
    resources, _, _, comparison, result = written(scenario)
    assert result is comparison.best
    near = {distance.path: distance for distance in flips(scenario).distances}
    seen = 0
    for side, reach in (("below", near[REQUESTS].down), ("above", near[REQUESTS].up)):
        if reach.flip is None:
            assert ("aws_cloudwatch_metric_alarm", f"requests-{side}") not in resources
            continue
        alarm = resources["aws_cloudwatch_metric_alarm", f"requests-{side}"]
        assert alarm["threshold"] == pytest.approx(float(reach.flip.at) * 24 / 730, abs=1e-3)
        assert alarm["comparison_operator"].startswith("Less" if side == "below" else "Greater")
        assert alarm["metric_name"] == "RequestCount" and alarm["period"] == 86_400
        seen += 1
    assert seen
    below = near[DURATION].down.flip
    if below is not None and below.at * 10 >= scenario.workload.duration_ms:
        alarm = resources["aws_cloudwatch_metric_alarm", "duration-below"]
        there = billed(scenario.with_values({DURATION: float(below.at)}), result.option).fleet.wall_ms
        assert alarm["threshold"] == pytest.approx(float(there) / 1000, abs=1e-6)


def test_an_option_that_does_not_win_has_no_wires_and_says_so():
    comparison = compare(node_api())
    text = terraform(comparison, comparison.options[0])
    assert "no trip-wire" in text and "requests-" not in text
    assert read(text)[0]["aws_cloudwatch_metric_alarm", "concurrency"]["threshold"] == 800


@pytest.mark.parametrize(
    ("option", "size", "provider", "architecture"),
    [
        ({"vcpu": 1, "memory_gb": 3}, (1024, 3072), "FARGATE", "X86_64"),
        ({"vcpu": 0.25, "memory_gb": 0.5, "architecture": "arm64", "purchase": "spot"}, (256, 512), "FARGATE_SPOT", "ARM64"),
        ({"vcpu": 4, "memory_gb": 30, "ephemeral_gb": 50}, (4096, 30_720), "FARGATE", "X86_64"),
    ],
)  # fmt: skip
def test_a_task_has_its_size_and_the_service_its_fleet(option, size, provider, architecture):
    scenario = with_option({"kind": "fargate", **option}).with_values({REQUESTS: 10**9})
    resources, _, _, _, result = written(scenario, "mine")
    task = resources["aws_ecs_task_definition", "task"]
    assert (task["cpu"], task["memory"]) == size
    assert task["runtime_platform"][0]["cpu_architecture"] == architecture
    if "ephemeral_gb" in option:
        assert task["ephemeral_storage"][0]["size_in_gib"] == 50
    assert resources["aws_ecs_service", "service"]["capacity_provider_strategy"][0]["capacity_provider"] == provider
    scaling = resources["aws_appautoscaling_target", "tasks"]
    assert (scaling["min_capacity"], scaling["max_capacity"]) == (2, math.ceil(result.fleet.units_peak))
    tracked = resources["aws_appautoscaling_policy", "tasks"]["target_tracking_scaling_policy_configuration"][0]
    assert tracked["target_value"] == 60


@pytest.mark.parametrize("fixed", [{"units": 7}, {"scaling": "fixed"}])
def test_a_fleet_of_given_size_does_not_scale(fixed):
    scenario = with_option({"kind": "fargate", "vcpu": 1, "memory_gb": 2, **fixed}).with_values({REQUESTS: 10**8})
    resources, _, _, _, result = written(scenario, "mine")
    assert resources["aws_ecs_service", "service"]["desired_count"] == math.ceil(result.fleet.units_peak)
    assert not [kind for kind, _ in resources if kind.startswith("aws_appautoscaling")]


def test_instances_have_their_type_disk_credits_and_group():
    option = {"kind": "ec2", "instance_type": "t3.large", "cpu_credits": "standard", "ebs_gb": 30, "purchase": "spot"}
    scenario = with_option({**option, "min_units": 3, "target_utilisation": 0.5}).with_values({REQUESTS: 10**9})
    resources, _, _, _, result = written(scenario, "mine")
    template = resources["aws_launch_template", "instance"]
    assert template["instance_type"] == "t3.large"
    assert template["credit_specification"][0]["cpu_credits"] == "standard"
    assert template["block_device_mappings"][0]["ebs"][0]["volume_size"] == 30
    assert template["instance_market_options"][0]["market_type"] == "spot"
    group = resources["aws_autoscaling_group", "fleet"]
    assert (group["min_size"], group["max_size"]) == (3, math.ceil(result.fleet.units_peak))
    assert resources["aws_autoscaling_policy", "cpu"]["target_tracking_configuration"][0]["target_value"] == 50
    whole = written(with_option({"kind": "ec2", "instance_type": "m7g.large"}), "mine")[0]
    assert "credit_specification" not in whole["aws_launch_template", "instance"]


def test_sizes_left_open_are_written_as_they_were_chosen():
    scenario = with_option({"kind": "ec2", "instance_type": "auto", "families": ["m7g", "c7g"]})
    resources, _, _, _, result = written(scenario, "mine")
    assert resources["aws_launch_template", "instance"]["instance_type"] == result.option.instance_type


@functools.cache
def plain_kinds():
    comparison = compare(node_api())
    return {kind for kind, _ in read(terraform(comparison, comparison.options[0]))[0]}


@pytest.mark.parametrize("words", [*SCRIPTS, "${file(1)}", "%{ for x in y }", 'a" b', "a\\", "${", '"}'])
def test_words_stay_words(words):
    scenario = node_api().with_values({"name": words, "options.0.label": words})
    comparison = compare(scenario)
    text = terraform(comparison, comparison.options[0])
    resources, _, found = read(text)
    (local,) = found["locals"]
    assert set(local) == {"name", "description"}
    assert re.fullmatch(r"[a-z0-9-]+", local["name"])
    ours = {"${local.name}", "${aws_"}
    assert all(any(text[m.start() :].startswith(one) for one in ours) for m in re.finditer(r"\$\{", text))
    assert "%{" not in text
    assert {kind for kind, _ in resources} == plain_kinds()


def test_a_quoted_string_is_read_back_as_it_was():
    assert hcl('a "b" ${c} %{d} \\') == '"a \\"b\\" \\u0024{c} \\u0025{d} \\\\"'


@pytest.mark.parametrize(
    ("changes", "arguments", "words"),
    [
        ({}, ["--option", "Lambda 1024"], "Lambda 1024 MB"),
        ({"options.0.memory_mb": 128}, ["--option", "Lambda 128 MB"], "breaks no fixed limit"),
        ({"options.2": {"kind": "hybrid", "label": "both", "base": {"kind": "ec2", "instance_type": "m5.large"}}},
         ["--option", "both"], "hybrid"),
    ],
)  # fmt: skip
def test_what_can_not_be_written_is_one_line_and_writes_nothing(tmp_path, capsys, changes, arguments, words):
    document = node_api().document()
    for path, value in changes.items():
        _, place, *name = path.split(".")
        if name:
            document["options"][int(place)] |= {name[0]: value, "label": "Lambda 128 MB"}
        else:
            document["options"][int(place)] = value
    (tmp_path / "s.json").write_text(json.dumps(document))
    assert main(["terraform", str(tmp_path / "s.json"), *arguments, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and words in error
    assert not (tmp_path / "out").exists()


def test_the_command_writes_the_winner_and_the_same_bytes_again(tmp_path, capsys):
    for _ in range(2):
        assert main(["terraform", str(NODE_API), "-o", str(tmp_path / "a")]) == 0
    assert main(["terraform", str(NODE_API), "-o", str(tmp_path / "b")]) == 0
    (one,), (other,) = ((tmp_path / name).iterdir() for name in "ab")
    assert [path.name for path in one.iterdir()] == ["main.tf"]
    assert (one / "main.tf").read_bytes() == (other / "main.tf").read_bytes()
    assert "aws_launch_template" in (one / "main.tf").read_text()
    assert str(one / "main.tf") in capsys.readouterr().out


def test_what_is_kept_ready_is_written():
    """One number as a configuration of the alias; a schedule as scheduled actions, at the hours where it changes."""
    resources, *_ = written(with_option({"kind": "lambda", "memory_mb": 512, "provisioned": 3}), "mine")
    body = resources["aws_lambda_provisioned_concurrency_config", "ready"]
    assert body["provisioned_concurrent_executions"] == 3
    assert "aws_lambda_alias.live.name" in body["qualifier"]
    day = [0] * 8 + [5] * 10 + [1] * 6
    for hours, changes in (
        (day, {"00": ("cron(0 0 * * ? *)", 0), "08": ("cron(0 8 * * ? *)", 5), "18": ("cron(0 18 * * ? *)", 1)}),
        ([*[2] * 24, *[0] * 144], {"mon-00": ("cron(0 0 ? * MON *)", 2), "tue-00": ("cron(0 0 ? * TUE *)", 0)}),
    ):
        option = {"kind": "lambda", "memory_mb": 512, "provisioned": hours}
        resources, variables, whole, *_ = written(with_option(option), "mine")
        ready = next(block["ready"] for block in whole["locals"] if "ready" in block)
        found = {key: (body["schedule"], body["environments"]) for key, body in ready.items()}
        assert found == changes
        target = resources["aws_appautoscaling_target", "ready"]
        assert (target["min_capacity"], target["max_capacity"]) == (min(hours), max(hours))
        assert resources["aws_appautoscaling_scheduled_action", "ready"]["for_each"]
        assert "schedule_timezone" in variables
    for nothing in (None, 0):
        resources, *_ = written(with_option({"kind": "lambda", "memory_mb": 512, "provisioned": nothing}), "mine")
        assert not any(name == "ready" for _, name in resources)


def test_a_function_of_snapshots_and_longer_first_runs():
    """SnapStart on published versions; a time-out that a first run keeps to, said as what it is."""
    changes = {"workload.runtime": "java21", "workload.first_run_ms": 3000}
    restored = {"options.0.snapstart": {"restore_ms": 600}}
    for given in (changes, {**changes, **restored}):
        comparison = compare(node_api(**given))
        text = terraform(comparison, comparison.options[0])
        resources, *_ = read(text)
        function = resources["aws_lambda_function", "function"]
        assert ("snap_start" in function) is (given is not changes)
        assert function["timeout"] == 30 and "of a first run: an assumption" in text
    assert function["snap_start"][0]["apply_on"] == "PublishedVersions"
