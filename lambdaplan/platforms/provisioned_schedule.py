"""Provisioned concurrency: the cheapest number of environments for each hour of a week."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdaplan.coldstart.month import Week, cold_by_level, hourly_shares, hours_document, span_words
from lambdaplan.coldstart.week import parts_of_an_hour
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number
from lambdaplan.platforms.option import AUTO
from lambdaplan.pricing.price_book import Price, PriceBook
from lambdaplan.root_finding import bisect, geometric_mean
from lambdaplan.schema.amounts import PATTERN
from lambdaplan.schema.fields import Rule, shown
from lambdaplan.schema.reading import read_number
from lambdaplan.units import DAYS, HOURS_PER_DAY, HOURS_PER_WEEK, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import Workload

ENVIRONMENTS = Rule("environments kept ready", "number", "environments", high=Fraction(10**5), whole=True)
ALLOWED = "a whole number of environments, 24 (each day's hours), 168 (each week's, from Monday 00:00), or auto"
MOST_CHOSEN = 10_000
"""Requests in flight at the busiest moment up to which `auto` is worked out."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ready:
    """Environments that stand ready in each hour of a week, from Monday 00:00."""

    hours: Week

    def document(self) -> int | list[int]:
        """As a scenario writes it: one number, those of a day or those of a week."""
        return hours_document(self.hours)

    @property
    def words(self) -> str:
        """For a label: "5 provisioned", or the fewest and the most of the week."""
        return f"{span_words(self.hours)} provisioned"

    def terraform(self) -> dict[str, Any]:
        """For the function's template: one number, or the hours from which on there are more or fewer."""
        given = self.document()
        if isinstance(given, int):
            return {"ready": given or None, "changes": []}
        changes = []
        for place, number in enumerate(given):
            if number != given[place - 1]:
                day, hour = divmod(place, HOURS_PER_DAY)
                name = DAYS[day][:3].lower()
                key, when = f"{name}-{hour:02}", f"cron(0 {hour} ? * {name.upper()} *)"
                if len(given) == HOURS_PER_DAY:
                    key, when = f"{hour:02}", f"cron(0 {hour} * * ? *)"
                changes.append({"key": key, "schedule": when, "number": number})
        return {"ready": None, "changes": changes, "least": min(self.hours), "most": max(self.hours)}


