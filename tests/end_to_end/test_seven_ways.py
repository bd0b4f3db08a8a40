"""The tables of docs/seven_ways.md, billed anew."""

from __future__ import annotations

import json
import re

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.formatting import decimal_text, rounded
from lambdaplan.platforms import OPTIONS
from lambdaplan.resources import data_dir
from places import ROOT

PAGE = (ROOT / "docs" / "seven_ways.md").read_text("utf-8")
FARGATE = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
WAYS = [
    LAMBDA,
    FARGATE,
    {"kind": "ec2", "instance_type": "t3.small"},
    {"kind": "hybrid", "base": FARGATE, "level": "auto", "overflow": LAMBDA},
    {"kind": "lambda_managed_instances", "instance_type": "c7i.large"},
    {"kind": "ecs_managed_instances", "instance_type": "t3.small"},
    {"kind": "lambda_web"},
]
MONTHS = (10_000_000, 100_000_000)


def rows(starts: str) -> list[list[str]]:
    """The cells of the rows that follow the head of a table."""
    lines = PAGE[PAGE.index(starts) :].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[: next((n for n, row in enumerate(cells) if len(row) < 3), len(cells))]


@pytest.fixture(scope="module", params=range(2), ids=("10 million", "100 million"))
def month(request):
    document = json.loads((data_dir() / "scenarios" / "node_api.json").read_text("utf-8"))
    document["options"] = WAYS
    document["workload"]["requests_per_month"] = MONTHS[request.param]
    return request.param, compare(Scenario.from_dict(document))


def test_every_kind_is_told():
    assert {way["kind"] for way in WAYS} == set(OPTIONS)


def test_bills_and_units_are_those_of_compare(month):
    column, comparison = month
    for row, result in zip(rows("| way |"), comparison.options, strict=True):
        dollars, _, units = row[1 + column].partition(" ")
        assert dollars == ("unknown" if result.bill.total_usd is None else f"${result.bill.total_usd:,.2f}")
        assert not units or int(units.strip("()")) == result.fleet.units_peak
        assert row[0].startswith(result.option.platform[:6]), row[0]


def test_the_rates_that_would_have_to_be_are_those_of_compare(month):
    column, comparison = month
    web = comparison.options[-1]
    needed = comparison.needs_above(web)
    for row, (place, usd) in zip(rows("| | 10 million"), needed.items(), strict=True):
        quantity, price = re.match(r"([\d,]+)\D.*below \$([\d.]+)", row[1 + column]).groups()
        assert int(quantity.replace(",", "")) == round(web.bill.lines[place].quantity)
        assert price == decimal_text(usd, 10)
        words = f"{web.bill.lines[place].item} costs more than ${rounded(usd)}"
        assert any(words in warning for warning in comparison.warnings)
        printed = comparison.document()["options"][-1]["lines"][place]
        assert printed["needs_above_usd"] == decimal_text(usd)
