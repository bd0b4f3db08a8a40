"""Notebook kernel that is kept warm for the report's notebook."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Self

from lambdaplan.charts.rendering import PACKAGE, Script
from lambdaplan.errors import LambdaplanError, Problem, ReportError, shorten
from lambdaplan.report.atomic_files import PREFIX, Working, own_folder, quietly, write_file
from lambdaplan.resources import notebooks_dir
from lambdaplan.scenario.scenario import Scenario

# Running the notebook


NOTEBOOK = "report.ipynb"
RUNS = 100  # after which a kernel gives way to a new one, so that what it keeps in memory is bounded
CELL_SECONDS = 1800  # after which a cell is taken to have no end
OUTPUT_SECONDS = 120  # for what a cell that has ended still shows; papermill's own 4 s are too few on a busy machine
FORGET_SECONDS = 60  # for which a kernel is waited for that is to forget what it ran
# A kernel that loads what the notebook needs while this process loads papermill, then waits for its
# connection file on standard input. (anywidget is for altair's charts with widgets, of which a report has none. Charts
# leave out more: see `lambdaplan.charts`. The tests hold charts
# against their schema, which takes half the time of making one. And altair looks all its classes up anew for
# each encoding that is given as text or value, which takes a third of the rest: here they are looked up once. It also
# asks of each number and text of the data whether it is a chart: here these are copied and written as they are. What is
# loaded by then is not looked through for garbage again and again. It keeps no history, and what it prints, which no
# report has, goes nowhere.)
KERNEL = """
import sys
sys.path.append({package!r})
sys.modules["anywidget"] = None
import vl_convert
import lambdaplan.charts
from altair.utils import schemapi
schemapi.disable_debug_mode()
from lambdaplan.charts import sensitivity, winner_map
from lambdaplan.report import brief
known = schemapi._FromDict(schemapi._subclasses(schemapi.SchemaBase)).class_dict
schemapi._FromDict.__init__ = lambda self, _: self.__dict__.update(class_dict=known)
plain = frozenset((str, int, float, bool, type(None)))
def quick(whole):
    return lambda value, *given, **named: value if type(value) in plain else whole(value, *given, **named)
