"""Fleets of burstable instances on `standard` credits: as many as no balance falls below zero (M5)."""

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

WEEKS = 4
"""Weeks for which a fleet that follows the load is walked; the last one stands for all. Most fleets have come to rest
by then. Some never do: an instance more in one hour leaves the others more credits for the next.
"""
NEAR = 1e-10  # relative distance from a whole number at which floats do not decide, after so many sums
_MASK, _MIX = (1 << 64) - 1, 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Sustained:
    """The instances that run in each hour of the week, so that no balance is below zero at an hour's end.

    Parameters:
    units : Number - instances at places of the week, on the last axis; on a sweep NaN where floats can't decide.
    place_of_hour : array - the place of each hour, from Monday 00:00.
    pattern : array or None - a number for each point of a sweep that says what was decided in each hour. While the load
        by itself asks for the same, requests with one pattern have no gaps: between two of them the fleet is the same.
    """

    units: Number
    place_of_hour: np.ndarray = field(repr=False)
    pattern: np.ndarray | None = field(default=None, repr=False)

    @property
    def hours(self) -> np.ndarray:
        """How many hours of the week are at each place. [h]"""
        return np.bincount(self.place_of_hour, minlength=self.units.shape[-1])


EACH_HOUR = np.arange(HOURS_PER_WEEK)


def standing_fleet(units: Number, places: int, place_of_hour: np.ndarray) -> Sustained:
    """A fleet that stands all week, with the units that credits and the load ask for. It never falls as they grow."""
    each = units[..., None] if on_sweep(units) else np.array([units], dtype=object)
    whole = np.nan_to_num(np.atleast_1d(np.asarray(units, dtype=float))).astype(np.uint64)
    return Sustained(each + np.zeros(places, dtype=object), place_of_hour, whole)


def following(used: Any, least: Any, earned: Fraction) -> Sustained:
    """The smallest fleet of each hour, in the order of the week, with which no balance is below zero at its end.

    Weeks are walked from a Monday on which every instance is new. A new one has no credits, and the newest ends first;
    so the newest has the least. With n instances, the newest of which has a balance b, an hour is covered where
    used / n <= earned + b. Those with the same balance stand together.

    Parameters:
    used : Number - what the fleet computes in each hour, hours on the last axis. [vCPU-hours]
    least : Number - instances that carry the peak of each hour (M6).
    earned : Fraction - what one earns in an hour. [vCPU-hours]
    """
    if not (on_sweep(used) or on_sweep(least)):
        return _following_at([Fraction(use) for use in used], [int(many) for many in least], earned)
    used, least = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(used, least))
    shape = used.shape
    use, carried = used.reshape(-1, shape[-1]).T, least.reshape(-1, shape[-1]).T
    units, pattern = carried.copy(), np.zeros(carried.shape[1], dtype=np.uint64)
    short = ~(use <= float(earned) * carried * (1 - NEAR)).all(axis=0) & (use > 0).any(axis=0)
    if short.any():  # elsewhere the load asks for as many as earn what they use
        units[:, short], pattern[short] = _following_along(use[:, short], carried[:, short], float(earned))
    return Sustained(Column(units.T.reshape(shape), 1), EACH_HOUR, pattern.reshape(shape[:-1]))


def _following_at(used: Sequence[Fraction], least: Sequence[int], earned: Fraction) -> Sustained:
    """The same at a point.

    `gained` is what an instance that has stood from the start has gained without any limit. The balance of another is
    that less what it was when it had nothing, or would have had without a limit.
    """
    if all(use <= many * earned for use, many in zip(used, least, strict=True)):
        return Sustained(np.array(least, dtype=object), EACH_HOUR, np.zeros(1, dtype=np.uint64))
    cap, gained, week = earned * HOURS_PER_DAY, Fraction(0), 0
    groups: list[tuple[int, Fraction]] = []  # how many, and where they had nothing; the oldest first
    before: list[tuple[int, Fraction]] | None = None
    units: list[int] = []
    decided: list[int] = []
    for week in range(WEEKS):
        start = [(count, gained - empty) for count, empty in groups]
        if start == before:
            break
        before, units, decided = start, [], decided[: week * HOURS_PER_WEEK]
        for use, carried in zip(used, least, strict=True):
            n = _fewest(use, carried, earned, [(count, gained - empty) for count, empty in groups])
            running, still = 0, []
            for count, empty in groups:
                if running < n:
                    still.append((min(count, n - running), empty))
                running += count
            if running < n:
                still.append((n - running, gained))
            gained += earned - use / (n or 1)
            full = gained - cap
            filled = sum(count for count, empty in still if empty < full)
            groups = [(count, empty) for count, empty in still if empty >= full]
            if filled:
                groups.insert(0, (filled, full))
            units.append(n)
            decided.append(n * 3 + filled * 5)
    else:
        week = WEEKS
    decided += decided[-HOURS_PER_WEEK:] * (WEEKS - week)
    number = 0
    for one in decided:
        number = (number * _MIX + one) & _MASK
    return Sustained(np.array(units, dtype=object), EACH_HOUR, np.array([number], dtype=np.uint64))


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


