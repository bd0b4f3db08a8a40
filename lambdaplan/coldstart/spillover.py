"""Spillover: requests that find every provisioned environment busy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.errors import problems_together
from lambdaplan.queueing.erlang import erlang_b
from lambdaplan.schema.arguments import SECONDS, Bounds, Floats, hours_of_a_week, number
from lambdaplan.units import SECONDS_PER_HOUR

Wholes = NDArray[np.int64]

RATE = Bounds(unit="requests/s")
READY = Bounds(high=10**6, whole=True, unit="environments")
BURST = Bounds(low=1, high=1000)


def spilled_week(
    *, hourly_rps: Sequence[float] | Floats, service_s: Any, provisioned: Sequence[int] | Wholes, burst: Any = 1
) -> Floats:
    """Give the requests of each hour of a week that run on demand beside provisioned environments.

    Provisioned environments take every request while one of them is free. So N of them are N servers without a queue,
    and the share that they lose is Erlang's formula B at an offered load of rate x service, whatever the distribution
    of the service times.

    Parameters:
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

    Examples:
        >>> week = spilled_week(hourly_rps=[10] * 168, service_s=0.8108, provisioned=[15] * 168)
        >>> round(float(week[0])), round(float(week[0]) / 36_000, 3)  # one in a hundred of 36,000 an hour
        (360, 0.01)
    """
    with problems_together() as problems:
        rates = hours_of_a_week("hourly_rps", hourly_rps, RATE, problems)
        ready = hours_of_a_week("provisioned", provisioned, READY, problems)
        warm = number("service_s", service_s, SECONDS, problems)
        peak = number("burst", burst, BURST, problems)
    lengths, times = parts_of_an_hour(peak)
    speeds = np.outer(rates, times)
    load, servers = speeds * warm, np.broadcast_to(ready[:, None], speeds.shape)
    lost = np.ones(speeds.shape)
    some = servers > 0
    if some.any():
        pairs = np.column_stack((load[some], servers[some]))
        different, hour_class = np.unique(pairs, axis=0, return_inverse=True)
        shares = np.asarray(erlang_b(servers=different[:, 1].astype(np.int64), offered_erlangs=different[:, 0]))
        lost[some] = shares[hour_class.ravel()]
    spilled: Floats = (lost * speeds * lengths).sum(axis=1) * SECONDS_PER_HOUR
    return spilled


def parts_of_an_hour(burst: float) -> tuple[Floats, Floats]:
    """The parts of an hour with a burst: the share of the hour that each lasts, and its rate over the hour's mean."""
    if burst <= 1:
        return np.ones(1), np.ones(1)
    part = min(1 / 2, 1 / burst)
    return np.array([part, 1 - part]), np.array([burst, (1 - part * burst) / (1 - part)])
