"""Units, and how many of one make another.

MB and GB are the providers' billing units: 1 GB = 1024 MB, 1 MB = 1024 KB.
"""

from __future__ import annotations

from fractions import Fraction

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


def gb_of(requests: Number, size_kb: Number) -> Number:
    """How much so many requests of a size come to. [GB]"""
    return requests * size_kb / Fraction(KB_PER_GB)
