"""Shared fleet: services that run on one fleet behind one load balancer, and how its cost is split."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.cpu_credits import BurstHours, credits_by_hour, credits_with_bursts
from lambdaplan.capacity.fleet import Fleet, rps_by_weight, units_for_hour
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.sustained_fleet import EACH_HOUR, Sustained, following, standing_share
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
from lambdaplan.units import HOURS_PER_WEEK, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.traffic import BurstLoad, Traffic
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

    Notes: not worked out here are fleets of open size, hybrids, answer times to hold, and work that may wait.
    """
    problems: list[Problem] = []

    def no(words: str, fix: str) -> None:
        problems.append(Problem("conflict", "shared", "true", words, fix))

    if scenario.workload.slo is not None:
        no("workload.slo sizes a fleet for one service alone", "Set shared to false.")
    if scenario.workload.waits:
        words = f"a {scenario.workload.kind} has a fleet by its own longest wait, or units that its runs start"
        no(words, "Set shared to false, or workload.kind to service.")
    bursts = bool(scenario.workload.traffic.bursts)
    for place, option in enumerate(scenario.options):
        fleet = option.as_fleet
        if option.has_units and (fleet is None or not fleet.can_share):
            no(f"options.{place} is a {option.kind}, which is not shared", "Set shared to false, or leave it out.")
        elif option.has_units and option.is_open:
            no(f"options.{place} leaves its size to be chosen", "Name its size, or set shared to false.")
        elif fleet is not None and bursts and fleet.unit(scenario.book).earned_vcpu is not None:
            words = f"options.{place} runs on standard CPU credits, and whose bursts these carry is not known"
            no(words, "Set cpu_credits to unlimited, or shared to false.")
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
        peak_rps = work.mean_rps(scenario.hours_per_month) * traffic.peak_of_mean
        return dataclasses.replace(self.fleet, wall_ms=work.wall_ms(self.unit.vcpu, self.unit.speed), peak_rps=peak_rps)


@dataclass(frozen=True)
class _Burst:
    """A kind of burst of one of some services, and the fleet that carries it with the others, by the hour.

    Parameters: load : BurstLoad - how often and how long; used, units - what the fleet computes, and has, in each hour.
    """

    load: BurstLoad
    used: Sequence[Fraction]
    units: Sequence[int]

    @classmethod
    def of(
        cls,
        place: tuple[int, int, BurstLoad],
        works: Sequence[Workload],
        hours: Number,
        hourly: Sequence[Sequence[Fraction]],
        parts: tuple[Sequence[Carrying], Sequence[Fraction], Any, Sequence[Any]],
        option: FleetOption,
    ) -> _Burst:
        """Size the fleet for a burst of one service in each hour of the others."""
        service, at, load = place
        needs, cpu_s, used, rates = parts
        rps = rps_by_weight(works[service], hours)[at]
        peaks = [[*here[:service], rps, *here[service + 1 :]] for here in hourly]
        units = [units_for_hour(_sum(needs, here), option) for here in peaks]
        return cls(load, list(used + (rps - rates[service]) * cpu_s[service]), units)

    def paid_longer(self, n: Sequence[int], least_s: Fraction) -> Fraction:
        """Hours of a month for which units that start for it are paid beyond its time. [h]"""
        more_s = larger(least_s - self.load.seconds, Fraction(0))
        started = sum(max(many - few, 0) for many, few in zip(self.units, n, strict=True))
        return Fraction(self.load.per_month * started * more_s) / (HOURS_PER_WEEK * SECONDS_PER_HOUR)


def _burst_places(works: Sequence[Workload]) -> list[tuple[int, int, BurstLoad]]:
    """Every kind of burst: whose it is, where it stands among the loads of its service, and what it is."""
    return [(n, at, load) for n, work in enumerate(works) for at, load in work.traffic.burst_places]


