"""Details that are computed when the reader opens them: map, bill chart, sensitivity, table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import ipywidgets as widgets
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from lambdaplan.analysis.sensitivity import flip_rows, flips
from lambdaplan.analysis.winner_map import is_quick
from lambdaplan.charts import bill
from lambdaplan.charts.doubt.bands import bands_chart
from lambdaplan.charts.doubt.chances import chances_chart
from lambdaplan.charts.doubt.months import months_chart
from lambdaplan.charts.fleets.answer_times import answer_times_chart, answer_times_rows
from lambdaplan.charts.fleets.architecture import architecture_chart, architecture_rows
from lambdaplan.charts.fleets.week import week_chart, week_rows
from lambdaplan.charts.rendering import specification_of
from lambdaplan.charts.sensitivity import flip_chart
from lambdaplan.charts.winner_map import atlas_chart, table_rows
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.doubt.chance_map import atlas
from lambdaplan.doubt.commitment_words import LEVEL_COLUMNS, also_words, commit_error_words, commit_words, level_rows
from lambdaplan.doubt.commitments import FEW_SAMPLES, commit, commitment_of
from lambdaplan.doubt.risk import risk
from lambdaplan.doubt.wording import INPUT_COLUMNS, error_words, input_rows, risk_words, sentence
from lambdaplan.errors import InputError
from lambdaplan.explorer.live_chart import LiveChart, Page, whole
from lambdaplan.explorer.one_at_a_time import ToggleButton, one_at_a_time
from lambdaplan.html_table import columns_and_cells, html_table
from lambdaplan.report.html_page import template
from lambdaplan.report.sections import COLD_POINTS, MAP, MAP_POINTS, ROUGH_POINTS
from lambdaplan.scenario.provenance import provenance_rows
from lambdaplan.scenario.scenario import Scenario, Sweep
from lambdaplan.schema.fields import plain

TEMPLATES = Path(__file__).resolve().parent / "templates"
PLOT_WIDTH = 530
SLOW = "Work it out: it takes some seconds"

# A chart of altair or none, and what stands below it.
Found = tuple[Any, str]


class Fold:
    """A button that opens something, which is worked out only while it is open, and again with each answer.

    Where it takes seconds, it is worked out when asked for.

    Parameters:
    key, name : str - the end of its CSS class, and what the button says.
    find : function - gives a chart of altair, or None, and the HTML below it; raises InputError where there is none.
    is_slow : function - whether that takes seconds.
    pick : function or None - is told the place of the chart that was clicked, as `LiveChart` tells it.
    """

    def __init__(
        self,
        key: str,
        name: str,
        find: Callable[[Comparison], Found],
        is_slow: Callable[[Comparison], bool] = lambda _: False,
        pick: Callable[[float, float], None] | None = None,
    ) -> None:
        self._find, self._is_slow, self._pick = find, is_slow, pick
        self._comparison: Comparison | None = None
        self.fold = ToggleButton(description=name, tooltip=f"show or hide: {name}")
        self.fold.add_class("lp-fold").observe(lambda _: self._show(), "value")
        self.draw = widgets.Button(description=SLOW)
        self.draw.on_click(lambda _: self._draw())
        self.page = Page()
        self.chart: Any = None  # made when it is first drawn
        self._inside = widgets.VBox([])
        self.widget = widgets.VBox([self.fold, self._inside]).add_class("lp-more").add_class(f"lp-{key}")

    def show(self, comparison: Comparison) -> None:
        """Follow another comparison."""
        self._comparison = comparison
        self._show()

    def _show(self) -> None:
        if not self.fold.value or self._comparison is None:
            self._inside.children = ()
        elif self._is_slow(self._comparison):
            self._inside.children = (self.draw,)
        else:
            self._draw()

    @one_at_a_time
    def _draw(self) -> None:
        assert self._comparison is not None
        try:
            with debug_mode(False):
                drawn, below = self._find(self._comparison)
                picture = None if drawn is None else whole(specification_of(drawn))
        except InputError as error:
            picture, below = None, _below(error)
        self.page.html = below
        if picture is None:
            self._inside.children = (self.page,)
            return
        if self.chart is None:
            self.chart = LiveChart(picture, pick=self._pick)
        else:
            self.chart.show(picture)
        self._inside.children = (self.chart, self.page)


def all_folds(go: Callable[[Mapping[str, Any]], None], buys: Callable[[], Mapping[str, Any]] = dict) -> dict[str, Fold]:
    """The folds of the explorer, by key, in their order.

    Parameters:
    go : function - is told the values, by path, of the place of the map that was clicked.
    buys : function - gives the plan that may be bought, and the chance of leaving, as `commit` takes them.
    """
    map_fold = _Map(go)
    return {
        "table": Fold("table", "The chart as a table", lambda one: (None, table_of(bill.table_rows(one)))),
        "bars": Fold("bars", "The bills as a picture", lambda one: (bill.bill_chart(one, width=PLOT_WIDTH), "")),
        "times": Fold("times", "Answer times and costs", _with_table(answer_times_chart, answer_times_rows, "times")),
        "week": Fold("week", "The week and its fleets", _with_table(week_chart, week_rows, "week")),
        "parts": Fold(
            "parts", "What each option is made of", _with_table(architecture_chart, architecture_rows, "parts")
        ),
        "flips": Fold("flips", "What would have to change", _flips, _flips_are_slow),
        "from": Fold("from", "Where the numbers are from", _provenance),
        "sure": Fold("sure", "How sure the answer is", _certainty, _flips_are_slow),
        "plan": Fold("plan", "A Savings Plan under doubt", lambda one: _commitment(one, buys()), _flips_are_slow),
        "map": Fold("map", "Map: the cheapest over requests and duration", map_fold.find, _is_slow, map_fold.picked),
    }


def _with_table(
    draw: Callable[..., Any], rows: Callable[[Comparison], Sequence[Mapping[str, str]]], key: str
) -> Callable[[Comparison], Found]:
    """What finds a picture of a comparison with its table below."""
    return lambda one: (draw(one, width=PLOT_WIDTH), _below("", key, "The picture as a table", rows(one)))


def _is_slow(comparison: Comparison) -> bool:
    return not is_quick(comparison.scenario)


def _flips_are_slow(comparison: Comparison) -> bool:
    return _is_slow(comparison) or comparison.scenario.bends_at_knots


def _flips(comparison: Comparison) -> Found:
    sensitivity = flips(comparison.scenario, quick=True, comparison=comparison)
    if not sensitivity.near:
        return None, _below("No number changes the answer on its own.")
    words = "The smallest change of each number, alone, that changes the answer."
    drawn = flip_chart(sensitivity, width=PLOT_WIDTH) if any(distance.value for distance in sensitivity.near) else None
    return drawn, _below(words, "flips", "The chart as a table", flip_rows(sensitivity))


_NO_RANGES = (
    "No number has a range yet: let the known errors count as ranges (under How sure the answer is, at the controls)."
)


def _certainty(comparison: Comparison) -> Found:
    try:
        found = risk(comparison.scenario)
    except InputError as error:
        if [(problem.code, problem.field) for problem in error.problems] != [("missing", "ranges")]:
            raise
        return None, _below(_NO_RANGES)
    rows = [dict(zip(INPUT_COLUMNS, row, strict=True)) for row in input_rows(found)]
    words = f"{sentence(risk_words(found))} {sentence(error_words(found))}"
    bought = commitment_of(comparison.scenario)
    if bought is not None:
        words += f" Of a Savings Plan: {commit_words(bought)}."
    width = PLOT_WIDTH - 60
    drawn = [chances_chart(found, width=width)]
    drawn += [bands_chart(found, bands, width=width) for bands in (found.bands,) if bands is not None]
    picture = drawn[0] if len(drawn) == 1 else alt.vconcat(*drawn, spacing=28, description=drawn[0].description)
    return picture, _below(words, "sure", "What to measure next", rows)


def _commitment(comparison: Comparison, buys: Mapping[str, Any]) -> Found:
    found = commit(comparison.scenario, samples=FEW_SAMPLES, **buys)
    rows = [dict(zip(LEVEL_COLUMNS, row, strict=True)) for row in level_rows(found)]
    words = f"{sentence(commit_words(found))} {also_words(found)} {sentence(commit_error_words(found))}"
    return months_chart(found, width=PLOT_WIDTH), _below(words, "plan", "None, the best and all", rows)


def _provenance(comparison: Comparison) -> Found:
    scenario = comparison.scenario
    rows = provenance_rows(scenario.provenance, scenario.document())
    if not rows:
        return None, _below("No file told a number: lambdaplan import reads logs and metrics.")
    return None, table_of(rows)


class _Map:
    """The map of the cheapest option, and where a click on it leads."""

    def __init__(self, go: Callable[[Mapping[str, Any]], None]) -> None:
        self._go = go
        self._sides: Sequence[Any] = ()
        self._sweep: Sweep | None = None

    def find(self, comparison: Comparison) -> Found:
        """The map of a comparison."""
        scenario = comparison.scenario
        rough = COLD_POINTS if scenario.bends_at_knots else ROUGH_POINTS
        points = MAP_POINTS if is_quick(scenario) else rough
        try:
            winner_map = atlas(scenario, over=MAP, points=points, **self._frame(scenario))
        except InputError:  # an end of it no longer fits the scenario
            winner_map = atlas(scenario, over=MAP, points=points)
        self._sides, self._sweep = winner_map.sides, scenario.sweep
        rows = table_rows(winner_map, exact=False)
        below = _below("Click a place of the map to go there.", "map", "The map as a table", rows)
        return atlas_chart(winner_map, width=PLOT_WIDTH, exact=False), below

    def _frame(self, scenario: Scenario) -> dict[str, tuple[Any, Any]]:
        """The ends of the sides as they were, while the scenario lies between them; else nothing."""
        if scenario.sweep != self._sweep:
            return {}
        places = [(side, scenario.value_at(side.path)) for side in self._sides]
        if not places or not all(side.value(side.low) <= value <= side.value(side.high) for side, value in places):
            return {}
        ends = ((plain(side.value(side.low)), plain(side.value(side.high))) for side, _ in places)
        return dict(zip(("x_range", "y_range"), ends, strict=True))

    def picked(self, across: float, up: float) -> None:
        """Go to a place, given as shares of the map from the left and from below."""
        shares = zip(self._sides, (across, up), strict=True)
        self._go({side.path: side.nearby(share) for side, share in shares})


# HTML


def filled(name: str, **values: Any) -> str:
    """One of the explorer's templates of HTML with its values, every one of them escaped."""
    return template(name, TEMPLATES).render(values)


def table_of(rows: Sequence[Mapping[str, str]]) -> Markup:
    """Rows as a table, headed by the names of the first row."""
    return html_table(*columns_and_cells(rows), css="lp-table")


def _below(hint: object, key: str = "", title: str = "", rows: Sequence[Mapping[str, str]] = ()) -> str:
    """What stands below a chart: a hint, and rows as a table that opens."""
    return filled("below_chart.html.j2", hint=hint, key=key, title=title, table=rows and table_of(rows))
