"""The sections of the report, each a function of a comparison."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from lambdaplan.atlases import Atlas, atlas, is_quick
from lambdaplan.coldcurves import cold_curve
from lambdaplan.comparison import PERCENTILES, Comparison, Result
from lambdaplan.errors import InputError
from lambdaplan.fields import Rule, plain, rules
from lambdaplan.ladders import Ladder, RungResult, ladder, load_rungs
from lambdaplan.parts import Part, Rows, bullets, escaped, figure, joined, paragraph, tabled
from lambdaplan.platforms import Lambda, Option
from lambdaplan.scenario import Scenario
from lambdaplan.units import count, decimal_text, money, share_text
from lambdaplan.words import answer, crossover_words
from lambdaplan.workload import MB_PER_VCPU, REQUESTS

DURATION = "workload.duration_ms"
MAP_POINTS, ROUGH_POINTS = (160, 40), (24, 12)


def heading(comparison: Comparison) -> Part:
    """What the report is about: the service and the region."""
    scenario = comparison.scenario
    return paragraph(f"{scenario.name}. Region {scenario.region}, prices of {scenario.book.as_of}.", "lp-quiet")


def said(comparison: Comparison) -> Part:
    """The answer in a sentence, and what a reader must know before relying on it."""
    parts = [paragraph(f"{answer(comparison)}.", "lp-answer")]
    asked = decimal_text(comparison.scenario.workload.requests_per_month)
    parts.append(paragraph(f"A month with {int(asked):,} requests, in USD, {counted_words(comparison)}."))
    if comparison.warnings:
        parts += [paragraph("Before relying on it:"), bullets(comparison.warnings)]
    return joined(*parts)


def glance(comparison: Comparison) -> Part:
    """Each option's cost beside what it buys: its fleet, how busy it is, how soon it answers, the limits it breaks."""
    rows: Rows = []
    for result in comparison.options:
        fleet, bill = result.fleet, result.bill
        times = {percent: result.answer_ms(percent) for percent in PERCENTILES}
        rows.append(
            {
                "option": result.label,
                "USD a month": "unknown" if bill.total_usd is None else money(bill.total_usd),
                "units, mean": _short(fleet.units_mean),
                "at the peak": _short(fleet.units_peak),
                "mean utilisation": share_text(fleet.utilisation_mean),
                "limits broken": "; ".join(limit.limit for limit in result.violations) or "none",
                **{
                    f"{percent} % within, ms": "unknown" if ms is None else count(ms, 3)
                    for percent, ms in times.items()
                },
            }
        )
    words = (
        "The last columns say within how many milliseconds so many of the requests are answered: warm ones, at the "
        "busiest moment of the week, waiting included. An execution environment of Lambda runs one request at a time "
        "and only then, so it is always in full use."
    )
    return joined(tabled(rows, "What each option costs, and what it gives"), paragraph(words))


def crossovers(comparison: Comparison) -> Part:
    """Where the cheapest option changes, in words."""
    lines = crossover_words(comparison)
    shown_lines = lines if len(lines) <= 20 else [*lines[:20], f"… and {len(lines) - 20} more, all in comparison.json."]
    return bullets(shown_lines)


def costs(comparison: Comparison) -> Part:
    """The chart as a table."""
    from lambdaplan.charts import table_rows

    return tabled(table_rows(comparison), "Bills along the axis, USD a month")


def map_of(scenario: Scenario) -> tuple[Atlas, bool]:
    """The map over requests and duration, and whether its boundaries are exact: where that would not take minutes.

    Raises: InputError where the scenario can't have one.
    """
    exact = is_quick(scenario)
    return atlas(scenario, over=(REQUESTS, DURATION), points=MAP_POINTS if exact else ROUGH_POINTS), exact


def atlas_part(comparison: Comparison) -> Part:
    """A map of the cheapest option over requests and duration: a sentence, the picture, a table."""
    from lambdaplan import maps

    try:
        found, exact = map_of(comparison.scenario)
    except InputError as error:
        return paragraph(f"There is no map: {error.problems[0].line}")
    rows = maps.table_rows(found, exact=exact)
    (shortest, first), (longest, last) = rows[0].values(), rows[-1].values()
    return joined(
        paragraph(f"With {shortest} ms a request, by requests a month: {first}. With {longest} ms: {last}."),
        figure(maps.atlas_chart(found, exact=exact), "atlas"),
        tabled(rows, "The cheapest option, row by row of the map"),
    )


