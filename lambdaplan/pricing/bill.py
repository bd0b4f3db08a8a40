"""Bills: line items of quantity × price, tiers, always-free quantities, and totals (M2).

A platform or service says how much of which item was used (`Charge`). The rest is here: quantities
of one item are added up, free quantities are taken off, tiers are applied, one line a tier.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.currency import code, in_its_currency
from lambdaplan.formatting import before_tax, cents, decimal_or_none, decimal_text, figure, money, share_text
from lambdaplan.html_table import html_table
from lambdaplan.numbers import Number, exceeds, larger, on_sweep, smaller
from lambdaplan.pricing.commitments import CoveredUse, committed, covered_use
from lambdaplan.pricing.price_book import Price, PriceBook, Tier
from lambdaplan.pricing.usage import Charge, Entry, NoCharge, OwnLine, UsageOfMonth

QUALITY_WORDS = {"derived": "computed from other published figures", "weak": "old, undated, moving or second-hand"}
"""What is said of prices that rest on less than a published list price."""


@dataclass(frozen=True)
class LineItem:
    """Quantity x price, with the source of the price. The price is None where none is known.

    `part_of` is the item, by service and name, of whose price this one is a fraction; None where it is none. Where that
    price is missing it is `fraction` of the price that the line lacks.
    """

    item: str
    quantity: Fraction
    unit: str
    price_usd: Fraction | None
    source: str
    as_of: str
    note: str = ""
    service: str = ""
    price_item: str = ""
    quality: str = "list"
    part_of: tuple[str, str] | None = None
    fraction: Fraction = Fraction(1)
    list_usd: Fraction | None = None  # the price before a discount; None without one

    def has_price(self, service: str, item: str) -> bool:
        """Whether its amount is in proportion to the price of an item."""
        return (service, item) in ((self.service, self.price_item), self.part_of)

    @property
    def exact_usd(self) -> Fraction | None:
        """Quantity x price, exactly. [USD]"""
        return None if self.price_usd is None else self.quantity * self.price_usd

    @property
    def listed_usd(self) -> Fraction:
        """Quantity x price before a discount; 0 while no price is known. [USD]"""
        price = self.price_usd if self.list_usd is None else self.list_usd
        return Fraction(0) if price is None else self.quantity * price

    @property
    def amount_usd(self) -> Decimal | None:
        """Quantity x price, half-up to the cent. [USD]"""
        exact = self.exact_usd
        return None if exact is None else cents(exact)

    def document(self) -> dict[str, Any]:
        """The line as ``--json`` prints it."""
        exact, price, amount = self.exact_usd, self.price_usd, self.amount_usd
        return {
            "item": self.item,
            "quantity": decimal_text(self.quantity),
            "unit": self.unit,
            "price_usd": None if price is None else decimal_text(price, 20),
            "amount_usd": None if amount is None else str(amount),
            "exact_usd": None if exact is None else decimal_text(exact),
            "source": self.source,
            "as_of": self.as_of or None,
            "note": self.note,
            "service": self.service,
            "price_item": self.price_item,
            **({} if self.list_usd is None else {"list_price_usd": decimal_text(self.list_usd, 20)}),
        }


@dataclass(frozen=True)
class Bill:
    """The lines of one month and their sum."""

    lines: tuple[LineItem, ...]
    book: PriceBook

    @functools.cached_property
    def known_usd(self) -> Fraction:
        """The exact sum of the lines whose price is known. [USD]"""
        return sum((line.exact_usd or Fraction(0) for line in self.lines), Fraction(0))

    @property
    def exact_usd(self) -> Fraction | None:
        """The exact sum; None while a price is missing. [USD]"""
        return None if self.unknown else self.known_usd

    @functools.cached_property
    def total_usd(self) -> Decimal | None:
        """The sum of the lines as shown, each rounded to the cent; None while a price is missing."""
        if self.unknown:
            return None
        return sum((line.amount_usd or Decimal(0) for line in self.lines), Decimal("0.00"))

    @property
    def oldest_price(self) -> str:
        """Date of the oldest price of the book on this bill; empty when it has none."""
        return min((line.as_of for line in self.lines if line.as_of), default="")

    @functools.cached_property
    def unknown(self) -> tuple[str, ...]:
        """The lines without a price, each with the field that takes the reader's own."""
        return tuple(
            f"{line.item}: no price in the book; give your own: "
            f'"prices": [{{"service": "{line.service}", "item": "{line.price_item}", "price_usd": "..."}}]'
            for line in self.lines
            if line.price_usd is None
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Prices on this bill that rest on less than a published list price."""
        return tuple(
            dict.fromkeys(
                f"{line.item}: the price of {line.as_of} is {QUALITY_WORDS[line.quality]}"
                for line in self.lines
                if line.quality in QUALITY_WORDS
            )
        )

    def document(self) -> dict[str, Any]:
        """The bill as ``lambdaplan bill --json`` prints it."""
        return {
            "book": self.book.origin,
            **self.totals(),
            "warnings": [*self.warnings, *without_use(self.book, self.lines)],
        }

    def totals(self) -> dict[str, Any]:
        """The lines and sums of the bill as every front end prints them."""
        total = self.total_usd
        known = {"known_usd": decimal_text(self.known_usd)} if self.unknown else {}
        return {
            "lines": [line.document() for line in self.lines],
            "total_usd": None if total is None else str(total),
            "exact_usd": decimal_or_none(self.exact_usd),
            **known,
            "oldest_price": self.oldest_price or None,
            "unknown": list(self.unknown),
        }

    @in_its_currency
    def _repr_html_(self) -> str:
        """The bill as notebooks show it."""
        rows = [
            [line.item, *_worth(line), "unknown" if line.amount_usd is None else money(line.amount_usd), line.as_of]
            for line in self.lines
        ]
        total = f"unknown; {money(self.known_usd)} is known" if self.total_usd is None else money(self.total_usd)
        caption = f"Bill of one month: {total} ({before_tax()}; prices: {self.book.id})"
        columns = ["line", "quantity", "unit", "price, USD", code(), "price of"]
        return html_table(columns, rows, caption, styled=True)

    def to_frame(self) -> Any:
        """The lines as a pandas data frame, one row a line."""
        import pandas as pd

        return pd.DataFrame([line.document() for line in self.lines])


def _worth(line: LineItem) -> tuple[str, str, str]:
    """Quantity, unit and price of a line, in words; empty where nothing is counted."""
    if not line.unit:
        return "", line.note, ""
    price = "unknown" if line.price_usd is None else decimal_text(line.price_usd, 20)
    return figure(line.quantity, 6), line.unit, price


def without_use(book: PriceBook, lines: Iterable[LineItem]) -> list[str]:
    """The reader's own prices and rates that touch none of the lines."""
    billed = {(line.service, line.price_item) for line in lines}
    unused = [
        f"the own price of {own.service} {own.item} touches no line"
        for own in book.own
        if (own.service, own.item) not in billed
    ]
    return unused if book.rates is None else [*unused, *book.rates.without_use(billed)]


QUALITIES = ("list", "own", "derived", "weak")  # of prices: what is made of two is of the later of theirs


Left = dict[tuple[str, str], Number]
"""What is left of an account's free quantities, by service and item: bills of several regions share it."""


def bill(document: UsageOfMonth, left: Left | None = None) -> Bill:
    """Bill a month's usage: one line an item and tier.

    Parameters:
    document : a usage document, or anything with its usage, book, region, hours and free tier.
    left : mapping - what other bills of the account have left of its free quantities; it is brought up to date.

    Raises: TypeError when a float has reached a quantity.

    Notes: tiers and free quantities are one account's in one region: rows of the same item are
    added up before tiers apply, and a free quantity is used up in the order of the rows, before
    the tiers. Nothing that was not used makes a line. Money is exact, and shown half-up to the cent
    (M2).
    References: AWS Lambda pricing, "mobile application backend", Amazon Web Services, copy of 2026
    read 2026-11-25.

    Examples:
        >>> from lambdaplan import UsageDocument
        >>> row = {"service": "lambda", "requests": 3_000_000, "duration_ms": 120, "memory_mb": 1536}
        >>> bill(UsageDocument.from_dict({"version": 1, "free_tier": True, "usage": [row]})).total_usd
        Decimal('2.73')
    """
    book, region = document.book, document.region
    lines: list[LineItem] = []
    for entry, free, before in _entries(document, left):
        if isinstance(entry, NoCharge):
            nothing = (Fraction(0), "", Fraction(0), "the scenario", "")
            lines.append(LineItem(entry.label, *nothing, entry.note, quality="own"))
        elif isinstance(entry, OwnLine):
            if entry.quantity:
                own = (entry.quantity, entry.unit, entry.price_usd, "the reader's own price", "")
                lines.append(LineItem(entry.label, *own, entry.note, entry.service, quality="own"))
        else:
            if not isinstance(entry.quantity, (int, Fraction)):
                raise TypeError(f"{entry.item}: the quantity of an exact bill is {type(entry.quantity).__name__}")
            lines += _lines(entry, free, before, book, region)
    return Bill(tuple(lines), book)


@dataclass(frozen=True)
class Amounts:
    """A month's bill without the words of its lines, at a point or along a sweep.

    Parameters:
    known_usd : Number - the part of the bill whose prices are known. [USD]
    missing : Number - whether a price is missing: a bool, or a column of 1.0 and 0.0.
    missing_for_good : Number - whether one is missing that stays so as requests grow.
    parts : tuple of Number - the known amounts one by one, but for what may fall as requests grow. [USD]
    """

    known_usd: Number
    missing: Number
    missing_for_good: Number
    parts: tuple[Number, ...]


def amounts(document: UsageOfMonth, left: Left | None = None) -> Amounts:
    """Bill a month's usage in numbers alone: the same quantities, free quantities and tiers as a bill."""
    book, region = document.book, document.region
    known: Number = Fraction(0)
    missing: Number = False
    for_good: Number = False
    parts: list[Number] = []
    together: list[Number] = []  # what commitments pay for rises and falls as one
    for entry, _, before in _entries(document, left):
        if isinstance(entry, OwnLine):
            usd = entry.quantity * entry.price_usd
            (together if entry.together else parts).append(usd)
            known = known + usd
        elif isinstance(entry, Charge):
            price = price_of(entry, book, region)
            if price is None:
                # what may fall is already 0 or above it for certain, or NaN
                used = exceeds(entry.quantity, 0, whole=entry.may_fall)
                missing = larger(missing, used)
                if not entry.may_fall:
                    for_good = larger(for_good, used)
            else:
                each = [part * tier.price_usd for part, tier in tier_parts(entry.quantity, price.tiers, before)]
                usd = sum(each[1:], each[0])
                known = known + usd
                if entry.together:
                    together.append(usd)
                elif not entry.may_fall:
                    parts.append(usd)
    if together:
        parts.append(sum(together[1:], together[0]))
    return Amounts(known, missing, for_good, tuple(parts))


def tier_parts(quantity: Number, tiers: Iterable[Tier], before: Number = 0) -> list[tuple[Number, Tier]]:
    """How much of a quantity falls into each tier, where so much of the tiers is used up before it."""
    parts = []
    fresh = not on_sweep(before) and not before
    whole = quantity if fresh else before + quantity
    for tier in tiers:
        upto = whole if tier.upto is None else smaller(whole, tier.upto)
        start = tier.start if fresh else larger(before, tier.start)
        parts.append((larger(upto - start if on_sweep(start) or start else upto, 0), tier))
    return parts


def tier_edges(document: UsageOfMonth) -> list[Number]:
    """Quantities whose change of sign bends the bill: what is billed against each edge of a tier.

    Free quantities are edges too: below them nothing is billed. So are those of the usage itself.
    """
    book, region = document.book, document.region
    bends: list[Number] = [bend for usage in document.usage for bend in usage.bends(book)]
    used: dict[tuple[str, str], Number] = {}  # of each free quantity, by the charges so far
    merged = _merged(document, None)
    for entry, free in merged:
        if document.free_tier and isinstance(entry, Charge) and entry.free:
            pool = (entry.service, entry.free)
            used[pool] = used.get(pool, Fraction(0)) + entry.quantity + free
            bends.append(used[pool] - _free_quantity(entry, book, region))
    billed, more = _committed(merged, document)
    for entry, _, before in _in_tiers(billed):
        if isinstance(entry, Charge):
            price = price_of(entry, book, region)
            starts = [tier.start for tier in price.tiers] if price else [Fraction(0)]
            bends += [entry.quantity + before - start for start in starts]
    return [*bends, *more]


def _entries(document: UsageOfMonth, left: Left | None = None) -> list[tuple[Entry, Number, Number]]:
    """What a month's usage comes to: one entry an item, less its free quantity; that, and what of its tiers is used up.

    What commitments of one's own pay for is taken off, and has entries of its own.
    """
    return _in_tiers(_committed(_merged(document, left), document)[0])


def _merged(document: UsageOfMonth, left: Left | None) -> list[tuple[Entry, Number]]:
    """What a month's usage comes to: one entry an item, less its free quantity, and that.

    A free quantity is used up row by row in the order of the document (across architectures too),
    by what may only take the rest at the end; then quantities of one item are added up.
    """
    book, region = document.book, document.region
    entries = [entry for usage in document.usage for entry in usage.charges(book, document.hours_per_month)]
    entries.sort(key=lambda entry: isinstance(entry, Charge) and entry.free_last)
    left = {} if left is None else left
    merged: dict[Any, tuple[Entry, Number]] = {}
    for place, entry in enumerate(entries):
        if not isinstance(entry, Charge):
            merged[place] = (entry, Fraction(0))
            continue
        free: Number = Fraction(0)
        quantity = entry.quantity
        if document.free_tier and entry.free:
            pool = left.get((entry.service, entry.free), _free_quantity(entry, book, region))
            free = smaller(quantity, pool)
            left[entry.service, entry.free] = pool - free
            quantity = quantity - free
        key = (entry.service, entry.item, entry.label if entry.apart else "", entry.part_of)
        same = merged.get(key)
        if same is not None and isinstance(same[0], Charge):
            quantity, free = same[0].quantity + quantity, same[1] + free
        merged[key] = (entry if quantity is entry.quantity else dataclasses.replace(entry, quantity=quantity), free)
    return list(merged.values())


def _committed(
    entries: list[tuple[Entry, Number]], document: UsageOfMonth
) -> tuple[list[tuple[Entry, Number]], list[Number]]:
    """Entries less what commitments pay for, with that and what is unused; and the quantities that bend the bill."""
    book, region = document.book, document.region
    if not document.commits or not book.commitments(region):
        return entries, []
    places = [place for place, (entry, _) in enumerate(entries) if isinstance(entry, Charge)]
    charges = [entry for entry, _ in entries if isinstance(entry, Charge)]
    used = committed(charges, book, region, document.hours_per_month, price_of)
    rest = list(entries)
    for place, charge in zip(places, used.charges, strict=True):
        rest[place] = (charge, entries[place][1])
    more: list[Entry] = [*used.planned, *used.unused]
    return [*rest, *((entry, Fraction(0)) for entry in more)], used.bends


def covered(document: UsageOfMonth, plan: str) -> tuple[Any, list[CoveredUse], list[str]]:
    """What a plan would cover of a month's usage: the hours of the week by kind, uses, and items without a rate."""
    charges = [entry for entry, _ in _merged(document, None) if isinstance(entry, Charge)]
    return covered_use(charges, plan, document.book, document.region, document.hours_per_month, price_of)


def _in_tiers(entries: Iterable[tuple[Entry, Number]]) -> list[tuple[Entry, Number, Number]]:
    """Entries with their free quantities, and what of the tiers of each is used up by those before it."""
    listed: list[tuple[Entry, Number, Number]] = []
    earlier: dict[tuple[str, str], list[Number]] = {}  # of each item, what charges so far came to
    for entry, free in entries:
        before: Number = Fraction(0)
        if isinstance(entry, Charge):
            used = earlier.setdefault((entry.service, entry.item), [])
            before = sum((larger(quantity, 0) for quantity in used), before)
            used.append(entry.quantity)
        listed.append((entry, free, before))
    return listed


def price_of(charge: Charge, book: PriceBook, region: str) -> Price | None:
    """The price of what is charged; that of a part is its fraction of another price, in the unit of that."""
    price, whole = book.list_price(charge.service, charge.item, region), charge.part_of
    if price is None:
        return None
    if whole is None:
        price = book.discounted(price, region)
        return price if price.unit else dataclasses.replace(price, unit=charge.unit)
    full = book.list_price(whole.service, whole.item, region)
    if full is None:
        return None
    full_usd, fraction = full.first_usd, price.first_usd
    if whole.digits is not None:
        parts = 10**whole.digits
        full_usd = Fraction((full_usd * parts * 2 + 1) // 2, parts)
    words = f"{share_text(fraction)} of {decimal_text(full_usd, 20)} USD ({whole.service} {whole.item})"
    part = dataclasses.replace(
        price,
        unit=full.unit,
        tiers=(Tier(Fraction(0), None, fraction * full_usd),),
        as_of=min((day for day in (price.as_of, full.as_of) if day), default=""),
        note="; ".join(part for part in (words, price.note) if part),
    )
    quality = max(price.quality, full.quality, key=QUALITIES.index)
    return dataclasses.replace(book.discounted(part, region), quality=quality)


def _missing(charge: Charge, book: PriceBook, region: str) -> tuple[str, str]:
    """The service and item whose price is missing: of a part that of the whole, where the fraction is known."""
    known = book.price(charge.service, charge.item, region) is not None
    whole = charge.part_of
    return (whole.service, whole.item) if known and whole is not None else (charge.service, charge.item)


def _free_quantity(charge: Charge, book: PriceBook, region: str) -> Fraction:
    price = book.price(charge.service, charge.free, region)
    return price.tiers[0].upto or Fraction(0) if price else Fraction(0)


def _lines(charge: Charge, free: Fraction, before: Number, book: PriceBook, region: str) -> list[LineItem]:
    if charge.quantity <= 0 and not free:
        return []
    note = "; ".join(part for part in (charge.note, f"after {figure(free, 6)} free" if free else "") if part)
    price = price_of(charge, book, region)
    if price is None:
        service, item = _missing(charge, book, region)
        unit = book.unit_of(service, item) or charge.unit
        words = "; ".join(part for part in (note, f"no price for {region} in the book {book.id}") if part)
        quantity = Fraction(charge.quantity)
        if not quantity:
            return []
        fee = (
            book.price(charge.service, charge.item, region)
            if (service, item) != (charge.service, charge.item)
            else None
        )
        part = Fraction(1) if fee is None else fee.first_usd
        return [LineItem(charge.label, quantity, unit, None, "", "", words, service, item, fraction=part)]
    parts = [(Fraction(part), tier) for part, tier in tier_parts(charge.quantity, price.tiers, before)]
    used = [(part, tier) for part, tier in parts if part] or parts[:1]
    return [_line(charge, part, tier, price, note, book) for part, tier in used]


def _line(charge: Charge, part: Fraction, tier: Tier, price: Price, note: str, book: PriceBook) -> LineItem:
    tiers = ""
    if len(price.tiers) > 1 and part != charge.quantity:  # several tiers, or not the first
        upto = f" to {figure(tier.upto)}" if tier.upto is not None else " up"
        tiers = f"price tier from {figure(tier.start)}{upto}"
    quality = price.quality if price.quality in ("derived", "weak") else ""
    listed = "" if tier.list_usd is None else f"list price {decimal_text(tier.list_usd, 20)} USD"
    words = "; ".join(text for text in (note, tiers, price.note, listed, quality) if text)
    priced = (tier.price_usd, book.source_title(price.source), price.as_of)
    whole = None if charge.part_of is None else (charge.part_of.service, charge.part_of.item)
    return LineItem(
        *(charge.label, part, price.unit, *priced, words, charge.service, charge.item, price.quality, whole),
        list_usd=tier.list_usd,
    )
