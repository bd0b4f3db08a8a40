"""Options: another one is added, one is dropped, put first, named, and edited field by field."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.month import settle
from lambdaplan.errors import InputError, LambdaplanError, Problem
from lambdaplan.explorer.controls.control import OFF, STYLE, Choice, Control, Number, Switch, Words, field_words
from lambdaplan.explorer.one_at_a_time import Dropdown, ToggleButton, one_at_a_time
from lambdaplan.explorer.options.option_paths import Path_
from lambdaplan.explorer.options.platform_controls import Selected, door_choice
from lambdaplan.platforms import OPTIONS, Option
from lambdaplan.scenario.reading import BELONGING
from lambdaplan.scenario.scenario import Scenario, Sweep
from lambdaplan.schema.fields import Rule, plain, rules
from lambdaplan.services.belonging import without_labels

NONE = "none"
MOST = 50  # options of a scenario
STARTS = {words: {"kind": kind, **fields} for kind, one in OPTIONS.items() for words, fields in one.starts.items()}
"""What another option begins with, by its words."""

_ALIKE = ("target_utilisation", "survive_zone_loss", "scaling")  # so that another fleet is as safe as the first one
_OF_PARTS = ("label", "front_door", "operations_hours", "on_call_hours", "units")  # the whole has them


class OptionEditor:
    """The options of a scenario.

    Parameters:
    go : function - shows the answer of another scenario; raises LambdaplanError where there is none.
    keep : function - takes a control, to be answered and filled as any other.
    say : function - gives a problem in words, with controls instead of fields.
    """

    def __init__(
        self, go: Callable[[Scenario], None], keep: Callable[[Control], None], say: Callable[[Problem], str]
    ) -> None:
        self._go, self._keep, self._say = go, keep, say
        self.place = 0
        self._quiet = False
        self._scenario: Scenario | None = None
        self._comparison: Comparison | None = None
        self._made: dict[Any, list[Control]] = {}
        self.chosen = Dropdown(description="Option", **STYLE)
        self.chosen.observe(lambda _: self._choose(), "value")
        self.kind = Dropdown(description="Another one", options=list(STARTS), **STYLE)
        self.add = _button("Add", "add an option of that kind, of the size that is cheapest now", self._add)
        self.drop = _button("Drop", "drop the option that is named above", self._drop)
        self.first = _button("Put first", "let it be what the others are held against", self._first)
        self.edit = ToggleButton(description="Edit its fields", tooltip="show or hide: the fields of this option")
        self.edit.observe(lambda _: self._show_fields(), "value")
        self.note = widgets.HTML().add_class("lp-note")
        self.fields = widgets.Box([]).add_class("lp-grid").add_class("lp-fields")
        rows = [
            widgets.VBox([self.chosen]).add_class("lp-control").add_class("lp-option"),
            widgets.HBox([self.drop, self.first, self.edit]).add_class("lp-acts"),
            widgets.VBox([self.kind]).add_class("lp-control").add_class("lp-another"),
            widgets.HBox([self.add]).add_class("lp-acts"),
            self.note,
            self.fields,
        ]
        self.widget = widgets.VBox(rows).add_class("lp-options")

    # what is shown

    def show(self, comparison: Comparison) -> None:
        """Show the options of an answer, and which one is in hand."""
        before, self._scenario, self._comparison = self._scenario, comparison.scenario, comparison
        options = comparison.scenario.options
        if before is not None and len(before.options) != len(options):
            self.note.value = ""
        self.place = min(self.place, len(options) - 1)
        offers = tuple((str(option.label), n) for n, option in enumerate(options))
        with self._quietly():
            if self.chosen.options != offers:
                self.chosen.options = offers
            self.chosen.value = self.place
        self.drop.disabled = len(options) == 1
        self.first.disabled = self.place == 0
        self._show_fields()

    def _choose(self) -> None:
        """Take another option in hand."""
        if self._quiet or self._comparison is None or self.chosen.value is None:
            return
        self.place = self.chosen.value
        for control in itertools.chain(*self._made.values()):
            control.forget()
        self.show(self._comparison)
        for control in self._controls():
            control.fill(self._comparison)

    def _controls(self) -> list[Control]:
        """The controls of the option in hand, made when they are first needed."""
        assert self._scenario is not None
        parts = _parts(self._scenario.options[self.place])
        key = tuple((name, part.kind) for name, part in parts.items())
        if key not in self._made:
            self._made[key] = self._make(parts)
            for control in self._made[key]:
                self._keep(control)
        return self._made[key]

    def _show_fields(self) -> None:
        if self._scenario is None or not self.edit.value:
            self.fields.children = ()
            return
        fresh = len(self._made)
        rows = tuple(control.row for control in self._controls())
        if fresh != len(self._made) and self._comparison is not None:
            for control in self._controls():
                control.fill(self._comparison)
        if self.fields.children != rows:
            self.fields.children = rows

    def _make(self, parts: Mapping[str, Option]) -> list[Control]:
        """A control for each field of an option and of its parts, that a box, a list or a switch can hold."""
        controls: list[Control] = []
        for name, part in parts.items():
            path = self._path(name, {one: other.kind for one, other in parts.items()})
            key = "-".join(("field", *(other.kind for other in parts.values()), *filter(None, [name])))
            controls += _fields(type(part), path, key, name)
        return controls

    def _path(self, name: str, kinds: Mapping[str, str]) -> Path_:
        """Where the option in hand, or a part of it, is; None where it is of other kinds."""

        def path(scenario: Scenario) -> str | None:
            """The path in a scenario, where it has such an option."""
            if self.place >= len(scenario.options):
                return None
            parts = _parts(scenario.options[self.place])
            if {one: part.kind for one, part in parts.items()} != kinds:
                return None
            return ".".join(filter(None, ("options", str(self.place), name)))

        return path

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    # what is done

    def _do(self, scenario: Callable[[Scenario], Scenario], place: Callable[[Scenario], int]) -> None:
        """Show another scenario, with the option at a place of it in hand; or say why that can't be."""
        assert self._scenario is not None
        before = self.place
        try:
            other = scenario(self._scenario)
            self.place = place(other)
            self._go(other)
            self.note.value = ""
        except LambdaplanError as error:
            self.place = before
            words = Markup("<br>").join(self._say(problem) for problem in error.problems)
            self.note.value = Markup('<div class="lp-message" role="alert">{}</div>').format(words)

    def _add(self) -> None:
        start = STARTS[self.kind.value]
        self._do(lambda scenario: with_another(scenario, start), lambda other: len(other.options) - 1)

    def _drop(self) -> None:
        self._do(lambda scenario: without(scenario, self.place), lambda other: min(self.place, len(other.options) - 1))

    def _first(self) -> None:
        self._do(lambda scenario: with_first(scenario, self.place), lambda _: 0)


