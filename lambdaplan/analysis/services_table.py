"""Table of services: a CSV with a service a row, read over a base scenario, every problem in its line."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdaplan.analysis.account import ACCOUNT, Service, misfits
from lambdaplan.errors import SHOWN_PROBLEMS, InputError, Problem, nearest, shorten
from lambdaplan.scenario.changes import with_changes
from lambdaplan.scenario.scenario import Scenario, Sweep, Wage
from lambdaplan.schema.fields import Documented, Rule, rules
from lambdaplan.schema.parsing import read_text, unreadable
from lambdaplan.services.network import Network
from lambdaplan.services.other_costs import OtherCost
from lambdaplan.workload.retries import Retries
from lambdaplan.workload.spread import Percentiles
from lambdaplan.workload.traffic import Burst
from lambdaplan.workload.workload import Slo, Workload

MAX_ROWS = 10_000
SHARED = "shared"
SHORT = ("name", "requests_per_month", "duration_ms", "memory_mb", "region")
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0", "")
_TEXT = Rule("text", "text")


@dataclass(frozen=True)
class Failure(Documented):
    """A row that could not be read, or a report that could not be made, with its line in the table."""

    line: int
    problem: Problem

    @property
    def words(self) -> str:
        """The failure as one line for people."""
        return f"line {self.line}: {self.problem.line}"

    def document(self) -> dict[str, Any]:
        return {"line": self.line, **dataclasses.asdict(self.problem)}


@dataclass(frozen=True)
class Table:
    """The services of a table, and the rows that could not be read."""

    services: tuple[Service, ...]
    failures: tuple[Failure, ...] = field(default=())


def read_table(path: str | Path, base: Any) -> Table:
    """Read a table of services over a base scenario's document.

    The first line names a path of the scenario for each column, such as ``workload.duration_ms``, a parameter of the
    report, such as ``duration_ms``, or ``shared``. An empty cell keeps what the base has. A row without a name is
    named after the base and its line.

    Parameters:
    path : path of a CSV file in UTF-8; ``-`` is standard input.
    base : plain values - a scenario's document.

    Raises: InputError when the base or the table can't be read, a column is not known, or no row can be read.
    """
    whole = Scenario.from_dict(base)
    rows = _rows(path)
    line, header = next(rows, (1, []))
    columns = table_columns(header, whole, line)
    services: list[Service] = []
    failures: list[Failure] = []
    for line, cells in rows:
        if len(services) + len({failure.line for failure in failures}) >= MAX_ROWS:
            words = f"it has more than {MAX_ROWS:,} rows"
            raise unreadable(str(path), words, f"a table has at most {MAX_ROWS:,} rows; part it")
        try:
            services.append(_service(line, cells, columns, base, whole, services))
        except InputError as error:
            failures += [Failure(line, problem) for problem in error.problems]
    if not services and not failures:
        raise unreadable(str(path), "it has a header and no row", "every row below the header is a service")
    if not services:
        raise InputError([dataclasses.replace(f.problem, field=f"line {f.line}: {f.problem.field}") for f in failures])
    return Table(tuple(services), tuple(failures))


def _rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with the line that each begins on."""
    what = "a table is CSV in UTF-8, with a header of column names"
    try:
        text = read_text(path)
    except InputError as error:
        fix = "Try name,requests_per_month,duration_ms as its first line."
        raise InputError([dataclasses.replace(problem, allowed=what, fix=fix) for problem in error.problems]) from None
    yield from csv_rows(io.StringIO(text, newline=""), str(path), what)


