"""Wording of a comparison: the cheapest option, its lead, and where that changes.

Numbers in words are rounded ("about 9.5 million"); pages show them exactly on hover, and `--json` has them. Nothing
is worked out here: every figure is read from a comparison.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lambdaplan.coldstart.month import span_words
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import (
    Rounded,
    Sentence,
    a_unit,
    before_tax,
    count,
    exact_value,
    figure,
    money,
    rounded,
    share_text,
)
from lambdaplan.platforms import OPTIONS, Option
from lambdaplan.pricing.bill import Bill
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.units import DAYS, HOURS_PER_DAY
from lambdaplan.workload.workload import REQUESTS

DOORS = {"none": "none", "function_url": "function URL", "http_api": "HTTP API", "rest_api": "REST API", "alb": "ALB"}
BINDS = {"cpu": "CPU", "slots": "requests in flight", "memory": "memory"}
NAMES = {
    "duration_ms": "duration of a request",
    "cpu_ms": "CPU time of a request",
    "measured_memory_mb": "memory when measured",
    "request_mb": "memory of a request in flight",
    "request_kb": "size of a request",
    "response_kb": "size of a response",
    "log_kb": "logs of a request",
    "outbound_kb": "data a request sends out",
    "inbound_kb": "data a request fetches",
    "min_units": "fewest units",
    "max_units": "most units",
    "cpu_speed": "CPU speed",
    "percent_per_month": "growth of traffic",
    "ebs_gb": "disk",
    "ephemeral_mb": "ephemeral storage",
    "ephemeral_gb": "ephemeral storage",
    "reserved_mb": "reserved memory",
    "memory_headroom": "memory kept free",
    "hours_per_month": "hours in the month",
    "service_cv": "spread of a request's time",
    "percentile": "share answered in time",
    "response_ms": "answer time asked for",
    "keep_alive_s": "keep-alive",
    "batch_window_s": "batch window",
    "max_wait_s": "longest wait",
    "visibility_timeout_s": "visibility timeout",
    "startup_s": "start-up time",
    "cpu_threads": "vCPUs a request can use",
    "concurrency_per_process": "requests at once in a process",
    "processes": "processes of a unit",
    "log_retention_days": "days logs are kept",
    "operations_hours": "people's hours",
    "wage_usd_per_hour": "wage",
    "on_call_hours": "hours on call",
    "burst": "peak within an hour",
    "include": "what every bill counts",
}
"""Fields whose name alone does not say in words what they are."""
MANY = 4  # options beyond which an answer names only those that matter


@in_its_currency
def answer(comparison: Comparison) -> str:
    """The answer at the scenario's own numbers, as one sentence."""
    shown = ", ".join(_said(result) for result in _worth_naming(comparison))
    return f"{shown}: {verdict(comparison)}"


def _unless(comparison: Comparison) -> str:
    """Who would be cheapest below which price, where a missing one leaves it open; empty elsewhere."""
    phrases = []
    for result in comparison.blocked_by:
        prices = comparison.needs_above(result)
        priced = [(result.bill.lines[n], usd) for n, usd in prices.items() if usd is not None]
        lines = [(line, usd) for line, usd in priced if line.fraction == 1]
        if result.at_most_usd is not None and comparison.wins_at_any_price(result):
            phrases.append(f"{result.label} at any price of it, at most {money(result.at_most_usd)}")
        elif lines:
            line, usd = lines[0]
            limit = f"{a_unit(line.unit)} of {line.item} costs more than ${rounded(usd)}"
            phrases.append(f"{result.label}, unless {limit}")
    if not phrases:
        return ""
    sure = len(comparison.blocked_by) == 1 and len(comparison.blocked_by[0].bill.unknown) == 1
    return f"; it {'would' if sure else 'might'} be {'; or '.join(phrases)}"


@in_its_currency
def why_nobody(comparison: Comparison) -> str:
    """The reason why no option is named cheapest; empty when one is."""
    return next(
        (words.removeprefix("nobody wins: ") for words in comparison.warnings if words.startswith("nobody wins")), ""
    )


@in_its_currency
def binds_words(result: Result) -> str:
    """What sets the number of an option's units."""
    return result.option.binds or BINDS.get(result.fleet.bound_by, result.fleet.bound_by)


def unit_words(*, by_platform: bool = False) -> str:
    """What the units of the platforms are: "a task or an instance", each with its platform where that is wanted."""
    told = [option for option in OPTIONS.values() if option.unit_words]
    *first, last = dict.fromkeys(o.unit_words + (f" of {o.platform}" if by_platform else "") for o in told)
    return f"{', '.join(first)} or {last}"


