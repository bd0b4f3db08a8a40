"""Managed Instances of Lambda and ECS, and Web Functions: AWS's figures, hand arithmetic, and random scenarios."""

from __future__ import annotations

import csv
import itertools
import random
from decimal import Decimal
from fractions import Fraction

import pytest

import oracle
import oracle_auto
import oracle_compare
from campaigns import chunks
from further_kinds import rates, with_further_kinds
from lambdaplan import Scenario, compare
from lambdaplan.errors import InputError
from lambdaplan.platforms import OPTIONS
from lambdaplan.platforms.instances import ManagementFee
from lambdaplan.pricing.price_book import PriceBook
from places import GOLDEN

CHUNK = 10


def asked(*options: dict, prices: list | None = None, **workload) -> Scenario:
    work = {"requests_per_month": 10_000_000, "duration_ms": 200, "measured_memory_mb": 1024, "busy_share": 0.3}
    work |= {"working_set_mb": 150} | workload
    return Scenario.from_dict(
        {"version": 1, "name": "n", "workload": work, "options": list(options), "prices": prices or []}
    )


def lines(result) -> dict[str, str]:
    return {line.item: str(line.amount_usd) for line in result.bill.lines}


# fees


def test_fees_of_ecs_are_those_of_its_list():
    """AWS's list names no types, so a fee is looked for among its figures; two families are younger than the list.

    The types are those of the former book: further families of the new one are not among AWS's list of 2025-10.
    """
    with (GOLDEN / "ecs_managed_instances_fees.csv").open(encoding="utf-8", newline="") as file:
        published = {Fraction(row["usd_per_hour"]) for row in csv.DictReader(file)}
    book, option = PriceBook.load(), OPTIONS["ecs_managed_instances"]
    checked, off = 0, set()
    for size in PriceBook.load("aws-2026-11-30").instance_types.values():
        fee = ManagementFee("ecs", size.name, Fraction(1), "fee", 4).hour_usd(book, "us-east-1")
        if option.takes(size):
            checked += 1
            off |= set() if fee in published else {size.name.split(".")[0]}
    assert (checked, off) == (356, {"c8a", "r8a"})


def test_the_fee_of_ecs_is_due_under_spot_and_plans_on_the_on_demand_price():
    kind = {"kind": "ecs_managed_instances", "instance_type": "m7g.large", "units": 2}
    bought = ("on_demand", "spot", "compute_savings_plan_1y_no_upfront")
    results = compare(asked(*({**kind, "purchase": one, "label": one} for one in bought))).options
    # 0.0816 USD x 12 % x 2 x 730 h
    assert {lines(result)["ECS Managed Instances fee"] for result in results} == {"14.30"}


def test_managed_instances_by_hand():
    """Three m7g.large for 730 h at 0.0816 USD: 178.70, 15 % of it 26.81, 10 million requests 2.00."""
    option = {"kind": "lambda_managed_instances", "instance_type": "m7g.large", "front_door": "none"}
    (result, _) = compare(asked(option, {"kind": "lambda", "memory_mb": 512})).options
    assert lines(result) == {
        "EC2 m7g.large": "178.70",
        "Lambda Managed Instances fee": "26.81",
        "Lambda requests, Managed Instances": "2.00",
        "Front door: none": "0.00",
    }
    assert result.bill.total_usd == Decimal("207.51")
    assert result.fleet.cold is None and int(result.option.zones) == int(result.option.min_units) == 3


def test_a_fee_without_the_price_it_is_a_part_of_is_unknown_and_names_that_price():
    usage = ManagementFee("lambda", "m9g.large", Fraction(1), "fee")
    assert usage.hour_usd(PriceBook.load(), "eu-west-1") is None
    assert usage.hour_usd(PriceBook.load(), "us-east-1") == Fraction("0.014676")  # 15 % of 0.09784


