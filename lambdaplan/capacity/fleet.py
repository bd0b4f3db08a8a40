"""Fleet sizing (M6): whole units, hour by hour of the week."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.cpu_credits import Credits
from lambdaplan.capacity.draining import Draining, Waiting, draining
from lambdaplan.capacity.draining_fleet import draining_units, for_good, waiting_for
from lambdaplan.capacity.fleet_rules import FleetRules, for_hours, with_rules
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.service_level import MOST_UNITS, in_time, timely_fleets
from lambdaplan.capacity.sustained_fleet import (
    BurstUse,
    Sustained,
    earning_fleet,
    following,
    left_at_end,
    standing_fleet,
    standing_share,
    standing_share_along,
)
from lambdaplan.capacity.unit import Carrying, Unit, carrying, fits, unit_limit
from lambdaplan.coldstart.month import ColdMonth, Standby
from lambdaplan.numbers import Number, ceil_each, either, larger, on_sweep, smaller, whole_up
from lambdaplan.schema.fields import plain
from lambdaplan.units import HOURS_PER_DAY, HOURS_PER_WEEK, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.traffic import Traffic
from lambdaplan.workload.workload import Workload, in_flight


@dataclass(frozen=True)
class Parts:
    """What two parts of a fleet serve in the hours of each different weight of the week, on the last axis.

    Parameters:
    lambda_rps : array - requests a second that go to Lambda. [1/s]
    in_flight : array - requests in flight in both parts.
    """

    lambda_rps: Any
    in_flight: Any


@dataclass(frozen=True)
class Fleet:
    """Capacity over the month.

    Parameters:
    unit : str - what a unit is called.
    unit_hours : Number - hours of all units in the month. [h]
    units_mean, units_peak : Number - units at work over the month, and in the busiest hour.
    in_flight_mean, in_flight_peak : Number - requests in flight.
    unit_rps : Number - what one unit carries at the target utilisation. [1/s]
    utilisation_mean : Number - load over what the fleet could carry at full use.
    bound_by : str - which of cpu, slots and memory binds; for Lambda, one request an environment.
    billed_ms : Number - billed duration of a request, for Lambda; None otherwise. [ms]
    limits : tuple of Limit - limits the option was held against.
    by_weight : array or None - units in the hours of each different weight of the week, on the last axis.
    place_of_hour : array or None - the place of each hour of the week on that axis, where it is not that of its weight.
    sustained : Sustained or None - the fleet on `standard` CPU credits, as these allow.
    credits : Credits or None - CPU credits of burstable instances that run without limit.
    bends : tuple of Number - quantities whose change of sign bends the bill along requests.
    wall_ms : Number - mean wall time of a request. [ms]
    slowest_ms : Number - the mean wall time where requests take longest, if parts of the fleet differ; else None. [ms]
    lambda_share : Number - share of the requests that Lambda serves.
    parts : Parts or None - what each part serves, where its share is not the same in all hours.
    cold : ColdMonth or None - cold starts of a function; None where none are counted.
    peak_rps : Number - requests a second at the busiest moment. [1/s]
    standby : Standby or None - provisioned environments of a function; None without any.
    drained : Draining or None - what a fleet must serve of work that may wait.
    waiting : Waiting or None - what waits for it over the week; None where nothing waits, and along a sweep.
    started_each : bool - whether each run of a job starts a unit of its own.
    surplus_vcpu_hours : Number or None - surplus CPU credits of a month, where runs have instances to themselves.
    """

    unit: str
    unit_hours: Number
    units_mean: Number
    units_peak: Number
    in_flight_mean: Number
    in_flight_peak: Number
    unit_rps: Number
    utilisation_mean: Number
    bound_by: str
    wall_ms: Number
    slowest_ms: Number = None
    billed_ms: Number = None
    limits: tuple[Limit, ...] = ()
    by_weight: Any = field(default=None, repr=False)
    place_of_hour: Any = field(default=None, repr=False)
    sustained: Sustained | None = field(default=None, repr=False)
    credits: Credits | None = field(default=None, repr=False)
    bends: tuple[Number, ...] = field(default=(), repr=False)
    lambda_share: Number = Fraction(0)
    parts: Parts | None = field(default=None, repr=False)
    peak_rps: Number = Fraction(0)
    cold: ColdMonth | None = None
    standby: Standby | None = None
    drained: Draining | None = field(default=None, repr=False)
    waiting: Waiting | None = field(default=None, repr=False)
    started_each: bool = False
    surplus_vcpu_hours: Number = None

    @property
    def own_places(self) -> Sustained | Draining | None:
        """The places of its week where these are not those of the traffic."""
        return self.sustained or self.drained

    def hourly(self, traffic: Traffic) -> Any:
        """Units in each hour of the week, from Monday 00:00, on the last axis."""
        return self.by_weight[..., traffic.which if self.place_of_hour is None else self.place_of_hour]

    def in_burst(self, number: int, place: int) -> list[int]:
        """Units in a kind of burst, by the hour in which it comes where that matters; at a point."""
        own = self.own_places.burst_at if self.own_places else ()
        return [int(many) for many in (self.by_weight[own[number]] if own else [self.by_weight[place]])]

    def document(self) -> dict[str, Any]:
        """The fleet at a point as ``--json`` prints it."""
        numbers = {name: getattr(self, name) for name in _DOCUMENTED}
        return {
            "unit": self.unit,
            **{name: None if value is None else plain(Fraction(value)) for name, value in numbers.items()},
            "bound_by": self.bound_by,
            **({} if self.cold is None else self.cold.document(self.wall_ms)),
            **({} if self.standby is None else self.standby.document()),
            **({} if self.waiting is None else self.waiting.document()),
        }


_DOCUMENTED = (
    "units_mean",
    "units_peak",
    "utilisation_mean",
    "in_flight_mean",
    "in_flight_peak",
    "unit_rps",
    "wall_ms",
    "billed_ms",
)


def units_for(
    peak: Number, weights: np.ndarray, workload: Workload, unit: Unit, rules: FleetRules, full: Carrying | None = None
) -> Any:
    """Whole units that carry a peak of so many requests per second times each weight (M6).

    The smallest n of at least min_units (where no `units` are given) that carries the hour's peak at
    the target utilisation and, with one zone lost, n - ceil(n / zones) carry it at full use. Units left after the loss
    are floor(n (zones - 1) / zones), so the smallest n for m of them is ceil(m zones / (zones - 1)).
    With an answer time to hold (slo) n is instead the smallest that answers the peak in time. `full` is what a unit
    carries at full use, where that is known already.
    """
    full = full or carrying(unit, workload)
    timely = timely_fleets(workload, unit)
    if timely is None or not timely.possible:
        n = ceil_each(peak * full.at(rules.target_utilisation).units_per_rps, weights)
    else:
        n = timely.units(peak, weights)
    return _smallest(n, peak * full.units_per_rps, weights, rules)


def _smallest(n: Any, at_full: Number, weights: np.ndarray, rules: FleetRules) -> Any:
    """The smallest fleets of at least so many units that are not below min_units and survive the loss of a zone."""
    return with_rules(n, ceil_each(at_full, weights) if rules.survive_zone_loss else n, rules)


def units_for_hour(full: Carrying, rules: FleetRules) -> int:
    """Whole units for an hour that needs so much of them at full use, by the rules of M6 without an answer time."""
    one = np.array([1], dtype=object)
    n = ceil_each(full.at(rules.target_utilisation).units_per_rps, one)
    return int(_smallest(n, full.units_per_rps, one, rules)[0])


def carried_peak(units: Number, workload: Workload, unit: Unit, rules: FleetRules) -> Number:
    """The largest peak that so many units carry, at the target utilisation and with a zone lost (M6). [1/s]"""
    timely, full = timely_fleets(workload, unit), carrying(unit, workload)
    if timely is None or not timely.possible:
        most = units / full.at(rules.target_utilisation).units_per_rps
    else:
        most = timely.rates(units)
    if rules.survive_zone_loss:
        left = units - whole_up(units / Fraction(rules.zones))
        most = smaller(most, left / full.units_per_rps)
    return most


def size_fleet(
    workload: Workload,
    unit: Unit,
    rules: FleetRules,
    hours_per_month: Number,
    paid_s: Callable[[Fraction], Number] = lambda seconds: seconds,
) -> Fleet:
    """The fleet that carries the week, hour by hour (M6).

    Each burst of the traffic has the fleet of its own rate for its time. `paid_s` is the time that units started for it
    are paid for, by how long they are needed: a start may have a minimum. [s]

    `hourly` follows the load, `fixed` bills the largest hour's units for every hour, and a given
    number of `units` is checked against what would be needed. A month is hours / 168 weeks (M1).
    """
    traffic = workload.traffic
    at_full = carrying(unit, workload)
    at_target = at_full.at(rules.target_utilisation)
    drained = draining(traffic, workload.max_wait_s) if workload.drains else None
    if drained is None:
        peak = workload.peak_rps_per_weight(hours_per_month)
        needed = units_for(peak, traffic.peaks, workload, unit, rules, at_full)
        sustained = _sustained(needed, workload, unit, rules, hours_per_month)
    else:
        at_full, sustained = for_good(at_full, unit, workload), None
        at_target = at_full.at(rules.target_utilisation)
        needed = draining_units(drained, workload, rules, hours_per_month, at_full)
    own = sustained or drained
    place_of_hour, hours = (None, traffic.hours) if own is None else (own.place_of_hour, own.hours)
    needed = needed if sustained is None else sustained.units
    peak_needed = needed.max(axis=-1)
    if drained is not None and (rules.units is not None or rules.scaling == "fixed"):
        peak_needed = draining_units(drained, workload, rules, hours_per_month, at_full, fixed=True)[..., 0]
        needed = needed * 0 + for_hours(peak_needed)
    limits = [*fits(unit, workload)]
    if rules.units is not None:
        limits.append(unit_limit(_CARRY if drained is None else _KEEP, peak_needed, rules.units, unit))
        running = needed * 0 + for_hours(rules.units)
    else:
        running = needed if rules.scaling == "hourly" else needed * 0 + for_hours(peak_needed)
    if rules.max_units is not None:
        limits.append(unit_limit("units, at most `max_units`", peak_needed, rules.max_units, unit))
    rps = workload.mean_rps(hours_per_month)
    peak_rps = rps * traffic.peak_of_mean
    units_peak = running.max(axis=-1)
    timely = in_time(workload, unit, units_peak, peak_rps)
    limits += [] if timely is None else [timely]
    week_hours = (running * hours).sum(axis=-1)
    units_mean = week_hours / Fraction(HOURS_PER_WEEK)
    unit_hours = units_mean * hours_per_month
    if traffic.loads:
        unit_hours = unit_hours + _paid_longer(running, traffic, own, paid_s)
    wall = workload.wall_ms(unit.vcpu, unit.speed)
    return Fleet(
        unit=unit.name,
        unit_hours=unit_hours,
        units_mean=units_mean,
        units_peak=units_peak,
        in_flight_mean=in_flight(rps, wall),
        in_flight_peak=in_flight(peak_rps, wall),
        unit_rps=1 / at_target.units_per_rps,
        utilisation_mean=rps * at_full.units_per_rps / either(units_mean > 0, units_mean, 1),
        bound_by="" if on_sweep(at_target.units_per_rps) else at_target.bound_by,
        wall_ms=wall,
        limits=tuple(limits),
        by_weight=running,
        place_of_hour=place_of_hour,
        sustained=sustained,
        peak_rps=peak_rps,
        drained=drained,
        waiting=None if drained is None else waiting_for(running, drained, workload, at_target, hours_per_month),
    )


_CARRY = "units that carry the peak, given by `units`"
_KEEP = "units that keep the wait within `max_wait_s`, given by `units`"


def _sustained(
    needed: Any, workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number
) -> Sustained | None:
    """The fleet on `standard` CPU credits, given what carries each hour's peak; None where there are none (M5)."""
    if unit.earned_vcpu is None:
        return None
    used = used_vcpu(rps_by_weight(workload, hours_per_month), workload, unit)
    traffic = workload.traffic
    if unit.always_earned:
        need = hour_of(used, -1) / unit.earned_vcpu / int(traffic.weights[-1])
        units = larger(needed, ceil_each(need, traffic.weights))
        if not traffic.loads:
            return Sustained(units, traffic.which)
        return earning_fleet(units[..., traffic.which], _burst_uses(used, needed, traffic, unit, hours_per_month))
    if rules.units is not None or rules.scaling == "fixed":
        weights = [Fraction(weight) for weight in traffic.weights]
        mean, lasting = _mean_use(np.array(weights), traffic, hours_per_month)
        share = standing_share(mean, lasting) / int(traffic.weights[-1])
        standing = whole_up(hour_of(used, -1) * share / unit.earned_vcpu)
        time = traffic.hours if traffic.loads else None
        return standing_fleet(larger(hour_of(needed, -1), standing), len(traffic.weights), traffic.which, time)
    bursts = _burst_uses(used, needed, traffic, unit, hours_per_month)
    return following(used[..., traffic.which], needed[..., traffic.which], unit.earned_vcpu, bursts)


