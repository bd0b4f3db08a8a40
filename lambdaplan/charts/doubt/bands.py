"""Bands chart: each option's bill along the axis with the band of 8 in 10 samples, and where the cheapest changes."""

from __future__ import annotations

import altair as alt
import numpy as np

from lambdaplan.charts.doubt.along import bands_said
from lambdaplan.charts.theme import (
    BARS_WIDTH,
    INK,
    QUIET,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    rows_down,
    small_print,
    spread,
    styles,
    title_of,
)
from lambdaplan.comparison.wording import axis_title, names
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import Bands, Risk
from lambdaplan.doubt.wording import sentence, where_it_changes
from lambdaplan.formatting import a_month, exact_value, rounded, short_money

HEIGHT, STRIP, BELOW = 260, 40, 66  # of the plot, of the bars under its axis, and from the axis to their foot [px]
BARS = 40  # into how many parts of the axis crossovers are counted


@in_its_currency
def bands_chart(found: Risk, bands: Bands, *, width: int = BARS_WIDTH) -> Layer:
    """The bill of each option along the axis: at even chances a line, around it what 8 in 10 samples lie in.

    Under the axis bars say in how many samples the cheapest option first changes there.

    Parameters:
    found : Risk - whose options and crossovers are drawn.
    bands : Bands - its bills along the axis.
    width : int - of the plot without its labels. [px]
    """
    comparison = found.likely
    short, looks = names(comparison), styles(comparison.options)
    log = comparison.scenario.sweep.scale == "log"
    x = Scale(bands.values[0], bands.values[-1], width, log=log)
    known = {label: rows for label, rows in bands.usd.items() if np.isfinite(rows).any()}
    ends = np.concatenate([rows[np.isfinite(rows) & (rows > 0)] for rows in known.values()] or [np.ones(1)])
    y = Scale(float(ends.min()) * 0.8 if log else 0.0, float(ends.max()) * 1.1, HEIGHT, log=log)
    px = x.pixels(np.array(bands.values))
    areas, lines, ends_at = [], [], {}
    for label, rows in known.items():
        low, even, high = (HEIGHT - np.clip(y.pixels(row), 0, HEIGHT) for row in rows)
        colour = looks[label][0]
        for n in np.flatnonzero(np.isfinite(even)):
            place = {"x": float(px[n]), "option": label, "fill": colour}
            bill = [short_money(row[n]) for row in rows]
            tip = {"at": f"{exact_value(bands.values[n])}", "low": bill[0], "even": bill[1], "high": bill[2]}
            areas.append({**place, "y": _number(high[n], 0), "y2": _number(low[n], HEIGHT)})
            lines.append({**place, "y": float(even[n]), **tip})
            ends_at[label] = float(even[n])
    where = dict(zip(ends_at, spread(list(ends_at.values()), 14, 0, HEIGHT), strict=True))
    words = [{"y": where[label], "text": short.get(label, label), "fill": looks[label][0]} for label in where]
    fixed_x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False, zero=False), axis=None)
    fixed_y, painted = rows_down(HEIGHT), alt.Color("fill:N", scale=None)
    tips = [alt.Tooltip("option:N"), alt.Tooltip("at:N", title=axis_title(comparison))]
    tips += [alt.Tooltip("low:N", title="1 in 10 below"), alt.Tooltip("even:N", title="even chances")]
    tips += [alt.Tooltip("high:N", title="1 in 10 above")]
    scales = [
        drawing([{"x": x.low, "y": y.low or y.high}])
        .mark_point(opacity=0, aria=False)
        .encode(
            x=alt.X("x:Q", scale=x.encoding(), axis=x.axis(axis_title(comparison), _short, titlePadding=BELOW)),
            y=alt.Y("y:Q", scale=y.encoding(), axis=y.axis(a_month(), short_money, grid=True)),
        )
    ]
    layers = [
        *scales,
        drawing(areas)
        .mark_area(opacity=0.22, aria=False)
        .encode(x=fixed_x, y=fixed_y, y2="y2:Q", color=painted, detail="option:N"),
        drawing(lines)
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=9))
        .encode(x=fixed_x, y=fixed_y, color=painted, detail="option:N", tooltip=tips),
        drawing(words)
        .mark_text(align="left", baseline="middle", limit=0)
        .encode(x=alt.value(width + 8), y=fixed_y, text="text:N", color=painted),
        *_bars(found, x),
        small_print(footer(comparison), HEIGHT + BELOW + 46),
    ]
    key = "Lines: even chances. Bands: from 1 in 10 below to 1 in 10 above. Bars: where the cheapest first changes."
    changes = sentence(where_it_changes(found.crossover)).removesuffix(".")
    return layered(
        layers,
        resolve={"scale": {"x": "independent", "y": "independent"}},
        width=width,
        height=HEIGHT,
        title=title_of(changes, [key], width + 180, frame="bounds"),
        description=f"{bands_said(found)} {footer(comparison)}.",
    )


def _number(value: float, otherwise: float) -> float:
    return float(value) if np.isfinite(value) else float(otherwise)


def _short(value: float) -> str:
    return rounded(value, 2)


def _bars(found: Risk, x: Scale) -> list[Layer]:
    """Under the axis: in how many of the samples the cheapest option first changes in each part of it."""
    inside = x.pixels(np.array([at for at in found.crossover.places if x.low <= at <= x.high]))
    if not len(inside):
        return []
    counted, edges = np.histogram(inside, bins=BARS, range=(0, x.size))
    foot, tallest = HEIGHT + BELOW, counted.max()
    rows = [
        {
            "x": float(edges[n]) + 0.5,
            "x2": float(edges[n + 1]) - 0.5,
            "y": float(foot - STRIP * counted[n] / tallest),
            "y2": float(foot),
            "there": f"{counted[n]} of {found.crossover.samples} samples",
        }
        for n in np.flatnonzero(counted)
    ]
    scale = alt.Scale(domain=[0, x.size], nice=False, zero=False)
    return [
        drawing(rows)
        .mark_rect(color=QUIET, opacity=0.8)
        .encode(
            x=alt.X("x:Q", scale=scale, axis=None),
            x2="x2:Q",
            y=rows_down(HEIGHT),
            y2="y2:Q",
            tooltip=[alt.Tooltip("there:N", title="the cheapest changes here in")],
        ),
        drawing([{"y": float(foot)}]).mark_rule(color=INK, strokeWidth=0.5, aria=False).encode(y=rows_down(HEIGHT)),
    ]
