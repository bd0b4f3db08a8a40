"""Provisioned concurrency in a scenario: its bill, the cheapest schedule, crossovers, and where people read of it."""

from __future__ import annotations

import itertools
import json
import math
import operator
import random
from fractions import Fraction
from typing import Any

import pytest

import lambdaplan
from campaigns import PROVE, seeds
from lambdaplan import Explorer, atlas, cold_curve, compare, flips, moving
from lambdaplan.analysis import cold_start_curve as cold_starts
from lambdaplan.analysis.break_even_ladder import ladder, load_rungs
from lambdaplan.analysis.cold_start_curve import kept_ready
from lambdaplan.analysis.memory_size import memory_curve
from lambdaplan.coldstart.knots import KNOTS
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.wording import schedule_words
from lambdaplan.errors import InputError
from lambdaplan.report import sections
from lambdaplan.scenario.scenario import Scenario
from refusals import refused
from spills import erlang
from winners import assert_winners

WORK: dict[str, Any] = {"duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
REQUESTS = "workload.requests_per_month"


def asked(requests: int, provisioned: Any, work: Any = (), others: Any = (), more: Any = (), **option: Any) -> Scenario:
    """A scenario with one Lambda option of 1 GB, before others."""
    workload = {"requests_per_month": requests, **WORK, **dict(work)}
    function = {"kind": "lambda", "memory_mb": 1024, "provisioned": provisioned, **option}
    document = {"version": 1, "name": "ready", "workload": workload, "options": [function, *others], **dict(more)}
    return Scenario.from_dict(document)


def fleet_of(scenario: Scenario) -> dict[str, Any]:
    """The fleet of the first option as documents have it."""
    found: dict[str, Any] = compare(scenario).options[0].document()["fleet"]
    return found


def test_a_bill_worked_out_by_hand() -> None:
    """Two environments of 1 GB, 19.95 million requests of 200 ms in a steady month; all prices of us-east-1."""
    requests = 19_950_000
    assert requests in KNOTS
    scenario = asked(requests, 2, {"traffic": {"shape": "flat", "burst": 1}})
    lines = {line.item: line for line in compare(scenario).options[0].bill.lines}
    spilled = requests * erlang(2, requests * 0.2 / (730 * 3600))
    standing = lines["Lambda provisioned concurrency, x86"]
    assert standing.quantity == 2 * 730 * 3600
    assert standing.exact_usd == Fraction("0.0000041667") * 5_256_000
    assert standing.note == "2 environments x 730 h x 1 GB"
    served = lines["Lambda provisioned duration, x86"]
    assert float(served.quantity) == pytest.approx((requests - spilled) / 5, rel=1e-9)
    assert served.price_usd == Fraction("0.0000097222")
    assert float(lines["Lambda duration, x86"].quantity) == pytest.approx(spilled / 5, rel=1e-9)
    both = lines["Lambda requests, x86"].quantity + lines["Lambda provisioned requests, x86"].quantity
    assert both == requests
    assert lines["API Gateway HTTP API requests"].quantity == requests
    fleet = fleet_of(scenario)
    assert fleet["provisioned_mean"] == fleet["provisioned_peak"] == 2
    assert fleet["spilled_fraction"] == pytest.approx(spilled / requests, rel=1e-9)
    assert fleet["provisioned_utilisation"] == pytest.approx((requests - spilled) * 0.2 / 5_256_000, rel=1e-9)


def test_between_knots_what_spills_over_is_near_the_formula() -> None:
    for requests in (1_234_567, 20_200_000, 87_654_321):
        load = requests * 0.2 / (730 * 3600)
        fleet = fleet_of(asked(requests, 3, {"traffic": {"shape": "flat", "burst": 1}}))
        assert fleet["spilled_fraction"] == pytest.approx(erlang(3, load), abs=1e-4)


def test_a_day_stands_for_each_day_of_the_week() -> None:
    day = [0] * 8 + [3] * 10 + [1] * 6
    daily, weekly, one = (asked(10**7, given) for given in (day, day * 7, 3))
    assert daily == weekly
    document = daily.document()["options"][0]
    assert document["provisioned"] == day
    assert one.document()["options"][0]["provisioned"] == 3
    assert document["label"] == "Lambda 1024 MB, 0 to 3 provisioned"
    week = [*day * 6, *[0] * 24]
    assert asked(10**7, week).document()["options"][0]["provisioned"] == week
    assert Scenario.from_dict(json.loads(json.dumps(daily.document()))) == daily
    assert fleet_of(daily)["provisioned_mean"] == 1.5


def test_the_quota_counts_what_stands_ready() -> None:
    """Beyond 1,000 that stand ready the quota is to be raised, whatever the traffic."""
    (limit,) = [v for v in compare(asked(1000, 1200)).options[0].violations if "concurrent executions" in v.limit]
    assert limit.ask_for == 1200 and limit.adjustable


def test_it_pays_where_use_is_above_the_share_that_prices_give() -> None:
    """One environment in use for more than 60 % of the time is cheaper than none, below it dearer."""
    flat = {"traffic": {"shape": "flat", "burst": 1}}
    for requests, cheaper in ((15_000_000, False), (25_000_000, True)):
        plain, kept = (compare(asked(requests, ready, flat)).options[0] for ready in (None, 1))
        assert fleet_used(kept) > 0.6 if cheaper else fleet_used(kept) < 0.6
        assert (kept.bill.known_usd < plain.bill.known_usd) is cheaper


def fleet_used(result: Any) -> float:
    return float(result.document()["fleet"]["provisioned_utilisation"])


MACHINE = {
    "kind": "ec2",
    "instance_type": "t4g.nano",
    "min_units": 1,
    "survive_zone_loss": False,
    "zones": 1,
    "front_door": "none",
}


@pytest.mark.parametrize(
    ("hour_usd", "work", "free"),
    [
        ("0.012", {}, False),
        ("0.02", {"init_ms": 60_000}, True),
        ("0.02", {"traffic": {"shape": "office_hours"}}, False),
    ],
)
def test_crossovers_are_those_of_every_request_count_billed_by_itself(hour_usd: str, work: Any, free: bool) -> None:
    """Requests from 1 to 2,500, of ten minutes each, with one environment ready at a low price."""
    prices = [
        {"service": "ec2", "item": "t4g.nano/on_demand", "price_usd": hour_usd},
        {"service": "ebs", "item": "gp3_storage", "price_usd": "0"},
        {"service": "lambda", "item": "provisioned_concurrency/x86_64", "price_usd": "0.000001"},
    ]
    slow = {"duration_ms": 600_000, "busy_share": 0, "working_set_mb": 50, **work}
    plain = {"kind": "lambda", "memory_mb": 1024, "front_door": "none", "label": "on demand", "ephemeral_mb": 1024}
    scenario = asked(
        500,
        1,
        slow,
        [plain, MACHINE],
        {"prices": prices, "sweep": {"from": 1, "to": 2500, "scale": "linear"}, "free_tier": free},
        front_door="none",
    )
    comparison = compare(scenario)
    assert comparison.crossovers
    assert_winners(comparison)
    places = comparison.axis.places(60, "log")
    cost, _ = comparison.axis.bills.costs(0, places)
    for place, usd in zip(places.tolist(), cost.tolist(), strict=True):
        assert usd == pytest.approx(float(comparison.axis.bills.exact(0, place).known_usd), rel=1e-12)


def test_a_chosen_schedule_stands_along_the_axis() -> None:
    scenario = asked(200_000_000, "auto", more={"sweep": {"from": 10**6, "to": 10**9}})
    comparison = compare(scenario)
    (chosen,) = comparison.options
    assert chosen.label == "Lambda 1024 MB, auto provisioned"
    assert chosen.chosen == "Lambda 1024 MB, 10 provisioned"
    fixed = compare(asked(200_000_000, 10, more={"sweep": {"from": 10**6, "to": 10**9}}))
    assert chosen.cost_usd == fixed.options[0].cost_usd
    (mine,), (given,) = comparison.curves.usd.values(), fixed.curves.usd.values()
    assert mine == pytest.approx(given, rel=1e-12)
    elsewhere = compare(scenario.at(REQUESTS, 10**6), known=comparison)
    assert elsewhere.options[0].chosen == "Lambda 1024 MB, 0 provisioned"
    assert elsewhere.axis is not comparison.axis


@pytest.mark.parametrize(("requests", "free"), [(6_000_000, True), (20_000_000, False), (40_000_000, True)])
def test_no_other_schedule_is_cheaper(requests: int, free: bool) -> None:
    """Every number of environments in each of three kinds of hours, billed in exact fractions."""
    hourly = [1] * 56 + [3] * 56 + [6] * 56

    def usd(provisioned: Any) -> Fraction:
        work = {"traffic": {"hourly": hourly, "burst": 1}}
        cost = compare(asked(requests, provisioned, work, more={"free_tier": free})).options[0].cost_usd
        assert cost is not None
        return cost

    every = itertools.product(range(3), range(5), range(8))
    least = min(usd([low] * 56 + [middle] * 56 + [high] * 56) for low, middle, high in every)
    assert usd("auto") == least


@pytest.mark.parametrize(("requests", "most"), [(2_500_000, 0.0003), *([(6_000_000, 0.0003)] if PROVE else [])])
def test_no_other_schedule_that_keeps_to_the_bound_is_cheaper(requests: int, most: float) -> None:
    """With three kinds of hours; the bound holds for what the comparison says."""
    hourly = [1] * 56 + [3] * 56 + [6] * 56

    def result(provisioned: Any, **bound: Any) -> tuple[Fraction, Fraction]:
        work = {"traffic": {"hourly": hourly, "burst": 1}, "init_ms": 400}
        found = compare(asked(requests, provisioned, work, **bound)).options[0]
        assert found.cost_usd is not None and found.fleet.cold is not None and found.fleet.cold.fraction is not None
        return found.cost_usd, found.fleet.cold.fraction

    every = itertools.product(range(7), range(3, 7), range(8))
    if not PROVE:  # those that differ from the chosen one by one environment at most, and every fifth of the others
        work = {"traffic": {"hourly": hourly, "burst": 1}, "init_ms": 400}
        chosen = fleet_of(asked(requests, "auto", work, max_cold_fraction=most))["provisioned"]
        own = [chosen[0], chosen[56], chosen[112]]
        near = [one for one in every if sum(map(abs, map(operator.sub, one, own))) <= 1 or sum(one) % 5 == 0]
        every = iter(near)
    tried = [result([low] * 56 + [middle] * 56 + [high] * 56) for low, middle, high in every]
    usd, share = result("auto", max_cold_fraction=most)
    assert share <= most
    assert usd == min(cost for cost, cold in tried if cold <= most)


@pytest.mark.parametrize("shape", ["office_hours", "weekend_peak"])
def test_the_bound_holds_where_schedules_change_within_the_week(shape: str) -> None:
    work = {"traffic": {"shape": shape}, "init_ms": 300, "deployments_per_month": 2}
    without = fleet_of(asked(20_000_000, None, work))["cold_fraction"]
    for part in (0.5, 0.05):
        fleet = fleet_of(asked(20_000_000, "auto", work, max_cold_fraction=without * part))
        assert fleet["cold_fraction"] <= without * part
        assert fleet["provisioned_peak"] > 0


def test_an_answer_time_follows_what_is_still_cold() -> None:
    times = {ready: fleet_of(asked(100_000, ready, {"init_ms": 2000}))["answer_ms"]["p99.9"] for ready in (None, 1, 3)}
    assert times[None] > times[1] > times[3]


def test_what_does_not_go_together_is_refused() -> None:
    refused(lambda: asked(1000, 1, max_cold_fraction=0.1), "options.0.max_cold_fraction", "provisioned auto")
    refused(lambda: asked(1000, "auto", max_cold_fraction=0.1), "workload.init_ms", "runtime")
    refused(lambda: asked(1000, "auto", {"init_ms": 1}, max_cold_fraction=0), "options.0.max_cold_fraction", "above 0")
    plan = {"purchase": "compute_savings_plan_1y_no_upfront"}
    refused(lambda: asked(1000, 1, **plan), "options.0.provisioned", "on_demand")
    refused(lambda: asked(10**12, "auto"), "options.0.provisioned", "10,000")


def test_a_region_that_does_not_sell_it_has_no_auto() -> None:
    lines: list[str] = []
    for region in ("us-east-1", "us-gov-west-1", "ap-east-2", "mx-central-1", "il-central-1"):
        try:
            asked(1000, "auto", more={"region": region})
        except InputError as error:
            lines += [problem.line for problem in error.problems]
    assert all("the book lacks" in line for line in lines)


def _ladder(scenario: Scenario) -> Any:
    return ladder(scenario, load_rungs())


def _atlas(scenario: Scenario) -> Any:
    return atlas(scenario, over=(REQUESTS, "workload.duration_ms"))


@pytest.mark.parametrize("ready", [2, "auto"])
def test_distances_with_it(ready: Any) -> None:
    """A schedule that was chosen stays."""
    assert "workload.duration_ms" in flips(asked(10**7, ready, others=[MACHINE]), quick=True).left_out
    found = flips(asked(10**7, ready, others=[MACHINE]))
    assert not found.left_out and "workload.duration_ms" in {distance.path for distance in found.distances}
    for distance in found.near:
        for flip in distance.flips:
            if not distance.is_price:
                there = compare(found.comparison.scenario.at(distance.path, flip.at))
                assert there.winner == flip.winner != found.comparison.winner


@pytest.mark.parametrize("ready", [2, "auto"])
def test_maps_ladders_and_memory_curves_are_those_of_comparisons(ready: Any) -> None:
    scenario = asked(10**7, ready, others=[MACHINE])
    made = atlas(scenario, over=(REQUESTS, "workload.duration_ms"), points=(7, 3))
    for row, y in enumerate(made.y):
        for column, x in enumerate(made.x):
            there = compare(made.scenario.at(REQUESTS, int(x)).at("workload.duration_ms", int(y)))
            usd = [float(r.cost_usd) if r.feasible and r.cost_usd is not None else math.nan for r in there.options]
            assert made.usd[:, row, column] == pytest.approx(usd, rel=1e-12, nan_ok=True)
            assert made.label(made.winner[row, column]) == there.winner
    for rung in ladder(scenario, load_rungs()[:4]).rungs:
        crossovers = [crossover.at for crossover in compare(rung.scenario).crossovers]
        assert rung.break_even is None or rung.break_even in crossovers
    curve = memory_curve(scenario)
    for size in (128, 512, 1024):
        sized = scenario.with_values({"options.0.memory_mb": size})
        assert curve.usd[curve.row(size)] == pytest.approx(float(compare(sized).options[0].cost_usd or 0), rel=1e-12)


def test_without_it_nothing_changes() -> None:
    """No new names in documents."""
    found: Comparison = compare(asked(10**7, None))
    text = found.to_json()
    assert "provisioned" not in text and "spilled" not in text


def test_the_report_says_what_stands_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    if not PROVE:
        monkeypatch.setattr(sections, "COLD_POINTS", (3, 2))
    work = {"init_ms": 300, "traffic": {"shape": "office_hours"}}
    comparison = compare(asked(20_000_000, [0] * 8 + [4] * 12 + [0] * 4, work, [MACHINE]))
    html = sections.fleets(comparison).html
    fleet = comparison.options[0].document()["fleet"]
    assert "0 to 4, 2 on average, environments stand ready" in html
    assert f"in use {100 * fleet['provisioned_utilisation']:.3g} % of the time" in html
    assert f"{100 * fleet['spilled_fraction']:.2g} % of requests run on demand beside them" in html
    assert "The cheapest option, row by row of the map" in sections.atlas_part(comparison).html
    assert "spillover of its own: " in sections.distances(comparison, sections.flips_of(comparison)).html
    chosen = compare(asked(20_000_000, "auto", others=[MACHINE]))
    assert sections.flips_of(chosen) is not None
    assert any("schedule that was chosen" in warning for warning in chosen.warnings)


def test_a_table_says_what_keeping_some_ready_would_change() -> None:
    """Each row a comparison of its own; the schedules keep to the shares that they are named by."""
    curve = cold_curve(asked(20_000_000, None, {"init_ms": 300, "traffic": {"shape": "office_hours"}}))
    rows = cold_starts.ready_rows(curve)
    results = kept_ready(curve)
    assert [row["kept ready"] for row in rows][:4] == ["none", "1", "2", "5"]
    for row, result in zip(rows, results, strict=True):
        given = result.option.document()["provisioned"]
        alone = compare(asked(20_000_000, given, {"init_ms": 300, "traffic": {"shape": "office_hours"}})).options[0]
        assert row["USD a month"] == f"${alone.bill.total_usd:,.2f}"
        assert alone.fleet.cold is not None and alone.fleet.cold.fraction is not None
        assert float(row["cold"].rstrip(" %")) == pytest.approx(100 * float(alone.fleet.cold.fraction), rel=0.05)
    cheapest, half, tenth = results[-3:]
    assert cheapest.cost_usd is not None and all(cheapest.cost_usd <= (one.cost_usd or 0) for one in results)
    for result in (half, tenth):
        bound = result.scenario.document()["options"][0]["max_cold_fraction"]
        assert result.fleet.cold is not None and (result.fleet.cold.fraction or 0) <= bound
    html = sections.ready_part(curve).html
    assert all(row["kept ready"] in html for row in rows)


def test_where_nothing_can_be_kept_ready_the_table_is_left_out() -> None:
    work = {"runtime": "java21"}
    restored = cold_curve(asked(10**6, None, work, snapstart={"restore_ms": 500}))
    assert kept_ready(restored) == () and "Provisioned concurrency" in sections.ready_part(restored).html
    missing = cold_curve(asked(10**6, None, work, more={"region": "mx-central-1"}))  # no price of an HTTP API there
    assert all(row["USD a month"] == "unknown" for row in cold_starts.ready_rows(missing))


def test_the_explorer_takes_what_is_kept_ready() -> None:
    explorer = Explorer(asked(30_000_000, None, others=[MACHINE]))
    controls = explorer._controls
    assert controls["runtime"].box.value == "" and controls["provisioned"].box.value == "none"
    controls["runtime"].box.value = "nodejs22.x"
    assert explorer.scenario.workload.runtime == "nodejs22.x"
    assert "% of requests wait 141 ms more" in controls["runtime"].note.value
    controls["provisioned"].box.value = "20"
    assert explorer.scenario.document()["options"][0]["provisioned"] == 20
    assert "20 ready, in use" in controls["provisioned"].note.value
    controls["provisioned"].box.value = "auto"
    assert explorer.scenario.document()["options"][0]["provisioned"] == "auto"
    assert "ready" in controls["provisioned"].note.value
    controls["provisioned"].box.value = "1.5"
    assert "whole" in controls["provisioned"].note.value
    assert explorer.scenario.document()["options"][0]["provisioned"] == "auto"
    controls["provisioned"].box.value = "none"
    assert "provisioned" not in explorer.scenario.document()["options"][0]
    controls["runtime"].box.value = ""
    assert not explorer.scenario.bends_at_knots


def test_a_schedule_has_no_box_in_the_explorer() -> None:
    explorer = Explorer(asked(30_000_000, [0, 1] * 12, others=[MACHINE]))
    assert explorer._controls["provisioned"].row.layout.display == "none"


def drawn(draw: random.Random) -> dict[str, Any]:
    """A document with a Lambda option with something kept ready, cold starts, canaries or snapshots, and a rival."""
    duration = draw.choice([1, 20, 200, 900, 5000, 60_000])
    shape, burst = draw.choice(["flat", "flat", "office_hours", "weekend_peak"]), draw.choice([1, 1.5, 4])
    work = {**WORK, "requests_per_month": int(10 ** draw.uniform(0, 9)), "duration_ms": duration}
    work |= {"busy_share": draw.choice([0, 0.3, 1]), "traffic": {"shape": shape, "burst": burst}}
    ready = draw.choice(["auto", "auto", 0, 1, 5, 40, [0] * 8 + [6] * 10 + [2] * 6])
    option: dict[str, Any] = {"kind": "lambda", "label": "ready", "memory_mb": draw.choice([128, 512, 3008])}
    option |= {"architecture": draw.choice(["x86_64", "arm64"]), "ephemeral_mb": draw.choice([512, 512, 2048])}
    option["front_door"] = door = draw.choice(["none", "http_api", "alb"])
    if draw.random() < 0.6:
        work |= draw.choice([{"init_ms": 300}, {"init_ms": 2500}, {"runtime": "python3.12"}, {"runtime": "java21"}])
        work["first_run_ms"] = duration * draw.choice([1, 3])
        option["keep_alive_s"] = draw.choice([320, 1, 3600])
        if "runtime" in work and draw.random() < 0.5:
            option["snapstart"] = {"restore_ms": 400}
            work |= {"deployments_per_month": 30, "canary_fraction": 0.1, "canary_minutes": 10}
        elif ready == "auto":
            option["max_cold_fraction"] = draw.choice([1e-5, 1e-3, 0.5])
    if "snapstart" not in option:
        option["provisioned"] = ready
    plain = {"kind": "lambda", "label": "plain", "memory_mb": option["memory_mb"], "front_door": door}
    rival = draw.choice(
        [{"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}, {"kind": "ec2", "instance_type": "t4g.small"}]
    )
    sweep = {"from": draw.choice([1, 1000]), "to": draw.choice([10**6, 10**8])}
    document = {"version": 1, "name": "drawn", "workload": work, "options": [plain, option, rival], "sweep": sweep}
    return {**document, "free_tier": draw.random() < 0.4, "region": draw.choice(["us-east-1", "eu-west-1"])}


@pytest.mark.parametrize("seed", seeds(2, 200))
def test_random_scenarios_change_where_they_say_and_nowhere_else(seed: int) -> None:
    """Beside each crossover and at random places a comparison of its own; no number is cheaper than auto."""
    draw = random.Random(seed)
    scenario = None
    while scenario is None:
        document = drawn(draw)
        try:
            scenario = Scenario.from_dict(document)
        except InputError:  # too many at once for cold starts to be counted, or for auto: another one is drawn
            continue
    comparison = compare(scenario)
    held = comparison.axis.scenario
    for change in comparison.crossovers:
        at = int(change.at)
        assert compare(held.at(REQUESTS, at)).winner == change.above
        assert compare(held.at(REQUESTS, at - 1)).winner == change.below
    for _ in range(6):
        place = int(10 ** draw.uniform(0, math.log10(scenario.sweep.to)))
        if place >= scenario.sweep.start:
            passed = [change.above for change in comparison.crossovers if change.at <= place]
            assert compare(held.at(REQUESTS, place)).winner == (passed[-1] if passed else comparison.at_start)
    option, most = document["options"][1], document["options"][1].get("max_cold_fraction")
    if option.get("provisioned") == "auto":
        ready = comparison.options[1]
        for number in (0, 1, 2, 5, 20):
            fixed = {name: value for name, value in option.items() if name != "max_cold_fraction"}
            other = Scenario.from_dict({**document, "options": [{**fixed, "provisioned": number}]})
            (found,) = compare(other).options
            share = 0 if found.fleet.cold is None else found.fleet.cold.fraction or 0
            if most is None or share <= most:
                assert found.bill.known_usd >= ready.bill.known_usd * (1 - Fraction(1, 10**9))
        if most is not None and ready.fleet.cold is not None:
            assert (ready.fleet.cold.fraction or 0) <= most


@pytest.mark.parametrize(
    ("requests", "duration_ms", "init_ms", "deployments", "burst", "most", "number"),
    [
        (300_000, 20_000, 10_000, None, 1.5, 0.0005, 11),
        (262_800, 5000, 10_000, 4, 1.5, 0.0001, 6),
        (65_700, 20_000, 10_000, 4, 1.5, 0.0001, 6),
        (262_800, 1000, 5000, 300, 4, 0.00001, 6),
        (21_024_000, 1000, 10_000, 300, 1.5, 0.001, 9),
    ],
)
def test_auto_is_no_dearer_than_a_number_that_keeps_to_the_bound(
    requests: int, duration_ms: int, init_ms: int, deployments: int | None, burst: float, most: float, number: int
) -> None:
    """Long initialisations, and deployments, which the table of schedules does not have."""
    work = {"duration_ms": duration_ms, "init_ms": init_ms, "traffic": {"shape": "flat", "burst": burst}}
    work |= {} if deployments is None else {"deployments_per_month": deployments}
    more = {"sweep": {"from": 1, "to": 2 * requests}}
    auto = compare(asked(requests, "auto", work, more=more, max_cold_fraction=most)).options[0]
    fixed = compare(asked(requests, number, work, more=more)).options[0]
    assert fixed.fleet.cold is not None and (fixed.fleet.cold.fraction or 1) <= most
    assert auto.bill.known_usd <= fixed.bill.known_usd
    assert auto.fleet.cold is not None and (auto.fleet.cold.fraction or 0) <= most


def test_an_overflow_has_nothing_kept_ready() -> None:
    base = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
    for field in ({"provisioned": 300}, {"provisioned": "auto"}, {"snapstart": {"restore_ms": 400}}):
        hybrid = {"kind": "hybrid", "base": base, "overflow": {"kind": "lambda", "memory_mb": 1024, **field}}
        refused(lambda hybrid=hybrid: asked(10**7, None, others=[hybrid]), "options.1.overflow", "on demand")
    taken_over = asked(10**7, 3, others=[{"kind": "hybrid", "base": base}]).document()["options"][1]["overflow"]
    assert "provisioned" not in taken_over


def test_growth_stops_where_the_scenario_does_not_take_the_traffic() -> None:
    """A schedule that was chosen stands as traffic grows; what can't be counted ends the months in words."""
    option = {"kind": "lambda", "memory_mb": 1024, "label": "now"}
    ready = {**option, "label": "ready", "provisioned": "auto", "migration": {"usd": 10_000, "hours": 0}}
    workload = {"requests_per_month": 20_000_000, **WORK}
    growth = {
        "growth": {"percent_per_month": 100},
        "sweep": {"from": 19_900_000, "to": 20_100_000},
        "version": 1,
        "name": "n",
    }
    for init in ({}, {"init_ms": 300}) if PROVE else ({},):
        found = moving(Scenario.from_dict({**growth, "workload": {**workload, **init}, "options": [option, ready]}))
        (payback,) = found.paybacks
        assert payback.month is None and "traffic is beyond what a scenario takes" in payback.why


def test_what_is_chosen_for_the_scenario_does_not_look_at_the_ends_of_the_axis() -> None:
    assert compare(asked(20_000_000, "auto", {"duration_ms": 20_000})).options[0].fleet.standby is not None


def test_no_more_are_cold_than_run_on_demand() -> None:
    work = {"init_ms": 300, "duration_ms": 5000, "deployments_per_month": 100_000}
    for scenario in (
        asked(69_564, 2, work, more={"sweep": {"from": 1, "to": 10**6}}, keep_alive_s=3600),
        asked(20_000_000, "auto", {"init_ms": 300}, keep_alive_s=0.001),
    ):
        fleet = compare(scenario).options[0].fleet
        assert fleet.cold is not None and fleet.standby is not None
        assert fleet.cold.starts <= fleet.standby.spilled


def test_a_schedule_can_be_read() -> None:
    day = [0] * 8 + [4] * 12 + [0] * 4
    assert schedule_words(day * 7) == "0, 4 from 08:00, 0 from 20:00"
    assert (
        schedule_words([*day * 5, *[1] * 48]) == "Monday to Friday 0, 4 from 08:00, 0 from 20:00; Saturday to Sunday 1"
    )
    comparison = compare(asked(20_000_000, "auto", {"init_ms": 300}, max_cold_fraction=1e-4))
    fleet = comparison.options[0].document()["fleet"]
    again = compare(asked(20_000_000, fleet["provisioned"], {"init_ms": 300})).options[0]
    assert again.cost_usd == comparison.options[0].cost_usd
    assert comparison.options[0].label == "Lambda 1024 MB, auto provisioned for 0.01 % cold"


def test_use_counts_what_stands() -> None:
    """Two environments and what runs beside them: units and use are of what is paid for."""
    fleet = compare(asked(19_950_000, 2, {"traffic": {"shape": "flat", "burst": 1}})).options[0].fleet
    load = 19_950_000 * 0.2 / (730 * 3600)
    beside = load * erlang(2, load)
    assert float(fleet.units_mean) == pytest.approx(2 + beside, rel=1e-9)
    assert float(fleet.utilisation_mean) == pytest.approx(load / (2 + beside), rel=1e-9)


def test_cold_requests_that_fail_are_said() -> None:
    work = {"init_ms": 300, "first_run_ms": 40_000}
    warnings = compare(asked(10**6, 1, work)).warnings
    assert any("a cold request takes 40,300 ms on average, more than HTTP API time-out" in w for w in warnings)
    warnings = compare(asked(10**6, 1, {**work, "timeout_ms": 20_000}, front_door="none")).warnings
    assert any("workload.timeout_ms, 20,000 ms" in warning for warning in warnings)
    slow_work = {**work, "first_run_ms": 300_000, "measured_memory_mb": 1024}
    slow = compare(asked(10**6, 1, slow_work, memory_mb=256, front_door="none")).options[0]
    assert not slow.feasible


def test_a_schedule_is_chosen_where_measured_percentiles_give_the_spread_of_times():
    work = {"requests_per_month": 10**6, "duration_ms": 100, "busy_share": 0.3, "working_set_mb": 100, "init_ms": 300}
    work["percentiles"] = {"p50_ms": 80, "p95_ms": 200}
    options = [{"kind": "lambda", "memory_mb": 512, "provisioned": "auto"}]
    asked = lambdaplan.Scenario.from_dict({"version": 1, "name": "kept", "workload": work, "options": options})
    assert lambdaplan.compare(asked).winner is not None
