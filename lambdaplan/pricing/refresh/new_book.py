"""A new price book: what AWS's files say, laid over the book before it; guards; written whole or not at all.

What AWS lists takes the place of the former rows. What AWS's files do not have keeps its former row with its former
date, and is named in the new book's descriptor; so is what no file and no former book has.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import RefreshError
from lambdaplan.formatting import decimal_text
from lambdaplan.pricing.plans import PURCHASES
from lambdaplan.pricing.price_book import ANY_REGION, PriceBook, book_at, columns_of, verify
from lambdaplan.pricing.refresh.catalogue import OFFERS, services_of
from lambdaplan.pricing.refresh.price_list import PriceFile, refused
from lambdaplan.resources import csv_rows

Key = tuple[str, str, str]
"""Service, item, region."""

Place = tuple[str, str]
"""Service and region of a table that holds their prices alone; two empty texts for the table of all others."""

MOST_MOVE = 10  # times that a price may rise or fall without being asked about
FREE = "free_tier"
STAGED = ".new-"
NEW_FAMILIES = re.compile(r"[mcr][0-9]+[a-z]*(-flex)?")
"""Families that a book takes in when AWS has them: a new T type has a baseline that price files do not tell."""


@dataclass(frozen=True)
class Band:
    """A price between two quantities, in decimal text; no end where `upto` is empty."""

    start: str
    upto: str
    price: str


@dataclass
class Listed:
    """What AWS's files of a region say, by key, and the file of each."""

    bands: dict[Key, tuple[Band, ...]] = field(default_factory=dict)
    files: dict[Key, PriceFile] = field(default_factory=dict)
    types: dict[str, list[str]] = field(default_factory=dict)
    read: list[PriceFile] = field(default_factory=list)

    def add(self, file: PriceFile, wanted: frozenset[str]) -> None:
        """Take the prices of a file, of the services that are wanted.

        Raises: RefreshError when tiers have gaps, or one key has two prices.
        """
        for key, bands in _bands_of(file, wanted).items():
            former = self.bands.get(key)
            if former is not None and former != bands:
                other = self.files[key].name
                raise refused(file.name, f"{' '.join(key)} has one price there and another in {other}")
            self.bands[key], self.files[key] = bands, file
        self.types.update(file.types)
        file.sales = []
        self.read.append(file)


def _bands_of(file: PriceFile, wanted: frozenset[str]) -> dict[Key, tuple[Band, ...]]:
    """The bands of each key of a file: those in force, whole and ascending."""
    in_force: dict[Key, dict[str, dict[str, tuple[str, str]]]] = {}
    for service, item, region, start, upto, price, since in file.sales:
        if service not in wanted:
            continue
        bands = in_force.setdefault((service, item, region), {}).setdefault(since[:10], {})
        one, at = (_edge(upto, file.name), price), _edge(start, file.name)
        if bands.setdefault(at, one) != one:
            words = f"{service} {item} has two prices from {at}: {bands[at][1]} and {price}"
            raise refused(file.name, words)
    listed: dict[Key, tuple[Band, ...]] = {}
    for key, by_day in in_force.items():
        days = [day for day in by_day if day <= file.published] or [min(by_day)]
        ascending = sorted(by_day[max(days)].items(), key=lambda one: Fraction(one[0] or 0))
        listed[key] = _whole(key, [Band(start, upto, price) for start, (upto, price) in ascending], file.name)
    return listed


def _edge(text: str, name: str) -> str:
    if text.strip().lower() in ("inf", ""):
        return ""
    if not re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,10})?", text.strip()):
        raise refused(name, f"a tier has the edge {text[:40]}")
    return decimal_text(Fraction(text.strip()), 10)


