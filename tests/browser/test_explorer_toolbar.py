"""The explorer's buttons in a real JupyterLab, by mouse and by keyboard, and what a screen reader finds."""

from __future__ import annotations

import json
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer_page import DROP, DURATION, READY, scenario, sentence, type_into
from lambdaplan import Scenario, compare
from lambdaplan.comparison.wording import answer
from lambdaplan.explorer.controls.control import Number
from lambdaplan.explorer.controls.scenario_controls import all_controls, presets
from lambdaplan.platforms import OPTIONS

CLIPBOARD = """async () => {
  const found = {};
  for (const item of await navigator.clipboard.read())
    for (const type of item.types) found[type] = await (await item.getType(type)).text();
  return found;
}"""


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_undo_redo_and_reset_by_button_and_by_keyboard(explorer):
    type_into(explorer, "Duration (ms)", "300")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: 300}))
    press(explorer, "Undo")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))
    expect(explorer.get_by_label("Duration (ms)", exact=True)).to_have_value("200")
    explorer.get_by_role("button", name="Redo", exact=True).press("Control+Shift+Z")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: 300}))
    explorer.get_by_role("button", name="Redo", exact=True).press("Control+Z")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))
    expect(explorer.get_by_role("button", name="Undo", exact=True)).to_have_attribute("aria-disabled", "true")
    press(explorer, "Redo")
    press(explorer, "Reset")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))


def test_the_chart_goes_to_the_clipboard_with_its_words(explorer):
    press(explorer, "Copy for my document")
    expect(explorer.locator(".lp-said")).to_contain_text("Copied")
    found = explorer.evaluate(CLIPBOARD)
    assert set(found) == {"text/plain", "text/html", "image/png"}
    assert found["image/png"][1:4] == "PNG"
    for text in (found["text/plain"], found["text/html"]):
        assert "us-east-1" in text and "11 million requests a month" in text
    assert "<script" not in found["text/html"]
    with explorer.expect_download() as saved:
        press(explorer, "Picture (SVG)")
    assert saved.value.suggested_filename == "cost.svg"


def test_a_scenario_is_saved_and_loaded_and_what_is_none_changes_nothing(explorer):
    type_into(explorer, "Duration (ms)", "345")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: 345}))
    with explorer.expect_download() as saved:
        press(explorer, "Save scenario")
    document = json.loads(saved.value.path().read_text("utf-8"))
    assert Scenario.from_dict(document) == scenario({DURATION: 345})
    press(explorer, "Copy as text")
    expect(explorer.locator(".lp-said")).to_contain_text("Copied")
    assert json.loads(explorer.evaluate("() => navigator.clipboard.readText()")) == document
    press(explorer, "Reset")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))
    press(explorer, "Load scenario")
    box = explorer.get_by_label("A scenario as text (JSON or YAML), or a link")
    expect(box).to_be_focused()
    box.fill('{"version": 1, "name": "x"}')
    press(explorer, "Use this scenario")
    expect(explorer.locator(".lp-said.lp-bad")).to_contain_text("workload")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))
    with explorer.expect_file_chooser() as chooser:
        press(explorer, "choose a file…")
    chooser.value.set_files(files=[{"name": "mine.json", "mimeType": "", "buffer": json.dumps(document).encode()}])
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({DURATION: 345}))


