"""Controls of a scenario: which there are, their order, what each shows and asks for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from markupsafe import Markup

from lambdaplan.coldstart.initialisation import runtimes
from lambdaplan.coldstart.month import span_words
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.wording import small_share_text
from lambdaplan.errors import LambdaplanError
from lambdaplan.explorer.controls import OFF, Choice, Control, Number, Switch
from lambdaplan.explorer.counted_controls import COUNTED, NONE, counted_controls
from lambdaplan.explorer.one_at_a_time import ToggleButton
from lambdaplan.explorer.options.option_paths import first_function, first_path, memory_path, path_of, shown_at
from lambdaplan.explorer.options.platform_controls import Selected, door_choice, in_seconds
from lambdaplan.formatting import count, decimal_text, figure, share_text
from lambdaplan.platforms import ANY, AUTO, EITHER, OPTIONS, PROCESSORS
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import plain
from lambdaplan.workload.traffic_reading import SHAPES
from lambdaplan.workload.workload import COLD_FIELDS, DURATION, REQUESTS, cpu_limit

MEASURED = "workload.measured_memory_mb"
BUSY = "workload.busy_share"
CPU = "workload.cpu_ms"
BURST = "workload.traffic.burst"

FIRST = "node_api"
SLO = "workload.slo"
TRAFFIC = "workload.traffic"
SLO_TIMES = 5  # an answer time to begin with: so many durations
_SLO_HINT = "fleets are then sized for it, not for a utilisation"
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
_DOORED = [kind for kind, option in OPTIONS.items() if not option.own_door]  # platforms that something stands before


def all_controls(presets: Mapping[str, Preset]) -> dict[str, Control]:
    """Every control, by key."""

    def held(scenario: Scenario) -> Any:  # no part of a scenario: it stays as it is set
        return hold.box.value if _memory_is_auto(scenario) is False else None

    hold = Switch("hold", "hold duration", held, lambda _, value: {})
    memory = (shown_at(memory_path), _ask_memory, _memory_hint, [hold.row], [AUTO])
    busy = (_busy_share, lambda _, value: {BUSY: value, CPU: None}, _busy_hint)
    smallest = (_fleet_field("min_units"), _ask_fleets("min_units"), lambda _: "tasks or instances that always run")
    zone_loss = (_fleet_field("survive_zone_loss"), _ask_fleets("survive_zone_loss"))
    regions = (lambda s: [(name, name) for name in s.book.regions], lambda s: s.region, lambda _, to: {"region": to})
    controls: list[Control] = [
        _Preset(presets),
        _number("requests", "Requests a month", REQUESTS, _log_stops(4, 9), _requests_hint),
        _number("duration", "Duration (ms)", DURATION, _log_stops(0, 5), _duration_hint),
        Number("measured", "Measured at (MB)", [], lambda s: s.value_at(MEASURED), _ask_measured, _measured_hint),
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
        Switch("memory_auto", "choose Lambda memory", _memory_is_auto, _ask_memory_auto),
        *(Selected(one.key, one, first_path(kind)) for kind, option in OPTIONS.items() for one in option.selections),
        *(
            door_choice(f"{kind}_door", f"Before {OPTIONS[kind].platform}", OPTIONS[kind], first_path(kind))
            for kind in _DOORED
        ),
        Number("min_units", "Smallest fleet", [], *smallest),
        Switch("zone_loss", "survive the loss of a zone", *zone_loss),
        Choice("slo", "Answer time held for", _percentiles, _percentile, _ask_percentile, lambda _: _SLO_HINT),
        Number("slo_ms", "Answered within (ms)", [], _slo_ms, _ask_slo_ms, lambda _: "at the busiest moment"),
        Choice("runtime", "Cold starts", _runtimes, _runtime, _ask_runtime, _cold_hint),
        Number("provisioned", "Kept ready", [], _ready, _ask_ready, _ready_hint, words=(NONE, AUTO)),
    ]
    return {control.key: control for control in (*controls, *counted_controls())}


def laid_out(controls: Mapping[str, Control], options: Any) -> list[Any]:
    """The service and Lambda's memory in sight, the rest folded by topic; first the options themselves."""
    told, chosen = ("preset", "requests", "duration", "measured", "busy", "peak"), ("memory",)
    basic = [
        _heading("What the service is"),
        _grid(controls[key].row for key in told),
        _heading("What you choose"),
        _grid(controls[key].row for key in chosen),
    ]
    topics = {
        "Region and prices": ("region", "free_tier"),
        "What is counted": COUNTED,
        "Sizes and processors": (
            "architecture",
            "memory_auto",
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


def _ask_memory(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Another memory; a given one leaves nothing to be chosen."""
    where = memory_path(scenario)
    if where is None:
        return {}
    return {where: value} if value == AUTO else {where: value, where.replace("memory_mb", "max_duration_ms"): None}


def _ask_measured(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Another memory at which the duration was measured; Lambda's memory is that one until another is chosen."""
    where = memory_path(scenario)
    if where is None or scenario.value_at(where) == AUTO:
        return {MEASURED: value}
    return {MEASURED: value, **_ask_memory(scenario, value)}


def _measured_hint(comparison: Comparison) -> str:
    return "the memory of the Lambda function that was measured; its size follows"


def _memory_is_auto(scenario: Scenario) -> bool | None:
    where = memory_path(scenario)
    return None if where is None else scenario.value_at(where) == AUTO


def _ask_memory_auto(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Leave the memory to be chosen, or keep the one that is chosen now."""
    place = first_function(scenario)
    if place is None or value is None or value:
        return _ask_memory(scenario, AUTO)
    return _ask_memory(scenario, settle(scenario, scenario.options[place]).function_mb)


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


# cold starts


RUNTIME, INIT, DEPLOYED = "workload.runtime", "workload.init_ms", "workload.deployments_per_month"
FIRST_RUN, OWN_SHARE = "workload.first_run_ms", "workload.cold_fraction"
_FAMILIES = ("nodejs", "python", "java", "dotnet", "ruby", "go", "rust", "llrt")  # in this order, then the others
CANARY = ("workload.canary_fraction", "workload.canary_minutes")
_OF_COLD = tuple(f"workload.{name}" for name in COLD_FIELDS)
ready_path = path_of(first_function, "provisioned")


def _runtimes(scenario: Scenario) -> list[tuple[str, str]]:
    """Not counted, or the measured runtimes; a figure of the reader's own where there is one."""
    own = scenario.workload.init_ms
    mine = [] if own is None else [(f"{decimal_text(own)} ms each", INIT)]
    usual = sorted(runtimes(), key=lambda name: next((n for n, f in enumerate(_FAMILIES) if name.startswith(f)), 99))
    return [("not counted", OFF), *mine, *((name, name) for name in usual)]


def _runtime(scenario: Scenario) -> str | None:
    if first_function(scenario) is None:
        return None
    return INIT if scenario.workload.init_ms is not None else scenario.workload.runtime or OFF


def _ask_runtime(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Count the cold starts of a measured runtime, or of none."""
    if value == INIT:
        return {}
    bounds = {path: None for n, option in enumerate(scenario.options) if (path := _bound(n, option)) and not value}
    kept = [FIRST_RUN, OWN_SHARE, DEPLOYED, *CANARY] if value else []  # they hold for any runtime
    left = {path: None for path in _OF_COLD if path not in kept}
    return {**left, RUNTIME: value or None, **bounds}


def _bound(place: int, option: Any) -> str | None:
    """The path of the share of cold starts that an option's schedule is chosen for; None without one."""
    return f"options.{place}.max_cold_fraction" if getattr(option, "max_cold_fraction", None) is not None else None


def _cold_hint(comparison: Comparison) -> str:
    place = first_function(comparison.scenario)
    cold = None if place is None else comparison.options[place].fleet.cold
    if cold is None or cold.fraction is None:
        return "their number, what they are billed, and what they add to answer times"
    return f"{small_share_text(float(cold.fraction))} of requests wait {count(cold.later_ms, 3)} ms more"


def _ready(scenario: Scenario) -> Any:
    """The number of provisioned environments, or a word; None where it is a schedule, for which there is no box."""
    where = ready_path(scenario)
    if where is None:
        return None
    value = scenario.value_at(where)
    if value is None or isinstance(value, str):
        return value or NONE
    given = value.document()
    return given if isinstance(given, int) else None


def _ask_ready(scenario: Scenario, value: Any) -> Mapping[str, Any]:
    """Another number; a given one leaves nothing to be chosen."""
    where, place = ready_path(scenario), first_function(scenario)
    if where is None or place is None:
        return {}
    bound = _bound(place, scenario.options[place])
    left = {} if bound is None or value == AUTO else {bound: None}
    return {where: None if value == NONE else value, **left}


def _ready_hint(comparison: Comparison) -> str:
    place = first_function(comparison.scenario)
    kept = None if place is None else comparison.options[place].fleet.standby
    if kept is None:
        return "provisioned concurrency: a number, auto or none"
    if not any(kept.ready):
        return "none: it does not pay here; a number, auto or none"
    used = "" if kept.used_fraction is None else f", in use {share_text(kept.used_fraction)} of the time"
    return f"{span_words(kept.ready)} ready{used}; a number, auto or none"


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


def _memory_hint(comparison: Comparison) -> str:
    workload = comparison.scenario.workload
    place = first_function(comparison.scenario)
    if place is None:
        return ""
    result = comparison.options[place]
    measured = decimal_text(workload.measured_memory_mb)
    chosen = f"{result.option.function_mb} MB chosen; " if comparison.scenario.options[place].is_choice else ""
    there = f"{figure(workload.duration_ms, 1)} ms → {figure(result.fleet.wall_ms, 1)} ms"
    return f"{chosen}measured on a {measured} MB Lambda; {there} at {result.option.function_mb} MB"


def _busy_hint(comparison: Comparison) -> str:
    place = bisect_right([Fraction(3, 20), Fraction(2, 3)], _busy_share(comparison.scenario))
    here, elsewhere = Markup("<b>{}</b>"), Markup("<span>{}</span>")
    words = enumerate(("waits", "mixed", "computes"))
    marked = Markup("").join((here if n == place else elsewhere).format(word) for n, word in words)
    cpu = figure(comparison.scenario.workload.cpu_per_request_ms, 1)
    return Markup('<div class="lp-scale">{}</div>{} ms of CPU time a request').format(marked, cpu)
