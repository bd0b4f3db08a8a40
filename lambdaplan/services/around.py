"""Services around: what a request does with queues, tables, caches and content delivery, as a scenario says it.

A service is told once, by the fields of its usage: so much a request, so much a month. What each option uses of it
follows from the workload; with `options` it is on the bills of some alone, as a proxy that only functions need.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.capacity.limits import Limit
from lambdaplan.errors import Problem, nearest
from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Entry, NotBilled, Noted, Usage
from lambdaplan.schema.fields import Rule, choice, default_values, number, own, rules, schema, shown
from lambdaplan.schema.reading import read, read_number, read_value
from lambdaplan.services.belonging import Belonging
from lambdaplan.services.service import Parts, Served, Service
from lambdaplan.services.usages import USAGES
from lambdaplan.units import gb_of
from lambdaplan.workload.retries import LOOKS
from lambdaplan.workload.workload import Workload

MOST = 50
WORD = "services"
SIZES = ("KB", "MB", "ms", "zones")
"""Units of fields that say what something is like, and not how much of it there is."""

PER_REQUEST, PER_MONTH, PER_ATTEMPT, PER_UNIT_HOUR = PERS = (
    *("per_request", "per_month", "per_attempt", "per_unit_hour"),
)
"""What the fields of a service may be given for."""
PER_SOMETHING = (PER_REQUEST, PER_ATTEMPT, PER_UNIT_HOUR)
SELDOM = (PER_ATTEMPT, PER_UNIT_HOUR)
"""Those that hold quantities alone, and are left out of documents that do not give them."""

PER_REQUEST_GRAIN = Fraction(1, 1000)
MOST_A_REQUEST = 10**9


def _is_quantity(rule: Rule) -> bool:
    return rule.kind == "number" and rule.unit not in SIZES


def _rule_of(name: str, rule: Rule, per: str) -> Rule:
    """What a field may be for one request, or in a month."""
    if per in PER_SOMETHING and _is_quantity(rule):
        high, grain = Fraction(MOST_A_REQUEST), PER_REQUEST_GRAIN
        return dataclasses.replace(rule, whole=False, low=Fraction(0), high=high, grain=grain, optional=False)
    return rule


def _read_amounts(value: Any, path: str, problems: list[Problem]) -> Mapping[str, Any]:
    """Read an object of fields and their values; what each may be is known with the service (`amount_problems`)."""
    if isinstance(value, Mapping):
        return dict(value)
    problems.append(Problem("type", path, shown(value), "an object of the service's fields and their values"))
    return {}


_AMOUNTS = {"type": "object", "additionalProperties": {"type": ["number", "string", "boolean"]}}


OF_OPTIONS = (
    *("ebs", "alb", "api_gateway_http", "api_gateway_rest", "public_ipv4", "nat_gateway", "data_transfer"),
    *("cloudwatch", "lambda_edge"),
)
"""Services that options bill by themselves too: tiers and free quantities are for both together."""


@dataclass(frozen=True)
class ServiceUse(Belonging):
    """What a service around is used for: by each request, and in a month whatever the requests are."""

    service: str = choice("which service, by its name in usage documents", *USAGES)
    per_request: Mapping[str, Any] | None = own(
        "fields of its usage that one request brings so much of; sizes as they are",
        _read_amounts,
        _AMOUNTS,
        default=None,
    )
    per_month: Mapping[str, Any] | None = own(
        "fields of its usage in a month, whatever the requests are", _read_amounts, _AMOUNTS, default=None
    )
    per_attempt: Mapping[str, Any] | None = own(
        "fields of its usage that each attempt at a request brings so much of: what is done again when one failed",
        _read_amounts,
        _AMOUNTS,
        default=None,
    )
    per_unit_hour: Mapping[str, Any] | None = own(
        "fields of its usage that each hour of a task or an instance brings so much of, such as its polls of a queue",
        _read_amounts,
        _AMOUNTS,
        default=None,
    )
    most_connections: Number = number(
        "connections that the database takes at once; a function holds one for each of its requests at once",
        unit="connections",
        low=1,
        high=10**6,
        whole=True,
        default=None,
    )
    connections_per_unit: Number = number(
        "connections that a task or an instance holds; goes with most_connections",
        unit="connections",
        low=1,
        high=10**4,
        whole=True,
        default=10,
    )
    hit_share: Number = number(
        "of cloudfront: share of the viewers' requests that it answers itself; the workload's requests are the others",
        unit="share",
        high=Fraction(999, 1000),
        grain=PER_REQUEST_GRAIN,
        default=None,
    )

    @property
    def kind(self) -> type[Usage]:
        """The usage type of the service."""
        return USAGES[self.service]

    @property
    def is_alike(self) -> bool:
        """Whether it costs every option the same: what is for all, and shares no tiers with what options bill."""
        return super().is_alike and self.service not in OF_OPTIONS and not self.per_unit_hour

    @property
    def is_in_front(self) -> bool:
        """Whether it answers viewers itself, before any front door."""
        return self.service == IN_FRONT

    def usage(self, served: Served, share: Fraction = Fraction(1)) -> Usage:
        """What an option uses of it in a month.

        Parameters: share : Fraction - of the units that it shares with other services, its part.
        """
        given = dict(self.per_month or {})
        workload = served.workload
        times = workload.begun_per_month
        each = dict(self.per_request or {})
        if self.is_in_front:
            times, each = self._viewers(served, each)
        declared = rules(self.kind)
        for name, value in each.items():
            if not _is_quantity(declared[name]):
                given[name] = value
            else:
                given[name] = given.get(name, 0) + value * times
        for name, value in (self.per_attempt or {}).items():
            given[name] = given.get(name, 0) + value * workload.attempts_per_month
        for name, value in (self.per_unit_hour or {}).items():
            given[name] = given.get(name, 0) + value * (served.unit_hours * share)
        usage = self.kind(**given)
        if not self.is_in_front:
            return usage
        charges = usage.charges(served.scenario.book, served.scenario.hours_per_month)
        items = [each.item for each in charges if isinstance(each, Charge) and "_requests/" in each.item]
        return Noted(usage, dict.fromkeys(items, VIEWERS))

    def _viewers(self, served: Served, each: dict[str, Any]) -> tuple[Number, dict[str, Any]]:
        """How many requests viewers send, and what each brings: answers and requests of the workload's sizes."""
        workload = served.workload
        passed: Number = Fraction(1) if self.hit_share is None else 1 - self.hit_share
        viewers = workload.begun_per_month / passed
        if not ({"http_requests", "https_requests"} & each.keys()):
            each["https_requests"] = Fraction(1)
        each.setdefault("gb_out", gb_of(1, workload.response_kb))
        each.setdefault("gb_to_origin", gb_of(1, workload.request_kb) * passed)
        return viewers, each

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """What its usage lacks, or does not take."""
        usual: Mapping[str, Any] = default_values(self.kind)  # type: ignore[arg-type]  # a class is hashable
        one = {name: value for per in PERS for name, value in (getattr(self, per) or {}).items()}
        missing = [name for name, value in usual.items() if value is dataclasses.MISSING and name not in one]
        if missing:
            words = f"a field of {self.service}, for one request or in a month"
            return [Problem("missing", f"{path}.per_request.{missing[0]}", "", words)]
        return self.kind(**one).problems(f"{path}.per_month", book, region)


