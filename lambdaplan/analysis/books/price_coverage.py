"""Price coverage: in which regions a scenario has a whole bill, which prices are missing, how old prices are."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.comparison.result import billed
from lambdaplan.errors import InputError, Problem
from lambdaplan.platforms import OPTIONS
from lambdaplan.pricing.price_book import Price, PriceBook
from lambdaplan.scenario.scenario import Scenario


@dataclass(frozen=True, order=True)
class MissingPrice:
    """A price that a scenario's bill needs and the book lacks in a region.

    Parameters:
    service, item : str - as the book and the field `prices` name it.
    options : tuple of str - the options on whose bills it is.
    """

    service: str
    item: str
    options: tuple[str, ...] = dataclasses.field(compare=False)

    def document(self) -> dict[str, Any]:
        """The missing price as ``--json`` prints it."""
        return {"service": self.service, "item": self.item, "options": list(self.options)}


@dataclass(frozen=True)
class RegionCoverage:
    """Whether every option of a scenario has a whole bill in a region.

    Parameters:
    region : str
    missing : tuple of MissingPrice - empty where the bills are whole.
    not_billed : tuple of str - why the scenario can't be billed there at all, where that is no missing price.
    """

    region: str
    missing: tuple[MissingPrice, ...]
    not_billed: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether no price is missing."""
        return not self.missing and not self.not_billed

    def document(self) -> dict[str, Any]:
        """The region as ``--json`` prints it."""
        words = {"not_billed": list(self.not_billed)} if self.not_billed else {}
        return {
            "region": self.region,
            "whole": self.whole,
            "missing": [one.document() for one in self.missing],
            **words,
        }


@dataclass(frozen=True)
class ServiceCoverage:
    """What a book has of one service, and how old it is.

    Parameters:
    service : str
    prices, items, regions : int - how many; a price is one item in one region.
    oldest, middle, newest : str - dates: half of the prices are as old as `middle`, or older.
    derived, weak : int - prices that rest on less than a published list price.
    """

    service: str
    prices: int
    items: int
    regions: int
    oldest: str
    middle: str
    newest: str
    derived: int
    weak: int

    def document(self) -> dict[str, Any]:
        """The service as ``--json`` prints it."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class PriceCoverage:
    """What a book covers: a scenario's bills region by region, and each service with the age of its prices."""

    book: PriceBook
    scenario: Scenario
    regions: tuple[RegionCoverage, ...]
    services: tuple[ServiceCoverage, ...]

    @property
    def whole(self) -> tuple[str, ...]:
        """The regions in which every bill is whole."""
        return tuple(one.region for one in self.regions if one.whole)

    @property
    def holes(self) -> tuple[tuple[MissingPrice, tuple[str, ...]], ...]:
        """Each missing price with the regions that lack it, the most often missing first."""
        by_price: dict[MissingPrice, list[str]] = {}
        for one in self.regions:
            for price in one.missing:
                by_price.setdefault(price, []).append(one.region)
        ranked = sorted(by_price.items(), key=lambda hole: (-len(hole[1]), hole[0]))
        return tuple((price, tuple(regions)) for price, regions in ranked)

    def document(self) -> dict[str, Any]:
        """The coverage as ``lambdaplan prices coverage --json`` prints it."""
        return {
            "version": 1,
            "book": self.book.origin,
            "scenario": self.scenario.name,
            "whole": list(self.whole),
            "regions": [one.document() for one in self.regions],
            "services": [one.document() for one in self.services],
        }


def price_coverage(scenario: Scenario) -> PriceCoverage:
    """Bill every option of a scenario in every region of its book, and list the prices that are missing.

    A bill is whole when each of its lines has a price. A type of which the book has no price in a region misses the
    price of its hours; the other options are billed without it.

    Parameters:
    scenario : Scenario - its region is left aside; its own prices count.

    Returns: PriceCoverage.
    """
    book = scenario.book
    regions = tuple(_region(scenario, region) for region in book.regions)
    return PriceCoverage(book, scenario, regions, tuple(_services(book)))


def _region(scenario: Scenario, region: str) -> RegionCoverage:
    document: dict[str, Any] = scenario.document() | {"region": region}
    lacking: dict[tuple[str, str], list[str]] = {}
    while True:
        try:
            there = Scenario.from_dict(document)
        except InputError as error:
            for problem in error.problems:
                item = _missing_type(problem, document["options"])
                if item is None or item in lacking:
                    return RegionCoverage(region, _missing(lacking), tuple(one.line for one in error.problems))
                lacking[item] = []
                own = {"service": item[0], "item": item[1], "price_usd": "1"}  # so that its other lines can be seen
                document["prices"] = [*document["prices"], own]
            continue
        for option in there.options:
            result = billed(there, option)
            for line in result.bill.lines:
                key = (line.service, line.price_item)
                if line.price_usd is None or key in lacking:
                    labels = lacking.setdefault(key, [])
                    labels += [] if result.label in labels else [result.label]
        return RegionCoverage(region, _missing(lacking))


def _missing(lacking: Mapping[tuple[str, str], Sequence[str]]) -> tuple[MissingPrice, ...]:
    return tuple(sorted(MissingPrice(*key, tuple(labels)) for key, labels in lacking.items()))


def _missing_type(problem: Problem, options: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """The service and item of a price that an option's instance type lacks in the region; None of other problems."""
    place = re.fullmatch(r"options\.(\d+)\.instance_type", problem.field)
    if place is None or problem.code != "type":
        return None
    option = options[int(place[1])]
    return OPTIONS[option["kind"]].item_of_hours(option)


def _services(book: PriceBook) -> Iterator[ServiceCoverage]:
    by_service: dict[str, list[Price]] = {}
    for price in book.prices:
        by_service.setdefault(price.service, []).append(price)
    for service, prices in sorted(by_service.items()):
        dates = sorted(price.as_of for price in prices)
        quality = Counter(price.quality for price in prices)
        yield ServiceCoverage(
            service,
            len(prices),
            len({price.item for price in prices}),
            len({price.region for price in prices}),
            dates[0],
            dates[(len(dates) - 1) // 2],
            dates[-1],
            quality["derived"],
            quality["weak"],
        )