schemapi._todict, schemapi._deep_copy = quick(schemapi._todict), quick(schemapi._deep_copy)
from ipykernel.kernelapp import launch_new_instance
vl_convert.vegalite_to_svg({{"mark": "point", "data": {{"values": []}}}})
import gc
gc.freeze()
gc.set_threshold(20_000)
own = ["--HistoryManager.enabled=False", "--IPKernelApp.outstream_class=None"]
launch_new_instance(["-f", sys.stdin.readline().strip() or sys.exit(), *own])
"""


def trouble_with(what: str, error: Exception) -> ReportError:
    """Anything that stops a kernel or a converter, as one line."""
    in_cell = f"{getattr(error, 'ename', '')}: {getattr(error, 'evalue', '')}".strip(": ")
    words = in_cell or str(error).strip() or type(error).__name__
    line = shorten(" ".join(words.split()), 160).rstrip(".")
    needs, fix = "a report needs a Python kernel that starts and runs", "Try again; make setup mends the environment."
    return ReportError(Problem("storage", what, line, needs, fix))


@dataclasses.dataclass(frozen=True)
class Extent:
    """How much of the report is made.

    Parameters:
    brief : bool - its first page alone.
    quick : bool - all but what takes long.
    """

    brief: bool = False
    quick: bool = False

    def shorten(self, notebook: Any) -> Any:
        """The notebook with the cells that are asked for; what was left out for want of time is named in it."""
        kept = [cell for cell in notebook.cells if not self.brief or {FIRST_PAGE, "parameters"} & _tags(cell)]
        if self.quick:
            slow = [cell for cell in kept if SLOW in _tags(cell)]
            kept = [cell for cell in kept if SLOW not in _tags(cell)]
            last = max(n for n, cell in enumerate(kept) if FIRST_PAGE in _tags(cell))
            kept.insert(last + 1, _named(slow))
        notebook.cells = kept
        return notebook


WHOLE = Extent()
FIRST_PAGE, SLOW = "brief", "slow"  # tags of the notebook's cells


def _tags(cell: Any) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _heading(cell: Any) -> str:
    """The heading that a cell begins with; or empty."""
    first = str(cell.source).partition("\n")[0]
    return first.lstrip("#").strip() if cell.cell_type == "markdown" and first.startswith("#") else ""


def _named(slow: list[Any]) -> Any:
    """A cell that says what a quick report leaves out."""
    import nbformat

    parts = ["which numbers would change the answer", *filter(None, map(_heading, slow))]
    words = f"Left out, as it takes long: {'; '.join(part[:1].lower() + part[1:] for part in parts)}."
    cell: Any = nbformat.v4.new_markdown_cell(words, metadata={"tags": [FIRST_PAGE]})  # type: ignore[no-untyped-call]
    return cell


def executed(scenario: Scenario, extent: Extent = WHOLE, working: Working = quietly) -> tuple[Any, str]:
    """The report notebook, run on a scenario, and the script of its page."""
    with WarmKernel() as kernel:
        return kernel.executed(scenario, extent, working)


class _Progress:
    """Which part of the notebook is being worked out, told while it takes long."""

    def __init__(self, notebook: Any, working: Working) -> None:
        self.working, self.line = working, contextlib.ExitStack()
        self.titles: dict[str, str] = {}
        title = ""
        for cell in notebook.cells:
            title = self.titles[cell.id] = _heading(cell) or title
        self.parts = list(dict.fromkeys(self.titles.values()))

    def begin(self, cell: Any, **_: Any) -> None:
        """A cell is begun: its part of the report is told from now on."""
        self.line.close()
        title = self.titles.get(cell.id, self.parts[0])
        self.line.enter_context(self.working(f"part {self.parts.index(title) + 1} of {len(self.parts)}, {title}"))


class WarmKernel:
    """A kernel that runs the report notebook on one scenario after another, each in a namespace of its own.

    Papermill is given the path of a file that holds the scenario and nothing that anybody typed.
    """

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._script: Script | None = None
        self._page_script = ""
        self._manager: Any = None
        self._runs = 0

    def __enter__(self) -> Self:
        self._folder = self._open.enter_context(own_folder(Path(tempfile.gettempdir()), f"{PREFIX}run-"))
        self._start()
        self._script = Script(self._folder)
        self._open.callback(self._script.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._open.close()

    def executed(self, scenario: Scenario, extent: Extent = WHOLE, working: Working = quietly) -> tuple[Any, str]:
        """The report notebook, run by papermill on a scenario file of its own; and the script of the page.

        Parameters:
        extent : Extent - how much of the report is made.
        working : function - told what takes long, while it does.

        A kernel that has died, or has run `RUNS` times, gives way to a new one; the run in which a warm one dies
        is begun anew.

        Raises: ReportError when it can't be run.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if self._process is None or self._process.poll() is not None or self._runs >= RUNS:
                    self._stop()
                    self._start()
                warm = self._runs > 0
                try:
                    return self._run(scenario, extent, working)
                except BaseException:
                    died = self._process is not None and self._process.poll() is not None
                    self._stop()  # whatever it is doing, the next run shall not wait for it
                    if not (warm and died):
                        raise
                self._start()
                return self._run(scenario, extent, working)
        except TimeoutError as error:
            from nbclient.exceptions import CellTimeoutError

            if not isinstance(error, CellTimeoutError):  # a disk's, not a cell's
                raise
            words = f"a cell did not end within {CELL_SECONDS:,} seconds"
            raise trouble_with("the report notebook", RuntimeError(words)) from None
        except (LambdaplanError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever stops a kernel is told in one line
            raise trouble_with("the report notebook", error) from None

    def _run(self, scenario: Scenario, extent: Extent, working: Working) -> tuple[Any, str]:
        import nbformat
        import papermill

        file = self._folder / "scenario.json"
        write_file(file, json.dumps(scenario.document(), ensure_ascii=False))
        if self._runs:
            self._manager.forget()
        asked = extent.shorten(nbformat.read(notebooks_dir() / NOTEBOOK, as_version=4))  # type: ignore[no-untyped-call]
        progress = _Progress(asked, working)
        with progress.line:
            notebook = papermill.execute_notebook(
                asked,
                None,
                parameters={"scenario": str(file)},
                kernel_name="python3",
                km=self._manager or self._managed(),
                progress_bar=False,
                start_timeout=120,
                execution_timeout=CELL_SECONDS,
                iopub_timeout=OUTPUT_SECONDS,
                on_cell_start=progress.begin,
            )
        self._runs += 1
        if not self._page_script and self._script is not None:
            self._page_script = self._script.text()
        return notebook, self._page_script

    def kill(self) -> None:
        """End the kernel at once, from whatever thread."""
        if self._process is not None:
            self._process.kill()

    def _start(self) -> None:
        self._process, self._manager, self._runs = _warm_kernel(self._folder), None, 0

    def _stop(self) -> None:
        if self._manager is not None:
            self._manager.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdin is not None:
                with contextlib.suppress(OSError):  # it has gone, and what was not written with it
                    self._process.stdin.close()
        self._process = self._manager = None
        (self._folder / "kernel.json").unlink(missing_ok=True)

    def _managed(self) -> Any:
        from traitlets.config import Config

        assert self._process is not None
        settings = {"connection_file": str(self._folder / "kernel.json")}
        if os.name != "nt":
            settings["transport"] = "ipc"  # files that only this account may open, and no port
        self._manager = _kernel_manager(self._process)(
            kernel_name="python3", config=Config({"KernelManager": settings})
        )
        return self._manager


def _warm_kernel(folder: Path) -> subprocess.Popen[bytes]:
    """A kernel of this Python with this package, whatever kernels or start-up files the reader has."""
    own = {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_RUNTIME_DIR": str(folder), "PYTHONHASHSEED": "0"}
    if os.name != "nt":
        own["JPY_PARENT_PID"] = str(os.getpid())  # it ends with this process, however that ends
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
    """A manager that takes over the kernel that is loading already, and talks to it through one client."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import run_sync

    class Manager(AsyncKernelManager):
        one: Any = None

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

        def client(self, **given: Any) -> Any:
            if self.one is None:
                self.one = super().client(**given)
            else:
                self.one.start_channels = lambda: None  # they are open
                self.one.wait_for_ready = lambda **_: None  # it has just forgotten: asking waits 0.2 s
            return self.one

        def forget(self) -> None:
            """Let the kernel forget the names of the last run, and count its cells from 1 again."""
            run_sync(self._forget)()

        async def _forget(self) -> None:
            asked = self.one.execute("get_ipython().reset(new_session=True)", silent=True)
            until = time.monotonic() + FORGET_SECONDS
            while kernel.poll() is None and time.monotonic() < until:
                with contextlib.suppress(queue.Empty):
                    reply = await self.one.get_shell_msg(timeout=0.2)
                    if reply["parent_header"].get("msg_id") == asked:
                        return
            raise RuntimeError("the kernel no longer answers")

        def close(self) -> None:
            if self.one is not None:
                self.one.stop_channels()
            self.context.destroy(linger=0)

    return Manager


def _preload() -> None:
    """Load what writes the page while the kernel works; who needs it then says what is wrong with it."""
    with contextlib.suppress(Exception):
        importlib.import_module("nbconvert.filters.markdown_mistune")
