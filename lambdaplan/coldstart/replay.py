"""Replay of a trace of requests in a pool of environments, by sorting or event by event."""

from __future__ import annotations

import functools
import heapq
import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

ORDERS = ("newest", "oldest", "newest_created", "oldest_created")

# Passes over a trace with lengthened cold requests before its events are walked instead.
_PASSES = 12


class Replayed(NamedTuple):
    """What happened to each request of a trace, in order of arrival, and how long environments lived.

    cold: whether it met no warm environment; served: False where it was throttled; start_s: when it began to run, later
    than its arrival where it was queued; busy_s: how long it ran; spilled: whether it ran outside the provisioned
    environments; born_s, gone_s: when each environment was made and given up, the provisioned ones left out. [s]
    """

    cold: Flags
    served: Flags
    start_s: Floats
    busy_s: Floats
    spilled: Flags
    born_s: Floats
    gone_s: Floats


def replay(
    arrivals_s: Floats,
    warm_s: Floats,
    cold_s: Floats,
    keep_alive_s: float | Floats,
    *,
    order: str = "newest",
    limit: int | None = None,
    at_limit: str = "throttle",
    provisioned: int = 0,
) -> Replayed:
    """Follow a trace of requests through a pool of environments.

    By sorting, where the most recently used idle environment goes first, all are kept equally long and nothing is
    limited or provisioned; otherwise, or where passes do not settle soon, by walking through the events.

    Parameters:
    arrivals_s : array - times of arrival, never falling. [s]
    warm_s, cold_s : arrays - time of each request should it be warm or cold, at least 0, cold_s >= warm_s. [s]
    keep_alive_s : float, or an array - idle time that environments survive; an array holds one of each idle spell, in
        the order in which spells begin. [s]
    order : str - which idle environment goes first: by last use "newest" or "oldest", by age "newest_created" or
        "oldest_created".
    limit : int or None - environments, provisioned ones included, that may be busy at once.
    at_limit : str - "throttle" refuses a request beyond it, "queue" lets it wait, first come first served.
    provisioned : int - environments that are always warm and take a request first.

    Notes: an idle spell of exactly the keep-alive still ends warm; an environment that frees up at the moment of an
    arrival takes it.
    """
    if order == "newest" and limit is None and not provisioned and np.ndim(keep_alive_s) == 0:
        result = _by_sorting(arrivals_s, warm_s, cold_s, float(keep_alive_s))
        if result is not None:
            return result
    return _by_walking(arrivals_s, warm_s, cold_s, keep_alive_s, order, limit, at_limit == "queue", provisioned)


def _by_sorting(arrivals: Floats, warm: Floats, cold: Floats, keep_alive: float) -> Replayed | None:
    """The identity: the arrival that raises the busy count to k is cold if that was last k longer ago than keep-alive.

    All are taken as warm first. Then cold ones are lengthened, and those requests are looked at again that this can
    touch: the cold ones, and arrivals while one of them overstays. Lengthening only raises the busy count, so that no
    other request becomes cold. Each pass settles at least one more request for good, because it depends on earlier ones
    only; None where that takes too long.
    """
    levels = _Levels(arrivals, arrivals + warm)
    over = levels.gaps > keep_alive
    base, base_last = levels.rises[over], levels.begins[over] - levels.gaps[over]
    order = np.argsort(base)
    base, base_last = base[order], base_last[order]
    late, last, raised = base, base_last, levels.up[base]
    falls = _Falls(np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))
    longer = bool((cold > warm)[base].any())
    for _ in range(_PASSES if longer else 0):
        seen, more, falls = levels.overstay(late, cold)
        new = np.flatnonzero(~np.isin(seen, base))
        who = np.concatenate((base, seen[new]))
        lift = np.concatenate((np.zeros(len(base), dtype=np.int64), more[new]))
        known = np.searchsorted(seen, base)
        known[known == len(seen)] = 0
        both = np.flatnonzero(seen[known] == base) if len(seen) else known[:0]
        lift[both] = more[known[both]]
        counts = levels.up[who] + lift
        last_falls = np.concatenate((base_last, np.empty(len(new))))
        moved = np.flatnonzero(lift)
        last_falls[moved] = levels.last_fall(counts[moved], levels.before[who[moved]])
        last_falls = np.maximum(last_falls, falls.latest(counts, arrivals[who], who))
        is_cold = np.flatnonzero(arrivals[who] - last_falls > keep_alive)
        is_cold = is_cold[np.argsort(who[is_cold])]
        settled = np.array_equal(who[is_cold], late)
        late, last, raised = who[is_cold], last_falls[is_cold], counts[is_cold]
        if settled:
            break
    else:
        if longer:
            return None
    flags = np.zeros(len(arrivals), dtype=bool)
    flags[late] = True
    # The k-th environment lives from a cold rise to k until keep-alive after the last fall from k before the next one.
    each = np.arange(int(raised.max(initial=-1)) + 1)
    final = levels.last_fall(each, np.full(len(each), len(levels.falls)))
    final = np.maximum(final, falls.latest(each, np.full(len(each), np.inf), each))
    order = np.lexsort((late, raised))
    gone = np.append(last[order][1:], np.nan)[: len(order)]
    ends = np.append(np.diff(raised[order]) > 0, True)[: len(order)]
    gone[ends] = final[raised[order][ends]]
    everyone = np.ones(len(arrivals), dtype=bool)
    busy = np.where(flags, cold, warm)
    return Replayed(flags, everyone, arrivals, busy, everyone, arrivals[late][order], gone + keep_alive)


