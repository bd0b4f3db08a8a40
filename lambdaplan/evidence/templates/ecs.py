"""Task definitions of ECS, and what `aws ecs describe-services` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Sizes, entry, put_task, shares_of
from lambdaplan.evidence.templates.yaml_documents import read_yaml


def read_task_definition(source: Source) -> Evidence:
    """Read a task definition, registered or described; one without a size has that of its containers together."""
    document = read_yaml(source)
    if isinstance(document, list):  # the file of a task's containers alone
        document = {"containerDefinitions": document}
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
    document = read_yaml(source)
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


def read_tasks(source: Source) -> Evidence:
    """Read what describe-tasks prints: the size of each family's tasks, and how many run."""
    document = read_yaml(source)
    tasks = document.get("tasks") if isinstance(document, Mapping) else None
    families: dict[str, list[Mapping[str, Any]]] = {}
    for one in tasks if isinstance(tasks, list) else []:
        if isinstance(one, Mapping):
            family = str(one.get("taskDefinitionArn") or one.get("group") or "task").rpartition("/")[2]
            families.setdefault(family.rpartition(":")[0] or family, []).append(one)
    sizes = Sizes()
    for family, own in families.items():
        known = [one for one in own[0].get("attributes") or [] if isinstance(one, Mapping)]
        processor = next((one.get("value") for one in known if one.get("name") == "ecs.cpu-architecture"), None)
        put_task(sizes, family, own[0].get("cpu"), own[0].get("memory"), own[0].get("containers"), processor, None)
        sizes.put(family, "running", sum(one.get("lastStatus", "RUNNING") == "RUNNING" for one in own))
    return sizes.evidence(source, "what aws ecs describe-tasks prints")


KINDS = (
    Kind(
        "ecs_describe_tasks",
        "what aws ecs describe-tasks prints",
        "templates",
        {"tasks": r"\"?tasks\"?\s*:", "taskArn": r"\"?taskArn\"?\s*:", "lastStatus": r"\"?lastStatus\"?\s*:"},
        read_tasks,
    ),
    Kind(
        "ecs_container_definitions",
        "the containers of a task definition of ECS",
        "templates",
        {
            "a list": r"\A\s*\[\s*\{",
            "an image": r"\"image\"\s*:",
            "cpu, memory or memoryReservation": r"\"(?:cpu|memory|memoryReservation)\"\s*:",
            "name": r"\"name\"\s*:",
        },
        read_task_definition,
    ),
    Kind(
        "ecs_task_definition",
        "a task definition of ECS",
        "templates",
        {"containerDefinitions": r"(?:^\s*|[{,\"]\s*)containerDefinitions\"?\s*:"},
        read_task_definition,
    ),
    Kind(
        "ecs_describe_services",
        "what aws ecs describe-services prints",
        "templates",
        {"services": r"\"?services\"?\s*:", "desiredCount": r"\"?desiredCount\"?\s*:"},
        read_services,
    ),
)
