"""The explorer in a real JupyterLab: sliders by keyboard, the answer and the chart that follow, bad numbers."""

from __future__ import annotations

from playwright.sync_api import expect

from explorer_page import BURST, BUSY, DURATION, MEMORY, READY, REQUESTS, scenario, sentence, type_into
from lambdaplan import compare

# "You are here" moves without changing its shape: places and texts count too.
PATHS = (
    "e => [...e.querySelectorAll('path, text, line')].filter(p => !p.closest('[class*=hover_]'))"
    ".map(p => [p.getAttribute('d'), p.getAttribute('transform'), p.textContent].join()).join('|')"
)
BOXES = (  # from the explorer's top: a page may scroll to the box that is filled
    "() => { const y = c => document.querySelector(c).getBoundingClientRect().y; "
    "return ['.lp-answer', '.lp-chart', '.lp-details'].map(c => y(c) - y('.lp-explorer')) }"
)
# Slider, key that is pressed, what its box says then, the scenario's values from then on.
MOVES = [
    ("requests", "ArrowRight", "10.5M", {REQUESTS: 10_500_000}),
    ("duration", "ArrowRight", "210", {DURATION: 210}),
    ("memory", "ArrowLeft", "960", {MEMORY: 960}),
    ("busy", "End", "1", {BUSY: 1}),
    ("peak", "End", "20", {BURST: 20}),
]


def change_of_chart(page, before: str) -> None:
    words = f"b => {{ const e = document.querySelector('.vega-embed svg.marks'); return e && ({PATHS})(e) !== b }}"
    page.wait_for_function(words, arg=before)


def test_each_slider_moved_by_keyboard_changes_the_answer_and_the_chart(explorer):
    values: dict[str, object] = {}
    for key, press, said, change in MOVES:
        chart = explorer.locator(".vega-embed svg.marks")
        before, words = chart.evaluate(PATHS), explorer.locator(".lp-sentence").text_content()
        explorer.locator(f".lp-{key} .noUi-handle").press(press)
        values |= change
        assert sentence(values) != words
        expect(explorer.locator(".lp-sentence")).to_have_text(sentence(values))
        change_of_chart(explorer, before)
        assert explorer.locator(f".lp-{key} input[type=text]").input_value() == said
    texts = explorer.locator(".vega-embed svg.marks text").all_text_contents()
    assert any("requests a month" in text for text in texts) and any("you are here: 10.5 M" in text for text in texts)
    result = compare(scenario(values))
    totals = [f"${option.bill.total_usd:,}" for option in result.options]
    expect(explorer.locator(".lp-total")).to_have_text(totals)  # when the slider rests


def test_a_bad_number_is_answered_beside_its_box_and_nothing_jumps(explorer):
    words, places = explorer.locator(".lp-sentence").text_content(), explorer.evaluate(BOXES)
    paths = explorer.locator(".vega-embed svg.marks").evaluate(PATHS)
    for label, key, text in (
        ("Lambda memory (MB)", "memory", "64"),
        ("Requests a month", "requests", "ten million"),
        ("Duration (ms)", "duration", ""),
        ("Busy share", "busy", "-0.1"),
        ("Peak over mean", "peak", "<b>9</b>"),
    ):
        type_into(explorer, label, text)
        expect(explorer.locator(f".lp-{key} .lp-message")).to_be_visible()
    expect(explorer.locator(".lp-memory .lp-message")).to_have_text(
        "64 is outside 128..10240 (MB, whole numbers). Try 128."
    )
    expect(explorer.locator(".lp-stale")).not_to_be_empty()
    assert explorer.locator(".lp-sentence").text_content() == words
    assert explorer.evaluate(BOXES) == places
    assert explorer.locator(".vega-embed svg.marks").evaluate(PATHS) == paths
    for label, text in (("Lambda memory (MB)", "512"), ("Requests a month", "500k/day"), ("Duration (ms)", "100")):
        type_into(explorer, label, text)
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({MEMORY: 512, REQUESTS: 15_208_333, DURATION: 100}))
    expect(explorer.locator(".lp-message")).to_have_count(2)


