"""A price server on 127.0.0.1: files of AWS's shape, entity tags, ranges and conditional requests, and faults on demand.

A fault is what a request for a path gets instead of its file, each in its turn; when they are used up, the file comes.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Fault = Callable[["Handler", bytes], None]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are part of the tests."""


class PriceServer:
    """Serves files by path until it is closed; remembers what was asked."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = dict(files)
        self.faults: dict[str, list[Fault]] = {}
        self.asked: list[tuple[str, dict[str, str], int]] = []
        self.let_go = threading.Event()
        self.tagged = True
        handler = type("Bound", (Handler,), {"prices": self})
        self.http = _Quiet(("127.0.0.1", 0), handler)
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def statuses(self, path: str) -> list[int]:
        """What was answered to the requests for a path."""
        return [status for asked, _, status in self.asked if asked == path]

    def close(self) -> None:
        self.let_go.set()
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    prices: PriceServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        waiting = self.prices.faults.get(path, [])
        body = self.prices.files.get(path)
        if waiting:
            fault = waiting.pop(0)
            self.note(0)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                fault(self, body or b"")
            return
        if body is None:
            self.note(404)
            self.answer(404, b"no such file")
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.file(body)

    def note(self, status: int) -> None:
        self.prices.asked.append((self.path.partition("?")[0], dict(self.headers), status))

    def file(self, body: bytes) -> None:
        tag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        headers = {"ETag": tag} if self.prices.tagged else {}
        if self.headers.get("If-None-Match") == tag and self.prices.tagged:
            self.note(304)
            self.answer(304, None, **headers)
            return
        span = self.headers.get("Range", "")
        if span.startswith("bytes=") and self.headers.get("If-Range") == tag:
            start = int(span.removeprefix("bytes=").partition("-")[0])
            self.note(206)
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.answer(206, body[start:], **headers)
            return
        self.note(200)
        self.answer(200, body, **headers)

    def answer(self, status: int, body: bytes | None, **headers: str) -> None:
        self.send_response(status)
        given = {"Content-Length": str(len(body))} if body is not None else {}
        for name, value in (given | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        if body is not None:
            self.wfile.write(body)

    def hang_up(self, *, reset: bool = False) -> None:
        """End the connection, with a reset or as if all had been said."""
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR) if not reset else self.connection.close()


@contextlib.contextmanager
def serving_prices(files: dict[str, bytes]) -> Iterator[PriceServer]:
    server = PriceServer(files)
    try:
        yield server
    finally:
        server.close()


# ------------------------------------------------------------ files of AWS's shape

CURRENCY = "USD"
NOTICE = "This pricing list is for informational purposes only."


def product(
    sku: str, usage: str, prices: list[tuple[str, str, str]] | str, *, unit: str = "Hrs", **attributes: str
) -> dict:
    """A product with its tiers (from, to, price), or one price."""
    tiers = [("0", "Inf", prices)] if isinstance(prices, str) else prices
    return {"sku": sku, "usage": usage, "tiers": tiers, "unit": unit, "attributes": attributes}


def offer_json(
    offer: str, region: str, products: list[dict], *, published: str = "2026-11-20T10:00:00Z", currency: str = CURRENCY
) -> dict[str, Any]:
    """An offer of a region in JSON."""
    listed, terms = {}, {}
    for one in products:
        attributes = {
            "servicecode": offer,
            "locationType": "AWS Region",
            "regionCode": region,
            "usagetype": one["usage"],
        }
        attributes |= {"operation": ""} | one["attributes"]
        family = attributes.pop("productFamily", "Compute")
        listed[one["sku"]] = {"sku": one["sku"], "productFamily": family, "attributes": attributes}
        code = f"{one['sku']}.JRTCKXETXF"
        parts = {
            f"{code}.{n}": {
                "rateCode": f"{code}.{n}",
                "beginRange": start,
                "endRange": end,
                "unit": one["unit"],
                "pricePerUnit": {currency: price},
            }
            for n, (start, end, price) in enumerate(one["tiers"])
        }
        terms[one["sku"]] = {
            code: {"sku": one["sku"], "effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": parts}
        }
    version = "".join(c for c in published if c.isdigit())
    return {
        "formatVersion": "v1.0",
        "disclaimer": NOTICE,
        "offerCode": offer,
        "version": version,
        "publicationDate": published,
        "products": listed,
        "terms": {"OnDemand": terms, "Reserved": {}},
        "attributesList": {},
    }


EC2_COLUMNS = (  # noqa: SIM905  # as a file has it
    "SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,"
    "Currency,RelatedTo,LeaseContractLength,PurchaseOption,OfferingClass,Product Family,serviceCode,Location,Location Type,"
    "Instance Type,Current Generation,Instance Family,vCPU,Physical Processor,Clock Speed,Memory,Storage,Network Performance,"
    "Processor Architecture,Storage Media,Volume Type,Tenancy,Operating System,License Model,Group,Group Description,usageType,"
    "operation,CapacityStatus,MarketOption,Normalization Size Factor,Pre Installed S/W,Region Code,serviceName,Volume API Name"
).split(",")


def instance(
    name: str, price: str, *, vcpu: int = 2, memory: str = "8 GiB", prefix: str = "", **more: str
) -> dict[str, str]:
    """A row of EC2's CSV: an instance type, Linux, shared, on demand, unless `more` says otherwise."""
    row = {
        "SKU": f"{abs(hash(name)) % 10**8:08d}ABCDEFGH",
        "TermType": "OnDemand",
        "EffectiveDate": "2026-11-01",
        "StartingRange": "0",
        "EndingRange": "Inf",
        "Unit": "Hrs",
        "PricePerUnit": price,
        "Currency": "USD",
        "Product Family": "Compute Instance",
        "Location Type": "AWS Region",
        "Instance Type": name,
        "vCPU": str(vcpu),
        "Physical Processor": "AWS Graviton4 Processor" if "g." in name else "Intel Xeon",
        "Memory": memory,
        "Tenancy": "Shared",
        "Operating System": "Linux",
        "usageType": f"{prefix}BoxUsage:{name}",
        "operation": "RunInstances",
        "CapacityStatus": "Used",
        "MarketOption": "OnDemand",
        "Pre Installed S/W": "NA",
    }
    return row | more


