"""Forms in which people have traces: any columns, separators and times, and files of CloudWatch."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lambdaplan.errors import InputError, shorten

Refuse = Callable[[str, str], InputError]
Progress = Callable[[int, float], None]

MILLIONTHS = 10**6  # counts are whole millionths of a request
MOST_ROWS = 20_000_000  # that are held and sorted
MOST_REQUESTS = 10**12  # in one row
LONGEST_LINE = 1 << 20
LONGEST_JSON = 1 << 27
NAMES = (
    "requests",
    "request_count",
    "requestcount",
    "invocations",
    "count",
    "sum",
    "value",
    "hits",
    "calls",
    "total",
    "n",
)
"""Names of the column of counts, the likelier first."""
_TIME_NAMES = ("timestamp", "time", "date", "datetime", "period", "hour", "bin", "start", "@timestamp", "t")
_STAMP = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?"
    r" ?(Z|UTC|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}|\d{16}", re.ASCII)
_COUNT = re.compile(r"\d{1,30}(?:\.\d{0,30})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ALLOWED = "a CSV with a column of times and one of requests"


class Table(NamedTuple):
    """The rows of a trace in order of time: their lines, times in microseconds, counts in millionths, the offset."""

    lines: np.ndarray
    times: np.ndarray
    counts: np.ndarray
    offset: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """A form of trace.

    Parameters:
    is_plain : whether its first line is ``timestamp,requests``.
    is_json : whether it is what CloudWatch's commands print.
    is_cloudwatch : whether CloudWatch wrote it, which leaves zeros out.
    first : lines before the first row; header : the names of its columns, empty where it has none.
    """

    is_plain: bool = False
    is_json: bool = False
    is_cloudwatch: bool = False
    separator: str = ","
    first: int = 1
    header: tuple[str, ...] = ()

    def read(self, path: Path, refuse: Refuse, progress: Progress | None = None) -> Table:
        """Read the rows and sort them by time.

        Raises: InputError with the line of what can't be read.
        """
        if self.is_json:
            pairs = _json_pairs(path, refuse)
            return _table(np.arange(1, len(pairs) + 1), *zip(*pairs, strict=True), refuse=refuse)
        lines: list[int] = []
        times: list[str] = []
        counts: list[str] = []
        size = max(1, path.stat().st_size)
        place: tuple[int, int] | None = None
        with path.open("rb") as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            try:
                for line, cells in self._rows(_short_lines(text, refuse)):
                    if place is None:
                        place = self._columns(cells, line, refuse)
                    if len(cells) <= max(place) or (self.header and len(cells) > len(self.header)):
                        raise refuse(f", line {line} has {len(cells)} columns", "each row has the columns of the first")
                    if self.is_cloudwatch and not cells[place[1]]:
                        continue
                    lines.append(line)
                    times.append(cells[place[0]])
                    counts.append(cells[place[1]])
                    if len(lines) > MOST_ROWS:
                        words = "its columns are timestamp,requests in order of time; then any number is read"
                        raise refuse(f" has more than {MOST_ROWS:,} rows to sort", words)
                    if progress is not None and not len(lines) % 100_000:
                        progress(len(lines), min(1.0, file.tell() / size))
            except UnicodeDecodeError:
                raise refuse(" is not UTF-8 text", "save it as UTF-8") from None
            except csv.Error as error:
                raise refuse(f": a row can't be read ({error})", _ALLOWED) from None
        if not lines:
            raise refuse(" has no rows", "a trace holds a week or more")
        return _table(np.array(lines), times, counts, refuse=refuse)

    def _rows(self, text: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(text, delimiter=self.separator)
        for cells in reader:
            if reader.line_num > self.first and any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]

    def _columns(self, cells: Sequence[str], line: int, refuse: Refuse) -> tuple[int, int]:
        """The places of times and of counts, told from the names and the first row."""
        names = [name.lower().strip("@ ") for name in self.header]
        stamped = [place for place, cell in enumerate(cells) if _is_time(cell)]
        named = [place for place in stamped if place < len(names) and names[place] in _TIME_NAMES]
        numbers = [place for place, cell in enumerate(cells) if _COUNT.fullmatch(cell)]
        dates = [place for place in stamped if not _COUNT.fullmatch(cells[place])]
        if not stamped:
            shown = shorten(self.separator.join(cells), 60)
            raise refuse(f', line {line} is "{shown}", without a time', "times as 2026-11-23T14:05Z or epoch seconds")
        time = (named or dates or stamped)[0]
        numbers = [place for place in numbers if place != time]
        for name in NAMES:
            own = [place for place in numbers if place < len(names) and name == names[place]]
            if own:
                return time, own[0]
        wordy = [place for place in numbers if place < len(names) and re.search(r"request|invocation", names[place])]
        numbers = wordy if len(wordy) == 1 else numbers
        if len(numbers) != 1:
            shown = shorten(", ".join(self.header), 60)
            why = f" has {len(numbers)} columns of numbers" + (f" ({shown})" if shown else "")
            raise refuse(why, "one column of requests, or one that is named requests")
        return time, numbers[0]


def _short_lines(text: io.TextIOWrapper, refuse: Refuse) -> Iterator[str]:
    """The lines of a text, none of which may be longer than a megabyte."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise refuse(f", line {number} is longer than 1 MB", _ALLOWED)
        yield line


