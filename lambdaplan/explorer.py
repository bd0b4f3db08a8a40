"""Sliders over a scenario: move one, and the answer, the chart and the bill follow.

Two halves that don't know each other: controls, which show a scenario and ask for other values of
its document, and a view, which shows a comparison. `Explorer` stands between them: it reads the
controls, makes a scenario, compares and draws. Nothing is worked out here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import anywidget
import ipywidgets as widgets
import traitlets
from altair.utils.schemapi import debug_mode

from lambdaplan._paths import data_dir
from lambdaplan.billing import LineItem
from lambdaplan.capacity import FleetRules, Limit
from lambdaplan.charts import chart, footer
from lambdaplan.comparison import Comparison, Result, compare
from lambdaplan.documents import parse_document
from lambdaplan.errors import InputError, LambdaplanError, Problem, shorten
from lambdaplan.fields import Unreadable
from lambdaplan.platforms import Lambda
from lambdaplan.pricebook import InstanceType
from lambdaplan.scenario import Scenario
from lambdaplan.services import FRONT_DOORS
from lambdaplan.units import decimal_text, money, requests_per_month, share_text
from lambdaplan.words import PLATFORMS, REQUESTS, answer, crossover_words
from lambdaplan.workload import cpu_limit

DURATION = "workload.duration_ms"
MEASURED = "workload.measured_memory_mb"
BUSY = "workload.busy_share"
CPU = "workload.cpu_ms"
BURST = "workload.traffic.burst"
PLOT_WIDTH, PLOT_HEIGHT = 530, 230
DOORS = {
    "none": "none",
    "function_url": "function URL",
    "http_api": "HTTP API",
    "rest_api": "REST API",
    "alb": "ALB",
}
BINDS = {"cpu": "CPU", "slots": "requests in flight", "memory": "memory"}
PROCESSORS = {"x86": "x86_64", "Arm": "arm64"}
STALE = "A control asks for what can’t be answered: see the message beside it. The answer leaves that out."


class Explorer(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A scenario with its controls, its answer, its chart and its bills.

    Parameters
    ----------
    scenario : Scenario - where to start; without one the Node.js API of the presets.

    Traits: `comparison`, the last good comparison; `observe` it to follow the reader. `scenario`
    is its scenario; setting it moves every control.
    """

    comparison = traitlets.Instance(Comparison)

    def __init__(self, scenario: Scenario | None = None) -> None:
        super().__init__()
        self._presets = _presets()
        self._controls = _controls(self._presets)
        for control in self._controls.values():
            control.moved = self._moved
        self._filling = False
        first = _worked_out(scenario or Scenario.load(_scenarios() / f"{_FIRST}.json"))
        self._view = _View(first)
        self._take(first)
        self.children = [*_laid_out(self._controls), self._view.widget]
        self.add_class("lp-explorer")

    @property
    def scenario(self) -> Scenario:
        """The scenario of the last good answer."""
        return self.comparison.scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._take(_worked_out(scenario))

    def _take(self, comparison: Comparison) -> None:
        """Let every control and the view show another scenario, and forget what was asked."""
        with self._quietly():
            for control in self._controls.values():
                control.forget()
            self._hold.box.value = False
        self._show(comparison)

    @property
    def _hold(self) -> _Control:
        return self._controls["hold"]

    def _moved(self, control: _Control) -> None:
        """Answer what a control asks for, or say beside it why that can't be."""
        if self._filling:
            return
        control.asked = True
        try:
            if control is self._controls["preset"]:
                self._take(_worked_out(_opened(control.box.value, self.scenario)))
                return
            comparison, taken = self._answered(control)
        except LambdaplanError as error:
            control.say(problem.line for problem in error.problems)
            self._fill_choices()
            self._view.mark_stale(True)
            return
        for one in taken:
            one.forget()
        self._show(comparison)

    def _answered(self, control: _Control) -> tuple[Comparison, list[_Control]]:
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

    def _with(self, asking: Iterable[_Control]) -> Comparison:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for control in asking:
            try:
                values |= control.wanted(self.scenario)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        if self._hold.box.value and (memory := _memory_path(self.scenario)):
            values[MEASURED] = values.get(memory, self.scenario.value_at(memory))
        scenario = self.scenario.with_values(values)
        return self.comparison if scenario == self.scenario else _worked_out(scenario)

    def _show(self, comparison: Comparison) -> None:
        self.comparison = comparison
        with self._quietly():
            for control in self._controls.values():
                control.fill(comparison)
        self._fill_choices()
        self._view.show(comparison, stale=any(control.asked for control in self._controls.values()))

    def _fill_choices(self) -> None:
        """Offer the instance types of the region that is asked for, sold or not where the answer is from."""
        with self._quietly():
            region = self._controls["region"].box.value or self.scenario.region
            types = self._controls["ec2_type"]
            assert isinstance(types, _Choice)
            types.offer(_instance_types(self.scenario, region))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Move controls without hearing them."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before