VIEWERS = "of viewers: hit_share of their requests ends here, the others are those of the workload"
IN_FRONT = "cloudfront"


def read_services(value: Any, path: str, problems: list[Problem]) -> tuple[ServiceUse, ...]:
    """Read the services around, each with the fields of its usage."""
    if not isinstance(value, (list, tuple)) or len(value) > MOST:
        given = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, given, f"a list of at most {MOST} objects with a service"))
        return ()
    uses = []
    for index, item in enumerate(value):
        use = read(ServiceUse, item, f"{path}.{index}", problems)
        if use is not None:
            uses.append(_with_amounts(use, f"{path}.{index}", problems))
    return tuple(uses)


def _with_amounts(use: ServiceUse, path: str, problems: list[Problem]) -> ServiceUse:
    """The use with its amounts read by what the service's fields may be; without those that are wrong."""
    read_ones = {per: _amounts(use.kind, getattr(use, per) or {}, f"{path}.{per}", per, problems) for per in PERS}
    for per in SELDOM:
        if getattr(use, per) is None:
            del read_ones[per]
        for name in read_ones.get(per, {}):
            if not _is_quantity(rules(use.kind)[name]):
                words = (
                    f"it is no quantity, and no more {'in an hour' if per == PER_UNIT_HOUR else 'with each attempt'}"
                )
                fix = f"Give it in {PER_REQUEST} or {PER_MONTH}."
                problems.append(Problem("conflict", f"{path}.{per}.{name}", "", words, fix))
    twice = [
        name
        for name in read_ones["per_request"].keys() & read_ones["per_month"].keys()
        if not _is_quantity(rules(use.kind)[name])
    ]
    problems += [Problem("conflict", f"{path}.per_month.{name}", "", "it is in per_request too") for name in twice]
    if use.hit_share is not None and not use.is_in_front:
        words, fix = f"only {IN_FRONT} answers requests itself", "Leave it out."
        problems.append(Problem("conflict", f"{path}.hit_share", shown(use.hit_share), words, fix))
    if use.most_connections is not None and use.service not in DATABASES:
        words, fix = f"only {' and '.join(DATABASES)} hold connections", "Leave it out."
        problems.append(Problem("conflict", f"{path}.most_connections", shown(use.most_connections), words, fix))
    return dataclasses.replace(use, **read_ones)


