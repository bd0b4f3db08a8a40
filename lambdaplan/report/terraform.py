"""Terraform for the chosen option: its size, its fleet, and alarms at the trip-wires."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.analysis.decision import Wire, wires_of
from lambdaplan.analysis.sensitivity import flips
from lambdaplan.comparison.comparison import Comparison, Result, billed
from lambdaplan.comparison.wording import DOORS, answer
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text, exact_value
from lambdaplan.platforms import OPTIONS, Alarm, Terraform
from lambdaplan.report.atomic_files import slug, to_stderr, write_file, write_set
from lambdaplan.report.html_page import TEMPLATES
from lambdaplan.schema.fields import plain
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_DAY, SECONDS_PER_DAY
from lambdaplan.workload.workload import DURATION, REQUESTS

MAIN = "main.tf"
NAME_LENGTH = 40  # of the names of what is made: shorter than any service allows, with a suffix
# an alarm at a wire: more than half of the days of a week are beyond the wire's daily mean
DAYS: dict[str, Any] = {"period_s": SECONDS_PER_DAY, "periods": DAYS_PER_WEEK, "datapoints": 4}


def run_terraform(
    comparison: Comparison, out: Path, label: str | None = None, *, progress: Callable[[str], None] = to_stderr
) -> Path:
    """Write the starting point into a folder named after the scenario, whole or not at all.

    Parameters:
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
    quoted = f'"{shorten(result.label)}"'
    if not result.feasible:
        words = "an option that breaks no fixed limit"
        raise InputError(Problem("conflict", "--option", quoted, words, "See lambdaplan compare."))
    if not result.option.terraform_templates:
        *first, last = [option.platform for option in OPTIONS.values() if option.terraform_templates]
        why, fix = f"{result.option.platform} is not", "Choose another option."
        if result.option.parts:
            why, fix = f"a {result.option.kind} is two of them", "Name its parts as options of their own."
        words = f"{', '.join(first)} and {last} are written; {why}"
        raise InputError(Problem("conflict", "--option", quoted, words, fix))
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
    written = option.terraform(result.fleet, scenario.workload, scenario.book)
    values = {
        "region": scenario.region,
        "book": scenario.book.id,
        "name": _name(scenario.name),
        "description": shorten(f"{scenario.name}: {answer(comparison)}", 240),
        "front_door": option.front_door,
        "door_words": DOORS[option.front_door],
        "retention_days": _retention(scenario.workload.log_retention_days),
        "alarms": _alarms(result, written, wires),
        "wired": bool(wires),
        **written.values,
    }
    parts = ("head", *option.terraform_templates, "alarms")
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


# alarms


def _alarms(result: Result, written: Terraform, wires: Sequence[Wire]) -> list[Alarm]:
    """The trip-wires of what can be watched, then what tells that the capacity is near its end."""
    tripped = [_traffic(result, written, w) if w.path == REQUESTS else _duration(result, written, w) for w in wires]
    return [*(alarm for alarm in tripped if alarm is not None), *written.alarms]


def _wires(comparison: Comparison, result: Result) -> Sequence[Wire]:
    """Where the winner gives way, in traffic and duration; none where another option is written, or none are known."""
    if result is not comparison.best or any(option.is_scheduled for option in comparison.scenario.options):
        return ()
    return [wire for wire in wires_of(flips(comparison.scenario)) if wire.path in (REQUESTS, DURATION)]


_OPERATORS = {"at_or_above": "GreaterThanOrEqualToThreshold", "at_or_below": "LessThanOrEqualToThreshold"}
_SIDES = {"at_or_above": "above", "at_or_below": "below"}


def _traffic(result: Result, written: Terraform, wire: Wire) -> Alarm | None:
    """Requests beyond a wire, as requests a day; nothing where they are not counted."""
    if written.requests is None:
        return None
    a_day = wire.at * HOURS_PER_DAY / result.scenario.hours_per_month
    side = "or more" if wire.way == "at_or_above" else "or fewer"
    words = f"{exact_value(plain(wire.at))} requests a month {side}: {wire.winner or 'nobody'} is cheapest there"
    key, threshold = f"requests-{_SIDES[wire.way]}", decimal_text(a_day, 3)
    return Alarm(key, words, written.requests, "Sum", threshold, _OPERATORS[wire.way], **DAYS)


def _duration(result: Result, written: Terraform, wire: Wire) -> Alarm | None:
    """Requests that take as long here as they do at a wire, which is the duration as it was measured."""
    if written.duration is None:
        return None
    there = billed(result.scenario.at(DURATION, wire.at), result.option).fleet.wall_ms
    side = "or more" if wire.way == "at_or_above" else "or less"
    size = exact_value(plain(result.scenario.workload.measured_memory_mb))
    measured = f"{exact_value(plain(wire.at))} ms {side} at {size} MB"
    words = f"{measured}, {decimal_text(Fraction(there), 1)} ms here: {wire.winner or 'nobody'} is cheapest there"
    key, threshold = f"duration-{_SIDES[wire.way]}", decimal_text(Fraction(there) * written.durations_per_ms, 6)
    return Alarm(key, words, written.duration, "Average", threshold, _OPERATORS[wire.way], **DAYS)
