"""Pictures of a comparison or a ladder. Nothing is worked out here: data is only given a shape.

A chart states its finding in the title, names the units on its axes, marks crossovers and "you are
here", carries a description for readers who can't see it, and says which prices it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import altair as alt

from lambdaplan.analysis.break_even_ladder import Claim, Ladder, RungResult
from lambdaplan.charts.cost import chart
from lambdaplan.charts.theme import (
    CLAIM,
    COLOURS,
    INK,
    QUIET,
    WIDTH,
    Layer,
    Scale,
    decades_of,
    footer,
    layered,
    linear_ticks,
    log_ticks,
    made,
    rows_of,
    small_print,
    title_of,
)
from lambdaplan.comparison.comparison import Comparison, Result
from lambdaplan.comparison.wording import axis_title, short_names
from lambdaplan.formatting import count, exact_value, money, short_count, short_money
from lambdaplan.workload.workload import REQUESTS

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["bill_chart", "chart", "ladder_chart", "table"]

# a table beside the chart


def table(comparison: Comparison) -> pd.DataFrame:
    """The chart as a pandas data frame, to stand beside it."""
    import pandas as pd

    return pd.DataFrame(table_rows(comparison))


def table_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Each option's bill at the axis's ticks, at the crossovers, and here."""
    axis, scenario = comparison.axis, comparison.scenario
    low, high = (float(axis.document_value(place)) for place in (axis.low, axis.high))
    ticks = log_ticks(low, high) if scenario.sweep.scale == "log" else linear_ticks(low, high)
    here = round(float(scenario.value_at(axis.over)) / float(axis.grain))
    crossings = [round(c.at / float(axis.grain)) for c in comparison.crossovers[:12]]
    places = {round(tick / float(axis.grain)) for tick in ticks} | {axis.low, axis.high, here, *crossings}
    rows = []
    for place in sorted(place for place in places if axis.low <= place <= axis.high):
        there = comparison.there(place)
        row = {axis_title(comparison): exact_value(axis.document_value(place)) + (" (here)" if place == here else "")}
        row |= {r.label: _total_words(result) for r, result in zip(comparison.options, there.options, strict=True)}
        best = "nobody" if there.best is None else comparison.options[there.options.index(there.best)].label
        near = there.lead_usd is not None and there.lead_usd < Fraction(1, 100)
        rows.append({**row, "cheapest": f"{best}, by less than a cent (exact totals decide)" if near else best})
    return rows


# the bill


SERVICES = {
    "lambda": ("Lambda", COLOURS["lambda"]),
    "fargate": ("Fargate", COLOURS["fargate"]),
    "ec2": ("EC2", COLOURS["ec2"]),
    "ebs": ("volumes (EBS)", "#7fb8a4"),
    "alb": ("load balancer", "#8b95a1"),
    "api_gateway_http": ("HTTP API", "#b9a1c9"),
    "api_gateway_rest": ("REST API", "#b9a1c9"),
    "": ("people", "#d8c46a"),
}
OTHER = ("other", "#c9ced4")


def bill_chart(comparison: Comparison, *, width: int = WIDTH) -> Layer:
    """The bills at the scenario's own numbers: a bar an option, a part a line.

    Returns: altair.LayerChart.
    """
    rows: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for result in comparison.options:
        known = 0.0
        for line in result.bill.lines:
            amount = line.exact_usd
            if amount:
                service, _ = SERVICES.get(line.service, OTHER)
                rows.append(
                    {
                        "option": result.label,
                        "line": line.item,
                        "service": service,
                        "usd": float(line.amount_usd or 0),
                        "from": known,
                        "to": known + float(amount),
                        "said": f"{money(amount)}",
                    }
                )
                known += float(amount)
        totals.append({"option": result.label, "to": known, "text": _total_words(result)})
    order = [result.label for result in comparison.options]
    used = list(dict.fromkeys(row["service"] for row in rows))
    colours = dict([*SERVICES.values(), OTHER])
    top = max((row["to"] for row in totals), default=0) or 1.0
    x = Scale(0, top * 1.02, width, log=False)
    y = alt.Y(
        "option:N",
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8),
    )
    colour = alt.Color("service:N", scale=alt.Scale(domain=used, range=[colours[name] for name in used]))
    colour = colour.legend(title=None, orient="top", direction="horizontal", columns=5, offset=6)
    bars = (
        alt.Chart(rows_of(rows))
        .mark_bar(height=20, stroke="white", strokeWidth=1.5)
        .encode(
            **made(
                x=alt.X("from:Q", scale=x.encoding(), axis=x.axis("USD a month", short_money)),
                x2="to:Q",
                y=y,
                color=colour,
                tooltip=[alt.Tooltip("option:N"), alt.Tooltip("line:N"), alt.Tooltip("said:N", title="USD a month")],
            )
        )
    )
    ends = (
        alt.Chart(rows_of(totals))
        .mark_text(align="left", baseline="middle", dx=6)
        .encode(**made(x="to:Q", y=y, text="text:N"))
    )
    height = 34 * len(order)
    asked = _requests_words(comparison)
    title = title_of(f"What {asked} cost a month", [comparison.scenario.name], width)
    said = "; ".join(f"{r.label} {_total_words(r)}: {_parts_words(r)}" for r in comparison.options)
    layers = [bars, ends, small_print(footer(comparison), height + 46)]
    return layered(
        layers, width=width, height=height, title=title, description=f"Bills by line. {said}. {footer(comparison)}."
    )


