"""`lab`: the port that was asked for or none, folders that can be written, no registry, no internal error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tornado.web import HTTPError

from lambdaplan.cli.lab import EXPLORER
from lambdaplan.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
TAKEN = """
import socket, sys
taken = socket.socket()
taken.bind(("127.0.0.1", 0))
taken.listen()
from lambdaplan.cli.main import main
sys.exit(main(["lab", "--no-browser", *sys.argv[1:], f"--port={taken.getsockname()[1]}"]))
"""


@pytest.mark.parametrize("more", [[], ["--app"]])
def test_a_port_that_is_taken_is_said_and_no_other_is_used(more: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TAKEN, *more], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: --port = ") and "address already in use" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no folder, not even of root")
def test_a_home_that_cannot_be_written_is_one_line() -> None:
    code = "import sys; from lambdaplan.cli.main import main; sys.exit(main(['lab', '--no-browser']))"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**env, "HOME": "/proc/none"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 5 and done.stdout == ""
    assert done.stderr.startswith("error: /proc/none/.jupyter can't be used: no such file or directory; ")
    assert done.stderr.count("\n") == 1


def test_no_registry_of_extensions_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from jupyterlab.extensions import get_readonly_manager
    from jupyterlab.labapp import LabApp

    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    given: list[str] = []
    monkeypatch.setattr(LabApp, "launch_instance", lambda argv: given.extend(argv))  # noqa: PLW0108 - it is given by name
    assert main(["lab", "--no-browser"]) == 0
    assert "--LabApp.extension_manager=readonly" in given
    assert get_readonly_manager().metadata.name == "read-only"
    settings = json.loads((EXPLORER / "lab" / "overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/extensionmanager-extension:plugin"] == {"enabled": False}


@pytest.mark.parametrize(
    "address", ["", "x", "x/y", "x/static", "lambdaplan/x/y", "../static/x", "x/static/../y", "/static/x"]
)
def test_an_address_that_names_no_template_is_not_found(address: str) -> None:
    from lambdaplan.explorer.voila_app import TemplateFiles

    with pytest.raises(HTTPError) as raised:
        TemplateFiles.parse_url_path(TemplateFiles.__new__(TemplateFiles), address)
    assert raised.value.status_code == 404
