"""Sizes that templates give, as the options of a fresh scenario: what runs now is what others are weighed against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lambdaplan.errors import InputError
from lambdaplan.evidence.evidence import Measure
from lambdaplan.evidence.joined_scenario import joined_scenario
from lambdaplan.evidence.scenario_values import ReadFile, Value

_FUNCTION, _TASK = ("memory_mb", "timeout_s"), ("vcpu", "memory_gb")
_UNITS = {"min": "min_units", "max": "max_units"}
_KINDS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (_FUNCTION, {name: name for name in ("memory_mb", "architecture")}),
    (_TASK, {**{name: name for name in ("vcpu", "memory_gb", "architecture", "ephemeral_gb")}, **_UNITS}),
    (("instance_type",), {"instance_type": "instance_type", **_UNITS}),
)
"""For each option of a fresh scenario the measures that make a resource one of its kind, and what is which field."""
_Resource = tuple[ReadFile, Mapping[str, Measure]]


def measured_memory(files: Sequence[ReadFile]) -> None:
    """Take the memory of the one function of templates as that of durations, which metrics don't tell themselves."""
    functions = _resources(files, _FUNCTION)
    if len(functions) != 1:
        return
    file, fields = functions[0]
    memory = fields["memory_mb"]
    file.evidence.reads.setdefault("measured_memory_mb", Measure(memory.value, "MB", how="size of the function"))


def size_values(files: Sequence[ReadFile]) -> list[Value]:
    """The sizes of the one function, the one kind of task and the one group of instances that templates have.

    Several of a kind are several services: then the size stays open. So it does where a scenario can't have it.
    """
    values: list[Value] = []
    for place, (marks, names) in enumerate(_KINDS):
        resources = _resources(files, marks)
        if len(resources) != 1:
            continue
        own = list(_values(place, names, *resources[0]))
        try:
            joined_scenario(own)
        except InputError:
            continue
        values += own
    return values


def _resources(files: Sequence[ReadFile], marks: tuple[str, ...]) -> list[_Resource]:
    """The resources of a kind that templates have, each once."""
    by: dict[str, _Resource] = {}
    for file in files:
        if file.group != "templates":
            continue
        names = {name.rpartition(".")[0] for name in file.evidence.reads}
        for name in sorted(names):
            before = f"{name}." if name else ""
            fields = {
                field.removeprefix(before): one
                for field, one in file.evidence.reads.items()
                if field.startswith(before) and "." not in field.removeprefix(before)
            }
            if all(mark in fields for mark in marks) and not (
                "instance_type" not in marks and "instance_type" in fields
            ):
                by.setdefault(name, (file, fields))
    return list(by.values())


def _values(place: int, names: Mapping[str, str], file: ReadFile, fields: Mapping[str, Measure]) -> Iterable[Value]:
    for read, field in names.items():
        one = fields.get(read)
        if one is None or one.value is None:
            continue
        if field == "ephemeral_gb" and (not isinstance(one.value, int) or one.value <= 20):
            continue
        how = one.how or "as the template has it"
        yield Value(f"options.{place}.{field}", one.value, one.unit, file.origin, how)