@in_its_currency
def cold_words(result: Result) -> list[str]:
    """How often a function starts cold, and what its provisioned environments do, a sentence each."""
    sentences, cold, kept = [], result.fleet.cold, result.fleet.standby
    if cold is not None and cold.fraction is not None:
        share = small_share_text(float(cold.fraction))
        sentences.append(f"{result.label}: {share} of requests are cold, and wait {count(cold.later_ms, 3)} ms more")
    if kept is not None:
        varies = len(set(kept.ready)) > 1
        number = span_words(kept.ready) + (f", {count(kept.mean, 3)} on average," if varies else "")
        used, beside = kept.used_fraction, kept.spilled_fraction
        busy = "" if used is None else f", in use {share_text(used)} of the time"
        rest = "" if beside is None else f"; {small_share_text(float(beside))} of requests run on demand beside them"
        when = "" if not varies else f". By the hour: {schedule_words(kept.ready)}"
        sentences.append(f"{result.label}: {number} environments stand ready{busy}{rest}{when}")
    return sentences


def schedule_words(week: Sequence[int]) -> str:
    """The numbers of a week in words, days that are alike together: "Monday to Friday 0, 4 from 08:00, 0 from 20:00".

    Parameters:
    week : 168 int - from Monday 00:00.
    """
    days = [tuple(week[start : start + HOURS_PER_DAY]) for start in range(0, len(week), HOURS_PER_DAY)]
    runs: list[tuple[int, int]] = []
    for day, hours in enumerate(days):
        if runs and days[runs[-1][0]] == hours:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    phrases = []
    for first, last in runs:
        hours = days[first]
        parts = [f"{hours[0]:,}"]
        parts += [f"{hours[h]:,} from {h:02}:00" for h in range(1, HOURS_PER_DAY) if hours[h] != hours[h - 1]]
        name = DAYS[first] if first == last else f"{DAYS[first]} to {DAYS[last]}"
        phrases.append(", ".join(parts) if (first, last) == (0, len(days) - 1) else f"{name} {', '.join(parts)}")
    return "; ".join(phrases)


LEAST_SHARE = 1e-6


def small_share_text(share: float) -> str:
    """A share in percent with two digits: 30 %, 0.052 %; what is not worth telling apart from none is said so."""
    if 0 < share < LEAST_SHARE:
        return f"below {small_share_text(LEAST_SHARE)}"
    return f"{float(f'{share * 100:.2g}'):.10f}".rstrip("0").rstrip(".") + " %"


@in_its_currency
def memory_words(result: Result) -> str:
    """The cheapest memory of a function, the balanced and the fastest one; nothing where it was given."""
    sizes = {name: result.memory_choice[name] for name in ("cheapest", "balanced", "fastest") if result.memory_choice}
    if not sizes:
        return ""
    words = []
    for name, one in sizes.items():
        usd = "unknown" if one.bill.total_usd is None else money(one.bill.total_usd)
        words.append(f"{figure(one.option.function_mb)} MB is {name} ({count(one.fleet.wall_ms, 3)} ms, {usd})")
    return f"{result.label}: {', '.join(words)}"


def _worth_naming(comparison: Comparison) -> Sequence[Result]:
    """The options in the order of their cost, those that can't win last; of many the ones that matter."""
    ordered = [*comparison.ranked, *(result for result in comparison.options if result not in comparison.ranked)]
    if len(ordered) <= MANY:
        return ordered
    wanted = [comparison.options[0], *comparison.ranked[:2], *comparison.blocked_by[:1]]
    return [result for result in ordered if result in wanted]


def _said(result: Result) -> str:
    total = result.bill.total_usd
    words = f"at least {money(result.bill.known_usd)}, a price is missing" if total is None else money(total)
    return f"{result.label} {words}" + ("" if result.feasible else " (breaks a limit)")


@in_its_currency
def verdict(comparison: Comparison) -> str:
    """Who is cheapest and by how much, or why nobody is, in a phrase without the bills."""
    best, second = comparison.best, comparison.second
    if best is None:
        return f"no option can be named cheapest, because {why_nobody(comparison)}{_unless(comparison)}"
    if second is None:
        alone = len(comparison.options) == 1
        return (
            "the only option, so there is nothing to compare it with"
            if alone
            else f"{best.label} is the only option that can win"
        )
    if comparison.ties:
        return f"{' and '.join((best.label, *comparison.ties))} cost exactly the same"
    gap = (second.bill.total_usd or Decimal(0)) - (best.bill.total_usd or Decimal(0))
    if gap == 0:
        lead = f"{best.label} and {second.label} are equal to the cent"
    elif gap < 0:
        lead = f"{best.label} is cheapest by less than the rounding of the lines"
    else:
        apart = f"{money(gap)} ({share_text(comparison.lead_fraction)})"
        if comparison.close:
            return f"too close to call between {best.label} and {second.label}, {apart} apart"
        return f"{best.label} is cheapest by {apart}"
    return f"{lead}, too close to call" if comparison.close else lead


