"""Task definitions of ECS, and what `aws ecs describe-services` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Sizes, entry, put_task, shares_of


def read_task_definition(source: Source) -> Evidence:
    """Read a task definition, registered or described; one without a size has that of its containers together."""
    document = source.document
    own = entry(document, "taskDefinition") or document
    if not isinstance(own, Mapping) or "containerDefinitions" not in own:
        raise source.refuse("it has no containerDefinitions", "a task definition of ECS")
    containers = own.get("containerDefinitions")
    sizes = Sizes()
    name = str(own.get("family") or entry(containers, "name") or "task")
    put_task(
        sizes,
        name,
        own.get("cpu"),
        own.get("memory"),
        containers,
        entry(own, "runtimePlatform", "cpuArchitecture"),
        entry(own, "ephemeralStorage", "sizeInGiB"),
    )
    wanted = own.get("requiresCompatibilities")
    if isinstance(wanted, list) and wanted and "FARGATE" not in wanted:
        sizes.notes.append("it does not ask for Fargate: its tasks share instances, whose type stands elsewhere")
    return sizes.evidence(source, "a task definition of ECS")


def read_services(source: Source) -> Evidence:
    """Read what describe-services prints: how many tasks are asked for and how many run."""
    document = source.document
    services = document.get("services") if isinstance(document, Mapping) else None
    sizes = Sizes()
    for one in services if isinstance(services, list) else []:
        if isinstance(one, Mapping):
            _put_service(sizes, one)
    return sizes.evidence(source, "what aws ecs describe-services prints")


def _put_service(sizes: Sizes, one: Mapping[str, Any]) -> None:
    sizes.resource()
    name = str(one.get("serviceName") or "service")
    sizes.put(name, "desired", one.get("desiredCount"))
    sizes.put(name, "running", one.get("runningCount"))
    base, spot = shares_of(one.get("capacityProviderStrategy"))
    sizes.put(name, "on_demand_base", base)
    sizes.put(name, "spot_weight", spot, unit="share of tasks above the base")
    if one.get("loadBalancers"):
        sizes.put(name, "front_door", "alb", how="it has a load balancer")


KINDS = (
    Kind(
        "ecs_task_definition",
        "a task definition of ECS",
        "templates",
        {"containerDefinitions": r"\"containerDefinitions\"\s*:"},
        read_task_definition,
    ),
    Kind(
        "ecs_describe_services",
        "what aws ecs describe-services prints",
        "templates",
        {"services": r"\"services\"\s*:", "desiredCount": r"\"desiredCount\"\s*:"},
        read_services,
    ),
)
