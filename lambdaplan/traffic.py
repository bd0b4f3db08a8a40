"""The week of demand: a named shape, 168 weights, or a trace of counts over time."""

from __future__ import annotations

import bisect
import csv
import functools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lambdaplan._paths import data_dir
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.fields import Rule, plain, read_number, read_value, shown, unknown_fields
from lambdaplan.units import HOURS_PER_WEEK, decimal_text, exact

BURST = Rule(
    "peak within an hour over that hour's mean", "number", low=Fraction(1), high=Fraction(1000), grain=Fraction(1, 100)
)
WEIGHT = Rule("traffic of one hour of the week, relative to the others", "number", high=Fraction(10**12))
FROM_TRACE = Rule("the trace that the weights were read from", "text", max_length=200, optional=True)
SHAPES = ("flat", "office_hours", "daily", "weekend_peak", "spiky")
DEFAULT_BURST = Fraction(3, 2)
"""Burst where none is given and none can be measured: an assumption."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MICROSECOND = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_BLOCK = 1 << 20
_LONGEST_LINE = 1000
_LONGEST_COUNT = 40
_COUNT = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Traffic:
    """The shape of demand over a week, not its volume.

    Parameters
    ----------
    hourly : tuple of Number, or None - 168 weights from Monday 00:00, as given; None is a flat week.
    burst : Number - peak within an hour over that hour's mean, at least 1.
    shape : str - name of the shape that `hourly` holds; "flat" where it has none.
    from_trace : str or None - the trace that `hourly` was read from.
    notes : tuple of str - what a reader should know about how the weights or the burst were found.
    """

    hourly: tuple[Fraction, ...] | None = None
    burst: Fraction = DEFAULT_BURST
    shape: str = field(default="flat", repr=False)
    from_trace: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @functools.cached_property
    def whole(self) -> tuple[int, ...]:
        """The 168 weights as the smallest whole numbers of the same proportions."""
        hourly = self.hourly or (Fraction(1),) * HOURS_PER_WEEK
        scale = math.lcm(*(Fraction(weight).denominator for weight in hourly))
        numbers = [int(weight * scale) for weight in hourly]
        common = math.gcd(*numbers)
        return tuple(number // common for number in numbers)

    @functools.cached_property
    def weights(self) -> np.ndarray:
        """The different weights of the week, as whole numbers."""
        return np.array(sorted(set(self.whole)), dtype=object)

    @functools.cached_property
    def hours(self) -> np.ndarray:
        """How many hours of the week have each weight. [h]"""
        return np.array([self.whole.count(weight) for weight in self.weights], dtype=object)

    @functools.cached_property
    def which(self) -> np.ndarray:
        """For each of the 168 hours the place of its weight in `weights`."""
        place = {weight: index for index, weight in enumerate(self.weights)}
        return np.array([place[weight] for weight in self.whole])

    @property
    def mean_weight(self) -> Fraction:
        """The mean of the 168 weights."""
        return Fraction(sum(self.whole), HOURS_PER_WEEK)

    @property
    def peak_to_mean(self) -> Fraction:
        """The busiest hour over the mean hour, without the burst."""
        return Fraction(int(self.weights[-1])) / self.mean_weight

    def document(self) -> dict[str, Any]:
        """The traffic as a scenario writes it."""
        if self.hourly is None or self.shape != "flat":
            return {"shape": self.shape, "burst": plain(self.burst)}
        source = {} if self.from_trace is None else {"from_trace": self.from_trace}
        return {"hourly": plain(self.hourly), "burst": plain(self.burst), **source}


def load_duration(traffic: Traffic) -> tuple[tuple[Fraction, ...], ...]:
    """How long the load is at or above each of its levels.

    Returns: pairs of (hours of the week at or above [h], weight over the mean weight), from the busiest down.

    Examples:
        >>> load_duration(Traffic())
        ((Fraction(168, 1), Fraction(1, 1)),)
    """
    found, above = [], 0
    for weight, hours in zip(reversed(traffic.weights), reversed(traffic.hours), strict=True):
        above += int(hours)
        found.append((Fraction(above), Fraction(int(weight)) / traffic.mean_weight))
    return tuple(found)


@functools.cache
def _shapes() -> dict[str, tuple[Fraction, ...]]:
    found: dict[str, list[Fraction]] = {}
    with (data_dir() / "traffic" / "shapes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["shape"], []).append(Fraction(row["weight"]))
    return {name: tuple(weights) for name, weights in found.items()}


def shape_weights(name: str) -> tuple[Fraction, ...] | None:
    """The 168 weights of a named shape, from Monday 00:00; None for a flat week.

    References: what each shape is made from stands in ``data/traffic/README.md``.
    """
    return None if name == "flat" else _shapes()[name]


def read_traffic(value: Any, path: str, problems: list[Problem]) -> Traffic | None:
    """Read a named shape, 168 weights or a trace, each with an optional burst.

    ``{"shape": "daily"}``, ``{"hourly": [168 weights]}`` with an optional ``from_trace``, or
    ``{"trace": "file.csv"}``.
    """
    if not isinstance(value, Mapping):
        problems.append(Problem("type", path, shown(value), 'an object such as {"shape": "flat"}'))
        return None
    before = len(problems)
    unknown_fields(value, ("shape", "hourly", "trace", "burst", "from_trace"), path, problems)
    burst = read_number(value["burst"], BURST, f"{path}.burst", problems) if "burst" in value else None
    source = read_value(value.get("from_trace"), FROM_TRACE, f"{path}.from_trace", problems)
    given = [name for name in ("shape", "hourly", "trace") if name in value]
    if len(given) > 1:
        problems.append(
            Problem("conflict", path, " and ".join(given), "exactly one of shape, hourly and trace is given")
        )
    elif not given:
        allowed = 'exactly one of "shape": "flat", "hourly": [168 weights] and "trace": "file.csv"'
        problems.append(Problem("missing", f"{path}.shape", "", allowed))
    elif "shape" in value and not (isinstance(value["shape"], str) and value["shape"] in SHAPES):
        shape = value["shape"]
        fix = nearest(shape, SHAPES) if isinstance(shape, str) else ""
        problems.append(Problem("choice", f"{path}.shape", shown(shape), ", ".join(SHAPES), fix))
    if "from_trace" in value and given and "hourly" not in value:
        problems.append(
            Problem("conflict", f"{path}.from_trace", shown(value["from_trace"]), "it stands beside hourly")
        )
    hourly = _read_hourly(value["hourly"], f"{path}.hourly", problems) if "hourly" in value else None
    if len(problems) > before:
        return None
    if "trace" in value:
        return _from_trace(value["trace"], burst, path, problems)
    burst = DEFAULT_BURST if burst is None else burst
    if "shape" in value:
        return Traffic(shape_weights(value["shape"]), burst, value["shape"])
    return Traffic(hourly, burst, from_trace=source)


def _from_trace(value: Any, burst: Fraction | None, path: str, problems: list[Problem]) -> Traffic | None:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        allowed = "the name of a CSV file with the columns timestamp,requests"
        problems.append(Problem("type", f"{path}.trace", shown(value), allowed))
        return None
    try:
        trace = read_trace(Path(value))
    except InputError as error:
        problems += error.problems
        return None
    notes = list(trace.notes)
    if burst is None and trace.burst is None:
        notes.append(f"The burst of {decimal_text(DEFAULT_BURST)} is assumed: {trace.no_burst}.")
    burst = burst or trace.burst or DEFAULT_BURST
    if burst > (BURST.high or burst):
        fix = "Give a burst of your own, or sum the trace over longer intervals."
        problems.append(Problem("range", f"{path}.burst", decimal_text(burst), BURST.allowed, fix))
        return None
    return Traffic(trace.hourly, burst, from_trace=trace.text, notes=tuple(notes))


def _read_hourly(value: Any, path: str, problems: list[Problem]) -> tuple[Fraction, ...] | None:
    if not isinstance(value, (list, tuple)) or len(value) != HOURS_PER_WEEK:
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, got, "a list of 168 weights, from Monday 00:00"))
        return None
    before = len(problems)
    weights = [read_number(item, WEIGHT, f"{path}.{index}", problems) for index, item in enumerate(value)]
    if len(problems) > before:
        return None
    if not any(weights):
        problems.append(Problem("conflict", path, "168 zeros", "at least one weight is above 0"))
        return None
    return tuple(weights)


@dataclass(frozen=True)
class Trace:
    """A week of demand as measured.

    Parameters
    ----------
    hourly : tuple of Number - mean requests per hour, for each hour of the week from Monday 00:00. [1/h]
    burst : Number or None - peak interval over its hour's mean; None where it can't be measured.
    no_burst : str - why there is no burst.
    interval_s : Number - time between two rows. [s]
    rows : int - rows of the file.
    gaps : int - places where rows are missing.
    missing : int - intervals that are missing there.
    first, last : str - the first and the last time, as written.
    text : str - all this in a line.
    notes : tuple of str - what a reader should know about the weights.
    """

    hourly: tuple[Fraction, ...]
    burst: Fraction | None
    no_burst: str
    interval_s: Fraction
    rows: int
    gaps: int
    missing: int
    first: str
    last: str
    text: str
    notes: tuple[str, ...] = ()


class _Peaks:
    """The bursts of whole clock hours, kept until the mean of the trace is known.

    Of two hours with as many rows the busier one with the larger burst makes the other superfluous,
    so only few stay. Hours with fewer rows than another are not whole.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.sums: list[Any] = []  # upwards
        self.bursts: list[Fraction] = []  # downwards

    def add(self, rows: int, total: Any, peak: Any) -> None:
        if rows < self.rows or not total:
            return
        if rows > self.rows:
            self.rows, self.sums, self.bursts = rows, [], []
        place = bisect.bisect_left(self.sums, total)
        burst = Fraction(peak * rows) / total
        if place < len(self.sums) and self.bursts[place] >= burst:
            return
        end = place + 1 if place < len(self.sums) and self.sums[place] == total else place
        start = place
        while start and self.bursts[start - 1] <= burst:
            start -= 1
        self.sums[start:end], self.bursts[start:end] = [total], [burst]

    def largest(self, rows: int, at_least: Fraction) -> Fraction | None:
        """The largest burst of the hours with so many rows and at least so many requests."""
        place = bisect.bisect_left(self.sums, at_least)
        return self.bursts[place] if rows == self.rows and place < len(self.sums) else None


