"""Controls of a scenario: which there are, their order, what each shows and asks for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.errors import LambdaplanError
from lambdaplan.explorer.controls.control import OFF, Choice, Control, Number, Switch
from lambdaplan.explorer.controls.counted_controls import COUNTED, NONE, counted_controls
from lambdaplan.explorer.controls.doubt_controls import DOUBT, doubt_controls
from lambdaplan.explorer.controls.waiting_controls import WAITING, waiting_controls
from lambdaplan.explorer.one_at_a_time import ToggleButton
from lambdaplan.explorer.options.function_controls import MEASURED, FunctionInHand, ask_runtime, runtime_offers
from lambdaplan.explorer.options.option_paths import InHand, shown_at
from lambdaplan.explorer.options.platform_controls import OptionInHand, Selected, door_choice, in_seconds
from lambdaplan.explorer.options.service_controls import AROUND, service_controls
from lambdaplan.formatting import count, decimal_text, figure
from lambdaplan.platforms import ANY, AUTO, EITHER, OPTIONS, PROCESSORS
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import plain
from lambdaplan.workload.traffic_reading import SHAPES
from lambdaplan.workload.workload import DURATION, REQUESTS, cpu_limit

BUSY = "workload.busy_share"
CPU = "workload.cpu_ms"
BURST = "workload.traffic.burst"

FIRST = "node_api"
SLO = "workload.slo"
TRAFFIC = "workload.traffic"
SLO_TIMES = 5  # an answer time to begin with: so many durations
_SLO_HINT = "fleets are then sized for it, not for a utilisation"
_PEAK_HINT = "busiest moment over its hour’s mean"
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


class _Preset(Choice):
    """A scenario that comes with the package, taken whole."""

    def __init__(self, presets: Mapping[str, Preset]) -> None:
        rest = (lambda s: _preset_offers(presets, s), lambda s: s, None, lambda c: c.scenario.name)
        super().__init__("preset", "Preset", *rest)

    def put(self, value: Any, scenario: Scenario) -> None:
        super().put(value if any(value == known for _, known in self.box.options) else OWN, scenario)


def _log_stops(first: int, last: int) -> list[Fraction]:
    """Round numbers from 10^first to 10^last, 2 to 5 % apart."""
    digits = [*range(100, 200, 5), *range(200, 500, 10), *range(500, 1000, 25)]
    stops = [Fraction(digit, 100) * Fraction(10) ** power for power in range(first, last) for digit in digits]
    return [*stops, Fraction(10) ** last]


_SELECTIONS = [selection for option in OPTIONS.values() for selection in option.selections]
_IN_HAND = {kind: f"{kind}_in_hand" for kind in OPTIONS}
_FUNCTIONS = [_IN_HAND[kind] for kind, option in OPTIONS.items() if option.has_memory_size]
_OF_FUNCTIONS = ("memory", "hold", "memory_auto", "provisioned")
_DOORED = [kind for kind, option in OPTIONS.items() if not option.own_door]  # platforms that something stands before


def all_controls(presets: Mapping[str, Preset], hand: InHand | None = None) -> dict[str, Control]:
    """Every control, by key.

    Parameters:
    hand : InHand or None - which option of each platform they act on; None is the first of each.
    """
    hand = InHand() if hand is None else hand
    function = FunctionInHand(hand)

    def held(scenario: Scenario) -> Any:  # no part of a scenario: it stays as it is set
        return hold.box.value if function.memory_is_auto(scenario) is False else None

    hold = Switch("hold", "hold duration", held, lambda _, value: {})
    memory = (shown_at(function.memory_path), function.ask_memory, function.memory_hint, [hold.row], [AUTO])
    busy = (_busy_share, lambda _, value: {BUSY: value, CPU: None}, _busy_hint)
    smallest = (_fleet_field("min_units"), _ask_fleets("min_units"), lambda _: "tasks or instances that always run")
    zone_loss = (_fleet_field("survive_zone_loss"), _ask_fleets("survive_zone_loss"))
    regions = (lambda s: [(name, name) for name in s.book.regions], lambda s: s.region, lambda _, to: {"region": to})
    controls: list[Control] = [
        _Preset(presets),
        _number("requests", "Requests a month", REQUESTS, _log_stops(4, 9), _requests_hint),
        _number("duration", "Duration (ms)", DURATION, _log_stops(0, 5), _duration_hint),
        Number(
            "measured", "Measured at (MB)", [], lambda s: s.value_at(MEASURED), function.ask_measured, _measured_hint
        ),
        *(OptionInHand(kind, hand, _acting_on(kind)) for kind in OPTIONS),
        Number("memory", "Lambda memory (MB)", _MEMORY_STOPS, *memory),
        Number("busy", "Busy share", _SHARE_STOPS, *busy),
        _number("peak", "Peak over mean", BURST, _BURST_STOPS, lambda _: _PEAK_HINT),
        hold,
        Choice("shape", "Week", _shapes, _shape, _ask_shape, _shape_hint),
        Choice("region", "Region", *regions),
        Switch("free_tier", "free tier counts", lambda s: s.free_tier, lambda _, value: {"free_tier": value}),
        Choice(
            "architecture", "Processor", _processors, _processor, lambda _, to: {"architecture": to}, _processor_hint
        ),
        Switch("memory_auto", "choose Lambda memory", function.memory_is_auto, function.ask_memory_auto),
        *(Selected(one.key, one, hand.path(kind)) for kind, option in OPTIONS.items() for one in option.selections),
        *(
            door_choice(f"{kind}_door", f"Before {OPTIONS[kind].platform}", OPTIONS[kind], hand.path(kind))
            for kind in _DOORED
        ),
        Number("min_units", "Smallest fleet", [], *smallest),
        Switch("zone_loss", "survive the loss of a zone", *zone_loss),
        Choice("slo", "Answer time held for", _percentiles, _percentile, _ask_percentile, lambda _: _SLO_HINT),
        Number("slo_ms", "Answered within (ms)", [], _slo_ms, _ask_slo_ms, lambda _: "at the busiest moment"),
        Choice("runtime", "Cold starts", runtime_offers, function.runtime, ask_runtime, function.cold_hint),
        Number(
            "provisioned", "Kept ready", [], function.ready, function.ask_ready, function.ready_hint, words=(NONE, AUTO)
        ),
    ]
    more = (*doubt_controls(), *counted_controls(), *service_controls(), *waiting_controls())
    return {control.key: control for control in (*controls, *more)}


def _acting_on(kind: str) -> list[str]:
    """The controls of one option of a platform, by key."""
    platform = OPTIONS[kind]
    doors = [] if platform.own_door else [f"{kind}_door"]
    return [*(one.key for one in platform.selections), *doors, *(_OF_FUNCTIONS if platform.has_memory_size else ())]


def laid_out(controls: Mapping[str, Control], options: Any) -> list[Any]:
    """The service and Lambda's memory in sight, the rest folded by topic; first the options themselves."""
    told, chosen = ("preset", "requests", "duration", "measured", "busy", "peak"), (*_FUNCTIONS, "memory")
    basic = [
        _heading("What the service is"),
        _grid(controls[key].row for key in told),
        _heading("What you choose"),
        _grid(controls[key].row for key in chosen),
    ]
    topics = {
        "Region and prices": ("region", "free_tier"),
        "How sure the answer is": DOUBT,
        "What is counted": COUNTED,
        "Services around": AROUND,
        "Work that may wait": WAITING,
        "Sizes and processors": (
            "architecture",
            "memory_auto",
            *(key for key in _IN_HAND.values() if key not in _FUNCTIONS),
            *(selection.key for selection in _SELECTIONS if not selection.buys),
        ),
        "How it is bought": tuple(selection.key for selection in _SELECTIONS if selection.buys),
        "Front doors": tuple(f"{kind}_door" for kind in _DOORED),
        "Safety": ("min_units", "zone_loss"),
        "Week and service level": ("shape", "slo", "slo_ms"),
        "Cold starts": ("runtime", "provisioned"),
    }
    panels = {"Options": options} | {topic: _grid(controls[key].row for key in keys) for topic, keys in topics.items()}
    folds = []
    for topic, panel in panels.items():
        panel.add_class("lp-panel")
        panel.layout.display = "none"  # the page shows it while its button is pressed, without asking the kernel
        folds += [ToggleButton(description=topic, tooltip=f"show or hide: {topic}").add_class("lp-fold"), panel]
    return [*basic, widgets.HBox(folds).add_class("lp-folds")]


