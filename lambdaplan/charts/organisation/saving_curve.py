"""Saving curve: which share of the saving is in which share of the services."""

from __future__ import annotations

import altair as alt

from lambdaplan.charts.theme import INK, PALE, QUIET, Layer, Scale, drawing, layered, title_of
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import share_text, short_count
from lambdaplan.portfolio.concentration import MOST, Concentration, concentration, concentration_words
from lambdaplan.portfolio.organisation import Organisation

LINE = "#0f5a4f"
WIDE, HIGH = 520, 280


@in_its_currency
def saving_curve(result: Organisation, *, width: int = WIDE, height: int = HIGH) -> Layer | None:
    """How the saving adds up over services, the largest first, on a log axis; None where nothing is saved."""
    found = concentration(result)
    few = found.services_for()
    if few is None:
        return None
    points = found.curve
    x = Scale(1, max(found.services, 2), width, log=True)
    y = Scale(0, 1.0, height, log=False)
    y.ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    rows = [
        {"n": n, "s": round(share, 5), "who": f"{n:,} of {found.services:,}", "share": share_text(share)}
        for n, share in points
    ]
    at_x = alt.X(
        "n:Q", scale=x.encoding(), axis=x.axis("services, the largest saving first (log)", short_count, grid=False)
    )
    at_y = alt.Y("s:Q", scale=y.encoding(), axis=y.axis("share of the saving", share_text, grid=True))
    tips = [alt.Tooltip("who:N", title="services"), alt.Tooltip("share:N", title="of the saving")]
    reached = float(found.saved[few - 1]) if few else 0.0
    mark = {"n": few, "s": MOST, "reached": reached, "text": f"{few:,} of {found.services:,}", "n0": 1, "s0": 0}
    right = x.px(few) > width * 0.7
    layers = [
        drawing(rows).mark_line(color=LINE, strokeWidth=2.5, interpolate="linear").encode(x=at_x, y=at_y),
        drawing(rows).mark_point(opacity=0, size=60, aria=False).encode(x=at_x, y=at_y, tooltip=tips),
        drawing([mark]).mark_rule(color=QUIET, strokeDash=[4, 3], aria=False).encode(x="n:Q", y="s0:Q", y2="reached:Q"),
        drawing([mark]).mark_rule(color=QUIET, strokeDash=[4, 3], aria=False).encode(x="n0:Q", x2="n:Q", y="s:Q"),
        drawing([mark]).mark_point(color=INK, fill=PALE, size=60, aria=False).encode(x="n:Q", y="reached:Q"),
        drawing([mark])
        .mark_text(align="right" if right else "left", baseline="top", dx=-8 if right else 8, dy=8, limit=0, aria=False)
        .encode(x="n:Q", y="reached:Q", text="text:N"),
    ]
    title = concentration_words(found)
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(title, [], width, frame="bounds"),
        description=f"{title}. " + _said(found),
    )


def _said(found: Concentration) -> str:
    told = []
    for share in (0.01, 0.1, 0.5):
        count = max(1, round(found.services * share))
        told.append(f"the first {count:,} have {share_text(found.saved[count - 1])} of it")
    return f"Of the ranking {', '.join(told)}."
