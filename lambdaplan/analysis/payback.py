"""Payback of a migration, growth of traffic, and the wage at which the cheapest option changes.

The first option is what runs today. The others may say what it takes once to move to them. That never touches a
monthly bill or the winner; it decides in which month the saving has paid for it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison, Crossover, compare
from lambdaplan.comparison.result import Result, billed
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import count, decimal_or_none, decimal_text, figure, money
from lambdaplan.scenario.scenario import Scenario, Sweep
from lambdaplan.schema.fields import Documented, rules
from lambdaplan.units import MONTHS_PER_YEAR
from lambdaplan.workload.workload import REQUESTS, Workload

MOST_MONTHS = 120  # how far payback and growth are followed
FEW = 4  # crossovers on the way of the traffic that are told one by one
MOST_REQUESTS: Any = rules(Workload)["requests_per_month"].high  # that a scenario takes


@dataclass(frozen=True)
class Payback:
    """Whether, and when, moving from the first option to another has paid for itself.

    Parameters:
    label : str - the option that is moved to.
    one_off_usd : Fraction - what it takes once: hours at the wage, and other money. [USD]
    saved_usd : tuple of Fraction - what is saved in all by the end of each month, from the first on, the one-off
        taken off; it ends where a bill is not whole, or a limit is broken. [USD]
    month : int or None - the first month at whose end that is not negative.
    undone_month : int or None - the first month after it at whose end it is negative again.
    why : str - why there is no such month; empty where there is one.
    """

    label: str
    one_off_usd: Fraction
    saved_usd: tuple[Fraction, ...]
    month: int | None
    undone_month: int | None = None
    why: str = ""

    def document(self) -> dict[str, Any]:
        """The payback as ``moving --json`` prints it."""
        first = self.saved_usd[0] + self.one_off_usd if self.saved_usd else None
        return {
            "option": self.label,
            "one_off_usd": decimal_text(self.one_off_usd),
            "first_month_saving_usd": decimal_or_none(first),
            "payback_month": self.month,
            "undone_month": self.undone_month,
            "why": self.why or None,
        }


@dataclass(frozen=True)
class WageFlip:
    """The wage at which the winner gives way: it and the other cost the same there.

    Parameters:
    wage_usd_per_hour : Fraction - that wage. [USD an hour]
    winner : str or None - who is cheapest beyond it; None where nobody can be named, as the other has a line without a
        price.
    other : str - label of the other.
    way : str - ``at_or_above`` or ``at_or_below``.
    """

    wage_usd_per_hour: Fraction
    winner: str | None
    other: str
    way: str


@dataclass(frozen=True)
class PeopleShare:
    """What people's hours cost of an option's bill, and the wage at which they cost as much as all the rest.

    `wage_usd_per_hour` is None where the option has no hours, or a line without a price.
    """

    label: str
    hours: Fraction
    people_usd: Fraction
    rest_usd: Fraction | None
    wage_usd_per_hour: Fraction | None


@dataclass(frozen=True)
class Reached:
    """A crossover that growing traffic comes to: after so many months the cheapest option is `winner`."""

    months: int
    at: int | float
    winner: str | None


@dataclass(frozen=True)
class Moving(Documented):
    """What moving and running cost, of one comparison.

    `looked` are the requests a month between which crossovers were looked for.
    """

    comparison: Comparison
    paybacks: tuple[Payback, ...]
    looked: tuple[int | float, int | float]
    reached: tuple[Reached, ...]
    wage_flips: tuple[WageFlip, ...]
    people: tuple[PeopleShare, ...]

    @property
    def growth_percent(self) -> Fraction:
        """What traffic grows by from one month to the next. [percent]"""
        growth = self.comparison.scenario.growth
        return Fraction(0) if growth is None else growth.percent_per_month

    def document(self) -> dict[str, Any]:
        """All of it as ``moving --json`` prints it."""
        scenario = self.comparison.scenario
        return {
            "version": 1,
            "book": scenario.book.origin,
            "scenario": scenario.document(),
            "growth_percent_per_month": float(self.growth_percent),
            "payback": [one.document() for one in self.paybacks],
            "crossovers_between": list(self.looked),
            "crossovers_reached": [dataclasses.asdict(one) for one in self.reached],
            "wage_flips": [
                {**dataclasses.asdict(one), "wage_usd_per_hour": decimal_text(one.wage_usd_per_hour)}
                for one in self.wage_flips
            ],
            "people": [
                {
                    "option": one.label,
                    "hours": decimal_text(one.hours),
                    "people_usd": decimal_text(one.people_usd),
                    "rest_usd": decimal_or_none(one.rest_usd),
                    "wage_at_which_people_cost_the_rest_usd": decimal_or_none(one.wage_usd_per_hour),
                }
                for one in self.people
            ],
        }


def moving(scenario: Scenario) -> Moving:
    """When moving pays back, which crossovers growth comes to, and from which wage on the answer is another.

    Parameters:
    scenario : Scenario - with `migration` of its options, `growth`, or people's hours and a wage.

    Returns: Moving; the parts that the scenario does not ask for are empty.
    """
    return moving_of(compare(scenario))


def moving_of(comparison: Comparison) -> Moving:
    """The same of a comparison at hand."""
    along = _over_requests(comparison)
    looked = (along.axis.document_value(along.axis.low), along.axis.document_value(along.axis.high))
    flips, people = _wage_flips(comparison), _people(comparison)
    return Moving(comparison, _paybacks(comparison), looked, _reached(along), flips, people)


def is_asked(scenario: Scenario) -> bool:
    """Whether a scenario says anything about moving, growth or people's hours that count."""
    moves = any(option.migration is not None for option in scenario.options)
    return moves or scenario.growth is not None or _people_count(scenario)


