"""The map of the cheapest option: each point is what compare says, each boundary exact to the step."""

import random
from fractions import Fraction

import numpy as np
import pytest

import lambdaplan
from lambdaplan import Scenario

REQUESTS = "workload.requests_per_month"
OPTIONS = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    {"kind": "ec2", "instance_type": "m7g.large"},
]


def scenario(**changes):
    document = {
        "version": 1,
        "name": "map",
        "workload": {
            "requests_per_month": 10**7,
            "duration_ms": 200,
            "busy_share": 0.3,
            "working_set_mb": 300,
            "traffic": {"hourly": [1] * 84 + [4] * 84, "burst": 2},
        },
        "options": OPTIONS,
    }
    return Scenario.from_dict(document | changes)


OVERS = [
    (REQUESTS, "workload.duration_ms"),
    (REQUESTS, "workload.busy_share"),
    ("workload.duration_ms", "workload.traffic.burst"),
    ("options.0.memory_mb", REQUESTS),
    ("options.1.target_utilisation", REQUESTS),
    ("options.2.min_units", "workload.request_kb"),
]


def value(asked, path, number):
    rule = asked.axis(path, "over")
    exact = Fraction(repr(float(number)))
    return int(exact) if rule.whole else exact


@pytest.mark.parametrize("over", OVERS)
def test_each_point_has_the_winner_that_compare_finds(over):
    asked = scenario()
    found = lambdaplan.atlas(asked, over=over, points=25)
    rng = random.Random(str(over))
    for _ in range(40):
        row, column = rng.randrange(len(found.y)), rng.randrange(len(found.x))
        there = asked.at(over[0], value(asked, over[0], found.x[column])).at(
            over[1], value(asked, over[1], found.y[row])
        )
        comparison = lambdaplan.compare(there)
        assert found.label(found.winner[row, column]) == comparison.winner
        assert found.close[row, column] == comparison.close
        for which, result in enumerate(comparison.options):
            usd = found.usd[which, row, column]
            assert usd == pytest.approx(float(result.cost_usd), rel=1e-9) if result.feasible else np.isnan(usd)


@pytest.mark.parametrize("over", OVERS[:4])
def test_the_winner_changes_at_each_boundary_and_one_step_before_is_the_other(over):
    asked = scenario()
    found = lambdaplan.atlas(asked, over=over, points=20)
    grain = asked.axis(over[0], "over").grain
    rng = random.Random(1)
    assert found.boundaries
    for boundary in rng.sample(found.boundaries, min(12, len(found.boundaries))):
        at = value(asked, over[0], boundary.at)
        row = asked.at(over[1], value(asked, over[1], boundary.y))
        assert lambdaplan.compare(row.at(over[0], at)).winner == boundary.above
        assert lambdaplan.compare(row.at(over[0], at - (int(grain) if grain == 1 else grain))).winner == boundary.below


def test_boundaries_of_a_row_are_the_crossovers_of_that_row():
    asked = scenario()
    found = lambdaplan.atlas(asked, over=(REQUESTS, "workload.duration_ms"), points=(200, 5))
    for y in found.y:
        crossovers = lambdaplan.compare(
            asked.at("workload.duration_ms", value(asked, "workload.duration_ms", y))
        ).crossovers
        mine = {(b.at, b.below, b.above) for b in found.boundaries if b.y == y}
        assert mine <= {(c.at, c.below, c.above) for c in crossovers}
        if len(crossovers) < 3:
            assert len(mine) == len(crossovers)


def test_options_that_tie_everywhere_go_to_the_first_and_are_too_close_to_call():
    twins = [OPTIONS[0], {**OPTIONS[0], "label": "twin"}]
    found = lambdaplan.atlas(scenario(options=twins), over=(REQUESTS, "workload.duration_ms"), points=10)
    assert set(found.winner.ravel().tolist()) == {0}
    assert found.close.all() and not found.boundaries


def test_where_nothing_is_feasible_or_a_price_is_missing_nobody_wins():
    small = lambdaplan.atlas(
        scenario(options=OPTIONS[:1]), over=("workload.working_set_mb", REQUESTS), points=8, x_range=(500, 2000)
    )
    assert {small.label(n) for n in small.winner[:, -1]} == {None}
    assert {small.label(n) for n in small.winner[:, 0]} == {"Lambda 1024 MB"}
    unpriced = scenario(region="ap-east-2", options=[OPTIONS[0], {"kind": "fargate", "vcpu": 1, "memory_gb": 2}])
    if any(result.bill.unknown for result in lambdaplan.compare(unpriced).options):
        assert None in lambdaplan.atlas(unpriced, over=(REQUESTS, "workload.duration_ms"), points=8).share


def test_sizes_left_to_be_chosen_can_stand_on_a_map():
    asked = scenario(options=[OPTIONS[0], {"kind": "fargate", "size": "auto"}])
    found = lambdaplan.atlas(asked, over=(REQUESTS, "workload.duration_ms"), points=6)
    for row, y in enumerate(found.y):
        for column, x in enumerate(found.x):
            there = asked.at(REQUESTS, int(x)).at("workload.duration_ms", value(asked, "workload.duration_ms", y))
            assert found.label(found.winner[row, column]) == lambdaplan.compare(there).winner


@pytest.mark.parametrize(
    ("over", "more", "words"),
    [
        ((REQUESTS, "workload.duration"), {}, ["over.1", "Did you mean workload.duration_ms?"]),
        ((REQUESTS, REQUESTS), {}, ["over.1", "the first number too"]),
        ((REQUESTS,), {}, ["over"]),
        ((REQUESTS, "region"), {}, ["over.1"]),
        ((REQUESTS, "workload.duration_ms"), {"points": 1}, ["points = 1 is outside 2..2000"]),
        ((REQUESTS, "workload.duration_ms"), {"points": "many"}, ["points"]),
        ((REQUESTS, "workload.busy_share"), {"y_range": (0, 1.5)}, ["y_range.1 = 1.5 is outside 0..1"]),
        ((REQUESTS, "workload.busy_share"), {"y_range": (0.5, 0.5)}, ["y_range.1", "not above"]),
        ((REQUESTS, "workload.duration_ms"), {"x_range": (-5, 10)}, ["x_range.0 = -5"]),
    ],
)
def test_one_line_for_a_wrong_argument(over, more, words):
    with pytest.raises(lambdaplan.InputError) as error:
        lambdaplan.atlas(scenario(), over=over, **more)
    assert all(word in str(error.value).split("\n")[0] for word in words)


def test_the_picture_has_exact_ends_a_cross_and_its_finding():
    found = lambdaplan.atlas(scenario(), over=(REQUESTS, "workload.duration_ms"), points=20)
    spec = lambdaplan.chart(found).to_dict()
    ends = {row["x"] for row in spec["layer"][0]["data"]["values"]}
    assert {float(boundary.at) for boundary in found.boundaries} <= ends
    assert spec["title"]["text"][0].startswith("Cheapest on this map: ")
    assert any(layer.get("mark", {}).get("shape") == "cross" for layer in spec["layer"])
    assert spec["description"]
    assert len(found.to_frame()) == found.winner.size
