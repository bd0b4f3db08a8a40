"""Amazon ECS Managed Instances: EC2 instances that ECS starts, patches and ends, for a fee on their price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.errors import Problem
from lambdaplan.numbers import Number
from lambdaplan.platforms.fleet_option import purchase_selection
from lambdaplan.platforms.instances import (
    STEADY_OF_INSTANCES,
    Ec2Usage,
    Instances,
    ManagementFee,
    instance_selection,
    type_unknown,
)
from lambdaplan.platforms.option import AUTO
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.price_book import InstanceType, PriceBook
from lambdaplan.pricing.usage import Charge, Usage
from lambdaplan.schema.fields import HUGE, choice, number, text
from lambdaplan.workload.workload import Workload

DIGITS = 4  # decimals to which the on-demand price is rounded before the fee is taken of it
TOO_SMALL = ("nano", "micro")  # sizes without a fee on AWS's list: they are not offered


def _fee(instance_type: str, instance_hours: Number) -> ManagementFee:
    """The fee of ECS for instance-hours.

    Notes: that the price is rounded first was found by comparing the fees of us-east-1 with EC2's prices: it holds for
    336 of 362 types. It is due under Spot and savings plans too, on the on-demand price.
    References: AWS Pricing Calculator map of Amazon ECS of 2025-10-27, Amazon Web Services; "Amazon ECS Managed
    Instances now supports Amazon EC2 Spot Instances", Amazon Web Services, 2025-12-18.
    """
    return ManagementFee("ecs", instance_type, instance_hours, "ECS Managed Instances fee", DIGITS)


@dataclass(frozen=True)
class EcsManagedInstancesUsage(Usage):
    """What a month of ECS Managed Instances used: instance-hours, and the fee on their on-demand price."""

    other_names = "ecs ec2, ecs on ec2"

    instance_type: str = text("instance type", max_length=40)
    instance_hours: Number = number("hours of all instances", unit="h", high=HUGE)
    purchase: str = choice("how it is bought", "on_demand", "spot", *PLANS, default="on_demand")

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Instance-hours and the fee."""
        bought = Ec2Usage(instance_type=self.instance_type, instance_hours=self.instance_hours, purchase=self.purchase)
        fee = _fee(self.instance_type, self.instance_hours)
        return [*bought.charges(book, hours_per_month), *fee.charges(book, hours_per_month)]

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A known type, and large enough."""
        problems = type_unknown(self.instance_type, path, book)
        return problems or EcsManagedInstances.type_problems(self.instance_type, path, book)


@dataclass(frozen=True)
class EcsManagedInstances(Instances):
    """Run the service as tasks on EC2 instances that Amazon ECS manages."""

    kind = "ecs_managed_instances"
    platform = "ECS Managed Instances"
    other_names = EcsManagedInstancesUsage.other_names
    unit_words = "an instance"
    starts = MappingProxyType({"ECS Managed Instances": {"instance_type": AUTO}})
    types_in_words = "a type of size small or larger: ECS Managed Instances have no nano and no micro"
    selections = (
        instance_selection("ecs_managed_type", "ECS Managed type"),
        purchase_selection("ecs_managed_bought", "ECS Managed", ("spot", *PLANS), "purchases"),
    )
    steady_fields = STEADY_OF_INSTANCES
    colours = ("#0b7a75", "#155e63", "#3a6b4f", "#4b6a88")
    dark_colours = ("#6fe0d8", "#9ad6db", "#a6dcb8", "#b4cde6")

    @classmethod
    def takes(cls, size: InstanceType) -> bool:
        """Every size but the smallest."""
        return size.name.split(".", 1)[-1] not in TOO_SMALL

    def hour_fee_usd(self, book: PriceBook, region: str) -> Fraction | None:
        """The fee of one instance-hour; None without a price. [USD]"""
        return _fee(self.instance_type, Fraction(0)).hour_usd(book, region)

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """What EC2 bills, and the fee for the hours that instances run."""
        bought = super().compute(fleet, workload, book, region, hours_per_month)
        return [*bought, _fee(self.instance_type, fleet.unit_hours)]
