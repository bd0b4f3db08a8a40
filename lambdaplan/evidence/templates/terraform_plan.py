"""Plans and states of Terraform as `terraform show -json` writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Sizes, entry
from lambdaplan.evidence.templates.terraform_resources import WANTED, Resource, put_resources

_DEEPEST = 50


def read_plan(source: Source) -> Evidence:
    """Read a plan (planned_values) or a state (values) of `terraform show -json`; modules nest."""
    document = source.document
    root = entry(document, "planned_values", "root_module") or entry(document, "values", "root_module")
    changes = entry(document, "resource_changes")
    if not isinstance(root, Mapping) and isinstance(changes, list):  # cut down to the changes
        root = {"resources": [{**one, "values": entry(one, "change", "after")} for one in changes if _stays(one)]}
    if not isinstance(root, Mapping):
        raise source.refuse("it has no planned_values and no values", "what terraform show -json writes")
    after = {
        str(one.get("address")): entry(one, "change", "after_unknown")
        for one in (changes if isinstance(changes, list) else [])
        if isinstance(one, Mapping)
    }
    sizes = Sizes()
    put_resources(sizes, _resources(root, after, 0))
    return sizes.evidence(source, WANTED)


def _stays(change: Any) -> bool:
    """Whether a change leaves the resource there."""
    return isinstance(change, Mapping) and isinstance(entry(change, "change", "after"), Mapping)


def _resources(module: Mapping[str, Any], after: Mapping[str, Any], depth: int) -> Iterator[Resource]:
    """The managed resources of a module and of those within it."""
    own = module.get("resources")
    for one in own if isinstance(own, list) else []:
        if isinstance(one, Mapping) and one.get("mode", "managed") == "managed":
            values = one.get("values")
            later = after.get(str(one.get("address")))
            unknown = [key for key, value in later.items() if value is True] if isinstance(later, Mapping) else []
            yield Resource(
                str(one.get("type")),
                str(one.get("name")),
                values if isinstance(values, Mapping) else {},
                frozenset(unknown),
                str(one.get("address") or ""),
            )
    inner = module.get("child_modules")
    for one in inner if isinstance(inner, list) and depth < _DEEPEST else []:
        if isinstance(one, Mapping):
            yield from _resources(one, after, depth + 1)


KINDS = (
    Kind(
        "terraform_show_json",
        "a plan or state of terraform show -json",
        "templates",
        {
            "format_version": r"\"format_version\"\s*:",
            "planned_values or values": r"\"(?:planned_values|values|resource_changes)\"\s*:",
        },
        read_plan,
    ),
)