def _burst_uses(used: Any, needed: Any, traffic: Traffic, unit: Unit, hours_per_month: Number) -> list[BurstUse]:
    """What bursts of the traffic use and need of a fleet on `standard` credits, given that of each load."""
    if not traffic.loads:
        return []
    need = hour_of(used, -1) / unit.earned_vcpu / int(traffic.weights[-1])
    earning = ceil_each(need, traffic.weights)
    return [
        BurstUse(hour_of(used, at), hour_of(needed, at), hour_of(earning, at), one.time_share, lasts)
        for (at, one), lasts in zip(traffic.burst_places, _lasting(traffic, hours_per_month), strict=True)
    ]


def _lasting(traffic: Traffic, hours_per_month: Number) -> list[Fraction]:
    """How long a balance must last in each kind of burst: its length, times how many come in an hour if over 1. [h]"""
    an_hour = sum((Fraction(one.per_month) for one in traffic.loads), Fraction(0)) / Fraction(hours_per_month)
    return [one.seconds / SECONDS_PER_HOUR * max(an_hour, Fraction(1)) for _, one in traffic.burst_places]


def _mean_use(used: Any, traffic: Traffic, hours_per_month: Number) -> tuple[Any, list[tuple[Number, Fraction]]]:
    """What each hour uses on average, bursts among it, and what each kind of burst uses, with how long it must last."""
    each = used[..., traffic.which]
    if not traffic.loads:
        return each, []
    mean = each * traffic.rest[1]
    for at, one in traffic.burst_places:
        mean = mean + for_hours(hour_of(used, at) * one.time_share)
    lasting = _lasting(traffic, hours_per_month)
    pairs = zip(traffic.burst_places, lasting, strict=True)
    return mean, [(hour_of(used, at), lasts) for (at, _), lasts in pairs]


