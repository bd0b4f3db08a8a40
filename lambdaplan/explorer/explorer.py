"""Sliders over a scenario: move one, and the answer, the chart and the bill follow.

Two halves that don't know each other: controls, which show a scenario and ask for other values of
its document, and a view, which shows a comparison. `Explorer` stands between them: it reads the
controls, makes a scenario, compares and draws. Nothing is worked out here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
import traitlets

from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.errors import InputError, LambdaplanError, Problem
from lambdaplan.explorer.controls.control import Control, Number
from lambdaplan.explorer.controls.doubt_controls import bought
from lambdaplan.explorer.controls.scenario_controls import FIRST, all_controls, laid_out, opened, presets, scenarios_dir
from lambdaplan.explorer.look_ahead import Ahead
from lambdaplan.explorer.messages import in_words
from lambdaplan.explorer.one_at_a_time import one_at_a_time
from lambdaplan.explorer.options.function_controls import MEASURED
from lambdaplan.explorer.options.option_editor import OptionEditor
from lambdaplan.explorer.options.option_paths import InHand
from lambdaplan.explorer.options.platform_controls import Selected
from lambdaplan.explorer.toolbar import Toolbar
from lambdaplan.explorer.view import View
from lambdaplan.platforms import AUTO
from lambdaplan.scenario.changes import with_value
from lambdaplan.scenario.scenario import Scenario

REST_S = 0.08  # a slider that has not moved for so long rests


class Explorer(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A scenario with its controls, its answer, its chart and its bills.

    Parameters:
    scenario : Scenario - where to start; without one the Node.js API of the presets.

    Traits: `comparison`, the last good comparison; `observe` it to follow the reader. `scenario`
    is its scenario; setting it moves every control.
    """

    comparison = traitlets.Instance(Comparison)

    def __init__(self, scenario: Scenario | None = None) -> None:
        super().__init__()
        self._presets = presets()
        self._hand = InHand()
        self._controls = all_controls(self._presets, self._hand)
        for control in list(self._controls.values()):
            self._keep(control)
        for slider in self._sliders.values():
            slider.slid = self._slid
        self._filling = False
        first = _worked_out(scenario or Scenario.load(scenarios_dir() / f"{FIRST}.json"))
        sliders = {key: (one.slider, one.box) for key, one in self._sliders.items()}
        self._view = View(first, sliders, self._look_ahead, self._gone, lambda: bought(self._controls))
        self._ahead = Ahead(self._picture, self._view.chart.ahead)
        self._view.chart.observe(self._resized, "room")
        self._slides = 0
        self._toolbar = Toolbar(first.scenario, lambda: self.comparison, self._go)
        self._options = OptionEditor(self._go, self._keep, self._in_words)
        self._take(first)
        controls = widgets.VBox(laid_out(self._controls, self._options.widget)).add_class("lp-controls")
        self.children = [self._toolbar, widgets.Box([controls, self._view.widget]).add_class("lp-main")]
        self.add_class("lp-explorer")

    @property
    def scenario(self) -> Scenario:
        """The scenario of the last good answer."""
        return self.comparison.scenario

    @scenario.setter
    @one_at_a_time
    def scenario(self, scenario: Scenario) -> None:
        with self._view.chart.working():
            self._take(_worked_out(scenario))

    def _go(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def _keep(self, control: Control) -> None:
        """Answer and fill one more control."""
        self._controls[control.key] = control
        control.moved = self._moved

    def _in_words(self, problem: Problem, own: Control | None = None) -> str:
        return in_words(problem, self._controls.values(), self.scenario, own)

    def _take(self, comparison: Comparison) -> None:
        """Let every control and the view show another scenario, and forget what was asked."""
        with self._quietly():
            for control in self._controls.values():
                control.forget()
            self._hold.box.value = False
        self._show(comparison)

    @property
    def _doubted(self) -> bool:
        """Whether chances are shown beside the costs."""
        return bool(self._controls["chances"].box.value)

    @property
    def _hold(self) -> Control:
        return self._controls["hold"]

    def _moved(self, control: Control) -> None:
        """Answer what a control asks for, or say beside it why that can't be."""
        if not self._filling:
            with self._view.chart.working():
                self._answer(control)

    def _answer(self, control: Control) -> None:
        control.asked = True
        control.take()
        for key in control.acting:
            self._controls[key].forget()
        try:
            if control is self._controls["preset"]:
                self._take(_worked_out(opened(control.box.value, self.scenario)))
                return
            comparison, taken = self._answered(control)
        except LambdaplanError as error:
            control.say(error.problems, self._in_words)
            self._fill_choices()
            self._view.mark_stale(True)
            return
        for one in taken:
            one.forget()
        self._show(comparison)

    def _answered(self, control: Control) -> tuple[Comparison, list[Control]]:
        """The comparison with what a control asks for, and with what others still wait for where that fits.

        Raises: InputError with the problems of this control alone.
        """
        waiting = [one for one in self._controls.values() if one.asked and one is not control and one.asks]
        while waiting:
            try:
                return self._with([*waiting, control]), [*waiting, control]
            except LambdaplanError as error:
                fields = [problem.field for problem in error.problems]
                to_blame = [one for one in waiting if any(one.owns(field, self.scenario) for field in fields)]
            waiting = [one for one in waiting if to_blame and one not in to_blame]
        return self._with([control]), [control]

    # sliders

    @property
    def _sliders(self) -> dict[str, Number]:
        return {key: one for key, one in self._controls.items() if isinstance(one, Number) and one.slider is not None}

    def _look_ahead(self, key: str) -> None:
        """Work out the pictures of a slider's stops: somebody is about to move it, or moves it."""
        if (slider := self._sliders.get(key)) is None:
            return
        value = slider.show(self.scenario)
        if value is None or isinstance(value, str) or any(control.asked for control in self._controls.values()):
            self._ahead.around(key, None, 0, 0)  # nothing to move, or another control waits for an answer
            return
        document = self.scenario.document()
        for path in self._asked_by(slider, slider.stops[0]):
            document = with_value(document, path, None)
        self._ahead.around(key, (document, self._doubted), slider.slider.index, len(slider.stops))

    def _slid(self, slider: Number) -> None:
        """A slider is at another stop: the page draws its picture; the answer follows when it rests there."""
        if self._filling:
            return
        slider.asked = True
        self._ahead.moved(slider.key, slider.slider.index)
        self._slides += 1
        try:
            asyncio.get_running_loop().call_later(REST_S, self._rests, slider, self._slides)
        except RuntimeError:  # no kernel: nobody is moving it by hand
            self._moved(slider)

    @one_at_a_time
    def _rests(self, slider: Number, slide: int) -> None:
        """Answer where a slider rests; one that has moved on since does not."""
        if slide == self._slides:
            self._moved(slider)

    def _asked_by(self, slider: Number, value: Any) -> dict[str, Any]:
        """The values that a slider asks for at one of its stops."""
        assert slider.ask is not None
        return self._holding(dict(slider.ask(self.scenario, value)))

    def _picture(self, key: str, stop: int) -> dict[str, Any]:
        """What the chart shows with a slider at a stop. Raises LambdaplanError where there is no answer."""
        slider = self._sliders[key]
        scenario = self.scenario.with_values(self._asked_by(slider, slider.stops[stop]))
        return self._view.picture(compare(scenario, known=self.comparison))

    @one_at_a_time
    def _resized(self, _: Any) -> None:
        """Draw the chart for the room it has now; pictures that were made for another one no longer hold."""
        self._ahead.forget()
        self._view.redraw(run=self._ahead.run, stands=self._stand(self.scenario))
        if self._ahead.slider:
            self._look_ahead(self._ahead.slider)

    def _stand(self, scenario: Scenario) -> dict[str, Any]:
        """The slider in hand and its stop, where a scenario is exactly that."""
        slider = self._sliders.get(self._ahead.slider)
        if slider is None:
            return {}
        stop = slider.slider.index
        return {"slider": slider.key, "stop": stop} if slider.show(scenario) == slider.stops[stop] else {}

    def _gone(self, values: Mapping[str, Any]) -> None:
        """Go to a place of the map."""
        try:
            self.scenario = self.scenario.with_values(values)
        except LambdaplanError as error:
            sides = [self._controls[key] for key in ("duration", "requests")]
            owned = [one for one in sides if any(one.owns(problem.field, self.scenario) for problem in error.problems)]
            for control in owned or sides[:1]:
                control.asked = True  # until something else is answered
                control.say(error.problems, self._in_words)

    # answers

    def _holding(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values, with the memory the duration was measured at following another memory where that is asked for."""
        if self._hold.box.value and (memory := self._hand.in_function("memory_mb")(self.scenario)):
            size = values.get(memory, self.scenario.value_at(memory))
            values |= {} if size == AUTO else {MEASURED: size}
        return values

    def _with(self, asking: Iterable[Control]) -> Comparison:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for control in asking:
            try:
                values |= control.wanted(self.scenario)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        values = self._holding(values)
        scenario = self.scenario.with_values(dict(sorted(values.items(), key=_depth)))
        return self.comparison if scenario == self.scenario else _worked_out(scenario, self.comparison)

    def _show(self, comparison: Comparison) -> None:
        self.comparison = comparison
        with self._quietly():
            for control in self._controls.values():
                control.fill(comparison)
            self._options.show(comparison)
        self._fill_choices()
        self._toolbar.answered(comparison.scenario)
        if self._ahead.slider:
            self._look_ahead(self._ahead.slider)
        stale = any(control.asked for control in self._controls.values())
        place = {"run": self._ahead.run, "stands": self._stand(comparison.scenario)}
        self._view.show(comparison, stale=stale, doubted=self._doubted, **place)

    def _fill_choices(self) -> None:
        """Offer the sizes of the region that is asked for, sold or not where the answer is from."""
        with self._quietly():
            region = self._controls["region"].box.value or self.scenario.region
            for control in self._controls.values():
                if isinstance(control, Selected):
                    control.offer(control.listed(self.scenario, region))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Move controls without hearing them."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before


def _depth(value: tuple[str, Any]) -> int:
    """How deep a value's path leads: the whole of something is asked for before its parts."""
    return value[0].count(".")


def _worked_out(scenario: Scenario, known: Comparison | None = None) -> Comparison:
    """The comparison of a scenario, its crossovers found.

    Raises: InputError where the axis has too many steps.
    """
    comparison = compare(scenario, known=known)
    _ = comparison.crossovers
    return comparison
