"""EventBridge: events put on buses, archives, and the discovery of schemas."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number
from lambdaplan.schema.fields import number
from lambdaplan.services.metered import Meter, MeteredUsage, increments, quantity

INCREMENTS = {
    "custom_events": "eventbridge_increment_kb",
    "partner_events": "eventbridge_increment_kb",
    "schema_discovery_events": "eventbridge_schema_increment_kb",
    "pipes_requests": "eventbridge_increment_kb",
    "api_destinations": "eventbridge_increment_kb",
}


@dataclass(frozen=True)
class EventBridgeUsage(MeteredUsage):
    """Events put on buses, each 64 KB begun as one; events of AWS services and deliveries to targets are free.

    References: Amazon EventBridge pricing, Amazon Web Services, price lists of 2026-05-29. Discovery of schemas counts
    each 8 KB begun of an event. A replay of an archive puts its events on the bus again: custom events.
    """

    title = "EventBridge"
    colour = "#9aa6d1"
    SERVICE = "eventbridge"
    METERS = (
        Meter("custom_events", "custom_events", "EventBridge custom events"),
        Meter("partner_events", "partner_events", "EventBridge partner events"),
        Meter("archive_processed_gb", "archive_processed_gb", "EventBridge archive, events taken in"),
        Meter("archive_stored_gb", "archive_stored_gb", "EventBridge archive, events kept"),
        Meter(
            "schema_discovery_events",
            "schema_discovery_events",
            "EventBridge schema discovery",
            "free_tier_schema_discovery_events",
        ),
        Meter(
            "scheduler_invocations", "scheduler_invocations", "EventBridge Scheduler", "free_tier_scheduler_invocations"
        ),
        Meter("pipes_requests", "pipes_requests", "EventBridge Pipes"),
        Meter("api_destinations", "api_destinations", "EventBridge API destinations"),
    )

    custom_events: Number = quantity("events of one's own", "events")
    partner_events: Number = quantity("events of partners", "events")
    event_kb: Number = number("size of an event", unit="KB", high=1024, default=Fraction(0))
    archive_processed_gb: Number = quantity("events taken into archives", "GB")
    archive_stored_gb: Number = quantity("events kept in archives, as a mean over the month", "GB")
    schema_discovery_events: Number = quantity("events that are looked at for their schemas", "events")
    scheduler_invocations: Number = quantity("invocations by EventBridge Scheduler", "invocations")
    pipes_requests: Number = quantity("events of pipes that pass their filter", "requests")
    api_destinations: Number = quantity("events sent to API destinations", "events")

    def metered(self, field: str) -> Number:
        """Events by their size; archives as they are."""
        many = increments(self.event_kb, INCREMENTS[field]) if field in INCREMENTS else 1
        return getattr(self, field) * many
