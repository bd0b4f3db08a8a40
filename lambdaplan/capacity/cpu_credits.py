"""CPU credits of burstable instances as AWS keeps them, hour by hour of the repeated week (M5).

An instance earns credits all the time and spends them as it computes. What it has not spent is its balance, at most
what it earns in 24 hours. Where that is used up an instance on `unlimited` goes on with surplus credits; what it earns
later pays them back first. Surplus above what it earns in 24 hours is charged, and so is what is left when it ends.
Balance and surplus exclude each other, so both are one number: the balance, and below zero the surplus. Amounts are in
vCPU-hours: 60 credits are one.

A fleet shares its load evenly. It takes its newest instance away first, and a new one has no credits. So the k-th
oldest stands in the hours whose fleet has k units or more, and there are no more kinds of instances than sizes of the
fleet.

Rare bursts (`traffic.bursts`) have an even part of every hour. An instance that stands in the hour earns and spends in
them too, where the fleet of the burst has as many units as it is old; else it rests. One that is started for a burst
begins without credits and ends with it, and what it then owes is charged.

References: "Unlimited mode concepts", "Unlimited mode examples", "Standard mode concepts" and "Additional CloudWatch
metrics for burstable performance instances" (CPUSurplusCreditBalance, CPUSurplusCreditsCharged), Amazon EC2 User Guide,
Amazon Web Services, read 2026-11-30 in awsdocs/amazon-ec2-user-guide.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.numbers import Column, Number, on_sweep
from lambdaplan.units import HOURS_PER_DAY, HOURS_PER_WEEK

NEGLIGIBLE = 1e-12  # of what is used: a smaller surplus in floats may be none


@dataclass(frozen=True)
class Credits:
    """CPU time of burstable instances without limit, and what of it their credits do not cover.

    Hours of the week with the same fleet and load stand for each other: each is at one of several places, on the last
    axis. Fleets never shrink from one place to the next.

    Parameters:
    used : Number - what the fleet computes in an hour at each place. [vCPU-hours]
    units : Number - instances running at each place.
    place_of_hour : array - the place of each hour of the week, from Monday 00:00.
    earned : Fraction - what one instance earns in an hour. [vCPU-hours]
    bursts : tuple of (int, Fraction) - places at which rare bursts are, and the share of each hour that they take.
    """

    used: Number
    units: Number
    place_of_hour: np.ndarray = field(repr=False)
    earned: Fraction
    bursts: tuple[tuple[int, Fraction], ...] = ()

    @property
    def between_bursts(self) -> Fraction:
        """The share of each hour that no burst takes."""
        return 1 - sum((share for _, share in self.bursts), Fraction(0))

    @property
    def in_order(self) -> list[int]:
        """Its places in an order that a number of the traffic leaves as it is: hours by their load, then bursts."""
        at = {place for place, _ in self.bursts}
        return [n for n in range(np.shape(self.units)[-1]) if n not in at] + sorted(at)

    @functools.cached_property
    def starts(self) -> np.ndarray:
        """How many hours of the week are at each place, bursts among them."""
        return np.bincount(self.place_of_hour, minlength=np.shape(self.units)[-1])

    @functools.cached_property
    def hours(self) -> np.ndarray:
        """How much of the week is at each place. [h]"""
        if not self.bursts:
            return self.starts
        hours: np.ndarray = self.starts * self.between_bursts
        for place, share in self.bursts:
            hours[place] += share * HOURS_PER_WEEK
        return hours

    @functools.cached_property
    def surplus(self) -> Number:
        """What is charged of a week; on a sweep NaN where floats can't tell whether anything is. [vCPU-hours]"""
        return self._walked(patterns=False)[0]

    @functools.cached_property
    def pattern(self) -> np.ndarray:
        """A number for each point of a sweep that says which balances are full, used up or left over in which hours.

        While units stay as they are, use grows in proportion to requests, and so do balances between such events. The
        requests with one pattern have no gaps: two of them have a straight line of surplus between.
        """
        return self._walked(patterns=True)[1]

    def month_surplus(self, hours_per_month: Number) -> Number:
        """What is charged of a month, which is hours / 168 such weeks (M1). [vCPU-hours]"""
        return self.surplus * (hours_per_month / Fraction(HOURS_PER_WEEK))

    def _walked(self, *, patterns: bool) -> tuple[Number, np.ndarray]:
        if not (on_sweep(self.used) or on_sweep(self.units)):
            return self._exactly(patterns=patterns)
        used, units = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (self.used, self.units)))
        shape, places = used.shape[:-1], used.shape[-1]
        used, units = used.reshape(-1, places).T, units.reshape(-1, places).T
        above = ~(used <= units * float(self.earned)).all(axis=0)  # the rest is never charged; NaN stays in
        charged, pattern = np.zeros(used.shape[1]), np.zeros(used.shape[1], dtype=np.uint64)
        if above.any():
            used, units = used[:, above], units[:, above]
            gained = float(self.earned) - used / np.where(units == 0, 1, units)
            cap = float(self.earned * HOURS_PER_DAY)
            shares = float(self.between_bursts), [(place, float(share)) for place, share in self.bursts]
            charged[above], pattern[above] = _walked_in_parts(
                gained, units, self.place_of_hour, cap, *shares, patterns=patterns
            )
            near = NEGLIGIBLE * (used * self.hours.astype(float)[:, None]).sum(axis=0)
            doubtful = (charged[above] > 0) & (charged[above] <= near)
            charged[above] = np.where(doubtful | np.isnan(units).any(axis=0), np.nan, charged[above])
        return Column(charged.reshape(shape)), pattern.reshape(shape)

    def _exactly(self, *, patterns: bool) -> tuple[Fraction, np.ndarray]:
        """The same at a point, by the same walk in whole numbers of a common part of a vCPU-hour."""
        pairs = [(use, int(many)) for use, many in zip(self.used, self.units, strict=True)]
        if all(use <= many * self.earned for use, many in pairs):
            return Fraction(0), np.zeros(1, dtype=np.uint64)
        gained = [Fraction(self.earned - use / Fraction(many or 1)) for use, many in pairs]
        scale = math.lcm(self.earned.denominator, *(gain.denominator for gain in gained))
        whole = np.array([[int(gain * scale)] for gain in gained], dtype=object)
        units = np.array([[many] for _, many in pairs], dtype=object)
        parts = math.lcm(1, *(share.denominator for _, share in self.bursts))
        shares = int(self.between_bursts * parts), [(place, int(share * parts)) for place, share in self.bursts]
        cap = np.array([int(self.earned * HOURS_PER_DAY * scale) * parts], dtype=object)
        charged, pattern = _walk(whole, units, self.place_of_hour, cap, *shares, patterns=patterns)
        return Fraction(int(charged[0]), scale * parts), pattern