@pytest.mark.parametrize(
    ("kind", "type_", "words"),
    [
        ("lambda_managed_instances", "t4g.large", "not burstable"),
        ("lambda_managed_instances", "m7g.medium", "large or larger"),
        ("ecs_managed_instances", "t4g.micro", "no nano and no micro"),
    ],
)
def test_types_that_are_not_offered_are_refused_in_one_line(kind, type_, words):
    with pytest.raises(InputError, match=words):
        asked({"kind": kind, "instance_type": type_})


def test_a_type_left_open_is_one_that_is_offered():
    result, other = compare(
        asked(
            {"kind": "lambda_managed_instances", "instance_type": "auto"},
            {"kind": "ecs_managed_instances", "instance_type": "auto"},
        )
    ).options
    book = result.scenario.book
    for one in (result, other):
        assert type(one.option).takes(book.instance_types[one.option.instance_type])
    every = [
        size.name
        for size in book.instance_types.values()
        if type(result.option).takes(size) and size.architecture == "x86_64"
    ]
    each = [asked({"kind": "lambda_managed_instances", "instance_type": name}) for name in every]
    totals = [one.bill.exact_usd for scenario in each for one in compare(scenario).options if one.feasible]
    assert result.bill.exact_usd == min(usd for usd in totals if usd is not None)


def test_requests_at_once_and_memory_bind_as_they_are_given():
    option = {"kind": "lambda_managed_instances", "instance_type": "m7g.large"}
    slots = compare(asked(option | {"requests_at_once": 1}, requests_per_month=10**9)).options[0].fleet
    # two environments of one request: 2 x 0.6 / 0.2 s
    assert (slots.bound_by, slots.unit_rps) == ("slots", Fraction(2) * Fraction(3, 5) / (slots.wall_ms / 1000))
    memory = compare(asked(option | {"memory_gb": 4}, requests_per_month=10**9, request_mb=3000)).options[0].fleet
    assert memory.bound_by == "memory"
    assert memory.unit_rps == Fraction(2 * (4096 - 150), 3000) / (memory.wall_ms / 1000)


def test_an_environment_takes_1600_requests_at_once_at_most_along_an_axis_too():
    """Of requests that wait for a minute two environments hold 2 x 1,600 x 0.6, however many one process could."""
    option = {"kind": "lambda_managed_instances", "instance_type": "m7g.large", "front_door": "none"}
    document = asked(
        option,
        {"kind": "lambda", "memory_mb": 128, "front_door": "none"},
        duration_ms=60_000,
        busy_share=0,
        concurrency_per_process=5000,
        requests_per_month=100_000_000,
    ).document()
    document["sweep"] = {
        "over": "workload.requests_per_month",
        "from": 1,
        "to": 300_000_000,
        "scale": "linear",
        "points": 5,
    }
    comparison = compare(Scenario.from_dict(document))
    fleet = comparison.options[0].fleet
    assert (fleet.bound_by, fleet.unit_rps) == ("slots", Fraction(2 * 1600) * Fraction(3, 5) / 60)
    option_ = comparison.options[0].option
    one = comparison.scenario.at("workload.requests_per_month", 1)
    edges = option_.step_edges(one.workload, one.book, one.hours_per_month, 0, 300_000_000)
    sizes = {
        n: int(
            option_.fleet(one.at("workload.requests_per_month", n).workload, one.book, one.hours_per_month).units_peak
        )
        for n in range(1, 300_000_000, 7_777_777)
    }
    steps = [(a, b) for a, b in itertools.pairwise(sizes) if sizes[a] != sizes[b]]
    assert steps and all(((edges > a) & (edges <= b)).any() for a, b in steps)


# web functions


def test_web_functions_by_hand():
    """Flat traffic of 3.8 a second needs one environment all month."""
    (result, _) = compare(asked({"kind": "lambda_web"}, {"kind": "lambda", "memory_mb": 512}, prices=rates())).options
    cpu_s = 10_000_000 * Fraction(200) * Fraction(3, 10) * Fraction(1024, 1769) / 1000
    assert result.bill.exact_usd == 4 + cpu_s * Fraction("0.00003") + 2 * 730 * 3600 * Fraction("0.000004")
    assert result.fleet.units_mean == 1


