"""Queue with several servers: utilisation, waiting times and answer times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lambdaplan.errors import problems_together
from lambdaplan.queueing.erlang import overloaded, waiting_probability
from lambdaplan.queueing.tails import (
    SHORT_NODES,
    SHORT_WEIGHTS,
    gamma_above,
    gauss_legendre,
    lacking,
    poisson,
    sum_below,
)
from lambdaplan.root_finding import smallest
from lambdaplan.schema.arguments import ABOVE_0, ANY_SIZE, COUNT, CV, PERCENTILE, Floats, number, numbers

# Service times whose standard deviation is a smaller part of their mean count as constant; a larger one is refused.
CONSTANT = 1 / 10**9


GAMMA, LOGNORMAL = FAMILIES = "gamma", "lognormal"
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def deviation(cv: float) -> float:
    """The standard deviation of the logarithm of a lognormal time, from that of the time over its mean."""
    return math.sqrt(math.log1p(cv * cv))


def service_above(t_s: Floats, service_s: Floats, cv: float, family: str = GAMMA) -> Floats:
    """The share of requests whose service takes longer than t: gamma or lognormal, constant at cv = 0."""
    if cv < CONSTANT:
        return (service_s > t_s).astype(np.float64)
    if family == LOGNORMAL:
        above: Floats = _erfc(_normal(t_s, service_s, cv) / math.sqrt(2)) / 2
        return above
    if cv == 1:
        return np.exp(-t_s / service_s)
    shape = 1 / cv / cv
    return gamma_above(shape, t_s / service_s * shape)


def _normal(t_s: Floats, service_s: Floats, cv: float) -> Floats:
    """How many standard deviations the logarithm of a time is above the mean one, of lognormal service."""
    sigma = deviation(cv)
    with np.errstate(divide="ignore"):
        standing: Floats = np.log(t_s / service_s) / sigma + sigma / 2
    return standing


def _lognormal_late(t_s: Floats, service_s: Floats, cv: float, wait_s: Floats) -> Floats:
    """int over u < t of f(u) exp(-(t - u) / w) du, f a lognormal density.

    With u = t exp(-sigma s) it is the integral of phi(z - s) exp(-t / w (1 - exp(-sigma s))) over s > 0, z being what t
    is of a normal deviate: panels that widen from 0 to 1, then even ones around s = z, outside which phi is nothing.
    """
    sigma, z = deviation(cv), np.maximum(_normal(t_s, service_s, cv), -_FAR * _FAR)
    steep = t_s / wait_s

    def log_f(s: Floats) -> Floats:
        fall: Floats = -((z - s) ** 2) / 2 + steep * np.expm1(-sigma * s)
        return fall

    total = np.zeros(z.shape)
    low, high = np.zeros(z.shape), 1 / (2 + sigma * steep + np.abs(z))
    growth = high ** (-1 / (_WIDENING - 1))
    for _ in range(_WIDENING):
        total += gauss_legendre(log_f, low, high, SHORT_NODES, SHORT_WEIGHTS)
        low, high = high, high * growth
    start, end = np.maximum(z - _FAR, 1), np.maximum(z + _FAR, 1)
    for panel in range(_EVEN):
        edges = start + (end - start) * panel / _EVEN, start + (end - start) * (panel + 1) / _EVEN
        total += gauss_legendre(log_f, *edges, SHORT_NODES, SHORT_WEIGHTS)
    return total / math.sqrt(2 * math.pi)


_FAR, _WIDENING, _EVEN = 9, 10, 16


def response_above(
    t_s: Floats, service_s: Floats, cv: float, waits: Floats, wait_s: Floats, family: str = GAMMA
) -> Floats:
    """The share of answers that take longer than t: a share `waits` waits, exponentially with mean wait_s.

    P = P[S > t] + waits x int over u < t of f_S(u) exp(-(t-u)/wait_s) du.
    """
    t_s, service_s, waits, wait_s = np.broadcast_arrays(t_s, service_s, waits, wait_s)
    alone = service_above(t_s, service_s, cv, family)
    if family == LOGNORMAL and cv >= CONSTANT:
        late = np.where(waits > 0, waits * _lognormal_late(t_s, service_s, cv, wait_s), 0)
        return np.minimum(alone + late, 1)
    waited = t_s / wait_s
    with np.errstate(over="ignore", under="ignore"):
        if cv < CONSTANT:
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
            density = shape * poisson(shape, served[here], lacking(shape))
            late[here] = density * sum_below(shape, z[here])
        if not here.all():
            rest = ~here
            lead = np.exp(-waited[rest] - shape * np.log1p(-waited[rest] / served[rest]))
            late[rest] = lead * (1 - gamma_above(shape, -z[rest]))
    return alone + waits * late


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
        return float(waiting_probability(np.array(float(self.servers)), np.array(self.arrival_rps * self.service_s)))

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
        t_s = number("t_s", t_s)
        return self.wait_probability * math.exp(-t_s / self.waiting_mean_s)

    def wait_percentile_s(self, p: float) -> float:
        """The wait that p percent of the requests do not exceed; 0 where more than that never wait. [s]"""
        waits, share = self.wait_probability, float(share_above("p", p))
        return self.waiting_mean_s * math.log(waits / share) if waits > share else 0.0

    def response_exceeds(self, t_s: float) -> float:
        """The share of answers that take longer than t."""
        return float(self._above(np.array([number("t_s", t_s)]))[0])

    def response_percentile_s(self, p: float) -> float:
        """The answer time that p percent of the requests do not exceed. [s]"""
        return float(smallest(self._above, share_above("p", p), np.array(self.response_mean_s)))

    def _above(self, t_s: Floats) -> Floats:
        parts = (self.service_s, self.wait_probability, self.waiting_mean_s)
        service, waits, waiting = (np.array(part) for part in parts)
        return response_above(t_s, service, self.service_cv, waits, waiting)


def queue(*, servers: Any, arrival_rps: Any, service_s: Any, service_cv: Any = 1.0) -> Queue:
    """Describe a queue: Poisson arrivals, equal servers, one line.

    A share C (Erlang C) waits, exponentially with mean service_s / (c - a) x (1 + service_cv^2) / 2.

    Parameters:
    servers : int - servers c, at least 1.
    arrival_rps : float - requests a second, at least 0. [1/s]
    service_s : float - mean service time, above 0. [s]
    service_cv : float - standard deviation of the service time over its mean, 0 to 1,000,000.

    Raises: InputError for anything else, and for an overloaded queue (arrival_rps x service_s >= servers).

    Notes: exact for exponential service (service_cv = 1). Otherwise Allen and Cunneen's approximation, whose mean wait
    is exact for one server; the service time is then gamma distributed, constant at service_cv = 0.

    References: Arnold O. Allen, "Probability, Statistics, and Queueing Theory", 2nd edition, Academic Press, 1990.
    The example: "Multiple Server Queueing Model", Cengage Learning, scribd.com/document/820718700, read 2026-11-25.

    Examples:
        >>> desk = queue(servers=2, arrival_rps=10, service_s=1 / 12)
        >>> round(desk.wait_probability, 3), round(desk.wait_mean_s, 3), round(desk.response_mean_s, 3)
        (0.245, 0.018, 0.101)
    """
    with problems_together() as problems:
        count = number("servers", servers, COUNT, problems)
        rate = number("arrival_rps", arrival_rps, ANY_SIZE, problems)
        service = number("service_s", service_s, ABOVE_0, problems)
        cv = number("service_cv", service_cv, CV, problems)
        if not problems and rate * service >= count:
            problems.append(overloaded("arrival_rps x service_s", rate * service, count))
    return Queue(int(count), rate, service, cv)


def share_above(field: str, percent: Any) -> Floats:
    """What lies above a percentile, as a share."""
    return (100 - numbers(field, percent, PERCENTILE)) / 100