def months_until(requests: Fraction, growth_percent: Fraction, holds: Callable[[Fraction], bool]) -> int | None:
    """After how many months of growth the traffic first fulfils something; None where it does not in ten years.

    Parameters:
    requests : Fraction - requests a month today.
    growth_percent : Fraction - growth from one month to the next, below 0 where traffic falls. [percent]
    holds : function - says whether so many requests a month fulfil it.
    """
    for month in range(1, MOST_MONTHS + 1):
        requests *= 1 + growth_percent / 100
        if holds(requests):
            return month
    return None


def _traffic(scenario: Scenario) -> Iterator[int]:
    """Requests in the first month, the second and so on, to the nearest whole one."""
    requests = Fraction(scenario.workload.requests_per_month)
    rate = Fraction(1) if scenario.growth is None else 1 + scenario.growth.percent_per_month / 100
    for _ in range(MOST_MONTHS):
        yield int(requests + Fraction(1, 2))
        requests *= rate


def _over_requests(comparison: Comparison) -> Comparison:
    """The comparison itself, or, where its axis is another number, the same along the usual range of requests."""
    scenario = comparison.scenario
    if scenario.sweep.over == REQUESTS:
        return comparison
    return dataclasses.replace(comparison, scenario=dataclasses.replace(scenario, sweep=Sweep()))


def _reached(comparison: Comparison) -> tuple[Reached, ...]:
    """The crossovers over requests on the way of the traffic, the last one of each month, in their order."""
    scenario = comparison.scenario
    if scenario.growth is None:
        return ()
    growth, requests = scenario.growth.percent_per_month, Fraction(scenario.workload.requests_per_month)
    reached = []
    for crossover in comparison.crossovers:
        passed = functools.partial(_has_passed, crossover, rises=growth > 0)
        months = None if passed(requests) else months_until(requests, growth, passed)
        if months is not None:
            reached.append(Reached(months, crossover.at, crossover.above if growth > 0 else crossover.below))
    reached.sort(key=lambda one: (one.months, one.at if growth > 0 else -one.at))
    return tuple({one.months: one for one in reached}.values())  # of those passed in one month the last one counts


