"""Controls: sliders, choices and switches that show a value of a scenario and ask for another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.explorer.one_at_a_time import Checkbox, Dropdown, SelectionSlider, Text
from lambdaplan.formatting import decimal_text
from lambdaplan.scenario.reading import month_of
from lambdaplan.scenario.scenario import Scenario, unit_of
from lambdaplan.schema.amounts import NoAmount, read_amount, rounded
from lambdaplan.schema.fields import Rule
from lambdaplan.schema.parsing import parse_document
from lambdaplan.schema.reading import Unreadable

STYLE: dict[str, Any] = {"style": {"description_width": "initial"}}
OFF = ""  # a drop-down takes None for no choice at all


class Control:
    """One input: the value of a scenario that it shows, and the values at paths that it asks for.

    `show` gives None where the scenario has nothing of the kind; the control is then out of sight.
    """

    def __init__(
        self,
        key: str,
        box: Any,
        show: Callable[[Scenario], Any],
        ask: Callable[[Scenario, Any], Mapping[str, Any]] | None,
        hint: Callable[[Comparison], str] = lambda _: "",
    ) -> None:
        self.key, self.box, self.show, self.ask, self.hint = key, box, show, ask, hint
        self.asks = ask is not None
        self.asked = False
        self.acting: Sequence[str] = ()  # controls that act on another option once this one has moved
        self.said: tuple[str, ...] = ()
        self.moved: Callable[[Control], None] = lambda _: None
        self.note = widgets.HTML()
        self.note.add_class("lp-note")
        self.row = widgets.VBox([*self.inputs(), self.note])
        self.row.add_class("lp-control").add_class(f"lp-{key}")
        self.box.observe(lambda _: self._set(), "value")

    def _set(self) -> None:
        self.moved(self)

    def take(self) -> None:
        """What is done of what the reader has set, before an answer is worked out."""

    def inputs(self) -> list[Any]:
        """The widgets of the control, from top to bottom."""
        return [self.box]

    def value(self, scenario: Scenario) -> Any:
        """What the reader has set. Raises InputError where it can't be read."""
        return self.box.value

    def wanted(self, scenario: Scenario) -> Mapping[str, Any]:
        """The values at paths that the control asks for."""
        return self.ask(scenario, self.value(scenario)) if self.ask else {}

    def owns(self, field: str, scenario: Scenario) -> bool:
        """Whether a problem's field is one that this control asks for."""
        return self.ask is not None and field in self.ask(scenario, None)

    def say(self, problems: Iterable[Problem], words: Callable[[Problem, Control], str]) -> None:
        """Show problems beside the box, in words; what the box itself names is not said again."""
        problems = tuple(problems)
        self.said = tuple(problem.line for problem in problems)
        label = str(self.box.description)
        shown = dict.fromkeys(_beside(words(problem, self), label) for problem in problems)
        self.note.value = Markup('<div class="lp-message" role="alert">{}</div>').format(Markup("<br>").join(shown))
        self.row.add_class("lp-wrong")

    def forget(self) -> None:
        """Wait for nothing any more."""
        self.asked, self.said = False, ()
        self.row.remove_class("lp-wrong")

    def fill(self, comparison: Comparison) -> None:
        """Show a scenario; what the reader has asked for in vain stays as it is."""
        value = self.show(comparison.scenario)
        self.row.layout.display = "none" if value is None else None
        if value is None:
            self.forget()
        if not self.asked and value is not None:
            self.put(value, comparison.scenario)
            hint = self.hint(comparison)
            self.note.value = Markup('<div class="lp-hint">{}</div>').format(hint) if hint else ""

    def put(self, value: Any, scenario: Scenario) -> None:
        """Show one value."""
        if self.box.value != value:
            self.box.value = value


def _beside(line: str, label: str) -> str:
    """An error line as it stands beside its box: without the name that the box itself has."""
    return line.removeprefix(f"{label} = ").replace(f"Try {label} = ", "Try ")


_UNITS = ("gb", "mb", "kb", "ms", "s")  # at the end of a name
_SPELT = {"ebs": "EBS", "cpu": "CPU", "os": "OS", "vcpu": "vCPU", "vpc": "VPC"}


def field_words(name: str, rule: Rule) -> str:
    """The name of a field as a box has it, with its unit."""
    words = name.split("_")
    if len(words) > 1 and words[-1] in _UNITS and words[-1] == rule.unit.lower():
        words = words[:-1]
    said = " ".join(_SPELT.get(word, word) for word in words)
    said = said if said.startswith("vCPU") else said[0].upper() + said[1:]
    return f"{said} ({rule.unit})" if rule.unit and rule.unit not in ("units", "zones", "share") else said


