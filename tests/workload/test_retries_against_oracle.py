"""Random scenarios with retries cost what the oracle makes of the rules in the docs, option by option."""

from __future__ import annotations

import random
from typing import Any

import pytest

import oracle_retries
from campaigns import chunks
from lambdaplan import Scenario, compare
from strategies import has_bursts, scenario_base

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
