"""The report: its notebook run on one scenario, and the page made from it, whole or not at all."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lambdaplan._paths import notebooks_dir
from lambdaplan.comparison import compare
from lambdaplan.errors import LambdaplanError, Problem, ReportError, shorten
from lambdaplan.scenario import Scenario

# Running the notebook


NOTEBOOK = "report.ipynb"
CHARTS = "charts"
PACKAGE = str(Path(__file__).resolve().parent.parent)
# A kernel that loads what the notebook needs while this process loads papermill, then waits for its
# connection file on standard input. (rfc3987_syntax: see `_executed`; isoduration is of the same kind,
# and anywidget is for altair's charts with widgets, of which a report has none. The tests hold charts
# against their schema, which takes half the time of making one.)
KERNEL = """
import sys
sys.path.append({package!r})
sys.modules.update(dict.fromkeys(("rfc3987_syntax", "isoduration", "anywidget")))
import vl_convert
from altair.utils.schemapi import disable_debug_mode
disable_debug_mode()
from lambdaplan import maps, memo
from ipykernel.kernelapp import launch_new_instance
vl_convert.vegalite_to_svg({{"mark": "point", "data": {{"values": []}}}})
launch_new_instance(["-f", sys.stdin.readline().strip()])
"""


def slug(name: str) -> str:
    """A name as a folder: a-z, 0-9 and hyphens only, never empty, never a device of some system."""
    plain_letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain_letters.lower()).strip("-")[:60].strip("-")
    reserved = re.fullmatch(r"con|prn|aux|nul|(com|lpt)[0-9]", found)
    return f"scenario-{found}" if reserved else found or "scenario"


def _to_stderr(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def run_report(scenario: Scenario, out: Path, *, progress: Callable[[str], None] = _to_stderr) -> Path:
    """Run the report notebook on a scenario and write what it shows into a folder.

    Parameters
    ----------
    scenario : Scenario - what the report is about.
    out : Path - folder for the report's folder, which is named after the scenario.
    progress : function - told what is going on, a line at a time.

    Returns: Path of report.html. Beside it report.ipynb, comparison.json and charts/.
    Raises: ReportError when it could not be run or written; what was there before is still there.
    """
    target = out / slug(scenario.name)
    made: list[Path] = []
    try:
        made = _make_folder(out)
        with tempfile.TemporaryDirectory(dir=out, prefix=f".{target.name}-") as folder:
            new = Path(folder) / "new"
            new.mkdir()
            _check_target(target)
            progress(f'running the report of "{scenario.name}", which takes some seconds')
            _fill(new, scenario)
            _replace(new, target, Path(folder) / "old")
            made.clear()
    except OSError as error:
        raise _storage(error, target) from None
    finally:
        for path in reversed(made):
            _remove_empty(path)
    return target / "report.html"


def _storage(error: OSError, target: Path) -> ReportError:
    reason = (error.strerror or "it can't be written").lower()
    where = shorten(str(error.filename or target), 200)
    return ReportError(
        Problem("storage", where, reason, "a report needs a folder that can be written", "Give another one with -o.")
    )


def _make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it; returns the ones that were not there."""
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    return list(reversed(missing))


def _remove_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # something else has been put there


def _check_target(target: Path) -> None:
    for path in (target, target / CHARTS):
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            words = "it is a link" if path.is_symlink() else "it is a file"
            raise ReportError(
                Problem(
                    "storage",
                    shorten(str(path), 200),
                    words,
                    "the report needs a folder of this name",
                    "Move it, or give another folder with -o.",
                )
            )


def _fill(folder: Path, scenario: Scenario) -> None:
    """Everything the report consists of, in a folder of its own."""
    _write(folder / "comparison.json", f"{compare(scenario).to_json()}\n")
    notebook, script = _executed(scenario)
    notebook = _cleaned(notebook)
    (folder / CHARTS).mkdir()
    for name, svg, spec in _figures(notebook):
        _write(folder / CHARTS / f"{name}.svg", svg)
        _write(folder / CHARTS / f"{name}.vl.json", f"{json.dumps(spec, indent=1, ensure_ascii=False)}\n")
    _write(folder / NOTEBOOK, _notebook_text(notebook))
    _write(folder / "report.html", _page(notebook, scenario, script))


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


