"""Templates as people write them: intrinsic functions, variables, modules, mixed groups, and what can't be resolved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import InputError
from lambdaplan.evidence.import_files import import_files

SAM = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters:
  Stage: {Type: String, Default: prod}
  Memory: {Type: Number}
  Secret: {Type: AWS::SSM::Parameter::Value<String>, Default: /orders/timeout}
Mappings:
  Sizes: {prod: {memory: 2048}, dev: {memory: 256}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Never: !Not [!Condition IsProd]
Globals:
  Function: {Runtime: python3.13, Timeout: 15, Architectures: [arm64]}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
      Timeout: !If [IsProd, 29, 3]
      ReservedConcurrentExecutions: !If [IsProd, !Ref AWS::NoValue, 5]
      FunctionUrlConfig: {AuthType: NONE}
      Environment: {Variables: {TOKEN: "hunter2-secret"}}
  Reports:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: !Ref Memory
      Timeout: !Ref Secret
      Events: {A: {Type: Api, Properties: {Path: /, Method: get}}}
  Gone: {Type: AWS::Serverless::Function, Condition: Never, Properties: {MemorySize: 512}}
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !GetAtt Orders.Arn
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: "7"}
"""
MIXED = {
    "Resources": {
        "Lt": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": {"InstanceType": "m7g.large"}}},
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "MinSize": "2",
                "MaxSize": "12",
                "MixedInstancesPolicy": {
                    "InstancesDistribution": {"OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 25},
                    "LaunchTemplate": {"Overrides": [{"InstanceType": "m7g.large"}, {"InstanceType": "m6g.large"}]},
                },
            },
        },
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {}, "Role": "r"}},
    }
}
SERVERLESS = """
service: orders
custom:
  memory: {dev: 256, prod: 1024}
  timeout: 12
params:
  default: {size: 768}
provider:
  name: aws
  stage: ${opt:stage, 'prod'}
  region: ${env:AWS_REGION, "eu-central-1"}
functions:
  - web: {handler: a.b, memorySize: "${self:custom.memory.${sls:stage}}", timeout: "${self:custom.timeout}", url: true}
    plain: {handler: a.b}
  - sized: {handler: a.b, memorySize: "${param:size}", provisionedConcurrency: 0}
    outside: {handler: a.b, memorySize: "${ssm:/orders/memory}"}
resources:
  Resources:
    Task: {Type: AWS::ECS::TaskDefinition, Properties: {Family: worker, Cpu: '.5 vcpu', Memory: 1GB}}
"""
PLAN = {
    "format_version": "1.2",
    "values": {
        "root_module": {
            "child_modules": [
                {
                    "child_modules": [
                        {
                            "resources": [
                                {
                                    "address": "module.a.module.b.aws_lambda_function.f",
                                    "mode": "managed",
                                    "type": "aws_lambda_function",
                                    "name": "f",
                                    "values": {"function_name": "deep", "timeout": 5, "architectures": None},
                                },
                                {
                                    "mode": "data",
                                    "type": "aws_lambda_function",
                                    "name": "x",
                                    "values": {"memory_size": 1},
                                },
                            ]
                        }
                    ]
                }
            ],
            "resources": [
                {
                    "address": "aws_autoscaling_group.web",
                    "mode": "managed",
                    "type": "aws_autoscaling_group",
                    "name": "web",
                    "values": {
                        "min_size": 1,
                        "max_size": 9,
                        "mixed_instances_policy": [
                            {
                                "instances_distribution": [
                                    {"on_demand_base_capacity": 1, "on_demand_percentage_above_base_capacity": 0}
                                ],
                                "launch_template": [{"override": [{"instance_type": "c7g.xlarge"}]}],
                            }
                        ],
                    },
                }
            ],
        }
    },
    "resource_changes": [
        {
            "address": "module.a.module.b.aws_lambda_function.f",
            "change": {"after_unknown": {"memory_size": True, "arn": True}},
        }
    ],
}
HCL = """
variable "memory" { default = 1536 }
variable "stage" {
  type    = string
  default = "prod"
}
variable "open" {}
locals {
  tasks = { prod = 6, dev = 1 }
  name  = "orders-${var.stage}"
}
resource "aws_lambda_function" "orders" {
  function_name = local.name
  memory_size   = var.memory
  timeout       = var.stage == "prod" ? 30 : 3
  architectures = ["arm64"]
  ephemeral_storage { size = 1024 }
  environment { variables = { TOKEN = "hunter2-secret" } }
}
resource "aws_lambda_function" "other" {
  function_name = "other"
  memory_size   = var.open
}
resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_function.orders.function_name
  provisioned_concurrent_executions = 4
}
resource "aws_ecs_task_definition" "web" {
  family                = "web"
  cpu                   = "512"
  memory                = 1024
  container_definitions = jsonencode([{ name = "web", image = "x" }])
}
resource "aws_ecs_service" "web" {
  name            = "web-service"
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = local.tasks[var.stage]
}
"""
TASK = {
    "family": "batch",
    "containerDefinitions": [
        {"name": "a", "cpu": 256, "memory": 512},
        {"name": "b", "cpu": 256, "memoryReservation": 512},
    ],
}
COMPOSE = """
services:
  web:
    image: x
    cpus: 1.5
    mem_limit: 512m
    deploy: {replicas: "${REPLICAS:-4}"}
  db: {image: postgres, deploy: {resources: {limits: {cpus: "${CPUS}", memory: 1g}}}}
"""
FUNCTIONS = {
    "Functions": [
        {
            "FunctionName": "a",
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:a",
            "MemorySize": 256,
            "Timeout": 3,
        },
        {
            "FunctionName": "b",
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:b",
            "MemorySize": 512,
            "Timeout": 9,
        },
    ]
}
CASES: dict[str, tuple[Any, str, dict[str, object]]] = {
    "sam": (SAM, "sam", {
        "Orders.memory_mb": 2048, "Orders.timeout_s": 29, "Orders.architecture": "arm64", "Orders.provisioned": 7,
        "Orders.front_door": "function_url", "Orders.reserved": None, "Reports.memory_mb": None, "Reports.timeout_s": None,
        "Reports.front_door": "rest_api", "Gone.memory_mb": None, "Orders.runtime": "python3.13",
    }),
    "mixed": (MIXED, "cloudformation", {
        "asg.instance_type": "m7g.large", "asg.on_demand_base": 2, "asg.spot_weight": 0.75, "asg.min": 2, "asg.max": 12,
        "asg.instance_types": ["m7g.large", "m6g.large"], "Fn.memory_mb": 128, "Fn.timeout_s": 3, "Fn.architecture": "x86_64",
    }),
    "serverless": (SERVERLESS, "serverless_yml", {
        "web.memory_mb": 1024, "web.timeout_s": 12, "web.front_door": "function_url", "plain.memory_mb": 1024,
        "plain.timeout_s": 6, "plain.architecture": "x86_64", "sized.memory_mb": 768, "sized.provisioned": None,
        "outside.memory_mb": None, "region": "eu-central-1", "worker.vcpu": 0.5, "worker.memory_gb": 1,
    }),
    "plan": (PLAN, "terraform_show_json", {
        "deep.memory_mb": None, "deep.timeout_s": 5, "deep.architecture": "x86_64", "web.instance_type": "c7g.xlarge",
        "web.spot_weight": 1, "web.on_demand_base": 1, "web.min": 1, "x.memory_mb": None,
    }),
    "hcl": (HCL, "terraform_hcl", {
        "orders-prod.memory_mb": 1536, "orders-prod.timeout_s": 30, "orders-prod.architecture": "arm64",
        "orders-prod.ephemeral_mb": 1024, "orders-prod.provisioned": 4, "other.memory_mb": None, "web.vcpu": 0.5,
        "web.memory_gb": 1, "web.desired": 6,
    }),
    "task": (TASK, "ecs_task_definition", {"batch.vcpu": 0.5, "batch.memory_gb": 1, "batch.architecture": "x86_64"}),
    "compose": (COMPOSE, "docker_compose", {
        "web.vcpu": 1.5, "web.memory_gb": 0.5, "web.desired": 4, "db.vcpu": None, "db.memory_gb": 1,
    }),
    "functions": (FUNCTIONS, "lambda_configuration", {"a.memory_mb": 256, "b.timeout_s": 9}),
}  # fmt: skip
UNKNOWN = {
    "sam": ["Reports.memory_mb: parameter Memory, which has no default here", "Reports.timeout_s: parameter Secret"],
    "serverless": ["outside.memory_mb: ${ssm:/orders/memory}"],
    "plan": ["deep.memory_mb: memory_size is known after apply"],
    "hcl": ["other.memory_mb: var.open, which has no default here"],
    "compose": ["db.vcpu: ${CPUS}, a variable without a default"],
}


