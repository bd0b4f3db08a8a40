"""Ladder chart: break-evens under sets of assumptions, with published ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from lambdaplan.analysis.break_even_ladder import Claim, Ladder, RungResult
from lambdaplan.charts.theme import CLAIM, INK, QUIET, Layer, Scale, drawing, layered, rows_down, small_print, title_of
from lambdaplan.comparison.wording import short_names
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import count, short_count
from lambdaplan.numbers import decades_of
from lambdaplan.workload.workload import REQUESTS

LONG_NAME = 45  # letters of a source beside which its year has no room
LETTER_PX = 6.2  # the width of a letter of 12 px, about
ROOM_PX = 30  # beside the frame for words

# the ladder


@in_its_currency
def ladder_chart(ladder: Ladder, *, width: int = 440) -> Layer:
    """The break-even under each set of assumptions, among those that others have published.

    A dot is a break-even worked out here, in the colour of what is cheaper above it; a tick or a
    bar is a published one. Sets without a break-even have an arrow at the edge, and words.

    Returns: altair.LayerChart.
    """
    sweep = ladder.scenario.sweep
    claims = [claim for claim in ladder.claims if sweep.over == REQUESTS]
    some = [r for r in ladder.rungs if r.break_even is not None]
    values = [float(r.break_even or 0) for r in some] + [v for c in claims for v in (c.low, c.high)]
    values = [value for value in values if value > 0] or [float(sweep.start), float(sweep.to)]
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
    fixed = rows_down(height, "py:Q")
    layers: list[Any] = [_ladder_names(everything, step, fixed)]
    dots = [
        {
            "break_even": r.break_even,
            "rung": r.rung.name,
            "why": r.rung.why or "",
            "cheaper": r.cheaper or "nobody",
            "py": middle[id(r)],
            "colour": _cheaper_colour(r),
            "text": _break_even_words(r, x),
        }
        for r in some
    ]
    axis = x.axis(f"break-even, {'requests a month' if sweep.over == REQUESTS else sweep.over}", short_count, grid=True)
    place = alt.X("break_even:Q", scale=x.encoding(), axis=axis)
    tips = [
        alt.Tooltip("rung:N", title="assumptions"),
        alt.Tooltip("why:N"),
        alt.Tooltip("break_even:Q", format=","),
        alt.Tooltip("cheaper:N", title="cheaper above"),
    ]
    base, own = drawing(dots), alt.Color("colour:N", scale=None)
    layers += [
        base.mark_circle(size=90, opacity=1).encode(x=place, y=fixed, color=own, tooltip=tips),
        base.mark_text(align="left", baseline="middle", dx=9).encode(text="text:N", x="break_even:Q", y=fixed),
    ]
    layers += _claim_marks(claims, middle, x, fixed)
    layers += _edge_words(rest, middle, fixed, width)
    layers.append(small_print(_ladder_footer(ladder), height + 50))
    return layered(
        layers,
        width=width,
        padding={"left": 48, "right": 28, "top": 6, "bottom": 6},  # long names are wider in some fonts
        height=height,
        title=title_of(_ladder_finding(some, claims), [_ladder_key(ladder, claims)], width + 110, frame="bounds"),
        description=_ladder_description(ladder, claims),
    )


def _break_even_words(rung: RungResult, x: Scale) -> str:
    """The break-even, and what is cheaper above it where that has room beside the frame; its colour says it too."""
    number, name = count(rung.break_even or 0), f", then {_cheaper_name(rung)}"
    ends_px = x.px(float(rung.break_even or 0)) + 9 + len(number + name) * LETTER_PX
    return number + name if ends_px <= x.size + ROOM_PX else number


def _ladder_names(items: Sequence[Any], step: int, y: alt.Y) -> Layer:
    rows = [
        {
            "text": item.rung.name if isinstance(item, RungResult) else _claim_name(item),
            "py": (n + 0.5) * step,
            "colour": INK if isinstance(item, RungResult) else CLAIM,
        }
        for n, item in enumerate(items)
    ]
    words = drawing(rows).mark_text(align="right", baseline="middle", limit=0)
    return words.encode(text="text:N", x=alt.value(-10), y=y, color=alt.Color("colour:N", scale=None))


def _claim_name(claim: Claim) -> str:
    source = claim.source.split(":")[0].split(",")[0]
    return f"{source}, {claim.published}" if claim.published and len(source) < LONG_NAME else source


def _range_words(claim: Claim) -> str:
    return count(claim.low) if claim.low == claim.high else f"{count(claim.low)} to {count(claim.high)}"


def _cheaper_name(rung: RungResult) -> str:
    return "nobody" if rung.cheaper is None else short_names(rung.scenario.options)[rung.cheaper]


def _cheaper_colour(rung: RungResult) -> str:
    return next((option.colours[0] for option in rung.scenario.options if option.label == rung.cheaper), INK)


def _claim_marks(claims: Sequence[Claim], middle: dict[int, float], x: Scale, y: alt.Y) -> list[Layer]:
    """Ticks for published numbers, bars for published ranges, their words beside them."""
    rows = [
        {
            "low": claim.low,
            "high": claim.high,
            "py": middle[id(claim)],
            "said": claim.said,
            "source": claim.source,
            "text": _range_words(claim),
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
    base = drawing(rows)
    start = alt.X("low:Q", scale=x.encoding())
    bars = base.mark_rule(color=CLAIM, strokeWidth=5, opacity=0.45).encode(x=start, x2="high:Q", y=y, tooltip=tips)
    ticks = base.mark_tick(color=CLAIM, thickness=3, size=14, orient="vertical")
    words = base.mark_text(align="left", baseline="middle", dx=8, color=CLAIM).encode(text="text:N", x="high:Q", y=y)
    return [bars, *(ticks.encode(x=place, y=y, tooltip=tips) for place in (start, "high:Q")), words]


def _edge_words(rest: Sequence[RungResult], middle: dict[int, float], y: alt.Y, width: int) -> list[Layer]:
    """Sets of assumptions without a break-even: an arrow at the edge, and why."""
    layers = []
    for rung in rest:
        right = rung.cheaper is None and rung.start is not None  # never beaten, not from the start
        base = drawing([{"text": rung.note, "rung": rung.rung.name, "py": middle[id(rung)]}])
        side, edge, inner = ("right", width, -12) if right else ("left", 0, 12)
        arrow = base.mark_point(shape=f"triangle-{side}", size=60, filled=True, color=QUIET, opacity=1)
        words = base.mark_text(align=side, baseline="middle", dx=inner, color=QUIET)
        layers += [arrow.encode(x=alt.value(edge), y=y), words.encode(text="text:N", x=alt.value(edge), y=y)]
    return layers


def _ladder_finding(some: Sequence[RungResult], claims: Sequence[Claim]) -> str:
    if not some:
        return "No set of assumptions has a break-even"
    low, high = count(some[0].break_even or 0), count(some[-1].break_even or 0)
    words = f"One service breaks even anywhere from {low} to {high} requests a month, by what is assumed"
    if not claims:
        return words
    return f"{words}; published: {count(min(c.low for c in claims))} to {count(max(c.high for c in claims))}"


def _ladder_key(ladder: Ladder, claims: Sequence[Claim]) -> str:
    dot = "A dot: our break-even under the assumptions at the left, in the colour of what is cheaper above it."
    key = f"{ladder.scenario.name}. {dot}"
    return f"{key} A tick or bar: a published one." if claims else key


def _ladder_footer(ladder: Ladder) -> str:
    book = ladder.scenario.book
    return f"Prices: {book.id} ({book.as_of}), {ladder.scenario.region}"


def _ladder_description(ladder: Ladder, claims: Sequence[Claim]) -> str:
    ours = "; ".join(f"{r.rung.name}: {r.note}" for r in ladder.rungs)
    theirs = "; ".join(f"{_claim_name(claim)}: {_range_words(claim)}" for claim in claims)
    words = f"Break-even in requests a month under each set of assumptions. {ours}."
    return f"{words} Published: {theirs}. {_ladder_footer(ladder)}." if claims else f"{words} {_ladder_footer(ladder)}."