def _worked_out(scenario: Scenario) -> Comparison:
    """The comparison of a scenario, its crossovers found.

    Raises: InputError where the axis has too many steps.
    """
    comparison = compare(scenario)
    _ = comparison.crossovers
    return comparison


# controls


class _Control:
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
        self.said: tuple[str, ...] = ()
        self.moved: Callable[[_Control], None] = lambda _: None
        self.note = widgets.HTML()
        self.note.add_class("lp-note")
        self.row = widgets.VBox([*self.inputs(), self.note])
        self.row.add_class("lp-control").add_class(f"lp-{key}")
        self.box.observe(lambda _: self.moved(self), "value")

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

    def say(self, lines: Iterable[str]) -> None:
        """Show problems beside the box."""
        self.said = tuple(lines)
        found = "<br>".join(escape(line) for line in self.said)
        self.note.value = f'<div class="lp-message" role="alert">{found}</div>'
        self.row.add_class("lp-wrong")

    def forget(self) -> None:
        """Wait for nothing any more."""
        self.asked, self.said = False, ()
        self.row.remove_class("lp-wrong")

    def fill(self, comparison: Comparison) -> None:
        """Show a scenario; what the reader has asked for in vain stays as it is."""
        value = self.show(comparison.scenario)
        self.row.layout.display = "none" if value is None else None
        if not self.asked and value is not None:
            self.put(value, comparison.scenario)
            hint = self.hint(comparison)
            self.note.value = f'<div class="lp-hint">{hint}</div>' if hint else ""

    def put(self, value: Any, scenario: Scenario) -> None:
        """Show one value."""
        if self.box.value != value:
            self.box.value = value


class _Choice(_Control):
    """One of a list."""

    def __init__(
        self, key: str, label: str, offers: Callable[[Scenario], Sequence[tuple[str, Any]]], *rest: Any
    ) -> None:
        self.offers = offers
        super().__init__(key, widgets.Dropdown(description=label, **_STYLE), *rest)

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


class _Preset(_Choice):
    """A scenario that comes with the package, taken whole."""

    def __init__(self, presets: Mapping[str, Preset]) -> None:
        super().__init__("preset", "Preset", lambda s: _preset_offers(presets, s), lambda s: s, None, _name_hint)

    def put(self, value: Any, scenario: Scenario) -> None:
        super().put(value if any(value == known for _, known in self.box.options) else OWN, scenario)


class _Switch(_Control):
    """On or off."""

    def __init__(self, key: str, label: str, *rest: Any) -> None:
        super().__init__(key, widgets.Checkbox(description=label, indent=False, **_STYLE), *rest)


class _Number(_Control):
    """A number box that takes any value, and a slider with stops linked to it."""

    def __init__(
        self,
        key: str,
        label: str,
        stops: Sequence[Fraction],
        show: Callable[[Scenario], Any],
        ask: Callable[[Scenario, Any], Mapping[str, Any]],
        hint: Callable[[Comparison], str] = lambda _: "",
        beside: Sequence[Any] = (),
    ) -> None:
        self.stops, self.beside = stops, beside
        self.counts = key == "requests"
        self.slider: Any = None
        if stops:
            labels = [self.text(stop) for stop in stops]
            self.slider = widgets.SelectionSlider(options=labels, continuous_update=False, readout=False)
            self.slider.observe(self._slid, "index")
        self._putting = False
        super().__init__(key, widgets.Text(description=label, continuous_update=False, **_STYLE), show, ask, hint)

    def inputs(self) -> list[Any]:
        if self.slider is None:
            return [self.box]
        return [self.box, widgets.HBox([self.slider, *self.beside])]

    def text(self, value: Any) -> str:
        """A value as the box has it, with all its digits."""
        return _requests_text(int(value)) if self.counts else decimal_text(Fraction(value))

    def value(self, scenario: Scenario) -> Any:
        return self.read(self.box.value, scenario)

    def read(self, text: str, scenario: Scenario) -> Any:
        """The number of a text, as `--set` reads it."""
        try:
            return parse_document(text, self.key)
        except InputError:
            if self.counts:
                return int(requests_per_month(text, scenario.hours_per_month, REQUESTS))
            return Unreadable(shorten(text.strip(), 40) or '""')

    def put(self, value: Any, scenario: Scenario) -> None:
        try:
            says_it = self.read(self.box.value, scenario) == value
        except InputError:
            says_it = False
        self._putting = True
        if not says_it:
            self.box.value = self.text(value)
        if self.slider is not None:
            self.slider.index = _nearest(self.stops, value)
        self._putting = False

    def _slid(self, change: Any) -> None:
        """Write the slider's stop into the box, which asks for it."""
        if not self._putting:
            self.box.value = self.text(self.stops[change.new])


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


