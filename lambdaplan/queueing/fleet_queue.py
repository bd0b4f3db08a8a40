"""How long requests wait and answers take, and the load at which a fleet still answers in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.errors import InputError, Problem, shorten

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Below this many servers Erlang's recursion is summed term by term; from here on an integral takes its place.
_FEW = 50
# Integrands are followed until they have fallen by exp(-40): what is cut off is below 1e-17 of the rest.
_FALL = 40
# How closely the largest arrival rate is found, relative to the rate that uses up CPU or slots.
_CLOSE = 1 / 2**42
# Service times whose standard deviation is a smaller part of their mean count as constant; a larger one is refused.
_CONSTANT = 1 / 10**9
_WIDEST = 10**6
# Values of a percentile search that are looked at together, and rounds of it.
_AT_ONCE = 15
_ROUNDS = 11


# ---------------------------------------------------------------- Erlang's formulas


def erlang_b(*, servers: Any, offered_erlangs: Any) -> Any:
    """Give the share of requests that find every server busy and are lost.

    B = (a^c / c!) / sum over k <= c of a^k / k!

    Parameters
    ----------
    servers : int, or an array - servers c, whole, at least 1.
    offered_erlangs : float, or an array - offered load a = arrivals a second x mean service time, at least 0. [erlang]

    Returns: the share, 0 to 1; an array where one of the arguments is.

    Raises: InputError for anything else.

    Notes: holds for every distribution of service times. Relative error below 1e-12 where the result is above 1e-250,
    up to 10,000,000 servers.

    References: "How much traffic?", calculator manual,
    erlang.com/calculatormanual/howmuchtrafficcanatrunkgrouphandle.htm, read 2026-11-25:
    15 lines lose one call in a hundred at 8.108 erlangs.

    Examples
    --------
        >>> round(erlang_b(servers=15, offered_erlangs=8.108), 4)
        0.01
    """
    count, load = _servers_and_load(servers, offered_erlangs)
    return _as_given(_blocked(count, load))


def erlang_c(*, servers: Any, offered_erlangs: Any) -> Any:
    """Give the share of requests that wait, where those that find every server busy queue.

    C = B / (1 - a/c x (1 - B)), with B of :func:`erlang_b`.

    Parameters
    ----------
    servers : int, or an array - servers c, whole, at least 1.
    offered_erlangs : float, or an array - offered load a, at least 0 and below the servers. [erlang]

    Returns: the share, 0 to 1; an array where one of the arguments is.

    Raises: InputError for anything else: with a load of the servers or more the queue grows for ever.

    References: Leonard Kleinrock, "Queueing Systems", volume 1, Wiley, 1975 (the m-server case).

    Examples
    --------
        >>> round(erlang_c(servers=1, offered_erlangs=0.75), 12)  # with one server, its utilisation
        0.75
    """
    count, load = _servers_and_load(servers, offered_erlangs)
    over = np.atleast_1d(load >= count)
    if over.any():
        place = int(np.flatnonzero(over)[0])
        many, much = (np.broadcast_to(part, over.shape).flat[place] for part in (count, load))
        raise InputError(_overloaded("offered_erlangs", float(much), float(many)))
    return _as_given(_waiting(count, load))


def _waiting(count: Floats, load: Floats) -> Floats:
    """Erlang C of arrays, where load < count."""
    blocked = _blocked(count, load)
    return blocked / ((count - load) / count + load / count * blocked)


def _blocked(count: Floats, load: Floats) -> Floats:
    """Erlang B of arrays.

    Few servers: 1/B(k) = 1 + k/a x 1/B(k-1). Many: 1/B = sum over j of c!/(c-j)! / a^j, as the integral
    a int exp(-(a-c-1)s - a(e^s-1-s)) ds over s > 0 where a > c; else B = pmf / (1 - P[Poisson(a) > c]).
    """
    count, load = np.broadcast_arrays(count, load)
    found = np.empty(count.shape)
    few = count < _FEW
    if few.any():
        found[few] = _blocked_few(count[few], load[few])
    above = ~few & (load > count)
    if above.any():
        a, c = load[above], count[above]
        found[above] = 1 / (a * _one_panel(a, a - c - 1, 1))
    below = ~few & (load <= count)
    if below.any():
        a, c = load[below], count[below]
        mass = _poisson(c, a, _stirling(c))
        found[below] = mass / (1 - mass * a * _one_panel(a, c + 1 - a, -1))
    return found


def _blocked_few(count: Floats, load: Floats) -> Floats:
    inverse = np.ones(count.shape)
    with np.errstate(divide="ignore", over="ignore"):
        for k in range(1, int(count.max()) + 1):
            inverse = np.where(k <= count, 1 + inverse * k / load, inverse)
    return 1 / inverse


def _excess(x: Floats) -> Floats:
    """e^x - 1 - x, to full precision near 0 too."""
    small = np.abs(x) < 1 / 2
    near = np.where(small, x, 0)
    term, series = near * near / 2, np.zeros(x.shape)
    for k in range(3, 18):
        series = series + term
        term = term * near / k
    return np.where(small, series, np.expm1(np.where(small, 0, x)) - x)


def _stirling(c: Floats) -> Floats:
    """What Stirling's formula lacks of log c!, for c of 50 and more."""
    square = c * c
    return (1 - (1 / 30 - (1 / 105 - 1 / 140 / square) / square) / square) / (12 * c)


