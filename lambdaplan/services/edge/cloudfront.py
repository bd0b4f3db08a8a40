"""CloudFront: data to viewers and to origins, and requests, by the place of the viewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import choice
from lambdaplan.services.metered import quantity

PRICE_CLASSES = (
    "United States",
    "Canada",
    "EU",
    "Asia Pacific",
    "Japan",
    "India",
    "Australia",
    "South America",
    "Middle East",
    "South Africa",
)


@dataclass(frozen=True)
class CloudFrontUsage(Usage):
    """What viewers in one part of the world ask of a distribution: tiers of data are those of that part.

    References: Amazon CloudFront pricing, Amazon Web Services, price map of 2025-07-01. Always free: 1 TB out and
    10,000,000 requests a month, from all parts together. Data from an origin in AWS to CloudFront is free.
    """

    title = "CloudFront"
    colour = "#a7b86b"

    price_class: str = choice("where the viewers are", *PRICE_CLASSES, default="United States")
    gb_out: Number = quantity("data sent to viewers", "GB")
    gb_to_origin: Number = quantity("data of viewers that is sent on to the origin", "GB")
    http_requests: Number = quantity("requests over HTTP", "requests")
    https_requests: Number = quantity("requests over HTTPS", "requests")

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Data in tiers, and requests."""
        where, free = self.price_class, "free_tier_requests"
        return [
            Charge("cloudfront", f"gb_out/{where}", self.gb_out, f"CloudFront data out, {where}", "free_tier_gb_out"),
            Charge("cloudfront", f"gb_to_origin/{where}", self.gb_to_origin, f"CloudFront data to origin, {where}"),
            Charge("cloudfront", f"https_requests/{where}", self.https_requests, f"CloudFront HTTPS, {where}", free),
            Charge("cloudfront", f"http_requests/{where}", self.http_requests, f"CloudFront HTTP, {where}", free),
        ]
