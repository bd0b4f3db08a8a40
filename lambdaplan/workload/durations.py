"""Durations measured at several memory sizes, as a scenario lists them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.errors import Problem
from lambdaplan.schema.fields import number, schema, shown
from lambdaplan.schema.reading import read


@dataclass(frozen=True)
class Measured:
    """A mean wall time measured on Lambda with some memory."""

    memory_mb: int = number("memory of the function", unit="MB", low=128, high=10_240, whole=True)
    duration_ms: Fraction = number("mean wall time of a warm request", unit="ms", above=True, high=900_000)


DURATIONS_SCHEMA = {"type": "array", "maxItems": 100, "items": schema(Measured)}


def read_durations(value: Any, path: str, problems: list[Problem]) -> tuple[Measured, ...] | None:
    """Read a list of measured durations, each memory size at most once."""
    if not isinstance(value, (list, tuple)) or len(value) > 100:
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
        problems.append(Problem("type", path, got, "a list of at most 100 objects with memory_mb and duration_ms"))
        return None
    before = len(problems)
    measured = [read(Measured, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    if len(problems) > before:
        return None
    rows = tuple(row for row in measured if row is not None)
    for index, row in enumerate(rows):
        if row.memory_mb in [other.memory_mb for other in rows[:index]]:
            words = "this memory size stands twice"
            problems.append(Problem("conflict", f"{path}.{index}.memory_mb", str(row.memory_mb), words))
    return rows