def _at_once(works: Sequence[Workload], hours: Number, hourly: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """The peaks of each hour with the highest burst of every service at once. [1/s]"""
    highest = [
        max([Fraction(0), *(load.of_mean * work.mean_rps(hours) for load in work.traffic.loads)]) for work in works
    ]
    return [[max(peak, most) for peak, most in zip(peaks, highest, strict=True)] for peaks in hourly]


def _hour_by_hour(n: Sequence[int], bursts: Sequence[_Burst]) -> Sustained:
    """The fleet with places for each hour between bursts, and for each kind of burst in each hour."""
    shares = [1 - sum((one.load.time_share for one in bursts), Fraction(0)), *(one.load.time_share for one in bursts)]
    units = np.array([*n, *(many for one in bursts for many in one.units)], dtype=object)
    time = np.array([share for share in shares for _ in range(HOURS_PER_WEEK)], dtype=object)
    return Sustained(units, EACH_HOUR, None, time)


def shared_fleet(works: Sequence[Workload], option: FleetOption, scenarios: Sequence[Scenario]) -> SharedFleet:
    """Size one fleet for several services, hour by hour.

    Every unit runs every service: its processes are sets with one process of each, as many sets as `processes`
    says or M5 gives for a process of their summed working sets. In each hour of the week the services' needs are
    added up: CPU over all of them, memory of requests in flight over all of them; slots are those of the service
    that needs most, as a service has slots of its own. The largest of the three is rounded up to whole units once, by
    the same rules as a fleet of one service (M6): target utilisation, loss of a zone, smallest fleet.

    A rare burst of one service (`traffic.bursts`) comes while the others have their hours, at any time of the week
    alike: for its time the fleet of that hour carries both. What stands all week, and limits, see all at once.

    Notes: peaks within the hour are taken to come at once, as they are added up. That rare bursts of two services meet
    is left out: it changes what is rounded up, and the smallest fleet, in a share of the time that is the product of
    theirs.
    """
    book, hours = scenarios[0].book, scenarios[0].hours_per_month
    unit = option.unit(book)
    working_set_mb = sum((work.working_set_mb for work in works), Fraction(0))
    request_mb = sum((work.request_mb for work in works), Fraction(0))
    sets = [dataclasses.replace(work, working_set_mb=working_set_mb) for work in works]
    needs = [carrying(unit, work) for work in sets]
    rates = [rps_by_weight(work, hours)[work.traffic.which] for work in works]
    bursts = [work.traffic.burst for work in works]
    hourly = [[rate[hour] * burst for rate, burst in zip(rates, bursts, strict=True)] for hour in range(HOURS_PER_WEEK)]
    n = [units_for_hour(_sum(needs, peaks), option) for peaks in hourly]
    cpu_s = [work.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND) for work in works]
    used = sum(rate * seconds for rate, seconds in zip(rates, cpu_s, strict=True))
    alone = [
        _Burst.of(place, works, hours, hourly, (needs, cpu_s, used, rates), option) for place in _burst_places(works)
    ]
    if unit.earned_vcpu is not None and (option.units is not None or option.scaling == "fixed"):
        standing = whole_up(standing_share([Fraction(use) for use in used]) / unit.earned_vcpu)
        n = [max(many, standing) for many in n]
    elif unit.earned_vcpu is not None:
        n = [int(many) for many in following(used, n, unit.earned_vcpu).units]
    at_once = _at_once(works, hours, hourly)
    busiest = max(n) if not alone else max(units_for_hour(_sum(needs, peaks), option) for peaks in at_once)
    limits = [*fits(unit, dataclasses.replace(sets[0], request_mb=request_mb))]
    if option.units is not None:
        limits.append(unit_limit("units that carry the peak, given by `units`", busiest, option.units, unit))
    stands = option.units if option.units is not None else busiest if option.scaling == "fixed" else None
    if stands is not None:
        n = [int(stands)] * HOURS_PER_WEEK
        alone = [dataclasses.replace(one, units=n) for one in alone]
    if option.max_units is not None:
        limits.append(unit_limit("units, at most `max_units`", busiest, option.max_units, unit))
    peak_units = max(n) if not alone else busiest if stands is None else int(stands)
    limits += option.quotas(peak_units, book)
    flat = not any(n)
    traffic = Traffic(hourly=None if flat else tuple(Fraction(count) for count in n))
    stand_in = dataclasses.replace(works[0], traffic=traffic)
    by_weight, by_hour = np.array([0] if flat else sorted(set(n)), dtype=object), None
    cpu_credits = None  # of a burstable type that runs without limit: use added up over the services
    credits_known = option.surplus(book, scenarios[0].region)
    if credits_known is not None and unit.earned_vcpu is None:
        parts = [BurstHours(one.used, one.units, one.load.time_share) for one in alone]
        earned = unit.vcpu * credits_known[0]
        cpu_credits = credits_with_bursts(used, n, parts, earned) if parts else credits_by_hour(used, n, earned)
    mean, longer = Fraction(sum(n), HOURS_PER_WEEK), Fraction(0)
    if alone:
        by_hour = _hour_by_hour(n, alone)
        by_weight, mean = by_hour.units, (by_hour.units * by_hour.hours).sum() / Fraction(HOURS_PER_WEEK)
        longer = sum((one.paid_longer(n, option.least_s(book)) for one in alone), Fraction(0))
    means = [work.mean_rps(hours) for work in works]
    kept = [rps * HOURS_PER_WEEK * need.units_per_rps for rps, need in zip(means, needs, strict=True)]
    walls = [work.wall_ms(unit.vcpu, unit.speed) for work in works]
    fleet = Fleet(
        unit=unit.name,
        unit_hours=mean * hours + longer,
        units_mean=mean,
        units_peak=peak_units,
        in_flight_mean=sum((in_flight(rps, wall) for rps, wall in zip(means, walls, strict=True)), Fraction(0)),
        in_flight_peak=max(
            sum((in_flight(rps, wall) for rps, wall in zip(peaks, walls, strict=True)), Fraction(0))
            for peaks in at_once
        ),
        unit_rps=Fraction(0),
        utilisation_mean=sum(kept, Fraction(0)) / HOURS_PER_WEEK / (mean or 1),
        bound_by="",
        wall_ms=max(walls),
        limits=tuple(limits),
        by_weight=by_weight,
        place_of_hour=None if by_hour is None else by_hour.place_of_hour,
        sustained=by_hour,
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
