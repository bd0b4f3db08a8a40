"""Cold starts at a steady rate of requests: closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.coldstart.busy_levels import Floats, busy_levels, groups_of_rates
from lambdaplan.coldstart.simulation import KeepAlive
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.schema.arguments import SECONDS, Bounds, numbers

RATE = Bounds(unit="requests/s")

# Busy requests from which the square-root law of heavy traffic takes over, and the two loads that it is drawn through.
HEAVY = 10**4
_THROUGH = (2500, 10_000)
# Above that a keep-alive is at least one part in so many of a service.
_LEAST = 100
# Idle times that stand for a keep-alive curve, each for an equal share.
_STRATA = 20


@dataclass(frozen=True)
class ColdStarts:
    """Cold starts at a steady rate; arrays where an argument was one.

    Parameters:
    cold_fraction : float, or an array - share of requests that find no warm environment.
    environments_mean : float, or an array - environments alive, busy or idle.
    busy_mean : float, or an array - environments busy: rps x mean service.
    """

    cold_fraction: Any
    environments_mean: Any
    busy_mean: Any


def cold_start_fraction(*, rps: Any, service_s: Any, keep_alive_s: Any, cold_service_s: Any = None) -> ColdStarts:
    """Give the share of cold requests at a steady rate: Poisson arrivals, exponential service.

    The busy count is that of M/M/infinity, and pi(m) its Poisson distribution. An arrival that finds m busy is cold
    exactly when the time T(m) since the count last fell from m + 1 exceeds the keep-alive; looked at backwards that is
    the time from m up to m + 1 for the first time. So

        cold share = sum over m of pi(m) P[T(m) > keep-alive],
        environments = busy + rps x sum over m of pi(m) E[min(T(m), keep-alive)].

    Cold requests that take longer add to that: after a cold rise to m, one of the m busy overstays, and the next higher
    count is reached sooner and more often.

    Parameters:
    rps : float, or an array - requests a second, at least 0. At 0 the share is that of ever rarer requests, 1. [1/s]
    service_s : float, or an array - mean time of a warm request, at least 0. [s]
    keep_alive_s : float, an array, or a KeepAlive - idle time that environments survive, at least 0. [s]
    cold_service_s : float, or an array - mean time of a cold request, at least service_s; None means equal. [s]

    Raises: InputError for anything else.

    Notes: exact where cold and warm requests take equally long (error below 1e-7 of the share, or 1e-12 where it is
    smaller than that, up to 10,000 busy; above that below 1e-3). Otherwise an approximation for keep-alives well above
    the services; its measured error and that of a keep-alive curve stand in docs/cold_starts.md. Service times of
    another shape change the share by more.

    References: derived in docs/cold_starts.md. The contour: J. A. C. Weideman and L. N. Trefethen, "Parabolic and
    hyperbolic contours for computing the Bromwich integral", Mathematics of Computation 76, 2007.

    Examples:
        >>> found = cold_start_fraction(rps=0.9, service_s=1.991, cold_service_s=2.244, keep_alive_s=600)
        >>> f"{found.cold_fraction:.5f} {found.environments_mean:.1f} {found.busy_mean:.3f}"
        '0.00133 7.7 1.792'
        >>> found = cold_start_fraction(rps=0.01, service_s=0, keep_alive_s=600)  # exp(-6)
        >>> f"{found.cold_fraction:.6f}"
        '0.002479'
    """
    rate, warm, cold, kept = steady_arguments(rps, service_s, cold_service_s, keep_alive_s)
    shape = rate.shape
    keeps = strata(keep_alive_s, rate.size) if isinstance(keep_alive_s, KeepAlive) else [kept.ravel()]
    parts = [_steady(rate.ravel(), warm.ravel(), cold.ravel(), keep) for keep in keeps]
    share, alive = (np.mean([part[place] for part in parts], axis=0) for place in (0, 1))
    share = share.reshape(shape)
    busy = rate * (warm + share * (cold - warm))
    return ColdStarts(*(part if shape else float(part) for part in (share, alive.reshape(shape), busy)))


def strata(curve: KeepAlive, count: int) -> list[Floats]:
    """Keep-alives in the middles of equal parts of a measured curve, each for so many rates. [s]"""
    middles = (np.arange(_STRATA) + 1 / 2) / _STRATA
    return [np.full(count, float(curve.at(share))) for share in middles]


def _steady(rate: Floats, warm: Floats, cold: Floats, kept: Floats) -> tuple[Floats, Floats]:
    """Cold share and environments, one rate each."""
    share, alive = np.ones(rate.shape), rate * cold  # nothing kept
    load = rate * warm
    usual = np.flatnonzero((rate > 0) & (kept > 0) & (load <= HEAVY))
    if usual.size:
        share[usual], alive[usual] = _below_heavy(rate[usual], warm[usual], cold[usual], kept[usual])
    heavy = np.flatnonzero((rate > 0) & (kept > 0) & (load > HEAVY))
    if heavy.size:
        # sqrt(load) x share and (alive - load) / sqrt(load) are straight lines in 1 / sqrt(load).
        at_heavy = (warm[heavy], cold[heavy], kept[heavy])
        rows = [_below_heavy(through / warm[heavy], *at_heavy) for through in _THROUGH]
        roots = np.sqrt(np.array(_THROUGH))[:, None]
        shares = np.array([row[0] for row in rows]) * roots
        idles = (np.array([row[1] for row in rows]) - roots**2) / roots
        root = np.sqrt(load[heavy])
        place = (1 / root - 1 / roots[0]) / (1 / roots[1] - 1 / roots[0])
        share[heavy] = np.maximum(shares[0] + place * (shares[1] - shares[0]), 0) / root
        alive[heavy] = load[heavy] + (idles[0] + place * (idles[1] - idles[0])) * root
    return share, alive


def _below_heavy(rate: Floats, warm: Floats, cold: Floats, kept: Floats) -> tuple[Floats, Floats]:
    share, alive = np.empty(rate.shape), np.empty(rate.shape)
    for part in groups_of_rates(rate * warm, bool((cold > warm).any())):
        levels = busy_levels(rate[part], warm[part], cold[part], kept[part])
        share[part] = np.minimum(levels.cold.sum(axis=0), 1)
        alive[part] = rate[part] * warm[part] + rate[part] * kept[part] * levels.idle.sum(axis=0)
    return share, alive


def steady_arguments(
    rps: Any, service_s: Any, cold_service_s: Any, keep_alive_s: Any
) -> tuple[Floats, Floats, Floats, Floats]:
    """The arguments of :func:`cold_start_fraction`, as arrays of one shape."""
    curve = isinstance(keep_alive_s, KeepAlive)
    with problems_together() as problems:
        rate = numbers("rps", rps, RATE, problems)
        warm = numbers("service_s", service_s, SECONDS, problems)
        cold = warm if cold_service_s is None else numbers("cold_service_s", cold_service_s, SECONDS, problems)
        kept = np.zeros(()) if curve else numbers("keep_alive_s", keep_alive_s, SECONDS, problems)
    try:
        rate, warm, cold, kept = np.broadcast_arrays(rate, warm, cold, kept)
    except ValueError:
        shapes = ", ".join(str(part.shape) for part in (rate, warm, cold, kept))
        words = "arrays of one shape, or numbers"
        raise InputError(Problem("conflict", "rps, service_s, cold_service_s, keep_alive_s", shapes, words)) from None
    if (cold < warm).any():
        place = tuple(np.argwhere(cold < warm)[0])
        words = f"at least service_s, {warm[place]:.15g} (s)"
        raise InputError(Problem("conflict", "cold_service_s", f"{cold[place]:.15g}", words))
    short = (rate * warm > HEAVY) & (kept > 0) & (kept * _LEAST < warm) & (not curve)
    if short.any():
        place = tuple(np.argwhere(short)[0])
        words = f"with more than {HEAVY:,} busy at least service_s / {_LEAST}, {warm[place] / _LEAST:.15g} (s)"
        raise InputError(Problem("conflict", "keep_alive_s", f"{kept[place]:.15g}", words))
    return rate, warm, cold, kept
