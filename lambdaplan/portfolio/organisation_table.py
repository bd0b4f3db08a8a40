"""The table of an organisation: a row a service, read into columns of numbers and of words."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from lambdaplan.analysis.account import Service, misfits
from lambdaplan.analysis.services_table import (
    SHARED,
    Failure,
    TableColumn,
    cell_value,
    csv_rows,
    is_column,
    row_scenario,
    table_columns,
)
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import exact
from lambdaplan.scenario.reading import month_of
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule
from lambdaplan.schema.parsing import parse_document, unreadable
from lambdaplan.schema.reading import read_number

ACCOUNT, PAYER, TEAM, LABEL, CURRENCY = "account", "payer", "team", "label", "currency"
NAME, REGION = "name", "region"
HOURS = "migration_hours"
TAGS = (ACCOUNT, PAYER, TEAM, LABEL, CURRENCY)
"""Columns of a table that say whose a service is, and change nothing in its scenario."""
OWN_COLUMNS = (*TAGS, HOURS)

BLOCK = 65_536  # rows read at once
MOST_ROWS = 50_000_000
_PLAIN = re.compile(r"(?:(?:0|[1-9][0-9]{0,14}|(?:0|[1-9][0-9]{0,8})\.[0-9]{1,6}),)*")
_FROM_LISTS = ("vcpu", "memory_gb", "max_cold_fraction")  # numbers that are no axis
_OF_SERVICES = ("workload.", "options.", "other_costs.")
_SIZES = ("options.", "workload.measured_memory_mb")
MOST_SIZES = 256  # different sizes of a column up to which each has a group of its own
HOURS_RULE = Rule("people's hours to move it, once", "number", unit="h", high=Fraction(10**7))
_OF_HOURS = -1  # the place of that column, which is none of the scenario
_EMPTY = 0  # the code of an empty cell; a number of a column of numbers is _NUMBER
_NUMBER = -1


@dataclass
class Words:
    """A column of words: for each row the place of its word among those of the column."""

    codes: np.ndarray
    words: list[str]

    def of(self, row: int) -> str:
        """The word of a row."""
        code = int(self.codes[row])
        return self.words[code] if code >= 0 else ""


@dataclass
class Table:
    """Services of an organisation in columns.

    Parameters:
    base : plain values - the scenario's document that the rows change; `whole` is it as a scenario.
    columns : list - what changes in the scenario, column by column.
    lines : array - for each row its line in the table (the row itself, from 1, of Parquet).
    numbers : mapping - of each column that holds numbers its values, by the column's place; NaN where a cell is empty
        or holds a word.
    words : mapping - of each column its words, by the column's place; of a column of numbers those of other cells.
    tags : mapping - whose a service is, by name.
    names : list of str - what each service is called; empty where it has no name.
    hours : array or None - people's hours to move each service, once; NaN where a cell is empty, None without the
        column. [h]
    failures : list of Failure - rows that could not be read.
    """

    base: Any
    whole: Scenario
    columns: list[TableColumn]
    lines: np.ndarray
    numbers: dict[int, np.ndarray]
    words: dict[int, Words]
    tags: dict[str, Words]
    names: list[str]
    hours: np.ndarray | None = None
    failures: list[Failure] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def cells(self, row: int) -> list[str]:
        """The cells of a row that change its scenario, as text."""
        cells = []
        for place, column in enumerate(self.columns):
            if column.name == NAME:
                cells.append(self.names[row])
            elif place in self.numbers and self.words[place].codes[row] == _NUMBER:
                cells.append(decimal_text(exact(float(self.numbers[place][row])), 20))
            else:
                cells.append(self.words[place].of(row))
        return cells

    def scenario(self, row: int) -> Scenario:
        """The scenario of a row, exactly as `batch` reads it.

        Raises: InputError with every problem of the row.
        """
        return row_scenario(int(self.lines[row]), self.cells(row), self.columns, self.base, self.whole)

    def name(self, row: int) -> str:
        """What a service is called."""
        return self.names[row] or f"{self.whole.name}, line {int(self.lines[row])}"

    @property
    def payers(self) -> np.ndarray:
        """For each row the number of the account that pays for it."""
        return self._numbers_of(PAYER)

    @property
    def accounts(self) -> np.ndarray:
        """For each row the number of its account."""
        return self._numbers_of(ACCOUNT)

    def _numbers_of(self, name: str) -> np.ndarray:
        return self.tags[name].codes if name in self.tags else np.zeros(len(self), dtype=np.int64)

    def part(self, rows: np.ndarray) -> Table:
        """Rows of the table as a table of their own, without whose they are."""
        words = {}
        for place, column in self.words.items():
            kept, codes = np.unique(column.codes[rows], return_inverse=True)
            own = [column.words[code] for code in kept.tolist() if code >= 0]
            words[place] = Words(codes - int((kept < 0).sum()), own)
        numbers = {place: values[rows] for place, values in self.numbers.items()}
        names = [self.names[row] for row in rows.tolist()]
        return Table(self.base, self.whole, self.columns, self.lines[rows], numbers, words, {}, names)

    def keys(self) -> np.ndarray:
        """For each row the number of its group: rows of one differ only in numbers that can be billed in columns."""
        keys = np.zeros(len(self), dtype=np.int64)
        for place, column in enumerate(self.columns):
            if column.name != NAME:
                words = self.words[place]
                keys = keys * (len(words.words) + 1) + (words.codes + 1)
                keys = np.unique(keys, return_inverse=True)[1]
            if place in self.numbers and any(path.startswith(_SIZES) for path in column.paths):
                sizes, codes = np.unique(self.numbers[place], return_inverse=True)
                if len(sizes) <= MOST_SIZES:
                    keys = np.unique(keys * len(sizes) + codes, return_inverse=True)[1]
        return keys


def read_organisation(path: str | Path, base: Any, *, by: Sequence[str] = ()) -> Table:
    """Read a table of services over a base scenario's document.

    Columns are those of `batch`, and `account`, `payer`, `team`, `label`, `currency`, `migration_hours`; and any that
    `by` names.

    Parameters:
    path : path of a CSV file in UTF-8 or of a Parquet file; ``-`` is CSV on standard input.
    base : plain values - a scenario's document.
    by : names of further columns that group services.

    Raises: InputError when the base or the table can't be read, a column is not known, currencies differ, accounts
        are missing, a service stands twice, or no row can be read.
    """
    whole = Scenario.from_dict(base)
    problems = misfits([], Service(0, whole))
    if problems:
        raise InputError(problems)
    rows = _parquet_rows(path) if str(path).lower().endswith(".parquet") else _csv_rows(path)
    line, header = next(rows, (1, []))
    reader = _Reader(header, line, whole, base, by)
    while block := list(itertools.islice(rows, BLOCK)):
        with month_of(base):  # an amount a day is one a month by the hours of the account
            reader.take(block)
        if reader.count > MOST_ROWS:
            raise unreadable(str(path), f"it has more than {MOST_ROWS:,} rows", "part it, and bill the parts")
    table = reader.table()
    if not len(table):
        if not table.failures:
            raise unreadable(str(path), "it has a header and no row", "every row below the header is a service")
        shown = [dataclasses.replace(f.problem, field=f"line {f.line}: {f.problem.field}") for f in table.failures]
        raise InputError(shown)
    _check_tags(table)
    return table


# rows


def _csv_rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file that hold anything, with the line that each begins on."""
    what = "a table is CSV in UTF-8 or Parquet, with a header of column names"
    try:
        with _opened(path) as file:
            yield from csv_rows(file, str(path), what)
    except OSError as error:
        raise unreadable(str(path), (error.strerror or "it can't be read").lower(), what) from None


