"""Controls of the function in hand: its memory, its cold starts, and the environments that are kept ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdaplan.coldstart.initialisation import runtimes
from lambdaplan.coldstart.month import span_words
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.wording import small_share_text
from lambdaplan.explorer.controls.control import OFF
from lambdaplan.explorer.controls.counted_controls import NONE
from lambdaplan.explorer.options.option_paths import InHand
from lambdaplan.formatting import count, decimal_text, figure, share_text
from lambdaplan.platforms import AUTO
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.workload import COLD_FIELDS

MEASURED = "workload.measured_memory_mb"
RUNTIME, INIT, DEPLOYED = "workload.runtime", "workload.init_ms", "workload.deployments_per_month"
FIRST_RUN, OWN_SHARE = "workload.first_run_ms", "workload.cold_fraction"
_FAMILIES = ("nodejs", "python", "java", "dotnet", "ruby", "go", "rust", "llrt")  # in this order, then the others
CANARY = ("workload.canary_fraction", "workload.canary_minutes")
_OF_COLD = tuple(f"workload.{name}" for name in COLD_FIELDS)


class FunctionInHand:
    """What controls show and ask for of the function in hand.

    Parameters:
    hand : InHand - which option of each platform that is.
    """

    def __init__(self, hand: InHand) -> None:
        self.hand = hand
        self.memory_path, self.ready_path = hand.in_function("memory_mb"), hand.in_function("provisioned")

    def ask_memory(self, scenario: Scenario, value: Any) -> Mapping[str, Any]:
        """Another memory; a given one leaves nothing to be chosen."""
        where = self.memory_path(scenario)
        if where is None:
            return {}
        return {where: value} if value == AUTO else {where: value, where.replace("memory_mb", "max_duration_ms"): None}

    def memory_hint(self, comparison: Comparison) -> str:
        workload = comparison.scenario.workload
        place = self.hand.function(comparison.scenario)
        if place is None:
            return ""
        result = comparison.options[place]
        measured = decimal_text(workload.measured_memory_mb)
        chosen = f"{result.option.function_mb} MB chosen; " if comparison.scenario.options[place].is_choice else ""
        there = f"{figure(workload.duration_ms, 1)} ms → {figure(result.fleet.wall_ms, 1)} ms"
        return f"{chosen}measured on a {measured} MB Lambda; {there} at {result.option.function_mb} MB"

    def ask_measured(self, scenario: Scenario, value: Any) -> Mapping[str, Any]:
        """Another memory at which the duration was measured; Lambda's memory is that one until another is chosen."""
        where = self.memory_path(scenario)
        if where is None or scenario.value_at(where) == AUTO:
            return {MEASURED: value}
        return {MEASURED: value, **self.ask_memory(scenario, value)}

    def memory_is_auto(self, scenario: Scenario) -> bool | None:
        where = self.memory_path(scenario)
        return None if where is None else scenario.value_at(where) == AUTO

    def ask_memory_auto(self, scenario: Scenario, value: Any) -> Mapping[str, Any]:
        """Leave the memory to be chosen, or keep the one that is chosen now."""
        place = self.hand.function(scenario)
        if place is None or value is None or value:
            return self.ask_memory(scenario, AUTO)
        return self.ask_memory(scenario, settle(scenario, scenario.options[place]).function_mb)

    def runtime(self, scenario: Scenario) -> str | None:
        if self.hand.function(scenario) is None:
            return None
        return INIT if scenario.workload.init_ms is not None else scenario.workload.runtime or OFF

    def cold_hint(self, comparison: Comparison) -> str:
        place = self.hand.function(comparison.scenario)
        cold = None if place is None else comparison.options[place].fleet.cold
        if cold is None or cold.fraction is None:
            return "their number, what they are billed, and what they add to answer times"
        return f"{small_share_text(float(cold.fraction))} of requests wait {count(cold.later_ms, 3)} ms more"

    def ready(self, scenario: Scenario) -> Any:
        """The number of provisioned environments, or a word; None where it is a schedule, for which there is no box."""
        where = self.ready_path(scenario)
        if where is None:
            return None
        value = scenario.value_at(where)
        if value is None or isinstance(value, str):
            return value or NONE
        given = value.document()
        return given if isinstance(given, int) else None

    def ask_ready(self, scenario: Scenario, value: Any) -> Mapping[str, Any]:
        """Another number; a given one leaves nothing to be chosen."""
        where, place = self.ready_path(scenario), self.hand.function(scenario)
        if where is None or place is None:
            return {}
        bound = _bound(place, scenario.options[place])
        left = {} if bound is None or value == AUTO else {bound: None}
        return {where: None if value == NONE else value, **left}

    def ready_hint(self, comparison: Comparison) -> str:
        place = self.hand.function(comparison.scenario)
        kept = None if place is None else comparison.options[place].fleet.standby
        if kept is None:
            return "provisioned concurrency: a number, auto or none"
        if not any(kept.ready):
            return "none: it does not pay here; a number, auto or none"
        used = "" if kept.used_fraction is None else f", in use {share_text(kept.used_fraction)} of the time"
        return f"{span_words(kept.ready)} ready{used}; a number, auto or none"


def runtime_offers(scenario: Scenario) -> list[tuple[str, str]]:
    """Not counted, or the measured runtimes; a figure of the reader's own where there is one."""
    own = scenario.workload.init_ms
    mine = [] if own is None else [(f"{decimal_text(own)} ms each", INIT)]
    usual = sorted(runtimes(), key=lambda name: next((n for n, f in enumerate(_FAMILIES) if name.startswith(f)), 99))
    return [("not counted", OFF), *mine, *((name, name) for name in usual)]


def ask_runtime(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Count the cold starts of a measured runtime, or of none."""
    if value == INIT:
        return {}
    bounds = {path: None for n, option in enumerate(scenario.options) if (path := _bound(n, option)) and not value}
    kept = [FIRST_RUN, OWN_SHARE, DEPLOYED, *CANARY] if value else []  # they hold for any runtime
    left = {path: None for path in _OF_COLD if path not in kept}
    return {**left, RUNTIME: value or None, **bounds}


def _bound(place: int, option: Any) -> str | None:
    """The path of the share of cold starts that an option's schedule is chosen for; None without one."""
    return f"options.{place}.max_cold_fraction" if getattr(option, "max_cold_fraction", None) is not None else None