# along the axis


@dataclass(frozen=True)
class Stretch:
    """A part of the axis with one answer, or, with `changes`, one in which the answer alternates."""

    start: int | float
    stop: int | float
    winners: tuple[str | None, ...]
    changes: int = 0


@in_its_currency
def stretches(comparison: Comparison) -> tuple[Stretch, ...]:
    """The axis from end to end: who is cheapest where, long alternations gathered."""
    axis = comparison.axis
    place, last = axis.document_value(axis.low), axis.document_value(axis.high)
    winner = comparison.at_start
    zones = list(comparison.zones)
    runs: list[Stretch] = []
    for crossover in comparison.crossovers:
        at = crossover.at
        if (zones and at == zones[0]["from"]) or not (zones and zones[0]["from"] <= at):
            runs.append(Stretch(place, at, (winner,)))
        if zones and at == zones[0]["to"]:
            zone = zones.pop(0)
            runs.append(Stretch(zone["from"], zone["to"], tuple(zone["winners"]), zone["changes"]))
        place, winner = at, crossover.above
    return (*runs, Stretch(place, last, (winner,)))


@in_its_currency
def names(comparison: Comparison) -> dict[str, str]:
    """Each label's short name: the platform where only one option is of it, else the label."""
    return short_names([result.option for result in comparison.options])


def short_names(options: Sequence[Option]) -> dict[str, str]:
    """The short name of each option, by its label: its platform where it is the only one of it, else the label."""
    kinds = [option.kind for option in options]
    labels = ((option.label or option.size_label, option) for option in options)
    return {label: option.platform if kinds.count(option.kind) == 1 else label for label, option in labels}


@in_its_currency
def finding(comparison: Comparison) -> str:
    """What a chart along the axis shows, as its title."""
    short = names(comparison)
    parts = stretches(comparison)

    def name(label: str | None) -> str:
        return "no option" if label is None else short[label]

    axis = comparison.axis
    if len(comparison.options) == 1:
        return f"What {comparison.options[0].label} costs, by {axis_title(comparison)}"
    low, high = place_words(comparison, [axis.value(axis.low), axis.value(axis.high)])
    first, last = name(parts[0].winners[0]), name(parts[-1].winners[0])
    places = place_words(comparison, [part.stop for part in parts[:-1]])
    if len(parts) == 1:
        if first == "no option":
            return f"From {low} to {high} {why_not(comparison, parts[0])}"
        return f"{_first(first)} is cheapest from {low} to {high}"
    if len(parts) == 2:
        if first == "no option":
            return f"{_first(last)} is cheapest from about {places[0]}; below, {why_not(comparison, parts[0])}"
        above = f"; above, {why_not(comparison, parts[1])}" if last == "no option" else ""
        return f"{_first(first)} is cheapest below about {places[0]}{above}"
    middle = parts[1]
    if len(parts) == 3 and not middle.changes:
        between = name(middle.winners[0])
        if first == last:
            return f"{_first(between)} is cheapest only between about {places[0]} and {places[1]}, {first} elsewhere"
        return f"{_first(first)} is cheapest below about {places[0]}, then {between}, and {last} from about {places[1]}"
    changes, ends = len(comparison.crossovers), place_words(comparison, [parts[0].stop, parts[-1].start])
    if first == last:
        return f"The answer changes {changes} times between about {ends[0]} and {ends[1]}, {first} below and above"
    words = f"{_first(first)} is cheapest below about {ends[0]}; above, the answer changes"
    return f"{words}, {changes} times in all, and from about {ends[1]} {last} is cheapest"


@in_its_currency
def why_not(comparison: Comparison, stretch: Stretch) -> str:
    """That nobody wins on a stretch of the axis, in a few words with the reason."""
    reason = _reason(comparison, stretch)
    return reason if reason == BREAKS else f"no option can be named ({reason})"


def _reason(comparison: Comparison, stretch: Stretch) -> str:
    there = comparison.there(round(stretch.start / float(comparison.axis.grain)))
    return "a price is missing" if there.blocked_by else BREAKS


BREAKS = "every option breaks a limit"