def credits_by_hour(used: Sequence[Number], units: Sequence[int], earned: Fraction) -> Credits:
    """The credits of a fleet whose use and units are given for each hour of the week, at a point."""
    order = np.argsort(np.array([int(many) for many in units]), kind="stable")
    place_of_hour = np.argsort(order, kind="stable")
    used_by_place, units_by_place = (np.array(list(part), dtype=object)[order] for part in (used, units))
    return Credits(used_by_place, units_by_place, place_of_hour, earned)


@dataclass(frozen=True)
class KnownCredits(Credits):
    """Credits of a week whose surplus was worked out hour by hour, at a point. [vCPU-hours]"""

    charged: Fraction = Fraction(0)

    @functools.cached_property
    def surplus(self) -> Number:
        """What is charged of a week. [vCPU-hours]"""
        return self.charged


@dataclass(frozen=True)
class BurstHours:
    """A kind of burst of which each hour of the week has a part, at a point.

    Parameters: used, units : sequences - in one that comes in each of the 168 hours. [vCPU]
    share : Fraction - the share of each hour that it takes.
    """

    used: Sequence[Fraction]
    units: Sequence[int]
    share: Fraction


def credits_with_bursts(
    used: Sequence[Fraction], units: Sequence[int], bursts: Sequence[BurstHours], earned: Fraction
) -> Credits:
    """The credits of a fleet whose bursts have another fleet in each hour, by the same rules, at a point.

    Instances that stand in the same hours and bursts are one kind: between two sizes of the fleet they are alike.
    """
    rest, cap = 1 - sum((one.share for one in bursts), Fraction(0)), earned * HOURS_PER_DAY
    total, smaller = Fraction(0), 0
    for size in sorted({*units, *(many for one in bursts for many in one.units)} - {0}):
        stands = [many >= size for many in units]
        gains = [rest * (earned - use / many) if many else Fraction(0) for use, many in zip(used, units, strict=True)]
        charged = Fraction(0)
        for one in bursts:
            for hour in range(HOURS_PER_WEEK):
                gain = (
                    one.share * (earned - one.used[hour] / one.units[hour]) if one.units[hour] >= size else Fraction(0)
                )
                gains[hour] += gain
                charged += 0 if stands[hour] else max(-gain, Fraction(0))
        first = next((hour for hour in range(HOURS_PER_WEEK) if not stands[hour]), 0)
        balance = Fraction(0)
        if all(stands):
            balance = cap if sum(gains) >= 0 else -cap
            for gain in gains:
                balance = min(max(balance + gain, -cap), cap)
        for hour in (*range(first, HOURS_PER_WEEK), *range(first)):
            if not stands[hour]:
                charged, balance = charged + max(-balance, Fraction(0)), Fraction(0)
                continue
            balance += gains[hour]
            charged += max(-cap - balance, Fraction(0))
            balance = min(max(balance, -cap), cap)
        charged += Fraction(0) if all(stands) else max(-balance, Fraction(0))
        total += charged * (size - smaller)
        smaller = size
    return KnownCredits(used, units, EACH_HOUR, earned, charged=total)


