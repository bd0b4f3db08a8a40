"""Pictures of a comparison or a ladder. Nothing is worked out here: data is only given a shape.

A chart states its finding in the title, names the units on its axes, marks crossovers and "you are
here", carries a description for readers who can't see it, and says which prices it rests on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from lambdaplan.comparison import Comparison, Crossover, Result, compare
from lambdaplan.drawing import (
    CLAIM,
    COLOURS,
    DASHES,
    HEIGHT,
    INK,
    LABELLED,
    LETTER,
    LINE_HEIGHT,
    MAX_RULES,
    MAX_STEPS,
    QUIET,
    SHADES,
    SPAN,
    WIDTH,
    Layer,
    Scale,
    as_number,
    decades_of,
    footer,
    linear_ticks,
    log_ticks,
    rows_of,
    small_print,
    spread,
    tip,
    title_of,
)
from lambdaplan.ladders import Claim, Ladder, RungResult
from lambdaplan.units import count, money
from lambdaplan.words import (
    answer,
    axis_title,
    crossover_words,
    exact_value,
    finding,
    names,
    place_words,
    short_count,
    short_money,
)
from lambdaplan.workload import REQUESTS

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["bill_chart", "chart", "ladder_chart", "table"]

# cost along the axis


def styles(options: Sequence[Result]) -> dict[str, tuple[str, list[int]]]:
    """Colour and dash of each label: one colour a platform, shades and dashes within it."""
    found: dict[str, tuple[str, list[int]]] = {}
    seen: dict[str, int] = {}
    for result in options:
        n = seen[result.kind] = seen.get(result.kind, -1) + 1
        shades = SHADES.get(result.kind, (INK,))
        found[result.label] = (shades[n % len(shades)], list(DASHES[n % len(DASHES)]))
    return found


def chart(comparison: Comparison, *, width: int = WIDTH, height: int = HEIGHT) -> Layer:
    """Cost against the axis of the scenario: one line an option, crossovers and "you are here".

    Parameters
    ----------
    comparison : Comparison - what is drawn.
    width, height : int - size of the plot without its labels. [px]

    Returns: altair.LayerChart - its specification is what tests look at.
    """
    scenario, axis = comparison.scenario, comparison.axis
    curves = comparison.along(_places(comparison))
    log = scenario.sweep.scale == "log"
    x = Scale(float(axis.document_value(axis.low)), float(axis.document_value(axis.high)), width, log=log)
    here = [float(r.cost_usd) for r in comparison.options if r.feasible and r.cost_usd is not None]
    y = _cost_scale(curves.usd, here, height, log=log)
    look = styles(comparison.options)
    drawn = [label for label in look if not np.isnan(curves.usd[label]).all()]
    layers: list[Layer | None] = [
        *_zone_layers(comparison, x, height),
        _lines(comparison, curves, look, x, y),
        *_further_rules(comparison, x, height),
        *mark_layers(_marks(comparison, x), height),
        _here_dots(comparison, look, x, y),
        _end_labels(comparison, curves, look, y, drawn),
        _hover(comparison, curves, x),
        small_print(footer(comparison), height + 50),
    ]
    missing = [f"{label} is not drawn: {_why_not_drawn(comparison, label)}." for label in look if label not in drawn]
    subtitle = [f"{scenario.name}. {answer(comparison)}.", *missing]
    return alt.layer(*(layer for layer in layers if layer is not None)).properties(
        width=width,
        height=height,
        title=title_of(finding(comparison), subtitle, width),
        description=_description(comparison),
    )


def _places(comparison: Comparison) -> np.ndarray:
    """The points of the sweep, the crossovers, and both sides of the first steps of each fleet."""
    axis, scenario = comparison.axis, comparison.scenario
    sweep = scenario.sweep
    found = [axis.places(sweep.points, sweep.scale)]
    for crossover in comparison.crossovers[:MAX_STEPS]:
        at = round(crossover.at / float(axis.grain))
        found.append(np.array([at - 1, at]))
    if axis.over == REQUESTS:
        one = scenario.at(REQUESTS, 1)
        for result in comparison.options:  # of a choice, the size chosen here
            option = result.option
            rate = option.edges_per_request(one.workload, one.book, one.hours_per_month)
            high = min(axis.high, axis.low + int(MAX_STEPS / rate)) if rate else axis.high
            while True:
                edges = option.step_edges(one.workload, one.book, one.hours_per_month, axis.low, high)
                if len(edges) >= MAX_STEPS or high >= axis.high or not rate:
                    break
                high = min(axis.high, high * 2)
            found += [edges[:MAX_STEPS] - 1, edges[:MAX_STEPS]]
    places = np.unique(np.concatenate(found))
    return places[(places >= axis.low) & (places <= axis.high)]


def _cost_scale(usd: dict[str, np.ndarray], seen: Sequence[float], height: int, *, log: bool) -> Scale:
    """The range of costs: from zero, or on a log axis the last decades that hold what must be seen."""
    values = np.concatenate(list(usd.values()))
    values = values[np.isfinite(values)]
    top = float(values.max()) if len(values) and values.max() > 0 else 1.0
    if not log:
        ticks = linear_ticks(0, top)
        step = ticks[1] - ticks[0]
        return Scale(0, step * math.ceil(top / step), height, log=False)
    decades = decades_of(top / 10**SPAN, top)
    least = [float(v) for v in (*values[values > 0], *seen) if v >= 0.01]
    low = max(decades[0], decades_of(min(least), top * 10)[0]) if least else decades[0]
    low = min([low, *(decades_of(v, v * 10)[0] for v in seen if v >= 0.01)])
    return Scale(low, max(decades[-1], low * 10), height, log=True)


def _x(scale: Scale, comparison: Comparison) -> alt.X:
    more: dict[str, Any] = {"grid": False}
    return alt.X(
        "x:Q",
        scale=scale.encoding(),
        axis=scale.axis(axis_title(comparison), lambda tick: _place_tick(comparison, tick), **more),
    )


def _lines(comparison: Comparison, curves: Any, look: dict[str, Any], x: Scale, y: Scale) -> Layer:
    rows = [
        {"x": value, "key": f"o{n}", "option": label, "usd": None if math.isnan(usd) else usd}
        for n, label in enumerate(look)
        for value, usd in zip(curves.values.tolist(), curves.usd[label].tolist(), strict=True)
    ]
    labels = list(look)
    colour = alt.Color(
        "option:N", scale=alt.Scale(domain=labels, range=[look[label][0] for label in labels]), legend=None
    )
    dash = alt.StrokeDash(
        "option:N", scale=alt.Scale(domain=labels, range=[look[label][1] for label in labels]), legend=None
    )
    cost = alt.Y("usd:Q", scale=y.encoding(), axis=y.axis("cost in USD a month", short_money))
    base = alt.Chart(alt.Data(values=rows, name="curves"))
    return base.mark_line(strokeWidth=2.4, clip=True).encode(x=_x(x, comparison), y=cost, color=colour, strokeDash=dash)


def _hover(comparison: Comparison, curves: Any, x: Scale) -> Layer:
    """Invisible rules over the whole height that say every option's cost."""
    tips = [alt.Tooltip("x:Q", title=tip(axis_title(comparison)), format="," if comparison.axis.whole else "")]
    tips += [alt.Tooltip(f"o{n}:Q", title=tip(r.label), format="$,.2f") for n, r in enumerate(comparison.options)]
    near = alt.selection_point(
        name="near", on="pointerover", nearest=True, encodings=["x"], empty=False, clear="pointerout"
    )
    base = alt.Chart(alt.NamedData(name="curves")).transform_pivot("key", value="usd", groupby=["x"])
    shown = alt.condition(near, alt.value(0.45), alt.value(0))
    return base.mark_rule(color=QUIET, aria=False).encode(x="x:Q", tooltip=tips, opacity=shown).add_params(near)


