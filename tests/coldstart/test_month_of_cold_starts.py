"""Cold starts in a scenario: on bills, in fleets and answer times, at crossovers, and what is refused."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan import Comparison, PriceBook, Scenario, UsageDocument, cold_curve, compare, flips
from lambdaplan.analysis.claims import judge
from lambdaplan.analysis.winner_map import atlas
from lambdaplan.cli.main import main
from lambdaplan.coldstart.knots import KNOTS, NODES
from lambdaplan.coldstart.month import ColdMonth
from lambdaplan.coldstart.steady_rate import cold_start_fraction
from lambdaplan.coldstart.week import cold_start_week, deployment_cold_starts
from lambdaplan.comparison.month import Month
from lambdaplan.formatting import decimal_text
from lambdaplan.platforms.lambda_usage import Initialisation, LambdaUsage, provisioned_pays_from
from lambdaplan.pricing.bill import amounts, bill, tier_edges
from lambdaplan.pricing.usage import NoCharge
from lambdaplan.report import sections
from refusals import refused
from winners import assert_winners

WORK = {"requests_per_month": 10_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180, "init_ms": 300}
INIT = "Lambda billed initialisation, x86"


def asked(work: dict[str, Any] | None = None, *options: dict[str, Any], **more: Any) -> Scenario:
    """A scenario with one Lambda option, unless others are given."""
    given = options or ({"kind": "lambda", "memory_mb": 1024},)
    return Scenario.from_dict(
        {"version": 1, "name": "cold", "workload": {**WORK, **(work or {})}, "options": given, **more}
    )


def init_line(scenario: Scenario) -> Any:
    """The line of billed initialisation of the first option."""
    return next(line for line in compare(scenario).options[0].bill.lines if line.item == INIT)


# ---------------------------------------------------------------- what is billed


@pytest.mark.parametrize("requests", [1000, 10_000, 11_111, 50_000])
def test_instant_requests_have_a_closed_form(requests: int) -> None:
    """Hardly any service, constant rate: a request is cold where none came for a keep-alive, exp(-rate x keep-alive)."""
    scenario = asked(
        {"requests_per_month": requests, "duration_ms": 1, "init_ms": 0.5, "traffic": {"shape": "flat", "burst": 1}},
        {"kind": "lambda", "memory_mb": 2048, "keep_alive_s": 100},
    )
    cold = requests * math.exp(-requests / (730 * 3600) * 100)
    fleet = compare(scenario).options[0].fleet
    assert fleet.cold is not None
    assert float(fleet.cold.starts) == pytest.approx(cold, rel=0.007)
    # cold requests x half a millisecond x 2 GB, at $0.0000166667
    line = init_line(scenario)
    assert line.quantity == fleet.cold.starts * Fraction(1, 1000)
    assert line.unit == "GB-second"
    assert line.price_usd == Fraction("0.0000166667")


def test_between_knots_the_line_is_near_the_model() -> None:
    """At a knot the model itself; between two of them within 1.5 %."""
    for requests in (10_000, 10_600, 1_000_000, 1_681_500):
        fleet = compare(asked({"requests_per_month": requests})).options[0].fleet
        rate = requests / (730 * 3600)
        week = cold_start_week(hourly_rps=[rate] * 168, service_s=0.2, cold_service_s=0.5, keep_alive_s=320, burst=1.5)
        assert fleet.cold is not None
        near = 1e-9 if requests in KNOTS else 0.015
        assert float(fleet.cold.starts) == pytest.approx(week.cold_starts_per_month(), rel=near)


def test_without_init_nothing_is_counted() -> None:
    """No init_ms and no runtime: no line, no new names in documents, no warning."""
    plain = asked({"init_ms": None})
    document = compare(plain).document()
    (option,) = document["options"]
    assert not any("initialisation" in line["item"] for line in option["lines"])
    assert not {"cold_fraction", "init_ms"} & set(option["fleet"])
    assert list(option["fleet"]["answer_ms"]) == ["p50", "p95", "p99"]
    assert not any("cold" in words for words in document["warnings"])
    assert "keep_alive_s" not in document["scenario"]["options"][0]


def test_with_init_documents_say_so() -> None:
    """The fleet has the share, the number and the environments; the scenario names the keep-alive."""
    document = compare(asked()).document()
    (option,) = document["options"]
    fleet = option["fleet"]
    assert fleet["cold_starts_per_month"] == pytest.approx(fleet["cold_fraction"] * 10_000)
    assert fleet["init_ms"] == 300
    assert 0 < fleet["environments_mean"] < 2
    assert list(fleet["answer_ms"]) == ["p50", "p95", "p99", "p99.9"]
    assert document["scenario"]["options"][0]["keep_alive_s"] == 320


def test_no_requests_no_cold_starts() -> None:
    """Nothing asked, nothing cold, and no share of nothing."""
    fleet = compare(asked({"requests_per_month": 0})).document()["options"][0]["fleet"]
    assert fleet["cold_starts_per_month"] == 0
    assert fleet["cold_fraction"] is None


def test_a_runtime_gives_its_measured_time() -> None:
    """Node.js 22, zip: 140.56 ms on x86 (maxday/lambda-perf, 2026-08-22); the reader's own figure wins."""
    measured = asked({"init_ms": None, "runtime": "nodejs22.x"})
    own = asked({"init_ms": 90, "runtime": "nodejs22.x"})
    assert compare(measured).document()["options"][0]["fleet"]["init_ms"] == 140.56
    assert compare(own).document()["options"][0]["fleet"]["init_ms"] == 90
    with_code = asked({"init_ms": None, "runtime": "nodejs22.x", "package_mb": 32})
    # 32 MB of code add 1,112 ms (docs/cold_starts.md)
    assert compare(with_code).document()["options"][0]["fleet"]["init_ms"] == pytest.approx(1252, abs=1)


