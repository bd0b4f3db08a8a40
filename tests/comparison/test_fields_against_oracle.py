"""Bills and crossovers of fields that go with every platform, in random scenarios, against the independent oracle.

Processors, rare bursts, one's own share of cold requests, worker processes, memory that stays free, measured
percentiles, plans and CPU credits; on functions, tasks, instances, hybrids, Managed Instances and Web Functions, of
given size and of sizes left open.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import lambdaplan
import oracle_auto
import oracle_compare
import strategies
from campaigns import PROVE, seeds
from further_kinds import with_further_options
from lambdaplan import Scenario

REQUESTS = "workload.requests_per_month"
SLOW = ("memory_headroom", "workload.traffic.bursts.0.per_month")  # each has a test of its own with fewer sizes
MOST_TIMELY = 16_384
KINDS = (("given", "hybrid"), ("given", "auto"), ("given", "slo"), ("given", "slo_hybrid", "timeout"))


def drawn(name, kinds=KINDS if PROVE else KINDS[:3], bursts=0.5, further=0.5):
    """A random scenario of these fields, the same for a name."""
    rng = random.Random(name)
    document = strategies.random_capacity_scenario(rng, rng.choice(kinds))
    if rng.random() < further:
        document = with_further_options(rng, document)
    if rng.random() < bursts:
        document = strategies.with_bursts(rng, document)
    return strategies.with_processors(rng, document)


def assert_bills(document):
    results = lambdaplan.compare(Scenario.from_dict(document)).options
    timely = "slo" in document["workload"]
    for result, given, (feasible, cost, known) in zip(
        results, document["options"], oracle_auto.costs(document), strict=True
    ):
        assert result.feasible == feasible, result.label
        if not feasible:
            continue
        if timely and cost is not None and int(result.fleet.units_peak) > MOST_TIMELY:
            # beyond so many each unit is taken to carry as much as their mean
            assert float(result.cost_usd) == pytest.approx(float(cost), rel=1e-3), result.label
        elif timely and cost is not None and given["kind"] == "hybrid" and "level" not in given:
            # what so many units answer in time is a float on either side
            assert float(result.cost_usd) == pytest.approx(float(cost), rel=1e-9), result.label
        else:
            assert (result.cost_usd, result.bill.known_usd) == (cost, known), result.label


@pytest.mark.parametrize("seed", seeds(4, 200))
def test_bills_equal_those_of_the_oracle(seed):
    assert_bills(drawn(f"bursts {seed}", bursts=1, further=0))


@pytest.mark.parametrize("seed", seeds(4, 400))
def test_bills_of_further_kinds_of_open_size_equal_those_of_the_oracle(seed):
    assert_bills(drawn(f"further {seed}", (("given",), ("given", "slo")), bursts=0.3, further=1))


# ---------------------------------------------------------------- crossovers


def cheapest(document, path, value):
    """Labels of the cheapest options by the oracle, with another value at a path; [None] where nobody may win."""
    if path == REQUESTS:
        priced = oracle_auto.costs(document, value)
    else:
        plain = int(value) if value == int(value) else float(value)
        priced = oracle_auto.costs(oracle_compare.with_value(document, path, plain))
    return [document["options"][place]["label"] for place in oracle_compare.cheapest(priced)] or [None]


def assert_crossovers(rng, document, most=4, between=4):
    """Each of the first crossovers is true on both sides, and random places have the winner that stands there."""
    found = lambdaplan.compare(Scenario.from_dict(document))
    path, grain = found.axis.over, found.axis.grain
    changes = found.crossovers
    for crossover in changes[:most]:
        at = Fraction(str(crossover.at))
        before, after = (cheapest(document, path, value) for value in (at - grain, at))
        assert crossover.below in before and crossover.below not in after, (path, at, before, after)
        assert crossover.above == after[0], (path, at, before, after)
    states = [found.at_start, *(crossover.above for crossover in changes)]
    for _ in range(between):
        place = rng.randint(found.axis.low, found.axis.high)
        state = states[sum(Fraction(str(c.at)) <= place * grain for c in changes)]
        assert state in cheapest(document, path, place * grain), (path, place * grain)
    return len(changes)


@pytest.mark.parametrize("seed", seeds(2, 100))
def test_crossovers_along_requests_hold_on_both_sides(seed):
    rng = random.Random(f"along requests {seed}")
    document = drawn(f"along requests {seed}", (("given",), ("given", "hybrid"), ("given", "slo")))
    requests = max(int(document["workload"]["requests_per_month"]), 1000)
    document["sweep"] = {"from": requests // 10, "to": requests * 10}
    assert_crossovers(rng, document)


@pytest.mark.parametrize("axis", [axis for axis in strategies.FIELD_AXES if PROVE or axis not in SLOW])
@pytest.mark.parametrize("seed", seeds(1, 12))
def test_crossovers_along_each_number_hold_on_both_sides(axis, seed):
    for more in range(1000):
        name = f"along {axis} {seed} {more}"
        rng = random.Random(name)
        document = drawn(name, (("given",),), 0, 1 if axis == "requests_at_once" else 0.3)
        document = strategies.at_a_change(rng, strategies.having_field(rng, document, axis))
        document = strategies.with_bursts(rng, document) if "bursts" in axis else document
        document = strategies.with_field_axis(rng, document, axis)
        if document is not None:
            assert_crossovers(rng, document)
            return
