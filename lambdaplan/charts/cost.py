"""Cost chart: one line an option along the axis, with crossovers and the place of the scenario.

The chart has two halves. Its layers are the same for every comparison of as many options; what differs
from one comparison to the next (words, ranges, data) are values with names, so that a picture on a
screen can be given other values in place.

It is drawn along the whole axis, on log axes where the scenario has one, or around the place of the scenario, from
nothing to three times as much on even axes: what a lead is worth is seen there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from lambdaplan.charts.doubt.along import STRIP, band_layer, band_rows, bands_said, change_layer, change_rows, key_words
from lambdaplan.charts.marks import (
    RIBBON_HEIGHT,
    further_rules,
    layers_of_marks,
    mark_row,
    marks_of,
    place_tick,
    ribbon_layers,
    ribbon_rows,
)
from lambdaplan.charts.rendering import POINTED_AT
from lambdaplan.charts.theme import (
    HEIGHT,
    LETTER,
    LINE_HEIGHT,
    MAX_STEPS,
    QUIET,
    SPAN,
    WIDTH,
    Layer,
    Scale,
    bends,
    by_option,
    drawing,
    footer,
    labels,
    linear_ticks,
    small_print,
    spread,
    styles,
    tip,
    title_lines,
    wrapped,
)
from lambdaplan.comparison.comparison import Comparison, Curves
from lambdaplan.comparison.wording import answer, axis_title, crossover_words, finding, names, verdict
from lambdaplan.currency import code, currency, decimals, in_its_currency, per_usd
from lambdaplan.doubt.risk import Risk
from lambdaplan.formatting import a_month, exact_value, short_money
from lambdaplan.numbers import as_number, decades_of
from lambdaplan.workload.workload import REQUESTS

NARROW = 260  # below which a plot is one for a phone: short names, no subtitle [px]
PHONE_AXIS = 84  # beside the plot, with its words [px]
PHONE, PHONE_LETTER = 326, 9  # the words of a page on a phone, and a bold letter of 16 px [px]
WIDE = 416  # of the plot along the whole axis where the other stands beside it [px]


@in_its_currency
def chart(comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHT, around: bool = False) -> Layer:
    """Cost against the axis of the scenario: one line an option, crossovers, "you are here", and who is cheapest.

    Parameters:
    comparison : Comparison - what is drawn.
    width, height : int - size of the plot without its labels. [px]
    around : bool - the place of the scenario on even axes instead of the whole axis; see `has_view_around`.

    Returns: altair.LayerChart - its specification is what tests look at.
    """
    frame, values = _frame(comparison, width, height, around), _values(comparison, width, height, around)
    return _drawn(frame, values, datasets=_datasets(frame, values))


def curves_around(comparison: Comparison) -> Curves:
    """Every option's bill around the scenario's place, where the view there is drawn from."""
    return comparison.along(_places(comparison, _window(comparison, True).places))


@in_its_currency
def both_charts(comparison: Comparison, *, width: int = WIDE, height: int = HEIGHT) -> Layer:
    """The chart along the whole axis and, beside it, that around the place of the scenario, where there is one."""
    if not has_view_around(comparison):
        return chart(comparison, width=width, height=height)
    plots: list[Layer] = []
    datasets: dict[str, Any] = {}
    for around, across in ((False, width), (True, width * 3 // 5)):
        frame, values = _frame(comparison, across, height, around), _values(comparison, across, height, around)
        if around:
            frame, values["rows"]["note"] = frame._replace(prefix="around_"), []
        plots.append(_drawn(frame, values))
        datasets |= _datasets(frame, values)
    description = " ".join(plot.description for plot in plots)
    return alt.hconcat(*plots, spacing=28, datasets=datasets, description=description)


@in_its_currency
def specification(
    comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHT, around: bool = False
) -> dict[str, Any]:
    """The specification of `chart`, without its being held against the schema of Vega-Lite: the tests do that."""
    frame, values = _frame(comparison, width, height, around), _values(comparison, width, height, around)
    filled: dict[str, Any] = _filled(_template(frame), values)
    return {**filled, "datasets": _datasets(frame, values)}


@in_its_currency
def for_a_phone(comparison: Comparison, *, around: bool = False) -> dict[str, Any]:
    """The specification of `chart` for a screen of 390 px: short names, no subtitle, narrow enough to be whole."""
    return specification(comparison, width=phone_width(comparison), height=260, around=around)


def phone_width(comparison: Comparison) -> int:
    """The width of a plot on a screen of 390 px: what the axis and the names of the options leave. [px]"""
    longest = max(map(len, names(comparison).values()))
    return min(max(int(PHONE - PHONE_AXIS - longest * LETTER), 120), NARROW - 1)


def has_view_around(comparison: Comparison) -> bool:
    """Whether there is a view around the place of the scenario: it lies on the axis, and the axis is a log one."""
    axis, here = comparison.axis, float(comparison.scenario.value_at(comparison.axis.over))
    low, high = (float(axis.document_value(place)) for place in (axis.low, axis.high))
    return comparison.scenario.sweep.scale == "log" and here > 0 and low <= here <= high and low < AROUND * here


class Live(NamedTuple):
    """A chart on a screen whose values change in place.

    Parameters:
    spec : dict - a specification of Vega-Lite; the values that change are its parameters and its named data.
    signals : dict - these parameters, by name.
    data : dict - rows by the name of their data, without the lines.
    lines : array (1 + options, points) - the axis, and what each option costs there; NaN where it has no bill.
    hover : list of int - the points of the lines that can be pointed at.
    options : list of str - the options' labels, in the order of the lines.
    said : str - what the picture shows, for readers who can't see it.
    per_usd, code : float, str - what a dollar is in the currency that points say; its code, empty for dollars.
    """

    spec: dict[str, Any]
    signals: dict[str, Any]
    data: dict[str, Any]
    lines: np.ndarray
    hover: list[int]
    options: list[str]
    said: str
    per_usd: float
    code: str


@in_its_currency
def live(
    comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHT, around: bool = False, doubt: Risk | None = None
) -> Live:
    """The chart as parts, for a view that is kept while the comparison changes.

    Parameters:
    doubt : Risk or None - whose bands stand around the lines, and whose first changes under the axis.
    """
    frame = _frame(comparison, width, height, around)._replace(doubted=doubt is not None)
    values = _values(comparison, width, height, around, doubt)
    values["rows"] |= _doubted_rows(comparison, values, width, height, doubt) if frame.doubted else {}
    signals = {f"{_MARK}{name}": values[name] for name in _CHANGING}
    held: dict[str, Any] = {name: {"expr": f"{_MARK}{name}"} for name in _CHANGING}
    for name in ("options", "cost_domain"):
        held[name] = [{"expr": f"{_MARK}{name}[{n}]"} for n in range(len(values[name]))]
    held["cost_words"] = f"{_MARK}cost_words[datum.value]"
    held |= {f"tip{n}": f"o{n}" for n in range(len(frame.looks))}  # the view puts the label of the day there
    spec = _filled(_template(frame), {**values, **held, "description": ""})
    spec["datasets"] = {name: [] for name in ("curves", "hover", *values["rows"])}
    spec["autosize"] = {"type": "pad", "resize": True}  # words take other room with other values
    spec["params"] = [*spec["params"], *({"name": name, "value": None} for name in signals)]
    lines = np.array([values["curves"].values, *values["curves"].usd.values()], dtype=float)
    kept = _drawn_from(frame, values)
    hover = np.searchsorted(kept, values["hover"]).tolist()
    said_in = (float(per_usd()), "" if currency() is None else code())
    return Live(
        spec, signals, values["rows"], lines[:, kept], hover, values["options"], values["description"], *said_in
    )


def _drawn_from(frame: _Frame, values: Mapping[str, Any]) -> np.ndarray:
    """The points that the lines are drawn from and those that can be pointed at: fewer are quicker on a screen."""
    curves: Curves = values["curves"]
    (first, last), (least, most) = values["x_domain"], values["cost_domain"]
    x = Scale(first, last, frame.width, log=frame.log).pixels(curves.values)
    y = Scale(least, most, frame.height, log=frame.log)
    kept = {point for costs in curves.usd.values() for point in bends(x, y.pixels(costs))}
    return np.array(sorted(kept | set(values["hover"])))


class _Frame(NamedTuple):
    """What two pictures share when one is the other with other values."""

    width: int
    height: int
    log: bool
    looks: tuple[tuple[str, tuple[int, ...]], ...]  # colour and dash of each option
    prefix: str = ""  # of the names of its data, beside another picture
    doubted: bool = False  # whether bands stand around its lines, and bars under its axis


POINTED = 4  # how far apart points are that can be pointed at [px]
AROUND = 3  # how many times the scenario's number the axis around it goes to
AROUND_POINTS, TICK_WIDTH = 200, 48  # places that are billed; room for the words of a tick [px]
ABOVE = Fraction(5, 2)  # how far that axis of costs goes beyond the second cheapest option
_MARK = "lp_"
_CHANGING = ("title", "subtitle", "options", "cost_domain", "cost_ticks", "cost_words")


def _frame(comparison: Comparison, width: int, height: int, around: bool) -> _Frame:
    looks = tuple((colour, tuple(dash)) for colour, dash in styles(comparison.options).values())
    return _Frame(width, height, comparison.scenario.sweep.scale == "log" and not around, looks)


class _Window(NamedTuple):
    """The part of the axis that is drawn: where it begins and ends on the screen, and the places that are billed."""

    low: float
    high: float
    places: np.ndarray


def _window(comparison: Comparison, around: bool) -> _Window:
    axis, sweep = comparison.axis, comparison.scenario.sweep
    low, high = (float(axis.document_value(place)) for place in (axis.low, axis.high))
    if not around:
        return _Window(low, high, axis.places(sweep.points, sweep.scale))
    here = float(comparison.scenario.value_at(axis.over))
    high = min(high, AROUND * here)
    last = min(axis.high, int(high / float(axis.grain)))
    spread = np.rint(np.linspace(axis.low, last, AROUND_POINTS)).astype(np.int64)
    return _Window(0.0, high, np.unique(spread))


def _values(comparison: Comparison, width: int, height: int, around: bool, doubt: Risk | None = None) -> dict[str, Any]:
    """Everything that differs from one comparison to the next, by name."""
    axis, log = comparison.axis, comparison.scenario.sweep.scale == "log" and not around
    window = _window(comparison, around)
    curves = comparison.along(_places(comparison, window.places))
    x = Scale(window.low, window.high, width, log=log)
    ticks = [as_number(tick) for tick in x.ticks]
    narrow = width < NARROW
    ticks = ticks[::2] if (around or narrow) and len(ticks) * TICK_WIDTH > width else ticks
    seen = x.low <= float(comparison.scenario.value_at(axis.over)) <= x.high
    here = [float(r.cost_usd) for r in comparison.options if seen and r.feasible and r.cost_usd is not None]
    y = _cost_scale(curves.usd, here, height, log=log, most=_worth_seeing(curves.usd, here) if around else None)
    look = styles(comparison.options)
    drawn = [label for label in look if not np.isnan(curves.usd[label]).all()]
    missing = [f"{label} is not drawn: {_why_not_drawn(comparison, label)}." for label in look if label not in drawn]
    rough = comparison.rough_beyond
    in_code = "" if currency() is None else f", {code()}"
    missing += [f"{rough[:1].upper()}{rough[1:]}."] if rough else []
    words = [f"{comparison.scenario.name}. {answer(comparison)}.", *missing]
    heading = _around_title(comparison) if around else finding(comparison)
    title, subtitle = title_lines(heading, [] if around else words, width)
    if narrow:
        title, subtitle = wrapped(heading, PHONE // PHONE_LETTER), []
    return {
        "title": title,
        "subtitle": subtitle,
        "description": f"{_around_description(comparison, window) if around else _description(comparison)}"
        f" {bands_said(doubt)}".strip(),
        "options": list(look),
        **{f"tip{n}": tip(label + in_code) for n, label in enumerate(look)},
        "x_title": axis_title(comparison),
        "x_tip": tip(axis_title(comparison)),
        "x_format": "," if axis.whole else "",
        "x_domain": [x.low, x.high],
        "x_ticks": ticks,
        "x_words": {tick: place_tick(comparison, tick) for tick in ticks},
        "cost_domain": [y.low, y.high],
        "cost_ticks": [as_number(tick) for tick in y.money_ticks],
        "cost_words": {as_number(tick): short_money(tick) for tick in map(as_number, y.money_ticks)},
        "cost_title": f"cost in {a_month()}",
        "cost_format": "$,.2f" if currency() is None else f",.{decimals()}f",
        "curves": curves,
        "hover": _hovered(comparison, curves, window, width),
        "rows": {
            "zones": _zones(comparison, x),
            "rules": further_rules(comparison, x),
            "marks": [mark_row(mark) for mark in marks_of(comparison, x)],
            "ribbon": ribbon_rows(comparison, x, {label: colour for label, (colour, _) in look.items()}),
            "here": _here_dots(comparison, look, x),
            "ends": _end_labels(comparison, curves, look, y, drawn, short=narrow),
            "note": [{"note": _note(comparison, key_words(doubt), narrow=narrow)}],
        },
    }


def _doubted_rows(
    comparison: Comparison, values: Mapping[str, Any], width: int, height: int, doubt: Risk | None
) -> dict[str, Any]:
    """The rows of bands and bars."""
    log = comparison.scenario.sweep.scale == "log"
    (first, last), (least, most) = values["x_domain"], values["cost_domain"]
    x, y = Scale(first, last, width, log=log), Scale(least, most, height, log=log)
    colours = {label: colour for label, (colour, _) in styles(comparison.options).items()}
    return {"bands": band_rows(doubt, colours, y), "changes": change_rows(doubt, x)}


def _note(comparison: Comparison, key: list[str], *, narrow: bool) -> Any:
    """The small print: what bands are, where there are some, and the footer."""
    if narrow:
        return wrapped(footer(comparison), PHONE // 7)
    return [*key, footer(comparison)] if key else footer(comparison)


# the layers


def _drawn(frame: _Frame, values: Mapping[str, Any], **datasets: Any) -> Layer:
    """The chart of altair; values may be the names of values to come."""

    def rows(data: str, **named: Any) -> Layer:
        return drawing(f"{frame.prefix}{data}", **named)

    kind: Any = "log" if frame.log else alt.Undefined
    x_scale = alt.Scale(type=kind, domain=values["x_domain"], nice=False)
    x_words = _says(values["x_words"])
    below = RIBBON_HEIGHT + STRIP * frame.doubted
    x_axis = alt.Axis(title=values["x_title"], values=values["x_ticks"], labelExpr=x_words, grid=False, offset=below)
    y_scale = alt.Scale(type=kind, domain=values["cost_domain"], nice=False)
    y_axis = alt.Axis(title=values["cost_title"], values=values["cost_ticks"], labelExpr=_says(values["cost_words"]))

    def at(name: str) -> Any:
        return alt.value(alt.ExprRef(f"datum.{name}"))

    x, y = alt.X("x:Q", scale=x_scale, axis=x_axis), alt.Y("usd:Q", scale=y_scale, axis=y_axis)
    top, bottom = alt.value(0), alt.value(frame.height)
    own = alt.Color("colour:N", scale=None)
    tips = [alt.Tooltip("x:Q", title=values["x_tip"], format=values["x_format"])]
    tips += [
        alt.Tooltip(f"o{n}:Q", title=values[f"tip{n}"], format=values["cost_format"]) for n in range(len(frame.looks))
    ]
    near = alt.selection_point(
        name=f"{frame.prefix}near", on="pointerover", nearest=True, encodings=["x"], empty=False, clear="pointerout"
    )
    hover = rows("hover", name=f"{frame.prefix}{POINTED_AT}").mark_rule(color=QUIET, aria=False)
    seen = alt.condition(near, alt.value(0.45), alt.value(0))
    layers = [
        rows("zones")
        .mark_rect(color="#f0e6c8", opacity=0.8, aria=False)
        .encode(x=at("px"), x2=at("px2"), y=top, y2=bottom),
        rows("zones")
        .mark_text(baseline="bottom", fontStyle="italic", color=QUIET)
        .encode(text="text:N", x=at("middle"), y=alt.value(frame.height - 4)),
        *([band_layer(rows("bands"), x, y_scale)] if frame.doubted else []),
        rows("curves")
        .mark_line(strokeWidth=2.4, clip=True)
        .encode(x=x, y=y, **by_option(values["options"], frame.looks)),
        rows("rules").mark_rule(color=QUIET, strokeWidth=0.6, aria=False).encode(x=at("px"), y=top, y2=bottom),
        *layers_of_marks(rows("marks"), frame.height),
        rows("here")
        .mark_circle(size=54, opacity=1, clip=True, stroke="white", strokeWidth=1, aria=False)
        .encode(x="x:Q", y=alt.Y("usd:Q", scale=y_scale), color=own),
        rows("ends")
        .mark_text(align="left", baseline="middle", dx=7)
        .encode(text="text:N", x="x:Q", y="usd:Q", color=own),
        # invisible rules over the whole height that say every option's cost
        hover.encode(x="x:Q", tooltip=tips, opacity=seen).add_params(near),
        *ribbon_layers(rows("ribbon"), frame.height),
        *([change_layer(rows("changes"), frame.height + RIBBON_HEIGHT)] if frame.doubted else []),
        small_print(rows("note"), frame.height + below + 50),
    ]
    anchor = "bounds" if frame.width < NARROW else "group"
    title = alt.TitleParams(text=values["title"], subtitle=values["subtitle"], offset=10, frame=anchor)
    size: dict[str, Any] = {"width": frame.width, "height": frame.height}
    return alt.layer(*layers, title=title, description=values["description"], **size, **datasets)


def _says(words: Any) -> Any:
    """An expression that labels each tick with its words."""
    return words if isinstance(words, alt.ExprRef) else labels(words, words.__getitem__)


def _datasets(frame: _Frame, frame_values: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of every layer, by the name of their data."""
    curves: Curves = frame_values["curves"]
    values = curves.values.tolist()
    columns = {
        label: [None if math.isnan(usd) else usd for usd in costs.tolist()] for label, costs in curves.usd.items()
    }
    (first, last), (least, most) = frame_values["x_domain"], frame_values["cost_domain"]
    x = Scale(first, last, frame.width, log=frame.log).pixels(curves.values)
    y = Scale(least, most, frame.height, log=frame.log)
    rows = [
        {"x": values[at], "option": label, "usd": columns[label][at]}
        for label, costs in curves.usd.items()
        for at in bends(x, y.pixels(costs))
    ]
    rate, costs_at = float(per_usd()), list(columns.values())
    hover = [
        {"x": values[at], **{f"o{n}": None if usd[at] is None else usd[at] * rate for n, usd in enumerate(costs_at)}}
        for at in frame_values["hover"]
    ]
    return {
        f"{frame.prefix}{name}": of for name, of in {"curves": rows, "hover": hover, **frame_values["rows"]}.items()
    }