def standing_units(rps: Any, workload: Workload, unit: Unit, hours_per_month: Number) -> Number:
    """Units that have to stand all week on `standard` CPU credits, for requests a second at each weight (M5)."""
    if unit.earned_vcpu is None:
        return 0
    used, bursts = _mean_use(used_vcpu(rps, workload, unit), workload.traffic, hours_per_month)
    if on_sweep(used):
        return whole_up(standing_share_along(used, bursts) / unit.earned_vcpu)
    return whole_up(standing_share([Fraction(use) for use in used], bursts) / unit.earned_vcpu)


def earned_rps(units: Number, workload: Workload, unit: Unit) -> Number:
    """Requests a second that so many units on `standard` CPU credits serve for good, with what they earn. [1/s]"""
    one = used_vcpu(Fraction(1), workload, unit)
    return either(one > 0, units * unit.earned_vcpu / either(one > 0, one, 1), np.inf)


def earning_units(workload: Workload, unit: Unit, hours_per_month: Number) -> Number:
    """Units on `standard` CPU credits that earn, all week long, what the week computes; a part of one, too."""
    used = used_vcpu(rps_by_weight(workload, hours_per_month), workload, unit)
    return (used * workload.traffic.hours).sum(axis=-1) / (HOURS_PER_WEEK * Fraction(unit.earned_vcpu or 0))


