"""How often a request finds no warm environment: in closed form for a rate, hour by hour for a week, or simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lambdaplan.coldstart.simulation import KeepAlive, number
from lambdaplan.coldstart.spillover import check_ready, hours_of_a_week, many, parts_of_an_hour, spilled_week
from lambdaplan.errors import InputError, Problem
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

# Points of the contour along which Laplace transforms are inverted: absolute errors near 1e-12.
_NODES = 14
# Lengthened cold requests that are followed at once.
_LONG = 4
# Standard deviations below the mean at which the busy count is followed from; what lies below is under 1e-18.
_BELOW = 9
# Levels above are followed until what is left of the busy count's distribution is this share of the cold share.
_REST = 1 / 10**11
# Levels with a smaller share of the cold starts than this are not followed for what their requests do to others.
_FAINT = 1 / 10**8
# Numbers in one table of levels, rates and nodes.
_TABLE = 2 * 10**6
# Busy requests from which the square-root law of heavy traffic takes over, and the two loads that it is drawn through.
_HEAVY = 10**4
_THROUGH = (2500, 10_000)
# Above that a keep-alive is at least one part in so many of a service.
_LEAST = 100
# Idle times that stand for a keep-alive curve, each for an equal share.
_STRATA = 20
# Chance that a level was not visited below which numbers can't tell how soon it is: it is then that of a first visit.
_SEEN = 1 / 10**9
# A service so short that it is over at once. [keep-alives]
_INSTANT = 1 / 10**200


@dataclass(frozen=True)
class ColdStarts:
    """Cold starts at a steady rate; arrays where an argument was one.

    Parameters
    ----------
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

    Parameters
    ----------
    rps : float, or an array - requests a second, at least 0. At 0 the share is that of ever rarer requests, 1. [1/s]
    service_s : float, or an array - mean time of a warm request, at least 0. [s]
    keep_alive_s : float, an array, or a KeepAlive - idle time that environments survive, at least 0. [s]
    cold_service_s : float, or an array - mean time of a cold request, at least service_s; None means equal. [s]

    Returns: :class:`ColdStarts`.

    Raises: InputError for anything else.

    Notes: exact where cold and warm requests take equally long (error below 1e-7 of the share, or 1e-12 where it is
    smaller than that, up to 10,000 busy; above that below 1e-3). Otherwise an approximation for keep-alives well above
    the services; its measured error and that of a keep-alive curve stand in docs/cold_starts.md. Service times of
    another shape change the share by more.

    References: derived in docs/cold_starts.md. The contour: J. A. C. Weideman and L. N. Trefethen, "Parabolic and
    hyperbolic contours for computing the Bromwich integral", Mathematics of Computation 76, 2007.

    Examples
    --------
        >>> found = cold_start_fraction(rps=0.9, service_s=1.991, cold_service_s=2.244, keep_alive_s=600)
        >>> f"{found.cold_fraction:.5f} {found.environments_mean:.1f} {found.busy_mean:.3f}"
        '0.00133 7.7 1.792'
        >>> found = cold_start_fraction(rps=0.01, service_s=0, keep_alive_s=600)  # exp(-6)
        >>> f"{found.cold_fraction:.6f}"
        '0.002479'
    """
    rate, warm, cold, kept = _arguments(rps, service_s, cold_service_s, keep_alive_s)
    shape = rate.shape
    if isinstance(keep_alive_s, KeepAlive):
        parts = [_steady(rate.ravel(), warm.ravel(), cold.ravel(), k) for k in _strata(keep_alive_s, rate.size)]
        share, alive = (np.mean([part[place] for part in parts], axis=0) for place in (0, 1))
    else:
        share, alive = _steady(rate.ravel(), warm.ravel(), cold.ravel(), kept.ravel())
    share = share.reshape(shape)
    busy = rate * (warm + share * (cold - warm))
    return ColdStarts(*(part if shape else float(part) for part in (share, alive.reshape(shape), busy)))


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

    Examples
    --------
        >>> added = deployment_cold_starts(rps=0.9, service_s=1.991, keep_alive_s=600)
        >>> round(added, 2)  # of 7.69 environments, 0.72 would have started within 600 s
        6.97
    """
    found = cold_start_fraction(rps=rps, service_s=service_s, keep_alive_s=keep_alive_s, cold_service_s=cold_service_s)
    rate, _, _, kept = _arguments(rps, service_s, cold_service_s, keep_alive_s)
    if isinstance(keep_alive_s, KeepAlive):
        kept = np.array(np.mean(_strata(keep_alive_s, 1)))
    added = np.maximum(found.environments_mean - rate * found.cold_fraction * kept, 0)
    part, span = _canary_arguments(canary_fraction, canary_s)
    if part and span:
        _, warm, cold, each = _arguments(rps, service_s, cold_service_s, keep_alive_s)
        keeps = _strata(keep_alive_s, 1) if isinstance(keep_alive_s, KeepAlive) else [each]
        shape = np.shape(added)
        rows = [np.broadcast_to(given, shape).ravel() for given in (rate, warm, cold)]
        for keep in keeps:
            spans = zip(*rows, np.broadcast_to(keep, shape).ravel(), strict=True)
            more = [float(_canary(np.array([r]), w, c, k, part, span)[0]) for r, w, c, k in spans]
            added = added + np.reshape(more, shape) / len(keeps)
    return added if np.ndim(added) else float(added)


