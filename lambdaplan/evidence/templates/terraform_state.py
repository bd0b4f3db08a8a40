"""State files of Terraform and OpenTofu, version 4. Of attributes, which can hold secrets, only sizes are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind, refused
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Sizes
from lambdaplan.evidence.templates.terraform_resources import WANTED, Resource, put_resources


def read_state(source: Source) -> Evidence:
    """Read a terraform.tfstate."""
    document = source.document
    resources = document.get("resources") if isinstance(document, Mapping) else None
    if not isinstance(resources, list):
        raise source.refuse("it is no state of version 4", "a terraform.tfstate of Terraform 0.12 or later")
    sizes = Sizes()
    put_resources(sizes, _resources(resources))
    return sizes.evidence(source, WANTED)


def _resources(resources: list[Any]) -> Iterator[Resource]:
    for one in resources:
        if not isinstance(one, Mapping) or one.get("mode", "managed") != "managed":
            continue
        instances = one.get("instances")
        for instance in instances if isinstance(instances, list) else []:
            attributes = instance.get("attributes") if isinstance(instance, Mapping) else None
            if isinstance(attributes, Mapping):
                yield Resource(str(one.get("type")), str(one.get("name")), attributes)


KINDS = (
    Kind(
        "terraform_state",
        "a state file of Terraform",
        "templates",
        {"serial": r"\"serial\"\s*:", "lineage": r"\"lineage\"\s*:", "resources": r"\"resources\"\s*:"},
        read_state,
    ),
    refused(
        "terraform_state_old",
        "a state of Terraform 0.11 or earlier (version 3)",
        "templates",
        {
            "version": r"\"version\"\s*:\s*[123]\b",
            "serial": r"\"serial\"\s*:",
            "modules": r"\"modules\"\s*:\s*\[",
            "path": r"\"path\"\s*:\s*\[",
        },
        "a state of Terraform 0.12 or later (version 4)",
        "Give the .tf files, or what aws lambda list-functions prints.",
    ),
)
