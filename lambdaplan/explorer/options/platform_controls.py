"""Controls that a platform tells of itself: lists to choose from, and what stands before it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.wording import DOORS
from lambdaplan.errors import InputError, Problem
from lambdaplan.explorer.controls.control import Choice
from lambdaplan.explorer.options.option_paths import InHand, Path_, places_of
from lambdaplan.platforms import AUTO, OPTIONS, Option, Selection
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


class OptionInHand(Choice):
    """Which option of a platform its controls act on; out of sight where there are not two of it.

    It asks for nothing of a scenario: the other controls show another option.

    Parameters:
    kind : str - the platform.
    hand : InHand - the option of each platform that the controls act on.
    acting : str - the keys of the controls that then act on another option.
    """

    def __init__(self, kind: str, hand: InHand, acting: Sequence[str]) -> None:
        self._kind, self._hand = kind, hand
        label = f"Which {OPTIONS[kind].platform}"
        super().__init__(f"{kind}_in_hand", label, self._listed, self._shown, None, self._hint)
        self.acting = acting

    def _listed(self, scenario: Scenario) -> list[tuple[str, int]]:
        labels = [str(scenario.options[place].label) for place in places_of(scenario, self._kind)]
        return [(label, n) for n, label in enumerate(labels)]

    def _shown(self, scenario: Scenario) -> int | None:
        several = len(places_of(scenario, self._kind)) > 1
        return self._hand.number(scenario, self._kind) if several else None

    def _hint(self, _: Comparison) -> str:
        return f"the controls of {OPTIONS[self._kind].platform} show and change this one"

    def take(self) -> None:
        """Let the controls act on the option that is chosen."""
        self._hand.choose(self._kind, self.box.value or 0)


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
