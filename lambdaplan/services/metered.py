"""Metered usage: fields of a usage document that are each a quantity of one priced item."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from lambdaplan.numbers import Number, larger, whole_up
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.resources import data_table
from lambdaplan.schema.fields import HUGE, number


@dataclass(frozen=True)
class Meter:
    """What one field is billed as.

    Parameters:
    field : str - the field of the usage document.
    item : str - the item of the price book.
    label : str - the item in words.
    free : str - the book's item that holds the always-free quantity; empty when there is none.
    unit : str - the price's unit, where no book has it.
    """

    field: str
    item: str
    label: str
    free: str = ""
    unit: str = ""


@functools.cache
def service_billing(rule: str) -> Fraction:
    """Give a rule of a service's billing that no price book holds.

    References: data/service_billing.csv, each row with its source.

    Examples:
        >>> service_billing("sqs_increment_kb")
        Fraction(64, 1)
    """
    return Fraction(next(row["value"] for row in data_table("service_billing.csv") if row["rule"] == rule))


def increments(size_kb: Number, rule: str) -> Number:
    """How many times something of a size is billed: each increment begun is one, and at least one.

    Examples:
        >>> [int(increments(Fraction(kb), "sqs_increment_kb")) for kb in (0, 64, 65, 256)]
        [1, 1, 2, 4]
    """
    return larger(whole_up(size_kb / service_billing(rule)), 1)


@dataclass(frozen=True)
class MeteredUsage(Usage):
    """Usage whose fields are each a quantity of one priced item, in the order of `METERS`."""

    SERVICE: ClassVar[str]
    METERS: ClassVar[tuple[Meter, ...]] = ()

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """One charge a meter; a field that is not given is 0."""
        return [
            Charge(self.SERVICE, meter.item, self.metered(meter.field), meter.label, meter.free, unit=meter.unit)
            for meter in self.METERS
        ]

    def metered(self, field: str) -> Number:
        """What is billed of a field: its value."""
        return getattr(self, field)

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """Items that no region of the book has: a reader may price them."""
        return [meter.item for meter in cls.METERS if meter.item not in priced]


def quantity(meaning: str, unit: str) -> Any:
    """Declare a field that holds a quantity of a month; none unless it is given."""
    return number(meaning, unit=unit, high=HUGE, default=Fraction(0))
