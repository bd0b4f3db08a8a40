"""Templates of CloudFormation and SAM, and so what `cdk synth` writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.intrinsics import Reference, Template
from lambdaplan.evidence.templates.sizes import Sizes, Unresolved, entry, put_function, put_task, shares_of
from lambdaplan.evidence.templates.yaml_documents import read_yaml, yaml_of

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_DOORS = {"HttpApi": "http_api", "Api": "rest_api"}
WANTED = "a template with functions, task definitions, services, instances or Auto Scaling groups"


def read_template(source: Source) -> Evidence:
    """Read a template; parameters, mappings and conditions count with their defaults."""
    document = read_yaml(source)
    body = entry(document, "TemplateBody")
    if isinstance(body, str):  # as get-template prints a template in YAML
        document = yaml_of(body, source)
    if isinstance(body, Mapping):
        document = body
    if not isinstance(document, Mapping):
        raise source.refuse("it is no template", WANTED)
    sizes = Sizes()
    put_template(sizes, document)
    return sizes.evidence(source, WANTED)


def put_template(sizes: Sizes, document: Mapping[str, Any]) -> None:
    """Keep the sizes of a template's resources."""
    template = Template(document)
    shared = entry(document, "Globals", "Function")
    shared = shared if isinstance(shared, Mapping) else {}
    names = {name: _name(name, one) for name, one in template.resources.items()}
    provisioned = _provisioned(template)
    urls = {name for _, one in template.of_type("AWS::Lambda::Url") for name in template.references(one)}
    for logical, own in template.of_type(*_FUNCTIONS):
        is_sam = template.resources[logical].get("Type") == _FUNCTIONS[1]
        merged = {**shared, **own} if is_sam else dict(own)
        _put_function(sizes, template, names[logical], logical, merged, provisioned, urls)
    _put_tasks(sizes, template, names)
    _put_groups(sizes, template, names)


def _name(logical: str, one: Mapping[str, Any]) -> str:
    """The readable name: the construct's of a CDK path, else the logical id."""
    path = entry(one, "Metadata", "aws:cdk:path")
    parts = path.split("/") if isinstance(path, str) else []
    if len(parts) > 1:
        return parts[-2] if parts[-1] == "Resource" else parts[-1]
    return logical


