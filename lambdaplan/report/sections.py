"""Sections of the report, each a function of a comparison."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from lambdaplan.analysis.break_even_ladder import Ladder, RungResult, ladder, load_rungs
from lambdaplan.analysis.cold_start_curve import (
    ColdCurve,
    answer_rows,
    cold_curve,
    cold_finding,
    cold_rows,
    cost_words,
    ready_rows,
)
from lambdaplan.analysis.payback import is_asked, moving_of, sentences
from lambdaplan.analysis.sensitivity import Flips, Switch, flip_rows, flips
from lambdaplan.analysis.winner_map import Atlas, is_quick
from lambdaplan.capacity.limits import Limit
from lambdaplan.charts import cold_starts as cold_charts
from lambdaplan.charts import load_curve, sensitivity, winner_map
from lambdaplan.charts.bill import table_rows
from lambdaplan.charts.cost import for_a_phone, has_view_around, specification
from lambdaplan.charts.doubt.bands import bands_chart
from lambdaplan.charts.doubt.chances import chances_chart
from lambdaplan.charts.doubt.months import months_chart
from lambdaplan.charts.fleets import answer_times, architecture, week
from lambdaplan.charts.ladder import ladder_chart
from lambdaplan.charts.payback import savings_chart, savings_rows
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.duration_band import band_words
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.spread_judgement import spread_words
from lambdaplan.comparison.waiting_words import late_columns
from lambdaplan.comparison.wording import binds_words, cold_words, crossover_words, memory_words, path_title, unit_words
from lambdaplan.currency import code, in_its_currency
from lambdaplan.doubt.chance_map import atlas
from lambdaplan.doubt.commitment_words import LEVEL_COLUMNS, also_words, commit_words, level_rows
from lambdaplan.doubt.commitments import commitment_of
from lambdaplan.doubt.known_errors import ranges_of_a_month
from lambdaplan.doubt.risk import Risk, risk
from lambdaplan.doubt.wording import (
    INPUT_COLUMNS,
    KNOWN_COLUMNS,
    error_words,
    input_rows,
    input_worth,
    known_error_rows,
    option_columns,
    option_rows,
    risk_words,
    sentence,
    where_and_when,
)
from lambdaplan.errors import InputError
from lambdaplan.formatting import Rounded, a_month, decimal_text, money, rounded, share_text, small_money, total_text
from lambdaplan.platforms import PROCESSORS, provisioned_pays_from
from lambdaplan.pricing.bill import LineItem
from lambdaplan.report.assumptions_section import numbered, shorter
from lambdaplan.report.blocks import Link, Part, Rows, bullets, figure, folded, heading, joined, paragraph, tabled
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.services import COUNTED_WITH
from lambdaplan.workload.workload import DURATION, REQUESTS

ONE_OPTION = "There is one option, so there is no other answer."
CHANGES = "The smallest change of each number that changes the winner"
MAP_ROWS = "The cheapest option, row by row of the map"
MAP = (REQUESTS, DURATION)
MAP_POINTS, ROUGH_POINTS, COLD_POINTS = (160, 40), (24, 12), (16, 6)


def flips_of(comparison: Comparison) -> Flips | None:
    """How far the answer is from another one; None where there is one option, and so no other answer."""
    return flips(comparison.scenario, quick=True, comparison=comparison) if len(comparison.options) > 1 else None


def risk_of(comparison: Comparison) -> Risk | None:
    """How sure the answer is; None where no number has a range."""
    return risk(comparison.scenario) if ranges_of_a_month(comparison.scenario).ranges else None


@in_its_currency
def certainty_part(found: Risk | None) -> Part | None:
    """How sure the answer is: bills with their bands, chances, and what to measure next; None without ranges."""
    if found is None:
        return None
    rows = [dict(zip(option_columns(found), row, strict=True)) for row in option_rows(found)]
    inputs = [dict(zip(INPUT_COLUMNS, row, strict=True)) for row in input_rows(found)]
    known = [dict(zip(KNOWN_COLUMNS, row, strict=True)) for row in known_error_rows(found)]
    drawn = [figure(chances_chart(found), "chances")] if any(one.p50_usd for one in found.options) else []
    drawn += [figure(bands_chart(found, bands), "bands") for bands in (found.bands,) if bands is not None]
    return joined(
        heading("How sure the answer is"),
        paragraph(f"{sentence(risk_words(found))} {where_and_when(found)}"),
        *drawn,
        tabled(rows, f"Each option over all samples, {a_month()}"),
        tabled(inputs, "What to measure next"),
        *([tabled(known, "Known errors that count as ranges")] if known else []),
        paragraph(f"Knowing every one of them would be worth {input_worth(found)} a month. {error_words(found)}."),
        *committed_parts(found),
    )


@in_its_currency
def committed_parts(found: Risk) -> list[Part]:
    """How much of a Savings Plan to buy; nothing where no option is covered by the usual one."""
    if (bought := commitment_of(found.scenario, seed=found.seed)) is None:
        return []
    levels = [dict(zip(LEVEL_COLUMNS, row, strict=True)) for row in level_rows(bought)]
    return [
        paragraph(f"How much of a Savings Plan to buy: {commit_words(bought)}. {also_words(bought)}"),
        *([figure(months_chart(bought), "months")] if bought.scenario.growth is not None else []),
        tabled(levels, f"Commitments, {a_month()}"),
    ]


@in_its_currency
def distances(comparison: Comparison, sensitivities: Flips | None) -> Part:
    """The smallest change of each number that changes the winner: a picture, a table, and the choices that do.

    Parameters:
    sensitivities : Flips or None - what `flips_of` gives.
    """
    if sensitivities is None:
        return paragraph(ONE_OPTION)
    drawn = [distance for distance in sensitivities.near if distance.value]
    parts = [figure(sensitivity.flip_chart(sensitivities), "flips")] if drawn else []
    none = paragraph("No number changes the winner on its own.")
    parts.append(tabled(flip_rows(sensitivities), CHANGES) if sensitivities.near else none)
    titles = {d.path: path_title(comparison, d.path, d.meaning) for d in sensitivities.distances}
    if sensitivities.left_out:
        numbers = comparison.scenario.axes()
        left = [path_title(comparison, path, numbers[path].meaning) for path in sensitivities.left_out]
        words = "Not looked at here, because each of their values has cold starts or spillover of its own"
        parts.append(paragraph(f"{words}: {'; '.join(left)}. In Python, lambdaplan.flips(scenario) does."))
    never = [titles[d.path] for d in sensitivities.distances if d.never and not _is_idle(comparison.scenario, d.path)]
    if never:
        parts.append(paragraph(f"Whatever value these may have, the winner stays: {', '.join(never)}."))
    unsure = [titles[d.path] for d in sensitivities.distances if not d.never and not d.flips]
    if unsure:
        parts.append(paragraph(f"For these no change was found, but not every value was tried: {', '.join(unsure)}."))
    rows = switch_rows(comparison, sensitivities.switches)
    if rows:
        parts.append(tabled(rows, "Choices that change the winner on their own"))
    rest = sensitivities.tried - len(sensitivities.switches)
    words = f"{rest} more choices were tried" if rows else f"{rest} other choices were tried one by one"
    parts.append(paragraph(f"{words}, such as front doors, ways of buying and the free tier: none changes the winner."))
    return joined(*parts)


def switch_rows(comparison: Comparison, switches: Sequence[Switch]) -> Rows:
    """The choices that change the winner: what is chosen, what else would do, and who wins then."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for switch in switches:
        key = (path_title(comparison, switch.path, ""), _choice_words(switch.value), switch.winner or "nobody")
        grouped.setdefault(key, []).append(_choice_words(switch.other))
    return [
        {"choice": name, "now": now, "instead": " or ".join(others), "cheapest then": winner}
        for (name, now, winner), others in grouped.items()
    ]


