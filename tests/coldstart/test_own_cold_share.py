"""One's own measured share of cold requests: on bills, in answer times, along axes, in usage documents."""

from __future__ import annotations

import csv
import dataclasses
import json
import random
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from lambdaplan import Scenario, UsageDocument, atlas, bill, cold_curve, compare, flips, memory_curve
from lambdaplan.analysis import slider_grid
from lambdaplan.analysis.cold_start_curve import cold_rows, ready_rows
from lambdaplan.analysis.reconcile import reconcile
from lambdaplan.analysis.services_table import read_table
from lambdaplan.comparison.comparison import OWN_SHARE
from lambdaplan.report import sections
from lambdaplan.report.what_if_page import what_if_page
from places import GOLDEN
from refusals import refused
from winners import assert_winners

WORK = {"requests_per_month": 3_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
OWN = {**WORK, "init_ms": 3000, "cold_fraction": 0.0034}
INIT = "Lambda billed initialisation, x86"
FUNCTION = {"kind": "lambda", "memory_mb": 1024, "architecture": "x86_64"}
TASKS = {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, "target_utilisation": 0.4}
WEB = {"kind": "lambda_web"}
WEB_PRICES = [
    {"service": "lambda_web", "item": item, "price_usd": usd}
    for item, usd in (("requests", "0.0000002"), ("active_cpu", "0.00003"), ("memory", "0.000004"))
]


def asked(work: dict[str, Any] | None = None, *options: dict[str, Any], **more: Any) -> Scenario:
    """A scenario with one function, unless other options are given."""
    given = options or (FUNCTION,)
    return Scenario.from_dict({"version": 1, "name": "own", "workload": OWN | (work or {}), "options": given, **more})


def usage(**fields: Any) -> dict[str, Any]:
    """A usage document of one function."""
    row = {"service": "lambda", "requests": 10_000_000, "duration_ms": 250, "memory_mb": 1024} | fields
    kept = {name: value for name, value in row.items() if value is not None}
    return {"version": 1, "region": "eu-west-1", "usage": [kept]}


# ---------------------------------------------------------------- usage documents


def test_g3_100000_cold_starts_of_100_ms_cost_17_cents() -> None:
    """100,000 x 0.1 s x 1 GB = 10,000 GB-s x 0.0000166667 = $0.166667, a line of its own."""
    document = json.loads((GOLDEN / "field" / "g3_init_in_usage.json").read_text("utf-8"))
    bills = bill(UsageDocument.from_dict(document)), bill(UsageDocument.from_dict(usage()))
    assert bills[0].exact_usd - bills[1].exact_usd == F("0.166667")
    assert [(line.item, str(line.amount_usd)) for line in bills[0].lines][-1] == (INIT, "0.17")
    share = bill(UsageDocument.from_dict(usage(init_ms=100, cold_fraction=0.01)))
    assert share.exact_usd == bills[0].exact_usd


def test_a_book_made_before_the_change_bills_none() -> None:
    """Initialisation of zip packages is billed since 1 August 2025."""
    document = UsageDocument.from_dict(usage(init_ms=100, cold_starts=100_000))
    object.__setattr__(document, "book", dataclasses.replace(document.book, as_of="2025-07-31"))
    line = bill(document).lines[-1]
    assert (line.item, line.note) == ("Lambda billed initialisation", "not billed before 2025-08-01")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cold_starts": 5}, ("usage.0.init_ms", "cold_starts")),
        ({"cold_fraction": 0.5}, ("usage.0.init_ms", "cold_fraction")),
        ({"init_ms": 5}, ("usage.0.cold_starts", "cold_fraction")),
        ({"init_ms": 5, "cold_starts": 5, "cold_fraction": 0.1}, ("usage.0.cold_fraction", "not both")),
        ({"init_ms": 5, "cold_starts": 10_000_001}, ("usage.0.cold_starts", "10,000,000")),
        ({"init_ms": 5, "cold_fraction": 1.1}, ("usage.0.cold_fraction", "0..1")),
        (
            {"init_ms": 5, "cold_starts": 5, "duration_ms": None, "memory_mb": None, "gb_seconds": 5},
            ("usage.0.init_ms", "memory_mb"),
        ),
        (
            {"init_ms": 5, "cold_starts": 5, "snapstart": {"memory_mb": 1024, "active_seconds": 100_000}},
            ("usage.0.init_ms", "restores"),
        ),
    ],
)
def test_what_does_not_fit_is_one_line(fields: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(lambda: UsageDocument.from_dict(usage(**fields)), *words)


# ---------------------------------------------------------------- scenarios


@pytest.mark.parametrize("requests", [0, 1, 1000, 12_345, 3_000_000, 10**12])
def test_the_share_stays_whatever_the_traffic(requests: int) -> None:
    """Cold starts are the share of the requests, exactly; more at once than the model takes is no matter."""
    result = compare(asked({"requests_per_month": requests})).options[0]
    assert result.fleet.cold.starts == requests * F("0.0034")
    init = sum(line.quantity for line in result.bill.lines if line.item == INIT)
    assert init == requests * F("0.0034") * 3  # 3 s x 1 GB each


def test_documents_and_words_say_whose_the_share_is() -> None:
    """The share, the number and the time; no environments, which a share says nothing of."""
    document = compare(asked()).document()
    fleet = document["options"][0]["fleet"]
    assert (fleet["cold_fraction"], fleet["cold_starts_per_month"], fleet["init_ms"]) == (0.0034, 10_200, 3000)
    assert "environments_mean" not in fleet
    assert OWN_SHARE in document["warnings"]
    assert document["scenario"]["workload"]["cold_fraction"] == 0.0034
    assert "keep_alive_s" not in document["scenario"]["options"][0]
    assert Scenario.from_dict(document["scenario"]) == asked()


def test_answer_times_are_those_of_a_million_requests_drawn_one_by_one() -> None:
    """A request is cold with the share's chance, then waits 3 s; warm ones are exponential about 200 ms."""
    result, rng = compare(asked({"cold_fraction": 0.03})).options[0], np.random.default_rng(7)
    times = rng.exponential(200, 10**6) + np.where(rng.random(10**6) < 0.03, 3000, 0)
    for percent in (50, 95, 99, 99.9):
        assert result.answer_ms(percent) == pytest.approx(np.percentile(times, percent), rel=0.02)


def test_a_bill_is_that_of_requests_drawn_one_by_one() -> None:
    """Each cold one is billed its initialisation and a first run of 700 ms in place of 200."""
    rng, count = random.Random(11), 200_000
    cold = sum(rng.random() < 0.03 for _ in range(count))
    scenario = asked({"requests_per_month": count, "first_run_ms": 700}).at("workload.cold_fraction", F(cold, count))
    billed = {line.item: line.quantity for line in compare(scenario).options[0].bill.lines}
    assert billed[INIT] == cold * 3
    assert billed["Lambda longer first runs, x86"] == cold * F(1, 2)


def test_snapstart_restores_the_share() -> None:
    """Restores are the cold starts: 0.34 % of 3,000,000."""
    option = FUNCTION | {"snapstart": {"restore_ms": 600}}
    result = compare(asked({"init_ms": None, "runtime": "python3.13"}, option)).options[0]
    (line,) = (line for line in result.bill.lines if line.item == "Lambda SnapStart restores")
    assert line.quantity == 10_200


def test_no_more_are_cold_than_spill_over() -> None:
    """Requests that provisioned environments serve are never cold: with 50 of them nothing is, with none the share."""
    for ready in (0, 1, 2, 50):
        fleet = compare(asked({"cold_fraction": 0.01}, FUNCTION | {"provisioned": ready})).options[0].fleet
        assert fleet.cold.starts == min(30_000, fleet.standby.spilled)
    assert fleet.cold.starts < 1


def test_a_schedule_is_chosen_with_the_share() -> None:
    """auto chooses; a bound on the share needs the model."""
    assert compare(asked({}, FUNCTION | {"provisioned": "auto"})).options[0].fleet.cold.starts == 10_200
    bounded = FUNCTION | {"provisioned": "auto", "max_cold_fraction": 0.001}
    refused(lambda: asked({}, bounded), "workload.cold_fraction", "max_cold_fraction")


def test_what_conflicts_is_one_line() -> None:
    refused(lambda: asked({"init_ms": None}), "workload.cold_fraction", "init_ms")
    refused(lambda: asked({"deployments_per_month": 4}), "workload.deployments_per_month", "cold_fraction")
    for value in (-0.1, 1.1, True, "x"):
        refused(lambda v=value: asked({"cold_fraction": v}), "workload.cold_fraction")


# ---------------------------------------------------------------- along axes, and in everything else


@pytest.mark.parametrize(
    ("over", "low", "high"),
    [
        ("workload.duration_ms", 1, 400),
        ("options.0.memory_mb", 300, 1600),
        ("workload.init_ms", 0, 4000),
        ("workload.first_run_ms", 200, 4000),
        ("workload.measured_memory_mb", 300, 2000),
    ],
)
def test_winners_hold_on_both_sides_along_every_number(over: str, low: int, high: int) -> None:
    """The share stays as given while what it costs changes."""
    options = (FUNCTION, TASKS, WEB | {"requests_at_once": 8})
    work = {"requests_per_month": 10_000_000, "first_run_ms": 600}
    sweep = {"over": over, "from": low, "to": high, "scale": "linear"}
    assert_winners(compare(asked(work, *options, prices=WEB_PRICES, sweep=sweep)))


def test_winners_along_the_share_itself() -> None:
    """In steps of 0.00001: dearer cold starts lose to tasks at one place."""
    sweep = {"over": "workload.cold_fraction", "from": 0, "to": 0.5, "scale": "linear"}
    comparison = compare(asked({"requests_per_month": 5_000_000}, FUNCTION, TASKS, sweep=sweep))
    (change,) = comparison.crossovers
    at, grain = F(str(change.at)), F(1, 10**5)
    for place, winner in ((at - grain, change.below), (at, change.above)):
        assert compare(comparison.scenario.at("workload.cold_fraction", place)).winner == winner


def test_batches_maps_curves_distances_and_pages_count_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has the bill of a comparison, initialisation and all."""
    monkeypatch.setattr(slider_grid, "GRIDS", ((4, 3, 1),))
    monkeypatch.setattr(slider_grid, "MEMORY_MB", (128, 1769))
    scenario = asked({}, FUNCTION, TASKS)
    here = compare(scenario)
    over = ("workload.requests_per_month", "workload.cold_fraction")
    drawn = atlas(scenario, over=over, points=4, x_range=(10**6, 10**7), y_range=(0.001, 0.5))
    corner = compare(scenario.at(over[0], 10**7).at(over[1], F(1, 2)))
    assert drawn.usd[0][-1, -1] == pytest.approx(float(corner.options[0].cost_usd))
    curve = memory_curve(scenario)
    place = list(curve.memory_mb).index(1024)
    assert curve.usd[place] == pytest.approx(float(here.options[0].cost_usd))
    by_path = {distance.path: distance for distance in flips(scenario).distances}
    (up,) = by_path["workload.cold_fraction"].flips
    assert compare(scenario.at("workload.cold_fraction", up.at)).winner == up.winner != here.winner
    table = tmp_path / "table.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["name", "workload.cold_fraction"], ["a", "0.5"], ["b", "0.1"]])
    shares = [service.scenario.workload.cold_fraction for service in read_table(table, scenario.document()).services]
    assert shares == [F(1, 2), F(1, 10)]
    assert reconcile(scenario, F(10**7)) is not None
    assert what_if_page(scenario)


def test_the_curve_and_the_report_say_it() -> None:
    """A straight line over traffic, without environments or schedules."""
    curve = cold_curve(asked())
    assert np.allclose(curve.starts, curve.requests * 0.0034) and np.isnan(curve.environments).all()
    assert "environments" not in cold_rows(curve)[0] and ready_rows(curve) == []
    text = sections.fleets(compare(asked())).text
    assert "0.34 % of requests are cold, and wait 3,000 ms more" in text
    assert "the reader's own, whatever the traffic" in sections.cold_starts(compare(asked())).html


def test_a_memory_left_open_is_the_cheapest_with_the_share() -> None:
    """All of 128 to 1769 MB: with every request cold for 3 s less memory is cheaper than without."""
    full = {"memory_headroom": 0}
    scenario = asked({"cold_fraction": 1, "first_run_ms": 900}, FUNCTION | {"memory_mb": "auto"}, **full)
    found = compare(scenario).options[0]
    sweep = {"over": "options.0.memory_mb", "from": 180, "to": 1769, "scale": "linear"}
    swept = asked({"cold_fraction": 1, "first_run_ms": 900, "measured_memory_mb": 1769}, sweep=sweep)
    axis = compare(swept).axis
    cost, _ = axis.bills.costs(0, np.arange(180, 1770))
    assert found.option.memory_mb == 180 + int(np.argmin(cost))
    warm = compare(asked({"cold_fraction": 0}, FUNCTION | {"memory_mb": "auto"}, **full)).options[0]
    assert warm.option.memory_mb != found.option.memory_mb or found.option.memory_mb == 180
    restored = FUNCTION | {"memory_mb": "auto", "snapstart": {"restore_ms": 600}}
    chosen = compare(
        asked({"runtime": "python3.13", "cold_fraction": 0.5, "measured_memory_mb": 1769}, restored, **full)
    ).options[0]
    sizes = range(180, 400)
    each = [
        compare(
            asked(
                {"runtime": "python3.13", "cold_fraction": 0.5, "measured_memory_mb": 1769},
                restored | {"memory_mb": n},
                **full,
            )
        )
        for n in sizes
    ]
    assert chosen.cost_usd == min(one.options[0].cost_usd for one in each)