def _log_stops(first: int, last: int) -> list[Fraction]:
    """Round numbers from 10^first to 10^last, 2 to 5 % apart."""
    digits = [*range(100, 200, 5), *range(200, 500, 10), *range(500, 1000, 25)]
    stops = [Fraction(digit, 100) * Fraction(10) ** power for power in range(first, last) for digit in digits]
    return [*stops, Fraction(10) ** last]


_STYLE: dict[str, Any] = {"style": {"description_width": "initial"}}
_FIRST = "node_api"
_PEAK_HINT = "busiest moment of an hour over that hour’s mean"
_MEMORY_STEPS = (
    (128, 512, 32),
    (512, 1024, 64),
    (1024, 1769, 128),
    (1769, 1770, 1),
    (1792, 3072, 128),
    (3072, 10_241, 256),
)
_MEMORY_STOPS = [Fraction(mb) for steps in _MEMORY_STEPS for mb in range(*steps)]
_SHARE_STOPS = [Fraction(n, 100) for n in range(101)]
_BURST_STOPS = [*(Fraction(n, 10) for n in range(10, 50)), *(Fraction(n, 4) for n in range(20, 81))]


def _controls(presets: Mapping[str, Preset]) -> dict[str, _Control]:
    """Every control, by key."""

    def held(scenario: Scenario) -> Any:  # no part of a scenario: it stays as it is set
        return hold.box.value if _memory_path(scenario) else None

    hold = _Switch("hold", "hold duration", held, lambda _, value: {})
    memory = (_at(_memory_path), _set(_memory_path), _memory_hint, [hold.row])
    ec2_type = _path("ec2", "instance_type")
    processors = list(PROCESSORS.items())
    busy = (_busy_share, lambda _, value: {BUSY: value, CPU: None}, _busy_hint)
    smallest = (_fleet_field("min_units"), _ask_fleets("min_units"), lambda _: "tasks or instances that always run")
    zone_loss = (_fleet_field("survive_zone_loss"), _ask_fleets("survive_zone_loss"))
    regions = (lambda s: [(name, name) for name in s.book.regions], lambda s: s.region, lambda _, to: {"region": to})
    found: list[_Control] = [
        _Preset(presets),
        _number("requests", "Requests a month", REQUESTS, _log_stops(4, 9), _requests_hint),
        _number("duration", "Duration (ms)", DURATION, _log_stops(0, 5), _duration_hint),
        _Number("memory", "Lambda memory (MB)", _MEMORY_STOPS, *memory),
        _Number("busy", "Busy share", _SHARE_STOPS, *busy),
        _number("peak", "Peak over mean", BURST, _BURST_STOPS, lambda _: _PEAK_HINT),
        hold,
        _Choice("region", "Region", *regions),
        _Switch("free_tier", "free tier counts", lambda s: s.free_tier, lambda _, value: {"free_tier": value}),
        _option_choice("lambda_arch", "Lambda processor", "lambda", "architecture", processors),
        _Choice("fargate_size", "Fargate size", _task_sizes, _task_size, _ask_task_size),
        _option_choice("fargate_arch", "Fargate processor", "fargate", "architecture", processors),
        _Choice("ec2_type", "EC2 type", lambda s: _instance_types(s, s.region), _at(ec2_type), _set(ec2_type)),
        *(_door_choice(kind) for kind in PLATFORMS),
        _Number("min_units", "Smallest fleet", [], *smallest),
        _Switch("zone_loss", "survive the loss of a zone", *zone_loss),
    ]
    return {control.key: control for control in found}


