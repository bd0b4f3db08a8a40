"""Export: each chart as picture, specification, page and figures, with caption and alternative text."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from lambdaplan.analysis.memory_size import memory_curve, memory_rows
from lambdaplan.analysis.payback import moving_of
from lambdaplan.analysis.sensitivity import flip_rows
from lambdaplan.charts import bill, ladder, load_curve, memory_size, payback, sensitivity, theme, winner_map
from lambdaplan.charts.cost import curves_around, has_view_around, specification
from lambdaplan.charts.fleets import answer_times, architecture, week
from lambdaplan.charts.rendering import Script, figure_html, raster
from lambdaplan.charts.theme import LETTER, Layer
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.wording import axis_title
from lambdaplan.currency import in_its_currency
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.report import sections
from lambdaplan.report.atomic_files import PREFIX, Working, own_folder, quietly, to_stderr, write_file, write_set
from lambdaplan.report.blocks import Part, document_part, tabled
from lambdaplan.report.figures import PageFigure, figure_for_page
from lambdaplan.report.html_page import csv_text, markdown_text, page
from lambdaplan.report.what_if_page import what_if_page
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import plain
from lambdaplan.workload.traffic import level_peaks, load_duration

LEGIBLE = 0.78  # how far a picture may be reduced: letters of 12 px are then of 7 points
ENDINGS = (".svg", "@2x.png", ".vl.json", ".html", ".csv")
SNIPPET, WHAT_IF, WORD = "snippet.md", "what-if.html", "report.docx"


@dataclass(frozen=True)
class Drawn:
    """A chart of a comparison: how to draw it in a width, its table in words, and its figures."""

    draw: Callable[[int], Layer]
    table: Part
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    narrowest: int = 200  # of the plot without its labels: what is wider than the page then is reduced [px]


def _cost(comparison: Comparison) -> Drawn:
    """Cost along the axis: every point of the sweep, both sides of the crossovers, and here."""
    axis, sweep = comparison.axis, comparison.scenario.sweep
    here = round(float(comparison.scenario.value_at(axis.over)) / float(axis.grain))
    changes = [round(c.at / float(axis.grain)) for c in comparison.crossovers]
    places = np.concatenate([axis.places(sweep.points, sweep.scale), changes, [at - 1 for at in changes], [here]])
    places = np.unique(places.astype(np.int64))
    curves = comparison.along(places[(places >= axis.low) & (places <= axis.high)])
    rows = []
    for n, at in enumerate(curves.values.tolist()):
        passed = [c.above for c in comparison.crossovers if c.at <= at]
        cheapest = passed[-1] if passed else comparison.at_start
        bills = [float(curves.usd[result.label][n]) for result in comparison.options]
        rows.append([at, *(None if np.isnan(bill) else round(bill, 6) for bill in bills), cheapest or "nobody"])
    labels = [f"{result.label}, USD a month" for result in comparison.options]
    return Drawn(
        draw=lambda width: specification(comparison, width=width, height=280),
        table=sections.costs(comparison),
        columns=[axis_title(comparison), *labels, "cheapest"],
        rows=rows,
    )


def _around(comparison: Comparison) -> Drawn:
    """The bills around the scenario's place, from nothing to three times as much."""
    if not has_view_around(comparison):
        words = "the scenario's own number is not on the axis, or the axis is an even one already"
        raise InputError(Problem("conflict", "--chart", "around", words, "Use --chart cost."))
    curves = curves_around(comparison)
    usd = [curves.usd[result.label].tolist() for result in comparison.options]
    return Drawn(
        draw=lambda width: specification(comparison, width=width, height=280, around=True),
        table=sections.costs(comparison),
        columns=[axis_title(comparison), *(f"{result.label}, USD a month" for result in comparison.options)],
        rows=[
            [at, *(None if math.isnan(bill) else round(bill, 6) for bill in bills)]
            for at, *bills in zip(curves.values.tolist(), *usd, strict=True)
        ],
    )


def _bill(comparison: Comparison) -> Drawn:
    """The bills at the scenario's own numbers, a line a row."""
    return Drawn(
        draw=lambda width: bill.bill_chart(comparison, width=width),
        table=sections.bills(comparison),
        columns=["option", "line", "quantity", "unit", "price_usd", "amount_usd", "source", "price_of", "note"],
        rows=[
            [
                result.label,
                line.item,
                Fraction(line.quantity),
                line.unit,
                line.price_usd,
                None if line.amount_usd is None else Fraction(line.amount_usd),
                line.source,
                line.as_of,
                line.note,
            ]
            for result in comparison.options
            for line in result.bill.lines
        ],
    )


