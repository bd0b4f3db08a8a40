"""Controls that a platform tells of itself: lists to choose from, and what stands before it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.wording import DOORS
from lambdaplan.errors import InputError, Problem
from lambdaplan.explorer.controls import Choice
from lambdaplan.explorer.options.option_paths import Path_
from lambdaplan.platforms import AUTO, Option, Selection
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services.front_door import FRONT_DOORS

CHOSEN = "chosen for you"


class Selected(Choice):
    """A list of a platform, for one option or a part of one.

    Parameters:
    key : str - the control's name.
    selection : Selection - what the platform says of the list.
    path : function - the path of the option in a scenario; None where it has none such.
    label : str - other words for it than the platform's.
    """

    def __init__(self, key: str, selection: Selection, path: Path_, label: str = "") -> None:
        self.path, self.selection = path, selection
        offers = (lambda scenario: self.listed(scenario, scenario.region), self._chosen, self._ask, self._hint)
        super().__init__(key, label or selection.label, *offers)
        if selection.auto_field:
            self.row.add_class("lp-size")

    def listed(self, scenario: Scenario, region: str) -> list[tuple[str, Any]]:
        """What there is to choose in a region; nothing without such an option."""
        path = self.path(scenario)
        if path is None:
            return []
        open_too = [(CHOSEN, AUTO)] if self.selection.auto_field else []
        return [*open_too, *self.selection.listed(scenario.value_at(path), scenario.book, region)]

    def _chosen(self, scenario: Scenario) -> Any:
        path = self.path(scenario)
        return None if path is None else self.selection.chosen(scenario.value_at(path))

    def _ask(self, scenario: Scenario, value: Any) -> Mapping[str, Any]:
        path, field = self.path(scenario), self.selection.auto_field
        if path is None:
            return {}
        if value == AUTO:
            in_seconds(scenario, f"{path}.{field}", AUTO, held=scenario.workload.slo is not None)
        return {f"{path}.{name}": given for name, given in self.selection.fields(value).items()}

    def _hint(self, comparison: Comparison) -> str:
        """Which size has been chosen."""
        path = self.path(comparison.scenario)
        if path is None or self._chosen(comparison.scenario) != AUTO:
            return ""
        _, place, *part = path.split(".")
        chosen = functools.reduce(getattr, part, comparison.options[int(place)].option)
        return f"the cheapest that serves; here {chosen.size_label}"


def door_choice(key: str, label: str, platform: type[Option], path: Path_) -> Choice:
    """The choice of what stands before an option."""

    def show(scenario: Scenario) -> str | None:
        where = path(scenario)
        if where is None:
            return None
        option: Any = scenario.value_at(where)
        return str(option.front_door or option.usual_front_door)

    def offers(scenario: Scenario) -> list[tuple[str, str]]:
        usual = [door for door in FRONT_DOORS if door in platform.front_doors or door == show(scenario)]
        return [(DOORS[door], door) for door in usual]

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        where = path(scenario)
        return {} if where is None else {f"{where}.front_door": value}

    return Choice(key, label, offers, show, ask)


def in_seconds(scenario: Scenario, field: str, value: str, *, held: bool) -> None:
    """An answer time to hold and the size of a fleet to choose are not asked for together here: that takes minutes.

    Raises: InputError.
    """
    if held:
        words = "a fleet's size to choose and an answer time to hold take minutes together"
        fix = "Do one of the two here; lambdaplan compare and lambdaplan report do both."
        raise InputError(Problem("conflict", field, f'"{value}"', words, fix))