def _heading(words: str) -> Any:
    return widgets.HTML(Markup("<h2>{}</h2>").format(words)).add_class("lp-heading")


def _grid(rows: Iterable[Any]) -> Any:
    return widgets.Box(list(rows)).add_class("lp-grid")


# what controls show and ask for


def _measured_hint(comparison: Comparison) -> str:
    return "on Lambda; its memory follows"


def _processors(scenario: Scenario) -> list[tuple[str, str]]:
    """The processors that all options may follow."""
    return [*((words, name) for name, words in PROCESSORS.items()), (EITHER, ANY)]


def _processor(scenario: Scenario) -> str:
    """The processor of the options that do not say."""
    return scenario.architecture


def _processor_hint(comparison: Comparison) -> str:
    return "of every option that has no other of its own"


def _number(key: str, label: str, path: str, stops: Sequence[Fraction], hint: Callable[[Comparison], str]) -> Number:
    return Number(key, label, stops, lambda s: s.value_at(path), lambda _, value: {path: value}, hint)


def _busy_share(scenario: Scenario) -> Any:
    """The busy share, or the one that a given cpu_ms comes to."""
    workload = scenario.workload
    return workload.busy_share if workload.cpu_ms is None else workload.cpu_ms / cpu_limit(workload)[0]


def _fleets(scenario: Scenario) -> list[int]:
    return [n for n, option in enumerate(scenario.options) if option.as_fleet is not None]


def _fleet_field(name: str) -> Callable[[Scenario], Any]:
    """The first fleet's value; asking changes it for all, so that all are equally safe."""

    def show(scenario: Scenario) -> Any:
        fleets = _fleets(scenario)
        return scenario.value_at(f"options.{fleets[0]}.{name}") if fleets else None

    return show


