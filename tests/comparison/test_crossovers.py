"""Crossovers are exactly the places where the winner changes (rule M10), against brute force.

The places come from tests/oracles/oracle_compare.py alone. `make prove` takes many more random scenarios.
"""

from __future__ import annotations

import dataclasses
import gc
import random
import weakref
from fractions import Fraction

import pytest

import lambdaplan
import oracle
import oracle_compare
import strategies
from campaigns import PROVE, chunks, seeds
from lambdaplan import compare
from lambdaplan.analysis.sensitivity_search import Answer, VariedNumber
from lambdaplan.comparison import envelope
from lambdaplan.comparison.comparison import first_crossover
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Sweep

CHUNK = 10
EDGES = 300 if PROVE else 60  # places along the axis where a random scenario's bills may bend
REQUESTS = chunks(10, 1000, CHUNK)
NARROW = chunks(5, 300, 5)
AXES = chunks(5, 600, 5)
STEPS = chunks(5, 200, 5)


def compared(document):
    return lambdaplan.compare(lambdaplan.Scenario.from_dict(document))


def reported(document, printed):
    """The changes that the package prints: of the winner, then of each pair."""
    of_all = [(Fraction(str(c["at"])), c["below"], c["above"]) for c in printed["crossovers"]]
    pairs = [
        [(Fraction(str(c["at"])), c["below"], c["above"]) for c in pair["crossovers"]] for pair in printed["pairs"]
    ]
    labels = [option["label"] for option in document["options"]]
    assert [(pair["a"], pair["b"]) for pair in printed["pairs"]] == [(labels[0], label) for label in labels[1:]]
    return [of_all, *pairs]


def expected(document, found):
    labels = {None: None} | {i: option["label"] for i, option in enumerate(document["options"])}
    return [[(Fraction(at), labels[below], labels[above]) for at, below, above in run] for run in found]


def assert_same(seed, document, found):
    printed = compared(document).document()
    for run, (got, want) in enumerate(zip(reported(document, printed), expected(document, found), strict=True)):
        missing = [change for change in want if change not in got]
        false = [change for change in got if change not in want]
        assert got == want, f"seed {seed}, run {run} (0: all; n: first and n-th), missing {missing}, false {false}"
    return printed


@pytest.mark.parametrize("some", REQUESTS, ids=str)
def test_crossovers_over_requests_are_those_found_by_brute_force(some):
    for seed in some:
        document = strategies.random_scenario(random.Random(seed), EDGES)
        assert_same(seed, document, oracle_compare.changes(document))


@pytest.mark.parametrize("seed", seeds(2, 300))
def test_crossovers_hold_where_cpu_credits_bend_and_step_the_cheapest_bills(seed):
    document = strategies.random_credit_scenario(random.Random(seed), 0.02, 4)
    assert_same(seed, document, oracle_compare.changes(document))


def asked(options, sweep, region="us-east-1", over="workload.requests_per_month", **workload):
    """A small scenario over a short axis."""
    labelled = [{"label": str(index)} | option for index, option in enumerate(options)]
    fields = {name: workload.pop(name) for name in ("include", "prices", "book") if name in workload}
    workload = {"requests_per_month": 1000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 100} | workload
    if "cpu_ms" in workload:
        del workload["busy_share"]
    axis = {"over": over, "from": sweep[0], "to": sweep[1], "scale": "linear", "points": 5}
    return {
        "version": 1,
        "name": "n",
        "region": region,
        "workload": workload,
        "options": labelled,
        "sweep": axis,
    } | fields


FORMER = "aws-2026-11-25"  # which has no price of surplus credits in some regions
T4G = {"kind": "ec2", "instance_type": "t4g.small"}
C7G = {"kind": "ec2", "instance_type": "c7g.large", "survive_zone_loss": False}
SPOT = {"kind": "ec2", "instance_type": "r7g.medium", "purchase": "spot"}
HEAVY = {"duration_ms": 750, "measured_memory_mb": 2048, "working_set_mb": 1700, "busy_share": 0.7}
OWN = [{"service": "lambda", "item": "duration/x86_64", "price_usd": "0.00001"}]

