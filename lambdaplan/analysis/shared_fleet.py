"""Services that share a load balancer and a fleet: what they use together, and whose part of it is whose."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.credits import Credits
from lambdaplan.capacity.fleet import Fleet, rps_by_weight, units_for_hour
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.service_level import within_timeout
from lambdaplan.capacity.unit import Carrying, Unit, carrying, fits, unit_limit
from lambdaplan.comparison.comparison import Result
from lambdaplan.comparison.month import Month, month, settle
from lambdaplan.errors import Problem, shorten
from lambdaplan.numbers import Number, larger
from lambdaplan.platforms import Lambda, Option
from lambdaplan.platforms.fleet_option import FleetOption
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.usage import Charge, NoCharge, OwnLine, Usage
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services.front_door import AlbUsage, door_limits, front_door
from lambdaplan.services.logs import logs_usage
from lambdaplan.services.network import network_usage
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_WEEK, MS_PER_SECOND
from lambdaplan.workload.traffic import Traffic
from lambdaplan.workload.workload import Workload, in_flight

Entry = Charge | NoCharge | OwnLine


@dataclass(frozen=True)
class Use:
    """What some services use in a month with one option each: every service's entries of the bill.

    Parameters
    ----------
    label : str - the option.
    parts : tuple of tuples - for each service its entries; entries of one item add up to what is used together.
    feasible : bool - whether no fixed limit is broken.
    missing : bool - whether a price is missing.
    why : str - the first broken limit in words; empty when there is none.
    """

    label: str
    parts: tuple[tuple[Entry, ...], ...]
    feasible: bool
    missing: bool
    why: str = ""

    @property
    def able(self) -> bool:
        """Whether it may be named cheapest."""
        return self.feasible and not self.missing


def alone(result: Result) -> Use:
    """What one service uses by itself with one option of its comparison."""
    fleet, used = month(result.scenario, result.option)
    return _use(result.scenario, result.option, [_entries(used.usage, used)], fleet.limits)


def _use(scenario: Scenario, option: Option, parts: Sequence[Sequence[Entry]], limits: Iterable[Limit]) -> Use:
    limits = tuple(limits)
    fixed = [limit for limit in limits if limit.broken and not limit.adjustable and not limit.advisory]
    every = _Fixed(tuple(entry for part in parts for entry in part))
    missing = bool(amounts(_month(scenario, [every])).missing)
    label = option.label or option.size_label
    return Use(label, tuple(tuple(part) for part in parts), not fixed, missing, fixed[0].limit if fixed else "")


@dataclass(frozen=True)
class _Fixed(Usage):
    """Entries that have been worked out already."""

    entries: tuple[Entry, ...]

    def charges(self, book: Any, hours_per_month: Number) -> Sequence[Entry]:
        """The entries."""
        return self.entries


def _month(scenario: Scenario, usage: Sequence[Usage]) -> Month:
    return Month(tuple(usage), scenario.book, scenario.region, scenario.hours_per_month, scenario.free_tier)


def _entries(usage: Iterable[Usage], used: Month) -> list[Entry]:
    return [entry for one in usage for entry in one.charges(used.book, used.hours_per_month)]


# who may share


def sharing_problems(first: Scenario, scenario: Scenario) -> list[Problem]:
    """What keeps a service from sharing a load balancer and a fleet, with itself or with the first that shares.

    Notes: not worked out here are fleets of open size, hybrids, and answer times to hold.
    """
    found: list[Problem] = []

    def no(words: str, fix: str) -> None:
        found.append(Problem("conflict", "shared", "true", words, fix))

    if scenario.workload.slo is not None:
        no("workload.slo sizes a fleet for one service alone", "Set shared to false.")
    for place, option in enumerate(scenario.options):
        if not isinstance(option, (FleetOption, Lambda)):
            no(f"options.{place} is a {option.kind}, which is not shared", "Set shared to false, or leave it out.")
        elif option.has_units and option.is_choice:
            no(f"options.{place} leaves its size to be chosen", "Name its size, or set shared to false.")
    if found or first is scenario:
        return found
    for name in ("region", "include", "network", "operations"):
        if getattr(first, name) != getattr(scenario, name):
            no(f"{name} differs from the first service that shares", "Give both the same.")
    if len(first.options) != len(scenario.options):
        no("the first service that shares has another number of options", "Give both the same.")
        return found
    for place, (one, other) in enumerate(zip(first.options, scenario.options, strict=True)):
        same = one.kind == other.kind and one.front_door == other.front_door
        if same and one.has_units:
            same = dataclasses.replace(one, label=None) == dataclasses.replace(other, label=None)
        if not same:
            size = shorten(other.size_label)
            no(f"options.{place} ({size}) differs from the first service that shares", "Give both the same.")
    return found


# what is used together


def together(scenarios: Sequence[Scenario], place: int) -> Use:
    """What services that share use together with the option at one place of their lists.

    One load balancer stands for all: its measures are added up over the services, and the largest sum is what an
    hour is charged for. One fleet carries all: see :func:`shared_fleet`. Functions stay one for each service.
    Addresses and gateways stand once; data, logs and requests are each service's own.

    Parameters
    ----------
    scenarios : of services that :func:`sharing_problems` finds nothing against.

    Notes: what is paid for standing there is split between the services: hours of a fleet and its surroundings
    in proportion to the units each keeps busy, the load balancer in proportion to the capacity units each would
    need by itself. Where all of these are 0, in equal parts.
    """
    first = scenarios[0]
    options = [settle(scenario, scenario.options[place]) for scenario in scenarios]
    option, book, hours = options[0], first.book, first.hours_per_month
    works = [scenario.workload for scenario in scenarios]
    parts: list[list[Entry]] = [[] for _ in works]
    limits: list[Limit] = []
    walls: list[Number] = []
    shares: list[Fraction]
    standing = Fraction(0)
    used = _month(first, ())
    if isinstance(option, FleetOption):
        found = shared_fleet(works, option, scenarios)
        limits += found.fleet.limits
        shares, standing = found.shares, found.fleet.unit_hours
        walls = [work.wall_ms(found.unit.vcpu, found.unit.speed) for work in works]
        if "compute" in first.include:
            usage = option.compute(found.fleet, found.stand_in, book, first.region, hours)
            _add(parts, _split(_entries(usage, used), shares))
        if option.front_door == "alb":
            limits.append(check("alb.targets", found.fleet.units_peak))
        if "operations" in first.include and first.operations is not None:
            paid = option.people(first.operations.wage_usd_per_hour)
            _add(parts, _split(_entries([paid], used), shares))
    else:
        shares = _shares([Fraction(work.requests_per_month) for work in works])
        for part, scenario, one in zip(parts, scenarios, options, strict=True):
            fleet = one.fleet(scenario.workload, book, hours)
            walls.append(fleet.wall_ms)
            limits += fleet.limits
            if "compute" in first.include:
                part.extend(_entries(one.compute(fleet, scenario.workload, book, first.region, hours), used))
            if "operations" in first.include and first.operations is not None:
                paid = one.people(first.operations.wage_usd_per_hour)
                part.extend(_entries([paid], used))
    to_lambda = Fraction(1 if option.has_function else 0)
    for work, wall in zip(works, walls, strict=True):
        limits += within_timeout(work, wall)
        limits += door_limits(
            option.front_door,
            work,
            peak_rps=work.mean_rps(hours) * work.traffic.burst * work.traffic.peak_to_mean,
            longest_ms=larger(wall, work.longest_ms),
            to_lambda=option.has_function,
            region=first.region,
        )
    if "front_door" in first.include:
        doors = [
            front_door(option.front_door, work, hours, book, wall, to_lambda)
            for work, wall in zip(works, walls, strict=True)
        ]
        balancers = [door for door in doors if isinstance(door, AlbUsage)]
        if balancers:
            _add(parts, _split(_entries([_one_balancer(balancers)], used), _by_lcus(balancers, used)))
        else:
            _add(parts, [_entries([door], used) for door in doors])
    if "network" in first.include:
        usage = network_usage(
            first.network,
            _one_workload(works),
            hours,
            door=option.front_door,
            zones=option.network_zones,
            unit_hours=standing,
            lambda_share=to_lambda,
            has_units=option.has_units,
            has_function=option.has_function,
            function_vpc=any(one.function_vpc for one in options),
        )
        _add(parts, _split_network(_entries(usage, used), works, shares))
    if "logs" in first.include:
        _add(parts, [_entries([logs_usage(work, hours, to_lambda, book)], used) for work in works])
    return _use(first, option, parts, limits)


def _add(parts: Sequence[list[Entry]], more: Sequence[Sequence[Entry]]) -> None:
    for part, entries in zip(parts, more, strict=True):
        part.extend(entries)


def _shares(quantities: Sequence[Fraction]) -> list[Fraction]:
    """Parts of a whole in proportion to quantities; equal parts where all are 0."""
    whole = sum(quantities, Fraction(0))
    return [quantity / whole if whole else Fraction(1, len(quantities)) for quantity in quantities]


def _split(entries: Sequence[Entry], shares: Sequence[Fraction]) -> list[list[Entry]]:
    """Entries in parts, which add up to them exactly."""
    return [
        [
            entry if isinstance(entry, NoCharge) else dataclasses.replace(entry, quantity=entry.quantity * share)
            for entry in entries
        ]
        for share in shares
    ]


def _split_network(
    entries: Sequence[Entry], works: Sequence[Workload], shares: Sequence[Fraction]
) -> list[list[Entry]]:
    """What stands by the shares of what stands behind it, data by whose it is."""
    own = {
        "data_processed": _shares([Fraction(w.requests_per_month * w.outbound_kb) for w in works]),
        "internet_out": _shares([Fraction(w.requests_per_month * (w.response_kb + w.outbound_kb)) for w in works]),
    }
    parts: list[list[Entry]] = [[] for _ in works]
    for entry in entries:
        _add(parts, _split([entry], own.get(getattr(entry, "item", ""), shares)))
    return parts


def _one_balancer(balancers: Sequence[AlbUsage]) -> AlbUsage:
    """One load balancer that passes on what several do."""
    names = ("new_connections_per_s", "active_connections", "gb_per_hour")
    return AlbUsage(**{name: sum((getattr(b, name) for b in balancers), Fraction(0)) for name in names})


def _by_lcus(balancers: Sequence[AlbUsage], used: Month) -> list[Fraction]:
    return _shares([Fraction(balancer.mean_lcus(used.book)) for balancer in balancers])


def _one_workload(works: Sequence[Workload]) -> Workload:
    """A workload that sends what several do."""
    requests = sum(work.requests_per_month for work in works)
    answered = sum((work.response_kb * work.requests_per_month for work in works), Fraction(0)) / (requests or 1)
    sent = sum((work.outbound_kb * work.requests_per_month for work in works), Fraction(0)) / (requests or 1)
    return dataclasses.replace(works[0], requests_per_month=requests, response_kb=answered, outbound_kb=sent)


# one fleet for several services


@dataclass(frozen=True)
class SharedFleet:
    """A fleet that carries several services.

    Parameters
    ----------
    fleet : Fleet - its units, hour by hour of the week, and the limits it was held against.
    unit : Unit - what one unit has.
    stand_in : Workload - one whose week has the shape of the fleet, for whoever splits its hours.
    shares : list - each service's part of the units kept busy; they add up to 1.
    """

    fleet: Fleet
    unit: Unit
    stand_in: Workload
    shares: list[Fraction]


def shared_fleet(works: Sequence[Workload], option: FleetOption, scenarios: Sequence[Scenario]) -> SharedFleet:
    """Size one fleet for several services, hour by hour.

    Every unit runs every service: its processes are sets with one process of each, as many sets as M5 gives
    for a process of their summed working sets. In each hour of the week the services' needs are added up: CPU
    over all of them, memory of requests in flight over all of them; slots are those of the service that needs
    most, as a service has slots of its own. The largest of the three is rounded up to whole units once, by the
    same rules as a fleet of one service (M6): target utilisation, loss of a zone, smallest fleet.

    Notes: bursts of the services are taken to come at once, as their peaks are added up.
    """
    book, hours = scenarios[0].book, scenarios[0].hours_per_month
    unit = option.unit(book)
    working_set_mb = sum((work.working_set_mb for work in works), Fraction(0))
    request_mb = sum((work.request_mb for work in works), Fraction(0))
    sets = [dataclasses.replace(work, working_set_mb=working_set_mb) for work in works]
    needs = [carrying(unit, work) for work in sets]
    rates = [rps_by_weight(work, hours)[work.traffic.which] for work in works]
    bursts = [work.traffic.burst for work in works]
    n = []
    for hour in range(HOURS_PER_WEEK):
        peaks = [rate[hour] * burst for rate, burst in zip(rates, bursts, strict=True)]
        n.append(units_for_hour(_sum(needs, peaks), option))
    busiest = max(n)
    limits = [fits(unit, dataclasses.replace(sets[0], request_mb=request_mb))]
    if option.units is not None:
        limits.append(unit_limit("units that carry the peak, given by `units`", busiest, option.units, unit))
        n = [int(option.units)] * HOURS_PER_WEEK
    elif option.scaling == "fixed":
        n = [busiest] * HOURS_PER_WEEK
    if option.max_units is not None:
        limits.append(unit_limit("units, at most `max_units`", busiest, option.max_units, unit))
    peak_units = max(n)
    limits += option.quotas(peak_units, book)
    flat = not any(n)
    traffic = Traffic(hourly=None if flat else tuple(Fraction(count) for count in n))
    stand_in = dataclasses.replace(works[0], traffic=traffic)
    by_weight = np.array([0] if flat else sorted(set(n)), dtype=object)
    mean = Fraction(sum(n), HOURS_PER_WEEK)
    kept = [sum(rate, Fraction(0)) * need.units_per_rps for rate, need in zip(rates, needs, strict=True)]
    busy = [Fraction(rate.sum()) / HOURS_PER_WEEK for rate in rates]
    walls = [work.wall_ms(unit.vcpu, unit.speed) for work in works]
    fleet = Fleet(
        unit=unit.name,
        unit_hours=mean * hours,
        units_mean=mean,
        units_peak=peak_units,
        in_flight_mean=sum((in_flight(rps, wall) for rps, wall in zip(busy, walls, strict=True)), Fraction(0)),
        in_flight_peak=Fraction(0),
        unit_rps=Fraction(0),
        utilisation_mean=sum(kept, Fraction(0)) / HOURS_PER_WEEK / (mean or 1),
        bound_by="",
        wall_ms=max(walls),
        limits=tuple(limits),
        by_weight=by_weight,
    )
    return SharedFleet(
        _with_credits(fleet, works, rates, option, unit, stand_in, scenarios[0]), unit, stand_in, _shares(kept)
    )


def _sum(needs: Sequence[Carrying], peaks: Sequence[Fraction]) -> Carrying:
    """What an hour needs of its units for all services together."""
    pairs = list(zip(needs, peaks, strict=True))
    return Carrying(
        cpu=sum((need.cpu * peak for need, peak in pairs), Fraction(0)),
        slots=functools.reduce(larger, (need.slots * peak for need, peak in pairs)),
        memory=sum((need.memory * peak for need, peak in pairs), Fraction(0)),
        baseline=needs[0].baseline,
    )


def _with_credits(
    fleet: Fleet,
    works: Sequence[Workload],
    rates: Sequence[np.ndarray],
    option: FleetOption,
    unit: Unit,
    stand_in: Workload,
    scenario: Scenario,
) -> Fleet:
    """The fleet with the CPU credits of a burstable type that runs without limit: use added up over the services."""
    credits_known = option.surplus(scenario.book, scenario.region)
    if credits_known is None:
        return fleet
    used = sum(
        rate.reshape(DAYS_PER_WEEK, -1).sum(axis=1) * (work.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND))
        for rate, work in zip(rates, works, strict=True)
    )
    earned = (fleet.by_weight @ stand_in.traffic.by_day) * (unit.vcpu * credits_known[0])
    return dataclasses.replace(fleet, credits=Credits(used, earned))
