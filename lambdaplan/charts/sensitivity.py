"""Sensitivity chart: how far each number is from another cheapest option, as bars."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import altair as alt

from lambdaplan.analysis.sensitivity import Distance, Flips, flip_finding, value_words
from lambdaplan.charts.theme import (
    BAR,
    BARS_WIDTH,
    GAP,
    INK,
    LETTER,
    QUIET,
    SHOWN,
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
from lambdaplan.comparison.wording import names, path_title
from lambdaplan.currency import in_its_currency

FURTHEST = 100  # times the value at which the axis of distances ends


# distances


@in_its_currency
def flip_chart(flips: Flips, *, width: int = BARS_WIDTH, shown: int = SHOWN) -> Layer:
    """How far each number is from changing the winner, as bars from the scenario's value; the nearest first.

    The axis is the value at the change over the value that the scenario has; what is further than a hundred times or a
    hundredth ends at the edge. A bar has the colour of the option that wins there.

    Parameters:
    shown : int - numbers that are drawn at most.
    """
    comparison = flips.comparison
    near = [distance for distance in flips.near if distance.value][:shown]
    x = Scale(1 / FURTHEST, FURTHEST, width, log=True)
    x.ticks = [0.01, 0.1, 0.3, 1, 3, 10, 100]
    short = names(comparison)
    colours = {label: colour for label, (colour, _) in styles(comparison.options).items()}
    height = max(GAP * len(near), GAP)
    bars, words, rows = [], [], []
    for row, distance in enumerate(near):
        middle = (row + 0.5) * GAP
        rows.append({"text": path_title(comparison, distance.path, distance.meaning), "y": middle})
        for flip in distance.flips:
            end = min(max(float(flip.at / distance.value), x.low), x.high)
            left, right = sorted((x.px(1.0), x.px(end)))
            who, at = flip.winner or "nobody", value_words(distance, flip.at, exact=True)
            place = {"x": left, "x2": right, "y": middle - BAR / 2, "y2": middle + BAR / 2}
            tip = {"at": at, "wins": who, "now": value_words(distance, distance.value)}
            bars.append({**place, "fill": colours.get(who, QUIET), **tip})
            right_of_it = flip.at > distance.value
            words.append(_end_words(f"{at}, {short.get(who, who)}", x.px(end), middle, width, right=right_of_it))
    fixed_x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False, zero=False), axis=None)
    fixed_y, own = rows_down(height), alt.Color("fill:N", scale=None)
    tips = [alt.Tooltip("at:N", title="changes at"), alt.Tooltip("now:N")]
    tips.append(alt.Tooltip("wins:N", title="cheapest there"))
    titled = x.axis("times the scenario's own value", lambda tick: f"x {tick:g}", grid=True)
    layers = [
        drawing([{"r": 1}]).mark_point(opacity=0, aria=False).encode(x=alt.X("r:Q", scale=x.encoding(), axis=titled)),
        drawing(bars)
        .mark_rect(opacity=0.9)
        .encode(x=fixed_x, x2="x2:Q", y=fixed_y, y2="y2:Q", color=own, tooltip=tips),
        drawing([{"x": x.px(1.0)}]).mark_rule(color=INK, aria=False).encode(x=fixed_x),
        *_texts(words, fixed_x, fixed_y),
        drawing(rows)
        .mark_text(align="right", baseline="middle", limit=0)
        .encode(x=alt.value(-8), y=fixed_y, text="text:N"),
        small_print(footer(comparison), height + 46),
    ]
    return layered(
        layers,
        independent="x",
        width=width,
        height=height,
        title=title_of(flip_finding(flips), [_flip_key(flips, near)], width + 180, frame="bounds"),
        description=_flip_description(flips, near),
    )


def _texts(rows: Sequence[dict[str, Any]], x: alt.X, y: alt.Y) -> list[Layer]:
    """Words at the ends of bars: outside of them in ink, on them in white."""
    layers = []
    for look in itertools.product(("left", "right"), (INK, "white")):
        some, (align, colour) = [row for row in rows if (row["align"], row["colour"]) == look], look
        mark = drawing(some).mark_text(align=align, baseline="middle", fontSize=11, limit=0, color=colour)
        layers.append(mark.encode(x=x, y=y, text="text:N"))
    return layers


def _end_words(text: str, px: float, middle: float, width: int, *, right: bool) -> dict[str, Any]:
    """What stands at the end of a bar that goes to the right or the left: outside of it where there is room."""
    outside = width - px if right else px
    room = outside > len(text) * LETTER or outside > width / 4  # where neither side has room, the bar is the shorter
    align = "left" if right == room else "right"
    place = {"x": px + (5 if align == "left" else -5), "y": middle}
    return {**place, "text": text, "align": align, "colour": INK if room else "white"}


def _flip_key(flips: Flips, near: Sequence[Distance]) -> str:
    rest = len(flips.near) - len(near)
    never = sum(1 for distance in flips.distances if distance.never)
    key = "Each bar ends where that number alone changes the winner, in the colour of who wins there"
    key += f"; {never} others never do" if never else ""
    return key + (f"; {rest} more are not drawn." if rest else ".")


def _flip_description(flips: Flips, near: Sequence[Distance]) -> str:
    sentences = [f"{flip_finding(flips)}.", "Bars from the scenario's value to where the winner changes:"]
    for distance in near:
        name = path_title(flips.comparison, distance.path, distance.meaning)
        ends = [f"{flip.winner or 'nobody'} at {value_words(distance, flip.at)}" for flip in distance.flips]
        sentences.append(f"{name}, now {value_words(distance, distance.value)}: {' and '.join(ends)}.")
    return " ".join([*sentences, f"{footer(flips.comparison)}."])
