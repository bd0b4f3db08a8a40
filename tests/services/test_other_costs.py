"""Costs of the reader's own: on whose bills they are, and how much they come to."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.errors import InputError

WORK = {"requests_per_month": 10_000_000, "duration_ms": 200, "working_set_mb": 180, "busy_share": 0.3}
OPTIONS = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    {"kind": "ec2", "instance_type": "t3.small", "label": "two small ones"},
]


def scenario(*costs: dict[str, Any], **changed: Any) -> Scenario:
    document = {"version": 1, "name": "own costs", "workload": WORK, "options": OPTIONS, "other_costs": list(costs)}
    return Scenario.from_dict({**document, **changed})


def own_lines(made: Scenario) -> dict[str, list[tuple[Fraction, Decimal | None]]]:
    """The lines that are not of a book, by option: quantity and amount."""
    return {
        result.label: [(one.quantity, one.amount_usd) for one in result.bill.lines if one.service == "other_costs"]
        for result in compare(made).options
    }


@pytest.mark.parametrize(("price", "quantity", "usd"), [
    ({"usd_per_month": 22}, Fraction(1), "22.00"),
    ({"usd_per_million_requests": 0.6}, Fraction(10), "6.00"),
    # 10 M answers of 4 KB: 38.147 GB
    ({"usd_per_gb_out": 0.085}, Fraction(10_000_000 * 4, 1024 * 1024), "3.24"),
])  # fmt: skip
def test_a_cost_of_every_option_is_on_each_bill(price: dict[str, Any], quantity: Fraction, usd: str) -> None:
    assert own_lines(scenario({"label": "own", **price})) == {
        name: [(quantity, Decimal(usd))] for name in ("Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB", "two small ones")
    }


def test_hours_of_units_are_those_of_the_fleet_and_a_function_has_none() -> None:
    made = scenario({"label": "agent", "usd_per_unit_hour": 0.02})
    assert own_lines(made)["Fargate 0.5 vCPU 1 GB"] == [(Fraction(1460), Decimal("29.20"))]  # 2 tasks x 730 h
    function = compare(made).options[0].bill
    assert [(line.item, line.note) for line in function.lines if not line.unit] == [
        ("agent", "paid for the hours of units, and here none stand")
    ]


@pytest.mark.parametrize(("names", "places"), [
    ("all", [0, 1, 2]),
    (["lambda"], [0]),
    (["Fargate 0.5 vCPU 1 GB", "ec2"], [1, 2]),
    (["two small ones"], [2]),
    (["options.1"], [1]),
    (["hybrid"], []),  # a kind that this scenario has none of
])  # fmt: skip
def test_options_are_named_by_label_kind_or_place(names: Any, places: list[int]) -> None:
    with_cost, without = compare(scenario({"label": "a", "usd_per_month": 5, "options": names})), compare(scenario())
    more = [a.bill.exact_usd - b.bill.exact_usd for a, b in zip(with_cost.options, without.options, strict=True)]
    assert more == [5 if place in places else 0 for place in range(3)]


def test_a_label_that_is_made_from_a_size_follows_the_size() -> None:
    made = scenario({"label": "proxy", "usd_per_month": 22, "options": ["Lambda 1024 MB"]})
    other = made.with_values({"options.0.memory_mb": 512})
    assert own_lines(other)["Lambda 512 MB"] == [(Fraction(1), Decimal("22.00"))]
    assert own_lines(made.at("options.0.memory_mb", 512))["Lambda 1024 MB"]  # an axis keeps the name
    assert Scenario.from_dict(other.document()) == other


def test_they_count_whatever_include_leaves_out() -> None:
    made = scenario({"label": "a", "usd_per_month": 5}, include=["compute"])
    assert (
        compare(made).options[0].bill.exact_usd - compare(scenario(include=["compute"])).options[0].bill.exact_usd == 5
    )


def test_an_axis_over_a_cost_has_its_crossover_where_the_lead_is_gone() -> None:
    axis = {"over": "other_costs.0.usd_per_month", "from": 0, "to": 100, "scale": "linear"}
    costs = {"label": "proxy", "usd_per_month": 22, "options": ["lambda"]}
    comparison = compare(scenario(costs, sweep=axis))
    lead = comparison.there(0).lead_usd
    (crossover,) = comparison.crossovers
    assert crossover.at == -(-lead * 100 // 1) / 100  # the first whole cent at which another is cheaper
    assert str(crossover.below).startswith("Lambda")


@pytest.mark.parametrize(("cost", "words"), [
    ({"label": "a"}, "other_costs.0.usd_per_month is missing"),
    ({"label": "a", "usd_per_month": 1, "usd_per_gb_out": 1}, "usd_per_month is given too"),
    ({"label": "a", "usd_per_month": -1}, "other_costs.0.usd_per_month = -1 is outside"),
    ({"usd_per_month": 1}, "other_costs.0.label is missing"),
    ({"label": "a", "usd_per_month": 1, "options": ["lamda"]}, "Did you mean lambda?"),
    ({"label": "a", "usd_per_month": 1, "options": []}, "other_costs.0.options = a list"),
    ({"label": "a", "usd_per_month": 1, "options": ["lambda", "lambda"]}, "it is named twice"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(cost: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        scenario(cost)
    assert len(error.value.problems) == 1 and words in error.value.problems[0].line
