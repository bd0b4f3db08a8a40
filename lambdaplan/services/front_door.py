"""Front doors: load balancers, HTTP and REST APIs, function URLs; their usage types, usage and limits.

One usage type a service: the fields of a usage document, and the priced quantities they make.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.fleet import hour_of, rps_by_weight
from lambdaplan.capacity.limits import Limit, check, used
from lambdaplan.coldstart.month import lambda_billing
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number, apart, larger, on_sweep, whole_up
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, NotBilled, Usage
from lambdaplan.schema.fields import HUGE, choice, number, shown
from lambdaplan.services.service import Parts, Served, Service, shares_of, split
from lambdaplan.units import HOURS_PER_WEEK, KB_PER_GB, KB_PER_MB, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import in_flight

TRUST_STORE = "trust_store_hour"
CACHE_SIZES_GB = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")


@dataclass(frozen=True)
class AlbUsage(Usage):
    """An Application Load Balancer: its hours, and load balancer capacity units (LCU).

    References: Elastic Load Balancing pricing, Amazon Web Services, stored copy read 2026-11-23:
    an LCU is 25 new connections a second, 3,000 active connections a minute, 1 GB an hour
    (0.4 GB for Lambda targets) or 1,000 rule evaluations a second; only the largest of the four is
    charged; the first 10 rules are free.

    Examples:
        >>> book = PriceBook.load()  # one connection a second with 60 requests, 300 KB/s, 20 rules
        >>> AlbUsage(new_connections_per_s=Fraction(1), active_connections=Fraction(120),
        ...          gb_per_hour=Fraction(108, 100)).mean_lcus(book)
        Fraction(27, 25)
    """

    title = "load balancer"
    colour = "#8b95a1"

    hours: Number = number("hours the load balancer stood; default: the whole month", unit="h", high=HUGE, default=None)
    lcus: Number = number("mean LCUs, instead of what they are made of", unit="LCU", high=HUGE, default=None)
    new_connections_per_s: Number = number("new connections", unit="1/s", high=HUGE, default=None)
    active_connections: Number = number("connections open at once", unit="connections", high=HUGE, default=None)
    gb_per_hour: Number = number(
        "bytes processed for instance, IP and container targets", unit="GB/h", high=HUGE, default=None
    )
    requests_per_s: Number = number("requests, for rule evaluations", unit="1/s", high=HUGE, default=None)
    rules: Number = number("rules each request meets", unit="rules", high=HUGE, default=None)
    trust_stores: Number = number("trust stores of mutual TLS", unit="stores", high=10**6, default=Fraction(0))

    PARTS = ("new_connections_per_s", "active_connections", "gb_per_hour", "requests_per_s", "rules")

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Load balancer hours and LCU-hours."""
        hours = hours_per_month if self.hours is None else self.hours
        charges = [
            Charge("alb", "load_balancer_hour", hours, "ALB hours"),
            Charge("alb", "lcu_hour", hours * self.mean_lcus(book), "ALB capacity units (LCU)"),
        ]
        if self.trust_stores:
            stored = hours * self.trust_stores
            charges.append(Charge("alb", TRUST_STORE, stored, "ALB trust stores", unit="trust store-hour"))
        return charges

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """The hour of a trust store, which no book has."""
        return [TRUST_STORE]

    def mean_lcus(self, book: PriceBook) -> Number:
        """The largest of the four measures an LCU has. [LCU]"""
        return functools.reduce(larger, self._measures(book), Fraction(0))

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """Where another of the measures becomes the largest: a hybrid's do not all grow alike."""
        return [apart(one, other) for one, other in itertools.combinations(self._measures(book), 2)]

    def _measures(self, book: PriceBook) -> list[Number]:
        """What of the four measures is known. [LCU]"""
        if self.lcus is not None:
            return [self.lcus]
        given = (
            (self.new_connections_per_s, "alb.lcu_new_connections"),
            (self.active_connections, "alb.lcu_active_connections"),
            (self.gb_per_hour, "alb.lcu_gb_per_hour"),
        )
        measures: list[Number] = [value / book.rule(measure) for value, measure in given if value is not None]
        if self.requests_per_s is not None and self.rules is not None:
            paid = larger(self.rules - book.rule("alb.rules_free"), 0)
            measures.append(self.requests_per_s * paid / book.rule("alb.lcu_rule_evaluations"))
        return measures

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Either the LCUs are given or what they are made of."""
        given = [name for name in self.PARTS if getattr(self, name) is not None]
        if self.lcus is not None and given:
            words = f"{given[0]} is given too"
            return [Problem("conflict", f"{path}.lcus", shown(self.lcus), words, "Give lcus or its parts.")]
        if self.lcus is None and not given:
            parts = ", ".join(self.PARTS)
            return [Problem("missing", f"{path}.lcus", "", f"mean LCUs, or some of {parts}")]
        if given in (["requests_per_s"], ["rules"]):
            other = "rules" if given == ["requests_per_s"] else "requests_per_s"
            words = "rule evaluations are requests_per_s times rules"
            return [Problem("missing", f"{path}.{other}", "", words, "Give both, or another measure.")]
        return []


@dataclass(frozen=True, eq=False)
class AlbWeekUsage(AlbUsage):
    """A load balancer whose measures do not all grow alike over the week: each hour is charged by its own largest.

    Parameters:
    hours_of_week : array - how many hours of the week are of each kind; the measures have a value for each kind, on
        the last axis. [h]
    """

    hours_of_week: np.ndarray = field(kw_only=True)

    def mean_lcus(self, book: PriceBook) -> Number:
        """The mean over the week of the largest measure of each hour. [LCU]"""
        return (super().mean_lcus(book) * self.hours_of_week).sum(axis=-1) / Fraction(HOURS_PER_WEEK)

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """Where another of the measures becomes the largest, in the hours of each kind."""
        return [hour_of(bend, place) for bend in super().bends(book) for place in range(len(self.hours_of_week))]


@dataclass(frozen=True)
class ApiGatewayHttpUsage(Usage):
    """Requests to HTTP APIs, metered in steps of 512 KB.

    References: Amazon API Gateway pricing, Amazon Web Services, copy of 2025-11-02.
    """

    title = "HTTP API"
    colour = "#b9a1c9"

    requests: Number = number("requests", unit="requests", high=HUGE)
    request_kb: Number = number("size of a request", unit="KB", high=10**9, default=Fraction(0))
    response_kb: Number = number("size of a response", unit="KB", high=10**9, default=Fraction(0))

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Metered requests."""
        step = book.rule("api_gateway_http.increment_kb")
        steps = larger(whole_up(self.request_kb / step), 1)
        return [Charge("api_gateway_http", "requests", self.requests * steps, "API Gateway HTTP API requests")]


