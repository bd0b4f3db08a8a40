"""Where in a scenario a control finds its option, and how it asks for another value there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lambdaplan.scenario.scenario import Scenario

Path_ = Callable[[Scenario], str | None]


def first_of(scenario: Scenario, kind: str) -> int | None:
    """The place of the first option of a platform."""
    return next((n for n, option in enumerate(scenario.options) if option.kind == kind), None)


def first_path(kind: str) -> Path_:
    """The path of the first option of a platform, in any scenario."""

    def path(scenario: Scenario) -> str | None:
        """The path in a scenario, where it has such an option."""
        place = first_of(scenario, kind)
        return None if place is None else f"options.{place}"

    return path


def first_function(scenario: Scenario) -> int | None:
    """The place of the first function that has a memory size."""
    return next((n for n, option in enumerate(scenario.options) if option.has_memory_size), None)


def path_of(place: Callable[[Scenario], int | None], name: str) -> Path_:
    """The path of a field of the option at a place, in any scenario."""

    def path(scenario: Scenario) -> str | None:
        """The path in a scenario, where it has such an option."""
        parent = place(scenario)
        return None if parent is None else f"options.{parent}.{name}"

    return path


memory_path = path_of(first_function, "memory_mb")


def shown_at(path: Path_) -> Callable[[Scenario], Any]:
    """What a control shows of the value at a path."""

    def show(scenario: Scenario) -> Any:
        where = path(scenario)
        return None if where is None else scenario.value_at(where)

    return show


def asked_at(path: Path_) -> Callable[[Scenario, Any], Mapping[str, Any]]:
    """What a control asks for there."""

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        where = path(scenario)
        return {} if where is None else {where: value}

    return ask
