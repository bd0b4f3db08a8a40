"""Back-test chart: what was billed and paid against a month's model, item by item."""

from __future__ import annotations

from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    BARS_WIDTH,
    CLAIM,
    PALE,
    QUIET,
    SHOWN,
    Layer,
    Scale,
    drawing,
    layered,
    linear_ticks,
    rows_down,
    small_print,
    title_of,
)
from lambdaplan.evidence.backtesting.backtest import Backtest
from lambdaplan.evidence.backtesting.reasons import BacktestLine

_ROW, _BAR = 40, 13
_BILLED, _MODEL, _PAID = "bill at list rates", "model", "paid"
_COLOURS = {_BILLED: "#93a1b0", _MODEL: "#1f6fb5", _PAID: CLAIM}


def backtest_chart(tested: Backtest, *, width: int = BARS_WIDTH, shown: int = SHOWN) -> Layer:
    """What the bill has at list rates and what the model has, a pair of bars for each item; a mark where it was paid.

    The items that cost most stand first; those beyond `shown` are one row.

    Parameters:
    tested : Backtest
    width : int - size of the plot without its labels. [px]
    shown : int - items with a row of their own.
    """
    lines = sorted(tested.lines, key=lambda line: -max(line.billed_usd, line.model_usd, line.paid_usd))
    named = [(_name(line), line.billed_usd, line.model_usd, line.paid_usd) for line in lines[:shown]]
    rest = lines[shown:]
    if rest:
        sums = (sum(getattr(line, key) for line in rest) for key in ("billed_usd", "model_usd", "paid_usd"))
        named.append((f"{len(rest)} more items", *sums))
    bars: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    residuals: list[dict[str, Any]] = []
    for row, (name, billed, model, paid) in enumerate(named):
        top = row * _ROW + (_ROW - 2 * _BAR) / 2
        for place, (of, usd) in enumerate(((_BILLED, billed), (_MODEL, model))):
            at = {"y": top + place * _BAR, "y2": top + (place + 1) * _BAR - 1}
            bars.append({"zero": 0.0, "usd": usd, "of": of, "item": name, "said": f"${usd:,.2f}", **at})
        at = {"y": top - 2, "y2": top + _BAR + 1}
        marks.append({"usd": paid, "of": _PAID, "item": name, "said": f"${paid:,.2f}", **at})
        words = f"{billed - model:+,.2f}".replace("-", "−")
        residuals.append({"usd": max(billed, model, paid), "text": words, "y": top + _BAR})
    labels = [{"text": name, "y": (row + 0.5) * _ROW} for row, (name, *_) in enumerate(named)]
    height = _ROW * max(len(named), 1)
    top_usd = max((max(usd) for _, *usd in named), default=0.0) or 1.0
    x = Scale(0.0, top_usd * 1.18, width, log=False)
    x.ticks = linear_ticks(0.0, top_usd)
    fixed_y = rows_down(height)
    place_x = alt.X("zero:Q", scale=x.encoding(), axis=x.axis("USD in the hours of the bill", _dollars))
    ends = alt.X("usd:Q", scale=x.encoding())
    tips = [alt.Tooltip("item:N"), alt.Tooltip("of:N", title="of"), alt.Tooltip("said:N", title="USD")]
    legend = alt.Legend(title=None, orient="top", direction="horizontal")
    colours = alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    colour = alt.Color("of:N", scale=colours, legend=legend)
    layers = [
        drawing(bars).mark_rect().encode(x=place_x, x2="usd:Q", y=fixed_y, y2="y2:Q", color=colour, tooltip=tips),
        drawing(marks).mark_rule(strokeWidth=3).encode(x=ends, y=fixed_y, y2="y2:Q", color=colour, tooltip=tips),
        drawing(residuals)
        .mark_text(align="left", baseline="middle", dx=6, limit=0, color=QUIET)
        .encode(x=ends, y=fixed_y, text="text:N"),
        drawing(labels)
        .mark_text(align="right", baseline="middle", limit=0)
        .encode(x=alt.value(-8), y=fixed_y, text="text:N"),
        drawing([{"x": 0.0}]).mark_rule(color=PALE, aria=False).encode(x=alt.X("x:Q", scale=x.encoding())),
        small_print("Beside each pair: bill at list rates less model, USD.", height + 46),
    ]
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(backtest_finding(tested), [_heading(tested)], width + 160, frame="bounds"),
        description=" ".join(
            [f"{backtest_finding(tested)}.", _heading(tested), *(f"{_said(line)}." for line in lines)]
        ),
    )


def backtest_finding(tested: Backtest) -> str:
    """How far the bill and the model are apart in what both have, in a sentence without its full stop."""
    own = sum(line.billed_usd for line in tested.planned)
    apart = own - tested.model_usd
    if not tested.model_usd or abs(apart) < 0.005:
        return (
            "The bill has what the model has"
            if not abs(apart) >= 0.005
            else f"The bill has ${own:,.2f}, the model nothing"
        )
    way = "more" if apart > 0 else "less"
    share = f"{abs(apart) / tested.model_usd:.1%}".replace("%", " %")
    return f"The bill is ${abs(apart):,.2f} ({share}) {way} than the model, at list rates"


def _heading(tested: Backtest) -> str:
    month = f" of {tested.month}" if tested.month else ""
    return f"{tested.name}, {tested.option}, against {tested.bill_name}{month} ({tested.hours:,.0f} h)."


def _name(line: BacktestLine) -> str:
    name = f"{line.service} {line.item}"
    return name if len(name) <= 40 else f"{name[:39]}…"


def _said(line: BacktestLine) -> str:
    figures = f"${line.billed_usd:,.2f} billed at list, ${line.paid_usd:,.2f} paid, ${line.model_usd:,.2f} in the model"
    return f"{line.service} {line.item}: {figures}"


def _dollars(value: float) -> str:
    return f"${value:,.0f}" if value >= 10 or not value else f"${value:,.2f}"
