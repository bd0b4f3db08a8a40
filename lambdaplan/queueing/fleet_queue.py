"""Queue of a fleet: answer times of units with slots and CPU, and the load they carry within a bound."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.errors import Problem, problems_together
from lambdaplan.queueing.erlang import waiting_probability
from lambdaplan.queueing.queue import CONSTANT, GAMMA, LOGNORMAL, deviation, response_above, service_above, share_above
from lambdaplan.root_finding import largest, smallest
from lambdaplan.schema.arguments import ABOVE_0, COUNT, CV, SHARE, Bounds, Flags, Floats, as_given, number, numbers


@dataclass(frozen=True)
class ServingUnit:
    """One unit of a fleet as its requests see it.

    Parameters:
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
        with problems_together() as problems:
            number("slots", self.slots, COUNT, problems)
            number("slots_per_process", self.slots_per_process, Bounds(low=1), problems)
            wall = number("wall_s", self.wall_s, ABOVE_0, problems)
            computing = number("computing_s", self.computing_s, problems=problems)
            if computing > wall:
                allowed, fix = f"0..{wall} (wall_s)", "Give the part that computes."
                problems.append(Problem("range", "computing_s", str(computing), allowed, fix))
            if self.full_rps != math.inf:
                number("full_rps", self.full_rps, ABOVE_0, problems)
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

    Parameters:
    rho : float, or an array - CPU utilisation, 0 to 1.
    slots_per_process : float - requests m that a process can have in flight, at least 1. Between whole numbers the
        closed form 1 / (1 - rho) - m / (rho^-m - 1) is used.

    References: Leonard Kleinrock, "Queueing Systems", volume 2, Wiley, 1976 (processor sharing).

    Examples:
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
        factor = np.where(near, 1 + series, direct)
    return as_given(np.where(fall == np.inf, 1, factor) if m > 1 else np.ones(fall.shape))


def service_percentile_s(*, service_s: Any, percentile: Any, service_cv: float = 1.0, family: str = GAMMA) -> Any:
    """Give a percentile of the service time alone: gamma (exponential at cv = 1) or lognormal, constant at 0. [s]

    Parameters:
    service_s : float, or an array - mean service time, above 0. [s]
    percentile : float, or an array - in percent, above 0 and below 100.
    service_cv : float - standard deviation over mean, at least 0.
    family : str - gamma or lognormal.

    Raises: InputError for anything else.

    Examples:
        >>> round(service_percentile_s(service_s=1.0, percentile=50), 12)  # log 2
        0.69314718056
    """
    share = share_above("percentile", percentile)
    cv = number("service_cv", service_cv, CV)
    mean = numbers("service_s", service_s, ABOVE_0)
    if cv < CONSTANT:
        return as_given(np.broadcast_arrays(mean, share)[0].copy())
    if family == LOGNORMAL:
        sigma = deviation(cv)
        normal = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])(1 - share)
        return as_given(mean * np.exp(sigma * normal - sigma * sigma / 2))
    if cv == 1:
        return as_given(-mean * np.log(share))
    if np.ndim(share) == 0:
        return as_given(_gamma_percentile(cv, float(share)) * mean)
    return as_given(smallest(lambda t: service_above(t, np.ones(()), cv), share, np.ones(())) * mean)


@functools.lru_cache(maxsize=4096)
def _gamma_percentile(cv: float, share: float) -> float:
    """The time that a share of services takes longer than, gamma distributed with a mean of 1."""
    return float(smallest(lambda t: service_above(t, np.ones(()), cv), np.array(share), np.ones(())))


def service_exceeds(t_s: float, *, service_s: float, service_cv: float = 1.0, family: str = GAMMA) -> float:
    """Give the share of services that take longer than t_s, at least 0; distributed as in `service_percentile_s`.

    Examples:
        >>> round(service_exceeds(math.log(2), service_s=1.0), 12)
        0.5
    """
    cv = number("service_cv", service_cv, CV)
    return float(service_above(np.array(number("t_s", t_s)), np.array(service_s), cv, family))


