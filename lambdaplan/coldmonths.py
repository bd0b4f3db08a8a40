"""Cold starts of a month as bills count them: how many requests wait for an initialisation, and for how long."""

from __future__ import annotations

import csv
import dataclasses
import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan._paths import data_dir
from lambdaplan.coldstart import cold_start_week
from lambdaplan.errors import InputError, Problem
from lambdaplan.queueing import service_exceeds, service_percentile_s
from lambdaplan.runtimes import init_ms
from lambdaplan.traffic import Traffic
from lambdaplan.units import (
    HOURS_PER_WEEK,
    MB_PER_GB,
    MS_PER_SECOND,
    SECONDS_PER_HOUR,
    Column,
    Number,
    exact,
    figure,
    on_sweep,
)
from lambdaplan.workload import Workload, in_flight

KEEP_ALIVE_S = Fraction(320)
"""Idle time that environments survive where a scenario gives none: half of those measured did. [s]

References: data/keep_alive.csv (ubc-cirrus-lab/demystifying-serverless-costs, EuroSys 2026): after 315 s idle 57 of 100
were warm, after 330 s 32.
"""

MOST_IN_FLIGHT = 2000
"""Requests in flight at the busiest moment up to which the cold starts of a month are counted."""

# Mantissas of the requests a month at which cold starts are worked out, twenty to a decade, in thousandths.
_MANTISSAS = (
    1000,
    1122,
    1259,
    1413,
    1585,
    1778,
    1995,
    2239,
    2512,
    2818,
    3162,
    3548,
    3981,
    4467,
    5012,
    5623,
    6310,
    7079,
    7943,
    8913,
)
_DIGITS = 10