class _Falls(NamedTuple):
    """Moments at which the busy count falls, to how many, and their place among arrivals of the same moment."""

    at: Floats
    to: Whole
    rank: Floats

    def latest(self, counts: Whole, at: Floats, rank: Whole) -> Floats:
        """For each count and moment the last fall to that count before it; -inf where there is none."""
        count = np.concatenate((self.to, counts))
        moment = np.concatenate((self.at, at))
        order = np.lexsort((np.concatenate((self.rank, rank)), moment, count))
        is_fall = order < len(self.to)
        place = np.maximum.accumulate(np.where(is_fall, np.arange(len(order)), -1))
        last = order[np.maximum(place, 0)]
        latest = np.where((place >= 0) & (count[last] == count[order]), moment[last], -np.inf)
        result = np.empty(len(order))
        result[order] = latest
        return result[len(self.to) :]


class _Levels:
    """How many requests are busy along a trace, and how long ago there were as many.

    up: busy just before each arrival; before: ends before it. falls, fell_to: ends in order, and how many are busy just
    after. rises, begins, gaps: the arrivals by busy count and then time: their places, times, and the time since the
    busy count last fell from there, infinite where it never did.
    """

    def __init__(self, arrivals: Floats, ends: Floats) -> None:
        number = np.arange(len(arrivals))
        self.arrivals, self.ends = arrivals, ends
        instant = ends <= arrivals  # over before the next arrival, even one at the same time
        some = bool(instant.any())
        self.falls = np.sort(ends[~instant] if some else ends, kind="stable")
        self.before = np.searchsorted(self.falls, arrivals, side="right")
        lasting = len(self.falls)
        began = np.cumsum(np.bincount(self.before[~instant] if some else self.before, minlength=lasting + 1))
        self.fell_to = began[:lasting] - np.arange(1, lasting + 1)
        self.rank = np.full(lasting, -1.0)
        if some:
            self.before += np.cumsum(instant) - instant
            order = np.argsort(np.concatenate((self.falls, arrivals[instant])), kind="stable")
            self.falls = np.concatenate((self.falls, arrivals[instant]))[order]
            self.fell_to = np.concatenate((self.fell_to, (number - self.before)[instant]))[order]
            self.rank = np.concatenate((self.rank, number[instant] + 1 / 2))[order]
        self.up = number - self.before
        small = np.int16 if self.up.max(initial=0) < 2**15 - 1 else np.int64
        level = self.up.astype(small)
        self.rises = np.argsort(level, kind="stable")
        self.by_count = np.argsort(self.fell_to.astype(small), kind="stable")
        # At each count rises and falls take turns, so the fall before a rise is the one before it in this order.
        self.begins, level = arrivals[self.rises], level[self.rises]
        self.gaps = np.full(len(arrivals), np.inf)
        self.gaps[1:] = self.begins[1:] - self.falls[self.by_count[:-1]]
        self.gaps[1:][level[1:] != level[:-1]] = np.inf

    @functools.cached_property
    def keys(self) -> Whole:
        """The falls by count and then time, as one growing number each."""
        return self.fell_to[self.by_count] * (len(self.falls) + 1) + self.by_count

    def last_fall(self, counts: Whole, before: Whole) -> Floats:
        """The last of the first so many falls that went to some count; -inf where there is none."""
        place = np.searchsorted(self.keys, counts * (len(self.falls) + 1) + before) - 1
        fall = self.by_count[np.maximum(place, 0)]
        return np.where((place >= 0) & (self.fell_to[fall] == counts), self.falls[fall], -np.inf)

    def overstay(self, late: Whole, cold: Floats) -> tuple[Whole, Whole, _Falls]:
        """What changes when some requests take their cold time.

        Returns: the arrivals that find more busy, how many more, and the falls of the busy count that are new.
        """
        late = late[self.arrivals[late] + cold[late] > self.ends[late]]
        late = late[np.argsort(self.ends[late], kind="stable")]
        start, stop = self.ends[late], self.arrivals[late] + cold[late]
        first = np.maximum(np.searchsorted(self.arrivals, start, side="left"), late + 1)
        seen, more = _covered(first, np.searchsorted(self.arrivals, stop, side="left"))
        # Their own falls do not happen; those after them end one higher, until they stop.
        own = self.before[late]  # of one that is over at once
        lasts = start > self.arrivals[late]
        begin = start[lasts]
        own[lasts] = np.searchsorted(self.falls, begin) + np.arange(len(begin)) - np.searchsorted(begin, begin)
        moved, lift = _covered(own + 1, np.searchsorted(self.falls, stop, side="left"))
        stay = ~np.isin(moved, own)
        moved, lift = moved[stay], lift[stay]
        stop = np.sort(stop)
        left = np.searchsorted(self.arrivals, stop) - np.searchsorted(self.falls, stop)
        left += np.searchsorted(start, stop) - np.arange(1, len(stop) + 1)
        return (
            seen,
            more,
            _Falls(
                np.concatenate((self.falls[moved], stop)),
                np.concatenate((self.fell_to[moved] + lift, left)),
                np.concatenate((self.rank[moved], np.full(len(stop), -1.0))),
            ),
        )