def _has_passed(crossover: Crossover, requests: Fraction, *, rises: bool) -> bool:
    return requests >= crossover.at if rises else requests < crossover.at


def _paybacks(comparison: Comparison) -> tuple[Payback, ...]:
    scenario = comparison.scenario
    targets = [option_index for option_index, option in enumerate(scenario.options) if option.migration is not None]
    if not targets:
        return ()
    months, held = list(_traffic(scenario)), comparison.axis.scenario  # a chosen schedule stands as traffic grows

    @functools.cache
    def result(option_index: int, requests: int) -> Result:
        if requests == scenario.workload.requests_per_month:
            return comparison.options[option_index]
        return billed(held.at(REQUESTS, requests), held.options[option_index])

    def sides(option_index: int, requests: int) -> tuple[Result, ...]:
        """Today's option and the one moved to; none where the scenario does not take the traffic."""
        if requests > MOST_REQUESTS or held.at(REQUESTS, requests).misfits():
            return ()
        return result(0, requests), result(option_index, requests)

    return tuple(_payback(comparison, option_index, months, sides) for option_index in targets)


def _payback(
    comparison: Comparison, option_index: int, months: list[int], sides_at: Callable[[int, int], tuple[Result, ...]]
) -> Payback:
    """One option against the first, month by month, as long as the scenario takes the traffic."""
    scenario, label = comparison.scenario, comparison.options[option_index].label
    migration = scenario.options[option_index].migration
    assert migration is not None
    wage = Fraction(0) if scenario.operations is None else scenario.operations.wage_usd_per_hour
    one_off = migration.hours * wage + migration.usd
    saved, sums, why = -one_off, [], ""
    for month, requests in enumerate(months, 1):
        sides = sides_at(option_index, requests)
        why = _obstacle(sides, month, requests)
        if why:
            break
        today, then = (side.cost_usd or Fraction(0) for side in sides)
        saved += -then if month <= migration.dual_running_months else today - then
        sums.append(saved)
    paid = next((month for month, usd in enumerate(sums, 1) if usd >= 0), None)
    if paid is None:
        never = f"what is saved does not make up for it within {MOST_MONTHS // MONTHS_PER_YEAR} years"
        return Payback(label, one_off, tuple(sums), None, None, why or never)
    undone = next((month for month, usd in enumerate(sums[paid:], paid + 1) if usd < 0), None)
    return Payback(label, one_off, tuple(sums), paid, undone)


def _obstacle(sides: tuple[Result, ...], month: int, requests: int) -> str:
    """Why a month can't be told; empty where it can."""
    when = f"in month {month}, at {count(requests, 3)} requests"
    if not sides:
        return f"{when}, traffic is beyond what a scenario takes"
    for side in sides:
        if side.cost_usd is None:
            return f"{when}, {side.label} has a line without a price"
        if not side.feasible:
            return f"{when}, {side.label} breaks a limit"
    return ""


def _people_count(scenario: Scenario) -> bool:
    hours = any(option.operations_hours or option.on_call_hours for option in scenario.options)
    return hours and "operations" in scenario.include and scenario.operations is not None


def _hours(result: Result) -> Fraction:
    return Fraction(result.option.operations_hours) + Fraction(result.option.on_call_hours)


