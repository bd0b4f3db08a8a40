"""Difference chart: what changed between two bills, line by line."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import altair as alt

from lambdaplan.analysis.difference import Diff, LineChange, OptionChange
from lambdaplan.charts.theme import (
    BAR,
    BARS_WIDTH,
    GAP,
    INK,
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
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import a_month, before_tax, count, money, short_money

BY = {"by quantity": "#1f6fb5", "by price": "#c2500a", "by both": "#7a3b8f"}
NEW, GONE = "new line", "line gone"


# differences


def diff_chart(diff: Diff, *, width: int = BARS_WIDTH, shown: int = SHOWN) -> Layer:
    """What changed from one total to the other, for the option whose total changed most, as a waterfall.

    Each line's change stands as bars by quantity, by price and by both together.

    Raises: InputError when no option is on both sides with whole bills.
    """
    known = [option for option in diff.options if option.usd is not None]
    if not known:
        words = "a pair of results with an option on both sides whose prices are all known"
        raise InputError(Problem("type", "the chart of a difference", f'"{diff.before.name}"', words))
    option = max(known, key=lambda one: abs(one.usd or Fraction(0)))
    changed = [line for line in option.changed if line.usd is not None]
    drawn, rest = changed[:shown], changed[shown:]
    before, after = option.before_usd or Fraction(0), option.after_usd or Fraction(0)
    rows: list[dict[str, Any]] = []
    at = before
    names = [f"A: {diff.before.name}", *(line.item for line in drawn)]
    rows.append(_bar(Fraction(0), before, 0, "total", money(before)))
    for y, line in enumerate(drawn, 1):
        for kind, usd in _parts(line):
            if usd:
                rows.append(_bar(at, at + usd, y, kind, _signed(usd)))
                at += usd
    if rest:
        usd = sum((line.usd or Fraction(0) for line in rest), Fraction(0))
        rows.append(_bar(at, at + usd, len(names), "the rest", _signed(usd)))
        names.append(f"{len(rest)} more lines")
    rows.append(_bar(Fraction(0), after, len(names), "total", money(after)))
    names.append(f"B: {diff.after.name}")
    rows_said = [{"text": name, "y": (y + 0.5) * GAP} for y, name in enumerate(names)]
    height = GAP * len(names)
    top = max(float(row["high"]) for row in rows) or 1.0
    low = min(0.0, *(float(row["low"]) for row in rows))
    x = Scale(low, top * 1.02, width, log=False)
    x.ticks = linear_ticks(low, top)
    fixed_y = rows_down(height)
    place = alt.X("low:Q", scale=x.encoding(), axis=x.axis(a_month(), short_money))
    kinds = [kind for kind in BY if any(row["kind"] == kind for row in rows)]
    tips = [alt.Tooltip("item:N"), alt.Tooltip("kind:N", title="changed"), alt.Tooltip("said:N", title=a_month())]
    for row in rows:
        row["item"] = names[int(row["y"] // GAP)]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", values=kinds) if kinds else None
    domain = {**BY, "total": INK, "the rest": QUIET}
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(domain), range=list(domain.values())), legend=legend)
    layers = [
        drawing(rows).mark_rect().encode(x=place, x2="high:Q", y=fixed_y, y2="y2:Q", color=colour, tooltip=tips),
        drawing(rows_said)
        .mark_text(align="right", baseline="middle", limit=0)
        .encode(x=alt.value(-8), y=fixed_y, text="text:N"),
        drawing([{"x": 0.0}]).mark_rule(color=PALE, aria=False).encode(x=alt.X("x:Q", scale=x.encoding())),
        small_print(f"Prices: {diff.before.book} (A), {diff.after.book} (B). {before_tax()}.", height + 46),
    ]
    headings = f"A: {diff.before.name}. B: {diff.after.name}. {winner_words(diff)}"
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(diff_finding(option), [headings], width + 160, frame="bounds"),
        description=" ".join([f"{diff_finding(option)}.", headings, *(f"{line_words(line)}." for line in changed)]),
    )


def _bar(start: Fraction, stop: Fraction, row: int, kind: str, words: str) -> dict[str, Any]:
    low, high = sorted((float(start), float(stop)))
    top = row * GAP + (GAP - BAR) / 2
    return {"low": low, "high": high, "y": top, "y2": top + BAR, "kind": kind, "said": words}


def _parts(line: LineChange) -> list[tuple[str, Fraction]]:
    usd = (line.by_quantity_usd, line.by_price_usd, line.by_both_usd)
    return [(name, part) for name, part in zip(BY, usd, strict=True) if part is not None]


def _signed(usd: Fraction) -> str:
    return f"+{money(usd)}" if usd > 0 else money(usd).replace("-", "−")


def line_words(line: LineChange) -> str:
    """What a line changed by, and why, in words."""
    if line.usd is None:
        return f"{line.item}: a price is unknown"
    kinds = " and ".join(f"{_signed(usd)} {name}" for name, usd in _parts(line) if usd)
    new = f" ({NEW})" if line.before is None else f" ({GONE})" if line.after is None else ""
    return f"{line.item}{new}: {kinds or 'the same amount'}"


def diff_finding(option: OptionChange) -> str:
    """What an option's total changed by, in a sentence."""
    usd = option.usd
    before, after = option.shown_usd
    if before is None or after is None or usd is None:
        return f"{option.name}: a total is unknown"
    if not usd:
        return f"{option.name} costs the same"
    way = "more" if usd > 0 else "less"
    share = f" ({count(abs(usd) / Fraction(before) * 100, 2)} %)" if before else ""
    return f"{option.name} costs {money(abs(usd))} a month {way}{share}: {money(before)}, then {money(after)}"


def winner_words(diff: Diff) -> str:
    """Who is cheapest on both sides, in a sentence."""
    before, after = diff.before.winner or "nobody", diff.after.winner or "nobody"
    if not diff.winner_changed:
        return f"{after} is cheapest, as {'' if before == after else f'{before} was '}before."
    return f"The cheapest was {before} and is {after}."