# Each was wrong once.
FOUND = {
    "a tie with the known part of an unknown option": (
        # Two volumes of 8 GB at 0.0952 are known; 0.0000032 a request reach them exactly at 476,000.
        asked(
            [SPOT, {"kind": "lambda", "memory_mb": 1536}],
            (475_000, 477_000),
            "eu-central-1",
            include=["compute"],
            prices=OWN,
            cpu_ms=0,
        ),
        [(476_000, "1", None)],
    ),
    "nobody wins at the start": (
        asked([{"kind": "lambda", "memory_mb": 2048}, SPOT | {"instance_type": "c6g.medium"}], (0, 10), "ap-south-2"),
        [],
    ),
    "nothing unknown without traffic": (
        asked([{"kind": "ec2", "instance_type": "m8g.medium"}], (0, 10), "ap-southeast-2"),
        [(1, "0", None)],
    ),
    "surplus credits without a price": (
        asked([T4G], (1000, 20_000_000), "us-east-2", book=FORMER, duration_ms=750, working_set_mb=900, cpu_ms=214.5),
        [(9_801_399, "0", None), (16_335_665, None, "0"), (19_602_798, "0", None)],
    ),
    "surplus credits that begin at a whole request": (
        asked(
            [{"kind": "ec2", "instance_type": "t3.large", "front_door": "none"}],
            (42_047_000, 42_049_000),
            book=FORMER,
            **HEAVY,
        ),
        [(42_048_001, "0", None)],
    ),
    "a near tie after an exact one": (
        asked(
            [C7G, {"kind": "lambda", "memory_mb": 2048}, {"kind": "lambda", "memory_mb": 2048}],
            (2048, 2050),
            over="options.1.memory_mb",
            requests_per_month=3_657_871,
            duration_ms=3000,
            measured_memory_mb=128,
            working_set_mb=1700,
            busy_share=0.726,
            request_mb=100,
        ),
        [(2049, "1", "2")],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_faults_found_once_stay_mended(name, monkeypatch):
    document, want = FOUND[name]
    if "book" in document:
        book = oracle.read_book(document["book"])
        monkeypatch.setattr(oracle, "book", lambda: book)
    over_requests = document["sweep"]["over"] == "workload.requests_per_month"
    brute_force = oracle_compare.changes if over_requests else oracle_compare.changes_one_by_one
    assert expected(document, brute_force(document))[0] == want
    assert reported(document, compared(document).document())[0] == want


@pytest.mark.parametrize("some", NARROW, ids=str)
def test_every_single_request_of_a_narrow_range_has_the_winner_that_the_crossovers_say(some):
    # No knowledge of breakpoints here: each request is billed anew.
    for seed in some:
        rng = random.Random(seed)
        document = strategies.random_scenario(rng, 60)
        sweep = document["sweep"]
        turns = [at for run in oracle_compare.changes(document) for at, *_ in run]
        edges = [e for way in oracle_compare.options(document) for e in way.edges(sweep["from"], sweep["to"])]
        middle = rng.choice(turns or edges or [sweep["to"]])
        start = max(0, middle - rng.randint(1, 25))
        document["sweep"] |= {"from": start, "to": start + 50, "scale": "linear"}
        one_by_one = oracle_compare.changes_one_by_one(document)
        assert oracle_compare.changes(document) == one_by_one, f"seed {seed}: the oracle misses a breakpoint"
        assert_same(seed, document, one_by_one)


@pytest.mark.parametrize("some", AXES, ids=str)
def test_crossovers_over_other_axes_are_those_found_step_by_step(some):
    for seed in some:
        document, grain = strategies.random_axis_scenario(random.Random(seed))
        assert_same(seed, document, oracle_compare.changes_one_by_one(document, grain))


@pytest.mark.parametrize("seed", [None, *seeds(0, 30)])
def test_stretches_that_bounds_leave_out_hold_no_crossover(seed, monkeypatch):
    """Along long axes of other numbers: the same crossovers as where every step is billed."""
    scenario = lambdaplan.Scenario.load(data_dir() / "scenarios" / "node_api.json")
    if seed is not None:
        scenario = lambdaplan.Scenario.from_dict(strategies.random_scenario(random.Random(seed), 60))
    fields = ["duration_ms", "working_set_mb", "request_mb", "request_kb", "response_kb", "measured_memory_mb"]
    paths = {f"workload.{field}" for field in fields} | {"options.0.memory_mb"}
    for path in sorted(paths & set(scenario.axes())):
        number = VariedNumber(Answer(compare(scenario)), path, scenario.axes()[path])
        own, grain = number.start(1), number.axis.grain
        low, high = max(number.limit(-1), own // 4), min(number.limit(1), own // 4 + 5000)
        sweep = Sweep(over=path, start=low * grain, to=high * grain, scale="linear")
        with_bounds = compare(dataclasses.replace(scenario, sweep=sweep)).crossovers
        with monkeypatch.context() as patch:
            patch.setattr(envelope, "is_steady", lambda axis, option_index: False)
            step_by_step = compare(dataclasses.replace(scenario, sweep=sweep)).crossovers
        assert with_bounds == step_by_step, path


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_winners_differ_on_both_sides_of_a_crossover(seed):
    # By the package's own word at the points: no tie at a point can hide it, as runs end only there.
    document = strategies.random_scenario(random.Random(1000 + seed), EDGES)
    for crossover in compared(document).document()["crossovers"][:4]:
        at = crossover["at"]
        below, above = (
            compared(oracle_compare.with_value(document, "workload.requests_per_month", requests))
            for requests in (at - 1, at)
        )
        names = [option["label"] for option in document["options"]]
        before = [names[i] for i in oracle_compare.cheapest(oracle_compare.costs(document, at - 1))] or [None]
        after = [names[i] for i in oracle_compare.cheapest(oracle_compare.costs(document, at))] or [None]
        assert crossover["below"] in before and crossover["below"] not in after
        assert crossover["above"] == after[0] == above.winner
        assert below.winner == before[0]


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_a_step_is_where_a_fleet_grows_and_a_crossing_where_lines_meet(seed):
    document = strategies.random_scenario(random.Random(2000 + seed), EDGES)
    ways = dict(zip((o["label"] for o in document["options"]), oracle_compare.options(document), strict=True))
    for crossover in compared(document).document()["crossovers"]:
        if crossover["below"] is None or crossover["above"] is None:
            continue
        at = crossover["at"]
        grows = any(at - 1 in ways[crossover[side]].unit_edges(at - 1, at) for side in ("below", "above"))
        assert crossover["kind"] == ("step" if grows else "crossing"), f"seed {seed} at {at}"


@pytest.mark.parametrize("some", STEPS, ids=str)
def test_units_are_right_one_request_below_at_and_above_every_kind_of_step(some):
    for seed in some:
        rng = random.Random(seed)
        document = strategies.swept_over_requests(rng, 200)
        ways = oracle_compare.options(document)
        sweep = document["sweep"]
        steps = {e for way in ways for e in way.fleet_edges(sweep["from"], sweep["to"]) if e > 0}
        for edge in rng.sample(sorted(steps), min(3, len(steps))):
            for requests in (edge - 1, edge, edge + 1):
                assert_units(seed, oracle_compare.with_value(document, "workload.requests_per_month", requests))


def assert_units(seed, document):
    requests = document["workload"]["requests_per_month"]
    printed = compared(document).options
    for way, option in zip(oracle_compare.options(document), printed, strict=True):
        if way.kind == "lambda" or not way.can_carry(requests):
            continue
        units = way.running(requests)
        where = f"seed {seed}, {option.label}, {requests} requests"
        fleet = option.document()["fleet"]
        assert fleet["units_peak"] == max(units), where
        mean = way.unit_hours(requests) / way.load.hours
        assert fleet["units_mean"] == pytest.approx(float(mean), rel=1e-12), where


def assert_first_is_first_of_all(seed, document):
    """The first crossover above which some option or nobody is, looked for alone, is the first such one of all."""
    comparison = compared(document)
    for above in [*(option["label"] for option in document["options"]), None]:
        start, found = first_crossover(comparison.scenario, {above})
        assert start == comparison.at_start, f"seed {seed}"
        after = [c for c in comparison.crossovers if c.above == above != start]
        assert found == (after[0] if after else None), f"seed {seed}, {above}"
    if comparison.crossovers:
        assert comparison.at_start == comparison.crossovers[0].below, f"seed {seed}"


@pytest.mark.parametrize("some", NARROW, ids=str)
def test_the_first_crossover_alone_is_the_first_of_all(some):
    for seed in some:
        assert_first_is_first_of_all(seed, strategies.random_scenario(random.Random(seed), EDGES))
        assert_first_is_first_of_all(seed, strategies.random_axis_scenario(random.Random(seed))[0])


def test_a_comparison_that_nobody_needs_is_let_go():
    comparison = compared(strategies.random_scenario(random.Random(1)))
    assert comparison.crossovers is comparison.crossovers
    axis = weakref.ref(comparison.axis)
    del comparison
    gc.collect()
    assert axis() is None