def test_an_image_and_the_sdk_give_their_measured_times() -> None:
    """Node.js 22, x86: 295.84 ms as an image; 349 ms as a zip that imports the AWS SDK (docs/cold_starts.md)."""
    image = asked({"init_ms": None, "runtime": "nodejs22.x", "package": "image"})
    sdk = asked({"init_ms": None, "runtime": "nodejs22.x", "aws_sdk": True})
    assert compare(image).document()["options"][0]["fleet"]["init_ms"] == 295.84
    assert compare(sdk).document()["options"][0]["fleet"]["init_ms"] == pytest.approx(349, abs=1)
    both = {"init_ms": None, "runtime": "nodejs22.x", "package": "image", "aws_sdk": True}
    refused(lambda: asked(both), "workload.aws_sdk", "own init_ms")
    refused(lambda: asked({"init_ms": None, "package": "image"}), "workload.runtime", "missing")
    refused(lambda: asked({"package": "tar"}), "workload.package", "zip, image")


def test_an_ended_runtime_is_a_warning() -> None:
    """AWS ended support of Node.js 20 on 2026-04-30."""
    warnings = compare(asked({"init_ms": None, "runtime": "nodejs20.x"})).warnings
    assert "AWS ended support for nodejs20.x on 2026-04-30." in warnings


def test_a_book_made_before_the_change_bills_none() -> None:
    """Since 1 August 2025: a book of the day before has no such line, only the reason."""
    scenario, book = asked(), PriceBook.load()
    cold = compare(scenario).options[0].fleet.cold
    assert cold is not None
    usage = Initialisation("x86_64", cold, 1024)
    (before,) = usage.charges(dataclasses.replace(book, as_of="2025-07-31"), Fraction(730))
    (since,) = usage.charges(dataclasses.replace(book, as_of="2025-08-01"), Fraction(730))
    assert isinstance(before, NoCharge)
    assert "2025-08-01" in before.note
    assert not isinstance(since, NoCharge)


def month_of(gb_seconds: int, init_gb_seconds: int, *, free: bool) -> Month:
    """A month with so much duration and initialisation, of 1 s and 1 GB each."""
    used = LambdaUsage(requests=Fraction(0), gb_seconds=Fraction(gb_seconds))
    cold = ColdMonth(Fraction(10**12), Fraction(init_gb_seconds), Fraction(1), Fraction(1000))
    usage = (used, Initialisation("x86_64", cold, 1024))
    return Month(usage, PriceBook.load(), "us-east-1", Fraction(730), free)


def test_initialisation_shares_the_tiers_of_duration() -> None:
    """The first tier ends at 6 billion GB-seconds: 100 are left of it, 200 fall into the next one."""
    month = month_of(6 * 10**9 - 100, 300, free=False)
    lines = [line for line in bill(month).lines if line.item == INIT]
    assert [(line.quantity, line.price_usd) for line in lines] == [
        (100, Fraction("0.0000166667")),
        (200, Fraction("0.000015")),
    ]
    assert amounts(month).known_usd == bill(month).exact_usd


def test_initialisation_takes_what_duration_leaves_free() -> None:
    """400,000 GB-seconds are free: duration takes 399,900, so 100 of 300 are left."""
    month = month_of(399_900, 300, free=True)
    (line,) = [line for line in bill(month).lines if line.item == INIT]
    assert line.quantity == 200
    assert amounts(month).known_usd == bill(month).exact_usd
    # the bend lies where both together are 400,000
    assert 200 in tier_edges(month)


# ---------------------------------------------------------------- SnapStart


def snapstart(region: str = "us-east-1", **fields: Any) -> Any:
    """The bill of a function with SnapStart that served nothing."""
    row = {"service": "lambda", "requests": 0, "duration_ms": 1, "memory_mb": 1024, "snapstart": fields}
    return bill(UsageDocument.from_dict({"version": 1, "region": region, "usage": [row]}))


def test_snapstart_costs_what_others_worked_out() -> None:
    """2 GB kept for 30 days are about $7.80 a version, a million restores of 2 GB about $280.

    References: "Lambda SnapStart Cost Impact", awsnegotiations.com, May 2026, read 2026-11-26.
    """
    lines = snapstart(memory_mb=2048, active_seconds=30 * 86_400, restores=10**6).lines
    assert [line.item for line in lines] == ["Lambda SnapStart cache", "Lambda SnapStart restores"]
    assert [line.quantity for line in lines] == [2 * 30 * 86_400, 2 * 10**6]
    assert [str(line.amount_usd) for line in lines] == ["7.80", "279.60"]


def test_snapstart_is_charged_for_three_hours_at_least() -> None:
    """A version that stood for a minute: 10,800 s; three of them three times that."""
    (line,) = snapstart(memory_mb=1024, active_seconds=60, versions=3).lines
    assert line.quantity == 3 * 10_800


def test_snapstart_without_a_price_is_unknown() -> None:
    """A region whose price is not in the book has a line without a price."""
    found = snapstart("us-gov-west-1", memory_mb=1024, active_seconds=86_400)
    assert found.total_usd is None
    assert "Lambda SnapStart cache" in found.unknown[0]