def test_axe_finds_no_barrier_in_the_explorer(explorer):
    found = Axe().run(explorer, context={"include": [".lp-explorer"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


def test_files_are_dropped_or_chosen_and_what_they_tell_is_taken(explorer):
    samples = Path(__file__).parent.parent / "golden" / "evidence" / "lambda_logs"
    log = (samples / "report_text.log").read_text("utf-8")
    several = (samples / "report_json.jsonl").read_text("utf-8")
    several += several.replace("notifier", "mailer")
    root = explorer.locator(".lp-explorer")
    root.evaluate(DROP, [["orders.log", log]])
    expect(explorer.locator(".lp-said")).to_contain_text("7 values of 1 file. Undo brings back")
    told = explorer.get_by_role("region", name="Import files")
    expect(told).to_contain_text("orders.log: lambda_report_text, 40 rows")
    expect(told.get_by_role("row", name="workload.duration_ms")).to_contain_text("243.375200138.9 to 788.7orders.log")
    expect(told).to_contain_text("kept as it was:workload.requests_per_month")
    expect(explorer.get_by_label("Duration (ms)", exact=True)).to_have_value("243.375")
    assert root.evaluate("e => e.classList.contains('lp-over')") is False
    violations = Axe().run(explorer, context={"include": [".lp-explorer"]}).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in violations] == []
    # what can't be read is one line, and nothing changes
    root.evaluate(DROP, [["orders.log", log], ["<b>x.txt", "no such thing"]])
    expect(explorer.locator(".lp-said.lp-bad")).to_contain_text("_b_x.txt can't be read: it is of no known kind")
    expect(explorer.get_by_label("Duration (ms)", exact=True)).to_have_value("243.375")
    press(explorer, "Undo")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))
    # by keyboard, and of one function among several
    explorer.get_by_role("button", name="Close", exact=True).press("Enter")
    expect(told).to_be_hidden()
    expect(explorer.get_by_role("button", name="Import files", exact=True)).to_be_focused()
    explorer.keyboard.press("Enter")
    expect(explorer.get_by_role("button", name="choose files…", exact=True)).to_be_focused()
    chosen = explorer.locator(".lp-dropped input[type=file]")
    chosen.set_input_files([{"name": "all.jsonl", "mimeType": "", "buffer": several.encode()}])
    expect(told).to_contain_text("mailer, notifier. --function NAME takes one")
    told.get_by_label("Function or service").select_option("mailer")
    expect(told).to_contain_text("of 2 in the file, mailer is taken")
    expect(explorer.locator(".lp-said")).to_contain_text("of 1 file")
    press(explorer, "Close")
    press(explorer, "Undo")
    press(explorer, "Undo")
    expect(explorer.locator(".lp-sentence")).to_have_text(sentence({}))


# What has the focus: the control it belongs to, what kind of input it is, its name, and whether the focus can be seen.
FOCUS = """() => {
  const at = document.activeElement, row = at.closest(".lp-control");
  const style = getComputedStyle(at), own = row && [...row.classList].find(c => c.startsWith("lp-") && c !== "lp-control");
  const kind = at.matches("select") ? "select" : at.matches("[type=checkbox]") ? "checkbox" : at.matches("input") ? "text"
    : at.matches(".noUi-handle") ? "slider" : at.matches("button, summary") ? "button" : at.tagName.toLowerCase();
  return {
    inside: !!at.closest(".lp-explorer"), key: own ? own.slice(3) : "", kind, folded: at.matches(".lp-fold:not(.mod-active)"),
    name: (at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || at.title || "").trim(),
    seen: style.outlineStyle !== "none" && style.outlineWidth !== "0px" || style.boxShadow !== "none"
      || style.borderColor !== getComputedStyle(document.body).borderColor,
  };
}"""
TYPED = {
    "requests": "2M",
    "duration": "150",
    "memory": "1024",
    "measured": "1769",
    "busy": "0.4",
    "peak": "3",
    "min_units": "3",
    "slo_ms": "900",
    "provisioned": "2",
    "log_kb": "1",
    "wage": "60",
    "hours_functions": "2",
    "hours_fleets": "8",
    "spot_fraction": "0.5",
    "leave": "20",
}
# Moved, and moved back: memory to choose, either processor, or cold starts in each of what follows would take long.
BACK = {"memory_auto": "Space", "known_errors": "Space", "chances": "Space"} | dict.fromkeys(
    ("lambda_arch", "fargate_arch", "runtime", "kind", "tried_again"), "ArrowUp"
)
# Controls that are there for another choice alone; each comes and goes by itself.
COMES = {"kind": ("max_wait", "batch_size", "retries"), "tried_again": ("failed_share", "attempts_most")}
# Of work that may wait, and of services around: here somebody waits, and there are none.
ELSEWHERE = {"max_wait", "batch_size", "retries", "failed_share", "attempts_most"}
ELSEWHERE |= {"counts_around", "around", "around_amount"}


