"""KMS: keys and requests."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class KmsUsage(MeteredUsage):
    """Keys of one's own, each for the share of the month that it was kept, and requests that use symmetric keys.

    References: AWS KMS pricing, Amazon Web Services; a cost table of AWS of 2026-07-15; 20,000 requests a month free.
    """

    title = "keys"
    colour = "#b5b5a2"
    SERVICE = "kms"
    METERS = (
        Meter("keys", "key_month", "KMS keys"),
        Meter("requests", "requests", "KMS requests", "free_tier_requests"),
    )

    keys: Number = quantity("keys of one's own, as a mean over the month", "keys")
    requests: Number = quantity("requests that use symmetric keys", "requests")
