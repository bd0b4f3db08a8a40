"""Traces: a CSV of timestamps and requests becomes the 168 hours of a week.

A trace is read once, from front to back, in pieces of a megabyte. All sums are whole numbers, so
the order of reading and the size of a piece change nothing.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.formatting import decimal_text, figure
from lambdaplan.units import (
    DAYS,
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    HOURS_PER_WEEK,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
)
from lambdaplan.workload.trace_forms import MILLIONTHS, Form, Refuse, Table, form_of
from lambdaplan.workload.traffic import DEFAULT_BURST, Traffic

Progress = Callable[[int, float], None]
"""Called now and then with the rows read and the share of the file that is read."""

SECOND = 1_000_000  # times are whole microseconds
HOUR, DAY = SECONDS_PER_HOUR * SECOND, SECONDS_PER_DAY * SECOND
MOST = 10**12  # requests in one row
BLOCK = 1 << 20
ROWS_AT_ONCE = 1 << 18
SAME_GAPS = 12  # as many equal gaps in a row are another interval, not gaps
COVERED = Fraction(99, 100)
SAFE = 2**62  # products below it fit in int64
HOURS_TO_MONDAY = 72  # 1970-01-01 was a Thursday

_TIME = r"([1-9]\d{3}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?"
_ROWS = re.compile(rf'^"?{_TIME}"?,"?(\d{{1,12}})"?$', re.MULTILINE | re.ASCII)
_STAMP = re.compile(_TIME, re.ASCII)
_COUNT = re.compile(r"\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class Trace:
    """What was read from a trace: the mean week, the burst, and what the file held.

    Parameters:
    source : str - name of the file, without its folder.
    hourly : tuple of Number - mean requests in each hour of the week, from Monday 00:00. [requests per hour]
    burst : Number or None - measured peak within an hour over that hour's mean; None where it can't be.
    interval_s : Number - time that one row counts. [s]
    rows : int - how many rows there are.
    gaps : int - how many times one or more rows are missing between two others.
    missing : int - how many rows are missing in these gaps.
    first, last : str - times of the first and the last row.
    offset : str - ``Z`` or an offset such as ``-05:00``, in which hours are counted; empty where times have none.
    requests : Number - the sum of all rows. [requests]
    busiest_rate : Number - the busiest row as a rate. [requests per hour]
    notes : tuple of str - what a reader should know, a line each.
    """

    source: str
    hourly: tuple[Fraction, ...]
    burst: Fraction | None
    interval_s: Fraction
    rows: int
    gaps: int
    missing: int
    first: str
    last: str
    offset: str
    requests: Fraction
    busiest_rate: Fraction
    notes: tuple[str, ...] = ()

    @property
    def per_hour(self) -> Fraction:
        """Its own level: the mean of the week. [requests per hour]"""
        return sum(self.hourly, Fraction(0)) / HOURS_PER_WEEK

    @property
    def text(self) -> str:
        """The trace in one line of at most 200 characters."""
        source, rows, gaps = shorten(self.source, 80), _many(self.rows, "row"), _many(self.gaps, "gap")
        return f"{source}, {self.first} to {self.last}, {_span(self.interval_s)}, {rows}, {gaps}"

    def traffic(self, burst: Fraction | None = None) -> Traffic:
        """The traffic of the mean week, with the burst given or else the one measured."""
        month = round(self.per_hour * HOURS_PER_MONTH)
        notes = (f"{self.source}: its own level is {month:,} requests in a month of 730 h.", *self.notes)
        if burst is None and self.burst is None:
            notes += (f"{self.source}: burst = {decimal_text(DEFAULT_BURST)} is assumed; the trace can't tell it.",)
        used = burst or self.burst or DEFAULT_BURST
        carried = max(self.hourly) * used
        if self.busiest_rate > carried:
            busiest, span = figure(self.busiest_rate), _span(self.interval_s)
            words = f"{self.source}: its busiest {span} ran at {busiest} requests an hour, above {figure(carried)},"
            notes += (f"{words} the busiest hour of its mean week times the burst.",)
        return Traffic(self.hourly, used, from_trace=self.text, notes=notes)

    def document(self) -> dict[str, Any]:
        """The traffic of the mean week as a scenario writes it."""
        return self.traffic().document()


def read_trace(
    path: str | Path, progress: Progress | None = None, *, where: str = "trace", zeros_omitted: bool | None = None
) -> Trace:
    """Read a trace of requests over time: CSV with a column of times and one of requests, in any form.

    Times are ISO 8601, with slashes, or epoch seconds; the newest may come first; further columns are passed over, and
    the one of counts is told from its name (requests, count, value, sum). Offsets that change are read as UTC. Files of
    CloudWatch (a graph's CSV, get-metric-data, get-metric-statistics) are read too.

    A row counts the requests from its time until one interval later. The interval is the smallest step between rows;
    each step is a whole multiple of it, and a longer one a gap, left out and not filled. The weight of an hour of the
    week is its requests over the time observed in it. A row that straddles hours is split in proportion to time.

    ``burst`` is the smallest number such that clock hours with 99 % of the requests have no row above
    ``burst`` times the hour's mean. Only hours observed throughout count. Rounded up to a hundredth.

    Parameters:
    path : path - the file.
    progress : Progress or None - called after each piece of the file with rows read and share read.
    where : str - the field that an error names.
    zeros_omitted : bool or None - whether a missing row had no requests; None: in files of CloudWatch alone.

    Returns: Trace.
    Raises: InputError when the file can't be read as a trace of a week or more; it names the line.
    Notes: counts may have decimals and are kept to a millionth of a request. Weights that are no whole
    numbers are rounded to nine digits. Memory does not grow with a file of ``timestamp,requests`` in order of time; the
    rows of other forms are held and sorted, some 200 bytes each.
    """
    path = Path(path)
    source = shorten(path.name, 80)

    def refuse(why: str, allowed: str) -> InputError:
        return InputError(Problem("syntax", where, f"{source}{why}", allowed))

    try:
        if path.is_dir():
            raise refuse(" is a folder", "give the path of a CSV file")
        if path.exists() and not path.is_file():
            raise refuse(" is no regular file", "give the path of a CSV file")
        with path.open("rb") as file:
            form = form_of(file.read(BLOCK))
        if form.is_plain and not zeros_omitted:
            try:
                return _read_plain(path, source, refuse, progress)
            except InputError as error:
                try:  # rows in another order, or offsets that change
                    return _read_form(path, source, refuse, form, zeros_omitted, progress)
                except InputError:
                    raise error from None
        return _read_form(path, source, refuse, form, zeros_omitted, progress)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = (getattr(error, "strerror", None) or "it can't be opened").lower()
        raise refuse(f": {reason}", "give the path of a CSV file with a column of times and one of requests") from None


def _read_plain(path: Path, source: str, refuse: Refuse, progress: Progress | None) -> Trace:
    """Read the columns ``timestamp,requests`` in order of time, in memory that does not grow."""
    with path.open("rb") as file:
        reader, size = _Reader(refuse), path.stat().st_size
        for rows in _pieces(file, refuse):
            reader.take(rows)
            if progress is not None:
                progress(reader.rows, min(1.0, file.tell() / size))
    return reader.trace(source)


def _read_form(
    path: Path, source: str, refuse: Refuse, form: Form, zeros_omitted: bool | None, progress: Progress | None
) -> Trace:
    """Read another form: its rows are held and sorted."""
    table = form.read(path, refuse, progress)
    omitted = form.is_cloudwatch if zeros_omitted is None else zeros_omitted
    return _trace_of(table, source, refuse, zeros_omitted=omitted)


def trace_of_counts(source: str, times: np.ndarray, requests: np.ndarray, *, zeros_omitted: bool = False) -> Trace:
    """The trace of counts that another file holds, in order of time.

    Parameters:
    times : array of int - microseconds since 1970 UTC. [us]
    requests : array of float - requests of each interval.

    Raises: InputError where they are no trace of a week or more.
    """

    def refuse(why: str, allowed: str) -> InputError:
        return InputError(Problem("syntax", "trace", f"{source}{why}", allowed))

    counts = np.array([round(float(one) * MILLIONTHS) for one in requests])
    table = Table(np.arange(1, len(times) + 1), times.astype(np.int64), counts, "Z", ())
    return _trace_of(table, source, refuse, zeros_omitted=zeros_omitted)


def _trace_of(table: Table, source: str, refuse: Refuse, *, zeros_omitted: bool) -> Trace:
    """The trace of sorted rows."""
    omitted = zeros_omitted
    reader = _Reader(refuse, zeros_omitted=omitted)
    steps = np.diff(table.times)
    if (twice := np.flatnonzero(steps == 0)).size:
        why = f", line {int(table.lines[twice[0] + 1])} has the time of another row"
        words = "each time stands once; where clocks were put back for daylight saving, export it in UTC"
        raise refuse(why, words if not table.offset else "each time stands once")
    if omitted and steps.size:
        reader.step = int(steps.min())
    for start in range(0, len(table.times), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        reader.take(_Rows(table.lines[part], table.times[part], table.counts[part], table.offset))
    trace = reader.trace(source)
    notes = (f"{source}: {words}" for words in table.notes)
    return dataclasses.replace(trace, notes=(*trace.notes, *notes))


class _Rows(NamedTuple):
    """Some rows of a trace: their lines in the file, times and counts, and the offset of the times."""

    lines: np.ndarray
    times: np.ndarray
    counts: np.ndarray
    offset: str | None


def _pieces(file: BinaryIO, refuse: Refuse) -> Iterator[_Rows]:
    """The rows of a file, a piece at a time."""
    columns = "the first line is timestamp,requests and each row has these two columns"
    line, left, offset = 1, b"", None
    while True:
        block = file.read(BLOCK)
        held = left + block
        cut = held.rfind(b"\n") + 1 if block else len(held)
        whole, left = held[:cut], held[cut:]
        if len(left) >= BLOCK:
            raise refuse(f", line {line + whole.count(10)} is longer than 1 MB", columns)
        try:
            text = whole.decode("utf-8-sig" if line == 1 else "utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            bad = line + whole[: error.start].count(10)
            raise refuse(f", line {bad} is not UTF-8 text", "save it as UTF-8") from None
        if line == 1 and text:
            header, _, text = text.partition("\n")
            if [name.strip('"') for name in header.strip().split(",")] != ["timestamp", "requests"]:
                raise refuse(f', line 1 is "{shorten(header.strip(), 60)}"', columns)
            line = 2
        if text.strip():
            rows = _quick(text, line) or _slow(text, line, refuse)
            offset = rows.offset if offset is None else offset
            if rows.offset != offset:
                _slow(text, line, refuse, offset)
            yield rows
        line += text.count("\n")
        if not block:
            break
    if line == 1:
        raise refuse(" is empty", columns)


def _quick(text: str, line: int) -> _Rows | None:
    """The rows of a text in which all lines are of the usual form, else None."""
    matches = _ROWS.findall(text)
    if len(matches) != text.count("\n") + (not text.endswith("\n")):
        return None
    stamps, offsets, counts = zip(*matches, strict=True)
    if len(set(offsets)) > 1:
        return None
    try:
        times = np.array(stamps, dtype="datetime64[us]").astype(np.int64)
    except ValueError:
        return None
    numbers = np.array(list(map(int, counts)), dtype=np.int64)
    if int(numbers.max()) * MILLIONTHS >= SAFE:  # beyond int64, so Python's whole numbers
        numbers = numbers.astype(object)
    return _Rows(np.arange(line, line + len(matches)), times, numbers * MILLIONTHS, _offset(offsets[0]))


def _offset(text: str) -> str:
    """An offset in one spelling; Z is an offset of zero."""
    if text in ("", "Z"):
        return text
    text = text if ":" in text else f"{text[:3]}:{text[3:]}"
    return "Z" if text[1:] == "00:00" else text


def _slow(text: str, line: int, refuse: Refuse, offset: str | None = None) -> _Rows:
    """The rows of a text one by one; the first that can't be read is refused."""
    lines: list[int] = []
    times: list[int] = []
    counts: list[int] = []
    for number, row in enumerate(text.split("\n"), line):
        if not row.strip():
            continue
        cells = [cell.strip().removeprefix('"').removesuffix('"').strip() for cell in row.split(",")]
        if len(cells) != 2:
            why = f", line {number} has {_many(len(cells), 'column')}"
            raise refuse(why, "each row has two columns, timestamp,requests")
        time, offset_text = _time(cells[0], number, refuse)
        offset = offset_text if offset is None else offset
        if offset_text != offset:
            what = f"has the offset {offset_text}" if offset_text else "has no offset"
            before = offset or "none"
            fix = "all times have one offset or none; where clocks change, export it in UTC"
            raise refuse(f", line {number} {what}, the rows before it have {before}", fix)
        lines.append(number)
        times.append(time)
        counts.append(_count(cells[1], number, refuse))
    numbers = np.array(counts, dtype=np.int64 if max(counts) < SAFE else object)
    return _Rows(np.array(lines), np.array(times, dtype=np.int64), numbers, offset)


def _time(text: str, line: int, refuse: Refuse) -> tuple[int, str]:
    """A time in microseconds as its clock shows it, and its offset."""
    match = _STAMP.fullmatch(text)
    try:
        if match:
            return int(np.datetime64(match[1], "us").astype(np.int64)), _offset(match[2] or "")
    except ValueError:
        pass
    raise refuse(f', line {line} has the time "{shorten(text, 40)}"', "write times as 2026-11-23T14:05Z")


def _count(text: str, line: int, refuse: Refuse) -> int:
    """A count in millionths of a request."""
    allowed = f"requests are numbers from 0 to {MOST:,}; where none came, write 0"
    if not text:
        raise refuse(f", line {line} has no count", allowed)
    if not _COUNT.fullmatch(text) or (value := Fraction(text)) > MOST:
        raise refuse(f', line {line} has the count "{shorten(text, 40)}"', allowed)
    return round(value * MILLIONTHS)


class _Reader:
    """Adds up the rows of a trace by clock hour and hour of the week, in memory that does not grow.

    Time within hours is counted in units: the largest of which the interval, an hour and the place of
    the first row within its hour are whole multiples. A sum is of counts times units.
    """

    def __init__(self, refuse: Refuse, *, zeros_omitted: bool = False) -> None:
        self.refuse, self.zeros_omitted = refuse, zeros_omitted
        self.next_hour: int | None = None  # the first clock hour that is not closed yet, where zeros are filled in
        self.rows = self.gaps = self.missing = 0
        self.total = self.most = 0
        self.offset = ""
        self.first = self.last = 0
        self.step = 0  # the interval, once two rows are known
        self.step_line = 0
        self.run, self.run_length = 0, 0  # the last step between rows, and how often it came in a row
        self.waiting: _Rows | None = None  # a row that came alone
        self.hour_units = self.step_units = self.unit = 0
        self.sums = np.zeros(HOURS_PER_WEEK, dtype=object)
        self.observed = np.zeros(HOURS_PER_WEEK, dtype=object)
        self.open: tuple[np.ndarray, ...] = ()  # clock hours that later rows may still add to
        self.bursts: dict[int, int] = {}  # hundredths of a burst: sum of the hours that have it

    def take(self, rows: _Rows) -> None:
        """Add some rows."""
        if self.waiting is not None:
            columns = zip(self.waiting[:3], rows[:3], strict=True)
            lines, times, counts = map(np.concatenate, columns)
            rows, self.waiting = _Rows(lines, times, counts, rows.offset), None
        if not self.rows:
            self.first, self.offset = int(rows.times[0]), rows.offset or ""
            if len(rows.times) == 1:
                self.waiting, self.last = rows, self.first
                return
        self._check_steps(rows)
        self.last = int(rows.times[-1])
        self.rows += len(rows.times)
        self.total += int(rows.counts.astype(object).sum())
        self.most = max(self.most, int(rows.counts.max()))
        self._add(rows)

    def _check_steps(self, rows: _Rows) -> None:
        """Steps are above zero and whole multiples of the interval; gaps are counted."""
        lines, times = rows.lines, rows.times
        steps = np.diff(times, prepend=self.last) if self.rows else np.diff(times)
        lines = lines[-len(steps) :]
        if (back := np.flatnonzero(steps <= 0)).size:
            raise self._out_of_order(int(lines[back[0]]), int(steps[back[0]]))
        if not self.step:
            self.step, self.step_line = int(steps.min()), int(lines[steps.argmin()])
        if not self.unit:
            self._set_units()
        if (odd := np.flatnonzero(steps % self.step)).size:
            line, step, usual = int(lines[odd[0]]), int(steps[odd[0]]), self.step
            if (steps == step).sum() > (steps == usual).sum():  # the smallest is the odd one
                line, step, usual = self.step_line, usual, step
            raise self.refuse(
                f", line {line} is {_span_us(step)} after the row before it, where others are {_span_us(usual)} apart",
                "steps are whole multiples of the smallest one",
            )
        ends = np.append(np.flatnonzero(np.diff(steps)), len(steps) - 1)
        lengths = np.diff(ends, prepend=-1)
        if int(steps[0]) == self.run:
            lengths[0] += self.run_length
        same = np.flatnonzero((lengths >= SAME_GAPS) & (steps[ends] > self.step))
        if same.size and not self.zeros_omitted:
            end = int(ends[same[0]])
            raise self.refuse(
                f", line {int(lines[end])} ends {int(lengths[same[0]])} steps of {_span_us(int(steps[end]))}, but line"
                f" {self.step_line} is {_span_us(self.step)} after the row before it",
                "a file has one interval; cut it in two or add its rows up to the longer one",
            )
        self.run, self.run_length = int(steps[-1]), int(lengths[-1])
        self.gaps += int((steps > self.step).sum())
        self.missing += int((steps // self.step - 1).sum())

    def _out_of_order(self, line: int, step: int) -> InputError:
        if step < -HOUR or (step and self.offset):
            why = f", line {line} is {_span_us(-step)} earlier than the row before it"
            return self.refuse(why, "rows stand in order of time, the oldest first")
        why = "has the time of the row before it" if not step else f"goes back {_span_us(-step)}"
        if self.offset:
            return self.refuse(f", line {line} {why}", "each time stands once")
        words = "each time stands once; where clocks were put back for daylight saving, export it in UTC"
        return self.refuse(f", line {line} {why}", words)

    def _set_units(self) -> None:
        step = self.step
        if step > HOUR and (step % HOUR or DAY % step):
            allowed = "intervals are an hour or less, or whole hours that divide a day"
            raise self.refuse(f" has an interval of {_span_us(step)}", allowed)
        self.unit = math.gcd(step, HOUR, self.first % HOUR)
        self.hour_units, self.step_units = HOUR // self.unit, step // self.unit

    def _add(self, rows: _Rows) -> None:
        """Spread rows over clock hours and close the hours that no later row can reach."""
        hours = rows.times // HOUR
        counts = rows.counts
        if self.most * self.hour_units * max(100, int(hours[-1] - hours[0]) + 30, self.step_units) >= SAFE:
            counts = counts.astype(object)
        into = (rows.times - hours * HOUR) // self.unit
        left = np.full(len(hours), self.step_units)
        room = self.hour_units - into
        parts: list[tuple[np.ndarray, ...]] = [self.open] if self.open else []
        place = 0
        while len(left):
            units = np.minimum(left, room)
            parts.append((hours + place, counts * units, units, counts))
            more = left > units
            hours, counts, left = hours[more], counts[more], (left - units)[more]
            room, place = np.full(len(left), self.hour_units), place + 1
        keys, sums, units, peaks = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
        keys, units = keys[starts], np.add.reduceat(units[order], starts)
        sums, peaks = np.add.reduceat(sums[order], starts), np.maximum.reduceat(peaks[order], starts)
        closed = keys < rows.times[-1] // HOUR
        self._close(keys[closed], sums[closed], units[closed], peaks[closed])
        self.open = (keys[~closed], sums[~closed], units[~closed], peaks[~closed])

    def _close(self, keys: np.ndarray, sums: np.ndarray, units: np.ndarray, peaks: np.ndarray) -> None:
        """Add finished clock hours to the week, and their bursts."""
        if self.zeros_omitted:
            keys, sums, units, peaks = self._with_zeros(keys, sums, peaks)
        hour_of_week = (keys + HOURS_TO_MONDAY) % HOURS_PER_WEEK
        np.add.at(self.sums, hour_of_week, sums.astype(object))
        np.add.at(self.observed, hour_of_week, units.astype(object))
        full = (units == self.hour_units) & (sums > 0)
        if self.step >= HOUR or not full.any():
            return
        hundredths = -(-100 * peaks[full] * self.hour_units // sums[full])
        values, place = np.unique(hundredths, return_inverse=True)
        weight = np.zeros(len(values), dtype=object)
        np.add.at(weight, place, sums[full].astype(object))
        for burst, more in zip(values, weight, strict=True):
            self.bursts[int(burst)] = self.bursts.get(int(burst), 0) + int(more)

    def _with_zeros(self, keys: np.ndarray, sums: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray, ...]:
        """Clock hours with those between them in which no row stands, all observed from the first row to the last."""
        if not keys.size:
            return keys, sums, np.zeros(0, dtype=np.int64), peaks
        first = self.first // HOUR if self.next_hour is None else self.next_hour
        every = np.arange(first, int(keys[-1]) + 1)
        self.next_hour = int(keys[-1]) + 1
        filled = [np.zeros(len(every), dtype=column.dtype) for column in (sums, peaks)]
        for column, own in zip(filled, (sums, peaks), strict=True):
            column[keys - first] = own
        begins = np.maximum(every * HOUR, self.first)
        units = (np.minimum((every + 1) * HOUR, self.last + self.step) - begins) // self.unit
        return every, filled[0], np.minimum(units, self.hour_units), filled[1]

    def trace(self, source: str) -> Trace:
        """What was read, once the file is at its end."""
        allowed = "a trace holds a week or more"
        if not self.rows:
            raise self.refuse(" has one row alone" if self.waiting else " has no rows", allowed)
        self._close(*self.open)
        self._check_week(allowed)
        if not self.total:
            raise self.refuse(" has no requests, all counts are 0", "at least one count is above 0")
        per_hour = Fraction(HOUR, self.step * MILLIONTHS)
        sums = zip(self.sums, self.observed, strict=True)
        hourly = tuple(_nine_digits(Fraction(total, units) * per_hour) for total, units in sums)
        if max(hourly) > MOST:
            raise self.refuse(f" has more than {MOST:,} requests an hour", "give them in thousands")
        burst = self._burst()
        if burst is not None and burst > 1000:
            words = "use longer intervals, such as 1 min"
            raise self.refuse(f" has a burst of {decimal_text(burst)} times an hour's mean, more than 1000", words)
        return Trace(
            source,
            hourly,
            burst,
            Fraction(self.step, SECOND),
            self.rows,
            self.gaps,
            self.missing,
            _stamp(self.first, self.offset),
            _stamp(self.last, self.offset),
            self.offset,
            Fraction(self.total, MILLIONTHS),
            self.most * per_hour,
            tuple(self._notes(source, burst)),
        )

    def _check_week(self, allowed: str) -> None:
        """Every hour of the week is observed, and the rows span a week."""
        span = self.last + self.step - self.first
        never = np.flatnonzero(self.observed == 0)
        if span >= DAYS_PER_WEEK * DAY and not never.size:
            return
        held = _span_us(span)
        if never.size:
            hour = f"{DAYS[never[0] // HOURS_PER_DAY]} {never[0] % HOURS_PER_DAY:02}:00"
            words = f"{never.size} of the 168 hours of the week are never seen, the first is {hour}"
        else:
            words = f"it is {_span_us(DAYS_PER_WEEK * DAY - span)} short of a week"
        raise self.refuse(f" spans {held} and {words}", f"{allowed}, with each hour of the week at least once")

    def _burst(self) -> Fraction | None:
        """The burst that covers the hours with 99 % of the requests. [to a hundredth, up]"""
        needed, reached = COVERED * sum(self.bursts.values()), 0
        for burst in sorted(self.bursts):
            reached += self.bursts[burst]
            if reached >= needed:
                return Fraction(burst, 100)
        return None

    def _notes(self, source: str, burst: Fraction | None) -> Iterator[str]:
        interval = _span_us(self.step)
        if self.gaps and self.zeros_omitted:
            rows = _many(self.missing, "row")
            yield f"{source}: {rows} of {interval} do not stand there and count as no requests (zeros_omitted)."
        elif self.gaps:
            share = decimal_text(Fraction(100 * self.missing, self.rows + self.missing), 2)
            share = f"{share} %" if share != "0" else "under 0.01 %"
            yield (
                f"{source}: {_many(self.gaps, 'gap')}, {_many(self.missing, 'row')} of {interval} missing ({share});"
                " left out, not counted as idle. Where no requests came, write rows with 0 or give zeros_omitted."
            )
        if self.step > HOUR:
            yield f"{source}: rows of {interval} are spread evenly over their hours; the busiest hour is understated."
        elif burst is not None and self.step > 300 * SECOND:
            yield f"{source}: burst = {decimal_text(burst)} is that of {interval}; shorter peaks are not in it."


def _nine_digits(value: Fraction) -> Fraction:
    """A whole number as it is, any other rounded to nine digits."""
    return value if value.denominator == 1 else Fraction(f"{float(value):.9g}")


def _stamp(time: int, offset: str) -> str:
    """A time as ISO 8601 with no more digits than it needs."""
    stamp = np.datetime_as_string(np.datetime64(time, "us"))
    return f"{stamp.removesuffix('.000000').removesuffix(':00')}{offset}"


def _span_us(span: int) -> str:
    return _span(Fraction(span, SECOND))


def _span(seconds: Fraction) -> str:
    """A time span for people: ``5 min``, ``6 h``, ``3 days 4 h``."""
    parts, left = [], seconds
    for size, word in ((86400, "day"), (3600, "h"), (60, "min")):
        whole, left = divmod(left, size)
        if whole:
            parts.append(_many(int(whole), word) if word == "day" else f"{int(whole)} {word}")
    if left or not parts:
        parts.append(f"{decimal_text(left)} s")
    return " ".join(parts)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