@functools.lru_cache(maxsize=16)
def _template(frame: _Frame) -> dict[str, Any]:
    """The specification of every chart of a frame, with holes where their values go."""
    names = ("title", "subtitle", "description", "options", *(f"tip{n}" for n in range(len(frame.looks))), *_AXES)
    with debug_mode(False):
        drawn = _drawn(frame, {name: alt.ExprRef(f"{_MARK}{name}") for name in names}, datasets={})
        specification: dict[str, Any] = drawn.to_dict(validate=False)
    return specification


_AXES = (
    *("x_title", "x_tip", "x_format", "x_domain", "x_ticks", "x_words"),
    *("cost_title", "cost_format", "cost_domain", "cost_ticks", "cost_words"),
)


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    """A template with its holes filled."""
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    if not isinstance(part, dict):
        return part
    if set(part) == {"expr"} and part["expr"].startswith(_MARK):
        value = values[part["expr"].removeprefix(_MARK)]
        return _says(value) if isinstance(value, dict) and "expr" not in value else value
    return {key: _filled(one, values) for key, one in part.items()}


# the values


def _places(comparison: Comparison, spread: np.ndarray) -> np.ndarray:
    """Places that are spread along the axis, the crossovers, and both sides of the first steps of each fleet."""
    axis, scenario = comparison.axis, comparison.scenario
    first, last = int(spread[0]), int(spread[-1])
    parts = [spread]
    for crossover in comparison.crossovers[:MAX_STEPS]:
        at = round(crossover.at / float(axis.grain))
        parts.append(np.array([at - 1, at]))
    if axis.over == REQUESTS:
        one = scenario.at(REQUESTS, 1)
        for result in comparison.options:  # of a choice, the size chosen here
            option = result.option
            rate = option.edges_per_request(one.workload, one.book, one.hours_per_month)
            high = min(last, first + int(MAX_STEPS / rate)) if rate else last
            while True:
                edges = option.step_edges(one.workload, one.book, one.hours_per_month, first, high)
                if len(edges) >= MAX_STEPS or high >= last or not rate:
                    break
                high = min(last, high * 2)
            parts += [edges[:MAX_STEPS] - 1, edges[:MAX_STEPS]]
    places = np.unique(np.concatenate(parts))
    return places[(places >= first) & (places <= last)]


