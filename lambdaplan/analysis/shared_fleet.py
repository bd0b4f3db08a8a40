"""Shared fleet: services that run on one fleet behind one load balancer, and how its cost is split."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.cpu_credits import credits_by_hour
from lambdaplan.capacity.fleet import Fleet, rps_by_weight, units_for_hour
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.sustained_fleet import following, standing_share
from lambdaplan.capacity.unit import Carrying, Unit, carrying, fits, unit_limit
from lambdaplan.comparison.month import limits_of, month, month_of, settle, shared_entries
from lambdaplan.comparison.result import Result
from lambdaplan.errors import Problem, shorten
from lambdaplan.numbers import Number, larger, whole_up
from lambdaplan.platforms import FleetOption, Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.usage import Entry, Usage
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services.service import Served, shares_of, split
from lambdaplan.units import HOURS_PER_WEEK, MS_PER_SECOND
from lambdaplan.workload.traffic import Traffic
from lambdaplan.workload.workload import Workload, in_flight


@dataclass(frozen=True)
class Use:
    """What some services use in a month with one option each: every service's entries of the bill.

    Parameters:
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
    entries = [entry for one in used.usage for entry in one.charges(used.book, used.hours_per_month)]
    return _use(result.scenario, result.option, [entries], fleet.limits)


def _use(scenario: Scenario, option: Option, parts: Sequence[Sequence[Entry]], limits: Iterable[Limit]) -> Use:
    broken = [limit for limit in limits if limit.broken and not limit.adjustable and not limit.advisory]
    every = FixedUsage(tuple(entry for part in parts for entry in part))
    missing = bool(amounts(month_of(scenario, [every])).missing)
    label = option.label or option.size_label
    return Use(label, tuple(tuple(part) for part in parts), not broken, missing, broken[0].limit if broken else "")


@dataclass(frozen=True)
class FixedUsage(Usage):
    """Entries that have been worked out already."""

    entries: tuple[Entry, ...]

    def charges(self, book: Any, hours_per_month: Number) -> Sequence[Entry]:
        """The entries."""
        return self.entries


def sharing_problems(first: Scenario, scenario: Scenario) -> list[Problem]:
    """What keeps a service from sharing a load balancer and a fleet, with itself or with the first that shares.

    Notes: not worked out here are fleets of open size, hybrids, and answer times to hold.
    """
    problems: list[Problem] = []

    def no(words: str, fix: str) -> None:
        problems.append(Problem("conflict", "shared", "true", words, fix))

    if scenario.workload.slo is not None:
        no("workload.slo sizes a fleet for one service alone", "Set shared to false.")
    if scenario.workload.traffic.bursts:
        no("whether bursts of several services come at one time is not known", "Set shared to false.")
    for place, option in enumerate(scenario.options):
        fleet = option.as_fleet
        if option.has_units and (fleet is None or not fleet.can_share):
            no(f"options.{place} is a {option.kind}, which is not shared", "Set shared to false, or leave it out.")
        elif option.has_units and option.is_open:
            no(f"options.{place} leaves its size to be chosen", "Name its size, or set shared to false.")
    if problems or first is scenario:
        return problems
    for name in ("region", "include", "network", "operations"):
        if getattr(first, name) != getattr(scenario, name):
            no(f"{name} differs from the first service that shares", "Give both the same.")
    if len(first.options) != len(scenario.options):
        no("the first service that shares has another number of options", "Give both the same.")
        return problems
    for place, (one, other) in enumerate(zip(first.options, scenario.options, strict=True)):
        same = one.kind == other.kind and one.front_door == other.front_door
        if same and one.has_units:
            same = dataclasses.replace(one, label=None) == dataclasses.replace(other, label=None)
        if not same:
            size = shorten(other.size_label)
            no(f"options.{place} ({size}) differs from the first service that shares", "Give both the same.")
    return problems


def together(scenarios: Sequence[Scenario], place: int) -> Use:
    """What services that share use together with the option at one place of their lists.

    One fleet carries all: see :func:`shared_fleet`. Functions stay one for each service. What surrounds the compute
    is shared as each service of `include` says: one load balancer for all, addresses and gateways once, data, logs and
    requests each service's own.

    Parameters:
    scenarios : of services that :func:`sharing_problems` finds nothing against.

    Notes: what is paid for by the hour is split between the services: hours of a fleet and its surroundings
    in proportion to the units each keeps busy, the load balancer in proportion to the capacity units each would
    need by itself. Where all of these are 0, in equal parts.
    """
    first = scenarios[0]
    options = [settle(scenario, scenario.options[place]) for scenario in scenarios]
    fleet_option = options[0].as_fleet
    if fleet_option is not None:
        shared = shared_fleet([scenario.workload for scenario in scenarios], fleet_option, scenarios)
        served, shares = [Served(s, fleet_option, shared.of(s)) for s in scenarios], shared.shares
        usage = fleet_option.compute(shared.fleet, shared.stand_in, first.book, first.region, first.hours_per_month)
        compute = split(served[0].entries(usage), shares)
        limits = list(shared.fleet.limits)
    else:
        fleets = [o.fleet(s.workload, s.book, s.hours_per_month) for o, s in zip(options, scenarios, strict=True)]
        served = [Served(*each) for each in zip(scenarios, options, fleets, strict=True)]
        shares = shares_of([Fraction(scenario.workload.requests_per_month) for scenario in scenarios])
        compute = [
            one.entries(o.compute(one.fleet, s.workload, s.book, s.region, s.hours_per_month))
            for one, o, s in zip(served, options, scenarios, strict=True)
        ]
        limits = [limit for fleet in fleets for limit in fleet.limits]
    limits += [limit for one in served for limit in limits_of(one)]
    return _use(first, options[0], shared_entries(first, served, compute, shares), limits)