# another scenario


def with_another(scenario: Scenario, start: Mapping[str, Any]) -> Scenario:
    """The scenario with one more option, of the size that is cheapest there, as safe as its first fleet.

    Its label is made from its size where it is the first of its platform; else it is the platform's name and a number.

    Raises: InputError.
    """
    platform = OPTIONS[start["kind"]]
    if len(scenario.options) >= MOST:
        raise InputError(Problem("range", "options", str(MOST + 1), f"1..{MOST} options", "Drop one first."))
    fleet = next((one.as_fleet for one in scenario.options if one.as_fleet is not None), None)
    alike = {name: getattr(fleet, name) for name in _ALIKE} if fleet is not None else {}
    known = rules(platform)
    asked = {**start, **{name: value for name, value in alike.items() if name in known}, "label": "another"}
    documents = _documents(scenario)
    trial = scenario.with_values({"options": [*documents, asked], "workload.slo": None})
    sized = settle(trial, trial.options[-1]).in_fields(trial.workload, trial.book)
    document = {name: value for name, value in sized.document().items() if name != "label"}
    labels = {option.label for option in scenario.options}
    if any(option.kind == platform.kind for option in scenario.options):
        names = (f"{platform.platform} {n}" for n in itertools.count(2))
        document["label"] = next(name for name in names if name not in labels)
    return scenario.with_values({"options": [*documents, document]})


