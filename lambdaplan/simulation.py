"""Cold starts one request at a time: the stack of idle environments by sorting, and a walk through the events."""

from __future__ import annotations

import csv
import functools
import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lambdaplan._paths import data_dir
from lambdaplan.errors import InputError, Problem, nearest, shorten

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

ORDERS = ("newest", "oldest", "newest_created", "oldest_created")
SHAPES = ("exponential", "lognormal", "constant")
AT_LIMIT = ("throttle", "queue")

# Runs of their own that a simulation is divided into, and requests that one of them holds at most.
_RUNS = 20
_RUN_REQUESTS = 500_000
# Passes over a trace with lengthened cold requests before its events are walked instead.
_PASSES = 12
# Mean service times after which a run that began empty is taken as settled.
_SETTLED = 12
_MOST_REQUESTS = 10**9
_MOST_WARM_UP = 10**8
_CONFIDENCE_PERCENT = 95


# ---------------------------------------------------------------- keep-alive


@dataclass(frozen=True)
class KeepAlive:
    """How long idle environments are kept: the share that is still warm after some idle times.

    Between two times the share is linear; before the first it is 1. A single time at which the share falls from 1 to 0
    is a fixed keep-alive.

    Parameters
    ----------
    idle_s : tuple of float - idle times, growing, above 0. [s]
    warm_fraction : tuple of float - share still warm there, 0 to 1, never growing, 0 at the last.

    Raises: InputError for anything else.
    """

    idle_s: tuple[float, ...]
    warm_fraction: tuple[float, ...]

    def __post_init__(self) -> None:
        times, shares = np.array(self.idle_s, dtype=float), np.array(self.warm_fraction, dtype=float)
        if times.size < 1 or times.shape != shares.shape or times.ndim != 1:
            words = "as many idle times as shares, at least one"
            raise InputError(Problem("type", "idle_s", f"{times.size} and {shares.size} numbers", words))
        if not (np.isfinite(times).all() and times[0] > 0 and (np.diff(times) > 0).all()):
            raise InputError(Problem("type", "idle_s", shorten(self.idle_s), "growing numbers above 0 (s)"))
        if not ((shares >= 0) & (shares <= 1)).all() or (np.diff(shares) > 0).any() or shares[-1] != 0:
            words = "shares from 1 to 0 that never grow and end at 0"
            raise InputError(Problem("type", "warm_fraction", shorten(self.warm_fraction), words))

    def at(self, share: Any) -> Any:
        """Give the idle time after which a share of the environments is gone, 0 to 1. [s]"""
        if len(self.idle_s) == 1:
            return np.full(np.shape(share), self.idle_s[0])[()]
        gone = np.concatenate(([0.0], 1 - np.array(self.warm_fraction)))
        return np.interp(share, gone, np.concatenate(([0.0], self.idle_s)))

    @property
    def longest_s(self) -> float:
        """The idle time after which none is left. [s]"""
        return float(self.idle_s[-1])


@functools.cache
def measured_keep_alive() -> KeepAlive:
    """Give the measured curve of how long Lambda keeps idle environments.

    Where a longer idle time was measured warmer than a shorter one, the two are pooled.

    References: `data/keep_alive.csv`: ubc-cirrus-lab/demystifying-serverless-costs (artifact of C. Lin, Y. Ma and
    M. Shahrad, "Demystifying Serverless Costs", EuroSys 2026), 100 trials for each idle time, measured 2025-09-19. AWS
    does not publish the time.

    Examples
    --------
        >>> curve = measured_keep_alive()
        >>> [curve.warm_fraction[curve.idle_s.index(t)] for t in (300, 315, 330, 345, 360)]
        [0.92, 0.57, 0.32, 0.06, 0.0]
    """
    with (data_dir() / "keep_alive.csv").open(encoding="utf-8", newline="") as file:
        rows = [(float(row["idle_s"]), int(row["warm"]), int(row["trials"])) for row in csv.DictReader(file)]
    pooled: list[tuple[list[float], int, int]] = []
    for idle_s, warm, trials in rows:
        pooled.append(([idle_s], warm, trials))
        while len(pooled) > 1 and pooled[-1][1] * pooled[-2][2] > pooled[-2][1] * pooled[-1][2]:
            times, more, others = pooled.pop()
            pooled[-1] = (pooled[-1][0] + times, pooled[-1][1] + more, pooled[-1][2] + others)
    points = [(idle_s, warm / trials) for times, warm, trials in pooled for idle_s in times]
    last = next(place for place, (_, share) in enumerate(points) if share == 0)
    return KeepAlive(*(tuple(column) for column in zip(*points[: last + 1], strict=True)))


