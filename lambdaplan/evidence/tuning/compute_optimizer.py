"""Exports of AWS Compute Optimizer: functions, ECS services on Fargate, EC2 instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source

HOURS = 730
_MODELLED = "durations at sizes that it recommends are a model, not measured, and are not read"


def _rows(source: Source) -> list[dict[str, str]]:
    """The rows with columns in one writing: Athena shows them in lower case, exports in camel case."""
    return [{name.replace("_", "").lower(): cell for name, cell in row.items()} for row in source.rows()]


def _evidence(
    source: Source,
    named: Callable[[Mapping[str, str]], str],
    measures: Callable[[Mapping[str, str]], dict[str, Measure]],
) -> Evidence:
    """The measures of each row; names before them where there are several."""
    rows = _rows(source)
    if not rows:
        raise source.refuse("it has no rows", "an export of Compute Optimizer with recommendations")
    reads: dict[str, Measure] = {}
    for place, row in enumerate(rows, 1):
        before = "" if len(rows) == 1 else f"{named(row) or place}."
        reads.update({name if "." in name else before + name: one for name, one in measures(row).items()})
    return Evidence(len(rows), reads)


def _put(reads: dict[str, Measure], name: str, cell: str | None, unit: str, *, n: int | None = None) -> None:
    figure = number(cell)
    if figure is not None:
        reads[name] = Measure(whole(figure), unit, n=n)


def read_functions(source: Source) -> Evidence:
    """Read recommendations for Lambda functions: what ran, not what is recommended."""
    evidence = _evidence(source, lambda row: name_of(_function(row)), _function_measures)
    evidence.cannot_tell = ("CPU time", "cold starts", "percentiles")
    evidence.notes.append(_MODELLED)
    return evidence


def _function(row: Mapping[str, str]) -> str:
    """The function's name within its ARN, which may end in a version."""
    parts = row.get("functionarn", "").split(":")
    return parts[6] if len(parts) > 6 else parts[-1]


def _function_measures(row: Mapping[str, str]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    requests, days = number(row.get("numberofinvocations")), number(row.get("lookbackperiodindays"))
    n = None if requests is None else int(requests)
    if requests is not None and days:
        reads["requests"] = Measure(whole(requests), f"requests in {days:g} days")
        month = round(requests * HOURS / (24 * days))
        reads["requests_per_month"] = Measure(
            month, "requests a month of 730 h", how=f"invocations of {days:g} days x 730 h"
        )
    _put(reads, "measured_memory_mb", row.get("currentconfigurationmemorysize"), "MB")
    _put(reads, "timeout_s", row.get("currentconfigurationtimeout"), "s")
    _put(reads, "duration_ms", row.get("utilizationmetricsdurationaverage"), "ms, mean", n=n)
    _put(reads, "duration_max_ms", row.get("utilizationmetricsdurationmaximum"), "ms")
    _put(reads, "working_set_mb", row.get("utilizationmetricsmemorymaximum"), "MB, the largest", n=n)
    for name in ("measured_memory_mb", "duration_ms", "working_set_mb"):
        if name in reads and not float(str(reads[name].value)) > 0:
            del reads[name]
    _put(reads, "paid_usd", row.get("currentcosttotal"), "USD in the look-back period")
    return reads


def read_services(source: Source) -> Evidence:
    """Read recommendations for ECS services on Fargate."""
    evidence = _evidence(source, lambda row: name_of(row.get("servicearn", "")), _service_measures)
    evidence.cannot_tell = ("requests", "task count")
    return evidence


def _service_measures(row: Mapping[str, str]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    name = name_of(row.get("servicearn", ""))
    cpu, memory = (
        number(row.get("currentserviceconfigurationcpu")),
        number(row.get("currentserviceconfigurationmemory")),
    )
    if cpu is not None:
        reads[f"{name}.vcpu"] = Measure(whole(cpu / 1024), "vCPU of a task")
    if memory is not None:
        reads[f"{name}.memory_gb"] = Measure(whole(memory / 1024), "GB of a task")
    _put(reads, "cpu_percent_max", row.get("utilizationmetricscpumaximum"), "percent, the largest")
    percent = number(row.get("utilizationmetricsmemorymaximum"))
    if percent is not None and memory is not None:
        reads["working_set_mb"] = Measure(percent / 100 * memory, "MB of a task, the largest")
    return reads


def read_instances(source: Source) -> Evidence:
    """Read recommendations for EC2 instances."""
    evidence = _evidence(source, lambda row: name_of(row["instancename"]) if row.get("instancename") else "", _instance)
    evidence.cannot_tell = ("requests", "memory, unless the CloudWatch agent reports it")
    return evidence


def _instance(row: Mapping[str, str]) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    kind = row.get("currentinstancetype", "")
    if kind:
        reads["instance_type"] = Measure(kind if kind.replace(".", "").replace("-", "").isalnum() else name_of(kind))
    _put(reads, "cpu_percent_max", row.get("utilizationmetricscpumaximum"), "percent, the largest")
    _put(reads, "memory_percent_max", row.get("utilizationmetricsmemorymaximum"), "percent, the largest")
    _put(reads, "list_usd_per_hour", row.get("currentondemandprice"), "USD/h")
    return reads


KINDS = (
    Kind(
        "compute_optimizer_lambda_csv",
        "an export of Compute Optimizer for functions",
        "tuning",
        {"functionArn": r"(?i)\bfunction_?arn\b", "the current memory": r"(?i)current_?configuration_?memory_?size"},
        read_functions,
    ),
    Kind(
        "compute_optimizer_ecs_csv",
        "an export of Compute Optimizer for ECS services",
        "tuning",
        {"serviceArn": r"(?i)\bservice_?arn\b", "the current CPU": r"(?i)current_?service_?configuration_?cpu"},
        read_services,
    ),
    Kind(
        "compute_optimizer_ec2_csv",
        "an export of Compute Optimizer for instances",
        "tuning",
        {"instanceArn": r"(?i)\binstance_?arn\b", "the current type": r"(?i)current_?instance_?type"},
        read_instances,
    ),
)
