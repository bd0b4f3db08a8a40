"""Terraform for the chosen option: its size, its fleet, and alarms at the trip-wires."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.analysis.decision import Wire, wires_of
from lambdaplan.analysis.sensitivity import flips
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result, billed
from lambdaplan.comparison.wording import DOORS, answer
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text, exact_value
from lambdaplan.platforms import OPTIONS, Alarm, Terraform
from lambdaplan.report.atomic_files import slug, to_stderr, write_file, write_set
from lambdaplan.report.html_page import template
from lambdaplan.schema.fields import plain
from lambdaplan.units import DAYS_PER_WEEK, HOURS_PER_DAY, SECONDS_PER_DAY
from lambdaplan.workload.workload import DURATION, REQUESTS

MAIN = "main.tf"
UNCHECKED = ", as its resources could not be held against the schema of AWS's provider"
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
    text, kind = terraform(comparison, result), "a Terraform starting point"

    def fill(new: Path) -> None:
        write_file(new / MAIN, text)

    return write_set(out, comparison.scenario.name, fill, own=(MAIN,), sign=MAIN, kind=kind) / MAIN


def chosen(comparison: Comparison, label: str | None) -> Result:
    """The option of a label, or the winner.

    Raises: InputError where there is none, or it is of a kind that is not written, or breaks a limit.
    """
    labels = [result.label for result in comparison.options]
    if label is not None and label not in labels:
        fix = nearest(label, labels)
        raise InputError(Problem("choice", "--option", f'"{shorten(label)}"', ", ".join(labels), fix))
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
        why, fix = f"{result.option.platform} is not yet{UNCHECKED}", "Choose another option."
        if result.option.parts:
            why, fix = f"a {result.option.kind} is two of them", "Name its parts as options of their own."
        words = f"{', '.join(first)} and {last} are written; {why}"
        raise InputError(Problem("conflict", "--option", quoted, words, fix))
    why = _not_written(result)
    if why:
        raise InputError(Problem("conflict", "--option", quoted, why, "Choose another option."))
    return result


def _not_written(result: Result) -> str:
    """What of an option's fleet is not written; nothing where all of it is."""
    fleet, work = result.fleet, result.scenario.workload
    if fleet.started_each:
        return "a unit that each run starts is written where its schedule is, and that is not written"
    if work.drains and result.option.has_units and fleet.units_mean != fleet.units_peak:
        return "a fleet that follows a queue is scaled by the queue's length, and the queue is not written"
    if getattr(result.option, "spot_fraction", 0):
        return "a fleet that is partly on Spot is not written"
    return ""


def terraform(comparison: Comparison, result: Result) -> str:
    """The text of main.tf for one option of a comparison."""
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
    return "".join(template(f"terraform_{part}.tf.j2").render(values) for part in parts)


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
    tripped = [_alarm(result, written, wire) for wire in wires]
    return [*(alarm for alarm in tripped if alarm is not None), *written.alarms]


def _wires(comparison: Comparison, result: Result) -> Sequence[Wire]:
    """Where the winner gives way, in traffic and duration; none where another option is written, or none are known."""
    if result is not comparison.best or any(option.is_scheduled for option in comparison.scenario.options):
        return ()
    sensitivity = flips(comparison.scenario, quick=True, comparison=comparison)
    return [wire for wire in wires_of(sensitivity) if wire.path in (REQUESTS, DURATION)]


_OPERATORS = {"at_or_above": "GreaterThanOrEqualToThreshold", "at_or_below": "LessThanOrEqualToThreshold"}


def _alarm(result: Result, written: Terraform, wire: Wire) -> Alarm | None:
    """Requests beyond a wire, as requests a day, or requests that take as long here as they do at a wire.

    Nothing where they are not counted. A wire has the duration as it was measured.
    """
    above, scenario, at = wire.way == "at_or_above", result.scenario, exact_value(plain(wire.at))
    if wire.path == REQUESTS:
        key, metric, statistic = "requests", written.requests, "Sum"
        threshold = decimal_text(wire.at * HOURS_PER_DAY / scenario.hours_per_month, 3)
        words = f"{at} requests a month or {'more' if above else 'fewer'}"
    else:
        there = Fraction(billed(scenario.at(DURATION, wire.at), result.option).fleet.wall_ms)
        key, metric, statistic = "duration", written.duration, "Average"
        threshold = decimal_text(there * written.durations_per_ms, 6)
        size = exact_value(plain(scenario.workload.measured_memory_mb))
        words = f"{at} ms or {'more' if above else 'less'} at {size} MB, {decimal_text(there, 1)} ms here"
    if metric is None:
        return None
    words = f"{words}: {wire.winner or 'nobody'} is cheapest there"
    key = f"{key}-{'above' if above else 'below'}"
    return Alarm(key, words, metric, statistic, threshold, _OPERATORS[wire.way], **DAYS)
