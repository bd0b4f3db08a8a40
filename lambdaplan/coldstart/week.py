"""Cold starts over a week of hours with different rates, what spills over, and what deployments add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.coldstart.busy_levels import SEEN, Floats, visits_of_levels
from lambdaplan.coldstart.simulation import BURST, READY, KeepAlive
from lambdaplan.coldstart.steady_rate import HEAVY, RATE, cold_start_fraction, steady_arguments, strata
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.queueing.erlang import erlang_b
from lambdaplan.schema.arguments import ABOVE_0, ANY_SIZE, SECONDS, SHARE, Bounds, hours_of_a_week, number
from lambdaplan.units import HOURS_PER_MONTH, HOURS_PER_WEEK, SECONDS_PER_HOUR


@dataclass(frozen=True)
class WeekOfColdStarts:
    """Cold starts over a week of changing rates, hour by hour from Monday 00:00.

    Parameters:
    requests : array of 168 - requests in each hour.
    cold_starts : array of 168 - cold requests in each hour.
    environments_mean : array of 168 - environments alive, on average over the hour.
    added_by_deployment : float - cold starts that one deployment adds, at a time that may be any of the week.
    spilled : array of 168 - requests in each hour that ran outside the provisioned environments; all without any.

    Provisioned environments are not among `environments_mean`, nor does a deployment make them cold.
    """

    requests: Floats
    cold_starts: Floats
    environments_mean: Floats
    added_by_deployment: float
    spilled: Floats

    @property
    def cold_fraction(self) -> float:
        """The share of the week's requests that are cold, deployments left out."""
        return float(self.cold_starts.sum() / self.requests.sum())

    def cold_starts_per_month(self, *, deployments_per_month: Any = 0, hours_per_month: Any = HOURS_PER_MONTH) -> float:
        """Give the cold starts of a month: hours_per_month / 168 weeks, and what deployments add. (M1)

        Raises: InputError where an argument is no number of at least 0.
        """
        with problems_together() as problems:
            deployments = number("deployments_per_month", deployments_per_month, ANY_SIZE, problems)
            hours = number("hours_per_month", hours_per_month, ABOVE_0, problems)
        return float(self.cold_starts.sum()) * hours / HOURS_PER_WEEK + deployments * self.added_by_deployment


def cold_start_week(
    *,
    hourly_rps: Sequence[float] | Floats,
    service_s: Any,
    keep_alive_s: Any,
    cold_service_s: Any = None,
    burst: Any = 1,
    provisioned: Sequence[int] | NDArray[np.int64] | None = None,
    canary_fraction: Any = 0,
    canary_s: Any = 0,
    requests_at_once: int = 1,
) -> WeekOfColdStarts:
    """Give the cold starts of a week whose rate changes from hour to hour, and within each hour.

    A level m + 1 that was not reached for a keep-alive costs a cold start when it is next reached. At a steady rate the
    model of :func:`cold_start_fraction` gives the chance U that it was not reached, and the rate h at which it then is.
    Over changing rates log U is the mean of its values over the last keep-alive, and cold starts come at h x U.

    Parameters:
    hourly_rps : 168 numbers - mean requests a second of each hour, from Monday 00:00, not all 0. [1/s]
    service_s, cold_service_s, keep_alive_s : as for :func:`cold_start_fraction`, one number each (or a KeepAlive).
    burst : float - peak within an hour over its mean, 1 to 1000: the first half of the hour runs at burst x the mean
        and the second at the rest; above 2 the hour's requests all come in its first 1 / burst.
    provisioned : 168 whole numbers - environments that stand ready in each hour, are always warm and go first.
    canary_fraction, canary_s : float - how a deployment begins, as for :func:`deployment_cold_starts`; without
        provisioned environments. [s]

    Raises: InputError for anything else.

    Provisioned environments take every request while one of them is free, so N of them lose the share of requests that
    Erlang's formula B gives for N servers (:func:`spilled_week`). What spills over keeps on-demand environments of its
    own: k of them have been busy at once exactly where N + k requests were, so that the levels above N are theirs.

    Of environments that take several requests at once the fullest goes first: the k-th is needed when more requests run
    than k - 1 of them take. Requests that come while one initialises are not counted as cold.

    Notes: against simulated weeks the sum was within 1.5 %, 3 % where cold requests take three times as long; adding
    up hours as if each were steady was up to 38 % low (docs/cold_starts.md). Services are taken as short against the
    hour.

    Examples:
        >>> week = cold_start_week(hourly_rps=[0.9] * 168, service_s=1.991, keep_alive_s=600)
        >>> f"{week.cold_fraction:.6f} {week.environments_mean.mean():.2f}"  # a steady rate, as cold_start_fraction
        '0.001329 7.69'
    """
    rates, warm, cold, kept, peak, ready = _week_arguments(
        hourly_rps, service_s, cold_service_s, keep_alive_s, burst, provisioned
    )
    weeks = [_week(rates, peak, ready, warm, cold, one, requests_at_once) for one in kept]
    starts = np.mean([levels.sum(axis=1) for levels, _ in weeks], axis=0)
    alive = np.mean([mean for _, mean in weeks], axis=0)
    # Those that start anyway within a keep-alive of a deployment, averaged over the week.
    anyway = float(starts.sum()) / (HOURS_PER_WEEK * SECONDS_PER_HOUR) * float(np.mean(kept))
    added = max(float(alive.mean()) - anyway, 0.0)
    part, span = canary_arguments(canary_fraction, canary_s)
    if part and span:
        if ready.any() or requests_at_once > 1:
            words = "a canary without provisioned environments or several requests at once, or these without a canary"
            raise InputError(Problem("conflict", "canary_fraction", f"{part:.15g}", words))
        lengths, times = parts_of_an_hour(peak)
        different, hour_class = np.unique(np.outer(rates, times).ravel(), return_inverse=True)
        more = np.mean([canary_cold_starts(different, warm, cold, one, part, span) for one in kept], axis=0)[
            hour_class.ravel()
        ]
        added += float((more.reshape(HOURS_PER_WEEK, -1) * lengths).sum(axis=1).mean())
    spilled = spilled_week(hourly_rps=rates, service_s=warm, provisioned=ready, burst=peak)
    return WeekOfColdStarts(rates * SECONDS_PER_HOUR, starts, alive, added, spilled)


