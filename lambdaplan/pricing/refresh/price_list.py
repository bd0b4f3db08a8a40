"""Reading AWS's price files: indexes, offers as CSV or JSON, savings plans, and the feed of Spot prices.

Large files are read as streams, a row or a product at a time, so that memory does not grow with the file.

References: "Price List", Billing User Guide, Amazon Web Services: "Reading the price list", and files of 2026-04.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from lambdaplan.errors import RefreshError, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.pricing.plans import TERMS
from lambdaplan.pricing.refresh.catalogue import BOX, OFFERS, REGION_CODE, SCALES, items_of, plan_item

READER = "1"
"""Changes when what is read of a file does: what an earlier reader kept is then read anew."""

MOST_INDEX = 32 << 20  # bytes of an index after decompression
MOST_OFFER = 4 << 30  # of a file of prices
MOST_RATIO = 300  # decompressed over compressed; AWS's files come to a tenth of that
LONGEST_WORD = 1 << 16  # bytes, as many as are read at once
FREE_TO_JUDGE = 16 << 20  # bytes below which the ratio is not looked at
SOUND = "the book stays as it is"
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,20})?(E-[0-9]{1,2})?")

Sale = tuple[str, str, str, str, str, str, str]
"""One price: service, item, region, from, to, price, the day it holds from. From and to in AWS's words."""


@dataclass
class PriceFile:
    """What has been read of one file of prices.

    Parameters:
    name : str - the file in words: offer and region.
    version, published : str - as the file has them; `published` as a date.
    types : mapping - facts about EC2 instance types: vCPU, memory in GiB, processor, network.
    title : str - what it is a part of.
    """

    name: str
    url: str
    version: str
    published: str
    sales: list[Sale] = field(default_factory=list)
    types: dict[str, list[str]] = field(default_factory=dict)
    title: str = "AWS Price List"

    def of_region(self, region: str) -> PriceFile:
        """The same with the prices of one region alone."""
        return replace(self, sales=[sale for sale in self.sales if sale[2] == region])


# opening


def refused(name: str, reason: str) -> RefreshError:
    """The error of a file that can't be what AWS has."""
    return RefreshError("content", name, reason, SOUND)


class _Bounded(io.RawIOBase):
    """A decompressed stream with an end: no more bytes, and no more a compressed byte, than a price file can have."""

    def __init__(self, inner: IO[bytes], name: str, most: int, packed: int) -> None:
        self._inner, self._name, self._most, self._packed, self._got = inner, name, most, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._inner.read(len(buffer))
        self._got += len(chunk)
        if self._got > self._most or self._got > max(FREE_TO_JUDGE, MOST_RATIO * self._packed):
            raise refused(self._name, f"it grows beyond {self._got >> 20:,} MB when it is decompressed")
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def opened(path: Path, name: str, most: int) -> Iterator[IO[bytes]]:
    """A file's bytes, decompressed where it is gzip whatever the headers said, and never more than `most`.

    Raises: RefreshError when it is a web page or empty, or can't be decompressed.
    """
    with path.open("rb") as raw:
        sign = raw.read(2)
        raw.seek(0)
        packed = sign == b"\x1f\x8b"
        inner: IO[bytes] = raw
        if packed:
            size = path.stat().st_size
            bounded = _Bounded(gzip.GzipFile(fileobj=raw, mode="rb"), name, most, size)  # type: ignore[arg-type]
            inner = io.BufferedReader(bounded, 1 << 18)
        elif path.stat().st_size > most:
            raise refused(name, f"it is larger than {most >> 20:,} MB")
        try:
            start = inner.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")  # type: ignore[attr-defined]
            if not start:
                raise refused(name, "it is empty")
            if start.startswith(b"<"):
                raise refused(name, "it is a web page, not a price file")
            yield inner
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise refused(name, f"it can't be decompressed: {error}") from None
        except UnicodeDecodeError:
            raise refused(name, "it is not in UTF-8") from None


def _wrong_json(name: str, error: Exception) -> RefreshError:
    return refused(name, f"it is no whole JSON: {' '.join(str(error).split())[:80]}")


def read_index(path: Path, name: str) -> dict[str, Any]:
    """Read an index: a small JSON document."""
    with opened(path, name, MOST_INDEX) as file:
        try:
            document = json.loads(file.read().decode("utf-8"))
        except ValueError as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            raise _wrong_json(name, error) from None
        except RecursionError:
            raise refused(name, "it is nested too deeply") from None
    if not isinstance(document, dict):
        raise refused(name, "it is no object")
    return document


