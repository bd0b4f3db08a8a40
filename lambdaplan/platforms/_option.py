"""What every way of running a service has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from lambdaplan.billing import Usage
from lambdaplan.capacity import Fleet, FleetRules, Unit, count_edges, size_fleet, step_edges
from lambdaplan.errors import Problem
from lambdaplan.fields import choice, fields_of, number, text
from lambdaplan.pricebook import PriceBook
from lambdaplan.services import FRONT_DOORS
from lambdaplan.units import Number
from lambdaplan.workload import Workload


@dataclass(frozen=True)
class Option:
    """One way to run the service: its fleet for a workload, and what that uses in a month.

    A platform gives `kind`, `platform`, `default_front_door`, `size_label`, `fleet` and `compute`; one with
    whole units also `step_edges`.
    """

    kind: ClassVar[str]
    platform: ClassVar[str]  # its name in words
    default_front_door: ClassVar[str]
    is_function: ClassVar[bool] = False  # a Lambda function: function URLs, and its own rate at a load balancer

    label: str = text("name of the option; made from the size if absent", max_length=80, default=None)
    operations_hours: Number = number("people's hours a month", unit="h", high=10**6, default=0)
    front_door: str = choice(
        "what stands before it; default: http_api for Lambda, alb for fleets", *FRONT_DOORS, default=None
    )

    def document(self) -> dict[str, Any]:
        """The option as a scenario writes it."""
        return {"kind": self.kind, **fields_of(self)}

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        raise TypeError(f"{type(self).__name__} has no size in words")

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """What does not fit together, or is not sold, beyond the range of each field."""
        return []

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """Capacity over the month for a workload."""
        raise TypeError(f"{type(self).__name__} has no fleet")

    def compute(self, fleet: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number) -> Sequence[Usage]:
        """What the fleet uses in a month, in billing units."""
        raise TypeError(f"{type(self).__name__} has no compute")

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts above low and up to high at which the fleet changes; none without units."""
        return np.array([], dtype=np.int64)

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        return 0

    def surplus_usd(self, above: Number, book: PriceBook, region: str, hours_per_month: Number) -> Number:
        """What the part of the bill costs that may fall as requests grow; nothing here."""
        return 0


@dataclass(frozen=True)
class FleetOption(FleetRules, Option):
    """A platform of whole units, sized by the fleet fields."""

    default_front_door: ClassVar[str] = "alb"

    def unit(self, book: PriceBook) -> Unit:
        """What one unit has."""
        raise TypeError(f"{type(self).__name__} has no unit")

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The fleet of M6."""
        return size_fleet(workload, self.unit(book), self, hours_per_month)

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts at which an hour of the week needs one unit more."""
        return step_edges(workload, self.unit(book), self, hours_per_month, low, high)

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        return count_edges(workload, self.unit(book), self, hours_per_month)

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Surviving the loss of a zone needs a second one."""
        found = []
        if self.survive_zone_loss and self.zones < 2:
            fix = f"Set {path}.zones=2 or {path}.survive_zone_loss=false."
            found.append(
                Problem(
                    "conflict", f"{path}.zones", str(self.zones), "a fleet in one zone does not survive its loss", fix
                )
            )
        if self.units is not None and self.max_units is not None and self.units > self.max_units:
            words = f"it is above max_units = {self.max_units}"
            found.append(
                Problem("conflict", f"{path}.units", str(self.units), words, f"Try {path}.units={self.max_units}.")
            )
        if self.max_units is not None and self.max_units < self.min_units:
            words = f"it is below min_units = {self.min_units}"
            found.append(
                Problem(
                    "conflict",
                    f"{path}.max_units",
                    str(self.max_units),
                    words,
                    f"Try {path}.max_units={self.min_units}.",
                )
            )
        return found
