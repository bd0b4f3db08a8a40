"""Scenarios of everything together, and what every page but `compare` must say of them: the bills of `compare`."""

from __future__ import annotations

import copy
import math
import random
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import Comparison, Rung, Scenario, atlas, compare, ladder, memory_curve
from lambdaplan.analysis import slider_grid
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import Service
from lambdaplan.errors import InputError
from strategies import random_capacity_scenario, random_scenario

REQUESTS, DURATION = "workload.requests_per_month", "workload.duration_ms"
KINDS = ("given", "auto", "hybrid", "slo", "timeout")


def random_everything(rng: random.Random, *, any_week: bool) -> Scenario:
    """A scenario that `compare` takes: random sizes, plans, hybrids, answer times, cold starts, what is kept ready."""
    while True:
        document = random_scenario(rng) if rng.random() < 0.3 else random_capacity_scenario(rng, KINDS)
        try:
            return Scenario.from_dict(_with_more(rng, document, any_week=any_week))
        except InputError:
            continue


def _with_more(rng: random.Random, given: dict[str, Any], *, any_week: bool) -> dict[str, Any]:
    document = copy.deepcopy(given)
    work = document["workload"]
    work["requests_per_month"] = min(int(work["requests_per_month"]), 10**8)
    if not any_week:  # weeks of 168 different hours take long, as do sizes to choose of which floats decide none
        work.pop("durations", None)
        if "busy_share" in work:
            work["busy_share"] = rng.choice((0.05, 0.3, 1))
        work["traffic"] = {"shape": rng.choice(("flat", "office_hours")), "burst": 1.5}
        work["requests_per_month"] = min(work["requests_per_month"], 10**7)
        if "slo" in work and (rng.random() < 0.5 or any("auto" in option.values() for option in document["options"])):
            del work["slo"]
    if rng.random() < 0.6:
        work["init_ms"] = rng.choice((50, 300, 4000))
        if rng.random() < 0.3:
            work["cold_fraction"] = rng.choice((0.001, 0.2))
        elif rng.random() < 0.5:
            work["deployments_per_month"] = rng.choice((1, 30))
    if rng.random() < 0.2:
        work["arrivals"] = "regular"
    for option in document["options"]:
        if option["kind"] != "lambda":
            continue
        if rng.random() < 0.3:
            option["memory_mb"] = "auto"
        if rng.random() < 0.4:
            option["provisioned"] = rng.choice((1, [0] * 8 + [2] * 12 + [0] * 4, "auto"))
    document.pop("sweep", None)
    own = max(work["requests_per_month"], 1)
    document["sweep"] = {"from": own, "to": own + max(own // 3, 10)}
    if own % 3 == 0:
        document["rates"] = _rates(random.Random(own))
    return document


def _rates(rng: random.Random) -> dict[str, Any]:
    """An agreement that takes unlike parts off what compute and front doors cost."""
    services = rng.sample(("lambda", "fargate", "ec2", "alb", "api_gateway_http"), 2)
    discounts = [{"service": service, "fraction": rng.randint(1, 60) / 100} for service in services]
    return {"version": 1, "discounts": [{"fraction": rng.randint(0, 20) / 100}, *discounts]}


def shown(comparison: Comparison) -> list[float]:
    """Each bill, infinite where a limit is broken, NaN where a price is missing. [USD]"""
    bills = [math.nan if r.cost_usd is None else float(r.cost_usd) for r in comparison.options]
    return [usd if r.feasible else math.inf for usd, r in zip(bills, comparison.options, strict=True)]


def near(wanted: list[float]) -> Any:
    return pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def finite(values: list[float]) -> list[float]:
    return [value if math.isfinite(value) else math.nan for value in values]


def disagreements(scenario: Scenario) -> list[str]:
    """The pages on which a bill, or who is cheapest, is not that of `compare`."""
    made, own = compare(scenario), int(scenario.workload.requests_per_month)
    bills, out = shown(made), []
    along = [float(usd[0]) for usd in made.along([max(own, made.axis.low)]).usd.values()]
    there = finite(shown(made.there(max(own, made.axis.low))))
    if along != near(there):
        out.append("axis")
    high = Fraction(scenario.workload.duration_ms) + 1
    drawn = (
        atlas(
            scenario,
            over=(REQUESTS, DURATION),
            points=2,
            x_range=(own, own + 1),
            y_range=(scenario.workload.duration_ms, high),
        )
        if _whole(scenario)
        else None
    )
    if drawn is not None and (
        [float(usd[0, 0]) for usd in drawn.usd] != near(finite(bills))
        or drawn.label(int(drawn.winner[0, 0])) != made.winner
    ):
        out.append("map")
    rung = ladder(scenario, [Rung(name="as it is", set={})]).rungs[0]
    if rung.start != made.at_start or (
        rung.break_even is not None and rung.break_even not in [c.at for c in made.crossovers]
    ):
        out.append("ladder")
    grid = slider_grid.stops(scenario)
    memory = 0 if grid.memory is None else grid.memory.here
    for n, result in enumerate(made.options):
        usd = grid.usd_cents[n][memory if n == grid.place else 0, grid.duration.here, grid.requests.here]
        if usd != int((result.bill.total_usd or result.bill.known_usd) * 100) and result.bill.total_usd is not None:
            out.append(f"what-if {n}")
    for n, (option, result) in enumerate(zip(scenario.options, made.options, strict=True)):
        if option.has_memory_size and not option.is_open:
            curve = memory_curve(scenario, option=n)
            usd = [float(curve.usd[curve.row(option.function_mb or 0)])]
            if usd != near([math.nan if result.cost_usd is None else float(result.cost_usd)]):
                out.append(f"memory curve {n}")
    account = portfolio([Service(2, scenario)])
    if made.best is not None and account.cheapest.total_usd != made.best.bill.total_usd:
        out.append("batch")
    return out


def _whole(scenario: Scenario) -> bool:
    """Whether a map has a place at the scenario's own duration."""
    return Fraction(scenario.workload.duration_ms).denominator == 1
