"""The ladder: each rung's break-even, worked out by hand where a hand can."""

from __future__ import annotations

import functools
import json
from fractions import Fraction as F

import pytest

from lambdaplan import InputError, Rung, Scenario, compare, ladder, load_rungs
from lambdaplan.analysis.break_even_ladder import Ladder, RungResult, published_claims
from lambdaplan.resources import data_dir

SCENARIO = Scenario.load(data_dir() / "scenarios" / "node_api.json")


@functools.cache
def packaged() -> Ladder:
    """The ladder of the packaged rungs."""
    return ladder(SCENARIO, load_rungs())


def rung_of(name: str) -> RungResult:
    return next(one for one in packaged().rungs if one.rung.name == name)


# One request of 200 ms at 1024 MB: 0.2 GB-s and a request; with an HTTP API a millionth of a dollar more.
REQUEST = F("0.0000166667") / 5 + F("0.0000002")
ARM_REQUEST = F("0.0000133334") / 5 + F("0.0000002")
HTTP = F("0.000001")
# A month of one machine with its volume of 8 GB: t3.nano, t3.micro, t3.small, and t4g.small.
NANO = 730 * F("0.0052") + 8 * F("0.08")
MICRO = 730 * F("0.0104") + 8 * F("0.08")
SMALL = 730 * F("0.0208") + 8 * F("0.08")
ARM_SMALL = 730 * F("0.0168") + 8 * F("0.08")


@pytest.mark.parametrize(("name", "fleet", "one_request"), [
    ("One t3.nano, no front doors", NANO, REQUEST),
    ("One small machine, no front doors", SMALL, REQUEST),
    ("One small machine against an HTTP API", SMALL, REQUEST + HTTP),
    ("One t3.micro against an HTTP API", MICRO, REQUEST + HTTP),
    ("One small Arm machine, no front doors", ARM_SMALL, ARM_REQUEST),
    ("A pair that survives a zone, no front doors", 2 * SMALL, REQUEST),
])  # fmt: skip
def test_break_evens_worked_out_by_hand(name: str, fleet: F, one_request: F) -> None:
    # the first whole request at which the fleet's fixed cost is below Lambda's
    assert rung_of(name).break_even == int(fleet / one_request) + 1


def test_free_tier_moves_the_break_even_by_what_is_free() -> None:
    # fleet = request x price - (400,000 GB-s and a million requests)
    free = 400_000 * F("0.0000166667") + F("0.20")
    assert rung_of("One small machine, free tier on").break_even == int((SMALL + free) / REQUEST) + 1


def test_the_share_of_cpu_alone_moves_nothing_while_two_machines_carry_it() -> None:
    pair = rung_of("A pair with a load balancer, function URL").break_even
    for name in ("It waits: 5 % CPU", "It computes: 100 % CPU", "Peaks of 10 times the mean"):
        assert abs(rung_of(f"{name}, function URL").break_even / pair - 1) < 0.01


def test_published_break_evens_lie_on_the_ladder() -> None:
    rungs = [r.break_even for r in packaged().rungs if r.break_even]
    assert rungs == sorted(rungs)
    # guide-07, 1.5 million: between one t3.nano and one t3.micro
    assert rung_of("One t3.nano, no front doors").break_even < 1_500_000
    assert rung_of("One t3.micro against an HTTP API").break_even > 1_500_000
    # blog-04, 15 million: a pair of t4g.small behind a load balancer ($0.0225 an hour, of whose units at $0.008 an
    # hour 111.1 LCU-hours serve 10 million requests), against Lambda on Arm
    lcu = F("0.008") * F(1000, 9) / 10_000_000
    arm = (2 * ARM_SMALL + 730 * F("0.0225")) / (ARM_REQUEST - lcu)
    assert rung_of("A pair with a load balancer, all on Arm, function URL").break_even == int(arm) + 1
    assert abs(arm / 15_000_000 - 1) < 0.02
    assert max(rungs) / min(rungs) > 30


def test_all_options_of_a_rung_are_on_one_processor() -> None:
    for result in packaged().rungs:
        book = result.scenario.book
        processors = {name for option in result.scenario.options for name in option.processors(book)}
        assert processors == {"arm64" if "Arm" in result.rung.name else "x86_64"}, result.rung.name


def test_rungs_without_a_break_even_say_why() -> None:
    result = rung_of("It computes, on c7i.large, function URL")
    assert result.break_even is None
    assert result.note == "Lambda 1024 MB stays cheapest up to 1 billion"


def test_every_rung_is_the_first_crossover_of_its_scenario() -> None:
    for result in packaged().rungs:
        comparison = compare(SCENARIO.with_values(result.rung.set))
        kinds = {option.label: option.kind for option in comparison.options}
        first = next((c for c in comparison.crossovers if kinds[c.above] != "lambda"), None)
        assert result.break_even == (first.at if first else None)


def test_the_ladder_as_a_document() -> None:
    document = json.loads(packaged().to_json())
    assert document["baseline"] == "Lambda 1024 MB"
    assert len(document["rungs"]) == len(load_rungs())
    claims = {claim["id"]: claim for claim in document["claims"]}
    assert claims["guide-07"]["low"] == 1_500_000
    assert len(claims) == len(published_claims()) == 13


def test_a_rung_that_does_not_fit_is_named() -> None:
    rung = Rung(name="broken", set={"options.0.memory_mb": 64})
    with pytest.raises(InputError, match=r'rung "broken".*options\.0\.memory_mb = 64'):
        ladder(SCENARIO, [rung])


def test_a_baseline_that_never_leads_says_so() -> None:
    rung = Rung(
        name="free machines",
        set={"prices": [{"service": "ec2", "item": "t3.small/on_demand", "price_usd": 0}], "include": ["compute"]},
    )
    (result,) = ladder(SCENARIO.with_values({"sweep.from": 10_000_000}), [rung]).rungs
    assert result.break_even is None
    assert result.note == "EC2 t3.small is cheapest from the start, 10 million"
