"""SQS: requests to standard and FIFO queues."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number
from lambdaplan.schema.fields import number
from lambdaplan.services.metered import Meter, MeteredUsage, increments, quantity

FREE = "free_tier_requests"


@dataclass(frozen=True)
class SqsUsage(MeteredUsage):
    """Requests to queues, each 64 KB begun of a payload as one; the free million is for both kinds together.

    Every call of the API is a request: one message usually takes three (send, receive, delete), and a call may carry
    up to ten messages.

    References: Amazon SQS pricing, Amazon Web Services, price lists of 2025-08-28. Outside us-east-1 the price above
    100 billion requests a month is not known, and that of the first tier is taken on.
    """

    title = "SQS"
    colour = "#9aa6d1"
    SERVICE = "sqs"
    METERS = (
        Meter("standard_requests", "standard_requests", "SQS requests, standard queues", FREE),
        Meter("fifo_requests", "fifo_requests", "SQS requests, FIFO queues", FREE),
    )

    standard_requests: Number = quantity("requests to standard queues", "requests")
    fifo_requests: Number = quantity("requests to FIFO queues", "requests")
    payload_kb: Number = number("payload of a request", unit="KB", high=1024, default=Fraction(0))

    def metered(self, field: str) -> Number:
        """Requests by the size of their payload."""
        return getattr(self, field) * increments(self.payload_kb, "sqs_increment_kb")
