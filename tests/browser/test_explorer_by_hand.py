"""The explorer in the reader's hand: pictures before the kernel answers, values equal to `compare`, no growth."""

from __future__ import annotations

import json
import os
import random
import signal

from playwright.sync_api import expect

from campaigns import PROVE
from explorer_page import BURST, BUSY, DURATION, MEMORY, READY, REQUESTS, scenario, sentence, type_into
from lambdaplan import compare
from lambdaplan.explorer.controls.scenario_controls import all_controls, presets

POSITIONS = 50 if PROVE else 6
REACH = 25 if PROVE else 8  # stops from one position to the next
MOVES = 500 if PROVE else 60
PATHS = {"requests": REQUESTS, "duration": DURATION, "memory": MEMORY, "busy": BUSY, "peak": BURST}
# The process of the kernel.
KERNEL = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const asked = kernel.requestExecute({code: "import os; print(os.getpid())", store_history: false});
  let printed = "";
  asked.onIOPub = message => { printed += message.content.text ?? "" };
  await asked.done;
  return Number(printed);
}"""
# Whether so many pictures of the slider in hand have come before they are asked for.
AHEAD = "many => Number(document.querySelector('.lp-charts [data-ahead]')?.dataset.ahead) >= many"
TITLE = ".lp-charts .lp-chart svg.marks .role-title-text"


def moved(page, key: str, index: int) -> None:
    """Move a slider as a hand does, by keyboard, to a stop near one of its ends or in steps from where it is."""
    handle, here = page.locator(f".lp-{key} .noUi-handle"), standing(page, key)
    count = int(float(handle.get_attribute("aria-valuemax"))) + 1
    if index < count - index and index < abs(index - here):
        handle.press("Home")
        here = 0
    elif count - index < abs(index - here):
        handle.press("End")
        here = count - 1
    for _ in range(abs(index - here)):
        handle.press("ArrowRight" if index > here else "ArrowLeft")


def standing(page, key: str) -> int:
    """The stop a slider is at."""
    return int(float(page.locator(f".lp-{key} .noUi-handle").get_attribute("aria-valuenow")))


def test_values_on_the_screen_are_those_of_compare_at_random_positions(explorer):
    chosen, controls = random.Random(6), all_controls(presets())
    values: dict[str, object] = {}
    for _ in range(POSITIONS):
        key = chosen.choice(list(PATHS))
        stops = controls[key].stops
        moved(explorer, key, min(max(standing(explorer, key) + chosen.randint(-REACH, REACH), 0), len(stops) - 1))
        explorer.wait_for_timeout(300)  # until a slider rests
        explorer.wait_for_function(READY, timeout=60_000)
        values[PATHS[key]] = stops[standing(explorer, key)]
        wanted = json.loads(compare(scenario(values)).to_json())
        totals = [f"${float(option['total_usd']):,.2f}" for option in wanted["options"]]
        expect(explorer.locator(".lp-total")).to_have_text(totals)
        expect(explorer.locator(".lp-sentence")).to_have_text(sentence(values))
        label = " ".join(explorer.locator(f"{TITLE} text, {TITLE} tspan").all_text_contents())
        assert label, "the chart has lost its title"


def test_a_value_between_two_stops_stays_what_is_shown(explorer):
    moved(explorer, "memory", standing(explorer, "memory") + 1)
    type_into(explorer, "Lambda memory (MB)", "325")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({MEMORY: 325}))
    type_into(explorer, "Busy share", "0.3")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({MEMORY: 325, BUSY: 0.3}))
    explorer.wait_for_function(AHEAD, arg=3, timeout=60_000)  # that of 320 MB is the first
    assert explorer.locator(".lp-memory input[type=text]").input_value() == "325"
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({MEMORY: 325, BUSY: 0.3}))


def test_a_picture_that_was_made_ahead_is_drawn_without_the_kernel(explorer):
    handle = explorer.locator(".lp-duration .noUi-handle")
    handle.focus()
    explorer.wait_for_function(AHEAD, arg=8, timeout=300_000)  # three on either side, and that in the middle
    kernel = explorer.evaluate(KERNEL)
    os.kill(kernel, signal.SIGSTOP)
    # From here on the kernel hears nothing: what is drawn now was there before.
    try:
        for ms in (210, 220, 230):
            handle.press("ArrowRight")
            expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: ms}))
            assert explorer.locator(".lp-duration input[type=text]").input_value() == str(ms)
        texts = " ".join(explorer.locator(".lp-charts .lp-chart svg.marks text").all_text_contents())
    finally:
        os.kill(kernel, signal.SIGCONT)
    wanted = compare(scenario({DURATION: 230}))
    assert "EC2 from" in texts and f"{float(wanted.crossovers[0].at) / 1e6:.2g} M" in texts


def test_hundreds_of_moves_leave_no_listeners_and_no_memory_behind(explorer):
    session = explorer.context.new_cdp_session(explorer)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")

    def weighed() -> dict[str, float]:
        session.send("HeapProfiler.collectGarbage")
        return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}

    def walk(moves: int) -> None:
        handle = explorer.locator(".lp-duration .noUi-handle")
        for n in range(moves):
            handle.press("ArrowRight" if n % 20 < 10 else "ArrowLeft")
        explorer.wait_for_timeout(1500)

    walk(60)
    explorer.wait_for_timeout(4000)
    before = weighed()
    walk(MOVES)
    after = weighed()
    for name, most in (("JSEventListeners", 20), ("Nodes", 500)):
        assert after[name] - before[name] < most, f"{name}: {before[name]} to {after[name]}"
    assert after["JSHeapUsedSize"] < 1.15 * before["JSHeapUsedSize"]
    there = all_controls(presets())["duration"].stops[standing(explorer, "duration")]
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: there}))


def test_a_click_on_the_map_goes_there(explorer):
    explorer.locator(".lp-fold", has_text="Map: the cheapest").press("Enter")
    area = explorer.locator(".lp-map svg.marks .role-frame > g > .background").first
    expect(area).to_be_visible(timeout=30_000)
    explorer.locator(".lp-map svg.marks").scroll_into_view_if_needed()
    box = area.bounding_box()
    explorer.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
    expect(explorer.get_by_label("Requests a month", exact=True)).not_to_have_value("10M")
    went = explorer.get_by_label("Requests a month", exact=True).input_value()
    assert went.endswith("M") and 50 < float(went[:-1]) < 62  # three quarters of 10 k to 1 B on a log scale: 56.2 M
