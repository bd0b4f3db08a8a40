"""Chart of a scenario's costs by price book."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt

from lambdaplan.analysis.books.book_history import BookHistory, winner_place
from lambdaplan.charts.theme import (
    WIDTH,
    Layer,
    Scale,
    by_option,
    drawing,
    layered,
    small_print,
    spread,
    styles,
    title_of,
)
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, before_tax, money, short_money

HEIGHT = 240


@in_its_currency
def book_history_chart(history: BookHistory, *, width: int = WIDTH, height: int = HEIGHT) -> Layer:
    """Dollars a month by the date of the price book, a line for each option.

    Parameters:
    history : BookHistory
    width, height : int - size of the plot without its labels. [px]
    """
    answers = [one for one in history.answers if one.comparison is not None]
    days = [dt.date.fromisoformat(one.book.as_of).toordinal() for one in answers]
    rows: list[dict[str, Any]] = [
        {"day": float(day), "usd": float(usd), "option": label, "book": one.book.id, "said": money(usd)}
        for place, label in enumerate(history.labels)
        for day, one in zip(days, answers, strict=True)
        if (usd := one.usd(place)) is not None
    ]
    room = (max(days) - min(days)) * 0.05 or 1
    x = Scale(min(days) - room, max(days) + room, width, log=False)
    x.ticks = [float(day) for n, day in enumerate(days) if n == 0 or x.px(day) - x.px(days[n - 1]) > 60]
    y = Scale(0.0, max((row["usd"] for row in rows), default=1.0) * 1.08 or 1.0, height, log=False)
    axis_x = x.axis("date of the price book", lambda day: dt.date.fromordinal(round(day)).isoformat())
    place_x = alt.X("day:Q", scale=x.encoding(), axis=axis_x)
    place_y = alt.Y("usd:Q", scale=y.encoding(), axis=y.axis(a_month(), short_money))
    first = answers[-1].comparison
    assert first is not None  # of those that were billed
    look = styles(first.options)
    shown = {label: look[one.label] for label, one in zip(history.labels, first.options, strict=True)}
    looks = by_option(list(shown), list(shown.values()))
    tips = [alt.Tooltip("option:N"), alt.Tooltip("book:N"), alt.Tooltip("said:N", title=a_month())]
    last = {row["option"]: row["usd"] for row in rows}
    apart = spread([y.px(usd) for usd in last.values()], 15, 0, y.size)
    ends = [{"text": label, "usd": y.value(px), "fill": shown[label][0]} for label, px in zip(last, apart, strict=True)]
    names = drawing(ends).mark_text(align="left", baseline="middle", limit=0)
    layers = [
        drawing(rows).mark_line(strokeWidth=2.2).encode(x=place_x, y=place_y, tooltip=tips, **looks),
        drawing(rows)
        .mark_circle(size=60, opacity=1, stroke="white")
        .encode(x=place_x, y=place_y, color=looks["color"], tooltip=tips),
        names.encode(x=alt.value(width + 8), y=place_y, text="text:N", color=alt.Color("fill:N", scale=None)),
        small_print(f"Price books {answers[0].book.id} to {answers[-1].book.id}. {before_tax()}.", height + 46),
    ]
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(history_finding(history), [f"{history.scenario.name}, {history.scenario.region}."], width),
        description=f"{history_finding(history)}. Cost in {a_month()} by the date of the price book, a line for each "
        f"of {len(history.labels)} options.",
    )


@in_its_currency
def history_finding(history: BookHistory) -> str:
    """Who is cheapest with which books, in a sentence without its full stop."""
    known = [one for one in history.answers if one.comparison is not None]

    def who(place: int | None) -> str:
        return "nobody" if place is None else history.labels[place]

    if not history.changes:
        books = "the one book" if len(known) == 1 else f"all {len(known)} price books"
        return f"With {books} {who(winner_place(known[-1]))} is cheapest"
    before, after = history.changes[-1]
    return (
        f"{who(winner_place(after))} is cheapest since the book of {after.book.as_of}, "
        f"{who(winner_place(before))} before"
    )