def without(scenario: Scenario, place: int) -> Scenario:
    """The scenario without one of its options; the first of those that stay is then what others are held against."""
    return _arranged(scenario, [n for n in range(len(scenario.options)) if n != place])


def with_first(scenario: Scenario, place: int) -> Scenario:
    """The scenario with one of its options first: what the others are held against."""
    return _arranged(scenario, [place, *(n for n in range(len(scenario.options)) if n != place)])


def _arranged(scenario: Scenario, order: Sequence[int]) -> Scenario:
    """The scenario with some of its options, in an order; its axis goes with its option, or is the usual one.

    Nothing is moved to the first option: it is what runs today.
    """
    documents = _documents(scenario)
    options = [documents[n] for n in order]
    if options:
        options[0] = {name: value for name, value in options[0].items() if name != "migration"}
    values: dict[str, Any] = {"options": options}
    gone = [str(option.label) for n, option in enumerate(scenario.options) if n not in order]
    values |= {name: without_labels(plain(getattr(scenario, name)), gone) for name in BELONGING}
    first, _, rest = scenario.sweep.over.partition(".")
    if first == "options":
        place, _, field = rest.partition(".")
        if int(place) in order:
            values["sweep.over"] = f"options.{order.index(int(place))}.{field}"
        else:
            values["sweep"] = plain(Sweep())
    return scenario.with_values(values)


def _documents(scenario: Scenario) -> list[dict[str, Any]]:
    """The options as documents, without labels that were made from their sizes."""
    documents = [option.document() for option in scenario.options]
    for document, option in zip(documents, scenario.options, strict=True):
        if option.label == option.size_label:
            del document["label"]
    return documents


# fields


def _parts(option: Option) -> dict[str, Option]:
    """An option and what it is put together from, by the field; its own is nameless."""
    return {"": option, **option.parts}


def _fields(platform: type[Option], path: Path_, key: str, part: str) -> list[Control]:
    """The controls of one option or of one of its parts, in the order in which a document has its fields."""
    begins = f"{part.capitalize()}: " if part else ""
    controls: list[Control] = []
    told: set[str] = set(_OF_PARTS) if part else {"front_door"}
    for selection in platform.selections:
        label = begins + selection.label if part else ""
        controls.append(Selected(f"{key}-{selection.key}", selection, path, label))
        told |= set(selection.fields(None))
    if not part and not platform.own_door:
        controls.append(door_choice(f"{key}-door", f"Before {platform.platform}", platform, path))
    for name, rule in rules(platform).items():
        if name not in told and (control := _control(f"{key}-{name}", begins, name, rule, path)) is not None:
            controls.append(control)
    labels = [control for control in controls if control.key.endswith("-label")]
    return [*labels, *(control for control in controls if control not in labels)]


def _control(key: str, begins: str, name: str, rule: Rule, path: Path_) -> Control | None:
    """The control of a field; None where no box, list or switch can hold it."""

    def show(scenario: Scenario) -> Any:
        where = path(scenario)
        if where is None:
            return None
        value = scenario.value_at(f"{where}.{name}")
        return empty if value is None else value

    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        where = path(scenario)
        return {} if where is None else {f"{where}.{name}": None if value == empty else value}

    def hint(_: Comparison) -> str:
        return re.sub(r"\w+_\w+", lambda word: word[0].replace("_", " "), rule.meaning)

    empty: Any = NONE if rule.kind == "number" else OFF
    label = begins + field_words(name, rule)
    if rule.kind == "number":
        return Number(key, label, [], show, ask, hint, words=(*((NONE,) if rule.optional else ()), *rule.words))
    if rule.kind == "flag":
        return Switch(key, label, show, ask, hint)
    if rule.kind == "text":
        return Words(key, label, show, ask, hint)
    if rule.kind == "choice":
        none = [("not given", OFF)] if rule.optional and not rule.inherited else []
        offers = [*none, *((word.replace("_", " "), word) for word in rule.choices)]
        return Choice(key, label, lambda _: offers, show, ask, hint)
    return None


def _button(words: str, tooltip: str, do: Callable[[], None]) -> Any:
    button = widgets.Button(description=words, tooltip=tooltip)
    button.on_click(one_at_a_time(lambda _: do()))
    return button
