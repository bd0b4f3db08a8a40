"""Templates, plans and task definitions as other versions write them: loops, modules, stages, YAML, lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

LOOP = """Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: "Alpha,Beta"}}
Globals: {Function: {Architectures: [arm64]}}
Resources:
  'Fn::ForEach::Fns':
    - Name
    - %s
    - 'Fn${Name}':
        Type: AWS::Serverless::Function
        Properties: {MemorySize: 256, Timeout: 7, FunctionName: !Sub 'x-${Name}'}
"""
OF_LOOP = {"FnAlpha.memory_mb": 256, "FnBeta.timeout_s": 7, "FnBeta.architecture": "arm64"}
STAGES = """service: shop
%s
provider: {name: aws, stage: prod, memorySize: '${param:mem}', timeout: "${self:custom.timeouts.${sls:stage}}"}
custom: {timeouts: {dev: 11, prod: 12}}
functions:
  f: {handler: a.b}
"""
VALUES = {"function_name": "orders", "memory_size": 512, "timeout": 10, "architectures": ["arm64"]}
TASK = {"family": "web", "cpu": "1024", "memory": "2048", "containerDefinitions": [{"name": "a", "image": "x"}]}
TASKS = [{"taskArn": f"arn:aws:ecs:us-east-1:123456789012:task/c/{n}", "cpu": "512", "memory": "1024", "lastStatus": status,
          "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:7",
          "attributes": [{"name": "ecs.cpu-architecture", "value": "arm64"}]}
         for n, status in enumerate(["RUNNING", "RUNNING", "STOPPED"])]  # fmt: skip


def function(address: str, **more: Any) -> dict[str, Any]:
    """A function of a plan."""
    values = {name: value for name, value in {**VALUES, **more}.items() if value is not None}
    kind = {"mode": "managed", "type": "aws_lambda_function", "name": "f"}
    return {"address": address, **kind, "values": values}


def plan(root: dict[str, Any], version: str = "1.9.8") -> str:
    """What terraform show -json writes of a plan."""
    return json.dumps({"format_version": "1.2", "terraform_version": version, "planned_values": {"root_module": root}})


MODULES = {"child_modules": [
    {"address": 'module.jobs["x"]', "resources": [
        function('module.jobs["x"].aws_lambda_function.f["one"]', function_name="one"),
        function('module.jobs["x"].aws_lambda_function.f["two"]', function_name="two", memory_size=1024)],
     "child_modules": [{"resources": [function('module.jobs["x"].module.b[0].aws_lambda_function.f', function_name="three")]}]},
]}  # fmt: skip
VARIANTS: list[Variant] = [
    ("a loop over a list", "sam", LOOP % "[Alpha, Beta]", OF_LOOP),
    ("a loop over a parameter", "sam", LOOP % "!Ref Names", OF_LOOP),
    ("get-template of YAML", "cloudformation",
     json.dumps({"TemplateBody": "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {MemorySize: !Sub '640'}\n"}),
     {"F.memory_mb": 640}),
    ("stages of version 3", "serverless_yml", STAGES % "params:\n  default: {mem: 768}\n  prod: {mem: 1536}",
     {"f.memory_mb": 1536, "f.timeout_s": 12}),
    ("stages of version 4", "serverless_yml", STAGES % "stages:\n  default: {params: {mem: 896}}\n  dev: {params: {mem: 128}}",
     {"f.memory_mb": 896, "f.timeout_s": 12}),
    ("serverless.json in one line", "serverless_yml",
     json.dumps({"service": "x", "provider": {"name": "aws"}, "functions": {"f": {"handler": "a.b"}}}),
     {"f.memory_mb": 1024, "f.timeout_s": 6}),
    ("modules and for_each", "terraform_show_json", plan(MODULES),
     {"one.memory_mb": 512, "two.memory_mb": 1024, "three.memory_mb": 512}),
    ("for_each without names", "terraform_show_json",
     plan({"resources": [function('aws_lambda_function.f["a"]', function_name=None),
                         function('module.m.aws_lambda_function.f["b"]', function_name=None, memory_size=1024)]}, "0.12.31"),
     {"f-a.memory_mb": 512, "m-f-b.memory_mb": 1024}),
    ("changes alone", "terraform_show_json", json.dumps({"format_version": "1.2", "resource_changes": [
        {**function("aws_lambda_function.f"), "change": {"actions": ["create"], "after": VALUES}},
        {**function("aws_lambda_function.g"), "change": {"actions": ["delete"], "before": VALUES, "after": None}}]}),
     {"orders.memory_mb": 512, "orders.architecture": "arm64"}),
    ("a task definition of YAML", "ecs_task_definition",
     "family: web\ncpu: '512'\nmemory: '1024'\ncontainerDefinitions:\n  - name: a\n    image: b\n",
     {"web.vcpu": 0.5, "web.memory_gb": 1}),
    ("a task definition in words", "ecs_task_definition", json.dumps({**TASK, "cpu": ".25 vCPU", "memory": "2 GB"}),
     {"web.vcpu": 0.25, "web.memory_gb": 2}),
    ("containers alone", "ecs_container_definitions",
     json.dumps([{"name": "a", "image": "x", "cpu": 256, "memory": 512}, {"name": "b", "image": "y", "cpu": 256, "memory": 512}]),
     {"a.vcpu": 0.5, "a.memory_gb": 1}),
    ("describe-tasks", "ecs_describe_tasks", json.dumps({"tasks": TASKS, "failures": []}),
     {"web.vcpu": 0.5, "web.memory_gb": 1, "web.architecture": "arm64", "web.running": 2}),
]  # fmt: skip


@parametrized(VARIANTS)
def test_a_variant_is_read(kind, text, told, tmp_path: Path) -> None:
    check(tmp_path, kind, text, told)


PRINTED = (
    '  # aws_lambda_function.f will be created\n  + resource "aws_lambda_function" "f" {\n      + memory_size = 512\n'
)
MESSAGE = '{"@level":"info","@message":"Terraform 1.9.8","@module":"terraform.ui","type":"version","ui":"1.2"}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PRINTED, "it is a plan as terraform prints it; what terraform show -json writes. Run: terraform plan"),
        (MESSAGE, "it is the messages of terraform -json"),
        (json.dumps({"version": 3, "deployment": {"resources": [{"type": "aws:lambda/function:Function"}]}}), "Pulumi"),
        (json.dumps({"version": "36.0.0", "files": {}, "dockerImages": {}}), "Give cdk.out/STACK.template.json"),
        (json.dumps({"version": "tree-0.1", "tree": {"id": "App"}}), "it is a manifest or tree of the CDK"),
        (LOOP % "!Ref Other", "it has no function, task or group of instances"),
        (json.dumps({"tasks": [], "taskArn": 1, "lastStatus": 1}), "it has no function, task or group of instances"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert len(error.value.lines) == 1 and words in error.value.lines[0]


def test_loops_within_loops_end(tmp_path: Path) -> None:
    """Five loops of twenty turns within each other would be 3.2 million functions."""
    own: dict[str, Any] = {"F${A}": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 128}}}
    for depth in range(5):
        own = {f"Fn::ForEach::L{depth}": ["A", [*map(str, range(20))], own]}
    kind, values = read(tmp_path, json.dumps({"Resources": own}))
    assert kind == "cloudformation" and values["F0.memory_mb"] == 128
