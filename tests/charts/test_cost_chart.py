"""The chart of costs is a comparison's own numbers in another shape; its specification is what is looked at here."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from chart_specs import ALTERNATING, EC2, FARGATE, LAMBDA, compared, mark, rows_of, texts, title, units
from lambdaplan.charts import cost
from lambdaplan.comparison import wording
from lambdaplan.platforms import OPTIONS


@pytest.fixture(scope="module")
def node():
    return compared()


def curves(spec: dict) -> tuple[dict, list[dict]]:
    unit = next(unit for unit in units(spec) if mark(unit) == "line")
    return unit, rows_of(spec, unit)


def line_of(rows: list[dict], label: str) -> tuple[list, list]:
    """The points of one option's line, in the order of the axis."""
    points = sorted((row["x"], row["usd"]) for row in rows if row["option"] == label)
    return [x for x, _ in points], [usd for _, usd in points]


def test_the_lines_are_the_comparisons_own_numbers(node):
    _, rows = curves(cost.chart(node).to_dict())
    for label in node.curves.usd:
        places, drawn = line_of(rows, label)
        assert drawn == node.along(places).usd[label].tolist()
        assert {places[0], places[-1]} == {10_000, 1_000_000_000}


@pytest.mark.parametrize(
    "values",
    [None, {"free_tier": True}, {"sweep": {"over": "workload.busy_share", "from": 0.01, "to": 1, "scale": "linear"}}],
)
def test_every_bill_lies_on_its_line_to_a_twentieth_of_a_pixel(values):
    comparison = compared(values)
    spec = cost.chart(comparison).to_dict()
    line, rows = curves(spec)
    encoding = line["encoding"]
    log = encoding["y"]["scale"].get("type") == "log"
    low, high = encoding["y"]["scale"]["domain"]

    def flat(numbers: list) -> np.ndarray:
        return np.log(numbers) if log else np.array(numbers, dtype=float)

    px = spec["height"] / (flat([high]) - flat([low]))
    looked = 0
    for label, usd in comparison.curves.usd.items():
        whole = usd > 0  # a log axis has no place for a bill of nothing
        places, drawn = line_of([row for row in rows if row["usd"]], label)
        between = np.interp(flat(comparison.curves.values[whole]), flat(places), flat(drawn))
        assert np.abs((between - flat(usd[whole])) * px).max() <= 0.0501
        looked += whole.sum()
    assert looked > 900
    assert len(rows) < looked / 4  # and few points say all that


def test_the_bill_at_a_point_lies_on_its_line(node):
    _, rows = curves(cost.chart(node).to_dict())
    there = compared({"workload.requests_per_month": 9_502_411})
    for result in there.options:
        places, drawn = line_of(rows, result.label)
        drawn_usd = np.exp(np.interp(np.log(9_502_411), np.log(places), np.log(drawn)))
        assert drawn_usd == pytest.approx(float(result.cost_usd), rel=0.002)  # a twentieth of a pixel


def test_a_step_of_a_fleet_is_drawn_as_a_step():
    comparison = compared()
    _, rows = curves(cost.chart(comparison).to_dict())
    fargate = sorted((row["x"], row["usd"]) for row in rows if row["option"] == FARGATE)
    rises = [
        (before, after)
        for before, after in itertools.pairwise(fargate)
        if after[0] - before[0] == 1 and after[1] - before[1] > 5
    ]
    assert len(rises) > 20
    # Two tasks more, so that half of them carry the peak: 730 h x (0.5 x 0.03238 + 0.00356) each.
    assert rises[0][1][1] - rises[0][0][1] == pytest.approx(28.835, abs=0.001)


def test_axes_are_logarithmic_with_units_and_ticks_in_plain_words(node):
    line, _ = curves(cost.chart(node).to_dict())
    x, y = line["encoding"]["x"], line["encoding"]["y"]
    assert (x["scale"]["type"], y["scale"]["type"]) == ("log", "log")
    assert x["scale"]["domain"] == [10_000, 1_000_000_000]
    assert x["axis"]["title"] == "requests a month"
    assert y["axis"]["title"] == "cost in USD a month"
    assert x["axis"]["values"] == [10**k for k in range(4, 10)]
    for tick, said in ((10_000, "10 k"), (1_000_000, "1 M"), (1_000_000_000, "1 B")):
        assert f"{tick}: '{said}'" in x["axis"]["labelExpr"]
    for tick, said in ((0.1, "$0.10"), (100, "$100"), (1000, "$1,000")):
        assert f"{tick}: '{said}'" in y["axis"]["labelExpr"]


