"""Changes of a scenario document: --set PATH=VALUE, and a value at a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.scenario.reading import HOURS
from lambdaplan.schema.parsing import parse_document
from lambdaplan.schema.reading import read_number
from lambdaplan.units import HOURS_PER_MONTH, requests_per_month
from lambdaplan.workload.workload import REQUESTS


def with_changes(document: Any, changes: Iterable[str]) -> Any:
    """A copy of a scenario document after changes written as PATH=VALUE.

    Values are JSON, or plain text; requests also as 10M, 500k/day, 120/s.

    Raises: InputError when a change is not of that form, or its path leads nowhere.
    """
    pairs: list[tuple[str, str]] = []
    with problems_together() as problems:
        for change in changes:
            path, equals, value = change.partition("=")
            if not equals or not path.strip():
                words = "a change written PATH=VALUE, such as workload.duration_ms=300"
                problems.append(Problem("type", "--set", f'"{shorten(change)}"', words))
            else:
                pairs.append((path.strip(), value.strip()))
        # what requests a day or a second come to depends on the month: these last, in their order
        for path, value in sorted(pairs, key=lambda change: change[0] in _COUNTS):
            try:
                changed = with_value(document, path, _change_value(path, value, document))
                document = following(changed, document) if path == ARCHITECTURE else changed
            except InputError as error:
                problems.extend(error.problems)
    return document


def following(changed: Any, document: Any) -> Any:
    """A document with another processor, of whose options those follow that had the one that it named before.

    A document that was read and printed again names a processor in every option.
    """
    before = document.get(ARCHITECTURE) if isinstance(document, Mapping) else None
    options = changed.get("options") if isinstance(changed, Mapping) else None
    if before is None or not isinstance(options, (list, tuple)):
        return changed
    return {**changed, "options": [_without(option, before) for option in options]}


def _without(option: Any, architecture: str) -> Any:
    """An option without this processor, and so the parts of it."""
    if not isinstance(option, Mapping):
        return option
    kept = {name: value for name, value in option.items() if (name, value) != (ARCHITECTURE, architecture)}
    return {name: _without(value, architecture) for name, value in kept.items()}


def with_value(document: Any, path: str, value: Any) -> Any:
    """A copy of a scenario document with another value at a path.

    Raises: InputError when the path leads nowhere.
    """
    return _changed(document, path.split("."), value, path)


ARCHITECTURE = "architecture"
_COUNTS = (REQUESTS, "sweep.from", "sweep.to")


def _change_value(path: str, value: str, document: Any) -> Any:
    given = document if isinstance(document, Mapping) else {}
    sweep = given.get("sweep")
    over = sweep.get("over") if isinstance(sweep, Mapping) else None
    counts = path == _COUNTS[0] or (path in _COUNTS and over in (None, _COUNTS[0]))
    try:
        return parse_document(value, path)
    except InputError:
        pass
    if counts:
        hours = read_number(given.get("hours_per_month", HOURS_PER_MONTH), HOURS, "hours_per_month", [])
        return int(requests_per_month(value, hours or HOURS_PER_MONTH, path))
    return value


_EMPTY = {"traffic": {"shape": "flat"}}


def _changed(value: Any, steps: list[str], new: Any, path: str) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(value, (list, tuple)):
        if not (first.isascii() and first.isdigit() and len(first) <= 9 and int(first) < len(value)):
            allowed = f"a place from 0 to {len(value) - 1}" if value else "an empty list"
            step = shorten(first, 20)
            words = f"{step} leads nowhere, the list has {allowed}"
            raise InputError(Problem("unknown_field", shorten(path, 200), step, words))
        return [_changed(item, rest, new, path) if index == int(first) else item for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        raise InputError(Problem("unknown_field", path, first, f"{first} leads nowhere, there is no object or list"))
    inner = value.get(first, _EMPTY.get(first, {}) if rest else None)
    return {**value, first: _changed(inner, rest, new, path)}
