"""What of a scenario is not known for sure: ranges of its numbers, and which of them move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.errors import Problem, nearest, shorten
from lambdaplan.pricing.rates import OwnPrice
from lambdaplan.schema.fields import Documented, Rule, number, schema, shown, text
from lambdaplan.schema.ranges import RANGE_SCHEMA, Range, read_range
from lambdaplan.schema.reading import read

BOUGHT = (
    "memory_mb",
    "memory_gb",
    "vcpu",
    "units",
    "min_units",
    "max_units",
    "zones",
    "processes",
    "requests_at_once",
    "ephemeral_mb",
    "ephemeral_gb",
    "ebs_gb",
    "level",
)
"""Sizes and counts that are bought: these are decided, not guessed."""
DECIDED = (
    "hours_per_month",
    "memory_headroom",
    "log_retention_days",
    "max_duration_ms",
    "max_cold_fraction",
    "max_wait_s",
    "batch_size",
    "steps",
    "batch_window_s",
    "visibility_timeout_s",
    "spot_fraction",
)
"""Further numbers that somebody decides, or that can't vary."""
NO_RANGE = (*BOUGHT, *DECIDED)
MEASURED = "measured"
"""The word of `risk` with which known errors count as ranges."""
PRICE: Rule = number("price of one unit", unit="USD", high=10**9).metadata["rule"]


@dataclass(frozen=True)
class UncertainNumber(Documented):
    """A number of a scenario with the range in which it lies.

    Parameters:
    path : str - of the number in the scenario.
    whole : bool - whether only whole numbers are drawn.
    source : str - of a known error, who measured it; empty where the reader gave the range.
    title : str - of a known error, what it is; empty where the reader gave the range.
    given_in : str - the field in which one's own measurement of it goes; the path itself unless given.
    unit : str - of a known error.
    """

    path: str
    range: Range
    whole: bool = False
    source: str = ""
    title: str = ""
    given_in: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Correlation(Documented):
    """Two numbers with ranges that move together: the correlation of their normal scores."""

    a: str = text("path of a number with a range", max_length=120)
    b: str = text("path of another", max_length=120)
    r: Fraction = number("correlation of the two (of their normal scores)", low=-1, high=1)