def _is_idle(scenario: Scenario, path: str) -> bool:
    """Whether a number belongs to something that no bill counts."""
    name = path.rsplit(".", 1)[-1]
    return name in COUNTED_WITH and COUNTED_WITH[name] not in scenario.include


def _choice_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = " + ".join(value) if isinstance(value, tuple) else str(value)
    return words.replace("_", " ").replace("http api", "HTTP API").replace("rest api", "REST API")


@in_its_currency
def millisecond(comparison: Comparison, sensitivities: Flips | None) -> Part:
    """What a request that takes a millisecond less is worth a month, for each option."""
    if sensitivities is None:
        return paragraph(ONE_OPTION)
    saves = [(r.label, usd) for r, usd in zip(comparison.options, sensitivities.millisecond_usd, strict=True) if usd]
    nothing = [r.label for r, usd in zip(comparison.options, sensitivities.millisecond_usd, strict=True) if usd == 0]
    lines = [f"{label}: {'' if usd > 0 else 'costs '}{small_money(abs(usd))} a month" for label, usd in saves]
    lines += [f"{label}: nothing, as many units would stand" for label in nothing]
    unknown = len(comparison.options) - len(lines)
    lines += [f"unknown for {unknown} options: no bill that is whole, or no millisecond to take off"] if unknown else []
    duration = decimal_text(comparison.scenario.workload.duration_ms)
    words = f"What a month costs less if a request takes 1 ms less than its {duration} ms:"
    return joined(paragraph(words), bullets(lines))