def _laid_out(controls: Mapping[str, _Control]) -> list[Any]:
    """The basic controls in sight, the rest folded by topic."""
    basic = _grid(controls[key].row for key in ("preset", "requests", "duration", "memory", "busy", "peak"))
    topics = {
        "Region and prices": ("region", "free_tier"),
        "Sizes and processors": ("lambda_arch", "fargate_size", "fargate_arch", "ec2_type"),
        "Front doors": tuple(f"{kind}_door" for kind in PLATFORMS),
        "Safety": ("min_units", "zone_loss"),
    }
    buttons, panels = [], []
    for topic, keys in topics.items():
        panel = _grid(controls[key].row for key in keys)
        panel.layout.display = "none"
        button = widgets.ToggleButton(description=f"▸ {topic}", tooltip=f"show or hide: {topic}")

        def fold(change: Any, panel: Any = panel, button: Any = button, topic: str = topic) -> None:
            panel.layout.display = None if change.new else "none"
            button.description = f"{'▾' if change.new else '▸'} {topic}"

        button.observe(fold, "value")
        buttons.append(button.add_class("lp-fold"))
        panels.append(panel.add_class("lp-panel"))
    return [basic, widgets.HBox(buttons).add_class("lp-folds"), *panels]


def _grid(rows: Iterable[Any]) -> Any:
    return widgets.Box(list(rows)).add_class("lp-grid")


# what controls show and ask for


Path_ = Callable[[Scenario], str | None]


def _option(scenario: Scenario, kind: str) -> int | None:
    """The place of the first option of a platform."""
    return next((n for n, option in enumerate(scenario.options) if option.kind == kind), None)


def _path(kind: str, name: str) -> Path_:
    def path(scenario: Scenario) -> str | None:
        place = _option(scenario, kind)
        return None if place is None else f"options.{place}.{name}"

    return path


_memory_path = _path("lambda", "memory_mb")


def _at(path: Path_) -> Callable[[Scenario], Any]:
    def show(scenario: Scenario) -> Any:
        where = path(scenario)
        return None if where is None else scenario.value_at(where)

    return show


def _set(path: Path_) -> Callable[[Scenario, Any], Mapping[str, Any]]:
    def ask(scenario: Scenario, value: Any) -> Mapping[str, Any]:
        where = path(scenario)
        return {} if where is None else {where: value}

    return ask


def _number(key: str, label: str, path: str, stops: Sequence[Fraction], hint: Callable[[Comparison], str]) -> _Number:
    return _Number(key, label, stops, lambda s: s.value_at(path), lambda _, value: {path: value}, hint)


def _option_choice(key: str, label: str, kind: str, name: str, offers: Sequence[tuple[str, Any]]) -> _Choice:
    path = _path(kind, name)
    return _Choice(key, label, lambda _: offers, _at(path), _set(path))


def _door_choice(kind: str) -> _Choice:
    path = _path(kind, "front_door")

    def show(scenario: Scenario) -> str | None:
        place = _option(scenario, kind)
        if place is None:
            return None
        option = scenario.options[place]
        return option.front_door or option.default_front_door

    def offers(scenario: Scenario) -> list[tuple[str, str]]:
        usual = [door for door in FRONT_DOORS if kind == "lambda" or door != "function_url" or door == show(scenario)]
        return [(DOORS[door], door) for door in usual]

    return _Choice(f"{kind}_door", f"Before {PLATFORMS[kind]}", offers, show, _set(path))


def _busy_share(scenario: Scenario) -> Any:
    """The busy share, or the one that a given cpu_ms comes to."""
    workload = scenario.workload
    return workload.busy_share if workload.cpu_ms is None else workload.cpu_ms / cpu_limit(workload)[0]


def _fleets(scenario: Scenario) -> list[int]:
    return [n for n, option in enumerate(scenario.options) if isinstance(option, FleetRules)]


def _fleet_field(name: str) -> Callable[[Scenario], Any]:
    """The first fleet's value; asking changes it for all, so that all are equally safe."""

    def show(scenario: Scenario) -> Any:
        fleets = _fleets(scenario)
        return scenario.value_at(f"options.{fleets[0]}.{name}") if fleets else None

    return show


def _ask_fleets(name: str) -> Callable[[Scenario, Any], Mapping[str, Any]]:
    return lambda scenario, value: {f"options.{n}.{name}": value for n in _fleets(scenario)}