def test_a_region_without_a_price_of_the_type_says_so_until_another_type_is_chosen(explorer):
    explorer.locator(".lp-fold", has_text="Sizes and processors").press("Enter")
    explorer.get_by_label("EC2 type").select_option(label="m8g.large: 2 vCPU, 8 GB, Arm")
    changes = {"options.2.instance_type": "m8g.large"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    explorer.locator(".lp-fold", has_text="Region and prices").press("Enter")
    explorer.get_by_label("Region", exact=True).select_option("af-south-1")
    changes = {"region": "af-south-1", "options.2.instance_type": "m8g.large"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    explorer.wait_for_function(READY, timeout=60_000)  # the lists of the new region come after the answer
    explorer.get_by_label("EC2 type").select_option(label="t3.small: 2 vCPU, 2 GB, x86")
    changes = {"region": "af-south-1", "options.2.instance_type": "t3.small"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    expect(explorer.locator(".lp-message")).to_have_count(0)


def test_a_line_of_the_bill_opens_and_stays_open_and_nothing_is_cut_off(explorer):
    line = explorer.locator(".lp-bill summary", has_text="Fargate vCPU, x86")
    line.press("Enter")
    inside = explorer.locator(".lp-bill details", has_text="Fargate vCPU, x86").locator(".lp-line")
    expect(inside).to_contain_text("730 vCPU-hour × $0.04048 = $29.5504")
    expect(inside).to_contain_text("price of 2025-10-27")
    explorer.locator(".lp-preset select").select_option("Steady API, 300 million requests a month")
    expect(explorer.locator(".lp-sentence")).to_contain_text("Fargate 1 vCPU 2 GB")
    expect(explorer.locator(".lp-bill details[open] .lp-line")).to_contain_text("2,920 vCPU-hour")
    for width, height in ((1280, 800), (1920, 1080)):
        explorer.set_viewport_size({"width": width, "height": height})
        for part in (".jp-WindowedPanel-outer", ".lp-explorer", ".lp-chart", ".lp-details"):
            measured = f"document.querySelector('{part}')"
            explorer.wait_for_function(f"() => {measured}.scrollWidth <= {measured}.clientWidth")
        numbers = explorer.locator(".lp-details .lp-table td:not(:first-child):not(:last-child)")
        lines = (
            "cells => cells.map(c => { const r = document.createRange(); r.selectNodeContents(c); "
            "return r.getClientRects().length })"
        )
        assert set(numbers.evaluate_all(lines)) == {1}, "a number is broken over two lines"


def test_a_slider_and_the_whole_chart_are_on_one_screen(explorer):
    """At 1280 × 800, with the toolbar at the top: whichever slider is moved, the figures and the chart are in sight."""
    explorer.set_viewport_size({"width": 1280, "height": 800})
    explorer.locator(".lp-explorer").evaluate("e => e.scrollIntoView()")
    sides = "e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] }"
    notebook = explorer.locator(".jp-WindowedPanel-outer").evaluate(sides)
    seen = [".lp-cards", ".lp-chart svg.marks", *(f".lp-{key} .noUi-handle" for key, *_ in MOVES)]
    for part in seen:
        left, top, right, bottom = explorer.locator(part).first.evaluate(sides)
        assert left >= notebook[0] and top >= notebook[1] and right <= notebook[2] and bottom <= notebook[3], part
    figures = explorer.locator(".lp-card .lp-usd").all_text_contents()
    assert figures == explorer.locator(".lp-bill .lp-total").all_text_contents()


def test_in_one_column_the_answer_and_the_chart_come_first_and_nothing_is_wider_than_its_box(explorer):
    """Beside JupyterLab's file browser: the explorer is 270 to 530 px wide then."""
    tops = "() => ['.lp-sentence', '.lp-chart', '.lp-controls'].map(c => document.querySelector(c).getBoundingClientRect().y)"
    for width in (640, 960):
        explorer.set_viewport_size({"width": width, "height": 800})
        explorer.locator(".lp-explorer").evaluate("e => e.scrollIntoView()")
        fits = "() => { const e = document.querySelector('.lp-explorer'); return e.scrollWidth <= e.clientWidth }"
        explorer.wait_for_function(fits)
        answer, chart, controls = explorer.evaluate(tops)
        assert answer < chart < controls
        for part in (".lp-cards", ".lp-sentence"):
            expect(explorer.locator(part)).to_be_in_viewport(ratio=1)


def test_another_memory_at_which_it_was_measured_takes_lambda_along(explorer):
    """120 ms measured at 512 MB are billed as 120 ms."""
    type_into(explorer, "Duration (ms)", "120")
    type_into(explorer, "Measured at (MB)", "512")
    changes = {DURATION: 120, MEMORY: 512, "workload.measured_memory_mb": 512}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    assert explorer.get_by_label("Lambda memory (MB)", exact=True).input_value() == "512"
    expect(explorer.locator(".lp-memory .lp-hint")).to_contain_text("120 ms")


def test_the_map_opens_whole_follows_and_a_bad_answer_time_changes_nothing(explorer):
    explorer.locator(".lp-fold", has_text="Map: the cheapest").press("Enter")
    drawn = explorer.locator(".lp-map .vega-embed svg.marks")
    expect(drawn).to_be_visible(timeout=30_000)
    texts = drawn.locator("text").all_text_contents()
    assert "you are here" in texts and "Lambda is cheapest in 59 % of this map, EC2 in 41 %" in texts
    # Two charts of a page may have clips of one name; what the other's clip hides can't be pointed at.
    drawn.scroll_into_view_if_needed()
    for corner in ("b.x + 3, b.y + 3", "b.right - 3, b.bottom - 3"):
        hit = f"e => {{ const b = e.getBoundingClientRect(); return document.elementFromPoint({corner}).closest('g') === e }}"
        assert drawn.locator("g.mark-rect").evaluate(hit)
    before = drawn.evaluate(PATHS)
    type_into(explorer, "Requests a month", "2M")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({REQUESTS: 2_000_000}))
    explorer.wait_for_function(
        f"b => ({PATHS})(document.querySelector('.lp-map .vega-embed svg.marks')) !== b", arg=before
    )
    explorer.locator(".lp-fold", has_text="Week and service level").press("Enter")
    explorer.get_by_label("Answer time held for").select_option(label="99 % of requests")
    held = {REQUESTS: 2_000_000, "workload.slo": {"percentile": 99, "response_ms": 1000}}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(held))
    expect(explorer.get_by_role("button", name="Work it out: it takes some seconds")).to_be_visible(timeout=30_000)
    type_into(explorer, "Answered within (ms)", "soon")
    expect(explorer.locator(".lp-slo_ms .lp-message")).to_be_visible()
    assert explorer.locator(".lp-sentence").text_content() == sentence(held)


def test_a_size_chosen_for_you_is_named_beside_its_box(explorer):
    explorer.locator(".lp-fold", has_text="Sizes and processors").press("Enter")
    explorer.get_by_label("choose Lambda memory").press("Space")
    changes = {MEMORY: "auto"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    chosen = compare(scenario(changes)).options[0].option.memory_mb
    expect(explorer.locator(".lp-memory .lp-hint")).to_contain_text(f"{chosen} MB chosen")
    explorer.get_by_label("Fargate size").select_option(label="chosen for you")
    changes |= {"options.1.size": "auto", "options.1.vcpu": None, "options.1.memory_gb": None}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    size = compare(scenario(changes)).options[1].option.size_label
    expect(explorer.locator(".lp-fargate_size .lp-hint")).to_have_text(f"the cheapest that serves; here {size}")


def test_cold_starts_are_counted_and_environments_kept_ready(explorer):
    explorer.locator(".lp-fold", has_text="Cold starts").press("Enter")
    explorer.get_by_label("Cold starts", exact=True).select_option(label="nodejs22.x")
    changes = {"workload.runtime": "nodejs22.x"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    fleet = compare(scenario(changes)).options[0].fleet
    share = float(f"{float(fleet.cold.fraction) * 100:.2g}")
    expect(explorer.locator(".lp-runtime .lp-hint")).to_have_text(f"{share} % of requests wait 141 ms more")
    box = explorer.get_by_label("Kept ready", exact=True)
    box.fill("2")
    box.press("Enter")
    changes |= {"options.0.provisioned": 2, "options.0.label": "Lambda 1024 MB, 2 provisioned"}
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
    used = compare(scenario(changes)).options[0].fleet.standby.used_fraction
    expect(explorer.locator(".lp-provisioned .lp-hint")).to_contain_text(f"2 ready, in use {float(used) * 100:.3g} %")
    box.fill("-1")
    box.press("Enter")
    expect(explorer.locator(".lp-provisioned .lp-message")).to_contain_text("-1 is outside 0..100000")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence(changes))