@in_its_currency
def glance(comparison: Comparison) -> Part:
    """Each option's cost beside what it buys: its fleet, how busy it is, how soon it answers, the limits it breaks."""
    rows: Rows = []
    for result in comparison.options:
        fleet, bill = result.fleet, result.bill
        rows.append(
            {
                "option": result.label_and_size,
                a_month(): "unknown" if bill.total_usd is None else money(bill.total_usd),
                "units, mean": shorter(fleet.units_mean),
                "at the peak": shorter(fleet.units_peak),
                "mean utilisation": share_text(fleet.utilisation_mean),
                "limits in the way": "; ".join(map(_in_the_way, result.violations)) or "none",
                **late_columns(result, "{} % within, ms"),
            }
        )
    warm = "cold ones of Lambda among them" if comparison.scenario.workload.counts_cold_starts else "warm ones"
    within = (
        f"The last columns say within how many milliseconds so many of the requests are answered: {warm}, at the "
        "busiest moment of the week, waiting included"
    )
    if comparison.scenario.workload.waits:
        within = "The last column says how long work waits at most until it begins"
    words = (
        f"A unit is {unit_words(by_platform=True)}. {within}. {spread_words(comparison.scenario)}. An execution "
        "environment of Lambda runs one request at a time and only then: it is always in full use"
    )
    words += ", but for those that are kept ready." if comparison.scenario.is_provisioned else "."
    return joined(tabled(rows, "What each option costs, and what it gives"), paragraph(words))


@in_its_currency
def answer_times_part(comparison: Comparison) -> Part | None:
    """How soon each option answers, against what it costs, as a picture; its figures are in the table of `glance`."""
    try:
        drawn = answer_times.answer_times_chart(comparison)
    except InputError:  # no option has both a whole bill and a known answer time
        return None
    return figure(drawn, "answer-time")


def _in_the_way(limit: Limit) -> str:
    """A limit that is broken: for good, or until AWS raises it."""
    if limit.adjustable:
        return f"{limit.limit}: to be raised to {limit.ask_for:,}"
    return f"{limit.limit}: requests may wait" if limit.advisory else f"{limit.limit}: broken"


def crossovers(comparison: Comparison) -> Part:
    """Where the cheapest option changes, in words."""
    lines, band = crossover_words(comparison), band_words(comparison)
    shown_lines = lines if len(lines) <= 20 else [*lines[:20], f"… and {len(lines) - 20} more, all in comparison.json."]
    return bullets([*shown_lines, *([f"{band}."] if band else [])])


@in_its_currency
def around(comparison: Comparison) -> Part | None:
    """The costs around the scenario's place on even axes, where a lead can be seen; None where it is off the axis."""
    if not has_view_around(comparison):
        return None
    return figure(specification(comparison, around=True), "around", for_a_phone(comparison, around=True))


@in_its_currency
def costs(comparison: Comparison) -> Part:
    """The chart as a table."""
    return tabled(table_rows(comparison), f"Bills along the axis, {a_month()}")


def map_of(scenario: Scenario) -> tuple[Atlas, bool]:
    """The map over requests and duration, and whether its boundaries are exact: where that would not take minutes.

    Raises: InputError where the scenario can't have one.
    """
    if is_quick(scenario):
        return atlas(scenario, over=MAP, points=MAP_POINTS), True
    return atlas(scenario, over=MAP, points=COLD_POINTS if scenario.bends_at_knots else ROUGH_POINTS), False


