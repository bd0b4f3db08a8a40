"""Usage documents: what ran, or will run, in billing units."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem
from lambdaplan.pricing.price_book import DEFAULT_BOOK, OwnPrice, PriceBook
from lambdaplan.pricing.usage import Usage
from lambdaplan.scenario.reading import (
    PRICES_SCHEMA,
    USAGE,
    VERSION,
    check_prices,
    check_region,
    document_schema,
    hours_per_month,
    open_book,
    read_prices,
    read_version,
)
from lambdaplan.schema.fields import flag, own, schema, shown, text
from lambdaplan.schema.parsing import read_document
from lambdaplan.schema.reading import read_kind, read_values


@dataclass(frozen=True)
class UsageDocument:
    """What ran, or will run, in one account, region and month, in billing units."""

    version: int = own("version of the document", read_version, {"const": VERSION})
    region: str = text("AWS region code", max_length=40, default="us-east-1")
    book_id: str = text("id of a price book", max_length=80, default=DEFAULT_BOOK, name="book")
    hours_per_month: Fraction = hours_per_month()
    free_tier: bool = flag("whether always-free quantities are taken off", default=False)
    prices: tuple[OwnPrice, ...] = own("the reader's own prices", read_prices, PRICES_SCHEMA, default=())
    usage: tuple[Usage, ...] = dataclasses.field(kw_only=True)

    @classmethod
    def load(cls, path: str | Path) -> UsageDocument:
        """Read a usage document from a JSON or YAML file; ``-`` is standard input.

        Raises: InputError with every problem of the document.
        """
        return cls.from_dict(read_document(path))

    @classmethod
    def from_dict(cls, document: Any, book: str | None = None) -> UsageDocument:
        """Read a usage document from plain values; `book` takes the place of the document's.

        Raises: InputError with every problem of the document.
        """
        problems: list[Problem] = []
        usage = _read_usage(document, book, problems)
        if problems or usage is None:
            raise InputError(problems)
        return usage

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of usage documents, with units in every description."""
        rows = [schema(usage, {"service": {"const": service}}, ("service",)) for service, usage in USAGE.items()]
        listed = {"type": "array", "maxItems": 10_000, "items": {"oneOf": rows}}
        return document_schema("usage", schema(cls, {"usage": listed}, ("usage",)))

    @functools.cached_property
    def book(self) -> PriceBook:
        """The price book, with the reader's own prices laid over it."""
        return PriceBook.load(self.book_id).with_prices(self.prices)


def _read_usage(document: Any, book_id: str | None, problems: list[Problem]) -> UsageDocument | None:
    if not isinstance(document, Mapping):
        problems.append(Problem("type", "document", shown(document), "a usage document, an object with fields"))
        return None
    values = read_values(UsageDocument, document, "", problems, ("usage",))
    if book_id is not None:
        values["book_id"] = book_id
    rows = document.get("usage")
    usages: dict[int, Usage] = {}
    known = ", ".join(USAGE)
    if "usage" not in document:
        problems.append(Problem("missing", "usage", "", f"a list of objects, each with a service of {known}"))
    elif not isinstance(rows, (list, tuple)) or len(rows) > 10_000:
        problems.append(Problem("type", "usage", shown(rows), "a list of at most 10,000 objects with a service"))
    else:
        usages = {
            index: usage
            for index, row in enumerate(rows)
            if (usage := read_kind(USAGE, "service", row, f"usage.{index}", problems)) is not None
        }
    book = open_book(values.get("book_id", DEFAULT_BOOK), problems)
    if book is not None:
        region = values.get("region", "us-east-1")
        check_region(book, region, problems)
        check_prices(book, values.get("prices", ()), problems)
        priced = book.with_prices(values.get("prices", ()))
        for index, usage in usages.items():
            problems += usage.problems(f"usage.{index}", priced, region)
    return None if problems else UsageDocument(**values, usage=tuple(usages.values()))
