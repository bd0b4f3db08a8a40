"""ElastiCache: nodes by the hour, or serverless by data and work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lambdaplan.errors import Problem, nearest
from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, choice, number, shown, text
from lambdaplan.services.metered import quantity

ENGINES = ("redis", "valkey", "memcached")
NODE = "node_hour/"


@dataclass(frozen=True)
class ElastiCacheUsage(Usage):
    """Nodes of a cache by the hour; or a serverless cache by GB-hours of data and ElastiCache processing units (ECPU).

    References: Amazon ElastiCache pricing, Amazon Web Services: node prices of 2025-05-28; serverless caches store at
    least 1 GB (Valkey 100 MB), which GB-hours of a usage document have in them.
    """

    title = "ElastiCache"
    colour = "#d79a86"

    engine: str = choice("what the cache runs", *ENGINES, default="redis")
    node_type: str | None = text("type of the nodes, such as cache.t4g.small", max_length=40, default=None)
    node_hours: Number = number("hours of all nodes", unit="h", high=HUGE, default=None)
    serverless_gb_hours: Number = quantity("data stored x hours, of a serverless cache", "GB-h")
    ecpus: Number = quantity("processing units of a serverless cache", "ECPU")

    def charges(self, book: PriceBook, hours_per_month: Number) -> list[Charge]:
        """Node hours, or GB-hours and processing units."""
        engine, words = self.engine, self.engine.capitalize()
        charges = [
            Charge(
                "elasticache", f"serverless_gb_hour/{engine}", self.serverless_gb_hours, f"ElastiCache {words}, data"
            ),
            Charge("elasticache", f"ecpus/{engine}", self.ecpus, f"ElastiCache {words}, work"),
        ]
        if self.node_type is not None:
            item, label = f"{NODE}{self.node_type}/{engine}", f"ElastiCache {self.node_type}, {words}"
            charges.insert(0, Charge("elasticache", item, self.node_hours, label, unit="hour"))
        return charges

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """Serverless caches of each engine."""
        names = (f"{item}/{engine}" for item in ("serverless_gb_hour", "ecpus") for engine in ENGINES)
        return [name for name in names if name not in priced]

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Nodes have a type that some region prices, and hours."""
        if self.node_type is None:
            if self.node_hours is None:
                return []
            return [Problem("missing", f"{path}.node_type", "", "node_hours go with it", "Such as cache.t4g.small.")]
        if self.node_hours is None:
            return [Problem("missing", f"{path}.node_hours", "", "node_type goes with it")]
        known = sorted({i.split("/")[1] for i in book.priced_items("elasticache") if i.startswith(NODE)})
        if known and self.node_type not in known:
            words = f"the {len(known)} types of nodes of the book {book.id}"
            return [
                Problem("choice", f"{path}.node_type", shown(self.node_type), words, nearest(self.node_type, known))
            ]
        return []
