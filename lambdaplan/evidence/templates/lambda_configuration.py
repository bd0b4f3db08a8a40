"""What `aws lambda get-function-configuration`, `get-function` and `list-functions` print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.sizes import Sizes, entry, number, put_function


def read_configuration(source: Source) -> Evidence:
    """Read the configuration of one function, or of several with their names."""
    document = source.document
    several = document.get("Functions") if isinstance(document, Mapping) else None
    one = entry(document, "Configuration") or document
    sizes = Sizes()
    if isinstance(several, list):
        for own in several:
            if isinstance(own, Mapping) and "FunctionName" in own:
                _put(sizes, str(own["FunctionName"]), own)
        if entry(document, "NextMarker"):
            sizes.notes.append("NextMarker: the list goes on, and its further functions are not in the file")
    elif isinstance(one, Mapping) and "MemorySize" in one:
        _put(sizes, "", one)
    return sizes.evidence(source, "what aws lambda get-function-configuration prints")


def _put(sizes: Sizes, name: str, own: Mapping[str, Any]) -> None:
    get = {
        "memory_mb": own.get("MemorySize"),
        "timeout_s": own.get("Timeout"),
        "architecture": own.get("Architectures"),
        "ephemeral_mb": entry(own, "EphemeralStorage", "Size"),
        "runtime": own.get("Runtime"),
        "snapstart": entry(own, "SnapStart", "ApplyOn") == "PublishedVersions",
    }
    put_function(sizes, name, get)
    size = number(own.get("CodeSize"))
    if size and own.get("PackageType", "Zip") == "Zip":
        sizes.put(name, "package_mb", size / 1_000_000, how="CodeSize, bytes of the zip")


KINDS = (
    Kind(
        "lambda_configuration",
        "what aws lambda get-function-configuration prints",
        "templates",
        {
            "FunctionArn": r"\"FunctionArn\"\s*:",
            "MemorySize": r"\"MemorySize\"\s*:\s*\d",
            "Timeout": r"\"Timeout\"\s*:\s*\d",
        },
        read_configuration,
    ),
)
