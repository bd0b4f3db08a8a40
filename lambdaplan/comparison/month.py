"""THE SPINE"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import check
from lambdaplan.capacity.service_level import within_timeout
from lambdaplan.errors import InputError
from lambdaplan.numbers import Number, either, larger
from lambdaplan.platforms import Ask, Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Usage
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.services.front_door import door_limits, front_door
from lambdaplan.services.logs import logs_usage
from lambdaplan.services.network import network_usage
from lambdaplan.workload.workload import REQUESTS


@dataclass(frozen=True)
class Month:
    """What one option uses in a month of the scenario: the document its bill is made from."""

    usage: tuple[Usage, ...]
    book: PriceBook
    region: str
    hours_per_month: Number
    free_tier: bool


def month(scenario: Scenario, option: Option) -> tuple[Fleet, Month]:
    """The fleet of an option, and the month of usage that every bill counts alike (M8)."""
    book, hours, workload = scenario.book, scenario.hours_per_month, scenario.workload
    fleet = option.fleet(workload, book, hours)
    slowest = fleet.wall_ms if fleet.slowest_ms is None else fleet.slowest_ms
    door = door_limits(
        option.front_door,
        workload,
        peak_rps=fleet.peak_rps,
        longest_ms=larger(slowest, workload.longest_ms),
        to_lambda=option.has_function,
        region=scenario.region,
    )
    if option.front_door == "alb" and option.has_units:
        door = (*door, check("alb.targets", fleet.units_peak))
    fleet = changed(fleet, limits=(*fleet.limits, *within_timeout(workload, slowest), *door))
    usage: list[Usage] = []
    if "compute" in scenario.include:
        usage += option.compute(fleet, workload, book, scenario.region, hours)
    if "front_door" in scenario.include:
        usage.append(front_door(option.front_door, workload, hours, book, fleet.wall_ms, fleet.lambda_share))
    if "network" in scenario.include:
        usage += network_usage(
            scenario.network,
            workload,
            hours,
            door=option.front_door,
            zones=option.network_zones,
            unit_hours=fleet.unit_hours if option.has_units else Fraction(0),
            lambda_share=fleet.lambda_share,
            has_units=option.has_units,
            has_function=option.has_function,
            function_vpc=option.function_vpc,
        )
    if "logs" in scenario.include:
        usage.append(logs_usage(workload, hours, fleet.lambda_share, book))
    if "operations" in scenario.include and scenario.operations is not None:
        usage.append(option.people(scenario.operations.wage_usd_per_hour))
    return fleet, Month(tuple(usage), book, scenario.region, hours, scenario.free_tier)


def settle(scenario: Scenario, option: Option) -> Option:
    """The option itself, or the cheapest of its sizes where the size or a schedule is left to be chosen.

    Sizes that break a limit or have a line without a price come last; of several alike the first.
    """
    if not (option.is_choice or option.is_scheduled):
        return option
    requests = int(scenario.workload.requests_per_month)
    try:
        sizes = option.choices(ask_for_sizes(scenario, requests, requests)) or ()
    except InputError as error:
        place = scenario.options.index(option) if option in scenario.options else 0
        named = [
            dataclasses.replace(p, field=p.field.replace("options.", f"options.{place}.", 1)) for p in error.problems
        ]
        raise InputError(named) from None
    if len(sizes) == 1:
        return sizes[0]

    def rank(size: Option) -> tuple[bool, bool, Fraction]:
        fleet, used = month(scenario, size)
        found = amounts(used)
        return bool(broken(fleet)), bool(found.missing), Fraction(found.known_usd)

    return min(sizes, key=rank)


def ask_for_sizes(scenario: Scenario, low: int | None, high: int | None) -> Ask:
    """What an option of open size is asked to serve, with the bill of any of its sizes."""

    def priced(option: Option, requests: Number) -> tuple[Number, Number]:
        fleet, used = month(scenario.at(REQUESTS, requests), option)
        out, found = broken(fleet), amounts(used)
        unsure = np.isnan(np.asarray(out, dtype=float))
        return either(unsure, np.nan, either(out, np.inf, found.known_usd)), found.missing

    def cost(option: Option, requests: Number) -> Number:
        return priced(option, requests)[0]

    def whole(option: Option, requests: Number) -> Number:
        usd, missing = priced(option, requests)
        return either(missing, np.inf, usd)

    work, hours = scenario.workload, scenario.hours_per_month
    return Ask(work, scenario.book, scenario.region, hours, low, high, cost, whole, scenario.free_tier)


def broken(fleet: Fleet) -> Number:
    """Whether a fixed limit is broken, so that the option is infeasible (M11)."""
    found: Number = False
    for limit in fleet.limits:
        if not limit.adjustable and not limit.advisory:
            found = larger(found, limit.broken)
    return found
