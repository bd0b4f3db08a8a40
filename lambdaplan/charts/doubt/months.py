"""Months chart: the bill of each month of a plan's term with its band, without a commitment and with the best one."""

from __future__ import annotations

from typing import Any

import altair as alt

from lambdaplan.charts.theme import BARS_WIDTH, QUIET, Layer, Scale, drawing, footer, layered, small_print, title_of
from lambdaplan.comparison.comparison import compare
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.commitment_words import commit_words
from lambdaplan.doubt.commitments import Commit
from lambdaplan.doubt.wording import sentence
from lambdaplan.formatting import a_month, short_money

HEIGHT = 220  # of the plot [px]
COLOURS = {"on demand": QUIET, "with the best commitment": "#c2410c"}


@in_its_currency
def months_chart(found: Commit, *, width: int = BARS_WIDTH) -> Layer:
    """Bills month by month: at even chances a line, around it what 8 in 10 samples lie in.

    Parameters:
    found : Commit - whose bills are drawn.
    width : int - of the plot without its labels. [px]
    """
    rows: list[dict[str, Any]] = []
    for bill in found.bills:
        for name, three in zip(COLOURS, (bill.none_usd, bill.best_usd), strict=True):
            low, even, high = (one.value for one in three)
            said = {"below": short_money(low), "likely": short_money(even), "above": short_money(high)}
            rows.append({"month": bill.month, "bought": name, "low": low, "even": even, "high": high, **said})
    most = max(row["high"] for row in rows) * 1.05
    y, x = Scale(0.0, most or 1.0, HEIGHT, log=False), alt.X("month:Q", title="month of the term")
    x = x.scale(domain=[1, max(found.months, 2)], nice=False)
    axis = y.axis(a_month(), short_money, grid=True)
    colour = alt.Color(
        "bought:N",
        title=None,
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(orient="top"),
    )
    tips = [
        alt.Tooltip("bought:N", title="bought"),
        alt.Tooltip("month:Q"),
        alt.Tooltip("below:N", title="1 in 10 below"),
    ]
    tips += [alt.Tooltip("likely:N", title="even chances"), alt.Tooltip("above:N", title="1 in 10 above")]
    base = drawing(rows)
    layers = [
        base.mark_area(opacity=0.22, aria=False).encode(
            x=x, y=alt.Y("low:Q", scale=y.encoding(), axis=axis), y2="high:Q", color=colour
        ),
        base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=9)).encode(
            x=x, y=alt.Y("even:Q", scale=y.encoding(), axis=axis), color=colour, tooltip=tips
        ),
        small_print(footer(compare(found.scenario)), HEIGHT + 46),
    ]
    first, _, rest = sentence(commit_words(found)).removesuffix(".").partition(": ")
    key = "Lines: even chances. Bands: from 1 in 10 below to 1 in 10 above."
    return layered(
        layers,
        width=width,
        height=HEIGHT,
        title=title_of(first, [sentence(rest), key] if rest else [key], width + 180, frame="bounds"),
        description=_said(found),
    )


def _said(found: Commit) -> str:
    sentences = [sentence(commit_words(found))]
    for bill in (found.bills[0], found.bills[-1]):
        none, best = (
            f"{short_money(three[0].value)} to {short_money(three[2].value)}"
            for three in (bill.none_usd, bill.best_usd)
        )
        sentences.append(f"Month {bill.month}: on demand {none}, with the commitment {best}.")
    return " ".join(sentences)