def test_the_title_states_the_finding_and_numbers_in_it_are_rounded(node):
    spec = cost.chart(node).to_dict()
    assert title(spec) == "Lambda is cheapest below about 9.5 million requests a month"
    assert "too close to call between EC2 t4g.small and Lambda 1024 MB" in " ".join(spec["title"]["subtitle"])


def test_crossovers_and_the_scenarios_own_place_are_marked(node):
    spec = cost.chart(node).to_dict()
    assert "EC2 from 9.5 M" in texts(spec)
    assert "you are here: 10 M" in texts(spec)
    rules = next(unit for unit in units(spec) if mark(unit) == "rule" and rows_of(spec, unit))
    assert rules["encoding"]["x"]["value"] == {"expr": "datum.px"}
    share = [(np.log10(at) - 4) / 5 * spec["width"] for at in (10_000_000, 9_502_411)]
    assert [row["px"] for row in rows_of(spec, rules)] == pytest.approx(share, abs=0.01)


def test_labels_stand_at_the_ends_of_the_lines_in_the_colour_of_the_platform(node):
    spec = cost.chart(node).to_dict()
    line, _ = curves(spec)
    colours = dict(
        zip(line["encoding"]["color"]["scale"]["domain"], line["encoding"]["color"]["scale"]["range"], strict=True)
    )
    assert colours == {
        LAMBDA: OPTIONS["lambda"].colours[0],
        FARGATE: OPTIONS["fargate"].colours[0],
        EC2: OPTIONS["ec2"].colours[0],
    }
    ends = next(
        rows_of(spec, unit)
        for unit in units(spec)
        if mark(unit) == "text" and {row.get("text") for row in rows_of(spec, unit)} == set(colours)
    )
    assert {row["text"]: row["colour"] for row in ends} == colours
    assert {row["x"] for row in ends} == {1_000_000_000}
    assert line["encoding"]["color"]["legend"] is None


def test_options_of_one_platform_have_shades_and_dashes_of_their_own():
    sizes = [{"kind": "lambda", "memory_mb": size} for size in (512, 1024, 1769)]
    spec = cost.chart(compared({"options": sizes})).to_dict()
    line, _ = curves(spec)
    assert len(set(line["encoding"]["color"]["scale"]["range"])) == 3
    assert len({tuple(dash) for dash in line["encoding"]["strokeDash"]["scale"]["range"]}) == 3


def test_the_description_says_what_the_picture_shows(node):
    spec = cost.chart(node).to_dict()
    for said in (
        "Lambda is cheapest below about 9.5 million requests a month",
        "At 10,000,000 requests a month: EC2 t4g.small $43.13",
        "aws-2026-12-01",
        "us-east-1",
    ):
        assert said in spec["description"]


def test_book_region_and_dates_stand_below_it(node):
    oldest = min(result.bill.oldest_price for result in node.options)
    spec = cost.chart(node).to_dict()
    assert f"Prices: aws-2026-12-01 (2026-11-30), us-east-1; the oldest of them is of {oldest}" in texts(spec)


def test_sizes_are_numbers_and_the_theme_is_the_one_that_is_registered(node):
    spec = cost.chart(node, width=400, height=200).to_dict()
    assert (spec["width"], spec["height"]) == (400, 200)
    assert spec["config"]["title"]["anchor"] == "start"
    assert "container" not in json.dumps(spec)


def test_hovering_says_every_options_cost(node):
    spec = cost.chart(node).to_dict()
    hover = next(unit for unit in units(spec) if unit["data"]["name"] == "hover")
    assert [tip["title"] for tip in hover["encoding"]["tooltip"]] == ["requests a month", LAMBDA, FARGATE, EC2]
    pointed = rows_of(spec, hover)
    assert len(pointed) > 100
    there = node.along([row["x"] for row in pointed]).usd
    for n, label in enumerate((LAMBDA, FARGATE, EC2)):
        assert [row[f"o{n}"] for row in pointed] == there[label].tolist()


