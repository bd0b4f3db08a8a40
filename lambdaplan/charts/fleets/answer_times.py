"""Answer times chart: how soon each option answers at the busiest moment, against what it costs a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    INK,
    LINE_HEIGHT,
    QUIET,
    WIDTH,
    Layer,
    Scale,
    drawing,
    footer,
    layered,
    small_print,
    styles,
    tip,
    title_of,
)
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import PERCENTILES, Result
from lambdaplan.comparison.wording import names
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import a_month, count, decimal_text, exact_value, money, short_money

HEIGHT = 260  # [px]
USUAL_PERCENTILE = 95  # of the answer time that is drawn where none is asked for
FAR_APART = 30  # times the least, from which an axis is logarithmic
DOT_PX = 6  # half of a point [px]
LETTER_PX = 6.6  # width of a letter beside a point, on the safe side [px]


@dataclass(frozen=True)
class _Point:
    """An option on the picture: what it costs a month, and within how many milliseconds it answers."""

    result: Result
    usd: float
    ms: float
    fast: float  # within which half of the requests are answered [ms]
    slow: float  # within which 99 % are answered [ms]


@in_its_currency
def answer_times_chart(comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHT) -> Layer:
    """A point for each option: its cost a month across, its answer time at the busiest moment upwards.

    The answer time is the percentile that the scenario asks for, else the 95th; a line through the point goes from
    the median to the 99th. Down and to the left is better. An option that breaks a limit is hollow.

    Parameters:
    comparison : Comparison - with an option whose bill is whole and whose answer time is known.
    width, height : int - size of the plot without its labels. [px]

    Returns: altair.LayerChart.
    Raises: InputError where no option has both.
    """
    points, work = _points(comparison), comparison.scenario.workload
    asked_ms = None if work.slo is None else float(work.slo.response_ms)
    look, short = styles(comparison.options), names(comparison)
    x = _scale([point.usd for point in points], width)
    y = _scale([ms for one in points for ms in (one.fast, one.ms, one.slow)] + ([asked_ms] if asked_ms else []), height)
    rows = [
        {
            "option": point.result.label,
            "usd": point.usd,
            "ms": point.ms,
            "fast": point.fast,
            "slow": point.slow,
            "fill": look[point.result.label][0] if point.result.feasible else "white",
            "edge": look[point.result.label][0],
            "cost": money(point.result.bill.total_usd or Decimal(0)),
        }
        for point in points
    ]
    across = alt.X("usd:Q", scale=x.encoding(), axis=x.axis(a_month(), short_money))
    title = f"{_percent(comparison)} % answered within, ms"

    def up(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=y.encoding(), axis=y.axis(title, exact_value))

    tips = [
        alt.Tooltip("option:N"),
        alt.Tooltip("cost:N", title=a_month()),
        alt.Tooltip("ms:Q", title=tip(title), format=",.0f"),
        alt.Tooltip("fast:Q", title="50 % within, ms", format=",.0f"),
        alt.Tooltip("slow:Q", title="99 % within, ms", format=",.0f"),
    ]
    base = drawing(rows)
    edge = alt.Stroke("edge:N", scale=None)
    line = base.mark_rule(strokeWidth=1.4, opacity=0.55, aria=False).encode(
        x=across, y=up("fast"), y2="slow:Q", stroke=edge
    )
    dots = base.mark_point(size=110, opacity=1, fillOpacity=1, strokeWidth=2)
    fill = alt.Fill("fill:N", scale=None)
    layers = [line, dots.encode(x=across, y=up("ms"), stroke=edge, fill=fill, tooltip=tips)]
    layers.append(_named(points, [short.get(one.result.label, one.result.label) for one in points], look, x, y))
    if asked_ms is not None:
        layers += _asked(asked_ms, width, up)
    layers.append(small_print(footer(comparison), height + 46))
    finding = answer_times_finding(comparison)
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(finding, [*_key(comparison, points)], width),
        description=f"{finding}. {_said(comparison)} {footer(comparison)}.",
    )


@in_its_currency
def answer_times_finding(comparison: Comparison) -> str:
    """Who is cheapest and who answers soonest, in a sentence without its full stop."""
    points = _points(comparison)
    able = [point for point in points if point.result.feasible] or points
    soonest = min(able, key=lambda point: point.ms)
    within, best = f"{_percent(comparison)} % within {count(soonest.ms, 3)} ms", comparison.best
    if best is None:
        return f"{soonest.result.label} answers soonest: {within}"
    if soonest.result is best:
        return f"{best.label} is cheapest and answers soonest: {within}"
    own = next((f" ({count(point.ms, 3)} ms)" for point in points if point.result is best), "")
    return f"{best.label} is cheapest{own}, {soonest.result.label} answers soonest: {within}"


@in_its_currency
def answer_times_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Each option's cost and answer times: the figures behind the chart, of options that it can't show too."""
    percents = sorted({*PERCENTILES, float(_percent(comparison))})
    rows = []
    for result in comparison.options:
        total = result.bill.total_usd
        times = {f"{decimal_text(Fraction(p))} % within, ms": _words(result.answer_ms(p)) for p in percents}
        why = "" if result.feasible else "breaks a limit"
        rows.append({"option": result.label, a_month(): "unknown" if total is None else money(total), **times})
        rows[-1]["held"] = _held(comparison, result) or why or "not asked for"
    return rows


@in_its_currency
def answer_times_figures(comparison: Comparison) -> list[list[Any]]:
    """Option, cost and the answer times of the table, as numbers; nothing where one is unknown."""
    percents = sorted({*PERCENTILES, float(_percent(comparison))})
    return [
        [result.label, result.bill.total_usd, *(result.answer_ms(percent) for percent in percents)]
        for result in comparison.options
    ]