def _hovered(comparison: Comparison, curves: Curves, window: _Window, width: int) -> list[int]:
    """The points that say their costs when they are pointed at: those spread along, about `POINTED` pixels apart."""
    places = window.places[:: max(1, len(window.places) * POINTED // width)]
    values = [comparison.axis.document_value(int(place)) for place in places]
    return [int(at) for at in np.searchsorted(curves.values, values)]


def _worth_seeing(usd: dict[str, np.ndarray], here: Sequence[float]) -> float | None:
    """Up to where costs are drawn around the place of the scenario: some way beyond the second cheapest option."""
    costs = np.sort(np.stack(list(usd.values())), axis=0)  # NaN last
    second = costs[min(1, len(costs) - 1)]
    leading = [*second[np.isfinite(second)].tolist(), *sorted(here)[:2]]
    return float(ABOVE) * max(leading) if leading and max(leading) > 0 else None


def _cost_scale(
    usd: dict[str, np.ndarray], seen: Sequence[float], height: int, *, log: bool, most: float | None = None
) -> Scale:
    """The range of costs: from zero, or on a log axis the last decades that hold what must be seen.

    Parameters:
    most : float or None - up to where an even axis goes, whatever is above. [USD]
    """
    values = np.concatenate([*usd.values(), seen])
    values = values[np.isfinite(values)]
    top = float(values.max()) if len(values) and values.max() > 0 else 1.0
    top = min(top, most or top)
    if not log:
        ticks = linear_ticks(0, top)
        step = ticks[1] - ticks[0]
        return Scale(0, step * math.ceil(top / step), height, log=False)
    decades = decades_of(top / 10**SPAN, top)
    least = [float(v) for v in values if v >= 0.01]
    low = max(decades[0], decades_of(min(least), top * 10)[0]) if least else decades[0]
    low = min([low, *(decades_of(v, v * 10)[0] for v in seen if v >= 0.01)])
    return Scale(low, max(decades[-1], low * 10), height, log=True)


def _zones(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    rows = []
    for zone in comparison.zones:
        left, right = x.px(max(float(zone["from"]), x.low)), x.px(min(float(zone["to"]), x.high))
        if left > right:
            continue
        place = {"px": left, "px2": max(right, left + 2), "middle": (left + right) / 2}
        rows.append({"text": f"{zone['changes']} changes", "from": zone["from"], "to": zone["to"], **place})
    return rows


def _here_dots(comparison: Comparison, look: dict[str, Any], x: Scale) -> list[dict[str, Any]]:
    here = float(comparison.scenario.value_at(comparison.axis.over))
    return [
        {"x": here, "option": result.label, "usd": float(result.cost_usd), "colour": look[result.label][0]}
        for result in comparison.options
        if result.feasible and result.cost_usd is not None and x.low <= here <= x.high
    ]


def _end_labels(
    comparison: Comparison, curves: Any, look: dict[str, Any], y: Scale, drawn: list[str], *, short: bool
) -> list[dict[str, Any]]:
    """Each option's name at the end of its line, moved apart where lines end together."""
    lasts = [int(np.flatnonzero(~np.isnan(curves.usd[label]))[-1]) for label in drawn]
    ends = [
        y.px(min(max(float(curves.usd[label][last]), y.low), y.high)) for label, last in zip(drawn, lasts, strict=True)
    ]
    rows = []
    for label, last, end, apart in zip(drawn, lasts, ends, spread(ends, LINE_HEIGHT, 6, y.size), strict=True):
        at, text = curves.values[last].item(), _swept_name(comparison, label)
        text = names(comparison)[label] if short else text
        full = last == len(curves.values) - 1
        text = text if full else f"{text}, {_why_it_ends(comparison, label, at)}"
        text += ", above" if float(np.nanmin(curves.usd[label])) > y.high else ""
        rows.append({"x": at, "usd": y.value(apart if full else end), "text": text, "colour": look[label][0]})
    return rows


def _swept_name(comparison: Comparison, label: str) -> str:
    """The label; without its size where the axis varies that size."""
    for n, option in enumerate(comparison.scenario.options):
        if option.label == label and label == option.size_label and comparison.axis.over.startswith(f"options.{n}."):
            return names(comparison)[label]
    return label


def _why_it_ends(comparison: Comparison, label: str, at: float) -> str:
    option_index = [result.label for result in comparison.options].index(label)
    beyond = comparison.axis.bills.exact(option_index, round(at / float(comparison.axis.grain)) + 1)
    return "a price is missing" if beyond.missing or beyond.feasible else "then a limit"


def _why_not_drawn(comparison: Comparison, label: str) -> str:
    result = next(r for r in comparison.options if r.label == label)
    if result.bill.unknown:
        return "a price is missing"
    return next((limit.limit for limit in result.violations if not limit.adjustable), "it breaks a limit")


def _around_title(comparison: Comparison) -> str:
    """What the view around the scenario's place shows: the lead there."""
    here = comparison.scenario.value_at(comparison.axis.over)
    unit = "" if comparison.axis.over == REQUESTS else f" ({axis_title(comparison)})"
    return f"At {place_tick(comparison, float(here))}{unit}: {verdict(comparison)}"


def _around_description(comparison: Comparison, window: _Window) -> str:
    low, high = (exact_value(as_number(float(value))) for value in (window.low, window.high))
    over = axis_title(comparison)
    return f"{_around_title(comparison)}. The same costs on even axes, {over} from {low} to {high}."


def _description(comparison: Comparison) -> str:
    here, title = comparison.scenario.value_at(comparison.axis.over), axis_title(comparison)
    sentences = [
        f"{finding(comparison)}.",
        f"Cost in {a_month()} against {title}, a line for each of {len(comparison.options)} options.",
        f"At {exact_value(as_number(float(here)))} {title}: {answer(comparison)}.",
        *crossover_words(comparison)[:8],
        f"{footer(comparison)}.",
    ]
    return " ".join(sentences)
