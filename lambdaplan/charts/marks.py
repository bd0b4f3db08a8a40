"""Marks along an axis: crossovers, limits and the place of the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from lambdaplan.charts.theme import (
    INK,
    LABELLED,
    LETTER,
    LINE_HEIGHT,
    MAX_RULES,
    QUIET,
    Layer,
    Scale,
    as_number,
    drawing,
)
from lambdaplan.comparison.comparison import Comparison, Crossover
from lambdaplan.comparison.wording import names, place_words
from lambdaplan.formatting import exact_value, short_count
from lambdaplan.workload.workload import REQUESTS


def marks_of(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    """Crossovers and "you are here": pixel, text, and the row above the plot that has room for it."""
    axis = comparison.axis
    alone = _alone(comparison)
    marks: list[dict[str, Any]] = []
    short = names(comparison)
    shown = [f"{float(c.at):.2g}" for c in alone[:LABELLED]]
    digits = 2 if len(set(shown)) == len(shown) else 3
    for crossover in alone[:LABELLED]:
        above = "nobody" if crossover.above is None else short[crossover.above]
        where = place_words(comparison, [crossover.at])[0]
        rounded = (
            short_count(float(f"{float(crossover.at):.{digits}g}")) if axis.over == REQUESTS else where.split(" (")[0]
        )
        marks.append({"px": x.px(float(crossover.at)), "text": f"{above} from {rounded}", "kind": "crossover"})
    here = float(comparison.scenario.value_at(axis.over))
    if x.low <= here <= x.high:
        marks.append({"px": x.px(here), "text": f"you are here: {place_tick(comparison, here)}", "kind": "here"})
    return placed(marks)


def placed(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Marks with the row above the plot that has room for their words."""
    ordered = sorted(marks, key=lambda mark: mark["px"], reverse=True)
    done: list[dict[str, Any]] = []
    for mark in ordered:
        # Labels run to the right of their rules, those further left above those they would meet.
        mark["align"], mark["row"] = "left", 0
        if mark is ordered[-1] and done and mark["px"] > len(mark["text"]) * LETTER:
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


def further_rules(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    """Thin rules for the crossovers that there is no room to label."""
    further = _alone(comparison)[LABELLED:MAX_RULES]
    return [{"at": crossover.at, "px": round(x.px(float(crossover.at)), 2)} for crossover in further]


def place_tick(comparison: Comparison, value: float) -> str:
    """A place of the axis as its ticks have it: 10 M requests, but 1,024 MB."""
    return short_count(value) if comparison.axis.over == REQUESTS else exact_value(as_number(value))


def mark_layers(marks: list[dict[str, Any]], height: int) -> list[Layer]:
    """A rule for each mark, with its words above the plot."""
    return layers_of_marks(drawing([mark_row(mark) for mark in marks]), height)


def mark_row(mark: Mapping[str, Any]) -> dict[str, Any]:
    """A mark as a row of a chart's data."""
    here, left = mark["kind"] == "here", mark["align"] == "left"
    return {
        "text": mark["text"],
        "px": round(mark["px"], 2),
        "top": -LINE_HEIGHT * mark["row"] - 8,
        "align": mark["align"],
        "dx": 3 if left else -3,
        "colour": QUIET if here else INK,
        "dash": [2, 3] if here else [1, 0],
        "weight": "normal" if here else "bold",
    }


def layers_of_marks(base: Layer, height: int) -> list[Layer]:
    """The layers that draw rows of marks: a rule, its words, and their end."""

    def own(name: str) -> Any:
        return alt.ExprRef(f"datum.{name}")

    place = {"x": alt.value(own("px")), "color": alt.Color("colour:N", scale=None)}
    rules = base.mark_rule(strokeDash=own("dash"), strokeWidth=1.2, aria=False)
    words = base.mark_text(align=own("align"), dx=own("dx"), baseline="middle", fontWeight=own("weight"))
    return [
        rules.encode(y=alt.value(own("top")), y2=alt.value(height), **place),
        words.encode(text="text:N", y=alt.value(alt.ExprRef("datum.top - 3")), **place),
    ]