def _percent(comparison: Comparison) -> str:
    slo = comparison.scenario.workload.slo
    return str(USUAL_PERCENTILE) if slo is None else decimal_text(slo.percentile)


def _words(ms: float | None) -> str:
    return "unknown" if ms is None else count(ms, 3)


def _held(comparison: Comparison, result: Result) -> str:
    slo = comparison.scenario.workload.slo
    if slo is None:
        return ""
    ms = result.answer_ms(float(slo.percentile))
    if ms is None:
        return "unknown"
    return "yes" if result.label in comparison.held_by else "no"


def _points(comparison: Comparison) -> list[_Point]:
    """The options that have a place on the picture.

    Raises: InputError where none has.
    """
    points = []
    if comparison.scenario.workload.waits:
        words = (
            f"nobody waits for the answers of a {comparison.scenario.workload.kind}: its longest wait is told instead"
        )
        raise InputError(Problem("conflict", "--chart", "answer_time", words))
    percent = float(_percent(comparison))
    for result in comparison.options:
        times = [result.answer_ms(each) for each in (percent, PERCENTILES[0], PERCENTILES[-1])]
        if result.bill.total_usd is None or any(ms is None for ms in times):
            continue
        ms, fast, slow = (float(each or 0) for each in times)
        points.append(_Point(result, float(result.bill.total_usd), ms, min(fast, ms), max(slow, ms)))
    if not points:
        words = "no option has both a whole bill and a known answer time"
        raise InputError(Problem("conflict", "--chart", "answer_time", words))
    return points


def _scale(values: Sequence[float], size: int) -> Scale:
    """An axis from nothing upwards; logarithmic where the largest is far above the least."""
    low, high = min(values), max(values) or 1.0
    if low > 0 and high > FAR_APART * low:
        return Scale(low / 1.5, high * 1.5, size, log=True)
    return Scale(0, high * 1.15, size, log=False)


def _named(
    points: Sequence[_Point], words: Sequence[str], look: dict[str, tuple[str, list[int]]], x: Scale, y: Scale
) -> Layer:
    """The name of each option beside its point, over no other name, point or line where there is room."""
    rows = []
    taken = [
        (x.px(one.usd) - DOT_PX, x.px(one.usd) + DOT_PX, y.px(one.ms) - DOT_PX, y.px(one.ms) + DOT_PX) for one in points
    ]
    taken += [(x.px(one.usd) - 1, x.px(one.usd) + 1, y.px(one.fast), y.px(one.slow)) for one in points]
    for one, text in zip(points, words, strict=True):
        middle = _free(one, len(text) * LETTER_PX / 2, taken, x, y)
        taken.append(_around(*middle, len(text) * LETTER_PX / 2))
        fill = look[one.result.label][0]
        rows.append({"text": text, "usd": x.value(middle[0]), "ms": y.value(middle[1]), "fill": fill})
    mark = drawing(rows).mark_text(align="center", baseline="middle", limit=0)
    place = {"x": alt.X("usd:Q", scale=x.encoding()), "y": alt.Y("ms:Q", scale=y.encoding())}
    return mark.encode(**place, text="text:N", color=alt.Color("fill:N", scale=None))


def _around(across: float, up: float, half: float) -> tuple[float, float, float, float]:
    return across - half, across + half, up - LINE_HEIGHT / 2, up + LINE_HEIGHT / 2


def _free(
    one: _Point, half: float, taken: Sequence[tuple[float, float, float, float]], x: Scale, y: Scale
) -> tuple[float, float]:
    """The middle of a name: at the right of its point, at the left, above its line or below, where nothing else is."""
    here, up, high, low = x.px(one.usd), y.px(one.ms), y.px(one.slow), y.px(one.fast)
    beside = [(here + half + 10, up), (here - half - 10, up)]
    above = [(here, high + LINE_HEIGHT * n) for n in range(1, 5)]
    below = [(here, low - LINE_HEIGHT * n) for n in range(1, 5)]
    places = [*beside, *above[:1], *below[:1], *above[1:], *below[1:]]
    inside = [at for at in places if at[0] - half >= 0 and at[0] + half <= x.size and 0 < at[1] < y.size] or beside[:1]

    def is_free(at: tuple[float, float]) -> bool:
        left, right, bottom, top = _around(*at, half)
        return not any(left < box[1] and box[0] < right and bottom < box[3] and box[2] < top for box in taken)

    return next(filter(is_free, inside), inside[0])


def _asked(ms: float, width: int, up: Any) -> list[Layer]:
    """The answer time that is asked for, as a rule with its words."""
    base = drawing([{"ms": ms, "text": f"asked for: {count(ms, 4)} ms"}])
    rule = base.mark_rule(color=INK, strokeDash=[5, 3], aria=False).encode(y=up("ms"))
    words = base.mark_text(align="right", baseline="bottom", dy=-3, color=QUIET)
    return [rule, words.encode(x=alt.value(width), y=up("ms"), text="text:N")]


def _key(comparison: Comparison, points: Sequence[_Point]) -> list[str]:
    words = "At the busiest moment, waiting included. The line through a point: from the time of 50 % to that of 99 %"
    lines = [f"{comparison.scenario.name}. {words}. Down and left is better."]
    if any(not point.result.feasible for point in points):
        lines.append("Hollow: breaks a limit.")
    shown = [point.result for point in points]
    missing = [result.label for result in comparison.options if result not in shown]
    return lines + ([f"Without a whole bill or a known answer time: {', '.join(missing)}."] if missing else [])


def _said(comparison: Comparison) -> str:
    percent = _percent(comparison)
    return " ".join(
        f"{row['option']}: {row[a_month()]} a month, {percent} % within {row[f'{percent} % within, ms']} ms."
        for row in answer_times_rows(comparison)
    )
