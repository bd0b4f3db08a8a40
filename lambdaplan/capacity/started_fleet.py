"""Fleets of a job: each run starts a unit of its own, which ends with it."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from lambdaplan.capacity.fleet import Fleet, rps_by_weight
from lambdaplan.capacity.fleet_rules import FleetRules, for_hours
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.unit import Unit, fits, unit_limit
from lambdaplan.numbers import Number, either, larger, on_sweep, whole_up
from lambdaplan.units import MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload, in_flight


def starts_each(workload: Workload, rules: FleetRules) -> bool:
    """Whether each run of a job starts a unit: no unit stands for it."""
    stands = on_sweep(rules.min_units) or rules.min_units or rules.units is not None or rules.scaling == "fixed"
    return workload.is_job and not stands


def of_one_run(unit: Unit) -> Unit:
    """A unit that a run has to itself: one process, unless the scenario gives another number."""
    return unit if unit.given_processes is not None else dataclasses.replace(unit, given_processes=1)


def started_fleet(
    workload: Workload, unit: Unit, rules: FleetRules, hours_per_month: Number, started_s: Number, paid_s: Number
) -> Fleet:
    """The units that runs start in a month.

    Unit-hours = attempts x the time that each is paid for. As many run at once as there are runs in flight (Little's
    law), at the busiest moment at least one.

    Parameters:
    started_s : Number - from the start of a unit to its end: its own start and the run. [s]
    paid_s : Number - what of that is paid, by the platform's steps and its minimum. [s]
    """
    alone, wall = of_one_run(unit), workload.wall_ms(unit.vcpu, unit.speed)
    rps, attempts = workload.mean_rps(hours_per_month), workload.attempts_per_month
    peak_rps = rps * workload.traffic.peak_of_mean
    unit_hours = attempts * paid_s / Fraction(SECONDS_PER_HOUR)
    at_once = whole_up(peak_rps * started_s)
    units_peak = either(attempts > 0, larger(at_once, 1), 0)
    limits = [*fits(alone, workload)]
    if rules.max_units is not None:
        limits.append(unit_limit("runs at once, at most `max_units`", units_peak, rules.max_units, unit))
    if workload.drains:
        words = "time until a run has started (startup_s), at most `max_wait_s`"
        limits.append(Limit(words, started_s - wall / MS_PER_SECOND, workload.max_wait_s, "s", False, "the scenario"))
    return Fleet(
        unit=unit.name,
        unit_hours=unit_hours,
        units_mean=unit_hours / hours_per_month,
        units_peak=units_peak,
        in_flight_mean=in_flight(rps, wall),
        in_flight_peak=in_flight(peak_rps, wall),
        unit_rps=MS_PER_SECOND / wall,
        utilisation_mean=wall / MS_PER_SECOND / paid_s,
        bound_by="",
        wall_ms=wall,
        limits=tuple(limits),
        by_weight=rps_by_weight(workload, hours_per_month) * for_hours(started_s),
        peak_rps=peak_rps,
        started_each=True,
    )


def surplus_of_runs(workload: Workload, unit: Unit, started_s: Number, earned: Fraction) -> Number:
    """Surplus CPU credits of a month in which each run has a burstable instance to itself. [vCPU-hours]

    It uses the CPU time of its run, earns while it stands, and starts without credits; what is left over when it ends
    is charged.

    Parameters: earned : Fraction - what one earns in an hour. [vCPU-hours]
    """
    return workload.attempts_per_month * larger(over_of_run(workload, unit, started_s, earned), 0)


def over_of_run(workload: Workload, unit: Unit, started_s: Number, earned: Fraction) -> Number:
    """What one run uses above what its instance earns meanwhile. [vCPU-hours]"""
    used = workload.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND)
    return (used - started_s * earned) / Fraction(SECONDS_PER_HOUR)
