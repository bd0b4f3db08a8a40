"""Which usage types of AWS's price list are which items of the price book, offer by offer.

AWS writes a usage type with the code of its region before it, but for most of us-east-1. What is left must be the whole
name: beside `LoadBalancerUsage` there is `Outposts-LoadBalancerUsage`.

References: "Price List", Billing User Guide, Amazon Web Services: offers, their usage types and units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.pricing.price_book import ANY_REGION

REGION_CODE = re.compile(r"^(?:EU|[A-Z]{3}\d)-(?=[A-Za-z])")
BOX = "BoxUsage:"
ON_DEMAND = "on_demand"


@dataclass(frozen=True)
class Item:
    """An item of the price book that a usage type gives.

    Parameters:
    family : str - product family that it must have; empty: any.
    region : str - ``any`` for what AWS prices once for all regions; empty: the region of the file.
    """

    service: str
    name: str
    family: str = ""
    region: str = ""


def _both(service: str, stem: str, usage: str, suffix: str = "-ARM") -> dict[str, tuple[Item, ...]]:
    return {usage: (Item(service, f"{stem}/x86_64"),), f"{usage}{suffix}": (Item(service, f"{stem}/arm64"),)}


def _requests(usage: str, processor: str) -> dict[str, tuple[Item, ...]]:
    """Requests to provisioned environments cost what requests cost: AWS has one usage type for both."""
    stems = ("requests", "provisioned_requests")
    return {usage: tuple(Item("lambda", f"{stem}/{processor}") for stem in stems)}


_FARGATE = {
    f"{spot}Fargate-{system}{usage}": (Item("fargate", f"{item}/{processor}/{terms}"),)
    for spot, terms in (("", "on_demand"), ("SpotUsage-", "spot"))
    for system, processor in (("", "x86_64/linux"), ("ARM-", "arm64/linux"), ("Windows-", "x86_64/windows"))
    for usage, item in (("vCPU-Hours:perCPU", "vcpu_hour"), ("GB-Hours", "gb_hour"))
    if not (spot and system == "Windows-")
}

OFFERS: dict[str, dict[str, tuple[Item, ...]]] = {
    "AWSLambda": {
        **_both("lambda", "duration", "Lambda-GB-Second"),
        **_requests("Request", "x86_64"),
        **_requests("Request-ARM", "arm64"),
        **_both("lambda", "provisioned_concurrency", "Lambda-Provisioned-Concurrency"),
        **_both("lambda", "provisioned_duration", "Lambda-Provisioned-GB-Second"),
        **_both("lambda", "ephemeral_storage", "Lambda-Storage-GB-Second"),
        **_both("lambda", "response_streaming", "Lambda-Streaming-Response-Processed-Bytes"),
        "Lambda-SnapStart-Cached-GB-S": (Item("lambda", "snapstart_cache"),),
        "Lambda-SnapStart-Restored-GB": (Item("lambda", "snapstart_restore"),),
        "Global-Request": (Item("lambda", "free_tier_requests", region=ANY_REGION),),
        "Global-Lambda-GB-Second": (Item("lambda", "free_tier_duration", region=ANY_REGION),),
    },
    "AmazonECS": {
        **_FARGATE,
        "Fargate-Windows-OS-Hours:perCPU": (Item("fargate", "licence_vcpu_hour/windows"),),
        "Fargate-EphemeralStorage-GB-Hours": (Item("fargate", "ephemeral_gb_hour"),),
    },
    "AmazonEC2": {
        "EBS:VolumeUsage.gp2": (Item("ebs", "gp2_storage"),),
        "EBS:VolumeUsage.gp3": (Item("ebs", "gp3_storage"),),
        "EBS:VolumeP-IOPS.gp3": (Item("ebs", "gp3_iops_over_3000"),),
        "EBS:VolumeP-Throughput.gp3": (Item("ebs", "gp3_throughput_over_125"),),
        "NatGateway-Hours": (Item("nat_gateway", "gateway_hour"),),
        "NatGateway-Bytes": (Item("nat_gateway", "data_processed"),),
        **{f"CPUCredits:{t}": (Item("ec2", f"surplus_credit_vcpu_hour/{t}"),) for t in ("t2", "t3", "t3a", "t4g")},
    },
    "AmazonVPC": {
        "PublicIPv4:InUseAddress": (Item("public_ipv4", "in_use_hour"),),
        "VpcEndpoint-Hours": (Item("vpc_endpoint", "endpoint_hour"),),
        "VpcEndpoint-Bytes": (Item("vpc_endpoint", "data_processed"),),
    },
    "AWSELB": {
        "LoadBalancerUsage": (
            Item("alb", "load_balancer_hour", "Load Balancer-Application"),
            Item("nlb", "load_balancer_hour", "Load Balancer-Network"),
        ),
        "LCUUsage": (
            Item("alb", "lcu_hour", "Load Balancer-Application"),
            Item("nlb", "nlcu_hour", "Load Balancer-Network"),
        ),
    },
    "AmazonApiGateway": {
        "ApiGatewayHttpRequest": (Item("api_gateway_http", "requests"),),
        "ApiGatewayRequest": (Item("api_gateway_rest", "requests"),),
        "ApiGatewayMessage": (Item("api_gateway_websocket", "messages"),),
        "ApiGatewayMinute": (Item("api_gateway_websocket", "connection_minutes"),),
        **{
            f"ApiGatewayCacheUsage:{size}GB": (Item("api_gateway_rest", f"cache_{size}GB"),)
            for size in ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
        },
    },
    "AmazonCloudWatch": {
        "DataProcessing-Bytes": (Item("cloudwatch", "logs_ingest"),),
        "VendedLog-Bytes": (Item("cloudwatch", "logs_vended"),),
        "TimedStorage-ByteHrs": (Item("cloudwatch", "logs_stored"),),
        "DataScanned-Bytes": (Item("cloudwatch", "insights"),),
        "CW:MetricMonitorUsage": (Item("cloudwatch", "metrics"),),
        "CW:AlarmMonitorUsage": (Item("cloudwatch", "alarms"),),
        "CW:HighResAlarmMonitorUsage": (Item("cloudwatch", "high_resolution_alarms"),),
        "CW:CompositeAlarmMonitorUsage": (Item("cloudwatch", "composite_alarms"),),
    },
    "AWSQueueService": {
        # us-east-1 has names of its own
        **dict.fromkeys(("Requests-RBP", "Requests-Tier1"), (Item("sqs", "standard_requests"),)),
        **dict.fromkeys(("Requests-FIFO-RBP", "Requests-FIFO-Tier1"), (Item("sqs", "fifo_requests"),)),
    },
    "AmazonStates": {
        "StateTransition": (Item("step_functions", "standard_transitions"),),
        "StepFunctions-Request": (Item("step_functions", "express_requests"),),
    },
    "AmazonECR": {"TimedStorage-ByteHrs": (Item("ecr", "stored"),)},
    "AWSSecretsManager": {
        "AWSSecretsManager-Secrets": (Item("secrets_manager", "secret_month"),),
        "AWSSecretsManagerAPIRequest": (Item("secrets_manager", "api_calls"),),
    },
    "AWSXRay": {"XRay-TracesStored": (Item("xray", "traces_recorded"),)},
    "AWSDataTransfer": {
        "DataTransfer-Out-Bytes": (Item("data_transfer", "internet_out"),),
        "DataTransfer-Regional-Bytes": (Item("data_transfer", "inter_az_each_direction"),),
    },
}
"""The items of each offer by usage type. EC2's instances are read by `instance_of` in price_list.py."""

