"""Week chart: the load hour by hour, with the units of each fleet that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    INK,
    QUIET,
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
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import names
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import count, exact_value, short_count
from lambdaplan.units import DAYS, HOURS_PER_DAY, HOURS_PER_WEEK

HEIGHTS = 170, 130  # of the panels of load and units [px]
CARRIED, LOAD = "#7fb8a4", "#1f6fb5"


@in_its_currency
def week_chart(comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHTS[0]) -> Layer:
    """Requests a second hour by hour from Monday, with what the cheapest fleet carries behind them, above units.

    What a fleet carries is shown where `target_utilisation` sizes it, not where an answer time does. Rare bursts are
    left out: they come at no hour in particular.

    Parameters:
    comparison : Comparison - with an option that has a fleet.
    width, height : int - size of the upper plot without its labels. [px]

    Returns: altair.VConcatChart.
    Raises: InputError where no option has a fleet of whole units.
    """
    fleets = fleets_of(comparison)
    rows = week_hours(comparison)
    upper = _load_panel(comparison, fleets, rows, width, height)
    lower = _units_panel(comparison, fleets, rows, width, HEIGHTS[1])
    finding = week_finding(comparison)
    drawn = alt.vconcat(upper, lower, spacing=12).properties(
        title=title_of(finding, [_key(comparison, fleets[0])], width),
        description=f"{finding}. Requests a second, and units of each fleet, in the 168 hours of a week from Monday "
        f"00:00. {footer(comparison)}.",
    )
    return drawn.resolve_scale(y="independent")


@in_its_currency
def fleets_of(comparison: Comparison) -> list[Result]:
    """The options with a fleet of whole units, the cheapest first, those with Lambda above it last.

    Raises: InputError where there is none.
    """
    whole = [result for result in comparison.options if result.option.has_units and result.fleet.by_weight is not None]
    if not whole:
        words = "no option has a fleet of whole units: Lambda follows the load by itself"
        raise InputError(Problem("conflict", "--chart", "week", words))
    ranked = [result for result in comparison.ranked if result in whole]
    listed = ranked + [result for result in whole if result not in ranked]
    return sorted(listed, key=lambda result: result.option.has_function)


@in_its_currency
def week_hours(comparison: Comparison) -> list[dict[str, Any]]:
    """Each hour of the week: its mean and its peak in requests a second, and the units of each fleet."""
    scenario = comparison.scenario
    traffic, mean_rps = scenario.workload.traffic, scenario.workload.mean_rps(scenario.hours_per_month)
    of_mean = traffic.rest_of_mean * HOURS_PER_WEEK / sum(traffic.whole)
    units = {result.label: [int(many) for many in result.fleet.hourly(traffic)] for result in fleets_of(comparison)}
    rows = []
    for hour, weight in enumerate(traffic.whole):
        load = float(weight * of_mean * mean_rps)
        here = {label: many[hour] for label, many in units.items()}
        rows.append({"hour": hour, "load": load, "peak": load * float(traffic.burst), "units": here})
    return rows


@in_its_currency
def week_finding(comparison: Comparison) -> str:
    """How the load and the cheapest fleet run over the week, in a sentence without its full stop."""
    rows, first = week_hours(comparison), fleets_of(comparison)[0]
    loads, units = [row["load"] for row in rows], [row["units"][first.label] for row in rows]
    load = count(loads[0], 3) if min(loads) == max(loads) else f"{count(min(loads), 3)} to {count(max(loads), 3)}"
    low, high, unit = min(units), max(units), unit_of_fleet(first)
    many = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{first.label}: {many} {unit}{'s' if high != 1 else ''} for {load} requests a second over the week"


@in_its_currency
def unit_of_fleet(result: Result) -> str:
    """What the fleet's whole units are called: of a hybrid, those of its base."""
    return result.fleet.unit.split(" and ")[0]