class _Script:
    """Vega, Vega-Lite and vega-embed as one script, made by a process of its own while a kernel works.

    Making it takes a second, in which vl-convert lets no other thread of its process run.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "vega.js"
        code = (
            f"import sys; sys.path.append({PACKAGE!r}); from lambdaplan.report import vega_bundle; "
            "sys.stdout.buffer.write(vega_bundle().encode())"
        )
        with self._file.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, on a line of our own
                [sys.executable, "-P", "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )

    def text(self) -> str:
        if self._process.wait():
            raise ReportError(
                Problem(
                    "storage",
                    "vl-convert",
                    "it can't make the script of the charts",
                    "a report needs it",
                    "make setup mends the environment.",
                )
            )
        return self._file.read_text("utf-8")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def vega_bundle() -> str:
    """Vega, Vega-Lite and vega-embed as one script, with its names kept out of the page."""
    import vl_convert

    newest = vl_convert.get_vegalite_versions()[-1]
    script = vl_convert.javascript_bundle(vl_version=newest)  # type: ignore[call-arg]  # the snippet may be left out
    script = script.replace("</script", "<\\/script")
    return f"(()=>{{{script}}})();"


def _trouble(what: str, error: Exception) -> ReportError:
    """Anything that stops a kernel or a converter, as one line."""
    in_cell = f"{getattr(error, 'ename', '')}: {getattr(error, 'evalue', '')}".strip(": ")
    words = in_cell or str(error).strip() or type(error).__name__
    told = shorten(" ".join(words.split()), 160).rstrip(".")
    return ReportError(
        Problem(
            "storage",
            what,
            told,
            "a report needs a Python kernel that starts and runs",
            "Try again; make setup mends the environment.",
        )
    )


def _executed(scenario: Scenario) -> tuple[Any, str]:
    """The report notebook, run by papermill on a scenario file of its own; and the script of the page.

    Papermill is given the path of that file and nothing that anybody typed.
    """
    # jsonschema takes these as absent and leaves out checks that notebooks don't need. With them, a
    # grammar is compiled and a calendar loaded that make up three quarters of the import of altair and of papermill.
    for name in ("rfc3987_syntax", "isoduration"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="lambdaplan-") as folder:
            warnings.simplefilter("ignore")
            with _warm_kernel(Path(folder)) as kernel:
                try:
                    return _run_notebook(scenario, Path(folder), kernel)
                finally:
                    kernel.kill()
    except (LambdaplanError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever stops a kernel is told in one line
        raise _trouble("the report notebook", error) from None


def _run_notebook(scenario: Scenario, folder: Path, kernel: subprocess.Popen[bytes]) -> tuple[Any, str]:
    import nbformat
    import papermill
    from traitlets.config import Config

    file = folder / "scenario.json"
    _write(file, json.dumps(scenario.document(), ensure_ascii=False))
    settings = {"connection_file": str(folder / "kernel.json")}
    if os.name != "nt":
        settings["transport"] = "ipc"  # files that only this account may open, and no port
    script = _Script(folder)
    try:
        notebook = papermill.execute_notebook(
            nbformat.read(notebooks_dir() / NOTEBOOK, as_version=4),  # type: ignore[no-untyped-call]
            None,
            parameters={"scenario": str(file)},
            kernel_name="python3",
            kernel_manager_class=_kernel_manager(kernel),
            shutdown_kernel="immediate",  # it has nothing to save
            config=Config({"KernelManager": settings}),
            progress_bar=sys.stderr.isatty(),
            start_timeout=120,
        )
        return notebook, script.text()
    finally:
        script.stop()


def _warm_kernel(folder: Path) -> subprocess.Popen[bytes]:
    """A kernel of this Python with this package, whatever kernels or start-up files the reader has."""
    own = {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder), "PYTHONHASHSEED": "0"}
    return subprocess.Popen(  # noqa: S603 - this Python, on lines of our own
        [sys.executable, "-P", "-c", KERNEL.format(package=PACKAGE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **own},
        start_new_session=True,
    )


def _kernel_manager(kernel: subprocess.Popen[bytes]) -> Any:
    """A manager that takes over the kernel that is loading already."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class Manager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(argv=["{connection_file}"], display_name="Python 3", language="python")

        async def _async_launch_kernel(self, kernel_cmd: list[str], **_: Any) -> None:
            self.provisioner.process = kernel  # type: ignore[union-attr]
            self.provisioner.pid = kernel.pid  # type: ignore[union-attr]
            assert kernel.stdin is not None
            kernel.stdin.write(f"{kernel_cmd[0]}\n".encode())
            kernel.stdin.close()
            threading.Thread(target=_preload, daemon=True).start()

    return Manager


