"""Toolbar: undo, redo, reset, save, load, and copies for documents and the command line."""

from __future__ import annotations

import base64
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from markupsafe import Markup

from lambdaplan.charts.cost import specification
from lambdaplan.charts.rendering import raster
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.errors import InputError, LambdaplanError, Problem
from lambdaplan.explorer.evidence.dropped_files import MOST_BYTES as MOST_DROPPED
from lambdaplan.explorer.evidence.dropped_files import MOST_FILES, PIECE, DroppedFiles
from lambdaplan.explorer.link import MOST_BYTES, from_link, is_link, to_link
from lambdaplan.explorer.live_chart import STATIC
from lambdaplan.explorer.one_at_a_time import one_at_a_time
from lambdaplan.report.atomic_files import PREFIX, slug
from lambdaplan.report.export import run_export
from lambdaplan.report.figures import figure_for_page
from lambdaplan.report.html_page import markdown_text
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.parsing import parse_document

BUTTONS = [
    ("undo", "Undo", "back to the answer before (Ctrl+Z)"),
    ("redo", "Redo", "forward again (Ctrl+Shift+Z)"),
    ("reset", "Reset", "back to the scenario this began with"),
    ("save", "Save scenario", "save the scenario as a file that every command reads"),
    ("load", "Load scenario", "take a scenario from a file or from text"),
    ("import", "Import files", "logs, metrics, bills, templates and load tests become the scenario"),
    ("figure", "Copy for my document", "copy the cost chart as a picture, with its caption and alternative text"),
    ("export", "Export charts", "save the charts as pictures, pages, tables and specifications, in one zip file"),
    ("command", "Copy as command", "copy the command that writes the report of this answer"),
    ("link", "Copy link", "copy a link that brings all of this back"),
    ("scenario", "Copy as text", "copy the scenario as one line of text; Load scenario takes it back"),
]
MOST_STEPS = 200  # that can be undone


class History:
    """Scenarios that were answered, in their order, and where among them the reader stands."""

    def __init__(self, first: Scenario) -> None:
        self.first = first
        self._seen = [first]
        self._at = 0

    def add(self, scenario: Scenario) -> None:
        """Take note of another answer; what was undone before it is forgotten."""
        if scenario != self._seen[self._at]:
            self._seen = [*self._seen[: self._at + 1], scenario][-MOST_STEPS:]
            self._at = len(self._seen) - 1

    def go(self, steps: int) -> Scenario:
        """The scenario so many answers later, or the last there is."""
        self._at = min(max(self._at + steps, 0), len(self._seen) - 1)
        return self._seen[self._at]

    @property
    def off(self) -> list[str]:
        """Buttons that would change nothing."""
        ends = {"undo": self._at == 0, "redo": self._at == len(self._seen) - 1}
        return [key for key, at_end in ends.items() if at_end]