@in_its_currency
def atlas_part(comparison: Comparison) -> Part:
    """A map of the cheapest option over requests and duration: a sentence, the picture, a table."""
    try:
        drawn_map, exact = map_of(comparison.scenario)
    except InputError as error:
        return paragraph(f"There is no map: {error.problems[0].line}")
    rows = winner_map.table_rows(drawn_map, exact=exact)
    (shortest, first), (longest, last) = rows[0].values(), rows[-1].values()
    return joined(
        paragraph(f"With {shortest} ms a request, by requests a month: {first}. With {longest} ms: {last}."),
        figure(winner_map.atlas_chart(drawn_map, exact=exact), "atlas"),
        folded(tabled(rows, MAP_ROWS), MAP_ROWS),
    )


def load_part(comparison: Comparison) -> Part:
    """The week as a load-duration curve, with what the first fleet carries; a flat week as a sentence."""
    traffic = comparison.scenario.workload.traffic
    if len(traffic.weights) == 1:
        return paragraph(f"{load_curve.load_finding(traffic)}.")
    fleet = next((r for r in comparison.options if r.option.has_units and not r.option.has_function), None)
    return figure(load_curve.load_chart(traffic, result=fleet), "load")


def week_part(comparison: Comparison) -> Part | None:
    """The week hour by hour with its fleets; None where every hour is alike, or no option has a fleet."""
    try:
        if len(comparison.scenario.workload.traffic.weights) == 1:
            return None
        rows = week.week_rows(comparison)
    except InputError:
        return None
    words = "The week, day by day"
    return joined(figure(week.week_chart(comparison), "week"), folded(tabled(rows, words), words))


@in_its_currency
def architecture_part(comparison: Comparison) -> Part:
    """What stands between a request and its answer in each option, with the cost of each part: picture and table."""
    words = "The parts of each option"
    rows = architecture.architecture_rows(comparison)
    return joined(
        figure(architecture.architecture_chart(comparison), "architecture"), folded(tabled(rows, words), words)
    )


@in_its_currency
def bill_rows(comparison: Comparison, result: Result) -> Rows:
    """The lines of one option's bill: quantity x price, with the source and date of the price."""
    numbers = numbered(comparison)
    rows = []
    for line in result.bill.lines:
        note = re.sub(r"(?<![\d.])\d{5,}\b", lambda match: f"{int(match[0]):,}", line.note)
        number = numbers.get(line.source)
        source = Link(f"[{number}]", f"#source-{number}") if number else line.source if line.unit else ""
        rows.append(line_row(line, note, source))
    return [
        *rows,
        total_row(LINE_COLUMNS, line="Total", amount=total_text(result.bill.total_usd, result.bill.known_usd)),
    ]


def line_row(line: LineItem, note: str, source: str) -> dict[str, str]:
    """A line of a bill as a row of a table."""
    return {
        "line": line.item + (f" ({note})" if note else ""),
        "quantity": f"{float(line.quantity):,.2f}".removesuffix(".00") if line.unit else "",
        "unit": line.unit,
        "price": "unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}",
        "amount": "unknown" if line.amount_usd is None else money(line.amount_usd),
        "source": source,
        "price of": line.as_of,
    }


LINE_COLUMNS = ("line", "quantity", "unit", "price", "amount", "source", "price of")


def total_row(columns: Iterable[str], **cells: str) -> dict[str, str]:
    """A last row for a table with some columns, with a few cells of its own."""
    return {name: cells.get(name, "") for name in columns}


@in_its_currency
def bills(comparison: Comparison) -> Part:
    """Every option's bill as a table, in the order of the scenario."""
    parts = []
    for result in comparison.options:
        limit = "" if result.feasible else " (breaks a limit: it can't win)"
        oldest = f", oldest price of {result.bill.oldest_price}" if result.bill.oldest_price else ""
        parts.append(tabled(bill_rows(comparison, result), f"{result.label}{limit}{oldest}", total=True))
    return joined(*parts)


def fleet_rows(comparison: Comparison) -> Rows:
    """Each option's capacity: units, what binds, how busy they are, limits broken."""
    rows: Rows = []
    for result in comparison.options:
        fleet = result.fleet
        rows.append(
            {
                "option": result.label,
                "size": result.option.size_label,
                "unit": fleet.unit,
                "units, mean": shorter(fleet.units_mean),
                "units, busiest hour": shorter(fleet.units_peak),
                "requests in flight, mean": shorter(fleet.in_flight_mean),
                "requests a second of one unit": shorter(fleet.unit_rps),
                "what binds": binds_words(result),
                "time of a request": f"{shorter(fleet.wall_ms)} ms"
                + (f", billed {shorter(fleet.billed_ms)} ms" if fleet.billed_ms is not None else ""),
            }
        )
    return rows


