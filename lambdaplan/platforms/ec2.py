"""Amazon EC2: instances of a type, billed by the hour, with volumes and CPU credits."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.platforms.fleet_option import purchase_selection
from lambdaplan.platforms.instances import STEADY_OF_INSTANCES, Ec2Usage, Instances, instance_selection
from lambdaplan.platforms.option import AUTO
from lambdaplan.platforms.terraform import Metric, Terraform, fleet_terraform
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.workload.workload import Workload


@dataclass(frozen=True)
class Ec2(Instances):
    """Run the service as a fleet of EC2 instances."""

    kind = "ec2"
    platform = "EC2"
    other_names = Ec2Usage.other_names
    unit_words = "an instance"
    starts = MappingProxyType({"EC2": {"instance_type": AUTO}})
    selections = (
        instance_selection("ec2_type", "EC2 type"),
        purchase_selection("ec2_bought", "EC2", ("spot", *PLANS), "purchases"),
    )
    terraform_templates = ("balancer", "ec2")
    steady_fields = STEADY_OF_INSTANCES
    colours = ("#00553f", "#3d7a1f", "#2f6b62", "#5c6b00")
    dark_colours = ("#5fd3a8", "#a5d98a", "#93cfc4", "#c5d264")

    def terraform(self, fleet: Fleet, workload: Workload, book: PriceBook) -> Terraform:
        """The fleet as an Auto Scaling group."""
        size = book.instance_type(self.instance_type, "instance_type")
        values = {
            "target_type": "instance",
            "instance_type": self.instance_type,
            "architecture": size.architecture,
            "ebs_gb": max(int(-(-self.ebs_gb // 1)), 1),
            "cpu_credits": self.cpu_credits if size.baseline is not None else "",
            "spot": self.purchase == "spot",
        }
        group = {"AutoScalingGroupName": "aws_autoscaling_group.fleet.name"}
        return fleet_terraform(self, fleet, Metric("AWS/EC2", "CPUUtilization", group), values)