def _wage_flips(comparison: Comparison) -> tuple[WageFlip, ...]:
    """The nearest wage below and above the scenario's at which the winner gives way: bills are straight lines in it.

    The known part of a bill with a line without a price counts as well: below it nobody can be named (M9).
    """
    scenario, best = comparison.scenario, comparison.best
    if not _people_count(scenario) or best is None or best.cost_usd is None:
        return ()
    assert scenario.operations is not None
    wage = scenario.operations.wage_usd_per_hour
    flips: dict[str, WageFlip] = {}
    for rival in comparison.options:
        slope = _hours(best) - _hours(rival)
        if rival is best or not slope or not rival.feasible:
            continue
        at = wage + (rival.bill.known_usd - best.cost_usd) / slope
        way = "at_or_above" if slope > 0 else "at_or_below"
        nearer = way not in flips or abs(at - wage) < abs(flips[way].wage_usd_per_hour - wage)
        if at >= 0 and nearer:
            flips[way] = WageFlip(at, None if rival.cost_usd is None else rival.label, rival.label, way)
    return tuple(flips[way] for way in ("at_or_below", "at_or_above") if way in flips)


def _people(comparison: Comparison) -> tuple[PeopleShare, ...]:
    scenario = comparison.scenario
    if not _people_count(scenario):
        return ()
    assert scenario.operations is not None
    shares = []
    for result in comparison.options:
        hours = _hours(result)
        people = hours * scenario.operations.wage_usd_per_hour
        rest = None if result.cost_usd is None else result.cost_usd - people
        equal = None if rest is None or not hours else rest / hours
        shares.append(PeopleShare(result.label, hours, people, rest, equal))
    return tuple(shares)


@in_its_currency
def sentences(moving: Moving) -> list[str]:
    """All that was found, a sentence each, without full stops."""
    today = moving.comparison.options[0].label
    lines = []
    for one in moving.paybacks:
        cost = f"Moving from {today} to {one.label} takes {money(one.one_off_usd)} once"
        if one.month is None:
            lines.append(f"{cost}; there is no month of payback: {one.why}")
            continue
        paid = f"has paid for itself by the end of month {one.month}{_by_then(moving, one.month)}"
        until = f", until month {one.undone_month}, when it is dearer again in all" if one.undone_month else ""
        lines.append(f"{cost} and {paid}{until}")
    growth = moving.growth_percent
    if growth:
        way = "grows" if growth > 0 else "falls"
        rate = f"Traffic that {way} by {decimal_text(abs(growth))} % a month"
        lines += [
            f"{rate} comes to {count(one.at, 3)} requests a month after {_months(one.months)}; from there "
            f"{one.winner or 'nobody'} is cheapest"
            for one in moving.reached[:FEW]
        ]
        if len(moving.reached) > FEW:
            rest = len(moving.reached) - FEW
            lines.append(f"{rest} more crossovers follow until month {moving.reached[-1].months}")
        if not moving.reached:
            lines.append(f"{rate} comes to no crossover within {MOST_MONTHS // MONTHS_PER_YEAR} years")
        low, high = (count(end, 3) for end in moving.looked)
        lines.append(f"Crossovers were looked for between {low} and {high} requests a month")
    lines += [_flip_words(one) for one in moving.wage_flips]
    for share in moving.people:
        if share.wage_usd_per_hour is not None:
            lines.append(
                f"{share.label}: people cost {money(share.people_usd)} a month and all the rest "
                f"{money(share.rest_usd or Fraction(0))}; they cost as much as the rest at "
                f"{money(share.wage_usd_per_hour)} an hour"
            )
    return lines


def _flip_words(one: WageFlip) -> str:
    wage = f"From a wage of about {money(one.wage_usd_per_hour)} an hour {_SIDES[one.way]}"
    if one.winner is None:
        return f"{wage} nobody can be named cheapest, because {one.other} has a line without a price"
    return f"{wage} {one.winner} is cheapest"


_SIDES = {"at_or_above": "upwards", "at_or_below": "downwards"}


def _by_then(moving: Moving, month: int) -> str:
    """How far traffic has grown or fallen until a month, where that is much."""
    times = (1 + moving.growth_percent / 100) ** (month - 1)
    if Fraction(2, 3) <= times <= Fraction(3, 2):
        return ""
    return f", with {figure(times, 1) if times < 10 else count(times, 2)} times today's traffic by then"


def _months(months: int) -> str:
    return f"{months} month{'s' if months > 1 else ''}"