def _strata(curve: KeepAlive, count: int) -> list[Floats]:
    middles = (np.arange(_STRATA) + 1 / 2) / _STRATA
    return [np.full(count, float(curve.at(share))) for share in middles]


def _steady(rate: Floats, warm: Floats, cold: Floats, kept: Floats) -> tuple[Floats, Floats]:
    """Cold share and environments, one rate each."""
    share, alive = np.ones(rate.shape), rate * cold  # nothing kept
    load = rate * warm
    usual = np.flatnonzero((rate > 0) & (kept > 0) & (load <= _HEAVY))
    if usual.size:
        share[usual], alive[usual] = _below_heavy(rate[usual], warm[usual], cold[usual], kept[usual])
    heavy = np.flatnonzero((rate > 0) & (kept > 0) & (load > _HEAVY))
    if heavy.size:
        # sqrt(load) x share and (alive - load) / sqrt(load) are straight lines in 1 / sqrt(load).
        rows = []
        for through in _THROUGH:
            rows.append(_below_heavy(through / warm[heavy], warm[heavy], cold[heavy], kept[heavy]))
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
    for part in _groups(rate * warm, bool((cold > warm).any())):
        levels = _levels(rate[part], warm[part], cold[part], kept[part])
        share[part] = np.minimum(levels.cold.sum(axis=0), 1)
        alive[part] = rate[part] * warm[part] + rate[part] * kept[part] * levels.idle.sum(axis=0)
    return share, alive


def _groups(load: Floats, longer: bool) -> list[NDArray[np.intp]]:
    """Rates of like load together, as many as fit into a table."""
    order = np.argsort(load, kind="stable")
    groups, first = [], 0
    while first < len(order):
        count = 1
        while first + count < len(order) and count < 64:
            size = (2 * _BELOW * math.sqrt(load[order[first + count]]) + 40) * (count + 1)
            if size * _NODES * (_LONG + 1 if longer else 1) > _TABLE:
                break
            count += 1
        groups.append(order[first : first + count])
        first += count
    return groups


class _Levels(NamedTuple):
    """What happens at each busy count m, levels on the first axis, rates on the second.

    first: the lowest m of each rate. share: distribution of the busy count. cold: share of all requests that are cold
    and find m busy. idle: mean idle time that they end, over keep-alive, times their share; with what overstaying adds.
    unseen: probability that m + 1 was not reached within the last keep-alive.
    """

    first: NDArray[np.int64]
    share: Floats
    cold: Floats
    idle: Floats
    unseen: Floats


def _contour() -> tuple[Complex, Complex]:
    """Points z and weights w with f(1) = imaginary part of the sum of w F(z), for a Laplace transform F.

    The hyperbola of Weideman and Trefethen: its constants are those of their paper for one time.
    """
    angle, step, scale = 11721 / 10**4, 10818 / 10**4 / _NODES, 44921 / 10**4 * _NODES
    along = (np.arange(_NODES) + 1 / 2) * step
    z = scale * (1 + np.sin(1j * along - angle))
    return z, np.exp(z) * 1j * scale * np.cos(1j * along - angle) * step / math.pi


_Z, _W = _contour()


def _inverse(transform: Complex) -> Floats:
    """The function at time 1 whose transform at the points of the contour stands on the last axis."""
    found: Floats = (transform.real * _W.imag + transform.imag * _W.real).sum(axis=-1)
    return found


