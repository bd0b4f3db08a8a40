"""Reading of a document's traffic: hourly weights, a named shape, or a trace."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.formatting import figure
from lambdaplan.numbers import Number
from lambdaplan.schema.amounts import PATTERN
from lambdaplan.schema.fields import Rule, schema, shown
from lambdaplan.schema.reading import read, read_number, read_value, unknown_fields
from lambdaplan.schema.synonyms import other_words
from lambdaplan.units import HOURS_PER_WEEK, SECONDS_PER_HOUR
from lambdaplan.workload.trace import Progress, read_trace
from lambdaplan.workload.traffic import DEFAULT_BURST, Burst, Traffic

BURST = Rule(
    "peak within an hour over that hour's mean", "number", low=Fraction(1), high=Fraction(1000), grain=Fraction(1, 100)
)
WEIGHT = Rule("traffic of one hour of the week, relative to the others", "number", high=Fraction(10**12))
FROM_TRACE = Rule("the trace that the weights were read from", "text", max_length=200, optional=True)
ZEROS_OMITTED = Rule(
    "whether an interval without a row of the trace had no requests, as CloudWatch writes them; told from a file of "
    "CloudWatch itself, else no",
    "flag",
    optional=True,
)
SHAPES = ("flat", "office_hours", "daily", "weekend_peak", "spiky")
MAX_PATH = 1000
MOST_BURSTS = 20

WATCHED_BY: ContextVar[Progress | None] = ContextVar("WATCHED_BY", default=None)
"""Who is told of the progress of traces that documents name: set by a front end around its reading."""


def read_traffic(value: Any, path: str, problems: list[Problem]) -> Traffic | None:
    """Read ``{"shape": "daily"}``, ``{"hourly": [168 weights]}`` or ``{"trace": "file.csv"}``.

    Each may have a burst; with trace, ``zeros_omitted`` says what a missing row means; with hourly, ``from_trace`` may
    say which trace the weights are from.

    Parameters:
    value : object of a document.
    path : str - where it stands there.
    problems : list - what is wrong is added to it.

    Returns: Traffic, or None where something is wrong.
    """
    if not isinstance(value, Mapping):
        fix = f'Try {{"shape": "{value}"}}.' if value in SHAPES else ""
        problems.append(Problem("type", path, shown(value), 'an object such as {"shape": "flat"}', fix))
        return None
    before = len(problems)
    unknown_fields(
        value, ("shape", "hourly", "trace", "burst", "bursts", "from_trace", "zeros_omitted"), path, problems
    )
    burst = read_number(value["burst"], BURST, f"{path}.burst", problems) if "burst" in value else None
    bursts = _read_bursts(value["bursts"], f"{path}.bursts", problems) if "bursts" in value else ()
    given = [name for name in ("shape", "hourly", "trace") if name in value]
    allowed = 'exactly one of "shape": "flat", "hourly": [168 weights] and "trace": "file.csv"'
    if not given:
        problems.append(Problem("missing", f"{path}.shape", "", allowed))
    elif len(given) > 1:
        words = "exactly one of shape, hourly and trace is given"
        problems.append(Problem("conflict", path, " and ".join(given), words))
    shape, hourly, origin = "flat", None, None
    if "shape" in value:
        shape = _read_shape(value["shape"], f"{path}.shape", problems)
    if "hourly" in value:
        hourly = _read_hourly(value["hourly"], f"{path}.hourly", problems)
    if "from_trace" in value:
        origin = read_value(value["from_trace"], FROM_TRACE, f"{path}.from_trace", problems)
        if "hourly" not in value:
            words = "it goes with hourly, and names the trace of the weights"
            problems.append(Problem("conflict", f"{path}.from_trace", shown(value["from_trace"]), words))
    omitted = None
    if "zeros_omitted" in value:
        omitted = read_value(value["zeros_omitted"], ZEROS_OMITTED, f"{path}.zeros_omitted", problems)
        if "trace" not in value:
            words = "it goes with trace, and says what a row that is missing there means"
            problems.append(Problem("conflict", f"{path}.zeros_omitted", shown(value["zeros_omitted"]), words))
    if "trace" in value and len(problems) == before:
        traffic = _read_trace(value["trace"], burst, omitted, f"{path}.trace", problems)
        return None if traffic is None else dataclasses.replace(traffic, bursts=bursts)
    if len(problems) > before:
        return None
    return Traffic(hourly, burst or DEFAULT_BURST, shape, origin, bursts=bursts)


def _read_bursts(value: Any, path: str, problems: list[Problem]) -> tuple[Burst, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_BURSTS:
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        words = f"a list of at most {MOST_BURSTS} objects with per_month, minutes and rps"
        problems.append(Problem("type", path, got, words))
        return ()
    ones = [read(Burst, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    return tuple(one for one in ones if one is not None)


def burst_problems(traffic: Traffic, requests: Number, hours_per_month: Number) -> list[Problem]:
    """What keeps bursts from being a part of a month with so many requests."""
    path, bursts = "workload.traffic.bursts", traffic.bursts
    total = sum((one.seconds * one.rps for one in bursts), Fraction(0))
    time_s = sum((one.seconds for one in bursts), Fraction(0))
    if time_s and time_s >= Fraction(hours_per_month) * SECONDS_PER_HOUR:
        words = f"less than the month together, {figure(hours_per_month)} hours"
        return [Problem("conflict", path, f"{figure(time_s / SECONDS_PER_HOUR, 1)} hours", words)]
    if total > requests:
        words = f"at most workload.requests_per_month, {figure(requests)}: their requests are a part of these"
        given = f"{figure(total)} requests a month"
        return [Problem("conflict", path, given, words, "Lower rps, or give all requests.")]
    return []


def _read_shape(value: Any, path: str, problems: list[Problem]) -> str:
    if isinstance(value, str) and value in SHAPES:
        return value
    problems.append(
        Problem("choice", path, shown(value), ", ".join(SHAPES), nearest(value, SHAPES, other_words(SHAPES)))
    )
    return "flat"


def _read_hourly(value: Any, path: str, problems: list[Problem]) -> tuple[Fraction, ...] | None:
    if not isinstance(value, (list, tuple)) or len(value) != HOURS_PER_WEEK:
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, got, "a list of 168 weights, from Monday 00:00"))
        return None
    before = len(problems)
    weights = [read_number(item, WEIGHT, f"{path}.{index}", problems) for index, item in enumerate(value)]
    if len(problems) > before:
        return None
    if not any(weights):
        problems.append(Problem("conflict", path, "168 zeros", "at least one weight is above 0"))
        return None
    return tuple(weights)


def _read_trace(
    value: Any, burst: Fraction | None, zeros_omitted: bool | None, path: str, problems: list[Problem]
) -> Traffic | None:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_PATH or not value.isprintable():
        words = f"the path of a CSV file, text of 1 to {MAX_PATH} characters without control characters"
        problems.append(Problem("type", path, shown(value), words))
        return None
    try:
        return read_trace(value, WATCHED_BY.get(), where=path, zeros_omitted=zeros_omitted).traffic(burst)
    except InputError as error:
        problems.extend(error.problems)
        return None


def _one_way(name: str, described: Mapping[str, Any], **more: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of traffic that is given in one of its ways."""
    properties = {name: dict(described), "burst": {**_BURST, "default": 1.5}, "bursts": _BURSTS, **more}
    return {"type": "object", "properties": properties, "required": [name], "additionalProperties": False}