@pytest.mark.parametrize(
    ("sweep", "axis", "said"),
    [
        (
            {"over": "workload.duration_ms", "from": 10, "to": 5000},
            "duration of a request (ms)",
            "Lambda is cheapest below about 190 ms (duration of a request)",
        ),
        (
            {"over": "options.0.memory_mb", "from": 256, "to": 4096},
            "memory of Lambda (MB)",
            "Lambda is cheapest below about 920 MB (memory of Lambda)",
        ),
        (
            {"over": "workload.busy_share", "from": 0.01, "to": 1, "scale": "linear"},
            "busy share",
            "EC2 is cheapest from 0.01 to 1 (busy share)",
        ),
    ],
)
def test_any_number_can_be_the_axis(sweep, axis, said):
    comparison = compared({"sweep": sweep})
    spec = cost.chart(comparison).to_dict()
    line, rows = curves(spec)
    assert line["encoding"]["x"]["axis"]["title"] == axis
    assert title(spec) == said
    low, high = (float(sweep[end]) for end in ("from", "to"))
    for label in (LAMBDA, FARGATE, EC2):
        places, _ = line_of(rows, label)
        assert (places[0], places[-1]) == (low, high)
    if sweep.get("scale") == "linear":
        assert line["encoding"]["y"]["scale"]["domain"][0] == 0


def test_a_line_stops_where_a_limit_is_broken_and_says_so():
    comparison = compared({"options.1.max_units": 4})
    spec = cost.chart(comparison).to_dict()
    _, rows = curves(spec)
    fargate = [row for row in sorted(rows, key=lambda r: r["x"]) if row["option"] == FARGATE]
    assert fargate[-1]["usd"] is None
    assert f"{FARGATE}, then a limit" in texts(spec)


@pytest.mark.parametrize(
    "values",
    [
        {"sweep": {"from": 1, "to": 2}, "options": [{"kind": "lambda", "memory_mb": 512}]},
        {"sweep": {"from": 1, "to": 2}},
        {"workload.working_set_mb": 100_000, "options.0.memory_mb": 10_240},
    ],
)
def test_an_axis_far_from_the_scenario_or_without_a_bill_is_drawn(values):
    comparison = compared(values)
    line, rows = curves(cost.chart(comparison).to_dict())
    low, high = line["encoding"]["y"]["scale"]["domain"]
    drawn = [row["usd"] for row in rows if row["usd"]]
    assert 0 < low < high
    assert max(drawn, default=low) <= high


def test_an_option_that_is_never_feasible_is_named_and_not_drawn():
    spec = cost.chart(compared({"workload.working_set_mb": 1020})).to_dict()
    subtitle = " ".join(spec["title"]["subtitle"])
    assert f"{FARGATE}" in subtitle
    _, rows = curves(spec)
    assert all(row["usd"] is not None for row in rows if row["option"] == EC2)


def test_nothing_to_draw_is_still_a_chart():
    comparison = compared({"workload.working_set_mb": 100_000})
    spec = cost.chart(comparison).to_dict()
    assert title(spec) == "From 10,000 to 1 billion requests a month every option breaks a limit"
    assert "breaks a limit" in spec["description"]


def test_long_alternations_are_a_band_with_their_number():
    comparison = compared(ALTERNATING)
    assert comparison.zones, "the case no longer alternates; choose another"
    spec = cost.chart(comparison).to_dict()
    bands = next(rows_of(spec, unit) for unit in units(spec) if mark(unit) == "rect")
    assert [(band["from"], band["to"]) for band in bands] == [(z["from"], z["to"]) for z in comparison.zones]
    assert f"{comparison.zones[0]['changes']} changes" in texts(spec)
    said = " ".join(wording.crossover_words(comparison))
    assert f"changes {comparison.zones[0]['changes']} times among" in said


CASES = (
    None,
    ALTERNATING,
    {"options.1.max_units": 4},
    {"workload.working_set_mb": 100_000},
    {"sweep": {"over": "workload.busy_share", "from": 0.01, "to": 1, "scale": "linear"}},
    {"options": [{"kind": "lambda", "memory_mb": 512, "label": "lp_title"}]},
)


@pytest.mark.parametrize("values", CASES)
def test_the_specification_that_is_filled_in_is_that_of_the_chart(values):
    comparison = compared(values)
    assert cost.specification(comparison, width=444) == cost.chart(comparison, width=444).to_dict()


@pytest.mark.parametrize("values", CASES)
def test_a_live_chart_holds_the_same_values_apart_from_its_layers(values):
    comparison = compared(values)
    whole, found = cost.specification(comparison), cost.live(comparison)
    assert found.signals["lp_title"] == whole["title"]["text"]
    assert found.signals["lp_subtitle"] == whole["title"]["subtitle"]
    assert {name: whole["datasets"][name] for name in found.data} == found.data
    assert [row["x"] for row in whole["datasets"]["hover"]] == found.lines[0][found.hover].tolist()
    for label, usd in zip(found.options, found.lines[1:], strict=True):
        held = dict(zip(found.lines[0].tolist(), usd.tolist(), strict=True))
        drawn = [row for row in whole["datasets"]["curves"] if row["option"] == label]
        assert drawn
        assert [None if np.isnan(held[row["x"]]) else held[row["x"]] for row in drawn] == [row["usd"] for row in drawn]
    assert found.said == whole["description"]
    assert cost.live(compared({**(values or {}), "name": "Another"})).spec == found.spec


