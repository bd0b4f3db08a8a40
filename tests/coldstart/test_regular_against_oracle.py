"""Cold starts of equally spaced requests, their bills and crossovers, against an oracle in fractions."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pytest

import oracle_compare
import oracle_regular
import strategies
from campaigns import PROVE, chunks, seeds
from lambdaplan import Scenario, compare
from lambdaplan.coldstart.regular import RegularWeek

REQUESTS = "workload.requests_per_month"


def random_week(rng):
    """Rates of rare requests, of many at once, of two levels, or of one."""
    kind = rng.choice(("rare", "busy", "levels", "flat"))
    if kind == "rare":
        return [F(rng.choice((0, 1, 2, 3, 5, 8)), rng.choice((400, 1000, 3600))) for _ in range(168)]
    if kind == "busy":
        return [F(rng.randint(0, 10) * rng.choice((10, 20)), 100) for _ in range(168)]
    low, high = F(rng.randint(0, 5), rng.choice((100, 320, 600))), F(rng.randint(1, 9), rng.choice((1, 10, 320)))
    if kind == "levels":
        return [high if 8 <= hour % 24 < 18 else low for hour in range(168)]
    return [F(rng.randint(1, 5), rng.choice((1, 300, 320, 321, 640)))] * 168


@pytest.mark.parametrize("some", chunks(2, 600, 2), ids=str)
def test_each_hour_of_a_random_week_has_as_many_as_the_rule_says(some):
    for seed in some:
        rng = random.Random(seed)
        rates, warm = random_week(rng), rng.choice((F(1, 2), F(2), F(1, 5), F(3), F(10)))
        cold = warm + rng.choice((0, F(1, 2), 3, warm, warm / 2))
        keep = F(rng.choice((60, 320, 900, 3600, 7200)))
        wanted = [float(number) for number in oracle_regular.starts(rates, warm, cold, keep)]
        found = RegularWeek(tuple(rates), warm, cold, keep).week().cold_starts
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9), seed


@pytest.mark.parametrize("seed", seeds(1, 60))
def test_cold_starts_and_bills_of_a_month_are_those_of_the_oracle(seed):
    """At random requests, at those from which a function is kept, and at the places of a straight line; beside each."""
    rng = random.Random(f"month {seed}")
    document = strategies.random_regular_scenario(rng)
    scenario, ways = Scenario.from_dict(document), oracle_compare.options(document)
    sweep, knots = document["sweep"], ways[0].regular.knots
    inside = [knot for knot in knots if sweep["from"] <= knot <= sweep["to"]]
    places = {rng.randint(sweep["from"], sweep["to"]) for _ in range(2)} | {rng.choice(inside) + n for n in (-1, 0, 1)}
    for requests in sorted(places | {rng.choice((0, 1, 2, 50))}):
        for result, way in zip(compare(scenario.at(REQUESTS, requests)).options, ways, strict=True):
            feasible, usd, _ = way.cost(requests)
            assert result.feasible == feasible, (seed, requests)
            if way.kind == "lambda":
                assert float(result.fleet.cold.starts) == pytest.approx(float(way.regular.cold(requests)), rel=1e-9)
            assert float(result.cost_usd) == pytest.approx(float(usd), rel=1e-9), (seed, requests)


@pytest.mark.parametrize("seed", seeds(1, 40))
def test_crossovers_are_those_of_brute_force_by_the_oracle(seed):
    document = strategies.random_regular_scenario(random.Random(f"crossovers {seed}"))
    labels = {None: None} | {place: option["label"] for place, option in enumerate(document["options"])}
    changes = oracle_compare.changes(document)[0]
    wanted = [(at, labels[below], labels[above]) for at, below, above in changes]
    found = compare(Scenario.from_dict(document)).crossovers
    assert [(one.at, one.below, one.above) for one in found] == wanted, seed
    if PROVE:
        assert_one_by_one(random.Random(seed), document, changes)


def assert_one_by_one(rng, document, changes):
    """No knowledge of breakpoints here: the oracle bills each request count of a narrow range."""
    middle = rng.choice([at for at, *_ in changes] or [document["sweep"]["to"]])
    narrow = document | {"sweep": document["sweep"] | {"from": max(middle - 20, 0), "to": middle + 20}}
    one_by_one = oracle_compare.changes_one_by_one(narrow)
    assert oracle_compare.changes(narrow) == one_by_one
    found = compare(Scenario.from_dict(narrow)).crossovers
    assert [one.at for one in found] == [at for at, *_ in one_by_one[0]]


@pytest.mark.parametrize("seed", seeds(1, 40))
def test_functions_that_tie_change_places_where_the_oracle_says_along_any_number(seed):
    document = strategies.random_tied_regular_scenario(random.Random(f"tied {seed}"))
    over_requests = "over" not in document["sweep"]
    changes = (oracle_compare.changes if over_requests else oracle_compare.changes_one_by_one)(document)[0]
    labels = [option["label"] for option in document["options"]]
    wanted = [(at, labels[below], labels[above]) for at, below, above in changes]
    found = compare(Scenario.from_dict(document)).crossovers
    assert [(one.at, one.below, one.above) for one in found] == wanted, seed
