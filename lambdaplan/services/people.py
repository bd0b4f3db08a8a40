"""Operations: people's hours at the reader's wage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number, on_sweep
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import OwnLine, Usage
from lambdaplan.services.service import Parts, Served, Service, split

PEOPLE = ("operations_hours", "on_call_hours", "wage_usd_per_hour")


@dataclass(frozen=True)
class Operations(Usage):
    """People's hours for an option, at the reader's wage; those on call have a line of their own, if there are any."""

    title = "people"
    colour = "#d8c46a"

    hours: Number
    on_call_hours: Number
    wage_usd_per_hour: Fraction

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[OwnLine]:
        """Hours x wage."""
        wage, note = self.wage_usd_per_hour, "people's hours a month at the wage given"
        lines = [OwnLine("Operations", self.hours, "hour", wage, note)]
        if on_sweep(self.on_call_hours) or self.on_call_hours:
            note = "paid hours on call a month at the wage given"
            lines.append(OwnLine("On call", self.on_call_hours, "hour", wage, note))
        return lines


def _usage(served: Served) -> Sequence[Usage]:
    option, wage = served.option, served.scenario.operations
    if wage is None:
        return ()
    return [Operations(option.operations_hours, option.on_call_hours, wage.wage_usd_per_hour)]


def _shared(served: Sequence[Served], shares: Sequence[Fraction]) -> Parts:
    """A fleet that is shared is looked after once; functions are looked after one by one."""
    if served[0].option.has_units:
        return split(served[0].entries(_usage(served[0])), shares)
    return [one.entries(_usage(one)) for one in served]


OPERATIONS = Service(
    "operations",
    "people's hours at the wage given (deployment, patching, on-call work)",
    _usage,
    shared=_shared,
    fields=PEOPLE,
)
