"""Sizes that infrastructure as code gives: functions, tasks and groups of instances, and what could not be resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdaplan.errors import shorten
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.privacy import clean, name_of
from lambdaplan.evidence.source import Source

DEFAULT_MEMORY_MB = 128  # of a function that names no memory, as CloudFormation and Terraform have it
DEFAULT_TIMEOUT_S = 3
DEFAULT_STORAGE_MB = 512

_UNITS = {
    "memory_mb": "MB", "timeout_s": "s", "ephemeral_mb": "MB", "provisioned": "environments",
    "reserved": "environments",
    "vcpu": "vCPU", "memory_gb": "GB", "ephemeral_gb": "GB", "package_mb": "MB of the package, as it is stored",
}  # fmt: skip
_COUNTS = ("desired", "running", "min", "max", "on_demand_base")
_PLAIN = re.compile(r"[\w.+-]{1,64}")
_NUMBER = re.compile(r"\s*([\d.]+)\s*([A-Za-z]*)\s*")
_MEMORY = {
    "": 1 / 1024, "m": 1 / 1024, "mb": 1 / 1024, "mib": 1 / 1024, "g": 1.0, "gb": 1.0, "gib": 1.0, "k": 1 / 1024**2,
    "kb": 1 / 1024**2, "kib": 1 / 1024**2, "b": 1 / 1024**3,
}  # fmt: skip


@dataclass(frozen=True)
class Unresolved:
    """A value that stands in no file: a parameter without a default, a reference to what is made elsewhere.

    Parameters:
    why : text - what it is.
    """

    why: str


@dataclass(frozen=True)
class Resolved:
    """A value that a file gives by way of a default or a variable.

    Parameters:
    value : what it comes to.
    how : text - by what.
    """

    value: Any
    how: str


class Sizes:
    """Gathers sizes by the name of what has them; what is not resolved is named as such."""

    def __init__(self) -> None:
        self.reads: dict[str, Measure] = {}
        self.unknown: list[str] = []
        self.notes: list[str] = []
        self.resources = 0
        self.unit = "tasks"

    def resource(self) -> None:
        """Count one that was read."""
        self.resources += 1

    def put(self, name: str, field: str, value: Any, *, unit: str = "", how: str = "") -> None:
        """Keep one field of a resource. Nothing is kept for None; what is unresolved is listed."""
        if isinstance(value, Resolved):
            value, how = value.value, how or value.how
        if value is None:
            return
        path = f"{name_of(name)}.{field}" if name else field
        if isinstance(value, Unresolved):
            self.unknown.append(f"{path}: {shorten(clean(value.why), 100)}")
            return
        unit = unit or _UNITS.get(field, "")
        if field in _COUNTS and not unit:
            unit = self.unit
        if field in _UNITS or field in _COUNTS or field == "spot_weight":
            figure = number(value)
            if figure is None:
                self.unknown.append(f"{path}: {shorten(clean(str(value)), 60)} is no number")
                return
            value = figure
        elif isinstance(value, str):
            if not _PLAIN.fullmatch(value):
                self.unknown.append(f"{path}: {shorten(clean(value), 60)}")
                return
            value = clean(value)
        self.reads[path] = Measure(value, "flag" if isinstance(value, bool) else unit, how=how)

    def nothing(self, name: str, field: str, how: str) -> None:
        """Keep that a field is there and has no value."""
        self.reads[f"{name_of(name)}.{field}" if name else field] = Measure(None, "", how=how)  # type: ignore[arg-type]

    def evidence(self, source: Source, wanted: str) -> Evidence:
        """What the file tells.

        Raises: InputError where it has nothing that has a size.
        """
        if not self.resources:
            raise source.refuse("it has no function, task or group of instances", wanted)
        cannot = ("requests a month and durations: logs or metrics have them", *dict.fromkeys(self.unknown))
        return Evidence(self.resources, self.reads, cannot_tell=cannot, notes=list(dict.fromkeys(self.notes)))


def number(value: Any) -> int | float | None:
    """A number, also from text; None for what is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        figure = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not -1e15 < figure < 1e15:
        return None
    return int(figure) if figure == int(figure) else figure


def vcpu(value: Any) -> Any:
    """vCPU from units of a 1024th, or from text such as "1 vCPU"."""
    if isinstance(value, Unresolved) or value is None:
        return value
    if isinstance(value, Resolved):
        return Resolved(vcpu(value.value), value.how)
    match = _NUMBER.fullmatch(str(value))
    if match is None or isinstance(value, bool):
        return Unresolved(f"{value!r} is no size of CPU")
    figure = number(match[1])
    unit = match[2].lower()
    if figure is None or unit not in ("", "vcpu"):
        return Unresolved(f"{value!r} is no size of CPU")
    return figure if unit else number(figure / 1024)


