"""How fast a chart follows a slider in JupyterLab: the explorer against `ipywidgets.interact` with a new altair chart.

Both show the same chart of the same scenario, and both are moved by keyboard. Time runs from the key press, as the
page hears it, to the last change of what can be seen of the picture. It is measured by `make bench ONLY=hand`,
which reads the numbers from `build/hand.json`.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect

PRESSES, WARM, QUIET_S = 30, 3, 0.5
BURST, APART_S = 30, 0.025
AHEAD_S = 8  # the reader looks at the slider for so long before the first press
CELL = """
import ipywidgets as widgets
from IPython.display import display
from lambdaplan import Scenario, compare
from lambdaplan.resources import data_dir
from lambdaplan.charts.cost import chart
from lambdaplan.explorer.controls.scenario_controls import all_controls, presets

scenario = Scenario.load(data_dir() / "scenarios" / "node_api.json")
stops = all_controls(presets())["duration"].stops

def draw(ms):
    spec = chart(compare(scenario.at("workload.duration_ms", ms)), width=530, height=230).to_dict()
    spec["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json"  # the one that JupyterLab draws itself
    kind = "application/vnd.vegalite.v5+json"
    options = {kind: {"embed_options": {"renderer": "svg", "actions": False}}}
    display({kind: spec, "text/plain": "chart"}, raw=True, metadata=options)

widgets.interact(draw, ms=widgets.SelectionSlider(options=stops, value=stops[stops.index(200)]));
"""
WATCH = """root => {
  window.seen = {changes: [], presses: []};
  const drawn = node => node.closest?.("svg.marks") ? !node.closest("[class*=hover_]") : Boolean(node.querySelector?.("svg.marks"));
  const differs = ({type, target, attributeName, oldValue, addedNodes}) =>
    type === "attributes" ? oldValue !== target.getAttribute(attributeName) && target.closest("svg.marks") && drawn(target)
    : type === "characterData" ? drawn(target.parentElement)
    : target.closest("svg.marks") ? drawn(target) : [...addedNodes].some(drawn);
  new MutationObserver(records => { if (records.some(differs)) seen.changes.push(performance.now()); })
    .observe(root, {subtree: true, childList: true, attributes: true, attributeOldValue: true, characterData: true});
  document.addEventListener("keydown", () => seen.presses.push(performance.now()), true);
}"""


def test_explorer(open_notebook) -> None:
    page = open_notebook("explorer.ipynb")
    noted("explorer", measured(page, ".lp-charts", ".lp-duration .noUi-handle"))


def test_interact(open_notebook, lab) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata=kernel)
    nbformat.write(book, lab.root / "notebooks" / "interact.ipynb")
    page = open_notebook("interact.ipynb")
    noted("interact", measured(page, ".jp-Notebook", ".widget-interact .noUi-handle"))


def noted(name: str, found: dict[str, object]) -> None:
    path = Path("build") / "hand.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, name: found}, indent=2) + "\n")


def measured(page: Page, root: str, handle: str) -> dict[str, object]:
    expect(page.locator(f"{root} svg.marks").first).to_be_visible(timeout=60_000)
    page.locator(root).first.evaluate(WATCH)
    page.locator(handle).focus()
    time.sleep(AHEAD_S)
    times = []
    for n in range(WARM + PRESSES):
        page.evaluate("() => { seen.changes = []; seen.presses = []; }")
        page.keyboard.press("ArrowRight" if n % 8 < 4 else "ArrowLeft")
        settled(page)
        press, change = page.evaluate("() => [seen.presses[0], seen.changes.at(-1)]")
        times.append(change - press)
    page.evaluate("() => { seen.changes = []; seen.presses = []; }")
    start = time.monotonic()
    for n in range(BURST):
        time.sleep(max(0, start + n * APART_S - time.monotonic()))
        page.keyboard.press("ArrowRight")
    settled(page, 3)
    presses, changes = page.evaluate("() => [seen.presses, seen.changes]")
    return {
        "press_to_last_change_ms": times[WARM:],
        "burst": {
            "presses": len(presses),
            "apart_ms": (presses[-1] - presses[0]) / (len(presses) - 1),
            "frames": len(changes),
            "settled_ms": changes[-1] - presses[-1],
        },
    }


def settled(page: Page, quiet_s: float = QUIET_S) -> None:
    """Wait until the picture has changed, and then has not for a while."""
    quiet = f"() => seen.changes.length && performance.now() - seen.changes.at(-1) > {1000 * quiet_s}"
    page.wait_for_function(quiet, timeout=60_000)
