"""Cold starts over a week of hours with different rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.coldstart.busy_levels import SEEN, Floats, visits_of_levels
from lambdaplan.coldstart.deployment import canary_arguments, canary_cold_starts
from lambdaplan.coldstart.simulation import KeepAlive
from lambdaplan.coldstart.spillover import BURST, RATE, READY, parts_of_an_hour, spilled_week
from lambdaplan.coldstart.steady_rate import HEAVY, strata
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.schema.arguments import ABOVE_0, ANY_SIZE, SECONDS, Bounds, hours_of_a_week, number
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

    Returns: :class:`WeekOfColdStarts`.

    Raises: InputError for anything else.

    Provisioned environments take every request while one of them is free, so N of them lose the share of requests that
    Erlang's formula B gives for N servers (:func:`spilled_week`). What spills over keeps on-demand environments of its
    own: k of them have been busy at once exactly where N + k requests were, so that the levels above N are theirs.

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
    weeks = [_week(rates, peak, ready, warm, cold, one) for one in kept]
    starts = np.mean([levels.sum(axis=1) for levels, _ in weeks], axis=0)
    alive = np.mean([mean for _, mean in weeks], axis=0)
    # Those that start anyway within a keep-alive of a deployment, averaged over the week.
    anyway = float(starts.sum()) / (HOURS_PER_WEEK * SECONDS_PER_HOUR) * float(np.mean(kept))
    added = max(float(alive.mean()) - anyway, 0.0)
    part, span = canary_arguments(canary_fraction, canary_s)
    if part and span:
        if ready.any():
            words = "a canary without provisioned environments, or these without a canary"
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
    rates: Floats, peak: float, provisioned: NDArray[np.int64], warm: float, cold: float, kept: float
) -> tuple[Floats, Floats]:
    """Cold starts of each hour, level by level above `ready`, and its mean environments, at one keep-alive."""
    lengths, times = parts_of_an_hour(peak)
    spans, speeds = np.tile(lengths, HOURS_PER_WEEK) * SECONDS_PER_HOUR, np.outer(rates, times).ravel()
    hour = np.repeat(np.arange(HOURS_PER_WEEK), len(lengths))
    ready = provisioned[hour]
    different, hour_class = np.unique(np.column_stack((speeds, ready.astype(np.float64))), axis=0, return_inverse=True)
    visits, unseen = visits_of_levels(different[:, 0], different[:, 1].astype(np.int64), warm, cold, kept)
    visits, unseen = visits[hour_class.ravel()], unseen[hour_class.ravel()]
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