def cold_starts_by_level(
    *, hourly_rps: Sequence[float] | Floats, service_s: Any, keep_alive_s: Any, burst: Any
) -> Floats:
    """Give the cold starts of each hour of :func:`cold_start_week` by how many were busy before.

    Parameters and errors: as there, with one keep-alive, and cold requests that take as long as warm ones.

    Returns: array, 168 hours by levels: those of all levels from N on are what N provisioned environments would leave
    if they stood all week.
    """
    rates, warm, cold, kept, peak, ready = _week_arguments(hourly_rps, service_s, None, keep_alive_s, burst, None)
    return _week(rates, peak, ready, warm, cold, kept[0])[0]


def _week(
    rates: Floats, peak: float, provisioned: NDArray[np.int64], warm: float, cold: float, kept: float, each: int = 1
) -> tuple[Floats, Floats]:
    """Cold starts of each hour, level by level above `ready`, and its mean environments, at one keep-alive."""
    lengths, times = parts_of_an_hour(peak)
    spans, speeds = np.tile(lengths, HOURS_PER_WEEK) * SECONDS_PER_HOUR, np.outer(rates, times).ravel()
    hour = np.repeat(np.arange(HOURS_PER_WEEK), len(lengths))
    ready = provisioned[hour]
    different, hour_class = np.unique(np.column_stack((speeds, ready.astype(np.float64))), axis=0, return_inverse=True)
    visits, unseen = visits_of_levels(different[:, 0], different[:, 1].astype(np.int64), warm, cold, kept)
    visits, unseen = (levels[hour_class.ravel(), ::each] for levels in (visits, unseen))
    edges = np.concatenate(([0.0], np.cumsum(spans)))
    week = float(edges[-1])
    sums = np.concatenate((np.zeros((1, unseen.shape[1])), np.cumsum(unseen * (spans / kept)[:, None], axis=0)))

    def up_to(time: Floats) -> Floats:
        """The sum of log U over the time until then, in keep-alives."""
        weeks, within = np.divmod(time, week)
        span = np.minimum(np.searchsorted(edges, within, side="right") - 1, len(spans) - 1)
        cold_starts: Floats = sums[span] + unseen[span] * ((within - edges[span]) / kept)[:, None]
        cold_starts += weeks[:, None] * sums[-1]
        return cold_starts

    marks = np.unique(np.concatenate((edges, np.mod(edges + kept, week))))
    log_u = up_to(marks) - up_to(marks - kept)
    fall = np.diff(log_u, axis=0)
    # Between two marks log U is straight: the mean of U there is its logarithmic mean.
    steep = np.maximum(np.abs(fall), SEEN)
    mean = np.exp(np.maximum(log_u[:-1], log_u[1:])) * np.where(steep > SEEN, -np.expm1(-steep) / steep, 1)
    span = np.searchsorted(edges, marks[:-1], side="right") - 1
    seconds = np.diff(marks)
    starts, alive = np.zeros((HOURS_PER_WEEK, visits.shape[1])), np.zeros(HOURS_PER_WEEK)
    np.add.at(starts, hour[span], visits[span] * mean * seconds[:, None])
    np.add.at(alive, hour[span], (1 - mean).sum(axis=1) * seconds / SECONDS_PER_HOUR)
    return starts, alive


