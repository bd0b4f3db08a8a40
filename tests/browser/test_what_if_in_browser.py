"""The page with sliders in a real browser: every figure on it is Python's, by keyboard too, and nobody is asked."""

from __future__ import annotations

import json
import random

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import lambdaplan
from campaigns import PROVE
from lambdaplan.analysis import slider_grid
from lambdaplan.comparison.wording import answer
from lambdaplan.formatting import cents
from lambdaplan.report import what_if_page
from lambdaplan.resources import data_dir
from payloads import SCRIPTS
from what_if_data import changes_at, document_of, python_at, stops_of, table_of

NODE_API = data_dir() / "scenarios" / "node_api.json"
POSITIONS = 50 if PROVE else 20
READ = """() => ({
    answer: document.getElementById("answer").textContent,
    command: document.getElementById("command").textContent,
    rows: [...document.querySelectorAll("#bills tr")].map(row => [...row.children].map(cell => cell.textContent)),
    best: [...document.querySelectorAll("#bills tr")].findIndex(row => row.className === "lp-best"),
    points: [...document.querySelectorAll("#points tr")].map(row => [...row.children].map(cell => cell.textContent)),
    wall: document.getElementById("wall")?.textContent,
})"""
MOVE = """places => { for (const [name, n] of Object.entries(places)) {
    const input = document.getElementById(name);
    input.value = n;
    input.dispatchEvent(new Event("input", {bubbles: true}));
    input.dispatchEvent(new Event("change", {bubbles: true}));
} }"""
READY = "() => document.documentElement.dataset.ready"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The page of the packaged scenario, with every stop in the long proofs; tests/report has all of them in every run."""
    path = tmp_path_factory.mktemp("page") / "what-if.html"
    with pytest.MonkeyPatch.context() as patch:
        if not PROVE:
            patch.setattr(slider_grid, "GRIDS", ((11, 5, 1),))
        path.write_text(what_if_page.what_if_page(lambdaplan.Scenario.load(NODE_API)), "utf-8")
    return path


@pytest.fixture
def opened(page, context, made):
    context.set_offline(True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(made.as_uri())
    page.wait_for_function(READY)
    yield page
    assert {url.split("#")[0] for url in asked} <= {made.as_uri(), "about:blank"}


def dollars(result):
    total = result.bill.total_usd
    return f"${cents(result.bill.known_usd) if total is None else total:,}"


def wrong(shown, there):
    """What the page shows otherwise than Python has it."""
    found = [] if shown["answer"].endswith(f"{answer(there).rsplit(': ', 1)[1]}.") else [shown["answer"]]
    for row, result in zip(shown["rows"], there.options, strict=True):
        if row[:2] != [result.label, dollars(result)] or ("breaks a limit" in row[3]) == result.feasible:
            found.append((row, result.label, dollars(result)))
    best = there.options[shown["best"]].label if shown["best"] >= 0 else None
    return found if best == there.winner else [*found, (best, there.winner)]


def test_every_figure_is_pythons_at_stops_taken_by_chance(opened, made):
    text, rng = made.read_text("utf-8"), random.Random(6)
    table, document = table_of(text), document_of(text)
    for n in range(POSITIONS):
        places = {one["name"]: rng.randrange(len(one["stops"])) for one in table["sliders"]}
        opened.evaluate(MOVE, places)
        shown = opened.evaluate(READ)
        there = python_at(document, changes_at(table, places))
        assert wrong(shown, there) == [], places
        # the command that the page gives is the very stop
        changes = shown["command"].removeprefix("lambdaplan compare scenario.json").split(" --set ")[1:]
        if n < 5:
            assert python_at(document, changes).to_frame().equals(there.to_frame())
        point = shown["points"][places["requests"]]
        assert [cell.split(" ")[0] for cell in point[1:-1]] == [dollars(result) for result in there.options]


def test_it_starts_and_restarts_at_the_scenario_and_keeps_its_state_in_the_address(opened, page, made):
    there = lambdaplan.compare(lambdaplan.Scenario.load(NODE_API))
    assert wrong(opened.evaluate(READ), there) == []
    stops, places = stops_of(table_of(made.read_text("utf-8"))), {"requests": 6, "duration": 1, "memory": 3}
    opened.evaluate(MOVE, places)
    kept = opened.evaluate("() => location.hash")
    assert kept == "#" + "&".join(f"{name}={stops[name][n]}" for name, n in places.items())
    assert kept.endswith("&memory=512")
    if not PROVE:  # of eleven stops from 10 thousand to a billion on a log axis the seventh is ten million
        assert kept.startswith("#requests=10000000&")
    before = opened.evaluate(READ)
    assert wrong(before, there) != []  # elsewhere
    page.goto("about:blank")
    page.goto(made.as_uri() + kept)
    page.wait_for_function(READY)
    assert page.evaluate(READ) == before
    page.get_by_role("button", name="Back to the scenario").click()
    assert wrong(page.evaluate(READ), there) == []


def test_an_address_that_names_no_stop_is_ignored(page, made):
    there = lambdaplan.compare(lambdaplan.Scenario.load(NODE_API))
    for words in (
        "#requests=56000001",
        "#requests=1e9&duration=-1",
        "#<img src=x onerror=ran(1)>",
        "#%",
        "#requests",
        "#memory=NaN",
    ):
        page.goto("about:blank")  # else only the address would change
        page.goto(made.as_uri() + words)
        page.wait_for_function(READY)
        assert wrong(page.evaluate(READ), there) == [], words


def test_every_control_works_by_keyboard_alone(opened):
    for name, key in (
        ("Requests a month", "ArrowRight"),
        ("Duration of a request", "ArrowLeft"),
        ("Lambda memory", "End"),
    ):
        opened.keyboard.press("Tab")
        slider = opened.get_by_role("slider", name=name)
        expect(slider).to_be_focused()
        assert slider.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        before = slider.get_attribute("aria-valuetext"), opened.evaluate(READ)["rows"]
        opened.keyboard.press(key)
        expect(slider).not_to_have_attribute("aria-valuetext", before[0])
        expect(opened.locator(f"output[for={slider.get_attribute('id')}]")).to_have_text(
            slider.get_attribute("aria-valuetext")
        )
        assert opened.evaluate(READ)["rows"] != before[1]
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Back to the scenario")).to_be_focused()
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("slider", name="Lambda memory")).to_have_attribute("aria-valuetext", "1,024 MB")
    for words in ("The chart as a table", "Every assumption", "The scenario, every default filled in"):
        opened.keyboard.press("Tab")
        expect(opened.locator("summary", has_text=words)).to_be_focused()
        opened.keyboard.press("Enter")
        expect(opened.locator("details", has=opened.locator("summary", has_text=words))).to_have_attribute("open", "")
        if words != "The scenario, every default filled in":
            opened.keyboard.press("Tab")  # what is unfolded, which may be wider than the window
            expect(opened.get_by_role("region", name=words)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_barrier_and_fits(opened, scheme):
    opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for element in opened.locator("details").all():
        element.evaluate("e => { e.open = true }")
    for width in (1280, 640, 320):
        opened.set_viewport_size({"width": width, "height": 900})
        opened.wait_for_function("width => innerWidth === width", arg=width)
        assert opened.evaluate("() => document.documentElement.scrollWidth") <= width
        found = Axe().run(opened)
        assert found.violations_count == 0, found.generate_report()
        assert opened.evaluate("() => document.getAnimations().length") == 0
        lines = opened.locator("#chart path")
        assert len({line.get_attribute("stroke") for line in lines.all()}) == 3


def test_with_scripts_off_it_is_the_scenario_as_it_came(browser, made):
    context = browser.new_context(java_script_enabled=False, offline=True)
    try:
        page = context.new_page()
        page.goto(made.as_uri())
        expect(page.locator("#answer")).to_contain_text("Lambda 1024 MB is cheapest by $3.64")
        expect(page.locator("#bills")).to_contain_text("$45.33")
        expect(page.locator("figure.lp-still svg")).to_be_visible()
        expect(page.locator("input").first).to_be_hidden()
    finally:
        context.close()


def test_hostile_words_stay_words(page, context, tmp_path, monkeypatch):
    monkeypatch.setattr(slider_grid, "GRIDS", ((3, 2, 1),))
    monkeypatch.setattr(slider_grid, "MEMORY_MB", (1024,))
    context.add_init_script(
        "window.found = []; window.ran = n => window.found.push(n); window.alert = window.ran;"
        "document.addEventListener('securitypolicyviolation', e => window.found.push(e.violatedDirective));"
    )
    document = json.loads(NODE_API.read_text("utf-8"))
    document["name"] = SCRIPTS[0]
    document["options"] = [
        {**document["options"][n % 3], "label": words, "front_door": "none"} for n, words in enumerate(SCRIPTS)
    ]
    path = tmp_path / "what-if.html"
    path.write_text(what_if_page.what_if_page(lambdaplan.Scenario.from_dict(document)), "utf-8")
    page.goto(path.as_uri())
    page.wait_for_function(READY)
    page.evaluate(MOVE, {"requests": 0, "duration": 0})
    assert page.evaluate("() => window.found") == []
    shown = page.evaluate(READ)
    assert [row[0] for row in shown["rows"]] == SCRIPTS
    for words in SCRIPTS:
        assert words in page.locator("#points-head").text_content()
