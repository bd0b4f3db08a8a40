"""The ways to run a service. A further platform is one file here, named in `OPTIONS` and `USAGES`.

Who needs something of a platform asks its option; no other module may import a platform's own.
"""

from lambdaplan.platforms.ec2 import Ec2
from lambdaplan.platforms.ecs_managed_instances import EcsManagedInstances, EcsManagedInstancesUsage
from lambdaplan.platforms.fargate import Fargate, FargateUsage
from lambdaplan.platforms.fleet_option import FleetOption
from lambdaplan.platforms.hybrid import Hybrid
from lambdaplan.platforms.instances import Ec2Usage
from lambdaplan.platforms.lambda_ import Lambda
from lambdaplan.platforms.lambda_managed_instances import LambdaManagedInstances, LambdaManagedInstancesUsage
from lambdaplan.platforms.lambda_usage import LambdaUsage, provisioned_pays_from
from lambdaplan.platforms.lambda_web import LambdaWeb, LambdaWebUsage
from lambdaplan.platforms.option import AUTO, Ask, Option, Selection
from lambdaplan.platforms.processor import ANY, EITHER, PROCESSORS
from lambdaplan.platforms.terraform import Alarm, Terraform
from lambdaplan.pricing.usage import Usage

_KINDS = (Lambda, Fargate, Ec2, Hybrid, LambdaManagedInstances, EcsManagedInstances, LambdaWeb)
OPTIONS: dict[str, type[Option]] = {option.kind: option for option in _KINDS}
USAGES: dict[str, type[Usage]] = {
    "lambda": LambdaUsage,
    "fargate": FargateUsage,
    "ec2": Ec2Usage,
    "lambda_managed_instances": LambdaManagedInstancesUsage,
    "ecs_managed_instances": EcsManagedInstancesUsage,
    "lambda_web": LambdaWebUsage,
}

__all__ = [
    "ANY",
    "AUTO",
    "EITHER",
    "OPTIONS",
    "PROCESSORS",
    "USAGES",
    "Alarm",
    "Ask",
    "FleetOption",
    "Option",
    "Selection",
    "Terraform",
    "provisioned_pays_from",
]
