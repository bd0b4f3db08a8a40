"""What stands around the compute. A further service is one file here, named in `USAGES`."""

from lambdaplan.pricing.usage import Usage
from lambdaplan.services.front_door import AlbUsage, ApiGatewayHttpUsage, ApiGatewayRestUsage
from lambdaplan.services.logs import CloudWatchUsage
from lambdaplan.services.network import DataTransferUsage, NatGatewayUsage, PublicIpv4Usage
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
}
