"""First lines of an answer: what to know with the cheapest option, the same on every page.

Who holds the answer time asked for, on which processors the options run and who is cheapest on one for all, how much
work of people eats the saving up, and what no bill counts. Every figure is read from a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.waiting_words import retry_words, waiting_words
from lambdaplan.comparison.wording import path_title
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import count, decimal_text, figure, money, rounded
from lambdaplan.platforms import PROCESSORS
from lambdaplan.platforms import USAGES as PLATFORM_USAGES
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services import SERVICES
from lambdaplan.services.around import AROUND
from lambdaplan.units import MINUTES_PER_HOUR

OBSERVING = {"cloudwatch", "xray"}  # services that tell what goes on
COMPUTING = {*PLATFORM_USAGES, "ecs", "ebs"}  # services of the book that platforms bill, with the volumes of instances
ASSUMED_WAGE_USD_PER_HOUR = Fraction(100)  # where the scenario gives none: round, so that another is soon worked out
COUNTED = {"compute": "compute (with the volumes of EC2 instances)"} | {one.word: one.counts for one in SERVICES}


@in_its_currency
def first_lines(comparison: Comparison) -> list[str]:
    """The sentences that go with the answer, in their order, without a full stop."""
    about = (
        slo_words,
        waiting_words,
        retry_words,
        processor_words,
        people_words,
        shares_words,
        not_counted,
        range_words,
    )
    return [words for words in (words_of(comparison) for words_of in about) if words]


@in_its_currency
def slo_words(comparison: Comparison) -> str:
    """Whether the answer time asked for is held, by whom, with the figures; empty where none is asked for."""
    slo = comparison.scenario.workload.slo
    if slo is None:
        return ""
    held = comparison.held_by
    groups: dict[str, list[str]] = {"held by": [], "not by": [], "unknown for": []}
    broken = {result.label for result in comparison.options if not result.feasible}
    for label, answer_ms in comparison.answer_times.items():
        words = label if answer_ms is None else f"{label} ({rounded(answer_ms)} ms)"
        late = answer_ms is not None and answer_ms > float(slo.response_ms)
        words += ", which breaks a limit" if label in broken and not late else ""
        groups["unknown for" if answer_ms is None else "held by" if label in held else "not by"].append(words)
    phrases = [f"{what} {_listed(labels)}" for what, labels in groups.items() if labels]
    phrases = phrases if groups["held by"] else ["held by none", *phrases]
    asked = f"{decimal_text(slo.percentile)} % within {decimal_text(slo.response_ms)} ms"
    return f"{asked}: {'; '.join(phrases)}"


@in_its_currency
def processor_words(comparison: Comparison) -> str:
    """On which processors the options run, and who is cheapest with all on one of them."""
    there = []
    for name, all_on in comparison.on_processors.items():
        if comparison.processors != {name} and all_on.options:
            there.append(f"all on {PROCESSORS[name]}, {_cheapest(comparison, all_on)}")
    if len(comparison.processors) == 1:
        here = f"Every option is on {_names(comparison.processors)}"
    else:
        runs = {result.label: _names(result.processors) for result in comparison.options}
        labels = {on: [label for label, its in runs.items() if its == on] for on in runs.values()}
        each = [f"{_listed(those)} on {on}" for on, those in labels.items()]
        here = f"Not on one processor: {'; '.join(each)}"
    return f"{here}. With {'; '.join(there)}" if there else here


def _names(processors: Iterable[str]) -> str:
    return " and ".join(words for name, words in PROCESSORS.items() if name in processors)


def _cheapest(comparison: Comparison, there: Comparison) -> str:
    """Who is cheapest on one processor, and who is left out there."""
    own = {option.label for option in comparison.scenario.options if option.label != option.size_label}
    best, second = there.best, there.second

    def name(result: Result) -> str:
        return result.label if result.label in own else result.option.size_label

    who = "nobody can be named" if best is None else f"{name(best)} is cheapest"
    if best is not None and second is not None and there.close:
        who = f"{name(best)} and {name(second)} are too close to call"
    labels = {result.label for result in there.options}
    without = [result.label for result in comparison.options if result.label not in labels]
    return f"{who} (without {_listed(without)})" if without else who


@in_its_currency
def people_words(comparison: Comparison) -> str:
    """How much of people's work a month costs as much as the saving; empty where hours are counted, or none saved."""
    scenario, best, second = comparison.scenario, comparison.best, comparison.second
    hours = any(option.operations_hours or option.on_call_hours for option in scenario.options)
    if best is None or second is None or (hours and "operations" in scenario.include):
        return ""
    saved = Fraction(second.bill.total_usd or 0) - Fraction(best.bill.total_usd or 0)
    wage = ASSUMED_WAGE_USD_PER_HOUR if scenario.operations is None else scenario.operations.wage_usd_per_hour
    if not wage or saved <= 0:
        return ""
    minutes = saved * MINUTES_PER_HOUR / wage
    time = f"{count(minutes)} minutes" if minutes >= 1 else "Less than a minute"
    if minutes >= 2 * MINUTES_PER_HOUR:
        time = f"{count(minutes / MINUTES_PER_HOUR)} hours"
    price = f"${figure(wage)} an hour" + ("" if scenario.operations is not None else ", an assumption")
    return f"{time} of people's work a month would eat up the saving of {money(saved)}, at {price}"


