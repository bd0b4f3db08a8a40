"""Controls of what every bill counts: the words of `include`, and what some of them need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.explorer.controls.control import Control, Number, Switch
from lambdaplan.scenario.scenario import INCLUDE, Scenario
from lambdaplan.services import SERVICES
from lambdaplan.services.around import AROUND
from lambdaplan.services.service import Service

NONE = "none"
WAGE, WAGES = "operations.wage_usd_per_hour", "operations"
LOGS = "workload.log_kb"
INCLUDED = "include"
SWITCHED = tuple(service for service in SERVICES if service is not AROUND)  # which a file gives, and then counts
COUNTED = (*(f"counts_{service.word}" for service in SWITCHED), "log_kb", "wage", "hours_functions", "hours_fleets")
"""Their keys, in their order."""


def counted_controls() -> list[Control]:
    """What a bill counts, the size of logs, the wage, and people's hours."""
    return [
        *(_counts(service) for service in SWITCHED),
        Number("log_kb", "Logs (KB a request)", [], _log_kb, _ask_log_kb, _in_bill("logs"), words=(NONE,)),
        Number("wage", "Wage (USD an hour)", [], _wage, _ask_wage, _in_bill("operations"), words=(NONE,)),
        _hours("functions", has_units=False),
        _hours("fleets", has_units=True),
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


def _hours(whose: str, *, has_units: bool) -> Number:
    """People's hours a month for each option that has machines or tasks, or for each that has none."""

    def paths(scenario: Scenario) -> list[str]:
        theirs = (n for n, option in enumerate(scenario.options) if option.has_units == has_units)
        return [f"options.{n}.operations_hours" for n in theirs]

    def show(scenario: Scenario) -> Any:
        return next((scenario.value_at(path) for path in paths(scenario)), None)

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        return dict.fromkeys(paths(scenario), value)

    def hint(comparison: Comparison) -> str:
        return f"people, a month, for each of them; {_in_bill('operations')(comparison)}".removesuffix("; ")

    return Number(f"hours_{whose}", f"Hours: {whose}", [], show, ask, hint)