def load_part(comparison: Comparison) -> Part:
    """The week as a load-duration curve, with what the first fleet carries; a flat week as a sentence."""
    from lambdaplan import curves

    traffic = comparison.scenario.workload.traffic
    if len(traffic.weights) == 1:
        return paragraph(f"{curves.load_finding(traffic)}.")
    fleet = next((r for r in comparison.options if r.option.has_units and not r.option.has_function), None)
    return figure(curves.load_chart(traffic, result=fleet), "load")


def numbered(comparison: Comparison) -> dict[str, int]:
    """The sources of the prices on the bills, each with the number that lines refer to."""
    used = dict.fromkeys(line.source for result in comparison.options for line in result.bill.lines if line.as_of)
    return {title: n for n, title in enumerate(used, 1)}


def bill_rows(comparison: Comparison, result: Result) -> Rows:
    """The lines of one option's bill: quantity x price, with the source and date of the price."""
    numbers = numbered(comparison)
    rows = [
        {
            "line": line.item + (f" ({_grouped(line.note)})" if line.note else ""),
            "quantity": f"{float(line.quantity):,.2f}".removesuffix(".00") if line.unit else "",
            "unit": line.unit,
            "price": "unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}",
            "amount": "unknown" if line.amount_usd is None else money(line.amount_usd),
            "source": f"[{numbers[line.source]}]" if line.source in numbers else line.source if line.unit else "",
            "price of": line.as_of,
        }
        for line in result.bill.lines
    ]
    total = result.bill.total_usd
    whole = f"at least {money(result.bill.known_usd)}" if total is None else money(total)
    rows.append(
        {"line": "Total", "quantity": "", "unit": "", "price": "", "amount": whole, "source": "", "price of": ""}
    )
    return rows


def _grouped(words: str) -> str:
    return re.sub(r"\b\d{5,}\b", lambda match: f"{int(match[0]):,}", words)


def bills(comparison: Comparison) -> Part:
    """Every option's bill as a table, in the order of the scenario."""
    parts = []
    for result in comparison.options:
        limit = "" if result.feasible else " (breaks a limit: it can't win)"
        oldest = f", oldest price of {result.bill.oldest_price}" if result.bill.oldest_price else ""
        parts.append(tabled(bill_rows(comparison, result), f"{result.label}{limit}{oldest}", total=True))
    return joined(*parts)


BINDS = {"cpu": "CPU", "slots": "requests in flight", "memory": "memory"}


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
                "units, mean": _short(fleet.units_mean),
                "units, busiest hour": _short(fleet.units_peak),
                "requests in flight, mean": _short(fleet.in_flight_mean),
                "requests a second of one unit": _short(fleet.unit_rps),
                "what binds": "one request each"
                if result.kind == "lambda"
                else BINDS.get(fleet.bound_by, fleet.bound_by),
                "time of a request": f"{_short(fleet.wall_ms)} ms"
                + (f", billed {_short(fleet.billed_ms)} ms" if fleet.billed_ms is not None else ""),
            }
        )
    return rows


def fleets(comparison: Comparison) -> Part:
    """The fleets as a table, an option a column; then the cold starts, where these are counted."""
    rows = fleet_rows(comparison)
    turned = [{"what": name, **{row["option"]: row[name] for row in rows}} for name in rows[0] if name != "option"]
    table = tabled(turned, "Capacity of each option")
    counted = any(result.fleet.cold is not None for result in comparison.options)
    return joined(table, cold_starts(comparison)) if counted else table


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
            "asked for": f"{_short(limit.value)} {limit.unit}",
            "allowed": f"{_short(limit.allowed)} {limit.unit}" + (" (adjustable)" if limit.adjustable else ""),
            "kept": "no" if limit.broken else "yes",
            "ask AWS for": "" if limit.ask_for is None else f"{limit.ask_for:,}",
            "source": limit.source,
        }
        for result in comparison.options
        for limit in result.fleet.limits
        if limit.broken or 10 * limit.value > limit.allowed
    ]


