"""Terraform for the chosen option: its size, its fleet, and alarms at the trip-wires."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.analysis.decision import Wire, wires_of
from lambdaplan.analysis.sensitivity import flips
from lambdaplan.comparison.comparison import Comparison, Result, billed
from lambdaplan.comparison.wording import DOORS, answer
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text, exact_value
from lambdaplan.platforms import Ec2, Fargate, Lambda, Option, Ready
from lambdaplan.report.atomic_files import slug, to_stderr, write_file, write_set
from lambdaplan.report.html_page import TEMPLATES
from lambdaplan.schema.fields import plain
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_DAY, MB_PER_GB, MS_PER_SECOND, SECONDS_PER_DAY
from lambdaplan.workload.workload import DURATION, REQUESTS

MAIN = "main.tf"
NAME_LENGTH = 40  # of the names of what is made: shorter than any service allows, with a suffix
MOST_DAYS = 4  # an alarm on traffic: more than half of the days of a week are beyond the wire's daily mean
NEAR_QUOTA = Fraction(4, 5)  # share of a quota at which to look: an assumption
FULL_PERCENT = 80  # of CPU, over an hour, at which a fleet is looked at: an assumption
QUICK: dict[str, Any] = {"period_s": 300, "periods": 1, "datapoints": 1}
HOUR: dict[str, Any] = {"period_s": 300, "periods": 12, "datapoints": 12}


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm: what is watched, over what time, and from which value on."""

    key: str
    words: str
    namespace: str
    metric: str
    statistic: str
    threshold: str
    dimensions: dict[str, str]
    operator: str = "GreaterThanOrEqualToThreshold"
    period_s: int = SECONDS_PER_DAY
    periods: int = DAYS_PER_WEEK
    datapoints: int = MOST_DAYS


def run_terraform(
    comparison: Comparison, out: Path, label: str | None = None, *, progress: Callable[[str], None] = to_stderr
) -> Path:
    """Write the starting point into a folder named after the scenario, whole or not at all.

    Parameters
    ----------
    comparison : Comparison - what was compared.
    out : Path - folder for that folder.
    label : str or None - the option; None is the winner.
    progress : function - told what is going on, a line at a time.

    Returns: Path of main.tf.
    Raises: InputError where no such option can be written; ReportError when the file can't be.
    """
    result = chosen(comparison, label)
    progress("looking for the trip-wires, which takes some seconds")
    text = terraform(comparison, result)
    folder = write_set(
        out,
        comparison.scenario.name,
        lambda new: write_file(new / MAIN, text),
        own=(MAIN,),
        sign=MAIN,
        kind="a Terraform starting point",
    )
    return folder / MAIN


def chosen(comparison: Comparison, label: str | None) -> Result:
    """The option of a label, or the winner.

    Raises: InputError where there is none, or it is of a kind that is not written, or breaks a limit.
    """
    labels = [result.label for result in comparison.options]
    if label is not None and label not in labels:
        raise InputError(
            Problem("choice", "--option", f'"{shorten(label)}"', ", ".join(labels), nearest(label, labels))
        )
    if label is None and comparison.best is None:
        words = "the label of one of the options, as nobody wins"
        raise InputError(Problem("missing", "--option", "", words, f'Try --option "{labels[0]}".'))
    result = comparison.best if label is None else comparison.options[labels.index(label)]
    assert result is not None
    said = f'"{shorten(result.label)}"'
    if not result.feasible:
        words = "an option that breaks no fixed limit"
        raise InputError(Problem("conflict", "--option", said, words, "See lambdaplan compare."))
    if not isinstance(result.option, (Lambda, Fargate, Ec2)):
        words = "Lambda, Fargate and EC2 are written; a hybrid is two of them"
        raise InputError(Problem("conflict", "--option", said, words, "Name its parts as options of their own."))
    return result