def test_a_wrong_snapstart_is_refused() -> None:
    """Each field within its range, and memory and time are needed."""
    refused(lambda: snapstart(memory_mb=64, active_seconds=1), "usage.0.snapstart.memory_mb", "128..10240")
    refused(lambda: snapstart(memory_mb=128), "usage.0.snapstart.active_seconds", "missing")
    refused(lambda: snapstart(memory_mb=128, active_seconds=10**7), "usage.0.snapstart.active_seconds")
    refused(lambda: snapstart(memory_mb=128, active_seconds=1, versions=1.5), "usage.0.snapstart.versions")


def test_steady_traffic_is_judged_by_the_model() -> None:
    """guide-15: the share of cold requests falls from a third to hundredths of a percent as traffic grows."""
    (found,) = judge(only=["guide-15"]).judged
    shares = {one.what: one for one in found.finding.figures}
    assert found.verdict == "conditional"
    rare, many = (shares[f"{n} requests a month of 200 ms"] for n in ("10,000", "100,000,000"))
    # 10,000 a month: once in 263 s, so about exp(-320 / 263) = 30 % wait longer than 320 s for the next, at no burst
    assert 25 < rare.value < 40
    assert not rare.holds
    assert many.value < 0.1
    assert not many.holds


# ---------------------------------------------------------------- how long answers take


@pytest.mark.parametrize("percent", [50, 95, 99, 99.9])
def test_exponential_answers_have_a_closed_form(percent: float) -> None:
    """(1 - s) exp(-t / m) + s exp(-(t - i) / m) = 1 - p for t above i."""
    share, init, mean = 0.02, 300.0, 50.0
    cold = ColdMonth(Fraction(100), Fraction(2), Fraction(1), Fraction(300))
    work = asked({"service_cv": 1}).workload
    found = cold.answer_ms(Fraction(50), work, percent)
    above = (1 - share) * math.exp(-found / mean) + share * (math.exp(-(found - init) / mean) if found > init else 1)
    assert above == pytest.approx(1 - percent / 100, rel=1e-9)
    if percent == 99.9:
        expected = mean * math.log((1 - share + share * math.exp(init / mean)) / 0.001)
        assert found == pytest.approx(expected, rel=1e-9)


def test_constant_answers_are_warm_or_cold() -> None:
    """Two in a hundred are cold: 97 % answer in 50 ms, 99 % in 350."""
    cold = ColdMonth(Fraction(100), Fraction(2), Fraction(1), Fraction(300))
    work = asked({"service_cv": 0}).workload
    assert cold.answer_ms(Fraction(50), work, 97) == pytest.approx(50)
    assert cold.answer_ms(Fraction(50), work, 99) == pytest.approx(350)


def test_gamma_answers_agree_with_draws() -> None:
    """A million draws of a mixture of gamma times, cv 1/2."""
    rng = np.random.default_rng(7)
    draws = rng.gamma(4, 50 / 4, 10**6) + 300 * (rng.random(10**6) < 0.02)
    cold = ColdMonth(Fraction(100), Fraction(2), Fraction(1), Fraction(300))
    work = asked({"service_cv": 0.5}).workload
    for percent in (50, 95, 99):
        assert cold.answer_ms(Fraction(50), work, percent) == pytest.approx(np.percentile(draws, percent), rel=0.01)


def test_a_missed_answer_time_is_said() -> None:
    """Nearly a third of rare requests are cold: 95 % within 700 ms holds for warm requests alone."""
    work = {"slo": {"percentile": 95, "response_ms": 700}, "init_ms": 1000}
    (said,) = [words for words in compare(asked(work)).warnings if "with its cold starts" in words]
    assert "not 700 ms" in said


# ---------------------------------------------------------------- where the cheapest changes

MACHINE = {
    "kind": "ec2",
    "instance_type": "t4g.nano",
    "min_units": 1,
    "survive_zone_loss": False,
    "zones": 1,
    "front_door": "none",
}
RARE = {"duration_ms": 1, "busy_share": 0, "working_set_mb": 50}


def priced(hour_usd: str) -> list[dict[str, Any]]:
    """Prices that make one machine cost so much an hour, and nothing else."""
    return [
        {"service": "ec2", "item": "t4g.nano/on_demand", "price_usd": hour_usd},
        {"service": "ebs", "item": "gp3_storage", "price_usd": "0"},
    ]


@pytest.mark.parametrize(
    ("hour_usd", "init_ms", "more"),
    [
        ("0.0004", 10_000, {}),
        ("0.0005", 10_000, {"include": ["compute"]}),
        ("0.0003", 8000, {"hours_per_month": 672}),
        ("0.002", 200_000, {"free_tier": True}),
        ("0.0005", 10_000, {"deployments_per_month": 30}),
    ],
)
def test_crossovers_of_a_bill_that_falls(hour_usd: str, init_ms: int, more: dict[str, Any]) -> None:
    """Requests from 1 to 2,500 billed each by itself, every one under `make prove`, have the winners of the changes."""
    function = {"kind": "lambda", "memory_mb": 10_240, "front_door": "none", "keep_alive_s": 3600}
    sweep = {"from": 1, "to": 2500, "scale": "linear"}
    deployed = {name: value for name, value in more.items() if name == "deployments_per_month"}
    more = {name: value for name, value in more.items() if name not in deployed}
    scenario = asked(
        {**RARE, "init_ms": init_ms, "traffic": {"shape": "flat", "burst": 1}, **deployed},
        function,
        MACHINE,
        prices=priced(hour_usd),
        sweep=sweep,
        **more,
    )
    assert_falls_and_changes(compare(scenario))


def assert_falls_and_changes(comparison: Comparison) -> None:
    """The winners are those that the changes say, and the first option's bill falls somewhere."""
    assert len(comparison.crossovers) >= 2  # dear, and cheap again
    places = assert_winners(comparison)
    costs = [comparison.axis.bills.exact(0, r).known_usd for r in places]
    assert any(later < sooner for sooner, later in itertools.pairwise(costs))


