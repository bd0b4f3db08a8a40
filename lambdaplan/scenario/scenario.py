"""A scenario: the document that every front end reads and writes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np

from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError, Problem, nearest, problems_together, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.html_table import html_table
from lambdaplan.numbers import Column, Number, on_sweep
from lambdaplan.platforms import ANY, OPTIONS, PROCESSORS, Option
from lambdaplan.platforms.lambda_ import Lambda
from lambdaplan.pricing.price_book import DEFAULT_BOOK, PriceBook
from lambdaplan.pricing.rates import RATES_SCHEMA, RATES_WORDS, OwnCurrency, OwnPrice, Rates, read_rates, with_rates
from lambdaplan.scenario.changes import following, with_changes, with_value
from lambdaplan.scenario.doubt import (
    CORRELATIONS_SCHEMA,
    MEASURED,
    Correlation,
    UncertainNumber,
    read_correlations,
    read_ranges,
    rules_of_ranges,
    with_ranges_in_schema,
)
from lambdaplan.scenario.hints import refuse_other_documents, with_hints
from lambdaplan.scenario.provenance import PROVENANCE_SCHEMA, Provenance, read_provenance
from lambdaplan.scenario.reading import (
    BELONGING,
    DEFAULT_PROCESSOR,
    PRICES_SCHEMA,
    VERSION,
    cold_start_problems,
    commitment_problems,
    cpu_problems,
    document_schema,
    hours_per_month,
    included_problems,
    kind_problems,
    month_of,
    read_fields,
    read_prices,
    read_version,
    workload_schema,
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
    rules,
    schema,
    shown,
    text,
)
from lambdaplan.schema.parsing import read_document
from lambdaplan.schema.ranges import without_ranges
from lambdaplan.schema.reading import part, read, read_number, schemas_of, with_name
from lambdaplan.services import SERVICES
from lambdaplan.services.around import SERVICES_SCHEMA, ServiceUse, read_services, service_axes
from lambdaplan.services.belonging import by_place
from lambdaplan.services.network import Network
from lambdaplan.services.other_costs import OTHER_COSTS_SCHEMA, OtherCost, read_other_costs
from lambdaplan.workload.traffic import Burst
from lambdaplan.workload.traffic_reading import BURST, burst_problems
from lambdaplan.workload.workload import DURATION, REQUESTS, Slo, Workload

HEADROOM = "memory_headroom"
GROWTH = "growth.percent_per_month"
BURSTS = "workload.traffic.bursts."
"""How paths of bursts begin."""

INCLUDE = ("compute", *(service.word for service in SERVICES))


@dataclass(frozen=True)
class Wage:
    """What an hour of people's work costs."""

    wage_usd_per_hour: Fraction = number("wage", unit="USD an hour", high=10**6)


@dataclass(frozen=True)
class Growth:
    """How traffic grows from one month to the next."""

    percent_per_month: Fraction = number(
        "growth of requests from one month to the next, below 0 where they fall", unit="percent", low=-50, high=100
    )


@dataclass(frozen=True)
class Sweep:
    """The axis of crossovers: a path of the scenario, from one value to another."""

    over: str = text("path of the number that varies", max_length=120, default=REQUESTS)
    start: Fraction = number("first value", high=10**15, default=Fraction(10**4), name="from")
    to: Fraction = number("last value", high=10**15, default=Fraction(10**9))
    scale: str = choice("how the points are spaced", "log", "linear", default="log")
    points: int = number("points of the chart", low=2, high=100_000, whole=True, default=400)

    @property
    def requests(self) -> tuple[int, int]:
        """The requests a month between which crossovers are looked for; the usual ones along another number."""
        usual = self if self.over == REQUESTS else Sweep()
        return int(usual.start), int(usual.to)


def read_sweep(value: Any, path: str, problems: list[Problem]) -> Sweep | None:
    """Read the axis; its ends may have the unit of the number that varies."""
    if not isinstance(value, Mapping):
        return read(Sweep, value, path, problems)
    unit = unit_of(value.get("over", REQUESTS))
    for name, attribute in (("from", "start"), ("to", "to")):
        if isinstance(value.get(name), str):
            rule = dataclasses.replace(rules(Sweep)[attribute], unit=unit)
            end = read_number(value[name], rule, f"{path}.{name}", problems)
            if end is None:
                return None
            value = with_name(value, name, end)
    return read(Sweep, value, path, problems)


