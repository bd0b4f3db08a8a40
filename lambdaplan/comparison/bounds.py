"""The least and the most that a bill can be between two places of an axis, from what it is at both of them.

Along requests a month no line of a bill falls, but for surplus CPU credits and cold starts. Along another number it is
known where every line of the bill only rises or only falls (`is_steady`): each is then between what it is at the ends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.cpu_credits import Credits, bounds_between
from lambdaplan.comparison.bills_along import Axis
from lambdaplan.comparison.month import broken, month
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services.around import WORD
from lambdaplan.services.other_costs import OTHER
from lambdaplan.services.people import PEOPLE
from lambdaplan.units import HOURS_PER_WEEK
from lambdaplan.workload.workload import REQUESTS

STEADY_WORKLOAD = (
    "requests_per_month",  # every quantity is requests times something, or units that grow with them
    "duration_ms",  # time on any vCPU grows with it, as does CPU time where busy_share gives that; so do units
    "measured_memory_mb",  # the same
    "working_set_mb",  # leaves a unit less room, while it has as many processes
    "request_mb",  # leaves a unit room for fewer requests
    "concurrency_per_process",  # leaves room for more of them
    "request_kb",  # of these each touches lines of its own, in proportion or in steps
    "response_kb",
    "requests_per_connection",
    "outbound_kb",
    "inbound_kb",
    "log_kb",
    "log_retention_days",
    "cold_fraction",  # one line grows with it, in proportion
    "timeout_ms",  # limits alone
    "service_cv",  # nothing, without an answer time to hold
    "burst",  # peaks grow with it, and units with them
)
"""Fields of the workload along which every line of a bill rises or falls all the way, and every limit is met and then
not, or the reverse; a platform names its own in `Option.steady_fields`. CPU credits stand apart, whose use and supply
do so each; and for memory it holds while a unit has as many processes and Lambda bills as many milliseconds
(`Option.alike_while_steady`). `tests/analysis/test_sensitivity.py` holds it against random scenarios.
"""


_OF_COLD_LINES = ("duration_ms", "measured_memory_mb", "memory_mb")
"""Numbers along which duration moves through the tiers that initialisation shares with it: where cold starts are
counted, one line then may rise while another falls.
"""


def is_plain(option: Option) -> bool:
    """Whether an option's bill is proved to be one fleet times its prices: of given size, and under no plan."""
    return option.steady_fields is not None and not option.is_open and not option.is_planned


def is_steady(axis: Axis, option_index: int) -> bool:
    """Whether each line of an option's bill is known to rise or fall all the way along an axis.

    It is not where cold starts or what spills over follow it.
    """
    head, name = axis.over.split(".")[0], axis.over.rsplit(".", 1)[-1]
    if name in PEOPLE or head in (OTHER, WORD) or not axis.varies(option_index):
        return True
    option, workload = axis.scenario.options[option_index], axis.scenario.workload
    if axis.bills.bent(option_index) or not is_plain(option) or workload.slo is not None or workload.durations:
        return False
    if option.starts_cold and workload.counts_cold_starts and name in _OF_COLD_LINES:
        return False
    if workload.is_job and name == "min_units":  # without a unit that stands each run starts one
        return False
    if workload.drains and name == "burst":  # an hour that serves more leaves less to the next
        return False
    return name in (STEADY_WORKLOAD if head == "workload" else option.steady_fields or ())


@dataclass(frozen=True)
class Bounds:
    """The least and most that a bill can be between each two of some places of the axis.

    `lost` says at which places a price is missing; `steady` in which stretches that does not change; `exactly`, how
    many places were billed in fractions.
    """

    lost: np.ndarray
    least: np.ndarray
    most: np.ndarray
    steady: np.ndarray
    exactly: int = 0


def bounds(axis: Axis, option_index: int, places: np.ndarray) -> Bounds:
    """Bill an option at places, and bound its bill between each two of them.

    Parameters:
    option_index : int - of an option that is steady along the axis, where that is not requests a month.
    places : array - in their order; along requests with all those at which what is cold or spills over bends.
    """
    is_open = axis.bills.options[option_index].is_open
    if axis.over == REQUESTS:
        return _of_choice(axis, option_index, places) if is_open else _while_requests_grow(axis, option_index, places)
    if is_open or not axis.varies(option_index):  # a choice is steady along people's hours, other costs and services
        cost, lost = axis.bills.costs(option_index, places)
        least, most = np.minimum(cost[:-1], cost[1:]), np.maximum(cost[:-1], cost[1:])
        return Bounds(lost, least, most, ~(lost[:-1] | lost[1:]))
    if axis.bills.options[option_index].units_may_fall(axis.scenario.book):
        cost, lost = axis.bills.costs(option_index, places)
        low, high = (_line_by_line(axis, option_index, places, sized) for sized in (0, 1))
        steady = low.steady & high.steady & ~(lost[:-1] | lost[1:])
        return Bounds(lost, low.least, high.most, steady, low.exactly + high.exactly)
    return _line_by_line(axis, option_index, places)


