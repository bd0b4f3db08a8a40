"""What was meant by a name that no field has: a field of another place, or another word for one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.platforms import OPTIONS
from lambdaplan.schema.fields import rules
from lambdaplan.services.network import Network
from lambdaplan.workload.retries import Retries
from lambdaplan.workload.spread import Percentiles
from lambdaplan.workload.workload import Slo, Workload

_MEANT = {
    "workload.requests_per_month": "requests requests_month monthly_requests invocations calls rps qps tps rpm "
    "throughput requests_per_second requests_per_day requests_per_hour traffic_per_month volume",
    "workload.duration_ms": "duration latency latency_ms response_time execution_time execution_time_ms time_ms "
    "duration_s duration_seconds avg_duration mean_duration",
    "workload.busy_share": "cpu cpu_share cpu_fraction cpu_utilization cpu_utilisation busy io_share",
    "workload.concurrency_per_process": "concurrency max_concurrency",
    "workload.timeout_ms": "timeout timeout_s",
    "workload.init_ms": "cold_start cold_start_ms cold_starts init init_duration",
    "workload.runtime": "language lang",
    "workload.slo": "sla answer_time p95_target latency_target",
    "workload.percentiles": "p50 p50_ms p95 p95_ms p99 p99_ms",
    "workload.traffic.shape": "shape traffic_shape pattern profile week",
    "workload.traffic.hourly": "hourly",
    "workload.traffic.trace": "trace",
    "workload.traffic.burst": "burst peak peak_factor peak_to_mean peakiness",
    "workload.traffic.bursts": "bursts",
    "workload.response_kb": "payload payload_kb",
    "workload.working_set_mb": "memory memory_mb used_memory max_memory_used used_memory_mb ram",
    "operations.wage_usd_per_hour": "wage hourly_rate wage_usd",
    "book": "price_book pricebook",
    "hours_per_month": "hours month_hours",
    "architecture": "arch processor cpu_architecture",
    "name": "title",
    "region": "zone location",
    "options": "platforms candidates alternatives",
    "include": "front_doors load_balancer api_gateway",
    "rates": "currency discount discounts exchange_rate edp",
}
MEANT: Mapping[str, str] = {word: path for path, words in _MEANT.items() for word in words.split()}
"""Fields of a scenario by other words for them."""

_OF_OPTIONS = {
    "memory_mb memory_gb": "memory mem ram ram_mb memory_size",
    "memory_gb memory_mb": "ram_gb",
    "vcpu instance_type": "cpu cpus vcpus cores",
    "instance_type size memory_mb": "instance type size machine instance_size",
    "units": "count replicas number instances tasks desired_count nodes",
    "min_units": "min min_count min_tasks min_instances min_capacity min_size",
    "max_units": "max max_count max_tasks max_instances max_capacity max_size",
    "zones": "azs az availability_zones multi_az",
    "purchase": "spot savings_plan reserved pricing plan commitment term",
    "architecture": "arch processor",
    "front_door": "load_balancer lb alb door api_gateway gateway",
    "ebs_gb ephemeral_gb ephemeral_mb": "storage disk disk_gb ebs",
    "ephemeral_mb ephemeral_gb": "tmp tmp_mb",
    "provisioned": "provisioned_concurrency reserved_concurrency",
    "snapstart": "snap_start",
    "kind": "platform",
    "label": "title name",
    "target_utilisation": "utilisation utilization cpu_target",
}
OF_OPTIONS: Mapping[str, str] = {word: fields for fields, words in _OF_OPTIONS.items() for word in words.split()}
"""Fields of options by other words for them: the first that the option has."""


_SLO = 'Such as {"percentile": 95, "response_ms": 400}.'
_SUCH = {
    "workload.busy_share": "What waits is 0.05, mixed 0.3, and what computes 1; or 30%.",
    "region": "Such as us-east-1 (N. Virginia) or eu-central-1 (Frankfurt, Germany).",
    "name": "Such as name: Orders API.",
    "workload.slo": _SLO,
    "sweep": 'Such as {"over": "workload.requests_per_month", "from": 10000, "to": 1000000000}.',
    "services": 'Such as [{"service": "sqs", "per_request": {"requests": 2}}].',
    "prices": 'Such as [{"service": "lambda", "item": "requests/x86_64", "price_usd": "0.0000002"}].',
    "other_costs": 'Such as [{"label": "Licence", "usd_per_month": 85}].',
}
"""How fields are written, where something else was given."""
_MISSING = {
    "version": "Write version: 1.",
    "name": _SUCH["name"],
    "workload": "lambdaplan init writes one.",
    "workload.slo.response_ms": _SLO,
}
"""... that are not there."""
_OF_AN_OPTION = {
    "size": "Leave it out and give vcpu and memory_gb, or write auto.",
    "instance_type": "Such as m7g.large, or auto.",
    "snapstart": 'Such as {"restore_ms": 300}, the mean time of a restore.',
    "front_door": "Give the one of these that is in front; what else requests use stands in services.",
}
"""... of options."""


def with_hints(error: InputError) -> InputError:
    """The error, with what was meant by names that no field has."""
    return InputError([_hinted(problem) for problem in error.problems])


def _hinted(problem: Problem) -> Problem:
    place, _, name = problem.field.rpartition(".")
    such = _SUCH.get(problem.field) or (_OF_AN_OPTION.get(name, "") if place.startswith("options.") else "")
    share = problem.field == "workload.busy_share" and problem.fix.startswith("Write it as 0.3 ")
    word = share and re.match('"[A-Za-z]', problem.value)
    if such and problem.code in ("type", "choice") and (word or not problem.fix):
        return dataclasses.replace(problem, fix=such)
    if problem.code == "missing" and problem.field in _MISSING:
        return dataclasses.replace(problem, fix=problem.fix or _MISSING[problem.field])
    if problem.code != "unknown_field" or not problem.allowed.startswith("the fields are "):
        return problem
    key = name.lower().replace("-", "_").replace(" ", "_")
    known = problem.allowed.removeprefix("the fields are ").split(", ")
    if "[" in problem.field:
        fix = f"Places stand between points, from 0 on: {problem.field.replace('[', '.').replace(']', '')}."
    elif "/" in name:
        fix = f"Did you mean {name.replace('/', '.')}?"
    elif re.fullmatch(r"services\.[0-9]+", place) and key in ("name", "kind", "type"):
        fix = "Did you mean service?"
    elif place == "workload.slo":
        fix = problem.fix or _SLO
    elif place.startswith("options.") and key in OF_OPTIONS:
        meant = [word for word in OF_OPTIONS[key].split() if word in known]
        fix = f"Did you mean {meant[0]}?" if meant else problem.fix or _elsewhere(name, key, known, place)
    elif place not in ("", "workload") and len(one := _begun(key, known) or known) == 1:
        fix = f"Did you mean {one[0]}?"
    elif place.startswith("options."):
        fix = problem.fix or _elsewhere(name, key, known, place)
    else:
        fix = _elsewhere(name, key, known, place) or problem.fix
    if not fix:
        topic = "options" if place.startswith("options") else place.split(".")[0]
        fix = f"lambdaplan fields {topic}".strip() + " lists them."
    return dataclasses.replace(problem, fix=fix)


def _begun(key: str, known: Iterable[str]) -> list[str]:
    """The fields that a word is the beginning of, its unit left out, such as p95 or reads."""
    return [name for name in known if name.startswith((f"{key}_", f"{key.removesuffix('s')}_"))] if key else []


def _elsewhere(name: str, key: str, known: Iterable[str], place: str) -> str:
    """The field of that name in another place, or the one that another word is for."""
    path = next((f"{prefix}{name}" for prefix, fields in _places() if name in fields), "")
    path = path or MEANT.get(key, "")
    if path:
        inside = path.removeprefix(f"{place}.")
        if place and "." not in path:
            return f"Did you mean {path}, at the top of the document?"
        return f"Did you mean {inside}?" if place and inside in known else f"Did you mean {path}?"
    kinds = [kind for kind, option in OPTIONS.items() if name in rules(option)]
    if kinds and not nearest(name, known):
        return f"It is a field of options of kind {' or '.join(kinds[:3])}."
    if key in OF_OPTIONS and not place.startswith("options") and not nearest(name, known):
        return f"Did you mean {OF_OPTIONS[key].split()[0]}, a field of an option?"
    return ""


def _places() -> Iterable[tuple[str, Iterable[str]]]:
    """Where fields of a scenario are, but for its options."""
    return (
        ("workload.", rules(Workload)),
        ("workload.slo.", rules(Slo)),
        ("workload.percentiles.", rules(Percentiles)),
        ("workload.retries.", rules(Retries)),
        ("network.", rules(Network)),
        ("operations.", ("wage_usd_per_hour",)),
        ("growth.", ("percent_per_month",)),
        (
            "",
            (
                *("region", "architecture", "free_tier", "include", "prices", "rates", "other_costs", "services"),
                "provenance",
                *("hours_per_month", "book", "sweep", "options"),
            ),
        ),
    )


_IMPORTED = "lambdaplan import reads it, and -o writes the scenario."


def refuse_other_documents(document: Any) -> None:
    """Raise InputError where a document is one of the others that the package reads or writes."""
    if not isinstance(document, Mapping) or "workload" in document:
        return
    what, fix = "", ""
    if "usage" in document:
        what, fix = "a usage document", "lambdaplan bill prices it."
    elif "scenario" in document and "winner" in document:
        what, fix = "what compare --json prints", 'Its "scenario" is one: save that part as a file.'
    elif "rungs" in document:
        what, fix = "a list of rungs", "It goes behind a scenario: lambdaplan ladder SCENARIO RUNGS.json."
    elif "nbformat" in document:
        what, fix = "a notebook", "lambdaplan report makes one of a scenario."
    elif "AWSTemplateFormatVersion" in document or "Resources" in document:
        what, fix = "a template of CloudFormation", _IMPORTED
    elif "provider" in document and "functions" in document:
        what, fix = "a serverless.yml", _IMPORTED
    elif isinstance(document.get("services"), Mapping) and "options" not in document:
        what, fix = "a docker-compose.yml", _IMPORTED
    elif "planned_values" in document or "terraform_version" in document:
        what, fix = "a plan or state of Terraform", _IMPORTED
    elif "containerDefinitions" in document or "taskDefinition" in document:
        what, fix = "a task definition", _IMPORTED
    elif "options" not in document and {"discounts", "currency", "commitments"} & document.keys():
        what, fix = "a file of rates", "A scenario names it: rates: FILE."
    elif "apiVersion" in document and "kind" in document:
        what, fix = "a manifest of Kubernetes", "lambdaplan init writes a scenario."
    elif "dependencies" in document or "scripts" in document:
        what, fix = "a package.json", "lambdaplan init writes a scenario."
    elif "resources" in document and "profile" in document:
        what, fix = "the description of a data folder", "The packaged scenarios are in data/scenarios."
    if what:
        raise InputError(Problem("type", "document", shorten(what), "a scenario", fix))


def refuse_scenario(document: Any) -> None:
    """Raise InputError where a scenario is given for a usage document."""
    if isinstance(document, Mapping) and "usage" not in document and ("workload" in document or "options" in document):
        fix = "lambdaplan compare prices it."
        raise InputError(Problem("type", "document", "a scenario", "a usage document", fix))
