"""Load-duration chart of a week, with the fleet that carries it."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import altair as alt

from lambdaplan.charts.theme import INK, QUIET, WIDTH, Layer, Scale, drawing, layered, small_print, title_of
from lambdaplan.comparison.result import Result
from lambdaplan.formatting import count, exact_value, share_text, short_count
from lambdaplan.schema.fields import plain
from lambdaplan.units import HOURS_PER_WEEK
from lambdaplan.workload.traffic import Traffic, level_peaks, load_duration

LOAD_HEIGHT = 260
LOAD, CARRIES = "#1f6fb5", "#7fb8a4"


# the load of a week in order of size


def load_chart(
    traffic: Traffic, *, result: Result | None = None, width: int = WIDTH, height: int = LOAD_HEIGHT
) -> Layer:
    """The load-duration curve of a week: for how many of its 168 hours the load is at least so high.

    Above it the same with the burst, which a fleet must carry; the mean is marked.

    Parameters:
    traffic : Traffic - the week.
    result : Result or None - an option of a comparison over this traffic: then loads are requests per second, and
        where it has a fleet sized by its utilisation, what its units carry stands behind them.
    width, height : int - size of the plot without its labels. [px]

    Returns: altair.LayerChart.
    """
    mean = 1.0 if result is None else float(result.scenario.workload.mean_rps(result.scenario.hours_per_month))
    unit = "times the mean load" if result is None else "requests per second"
    steps = _load_steps(traffic, mean)
    carried = _carried_steps(traffic, result)
    top = max([row["burst"] for row in steps] + [row["carried"] for row in carried])
    x, y = Scale(0, HOURS_PER_WEEK, width, log=False), Scale(0, (top or 1.0) * 1.08, height, log=False)
    x.ticks = [float(hour) for hour in range(0, HOURS_PER_WEEK + 1, 24)]
    across = alt.X("hours:Q", scale=x.encoding(), axis=x.axis("hours of the week with this load or more", exact_value))

    def up(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=y.encoding(), axis=y.axis(unit, short_count))

    layers: list[Layer] = []
    if carried:
        area = drawing(carried).mark_area(color=CARRIES, opacity=0.35, interpolate="step-before")
        tips = [alt.Tooltip("hours:Q"), alt.Tooltip("units:Q"), alt.Tooltip("carried:Q", format=",.3f")]
        layers.append(area.encode(x=across, y=up("carried"), tooltip=tips))
    base = drawing(steps)
    tips = [
        alt.Tooltip("hours:Q", title="hours"),
        alt.Tooltip("load:Q", title=unit, format=",.3f"),
        alt.Tooltip("burst:Q", title="with the burst", format=",.3f"),
    ]
    peak = base.mark_line(color=QUIET, strokeDash=[4, 3], strokeWidth=1.6, interpolate="step-before")
    load = base.mark_line(color=LOAD, strokeWidth=2.4, interpolate="step-before")
    layers += [peak.encode(x=across, y=up("burst")), load.encode(x=across, y=up("load"), tooltip=tips)]
    origin = f"Traffic: {traffic.from_trace or _origin(traffic)}"
    layers += [*_load_marks(traffic, mean, y, width), small_print(origin, height + 46)]
    subtitle = [_key(result, drawn=bool(carried)), *traffic.notes]
    return layered(
        layers,
        width=width,
        height=height,
        title=title_of(load_finding(traffic), subtitle, width),
        description=f"{load_finding(traffic)}. Load ({unit}) of the 168 hours of a week, the busiest first. {origin}.",
    )


def load_finding(traffic: Traffic) -> str:
    """How uneven the week is, in a sentence."""
    levels = load_duration(traffic)
    if traffic.bursts:
        words = f"With {traffic.words} the busiest moments have {count(traffic.peak_of_mean, 3)} times the mean load"
        return f"{words}, the quietest hour {count(levels[-1].of_mean, 3)}"
    burst = f"{count(traffic.burst, 3)} times that with its burst"
    if len(levels) == 1:
        return f"Every hour of the week has the same load, its peak {count(traffic.burst, 3)} times as much"
    half = next(level.of_mean for level in levels if level.hours * 2 >= HOURS_PER_WEEK)
    return (
        f"The busiest hour has {count(levels[0].of_mean, 3)} times the mean load, {burst}; half of the week stays at"
        f" {count(half, 3)} times or below, the quietest hour at {count(levels[-1].of_mean, 3)}"
    )


def load_rows(traffic: Traffic) -> list[dict[str, str]]:
    """Some levels of the load-duration curve: the figures behind the chart."""
    rows = []
    levels = list(zip(load_duration(traffic), level_peaks(traffic), strict=True))
    for hours in (1, 8, 24, 48, 84, 120, 144, HOURS_PER_WEEK):
        level, peak = next(pair for pair in levels if pair[0].hours >= hours)
        rows.append(
            {
                "hours of the week": str(hours),
                "load, times the mean": count(level.of_mean, 3),
                "with the burst": count(peak, 3),
            }
        )
    return rows


def _load_steps(traffic: Traffic, mean: float) -> list[dict[str, Any]]:
    levels = load_duration(traffic)
    pairs = [(float(level.of_mean), float(peak)) for level, peak in zip(levels, level_peaks(traffic), strict=True)]
    hours = [0, *(plain(level.hours) for level in levels)]
    rows = zip(hours, [pairs[0], *pairs], strict=True)
    return [{"hours": hour, "load": load * mean, "burst": peak * mean} for hour, (load, peak) in rows]


def _carried_steps(traffic: Traffic, result: Result | None) -> list[dict[str, Any]]:
    """What a fleet's units carry in each hour, at its target utilisation, in the order of the loads."""
    if result is None or not result.option.has_units or result.option.has_function:
        return []
    workload, fleet = result.scenario.workload, result.fleet
    if workload.slo is not None or workload.traffic != traffic or fleet.by_weight is None:
        return []
    if traffic.bursts:
        return _carried_by_load(traffic, result)
    order = sorted(range(HOURS_PER_WEEK), key=lambda hour: -traffic.whole[hour])
    hourly = fleet.hourly(traffic)
    units = [int(hourly[hour]) for hour in order]
    each = float(fleet.unit_rps)
    rows = [{"hours": n + 1, "units": many, "carried": many * each} for n, many in enumerate(units)]
    return [{**rows[0], "hours": 0}, *rows]


