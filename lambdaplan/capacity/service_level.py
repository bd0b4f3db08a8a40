"""Service level: the smallest fleet that keeps an answer time, and time-outs."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.unit import Unit, memory_for_requests_mb, serving
from lambdaplan.formatting import figure
from lambdaplan.numbers import UNDECIDED, Column, Number, on_sweep, whole_up
from lambdaplan.queueing.fleet_queue import ServingUnit, answer_s, carried_rps, service_percentile_s
from lambdaplan.units import MS_PER_SECOND
from lambdaplan.workload.workload import Workload

MOST_UNITS = 1 << 14


class Timely:
    """The largest arrival rates that fleets of 1, 2, 3 ... units answer in time.

    The rates are worked out in floats, once; from there on they are exact numbers, so that a fleet
    has the same size at a point and along a sweep. Beyond 16,384 units each further unit is taken to
    carry as much as the mean of those: a little less than it does.
    """

    def __init__(self, unit: ServingUnit, percentile: float, response_s: float, service_cv: float, family: str) -> None:
        self._find = functools.partial(
            carried_rps, unit, percentile=percentile, response_s=response_s, service_cv=service_cv, family=family
        )
        first = np.asarray(self._find(units=np.array([*range(1, 17), MOST_UNITS])), dtype=float)
        self._table = first[:-1]
        self.of_most = Fraction(float(first[-1]))  # what the largest fleet of the table answers
        self.possible = self.of_most > 0

    def _upto(self, units: int) -> np.ndarray:
        while len(self._table) < min(units, MOST_UNITS):
            more = np.arange(len(self._table) + 1, 2 * len(self._table) + 1)
            self._table = np.concatenate([self._table, np.asarray(self._find(units=more), dtype=float)])
        return self._table

    def _reaching(self, rps: float | Fraction) -> np.ndarray:
        """The rates of as many fleets as it takes to answer so many requests a second."""
        while Fraction(float(self._table[-1])) < rps and len(self._table) < MOST_UNITS:
            self._upto(2 * len(self._table))
        return self._table

    def rate(self, units: int) -> Fraction:
        """What so many units answer in time: exact. [1/s]"""
        if units <= 0:
            return Fraction(0)
        if units >= MOST_UNITS:
            return self.of_most / MOST_UNITS * units
        return Fraction(float(self._upto(units)[units - 1]))

    def rates(self, units: Number) -> Number:
        """The same for one number of units or a column of them. [1/s]"""
        if not on_sweep(units):
            return self.rate(int(units))
        counts = np.asarray(units, dtype=float)
        carried = np.where(np.isnan(counts), np.nan, 0.0)
        known = (counts > 0) & (counts < MOST_UNITS)
        if known.any():
            whole = counts[known].astype(np.intp)
            carried[known] = self._upto(int(whole.max()))[whole - 1]
        for place in zip(*np.nonzero(counts >= MOST_UNITS), strict=True):
            carried[place] = float(self.rate(int(counts[place])))
        return Column(carried)

    def units(self, peak: Number, weights: np.ndarray) -> Any:
        """The fewest units for a peak times each weight, weights on the last axis."""
        if not on_sweep(peak):
            return np.array([self._fewest(peak * int(weight)) for weight in weights], dtype=object)
        asked = np.asarray(peak, dtype=float)[..., None] * weights.astype(float)
        table = self._reaching(float(np.nanmax(asked, initial=0.0)))
        count = np.searchsorted(table, asked, side="left")
        inside = np.minimum(count, len(table) - 1)
        near = np.abs(asked - table[inside]) <= UNDECIDED * np.abs(asked)
        near |= np.abs(asked - table[np.maximum(inside - 1, 0)]) <= UNDECIDED * np.abs(asked)
        units = np.where(near & (asked > 0), np.nan, count + 1.0)
        beyond = count >= len(table)
        if beyond.any():
            many = np.where(beyond, asked, 0.0) * MOST_UNITS / table[-1]
            units = np.where(beyond, np.asarray(whole_up(Column(many)), dtype=float), units)
        return Column(np.where(asked == 0, 0.0, units), 1)

    def least_units(self, rps: np.ndarray) -> np.ndarray:
        """No more than the fewest units for each of some peaks, as quick to tell as may be. [units]"""
        table = self._reaching(float(rps.max(initial=0.0)))
        beyond = np.ceil(rps * (1 - UNDECIDED) * MOST_UNITS / table[-1] * (1 - UNDECIDED)) if table[-1] else rps * 0
        count = np.searchsorted(table, rps * (1 - UNDECIDED), side="left")
        return np.where(rps <= 0, 0.0, np.where(count >= len(table), np.maximum(beyond, len(table)), count + 1.0))

    def _fewest(self, rps: Fraction) -> int:
        if rps <= 0:
            return 0
        table = self._reaching(rps)
        last = Fraction(float(table[-1]))
        if last < rps:
            return int(-(-rps * MOST_UNITS // last))
        place = max(int(np.searchsorted(table, float(rps), side="left")) - 1, 0)
        while Fraction(float(table[place])) < rps:
            place += 1
        return place + 1


@functools.lru_cache(maxsize=512)
def _timely(unit: ServingUnit, percentile: float, response_s: float, service_cv: float, family: str) -> Timely:
    return Timely(unit, percentile, response_s, service_cv, family)


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
    slo, spread = workload.slo, workload.spread
    parts = (
        workload.wall_ms(unit.vcpu, unit.speed),
        workload.cpu_per_request_ms,
        memory_for_requests_mb(unit, workload),
        workload.request_mb,
        unit.process_slots(workload),
        unit.vcpu * unit.speed,
        spread.cv,
    )
    if any(on_sweep(part) for part in parts):
        return Varying()
    limit_s = slo.response_ms / Fraction(MS_PER_SECOND)
    return _timely(serving(unit, workload), float(slo.percentile), float(limit_s), float(spread.cv), spread.family)


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


def within_visibility(workload: Workload, call_ms: Number) -> tuple[Limit, ...]:
    """Whether a message stays hidden until the work on it is done; nothing where no time is given."""
    hidden_s = workload.visibility_timeout_s
    if not on_sweep(hidden_s) and hidden_s is None:
        return ()
    words = "time of a call, at most `visibility_timeout_s`, after which its messages come again"
    return (Limit(words, call_ms, hidden_s * MS_PER_SECOND, "ms", False, "the scenario"),)


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
    seconds = answer_s(
        serving(unit, workload),
        units=int(units),
        arrival_rps=float(peak_rps),
        percentiles=(percent,),
        service_cv=float(workload.spread.cv),
        family=workload.spread.family,
        beside_share=float(share),
        beside_s=float(beside_ms) / MS_PER_SECOND,
    )[0]
    return None if np.isnan(seconds) else float(seconds) * MS_PER_SECOND


def function_ms(wall_ms: Number, workload: Workload, percent: float) -> float:
    """A percentile of a warm function's answer time: it waits for nothing. [ms]"""
    spread, service_s = workload.spread, float(wall_ms) / MS_PER_SECOND
    how: dict[str, Any] = {"service_cv": float(spread.cv), "family": spread.family}
    return float(service_percentile_s(service_s=service_s, percentile=percent, **how)) * MS_PER_SECOND
