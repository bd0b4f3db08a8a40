"""Scenarios of everything together, and what every page but `compare` must say of them: the bills of `compare`."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import random
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import pytest

from further_kinds import rates
from lambdaplan import Comparison, Rung, Scenario, atlas, compare, diff, ladder, memory_curve
from lambdaplan.analysis import slider_grid
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.decision import check, record
from lambdaplan.analysis.services_table import Service
from lambdaplan.errors import InputError
from lambdaplan.report.decision_record import record_text
from strategies import add_bursts, random_capacity_scenario, random_scenario

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
    _add_fields(rng, document)
    for place, option in enumerate(document["options"]):
        if rng.random() < 0.15:
            document["options"][place] = rng.choice(FURTHER) | {"label": option.get("label", f"Option {place + 1}")}
            document["prices"] = [*document.get("prices", []), *rates()]
    for option in document["options"]:
        if option["kind"] != "lambda":
            continue
        if rng.random() < 0.1:
            option.update(rng.choice(({"snapstart": True}, {"streamed": True}, {"invocation": "async"})))
        if rng.random() < 0.3:
            option["memory_mb"] = "auto"
        if rng.random() < 0.4:
            option["provisioned"] = rng.choice((1, [0] * 8 + [2] * 12 + [0] * 4, "auto"))
    document.pop("sweep", None)
    own = max(work["requests_per_month"], 1)
    document["sweep"] = {"from": own, "to": own + max(own // 3, 10)}
    if own % 3 == 0:
        document["rates"] = _rates(random.Random(own))
    if own % 4 == 1:
        work["retries"] = _retries(random.Random(own))
    return document


def _retries(rng: random.Random) -> dict[str, Any]:
    """Who tries again, with attempts where there is no usual number."""
    by = rng.choice(("async_lambda", "sqs", "eventbridge", "clients", "api_gateway"))
    retries = {"by": by, "failed_share": rng.choice((0, 0.05, 0.5)), "duplicate_share": rng.choice((0, 0.01))}
    return retries | ({"attempts": 3} if by == "sqs" else {})


def _rates(rng: random.Random) -> dict[str, Any]:
    """An agreement that takes unlike parts off what compute and front doors cost."""
    services = rng.sample(("lambda", "fargate", "ec2", "alb", "api_gateway_http"), 2)
    discounts = [{"service": service, "fraction": rng.randint(1, 60) / 100} for service in services]
    return {"version": 1, "discounts": [{"fraction": rng.randint(0, 20) / 100}, *discounts]}


FURTHER: tuple[dict[str, Any], ...] = (
    {"kind": "lambda_managed_instances", "instance_type": "m7g.large"},
    {"kind": "ecs_managed_instances", "instance_type": "auto", "families": ["t3", "m7i"]},
    {"kind": "lambda_web"},
    {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "auto", "families": ["t3a", "m7i"]}},
    {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 4}, "level": 20},
)


def _add_fields(rng: random.Random, document: dict[str, Any]) -> None:
    """Fields that go with most others; where they do not, the document is thrown back."""
    work = document["workload"]
    if "init_ms" in work and rng.random() < 0.3:
        work["first_run_ms"] = float(work["duration_ms"]) * 3
    if "deployments_per_month" in work and rng.random() < 0.3:
        work |= {"canary_fraction": 0.1, "canary_minutes": 15}
    if rng.random() < 0.1:
        add_bursts(rng, work)
    if rng.random() < 0.1 and "service_cv" not in work:
        mean = float(work["duration_ms"])
        work["percentiles"] = {"p50_ms": mean * 0.8, "p95_ms": mean * 2, "p99_ms": mean * 4}
    if rng.random() < 0.1:
        document["architecture"] = rng.choice(("any", "arm64"))
    if rng.random() < 0.2:
        document["memory_headroom"] = rng.choice((0, 0.5))
    if rng.random() < 0.2:
        document["free_tier"] = True


def shown(comparison: Comparison) -> list[float]:
    """Each bill, infinite where a limit is broken, NaN where a price is missing. [USD]"""
    bills = [math.nan if r.cost_usd is None else float(r.cost_usd) for r in comparison.options]
    return [usd if r.feasible else math.inf for usd, r in zip(bills, comparison.options, strict=True)]


def near(wanted: list[float]) -> Any:
    return pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def finite(values: list[float]) -> list[float]:
    return [value if math.isfinite(value) else math.nan for value in values]


Page = Callable[[Scenario, Comparison], list[str]]


def _axis(scenario: Scenario, made: Comparison) -> list[str]:
    own = max(int(scenario.workload.requests_per_month), made.axis.low)
    along = [float(usd[0]) for usd in made.along([own]).usd.values()]
    return [] if along == near(finite(shown(made.there(own)))) else ["axis"]


def _map(scenario: Scenario, made: Comparison) -> list[str]:
    if not _whole(scenario):
        return []
    own, duration_ms = int(scenario.workload.requests_per_month), Fraction(scenario.workload.duration_ms)
    ranges = {"x_range": (own, own + 1), "y_range": (duration_ms, duration_ms + 1)}
    drawn = atlas(scenario, over=(REQUESTS, DURATION), points=2, **ranges)
    same = [float(usd[0, 0]) for usd in drawn.usd] == near(finite(shown(made)))
    return [] if same and drawn.label(int(drawn.winner[0, 0])) == made.winner else ["map"]


def _ladder(scenario: Scenario, made: Comparison) -> list[str]:
    rung = ladder(scenario, [Rung(name="as it is", set={})]).rungs[0]
    known = rung.break_even is None or rung.break_even in [c.at for c in made.crossovers]
    return [] if rung.start == made.at_start and known else ["ladder"]


def _what_if(scenario: Scenario, made: Comparison) -> list[str]:
    grid, out = slider_grid.stops(scenario), []
    memory = 0 if grid.memory is None else grid.memory.here
    for n, result in enumerate(made.options):
        usd = grid.usd_cents[n][memory if n == grid.place else 0, grid.duration.here, grid.requests.here]
        if usd != int((result.bill.total_usd or result.bill.known_usd) * 100) and result.bill.total_usd is not None:
            out.append(f"what-if {n}")
    return out


def _memory(scenario: Scenario, made: Comparison) -> list[str]:
    out = []
    for n, (option, result) in enumerate(zip(scenario.options, made.options, strict=True)):
        if option.has_memory_size and not option.is_open:
            curve = memory_curve(scenario, option=n)
            usd = [float(curve.usd[curve.row(option.function_mb or 0)])]
            if usd != near([math.nan if result.cost_usd is None else float(result.cost_usd)]):
                out.append(f"memory curve {n}")
    return out


def _batch(scenario: Scenario, made: Comparison) -> list[str]:
    account = portfolio([Service(2, scenario)])
    return [] if made.best is None or account.cheapest.total_usd == made.best.bill.total_usd else ["batch"]


def _diff(scenario: Scenario, made: Comparison) -> list[str]:
    """The scenario as it is written, against itself: no line of any bill differs."""
    again = Scenario.from_dict(json.loads(json.dumps(scenario.document())))
    return ["diff"] if any(option.changed for option in diff(made, compare(again)).options) else []


def _crossovers(scenario: Scenario, made: Comparison) -> list[str]:
    """Both sides of the first, and a place between it and the next: what `compare` says of them."""
    crossovers = made.crossovers[:2]
    ends = [int(crossover.at) for crossover in crossovers] + [made.axis.high]
    places = [place for at in ends[:1] if crossovers for place in (at - 1, at, (at + ends[1] - 1) // 2)]
    labels = [crossovers[0].below, crossovers[0].above, crossovers[0].above] if crossovers else []
    each = zip(places, labels, strict=True)
    return [
        f"crossover {place}" for place, label in each if made.there(place).winner != label and not _tied(made, place)
    ]


def _tied(made: Comparison, place: int) -> bool:
    ranked = made.there(place).ranked
    return len(ranked) > 1 and ranked[0].cost_usd == ranked[1].cost_usd


def _record(scenario: Scenario, made: Comparison) -> list[str]:
    """A decision on the winner holds on the day it is made, and each wire is where `compare` has another winner."""
    decision = record(scenario, made=dt.date(2026, 12, 1))
    text = record_text(decision)
    judged = check(text, "record.md", dt.date(2026, 12, 2))
    out = [] if decision.record.winner == made.winner else ["record"]
    out += [f"check: {state.wire}" for state in judged.crossed]
    for distance in decision.sensitivity.distances:
        for flip in distance.flips if not distance.is_price else ():
            there = compare(decision.record.scenario.at(distance.path, flip.at))
            if there.winner != flip.winner and not (there.best and len({r.cost_usd for r in there.ranked[:2]}) == 1):
                out.append(f"record: {distance.path}")
    return out


PAGES: dict[str, Page] = {
    "axis": _axis,
    "map": _map,
    "ladder": _ladder,
    "what-if": _what_if,
    "memory": _memory,
    "batch": _batch,
    "diff": _diff,
    "crossovers": _crossovers,
    "record": _record,
}


def disagreements(scenario: Scenario, pages: Iterable[str] = PAGES) -> list[str]:
    """Where a bill, or who is cheapest, is not that of `compare`, on some of the pages."""
    made = compare(scenario)
    return [words for page in pages for words in PAGES[page](scenario, made)]


def _whole(scenario: Scenario) -> bool:
    """Whether a map has a place at the scenario's own duration."""
    return Fraction(scenario.workload.duration_ms).denominator == 1