def _carried_by_load(traffic: Traffic, result: Result) -> list[dict[str, Any]]:
    """The same where bursts last for parts of hours: a step for each load."""
    order = sorted(range(len(traffic.weights)), key=lambda place: -traffic.weights[place])
    numbers = {place: number for number, (place, _) in enumerate(traffic.burst_places)}
    hourly, reached, rows = result.fleet.hourly(traffic), Fraction(0), []
    for place in order:
        if place in numbers:
            units = result.fleet.in_burst(numbers[place], place)
        else:
            units = [int(many) for many in hourly[traffic.which == place]]
        for many, hours in sorted(Counter(units).items(), reverse=True):
            reached += traffic.hours[place] * Fraction(hours, len(units))
            rows.append({"hours": plain(reached), "units": many, "carried": many * float(result.fleet.unit_rps)})
    return [{**rows[0], "hours": 0}, *rows]


def _key(result: Result | None, *, drawn: bool) -> str:
    line = "Blue: the hour's mean; dashed: its peak, with the burst"
    if not drawn or result is None:
        return f"{line}."
    target = share_text(getattr(result.option, "target_utilisation", 1))
    return f"{line}; green: what the {result.fleet.unit}s of {result.label} carry at {target}."


def _load_marks(traffic: Traffic, mean: float, y: Scale, width: int) -> list[Layer]:
    """The mean as a rule, the busiest hour and its burst in words."""
    if traffic.bursts:
        marked = [("the busiest moments", float(traffic.peak_of_mean))]
    else:
        busiest, burst = float(traffic.peak_to_mean), float(traffic.burst)
        marked = [("busiest hour", busiest), ("its peak", busiest * burst)]
    base = drawing([{"load": mean, "text": "the mean"}])
    place = alt.Y("load:Q", scale=y.encoding())
    words = base.mark_text(align="right", baseline="top", dy=3)
    layers = [
        base.mark_rule(color=INK, strokeDash=[1, 3], aria=False).encode(y=place),
        words.encode(text="text:N", x=alt.value(width - 4), y=place),
    ]
    for text, times in marked:
        if times > 1:
            base = drawing([{"text": f"{text}, {count(times, 3)} times the mean", "load": times * mean}])
            words = base.mark_text(align="left", baseline="bottom", dy=-3)
            layers.append(words.encode(text="text:N", x=alt.value(8), y=place))
    return layers


def _origin(traffic: Traffic) -> str:
    return "168 weights" if traffic.shape == "flat" and len(traffic.weights) > 1 else traffic.shape.replace("_", " ")
