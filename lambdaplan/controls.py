"""The explorer's controls: each shows a value of a scenario, and asks for other values of its document."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lambdaplan._paths import data_dir
from lambdaplan.capacity import FleetRules
from lambdaplan.comparison import Comparison
from lambdaplan.documents import parse_document
from lambdaplan.errors import InputError, LambdaplanError, Problem, shorten
from lambdaplan.fields import Unreadable
from lambdaplan.platforms import Lambda
from lambdaplan.pricebook import InstanceType
from lambdaplan.scenario import Scenario
from lambdaplan.services import FRONT_DOORS
from lambdaplan.units import decimal_text, figure, requests_per_month
from lambdaplan.words import PLATFORMS
from lambdaplan.workload import REQUESTS, cpu_limit

DURATION = "workload.duration_ms"
MEASURED = "workload.measured_memory_mb"
BUSY = "workload.busy_share"
CPU = "workload.cpu_ms"
BURST = "workload.traffic.burst"
DOORS = {
    "none": "none",
    "function_url": "function URL",
    "http_api": "HTTP API",
    "rest_api": "REST API",
    "alb": "ALB",
}
PROCESSORS = {"x86": "x86_64", "Arm": "arm64"}


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
        self.said: tuple[str, ...] = ()
        self.moved: Callable[[Control], None] = lambda _: None
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

    def say(self, problems: Iterable[Problem], scenario: Scenario) -> None:
        """Show problems beside the box; what the box itself names is not said again."""
        problems = tuple(problems)
        self.said = tuple(problem.line for problem in problems)
        shown = [_beside(p.line) if self.owns(p.field, scenario) else p.line for p in problems]
        found = "<br>".join(escape(line) for line in shown)
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


def _beside(line: str) -> str:
    """An error line as it stands beside its box: without the path that the box itself names."""
    return re.sub(r"Try [\w.]+=", "Try ", re.sub(r"^[\w.]+ = ", "", line))


class Choice(Control):
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


class _Preset(Choice):
    """A scenario that comes with the package, taken whole."""

    def __init__(self, presets: Mapping[str, Preset]) -> None:
        super().__init__("preset", "Preset", lambda s: _preset_offers(presets, s), lambda s: s, None, _name_hint)

    def put(self, value: Any, scenario: Scenario) -> None:
        super().put(value if any(value == known for _, known in self.box.options) else OWN, scenario)


class _Switch(Control):
    """On or off."""

    def __init__(self, key: str, label: str, *rest: Any) -> None:
        super().__init__(key, widgets.Checkbox(description=label, indent=False, **_STYLE), *rest)


class _Number(Control):
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
FIRST = "node_api"
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


def all_controls(presets: Mapping[str, Preset]) -> dict[str, Control]:
    """Every control, by key."""

    def held(scenario: Scenario) -> Any:  # no part of a scenario: it stays as it is set
        return hold.box.value if memory_path(scenario) else None

    hold = _Switch("hold", "hold duration", held, lambda _, value: {})
    memory = (_at(memory_path), _set(memory_path), _memory_hint, [hold.row])
    ec2_type = _path("ec2", "instance_type")
    processors = list(PROCESSORS.items())
    busy = (_busy_share, lambda _, value: {BUSY: value, CPU: None}, _busy_hint)
    smallest = (_fleet_field("min_units"), _ask_fleets("min_units"), lambda _: "tasks or instances that always run")
    zone_loss = (_fleet_field("survive_zone_loss"), _ask_fleets("survive_zone_loss"))
    regions = (lambda s: [(name, name) for name in s.book.regions], lambda s: s.region, lambda _, to: {"region": to})
    found: list[Control] = [
        _Preset(presets),
        _number("requests", "Requests a month", REQUESTS, _log_stops(4, 9), _requests_hint),
        _number("duration", "Duration (ms)", DURATION, _log_stops(0, 5), _duration_hint),
        _Number("memory", "Lambda memory (MB)", _MEMORY_STOPS, *memory),
        _Number("busy", "Busy share", _SHARE_STOPS, *busy),
        _number("peak", "Peak over mean", BURST, _BURST_STOPS, lambda _: _PEAK_HINT),
        hold,
        Choice("region", "Region", *regions),
        _Switch("free_tier", "free tier counts", lambda s: s.free_tier, lambda _, value: {"free_tier": value}),
        _option_choice("lambda_arch", "Lambda processor", "lambda", "architecture", processors),
        Choice("fargate_size", "Fargate size", _task_sizes, _task_size, _ask_task_size),
        _option_choice("fargate_arch", "Fargate processor", "fargate", "architecture", processors),
        Choice("ec2_type", "EC2 type", lambda s: instance_types(s, s.region), _at(ec2_type), _set(ec2_type)),
        *(_door_choice(kind) for kind in PLATFORMS),
        _Number("min_units", "Smallest fleet", [], *smallest),
        _Switch("zone_loss", "survive the loss of a zone", *zone_loss),
    ]
    return {control.key: control for control in found}


def laid_out(controls: Mapping[str, Control]) -> list[Any]:
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
    """The place of the first option of a platform; those whose size is left to be chosen have no controls."""
    able = (n for n, option in enumerate(scenario.options) if option.kind == kind and not option.is_choice)
    return next(able, None)


def _path(kind: str, name: str) -> Path_:
    def path(scenario: Scenario) -> str | None:
        """The path in a scenario, where it has an option of the kind."""
        place = _option(scenario, kind)
        return None if place is None else f"options.{place}.{name}"

    return path


memory_path = _path("lambda", "memory_mb")


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


def _option_choice(key: str, label: str, kind: str, name: str, offers: Sequence[tuple[str, Any]]) -> Choice:
    path = _path(kind, name)
    return Choice(key, label, lambda _: offers, _at(path), _set(path))


def _door_choice(kind: str) -> Choice:
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

    return Choice(f"{kind}_door", f"Before {PLATFORMS[kind]}", offers, show, _set(path))


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


def instance_types(scenario: Scenario, region: str) -> list[tuple[str, str]]:
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


def scenarios_dir() -> Path:
    """The folder of the presets."""
    return data_dir() / "scenarios"


def presets() -> dict[str, Preset]:
    """The scenarios that come with the package, by name, the first one first; a path where one can't be read."""
    found: dict[str, Preset] = {}
    for path in sorted(scenarios_dir().glob("*.json"), key=lambda path: (path.stem != FIRST, path.stem)):
        try:
            scenario = Scenario.load(path)
            found[scenario.name] = scenario
        except LambdaplanError:
            found[path.stem] = path  # choosing it says what is wrong with it
    return found


def opened(preset: Preset, now: Scenario) -> Scenario:
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
    return f"{figure(rps)} a second on average; also 10M, 500k/day, 120/s"


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
    there = f"{figure(workload.duration_ms, 1)} ms → {figure(result.fleet.wall_ms, 1)} ms"
    return f"measured on a {measured} MB Lambda; {there} at {result.option.memory_mb} MB"


def _busy_hint(comparison: Comparison) -> str:
    share = _busy_share(comparison.scenario)
    words = [
        ("waits", share < Fraction(3, 20)),
        ("mixed", Fraction(3, 20) <= share < Fraction(2, 3)),
        ("computes", share >= Fraction(2, 3)),
    ]
    said = "".join(f"<b>{word}</b>" if here else f"<span>{word}</span>" for word, here in words)
    cpu = figure(comparison.scenario.workload.cpu_per_request_ms, 1)
    return f'<div class="lp-scale">{said}</div>{cpu} ms of CPU time a request'