class _Reader:
    """One pass over a trace: sums by hour of the week, bursts, differences of time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = 0
        self.rows = 0
        self.seen = [0] * HOURS_PER_WEEK
        self.requests: list[Any] = [0] * HOURS_PER_WEEK
        self.peaks = _Peaks()
        self.usual = timedelta.max
        self.usual_rows = 0
        self.common = 0  # of all differences, the largest that divides them [µs]
        self.odd: tuple[int, timedelta, timedelta] | None = None  # where that fell below the smallest
        self.first = self.last = datetime.min  # noqa: DTZ901 - replaced by the first row
        self.start = self.first  # a time in the clock hour that is being read
        self.hour: tuple[int, Any, Any] = (0, 0, 0)  # rows, sum and peak of that hour so far

    def fault(self, line: int, value: str, allowed: str, fix: str = "") -> InputError:
        """The error of a line; 0 is the file as a whole."""
        where = f"{shorten(self.path.name)} line {line}" if line else shorten(self.path.name)
        return InputError(Problem("syntax", where, value, allowed, fix))

    def blocks(self) -> Iterator[list[str]]:
        """The lines of the file, some thousand at a time."""
        rest, line = "", 1
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                while block := file.read(_BLOCK):
                    lines = (rest + block).split("\n")
                    rest = lines.pop()
                    if len(rest) > _LONGEST_LINE:
                        raise self.fault(line + len(lines), "the line is too long", "two columns: timestamp,requests")
                    line += len(lines)
                    yield lines
        except UnicodeDecodeError:
            raise self.fault(self._first_undecodable(), "it is not UTF-8 text", "a CSV file in UTF-8") from None
        except OSError as error:
            reason = error.strerror or "it can't be opened"
            reason = {"FileNotFoundError": "there is no such file", "IsADirectoryError": "it is a folder"}.get(
                type(error).__name__, reason
            )
            raise self.fault(0, reason, "a CSV file with the columns timestamp,requests") from error
        if rest:
            yield [rest]

    def _first_undecodable(self) -> int:
        line = 1
        with self.path.open("rb") as file:
            while piece := file.readline(_BLOCK):
                try:
                    piece.decode("utf-8")
                except UnicodeDecodeError:
                    break
                line += piece.endswith(b"\n")
        return line

    def split(self, text: str, line: int) -> tuple[str, str]:
        """The two columns of a line that is not plain."""
        if len(text) <= _LONGEST_LINE and text.strip():
            cells = next(csv.reader([text]), [])
            if len(cells) == 2:
                return cells[0], cells[1]
        value = f'"{shorten(text)}"' if text.strip() else "an empty line"
        raise self.fault(line, value, "two columns: timestamp,requests")

    def time(self, text: str, line: int) -> datetime:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            if not text.strip():
                raise self.fault(line, "the time is missing", "a time such as 2026-11-25T14:05:00Z") from None
            raise self.fault(line, shown(text), "the time is ISO 8601, such as 2026-11-25T14:05:00Z") from None
        return found

    def read(self, progress: Callable[[str], None] | None) -> None:
        """Read every row once."""
        done = 0
        blank = False
        for block in self.blocks():
            lines = block
            if self.line == 0:
                if lines[0].strip().replace('"', "") != "timestamp,requests":
                    raise self.fault(1, shown(lines[0]), "the header is timestamp,requests")
                self.line, lines = 1, lines[1:]
            if blank and any(line.strip() for line in lines):
                raise self.fault(self.line, "an empty line", "two columns: timestamp,requests")
            blank = self._take(lines) or blank
            self.line += len(lines)
            if progress is not None and self.rows // 1_000_000 > done:
                done = self.rows // 1_000_000
                progress(f"{shorten(self.path.name)}: {done} million rows read")
        if self.rows:
            self._close()

    def _take(self, lines: list[str]) -> bool:
        """Add the rows of some lines; whether the file ends in empty lines here."""
        read, texts, last, zone = datetime.fromisoformat, list[str](), self.last, self.last.tzinfo
        usual, usual_rows, hour = self.usual, 0, self.start.hour
        coarse = usual >= _HOUR
        before = 0  # rows of these lines whose counts have been added
        blank = False
        for index, line in enumerate(lines):
            stamp, _, text = line.partition(",")
            try:
                time = read(stamp)
            except ValueError:
                if not line.strip() and not any(other.strip() for other in lines[index:]):
                    blank = True
                    break
                number = self.line + 1 + index
                self._add(texts, self.line + 1 + before)
                before, texts = index, []
                stamp, text = self.split(line, number)
                time = self.time(stamp, number)
            if time.tzinfo is not zone and time.tzinfo != zone and (self.rows or index):
                self._add(texts, self.line + 1 + before)
                raise self.fault(
                    self.line + 1 + index, shown(stamp), f"every time has the offset of the first, {self._offset}"
                )
            if not self.rows and not index:
                self.first = self.start = time
                last, zone, hour = time, time.tzinfo, time.hour
                texts.append(text)
                continue
            delta = time - last
            if delta == usual:
                usual_rows += 1
            else:
                if delta.days < 0 or not delta:
                    self._add(texts, self.line + 1 + before)
                    self._fail_order(stamp, delta, self.line + 1 + index)
                self.common = math.gcd(self.common, delta // _MICROSECOND)
                if self.odd is None and self.common != min(usual, delta) // _MICROSECOND:
                    self.odd = (self.line + 1 + index, delta, usual)
                if delta < usual:
                    usual, usual_rows, self.usual_rows = delta, 1, 0
                coarse = usual >= _HOUR
            if coarse or time.hour != hour or delta >= _HOUR:
                self._add(texts, self.line + 1 + before)
                self._close()
                before, texts, hour = index, [], time.hour
                self.start = time
            texts.append(text)
            last = time
        self._add(texts, self.line + 1 + before)
        self.usual, self.last = usual, last
        self.usual_rows += usual_rows
        return blank

    @property
    def _offset(self) -> str:
        zone = self.first.tzinfo
        return "none" if zone is None else str(zone).removeprefix("UTC") or "Z"

    def _fail_order(self, stamp: str, delta: timedelta, line: int) -> NoReturn:
        fix = "A daylight-saving repeat? Export the trace in UTC." if delta >= -_HOUR else "Sort the trace by time."
        allowed = "each time is later than the one before"
        raise self.fault(line, f"{shown(stamp)} {'is out of order' if delta else 'is repeated'}", allowed, fix)

    def _add(self, texts: list[str], line: int) -> None:
        """Add counts to the clock hour that is being read; `line` is that of the first."""
        if not texts:
            return
        if max(map(len, texts)) > _LONGEST_COUNT:
            index = next(index for index, text in enumerate(texts) if len(text) > _LONGEST_COUNT)
            words = f"the count {shown(texts[index])}"
            raise self.fault(line + index, words, f"a number of requests, of at most {_LONGEST_COUNT} characters")
        joined = "".join(texts)
        numbers: list[Any]
        if joined.isascii() and joined.isdigit() and "" not in texts:
            numbers, scale = list(map(int, texts)), 1
        else:
            numbers, scale = self._decimals(texts, line)
        rows, total, peak = self.hour
        self.rows += len(numbers)
        new_total, new_peak = sum(numbers), max(numbers)
        if scale != 1:
            new_total, new_peak = Fraction(new_total, scale), Fraction(new_peak, scale)
        self.hour = (rows + len(numbers), total + new_total, max(peak, new_peak))

    def _decimals(self, texts: list[str], line: int) -> tuple[list[Any], int]:
        parts = []
        for index, given in enumerate(texts):
            text = given.strip()
            if _COUNT.fullmatch(text) is None:
                text = self._count(text, line + index)
            whole, _, rest = text.partition(".")
            parts.append((whole, rest))
        places = max(len(rest) for _, rest in parts)
        return [int(whole + rest.ljust(places, "0")) for whole, rest in parts], 10**places

    def _count(self, text: str, line: int) -> str:
        cells = next(csv.reader([text]), [""]) or [""]
        if len(cells) != 1:
            raise self.fault(line, f"{len(cells) + 1} columns", "two columns: timestamp,requests")
        inside = cells[0].strip()
        if _COUNT.fullmatch(inside):
            return inside
        if not inside:
            raise self.fault(line, "the count is missing", "a number of requests, 0 or more")
        raise self.fault(line, f"the count {shown(inside)}", "a number of requests, 0 or more, in decimal digits")

    def _close(self) -> None:
        """Add the clock hour that was read to its hour of the week."""
        rows, total, peak = self.hour
        self.hour = (0, 0, 0)
        place = 24 * self.start.weekday() + self.start.hour
        self.seen[place] += rows
        self.requests[place] += total
        if rows > 1:
            self.peaks.add(rows, total, peak)


def _span(time: timedelta) -> str:
    """A time for people: 5 min, 1 h, 0.25 s."""
    for unit, word in ((_HOUR, "h"), (timedelta(minutes=1), "min")):
        if not time % unit:
            return f"{time // unit} {word}"
    return f"{decimal_text(Fraction(time // _MICROSECOND, 10**6))} s"


def _fifteen(value: Fraction) -> Fraction:
    """The value, rounded to 15 significant digits where no float stands for it."""
    value = Fraction(value)
    if value.denominator == 1 or exact(float(value)) == value:
        return value
    place = 14 - math.floor(math.log10(value))
    scale = Fraction(10) ** place
    rounded = Fraction(round(value * scale)) / scale
    return (
        rounded
        if rounded.denominator == 1 or exact(float(rounded)) == rounded
        else exact(float(f"{float(value):.14e}"))
    )


def _hour_name(place: int) -> str:
    return f"{_DAYS[place // 24]} {place % 24:02}:00"


def read_trace(path: Path, progress: Callable[[str], None] | None = None) -> Trace:
    """Read the week of a trace: counts of requests over time.

    The file is CSV with the header ``timestamp,requests``. A time is the start of its interval, in
    ISO 8601, and counts in the hour of the week in which it starts, in the offset it is written in.
    The interval is the smallest difference of two times. A larger one is a gap: it is counted and
    left out, never filled. The weight of an hour of the week is the requests seen in it over the
    time observed in it. The burst is the largest interval over its clock hour's mean, among the hours
    that are whole and have at least the mean of the trace; it is rounded up to two decimals.

    Parameters
    ----------
    path : Path - the file; it is streamed, so its size does not matter.
    progress : function - told every million rows, a line at a time.

    Raises: InputError, one line with file and line number, at the first thing that is wrong.

    Notes: intervals of more than an hour are spread evenly over their hours, which understates the peak.
    """
    reader = _Reader(path)
    reader.read(progress)
    if reader.line == 0:
        raise reader.fault(1, "the file is empty", "the header is timestamp,requests")
    if reader.rows < 2:
        rows = "one row" if reader.rows else "no rows"
        raise reader.fault(reader.rows + 1, rows, "a week of rows or more")
    usual, observed = reader.usual, reader.last - reader.first
    if reader.common != usual // _MICROSECOND:
        assert reader.odd is not None
        line, odd, before = reader.odd
        words = f"the time is {_span(odd)} after the one before, where others are {_span(before)} apart"
        fix = "Sum the trace over a regular interval."
        raise reader.fault(line, words, "all differences are whole multiples of the smallest", fix)
    if _HOUR % usual and (usual % _HOUR or _DAY % usual):
        fix = "Sum the trace over a minute, five minutes or an hour."
        allowed = "the interval divides an hour, or is a number of hours that divides a day"
        raise reader.fault(0, f"the interval is {_span(usual)}", allowed, fix)
    hourly = _weights(reader)
    gaps = reader.rows - 1 - reader.usual_rows
    missing = observed // usual + 1 - reader.rows
    burst, no_burst = _burst(reader)
    notes = []
    if usual > _HOUR:
        notes.append(f"The trace has a row every {_span(usual)}: the peak hour is understated.")
    if gaps:
        words = f"{gaps:,} gap{'s' if gaps > 1 else ''}, {missing:,} interval{'s' if missing > 1 else ''}"
        notes.append(f"The trace has {words} in all; they count as not observed.")
    first, last = reader.first.isoformat(), reader.last.isoformat()
    text = (
        f"{shorten(path.name, 80)}: {first} to {last}, every {_span(usual)}, "
        f"{reader.rows:,} rows, {gaps:,} gap{'' if gaps == 1 else 's'}"
    )
    interval_s = Fraction(usual // _MICROSECOND, 10**6)
    return Trace(
        hourly, burst, no_burst, interval_s, reader.rows, gaps, missing, first, last, shorten(text, 200), tuple(notes)
    )


def _weights(reader: _Reader) -> tuple[Fraction, ...]:
    usual = reader.usual
    hours = max(1, usual // _HOUR)  # that one row stands for
    part = Fraction(min(usual, _HOUR) // _MICROSECOND, _HOUR // _MICROSECOND)  # of each of these hours
    seen = [sum(reader.seen[place - back] for back in range(hours)) for place in range(HOURS_PER_WEEK)]
    requests = [sum(reader.requests[place - back] for back in range(hours)) for place in range(HOURS_PER_WEEK)]
    unseen = [place for place, rows in enumerate(seen) if not rows]
    span = reader.last - reader.first + usual
    if unseen or span < _WEEK:
        last = reader.last
        end = timedelta(last.weekday(), last.second, last.microsecond, 0, last.minute, last.hour) + usual
        place = unseen[0] if unseen else end // _HOUR % HOURS_PER_WEEK
        never = f"{_hour_name(place)} is never observed" if unseen else f"{_hour_name(place)} is not observed in full"
        words = f"{never}; the trace spans {_span(span)}"
        raise reader.fault(reader.line, words, "every hour of the week is observed", "Give a trace of a week or more.")
    if not any(requests):
        raise reader.fault(reader.line, "all counts are 0", "at least one count is above 0")
    found = []
    for place in range(HOURS_PER_WEEK):
        weight = Fraction(requests[place]) / hours / (seen[place] * part)
        weight = _fifteen(weight)
        if WEIGHT.high is not None and weight > WEIGHT.high:
            allowed = f"at most {decimal_text(WEIGHT.high)}"
            raise reader.fault(0, f"{_hour_name(place)} has {decimal_text(weight)} requests an hour", allowed)
        found.append(weight)
    return tuple(found)


def _burst(reader: _Reader) -> tuple[Fraction | None, str]:
    if reader.usual >= _HOUR:
        return None, f"a trace with a row every {_span(reader.usual)} does not show it"
    rows = _HOUR // reader.usual
    mean = Fraction(sum(map(Fraction, reader.requests))) / reader.rows * rows
    largest = reader.peaks.largest(rows, mean)
    if largest is None:
        return None, "no busy clock hour of the trace is observed in full"
    return max(Fraction(1), Fraction(math.ceil(largest * 100), 100)), ""


_BURST_SCHEMA = {"type": "number", "minimum": 1, "maximum": 1000, "description": BURST.meaning, "default": 1.5}
_WEIGHT_SCHEMA = {"type": "number", "minimum": 0, "maximum": 10**12, "description": WEIGHT.meaning}
TRAFFIC_SCHEMA = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"shape": {"enum": list(SHAPES), "description": "a named shape"}, "burst": _BURST_SCHEMA},
            "required": ["shape"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "hourly": {
                    "type": "array",
                    "minItems": HOURS_PER_WEEK,
                    "maxItems": HOURS_PER_WEEK,
                    "items": _WEIGHT_SCHEMA,
                    "description": "168 weights from Monday 00:00",
                },
                "burst": _BURST_SCHEMA,
                "from_trace": {"type": ["string", "null"], "maxLength": 200, "description": FROM_TRACE.meaning},
            },
            "required": ["hourly"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "trace": {"type": "string", "minLength": 1, "description": "a CSV file with timestamp,requests"},
                "burst": {**_BURST_SCHEMA, "description": f"{BURST.meaning}; measured where the trace shows it"},
            },
            "required": ["trace"],
            "additionalProperties": False,
        },
    ],
}