def test_web_functions_scale_to_zero():
    """One request an hour keeps an environment for 320 s and its own time; no request keeps none."""
    option = {"kind": "lambda_web"}
    (result,) = compare(asked(option, prices=rates(), requests_per_month=730)).options
    wall_s = result.fleet.wall_ms / 1000
    assert result.fleet.unit_hours == 730 * (320 + wall_s) / 3600
    (nothing,) = compare(asked(option, prices=rates(), requests_per_month=0)).options
    assert (nothing.fleet.unit_hours, nothing.bill.exact_usd) == (0, 0)


@pytest.mark.parametrize("missing", ["requests", "active_cpu", "memory"])
def test_without_a_rate_web_functions_are_unknown_and_nobody_wins(missing):
    comparison = compare(
        asked({"kind": "lambda_web"}, {"kind": "lambda", "memory_mb": 512}, prices=rates(**{missing: ""}))
    )
    assert comparison.winner is None
    (unknown,) = comparison.options[0].bill.unknown
    assert f'"service": "lambda_web", "item": "{missing}"' in unknown
    assert comparison.options[0].bill.total_usd is None


def test_without_rates_all_three_are_named_and_a_dear_known_part_blocks_nobody():
    cheap = compare(asked({"kind": "lambda_web"}, {"kind": "lambda", "memory_mb": 512}))
    assert [text.split(":")[0] for text in cheap.options[0].bill.unknown] == [
        "Web Functions requests",
        "Web Functions active CPU",
        "Web Functions memory of living environments",
    ]
    dear = compare(
        asked({"kind": "lambda_web"}, {"kind": "lambda", "memory_mb": 512}, prices=rates(requests="1", memory=""))
    )
    assert dear.winner == dear.options[1].label


def test_a_front_door_or_another_runtime_is_refused():
    with pytest.raises(InputError, match="endpoint of its own"):
        asked({"kind": "lambda_web", "front_door": "alb"})
    with pytest.raises(InputError, match=r"Node\.js alone"):
        asked({"kind": "lambda_web"}, runtime="python3.13")


def test_web_functions_start_cold_less_often_than_functions():
    work = {"runtime": "nodejs22.x", "requests_per_month": 100_000}
    web, one = compare(
        asked({"kind": "lambda_web"}, {"kind": "lambda", "memory_mb": 512}, prices=rates(), **work)
    ).options
    assert web.fleet.cold is not None and one.fleet.cold is not None
    assert 0 < web.fleet.cold.starts < one.fleet.cold.starts
    warm = compare(asked({"kind": "lambda_web"}, prices=rates(), requests_per_month=100_000)).options[0]
    start_s = web.fleet.cold.starts * web.fleet.cold.init_ms / 1000
    more = start_s * (Fraction("0.00003") + 2 * Fraction("0.000004"))
    assert web.bill.exact_usd == warm.bill.exact_usd + more


# random scenarios


@pytest.mark.parametrize("some", chunks(10, 600, CHUNK), ids=str)
def test_bills_and_crossovers_are_those_of_the_oracle(some):
    for seed in some:
        document = with_further_kinds(random.Random(seed))
        comparison = compare(Scenario.from_dict(document))
        requests = int(comparison.scenario.workload.requests_per_month)
        for result, (feasible, usd, known) in zip(
            comparison.options, oracle_compare.costs(document, requests), strict=True
        ):
            assert result.feasible == feasible, (seed, result.label)
            if feasible:
                assert (result.bill.exact_usd, result.bill.known_usd) == (usd, known), (seed, result.label)
        labels = {None: None} | {place: option["label"] for place, option in enumerate(document["options"])}
        wanted = [(at, labels[below], labels[above]) for at, below, above in oracle_compare.changes(document)[0]]
        assert [(one.at, one.below, one.above) for one in comparison.crossovers] == wanted, seed


def test_the_oracle_knows_every_kind_that_is_bought_by_itself():
    assert set(oracle_compare.KINDS) == set(OPTIONS) - {"hybrid"}
    assert set(oracle_auto.WAYS) == set(OPTIONS)
    assert oracle.BOOK.name == PriceBook.load().id
