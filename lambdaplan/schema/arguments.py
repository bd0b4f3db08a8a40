"""Checks of arguments that Python callers pass, with the messages of documents.

Each check adds its problem to a list, so that all problems of a call are told together; without a list it raises.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.units import HOURS_PER_WEEK

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Problems = list[Problem] | None


@dataclass(frozen=True)
class Bounds:
    """What a number may be: from `low` (above it, with `above`) to `high` (below it, with `below`).

    Parameters:
    low, high : float - the ends.
    above, below : bool - whether the ends themselves are left out.
    whole : bool - whether it is a whole number.
    unit : str - its unit, for messages.
    name : str - what it is, for messages.
    """

    low: float = 0
    high: float = math.inf
    above: bool = False
    below: bool = False
    whole: bool = False
    unit: str = ""
    name: str = "number"

    @property
    def words(self) -> str:
        """What is allowed, in words."""
        words = f"a {'whole ' if self.whole else ''}{self.name} {'above' if self.above else 'of at least'} {self.low:g}"
        if math.isfinite(self.high):
            words += f" and {'below' if self.below else 'at most'} {self.high:,.15g}"
        return words + (f" ({self.unit})" if self.unit else "")

    def hold(self, value: Any) -> Any:
        """Whether a finite number, or each of an array, lies within."""
        inside = (value > self.low) if self.above else (value >= self.low)
        inside = inside & ((value < self.high) if self.below else (value <= self.high))
        return inside & (value % 1 == 0) if self.whole else inside


ANY_SIZE = Bounds()
ABOVE_0 = Bounds(above=True)
SECONDS = Bounds(unit="s")
COUNT = Bounds(low=1, whole=True)
SHARE = Bounds(high=1)
PERCENTILE = Bounds(high=100, above=True, below=True, unit="percent", name="percentile")
CV = Bounds(high=10**6)


def number(field: str, value: Any, bounds: Bounds = ANY_SIZE, problems: Problems = None) -> float:
    """One finite number within bounds; NaN and a problem where it is none."""
    try:
        given = math.nan if isinstance(value, (bool, str)) or np.ndim(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        given = math.nan
    if math.isfinite(given) and bounds.hold(given):
        return given
    _add(problems, Problem("type", field, shorten(value), bounds.words))
    return math.nan


def numbers(field: str, value: Any, bounds: Bounds = ANY_SIZE, problems: Problems = None) -> Floats:
    """One or many finite numbers within bounds; the first that is none is named."""
    given = _floats(value)
    finite = np.isfinite(given)
    wrong = ~(finite & bounds.hold(np.where(finite, given, 0)))
    if wrong.any():
        first = given[wrong].flat[0]
        words = f"{first:.15g}" if math.isfinite(first) else shorten(value)
        _add(problems, Problem("type", field, words, bounds.words))
    return given


def hours_of_a_week(field: str, value: Any, bounds: Bounds, problems: list[Problem]) -> Floats:
    """168 finite numbers within bounds, from Monday 00:00."""
    before = len(problems)
    given = numbers(field, value, bounds, problems)
    if len(problems) == before and given.shape != (HOURS_PER_WEEK,):
        words = f"{HOURS_PER_WEEK} numbers ({bounds.unit})"
        problems.append(Problem("type", field, f"{given.size} numbers", words))
    return given


def times(field: str, value: Any, least: int, problems: list[Problem], *, growing: bool) -> Floats | None:
    """A list of at least so many times, with `growing` in order; None where it is none. [s]"""
    given = _floats(value)
    if given.ndim != 1 or len(given) < least:
        problems.append(Problem("type", field, shorten(value), f"a list of at least {least} times (s)"))
        return None
    wrong = np.flatnonzero(~(np.isfinite(given) & (given >= 0)))
    if wrong.size:
        numbers(f"{field}.{wrong[0]}", float(given[wrong[0]]), SECONDS, problems)
        return None
    back = np.flatnonzero(np.diff(given) < 0)
    if growing and back.size:
        place = int(back[0]) + 1
        order = f"{given[place]:.15g} after {given[place - 1]:.15g}"
        problems.append(Problem("conflict", f"{field}.{place}", order, "times stand in order, the earliest first"))
        return None
    return given


def choice(field: str, value: Any, known: Sequence[str], problems: list[Problem]) -> str:
    """One of some words; the first of them and a problem where it is none."""
    if isinstance(value, str) and value in known:
        return value
    problems.append(Problem("choice", field, shorten(value), ", ".join(known), nearest(value, known)))
    return known[0]


def as_given(values: Floats) -> Any:
    """A number where a number was given, else the array."""
    return values if values.ndim else float(values)


def _floats(value: Any) -> Floats:
    """One or many numbers as floats; a single NaN where they are none."""
    try:
        given = np.asarray(value)
        return given.astype(np.float64) if given.dtype.kind in "iufO" else np.array(math.nan)
    except (TypeError, ValueError, OverflowError):
        return np.array(math.nan)


def _add(problems: Problems, problem: Problem) -> None:
    if problems is None:
        raise InputError(problem)
    problems.append(problem)
