"""Comparisons that charts are drawn of, and a chart's specification read: its units, their rows, its words."""

from __future__ import annotations

from collections.abc import Iterator

import lambdaplan

LAMBDA, FARGATE, EC2 = "Lambda 1024 MB", "Fargate 0.5 vCPU 1 GB Arm", "EC2 t4g.small"
NODE = {
    "version": 1,
    "name": "Node.js API",
    "workload": {
        "requests_per_month": 10_000_000,
        "duration_ms": 200,
        "busy_share": 0.3,
        "working_set_mb": 180,
        "request_mb": 2,
    },
    "options": [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1, "architecture": "arm64"},
        {"kind": "ec2", "instance_type": "t4g.small"},
    ],
}
ALTERNATING = {
    "workload.requests_per_month": 300_000_000,
    "workload.duration_ms": 40,
    "workload.busy_share": 0.2,
    "workload.traffic": {"shape": "flat", "burst": 1.2},
    "options": [
        {"kind": "lambda", "memory_mb": 1024, "architecture": "arm64"},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "architecture": "arm64"},
        {"kind": "ec2", "instance_type": "c7g.large"},
    ],
    "sweep": {"from": 1_000_000, "to": 10_000_000_000},
}


def compared(values: dict | None = None) -> lambdaplan.Comparison:
    scenario = lambdaplan.Scenario.from_dict(NODE)
    return lambdaplan.compare(scenario.with_values(values) if values else scenario)


def units(spec: dict) -> Iterator[dict]:
    """Every single mark of a specification."""
    if "layer" in spec:
        for layer in spec["layer"]:
            yield from units(layer)
    else:
        yield spec


def rows_of(spec: dict, unit: dict) -> list[dict]:
    data = unit["data"]
    return data["values"] if "values" in data else spec["datasets"][data["name"]]


def mark(unit: dict) -> str:
    return unit["mark"]["type"]


def texts(spec: dict) -> list[str]:
    found = []
    for unit in units(spec):
        if mark(unit) == "text":
            field = unit["encoding"]["text"]["field"]
            found += [row[field] for row in rows_of(spec, unit)]
    return found


def title(spec: dict) -> str:
    text = spec["title"]["text"]
    return text if isinstance(text, str) else " ".join(text)
