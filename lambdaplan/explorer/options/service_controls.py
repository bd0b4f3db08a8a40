"""Controls of services around: whether they are counted, and how much a request or a month uses of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.explorer.controls.control import Choice, Control, Number, Switch
from lambdaplan.scenario.scenario import INCLUDE, Scenario
from lambdaplan.services.around import PERS, WORD, ServiceUse

AROUND = ("counts_around", "around", "around_amount")
"""Their keys, in their order."""
_PER = dict(zip(PERS, ("a request", "a month", "an attempt", "an hour of a unit"), strict=True))


class AmountInHand(Choice):
    """Which amount of a service the number box beside it shows and changes; it asks for nothing of a scenario."""

    def __init__(self) -> None:
        self.path = ""
        super().__init__("around", "Service around", self._listed, self._shown, None, lambda _: "what is used of it")
        self.acting = ("around_amount",)

    def _listed(self, scenario: Scenario) -> list[tuple[str, str]]:
        return [(words_of(scenario, path), path) for path in amounts_of(scenario)]

    def _shown(self, scenario: Scenario) -> str | None:
        return self.place(scenario)

    def place(self, scenario: Scenario) -> str | None:
        """The path of the amount in hand; the first one until another is chosen."""
        paths = amounts_of(scenario)
        return None if not paths else self.path if self.path in paths else paths[0]

    def take(self) -> None:
        """Let the number box act on the amount that is chosen."""
        self.path = self.box.value or ""


def service_controls() -> list[Control]:
    """Whether services around are counted, which of their amounts is in hand, and that amount."""
    hand = AmountInHand()

    def shown(scenario: Scenario) -> Any:
        path = hand.place(scenario)
        return None if path is None else scenario.value_at(path)

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        path = hand.place(scenario)
        return {} if path is None else {path: value}

    def hint(comparison: Comparison) -> str:
        return "" if WORD in comparison.scenario.include else "on no bill while services are not counted"

    return [
        Switch("counts_around", "services around", _counted, _ask_counted, lambda _: "what requests use of them"),
        hand,
        Number("around_amount", "How much", [], shown, ask, hint),
    ]


def amounts_of(scenario: Scenario) -> list[str]:
    """Paths of the numbers of the services around."""
    return [path for path in scenario.axes() if path.startswith(f"{WORD}.")]


def words_of(scenario: Scenario, path: str) -> str:
    """An amount in words, such as "sqs: standard requests, a request"."""
    _, place, *rest = path.split(".")
    use: ServiceUse = scenario.services[int(place)]
    per = f", {_PER[rest[0]]}" if rest[0] in _PER else ""
    whose = "" if use.places is None else f" ({', '.join(use.options)})"
    return f"{use.service}{whose}: {rest[-1].replace('_', ' ')}{per}"


def _counted(scenario: Scenario) -> bool | None:
    return WORD in scenario.include if scenario.services else None


def _ask_counted(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    words = {*scenario.include, WORD} if value else {*scenario.include} - {WORD}
    return {"include": [word for word in INCLUDE if word in words]}