def published_on(text: Any, name: str) -> str:
    """The date of a publication date such as 2026-04-27T07:13:25Z.

    Raises: RefreshError when it is none.
    """
    try:
        date = dt.date.fromisoformat(str(text)[:10])
    except ValueError:
        raise refused(name, f"its publication date is {shorten(str(text), 40)}") from None
    return date.isoformat()


# prices


def plain(price: Any, name: str) -> str:
    """A price in USD as plain decimal text."""
    text = str(price).strip().upper()
    if not _NUMBER.fullmatch(text):
        raise refused(name, f"a price is {shorten(text, 40)}")
    try:
        return decimal_text(Fraction(Decimal(text)), 20)
    except (InvalidOperation, ValueError):
        raise refused(name, f"a price is {shorten(text, 40)}") from None


def scaled_price(price: str, unit: str) -> str:
    """A price of AWS's unit as that of the book's."""
    scale = SCALES.get(unit.lower())
    return price if scale is None else decimal_text(Fraction(price) * scale, 20)


def _words(name: str) -> str:
    """A column's or attribute's name without what CSV and JSON write differently."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def instance_of(facts: Callable[[str], str]) -> str | None:
    """The instance type of a product that is Linux on shared hardware, used as it runs; None of every other."""
    usage = REGION_CODE.sub("", facts("usagetype"))
    name = facts("instancetype")
    wanted = (
        usage == f"{BOX}{name}"
        and facts("operatingsystem") == "Linux"
        and facts("tenancy") == "Shared"
        and facts("preinstalledsw") in ("NA", "")
        and facts("capacitystatus") == "Used"
        and facts("operation") == "RunInstances"
        and facts("marketoption") in ("OnDemand", "")
        and ".metal" not in name
    )
    return name if wanted else None


def _instance_facts(facts: Callable[[str], str]) -> list[str] | None:
    """vCPU, memory in GiB, processor and network of a type; None where they can't be read."""
    memory = re.fullmatch(r"([0-9,]+(?:\.[0-9]+)?) GiB", facts("memory"))
    vcpu = facts("vcpu")
    if memory is None or not vcpu.isdigit():
        return None
    arm = "graviton" in facts("physicalprocessor").lower() or "arm" in facts("processorarchitecture").lower()
    network = facts("networkperformance")
    return [vcpu, memory[1].replace(",", ""), "arm64" if arm else "x86_64", network]


