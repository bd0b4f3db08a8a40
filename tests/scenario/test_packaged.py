"""Packaged scenarios that look like work: each shows what it says, and has an answer."""

from __future__ import annotations

from fractions import Fraction as F

from lambdaplan import Scenario, compare
from lambdaplan.cli.main import main
from lambdaplan.explorer.controls.scenario_controls import presets
from lambdaplan.resources import data_dir

FOLDER = data_dir() / "scenarios"
NAMES = (
    *("all_on_arm", "growing_service", "hybrid_shop", "image_queue", "java_snapstart", "nightly_report"),
    "python_office_api",
)


def compared(name):
    return compare(Scenario.load(FOLDER / f"{name}.yaml"))


def test_the_files_are_there_and_in_the_readme():
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(NAMES)
    words = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"`{name}.yaml`" in words for name in NAMES)


def test_the_explorer_offers_them_after_the_others():
    names = list(presets())
    assert set(names[5:]) == {Scenario.load(FOLDER / f"{name}.yaml").name for name in NAMES}
    assert names[0] == "Node.js API, 200 ms at 1024 MB"


def test_python_in_office_hours_holds_an_answer_time_and_counts_cold_starts():
    """8 million x 512 MB x 120 ms = 480,000 GB-seconds at $0.0000166667: $8.00; requests $1.60, HTTP API $9.60."""
    comparison = compared("python_office_api")
    lines = {line.item: line for line in comparison.options[0].bill.lines}
    assert [round(float(line.exact_usd), 2) for line in lines.values()] == [1.6, 8.0, 0.0, 9.6]
    assert comparison.held_by == tuple(result.label for result in comparison.options)
    assert comparison.options[0].fleet.cold.starts > 20 * 2  # of 20 deployments, each with all environments
    assert comparison.winner == "Lambda 512 MB"


def test_java_is_billed_its_initialisations_but_with_snapstart():
    without, restored = (result for result in compared("java_snapstart").options if result.option.kind == "lambda")
    assert any("initialisation" in line.item for line in without.bill.lines)
    assert not any("initialisation" in line.item for line in restored.bill.lines)
    assert restored.bill.total_usd < without.bill.total_usd


def test_the_shop_is_cheapest_on_a_base_fleet_with_lambda_above_it():
    comparison = compared("hybrid_shop")
    assert comparison.winner == "Base fleet with Lambda above it"
    assert comparison.options[1].option.kind == "hybrid"


def test_everything_on_arm_with_amounts_as_text():
    comparison = compared("all_on_arm")
    work = comparison.scenario.workload
    assert comparison.processors == {"arm64"}
    assert (work.duration_ms, work.measured_memory_mb, work.busy_share) == (80, 1024, F(1, 5))
    assert work.requests_per_month == 30_416_667  # a million a day, 730 / 24 days, half-up
    assert all("auto" in result.label for result in comparison.options)


def test_a_queue_is_drained_within_the_hour_and_a_function_takes_ten_a_call():
    """3.06 million attempts, ten a call of 9 s at 1,769 MB: 306,000 x 9 x 1769/1024 GB-seconds."""
    comparison = compared("image_queue")
    calls, duration = comparison.options[0].bill.lines[:2]
    assert calls.quantity == 306_000 and duration.quantity == F(306_000 * 9 * 1769, 1024)
    assert all(result.feasible and result.wait_s <= 3600 for result in comparison.options)


def test_a_nightly_job_starts_a_task_for_each_run_and_no_function_runs_that_long():
    """30.9 attempts of 40 minutes and 40 s of start, two vCPUs: 41.89 vCPU-hours."""
    comparison = compared("nightly_report")
    assert comparison.options[1].bill.lines[0].quantity == F("30.9") * 2440 * 2 / 3600
    assert [result.feasible for result in comparison.options] == [False, True, True, True]
    assert comparison.winner == "Fargate Spot"


def test_moving_answers_on_the_growing_service_as_it_stands(capsys):
    assert main(["moving", str(FOLDER / "growing_service.yaml")]) == 0
    printed = capsys.readouterr().out
    for words in (
        "has paid for itself by the end of month",
        "Traffic that grows by 4 % a month",
        "From a wage of about",
    ):
        assert words in printed
