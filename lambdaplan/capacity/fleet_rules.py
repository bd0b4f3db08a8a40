"""The rules by which a fleet is sized (M6): the fleet fields of an option."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.numbers import Number, larger, on_sweep
from lambdaplan.schema.fields import choice, flag, number


@dataclass(frozen=True)
class FleetRules:
    """How a fleet is sized and when: the fleet fields of an option."""

    min_units: Number = number(
        "smallest fleet; of a queue 1 by default, of a job 0", unit="units", high=10**9, whole=True, default=2
    )
    max_units: Number = number(
        "largest fleet; beyond it the option is infeasible", unit="units", low=1, high=10**9, whole=True, default=None
    )
    target_utilisation: Number = number(
        "share of a unit used at the busiest moment of an hour; of a queue or a job 1 by default, used as it drains",
        unit="share",
        above=True,
        high=1,
        grain=Fraction(1, 100),
        default=Fraction(3, 5),
    )
    zones: Number = number(
        "availability zones the fleet is spread over; of a queue or a job 1 by default",
        unit="zones",
        low=1,
        high=16,
        whole=True,
        default=2,
    )
    survive_zone_loss: bool = flag(
        "whether the rest carries the peak when one zone is lost; of a queue or a job not by default", default=True
    )
    scaling: str = choice(
        "hourly follows the load, of a queue its length; fixed is sized for the busiest hour, of a queue for the week",
        "hourly",
        "fixed",
        default="hourly",
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
    processes: Number = number(
        "worker processes in one unit; one a whole vCPU, and no more than memory holds, unless given",
        unit="processes",
        low=1,
        high=10_000,
        whole=True,
        default=None,
    )


def with_rules(n: Any, left: Any, rules: FleetRules) -> Any:
    """The same, given the units that have to be left when a zone is lost."""
    n = larger(n, for_hours(rules.min_units) if rules.units is None else 0)
    if rules.survive_zone_loss:
        zones = for_hours(rules.zones)
        n = larger(n, -((-left * zones) // (zones - 1)))
    return n


def for_hours(value: Number) -> Number:
    """A number of the fleet, ready to stand beside the hours on the last axis."""
    return value[..., None] if on_sweep(value) else value
