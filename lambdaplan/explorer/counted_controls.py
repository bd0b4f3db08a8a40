"""Controls of what every bill counts: the words of `include`, and what some of them need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.explorer.controls import Control, Number, Switch
from lambdaplan.explorer.option_paths import asked_at, first_of, path_of, shown_at
from lambdaplan.platforms import OPTIONS
from lambdaplan.scenario.scenario import INCLUDE, Scenario
from lambdaplan.services import SERVICES
from lambdaplan.services.service import Service

NONE = "none"
WAGE, WAGES = "operations.wage_usd_per_hour", "operations"
LOGS = "workload.log_kb"
INCLUDED = "include"
COUNTED = (
    *(f"counts_{service.word}" for service in SERVICES),
    "log_kb",
    "wage",
    *(f"{kind}_hours" for kind in OPTIONS),
)
"""Their keys, in their order."""


def counted_controls() -> list[Control]:
    """What a bill counts, the size of logs, the wage, and people's hours for the first option of each platform."""
    return [
        *(_counts(service) for service in SERVICES),
        Number("log_kb", "Logs (KB a request)", [], _log_kb, _ask_log_kb, _in_bill("logs"), words=(NONE,)),
        Number("wage", "Wage (USD an hour)", [], _wage, _ask_wage, _in_bill("operations"), words=(NONE,)),
        *(_hours(kind) for kind in OPTIONS),
    ]


def _counts(service: Service) -> Switch:
    """Whether a service is on every bill."""

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        words = {*scenario.include, service.word} if value else {*scenario.include} - {service.word}
        return {INCLUDED: [word for word in INCLUDE if word in words]}

    def show(scenario: Scenario) -> bool:
        return service.word in scenario.include

    return Switch(f"counts_{service.word}", service.word.replace("_", " "), show, ask, lambda _: service.counts)


def _in_bill(word: str) -> Callable[[Comparison], str]:
    """Whether a number changes anything: it does where that is counted."""
    return lambda comparison: "" if word in comparison.scenario.include else f"on no bill while {word} is not counted"


def _log_kb(scenario: Scenario) -> Any:
    given = scenario.workload.log_kb
    return NONE if given is None else given


def _ask_log_kb(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {LOGS: None if value == NONE else value}


def _wage(scenario: Scenario) -> Any:
    return NONE if scenario.operations is None else scenario.operations.wage_usd_per_hour


def _ask_wage(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {WAGES: None} if value == NONE else {WAGE: value}


def _hours(kind: str) -> Number:
    """People's hours a month for the first option of a platform."""
    path = path_of(lambda scenario: first_of(scenario, kind), "operations_hours")
    words = (f"{kind}_hours", f"Hours: {OPTIONS[kind].platform}")
    return Number(*words, [], shown_at(path), asked_at(path), _in_bill("operations"))