def _week_arguments(
    hourly_rps: Any, service_s: Any, cold_service_s: Any, keep_alive_s: Any, burst: Any, provisioned: Any
) -> tuple[Floats, float, float, list[float], float, NDArray[np.int64]]:
    with problems_together() as problems:
        rates = hours_of_a_week("hourly_rps", hourly_rps, RATE, problems)
        none = np.zeros(HOURS_PER_WEEK)
        ready = none if provisioned is None else hours_of_a_week("provisioned", provisioned, READY, problems)
        warm = number("service_s", service_s, SECONDS, problems)
        cold = warm if cold_service_s is None else number("cold_service_s", cold_service_s, SECONDS, problems)
        curve = isinstance(keep_alive_s, KeepAlive)
        kept = 1.0 if curve else number("keep_alive_s", keep_alive_s, Bounds(above=True, unit="s"), problems)
        peak = number("burst", burst, BURST, problems)
        if not problems and not rates.any():
            problems.append(Problem("conflict", "hourly_rps", f"{HOURS_PER_WEEK} zeros", "at least one is above 0"))
        if cold < warm:
            words = f"at least service_s, {warm:.15g} (s)"
            problems.append(Problem("conflict", "cold_service_s", f"{cold:.15g}", words))
        if not problems and rates.max() * peak * warm > HEAVY:
            given, words = f"{rates.max() * peak * warm:.4g}", f"at most {HEAVY:,} requests at once"
            problems.append(Problem("conflict", "hourly_rps x burst x service_s", given, words))
    keeps = [float(k[0]) for k in strata(keep_alive_s, 1)] if curve else [kept]
    return rates, warm, cold, keeps, peak, ready.astype(np.int64)


def spilled_week(
    *,
    hourly_rps: Sequence[float] | Floats,
    service_s: Any,
    provisioned: Sequence[int] | NDArray[np.int64],
    burst: Any = 1,
) -> Floats:
    """Give the requests of each hour of a week that run on demand beside provisioned environments.

    Provisioned environments take every request while one of them is free. So N of them are N servers without a queue,
    and the share that they lose is Erlang's formula B at an offered load of rate x service, whatever the distribution
    of the service times.

    Parameters:
    hourly_rps : 168 numbers - mean requests a second of each hour, from Monday 00:00. [1/s]
    service_s : float - mean time of a warm request, at least 0. [s]
    provisioned : 168 whole numbers - environments that stand ready in each hour.
    burst : float - peak within an hour over its mean, 1 to 1000, as for
        :func:`lambdaplan.coldstart.cold_start_week`.

    Returns: array of 168 - requests in each hour that spill over.

    Raises: InputError for anything else.

    Notes: services are taken as short against the hour, and arrivals within a part of it as Poisson.

    References: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges", 1917, as :func:`lambdaplan.capacity.erlang_b`. That provisioned environments go first: "AWS
    Lambda Developer Guide", Amazon Web Services, configuring provisioned concurrency, read 2026-11-26.

    Examples:
        >>> week = spilled_week(hourly_rps=[10] * 168, service_s=0.8108, provisioned=[15] * 168)
        >>> round(float(week[0])), round(float(week[0]) / 36_000, 3)  # one in a hundred of 36,000 an hour
        (360, 0.01)
    """
    with problems_together() as problems:
        rates = hours_of_a_week("hourly_rps", hourly_rps, RATE, problems)
        ready = hours_of_a_week("provisioned", provisioned, READY, problems)
        warm = number("service_s", service_s, SECONDS, problems)
        peak = number("burst", burst, BURST, problems)
    lengths, times = parts_of_an_hour(peak)
    speeds = np.outer(rates, times)
    load, servers = speeds * warm, np.broadcast_to(ready[:, None], speeds.shape)
    lost = np.ones(speeds.shape)
    some = servers > 0
    if some.any():
        pairs = np.column_stack((load[some], servers[some]))
        different, hour_class = np.unique(pairs, axis=0, return_inverse=True)
        shares = np.asarray(erlang_b(servers=different[:, 1].astype(np.int64), offered_erlangs=different[:, 0]))
        lost[some] = shares[hour_class.ravel()]
    spilled: Floats = (lost * speeds * lengths).sum(axis=1) * SECONDS_PER_HOUR
    return spilled


def parts_of_an_hour(burst: float) -> tuple[Floats, Floats]:
    """The parts of an hour with a burst: the share of the hour that each lasts, and its rate over the hour's mean."""
    if burst <= 1:
        return np.ones(1), np.ones(1)
    part = min(1 / 2, 1 / burst)
    return np.array([part, 1 - part]), np.array([burst, (1 - part * burst) / (1 - part)])