def _whole(key: Key, bands: list[Band], name: str) -> tuple[Band, ...]:
    """Bands from 0 without end, gap or overlap. A first band without price is a free quantity: an item of its own."""
    if len(bands) > 1 and bands[0].price == "0" and bands[0].upto == bands[1].start:
        bands = [Band("0", bands[1].upto, bands[1].price), *bands[2:]]
    edges = [band.upto for band in bands[:-1]]
    free = FREE in key[1]
    if bands[0].start != "0" or edges != [b.start for b in bands[1:]] or (bands[-1].upto and not free):
        spans = ", ".join(f"{band.start} to {band.upto or 'no end'}" for band in bands[:6])
        raise refused(name, f"the tiers of {' '.join(key)} are not whole: {spans}")
    if any(band.price == "0" for band in bands) and not free:
        raise refused(name, f"the price of {' '.join(key)} is 0")
    return tuple(bands)


# over the former book


class Draft:
    """A new book while it is made: region by region, so that it takes no more memory for many.

    Attributes:
    folder : Path - a hidden folder beside the other books, named as the book.
    changed, added, same : int - prices that differ from the former book's, that it has not, that are the same.
    kept : items by service and region that AWS's files do not have, and the former book has.
    missing : items that the models ask for and nobody has.
    moved : lines about the first prices that moved by more than `MOST_MOVE`; `moves` counts all.
    published : days on which the files were published.
    differences : a line for each price that differs from the former book's, where they are named.
    """

    def __init__(self, base: PriceBook, books: Path, id: str, read_on: str, names_differences: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=books, prefix=STAGED)) / id
        self.folder.mkdir()
        self.base, self.read_on = base, read_on
        self.changed = self.added = self.same = self.moves = 0
        self.kept: dict[str, list[str]] = {}
        self.missing: dict[str, list[str]] = {}
        self.moved: list[str] = []
        self.differences: list[str] = []
        self._names_differences = names_differences
        self.published: list[str] = []
        self._types = [dict(row) for row in csv_rows(base.folder / "instance_types.csv")]
        self._sources = {key: dict(row) for key, row in base.sources().items()}
        self._used: set[str] = set()
        self._written: set[str] = set()
        self._rows: dict[Key, Sequence[Sequence[str]]] = {}
        self._paths = {(t.service, t.region): t.path.relative_to(base.folder).as_posix() for t in base.tables}
        self._by_region = {service for service, region in self._paths if service and region} or {"ec2"}
        for table in base.tables:
            if not table.region:  # those of a region are read when it is laid, and else copied as they are
                self._rows |= table.rows
        self._units = {key[:2]: rows[0][5] for key, rows in self._rows.items()}

    def former(self, region: str) -> dict[Key, Sequence[Sequence[str]]]:
        """The rows of the former book that hold in a region."""
        former = {key: rows for key, rows in self._rows.items() if key[2] in (region, ANY_REGION)}
        for table in self.base.tables:
            former |= table.rows if table.region == region else {}
        return former

    def lay(self, listed: Listed, services: frozenset[str], region: str) -> None:
        """Lay what AWS lists of a region over the former book.

        Parameters:
        services : whose files have been read.
        """
        former = self.former(region)
        self._take_types(listed)
        names = frozenset(row["instance_type"] for row in self._types)
        sold = former.keys() | listed.bands.keys()
        priced = {key: bands for key, bands in listed.bands.items() if _has_place(key, names, sold)}
        hour = next((rows[0][5] for key, rows in former.items() if key[1].endswith("/on_demand")), "hour")
        rows = dict(former)
        for key, bands in priced.items():
            file = listed.files[key]
            source = _source(file)
            self._sources.setdefault(source["key"], {**source, "read": self.read_on})
            before = tuple((row[3], row[4], row[6]) for row in former.get(key, ()))
            fresh = tuple((band.start, band.upto, band.price) for band in bands)
            self.same += before == fresh
            self.added += not before
            self.changed += bool(before) and before != fresh
            if self._names_differences and before and before != fresh:
                self.differences.append(_difference(key, before, fresh))
            moved = _moves(key, before, fresh)
            self.moves += len(moved)
            self.moved += moved[: max(2 - len(self.moved), 0)]
            quality = "weak" if key[1].endswith("/spot") else "list"
            instance = key[0] == "ec2" and key[1].rpartition("/")[2] in PURCHASES
            unit = former[key][0][5] if key in former else hour if instance else self._unit(key)
            rows[key] = [(*key, *band[:2], unit, band[2], quality, source["key"], file.published) for band in fresh]
        self.differences.sort(key=lambda line: "/spot " in line)  # those move by the hour: after all others
        kept, missing = _not_listed(priced, former, services, region)
        self.kept |= kept
        self.missing |= missing
        self.published += [file.published for file in listed.read]
        tables: dict[Place, list[Sequence[str]]] = {}
        for key in sorted(rows):
            if self._place(key)[1]:
                tables.setdefault(self._place(key), []).extend(rows[key])
        for place, some in tables.items():
            self._write_table(self._path(place), some)
        self._rows |= rows
        for key in [key for key in self._rows if self._place(key) in tables]:
            del self._rows[key]

    def _place(self, key: Key) -> Place:
        """The table that a price is written to, as the former book has them.

        That of its service in its region, of its service, of its region, or the one of all others. A service that has
        tables for regions gets one for a new region.
        """
        service, _, region = key
        if region == ANY_REGION:
            region = ""
        places = [place for place in ((service, region), (service, ""), ("", region)) if place in self._paths]
        own = (service, region) if service in self._by_region and region else ("", "")
        return places[0] if places else own

    def _path(self, place: Place) -> str:
        """The path of a table in the book's folder."""
        return self._paths.get(place) or f"{place[0]}/{place[1]}.csv"

    def _unit(self, key: Key) -> str:
        """The unit of an item that the region has not had: that of other regions."""
        return self._units.get(key[:2]) or self.base.unit_of(*key[:2]) or "hour"

    def _take_types(self, listed: Listed) -> None:
        """Take in the instance types of known and of new families that AWS's files describe."""
        known = {row["instance_type"] for row in self._types}
        families = {name.split(".")[0] for name in known}
        file = next((file for file in listed.read if file.types), None)
        for name, (vcpu, memory, processor, network) in sorted(listed.types.items()):
            family = name.split(".")[0]
            burstable = family.startswith("t")
            if name in known or burstable or not (family in families or NEW_FAMILIES.fullmatch(family)):
                continue
            assert file is not None
            facts = {"instance_type": name, "vcpu": vcpu, "memory_gib": memory, "architecture": processor}
            source = _source(file)
            self._sources.setdefault(source["key"], {**source, "read": self.read_on})
            more = {"burstable": "false", "network": network, "source": source["key"]}
            self._types.append(dict.fromkeys(self._types[0], "") | facts | more)

    def _write_table(self, path: str, rows: Sequence[Sequence[str]]) -> None:
        columns = [
            column["name"] for column in columns_of(self.base.folder, _resource(self._descriptor(), "prices.csv"))
        ]
        _write(self.folder / path, _table(columns, rows).encode())
        self._used |= {row[8] for row in rows}
        self._written.add(path)

    def _descriptor(self) -> dict[str, Any]:
        descriptor: dict[str, Any] = json.loads((self.base.folder / "datapackage.json").read_text("utf-8"))
        return descriptor

    def finish(self, about: Mapping[str, Any]) -> PriceBook:
        """Write what remains, and verify the book.

        Raises: RefreshError when it does not verify.
        """
        tables: dict[Place, list[Sequence[str]]] = {}
        for key in sorted(self._rows):
            tables.setdefault(self._place(key), []).extend(self._rows[key])
        for place, rows in tables.items():
            self._write_table(self._path(place), rows)
        descriptor, base = self._descriptor(), self.base.folder
        for resource in descriptor["resources"]:
            if resource["path"] not in ("instance_types.csv", "sources.csv", *self._written):
                _write(self.folder / resource["path"], (base / resource["path"]).read_bytes())
                rows_of = csv_rows(base / resource["path"])
                self._used |= {row["source"] for row in rows_of}
        types = sorted(self._types, key=lambda row: row["instance_type"])
        self._used |= {row["source"] for row in types}
        sources = [row for key, row in sorted(self._sources.items()) if key in self._used]
        for path, of_table in (("instance_types.csv", types), ("sources.csv", sources)):
            fields = columns_of(base, _resource(descriptor, path))
            _write(self.folder / path, _dicts(fields, of_table).encode())
        main = _resource(descriptor, "prices.csv")
        named = {resource["path"] for resource in descriptor["resources"]}
        for path in sorted(self._written - named):
            service, region = path.removesuffix(".csv").split("/")
            own = {"name": f"prices-{service}-{region}", "path": path, "service": service, "region": region}
            descriptor["resources"].insert(1, main | own)
        for schema in {r["schema"] for r in descriptor["resources"] if isinstance(r["schema"], str)}:
            _write(self.folder / schema, (base / schema).read_bytes())
        for resource in descriptor["resources"]:
            content = (self.folder / resource["path"]).read_bytes()
            resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        words = "Prices before tax, from AWS's price files. What they lack keeps the row and date of the former book."
        title = f"AWS list prices and billing rules, refreshed on {self.read_on}"
        descriptor |= {"name": self.folder.name, "title": title, "created": self.read_on, "description": words}
        _write_descriptor(
            self.folder, descriptor | {"refreshed": {**about, "kept": self.kept, "missing": self.missing}}
        )
        book = book_at(self.folder)
        problems = verify(book, {*self._written, "instance_types.csv", "sources.csv"})
        if problems:
            raise RefreshError("content", "the new book", problems[0], "the book stays as it is")
        return book

    def discard(self) -> None:
        """Remove what has been written, unless the book has taken its place."""
        if self.folder.parent.name.startswith(STAGED):
            shutil.rmtree(self.folder.parent, ignore_errors=True)


