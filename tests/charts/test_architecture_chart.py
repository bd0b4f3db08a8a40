"""The drawing of an architecture: its boxes are the bill in parts."""

from decimal import Decimal

import pytest

import lambdaplan
from lambdaplan.charts.fleets.architecture import architecture_chart, architecture_rows, boxes_of
from lambdaplan.resources import data_dir

SCENARIOS = data_dir() / "scenarios"


@pytest.mark.parametrize("name", ["node_api.json", "hybrid_shop.yaml", "growing_service.yaml"])
def test_the_boxes_of_an_option_add_up_to_its_bill(name):
    document = lambdaplan.Scenario.load(SCENARIOS / name).document()
    document["workload"]["log_kb"] = 1
    include = [*dict.fromkeys([*document["include"], "network", "logs"])]
    comparison = lambdaplan.compare(lambdaplan.Scenario.from_dict({**document, "include": include}))
    for result in comparison.options:
        boxes = boxes_of(result)
        assert sum((box.usd for box in boxes), Decimal(0)) == result.bill.total_usd
        parts = [box.part for box in boxes]
        assert parts[:2] == ["front_door", "compute"] and {"network", "logs"} <= set(parts)
    spec = architecture_chart(comparison, width=600).to_dict()
    assert spec["width"] == 600
    for row in architecture_rows(comparison):
        assert row["what"] in spec["description"] and row["USD a month"] in spec["description"]