def item(usage: str, price: str, *, unit: str = "Hrs", **more: str) -> dict[str, str]:
    """A row of EC2's CSV that is no instance."""
    return {
        "SKU": "ITEM", "TermType": "OnDemand", "EffectiveDate": "2026-11-01", "StartingRange": "0", "EndingRange": "Inf",
        "Unit": unit, "PricePerUnit": price, "Currency": "USD", "Location Type": "AWS Region", "usageType": usage, **more,
    }  # fmt: skip


def offer_csv(
    offer: str,
    region: str,
    rows: list[dict[str, str]],
    *,
    columns: list[str] = EC2_COLUMNS,
    published: str = "2026-11-20T10:00:00Z",
) -> bytes:
    """An offer of a region in CSV: five lines of metadata, the header, a row a price."""
    version = "".join(c for c in published if c.isdigit())
    meta = [("FormatVersion", "v1.0"), ("Disclaimer", NOTICE), ("Publication Date", published), ("Version", version)]
    lines = [",".join(f'"{cell}"' for cell in line) for line in [*meta, ("OfferCode", offer), columns]]
    for row in rows:
        full = {"Region Code": region, **row}
        lines.append(",".join(f'"{full.get(column, "")}"' for column in columns))
    return ("\n".join(lines) + "\n").encode()


PLAN_COLUMNS = (  # noqa: SIM905
    "SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,DiscountedUsageType,"
    "DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,UsageType,Operation,"
    "Description,Instance Family,Location,Location Type,Granularity,Product Family,DiscountedRegionCode,DiscountedInstanceType"
).split(",")


def rate(
    code: str, usage: str, price: str, *, kind: str = "ComputeSavingsPlans", years: int = 1, paid: str = "No Upfront"
):
    """A row of plan rates in CSV."""
    return {
        "DiscountedRate": price, "Currency": "USD", "DiscountedServiceCode": code, "DiscountedUsageType": usage,
        "DiscountedOperation": "RunInstances" if code == "AmazonEC2" else "", "PurchaseOption": paid,
        "LeaseContractLength": str(years), "LeaseContractLengthUnit": "year", "Product Family": kind,
    }  # fmt: skip


