"""The documents every front end reads and writes: scenarios and usage."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.coldstart.month import KEEP_ALIVE_S, cold_problems
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number
from lambdaplan.platforms import OPTIONS, Lambda, Option
from lambdaplan.pricing.price_book import DEFAULT_BOOK, OwnPrice, PriceBook
from lambdaplan.scenario.reading import (
    PRICES_SCHEMA,
    VERSION,
    check_prices,
    check_region,
    document_schema,
    open_book,
    read_prices,
    read_version,
)
from lambdaplan.schema.fields import (
    Rule,
    changed,
    choice,
    choices,
    fields_of,
    flag,
    number,
    own,
    plain,
    rules,
    schema,
    shown,
    text,
)
from lambdaplan.schema.parsing import parse_document, read_document
from lambdaplan.schema.reading import read, read_kind, read_number, read_value, read_values
from lambdaplan.services import SERVICES
from lambdaplan.services.network import Network
from lambdaplan.units import requests_per_month
from lambdaplan.workload.traffic_reading import BURST
from lambdaplan.workload.workload import MB_PER_VCPU, REQUESTS, Workload, cpu_limit

INCLUDE = ("compute", *(service.word for service in SERVICES))


@dataclass(frozen=True)
class Wage:
    """What an hour of people's work costs."""

    wage_usd_per_hour: Fraction = number("wage", unit="USD an hour", high=10**6)


def _read_operations(value: Any, path: str, problems: list[Problem]) -> Wage | None:
    return read(Wage, value, path, problems)


@dataclass(frozen=True)
class Growth:
    """How traffic grows from one month to the next."""

    percent_per_month: Fraction = number(
        "growth of requests from one month to the next, below 0 where they fall",
        unit="percent",
        low=-50,
        high=100,
    )


def _read_growth(value: Any, path: str, problems: list[Problem]) -> Growth | None:
    return read(Growth, value, path, problems)


def _read_network(value: Any, path: str, problems: list[Problem]) -> Network | None:
    return read(Network, value, path, problems)


@dataclass(frozen=True)
class Sweep:
    """The axis of crossovers: a path of the scenario, from one value to another."""

    over: str = text("path of the number that varies", max_length=120, default=REQUESTS)
    start: Fraction = number("first value", high=10**15, default=Fraction(10**4), name="from")
    to: Fraction = number("last value", high=10**15, default=Fraction(10**9))
    scale: str = choice("how the points are spaced", "log", "linear", default="log")
    points: int = number("points of the chart", low=2, high=100_000, whole=True, default=400)


def _read_sweep(value: Any, path: str, problems: list[Problem]) -> Sweep | None:
    return read(Sweep, value, path, problems)