# ---------------------------------------------------------------- one trace


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

    Parameters
    ----------
    arrivals_s : array - times of arrival, never falling. [s]
    warm_s, cold_s : arrays - time of each request should it be warm or cold, at least 0, cold_s >= warm_s. [s]
    keep_alive_s : float, or an array - idle time that environments survive; an array holds one of each idle spell, in
        the order in which spells begin. [s]
    order : str - which idle environment goes first: by last use "newest" or "oldest", by age "newest_created" or
        "oldest_created".
    limit : int or None - environments, provisioned ones included, that may be busy at once.
    at_limit : str - "throttle" refuses a request beyond it, "queue" lets it wait, first come first served.
    provisioned : int - environments that are always warm and take a request first.

    Returns: a :class:`Replayed`.

    Notes: an idle spell of exactly the keep-alive still ends warm; an environment that frees up at the moment of an
    arrival takes it.
    """
    if order == "newest" and limit is None and not provisioned and np.ndim(keep_alive_s) == 0:
        found = _by_sorting(arrivals_s, warm_s, cold_s, float(keep_alive_s))
        if found is not None:
            return found
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
        found = np.concatenate((base_last, np.empty(len(new))))
        moved = np.flatnonzero(lift)
        found[moved] = levels.last_fall(counts[moved], levels.before[who[moved]])
        found = np.maximum(found, falls.latest(counts, arrivals[who], who))
        is_cold = np.flatnonzero(arrivals[who] - found > keep_alive)
        is_cold = is_cold[np.argsort(who[is_cold])]
        settled = np.array_equal(who[is_cold], late)
        late, last, raised = who[is_cold], found[is_cold], counts[is_cold]
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
        found = np.where((place >= 0) & (count[last] == count[order]), moment[last], -np.inf)
        result = np.empty(len(order))
        result[order] = found
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

    def push(self, which: int, since: float, kept: float) -> None:
        if self.sign is None:
            self.line.append((which, since, kept))
        else:
            heapq.heappush(self.heap, (self.sign * which, since, kept))

    def _oldest(self) -> tuple[int, float, float]:
        which, since, kept = heapq.heappop(self.heap)
        return abs(which), since, kept

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
            which, length = ready, warm_s[request]
        else:
            which, length = -2, warm_s[request]
            while which < 0 and idle:
                which, since, kept = idle.pop()
                if now - since > kept:
                    gone[which], which = since + kept, -2
            if which < 0:
                which, length = len(born), cold_s[request]
                born.append(now)
                gone.append(math.nan)
                is_cold[request] = True
            spilled[request] = True
        took[request] = length
        heapq.heappush(ends, (now + length, which))

    def finish() -> None:
        nonlocal free
        now, which = heapq.heappop(ends)
        if which == ready:
            free += 1
        else:
            idle.push(which, now, next(spells))
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
        which, since, kept = idle.pop()
        gone[which] = since + kept
    arrays = (np.array(column) for column in (is_cold, served, starts, took, spilled, born, gone))
    return Replayed(*arrays)


# ---------------------------------------------------------------- many runs


@dataclass(frozen=True)
class Simulation:
    """What a simulation found. Intervals hold the long-run value with 95 % confidence.

    Parameters
    ----------
    cold_fraction : float - cold requests over those that were served.
    cold_fraction_interval : tuple of float - lower and upper end.
    environments_mean : float - environments alive, busy or idle, the provisioned ones left out.
    environments_mean_interval : tuple of float - lower and upper end.
    busy_mean : float - requests that run, provisioned environments included.
    requests, cold : int - requests that were served, and how many of them were cold.
    throttled_fraction : float - share of all requests that the limit refused.
    wait_mean_s : float - mean wait of the served ones below the limit. [s]
    spilled_fraction : float - share of the served ones that ran outside the provisioned environments.
    runs : int - independent runs that the intervals rest on.
    """

    cold_fraction: float
    cold_fraction_interval: tuple[float, float]
    environments_mean: float
    environments_mean_interval: tuple[float, float]
    busy_mean: float
    requests: int
    cold: int
    throttled_fraction: float
    wait_mean_s: float
    spilled_fraction: float
    runs: int


def simulate(
    *,
    service_s: Any,
    keep_alive_s: Any,
    rps: Any = None,
    arrivals_s: Any = None,
    cold_service_s: Any = None,
    requests: Any = 1_000_000,
    seed: Any = 0,
    service: str = "exponential",
    service_cv: Any = 1.0,
    burst: Any = 1.0,
    burst_s: Any = 60.0,
    limit: Any = None,
    at_limit: str = "throttle",
    provisioned: Any = 0,
    order: str = "newest",
) -> Simulation:
    """Simulate requests and the environments that serve them, one request each at a time.

    Parameters
    ----------
    rps : float - mean requests a second, Poisson arrivals, above 0. [1/s]
    arrivals_s : array - instead of rps, a trace: times of arrival, never falling. [s]
    service_s : float - mean time of a warm request, at least 0; or measured times to draw from, in the same proportions
        for cold requests. [s]
    cold_service_s : float - mean time of a cold request, at least that of a warm one; None means equal. [s]
    keep_alive_s : float or KeepAlive - idle time that environments survive: fixed, or drawn for each idle spell. [s]
    requests : int - requests to look at, about; with a trace, its own are repeated to about as many.
    seed : int - same seed, same result.
    service : str - "exponential", "lognormal" or "constant" times around their mean.
    service_cv : float - for lognormal: standard deviation over mean, above 0.
    burst : float - arrivals in bursts: rate within one over the mean, at least 1; between them none arrive.
    burst_s : float - mean length of a burst; bursts and pauses are exponential. [s]
    limit : int or None - requests that may run at once.
    at_limit : str - "throttle" refuses further ones, "queue" lets them wait.
    provisioned : int - environments that are always warm and go first.
    order : str - which idle environment goes first: "newest" or "oldest" by last use, "newest_created" or
        "oldest_created" by age.

    Returns: a :class:`Simulation`.

    Raises: InputError for anything else; for a queue that would grow for ever; and where the time before a run settles
    holds more than 100,000,000 requests.

    Notes: runs are independent of one another. Each begins empty and is looked at from keep_alive_s + 12 mean services
    on. The interval of the cold share is Wilson's, with as many requests as scatter like the runs did: cold starts come
    in clusters, so that is fewer than were simulated. A trace is looked at from its first arrival to its last; its
    interval holds the chance of the services alone, and is a point where nothing is left to chance.

    References: Edwin B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927. The example is that of N. Mahmoudi and H. Khazaei, "SimFaaS: A
    Performance Simulator for Serverless Computing Platforms", 2021, whose README prints 0.14 % cold.

    Examples
    --------
        >>> found = simulate(rps=0.9, service_s=1.991, cold_service_s=2.244, keep_alive_s=600, requests=200_000, seed=1)
        >>> low, high = found.cold_fraction_interval
        >>> low < 0.001331 < high
        True
    """
    plan = _plan(
        rps,
        arrivals_s,
        service_s,
        cold_service_s,
        keep_alive_s,
        requests,
        seed,
        service,
        service_cv,
        burst,
        burst_s,
        limit,
        at_limit,
        provisioned,
        order,
    )
    rows = np.array([plan.run(np.random.default_rng((plan.seed, number))) for number in range(plan.runs)])
    seconds, arrived, served, cold, alive, busy, waited, spilled = rows.T
    if not served.sum():
        words = "no request was served; look at more of them"
        raise InputError(Problem("conflict", "requests", str(requests), words, "Raise requests."))
    mean = float(cold.sum() / served.sum())
    return Simulation(
        cold_fraction=mean,
        cold_fraction_interval=_wilson(cold, served, certain=plan.certain),
        environments_mean=float(alive.sum() / seconds.sum()),
        environments_mean_interval=_around(alive / seconds),
        busy_mean=float(busy.sum() / seconds.sum()),
        requests=int(served.sum()),
        cold=int(cold.sum()),
        throttled_fraction=float((arrived - served).sum() / arrived.sum()),
        wait_mean_s=float(waited.sum() / served.sum()),
        spilled_fraction=float(spilled.sum() / served.sum()),
        runs=plan.runs,
    )


@dataclass(frozen=True)
class _Plan:
    """A simulation with its arguments checked."""

    rps: float
    arrivals: Floats | None
    shape: str | Floats
    cv: float
    warm_s: float
    cold_s: float
    keep_alive: float | KeepAlive
    burst: float
    burst_s: float
    limit: int | None
    at_limit: str
    provisioned: int
    order: str
    runs: int
    settle_s: float
    run_s: float
    seed: int

    @property
    def certain(self) -> bool:
        """Whether nothing is left to chance."""
        return self.arrivals is not None and self.shape == "constant" and not isinstance(self.keep_alive, KeepAlive)

    def run(self, rng: np.random.Generator) -> tuple[float, ...]:
        """One run: seconds, and in them requests, served, cold, environment time, busy time, waits, spilled."""
        arrivals = self._arrivals(rng)
        sizes = self._sizes(rng, len(arrivals))
        kept: float | Floats
        if isinstance(self.keep_alive, KeepAlive):
            kept = self.keep_alive.at(rng.random(len(arrivals)))
        else:
            kept = self.keep_alive
        found = replay(
            arrivals,
            sizes * self.warm_s,
            sizes * self.cold_s,
            kept,
            order=self.order,
            limit=self.limit,
            at_limit=self.at_limit,
            provisioned=self.provisioned,
        )
        start, end = self.settle_s, self.settle_s + self.run_s
        if self.arrivals is not None:
            start, end = float(arrivals[0]), float(arrivals[-1])
        seen = arrivals >= start
        served = seen & found.served
        ran = found.start_s[found.served], found.start_s[found.served] + found.busy_s[found.served]
        return (
            end - start,
            int(seen.sum()),
            int(served.sum()),
            int((served & found.cold).sum()),
            _within(found.born_s, found.gone_s, start, end),
            _within(*ran, start, end),
            float((found.start_s - arrivals)[served].sum()),
            int((served & found.spilled).sum()),
        )

    def _arrivals(self, rng: np.random.Generator) -> Floats:
        if self.arrivals is not None:
            return self.arrivals
        length = self.settle_s + self.run_s
        if self.burst == 1:
            return _poisson_times(rng, self.rps, length)
        # Poisson at the rate of a burst on a clock that runs only within bursts, then with the pauses put in.
        steps = math.ceil(length / (self.burst_s * self.burst) * 2) + 100
        on = rng.exponential(self.burst_s, steps)
        off = rng.exponential(self.burst_s * (self.burst - 1), steps)
        if rng.random() * self.burst > 1:  # begins within a pause
            off = np.concatenate((off[:1], off[:-1]))
            lead = rng.exponential(self.burst_s * (self.burst - 1))
        else:
            lead = 0.0
        ends = np.cumsum(on)
        times = _poisson_times(rng, self.rps * self.burst, float(ends[-1]))
        pauses = lead + np.concatenate(([0.0], np.cumsum(off)))
        times = times + pauses[np.searchsorted(ends, times, side="right")]
        return times[times < length]

    def _sizes(self, rng: np.random.Generator, count: int) -> Floats:
        """Service times over their mean."""
        if not isinstance(self.shape, str):
            return rng.choice(self.shape, count)
        if self.shape == "exponential":
            return rng.standard_exponential(count)
        if self.shape == "lognormal":
            spread = math.log1p(self.cv**2)
            return rng.lognormal(-spread / 2, math.sqrt(spread), count)
        return np.ones(count)


def _poisson_times(rng: np.random.Generator, rps: float, length_s: float) -> Floats:
    """Poisson arrivals over a span of time: their number, then ordered places in it."""
    count = int(rng.poisson(rps * length_s))
    steps = np.cumsum(rng.standard_exponential(count + 1))
    times: Floats = steps[:-1] * (length_s / steps[-1])
    return times


def _within(begins: Floats, ends: Floats, start: float, end: float) -> float:
    """Time of spans that lies between start and end, added up. [s]"""
    return float(np.maximum(np.minimum(ends, end) - np.maximum(begins, start), 0).sum())


# ---------------------------------------------------------------- intervals


def _wilson(hits: Floats, tries: Floats, *, certain: bool) -> tuple[float, float]:
    """Wilson's interval of a share, with as many tries as scatter like the runs did, at most those there were."""
    share = float(hits.sum() / tries.sum())
    if certain:
        return share, share
    runs, total = len(hits), float(tries.sum())
    spread = float(((hits - share * tries) ** 2).sum()) * runs / (runs - 1)
    alike = share * (1 - share) * total
    count = total * min(1, alike / spread) if spread > 0 and alike > 0 else total
    square = _student(runs - 1) ** 2
    middle = (share + square / count / 2) / (1 + square / count)
    half = math.sqrt(square / count * (share * (1 - share) + square / count / 4)) / (1 + square / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _around(values: Floats) -> tuple[float, float]:
    """The interval of a mean of independent runs."""
    mean = float(values.mean())
    if len(values) == 1:
        return mean, mean
    half = _student(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean - half, mean + half


@functools.cache
def _student(freedom: int) -> float:
    """The value that Student's t exceeds, either side, in 5 % of cases.

    With t = sqrt(freedom) tan(angle) the density is that of cos(angle)^(freedom - 1).
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def up_to(angle: float) -> float:
        return float((np.cos((nodes + 1) / 2 * angle) ** (freedom - 1) * weights).sum() * angle / 2)

    wanted = up_to(math.pi / 2) * _CONFIDENCE_PERCENT / 100
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if up_to(middle) < wanted else (low, middle)
    return math.sqrt(freedom) * math.tan(low)


# ---------------------------------------------------------------- checks of arguments


def number(
    field: str,
    value: Any,
    problems: list[Problem],
    *,
    low: float = 0,
    above: bool = False,
    whole: bool = False,
    high: float = math.inf,
    unit: str = "",
) -> float:
    """Read one finite number from `low` (above it, with `above`) to `high`; NaN and a problem where it is none."""
    try:
        found = math.nan if isinstance(value, (bool, str)) or np.ndim(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    large = found > low if above else found >= low
    if math.isfinite(found) and large and found <= high and not (whole and found % 1):
        return found
    words = f"a {'whole ' if whole else ''}number {'above' if above else 'of at least'} {low:g}"
    words += f" and at most {high:,.15g}" if math.isfinite(high) else ""
    problems.append(Problem("type", field, shorten(value), words + (f" ({unit})" if unit else "")))
    return math.nan


def _choice(field: str, value: Any, known: tuple[str, ...], problems: list[Problem]) -> str:
    if isinstance(value, str) and value in known:
        return value
    fix = nearest(value, known) if isinstance(value, str) else ""
    problems.append(Problem("choice", field, shorten(value), ", ".join(known), fix))
    return known[0]


def _times(field: str, value: Any, least: int, problems: list[Problem], *, growing: bool) -> Floats | None:
    """An array of finite times, at least 0, `least` of them or more."""
    try:
        given = np.asarray(value)
        found = given.astype(np.float64) if given.dtype.kind in "iufO" else np.array(math.nan)
    except (TypeError, ValueError, OverflowError):
        found = np.array(math.nan)
    if found.ndim != 1 or len(found) < least:
        words = f"a list of at least {least} times (s)"
        problems.append(Problem("type", field, shorten(value), words))
        return None
    wrong = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if wrong.size:
        at = f"{field}.{wrong[0]}"
        problems.append(Problem("type", at, f"{found[wrong[0]]:.15g}", "a number of at least 0 (s)"))
        return None
    back = np.flatnonzero(np.diff(found) < 0)
    if growing and back.size:
        place = int(back[0]) + 1
        said = f"{found[place]:.15g} after {found[place - 1]:.15g}"
        problems.append(Problem("conflict", f"{field}.{place}", said, "times stand in order, the earliest first"))
        return None
    return found


def _plan(
    rps: Any,
    arrivals_s: Any,
    service_s: Any,
    cold_service_s: Any,
    keep_alive_s: Any,
    requests: Any,
    seed: Any,
    service: Any,
    service_cv: Any,
    burst: Any,
    burst_s: Any,
    limit: Any,
    at_limit: Any,
    provisioned: Any,
    order: Any,
) -> _Plan:
    """The arguments of :func:`simulate`, checked; all problems together."""
    problems: list[Problem] = []
    rate, arrivals = math.nan, None
    if (rps is None) == (arrivals_s is None):
        given = "neither" if rps is None else "both"
        problems.append(Problem("conflict", "rps and arrivals_s", given, "give exactly one of the two"))
    elif rps is not None:
        rate = number("rps", rps, problems, above=True, unit="requests/s")
    else:
        arrivals = _times("arrivals_s", arrivals_s, 2, problems, growing=True)
        if arrivals is not None and arrivals[-1] == arrivals[0]:
            problems.append(Problem("conflict", "arrivals_s", "one moment", "a trace spans some time"))
    shape: str | Floats = _choice("service", service, SHAPES, problems)
    if np.ndim(service_s):
        sample = _times("service_s", service_s, 1, problems, growing=False)
        warm = math.nan if sample is None else float(sample.mean())
        if sample is not None:
            shape = sample / warm if warm else np.ones(1)
    else:
        warm = number("service_s", service_s, problems, unit="s")
    cold = warm if cold_service_s is None else number("cold_service_s", cold_service_s, problems, unit="s")
    if cold < warm:
        words = f"at least service_s, {warm:.15g} (s)"
        problems.append(Problem("conflict", "cold_service_s", f"{cold:.15g}", words))
    keep = (
        keep_alive_s
        if isinstance(keep_alive_s, KeepAlive)
        else number("keep_alive_s", keep_alive_s, problems, unit="s")
    )
    wanted = number("requests", requests, problems, low=1, whole=True, high=_MOST_REQUESTS)
    key = number("seed", seed, problems, whole=True)
    cv = number("service_cv", service_cv, problems, above=True, high=1000)
    peak = number("burst", burst, problems, low=1, high=1000)
    spell = number("burst_s", burst_s, problems, above=True, unit="s")
    most = None if limit is None else number("limit", limit, problems, low=1, whole=True)
    ready = number("provisioned", provisioned, problems, whole=True, high=10**6)
    _choice("at_limit", at_limit, AT_LIMIT, problems)
    _choice("order", order, ORDERS, problems)
    if most is not None and ready > most:
        words = f"at most limit, {most:g}"
        problems.append(Problem("conflict", "provisioned", f"{ready:g}", words))
    if most is not None and at_limit == "queue" and rate * cold >= most:
        words = f"with rps x cold_service_s of {rate * cold:.4g} a limit must be larger, or the queue grows for ever"
        problems.append(Problem("conflict", "limit", f"{most:g}", words))
    if problems:
        raise InputError(problems)
    longest = keep.longest_s if isinstance(keep, KeepAlive) else keep
    settle = longest + _SETTLED * cold * (1 + (cv**2 if shape == "lognormal" else 0))
    settle += _SETTLED * spell * peak if peak > 1 else 0
    if arrivals is None and rate * settle > _MOST_WARM_UP:
        words = f"a run settles after {settle:.4g} s, that is {rate * settle:.4g} requests, more than {_MOST_WARM_UP:,}"
        raise InputError(Problem("conflict", "rps x keep_alive_s", f"{rate * longest:.4g}", words))
    share = len(arrivals) if arrivals is not None else _RUN_REQUESTS
    runs = max(_RUNS, math.ceil(wanted / share))
    plan = _Plan(
        rate,
        arrivals,
        shape,
        cv,
        warm,
        cold,
        keep,
        peak,
        spell,
        None if most is None else int(most),
        at_limit,
        int(ready),
        order,
        runs,
        settle,
        wanted / runs / rate,
        int(key),
    )
    return plan if not plan.certain else _Plan(**{**plan.__dict__, "runs": 1})
