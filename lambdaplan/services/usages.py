"""What a usage document can hold of what surrounds the compute: the usage type of each service, by its name."""

from lambdaplan.pricing.usage import Usage
from lambdaplan.services.data.aurora import AuroraServerlessUsage
from lambdaplan.services.data.dynamodb import DynamoDbUsage
from lambdaplan.services.data.ecr import EcrUsage
from lambdaplan.services.data.elasticache import ElastiCacheUsage
from lambdaplan.services.data.rds_proxy import RdsProxyUsage
from lambdaplan.services.data.s3 import S3Usage
from lambdaplan.services.edge.cloudfront import CloudFrontUsage
from lambdaplan.services.edge.lambda_edge import LambdaEdgeUsage
from lambdaplan.services.edge.network_load_balancer import NlbUsage
from lambdaplan.services.edge.vpc_endpoint import VpcEndpointUsage
from lambdaplan.services.edge.websocket import WebSocketUsage
from lambdaplan.services.front_door import AlbUsage, ApiGatewayHttpUsage, ApiGatewayRestUsage
from lambdaplan.services.logs import CloudWatchUsage
from lambdaplan.services.messaging.eventbridge import EventBridgeUsage
from lambdaplan.services.messaging.sns import SnsUsage
from lambdaplan.services.messaging.sqs import SqsUsage
from lambdaplan.services.messaging.step_functions import StepFunctionsUsage
from lambdaplan.services.network import DataTransferUsage, NatGatewayUsage, PublicIpv4Usage
from lambdaplan.services.observability.xray import XRayUsage
from lambdaplan.services.security.kms import KmsUsage
from lambdaplan.services.security.secrets_manager import SecretsManagerUsage
from lambdaplan.services.volumes import EbsUsage

USAGES: dict[str, type[Usage]] = {
    "ebs": EbsUsage,
    "alb": AlbUsage,
    "api_gateway_http": ApiGatewayHttpUsage,
    "api_gateway_rest": ApiGatewayRestUsage,
    "public_ipv4": PublicIpv4Usage,
    "nat_gateway": NatGatewayUsage,
    "data_transfer": DataTransferUsage,
    "cloudwatch": CloudWatchUsage,
    "xray": XRayUsage,
    "nlb": NlbUsage,
    "vpc_endpoint": VpcEndpointUsage,
    "lambda_edge": LambdaEdgeUsage,
    "api_gateway_websocket": WebSocketUsage,
    "cloudfront": CloudFrontUsage,
    "sqs": SqsUsage,
    "sns": SnsUsage,
    "eventbridge": EventBridgeUsage,
    "step_functions": StepFunctionsUsage,
    "dynamodb": DynamoDbUsage,
    "aurora_serverless_v2": AuroraServerlessUsage,
    "rds_proxy": RdsProxyUsage,
    "elasticache": ElastiCacheUsage,
    "s3": S3Usage,
    "ecr": EcrUsage,
    "secrets_manager": SecretsManagerUsage,
    "kms": KmsUsage,
}