def _levels(
    rate: Floats, warm: Floats, cold: Floats, kept: Floats, provisioned: NDArray[np.int64] | int = 0
) -> _Levels:
    """The sums of :func:`cold_start_fraction`, term by term. Time is counted in keep-alives.

    Requests that find fewer busy than are provisioned are not cold, and so do not overstay.

    phi(m), the transform of the time from m busy up to m + 1, follows from that of m - 1:
    phi(m) = rate / (rate + m / service (1 - phi(m - 1)) + z).
    """
    arrive = (rate * kept)[:, None, None]
    leave = (1 / np.maximum(warm / kept, _INSTANT))[:, None, None]
    load = rate * warm
    longer = bool((cold > warm).any())
    overstay = (1 / np.maximum(cold / kept, _INSTANT))[:, None, None]
    shift = np.arange(_LONG + 1 if longer else 1)[:, None] * overstay
    z = _Z + shift
    first = np.maximum(np.floor(load - _BELOW * np.sqrt(load) - 10), 0).astype(np.int64)
    share = np.exp(
        [
            m * math.log(a) - a - math.lgamma(m + 1) if a > 0 else 0.0
            for m, a in zip(first.tolist(), load.tolist(), strict=True)
        ]
    )
    begin = first[:, None, None] - 1.0
    # Far below the mean the count climbs like a random walk; from nothing there is no way down.
    total = arrive + np.maximum(begin, 0) * leave + z
    root = np.sqrt(total**2 - 4 * arrive * np.maximum(begin, 0) * leave)
    root = np.where((np.conj(total) * root).real < 0, -root, root)
    phi = np.where(begin >= 0, 2 * arrive / (total + root), 0)
    shares, phis = [], []
    reached, m = np.zeros(load.shape), first.astype(float)
    while True:
        phi = arrive / (arrive + (m[:, None, None] * leave) * (1 - phi) + z)
        shares.append(share)
        phis.append(phi)
        reached = reached + share * np.maximum(_inverse((1 - phi[:, 0, :]) / _Z), 0)
        m = m + 1
        share = share * load / m
        if (m > load).all() and (share * (m + 1) <= _REST * reached * (m + 1 - load)).all():
            break
    pi, up = np.array(shares), np.array(phis)
    pi /= pi.sum(axis=0)
    gone = 1 - up[:, :, 0, :]
    stays, waits = np.maximum(_inverse(gone / _Z), 0), np.maximum(_inverse(gone / _Z**2), 0)
    found, idle = pi * stays, pi * waits
    if np.any(provisioned):
        found[first + np.arange(len(found))[:, None] < provisioned] = 0
    if longer:
        # What a request adds that would not have been there: against a count that starts anywhere below, not at m.
        below, flow = np.cumsum(pi, axis=0), arrive[:, 0, 0] * pi
        more = 1 - flow * waits / below - stays, 1 - flow * _inverse(gone / _Z**3) / below - waits
        low = int(np.argmax((found > _FAINT * found.sum(axis=0)).any(axis=1)))
        alone = found[0].copy()
        found[low:], idle[low:] = _overstayed(
            up[low:], found[low:], idle[low:], (more[0][low:], more[1][low:]), first + low, rate * (cold - warm)
        )
        # The first environment is alive unless nothing is busy and nothing was: as much less often as it starts cold.
        idle[0] += (alone - np.minimum(found[0], alone)) / arrive[:, 0, 0]
    return _Levels(first, pi, found, idle, np.cumsum(pi, axis=0) - arrive[:, 0, 0] * idle)