# who is cheapest where, and the view around the scenario's place


def ribbon(spec: dict, prefix: str = "") -> list[dict]:
    return spec["datasets"][f"{prefix}ribbon"]


def test_the_ribbon_says_who_is_cheapest_from_end_to_end(node):
    spec = cost.chart(node).to_dict()
    (first, second) = ribbon(spec)
    at = (np.log10(9_502_411) - 4) / 5 * spec["width"]
    assert (first["px"], second["px2"]) == (0, spec["width"])
    assert [first["px2"], second["px"]] == pytest.approx([at, at], abs=0.01)
    assert (first["text"], second["text"]) == ("Lambda", "EC2")
    assert (first["colour"], second["colour"]) == (OPTIONS["lambda"].colours[0], OPTIONS["ec2"].colours[0])


@pytest.mark.parametrize("values", [ALTERNATING, {"options.1.max_units": 4}, {"workload.working_set_mb": 100_000}])
def test_the_ribbon_has_no_gap_and_words_only_where_there_is_room(values):
    comparison = compared(values)
    spec = cost.chart(comparison).to_dict()
    rows = ribbon(spec)
    assert (rows[0]["px"], rows[-1]["px2"]) == (0, spec["width"])
    for before, after in itertools.pairwise(rows):
        assert after["px"] == pytest.approx(before["px2"], abs=1.01)
    assert all(not row["text"] or row["px2"] - row["px"] > 6 * len(row["text"]) for row in rows)
    if values == {"workload.working_set_mb": 100_000}:
        assert [row["text"] for row in rows] == ["nobody"]


def test_the_view_around_the_scenario_is_even_and_goes_to_three_times_as_much(node):
    spec = cost.chart(node, around=True).to_dict()
    line, rows = curves(spec)
    x, y = line["encoding"]["x"], line["encoding"]["y"]
    assert x["scale"]["domain"] == [0, 30_000_000] and "type" not in x["scale"]
    assert y["scale"]["domain"][0] == 0
    for label in node.curves.usd:
        places, drawn = line_of(rows, label)
        assert (places[0], places[-1]) == (10_000, 30_000_000)
        assert drawn == node.along(places).usd[label].tolist()
    # 9,502,411 of 30 million
    (first, second) = ribbon(spec)
    assert first["px2"] == second["px"] == pytest.approx(9_502_411 / 30_000_000 * spec["width"], abs=0.01)
    assert title(spec) == f"At 10 M: {wording.verdict(node)}"
    assert {"EC2 from 9.5 M", "you are here: 10 M"} <= set(texts(spec))


def test_a_line_far_above_does_not_flatten_the_others_around_the_scenario():
    dear = {"kind": "ec2", "instance_type": "m7i.24xlarge"}
    comparison = compared(
        {"options": [{"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t4g.small"}, dear]}
    )
    spec = cost.chart(comparison, around=True).to_dict()
    line, _ = curves(spec)
    second = np.sort(np.stack(list(comparison.along(line_of(_, LAMBDA)[0]).usd.values())), axis=0)[1].max()
    assert line["encoding"]["y"]["scale"]["domain"][1] < 3.5 * second
    assert "EC2 m7i.24xlarge, above" in texts(spec)


@pytest.mark.parametrize("values", CASES)
def test_the_view_around_is_filled_in_like_the_chart(values):
    comparison = compared(values)
    if not cost.has_view_around(comparison):
        assert comparison.scenario.sweep.scale == "linear"
        assert "hconcat" not in cost.both_charts(comparison).to_dict()
        return
    assert cost.specification(comparison, around=True) == cost.chart(comparison, around=True).to_dict()
    both = cost.both_charts(comparison).to_dict()
    whole, near = both["hconcat"]
    assert whole["title"] == cost.chart(comparison, width=416).to_dict()["title"]
    assert near["title"]["text"] == cost.chart(comparison, width=249, around=True).to_dict()["title"]["text"]
    assert ribbon(both) and ribbon(both, "around_")
    named = [unit["data"]["name"] for unit in units(near)]
    assert all(name.startswith("around_") and name in both["datasets"] for name in named)


def test_a_place_off_the_axis_has_no_view_around():
    assert not cost.has_view_around(compared({"workload.requests_per_month": 1000}))
    assert not cost.has_view_around(compared({"workload.requests_per_month": 0}))
