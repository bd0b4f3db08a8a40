"""The table of docs/architectures.md, billed anew; every packaged architecture, and its drawing."""

from __future__ import annotations

import re

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.charts.fleets.architecture import architecture_rows, boxes_of
from lambdaplan.comparison.first_lines import shares_words
from places import ROOT

FOLDER = ROOT / "data" / "scenarios" / "architectures"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
IN_DOCS = {
    "HTTP API with DynamoDB": "http_api_dynamodb",
    "API with Aurora and a proxy for the function": "api_aurora_proxy",
    "API with Redis": "api_redis",
    "event pipeline": "event_pipeline",
}
TEXT = (ROOT / "docs" / "architectures.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\D[^|]*) \| ([\d,]+) \| (.*) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{IN_DOCS[row[0]]} {row[1]}")
def test_the_table_is_what_the_files_come_to(row: tuple[str, str, str]) -> None:
    name, millions, rest = row
    scenario = Scenario.load(FOLDER / f"{IN_DOCS[name]}.yaml")
    scenario = scenario.with_values({"workload.requests_per_month": int(millions.replace(",", "")) * 10**6})
    comparison = compare(scenario)
    *usd, shares, without = rest.split(" | ")
    for cell, result in zip(usd, comparison.options, strict=True):
        assert cell.strip("*") == f"{result.bill.total_usd:,}"
        assert cell.startswith("**") == (result.label == comparison.winner)
    assert re.findall(r"(\d+) %", shares_words(comparison)) == shares.split(" / ")
    alone = compare(scenario.with_values({"include": [word for word in scenario.include if word != "services"]}))
    assert without == ("same" if alone.winner == comparison.winner else alone.winner)


def test_the_table_has_four_architectures_at_four_sizes() -> None:
    assert len(ROWS) == 16 and {name for name, *_ in ROWS} == set(IN_DOCS)


def test_what_all_need_alike_leaves_the_crossover_where_it_is() -> None:
    scenario = Scenario.load(FOLDER / "http_api_dynamodb.yaml")
    without = scenario.with_values({"include": [word for word in scenario.include if word != "services"]})
    places = [[(one.at, one.below, one.above) for one in compare(each).crossovers] for each in (scenario, without)]
    assert places[0] == places[1] and places[0][0][0] == 39_193_863
    assert "39,193,863" in TEXT


@pytest.mark.parametrize("name", NAMES)
def test_each_architecture_is_drawn_with_a_box_for_each_service_whose_costs_add_up(name: str) -> None:
    comparison = compare(Scenario.load(FOLDER / f"{name}.yaml"))
    assert comparison.winner is not None and architecture_rows(comparison)
    for result in comparison.options:
        boxes = boxes_of(result)
        assert sum(box.usd for box in boxes if box.usd is not None) == result.bill.total_usd
        billed = {line.service for line in result.bill.lines if line.amount_usd}
        mine = {use.service for use in comparison.scenario.services if use.is_of(result.option)}
        assert (mine & billed) - {"cloudwatch"} <= {box.part for box in boxes}
    assert f"`{name}.yaml`" in (ROOT / "data" / "scenarios" / "README.md").read_text("utf-8")