def _opened(path: str | Path) -> IO[str]:
    if str(path) == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    return Path(path).open(encoding="utf-8-sig", newline="")


def _parquet_rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a Parquet file as text, numbered from 1; its header first."""
    import duckdb

    what = "a table is CSV in UTF-8 or Parquet, with a column a field"
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise unreadable(str(path), (error.strerror or "it can't be read").lower(), what) from None
    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(":memory:", config=settings) as connection:
        own = str(path).replace("'", "''")
        try:
            relation = connection.execute(f"select columns(*)::varchar from read_parquet('{own}')")  # noqa: S608
            yield 0, [str(column[0]).strip() for column in relation.description]
            row = 0
            while block := relation.fetchmany(BLOCK):
                for values in block:
                    row += 1
                    cells = ["" if value is None else str(value).strip() for value in values]
                    if any(cells):
                        yield row, cells
        except duckdb.Error as error:
            words = re.sub(r"^[\w ]*Error: ", "", str(error).split("\n")[0])
            raise unreadable(str(path), shorten(words, 120), what) from None


# columns


class _Reader:
    """Rows of text that become columns, a block at a time."""

    def __init__(self, header: Sequence[str], line: int, whole: Scenario, base: Any, by: Sequence[str]) -> None:
        tags = (*TAGS, *(name for name in by if name not in (REGION, NAME, HOURS)))
        self.tag_places = {name: header.index(name) for name in tags if name in header}
        self.hours_place = header.index(HOURS) if HOURS in header else None
        for name in (*self.tag_places, *([HOURS] if HOURS in header else [])):
            if header.count(name) > 1:
                raise InputError(Problem("conflict", f"line {line}", name, "two columns have this name", "Keep one."))
        lacking = [name for name in by if name in (NAME, HOURS) or name not in (*header, REGION)]
        if lacking:
            known = [name for name in header if name not in ("", NAME, HOURS)]
            raise InputError(
                [
                    Problem("choice", "--by", f'"{n}"', f"the columns {', '.join(known)}", nearest(n, known))
                    for n in lacking
                ]
            )
        own = (HOURS, *(name for name in self.tag_places if name in TAGS or not is_column(name, whole)))
        others = [place for place, name in enumerate(header) if name not in own]
        self.places = others
        self.columns = _columns([header[place] for place in others], whole, line)
        self.width, self.whole, self.base = len(header), whole, base
        self.is_number = [_is_number(column) for column in self.columns]
        self.seen: list[dict[str, int]] = [{"": _EMPTY} for _ in self.columns]
        self.seen_tags: dict[str, dict[str, int]] = {name: {"": _EMPTY} for name in self.tag_places}
        self.known: dict[tuple[int, str], Fraction | list[Problem] | None] = {}
        self.parts: list[dict[Any, Any]] = []
        self.names: list[str] = []
        self.failures: list[Failure] = []
        self.count = 0

    def take(self, block: list[tuple[int, list[str]]]) -> None:
        """Add rows."""
        kept = [one for one in block if len(one[1]) == self.width]
        for line, cells in block:
            if len(cells) != self.width:
                words, fix = f"{self.width} cells, as the header has columns", "A cell with a comma is quoted."
                self.failures.append(Failure(line, Problem("type", "the row", f"{len(cells)} cells", words, fix)))
        if not kept:
            return
        lines = np.array([line for line, _ in kept], dtype=np.int64)
        texts = list(zip(*(cells for _, cells in kept), strict=True))
        bad = np.zeros(len(kept), dtype=bool)
        part: dict[Any, Any] = {}
        for place, (column, at) in enumerate(zip(self.columns, self.places, strict=True)):
            if column.name == NAME:
                continue
            if self.is_number[place]:
                part[place] = self._numbers(place, column, texts[at], lines, bad)
            else:
                part[place] = None, _codes(texts[at], self.seen[place])
                if column.name == SHARED:
                    self._refuse_shared(part[place][1], lines, bad, self.seen[place])
        for name, at in self.tag_places.items():
            part[name] = _codes(texts[at], self.seen_tags[name])
        if self.hours_place is not None:
            column = TableColumn(HOURS, (HOURS,), HOURS_RULE)
            part[HOURS] = self._numbers(_OF_HOURS, column, texts[self.hours_place], lines, bad)[0]
        names: Sequence[str] = [""] * len(kept)
        for place, column in enumerate(self.columns):
            if column.name == NAME:
                names = texts[self.places[place]]
        self.names += [name for name, out in zip(names, bad.tolist(), strict=True) if not out]
        self.parts.append({key: _rest(value, ~bad) for key, value in {**part, "lines": lines}.items()})
        self.count += len(kept)

    def _refuse_shared(self, codes: np.ndarray, lines: np.ndarray, bad: np.ndarray, seen: dict[str, int]) -> None:
        words = list(seen)
        for row in np.flatnonzero(codes != _EMPTY):
            if words[codes[row]].lower() not in ("false", "no", "0"):
                why = "false: here each service has its own fleet; services that share one are billed by batch"
                problem = Problem("type", SHARED, f'"{shorten(words[codes[row]])}"', why)
                self.failures.append(Failure(int(lines[row]), problem))
                bad[row] = True

    def _numbers(
        self, place: int, column: TableColumn, texts: Sequence[str], lines: np.ndarray, bad: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of a column's cells, and the codes of those that hold something else."""
        rule = column.rule
        joined = f"{','.join(texts)},"
        if joined.count(",") == len(texts) and _PLAIN.fullmatch(joined):
            values = np.array(texts, dtype="S").astype(np.float64)
            fits = values > float(rule.low) if rule.above else values >= float(rule.low)
            if rule.high is not None:
                fits &= values <= float(rule.high)
            if rule.whole:
                fits &= values == np.rint(values)
            if fits.all() and not (rule.whole and "." in joined):
                return values, np.full(len(texts), _NUMBER, dtype=np.int64)
        values = np.full(len(texts), np.nan)
        codes = np.full(len(texts), _NUMBER, dtype=np.int64)
        for row, text in enumerate(texts):
            if not text:
                codes[row] = _EMPTY
                continue
            read = self._read(place, column, text)
            if isinstance(read, list):
                self.failures += [Failure(int(lines[row]), problem) for problem in read]
                bad[row] = True
                codes[row] = _EMPTY
            elif read is None:
                codes[row] = self.seen[place].setdefault(text, len(self.seen[place])) if place >= 0 else _EMPTY
            else:
                values[row] = float(read)
        return values, codes

    def _read(self, place: int, column: TableColumn, text: str) -> Fraction | list[Problem] | None:
        """The number of a cell; its problems; or None of a word that stands for no number."""
        key = (place, text)
        if key not in self.known:
            if len(self.known) > BLOCK:
                self.known.clear()
            problems: list[Problem] = []
            value: Any = cell_value(text, column.rule)
            try:
                value = parse_document(value, "")
            except InputError:
                value = text
            if value is None:
                self.known[key] = None
            else:
                read = read_number(value, column.rule, column.paths[0], problems)
                self.known[key] = problems or (None if isinstance(read, str) else Fraction(read))
        return self.known[key]

    def table(self) -> Table:
        """The table of all rows."""
        parts = self.parts

        def joined(key: Any, index: int | None = None) -> np.ndarray:
            some = [part[key] if index is None else part[key][index] for part in parts]
            return np.concatenate(some) if some else np.zeros(0, dtype=np.int64)

        numbers = {place: joined(place, 0) for place, is_number in enumerate(self.is_number) if is_number}
        words = {
            place: Words(joined(place, 1), list(self.seen[place]))
            for place, column in enumerate(self.columns)
            if column.name != NAME
        }
        tags = {name: Words(joined(name), list(seen)) for name, seen in self.seen_tags.items()}
        hours = None if self.hours_place is None else joined(HOURS)
        read = (self.base, self.whole, self.columns, joined("lines"), numbers, words, tags, self.names, hours)
        return Table(*read, sorted(self.failures, key=lambda one: one.line))


