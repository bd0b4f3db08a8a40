"""What the two documents read alike: version, book, region, prices, and objects of a kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lambdaplan.errors import PriceNotFound, Problem, nearest, shorten
from lambdaplan.pricing.price_book import OwnPrice, PriceBook
from lambdaplan.schema.fields import schema, shown
from lambdaplan.schema.reading import read

VERSION = 1


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
    read_ones = [read(OwnPrice, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    found = [one for one in read_ones if one is not None]
    keys = [(price.service, price.item) for price in found]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            problems.append(Problem("conflict", f"{path}.{index}", f'"{key[1]}"', "the same item has two prices"))
    return tuple(found)


PRICES_SCHEMA = {"type": "array", "items": schema(OwnPrice)}


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


def document_schema(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a whole document."""
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": f"lambdaplan {kind} document", **found}