def form_of(head: bytes) -> Form:
    """The form of a trace, told from its first bytes."""
    text = head.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return Form(is_json=True, is_cloudwatch=True)
    lines = text.splitlines()
    first = lines[0].strip() if lines else ""
    if not head or [name.strip('"') for name in first.split(",")] == ["timestamp", "requests"]:
        return Form(is_plain=True, header=("timestamp", "requests"))
    separator = max(",;\t|", key=re.sub(r'"[^"]*"', "", first).count)
    if re.match(r'"?(Full label|Label|Id|StatusCode|Messages)"?[,;\t]', first):
        return _console(lines, separator)
    cells = [cell.strip().strip('"').strip() for cell in first.split(separator)]
    if any(_is_time(cell) for cell in cells):
        return Form(separator=separator, first=0)
    return Form(separator=separator, header=tuple(cells))


def _console(lines: Sequence[str], separator: str) -> Form:
    """The CSV of a graph of CloudWatch's console: header rows, of which Label names the columns."""
    names: tuple[str, ...] = ()
    for place, line in enumerate(lines):
        cells = next(csv.reader([line], delimiter=separator), [])
        if cells and _is_time(cells[0].strip()):
            return Form(is_cloudwatch=True, separator=separator, first=place, header=names)
        if cells and cells[0].strip() in ("Label", "Full label") and (not names or cells[0].strip() == "Label"):
            names = ("timestamp", *(_metric(cell) for cell in cells[1:]))
    return Form(is_cloudwatch=True, separator=separator, first=len(lines), header=names)


def _metric(label: str) -> str:
    """The name of a metric in a label."""
    return next((name for name in ("Invocations", "RequestCount", "Count") if name in label.split()), label.strip())


def _is_time(cell: str) -> bool:
    return bool(_STAMP.fullmatch(cell) or _EPOCH.fullmatch(cell))


def _table(lines: np.ndarray, times: Sequence[str], counts: Sequence[str], *, refuse: Refuse) -> Table:
    """The rows with times and counts as numbers, sorted; offsets that change are taken out."""
    stamps, offsets = _stamps(times, lines, refuse)
    numbers = np.array([_count(text, int(line), refuse) for text, line in zip(counts, lines, strict=True)])
    several = sorted(set(offsets))
    if len(several) > 1:
        if "" in several:
            place = next(index for index, offset in enumerate(offsets) if offset != offsets[0])
            words = "all times have an offset, or none"
            raise refuse(f", line {int(lines[place])} has another offset than the rows before it", words)
        shift = {offset: _offset_us(offset) for offset in several}
        stamps = stamps - np.array([shift[offset] for offset in offsets], dtype=np.int64)
    offset = several[0] if len(several) == 1 else "Z"
    notes = []
    if len(several) > 1:
        notes.append(f"offsets change ({', '.join(several[:4])}): hours of the week are those of UTC.")
    order = np.argsort(stamps, kind="stable")
    return Table(lines[order], stamps[order], numbers[order], offset, tuple(notes))