def _while_requests_grow(axis: Axis, option_index: int, places: np.ndarray) -> Bounds:
    """Bound the bill of an option of given size along requests a month.

    A bill never falls as requests grow, but for surplus CPU credits: a unit more brings credits of its own.
    Cold starts may get fewer too. Their number is a straight line within a stretch, so it lies between those
    at its ends, and one less saves no more than the dearest tier of duration.
    """
    option = axis.bills.options[option_index]
    if option.units_may_fall(axis.scenario.book):
        return _between(axis, option, places)
    swept = axis.bills.swept(option_index, places)
    scenario, fleet, cost, lost = swept.scenario, swept.fleet, swept.cost, swept.lost
    shape = np.zeros(len(cost))
    for_good = np.asarray(swept.amounts.missing_for_good, dtype=float) + shape > 0
    if fleet.credits is None or "compute" not in scenario.include:
        cold = np.asarray(option.cold_usd(fleet, scenario.book, scenario.region), dtype=float) + shape
        saved = np.maximum(cold[:-1] - cold[1:], 0)
        return Bounds(lost, cost[:-1] - saved, cost[1:] + saved, for_good[:-1] | ~(lost[:-1] | lost[1:]))
    spread = np.zeros((len(cost), len(fleet.credits.hours)))
    used, units = (np.asarray(part, dtype=float) + spread for part in (fleet.credits.used, fleet.credits.units))
    here = np.asarray(fleet.credits.surplus, dtype=float) + shape
    order = fleet.credits.in_order
    here, low, high, priced = _surplus(option, scenario, fleet.credits, used[:, order], units[:, order], here)
    rest = cost - here
    steady = for_good[:-1] | (~(lost[:-1] | lost[1:]) & priced)
    return Bounds(lost, rest[:-1] + low, rest[1:] + high, steady)


def _between(axis: Axis, option: Option, places: np.ndarray) -> Bounds:
    """Bound the bill of a fleet that follows its CPU credits, by fleets that are never larger and never smaller.

    A bill on demand grows in proportion to unit-hours, so it lies as far between the bills of both fleets as its
    unit-hours do between theirs. Of those so many are needed at least as earn what the week computes.
    """
    scenario = axis.bills.scenario_over(places)
    (small, least, lost), (large, most, lost_too) = (axis.bills.floats(part, places) for part in option.sized_between())
    lost = (np.nan_to_num(lost, nan=1) > 0) | (np.nan_to_num(lost_too, nan=1) > 0)
    share = np.zeros(len(places) - 1)
    if not option.is_planned and not scenario.book.commitments(scenario.region):
        few, many = (np.asarray(fleet.units_mean, dtype=float)[:-1] for fleet in (small, large))
        asked = option.least_units(small, large, scenario.workload, scenario.book, scenario.hours_per_month)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(many > few, np.clip((asked - few) / (many - few), 0, 1), 0)
    with np.errstate(invalid="ignore"):
        apart = (most - least)[:-1]
    least = np.where(np.isnan(least), 0, least)[:-1] + np.where((share > 0) & np.isfinite(apart), share * apart, 0)
    return Bounds(lost, least, most[1:], ~(lost[:-1] | lost[1:]))


def _of_choice(axis: Axis, option_index: int, places: np.ndarray) -> Bounds:
    """Bound the bill of a choice: the least of its sizes' bounds.

    Where the sizes differ along the axis none of their bills ever falls, nor does the least of them.
    It is steady where it is clear whether a size without a price may be the cheapest.
    """
    option, work = axis.bills.options[option_index], axis.scenario.workload
    if option.sizes_vary and not (option.starts_cold and (work.models_cold_starts or option.is_provisioned)):
        cost, lost = axis.bills.costs(option_index, places)
        return Bounds(lost, cost[:-1], cost[1:], np.full(len(cost) - 1, not lost.any()))
    sizes = axis.sizes(option_index, axis.low, axis.high)
    each = [_while_requests_grow(axis, size, places) for size in sizes]
    if len(each) == 1:
        return each[0]
    cost, lost = axis.bills.costs(option_index, places)
    least, most = np.array([b.least for b in each]), np.array([b.most for b in each])
    partly = np.array([b.lost[:-1] | b.lost[1:] | ~b.steady for b in each])  # without a price, or perhaps
    surely = np.array([b.lost[:-1] & b.lost[1:] & b.steady for b in each])
    with np.errstate(invalid="ignore"):
        dearest, cheapest = (
            np.min(np.where(out, np.inf, usd), axis=0) for out, usd in ((partly, most), (surely, least))
        )
        whole = dearest < np.min(np.where(partly, least, np.inf), axis=0)
        blocked = np.min(np.where(surely, most, np.inf), axis=0) < cheapest
    return Bounds(lost, least.min(axis=0), most.min(axis=0), whole | blocked)


@dataclass(frozen=True)
class Lines:
    """One option's bill at places, line by line, and what must hold for the lines to be steady; one row each.

    `used` and `units` are those of CPU credits, one row for each place of the week, and `surplus` what is charged of
    them; `kept` says for each fixed limit whether it is kept; `alike` is what must be the same at both ends of a
    stretch: the processes of a unit, billed milliseconds by memory. `exactly` says how many places were billed in
    fractions.
    """

    cost: np.ndarray
    missing: np.ndarray
    lines: np.ndarray
    used: np.ndarray
    units: np.ndarray
    surplus: np.ndarray
    kept: np.ndarray
    alike: np.ndarray
    exactly: int = 0