def _marks(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    """Crossovers and "you are here": pixel, text, and the row above the plot that has room for it."""
    axis = comparison.axis
    alone = _alone(comparison)
    found: list[dict[str, Any]] = []
    short = names(comparison)
    shown = [f"{float(c.at):.2g}" for c in alone[:LABELLED]]
    digits = 2 if len(set(shown)) == len(shown) else 3
    for crossover in alone[:LABELLED]:
        above = "nobody" if crossover.above is None else short[crossover.above]
        where = place_words(comparison, [crossover.at])[0]
        rounded = (
            short_count(float(f"{float(crossover.at):.{digits}g}")) if axis.over == REQUESTS else where.split(" (")[0]
        )
        found.append({"px": x.px(float(crossover.at)), "text": f"{above} from {rounded}", "kind": "crossover"})
    here = float(comparison.scenario.value_at(axis.over))
    if x.low <= here <= x.high:
        found.append({"px": x.px(here), "text": f"you are here: {_place_tick(comparison, here)}", "kind": "here"})
    return placed(found)


def placed(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Marks with the row above the plot that has room for their words."""
    found = sorted(marks, key=lambda mark: mark["px"], reverse=True)
    done: list[dict[str, Any]] = []
    for mark in found:
        # Labels run to the right of their rules, those further left above those they would meet.
        mark["align"], mark["row"] = "left", 0
        if mark is found[-1] and done and mark["px"] > len(mark["text"]) * LETTER:
            mark["align"] = "right"
        else:
            end = mark["px"] + len(mark["text"]) * LETTER + 8
            mark["row"] = 1 + max((other["row"] for other in done if other["px"] < end), default=-1)
        done.append(mark)
    return done


def _alone(comparison: Comparison) -> list[Crossover]:
    """The crossovers outside long alternations, which are drawn as bands."""
    within = [(zone["from"], zone["to"]) for zone in comparison.zones]
    return [c for c in comparison.crossovers if not any(a <= c.at <= b for a, b in within)]


def _further_rules(comparison: Comparison, x: Scale, height: int) -> list[Layer]:
    """Thin rules for the crossovers that there is no room to label."""
    layers = []
    for crossover in _alone(comparison)[LABELLED:MAX_RULES]:
        place = {"x": alt.value(round(x.px(float(crossover.at)), 2)), "y": alt.value(0), "y2": alt.value(height)}
        layers.append(
            alt.Chart(rows_of([{"at": crossover.at}]))
            .mark_rule(color=QUIET, strokeWidth=0.6, aria=False)
            .encode(**place)
        )
    return layers


def _place_tick(comparison: Comparison, value: float) -> str:
    """A place of the axis as its ticks have it: 10 M requests, but 1,024 MB."""
    return short_count(value) if comparison.axis.over == REQUESTS else exact_value(as_number(value))


def mark_layers(marks: list[dict[str, Any]], height: int) -> list[Layer]:
    """A rule for each mark, with its words above the plot."""
    layers = []
    for mark in marks:
        top = -LINE_HEIGHT * mark["row"] - 8
        here = mark["kind"] == "here"
        colour = QUIET if here else INK
        data = rows_of([{"text": mark["text"]}])
        place = {"x": alt.value(round(mark["px"], 2)), "y": alt.value(top), "y2": alt.value(height)}
        rule = alt.Chart(data).mark_rule(
            color=colour, strokeDash=[2, 3] if here else [1, 0], strokeWidth=1.2, aria=False
        )
        layers.append(rule.encode(**place))
        words = alt.Chart(data).mark_text(
            align=mark["align"],
            dx=3 if mark["align"] == "left" else -3,
            baseline="middle",
            color=colour,
            fontWeight="normal" if here else "bold",
        )
        layers.append(words.encode(text="text:N", x=alt.value(round(mark["px"], 2)), y=alt.value(top - 3)))
    return layers


def _zone_layers(comparison: Comparison, x: Scale, height: int) -> list[Layer]:
    layers = []
    for zone in comparison.zones:
        left, right = x.px(float(zone["from"])), x.px(float(zone["to"]))
        data = rows_of([{"text": f"{zone['changes']} changes", "from": zone["from"], "to": zone["to"]}])
        place = {
            "x": alt.value(left),
            "x2": alt.value(max(right, left + 2)),
            "y": alt.value(0),
            "y2": alt.value(height),
        }
        layers.append(alt.Chart(data).mark_rect(color="#f0e6c8", opacity=0.8, aria=False).encode(**place))
        words = alt.Chart(data).mark_text(baseline="bottom", fontStyle="italic", color=QUIET)
        layers.append(words.encode(text="text:N", x=alt.value((left + right) / 2), y=alt.value(height - 4)))
    return layers


def _here_dots(comparison: Comparison, look: dict[str, Any], x: Scale, y: Scale) -> Layer | None:
    here = float(comparison.scenario.value_at(comparison.axis.over))
    rows = [
        {"x": here, "option": result.label, "usd": float(result.cost_usd), "colour": look[result.label][0]}
        for result in comparison.options
        if result.feasible and result.cost_usd is not None and x.low <= here <= x.high
    ]
    if not rows:
        return None
    dots = alt.Chart(rows_of(rows)).mark_circle(
        size=54, opacity=1, clip=True, stroke="white", strokeWidth=1, aria=False
    )
    return dots.encode(x="x:Q", y=alt.Y("usd:Q", scale=y.encoding()), color=alt.Color("colour:N", scale=None))


def _end_labels(comparison: Comparison, curves: Any, look: dict[str, Any], y: Scale, drawn: list[str]) -> Layer:
    """Each option's name at the end of its line, moved apart where lines end together."""
    ends = []
    for label in drawn:
        last = int(np.flatnonzero(~np.isnan(curves.usd[label]))[-1])
        ends.append(
            (
                curves.values[last].item(),
                y.px(max(float(curves.usd[label][last]), y.low)),
                last == len(curves.values) - 1,
            )
        )
    heights = spread([py for _, py, _ in ends], LINE_HEIGHT, 6, y.size)
    rows = []
    for label, (at, py, whole), height in zip(drawn, ends, heights, strict=True):
        text = _swept_name(comparison, label)
        place = {"x": at, "usd": y.value(height)} if whole else {"x": at, "usd": y.value(py)}
        rows.append(
            {
                **place,
                "text": text if whole else f"{text}, {_why_it_ends(comparison, label, at)}",
                "colour": look[label][0],
            }
        )
    words = alt.Chart(rows_of(rows)).mark_text(align="left", baseline="middle", dx=7)
    return words.encode(text="text:N", x="x:Q", y="usd:Q", color=alt.Color("colour:N", scale=None))


def _swept_name(comparison: Comparison, label: str) -> str:
    """The label; without its size where the axis varies that size."""
    for n, option in enumerate(comparison.scenario.options):
        if option.label == label and label == option.size_label and comparison.axis.over.startswith(f"options.{n}."):
            return names(comparison)[label]
    return label


def _why_it_ends(comparison: Comparison, label: str, at: float) -> str:
    which = [result.label for result in comparison.options].index(label)
    beyond = comparison.axis.exact(which, round(at / float(comparison.axis.grain)) + 1)
    return "a price is missing" if beyond.missing or beyond.feasible else "then a limit"


def _why_not_drawn(comparison: Comparison, label: str) -> str:
    result = next(r for r in comparison.options if r.label == label)
    if result.bill.unknown:
        return "a price is missing"
    return next((limit.limit for limit in result.violations if not limit.adjustable), "it breaks a limit")


def _description(comparison: Comparison) -> str:
    said = [
        f"{finding(comparison)}.",
        f"Cost in USD a month against {axis_title(comparison)}, a line for each of {len(comparison.options)} options.",
    ]
    here = comparison.scenario.value_at(comparison.axis.over)
    said.append(f"At {exact_value(as_number(float(here)))} {axis_title(comparison)}: {answer(comparison)}.")
    return " ".join([*said, *crossover_words(comparison)[:8], f"{footer(comparison)}."])


# a table beside the chart


def table(comparison: Comparison) -> pd.DataFrame:
    """The chart as a pandas data frame, to stand beside it."""
    import pandas as pd

    return pd.DataFrame(table_rows(comparison))


def table_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Each option's bill at the axis's ticks, at the crossovers, and here."""
    axis, scenario = comparison.axis, comparison.scenario
    low, high = (float(axis.document_value(place)) for place in (axis.low, axis.high))
    ticks = log_ticks(low, high) if scenario.sweep.scale == "log" else linear_ticks(low, high)
    here = round(float(scenario.value_at(axis.over)) / float(axis.grain))
    crossings = [round(c.at / float(axis.grain)) for c in comparison.crossovers[:12]]
    places = {round(tick / float(axis.grain)) for tick in ticks} | {axis.low, axis.high, here, *crossings}
    rows = []
    for place in sorted(place for place in places if axis.low <= place <= axis.high):
        there = compare(scenario.at(axis.over, axis.value(place)))
        row = {axis_title(comparison): exact_value(axis.document_value(place)) + (" (here)" if place == here else "")}
        row |= {r.label: _total_words(result) for r, result in zip(comparison.options, there.options, strict=True)}
        best = "nobody" if there.best is None else comparison.options[there.options.index(there.best)].label
        near = there.lead_usd is not None and there.lead_usd < Fraction(1, 100)
        rows.append({**row, "cheapest": f"{best}, by less than a cent (exact totals decide)" if near else best})
    return rows


# the bill


SERVICES = {
    "lambda": ("Lambda", COLOURS["lambda"]),
    "fargate": ("Fargate", COLOURS["fargate"]),
    "ec2": ("EC2", COLOURS["ec2"]),
    "ebs": ("volumes (EBS)", "#7fb8a4"),
    "alb": ("load balancer", "#8b95a1"),
    "api_gateway_http": ("HTTP API", "#b9a1c9"),
    "api_gateway_rest": ("REST API", "#b9a1c9"),
    "": ("people", "#d8c46a"),
}
OTHER = ("other", "#c9ced4")


def bill_chart(comparison: Comparison, *, width: int = WIDTH) -> Layer:
    """The bills at the scenario's own numbers: a bar an option, a part a line.

    Returns: altair.LayerChart.
    """
    rows: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for result in comparison.options:
        known = 0.0
        for line in result.bill.lines:
            amount = line.exact_usd
            if amount:
                service, _ = SERVICES.get(line.service, OTHER)
                rows.append(
                    {
                        "option": result.label,
                        "line": line.item,
                        "service": service,
                        "usd": float(line.amount_usd or 0),
                        "from": known,
                        "to": known + float(amount),
                        "said": f"{money(amount)}",
                    }
                )
                known += float(amount)
        totals.append({"option": result.label, "to": known, "text": _total_words(result)})
    order = [result.label for result in comparison.options]
    used = list(dict.fromkeys(row["service"] for row in rows))
    colours = dict([*SERVICES.values(), OTHER])
    top = max((row["to"] for row in totals), default=0) or 1.0
    x = Scale(0, top * 1.02, width, log=False)
    y = alt.Y(
        "option:N",
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8),
    )
    colour = alt.Color("service:N", scale=alt.Scale(domain=used, range=[colours[name] for name in used]))
    colour = colour.legend(title=None, orient="top", direction="horizontal", columns=5, offset=6)
    bars = (
        alt.Chart(rows_of(rows))
        .mark_bar(height=20, stroke="white", strokeWidth=1.5)
        .encode(
            x=alt.X("from:Q", scale=x.encoding(), axis=x.axis("USD a month", short_money)),
            x2="to:Q",
            y=y,
            color=colour,
            tooltip=[alt.Tooltip("option:N"), alt.Tooltip("line:N"), alt.Tooltip("said:N", title="USD a month")],
        )
    )
    ends = (
        alt.Chart(rows_of(totals)).mark_text(align="left", baseline="middle", dx=6).encode(x="to:Q", y=y, text="text:N")
    )
    height = 34 * len(order)
    asked = _requests_words(comparison)
    title = title_of(f"What {asked} cost a month", [comparison.scenario.name], width)
    said = "; ".join(f"{r.label} {_total_words(r)}: {_parts_words(r)}" for r in comparison.options)
    layers = [bars, ends, small_print(footer(comparison), height + 46)]
    return alt.layer(*layers).properties(
        width=width, height=height, title=title, description=f"Bills by line. {said}. {footer(comparison)}."
    )


def _requests_words(comparison: Comparison) -> str:
    return f"{count(comparison.scenario.workload.requests_per_month, 3)} requests"


def _total_words(result: Result) -> str:
    total = result.bill.total_usd
    words = f"at least {money(result.bill.known_usd)}, a price is missing" if total is None else money(total)
    return words if result.feasible else f"{words} (breaks a limit)"


def _parts_words(result: Result) -> str:
    parts = [
        f"{line.item} {'unknown' if line.amount_usd is None else money(line.amount_usd)}" for line in result.bill.lines
    ]
    return ", ".join(parts) or "nothing"


# the ladder


def ladder_chart(ladder: Ladder, *, width: int = 440) -> Layer:
    """The break-even under each set of assumptions, among those that others have published.

    A dot is a break-even worked out here, in the colour of what is cheaper above it; a tick or a
    bar is a published one. Sets without a break-even have an arrow at the edge, and words.

    Returns: altair.LayerChart.
    """
    over = ladder.scenario.sweep.over
    claims = [claim for claim in ladder.claims if over == REQUESTS]
    some = [r for r in ladder.rungs if r.break_even is not None]
    values = [float(r.break_even or 0) for r in some] + [v for c in claims for v in (c.low, c.high)]
    values = [value for value in values if value > 0] or [
        float(ladder.scenario.sweep.start),
        float(ladder.scenario.sweep.to),
    ]
    decades = decades_of(min(values), max(values))
    x = Scale(decades[0], decades[-1] if len(decades) > 1 else decades[0] * 10, width, log=True)
    step = 22
    rows = sorted(
        [(float(r.break_even or 0), 0, r) for r in some] + [(c.low, 1, c) for c in claims], key=lambda row: row[:2]
    )
    rest = [r for r in ladder.rungs if r.break_even is None]
    everything: list[Any] = [row[2] for row in rows] + sorted(rest, key=lambda r: r.cheaper is None)
    middle = {id(item): (n + 0.5) * step for n, item in enumerate(everything)}
    height = step * len(everything)
    fixed = alt.Y("py:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False), axis=None)
    layers: list[Any] = [_ladder_names(everything, step, fixed)]
    dots = [
        {
            "break_even": r.break_even,
            "rung": r.rung.name,
            "why": r.rung.why or "",
            "cheaper": r.cheaper or "nobody",
            "py": middle[id(r)],
            "colour": _cheaper_colour(r),
            "text": f"{count(r.break_even or 0)}, then {_cheaper_name(r)}",
        }
        for r in some
    ]
    axis = x.axis(_ladder_axis(ladder), short_count, grid=True)
    place = alt.X("break_even:Q", scale=x.encoding(), axis=axis)
    tips = [
        alt.Tooltip("rung:N", title="assumptions"),
        alt.Tooltip("why:N"),
        alt.Tooltip("break_even:Q", format=","),
        alt.Tooltip("cheaper:N", title="cheaper above"),
    ]
    base = alt.Chart(rows_of(dots))
    layers.append(
        base.mark_circle(size=90, opacity=1).encode(
            x=place, y=fixed, color=alt.Color("colour:N", scale=None), tooltip=tips
        )
    )
    layers.append(_dot_words(dots, fixed))
    layers += _claim_marks(claims, middle, x, fixed)
    layers += _edge_words(rest, middle, fixed, width)
    layers.append(small_print(_ladder_footer(ladder), height + 50))
    return alt.layer(*layers).properties(
        width=width,
        height=height,
        title=title_of(_ladder_finding(some, claims), [_ladder_key(ladder, claims)], width + 150, frame="bounds"),
        description=_ladder_description(ladder, claims),
    )


def _ladder_names(items: Sequence[Any], step: int, y: alt.Y) -> Layer:
    rows = [
        {
            "text": item.rung.name if isinstance(item, RungResult) else _claim_name(item),
            "py": (n + 0.5) * step,
            "colour": INK if isinstance(item, RungResult) else CLAIM,
        }
        for n, item in enumerate(items)
    ]
    words = alt.Chart(rows_of(rows)).mark_text(align="right", baseline="middle", limit=0)
    return words.encode(text="text:N", x=alt.value(-10), y=y, color=alt.Color("colour:N", scale=None))


def _claim_name(claim: Claim) -> str:
    source = claim.source.split(":")[0].split(",")[0]
    return f"{source}, {claim.published}" if claim.published else source


def _cheaper_name(rung: RungResult) -> str:
    return "nobody" if rung.cheaper is None else names(rung.comparison)[rung.cheaper]


def _cheaper_colour(rung: RungResult) -> str:
    kinds = {result.label: result.kind for result in rung.comparison.options}
    return COLOURS.get(kinds.get(rung.cheaper or "", ""), INK)


def _dot_words(dots: list[dict[str, Any]], y: alt.Y) -> Layer:
    words = alt.Chart(rows_of(dots)).mark_text(align="left", baseline="middle", dx=9)
    return words.encode(text="text:N", x="break_even:Q", y=y)


def _claim_marks(claims: Sequence[Claim], middle: dict[int, float], x: Scale, y: alt.Y) -> list[Layer]:
    """Ticks for published numbers, bars for published ranges, their words beside them."""
    rows = [
        {
            "low": claim.low,
            "high": claim.high,
            "py": middle[id(claim)],
            "said": claim.said,
            "source": claim.source,
            "text": count(claim.low) if claim.low == claim.high else f"{count(claim.low)} to {count(claim.high)}",
        }
        for claim in claims
    ]
    if not rows:
        return []
    tips = [
        alt.Tooltip("said:N", title="published"),
        alt.Tooltip("source:N"),
        alt.Tooltip("low:Q", format=","),
        alt.Tooltip("high:Q", format=","),
    ]
    base = alt.Chart(rows_of(rows))
    at: dict[str, Any] = {"x": alt.X("low:Q", scale=x.encoding()), "y": y}
    bars = base.mark_rule(color=CLAIM, strokeWidth=5, opacity=0.45).encode(x2="high:Q", tooltip=tips, **at)
    ticks = base.mark_tick(color=CLAIM, thickness=3, size=14, orient="vertical").encode(tooltip=tips, **at)
    ends = base.mark_tick(color=CLAIM, thickness=3, size=14, orient="vertical").encode(
        tooltip=tips, **{**at, "x": "high:Q"}
    )
    words = base.mark_text(align="left", baseline="middle", dx=8, color=CLAIM).encode(
        text="text:N", **{**at, "x": "high:Q"}
    )
    return [bars, ticks, ends, words]


def _edge_words(rest: Sequence[RungResult], middle: dict[int, float], y: alt.Y, width: int) -> list[Layer]:
    """Sets of assumptions without a break-even: an arrow at the edge, and why."""
    layers = []
    for rung in rest:
        baseline = rung.comparison.options[0].label
        right = rung.cheaper is None and rung.comparison.at_start == baseline
        data = rows_of([{"text": rung.note, "rung": rung.rung.name, "py": middle[id(rung)]}])
        edge, inner = (width, -12) if right else (0, 12)
        arrow = alt.Chart(data).mark_point(
            shape="triangle-right" if right else "triangle-left", size=60, filled=True, color=QUIET, opacity=1
        )
        words = alt.Chart(data).mark_text(align="right" if right else "left", baseline="middle", dx=inner, color=QUIET)
        layers += [arrow.encode(x=alt.value(edge), y=y), words.encode(text="text:N", x=alt.value(edge), y=y)]
    return layers


def _ladder_axis(ladder: Ladder) -> str:
    return (
        "break-even, requests a month"
        if ladder.scenario.sweep.over == REQUESTS
        else f"break-even, {ladder.scenario.sweep.over}"
    )


def _ladder_finding(some: Sequence[RungResult], claims: Sequence[Claim]) -> str:
    if not some:
        return "No set of assumptions has a break-even"
    low, high = count(some[0].break_even or 0), count(some[-1].break_even or 0)
    words = f"One service breaks even anywhere from {low} to {high} requests a month, by what is assumed"
    return (
        f"{words}; published: {count(min(c.low for c in claims))} to {count(max(c.high for c in claims))}"
        if claims
        else words
    )


def _ladder_key(ladder: Ladder, claims: Sequence[Claim]) -> str:
    dot = "A dot: our break-even under the assumptions at the left, in the colour of what is cheaper above it."
    said = f"{ladder.scenario.name}. {dot}"
    return f"{said} A tick or bar: a published one." if claims else said


def _ladder_footer(ladder: Ladder) -> str:
    book = ladder.scenario.book
    return f"Prices: {book.id} ({book.as_of}), {ladder.scenario.region}"


def _ladder_description(ladder: Ladder, claims: Sequence[Claim]) -> str:
    ours = "; ".join(f"{r.rung.name}: {r.note}" for r in ladder.rungs)
    theirs = "; ".join(
        f"{_claim_name(c)}: {count(c.low)}" + (f" to {count(c.high)}" if c.high != c.low else "") for c in claims
    )
    words = f"Break-even in requests a month under each set of assumptions. {ours}."
    return f"{words} Published: {theirs}. {_ladder_footer(ladder)}." if claims else f"{words} {_ladder_footer(ladder)}."
