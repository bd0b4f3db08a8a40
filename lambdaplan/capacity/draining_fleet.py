"""Fleets of work that may wait: the units that keep its wait within the bound, and what waits for them (M6)."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.draining import NEAR, Draining, Waiting
from lambdaplan.capacity.fleet_rules import FleetRules, for_hours, with_rules
from lambdaplan.capacity.unit import Carrying, Unit
from lambdaplan.numbers import Column, Number, ceil_each, on_sweep, whole_up
from lambdaplan.units import MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload


def for_good(full: Carrying, unit: Unit, workload: Workload) -> Carrying:
    """What a unit carries for good: on `standard` CPU credits no more than it earns, as work may wait for it."""
    if unit.earned_vcpu is None:
        return full
    return dataclasses.replace(
        full, cpu=workload.cpu_per_request_ms / unit.speed / Fraction(MS_PER_SECOND) / unit.earned_vcpu
    )


def draining_units(
    drained: Draining,
    workload: Workload,
    rules: FleetRules,
    hours_per_month: Number,
    full: Carrying,
    *,
    fixed: bool = False,
) -> Any:
    """Whole units that serve what each hour of the week must, or with `fixed` what does for all of it (M6)."""
    per_weight = workload.mean_rps(hours_per_month) / workload.traffic.mean_weight / drained.scale
    capacity = drained.least if fixed else drained.capacity
    units = per_weight * full.at(rules.target_utilisation).units_per_rps
    if on_sweep(capacity):
        asked = for_hours(units) * capacity
        n = whole_up(asked)
        values = np.asarray(asked, dtype=float)
        near = np.abs(values - np.rint(values)) <= NEAR * np.maximum(values.max(axis=-1, keepdims=True), 1)
        n = Column(np.where(near, np.nan, np.asarray(n, dtype=float)), 1)
        left = for_hours(per_weight * full.units_per_rps) * capacity
        return with_rules(n, whole_up(left) if rules.survive_zone_loss else n, rules)
    n, left = (ceil_each(need, capacity) for need in (units, per_weight * full.units_per_rps))
    return with_rules(n, left, rules)


def waiting_for(
    running: Any, drained: Draining, workload: Workload, at_target: Carrying, hours_per_month: Number
) -> Waiting | None:
    """What waits for so many units over the week; None along a sweep."""
    per_weight = workload.mean_rps(hours_per_month) * SECONDS_PER_HOUR / workload.traffic.mean_weight
    if on_sweep(running) or any(on_sweep(value) for value in (per_weight, at_target.units_per_rps)):
        return None
    traffic, each = workload.traffic, SECONDS_PER_HOUR / Fraction(at_target.units_per_rps)
    messages = [Fraction(per_weight * int(traffic.weights[place])) for place in traffic.which]
    bursts = [
        (Fraction(per_weight * int(traffic.weights[place])) * lasts, lasts, int(running[at[0]]) * each)
        for (place, load), at in zip(traffic.burst_places, drained.burst_at, strict=True)
        for lasts in [load.seconds / SECONDS_PER_HOUR]
    ]
    capacity = [int(running[place]) * each for place in drained.place_of_hour]
    return Waiting(capacity, messages, Fraction(traffic.burst), tuple(bursts))
