"""Commands that are killed: what was there before is whole, nothing runs on, and the same command then succeeds."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import steps
from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.report import export
from lambdaplan.report.atomic_files import UNBORN
from lambdaplan.resources import data_dir
from page_script import ScriptOnce

NODE_API = data_dir() / "scenarios" / "node_api.json"
PATIENCE_S = 600  # a guard against waiting for ever, not a measure
CHARTS = {"export": ("--chart", "bill"), "report": ()}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes and folders are looked at as Linux has them")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def words(command: str, out: Path, *changes: str) -> list[str]:
    return [command, str(NODE_API), *CHARTS[command], *(f"--set={change}" for change in changes), "-o", str(out)]


def start(command: str, out: Path, temporary: Path, *changes: str, **how) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return steps.start(steps.COMMAND, *words(command, out, *changes), env={"TMPDIR": str(temporary)}, **quiet, **how)


def left_running(temporary: Path) -> list[int]:
    """The processes that have been told of the temporary folder and still run."""
    running = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes().split(b"\0")
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended
        if f"TMPDIR={temporary}".encode() in told and words:  # one that has ended, but was not waited for, has no words
            running.append(int(process.name))
    return running


def wait_for_the_end_of(process: int) -> None:
    """The system tells it, whenever it comes; what never ends fails here after a long while."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([handle], [], [], PATIENCE_S)
    os.close(handle)
    assert ended, f"process {process} runs on"


@pytest.mark.skipif(
    not PROVE, reason="a long proof: make prove; test_atomic_files kills what writes files in every run"
)
@pytest.mark.parametrize("command", ["report", "export"])
def test_killed_at_any_moment_the_former_set_is_whole_and_the_command_succeeds_again(
    tmp_path, monkeypatch, short, command
):
    monkeypatch.setattr(export, "Script", ScriptOnce)
    out, temporary, changed = tmp_path / "out", short, "region=eu-west-1"
    assert main(words(command, out)) == 0
    (folder,) = out.iterdir()
    (folder / "notes.txt").write_text("mine")
    before = files(folder)
    assert main(words(command, tmp_path / "other", changed)) == 0
    (other,) = (tmp_path / "other").iterdir()
    after = {**files(other), "notes.txt": b"mine"}
    assert before != after
    assert start(command, tmp_path / "counted", temporary, report=tmp_path / "steps").wait() == 0
    for step in steps.spread(int((tmp_path / "steps").read_text()), 50):
        assert start(command, out, temporary, changed, kill=step).wait() == -signal.SIGKILL
        assert files(folder) in (before, after)
        for process in left_running(temporary):
            wait_for_the_end_of(process)
        assert left_running(temporary) == []
        if files(folder) == after:  # the new set was there already: begin anew
            assert main(words(command, out)) == 0
            assert files(folder) == before
    assert start(command, out, temporary, changed).wait() == 0
    assert files(folder) == after
    for place in (out, temporary):
        names = [path.name for path in place.iterdir() if path != folder and not path.name.startswith(UNBORN)]
        assert [name for name in names if name.startswith(".lambdaplan")] == []
    assert [path.name for path in out.iterdir() if not path.name.startswith(UNBORN)] == [folder.name]