def least_units(small: Fleet, large: Fleet, workload: Workload, unit: Unit, hours_per_month: Number) -> np.ndarray:
    """The fewest units on average, on `standard` CPU credits, between each two neighbours of a sweep of requests.

    Over the week they earn what it computes, but for what balances fall by: at most from full ones of those that run
    before it to what the last hours leave.

    Parameters: small, large : Fleet - one that carries the load alone, and one of which each hour earns what it uses.
    """
    traffic = workload.traffic
    earning = np.asarray(earning_units(workload, unit, hours_per_month), dtype=float)[:-1]
    before = np.asarray(large.hourly(traffic)[..., -1], dtype=float)[1:] * HOURS_PER_DAY
    left: Any = 0
    if not traffic.loads:
        used = used_vcpu(rps_by_weight(workload, hours_per_month), workload, unit)[..., traffic.which]
        left = left_at_end(
            np.asarray(used, dtype=float),
            np.asarray(small.hourly(traffic), dtype=float),
            Fraction(unit.earned_vcpu or 0),
        )
    return np.asarray(earning - (before - left) / HOURS_PER_WEEK)


def used_vcpu(rps: Any, workload: Workload, unit: Unit) -> Any:
    """vCPUs that so many requests a second keep busy; for an hour that many vCPU-hours."""
    return rps * for_hours(workload.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND))


