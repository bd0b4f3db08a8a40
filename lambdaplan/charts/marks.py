"""Marks along an axis: crossovers, limits and the place of the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from lambdaplan.charts.theme import INK, LABELLED, LETTER, LINE_HEIGHT, MAX_RULES, QUIET, Layer, Scale, drawing
from lambdaplan.comparison.comparison import Comparison, Crossover
from lambdaplan.comparison.wording import names, place_words, stretches
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import exact_value, short_count
from lambdaplan.numbers import as_number
from lambdaplan.workload.workload import REQUESTS

BOLDER = 1.15  # how much wider bold letters are


@in_its_currency
def marks_of(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    """Crossovers and "you are here": pixel, text, and the row above the plot that has room for it."""
    axis = comparison.axis
    alone = [crossover for crossover in _alone(comparison) if x.low <= crossover.at <= x.high]
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
        width = len(mark["text"]) * LETTER * (1 if mark["kind"] == "here" else BOLDER)
        if mark is ordered[-1] and done and mark["px"] > width:
            mark["align"] = "right"
        else:
            end = mark["px"] + width + 8
            mark["row"] = 1 + max((other["row"] for other in done if other["px"] < end), default=-1)
        done.append(mark)
    return done


def _alone(comparison: Comparison) -> list[Crossover]:
    """The crossovers outside long alternations, which are drawn as bands."""
    within = [(zone["from"], zone["to"]) for zone in comparison.zones]
    return [c for c in comparison.crossovers if not any(a <= c.at <= b for a, b in within)]


@in_its_currency
def further_rules(comparison: Comparison, x: Scale) -> list[dict[str, Any]]:
    """Thin rules for the crossovers that there is no room to label."""
    further = [crossover for crossover in _alone(comparison) if x.low <= crossover.at <= x.high][LABELLED:MAX_RULES]
    return [{"at": crossover.at, "px": round(x.px(float(crossover.at)), 2)} for crossover in further]


RIBBON_HEIGHT = 18  # of the ribbon under the plot that says who is cheapest where [px]
CHANGING = "#f0e6c8"  # where the cheapest option changes again and again


@in_its_currency
def ribbon_rows(comparison: Comparison, x: Scale, colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who is cheapest where, as stretches of a ribbon; a name stands where there is room for it.

    Parameters:
    colours : mapping - the colour of each option, by its label.
    """
    short = names(comparison)
    rows: list[dict[str, Any]] = []
    for stretch in stretches(comparison):
        low, high = max(float(stretch.start), x.low), min(float(stretch.stop), x.high)
        if low > high or (low == high and rows):
            continue
        left, right = x.px(x.low if not rows else low), x.px(high)
        winner = stretch.winners[0]
        text = "nobody" if winner is None else short[winner]
        colour = QUIET if winner is None else colours[winner]
        if stretch.changes:
            text, colour = f"{stretch.changes} changes", CHANGING
        room = right - left >= len(text) * LETTER + 6
        rows.append(
            {
                "px": round(left, 2),
                "px2": round(max(right, left + 1), 2),
                "middle": round((left + right) / 2, 2),
                "text": text if room else "",
                "colour": colour,
                "ink": INK if _is_light(colour) else "#ffffff",
            }
        )
    return rows


def _is_light(colour: str) -> bool:
    """Whether dark words can be read better on a colour than white ones."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 299 * red + 587 * green + 114 * blue > 160_000


def ribbon_layers(base: Layer, height: int) -> list[Layer]:
    """The layers that draw the ribbon of the cheapest option under a plot."""

    def own(name: str) -> Any:
        return alt.value(alt.ExprRef(f"datum.{name}"))

    def colour(name: str) -> Any:
        return alt.Color(f"{name}:N", scale=None)

    top, bottom = alt.value(height + 2), alt.value(height + RIBBON_HEIGHT - 2)
    words = base.mark_text(baseline="middle", fontSize=11, fontWeight="bold", aria=False)
    return [
        base.mark_rect(aria=False).encode(x=own("px"), x2=own("px2"), y=top, y2=bottom, color=colour("colour")),
        words.encode(text="text:N", x=own("middle"), y=alt.value(height + RIBBON_HEIGHT / 2), color=colour("ink")),
    ]


@in_its_currency
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