def deployment_cold_starts(
    *,
    rps: Any,
    service_s: Any,
    keep_alive_s: Any,
    cold_service_s: Any = None,
    canary_fraction: Any = 0,
    canary_s: Any = 0,
) -> Any:
    """Give the cold starts that one deployment adds, because it makes every environment cold at once.

    environments_mean - rps x cold share x keep-alive: all that are alive are made anew within a keep-alive, in which
    some would have started anyway.

    With a canary the new version first gets a share of the requests for some time, and then all of them, while the old
    one serves the rest. Each has environments of its own: those of the old one have been kept warm by all requests,
    those of the new one start from nothing, and start again where the rest of the requests comes to it.

    Parameters and errors: as for :func:`cold_start_fraction`, and

    canary_fraction : float - share of the requests that the new version gets at first, 0 to 1.
    canary_s : float - for how long, at least 0. [s]

    Returns: a number, or an array where an argument was one.

    Notes: the new version begins with nothing in flight; until a few services have passed it needs fewer environments.
    That is left out.

    Examples:
        >>> added = deployment_cold_starts(rps=0.9, service_s=1.991, keep_alive_s=600)
        >>> round(added, 2)  # of 7.69 environments, 0.72 would have started within 600 s
        6.97
    """
    steady = cold_start_fraction(rps=rps, service_s=service_s, keep_alive_s=keep_alive_s, cold_service_s=cold_service_s)
    rate, warm, cold, kept = steady_arguments(rps, service_s, cold_service_s, keep_alive_s)
    if isinstance(keep_alive_s, KeepAlive):
        kept = np.array(np.mean(strata(keep_alive_s, 1)))
    added = np.maximum(steady.environments_mean - rate * steady.cold_fraction * kept, 0)
    part, span = canary_arguments(canary_fraction, canary_s)
    if part and span:
        keeps = strata(keep_alive_s, 1) if isinstance(keep_alive_s, KeepAlive) else [kept]
        shape = np.shape(added)
        rows = [np.broadcast_to(given, shape).ravel() for given in (rate, warm, cold)]
        for keep in keeps:
            spans = zip(*rows, np.broadcast_to(keep, shape).ravel(), strict=True)
            more = [float(canary_cold_starts(np.array([r]), w, c, k, part, span)[0]) for r, w, c, k in spans]
            added = added + np.reshape(more, shape) / len(keeps)
    return added if np.ndim(added) else float(added)


def canary_cold_starts(rates: Floats, warm: float, cold: float, kept: float, part: float, span: float) -> Floats:
    """Cold starts that a deployment adds more than one that is made at once, because it begins as a canary.

    Level by level: log U grows from 0 as the new version's history does, first at the canary's rate and then at the
    whole one; for the old version it moves from that of the whole rate to that of the rest. Cold starts come at h x U.
    """
    if not kept:
        return np.zeros(rates.shape)
    every = np.concatenate((rates, rates * part, rates * (1 - part)))
    visits, unseen = visits_of_levels(every, np.zeros(len(every), dtype=np.int64), warm, cold, kept)
    (whole, few, rest), (log_whole, log_few, log_rest) = (np.split(table, 3) for table in (visits, unseen))

    def over(begin: Floats | float, slope: Floats, length: float) -> Floats:
        """The integral of exp(begin + slope x time / kept) over a length of time. [s]"""
        x = slope * (length / kept)
        steep = np.abs(x) > SEEN
        top = np.exp(begin + np.maximum(x, 0))  # at the end where it is larger
        starts: Floats = top * length * np.where(steep, -np.expm1(-np.abs(x)) / np.where(steep, np.abs(x), 1), 1)
        return starts

    first, later = min(span, kept), max(span - kept, 0.0)
    new = few * (over(0, log_few, first) + later * np.exp(log_few))
    seen = log_few * (first / kept)
    then = whole * (
        over(seen, log_whole, kept - first) + over(seen + log_whole * (1 - first / kept), log_whole - log_few, first)
    )
    old = rest * (over(log_whole, log_rest - log_whole, first) + later * np.exp(log_rest))
    starts: Floats = (new + then + old - whole * (over(0, log_whole, kept) + span * np.exp(log_whole))).sum(axis=1)
    return starts


def canary_arguments(canary_fraction: Any, canary_s: Any) -> tuple[float, float]:
    """The share and the time of a canary, checked. [share, s]"""
    with problems_together() as problems:
        part = number("canary_fraction", canary_fraction, SHARE, problems)
        span = number("canary_s", canary_s, SECONDS, problems)
    return part, span
