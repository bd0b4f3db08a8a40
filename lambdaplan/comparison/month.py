"""A month of one option in one scenario: fleet, usage and limits. Every bill starts here.

`month` sizes the fleet and gathers usage and limits from the platform and from the services in `include`. A comparison,
an axis, a map, a batch and a shared fleet all ask here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.service_level import within_timeout, within_visibility
from lambdaplan.errors import InputError
from lambdaplan.numbers import Number, either, larger
from lambdaplan.platforms import Ask, Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import InHours, Usage
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import changed
from lambdaplan.services import SERVICES, counted
from lambdaplan.services.front_door import FRONT_DOOR
from lambdaplan.services.other_costs import OTHER_COSTS
from lambdaplan.services.people import OPERATIONS
from lambdaplan.services.service import Parts, Served
from lambdaplan.workload.workload import REQUESTS

CLEAR = 1e-9  # relative margin above which floats decide that one bill is the larger
COMPUTE = "compute"  # the word in `include` for what the platform itself bills


@dataclass(frozen=True)
class Month:
    """What one option uses in a month of the scenario: the document its bill is made from."""

    usage: tuple[Usage, ...]
    book: PriceBook
    region: str
    hours_per_month: Number
    free_tier: bool
    commits: bool = False


def month(scenario: Scenario, option: Option) -> tuple[Fleet, Month]:
    """Size the fleet of an option, and gather what it uses in a month: the same parts for every option (M8).

    The platform gives the fleet and the compute; each service of `include` gives its usage. Limits of all services
    are held against, counted or not (M11).
    """
    fleet = option.fleet(scenario.workload, scenario.book, scenario.hours_per_month)
    served = Served(scenario, option, fleet)
    usage: list[Usage] = []
    if COMPUTE in scenario.include:
        given = (scenario.workload, scenario.book, scenario.region, scenario.hours_per_month)
        usage += _in_hours(scenario, option, fleet, option.compute(fleet, *given))
    for service in counted(scenario.include):
        usage += service.usage(served)
    used = changed(month_of(scenario, usage), commits=COMPUTE in scenario.include)
    return changed(fleet, limits=(*fleet.limits, *limits_of(served))), used


def _in_hours(scenario: Scenario, option: Option, fleet: Fleet, compute: Sequence[Usage]) -> Sequence[Usage]:
    """What a platform bills with the hours in which it is used, where commitments are used up by them."""
    if not scenario.book.commitments(scenario.region):
        return compute
    hours = option.by_hour(fleet, scenario.workload)
    return [InHours(usage, hours) for usage in compute]


def shared_entries(scenario: Scenario, served: Sequence[Served], compute: Parts, shares: Sequence[Fraction]) -> Parts:
    """Gather what options that share a fleet use in a month, each its part: what `month` counts for one alone.

    Parameters:
    scenario : Scenario - its `include` counts for all.
    compute : list of lists - each one's entries of the platform.
    shares : list - what part of the fleet each keeps busy.
    """
    each = [compute] if COMPUTE in scenario.include else []
    each += [service.parts(served, shares) for service in counted(scenario.include)]
    return [[entry for parts in each for entry in parts[place]] for place in range(len(served))]


def limits_of(served: Served) -> list[Limit]:
    """The limits of an option in a month beyond those of its platform: the time-out, and those of services."""
    work = served.workload
    times = (*within_timeout(work, served.slowest_ms), *within_visibility(work, served.slowest_ms))
    return [*times, *service_limits(served)]


def service_limits(served: Served) -> list[Limit]:
    """The limits of the services around the compute, counted or not."""
    return [limit for service in SERVICES for limit in service.limits(served)]


def month_of(scenario: Scenario, usage: Sequence[Usage]) -> Month:
    """A month of the scenario with such usage."""
    return Month(tuple(usage), scenario.book, scenario.region, scenario.hours_per_month, scenario.free_tier)


def settle(scenario: Scenario, option: Option) -> Option:
    """The option itself, or the cheapest of its sizes where the size, a schedule or the processor is left to be chosen.

    Of several alike the first. Sizes that break a limit come last. One that lacks the price of a line is chosen where
    what is known of it is no dearer than the cheapest whole bill: it might be the cheapest, so nobody else is (M9).
    """
    return settled(scenario, option).option


@dataclass(frozen=True)
class Settled:
    """An option of open size as it is settled.

    Parameters:
    option : Option - the size that is chosen.
    unsure : tuple of Option - further sizes that might be as cheap, were their missing prices known.
    at_most_usd : Fraction or None - the cheapest whole bill of its sizes, where the one that is chosen lacks a price.
    """

    option: Option
    unsure: tuple[Option, ...] = ()
    at_most_usd: Fraction | None = None


def settled(scenario: Scenario, option: Option) -> Settled:
    """The option as it is settled, with what missing prices leave open."""
    if not (option.is_open or option.is_scheduled):
        return Settled(option)
    requests = int(scenario.workload.requests_per_month)
    ask = ask_for_sizes(scenario, requests, requests)
    try:
        sizes = option.choices(ask) or ()
    except InputError as error:
        place = scenario.options.index(option) if option in scenario.options else 0
        named = [
            dataclasses.replace(p, field=p.field.replace("options.", f"options.{place}.", 1)) for p in error.problems
        ]
        raise InputError(named) from None
    if len(sizes) == 1:
        return Settled(sizes[0])
    ranks = _ranks(scenario, sizes, ask)
    chosen = min(ranks, key=lambda n: (ranks[n], n))
    whole = min((standing for standing in ranks.values() if standing[2]), default=None)
    if whole is None or ranks[chosen][2]:
        return Settled(sizes[chosen])
    unsure = [n for n, one in sorted(ranks.items()) if not one[2] and one[:2] <= whole[:2] and n != chosen]
    return Settled(sizes[chosen], tuple(sizes[n] for n in unsure), None if whole[0] else whole[1])


def _ranks(scenario: Scenario, sizes: Sequence[Option], ask: Ask) -> dict[int, tuple[bool, Fraction, bool]]:
    """For each size that may be chosen: whether it breaks a limit, what is known of its bill, and whether it is whole.

    Left out are those of which the least that they cost is more than the whole bill of another that keeps to its
    limits, or breaks one where they surely do too: these are neither the cheapest, nor would a missing price make them
    so.
    """
    around, counts = _around_usd(scenario, sizes[0]), COMPUTE in scenario.include
    least = [around + (size.least_usd(ask) if counts else 0.0) for size in sizes]
    ranks: dict[int, tuple[bool, Fraction, bool]] = {}
    cheapest = {False: np.inf, True: np.inf}  # of those that keep to their limits, of all
    for n in sorted(range(len(sizes)), key=lambda n: least[n]):
        if least[n] > cheapest[False] * (1 + CLEAR):
            break
        if ranks:
            closer, out = sizes[n].closer_least(ask)
            if around + (closer if counts else 0.0) > cheapest[out] * (1 + CLEAR):
                continue
        fleet, used = month(scenario, sizes[n])
        total = amounts(used)
        is_out = bool(broken(fleet))
        ranks[n] = is_out, Fraction(total.known_usd), not total.missing
        if not total.missing:
            usd = float(ranks[n][1])
            cheapest = {out: min(most, usd) if out or not is_out else most for out, most in cheapest.items()}
    return ranks


def least_usd(scenario: Scenario, option: Option) -> float:
    """No more than what is known of the bill of an option, of any size that it may come to have. [USD]"""
    usd = _around_usd(scenario, option)
    if COMPUTE in scenario.include:
        ask = ask_for_sizes(scenario, None, None)
        usd += min(one.least_usd(ask) for one in option.one_processor_each())
    return usd


def _around_usd(scenario: Scenario, option: Option) -> float:
    """The least that what stands around the compute costs, whatever its size: front door, people, other costs.

    Nothing is in flight, and nothing goes to Lambda but where everything does: more of either costs no less.
    """
    nothing = Fraction(0)
    share = Fraction(option.has_function and not option.has_units)
    idle = Fleet(
        unit="",
        unit_hours=nothing,
        units_mean=nothing,
        units_peak=nothing,
        in_flight_mean=nothing,
        in_flight_peak=nothing,
        unit_rps=nothing,
        utilisation_mean=nothing,
        bound_by="",
        wall_ms=nothing,
        lambda_share=share,
    )
    served = Served(scenario, option, idle)
    around = [one for one in counted(scenario.include) if one in (FRONT_DOOR, OPERATIONS, OTHER_COSTS)]
    usage = [one for service in around for one in service.usage(served)]
    return float(amounts(month_of(scenario, usage)).known_usd)


def ask_for_sizes(scenario: Scenario, low: int | None, high: int | None) -> Ask:
    """What an option of open size is asked to serve, with the bill of any of its sizes."""
    known: dict[tuple[int, Number], tuple[Option, tuple[Number, Number]]] = {}  # by id: options have columns in them

    def priced(option: Option, requests: Number) -> tuple[Number, Number]:
        key = (id(option), requests)
        if key not in known:
            known[key] = option, billed(option, requests)
        return known[key][1]

    def billed(option: Option, requests: Number, asked: Scenario = scenario) -> tuple[Number, Number]:
        fleet, used = month(asked.at(REQUESTS, requests), option)
        out, total = broken(fleet), amounts(used)
        unsure = np.isnan(np.asarray(out, dtype=float))
        return either(unsure, np.nan, either(out, np.inf, total.known_usd)), total.missing

    def cost(option: Option, requests: Number) -> Number:
        return priced(option, requests)[0]

    def warm(option: Option, requests: Number) -> Number:
        return billed(option, requests, scenario.without_cold_starts())[0]

    def whole(option: Option, requests: Number) -> Number:
        usd, missing = priced(option, requests)
        return either(missing, np.inf, usd)

    work, hours = scenario.workload, scenario.hours_per_month
    given = (scenario.free_tier, scenario.memory_headroom)
    return Ask(work, scenario.book, scenario.region, hours, low, high, cost, whole, warm, *given)


def answers_in_time(scenario: Scenario, option: Option) -> bool:
    """Whether an option of given size holds the answer time asked for; True where none is."""
    slo = scenario.workload.slo
    if slo is None:
        return True
    fleet, _ = month(scenario, option)
    answer_ms = option.answer_ms(fleet, scenario.workload, scenario.book, float(slo.percentile))
    return answer_ms is not None and answer_ms <= float(slo.response_ms)


def broken(fleet: Fleet) -> Number:
    """Whether a fixed limit is broken, so that the option is infeasible (M11)."""
    infeasible: Number = False
    for limit in fleet.limits:
        if not limit.adjustable and not limit.advisory:
            infeasible = larger(infeasible, limit.broken)
    return infeasible