_BURST = {"type": ["number", "string"], "pattern": PATTERN, "minimum": 1, "maximum": 1000, "description": BURST.meaning}
_BURSTS = {
    "type": "array",
    "maxItems": MOST_BURSTS,
    "items": schema(Burst),
    "description": "rare bursts, beside the week; their requests are a part of requests_per_month",
}
_TEXT = {"type": "string", "minLength": 1, "pattern": r"\S"}
TRAFFIC_SCHEMA = {
    "oneOf": [
        _one_way("shape", {"enum": list(SHAPES), "description": "a named shape"}),
        _one_way(
            "hourly",
            {
                "type": "array",
                "minItems": HOURS_PER_WEEK,
                "maxItems": HOURS_PER_WEEK,
                "items": {
                    "type": ["number", "string"],
                    "pattern": PATTERN,
                    "minimum": 0,
                    "maximum": 10**12,
                    "description": WEIGHT.meaning,
                },
                "description": "168 weights from Monday 00:00",
            },
            from_trace={
                "anyOf": [{**_TEXT, "maxLength": FROM_TRACE.max_length}, {"type": "null"}],
                "description": FROM_TRACE.meaning,
            },
        ),
        _one_way(
            "trace",
            {
                **_TEXT,
                "maxLength": MAX_PATH,
                "description": "a CSV file with a column of times and one of requests, a week or more at a regular "
                "interval; or what CloudWatch prints of requests",
            },
            zeros_omitted={"type": ["boolean", "null"], "description": ZEROS_OMITTED.meaning},
            burst={**_BURST, "description": f"{BURST.meaning}; measured from the trace where it is not given"},
        ),
    ]
}
