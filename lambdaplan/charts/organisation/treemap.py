"""Treemap: what services cost today as areas, group by group, coloured by what each would save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import altair as alt

from lambdaplan.charts.theme import INK, LETTER, Layer, drawing, layered, rows_down, title_of
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import shorten
from lambdaplan.formatting import a_month, money, share_text, short_money
from lambdaplan.portfolio.concentration import Area, areas
from lambdaplan.portfolio.organisation import MICRO, Organisation

WIDE, HIGH = 760, 420
HEAD = 20  # height of a group's name [px]
GAP = 3  # between groups [px]
LEAST = 46  # width of an area that has room for words [px]

# Shares of a service's cost that it would save, up to which it has a colour; ink or white on it.
CLASSES = (
    ("costs more", -1e-9, "#d98a4b", INK),
    ("stays as it is", 1e-9, "#e3e8ec", INK),
    ("up to 25 % less", 0.25, "#b9dbd2", INK),
    ("25 to 50 % less", 0.5, "#74b8a6", INK),
    ("50 to 75 % less", 0.75, "#2f8a78", "white"),
    ("over 75 % less", float("inf"), "#0f5a4f", "white"),
)


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture. [px]"""

    x: float
    y: float
    wide: float
    high: float


def squarified(sizes: Sequence[float], box: Box) -> list[Box]:
    """Part a rectangle in proportion to sizes, each part as near to a square as its row allows.

    Parameters:
    sizes : floats above 0 - the largest first.

    References: Bruls, Huizing and van Wijk, Squarified Treemaps, VisSym 2000, algorithm of section 3.
    """
    boxes: list[Box] = []
    total = sum(sizes)
    if not total or box.wide <= 0 or box.high <= 0:
        return [Box(box.x, box.y, 0.0, 0.0) for _ in sizes]
    scale = box.wide * box.high / total
    todo = [size * scale for size in sizes]
    while todo:
        side = min(box.wide, box.high)
        row = [todo[0]]
        while len(row) < len(todo) and _worst([*row, todo[len(row)]], side) <= _worst(row, side):
            row.append(todo[len(row)])
        depth = sum(row) / side if side else 0.0
        at = 0.0
        for area in row:
            length = area / depth if depth else 0.0
            if box.wide >= box.high:
                boxes.append(Box(box.x, box.y + at, depth, length))
            else:
                boxes.append(Box(box.x + at, box.y, length, depth))
            at += length
        if box.wide >= box.high:
            box = Box(box.x + depth, box.y, box.wide - depth, box.high)
        else:
            box = Box(box.x, box.y + depth, box.wide, box.high - depth)
        todo = todo[len(row) :]
    return boxes


def _worst(row: Sequence[float], side: float) -> float:
    """How far the longest part of a row is from a square."""
    whole = sum(row) ** 2
    return max(side**2 * max(row) / whole, whole / (side**2 * min(row))) if whole else float("inf")