def _amounts(kind: type[Usage], given: Mapping[str, Any], path: str, per: str, problems: list[Problem]) -> Any:
    known = {rule.name or name: name for name, rule in rules(kind).items() if rule.kind != "own"}
    amounts = {}
    for name, value in given.items():
        if name not in known:
            words = f"the fields are {', '.join(known)}"
            problems.append(Problem("unknown_field", f"{path}.{name}", "", words, nearest(name, known)))
            continue
        rule = _rule_of(name, rules(kind)[known[name]], per)
        read_one = (read_number if rule.kind == "number" else read_value)(value, rule, f"{path}.{name}", problems)
        if read_one is not None:
            amounts[known[name]] = read_one
    return amounts


SERVICES_SCHEMA = {"type": "array", "maxItems": MOST, "items": schema(ServiceUse)}


def service_axes(index: int, use: ServiceUse) -> dict[str, Rule]:
    """The numbers of a service that may vary, by path."""
    numbers = {}
    declared = rules(use.kind)
    for per in PERS:
        for name in getattr(use, per) or {}:
            rule = _rule_of(name, declared[name], per)
            if rule.kind == "number":
                numbers[f"{WORD}.{index}.{per}.{name}"] = rule
    own_numbers = ["hit_share"] if use.hit_share is not None else []
    own_numbers += ["most_connections", "connections_per_unit"] if use.most_connections is not None else []
    for name in own_numbers:
        numbers[f"{WORD}.{index}.{name}"] = rules(ServiceUse)[name]
    return numbers


def _usage(served: Served) -> Sequence[Usage]:
    uses = [use for use in served.scenario.services if use.is_of(served.option)]
    usage = [use.usage(served) for use in uses] + _of_retries(served.workload)
    return usage or [NotBilled("Services around: none", "none of those given belongs to this option")]


def _of_retries(workload: Workload) -> list[Usage]:
    """What retries bring besides attempts: dead letters in a queue of their own, and keys that are remembered."""
    retries, usage = workload.retries, list[Usage]()
    if retries is not None and retries.dead_letters:
        left = workload.requests_per_month * retries.left_share
        queue = USAGES["sqs"](standard_requests=left * LOOKS)  # type: ignore[call-arg]  # of the registry
        usage.append(Noted(queue, {"standard_requests": "dead letters among them, three requests each"}))
    if retries is not None and retries.idempotent:
        table = USAGES["dynamodb"](write_request_units=workload.attempts_per_month)  # type: ignore[call-arg]
        usage.append(
            Noted(table, {"write_request_units": "keys of attempts among them, so that nothing is done twice"})
        )
    return usage


def _shared(served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
    """Each service has its own; of what units bring by the hour the part of the fleet that it keeps busy."""
    parts: Parts = []
    for one, share in zip(served, shares, strict=True):
        entries: list[Entry] = []
        for use in one.scenario.services:
            if use.is_of(one.option):
                entries += one.entries([use.usage(one, share)])
        entries += one.entries(_of_retries(one.workload))
        parts.append(entries or one.entries(_usage(one)))
    return parts


def _limits(served: Served) -> Sequence[Limit]:
    """The connections that a database takes, against those that an option holds; behind a proxy as many as it likes.

    A function holds one for each request at once, a fleet `connections_per_unit` for each of its units.
    """
    uses = [use for use in served.scenario.services if use.is_of(served.option)]
    if any(use.service == PROXY for use in uses):
        return ()
    limits = []
    for use in uses:
        if use.most_connections is not None:
            held = served.fleet.units_peak * use.connections_per_unit if served.option.has_units else Fraction(0)
            if served.option.has_function:
                held = held + served.fleet.in_flight_peak * served.fleet.lambda_share
            what = f"connections of {use.service} at once; a proxy shares them"
            source = f"{WORD} of the scenario, most_connections"
            limits.append(
                Limit(what, held, use.most_connections * Fraction(1), "connections", False, source, advisory=True)
            )
    return limits


PROXY = "rds_proxy"
DATABASES = ("aurora_serverless_v2", "elasticache")

AROUND = Service(
    WORD,
    "services around (queues, tables, caches and what else a request uses)",
    _usage,
    limits=_limits,
    shared=_shared,
)
