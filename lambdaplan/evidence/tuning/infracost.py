"""Usage files of Infracost: figures that somebody assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.templates.yaml_documents import read_yaml

_HOW = "assumed in infracost"
_FIELDS = {
    "aws_lambda_function": {
        "monthly_requests": ("requests_per_month", "requests a month"),
        "request_duration_ms": ("duration_ms", "ms"),
    },
    "aws_apigatewayv2_api": {
        "monthly_requests": ("requests_per_month", "requests a month"),
        "request_size_kb": ("request_kb", "KB"),
    },
    "aws_api_gateway_rest_api": {"monthly_requests": ("requests_per_month", "requests a month")},
    "aws_lb": {
        "new_connections": ("new_connections", "1/s"),
        "active_connections": ("active_connections", "connections"),
        "processed_bytes_gb": ("processed_gb", "GB a month"),
    },
    "aws_alb": {
        "new_connections": ("new_connections", "1/s"),
        "active_connections": ("active_connections", "connections"),
        "processed_bytes_gb": ("processed_gb", "GB a month"),
    },
}
_SUMS = {
    ("aws_cloudwatch_log_group", "monthly_data_ingested_gb"): "logs_gb",
    ("aws_nat_gateway", "monthly_data_processed_gb"): "nat_gb",
}
_ADDRESS = re.compile(r"(?:.*\.)?(aws_\w+)\.([\w-]+)(?:\[[^\]]*\])?")


def read_usage(source: Source) -> Evidence:
    """Read a usage file. Every figure in it was assumed."""
    document = read_yaml(source)
    usage = document.get("resource_usage") if isinstance(document, Mapping) else None
    defaults = document.get("resource_type_default_usage") if isinstance(document, Mapping) else None
    reads: dict[str, Measure] = {}
    functions: set[str] = set()
    rows = 0
    for address, own in usage.items() if isinstance(usage, Mapping) else ():
        match = _ADDRESS.fullmatch(str(address))
        if match is None or not isinstance(own, Mapping):
            continue
        rows += 1
        kind, name = match[1], name_of(match[2])
        if kind == "aws_lambda_function":
            functions.add(name)
        _put(reads, kind, "alb" if kind in ("aws_lb", "aws_alb") else name, own)
    shared = defaults.get("aws_lambda_function") if isinstance(defaults, Mapping) else None
    if not functions and isinstance(shared, Mapping):
        rows += 1
        _put(reads, "aws_lambda_function", "", shared)
    elif len(functions) == 1:
        name = functions.pop()
        for field in ("requests_per_month", "duration_ms"):
            if f"{name}.{field}" in reads:
                reads[field] = reads[f"{name}.{field}"]
    if not reads:
        raise source.refuse(
            "it names no figure of a function, a load balancer, logs or NAT", "a usage file of Infracost"
        )
    notes = ["somebody assumed these figures; none is measured"]
    return Evidence(rows, reads, cannot_tell=("memory: in the Terraform files", "what was measured"), notes=notes)


def _put(reads: dict[str, Measure], kind: str, name: str, own: Mapping[str, Any]) -> None:
    for key, value in own.items():
        figure = number(value)
        if figure is None:
            continue
        total = _SUMS.get((kind, str(key)))
        if total is not None:
            before = reads[total].value if total in reads else 0
            reads[total] = Measure(whole(float(str(before)) + figure), "GB a month", how=_HOW)
            continue
        field = _FIELDS.get(kind, {}).get(str(key))
        if field is not None:
            reads[f"{name}.{field[0]}" if name else field[0]] = Measure(whole(figure), field[1], how=_HOW)


KINDS = (
    Kind(
        "infracost_usage",
        "a usage file of Infracost",
        "assumed",
        {"version": r"^version\s*:", "resource_usage": r"^resource_(?:usage|type_default_usage)\s*:"},
        read_usage,
    ),
)
