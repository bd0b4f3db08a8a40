"""Usage documents: what ran, or will run, in billing units."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.pricing.price_book import DEFAULT_BOOK, PriceBook
from lambdaplan.pricing.rates import RATES_SCHEMA, RATES_WORDS, OwnCurrency, OwnPrice, Rates, read_rates, with_rates
from lambdaplan.pricing.usage import Usage
from lambdaplan.scenario.hints import refuse_scenario
from lambdaplan.scenario.reading import (
    PRICES_SCHEMA,
    USAGE,
    VERSION,
    check_against_book,
    document_schema,
    hours_per_month,
    month_of,
    read_prices,
    read_version,
    without_pointer,
)
from lambdaplan.schema.fields import flag, own, schema, shown, text
from lambdaplan.schema.parsing import read_document
from lambdaplan.schema.reading import read_kinds, read_values, schemas_of


@dataclass(frozen=True)
class UsageDocument:
    """What ran, or will run, in one account, region and month, in billing units."""

    version: int = own("version of the document", read_version, {"const": VERSION})
    region: str = text("AWS region code", max_length=40, default="us-east-1")
    book_id: str = text("id of a price book", max_length=80, default=DEFAULT_BOOK, name="book")
    hours_per_month: Fraction = hours_per_month()
    free_tier: bool = flag("whether always-free quantities are taken off", default=False)
    prices: tuple[OwnPrice, ...] = own("the reader's own prices", read_prices, PRICES_SCHEMA, default=())
    rates: Rates | None = own(RATES_WORDS, read_rates, RATES_SCHEMA, default=None)
    usage: tuple[Usage, ...] = dataclasses.field(kw_only=True)

    @classmethod
    def load(cls, path: str | Path) -> UsageDocument:
        """Read a usage document from a JSON or YAML file; ``-`` is standard input.

        Raises: InputError with every problem of the document.
        """
        return cls.from_dict(read_usage(path))

    @classmethod
    def from_dict(cls, document: Any, book: str | None = None) -> UsageDocument:
        """Read a usage document from plain values; `book` takes the place of the document's.

        Raises: InputError with every problem of the document.
        """
        if not isinstance(document, Mapping):
            words = "a usage document, an object with fields"
            raise InputError(Problem("type", "document", shown(document), words))
        refuse_scenario(document)
        with problems_together() as problems, month_of(document):
            values = read_values(UsageDocument, without_pointer(document, problems), "", problems, ("usage",))
            if book is not None:
                values["book_id"] = book
            rows = _read_rows(document, problems)
            check_against_book(values, rows, problems)
        return cls(**values, usage=tuple(rows.values()))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of usage documents, with units in every description."""
        listed = {"type": "array", "maxItems": 10_000, "items": {"oneOf": schemas_of(USAGE, "service")}}
        return document_schema("usage", schema(cls, {"usage": listed}, ("usage",)))

    @property
    def commits(self) -> bool:
        """Commitments count in every bill; use of which no hours are known is the same in each."""
        return True

    @property
    def currency(self) -> OwnCurrency | None:
        """The currency that money is shown in; None for dollars."""
        return None if self.rates is None else self.rates.currency

    @functools.cached_property
    def book(self) -> PriceBook:
        """The price book, with the reader's own prices laid over it."""
        return PriceBook.load(self.book_id).with_prices(self.prices, self.rates)


def read_usage(path: str | Path) -> Any:
    """Read a usage document; the path of rates in it is taken from beside the document."""
    return with_rates(read_document(path), path)


def _read_rows(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Usage]:
    """The rows of usage that can be read, by their paths."""
    if "usage" not in document:
        words = f"a list of objects, each with a service of {', '.join(USAGE)}"
        problems.append(Problem("missing", "usage", "", words))
        return {}
    rows = document["usage"]
    if not isinstance(rows, (list, tuple)) or len(rows) > 10_000:
        problems.append(Problem("type", "usage", shown(rows), "a list of at most 10,000 objects with a service"))
        return {}
    return read_kinds(USAGE, "service", rows, "usage", problems)
