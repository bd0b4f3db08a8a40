"""The picture of answer times against costs: each point is the comparison's, and words say what can't be drawn."""

import pytest

import lambdaplan
from lambdaplan.charts.fleets.answer_times import (
    answer_times_chart,
    answer_times_figures,
    answer_times_finding,
    answer_times_rows,
)
from lambdaplan.errors import InputError
from lambdaplan.resources import data_dir

SCENARIOS = data_dir() / "scenarios"


def points(spec):
    return spec["layer"][1]["data"]["values"]


def test_each_point_is_what_an_option_costs_and_within_what_it_answers():
    """Asked for 95 % within 400 ms: the rule stands there, and who holds it is who `compare` says holds it."""
    comparison = lambdaplan.compare(lambdaplan.Scenario.load(SCENARIOS / "python_office_api.yaml"))
    spec = answer_times_chart(comparison, width=530).to_dict()
    assert spec["width"] == 530 and spec["layer"][-2]["data"]["values"] == [{"ms": 400.0, "text": "asked for: 400 ms"}]
    for point, result in zip(points(spec), comparison.options, strict=True):
        assert point["option"] == result.label and point["usd"] == float(result.bill.total_usd)
        assert (point["fast"], point["ms"], point["slow"]) == tuple(result.answer_ms(p) for p in (50, 95, 99))
    held = [row["option"] for row in answer_times_rows(comparison) if row["held"] == "yes"]
    assert tuple(held) == comparison.held_by
    soonest = min(comparison.options, key=lambda result: result.answer_ms(95)).label
    finding = answer_times_finding(comparison)
    assert finding.startswith(f"{comparison.winner} is cheapest") and f"{soonest} answers soonest" in finding
    for row in answer_times_rows(comparison):
        assert (
            f"{row['option']}: {row['USD a month']} a month, 95 % within {row['95 % within, ms']} ms"
            in (spec["description"])
        )
    names = [row["text"] for row in spec["layer"][2]["data"]["values"]]
    assert names == ["Lambda", "Fargate", "EC2"]


def test_an_option_that_breaks_a_limit_is_hollow_and_one_without_a_bill_is_named():
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    late = lambdaplan.compare(scenario.with_values({"options.0.memory_mb": 128}))
    drawn = {point["option"]: point["fill"] for point in points(answer_times_chart(late).to_dict())}
    assert drawn["Lambda 128 MB"] == "white" and drawn["EC2 t3.small"] != "white"
    missing = lambdaplan.compare(scenario.with_values({"region": "ap-south-2"}))
    unknown = [result.label for result in missing.options if result.bill.total_usd is None]
    spec = answer_times_chart(missing).to_dict()
    assert unknown and f"Without a whole bill or a known answer time: {', '.join(unknown)}." in " ".join(
        spec["title"]["subtitle"]
    )
    figures = {label: usd for label, usd, *_ in answer_times_figures(missing)}
    assert all(figures[label] is None for label in unknown)


def test_it_is_a_picture_of_a_comparison_in_a_notebook_and_other_names_are_refused():
    comparison = lambdaplan.compare(lambdaplan.Scenario.load(SCENARIOS / "node_api.json"))
    drawn = lambdaplan.chart(comparison, of="answer_time", width=400)
    assert "text/html" in drawn._repr_mimebundle_() and drawn.to_dict()["width"] == 400
    with pytest.raises(InputError, match='of = "scatter" is not one of cost, bill, answer_time, week, architecture'):
        lambdaplan.chart(comparison, of="scatter")
