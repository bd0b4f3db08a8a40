"""`lab`: the workbook in JupyterLab, or the explorer as a page of Voilà."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

from lambdaplan.cli.arguments import Commands, new_command
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.resources import notebooks_dir

EXPLORER = Path(__file__).resolve().parent.parent / "explorer"
MOST_PORT = 65_535


def _port(text: str | None) -> list[str]:
    """The port that was asked for, as JupyterLab and Voilà take it."""
    if text is None:
        return []
    if not (re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) <= MOST_PORT):
        words = f"a whole number, 1..{MOST_PORT}"
        raise InputError(Problem("type", "--port", f'"{shorten(text)}"', words, "Try --port 8890."))
    return [f"--port={text}"]


def add_lab(commands: Commands) -> None:
    """Add `lab`."""
    does = "open the workbook in JupyterLab, or the explorer as a page, on this machine only"
    command = new_command(commands, "lab", does, _run_lab)
    command.add_argument("--app", action="store_true", help="the explorer alone, running, without its notebook")
    command.add_argument("--port", metavar="N", help="a port of this machine; default: a free one")
    command.add_argument("--no-browser", action="store_true", help="print the address and open no browser")


def _run_lab(parsed: argparse.Namespace) -> int:
    """The workbook on 127.0.0.1 with a token, asking no other host for anything."""
    more = [*_port(parsed.port), *(["--no-browser"] if parsed.no_browser else [])]
    return _app(more) if parsed.app else _workbook(more)


def _app(more: Sequence[str]) -> int:
    """The explorer as Voilà serves it: running, without code, and without the fonts that it loads from elsewhere."""
    from voila.app import Voila

    own = str(EXPLORER / "jupyter")  # where its template is
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [own, os.environ.get("JUPYTER_PATH")]))
    Voila.launch_instance(
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
    """JupyterLab on the explorer, without questions about news or updates."""
    from jupyterlab.labapp import LabApp

    root = getattr(os, "geteuid", lambda: 1)() == 0
    LabApp.launch_instance(
        argv=[
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={notebooks_dir()}",
            f"--ServerApp.allow_root={root}",
            "--LabApp.default_url=/lab/tree/explorer.ipynb",
            f"--LabApp.app_settings_dir={EXPLORER / 'lab'}",  # no question about news
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *more,
        ]
    )
    return 0