@in_its_currency
def shares_words(comparison: Comparison) -> str:
    """What part of the cheapest bill is compute, services around, and logs, traces and alarms; where these are counted.

    Logs, traces, metrics and alarms are told together, whether requests write them or a scenario gives them.
    """
    scenario, best = comparison.scenario, comparison.best
    total = None if best is None else best.bill.exact_usd
    if best is None or not total or AROUND.word not in scenario.include:
        return ""
    given = {use.service for use in scenario.services} - OBSERVING
    if (retries := scenario.workload.retries) is not None:
        given |= {
            name for name, is_used in (("sqs", retries.dead_letters), ("dynamodb", retries.idempotent)) if is_used
        }
    parts = {name: Fraction(0) for name in ("compute", "services around", "logs, traces, metrics and alarms")}
    for line in best.bill.lines:
        usd = line.exact_usd or Fraction(0)
        if line.service in OBSERVING:
            parts["logs, traces, metrics and alarms"] += usd
        elif line.service in given:
            parts["services around"] += usd
        elif line.service in COMPUTING:
            parts["compute"] += usd
    words = [f"{name} {decimal_text(Fraction(round(usd / total * 100)))} %" for name, usd in parts.items()]
    return f"Of {best.label}'s bill: {', '.join(words)}"


@in_its_currency
def not_counted(comparison: Comparison) -> str:
    """What is on no bill, in a sentence."""
    scenario = comparison.scenario
    words = (words for name, words in COUNTED.items() if name not in scenario.include and may_count(scenario, name))
    out = [each.split(" (")[0].removesuffix(" at the wage given") for each in words]
    if not scenario.workload.counts_cold_starts and any(option.starts_cold for option in scenario.options):
        out.append("cold starts")
    work, asked = scenario.workload, {used.service for used in scenario.services}
    if work.waits and not work.is_job and not ("services" in scenario.include and "sqs" in asked):
        out.append("requests to the queue")
    if work.retries is not None and "services" not in scenario.include:
        told = (("dead letters", work.retries.dead_letters), ("keys of attempts", work.retries.idempotent))
        out += [words for words, is_told in told if is_told]
    return f"Not counted: {_listed(out)}" if out else ""


@in_its_currency
def range_words(comparison: Comparison) -> str:
    """Which numbers have ranges, and that the figures are those of their likely values; empty where none has."""
    names = [path_title(comparison, one.path, "") for one in comparison.scenario.ranges]
    if not names:
        sure = "Known errors of durations, CPU speed and initialisations: lambdaplan risk says how sure the answer is"
        return sure if comparison.scenario.risk else ""
    have = (
        "has a range, and stands at its likely value" if len(names) == 1 else "have ranges, and stand at likely values"
    )
    listed = _listed(names)
    return f"{listed[:1].upper()}{listed[1:]} {have}: lambdaplan risk says how sure the answer is"


def may_count(scenario: Scenario, name: str) -> bool:
    """Whether a word of `include` has something to count: services around must be given first."""
    return name != AROUND.word or bool(scenario.services)


def _listed(words: Iterable[str]) -> str:
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last
