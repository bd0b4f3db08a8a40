"""What the two documents read alike: version, book, region, prices, and objects of a kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.errors import PriceNotFound, Problem, nearest, shorten
from lambdaplan.fields import Repeats, Rule, own, read, read_number, read_value, rules, schema, shown, text
from lambdaplan.pricebook import OwnPrice, PriceBook

VERSION = 1
PRICE_TEXT = r"[0-9]{1,12}(\.[0-9]{1,20})?"
NAMES = {"book": "book_id"}  # names of a document that differ from the attribute


def read_version(value: Any, path: str, problems: list[Problem]) -> int:
    """Read the version of a document: 1."""
    if isinstance(value, bool) or value != VERSION:
        problems.append(Problem("choice", path, shown(value), "1", "This package reads version 1."))
    return VERSION


def read_prices(value: Any, path: str, problems: list[Problem]) -> tuple[OwnPrice, ...]:
    """Read the reader's own prices, each item once."""
    if not isinstance(value, (list, tuple)):
        problems.append(Problem("type", path, shown(value), 'a list of {"service", "item", "price_usd", "note"}'))
        return ()
    found = []
    for index, item in enumerate(value):
        one = read(_PriceFields, item, f"{path}.{index}", problems)
        if one is not None:
            found.append(OwnPrice(one.service, one.item, one.price_usd, one.note or ""))
    keys = [(price.service, price.item) for price in found]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            problems.append(Problem("conflict", f"{path}.{index}", f'"{key[1]}"', "the same item has two prices"))
    return tuple(found)


def _read_price(value: Any, path: str, problems: list[Problem]) -> Fraction:
    """A price is decimal text, or a number."""
    if isinstance(value, str) and re.fullmatch(PRICE_TEXT, value):
        value = Decimal(value)
    return read_number(value, _PRICE, path, problems) or Fraction(0)


_PRICE = Rule("price of one unit", "number", "USD", high=Fraction(10**9))


@dataclass(frozen=True)
class _PriceFields:
    service: str = text("service of the price book", max_length=60)
    item: str = text("item of the price book", max_length=120)
    price_usd: Fraction = own(
        "price of one unit, flat over all tiers [USD]",
        _read_price,
        {"type": ["string", "number"], "minimum": 0, "pattern": f"^{PRICE_TEXT}$"},
    )
    note: str = text("where the price is from", max_length=200, default=None)


PRICES_SCHEMA = {"type": "array", "items": schema(_PriceFields)}


def read_fields(cls: type, document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The fields that a scenario and a usage document read alike; `book` is `book_id` inside."""
    named = {NAMES.get(name, name): value for name, value in document.items() if name not in NAMES.values()}
    found = {}
    for name, rule in rules(cls).items():
        doc_name = {"book_id": "book"}.get(name, name)
        before = len(problems)
        if name in named:
            value = read_value(named[name], rule, doc_name, problems)
            if len(problems) == before:
                found[name] = value
        elif name in ("version", "name"):
            problems.append(
                Problem("missing", doc_name, "", "1" if name == "version" else f"{rule.meaning}; {rule.allowed}")
            )
    return found


def open_book(id: str, problems: list[Problem]) -> PriceBook | None:
    """Open a price book by its id."""
    try:
        return PriceBook.load(id)
    except PriceNotFound as error:
        problems += error.problems
        return None


def check_region(book: PriceBook, region: str, problems: list[Problem]) -> None:
    """A region is one that the book knows."""
    if region not in book.regions:
        words = "the regions of the book: " + ", ".join(book.regions)
        problems.append(Problem("choice", "region", f'"{shorten(region)}"', words, nearest(region, book.regions)))


def check_prices(book: PriceBook, prices: Iterable[OwnPrice], problems: list[Problem]) -> None:
    """The reader's own prices are of items that the book knows, in this region or another."""
    for index, price in enumerate(prices):
        known = book.item_names(price.service)
        if price.service not in book.services:
            fix = nearest(price.service, book.services)
            words = ", ".join(book.services)
            problems.append(Problem("choice", f"prices.{index}.service", f'"{shorten(price.service)}"', words, fix))
        elif price.item not in known:
            fix = nearest(price.item, known) or f"lambdaplan prices list {price.service} names them."
            words = f"the {len(known)} items of {price.service} in the book"
            problems.append(Problem("choice", f"prices.{index}.item", f'"{shorten(price.item)}"', words, fix))


def read_kind(kinds: Mapping[str, type[Any]], key: str, item: Any, path: str, problems: list[Problem]) -> Any:
    """Read an object whose `key` names the type it is of."""
    if not isinstance(item, Mapping):
        problems.append(Problem("type", path, shown(item), f"an object with a {key}"))
        return None
    if key not in item:
        problems.append(Problem("missing", f"{path}.{key}", "", f"one of {', '.join(kinds)}"))
        return None
    kind = item[key]
    if not isinstance(kind, str) or kind not in kinds:
        fix = nearest(kind, kinds) if isinstance(kind, str) else ""
        problems.append(Problem("choice", f"{path}.{key}", shown(kind), ", ".join(kinds), fix))
        return None
    fields = item.without(key) if isinstance(item, Repeats) else {n: v for n, v in item.items() if n != key}
    return read(kinds[kind], fields, path, problems)


def document_schema(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a whole document, its fields named as in the document."""
    attributes = {attribute: name for name, attribute in NAMES.items()}
    properties = {attributes.get(name, name): item for name, item in found["properties"].items()}
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": f"lambdaplan {kind} document", **found, "properties": properties}
