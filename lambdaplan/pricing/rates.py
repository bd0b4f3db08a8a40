"""Rates of one's own: discounts and single prices of an agreement, in a file of their own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.formatting import decimal_text, share_text
from lambdaplan.pricing.plans import INSTANCE_PLANS, PLANS, family, plan_words, planned_item
from lambdaplan.schema.amounts import NoAmount, read_amount
from lambdaplan.schema.fields import Rule, choice, fields_of, number, own, schema, shown, text
from lambdaplan.schema.parsing import read_document
from lambdaplan.schema.reading import read, read_number, with_name

VERSION = 1
MOST_USD = 10**9
_MORE_THAN_15_DIGITS = r"[1-9](\.?[0-9]){14,}\.?[1-9]"
PRICE_TEXT = rf"(?!.*{_MORE_THAN_15_DIGITS})(0{{0,3}}[0-9]{{1,9}}(\.[0-9]{{1,20}})?|0{{0,2}}{MOST_USD}(\.0{{1,20}})?)"
_PRICE = Rule("price of one unit", "number", "USD", high=Fraction(MOST_USD))
ANYTHING = "*"
"""The end of an item of a discount that stands for every item that begins so."""


def _read_price(value: Any, path: str, problems: list[Problem]) -> Any:
    """A price is decimal text, or a number; text is held to just what the schema says of it."""
    if isinstance(value, str):
        if not re.fullmatch(PRICE_TEXT, value):
            words = f"a price in USD as decimal text, 0..{MOST_USD}, at most 15 digits and 20 decimal places"
            amount = read_amount(value, "USD")
            fix = amount.fix if isinstance(amount, NoAmount) and "comma" in amount.fix else "Such as 0.0000166667."
            problems.append(Problem("type", path, shown(value), words, fix))
            return None
        value = Decimal(value)
    return read_number(value, _PRICE, path, problems)


@dataclass(frozen=True)
class OwnPrice:
    """A price that the reader gives, where the book has none or another."""

    service: str = text("service of the price book", max_length=60)
    item: str = text("item of the price book", max_length=120)
    price_usd: Fraction = own(
        "price of one unit, flat over all tiers [USD]",
        _read_price,
        {"type": ["string", "number"], "minimum": 0, "maximum": MOST_USD, "pattern": rf"^{PRICE_TEXT}(?!\n)$"},
    )
    note: str | None = text("where the price is from", max_length=200, default=None)

    def document(self) -> dict[str, Any]:
        """The price as a document has it, in decimal text."""
        return {**fields_of(self), "price_usd": decimal_text(self.price_usd, 20)}


@dataclass(frozen=True)
class AgreedPrice(OwnPrice):
    """A single price of an agreement, in one region or in all."""

    region: str | None = text("AWS region code; without it, every region", max_length=40, default=None)

    @property
    def words(self) -> str:
        """The item and its price."""
        where = f" in {self.region}" if self.region else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.service} {self.item}{where}: {decimal_text(self.price_usd, 20)} USD{note}"


@dataclass(frozen=True)
class Discount:
    """A part that an agreement takes off list prices, of all that its fields name."""

    fraction: Fraction = number("part of the list price that is taken off", unit="share", high=1)
    service: str | None = text("service of the price book; without it, every service", max_length=60, default=None)
    item: str | None = text(
        "item of that service, or the beginning of items with * at its end; without it, every item",
        max_length=120,
        default=None,
    )
    region: str | None = text("AWS region code; without it, every region", max_length=40, default=None)
    note: str | None = text("where the discount is from", max_length=200, default=None)

    @property
    def words(self) -> str:
        """What it takes off, and of what."""
        what = " ".join(part for part in (self.service or "every service", self.item) if part)
        where = f" in {self.region}" if self.region else ""
        return f"{share_text(self.fraction, 6)} off {what}{where}{f' ({self.note})' if self.note else ''}"

    def covers(self, service: str, item: str, region: str) -> bool:
        """Whether it is of an item in a region."""
        return self.service in (None, service) and self.region in (None, region) and self.fits(item)

    def fits(self, item: str) -> bool:
        """Whether an item of its service is one of its items."""
        if self.item is None or not self.item.endswith(ANYTHING):
            return self.item in (None, item)
        return item.startswith(self.item.removesuffix(ANYTHING))

    @property
    def closeness(self) -> tuple[bool, int, bool, bool]:
        """How closely it names what it is of: a whole item, a longer beginning, a service, a region."""
        named = self.item or ""
        return not named.endswith(ANYTHING) and bool(named), len(named), bool(self.service), bool(self.region)


def _read_date(value: Any, path: str, problems: list[Problem]) -> str | None:
    day = value.isoformat() if isinstance(value, dt.date) else value
    try:
        if isinstance(day, str) and len(day) == len("2026-11-30"):
            return dt.date.fromisoformat(day).isoformat()
    except ValueError:
        pass
    problems.append(Problem("type", path, shown(value), "a date written as 2026-11-30"))
    return None


_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def day(meaning: str, *, default: Any) -> Any:
    """Declare a field that holds a date."""
    return own(meaning, _read_date, _DAY, default=default)


@dataclass(frozen=True)
class Commitment:
    """A Savings Plan that one has: dollars an hour, used or not."""

    plan: str = choice("plan, its term and how it is paid", *PLANS)
    usd_per_hour: Fraction = number("commitment", unit="USD an hour", above=True, high=10**6)
    family: str | None = text("of an EC2 Instance plan: its family of instance types", max_length=20, default=None)
    region: str | None = text(
        "of an EC2 Instance plan: its region; without it, that of the document", max_length=40, default=None
    )
    note: str | None = text("which plan that is", max_length=200, default=None)

    @property
    def is_of_instances(self) -> bool:
        """Whether it is an EC2 Instance plan."""
        return self.plan in INSTANCE_PLANS

    @property
    def words(self) -> str:
        """The commitment in words, for the lines it pays for."""
        return f"commitment of ${decimal_text(self.usd_per_hour, 6)} an hour"

    @property
    def whole_words(self) -> str:
        """The commitment with its plan."""
        which = " ".join(part for part in (plan_words(self.plan), self.family, self.region) if part)
        return f"{self.words}, {which}{f' ({self.note})' if self.note else ''}"

    def item(self, service: str, item: str) -> str:
        """The item of the rate that it pays for what is used on demand; empty where it does not cover that."""
        if self.family is not None and family(item) != self.family:
            return ""
        return planned_item(service, item, self.plan)


_CODE = r"[A-Z]{3}"
DOLLARS = "USD"


def _read_code(value: Any, path: str, problems: list[Problem]) -> str | None:
    if isinstance(value, str) and re.fullmatch(_CODE, value) and value != DOLLARS:
        return value
    words = "the code of a currency, three capital letters as in EUR"
    fix = "Without a currency money is in dollars." if value == DOLLARS else ""
    problems.append(Problem("type", path, shown(value), f"{words}, other than USD" if fix else words, fix))
    return None


@dataclass(frozen=True)
class OwnCurrency:
    """The currency that money is shown in. AWS bills dollars, and bills are reckoned in them."""

    code: str = own(
        "code of the currency (ISO 4217), such as EUR; not USD",
        _read_code,
        {"type": "string", "pattern": rf"^(?!{DOLLARS}){_CODE}(?!\n)$"},
    )
    per_usd: Fraction = number("so much of it is one dollar", unit="", above=True, high=10**9)
    as_of: str = day("date of that rate", default=dataclasses.MISSING)
    note: str | None = text("where the rate is from", max_length=200, default=None)

    @property
    def words(self) -> str:
        """The rate, its date and its source."""
        source = f", {self.note}" if self.note else ""
        return f"1 USD = {decimal_text(self.per_usd, 12)} {self.code} of {self.as_of}{source}"


def _read_currency(value: Any, path: str, problems: list[Problem]) -> OwnCurrency | None:
    return read(OwnCurrency, value, path, problems)


Item = TypeVar("Item")


def _listed(kind: type[Item], value: Any, path: str, problems: list[Problem]) -> tuple[Item, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_ROWS:
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, got, f"a list of at most {MOST_ROWS:,} objects"))
        return ()
    ones = [read(kind, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    return tuple(one for one in ones if one is not None)


MOST_ROWS = 10_000


def _list_of(meaning: str, kind: type[Any]) -> Any:
    items = {"type": "array", "maxItems": MOST_ROWS, "items": schema(kind)}
    return own(meaning, functools.partial(_listed, kind), items, default=())


def _read_version(value: Any, path: str, problems: list[Problem]) -> int:
    if isinstance(value, bool) or value != VERSION:
        problems.append(Problem("choice", path, shown(value), "1", "This package reads version 1."))
    return VERSION


@dataclass(frozen=True)
class Rates:
    """What one pays in place of list prices, by an agreement.

    Of several discounts that cover an item the one that names it most closely counts, alone: the item before the
    beginning of its name, that before the service, that before the region. A single price takes the place of the list
    price, and no discount is taken off it.
    """

    version: int = own("version of the document", _read_version, {"const": VERSION}, default=VERSION)
    name: str | None = text("name of the agreement; appears beside every price it touches", default=None)
    as_of: str | None = day("date of the agreement", default=None)
    discounts: tuple[Discount, ...] = _list_of("parts taken off list prices, by service, item or region", Discount)
    prices: tuple[AgreedPrice, ...] = _list_of("single prices", AgreedPrice)
    commitments: tuple[Commitment, ...] = _list_of("Savings Plans that one has", Commitment)
    currency: OwnCurrency | None = own(
        "the currency that money is shown in; without it, dollars", _read_currency, schema(OwnCurrency), default=None
    )

    @functools.cached_property
    def _by_closeness(self) -> tuple[Discount, ...]:
        return tuple(sorted(self.discounts, key=lambda discount: discount.closeness, reverse=True))

    def commitments_in(self, region: str) -> tuple[Commitment, ...]:
        """Those that count in a region, EC2 Instance plans before Compute plans."""
        here = (one for one in self.commitments if one.region in (None, region))
        return tuple(sorted(here, key=lambda one: not one.is_of_instances))

    @property
    def words(self) -> str:
        """The agreement by its name and its date."""
        named = self.name or "rates of one's own"
        return f"{named}, {self.as_of}" if self.as_of else named

    @property
    def lines(self) -> tuple[str, ...]:
        """What it holds in words, a line each."""
        parts = [one.words for one in self.discounts]
        parts += [one.words for one in self.prices] + [one.whole_words for one in self.commitments]
        parts += [] if self.currency is None else [f"money is shown in {self.currency.code}: {self.currency.words}"]
        return tuple(parts) or ("nothing",)

    def discount(self, service: str, item: str, region: str) -> Discount | None:
        """The discount of an item in a region; None without any."""
        return next((one for one in self._by_closeness if one.covers(service, item, region)), None)

    def price(self, service: str, item: str, region: str) -> AgreedPrice | None:
        """The single price of an item in a region, one for that region before one for all; None without any."""
        ones = [p for p in self.prices if (p.service, p.item) == (service, item) and p.region in (None, region)]
        return max(ones, key=lambda price: price.region is not None, default=None)

    def without_use(self, billed: Collection[tuple[str, str]]) -> list[str]:
        """The single prices that touch none of the lines, by service and item; discounts are of a whole agreement."""
        unused = ((one.service, one.item) for one in self.prices if (one.service, one.item) not in billed)
        return [f"the agreed price of {service} {item} touches no line" for service, item in dict.fromkeys(unused)]

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of rates documents, with units in every description."""
        fields = schema(cls, {}, ("version",))
        pointer = {"description": "this schema, for editors", "type": "string"}
        named = {"$id": f"urn:lambdaplan:rates:{VERSION}", "title": "lambdaplan rates document"}
        draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", **named}
        return {**draft, **fields, "properties": {"$schema": pointer, **fields["properties"]}}


