"""Bad input: one clear line a problem, all problems together, exit 2, no traceback, nothing written."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path

import pytest

from lambdaplan import InputError, Scenario, UsageDocument, compare
from lambdaplan.cli.main import main

GOOD = {
    "version": 1,
    "name": "An API",
    "workload": {"requests_per_month": 1_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 200},
    "options": [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2},
        {"kind": "ec2", "instance_type": "m5.large"},
    ],
}
USAGE = {"version": 1, "usage": [{"service": "lambda", "requests": 1, "duration_ms": 1, "memory_mb": 128}]}


def changed(path: str, value: object, document: dict = GOOD) -> dict:
    found = copy.deepcopy(document)
    inner = found
    *steps, last = path.split(".")
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner.setdefault(step, {})
    inner[int(last) if isinstance(inner, list) else last] = value
    return found


def lines_of(error: pytest.ExceptionInfo) -> list[str]:
    return str(error.value).split("\n")


WRONG = [
    # path, value, words the line must have
    ("version", 2, ["version = 2", "1"]),
    ("version", "1", ["version", '"1"']),
    ("name", "", ["name"]),
    ("name", "x" * 121, ["name", "120 characters"]),
    ("name", "a\nb", ["name", "control characters"]),
    ("name", 5, ["name = 5"]),
    ("region", "us-esat-1", ["us-esat-1", "Did you mean us-east-1?"]),
    ("region", 7, ["region = 7"]),
    ("book", "aws-2026-11-32", ["book", "Did you mean aws-2026-11-23?"]),
    ("hours_per_month", 671, ["hours_per_month = 671 is outside 672..744 (h)", "Try hours_per_month=672"]),
    ("free_tier", 1, ["free_tier = 1", "true or false"]),
    ("include", ["compute", "frontdoor"], ["include.1", "Did you mean front_door?"]),
    ("include", "compute", ["include", "a list of"]),
    ("include", ["compute", "compute"], ["include.1", "twice"]),
    ("include", ["surroundings"], ["include.0", '"surroundings"']),
    ("close_fraction", 0.6, ["close_fraction = 0.6 is outside 0..0.5"]),
    ("prices", [{"service": "alb", "item": "lcu_huor", "price_usd": 1}], ["prices.0.item", "Did you mean lcu_hour?"]),
    ("prices", [{"service": "albb", "item": "lcu_hour", "price_usd": 1}], ["prices.0.service", "Did you mean alb?"]),
    ("prices", [{"service": "alb", "item": "lcu_hour", "price_usd": -1}], ["prices.0.price_usd = -1"]),
    ("prices", [{"service": "alb", "item": "lcu_hour", "price_usd": "cheap"}], ["prices.0.price_usd", "cheap"]),
    ("prices", [{"service": "alb", "item": "lcu_hour"}], ["prices.0.price_usd is missing"]),
    ("prices", {}, ["prices = an object"]),
    ("operations", {"wage_usd_per_hour": -3}, ["operations.wage_usd_per_hour = -3"]),
    ("workload.requests_per_month", -1, ["workload.requests_per_month = -1 is outside 0..1000000000000000"]),
    ("workload.requests_per_month", 1.5, ["workload.requests_per_month = 1.5 is not a whole number", "Try"]),
    ("workload.requests_per_month", "10X", ['"10X"', "10M, 500k/day or 120/s"]),
    ("workload.requests_per_month", 10**16, ["outside"]),
    ("workload.requests_per_month", True, ["workload.requests_per_month = true"]),
    ("workload.requests_per_month", None, ["workload.requests_per_month = null"]),
    ("workload.duration_ms", 0, ["workload.duration_ms = 0 is outside 0..604800000 (ms, above 0)"]),
    ("workload.duration_ms", float("nan"), ["workload.duration_ms = nan"]),
    ("workload.duration_ms", float("inf"), ["workload.duration_ms = inf"]),
    ("workload.duration_ms", [], ["workload.duration_ms = a list"]),
    ("workload.measured_memory_mb", 127, ["workload.measured_memory_mb = 127 is outside 128..10240 (MB)"]),
    ("workload.busy_share", 1.01, ["workload.busy_share = 1.01 is outside 0..1"]),
    ("workload.cpu_ms", 10, ["workload.cpu_ms = 10", "busy_share is given too"]),
    ("workload.working_set_mb", 0, ["workload.working_set_mb = 0"]),
    ("workload.requests_pre_month", 1, ["requests_pre_month", "Did you mean requests_per_month?"]),
    ("workload.slo", {"response_ms": 5}, ["workload.slo.percentile is missing"]),
    ("workload.slo", {"percentile": 99.95, "response_ms": 5}, ["workload.slo.percentile = 99.95 is outside 50..99.9"]),
    ("workload.slo", {"percentile": 49, "response_ms": 5}, ["workload.slo.percentile = 49"]),
    ("workload.slo", {"percentile": 95, "response_ms": 0}, ["workload.slo.response_ms = 0", "above 0"]),
    ("workload.slo", 95, ["workload.slo = 95"]),
    ("workload.service_cv", -1, ["workload.service_cv = -1 is outside 0..20"]),
    ("workload.timeout_ms", 0, ["workload.timeout_ms = 0", "above 0"]),
    ("workload.log_kb", -1, ["workload.log_kb = -1"]),
    ("workload.log_retention_days", 0, ["workload.log_retention_days = 0 is outside 1..3653 (days)"]),
    ("workload.outbound_kb", "one", ["workload.outbound_kb", "4KB or 1MB"]),
    ("workload.durations", {}, ["workload.durations = an object", "a list of at most 100"]),
    ("workload.durations", [{"memory_mb": 100, "duration_ms": 5}], ["workload.durations.0.memory_mb = 100 is outside 128..10240"]),
    ("workload.durations", [{"memory_mb": 128, "duration_ms": 5}, {"memory_mb": 128, "duration_ms": 6}], ["workload.durations.1.memory_mb", "twice"]),
    ("options.1.cpu_speed", 0, ["options.1.cpu_speed = 0", "above 0"]),
    ("options.1", {"kind": "fargate", "size": "auto", "vcpu": 1}, ["options.1.vcpu", "size is auto"]),
    ("options.1", {"kind": "fargate", "vcpu": 1}, ["options.1.memory_gb is missing", "auto"]),
    ("options.1.size", "large", ['options.1.size = "large"', "auto"]),
    ("options.1.purchase", "compute_savings_plan_2y_no_upfront", ["options.1.purchase", "Did you mean compute_savings_plan_"]),
    ("options.1.purchase", "instance_savings_plan_1y_no_upfront", ["options.1.purchase"]),
    ("options.0.purchase", "spot", ['options.0.purchase = "spot"']),
    ("options.0.max_duration_ms", 100, ["options.0.max_duration_ms = 100", "memory_mb auto"]),
    ("options.0.vpc", "yes", ["options.0.vpc", "true or false"]),
    ("options.2.families", ["m5"], ["options.2.families", "instance_type auto"]),
    ("options.2", {"kind": "ec2", "instance_type": "auto", "families": ["m77"]}, ["options.2.families.0", '"m77"']),
    ("options.2", {"kind": "ec2", "instance_type": "auto", "families": []}, ["options.2.families", "a list of 1 to 100 families"]),
    ("options.2", {"kind": "ec2", "instance_type": "auto", "purchases": []}, ["options.2.purchases", "an empty list"]),
    ("options.2", {"kind": "ec2", "instance_type": "auto", "families": ["t4g"], "architecture": "x86_64"}, ["options.2.instance_type"]),
    ("options.2", {"kind": "hybrid"}, ["options.2.base is missing"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "lambda", "memory_mb": 128}}, ["options.2.base.kind", "fargate, ec2, ecs_managed_instances"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large"}, "level": -1}, ["options.2.level = -1"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large"}, "level": "most"}, ["options.2.level", '"auto"']),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large", "units": 3}}, ["options.2.base.units"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large"}, "overflow": {"kind": "lambda", "memory_mb": 64}}, ["options.2.overflow.memory_mb = 64"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large", "front_door": "alb"}}, ["options.2.base.front_door", "Give options.2.front_door instead"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large"}, "overflow": {"kind": "lambda", "memory_mb": 512, "operations_hours": 3}}, ["options.2.overflow.operations_hours = 3"]),
    ("options.2", {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "m5.large"}, "overflow": {"kind": "ec2"}}, ["options.2.overflow.kind", "lambda"]),
    ("workload.traffic", {"shape": "office_hour"}, ["workload.traffic.shape", "flat", "Did you mean office_hours?"]),
    ("workload.traffic", {"trace": "no_such_trace.csv"}, ["no_such_trace.csv"]),
    ("network", {"subnets": "hidden"}, ["network.subnets", "public, private"]),
    ("network", {"nat": 1}, ["network.nat = 1", "true or false"]),
    ("include", ["compute", "logs"], ["workload.log_kb is missing", "logs"]),
    ("workload.traffic", {"hourly": [1] * 167}, ["workload.traffic.hourly", "168 weights"]),
    ("workload.traffic", {"hourly": [0] * 168}, ["workload.traffic.hourly", "at least one weight is above 0"]),
    ("workload.traffic", {"hourly": [1] * 167 + [-1]}, ["workload.traffic.hourly.167 = -1"]),
    ("workload.traffic", {"shape": "flat", "burst": 0.5}, ["workload.traffic.burst = 0.5"]),
    ("workload.traffic", {"trace": "x.csv", "shape": "flat"}, ["workload.traffic = shape and trace", "exactly one"]),
    ("workload.traffic", "flat", ["workload.traffic", "an object"]),
    ("workload", [], ["workload = a list"]),
    ("options", [], ["options", "1 to 50"]),
    ("options", {}, ["options"]),
    ("options.0", "lambda", ["options.0", "an object with a kind"]),
    ("options.0.kind", "lamda", ["options.0.kind", "Did you mean lambda?"]),
    ("options.0.kind", "mixed", ["options.0.kind", '"mixed"', "hybrid"]),
    ("options.0.memory_mb", 64, ["options.0.memory_mb = 64 is outside 128..10240 (MB, whole numbers). Try memory_mb=128."]),
    ("options.0.memory_mb", 1024.5, ["options.0.memory_mb = 1024.5", "whole"]),
    ("options.0.memory_mb", "most", ["options.0.memory_mb", '"auto"']),
    ("options.0.architecture", "arm", ["options.0.architecture", "Did you mean arm64?"]),
    ("options.0.front_door", "api", ["options.0.front_door", "http_api"]),
    ("options.0.provisioned", {}, ["options.0.provisioned", "24 (each day's hours), 168", "or auto"]),
    ("options.0.provisioned", [1, 2], ["options.0.provisioned = a list of 2", "168"]),
    ("options.0.provisioned", -1, ["options.0.provisioned = -1", "0..100000 (environments, whole numbers)"]),
    ("options.0.provisioned", [0] * 23 + [1.5], ["options.0.provisioned.23 = 1.5", "whole"]),
    ("options.0.snapstart", {}, ["options.0.snapstart.restore_ms", "missing"]),
    ("options.0.layers", {}, ["options.0.layers is not a field here"]),
    ("options.1.vcpu", 3, ["options.1.vcpu = 3", "0.25, 0.5, 1, 2, 4, 8, 16, 32"]),
    ("options.1.memory_gb", 9, ["options.1.memory_gb = 9", "2, 3, 4, 5, 6, 7, 8 (GB with 1 vCPU)", "Try memory_gb=8"]),
    ("options.1.os", "macos", ["options.1.os"]),
    ("options.1.zones", 1, ["options.1.zones = 1", "survive_zone_loss=false"]),
    ("options.1.max_units", 1, ["options.1.max_units = 1", "below min_units = 2"]),
    ("options.1.target_utilisation", 0, ["options.1.target_utilisation = 0"]),
    ("options.1.scaling", "autoscaled", ["options.1.scaling", "hourly, fixed"]),
    ("options.1.purchase", "savings_plan", ["options.1.purchase"]),
    ("options.2.instance_type", "m5.lagre", ["options.2.instance_type", "Did you mean m5.large?"]),
    ("options.2.instance_type", 5, ["options.2.instance_type = 5"]),
    ("sweep", {"over": "workload.requests"}, ["sweep.over", "Did you mean workload.request"]),
    ("sweep", {"over": "name"}, ["sweep.over"]),
    ("sweep", {"from": 10, "to": 5}, ["sweep.to = 5", "not above sweep.from = 10"]),
    ("sweep", {"from": 0, "to": 5}, ["sweep.from = 0", "log scale"]),
    ("sweep", {"from": 1.5, "to": 5}, ["sweep.from = 1.5"]),
    ("sweep", {"points": 1}, ["sweep.points = 1"]),
    ("sweep", {"scale": "logarithmic"}, ["sweep.scale"]),
    ("sweep", {"start": 5}, ["sweep.start is not a field here"]),
    ("sweep", {"over": "workload.busy_share", "from": 0.1, "to": 2}, ["sweep.to = 2"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=[f"{n}-{row[0]}" for n, row in enumerate(WRONG)])
def test_one_line_for_one_wrong_value(path: str, value: object, words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        Scenario.from_dict(changed(path, value))
    lines = lines_of(error)
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]


def test_windows_on_arm_does_not_fit() -> None:
    document = changed(
        "options.1", {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "os": "windows", "architecture": "arm64"}
    )
    with pytest.raises(InputError, match="Windows tasks run on x86_64 only"):
        Scenario.from_dict(document)


def test_a_type_without_a_price_in_the_region_is_a_named_gap() -> None:
    """Whether AWS sells it there, a book can't say: its line is unknown, it can't win, and what to do is told."""
    document = {**changed("options.2.instance_type", "m8g.large"), "region": "me-central-1"}
    made = compare(Scenario.from_dict(document))
    assert made.options[2].bill.lines[0].price_usd is None and made.winner is None
    words = "the book aws-2026-12-01 has no price for m8g in me-central-1; AWS may sell it there: give its price in"
    assert any(words in warning for warning in made.warnings)
    own = {"service": "ec2", "item": "m8g.large/on_demand", "price_usd": "0.12", "note": "our console"}
    priced = compare(Scenario.from_dict({**document, "prices": [own]}))
    assert priced.options[2].bill.lines[0].price_usd == Fraction("0.12")
    assert not any("no price for m8g" in warning for warning in priced.warnings)


def test_open_types_name_what_is_not_weighed_and_what_could_be() -> None:
    auto = {"kind": "ec2", "instance_type": "auto", "families": ["m7i", "t4g"], "architecture": "any"}
    document = {**changed("options.2", auto), "region": "ap-southeast-6"}
    words = "11 of 16 types have no price in ap-southeast-6 in aws-2026-12-01 and are not weighed: "
    (warning,) = [one for one in compare(Scenario.from_dict(document)).warnings if "not weighed" in one]
    assert warning.endswith(f"{words}m7i, t4g.micro, t4g.nano")
    document["options"][2] = {**auto, "families": ["m8i"]}
    with pytest.raises(InputError, match="There c5, c5a, c6g, c6i, c7g, c7i and 12 more have: name some of them"):
        Scenario.from_dict(document)


def test_all_problems_of_a_document_together() -> None:
    document = changed("workload.duration_ms", -5)
    document = changed("options.0.memory_mb", 64, document)
    document = changed("options.1.vcpu", 3, document)
    document = changed("nmae", "x", document)
    with pytest.raises(InputError) as error:
        Scenario.from_dict(document)
    fields = [problem.field for problem in error.value.problems]
    assert set(fields) == {"nmae", "workload.duration_ms", "options.0.memory_mb", "options.1.vcpu"}


@pytest.mark.parametrize(("path", "value", "words"), [
    ("usage.0.service", "lamda", "Did you mean lambda?"),
    ("usage.0.requests", -1, "usage.0.requests = -1"),
    ("usage.0.gb_seconds", 5, "not both"),
    ("usage.0.snapstart", {}, "usage.0.snapstart.memory_mb is missing"),
    ("usage.0", {"service": "lambda", "requests": 1}, "usage.0.duration_ms is missing"),
    ("usage.0", {"service": "fargate", "vcpu": 1, "memory_gb": 2, "tasks": 1}, "usage.0.seconds_each is missing"),
    ("usage.0", {"service": "fargate", "vcpu": 1, "memory_gb": 2, "tasks": 1, "seconds_each": 1, "task_hours": 1}, "not both"),
    ("usage.0", {"service": "fargate", "vcpu": 1, "memory_gb": 2, "task_hours": 1, "os": "windows", "purchase": "spot"}, "Spot runs Linux"),
    ("usage.0", {"service": "ec2", "instance_type": "m5.large", "instance_hours": 1, "surplus_credit_vcpu_hours": 1}, "no CPU credits"),
    ("usage.0", {"service": "alb"}, "usage.0.lcus is missing"),
    ("usage.0", {"service": "alb", "lcus": 1, "rules": 3}, "usage.0.lcus"),
    ("usage.0", {"service": "ebs", "volume": "gp2", "gb": 1, "iops": 3000}, "gp2 has no provisioned IOPS"),
    ("usage.0", {"service": "api_gateway_rest", "requests": 1, "cache_gb": 2}, "usage.0.cache_gb = 2"),
    ("usage.0", {"service": "lambda", "requests": 1, "gb_seconds": 1, "ephemeral_mb": 1024}, "usage.0.duration_ms is missing"),
    ("usage.0", {"service": "lambda", "requests": 1, "gb_seconds": 1, "provisioned": {"hours": 3}}, "usage.0.provisioned.concurrency is missing"),
    ("usage", {}, "usage"),
    ("usage", None, "usage"),
])  # fmt: skip
def test_usage_documents_are_held_to_their_fields(path: str, value: object, words: str) -> None:
    with pytest.raises(InputError) as error:
        UsageDocument.from_dict(changed(path, value, USAGE))
    assert words in str(error.value)


DEEP = "[" * 10_000 + "]" * 10_000
FILES = {
    "empty.json": ("", "it is empty"),
    "blank.json": ("  \n", "it is empty"),
    "text.json": ("hello", "it is not JSON (line 1, column 1"),
    "cut.json": ('{"version": 1', "it is not JSON"),
    "list.json": ("[]", "document = a list is not a scenario"),
    "deep.json": (DEEP, "nests more than 100 levels deep"),
    "deep_object.json": ('{"a":' * 10_000 + "1" + "}" * 10_000, "nests more than 100 levels deep"),
    "huge_number.json": (json.dumps(GOOD).replace("1000000", "9" * 5000), "workload.requests_per_month = 999"),
    "huge_exponent.json": (json.dumps(GOOD).replace("200,", "1e999999999,", 1), "workload.duration_ms = 1e999999999"),
    "nan.json": (json.dumps(GOOD).replace("200,", "NaN,", 1), "workload.duration_ms = NaN"),
    "infinity.json": (json.dumps(GOOD).replace("200,", "-Infinity,", 1), "workload.duration_ms = -Infinity"),
    "twice.json": (json.dumps(GOOD).replace('"version": 1,', '"version": 1, "version": 1,'), "version = 1 does not fit: the name stands twice"),
    "twice_inside.json": (json.dumps(GOOD).replace('"kind": "lambda",', '"kind": "lambda", "memory_mb": 5,'), "options.0.memory_mb"),
    "tag.yaml": ("!!python/object/apply:os.system ['echo hacked']", "has the tag"),
    "tag2.yaml": ("version: !!int 1", "has the tag"),
    "alias.yaml": ("a: &x 1\nb: *x", "alias or anchor"),
    "bad.yaml": ("a: [1, 2", "it is not YAML (line"),
    "deep.yaml": (DEEP, "nests more than 100 levels deep"),
    "number.yaml": ("version: 1\nname: x\nworkload: {requests_per_month: .inf}", "workload.requests_per_month = .inf"),
    "latin.json": (b"\xff\xfe\xfa", "it is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["compare", "bill", "report", "ladder"])
def test_unreadable_files(name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    content, words = FILES[name]
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    extra = ["-o", str(tmp_path / "out")] if command == "report" else []
    assert main([command, str(path), *extra]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(line.startswith(("error: ", "  ")) for line in captured.err.splitlines())
    assert "Traceback" not in captured.err
    if command != "bill":
        assert words in captured.err
    assert [path.name for path in tmp_path.rglob("*")] == ["in", name]


@pytest.mark.parametrize(("arguments", "words"), [
    (["compare", "nowhere.json"], "nowhere.json can't be read: no such file or directory"),
    (["compare", "."], "is a directory"),
    (["compare"], "the following arguments are required: SCENARIO"),
    (["comprae"], "invalid choice"),
    (["compare", "GOOD", "--jsno"], "unrecognized arguments"),
    (["compare", "GOOD", "--set", "duration"], "a change written PATH=VALUE"),
    (["compare", "GOOD", "--set", "options.7.memory_mb=5"], "leads nowhere"),
    (["compare", "GOOD", "--set", "workload.duration_ms.x=5"], "leads nowhere"),
    (["compare", "GOOD", "--set", "workload.requests_per_month=ten"], "10M, 500k/day or 120/s"),
    (["compare", "GOOD", "--set", "workload.requests_per_month=-10M"], '"-10M" is outside 0..'),
    (["compare", "GOOD", "--set", "workload.duration_ms=NaN"], "workload.duration_ms = NaN"),
    (["compare", "GOOD", "--set", "workload.duration_ms=" + "9" * 5000], "workload.duration_ms = 999"),
    (["compare", "GOOD", "--set", "workload.duration_ms=" + DEEP], "workload.duration_ms"),
    (["compare", "GOOD", "--set", "region=eu-wset-1"], "Did you mean eu-west-1?"),
    (["bill", "GOOD"], "a scenario is not a usage document. lambdaplan compare prices it."),
    (["compare", "GOOD", "--set", "book=nope"], "the price books here"),
    (["prices", "list", "lamda"], "Did you mean lambda?"),
    (["prices", "show", "alb", "lcu"], "Did you mean lcu_hour?"),
    (["prices", "show", "alb", "lcu_hour", "--region", "ap-south-2"], "no price for it in ap-south-2"),
    (["prices", "verify", "--book", "nope"], "the price books here"),
    (["schema", "bills"], "invalid choice"),
    (["ladder", "GOOD", "GOOD"], "rungs is missing"),
])  # fmt: skip
def test_bad_arguments(arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(GOOD))
    assert main([str(good) if a == "GOOD" else a for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert all(line.startswith("error: ") for line in captured.err.splitlines())


def test_errors_as_json(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(changed("options.0.memory_mb", 64)))
    assert main(["compare", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    (error,) = json.loads(captured.out)["errors"]
    assert error == {
        "code": "range",
        "field": "options.0.memory_mb",
        "value": "64",
        "allowed": "128..10240 (MB, whole numbers)",
        "fix": "Try memory_mb=128.",
    }
    assert captured.err.startswith("error: options.0.memory_mb = 64 is outside")


def test_errors_are_safe_to_print(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(changed("region", "\x1b[31mred\nline")))
    assert main(["compare", str(path)]) == 2
    captured = capsys.readouterr()
    assert "\x1b" not in captured.err
    assert len(captured.err.splitlines()) == 1
