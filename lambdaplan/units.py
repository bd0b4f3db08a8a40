"""Units and how many of one make another, and amounts as people write them: 10M, 500k/day.

MB and GB are the providers' billing units: 1 GB = 1024 MB, 1 MB = 1024 KB.
"""

from __future__ import annotations

import re
from fractions import Fraction

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.numbers import Number

MB_PER_GB = 1024
KB_PER_MB = 1024
KB_PER_GB = 1024 * 1024
SECONDS_PER_MINUTE = 60
MINUTES_PER_HOUR = 60
SECONDS_PER_HOUR = 3600
MS_PER_SECOND = 1000
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
DAYS_PER_WEEK = 7
SECONDS_PER_DAY = 86_400
MONTHS_PER_YEAR = 12
HOURS_PER_MONTH = Fraction(730)  # unless a document says otherwise
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_REQUESTS = re.compile(
    r"^\s*(?P<number>\d{1,18}(?:[,_]\d{3}){0,5}(?:\.\d{1,12})?)\s*(?P<scale>[kKmMbBgG]?)\s*"
    r"(?:/\s*(?P<per>s|sec|second|min|minute|h|hour|d|day|w|week|mo|month))?\s*$"
)
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9}


def requests_per_month(text: str, hours_per_month: Fraction, field: str) -> Fraction:
    """Read requests a month from text such as ``10M``, ``500k/day`` or ``120/s``.

    The result is rounded to a whole request, half-up.

    Raises: InputError when the text is none of these.

    Examples:
        >>> requests_per_month("120/s", Fraction(730), "requests") == 120 * 3600 * 730
        True
    """
    match = _REQUESTS.match(text)
    if match is None:
        words = "a number of requests a month, such as 10000000, 10M, 500k/day or 120/s"
        raise InputError(Problem("type", field, shorten(text), words, f"Try {field}=10M."))
    number = Fraction(match["number"].replace(",", "").replace("_", ""))
    number *= _SCALE[match["scale"].lower()]
    per = match["per"] or "month"
    a_month = {
        "s": hours_per_month * SECONDS_PER_HOUR,
        "mi": hours_per_month * SECONDS_PER_HOUR / SECONDS_PER_MINUTE,
        "h": hours_per_month,
        "d": hours_per_month / HOURS_PER_DAY,
        "w": hours_per_month / HOURS_PER_WEEK,
        "mo": Fraction(1),
    }[per[:2] if per.startswith("m") else per[0]]
    return Fraction((number * a_month * 2 + 1) // 2)


def gb_of(requests: Number, size_kb: Number) -> Number:
    """How much so many requests of a size come to. [GB]"""
    return requests * size_kb / Fraction(KB_PER_GB)
