"""What holds for fleets and what they carry. `docs/properties.md` lists the rules."""

from __future__ import annotations

import copy
import random

import numpy as np

from lambdaplan.comparison.result import Result
from properties import Document, ask_only_if, compared, holds_for
from strategies import for_all, random_capacity_scenario, scenario_base


def fleets(rng: random.Random) -> Document:
    """A scenario whose options are fleets of given size, on no credits and without an answer time."""
    document = for_all(random_capacity_scenario(rng, ("given",)) if rng.random() < 0.5 else scenario_base(rng))
    kept = [o for o in document["options"] if o["kind"] in ("fargate", "ec2") and "units" not in o]
    return document | {"options": [o | {"label": f"F{n}"} for n, o in enumerate(kept)]}


def without_bursts(document: Document) -> Document:
    """For a rule of the hours of the week alone."""
    ask_only_if("bursts" not in document["workload"].get("traffic", {}))
    return document


def changed(document: Document, where: str, **values: object) -> Document:
    made = copy.deepcopy(document)
    for part in made["options"] if where == "options" else [made["workload"]]:
        part.update(values)
    return made


def each(document: Document, other: Document) -> list[tuple[Result, Result]]:
    ask_only_if(document["options"])
    return list(zip(compared(document).options, compared(other).options, strict=True))


def units(result: Result) -> np.ndarray:
    return np.asarray(result.fleet.hourly(result.scenario.workload.traffic), dtype=object)


def comparable(pairs: list[tuple[Result, Result]]) -> list[tuple[Result, Result]]:
    """Those that carry the load in both forms: a fleet that can't has no size."""
    kept = [(a, b) for a, b in pairs if a.feasible and b.feasible]
    ask_only_if(kept)
    return kept


@holds_for(fleets)
def test_more_requests_never_need_fewer_units(document: Document, rng: random.Random) -> None:
    """With more requests no hour of the week has fewer units."""
    more = int(document["workload"]["requests_per_month"] * rng.choice((1.001, 1.5, 3))) + 1
    for one, other in comparable(each(document, changed(document, "workload", requests_per_month=more))):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_a_higher_burst_never_needs_fewer_units(document: Document, rng: random.Random) -> None:
    """With a higher burst no hour of the week has fewer units."""
    traffic = document["workload"].get("traffic", {"shape": "flat"})
    burst = traffic.get("burst", 1.5)
    for one, other in comparable(each(document, changed(document, "workload", traffic=traffic | {"burst": burst + 1}))):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_a_lower_target_never_needs_fewer_units(document: Document, rng: random.Random) -> None:
    """With a lower target utilisation no hour of the week has fewer units."""
    pairs = each(
        changed(document, "options", target_utilisation=0.8), changed(document, "options", target_utilisation=0.4)
    )
    for one, other in comparable(pairs):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_surviving_a_zone_never_needs_fewer_units(document: Document, rng: random.Random) -> None:
    """A fleet that outlives the loss of a zone has at least the units of one that does not."""
    pairs = each(
        changed(document, "options", zones=3, survive_zone_loss=False),
        changed(document, "options", zones=3, survive_zone_loss=True),
    )
    for one, other in comparable(pairs):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_a_fleet_that_stands_has_the_units_of_its_busiest_hour(document: Document, rng: random.Random) -> None:
    """A fleet of fixed size is as large in every hour as the one that follows the load is in its busiest."""
    without_bursts(document)
    hourly, fixed = (changed(document, "options", scaling=scaling) for scaling in ("hourly", "fixed"))
    for one, other in comparable(each(hourly, fixed)):
        if one.fleet.sustained is not None:
            continue  # on `standard` credits, which a larger fleet earns more of
        assert max(units(one)) == max(units(other)) == min(units(other))


@holds_for(fleets)
def test_longer_requests_never_need_fewer_units(document: Document, rng: random.Random) -> None:
    """With a longer duration and the same CPU time no hour of the week has fewer units."""
    work = document["workload"]
    ask_only_if("durations" not in work and "timeout_ms" not in work and "percentiles" not in work)
    threads, measured = work.get("cpu_threads", 1), work.get("measured_memory_mb", 1769)
    cpu = (
        work["cpu_ms"]
        if "cpu_ms" in work
        else work["busy_share"] * work["duration_ms"] * min(measured / 1769, threads) * 0.99
    )
    base = {name: value for name, value in work.items() if name != "busy_share"} | {"cpu_ms": round(cpu, 3)}
    longer = base | {"duration_ms": base["duration_ms"] * 2}
    for one, other in comparable(each(document | {"workload": base}, document | {"workload": longer})):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_more_memory_a_request_never_needs_fewer_units(document: Document, rng: random.Random) -> None:
    """With more memory a request no hour of the week has fewer units."""
    given = document["workload"].get("request_mb", 0)
    for one, other in comparable(each(document, changed(document, "workload", request_mb=given + 3))):
        assert (units(other) >= units(one)).all()


@holds_for(fleets)
def test_a_week_that_starts_on_another_day_costs_the_same(document: Document, rng: random.Random) -> None:
    """The week turned by whole days has the same units, in other hours, and the same bills."""
    turned = copy.deepcopy(document)
    traffic = turned["workload"].get("traffic", {})
    ask_only_if("hourly" in traffic)
    days = rng.randint(1, 6)
    hourly = traffic["hourly"]
    traffic["hourly"] = hourly[24 * days :] + hourly[: 24 * days]
    for one, other in comparable(each(document, turned)):
        assert one.cost_usd == other.cost_usd
        assert list(np.roll(units(one), -24 * days)) == list(units(other))


@holds_for(fleets)
def test_no_fleet_is_above_its_most(document: Document, rng: random.Random) -> None:
    """A fleet that breaks no limit stays at or below its most units, and at or above its least."""
    most = rng.randint(2, 6)
    document = changed(document, "options", min_units=2, max_units=max(most, 2))
    ask_only_if(document["options"])
    for result in compared(document).options:
        if result.feasible:
            assert 2 <= min(units(result)) <= max(units(result)) <= max(most, 2)


@holds_for(fleets)
def test_no_hour_is_above_full(document: Document, rng: random.Random) -> None:
    """What a fleet carries in its mean is never above what it could, where it breaks no limit."""
    ask_only_if(document["options"])
    for result in compared(document).options:
        if result.feasible:
            assert 0 <= result.fleet.utilisation_mean <= 1


@holds_for(fleets)
def test_unit_hours_are_units_by_hours(document: Document, rng: random.Random) -> None:
    """The unit-hours of a month are its mean units by its hours, and the mean lies within the least and the most."""
    ask_only_if(without_bursts(document)["options"])
    for result in compared(document).options:
        fleet, hours = result.fleet, result.scenario.hours_per_month
        assert fleet.unit_hours == fleet.units_mean * hours
        assert min(units(result)) <= fleet.units_mean <= max(units(result))
