"""The explorer as a page: `lambdaplan lab --app`, with the network cut off."""

from __future__ import annotations

import http.client
import os
import re
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer_page import BUSY, DROP, DURATION, REQUESTS, scenario, sentence, type_into
from lambdaplan import compare
from lambdaplan.charts.theme import INK
from lambdaplan.comparison.wording import answer
from lambdaplan.explorer.dark_theme import DARK
from lambdaplan.explorer.link import to_link
from lambdaplan.explorer.options.option_editor import STARTS, with_another
from lambdaplan.formatting import money
from servers import free_port, serving

RUN = "import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"
LIGHT_ON_DARK = """e => {
  const light = colour => Math.max(...colour.match(/[\\d.]+/g).slice(0, 3).map(Number));
  let behind = e;
  while (/, 0\\)$|transparent/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  return light(getComputedStyle(e).color) > 180 && light(getComputedStyle(behind).backgroundColor) < 90;
}"""
# No letter of the chart is lower than 9 px, digits of axes among them.
LEGIBLE = """() => [...document.querySelectorAll(".lp-charts > .lp-chart svg.marks text")]
  .map(e => e.getBoundingClientRect().height).filter(high => high).every(high => high > 9)"""
SLIDERS = ("requests", "duration", "memory", "busy", "peak")
FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@pytest.fixture
def app(tmp_path):
    """Port and address of a running app."""
    port = free_port()
    own = {name: str(tmp_path / name.lower()) for name in FOLDERS}
    command = [sys.executable, "-c", RUN, "lab", "--app", "--no-browser", "--port", str(port)]
    address = re.compile(rf"http://127\.0\.0\.1:{port}/\S*token=\w+")
    with serving(command, {**os.environ, **own}, tmp_path / "log.txt", address.search) as found:
        yield port, found[0]


def test_the_app_runs_already_follows_and_asks_no_other_host(app, page):
    port, address = app
    for path, status in (
        ("/", 302),
        ("/logout", 302),
        ("/voila/templates/x", 404),
        ("/voila/files/explorer.ipynb", 403),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        reply = connection.getresponse()
        connection.close()
        assert reply.status == status  # without the token nobody gets in
        assert status != 302 or "/login" in reply.getheader("location")
    given = {DURATION: 250, BUSY: 0.5, "options.2.purchase": "spot"}
    page.goto(f"{address}#{to_link(scenario(given))}", timeout=120_000)
    expect(page.locator(".lp-sentence")).to_have_text(sentence(given), timeout=120_000)  # the link is read first
    expect(page).to_have_title("lambdaplan: which is cheapest, and where does that change?")
    expect(page.locator("body")).not_to_contain_text("Run All Cells")
    expect(page.locator("body")).not_to_contain_text("from lambdaplan import")
    expect(page.locator(".vega-embed svg.marks")).to_be_visible(timeout=30_000)
    type_into(page, "Duration (ms)", "300")
    given |= {DURATION: 300}
    expect(page.locator(".lp-sentence")).to_have_text(sentence(given), timeout=60_000)
    page.wait_for_function("link => location.hash === link", arg=f"#{to_link(scenario(given))}", timeout=60_000)
    page.evaluate("location.hash = location.hash.slice(0, -9)")  # as of a link that was cut
    expect(page.locator(".lp-said.lp-bad")).to_contain_text("the link can't be read: it was cut", timeout=60_000)
    expect(page.locator(".lp-sentence")).to_have_text(sentence(given))
    other = {REQUESTS: 2_000_000, "options.0.label": "mine <b>"}
    page.evaluate("link => { location.hash = link }", to_link(scenario(other)))
    expect(page.locator(".lp-sentence")).to_have_text(sentence(other), timeout=60_000)
    expect(page.locator(".lp-said")).not_to_have_class("lp-said lp-bad")
    # a file that is dropped, and what it told undone
    log = (
        "REPORT RequestId: x\tDuration: 80.00 ms\tBilled Duration: 80 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\n"
    )
    page.locator(".lp-explorer").evaluate(DROP, [["a.log", log * 3]])
    expect(page.get_by_label("Duration (ms)", exact=True)).to_have_value("80", timeout=60_000)
    expect(page.locator(".lp-said")).to_contain_text("of 1 file. Undo brings back")
    page.get_by_role("button", name="Close", exact=True).press("Enter")
    page.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(page.locator(".lp-sentence")).to_have_text(sentence(other), timeout=60_000)
    # an option is added and edited by keyboard
    page.locator(".lp-fold", has_text="Options").press("Enter")
    page.get_by_label("Another one", exact=True).press("F")  # Fargate
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator(".lp-card")).to_have_count(4, timeout=60_000)
    page.get_by_role("button", name="Edit its fields").press("Enter")
    type_into(page, "Ephemeral (GB)", "120")
    added = with_another(scenario(other), STARTS["Fargate"]).with_values({"options.3.ephemeral_gb": 120})
    expect(page.locator(".lp-sentence")).to_have_text(f"{answer(compare(added))}.", timeout=60_000)
    totals = [money(result.bill.total_usd) for result in compare(added).options]
    expect(page.locator(".lp-bill .lp-total")).to_have_text(totals, timeout=60_000)
    expect(page.locator(".lp-view")).to_have_attribute("aria-busy", "false", timeout=60_000)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false", timeout=60_000)
    title = page.locator(".lp-chart svg.marks .role-title-text text").first
    expect(title).to_have_attribute("fill", DARK[INK], timeout=60_000)
    for box in (".lp-sentence", ".lp-requests input", ".lp-usd"):
        assert page.locator(box).first.evaluate(LIGHT_ON_DARK), box
    found = Axe().run(page, context={"include": [".lp-explorer"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
    page.emulate_media(color_scheme="light")
    expect(title).to_have_attribute("fill", INK, timeout=60_000)
    for width in (390, 640, 960, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
        page.evaluate("() => { document.querySelectorAll('.lp-fold.mod-active').forEach(one => one.click()) }")
        page.locator("h1").first.evaluate("e => e.scrollIntoView()")  # the page as it opens
        for part in (".lp-cards", ".lp-sentence"):
            expect(page.locator(part).first).to_be_in_viewport(ratio=1)
        page.wait_for_function(LEGIBLE, timeout=60_000)  # the chart has the room of this page
        expect(page.locator(".lp-chart svg.marks").first).to_be_in_viewport(ratio=0.5)
        if width == 1280:  # figures, chart and slider are on one screen
            for part in (".lp-cards", ".lp-chart svg.marks", *(f".lp-{key} .noUi-handle" for key in SLIDERS)):
                expect(page.locator(part).first).to_be_in_viewport(ratio=1)