def plans_csv(region: str, rates: list[dict[str, str]]) -> bytes:
    rows = [{"DiscountedRegionCode": region, **one} for one in rates]
    return offer_csv("AWSComputeSavingsPlan", region, rows, columns=PLAN_COLUMNS)


def root_index(offers: list[str]) -> dict[str, Any]:
    entries = {
        offer: {"offerCode": offer, "currentRegionIndexUrl": f"/offers/v1.0/aws/{offer}/current/region_index.json"}
        for offer in offers
    }
    return {"formatVersion": "v1.0", "publicationDate": "2026-11-20T10:00:00Z", "offers": entries}


def region_index(offer: str, regions: list[str], version: str = "20261120100000") -> dict[str, Any]:
    path = f"/offers/v1.0/aws/{offer}/{version}"
    entries = {r: {"regionCode": r, "currentVersionUrl": f"{path}/{r}/index.json"} for r in regions}
    return {"formatVersion": "v1.0", "publicationDate": "2026-11-20T10:00:00Z", "regions": entries}


def plan_index(regions: list[str], version: str = "20261120100000") -> dict[str, Any]:
    path = f"/savingsPlan/v1.0/aws/AWSComputeSavingsPlan/{version}"
    listed = [{"regionCode": r, "versionUrl": f"{path}/{r}/index.json"} for r in regions]
    return {"publicationDate": "2026-11-20T10:00:00Z", "regions": listed}


def spot_feed(prices: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The feed of Spot prices: region, type, price."""

    def size(name: str, usd: str) -> dict[str, Any]:
        columns = [{"name": "linux", "prices": {"USD": usd}}, {"name": "mswin", "prices": {"USD": "9"}}]
        return {"size": name, "valueColumns": columns}

    regions = [
        {"region": region, "instanceTypes": [{"type": "all", "sizes": [size(*one) for one in of.items()]}]}
        for region, of in prices.items()
    ]
    return {"vers": 0.01, "config": {"rate": "perhr", "currencies": ["USD"], "regions": regions}}


def as_bytes(document: Any) -> bytes:
    return json.dumps(document, indent=2).encode()


# ------------------------------------------------------------ a small book to refresh


@functools.lru_cache(maxsize=1 << 16)
def _number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def facts(book: Any) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """What a book says of each price: its tiers and their unit, read from its tables."""
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for table in book.tables:
        for key, rows in table.rows.items():
            assert key not in found, f"{key} stands in two tables"
            found[key] = tuple((_number(row[3]), _number(row[4]), _number(row[6]), row[5]) for row in rows)
    return found


@functools.cache
def facts_of_packaged(book_id: str) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """The same of a book that comes with the package."""
    from lambdaplan.pricing.price_book import PriceBook

    return facts(PriceBook.load(book_id))


def small_book(folder: Any, id: str, region: str = "eu-west-1") -> None:
    """A book of a few prices of one region, newer than the packaged ones: quick to lay over."""
    from lambdaplan.pricing.price_book import newest_book
    from lambdaplan.resources import data_dir

    base = newest_book().folder
    assert base.is_relative_to(data_dir())
    target = folder / id
    (target / "ec2").mkdir(parents=True)
    descriptor = json.loads((base / "datapackage.json").read_text())
    kept = []
    for resource in descriptor["resources"]:
        path = resource["path"]
        if resource.get("region", region) != region or path.startswith("services/"):
            continue
        lines = (base / path).read_text().splitlines(keepends=True)
        if path == "prices.csv":
            lines = lines[:1] + [
                line for line in lines if line.startswith(("lambda,", "ebs,")) and f",{region}," in line
            ]
        elif path.startswith("ec2/"):
            lines = lines[:1] + [line for line in lines if line.startswith(("ec2,m7i.large/", "ec2,c7g.large/"))]
        elif path == "instance_types.csv":
            lines = lines[:1] + [line for line in lines if line.startswith(("m7i.large,", "c7g.large,"))]
        content = "".join(lines).encode()
        (target / path).write_bytes(content)
        resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        kept.append(resource)
        if isinstance(resource["schema"], str):
            (target / resource["schema"]).write_bytes((base / resource["schema"]).read_bytes())
    descriptor |= {"resources": kept, "created": "2026-12-02", "name": id}
    (target / "datapackage.json").write_text(json.dumps(descriptor))
