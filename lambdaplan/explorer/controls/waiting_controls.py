"""Controls of work that may wait: whether somebody waits, how long it may, batches, and what of a fleet is on Spot."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.waiting_words import left_words
from lambdaplan.explorer.controls.control import OFF, Choice, Control, Number
from lambdaplan.explorer.controls.counted_controls import NONE
from lambdaplan.formatting import figure
from lambdaplan.scenario.reading import OF_QUEUES
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import default_values, plain, rules
from lambdaplan.workload.retries import (
    API_GATEWAY,
    ASYNC,
    ATTEMPTS,
    CLIENTS,
    EVENTBRIDGE,
    LOAD_BALANCER,
    SQS,
    WRITERS,
    Retries,
)
from lambdaplan.workload.workload import JOB, QUEUE, SERVICE, WAITING_FIELDS, Workload

KIND = "workload.kind"
MAX_WAIT = "workload.max_wait_s"
USUAL_WAIT_S = 600  # a wait to begin with, where a workload becomes a queue
WAITING = (
    *("kind", "max_wait", "batch_size", "retries", "tried_again", "failed_share", "attempts_most", "spot_fraction"),
)
"""Their keys, in their order."""

_KINDS = (
    ("requests: somebody waits for the answer", SERVICE),
    ("messages of a queue, which may wait", QUEUE),
    ("jobs, each started by itself", JOB),
)


def waiting_controls() -> list[Control]:
    """Whether somebody waits, and what belongs to work for which nobody does."""
    return [
        Choice("kind", "The work is", lambda _: _KINDS, lambda s: s.workload.kind, _ask_kind, _kind_hint),
        Number("max_wait", "Longest wait (s)", [], _max_wait, _ask_max_wait, _wait_hint, words=(NONE,)),
        Number("batch_size", "Messages a call", [], _of("batch_size", QUEUE), _ask("batch_size"), _calls_hint),
        Number("retries", "Further attempts", [], _further, _ask("retry_fraction"), _tries),
        Choice("tried_again", "Tried again by", lambda _: _AGAIN, _tried_again, _ask_tried_again, _again_hint),
        Number("failed_share", "Attempts that fail", [], _of_retries("failed_share"), _ask(FAILED), _left_hint),
        Number("attempts_most", "Attempts at most", [], _of_retries("most"), _ask(ATTEMPTS_AT_MOST)),
        Number(
            "spot_fraction", "Part on Spot", [], _spot, _ask_spot, lambda _: "of what runs above the smallest fleet"
        ),
    ]


def _ask_kind(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """The kind, with what it needs and without what does not go with it."""
    work, usual = scenario.workload, default_values(Workload)
    gone = {SERVICE: WAITING_FIELDS, JOB: OF_QUEUES}.get(value, ())
    asked = {f"workload.{name}": _plain(usual[name]) for name in gone if getattr(work, name) != usual[name]}
    if value == QUEUE and work.max_wait_s is None:
        asked[MAX_WAIT] = USUAL_WAIT_S
    if value in (QUEUE, JOB) and work.slo is not None:
        asked["workload.slo"] = None
    return {KIND: value, **asked}


def _plain(value: Any) -> Any:
    return None if value is None else plain(value)


def _kind_hint(comparison: Comparison) -> str:
    return "" if comparison.scenario.workload.kind == SERVICE else "one unit in one zone is then enough for a fleet"


def _max_wait(scenario: Scenario) -> Any:
    work = scenario.workload
    given = NONE if work.max_wait_s is None else work.max_wait_s
    return given if work.waits else None


def _ask_max_wait(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {MAX_WAIT: None if value == NONE else value}


def _wait_hint(comparison: Comparison) -> str:
    waits = [result.wait_s for result in comparison.options if result.wait_s is not None]
    return f"fleets are sized for it; here up to {figure(max(waits))} s" if waits else "until work begins"


def _calls_hint(comparison: Comparison) -> str:
    return "of a function, one after another"


def _further(scenario: Scenario) -> Any:
    """Further attempts, where no retries say who makes them: these work them out themselves."""
    return None if scenario.workload.retries is not None else _of("retry_fraction", QUEUE, JOB)(scenario)


def _tries(comparison: Comparison) -> str:
    return "a share of the work; each is billed as the first one is"


_AGAIN = (
    ("not told", OFF),
    ("Lambda: events", ASYNC),
    ("the queue: messages", SQS),
    ("EventBridge: events", EVENTBRIDGE),
    ("callers", CLIENTS),
    ("nobody: behind API Gateway", API_GATEWAY),
    ("nobody: behind a load balancer", LOAD_BALANCER),
)
RETRIES = "workload.retries"
FAILED, ATTEMPTS_AT_MOST = "retries.failed_share", "retries.attempts"
USUAL_FAILED = Fraction(1, 100)  # attempts that fail, to begin with
USUAL_ATTEMPTS = 3  # of a queue, to begin with


def _tried_again(scenario: Scenario) -> Any:
    retries = scenario.workload.retries
    return OFF if retries is None else retries.by


def _ask_tried_again(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Who tries again, with as many failures as before; the share of further attempts then follows from them."""
    work = scenario.workload
    further = {"workload.retry_fraction": 0} if value and work.retry_fraction else {}
    if not value:
        return {RETRIES: None}
    retries = work.retries or Retries(by=value, failed_share=USUAL_FAILED)
    asked = {name: _plain(getattr(retries, name)) for name in ("failed_share", "duplicate_share", "idempotent")}
    most = USUAL_ATTEMPTS if ATTEMPTS[value] is None else None
    told = {**asked, "by": value, "attempts": most, "dead_letters": retries.dead_letters and value in WRITERS}
    return {RETRIES: told, **further}


def _again_hint(comparison: Comparison) -> str:
    return "" if comparison.scenario.workload.retries is None else "each attempt is billed as the first one is"


def _of_retries(name: str) -> Any:
    """What retries are, where they are told."""
    return lambda scenario: None if scenario.workload.retries is None else getattr(scenario.workload.retries, name)


def _left_hint(comparison: Comparison) -> str:
    retries = comparison.scenario.workload.retries
    if retries is None:
        return ""
    noun = comparison.scenario.workload.noun
    return f"{figure(retries.attempts_each, 4)} attempts for each of the {noun}; {left_words(retries)} fail for good"


def _of(name: str, *kinds: str) -> Any:
    """What a field is, where it goes with the kind of the work."""
    return lambda scenario: getattr(scenario.workload, name) if scenario.workload.kind in kinds else None


def _ask(name: str) -> Any:
    return lambda scenario, value: {f"workload.{name}": value}


def _mixing(scenario: Scenario) -> list[int]:
    """The fleets that may run partly on Spot: those that can be bought so, and are not altogether."""
    places = []
    for place, option in enumerate(scenario.options):
        bought = rules(type(option)).get("purchase")
        if option.as_fleet is not None and bought is not None and "spot" in bought.choices:
            places += [place] if getattr(option, "purchase", "") == "on_demand" else []
    return places


def _spot(scenario: Scenario) -> Any:
    places = _mixing(scenario)
    return scenario.value_at(f"options.{places[0]}.spot_fraction") if places else None


def _ask_spot(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {f"options.{place}.spot_fraction": value for place in _mixing(scenario)}