def _resource(descriptor: Mapping[str, Any], path: str) -> dict[str, Any]:
    resource: dict[str, Any] = next(one for one in descriptor["resources"] if one["path"] == path)
    return resource


def _has_place(key: Key, names: frozenset[str], known: Container[Key]) -> bool:
    """Whether a price has a place in the book: of EC2, a type that it knows and that is sold on demand there."""
    service, item, region = key
    terms = item.rpartition("/")[2]
    if service != "ec2" or terms not in PURCHASES:
        return True
    name = item.partition("/")[0]
    return name in names and (terms == "on_demand" or (service, f"{name}/on_demand", region) in known)


def _difference(key: Key, before: tuple[tuple[str, str, str], ...], after: tuple[tuple[str, str, str], ...]) -> str:
    """A price of the former book and its new one: the first band that differs."""
    for (start, _, old), (_, _, new) in zip(before, after, strict=False):
        if old != new:
            return f"{' '.join(key)}: {old} -> {new}" + ("" if start == "0" else f" above {start}")
    return f"{' '.join(key)}: other tiers"


def _moves(key: Key, before: tuple[tuple[str, str, str], ...], after: tuple[tuple[str, str, str], ...]) -> list[str]:
    """A line for each band whose price moved by more than is taken unasked."""
    lines = []
    for (start, _, old), (_, _, new) in zip(before, after, strict=False):
        low, high = sorted((Fraction(old), Fraction(new)))
        if low and high / low > MOST_MOVE:
            lines.append(f"{' '.join(key)} from {old} to {new}" + ("" if start == "0" else f" above {start}"))
    return lines