def test_a_sweep_bills_what_a_point_bills() -> None:
    """Float64 along the axis against fractions at the point."""
    comparison = compare(asked({"init_ms": 2500}))
    places = comparison.axis.places(40, "log")
    cost, lost = comparison.axis.bills.costs(0, places)
    assert not lost.any()
    for place, usd in zip(places.tolist(), cost.tolist(), strict=True):
        assert usd == pytest.approx(float(comparison.axis.bills.exact(0, place).known_usd), rel=1e-12)


def test_maps_count_them() -> None:
    """Each point is the bill of its comparison; points along requests are those at which the model is asked."""
    options = ({"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"})
    over = ("workload.requests_per_month", "workload.duration_ms")
    made = atlas(asked({"init_ms": 3000}, *options), over=over, points=(5, 2))
    assert {10**4, 10**9} < set(made.x) <= set(NODES)
    for row, column in itertools.product(range(2), range(5)):
        there = asked({"init_ms": 3000, "requests_per_month": int(made.x[column])}, *options)
        there = there.at("workload.duration_ms", int(made.y[row]))
        usd = [float(result.cost_usd or 0) if result.feasible else math.nan for result in compare(there).options]
        assert made.usd[:, row, column] == pytest.approx(usd, rel=1e-12, nan_ok=True)


def test_a_hybrid_says_that_it_has_none() -> None:
    """The overflow of a hybrid is billed without initialisation, and a warning says so."""
    hybrid = {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "t4g.small"}, "level": 1}
    comparison = compare(asked({}, {"kind": "lambda", "memory_mb": 1024}, hybrid))
    assert any("the cold starts of its overflow are not counted" in words for words in comparison.warnings)


# ---------------------------------------------------------------- the curve and its words


def test_the_curve_is_what_each_point_says() -> None:
    """Number, share, environments and answer time of each place of the curve are those of a comparison there."""
    curve = cold_curve(asked({"init_ms": None}, sweep={"from": 10_000, "to": 10**7}), runtime="nodejs22.x")
    assert curve.requests[0] == 10_000
    assert curve.requests[-1] == 10**7
    assert len(curve.requests) == 61  # twenty to a decade
    for place in (0, 30, 60):
        there = curve.at(int(curve.requests[place]))
        cold = there.fleet.cold
        assert cold is not None
        assert curve.starts[place] == float(cold.starts)
        assert curve.fraction[place] == pytest.approx(float(cold.starts) / curve.requests[place])
        assert curve.environments[place] == float(cold.environments)
        assert curve.p99_ms[place] == there.answer_ms(99)
    assert curve.here.fleet.cold is not None
    assert curve.here.fleet.cold.init_ms == Fraction("140.56")


def test_warm_answers_stand_beside_all() -> None:
    """A third of rare requests are cold: 99 % of the warm ones within 921 ms (200 ms x log 100), of all later."""
    answers = cold_curve(asked(sweep={"from": 10_000, "to": 20_000})).answers_ms()
    warm, every = answers[99]
    assert warm == pytest.approx(200 * math.log(100))
    assert warm < every < warm + 300


def test_a_curve_that_can_not_be_is_refused() -> None:
    """No Lambda option, no initialisation, a place that is none of a Lambda option."""
    machine = {"kind": "ec2", "instance_type": "t4g.small"}
    refused(lambda: cold_curve(asked({}, machine)), "options", "lambda")
    refused(lambda: cold_curve(asked({"init_ms": None})), "workload.init_ms", "nodejs22.x")
    refused(lambda: cold_curve(asked({}, {"kind": "lambda", "memory_mb": 512}, machine), option=1), "option")
    refused(lambda: cold_curve(asked({"init_ms": None}), runtime="node"), "workload.runtime", "nodejs")


def test_the_report_has_the_section_where_cold_starts_are_counted() -> None:
    """The picture, its table and the answer times; without init_ms the part about fleets is as it was."""
    sweep = {"from": 10_000, "to": 100_000}
    with_init, without = (sections.fleets(compare(asked({"init_ms": init}, sweep=sweep))) for init in (300, None))
    assert "Cold starts against traffic" in with_init.text
    assert 'data-name="cold"' in with_init.html  # letters alone, so that the report keeps it among its charts
    assert "Answer times with and without cold starts" in with_init.text
    assert "cold" not in without.text.lower()


# ---------------------------------------------------------------- what is refused


def test_what_was_not_measured_is_refused() -> None:
    """An unknown runtime with the nearest names; code of Python; more code than was measured; no runtime."""
    refused(lambda: asked({"init_ms": None, "runtime": "nodejs23"}), "workload.runtime", "nodejs22.x")
    refused(
        lambda: asked({"init_ms": None, "runtime": "python3.13", "package_mb": 10}), "workload.package_mb", "init_ms"
    )
    refused(lambda: asked({"init_ms": None, "runtime": "nodejs22.x", "package_mb": 100}), "workload.package_mb", "64")
    refused(lambda: asked({"init_ms": None, "package_mb": 10}), "workload.runtime", "missing")


@pytest.mark.parametrize("value", [-1, 900_001, "a while", True, float("nan")])
def test_a_wrong_init_is_refused(value: Any) -> None:
    """Numbers from 0 to 15 minutes."""
    refused(lambda: asked({"init_ms": value}), "workload.init_ms")


