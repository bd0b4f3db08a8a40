"""The picture of an atlas: which option is cheapest over two numbers."""

from __future__ import annotations

import itertools
from typing import Any

import altair as alt

from lambdaplan import charts
from lambdaplan.atlases import Atlas, Side
from lambdaplan.charts import styles
from lambdaplan.comparison import Comparison
from lambdaplan.crossovers import NOBODY
from lambdaplan.drawing import INK, PALE, WIDTH, Layer, Scale, footer, rows_of, small_print, title_of
from lambdaplan.units import share_text
from lambdaplan.words import axis_title, short_count

MAP_HEIGHT = 380
LEGEND = "cheapest (paler: too close to call)"
NOBODY_WORDS = "nobody: infeasible or a price is missing"


def chart(found: Comparison | Atlas, **size: int) -> Layer:
    """The picture of a comparison or of an atlas.

    Parameters
    ----------
    found : Comparison or Atlas - what is drawn.
    width, height : int - size of the plot without its labels. [px]
    """
    return atlas_chart(found, **size) if isinstance(found, Atlas) else charts.chart(found, **size)


def atlas_chart(atlas: Atlas, *, width: int = WIDTH, height: int = MAP_HEIGHT) -> Layer:
    """A map of the cheapest option: a stretch of each row in one colour, with exact ends.

    Paler stretches are too close to call; the cross is the scenario.
    """
    look = {label: colour for label, (colour, _) in styles(atlas.here.options).items()} | {NOBODY_WORDS: PALE}
    x, y = (_scale(side, size) for side, size in zip(atlas.sides, (width, height), strict=True))
    edges = _edges([y.px(float(value)) for value in atlas.y], height)
    rows = [
        {
            "x": float(run.start),
            "x2": float(run.stop),
            "top": height - edges[run.row + 1],
            "bottom": height - edges[run.row] + 0.7,  # over the next row: no hairline between them
            "winner": _name(atlas, run.winner),
            "strength": 0.45 if run.close else 1,
        }
        for run in atlas.runs
    ]
    seen = [label for label in look if any(row["winner"] == label for row in rows)]
    colour = alt.Color(
        "winner:N",
        scale=alt.Scale(domain=seen, range=[look[label] for label in seen]),
        legend=alt.Legend(
            title="cheapest (paler: too close to call)", orient="bottom", columns=1, offset=34, titleLimit=0
        ),
    )
    titles = [axis_title(atlas.along(side)) for side in (0, 1)]
    area = (
        alt.Chart(rows_of(rows))
        .mark_rect(stroke=None)
        .encode(
            x=alt.X("x:Q", scale=x.encoding(), axis=x.axis(titles[0], short_count, grid=False)),
            x2="x2:Q",
            y=alt.Y("top:Q", scale=None, axis=None),
            y2="bottom:Q",
            color=colour,
            opacity=alt.Opacity("strength:Q", scale=None),
        )
    )
    side = (
        alt.Chart(rows_of([{"y": y.low}]))
        .mark_point(opacity=0)
        .encode(y=alt.Y("y:Q", scale=y.encoding(), axis=y.axis(titles[1], short_count, grid=False)))
    )
    layers = [area, side, *_here(atlas, x, y, height), small_print(footer(atlas.here), height + 46)]
    close, below = share_text(atlas.close_share), share_text(atlas.scenario.close_fraction)
    subtitle = [f"{atlas.scenario.name}. {close} of this map is too close to call, a lead below {below}."]
    return (
        alt.layer(*layers)
        .resolve_scale(y="independent")
        .properties(
            width=width,
            height=height,
            title=title_of(finding(atlas), subtitle, width),
            description=f"{finding(atlas)}. A map over {titles[0]} and {titles[1]}.",
        )
    )


def finding(atlas: Atlas) -> str:
    """What the map shows, in a sentence."""
    parts = [f"{label or 'nobody'} in {share_text(share)}" for label, share in atlas.share.items()]
    return f"Cheapest on this map: {', '.join(parts)}"


def _name(atlas: Atlas, which: int) -> str:
    return NOBODY_WORDS if which == NOBODY else atlas.labels[which]


def _scale(side: Side, size: int) -> Scale:
    low, high = (float(side.document_value(place)) for place in (side.low, side.high))
    return Scale(low, high, size, log=side.scale == "log")


def _edges(middles: list[float], height: int) -> list[float]:
    """The lines between rows: halfway from one to the next. [px]"""
    between = [(a + b) / 2 for a, b in itertools.pairwise(middles)]
    return [0.0, *between, float(height)]


def _here(atlas: Atlas, x: Scale, y: Scale, height: int) -> list[Layer]:
    """A cross where the scenario stands, if that is on the map."""
    at = [float(atlas.scenario.value_at(side.path)) for side in atlas.sides]
    if not (x.low <= at[0] <= x.high and y.low <= at[1] <= y.high):
        return []
    places: dict[str, Any] = {"x": alt.value(x.px(at[0])), "y": alt.value(height - y.px(at[1]))}
    base = alt.Chart(rows_of([{"words": "you are here"}]))
    halo = base.mark_point(shape="cross", size=220, color="white", filled=True, opacity=1).encode(**places)
    cross = base.mark_point(shape="cross", size=110, color=INK, filled=True, opacity=1).encode(**places)
    return [halo, cross]
