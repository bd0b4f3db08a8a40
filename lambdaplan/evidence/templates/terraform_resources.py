"""Resources of Terraform's AWS provider, as plan, state and HCL have them, as sizes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambdaplan.evidence.templates.cloudformation import put_shares
from lambdaplan.evidence.templates.sizes import Resolved, Sizes, Unresolved, entry, put_function, put_task, shares_of

WANTED = "aws_lambda_function, aws_ecs_task_definition, aws_ecs_service, aws_instance or aws_autoscaling_group"


@dataclass(frozen=True)
class Resource:
    """One resource.

    Parameters:
    type : text - such as aws_lambda_function.
    name : text - its name in the code.
    values : its attributes.
    unknown : attributes that are known after apply.
    address : text - where it stands, with modules and key.
    """

    type: str
    name: str
    values: Mapping[str, Any]
    unknown: frozenset[str] = field(default=frozenset())
    address: str = ""

    @property
    def place(self) -> str:
        """Its modules, name and key, as a name of its own: ``jobs-x-f-one`` of module.jobs["x"]...f["one"]."""
        parts = re.findall(r"[\w-]+", re.sub(r"\bmodule\.|\baws_\w+\.", "", self.address))
        return "-".join(parts) or self.name

    def get(self, key: str) -> Any:
        """An attribute; Unresolved where it is known after apply."""
        if key in self.unknown:
            return Unresolved(f"{key} is known after apply")
        return self.values.get(key)

    def called(self, *keys: str) -> str:
        """Its own name, or that in the code."""
        for key in keys:
            value = _plain(self.get(key))
            if isinstance(value, str) and value and "${" not in value:
                return value
        return self.name


def put_resources(sizes: Sizes, resources: Iterable[Resource]) -> None:
    """Keep the sizes of resources."""
    by_type: dict[str, list[Resource]] = {}
    for one in resources:
        by_type.setdefault(one.type, []).append(one)
    _put_functions(sizes, by_type)
    _put_tasks(sizes, by_type)
    _put_groups(sizes, by_type)


def _put_functions(sizes: Sizes, by_type: Mapping[str, list[Resource]]) -> None:
    functions = by_type.get("aws_lambda_function", [])
    called = [one.called("function_name") for one in functions]
    names = {name if called.count(name) == 1 else one.place: one for name, one in zip(called, functions, strict=True)}
    kept: dict[str, Any] = {}
    for one in by_type.get("aws_lambda_provisioned_concurrency_config", []):
        kept[_function(one, functions)] = one.get("provisioned_concurrent_executions")
    urls = {_function(one, functions) for one in by_type.get("aws_lambda_function_url", [])}
    for name, one in names.items():
        applied = entry(one.get("snap_start"), "apply_on")
        get = {
            "memory_mb": one.get("memory_size"),
            "timeout_s": one.get("timeout"),
            "architecture": one.get("architectures") or None,
            "ephemeral_mb": entry(one.get("ephemeral_storage"), "size"),
            "provisioned": kept.get(name),
            "reserved": one.get("reserved_concurrent_executions"),
            "runtime": one.get("runtime") or None,
            "snapstart": None if not applied else applied == "PublishedVersions",
            "front_door": "function_url" if name in urls else None,
        }
        put_function(sizes, name, get)


def _function(one: Resource, functions: list[Resource]) -> str:
    """The function that a resource belongs to: by its name, by a reference to it, or the only one there is."""
    asked = str(_plain(one.get("function_name")) or "")
    for function in functions:
        own = function.called("function_name")
        parts = asked.replace("${", "").replace("}", "").split(".")
        if (
            asked.partition(":")[0] == own
            or f":{own}" in asked
            or (parts[0] == function.type and function.name in parts)
        ):
            return own
    return functions[0].called("function_name") if len(functions) == 1 else one.name


def _put_tasks(sizes: Sizes, by_type: Mapping[str, list[Resource]]) -> None:
    tasks = by_type.get("aws_ecs_task_definition", [])
    for one in tasks:
        containers = _plain(one.get("container_definitions"))
        if isinstance(containers, str):
            try:
                containers = json.loads(containers)
            except (json.JSONDecodeError, RecursionError):
                containers = None
        processor = _plain(entry(one.get("runtime_platform"), "cpu_architecture")) or None
        storage = entry(one.get("ephemeral_storage"), "size_in_gib")
        put_task(sizes, one.called("family"), one.get("cpu"), one.get("memory"), containers, processor, storage)
    services = {}
    for one in by_type.get("aws_ecs_service", []):
        name = services[one.called("name")] = _task_of(one, tasks)
        sizes.resource()
        desired = one.get("desired_count")
        sizes.put(name, "desired", 0 if desired is None else desired, how="" if desired is not None else "the default")
        base, spot = shares_of(one.get("capacity_provider_strategy"))
        sizes.put(name, "on_demand_base", base)
        sizes.put(name, "spot_weight", spot, unit="share of tasks above the base")
        if one.get("load_balancer") and not isinstance(one.get("load_balancer"), Unresolved):
            sizes.put(name, "front_door", "alb", how="it has a load balancer")
    for one in by_type.get("aws_appautoscaling_target", []):
        if str(_plain(one.get("service_namespace")) or "ecs") != "ecs":
            continue
        asked = str(_plain(one.get("resource_id")) or "").rpartition("/")[2]
        only = next(iter(services.values())) if len(services) == 1 else one.name
        name = services.get(asked, asked if asked and "$" not in asked and not services else only)
        sizes.put(name, "min", one.get("min_capacity"))
        sizes.put(name, "max", one.get("max_capacity"))


def _task_of(service: Resource, tasks: list[Resource]) -> str:
    """The family of a service's task definition; the service's own name where it is not among them."""
    asked = str(_plain(service.get("task_definition")) or "")
    own = service.called("name")
    for task in tasks:
        family = task.called("family")
        parts = asked.replace("${", "").replace("}", "").split(".")
        if asked.rpartition("/")[2].partition(":")[0] == family or (parts[0] == task.type and task.name in parts):
            return family
    if any(task.called("family") == own for task in tasks):
        return own
    same = [task for task in tasks if task.name == service.name]
    return (same or tasks)[0].called("family") if same or len(tasks) == 1 else own


def _put_groups(sizes: Sizes, by_type: Mapping[str, list[Resource]]) -> None:
    launched = [*by_type.get("aws_launch_template", []), *by_type.get("aws_launch_configuration", [])]
    for one in by_type.get("aws_autoscaling_group", []):
        sizes.resource()
        name = one.called("name")
        for field_name, key in (("min", "min_size"), ("max", "max_size"), ("desired", "desired_capacity")):
            value = one.get(key)
            sizes.put(name, field_name, None if key == "desired_capacity" and value == 0 else value, unit="instances")
        policy = one.get("mixed_instances_policy")
        overrides = entry(policy, "launch_template")
        overrides = overrides[0] if isinstance(overrides, list) and overrides else overrides
        listed = overrides.get("override") if isinstance(overrides, Mapping) else None
        types = [_plain(item.get("instance_type")) for item in listed or [] if isinstance(item, Mapping)]
        types = [item for item in types if item]
        sizes.put(name, "instance_type", types[0] if types else _launched(one, launched))
        spread = entry(policy, "instances_distribution")
        base = entry(spread, "on_demand_base_capacity")
        put_shares(sizes, name, types, base, _plain(entry(spread, "on_demand_percentage_above_base_capacity")))
    for one in by_type.get("aws_instance", []):
        sizes.resource()
        sizes.put(one.name, "instance_type", one.get("instance_type"))


def _launched(group: Resource, launched: list[Resource]) -> Any:
    """The instance type of the launch template or configuration that a group refers to."""
    asked = [
        str(_plain(value))
        for value in (
            entry(group.get("launch_template"), "id"),
            entry(group.get("launch_template"), "name"),
            group.get("launch_configuration"),
            entry(
                group.get("mixed_instances_policy"),
                "launch_template",
                "launch_template_specification",
                "launch_template_id",
            ),
        )
        if isinstance(_plain(value), str) and _plain(value)
    ]
    for one in launched:
        own = {str(_plain(one.get(key))) for key in ("id", "name", "name_prefix") if _plain(one.get(key))}
        if own & set(asked) or any(one.name in text.replace("}", ".").split(".") for text in asked):
            return one.get("instance_type")
    same = [one for one in launched if one.name == group.name] or (launched if len(launched) == 1 else [])
    return same[0].get("instance_type") if same else Unresolved("its launch template is not in the file")


def _plain(value: Any) -> Any:
    return None if isinstance(value, Unresolved) else (value.value if isinstance(value, Resolved) else value)
