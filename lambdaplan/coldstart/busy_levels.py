"""Busy levels: how often the number of busy environments rises to a level that had been idle too long."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
# Numbers in one of the tables of long requests that are worked on together, so that they stay near the processor.
_NEAR = 4 * 10**3
# A service so short that it is over at once. [keep-alives]
_INSTANT = 1 / 10**200


def groups_of_rates(load: Floats, longer: bool) -> list[NDArray[np.intp]]:
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


class Levels(NamedTuple):
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
    values: Floats = (transform.real * _W.imag + transform.imag * _W.real).sum(axis=-1)
    return values


def busy_levels(
    rate: Floats, warm: Floats, cold: Floats, kept: Floats, provisioned: NDArray[np.int64] | int = 0
) -> Levels:
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
    cold_at, idle = pi * stays, pi * waits
    if np.any(provisioned):
        cold_at[first + np.arange(len(cold_at))[:, None] < provisioned] = 0
    if longer:
        # What a request adds that would not have been there: against a count that starts anywhere below, not at m.
        below, flow = np.cumsum(pi, axis=0), arrive[:, 0, 0] * pi
        more = 1 - flow * waits / below - stays, 1 - flow * _inverse(gone / _Z**3) / below - waits
        low = int(np.argmax((cold_at > _FAINT * cold_at.sum(axis=0)).any(axis=1)))
        alone = cold_at[0].copy()
        cold_at[low:], idle[low:] = _overstayed(
            up[low:], cold_at[low:], idle[low:], (more[0][low:], more[1][low:]), first + low, rate * (cold - warm)
        )
        # The first environment is alive unless nothing is busy and nothing was: as much less often as it starts cold.
        idle[0] += (alone - np.minimum(cold_at[0], alone)) / arrive[:, 0, 0]
    return Levels(first, pi, cold_at, idle, np.cumsum(pi, axis=0) - arrive[:, 0, 0] * idle)


def _overstayed(
    up: Complex, alike: Floats, idle: Floats, new: tuple[Floats, Floats], first: NDArray[np.int64], extra: Floats
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
    padded = np.concatenate((np.ones((_LONG + 1, *up.shape[1:]), dtype=complex), up))
    added = np.zeros((count - 1, rates, _LONG + 1))  # visits of m + 2 that j long requests add within a keep-alive
    sooner = np.zeros((count - 1, rates, _LONG + 1))  # and time that it is alive earlier
    onward = np.zeros((count - 1, rates, _LONG + 1, _LONG + 1))  # visits that j bring about with i left
    some = max(_NEAR // (rates * _NODES), 1)
    for begin in range(0, count - 1, some):
        part = slice(begin, min(begin + some, count - 1))
        _added(padded[begin : part.stop + _LONG + 2], added[part], sooner[part], onward[part])
    # More long requests than busy ones can't be.
    busy = first + 1 + np.arange(count - 1)[:, None]
    possible = np.arange(_LONG + 1) <= busy[:, :, None]
    added, sooner, onward = added * possible, sooner * possible, onward * possible[..., None]
    overstayed, alive = np.empty(alike.shape), idle.copy()
    # Where the count starts from nothing, a long request keeps it there for longer: fewer find nothing busy.
    overstayed[0] = np.where(first == 0, alike[0] / (1 + extra * alike[0]), alike[0])
    carried = np.zeros((rates, 1, _LONG + 1))
    carried[:, 0, 1] = overstayed[0]
    for m in range(count - 1):
        cold = carried[:, 0, :]
        more = np.maximum(overstayed[m] - alike[m], 0)
        overstayed[m + 1] = alike[m + 1] + (cold * added[m]).sum(axis=1) + more * new[0][m + 1]
        alive[m + 1] += (cold * sooner[m]).sum(axis=1) + more * new[1][m + 1]
        carried = carried @ onward[m]
        carried[:, 0, 1] = overstayed[m + 1] - carried[:, 0, 2:].sum(axis=1)
    return overstayed, alive


def _added(up: Complex, added: Floats, sooner: Floats, onward: Floats) -> None:
    """Fill in what long requests add at some levels, from the transforms of the way up; see :func:`_overstayed`.

    `up` begins as many levels below the first of them as long requests are followed, and one more.
    """
    count = len(added)
    # products[l][d]: transforms of the way up to level m + 2, d levels long, with l long requests counted as killing.
    one = np.ones(1, dtype=complex)
    products: list[list[Complex]] = []
    for long in range(_LONG + 1):
        product = np.ascontiguousarray(up[_LONG + 2 : _LONG + 2 + count, :, long, :])
        steps = [one, product]
        for back in range(1, _LONG + 1):
            low = _LONG + 2 - back
            product = product * up[low : low + count, :, long, :]
            steps.append(product)
        products.append(steps)
    hits: dict[int, Complex] = {}
    for left in range(_LONG + 1):
        betas: dict[int, Complex] = {}
        for long in range(left, _LONG + 1):
            known = 0 - _sum_of(betas, products, long, long) if betas else one
            betas[long] = known / products[long][long]
            hit = _sum_of(betas, products, long, long + 1)
            hits[long] = hits[long] + hit if long in hits else hit
            if left:
                onward[:, :, long, min(left + 1, _LONG)] += np.maximum(_inverse(hit / _Z), 0)
    for long in range(1, _LONG + 1):
        gain = hits[long] - up[_LONG + 2 : _LONG + 2 + count, :, 0, :]
        added[:, :, long] = np.maximum(_inverse(gain / _Z), 0)
        sooner[:, :, long] = np.maximum(_inverse(gain / _Z**2), 0)


def _sum_of(betas: dict[int, Complex], products: list[list[Complex]], long: int, levels: int) -> Complex:
    """The sum over l of binomial(long, l) beta(l) times the product for l over some levels."""
    total: Complex = np.zeros(1, dtype=complex)
    for number, (less, beta) in enumerate(betas.items()):
        times = math.comb(long, less)
        term: Complex = (beta if times == 1 else times * beta) * products[less][levels]
        total = np.add(total, term, out=total) if number else term
    return total


# Chance that a level was not visited below which numbers can't tell how soon it is: it is then that of a first visit.
SEEN = 1 / 10**9


def visits_of_levels(
    rates: Floats, ready: NDArray[np.int64], warm: float, cold: float, kept: float
) -> tuple[Floats, Floats]:
    """For each rate and each k: how often ready + k + 1 are busy that were not for a keep-alive; log of that chance."""
    highest, groups = 1, []
    some = np.flatnonzero(rates > 0)
    for group in groups_of_rates(rates[some] * warm, cold > warm):
        place = some[group]
        fill = np.ones(len(place))
        levels = busy_levels(rates[place], warm * fill, cold * fill, kept * fill, ready[place])
        groups.append((place, levels))
        highest = max(highest, int((levels.first - ready[place]).max()) + len(levels.share))
    visits, unseen = np.zeros((len(rates), highest)), np.zeros((len(rates), highest))
    for place, levels in groups:
        known = levels.unseen > SEEN
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
