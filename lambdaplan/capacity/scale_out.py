"""Scale-out: requests that wait while new units start."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.unit import Unit, carrying
from lambdaplan.numbers import Number
from lambdaplan.units import DAYS, HOURS_PER_DAY, HOURS_PER_WEEK
from lambdaplan.workload.workload import Workload

IN_A_BURST = -1


@dataclass(frozen=True)
class Start:
    """The hours of a week at whose start the running units are given more than they carry.

    Parameters:
    startup_s : Number - time until a new unit takes requests. [s]
    hours : tuple of int - those hours, 0 being Monday 00:00; empty where the running units always carry the load.
    worst : int or None - the one in which requests wait longest; IN_A_BURST where that is a burst.
    ratio : Fraction or None - its peak over what the running units carry at full use; None where none runs.
    wait_s : Fraction - how long a request waits there at most. [s]
    requests : Fraction - requests of a month that come while units start in such hours.
    """

    startup_s: Number
    hours: tuple[int, ...]
    worst: int | None
    ratio: Fraction | None
    wait_s: Fraction
    requests: Fraction

    @property
    def in_burst(self) -> bool:
        """Whether it is in a burst that requests wait longest."""
        return self.worst == IN_A_BURST

    @property
    def when(self) -> str:
        """The worst hour in words, such as "Monday 09:00"; empty where there is none."""
        if self.worst is None:
            return ""
        if self.in_burst:
            return "in a burst"
        return f"{DAYS[self.worst // HOURS_PER_DAY]} {self.worst % HOURS_PER_DAY:02}:00"

    def document(self) -> dict[str, Any]:
        """As documents have it."""
        return {
            "startup_s": self.startup_s,
            "overloaded_hours_a_week": len(self.hours),
            "worst": self.when or None,
            "overload": self.ratio,
            "wait_s": self.wait_s,
            "requests_per_month": self.requests,
        }


def start_of_units(fleet: Fleet, unit: Unit, workload: Workload, hours_per_month: Number, startup_s: Number) -> Start:
    """Follow a fleet that grows with the load from hour to hour, at a point.

    A fleet of n units grows when the next hour begins. For `startup_s` the n units carry that hour's peak of L requests
    a second. At full use they carry C. Where L is above C a line of (L - C) x time builds up. New units at its end take
    part in it, so the request that waits longest is the one that reaches the front just when they come: it came at
    startup_s x C / L, and waits startup_s x (1 - C / L).

    Parameters:
    fleet : Fleet - with its units by weight.
    startup_s : Number - time until a new unit takes requests, and for noticing that it is needed; up to an hour. [s]

    Notes: the hour is taken to begin with its peak, and a burst to come in the quietest hour: the safe side. Requests
    are taken to wait and not to fail.
    """
    traffic, full = workload.traffic, carrying(unit, workload).units_per_rps
    units = [int(many) for many in fleet.hourly(traffic)]
    peaks = [int(traffic.peaks[place]) for place in traffic.which]
    peak = workload.peak_rps_per_weight(hours_per_month)
    weeks = Fraction(hours_per_month) / HOURS_PER_WEEK
    starts: list[tuple[Fraction, int, Fraction | None]] = []
    requests = Fraction(0)
    for hour in range(HOURS_PER_WEEK):
        running = units[hour - 1]
        load, carried = Fraction(peak * peaks[hour]), Fraction(running / Fraction(full)) if full else None
        if units[hour] <= running or carried is None or load <= carried:
            continue
        starts.append((Fraction(startup_s) * (1 - carried / load), hour, load / carried if carried else None))
        requests += load * Fraction(startup_s) * weeks
    for number, (place, burst) in enumerate(traffic.burst_places):
        running = min(units)
        load, carried = Fraction(peak * int(traffic.peaks[place])), Fraction(running / Fraction(full)) if full else None
        if max(fleet.in_burst(number, place)) <= running or carried is None or load <= carried:
            continue
        until_s = min(Fraction(startup_s), burst.seconds)
        starts.append((until_s * (1 - carried / load), IN_A_BURST, load / carried if carried else None))
        requests += load * until_s * burst.per_month
    if not starts:
        return Start(startup_s, (), None, None, Fraction(0), Fraction(0))
    wait_s, worst, ratio = max(starts, key=lambda one: (one[0], -one[1]))
    hours = tuple(hour for _, hour, _ in starts if hour != IN_A_BURST)
    return Start(startup_s, hours, worst, ratio, wait_s, requests)