def terraform(comparison: Comparison, result: Result) -> str:
    """The text of main.tf for one option of a comparison."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - no HTML; every word of the reader goes through `hcl`
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["hcl"] = hcl
    scenario, option, wires = comparison.scenario, result.option, _wires(comparison, result)
    values = {
        "region": scenario.region,
        "book": scenario.book.id,
        "name": _name(scenario.name),
        "description": shorten(f"{scenario.name}: {answer(comparison)}", 240),
        "front_door": option.front_door,
        "door_words": DOORS[option.front_door],
        "retention_days": _retention(scenario.workload.log_retention_days),
        "alarms": _alarms(result, wires),
        "wired": bool(wires),
    }
    parts = ["head", "lambda", "alarms"] if isinstance(option, Lambda) else ["head", "balancer", option.kind, "alarms"]
    values |= _lambda(result) if isinstance(option, Lambda) else _fleet(result)
    return "".join(environment.get_template(f"terraform_{part}.tf.j2").render(values) for part in parts)


def hcl(words: Any) -> str:
    """Words as a string of HCL: quoted, and nothing in them is a template."""
    return json.dumps(str(words), ensure_ascii=False).replace("${", "\\u0024{").replace("%{", "\\u0025{")


def _name(name: str) -> str:
    """A name that AWS takes for whatever is made."""
    return slug(name)[:NAME_LENGTH].strip("-")


# "put_retention_policy", Boto3 1.28 documentation, Amazon Web Services, read 2026-11-26 [days]
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def _retention(days: Any) -> int:
    """The shortest retention that CloudWatch offers and that is long enough."""
    return next(offered for offered in RETENTIONS if offered >= days)


def _lambda(result: Result) -> dict[str, Any]:
    """Values of the function's template."""
    option, work = result.option, result.scenario.workload
    assert isinstance(option, Lambda)
    longest_ms = result.fleet.wall_ms + work.first_run_more_ms(option.memory_mb)
    timeout_ms = work.timeout_ms if work.timeout_ms is not None else 10 * longest_ms
    return {
        "memory_mb": int(option.memory_mb),
        "architecture": option.architecture,
        "ephemeral_mb": int(option.ephemeral_mb),
        "timeout_given": work.timeout_ms is not None,
        "first_run": "" if work.first_run_ms is None else " of a first run",
        "timeout_s": min(max(-(-timeout_ms // MS_PER_SECOND), 1), 900),
        "runtime": work.runtime,
        "vpc": option.vpc,
        "snapstart": option.snapstart is not None,
        **_ready(option),
    }


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _ready(option: Lambda) -> dict[str, Any]:
    """What stands ready: one number, or the hours from which on there are more or fewer."""
    if not isinstance(option.provisioned, Ready):
        return {"ready": None, "changes": []}
    given, week = option.provisioned.document(), option.provisioned.hours
    if isinstance(given, int):
        return {"ready": given or None, "changes": []}
    daily = len(given) == HOURS_PER_DAY
    changes = [
        {
            "key": f"{hour:02}" if daily else f"{_DAYS[hour // HOURS_PER_DAY]}-{hour % HOURS_PER_DAY:02}",
            "schedule": f"cron(0 {hour} * * ? *)"
            if daily
            else f"cron(0 {hour % HOURS_PER_DAY} ? * {_DAYS[hour // HOURS_PER_DAY].upper()} *)",
            "number": number,
        }
        for hour, number in enumerate(given)
        if number != given[hour - 1]
    ]
    return {"ready": None, "changes": changes, "least": min(week), "most": max(week)}


def _fleet(result: Result) -> dict[str, Any]:
    """Values of a fleet's template."""
    option, fleet = result.option, result.fleet
    assert isinstance(option, (Fargate, Ec2))
    most = int(-(-Fraction(fleet.units_peak) // 1))
    fixed = option.units is not None or option.scaling == "fixed"
    found: dict[str, Any] = {
        "zones": int(option.zones),
        "least": most if fixed else min(int(option.min_units), most),
        "most": most,
        "scales": not fixed,
        "target_percent": decimal_text(option.target_utilisation * 100, 2),
        "idle_timeout_s": max(60, int(-(-Fraction(fleet.slowest_ms or fleet.wall_ms) // MS_PER_SECOND))),
        "target_type": "ip" if isinstance(option, Fargate) else "instance",
    }
    if isinstance(option, Fargate):
        return found | {
            "cpu_units": int(option.vcpu * 1024),
            "memory_mib": int(option.memory_gb * MB_PER_GB),
            "ephemeral_gib": int(-(-option.ephemeral_gb // 1)) if option.ephemeral_gb > 20 else 0,  # 20 come with it
            "architecture": {"x86_64": "X86_64", "arm64": "ARM64"}[option.architecture],
            "system": {"linux": "LINUX", "windows": "WINDOWS_SERVER_2022_CORE"}[option.os],
            "provider": "FARGATE_SPOT" if option.purchase == "spot" else "FARGATE",
        }
    kind = result.scenario.book.instance_type(option.instance_type, "instance_type")
    return found | {
        "instance_type": option.instance_type,
        "architecture": kind.architecture,
        "ebs_gb": max(int(-(-option.ebs_gb // 1)), 1),
        "cpu_credits": option.cpu_credits if kind.baseline is not None else "",
        "spot": option.purchase == "spot",
    }


# alarms


def _alarms(result: Result, wires: Sequence[Wire]) -> list[Alarm]:
    """The trip-wires of what can be watched, then what tells that the capacity is near its end."""
    found = []
    for wire in wires:
        alarm = _traffic(result, wire) if wire.path == REQUESTS else _duration(result, wire)
        found += [] if alarm is None else [alarm]
    return found + (_function_alarms(result) if isinstance(result.option, Lambda) else _fleet_alarms(result))


def _wires(comparison: Comparison, result: Result) -> Sequence[Wire]:
    """Where the winner gives way, in traffic and duration; none where another option is written, or none are known."""
    if result is not comparison.best or any(option.is_scheduled for option in comparison.scenario.options):
        return ()
    return [wire for wire in wires_of(flips(comparison.scenario)) if wire.path in (REQUESTS, DURATION)]


def _watched(option: Option) -> tuple[str, dict[str, str], str, str] | None:
    """Namespace and dimensions of what serves requests, and the metrics of their number and their time."""
    if isinstance(option, Lambda):
        return "AWS/Lambda", {"FunctionName": "aws_lambda_function.function.function_name"}, "Invocations", "Duration"
    if option.front_door == "alb":
        return "AWS/ApplicationELB", {"LoadBalancer": "aws_lb.door.arn_suffix"}, "RequestCount", "TargetResponseTime"
    return None  # without a load balancer of its own a fleet's requests are counted nowhere


_OPERATORS = {"at_or_above": "GreaterThanOrEqualToThreshold", "at_or_below": "LessThanOrEqualToThreshold"}
_SIDES = {"at_or_above": "above", "at_or_below": "below"}


def _traffic(result: Result, wire: Wire) -> Alarm | None:
    """Requests beyond a wire, as requests a day."""
    watched = _watched(result.option)
    if watched is None:
        return None
    namespace, dimensions, metric, _ = watched
    a_day = wire.at * HOURS_PER_DAY / result.scenario.hours_per_month
    side = "or more" if wire.way == "at_or_above" else "or fewer"
    words = f"{exact_value(plain(wire.at))} requests a month {side}: {wire.winner or 'nobody'} is cheapest there"
    key = f"requests-{_SIDES[wire.way]}"
    threshold = decimal_text(a_day, 3)
    return Alarm(key, words, namespace, metric, "Sum", threshold, dimensions, operator=_OPERATORS[wire.way])


def _duration(result: Result, wire: Wire) -> Alarm | None:
    """Requests that take as long here as they do at a wire, which is the duration as it was measured."""
    watched = _watched(result.option)
    if watched is None:
        return None
    namespace, dimensions, _, metric = watched
    there = billed(result.scenario.at(DURATION, wire.at), result.option).fleet.wall_ms
    is_function = isinstance(result.option, Lambda)
    side = "or more" if wire.way == "at_or_above" else "or less"
    size = exact_value(plain(result.scenario.workload.measured_memory_mb))
    measured = f"{exact_value(plain(wire.at))} ms {side} at {size} MB"
    words = f"{measured}, {decimal_text(Fraction(there), 1)} ms here: {wire.winner or 'nobody'} is cheapest there"
    threshold = decimal_text(Fraction(there) if is_function else Fraction(there) / MS_PER_SECOND, 6)
    key = f"duration-{_SIDES[wire.way]}"
    return Alarm(key, words, namespace, metric, "Average", threshold, dimensions, operator=_OPERATORS[wire.way])


def _function_alarms(result: Result) -> list[Alarm]:
    namespace, dimensions = "AWS/Lambda", {"FunctionName": "aws_lambda_function.function.function_name"}
    quota = next(limit.allowed for limit in result.fleet.limits if limit.limit == "Lambda concurrent executions")
    near = decimal_text(Fraction(quota) * NEAR_QUOTA)
    several = f"{near} of the {decimal_text(Fraction(quota))} executions that a new account may have at once"
    return [
        Alarm("throttles", "requests were turned away", namespace, "Throttles", "Sum", "1", dimensions, **QUICK),
        Alarm("errors", "requests failed", namespace, "Errors", "Sum", "1", dimensions, **QUICK),
        Alarm("concurrency", several, namespace, "ConcurrentExecutions", "Maximum", near, {}, **QUICK),
    ]


def _fleet_alarms(result: Result) -> list[Alarm]:
    option = result.option
    if isinstance(option, Fargate):
        namespace = "AWS/ECS"
        dimensions = {"ClusterName": "aws_ecs_cluster.cluster.name", "ServiceName": "aws_ecs_service.service.name"}
    else:
        namespace, dimensions = "AWS/EC2", {"AutoScalingGroupName": "aws_autoscaling_group.fleet.name"}
    words = f"the fleet is {FULL_PERCENT} % busy for an hour: it was sized for less"
    found = [Alarm("cpu", words, namespace, "CPUUtilization", "Average", str(FULL_PERCENT), dimensions, **HOUR)]
    if _watched(option) is not None:
        door, metric = "AWS/ApplicationELB", "UnHealthyHostCount"
        target = {"LoadBalancer": "aws_lb.door.arn_suffix", "TargetGroup": "aws_lb_target_group.units.arn_suffix"}
        found.append(Alarm("unhealthy", "a unit is not well", door, metric, "Maximum", "1", target, **QUICK))
    return found