def _atlas(comparison: Comparison) -> Drawn:
    """The map over requests and duration: a row of the map is a few stretches."""
    atlas_, exact = sections.map_of(comparison.scenario)
    runs = atlas_.runs if exact else atlas_.cells
    across, upwards = (axis_title(atlas_.along(side)) for side in (0, 1))
    values = atlas_.y.tolist()
    return Drawn(
        draw=lambda width: winner_map.atlas_chart(atlas_, width=width, height=300, exact=exact),
        table=tabled(winner_map.table_rows(atlas_, exact=exact), "Which option is cheapest, row by row"),
        columns=[upwards, f"from ({across})", f"below ({across})", "cheapest", "too close to call"],
        rows=[[values[run.row], run.start, run.stop, atlas_.label(run.winner) or "nobody", run.close] for run in runs],
    )


def _ladder(comparison: Comparison) -> Drawn:
    """The break-even under each set of assumptions that fits the scenario, and the published ones."""
    break_evens, _ = sections.usable_ladder(comparison.scenario)
    if not break_evens.rungs:
        words = "no set of assumptions of the packaged ladder fits this scenario"
        raise InputError(Problem("conflict", "--chart", "ladder", words))
    ours = [
        ["worked out", r.rung.name, r.break_even, r.break_even, r.cheaper or "nobody", r.rung.why, ""]
        for r in break_evens.rungs
    ]
    theirs = [["published", c.said, c.low, c.high, "", "", c.source] for c in break_evens.claims]
    return Drawn(
        draw=lambda width: ladder.ladder_chart(break_evens, width=width),
        table=tabled(sections.ladder_rows(break_evens), "Break-even of each set of assumptions"),
        columns=["kind", "assumptions", "break-even from", "break-even to", "cheaper above", "why", "source"],
        rows=[*ours, *theirs],
        narrowest=int(max([0, *(len(r.note) * LETTER for r in break_evens.rungs if r.break_even is None)])) or 200,
    )


def _flips(comparison: Comparison) -> Drawn:
    """How far each number is from another winner."""
    sensitivities = sections.flips_of(comparison)
    if sensitivities is None or not [distance for distance in sensitivities.near if distance.value]:
        words = "no number that changes the winner can be drawn for this scenario"
        raise InputError(Problem("conflict", "--chart", "flips", words))
    frame = sensitivities.to_frame()
    return Drawn(
        draw=lambda width: sensitivity.flip_chart(sensitivities, width=width),
        table=tabled(flip_rows(sensitivities), sections.CHANGES),
        columns=list(frame.columns),
        rows=_plain_rows(frame),
        narrowest=theme.BARS_WIDTH,
    )


def _memory(comparison: Comparison) -> Drawn:
    """Cost and duration of the first Lambda option at every memory size."""
    curve = memory_curve(comparison.scenario)
    frame = curve.to_frame()
    return Drawn(
        draw=lambda width: memory_size.memory_chart(curve, width=width),
        table=tabled(memory_rows(curve), "Some memory sizes"),
        columns=list(frame.columns),
        rows=_plain_rows(frame),
    )


def _load(comparison: Comparison) -> Drawn:
    """The load-duration curve of the week."""
    traffic = comparison.scenario.workload.traffic
    if len(traffic.weights) == 1:
        raise InputError(Problem("conflict", "--chart", "load", "every hour of the week is alike"))
    return Drawn(
        draw=lambda width: load_curve.load_chart(traffic, width=width),
        table=tabled(load_curve.load_rows(traffic), "The week, hour by hour from the busiest"),
        columns=["hours of the week", "load, times the mean", "with the burst"],
        rows=[
            [plain(level.hours), level.of_mean, peak]
            for level, peak in zip(load_duration(traffic), level_peaks(traffic), strict=True)
        ],
    )


def _week(comparison: Comparison) -> Drawn:
    """The week hour by hour, with the units of each fleet."""
    labels = [result.label for result in week.fleets_of(comparison)]
    return Drawn(
        draw=lambda width: week.week_chart(comparison, width=width),
        table=tabled(week.week_rows(comparison), "The week, day by day"),
        columns=["hour from Monday 00:00", "requests a second", "with the burst", *(f"{one}, units" for one in labels)],
        rows=[
            [row["hour"], row["load"], row["peak"], *(row["units"][label] for label in labels)]
            for row in week.week_hours(comparison)
        ],
    )