def _overstayed(
    up: Complex,
    alike: Floats,
    idle: Floats,
    new: tuple[Floats, Floats],
    first: NDArray[np.int64],
    extra: Floats,
) -> tuple[Floats, Floats]:
    """Add what cold requests do that take longer, level by level.

    After a cold rise to m + 1 with j long requests among the m + 1 busy, the transform of the time until m + 2 is
    reached with i of them left solves a linear chain: with j left it is a sum over l <= j of binomial(j, l) beta(l)
    q(l), where q(l) are the passage transforms at z + l / cold service and the betas follow from its value 1 or 0 where
    m + 2 is reached. Of the visits that this adds within a keep-alive each is a cold start; their long requests are
    followed on to the next level. Cold starts that would not have been there at all bring theirs without the count
    having been at m + 1 anyway: for them more of the later visits are new.
    """
    count, rates = alike.shape
    # products[l][d]: transforms of the way up to level m + 2, d levels long, with l long requests counted as killing.
    padded = np.concatenate((np.ones((_LONG + 1, *up.shape[1:]), dtype=complex), up))
    products: list[list[Complex]] = []
    for long in range(_LONG + 1):
        steps = [np.ones((count - 1, rates, _NODES), dtype=complex)]
        for back in range(_LONG + 1):
            low = _LONG + 1 + 1 - back
            steps.append(steps[-1] * padded[low : low + count - 1, :, long, :])
        products.append(steps)
    added = np.zeros((count - 1, rates, _LONG + 1))  # visits of m + 2 that j long requests add within a keep-alive
    sooner = np.zeros((count - 1, rates, _LONG + 1))  # and time that it is alive earlier
    onward = np.zeros((count - 1, rates, _LONG + 1, _LONG + 1))  # visits that j bring about with i left
    hits: list[Complex] = [np.zeros((count - 1, rates, _NODES), dtype=complex) for _ in range(_LONG + 1)]
    for left in range(_LONG + 1):
        betas: dict[int, Complex] = {}
        for long in range(left, _LONG + 1):
            known, hit = np.zeros(1, dtype=complex), np.zeros(1, dtype=complex)
            for less, beta in betas.items():
                known = known + math.comb(long, less) * beta * products[less][long]
            betas[long] = ((long == left) - known) / products[long][long]
            for less, beta in betas.items():
                hit = hit + math.comb(long, less) * beta * products[less][long + 1]
            hits[long] = hits[long] + hit
            if left and long:
                onward[:, :, long, min(left + 1, _LONG)] += np.maximum(_inverse(hit / _Z), 0)
    for long in range(1, _LONG + 1):
        gain = hits[long] - up[1:, :, 0, :]
        added[:, :, long] = np.maximum(_inverse(gain / _Z), 0)
        sooner[:, :, long] = np.maximum(_inverse(gain / _Z**2), 0)
    # More long requests than busy ones can't be.
    busy = first + 1 + np.arange(count - 1)[:, None]
    possible = np.arange(_LONG + 1) <= busy[:, :, None]
    added, sooner, onward = added * possible, sooner * possible, onward * possible[..., None]
    found, alive = np.empty(alike.shape), idle.copy()
    # Where the count starts from nothing, a long request keeps it there for longer: fewer find nothing busy.
    found[0] = np.where(first == 0, alike[0] / (1 + extra * alike[0]), alike[0])
    carried = np.zeros((rates, 1, _LONG + 1))
    carried[:, 0, 1] = found[0]
    for m in range(count - 1):
        cold = carried[:, 0, :]
        more = np.maximum(found[m] - alike[m], 0)
        found[m + 1] = alike[m + 1] + (cold * added[m]).sum(axis=1) + more * new[0][m + 1]
        alive[m + 1] += (cold * sooner[m]).sum(axis=1) + more * new[1][m + 1]
        carried = carried @ onward[m]
        carried[:, 0, 1] = found[m + 1] - carried[:, 0, 2:].sum(axis=1)
    return found, alive


# ---------------------------------------------------------------- a week of changing rates


