"""Usage: quantities of priced items in a month, from which bills are made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, Protocol

from lambdaplan.errors import Problem
from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.schema.fields import shown


@dataclass(frozen=True)
class PartOf:
    """An item whose price is a fraction of another item's: a fee in percent.

    Parameters:
    service, item : str - what the price book prices, of which it is a fraction.
    digits : int or None - decimals to which that price is rounded first, half-up; None for no rounding.
    """

    service: str
    item: str
    digits: int | None = None


@dataclass(frozen=True, eq=False)
class ByHour:
    """How a quantity of a month is spread over the hours of a week.

    Parameters:
    weights : array - what an hour of each kind has, in any unit, on the last axis.
    hours : array - how many hours of the week are of each kind. [h]
    """

    weights: Any
    hours: Any


@dataclass(frozen=True)
class Charge:
    """How much of one priced item was used in a month.

    Parameters:
    service, item : str - what the price book prices.
    quantity : Number - how much of it, in the price's unit; less than nothing counts as nothing.
    label : str - the item in words.
    free : str - the book's item that holds the always-free quantity; empty when there is none.
    free_last : bool - whether it takes only what the other charges leave of that quantity.
    note : str - anything a reader of the line must know.
    may_fall : bool - whether it may get less as requests grow.
    apart : bool - whether it has lines of its own, after the other charges of its item: they share tiers and free
        quantities.
    part_of : PartOf or None - what the item's price is a fraction of; None where it is in USD.
    unit : str - the price's unit, where no book has it.
    by_hour : ByHour or None - when in the week it is used; None where that is not known, or does not matter.
    together : bool - whether commitments pay for some of it, so that with the others of them it rises and falls as one.
    """

    service: str
    item: str
    quantity: Number
    label: str
    free: str = ""
    note: str = ""
    free_last: bool = False
    may_fall: bool = False
    apart: bool = False
    part_of: PartOf | None = None
    unit: str = ""
    by_hour: ByHour | None = None
    together: bool = False


@dataclass(frozen=True)
class NoCharge:
    """Something every bill is asked for and this one has free of charge, with the reason."""

    label: str
    note: str


@dataclass(frozen=True)
class OwnLine:
    """A line whose price is the reader's own figure and not an item of a book.

    Parameters:
    service : str - of whose lines charts colour it; empty for people's hours.
    """

    label: str
    quantity: Fraction
    unit: str
    price_usd: Fraction
    note: str
    service: str = ""
    together: bool = False


class Usage:
    """What ran, or will run, of one service, in billing units.

    `title` and `colour` name and colour its lines in charts; without them they are drawn with the rest. `other_names`
    are what people write in place of its kind, with commas.
    """

    title: ClassVar[str] = ""
    other_names: ClassVar[str] = ""
    colour: ClassVar[str] = ""

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """Items that a reader may price although no region of the book does; `priced` are those that one does."""
        return ()

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge | OwnLine]:
        """The priced quantities it makes."""
        raise TypeError(f"{type(self).__name__} has no charges")

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """Quantities whose change of sign bends what it charges: where the largest of several is charged."""
        return ()

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """What does not fit together beyond the range of each field; `path` is the document's."""
        return []


def sum_or_parts(usage: Usage, path: str, total: str, parts: tuple[str, str]) -> list[Problem]:
    """The problems of a usage that does not give either a sum or both of the fields that it is made of."""
    given, value = [name for name in parts if getattr(usage, name) is not None], getattr(usage, total)
    words = f"{' and '.join(parts)}, or {total}"
    if value is None:
        return [Problem("missing", f"{path}.{name}", "", words) for name in parts if name not in given]
    return [Problem("conflict", f"{path}.{total}", shown(value), f"{words}, not both")] if given else []


class UsageOfMonth(Protocol):
    """What a bill is made of: a month's usage of one account in one region."""

    @property
    def usage(self) -> Sequence[Usage]: ...
    @property
    def book(self) -> PriceBook: ...
    @property
    def region(self) -> str: ...
    @property
    def hours_per_month(self) -> Fraction: ...
    @property
    def free_tier(self) -> bool: ...
    @property
    def commits(self) -> bool: ...  # whether commitments of one's own count


Entry = Charge | NoCharge | OwnLine


@dataclass(frozen=True)
class Noted(Usage):
    """A usage with something to say on the lines of some of its items."""

    usage: Usage
    notes: Mapping[str, str]

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge | NoCharge | OwnLine]:
        """The same charges, with the notes."""
        return [
            replace(entry, note=self.notes[entry.item])
            if isinstance(entry, Charge) and entry.item in self.notes
            else entry
            for entry in self.usage.charges(book, hours_per_month)
        ]


@dataclass(frozen=True)
class InHours(Usage):
    """A usage with the hours of the week in which the items of each service are used."""

    usage: Usage
    by_service: Mapping[str, ByHour]

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Entry]:
        """The same charges, with their hours."""
        return [
            replace(entry, by_hour=self.by_service.get(entry.service)) if isinstance(entry, Charge) else entry
            for entry in self.usage.charges(book, hours_per_month)
        ]

    def bends(self, book: PriceBook) -> Sequence[Number]:
        """The same bends."""
        return self.usage.bends(book)


@dataclass(frozen=True)
class NotBilled(Usage):
    """Something that every bill is asked for and this one has not, with the reason."""

    label: str
    why: str

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[NoCharge]:
        """One line that says why there is no charge."""
        return [NoCharge(self.label, self.why)]
