"""Which item of a price book a usage type of a bill is."""

from __future__ import annotations

import re

_ITEMS: tuple[tuple[str, str, str], ...] = (
    (r"(Lambda-)?Requests?(?P<arm>-ARM)?", "lambda", "requests/{arch}"),
    (r"Lambda-GB-Second(?P<arm>-ARM)?", "lambda", "duration/{arch}"),
    (r"Lambda-Provisioned-Concurrency(?P<arm>-ARM)?", "lambda", "provisioned_concurrency/{arch}"),
    (r"Lambda-Provisioned-GB-Second(?P<arm>-ARM)?", "lambda", "provisioned_duration/{arch}"),
    (r"Lambda-Storage-GB-Second(?P<arm>-ARM)?", "lambda", "ephemeral_storage/{arch}"),
    (r"Lambda-SnapStart-Cached-GB-S(?P<arm>-ARM)?", "lambda", "snapstart_cache"),
    (r"Lambda-SnapStart-Restored-GB(?P<arm>-ARM)?", "lambda", "snapstart_restore"),
    (r"Lambda-Streaming-Response-Processed-Bytes(?P<arm>-ARM)?", "lambda", "response_streaming/{arch}"),
    (r"Fargate-(?P<arm>ARM-)?vCPU-Hours(:perCPU)?", "fargate", "vcpu_hour/{arch}/linux/on_demand"),
    (r"Fargate-(?P<arm>ARM-)?GB-Hours", "fargate", "gb_hour/{arch}/linux/on_demand"),
    (r"SpotUsage-Fargate-(?P<arm>ARM-)?vCPU-Hours(:perCPU)?", "fargate", "vcpu_hour/{arch}/linux/spot"),
    (r"SpotUsage-Fargate-(?P<arm>ARM-)?GB-Hours", "fargate", "gb_hour/{arch}/linux/spot"),
    (r"Fargate-EphemeralStorage-GB-Hours", "fargate", "ephemeral_gb_hour"),
    (r"BoxUsage:(?P<type>[\w.-]+)", "ec2", "{type}/on_demand"),
    (r"SpotUsage:(?P<type>[\w.-]+)", "ec2", "{type}/spot"),
    (r"CPUCredits:(?P<type>t\w+)", "ec2", "surplus_credit_vcpu_hour/{type}"),
    (r"EBS:VolumeUsage\.(?P<type>gp[23])", "ebs", "{type}_storage"),
    (r"EBS:VolumeUsage", "ebs", "gp2_storage"),
    (r"LoadBalancerUsage", "alb", "load_balancer_hour"),
    (r"LCUUsage", "alb", "lcu_hour"),
    (r"ApiGatewayHttpRequest", "api_gateway_http", "requests"),
    (r"ApiGatewayRequest", "api_gateway_rest", "requests"),
    (r"NatGateway-Hours", "nat_gateway", "gateway_hour"),
    (r"NatGateway-Bytes", "nat_gateway", "data_processed"),
    (r"PublicIPv4:(InUse|Idle)Address", "public_ipv4", "in_use_hour"),
    (r"DataTransfer-Out-Bytes|AWS-Out-Bytes", "data_transfer", "internet_out"),
    (r"DataTransfer-Regional-Bytes", "data_transfer", "inter_az_each_direction"),
    (r"DataProcessing-Bytes", "cloudwatch", "logs_ingest"),
    (r"VendedLog-Bytes", "cloudwatch", "logs_vended"),
    (r"TimedStorage-ByteHrs", "cloudwatch", "logs_stored"),
)
"""Usage types without their region's prefix, and the service and item of a price book that they are."""


def item_of(plain_type: str) -> tuple[str, str] | None:
    """The service and item of a usage type without its prefix; None for one that no plan has.

    Examples:
        >>> item_of("Lambda-GB-Second-ARM"), item_of("BoxUsage:m7g.large")
        (('lambda', 'duration/arm64'), ('ec2', 'm7g.large/on_demand'))
    """
    for pattern, service, item in _ITEMS:
        match = re.fullmatch(pattern, plain_type)
        if match:
            parts = match.groupdict()
            return service, item.format(arch="arm64" if parts.get("arm") else "x86_64", type=parts.get("type", ""))
    return None