class Choice(Control):
    """One of a list."""

    def __init__(
        self, key: str, label: str, offers: Callable[[Scenario], Sequence[tuple[str, Any]]], *rest: Any
    ) -> None:
        self.offers = offers
        super().__init__(key, Dropdown(description=label, **STYLE), *rest)

    def fill(self, comparison: Comparison) -> None:
        if not self.asked and self.show(comparison.scenario) is not None:
            self.offer(self.offers(comparison.scenario))
        super().fill(comparison)

    def offer(self, offers: Sequence[tuple[str, Any]]) -> None:
        """Offer another list, with what is chosen kept where it is on it."""
        if tuple(offers) == tuple(self.box.options):
            return
        chosen = self.box.value
        with self.box.hold_sync():
            self.box.options = tuple(offers)
            if any(value == chosen for _, value in offers):
                self.box.value = chosen


class Switch(Control):
    """On or off."""

    def __init__(self, key: str, label: str, *rest: Any) -> None:
        super().__init__(key, Checkbox(description=label, indent=False, **STYLE), *rest)


class Words(Control):
    """A box for words; an empty one stands for none."""

    def __init__(self, key: str, label: str, *rest: Any) -> None:
        super().__init__(key, Text(description=label, continuous_update=False, **STYLE), *rest)

    def value(self, scenario: Scenario) -> Any:
        return self.box.value.strip()


class Number(Control):
    """A number box that takes any value and some words, and a slider with stops linked to it.

    `moved` is called when the box is set, `slid` when the slider is at another stop.
    """

    def __init__(
        self,
        key: str,
        label: str,
        stops: Sequence[Fraction],
        show: Callable[[Scenario], Any],
        ask: Callable[[Scenario, Any], Mapping[str, Any]],
        hint: Callable[[Comparison], str] = lambda _: "",
        beside: Sequence[Any] = (),
        words: Sequence[str] = (),
    ) -> None:
        self.stops, self.beside, self.words = stops, beside, words
        self.slid: Callable[[Number], None] = lambda _: None
        self.counts = key == "requests"
        self.slider: Any = None
        if stops:
            labels = [self.text(stop) for stop in stops]
            self.slider = SelectionSlider(options=labels, readout=False)
            self.slider.observe(self._slid, "index")
        self._putting = self._sliding = False
        super().__init__(key, Text(description=label, continuous_update=False, **STYLE), show, ask, hint)

    def inputs(self) -> list[Any]:
        if self.slider is None:
            return [self.box]
        return [self.box, widgets.HBox([self.slider, *self.beside])]

    def text(self, value: Any) -> str:
        """A value as the box has it, with all its digits."""
        if isinstance(value, str):
            return value
        return _requests_text(int(value)) if self.counts else decimal_text(Fraction(value))

    def value(self, scenario: Scenario) -> Any:
        return self.read(self.box.value, scenario)

    def read(self, text: str, scenario: Scenario) -> Any:
        """The number of a text, as `--set` reads it, or one of the words."""
        if text.strip() in self.words:
            return text.strip()
        try:
            value = parse_document(text, self.key)
            return Unreadable(shorten(text.strip(), 40)) if isinstance(value, str) else value
        except InputError:
            units = (unit_of(path) for path in (self.ask(scenario, None) if self.ask else ()))
            with month_of({"hours_per_month": scenario.hours_per_month}):
                amount = read_amount(text, next(filter(None, units), ""))
            if isinstance(amount, NoAmount):
                return text.strip()  # as it is: its problem is that of --set
            return rounded(amount) if self.counts else amount

    def put(self, value: Any, scenario: Scenario) -> None:
        try:
            says_it = self.read(self.box.value, scenario) == value
        except InputError:
            says_it = False
        self._putting = True
        if not says_it:
            self.box.value = self.text(value)
        if self.slider is not None:
            self.slider.disabled = isinstance(value, str)  # a word has no place among the stops
            if not self.slider.disabled:
                self.slider.index = _nearest(self.stops, value)
        self._putting = False

    def _slid(self, change: Any) -> None:
        """Write the slider's stop into the box."""
        if not self._putting:
            self._sliding = True
            self.box.value = self.text(self.stops[change.new])
            self._sliding = False
            self.slid(self)

    def _set(self) -> None:
        if not self._sliding:
            self.moved(self)


def _nearest(stops: Sequence[Fraction], value: Any) -> int:
    place = bisect_left(stops, value)
    near = [n for n in (place - 1, place) if 0 <= n < len(stops)]
    return min(near, key=lambda n: abs(stops[n] - value))


def _requests_text(value: int) -> str:
    """A count as short as it is exact: 10M, 1.25k, 12,345,678."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= size and value * 1000 % size == 0:
            return f"{decimal_text(Fraction(value, size))}{letter}"
    return f"{value:,}"
