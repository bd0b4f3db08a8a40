"""Lambda@Edge: requests and GB-seconds of functions that CloudFront runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number, whole_up
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, number
from lambdaplan.units import MB_PER_GB, MS_PER_SECOND

LISTED = "lambda"  # the service under which AWS's price list has it


@dataclass(frozen=True)
class LambdaEdgeUsage(Usage):
    """Requests to functions at the edge, and their GB-seconds; the mean duration is rounded up to 1 ms.

    References: AWS Lambda pricing, Lambda@Edge, Amazon Web Services, copy of 2026: no always-free quantity.
    """

    title = "Lambda@Edge"
    colour = "#e0a35c"

    requests: Number = number("requests", unit="requests", high=HUGE)
    duration_ms: Number = number("mean duration", unit="ms", high=30_000)
    memory_mb: Number = number("memory", unit="MB", low=128, high=10_240, whole=True, default=128)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Requests and GB-seconds."""
        step = book.rule("lambda.duration_step_ms")
        seconds = self.requests * whole_up(self.duration_ms / step) * step / Fraction(MS_PER_SECOND)
        return [
            Charge(LISTED, "edge_requests/x86_64", self.requests, "Lambda@Edge requests"),
            Charge(LISTED, "edge_duration/x86_64", seconds * self.memory_mb / MB_PER_GB, "Lambda@Edge duration"),
        ]