def _put_function(
    sizes: Sizes,
    template: Template,
    name: str,
    logical: str,
    raw: Mapping[str, Any],
    provisioned: Mapping[str, Any],
    urls: set[str],
) -> None:
    own = template.resolve(raw)
    if not isinstance(own, Mapping):
        return
    kept = entry(own, "ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    if kept is None:
        called = own.get("FunctionName")
        kept = provisioned.get(logical, provisioned.get(called) if isinstance(called, str) else None)
    applied = entry(own, "SnapStart", "ApplyOn")
    door = "function_url" if raw.get("FunctionUrlConfig") or logical in urls else _door(raw.get("Events"))
    get = {
        "memory_mb": own.get("MemorySize"),
        "timeout_s": own.get("Timeout"),
        "architecture": own.get("Architectures"),
        "ephemeral_mb": entry(own, "EphemeralStorage", "Size"),
        "provisioned": kept,
        "reserved": own.get("ReservedConcurrentExecutions"),
        "runtime": own.get("Runtime"),
        "snapstart": None if applied is None else applied == "PublishedVersions",
        "front_door": door,
    }
    put_function(sizes, name, get)


def _door(events: Any) -> str | None:
    """The front door that the events of a SAM function name; none for two kinds of them."""
    kinds = (
        {one.get("Type") for one in events.values() if isinstance(one, Mapping)}
        if isinstance(events, Mapping)
        else set()
    )
    doors = {_DOORS[kind] for kind in kinds if kind in _DOORS}
    return doors.pop() if len(doors) == 1 else None


def _provisioned(template: Template) -> dict[str, Any]:
    """Provisioned concurrency by the function's logical id or name, from aliases and versions."""
    kept: dict[str, Any] = {}
    for _, raw in template.of_type("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        own = template.resolve(raw)
        config = own.get("ProvisionedConcurrencyConfig", own.get("ProvisioningConfig"))
        count = entry(config, "ProvisionedConcurrentExecutions")
        function = own.get("FunctionName")
        if count is not None and function is not None:
            name = function.resource if isinstance(function, Reference) else str(function)
            kept[name] = count
    return kept


def _put_tasks(sizes: Sizes, template: Template, names: Mapping[str, str]) -> None:
    families: dict[str, str] = {}
    for logical, raw in template.of_type("AWS::ECS::TaskDefinition"):
        own = template.resolve(raw)
        family = own.get("Family")
        families[logical] = family if isinstance(family, str) else names[logical]
        processor = entry(own, "RuntimePlatform", "CpuArchitecture")
        storage = entry(own, "EphemeralStorage", "SizeInGiB")
        put_task(
            sizes,
            families[logical],
            own.get("Cpu"),
            own.get("Memory"),
            own.get("ContainerDefinitions"),
            processor,
            storage,
        )
    services: dict[str, str] = {}
    for logical, raw in template.of_type("AWS::ECS::Service"):
        own = template.resolve(raw)
        task = own.get("TaskDefinition")
        called = own.get("ServiceName")
        name = called if isinstance(called, str) else names[logical]
        if isinstance(task, Reference) and task.resource in families:
            name = families[task.resource]
        elif isinstance(task, str) and task.rpartition("/")[2].partition(":")[0] in families.values():
            name = task.rpartition("/")[2].partition(":")[0]
        services[logical] = name
        sizes.resource()
        sizes.put(name, "desired", own.get("DesiredCount", Unresolved("DesiredCount is not named")))
        base, spot = shares_of(own.get("CapacityProviderStrategy"))
        sizes.put(name, "on_demand_base", base)
        sizes.put(name, "spot_weight", spot, unit="share of tasks above the base")
        if own.get("LoadBalancers"):
            sizes.put(name, "front_door", "alb", how="it has a load balancer")
    for logical, raw in template.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        if raw.get("ServiceNamespace", "ecs") != "ecs":
            continue
        own = template.resolve(raw)
        asked = template.references(raw.get("ResourceId")) & services.keys()
        text = own.get("ResourceId")
        if asked:
            name = services[min(asked)]
        elif isinstance(text, str):
            name = text.rpartition("/")[2]
        else:
            name = next(iter(services.values())) if len(services) == 1 else names[logical]
        sizes.put(name, "min", own.get("MinCapacity"))
        sizes.put(name, "max", own.get("MaxCapacity"))


def _put_groups(sizes: Sizes, template: Template, names: Mapping[str, str]) -> None:
    groups = template.of_type("AWS::AutoScaling::AutoScalingGroup")
    for logical, raw in groups:
        own = template.resolve(raw)
        sizes.resource()
        called = own.get("AutoScalingGroupName")
        name = called if isinstance(called, str) else ("asg" if len(groups) == 1 else names[logical])
        for field, key in (("min", "MinSize"), ("max", "MaxSize"), ("desired", "DesiredCapacity")):
            sizes.put(name, field, own.get(key), unit="instances")
        mixed = own.get("MixedInstancesPolicy")
        overrides = entry(mixed, "LaunchTemplate", "Overrides")
        types = [one["InstanceType"] for one in overrides or [] if isinstance(one, Mapping) and "InstanceType" in one]
        sizes.put(name, "instance_type", types[0] if types else _launched(template, raw))
        put_shares(
            sizes,
            name,
            types,
            entry(mixed, "InstancesDistribution", "OnDemandBaseCapacity"),
            entry(mixed, "InstancesDistribution", "OnDemandPercentageAboveBaseCapacity"),
        )
    for logical, raw in template.of_type("AWS::EC2::Instance"):
        sizes.resource()
        sizes.put(names[logical], "instance_type", template.resolve(raw.get("InstanceType")))


def put_shares(sizes: Sizes, name: str, types: list[Any], base: Any, percent: Any) -> None:
    """Keep the types of a mixed group, its base on demand and Spot's share above it."""
    plain = [one for one in types if isinstance(one, str) and re.fullmatch(r"[\w.-]{1,40}", one)]
    if len(plain) > 1:
        sizes.put(name, "instance_types", plain)
    sizes.put(name, "on_demand_base", base, unit="instances")
    if isinstance(percent, int | float) or (isinstance(percent, str) and percent.isdigit()):
        sizes.put(name, "spot_weight", 1 - float(percent) / 100, unit="share of instances above the base")


def _launched(template: Template, raw: Mapping[str, Any]) -> Any:
    """The instance type of the launch template or configuration that a group refers to."""
    launched = template.of_type("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")
    asked = template.references(
        {key: raw[key] for key in ("LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy") if key in raw}
    )
    for logical, own in launched:
        if logical in asked or len(launched) == 1:
            data = own.get("LaunchTemplateData", own)
            kind = template.resolve(entry(data, "InstanceType"))
            return Unresolved("its launch template names no type") if kind is None else kind
    return Unresolved("its launch template is not in the file")


_RESOURCES = r"(?:^|\\n|[\s{,\"'])Resources[\"']?\s*:"
_TYPE = r"[\"']?Type[\"']?\s*:\s*[\"']?AWS::\w+::"
KINDS = (
    Kind(
        "sam",
        "a SAM template",
        "templates",
        {
            "Resources": _RESOURCES,
            "a Type of AWS": _TYPE,
            "the Transform AWS::Serverless": r"AWS::Serverless-2016-10-31",
        },
        read_template,
    ),
    Kind(
        "cloudformation",
        "a CloudFormation template",
        "templates",
        {"Resources": _RESOURCES, "a Type of AWS": _TYPE},
        read_template,
    ),
)
