"""Runs of a job cut into steps: figures worked out by hand from the prices of Step Functions and durable functions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import InputError, Scenario, compare

WORK = {
    "kind": "job", "requests_per_month": 1000, "duration_ms": 2_400_000, "measured_memory_mb": 1769, "busy_share": 1,
    "working_set_mb": 500,
}  # fmt: skip


def scenario(steps: Any = 4, region: str = "us-east-1", work: Any = (), **option: Any) -> Scenario:
    options = [{"kind": "lambda", "memory_mb": 1769, **option}, {"kind": "fargate", "vcpu": 1, "memory_gb": 2}]
    return Scenario.from_dict({
        "version": 1, "name": "n", "region": region, "include": ["compute"],
        "workload": {**WORK, "steps": steps, **dict(work)}, "options": options,
    })  # fmt: skip


def test_a_run_of_40_minutes_is_too_long_in_one_and_in_two_calls() -> None:
    assert [compare(scenario(steps)).options[0].feasible for steps in (1, 2, 3, 4)] == [False, False, True, True]


def test_a_workflow_makes_a_transition_a_step_and_two_more() -> None:
    """1,000 runs of 4 steps: 4,000 calls of 600 s; 6,000 transitions at 0.000025 are 0.15."""
    lines = {line.price_item: line for line in compare(scenario()).options[0].bill.lines}
    assert lines["requests/x86_64"].quantity == 4000
    assert lines["duration/x86_64"].quantity == Fraction(4000 * 600 * 1769, 1024)
    assert (lines["standard_transitions"].quantity, lines["standard_transitions"].amount_usd) == (6000, Decimal("0.15"))


def test_a_durable_function_makes_an_operation_a_start_a_step_and_a_wait_between_two() -> None:
    """1,000 runs: a start, 4 steps and 3 waits are 8,000 operations at 0.000008, which is 0.06."""
    lines = {line.price_item: line for line in compare(scenario(steps_by="durable")).options[0].bill.lines}
    assert (lines["durable_operations"].quantity, lines["durable_operations"].amount_usd) == (8000, Decimal("0.06"))
    assert "standard_transitions" not in lines


def test_one_step_is_one_call_and_costs_nothing_more() -> None:
    short = {"duration_ms": 600_000}
    alone, durable = (compare(scenario(1, work=short, steps_by=by)) for by in ("step_functions", "durable"))
    assert alone.options[0].bill.exact_usd == durable.options[0].bill.exact_usd
    assert len(alone.options[0].bill.lines) == 2


def test_elsewhere_the_price_of_durable_operations_is_a_named_gap() -> None:
    result = compare(scenario(region="eu-central-1", steps_by="durable")).options[0]
    assert result.bill.total_usd is None
    assert [line.price_item for line in result.bill.lines if line.price_usd is None] == ["durable_operations"]


def test_attempts_are_stepped_through_again_and_fleets_do_not_step() -> None:
    """Half as many attempts more: 1,500 runs, 9,000 transitions. A task's bill is that of whole runs."""
    tried = compare(scenario(work={"retry_fraction": 0.5})).options
    assert next(line.quantity for line in tried[0].bill.lines if line.price_item == "standard_transitions") == 9000
    assert tried[1].bill.exact_usd == compare(scenario(1, work={"retry_fraction": 0.5})).options[1].bill.exact_usd


def test_along_steps_a_column_equals_its_points() -> None:
    asked = scenario(4)
    sweep = {"over": "workload.steps", "from": 1, "to": 9, "scale": "linear", "points": 9}
    swept = compare(Scenario.from_dict({**asked.document(), "sweep": sweep}))
    assert swept.options[0].bill.exact_usd == compare(asked).options[0].bill.exact_usd
    for crossing in swept.crossovers:
        here = Fraction(crossing.at)
        found = [compare(asked.at("workload.steps", place)).winner for place in (here - 1, here)]
        assert found == [crossing.below, crossing.above]


def test_managed_instances_take_90_minutes_a_step() -> None:
    long = {**WORK, "duration_ms": 2 * 5_400_000, "steps": 2}
    option = {"kind": "lambda_managed_instances", "instance_type": "m7g.large", "architecture": "arm64"}
    del option["architecture"]
    told = {"version": 1, "name": "n", "include": ["compute"], "workload": long, "options": [option]}
    (result,) = compare(Scenario.from_dict(told)).options
    assert result.feasible
    assert any(line.price_item == "standard_transitions" and line.quantity == 4000 for line in result.bill.lines)
    (whole,) = compare(Scenario.from_dict({**told, "workload": {**long, "steps": 1}})).options
    assert not whole.feasible


@pytest.mark.parametrize("kind", ["service", "queue"])
def test_steps_go_with_a_job(kind: str) -> None:
    work = {"kind": kind} | ({"max_wait_s": 60} if kind == "queue" else {})
    with pytest.raises(InputError, match=r"it goes with workload\.kind job"):
        scenario(2, work=work)
