"""The same checks of numbers for callers in Python: what is allowed, in one line, as for documents."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.errors import InputError, Problem, shorten

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WIDEST = 10**6


def as_given(found: Floats) -> Any:
    """A number where a number was given, else the array."""
    return found if found.ndim else float(found)


def checked_number(
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


def checked_numbers(field: str, value: Any, *, above: bool = False) -> float:
    """One finite number of at least 0 (above 0, with `above`); raises InputError."""
    problems: list[Problem] = []
    number = checked_number(field, value, problems, low=0, above=above)
    if problems:
        raise InputError(problems)
    return number


def float_array(field: str, value: Any, allowed: str, problems: list[Problem]) -> Floats:
    """One or many finite numbers."""
    try:
        given = np.asarray(value)
        found = np.asarray(given, dtype=np.float64) if given.dtype.kind in "iufO" else np.array(math.nan)
    except (TypeError, ValueError, OverflowError):
        found = np.array(math.nan)
    if not np.isfinite(found).all():
        problems.append(Problem("type", field, shorten(value), allowed))
    return found


def within_bounds(
    field: str, value: Any, allowed: str, good: Callable[[Floats], Flags], problems: list[Problem]
) -> Floats:
    """One or many numbers that satisfy a condition; the first that does not is named."""
    before = len(problems)
    found = float_array(field, value, allowed, problems)
    wrong = np.atleast_1d(~good(found))
    if len(problems) == before and wrong.any():
        first = float(np.atleast_1d(found)[wrong].flat[0])
        problems.append(Problem("type", field, f"{first:.15g}", allowed))
    return found


def whole_from_one(number: Floats) -> Flags:
    """Where numbers are whole and at least 1."""
    whole: Flags = (number >= 1) & (number == np.floor(number))
    return whole