def read_ready(value: Any, path: str, problems: list[Problem]) -> Ready | str | None:
    """Read a number, 24 or 168 of them, or auto.

    Parameters:
    value : what the document has.
    path : str - where it stands there.
    problems : list - what is wrong is added to it.

    Returns: Ready, "auto", or None where something is wrong.
    """
    if value == AUTO and isinstance(value, str):
        return AUTO
    listed = isinstance(value, (list, tuple))
    if (
        (listed and len(value) not in (HOURS_PER_DAY, HOURS_PER_WEEK))
        or isinstance(value, (dict, bool))
        or (isinstance(value, str) and not value[:1].isdecimal())
    ):
        got = f"a list of {len(value)}" if listed else shown(value)
        problems.append(Problem("type", path, got, ALLOWED, f"Try {path}=auto."))
        return None
    if not listed:
        one = read_number(value, ENVIRONMENTS, path, problems)
        return None if one is None else Ready((int(one),) * HOURS_PER_WEEK)
    before = len(problems)
    counts = [read_number(item, ENVIRONMENTS, f"{path}.{place}", problems) for place, item in enumerate(value)]
    if len(problems) > before:
        return None
    week = tuple(int(one) for one in counts if one is not None)
    return Ready(week * (HOURS_PER_WEEK // len(week)))


_ONE = {"type": ["integer", "string"], "pattern": PATTERN, "minimum": 0, "maximum": int(ENVIRONMENTS.high or 0)}
READY_SCHEMA = {
    "anyOf": [
        _ONE,
        *({"type": "array", "minItems": n, "maxItems": n, "items": _ONE} for n in (HOURS_PER_DAY, HOURS_PER_WEEK)),
        {"enum": [AUTO]},
    ]
}


@dataclass(frozen=True)
class Tiers:
    """A price by tier, after a free quantity.

    Parameters:
    tiers : tuple of pairs of float - up to how much, and the price of one. [unit, USD]
    free : float - what is free of it. [unit]
    """

    tiers: tuple[tuple[float, float], ...]
    free: float = 0.0

    @classmethod
    def of(cls, price: Price, free: Price | None) -> Tiers:
        """A price of a book, and what is free of it."""
        tiers = ((math.inf if one.upto is None else float(one.upto), float(one.price_usd)) for one in price.tiers)
        return cls(tuple(tiers), 0.0 if free is None else float(free.tiers[0].upto or 0))

    def usd(self, quantity: float, free: float) -> float:
        """What so much costs, less what is free. [USD]"""
        low, usd, rest = 0.0, 0.0, max(quantity - free, 0.0)
        for high, price in self.tiers:
            usd += max(min(rest, high) - low, 0.0) * price
            low = high
        return usd

    @property
    def prices(self) -> set[float]:
        """What one more may cost: the price of a tier, or nothing where it is a free one, and some prices between."""
        first = self.tiers[0][1]
        between = {first * part / _BETWEEN for part in range(_BETWEEN)} if self.free else set()
        return {price for _, price in self.tiers} | between


@dataclass(frozen=True)
class Rates:
    """What a month of a function costs that depends on what stands ready.

    Parameters:
    standing_usd, served_usd : float - a GB-second kept ready, used or not; and one of the requests served there. [USD]
    duration : Tiers - duration on demand. [GB-s]
    requests, ready_requests : Tiers - requests on demand, and those served by what stands ready.
    """

    standing_usd: float
    served_usd: float
    duration: Tiers
    requests: Tiers
    ready_requests: Tiers

    @classmethod
    def of(cls, book: PriceBook, region: str, architecture: str, *, free_tier: bool) -> Rates | None:
        """The rates of a book; None where a price is missing."""
        items = ("provisioned_concurrency", "provisioned_duration", "duration", "requests", "provisioned_requests")
        prices = [price for item in items if (price := book.price("lambda", f"{item}/{architecture}", region))]
        if len(prices) < len(items):
            return None
        free = [book.price("lambda", f"free_tier_{what}", region) if free_tier else None for what in items[2:4]]
        standing, served, duration, requests, ready = prices
        return cls(
            float(standing.first_usd),
            float(served.first_usd),
            Tiers.of(duration, free[0]),
            Tiers.of(requests, free[1]),
            Tiers.of(ready, None),
        )

    @property
    def request_prices(self) -> list[float]:
        """What a request may be worth that is served by what stands ready: the difference of the two prices. [USD]

        What is free of one is free of the other, so that one within the free quantity is worth nothing.
        """
        more = {usd - ready for _, usd in self.requests.tiers for _, ready in self.ready_requests.tiers}
        steps = _OF_A_REQUEST if self.requests.free else 0
        return sorted(
            {usd * part / _OF_A_REQUEST for usd in more for part in range(_OF_A_REQUEST - steps, _OF_A_REQUEST + 1)}
        )

    def requests_usd(self, on_demand: float, ready: float) -> float:
        """What requests cost: what is free goes to those on demand first. [USD]"""
        left = max(self.requests.free - on_demand, 0.0)
        return self.requests.usd(on_demand, self.requests.free) + self.ready_requests.usd(ready, left)


@dataclass(frozen=True)
class Billed:
    """What a request of a function is billed.

    Parameters:
    ms : Number - its duration, rounded up. [ms]
    memory_gb : float - memory of the function. [GB]
    requests : float - as how many requests it is charged.
    """

    ms: Number
    memory_gb: float
    requests: float = 1.0


@dataclass(frozen=True)
class ColdAsk:
    """Where cold starts are counted: how much longer they take, and the idle time that environments survive."""

    later_ms: Fraction
    keep_alive_s: Fraction


class Schedules:
    """The schedules of a function for the requests of a workload, and the cheapest of them.

    Hours of the same traffic have the same number. At a price of a GB-second on demand, of a request, and of each cold
    start, the best number of an hour is found by looking at all. One saved GB-second is worth the price of its tier, or
    nothing where it is a free one, and a request that is served by what stands ready the difference of the two prices
    of requests: so each of these is tried, and some between, and the schedule is taken whose bill is the lowest. Where
    a share of cold starts is to be held, the price of one is raised until it is; then what the bound leaves is given
    back, the largest saving first; the same from higher prices, and the cheapest is taken.

    Parameters:
    wall_ms : Number - mean time of a request. [ms]
    billed : Billed - what of it is billed.

    Notes: cold starts of an hour are taken as those of levels above its number while the week is as it is without
    provisioned environments, and as if they took no longer. A change of the number within a week adds to them, as do
    cold requests that take longer, and deployments. So `within` holds schedules against the true share.
    """

    def __init__(
        self,
        workload: Workload,
        hours_per_month: Number,
        wall_ms: Number,
        billed: Billed,
        rates: Rates,
        cold: ColdAsk | None,
    ) -> None:
        self._table = _Table.of(workload, hours_per_month, wall_ms, billed, rates, cold)
        self._prices = list(itertools.product(sorted(rates.duration.prices), rates.request_prices))

    def cheapest(self) -> Week:
        """The cheapest schedule."""
        table = self._table
        return table.week(self._least([table.best(table.cost(*prices)) for prices in self._prices]))

    def within(self, most: float, share: Callable[[Week], float]) -> Week | None:
        """The cheapest schedule with no more than a share of the requests cold; None where none was found.

        Parameters:
        share : function - the share of requests that are cold with a schedule.
        """
        table, schedule, asked, allowed, refused = self._table, None, most, 0.0, 0.0
        for _ in range(_TRIES):
            tried = self._least([table.held(table.cost(*prices), asked) for prices in self._prices])
            reached = share(table.week(tried))
            if reached <= most:
                schedule, allowed = tried, asked
            else:
                refused = asked
            if not refused or (allowed and refused < allowed * _NEAR):
                break
            # halfway between what keeps to the bound and what does not, else less in proportion
            asked = (allowed + refused) / 2 if allowed else refused * min(most / reached, _LESS)
        return None if schedule is None else table.week(self._fewer(schedule, most, share))

    def _fewer(self, ready: NDArray[np.intp], most: float, share: Callable[[Week], float]) -> NDArray[np.intp]:
        """One environment less in a kind of hour while that saves and the true share allows it."""
        refused = set[int]()
        one_less = np.eye(len(ready), dtype=np.intp)
        for _ in range(_TRIMS):
            now = self._table.month_usd(ready)
            kinds = np.flatnonzero(ready).tolist()
            less = [(self._table.month_usd(ready - one_less[kind]) - now, kind) for kind in kinds]
            saved = [(usd, kind) for usd, kind in less if usd < 0 and kind not in refused]
            if not saved:
                break
            _, kind = min(saved)
            tried = ready - one_less[kind]
            if share(self._table.week(tried)) <= most:
                ready = tried
            else:
                refused.add(kind)
        return ready

    def _least(self, several: Iterable[NDArray[np.intp]]) -> NDArray[np.intp]:
        """Whose bill is the lowest; of several the one with the fewest."""
        return min(several, key=lambda ready: (self._table.month_usd(ready), int(ready @ self._table.count)))


_BETWEEN = 16  # prices that are tried between a free GB-second and one of the first tier
_OF_A_REQUEST = 4  # and of a request
_PRICES = (1e-12, 1e12)  # the span in which the price of a cold start lies
_STARTS = 12  # prices of a cold start from there on, each twice the one before, from which some is given back
_TRIES = 24  # times that a schedule is asked for with fewer cold starts, to keep to the bound
_NEAR = 1.04  # how near the largest share that may be asked for is found
_LESS = 0.8  # of the share that was asked for, at most, where it did not keep to the bound
_TRIMS = 40  # times that a schedule with one environment less is held against the bound


@dataclass(frozen=True)
class _Table:
    """For each kind of hour (of one weight) and each number of environments: what they serve, and what stays cold.

    Parameters:
    kind : array of 168 - which kind each hour is of; count : array - hours of each kind.
    busy_s : array - billed seconds of all requests in an hour of each kind.
    served_s : array - those that are served in an hour, kinds on the first axis, environments on the second.
    cold : array - cold starts in all hours of the kind.
    requests : float - requests of the week.
    billed_s : float - billed time of one; billed : Billed. [s]
    rates : Rates; later_s : float - what the function costs, and how much longer a cold start takes. [s]
    hours_per_month : float - hours of the month. [h]
    """

    kind: NDArray[np.intp]
    count: NDArray[np.intp]
    busy_s: Floats
    served_s: Floats
    cold: Floats
    requests: float
    billed_s: float
    billed: Billed
    rates: Rates
    later_s: float
    hours_per_month: float

    @classmethod
    def of(
        cls,
        workload: Workload,
        hours_per_month: Number,
        wall_ms: Number,
        billed: Billed,
        rates: Rates,
        cold: ColdAsk | None,
    ) -> _Table:
        weights, first, kind, count = np.unique(
            np.array(workload.traffic.whole), return_index=True, return_inverse=True, return_counts=True
        )
        mean = float(workload.call_rps(hours_per_month))
        rps = hourly_shares(workload.traffic)[first] * mean
        # requests that come equally spaced have no bursts within the hour
        lengths, times = parts_of_an_hour(1 if workload.is_regular else float(workload.traffic.burst))
        bursts, usual = workload.traffic.loads, float(workload.traffic.rest[1])
        lengths = np.concatenate((lengths * usual, [float(one.time_share) for one in bursts]))
        high = np.full((len(rps), len(bursts)), [float(one.of_mean) * mean for one in bursts])
        load = np.hstack((np.outer(rps, times), high)) * float(wall_ms) / MS_PER_SECOND
        most = float(load.max(initial=0))
        highest = int(most + 10 * most**0.5 + 15)
        lost, served = np.ones(load.shape), np.zeros((len(weights), highest + 1))
        needed = np.maximum(np.ceil(load * (1 - 1e-12)), 1)
        for ready in range(1, highest + 1):  # the recursion of Erlang's formula
            random = load * lost / (ready + load * lost)
            lost = np.maximum(1 - ready / needed, 0) if workload.is_regular else random
            served[:, ready] = ((1 - lost) * load * lengths).sum(axis=1) * SECONDS_PER_HOUR
        beyond = np.zeros(served.shape)
        if cold is not None and mean:
            levels = cold_by_level(workload, hours_per_month, wall_ms, cold.keep_alive_s)
            width = min(levels.shape[1], highest + 1)
            each = np.zeros(served.shape)
            np.add.at(each[:, :width], kind, levels[:, :width])
            beyond = np.cumsum(each[:, ::-1], axis=1)[:, ::-1]
        busy_s = (load * lengths).sum(axis=1) * SECONDS_PER_HOUR
        requests = mean * HOURS_PER_WEEK * SECONDS_PER_HOUR
        later_s = 0.0 if cold is None else float(cold.later_ms) / MS_PER_SECOND
        rounded_up, hours = float(billed.ms / wall_ms), float(hours_per_month)
        busy_s, served, billed_s = busy_s * rounded_up, served * rounded_up, float(billed.ms) / MS_PER_SECOND
        return cls(kind, count, busy_s, served, beyond, requests, billed_s, billed, rates, later_s, hours)

    def cost(self, price_usd: float, request_usd: float) -> Floats:
        """What all hours of a kind cost for each GB, with each number of environments. [USD]

        Parameters:
        price_usd, request_usd : float - what a GB-second less on demand is worth, and a request. [USD]
        """
        standing = self.rates.standing_usd * SECONDS_PER_HOUR * np.arange(self.served_s.shape[1])
        request = request_usd * self.billed.requests / (self.billed_s * self.billed.memory_gb)
        hour = standing - (price_usd - self.rates.served_usd + request) * self.served_s
        usd: Floats = hour * self.count[:, None] + price_usd * self.later_s * self.cold
        return usd

    def best(self, cost: Floats) -> NDArray[np.intp]:
        """The number of each kind of hour that costs least; the smallest of several."""
        cheapest: NDArray[np.intp] = np.argmin(cost, axis=1)
        return cheapest

    def month_usd(self, ready: NDArray[np.intp]) -> float:
        """What a schedule costs in a month. [USD]"""
        rates, rows = self.rates, np.arange(len(ready))
        months = self.hours_per_month / HOURS_PER_WEEK
        gb, each = self.billed.memory_gb * months, self.billed.requests
        standing = float(self.count @ ready) * SECONDS_PER_HOUR * gb
        served_s = float(self.count @ self.served_s[rows, ready])
        served = served_s / self.billed_s * months * each
        on_demand = (float(self.count @ self.busy_s) - served_s + self.later_s * self._left(ready)) * gb
        usd = standing * rates.standing_usd + served_s * gb * rates.served_usd
        usd += rates.duration.usd(on_demand, rates.duration.free)
        return usd + rates.requests_usd(max(self.requests * months * each - served, 0.0), served)

    def _left(self, ready: NDArray[np.intp]) -> float:
        """Cold starts of the week that a schedule leaves."""
        return float(self.cold[np.arange(len(ready)), ready].sum())

    def held(self, cost: Floats, most: float) -> NDArray[np.intp]:
        """The same, with no more than a share of the requests cold; the most of all where that is out of reach."""
        bound = most * self.requests
        counts = self.best(cost)
        if self._left(counts) <= bound:
            return counts

        def misses(price: float) -> bool:
            """Whether a schedule still leaves too many cold starts, at a price for each of them."""
            return self._left(self.best(cost + price * self.cold)) > bound

        if misses(_PRICES[1]):
            return np.full(len(cost), cost.shape[1] - 1)
        _, enough = bisect(misses, *_PRICES, geometric_mean)
        able = [
            self._given_back(cost, self.best(cost + enough * 2**step * self.cold), bound) for step in range(_STARTS)
        ]
        rows = np.arange(len(cost))
        return min(able, key=lambda ready: float(cost[rows, ready].sum()))

    def _given_back(self, cost: Floats, ready: NDArray[np.intp], bound: float) -> NDArray[np.intp]:
        """Change one kind of hour after another where that saves and the bound still holds, the largest first."""
        rows, ready = np.arange(len(ready)), ready.copy()
        while True:
            room = bound - self._left(ready)
            saves = cost[rows, ready][:, None] - cost
            saves[self.cold - self.cold[rows, ready][:, None] > room] = 0
            kind, number = np.unravel_index(int(np.argmax(saves)), saves.shape)
            if saves[kind, number] <= 0:
                return ready
            ready[kind] = number

    def week(self, ready: NDArray[np.intp]) -> Week:
        """The number of each hour of the week."""
        return tuple(int(one) for one in ready[self.kind])


def ready_at(ready: Week, workload: Workload) -> int:
    """The fewest that stand in the busiest hours, or at any time where bursts come at any."""
    if workload.traffic.loads:
        return min(ready)
    most = max(workload.traffic.whole)
    return min(number for number, weight in zip(ready, workload.traffic.whole, strict=True) if weight == most)
