"""Memory-size chart: cost and duration of a Lambda function at every memory size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import altair as alt
import numpy as np

from lambdaplan.analysis.memory_size import (
    USUAL,
    MemoryCurve,
    band_words,
    between,
    digits,
    mb_words,
    memory_finding,
    remarks_of,
)
from lambdaplan.charts.marks import mark_layers, placed
from lambdaplan.charts.theme import (
    INK,
    LETTER,
    PALE,
    QUIET,
    WIDTH,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    small_print,
    title_of,
)
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import a_month, count, exact_value, money, short_money

PANELS = 230, 150  # heights of the panels of cost and duration [px]
POINTS = 240


# a Lambda function at every memory size


@in_its_currency
def memory_chart(curve: MemoryCurve, *, width: int = WIDTH, height: int = PANELS[0]) -> Layer:
    """Cost above, duration below, against memory: each with its band, the sizes that matter and those that can't serve.

    Parameters:
    curve : MemoryCurve - what is drawn.
    width, height : int - size of the upper plot without its labels. [px]

    Returns: altair.VConcatChart.
    """
    x = Scale(float(curve.memory_mb[0]), float(curve.memory_mb[-1]), width, log=True)
    x.ticks = [float(tick) for tick in USUAL]
    rows = _curve_rows(curve)
    marks = placed(_memory_marks(curve, x))
    colour = curve.option.colours[0]
    panels = []
    for name, title, small, high in (
        ("usd", f"cost in {a_month()}", short_money, height),
        ("duration_ms", "mean duration (ms)", exact_value, PANELS[1]),
    ):
        y = _fitting(rows, name, high)
        upper = name == "usd"
        axis = x.axis("memory (MB)", exact_value, grid=False) if not upper else x.axis("", lambda _: "", grid=False)
        place = alt.X("memory_mb:Q", scale=x.encoding(), axis=axis)
        base = drawing(rows)
        tips = [
            alt.Tooltip("memory_mb:Q", title="memory (MB)", format=","),
            alt.Tooltip("duration_ms:Q", title="mean duration (ms)", format=",.1f"),
            alt.Tooltip("said:N", title=a_month()),
            alt.Tooltip("band:N", title="eight in ten measured functions"),
        ]
        low, mean = (alt.Y(f"{field}:Q", scale=y.encoding()) for field in (f"{name}_low", name))
        area = base.mark_area(color=colour, opacity=0.18, clip=True, aria=False)
        line = base.mark_line(color=colour, strokeWidth=2.4, clip=True)
        layers = [
            *_barred_layers(curve, x, high, words=upper),
            area.encode(x=place, y=low, y2=f"{name}_high:Q"),
            line.encode(x=place, y=mean.axis(y.axis(title, small)), tooltip=tips),
            *mark_layers(marks if upper else [{**mark, "text": "", "row": 0} for mark in marks], high),
        ]
        if dots := [row for row in rows if row["dot"] and row[name] is not None]:
            look: dict[str, Any] = {"size": 60, "opacity": 1, "stroke": "white", "strokeWidth": 1, "clip": True}
            points = drawing(dots).mark_circle(color=colour, aria=False, **look)
            layers.append(points.encode(x="memory_mb:Q", y=mean))
        if not upper:
            layers += [*_wanted(curve, y, width), small_print(_footer(curve), high + 46)]
        panels.append(layered(layers, width=width, height=high))
    said_below = [f"{curve.scenario.name}. {band_words(curve)}", *curve.warnings]
    heading = title_of(memory_finding(curve), said_below, width)
    chart = alt.vconcat(*panels, spacing=14).properties(title=heading, description=_memory_description(curve))
    return chart.resolve_scale(y="independent")


def _memory_marks(curve: MemoryCurve, x: Scale) -> list[dict[str, Any]]:
    remarks = remarks_of(curve)
    if len(curve.measured_mb) > 1:  # dots say it
        remarks = {size: [one for one in words if one != "measured"] for size, words in remarks.items()}
    return [
        {
            "px": x.px(float(size)),
            "text": f"{', '.join(words)}: {mb_words(size)}",
            "kind": "found" if size == curve.chosen_mb else "here",
        }
        for size, words in remarks.items()
        if words
    ]


def _curve_rows(curve: MemoryCurve) -> list[dict[str, Any]]:
    """Sizes spread over the axis, and those that matter with their neighbours."""
    wanted = {curve.row(size) for size in np.geomspace(curve.memory_mb[0], curve.memory_mb[-1], POINTS)}
    for size in (*remarks_of(curve), *(edge for stretch in curve.barred for edge in (stretch.start, stretch.stop))):
        wanted |= {curve.row(size) + step for step in (-1, 0, 1)}
    columns = {
        "duration_ms": curve.duration_ms,
        "duration_ms_low": curve.duration_low_ms,
        "duration_ms_high": curve.duration_high_ms,
        "usd": curve.usd,
        "usd_low": curve.usd_low,
        "usd_high": curve.usd_high,
    }
    rows = []
    for n in sorted(place for place in wanted if 0 <= place < len(curve.memory_mb)):
        values = {name: None if np.isnan(column[n]) else float(column[n]) for name, column in columns.items()}
        size = int(curve.memory_mb[n])
        band = between(curve.duration_low_ms[n], curve.duration_high_ms[n], digits)
        band = f"{band} ms" if " to " in band else band
        said = "unknown" if values["usd"] is None else money(Fraction(values["usd"]))
        rows.append({"memory_mb": size, **values, "band": band, "dot": size in curve.measured_mb, "said": said})
    return rows


def _fitting(rows: Sequence[dict[str, Any]], name: str, size: int) -> Scale:
    """A range that holds a curve and its band."""
    values = [row[key] for row in rows for key in (name, f"{name}_low", f"{name}_high") if row[key] is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low <= 0:
        return Scale(0, high or 1.0, size, log=False)
    scale = Scale(low / 1.12, high * 1.12, size, log=True)
    if len(scale.ticks) < 3:
        steps = [m * 10.0**k for k in range(-6, 12) for m in (1, 2, 5)]
        scale.ticks = [float(f"{tick:.3g}") for tick in steps if scale.low <= tick <= scale.high]
    return scale


def _barred_layers(curve: MemoryCurve, x: Scale, height: int, *, words: bool) -> list[Layer]:
    layers = []
    for stretch in curve.barred:
        left, right = x.px(stretch.start), x.px(min(stretch.stop + 1, float(curve.memory_mb[-1])))
        row = {"text": stretch.words, "from": stretch.start, "to": stretch.stop, "why": "; ".join(stretch.why)}
        base = drawing([row])
        place = {"x": alt.value(left), "x2": alt.value(right), "y": alt.value(0), "y2": alt.value(height)}
        tip = [alt.Tooltip(f"{name}:N") for name in ("from", "to", "why")]
        layers.append(base.mark_rect(color=PALE, opacity=0.8).encode(**place, tooltip=tip))
        if words and right - left > len(stretch.words) * LETTER:
            text = base.mark_text(baseline="top", fontStyle="italic", color=QUIET)
            layers.append(text.encode(text="text:N", x=alt.value((left + right) / 2), y=alt.value(6)))
    return layers


def _wanted(curve: MemoryCurve, y: Scale, width: int) -> list[Layer]:
    """A line at the longest duration that is wanted."""
    longest = curve.max_duration_ms
    if longest is None or not y.low <= longest <= y.high:
        return []
    base = drawing([{"ms": float(longest), "text": f"at most {count(longest, 4)} ms wanted"}])
    place = alt.Y("ms:Q", scale=y.encoding())
    rule = base.mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.2)
    words = base.mark_text(align="right", baseline="bottom", dx=-4, dy=-2)
    return [rule.encode(y=place), words.encode(text="text:N", x=alt.value(width), y=place)]


def _footer(curve: MemoryCurve) -> str:
    result = curve.at(curve.chosen_mb or int(curve.memory_mb[0]))
    return footer(Comparison(result.scenario, (result,)))


def _memory_description(curve: MemoryCurve) -> str:
    sentences = [
        f"{memory_finding(curve)}.",
        f"Cost in {a_month()}, and below it mean duration in ms, against memory from 128 to 10,240 MB.",
        *(f"{_first(', '.join(words))}: {mb_words(size)}." for size, words in sorted(remarks_of(curve).items())),
        *(f"{exact_value(b.start)} to {mb_words(b.stop)} {b.sentence}: {'; '.join(b.why)}." for b in curve.barred),
        band_words(curve),
        *curve.warnings,
        f"{_footer(curve)}.",
    ]
    return " ".join(sentences)


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]