def _columns(header: Sequence[str], whole: Scenario, line: int) -> list[TableColumn]:
    """What the columns of a header change in the scenario; the columns of `batch`, or of whose a service is."""
    try:
        return table_columns(header, whole, line)
    except InputError as error:
        problems = [
            dataclasses.replace(
                p,
                allowed=f"{', '.join(OWN_COLUMNS)}, {p.allowed}",
                fix=p.fix or nearest(p.value.strip('"'), OWN_COLUMNS),
            )
            if p.code == "choice"
            else p
            for p in error.problems
        ]
        raise InputError(problems) from None


def _is_number(column: TableColumn) -> bool:
    """Whether a column's cells are numbers that may be billed in columns."""
    places = all(path.startswith(_OF_SERVICES) for path in column.paths)
    return column.rule.kind == "number" and places and column.paths[0].rsplit(".", 1)[-1] not in _FROM_LISTS


def _codes(texts: Iterable[str], seen: dict[str, int]) -> np.ndarray:
    """For each text the place at which it was first met."""
    for text in dict.fromkeys(texts):
        seen.setdefault(text, len(seen))
    return np.fromiter((seen[text] for text in texts), dtype=np.int64)


def _rest(value: Any, kept: np.ndarray) -> Any:
    if isinstance(value, tuple):
        return tuple(None if one is None else one[kept] for one in value)
    return value[kept]