# What is on the clipboard, once something is, within two minutes.
COPIED = """async () => {
  for (let tries = 0; tries < 1200; tries++) {
    const text = await navigator.clipboard.readText();
    if (text) return text;
    await new Promise((done) => setTimeout(done, 100));
  }
  return "";
}"""


def copied_by_keyboard(explorer) -> str:
    """The scenario as the toolbar copies it."""
    explorer.evaluate("() => navigator.clipboard.writeText('')")
    explorer.get_by_role("button", name="Copy as text", exact=True).focus()
    explorer.keyboard.press("Enter")
    text = explorer.evaluate(COPIED)
    explorer.wait_for_function(READY, timeout=120_000)
    return text


def test_every_control_is_reached_and_moved_by_keyboard_alone(explorer):
    explorer.get_by_role("button", name="Reset", exact=True).focus()
    reached: dict[tuple[str, str], str] = {}
    for _ in range(90):
        explorer.keyboard.press("Tab")
        at = explorer.evaluate(FOCUS)
        if not at["inside"]:
            break
        assert at["name"], f"what has the focus has no name: {at}"
        assert at["seen"], f"the focus can't be seen: {at}"
        if at["folded"]:
            explorer.keyboard.press("Enter")
            explorer.wait_for_function("() => document.activeElement.matches('.mod-active')")
        if not at["key"] or (at["key"], at["kind"]) in reached:
            continue
        reached[at["key"], at["kind"]] = at["name"]
        if at["kind"] == "text":
            explorer.keyboard.press("ControlOrMeta+a")
            explorer.keyboard.type(TYPED[at["key"]])
            explorer.keyboard.press("Enter")
        else:
            explorer.keyboard.press({"select": "ArrowDown", "checkbox": "Space", "slider": "ArrowRight"}[at["kind"]])
            if at["key"] in COMES:  # what belongs to it comes, and goes again
                for key in COMES[at["key"]]:
                    expect(explorer.locator(f".lp-{key}")).to_be_visible(timeout=120_000)
            if at["key"] in BACK:
                explorer.keyboard.press(BACK[at["key"]])
        explorer.wait_for_timeout(400 if at["kind"] == "slider" else 50)  # until it rests, and the kernel hears of it
        explorer.wait_for_function(READY, timeout=120_000)
        if at["key"] in COMES:
            for key in COMES[at["key"]]:
                expect(explorer.locator(f".lp-{key}")).to_be_hidden(timeout=120_000)
        if at["key"] == "slo":  # its time has a box as soon as it is answered
            expect(explorer.locator(".lp-slo_ms")).to_be_visible(timeout=120_000)
    controls = all_controls(presets())
    others = OPTIONS.keys() - {option.kind for option in scenario({}).options}  # platforms that are not here
    theirs = {f"{kind}_door" for kind in others} | {one.key for kind in others for one in OPTIONS[kind].selections}
    theirs |= {f"{kind}_in_hand" for kind in OPTIONS}  # there are not two options of one platform
    missing = controls.keys() - {key for key, _ in reached} - theirs - ELSEWHERE
    assert not missing, f"not reached by keyboard: {missing}"
    sliders = {key for key, one in controls.items() if isinstance(one, Number) and one.slider is not None}
    assert {key for key, kind in reached if kind == "slider"} == sliders
    text = ""
    while (copied := copied_by_keyboard(explorer)) != text:  # the kernel may still be at what was pressed before
        text = copied
    shown = Scenario.from_dict(json.loads(text))
    assert shown != scenario({})
    expect(explorer.locator(".lp-sentence")).to_have_text(f"{answer(compare(shown))}.", timeout=60_000)