class Toolbar(anywidget.AnyWidget):
    """The row of buttons.

    Parameters:
    first : Scenario - where the reader starts.
    comparison : function - gives the answer in view.
    take : function - shows the answer of another scenario; raises LambdaplanError where there is none.
    """

    _esm = "".join((STATIC / name).read_text("utf-8") for name in ("toolbar.js", "dropped_files.js"))
    _css = """
    .lp-explorer .lp-bar { display: flex; flex-wrap: wrap; gap: 4px; }
    .lp-explorer .lp-bar button, .lp-explorer .lp-pasted button, .lp-explorer .lp-shown button,
    .lp-explorer .lp-dropped button, .lp-explorer .lp-dropped select {
      font: inherit; padding: 3px 9px; border: 1px solid var(--lp-line); border-radius: 3px; cursor: pointer;
      color: inherit; background: var(--jp-layout-color2, #eef1f4); }
    .lp-explorer .lp-bar button[aria-disabled="true"] { opacity: 0.55; cursor: default; }
    .lp-explorer .lp-bar button:focus-visible, .lp-explorer .lp-pasted :focus-visible,
    .lp-explorer .lp-shown :focus-visible, .lp-explorer .lp-dropped :focus-visible {
      outline: 2px solid var(--jp-brand-color1, #1f6fb5); outline-offset: 1px; }
    .lp-explorer .lp-said { display: block; min-height: 16px; line-height: 16px; color: var(--lp-quiet);
      overflow-wrap: anywhere; }
    .lp-explorer .lp-said.lp-bad { color: var(--lp-wrong); }
    .lp-explorer .lp-pasted textarea, .lp-explorer .lp-shown textarea { display: block; width: 100%; margin: 4px 0;
      max-width: 848px; box-sizing: border-box; font: 12px monospace; color: inherit;
      background: var(--jp-layout-color1, #fff); border: 1px solid var(--lp-line); }
    .lp-explorer .lp-pasted button, .lp-explorer .lp-shown button { margin-right: 6px; }
    .lp-explorer.lp-over { outline: 2px dashed var(--jp-brand-color1, #1f6fb5); outline-offset: -2px; }
    .lp-explorer .lp-dropped { margin: 4px 0; padding: 6px 9px; border: 1px dashed var(--lp-line);
      border-radius: 3px; max-width: 1100px; box-sizing: border-box; }
    .lp-explorer .lp-dropped p { margin: 0 0 6px; line-height: 1.4; }
    .lp-explorer .lp-dropped button { margin-right: 6px; }
    .lp-explorer .lp-dropped ul { margin: 4px 0; padding-left: 18px; overflow-wrap: anywhere; }
    .lp-explorer .lp-read { overflow-x: auto; max-height: 340px; }
    .lp-explorer .lp-read table { border-collapse: collapse; margin: 4px 0; }
    .lp-explorer .lp-read th, .lp-explorer .lp-read td { text-align: left; vertical-align: top; padding: 2px 8px 2px 0;
      border-bottom: 1px solid var(--lp-line); font-weight: normal; white-space: nowrap; }
    .lp-explorer .lp-read td:nth-child(n+5) { white-space: normal; overflow-wrap: anywhere; min-width: 150px; }
    .lp-explorer .lp-read thead th { font-weight: bold; }
    @container (max-width: 479.98px) {
      .lp-explorer .lp-bar { flex-wrap: nowrap; overflow-x: auto; padding-bottom: 6px; }
      .lp-explorer .lp-bar button { flex: none; }
    }
    """
    buttons = traitlets.List(BUTTONS).tag(sync=True)
    off = traitlets.List(["undo", "redo"]).tag(sync=True)
    moves = traitlets.Int(0).tag(sync=True)
    most_bytes = traitlets.Int(MOST_BYTES).tag(sync=True)
    dropped = traitlets.Dict({"bytes": MOST_DROPPED, "files": MOST_FILES, "piece": PIECE}).tag(sync=True)

    def __init__(self, first: Scenario, comparison: Callable[[], Comparison], take: Callable[[Scenario], None]) -> None:
        super().__init__()
        self._history = History(first)
        self._comparison = comparison
        self._take = take
        self._files = DroppedFiles(lambda words: self.send({"said": words}))
        self.on_msg(self._asked)

    def answered(self, scenario: Scenario) -> None:
        """Take note of an answer that is in view."""
        self._history.add(scenario)
        self.off = self._history.off
        self.moves += 1

    @one_at_a_time
    def _asked(self, _: Any, message: Any, received: Any) -> None:
        """Do what a button asks for, and answer with the id of what was asked."""
        answer: dict[str, Any] = {"id": message["id"]}
        buffers: list[bytes] = []
        try:
            reply = self._done(message["key"], message, received)
            buffers = [reply.pop("bytes")] if "bytes" in reply else []
            answer |= reply
        except LambdaplanError as error:
            lines = str(error).split("\n")
            answer |= {"error": lines[0], "lines": lines}
        self.send(answer, buffers)

    def _done(self, key: str, message: Mapping[str, Any], received: Sequence[Any]) -> dict[str, Any]:
        if key in ("undo", "redo"):
            self._take(self._history.go(-1 if key == "undo" else 1))
        elif key == "reset":
            self._take(self._history.first)
        elif key == "load":
            self._take(_loaded(message["text"], message["name"]))
        elif key == "files":
            self._files.begin(message["files"])
        elif key == "piece":
            self._files.piece(message["place"], bytes(received[0]))
        elif key == "forget":
            self._files.forget()
        elif key == "import":
            scenario, told = self._files.read(self._comparison().scenario, message.get("function"))
            self._take(scenario)
            return {"told": told}
        else:
            return _WHAT[key](self._comparison())
        return {}


