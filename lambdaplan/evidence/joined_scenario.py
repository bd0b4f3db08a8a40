"""The scenario that files tell together, on a base or fresh, as a document and as commented YAML."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambdaplan.errors import InputError
from lambdaplan.evidence.privacy import clean
from lambdaplan.evidence.scenario_values import Missing, Value, shown
from lambdaplan.scenario.draft import OPEN_OPTIONS
from lambdaplan.scenario.provenance import MOST
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.workload import MB_PER_VCPU

ASSUMED: dict[str, Any] = {
    "requests_per_month": 10_000_000,
    "duration_ms": 200,
    "measured_memory_mb": 1024,
    "working_set_mb": 180,
}
"""What stands where no file tells a value that a scenario must have; the YAML says so at each."""
ASSUMED_BUSY = 0.3
_OF_INTERVAL = 1.2815515655 / 1.9599639845  # of the 90th and of the 97.5th percentile of a normal law


def joined_scenario(
    values: Sequence[Value], base: Mapping[str, Any] | None = None, *, ranges: bool = False
) -> dict[str, Any]:
    """The scenario document with the values put in, and where each is from. It is valid.

    Parameters:
    ranges : whether a value with an interval becomes a range.

    Raises: InputError when the base is not valid with these values.
    """
    document: dict[str, Any] = _fresh() if base is None else copy.deepcopy(dict(base))
    for value in values:
        _put(document, value.path, _plain(value))
    for option in document["options"]:
        if "vcpu" in option:
            option.pop("size", None)
        if option.get("instance_type", "auto") != "auto":
            option.pop("families", None)
    workload = document["workload"]
    told = {value.path for value in values}
    if "workload.cpu_ms" in told:
        workload.pop("busy_share", None)
        if base is None and "workload.duration_ms" not in told:
            shortest = workload["cpu_ms"] / min(workload["measured_memory_mb"] / MB_PER_VCPU, 1)
            workload["duration_ms"] = max(workload["duration_ms"], math.ceil(shortest))
    if "workload.cold_fraction" in told and not ({"init_ms", "runtime"} & workload.keys()):
        del workload["cold_fraction"]
    if document.get("provenance") or values:
        document["provenance"] = _provenance(values, document)
    Scenario.from_dict(document)
    return _with_ranges(document, values) if ranges else document


def _provenance(values: Sequence[Value], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Where values are from: those that are told now, then those of the base that are not told anew."""
    told = {value.path for value in values}
    earlier = document.get("provenance") or ()
    kept = [one for one in earlier if not (isinstance(one, Mapping) and one.get("path") in told)]
    own = [value.provenance for value in values if _has(document, value.path)]
    return [*own, *kept][:MOST]


def _has(document: Any, path: str) -> bool:
    for step in path.split("."):
        if isinstance(document, Mapping):
            if step not in document:
                return False
            document = document[step]
        else:
            document = document[int(step)]
    return True


def _with_ranges(document: dict[str, Any], values: Sequence[Value]) -> dict[str, Any]:
    """The document with a range in place of each number that has an interval, where such a range has a distribution.

    A range has its 10th and 90th percentile, an interval those of 2.5 and 97.5 %: its ends lie 1.2816 / 1.9600 as far
    from the value. Where the lower end would be below what the field may have, it is as far below as the upper is
    above, by factor.
    """
    for value in values:
        if value.low is None or value.high is None or not isinstance(value.value, int | float):
            continue
        likely = float(value.value)
        low, high = (likely + (end - likely) * _OF_INTERVAL for end in (value.low, value.high))
        if not low < likely < high:
            continue
        for lower in (low, likely * likely / high):
            ends = {"low": lower, "likely": likely, "high": high}
            given = {name: _plain(dataclasses.replace(value, value=end)) for name, end in ends.items()}
            attempt = copy.deepcopy(document)
            _put(attempt, value.path, given)
            try:
                Scenario.from_dict(attempt)
            except InputError:
                continue
            document = attempt
            break
    return document


def without_unknown_region(values: Sequence[Value]) -> list[Value]:
    """The values, without a region of which the price book has no prices."""
    try:
        joined_scenario([value for value in values if value.path == "region"])
    except InputError:
        return [value for value in values if value.path != "region"]
    return list(values)


def _fresh() -> dict[str, Any]:
    """A scenario of assumptions, with the sizes of options left open."""
    return {
        "version": 1,
        "name": "Imported service",
        "region": "us-east-1",
        "workload": {**ASSUMED, "busy_share": ASSUMED_BUSY},
        "options": copy.deepcopy(list(OPEN_OPTIONS)),
    }


def _plain(value: Value) -> Any:
    """A value as a document has it: six digits of a measured figure, requests whole."""
    one = value.value
    if isinstance(one, bool) or not isinstance(one, int | float):
        return one
    if value.path == "workload.requests_per_month":
        return round(one)
    return one if isinstance(one, int) else shown(float(f"{one:.6g}"))


def _put(document: Any, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        document = document[int(step)] if step.isdigit() else document.setdefault(step, {})
    document[last] = value


# ---- YAML


def scenario_text(scenario: Mapping[str, Any], values: Iterable[Value], missing: Iterable[Missing]) -> str:
    """A scenario as YAML, with a comment at each value that a file tells or that is assumed."""
    comments = {value.path: _comment(value) for value in values}
    for one in missing:
        path = "workload.busy_share" if one.path == "workload.cpu_ms" else one.path
        comments.setdefault(path, f"assumed: no file tells it; {one.query}")
    lines = ["# A scenario of lambdaplan, imported. Each value says where it is from; the rest is assumed."]
    comments["provenance"] = "shown by compare, report, record and the explorer"
    lines += _mapping(scenario, "", 0, comments)
    return "\n".join(lines) + "\n"


def _comment(value: Value) -> str:
    between = f", 95 %: {_figure(value.low)} to {_figure(value.high)}" if value.low is not None else ""
    samples = f", n = {value.n:,}" if value.n else ""
    return clean(f"{value.origin}: {value.how}{samples}{between}")


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:,.4g}"


def _mapping(values: Mapping[str, Any], path: str, depth: int, comments: Mapping[str, str]) -> list[str]:
    lines = []
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        before = "  " * depth
        comment = f"  # {comments[here]}" if here in comments else ""
        if isinstance(value, Mapping) and value.keys() == {"low", "likely", "high"}:
            inner_words = ", ".join(f"{end}: {json.dumps(one)}" for end, one in value.items())
            lines.append(f"{before}{name}: {{{inner_words}}}{comment}")
        elif isinstance(value, Mapping) and value:
            lines += [f"{before}{name}:{comment}", *_mapping(value, here, depth + 1, comments)]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{before}{name}:{comment}")
            for place, one in enumerate(value):
                inner = _mapping(one, f"{here}.{place}", depth + 2, comments)
                inner[0] = f"{before}  - {inner[0].lstrip()}"
                lines += inner
        else:
            lines.append(f"{before}{name}: {json.dumps(value, ensure_ascii=False)}{comment}")
    return lines
