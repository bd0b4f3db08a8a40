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
from lambdaplan.analysis.sensitivity import _switches
from lambdaplan.analysis.sensitivity_search import Answer

REQUESTS = "workload.requests_per_month"
QUICK = ("workload.cold_fraction", "workload.traffic.bursts.0.rps")  # the others in the long proofs alone
MOST_TIMELY = 16_384
KINDS = (("given", "hybrid"), ("given", "auto"), ("given", "slo"), ("given", "slo_hybrid", "timeout"))


def drawn(name, kinds=KINDS if PROVE else KINDS[:3], bursts=0.5, further=0.5):
    """A random scenario of these fields, the same for a name."""
    rng = random.Random(name)
    document = strategies.random_capacity_scenario(rng, rng.choice(kinds))
    document = document | {"options": [on_credits(rng, option) for option in document["options"]]}
    if rng.random() < further:
        document = with_further_options(rng, document)
    if rng.random() < bursts:
        document = strategies.with_bursts(rng, document)
    return strategies.with_processors(rng, document)


def on_credits(rng, option):
    """A hybrid's base of instances is often on CPU credits."""
    if option["kind"] != "hybrid" or option["base"]["kind"] != "ec2" or rng.random() < 0.5:
        return option
    credits_of = {
        "cpu_credits": rng.choice(("standard", "unlimited")),
        "instance_type": rng.choice(("t3.small", "t4g.medium")),
    }
    return option | {"base": option["base"] | credits_of}


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


@pytest.mark.parametrize("seed", seeds(1, 120))
def test_bills_equal_those_of_the_oracle(seed):
    assert_bills(drawn(f"bursts {seed}", bursts=0.5, further=0))


@pytest.mark.parametrize("seed", seeds(1, 120))
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


@pytest.mark.parametrize("seed", seeds(1, 40))
def test_crossovers_along_requests_hold_on_both_sides(seed):
    rng = random.Random(f"along requests {seed}")
    document = drawn(f"along requests {seed}", (("given",), ("given", "hybrid"), ("given", "slo")))
    traffic = document["workload"]["traffic"]
    if "slo" in document["workload"] and "hourly" in traffic:  # the oracle works out each different hour
        traffic["hourly"] = [1 + weight % 4 for weight in traffic["hourly"]]
    requests = max(int(document["workload"]["requests_per_month"]), 1000)
    document["sweep"] = {"from": requests // 10, "to": requests * 10}
    assert_crossovers(rng, document)


@pytest.mark.parametrize("axis", strategies.FIELD_AXES if PROVE else QUICK)
@pytest.mark.parametrize("seed", seeds(1, 10))
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


MIXED = {"ec2": ["t3", "t4g"], "ecs_managed_instances": ["c6a", "c7g"], "lambda_managed_instances": ["m7g", "m6i"]}


@pytest.mark.parametrize("seed", seeds(1, 60))
def test_the_processor_of_every_option_flips_the_answer_where_the_oracle_says(seed):
    rng = random.Random(f"flips {seed}")
    document = strategies.random_capacity_scenario(rng, ("given",))
    kinds = rng.sample(sorted(MIXED), rng.randint(0, 2))
    mixed = [{"kind": kind, "instance_type": "auto", "families": MIXED[kind], "label": kind} for kind in kinds]
    options = [option for option in document["options"] if option["kind"] in ("lambda", "fargate")]
    document = strategies.with_processors(rng, strategies.at_a_change(rng, document | {"options": [*options, *mixed]}))
    answer = Answer(lambdaplan.compare(Scenario.from_dict(document)))
    found = {switch.other: switch.winner for switch in _switches(answer)[0] if switch.path == "architecture"}
    here = answer.comparison.winner
    for name in ("x86_64", "arm64"):
        there = document | {"options": [option | {"architecture": name} for option in document["options"]]}
        best = cheapest(there, REQUESTS, document["workload"]["requests_per_month"])
        if best != [None]:  # where a price is missing nothing is said
            assert (name in found) == (here not in best), (name, here, best)
        assert found.get(name) in (None, *best)


# ---------------------------------------------------------------- what is drawn

FLEETS = {"fargate", "ec2", "hybrid", "ecs_managed_instances", "lambda_managed_instances"}
EVERY = FLEETS | {"lambda", "lambda_web"}
OPEN = EVERY - {"lambda_web", "hybrid"}
BURSTABLE = {"ec2", "ecs_managed_instances", "hybrid"}
# Fields, and the platforms beside which, or on which, each is to be drawn.
DRAWN = {
    **{f"architecture {name}": EVERY for name in ("x86_64", "arm64", "any")},
    "own architecture any": {"lambda", "fargate", "hybrid"},
    "open size on either processor": {"fargate", "ec2", "ecs_managed_instances", "lambda_managed_instances"},
    "bursts": EVERY,
    "cold_fraction": EVERY - {"hybrid"},
    "percentiles": EVERY,
    "memory_headroom": OPEN - {"lambda"},
    "processes": FLEETS,
    "plan": EVERY - {"lambda_web"},
    "credits standard": BURSTABLE,
    "credits unlimited": BURSTABLE,
    "bursts on credits": {"ec2", "ecs_managed_instances"},
}


def features(document, option):
    """Names of `DRAWN` that an option of a scenario has, those of its parts among them."""
    work, parts = document["workload"], [option, *(option[name] for name in ("base", "overflow") if name in option)]
    given = {name: value for part in reversed(parts) for name, value in part.items()}
    is_open = "families" in option or option.get("size") == "auto" or option.get("memory_mb") == "auto"
    yield f"architecture {document['architecture']}"
    if any(part.get("architecture") == "any" for part in parts):
        yield "own architecture any"
    if is_open and "any" in (option.get("architecture"), document["architecture"]):
        yield "open size on either processor"
    yield from (name for name in ("cold_fraction", "percentiles") if name in work)
    if strategies.has_bursts(document):
        yield "bursts"
    if is_open and "memory_headroom" in document:
        yield "memory_headroom"
    if "processes" in given:
        yield "processes"
    if any("savings_plan" in part.get("purchase", "") for part in parts):
        yield "plan"
    for part in parts:
        if str(part.get("instance_type")).startswith("t"):
            yield f"credits {part.get('cpu_credits', 'unlimited')}"
            if strategies.has_bursts(document):
                yield "bursts on credits"


def test_every_field_is_drawn_on_every_platform():
    """Of what the tests above compare with the oracle in the long proofs."""
    seen = {name: set() for name in DRAWN}
    for seed in range(200):
        for document in (
            drawn(f"bursts {seed}", KINDS, bursts=0.5, further=0),
            drawn(f"further {seed}", (("given",), ("given", "slo")), bursts=0.3, further=1),
        ):
            for option in document["options"]:
                for name in features(document, option):
                    seen.setdefault(name, set()).add(option["kind"])
    missing = {name: sorted(kinds - seen[name]) for name, kinds in DRAWN.items() if kinds - seen[name]}
    assert not missing


def test_usage_documents_draw_them_too():
    rows = [row for seed in range(300) for row in strategies.random_usage_document(random.Random(seed))["usage"]]
    of = {service: [row for row in rows if row["service"] == service] for service in ("lambda", "fargate", "ec2")}
    for name in ("cold_fraction", "cold_starts"):
        assert any(name in row and row["init_ms"] for row in of["lambda"])
    for service in ("lambda", "fargate"):
        assert {row["architecture"] for row in of[service]} == {"x86_64", "arm64"}
    assert any(row.get("surplus_credit_vcpu_hours") for row in of["ec2"])