def _short(value: Any) -> str:
    return (
        f"{float(value):,.2f}".rstrip("0").rstrip(".") if float(value) >= 0.01 or not value else f"{float(value):.2g}"
    )


def ladder_part(scenario: Scenario) -> Part:
    """The same service under other people's assumptions, beside what they have published."""
    found, skipped = usable_ladder(scenario)
    parts = []
    if scenario.sweep.over != REQUESTS:
        parts.append(
            paragraph("Published break-evens are requests a month, so this ladder is too, whatever the axis above.")
        )
    if found.rungs:
        from lambdaplan.charts import ladder_chart

        parts += [
            figure(ladder_chart(found), "ladder"),
            tabled(ladder_rows(found), "Break-even of each set of assumptions"),
        ]
        if found.claims:
            parts.append(tabled(claim_rows(found), "Published break-evens"))
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


def ladder_rows(found: Ladder) -> Rows:
    """The rungs: break-even, what is cheaper above it, and what the set leaves out or adds."""
    return [
        {
            "assumptions": r.rung.name,
            "break-even, requests a month": "—" if r.break_even is None else f"{r.break_even:,}",
            "then": r.note if r.break_even is None else r.cheaper or "nobody",
            "why": r.rung.why or "",
        }
        for r in found.rungs
    ]


def claim_rows(found: Ladder) -> Rows:
    """The published break-evens, as their sources put them."""
    return [
        {
            "requests a month": f"{c.low:,.0f}" if c.low == c.high else f"{c.low:,.0f} to {c.high:,.0f}",
            "what is said": c.said,
            "source": c.source,
            "published": c.published or "undated",
        }
        for c in sorted(found.claims, key=lambda c: c.low)
    ]


def assumption_rows(given: Any, **filled_in: Any) -> Rows:
    """The fields of a workload, an option or a scenario: value, unit, meaning, and whether it is the default.

    `filled_in` are the defaults that depend on other fields.
    """
    defaults = {f.name: f.default for f in dataclasses.fields(given)} | filled_in
    rows = []
    for name, rule in rules(type(given)).items():
        value = getattr(given, name)
        if value is None or rule.kind == "own" or name in ("label", "version", "name"):
            continue
        rows.append(
            {
                "field": rule.name or name,
                "value": _value_words(value, rule),
                "meaning": rule.meaning,
                "the default?": "yes" if value == defaults[name] else "no",
            }
        )
    return rows


def _value_words(value: Any, rule: Rule) -> str:
    if isinstance(value, Option):
        return value.size_label
    if dataclasses.is_dataclass(value):
        return ", ".join(f"{name} {item}" for name, item in plain(value).items())
    if rule.kind == "flag":
        return "yes" if value else "no"
    if rule.kind == "choices":
        return ", ".join(value)
    if rule.kind == "number" and not isinstance(value, str):
        number = plain(value)
        return f"{number:,} {'' if rule.unit in ('share', 'requests a month') else rule.unit}".strip()
    return str(value)


def assumptions(comparison: Comparison) -> Part:
    """Every number the answer rests on, defaults named as such."""
    scenario = comparison.scenario
    measured = next((option.memory_mb for option in scenario.options if isinstance(option, Lambda)), MB_PER_VCPU)
    parts = [
        tabled(assumption_rows(scenario.workload, measured_memory_mb=measured), "The service"),
        paragraph(f"{traffic_words(scenario)}."),
        tabled(assumption_rows(scenario), "What every bill counts alike"),
    ]
    for option in scenario.options:
        rows = assumption_rows(option, front_door=option.default_front_door)
        parts.append(tabled(rows, f"{option.label} ({option.kind})"))
    return joined(*parts)


def traffic_words(scenario: Scenario) -> str:
    """When the requests come, in a sentence without its full stop."""
    traffic = scenario.workload.traffic
    shape = "168 hourly weights of a week" if traffic.hourly else "flat, every hour of the week alike"
    if traffic.from_trace:
        shape = f"a week read from a trace ({traffic.from_trace})"
    elif traffic.shape != "flat":
        shape = f"the named shape {traffic.shape}"
    busiest = f"; the busiest hour has {_short(traffic.peak_to_mean)} times the mean" if traffic.hourly else ""
    return f"Traffic: {shape}{busiest}; the peak within an hour is {_short(traffic.burst)} times that hour's mean"


