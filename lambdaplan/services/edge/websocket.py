"""WebSocket APIs of API Gateway: messages and connection minutes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.numbers import Number
from lambdaplan.schema.fields import number
from lambdaplan.services.metered import Meter, MeteredUsage, increments, quantity


@dataclass(frozen=True)
class WebSocketUsage(MeteredUsage):
    """Messages to and from clients, metered in steps of 32 KB, and the minutes that connections are open.

    References: Amazon API Gateway pricing, Amazon Web Services, copy of 2025-11-02.
    """

    title = "WebSocket API"
    colour = "#b9a1c9"
    SERVICE = "api_gateway_websocket"
    METERS = (
        Meter("messages", "messages", "API Gateway WebSocket messages"),
        Meter("connection_minutes", "connection_minutes", "API Gateway WebSocket connections"),
    )

    messages: Number = quantity("messages, those that are received and those that are sent", "messages")
    message_kb: Number = number("size of a message", unit="KB", high=128, default=Fraction(0))
    connection_minutes: Number = quantity("minutes of all connections", "minutes")

    def metered(self, field: str) -> Number:
        """Messages by their size; minutes as they are."""
        many = increments(self.message_kb, "api_gateway_websocket_increment_kb") if field == "messages" else 1
        return getattr(self, field) * many
