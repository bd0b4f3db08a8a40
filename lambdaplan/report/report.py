"""Report: its notebook run on one scenario, and the page made from it."""

from __future__ import annotations

import functools
import json
import logging
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lambdaplan.charts.rendering import checked_svg
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.report.atomic_files import Working, quietly, to_stderr, write_file, write_set
from lambdaplan.report.html_page import contents, markdown_contents, markdown_text, page
from lambdaplan.report.notebook_kernel import FIRST_PAGE, NOTEBOOK, WHOLE, Extent, executed, trouble_with
from lambdaplan.scenario.scenario import Scenario

logging.getLogger("papermill").addHandler(logging.NullHandler())  # what goes wrong is told in one line of our own
CHARTS = "charts"
OWN = ("report.html", "report.md", NOTEBOOK, "comparison.json", f"{CHARTS}/*.svg", f"{CHARTS}/*.vl.json")


def run_report(
    scenario: Scenario,
    out: Path,
    *,
    extent: Extent = WHOLE,
    known: Comparison | None = None,
    progress: Callable[[str], None] = to_stderr,
    working: Working = quietly,
) -> Path:
    """Run the report notebook on a scenario and write what it shows into a folder.

    Parameters:
    scenario : Scenario - what the report is about.
    out : Path - folder for the report's folder, which is named after the scenario.
    extent : Extent - how much of it.
    known : Comparison or None - the scenario's, where there is one already.
    progress : function - told what is going on, a line at a time.
    working : function - told what takes long, while it does.

    Returns: Path of report.html. Beside it report.md, report.ipynb, comparison.json and charts/.
    Raises: ReportError when it could not be run or written; what was there before is still there.
    """
    progress(f'running the report of "{scenario.name}", which takes some seconds')

    def fill_new(new: Path) -> None:
        fill(new, scenario, functools.partial(executed, extent=extent, working=working), working, known)

    return write_set(out, scenario.name, fill_new, own=OWN, sign="report.ipynb") / "report.html"


def fill(
    folder: Path,
    scenario: Scenario,
    executed: Callable[[Scenario], tuple[Any, str]],
    working: Working = quietly,
    known: Comparison | None = None,
) -> None:
    """Write everything a report consists of into a folder of its own.

    Parameters:
    executed : function - runs the notebook on the scenario: `WarmKernel.executed`.
    known : Comparison or None - the scenario's, where there is one already.
    """
    with working("looking where the answer changes"):
        write_file(folder / "comparison.json", f"{(known or compare(scenario)).to_json()}\n")
    notebook, script = executed(scenario)
    with working("writing the page and its charts"):
        notebook = _cleaned(notebook)
        (folder / CHARTS).mkdir()
        for name, svg, spec in _figures(notebook):
            write_file(folder / CHARTS / f"{name}.svg", checked_svg(svg))
            write_file(folder / CHARTS / f"{name}.vl.json", f"{json.dumps(spec, indent=1, ensure_ascii=False)}\n")
        write_file(folder / NOTEBOOK, f"{json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)}\n")
        write_file(folder / "report.md", _markdown(notebook))
        write_file(folder / "report.html", _page(notebook, scenario, script))


def _cleaned(notebook: Any) -> Any:
    """The notebook without times, paths and anything else of this machine."""
    for n, cell in enumerate(notebook.cells):
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        cell.id = f"cell-{n:02}"
        if cell.cell_type != "code":
            continue
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = 'scenario = "comparison.json"  # the file beside this notebook holds the scenario'
        cell.outputs = [output for output in cell.outputs if output.output_type != "stream"]
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    return notebook


_FIGURE = re.compile(
    r'<figure class="lp-chart" data-name="(?P<name>[a-z0-9_-]+)".*?<div class="lp-view">(?P<svg>.*?)</div>\s*'
    r'<script type="application/json" class="lp-spec">(?P<spec>.*?)</script>',
    re.DOTALL,
)


def _figures(notebook: Any) -> list[tuple[str, str, Any]]:
    """The charts that the notebook shows: name, picture and specification."""
    figures = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for match in _FIGURE.finditer(output.get("data", {}).get("text/html", "")):
                figures.append((match["name"], match["svg"], json.loads(match["spec"])))
    return figures


def _markdown(notebook: Any) -> str:
    """The report for a repository: what the cells show, as Markdown with the pictures beside it."""
    first: list[str] = []
    rest: list[str] = []
    for cell in notebook.cells:
        parts = first if not rest and _is_first(cell) else rest
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            parts.append(shown.get("text/markdown") or markdown_text(shown.get("text/plain", "")))
    return "\n\n".join([*first, *markdown_contents(rest), *rest]) + "\n"


def _is_first(cell: Any) -> bool:
    """Whether a cell belongs to the first page, which can stand alone: so do those that only set parameters."""
    return FIRST_PAGE in cell.metadata.get("tags", []) or not (cell.cell_type == "markdown" or cell.outputs)


def _page(notebook: Any, scenario: Scenario, script: str) -> str:
    """The page: what the cells show, in their order, in one file that asks nobody for anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

            words = MarkdownWithMath(IPythonRenderer(escape=True, exclude_anchor_links=True))
            first: list[Markup] = []
            rest: list[Markup] = []
            for cell in notebook.cells:
                parts = first if not rest and _is_first(cell) else rest
                if cell.cell_type == "markdown":
                    parts.append(Markup(words.render(cell.source)))  # noqa: S704 - rendered with markup escaped
                for output in cell.get("outputs", []):
                    shown = output.get("data", {})
                    own = Markup(shown.get("text/html", ""))  # noqa: S704 - of our own cells, which escape
                    parts.append(own or Markup("<pre>{}</pre>").format(shown.get("text/plain", "")))
            title = f"{scenario.name}: which way of running it is cheapest?"
            brief = Markup('<section class="lp-brief">\n{}\n</section>').format(Markup("\n").join(first))
            return page(title, Markup("\n").join([brief, contents(Markup("\n").join(rest))]), script)
    except Exception as error:  # noqa: BLE001 - whatever stops the converter is told in one line
        raise trouble_with("the page of the report", error) from None