def _task_sizes(scenario: Scenario) -> list[tuple[str, Any]]:
    """Fargate's sizes for the option's operating system, by vCPU and memory."""
    place = _option(scenario, "fargate")
    if place is None:
        return []
    sizes = scenario.book.task_sizes[scenario.value_at(f"options.{place}.os")]
    return [
        (f"{decimal_text(vcpu)} vCPU, {decimal_text(memory)} GB", (vcpu, memory))
        for vcpu in sorted(sizes)
        for memory in sorted(sizes[vcpu])
    ]


def _task_size(scenario: Scenario) -> Any:
    place = _option(scenario, "fargate")
    names = ("vcpu", "memory_gb")
    return None if place is None else tuple(scenario.value_at(f"options.{place}.{name}") for name in names)


def _ask_task_size(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    place = _option(scenario, "fargate")
    vcpu, memory = value or (None, None)
    return {f"options.{place}.vcpu": vcpu, f"options.{place}.memory_gb": memory}


def _instance_types(scenario: Scenario, region: str) -> list[tuple[str, str]]:
    """The types that the book prices in a region, and the scenario's own."""
    book, place = scenario.book, _option(scenario, "ec2")
    if place is None:
        return []
    sold = {item.removesuffix("/on_demand") for item in book.items("ec2", region) if item.endswith("/on_demand")}
    names = (sold or set(book.instance_types)) | {scenario.value_at(f"options.{place}.instance_type")}
    known = sorted((book.instance_types[name] for name in names if name in book.instance_types), key=_by_size)
    return [(_type_words(one), one.name) for one in known]


def _by_size(one: InstanceType) -> tuple[Any, ...]:
    family = one.name.split(".", 1)[0]
    return family, one.vcpu, one.memory_mb, one.name


def _type_words(one: InstanceType) -> str:
    processor = next((word for word, code in PROCESSORS.items() if code == one.architecture), one.architecture)
    return f"{one.name}: {decimal_text(one.vcpu)} vCPU, {decimal_text(one.memory_mb / 1024)} GB, {processor}"


# presets


Preset = Scenario | Path | str
OWN = ""  # a widget takes None for no choice at all


def _scenarios() -> Path:
    return data_dir() / "scenarios"


def _presets() -> dict[str, Preset]:
    """The scenarios that come with the package, by name, the first one first; a path where one can't be read."""
    found: dict[str, Preset] = {}
    for path in sorted(_scenarios().glob("*.json"), key=lambda path: (path.stem != _FIRST, path.stem)):
        try:
            scenario = Scenario.load(path)
            found[scenario.name] = scenario
        except LambdaplanError:
            found[path.stem] = path  # choosing it says what is wrong with it
    return found


def _opened(preset: Preset, now: Scenario) -> Scenario:
    """The scenario of a preset; `OWN` is the one of now. Raises InputError."""
    if isinstance(preset, Scenario):
        return preset
    return Scenario.load(preset) if preset != OWN else now


def _preset_offers(presets: Mapping[str, Preset], scenario: Scenario) -> list[tuple[str, Preset]]:
    own: list[tuple[str, Preset]] = [] if scenario in presets.values() else [("your own values", OWN)]
    return [*own, *presets.items()]


# hints beneath the boxes


def _name_hint(comparison: Comparison) -> str:
    return escape(comparison.scenario.name)


def _requests_hint(comparison: Comparison) -> str:
    scenario = comparison.scenario
    rps = scenario.workload.mean_rps(scenario.hours_per_month)
    return f"{_figure(rps)} a second on average; also 10M, 500k/day, 120/s"


def _duration_hint(comparison: Comparison) -> str:
    measured = decimal_text(comparison.scenario.workload.measured_memory_mb)
    return f"mean of a warm request, measured on a {measured} MB Lambda"


def _memory_hint(comparison: Comparison) -> str:
    workload = comparison.scenario.workload
    place = _option(comparison.scenario, "lambda")
    if place is None:
        return ""
    result = comparison.options[place]
    assert isinstance(result.option, Lambda)
    measured = decimal_text(workload.measured_memory_mb)
    there = f"{_figure(workload.duration_ms, 1)} ms → {_figure(result.fleet.wall_ms, 1)} ms"
    return f"measured on a {measured} MB Lambda; {there} at {result.option.memory_mb} MB"


def _busy_hint(comparison: Comparison) -> str:
    share = _busy_share(comparison.scenario)
    words = [
        ("waits", share < Fraction(3, 20)),
        ("mixed", Fraction(3, 20) <= share < Fraction(2, 3)),
        ("computes", share >= Fraction(2, 3)),
    ]
    said = "".join(f"<b>{word}</b>" if here else f"<span>{word}</span>" for word, here in words)
    cpu = _figure(comparison.scenario.workload.cpu_per_request_ms, 1)
    return f'<div class="lp-scale">{said}</div>{cpu} ms of CPU time a request'


# the view


class _Page(anywidget.AnyWidget):
    """HTML that changes in place: what the reader has opened stays open, what has the focus keeps it."""

    _esm = """
    function render({ model, el }) {
      if (model.get("live")) el.setAttribute("role", "status");
      const draw = () => {
        const open = new Set([...el.querySelectorAll("details[open]")].map((d) => d.dataset.key));
        const focus = el.contains(document.activeElement) && document.activeElement.parentElement?.dataset.key;
        el.innerHTML = model.get("html");
        for (const d of el.querySelectorAll("details")) {
          if (open.has(d.dataset.key)) d.open = true;
          if (focus && d.dataset.key === focus) d.querySelector("summary").focus();
        }
      };
      model.on("change:html", draw);
      draw();
      return () => model.off("change:html", draw);
    }
    export default { render };
    """
    _css = """
    .lp-explorer { width: 100%; overflow: visible; font-size: 13px; font-family: var(--jp-ui-font-family, sans-serif);
      color: var(--jp-ui-font-color1, #1d2733); --lp-quiet: var(--jp-ui-font-color2, #5a6672);
      --lp-line: var(--jp-border-color2, #dde3e9); --lp-wrong: var(--jp-error-color0, #a11); }
    .lp-explorer .lp-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(212px, 1fr));
      gap: 8px 18px; width: 100%; overflow: visible; }
    .lp-explorer .lp-control { overflow: visible; min-width: 0; }
    .lp-explorer .lp-control > .widget-inline-hbox, .lp-explorer .lp-control > .widget-hbox {
      width: 100%; margin: 2px 0; }
    .lp-explorer .lp-control .widget-label { font-weight: 600; min-width: 112px; text-align: left; }
    .lp-explorer .lp-control .widget-text input { min-width: 60px; }
    .lp-explorer .lp-control .widget-hslider { flex: 1 1 80px; width: auto; min-width: 80px; margin: 0 2px; }
    .lp-explorer .lp-hold { width: auto; flex: 0 0 auto; }
    .lp-explorer .lp-hold .widget-checkbox { width: auto; margin: 0; }
    .lp-explorer .lp-hold .lp-note { display: none; }
    .lp-explorer .lp-note { position: relative; width: 100%; min-height: 46px; margin: 0; overflow: visible; }
    .lp-explorer .lp-note .widget-html-content { width: 100%; line-height: 14px; font-size: 11.5px; }
    .lp-explorer .lp-panel .lp-note { min-height: 14px; }
    .lp-explorer .lp-panel .lp-message { position: static; }
    .lp-explorer .lp-region, .lp-explorer .lp-ec2_type, .lp-explorer .lp-min_units { grid-column: span 2; }
    .lp-explorer .lp-region .lp-note, .lp-explorer .lp-min_units .lp-note { min-height: 46px; }
    .lp-explorer .lp-hint { color: var(--lp-quiet); }
    .lp-explorer .lp-scale { display: flex; justify-content: space-between; }
    .lp-explorer .lp-message { position: absolute; left: 0; right: 0; z-index: 5; padding: 0 4px 2px;
      border-left: 3px solid var(--lp-wrong); color: var(--lp-wrong); background: var(--jp-layout-color1, #fff);
      overflow-wrap: anywhere; }
    .lp-explorer .lp-wrong input, .lp-explorer .lp-wrong select { border-color: var(--lp-wrong); }
    .lp-explorer .lp-folds { flex-wrap: wrap; margin: 2px 0 4px; }
    .lp-explorer .lp-fold { width: auto; }
    .lp-explorer .lp-panel { padding: 6px 8px; border: 1px solid var(--lp-line); box-sizing: border-box; }
    .lp-explorer .lp-view { width: 100%; overflow: visible; }
    .lp-explorer .lp-answer { min-height: 60px; }
    .lp-explorer .lp-sentence { font-size: 15px; line-height: 20px; min-height: 40px; font-weight: 600;
      margin: 4px 0 0; }
    .lp-explorer .lp-stale { min-height: 16px; line-height: 16px; color: var(--lp-wrong); }
    .lp-explorer .lp-below { display: flex; flex-wrap: wrap; gap: 4px 28px; width: 100%; overflow: visible; }
    .lp-explorer .lp-chart { flex: 0 0 840px; align-self: flex-start; min-height: 380px; max-width: 100%;
      overflow: auto hidden; background: #fff; }
    .lp-explorer .lp-details { flex: 1 1 460px; min-width: 0; }
    .lp-explorer h3 { font-size: 14px; margin: 12px 0 4px; }
    .lp-explorer ul { margin: 0; padding-left: 18px; }
    .lp-explorer table.lp-table { border-collapse: collapse; width: 100%; font-size: 12.5px; margin: 0; }
    .lp-explorer .lp-table th, .lp-explorer .lp-table td { padding: 3px 8px 3px 0; max-width: none;
      border-bottom: 1px solid var(--lp-line); text-align: right; white-space: normal; }
    .lp-explorer .lp-table tr > :first-child { text-align: left; white-space: nowrap; }
    .lp-explorer .lp-table tr > :last-child { text-align: left; padding: 3px 0 3px 8px; }
    .lp-explorer .lp-bill { margin: 0 0 10px; max-width: 760px; }
    .lp-explorer .lp-row, .lp-explorer .lp-bill summary { display: flex; justify-content: space-between;
      gap: 12px; padding: 2px 0; }
    .lp-explorer .lp-row { font-weight: 600; border-bottom: 1px solid var(--lp-line); }
    .lp-explorer .lp-bill summary { cursor: pointer; }
    .lp-explorer .lp-bill summary > :first-child::before { content: "▸ "; }
    .lp-explorer .lp-bill details[open] summary > :first-child::before { content: "▾ "; }
    .lp-explorer .lp-row > :last-child, .lp-explorer summary > :last-child { font-variant-numeric: tabular-nums; }
    .lp-explorer .lp-line { padding: 0 0 6px 14px; color: var(--lp-quiet); overflow-wrap: anywhere; }
    """
    html = traitlets.Unicode().tag(sync=True)
    live = traitlets.Bool(default_value=False).tag(sync=True)


class _View:
    """What a comparison looks like. The widgets stay; what they hold changes."""

    def __init__(self, comparison: Comparison) -> None:
        alt.JupyterChart.enable_offline()
        self.answer = _Page(live=True)
        self.answer.add_class("lp-answer")
        drawn = chart(comparison, width=PLOT_WIDTH, height=PLOT_HEIGHT)
        self.chart = alt.JupyterChart(drawn, embed_options={"renderer": "svg", "actions": False})
        self.chart.add_class("lp-chart")
        self.details = _Page()
        self.details.add_class("lp-details")
        below = widgets.Box([self.chart, self.details]).add_class("lp-below")
        self.widget = widgets.VBox([self.answer, below]).add_class("lp-view")
        self._said = ""
        self._drawn = comparison

    def show(self, comparison: Comparison, *, stale: bool) -> None:
        """Show another comparison."""
        self._said = answer(comparison)
        self.mark_stale(stale)
        if comparison is not self._drawn:
            self.chart.spec = _spec(comparison)
            self._drawn = comparison
        self.details.html = _details_html(comparison)

    def mark_stale(self, stale: bool) -> None:
        """Say, or no longer, that a control asks for something that could not be answered."""
        note = STALE if stale else ""
        self.answer.html = f'<p class="lp-sentence">{escape(self._said)}.</p><div class="lp-stale">{note}</div>'


def _spec(comparison: Comparison) -> dict[str, Any]:
    """The chart's specification, not held against the schema: the tests do that, and it is half the time."""
    with debug_mode(False):
        drawn = chart(comparison, width=PLOT_WIDTH, height=PLOT_HEIGHT)
        found: dict[str, Any] = drawn.to_dict(validate=False)
        return found


def _details_html(comparison: Comparison) -> str:
    parts = [
        "<h3>Where the answer changes</h3>",
        _list(crossover_words(comparison)),
        "<h3>Fleets</h3>",
        _fleet_table(comparison.options),
        _folded("limits", "Limits that were held against it, and how fleets are sized", _limits(comparison)),
    ]
    if comparison.warnings:
        parts += ["<h3>Before you rely on it</h3>", _list(comparison.warnings)]
    parts.append("<h3>Bills, USD a month</h3>")
    parts += [_bill(result, n) for n, result in enumerate(comparison.options)]
    parts.append(f'<p class="lp-hint">{escape(footer(comparison))}.</p>')
    return "".join(parts)


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _folded(key: str, summary: str, inside: str) -> str:
    return _opens(key, escape(summary), inside)


def _opens(key: str, summary: str, inside: str) -> str:
    found = f'<summary>{summary}</summary><div class="lp-line">{inside}</div>'
    return f'<details data-key="{escape(key)}">{found}</details>'


def _figure(value: Any, places: int = 2) -> str:
    """A number with at most some decimal places, and commas."""
    text = decimal_text(Fraction(value), places)
    if text == "0" and value:
        text = f"{float(value):.1g}"
        return text if "e" not in text else "almost 0"
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _fleet_table(results: Sequence[Result]) -> str:
    heads = ("Option", "Units, mean", "Units, peak", "Used, mean", "In flight, mean", "In flight, peak", "What binds")
    rows = []
    for result in results:
        fleet = result.fleet
        binds = "one request each" if result.kind == "lambda" else BINDS.get(fleet.bound_by, fleet.bound_by)
        cells = (
            result.label,
            f"{_figure(fleet.units_mean)} {fleet.unit}s",
            _figure(fleet.units_peak),
            share_text(fleet.utilisation_mean),
            _figure(fleet.in_flight_mean),
            _figure(fleet.in_flight_peak),
            binds if result.feasible else "a limit: see below",
        )
        rows.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table class="lp-table lp-fleets"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _limits(comparison: Comparison) -> str:
    lines = []
    for result in comparison.options:
        lines += [f"{result.label}: {_limit_words(limit)}" for limit in result.fleet.limits]
        option = result.option
        if isinstance(option, FleetRules):
            target, zones = share_text(option.target_utilisation), option.zones
            safe = "survives the loss of one" if option.survive_zone_loss else "does not survive the loss of one"
            sized = f"filled to {target} at its peaks; {zones} zones, {safe}; {option.scaling} scaling"
            lines.append(f"{result.label}: {sized}")
        reserved = getattr(option, "reserved_mb", None)
        if reserved is not None:
            lines.append(f"{result.label}: {_figure(reserved)} MB of each instance for the system, an assumption")
    return _list(lines)


def _limit_words(limit: Limit) -> str:
    verdict = ("ask AWS for more" if limit.adjustable else "broken") if limit.broken else "kept"
    said = f"{limit.limit}: {_figure(limit.value)} of {_figure(limit.allowed)} {limit.unit}, {verdict}"
    return f"{said} ({limit.source})"


def _bill(result: Result, place: int) -> str:
    """One option's lines, each of which opens into quantity, price, source and date."""
    bill = result.bill
    total = f"unknown; {money(bill.known_usd)} is known" if bill.total_usd is None else money(bill.total_usd)
    lines = "".join(_bill_line(line, f"{place}:{line.item}:{n}") for n, line in enumerate(bill.lines))
    unable = "" if result.feasible else " (breaks a limit, can’t win)"
    name, cost = f"<span>{escape(result.label)}{unable}</span>", f'<span class="lp-total">{escape(total)}</span>'
    head = f'<div class="lp-row">{name}{cost}</div>'
    oldest = f'<div class="lp-hint">Oldest price: {escape(bill.oldest_price)}</div>' if bill.oldest_price else ""
    return f'<section class="lp-bill">{head}{lines}{oldest}</section>'


def _bill_line(line: LineItem, key: str) -> str:
    amount = "unknown" if line.amount_usd is None else money(line.amount_usd)
    said = []
    if line.unit:
        price = "no price in the book" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        exact = "" if line.exact_usd is None else f" = ${_figure(line.exact_usd, 6)}"
        said.append(f"{_figure(line.quantity, 6)} {line.unit} × {price}{exact}")
    source = line.source if line.unit else ""
    dated = f"price of {line.as_of}: {source}" if line.as_of else source
    said += [text for text in (dated, line.note) if text]
    if line.price_usd is None:
        own = f'{{"service": "{line.service}", "item": "{line.price_item}", "price_usd": "…"}}'
        said.append(f"Give your own price in the scenario’s prices: {own}")
    inside = "".join(f"<div>{escape(text)}</div>" for text in said)
    summary = f"<span>{escape(line.item)}</span><span>{escape(amount)}</span>"
    return _opens(key, summary, inside)
