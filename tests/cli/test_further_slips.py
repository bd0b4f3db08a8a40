"""Further slips of a human: names, units, wrong files and wrong words, each with what its message tells to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_slips import LINE, counted, said

from lambdaplan.cli.main import main

CHANGES = [
    # a change, the message
    ("workload.durationMs=120", "workload.durationMs is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 37 more. Did you mean duration_ms?"),
    ("Workload.duration_ms=120", "Workload is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 16 more. Did you mean workload?"),
    ("workload.cpu=0.5", "workload.cpu is not a field here: the fields are requests_per_month, duration_ms, measured_memory_mb, busy_share and 37 more. Did you mean busy_share?"),
    ("workload.percentiles.p95=400", "workload.percentiles.p95 is not a field here: the fields are p50_ms, p95_ms, p99_ms. Did you mean p95_ms?"),
    ("workload.slo.p90=400", 'workload.slo.p90 is not a field here: the fields are percentile, response_ms. Such as {"percentile": 95, "response_ms": 400}.'),
    ("workload.traffic.shap=flat", "workload.traffic.shap is not a field here: the fields are shape, hourly, trace, burst, bursts, from_trace, zeros_omitted. Did you mean shape?"),
    ("workload.traffic.peak=3", "workload.traffic.peak is not a field here: the fields are shape, hourly, trace, burst, bursts, from_trace, zeros_omitted. Did you mean burst?"),
    ("operations.rate=80", "operations.rate is not a field here: the fields are wage_usd_per_hour. Did you mean wage_usd_per_hour?"),
    ("growth.percent=3", "growth.percent is not a field here: the fields are percent_per_month. Did you mean percent_per_month?"),
    ('services=["sqs"]', 'services.0 = "sqs" is not an object with the fields options, service, per_request, per_month, per_attempt, per_unit_hour, most_connections, connections_per_unit, hit_share. Try services.0.service=sqs.'),
    ('services=[{"service":"dynamo"}]', 'services.0.service = "dynamo" is not one of ebs, alb, api_gateway_http, api_gateway_rest, public_ipv4, nat_gateway and 20 more. Did you mean dynamodb?'),
    ('services=[{"service":"dynamodb","per_request":{"reads":1}}]', "services.0.per_request.reads is not a field here: the fields are write_request_units, read_request_units, wcu_hours, rcu_hours, storage_gb, pitr_gb, backup_gb, restored_gb, streams_reads. Did you mean read_request_units?"),
    ("options.0.snapstart.restore=300", "options.0.snapstart.restore is not a field here: the fields are restore_ms, versions. Did you mean restore_ms?"),
    ("options.0.memoryMB=512", "options.0.memoryMB is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 12 more. Did you mean memory_mb?"),
    ("options.1.cpus=2", "options.1.cpus is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 18 more. Did you mean vcpu?"),
    ("options.1.min_tasks=1", "options.1.min_tasks is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 18 more. Did you mean min_units?"),
    ("options.2.disk=100", "options.2.disk is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 19 more. Did you mean ebs_gb?"),
    ("options.2.os=windows", "options.2.os is not a field here: the fields are label, operations_hours, on_call_hours, migration, front_door and 19 more. It is a field of options of kind fargate."),
    ("option.0.memory_mb=512", "option is not a field here: the fields are version, name, region, book, hours_per_month, free_tier, include and 16 more. Did you mean options?"),
    ("options.0.memory_mb=1024*2", 'options.0.memory_mb = "1024*2" is not a size, 128..10240 (MB, whole numbers), or "auto". "*2" is no unit here; write it as 512MB or 0.5GB.'),
    ("options.0.memory_mb=max", 'options.0.memory_mb = "max" is not a number, 128..10240 (MB, whole numbers), or "auto". Write it as 512MB or 0.5GB.'),
    ("options.0.memory_mb=null", 'options.0.memory_mb = null is not a whole number, 128..10240 (MB, whole numbers), or "auto". Write it as 512MB or 0.5GB.'),
    ("options.0.memory_mb=[512]", 'options.0.memory_mb = a list is not a whole number, 128..10240 (MB, whole numbers), or "auto". Give one of them; sweep.over looks along many.'),
    ("options.0.memory_mb=11GB", 'options.0.memory_mb = "11GB" is outside 128..10240 (MB, whole numbers). Try memory_mb=10240.'),
    ("options.1.vcpu=two", 'options.1.vcpu = "two" is not a number, 0..32 (vCPU, above 0). Write it as 0.5 or 2 vCPU.'),
    ("options.1.vcpu=1.5", "options.1.vcpu = 1.5 is not one of 0.25, 0.5, 1, 2, 4, 8, 16, 32 (vCPU, linux). Try vcpu=1."),
    ("options.1.memory_gb=2048", "options.1.memory_gb = 2048 is outside 0..244 (GB, above 0). Try memory_gb=2, if 2048 is in MB."),
    ("options.1.size=large", 'options.1.size = "large" is not one of auto. Leave it out and give vcpu and memory_gb, or write auto.'),
    ("options.1.os=ubuntu", 'options.1.os = "ubuntu" is not one of linux, windows. Did you mean linux?'),
    ("options.2.scaling=auto", 'options.2.scaling = "auto" is not one of hourly, fixed. Did you mean hourly?'),
    ("options.2.scaling=none", 'options.2.scaling = "none" is not one of hourly, fixed. Did you mean fixed?'),
    ("options.2.zones=a,b,c", 'options.2.zones = "a,b,c" is not a number, 1..16 (zones, whole numbers). Write it as 2 or 3.'),
    ("options.2.target_utilisation=60", "options.2.target_utilisation = 60 is outside 0..1 (share, above 0). Try target_utilisation=0.6, if 60 is in percent."),
    ("options.2.purchase=reserved 1y", 'options.2.purchase = "reserved 1y" is not one of on_demand, spot, compute_savings_plan_1y_no_upfront and 11 more. Did you mean instance_savings_plan_1y_no_upfront?'),
    ("options.2.instance_type=m7g-large", 'options.2.instance_type = "m7g-large" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean m7g.large?'),
    ("options.2.instance_type=t4g micro", 'options.2.instance_type = "t4g micro" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean t4g.micro?'),
    ("options.2.instance_type=db.t3.micro", 'options.2.instance_type = "db.t3.micro" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean t3.micro?'),
    ("options.2.instance_type=2 vCPU 8 GB", 'options.2.instance_type = "2 vCPU 8 GB" is not one of the 1052 instance types of the book aws-2026-12-01. lambdaplan prices list ec2 names them.'),
    ("options.0.kind=lambda-arm", 'options.0.kind = "lambda-arm" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean lambda?'),
    ("options.0.kind=app runner", 'options.0.kind = "app runner" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean fargate?'),
    ("options.0.kind=lightsail", 'options.0.kind = "lightsail" is not one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Did you mean ec2?'),
    ("options.0.front_door=false", "options.0.front_door = false is not one of none, function_url, http_api, rest_api, alb. Did you mean none?"),
    ("options.0.front_door=cloudfront", 'options.0.front_door = "cloudfront" is not one of none, function_url, http_api, rest_api, alb. Give the one of these that is in front; what else requests use stands in services.'),
    ("workload.requests_per_month=~10M", 'workload.requests_per_month = "~10M" is not a number, 0..1000000000000000 (requests a month, whole numbers). Write it as 10M, without what is around it.'),
    ("workload.requests_per_month=10M-20M", 'workload.requests_per_month = "10M-20M" is not one number, 0..1000000000000000 (requests a month, whole numbers). A range is {"low": "10M", "likely": …, "high": "20M"}, where the field may be one.'),
    ("workload.requests_per_month=true", "workload.requests_per_month = true is not a whole number, 0..1000000000000000 (requests a month, whole numbers). Write it as 10M, 500k/day or 120/s."),
    ("workload.requests_per_month=1e20", "workload.requests_per_month = 1E+20 is outside 0..1000000000000000 (requests a month, whole numbers). Try requests_per_month=1000000000000000."),
    ("workload.duration_ms=200ms to 400ms", 'workload.duration_ms = "200ms to 400ms" is not one number, 0..604800000 (ms, above 0). A range is {"low": "200ms", "likely": …, "high": "400ms"}, where the field may be one.'),
    ("workload.duration_ms=00:03:20", 'workload.duration_ms = "00:03:20" is not a number, 0..604800000 (ms, above 0). It is a time as on a clock; write it as 200ms or 1.5s.'),
    ("workload.duration_ms=[200]", "workload.duration_ms = a list is not a number, 0..604800000 (ms, above 0). Give one of them; sweep.over looks along many."),
    ("workload.traffic.burst=150%", 'workload.traffic.burst = "150%" is not a number, 1..1000. % is a share of something; write it as 1.5.'),
    ("workload.busy_share=“30%”", 'workload.busy_share = "“30%”" is not a number, 0..1 (share). Write it as 30%, without what is around it.'),
    ("workload.busy_share=−0.3", 'workload.busy_share = "−0.3" is not a number, 0..1 (share). Write it as -0.3, without what is around it.'),
    ("workload.runtime=python 3.12", "workload.runtime = python 3.12 is not one of 40 measured names. Did you mean python3.12?"),
    ("workload.runtime=node", "workload.runtime = node is not one of 40 measured names. The nearest: nodejs24.x, nodejs22.x, nodejs20.x."),
    ("workload.runtime=java", "workload.runtime = java is not one of 40 measured names. The nearest: java25, java21, java17, java11."),
    ("workload.runtime=php", "workload.runtime = php is not one of 40 measured names. Such as dotnet10, java25, nodejs24.x, python3.14, ruby3.4; of others give your own init_ms."),
    ("workload.runtime=go1.x", "workload.runtime = go1.x is not one of 40 measured names. The nearest: go/al2023, go/al2."),
    ("workload.runtime=.NET 8", "workload.runtime = .NET 8 is not one of 40 measured names. Did you mean dotnet8?"),
    ("workload.arrivals=poisson", 'workload.arrivals = "poisson" is not one of random, regular. Did you mean random?'),
    ("region=eu-central1", 'region = "eu-central1" is not one of the 36 regions of the book. Did you mean eu-central-1 (Frankfurt, Germany)?'),
    ("region=us-east", 'region = "us-east" is not one of the 36 regions of the book. Did you mean us-east-1 (N. Virginia)?'),
    ("region=null", "region = null is not text of 1 to 40 characters without control characters. Such as us-east-1 (N. Virginia) or eu-central-1 (Frankfurt, Germany)."),
    ("region=westeurope", 'region = "westeurope" is not one of the 36 regions of the book. Such as us-east-1 (N. Virginia), eu-central-1 (Frankfurt, Germany) or ap-southeast-1 (Singapore).'),
    ("name=12", 'name = 12 is not text of 1 to 120 characters without control characters. Write it in quotes: "12".'),
    ('version="1"', 'version = "1" is not one of 1. Write it without quotes.'),
    ("close_fraction=5", "close_fraction = 5 is outside 0..0.5 (share). Try close_fraction=0.05, if 5 is in percent."),
    ("operations.wage_usd_per_hour=80 EUR", 'operations.wage_usd_per_hour = "80 EUR" is not a number, 0..1000000 (USD an hour). "EUR" is no unit here; write it as 85 or $85.'),
    ("options.9.memory_mb=512", "options.9.memory_mb is not a field here: 9 leads nowhere, the list has a place from 0 to 2."),
    ("options.2.instance_type=M5 large", 'options.2.instance_type = "M5 large" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean m5.large?'),
    ("options.2.instance_type=m5.large,m6i.large", 'options.2.instance_type = "m5.large,m6i.large" is not one of the 1052 instance types of the book aws-2026-12-01. Give one of them, or auto with families; further ones are options of their own.'),
    ("options.2.instance_type=Auto", 'options.2.instance_type = "Auto" is not one of the 1052 instance types of the book aws-2026-12-01. Did you mean auto?'),
    ("options.2.instance_type=null", "options.2.instance_type = null is not text of 1 to 40 characters without control characters. Such as m7g.large, or auto."),
    ("options.1.purchase=fargate_spot", 'options.1.purchase = "fargate_spot" is not one of on_demand, spot, compute_savings_plan_1y_no_upfront and 5 more. Did you mean spot?'),
    ("workload.busy_share=mixed", 'workload.busy_share = "mixed" is not a number, 0..1 (share). What waits is 0.05, mixed 0.3, and what computes 1; or 30%.'),
    ('services=[{"name":"sqs"}]', "services.0.name is not a field here: the fields are options, service, per_request, per_month, per_attempt, per_unit_hour, most_connections, connections_per_unit, hit_share. Did you mean service?"),
    ("options.0.architecture=graviton 3", 'options.0.architecture = "graviton 3" is not one of x86_64, arm64, any. Did you mean arm64?'),
]  # fmt: skip

SCENARIO = """version: 1
name: x
workload:
  requests_per_month: 5M
  duration_ms: 200
  busy_share: 0.3
  working_set_mb: 100
