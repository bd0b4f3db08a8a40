"""Step Functions: transitions of standard workflows, requests and GB-hours of express ones."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity
from lambdaplan.units import SECONDS_PER_HOUR


@dataclass(frozen=True)
class StepFunctionsUsage(MeteredUsage):
    """State transitions of standard workflows, retries among them; requests and GB-seconds of express workflows.

    GB-seconds are durations rounded up to 100 ms times memory rounded up to 64 MB; they are priced by the GB-hour.

    References: AWS Step Functions pricing, Amazon Web Services, copies read 2026-11-30: $0.06, $0.03 and $0.01642 a
    GB-hour.

    Examples:
        >>> from lambdaplan import UsageDocument, bill  # "100 million workflows of 10 seconds": 100.00 + 382.97
        >>> row = {"service": "step_functions", "express_requests": "100M", "express_gb_seconds": 62_500_000}
        >>> bill(UsageDocument.from_dict({"version": 1, "usage": [row]})).total_usd
        Decimal('482.97')
    """

    title = "Step Functions"
    colour = "#9aa6d1"
    SERVICE = "step_functions"
    METERS = (
        Meter(
            "standard_transitions",
            "standard_transitions",
            "Step Functions transitions",
            "free_tier_standard_transitions",
        ),
        Meter("express_requests", "express_requests", "Step Functions express requests"),
        Meter("express_gb_seconds", "express_gb_hours", "Step Functions express duration"),
    )

    standard_transitions: Number = quantity("state transitions of standard workflows", "transitions")
    express_requests: Number = quantity("express workflows started", "requests")
    express_gb_seconds: Number = quantity("billed memory x billed time of express workflows", "GB-s")

    def metered(self, field: str) -> Number:
        """GB-seconds as GB-hours; everything else as it is."""
        value: Number = getattr(self, field)
        return value / SECONDS_PER_HOUR if field == "express_gb_seconds" else value
