"""Cold starts of a month, as bills count them, and what spills over: interpolated between levels of traffic."""

from __future__ import annotations

import dataclasses
import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.coldstart.burst import BurstStarts, burst_cold_starts
from lambdaplan.coldstart.initialisation import init_ms
from lambdaplan.coldstart.knots import KNOTS, NODES, at_a_knot, between_knots, from_nodes
from lambdaplan.coldstart.regular import RegularWeek
from lambdaplan.coldstart.week import WeekOfColdStarts, cold_start_week, cold_starts_by_level, spilled_week
from lambdaplan.errors import InputError
from lambdaplan.numbers import Column, Number, exact, on_sweep, smaller, whole_up
from lambdaplan.queueing.fleet_queue import service_exceeds, service_percentile_s
from lambdaplan.resources import data_table
from lambdaplan.root_finding import bisect, mean
from lambdaplan.schema.fields import plain
from lambdaplan.units import (
    HOURS_PER_DAY,
    HOURS_PER_WEEK,
    MB_PER_GB,
    MS_PER_SECOND,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
)
from lambdaplan.workload.traffic import BurstLoad, Traffic
from lambdaplan.workload.workload import COLD_FIELDS, Workload, in_flight

Week = tuple[int, ...]
"""One whole number for each hour of a week, from Monday 00:00."""


def span_words(week: Week) -> str:
    """The number of each hour of a week, or the fewest and the most: "5", "0 to 8"."""
    few, most = min(week), max(week)
    return f"{most:,}" if few == most else f"{few:,} to {most:,}"


