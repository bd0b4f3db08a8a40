"""Cold starts after a deployment, at once or as a canary."""

from __future__ import annotations

from typing import Any

import numpy as np

from lambdaplan.coldstart.busy_levels import SEEN, Floats, visits_of_levels
from lambdaplan.coldstart.simulation import KeepAlive
from lambdaplan.coldstart.steady_rate import cold_start_fraction, steady_arguments, strata
from lambdaplan.errors import problems_together
from lambdaplan.schema.arguments import SECONDS, SHARE, number


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
