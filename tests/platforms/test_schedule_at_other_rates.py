"""The chosen schedule of provisioned concurrency is the cheapest of all, at rates of one's own and rounded durations."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from campaigns import seeds
from lambdaplan import Scenario, compare

RATES = ("0.00000001", "0.0000001", "0.0000004", "0.000002")


def drawn(seed: int) -> dict[str, Any]:
    """A function of two kinds of hours, with a rate of one's own for none, one or both of its kinds of requests."""
    draw = random.Random(seed)
    low = draw.choice([2, 3, 5])
    duration_ms, memory_mb = draw.choice([1.2, 3, 20, 101.5, 200, 900]), draw.choice([128, 512, 1024, 3008])
    requests = int(draw.uniform(0.3, 5) * 1000 / duration_ms * 3600 * 730 / 1.6)
    free, given = draw.random() < 0.5, draw.choice(["requests", "provisioned_requests", "both", "none"])
    names = [name for name in ("requests", "provisioned_requests") if given in (name, "both")]
    option = {"kind": "lambda", "memory_mb": memory_mb}
    if draw.random() < 0.3:
        option["invocation"] = "async"
    work = {"duration_ms": duration_ms, "busy_share": 0.3, "working_set_mb": 80, "request_kb": draw.choice([1, 250])}
    work["requests_per_month"] = (
        min(requests, draw.choice([800_000, 1_200_000, 3_000_000, requests])) if free else requests
    )
    prices = [{"service": "lambda", "item": f"{name}/x86_64", "price_usd": draw.choice(RATES)} for name in names]
    return {
        "version": 1,
        "name": "schedule",
        "free_tier": free,
        "prices": prices,
        "workload": work | {"traffic": {"hourly": [1] * 84 + [low] * 84, "burst": 1}},
        "options": [option],
        "sweep": {"from": 1, "to": 10**9, "points": 10},
    }


def usd(document: dict[str, Any], provisioned: Any) -> Fraction:
    option = document["options"][0] | {"provisioned": provisioned}
    cost = compare(Scenario.from_dict({**document, "options": [option]})).options[0].cost_usd
    assert cost is not None
    return cost


def assert_cheapest(document: dict[str, Any], most: int) -> None:
    """No schedule of the two kinds of hours has a lower bill."""
    chosen = usd(document, "auto")
    least = min(usd(document, [a] * 84 + [b] * 84) for a in range(most) for b in range(a, most + 3))
    assert chosen <= least


@pytest.mark.parametrize("seed", seeds(2, 120))
def test_no_other_schedule_is_cheaper_at_rates_of_ones_own(seed: int) -> None:
    assert_cheapest(drawn(seed), 7)


def test_a_rate_for_one_of_the_two_requests_moves_the_schedule() -> None:
    """20 ms at 1 GB: a request is 0.2 millionths of a dollar on demand; at a tenth of it where environments are ready
    they pay at little use, at ten times never."""
    document = drawn(5) | {"prices": []}
    document["options"] = [{"kind": "lambda", "memory_mb": 1024}]
    document["workload"] |= {"duration_ms": 20, "requests_per_month": 100_000_000}

    def ready(rate: str) -> list[int]:
        prices = [{"service": "lambda", "item": "provisioned_requests/x86_64", "price_usd": rate}]
        own = {**document, "prices": prices, "options": [document["options"][0] | {"provisioned": "auto"}]}
        found = compare(Scenario.from_dict(own)).options[0].document()["fleet"]["provisioned"]
        return [found[0], found[-1]] if isinstance(found, list) else [found, found]

    assert ready("0.000002") == [0, 0]
    cheap, listed = ready("0.00000002"), ready("0.0000002")
    assert sum(cheap) > sum(listed)
    cheaper = {"service": "lambda", "item": "provisioned_requests/x86_64", "price_usd": "0.00000002"}
    assert_cheapest({**document, "prices": [cheaper]}, 5)
