"""Random scenarios with retries cost what the oracle makes of the rules in the docs, option by option."""

from __future__ import annotations

import random
from typing import Any

import pytest

import oracle_retries
from campaigns import chunks
from lambdaplan import Scenario, compare
from strategies import capacity_hybrid, has_bursts, random_capacity_scenario, scenario_base

AROUND: tuple[dict[str, Any], ...] = (
    {"service": "sqs", "per_request": {"standard_requests": 2, "payload_kb": 100}},
    {"service": "dynamodb", "per_request": {"read_request_units": 1}, "options": ["lambda"]},
    {"service": "sns", "per_month": {"publishes": 5000}},
)
AGAIN = {"sqs": "standard_requests", "dynamodb": "write_request_units", "sns": "publishes"}


def scenario_with_retries(rng: random.Random) -> dict[str, Any]:
    """A scenario without bursts, which are given in requests a second, and with who tries again."""
    document = scenario_base(rng)
    while has_bursts(document) or document["workload"].get("arrivals") == "regular":
        document = scenario_base(rng)
    for name in ("sweep", "other_costs", "services"):
        document.pop(name, None)
    if "services" in document.get("include", []):
        document["include"] = [name for name in document["include"] if name != "services"] or ["compute"]
    by = rng.choice(("async_lambda", "sqs", "eventbridge", "clients", "api_gateway", "load_balancer"))
    retries = {"by": by, "failed_share": rng.choice((0, 0.001, 0.05, 0.3, 0.99))}
    most = {"async_lambda": 3, "sqs": 12, "eventbridge": 30, "clients": 8}.get(by, 1)
    if by == "sqs" or rng.random() < 0.5:
        retries["attempts"] = rng.randint(1, most)
    if rng.random() < 0.3:
        retries["duplicate_share"] = rng.choice((0.001, 0.02, 1))
    if by in ("async_lambda", "sqs", "eventbridge") and rng.random() < 0.5:
        retries["dead_letters"] = True
    if rng.random() < 0.4:
        retries["idempotent"] = True
    document["workload"]["retries"] = retries
    if rng.random() < 0.7:
        uses = [dict(use) for use in rng.sample(AROUND, rng.randint(1, 3))]
        for use in uses:
            if rng.random() < 0.6:
                use["per_attempt"] = {AGAIN[use["service"]]: rng.randint(1, 3)}
        document["services"] = uses
        document["include"] = [*document.get("include", ["compute", "front_door"]), "services"]
        document["include"] = list(dict.fromkeys(document["include"]))
    return document


@pytest.mark.parametrize("some", chunks(60, 3000, 20), ids=str)
def test_bills_with_retries_are_those_of_the_oracle(some: range) -> None:
    for seed in some:
        document = scenario_with_retries(random.Random(f"retries {seed}"))
        results = compare(Scenario.from_dict(document)).options
        for result, (feasible, usd) in zip(results, oracle_retries.costs(document), strict=True):
            assert (result.feasible, result.bill.exact_usd if feasible else None) == (feasible, usd), (seed, document)


def tried_again(rng: random.Random, *who: str) -> dict[str, Any]:
    """Who tries again, and how often at most."""
    by = rng.choice(who)
    most = {"async_lambda": 3, "sqs": 12, "eventbridge": 30, "clients": 8}.get(by, 1)
    failed = rng.choice((0.001, 0.05, 0.3, 0.99))
    return {
        "by": by,
        "failed_share": failed,
        "attempts": rng.randint(1, most),
        "duplicate_share": rng.choice((0, 0.02)),
    }


def hybrid_with_retries(rng: random.Random) -> dict[str, Any]:
    """A scenario of capacity with a hybrid of given or open level, and with who tries again."""
    document = random_capacity_scenario(rng, ())
    while document["workload"].get("arrivals") == "regular" or "slo" in document["workload"]:
        document = random_capacity_scenario(rng, ())
    work = document["workload"]
    hybrid = capacity_hybrid(rng, work["working_set_mb"] + work.get("request_mb", 0))
    work["retries"] = tried_again(rng, "async_lambda", "sqs", "eventbridge", "clients", "api_gateway")
    return document | {"options": [hybrid | {"front_door": rng.choice(("http_api", "alb", "none"))}]}


@pytest.mark.parametrize("some", chunks(12, 1000, 6), ids=str)
def test_bills_of_hybrids_with_retries_are_those_of_the_oracle(some: range) -> None:
    for seed in some:
        document = hybrid_with_retries(random.Random(f"hybrid {seed}"))
        result = compare(Scenario.from_dict(document)).options[0]
        feasible, usd = oracle_retries.hybrid_cost(document, 0)
        found = result.feasible, result.bill.exact_usd if feasible else None
        assert found == (feasible, usd), (seed, document)


def queue_with_retries(rng: random.Random) -> dict[str, Any]:
    """A queue whose messages are tried again, on a function and on fleets of a fixed size."""
    week: dict[str, Any] = {"shape": rng.choice(("flat", "office_hours", "spiky"))}
    if rng.random() < 0.6:
        week = {"hourly": [rng.choice((0, 1, 2, 9)) for _ in range(167)] + [1]}
    work = {
        "kind": "queue",
        "max_wait_s": rng.choice((0, 60, 1800, 7200, 100_000)),
        "requests_per_month": rng.choice((1000, 3_000_000, 40_000_000)),
        "duration_ms": rng.choice((40, 900, 3000)),
        "busy_share": rng.choice((0.1, 0.5, 1)),
        "measured_memory_mb": 1769,
        "working_set_mb": 200,
        "request_mb": rng.choice((0, 40)),
        "concurrency_per_process": rng.choice((1, 4, 1000)),
        "log_kb": rng.choice((0, 2)),
        "batch_size": rng.choice((1, 7, 10)),
        "call_overhead_ms": rng.choice((0, 12.5)),
        "traffic": {**week, "burst": rng.choice((1, 1.5, 6))},
        "retries": tried_again(rng, "sqs", "eventbridge"),
    }
    fleet = {"scaling": "fixed", "target_utilisation": rng.choice((1, 0.7))}
    options = [
        {"kind": "lambda", "memory_mb": rng.choice((512, 1769))},
        {"kind": "fargate", "vcpu": rng.choice((0.5, 2)), "memory_gb": 4, **fleet},
        {"kind": "ec2", "instance_type": "c7i.large", "min_units": rng.choice((1, 3)), **fleet},
    ]
    return {"version": 1, "name": "q", "include": ["compute", "logs"], "workload": work, "options": options}


@pytest.mark.parametrize("some", chunks(2, 1000, 1), ids=str)
def test_bills_of_queues_with_retries_are_those_of_the_oracle(some: range) -> None:
    for seed in some:
        document = queue_with_retries(random.Random(f"queue {seed}"))
        document["sweep"] = {"from": 1000, "to": 2000, "points": 2}
        results = compare(Scenario.from_dict(document)).options
        for result, (feasible, usd) in zip(results, oracle_retries.queue_costs(document), strict=True):
            assert (result.feasible, result.bill.exact_usd if feasible else None) == (feasible, usd), (seed, document)
