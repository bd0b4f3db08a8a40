"""Reading documents: what both have alike, then a scenario's fields and every check of them, in order."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lambdaplan import platforms, services
from lambdaplan.capacity.percentile_fit import fitted
from lambdaplan.coldstart.month import KEEP_ALIVE_S, initialisation_ms
from lambdaplan.errors import InputError, PriceNotFound, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text, figure
from lambdaplan.numbers import Number
from lambdaplan.platforms import OPTIONS, Option
from lambdaplan.platforms.lambda_ import Lambda
from lambdaplan.pricing.plans import PLANS, family
from lambdaplan.pricing.price_book import DEFAULT_BOOK, PriceBook
from lambdaplan.pricing.rates import Commitment, OwnPrice, Rates
from lambdaplan.pricing.regions import nearest_region
from lambdaplan.pricing.usage import Usage
from lambdaplan.schema.amounts import MONTH_HOURS
from lambdaplan.schema.fields import Rule, default_values, number, schema, shown
from lambdaplan.schema.reading import Repeats, read, read_kinds, read_number, read_values, with_name
from lambdaplan.services import SERVICES
from lambdaplan.services.belonging import resolved
from lambdaplan.units import HOURS_PER_MONTH, HOURS_PER_WEEK, MS_PER_SECOND, SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from lambdaplan.workload.spread import spread_problems
from lambdaplan.workload.traffic_reading import burst_problems
from lambdaplan.workload.workload import JOB, KINDS, MB_PER_VCPU, QUEUE, SERVICE, WAITING_FIELDS, Workload, cpu_limit

# What a usage document can hold, and a price book price: by its name in both.
USAGE: Mapping[str, type[Usage]] = ChainMap(services.USAGES, platforms.USAGES)  # type: ignore[arg-type]  # only read
VERSION = 1
DEFAULT_PROCESSOR = "x86_64"
SCHEMA = "$schema"
"""What a document may carry for editors, and nobody reads."""


def hours_per_month() -> Any:
    """Declare the hours of the month, as both documents have them."""
    return number("hours in the month", unit="h", low=672, high=744, default=HOURS_PER_MONTH)


BELONGING = ("other_costs", "services")
"""Lists of a scenario whose items belong to some of its options."""

HOURS: Rule = hours_per_month().metadata["rule"]
OF_QUEUES = ("batch_size", "batch_window_s", "call_overhead_ms", "visibility_timeout_s")
"""The fields of a workload that go with a queue alone."""
WITHOUT_COLD_STARTS = "Leave workload.init_ms and workload.runtime out."


@contextlib.contextmanager
def month_of(document: Any) -> Iterator[None]:
    """Within: what a request a second comes to in the month of a document, where that can be read."""
    given = document.get("hours_per_month") if isinstance(document, Mapping) else None
    hours = None if given is None else read_number(given, HOURS, "hours_per_month", [])
    before = MONTH_HOURS.set(hours or HOURS_PER_MONTH)
    try:
        yield
    finally:
        MONTH_HOURS.reset(before)


def read_version(value: Any, path: str, problems: list[Problem]) -> int:
    """Read the version of a document: 1."""
    if isinstance(value, bool) or value != VERSION:
        fix = "Write it without quotes." if value == str(VERSION) else "This package reads version 1."
        problems.append(Problem("choice", path, shown(value), "1", fix))
    return VERSION


def read_prices(value: Any, path: str, problems: list[Problem]) -> tuple[OwnPrice, ...]:
    """Read the reader's own prices, each item once."""
    if not isinstance(value, (list, tuple)):
        problems.append(Problem("type", path, shown(value), 'a list of {"service", "item", "price_usd", "note"}'))
        return ()
    read_ones = [read(OwnPrice, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    prices = [one for one in read_ones if one is not None]
    keys = [(price.service, price.item) for price in prices]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            problems.append(Problem("conflict", f"{path}.{index}", f'"{key[1]}"', "the same item has two prices"))
    return tuple(prices)


PRICES_SCHEMA = {"type": "array", "items": schema(OwnPrice)}


def check_against_book(
    values: Mapping[str, Any], parts: Mapping[str, Option | Usage], problems: list[Problem]
) -> PriceBook | None:
    """Check region, own prices and parts of a document against its price book; None where there is no such book.

    Parameters:
    values : mapping - the fields that could be read, by attribute.
    parts : mapping - options or rows of usage, by path.
    problems : list - what is wrong is added to it.
    """
    try:
        book = PriceBook.load(values.get("book_id", DEFAULT_BOOK))
    except PriceNotFound as error:
        problems += error.problems
        return None
    region, prices = values.get("region", "us-east-1"), values.get("prices", ())
    if region not in book.regions:
        problems.append(_no_region(book, region, "region"))
    _check_prices(book, prices, problems)
    rates = values.get("rates")
    if rates is not None:
        _check_rates(book, rates, problems)
    priced = book.with_prices(prices, rates)
    for path, option_or_usage in parts.items():
        problems += option_or_usage.problems(path, priced, region)
    return book


def item_names(book: PriceBook, service: str) -> tuple[str, ...]:
    """Every item of a service that some region prices, or that a reader may price."""
    priced = book.priced_items(service)
    further = USAGE[service].further_items(book, priced) if service in USAGE else ()
    return tuple(dict.fromkeys((*priced, *further)))


def _check_prices(book: PriceBook, prices: Iterable[OwnPrice], problems: list[Problem], path: str = "prices") -> None:
    """The reader's own prices are of items that the book knows, in this region or another."""
    for index, price in enumerate(prices):
        known = _items_of(book, price.service, f"{path}.{index}", problems)
        if known and price.item not in known:
            problems.append(_no_item(price.service, price.item, known, f"{path}.{index}"))


def _items_of(book: PriceBook, service: str, path: str, problems: list[Problem]) -> tuple[str, ...]:
    """The items of a service; none, with the problem, where there is no such service."""
    known = item_names(book, service)
    if not known:
        services = sorted({*book.services, *(name for name in USAGE if item_names(book, name))})
        problem = Problem("choice", f"{path}.service", f'"{shorten(service)}"', ", ".join(services))
        problems.append(dataclasses.replace(problem, fix=nearest(service, services)))
    return known


def _no_region(book: PriceBook, region: str, path: str) -> Problem:
    words, fix = f"the {len(book.regions)} regions of the book", nearest_region(region, book.regions)
    return Problem("choice", path, f'"{shorten(region)}"', words, fix)


def _no_item(service: str, item: str, known: tuple[str, ...], path: str) -> Problem:
    fix = nearest(item, known) or f"lambdaplan prices list {service} names them."
    words = f"the {len(known)} items of {service} in the book"
    return Problem("choice", f"{path}.item", f'"{shorten(item)}"', words, fix)


def _check_rates(book: PriceBook, rates: Rates, problems: list[Problem]) -> None:
    """Discounts and prices of an agreement are of services, items and regions that the book knows."""
    _check_prices(book, rates.prices, problems, "rates.prices")
    for index, discount in enumerate(rates.discounts):
        path = f"rates.discounts.{index}"
        if discount.service is not None:
            known = _items_of(book, discount.service, path, problems)
            if known and not any(discount.fits(item) for item in known):
                problems.append(_no_item(discount.service, discount.item or "", known, path))
    regions = {f"rates.discounts.{index}": one.region for index, one in enumerate(rates.discounts)}
    regions |= {f"rates.prices.{index}": price.region for index, price in enumerate(rates.prices)}
    regions |= {f"rates.commitments.{index}": one.region for index, one in enumerate(rates.commitments)}
    families = {family(name) for name in book.instance_types}
    for index, one in enumerate(rates.commitments):
        if one.family is not None and one.family not in families:
            words, fix = f"the {len(families)} families of the book", nearest(one.family, families)
            field = f"rates.commitments.{index}.family"
            problems.append(Problem("choice", field, f'"{shorten(one.family)}"', words, fix))
    for path, region in regions.items():
        if region is not None and region not in book.regions:
            problems.append(_no_region(book, region, f"{path}.region"))


def without_pointer(document: Mapping[str, Any], problems: list[Problem]) -> Mapping[str, Any]:
    """A document without what editors need of it."""
    if SCHEMA not in document:
        return document
    if not isinstance(document[SCHEMA], str):
        problems.append(Problem("type", SCHEMA, shown(document[SCHEMA]), "text, the address of a JSON Schema"))
    return (
        document.without(SCHEMA)
        if isinstance(document, Repeats)
        else {k: v for k, v in document.items() if k != SCHEMA}
    )


def document_schema(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a whole document."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    pointer = {"description": "this schema, for editors", "type": "string"}
    properties = {SCHEMA: pointer, **fields["properties"]}
    named = {"$schema": draft, "$id": f"urn:lambdaplan:{kind}:{VERSION}", "title": f"lambdaplan {kind} document"}
    return {**named, **fields, "properties": properties}


# ---- the fields of a scenario


def read_fields(scenario: type, document: Any, problems: list[Problem]) -> dict[str, Any] | None:
    """Read the fields of a scenario, each on its own; None where too little can be read to look at the rest.

    Parameters:
    scenario : type - the dataclass that declares them.
    problems : list - what is wrong is added to it.
    """
    if not isinstance(document, Mapping):
        fix = "lambdaplan init writes one."
        if isinstance(document, (str, list, tuple)):
            fix = "A field is a name, a colon, a space and its value, without a dash: version: 1."
        if isinstance(document, str) and re.match(r"\w+([,;]\w+){2}", document):
            fix = "A table of services is CSV: name it .csv, for lambdaplan batch."
        problems.append(Problem("type", "document", shown(document), "a scenario, an object with fields", fix))
        return None
    values = read_values(scenario, without_pointer(document, problems), "", problems, ("workload", "options"))
    workload = _read_workload(document, problems)
    architecture = values.get("architecture", DEFAULT_PROCESSOR)
    readable = _read_options(document, architecture, values.get("book_id", DEFAULT_BOOK), problems)
    book = check_against_book(values, readable, problems)
    options = _labelled(tuple(readable.values()), architecture, problems)
    if book is not None:
        for index, use in enumerate(values.get("services", ())):
            problems += use.problems(f"services.{index}", book, values.get("region", "us-east-1"))
    if workload is None or not options or book is None:
        return None
    if len(options) == len(document["options"]):
        for name in BELONGING:
            if name in values:
                values[name] = resolved(values[name], options, tuple(OPTIONS), name, problems)
    if any(one.places is not None for name in BELONGING for one in values.get(name, ())):
        options = tuple(dataclasses.replace(option, place=place) for place, option in enumerate(options))
    # with what could be read, the rest is checked too: all problems of a document together
    workload = _measured(workload, options, problems)
    if workload.traffic.bursts:
        hours, requests = values.get("hours_per_month", HOURS_PER_MONTH), workload.requests_per_month
        too_many = burst_problems(workload.traffic, requests, hours)
        problems += too_many
        if not too_many:
            workload = dataclasses.replace(workload, traffic=workload.traffic.within(requests, hours))
    named = {"version": VERSION, "name": "unnamed", **values}
    return {**named, "workload": workload, "options": _kept(options, workload)}


def _read_workload(document: Mapping[str, Any], problems: list[Problem]) -> Workload | None:
    if "workload" not in document:
        problems.append(Problem("missing", "workload", "", "an object with what must be served"))
        return None
    given = document["workload"]
    workload = _with_level(given, problems) if _takes_level(given) else read(Workload, given, "workload", problems)
    if isinstance(given, Mapping):
        named = [name for name in ("busy_share", "cpu_ms") if given.get(name) is not None]
        if not named:
            words = "exactly one of busy_share (0..1) and cpu_ms (ms)"
            problems.append(Problem("missing", "workload.busy_share", "", words, "Try busy_share=0.3 for mixed work."))
            return None
        if len(named) == 2:
            words, fix = "busy_share is given too", "Keep one of them."
            problems.append(Problem("conflict", "workload.cpu_ms", shown(given["cpu_ms"]), words, fix))
            return None
    return workload if workload is None else _fitted(workload, given, problems)


def workload_schema() -> dict[str, Any]:
    """The schema of a workload; with a trace the requests a month may be left out."""
    described = schema(Workload)
    described["required"] = [name for name in described["required"] if name != _LEVEL]
    of_traces = [{"required": [name]} for name in _OF_TRACES]
    with_trace = {"required": ["traffic"], "properties": {"traffic": {"anyOf": of_traces}}}
    return {**described, "if": {"not": with_trace}, "then": {"required": [_LEVEL]}}


_LEVEL, _OF_TRACES = "requests_per_month", ("trace", "from_trace")


def _takes_level(given: Any) -> bool:
    """Whether a workload has a trace and leaves the requests a month to it."""
    if not isinstance(given, Mapping):
        return False
    traffic = given.get("traffic")
    return _LEVEL not in given and isinstance(traffic, Mapping) and any(traffic.get(n) for n in _OF_TRACES)


def _with_level(given: Mapping[str, Any], problems: list[Problem]) -> Workload | None:
    """Read a workload with the requests a month that its trace has in hours of the month, to the whole."""
    workload = read(Workload, with_name(given, _LEVEL, 0), "workload", problems)
    if workload is None:
        return None
    traffic, hours = workload.traffic, MONTH_HOURS.get()
    level = round(sum(traffic.hourly or (), Fraction(0)) / HOURS_PER_WEEK * hours)
    note = f"requests_per_month is the trace's own level, {level:,} in {figure(hours)} h."
    traffic = dataclasses.replace(traffic, notes=(*(one for one in traffic.notes if "own level" not in one), note))
    return dataclasses.replace(workload, requests_per_month=Fraction(level), traffic=traffic)


def _fitted(workload: Workload, given: Any, problems: list[Problem]) -> Workload:
    """With the distribution that goes with measured percentiles, in place of a spread of one's own."""
    if workload.percentiles is None:
        return workload
    problems += spread_problems(given, workload.percentiles, workload.duration_ms)
    try:
        spread = fitted(workload.percentiles, workload.duration_ms)
    except InputError as error:
        problems += error.problems
        return workload
    return dataclasses.replace(workload, fitted=spread, service_cv=None)


def _measured(workload: Workload, options: tuple[Option, ...], problems: list[Problem]) -> Workload:
    """Fill in the memory that the duration was measured with, and hold cpu_ms against it."""
    if workload.measured_memory_mb is None:
        sizes = [o.memory_mb for o in options if isinstance(o, Lambda) and not o.is_choice]
        memory_mb = Fraction(sizes[0] if sizes else MB_PER_VCPU)
        workload = dataclasses.replace(workload, measured_memory_mb=memory_mb)
    problems += cpu_problems(workload)
    return workload


def _as_options(given: Any) -> str:
    """How options are written that were given as something else than a list."""
    if isinstance(given, Mapping) and "kind" in given:
        return "It is one of them: put it in brackets, or behind a dash."
    kinds = [name for name in given if name in OPTIONS] if isinstance(given, Mapping) else []
    kind = kinds[0] if kinds else given if isinstance(given, str) and given in OPTIONS else "lambda"
    return f'Each is an object with a kind: [{{"kind": "{kind}", …}}].' if not _is_long(given) else ""


def _is_long(given: Any) -> bool:
    return isinstance(given, (list, tuple)) and len(given) > 0


def _read_options(
    document: Mapping[str, Any], architecture: str, book_id: str, problems: list[Problem]
) -> dict[str, Option]:
    """The options that can be read, by their paths, with the scenario's processor where they say none."""
    if "options" not in document:
        kinds = ", ".join(OPTIONS)
        problems.append(Problem("missing", "options", "", f"a list of 1 to 50 options, each with a kind of {kinds}"))
        return {}
    given = document["options"]
    if not isinstance(given, (list, tuple)) or not 1 <= len(given) <= 50:
        got = f"a list of {len(given)}" if isinstance(given, (list, tuple)) else shown(given)
        problems.append(Problem("type", "options", got, "a list of 1 to 50 options", _as_options(given)))
        return {}
    try:
        book = PriceBook.load(book_id)
    except PriceNotFound:
        book = PriceBook.load(DEFAULT_BOOK)  # the book's own problem is told elsewhere

    workload = document.get("workload")
    kind = workload.get("kind", SERVICE) if isinstance(workload, Mapping) else SERVICE

    def inheriting(option: Any) -> Any:
        platform = OPTIONS.get(str(option.get("kind"))) if isinstance(option, Mapping) else None
        if platform is None:
            return option
        return _with_defaults(platform.inheriting(option, architecture, book), platform, kind)

    return read_kinds(OPTIONS, "kind", [inheriting(option) for option in given], "options", problems)


def _with_defaults(document: Mapping[str, Any], platform: type[Option], kind: Any) -> Mapping[str, Any]:
    """The document of an option with the defaults that go with the kind of its workload."""
    if kind not in KINDS:
        return document
    for name, value in platform.defaults_of(kind, document).items():
        if document.get(name) is None:
            document = with_name(document, name, value)
    return document


def _labelled(options: tuple[Option, ...], architecture: str, problems: list[Problem]) -> tuple[Option, ...]:
    named = tuple(
        dataclasses.replace(o, label=o.label or o.size_label, front_door=o.front_door or o.usual_front_door)
        for o in (option.completed(options, architecture) for option in options)
    )
    labels = [option.label for option in named]
    for index, label in enumerate(labels):
        if label in labels[:index]:
            words = f"option {labels.index(label)} has the same label"
            fix = "Give each a label of its own."
            problems.append(Problem("conflict", f"options.{index}.label", f'"{label}"', words, fix))
    return named


def _kept(options: tuple[Option, ...], workload: Workload) -> tuple[Option, ...]:
    """The options with the time that environments are kept, where cold starts follow from it."""
    if not workload.models_cold_starts:
        return options
    return tuple(
        dataclasses.replace(option, keep_alive_s=KEEP_ALIVE_S)
        if isinstance(option, Lambda) and option.keep_alive_s is None
        else option
        for option in options
    )


# ---- what does not fit together


def cpu_problems(workload: Workload) -> list[Problem]:
    """Give a processor time that the memory it was measured with can't have spent."""
    if workload.cpu_ms is not None:
        limit, words = cpu_limit(workload)
        if workload.cpu_ms > limit:
            fix = "Lower cpu_ms, or give the memory it was measured with."
            if workload.duration_ms < 60 and workload.cpu_ms <= limit * MS_PER_SECOND:
                meant, given = decimal_text(workload.duration_ms * MS_PER_SECOND), decimal_text(workload.duration_ms)
                fix += f" Or try duration_ms={meant}, if {given} is in seconds."
            return [Problem("range", "workload.cpu_ms", shown(workload.cpu_ms), words, fix)]
    return []


def kind_problems(workload: Workload, options: tuple[Option, ...]) -> list[Problem]:
    """Give what does not go with the kind of the workload."""
    problems: list[Problem] = []
    usual = default_values(Workload)
    for name in WAITING_FIELDS:
        value = getattr(workload, name)
        goes = (QUEUE,) if name in OF_QUEUES else (JOB,) if name == "steps" else (QUEUE, JOB)
        if workload.kind not in goes and value != usual[name]:
            words = f"it goes with workload.kind {' or '.join(goes)}, and that is {workload.kind}"
            fix = f"Set workload.kind={goes[0]}, or leave it out."
            problems.append(Problem("conflict", f"workload.{name}", figure(value, 6), words, fix))
    if workload.retries is not None:
        problems += workload.retries.problems("workload.retries")
        if workload.retry_fraction:
            words, fix = "workload.retries says what it does, and who tries again", "Leave it out."
            problems.append(
                Problem("conflict", "workload.retry_fraction", figure(workload.retry_fraction, 6), words, fix)
            )
    if workload.kind == QUEUE and workload.max_wait_s is None:
        words = "longest time until work on a message begins (s), which sizes the fleets of a queue"
        problems.append(Problem("missing", "workload.max_wait_s", "", words, "Try workload.max_wait_s=600."))
    if workload.waits and workload.slo is not None:
        words = (
            f"nobody waits for the answers of a {workload.kind}: workload.max_wait_s, the longest wait, takes its place"
        )
        problems.append(Problem("conflict", "workload.slo", "an object", words, "Leave it out."))
    if workload.waits:
        for place, option in enumerate(options):
            problems += option.kind_problems(f"options.{place}", workload)
    return problems


def included_problems(
    include: tuple[str, ...], workload: Workload, options: tuple[Option, ...], wage: object, services: Sequence[Any]
) -> list[Problem]:
    """Give what the words of `include` need and the scenario does not have.

    Parameters:
    wage : what an hour of people's work costs, or None.
    services : sequence - what requests use of what stands around.
    """
    problems = [p for service in SERVICES if service.word in include for p in service.problems(workload)]
    retries = workload.retries
    brings = retries is not None and (retries.dead_letters or retries.idempotent)
    if "services" in include and not services and not brings:
        words, fix = "a list of what requests use, as include names services", 'Such as [{"service": "sqs", …}].'
        problems.append(Problem("missing", "services", "", words, fix))
    hours = any(option.operations_hours or option.on_call_hours for option in options)
    moved = [option.migration for option in options if option.migration is not None]
    counted = "operations" in include and hours
    if wage is None and (counted or any(migration.hours for migration in moved)):
        whose = "operations_hours and on_call_hours" if counted else "migration.hours"
        words = f"a wage (USD an hour) for the {whose} of the options"
        problems.append(Problem("missing", "operations.wage_usd_per_hour", "", words))
    if options[0].migration is not None:
        words, fix = "the first option is what runs today", "Put what is moved away from first."
        problems.append(Problem("conflict", "options.0.migration", "an object", words, fix))
    return problems


def commitment_problems(commitments: Sequence[Commitment], options: tuple[Option, ...]) -> list[Problem]:
    """Give the options that commitments of one's own do not go with; nothing without commitments."""
    problems = []
    for index, option in enumerate(options if commitments else ()):
        if option.is_planned or any(term in PLANS for term in getattr(option, "purchases", None) or ()):
            words = "rates.commitments are used up by what is bought on demand, and this asks for a plan beside them"
            problems.append(Problem("conflict", f"options.{index}.purchase", "a plan", words, "Give one of the two."))
        if option.is_provisioned:
            words = "which hours run over what is kept ready is not known hour by hour, as rates.commitments need it"
            problems.append(Problem("conflict", f"options.{index}.provisioned", "given", words, "Leave one out."))
    return problems


def cold_start_problems(workload: Workload, hours_per_month: Number, options: tuple[Option, ...]) -> list[Problem]:
    """Give what keeps the cold starts of a scenario from being counted; nothing where they need not be."""
    problems: list[Problem] = []
    counted = workload != workload.without_cold_starts()
    for path, option in ((f"options.{n}", option) for n, option in enumerate(options) if option.starts_cold):
        problems += option.cold_start_problems(path, workload)
        if not counted:
            continue
        each = [
            _function_problems(workload, hours_per_month, architecture)
            for architecture in option.init_architectures or (None,)
        ]
        if all(each):  # of several processors one is enough
            problems += [
                dataclasses.replace(p, field=f"{path}.{p.field}") if p.field == "architecture" else p for p in each[0]
            ]
    return problems


def _function_problems(workload: Workload, hours_per_month: Number, architecture: str | None) -> list[Problem]:
    """What keeps the cold starts of a function from being counted, with the fields of the scenario.

    Parameters:
    architecture : str or None - the processor whose initialisation is looked up; None where none is needed.
    """
    packed = any(value is not None for value in (workload.package_mb, workload.package, workload.aws_sdk))
    if packed and workload.init_ms is None and workload.runtime is None:
        words = "package, package_mb and aws_sdk go with it"
        return [Problem("missing", "workload.runtime", "", words, "Try workload.runtime=nodejs22.x.")]
    goes_with = (
        ("canary_fraction", "canary_minutes"),
        ("canary_minutes", "canary_fraction"),
        ("canary_fraction", "deployments_per_month"),
    )
    for name, other in goes_with:
        if getattr(workload, name) is not None and getattr(workload, other) is None:
            return [Problem("missing", f"workload.{other}", "", f"workload.{name} goes with it")]
    if workload.canary_minutes is not None and workload.deployments_per_month is not None:
        most = int(hours_per_month * SECONDS_PER_HOUR / (workload.canary_minutes * SECONDS_PER_MINUTE))
        if workload.deployments_per_month > most:
            given = figure(workload.deployments_per_month)
            words = f"with canaries of {figure(workload.canary_minutes)} minutes, one after another, at most {most:,}"
            return [Problem("conflict", "workload.deployments_per_month", given, words)]
    if not workload.counts_cold_starts:
        words, fix = "it goes with workload.init_ms or workload.runtime", "Give one of them, or leave it out."
        return [
            Problem("conflict", f"workload.{name}", figure(getattr(workload, name)), words, fix)
            for name in ("first_run_ms", "deployments_per_month", "cold_fraction")
            if getattr(workload, name) is not None
        ]
    if workload.cold_fraction is not None and workload.deployments_per_month is not None:
        words = "cold_fraction is given, and a measured share has the cold starts of deployments among it"
        given = figure(workload.deployments_per_month)
        return [Problem("conflict", "workload.deployments_per_month", given, words, "Leave out one of the two.")]
    if workload.canary_fraction is not None and workload.is_regular:
        words, fix = "a share of requests that come equally spaced is not equally spaced", "Leave out one of the two."
        return [Problem("conflict", "workload.canary_fraction", figure(workload.canary_fraction), words, fix)]
    if workload.first_run_ms is not None and workload.first_run_ms < workload.duration_ms:
        words = f"at least workload.duration_ms, {figure(workload.duration_ms)} (ms)"
        return [Problem("conflict", "workload.first_run_ms", figure(workload.first_run_ms), words)]
    if architecture is not None:
        try:
            initialisation_ms(workload, architecture)
        except InputError as error:
            return list(error.problems)
    return []
