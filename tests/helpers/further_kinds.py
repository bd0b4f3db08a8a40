"""Random scenarios with Managed Instances and Web Functions: those of `strategies`, some options exchanged."""

from __future__ import annotations

import random

import oracle
import oracle_auto
import oracle_compare
import strategies
from examples import PRICES

KINDS = ("lambda_managed_instances", "ecs_managed_instances", "lambda_web")


def rates(**changes: str) -> list[dict[str, str]]:
    """Own prices of Web Functions, some of them changed, or left out where empty."""
    wanted = PRICES["lambda_web"] | changes
    return [{"service": "lambda_web", "item": item, "price_usd": usd} for item, usd in wanted.items() if usd]


def random_option(rng: random.Random, kind: str, region: str) -> dict:
    if kind == "lambda_web":
        option: dict = {"requests_at_once": rng.choice((1, 5, 64, 128)), "keep_alive_s": rng.choice((60, 320, 900.5))}
        if rng.random() < 0.5:
            option["target_utilisation"] = rng.choice((0.3, 0.8, 1))
        return {"kind": kind, **option}
    types = {
        "lambda_managed_instances": ("m7g.large", "c7g.large", "r7g.xlarge", "m6a.2xlarge"),
        "ecs_managed_instances": ("t4g.small", "t3.medium", "m7g.medium", "c7g.large"),
    }
    sold = [name for name in types[kind] if name in oracle.instance_types(region)]
    if not sold:
        return {"kind": "lambda_web"}
    option = {"kind": kind, "instance_type": rng.choice(sold)} | strategies.fleet_fields(rng)
    if kind == "lambda_managed_instances":
        more = {
            "memory_gb": (2, 4),
            "requests_at_once": (1, 10, 1600),
            "reserved_vcpu": (0, 1),
            "reserved_mb": (0, 500),
        }
        option |= {name: rng.choice(values) for name, values in more.items() if rng.random() < 0.4}
        option["min_units"] = min(option.get("min_units", 3), option.get("max_units", 10**9))
        if option.get("reserved_mb") and option.get("memory_gb") == 4:
            del option["memory_gb"]
        if option["instance_type"] == "c7g.large":
            option.pop("memory_gb", None)
            option.pop("reserved_mb", None)
    elif rng.random() < 0.3:
        option["purchase"] = "spot"
    return option


def with_further_kinds(rng: random.Random, most_edges: int = 300) -> dict:
    """A random scenario in which some options are of the further kinds. Most where nothing changes are thrown back."""
    while True:
        document = strategies.swept_over_requests(rng, most_edges)
        for place, option in enumerate(document["options"]):
            if rng.random() < 0.6:
                document["options"][place] = random_option(rng, rng.choice(KINDS), document["region"]) | {
                    "label": option["label"]
                }
        if rng.random() < 0.8:
            mine = [price for price in document.get("prices", []) if price["service"] != "lambda_web"]
            document["prices"] = mine + rates()
        if any(oracle_compare.changes(document)[0]) or rng.random() < 1 / 6:
            return document


# Families of both processors, of one, and with types that a kind does not run on.
FAMILIES = (["m7g", "m6i"], ["c7g", "t3", "c6a"], ["m7i"], ["r7g", "t4g"], ["c7i", "r6a"])
PLANS = (None, None, "compute_savings_plan_1y_no_upfront", "compute_savings_plan_3y_all_upfront")


def further_capacity_option(rng: random.Random, kind: str) -> dict:
    """An option of a further kind for scenarios of capacity, in us-east-1; often of open size."""
    if kind == "lambda_web":
        option = random_option(rng, kind, "us-east-1")
        return option | {"requests_at_once": min(option["requests_at_once"], rng.choice((5, 128)))}
    fields = strategies.capacity_fleet(rng)
    if kind == "lambda_managed_instances":
        del fields["min_units"]
    plan, families = rng.choice(PLANS), rng.choice(FAMILIES)
    sold = {name.split(".")[0] for name, terms in oracle_auto.priced_types("us-east-1") if terms == plan}
    if plan and sold >= set(families):
        fields["purchase"] = plan
    if rng.random() < 0.4:
        option = {"kind": kind, "instance_type": rng.choice(("m7g.large", "m6i.xlarge"))} | fields
        if kind == "ecs_managed_instances" and rng.random() < 0.5:
            own = {"cpu_credits": rng.choice(("standard", "unlimited"))}
            option |= {"instance_type": rng.choice(("t4g.small", "t3.medium"))} | own
        return option
    option = {"kind": kind, "instance_type": "auto", "families": families} | fields
    if kind == "lambda_managed_instances" and rng.random() < 0.5:
        option["memory_gb"] = rng.choice((2, 3.1875, 3.25, 8))
    return option


def with_further_options(rng: random.Random, document: dict) -> dict:
    """A scenario of capacity with an option of each further kind, and own prices of Web Functions."""
    here = len(document["options"])
    more = [
        further_capacity_option(rng, kind) | {"label": f"Option {here + n}"}
        for n, kind in enumerate(rng.sample(KINDS, rng.randint(1, 3)), 1)
    ]
    work = document["workload"]
    if rng.random() < 0.3:
        work = work | {"init_ms": rng.choice((300, 12.5, 3000)), "cold_fraction": rng.choice((0.01, 0.00034, 1))}
    prices = [*document.get("prices", []), *rates()]
    return document | {"workload": work, "options": [*document["options"], *more], "prices": prices}
