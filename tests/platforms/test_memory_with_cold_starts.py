"""Memory left open with cold starts or provisioned concurrency: the same choice everywhere, near the best of all sizes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from campaigns import PROVE, seeds
from lambdaplan import Scenario, atlas, compare, memory_curve

TASKS = {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5}


def scenario(rng: random.Random, **option: Any) -> Scenario:
    work = {
        "requests_per_month": int(10 ** rng.uniform(3, 6)),
        "duration_ms": rng.choice((3, 20, 100, 400)),
        "busy_share": rng.choice((0, 0.1, 0.3, 1)),
        "measured_memory_mb": rng.choice((512, 1769)),
        "working_set_mb": rng.choice((60, 180, 700)),
        "init_ms": rng.choice((100, 800, 5000)),
        "traffic": {"shape": rng.choice(("flat", "office_hours")) if PROVE else "flat", "burst": rng.choice((1, 1.5))},
    }
    if rng.random() < 0.3:
        work["first_run_ms"] = work["duration_ms"] * 3
    if rng.random() < 0.2:
        work["arrivals"] = "regular"
    given = {"kind": "lambda", "memory_mb": "auto", "front_door": rng.choice(("none", "http_api", "alb")), **option}
    options = [given, TASKS]
    sweep = {} if PROVE else {"sweep": {"from": 100_000, "to": 1_000_000}}
    return Scenario.from_dict({"version": 1, "name": "open", "workload": work, "options": options, **sweep})


@pytest.mark.parametrize("seed", seeds(1, 60))
def test_the_choice_is_near_the_best_of_all_sizes(seed: int) -> None:
    rng = random.Random(seed)
    asked = scenario(rng)
    chosen = compare(asked).options[0]
    least_mb = int(-(-asked.workload.working_set_mb / (1 - asked.memory_headroom) // 1))
    sizes = range(max(least_mb, 128), 1800, 1 if PROVE else 211)
    each = [compare(asked.with_values({"options.0.memory_mb": size})).options[0].cost_usd for size in sizes]
    assert chosen.cost_usd <= min(each) * (1 + 3e-3)


@pytest.mark.parametrize("option", [{}, {"provisioned": "auto"}, *([{"provisioned": 1}] if PROVE else [])], ids=str)
@pytest.mark.parametrize("seed", seeds(1, 20))
def test_it_is_that_of_compare_along_axes_in_maps_and_on_curves(seed: int, option: dict[str, Any]) -> None:
    rng = random.Random(seed)
    asked = scenario(rng, **option)
    made = compare(asked)
    for crossover in made.crossovers:
        for at, winner in ((crossover.at - 1, crossover.below), (crossover.at, crossover.above)):
            assert compare(made.axis.scenario.at("workload.requests_per_month", int(at))).winner == winner
    stands = made.axis.scenario
    for place in (10**5, 333_333):
        there = compare(stands.at("workload.requests_per_month", place)).options[0]
        assert made.along([place]).usd[there.label][0] == pytest.approx(float(there.cost_usd or 0), rel=1e-12)
    if option.get("provisioned") != "auto":
        assert memory_curve(asked).chosen_mb == made.options[0].option.function_mb
    drawn = atlas(asked, over=("workload.duration_ms", "workload.requests_per_month"), points=2, x_range=(100, 200))
    for row, column in ((0, 0), (1, 1)):
        there = drawn.scenario.at("workload.requests_per_month", int(drawn.y[row]))
        there = there.at("workload.duration_ms", drawn.sides[0].value(drawn.places[0][column]))
        assert drawn.label(drawn.winner[row, column]) == compare(there).winner
