"""EBS volumes: storage, IOPS and throughput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambdaplan.errors import Problem
from lambdaplan.numbers import Number, larger
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, choice, number


@dataclass(frozen=True)
class EbsUsage(Usage):
    """Volumes that stand for some hours of the month.

    References: Amazon EBS pricing, Amazon Web Services, stored copy read 2026-11-23: provisioned
    GB, and for gp3 IOPS above 3,000 and MB/s above 125, each for the share of the month.
    """

    title = "volumes (EBS)"
    colour = "#7fb8a4"

    volume: str = choice("kind of volume", "gp3", "gp2", default="gp3")
    gb: Number = number("provisioned size, all volumes together", unit="GB", high=HUGE)
    iops: Number = number("provisioned IOPS of a gp3 volume; 3,000 are included", unit="IOPS", high=HUGE, default=None)
    throughput_mbps: Number = number(
        "provisioned throughput of a gp3 volume; 125 is included", unit="MB/s", high=HUGE, default=None
    )
    hours: Number = number("hours the volumes stood; default: the whole month", unit="h", high=HUGE, default=None)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """GB-months, IOPS-months and MB/s-months."""
        months = 1 if self.hours is None else self.hours / hours_per_month
        charges = [Charge("ebs", f"{self.volume}_storage", self.gb * months, f"EBS {self.volume} storage")]
        for asked, included, item, label in (
            (self.iops, "ebs.gp3_iops_included", "gp3_iops_over_3000", "EBS gp3 IOPS above 3,000"),
            (self.throughput_mbps, "ebs.gp3_throughput_included", "gp3_throughput_over_125", "EBS gp3 MB/s above 125"),
        ):
            if asked is not None:
                charges.append(Charge("ebs", item, larger(asked - book.rule(included), 0) * months, label))
        return charges

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """IOPS and throughput are bought with gp3 only."""
        words = "gp2 has no provisioned IOPS or throughput"
        return [
            Problem("conflict", f"{path}.{name}", str(value), words, "Use volume gp3.")
            for name, value in (("iops", self.iops), ("throughput_mbps", self.throughput_mbps))
            if self.volume == "gp2" and value is not None
        ]
