"""People's hours, at the reader's wage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number, on_sweep
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import OwnLine, Usage


@dataclass(frozen=True)
class Operations(Usage):
    """People's hours for an option, at the reader's wage; those on call have a line of their own, if there are any."""

    hours: Number
    on_call_hours: Number
    wage_usd_per_hour: Fraction

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[OwnLine]:
        """Hours x wage."""
        wage, note = self.wage_usd_per_hour, "people's hours a month at the wage given"
        found = [OwnLine("Operations", self.hours, "hour", wage, note)]
        if on_sweep(self.on_call_hours) or self.on_call_hours:
            note = "paid hours on call a month at the wage given"
            found.append(OwnLine("On call", self.on_call_hours, "hour", wage, note))
        return found