_FREE_INSIDE = "their file has the free quantity as a tier at no price"
_SHARED_NAME = "one usage type is there for several things at several prices"
NOT_READ: dict[str, dict[str, str]] = {
    "aurora_serverless_v2": {"*": f"{_SHARED_NAME}: each engine has a row"},
    "cloudfront": {"*": "they are in one file for all regions, by the place of the viewers"},
    "cloudwatch": {"canary_runs": "the name of its usage type is not known", "free_tier_*": "they are in no file"},
    "data_transfer": {
        "inter_region_*": "they are listed by pairs of regions",
        "internet_in": "it has no price",
        "internet_out_free_tier": "it is in no file",
    },
    "dynamodb": {"*": _FREE_INSIDE},
    "ecs": {"managed_instances_fee_fraction": "it is a rule"},
    "eks": {"*": "nothing here is billed by it"},
    "elasticache": {"*": f"{_SHARED_NAME}: each engine has a row"},
    "eventbridge": {"*": _SHARED_NAME},
    "function_url": {"*": "it has no price"},
    "kms": {"*": "its usage types carry names of regions where other files have codes"},
    "lambda": {
        "durable_*": "their usage types are not known",
        "edge_*": "they are in the file of all regions",
        "event_poller_*": "their usage types are not known",
        "free_tier_response_streaming": "it is in no file",
        "managed_instances_*": "they are rules",
        "tenant_isolation_*": "their usage types are not known",
    },
    "rds_proxy": {"*": f"{_SHARED_NAME}: each engine has a row"},
    "s3": {"*": _SHARED_NAME},
    "sns": {"*": _FREE_INSIDE},
    "sqs": {"free_tier_requests": "it is in no file"},
    "step_functions": {
        "express_gb_hours": "they list a rounded price a GB-second; the page's a GB-hour is kept",
        "free_tier_standard_transitions": "it is in no file",
    },
    "waf": {"*": "nothing here is billed by it"},
    "xray": {"traces_retrieved": _SHARED_NAME, "insights_traces": _SHARED_NAME, "free_tier_*": "they are in no file"},
}
"""Items of the book that no file is read for, by service, each with why; their rows stay as they are."""

