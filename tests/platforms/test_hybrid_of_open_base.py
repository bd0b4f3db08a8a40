"""A hybrid whose base is left open costs what the cheapest of the hybrids with a base of given size costs."""

import random

import pytest

from campaigns import PROVE
from lambdaplan import Scenario, compare
from lambdaplan.pricing.price_book import PriceBook

BOOK = PriceBook.load()
TASKS = [{"vcpu": float(v), "memory_gb": float(gb)} for v, sizes in BOOK.task_sizes["linux"].items() for gb in sizes]
FAMILIES = ["t4g", "c7g"]
TYPES = [{"instance_type": name} for name in BOOK.instance_types if name.split(".")[0] in FAMILIES]
LAMBDA = {"kind": "lambda", "memory_mb": 1024, "architecture": "arm64"}
FLEET = {"min_units": 1, "zones": 1, "survive_zone_loss": False}


def asked(rng: random.Random) -> dict:
    """A service with a week of two levels."""
    return {
        "version": 1,
        "name": "hybrid of open base",
        "memory_headroom": 0,  # a size that is given is not judged by it
        "workload": {
            "requests_per_month": rng.randrange(10**6, 2 * 10**8),
            "duration_ms": rng.choice([20, 80, 250]),
            "measured_memory_mb": 1024,
            "busy_share": rng.choice([0.1, 0.5, 1]),
            "working_set_mb": rng.choice([100, 700, 3000]),
            "request_mb": rng.choice([0, 5]),
            "traffic": {"hourly": [1] * 100 + [rng.choice([4, 15])] * 68, "burst": rng.choice([1, 2])},
        },
    }


def hybrid(level, **base) -> dict:
    return {"kind": "hybrid", "level": level, "base": {**base, **FLEET}, "overflow": {**LAMBDA, "front_door": "none"}}


def costs(document: dict, options: list[dict]) -> list:
    """What each of some options costs; None where it breaks a limit."""
    labelled = [{**option, "label": f"option {n}"} for n, option in enumerate(options)]
    results = [r for n in range(0, len(labelled), 50)
               for r in compare(Scenario.from_dict({**document, "options": labelled[n : n + 50]})).options]  # fmt: skip
    return [result.cost_usd if result.feasible else None for result in results]


@pytest.mark.parametrize("seed", range(40 if PROVE else 6))
def test_a_base_left_open_is_the_cheapest_of_its_sizes(seed):
    rng = random.Random(seed)
    document, level = asked(rng), rng.choice(["auto", 5, 60])
    open_base, sizes = rng.choice(
        [
            ({"kind": "fargate", "size": "auto", "architecture": "arm64"},
             [{"kind": "fargate", "architecture": "arm64", **size} for size in TASKS]),
            ({"kind": "ec2", "instance_type": "auto", "families": FAMILIES}, [{"kind": "ec2", **size} for size in TYPES]),
        ]
    )  # fmt: skip
    (chosen,) = costs(document, [hybrid(level, **open_base)])
    known = [usd for usd in costs(document, [hybrid(level, **size) for size in sizes]) if usd is not None]
    assert chosen == (min(known) if known else None)


def test_crossovers_with_a_base_left_open_hold_on_both_sides():
    document = asked(random.Random(3))
    document["workload"] |= {"busy_share": 0.5, "working_set_mb": 700}
    document["options"] = [LAMBDA, {**hybrid("auto", kind="fargate", size="auto", architecture="arm64"), "label": "h"}]
    document["sweep"] = {"from": 10_000, "to": 300_000_000}
    made = compare(Scenario.from_dict(document))
    assert made.crossovers
    for crossover in made.crossovers[:3]:
        for at, winner in ((crossover.at - 1, crossover.below), (crossover.at, crossover.above)):
            there = Scenario.from_dict({**document, "workload": {**document["workload"], "requests_per_month": at}})
            assert compare(there).winner == winner


@pytest.mark.parametrize("slo", [None, {"percentile": 95, "response_ms": 400}])
def test_base_and_memory_left_open_go_with_cold_starts(slo):
    """It costs what the same hybrid costs with the base and the memory named that were chosen."""
    document = asked(random.Random(1))
    document["workload"] |= {"traffic": {"shape": "office_hours"}, "runtime": "python3.12"} | (
        {"slo": slo} if slo else {}
    )
    option = {"kind": "hybrid", "base": {"kind": "fargate", "size": "auto"}}
    document |= {"sweep": {"from": 10**6, "to": 2 * 10**6}, "options": [option]}
    result = compare(Scenario.from_dict(document)).options[0]
    base, memory_mb = result.option.base, result.option.overflow.memory_mb
    named = {"kind": "fargate", "vcpu": float(base.vcpu), "memory_gb": float(base.memory_gb)}
    level = {"level": int(result.option.level)} if isinstance(result.option.level, int) else {}
    document["options"] = [
        option | level | {"base": named, "overflow": {"kind": "lambda", "memory_mb": int(memory_mb)}}
    ]
    there = compare(Scenario.from_dict(document)).options[0]
    assert there.bill.total_usd == result.bill.total_usd
