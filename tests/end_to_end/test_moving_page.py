"""The figures of docs/moving.md are those of today's book."""

from __future__ import annotations

import re

from lambdaplan import Scenario, compare, moving
from lambdaplan.formatting import money
from lambdaplan.resources import data_dir

PAGE = data_dir().parent / "docs" / "moving.md"
EXAMPLE = {
    "version": 1,
    "name": "A steady API",
    "include": ["compute", "front_door", "operations"],
    "operations": {"wage_usd_per_hour": 75},
    "growth": {"percent_per_month": 3},
    "workload": {
        "requests_per_month": 40_000_000,
        "duration_ms": 200,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 180,
    },
    "options": [
        {"kind": "lambda", "memory_mb": 1024, "operations_hours": 1},
        {
            "kind": "fargate",
            "vcpu": 0.5,
            "memory_gb": 1,
            "operations_hours": 2,
            "migration": {"hours": 40, "dual_running_months": 1},
        },
        {
            "kind": "ec2",
            "instance_type": "t3.small",
            "operations_hours": 4,
            "on_call_hours": 4,
            "migration": {"hours": 80},
        },
    ],
}


def test_every_figure_of_the_example_is_found_anew():
    text = PAGE.read_text("utf-8")
    rows = {
        cells[0]: cells[1:]
        for line in text.splitlines()
        if line.startswith("| ") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 4
    }
    found = moving(Scenario.from_dict(EXAMPLE))
    plain = [money(value).removeprefix("$") for one in found.people for value in (one.people_usd, one.rest_usd)]
    assert rows["people, USD a month"] == plain[::2]
    assert rows["all the rest"] == plain[1::2]
    wages = [money(one.wage_usd_per_hour).removeprefix("$") for one in found.people]
    assert rows["wage at which people cost as much as the rest"] == wages
    assert rows["moving takes"] == ["", *(money(one.one_off_usd).removeprefix("$") for one in found.paybacks)]
    assert rows["paid back by the end of month"] == ["", *(str(one.month) for one in found.paybacks)]
    flips = {one.way: one for one in found.wage_flips}
    assert re.search(rf"up to a wage of \{money(flips['at_or_below'].wage_usd_per_hour)} ", text)
    assert re.search(rf"up to \{money(flips['at_or_above'].wage_usd_per_hour)}, and then Lambda", text)
    assert compare(found.comparison.scenario).winner == "Fargate 0.5 vCPU 1 GB"
