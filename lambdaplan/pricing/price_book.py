"""Price books: unit prices of one date with their sources, billing rules, and tables of sizes."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, PriceNotFound, Problem, nearest, shorten
from lambdaplan.formatting import share_text
from lambdaplan.pricing.plans import ABOVE_FIRST_TIER, PURCHASES
from lambdaplan.pricing.rates import Commitment, OwnCurrency, OwnPrice, Rates
from lambdaplan.resources import csv_rows, data_dir, own_prices_dir
from lambdaplan.units import MB_PER_GB

DEFAULT_BOOK = "aws-2026-12-01"
ANY_REGION = "any"


@dataclass(frozen=True)
class Tier:
    """A price for the units of a month from one quantity to another; no end where `upto` is None."""

    start: Fraction
    upto: Fraction | None
    price_usd: Fraction
    list_usd: Fraction | None = None  # before a discount; None without one


@dataclass(frozen=True)
class Price:
    """The price of one item in one region, tier by tier, with its source.

    Parameters:
    service, item, region : str - what is priced, where.
    unit : str - what one unit is.
    tiers : tuple of Tier - ascending, without gap or overlap.
    quality : str - ``list``, ``derived``, ``weak`` or ``own`` (the reader's own price).
    source : str - key of the book's sources, or words for a reader's own price.
    as_of : str - date of the price; empty for a reader's own.
    note : str - the reader's note.
    """

    service: str
    item: str
    region: str
    unit: str
    tiers: tuple[Tier, ...]
    quality: str
    source: str
    as_of: str
    note: str = ""

    @property
    def first_usd(self) -> Fraction:
        """The price of the first unit. [USD]"""
        return self.tiers[0].price_usd


@dataclass(frozen=True)
class InstanceType:
    """What an EC2 instance type is made of."""

    name: str
    vcpu: Fraction
    memory_mb: Fraction
    architecture: str
    baseline: Fraction | None  # share of each vCPU that CPU credits sustain; None: not burstable


@dataclass(frozen=True)
class PriceBook:
    """All prices and billing rules of one date, with the reader's own prices and rates laid over them."""

    id: str
    as_of: str
    title: str
    folder: Path
    own: tuple[OwnPrice, ...] = field(default=())
    rates: Rates | None = None

    @property
    def origin(self) -> dict[str, Any]:
        """The book as documents name it: its id and its date."""
        return {"id": self.id, "as_of": self.as_of}

    @classmethod
    def load(cls, id: str | None = None) -> PriceBook:
        """Open a price book by its id, of the package or one that a refresh made; without one, the default book.

        Raises: PriceNotFound when there is no such book, or it can't be read.
        """
        id = id or DEFAULT_BOOK
        return _packaged(id) or _made_here(id)

    def with_prices(self, own: Iterable[OwnPrice], rates: Rates | None = None) -> PriceBook:
        """The book with the reader's own prices laid over it, and those before an agreement's rates."""
        laid = tuple(own)
        return self if (laid, rates) == (self.own, self.rates) else replace(self, own=laid, rates=rates)

    def price(self, service: str, item: str, region: str) -> Price | None:
        """The price of an item in a region, less its discount; None where the book has none. It is never zero."""
        price = self.list_price(service, item, region)
        return None if price is None else self.discounted(price, region)

    def list_price(self, service: str, item: str, region: str) -> Price | None:
        """The price of an item in a region before any discount: the reader's own, else the book's."""
        mine = next((mine for mine in self.own if (mine.service, mine.item) == (service, item)), None)
        source = "the reader's own price"
        if mine is None and self.rates is not None:
            mine, source = self.rates.price(service, item, region), f"agreed price ({self.rates.words})"
        if mine is not None:
            tier = Tier(Fraction(0), None, mine.price_usd)
            unit, note = self.unit_of(service, item), mine.note or ""
            return Price(service, item, region, unit, (tier,), "own", source, "", note)
        return _price(self.folder, (service, item, region)) or _price(self.folder, (service, item, ANY_REGION))

    def discounted(self, price: Price, region: str) -> Price:
        """A list price less its discount; one's own price as it is."""
        rates = self.rates
        discount = None if rates is None else rates.discount(price.service, price.item, region)
        if rates is None or discount is None or not discount.fraction or price.quality == "own":
            return price
        left = 1 - discount.fraction
        tiers = tuple(Tier(t.start, t.upto, t.price_usd * left, t.price_usd) for t in price.tiers)
        words = f"{share_text(discount.fraction, 6)} off ({'; '.join(filter(None, (rates.words, discount.note)))})"
        return replace(price, tiers=tiers, note="; ".join(part for part in (price.note, words) if part))

    @property
    def currency(self) -> OwnCurrency | None:
        """The currency that money is shown in; None for dollars."""
        return None if self.rates is None else self.rates.currency

    def commitments(self, region: str) -> tuple[Commitment, ...]:
        """The commitments that count in a region, EC2 Instance plans before Compute plans."""
        return () if self.rates is None else self.rates.commitments_in(region)

    def own_items(self, region: str) -> set[tuple[str, str]]:
        """The services and items for which the reader gives a price in a region."""
        agreed = () if self.rates is None else (p for p in self.rates.prices if p.region in (None, region))
        return {(price.service, price.item) for price in (*self.own, *agreed)}

    def unit_of(self, service: str, item: str) -> str:
        """The unit an item is sold in, from any region that has it; empty where none has.

        What is bought in another way is sold in the unit that it is sold in on demand.
        """
        thing, _, terms = item.removesuffix(f"/{ABOVE_FIRST_TIER}").rpartition("/")
        names = [item, thing, f"{thing}/on_demand"] if terms in PURCHASES else [item]
        for table in _tables(self.folder, service):
            units = _units(table.path)
            for name in names:
                if (service, name) in units:
                    return units[service, name]
        return ""

    def items(self, service: str, region: str) -> tuple[str, ...]:
        """Every item of a service that the book prices in a region."""
        tables = _tables(self.folder, service, region)
        return tuple(item for table in tables for item in _items(table.path).get((service, region), ()))

    def priced_items(self, service: str) -> tuple[str, ...]:
        """Every item of a service that some region prices, but for free quantities."""
        units = (_units(table.path) for table in _tables(self.folder, service))
        return tuple(
            dict.fromkeys(i for each in units for owner, i in each if owner == service and "free_tier" not in i)
        )

    @property
    def services(self) -> tuple[str, ...]:
        """The services of which the book has prices."""
        names = {table.service for table in _tables(self.folder)}
        names |= {service for table in _tables(self.folder) if not table.service for service, _ in _units(table.path)}
        return tuple(sorted(names - {""}))

    @property
    def regions(self) -> tuple[str, ...]:
        """The AWS regions of which the book has any price."""
        return _regions(self.folder)

    @property
    def prices(self) -> tuple[Price, ...]:
        """Every price of the book, in its order."""
        tables = (_rows(table.path) for table in _tables(self.folder))
        return tuple(_priced(key, rows) for table in tables for key, rows in table.items())

    @property
    def tables(self) -> tuple[PriceTable, ...]:
        """The tables of prices that the book is made of."""
        return _price_tables(self.folder)

    def families(self, region: str) -> tuple[str, ...]:
        """The families of EC2 of which some type is sold on demand in a region."""
        return _families(self.folder, region)

    @property
    def instance_types(self) -> Mapping[str, InstanceType]:
        """The EC2 instance types the book knows, by name."""
        return _instance_types(self.folder)

    def instance_type(self, name: str, field: str) -> InstanceType:
        """One EC2 instance type.

        Raises: InputError when the book does not know it; `field` is the document's path.
        """
        if name in self.instance_types:
            return self.instance_types[name]
        allowed = f"the {len(self.instance_types)} instance types of the book {self.id}"
        sizes = [one for one in self.instance_types if one.startswith(f"{name}.")][:3]
        fix = f"Such as {', '.join(sizes)}." if sizes else nearest(name, self.instance_types)
        if name.lower() in ("auto", "automatic", "any", "cheapest"):
            fix = "Did you mean auto?"
        elif re.search(r"[a-z0-9]\s*[,;]\s*[a-z]", name):
            fix = "Give one of them, or auto with families; further ones are options of their own."
        fix = fix or "lambdaplan prices list ec2 names them."
        raise InputError(Problem("choice", field, f'"{shorten(name)}"', allowed, fix))

    @property
    def task_sizes(self) -> Mapping[str, Mapping[Fraction, tuple[Fraction, ...]]]:
        """Fargate's allowed memory for each vCPU, by operating system. [GB]"""
        return _task_sizes(self.folder)

    def rule(self, name: str) -> Fraction:
        """A number of the billing rules, such as ``fargate.minimum_s_linux``.

        Raises: PriceNotFound when the book has no such rule.
        """
        value = _rule_values(self.folder).get(name)
        if value is None:
            raise PriceNotFound(Problem("missing", name, "", f"the book {self.id} has no such rule"))
        return value

    def rules(self) -> Mapping[str, Mapping[str, str]]:
        """The billing rules by name: value, unit, note, and the key of their source."""
        return _rules(self.folder)

    def rule_source(self, name: str) -> str:
        """Title of the source of a billing rule."""
        return self.source_title(_rules(self.folder)[name]["source"])

    def source_title(self, key: str) -> str:
        """The title of a source; the key itself where it is none of the book's."""
        row = _sources(self.folder).get(key)
        return row["title"] if row else key

    def sources(self) -> Mapping[str, Mapping[str, str]]:
        """The book's sources by key."""
        return _sources(self.folder)


def packaged_book_ids() -> tuple[str, ...]:
    """The ids of the price books that the package has."""
    return _ids_in(data_dir() / "prices")


def book_ids() -> tuple[str, ...]:
    """The ids of the price books there are: those of the package, and those that refreshes made."""
    return tuple(sorted({*packaged_book_ids(), *_ids_in(own_prices_dir())}))


def _ids_in(folder: Path) -> tuple[str, ...]:
    ids = (path.parent.name for path in folder.glob("*/datapackage.json"))
    return tuple(sorted(id for id in ids if not id.startswith(".")))


def newest_book(*, full: bool = False) -> PriceBook:
    """The price book that was gathered last; of two of the same day the one that a refresh made.

    Parameters:
    full : bool - leave out those of quick refreshes.
    """
    packaged = packaged_book_ids()
    books = [PriceBook.load(id) for id in book_ids()]
    books = [book for book in books if not (full and book.id not in packaged and is_quick(book.folder))]
    return max(books, key=lambda book: (book.as_of, book.id not in packaged, book.id))


def is_quick(folder: Path) -> bool:
    """Whether a book comes of a quick refresh: it rests on maps of AWS's calculator."""
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return bool(descriptor.get("refreshed", {}).get("quick"))


@functools.cache
def _packaged(id: str) -> PriceBook | None:
    """A book of the package; None where it is none."""
    return book_at(data_dir() / "prices" / id) if id in packaged_book_ids() else None


def _made_here(id: str) -> PriceBook:
    """A book that a refresh made; they may come and go while a process runs."""
    if id not in book_ids():
        allowed = "the price books here: " + ", ".join(book_ids())
        raise PriceNotFound(Problem("choice", "book", f'"{shorten(id)}"', allowed, nearest(id, book_ids())))
    return book_at(own_prices_dir() / id)


def book_at(folder: Path) -> PriceBook:
    """Open the price book of a folder, whose name is its id."""
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return PriceBook(folder.name, descriptor["created"], descriptor["title"], folder)


@dataclass(frozen=True)
class PriceTable:
    """A table of prices of a book; one with a service or a region holds prices of these alone.

    Parameters:
    path : Path - a CSV file.
    service, region : str - empty where it holds prices of several.
    """

    path: Path
    service: str = ""
    region: str = ""

    @property
    def rows(self) -> Mapping[tuple[str, str, str], Sequence[Sequence[str]]]:
        """The rows as they are written, by service, item and region."""
        return _read_rows(self.path)


@functools.cache
def _price_tables(folder: Path) -> tuple[PriceTable, ...]:
    """The price tables that the descriptor names: `prices`, and those whose name starts with `prices-`."""
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return tuple(
        PriceTable(folder / resource["path"], resource.get("service", ""), resource.get("region", ""))
        for resource in descriptor["resources"]
        if resource["name"].split("-", 1)[0] == "prices"
    )


@functools.cache
def _tables(folder: Path, service: str = "", region: str = "") -> tuple[PriceTable, ...]:
    """The tables that may hold prices of a service in a region; without one, of any."""
    return tuple(
        table
        for table in _price_tables(folder)
        if not (service and table.service and table.service != service)
        if not (region and table.region and table.region != region)
    )


@functools.cache
def _rows(path: Path) -> dict[tuple[str, str, str], list[list[str]]]:
    """The rows of a price table by service, item and region; read once, priced when asked."""
    return _read_rows(path)


def _read_rows(path: Path) -> dict[tuple[str, str, str], list[list[str]]]:
    by_key: dict[tuple[str, str, str], list[list[str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            by_key.setdefault((row[0], row[1], row[2]), []).append(row)
    return by_key


@functools.lru_cache(maxsize=1 << 16)
def _number(text: str) -> Fraction:
    """A number of a table: the same few stand in many rows."""
    return Fraction(text)


@functools.cache
def _price(folder: Path, key: tuple[str, str, str]) -> Price | None:
    tables = (_rows(table.path) for table in _tables(folder, key[0], key[2]))
    rows = next((table[key] for table in tables if key in table), None)
    return None if rows is None else _priced(key, rows)


def _priced(key: tuple[str, str, str], rows: Sequence[Sequence[str]]) -> Price:
    """The price of an item in a region, from its rows: one a tier."""
    tiers = tuple(
        Tier(_number(start), _number(upto) if upto else None, _number(price))
        for _, _, _, start, upto, _, price, _, _, _ in rows
    )
    *_, unit, _, quality, source, _ = rows[0]
    return Price(*key, unit, tiers, quality, source, min(row[9] for row in rows))


@functools.cache
def _items(path: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """The items of each service and region in a price table, in its order."""
    by_service: dict[tuple[str, str], list[str]] = {}
    for service, item, region in _rows(path):
        by_service.setdefault((service, region), []).append(item)
    return {key: tuple(items) for key, items in by_service.items()}


@functools.cache
def _regions(folder: Path) -> tuple[str, ...]:
    tables = _tables(folder)
    regions = {table.region for table in tables}
    regions |= {region for table in tables if not table.region for _, region in _items(table.path)}
    return tuple(sorted(regions - {"", ANY_REGION}))


@functools.cache
def _families(folder: Path, region: str) -> tuple[str, ...]:
    service = "ec2"
    tables = _tables(folder, service, region)
    items = (item for table in tables for item in _items(table.path).get((service, region), ()))
    sold = (item for item in items if item.endswith("/on_demand"))
    return tuple(sorted({item.split("/")[0].split(".", 1)[0] for item in sold}))


@functools.cache
def _units(path: Path) -> dict[tuple[str, str], str]:
    return {key[:2]: rows[0][5] for key, rows in _rows(path).items()}


@functools.cache
def _instance_types(folder: Path) -> dict[str, InstanceType]:
    return {
        row["instance_type"]: InstanceType(
            row["instance_type"],
            Fraction(row["vcpu"]),
            Fraction(row["memory_gib"]) * MB_PER_GB,
            row["architecture"],
            Fraction(row["baseline_fraction"]) if row["burstable"] == "true" else None,
        )
        for row in csv_rows(folder / "instance_types.csv")
    }


@functools.cache
def _task_sizes(folder: Path) -> dict[str, dict[Fraction, tuple[Fraction, ...]]]:
    sizes: dict[str, dict[Fraction, tuple[Fraction, ...]]] = {}
    for row in csv_rows(folder / "task_sizes.csv"):
        memory = sizes.setdefault(row["os"], {})
        vcpu = Fraction(row["vcpu"])
        memory[vcpu] = (*memory.get(vcpu, ()), Fraction(row["memory_gb"]))
    return sizes


@functools.cache
def _rules(folder: Path) -> dict[str, dict[str, str]]:
    return {row["rule"]: row for row in csv_rows(folder / "rules.csv")}


@functools.cache
def _rule_values(folder: Path) -> dict[str, Fraction]:
    return {name: Fraction(row["value"]) for name, row in _rules(folder).items()}


@functools.cache
def _sources(folder: Path) -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in csv_rows(folder / "sources.csv")}


def verify(book: PriceBook, only: Collection[str] | None = None) -> list[str]:
    """Check a book against its descriptor; the list of what is wrong, empty when all is well.

    Parameters:
    only : paths of the tables whose rows are read; without them, of all.

    Size, hash and columns of each table; prices of plain decimal text, dates, sources that exist,
    tiers that start at 0 and neither gap nor overlap, no zero price outside the allow list, and
    numbers where the other tables have numbers.
    """
    descriptor = json.loads((book.folder / "datapackage.json").read_text("utf-8"))
    wrong: list[str] = []
    for resource in descriptor["resources"]:
        path = book.folder / resource["path"]
        if not path.is_file():
            wrong.append(f"{resource['path']}: it is missing")
            continue
        content = path.read_bytes()
        actual = (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        if actual != (resource["bytes"], resource["hash"]):
            wrong.append(f"{resource['path']}: its content is not the one the descriptor names")
        header = content.split(b"\n", 1)[0].decode("utf-8", "replace").split(",")
        if header != [column["name"] for column in columns_of(book.folder, resource)]:
            wrong.append(f"{resource['path']}: its columns are not the descriptor's")
    schemas = {resource["schema"] for resource in descriptor["resources"] if isinstance(resource["schema"], str)}
    listed = {resource["path"] for resource in descriptor["resources"]} | schemas | {"datapackage.json"}
    there = (path.relative_to(book.folder).as_posix() for path in book.folder.rglob("*") if path.is_file())
    wrong += [f"{name}: the descriptor does not name it" for name in there if name not in listed]
    if wrong:
        return wrong
    known = {row["key"] for row in csv_rows(book.folder / "sources.csv")}
    zeros, tables = set(descriptor["zero_prices"]), {table.path for table in _price_tables(book.folder)}
    prices: list[str] = []
    for resource in descriptor["resources"]:
        if only is not None and resource["path"] not in only:
            continue
        path, file = book.folder / resource["path"], resource["path"]
        columns = [c["name"] for c in columns_of(book.folder, resource) if c["type"] in ("number", "integer")]
        rows = csv_rows(path)
        wrong += _verify_rows(f"{file.removesuffix('.csv')}.csv", rows, columns, known, resource)
        prices += _verify_prices(rows, zeros) if path in tables else []
    return wrong or prices


def _verify_rows(
    name: str,
    rows: Iterable[Mapping[str, str]],
    columns: Sequence[str],
    known: Collection[str],
    resource: Mapping[str, Any],
) -> list[str]:
    """What is wrong in a table by itself: its service and region, its numbers, its sources."""
    wrong: list[str] = []
    own = [(part, resource[part]) for part in ("service", "region") if part in resource]
    for place, row in enumerate(rows, start=2):
        for part, given in own:
            if row[part] != given:
                wrong.append(f"{name} line {place}: its {part} is not {given}")
        for column in columns:
            if row[column] and not _is_decimal(row[column]):
                wrong.append(f"{name} line {place}: {column} = {row[column]} is no number")
        if row.get("source", row.get("key")) not in known:
            wrong.append(f"{name} line {place}: its source {row['source']} is not in sources.csv")
    return wrong


def columns_of(folder: Path, resource: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The columns of a table: in the descriptor, or in a file that it names."""
    schema = resource["schema"]
    columns: Sequence[Mapping[str, Any]] = (
        json.loads((folder / schema).read_text("utf-8")) if isinstance(schema, str) else schema
    )["fields"]
    return columns


_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")


@functools.lru_cache(maxsize=1 << 16)
def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


def _verify_prices(rows: Iterable[Mapping[str, str]], zeros: set[str]) -> list[str]:
    wrong: list[str] = []
    ends: dict[tuple[str, str, str], str] = {}
    for row in rows:
        key = (row["service"], row["item"], row["region"])
        price, start, begins = row["price_usd"], row["tier_from"], ends.get(key, "0")
        problems = []
        if row["quality"] not in ("list", "derived", "weak"):
            problems.append(f"quality {row['quality']} is none of list, derived, weak")
        if not _is_decimal(price):
            problems.append(f"{price} is not plain decimal text")
        elif not _number(price) and f"{key[0]}/{key[1]}" not in zeros:
            problems.append(f"a price of {price} is not on the list of zero prices")
        if start != begins:
            problems.append(f"a tier starts at {start}, not at {begins}")
        if not _is_date(row["as_of"]):
            problems.append(f"as_of {row['as_of']} is no date")
        wrong += [f"{' '.join(key)}: {problem}" for problem in problems]
        ends[key] = row["tier_to"]
    wrong += [
        f"{' '.join(key)}: the last tier ends at {end}"
        for key, end in ends.items()
        if end and f"{key[0]}/{key[1]}" not in zeros
    ]
    return wrong


@functools.lru_cache(maxsize=1 << 10)
def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-11-23")
