"""The maps of AWS's calculator: which of their rows are which items of the price book, and how they are read.

A map names regions by their place and rows in words; a price has no unit and no tiers but what the row's name says. So
the edges of Lambda's tiers are those of the former book. Its body is gzip whatever its headers say. AWS does not
document maps: what is not told here is not read.

References: maps of the AWS Pricing Calculator in public copies: lambda (2025-10-30), apigateway (2025-10-20),
natgateway (2025-10-28), vpc (2025-11-04), EC2 on demand and reserved (2024-06-27), ebs (2024-07-18); read 2026-12-01.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdaplan.errors import shorten
from lambdaplan.pricing.refresh.price_list import PriceFile, opened, plain, published_on, refused, scaled_price

MAPS = "/pricing/2.0/meteredUnitMaps"
MOST_MAP = 64 << 20  # bytes of a map after decompression
TITLE = "AWS Pricing Calculator"

LOCATIONS = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ap-southeast-6": "Asia Pacific (New Zealand)",
    "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "EU (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-south-2": "EU (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
"""A region in the words of the maps (the calculator's list of locations, copy of 2025-10)."""

Row = tuple[str, str]
"""A row's name, and the quantity from which its price holds; empty: as the tier of the former book in its place."""


@dataclass(frozen=True)
class Told:
    """An item that rows of a map tell: one row, or one for each of its tiers in ascending order.

    Parameters:
    unit : str - AWS's, where the book counts in another one.
    """

    service: str
    item: str
    rows: tuple[Row, ...]
    unit: str = ""


def _lambda(item: str, row: str, *, tiers: bool = False) -> list[Told]:
    """An item of Lambda on both processors, whose rows differ by their ending."""
    told = []
    for suffix, processor in (("", "x86_64"), ("-ARM", "arm64")):
        names = [f"{row}{suffix}", *([f"{row}{suffix} Tier2", f"{row}{suffix} Tier3"] if tiers else ())]
        edges = ["", "", ""] if tiers else ["0"]
        told.append(Told("lambda", f"{item}/{processor}", tuple(zip(names, edges, strict=True))))
    return told


def _one(service: str, item: str, row: str, unit: str = "") -> Told:
    return Told(service, item, ((row, "0"),), unit)


_REST = (
    ("API Calls Number of up to 333 million", "0"),
    ("API Calls Number of Request Next 667 million", "333000000"),
    ("API Calls Number of Request Next 19 billion", "1000000000"),
    ("API Calls Number of Request Over 20 billion", "20000000000"),
)
_HTTP = (("ApiGatewayHttpApi First 300 million", "0"), ("ApiGatewayHttpApi more than 300 million", "300000000"))
_SOCKET = (
    ("WebSocket Messages Messages first 1 billion", "0"),
    ("WebSocket Messages Messages over 1 billion", "1000000000"),
)

REGIONS_TOGETHER: dict[str, tuple[Told, ...]] = {
    "lambda/USD/current/lambda.json": (
        *_lambda("duration", "Lambda Duration", tiers=True),
        *_lambda("requests", "Lambda Requests"),
        *_lambda("provisioned_requests", "Lambda Requests"),
        *_lambda("provisioned_concurrency", "Lambda Provisioned-Concurrency"),
        *_lambda("provisioned_duration", "Lambda Duration-Provisioned"),
        *_lambda("ephemeral_storage", "Lambda Storage-Duration"),
        *_lambda("response_streaming", "Lambda Processed-Bytes"),
    ),
    "apigateway/USD/current/apigateway.json": (
        Told("api_gateway_http", "requests", _HTTP),
        Told("api_gateway_rest", "requests", _REST),
        Told("api_gateway_websocket", "messages", _SOCKET),
        _one("api_gateway_websocket", "connection_minutes", "WebSocket Connection Minutes"),
        *(
            _one("api_gateway_rest", f"cache_{size}GB", f"Caching Memory Size {size.replace('.', ' ')}")
            for size in ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
        ),
    ),
    "ec2/USD/current/ebs.json": (
        _one("ebs", "gp2_storage", "Storage General Purpose gp2 GB Mo"),
        _one("ebs", "gp3_storage", "Storage General Purpose gp3 GB Mo"),
        _one("ebs", "gp3_iops_over_3000", "Provisioned EBS IOPS gp3 Volumes per IOPS Mo"),
        _one("ebs", "gp3_throughput_over_125", "Provisioned Throughput gp3 per GiBps mo", "GiBps-mo"),
    ),
    "ec2/USD/current/natgateway.json": (
        _one("nat_gateway", "gateway_hour", "Hourly charge for NAT Gateways"),
        _one("nat_gateway", "data_processed", "Charge for per GB data processed by NatGateways"),
    ),
    "vpc/USD/current/vpc.json": (
        _one("public_ipv4", "in_use_hour", "Hourly charge for In use Public IPv4 Addresses per Hrs"),
    ),
}
"""Maps of all regions, and the items that their rows tell."""

_RESERVED = "ec2/USD/current/ec2-reservedinstance/{years} year/No Upfront/{place}/Linux/Shared/index.json"
BY_REGION = {
    "on_demand": "ec2/USD/current/ec2-ondemand-without-sec-sel/{place}/Linux/index.json",
    "instance_savings_plan_1y_no_upfront": _RESERVED.replace("{years}", "1"),
    "instance_savings_plan_3y_no_upfront": _RESERVED.replace("{years}", "3"),
}
"""Maps of EC2's types in one region, by the way of buying; a plan's rate is that of a Standard Reserved Instance."""

SERVICES = frozenset({told.service for of in REGIONS_TOGETHER.values() for told in of} | {"ec2"})
"""The services of the book of which maps tell prices."""


def places_of(region: str) -> tuple[str, ...]:
    """The names that maps may have for a region."""
    place = LOCATIONS.get(region, "")
    others = {"EU (": "Europe (", "AWS GovCloud (US)": "AWS GovCloud (US-West)"}
    also = [place.replace(old, new) for old, new in others.items() if place.startswith(old)]
    return (place, *also) if place else ()


@dataclass(frozen=True)
class PriceMap:
    """A map as it was read.

    Parameters:
    regions : mapping - rows by the name of a region.
    """

    name: str
    url: str
    version: str
    published: str
    regions: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def rows_of(self, region: str) -> Mapping[str, Mapping[str, Any]]:
        """The rows of a region by their names; none where the map has no such region."""
        return next((self.regions[place] for place in places_of(region) if place in self.regions), {})

    def file_of(self, region: str) -> PriceFile:
        """What is taken of it for a region, without prices yet."""
        return PriceFile(f"{self.name} of {region}", self.url, self.version, self.published, title=TITLE)


def read_map(path: Path, url: str, name: str) -> PriceMap:
    """Read a map of AWS's calculator.

    Raises: RefreshError when it is none, or is in another currency.
    """
    with opened(path, name, MOST_MAP) as file:
        try:
            document = json.loads(file.read().decode("utf-8"))
        except UnicodeDecodeError:
            raise
        except ValueError as error:
            raise refused(name, f"it is no whole JSON: {' '.join(str(error).split())[:80]}") from None
        except RecursionError:
            raise refused(name, "it is nested too deeply") from None
    manifest = document.get("manifest") if isinstance(document, dict) else None
    regions = document.get("regions") if isinstance(document, dict) else None
    if not isinstance(manifest, dict) or not isinstance(regions, dict):
        raise refused(name, "it has not the shape of a map: manifest and regions")
    for rows in regions.values():
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            raise refused(name, "it has not the shape of a map: rows by region")
    currency = manifest.get("currencyCode")
    if currency != "USD":
        raise refused(name, f"its currency is {shorten(str(currency), 20)}")
    stamp = manifest.get("hawkFilePublicationDate")
    return PriceMap(name, url, re.sub(r"\D", "", str(stamp))[:14], published_on(stamp, name), regions)


def items_file(
    read: PriceMap, region: str, told: tuple[Told, ...], edges: Mapping[tuple[str, str], tuple[str, ...]]
) -> PriceFile:
    """The prices of a region in a map of all regions; an item without a row, or of other tiers, is left out.

    Parameters:
    edges : mapping - where the tiers of an item begin in the former book, by service and item.
    """
    file, rows = read.file_of(region), read.rows_of(region)
    for one in told:
        prices = [rows.get(name, {}).get("price") for name, _ in one.rows]
        starts = tuple(start for _, start in one.rows)
        if "" in starts:  # the map does not say from where
            starts = edges.get((one.service, one.item), ())
        if None in prices or len(starts) != len(prices):
            continue
        ends = (*starts[1:], "Inf")
        for start, end, price in zip(starts, ends, prices, strict=True):
            usd = scaled_price(plain(price, file.name), one.unit)
            file.sales.append((one.service, one.item, region, start, end, usd, ""))
    return file


def instances_file(read: PriceMap, region: str, terms: str) -> PriceFile:
    """The prices of EC2's types in a map of one region: Linux, shared, nothing installed, no metal.

    Raises: RefreshError when it has none.
    """
    file = read.file_of(region)
    lease = "" if terms == "on_demand" else f"{terms.removeprefix('instance_savings_plan_')[0]}yr"
    for row in read.rows_of(region).values():
        kind = str(row.get("Instance Type", ""))
        linux = row.get("Operating System") == "Linux" and row.get("Pre Installed S/W", "NA") == "NA"
        shared = row.get("Tenancy", "Shared") == "Shared"
        term = (row.get("LeaseContractLength", ""), row.get("PurchaseOption", ""))
        fits = linux and shared and term == ((lease, "No Upfront") if lease else ("", ""))
        if not kind or ".metal" in kind or not fits:
            continue
        price = plain(row.get("price"), file.name)
        if price != "0":
            file.sales.append(("ec2", f"{kind}/{terms}", region, "0", "Inf", price, ""))
    if not file.sales:
        raise refused(file.name, "it holds no price that the book asks for")
    return file
