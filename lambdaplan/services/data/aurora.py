"""Aurora Serverless v2: capacity units, storage and I/O."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import flag
from lambdaplan.services.metered import quantity


@dataclass(frozen=True)
class AuroraServerlessUsage(Usage):
    """Aurora capacity units (ACU) by the hour, data stored and, without I/O-Optimized, requests of I/O.

    References: Amazon Aurora pricing, Amazon Web Services, figures of 2025-03-05 and 2026-03-28.
    """

    title = "Aurora"
    colour = "#6f93c9"

    acu_hours: Number = quantity("capacity units x hours, of all instances", "ACU-h")
    storage_gb: Number = quantity("data stored, as a mean over the month", "GB")
    io_requests: Number = quantity("requests of I/O", "requests")
    io_optimized: bool = flag("whether the cluster is I/O-Optimized: dearer, and its I/O is free", default=False)

    def charges(self, book: PriceBook, hours_per_month: Number) -> list[Charge]:
        """ACU-hours, GB-months and I/O."""
        kind, words = ("_io_optimized", ", I/O-Optimized") if self.io_optimized else ("", "")
        charges = [
            Charge("aurora_serverless_v2", f"acu_hour{kind}", self.acu_hours, f"Aurora capacity{words}"),
            Charge("aurora_serverless_v2", f"storage{kind}", self.storage_gb, f"Aurora storage{words}"),
        ]
        if not self.io_optimized:
            charges.append(Charge("aurora_serverless_v2", "io_requests", self.io_requests, "Aurora I/O"))
        return charges