def _sold(offer: str, region: str, facts: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """The service, item and region of each price that a product gives; none where the book does not ask for it."""
    where = facts("regioncode")
    if facts("locationtype") not in ("AWS Region", "Other", "") or where not in (region, ""):
        return []
    items = items_of(offer, facts("usagetype"), facts("productfamily"))
    return [(item.service, item.name, item.region or region) for item in items]


def read_offer(path: Path, url: str, offer: str, region: str) -> PriceFile:
    """Read the prices of an offer in a region, as CSV or JSON.

    Raises: RefreshError when the file is no price file, is cut, or holds another currency or region.
    """
    name = f"{offer} of {region}"
    with opened(path, name, MOST_OFFER) as file:
        return _read(
            file, name, url, _OfferTable(offer, region, name), lambda: _offer_json(path, name, url, offer, region)
        )


def read_plans(path: Path, url: str, plans: str, region: str) -> PriceFile:
    """Read the rates of savings plans in a region, as CSV or JSON."""
    name = f"{plans} of {region}"
    with opened(path, name, MOST_OFFER) as file:
        return _read(file, name, url, _PlanTable(region, name), lambda: _plans_json(path, name, url, region))


def _read(
    file: IO[bytes], name: str, url: str, table: _OfferTable | _PlanTable, as_json: Callable[[], PriceFile]
) -> PriceFile:
    start = file.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")  # type: ignore[attr-defined]
    read = as_json() if start.startswith(b"{") else _read_csv(file, name, url, table)
    if not read.sales:
        raise refused(name, "it holds no price that the book asks for")
    return read


def _read_csv(file: IO[bytes], name: str, url: str, table: _OfferTable | _PlanTable) -> PriceFile:
    """Read a price file as CSV: lines of metadata, a header, then a row a price."""
    ending = _Ending(file, name)
    text = io.TextIOWrapper(ending, encoding="utf-8-sig", newline="")  # type: ignore[type-var]
    csv.field_size_limit(1 << 20)
    rows = csv.reader(text)
    meta: dict[str, str] = {}
    try:
        for row in rows:
            if row and row[0] == "SKU":
                break
            if len(row) >= 2 and len(meta) < 20:
                meta[_words(row[0])] = row[1]
            else:
                raise refused(name, "it has no header that begins with SKU")
        else:
            raise refused(name, "it has no header that begins with SKU")
        if meta.get("currency", "USD") != "USD":
            raise refused(name, f"its currency is {shorten(meta['currency'], 20)}")
        read = PriceFile(name, url, meta.get("version", ""), published_on(meta.get("publicationdate"), name))
        table.read(row, rows, read)
    except csv.Error as error:
        raise refused(name, f"it is no CSV: {error}") from None
    if not ending.ends_a_line:
        raise refused(name, "it is cut: its last line has no end")
    return read


class _Ending(io.BufferedIOBase):
    """A stream of text that remembers whether its last byte ended a line."""

    def __init__(self, inner: IO[bytes], name: str) -> None:
        self._inner, self._name, self.ends_a_line = inner, name, True

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        chunk = self._inner.read(size)
        if chunk:
            self.ends_a_line = chunk.endswith(b"\n")
            if b"\0" in chunk:
                raise refused(self._name, "it has zero bytes: it is no text")
        return chunk


def _columns(header: Sequence[str], needed: Sequence[str], optional: Sequence[str], name: str) -> dict[str, int]:
    """The places of the columns that are read.

    Raises: RefreshError when one is missing, or two have its name.
    """
    places: dict[str, int] = {}
    for place, column in enumerate(header):
        word = _words(column)
        if word in needed or word in optional:
            if word in places:
                raise refused(name, f"its header has {shorten(column, 40)} twice")
            places[word] = place
    missing = [word for word in needed if word not in places]
    if missing:
        raise refused(name, f"its header has no {', '.join(missing)}")
    return places


@dataclass(frozen=True)
class _OfferTable:
    """The rows of an offer as CSV."""

    offer: str
    region: str
    name: str

    def read(self, header: Sequence[str], rows: Any, into: PriceFile) -> None:
        """Read the rows below a header."""
        needed = [
            "termtype",
            "startingrange",
            "endingrange",
            "unit",
            "priceperunit",
            "currency",
            "usagetype",
            "operation",
        ]
        optional = ["productfamily", "regioncode", "locationtype", "effectivedate"]
        computes = ["instancetype", "operatingsystem", "tenancy", "preinstalledsw", "capacitystatus"]
        extra = ["marketoption", "vcpu", "memory", "physicalprocessor", "processorarchitecture", "networkperformance"]
        ec2 = self.offer == "AmazonEC2"
        at = _columns(header, needed + (computes if ec2 else []), optional + (extra if ec2 else []), self.name)
        width, term, usage = len(header), at["termtype"], at["usagetype"]
        names = OFFERS[self.offer]
        seen: dict[str, str] = {}
        for row in rows:
            if len(row) != width:
                if not row:
                    continue
                raise refused(self.name, f"line {rows.line_num} has {len(row)} columns, not {width}")
            if row[term] != "OnDemand":
                continue
            kind = row[usage]
            bare = seen.get(kind)
            if bare is None:
                bare = seen[kind] = REGION_CODE.sub("", kind)
            instance = ec2 and bare.startswith(BOX)
            if not instance and bare not in names:
                continue
            self._take(row, at, instance, into)

    def _take(self, row: Sequence[str], at: Mapping[str, int], instance: bool, into: PriceFile) -> None:
        def facts(word: str) -> str:
            place = at.get(word)
            return "" if place is None else row[place]

        if instance:
            type_name = instance_of(facts)
            if type_name is None or facts("regioncode") not in (self.region, ""):
                return
            sold = [("ec2", f"{type_name}/on_demand", self.region)]
            known = _instance_facts(facts)
            if known is not None:
                into.types[type_name] = known
        else:
            sold = _sold(self.offer, self.region, facts)
        if not sold:
            return
        if facts("currency") != "USD":
            raise refused(self.name, f"a price is in {shorten(facts('currency'), 20) or 'no currency'}")
        price = scaled_price(plain(facts("priceperunit"), self.name), facts("unit"))
        if instance and price == "0":
            return
        tier = (facts("startingrange"), facts("endingrange"), price, facts("effectivedate"))
        into.sales += [(*one, *tier) for one in sold]


@dataclass(frozen=True)
class _PlanTable:
    """The rows of savings plan rates as CSV."""

    region: str
    name: str

    def read(self, header: Sequence[str], rows: Any, into: PriceFile) -> None:
        """Read the rows below a header."""
        needed = ["discountedrate", "currency", "discountedservicecode", "discountedusagetype", "discountedoperation"]
        needed += ["purchaseoption", "leasecontractlength", "productfamily"]
        at = _columns(header, needed, ["discountedregioncode", "effectivedate"], self.name)
        rate, currency, code, usage, operation, paid, years, family = (at[word] for word in needed)
        where, width = at.get("discountedregioncode"), len(header)
        for row in rows:
            if len(row) != width:
                if not row:
                    continue
                raise refused(self.name, f"line {rows.line_num} has {len(row)} columns, not {width}")
            if where is not None and row[where] not in (self.region, ""):
                continue
            plan = _plan(row[family], row[years], row[paid])
            sold = plan and plan_item(row[usage], row[operation], plan, row[code])
            if not sold:
                continue
            if row[currency] != "USD":
                raise refused(self.name, f"a rate is in {shorten(row[currency], 20) or 'no currency'}")
            price = plain(row[rate], self.name)
            if price != "0":
                into.sales.append((*sold, self.region, "0", "Inf", price, ""))


def _plan(family: str, years: str, paid: str) -> str | None:
    """A plan in the words of the book; None where it is none of them."""
    kind = {"ComputeSavingsPlans": "compute", "EC2InstanceSavingsPlans": "instance"}.get(family.replace(" ", ""))
    term = f"{years.strip().lower().removesuffix('yr').strip()}y_{'_'.join(paid.lower().split())}"
    return f"{kind}_savings_plan_{term}" if kind and term in TERMS else None


# JSON, as a stream


class _ShortWords:
    """A stream of JSON whose words are short: a word without end would have to be kept whole."""

    def __init__(self, inner: IO[bytes], name: str) -> None:
        self._inner, self._name = inner, name

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._inner.read(size)
        if len(chunk) >= LONGEST_WORD and b'"' not in chunk:
            raise refused(self._name, f"a word of it has more than {LONGEST_WORD >> 10} kB")
        return chunk


def _streamed(path: Path, name: str, read: Callable[[IO[bytes]], Any]) -> Any:
    """Read a JSON file with ijson.

    Raises: RefreshError when it is no whole JSON.
    """
    import ijson

    with opened(path, name, MOST_OFFER) as file:
        try:
            return read(_ShortWords(file, name))  # type: ignore[arg-type]
        except ijson.JSONError as error:
            raise _wrong_json(name, error) from None
        except (KeyError, TypeError, AttributeError) as error:
            raise refused(name, f"it has not the shape of a price file ({type(error).__name__} {error})") from None


def _head(file: IO[bytes]) -> dict[str, Any]:
    """Version and publication date, which stand before all else."""
    import ijson

    head: dict[str, Any] = {}
    for prefix, event, value in ijson.parse(io.BytesIO(file.read(LONGEST_WORD))):
        if prefix in ("version", "publicationDate", "offerCode") and event == "string":
            head[prefix] = value
            if "version" in head and "publicationDate" in head:
                break
    return head


def _offer_json(path: Path, name: str, url: str, offer: str, region: str) -> PriceFile:
    """Read an offer as JSON in two passes: its products, then the terms of those that are wanted."""
    import ijson

    head = _streamed(path, name, _head)
    into = PriceFile(name, url, str(head.get("version", "")), published_on(head.get("publicationDate"), name))
    wanted: dict[str, list[tuple[str, str, str]]] = {}

    def products(file: IO[bytes]) -> None:
        for sku, product in ijson.kvitems(file, "products"):
            attributes = {_words(key): str(value) for key, value in product["attributes"].items()}
            attributes["productfamily"] = product.get("productFamily", "")

            def facts(word: str, of: Mapping[str, str] = attributes) -> str:
                return of.get(word, "")

            instance = offer == "AmazonEC2" and REGION_CODE.sub("", facts("usagetype")).startswith(BOX)
            if instance:
                type_name = instance_of(facts)
                if type_name is None or facts("regioncode") not in (region, ""):
                    continue
                wanted[sku] = [("ec2", f"{type_name}/on_demand", region)]
                known = _instance_facts(facts)
                if known is not None:
                    into.types[type_name] = known
            else:
                sold = _sold(offer, region, facts)
                if sold:
                    wanted[sku] = sold

    def terms(file: IO[bytes]) -> None:
        for sku, of_sku in ijson.kvitems(file, "terms.OnDemand"):
            if sku not in wanted:
                continue
            for term in of_sku.values():
                for part in term["priceDimensions"].values():
                    usd = part["pricePerUnit"].get("USD")
                    if usd is None:
                        other = ", ".join(part["pricePerUnit"]) or "no currency"
                        raise refused(name, f"a price is in {shorten(other, 20)}")
                    price = scaled_price(plain(usd, name), part["unit"])
                    tier = (part["beginRange"], part["endRange"], price, str(term.get("effectiveDate", ""))[:10])
                    into.sales.extend((*one, *tier) for one in wanted[sku] if not (price == "0" and one[0] == "ec2"))

    _streamed(path, name, products)
    _streamed(path, name, terms)
    return into


def _plans_json(path: Path, name: str, url: str, region: str) -> PriceFile:
    """Read savings plans as JSON: the plans, then each rate, whose code begins with the plan's."""
    import ijson

    head = _streamed(path, name, _head)
    into = PriceFile(name, url, str(head.get("version", "")), published_on(head.get("publicationDate"), name))
    plans: dict[str, str] = {}

    def products(file: IO[bytes]) -> None:
        for product in ijson.items(file, "products.item"):
            of = product["attributes"]
            plan = _plan(product["productFamily"], of.get("purchaseTerm", ""), of.get("purchaseOption", ""))
            if plan:
                plans[product["sku"]] = plan

    def rates(file: IO[bytes]) -> None:
        for rate in ijson.items(file, "terms.savingsPlan.item.rates.item"):
            plan = plans.get(rate["rateCode"].partition(".")[0])
            operation = rate.get("discountedOperation", "")
            sold = plan and plan_item(rate["discountedUsageType"], operation, plan, rate["discountedServiceCode"])
            if not sold or rate.get("discountedRegionCode", region) != region:
                continue
            if rate["discountedRate"]["currency"] != "USD":
                raise refused(name, f"a rate is in {shorten(rate['discountedRate']['currency'], 20)}")
            price = plain(rate["discountedRate"]["price"], name)
            if price != "0":
                into.sales.append((*sold, region, "0", "Inf", price, ""))

    _streamed(path, name, products)
    _streamed(path, name, rates)
    return into


# Spot

_SPOT_REGIONS = {
    "us-east": "us-east-1",
    "us-west": "us-west-1",
    "eu-ireland": "eu-west-1",
    "apac-sin": "ap-southeast-1",
    "apac-syd": "ap-southeast-2",
    "apac-tokyo": "ap-northeast-1",
}


def read_spot(path: Path, url: str, published: str) -> PriceFile:
    """Read AWS's feed of EC2 Spot prices: Linux, each region and type; as JSON, or within a call as spot.js has it."""
    import ijson

    name = "the feed of Spot prices"
    into = PriceFile(name, url, "", published)

    def regions(file: IO[bytes]) -> None:
        if called:
            text = file.read(MOST_INDEX + 1)
            file = io.BytesIO(text[text.index(b"(") + 1 : text.rindex(b")")])
        for part in ijson.items(file, "config.regions.item"):
            region = _SPOT_REGIONS.get(part["region"], part["region"])
            sizes = (size for group in part["instanceTypes"] for size in group["sizes"])
            for size in sizes:
                for column in size["valueColumns"]:
                    usd = column["prices"].get("USD", "") if column["name"] == "linux" else ""
                    if usd and not str(usd).upper().startswith("N/A") and ".metal" not in size["size"]:
                        price = plain(usd, name)
                        if price != "0":
                            into.sales.append(("ec2", f"{size['size']}/spot", region, "0", "Inf", price, ""))

    with opened(path, name, MOST_OFFER) as file:
        called = re.match(rb"\s*(/\*.*?\*/)?\s*\w+\(", file.peek(64)[:64])  # type: ignore[attr-defined]
    _streamed(path, name, regions)
    if not into.sales:
        raise refused(name, "it holds no price of Linux")
    return into
