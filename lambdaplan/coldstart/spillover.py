"""What runs outside provisioned environments: requests that find every one of them busy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.coldstart.simulation import number
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.queueing.erlang import erlang_b
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]

MOST_READY = 10**6
"""The most environments that may be provisioned."""


def spilled_week(
    *, hourly_rps: Sequence[float] | Floats, service_s: Any, provisioned: Sequence[int] | Wholes, burst: Any = 1
) -> Floats:
    """Give the requests of each hour of a week that run on demand beside provisioned environments.

    Provisioned environments take every request while one of them is free. So N of them are N servers without a queue,
    and the share that they lose is Erlang's formula B at an offered load of rate x service, whatever the distribution
    of the service times.

    Parameters
    ----------
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

    Examples
    --------
        >>> week = spilled_week(hourly_rps=[10] * 168, service_s=0.8108, provisioned=[15] * 168)
        >>> round(float(week[0])), round(float(week[0]) / 36_000, 3)  # one in a hundred of 36,000 an hour
        (360, 0.01)
    """
    problems: list[Problem] = []
    rates = hours_of_a_week("hourly_rps", hourly_rps, "requests/s", problems)
    ready = hours_of_a_week("provisioned", provisioned, "environments", problems)
    warm = number("service_s", service_s, problems, unit="s")
    peak = number("burst", burst, problems, low=1, high=1000)
    check_ready(ready, problems)
    if problems:
        raise InputError(problems)
    lengths, times = parts_of_an_hour(peak)
    speeds = np.outer(rates, times)
    load, servers = speeds * warm, np.broadcast_to(ready[:, None], speeds.shape)
    lost = np.ones(speeds.shape)
    some = servers > 0
    if some.any():
        pairs = np.column_stack((load[some], servers[some]))
        different, which = np.unique(pairs, axis=0, return_inverse=True)
        shares = np.asarray(erlang_b(servers=different[:, 1].astype(np.int64), offered_erlangs=different[:, 0]))
        lost[some] = shares[which.ravel()]
    found: Floats = (lost * speeds * lengths).sum(axis=1) * SECONDS_PER_HOUR
    return found


def parts_of_an_hour(burst: float) -> tuple[Floats, Floats]:
    """The parts of an hour with a burst: the share of the hour that each lasts, and its rate over the hour's mean."""
    if burst <= 1:
        return np.ones(1), np.ones(1)
    part = min(1 / 2, 1 / burst)
    return np.array([part, 1 - part]), np.array([burst, (1 - part * burst) / (1 - part)])


def many(field: str, value: Any, unit: str, problems: list[Problem]) -> Floats:
    """Read one or many finite numbers of at least 0; the first that is none is named."""
    allowed = f"a number of at least 0 ({unit})"
    try:
        given = np.asarray(value)
        found = given.astype(np.float64) if given.dtype.kind in "iufO" else np.array(math.nan)
    except (TypeError, ValueError, OverflowError):
        found = np.array(math.nan)
    wrong = ~(np.isfinite(found) & (found >= 0))
    if wrong.any():
        first = found[wrong].flat[0]
        said = shorten(value) if math.isnan(first) else f"{first:.15g}"
        problems.append(Problem("type", field, said, allowed))
    return found


def hours_of_a_week(field: str, value: Any, unit: str, problems: list[Problem]) -> Floats:
    """Read 168 finite numbers of at least 0."""
    before = len(problems)
    found = many(field, value, unit, problems)
    if len(problems) == before and found.shape != (HOURS_PER_WEEK,):
        problems.append(Problem("type", field, f"{found.size} numbers", f"{HOURS_PER_WEEK} numbers ({unit})"))
    return found


def check_ready(ready: Floats, problems: list[Problem]) -> None:
    """Provisioned environments are whole, and not too many."""
    wrong = ready[(ready % 1 != 0) | (ready > MOST_READY)]
    if not problems and wrong.size:
        words = f"whole numbers up to {MOST_READY:,} (environments)"
        problems.append(Problem("type", "provisioned", f"{wrong[0]:.15g}", words))