@pytest.mark.parametrize("value", [0, -1, 86_401, "a while"])
def test_a_wrong_keep_alive_is_refused(value: Any) -> None:
    """Above 0, up to a day."""
    refused(lambda: asked({}, {"kind": "lambda", "memory_mb": 1024, "keep_alive_s": value}), "options.0.keep_alive_s")


def test_along_a_number_that_they_follow_each_step_is_billed_by_itself() -> None:
    """As many steps as that takes no minutes for."""
    options = ({"kind": "lambda", "memory_mb": 512, "front_door": "none"}, {"kind": "lambda", "memory_mb": 1024})
    axes = {"workload.duration_ms": (150, 210), "options.0.memory_mb": (860, 880), "workload.init_ms": (1, 60)}
    for axis, (low, high) in axes.items():
        sweep = {"over": axis, "from": low, "to": high}
        made = compare(
            asked({"first_run_ms": 900, "requests_per_month": 1000}, *options, include=["compute"], sweep=sweep)
        )
        for place in (low, (low + high) // 2, high):
            there = compare(made.scenario.at(axis, place))
            bills = [float(result.cost_usd or 0) for result in there.options]
            assert [usd[0] for usd in made.along([place]).usd.values()] == pytest.approx(bills, rel=1e-12)
        assert_winners(made)
    long = compare(asked({}, *options, sweep={"over": "workload.duration_ms", "from": 1, "to": 5000}))
    refused(lambda: long.crossovers, "sweep.to", "2,000 are the most", "cold starts of its own")


def test_an_axis_that_leaves_them_alone_is_taken() -> None:
    """Along the size of a response the number of cold starts stays as it is."""
    options = ({"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"})
    sweep = {"over": "workload.response_kb", "from": 1, "to": 500}
    assert compare(asked({}, *options, sweep=sweep)).at_start == "Lambda 1024 MB"


def test_reconciling_counts_them() -> None:
    """The break-even of each set is that of the comparison with its values."""
    from lambdaplan.analysis.reconcile import reconcile

    options = ({"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"})
    scenario = asked({"init_ms": 5000, "first_run_ms": 1000}, *options)
    made = reconcile(scenario, Fraction(4_000_000))
    assert made.baseline.break_even == compare(scenario).crossovers[0].at
    assert made.baseline.break_even != compare(asked({"init_ms": None}, *options)).crossovers[0].at
    assert made.found
    for one in made.found:
        crossovers = compare(scenario.with_values(one.values)).crossovers
        assert one.break_even in [crossover.at for crossover in crossovers]
        assert made.low <= one.break_even <= made.high


# how far the answer holds


def test_distances_where_cold_starts_are_counted() -> None:
    """Along requests the crossovers; every other change held against a comparison on both sides of it."""
    function = {"kind": "lambda", "memory_mb": 10_240, "front_door": "none", "keep_alive_s": 3600}
    work = {**RARE, "init_ms": 10_000, "traffic": {"shape": "flat", "burst": 1}, "requests_per_month": 700}
    sweep = {"from": 1, "to": 2500, "scale": "linear"}
    scenario = asked(work, function, MACHINE, prices=priced("0.0004"), sweep=sweep)
    found = flips(scenario)
    by_path = {distance.path: distance for distance in found.distances}
    crossovers = compare(scenario).crossovers
    own = by_path["workload.requests_per_month"]
    (down,) = [c.at - 1 for c in crossovers if c.at <= 700][-1:]
    (up,) = [c.at for c in crossovers if c.at > 700][:1]
    assert own.down.flip is not None and own.up.flip is not None
    assert (own.down.flip.at, own.up.flip.at) == (down, up)
    assert own.down.flip.winner == own.up.flip.winner == "Lambda 10240 MB" != found.comparison.winner
    left = {"workload.duration_ms", "workload.init_ms", "workload.traffic.burst", "options.0.memory_mb"}
    assert left <= set(flips(scenario, quick=True).document()["left_out"]) and left <= set(by_path)
    held = 0
    for distance in found.near:
        for flip in distance.flips:
            if distance.is_price or distance.path.startswith("operations"):
                continue
            held += 1
            assert compare(scenario.at(distance.path, flip.at)).winner == flip.winner
            assert compare(scenario.at(distance.path, flip.before)).winner == found.comparison.winner
    assert held >= 3
    price = by_path["prices.lambda.duration/x86_64"]
    assert price.flips
    for flip in price.flips:
        own_price = {"service": "lambda", "item": "duration/x86_64", "price_usd": decimal_text(flip.at, 15)}
        there = asked(work, function, MACHINE, prices=[*priced("0.0004"), own_price], sweep=sweep)
        assert compare(there).winner == flip.winner


def test_a_distance_counts_the_cold_starts_of_the_winner() -> None:
    """Along a number that leaves their count alone they cost the same: the winner is not cheaper than its bill."""
    function = {"kind": "lambda", "memory_mb": 10_240, "front_door": "none", "keep_alive_s": 3600}
    work = {**RARE, "init_ms": 10_000, "traffic": {"shape": "flat", "burst": 1}, "requests_per_month": 700}
    scenario = asked({**work, "working_set_mb": 300}, function, MACHINE, prices=priced("0.0004"))
    (own,) = [d for d in flips(scenario).distances if d.path == "workload.working_set_mb"]
    # t4g.nano has 512 MB less 300 reserved
    assert own.down.flip is not None and (own.down.flip.at, own.down.flip.before) == (212, 213)
    winners = {mb: compare(scenario.at("workload.working_set_mb", mb)).winner for mb in (171, 172, 212, 213, 300)}
    assert [mb for mb, winner in winners.items() if winner == own.down.flip.winner] == [171, 172, 212]


def test_distances_of_requests_reach_beyond_another_axis() -> None:
    """Where another number is the axis, crossovers are looked for between usual numbers of requests."""
    options = ({"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"})
    sweep = {"over": "workload.request_kb", "from": 1, "to": 10, "scale": "linear"}
    found = flips(asked({"requests_per_month": 5_000_000}, *options, sweep=sweep))
    (own,) = [d for d in found.distances if d.path == "workload.requests_per_month"]
    (crossover,) = compare(asked({"requests_per_month": 5_000_000}, *options)).crossovers
    assert own.up.flip is not None and own.up.flip.at == crossover.at and own.down.flip is None
    assert not own.down.never and own.down.certain == 10_000


def test_a_record_has_wires_where_cold_starts_are_counted(tmp_path: Path) -> None:
    options = ({"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"})
    path = tmp_path / "cold.json"
    path.write_text(json.dumps(asked({"requests_per_month": 5_000_000}, *options).document()), "utf-8")
    record = tmp_path / "cold.md"
    assert main(["record", str(path), "-o", str(record)]) == 0
    text = record.read_text("utf-8")
    (crossover,) = compare(asked({"requests_per_month": 5_000_000}, *options)).crossovers
    assert f"at {crossover.at:,} or more" in text and "No wire was looked for along these numbers" in text
    assert main(["check", str(record)]) == 0
    assert main(["check", str(record), "--set", f"workload.requests_per_month={crossover.at}"]) == 1


# deployments


def test_each_deployment_adds_the_environments_that_would_have_stayed_warm() -> None:
    """At one knot, by a walk through a month of arrivals in which every deployment empties the pool."""
    work = {
        "requests_per_month": 100_000,
        "duration_ms": 1000,
        "init_ms": 2000,
        "traffic": {"shape": "flat", "burst": 1},
    }
    plain, often = (compare(asked({**work, "deployments_per_month": n})).options[0].fleet.cold for n in (0, 100))
    assert plain is not None and often is not None
    added = float(often.starts - plain.starts) / 100
    assert often.environments == plain.environments
    # 100,000 a month are 0.03805/s: 32 s between two arrivals, 320 s kept. Walked through, seeded.
    random, rate = np.random.default_rng(7), 100_000 / (730 * 3600)
    colds = []
    for each in (0, 1):
        now, cold, pool, deploy, deployed = 0.0, 0, [], random.uniform(0, 20_000), 0
        for _ in range(150_000):
            now += random.exponential(1 / rate)
            if each and now > deploy:
                pool, deploy, deployed = [], deploy + 20_000, deployed + 1
            pool = [until for until in pool if until + 320 > now]
            idle = [until for until in pool if until <= now]
            if idle:
                pool.remove(max(idle))
            cold += not idle
            pool.append(now + random.exponential(1) + (0 if idle else 2))
        colds.append(cold / 150_000 if not each else (cold - 150_000 * colds[0]) / deployed)
    assert added == pytest.approx(colds[1], rel=0.2)


def walked_canaries(
    rate: float, service_s: float, cold_s: float, part: float, span_s: float, deployments: int
) -> float:
    """Cold starts that a deployment adds, two versions with environments of their own walked through; 320 s kept."""
    draw, gap = np.random.default_rng(3), 4000.0
    now, begin, cold, made = 0.0, gap, 0, 0
    old: list[float] = []
    new: list[float] | None = None
    while made < deployments:
        now += draw.exponential(1 / rate)
        if now > begin and new is None:
            new = []
        if new is not None and now >= begin + span_s:
            old, new, begin, made = new, None, begin + gap, made + 1
        pool = new if new is not None and draw.random() < part else old
        pool[:] = [until for until in pool if until + 320 > now]
        idle = [until for until in pool if until <= now]
        if idle:
            pool.remove(max(idle))
        cold += not idle
        pool.append(now + draw.exponential(service_s if idle else cold_s))
    steady = cold_start_fraction(rps=rate, service_s=service_s, cold_service_s=cold_s, keep_alive_s=320)
    return (cold - float(steady.cold_fraction) * rate * now) / made


@pytest.mark.parametrize(
    ("rate", "service_s", "cold_s", "part", "span_s"),
    [(0.5, 1, 1, 0.1, 600), (0.05, 1, 1, 0.5, 300), (1, 2, 4, 0.2, 900)],
)
def test_a_canary_starts_environments_of_its_own(
    rate: float, service_s: float, cold_s: float, part: float, span_s: float
) -> None:
    found = deployment_cold_starts(
        rps=rate, service_s=service_s, cold_service_s=cold_s, keep_alive_s=320, canary_fraction=part, canary_s=span_s
    )
    assert found == pytest.approx(
        walked_canaries(rate, service_s, cold_s, part, span_s, 250 if PROVE else 80), rel=0.08
    )


def test_a_canary_of_no_time_is_a_deployment_at_once() -> None:
    given: dict[str, Any] = {"rps": [0.1, 2], "service_s": 1, "keep_alive_s": 320}
    at_once = deployment_cold_starts(**given)
    assert deployment_cold_starts(**given, canary_fraction=0.1, canary_s=0) == pytest.approx(at_once, rel=1e-12)
    assert deployment_cold_starts(**given, canary_fraction=1, canary_s=900) == pytest.approx(at_once, rel=0.01)
    week = cold_start_week(hourly_rps=[2] * 168, service_s=1, keep_alive_s=320, canary_fraction=0.1, canary_s=600)
    steady = deployment_cold_starts(rps=2, service_s=1, keep_alive_s=320, canary_fraction=0.1, canary_s=600)
    assert week.added_by_deployment == pytest.approx(steady, rel=1e-3)


def test_a_scenario_deploys_with_a_canary() -> None:
    often = {"deployments_per_month": 60, "requests_per_month": 3_162_000}
    canary = {**often, "canary_fraction": 0.1, "canary_minutes": 10}
    plain, begun = (compare(asked(work)).options[0].fleet.cold for work in (often, canary))
    assert plain is not None and begun is not None
    rate = {"service_s": 0.2, "cold_service_s": 0.5, "keep_alive_s": 320}
    halves = [3_162_000 / (730 * 3600) * times for times in (1.5, 0.5)]
    more = [
        deployment_cold_starts(rps=rps, **rate, canary_fraction=0.1, canary_s=600)
        - deployment_cold_starts(rps=rps, **rate)
        for rps in halves
    ]
    assert float(begun.starts - plain.starts) == pytest.approx(60 * sum(more) / 2, rel=0.01)
    assert "10 % for 10 minutes first" in sections.cold_starts(compare(asked(canary))).html
    refused(lambda: asked({"canary_fraction": 0.1, "canary_minutes": 5}), "workload.deployments_per_month")
    refused(lambda: asked({**often, "canary_fraction": 0.1}), "workload.canary_minutes")
    refused(lambda: asked({**often, "canary_minutes": 5}), "workload.canary_fraction")
    refused(lambda: asked({**canary, "canary_minutes": 731}), "workload.deployments_per_month = 60", "at most 59")
    kept = {"kind": "lambda", "memory_mb": 1024, "provisioned": 1}
    refused(lambda: asked(canary, kept), "workload.canary_fraction", "provisioned")


# first runs


def test_a_longer_first_run_is_billed_and_waited_for() -> None:
    """500 ms first instead of 200 ms on 1,024 MB; half the memory has half the vCPU, so it takes 600 ms more there."""
    known = {"requests_per_month": 10_000, "measured_memory_mb": 1024, "init_ms": 300}
    for memory_mb, more_ms in (
        (1024, 300),
        (512, 600),
        (1769, Fraction(300 * 1024, 1769)),
        (3538, Fraction(300 * 1024, 1769)),
    ):
        scenario = asked({**known, "first_run_ms": 500}, {"kind": "lambda", "memory_mb": memory_mb})
        result = compare(scenario).options[0]
        cold = result.fleet.cold
        assert cold is not None and cold.more_ms == more_ms
        line = next(line for line in result.bill.lines if line.item == "Lambda longer first runs, x86")
        assert line.quantity == cold.starts * Fraction(more_ms) / 1000 * Fraction(memory_mb, 1024)
        assert line.price_usd == Fraction("0.0000166667")
        whole = asked({**known, "init_ms": float(300 + more_ms)}, {"kind": "lambda", "memory_mb": memory_mb})
        other = compare(whole).options[0]
        assert other.fleet.cold is not None
        assert float(cold.starts) == pytest.approx(float(other.fleet.cold.starts), rel=1e-6)
        assert result.answer_ms(99.9) == pytest.approx(other.answer_ms(99.9), rel=1e-6)
    assert compare(asked({**known, "first_run_ms": 500})).options[0].document()["fleet"]["first_run_ms"] == 500


def test_a_first_run_has_its_limits() -> None:
    refused(lambda: asked({"first_run_ms": 100}), "workload.first_run_ms", "at least workload.duration_ms")
    refused(lambda: asked({"first_run_ms": 500, "init_ms": None}), "workload.first_run_ms", "init_ms")
    same = compare(asked({"first_run_ms": 200})).options[0]
    assert same.bill.lines == compare(asked()).options[0].bill.lines


def test_deployments_stand_in_the_words_and_need_an_initialisation() -> None:
    deployed = asked({"deployments_per_month": 40})
    assert "40 deployments a month" in sections.cold_starts(compare(deployed)).html
    refused(lambda: asked({"init_ms": None, "deployments_per_month": 4}), "workload.deployments_per_month", "init_ms")
    refused(lambda: asked({"deployments_per_month": -1}), "workload.deployments_per_month", "outside")
    swept = {"over": "workload.deployments_per_month", "from": 0, "to": 10, "scale": "linear"}
    bills = compare(asked({"deployments_per_month": 4}, sweep=swept)).along([0, 5, 10]).usd["Lambda 1024 MB"]
    assert bills[0] < bills[1] < bills[2] and bills[1] - bills[0] == pytest.approx(bills[2] - bills[1], rel=1e-6)


# when provisioned concurrency pays


def test_sixty_percent_of_the_prices_that_aws_publishes_for_us_east_1() -> None:
    # AWS Lambda pricing, Amazon Web Services: 0.0000041667, 0.0000166667 and 0.0000097222 USD a GB-second on x86,
    # 0.0000033334, 0.0000133334 and 0.0000077778 on Arm.
    book = PriceBook.load()
    assert provisioned_pays_from(book, "us-east-1", "x86_64") == Fraction(41667, 166667 - 97222)
    assert provisioned_pays_from(book, "us-east-1", "arm64") == Fraction(33334, 133334 - 77778)


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_bills_change_sides_at_that_use_in_every_region(architecture: str) -> None:
    book, hours = PriceBook.load(), 720
    plain = {"service": "lambda", "architecture": architecture, "memory_mb": 1024, "duration_ms": 1000}
    kept = {"hours": hours, "memory_mb": 1024, "duration_ms": 1000}

    def usd(region: str, on_demand: int, served: int) -> Fraction:
        provisioned = {**kept, "concurrency": 1 if served else 0, "requests": served}
        row = {**plain, "requests": on_demand, "provisioned": provisioned}
        return bill(UsageDocument.from_dict({"version": 1, "region": region, "usage": [row]})).exact_usd or Fraction(0)

    checked = 0
    for region in book.regions:
        share = provisioned_pays_from(book, region, architecture)
        if share is None:
            continue
        checked += 1
        equal = hours * 3600 * share  # requests of a second at 1 GB
        for requests, dearer in ((math.floor(equal) - 1, True), (math.ceil(equal) + 1, False)):
            assert (usd(region, 0, requests) > usd(region, requests, 0)) is dearer, (region, requests)
    assert checked > 25


def test_a_region_without_the_price_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PriceBook, "price", lambda *_: None)
    assert provisioned_pays_from(PriceBook.load(), "us-east-1", "x86_64") is None