@dataclass(frozen=True)
class ApiGatewayRestUsage(Usage):
    """Requests to REST APIs, and the hours of a cache.

    References: Amazon API Gateway pricing, Amazon Web Services, copy of 2025-11-02.
    """

    title = "REST API"
    colour = "#b9a1c9"

    requests: Number = number("requests", unit="requests", high=HUGE)
    cache_gb: str = choice("size of the cache, as text [GB]", *CACHE_SIZES_GB, default=None)
    cache_hours: Number = number("hours the cache stood; default: the whole month", unit="h", high=HUGE, default=None)
    streamed_kb: Number = field(default=Fraction(0), kw_only=True)  # size of each answer, where it is streamed

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Requests and cache hours; each 10 MB begun of a streamed answer is one request.

        References: "Building responsive APIs with Amazon API Gateway response streaming", AWS Compute Blog, Amazon Web
        Services, 2025-11-19.
        """
        step_kb = Fraction(lambda_billing("rest_streamed_step_mb")) * KB_PER_MB
        steps = larger(whole_up(self.streamed_kb / step_kb), 1)
        charges = [Charge("api_gateway_rest", "requests", self.requests * steps, "API Gateway REST API requests")]
        if self.cache_gb is not None:
            hours = hours_per_month if self.cache_hours is None else self.cache_hours
            label = f"API Gateway cache, {self.cache_gb} GB"
            charges.append(Charge("api_gateway_rest", f"cache_{self.cache_gb}GB", hours, label))
        return charges


@dataclass(frozen=True)
class FunctionUrlUsage(Usage):
    """Requests to a function URL, which are free: the bill says so with a line of its own.

    References: AWS Lambda pricing, Amazon Web Services, copy read 2026-09-20.
    """

    requests: Number

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """One line at a price of zero."""
        note = "no charge: AWS bills only the function's requests and duration"
        return [Charge("function_url", "requests", self.requests, "Function URL requests", note=note)]


FRONT_DOORS = ("none", "function_url", "http_api", "rest_api", "alb")


def front_door(served: Served) -> Usage:
    """The usage of the front door that carries an option's requests, each open as long as it runs.

    Notes: a load balancer counts bytes to Lambda targets 2.5 times. It has one rule, and a connection counts as
    active while a request on it is in flight; idle keep-alive connections are not counted. Each hour is charged by its
    own largest measure, the minutes of rare bursts as hours of their own: where all measures rise and fall with the
    requests that is the largest of the month's, but of a hybrid it is not.
    """
    door, workload = served.option.front_door, served.workload
    lambda_share = served.fleet.lambda_share
    if door == "none":
        why = "asynchronous events come without one" if served.option.is_async else "the scenario asks for none"
        why = "messages of a queue and runs of a job come without one" if workload.waits else why
        return NotBilled("Front door: none", served.option.own_door or why)
    if door == "function_url" and not on_sweep(lambda_share) and not lambda_share:
        return NotBilled("Front door: none", "only Lambda has function URLs: nothing stands before this option")
    if door == "function_url":
        return FunctionUrlUsage(workload.asked_per_month * lambda_share)
    if door == "http_api":
        return ApiGatewayHttpUsage(
            requests=workload.asked_per_month, request_kb=workload.request_kb, response_kb=workload.response_kb
        )
    if door == "rest_api":
        size_kb = workload.response_kb if served.option.streams else Fraction(0)
        return ApiGatewayRestUsage(requests=workload.asked_per_month, streamed_kb=size_kb)
    measures = _measures(served, by_hour=served.fleet.parts is not None)
    if served.fleet.parts is None:
        return AlbUsage(**measures)
    return AlbWeekUsage(**measures, hours_of_week=workload.traffic.hours)


def _measures(served: Served, *, by_hour: bool) -> dict[str, Any]:
    """What a load balancer's units are made of: means of the month, or by the weight of the hour, on the last axis.

    Notes: Lambda's own attempts at an event are behind it, so that it counts each request once.
    """
    workload, fleet, book, hours = served.workload, served.fleet, served.scenario.book, served.scenario.hours_per_month

    def each(value: Number) -> Number:
        return value[..., None] if by_hour and on_sweep(value) else value

    rps = rps_by_weight(workload, hours) if by_hour else workload.mean_rps(hours)
    to_lambda, open_at_once = rps * each(fleet.lambda_share), in_flight(rps, each(fleet.wall_ms))
    if by_hour and fleet.parts is not None:
        to_lambda, open_at_once = fleet.parts.lambda_rps, fleet.parts.in_flight
    more = book.rule("alb.lcu_gb_per_hour") / book.rule("alb.lcu_gb_per_hour_lambda") - 1
    size_kb = each(workload.request_kb + workload.response_kb)
    behind = Fraction(1) if (tried := workload.retries) is None or tried.passes_the_door else tried.attempts_each
    rps, to_lambda, open_at_once = (value / each(behind) for value in (rps, to_lambda, open_at_once))
    return {
        "new_connections_per_s": rps / each(workload.requests_per_connection),
        "active_connections": open_at_once,
        "gb_per_hour": (rps + to_lambda * more) * SECONDS_PER_HOUR * size_kb / KB_PER_GB,
    }


def door_limits(served: Served) -> Sequence[Limit]:
    """The limits of its front door that an option must keep to (M11).

    Notes: a request is taken to send nothing until its answer is there, so that the idle time-out of a load
    balancer is its time-out. Sizes are those on the wire; binary bodies, which are a third larger as text, are not
    told apart. A load balancer passes 1 MB to Lambda. A function URL has Lambda's own requests per second; those of
    API Gateway depend on the region. Streamed answers have limits of their own: those of a REST API 15 minutes and
    no size but Lambda's.
    """
    option, workload, to_lambda = served.option, served.workload, served.option.calls_lambda
    door, longest_ms = option.front_door, larger(served.slowest_ms, workload.longest_ms)
    if door == "none" or (door == "function_url" and not to_lambda):
        return ()

    def lasts(id: str) -> Limit:
        return check(id, longest_ms, times=MS_PER_SECOND, unit="ms")

    def fits(name: str) -> list[Limit]:
        sizes = (("request_mb", workload.request_kb), ("response_mb", workload.response_kb))
        return [check(f"{name}{part}", size_kb / Fraction(KB_PER_MB)) for part, size_kb in sizes]

    if door == "alb":
        limits = [lasts("alb.idle_timeout_s"), lasts("alb.idle_timeout_max_s")]
        limits += fits("alb.lambda_") if to_lambda else []
        targets = option.has_units and (option.has_function or not to_lambda)  # else the target is one function
        return [*limits, check("alb.targets", served.fleet.units_peak)] if targets else limits
    limits = [lasts(f"{door}.timeout_s"), *fits(f"{door}.")]
    if option.streams and door == "rest_api":
        limits = [lasts("rest_api.streamed_timeout_s"), limits[1]]
    elif option.streams:
        streamed_mb = workload.response_kb / Fraction(KB_PER_MB)
        limits[2] = check("function_url.streamed_response_mb", streamed_mb)
    if door != "function_url":
        here = f"api_gateway.requests_per_s/{served.scenario.region}"
        limits.append(check(here if here in used() else "api_gateway.requests_per_s", served.fleet.peak_rps))
    return limits


def _usage(served: Served) -> Sequence[Usage]:
    return [front_door(served)]


def _shared(served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
    """One load balancer for all, split by the capacity units each would need by itself; requests are each one's own."""
    doors = [front_door(one) for one in served]
    balancers = [door for door in doors if isinstance(door, AlbUsage)]
    if not balancers:
        return [one.entries([door]) for one, door in zip(served, doors, strict=True)]
    book = served[0].scenario.book
    weeks = [
        {name: values[one.workload.traffic.which] for name, values in _measures(one, by_hour=True).items()}
        for one in served
    ]
    each_hour = {name: sum((week[name] for week in weeks), np.zeros(HOURS_PER_WEEK, dtype=object)) for name in weeks[0]}
    hours = [np.ones(HOURS_PER_WEEK, dtype=object)]
    rows = {name: [sums] for name, sums in each_hour.items()}
    for one, week in zip(served, weeks, strict=True):  # a burst of one service comes while the others have their hours
        measures = _measures(one, by_hour=True)
        for place, load in one.workload.traffic.burst_places:
            hours.append(hours[0] * 0 + load.time_share)
            for name, sums in each_hour.items():
                rows[name].append(sums - week[name] + measures[name][place])
    hours[0] = hours[0] - sum(hours[1:])
    joined = {name: np.concatenate(parts) for name, parts in rows.items()}
    together = AlbWeekUsage(**joined, hours_of_week=np.concatenate(hours))
    return split(served[0].entries([together]), shares_of([Fraction(b.mean_lcus(book)) for b in balancers]))


FRONT_DOOR = Service(
    "front_door", "the front door (API Gateway, load balancer or function URL)", _usage, door_limits, _shared
)
