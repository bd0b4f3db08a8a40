"""The maps of AWS's calculator, read: which prices of a region they hold.

A map names regions by their place and rows in words; a price has no unit and no tiers but what the row's name says. So
the edges of Lambda's tiers are those of the former book. Its body is gzip whatever its headers say. AWS does not
document maps: `calculator_rows.py` has what is known of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdaplan.errors import shorten
from lambdaplan.pricing.refresh.calculator_rows import RegionMap, Told
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


def places_of(region: str) -> tuple[str, ...]:
    """The names that maps may have for a region."""
    place = LOCATIONS.get(region, "")
    others = {"EU (": "Europe (", "AWS GovCloud (US)": "AWS GovCloud (US-West)"}
    also = [place.replace(old, new) for old, new in others.items() if place.startswith(old)]
    return (place, *also) if place else ()


Rows = Mapping[str, Mapping[str, Any]]
"""Rows of a region by their names."""

_MAP_FIELDS = ("Instance Type", "Operating System", "Pre Installed S/W", "Tenancy")
_PLAN_FIELDS = ("InstanceType", "OperatingSystem", "PreInstalledSW", "Tenancy")


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
    regions: Mapping[str, Rows]

    def rows_of(self, region: str) -> Rows:
        """The rows of a region by their names; none where the map has no such region."""
        return next((self.regions[place] for place in places_of(region) if place in self.regions), {})

    def file_of(self, region: str) -> PriceFile:
        """What is taken of it for a region, without prices yet."""
        return PriceFile(f"{self.name} of {region}", self.url, self.version, self.published, title=TITLE)


def read_map(path: Path, url: str, name: str, day: str) -> PriceMap:
    """Read a map of AWS's calculator.

    Parameters:
    day : str - when it was fetched, as its server says: the date of a map that has none, as those of reserved
        capacity since 2025.

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
    published = day if stamp is None else published_on(stamp, name)
    return PriceMap(name, url, re.sub(r"\D", "", str(stamp or day))[:14], published, regions)


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


def region_file(read: PriceMap, region: str, of: RegionMap) -> PriceFile:
    """The prices in a map of one region.

    Raises: RefreshError when it has none.
    """
    file = read.file_of(region)
    rows = read.rows_of(region)
    sales = _task_sales(rows, of, file.name) if of.service == "fargate" else _instance_sales(rows, of, file.name)
    file.sales += [(of.service, item, region, "0", "Inf", price, "") for item, price in sales]
    if not file.sales:
        raise refused(file.name, "it holds no price that the book asks for")
    return file


def _instance_sales(rows: Rows, of: RegionMap, name: str) -> list[tuple[str, str]]:
    """EC2's types: Linux, shared, nothing installed, no metal. Rows of plans name their fields after the service."""
    terms, sales = of.terms, []
    lease = f"{terms.partition('plan_')[2][:1]}yr" if "plan_" in terms else ""
    paid = f"{terms.split('_')[-2].title()} Upfront" if lease else ""
    prefix = "ec2:" if terms.startswith("compute_") else ""
    names = [f"{prefix}{one}" for one in (_PLAN_FIELDS if prefix else _MAP_FIELDS)]
    for row in rows.values():
        kind, system, installed, tenancy = (str(row.get(one, "")) for one in names)
        given = str(row.get("LeaseContractLength", "")), row.get("PurchaseOption", "")
        # the length is told as 1yr, or as 1 year
        fits = given[0][:1] == lease[:1] and given[1] == paid
        shared = tenancy in ("Shared", "") and installed in ("NA", "")
        if not kind or ".metal" in kind or system != "Linux" or not shared or not fits:
            continue
        price = plain(row.get("price"), name)
        if price != "0":
            sales.append((f"{kind}/{terms}", price))
    return sales


def _task_sales(rows: Rows, of: RegionMap, name: str) -> list[tuple[str, str]]:
    """Fargate's vCPUs and GB under a plan: the one row that names each; where there are more, neither is taken."""
    sales = []
    for item, word in (("vcpu_hour", "percpu"), ("gb_hour", "pergb")):
        named = {row.get("price") for key, row in rows.items() if word in key.lower().replace(" ", "")}
        if len(named) == 1:
            sales.append((f"{item}/{of.processor}/linux/{of.terms}", plain(named.pop(), name)))
    return sales
