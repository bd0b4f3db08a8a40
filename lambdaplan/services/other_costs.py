"""Other costs: what the reader knows the price of and no book has, a line on each bill that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.errors import Problem
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Entry, NoCharge, OwnLine, Usage
from lambdaplan.schema.fields import number, schema, shown, text
from lambdaplan.schema.reading import read
from lambdaplan.services.belonging import Belonging
from lambdaplan.services.service import Parts, Served, Service, split
from lambdaplan.units import gb_of

MOST = 50
MOST_USD = 10**9
MILLION = 10**6


def _price(meaning: str, unit: str) -> Any:
    return number(meaning, unit=unit, high=MOST_USD, grain=Fraction(1, 100), default=None)


@dataclass(frozen=True)
class OtherCost(Belonging):
    """A cost of the reader's own, by the month, the request, the GB sent or the hour of a unit."""

    label: str = text("its name on the bill", max_length=80)
    usd_per_month: Fraction | None = _price("so much a month", "USD a month")
    usd_per_million_requests: Fraction | None = _price("so much for a million requests", "USD a million requests")
    usd_per_gb_out: Fraction | None = _price("so much for a GB sent out: answers, and what requests send", "USD a GB")
    usd_per_unit_hour: Fraction | None = _price("so much an hour of each unit of a fleet", "USD an hour of a unit")
    note: str | None = text("where it is from", max_length=200, default=None)

    @property
    def price(self) -> tuple[str, Number]:
        """The field that is given, and its value."""
        return next((name, value) for name in PRICES if (value := getattr(self, name)) is not None)

    @property
    def is_alike(self) -> bool:
        """Whether it costs every option the same: what is for all, and not by the hour of a unit."""
        return super().is_alike and not self.is_by_units

    @property
    def is_by_units(self) -> bool:
        """Whether it is paid for the hours of units."""
        return self.usd_per_unit_hour is not None


PRICES = ("usd_per_month", "usd_per_million_requests", "usd_per_gb_out", "usd_per_unit_hour")
UNITS = {
    "usd_per_month": "month",
    "usd_per_million_requests": "million requests",
    "usd_per_gb_out": "GB",
    "usd_per_unit_hour": "unit-hour",
}


def read_other_costs(value: Any, path: str, problems: list[Problem]) -> tuple[OtherCost, ...]:
    """Read the list of other costs, each with exactly one price."""
    words = f"exactly one of {', '.join(PRICES)}"
    if not isinstance(value, (list, tuple)) or len(value) > MOST:
        given = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, given, f"a list of at most {MOST} objects with a label and {words}"))
        return ()
    costs = []
    for index, item in enumerate(value):
        cost = read(OtherCost, item, f"{path}.{index}", problems)
        if cost is None:
            continue
        given_prices = [name for name in PRICES if getattr(cost, name) is not None]
        if not given_prices:
            problems.append(Problem("missing", f"{path}.{index}.{PRICES[0]}", "", words))
        elif len(given_prices) > 1:
            field, amount = given_prices[1], decimal_text(getattr(cost, given_prices[1]))
            words_here = f"{given_prices[0]} is given too; {words}"
            problems.append(Problem("conflict", f"{path}.{index}.{field}", amount, words_here, "Keep one of them."))
        else:
            costs.append(cost)
    return tuple(costs)


OTHER_COSTS_SCHEMA = {"type": "array", "maxItems": MOST, "items": schema(OtherCost)}


@dataclass(frozen=True)
class OtherCostUsage(Usage):
    """How much of an own cost an option has in a month."""

    title = "other costs"
    colour = "#c58f9f"

    cost: OtherCost
    quantity: Number | None  # None: paid for units, which the option has not

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Entry]:
        """Quantity x the reader's price."""
        field, price_usd = self.cost.price
        if self.quantity is None:
            return [NoCharge(self.cost.label, "paid for the hours of units, and here none stand")]
        note = self.cost.note or "the reader's own"
        return [OwnLine(self.cost.label, self.quantity, UNITS[field], price_usd, note, OTHER)]


OTHER = "other_costs"


def _quantity(served: Served, cost: OtherCost) -> Number | None:
    """How much of a cost a month comes to, in the unit of its price."""
    workload = served.workload
    if cost.is_by_units:
        return served.unit_hours if served.option.has_units else None
    if cost.usd_per_million_requests is not None:
        return workload.requests_per_month / Fraction(MILLION)
    if cost.usd_per_gb_out is not None:
        return gb_of(workload.requests_per_month, workload.response_kb + workload.outbound_kb)
    return Fraction(1)


def _usage(served: Served) -> Sequence[OtherCostUsage]:
    own = [cost for cost in served.scenario.other_costs if cost.is_of(served.option)]
    return [OtherCostUsage(cost, _quantity(served, cost)) for cost in own]


def _shared(served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
    """Each service pays its own costs; of those by the hour of a unit its part of the fleet."""
    parts: Parts = []
    for one, share in zip(served, shares, strict=True):
        entries: list[Entry] = []
        for usage in _usage(one):
            mine = one.entries([usage])
            by_fleet = usage.cost.is_by_units and one.option.has_units
            entries += split(mine, [share])[0] if by_fleet else mine
        parts.append(entries)
    return parts


OTHER_COSTS = Service(OTHER, "other costs, the reader's own", _usage, shared=_shared)
"""Counted wherever a scenario gives such: no word of `include` leaves them out."""
