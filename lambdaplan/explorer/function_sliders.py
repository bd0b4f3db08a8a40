"""Sliders of the memory and the cold-start notebook: facts of a function, and what follows from them below."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.analysis.cold_start_curve import ColdCurve, cold_curve, cold_finding, cold_rows, cost_words
from lambdaplan.analysis.memory_size import MemoryCurve, memory_curve, memory_finding, memory_rows
from lambdaplan.charts.cold_starts import cold_chart
from lambdaplan.charts.memory_size import memory_chart
from lambdaplan.charts.rendering import specification_of, still
from lambdaplan.charts.theme import Layer
from lambdaplan.comparison.comparison import compare
from lambdaplan.errors import LambdaplanError
from lambdaplan.explorer.controls.control import Control, Number
from lambdaplan.explorer.controls.scenario_controls import all_controls
from lambdaplan.explorer.messages import in_words
from lambdaplan.explorer.one_at_a_time import one_at_a_time
from lambdaplan.html_table import columns_and_cells, html_table
from lambdaplan.platforms import Option
from lambdaplan.scenario.scenario import Scenario

OF_MEMORY = ("duration", "measured", "busy", "requests", "memory")
OF_COLD_STARTS = ("requests", "shape", "peak", "runtime", "duration", "measured", "memory")


@dataclasses.dataclass(frozen=True)
class Shown:
    """What is shown of a scenario: a sentence, a picture and the table beside it."""

    finding: str
    chart: Layer
    rows: Sequence[Mapping[str, str]]
    caption: str

    @property
    def html(self) -> Markup:
        """All three, one below the other."""
        columns, cells = columns_and_cells(self.rows)
        table = html_table(columns, cells, self.caption, styled=True)
        picture = Markup(still(specification_of(self.chart)))  # noqa: S704  # an SVG that was made safe
        return Markup("<p><strong>{}</strong></p>{}{}").format(self.finding, picture, table)


class FunctionSliders(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Some controls of the explorer over one function, and what is shown of it below.

    Parameters:
    scenario : Scenario - where to start.
    option : Option - its function, which is kept alone.
    keys : sequence of str - the controls, as the explorer calls them.
    first : Shown - what is shown of it at first.
    show : function - from another scenario to what is shown of that.

    `scenario` is the one that is shown.
    """

    def __init__(
        self, scenario: Scenario, option: Option, keys: Sequence[str], first: Shown, show: Callable[[Scenario], Shown]
    ) -> None:
        super().__init__()
        every = all_controls({})
        self._controls = [every[key] for key in keys]
        self._show, self._filling = show, False
        self._view = widgets.HTML()
        for control in self._controls:
            control.moved = self._moved
            if isinstance(control, Number) and control.slider is not None:
                control.slider.continuous_update = False  # the answer takes longer than a hand is patient
                control.slid = self._moved
        self._take(dataclasses.replace(scenario, options=(option,)), first)
        self.children = [*(control.row for control in self._controls), self._view]

    @one_at_a_time
    def _moved(self, control: Control) -> None:
        """Show what a control asks for, or say beside it why that can't be."""
        if self._filling:
            return
        control.asked = True
        try:
            asked = self.scenario.with_values(dict(control.wanted(self.scenario)))
            self._take(asked, self._show(asked))
        except LambdaplanError as error:
            control.say(error.problems, lambda one, own: in_words(one, self._controls, self.scenario, own))

    def _take(self, scenario: Scenario, shown: Shown) -> None:
        self._view.value = shown.html
        self.scenario, comparison = scenario, compare(scenario)
        self._filling = True
        try:
            for control in self._controls:
                control.forget()
                control.fill(comparison)
        finally:
            self._filling = False


def memory_sliders(curve: MemoryCurve) -> FunctionSliders:
    """Sliders over what the cost of a memory size depends on, from a curve on."""

    def shown(made: MemoryCurve) -> Shown:
        return Shown(f"{memory_finding(made)}.", memory_chart(made), memory_rows(made), "Sizes of memory")

    option = curve.scenario.options[curve.place]
    return FunctionSliders(curve.scenario, option, OF_MEMORY, shown(curve), lambda asked: shown(memory_curve(asked)))


def cold_start_sliders(curve: ColdCurve) -> FunctionSliders:
    """Sliders over what cold starts depend on, from a curve on."""

    def shown(made: ColdCurve) -> Shown:
        words = f"{cold_finding(made)}. {cost_words(made)}."
        return Shown(words, cold_chart(made), cold_rows(made), "Cold starts against traffic")

    scenario, (option,) = curve.scenario, curve.scenario.options
    return FunctionSliders(scenario, option, OF_COLD_STARTS, shown(curve), lambda asked: shown(cold_curve(asked)))
