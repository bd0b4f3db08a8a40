"""Services around the compute. A further service is one file here, named in `SERVICES` or in `usages.USAGES`."""

from collections.abc import Collection

from lambdaplan.services.around import AROUND
from lambdaplan.services.front_door import FRONT_DOOR
from lambdaplan.services.logs import LOGS
from lambdaplan.services.network import NETWORK
from lambdaplan.services.other_costs import OTHER_COSTS
from lambdaplan.services.people import OPERATIONS
from lambdaplan.services.service import Service
from lambdaplan.services.usages import USAGES

__all__ = ["ALWAYS", "COUNTED_WITH", "NEVER_COUNTED", "SERVICES", "USAGES", "counted"]

# What a scenario can count on every bill, in the order of their lines.
SERVICES: tuple[Service, ...] = (FRONT_DOOR, NETWORK, LOGS, AROUND, OPERATIONS)

# What is on the bill wherever a scenario gives it, whatever it counts.
ALWAYS: tuple[Service, ...] = (OTHER_COSTS,)


def counted(include: Collection[str]) -> list[Service]:
    """The services on every bill of a scenario, in the order of their lines."""
    return [*(service for service in SERVICES if service.word in include), *ALWAYS]


# For a number that changes nothing unless something is included: the word of that.
COUNTED_WITH = {field: service.word for service in SERVICES for field in service.fields}

# What no scenario counts unless it says what a request does with it, in words.
NEVER_COUNTED = ("metrics, traces and alarms", "databases, queues, storage and other services behind the application")