def _preload() -> None:
    """Load what writes the page while the kernel works; who needs it then says what is wrong with it."""
    with contextlib.suppress(Exception):
        importlib.import_module("nbconvert.exporters.html")


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


def _notebook_text(notebook: Any) -> str:
    return f"{json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)}\n"


_FIGURE = re.compile(
    r'<figure class="lp-chart" data-name="(?P<name>[a-z]+)".*?<div class="lp-view">(?P<svg>.*?)</div>\s*'
    r'<script type="application/json" class="lp-spec">(?P<spec>.*?)</script>',
    re.DOTALL,
)


def _figures(notebook: Any) -> list[tuple[str, str, Any]]:
    """The charts that the notebook shows: name, picture and specification."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for match in _FIGURE.finditer(output.get("data", {}).get("text/html", "")):
                found.append((match["name"], match["svg"], json.loads(match["spec"])))
    return found


def _page(notebook: Any, scenario: Scenario, bundle: str) -> str:
    """The page: what the cells show, in one file that asks nobody for anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nbconvert.exporters.html import HTMLExporter

            exporter = HTMLExporter(  # type: ignore[no-untyped-call]
                template_name="lambdaplan",
                extra_template_basedirs=[str(Path(__file__).resolve().parent / "templates")],
                exclude_anchor_links=True,
            )
            title = f"{scenario.name}: which way of running it is cheapest?"
            page, _ = exporter.from_notebook_node(notebook, resources={"vega_bundle": bundle, "title": title})
    except Exception as error:  # noqa: BLE001 - whatever stops the converter is told in one line
        raise _trouble("the page of the report", error) from None
    return str(page)


# Putting it in place


def _replace(new: Path, target: Path, old: Path) -> None:
    """Move every file of a folder to its place: all of them, or, when one can't be moved, none.

    What stood there goes to `old` first and comes back when something fails. Files of other names
    stay where they are; charts of an earlier run that this one does not have go.
    """
    had = [p.relative_to(target) for p in sorted((target / CHARTS).glob("*")) if p.name.endswith((".svg", ".vl.json"))]
    names = [p.relative_to(new) for p in sorted(new.rglob("*")) if p.is_file()]
    moved: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for folder in (target, target / CHARTS, old, old / CHARTS):
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
        for name in dict.fromkeys([*had, *names]):
            if (target / name).exists() or (target / name).is_symlink():
                moved.append((target / name, old / name))
                (target / name).rename(old / name)
            if name in names:
                moved.append((new / name, target / name))
                (new / name).rename(target / name)
        for folder in (target / CHARTS, target, target.parent):
            _sync(folder)
    except BaseException:
        for was, now in reversed(moved):
            if now.exists() and not was.exists():
                now.rename(was)
        for folder in reversed(made):
            _remove_empty(folder)
        raise


def _sync(folder: Path) -> None:
    """Make the names in a folder last, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
