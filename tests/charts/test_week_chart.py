"""The week chart: each hour's load and units are those of the comparison."""

import json

import pytest

import lambdaplan
from lambdaplan.charts.fleets.week import week_chart, week_finding, week_hours, week_rows
from lambdaplan.errors import InputError
from lambdaplan.resources import data_dir

SHOP = data_dir() / "scenarios" / "hybrid_shop.yaml"
NODE = data_dir() / "scenarios" / "node_api.json"


def test_the_hours_of_the_week_come_to_the_month_and_its_fleets():
    comparison = lambdaplan.compare(lambdaplan.Scenario.load(SHOP))
    hours = week_hours(comparison)
    workload = comparison.scenario.workload
    of_week = workload.requests_per_month * 168 / comparison.scenario.hours_per_month
    assert len(hours) == 168 and sum(row["load"] for row in hours) * 3600 == pytest.approx(float(of_week))
    for result in comparison.options[2:]:
        units = [row["units"][result.label] for row in hours]
        assert sum(units) / 168 == pytest.approx(float(result.fleet.units_mean))
        assert max(units) == result.fleet.units_peak
    busiest = max(hours, key=lambda row: row["load"])
    assert busiest["units"]["Fargate 1 vCPU 2 GB"] == 6
    assert week_finding(comparison).startswith("Fargate 1 vCPU 2 GB: 2 to 6 tasks for 18 to 112 requests a second")
    assert [row["day"] for row in week_rows(comparison)][::6] == ["Monday", "Sunday"]
    spec = week_chart(comparison).to_dict()
    assert "Monday" in json.dumps(spec) and "green: what the tasks of Fargate 1 vCPU 2 GB carry" in json.dumps(spec)


def test_without_a_fleet_there_is_no_week_to_draw():
    document = lambdaplan.Scenario.load(NODE).document()
    alone = lambdaplan.Scenario.from_dict({**document, "options": document["options"][:1]})
    with pytest.raises(InputError, match="no option has a fleet of whole units"):
        week_chart(lambdaplan.compare(alone))
