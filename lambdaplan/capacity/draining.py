"""Fleets that drain a queue: the least capacity that keeps the longest wait, and the walk of what waits.

Work comes as a fluid. Each hour of the week brings its messages from its beginning, at `burst` times its mean, until
all of them are there; rare bursts come one at a time, where the most waits, and the week goes on after them. What is
there is served first come, first served.

Capacities and loads are those of :class:`Traffic`: an hour of weight 2 brings two, and a capacity of 2 serves them in
an hour. So what a week needs has nothing to do with the number of its messages, and a fleet is that many times larger
for more of them (M6).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.numbers import Column, Number, either, larger, on_sweep, smaller
from lambdaplan.schema.fields import plain
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR
from lambdaplan.workload.traffic import Traffic

NEAR = 1e-9  # of the largest fleet of a week: within it floats do not decide a whole number after so many sums


@dataclass(frozen=True)
class Draining:
    """What a fleet must be able to do in each hour of the week, so that nothing waits longer than it may.

    Parameters:
    capacity : array - what it must be able to serve at places of the week, on the last axis: its 168 hours, then the
        rare bursts by their kinds. Whole numbers of `scale` at a point.
    scale : int - how much of `capacity` serves an hour of weight 1.
    work : array - what is served in an hour at these places, in the same unit.
    least : Number - the capacity that does for all of the week, in the same unit.
    hours : array - how much of the week is at each place. [h]
    place_of_hour : array - the place of each hour, from Monday 00:00.
    burst_at : tuple of array - for each kind of burst its place, by the hour in which it comes.
    """

    capacity: Any
    scale: int
    work: Any
    least: Any
    hours: np.ndarray = field(repr=False)
    place_of_hour: np.ndarray = field(repr=False)
    burst_at: tuple[np.ndarray, ...] = field(repr=False)


def least_capacity(traffic: Traffic, wait_s: Number) -> Number:
    """Give the least capacity, all week alike, with which nothing waits longer than it may.

    What comes from the beginning of an hour until the messages of a later one are there is served by the time that the
    last of them may wait: capacity x (time + wait) >= messages, for each such stretch of the week, with each rare burst
    in it and without. No more is needed, as the wait of a message is over when all that came before it since the queue
    was last empty has been served. And over the week no more may come than is served.

    Parameters:
    wait_s : Number - the longest wait. [s]
    Returns: capacity, in weights of the traffic an hour.

    References: D. V. Lindley, "The theory of queues with a single server", Mathematical Proceedings of the Cambridge
    Philosophical Society 48(2), 1952: what waits is the most that came over what was served, over all pasts.
    """
    wait = wait_s / Fraction(SECONDS_PER_HOUR)
    together: Number = Fraction(1) / traffic.burst  # the part of an hour in which its messages come
    bursts = [_burst(traffic, place, seconds) for place, seconds in _bursts_of(traffic)]
    least: Number = larger(Fraction(sum(_usual(traffic)), HOURS_PER_WEEK), traffic.mean_weight)
    for messages, lasts in bursts:
        least = larger(least, _over(messages, lasts + wait))
    for hours, in_a_row in enumerate(_most_in_a_row(traffic)):
        time: Number = hours + together + wait
        least = larger(least, in_a_row / time)
        for messages, lasts in bursts:
            least = larger(least, (in_a_row + messages) / (time + lasts))
    return least


def draining(traffic: Traffic, wait_s: Number) -> Draining:
    """Give what a fleet must serve in each hour of the week, if it follows the queue (M6).

    An hour has as much as serves all that waits and all that comes in it by its end, or sooner where the wait allows
    less, and never more than the least that does for the whole week. While a burst lasts its rate comes on top of that.

    Parameters: wait_s : Number - the longest wait. [s]
    """
    if on_sweep(wait_s) or on_sweep(traffic.burst):
        return _draining(traffic, wait_s)
    return _drained(traffic, Fraction(wait_s))


@functools.lru_cache(maxsize=512)
def _drained(traffic: Traffic, wait_s: Fraction) -> Draining:
    return _draining(traffic, wait_s)


def _draining(traffic: Traffic, wait_s: Number) -> Draining:
    least = least_capacity(traffic, wait_s)
    capacity, work = _by_hour(traffic, wait_s, least)
    usual = max_of(capacity)
    rest = traffic.rest[1] if traffic.loads else Fraction(1)
    hours: list[Any] = [rest] * HOURS_PER_WEEK
    for place, load in traffic.burst_places:
        rate = int(traffic.weights[place])
        capacity.append(rate + usual)
        work.append(Fraction(rate))
        hours.append(load.time_share * HOURS_PER_WEEK)
    burst_at = tuple(np.full(HOURS_PER_WEEK, HOURS_PER_WEEK + kind) for kind in range(len(traffic.burst_places)))
    where = np.array(hours, dtype=object), np.arange(HOURS_PER_WEEK), burst_at
    if any(on_sweep(value) for value in (*capacity, least)):
        each = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (*capacity, *work, least)))
        columns, many = Column(np.stack(each, axis=-1)), len(capacity)
        return Draining(columns[..., :many], 1, columns[..., many:-1], columns[..., -1:], *where)
    scale = math.lcm(*(Fraction(value).denominator for value in (*capacity, *work, least)))
    asked, served = ([int(value * scale) for value in values] for values in (capacity, work))
    return _grouped(asked, served, [int(least * scale)], scale, hours)


def _grouped(asked: list[int], served: list[int], least: list[int], scale: int, hours: list[Any]) -> Draining:
    """The same with hours that are alike at one place: fleets never shrink from one place to the next."""
    usual = list(zip(asked[:HOURS_PER_WEEK], served[:HOURS_PER_WEEK], strict=True))
    pairs = sorted(set(usual))
    place_of_hour = np.array([pairs.index(pair) for pair in usual])
    time = [hours[0] * many for many in np.bincount(place_of_hour).tolist()] + hours[HOURS_PER_WEEK:]
    bursts = range(len(pairs), len(pairs) + len(hours) - HOURS_PER_WEEK)
    rows = [
        [pair[part] for pair in pairs] + list(all_of[HOURS_PER_WEEK:]) for part, all_of in enumerate((asked, served))
    ]
    capacity, work, most = (np.array(row, dtype=object) for row in (*rows, least))
    burst_at = tuple(np.full(HOURS_PER_WEEK, place) for place in bursts)
    return Draining(capacity, scale, work, most, np.array(time, dtype=object), place_of_hour, burst_at)


def max_of(values: Sequence[Number]) -> Number:
    """The largest of several numbers."""
    return functools.reduce(larger, values)


def _by_hour(traffic: Traffic, wait_s: Number, least: Number) -> tuple[list[Number], list[Number]]:
    """What each hour must serve, and what it does serve, of a week that follows itself."""
    wait = wait_s / Fraction(SECONDS_PER_HOUR)
    latest = Fraction(1) / traffic.burst + wait  # by then, from its beginning on, an hour's messages are begun
    if on_sweep(latest):
        return _by_hour_in_floats(_usual(traffic), np.asarray(latest), np.asarray(least))
    due, weights = smaller(latest, Fraction(1)), _usual(traffic)
    waiting: Number = Fraction(0)
    capacity: list[Number] = [Fraction(0)] * HOURS_PER_WEEK
    work: list[Number] = [Fraction(0)] * HOURS_PER_WEEK
    for _week in range(2):  # what waits at the end of the first one is what waits at the end of every later one
        for hour in range(HOURS_PER_WEEK):
            there = waiting + weights[hour]
            asked = larger(_over(there, due), _for_earlier(weights, hour, waiting, latest))
            capacity[hour] = smaller(least, asked)
            work[hour] = smaller(capacity[hour], there)
            waiting = larger(there - capacity[hour], Fraction(0))
    return capacity, work


def _for_earlier(weights: Sequence[int], hour: int, waiting: Number, latest: Number) -> Number:
    """What must be served from an hour on, so that those that came in hours before are begun in time."""
    asked: Number = Fraction(0)
    for hours in range(1, 2 * HOURS_PER_WEEK + 1):
        time = latest - hours
        if waiting <= 0 or time <= 0:  # of hours before these nothing waits, or it is begun already
            break
        asked = max(asked, waiting / time)
        waiting = waiting - weights[(hour - hours) % HOURS_PER_WEEK]
    return asked


def _by_hour_in_floats(weights: Sequence[int], latest: Any, least: Any) -> tuple[list[Number], list[Number]]:
    """The same along a sweep, in plain arrays of floats: by far the most of what the walk of a week takes."""
    due, loads = np.minimum(latest, 1.0), [float(weight) for weight in weights]
    waiting = np.zeros(np.broadcast_shapes(latest.shape, least.shape))
    capacity: list[Any] = [waiting] * HOURS_PER_WEEK
    work: list[Any] = [waiting] * HOURS_PER_WEEK
    for _week in range(2):
        for hour, load in enumerate(loads):
            there = waiting + load
            asked, left = there / due, waiting
            for hours in range(1, 2 * HOURS_PER_WEEK + 1):
                time = latest - float(hours)
                later = time > 0
                if not later.any() or not (left > 0).any():
                    break
                needed = np.maximum(left, 0.0) / np.where(later, time, 1.0)
                asked = np.maximum(asked, np.where(later, needed, 0.0))
                left = left - loads[(hour - hours) % HOURS_PER_WEEK]
            capacity[hour] = np.minimum(least, asked)
            work[hour] = np.minimum(capacity[hour], there)
            waiting = np.maximum(there - capacity[hour], 0.0)
    return [Column(values) for values in capacity], [Column(values) for values in work]


def _over(messages: Number, hours: Number) -> Number:
    """Messages over hours; nothing where no message is there."""
    some = hours > 0
    return either(some, messages / either(some, hours, Fraction(1)), messages)


def _usual(traffic: Traffic) -> list[int]:
    """The load of each hour outside bursts, in weights of the traffic."""
    return [int(traffic.weights[place]) for place in traffic.which]


def _bursts_of(traffic: Traffic) -> list[tuple[int, Fraction]]:
    return [(place, Fraction(load.seconds)) for place, load in traffic.burst_places]


def _burst(traffic: Traffic, place: int, seconds: Fraction) -> tuple[Fraction, Fraction]:
    """The messages of a rare burst, and its time. [h]"""
    lasts = seconds / SECONDS_PER_HOUR
    return int(traffic.weights[place]) * lasts, lasts


def _most_in_a_row(traffic: Traffic) -> list[int]:
    """The most that 1, 2, 3 ... hours in a row bring, up to a week of them."""
    return list(_most(tuple(_usual(traffic))))


@functools.lru_cache(maxsize=512)
def _most(weights: tuple[int, ...]) -> tuple[int, ...]:
    sums, most = list(weights), []
    for hours in range(1, HOURS_PER_WEEK + 1):
        most.append(max(sums))
        sums = [total + weights[(first + hours) % HOURS_PER_WEEK] for first, total in enumerate(sums)]
    return tuple(most)


@dataclass(frozen=True)
class Waiting:
    """What waits for a fleet over the week, at a point: walked where it is asked for.

    Parameters:
    capacity : list of 168 Number - messages that the fleet can serve in each hour of the week. [messages/h]
    messages : list of 168 Number - those that come in each.
    burst : Number - how many times its mean an hour brings until all of its messages are there.
    bursts : list - of each kind of rare burst its messages, its time and what the fleet serves meanwhile. [h]
    """

    capacity: Sequence[Fraction] = field(repr=False)
    messages: Sequence[Fraction] = field(repr=False)
    burst: Fraction
    bursts: tuple[tuple[Fraction, Fraction, Fraction], ...] = ()

    @functools.cached_property
    def _at_ends(self) -> list[tuple[Fraction, Fraction]]:
        """What waits at the beginning of each hour, and when all of its messages are there."""
        together = 1 / self.burst
        waiting = Fraction(0)
        ends: list[tuple[Fraction, Fraction]] = []
        for _week in range(2):
            ends = []
            for serves, comes in zip(self.capacity, self.messages, strict=True):
                there = max(waiting + comes - serves * together, Fraction(0))
                ends.append((waiting, there))
                waiting = max(there - serves * (1 - together), Fraction(0))
        return ends

    @property
    def is_served(self) -> bool:
        """Whether as much is served in a week as comes in it."""
        return any(self.capacity) and sum(self.capacity) >= sum(self.messages)

    @property
    def peak(self) -> Fraction | None:
        """The most messages that wait at once; None where not all is served."""
        return self._peak if self.is_served else None

    @functools.cached_property
    def _peak(self) -> Fraction:
        usual = max(max(pair) for pair in self._at_ends)
        grown = [comes - serves * lasts for comes, lasts, serves in self.bursts]
        return usual + max([Fraction(0), *grown])

    @functools.cached_property
    def longest_s(self) -> Fraction | None:
        """The longest wait until work begins; None where not all is served. [s]"""
        if not self.is_served:
            return None
        together, ends, longest = 1 / self.burst, self._at_ends, Fraction(0)
        for hour, (before, after) in enumerate(ends):
            longest = max(longest, self._until_served(after, hour, together) - together)
            if self.messages[hour]:
                longest = max(longest, self._until_served(before, hour, Fraction(0)))
            longest = max(longest, self._of_first(hour, before))
        if self.bursts and min(self.capacity) == max(self.capacity):  # else each burst has a fleet of its own
            longest = max(longest, self._peak / min(self.capacity))
        return longest * SECONDS_PER_HOUR

    def _until_served(self, waiting: Fraction, hour: int, since: Fraction) -> Fraction:
        """From the beginning of an hour, when so many that wait after a part of it are served. [h]"""
        place, time = hour, Fraction(hour) + since
        while waiting > 0:
            serves, ends = self.capacity[place % HOURS_PER_WEEK], Fraction(place + 1)
            if serves * (ends - time) >= waiting:
                return time + waiting / serves - hour
            waiting, time, place = waiting - serves * (ends - time), ends, place + 1
        return time - hour

    def _of_first(self, hour: int, waiting: Fraction) -> Fraction:
        """How long the first of those that wait at the beginning of an hour has waited. [h]"""
        if waiting <= 0:
            return Fraction(0)
        together, back = 1 / self.burst, 0
        while True:
            back += 1
            comes = self.messages[(hour - back) % HOURS_PER_WEEK]
            if comes >= waiting:
                came = (1 - waiting / comes) * together  # after the beginning of that hour
                return back - came
            waiting -= comes

    def document(self) -> dict[str, Any]:
        """What waits, as ``--json`` prints it."""
        values = {"backlog_peak": self.peak, "wait_s": self.longest_s}
        return {name: None if value is None else plain(value) for name, value in values.items()}