def csv_rows(file: Iterable[str], name: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of CSV text that hold anything, with the line that each begins on.

    Parameters:
    name : of the file, in errors.
    what : what a table is, in errors.

    Raises: InputError where a line is no CSV, or no text.
    """
    reader = csv.reader(file, strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise unreadable(name, f"line {begins} is no CSV ({shorten(str(error), 80)})", what) from None
        except UnicodeDecodeError:
            raise unreadable(name, f"line {begins} or one after it is not UTF-8", what) from None
        if any(cell and not cell.isspace() for cell in cells):
            yield begins, [cell.strip() for cell in cells]
        begins = reader.line_num + 1


@dataclass(frozen=True)
class TableColumn:
    """A column: its name in the table, the paths that its cells set, and what they hold."""

    name: str
    paths: tuple[str, ...]
    rule: Rule


def table_columns(header: Sequence[str], base: Scenario, line: int) -> list[TableColumn]:
    """The columns that a header names.

    Raises: InputError with every name that is not known, stands twice or belongs to the account.
    """
    known = dict(_paths(base))
    memory = next((n for n, option in enumerate(base.options) if option.has_memory_size), None)
    problems: list[Problem] = []
    columns: list[TableColumn] = []
    taken: dict[str, str] = {}
    names = [SHARED, *SHORT, *known]
    for place, name in enumerate(header, 1):
        where = f"line {line}, column {place}"
        paths: tuple[str, ...] = (name,)
        if name == "memory_mb":
            if memory is None:
                problems.append(Problem("conflict", where, name, "the base scenario has no Lambda option"))
                continue
            paths = (f"options.{memory}.memory_mb", "workload.measured_memory_mb")
        elif name in ("requests_per_month", "duration_ms"):
            paths = (f"workload.{name}",)
        if name in _OF_ACCOUNT:
            words, fix = "it belongs to the account, and is the same in every row", f"Give it with --set {name}=..."
            problems.append(Problem("conflict", where, name, words, fix))
            continue
        if name != SHARED and not all(path in known for path in paths):
            given = f'"{shorten(name)}"' if name else "no name"
            allowed = f"shared, {', '.join(SHORT)}, or a path of the scenario such as workload.busy_share"
            fix = nearest(name, names) if len(problems) < SHOWN_PROBLEMS else ""  # looking for it takes time
            if place == 1 and name.startswith(("{", "[", "<")):
                what = "a web page" if name[0] == "<" else "JSON"
                fix = f"This is {what}; a table is CSV with a header of column names."
                raise InputError(Problem("choice", where, given, allowed, fix))
            if len(header) == 1 and ";" in name:
                fix = "Columns are parted by commas here: save it so."
            problems.append(Problem("choice", where, given, allowed, fix))
            continue
        setters = [taken[path] for path in paths if path in taken]
        if setters:
            words = f"column {setters[0]} sets it already"
            problems.append(Problem("conflict", where, name, words, "Keep one of them."))
            continue
        taken |= dict.fromkeys(paths, name)
        columns.append(TableColumn(name, paths, known.get(paths[0], _TEXT)))
    if problems:
        raise InputError(problems)
    return columns


def is_column(name: str, base: Scenario) -> bool:
    """Whether a column of this name changes something in a row's scenario."""
    return name in (SHARED, *SHORT) or name in dict(_paths(base))


_OF_ACCOUNT = ("version", *(rules(Scenario)[name].name or name for name in ACCOUNT))


def _paths(base: Scenario) -> Iterator[tuple[str, Rule]]:
    """Every path of a scenario that a cell can set, with what it holds."""
    objects: list[tuple[str, type]] = [
        ("", Scenario),
        ("workload.", Workload),
        ("workload.slo.", Slo),
        ("workload.percentiles.", Percentiles),
        ("workload.retries.", Retries),
        ("network.", Network),
        ("operations.", Wage),
        ("sweep.", Sweep),
    ]
    objects += [(f"other_costs.{index}.", OtherCost) for index in range(len(base.other_costs))]
    for index, option in enumerate(base.options):
        objects.append((f"options.{index}.", type(option)))
        objects += [(f"options.{index}.{name}.", type(part)) for name, part in option.parts.items()]
    for prefix, kind in objects:
        for attribute, rule in rules(kind).items():
            name = rule.name or attribute
            if rule.kind != "own" and name not in _OF_ACCOUNT:
                yield f"{prefix}{name}", rule
    yield "workload.traffic.shape", _TEXT
    yield "workload.traffic.burst", Rule("burst", "number")
    for index in range(len(base.workload.traffic.bursts)):
        for name, rule in rules(Burst).items():
            yield f"workload.traffic.bursts.{index}.{name}", rule


def _service(
    line: int,
    cells: Sequence[str],
    columns: Sequence[TableColumn],
    base: Any,
    whole: Scenario,
    before: Sequence[Service],
) -> Service:
    """The service of a row.

    Raises: InputError with every problem of the row.
    """
    if len(cells) != len(columns):
        words = f"{len(columns)} cells, as the header has columns"
        raise InputError(Problem("type", "the row", f"{len(cells)} cells", words, "A cell with a comma is quoted."))
    shared = False
    problems: list[Problem] = []
    for column, cell in zip(columns, cells, strict=True):
        if column.name == SHARED:
            shared = cell.lower() in _TRUE
            if not shared and cell.lower() not in _FALSE:
                problems.append(Problem("type", SHARED, f'"{shorten(cell)}"', "true or false"))
    try:
        scenario = row_scenario(line, cells, columns, base, whole)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    service = Service(line, scenario, shared)
    problems += misfits(before, service)
    if problems:
        raise InputError(problems)
    return service


def row_scenario(
    line: int, cells: Sequence[str], columns: Sequence[TableColumn], base: Any, whole: Scenario
) -> Scenario:
    """The scenario of a row: the base with its cells, an empty one keeping what the base has.

    Raises: InputError with every problem of the row.
    """
    changes = []
    if not any(column.name == "name" and cell for column, cell in zip(columns, cells, strict=True)):
        changes.append(f"name={json.dumps(f'{whole.name}, line {line}')}")
    for column, cell in zip(columns, cells, strict=True):
        if cell and column.name != SHARED:
            changes += [f"{path}={cell_value(cell, column.rule)}" for path in column.paths]
    try:
        return Scenario.from_dict(with_changes(_without_labels(base, whole, columns), changes))
    except InputError as error:
        raise InputError(_once(error.problems)) from None


def cell_value(cell: str, rule: Rule) -> str:
    """A cell as a change of a scenario has it."""
    if rule.kind == "flag" and cell.lower() in ("true", "false"):
        return cell.lower()
    return json.dumps(cell, ensure_ascii=False) if rule.kind in ("text", "choice") else cell


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Problems without what the memory of a function says a second time."""
    rest = list(problems)
    sizes = {problem.value for problem in rest if problem.field.endswith(".memory_mb")}
    return [p for p in rest if not (p.field == "workload.measured_memory_mb" and p.value in sizes)]


def _without_labels(base: Any, whole: Scenario, columns: Sequence[TableColumn]) -> Any:
    """The base, without the labels that were made from sizes."""
    if not isinstance(base, Mapping) or not isinstance(base.get("options"), list):
        return base
    options = [
        {name: value for name, value in given.items() if name != "label" or value != option.size_label}
        for given, option in zip(base["options"], whole.options, strict=True)
    ]
    return {**base, "options": options}
