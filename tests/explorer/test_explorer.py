"""The explorer without a browser: moving a control gives what `compare` gives for the same scenario."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from lambdaplan import Explorer, InputError, Scenario, commit, compare, flips, risk
from lambdaplan.analysis.sensitivity import flip_rows
from lambdaplan.charts import bill
from lambdaplan.charts.sensitivity import flip_chart
from lambdaplan.charts.winner_map import atlas_chart, table_rows
from lambdaplan.comparison.wording import answer, crossover_words
from lambdaplan.doubt.commitment_words import commit_words
from lambdaplan.doubt.wording import of_100, risk_words, sentence
from lambdaplan.errors import Problem
from lambdaplan.explorer import details
from lambdaplan.explorer.controls.control import _requests_text
from lambdaplan.explorer.details import PLOT_WIDTH
from lambdaplan.explorer.view import STALE, picture
from lambdaplan.formatting import count, money, share_text
from lambdaplan.platforms import OPTIONS
from lambdaplan.resources import data_dir, notebooks_dir
from lambdaplan.schema.amounts import requests_per_month

PRESETS = sorted((data_dir() / "scenarios").glob("*.json"))
REQUESTS, DURATION, MEMORY = "workload.requests_per_month", "workload.duration_ms", "options.0.memory_mb"
SLIDERS = ("requests", "duration", "memory", "busy", "peak")


def node_api() -> Scenario:
    return Scenario.load(data_dir() / "scenarios" / "node_api.json")


@pytest.fixture(scope="module")
def only_one() -> Explorer:
    return Explorer()


@pytest.fixture
def explorer(only_one: Explorer) -> Explorer:
    only_one.scenario = node_api()
    return only_one


def box(explorer: Explorer, key: str):
    return explorer._controls[key].box


def message(explorer: Explorer, key: str) -> str:
    note = explorer._controls[key].note.value
    return note if "lp-message" in note else ""


def answer_html(explorer: Explorer) -> str:
    return explorer._view.answer.html


def assert_shows(explorer: Explorer, scenario: Scenario) -> None:
    """The state, the sentence, every line of the bills, the crossovers and the chart are those of `compare`."""
    expected = compare(scenario)
    assert explorer.scenario == scenario
    assert explorer.comparison.document() == expected.document()
    assert escape(answer(expected)) in answer_html(explorer)
    details = explorer._view.details.html
    for result in expected.options:
        assert f'<span class="lp-total">{escape(money(result.bill.total_usd))}</span>' in details
        for line in result.bill.lines:
            assert f"<span>{escape(line.item)}</span><span>{money(line.amount_usd)}</span>" in details
            assert escape(line.source) in details and line.as_of in details
    for words in crossover_words(expected):
        assert escape(words) in details  # exact places on hover
    assert explorer._view.chart.picture == picture(expected, doubted=True)


# presets


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_preset_compares_the_three_platforms_and_has_an_answer(path):
    scenario = Scenario.load(path)
    comparison = compare(scenario)
    assert [option.kind for option in scenario.options] == ["lambda", "fargate", "ec2"]
    assert comparison.winner and all(result.bill.total_usd is not None for result in comparison.options)
    assert f"`{path.name}`" in (path.parent / "README.md").read_text("utf-8")


def test_the_presets_of_the_issue_are_there():
    stems = {path.stem for path in PRESETS}
    assert stems >= {"node_api", "image_service", "internal_tool", "steady_api", "webhook_receiver"}


def test_the_webhook_receiver_has_a_real_week_with_its_origin_and_licence():
    traffic = Scenario.load(data_dir() / "scenarios" / "webhook_receiver.json").workload.traffic
    assert len(traffic.hourly) == 168
    assert sum(traffic.hourly) == 249_105 and max(traffic.hourly) == 3636 and min(traffic.hourly) == 584
    words = (data_dir() / "scenarios" / "README.md").read_text("utf-8")
    for part in ("numenta/NAB", "Copyright 2014-2024 Numenta Inc.", "MIT", "2014-04-10"):
        assert part in words


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_choosing_a_preset_shows_it(explorer, path):
    scenario = Scenario.load(path)
    box(explorer, "preset").value = scenario
    assert_shows(explorer, scenario)
    assert box(explorer, "preset").label == scenario.name
    box(explorer, "requests").value = "7M"
    assert box(explorer, "preset").label == "your own values"


def test_a_preset_that_cannot_be_read_says_so_and_changes_nothing(explorer, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("[" * 10_000)
    before = explorer.comparison
    preset = box(explorer, "preset")
    preset.options = [*preset.options, ("broken", broken)]
    preset.value = broken
    assert "nests more than" in message(explorer, "preset")
    assert explorer.comparison is before


# moving controls


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("requests", "42M", {REQUESTS: 42_000_000}),
        ("requests", "500k/day", {REQUESTS: 15_208_333}),
        ("requests", "120/s", {REQUESTS: 315_360_000}),
        ("requests", "0", {REQUESTS: 0}),
        ("requests", "12,345,678", {REQUESTS: 12_345_678}),
        ("duration", "333.25", {DURATION: 333.25}),
        ("memory", "512", {MEMORY: 512}),
        ("busy", "1", {"workload.busy_share": 1}),
        ("busy", "0", {"workload.busy_share": 0}),
        ("peak", "7.5", {"workload.traffic.burst": 7.5}),
        ("region", "eu-central-1", {"region": "eu-central-1"}),
        ("free_tier", True, {"free_tier": True}),
        ("known_errors", True, {"risk": "measured"}),
        ("lambda_arch", "arm64", {"options.0.architecture": "arm64"}),
        (
            "architecture",
            "arm64",
            {"options.0.architecture": "arm64", "options.1.architecture": "arm64", "architecture": "arm64"},
        ),
        ("architecture", "any", {"architecture": "any"}),
        ("fargate_size", (Fraction(2), Fraction(4)), {"options.1.vcpu": 2, "options.1.memory_gb": 4}),
        ("fargate_arch", "x86_64", {"options.1.architecture": "x86_64"}),
        ("ec2_type", "c7g.large", {"options.2.instance_type": "c7g.large"}),
        ("lambda_door", "function_url", {"options.0.front_door": "function_url"}),
        ("fargate_door", "none", {"options.1.front_door": "none"}),
        ("ec2_door", "rest_api", {"options.2.front_door": "rest_api"}),
        ("min_units", "3", {"options.1.min_units": 3, "options.2.min_units": 3}),
        ("memory", "auto", {MEMORY: "auto"}),
        ("memory_auto", True, {MEMORY: "auto"}),
        ("fargate_size", "auto", {"options.1.size": "auto", "options.1.vcpu": None, "options.1.memory_gb": None}),
        ("ec2_type", "auto", {"options.2.instance_type": "auto"}),
        ("shape", "office_hours", {"workload.traffic": {"shape": "office_hours", "burst": 1.5}}),
        ("slo", Fraction(99), {"workload.slo": {"percentile": 99, "response_ms": 1000}}),
        ("ec2_bought", "spot", {"options.2.purchase": "spot"}),
        (
            "lambda_bought",
            "compute_savings_plan_1y_no_upfront",
            {"options.0.purchase": "compute_savings_plan_1y_no_upfront"},
        ),
        ("fargate_bought", "spot", {"options.1.purchase": "spot"}),
        ("counts_front_door", False, {"include": ["compute"]}),
        ("counts_network", True, {"include": ["compute", "front_door", "network"]}),
        ("counts_operations", True, {"include": ["compute", "front_door", "operations"]}),
        ("wage", "60", {"operations": {"wage_usd_per_hour": 60}}),
        ("log_kb", "2KB", {"workload.log_kb": 2}),
        ("hours_functions", "3", {"options.0.operations_hours": 3}),
        ("hours_fleets", "3", {"options.1.operations_hours": 3, "options.2.operations_hours": 3}),
        ("zone_loss", False, {"options.1.survive_zone_loss": False, "options.2.survive_zone_loss": False}),
    ],
)
def test_moving_a_control_shows_what_compare_gives(explorer, key, value, wanted):
    box(explorer, key).value = value
    assert_shows(explorer, node_api().with_values(wanted))
    assert not message(explorer, key) and STALE not in answer_html(explorer)


@pytest.mark.parametrize("key", SLIDERS)
def test_slider_and_box_move_each_other(explorer, key):
    control = explorer._controls[key]
    for index in (0, len(control.stops) - 1, len(control.stops) // 2):
        control.slider.index = index
        assert control.show(explorer.scenario) == control.stops[index]
        assert control.read(control.box.value, explorer.scenario) == control.stops[index]
        assert_shows(explorer, explorer.scenario)
    control.box.value = control.text(control.stops[3])
    assert control.slider.index == 3


@pytest.mark.parametrize("key", SLIDERS)
def test_stops_ascend_and_each_is_a_value_the_box_takes(explorer, key):
    control = explorer._controls[key]
    assert list(control.stops) == sorted(set(control.stops))
    for stop in control.stops:
        assert control.read(control.text(stop), explorer.scenario) == stop


def test_a_value_between_two_stops_stays_as_typed_and_the_slider_stands_at_the_nearest(explorer):
    box(explorer, "memory").value = "1700"
    control = explorer._controls["memory"]
    assert explorer.scenario.options[0].memory_mb == 1700
    assert control.box.value == "1700" and control.stops[control.slider.index] == 1664


def test_what_is_typed_stays_while_it_says_the_value(explorer):
    box(explorer, "requests").value = "500k/day"
    box(explorer, "duration").value = "2.5e2"
    assert (box(explorer, "requests").value, box(explorer, "duration").value) == ("500k/day", "2.5e2")
    explorer.scenario = node_api()
    assert (box(explorer, "requests").value, box(explorer, "duration").value) == ("10M", "200")


@settings(max_examples=300)
@given(st.integers(min_value=0, max_value=10**15))
def test_the_requests_box_says_exactly_what_it_reads(count):
    assert requests_per_month(_requests_text(count), Fraction(730), REQUESTS) == count


def test_memory_says_how_the_duration_changes(explorer):
    box(explorer, "memory").value = "512"
    # io 140 ms + CPU 34.7 ms on 512/1769 of a vCPU = 260 ms
    assert "200 ms → 260 ms at 512 MB" in explorer._controls["memory"].note.value
    box(explorer, "busy").value = "0.52"
    assert "200 ms → 304 ms at 512 MB" in explorer._controls["memory"].note.value


def test_hold_duration_sets_both_memories(explorer):
    box(explorer, "memory").value = "512"
    box(explorer, "hold").value = True
    both = {MEMORY: 512, "workload.measured_memory_mb": 512}
    assert_shows(explorer, node_api().with_values(both))
    explorer._controls["memory"].slider.index += 1
    both = {MEMORY: 576, "workload.measured_memory_mb": 576}
    assert_shows(explorer, node_api().with_values(both))
    assert "200 ms → 200 ms at 576 MB" in explorer._controls["memory"].note.value
    box(explorer, "hold").value = False
    box(explorer, "memory").value = "1024"
    assert explorer.scenario.workload.measured_memory_mb == 576


def test_a_slider_and_a_sum_of_moves_end_where_one_scenario_does(explorer):
    for key, value in (("requests", "80M"), ("duration", "50"), ("region", "eu-west-1"), ("peak", "3")):
        box(explorer, key).value = value
    wanted = {REQUESTS: 80_000_000, DURATION: 50, "region": "eu-west-1", "workload.traffic.burst": 3}
    assert_shows(explorer, node_api().with_values(wanted))


# sizes chosen for you


def test_a_memory_left_to_be_chosen_says_which_and_can_be_kept(explorer):
    box(explorer, "memory_auto").value = True
    chosen = explorer.comparison.options[0].option.memory_mb
    control = explorer._controls["memory"]
    assert control.box.value == "auto" and control.slider.disabled
    assert f"{chosen} MB chosen; " in control.note.value
    assert explorer._controls["hold"].row.layout.display == "none"
    box(explorer, "memory_auto").value = False
    assert explorer.scenario == node_api().with_values({MEMORY: chosen})
    assert control.box.value == str(chosen) and not control.slider.disabled


def test_a_given_size_leaves_nothing_to_be_chosen(explorer):
    document = node_api().document()
    document["options"][0] |= {"memory_mb": "auto", "max_duration_ms": 300, "label": "L"}
    document["options"][2] |= {"instance_type": "auto", "families": ["t4g", "m7g"], "label": "E"}
    explorer.scenario = Scenario.from_dict(document)
    chosen = explorer.comparison.options[2].option.size_label
    assert (
        chosen.startswith(("EC2 t4g.", "EC2 m7g.")) and f"here {chosen}<" in explorer._controls["ec2_type"].note.value
    )
    box(explorer, "memory").value = "512"
    box(explorer, "ec2_type").value = "m7g.large"
    sizes = (explorer.scenario.options[0].memory_mb, explorer.scenario.options[2].instance_type)
    assert sizes == (512, "m7g.large") and STALE not in answer_html(explorer)


def test_hold_duration_lets_a_chosen_memory_be(explorer):
    box(explorer, "hold").value = True
    box(explorer, "memory").value = "auto"
    assert explorer.scenario == node_api().with_values({MEMORY: "auto"})


# an answer time to hold


def test_an_answer_time_has_a_box_only_while_it_is_held(explorer):
    row = explorer._controls["slo_ms"].row
    assert row.layout.display == "none"
    box(explorer, "slo").value = Fraction(95)
    assert row.layout.display is None and box(explorer, "slo_ms").value == "1000"  # five durations of 200 ms
    before = explorer.comparison
    for text in ("", "abc", "-3", "0", "NaN"):
        box(explorer, "slo_ms").value = text
        assert message(explorer, "slo_ms") and explorer.comparison is before and STALE in answer_html(explorer)
    box(explorer, "slo_ms").value = "1500"
    assert_shows(explorer, node_api().with_values({"workload.slo": {"percentile": 95, "response_ms": 1500}}))
    box(explorer, "slo_ms").value = "abc"
    box(explorer, "slo").value = ""
    assert explorer.scenario == node_api() and row.layout.display == "none" and STALE not in answer_html(explorer)


def test_a_fleet_to_choose_and_an_answer_time_to_hold_are_not_both_asked_for(explorer):
    box(explorer, "slo").value = Fraction(99)
    before = explorer.comparison
    for key in ("fargate_size", "ec2_type"):
        box(explorer, key).value = "auto"
        assert "take minutes together" in message(explorer, key) and explorer.comparison is before
    explorer.scenario = node_api().with_values({"options.2.instance_type": "auto"})
    before = explorer.comparison
    box(explorer, "slo").value = Fraction(99)
    assert "take minutes together" in message(explorer, "slo") and explorer.comparison is before


def test_a_peak_that_waits_and_a_week_are_taken_together(explorer):
    """A whole and a part of it: the part counts, whichever was asked for first."""
    control, peak = explorer._controls["shape"], explorer._controls["peak"]
    with explorer._quietly():
        control.box.value, peak.box.value = "daily", "2"
    for asking in ([control, peak], [peak, control]):
        traffic = explorer._with(asking).scenario.workload.traffic
        assert (traffic.shape, traffic.burst) == ("daily", 2)


def test_a_week_of_its_own_is_offered_until_another_is_chosen(explorer):
    explorer.scenario = Scenario.load(data_dir() / "scenarios" / "webhook_receiver.json")
    assert box(explorer, "shape").label == "its own 168 hours"
    box(explorer, "shape").value = "daily"
    assert explorer.scenario.workload.traffic.shape == "daily" and explorer.scenario.workload.traffic.burst == Fraction(
        27, 10
    )
    assert "its own 168 hours" not in [label for label, _ in box(explorer, "shape").options]


# the map


def test_the_map_is_worked_out_only_while_it_is_open_and_shows_where_one_stands(explorer, monkeypatch):
    shown, asked = explorer._view.folds["map"], []
    atlas = details.atlas
    monkeypatch.setattr(details, "atlas", lambda scenario, **more: asked.append(scenario) or atlas(scenario, **more))
    box(explorer, "requests").value = "5M"
    assert asked == [] and shown._inside.children == ()
    shown.fold.value = True
    box(explorer, "requests").value = "4M"
    assert asked == [node_api().with_values({REQUESTS: n}) for n in (5_000_000, 4_000_000)]
    found = atlas(asked[-1], over=details.MAP, points=details.MAP_POINTS)
    drawn = atlas_chart(found, width=PLOT_WIDTH, exact=False)
    assert shown.chart.picture["spec"] == drawn.to_dict()
    assert "you are here" in json.dumps(shown.chart.picture["spec"]) and "Drawn from 160 × 40 points" in json.dumps(
        shown.chart.picture["spec"], ensure_ascii=False
    )
    for row in table_rows(found, exact=False):
        assert all(escape(cell) in shown.page.html for cell in row.values())
    shown.fold.value = False
    box(explorer, "requests").value = "3M"
    assert len(asked) == 2 and shown._inside.children == ()


def test_the_map_keeps_its_axes_while_the_point_is_on_it(explorer):
    shown = explorer._view.folds["map"]
    shown.fold.value = True
    axes = []
    for key, value in (
        ("duration", "300"),
        ("requests", "3M"),
        ("busy", "0.6"),
        ("duration", "2500"),
        ("duration", "2000"),
    ):
        box(explorer, key).value = value
        axes.append([(side.low, side.high) for side in shown._find.__self__._sides])
    shown.fold.value = False
    assert axes[0] == axes[1] == axes[2] == [(10**4, 10**9), (20, 2000)]  # those of 200 ms
    assert axes[3] == axes[4] == [(10**4, 10**9), (250, 25_000)]


def test_people_are_counted_once_there_is_a_wage(explorer):
    """Each of the two waits for the other, whichever comes first, and 3 hours at 60 USD are 180 USD."""
    without = explorer.comparison.options[2].bill.total_usd
    box(explorer, "counts_operations").value = True
    box(explorer, "hours_fleets").value = "3"
    assert "wage" in message(explorer, "hours_fleets") and STALE in answer_html(explorer)
    box(explorer, "wage").value = "60"
    assert explorer.comparison.options[2].bill.total_usd == without + 180
    assert not message(explorer, "hours_fleets") and STALE not in answer_html(explorer)
    box(explorer, "counts_logs").value = True
    assert "Logs (KB a request) is missing" in message(explorer, "counts_logs")
    box(explorer, "log_kb").value = "1"
    assert set(explorer.scenario.include) == {"compute", "front_door", "logs", "operations"}
    assert not message(explorer, "counts_logs")


def test_what_is_shown_is_said_to_be_old_from_the_move_to_the_answer(explorer):
    chart, heard = explorer._view.chart, []
    chart.observe(lambda change: heard.append((change.new, explorer.scenario.value_at(DURATION))), "busy")
    for text in ("300", "abc"):
        box(explorer, "duration").value = text
    chart.unobserve_all("busy")
    assert heard == [(True, 200), (False, 300), (True, 300), (False, 300)] and not chart.busy


def test_a_map_that_takes_seconds_waits_to_be_asked_for(explorer, monkeypatch):
    shown = explorer._view.folds["map"]
    monkeypatch.setattr(details, "ROUGH_POINTS", (3, 2))
    box(explorer, "memory").value = "auto"
    shown.fold.value = True
    assert shown._inside.children == (shown.draw,)
    shown.draw.click()
    assert shown._inside.children == (shown.chart, shown.page)
    assert "Drawn from 3 × 2 points" in json.dumps(shown.chart.picture["spec"], ensure_ascii=False)
    shown.fold.value = False


def test_bills_distances_and_table_open_and_follow(explorer):
    opened = explorer._view.folds
    for key in ("table", "bars", "flips"):
        assert opened[key].page.html == "" and opened[key]._inside.children == ()
        opened[key].fold.value = True
    box(explorer, "requests").value = "4M"
    comparison = explorer.comparison
    for row in bill.table_rows(comparison):
        assert all(f">{escape(cell)}</td>" in opened["table"].page.html for cell in row.values())
    assert opened["table"].chart is None
    assert opened["bars"].chart.picture["spec"] == bill.bill_chart(comparison, width=PLOT_WIDTH).to_dict()
    found = flips(comparison.scenario)
    assert opened["flips"].chart.picture["spec"] == flip_chart(found, width=PLOT_WIDTH).to_dict()
    for row in flip_rows(found):
        assert all(f">{escape(cell)}</td>" in opened["flips"].page.html for cell in row.values())
    box(explorer, "memory").value = "auto"
    assert opened["flips"]._inside.children == (opened["flips"].draw,)
    for key in ("table", "bars", "flips"):
        opened[key].fold.value = False


def test_distances_that_can_not_be_worked_out_say_so(explorer, monkeypatch):
    def refuses(scenario, *, quick, comparison=None):
        raise InputError(Problem("conflict", "sweep.to", "1", "no distance is worked out here", ""))

    monkeypatch.setattr(details, "flips", refuses)
    fold = explorer._view.folds["flips"]
    fold.fold.value = True
    assert "no distance is worked out here" in fold.page.html and fold._inside.children == (fold.page,)
    fold.fold.value = False


# bad input

BAD_TEXTS = (
    "",
    "abc",
    "-1",
    "NaN",
    "Infinity",
    "1e400",
    "9" * 5000,
    "null",
    "true",
    '"5"',
    "[" * 10_000,
    "{}",
    "1,2",
    "<b>5</b>",
)


@pytest.mark.parametrize("key", [*SLIDERS, "min_units"])
def test_a_bad_number_keeps_the_last_good_answer_and_says_why(explorer, key):
    control = explorer._controls[key]
    good, where = control.box.value, getattr(control.slider, "index", None)
    for text in BAD_TEXTS:
        before, html, shown = explorer.comparison, answer_html(explorer), explorer._view.chart.picture
        control.box.value = text
        assert explorer.comparison is before and explorer._view.chart.picture is shown, text[:20]
        assert control.said and all("\n" not in line and len(line) < 300 for line in control.said)
        assert message(explorer, key) and "<b>" not in message(explorer, key)
        assert control.box.value == text and getattr(control.slider, "index", None) == where
        assert STALE in answer_html(explorer)
        control.box.value = good
        assert not message(explorer, key) and answer_html(explorer) == html


@pytest.mark.parametrize(
    ("key", "text", "wanted"),
    [
        ("memory", "64", {MEMORY: 64}),
        ("memory", "200.5", {MEMORY: 200.5}),
        ("memory", "99999", {MEMORY: 99999}),
        ("duration", "0", {DURATION: 0}),
        ("busy", "1.01", {"workload.busy_share": 1.01}),
        ("peak", "0.9", {"workload.traffic.burst": 0.9}),
        ("requests", "10000000000000000", {REQUESTS: 10**16}),
        ("requests", "2.5", {REQUESTS: 2.5}),
        ("min_units", "1.5", {"options.1.min_units": 1.5, "options.2.min_units": 1.5}),
    ],
)
def test_the_message_is_the_one_of_the_scenario(explorer, key, text, wanted):
    with pytest.raises(InputError) as error:
        node_api().with_values(wanted)
    box(explorer, key).value = text
    assert "\n".join(explorer._controls[key].said) == str(error.value)


FIELD = re.compile(r"\b(?:workload|options|operations|sweep)\.\w|\b[a-z]+_(?:mb|ms|kb|gb|units|hours|share|hour)\b")


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("memory", "64", "64 is outside 128..10240 (MB, whole numbers). Try 128."),
        ("measured", "64", "64 is outside 128..10240 (MB, whole numbers). Try 128."),
        ("peak", "0.9", "0.9 is outside 1..1000. Try 1."),
        ("wage", "-1", "-1 is outside 0..1000000 (USD an hour). Try 0."),
        (
            "counts_logs",
            True,
            "Logs (KB a request) is missing: logs that one request writes (KB), as logs are counted.",
        ),
        ("provisioned", "-1", "-1 is outside 0..100000 (environments, whole numbers). Try 0."),
        ("min_units", "1.5", "1.5 is not a whole number, 0..1000000000 (units, whole numbers). Try 2."),
    ],
)
def test_messages_name_controls_and_no_fields_of_files(explorer, key, text, words):
    box(explorer, key).value = text
    note = message(explorer, key)
    assert words in note and not FIELD.search(note)


def test_an_option_without_a_box_is_named_by_its_label(explorer):
    box(explorer, "ec2_type").value = "m7g.large"
    problem = Problem("range", "options.2.reserved_mb", "9999", "0..500 (MB)", "Try reserved_mb=500.")
    line = "EC2 m7g.large: Reserved (MB) = 9999 is outside 0..500 (MB). Try 500."
    assert explorer._in_words(problem) == line
    other = Problem("conflict", "workload.timeout_ms", "5", "it is below duration_ms", "Lower workload.duration_ms.")
    assert explorer._in_words(other) == "Timeout (ms) = 5 does not fit: it is below Duration (ms). Lower Duration (ms)."


def test_words_in_the_requests_box_get_the_message_of_set(explorer):
    with pytest.raises(InputError) as error:
        Scenario.from_dict(node_api().document(), [f"{REQUESTS}=ten million"])
    box(explorer, "requests").value = "ten million"
    assert explorer._controls["requests"].said == (str(error.value),)


def test_a_bad_box_does_not_hold_up_the_others_and_is_heeded_once_it_is_mended(explorer):
    box(explorer, "duration").value = "abc"
    box(explorer, "requests").value = "20M"
    assert explorer.scenario == node_api().with_values({REQUESTS: 20_000_000})
    assert message(explorer, "duration") and not message(explorer, "requests")
    assert box(explorer, "duration").value == "abc"
    box(explorer, "duration").value = "50"
    assert_shows(explorer, node_api().with_values({REQUESTS: 20_000_000, DURATION: 50}))
    assert STALE not in answer_html(explorer)


def test_a_region_without_a_price_of_the_instance_type_says_so_and_another_type_has_one(explorer):
    box(explorer, "ec2_type").value = "m8g.large"
    box(explorer, "duration").value = "abc"
    box(explorer, "region").value = "af-south-1"
    unpriced = node_api().with_values({"region": "af-south-1", "options.2.instance_type": "m8g.large"})
    assert explorer.scenario == unpriced and explorer.comparison.winner is None
    assert "EC2 m8g.large at least" in answer_html(explorer) and "a price is missing" in answer_html(explorer)
    offered = {value for _, value in box(explorer, "ec2_type").options}
    assert "m8g.large" in offered and "t3.small" in offered and "m7gd.large" not in offered
    box(explorer, "ec2_type").value = "t3.small"
    assert explorer.scenario == node_api().with_values({"region": "af-south-1", "options.2.instance_type": "t3.small"})
    assert explorer.comparison.winner == "Lambda 1024 MB"
    assert not message(explorer, "region") and message(explorer, "duration")


def test_going_back_to_the_region_that_was_clears_the_message(explorer):
    box(explorer, "ec2_type").value = "m8g.large"
    before = explorer.scenario
    box(explorer, "region").value = "af-south-1"
    box(explorer, "region").value = "us-east-1"
    assert explorer.scenario == before and not message(explorer, "region") and STALE not in answer_html(explorer)


def test_a_preset_clears_what_was_wrong(explorer):
    box(explorer, "memory").value = "64"
    scenario = Scenario.load(data_dir() / "scenarios" / "steady_api.json")
    box(explorer, "preset").value = scenario
    assert not message(explorer, "memory") and box(explorer, "memory").value == "1024"
    assert_shows(explorer, scenario)


def test_cpu_ms_that_the_duration_cannot_hold_is_said_beside_the_duration(explorer):
    document = node_api().document()
    del document["workload"]["busy_share"]
    explorer.scenario = Scenario.from_dict({**document, "workload": {**document["workload"], "cpu_ms": 100}})
    assert box(explorer, "busy").value.startswith("0.8637")
    box(explorer, "duration").value = "50"
    assert "CPU time of a request (ms) = 100" in message(explorer, "duration")
    box(explorer, "busy").value = "0.5"
    assert explorer.scenario.workload.busy_share == Fraction(1, 2) and explorer.scenario.workload.cpu_ms is None


# what is shown


def test_fleets_stand_with_cost_use_and_answer_times(explorer):
    box(explorer, "requests").value = "200M"
    details = explorer._view.details.html
    for result in explorer.comparison.options:
        times = [result.answer_ms(percent) for percent in (50, 95, 99)]
        assert all(time is not None for time in times) and times == sorted(times)
        share = share_text(result.fleet.utilisation_mean).replace(" ", "\u00a0")
        for cell in (result.label, money(result.bill.total_usd), share, *(count(time, 3) for time in times)):
            assert f">{cell}</td>" in details


def test_a_quota_to_raise_is_named_with_its_figure(explorer):
    box(explorer, "requests").value = "20B"
    lambda_ = explorer.comparison.document()["options"][0]
    asked = [broken for broken in lambda_["violations"] if broken["adjustable"]]
    assert {broken["limit"] for broken in asked} >= {"Lambda concurrent executions"}
    for broken in asked:
        # 20 billion x 0.2 s in 730 hours with peaks of 1.5 times the mean
        assert f"ask AWS for {broken['ask_for']:,}" in explorer._view.details.html
    concurrent = next(broken for broken in asked if broken["limit"] == "Lambda concurrent executions")
    assert concurrent["ask_for"] == -(-20 * 10**9 * 2 * 15 // (100 * 730 * 3600))


def test_names_of_a_scenario_are_text_and_never_markup():
    document = node_api().document()
    document["name"] = "<script>alert(1)</script>"
    document["options"][0]["label"] = "<img src=x onerror=alert(1)>"
    explorer = Explorer(Scenario.from_dict(document))
    shown = [answer_html(explorer), explorer._view.details.html]
    shown += [control.note.value for control in explorer._controls.values()]
    assert not any("<script" in html or "<img" in html for html in shown)
    assert "&lt;img" in answer_html(explorer)


def test_a_missing_price_is_unknown_and_names_the_field_for_ones_own(explorer):
    explorer.scenario = node_api().with_values({"options.1": {"kind": "lambda_web"}})  # its prices are the reader's
    details = explorer._view.details.html
    assert '<span class="lp-total">unknown; ' in details
    assert escape('{"service": "lambda_web", "item": "requests", "price_usd": "…"}') in details


def test_an_option_that_breaks_a_limit_keeps_its_bill_and_says_so(explorer):
    box(explorer, "memory").value = "128"
    details = explorer._view.details.html
    assert "breaks a limit" in details and explorer.comparison.warnings[0].split(":")[0] in details
    assert "a limit: see below" in details


def test_a_scenario_of_one_platform_has_only_its_controls():
    document = node_api().document()
    document["options"] = document["options"][1:2]
    explorer = Explorer(Scenario.from_dict(document))
    hidden = {key for key, control in explorer._controls.items() if control.row.layout.display == "none"}
    lambda_and_ec2 = {"memory", "memory_auto", "hold", "lambda_arch", "ec2_type", "lambda_door", "ec2_door"}
    lambda_and_ec2 |= {"runtime", "provisioned"}
    others = {"hybrid_door", "lambda_managed_type", "ecs_managed_type"}
    others |= {"lambda_managed_instances_door", "ecs_managed_instances_door"}
    others |= {"lambda_bought", "ec2_bought", "lambda_managed_bought", "ecs_managed_bought"}
    others |= {"hours_functions", *(f"{kind}_in_hand" for kind in OPTIONS)}
    others |= {"max_wait", "batch_size", "retries"}  # of work that may wait
    others |= {"failed_share", "attempts_most"}  # of what is tried again, which nobody does
    others |= {"counts_around", "around", "around_amount"}  # of services, which it has none of
    assert hidden == {*lambda_and_ec2, *others, "slo_ms"}
    box(explorer, "requests").value = "1B"
    assert explorer.scenario.workload.requests_per_month == 10**9


def test_whoever_watches_the_explorer_hears_of_each_answer(explorer):
    heard = []
    explorer.observe(lambda change: heard.append(change.new.winner), "comparison")
    box(explorer, "requests").value = "1M"
    box(explorer, "requests").value = "abc"
    assert heard == ["Lambda 1024 MB"]


def test_the_chart_stays_the_same_widget_and_asks_no_other_host(explorer):
    widget = explorer._view.chart
    box(explorer, "requests").value = "1M"
    assert explorer._view.chart is widget
    for script in (widget._esm, widget.library):
        assert "esm.sh" not in script and 'from "http' not in script


def test_no_script_of_a_widget_is_so_large_that_a_slow_page_gives_it_up(explorer):
    scripts = {type(w).__name__: len(w._esm) for w in (explorer._view.chart, explorer._view.answer, explorer._toolbar)}
    assert max(scripts.values()) < 50_000, "anywidget gives a script two seconds; what is large is loaded after it"


def test_the_notebook_asks_the_question_and_is_stored_without_output():
    notebook = json.loads((notebooks_dir() / "explorer.ipynb").read_text("utf-8"))
    words = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    first, press = words[:2]
    assert notebook["cells"][0] is first and "".join(first["source"]).startswith("# Which is cheapest, and where")
    assert "Run All Cells" in "".join(press["source"])  # said in JupyterLab alone: as a page it runs already
    assert press["metadata"]["tags"] == ["jupyterlab-only"]
    assert 1 <= len(code) <= 2
    for cell in code:
        assert cell["outputs"] == [] and cell["execution_count"] is None and len(cell["source"]) <= 6
    assert "widgets" not in notebook["metadata"]


# doubt


def doubted():
    """The packaged scenario with a range, as the explorer shows it."""
    document = node_api().document()
    document["workload"]["requests_per_month"] = {"low": 4_000_000, "likely": 10_000_000, "high": 30_000_000}
    return Explorer(Scenario.from_dict(document))


def test_chances_stand_beside_the_costs_and_bands_around_the_lines_while_the_switch_is_on():
    explorer = doubted()
    found = risk(explorer.scenario)
    shown = explorer._view.chart.picture
    for option in found.options:
        assert f"cheapest in {of_100(option.wins.value)} of 100" in answer_html(explorer)
    assert escape(sentence(risk_words(found))) in answer_html(explorer)
    assert {row["option"] for row in shown["data"]["bands"]} == {one.label for one in found.options}
    counted = sum(int(row["there"].split(" of ")[0]) for row in shown["data"]["changes"])
    assert counted == round((1 - found.crossover.none.value) * 128)
    explorer._controls["chances"].box.value = False
    assert "of 100" not in answer_html(explorer) and "bands" not in explorer._view.chart.picture["data"]
    explorer._controls["chances"].box.value = True
    assert explorer._view.chart.picture == shown


def test_how_much_of_a_plan_to_buy_follows_the_chance_of_leaving():
    explorer = doubted()
    fold = explorer._view.folds["plan"]
    fold.fold.value = True
    assert escape(sentence(commit_words(commit(explorer.scenario, samples=64)))) in fold.page.html
    explorer._controls["leave"].box.value = "90"
    assert escape(sentence(commit_words(commit(explorer.scenario, samples=64, leave="90%")))) in fold.page.html
    explorer._controls["leave"].box.value = "many"
    assert explorer._controls["leave"].said == (
        'leave = "many%" is not a number, 0..1 (share). Write it as 0.3 or 30%.',
    )
