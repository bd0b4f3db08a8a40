"""Bill chart: the lines of every option's bill as bars, and the table of costs along the axis.

A chart states its finding in the title, names the units on its axes, marks crossovers and "you are
here", carries a description for readers who can't see it, and says which prices it rests on.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    WIDTH,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    linear_ticks,
    log_ticks,
    small_print,
    title_of,
)
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import axis_title
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, count, exact_value, money, short_money
from lambdaplan.platforms import OPTIONS
from lambdaplan.services import USAGES
from lambdaplan.services.other_costs import OTHER_COSTS, OtherCostUsage
from lambdaplan.services.people import Operations

# a table beside the chart


@in_its_currency
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
    **{kind: (option.platform, option.colours[0]) for kind, option in OPTIONS.items()},
    **{service: (usage.title, usage.colour) for service, usage in USAGES.items() if usage.title},
    "": (Operations.title, Operations.colour),
    OTHER_COSTS.word: (OtherCostUsage.title, OtherCostUsage.colour),
}
OTHER = ("other", "#c9ced4")


@in_its_currency
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
    y_axis = alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("option:N", sort=order, scale=alt.Scale(domain=order), axis=y_axis)
    colour = alt.Color("service:N", scale=alt.Scale(domain=used, range=[colours[name] for name in used]))
    colour = colour.legend(title=None, orient="top", direction="horizontal", columns=5, offset=6)
    start = alt.X("from:Q", scale=x.encoding(), axis=x.axis(a_month(), short_money))
    tips = [alt.Tooltip("option:N"), alt.Tooltip("line:N"), alt.Tooltip("said:N", title=a_month())]
    bars = drawing(rows).mark_bar(height=20, stroke="white", strokeWidth=1.5)
    bars = bars.encode(x=start, x2="to:Q", y=y, color=colour, tooltip=tips)
    ends = drawing(totals).mark_text(align="left", baseline="middle", dx=6).encode(x="to:Q", y=y, text="text:N")
    height = 34 * len(order)
    asked = f"{count(comparison.scenario.workload.requests_per_month, 3)} requests"
    description = "; ".join(f"{r.label} {_total_words(r)}: {_parts_words(r)}" for r in comparison.options)
    return layered(
        [bars, ends, small_print(footer(comparison), height + 46)],
        width=width,
        height=height,
        title=title_of(f"What {asked} cost a month", [comparison.scenario.name], width),
        description=f"Bills by line. {description}. {footer(comparison)}.",
    )


def _total_words(result: Result) -> str:
    total = result.bill.total_usd
    words = f"at least {money(result.bill.known_usd)}, a price is missing" if total is None else money(total)
    return words if result.feasible else f"{words} (breaks a limit)"


def _parts_words(result: Result) -> str:
    parts = [
        f"{line.item} {'unknown' if line.amount_usd is None else money(line.amount_usd)}" for line in result.bill.lines
    ]
    return ", ".join(parts) or "nothing"
