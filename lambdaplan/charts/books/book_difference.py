"""Chart of two price books: which share of each service's prices is dearer, cheaper, new or gone."""

from __future__ import annotations

from typing import Any

import altair as alt

from lambdaplan.analysis.books.book_difference import KINDS, BookDiff, ChangeGroup
from lambdaplan.charts.theme import (
    BAR,
    BARS_WIDTH,
    GAP,
    PALE,
    Layer,
    Scale,
    drawing,
    layered,
    linear_ticks,
    rows_down,
    small_print,
    title_of,
)
from lambdaplan.formatting import figure, share_text

SAME = "the same"
COLOURS = {"dearer": "#c2500a", "cheaper": "#1f6fb5", "new": "#5b8a3c", "gone": "#7a3b8f", SAME: PALE}


def book_diff_chart(diff: BookDiff, *, width: int = BARS_WIDTH) -> Layer:
    """A bar for each service: the shares of its prices that are dearer, cheaper, new, gone and the same."""
    groups = diff.services
    height = GAP * max(len(groups), 1)
    rows: list[dict[str, Any]] = []
    for place, group in enumerate(groups):
        rows += _bars(group, place)
    x = Scale(0.0, 1.0, width, log=False)
    x.ticks = linear_ticks(0.0, 1.0)
    fixed_y = rows_down(height)
    place_x = alt.X("low:Q", scale=x.encoding(), axis=x.axis("share of the prices that either book has", share_text))
    shown = [kind for kind in COLOURS if any(row["kind"] == kind for row in rows)]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", values=shown)
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    tips = [alt.Tooltip("service:N"), alt.Tooltip("kind:N", title="prices"), alt.Tooltip("count:Q", format=",")]
    names = [f"{group.name} ({figure(group.total)})" for group in groups]
    labels = [{"text": name, "y": (place + 0.5) * GAP} for place, name in enumerate(names)]
    colour = alt.Color("kind:N", scale=scale, legend=legend)
    layers = [
        drawing(rows).mark_rect().encode(x=place_x, x2="high:Q", y=fixed_y, y2="y2:Q", color=colour, tooltip=tips),
        drawing(labels)
        .mark_text(align="right", baseline="middle", limit=0)
        .encode(x=alt.value(-8), y=fixed_y, text="text:N"),
        small_print(f"Price books {diff.before.id} and {diff.after.id}. USD before tax.", height + 46),
    ]
    said = [f"{group.name}: {group_words(group)}." for group in groups if group.changes]
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(book_finding(diff), [f"From {diff.before.id} to {diff.after.id}."], width + 160, frame="bounds"),
        description=" ".join([f"{book_finding(diff)}.", *said]),
    )


def _bars(group: ChangeGroup, place: int) -> list[dict[str, Any]]:
    counts = {kind: group.count(kind) for kind in KINDS}
    counts[SAME] = group.total - sum(counts.values())
    bars, before = [], 0
    top = place * GAP + (GAP - BAR) / 2
    for kind, count in counts.items():
        if count:
            low, high = before / group.total, (before + count) / group.total
            place_of = {"low": low, "high": high, "y": top, "y2": top + BAR}
            bars.append({"service": group.name, "kind": kind, "count": count, **place_of})
        before += count
    return bars


def group_words(group: ChangeGroup) -> str:
    """How many prices of a service or region are dearer, cheaper, new or gone."""
    counts = [(group.count(kind), kind) for kind in KINDS]
    return ", ".join(f"{figure(count)} {kind}" for count, kind in counts if count) or "nothing changed"


def book_finding(diff: BookDiff) -> str:
    """What changed between two books, in a sentence."""
    moved = diff.count("dearer") + diff.count("cheaper")
    if not diff.changes:
        return "No price changed"
    both = sum(group.total for group in diff.services) - diff.count("new") - diff.count("gone")
    words = f"{figure(moved)} of {figure(both)} prices changed ({figure(diff.count('dearer'))} dearer)"
    return f"{words}, {figure(diff.count('new'))} are new, {figure(diff.count('gone'))} are gone"
