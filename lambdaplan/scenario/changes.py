"""Changes of a scenario document: --set PATH=VALUE, and a value at a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.platforms import OPTIONS
from lambdaplan.schema.fields import default_values, plain
from lambdaplan.schema.parsing import parse_document
from lambdaplan.workload.workload import KINDS, SERVICE


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
                document = following(with_value(document, path, _change_value(path, value)), document, path)
            except InputError as error:
                problems.extend(error.problems)
    return document


def following(changed: Any, document: Any, path: str) -> Any:
    """A document with another value at a path, of whose options those follow that had a default of the one before it.

    A document that was read and printed again names in every option a processor, and what goes with the kind of its
    workload.
    """
    options = changed.get("options") if isinstance(changed, Mapping) else None
    if not isinstance(document, Mapping) or not isinstance(options, (list, tuple)):
        return changed
    before = document.get(ARCHITECTURE)
    if path == ARCHITECTURE and before is not None:
        return {**changed, "options": [_without(option, before) for option in options]}
    workload = document.get("workload")
    if path == KIND and isinstance(workload, Mapping):
        kind = str(workload.get("kind", SERVICE))
        return {**changed, "options": [_without_defaults(option, kind) for option in options]}
    return changed


def _without_defaults(option: Any, kind: str) -> Any:
    """An option without what it has by default for such a kind of workload."""
    platform = OPTIONS.get(str(option.get("kind"))) if isinstance(option, Mapping) else None
    if platform is None or kind not in KINDS:
        return option
    names = {name for other in KINDS for name in platform.defaults_of(other, option)}
    declared = default_values(platform)  # type: ignore[arg-type]  # a class is hashable
    usual = {**declared, "front_door": platform.default_front_door}
    given = {**usual, **platform.defaults_of(kind, option)}
    return {name: value for name, value in option.items() if name not in names or plain(value) != plain(given[name])}


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
KIND = "workload.kind"


def _change_value(path: str, value: str) -> Any:
    try:
        return parse_document(value, path)
    except InputError:
        return value


def _with_place(path: str, step: str, place: int | None, many: int) -> str:
    """The path that was meant by one with a step into a list that is no place; nothing where none can be told."""
    if not many or re.fullmatch(r"[0-9]+", step):
        return ""
    if place is None and re.fullmatch(r"-[0-9]+", step):
        place = many - 1
    steps = path.split(".")
    at = steps.index(step)
    last = at == len(steps) - 1  # a field of an option whose place was left out
    meant = [*steps[:at], str(place or 0), *steps[at if last and place is None else at + 1 :]]
    return f"Try {shorten('.'.join(meant), 120)}: places count from 0."


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
            fix = _with_place(path, first, place, len(value))
            raise InputError(Problem("unknown_field", shorten(path, 200), step, words, fix))
        return [_changed(item, rest, new, path) if index == int(first) else item for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        raise InputError(Problem("unknown_field", path, first, f"{first} leads nowhere, there is no object or list"))
    inner = value.get(first, _EMPTY.get(first, {}) if rest else None)
    kept = dict(value)
    if path == f"workload.traffic.{first}" and first in _WEEK:
        kept = {name: given for name, given in value.items() if name not in _WEEK}
    return {**kept, first: _changed(inner, rest, new, path)}