def _poisson(c: Any, a: Floats, lacking: Any) -> Floats:
    """a^c e^-a / c! for real c > 0, as exp(-c(e^x - 1 - x)) with x = log(a/c).

    References: Catherine Loader, "Fast and accurate computation of binomial probabilities", Bell Labs, 2000.
    """
    with np.errstate(divide="ignore"):
        ratio = a / c
        x = np.where(np.abs(ratio - 1) < 1 / 2, np.log1p((a - c) / c), np.log(ratio))
    with np.errstate(over="ignore"):
        found: Floats = np.exp(-lacking - c * _excess(x)) / np.sqrt(2 * np.pi * c)
    return found


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_SHORT_NODES, _SHORT_WEIGHTS = np.polynomial.legendre.leggauss(12)


def _gauss(log_f: Callable[[Floats], Floats], low: Floats, high: Floats, nodes: Floats, weights: Floats) -> Floats:
    """The integral of exp(log_f) from low to high, node by node: the same value for one element as among many."""
    middle, half = (low + high) / 2, (high - low) / 2
    total: Floats = np.zeros(middle.shape)
    for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        total += weight * np.exp(log_f(middle + half * node))
    return total * half


def _one_panel(a: Floats, slope: Floats, sign: int) -> Floats:
    """int exp(-slope s - a(e^x - 1 - x)) ds over s > 0, x = sign s; for slope > -1 and slope + a > 24."""
    root = 2 * _FALL / (slope + np.hypot(slope, np.sqrt((2 * _FALL if sign > 0 else _FALL) * a)))
    return _gauss(lambda s: -slope * s - a * _excess(sign * s), np.zeros(a.shape), root, _NODES, _WEIGHTS)


# ---------------------------------------------------------------- gamma distributed service


def _gamma_above(shape: float, x: Floats) -> Floats:
    """The share of a gamma distribution of scale 1 that lies above x."""
    below = x <= shape
    found = np.empty(x.shape)
    if below.any():
        found[below] = 1 - shape * _poisson(shape, x[below], _lacking(shape)) * _sum_below(shape, -x[below])
    if not below.all():
        beyond = x[~below]
        found[~below] = shape * _poisson(shape, beyond, _lacking(shape)) * _sum_above(shape, beyond)
    return found


def _lacking(shape: float) -> float:
    if shape >= _FEW:
        return float(_stirling(np.array(shape)))
    stirling = (shape + 1 / 2) * math.log(shape) - shape + math.log(2 * math.pi) / 2
    return math.lgamma(shape + 1) - stirling


def _sum_above(shape: float, x: Floats) -> Floats:
    """int exp(-x(e^s - 1) + shape s) ds over s > 0, for x > shape."""
    slope = x - shape
    far = 2 * _FALL / (slope + np.sqrt(slope * slope + 2 * _FALL * x))
    far = np.minimum(far, np.log1p((_FALL + shape * far) / x))
    total = np.zeros(x.shape)
    for panel in range(4):
        low, high = far * panel / 4, far * (panel + 1) / 4
        total += _gauss(lambda s: -slope * s - x * _excess(s), low, high, _SHORT_NODES, _SHORT_WEIGHTS)
    return total