def lines_at(axis: Axis, option_index: int, places: np.ndarray, sized: int | None = None) -> Lines:
    """Bill an option at places line by line: what floats can't tell, in fractions.

    Parameters: sized : int or None - which of `Option.sized_between` stands for it.
    """

    def of(scenario: Scenario) -> Option:
        option = scenario.options[option_index]
        return option if sized is None else option.sized_between()[sized]

    field, scenario = axis.over.rsplit(".", 1)[-1], axis.bills.scenario_over(places)
    lines = _lines(scenario, of(scenario), len(places), field)
    parts = [part.name for part in dataclasses.fields(lines) if part.name != "exactly"]
    doubtful = np.flatnonzero(np.isnan(np.vstack([getattr(lines, name) for name in parts])).any(axis=0))
    for index in doubtful:
        scenario = axis.bills.scenario_at(int(places[index]))
        exactly = _lines(scenario, of(scenario), 1, field)
        for name in parts:
            getattr(lines, name)[..., index] = getattr(exactly, name)[..., 0]
    return dataclasses.replace(lines, exactly=len(doubtful))


def _lines(scenario: Scenario, option: Option, count: int, field: str) -> Lines:
    """The same at one value of a field, or along a column of them; NaN where floats can't tell."""
    fleet, used = month(scenario, option)
    total, credit = amounts(used), fleet.credits if "compute" in scenario.include else None

    def rows(values: Iterable[Any]) -> np.ndarray:
        spread = [np.broadcast_to(np.asarray(value, dtype=float), (count,)) for value in values]
        return np.array(spread).reshape(len(spread), count)

    def by_place(values: Any) -> np.ndarray:
        return rows(np.moveaxis(np.asarray(values, dtype=float), -1, 0))

    out, cost, missing = rows([broken(fleet), total.known_usd, total.missing])
    lines = rows(total.parts)
    if credit is None:  # what may fall as requests grow, as cold starts do: one line along any other number
        lines = np.vstack([lines, cost - lines.sum(axis=0)])
    return Lines(
        cost=np.where(np.isnan(out), np.nan, np.where(out > 0, np.inf, cost)),
        missing=missing,
        lines=lines,
        used=rows([]) if credit is None else by_place(credit.used)[credit.in_order],
        units=rows([]) if credit is None else by_place(credit.units)[credit.in_order],
        surplus=rows([]) if credit is None else rows([credit.surplus]),
        kept=1 - rows(limit.broken for limit in fleet.limits if not (limit.adjustable or limit.advisory)),
        alike=rows(option.alike_while_steady(field, fleet, scenario.workload, scenario.book)),
    )


def _line_by_line(axis: Axis, option_index: int, places: np.ndarray, sized: int | None = None) -> Bounds:
    """Bound a bill of which every line rises or falls all the way.

    The least is infinite where a limit is broken all along, the most where one may be broken.
    """
    bill = lines_at(axis, option_index, places, sized)
    left, right = bill.lines[:, :-1], bill.lines[:, 1:]
    least, most = np.minimum(left, right).sum(axis=0), np.maximum(left, right).sum(axis=0)
    steady = (bill.missing[:-1] == 0) & (bill.missing[1:] == 0)
    if len(bill.used):
        option, scenario = axis.bills.options[option_index], axis.scenario
        credit = option.fleet(scenario.workload, scenario.book, scenario.hours_per_month).credits
        assert credit is not None  # as along the axis
        _, low, high, priced = _surplus(option, scenario, credit, bill.used.T, bill.units.T, bill.surplus[0])
        least, most, steady = least + low, most + high, steady & priced
    kept = ((bill.kept[:, :-1] > 0) & (bill.kept[:, 1:] > 0)).all(axis=0)
    out = ((bill.kept[:, :-1] == 0) & (bill.kept[:, 1:] == 0)).any(axis=0)
    alike = (bill.alike[:, :-1] == bill.alike[:, 1:]).all(axis=0)
    least = np.where(alike, np.where(out, np.inf, least), 0)
    return Bounds(bill.missing > 0, least, np.where(alike & kept, most, np.inf), steady, bill.exactly)


def _surplus(
    option: Option, scenario: Scenario, credit: Credits, used: np.ndarray, units: np.ndarray, surplus: np.ndarray
) -> tuple[np.ndarray, ...]:
    """What surplus CPU credits cost at places, the least and the most between them, and where no price is missing.

    Use and units of each hour rise or fall all the way: a row of them for every place.
    """
    usd = float(option.surplus_usd(Fraction(1), scenario.book, scenario.region))
    weeks_usd = usd * float(scenario.hours_per_month / Fraction(HOURS_PER_WEEK))
    least, most = bounds_between(used, units, surplus, credit)
    return surplus * weeks_usd, least * weeks_usd, most * weeks_usd, (usd > 0) | (most <= 0)
