"""Doubt along a chart of costs: a band around each line, and under the axis where the cheapest option changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np

from lambdaplan.charts.theme import QUIET, Layer, Scale
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import Risk
from lambdaplan.doubt.wording import sentence, where_it_changes
from lambdaplan.formatting import rounded, short_money

STRIP = 26  # of the bars under the axis [px]
BARS = 40  # into how many parts of the axis crossovers are counted
KEY = "Bands: from 1 in 10 below to 1 in 10 above. Bars: where the cheapest option first changes."
NONE_CHANGES = "Bands: from 1 in 10 below to 1 in 10 above. The cheapest option changes nowhere."


def band_layer(base: Layer, x: alt.X, y_scale: alt.Scale) -> Layer:
    """The bands around the lines of a chart of costs, from rows of `band_rows`."""
    high = alt.Y("high:Q", scale=y_scale)
    own = alt.Color("colour:N", scale=None)
    return base.mark_area(opacity=0.2, clip=True, aria=False).encode(
        x=x, y=high, y2="low:Q", color=own, detail="option:N"
    )


def band_rows(found: Risk | None, colours: Mapping[str, str], y: Scale) -> list[dict[str, Any]]:
    """What 8 in 10 samples lie in, option by option, at places of the axis; nothing where it is infeasible.

    Parameters:
    colours : mapping - the colour of each option, by its label.
    y : Scale - of the costs; what lies below it is drawn at its end.
    """
    if found is None or found.bands is None:
        return []
    rows = []
    for label, (low, _, high) in found.bands.usd.items():
        for n in np.flatnonzero(np.isfinite(low)):
            top = high[n] if np.isfinite(high[n]) else y.high
            ends = {"low": max(float(low[n]), y.low), "high": max(float(top), y.low)}
            rows.append({"x": found.bands.values[n], "option": label, "colour": colours[label], **ends})
    return rows


def change_layer(base: Layer, top: int) -> Layer:
    """Bars under the axis, from rows of `change_rows`, in a strip that begins so many pixels below the plot's top."""

    def own(name: str) -> Any:
        return alt.value(alt.ExprRef(f"datum.{name}"))

    foot = top + STRIP
    high = alt.value(alt.ExprRef(f"{foot} - datum.tall"))
    tips = [alt.Tooltip("there:N", title="the cheapest first changes here in")]
    return base.mark_rect(color=QUIET, opacity=0.8).encode(
        x=own("px"), x2=own("px2"), y=high, y2=alt.value(foot), tooltip=tips
    )


def change_rows(found: Risk | None, x: Scale) -> list[dict[str, Any]]:
    """In how many of the samples the cheapest option first changes in each part of the axis."""
    if found is None:
        return []
    inside = x.pixels(np.array([at for at in found.crossover.places if x.low <= at <= x.high]))
    if not len(inside):
        return []
    counted, edges = np.histogram(inside, bins=BARS, range=(0, x.size))
    tallest = counted.max()
    return [
        {
            "px": round(float(edges[n]) + 0.5, 2),
            "px2": round(float(edges[n + 1]) - 0.5, 2),
            "tall": round(float((STRIP - 4) * counted[n] / tallest), 2),
            "there": f"{counted[n]} of {found.crossover.samples} samples",
        }
        for n in np.flatnonzero(counted)
    ]


def key_words(found: Risk | None) -> list[str]:
    """What bands and bars are, in a line; nothing where there are none."""
    if found is None:
        return []
    return [KEY if found.crossover.places else NONE_CHANGES]


@in_its_currency
def bands_said(found: Risk | None) -> str:
    """What bands and bars show, for readers who can't see them."""
    if found is None or found.bands is None:
        return ""
    sentences = [sentence(where_it_changes(found.crossover))]
    places = found.bands.values
    for label, rows in found.bands.usd.items():
        shown = [n for n in (0, len(places) - 1) if np.isfinite(rows[:, n]).all()]
        each = [f"at {rounded(places[n], 2)} {short_money(rows[0, n])} to {short_money(rows[2, n])}" for n in shown]
        if each:
            sentences.append(f"{label}: 8 in 10 samples {', '.join(each)}.")
    return " ".join(sentences)