def _source(file: PriceFile) -> dict[str, str]:
    words = re.sub(r"[^a-z0-9]+", "-", f"{file.name} {file.version or file.published}".lower()).strip("-")
    version = f", version {file.version}" if file.version else ""
    return {
        "key": f"{file.title.removeprefix('AWS ').lower().replace(' ', '-')}-{words}",
        "title": f"{file.title}, {file.name}{version}",
        "publisher": "Amazon Web Services",
        "address": file.url,
        "published": file.published,
        "read": "",
    }


def _not_listed(
    priced: Mapping[Key, Any], former: Mapping[Key, Any], services: frozenset[str], region: str
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What AWS's files of a region do not have: kept from the former book, and missing altogether; items by place."""
    kept: dict[str, list[str]] = {}
    missing: dict[str, list[str]] = {}
    for service, item, place in sorted(former):
        terms = item.rpartition("/")[2]
        sold_otherwise = terms in PURCHASES and terms != "on_demand"
        looked_at = place == region and service in services and not sold_otherwise
        if looked_at and (service, item, place) not in priced:
            kept.setdefault(f"{service} {region}", []).append(item)
    asked = sorted({(i.service, i.name, i.region) for offer in OFFERS for of in OFFERS[offer].values() for i in of})
    for service, item, place in asked:
        keys = {(service, item, place or region), (service, item, ANY_REGION)}
        if service in services and not keys & (priced.keys() | former.keys()) and "/spot" not in item:
            missing.setdefault(f"{service} {region}", []).append(item)
    return kept, missing


def guard(draft: Draft, accept: bool) -> None:
    """Refuse prices that moved too far, unless they are accepted.

    Raises: RefreshError that names them.
    """
    if draft.moved and not accept:
        more = f" and {draft.moves - 2} more" if draft.moves > 2 else ""
        words = f"a price moved by more than {MOST_MOVE} times: {'; '.join(draft.moved)}{more}"
        fix = "Look at AWS's price page; if it is right, give --accept."
        raise RefreshError("content", "the new book", words, "the book stays as it is", fix)


# writing


def _table(columns: list[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _dicts(fields: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, str]]) -> str:
    columns = [column["name"] for column in fields]
    return _table(columns, ([row.get(column, "") for column in columns] for row in rows))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def accepted(book: PriceBook, books: Path, id: str | None, taken: Iterable[str]) -> PriceBook:
    """Let a written book take its place in one step; where its name is taken by another, the next free one.

    Parameters:
    id : str or None - the name that was asked for; None where any will do.
    taken : names of the package's books.

    Raises: RefreshError when that name is taken by another book.
    """
    number, name, taken = 1, book.id, frozenset(taken)
    while True:
        target = books / name
        if name not in taken and not target.exists():
            if name != book.id:
                descriptor = json.loads((book.folder / "datapackage.json").read_text("utf-8"))
                _write_descriptor(book.folder, descriptor | {"name": name})
            book.folder.rename(target)
            _sync(books)
            return book_at(target)
        if name not in taken and _alike(book.folder, target):
            return book_at(target)
        if id is not None:
            raise RefreshError("content", f"the book {id}", "there is one of that name", "a book is never edited")
        number += 1
        name = f"{book.id}-{number}"


def _alike(one: Path, other: Path) -> bool:
    """Whether two books have the same tables."""

    def hashes(folder: Path) -> Any:
        descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
        return [(resource["path"], resource["hash"]) for resource in descriptor["resources"]]

    try:
        return bool(hashes(one) == hashes(other))
    except (OSError, ValueError, KeyError):
        return False


def _write_descriptor(folder: Path, descriptor: Mapping[str, Any]) -> None:
    _write(folder / "datapackage.json", (json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n").encode())


def clear_staged(books: Path) -> None:
    """Remove what refreshes that were killed left behind; only one that holds the lock may do that."""
    for folder in books.glob(f"{STAGED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def covered_services(offers: Iterable[str], wanted: frozenset[str]) -> frozenset[str]:
    """The services that some offers have prices of, among those that are wanted."""
    return frozenset().union(*(services_of(offer) for offer in offers)) & wanted
