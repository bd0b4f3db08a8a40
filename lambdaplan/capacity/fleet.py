"""How many units carry this load: what one unit carries, and the fleet that holds the week."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.coldstart.month import ColdMonth, Standby
from lambdaplan.formatting import figure
from lambdaplan.numbers import (
    UNDECIDED,
    Column,
    Number,
    ceil_each,
    either,
    exceeds,
    larger,
    less,
    on_sweep,
    smaller,
    whole_down,
    whole_up,
)
from lambdaplan.queueing.fleet_queue import ServingUnit, answer_s, carried_rps, service_percentile_s
from lambdaplan.schema.fields import choice, flag, number
from lambdaplan.units import HOURS_PER_WEEK, MS_PER_SECOND
from lambdaplan.workload.workload import Workload, in_flight


@dataclass(frozen=True)
class Limit:
    """Something an option must keep to, and whether it does.

    Parameters
    ----------
    limit : str - the limit in words.
    value, allowed : Number - what the workload asks for, what is allowed, in `unit`.
    adjustable : bool - whether AWS raises it on request: then breaking it is a warning with the
        quota to ask for; otherwise the option is infeasible.
    advisory : bool - whether breaking it is a warning although AWS does not raise it.
    whole : bool - whether both numbers are whole, which floats do tell apart.
    kept : bool - whether it is kept for certain, however close the numbers are.
    """

    limit: str
    value: Number
    allowed: Number
    unit: str
    adjustable: bool
    source: str
    advisory: bool = False
    whole: bool = False
    kept: bool = False

    @functools.cached_property
    def broken(self) -> Number:
        """Whether the value is beyond what is allowed; a column along a sweep."""
        return False if self.kept else exceeds(self.value, self.allowed, whole=self.whole)

    @property
    def ask_for(self) -> int | None:
        """The quota to ask AWS for: what is needed, in whole units; None where AWS raises none or none is needed."""
        return int(-(-self.value // 1)) if self.adjustable and self.broken else None


@dataclass(frozen=True)
class Unit:
    """One machine or task: what it has, and what of it may be used.

    `baseline` is the share of each vCPU that it may use for good (1 unless CPU credits run out), `speed`
    the speed of its vCPU against the one that the workload was measured on.
    """

    name: str
    vcpu: Number
    memory_mb: Number
    reserved_mb: Number = Fraction(0)
    baseline: Fraction = Fraction(1)
    speed: Number = Fraction(1)


@dataclass(frozen=True)
class Carrying:
    """What one unit carries at some utilisation, as units needed for each request per second.

    The three needs are reciprocal to what CPU, slots and memory allow; the largest of them binds. `baseline` is the
    share of its CPU that the unit may use at most.
    """

    cpu: Number
    slots: Number
    memory: Number
    baseline: Fraction = Fraction(1)

    def at(self, utilisation: Number) -> Carrying:
        """From full use to some utilisation; memory is as large at any."""
        cpu = self.cpu * (self.baseline / smaller(utilisation, self.baseline))
        return Carrying(cpu, self.slots / utilisation, self.memory, self.baseline)

    @functools.cached_property
    def units_per_rps(self) -> Number:
        """Units that one request per second needs; a part of one, usually. [s]"""
        return larger(larger(self.cpu, self.slots), self.memory)

    @property
    def bound_by(self) -> str:
        """Which of cpu, slots and memory binds (at a point)."""
        needs = {"cpu": self.cpu, "slots": self.slots, "memory": self.memory}
        return max(needs, key=lambda name: needs[name])


def processes(unit: Unit, workload: Workload) -> Number:
    """Processes on one unit: one a whole vCPU, at least one, never more than memory holds (M5).

    Examples:
        >>> work = Workload(requests_per_month=1, duration_ms=Fraction(200), working_set_mb=Fraction(300))
        >>> processes(Unit("task", Fraction(4), Fraction(1024)), work)  # four vCPU, memory for three
        3
    """
    by_memory = whole_down((unit.memory_mb - unit.reserved_mb) / workload.working_set_mb)
    return larger(smaller(larger(whole_down(unit.vcpu), 1), by_memory), 0)


def memory_for_requests_mb(unit: Unit, workload: Workload) -> Number:
    """Memory left for requests in flight beside the processes. [MB]"""
    return unit.memory_mb - unit.reserved_mb - processes(unit, workload) * workload.working_set_mb


def carrying(unit: Unit, workload: Workload) -> Carrying:
    """What one unit carries at full use; `at` tells it for a utilisation (M5).

    CPU: vcpu x speed x utilisation x 1000 / cpu_ms requests a second, with a unit on CPU credits held to
    its baseline. Slots: processes x concurrency_per_process x utilisation / wall time. Memory:
    what is left beside the processes / request_mb / wall time, whatever the utilisation.

    Notes: a unit that can't hold one process, or has no memory for one request beside it, is
    reported by :func:`fits`; its needs are then those of one process.
    """
    open_s = in_flight(1, workload.wall_ms(unit.vcpu, unit.speed))
    cpu = workload.cpu_per_request_ms / (unit.vcpu * unit.speed * unit.baseline * MS_PER_SECOND)
    held = processes(unit, workload)
    slots = open_s / (larger(held, 1) * workload.concurrency_per_process)
    left = unit.memory_mb - unit.reserved_mb - held * workload.working_set_mb
    usable = left > 0
    memory = either(usable, open_s * workload.request_mb / either(usable, left, 1), 0)
    return Carrying(cpu, slots, memory, unit.baseline)


def fits(unit: Unit, workload: Workload) -> Limit:
    """Whether a unit holds its processes, at least one, and a request beside them (M5)."""
    held = larger(processes(unit, workload), 1) * workload.working_set_mb + workload.request_mb
    have = unit.memory_mb - unit.reserved_mb
    words = f"memory of one {unit.name} for its processes and one request"
    source = "rule: a unit that can't hold one process and one request carries nothing"
    return Limit(words, held, have, "MB", False, source)


@dataclass(frozen=True)
class FleetRules:
    """How a fleet is sized and when: the fleet fields of an option."""

    min_units: Number = number("smallest fleet", unit="units", high=10**9, whole=True, default=2)
    max_units: Number = number(
        "largest fleet; beyond it the option is infeasible", unit="units", low=1, high=10**9, whole=True, default=None
    )
    target_utilisation: Number = number(
        "share of a unit used at the busiest moment of an hour",
        unit="share",
        above=True,
        high=1,
        grain=Fraction(1, 100),
        default=Fraction(3, 5),
    )
    zones: Number = number(
        "availability zones the fleet is spread over", unit="zones", low=1, high=16, whole=True, default=2
    )
    survive_zone_loss: bool = flag("whether the rest carries the peak when one zone is lost", default=True)
    scaling: str = choice(
        "hourly follows the load; fixed is sized for the busiest hour", "hourly", "fixed", default="hourly"
    )
    cpu_speed: Number = number(
        "speed of its vCPU against the one the workload was measured on",
        unit="ratio",
        above=True,
        high=100,
        grain=Fraction(1, 100),
        default=Fraction(1),
    )
    units: Number = number(
        "a fixed number of units: what it can carry is checked, not chosen",
        unit="units",
        low=1,
        high=10**9,
        whole=True,
        default=None,
    )


@dataclass(frozen=True)
class Fleet:
    """Capacity over the month.

    Parameters
    ----------
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
    credits : Credits or None - CPU credits of burstable instances that run without limit.
    bends : tuple of Number - quantities whose change of sign bends the bill along requests.
    wall_ms : Number - mean wall time of a request. [ms]
    slowest_ms : Number - the mean wall time where requests take longest, if parts of the fleet differ; else None. [ms]
    lambda_share : Number - share of the requests that Lambda serves.
    cold : ColdMonth or None - cold starts of a function; None where none are counted.
    peak_rps : Number - requests a second at the busiest moment. [1/s]
    standby : Standby or None - provisioned environments of a function; None without any.
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
    credits: Credits | None = field(default=None, repr=False)
    bends: tuple[Number, ...] = field(default=(), repr=False)
    lambda_share: Number = Fraction(0)
    peak_rps: Number = Fraction(0)
    cold: ColdMonth | None = None
    standby: Standby | None = None