def _sum_below(shape: float, z: Floats) -> Floats:
    """int exp(-shape s - z(1 - e^-s)) ds over s > 0, for z >= -shape.

    It is the mean of exp(-z(1 - V)) / shape over V with density shape v^(shape-1). Panels widen from the first fall on.
    """
    plus = np.maximum(z, 0)
    minus = np.maximum(-z, 0)
    slope = shape - minus
    curved = 2 * _FALL / (slope + np.sqrt(slope * slope + _FALL * minus))
    far_minus = np.where(curved <= 3 / 2, curved, np.maximum(_FALL / (slope + minus * 12 / 25), 3 / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        steep = np.where(plus > _FALL, -np.log1p(-_FALL / np.maximum(plus, _FALL)), np.inf)
    flat = (_FALL - plus * 5 / 8) / shape
    far_plus = np.minimum(np.minimum(steep, _FALL / shape), np.where(flat >= 1, flat, np.inf))
    far = np.where(z > 0, far_plus, far_minus)
    first = np.minimum(np.minimum(8 / (shape + plus + minus), 1), far)
    panels, curving = 8, minus.any()
    growth = (far / first) ** (1 / (panels - 1))

    def log_f(s: Floats) -> Floats:
        fall: Floats = -slope * s + plus * np.expm1(-s)
        return fall - minus * _excess(-s) if curving else fall

    total = np.zeros(z.shape)
    low, high = np.zeros(z.shape), first
    for _ in range(panels):
        total += _gauss(log_f, low, high, _SHORT_NODES, _SHORT_WEIGHTS)
        low, high = high, high * growth
    return total


def _service_above(t_s: Floats, service_s: Floats, cv: float) -> Floats:
    """The share of requests whose service takes longer than t: gamma distributed, constant at cv = 0."""
    if cv < _CONSTANT:
        return (service_s > t_s).astype(np.float64)
    if cv == 1:
        return np.exp(-t_s / service_s)
    shape = 1 / cv / cv
    return _gamma_above(shape, t_s / service_s * shape)


def _response_above(t_s: Floats, service_s: Floats, cv: float, waits: Floats, wait_s: Floats) -> Floats:
    """The share of answers that take longer than t: a share `waits` waits, exponentially with mean wait_s.

    P = P[S > t] + waits x int over u < t of f_S(u) exp(-(t-u)/wait_s) du.
    """
    t_s, service_s, waits, wait_s = np.broadcast_arrays(t_s, service_s, waits, wait_s)
    alone = _service_above(t_s, service_s, cv)
    waited = t_s / wait_s
    with np.errstate(over="ignore", under="ignore"):
        if cv < _CONSTANT:
            later = np.exp(-np.maximum(t_s - service_s, 0) / wait_s)
            return np.where(service_s > t_s, 1, waits * later)
        shape = 1 / cv / cv
        served = t_s / service_s * shape
        z = waited - served  # above 0 where waits end sooner than services
        if cv == 1:
            # One exponential less another over the difference of their rates, which may be 0.
            small, large = np.minimum(waited, served), np.abs(z)
            share = np.where(large > 0, -np.expm1(-large) / np.where(large > 0, large, 1), 1)
            return alone + waits * served * np.exp(-small) * share
        late = np.empty(t_s.shape)
        here = z >= -shape
        if here.any():
            density = shape * _poisson(shape, served[here], _lacking(shape))
            late[here] = density * _sum_below(shape, z[here])
        if not here.all():
            rest = ~here
            lead = np.exp(-waited[rest] - shape * np.log1p(-waited[rest] / served[rest]))
            late[rest] = lead * (1 - _gamma_above(shape, -z[rest]))
    return alone + waits * late


def _percentile(above: Callable[[Floats], Floats], share: Floats, about_s: Floats) -> Floats:
    """The smallest t with above(t) <= share, by narrowing. `above` takes t with one more axis in front."""
    doubling = np.arange(-20, 44).reshape((-1, *([1] * share.ndim)))
    held = above(about_s * np.exp2(doubling)) <= share
    place = np.argmax(held, axis=0)
    high: Floats = about_s * np.exp2(place - 20.0)
    low = np.where(place > 0, high / 2, 0)
    steps: Floats = np.arange(1, _AT_ONCE + 1).reshape((-1, *([1] * share.ndim))) / (_AT_ONCE + 1)
    for _ in range(_ROUNDS):
        width = high - low
        held = above(low + width * steps) <= share
        place = np.where(held.any(axis=0), np.argmax(held, axis=0), _AT_ONCE)
        low, high = low + width * place / (_AT_ONCE + 1), low + width * (place + 1) / (_AT_ONCE + 1)
    return high


# ---------------------------------------------------------------- one queue


@dataclass(frozen=True)
class Queue:
    """Waiting and answer times of one queue before several servers, first come first served.

    Made by :func:`queue`, which checks its arguments. Times are in seconds, percentiles p in percent (0 < p < 100).
    """

    servers: int
    arrival_rps: float
    service_s: float
    service_cv: float = 1.0

    @property
    def utilisation(self) -> float:
        """The share of the servers that is busy."""
        return self.arrival_rps * self.service_s / self.servers

    @property
    def wait_probability(self) -> float:
        """The share of requests that wait (Erlang C)."""
        return float(_waiting(np.array(float(self.servers)), np.array(self.arrival_rps * self.service_s)))

    @property
    def waiting_mean_s(self) -> float:
        """The mean wait of those that wait: service / (free servers) x (1 + cv^2) / 2. [s]"""
        free = self.servers - self.arrival_rps * self.service_s
        return self.service_s / free * (1 + self.service_cv**2) / 2

    @property
    def wait_mean_s(self) -> float:
        """The mean wait of all requests. [s]"""
        return self.wait_probability * self.waiting_mean_s

    @property
    def response_mean_s(self) -> float:
        """The mean answer time: wait and service. [s]"""
        return self.wait_mean_s + self.service_s

    def wait_exceeds(self, t_s: float) -> float:
        """The share of requests that wait longer than t."""
        t_s = _time(t_s)
        return self.wait_probability * math.exp(-t_s / self.waiting_mean_s)

    def wait_percentile_s(self, p: float) -> float:
        """The wait that p percent of the requests do not exceed; 0 where more than that never wait. [s]"""
        waits, share = self.wait_probability, float(_share_above("p", p))
        return self.waiting_mean_s * math.log(waits / share) if waits > share else 0.0

    def response_exceeds(self, t_s: float) -> float:
        """The share of answers that take longer than t."""
        return float(self._above(np.array([_time(t_s)]))[0])

    def response_percentile_s(self, p: float) -> float:
        """The answer time that p percent of the requests do not exceed. [s]"""
        return float(_percentile(self._above, _share_above("p", p), np.array(self.response_mean_s)))

    def _above(self, t_s: Floats) -> Floats:
        parts = (self.service_s, self.wait_probability, self.waiting_mean_s)
        service, waits, waiting = (np.array(part) for part in parts)
        return _response_above(t_s, service, self.service_cv, waits, waiting)


def queue(*, servers: Any, arrival_rps: Any, service_s: Any, service_cv: Any = 1.0) -> Queue:
    """Describe a queue: Poisson arrivals, equal servers, one line.

    A share C (Erlang C) waits, exponentially with mean service_s / (c - a) x (1 + service_cv^2) / 2.

    Parameters
    ----------
    servers : int - servers c, at least 1.
    arrival_rps : float - requests a second, at least 0. [1/s]
    service_s : float - mean service time, above 0. [s]
    service_cv : float - standard deviation of the service time over its mean, 0 to 1,000,000.

    Returns: a :class:`Queue`.

    Raises: InputError for anything else, and for an overloaded queue (arrival_rps x service_s >= servers).

    Notes: exact for exponential service (service_cv = 1). Otherwise Allen and Cunneen's approximation, whose mean wait
    is exact for one server; the service time is then gamma distributed, constant at service_cv = 0.

    References: Arnold O. Allen, "Probability, Statistics, and Queueing Theory", 2nd edition, Academic Press, 1990.
    The example: "Multiple Server Queueing Model", Cengage Learning, scribd.com/document/820718700, read 2026-11-25.

    Examples
    --------
        >>> desk = queue(servers=2, arrival_rps=10, service_s=1 / 12)
        >>> round(desk.wait_probability, 3), round(desk.wait_mean_s, 3), round(desk.response_mean_s, 3)
        (0.245, 0.018, 0.101)
    """
    problems: list[Problem] = []
    count = _number("servers", servers, problems, low=1, whole=True)
    rate = _number("arrival_rps", arrival_rps, problems, low=0)
    service = _number("service_s", service_s, problems, low=0, above=True)
    cv = _number("service_cv", service_cv, problems, low=0)
    if not problems and rate * service >= count:
        problems.append(_overloaded("arrival_rps x service_s", rate * service, count))
    if problems:
        raise InputError(problems)
    return Queue(int(count), rate, service, cv)


# ---------------------------------------------------------------- a fleet of equal units


@dataclass(frozen=True)
class ServingUnit:
    """One unit of a fleet as its requests see it.

    Parameters
    ----------
    slots : int - requests it can have in flight, at least 1.
    slots_per_process : float - of these in one process, at least 1: slots / processes.
    wall_s : float - time of a request that has a process to itself, above 0. [s]
    computing_s : float - the part of wall_s in which it computes, 0 to wall_s. [s]
    full_rps : float - requests a second that use up its CPU, above 0; infinite where a request needs none. [1/s]

    Raises: InputError for anything else.
    """

    slots: int
    slots_per_process: float
    wall_s: float
    computing_s: float
    full_rps: float

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        _number("slots", self.slots, problems, low=1, whole=True)
        _number("slots_per_process", self.slots_per_process, problems, low=1)
        wall = _number("wall_s", self.wall_s, problems, low=0, above=True)
        computing = _number("computing_s", self.computing_s, problems, low=0)
        if computing > wall:
            problems.append(
                Problem("range", "computing_s", str(computing), f"0..{wall} (wall_s)", "Give the part that computes.")
            )
        if self.full_rps != math.inf:
            _number("full_rps", self.full_rps, problems, low=0, above=True)
        if problems:
            raise InputError(problems)
        for name in ("slots_per_process", "wall_s", "computing_s", "full_rps"):  # fractions become floats
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "slots", int(self.slots))

    def service_s(self, rho: Any) -> Any:
        """Give the mean time of a request in service at a CPU utilisation: the computing part stretches. [s]"""
        return self.wall_s + self.computing_s * (stretch(rho, self.slots_per_process) - 1)


def stretch(rho: Any, slots_per_process: float) -> Any:
    """Give how many times longer computing takes where a process shares its CPU among its requests.

    F = sum over k < m of (k+1) rho^k / sum over k < m of rho^k: processor sharing with at most m in flight. It is 1 for
    m = 1, 1 / (1 - rho) for large m, and (m + 1) / 2 at rho = 1.

    Parameters
    ----------
    rho : float, or an array - CPU utilisation, 0 to 1.
    slots_per_process : float - requests m that a process can have in flight, at least 1. Between whole numbers the
        closed form 1 / (1 - rho) - m / (rho^-m - 1) is used.

    References: Leonard Kleinrock, "Queueing Systems", volume 2, Wiley, 1976 (processor sharing).

    Examples
    --------
        >>> stretch(0.5, 1), round(stretch(0.5, 2), 12), round(stretch(0.5, 1000), 12)  # (1 + 2/2) / (1 + 1/2) = 4/3
        (1.0, 1.333333333333, 2.0)
    """
    m = slots_per_process
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        fall = -np.log(np.asarray(rho, dtype=np.float64))
        near = m * fall < 1 / 10
        direct = 1 + 1 / np.expm1(fall) - m / np.expm1(m * fall)
        # x / (e^x - 1) = 1 - x/2 + x^2/12 - x^4/720 + x^6/30240 - ..., here as (g(fall) - g(m fall)) / fall
        y = np.where(near, fall, 0)
        series = (m - 1) / 2 - y * ((m**2 - 1) / 12 - y**2 * ((m**4 - 1) / 720 - y**2 * (m**6 - 1) / 30240))
        found = np.where(near, 1 + series, direct)
    return _as_given(np.where(fall == np.inf, 1, found) if m > 1 else np.ones(fall.shape))


def service_percentile_s(*, service_s: Any, percentile: Any, service_cv: float = 1.0) -> Any:
    """Give a percentile of the service time alone: gamma distributed, exponential at cv = 1, constant at 0. [s]

    Parameters
    ----------
    service_s : float, or an array - mean service time, above 0. [s]
    percentile : float, or an array - in percent, above 0 and below 100.
    service_cv : float - standard deviation over mean, at least 0.

    Raises: InputError for anything else.

    Examples
    --------
        >>> round(service_percentile_s(service_s=1.0, percentile=50), 12)  # log 2
        0.69314718056
    """
    share = _share_above("percentile", percentile)
    cv = _checked("service_cv", service_cv)
    problems: list[Problem] = []
    mean = _within("service_s", service_s, "a number above 0", lambda s: s > 0, problems)
    if problems:
        raise InputError(problems)
    if cv < _CONSTANT:
        return _as_given(np.broadcast_arrays(mean, share)[0].copy())
    if cv == 1:
        return _as_given(-mean * np.log(share))
    return _as_given(_percentile(lambda t: _service_above(t, np.ones(()), cv), share, np.ones(())) * mean)


def service_exceeds(t_s: float, *, service_s: float, service_cv: float = 1.0) -> float:
    """Give the share of services that take longer than t_s, at least 0; distributed as in `service_percentile_s`.

    Examples
    --------
        >>> round(service_exceeds(math.log(2), service_s=1.0), 12)
        0.5
    """
    return float(_service_above(np.array(_time(t_s)), np.array(service_s), _checked("service_cv", service_cv)))


def answer_s(
    unit: ServingUnit,
    *,
    units: Any,
    arrival_rps: Any,
    percentiles: Sequence[float],
    service_cv: float = 1.0,
    beside_share: float = 0.0,
    beside_s: float = 1.0,
) -> Floats:
    """Give percentiles of the answer time of a fleet: wait for a slot, and service stretched by sharing the CPU. [s]

    CPU utilisation rho = arrivals / (units x full_rps), service S = wall_s + computing_s x (F - 1) (:func:`stretch`),
    and a queue of units x slots servers (:func:`queue`) with service S and service_cv.
    Where a share of all requests is served beside the fleet, P[answer > t] = (1 - beside_share) x P[fleet's > t] +
    beside_share x P[service beside > t], and the percentile is solved from that sum.

    Notes: one line for the whole fleet, from which any free slot is filled. How far that is off, and in which
    direction, stands in docs/queueing.md.

    Parameters
    ----------
    unit : ServingUnit - one unit of the fleet.
    units : int, or an array - units that serve, at least 1.
    arrival_rps : float, or an array - requests a second of the whole fleet, at least 0. [1/s]
    percentiles : sequence of float - in percent, above 0 and below 100.
    service_cv : float - standard deviation of a request's time over its mean, at least 0.
    beside_share : float - share of all requests that is served beside the fleet and waits for nothing, 0 to 1.
    beside_s : float - mean service time of these, above 0. [s]

    Returns: an array, percentiles on the last axis; NaN where the fleet is overloaded and no answer time exists. [s]

    Raises: InputError for anything else.

    Examples
    --------
        >>> unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.05, full_rps=20)
        >>> [round(float(t), 4) for t in answer_s(unit, units=2, arrival_rps=10, percentiles=(50, 95))]
        [0.0974, 0.3816]
    """
    cv = _checked("service_cv", service_cv)
    share = _share_above("percentiles", list(percentiles))
    problems: list[Problem] = []
    beside = _within("beside_share", beside_share, "a share from 0 to 1", lambda b: (b >= 0) & (b <= 1), problems)
    if problems:
        raise InputError(problems)
    mean_s = np.array(_checked("beside_s", beside_s, above=True))
    count, rate = np.broadcast_arrays(_units(units), _rates(arrival_rps))
    service, waits, waiting, stable = _fleet(unit, count.ravel(), rate.ravel(), cv)
    service, waits, waiting = (part[:, None] for part in (service, waits, waiting))

    def above(t_s: Floats) -> Floats:
        fleet = _response_above(t_s, service, cv, waits, waiting)
        return (1 - beside) * fleet + beside * _service_above(t_s, mean_s, cv) if beside else fleet

    about = (1 - beside) * (service + waits * waiting) + beside * mean_s
    found = _percentile(above, np.broadcast_to(share, (count.size, share.size)), about)
    found = np.where(stable[:, None], found, np.nan)
    return found.reshape((*count.shape, share.size))


def holds(
    unit: ServingUnit, *, units: Any, arrival_rps: Any, percentile: float, response_s: float, service_cv: float = 1.0
) -> Any:
    """Say whether a fleet answers `percentile` percent of its requests within response_s, and is not overloaded.

    Arguments as in :func:`answer_s` and :func:`carried_rps`. True or False, or an array of them.

    Raises: InputError as they do.
    """
    share, limit, cv = _target(percentile, response_s, service_cv)
    count, rate = np.broadcast_arrays(_units(units), _rates(arrival_rps))
    found = _missed(unit, count, rate, limit, cv) <= share
    return found if found.ndim else bool(found)


def carried_rps(unit: ServingUnit, *, units: Any, percentile: float, response_s: float, service_cv: float = 1.0) -> Any:
    """Give the largest arrival rate at which so many units still answer in time. [1/s]

    Searched between nothing and the rate that uses up CPU or slots, to about 12 digits; each count by itself, so that
    it is the same alone and in a table. It grows with the number of units.

    Parameters
    ----------
    unit : ServingUnit - one unit of the fleet.
    units : int, or an array - units that serve, whole, at least 0.
    percentile : float - in percent, above 0 and below 100.
    response_s : float - what the percentile of the answer time may be at most, above 0. [s]
    service_cv : float - standard deviation of a request's time over its mean, at least 0.

    Returns: the rate; 0.0 where none holds; an array where `units` is one.

    Raises: InputError for anything else.

    Examples
    --------
        >>> unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.05, full_rps=20)
        >>> round(carried_rps(unit, units=1, percentile=95, response_s=0.5), 6)  # one queue: 1/S - log(20) / t
        4.008535
    """
    share, limit, cv = _target(percentile, response_s, service_cv)
    count = _units(units, low=0)
    most = count.ravel() * min(unit.full_rps, unit.slots / unit.wall_s)

    def missed(place: NDArray[np.intp], rate: Floats) -> Floats:
        return _missed(unit, count.ravel()[place], rate, limit, cv) - share

    found = np.zeros(most.shape)
    some = np.flatnonzero(most > 0)
    some = some[missed(some, 0 * most[some]) <= 0]
    found[some] = _largest(lambda place, rate: missed(some[place], rate), most[some])
    return _as_given(found.reshape(count.shape))


def _largest(missed: Callable[[NDArray[np.intp], Floats], Floats], most: Floats) -> Floats:
    """The largest rate below `most` with missed(place, rate) <= 0, which holds at 0 and never again once it ends.

    Each element is searched by itself, in a range that always holds the answer.

    References: Tirupathi R. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a
    nonlinear function without using derivatives", Advances in Engineering Software 28, Elsevier, 1997.
    """
    found = most * (1 - _CLOSE)
    place = np.flatnonzero(missed(np.arange(most.size), found) > 0)
    a, b = found[place], np.zeros(place.size)
    fa, fb = missed(place, a), missed(place, b)
    c, fc = b, fb
    part = np.full(place.size, 1 / 2)
    while place.size:
        x = a + part * (b - a)
        fx = missed(place, x)
        same = (fx <= 0) == (fa <= 0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        least = most[place] * _CLOSE / np.abs(b - a)
        ready = least > 1 / 2
        found[place[ready]] = np.where(fa <= 0, a, b)[ready]
        with np.errstate(divide="ignore", invalid="ignore"):
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            curve = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        smooth = (phi * phi < xi) & ((1 - phi) * (1 - phi) < 1 - xi) & np.isfinite(curve)
        part = np.clip(np.where(smooth, curve, 1 / 2), np.minimum(least, 1 / 2), np.maximum(1 - least, 1 / 2))
        left = ~ready
        place, part, a, b, c = place[left], part[left], a[left], b[left], c[left]
        fa, fb, fc = fa[left], fb[left], fc[left]
    return found


def _fleet(unit: ServingUnit, count: Floats, rate: Floats, cv: float) -> tuple[Floats, Floats, Floats, Flags]:
    """Service time, share that waits, mean wait of these, and whether the fleet is not overloaded."""
    rho = rate / np.maximum(count, 1) / unit.full_rps
    service = unit.service_s(np.minimum(rho, 1))
    servers, load = np.maximum(count, 1) * unit.slots, rate * service
    stable = (rho < 1) & (load < servers)
    load = np.where(stable, load, 0)
    return service, _waiting(servers, load), service / (servers - load) * (1 + cv * cv) / 2, stable


def _missed(unit: ServingUnit, count: Floats, rate: Floats, limit: float, cv: float) -> Floats:
    """The share of answers that come later than the limit; all of them where the fleet is overloaded."""
    service, waits, waiting, stable = _fleet(unit, count, rate, cv)
    return np.where(stable, _response_above(np.array(limit), service, cv, waits, waiting), 1)


# ---------------------------------------------------------------- checks of arguments


def _as_given(found: Floats) -> Any:
    return found if found.ndim else float(found)


def _number(
    field: str, value: Any, problems: list[Problem], *, low: int, above: bool = False, whole: bool = False
) -> float:
    """One finite number of at least `low` (above it, with `above`)."""
    allowed = f"a {'whole ' if whole else ''}number {'above' if above else 'of at least'} {low}"
    most = _WIDEST if field == "service_cv" else math.inf
    allowed += f" and at most {most:,}" if math.isfinite(most) else ""
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    large = number > low if above else number >= low
    if math.isfinite(number) and large and number <= most and (not whole or number == number // 1):
        return number
    problems.append(Problem("type", field, shorten(value), allowed))
    return math.nan


def _checked(field: str, value: Any, *, above: bool = False) -> float:
    problems: list[Problem] = []
    number = _number(field, value, problems, low=0, above=above)
    if problems:
        raise InputError(problems)
    return number


def _many(field: str, value: Any, allowed: str, problems: list[Problem]) -> Floats:
    """One or many finite numbers."""
    try:
        given = np.asarray(value)
        found = np.asarray(given, dtype=np.float64) if given.dtype.kind in "iufO" else np.array(math.nan)
    except (TypeError, ValueError, OverflowError):
        found = np.array(math.nan)
    if not np.isfinite(found).all():
        problems.append(Problem("type", field, shorten(value), allowed))
    return found


def _within(field: str, value: Any, allowed: str, good: Callable[[Floats], Flags], problems: list[Problem]) -> Floats:
    """One or many numbers that satisfy a condition; the first that does not is named."""
    before = len(problems)
    found = _many(field, value, allowed, problems)
    wrong = np.atleast_1d(~good(found))
    if len(problems) == before and wrong.any():
        first = float(np.atleast_1d(found)[wrong].flat[0])
        problems.append(Problem("type", field, f"{first:.15g}", allowed))
    return found


def _servers_and_load(servers: Any, offered_erlangs: Any) -> tuple[Floats, Floats]:
    problems: list[Problem] = []
    count = _within("servers", servers, "a whole number of at least 1", _whole_from_one, problems)
    load = _within("offered_erlangs", offered_erlangs, "a number of at least 0", lambda a: a >= 0, problems)
    if problems:
        raise InputError(problems)
    return count, load


def _whole_from_one(number: Floats) -> Flags:
    whole: Flags = (number >= 1) & (number == np.floor(number))
    return whole


def _units(units: Any, low: int = 1) -> Floats:
    problems: list[Problem] = []
    allowed = f"a whole number of at least {low}"
    found = _within("units", units, allowed, lambda n: (n >= low) & (n == np.floor(n)), problems)
    if problems:
        raise InputError(problems)
    return found


def _rates(arrival_rps: Any) -> Floats:
    problems: list[Problem] = []
    found = _within("arrival_rps", arrival_rps, "a number of at least 0", lambda x: x >= 0, problems)
    if problems:
        raise InputError(problems)
    return found


def _share_above(field: str, percent: Any) -> Floats:
    """What lies above a percentile, as a share."""
    problems: list[Problem] = []
    allowed = "a percentile above 0 and below 100 (percent)"
    found = _within(field, percent, allowed, lambda p: (p > 0) & (p < 100), problems)
    if problems:
        raise InputError(problems)
    return (100 - found) / 100


def _target(percentile: Any, response_s: Any, service_cv: Any) -> tuple[Floats, float, float]:
    limit = _checked("response_s", response_s, above=True)
    return _share_above("percentile", percentile), limit, _checked("service_cv", service_cv)


def _time(t_s: Any) -> float:
    return _checked("t_s", t_s)


def _overloaded(field: str, load: float, servers: float) -> Problem:
    allowed = f"with {servers:.15g} servers the load must stay below {servers:.15g}, or the queue grows for ever"
    fix = f"Use more than {math.floor(load):,} servers." if math.isfinite(load) else ""
    return Problem("conflict", field, f"{load:.15g}", allowed, fix)