def _covered(first: Whole, after: Whole) -> tuple[Whole, Whole]:
    """The places that ranges cover, and how many of them cover each."""
    sizes = np.maximum(after - first, 0)
    starts = np.cumsum(sizes) - sizes
    return np.unique(np.repeat(first - starts, sizes) + np.arange(int(sizes.sum())), return_counts=True)


class _Idle:
    """The idle environments, in the order in which requests take them: (environment, idle since, keep-alive)."""

    def __init__(self, order: str) -> None:
        self.sign = {"newest_created": -1, "oldest_created": 1}.get(order)
        self.heap: list[tuple[int, float, float]] = []
        self.line: deque[tuple[int, float, float]] = deque()
        self.pop: Callable[[], tuple[int, float, float]] = (
            (self.line.pop if order == "newest" else self.line.popleft) if self.sign is None else self._oldest
        )

    def push(self, environment: int, since: float, kept: float) -> None:
        if self.sign is None:
            self.line.append((environment, since, kept))
        else:
            heapq.heappush(self.heap, (self.sign * environment, since, kept))

    def _oldest(self) -> tuple[int, float, float]:
        environment, since, kept = heapq.heappop(self.heap)
        return abs(environment), since, kept

    def __bool__(self) -> bool:
        return bool(self.line or self.heap)


def _by_walking(
    arrivals: Floats,
    warm: Floats,
    cold: Floats,
    keep_alive: float | Floats,
    order: str,
    limit: int | None,
    queued: bool,
    provisioned: int,
) -> Replayed:
    """The pool as it is: every environment, when it was made, what it does, when it is given up."""
    count = len(arrivals)
    spells = iter(np.broadcast_to(np.asarray(keep_alive, dtype=np.float64), (count,)).tolist())
    warm_s, cold_s = warm.tolist(), cold.tolist()
    is_cold, served, spilled = [False] * count, [True] * count, [False] * count
    starts, took = arrivals.tolist(), [0.0] * count
    born: list[float] = []
    gone: list[float] = []
    idle, ends, waiting = _Idle(order), list[tuple[float, int]](), deque[int]()
    free, most = provisioned, math.inf if limit is None else limit
    ready = -1  # stands for a provisioned environment

    def run(request: int, now: float) -> None:
        nonlocal free
        starts[request] = now
        if free:
            free -= 1
            environment, length = ready, warm_s[request]
        else:
            environment, length = -2, warm_s[request]
            while environment < 0 and idle:
                environment, since, kept = idle.pop()
                if now - since > kept:
                    gone[environment], environment = since + kept, -2
            if environment < 0:
                environment, length = len(born), cold_s[request]
                born.append(now)
                gone.append(math.nan)
                is_cold[request] = True
            spilled[request] = True
        took[request] = length
        heapq.heappush(ends, (now + length, environment))

    def finish() -> None:
        nonlocal free
        now, environment = heapq.heappop(ends)
        if environment == ready:
            free += 1
        else:
            idle.push(environment, now, next(spells))
        if waiting:
            run(waiting.popleft(), now)

    for request, now in enumerate(arrivals.tolist()):
        while ends and ends[0][0] <= now:
            finish()
        if len(ends) < most:
            run(request, now)
        elif queued:
            waiting.append(request)
        else:
            served[request] = False
    while ends:
        finish()
    while idle:
        environment, since, kept = idle.pop()
        gone[environment] = since + kept
    arrays = (np.array(column) for column in (is_cold, served, starts, took, spilled, born, gone))
    return Replayed(*arrays)