def hours_document(hours: Week) -> int | list[int]:
    """The numbers of a week as short as a scenario writes them: one number, those of a day or those of the week."""
    day = hours[:HOURS_PER_DAY]
    if hours != day * (HOURS_PER_WEEK // HOURS_PER_DAY):
        return list(hours)
    return day[0] if len(set(day)) == 1 else list(day)


KEEP_ALIVE_S = Fraction(320)
"""Idle time that environments survive where a scenario gives none: half of those measured did. [s]

References: data/keep_alive.csv (ubc-cirrus-lab/demystifying-serverless-costs, EuroSys 2026): after 315 s idle 57 of 100
were warm, after 330 s 32.
"""

MOST_IN_FLIGHT = 2000
"""Requests in flight at the busiest moment up to which the model counts the cold starts of a month.

Beyond, the share of requests that are cold is taken to stay: the model's falls on, by a fifth at most.
"""


@dataclass(frozen=True)
class ColdMonth:
    """The cold requests of one month.

    Parameters:
    requests : Number - requests in the month.
    starts : Number - those that are cold; exact at a point, between the values of two KNOTS.
    environments : Number - environments alive, busy or idle, on average, the provisioned ones among them; None where
        the reader's own share of cold requests says nothing of them.
    init_ms : Number - time of one initialisation. [ms]
    more_ms : Number - how much longer than a warm one the run after it takes. [ms]
    knots : list of int - requests a month between which `starts` is a straight line; none where it is one all along.
    """

    requests: Number
    starts: Number
    environments: Number
    init_ms: Number
    more_ms: Number = Fraction(0)
    knots: Sequence[int] = dataclasses.field(default=(), repr=False, compare=False)

    @property
    def later_ms(self) -> Number:
        """How much later than a warm request a cold one is answered. [ms]"""
        return self.init_ms + self.more_ms

    @property
    def fraction(self) -> Fraction | None:
        """The share of the month's requests that are cold, at a point; None where there are none."""
        return Fraction(self.starts) / self.requests if self.requests else None

    def gb_seconds(self, memory_mb: Number, each_ms: Number) -> Number:
        """A time of each cold request, such as `init_ms` or `more_ms`, as it is billed. [GB-s]"""
        return self.starts * (each_ms / Fraction(MS_PER_SECOND)) * (memory_mb / Fraction(MB_PER_GB))

    def document(self, wall_ms: Number) -> dict[str, Any]:
        """The cold starts of a fleet as ``--json`` prints them."""
        document = {
            "cold_fraction": None if self.fraction is None else plain(self.fraction),
            "cold_starts_per_month": plain(Fraction(self.starts)),
            "init_ms": plain(Fraction(self.init_ms)),
        }
        if self.environments is not None:
            document["environments_mean"] = plain(Fraction(self.environments))
        return document | ({"first_run_ms": plain(Fraction(wall_ms) + self.more_ms)} if self.more_ms else {})

    def answer_ms(self, wall_ms: Number, workload: Workload, percent: float) -> float:
        """A percentile of all answers of the month, at a point: the warm ones, and those that wait for init first. [ms]

        The t with (1 - share) x above(t) + share x above(t - later) = 1 - percent / 100, where above(t) is the share of
        warm runs that take longer than t, and later is init with what the first run takes more.
        """
        spread, mean_s = workload.spread, float(wall_ms) / MS_PER_SECOND
        how: dict[str, Any] = {"service_s": mean_s, "service_cv": float(spread.cv), "family": spread.family}
        warm_s = float(service_percentile_s(percentile=percent, **how))
        share, later_s = float(self.fraction or 0), float(self.later_ms) / MS_PER_SECOND

        def later(t_s: float) -> float:
            """The share of answers after t."""
            warm, cold = (service_exceeds(max(t, 0.0), **how) if t >= 0 else 1.0 for t in (t_s, t_s - later_s))
            return (1 - share) * warm + share * cold

        _, answer_s = bisect(lambda t_s: later(t_s) > 1 - percent / 100, warm_s, warm_s + later_s, mean)
        return answer_s * MS_PER_SECOND


def cold_month(
    workload: Workload,
    hours_per_month: Number,
    *,
    wall_ms: Number,
    init_ms: Number,
    keep_alive_s: Number,
    more_ms: Number = Fraction(0),
    ready: Week | None = None,
    at_once: int = 1,
) -> ColdMonth:
    """Give the cold requests of a month: the reader's own share of the requests, else as a model has them.

    At each of NODES the model of :func:`lambdaplan.coldstart.cold_start_week` gives their number. At each of KNOTS it
    follows from the nearest nodes and is rounded to 10 significant digits; between two knots it is a straight line. So
    at a point it is an exact number, the same one at a point and along a sweep, and every bill stays a chain of
    straight pieces (M10).

    Parameters:
    wall_ms : Number - mean time of a warm request. [ms] A cold one takes init and `more_ms` longer.
    init_ms : Fraction - time of one initialisation, or of a restore. [ms]
    keep_alive_s : Number - idle time that environments survive, above 0. [s]
    more_ms : Number - how much longer the first run of an environment takes. [ms]
    ready : 168 int or None - environments provisioned in each hour of the week; what spills over may be cold.
    at_once : int - requests that an environment takes at once, as for :func:`lambdaplan.coldstart.cold_start_week`.

    Notes: from a little above MOST_IN_FLIGHT on, each further request is cold as often as those before it without
    provisioned environments: up to a fifth more cold starts than the model would count (`counted_up_to`). The number
    of cold starts is wavy along requests, because environments are whole. Against the model it was off by at most 0.7 %
    with requests of 1 to 1000 ms, and by 1.7 % where hardly any were cold. A deployment makes all environments cold, at
    a time that may be any of the week.
    """
    requests = workload.calls_per_month
    if workload.cold_fraction is not None:
        share = workload.cold_fraction
        return ColdMonth(requests, _own_share(share, workload, hours_per_month, wall_ms, ready), None, init_ms, more_ms)
    if workload.surfaces is not None and ready is None and not workload.is_regular:
        return _of_samples(workload, hours_per_month, wall_ms, init_ms, keep_alive_s, more_ms, at_once)
    given = (getattr(workload, name) for name in COLD_FIELDS)
    if any(on_sweep(v) for v in (hours_per_month, wall_ms, keep_alive_s, init_ms, *given)):
        raise TypeError("cold starts are counted along requests alone")
    deployments = Fraction(workload.deployments_per_month or 0)
    canary = Fraction(workload.canary_fraction or 0), Fraction(workload.canary_minutes or 0)
    kept_s = Fraction(keep_alive_s)
    later = init_ms + Fraction(more_ms)
    if workload.is_regular:
        week = (workload.traffic, hours_per_month, Fraction(wall_ms), later, kept_s, ready, at_once)
        knots = _knots_of(*week)
        starts, alive = between_knots(requests, lambda knot: _regular_at(knot, deployments, *week), knots)
        return ColdMonth(requests, starts, alive, init_ms, Fraction(more_ms), knots)
    asked = (workload.traffic, Fraction(wall_ms), later, kept_s, hours_per_month, deployments, canary, at_once, ready)
    starts, alive = between_knots(requests, lambda knot: _at(knot, *asked))
    return ColdMonth(requests, starts, alive, init_ms, Fraction(more_ms), KNOTS)


def _of_samples(
    workload: Workload,
    hours_per_month: Number,
    wall_ms: Number,
    init_ms: Number,
    keep_alive_s: Number,
    more_ms: Number,
    at_once: int,
) -> ColdMonth:
    """The same in samples: from a surface through months that the model counted.

    Deployments add so many cold starts each.
    """
    canary = workload.canary_fraction or 0, workload.canary_minutes or 0
    if any(map(on_sweep, (hours_per_month, *canary, at_once))):
        raise TypeError("cold starts of samples are counted in months of one length, with one way to deploy")
    traffic, hours, requests = workload.traffic, Fraction(hours_per_month), workload.calls_per_month
    within, later_ms = (Fraction(canary[0]), Fraction(canary[1])), init_ms + more_ms

    def with_deployments(number: int, *month: float) -> tuple[float, float]:
        node, wall, later, kept = (Fraction(value) for value in month)
        asked = (traffic, wall, later, kept, hours, Fraction(number), within, at_once, None, node)
        starts, alive = _modelled(*asked)
        return min(starts, month[0]), alive

    def of(number: int) -> tuple[np.ndarray, np.ndarray]:
        count = functools.partial(with_deployments, number)
        key = traffic, hours, within, at_once, number
        months: tuple[Any, Any] = workload.surfaces.months(requests, wall_ms, later_ms, keep_alive_s, count, key)
        return months

    starts, alive = of(0)
    deployments = 0 if workload.deployments_per_month is None else workload.deployments_per_month
    if np.any(np.asarray(deployments, dtype=float) > 0):
        starts = starts + np.maximum(of(1)[0] - starts, 0) * np.asarray(deployments, dtype=float)
    starts = np.minimum(starts, np.asarray(requests, dtype=float))
    return ColdMonth(requests, Column(starts), Column(alive), init_ms, more_ms)


def _own_share(
    share: Number, workload: Workload, hours_per_month: Number, wall_ms: Number, ready: Week | None
) -> Number:
    """Cold starts where the reader gives the share of requests that are cold.

    Requests that provisioned environments serve are never cold: there are no more cold ones than spill over.
    """
    requests = workload.calls_per_month
    if ready is None:
        return requests * share
    asked = (workload.traffic, Fraction(wall_ms), hours_per_month, ready, workload.is_regular)
    (starts,) = between_knots(requests, lambda knot: (smaller(knot * share, _spilled_at(*asked, knot)[0]),))
    return starts


@functools.lru_cache(maxsize=50_000)
def _at(knot: int, *asked: Any) -> tuple[Fraction, Fraction]:
    """Cold requests and mean environments of a month with so many requests."""
    if not knot:
        return Fraction(0), Fraction(0)
    starts, alive = from_nodes(knot, functools.partial(_modelled, *asked))
    traffic, wall_ms, *_, hours_per_month, _, _, _, ready = asked
    able = Fraction(knot) if ready is None else _spilled_at(traffic, wall_ms, hours_per_month, ready, False, knot)[0]
    return min(at_a_knot(starts), able), at_a_knot(alive)


def _regular(
    requests: Number,
    traffic: Traffic,
    hours_per_month: Number,
    wall_ms: Fraction,
    later_ms: Fraction,
    keep_alive_s: Fraction,
    ready: Week | None = None,
    at_once: int = 1,
) -> RegularWeek:
    """A week of a month with so many requests that come equally spaced."""
    mean = Fraction(requests) / (SECONDS_PER_HOUR * hours_per_month)
    each = mean * traffic.rest_of_mean * HOURS_PER_WEEK / sum(traffic.whole)
    rates = tuple(each * weight for weight in traffic.whole)
    warm_s, cold_s = (ms / Fraction(MS_PER_SECOND) for ms in (wall_ms, wall_ms + later_ms))
    return RegularWeek(rates, warm_s, cold_s, keep_alive_s, ready, at_once)


@functools.lru_cache(maxsize=50_000)
def _regular_at(knot: int, deployments: Fraction, *asked: Any) -> tuple[Fraction, Fraction]:
    """The same where requests come equally spaced: at each knot itself, as their number steps."""
    if not knot:
        return Fraction(0), Fraction(0)
    hours_per_month, ready = asked[1], asked[5]
    last = counted_up_to(asked[0], asked[2], hours_per_month)
    if knot > last:
        plain = (*asked[:5], None, asked[6])
        here, without = _regular_at(last, deployments, *asked), _regular_at(last, deployments, *plain)
        further = (float(now + alone * (Fraction(knot, last) - 1)) for now, alone in zip(here, without, strict=True))
        starts_there, alive_there = map(at_a_knot, further)
        return starts_there, alive_there
    week = _regular(knot, *asked).week()
    starts = week.cold_starts_per_month(
        deployments_per_month=float(deployments), hours_per_month=float(hours_per_month)
    )
    able = float(_spilled_at(asked[0], asked[2], hours_per_month, ready, True, knot)[0]) if ready else float(knot)
    alive = float(week.environments_mean.mean() + (np.mean(ready) if ready else 0))
    traffic, _, wall_ms, later_ms, keep_alive_s, _, at_once = asked
    for load, burst in _bursts(
        traffic, wall_ms, later_ms, keep_alive_s, hours_per_month, ready, knot, is_regular=True, at_once=at_once
    ):
        each = float(burst.starts.sum()) / HOURS_PER_WEEK * float(load.per_month)
        starts += each
        alive += max(each, 0) * float((load.seconds + keep_alive_s) / (hours_per_month * SECONDS_PER_HOUR))
    starts = max(starts, 0.0)
    return min(at_a_knot(min(starts, able)), Fraction(knot)), at_a_knot(alive)


@functools.lru_cache(maxsize=64)
def _knots_of(*asked: Any) -> tuple[int, ...]:
    """KNOTS, and both sides of each place where environments begin to be kept alive from one request to the next."""
    kept = _regular(1, *asked).thresholds()
    steps = {int(whole_up(most)) for most in kept if most <= KNOTS[-1]}
    return tuple(sorted({*KNOTS, *steps, *(step - 1 for step in steps)}))


@functools.lru_cache(maxsize=20_000)
def counted_up_to(traffic: Traffic, wall_ms: Fraction, hours_per_month: Number) -> int:
    """Give the level of traffic, one of NODES, up to which the model counts: the second at or above MOST_IN_FLIGHT."""
    each = in_flight(1 / (SECONDS_PER_HOUR * Fraction(hours_per_month)) * traffic.peak_of_mean, wall_ms)
    place = bisect_left(NODES, MOST_IN_FLIGHT / each)
    return NODES[min(place + 2, len(NODES) - 1)]


@functools.lru_cache(maxsize=20_000)
def _modelled(
    traffic: Traffic,
    wall_ms: Fraction,
    later_ms: Fraction,
    keep_alive_s: Fraction,
    hours_per_month: Fraction,
    deployments: Fraction,
    canary: tuple[Fraction, Fraction],
    at_once: int,
    ready: Week | None,
    node: int,
) -> tuple[float, float]:
    """The same as the model gives it; where it ends, each further request is as often cold as those up to there."""
    last = counted_up_to(traffic, wall_ms, hours_per_month)
    if node > last:
        asked = (traffic, wall_ms, later_ms, keep_alive_s, hours_per_month, deployments, canary, at_once)
        here, without, beyond = _modelled(*asked, ready, last), _modelled(*asked, None, last), node / last - 1
        return here[0] + without[0] * beyond, here[1] + without[1] * beyond
    part, minutes = (float(number) for number in canary)
    starts = alive = 0.0
    if traffic.rest[0]:
        week = _week(traffic, wall_ms, later_ms, keep_alive_s, hours_per_month, (part, minutes), at_once, ready, node)
        starts = week.cold_starts_per_month(
            deployments_per_month=float(deployments), hours_per_month=float(hours_per_month)
        )
        alive = float(week.environments_mean.mean())
    alive += float(np.mean(ready)) if ready else 0
    for load, burst in _bursts(
        traffic, wall_ms, later_ms, keep_alive_s, hours_per_month, ready, node, is_regular=False, at_once=at_once
    ):
        each = float(burst.starts.sum()) / HOURS_PER_WEEK * float(load.per_month)
        starts += each
        alive += max(each, 0) * float((load.seconds + keep_alive_s) / (hours_per_month * SECONDS_PER_HOUR))
    return max(starts, 0.0), alive


@functools.lru_cache(maxsize=2_000)
def _week(
    traffic: Traffic,
    wall_ms: Fraction,
    later_ms: Fraction,
    keep_alive_s: Fraction,
    hours_per_month: Fraction,
    canary: tuple[float, float],
    at_once: int,
    ready: Week | None,
    node: Number,
) -> WeekOfColdStarts:
    """The week of a month with so many requests, by the model: the same whatever number of deployments there is."""
    return cold_start_week(
        **_asked(traffic, node, wall_ms, hours_per_month),
        cold_service_s=float((wall_ms + later_ms) / MS_PER_SECOND),
        keep_alive_s=float(keep_alive_s),
        provisioned=ready,
        canary_fraction=canary[0],
        canary_s=canary[1] * SECONDS_PER_MINUTE,
        requests_at_once=at_once,
    )


def _bursts(
    traffic: Traffic,
    wall_ms: Fraction,
    later_ms: Fraction,
    keep_alive_s: Fraction,
    hours_per_month: Fraction,
    ready: Week | None,
    requests: Number,
    *,
    is_regular: bool,
    at_once: int = 1,
) -> Iterator[tuple[BurstLoad, BurstStarts]]:
    """What each kind of burst of the traffic adds, one of them."""
    mean = Fraction(requests) / (SECONDS_PER_HOUR * hours_per_month)
    for load in traffic.loads:
        if not mean or not load.requests_share:
            continue
        if is_regular:
            asked = (requests, traffic, hours_per_month, wall_ms, later_ms, keep_alive_s, ready, at_once)
            yield load, _regular(*asked).burst(mean * load.of_mean, load.seconds)
        else:
            yield (
                load,
                burst_cold_starts(
                    hourly_rps=hourly_shares(traffic) * float(mean),
                    burst=float(traffic.burst),
                    provisioned=ready,
                    warm_s=float(wall_ms / MS_PER_SECOND),
                    cold_s=float((wall_ms + later_ms) / MS_PER_SECOND),
                    keep_alive_s=float(keep_alive_s),
                    rps=float(mean * load.of_mean),
                    seconds=float(load.seconds),
                    at_once=at_once,
                ),
            )


def _asked(traffic: Traffic, requests: Number, wall_ms: Number, hours_per_month: Number) -> dict[str, Any]:
    """A month's traffic and times as the models of a week take them."""
    return {
        "hourly_rps": hourly_shares(traffic) * float(Fraction(requests) / (SECONDS_PER_HOUR * hours_per_month)),
        "service_s": float(wall_ms / MS_PER_SECOND),
        "burst": float(traffic.burst),
    }


@functools.lru_cache(maxsize=64)
def cold_by_level(workload: Workload, hours_per_month: Number, wall_ms: Number, keep_alive_s: Number) -> Any:
    """Give the cold starts of each hour of a week by how many were busy before, with nothing provisioned.

    Returns: array, 168 hours by levels, as :func:`lambdaplan.coldstart.week.cold_starts_by_level`.
    """
    if workload.is_regular:
        asked_of = (workload.traffic, hours_per_month, Fraction(wall_ms), Fraction(0), Fraction(keep_alive_s))
        levels = _regular(workload.calls_per_month, *asked_of).by_level()
    else:
        asked = _asked(workload.traffic, workload.calls_per_month, wall_ms, hours_per_month)
        levels = cold_starts_by_level(**asked, keep_alive_s=float(keep_alive_s))
    times = Fraction(wall_ms), Fraction(0), Fraction(keep_alive_s)
    requests, regular = workload.calls_per_month, workload.is_regular
    for load, burst in _bursts(workload.traffic, *times, hours_per_month, None, requests, is_regular=regular):
        width = max(levels.shape[1], burst.starts.shape[1])
        here, more = (np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in (levels, burst.starts))
        levels = here + more * float(load.per_month / Fraction(hours_per_month))  # of bursts in each hour
    return levels


@functools.lru_cache(maxsize=256)
def hourly_shares(traffic: Traffic) -> Any:
    """Each hour's requests outside bursts over those of a mean hour."""
    each = traffic.rest_of_mean * HOURS_PER_WEEK / sum(traffic.whole)
    return np.array([float(each * weight) for weight in traffic.whole])


@dataclass(frozen=True)
class Standby:
    """Provisioned environments of a month, and what they leave to others.

    Parameters:
    ready : 168 int - those that stand ready in each hour of the week.
    requests, spilled : Number - requests of the month, and those that find all of them busy and run on demand.
    capacity_s : Number - seconds of the month for which they stand, all together. [s]
    wall_ms : Number - mean time of a request. [ms]
    most : Number - environments at the busiest moment: those ready then, and those on demand beside them.
    """

    ready: Week
    requests: Number
    spilled: Number
    capacity_s: Number
    wall_ms: Number
    most: Number

    @property
    def mean(self) -> Fraction:
        """Environments that stand ready, on average over the week."""
        return Fraction(sum(self.ready), HOURS_PER_WEEK)

    @property
    def served(self) -> Number:
        """Requests that they serve."""
        return self.requests - self.spilled

    @property
    def spilled_fraction(self) -> Fraction | None:
        """The share of requests that run on demand, at a point; None where there are none."""
        return Fraction(self.spilled) / self.requests if self.requests else None

    @property
    def used_fraction(self) -> Fraction | None:
        """The share of their time in which they are in use, at a point; None where none stands."""
        return Fraction(self.served * self.wall_ms / MS_PER_SECOND) / self.capacity_s if self.capacity_s else None

    def document(self) -> dict[str, Any]:
        """The provisioned environments of a fleet as ``--json`` prints them."""
        shares = {"spilled_fraction": self.spilled_fraction, "provisioned_utilisation": self.used_fraction}
        return {
            "provisioned": hours_document(self.ready),
            "provisioned_mean": plain(self.mean),
            "provisioned_peak": max(self.ready),
            **{name: None if share is None else plain(share) for name, share in shares.items()},
        }


def standby(workload: Workload, hours_per_month: Number, *, wall_ms: Number, ready: Week) -> Standby:
    """Give what provisioned environments serve in a month, and what spills over.

    At each of KNOTS what spills over is as :func:`lambdaplan.coldstart.spilled_week` gives it, in ten digits; straight
    lines between.

    Parameters:
    wall_ms : Number - mean time of a request. [ms]
    ready : 168 int - environments that stand ready in each hour of the week.
    """
    if any(on_sweep(v) for v in (hours_per_month, wall_ms)):
        raise TypeError("what spills over is counted along requests alone")
    requests, seconds = workload.calls_per_month, hours_per_month * SECONDS_PER_HOUR
    asked = (workload.traffic, Fraction(wall_ms), hours_per_month, ready, workload.is_regular)
    (spilled,) = between_knots(requests, functools.partial(_spilled_at, *asked))
    (most,) = between_knots(requests, functools.partial(_most_at, *asked))
    return Standby(ready, requests, spilled, seconds * Fraction(sum(ready), HOURS_PER_WEEK), wall_ms, most)


@functools.lru_cache(maxsize=20_000)
def _spilled_at(
    traffic: Traffic, wall_ms: Fraction, hours_per_month: Fraction, ready: Week, is_regular: bool, knot: int
) -> tuple[Fraction]:
    """Requests that spill over in a month with so many."""
    if is_regular:
        week = _regular(knot, traffic, hours_per_month, wall_ms, Fraction(0), KEEP_ALIVE_S, ready).spilled
    else:
        week = spilled_week(**_asked(traffic, knot, wall_ms, hours_per_month), provisioned=ready)
    spilled = float(week.sum() * hours_per_month / HOURS_PER_WEEK) * float(traffic.rest[1])
    for load, burst in _bursts(
        traffic, wall_ms, Fraction(0), KEEP_ALIVE_S, hours_per_month, ready, knot, is_regular=is_regular
    ):
        spilled += float(burst.spilled.mean()) * float(load.per_month)
    return (min(at_a_knot(spilled), Fraction(knot)),)


@functools.lru_cache(maxsize=20_000)
def _most_at(
    traffic: Traffic, wall_ms: Fraction, hours_per_month: Fraction, ready: Week, is_regular: bool, knot: int
) -> tuple[Fraction]:
    """Environments at the busiest moment of a month with so many requests: the most of ready and on demand by hour."""
    if is_regular:
        week = _regular(knot, traffic, hours_per_month, wall_ms, Fraction(0), KEEP_ALIVE_S, ready).spilled
    else:
        asked = _asked(traffic, knot, wall_ms, hours_per_month)
        at_peak = {**asked, "hourly_rps": asked["hourly_rps"] * asked["burst"], "burst": 1}
        week = spilled_week(**at_peak, provisioned=ready)
    service_s = float(wall_ms / MS_PER_SECOND)
    most = (np.asarray(week, dtype=np.float64) / SECONDS_PER_HOUR * service_s + np.array(ready)).max()
    for load in traffic.loads:  # in whichever hour a burst of its own comes
        rps = float(knot * load.of_mean / (SECONDS_PER_HOUR * hours_per_month))
        if is_regular:
            beside = np.maximum(rps * service_s - np.array(ready), 0)
        else:
            asked = {"hourly_rps": [rps] * HOURS_PER_WEEK, "service_s": service_s}
            beside = spilled_week(**asked, provisioned=ready) / SECONDS_PER_HOUR * service_s
        most = max(most, (beside + np.array(ready)).max())
    return (at_a_knot(float(most)),)


def initialisation_ms(workload: Workload, architecture: str) -> Number:
    """Give the time of an initialisation: the reader's own, else what was measured for the runtime and package. [ms]

    Raises: InputError, with fields of the scenario, where neither is known.
    """
    if workload.init_ms is not None:
        own: Number = workload.init_ms if on_sweep(workload.init_ms) else Fraction(workload.init_ms)
        return own
    size = None if workload.package_mb is None else float(workload.package_mb)
    try:
        init = init_ms(
            runtime=workload.runtime or "",
            architecture=architecture,
            package=workload.package or "zip",
            code_mb=size,
            sdk=bool(workload.aws_sdk),
        )
    except InputError as error:
        fields = {"runtime": "runtime", "package": "package", "code_mb": "package_mb", "sdk": "aws_sdk"}
        names = {argument: f"workload.{field}" for argument, field in fields.items()}
        raise InputError([dataclasses.replace(p, field=names.get(p.field, p.field)) for p in error.problems]) from None
    return exact(round(init.init_ms, 2))


@functools.cache
def lambda_billing(rule: str) -> str:
    """Give a rule of Lambda's billing that no price book holds, as it is written.

    `init_billed_since` is a day, in the form of dates of price books; `snapstart_minimum_s` is in seconds.

    References: data/lambda_billing.csv, each row with its source.

    Examples:
        >>> lambda_billing("init_billed_since")
        '2025-08-01'
    """
    return next(row["value"] for row in data_table("lambda_billing.csv") if row["rule"] == rule)
