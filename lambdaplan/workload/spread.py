"""Spread of a request's time: measured percentiles, and the distribution that answer times are worked out with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lambdaplan.errors import Problem
from lambdaplan.formatting import figure
from lambdaplan.numbers import Number
from lambdaplan.schema.fields import number, shown
from lambdaplan.schema.reading import read

GAMMA, LOGNORMAL = "gamma", "lognormal"
PERCENTS = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99}
_HIGH = 604_800_000


@dataclass(frozen=True)
class Percentiles:
    """Measured times of warm requests, on the memory of `duration_ms`: two of them or more."""

    p50_ms: Fraction | None = number("time within which 50 % answer", unit="ms", above=True, high=_HIGH, default=None)
    p95_ms: Fraction | None = number("time within which 95 % answer", unit="ms", above=True, high=_HIGH, default=None)
    p99_ms: Fraction | None = number("time within which 99 % answer", unit="ms", above=True, high=_HIGH, default=None)

    @property
    def given(self) -> dict[str, Fraction]:
        """Those that are given, by name, in their order. [ms]"""
        return {name: getattr(self, name) for name in PERCENTS if getattr(self, name) is not None}

    @property
    def least_mean_ms(self) -> Fraction:
        """The least mean that times with these percentiles can have. [ms]

        What lies above a percentile is at least as long as it: half of the requests at least p50, 5 % at least p95.
        """
        names, total = list(self.given), Fraction(0)
        for name, above in zip(names, [*names[1:], None], strict=True):
            share = (100 if above is None else PERCENTS[above]) - PERCENTS[name]
            total += self.given[name] * Fraction(share, 100)
        return total


def read_percentiles(value: Any, path: str, problems: list[Problem]) -> Percentiles | None:
    """Read measured percentiles: at least two, none above the next."""
    before = len(problems)
    percentiles: Percentiles | None = read(Percentiles, value, path, problems)
    if percentiles is None or len(problems) > before:
        return None
    given = percentiles.given
    if len(given) < 2:
        words = f"two or more of {', '.join(PERCENTS)}"
        problems.append(Problem("missing", path, ", ".join(given) or "an object", words, "Or give service_cv instead."))
        return None
    for low, high in pairwise(given):
        if given[low] > given[high]:
            words = f"at most {high}, {figure(given[high])} (ms)"
            problems.append(Problem("conflict", f"{path}.{low}", figure(given[low]), words))
    return percentiles if len(problems) == before else None


@dataclass(frozen=True)
class Spread:
    """How the times of requests spread around their mean, whatever that is.

    Parameters:
    cv : Number - standard deviation over mean.
    family : str - gamma (exponential at cv = 1, constant at 0) or lognormal.
    measured : Percentiles or None - what it was fitted to.
    fitted_ms : mapping - the percentiles of the fitted distribution, by name of those measured. [ms]
    mean_ms : float - its mean. [ms]
    """

    cv: Number
    family: str = GAMMA
    measured: Percentiles | None = None
    fitted_ms: Mapping[str, float] | None = field(default=None, hash=False)
    mean_ms: float = 0.0

    @property
    def words(self) -> str:
        """The distribution in words."""
        if self.cv == 0:
            return "constant"
        if self.family == GAMMA and self.cv == 1:
            return "exponential"
        return self.family

    @property
    def misfits(self) -> dict[str, float]:
        """How far each fitted percentile is above the one measured, as a share; nothing without measured ones."""
        if self.measured is None or self.fitted_ms is None:
            return {}
        return {name: self.fitted_ms[name] / float(ms) - 1 for name, ms in self.measured.given.items()}


def spread_problems(given: Any, percentiles: Percentiles | None, duration_ms: Number) -> list[Problem]:
    """What does not go with measured percentiles: a spread of one's own, or a mean that they can't have."""
    if percentiles is None:
        return []
    problems = []
    if isinstance(given, Mapping) and given.get("service_cv") is not None:
        words, fix = "percentiles are given, from which it is worked out", "Keep one of them."
        problems.append(Problem("conflict", "workload.service_cv", shown(given["service_cv"]), words, fix))
    least = percentiles.least_mean_ms
    if duration_ms < least:
        words = f"at least {figure(least)} (ms), the least mean of times with these percentiles"
        fix = "Give all of the same requests."
        problems.append(Problem("conflict", "workload.duration_ms", figure(duration_ms), words, fix))
    return problems
