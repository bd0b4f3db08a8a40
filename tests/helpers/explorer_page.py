"""The explorer as a page shows it: where its values are in a scenario, what it answers, how its boxes are filled."""

from __future__ import annotations

from typing import Any

from lambdaplan import Scenario, compare
from lambdaplan.comparison.wording import answer
from lambdaplan.resources import data_dir

REQUESTS, DURATION, MEMORY = "workload.requests_per_month", "workload.duration_ms", "options.0.memory_mb"
BUSY, BURST = "workload.busy_share", "workload.traffic.burst"
# The kernel has answered what it was asked.
READY = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""

# Files, each a name and its text, dropped on the explorer as a hand does it.
DROP = """(root, files) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    root.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
}"""


def scenario(changes: dict[str, Any]) -> Scenario:
    """The packaged scenario with other values."""
    return Scenario.load(data_dir() / "scenarios" / "node_api.json").with_values(changes)


def sentence(changes: dict[str, Any]) -> str:
    """What the explorer answers to it."""
    return f"{answer(compare(scenario(changes)))}."


def type_into(page: Any, label: str, text: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(text)
    box.press("Enter")
