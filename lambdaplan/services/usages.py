"""What a usage document can hold of what surrounds the compute: the usage type of each service, by its name.

Each is read when it is first asked for: most scenarios and documents have few of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from lambdaplan.pricing.usage import Usage

_TYPES = {
    "ebs": "volumes.EbsUsage",
    "alb": "front_door.AlbUsage",
    "api_gateway_http": "front_door.ApiGatewayHttpUsage",
    "api_gateway_rest": "front_door.ApiGatewayRestUsage",
    "public_ipv4": "network.PublicIpv4Usage",
    "nat_gateway": "network.NatGatewayUsage",
    "data_transfer": "network.DataTransferUsage",
    "cloudwatch": "logs.CloudWatchUsage",
    "xray": "observability.xray.XRayUsage",
    "nlb": "edge.network_load_balancer.NlbUsage",
    "vpc_endpoint": "edge.vpc_endpoint.VpcEndpointUsage",
    "lambda_edge": "edge.lambda_edge.LambdaEdgeUsage",
    "api_gateway_websocket": "edge.websocket.WebSocketUsage",
    "cloudfront": "edge.cloudfront.CloudFrontUsage",
    "sqs": "messaging.sqs.SqsUsage",
    "sns": "messaging.sns.SnsUsage",
    "eventbridge": "messaging.eventbridge.EventBridgeUsage",
    "step_functions": "messaging.step_functions.StepFunctionsUsage",
    "dynamodb": "data.dynamodb.DynamoDbUsage",
    "aurora_serverless_v2": "data.aurora.AuroraServerlessUsage",
    "rds_proxy": "data.rds_proxy.RdsProxyUsage",
    "elasticache": "data.elasticache.ElastiCacheUsage",
    "s3": "data.s3.S3Usage",
    "ecr": "data.ecr.EcrUsage",
    "secrets_manager": "security.secrets_manager.SecretsManagerUsage",
    "kms": "security.kms.KmsUsage",
}


class UsageTypes(Mapping[str, type[Usage]]):
    """Usage types by the name of their service, in the order of documents."""

    def __getitem__(self, name: str) -> type[Usage]:
        module, _, kind = _TYPES[name].rpartition(".")
        usage: type[Usage] = getattr(importlib.import_module(f"lambdaplan.services.{module}"), kind)
        return usage

    def __contains__(self, name: object) -> bool:
        return name in _TYPES

    def __iter__(self) -> Iterator[str]:
        return iter(_TYPES)

    def __len__(self) -> int:
        return len(_TYPES)


USAGES = UsageTypes()