def read_correlations(value: Any, path: str, problems: list[Problem]) -> tuple[Correlation, ...]:
    """Read the list of correlations; whether their paths have ranges is seen later."""
    if not isinstance(value, (list, tuple)):
        problems.append(Problem("type", path, shown(value), 'a list of {"a", "b", "r"}'))
        return ()
    items = [read(Correlation, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    return tuple(item for item in items if item is not None)


CORRELATIONS_SCHEMA = {"type": "array", "items": schema(Correlation)}


def read_ranges(
    given: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Rule],
    correlations: Sequence[Correlation],
    problems: list[Problem],
) -> tuple[UncertainNumber, ...]:
    """Read the ranges of a document, by their paths, against the rules of the numbers that may have one."""
    numbers = []
    for path, ends in given.items():
        if path not in known:
            problems[:] = [one for one in problems if one.field != path]  # what its likely value is not
            problems.append(_no_range(path))
            continue
        held = read_range(ends, known[path], path, problems)
        if held is not None:
            numbers.append(UncertainNumber(path, held, known[path].whole))
    problems += _correlation_problems(correlations, numbers)
    return tuple(numbers)


def rules_of_ranges(axes: Mapping[str, Rule], prices: Sequence[OwnPrice]) -> dict[str, Rule]:
    """The numbers of a scenario that may have a range, with their rules."""
    numbers = {path: rule for path, rule in axes.items() if path.rsplit(".", 1)[-1] not in NO_RANGE}
    return numbers | {f"prices.{n}.price_usd": PRICE for n in range(len(prices))}


def _no_range(path: str) -> Problem:
    name = path.rsplit(".", 1)[-1]
    if name in BOUGHT:
        words = "one number: a size or a count that is bought is decided, and has no range"
        return Problem("conflict", path, "an object", words, "Compare two options of different size instead.")
    words = "one number: only numbers of workload, options and prices that may vary have a range"
    return Problem("conflict", shorten(path, 80), "an object", words, "Give that number, or word, alone.")


def _correlation_problems(correlations: Sequence[Correlation], numbers: Sequence[UncertainNumber]) -> list[Problem]:
    """What no distribution can have: a path without a range, a pair named twice, coefficients that contradict."""
    paths = [one.path for one in numbers]
    problems, pairs = [], set()
    for index, one in enumerate(correlations):
        where = f"correlations.{index}"
        for end in ("a", "b"):
            path = getattr(one, end)
            if path not in paths:
                words = "the path of a number with a range" + (f": {', '.join(paths)}" if paths else "; none has one")
                problems.append(Problem("conflict", f"{where}.{end}", f'"{path}"', words, nearest(path, paths)))
        if one.a == one.b:
            problems.append(Problem("conflict", f"{where}.b", f'"{one.b}"', "the other number, not a once more"))
        elif frozenset((one.a, one.b)) in pairs:
            problems.append(Problem("conflict", where, f'"{one.a}" and "{one.b}"', "the pair is named twice"))
        pairs.add(frozenset((one.a, one.b)))
    if not problems and correlations:
        least = float(np.linalg.eigvalsh(correlation_matrix(correlations, paths)).min())
        if least < -1e-9:
            words = "together no distribution has these correlations (their matrix is not positive semi-definite)"
            problems.append(Problem("conflict", "correlations", f"{len(correlations)} pairs", words, "Weaken one."))
    return problems


def correlation_matrix(correlations: Sequence[Correlation], paths: Sequence[str]) -> np.ndarray:
    """The matrix of correlations of normal scores, in the order of the paths."""
    matrix = np.eye(len(paths))
    for one in correlations:
        a, b = paths.index(one.a), paths.index(one.b)
        matrix[a, b] = matrix[b, a] = float(one.r)
    return matrix


def with_ranges_in_schema(described: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a scenario in which numbers that may vary may also be a range."""
    fields = described["properties"]
    fields["workload"] = {**fields["workload"], "properties": _ranged(fields["workload"]["properties"])}
    alternatives = fields["options"]["items"]["oneOf"]
    ranged = [{**one, "properties": _ranged(one["properties"])} for one in alternatives]
    fields["options"] = {**fields["options"], "items": {"oneOf": ranged}}
    fields |= {name: _ranged_within(fields[name]) for name in ("prices", "other_costs", "services", "growth")}
    fields["workload"]["properties"]["traffic"] = _ranged_within(fields["workload"]["properties"]["traffic"])
    return {**described, "$defs": {**described.get("$defs", {}), "range": RANGE_SCHEMA}}


def _ranged(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _with_range(field) if _may_vary(name, field) else field for name, field in properties.items()}


def _ranged_within(described: Any) -> Any:
    """A part of the schema in which every number that may vary, however deep, may also be a range."""
    if isinstance(described, list):
        return [_ranged_within(one) for one in described]
    if not isinstance(described, Mapping):
        return described
    inner = {name: _ranged_within(value) for name, value in described.items()}
    fields, others = inner.get("properties"), inner.get("additionalProperties")
    if isinstance(others, Mapping) and _is_number(others):
        inner["additionalProperties"] = _with_range(others)
    return {**inner, "properties": _ranged(fields)} if isinstance(fields, Mapping) else inner


def _may_vary(name: str, field: Mapping[str, Any]) -> bool:
    return name not in NO_RANGE and any(_is_number(one) for one in (field, *field.get("anyOf", ())))


def _is_number(field: Mapping[str, Any]) -> bool:
    kinds = field.get("type")
    return isinstance(kinds, list) and bool({"number", "integer"} & set(kinds))


def _with_range(field: Mapping[str, Any]) -> dict[str, Any]:
    """A field that may be a range too."""
    if "anyOf" in field:
        return {**field, "anyOf": [_with_range(one) if _is_number(one) else one for one in field["anyOf"]]}
    held = {"if": {"type": "object"}, "then": {"$ref": "#/$defs/range"}}
    return {**field, "type": [*field["type"], "object"], **held}
