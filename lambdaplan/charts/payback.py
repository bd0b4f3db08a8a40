"""Payback chart: the savings of each option, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from lambdaplan.analysis.payback import Moving, Payback
from lambdaplan.charts.theme import (
    INK,
    WIDTH,
    Layer,
    Scale,
    by_option,
    drawing,
    footer,
    layered,
    small_print,
    spread,
    styles,
    title_of,
)
from lambdaplan.comparison.wording import names
from lambdaplan.currency import code, in_its_currency
from lambdaplan.formatting import exact_value, money, short_money

HEIGHT = 240
BEYOND = 12  # months that are drawn after the last payback
MONTHS = 60  # that are drawn where nothing pays back


@in_its_currency
def savings_chart(moving: Moving, *, width: int = WIDTH, height: int = HEIGHT) -> Layer:
    """{code()} saved in all by the end of each month, the one-off taken off; a dot where it is paid back.

    Parameters:
    moving : Moving - with at least one option that says what moving to it takes.
    width, height : int - size of the plot without its labels. [px]
    """
    months, look = _months(moving), styles(moving.comparison.options)
    rows = [
        {"month": month, "usd": float(usd), "option": one.label, "said": money(usd)}
        for one in moving.paybacks
        for month, usd in [(0, -one.one_off_usd), *enumerate(one.saved_usd[:months], 1)]
    ]
    values = [0.0, *(float(usd) for one in moving.paybacks for usd in (-one.one_off_usd, *one.saved_usd[:months]))]
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or 1
    x, y = Scale(0, months, width, log=False), Scale(low - room, high + room, height, log=False)
    x.ticks = [float(month) for month in range(0, months + 1, 12 if months > 30 else 6 if months > 12 else 3)]
    place_x = alt.X("month:Q", scale=x.encoding(), axis=x.axis("months from the start of moving", exact_value))
    place_y = alt.Y("usd:Q", scale=y.encoding(), axis=y.axis(f"saved in all, {code()}", short_money))
    labels = [one.label for one in moving.paybacks]
    looks = by_option(labels, [look[label] for label in labels])
    tips = [alt.Tooltip("option:N"), alt.Tooltip("month:Q", title="by the end of month"), alt.Tooltip("said:N")]
    dots = [
        {"month": one.month, "usd": float(one.saved_usd[one.month - 1]), "option": one.label}
        for one in moving.paybacks
        if one.month is not None
    ]
    layers = [
        drawing([{"usd": 0}]).mark_rule(color=INK, aria=False).encode(y=place_y),
        drawing(rows).mark_line(strokeWidth=2.2).encode(x=place_x, y=place_y, tooltip=tips, **looks),
        drawing(dots)
        .mark_circle(size=70, opacity=1, stroke="white")
        .encode(x=place_x, y=place_y, color=looks["color"]),
        _end_labels(moving, rows, y, place_y, width),
        small_print(footer(moving.comparison), height + 46),
    ]
    subtitle = [f"{moving.comparison.scenario.name}: against {moving.comparison.options[0].label}, which runs today."]
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(savings_finding(moving), subtitle, width),
        description=f"{savings_finding(moving)}. {code()} saved in all by the end of each month, what moving takes "
        f"once taken off, a line for each option. {' '.join(_said(one) for one in moving.paybacks)}",
    )


def _months(moving: Moving) -> int:
    """How many months are drawn: a year beyond the last payback, as far as anything is known."""
    paid = [one.month for one in moving.paybacks if one.month is not None]
    wanted = max(paid) + BEYOND if paid else MONTHS
    return max(min(wanted, max(len(one.saved_usd) for one in moving.paybacks)), 1)


def _end_labels(moving: Moving, rows: Sequence[dict[str, Any]], y: Scale, place_y: alt.Y, width: int) -> Layer:
    """The name of each line beside its end."""
    look, short = styles(moving.comparison.options), names(moving.comparison)
    last = {row["option"]: row["usd"] for row in rows}
    apart = spread([y.px(usd) for usd in last.values()], 15, 0, y.size)
    ends = [
        {"text": short.get(label, label), "usd": y.value(px), "fill": look[label][0]}
        for label, px in zip(last, apart, strict=True)
    ]
    words = drawing(ends).mark_text(align="left", baseline="middle", limit=0)
    return words.encode(x=alt.value(width + 8), y=place_y, text="text:N", color=alt.Color("fill:N", scale=None))


@in_its_currency
def savings_finding(moving: Moving) -> str:
    """Which move pays back first, in a sentence without its full stop."""
    paid = [one for one in moving.paybacks if one.month is not None]
    if not paid:
        return "No move pays back"
    first = min(paid, key=lambda one: one.month or 0)
    return f"Moving to {first.label} has paid for itself by the end of month {first.month}"


def _said(one: Payback) -> str:
    return f"{one.label}: {'no payback' if one.month is None else f'month {one.month}'}."


@in_its_currency
def savings_rows(moving: Moving) -> list[dict[str, str]]:
    """The first months, the months of payback, and every twelfth: the figures behind the chart."""
    longest = max(len(one.saved_usd) for one in moving.paybacks)
    wanted = {1, 3, 6, *range(12, longest + 1, 12), *(one.month for one in moving.paybacks)}
    wanted |= {one.undone_month for one in moving.paybacks}
    return [
        {
            "by the end of month": str(month),
            **{
                one.label: money(one.saved_usd[month - 1]) if month <= len(one.saved_usd) else "unknown"
                for one in moving.paybacks
            },
        }
        for month in sorted(month for month in wanted if month is not None and month <= longest)
    ]