@in_its_currency
def crossover_words(comparison: Comparison) -> list[Sentence]:
    """Where the cheapest option changes: a sentence for each place, rounded, and exactly on hover where it is shown."""
    axis = comparison.axis
    parts = stretches(comparison)
    if len(parts) == 1:
        low, high = place_words(comparison, [parts[0].start, parts[0].stop])
        winner = parts[0].winners[0]
        who = (
            f"{winner} is cheapest" if winner else f"No option can be named cheapest ({_reason(comparison, parts[0])})"
        )
        return [Sentence(f"{who} all the way from {low} to {high}: there is no crossover.")]
    places = _about(comparison, [part.stop for part in parts[:-1]])
    sentences = []
    for index, (before, after) in enumerate(pairwise(parts)):
        if after.changes:
            start, stop = _about(comparison, [after.start, after.stop])
            who = ", ".join(winner or "nobody" for winner in after.winners)
            how = f" the cheapest changes {after.changes} times among {who}, step by step of the fleets."
            sentences.append(Sentence("Between ", start, " and ", stop, how))
        elif before.changes:
            sentences.append(Sentence("From ", places[index], f" {_stays(after.winners[0])}."))
        else:
            below, above = before.winners[0], after.winners[0]
            kind = next(c.kind for c in comparison.crossovers if c.at == after.start)
            step = ", where a fleet grows by a unit" if kind == "step" and axis.over == REQUESTS else ""
            then = f" {_stays(above)}{step}."
            if index == 0:
                sentences.append(Sentence("Below ", places[0], f" {_stays(below)}; from there{then}"))
            else:
                sentences.append(Sentence("From ", places[index], then))
    return sentences


def _about(comparison: Comparison, values: Sequence[Any]) -> list[Rounded]:
    """Places of the axis in three digits, or as many as tell them apart, each with its exact value."""
    texts = place_words(comparison, values, least=3)
    return [Rounded(f"about {words}", exact_value(value)) for words, value in zip(texts, values, strict=True)]


def _stays(label: str | None) -> str:
    return "no option can be named cheapest" if label is None else f"{label} is cheapest"


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]


# numbers of the axis


@in_its_currency
def axis_title(comparison: Comparison) -> str:
    """What the axis is, with its unit."""
    over = comparison.axis.over
    if over == REQUESTS:
        return "requests a month"
    name, unit = _axis_name(comparison)
    return f"{name} ({unit})" if unit else name


@in_its_currency
def path_title(comparison: Comparison, path: str, meaning: str) -> str:
    """A number of the scenario by its path, or a price, in a few words."""
    if path.startswith("prices."):
        return f"price of {meaning}"
    return "requests a month" if path == REQUESTS else _name_of(comparison, path)


def _axis_name(comparison: Comparison) -> tuple[str, str]:
    over = comparison.axis.over
    unit = comparison.scenario.axis(over, "sweep.over").unit
    words = _name_of(comparison, over)
    needless = (over.rsplit(".", 1)[-1].replace("_", " "), "units", "zones", "share")
    return words, "" if unit in needless else unit


def _name_of(comparison: Comparison, over: str) -> str:
    name = over.rsplit(".", 1)[-1]
    words = NAMES.get(name, re.sub("_(ms|mb|gb|kb|per_month)$", "", name).replace("_", " "))
    if over.startswith("options."):
        words = f"{words} of {names(comparison)[comparison.options[int(over.split('.')[1])].label]}"
    if over.startswith("services."):
        words = f"{words} of {comparison.scenario.services[int(over.split('.')[1])].service}"
    if over.startswith("other_costs."):
        words = f"{words} of {comparison.scenario.other_costs[int(over.split('.')[1])].label}"
    return words


@in_its_currency
def place_words(comparison: Comparison, values: Sequence[Any], least: int = 2) -> list[str]:
    """Places of the axis in rounded words, with at least so many digits, and as many as tell them apart."""
    texts: list[str] = []
    for digits in (least, *(more for more in (3, 4, 6, 9) if more > least)):
        texts = [count(Fraction(value), digits) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    if comparison.axis.over == REQUESTS:
        tail, unit = " requests a month", ""
    else:
        name, unit = _axis_name(comparison)
        tail, unit = f" ({name})", "" if unit in ("share", "") else f" {unit}"
    return [f"{words}{unit}{tail if index == len(texts) - 1 else ''}" for index, words in enumerate(texts)]


def book_words(book: PriceBook, bills: Sequence[Bill]) -> str:
    """The line under a text: the price book, its date, and the oldest price that the bills use."""
    dates = [one.oldest_price for one in bills if one.oldest_price]
    oldest = f"; the oldest price used is of {min(dates)}" if dates else ""
    return (
        f"Price book {book.id}, gathered {book.as_of}{oldest}. {before_tax()}. Sources of each price: --json, report."
    )