@in_its_currency
def saving_treemap(result: Organisation, name: str | None, *, width: int = WIDE, height: int = HIGH) -> Layer:
    """Each service as an area as large as what it costs today, in its group, in a colour of what it would save.

    Parameters:
    result : Organisation
    name : str or None - the column that groups services.
    width, height : int [px]
    """
    groups: dict[str, list[Area]] = {}
    for one in areas(result, name):
        groups.setdefault(one.group, []).append(one)
    ranked = sorted(groups.items(), key=lambda pair: (-sum(one.baseline_micro for one in pair[1]), pair[0]))
    sums = [sum(one.baseline_micro for one in members) for _, members in ranked]
    parts, heads = [], []
    for (group, members), outer in zip(ranked, squarified(sums, Box(0, 0, width, height)), strict=True):
        inner = Box(outer.x, outer.y, max(outer.wide - GAP, 0), max(outer.high - GAP, 0))
        if name and inner.high > 2 * HEAD and inner.wide > LEAST:
            usd = sum(one.baseline_micro for one in members) / MICRO
            letters = int(inner.wide / LETTER)
            words = f"{group or 'none'}  {short_money(round(usd))}"
            heads.append({"x": inner.x + 2, "y": inner.y + HEAD / 2, "text": shorten(words, max(letters, 4))})
            inner = Box(inner.x, inner.y + HEAD, inner.wide, inner.high - HEAD)
        largest = sorted(members, key=lambda one: (-one.baseline_micro, one.name))
        boxes = squarified([one.baseline_micro for one in largest], inner)
        parts += [_part(one, box) for one, box in zip(largest, boxes, strict=True)]
    across = alt.Scale(domain=[0, width], nice=False, zero=False)
    fixed_x = alt.X("x:Q", scale=across, axis=None)
    fixed_y = rows_down(height)
    present = [one for one in CLASSES if any(part["saves"] == one[0] for part in parts)]
    colour = alt.Color(
        "saves:N",
        scale=alt.Scale(domain=[one[0] for one in present], range=[one[2] for one in present]),
        legend=alt.Legend(
            title=None, orient="bottom", columns=max(2, width // 130), symbolType="square", labelFontSize=11
        ),
    )
    tips = [alt.Tooltip("who:N", title="service"), alt.Tooltip("now:N"), alt.Tooltip("less:N", title="saving")]
    tips += [alt.Tooltip("group:N", title=name)] if name else []
    layers = [
        drawing(parts)
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(x=fixed_x, x2="x2:Q", y=fixed_y, y2="y2:Q", color=colour, tooltip=tips),
        *(
            drawing([part for part in parts if part["text"] and part["ink"] == ink])
            .mark_text(align="left", baseline="top", fontSize=11, color=ink, limit=0, aria=False)
            .encode(x=alt.X("tx:Q", scale=across, axis=None), y=rows_down(height, "ty:Q"), text="text:N")
            for ink in (INK, "white")
        ),
        drawing(heads)
        .mark_text(align="left", baseline="middle", fontSize=12, fontWeight="bold", color=INK, limit=0, aria=False)
        .encode(x=fixed_x, y=fixed_y, text="text:N"),
    ]
    title, key = (
        _finding(result, name, ranked),
        f"Areas: what each costs today, {a_month()}. Colours: what it would save.",
    )
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(title, [key], width - 160, frame="bounds"),
        description=f"{title}. {_said(result, name)}",
    )


def _part(one: Area, box: Box) -> dict[str, Any]:
    share = one.saving_micro / one.baseline_micro
    label, _, _, ink = next(row for row in CLASSES if share <= row[1])
    who = one.name or f"{one.services:,} more service{'' if one.services == 1 else 's'}"
    now, saving = Fraction(one.baseline_micro, MICRO), Fraction(one.saving_micro, MICRO)
    less = f"{money(saving)} ({share_text(share)})" if saving else "none"
    letters = int((box.wide - 8) / 6.4)
    text = (
        shorten(one.name or f"{one.services:,} more", letters)
        if box.wide > LEAST and box.high > 18 and letters > 3
        else ""
    )
    place = {
        "x": round(box.x, 2),
        "x2": round(box.x + box.wide, 2),
        "y": round(box.y, 2),
        "y2": round(box.y + box.high, 2),
    }
    words = {"tx": place["x"] + 4, "ty": place["y"] + 4, "text": text, "ink": ink}
    told = {"saves": label, "who": who, "now": money(now), "less": less, "group": one.group or "none"}
    return {**place, **words, **told}


def _finding(result: Organisation, name: str | None, ranked: Sequence[tuple[str, Sequence[Area]]]) -> str:
    """Where most of the saving is, in a sentence."""
    total = sum(one.saving_micro for _, members in ranked for one in members)
    if total <= 0:
        return "Nothing is saved by moving"
    if not name or len(ranked) < 2:
        return f"{money(Fraction(total, MICRO))} a month can be saved"
    first = result.groups(name)[0]
    share = share_text(Fraction(first.saving_usd) / Fraction(total, MICRO))
    return f"By {name}: {share} of the saving is in {shorten(first.value or 'none', 40)}"


def _said(result: Organisation, name: str | None) -> str:
    if not name:
        return ""
    groups = result.groups(name)[:10]
    told = (f"{one.value or 'none'}: {money(one.baseline_usd)} today, {money(one.saving_usd)} less" for one in groups)
    return f"{'; '.join(told)}."