options:
  - kind: lambda
    memory_mb: 512
"""
FILES = {
    # what the file holds, the first line of the message
    "tab.yaml": (SCENARIO.replace("  requests", "\trequests"), "tab.yaml can't be read: it is not YAML (line 4, column 1: a tab; indent with spaces); mend that place."),
    "no_colon.yaml": (SCENARIO.replace("duration_ms: 200", "duration_ms 200"), "no_colon.yaml can't be read: it is not YAML (line 5, column 3: a name needs a colon and a space after it); mend that place."),
    "twice.yaml": (SCENARIO.replace("  duration_ms: 200\n", "  duration_ms: 200\n  duration_ms: 300\n"), "workload.duration_ms = 300 does not fit: the name stands twice in its object. Keep one of them."),
    "smart.yaml": (SCENARIO.replace("0.3", "\u201c30%\u201d"), 'workload.busy_share = "“30%”" is not a number, 0..1 (share). Write it as 30%, without what is around it.'),
    "nbsp.yaml": (SCENARIO.replace("  duration", "\xa0\xa0duration"), "nbsp.yaml can't be read: it is not YAML (line 6, column 13: line 5 begins with a space that is none of the keyboard's; write it anew); mend that place."),
    "table.yaml": ("name,requests_per_month,duration_ms\na,1,2\n", 'document = "name,requests_per_month,duration_ms a,1,2" is not a scenario, an object with fields. A table of services is CSV: name it .csv, for lambdaplan batch.'),
    "semicolons.yaml": ("name;requests_per_month;duration_ms\na;1;2\n", 'document = "name;requests_per_month;duration_ms a;1;2" is not a scenario, an object with fields. A table of services is CSV: name it .csv, for lambdaplan batch.'),
    "option.yaml": (SCENARIO.replace("  - kind: lambda\n    memory_mb: 512", "  - lambda:\n      memory_mb: 512"), "options.0.kind is missing: one of lambda, fargate, ec2, hybrid, lambda_managed_instances, ecs_managed_instances, lambda_web. Write kind: lambda, with its other fields below it."),
    "yaml.txt": (SCENARIO, "yaml.txt can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. It looks like YAML: let its name end in .yaml."),
    "no_version.yaml": (SCENARIO.replace("version: 1\n", ""), "version is missing: version of the document. Write version: 1."),
    "no_name.yaml": (SCENARIO.replace("name: x", "name:"), "name = null is not text of 1 to 120 characters without control characters. Such as name: Orders API."),
    "number.yaml": (SCENARIO.replace("name: x", "name: 12"), 'name = 12 is not text of 1 to 120 characters without control characters. Write it in quotes: "12".'),
    "package.json": ('{"name": "x", "version": "1.0.0", "dependencies": {}}', "document = a package.json is not a scenario. lambdaplan init writes a scenario."),
    "k8s.yaml": ("apiVersion: apps/v1\nkind: Deployment\n", "document = a manifest of Kubernetes is not a scenario. lambdaplan init writes a scenario."),
    "main.tf": ('resource "aws_lambda_function" "x" {}\n', "main.tf can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. lambdaplan import reads logs and Terraform."),
    "app.log": ("REPORT RequestId: x\n", "app.log can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml. lambdaplan import reads logs and Terraform."),
    "single.json": ("{'version': 1}", "single.json can't be read: it is not JSON (line 1, column 2: names and text stand in double quotes); mend that place."),
    "cut.json": ('{"version": 1, "workload": {', "cut.json can't be read: it is not JSON (line 1, column 29: the end of the file comes before its last bracket or quote is closed); mend that place."),
    "toml.toml": ("version = 1\n", "toml.toml can't be read: it is not JSON (line 1, column 1: a value is expected); it starts with {; YAML files end in .yaml."),
}  # fmt: skip
COMMANDS = [
    # arguments, how the message ends
    (["quick", "--p42", "400ms"], "Percentiles are --p50, --p75, --p80, --p90, --p95, --p98, --p99, --p99.5, --p99.9."),
    (["quick", "--kind", "job", "--p90", "400ms", "--requests", "30", "--duration", "20min", "--memory", "512"], "--p90 = 400ms does not fit: nobody waits for an answer: of a queue --wait takes its place. Leave it out."),
    (["quick", "--p90", "400ms", "--p95", "500ms", "--requests", "1M", "--duration", "120ms", "--memory", "512"], "--p90 = 400ms does not fit: --p95 is given too. Keep one of them."),
    (["quick", "--from", "app.log"], "lambdaplan import FILE -o my.yaml makes a scenario of logs, metrics, bills and templates."),
    (["quick", "--rps", "20"], "Did you mean --requests?"),
    (["quick", "--cpu", "1"], "Did you mean --busy?"),
    (["quick", "--latency", "400ms"], "Did you mean --p95?"),
    (["report", "my.json", "--pdf"], "The page that lambdaplan report writes is printed as PDF by any browser."),
    (["report", "my.json", "--html"], "lambdaplan report writes report.html, into the folder of -o."),
    (["report", "my.json", "--format", "docx"], "lambdaplan export --docx writes the report for Word."),
    (["export", "my.json", "--png"], "lambdaplan export SCENARIO writes pictures as SVG and PNG."),
    (["compare", "my.json", "--csv"], "lambdaplan compare --json prints all figures; lambdaplan batch writes a CSV of many services."),
    (["prices", "update"], "Did you mean refresh?"),
    (["calc", "my.json"], "Did you mean compare?"),
    (["compare", "*.json"], "It takes one file, and no pattern. Such as my.json."),
    (["compare", "~/nope.yaml"], "either."),
    (["compare", "$FILE"], "A shell puts the value of a variable there outside single quotes only."),
    (["compare", '"my.json"'], "Did you mean my.json? Spaces and quotes around it are not part of its name."),
    (["compare", "my.json "], "Did you mean my.json? Spaces and quotes around it are not part of its name."),
    (["import", "my.json"], "lambdaplan compare answers it. With --base it is what is filled."),
    (["record", "my.json", "--option", "x"], "Did you mean --decide?"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my.json").write_text(LINE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("change", "message"), CHANGES, ids=[change for change, _ in CHANGES])
def test_a_value_that_does_not_fit(change: str, message: str, capsys: pytest.CaptureFixture) -> None:
    lines = said(["compare", "my.json", "--set", change], capsys)
    assert counted(lines[:1]) == counted([message])
    assert max(map(len, lines)) < 400


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_a_slip(name: str, here: Path, capsys: pytest.CaptureFixture) -> None:
    content, message = FILES[name]
    (here / name).write_text(content, "utf-8")
    assert said(["compare", name], capsys)[0] == message


@pytest.mark.parametrize(("arguments", "end"), COMMANDS, ids=[" ".join(row[0]) for row in COMMANDS])
def test_a_command_that_is_not_one(arguments: list[str], end: str, capsys: pytest.CaptureFixture) -> None:
    (line,) = said(arguments, capsys)
    assert line.endswith(end)


@pytest.mark.parametrize(("content", "words"), [
    (json.dumps({"version": 1}).encode("utf-16-le"), "it is UTF-16 text, as some editors save Unicode; save it as UTF-8."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an old file of Excel or Word; a scenario is JSON or YAML, a table of services CSV."),
])  # fmt: skip
def test_a_file_of_another_kind(content: bytes, words: str, here: Path, capsys: pytest.CaptureFixture) -> None:
    (here / "file.yaml").write_bytes(content)
    assert said(["compare", "file.yaml"], capsys) == [f"file.yaml can't be read: {words}"]


def test_sixty_further_slips() -> None:
    assert len(CHANGES) + len(FILES) + len(COMMANDS) >= 100


@pytest.mark.parametrize("flag", ["--p50", "--p90", "--p99.9"])
def test_any_usual_percentile_has_a_flag(flag: str, capsys: pytest.CaptureFixture) -> None:
    told = ["--requests", "1M", "--duration", "120ms", "--memory", "512", "--json"]
    assert main(["quick", flag, "900ms", *told]) == 0
    slo = json.loads(capsys.readouterr().out)["slo"]
    assert (slo["percentile"], slo["response_ms"]) == (float(flag[3:]), 900)


def test_a_long_run_of_a_job_is_not_asked_back(capsys: pytest.CaptureFixture) -> None:
    assert main(["quick", "--kind", "job", "--duration", "20min", "--requests", "30", "--memory", "512"]) == 0
    assert "microseconds" not in capsys.readouterr().out
