"""Interface endpoints of a VPC (PrivateLink): their hours in each zone and the data they process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambdaplan.numbers import Number, whole_up
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, number
from lambdaplan.services.metered import quantity


@dataclass(frozen=True)
class VpcEndpointUsage(Usage):
    """An interface endpoint: its hours in each zone, a part of an hour as a whole one, and its data in tiers.

    References: AWS PrivateLink pricing, Amazon Web Services, price map of 2025-11-04. Gateway endpoints of S3 and
    DynamoDB are free.
    """

    title = "endpoints"
    colour = "#8b95a1"

    hours: Number = number("hours the endpoint stood; default: the whole month", unit="h", high=HUGE, default=None)
    gb: Number = quantity("data processed", "GB")
    zones: Number = number("zones it stands in", unit="zones", low=1, high=1000, whole=True, default=1)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Endpoint hours and GB."""
        hours = hours_per_month if self.hours is None else self.hours
        return [
            Charge("vpc_endpoint", "endpoint_hour", whole_up(hours) * self.zones, "VPC endpoint hours"),
            Charge("vpc_endpoint", "data_processed", self.gb, "VPC endpoint data"),
        ]
