"""The table of docs/fifty_million.md, billed anew."""

import re

import pytest

import lambdaplan
from lambdaplan import Scenario
from places import ROOT

PAGE = ROOT / "docs" / "fifty_million.md"
OPTIONS = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "fargate", "vcpu": 1, "memory_gb": 2},
    {"kind": "ec2", "instance_type": "m7i.large"},
    {"kind": "ec2", "instance_type": "t3.small"},
]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text("utf-8").splitlines()
    if re.match(r"\| \d+% ", line)
]


def test_the_table_has_every_busy_share_flat_and_with_peaks():
    assert [row[0] for row in ROWS[::2]] == ["5%", "20%", "58%", "100%"] and len(ROWS) == 8


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_each_row_is_what_the_comparison_says(row):
    work = {
        "requests_per_month": 50_000_000,
        "duration_ms": 500,
        "busy_share": int(row[0].strip("%")) / 100,
        "measured_memory_mb": 1769,
        "working_set_mb": 300,
        "traffic": {"shape": "flat", "burst": 1 if row[1] == "flat" else 3},
    }
    document = {"version": 1, "name": "fifty million", "workload": work, "options": OPTIONS}
    comparison = lambdaplan.compare(Scenario.from_dict(document))
    for cell, result in zip(row[2:6], comparison.options, strict=True):
        dollars, _, units = cell.partition(" ")
        assert dollars == f"${result.bill.total_usd:,.2f}"
        assert not units or int(units.strip("()")) == result.fleet.units_peak
    assert row[6] == comparison.winner
