"""Erlang B and C: the probability that all servers are busy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.queueing.tails import FEW, one_panel, poisson, stirling
from lambdaplan.schema.arguments import ANY_SIZE, COUNT, Floats, as_given, numbers


def erlang_b(*, servers: Any, offered_erlangs: Any) -> Any:
    """Give the share of requests that find every server busy and are lost.

    B = (a^c / c!) / sum over k <= c of a^k / k!

    Parameters:
    servers : int, or an array - servers c, whole, at least 1.
    offered_erlangs : float, or an array - offered load a = arrivals a second x mean service time, at least 0. [erlang]

    Returns: the share, 0 to 1; an array where one of the arguments is.

    Raises: InputError for anything else.

    Notes: holds for every distribution of service times. Relative error below 1e-12 where the result is above 1e-250,
    up to 10,000,000 servers.

    References: "How much traffic?", calculator manual,
    erlang.com/calculatormanual/howmuchtrafficcanatrunkgrouphandle.htm, read 2026-11-25:
    15 lines lose one call in a hundred at 8.108 erlangs.

    Examples:
        >>> round(erlang_b(servers=15, offered_erlangs=8.108), 4)
        0.01
    """
    count, load = _servers_and_load(servers, offered_erlangs)
    return as_given(_blocked(count, load))


def erlang_c(*, servers: Any, offered_erlangs: Any) -> Any:
    """Give the share of requests that wait, where those that find every server busy queue.

    C = B / (1 - a/c x (1 - B)), with B of :func:`erlang_b`.

    Parameters:
    servers : int, or an array - servers c, whole, at least 1.
    offered_erlangs : float, or an array - offered load a, at least 0 and below the servers. [erlang]

    Returns: the share, 0 to 1; an array where one of the arguments is.

    Raises: InputError for anything else: with a load of the servers or more the queue grows for ever.

    References: Leonard Kleinrock, "Queueing Systems", volume 1, Wiley, 1975 (the m-server case).

    Examples:
        >>> round(erlang_c(servers=1, offered_erlangs=0.75), 12)  # with one server, its utilisation
        0.75
    """
    count, load = _servers_and_load(servers, offered_erlangs)
    over = np.atleast_1d(load >= count)
    if over.any():
        place = int(np.flatnonzero(over)[0])
        many, much = (np.broadcast_to(part, over.shape).flat[place] for part in (count, load))
        raise InputError(overloaded("offered_erlangs", float(much), float(many)))
    return as_given(waiting_probability(count, load))


def waiting_probability(count: Floats, load: Floats) -> Floats:
    """Erlang C of arrays, where load < count."""
    blocked = _blocked(count, load)
    return blocked / ((count - load) / count + load / count * blocked)


def _blocked(count: Floats, load: Floats) -> Floats:
    """Erlang B of arrays.

    Few servers: 1/B(k) = 1 + k/a x 1/B(k-1). Many: 1/B = sum over j of c!/(c-j)! / a^j, as the integral
    a int exp(-(a-c-1)s - a(e^s-1-s)) ds over s > 0 where a > c; else B = pmf / (1 - P[Poisson(a) > c]).
    """
    count, load = np.broadcast_arrays(count, load)
    blocked = np.empty(count.shape)
    few = count < FEW
    if few.any():
        blocked[few] = _blocked_few(count[few], load[few])
    above = ~few & (load > count)
    if above.any():
        a, c = load[above], count[above]
        blocked[above] = 1 / (a * one_panel(a, a - c - 1, 1))
    below = ~few & (load <= count)
    if below.any():
        a, c = load[below], count[below]
        mass = poisson(c, a, stirling(c))
        blocked[below] = mass / (1 - mass * a * one_panel(a, c + 1 - a, -1))
    return blocked


def _blocked_few(count: Floats, load: Floats) -> Floats:
    inverse = np.ones(count.shape)
    with np.errstate(divide="ignore", over="ignore"):
        for k in range(1, int(count.max()) + 1):
            inverse = np.where(k <= count, 1 + inverse * k / load, inverse)
    return 1 / inverse


def _servers_and_load(servers: Any, offered_erlangs: Any) -> tuple[Floats, Floats]:
    with problems_together() as problems:
        count = numbers("servers", servers, COUNT, problems)
        load = numbers("offered_erlangs", offered_erlangs, ANY_SIZE, problems)
    return count, load


def overloaded(field: str, load: float, servers: float) -> Problem:
    """The problem of a load that the servers can't carry."""
    allowed = f"with {servers:.15g} servers the load must stay below {servers:.15g}, or the queue grows for ever"
    fix = f"Use more than {math.floor(load):,} servers." if math.isfinite(load) else ""
    return Problem("conflict", field, f"{load:.15g}", allowed, fix)