def _stamps(times: Sequence[str], lines: np.ndarray, refuse: Refuse) -> tuple[np.ndarray, list[str]]:
    """Times in microseconds as their clocks show them, and their offsets."""
    stamps = np.empty(len(times), dtype=np.int64)
    offsets: list[str] = []
    for place, text in enumerate(times):
        match = _STAMP.fullmatch(text)
        try:
            if match:
                year, month, day, hour, minute, second, offset = match.groups()
                clock = f"{hour or '00':0>2}:{minute or '00'}:{second or '00'}"
                stamps[place] = np.datetime64(f"{year}-{month:0>2}-{day:0>2}T{clock}", "us").astype(np.int64)
                offsets.append(_one_spelling(offset or ""))
                continue
        except ValueError:
            pass
        if not _EPOCH.fullmatch(text):
            line = int(lines[place])
            words = "write times as 2026-11-23T14:05Z, or as epoch seconds"
            raise refuse(f', line {line} has the time "{shorten(text, 40)}"', words)
        whole = text.partition(".")[0]
        scale = {13: 1000, 16: 1}.get(len(whole), MILLIONTHS)
        stamps[place] = round(float(text) * scale) if "." in text else int(text) * scale
        offsets.append("Z")
    return stamps, offsets


def _one_spelling(offset: str) -> str:
    if offset.upper() in ("", "Z", "UTC"):
        return "Z" if offset else ""
    offset = offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
    return "Z" if offset[1:] == "00:00" else offset


def _offset_us(offset: str) -> int:
    if offset == "Z":
        return 0
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return (-minutes if offset[0] == "-" else minutes) * 60 * MILLIONTHS


def _count(text: str, line: int, refuse: Refuse) -> int:
    """A count in millionths of a request."""
    allowed = f"requests are numbers from 0 to {MOST_REQUESTS:,}; where none came, write 0"
    if not text:
        raise refuse(f", line {line} has no count", allowed)
    if not _COUNT.fullmatch(text) or float(text) > MOST_REQUESTS:
        raise refuse(f', line {line} has the count "{shorten(text, 40)}"', allowed)
    return int(text) * MILLIONTHS if text.isdigit() else round(float(text) * MILLIONTHS)


# ---- what CloudWatch's commands print


def _json_pairs(path: Path, refuse: Refuse) -> list[tuple[str, str]]:
    """Times and counts of the one series of requests."""
    allowed = "give what get-metric-data or get-metric-statistics prints, with the Sum of requests, or a CSV"
    if path.stat().st_size > LONGEST_JSON:
        raise refuse(" is longer than 128 MB", "fewer hours, or a CSV")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise refuse(" is broken JSON", allowed) from None
    pairs: list[tuple[Any, Any]] = []
    if isinstance(document, dict) and isinstance(document.get("Datapoints"), list):
        points = [one for one in document["Datapoints"] if isinstance(one, dict)]
        pairs = [(one.get("Timestamp"), one.get("Sum", one.get("SampleCount"))) for one in points]
    elif isinstance(document, dict) and isinstance(document.get("MetricDataResults"), list):
        series = [one for one in document["MetricDataResults"] if isinstance(one, dict) and one.get("Values")]
        named = [
            one for one in series if re.search(_REQUESTS, f"{one.get('Label', '')} {one.get('Id', '')}", re.IGNORECASE)
        ]
        series = named if len(named) == 1 else series
        if len(series) != 1:
            raise refuse(f" has {len(series)} series", "one series of requests: Invocations, RequestCount or Count")
        pairs = list(zip(series[0].get("Timestamps", ()), series[0]["Values"], strict=False))
    if not pairs or any(value is None for _, value in pairs):
        raise refuse(" has no points with the Sum of requests", allowed)
    return [(str(time), str(value)) for time, value in pairs]


_REQUESTS = r"\b(Invocations|RequestCount|Count|requests)\b"
