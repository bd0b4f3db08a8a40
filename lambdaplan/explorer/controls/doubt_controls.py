"""Controls of doubt: chances beside the costs, known errors, and what of a Savings Plan might be bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.doubt.commitments import LEAVE, USUAL_PLAN
from lambdaplan.doubt.known_errors import ranges_of_a_month
from lambdaplan.errors import problems_together
from lambdaplan.explorer.controls.control import Choice, Control, Switch, Words
from lambdaplan.pricing.plans import PLANS, plan_words
from lambdaplan.scenario.doubt import MEASURED
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.reading import read_number

DOUBT = ("chances", "known_errors", "plan", "leave")
"""Their keys, in their order."""


class _Leave(Words):
    """The chance that a service leaves, in percent."""

    def value(self, scenario: Scenario) -> Any:
        with problems_together() as problems:
            read_number(leave_share(self.box.value), LEAVE, "leave", problems)
        return self.box.value


def leave_share(text: str) -> str:
    """What a box in percent says, as a share with its sign."""
    said = text.strip() or "0"
    return said if said.endswith("%") else f"{said}%"


def doubt_controls() -> list[Control]:
    """What is shown of doubt. All but the known errors are no part of a scenario: they stay as they are set."""
    chances: Control = Switch(
        "chances", "chances beside the costs", lambda _: chances.box.value, _asks_nothing, _chances_hint
    )
    chances.box.value = True
    plan: Control = Choice(
        "plan", "Savings Plan", lambda _: _PLANS, lambda _: plan.box.value, _asks_nothing, _plan_hint
    )
    plan.box.options, plan.box.value = _PLANS, USUAL_PLAN
    leave: Control = _Leave("leave", "It leaves in (%)", lambda _: leave.box.value, _asks_nothing, _leave_hint)
    leave.box.value = "0"
    return [
        chances,
        Switch(
            "known_errors",
            "known errors count as ranges",
            lambda s: s.risk == MEASURED,
            lambda _, value: {"risk": MEASURED if value else None},
        ),
        plan,
        leave,
    ]


_PLANS = tuple((plan_words(plan), plan) for plan in PLANS)


def bought(controls: Mapping[str, Control]) -> dict[str, Any]:
    """The plan that might be bought, and the chance that the service leaves within its term, as `commit` takes them."""
    return {"plan": controls["plan"].box.value, "leave": leave_share(controls["leave"].box.value)}


def _asks_nothing(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {}


def _chances_hint(comparison: Comparison) -> str:
    if ranges_of_a_month(comparison.scenario).ranges:
        return ""
    return "no number has a range yet: let known errors count"


def _plan_hint(comparison: Comparison) -> str:
    return "how much to buy: see A Savings Plan under doubt"


def _leave_hint(comparison: Comparison) -> str:
    return "of 100 cases, within the plan’s term"