COUNTED = {
    "compute": "compute (with the volumes of EC2 instances)",
    "front_door": "the front door (API Gateway, load balancer or function URL)",
    "network": "the network (public addresses, NAT gateways, data sent to the internet)",
    "logs": "logs (taken in, and kept for their days)",
    "operations": "people's hours at the wage given",
}


def counted_words(comparison: Comparison) -> str:
    """What the bills count, in a phrase."""
    return "counting " + " and ".join(COUNTED[name].split(" (")[0] for name in comparison.scenario.include)


def counted(comparison: Comparison) -> Part:
    """What is on every bill, and what is on none."""
    scenario = comparison.scenario
    on = [COUNTED[name] for name in scenario.include]
    off = [words for name, words in COUNTED.items() if name not in scenario.include]
    free = (
        "Always-free quantities are taken off." if scenario.free_tier else "Always-free quantities are not taken off."
    )
    never = [
        "metrics, traces and alarms",
        "databases, queues, storage and other services behind the application",
        *([] if scenario.workload.counts_cold_starts else ["cold starts: their time and what they are billed"]),
        "reserved instances, private discounts, taxes and support plans",
        "deployment, patching and on-call work, unless given as people's hours",
    ]
    return joined(
        paragraph("On every bill:"),
        bullets(on),
        paragraph(free),
        paragraph("On none of them:"),
        bullets([*off, *never]),
    )


def sources(comparison: Comparison) -> Part:
    """The price book, the oldest price, and the sources of the prices used."""
    book = comparison.scenario.book
    by_title = {row["title"]: row for row in book.sources().values()}
    rows = [
        {
            "number": f"[{n}]",
            "source": title,
            "publisher": by_title.get(title, {}).get("publisher", ""),
            "address": by_title.get(title, {}).get("address", ""),
            "published": by_title.get(title, {}).get("published", "") or "undated",
            "read": by_title.get(title, {}).get("read", ""),
        }
        for title, n in numbered(comparison).items()
    ]
    oldest = min((r.bill.oldest_price for r in comparison.options if r.bill.oldest_price), default="")
    words = f"{book.title} ({book.id}), made on {book.as_of}."
    parts = [paragraph(f"{words} The oldest price on these bills is of {oldest}." if oldest else words)]
    if scenario_prices := comparison.scenario.prices:
        mine = [
            f"{p.service} {p.item}: ${decimal_text(p.price_usd, 20)}" + (f" ({p.note})" if p.note else "")
            for p in scenario_prices
        ]
        parts += [paragraph("The reader's own prices:"), bullets(mine)]
    return joined(*parts, tabled(rows, "Sources of the prices used")) if rows else joined(*parts)


def rerun(comparison: Comparison) -> Part:
    """How to make this report again, with the scenario in full."""
    document = json.dumps(comparison.scenario.document(), indent=2, ensure_ascii=False)
    document = re.sub(r"\[\s+([\d.,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", document)
    words = (
        "Save the scenario below as scenario.json and run: lambdaplan report scenario.json. "
        "The same scenario and price book give the same files, byte for byte. "
        "The figures of this page stand in comparison.json beside it."
    )
    text = paragraph(words)
    summary = "<summary>The scenario, every default filled in</summary>"
    return joined(text, Part(f"<details>{summary}<pre>{escaped(document)}</pre></details>", document))


def cold_starts(comparison: Comparison) -> Part:
    """How often, how long and at what cost the first Lambda option starts cold: sentences, the picture, tables."""
    from lambdaplan import coldcharts

    try:
        curve = cold_curve(comparison.scenario)
    except InputError as error:
        return paragraph(f"Cold starts are not drawn: {error.problems[0].line}")
    return joined(
        paragraph(f"{coldcharts.cold_finding(curve)}. {coldcharts.cost_words(curve)}."),
        figure(coldcharts.cold_chart(curve), "cold"),
        tabled(coldcharts.cold_rows(curve), "Cold starts against traffic"),
        tabled(coldcharts.answer_rows(curve), "Answer times with and without cold starts"),
    )
