"""Amazon EC2: instances of a type, billed by the hour, with their volumes and CPU credits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.billing import Charge, Usage
from lambdaplan.capacity import Fleet, Unit, credits_of, surplus
from lambdaplan.errors import InputError, Problem
from lambdaplan.fields import HUGE, choice, number, text
from lambdaplan.platforms._option import FleetOption
from lambdaplan.pricebook import PriceBook
from lambdaplan.services import EbsUsage
from lambdaplan.units import Number
from lambdaplan.workload import Workload


def _family(instance_type: str) -> str:
    return instance_type.split(".", 1)[0]


def sold_problems(instance_type: str, path: str, book: PriceBook, region: str) -> list[Problem]:
    """A type that the book does not know, or of whose family it has no price in the region.

    A size without a price in a family that is sold there is a gap of the book: its line is unknown.
    """
    field = f"{path}.instance_type"
    try:
        book.instance_type(instance_type, field)
    except InputError as error:
        return list(error.problems)
    priced = [item.split("/")[0] for item in book.items("ec2", region) if item.endswith("/on_demand")]
    mine = {(price.service, price.item) for price in book.own}
    if not priced or any(("ec2", f"{instance_type}/{terms}") in mine for terms in ("on_demand", "spot")):
        return []
    if any(_family(name) == _family(instance_type) for name in priced):
        return []
    families = sorted({_family(name) for name in priced})
    words = f"a type sold in {region} as far as the book {book.id} knows; families there: {', '.join(families)}"
    return [Problem("type", field, f'"{instance_type}"', words, "Choose one of these, or give its price in prices.")]


@dataclass(frozen=True)
class Ec2Usage(Usage):
    """What a month of EC2 used: instance-hours, and CPU credits beyond the baseline.

    References: Amazon EC2 on-demand pricing, Amazon Web Services; price maps of 2025 and 2026.
    """

    instance_type: str = text("instance type", max_length=40)
    instance_hours: Number = number("hours of all instances", unit="h", high=HUGE)
    purchase: str = choice("how it is bought", "on_demand", "spot", default="on_demand")
    surplus_credit_vcpu_hours: Number = number(
        "vCPU-hours above the baseline of burstable types", unit="vCPU-h", high=HUGE, default=Fraction(0)
    )

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Instance-hours and surplus credits."""
        spot = ", Spot" if self.purchase == "spot" else ""
        found = [
            Charge(
                "ec2", f"{self.instance_type}/{self.purchase}", self.instance_hours, f"EC2 {self.instance_type}{spot}"
            )
        ]
        item = f"surplus_credit_vcpu_hour/{_family(self.instance_type)}"
        if book.instance_type(self.instance_type, "instance_type").baseline is not None:
            found.append(
                Charge("ec2", item, self.surplus_credit_vcpu_hours, "CPU credits above the baseline", may_fall=True)
            )
        return found

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A type that is sold, and credits only for burstable ones."""
        found = sold_problems(self.instance_type, path, book, region)
        if not found and self.surplus_credit_vcpu_hours and book.instance_types[self.instance_type].baseline is None:
            words = f"{self.instance_type} has no CPU credits"
            found.append(
                Problem("conflict", f"{path}.surplus_credit_vcpu_hours", str(self.surplus_credit_vcpu_hours), words)
            )
        return found


@dataclass(frozen=True)
class Ec2(FleetOption):
    """Run the service as a fleet of EC2 instances."""

    kind = "ec2"
    platform = "EC2"

    instance_type: str = text("instance type", max_length=40)
    purchase: str = choice("how it is bought", "on_demand", "spot", default="on_demand")
    ebs_gb: Number = number("gp3 volume of each instance", unit="GB", high=65_536, default=Fraction(8))
    cpu_credits: str = choice(
        "what a burstable type does above its baseline", "unlimited", "standard", default="unlimited"
    )
    reserved_mb: Number = number(
        "memory the system needs on each instance, an assumption", unit="MB", high=10**6, default=Fraction(300)
    )

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        return f"EC2 {self.instance_type}" + (" Spot" if self.purchase == "spot" else "")

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A type that is sold, and fleets that fit together."""
        return super().problems(path, book, region) + sold_problems(self.instance_type, path, book, region)

    def unit(self, book: PriceBook) -> Unit:
        """What one instance has; on standard CPU credits no more than its baseline for good."""
        size = book.instance_type(self.instance_type, "instance_type")
        held = size.baseline if size.baseline is not None and self.cpu_credits == "standard" else Fraction(1)
        return Unit("instance", size.vcpu, size.memory_mb, self.reserved_mb, held)

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The fleet of M6, with the CPU credits of a burstable type that runs without limit."""
        fleet = super().fleet(workload, book, hours_per_month)
        size = book.instance_type(self.instance_type, "instance_type")
        if size.baseline is None or self.cpu_credits == "standard":
            return fleet
        found = credits_of(workload, fleet, size.vcpu, size.baseline, hours_per_month)
        return dataclasses.replace(fleet, credits=found)

    def compute(self, fleet: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number) -> Sequence[Usage]:
        """Instance-hours, surplus credits and volumes."""
        above = fleet.credits.above if fleet.credits else None
        return [
            Ec2Usage(
                instance_type=self.instance_type,
                instance_hours=fleet.unit_hours,
                purchase=self.purchase,
                surplus_credit_vcpu_hours=Fraction(0) if above is None else surplus(above, hours_per_month),
            ),
            EbsUsage(gb=self.ebs_gb, hours=fleet.unit_hours),
        ]

    def surplus_usd(self, above: Number, book: PriceBook, region: str, hours_per_month: Number) -> Number:
        """What surplus credits cost, from each weekday's use less its credits; 0 without a price."""
        price = book.price("ec2", f"surplus_credit_vcpu_hour/{_family(self.instance_type)}", region)
        return surplus(above, hours_per_month) * (price.first_usd if price else 0)
