"""Services around the compute. A further service is one file here, named in `SERVICES`, `USAGES` or both."""

from collections.abc import Collection

from lambdaplan.pricing.usage import Usage
from lambdaplan.services.front_door import FRONT_DOOR, AlbUsage, ApiGatewayHttpUsage, ApiGatewayRestUsage
from lambdaplan.services.logs import LOGS, CloudWatchUsage
from lambdaplan.services.network import NETWORK, DataTransferUsage, NatGatewayUsage, PublicIpv4Usage
from lambdaplan.services.other_costs import OTHER_COSTS
from lambdaplan.services.people import OPERATIONS
from lambdaplan.services.service import Service
from lambdaplan.services.volumes import EbsUsage

# What a scenario can count on every bill, in the order of their lines.
SERVICES: tuple[Service, ...] = (FRONT_DOOR, NETWORK, LOGS, OPERATIONS)

# What is on the bill wherever a scenario gives it, whatever it counts.
ALWAYS: tuple[Service, ...] = (OTHER_COSTS,)


def counted(include: Collection[str]) -> list[Service]:
    """The services on every bill of a scenario, in the order of their lines."""
    return [*(service for service in SERVICES if service.word in include), *ALWAYS]


# For a number that changes nothing unless something is included: the word of that.
COUNTED_WITH = {field: service.word for service in SERVICES for field in service.fields}

# What no scenario counts yet, in words.
NEVER_COUNTED = ("metrics, traces and alarms", "databases, queues, storage and other services behind the application")

# What a usage document can hold.
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
