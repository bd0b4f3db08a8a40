"""The explorer's buttons in a real JupyterLab, by mouse and by keyboard, and what a screen reader finds."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from test_explorer_in_lab import DURATION, explorer, scenario, sentence, type_into  # noqa: F401 - a fixture

from lambdaplan import Scenario

CLIPBOARD = """async () => {
  const found = {};
  for (const item of await navigator.clipboard.read())
    for (const type of item.types) found[type] = await (await item.getType(type)).text();
  return found;
}"""


@pytest.fixture
def bar(explorer, context):  # noqa: F811
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return explorer


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_undo_redo_and_reset_by_button_and_by_keyboard(bar):
    type_into(bar, "Duration (ms)", "300")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({DURATION: 300}))
    press(bar, "Undo")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({}))
    expect(bar.get_by_label("Duration (ms)", exact=True)).to_have_value("200")
    bar.get_by_role("button", name="Redo", exact=True).press("Control+Shift+Z")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({DURATION: 300}))
    bar.get_by_role("button", name="Redo", exact=True).press("Control+Z")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({}))
    expect(bar.get_by_role("button", name="Undo", exact=True)).to_have_attribute("aria-disabled", "true")
    press(bar, "Redo")
    press(bar, "Reset")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({}))


def test_the_chart_goes_to_the_clipboard_with_its_words(bar):
    press(bar, "Copy for my document")
    expect(bar.locator(".lp-said")).to_contain_text("Copied", timeout=30_000)
    found = bar.evaluate(CLIPBOARD)
    assert set(found) == {"text/plain", "text/html", "image/png"}
    assert found["image/png"][1:4] == "PNG"
    for text in (found["text/plain"], found["text/html"]):
        assert "us-east-1" in text and "9.5 million requests a month" in text
    assert "<script" not in found["text/html"]
    with bar.expect_download() as saved:
        press(bar, "Picture (SVG)")
    assert saved.value.suggested_filename == "cost.svg"


def test_a_scenario_is_saved_and_loaded_and_what_is_none_changes_nothing(bar):
    type_into(bar, "Duration (ms)", "345")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({DURATION: 345}))
    with bar.expect_download() as saved:
        press(bar, "Save scenario")
    document = json.loads(saved.value.path().read_text("utf-8"))
    assert Scenario.from_dict(document) == scenario({DURATION: 345})
    press(bar, "Copy as text")
    expect(bar.locator(".lp-said")).to_contain_text("Copied")
    assert json.loads(bar.evaluate("() => navigator.clipboard.readText()")) == document
    press(bar, "Reset")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({}))
    press(bar, "Load scenario")
    box = bar.get_by_label("A scenario as text (JSON or YAML)")
    expect(box).to_be_focused()
    box.fill('{"version": 1, "name": "x"}')
    press(bar, "Use this scenario")
    expect(bar.locator(".lp-said.lp-bad")).to_contain_text("workload")
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({}))
    with bar.expect_file_chooser() as chooser:
        press(bar, "choose a file…")
    chooser.value.set_files(files=[{"name": "mine.json", "mimeType": "", "buffer": json.dumps(document).encode()}])
    expect(bar.locator(".lp-sentence")).to_have_text(sentence({DURATION: 345}))


def test_axe_finds_no_barrier_in_the_explorer(bar):
    found = Axe().run(bar, context={"include": [".lp-explorer"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
