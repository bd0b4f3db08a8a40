"""`lab`: the workbook in JupyterLab, or the explorer as a page of Voilà."""

from __future__ import annotations

import argparse
import os
import re
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lambdaplan.cli.arguments import Commands, new_command
from lambdaplan.errors import InputError, Problem, ReportError, shorten
from lambdaplan.resources import notebooks_dir

EXPLORER = Path(__file__).resolve().parent.parent / "explorer"
MOST_PORT = 65_535


def _port(text: str | None, app: str) -> list[str]:
    """The port that was asked for, as JupyterLab and Voilà take it: that port and no other.

    Raises: InputError when it is no port, or can't be had.
    """
    if text is None:
        return []
    if not (re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) <= MOST_PORT):
        words = f"a whole number, 1..{MOST_PORT}"
        raise InputError(Problem("type", "--port", f'"{shorten(text)}"', words, "Try --port 8890."))
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            reason = (error.strerror or "it can't be had").lower()
            fix = "Give another one, or leave --port out for a free one."
            raise InputError(Problem("conflict", "--port", text, reason, fix)) from None
    return [f"--port={text}", f"--{app}.port_retries=0"]


def _check_folders() -> None:
    """Make the folders that JupyterLab writes to.

    Raises: ReportError when one can't be written; JupyterLab shows tracebacks then.
    """
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    for folder in (jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()):
        try:
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            reason = (error.strerror or "it can't be written").lower()
            words = "JupyterLab keeps its settings and connections there"
            fix = "Set JUPYTER_CONFIG_DIR, JUPYTER_DATA_DIR and JUPYTER_RUNTIME_DIR to folders that can be written."
            raise ReportError(Problem("storage", shorten(folder, 200), reason, words, fix)) from None


def add_lab(commands: Commands) -> None:
    """Add `lab`."""
    does = "open the workbook in JupyterLab, or the explorer as a page, on this machine only"
    command = new_command(commands, "lab", does, _run_lab)
    command.add_argument("--app", action="store_true", help="the explorer alone, running, without its notebook")
    command.add_argument("--port", metavar="N", help="a port of this machine; default: a free one")
    command.add_argument("--no-browser", action="store_true", help="print the address and open no browser")


def _run_lab(parsed: argparse.Namespace) -> int:
    """The workbook on 127.0.0.1 with a token, asking no other host for anything."""
    port = _port(parsed.port, "Voila" if parsed.app else "ServerApp")
    more = [*port, *(["--no-browser"] if parsed.no_browser else [])]
    return _app(more) if parsed.app else _workbook(more)


def _app(more: Sequence[str]) -> int:
    """The explorer as Voilà serves it: running, without code, and without the fonts that it loads from elsewhere."""
    from lambdaplan.explorer.voila_app import ExplorerPage

    own = str(EXPLORER / "jupyter")  # where its template is
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [own, os.environ.get("JUPYTER_PATH")]))
    ExplorerPage.launch_instance(
        argv=[
            str(notebooks_dir() / "explorer.ipynb"),
            "--Voila.ip=127.0.0.1",
            "--token",
            "--template=lambdaplan",
            "--TagRemovePreprocessor.enabled=True",
            "--TagRemovePreprocessor.remove_cell_tags=jupyterlab-only",
            *more,
        ]
    )
    return 0


def _workbook(more: Sequence[str]) -> int:
    """JupyterLab on the explorer, without questions about news or updates, and without a registry of extensions."""
    _check_folders()
    from jupyterlab.labapp import LabApp

    root = getattr(os, "geteuid", lambda: 1)() == 0
    LabApp.launch_instance(
        argv=[
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={notebooks_dir()}",
            f"--ServerApp.allow_root={root}",
            "--LabApp.default_url=/lab/tree/explorer.ipynb",
            f"--LabApp.app_settings_dir={EXPLORER / 'lab'}",  # no question about news
            "--ServerApp.jpserver_extensions=voila.server_extension=False",  # lab --app has its pages
            "--LabApp.extension_manager=readonly",  # what is installed is listed, and nothing is asked for
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *more,
        ]
    )
    return 0
