"""Times as files have them: ISO with or without an offset, with slashes, epoch seconds and milliseconds."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?:[ ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(AM|PM)?)?", re.IGNORECASE
)
_EPOCH = re.compile(r"(\d{9,11})(?:\.\d+)?|\d{12,20}")


@lru_cache(maxsize=65_536)
def seconds(text: str) -> float | None:
    """A time as seconds since 1970 UTC; one without an offset is taken as UTC. None for what is no time.

    Examples:
        >>> seconds("2026-10-12T08:00:00Z") == seconds("2026/10/12 08:00:00") == seconds("1791792000000")
        True
        >>> seconds("2026-10-12 10:00:00+02:00") == seconds("10/12/26 08:00")
        True
    """
    text = text.strip().strip('"')
    if _EPOCH.fullmatch(text):
        return epoch_seconds(float(text))
    try:
        match = _ISO.fullmatch(text)
        if match:
            year, month, day, hour, minute, second = (int(one or 0) for one in match.groups()[:6])
            fraction = float(f"0.{match[7] or 0}")
            whole = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
            return whole.timestamp() + fraction - offset_seconds(match[8] or "Z")
        match = _AMERICAN.fullmatch(text)
        if match:
            month, day, year = int(match[1]), int(match[2]), int(match[3])
            hour, minute, second = (int(one or 0) for one in match.groups()[3:6])
            if match[7]:
                hour = hour % 12 + 12 * (match[7].upper() == "PM")
            year += 2000 if year < 100 else 0
            return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC).timestamp()
    except ValueError:
        return None
    return None


def epoch_seconds(number: float) -> float:
    """Seconds since 1970 of a number of seconds, milli-, micro- or nanoseconds."""
    while number > 1e11:
        number /= 1000
    return number


def offset_seconds(text: str) -> int:
    """The seconds of an offset such as +02:00; Z is none."""
    if text.upper() in ("", "Z", "UTC", "GMT"):
        return 0
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return sign * (int(digits[:2]) * 3600 + int(digits[2:4]) * 60)


def any_seconds(value: object) -> float | None:
    """A time of a JSON document: a number or text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return epoch_seconds(float(value))
    return seconds(value) if isinstance(value, str) else None


class Span:
    """The first and the last of many times."""

    def __init__(self) -> None:
        self.first: float | None = None
        self.last: float | None = None

    def add(self, time: float | None) -> None:
        """Take one time in."""
        if time is None:
            return
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)

    @property
    def iso(self) -> tuple[str | None, str | None]:
        """Both as ISO text to the second."""
        return _iso(self.first), _iso(self.last)


def _iso(time: float | None) -> str | None:
    if time is None:
        return None
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=time)).strftime("%Y-%m-%dT%H:%M:%SZ")