def units_for(peak: Number, weights: np.ndarray, workload: Workload, unit: Unit, rules: FleetRules) -> Any:
    """Whole units that carry a peak of so many requests per second times each weight (M6).

    The smallest n of at least min_units (where no `units` are given) that carries the hour's peak at
    the target utilisation and, with one zone lost, n - ceil(n / zones) carry it at full use. Units left after the loss
    are floor(n (zones - 1) / zones), so the smallest n for m of them is ceil(m zones / (zones - 1)).
    With an answer time to hold (slo) n is instead the smallest that answers the peak in time.
    """
    return _units_for(peak, weights, workload, unit, rules, carrying(unit, workload))


def _units_for(
    peak: Number, weights: np.ndarray, workload: Workload, unit: Unit, rules: FleetRules, full: Carrying
) -> Any:
    timely = timely_fleets(workload, unit)
    if timely is None or not timely.possible:
        n = ceil_each(peak * full.at(rules.target_utilisation).units_per_rps, weights)
    else:
        n = timely.units(peak, weights)
    return _smallest(n, peak * full.units_per_rps, weights, rules)


def _smallest(n: Any, at_full: Number, weights: np.ndarray, rules: FleetRules) -> Any:
    """The smallest fleets of at least so many units that are not below min_units and survive the loss of a zone."""
    n = larger(n, _for_hours(rules.min_units) if rules.units is None else 0)
    if rules.survive_zone_loss:
        left = ceil_each(at_full, weights)
        zones = _for_hours(rules.zones)
        n = larger(n, -((-left * zones) // (zones - 1)))
    return n


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


def serving(unit: Unit, workload: Workload) -> ServingUnit:
    """One unit as a queue sees it: its slots, and the CPU that their requests share."""
    held = int(larger(processes(unit, workload), 1))
    slots = held * int(workload.concurrency_per_process)
    left = memory_for_requests_mb(unit, workload)
    if workload.request_mb:
        slots = max(min(slots, int(left // workload.request_mb)), 1)
    cpu_s = workload.cpu_per_request_ms / Fraction(MS_PER_SECOND)
    power = unit.vcpu * unit.speed * smaller(Fraction(1), unit.baseline)
    return ServingUnit(
        slots=slots,
        slots_per_process=max(slots / held, 1),
        wall_s=float(workload.wall_ms(unit.vcpu, unit.speed) / Fraction(MS_PER_SECOND)),
        computing_s=float(workload.busy_ms(unit.vcpu, unit.speed) / Fraction(MS_PER_SECOND)),
        full_rps=float(power / cpu_s) if cpu_s else float("inf"),
    )


MOST_UNITS = 1 << 14


class Timely:
    """The largest arrival rates that fleets of 1, 2, 3 ... units answer in time.

    The rates are worked out in floats, once; from there on they are exact numbers, so that a fleet
    has the same size at a point and along a sweep. Beyond 16,384 units each further unit is taken to
    carry as much as the mean of those: a little less than it does.
    """

    def __init__(self, unit: ServingUnit, percentile: float, response_s: float, service_cv: float) -> None:
        self._find = functools.partial(
            carried_rps, unit, percentile=percentile, response_s=response_s, service_cv=service_cv
        )
        self._table = np.asarray(self._find(units=np.arange(1, 17)), dtype=float)
        self.possible = bool(self._find(units=MOST_UNITS) > 0)

    def _upto(self, units: int) -> np.ndarray:
        while len(self._table) < min(units, MOST_UNITS):
            more = np.arange(len(self._table) + 1, 2 * len(self._table) + 1)
            self._table = np.concatenate([self._table, np.asarray(self._find(units=more), dtype=float)])
        return self._table

    def rate(self, units: int) -> Fraction:
        """What so many units answer in time: exact. [1/s]"""
        if units <= 0:
            return Fraction(0)
        if units > MOST_UNITS:
            return Fraction(float(self._upto(MOST_UNITS)[MOST_UNITS - 1])) / MOST_UNITS * units
        return Fraction(float(self._upto(units)[units - 1]))

    def rates(self, units: Number) -> Number:
        """The same for one number of units or a column of them. [1/s]"""
        if not on_sweep(units):
            return self.rate(int(units))
        return Column([float(self.rate(int(count))) if count == count else np.nan for count in units.tolist()])  # noqa: PLR0124

    def units(self, peak: Number, weights: np.ndarray) -> Any:
        """The fewest units for a peak times each weight, weights on the last axis."""
        if not on_sweep(peak):
            return np.array([self._fewest(peak * int(weight)) for weight in weights], dtype=object)
        asked = np.asarray(peak, dtype=float)[..., None] * weights.astype(float)
        top = float(np.nanmax(asked, initial=0.0))
        while self._table[-1] < top and len(self._table) < MOST_UNITS:
            self._upto(2 * len(self._table))
        table = self._table
        count = np.searchsorted(table, asked, side="left")
        inside = np.minimum(count, len(table) - 1)
        near = np.abs(asked - table[inside]) <= UNDECIDED * np.abs(asked)
        near |= np.abs(asked - table[np.maximum(inside - 1, 0)]) <= UNDECIDED * np.abs(asked)
        found = np.where((count >= len(table)) | (near & (asked > 0)), np.nan, count + 1.0)
        return Column(np.where(asked == 0, 0.0, found), 1)

    def _fewest(self, rps: Fraction) -> int:
        if rps <= 0:
            return 0
        while Fraction(float(self._table[-1])) < rps and len(self._table) < MOST_UNITS:
            self._upto(2 * len(self._table))
        last = Fraction(float(self._table[-1]))
        if last < rps:
            return int(-(-rps * MOST_UNITS // last))
        place = max(int(np.searchsorted(self._table, float(rps), side="left")) - 1, 0)
        while Fraction(float(self._table[place])) < rps:
            place += 1
        return place + 1


@functools.lru_cache(maxsize=512)
def _timely(unit: ServingUnit, percentile: float, response_s: float, service_cv: float) -> Timely:
    return Timely(unit, percentile, response_s, service_cv)


class Varying(Timely):
    """Where a unit itself changes along a sweep, floats settle nothing: each point is sized exactly."""

    def __init__(self) -> None:
        self.possible = True

    def rates(self, units: Number) -> Number:
        """Nothing a float may tell."""
        return units * np.nan

    def units(self, peak: Number, weights: np.ndarray) -> Any:
        """Nothing a float may tell."""
        return Column(np.full((len(np.atleast_1d(peak)), len(weights)), np.nan))


def timely_fleets(workload: Workload, unit: Unit) -> Timely | None:
    """What fleets of this unit answer in time; None without an answer time to hold."""
    if workload.slo is None:
        return None
    slo, cv = workload.slo, workload.service_cv
    parts = (
        workload.wall_ms(unit.vcpu, unit.speed),
        workload.cpu_per_request_ms,
        memory_for_requests_mb(unit, workload),
        workload.request_mb,
        workload.concurrency_per_process,
        unit.vcpu * unit.speed,
        cv,
    )
    if any(on_sweep(part) for part in parts):
        return Varying()
    limit_s = slo.response_ms / Fraction(MS_PER_SECOND)
    return _timely(serving(unit, workload), float(slo.percentile), float(limit_s), float(cv))


def in_time(workload: Workload, unit: Unit, units: Number, peak_rps: Number, *, sized: bool = False) -> Limit | None:
    """Whether so many units answer a peak in time; None without an answer time to hold.

    `sized` says that the units were chosen for the peak, or the peak for the units: then they do, if any number does.
    """
    timely = timely_fleets(workload, unit)
    if timely is None or workload.slo is None:
        return None
    slo = workload.slo
    words = f"requests a second that {unit.name}s answer in {figure(slo.response_ms)} ms at {figure(slo.percentile)} %"
    carried = timely.rates(units) if timely.possible else Fraction(0)
    return Limit(words, peak_rps, carried, "1/s", False, "the scenario", kept=sized and timely.possible)


def within_timeout(workload: Workload, slowest_ms: Number) -> tuple[Limit, ...]:
    """Whether the mean request ends within the reader's own `timeout_ms`; nothing where none is given."""
    most = workload.timeout_ms
    if most is None:
        return ()
    words = "mean wall time of a request, at most `timeout_ms`"
    return (Limit(words, slowest_ms, most, "ms", False, "the scenario"),)


def _for_hours(value: Number) -> Number:
    """A number of the fleet, ready to stand beside the hours on the last axis."""
    return value[..., None] if on_sweep(value) else value


def size_fleet(workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number) -> Fleet:
    """The fleet that carries the week, hour by hour (M6).

    `hourly` follows the load, `fixed` bills the largest hour's units for every hour, and a given
    number of `units` is checked against what would be needed. A month is hours / 168 weeks (M1).
    """
    traffic = workload.traffic
    at_full = carrying(unit, workload)
    at_target = at_full.at(rules.target_utilisation)
    peak = workload.peak_rps_per_weight(hours_per_month)
    needed = _units_for(peak, traffic.weights, workload, unit, rules, at_full)
    peak_needed = _busiest(needed)
    limits = [fits(unit, workload)]
    if rules.units is not None:
        limits.append(unit_limit("units that carry the peak, given by `units`", peak_needed, rules.units, unit))
        running = needed * 0 + _for_hours(rules.units)
    else:
        running = needed if rules.scaling == "hourly" else needed * 0 + needed[..., -1:]
    if rules.max_units is not None:
        limits.append(unit_limit("units, at most `max_units`", peak_needed, rules.max_units, unit))
    rps = workload.mean_rps(hours_per_month)
    peak_rps = rps * traffic.burst * traffic.peak_to_mean
    timely = in_time(workload, unit, _busiest(running), peak_rps)
    limits += [] if timely is None else [timely]
    week_hours = (running * traffic.hours).sum(axis=-1)
    units_mean = week_hours / Fraction(HOURS_PER_WEEK)
    wall = workload.wall_ms(unit.vcpu, unit.speed)
    return Fleet(
        unit=unit.name,
        unit_hours=units_mean * hours_per_month,
        units_mean=units_mean,
        units_peak=_busiest(running),
        in_flight_mean=in_flight(rps, wall),
        in_flight_peak=in_flight(rps * traffic.burst * traffic.peak_to_mean, wall),
        unit_rps=1 / at_target.units_per_rps,
        utilisation_mean=rps * at_full.units_per_rps / either(units_mean > 0, units_mean, 1),
        bound_by="" if on_sweep(at_target.units_per_rps) else at_target.bound_by,
        wall_ms=wall,
        limits=tuple(limits),
        by_weight=running,
        peak_rps=peak_rps,
    )


def committed_units(fleet: Fleet, workload: Workload, ratio: Fraction) -> Number:
    """Units worth a savings plan, of a fleet that grows with each hour's weight.

    A plan is paid in every hour. So a unit is worth it where it runs in at least the share `ratio`
    (plan rate over on-demand rate) of the hours. That is the number of units at the largest weight
    which at least that share of the week's hours reaches.
    """
    base = base_weight(workload, ratio)
    return hour_of(fleet.by_weight, 0) * 0 if base is None else hour_of(fleet.by_weight, base)


def base_weight(workload: Workload, ratio: Fraction) -> int | None:
    """The place of the weight at the base of the load: the largest that at least a share of the hours reaches.

    None where the share is above 1: a plan dearer than on demand is worth no hour.
    """
    traffic = workload.traffic
    reached = 0
    for place in reversed(range(len(traffic.weights))):
        reached += int(traffic.hours[place])
        if reached >= ratio * HOURS_PER_WEEK:
            return place
    return None


def split_hours(fleet: Fleet, workload: Workload, committed: Number, hours_per_month: Number) -> tuple[Number, Number]:
    """Hours paid under a plan, and the hours of the units beyond it. [h]"""
    above = (larger(fleet.by_weight - _for_hours(committed), 0) * workload.traffic.hours).sum(axis=-1)
    return committed * hours_per_month, above * (hours_per_month / Fraction(HOURS_PER_WEEK))


def hour_of(values: np.ndarray, place: int) -> Number:
    """The value at a place of the last axis: a number at a point, a column along a sweep."""
    return values[..., place] if on_sweep(values) else values[place]


def _busiest(units: np.ndarray) -> Number:
    """Units in the busiest hour: weights ascend."""
    return hour_of(units, -1)


def unit_limit(words: str, needed: Number, allowed: Number, unit: Unit) -> Limit:
    """Whether a fleet keeps to a number of units that the scenario gives."""
    return Limit(f"{words} ({unit.name})", needed, allowed, "units", False, "the scenario", whole=True)


@dataclass(frozen=True)
class Credits:
    """CPU time of burstable instances and what their credits cover, for each weekday on the last axis.

    References: "Unlimited mode for burstable performance instances", Amazon EC2 User Guide, Amazon
    Web Services: surplus is charged when the average over 24 hours is above the baseline.
    """

    used: Number  # vCPU-hours a day; grows with requests
    earned: Number  # instance-hours x vCPU x baseline a day; never falls as requests grow

    @property
    def above(self) -> Number:
        """Each day's use less its credits. [vCPU-hours]"""
        return less(self.used, self.earned)


def credits_of(rps: Any, workload: Workload, fleet: Fleet, unit: Unit, baseline: Fraction) -> Credits:
    """What burstable instances use and earn on each day, at so many requests per second for each weight of the week."""
    used = rps * _for_hours(workload.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND))
    by_day = workload.traffic.by_day
    return Credits(used @ by_day, (fleet.by_weight @ by_day) * (unit.vcpu * baseline))


def answer_ms(
    unit: Unit,
    workload: Workload,
    units: Number,
    peak_rps: Number,
    percent: float,
    *,
    beside: tuple[Number, Number] = (0, 1),
) -> float | None:
    """A percentile of the answer time at the busiest moment of a fleet; None where it is overloaded. [ms]

    `beside` is the share of all requests that functions serve beside the fleet, and their mean wall time in ms.
    """
    share, beside_ms = beside
    if share == 1:
        return function_ms(beside_ms, workload, percent)
    if not units:
        return None
    found = answer_s(
        serving(unit, workload),
        units=int(units),
        arrival_rps=float(peak_rps),
        percentiles=(percent,),
        service_cv=float(workload.service_cv),
        beside_share=float(share),
        beside_s=float(beside_ms) / MS_PER_SECOND,
    )[0]
    return None if np.isnan(found) else float(found) * MS_PER_SECOND


def function_ms(wall_ms: Number, workload: Workload, percent: float) -> float:
    """A percentile of a warm function's answer time: it waits for nothing. [ms]"""
    cv, service_s = float(workload.service_cv), float(wall_ms) / MS_PER_SECOND
    return float(service_percentile_s(service_s=service_s, percentile=percent, service_cv=cv)) * MS_PER_SECOND


def rps_by_weight(workload: Workload, hours_per_month: Number) -> Any:
    """Mean requests per second in the hours of each weight of the week, weights on the last axis. [1/s]"""
    each = workload.mean_rps(hours_per_month) / workload.traffic.mean_weight
    weights = workload.traffic.weights
    return each[..., None] * weights if on_sweep(each) else each * weights


def surplus(above: Number, hours_per_month: Number) -> Number:
    """A month's surplus, from each weekday's use less its credits. [vCPU-hours]"""
    return larger(above, 0).sum(axis=-1) * (hours_per_month / Fraction(HOURS_PER_WEEK))


def step_edges(
    workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number, low: int, high: int
) -> np.ndarray:
    """The request counts of a month, above low and up to high, from which an hour needs a unit more.

    `workload` is taken at one request a month: needs grow in proportion to requests. An hour needs
    more than k units from floor(k / need of one request) + 1 requests. Whole numbers, exactly.
    """
    one = workload.peak_rps_per_weight(hours_per_month)
    weights = [weight for weight in workload.traffic.weights if weight]
    if rules.units is not None or rules.scaling == "fixed":
        weights = weights[-1:]
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
        need = one * carrying(unit, workload).at(utilisation).units_per_rps
        for weight in weights:
            up, down = need.numerator * int(weight), need.denominator
            first = max(low * up // down, smallest, 0)
            edges.update(k * down // up + 1 for k in range(first, high * up // down + 1))
    return np.array(sorted(edge for edge in edges if low < edge <= high), dtype=np.int64)


def count_edges(workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number) -> Fraction:
    """About how many edges :func:`step_edges` finds for each request a month of its range."""
    one = workload.peak_rps_per_weight(hours_per_month)
    need = one * carrying(unit, workload).at(rules.target_utilisation).units_per_rps
    timely = timely_fleets(workload, unit)
    if timely is not None and timely.possible:
        need = one / (timely.rate(MOST_UNITS) / MOST_UNITS)
    hourly = rules.units is None and rules.scaling == "hourly"
    weights = workload.traffic.weights if hourly else workload.traffic.weights[-1:]
    return Fraction(need) * int(sum(weights)) * (2 if rules.survive_zone_loss else 1)