@dataclass(frozen=True)
class Scenario:
    """One question: a service, its traffic, and the ways to run it, with every assumption."""

    version: int = own("version of the document", read_version, {"const": VERSION})
    name: str = text("name; appears in titles and file names")
    region: str = text("AWS region code", max_length=40, default="us-east-1")
    book_id: str = text("id of a price book", max_length=80, default=DEFAULT_BOOK, name="book")
    hours_per_month: Fraction = number("hours in the month", unit="h", low=672, high=744, default=Fraction(730))
    free_tier: bool = flag("whether always-free quantities are taken off", default=False)
    include: tuple[str, ...] = choices("what every option's bill counts", *INCLUDE, default=("compute", "front_door"))
    prices: tuple[OwnPrice, ...] = own("the reader's own prices", read_prices, PRICES_SCHEMA, default=())
    network: Network = own(
        "where units stand, and what include's network counts", _read_network, schema(Network), default=Network()
    )
    operations: Wage | None = own(
        "wage for operations_hours, on_call_hours and migration.hours", _read_operations, schema(Wage), default=None
    )
    growth: Growth | None = own(
        "growth of traffic, for months of payback and of crossovers", _read_growth, schema(Growth), default=None
    )
    close_fraction: Fraction = number(
        "lead below which the answer is too close to call",
        unit="share",
        high=Fraction(1, 2),
        grain=Fraction(1, 100),
        default=Fraction(1, 20),
    )
    workload: Workload = dataclasses.field(kw_only=True)
    options: tuple[Option, ...] = dataclasses.field(kw_only=True)
    sweep: Sweep = own("the axis of crossovers", _read_sweep, schema(Sweep), default=Sweep())

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read a scenario from a JSON or YAML file; ``-`` is standard input.

        Raises: InputError with every problem of the document.
        """
        return cls.from_dict(read_scenario(path))

    @classmethod
    def from_dict(cls, document: Any, changes: Iterable[str] = ()) -> Scenario:
        """Read a scenario from plain values, after changes written as PATH=VALUE.

        Raises: InputError with every problem of the document.
        """
        problems: list[Problem] = []
        if changes:
            document = with_changes(document, changes)
        scenario = _read_scenario(document, problems)
        if problems or scenario is None:
            raise InputError(problems)
        return scenario

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of scenario documents, with units in every description."""
        options = [schema(option, {"kind": {"const": kind}}, ("kind",)) for kind, option in OPTIONS.items()]
        listed = {"type": "array", "minItems": 1, "maxItems": 50, "items": {"oneOf": options}}
        found = schema(cls, {"workload": schema(Workload), "options": listed}, ("workload", "options"))
        return document_schema("scenario", found)

    @functools.cached_property
    def book(self) -> PriceBook:
        """The price book, with the reader's own prices laid over it."""
        return PriceBook.load(self.book_id).with_prices(self.prices)

    def document(self) -> dict[str, Any]:
        """The scenario as a document, every default filled in."""
        return fields_of(self)

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario read anew with other values at paths of its document.

        Labels that were made from an option's size are made anew.

        Raises: InputError with every problem that the values make.
        """
        document: Any = self.document()
        for given, option in zip(document["options"], self.options, strict=True):
            if option.label == option.size_label:
                del given["label"]
        for path, value in values.items():
            document = with_value(document, path, value)
        return Scenario.from_dict(document)

    def value_at(self, path: str) -> Number:
        """The number at a path of the scenario."""
        value: Any = self
        for step in path.split("."):
            value = value[int(step)] if step.isdigit() else getattr(value, step)
        return value

    def at(self, path: str, value: Number) -> Scenario:
        """The scenario with another number, or a column of them, at a path."""
        found: Scenario = _replaced(self, path.split("."), value)
        return found

    @property
    def is_provisioned(self) -> bool:
        """Whether an option has provisioned concurrency."""
        return any(option.is_provisioned for option in self.options)

    @property
    def bends_at_knots(self) -> bool:
        """Whether bills rest on numbers that are straight lines between KNOTS: cold starts, or what spills over."""
        return self.workload.counts_cold_starts or self.is_provisioned

    @property
    def week_axes(self) -> frozenset[str]:
        """The numbers, but for requests a month, along which cold starts or what spills over would change.

        None where neither is counted, or there is no function.
        """
        functions = [f"options.{n}" for n, option in enumerate(self.options) if isinstance(option, Lambda)]
        if not functions or not self.bends_at_knots:
            return frozenset()
        return frozenset(
            (*_COLD_AXES, *(f"{path}.{name}" for path in functions for name in ("memory_mb", "keep_alive_s")))
        )

    def refuse_scheduled(self, what: str) -> None:
        """Raise InputError where a schedule of provisioned concurrency is left to be chosen."""
        for place, option in enumerate(self.options):
            if option.is_scheduled:
                words = f"{what} can't be worked out with a schedule that is left to be chosen"
                fix = "Give a number or a list."
                raise InputError(Problem("conflict", f"options.{place}.provisioned", shown("auto"), words, fix))

    def without_cold_starts(self) -> Scenario:
        """The scenario with no initialisation, so that no cold starts are counted."""
        if not self.workload.counts_cold_starts:
            return self
        return dataclasses.replace(self, workload=self.workload.without_cold_starts())

    def refuse_provisioned(self, what: str) -> None:
        """Raise InputError where an option has provisioned concurrency."""
        for place, option in enumerate(self.options):
            if option.is_provisioned:
                words = f"{what} can't be worked out with provisioned concurrency"
                given = shown(plain(getattr(option, "provisioned", None)))
                problem = Problem("conflict", f"options.{place}.provisioned", given, words, "Leave it out.")
                raise InputError(problem)

    def refuse_cold_starts(self, what: str) -> None:
        """Raise InputError where cold starts are counted or provisioned, for what works with bills that never fall."""
        self.refuse_provisioned(what)
        name = next((n for n in ("init_ms", "runtime") if getattr(self.workload, n) is not None), None)
        if name is not None:
            value = shown(getattr(self.workload, name))
            words = f"{what} can't be worked out with cold starts"
            raise InputError(Problem("conflict", f"workload.{name}", value, words, _WITHOUT))

    def misfits(self) -> list[Problem]:
        """What does not fit together in a scenario whose numbers are each allowed."""
        found: list[Problem] = []
        _check_cpu(self.workload, "workload.cpu_ms", found)
        found += _cold_problems(self)
        for index, option in enumerate(self.options):
            found += option.problems(f"options.{index}", self.book, self.region)
        _check_included(self, found)
        return found

    def axis(self, path: str, field: str) -> Rule:
        """The rule of a number that a sweep or a grid can vary.

        Raises: InputError when the path leads to no such number.
        """
        known = self.axes()
        if path in known:
            return known[path]
        fix = nearest(path, known)
        words = "a number of this scenario: " + ", ".join(known)
        raise InputError(Problem("type", field, f'"{shorten(path)}"', words, fix))

    def axes(self) -> dict[str, Rule]:
        """The numbers of this scenario that may vary, by path."""
        found = {"hours_per_month": rules(Scenario)["hours_per_month"]}
        found |= _numbers("workload", self.workload)
        found["workload.traffic.burst"] = BURST
        for index, option in enumerate(self.options):
            found |= _numbers(f"options.{index}", option)
        return found


def read_scenario(path: str | Path) -> Any:
    """Read a scenario document; the path of a trace in it is taken from beside the document."""
    document = read_document(path)
    workload = document.get("workload") if isinstance(document, Mapping) else None
    traffic = workload.get("traffic") if isinstance(workload, Mapping) else None
    if str(path) == "-" or not isinstance(traffic, Mapping) or not isinstance(traffic.get("trace"), str):
        return document
    return with_value(document, "workload.traffic.trace", str(Path(path).parent / traffic["trace"]))


def _numbers(path: str, value: Any) -> dict[str, Rule]:
    return {
        f"{path}.{name}": rule
        for name, rule in rules(type(value)).items()
        if rule.kind == "number" and not isinstance(getattr(value, name), str | None) and name not in _NOT_AXES
    }


_NOT_AXES = ("vcpu", "memory_gb", "max_cold_fraction")  # sizes of Fargate come from a list; a bound of a choice


def _replaced(value: Any, steps: list[str], new: Any) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(value, tuple):
        index = int(first)
        return (*value[:index], _replaced(value[index], rest, new), *value[index + 1 :])
    return changed(value, **{first: _replaced(getattr(value, first), rest, new)})


def _read_scenario(document: Any, problems: list[Problem]) -> Scenario | None:
    if not isinstance(document, Mapping):
        problems.append(Problem("type", "document", shown(document), "a scenario, an object with fields"))
        return None
    values = read_values(Scenario, document, "", problems, ("workload", "options"))
    workload = _read_workload(document, problems)
    readable = _read_options(document, problems)
    book = open_book(values.get("book_id", DEFAULT_BOOK), problems)
    region = values.get("region", "us-east-1")
    if book is not None:
        check_region(book, region, problems)
        check_prices(book, values.get("prices", ()), problems)
        priced = book.with_prices(values.get("prices", ()))
        for index, option in readable.items():
            problems += option.problems(f"options.{index}", priced, region)
    options = _labelled(tuple(readable.values()), problems)
    if workload is None or not options or book is None:
        return None
    # with what could be read, the rest is checked too: all problems of a document together
    named = {"version": VERSION, "name": "unnamed", **values}
    scenario = Scenario(**named, workload=_measured(workload, options, problems), options=_kept(options, workload))
    _check_included(scenario, problems)
    problems += _cold_problems(scenario)
    for place, option in enumerate(scenario.options):
        if isinstance(option, Lambda):
            problems += option.schedule_problems(f"options.{place}", scenario.workload, scenario.hours_per_month)
    if "sweep" not in document or "sweep" in values:
        complete = len(readable) == len(document["options"])
        if complete or not scenario.sweep.over.startswith("options."):
            _check_sweep(scenario, problems, ends=not problems)
    return scenario


def _read_workload(document: Mapping[str, Any], problems: list[Problem]) -> Workload | None:
    if "workload" not in document:
        problems.append(Problem("missing", "workload", "", "an object with what must be served"))
        return None
    workload = read(Workload, document["workload"], "workload", problems)
    given = document["workload"]
    if isinstance(given, Mapping):
        named = [name for name in ("busy_share", "cpu_ms") if given.get(name) is not None]
        if not named:
            words = "exactly one of busy_share (0..1) and cpu_ms (ms)"
            problems.append(Problem("missing", "workload.busy_share", "", words, "Try busy_share=0.3 for mixed work."))
            return None
        if len(named) == 2:
            problems.append(
                Problem(
                    "conflict",
                    "workload.cpu_ms",
                    shown(given["cpu_ms"]),
                    "busy_share is given too",
                    "Keep one of them.",
                )
            )
            return None
    return workload


def _measured(workload: Workload, options: tuple[Option, ...], problems: list[Problem]) -> Workload:
    """Fill in the memory that the duration was measured with, and hold cpu_ms against it."""
    if workload.measured_memory_mb is None:
        sizes = [o.memory_mb for o in options if isinstance(o, Lambda) and not o.is_choice]
        memory_mb = Fraction(sizes[0] if sizes else MB_PER_VCPU)
        workload = dataclasses.replace(workload, measured_memory_mb=memory_mb)
    _check_cpu(workload, "workload.cpu_ms", problems)
    return workload


def _check_cpu(workload: Workload, field: str, problems: list[Problem]) -> None:
    if workload.cpu_ms is not None:
        limit, words = cpu_limit(workload)
        if workload.cpu_ms > limit:
            problems.append(
                Problem(
                    "range",
                    field,
                    shown(workload.cpu_ms),
                    words,
                    "Lower cpu_ms, or give the memory it was measured with.",
                )
            )


def _read_options(document: Mapping[str, Any], problems: list[Problem]) -> dict[int, Option]:
    """The options that can be read, by their place."""
    if "options" not in document:
        kinds = ", ".join(OPTIONS)
        problems.append(Problem("missing", "options", "", f"a list of 1 to 50 options, each with a kind of {kinds}"))
        return {}
    given = document["options"]
    if not isinstance(given, (list, tuple)) or not 1 <= len(given) <= 50:
        got = f"a list of {len(given)}" if isinstance(given, (list, tuple)) else shown(given)
        problems.append(Problem("type", "options", got, "a list of 1 to 50 options"))
        return {}
    return {
        index: option
        for index, item in enumerate(given)
        if (option := read_kind(OPTIONS, "kind", item, f"options.{index}", problems)) is not None
    }


def _labelled(options: tuple[Option, ...], problems: list[Problem]) -> tuple[Option, ...]:
    named = tuple(
        dataclasses.replace(o, label=o.label or o.size_label, front_door=o.front_door or o.default_front_door)
        for o in (option.completed(options) for option in options)
    )
    labels = [option.label for option in named]
    for index, label in enumerate(labels):
        if label in labels[:index]:
            words = f"option {labels.index(label)} has the same label"
            problems.append(
                Problem("conflict", f"options.{index}.label", f'"{label}"', words, "Give each a label of its own.")
            )
    return named


def _kept(options: tuple[Option, ...], workload: Workload) -> tuple[Option, ...]:
    """The options with the time that environments are kept, where cold starts are counted."""
    if not workload.counts_cold_starts:
        return options
    return tuple(
        dataclasses.replace(option, keep_alive_s=KEEP_ALIVE_S)
        if isinstance(option, Lambda) and option.keep_alive_s is None
        else option
        for option in options
    )


_WITHOUT = "Leave workload.init_ms and workload.runtime out."
_COLD_AXES = (
    "hours_per_month",
    "workload.duration_ms",
    "workload.measured_memory_mb",
    "workload.busy_share",
    "workload.cpu_ms",
    "workload.cpu_threads",
    "workload.init_ms",
    "workload.package_mb",
    "workload.first_run_ms",
    "workload.deployments_per_month",
    "workload.canary_fraction",
    "workload.canary_minutes",
    "workload.traffic.burst",
)


def _cold_problems(scenario: Scenario) -> list[Problem]:
    """What keeps the cold starts of a scenario from being counted; nothing where they need not be."""
    workload, found = scenario.workload, []
    counted = workload != workload.without_cold_starts()
    functions = {f"options.{n}": option for n, option in enumerate(scenario.options) if isinstance(option, Lambda)}
    for path, option in functions.items():
        if option.is_scheduled and option.max_cold_fraction is not None and not workload.counts_cold_starts:
            words = "workload.init_ms or workload.runtime, so that cold starts can be counted"
            found.append(Problem("missing", "workload.init_ms", "", words, "Try workload.runtime=nodejs22.x."))
        found += option.snapstart_problems(path, workload)
        if option.is_provisioned and workload.canary_fraction is not None:
            words = "canaries are not worked out with provisioned concurrency"
            given = shown(workload.canary_fraction)
            found.append(Problem("conflict", "workload.canary_fraction", given, words, "Leave out one of the two."))
        if not counted:
            continue
        if option.is_choice:
            words = "cold starts are counted for a given size"
            found.append(Problem("conflict", f"{path}.memory_mb", shown(option.memory_mb), words, _WITHOUT))
            continue
        wall_ms, hours = workload.lambda_ms(option.memory_mb), scenario.hours_per_month
        measured = option.architecture if option.snapstart is None else None
        problems = cold_problems(workload, hours, wall_ms, measured)
        found += [
            dataclasses.replace(p, field=f"{path}.{p.field}") if p.field == "architecture" else p for p in problems
        ]
    if scenario.sweep.over in scenario.week_axes:
        what, fix = ("cold starts", _WITHOUT) if counted else ("provisioned concurrency", "Leave it out.")
        words = f"with {what}, the axis is workload.requests_per_month or a number that leaves them as they are"
        found.append(Problem("conflict", "sweep.over", f'"{scenario.sweep.over}"', words, fix))
    return list(dict.fromkeys(found))


def _check_included(scenario: Scenario, problems: list[Problem]) -> None:
    if "logs" in scenario.include and scenario.workload.log_kb is None:
        words = "logs that one request writes (KB), as include names logs"
        problems.append(Problem("missing", "workload.log_kb", "", words, "Try workload.log_kb=1."))
    hours = any(option.operations_hours or option.on_call_hours for option in scenario.options)
    moved = [option.migration for option in scenario.options if option.migration is not None]
    counted = "operations" in scenario.include and hours
    if scenario.operations is None and (counted or any(migration.hours for migration in moved)):
        whose = "operations_hours and on_call_hours" if counted else "migration.hours"
        words = f"a wage (USD an hour) for the {whose} of the options"
        problems.append(Problem("missing", "operations.wage_usd_per_hour", "", words))
    if scenario.options[0].migration is not None:
        words, fix = "the first option is what runs today", "Put what is moved away from first."
        problems.append(Problem("conflict", "options.0.migration", "an object", words, fix))


def _check_sweep(scenario: Scenario, problems: list[Problem], *, ends: bool) -> None:
    """The axis is a number of the scenario, and both its ends are allowed values of it."""
    sweep = scenario.sweep
    try:
        rule = scenario.axis(sweep.over, "sweep.over")
    except InputError as error:
        problems += error.problems
        return
    before = len(problems)
    for name, value in (("from", sweep.start), ("to", sweep.to)):
        read_number(value, dataclasses.replace(rule, whole=rule.whole or rule.grain == 1), f"sweep.{name}", problems)
        if rule.grain != 1 and (value / rule.grain).denominator != 1:
            problems.append(
                Problem(
                    "type",
                    f"sweep.{name}",
                    shown(value),
                    f"a multiple of {decimal_text(rule.grain)}, the step of {sweep.over}",
                )
            )
    if sweep.start >= sweep.to:
        problems.append(
            Problem("conflict", "sweep.to", shown(sweep.to), f"it is not above sweep.from = {shown(sweep.start)}")
        )
    elif sweep.scale == "log" and sweep.start == 0:
        problems.append(
            Problem("conflict", "sweep.from", "0", "a log scale has no 0", "Try sweep.from=1, or sweep.scale=linear.")
        )
    if ends and len(problems) == before:
        for name, value in (("sweep.from", sweep.start), ("sweep.to", sweep.to)):
            there = scenario.at(sweep.over, int(value) if rule.whole else value)
            problems += [dataclasses.replace(p, field=f"{name} ({p.field})") for p in there.misfits()]


def with_changes(document: Any, changes: Iterable[str]) -> Any:
    """A copy of a scenario document after changes written as PATH=VALUE.

    Values are JSON, or plain text; requests also as 10M, 500k/day, 120/s.

    Raises: InputError when a change is not of that form, or its path leads nowhere.
    """
    problems: list[Problem] = []
    found: list[tuple[str, str]] = []
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            words = "a change written PATH=VALUE, such as workload.duration_ms=300"
            problems.append(Problem("type", "--set", f'"{shorten(change)}"', words))
        else:
            found.append((path.strip(), value.strip()))
    # what requests a day or a second come to depends on the month: these last, in their order
    for path, value in sorted(found, key=lambda change: change[0] in _COUNTS):
        try:
            document = with_value(document, path, _change_value(path, value, document))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return document


def with_value(document: Any, path: str, value: Any) -> Any:
    """A copy of a scenario document with another value at a path.

    Raises: InputError when the path leads nowhere.
    """
    return _changed(document, path.split("."), value, path)


_COUNTS = (REQUESTS, "sweep.from", "sweep.to")


def _change_value(path: str, value: str, document: Any) -> Any:
    given = document if isinstance(document, Mapping) else {}
    sweep = given.get("sweep")
    over = sweep.get("over") if isinstance(sweep, Mapping) else None
    counts = path == _COUNTS[0] or (path in _COUNTS and over in (None, _COUNTS[0]))
    try:
        return parse_document(value, path)
    except InputError:
        pass
    if counts:
        rule = rules(Scenario)["hours_per_month"]
        hours = read_value(given.get("hours_per_month", 730), rule, "hours_per_month", [])
        return int(requests_per_month(value, hours or Fraction(730), path))
    return value


_EMPTY = {"traffic": {"shape": "flat"}}


def _changed(value: Any, steps: list[str], new: Any, path: str) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(value, (list, tuple)):
        if not (first.isascii() and first.isdigit()) or int(first) >= len(value):
            allowed = f"a place from 0 to {len(value) - 1}" if value else "an empty list"
            raise InputError(Problem("unknown_field", path, first, f"{first} leads nowhere, the list has {allowed}"))
        return [_changed(item, rest, new, path) if index == int(first) else item for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        raise InputError(Problem("unknown_field", path, first, f"{first} leads nowhere, there is no object or list"))
    inner = value.get(first, _EMPTY.get(first, {}) if rest else None)
    return {**value, first: _changed(inner, rest, new, path)}