@dataclass(frozen=True)
class WeekOfColdStarts:
    """Cold starts over a week of changing rates, hour by hour from Monday 00:00.

    Parameters
    ----------
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

    def cold_starts_per_month(self, *, deployments_per_month: Any = 0, hours_per_month: Any = 730) -> float:
        """Give the cold starts of a month: hours_per_month / 168 weeks, and what deployments add. (M1)

        Raises: InputError where an argument is no number of at least 0.
        """
        problems: list[Problem] = []
        deployments = number("deployments_per_month", deployments_per_month, problems)
        hours = number("hours_per_month", hours_per_month, problems, above=True)
        if problems:
            raise InputError(problems)
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

    Parameters
    ----------
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

    Examples
    --------
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
    part, span = _canary_arguments(canary_fraction, canary_s)
    if part and span:
        if ready.any():
            words = "a canary without provisioned environments, or these without a canary"
            raise InputError(Problem("conflict", "canary_fraction", f"{part:.15g}", words))
        lengths, times = parts_of_an_hour(peak)
        different, which = np.unique(np.outer(rates, times).ravel(), return_inverse=True)
        more = np.mean([_canary(different, warm, cold, one, part, span) for one in kept], axis=0)[which.ravel()]
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
    different, which = np.unique(np.column_stack((speeds, ready.astype(np.float64))), axis=0, return_inverse=True)
    visits, unseen = _visits(different[:, 0], different[:, 1].astype(np.int64), warm, cold, kept)
    visits, unseen = visits[which.ravel()], unseen[which.ravel()]
    edges = np.concatenate(([0.0], np.cumsum(spans)))
    week = float(edges[-1])
    sums = np.concatenate((np.zeros((1, unseen.shape[1])), np.cumsum(unseen * (spans / kept)[:, None], axis=0)))

    def up_to(time: Floats) -> Floats:
        """The sum of log U over the time until then, in keep-alives."""
        weeks, within = np.divmod(time, week)
        span = np.minimum(np.searchsorted(edges, within, side="right") - 1, len(spans) - 1)
        found: Floats = sums[span] + unseen[span] * ((within - edges[span]) / kept)[:, None]
        found += weeks[:, None] * sums[-1]
        return found

    marks = np.unique(np.concatenate((edges, np.mod(edges + kept, week))))
    log_u = up_to(marks) - up_to(marks - kept)
    fall = np.diff(log_u, axis=0)
    # Between two marks log U is straight: the mean of U there is its logarithmic mean.
    steep = np.maximum(np.abs(fall), _SEEN)
    mean = np.exp(np.maximum(log_u[:-1], log_u[1:])) * np.where(steep > _SEEN, -np.expm1(-steep) / steep, 1)
    span = np.searchsorted(edges, marks[:-1], side="right") - 1
    seconds = np.diff(marks)
    starts, alive = np.zeros((HOURS_PER_WEEK, visits.shape[1])), np.zeros(HOURS_PER_WEEK)
    np.add.at(starts, hour[span], visits[span] * mean * seconds[:, None])
    np.add.at(alive, hour[span], (1 - mean).sum(axis=1) * seconds / SECONDS_PER_HOUR)
    return starts, alive


def _canary(rates: Floats, warm: float, cold: float, kept: float, part: float, span: float) -> Floats:
    """Cold starts that a deployment adds more than one that is made at once, because it begins as a canary.

    Level by level: log U grows from 0 as the new version's history does, first at the canary's rate and then at the
    whole one; for the old version it moves from that of the whole rate to that of the rest. Cold starts come at h x U.
    """
    if not kept:
        return np.zeros(rates.shape)
    every = np.concatenate((rates, rates * part, rates * (1 - part)))
    visits, unseen = _visits(every, np.zeros(len(every), dtype=np.int64), warm, cold, kept)
    (whole, few, rest), (log_whole, log_few, log_rest) = (np.split(table, 3) for table in (visits, unseen))

    def over(begin: Floats | float, slope: Floats, length: float) -> Floats:
        """The integral of exp(begin + slope x time / kept) over a length of time. [s]"""
        x = slope * (length / kept)
        steep = np.abs(x) > _SEEN
        top = np.exp(begin + np.maximum(x, 0))  # at the end where it is larger
        found: Floats = top * length * np.where(steep, -np.expm1(-np.abs(x)) / np.where(steep, np.abs(x), 1), 1)
        return found

    first, later = min(span, kept), max(span - kept, 0.0)
    new = few * (over(0, log_few, first) + later * np.exp(log_few))
    seen = log_few * (first / kept)
    then = whole * (
        over(seen, log_whole, kept - first) + over(seen + log_whole * (1 - first / kept), log_whole - log_few, first)
    )
    old = rest * (over(log_whole, log_rest - log_whole, first) + later * np.exp(log_rest))
    found: Floats = (new + then + old - whole * (over(0, log_whole, kept) + span * np.exp(log_whole))).sum(axis=1)
    return found


def _visits(rates: Floats, ready: NDArray[np.int64], warm: float, cold: float, kept: float) -> tuple[Floats, Floats]:
    """For each rate and each k: how often ready + k + 1 are busy that were not for a keep-alive; log of that chance."""
    highest, found = 1, []
    some = np.flatnonzero(rates > 0)
    for group in _groups(rates[some] * warm, cold > warm):
        place = some[group]
        fill = np.ones(len(place))
        levels = _levels(rates[place], warm * fill, cold * fill, kept * fill, ready[place])
        found.append((place, levels))
        highest = max(highest, int((levels.first - ready[place]).max()) + len(levels.share))
    visits, unseen = np.zeros((len(rates), highest)), np.zeros((len(rates), highest))
    for place, levels in found:
        known = levels.unseen > _SEEN
        below = np.cumsum(levels.share, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = np.where(known, levels.cold / levels.unseen, levels.share / below) * rates[place]
            chance = np.where(known, np.minimum(np.log(levels.unseen), 0), -speed * kept)
        for column, row in enumerate(place.tolist()):
            begin = int(levels.first[column] - ready[row])
            skipped, begin = max(-begin, 0), max(begin, 0)
            end = begin + max(len(speed) - skipped, 0)
            visits[row, begin:end] = speed[skipped:, column]
            unseen[row, begin:end] = chance[skipped:, column]
            visits[row, :begin], unseen[row, :begin] = rates[row], -rates[row] * kept
    return visits, unseen


# ---------------------------------------------------------------- checks of arguments


def _arguments(
    rps: Any, service_s: Any, cold_service_s: Any, keep_alive_s: Any
) -> tuple[Floats, Floats, Floats, Floats]:
    """The arguments of :func:`cold_start_fraction`, as arrays of one shape."""
    problems: list[Problem] = []
    rate = many("rps", rps, "requests/s", problems)
    warm = many("service_s", service_s, "s", problems)
    cold = warm if cold_service_s is None else many("cold_service_s", cold_service_s, "s", problems)
    kept = np.zeros(()) if isinstance(keep_alive_s, KeepAlive) else many("keep_alive_s", keep_alive_s, "s", problems)
    if problems:
        raise InputError(problems)
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
    short = (rate * warm > _HEAVY) & (kept > 0) & (kept * _LEAST < warm) & ~isinstance(keep_alive_s, KeepAlive)
    if short.any():
        place = tuple(np.argwhere(short)[0])
        words = f"with more than {_HEAVY:,} busy at least service_s / {_LEAST}, {warm[place] / _LEAST:.15g} (s)"
        raise InputError(Problem("conflict", "keep_alive_s", f"{kept[place]:.15g}", words))
    return rate, warm, cold, kept


def _canary_arguments(canary_fraction: Any, canary_s: Any) -> tuple[float, float]:
    problems: list[Problem] = []
    part = number("canary_fraction", canary_fraction, problems, high=1)
    span = number("canary_s", canary_s, problems, unit="s")
    if problems:
        raise InputError(problems)
    return part, span


def _week_arguments(
    hourly_rps: Any, service_s: Any, cold_service_s: Any, keep_alive_s: Any, burst: Any, provisioned: Any
) -> tuple[Floats, float, float, list[float], float, NDArray[np.int64]]:
    problems: list[Problem] = []
    rates = hours_of_a_week("hourly_rps", hourly_rps, "requests/s", problems)
    none = np.zeros(HOURS_PER_WEEK)
    ready = none if provisioned is None else hours_of_a_week("provisioned", provisioned, "environments", problems)
    warm = number("service_s", service_s, problems, unit="s")
    cold = warm if cold_service_s is None else number("cold_service_s", cold_service_s, problems, unit="s")
    curve = isinstance(keep_alive_s, KeepAlive)
    kept = 1.0 if curve else number("keep_alive_s", keep_alive_s, problems, above=True, unit="s")
    peak = number("burst", burst, problems, low=1, high=1000)
    check_ready(ready, problems)
    if not problems and not rates.any():
        problems.append(Problem("conflict", "hourly_rps", f"{HOURS_PER_WEEK} zeros", "at least one is above 0"))
    if cold < warm:
        problems.append(Problem("conflict", "cold_service_s", f"{cold:.15g}", f"at least service_s, {warm:.15g} (s)"))
    if not problems and rates.max() * peak * warm > _HEAVY:
        words = f"at most {_HEAVY:,} requests at once"
        problems.append(
            Problem("conflict", "hourly_rps x burst x service_s", f"{rates.max() * peak * warm:.4g}", words)
        )
    if problems:
        raise InputError(problems)
    keeps = [float(k[0]) for k in _strata(keep_alive_s, 1)] if curve else [kept]
    return rates, warm, cold, keeps, peak, ready.astype(np.int64)
