"""X-Ray: traces recorded and retrieved."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class XRayUsage(MeteredUsage):
    """Traces recorded, and traces retrieved or scanned.

    References: AWS X-Ray pricing, Amazon Web Services, quoted 2026-08-30; always free: 100,000 recorded and 1,000,000
    retrieved or scanned.

    Examples:
        >>> from lambdaplan import UsageDocument, bill  # the page's example: 2,000 an hour, 10 %, 31 days
        >>> row = {"service": "xray", "traces_recorded": 148_800, "traces_retrieved": 775_000}
        >>> bill(UsageDocument.from_dict({"version": 1, "free_tier": True, "usage": [row]})).total_usd
        Decimal('0.24')
        >>> row["insights_traces"] = 148_800  # and with X-Ray Insights on
        >>> bill(UsageDocument.from_dict({"version": 1, "free_tier": True, "usage": [row]})).total_usd
        Decimal('0.39')
    """

    title = "X-Ray"
    colour = "#c0a5d6"
    SERVICE = "xray"
    METERS = (
        Meter("traces_recorded", "traces_recorded", "X-Ray traces recorded", "free_tier_traces_recorded"),
        Meter("traces_retrieved", "traces_retrieved", "X-Ray traces retrieved", "free_tier_traces_retrieved"),
        Meter("insights_traces", "insights_traces", "X-Ray Insights"),
    )

    traces_recorded: Number = quantity("traces recorded: requests x the share that is sampled", "traces")
    traces_retrieved: Number = quantity("traces retrieved and scanned", "traces")
    insights_traces: Number = quantity("traces of groups with X-Ray Insights", "traces")
