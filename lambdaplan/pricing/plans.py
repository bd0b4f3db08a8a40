"""Savings Plans: their names, and what they cover."""

from __future__ import annotations

TERMS = tuple(f"{years}y_{paid}_upfront" for years in (1, 3) for paid in ("no", "partial", "all"))
COMPUTE_PLANS = tuple(f"compute_savings_plan_{term}" for term in TERMS)
INSTANCE_PLANS = tuple(f"instance_savings_plan_{term}" for term in TERMS)
PLANS = (*COMPUTE_PLANS, *INSTANCE_PLANS)
"""Savings plans, in the words of the purchase field and of the book's items.

References: "Savings Plans types", Savings Plans User Guide, Amazon Web Services: compute plans cover EC2,
Fargate and Lambda; EC2 instance plans one family in one region.
"""

PURCHASES = ("on_demand", "spot", *PLANS)
PLANNED = ("duration/", "provisioned_concurrency/", "provisioned_duration/")  # what plans cover of Lambda
ABOVE_FIRST_TIER = "above_first_tier"  # of Lambda's plans: no rate is known there, the reader may give one
_ON_DEMAND = "/on_demand"
_OF_FARGATE = ("vcpu_hour/", "gb_hour/")


def plan_words(plan: str) -> str:
    """A plan in words, for a label.

    Examples:
        >>> plan_words("compute_savings_plan_1y_no_upfront")
        'compute plan 1y no upfront'
    """
    kind, _, term = plan.partition("_savings_plan_")
    years, paid, _ = term.split("_")
    return f"{kind} plan {years} {paid} upfront"


def family(instance_type: str) -> str:
    """The family of an instance type, such as t3 of t3.small."""
    return instance_type.split(".", 1)[0]


def planned_item(service: str, item: str, plan: str) -> str:
    """The item of a plan's rate for what is used on demand; empty where the plan does not cover it.

    Examples:
        >>> planned_item("ec2", "t3.small/on_demand", "compute_savings_plan_1y_no_upfront")
        't3.small/compute_savings_plan_1y_no_upfront'
        >>> planned_item("ec2", "t3.small/spot", "compute_savings_plan_1y_no_upfront")
        ''
    """
    if service == "lambda":
        covered = plan in COMPUTE_PLANS and item.count("/") == 1 and item.startswith(PLANNED)
        return f"{item}/{plan}" if covered else ""
    if not item.endswith(_ON_DEMAND):
        return ""
    thing = item.removesuffix(_ON_DEMAND)
    if service == "fargate":
        return f"{thing}/{plan}" if plan in COMPUTE_PLANS and item.startswith(_OF_FARGATE) else ""
    return f"{thing}/{plan}" if service == "ec2" else ""
