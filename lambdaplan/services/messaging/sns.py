"""SNS: what is published to topics, and what they deliver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number
from lambdaplan.schema.fields import number
from lambdaplan.services.metered import Meter, MeteredUsage, increments, quantity


@dataclass(frozen=True)
class SnsUsage(MeteredUsage):
    """What is published to topics and delivered; deliveries to SQS and Lambda are free.

    References: Amazon SNS pricing, Amazon Web Services, price map of 2025-08-28: each 64 KB begun of what is published
    to a standard topic is one request. FIFO topics are billed by messages and by GB.
    """

    title = "SNS"
    colour = "#9aa6d1"
    SERVICE = "sns"
    METERS = (
        Meter("publishes", "publishes", "SNS publishes", "free_tier_publishes"),
        Meter("fifo_publishes", "fifo_publishes", "SNS FIFO publishes"),
        Meter("fifo_publish_gb", "fifo_publish_gb", "SNS FIFO data published"),
        Meter("fifo_deliveries", "fifo_deliveries", "SNS FIFO deliveries"),
        Meter("fifo_delivery_gb", "fifo_delivery_gb", "SNS FIFO data delivered"),
        Meter("http_notifications", "http_notifications", "SNS notifications, HTTP", "free_tier_http_notifications"),
        Meter(
            "email_notifications", "email_notifications", "SNS notifications, email", "free_tier_email_notifications"
        ),
    )

    publishes: Number = quantity("messages published to standard topics", "messages")
    publish_kb: Number = number("size of a message to a standard topic", unit="KB", high=256, default=Fraction(0))
    fifo_publishes: Number = quantity("messages published to FIFO topics", "messages")
    fifo_publish_gb: Number = quantity("data published to FIFO topics", "GB")
    fifo_deliveries: Number = quantity("messages that FIFO topics deliver", "messages")
    fifo_delivery_gb: Number = quantity("data that FIFO topics deliver", "GB")
    http_notifications: Number = quantity("notifications over HTTP and HTTPS", "notifications")
    email_notifications: Number = quantity("notifications by email", "notifications")

    def metered(self, field: str) -> Number:
        """Publishes by their size; everything else as it is."""
        many = increments(self.publish_kb, "sns_increment_kb") if field == "publishes" else 1
        return getattr(self, field) * many