def fleets(comparison: Comparison) -> Part:
    """The fleets as a table, an option a column; then sizes to choose from, and cold starts where they are counted."""
    rows = fleet_rows(comparison)
    left_out = {"option"} | ({"size"} if all(row["size"] == row["option"] for row in rows) else set())
    turned = [{"what": name, **{row["option"]: row[name] for row in rows}} for name in rows[0] if name not in left_out]
    table = tabled(turned, "Capacity of each option")
    sentences = [words for words in map(memory_words, comparison.options) if words]
    sentences += [line for result in comparison.options for line in cold_words(result)]
    counted = any(result.fleet.cold is not None for result in comparison.options)
    return joined(table, *([bullets(sentences)] if sentences else []), *([cold_starts(comparison)] if counted else []))


def limits(comparison: Comparison) -> Part:
    """The limits that each option was held against, with the quota to ask for; those far away are only counted."""
    near = limit_rows(comparison)
    far = sum(len(result.fleet.limits) for result in comparison.options) - len(near)
    named = "other limits" if near else "limits"
    others = f"{far} {named}, such as sizes and time-outs, are kept with room for ten times as much."
    asked = [row for row in near if row["ask AWS for"]]
    words = f"{len(asked)} quotas must be raised before this runs." if len(asked) > 1 else "One quota must be raised."
    return joined(
        *([paragraph(words)] if asked else []),
        *([tabled(near, "Limits it was held against")] if near else []),
        *([paragraph(others)] if far else []),
    )


def limit_rows(comparison: Comparison) -> Rows:
    """The limits that each option was held against, with their source; those it keeps by ten times are left out."""
    return [
        {
            "option": result.label,
            "limit": limit.limit,
            "asked for": f"{shorter(limit.value)} {limit.unit}",
            "allowed": f"{shorter(limit.allowed)} {limit.unit}" + (" (adjustable)" if limit.adjustable else ""),
            "kept": "no" if limit.broken else "yes",
            "ask AWS for": "" if limit.ask_for is None else f"{limit.ask_for:,}",
            "source": limit.source,
        }
        for result in comparison.options
        for limit in result.fleet.limits
        if limit.broken or 10 * limit.value > limit.allowed
    ]


@in_its_currency
def ladder_part(scenario: Scenario) -> Part:
    """The same service under other people's assumptions, beside what they have published."""
    try:
        break_evens, skipped = usable_ladder(scenario)
    except InputError as error:
        return paragraph(f"There is no ladder: {error.problems[0].line}")
    words = "Published break-evens are requests a month, so this ladder is too, whatever the axis above."
    parts = [] if scenario.sweep.over == REQUESTS else [paragraph(words)]
    if break_evens.rungs:
        parts += [
            figure(ladder_chart(break_evens), "ladder"),
            tabled(ladder_rows(break_evens), "Break-even of each set of assumptions"),
        ]
        if break_evens.claims:
            parts.append(tabled(claim_rows(break_evens), "Published break-evens"))
    if skipped:
        several = f"{len(skipped)} sets of assumptions do" if len(skipped) > 1 else "One set of assumptions does"
        parts += [paragraph(f"{several} not fit this scenario and stand aside:"), bullets(skipped)]
    return joined(*parts)


def usable_ladder(scenario: Scenario) -> tuple[Ladder, list[str]]:
    """The packaged ladder on a scenario: the rungs that fit it, and why the others do not."""
    over_requests = scenario if scenario.sweep.over == REQUESTS else scenario.with_values({"sweep": {}})
    whole = ladder(over_requests, [])
    results: list[RungResult] = []
    skipped: list[str] = []
    for rung in load_rungs():
        try:
            results += ladder(over_requests, [rung]).rungs
        except InputError as error:
            skipped.append(f"{rung.name}: {error.problems[0].line}")
    results.sort(key=lambda r: (r.break_even is None, r.break_even or 0))
    return dataclasses.replace(whole, rungs=tuple(results)), skipped


