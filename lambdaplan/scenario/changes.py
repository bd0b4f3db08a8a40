"""Changes of a scenario document: --set PATH=VALUE, and a value at a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.schema.parsing import parse_document


def with_changes(document: Any, changes: Iterable[str]) -> Any:
    """A copy of a scenario document after changes written as PATH=VALUE.

    Values are JSON, or plain text; amounts also as 10M, 500k/day, 120/s, 200ms, 512MB, 30%.

    Raises: InputError when a change is not of that form, or its path leads nowhere.
    """
    pairs: list[tuple[str, str]] = []
    with problems_together() as problems:
        for change in changes:
            path, equals, value = change.partition("=")
            if not equals or not path.strip():
                words = "a change written PATH=VALUE, such as workload.duration_ms=300"
                name, colon, given = (part.strip() for part in change.partition(":"))
                fix = f"Try {shorten(name, 80)}={shorten(given, 40)}." if colon and name and given else ""
                problems.append(Problem("type", "--set", f'"{shorten(change)}"', words, fix))
            else:
                pairs.append((path.strip(), value.strip()))
        for path, value in pairs:
            try:
                changed = with_value(document, path, _change_value(path, value))
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


def _change_value(path: str, value: str) -> Any:
    try:
        return parse_document(value, path)
    except InputError:
        return value


_EMPTY = {"traffic": {"shape": "flat"}}
_WEEK = ("shape", "hourly", "trace")  # of which a week has one: another one stands in its place


def _changed(value: Any, steps: list[str], new: Any, path: str) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    if isinstance(value, (list, tuple)):
        if not (first.isascii() and first.isdigit() and len(first) <= 9 and int(first) < len(value)):
            allowed = f"a place from 0 to {len(value) - 1}" if value else "an empty list"
            step = shorten(first, 20)
            words = f"{step} leads nowhere, the list has {allowed}"
            named = (n for n, item in enumerate(value) if isinstance(item, Mapping) and first in item.values())
            place = next(named, None)  # of an option by its kind or label
            fix = "" if place is None else f"Try {path.replace(first, str(place), 1)}: places count from 0."
            raise InputError(Problem("unknown_field", shorten(path, 200), step, words, fix))
        return [_changed(item, rest, new, path) if index == int(first) else item for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        raise InputError(Problem("unknown_field", path, first, f"{first} leads nowhere, there is no object or list"))
    inner = value.get(first, _EMPTY.get(first, {}) if rest else None)
    kept = dict(value)
    if path == f"workload.traffic.{first}" and first in _WEEK:
        kept = {name: given for name, given in value.items() if name not in _WEEK}
    return {**kept, first: _changed(inner, rest, new, path)}
