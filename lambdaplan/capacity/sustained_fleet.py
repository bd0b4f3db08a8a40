"""Fleets of burstable instances on `standard` credits: as many as no balance falls below zero (M5)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lambdaplan.numbers import Column, Number, larger, on_sweep
from lambdaplan.units import HOURS_PER_DAY, HOURS_PER_WEEK

WEEKS = 4
"""Weeks for which a fleet that follows the load is walked; the last one stands for all. Most fleets have come to rest
by then. Some never do: an instance more in one hour leaves the others more credits for the next.
"""
WALKED_HOURS = WEEKS * HOURS_PER_WEEK
NEAR = 1e-10  # relative distance from a whole number at which floats do not decide, after so many sums
TOGETHER = 2048  # points of a sweep that are walked at once, so that what is known of them stays near the processor
_MASK, _MIX = (1 << 64) - 1, 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Sustained:
    """The instances that run in each hour of the week, so that no balance is below zero at an hour's end.

    Parameters:
    units : Number - instances at places of the week, on the last axis; on a sweep NaN where floats can't decide.
    place_of_hour : array - the place of each hour, from Monday 00:00.
    pattern : array or None - a number for each point of a sweep that says what was decided in each hour. While the load
        by itself asks for the same, requests with one pattern have no gaps: between two of them the fleet is the same.
    time : array or None - how much of the week is at each place, where bursts have a part of it. [h]
    burst_at : tuple of arrays - for each kind of burst its place in each hour, where it has one of its own in each.
    """

    units: Number
    place_of_hour: np.ndarray = field(repr=False)
    pattern: np.ndarray | None = field(default=None, repr=False)
    time: np.ndarray | None = field(default=None, repr=False)
    burst_at: tuple[np.ndarray, ...] = field(default=(), repr=False)

    @property
    def hours(self) -> np.ndarray:
        """How much of the week is at each place. [h]"""
        if self.time is not None:
            return self.time
        return np.bincount(self.place_of_hour, minlength=self.units.shape[-1])


class BurstUse(NamedTuple):
    """A rare burst as a fleet on `standard` credits meets it.

    Parameters:
    used : Number - what the whole fleet computes while it lasts. [vCPU]
    carried : Number - instances that carry its peak (M6).
    earning : Number - instances that earn what it uses.
    share : Fraction - the share of each hour that such bursts take.
    lasts : Fraction - how long a balance must last in one: its length, or more where several come in an hour. [h]
    """

    used: Number
    carried: Number
    earning: Number
    share: Fraction
    lasts: Fraction

    def each(self, of: Callable[[Any], Any]) -> BurstUse:
        """The same with other numbers for what the load makes of it."""
        return BurstUse(of(self.used), of(self.carried), of(self.earning), self.share, self.lasts)


def rest_of(bursts: Sequence[BurstUse]) -> Fraction:
    """The share of each hour that no burst takes."""
    return 1 - sum((one.share for one in bursts), Fraction(0))


EACH_HOUR = np.arange(HOURS_PER_WEEK)


def standing_fleet(units: Number, places: int, place_of_hour: np.ndarray, time: np.ndarray | None = None) -> Sustained:
    """A fleet that stands all week, with the units that credits and the load ask for. It never falls as they grow."""
    each = units[..., None] if on_sweep(units) else np.array([units], dtype=object)
    whole = np.nan_to_num(np.atleast_1d(np.asarray(units, dtype=float))).astype(np.uint64)
    return Sustained(each + np.zeros(places, dtype=object), place_of_hour, whole, time)


def following(used: Any, least: Any, earned: Fraction, bursts: Sequence[BurstUse] = ()) -> Sustained:
    """The smallest fleet of each hour, in the order of the week, with which no balance is below zero at its end.

    Weeks are walked from a Monday on which every instance is new. A new one has no credits, and the newest ends first;
    so the newest has the least. With n instances, the newest of which has a balance b, an hour is covered where
    used / n <= earned + b. Those with the same balance stand together.

    Bursts have an even part of every hour; the rest of the hour is covered as said. Where n instances carry a burst,
    and the newest, with what the rest of the hour leaves it, lasts through one, they serve it. Else new ones start for
    it, without credits: as many as earn, all together, what it uses.

    Parameters:
    used : Number - what the fleet computes in each hour between bursts, hours on the last axis. [vCPU-hours an hour]
    least : Number - instances that carry the peak of each hour (M6).
    earned : Fraction - what one earns in an hour. [vCPU-hours]
    """
    parts = [used, least, *(part for one in bursts for part in one[:3])]
    if not any(on_sweep(part) for part in parts):
        return _following_at([Fraction(use) for use in used], [int(many) for many in least], earned, bursts)
    used, least = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(used, least))
    shape = np.broadcast_shapes(used.shape, *((*np.shape(part), 1) for part in parts[2:] if on_sweep(part)))
    used, least = np.broadcast_to(used, shape), np.broadcast_to(least, shape)
    use, carried = used.reshape(-1, shape[-1]).T, least.reshape(-1, shape[-1]).T
    table = [one.each(lambda part: np.asarray(part, dtype=float) + np.zeros(use.shape[1])) for one in bursts]
    units, pattern = carried.copy(), np.zeros(carried.shape[1], dtype=np.uint64)
    more = [np.maximum(units, one.carried) for one in table]
    short = ~(use <= float(earned) * carried * (1 - NEAR)).all(axis=0) & (use > 0).any(axis=0)
    for one in table:
        short |= ~(one.used <= float(earned) * one.carried * (1 - NEAR))
    if short.any():  # elsewhere the load asks for as many as earn what they use
        points = np.flatnonzero(short)
        for some in np.array_split(points, -(-len(points) // TOGETHER)):
            here = [one.each(lambda part: part[some]) for one in table]  # noqa: B023  # called at once
            units[:, some], pattern[some], started = _following_along(
                use[:, some], carried[:, some], float(earned), here
            )
            for each, new in zip(more, started, strict=True):
                each[:, some] = new
    rows = np.concatenate([units, *more])
    return _each_hour(Column(rows.T.reshape(*shape[:-1], len(rows)), 1), pattern.reshape(shape[:-1]), bursts)


def earning_fleet(units: Any, bursts: Sequence[BurstUse]) -> Sustained:
    """A fleet of given units in each hour between bursts, and as many in bursts as earn what these use."""
    more = [larger(units, larger(_each(one.carried), _each(one.earning))) for one in bursts]
    rows = np.concatenate([units, *more], axis=-1)
    return _each_hour(Column(rows, 1) if any(on_sweep(part) for part in more) else rows, None, bursts)


def _each(value: Number) -> Number:
    return value[..., None] if on_sweep(value) else value


def _each_hour(units: Any, pattern: np.ndarray | None, bursts: Sequence[BurstUse]) -> Sustained:
    """A fleet with places for each hour of the week, and then for each kind of burst in each hour."""
    if not bursts:
        return Sustained(units, EACH_HOUR, pattern)
    shares = [rest_of(bursts), *(one.share for one in bursts)]
    time = np.array([share for share in shares for _ in EACH_HOUR], dtype=object)
    return Sustained(
        units, EACH_HOUR, pattern, time, tuple(EACH_HOUR + HOURS_PER_WEEK * (n + 1) for n in range(len(bursts)))
    )


def _following_at(
    used: Sequence[Fraction], least: Sequence[int], earned: Fraction, bursts: Sequence[BurstUse]
) -> Sustained:
    """The same at a point.

    `gained` is what an instance that has stood from the start has gained without any limit. The balance of another is
    that less what it was when it had nothing, or would have had without a limit.
    """
    covered = all(use <= many * earned for use, many in zip(used, least, strict=True))
    if covered and all(one.used <= one.carried * earned for one in bursts):
        rows = [*least, *(max(many, int(one.carried)) for one in bursts for many in least)]
        return _each_hour(np.array(rows, dtype=object), np.zeros(1, dtype=np.uint64), bursts)
    cap, gained, week, rest = earned * HOURS_PER_DAY, Fraction(0), 0, rest_of(bursts)
    groups: list[tuple[int, Fraction]] = []  # how many, and where they had nothing; the oldest first
    before: list[tuple[int, Fraction]] | None = None
    units: list[int] = []
    more: list[list[int]] = []
    decided: list[int] = []
    for week in range(WEEKS):
        start = [(count, gained - empty) for count, empty in groups]
        if start == before:
            break
        before, units, more, decided = start, [], [[] for _ in bursts], decided[: week * HOURS_PER_WEEK]
        for use, carried in zip(used, least, strict=True):
            n = _fewest(use, carried, earned, [(count, (gained - empty) / rest) for count, empty in groups])
            running, still = 0, []
            for count, empty in groups:
                if running < n:
                    still.append((min(count, n - running), empty))
                running += count
            if running < n:
                still.append((n - running, gained))
            left = (gained - still[-1][1] if still else 0) - rest * max(use / (n or 1) - earned, Fraction(0))
            gained += rest * (earned - use / (n or 1))
            number = n * 3
            for place, one in enumerate(bursts):
                each = Fraction(one.used) / (n or 1)
                if one.carried <= n and one.lasts * (each - earned) <= left:
                    many = n
                    left -= one.share * max(each - earned, Fraction(0))
                else:
                    many = max(n, int(one.carried), int(one.earning))
                more[place].append(many)
                gained += one.share * (earned - one.used / (many or 1))
                number += many * (2 * place + 7)
            full = gained - cap
            filled = sum(count for count, empty in still if empty < full)
            groups = [(count, empty) for count, empty in still if empty >= full]
            if filled:
                groups.insert(0, (filled, full))
            units.append(n)
            decided.append(number + filled * 5)
    else:
        week = WEEKS
    decided += decided[-HOURS_PER_WEEK:] * (WEEKS - week)
    key = 0
    for hour in decided:
        key = (key * _MIX + hour) & _MASK
    rows = [*units, *(many for each in more for many in each)]
    return _each_hour(np.array(rows, dtype=object), np.array([key], dtype=np.uint64), bursts)


def _fewest(use: Fraction, carried: int, earned: Fraction, groups: Sequence[tuple[int, Fraction]]) -> int:
    """The fewest instances of at least so many that cover an hour, by how many there are and what they have."""
    if not use:
        return carried
    carried, running = max(carried, 1), 0
    for count, balance in groups:
        n = max(carried, running + 1, -(-use // (earned + balance)))
        running += count
        if n <= running:
            return int(n)
    return int(max(carried, running + 1, -(-use // earned)))


def _following_along(
    used: np.ndarray, least: np.ndarray, earned: float, bursts: Sequence[BurstUse]
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """The same along a sweep: hours in rows, points in columns."""
    points, cap, rest = used.shape[1], earned * HOURS_PER_DAY, float(rest_of(bursts))
    here, places = np.arange(points), 4
    count, empty = np.zeros((places, points)), np.zeros((places, points))
    gained, kinds = np.zeros(points), np.zeros(points, dtype=np.int64)
    units, pattern = np.zeros(used.shape), np.zeros(points, dtype=np.uint64)
    unsure = np.isnan(used).any(axis=0) | np.isnan(least).any(axis=0)
    for one in bursts:
        unsure |= np.isnan(one.used) | np.isnan(one.carried) | np.isnan(one.earning)
    bursts = [one.each(np.nan_to_num) for one in bursts]
    in_burst = [np.zeros(used.shape) for _ in bursts]
    used, least = np.where(unsure, 0.0, used), np.where(unsure, 0.0, least)
    fewest = np.maximum(least, used > 0)
    alone = np.ceil(used / earned)  # as many as earn what the hour uses
    unsure_alone = _near(used / earned) & (used > 0)
    covered = ((alone <= fewest) & ~unsure_alone).all(axis=1)
    decided, before = np.zeros(used.shape, dtype=np.uint64), None
    for _ in range(WEEKS):
        start = np.vstack([count, np.where(count > 0, gained - empty, 0)])
        if before is not None and before.shape == start.shape and (np.abs(start - before) <= NEAR * cap).all():
            for hour in range(HOURS_PER_WEEK):  # this week is as the last one
                pattern = pattern * np.uint64(_MIX) + decided[hour]
            continue
        before = start
        for hour in range(HOURS_PER_WEEK):
            use, carried, top = used[hour], fewest[hour], int(kinds.max(initial=0))
            upto = np.cumsum(count[:top], axis=0)
            from_ = upto - count[:top]
            running = upto[-1] if top else np.zeros(points)
            chosen = carried
            if not covered[hour]:
                need = use / (earned + (gained - empty[:top]) / rest)
                n = np.maximum(np.maximum(carried, from_ + 1), np.ceil(need))
                stands = count[:top] > 0
                more = np.maximum(np.maximum(carried, running + 1), alone[hour])
                chosen = np.minimum(np.where((n <= upto) & stands, n, np.inf).min(axis=0, initial=np.inf), more)
                chosen = np.where(use > 0, chosen, carried)
                whole = np.rint(need)
                decisive = (whole >= carried) & (whole <= upto + 1) & stands & (use > 0)
                unsure |= (decisive & _near(need)).any(axis=0)
                unsure |= unsure_alone[hour] & (np.rint(use / earned) >= np.maximum(carried, running))
            count[:top] = np.clip(chosen - from_, 0, count[:top])
            new = np.maximum(chosen - running, 0)
            kinds = (count[:top] > 0).sum(axis=0)
            if (kinds == places).any():
                count, empty = (np.vstack([part, np.zeros((places, points))]) for part in (count, empty))
                places *= 2
            count[kinds, here], empty[kinds, here] = new, np.where(new > 0, gained, 0)
            kinds = kinds + (new > 0)
            each = use / np.maximum(chosen, 1)
            number = chosen * 3
            if not bursts:
                gained = gained + earned - each
            else:
                last = np.where(kinds > 0, gained - empty[np.maximum(kinds - 1, 0), here], 0)
                left = last - rest * np.maximum(each - earned, 0)
                gained = gained + rest * (earned - each)
            for place, one in enumerate(bursts):
                above, enough = one.used / np.maximum(chosen, 1) - earned, np.maximum(one.carried, one.earning)
                asked, able = one.lasts * above, one.carried <= chosen
                unsure |= able & (above > -NEAR * earned) & (np.abs(asked - left) <= NEAR * cap)
                serves = able & (asked <= left)
                many = np.where(serves, chosen, np.maximum(chosen, enough))
                left = left - np.where(serves, float(one.share) * np.maximum(above, 0), 0)
                gained = gained + float(one.share) * (earned - one.used / np.maximum(many, 1))
                in_burst[place][hour] = many
                number = number + many * (2 * place + 7)
            full = gained - cap
            rows = slice(top + 1)  # what stands from here on is set as it starts
            filled = np.where(empty[rows] < full, count[rows], 0).sum(axis=0)
            np.maximum(empty[rows], full, out=empty[rows])
            units[hour] = chosen
            decided[hour] = (number + filled * 5).astype(np.uint64)
            pattern = pattern * np.uint64(_MIX) + decided[hour]
    return np.where(unsure, np.nan, units), pattern, [np.where(unsure, np.nan, many) for many in in_burst]


def _near(values: np.ndarray) -> np.ndarray:
    """Whether floats are too close to whole numbers to be rounded up."""
    return np.asarray(np.abs(values - np.rint(values)) <= NEAR * np.maximum(values, 1))


def left_at_end(used: np.ndarray, carried: np.ndarray, earned: Fraction) -> np.ndarray:
    """What balances hold at least at the week's end, between each two neighbours of a sweep of requests.

    While those that carry the load earn what it uses, no others run. Those of them that stand through the last hours
    have gained, each, what these leave.

    Parameters: used, carried : arrays - for each hour, on the last axis, vCPU-hours and instances; both only grow.

    Returns: one shorter than the sweep, in hours of what one instance earns. [h]
    """
    most, fewest = used[1:, ::-1], carried[:-1, ::-1]
    gained = 1 - most / (float(earned) * np.maximum(fewest, 1))
    covered = np.logical_and.accumulate(gained > 0, axis=-1)
    balance = np.minimum(np.cumsum(np.where(covered, gained, 0), axis=-1), HOURS_PER_DAY)
    standing = np.minimum.accumulate(fewest, axis=-1)
    return np.asarray(np.where(covered, standing * balance, 0).max(axis=-1))


def standing_share(used: Sequence[Fraction], bursts: Sequence[tuple[Fraction, Fraction]] = ()) -> Fraction:
    """How many instances that earn one vCPU-hour an hour have to stand all week, so that no balance is below zero.

    With full credits at the start of some hours in a row, N of them last through these where
    used / N <= earned x (hours + 24): the most of used / (hours + 24) over all such stretches of the repeated week. And
    a week must not use more than it earns. Balances must last through a burst that comes after such a stretch, too.

    Parameters:
    used : sequence of Fraction - vCPU-hours in each of the 168 hours, bursts among them.
    bursts : sequence of pairs - vCPUs that each kind uses, and how long a balance must last in one. [h]

    Returns: vCPU-hours an hour; N is that / earned, rounded up. [vCPU]
    """
    scale = math.lcm(*(Fraction(use).denominator for use in [*used, *(use * lasts for use, lasts in bursts)]))
    whole = tuple((int(use * lasts * scale), Fraction(lasts)) for use, lasts in bursts)
    return _standing_share(tuple(int(use * scale) for use in used), whole) / scale


@functools.lru_cache(maxsize=256)
def _standing_share(used: tuple[int, ...], bursts: tuple[tuple[int, Fraction], ...]) -> Fraction:
    sums = np.concatenate([np.zeros(1, dtype=object), np.cumsum(np.array([*used, *used], dtype=object))])
    most = Fraction(int(sum(used)), HOURS_PER_WEEK)
    for use, lasts in bursts:
        most = max(most, use / (HOURS_PER_DAY + lasts))
    for hours in range(1, HOURS_PER_WEEK + 1):
        stretch = int((sums[hours : hours + HOURS_PER_WEEK] - sums[:HOURS_PER_WEEK]).max())
        most = max(most, Fraction(stretch, hours + HOURS_PER_DAY))
        for use, lasts in bursts:
            most = max(most, (stretch + use) / (hours + HOURS_PER_DAY + lasts))
    return most


def standing_share_along(used: np.ndarray, bursts: Sequence[tuple[Number, Fraction]] = ()) -> Column:
    """The same along a sweep, in floats; hours on the last axis."""
    asked = [(np.asarray(use * lasts, dtype=float).reshape(-1), float(lasts)) for use, lasts in bursts]
    table = np.asarray(used, dtype=float).reshape(-1, HOURS_PER_WEEK)
    sums = np.concatenate([np.zeros((len(table), 1)), np.cumsum(np.hstack([table, table]), axis=1)], axis=1)
    most = table.sum(axis=1) / HOURS_PER_WEEK
    for use, lasts in asked:
        most = np.maximum(most, use / (HOURS_PER_DAY + lasts))
    for hours in range(1, HOURS_PER_WEEK + 1):
        stretch = (sums[:, hours : hours + HOURS_PER_WEEK] - sums[:, :HOURS_PER_WEEK]).max(axis=1)
        most = np.maximum(most, stretch / (hours + HOURS_PER_DAY))
        for use, lasts in asked:
            most = np.maximum(most, (stretch + use) / (hours + HOURS_PER_DAY + lasts))
    return Column(most.reshape(used.shape[:-1]))
