"""The commands: what they print is what Python says."""

from __future__ import annotations

import io
import json
import sys
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

from lambdaplan import PriceBook, Scenario, UsageDocument, bill, compare
from lambdaplan.cli.main import main
from lambdaplan.report import report
from lambdaplan.report.notebook_kernel import Extent
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"


def run(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_compare_prints_the_answer_bills_and_crossover(capsys: pytest.CaptureFixture) -> None:
    out = run(capsys, "compare", NODE_API)
    # 2.00 + 33.33 + 10.00; two t3.small at 0.0208 (30.37) and their volumes (1.28), a load balancer (16.43 + 0.89);
    # 48.97 - 45.33 = 3.64; 48.073 / (0.00000453334 - 0.00000008888) = 10,816,408.1 requests
    for words in (
        "$45.33",
        "$48.97",
        "is cheapest by $3.64",
        "about 10.8 million",
        "2,000,000 GB-second",
        "x $0.0000166667",
    ):
        assert words in out
    assert "aws-2026-12-01" in out
    assert "10,816,409" not in out and "(exactly in --json):" in out


def test_compare_as_json_is_the_comparison(capsys: pytest.CaptureFixture) -> None:
    out = run(capsys, "compare", NODE_API, "--json")
    assert json.loads(out) == json.loads(compare(Scenario.load(NODE_API)).to_json())


def test_set_changes_values_in_the_words_of_people(capsys: pytest.CaptureFixture) -> None:
    changes = ("workload.requests_per_month=500k/day", "options.0.memory_mb=2048", "region=eu-west-1", "free_tier=true")
    arguments = [part for change in changes for part in ("--set", change)]
    scenario = json.loads(run(capsys, "compare", NODE_API, "--json", *arguments))["scenario"]
    assert scenario["workload"]["requests_per_month"] == 15_208_333  # 500,000 x 730 / 24
    assert scenario["options"][0]["memory_mb"] == 2048
    assert scenario["options"][0]["label"] == "Lambda 2048 MB"
    assert scenario["region"] == "eu-west-1"
    assert scenario["free_tier"] is True


@pytest.mark.parametrize(("text", "requests"), [
    ("10M", 10_000_000), ("2.5m", 2_500_000), ("1B", 10**9), ("10k", 10_000), ("1,000,000", 1_000_000),
    ("120/s", 120 * 3600 * 730), ("1/min", 60 * 730), ("10/h", 7300), ("24/day", 730), ("168/week", 730), ("7/month", 7),
])  # fmt: skip
def test_requests_as_people_write_them(text: str, requests: int, capsys: pytest.CaptureFixture) -> None:
    out = run(capsys, "compare", NODE_API, "--json", "--set", f"workload.requests_per_month={text}")
    assert json.loads(out)["scenario"]["workload"]["requests_per_month"] == requests


def test_a_document_from_standard_input(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (
        NODE_API.read_text(),
        "version: 1\nname: yaml\nworkload: {requests_per_month: 5, duration_ms: 0.1,\n  busy_share: 0.5, working_set_mb: 100}\noptions: [{kind: lambda, memory_mb: 128}]\n",
    ):
        stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert json.loads(run(capsys, "compare", "-", "--json"))["version"] == 1


def test_what_compare_read_it_reads_again(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    first = json.loads(run(capsys, "compare", NODE_API, "--json"))
    path = tmp_path / "again.json"
    path.write_text(json.dumps(first["scenario"]))
    assert json.loads(run(capsys, "compare", path, "--json")) == first


USAGE = {
    "version": 1,
    "usage": [
        {"service": "fargate", "architecture": "arm64", "vcpu": 0.5, "memory_gb": 1, "task_hours": 1460},
        {"service": "lambda", "requests": 10_000_000, "duration_ms": 200, "memory_mb": 1024},
    ],
}


def test_bill_prints_lines_and_total(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "usage.json"
    path.write_text(json.dumps(USAGE))
    out = run(capsys, "bill", path)
    for words in ("$23.64", "$5.20", "$2.00", "$33.33", "total $64.17"):
        assert words in out
    document = json.loads(run(capsys, "bill", path, "--json"))
    assert set(document) == {"book", "lines", "total_usd", "exact_usd", "oldest_price", "unknown", "warnings"}
    assert document["total_usd"] == "64.17"
    assert document["exact_usd"] == "64.1684"
    assert Fraction(document["exact_usd"]) == bill(UsageDocument.load(path)).exact_usd


def test_prices_list_show_verify(capsys: pytest.CaptureFixture) -> None:
    assert "aws-2026-12-01" in run(capsys, "prices", "list")
    assert "surplus_credit_vcpu_hour/t3" in run(capsys, "prices", "list", "ec2")
    assert "0.0000166667" in run(capsys, "prices", "list", "lambda", "--region", "us-east-1")
    shown = run(capsys, "prices", "show", "lambda", "duration/x86_64", "--region", "us-east-1")
    assert "6,000,000,000" in shown and "0.0000133334" in shown and "2025-10-30" in shown
    assert "all well" in run(capsys, "prices", "verify")


def test_schemas_describe_the_documents(capsys: pytest.CaptureFixture) -> None:
    scenario = json.loads(run(capsys, "schema", "scenario"))
    jsonschema.Draft202012Validator.check_schema(scenario)
    valid = jsonschema.Draft202012Validator(scenario)
    for path in sorted((data_dir() / "scenarios").glob("*.json")):
        valid.validate(json.loads(path.read_text()))
        valid.validate(Scenario.load(path).document())
    usage = json.loads(run(capsys, "schema", "usage"))
    jsonschema.validate(USAGE, usage)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 1, "usage": [{"service": "lambda", "request": 1}]}, usage)
    fields = scenario["properties"]["workload"]["properties"]
    assert "[ms]" in fields["duration_ms"]["description"]
    assert fields["duration_ms"]["exclusiveMinimum"] == 0


def test_help_names_every_command(capsys: pytest.CaptureFixture) -> None:
    out = run(capsys)
    for command in ("compare", "ladder", "bill", "report", "export", "prices", "schema", "lab"):
        assert command in out


def test_every_preset_compares_in_every_region(capsys: pytest.CaptureFixture) -> None:
    scenario = Scenario.load(NODE_API)
    unknown, without = {}, set()
    for region in PriceBook.load().regions:
        comparison = compare(scenario.with_values({"region": region}))
        without |= {region} if any("has no price for t3 in" in words for words in comparison.warnings) else set()
        lines = [words for result in comparison.options for words in result.bill.unknown]
        unknown[region] = len(lines)
        assert comparison.crossovers is not None
        if any(result.bill.unknown for result in comparison.options) and comparison.winner:
            best = comparison.best.cost_usd
            assert all(result.bill.known_usd > best for result in comparison.options if result.bill.unknown)
    assert without == {"ap-east-2", "ap-southeast-6", "us-gov-east-1", "us-gov-west-1"}  # the book has t4g there
    with capsys.disabled():
        some = {region: count for region, count in unknown.items() if count}
        said = f"lines without a price by region: {some}; none in {len(unknown) - len(some)} regions"
        sys.stdout.write(f"\ndefault scenario, {said}\n")
    assert all(unknown[region] == 0 for region in ("us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1"))


def test_a_fault_of_ours_is_one_line_too(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("of all\nthings")

    monkeypatch.delenv("LAMBDAPLAN_DEBUG", raising=False)
    monkeypatch.setattr("lambdaplan.cli.compare.compare", fails)
    assert main(["compare", str(NODE_API)]) == 5
    captured = capsys.readouterr()
    assert captured.err == (
        "error: lambdaplan itself failed (ZeroDivisionError: of all things). LAMBDAPLAN_DEBUG=1 shows where.\n"
    )


def test_what_a_reader_of_a_trace_should_know_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    hours = [(day, hour) for day in range(1, 15) for hour in range(24) if (day, hour) != (3, 7)]
    trace = tmp_path / "hits.csv"
    trace.write_text("timestamp,requests\n" + "".join(f"2024-01-{d:02}T{h:02}:00Z,{h}\n" for d, h in hours))
    path = tmp_path / "service.json"
    document = json.loads(NODE_API.read_text(encoding="utf-8"))
    document["workload"]["traffic"] = {"trace": str(trace)}
    path.write_text(json.dumps(document))
    assert main(["compare", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""  # it was read at once
    warnings = json.loads(out)["warnings"]
    gap = "hits.csv: 1 gap, 1 row of 1 h missing (0.3 %); left out, not counted as idle."
    assert any(words.startswith(gap) for words in warnings)
    assert any("burst = 1.5 is assumed" in words for words in warnings)
    assert main(["compare", str(path)]) == 0
    out, _ = capsys.readouterr()
    assert f"note: {gap}" in out


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "\uff11\uff12"])
def test_a_port_that_is_none_is_one_line(port, capsys):
    for more in ([], ["--app"]):
        assert main(["lab", *more, f"--port={port}"]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: --port") and error.count("\n") == 1


def test_a_report_is_asked_for_whole_in_brief_and_quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[bool, bool]] = []

    def noted(*_: object, extent: Extent, **__: object) -> Path:
        asked.append((extent.brief, extent.quick))
        return tmp_path

    monkeypatch.setattr(report, "run_report", noted)
    for flags in ((), ("--brief",), ("--quick",), ("--brief", "--quick")):
        assert main(["report", *flags]) == 0
    assert asked == [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--brief=yes"),
        ("report", "--quick", "no such file.json"),
        ("report", "--briefly"),
        ("compare", "--brief"),
        ("export", "--quick"),
        ("batch", "table.csv", "--base", "node_api.json", "--no-reports", "--brief"),
        ("batch", "table.csv", "--base", "node_api.json", "--no-reports", "--quick", "--again"),
    ],
)
def test_what_does_not_go_with_a_short_report_is_told(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture
) -> None:
    try:
        code = main(list(arguments))
    except SystemExit as end:
        code = end.code
    told = capsys.readouterr()
    assert code == 2 and told.out == ""
    assert told.err.splitlines()[-1].startswith(("error: ", "lambdaplan")) and "Traceback" not in told.err
