"""Network Load Balancers: their hours and capacity units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, number
from lambdaplan.services.metered import quantity


@dataclass(frozen=True)
class NlbUsage(Usage):
    """A Network Load Balancer: its hours, and network load balancer capacity units (NLCU).

    References: Elastic Load Balancing pricing, Amazon Web Services, stored copy read 2026-11-23: an NLCU of TCP is 800
    new connections a second, 100,000 active ones or 1 GB an hour, whichever is most.
    """

    title = "network load balancer"
    colour = "#8b95a1"

    hours: Number = number("hours the load balancer stood; default: the whole month", unit="h", high=HUGE, default=None)
    lcus: Number = quantity("mean NLCUs", "NLCU")

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Load balancer hours and NLCU-hours."""
        hours = hours_per_month if self.hours is None else self.hours
        return [
            Charge("nlb", "load_balancer_hour", hours, "NLB hours"),
            Charge("nlb", "nlcu_hour", hours * self.lcus, "NLB capacity units (NLCU)"),
        ]