@in_its_currency
def week_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Each day of the week: the quietest and the busiest hour, and the units then: the figures behind the chart."""
    rows, hours = [], week_hours(comparison)
    for number, day in enumerate(DAYS):
        of_day = hours[number * HOURS_PER_DAY : (number + 1) * HOURS_PER_DAY]
        loads = [row["load"] for row in of_day]
        row = {"day": day, "requests a second": f"{count(min(loads), 3)} to {count(max(loads), 3)}"}
        for result in fleets_of(comparison):
            units = [hour["units"][result.label] for hour in of_day]
            row[f"{result.label}, {unit_of_fleet(result)}s"] = f"{min(units):,} to {max(units):,}"
        rows.append(row)
    return rows


def _across(width: int, *, titled: bool) -> alt.X:
    x = Scale(0, HOURS_PER_WEEK, width, log=False)
    x.ticks = [float(hour) for hour in range(0, HOURS_PER_WEEK, HOURS_PER_DAY)]
    axis = x.axis("day of the week, from 00:00", _day) if titled else x.axis("", lambda _: "")
    return alt.X("hour:Q", scale=x.encoding(), axis=axis)


def _day(hour: float) -> str:
    return DAYS[int(hour) // HOURS_PER_DAY]


def _load_panel(
    comparison: Comparison, fleets: Sequence[Result], rows: Sequence[dict[str, Any]], width: int, height: int
) -> Layer:
    carried = _carried(comparison, fleets[0], rows)
    steps = _steps([{**row, "carried": many} for row, many in zip(rows, carried or [0.0] * len(rows), strict=True)])
    y = Scale(0, (max([row["peak"] for row in rows] + carried) or 1.0) * 1.08, height, log=False)
    x, base = _across(width, titled=False), drawing([{k: v for k, v in row.items() if k != "units"} for row in steps])

    def up(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=y.encoding(), axis=y.axis("requests a second", short_count))

    tips = [alt.Tooltip("hour:Q"), alt.Tooltip("load:Q", title="requests a second", format=",.3f")]
    layers = []
    if carried:
        area = base.mark_area(color=CARRIED, opacity=0.35, interpolate="step-after", aria=False)
        layers.append(area.encode(x=x, y=up("carried")))
    peak = base.mark_line(color=QUIET, strokeDash=[4, 3], strokeWidth=1.4, interpolate="step-after")
    load = base.mark_line(color=LOAD, strokeWidth=2.2, interpolate="step-after")
    layers += [peak.encode(x=x, y=up("peak")), load.encode(x=x, y=up("load"), tooltip=tips)]
    return layered(layers, width=width, height=height)


def _units_panel(
    comparison: Comparison, fleets: Sequence[Result], rows: Sequence[dict[str, Any]], width: int, height: int
) -> Layer:
    look, short = styles(comparison.options), names(comparison)
    lines = [
        {"hour": row["hour"], "units": row["units"][result.label], "option": result.label}
        for result in fleets
        for row in _steps(rows)
    ]
    y = Scale(0, max(row["units"] for row in lines) * 1.12 or 1, height, log=False)
    y.ticks = [tick for tick in y.ticks if float(tick).is_integer()]
    labels = [result.label for result in fleets]
    place = alt.Y("units:Q", scale=y.encoding(), axis=y.axis("units", exact_value))
    tips = [alt.Tooltip("option:N"), alt.Tooltip("hour:Q"), alt.Tooltip("units:Q")]
    line = drawing(lines).mark_line(strokeWidth=2, interpolate="step-after")
    apart = spread([y.px(rows[-1]["units"][label]) for label in labels], 15, 0, y.size)
    ends = [
        {"text": short.get(label, label), "units": y.value(px), "fill": look[label][0]}
        for label, px in zip(labels, apart, strict=True)
    ]
    words = drawing(ends).mark_text(align="left", baseline="middle", limit=0, color=INK)
    named = words.encode(x=alt.value(width + 8), y=place, text="text:N", color=alt.Color("fill:N", scale=None))
    looks = by_option(labels, [look[label] for label in labels])
    layers = [
        line.encode(x=_across(width, titled=True), y=place, tooltip=tips, **looks),
        named,
        small_print(footer(comparison), height + 46),
    ]
    return layered(layers, width=width, height=height)


def _steps(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hours with the end of the last one, so that its step is drawn."""
    return [*rows, {**rows[-1], "hour": HOURS_PER_WEEK}]


def _carried(comparison: Comparison, result: Result, rows: Sequence[dict[str, Any]]) -> list[float]:
    """What a fleet carries in each hour at its target utilisation; nothing where an answer time sizes it."""
    if comparison.scenario.workload.slo is not None or result.option.has_function or result.fleet.unit_rps is None:
        return []
    each = float(result.fleet.unit_rps)
    return [row["units"][result.label] * each for row in rows]


def _key(comparison: Comparison, result: Result) -> str:
    words = "Blue: the hour's mean; dashed: its peak"
    if _carried(comparison, result, week_hours(comparison)[:1]):
        words += f"; green: what the {result.fleet.unit}s of {result.label} carry"
    return f"{words}."
