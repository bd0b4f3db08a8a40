"""Simulation of cold starts: random or given requests, independent runs, and confidence intervals."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.coldstart.replay import ORDERS, replay
from lambdaplan.confidence import student_t
from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.resources import data_table
from lambdaplan.schema.arguments import COUNT, SECONDS, Bounds, Floats, choice, number, times

SHAPES = ("exponential", "lognormal", "constant")
AT_LIMIT = ("throttle", "queue")
READY = Bounds(high=10**6, whole=True, unit="environments")
BURST = Bounds(low=1, high=1000)

# Runs of their own that a simulation is divided into, and requests that one of them holds at most.
_RUNS = 20
_RUN_REQUESTS = 500_000
# Mean service times after which a run that began empty is taken as settled.
_SETTLED = 12
_MOST_REQUESTS = 10**9
_MOST_WARM_UP = 10**8


@dataclass(frozen=True)
class KeepAlive:
    """How long idle environments are kept: the share that is still warm after some idle times.

    Between two times the share is linear; before the first it is 1. A single time at which the share falls from 1 to 0
    is a fixed keep-alive.

    Parameters:
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

    Examples:
        >>> curve = measured_keep_alive()
        >>> [curve.warm_fraction[curve.idle_s.index(t)] for t in (300, 315, 330, 345, 360)]
        [0.92, 0.57, 0.32, 0.06, 0.0]
    """
    table = data_table("keep_alive.csv")
    rows = [(float(row["idle_s"]), int(row["warm"]), int(row["trials"])) for row in table]
    pooled: list[tuple[list[float], int, int]] = []
    for idle_s, warm, trials in rows:
        pooled.append(([idle_s], warm, trials))
        while len(pooled) > 1 and pooled[-1][1] * pooled[-2][2] > pooled[-2][1] * pooled[-1][2]:
            times, more, others = pooled.pop()
            pooled[-1] = (pooled[-1][0] + times, pooled[-1][1] + more, pooled[-1][2] + others)
    points = [(idle_s, warm / trials) for times, warm, trials in pooled for idle_s in times]
    last = next(place for place, (_, share) in enumerate(points) if share == 0)
    return KeepAlive(*(tuple(column) for column in zip(*points[: last + 1], strict=True)))


@dataclass(frozen=True)
class Simulation:
    """What a simulation found. Intervals hold the long-run value with 95 % confidence.

    Parameters:
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

    Parameters:
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

    Raises: InputError for anything else; for a queue that would grow for ever; and where the time before a run settles
    holds more than 100,000,000 requests.

    Notes: runs are independent of one another. Each begins empty and is looked at from keep_alive_s + 12 mean services
    on. The interval of the cold share is Wilson's, with as many requests as scatter like the runs did: cold starts come
    in clusters, so that is fewer than were simulated. A trace is looked at from its first arrival to its last; its
    interval holds the chance of the services alone, and is a point where nothing is left to chance.

    References: Edwin B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22, 1927. The example is that of N. Mahmoudi and H. Khazaei, "SimFaaS: A
    Performance Simulator for Serverless Computing Platforms", 2021, whose README prints 0.14 % cold.

    Examples:
        >>> found = simulate(rps=0.9, service_s=1.991, cold_service_s=2.244, keep_alive_s=600, requests=200_000, seed=1)
        >>> low, high = found.cold_fraction_interval
        >>> low < 0.001331 < high
        True
    """
    with problems_together() as problems:
        rate, arrivals = _arrivals_asked(rps, arrivals_s, problems)
        shape: str | Floats = choice("service", service, SHAPES, problems)
        if np.ndim(service_s):
            sample = times("service_s", service_s, 1, problems, growing=False)
            warm = math.nan if sample is None else float(sample.mean())
            if sample is not None:
                shape = sample / warm if warm else np.ones(1)
        else:
            warm = number("service_s", service_s, SECONDS, problems)
        cold = warm if cold_service_s is None else number("cold_service_s", cold_service_s, SECONDS, problems)
        if cold < warm:
            words = f"at least service_s, {warm:.15g} (s)"
            problems.append(Problem("conflict", "cold_service_s", f"{cold:.15g}", words))
        curve = isinstance(keep_alive_s, KeepAlive)
        keep = keep_alive_s if curve else number("keep_alive_s", keep_alive_s, SECONDS, problems)
        wanted = number("requests", requests, Bounds(low=1, high=_MOST_REQUESTS, whole=True), problems)
        key = number("seed", seed, Bounds(whole=True), problems)
        cv = number("service_cv", service_cv, Bounds(high=1000, above=True), problems)
        peak = number("burst", burst, BURST, problems)
        spell = number("burst_s", burst_s, Bounds(above=True, unit="s"), problems)
        most = None if limit is None else number("limit", limit, COUNT, problems)
        ready = number("provisioned", provisioned, READY, problems)
        choice("at_limit", at_limit, AT_LIMIT, problems)
        choice("order", order, ORDERS, problems)
        if most is not None and ready > most:
            words = f"at most limit, {most:g}"
            problems.append(Problem("conflict", "provisioned", f"{ready:g}", words))
        if most is not None and at_limit == "queue" and rate * cold >= most:
            load = f"rps x cold_service_s of {rate * cold:.4g}"
            words = f"with {load} a limit must be larger, or the queue grows for ever"
            problems.append(Problem("conflict", "limit", f"{most:g}", words))
    longest = keep.longest_s if isinstance(keep, KeepAlive) else keep
    settle = longest + _SETTLED * cold * (1 + (cv**2 if isinstance(shape, str) and shape == "lognormal" else 0))
    settle += _SETTLED * spell * peak if peak > 1 else 0
    if arrivals is None and rate * settle > _MOST_WARM_UP:
        words = f"a run settles after {settle:.4g} s, that is {rate * settle:.4g} requests, more than {_MOST_WARM_UP:,}"
        raise InputError(Problem("conflict", "rps x keep_alive_s", f"{rate * longest:.4g}", words))
    runs = max(_RUNS, math.ceil(wanted / (_RUN_REQUESTS if arrivals is None else len(arrivals))))
    plan = _Plan(
        rps=rate,
        arrivals=arrivals,
        shape=shape,
        cv=cv,
        warm_s=warm,
        cold_s=cold,
        keep_alive=keep,
        burst=peak,
        burst_s=spell,
        limit=None if most is None else int(most),
        at_limit=at_limit,
        provisioned=int(ready),
        order=order,
        settle_s=settle,
        run_s=wanted / runs / rate,
    )
    runs = 1 if plan.certain else runs
    rows = np.array([plan.run(np.random.default_rng((int(key), run))) for run in range(runs)])
    seconds, arrived, served, cold_runs, alive, busy, waited, spilled = rows.T
    if not served.sum():
        words = "no request was served; look at more of them"
        raise InputError(Problem("conflict", "requests", str(requests), words, "Raise requests."))
    share = float(cold_runs.sum() / served.sum())
    return Simulation(
        cold_fraction=share,
        cold_fraction_interval=_wilson(cold_runs, served, certain=plan.certain),
        environments_mean=float(alive.sum() / seconds.sum()),
        environments_mean_interval=_around(alive / seconds),
        busy_mean=float(busy.sum() / seconds.sum()),
        requests=int(served.sum()),
        cold=int(cold_runs.sum()),
        throttled_fraction=float((arrived - served).sum() / arrived.sum()),
        wait_mean_s=float(waited.sum() / served.sum()),
        spilled_fraction=float(spilled.sum() / served.sum()),
        runs=runs,
    )


def _arrivals_asked(rps: Any, arrivals_s: Any, problems: list[Problem]) -> tuple[float, Floats | None]:
    """The rate of arrivals or the times of a trace, whichever is given; the rate of a trace is NaN. [1/s, s]"""
    if (rps is None) == (arrivals_s is None):
        given = "neither" if rps is None else "both"
        problems.append(Problem("conflict", "rps and arrivals_s", given, "give exactly one of the two"))
        return math.nan, None
    if rps is not None:
        return number("rps", rps, Bounds(above=True, unit="requests/s"), problems), None
    arrivals = times("arrivals_s", arrivals_s, 2, problems, growing=True)
    if arrivals is not None and arrivals[-1] == arrivals[0]:
        problems.append(Problem("conflict", "arrivals_s", "one moment", "a trace spans some time"))
    return math.nan, arrivals


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
    settle_s: float
    run_s: float

    @property
    def certain(self) -> bool:
        """Whether nothing is left to chance."""
        return self.arrivals is not None and self.shape == "constant" and not isinstance(self.keep_alive, KeepAlive)

    def run(self, rng: np.random.Generator) -> tuple[float, ...]:
        """One run: seconds, and in them requests, served, cold, environment time, busy time, waits, spilled."""
        arrivals = self._arrivals(rng)
        sizes = self._sizes(rng, len(arrivals))
        kept: Any = self.keep_alive
        if isinstance(kept, KeepAlive):
            kept = kept.at(rng.random(len(arrivals)))
        replayed = replay(
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
        served = seen & replayed.served
        ran = replayed.start_s[replayed.served], replayed.start_s[replayed.served] + replayed.busy_s[replayed.served]
        return (
            end - start,
            int(seen.sum()),
            int(served.sum()),
            int((served & replayed.cold).sum()),
            _within(replayed.born_s, replayed.gone_s, start, end),
            _within(*ran, start, end),
            float((replayed.start_s - arrivals)[served].sum()),
            int((served & replayed.spilled).sum()),
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


def _wilson(hits: Floats, tries: Floats, *, certain: bool) -> tuple[float, float]:
    """Wilson's interval of a share, with as many tries as scatter like the runs did, at most those there were."""
    share = float(hits.sum() / tries.sum())
    if certain:
        return share, share
    runs, total = len(hits), float(tries.sum())
    spread = float(((hits - share * tries) ** 2).sum()) * runs / (runs - 1)
    alike = share * (1 - share) * total
    count = total * min(1, alike / spread) if spread > 0 and alike > 0 else total
    square = student_t(runs - 1) ** 2
    middle = (share + square / count / 2) / (1 + square / count)
    half = math.sqrt(square / count * (share * (1 - share) + square / count / 4)) / (1 + square / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _around(values: Floats) -> tuple[float, float]:
    """The interval of a mean of independent runs."""
    mean = float(values.mean())
    if len(values) == 1:
        return mean, mean
    half = student_t(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return mean - half, mean + half
