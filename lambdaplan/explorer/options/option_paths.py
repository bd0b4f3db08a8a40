"""Where in a scenario a control finds its option, and how it asks for another value there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lambdaplan.scenario.scenario import Scenario

Path_ = Callable[[Scenario], str | None]


class InHand:
    """Which option of each platform the controls of that platform act on: the first, until another is chosen."""

    def __init__(self) -> None:
        self._chosen: dict[str, int] = {}

    def choose(self, kind: str, number: int) -> None:
        """Take another option of a platform, by its number among those of it."""
        self._chosen[kind] = number

    def number(self, scenario: Scenario, kind: str) -> int | None:
        """The number of the option in hand among those of its platform; None without such an option."""
        places = places_of(scenario, kind)
        return min(self._chosen.get(kind, 0), len(places) - 1) if places else None

    def place(self, scenario: Scenario, kind: str) -> int | None:
        """The place of the option in hand of a platform, among all options."""
        number = self.number(scenario, kind)
        return None if number is None else places_of(scenario, kind)[number]

    def path(self, kind: str) -> Path_:
        """The path of the option in hand of a platform, in any scenario."""

        def path(scenario: Scenario) -> str | None:
            """The path in a scenario, where it has such an option."""
            place = self.place(scenario, kind)
            return None if place is None else f"options.{place}"

        return path

    def function(self, scenario: Scenario) -> int | None:
        """The place of the function in hand, of those that have a memory size."""
        kind = next((option.kind for option in scenario.options if option.has_memory_size), None)
        return None if kind is None else self.place(scenario, kind)

    def in_function(self, name: str) -> Path_:
        """The path of a field of the function in hand, in any scenario."""

        def path(scenario: Scenario) -> str | None:
            """The path in a scenario, where it has such an option."""
            place = self.function(scenario)
            return None if place is None else f"options.{place}.{name}"

        return path


def places_of(scenario: Scenario, kind: str) -> list[int]:
    """The places of the options of a platform."""
    return [n for n, option in enumerate(scenario.options) if option.kind == kind]


def shown_at(path: Path_) -> Callable[[Scenario], Any]:
    """What a control shows of the value at a path."""

    def show(scenario: Scenario) -> Any:
        where = path(scenario)
        return None if where is None else scenario.value_at(where)

    return show