def unit_of(path: Any) -> str:
    """The unit of a number of a scenario, by its path; none where that leads to no number."""
    last = str(path).rsplit(".", 1)[-1]
    kinds = (Workload, Slo, Burst, *OPTIONS.values(), OtherCost, Scenario)
    declared = (rules(kind).get(last) for kind in kinds)
    return next((rule.unit for rule in declared if rule is not None and rule.kind == "number"), "")


@dataclass(frozen=True, repr=False)
class Scenario:
    """One question: a service, its traffic, and the ways to run it, with every assumption."""

    version: int = own("version of the document", read_version, {"const": VERSION})
    name: str = text("name; appears in titles and file names")
    region: str = text("AWS region code", max_length=40, default="us-east-1")
    book_id: str = text("id of a price book", max_length=80, default=DEFAULT_BOOK, name="book")
    hours_per_month: Fraction = hours_per_month()
    free_tier: bool = flag(
        "whether always-free quantities are taken off, those that every account has for good", default=False
    )
    include: tuple[str, ...] = choices("what every option's bill counts", *INCLUDE, default=("compute", "front_door"))
    prices: tuple[OwnPrice, ...] = own("the reader's own prices", read_prices, PRICES_SCHEMA, default=())
    rates: Rates | None = own(RATES_WORDS, read_rates, RATES_SCHEMA, default=None)
    network: Network = part("where units stand, and what include's network counts", Network, default=Network())
    operations: Wage | None = part("wage for operations_hours, on_call_hours and migration.hours", Wage)
    other_costs: tuple[OtherCost, ...] = own(
        "costs of the reader's own, each a line on the bills that it belongs to",
        read_other_costs,
        OTHER_COSTS_SCHEMA,
        default=(),
    )
    services: tuple[ServiceUse, ...] = own(
        "what requests use of what stands around the compute; on bills where include names services",
        read_services,
        SERVICES_SCHEMA,
        default=(),
    )
    growth: Growth | None = part("growth of traffic, for months of payback and of crossovers", Growth)
    architecture: str = choice(
        "processor of every option that does not say; any: each option on the cheaper of both it can run on",
        *PROCESSORS,
        ANY,
        default=DEFAULT_PROCESSOR,
    )
    close_fraction: Fraction = number(
        "lead below which the answer is too close to call",
        unit="share",
        high=Fraction(1, 2),
        grain=Fraction(1, 100),
        default=Fraction(1, 20),
    )
    memory_headroom: Fraction = number(
        "share of a size that is chosen for you which stays free; a given size is not judged by it",
        unit="share",
        high=Fraction(9, 10),
        grain=Fraction(1, 100),
        default=Fraction(1, 5),
    )
    workload: Workload = dataclasses.field(kw_only=True)
    options: tuple[Option, ...] = dataclasses.field(kw_only=True)
    sweep: Sweep = own("the axis of crossovers", read_sweep, schema(Sweep), default=Sweep())
    correlations: tuple[Correlation, ...] = own(
        "numbers with ranges that move together", read_correlations, CORRELATIONS_SCHEMA, default=()
    )
    risk: str | None = choice(
        "measured: what is known of the errors of durations, CPU speed and initialisations counts as ranges in "
        "lambdaplan risk",
        MEASURED,
        default=None,
    )
    provenance: tuple[Provenance, ...] = own(
        "where values are from, as lambdaplan import writes it: file, time, samples, interval",
        read_provenance,
        PROVENANCE_SCHEMA,
        default=(),
    )
    ranges: tuple[UncertainNumber, ...] = dataclasses.field(default=(), kw_only=True, metadata={"inner": True})

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
        refuse_other_documents(document)
        if changes:
            document = with_changes(document, changes)
        try:
            return cls._read(document)
        except InputError as error:
            raise with_hints(error) from None

    @classmethod
    def _read(cls, document: Any) -> Scenario:
        document, ranges = without_ranges(document)
        with problems_together() as problems, month_of(document):
            values = read_fields(cls, document, problems)
            if values is None:
                raise InputError(problems)
            scenario = cls(**values)
            if ranges or scenario.correlations:
                known = rules_of_ranges(scenario.axes(), scenario.prices)
                if scenario.growth is not None:
                    known[GROWTH] = rules(Growth)["percent_per_month"]
                numbers = read_ranges(ranges, known, scenario.correlations, problems)
                scenario = cls(**values, ranges=numbers)
            lacking = scenario._included_problems()
            if document.get("services"):  # what is wrong with them has been told
                lacking = [problem for problem in lacking if problem.field != "services"]
            problems.extend(lacking + scenario._cold_start_problems())
            problems.extend(scenario._commitment_problems())
            for place, option in enumerate(scenario.options):
                if isinstance(option, Lambda):
                    path, hours = f"options.{place}", scenario.hours_per_month
                    problems.extend(option.schedule_problems(path, scenario.workload, hours))
            if "sweep" not in document or "sweep" in values:
                complete = len(scenario.options) == len(document["options"])
                if complete or not scenario.sweep.over.startswith("options."):
                    problems.extend(scenario.sweep_problems(ends=not problems))
        return scenario

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of scenario documents, with units in every description."""
        items = {"oneOf": schemas_of(OPTIONS, "kind")}
        listed = {"type": "array", "minItems": 1, "maxItems": 50, "items": items}
        workload = {"description": "what must be served, whatever runs it", **workload_schema()}
        fields = schema(cls, {"workload": workload, "options": listed}, ("workload", "options"))
        return with_ranges_in_schema(document_schema("scenario", fields))

    @property
    def currency(self) -> OwnCurrency | None:
        """The currency that money is shown in; None for dollars."""
        return None if self.rates is None else self.rates.currency

    @functools.cached_property
    def book(self) -> PriceBook:
        """The price book, with the reader's own prices laid over it."""
        return PriceBook.load(self.book_id).with_prices(self.prices, self.rates)

    def document(self) -> dict[str, Any]:
        """The scenario as a document, every default filled in."""
        document: Any = fields_of(self)
        for one in self.ranges:
            if one.source:
                continue  # of known errors: `risk` says so
            document = with_value(document, one.path, one.range.document())
        return cast("dict[str, Any]", document)

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario read anew with other values at paths of its document.

        Labels that were made from an option's size are made anew. With another processor for the scenario, options
        that had the scenario's follow.

        Raises: InputError with every problem that the values make.
        """
        kept = functools.reduce(Scenario.without_range, values, self)
        document: Any = kept.document()
        made: dict[str, int] = {}
        for place, (given, option) in enumerate(zip(document["options"], self.options, strict=True)):
            if option.label == option.size_label:
                made[given.pop("label")] = place
        if "options" not in values:
            document |= {name: by_place(document[name], made) for name in BELONGING}
        if self.workload.traffic.bursts and REQUESTS in values:
            document = self._with_bursts(document, values[REQUESTS])
        if values.get("workload.percentiles") is not None:
            document["workload"].pop("service_cv", None)  # whose place they take
        for path, value in values.items():
            document = following(with_value(document, path, value), document, path)
        return Scenario.from_dict(document)

    def _with_bursts(self, document: Any, requests: Any) -> Any:
        """The document with bursts that are as many times as high as requests are, where those are a number."""
        counted = read_number(requests, rules(Workload)["requests_per_month"], REQUESTS, [])
        if counted is None:
            return document
        traffic = self.workload.traffic.with_requests(counted)
        return with_value(document, "workload.traffic", traffic.document())

    def value_at(self, path: str) -> Number:
        """The number at a path of the scenario."""
        value: Any = self
        for step in path.split("."):
            if isinstance(value, Mapping):
                value = value[step]
            else:
                value = value[int(step)] if step.isdigit() else getattr(value, step)
        return value

    def at(self, path: str, value: Number) -> Scenario:
        """The scenario with another number, or a column of them, at a path."""
        if path == "hours_per_month" and not on_sweep(value):
            value = Fraction(value)
        if on_sweep(value) and self.workload.is_job and path.endswith(".min_units"):
            # without a unit that stands each run starts one: floats say nothing of that, and it is billed exactly
            value = Column(np.where(np.asarray(value) == 0, np.nan, np.asarray(value)))
        scenario: Scenario = _replaced(self, path.split("."), value)
        if self.ranges:
            scenario = scenario.without_range(path)
        traffic = scenario.workload.traffic
        if not traffic.bursts or not (path == REQUESTS or self.changes_loads(path)):
            return scenario
        if on_sweep(value):
            if path == REQUESTS:
                return scenario
            # which hours have which load changes: floats say nothing, and each place is billed exactly
            return changed(self, workload=changed(self.workload, requests_per_month=value * np.nan))
        if path == REQUESTS:  # bursts are as many times as high
            return changed(scenario, workload=changed(scenario.workload, traffic=traffic.with_requests(value)))
        within = traffic.within(scenario.workload.requests_per_month, scenario.hours_per_month)
        return changed(scenario, workload=changed(scenario.workload, traffic=within))

    def without_range(self, path: str) -> Scenario:
        """The scenario in which one number is known: it has no range, and moves with no other."""
        ranges = tuple(one for one in self.ranges if one.path != path)
        if len(ranges) == len(self.ranges):
            return self
        together = tuple(one for one in self.correlations if path not in (one.a, one.b))
        return changed(self, ranges=ranges, correlations=together)

    def changes_loads(self, path: str) -> bool:
        """Whether along a number bursts change which hours of the week have which load."""
        bursts = self.workload.traffic.bursts
        return bool(bursts) and (path.startswith(BURSTS) or path in ("hours_per_month", "workload.traffic.burst"))

    @in_its_currency
    def _repr_html_(self) -> str:
        """What it gives, and the ways to run it, as notebooks show them."""
        from lambdaplan.scenario.field_table import given_rows

        caption = f"{self.name}: what it gives; everything else is as by default"
        return html_table(("field", "value", "unit", "meaning"), given_rows(self), caption, styled=True)

    def __repr__(self) -> str:
        labels = ", ".join(option.label or option.size_label for option in self.options)
        return f"Scenario({self.name!r}, {self.region}: {labels})"

    @property
    def is_provisioned(self) -> bool:
        """Whether an option has provisioned concurrency."""
        return any(option.is_provisioned for option in self.options)

    @property
    def bends_at_knots(self) -> bool:
        """Whether bills rest on numbers that are straight lines between KNOTS: modelled cold starts, or spillover."""
        return self.workload.models_cold_starts or self.is_provisioned

    @property
    def week_axes(self) -> frozenset[str]:
        """The numbers, but for requests a month, along which cold starts or what spills over would change.

        None where neither is counted, or there is no function. A share of cold requests of one's own stays as it is;
        only the package that a measured initialisation goes with is looked up once.
        """
        cold = [(n, option) for n, option in enumerate(self.options) if option.starts_cold]
        if not cold or not self.bends_at_knots:
            looked_up = cold and self.workload.counts_cold_starts and self.workload.init_ms is None
            return frozenset(("workload.package_mb",) if looked_up else ())
        bursts = (path for path in self.axes() if path.startswith(BURSTS))
        own = [f"options.{n}.{name}" for n, option in cold for name in option.cold_axes]
        shared = [f"workload.{name}" for _, option in cold for name in option.cold_workload_axes]
        return frozenset((*_COLD_AXES, *bursts, *own, *shared))

    def follows_week(self, option_index: int, path: str) -> bool:
        """Whether cold starts of an option, or what spills over from what it keeps ready, follow a number."""
        option = self.options[option_index]
        follows = option.starts_cold and (self.workload.counts_cold_starts or option.is_provisioned)
        only = path.startswith("options.") and not path.startswith(f"options.{option_index}.")
        return follows and not only and path in self.week_axes

    def without_cold_starts(self) -> Scenario:
        """The scenario with no initialisation, so that no cold starts are counted; a share of one's own stays."""
        if not self.workload.models_cold_starts:
            return self
        return dataclasses.replace(self, workload=self.workload.without_cold_starts())

    def misfits(self) -> list[Problem]:
        """What does not fit together in a scenario whose numbers are each allowed."""
        problems = cpu_problems(self.workload) + self._cold_start_problems()
        problems += burst_problems(self.workload.traffic, self.workload.requests_per_month, self.hours_per_month)
        for index, option in enumerate(self.options):
            problems += option.problems(f"options.{index}", self.book, self.region)
        return problems + self._included_problems() + self._commitment_problems()

    def _included_problems(self) -> list[Problem]:
        problems = included_problems(self.include, self.workload, self.options, self.operations, self.services)
        return kind_problems(self.workload, self.options) + problems

    def _commitment_problems(self) -> list[Problem]:
        return commitment_problems(self.book.commitments(self.region), self.options)

    def _cold_start_problems(self) -> list[Problem]:
        return list(dict.fromkeys(cold_start_problems(self.workload, self.hours_per_month, self.options)))

    def sweep_problems(self, *, ends: bool) -> list[Problem]:
        """The axis is a number of the scenario, and both its ends are allowed values of it."""
        sweep = self.sweep
        try:
            rule = self.axis(sweep.over, "sweep.over")
        except InputError as error:
            return list(error.problems)
        problems: list[Problem] = []
        ending = dataclasses.replace(rule, whole=rule.whole or rule.grain == 1)
        for name, value in (("from", sweep.start), ("to", sweep.to)):
            read_number(value, ending, f"sweep.{name}", problems)
            if rule.grain != 1 and (value / rule.grain).denominator != 1:
                words = f"a multiple of {decimal_text(rule.grain)}, the step of {sweep.over}"
                problems.append(Problem("type", f"sweep.{name}", shown(value), words))
        if sweep.start >= sweep.to:
            words = f"it is not above sweep.from = {shown(sweep.start)}"
            problems.append(Problem("conflict", "sweep.to", shown(sweep.to), words))
        elif sweep.scale == "log" and sweep.start == 0:
            words, fix = "a log scale has no 0", "Try sweep.from=1, or sweep.scale=linear."
            problems.append(Problem("conflict", "sweep.from", "0", words, fix))
        if ends and not problems:
            for name, value in (("sweep.from", sweep.start), ("sweep.to", sweep.to)):
                there = self.at(sweep.over, int(value) if rule.whole else value)
                problems += [dataclasses.replace(p, field=f"{name} ({p.field})") for p in there.misfits()]
        return problems

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
        numbers = {"hours_per_month": rules(Scenario)["hours_per_month"]}
        if any(option.is_choice for option in self.options):
            numbers[HEADROOM] = rules(Scenario)[HEADROOM]
        numbers |= _numbers("workload", self.workload)
        if self.workload.retries is not None:
            numbers |= _numbers("workload.retries", self.workload.retries)
        numbers["workload.traffic.burst"] = BURST
        for index in range(len(self.workload.traffic.bursts)):
            numbers |= {f"{BURSTS}{index}.{name}": rule for name, rule in rules(Burst).items()}
        for index, option in enumerate(self.options):
            numbers |= _numbers(f"options.{index}", option)
        for index, cost in enumerate(self.other_costs):
            numbers |= _numbers(f"other_costs.{index}", cost)
        for index, use in enumerate(self.services):
            numbers |= service_axes(index, use)
        return numbers