def test_a_price_of_duration_that_is_not_lower_never_pays() -> None:
    price = {"service": "lambda", "item": "provisioned_duration/x86_64", "price_usd": "0.0000166667"}
    document = {"version": 1, "name": "cold", "workload": {**WORK, "init_ms": 300}, "prices": [price]}
    never = Scenario.from_dict({**document, "options": [{"kind": "lambda", "memory_mb": 512}]})
    assert provisioned_pays_from(never.book, never.region, "x86_64") == math.inf
    assert "is never cheaper than on demand" in sections.cold_starts(compare(never)).html


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("us-east-1", "is cheaper than on demand where it is in use for more than 60 % of the time"),
        ("eu-west-1", "more than 79.7 % of the time"),
        ("eu-central-1", "x86 in eu-central-1, is never cheaper than on demand"),
    ],
)
def test_the_report_says_when_it_pays(region: str, words: str) -> None:
    document = {
        "version": 1,
        "name": "cold",
        "region": region,
        "workload": {"requests_per_month": 100_000, "duration_ms": 100, "busy_share": 0.5, "working_set_mb": 100}
        | {"init_ms": 300},
        "options": [{"kind": "lambda", "memory_mb": 512}],
    }
    assert words in sections.cold_starts(compare(Scenario.from_dict(document))).html