def read(tmp_path: Path, content: Any, name: str = "file") -> tuple[str, Any]:
    """The kind of a file and what it tells."""
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    file = import_files([path]).files[0]
    return file.kind, file.evidence


@pytest.mark.parametrize("name", CASES)
def test_what_a_template_says_and_what_it_leaves_open(name: str, tmp_path: Path) -> None:
    content, kind, wanted = CASES[name]
    found, evidence = read(tmp_path, content)
    assert found == kind
    values = {field: measure.value for field, measure in evidence.reads.items()}
    assert {field: values.get(field) for field in wanted} == wanted
    for words in UNKNOWN.get(name, []):
        assert any(one.startswith(words) for one in evidence.cannot_tell), evidence.cannot_tell
    everything = repr(evidence)
    assert "hunter2" not in everything and "123456789012" not in everything


def test_a_default_is_said_to_be_one(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, SAM)
    assert evidence.reads["Orders.memory_mb"].how == "mapping Sizes.prod.memory"
    assert evidence.reads["Orders.timeout_s"].how == "condition IsProd is true by defaults"
    _, evidence = read(tmp_path, HCL)
    assert evidence.reads["orders-prod.memory_mb"].how == "default of the variable memory"


BOMB = "Resources:\n  A: {Type: AWS::Lambda::Function}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
)
HOSTILE = {
    "aliases": (BOMB, "its aliases write out to a huge document"),
    "cycle": ("Resources: &a\n  F: {Type: AWS::Lambda::Function}\n  B: *a\n", "nested too deeply"),
    "python": (
        "Resources:\n  F: {Type: AWS::Lambda::Function}\n  B: !!python/object/apply:os.system [touch /tmp/x]\n",
        None,
    ),
    "broken": ("Resources:\n  F: {Type: AWS::Lambda::Function\n  B: [", "no YAML"),
    "deep": ("Resources:\n  F: {Type: AWS::Lambda::Function}\n  B: " + "[" * 3000 + "]" * 3000, "nested too deeply"),
    "empty": ("Resources:\n  F: {Type: AWS::S3::Bucket}\n", "it has no function, task or group of instances"),
    "hcl": ('resource "aws_lambda_function" "f" {\n  memory_size = \n}\n', "is no HCL"),
    "state": ('{"serial": 1, "lineage": "x", "resources": 7}', "no state of version 4"),
    "plan": ('{"format_version": "1.2", "planned_values": {}}', "no planned_values"),
    "cut": ('{"format_version": "1.2", "planned_values": {"root_module": {"resources": [', "it ends too early"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_can_not_be_read_is_one_line(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    if words is None:
        assert read(tmp_path, content)[1].reads["F.memory_mb"].value == 128
        return
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert len(error.value.lines) == 1
    assert words in error.value.lines[0]


def test_names_of_resources_can_not_inject(tmp_path: Path) -> None:
    content = {
        "Resources": {
            "=cmd|' /C calc'!A0\u001b[31m": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"MemorySize": "<script>", "Runtime": "<img src=x>", "Architectures": ["=1+1"]},
            }
        }
    }
    _, evidence = read(tmp_path, content)
    for name, measure in evidence.reads.items():
        assert name[0].isalnum() and "\u001b" not in name and "<" not in str(measure.value)


def test_sizes_become_options_and_the_memory_of_durations(tmp_path: Path) -> None:
    samples = Path(__file__).parent.parent / "golden" / "evidence" / "iac"
    imported = import_files([samples / "cdk_synth.template.json", samples / "terraform.tfstate"])
    first, second, third = imported.scenario["options"]
    assert first["memory_mb"] == "auto"  # two functions
    assert (second["vcpu"], second["memory_gb"], second["architecture"]) == (0.5, 1, "arm64")
    assert (second["min_units"], second["max_units"]) == (2, 12)
    assert (third["instance_type"], third["min_units"], third["max_units"]) == ("m7g.large", 2, 6)
    alone = import_files([samples / "terraform_plan.json"])
    assert alone.scenario["options"][0]["memory_mb"] == 1024
    assert alone.scenario["workload"]["measured_memory_mb"] == 1024
    assert {"options.0.memory_mb", "workload.measured_memory_mb"} <= {value.path for value in alone.values}


def test_a_size_that_no_scenario_can_have_stays_open(tmp_path: Path) -> None:
    task = {"family": "odd", "cpu": "512", "memory": "16384", "containerDefinitions": []}
    path = tmp_path / "file"
    path.write_text(json.dumps(task))
    imported = import_files([path])
    assert imported.scenario["options"][1] == {"kind": "fargate", "size": "auto"}
    assert imported.files[0].evidence.reads["odd.memory_gb"].value == 16