# ---- reading


MAX_PATH = 500
_PLAIN = {"type": "string", "minLength": 1, "maxLength": MAX_PATH, "pattern": r"\S"}
_WORDS = "the path of a JSON or YAML file in the folder of the document, such as rates.yaml"


def read_rates(value: Any, path: str, problems: list[Problem]) -> Rates | None:
    """Read rates: the path of a file in the working folder, or what such a file holds."""
    if isinstance(value, str):
        try:
            value = rates_file(Path(), value, path)
        except InputError as error:
            problems += error.problems
            return None
    if not isinstance(value, Mapping):
        problems.append(Problem("type", path, shown(value), f"{_WORDS}, or what it holds"))
        return None
    if "version" not in value:
        problems.append(Problem("missing", f"{path}.version", "", "1, the version of rates documents"))
    given = (
        value.without("$schema") if hasattr(value, "without") else {k: v for k, v in value.items() if k != "$schema"}
    )
    rates = read(Rates, given, path, problems)
    if rates is not None:
        problems += [
            *_twice(rates.discounts, lambda one: (one.service, one.item, one.region), f"{path}.discounts", "discounts"),
            *_twice(rates.prices, lambda one: (one.service, one.item, one.region), f"{path}.prices", "prices"),
        ]
        for index, one in enumerate(rates.commitments):
            problems += _misfits(one, f"{path}.commitments.{index}")
        for index, discount in enumerate(rates.discounts):
            if discount.item is not None and discount.service is None:
                words = "the service whose item it is"
                problems.append(Problem("missing", f"{path}.discounts.{index}.service", "", words))
    return rates