KNOTS = tuple(sorted({0, *(m * 10**decade // 1000 for decade in range(17) for m in _MANTISSAS)}))
"""Requests a month at which cold starts are worked out; between two of them their number is a straight line."""


@dataclass(frozen=True)
class ColdMonth:
    """The cold requests of one month.

    Parameters
    ----------
    requests : Number - requests in the month.
    starts : Number - those that are cold; exact at a point, between the values of two KNOTS.
    environments : Number - environments alive, busy or idle, on average.
    init_ms : Fraction - time of one initialisation. [ms]
    """

    requests: Number
    starts: Number
    environments: Number
    init_ms: Fraction

    @property
    def fraction(self) -> Fraction | None:
        """The share of the month's requests that are cold, at a point; None where there are none."""
        return Fraction(self.starts) / self.requests if self.requests else None

    def gb_seconds(self, memory_mb: Number) -> Number:
        """Initialisation as it is billed: cold requests x init x memory. [GB-s]"""
        return self.starts * (self.init_ms / MS_PER_SECOND) * (memory_mb / Fraction(MB_PER_GB))

    def answer_ms(self, wall_ms: Number, workload: Workload, percent: float) -> float:
        """A percentile of all answers of the month, at a point: the warm ones, and those that wait for init first. [ms]

        The t with (1 - share) x above(t) + share x above(t - init) = 1 - percent / 100, where above(t) is the share of
        runs that take longer than t.

        Notes: the run of a cold request is taken to be as long as a warm one. Measured first runs are longer.
        """
        cv, mean_s = float(workload.service_cv), float(wall_ms) / MS_PER_SECOND
        warm_s = float(service_percentile_s(service_s=mean_s, percentile=percent, service_cv=cv))
        share, init_s = float(self.fraction or 0), float(self.init_ms) / MS_PER_SECOND
        low, high = warm_s, warm_s + init_s

        def later(t_s: float) -> float:
            """The share of answers after t."""
            warm, cold = (
                service_exceeds(max(t, 0.0), service_s=mean_s, service_cv=cv) if t >= 0 else 1.0
                for t in (t_s, t_s - init_s)
            )
            return (1 - share) * warm + share * cold

        for _ in range(200):  # until the two are neighbours
            middle = (low + high) / 2
            if not low < middle < high:
                break
            low, high = (middle, high) if later(middle) > 1 - percent / 100 else (low, middle)
        return high * MS_PER_SECOND


def cold_month(
    workload: Workload, hours_per_month: Number, *, wall_ms: Number, architecture: str, keep_alive_s: Number
) -> ColdMonth | None:
    """Give the cold requests of a month; None where the workload names neither `init_ms` nor `runtime`.

    At each of KNOTS the model of :func:`lambdaplan.coldstart.cold_start_week` gives their number, which is rounded to
    10 significant digits; between two knots it is a straight line. So at a point it is an exact number, the same one
    at a point and along a sweep, and every bill stays a chain of straight pieces (M10).

    Parameters
    ----------
    wall_ms : Number - mean time of a warm request. [ms] A cold one takes init longer.
    architecture : str - "x86_64" or "arm64"; the measured tables tell them apart.
    keep_alive_s : Number - idle time that environments survive, above 0. [s]

    Raises: InputError where the initialisation was not measured, or the load is beyond what the model takes.

    Notes: the number of cold starts is wavy along requests, because environments are whole. Against it the line between
    two knots was off by at most 1.8 % with requests of 50 to 1000 ms, and by 4.5 % with 1 ms, where hardly any are
    cold. A deployment makes all environments cold, at a time that may be any of the week.
    """
    if not workload.counts_cold_starts:
        return None
    init, requests = initialisation_ms(workload, architecture), workload.requests_per_month
    if any(on_sweep(v) for v in (hours_per_month, wall_ms, keep_alive_s, init, workload.deployments_per_month)):
        raise TypeError("cold starts are counted along requests alone")
    deployments = Fraction(workload.deployments_per_month or 0)
    at = functools.partial(
        _at, workload.traffic, Fraction(wall_ms), init, Fraction(keep_alive_s), hours_per_month, deployments
    )
    if not on_sweep(requests):
        place = int(np.searchsorted(KNOTS, int(requests), side="right")) - 1
        low, high = KNOTS[place], KNOTS[place + 1]
        share = Fraction(requests - low) / (high - low)
        below, above = at(low), at(high if share else low)
        starts, alive = (a + (b - a) * share for a, b in zip(below, above, strict=True))
        return ColdMonth(requests, starts, alive, init)
    plain = np.asarray(requests, dtype=np.float64)
    before = np.searchsorted(KNOTS, plain.ravel(), side="right") - 1
    wanted = sorted({int(p) + more for p in before for more in (0, 1)})
    known = {p: at(KNOTS[p]) for p in wanted}
    xs = [float(KNOTS[p]) for p in wanted]
    starts, alive = (Column(np.interp(plain, xs, [float(known[p][which]) for p in wanted])) for which in (0, 1))
    return ColdMonth(requests, starts, alive, init)


@functools.lru_cache(maxsize=20_000)
def _at(
    traffic: Traffic,
    wall_ms: Fraction,
    init: Fraction,
    keep_alive_s: Fraction,
    hours_per_month: Fraction,
    deployments: Fraction,
    knot: int,
) -> tuple[Fraction, Fraction]:
    """Cold requests and mean environments of a month with so many requests."""
    if not knot:
        return Fraction(0), Fraction(0)
    mean = Fraction(knot) / (SECONDS_PER_HOUR * hours_per_month)
    week = cold_start_week(
        hourly_rps=_shares(traffic) * float(mean),
        service_s=float(wall_ms / MS_PER_SECOND),
        cold_service_s=float((wall_ms + init) / MS_PER_SECOND),
        keep_alive_s=float(keep_alive_s),
        burst=float(traffic.burst),
    )
    starts = week.cold_starts_per_month(
        deployments_per_month=float(deployments), hours_per_month=float(hours_per_month)
    )
    return min(_rounded(starts), Fraction(knot)), _rounded(float(week.environments_mean.mean()))


@functools.lru_cache(maxsize=256)
def _shares(traffic: Traffic) -> Any:
    """Each hour's requests over those of a mean hour."""
    total = sum(traffic.whole)
    return np.array([float(Fraction(weight * HOURS_PER_WEEK, total)) for weight in traffic.whole])


def _rounded(value: float) -> Fraction:
    return Fraction(f"{value:.{_DIGITS - 1}e}")


def initialisation_ms(workload: Workload, architecture: str) -> Fraction:
    """Give the time of an initialisation: the reader's own, else what was measured for the runtime and package. [ms]

    Raises: InputError, with fields of the scenario, where neither is known.
    """
    if workload.init_ms is not None:
        return Fraction(workload.init_ms)
    size = None if workload.package_mb is None else float(workload.package_mb)
    try:
        found = init_ms(
            runtime=workload.runtime or "",
            architecture=architecture,
            package=workload.package or "zip",
            code_mb=size,
            sdk=bool(workload.aws_sdk),
        )
    except InputError as error:
        names = {
            "code_mb": "workload.package_mb",
            "runtime": "workload.runtime",
            "package": "workload.package",
            "sdk": "workload.aws_sdk",
        }
        raise InputError([dataclasses.replace(p, field=names.get(p.field, p.field)) for p in error.problems]) from None
    return exact(round(found.init_ms, 2))


def cold_problems(workload: Workload, hours_per_month: Number, wall_ms: Number, architecture: str) -> list[Problem]:
    """What keeps the cold starts of a function from being counted, with the fields of the scenario."""
    packed = any(value is not None for value in (workload.package_mb, workload.package, workload.aws_sdk))
    if packed and workload.init_ms is None and workload.runtime is None:
        words = "package, package_mb and aws_sdk go with it"
        return [Problem("missing", "workload.runtime", "", words, "Try workload.runtime=nodejs22.x.")]
    if not workload.counts_cold_starts:
        if workload.deployments_per_month is None:
            return []
        words = "it goes with workload.init_ms or workload.runtime"
        given = figure(workload.deployments_per_month)
        return [
            Problem("conflict", "workload.deployments_per_month", given, words, "Give one of them, or leave it out.")
        ]
    try:
        initialisation_ms(workload, architecture)
    except InputError as error:
        return list(error.problems)
    peak_rps = workload.mean_rps(hours_per_month) * workload.traffic.burst * workload.traffic.peak_to_mean
    busiest = in_flight(peak_rps, wall_ms)
    if busiest <= MOST_IN_FLIGHT:
        return []
    most = int(workload.requests_per_month * MOST_IN_FLIGHT / busiest)
    words = f"cold starts are counted up to {MOST_IN_FLIGHT:,} requests at once, here {most:,} requests a month"
    fix = "Lower it, or leave workload.init_ms and workload.runtime out."
    return [Problem("conflict", "workload.requests_per_month", figure(workload.requests_per_month), words, fix)]


@functools.cache
def lambda_billing(rule: str) -> str:
    """Give a rule of Lambda's billing that no price book holds, as it is written.

    `init_billed_since` is a day, in the form of dates of price books; `snapstart_minimum_s` is in seconds.

    References: data/lambda_billing.csv, each row with its source.

    Examples
    --------
        >>> lambda_billing("init_billed_since")
        '2025-08-01'
    """
    with (data_dir() / "lambda_billing.csv").open(encoding="utf-8", newline="") as file:
        return next(row["value"] for row in csv.DictReader(file) if row["rule"] == rule)