def answer_s(
    unit: ServingUnit,
    *,
    units: Any,
    arrival_rps: Any,
    percentiles: Sequence[float],
    service_cv: float = 1.0,
    family: str = GAMMA,
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

    Parameters:
    unit : ServingUnit - one unit of the fleet.
    units : int, or an array - units that serve, at least 1.
    arrival_rps : float, or an array - requests a second of the whole fleet, at least 0. [1/s]
    percentiles : sequence of float - in percent, above 0 and below 100.
    service_cv : float - standard deviation of a request's time over its mean, at least 0.
    family : str - how it is distributed: gamma or lognormal.
    beside_share : float - share of all requests that is served beside the fleet and waits for nothing, 0 to 1.
    beside_s : float - mean service time of these, above 0. [s]

    Returns: an array, percentiles on the last axis; NaN where the fleet is overloaded and no answer time exists. [s]

    Raises: InputError for anything else.

    Examples:
        >>> unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.05, full_rps=20)
        >>> [round(float(t), 4) for t in answer_s(unit, units=2, arrival_rps=10, percentiles=(50, 95))]
        [0.0974, 0.3816]
    """
    cv = number("service_cv", service_cv, CV)
    share = share_above("percentiles", list(percentiles))
    beside = numbers("beside_share", beside_share, SHARE)
    mean_s = np.array(number("beside_s", beside_s, ABOVE_0))
    count, rate = np.broadcast_arrays(numbers("units", units, COUNT), numbers("arrival_rps", arrival_rps))
    service, waits, waiting, stable = _fleet(unit, count.ravel(), rate.ravel(), cv)
    service, waits, waiting = (part[:, None] for part in (service, waits, waiting))

    def above(t_s: Floats) -> Floats:
        fleet = response_above(t_s, service, cv, waits, waiting, family)
        return (1 - beside) * fleet + beside * service_above(t_s, mean_s, cv, family) if beside else fleet

    about = (1 - beside) * (service + waits * waiting) + beside * mean_s
    seconds = smallest(above, np.broadcast_to(share, (count.size, share.size)), about)
    seconds = np.where(stable[:, None], seconds, np.nan)
    return seconds.reshape((*count.shape, share.size))


def carried_rps(
    unit: ServingUnit, *, units: Any, percentile: float, response_s: float, service_cv: float = 1.0, family: str = GAMMA
) -> Any:
    """Give the largest arrival rate at which so many units still answer in time. [1/s]

    Searched between nothing and the rate that uses up CPU or slots, to about 12 digits; each count by itself, so that
    it is the same alone and in a table. It grows with the number of units.

    Parameters:
    unit : ServingUnit - one unit of the fleet.
    units : int, or an array - units that serve, whole, at least 0.
    percentile : float - in percent, above 0 and below 100.
    response_s : float - what the percentile of the answer time may be at most, above 0. [s]
    service_cv : float - standard deviation of a request's time over its mean, at least 0.
    family : str - how it is distributed: gamma or lognormal.

    Returns: the rate; 0.0 where none holds; an array where `units` is one.

    Raises: InputError for anything else.

    Examples:
        >>> unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.05, full_rps=20)
        >>> round(carried_rps(unit, units=1, percentile=95, response_s=0.5), 6)  # one queue: 1/S - log(20) / t
        4.008535
    """
    share, limit, cv = _target(percentile, response_s, service_cv)
    count = numbers("units", units, Bounds(whole=True))
    most = count.ravel() * min(unit.full_rps, unit.slots / unit.wall_s)

    def missed(place: NDArray[np.intp], rate: Floats) -> Floats:
        return _missed(unit, count.ravel()[place], rate, limit, cv, family) - share

    carried = np.zeros(most.shape)
    some = np.flatnonzero(most > 0)
    some = some[missed(some, 0 * most[some]) <= 0]
    carried[some] = largest(lambda place, rate: missed(some[place], rate), most[some])
    return as_given(carried.reshape(count.shape))


def _fleet(unit: ServingUnit, count: Floats, rate: Floats, cv: float) -> tuple[Floats, Floats, Floats, Flags]:
    """Service time, share that waits, mean wait of these, and whether the fleet is not overloaded."""
    rho = rate / np.maximum(count, 1) / unit.full_rps
    service = unit.service_s(np.minimum(rho, 1))
    servers, load = np.maximum(count, 1) * unit.slots, rate * service
    stable = (rho < 1) & (load < servers)
    load = np.where(stable, load, 0)
    return service, waiting_probability(servers, load), service / (servers - load) * (1 + cv * cv) / 2, stable


def _missed(unit: ServingUnit, count: Floats, rate: Floats, limit: float, cv: float, family: str = GAMMA) -> Floats:
    """The share of answers that come later than the limit; all of them where the fleet is overloaded."""
    service, waits, waiting, stable = _fleet(unit, count, rate, cv)
    return np.where(stable, response_above(np.array(limit), service, cv, waits, waiting, family), 1)


def _target(percentile: Any, response_s: Any, service_cv: Any) -> tuple[Floats, float, float]:
    limit = number("response_s", response_s, ABOVE_0)
    return share_above("percentile", percentile), limit, number("service_cv", service_cv, CV)
