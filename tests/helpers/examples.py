"""An example of each platform, and what a scenario must say so that a word of `include` can be counted.

A platform or a word that has none here is named by the tests that need it.
"""

from __future__ import annotations

from typing import Any

import pytest

from lambdaplan.platforms import OPTIONS
from lambdaplan.scenario.scenario import INCLUDE, Scenario

PLATFORMS: dict[str, dict[str, Any]] = {
    "lambda": {"memory_mb": 1024},
    "fargate": {"vcpu": 0.5, "memory_gb": 1, "architecture": "arm64"},
    "ec2": {"instance_type": "t4g.small"},
    "hybrid": {
        "base": {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, "min_units": 2},
        "level": 2,
        "overflow": {"kind": "lambda", "memory_mb": 512},
    },
    "lambda_managed_instances": {"instance_type": "m7g.large"},
    "ecs_managed_instances": {"instance_type": "t4g.small"},
    "lambda_web": {},
}
# Prices that no book has: those of a platform that can't be billed without.
PRICES: dict[str, dict[str, str]] = {
    "lambda_web": {"requests": "0.0000004", "active_cpu": "0.00003", "memory": "0.000004"}
}
# Parts of the workload and of the document, and of each option, that a word needs or is told by.
WORDS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "compute": ({}, {}, {}),
    "front_door": ({}, {}, {}),
    "network": ({"response_kb": 20, "outbound_kb": 5}, {}, {}),
    "logs": ({"log_kb": 2}, {}, {}),
    "services": ({}, {"services": [{"service": "sqs", "per_request": {"standard_requests": 3}}]}, {}),
    "operations": ({}, {"operations": {"wage_usd_per_hour": 60}}, {"operations_hours": 3, "on_call_hours": 1}),
}


def platform_example(kind: str) -> dict[str, Any]:
    """An option of a platform, as a scenario has it."""
    if kind not in PLATFORMS:
        pytest.fail(f'the platform "{kind}" has no example in tests/helpers/examples.py: add one', pytrace=False)
    return {"kind": kind, **PLATFORMS[kind]}


def counting_everything(options: list[dict[str, Any]], *, without: str = "") -> Scenario:
    """A service on such options, with every word of `include` but one."""
    document: dict[str, Any] = {"version": 1, "name": "Everything & <everywhere>"}
    workload = {"requests_per_month": 10_000_000, "duration_ms": 200, "measured_memory_mb": 1024}
    workload |= {"busy_share": 0.3, "working_set_mb": 180, "request_mb": 2, "traffic": {"shape": "office_hours"}}
    of_each: dict[str, Any] = {}
    for word in INCLUDE:
        if word not in WORDS:
            pytest.fail(f'the word "{word}" of include is not in tests/helpers/examples.py: add it', pytrace=False)
        for mine, theirs in zip((workload, document, of_each), WORDS[word], strict=True):
            mine.update(theirs)
    first, *others = ({**option, **of_each} for option in options)
    given = [first, *({**option, "migration": {"usd": 200}} for option in others)]
    include = [word for word in INCLUDE if word != without]
    prices = [
        {"service": option["kind"], "item": item, "price_usd": usd}
        for option in options
        for item, usd in PRICES.get(option["kind"], {}).items()
        if without != "compute"  # else they touch no line
    ]
    document["prices"] = prices
    return Scenario.from_dict({**document, "include": include, "workload": workload, "options": given})


def one_platform(kind: str) -> Scenario:
    """A platform beside a function, and a function beside a fleet."""
    rival = {"kind": "fargate", "vcpu": 1, "memory_gb": 2} if kind == "lambda" else {"kind": "lambda", "memory_mb": 512}
    return counting_everything([platform_example(kind), rival])


def all_platforms(*, without: str = "") -> Scenario:
    """Every platform that there is, beside one another."""
    return counting_everything([platform_example(kind) for kind in OPTIONS], without=without)
