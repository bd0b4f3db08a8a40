"""What the requests of an access log add up to: how many, when, how fast, how large, and how many failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from lambdaplan.evidence.evidence import Counts, Evidence, Measure
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import Span, seconds
from lambdaplan.units import HOURS_PER_MONTH

KB = 1000  # bytes, as the sizes on the wire are counted
_MINUTE = 60
_DAY_H, _WEEK_H = 24, 168
_PERCENTS = (50, 95, 99)
NOT_CPU = "CPU time and memory"


class RequestsSeen:
    """Adds requests up, in memory that does not grow with the log.

    Parameters:
    received, sent : sums of bytes.
    times : durations that count as the service's own. [ms]
    """

    def __init__(self) -> None:
        self.requests = self.errors = 0
        self.received = self.sent = 0.0
        self.has_received = self.has_sent = False
        self.times = Values()
        self._minutes: Counter[bytes] = Counter()
        self._seconds: Counter[float] = Counter()
        self.span = Span()

    def add_minutes(self, stamps: Iterable[bytes]) -> None:
        """Count requests by the text of their minute, as lines have it."""
        self._minutes.update(stamps)

    def add_time(self, time: float | None) -> None:
        """Count one request at a time. [s]"""
        self.span.add(time)
        if time is not None:
            self._seconds[time // _MINUTE * _MINUTE] += 1

    def add_count(self, minute: float, count: int) -> None:
        """Count so many requests in a minute. [s]"""
        self._seconds[minute // _MINUTE * _MINUTE] += count

    def add_status(self, status: Sequence[bytes] | Sequence[str]) -> None:
        """Count requests and those of status 5xx."""
        self.requests += len(status)
        self.errors += sum(one[:1] in (b"5", "5") for one in status)

    def counts(self) -> Counts | None:
        """Requests a minute; a minute without a line had none."""
        by = Counter(self._seconds)
        for stamp, count in self._minutes.items():
            time = seconds(stamp.decode("ascii", "replace"))
            if time is not None:
                by[time // _MINUTE * _MINUTE] += count
        if len(by) < 2:
            return None
        times = np.array(sorted(by), dtype=np.float64)
        return Counts(
            (times * 1e6).astype(np.int64),
            np.array([float(by[t]) for t in times.tolist()]),
            _MINUTE,
            zeros_omitted=True,
        )

    def evidence(self, source: Source, reads: dict[str, Measure], cannot: Sequence[str], notes: list[str]) -> Evidence:
        """What they add up to, with what the form of the log adds.

        Raises: InputError where there is no request.
        """
        if not self.requests:
            raise source.refuse("it has no request", "an access log with a line a request")
        n = self.requests
        own = {"requests": Measure(n, "requests in the file", n=n)}
        own["errors"] = Measure(self.errors, "requests of status 5xx", n=n)
        if self.has_received:
            own["request_kb"] = Measure(round(self.received / n / KB, 3), "KB, mean", n=n)
        if self.has_sent:
            own["response_kb"] = Measure(round(self.sent / n / KB, 3), "KB, mean", n=n)
        if self.span.first is not None and self.span.last is not None:
            own["span_s"] = Measure(whole(round(self.span.last - self.span.first, 6)), "s between first and last line")
            self._month(own, (self.span.last - self.span.first) / 3600, notes)
        first, last = self.span.iso
        return Evidence(n, {**own, **reads}, first, last, tuple(cannot), notes, counts=self.counts())

    def _month(self, reads: dict[str, Measure], hours: float, notes: list[str]) -> None:
        """Requests a month, where the log covers a day and more."""
        if hours < _DAY_H:
            notes.append("the log covers less than a day: requests a month do not follow from it")
            return
        month = round(self.requests * HOURS_PER_MONTH / hours)
        how = f"{self.requests:,} requests in {hours:,.4g} h, times {HOURS_PER_MONTH} h"
        reads["requests_per_month"] = Measure(month, "requests a month of 730 h", n=self.requests, how=how)
        if hours < _WEEK_H:
            notes.append("less than a week: a month may be another")

    def spread(self, mean_name: str, unit: str) -> dict[str, Measure]:
        """Mean, spread and percentiles of the times."""
        if not self.times:
            return {}
        values = self.times
        reads = {mean_name: Measure(values.mean, unit, *values.mean_interval(), values.n)}
        reads["service_cv"] = Measure(
            values.cv, "ratio, waiting within the service in it", *values.cv_interval(), values.n
        )
        for percent, ms in zip(_PERCENTS, values.percentiles(*_PERCENTS), strict=True):
            reads[f"p{percent}_ms"] = Measure(ms, "ms", n=values.n)
        return reads


def figures(cells: Sequence[bytes]) -> np.ndarray:
    """Cells as numbers; what is none is no number (NaN)."""
    try:
        return np.array(cells, dtype="S").astype(np.float64)
    except ValueError:
        kept = [cell if cell.replace(b".", b"", 1).lstrip(b"-").isdigit() else b"nan" for cell in cells]
        return np.array(kept, dtype="S").astype(np.float64)
