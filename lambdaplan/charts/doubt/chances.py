"""Chances chart: the bill of each option with its band, how often it is the cheapest, and where that changes."""

from __future__ import annotations

from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    BAR,
    BARS_WIDTH,
    INK,
    LETTER,
    QUIET,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    rows_down,
    small_print,
    styles,
    title_of,
)
from lambdaplan.comparison.wording import names
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import OptionRisk, Risk
from lambdaplan.doubt.wording import of_100, option_rows, risk_clauses, risk_words, sentence, where_it_changes
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import a_month, short_money

ROW = 34  # from one option to the next [px]


@in_its_currency
def chances_chart(found: Risk, *, width: int = BARS_WIDTH) -> Layer:
    """A band for each option from the bill that 1 in 10 samples lie below to the one that 1 in 10 lie above.

    A tick stands at even chances; beside the band stands in how many of 100 samples the option is the cheapest.

    Parameters:
    found : Risk - with an option of which every price is known.
    width : int - of the plot without its labels. [px]

    Raises: InputError where no option has a bill.
    """
    options = [one for one in found.options if one.p50_usd is not None]
    if not options:
        words = "an option of which every price is known, and which breaks no limit in some sample"
        raise InputError(Problem("conflict", "chart", "chances", words))
    comparison = found.likely
    colours = {label: colour for label, (colour, _) in styles(comparison.options).items()}
    short = names(comparison)
    ends = [end for one in options for end in _band(one)]
    log = min(ends) > 0 and max(ends) > 30 * min(ends)
    x = Scale(min(ends) * 0.9 if log else 0.0, max(ends) * 1.05, width, log=log)
    height = ROW * len(options)
    bands, ticks, chances, rows = [], [], [], []
    for row, one in enumerate(options):
        middle = (row + 0.5) * ROW
        low, likely, high = (x.px(usd) for usd in _band(one))
        tip = dict(
            zip(("cheapest", "low", "even", "high", "regret"), option_rows(found)[_place(found, one)][1:6], strict=True)
        )
        place = {"y": middle - BAR / 2, "y2": middle + BAR / 2, "option": one.label, **tip}
        bands.append({"x": low, "x2": max(high, low + 2), "fill": colours[one.label], **place})
        ticks.append({"x": likely, "y": middle - BAR, "y2": middle + BAR})
        chance = f"cheapest in {of_100(one.wins.value)} of 100"
        chances.append(_beside(high, middle, chance, width))
        rows.append({"y": middle, "text": short.get(one.label, one.label)})
    fixed_x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False, zero=False), axis=None)
    fixed_y = rows_down(height)
    tips = [alt.Tooltip("option:N"), alt.Tooltip("cheapest:N", title="cheapest in")]
    tips += [alt.Tooltip("low:N", title="1 in 10 below"), alt.Tooltip("even:N", title="even chances")]
    tips += [alt.Tooltip("high:N", title="1 in 10 above"), alt.Tooltip("regret:N", title="regret, mean")]
    axis = x.axis(a_month(), short_money, grid=True)
    layers = [
        drawing([{"r": x.low or x.high}])
        .mark_point(opacity=0, aria=False)
        .encode(x=alt.X("r:Q", scale=x.encoding(), axis=axis)),
        drawing(bands)
        .mark_rect(opacity=0.85)
        .encode(x=fixed_x, x2="x2:Q", y=fixed_y, y2="y2:Q", color=alt.Color("fill:N", scale=None), tooltip=tips),
        drawing(ticks).mark_rule(color=INK, strokeWidth=2, aria=False).encode(x=fixed_x, y=fixed_y, y2="y2:Q"),
        *(
            drawing([one])
            .mark_text(align=one["align"], baseline="middle", fontSize=11, color=one["colour"], limit=0)
            .encode(x=fixed_x, y=fixed_y, text="text:N")
            for one in chances
        ),
        drawing(rows)
        .mark_text(align="right", baseline="middle", limit=0)
        .encode(x=alt.value(-8), y=fixed_y, text="text:N"),
        small_print(footer(comparison), height + 46),
    ]
    key = "From 1 in 10 below to 1 in 10 above; the line stands at even chances."
    first, *rest = risk_clauses(found)
    where = sentence(where_it_changes(found.crossover))
    subtitle = [sentence("; ".join(rest)), where, key] if rest else [where, key]
    return layered(
        layers,
        independent="x",
        width=width,
        height=height,
        title=title_of(first, subtitle, width + 180, frame="bounds"),
        description=_said(found),
    )


def _place(found: Risk, option: OptionRisk) -> int:
    return found.options.index(option)


def _band(one: OptionRisk) -> tuple[float, float, float]:
    low, likely, high = (0.0 if end is None else end.value for end in (one.p10_usd, one.p50_usd, one.p90_usd))
    return low, likely, high


def _beside(px: float, middle: float, words: str, width: int) -> dict[str, Any]:
    """Words at the end of a band: outside of it where there is room, else on it in white."""
    outside = width - px > len(words) * LETTER
    place = {"x": px + 6 if outside else px - 6, "y": middle, "text": words}
    return {**place, "align": "left" if outside else "right", "colour": QUIET if outside else "white"}


def _said(found: Risk) -> str:
    sentences = [f"{risk_words(found)}."]
    for row in option_rows(found):
        sentences.append(f"{row[0]}: cheapest in {row[1]}, bill {row[2]} to {row[4]}, even chances {row[3]}.")
    return " ".join([*sentences, f"{footer(found.likely)}."])