EACH_HOUR = np.arange(HOURS_PER_WEEK)


def bounds_between(
    used: np.ndarray, units: np.ndarray, surplus: np.ndarray, like: Credits
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most surplus of a week between each two neighbours of a sweep.

    Use and units of each hour are taken to rise or fall all the way. A week's surplus is never below what is used less
    what is earned, and never above what single hours use beyond that. It grows with use, by no more than use does. One
    instance more in an hour takes a part of the others' use. That lowers what they owe by no more than its part. It
    prolongs or joins the times it stands, which saves no more than full credits and what it earns in the hour; and it
    adds no more than what its part is above what it earns. One more in an hour is one more in its bursts too, or one
    that no longer starts for them; one more in bursts alone joins no times.

    Parameters:
    used, units, surplus : arrays - at points of a sweep; of use and units a row each, a column for each place, in their
        order (`Credits.in_order`).
    like : Credits - what is earned, and how many hours are at each place.

    Returns: two arrays, one shorter than the sweep. [vCPU-hours]
    """
    earned, cap, order = float(like.earned), float(like.earned * HOURS_PER_DAY), like.in_order
    hours, starts = like.hours.astype(float)[order], like.starts[order]
    low, high = np.minimum(used[:-1], used[1:]), np.maximum(used[:-1], used[1:])
    few, many = np.minimum(units[:-1], units[1:]), np.maximum(units[:-1], units[1:])
    share = high / np.maximum(few, 1)
    most_more = np.maximum(share - earned, 0) * hours
    joined = cap + sum(
        ((share[:, [order.index(at)]] + earned) * float(part) for at, part in like.bursts), np.zeros((len(share), 1))
    )
    most_less = (share + earned) * hours + joined * starts
    least = np.maximum((low - earned * many) @ hours, 0)
    most = np.maximum(high - earned * few, 0) @ hours
    for end in (slice(None, -1), slice(1, None)):
        growth, fall = many - units[end], units[end] - few
        more, less = (high - used[end]) @ hours, (used[end] - low) @ hours
        most = np.minimum(most, surplus[end] + more + (growth * most_more + fall * most_less).sum(axis=1))
        least = np.maximum(least, surplus[end] - less - (growth * most_less + fall * most_more).sum(axis=1))
    return least, most


def _walked_in_parts(
    gained: np.ndarray,
    units: np.ndarray,
    place_of_hour: np.ndarray,
    cap: Any,
    rest: Any,
    bursts: Sequence[tuple[int, Any]],
    *,
    patterns: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The same, for columns in which those that stand may lose credits and for the others by themselves."""
    charged, pattern = np.zeros(units.shape[1]), np.zeros(units.shape[1], dtype=np.uint64)
    losing = np.ones(units.shape[1], dtype=bool)
    if bursts:
        worst = np.minimum.accumulate(_bursts(gained, units, place_of_hour, bursts)[0], axis=0)
        losing = ~((gained * rest + worst >= 0)[np.unique(place_of_hour)].all(axis=0))
    for columns in (losing, ~losing):
        if columns.any():
            charged[columns], pattern[columns] = _walk(
                gained[:, columns], units[:, columns], place_of_hour, cap, rest, bursts, patterns=patterns
            )
    return charged, pattern


def _walk(
    gained: np.ndarray,
    units: np.ndarray,
    place_of_hour: np.ndarray,
    cap: Any,
    rest: Any,
    bursts: Sequence[tuple[int, Any]],
    *,
    patterns: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The surplus of the steady week, for each column of a table.

    An hour takes a balance x to x + gained, held between -cap and cap; what is cut off below is charged. Several hours
    together do the same with limits of their own. So the instances that stand all week come to rest, from wherever they
    begin: where a week gains, with the balance that a full one has at its end, and where it loses, with that of one
    deep in surplus. The others begin anew each time.

    Parameters:
    gained, units : arrays - for each place, a row, what an instance gains in an hour, and how many run.
    rest, bursts : the share of an hour between bursts, and places of bursts with theirs.

    Returns: surplus, and where patterns are asked for a number for the events on the way; one for each column.
    """
    first = int(np.argmin(place_of_hour))  # at the first place no more run than those that stand all week
    least = int(place_of_hour[first])
    week = [int(place) for place in np.roll(place_of_hour, -first)]
    count = np.diff(units, axis=0, prepend=units[:1] * 0)
    kinds = np.flatnonzero((count != 0).any(axis=1))  # the place from which on they stand; NaN stays in
    standing = np.searchsorted(kinds, np.arange(len(units)), side="right")
    count = count[kinds]
    balance, charged = count * 0, count * 0
    pattern, alive, keys = np.zeros(units.shape[1], dtype=np.uint64), count != 0, _keys()

    def note(event: int, hour: int, rows: slice, happens: np.ndarray) -> None:
        if patterns:
            number = np.where(happens & alive[rows], keys[event, hour, rows, None], np.uint64(0))
            pattern[:] += number.sum(axis=0, dtype=np.uint64)

    at_places, started = _bursts(gained, units, place_of_hour, bursts)
    by_hour, in_bursts = gained * rest if bursts else gained, at_places[kinds]
    if patterns:
        pattern += _owing(gained, units, least, bursts)
    if bursts:
        losing = (by_hour + np.minimum.accumulate(at_places, axis=0) < 0)[np.unique(place_of_hour)].any(axis=0)
        if not losing.any():
            return started.sum(axis=0), pattern  # those that stand earn what they use
    for kind in range(int(standing[least])):
        gain = by_hour + in_bursts[kind]
        drift = (gain * np.bincount(place_of_hour, minlength=len(units))[:, None]).sum(axis=0)
        resting = np.where(drift < 0, -cap, cap)
        for place in week:
            resting = np.minimum(np.maximum(resting + gain[place], -cap), cap)
        balance[kind] = resting
    running = 0
    for hour, place in enumerate([*week, week[0]]):
        many = int(standing[place]) if hour < HOURS_PER_WEEK else int(standing[least])
        if many < running:  # those that end: what they still owe is charged
            owed = np.maximum(-balance[many:running], 0)
            charged[many:running] += owed
            balance[many:running] = 0
            note(0, hour, slice(many, running), owed > 0)
        if hour == HOURS_PER_WEEK:
            break
        running = many
        now = balance[:many] + by_hour[place] + in_bursts[:many]
        below, over = -cap - now, now > cap
        charged[:many] += np.maximum(below, 0)
        balance[:many] = np.minimum(np.maximum(now, -cap), cap)
        note(1, hour, slice(many), below > 0)
        note(2, hour, slice(many), over)
    return (charged * count).sum(axis=0) + started.sum(axis=0), pattern


def _bursts(
    gained: np.ndarray, units: np.ndarray, place_of_hour: np.ndarray, bursts: Sequence[tuple[int, Any]]
) -> tuple[np.ndarray, np.ndarray]:
    """What one that stands from a place on gains in the bursts of an hour, and what is charged of those that start.

    One row for each place, and one for each kind of burst.
    """
    gains, charged = gained * 0, [units[0] * 0]
    starts = np.bincount(place_of_hour, minlength=len(units))
    for at, share in bursts:
        gains[: at + 1] += gained[at] * share
        more = (np.maximum(units[at] - units, 0) * starts[:, None]).sum(axis=0)
        charged.append(more * (np.maximum(-gained[at], 0) * share))
    return gains, np.array(charged)


def _owing(gained: np.ndarray, units: np.ndarray, least: int, bursts: Sequence[tuple[int, Any]]) -> np.ndarray:
    """A number for the kinds of bursts whose new instances owe."""
    owing = np.zeros(units.shape[1], dtype=np.uint64)
    for kind, (at, _) in enumerate(bursts):
        above = (gained[at] < 0) & (units[at] > units[least])
        owing += np.where(above, _keys()[3, 0, kind], np.uint64(0)).astype(np.uint64)
    return owing


@functools.cache
def _keys() -> np.ndarray:
    """A number for each event: an instance owes at its end, its surplus or its balance is full, one of a burst owes."""
    rng = np.random.default_rng(1)
    return rng.integers(1, 2**63, size=(4, HOURS_PER_WEEK + 1, 2 * HOURS_PER_WEEK), dtype=np.uint64)