# SnapStart in a scenario


def snapped(runtime: str, restore_ms: float = 600, memory_mb: int = 2048, **more: Any) -> Scenario:
    """A function that is restored from snapshots."""
    option = {"kind": "lambda", "memory_mb": memory_mb, "snapstart": {"restore_ms": restore_ms, "versions": 2}, **more}
    return asked({"init_ms": None, "runtime": runtime, "requests_per_month": 100_000}, option)


def test_restores_take_the_place_of_initialisations() -> None:
    """As many are cold as with an initialisation of that time; snapshots and restores are billed, not the time."""
    found = compare(snapped("python3.12")).options[0]
    same = compare(
        asked({"init_ms": 600, "requests_per_month": 100_000}, {"kind": "lambda", "memory_mb": 2048})
    ).options[0]
    assert found.fleet.cold is not None and same.fleet.cold is not None
    assert found.fleet.cold.starts == same.fleet.cold.starts
    assert found.answer_ms(99.9) == same.answer_ms(99.9)
    lines = {line.item: line for line in found.bill.lines}
    assert lines["Lambda SnapStart cache"].quantity == 2 * 2 * 730 * 3600  # GB x versions x seconds
    assert lines["Lambda SnapStart restores"].quantity == 2 * found.fleet.cold.starts
    assert not any("initialisation" in item for item in lines)
    assert any("initialisation" in line.item for line in same.bill.lines)