def _ask_fleets(name: str) -> Callable[[Scenario, Any], Mapping[str, Any]]:
    return lambda scenario, value: {f"options.{n}.{name}": value for n in _fleets(scenario)}


# the week, and the answer time to hold


def _shapes(scenario: Scenario) -> list[tuple[str, str]]:
    named = [(shape.replace("_", " "), shape) for shape in SHAPES]
    return named if _shape(scenario) != OFF else [("its own 168 hours", OFF), *named]


def _shape(scenario: Scenario) -> str:
    """The named shape of the week, or nothing where it has weights of its own."""
    traffic = scenario.workload.traffic
    return OFF if traffic.hourly is not None and traffic.shape == "flat" else traffic.shape


def _ask_shape(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    document = scenario.workload.traffic.document()
    kept = {name: document[name] for name in ("burst", "bursts") if name in document}
    return {TRAFFIC: {"shape": value, **kept}} if value != OFF else {}


def _shape_hint(comparison: Comparison) -> str:
    traffic = comparison.scenario.workload.traffic
    if traffic.bursts:
        return f"beside it {traffic.words}"
    if traffic.hourly is None:
        return "every hour of the week alike"
    return f"its busiest hour has {count(traffic.peak_to_mean, 3)} times the mean"


def _percentiles(scenario: Scenario) -> list[tuple[str, Any]]:
    known = {Fraction(50), Fraction(90), Fraction(95), Fraction(99), Fraction(999, 10)}
    slo = scenario.workload.slo
    offered = sorted(known | ({Fraction(slo.percentile)} if slo else set()))
    return [("not held", OFF), *((f"{decimal_text(one)} % of requests", one) for one in offered)]


def _percentile(scenario: Scenario) -> Any:
    slo = scenario.workload.slo
    return OFF if slo is None else slo.percentile


def _ask_percentile(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """The answer time of so many requests is held; to begin with, a time of some durations."""
    if not value:
        return {SLO: None}
    chosen = any(option.is_choice and option.has_units for option in scenario.options)
    in_seconds(scenario, SLO, f"{decimal_text(value)} %", held=chosen)
    slo, work = scenario.workload.slo, scenario.workload
    within = -(-work.duration_ms * SLO_TIMES // 1) if slo is None else slo.response_ms
    return {SLO: {"percentile": plain(value), "response_ms": plain(Fraction(within))}}


def _slo_ms(scenario: Scenario) -> Any:
    slo = scenario.workload.slo
    return None if slo is None else slo.response_ms


def _ask_slo_ms(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    return {} if scenario.workload.slo is None else {f"{SLO}.response_ms": value}


# presets


Preset = Scenario | Path | str
OWN = OFF


def scenarios_dir() -> Path:
    """The folder of the presets."""
    return data_dir() / "scenarios"


def presets() -> dict[str, Preset]:
    """The scenarios that come with the package, by name, the first one first; a path where one can't be read."""
    by_name: dict[str, Preset] = {}
    paths = [path for path in scenarios_dir().iterdir() if path.suffix in (".json", ".yaml")]
    for path in sorted(paths, key=lambda path: (path.stem != FIRST, path.suffix, path.stem)):
        try:
            scenario = Scenario.load(path)
            by_name[scenario.name] = scenario
        except LambdaplanError:
            by_name[path.stem] = path  # choosing it says what is wrong with it
    return by_name


def opened(preset: Preset, now: Scenario) -> Scenario:
    """The scenario of a preset; `OWN` is the one of now. Raises InputError."""
    if isinstance(preset, Scenario):
        return preset
    return Scenario.load(preset) if preset != OWN else now


def _preset_offers(presets: Mapping[str, Preset], scenario: Scenario) -> list[tuple[str, Preset]]:
    own: list[tuple[str, Preset]] = [] if scenario in presets.values() else [("your own values", OWN)]
    return [*presets.items(), *own]  # last, so that the places of the others stay


# hints beneath the boxes


def _requests_hint(comparison: Comparison) -> str:
    scenario = comparison.scenario
    rps = scenario.workload.mean_rps(scenario.hours_per_month)
    return f"{count(rps, 3)} a second on average; also 10M, 500k/day, 120/s"


def _duration_hint(comparison: Comparison) -> str:
    measured = decimal_text(comparison.scenario.workload.measured_memory_mb)
    return f"mean of a warm request, measured on a {measured} MB Lambda"


def _busy_hint(comparison: Comparison) -> str:
    place = bisect_right([Fraction(3, 20), Fraction(2, 3)], _busy_share(comparison.scenario))
    here, elsewhere = Markup("<b>{}</b>"), Markup("<span>{}</span>")
    words = enumerate(("waits", "mixed", "computes"))
    marked = Markup("").join((here if n == place else elsewhere).format(word) for n, word in words)
    cpu = figure(comparison.scenario.workload.cpu_per_request_ms, 1)
    return Markup('<div class="lp-scale">{}</div>{} ms of CPU time a request').format(marked, cpu)