def read_scenario(path: str | Path) -> Any:
    """Read a scenario document; the paths of a trace and of rates in it are taken from beside the document."""
    document = with_rates(read_document(path), path)
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


_NOT_AXES = ("vcpu", "memory_gb", "max_cold_fraction", "attempts")  # sizes are from a list; bounds of a choice


def _replaced(value: Any, steps: list[str], new: Any) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(value, tuple):
        index = int(first)
        return (*value[:index], _replaced(value[index], rest, new), *value[index + 1 :])
    if isinstance(value, Mapping):
        return {**value, first: _replaced(value[first], rest, new)}
    return changed(value, **{first: _replaced(getattr(value, first), rest, new)})


_COLD_AXES = (
    "hours_per_month",
    DURATION,
    "workload.measured_memory_mb",
    "workload.busy_share",
    "workload.cpu_ms",
    "workload.cpu_threads",
    "workload.init_ms",
    "workload.package_mb",
    "workload.lambda_ratio",
    "workload.first_run_ms",
    "workload.deployments_per_month",
    "workload.canary_fraction",
    "workload.canary_minutes",
    "workload.traffic.burst",
    "workload.batch_size",
    "workload.steps",
    "workload.call_overhead_ms",
    "workload.retry_fraction",
    "workload.retries.failed_share",
    "workload.retries.duplicate_share",
)