def _paid_longer(
    running: Any, traffic: Traffic, own: Sustained | Draining | None, paid_s: Callable[[Fraction], Number]
) -> Number:
    """Hours of a month for which units that start for bursts are paid beyond the time of these. [h]

    A burst comes at any time of the week alike, so those that run already are those of each hour in turn.
    """
    longer: Number = Fraction(0)
    for kind, (place, load) in enumerate(traffic.burst_places):
        more_s = paid_s(load.seconds) - load.seconds
        if on_sweep(more_s) or more_s:
            at = own.burst_at[kind] if own and own.burst_at else np.array([place])
            of_hour = own.place_of_hour if own and own.burst_at else traffic.which
            started = larger(running[..., at] - running[..., of_hour], 0).sum(axis=-1)
            longer = longer + started * load.per_month * (more_s / Fraction(SECONDS_PER_HOUR * HOURS_PER_WEEK))
    return longer


def committed_units(fleet: Fleet, workload: Workload, ratio: Fraction) -> Number:
    """Units worth a savings plan, of a fleet that grows with each hour's weight.

    A plan is paid in every hour. So a unit is worth it where it runs in at least the share `ratio`
    (plan rate over on-demand rate) of the hours. That is the number of units at the largest weight
    which at least that share of the week's hours reaches.
    """
    if fleet.place_of_hour is not None:
        ascending, hours = np.sort(fleet.hourly(workload.traffic), axis=-1), max(math.ceil(ratio * HOURS_PER_WEEK), 1)
        place = HOURS_PER_WEEK - hours
        return hour_of(ascending, place) if place >= 0 else hour_of(ascending, 0) * 0
    base = base_load(workload.traffic.peaks, workload.traffic.hours, ratio)
    return hour_of(fleet.by_weight, 0) * 0 if base is None else hour_of(fleet.by_weight, base)


def base_load(loads: np.ndarray, hours: np.ndarray, ratio: Fraction) -> int | None:
    """The place of the load at the base: the largest that at least a share of the hours reaches.

    None where the share is above 1: a plan dearer than on demand is worth no hour.
    """
    reached = Fraction(0)
    for place in sorted(range(len(loads)), key=lambda place: (loads[place], place), reverse=True):
        reached += hours[place]
        if reached >= ratio * HOURS_PER_WEEK:
            return place
    return None


def split_hours(fleet: Fleet, workload: Workload, committed: Number, hours_per_month: Number) -> tuple[Number, Number]:
    """Hours paid under a plan, and the hours of the units beyond it. [h]"""
    hours = workload.traffic.hours if fleet.own_places is None else fleet.own_places.hours
    above = (larger(fleet.by_weight - for_hours(committed), 0) * hours).sum(axis=-1)
    return committed * hours_per_month, above * (hours_per_month / Fraction(HOURS_PER_WEEK))


def hour_of(values: np.ndarray, place: int) -> Number:
    """The value at a place of the last axis: a number at a point, a column along a sweep.

    Weights ascend, so that of the busiest hour is the last.
    """
    return values[..., place] if on_sweep(values) else values[place]