@dataclass(frozen=True)
class SharedFleet:
    """A fleet that carries several services.

    Parameters:
    fleet : Fleet - its units, hour by hour of the week, and the limits it was held against.
    unit : Unit - what one unit has.
    stand_in : Workload - one whose week has the shape of the fleet, for whoever splits its hours.
    shares : list - each service's part of the units kept busy; they add up to 1.
    """

    fleet: Fleet
    unit: Unit
    stand_in: Workload
    shares: list[Fraction]

    def of(self, scenario: Scenario) -> Fleet:
        """The fleet as one of its services meets it: with the wall time and the peak of that service."""
        work, traffic = scenario.workload, scenario.workload.traffic
        peak_rps = work.mean_rps(scenario.hours_per_month) * traffic.burst * traffic.peak_to_mean
        return dataclasses.replace(self.fleet, wall_ms=work.wall_ms(self.unit.vcpu, self.unit.speed), peak_rps=peak_rps)


def shared_fleet(works: Sequence[Workload], option: FleetOption, scenarios: Sequence[Scenario]) -> SharedFleet:
    """Size one fleet for several services, hour by hour.

    Every unit runs every service: its processes are sets with one process of each, as many sets as `processes`
    says or M5 gives for a process of their summed working sets. In each hour of the week the services' needs are
    added up: CPU over all of them, memory of requests in flight over all of them; slots are those of the service
    that needs most, as a service has slots of its own. The largest of the three is rounded up to whole units once, by
    the same rules as a fleet of one service (M6): target utilisation, loss of a zone, smallest fleet.

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
    cpu_s = [work.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND) for work in works]
    used = sum(rate * seconds for rate, seconds in zip(rates, cpu_s, strict=True))
    if unit.earned_vcpu is not None and (option.units is not None or option.scaling == "fixed"):
        standing = whole_up(standing_share([Fraction(use) for use in used]) / unit.earned_vcpu)
        n = [max(many, standing) for many in n]
    elif unit.earned_vcpu is not None:
        n = [int(many) for many in following(used, n, unit.earned_vcpu).units]
    busiest = max(n)
    limits = [*fits(unit, dataclasses.replace(sets[0], request_mb=request_mb))]
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
    cpu_credits = None  # of a burstable type that runs without limit: use added up over the services
    credits_known = option.surplus(book, scenarios[0].region)
    if credits_known is not None and unit.earned_vcpu is None:
        cpu_credits = credits_by_hour(used, n, unit.vcpu * credits_known[0])
    mean = Fraction(sum(n), HOURS_PER_WEEK)
    kept = [sum(rate, Fraction(0)) * need.units_per_rps for rate, need in zip(rates, needs, strict=True)]
    busy = [Fraction(rate.sum()) / HOURS_PER_WEEK for rate in rates]
    walls = [work.wall_ms(unit.vcpu, unit.speed) for work in works]
    each = list(zip(rates, bursts, walls, strict=True))
    fleet = Fleet(
        unit=unit.name,
        unit_hours=mean * hours,
        units_mean=mean,
        units_peak=peak_units,
        in_flight_mean=sum((in_flight(rps, wall) for rps, wall in zip(busy, walls, strict=True)), Fraction(0)),
        in_flight_peak=max(
            sum((in_flight(rate[n] * burst, wall) for rate, burst, wall in each), Fraction(0))
            for n in range(HOURS_PER_WEEK)
        ),
        unit_rps=Fraction(0),
        utilisation_mean=sum(kept, Fraction(0)) / HOURS_PER_WEEK / (mean or 1),
        bound_by="",
        wall_ms=max(walls),
        limits=tuple(limits),
        by_weight=by_weight,
        credits=cpu_credits,
    )
    return SharedFleet(fleet, unit, stand_in, shares_of(kept))


def _sum(needs: Sequence[Carrying], peaks: Sequence[Fraction]) -> Carrying:
    """What an hour needs of its units for all services together."""
    pairs = list(zip(needs, peaks, strict=True))
    return Carrying(
        cpu=sum((need.cpu * peak for need, peak in pairs), Fraction(0)),
        slots=functools.reduce(larger, (need.slots * peak for need, peak in pairs)),
        memory=sum((need.memory * peak for need, peak in pairs), Fraction(0)),
    )