def _requests_words(comparison: Comparison) -> str:
    return f"{count(comparison.scenario.workload.requests_per_month, 3)} requests"


def _total_words(result: Result) -> str:
    total = result.bill.total_usd
    words = f"at least {money(result.bill.known_usd)}, a price is missing" if total is None else money(total)
    return words if result.feasible else f"{words} (breaks a limit)"


def _parts_words(result: Result) -> str:
    parts = [
        f"{line.item} {'unknown' if line.amount_usd is None else money(line.amount_usd)}" for line in result.bill.lines
    ]
    return ", ".join(parts) or "nothing"


# the ladder


def ladder_chart(ladder: Ladder, *, width: int = 440) -> Layer:
    """The break-even under each set of assumptions, among those that others have published.

    A dot is a break-even worked out here, in the colour of what is cheaper above it; a tick or a
    bar is a published one. Sets without a break-even have an arrow at the edge, and words.

    Returns: altair.LayerChart.
    """
    over = ladder.scenario.sweep.over
    claims = [claim for claim in ladder.claims if over == REQUESTS]
    some = [r for r in ladder.rungs if r.break_even is not None]
    values = [float(r.break_even or 0) for r in some] + [v for c in claims for v in (c.low, c.high)]
    values = [value for value in values if value > 0] or [
        float(ladder.scenario.sweep.start),
        float(ladder.scenario.sweep.to),
    ]
    decades = decades_of(min(values), max(values))
    x = Scale(decades[0], decades[-1] if len(decades) > 1 else decades[0] * 10, width, log=True)
    step = 22
    rows = sorted(
        [(float(r.break_even or 0), 0, r) for r in some] + [(c.low, 1, c) for c in claims], key=lambda row: row[:2]
    )
    rest = [r for r in ladder.rungs if r.break_even is None]
    everything: list[Any] = [row[2] for row in rows] + sorted(rest, key=lambda r: r.cheaper is None)
    middle = {id(item): (n + 0.5) * step for n, item in enumerate(everything)}
    height = step * len(everything)
    fixed = alt.Y("py:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    layers: list[Any] = [_ladder_names(everything, step, fixed)]
    dots = [
        {
            "break_even": r.break_even,
            "rung": r.rung.name,
            "why": r.rung.why or "",
            "cheaper": r.cheaper or "nobody",
            "py": middle[id(r)],
            "colour": _cheaper_colour(r),
            "text": f"{count(r.break_even or 0)}, then {_cheaper_name(r)}",
        }
        for r in some
    ]
    axis = x.axis(_ladder_axis(ladder), short_count, grid=True)
    place = alt.X("break_even:Q", scale=x.encoding(), axis=axis)
    tips = [
        alt.Tooltip("rung:N", title="assumptions"),
        alt.Tooltip("why:N"),
        alt.Tooltip("break_even:Q", format=","),
        alt.Tooltip("cheaper:N", title="cheaper above"),
    ]
    base = alt.Chart(rows_of(dots))
    layers.append(
        base.mark_circle(size=90, opacity=1).encode(
            **made(x=place, y=fixed, color=alt.Color("colour:N", scale=None), tooltip=tips)
        )
    )
    layers.append(_dot_words(dots, fixed))
    layers += _claim_marks(claims, middle, x, fixed)
    layers += _edge_words(rest, middle, fixed, width)
    layers.append(small_print(_ladder_footer(ladder), height + 50))
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(_ladder_finding(some, claims), [_ladder_key(ladder, claims)], width + 150, frame="bounds"),
        description=_ladder_description(ladder, claims),
    )


def _ladder_names(items: Sequence[Any], step: int, y: alt.Y) -> Layer:
    rows = [
        {
            "text": item.rung.name if isinstance(item, RungResult) else _claim_name(item),
            "py": (n + 0.5) * step,
            "colour": INK if isinstance(item, RungResult) else CLAIM,
        }
        for n, item in enumerate(items)
    ]
    words = alt.Chart(rows_of(rows)).mark_text(align="right", baseline="middle", limit=0)
    return words.encode(**made(text="text:N", x=alt.value(-10), y=y, color=alt.Color("colour:N", scale=None)))


def _claim_name(claim: Claim) -> str:
    source = claim.source.split(":")[0].split(",")[0]
    return f"{source}, {claim.published}" if claim.published else source