def _loaded(text: str, name: str) -> Scenario:
    """The scenario of a text: JSON, YAML, or a link.

    Raises: InputError when it is none.
    """
    if not text.strip():
        words = f"a scenario in JSON or YAML, at most {MOST_BYTES:,} bytes"
        what, fix = "it is empty or too long", "Take a file that Save has made."
        raise InputError(Problem("syntax", "the scenario", what, words, fix))
    if is_link(text):
        return from_link(text)
    return Scenario.from_dict(parse_document(text, name, yaml=not text.lstrip().startswith("{")))


def _line(scenario: Scenario) -> str:
    """A scenario as one line of JSON."""
    return json.dumps(scenario.document(), separators=(",", ":"), ensure_ascii=False)


def _saved(comparison: Comparison) -> dict[str, Any]:
    text = json.dumps(comparison.scenario.document(), indent=2, ensure_ascii=False)
    return {"text": f"{text}\n", "name": f"{slug(comparison.scenario.name)}.json"}


def _command(comparison: Comparison) -> dict[str, Any]:
    text = f"lambdaplan report - <<'SCENARIO'\n{_line(comparison.scenario)}\nSCENARIO\n"
    return {"text": text, "done": "Copied: a command for a shell that writes the report of this answer."}


def _text(comparison: Comparison) -> dict[str, Any]:
    return {"text": _line(comparison.scenario), "done": "Copied: Load scenario takes this text back."}


def _linked(comparison: Comparison) -> dict[str, Any]:
    """What a link says after the address of the page that reads it."""
    return {"text": to_link(comparison.scenario)}


def _figure(comparison: Comparison) -> dict[str, Any]:
    """The cost chart as `lambdaplan export` makes it: picture, alternative text and caption."""
    drawn = figure_for_page(comparison, lambda width: specification(comparison, width=width, height=280))
    png = raster(drawn.svg)
    shown = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    html = Markup('<figure><img alt="{}" src="{}" width="604"><figcaption>{}</figcaption></figure>')
    return {
        "bytes": png,
        "svg": drawn.svg,
        "html": html.format(drawn.said, shown, drawn.caption),
        "text": f"![{markdown_text(drawn.said)}](cost@2x.png)\n\n*{markdown_text(drawn.caption)}*\n",
        "name": "cost",
        "done": "Copied: picture, caption and alternative text. Here they are as Markdown, and the pictures as files.",
    }


def _exported(comparison: Comparison) -> dict[str, Any]:
    """The folder of `lambdaplan export` as a zip file."""
    scenario, file = comparison.scenario, io.BytesIO()
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX) as folder,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        made = run_export(scenario, Path(folder), progress=lambda _: None).parent
        for path in sorted(made.iterdir()):
            packed.writestr(zipfile.ZipInfo(f"{made.name}/{path.name}"), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return {"bytes": file.getvalue(), "name": f"{slug(scenario.name)}-charts.zip"}


_WHAT: dict[str, Callable[[Comparison], dict[str, Any]]] = {
    "save": _saved,
    "figure": _figure,
    "export": _exported,
    "command": _command,
    "link": _linked,
    "scenario": _text,
}