def test_java_has_snapshots_free_of_charge() -> None:
    found = compare(snapped("java21")).options[0]
    assert not any("SnapStart" in line.item for line in found.bill.lines)
    without = compare(asked({"init_ms": None, "runtime": "java21"}, {"kind": "lambda", "memory_mb": 2048})).options[0]
    assert found.fleet.cold is not None and without.fleet.cold is not None
    assert found.fleet.cold.init_ms == 600 != without.fleet.cold.init_ms


def test_snapstart_where_it_does_not_go() -> None:
    refused(lambda: snapped("nodejs22.x"), "workload.runtime", "java11", "python3.12", "dotnet8")
    refused(lambda: snapped("java21", provisioned=2), "options.0.snapstart", "provisioned")
    refused(lambda: snapped("java21", ephemeral_mb=1024), "options.0.snapstart", "512")
    refused(lambda: snapped("java21", restore_ms=0), "options.0.snapstart.restore_ms", "above 0")
    option = {"kind": "lambda", "memory_mb": 512, "snapstart": {"restore_ms": 500}}
    refused(lambda: asked({"init_ms": None}, option), "workload.runtime", "missing")
    refused(lambda: asked({"init_ms": None, "runtime": "java21", "package": "image"}, option), "snapstart", "image")


def test_crossovers_where_restores_get_fewer() -> None:
    function = {
        "kind": "lambda",
        "memory_mb": 10_240,
        "front_door": "none",
        "keep_alive_s": 3600,
        "snapstart": {"restore_ms": 900},
    }
    work = {**RARE, "init_ms": None, "runtime": "python3.12", "traffic": {"shape": "flat", "burst": 1}}
    snapshots = {"snapstart_restore": "0.0002", "snapstart_cache": "0"}
    own = [{"service": "lambda", "item": item, "price_usd": usd} for item, usd in snapshots.items()]
    prices = [*priced("0.0005"), *own]
    sweep = {"from": 1, "to": 2000, "scale": "linear"}
    assert_falls_and_changes(compare(asked(work, function, MACHINE, prices=prices, sweep=sweep)))
