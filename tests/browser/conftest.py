"""A real JupyterLab in a real Chromium, with nothing outside this machine within reach.

`page` refuses and records every request to another host, and every script error, and fails its
test where there was one. `lab` is a JupyterLab with settings and folders of its own.
`open_notebook` opens one of the notebooks and runs it from top to bottom. `explorer` runs the explorer's anew in a page
and a kernel that its tests share: opening them takes ten times as long. So all files of `lab` go to one process, and
the others one by one to the other.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, WebSocket, expect
from xdist.scheduler import LoadFileScheduling

from explorer_page import READY, sentence
from lambdaplan.resources import notebooks_dir
from servers import free_port, serving

CHROMIUM = os.environ.get("LAMBDAPLAN_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
INSIDE = ("http://127.0.0.1:", "ws://127.0.0.1:", "file:", "data:", "blob:", "about:")
TOKEN = "test"  # noqa: S105 - the server answers this machine alone, and only while the tests run
expect.set_options(timeout=60_000)  # what is there at once costs nothing; a busy machine may take long
IN_LAB = (
    *("test_explorer_by_hand.py", "test_explorer_in_lab.py", "test_explorer_toolbar.py", "test_other_notebooks.py"),
    "bench_hand.py",
)
SETTINGS = {
    # Else cells off screen are not in the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
    # Else a question about news covers the page.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker(pytest.mark.browser)
        assert item.path.name in IN_LAB or "lab" not in getattr(item, "fixturenames", ()), (
            f"IN_LAB lacks {item.path.name}"
        )
    items[:] = sorted(here, key=lambda item: item.path.name not in IN_LAB) + [
        item for item in items if item not in here
    ]


class ByServer(LoadFileScheduling):
    """The files of JupyterLab go to one process, which starts one server, one page and one kernel for all of them."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "JupyterLab" if Path(file).name in IN_LAB else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return ByServer(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Skip all browser tests with one line where there is no Chromium; on CI that is a failure."""
    if CHROMIUM is None:
        words = "no Chromium found: install it, or name it in LAMBDAPLAN_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(words, pytrace=False)
        pytest.skip(words)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    args = [*as_root, *quiet, "--disable-gpu", "--disable-dev-shm-usage", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    # A service worker's requests would pass by the watch below.
    return {**browser_context_args, "service_workers": "block", "viewport": {"width": 1280, "height": 900}}


@dataclass
class Watch:
    """What a page asked of other hosts, and the errors of its scripts."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.route("**/*", self._request)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", self._websocket))

    def _request(self, route: Route) -> None:
        if route.request.url.startswith(INSIDE):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def _websocket(self, websocket: WebSocket) -> None:
        if not websocket.url.startswith(INSIDE):
            self.outside.append(websocket.url)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def context(context: BrowserContext, watch: Watch) -> BrowserContext:
    watch.follow(context)
    return context


@pytest.fixture
def page(page: Page, watch: Watch) -> Iterator[Page]:
    yield page
    assert watch.outside == []
    assert watch.errors == []


@pytest.fixture(scope="module")
def lasting_page(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page that the tests of a file use, one after the other, where a page of its own for each would take long."""
    context, watch = browser.new_context(**browser_context_args), Watch()
    watch.follow(context)
    yield context.new_page()
    assert watch.outside == []
    assert watch.errors == []
    context.close()


@dataclass(frozen=True)
class Lab:
    port: int
    root: Path

    def address(self, notebook: str) -> str:
        return f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={TOKEN}&reset"

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", f"/api/status?token={TOKEN}")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on a copy of the notebooks, untouched by the settings of whoever runs the tests."""
    home, root = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("root")
    shutil.copytree(notebooks_dir(), root / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    place = Lab(free_port(), root)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={place.port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    own = {name: str(home / folder) for name, folder in folders.items()}
    with serving(command, {**inherited, **own}, home / "log.txt", lambda _: place.answers(), cwd=root):
        yield place


# The braces matter: an awaited run never returns where a cell stalls.
RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }"
FORGET = "() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')"


def opened(page: Page, lab: Lab, name: str) -> Page:
    """Open `notebooks/<name>` and wait for its kernel."""
    page.goto(lab.address(f"notebooks/{name}"))
    page.wait_for_function(READY, timeout=60_000)
    return page


@pytest.fixture
def open_notebook(page: Page, lab: Lab) -> Callable[[str], Page]:
    """Open `notebooks/<name>` and start all its cells. The test waits for what it wants to read."""

    def run(name: str) -> Page:
        opened(page, lab, name).evaluate(RUN_ALL)
        return page

    return run


@dataclass
class Workbook:
    """The explorer's notebook in a page that several tests use, one after the other."""

    page: Page
    watch: Watch
    said: list[str] = field(default_factory=list)  # errors that the page has written to the console


@pytest.fixture(scope="session")
def workbook(browser: Browser, browser_context_args: dict[str, Any], lab: Lab) -> Iterator[Workbook]:
    context, watch = browser.new_context(**browser_context_args), Watch()
    watch.follow(context)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    book = Workbook(context.new_page(), watch)
    book.page.on("console", lambda message: book.said.append(message.text) if message.type == "error" else None)
    opened(book.page, lab, "explorer.ipynb")
    yield book
    context.close()


# What stands in place of a widget whose script did not start within two seconds, which is anywidget's limit: that
# happens on a machine that stood still just then.
GAVE_UP = "Click to show javascript error."


def started(page: Page) -> None:
    """Run the explorer's notebook until the answer is there, or a widget gave up."""
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate(RUN_ALL)
    expect(page.locator(".lp-sentence").or_(page.get_by_text(GAVE_UP)).first).to_be_visible()


def waits_for_the_explorer(page: Page) -> None:
    """Wait for the answer and the chart of the packaged scenario."""
    expect(page.locator(".lp-sentence")).to_have_text(sentence({}), timeout=60_000)
    expect(page.locator(".vega-embed svg.marks")).to_be_visible(timeout=30_000)


@pytest.fixture
def explorer(workbook: Workbook, request: pytest.FixtureRequest, output_path: str) -> Iterator[Page]:
    """A new explorer in the page that tests share; nothing of the former one is left on it."""
    page = workbook.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate(FORGET)
    expect(page.locator(".lp-explorer")).to_have_count(0)
    for noted in (workbook.said, workbook.watch.outside, workbook.watch.errors):
        noted.clear()
    started(page)
    if page.get_by_text(GAVE_UP).count():  # run it again, as whoever reads that does
        workbook.said.clear()
        page.evaluate(FORGET)
        started(page)
    waits_for_the_explorer(page)
    yield page
    if request.node.rep_call.failed:  # pytest-playwright takes pictures of its own pages alone
        page.screenshot(path=Path(output_path) / "test-failed-1.png")
    assert workbook.said == []
    assert workbook.watch.outside == []
    assert workbook.watch.errors == []
