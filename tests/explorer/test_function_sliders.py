"""Sliders of the memory and the cold-start notebook: they show what Python says of the scenario that they ask for."""

import lambdaplan
from lambdaplan.analysis.cold_start_curve import cold_finding
from lambdaplan.analysis.memory_size import memory_finding
from lambdaplan.explorer.function_sliders import cold_start_sliders, memory_sliders
from lambdaplan.resources import data_dir

NODE = data_dir() / "scenarios" / "node_api.json"


def control(sliders, key):
    return next(one for one in sliders._controls if one.key == key)


def test_a_memory_slider_shows_the_curve_of_what_it_asks_for_and_says_what_can_not_be():
    curve = lambdaplan.memory_curve(lambdaplan.Scenario.load(NODE))
    sliders = memory_sliders(curve)
    assert memory_finding(curve) in sliders._view.value and "<svg" in sliders._view.value
    duration = control(sliders, "duration")
    duration.box.value = "300ms"
    assert sliders.scenario.workload.duration_ms == 300 and len(sliders.scenario.options) == 1
    assert memory_finding(lambdaplan.memory_curve(sliders.scenario)) in sliders._view.value
    before = sliders._view.value
    duration.box.value = "-1"
    assert (
        "above 0" in duration.said[0] and sliders._view.value == before and sliders.scenario.workload.duration_ms == 300
    )
    duration.slider.index = 5  # an answer takes away what could not be
    assert duration.said == () and sliders.scenario.workload.duration_ms == duration.stops[5]


def test_a_slider_of_cold_starts_shows_the_curve_of_what_it_asks_for():
    curve = lambdaplan.cold_curve(lambdaplan.Scenario.load(NODE), runtime="nodejs22.x")
    sliders = cold_start_sliders(curve)
    assert cold_finding(curve) in sliders._view.value
    control(sliders, "runtime").box.value = "python3.12"
    shown = lambdaplan.cold_curve(sliders.scenario)
    assert shown.scenario.workload.runtime == "python3.12" and cold_finding(shown) in sliders._view.value