# whose services are


def _check_tags(table: Table) -> None:
    """Refuse a table of two currencies, with accounts missing, or with a service that stands twice.

    Raises: InputError with one line for each.
    """
    problems = [*_currency_problems(table), *_missing_problems(table), *_twice(table)]
    if problems:
        raise InputError(problems)


def _currency_problems(table: Table) -> Iterator[Problem]:
    column = table.tags.get(CURRENCY)
    if column is None:
        return
    given = [word for word in column.words if word]
    if any(word.upper() != "USD" for word in given):
        first = int(np.flatnonzero(np.array([w.upper() not in ("", "USD") for w in column.words])[column.codes])[0])
        named = " and ".join(sorted({word.upper() for word in given})[:4])
        yield Problem(
            "conflict",
            CURRENCY,
            named,
            f"line {int(table.lines[first])} is in {column.of(first)}, and every price of the book is in USD",
            "Leave the column out, or give amounts in USD.",
        )


def _missing_problems(table: Table) -> Iterator[Problem]:
    for name in (ACCOUNT, PAYER):
        column = table.tags.get(name)
        if column is None:
            continue
        empty = np.flatnonzero(column.codes == _EMPTY)
        if len(empty):
            more = f" and {len(empty) - 1:,} more" if len(empty) > 1 else ""
            where = f"it is empty in line {int(table.lines[empty[0]])}{more}"
            fix = f"Give the {name} of every service, or leave the column out."
            yield Problem("conflict", name, '""', where, fix)


def _twice(table: Table) -> Iterator[Problem]:
    """Services of one name in one account and region."""
    place = next((n for n, column in enumerate(table.columns) if column.name == REGION), None)
    account = table.tags.get(ACCOUNT)
    where = np.zeros(len(table), dtype=np.int64) if place is None else table.words[place].codes
    accounts = np.zeros(len(table), dtype=np.int64) if account is None else account.codes
    met: dict[tuple[str, int, int], int] = {}
    first: tuple[int, int] | None = None
    count = 0
    for row, key in enumerate(zip(table.names, where.tolist(), accounts.tolist(), strict=True)):
        if not key[0]:
            continue
        before = met.setdefault(key, row)
        if before != row:
            count += 1
            first = first or (before, row)
    if first is not None:
        lines = [int(table.lines[row]) for row in first]
        more = f", and {count - 1:,} more such" if count > 1 else ""
        words = f"lines {lines[0]} and {lines[1]} are the same service of one account and region{more}"
        yield Problem("conflict", NAME, f'"{shorten(table.names[first[0]])}"', words, "Keep one, or name them apart.")
