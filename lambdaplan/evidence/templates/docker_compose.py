"""docker-compose.yml: sizes and replicas of services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Resolved, Sizes, Unresolved, entry, memory_gb, number
from lambdaplan.evidence.templates.yaml_documents import read_yaml

_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")


def read_compose(source: Source) -> Evidence:
    """Read the services of a compose file that have a size or replicas."""
    document = read_yaml(source)
    services = entry(document, "services")
    sizes = Sizes()
    for name, one in services.items() if isinstance(services, Mapping) else ():
        if not isinstance(one, Mapping):
            continue
        sizes.resource()
        name = str(name)  # noqa: PLW2901
        limits = entry(one, "deploy", "resources", "limits") or entry(one, "deploy", "resources", "reservations")
        cpu = _value(entry(limits, "cpus") if limits else one.get("cpus"))
        plain = cpu.value if isinstance(cpu, Resolved) else cpu
        if cpu is not None and not isinstance(cpu, Unresolved) and number(plain) is None:
            cpu = Unresolved(f"{plain!r} is no number of CPU")
        sizes.put(name, "vcpu", cpu)
        memory = _value(entry(limits, "memory") if limits else one.get("mem_limit"))
        if isinstance(memory, int) or (isinstance(memory, str) and memory.isdigit()):
            memory = f"{memory}b"
        sizes.put(name, "memory_gb", memory_gb(memory))
        sizes.put(name, "desired", _value(entry(one, "deploy", "replicas")))
        scaling = one.get("x-aws-autoscaling")
        sizes.put(name, "min", _value(entry(scaling, "min")))
        sizes.put(name, "max", _value(entry(scaling, "max")))
    if any(str(key).startswith("x-aws") for key in (document if isinstance(document, Mapping) else ())):
        sizes.notes.append("x-aws keys are of the ECS integration of docker compose, which has ended")
    sizes.notes.append("limits of a container on one machine: what the service needs is for its metrics to say")
    return sizes.evidence(source, "a compose file with services")


def _value(value: Any) -> Any:
    """A value with ${NAME:-default} as its default."""
    if not isinstance(value, str) or "$" not in value:
        return value
    match = _VARIABLE.fullmatch(value.strip())
    if match is None or match[2] is None:
        return Unresolved(f"{value}, a variable without a default")
    return Resolved(match[2], f"default of {match[1] or match[3]}")


KINDS = (
    Kind(
        "docker_compose",
        "a docker-compose.yml",
        "templates",
        {"services": r"^services\s*:", "image or build": r"^\s+(?:image|build)\s*:"},
        read_compose,
    ),
)