def _cheaper_name(rung: RungResult) -> str:
    return "nobody" if rung.cheaper is None else short_names(rung.scenario.options)[rung.cheaper]


def _cheaper_colour(rung: RungResult) -> str:
    kinds = {option.label: option.kind for option in rung.scenario.options}
    return COLOURS.get(kinds.get(rung.cheaper or "", ""), INK)


def _dot_words(dots: list[dict[str, Any]], y: alt.Y) -> Layer:
    words = alt.Chart(rows_of(dots)).mark_text(align="left", baseline="middle", dx=9)
    return words.encode(**made(text="text:N", x="break_even:Q", y=y))


def _claim_marks(claims: Sequence[Claim], middle: dict[int, float], x: Scale, y: alt.Y) -> list[Layer]:
    """Ticks for published numbers, bars for published ranges, their words beside them."""
    rows = [
        {
            "low": claim.low,
            "high": claim.high,
            "py": middle[id(claim)],
            "said": claim.said,
            "source": claim.source,
            "text": count(claim.low) if claim.low == claim.high else f"{count(claim.low)} to {count(claim.high)}",
        }
        for claim in claims
    ]
    if not rows:
        return []
    tips = [
        alt.Tooltip("said:N", title="published"),
        alt.Tooltip("source:N"),
        alt.Tooltip("low:Q", format=","),
        alt.Tooltip("high:Q", format=","),
    ]
    base = alt.Chart(rows_of(rows))
    at: dict[str, Any] = {"x": alt.X("low:Q", scale=x.encoding()), "y": y}
    bars = base.mark_rule(color=CLAIM, strokeWidth=5, opacity=0.45).encode(**made(x2="high:Q", tooltip=tips, **at))
    ticks = base.mark_tick(color=CLAIM, thickness=3, size=14, orient="vertical").encode(**made(tooltip=tips, **at))
    ends = base.mark_tick(color=CLAIM, thickness=3, size=14, orient="vertical").encode(
        **made(tooltip=tips, **{**at, "x": "high:Q"})
    )
    words = base.mark_text(align="left", baseline="middle", dx=8, color=CLAIM).encode(
        **made(text="text:N", **{**at, "x": "high:Q"})
    )
    return [bars, ticks, ends, words]


def _edge_words(rest: Sequence[RungResult], middle: dict[int, float], y: alt.Y, width: int) -> list[Layer]:
    """Sets of assumptions without a break-even: an arrow at the edge, and why."""
    layers = []
    for rung in rest:
        right = rung.cheaper is None and rung.start is not None  # never beaten, not from the start
        data = rows_of([{"text": rung.note, "rung": rung.rung.name, "py": middle[id(rung)]}])
        edge, inner = (width, -12) if right else (0, 12)
        arrow = alt.Chart(data).mark_point(
            shape="triangle-right" if right else "triangle-left", size=60, filled=True, color=QUIET, opacity=1
        )
        words = alt.Chart(data).mark_text(align="right" if right else "left", baseline="middle", dx=inner, color=QUIET)
        layers += [
            arrow.encode(**made(x=alt.value(edge), y=y)),
            words.encode(**made(text="text:N", x=alt.value(edge), y=y)),
        ]
    return layers


def _ladder_axis(ladder: Ladder) -> str:
    return (
        "break-even, requests a month"
        if ladder.scenario.sweep.over == REQUESTS
        else f"break-even, {ladder.scenario.sweep.over}"
    )


def _ladder_finding(some: Sequence[RungResult], claims: Sequence[Claim]) -> str:
    if not some:
        return "No set of assumptions has a break-even"
    low, high = count(some[0].break_even or 0), count(some[-1].break_even or 0)
    words = f"One service breaks even anywhere from {low} to {high} requests a month, by what is assumed"
    return (
        f"{words}; published: {count(min(c.low for c in claims))} to {count(max(c.high for c in claims))}"
        if claims
        else words
    )


def _ladder_key(ladder: Ladder, claims: Sequence[Claim]) -> str:
    dot = "A dot: our break-even under the assumptions at the left, in the colour of what is cheaper above it."
    said = f"{ladder.scenario.name}. {dot}"
    return f"{said} A tick or bar: a published one." if claims else said


def _ladder_footer(ladder: Ladder) -> str:
    book = ladder.scenario.book
    return f"Prices: {book.id} ({book.as_of}), {ladder.scenario.region}"


def _ladder_description(ladder: Ladder, claims: Sequence[Claim]) -> str:
    ours = "; ".join(f"{r.rung.name}: {r.note}" for r in ladder.rungs)
    theirs = "; ".join(
        f"{_claim_name(c)}: {count(c.low)}" + (f" to {count(c.high)}" if c.high != c.low else "") for c in claims
    )
    words = f"Break-even in requests a month under each set of assumptions. {ours}."
    return f"{words} Published: {theirs}. {_ladder_footer(ladder)}." if claims else f"{words} {_ladder_footer(ladder)}."