def credits_of(rps: Any, workload: Workload, fleet: Fleet, unit: Unit, baseline: Fraction) -> Credits:
    """What burstable instances use and earn, at so many requests per second for each weight of the week."""
    used, traffic = used_vcpu(rps, workload, unit), workload.traffic
    if fleet.drained is not None:
        return _draining_credits(used, traffic, fleet, fleet.drained, unit.vcpu * baseline)
    bursts = tuple((place, load.time_share) for place, load in traffic.burst_places)
    return Credits(used, fleet.by_weight, traffic.which, unit.vcpu * baseline, bursts)


def _draining_credits(used: Any, traffic: Traffic, fleet: Fleet, drained: Draining, earned: Fraction) -> Credits:
    """The same where work waits: an hour computes what is served in it, not what comes."""
    if on_sweep(drained.work):  # the order of its hours changes along such a sweep: each point is billed exactly
        order = np.zeros(HOURS_PER_WEEK, dtype=int)
        return Credits(fleet.by_weight[..., :1] * np.nan, fleet.by_weight[..., :1], order, earned)
    one = hour_of(used, -1) / int(traffic.weights[-1]) / drained.scale
    work = for_hours(one) * drained.work
    bursts = tuple(
        (int(at[0]), load.time_share) for at, (_, load) in zip(drained.burst_at, traffic.burst_places, strict=True)
    )
    return Credits(work, fleet.by_weight, drained.place_of_hour, earned, bursts)


def rps_by_weight(workload: Workload, hours_per_month: Number) -> Any:
    """Mean requests per second in the hours of each weight of the week, weights on the last axis. [1/s]"""
    each = workload.mean_rps(hours_per_month) / workload.traffic.mean_weight
    weights = workload.traffic.weights
    return each[..., None] * weights if on_sweep(each) else each * weights


def step_edges(
    workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number, low: int, high: int
) -> np.ndarray:
    """The request counts of a month, above low and up to high, from which an hour needs a unit more.

    `workload` is taken at one request a month: needs grow in proportion to requests. An hour needs
    more than k units from floor(k / need of one request) + 1 requests. Whole numbers, exactly.
    """
    one, weights, at_full = _demand(workload, unit, rules, hours_per_month)
    edges: set[int] = set()
    smallest_fleet = rules.min_units if rules.units is None else 0
    conditions: list[tuple[Fraction, int]] = []
    timely = timely_fleets(workload, unit)
    if timely is not None and timely.possible:
        for weight in weights:
            for k in itertools.count(max(smallest_fleet, 0)):
                edge = int(timely.rate(k) / (one * int(weight))) + 1
                if edge > high:
                    break
                edges.add(edge)
    else:
        conditions.append((rules.target_utilisation, smallest_fleet))
    if rules.survive_zone_loss:
        conditions.append((Fraction(1), 0))
    for utilisation, smallest in conditions:
        need = one * at_full.at(utilisation).units_per_rps
        for weight in weights:
            up, down = need.numerator * int(weight), need.denominator
            first = max(low * up // down, smallest, 0)
            edges.update(k * down // up + 1 for k in range(first, high * up // down + 1))
    return np.array(sorted(edge for edge in edges if low < edge <= high), dtype=np.int64)


def count_edges(workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number) -> Fraction:
    """About how many edges :func:`step_edges` finds for each request a month of its range."""
    one, weights, at_full = _demand(workload, unit, rules, hours_per_month)
    need = one * at_full.at(rules.target_utilisation).units_per_rps
    timely = timely_fleets(workload, unit)
    if timely is not None and timely.possible:
        need = one / (timely.rate(MOST_UNITS) / MOST_UNITS)
    return Fraction(need) * int(sum(weights)) * (2 if rules.survive_zone_loss else 1)


def _demand(
    workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number
) -> tuple[Number, list[int], Carrying]:
    """Requests a second for each weight of an hour, the weights that size the fleet, and what a unit carries."""
    at_full, fixed = carrying(unit, workload), rules.units is not None or rules.scaling == "fixed"
    if workload.drains:
        drained = draining(workload.traffic, workload.max_wait_s)
        one = workload.mean_rps(hours_per_month) / workload.traffic.mean_weight / drained.scale
        asked = drained.least if fixed else drained.capacity
        return one, sorted({int(weight) for weight in asked if weight}), for_good(at_full, unit, workload)
    weights = [int(weight) for weight in workload.traffic.peaks if weight]
    return workload.peak_rps_per_weight(hours_per_month), weights[-1:] if fixed else weights, at_full