def _misfits(commitment: Commitment, path: str) -> list[Problem]:
    if commitment.is_of_instances:
        words = "the family of an EC2 Instance plan, such as m7i"
        return [] if commitment.family else [Problem("missing", f"{path}.family", "", words)]
    given = [name for name in ("family", "region") if getattr(commitment, name) is not None]
    words = "a Compute plan has none: it covers every family, in every region"
    return [Problem("conflict", f"{path}.{name}", shown(getattr(commitment, name)), words) for name in given]


def _twice(rows: Any, key: Any, path: str, words: str) -> list[Problem]:
    keys = [key(one) for one in rows]
    return [
        Problem("conflict", f"{path}.{n}", " ".join(part or "all" for part in one), f"the same has two {words}")
        for n, one in enumerate(keys)
        if one in keys[:n]
    ]


def rates_file(folder: Path, name: str, where: str = "rates") -> Any:
    """What a file of rates in a folder holds.

    Raises: InputError when it can't be read, or is not in the folder.
    """
    if not 0 < len(name.strip()) <= len(name) <= MAX_PATH or not name.isprintable():
        raise InputError(Problem("type", where, shown(name), _WORDS))
    inside = folder.resolve()
    if Path(name).is_absolute() or not (folder / name).resolve().is_relative_to(inside):
        words = "it is not in the folder of the document"
        fix = "Copy the file beside the document, and give its name."
        raise InputError(Problem("conflict", where, f'"{shorten(name, 80)}"', words, fix))
    try:
        return read_document(folder / name)
    except InputError as error:
        raise InputError([_at(problem, where) for problem in error.problems]) from None


def _at(problem: Problem, where: str) -> Problem:
    """A problem of the file that a field names."""
    return Problem(problem.code, f"{where} ({problem.field})", *_rest(problem))


def _rest(problem: Problem) -> tuple[str, str, str, str]:
    return problem.value, problem.allowed, problem.fix, problem.excerpt


def with_rates(document: Any, path: str | Path) -> Any:
    """A document with what its file of rates holds in place of the path, which is taken from beside the document.

    Standard input has its files in the working folder.

    Raises: InputError when there is no such file, or it can't be read.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("rates"), str):
        return document
    folder = Path() if str(path) == "-" else Path(path).parent
    return with_name(document, "rates", rates_file(folder, document["rates"]))


RATES_WORDS = (
    "what one pays in place of list prices: the path of a file beside the document (with -: in the working folder), "
    "or what it holds"
)
RATES_SCHEMA = {"oneOf": [_PLAIN, schema(Rates)]}