def ladder_rows(break_evens: Ladder) -> Rows:
    """The rungs: break-even, what is cheaper above it, and what the set leaves out or adds."""
    return [
        {
            "assumptions": r.rung.name,
            "break-even, requests a month": "—"
            if r.break_even is None
            else Rounded(rounded(r.break_even), f"{r.break_even:,}"),
            "then": r.note if r.break_even is None else r.cheaper or "nobody",
            "why": r.rung.why or "",
        }
        for r in break_evens.rungs
    ]


def claim_rows(break_evens: Ladder) -> Rows:
    """The published break-evens, as their sources put them."""
    return [
        {
            "requests a month": f"{c.low:,.0f}" if c.low == c.high else f"{c.low:,.0f} to {c.high:,.0f}",
            "what is said": c.said,
            "source": c.source,
            "published": c.published or "undated",
        }
        for c in sorted(break_evens.claims, key=lambda c: c.low)
    ]


def cold_starts(comparison: Comparison) -> Part:
    """How often, how long and at what cost the first Lambda option starts cold: sentences, the picture, tables."""
    try:
        curve = cold_curve(comparison.scenario)
    except InputError as error:
        return paragraph(f"Cold starts are not drawn: {error.problems[0].line}")
    return joined(
        paragraph(f"{cold_finding(curve)}. {cost_words(curve)}."),
        figure(cold_charts.cold_chart(curve), "cold"),
        tabled(cold_rows(curve), "Cold starts against traffic"),
        tabled(answer_rows(curve), "Answer times with and without cold starts"),
        ready_part(curve),
    )


@in_its_currency
def ready_part(curve: ColdCurve) -> Part:
    """When provisioned concurrency pays, and what numbers of environments and schedules would change."""
    words = paragraph(_provisioned_words(curve.scenario))
    try:
        rows = ready_rows(curve)
    except InputError as error:
        why = error.problems[0].line
        return joined(words, paragraph(f"What keeping some ready would change is not worked out: {why}"))
    return joined(words, tabled(rows, "What environments kept ready would change")) if rows else words


def _provisioned_words(scenario: Scenario) -> str:
    """From which use on provisioned concurrency costs less, for a scenario's only function."""
    processor = str(scenario.value_at("options.0.architecture"))
    share = provisioned_pays_from(scenario.book, scenario.region, processor)
    where = f"{PROCESSORS[processor]} in {scenario.region}"
    if share is None:
        return f"When provisioned concurrency would pay is unknown: the price book lacks a price of it for {where}."
    words = f"is cheaper than on demand where it is in use for more than {share_text(share)} of the time"
    words = "is never cheaper than on demand" if share > 1 else words
    return (
        f"Provisioned concurrency, {where}, {words}. Requests beyond what is provisioned run on demand and can be cold."
    )


PAYBACK_SCOPE = (
    "What moving takes is paid once. It is on no monthly bill and decides no winner; here it is set against what is "
    "saved. While both run, both are paid. Each month is billed at its own traffic, exactly."
)


@in_its_currency
def moving(comparison: Comparison) -> Part | None:
    """When moving pays back, what growth comes to, and what people cost beside the rest; None where none is given."""
    if not is_asked(comparison.scenario):
        return None
    payback = moving_of(comparison)
    parts = [heading("What moving and running cost"), bullets([f"{words}." for words in sentences(payback)])]
    if any(one.saved_usd for one in payback.paybacks):
        parts += [
            paragraph(PAYBACK_SCOPE),
            figure(savings_chart(payback), "savings"),
            tabled(savings_rows(payback), f"Saved in all, what moving takes once taken off, {code()}"),
        ]
    given = _given(comparison.scenario)
    return joined(*parts, tabled(given, "What was given for this, the reader's own")) if given else joined(*parts)


def _given(scenario: Scenario) -> list[dict[str, str]]:
    """What the scenario says of moving, growth and wages."""
    rows = []
    if scenario.operations is not None:
        rows.append({"field": "operations", "value": f"{money(scenario.operations.wage_usd_per_hour)} an hour"})
    if scenario.growth is not None:
        rows.append({"field": "growth", "value": f"{decimal_text(scenario.growth.percent_per_month)} % a month"})
    for place, option in enumerate(scenario.options):
        if (migration := option.migration) is not None:
            words = f"{decimal_text(migration.hours)} hours, {money(migration.usd)}"
            dual = f"{migration.dual_running_months} months in which both run"
            rows.append({"field": f"options.{place}.migration ({option.label})", "value": f"{words}, {dual}"})
    return rows