SAVINGS_PLANS = {
    "AWSComputeSavingsPlan": ("ec2", "fargate", "lambda"),
    "AWSDatabaseSavingsPlans": (),
    "AWSMachineLearningSavingsPlans": (),
}
"""AWS's three lists of plan rates, and the services of the price book that each covers."""

BIG = ("AmazonEC2", *SAVINGS_PLANS)
"""Files of hundreds of MB: they are read as CSV where there is one, since its rows need no joining."""

SCALES = {"gibps-mo": Fraction(1, 1024), "gibps-month": Fraction(1, 1024)}
"""What one unit of the book is of AWS's unit, where they differ: EBS throughput is listed a GiB/s, and kept a MiB/s."""

COVERED = ("duration/", "provisioned_concurrency/", "provisioned_duration/", "vcpu_hour/", "gb_hour/")


def services_of(offer: str) -> frozenset[str]:
    """The services of the book of which an offer has prices."""
    listed = {item.service for items in OFFERS[offer].values() for item in items}
    return frozenset(listed | ({"ec2"} if offer == "AmazonEC2" else set()))


def asked_services() -> dict[str, str]:
    """Every word for a service that --service takes, in small letters: its name in the book, and the offers' names."""
    words = {service: service for offer in OFFERS for service in services_of(offer)}
    return words | {offer.lower(): offer for offer in OFFERS}


def items_of(offer: str, usage_type: str, family: str) -> tuple[Item, ...]:
    """The items that a usage type of an offer gives."""
    items = OFFERS[offer].get(REGION_CODE.sub("", usage_type), ())
    return tuple(item for item in items if item.family in ("", family))


def plan_item(usage_type: str, operation: str, plan: str, offer: str) -> tuple[str, str] | None:
    """The service and item of a plan's rate for what a usage type is; None where the book does not ask for it."""
    bare = REGION_CODE.sub("", usage_type)
    if offer == "AmazonEC2" and bare.startswith(BOX) and operation == "RunInstances":
        return "ec2", f"{bare.removeprefix(BOX)}/{plan}"
    for item in OFFERS.get(offer, {}).get(bare, ()):
        if item.name.startswith(COVERED) and item.service in ("lambda", "fargate"):
            if item.service == "lambda":
                return item.service, f"{item.name}/{plan}"
            if item.name.endswith(f"/{ON_DEMAND}"):
                return item.service, f"{item.name.removesuffix(ON_DEMAND)}{plan}"
    return None