def _architecture(comparison: Comparison) -> Drawn:
    """What stands between a request and its answer in each option, with the cost of each part."""
    rows = architecture.architecture_rows(comparison)
    return Drawn(
        draw=lambda width: architecture.architecture_chart(comparison, width=width),
        table=tabled(rows, "The parts of each option"),
        columns=list(rows[0]),
        rows=[list(row.values()) for row in rows],
    )


def _answer_time(comparison: Comparison) -> Drawn:
    """How soon each option answers, against what it costs."""
    rows = answer_times.answer_times_rows(comparison)
    times = [name for name in rows[0] if name.endswith("within, ms")]
    return Drawn(
        draw=lambda width: answer_times.answer_times_chart(comparison, width=width),
        table=tabled(rows, "Cost and answer times of each option"),
        columns=["option", "USD a month", *times],
        rows=answer_times.answer_times_figures(comparison),
    )


def _savings(comparison: Comparison) -> Drawn:
    """What moving to each option has saved in all, month by month."""
    moving = moving_of(comparison)
    if not any(one.saved_usd for one in moving.paybacks):
        words = "no option says what moving to it takes, or no bill is whole"
        raise InputError(Problem("conflict", "--chart", "savings", words, "See docs/moving.md."))
    longest = max(len(one.saved_usd) for one in moving.paybacks)
    return Drawn(
        draw=lambda width: payback.savings_chart(moving, width=width),
        table=tabled(payback.savings_rows(moving), "Saved in all, what moving takes once taken off, USD"),
        columns=["by the end of month", *(f"{one.label}, USD" for one in moving.paybacks)],
        rows=[
            [month, *(one.saved_usd[month - 1] if month <= len(one.saved_usd) else None for one in moving.paybacks)]
            for month in range(1, longest + 1)
        ],
    )


def _plain_rows(frame: Any) -> list[list[Any]]:
    """A data frame's rows, with nothing where there is no number."""
    filled: list[list[Any]] = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return filled


CHARTS: dict[str, Callable[[Comparison], Drawn]] = {
    "cost": _cost,
    "around": _around,
    "bill": _bill,
    "atlas": _atlas,
    "ladder": _ladder,
    "flips": _flips,
    "memory": _memory,
    "load": _load,
    "week": _week,
    "architecture": _architecture,
    "answer_time": _answer_time,
    "savings": _savings,
}
_OTHER_CHARTS = {
    **dict.fromkeys(("scatter", "latency", "answer_times", "times", "slo"), "answer_time"),
    **dict.fromkeys(("map", "heatmap"), "atlas"),
    **dict.fromkeys(("diagram", "drawing", "parts"), "architecture"),
    **dict.fromkeys(("sensitivity", "tornado"), "flips"),
    **dict.fromkeys(("payback", "moving"), "savings"),
}
"""Other words for charts."""
USUAL = ("cost", "bill", "atlas", "ladder")  # those that are drawn when none is asked for
OWN = (SNIPPET, WHAT_IF, WORD, *(f"{name}{ending}" for name in CHARTS for ending in ENDINGS))