def memory_gb(value: Any) -> Any:
    """GB from MB as numbers, or from text such as "2 GB"."""
    if isinstance(value, Unresolved) or value is None:
        return value
    if isinstance(value, Resolved):
        return Resolved(memory_gb(value.value), value.how)
    match = _NUMBER.fullmatch(str(value))
    unit = None if match is None or isinstance(value, bool) else match[2].lower()
    figure = None if match is None else number(match[1])
    if unit is None or unit not in _MEMORY or figure is None:
        return Unresolved(f"{value!r} is no size of memory")
    return number(figure * _MEMORY[unit])


def architecture(value: Any) -> Any:
    """x86_64 or arm64, from a name or a list of one."""
    if isinstance(value, Resolved):
        return Resolved(architecture(value.value), value.how)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Resolved | Unresolved) or value is None:
        return value.value if isinstance(value, Resolved) else value
    return {"arm64": "arm64", "x86_64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}.get(
        str(value).lower(), Unresolved(f"{value!r} is no processor")
    )


def entry(value: Any, *keys: str) -> Any:
    """What stands at a path of mappings and lists of one; None where it is not there."""
    for key in keys:
        if isinstance(value, Resolved):
            value = value.value
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, Unresolved):
            return value
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def put_function(
    sizes: Sizes, name: str, get: Mapping[str, Any], *, memory: int = DEFAULT_MEMORY_MB, timeout: int = 3
) -> None:
    """Keep what a function has, with the defaults of what is not named.

    Parameters:
    get : its memory_mb, timeout_s, architecture, ephemeral_mb, reserved, provisioned, runtime, snapstart; or None.
    """
    sizes.resource()
    defaults = {"memory_mb": memory, "timeout_s": timeout, "ephemeral_mb": DEFAULT_STORAGE_MB, "architecture": "x86_64"}
    for field in ("memory_mb", "architecture", "timeout_s", "ephemeral_mb", "provisioned", "reserved", "runtime"):
        value = get.get(field)
        how = ""
        if value is None and field in defaults:
            value, how = defaults[field], "the default: it is not named"
        if field == "architecture":
            value = architecture(value)
        plain = value.value if isinstance(value, Resolved) else value
        if field == "reserved" and number(plain) == -1:
            sizes.nothing(name, field, "-1: no reservation")
            continue
        sizes.put(name, field, value, how=how)
    if get.get("snapstart") is not None:
        sizes.put(name, "snapstart", get["snapstart"])
    if get.get("front_door") is not None:
        sizes.put(name, "front_door", get["front_door"])


def put_task(sizes: Sizes, name: str, cpu: Any, memory: Any, containers: Any, processor: Any, storage: Any) -> None:
    """Keep what a task has; its own size, or that of its containers together."""
    sizes.resource()
    how = ""
    if cpu in (None, "") or memory in (None, ""):
        each = [one for one in containers if isinstance(one, Mapping)] if isinstance(containers, list) else []
        summed = [_container(one) for one in each]
        how = "the sum of its containers: the task has no size of its own"
        if cpu in (None, ""):
            units = [one[0] for one in summed]
            cpu = sum(units) if units and None not in units and sum(units) else None
        if memory in (None, ""):
            parts = [one[1] for one in summed]
            memory = sum(parts) if parts and None not in parts and sum(parts) else None
    sizes.put(name, "vcpu", Unresolved("no size of CPU") if cpu is None else vcpu(cpu), how=how)
    sizes.put(name, "memory_gb", Unresolved("no size of memory") if memory is None else memory_gb(memory), how=how)
    known = processor is not None
    sizes.put(name, "architecture", architecture(processor or "x86_64"), how="" if known else "the default: not named")
    sizes.put(name, "ephemeral_gb", storage)


def _container(one: Mapping[str, Any]) -> tuple[Any, Any]:
    """CPU units and MB of a container, in any writing."""
    by = {str(key).lower(): value for key, value in one.items()}
    limits = (number(by.get("memory")), number(by.get("memoryreservation")))
    return number(by.get("cpu") or 0), limits[0] or limits[1]


def shares_of(strategy: Any) -> tuple[Any, Any]:
    """The base on demand and Spot's share above it, of a capacity provider strategy in any writing."""
    if not isinstance(strategy, list):
        return None, None
    on_demand = spot = base = 0.0
    for one in strategy:
        if not isinstance(one, Mapping):
            continue
        by = {str(key).lower().replace("_", ""): value for key, value in one.items()}
        weight, least = number(_plain(by.get("weight"))) or 0, number(_plain(by.get("base"))) or 0
        if "SPOT" in str(_plain(by.get("capacityprovider"))).upper():
            spot += weight
        else:
            on_demand += weight
            base += least
    if not on_demand + spot:
        return (base or None), None
    return (base or None), spot / (on_demand + spot)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Resolved) else value