def _following_along(used: np.ndarray, least: np.ndarray, earned: float) -> tuple[np.ndarray, np.ndarray]:
    """The same along a sweep: hours in rows, points in columns."""
    points, cap = used.shape[1], earned * HOURS_PER_DAY
    here, places = np.arange(points), 4
    count, empty = np.zeros((places, points)), np.zeros((places, points))
    gained, kinds = np.zeros(points), np.zeros(points, dtype=np.int64)
    units, pattern = np.zeros(used.shape), np.zeros(points, dtype=np.uint64)
    unsure = np.isnan(used).any(axis=0) | np.isnan(least).any(axis=0)
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
                need = use / (earned + gained - empty[:top])
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
            kinds = (count > 0).sum(axis=0)
            if (kinds == places).any():
                count, empty = (np.vstack([part, np.zeros((places, points))]) for part in (count, empty))
                places *= 2
            count[kinds, here], empty[kinds, here] = new, np.where(new > 0, gained, 0)
            kinds = kinds + (new > 0)
            gained = gained + earned - use / np.maximum(chosen, 1)
            full = gained - cap
            filled = np.where(empty < full, count, 0).sum(axis=0)
            empty = np.maximum(empty, full)
            units[hour] = chosen
            decided[hour] = (chosen * 3 + filled * 5).astype(np.uint64)
            pattern = pattern * np.uint64(_MIX) + decided[hour]
    return np.where(unsure, np.nan, units), pattern


def _near(values: np.ndarray) -> np.ndarray:
    """Whether floats are too close to whole numbers to be rounded up."""
    return np.asarray(np.abs(values - np.rint(values)) <= NEAR * np.maximum(values, 1))


def standing_share(used: Sequence[Fraction]) -> Fraction:
    """How many instances that earn one vCPU-hour an hour have to stand all week, so that no balance is below zero.

    With full credits at the start of some hours in a row, N of them last through these where
    used / N <= earned x (hours + 24): the most of used / (hours + 24) over all such stretches of the repeated week. And
    a week must not use more than it earns.

    Parameters: used : sequence of Fraction - vCPU-hours in each of the 168 hours.
    Returns: vCPU-hours an hour; N is that / earned, rounded up. [vCPU]
    """
    scale = math.lcm(*(Fraction(use).denominator for use in used))
    return _standing_share(tuple(int(use * scale) for use in used)) / scale


@functools.lru_cache(maxsize=256)
def _standing_share(used: tuple[int, ...]) -> Fraction:
    sums = np.concatenate([np.zeros(1, dtype=object), np.cumsum(np.array([*used, *used], dtype=object))])
    most = Fraction(int(sum(used)), HOURS_PER_WEEK)
    for hours in range(1, HOURS_PER_WEEK + 1):
        stretch = int((sums[hours : hours + HOURS_PER_WEEK] - sums[:HOURS_PER_WEEK]).max())
        most = max(most, Fraction(stretch, hours + HOURS_PER_DAY))
    return most


def standing_share_along(used: np.ndarray) -> Column:
    """The same along a sweep, in floats; hours on the last axis."""
    table = np.asarray(used, dtype=float).reshape(-1, HOURS_PER_WEEK)
    sums = np.concatenate([np.zeros((len(table), 1)), np.cumsum(np.hstack([table, table]), axis=1)], axis=1)
    most = table.sum(axis=1) / HOURS_PER_WEEK
    for hours in range(1, HOURS_PER_WEEK + 1):
        stretch = (sums[:, hours : hours + HOURS_PER_WEEK] - sums[:, :HOURS_PER_WEEK]).max(axis=1)
        most = np.maximum(most, stretch / (hours + HOURS_PER_DAY))
    return Column(most.reshape(used.shape[:-1]))