@in_its_currency
def run_export(
    scenario: Scenario,
    out: Path,
    names: Sequence[str] = (),
    *,
    what_if: bool = False,
    word: bool = False,
    known: Comparison | None = None,
    progress: Callable[[str], None] = to_stderr,
    working: Working = quietly,
) -> Path:
    """Write the charts of a scenario as files for planning documents.

    Parameters:
    scenario : Scenario - what is drawn.
    out : Path - folder for the export's folder, which is named after the scenario.
    names : str - the charts, of `CHARTS`; none stands for those of `USUAL` that the scenario has.
    what_if : bool - whether a page with sliders goes with them.
    word : bool - whether the report as a Word document goes with them, with these charts in it.
    known : Comparison or None - the scenario's, where there is one already.
    progress : function - told what is going on, a line at a time.
    working : function - told what takes long, while it does.

    Returns: Path of snippet.md. Beside it, for each chart, files with the endings of `ENDINGS`.
    Raises: InputError when a chart is not known, or the scenario has none of those that are asked for; ReportError
        when the files can't be written: what was there before is still there.
    """
    for name in names:
        if name not in CHARTS:
            fix = nearest(name, CHARTS, _OTHER_CHARTS)
            if "," in name:
                fix = f"Write {' '.join(f'--chart {one.strip()}' for one in name.split(',')[:4])}."
            raise InputError(Problem("choice", "--chart", f'"{shorten(name)}"', ", ".join(CHARTS), fix))
    comparison = known or compare(scenario)
    progress(f'drawing the charts of "{scenario.name}", which takes some seconds')
    with own_folder(Path(tempfile.gettempdir()), f"{PREFIX}run-") as folder:
        script = Script(folder)
        try:
            drawn = _drawn(comparison, names, progress, working)
            sliders = None
            if what_if:
                progress("working out every bill at every stop of the sliders, which takes ten seconds or some more")
                with working("the page with sliders"):
                    sliders = what_if_page(scenario)

            def fill(new: Path) -> None:
                pictures = _fill(new, comparison, drawn, sliders, script, progress, working)
                if word:
                    from lambdaplan.report.word.document import word_document

                    with working("the Word document"):
                        write_file(new / WORD, word_document(comparison, pictures))

            return write_set(out, scenario.name, fill, own=OWN, sign=SNIPPET, kind="an export") / SNIPPET
        finally:
            script.stop()


def _drawn(
    comparison: Comparison, names: Sequence[str], progress: Callable[[str], None], working: Working
) -> dict[str, Drawn]:
    """The charts that the scenario has; what it has not is left out, and that is said.

    Raises: InputError when none is left of those that were asked for.
    """
    drawn: dict[str, Drawn] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    for name in dict.fromkeys(names or USUAL):
        try:
            with working(f"the chart {name}"):
                drawn[name] = CHARTS[name](comparison)
        except InputError as error:
            problems[name] = error.problems
    if names and not drawn:
        raise InputError([problem for each in problems.values() for problem in each])
    for name, (problem, *_) in problems.items():
        progress(f"{name} is left out: {problem.line}")
    return drawn


def _fill(
    folder: Path,
    comparison: Comparison,
    drawn: dict[str, Drawn],
    sliders: str | None,
    script: Script,
    progress: Callable[[str], None],
    working: Working,
) -> dict[str, PageFigure]:
    """Write every file of the export into a folder of its own; gives the pictures."""
    pictures: dict[str, PageFigure] = {}
    name = comparison.scenario.name
    parts = ["<!-- Made by lambdaplan export. Pictures are for a width of 6.3 inches; each is there as svg too. -->\n"]
    words = "The scenario: save it as scenario.json and run lambdaplan export scenario.json"
    rerun = document_part(comparison.scenario.document(), words)
    for n, (chart, one) in enumerate(drawn.items(), 1):
        with working(f"drawing the chart {chart}"):
            page_figure = pictures[chart] = figure_for_page(comparison, one.draw, one.narrowest)
        if page_figure.share < LEGIBLE:
            progress(f"{chart}: its words are too long for a page and had to be set small; shorter labels mend that")
        write_file(folder / f"{chart}.svg", page_figure.svg)
        write_file(folder / f"{chart}@2x.png", raster(page_figure.svg))
        write_file(folder / f"{chart}.vl.json", f"{json.dumps(page_figure.spec, indent=1, ensure_ascii=False)}\n")
        write_file(folder / f"{chart}.csv", csv_text(one.columns, one.rows))
        picture = figure_html(page_figure.spec, chart, page_figure.svg)
        given = (page_figure.title, picture, page_figure.caption, one.table.html, rerun.html)
        body = Markup("<h1>{}</h1>\n{}\n<p>{}</p>\n{}\n{}").format(*given)
        write_file(folder / f"{chart}.html", page(f"{page_figure.title} ({name})", body, script.text()))
        parts.append(
            f"![{markdown_text(page_figure.said)}]({chart}@2x.png)\n\n"
            f"*Figure {n}. {markdown_text(page_figure.caption)}* [Interactive]({chart}.html), [figures]({chart}.csv).\n"
        )
    if sliders is not None:
        write_file(folder / WHAT_IF, sliders)
        parts.append(f"[What if: the same with sliders over traffic, duration and memory]({WHAT_IF})\n")
    write_file(folder / SNIPPET, "\n".join(parts))
    return pictures
