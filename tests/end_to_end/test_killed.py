"""Commands that are killed: what was there before is whole, nothing runs on, and the same command then succeeds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lambdaplan.report.atomic_files import UNBORN
from lambdaplan.resources import data_dir

PROVE = bool(os.environ.get("LAMBDAPLAN_PROVE"))
NODE_API = data_dir() / "scenarios" / "node_api.json"
RUN = "import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"
SECONDS = 15 if PROVE else 6  # about as long as a run takes
CHARTS = {"export": ("--chart", "bill", "--chart", "cost"), "report": ()}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes and folders are looked at as Linux has them")


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def start(command: str, out: Path, temporary: Path, *changes: str) -> subprocess.Popen[bytes]:
    arguments = [part for change in changes for part in ("--set", change)]
    return subprocess.Popen(
        [sys.executable, "-c", RUN, command, str(NODE_API), *CHARTS[command], *arguments, "-o", str(out)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def finish(*given) -> None:
    assert start(*given).wait() == 0


def left_running(temporary: Path) -> list[str]:
    """Processes that work in the temporary folder, or have been told of it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes().split(b"\0")
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended
        if f"TMPDIR={temporary}".encode() in told and words:  # one that has ended, but was not waited for, has no words
            found.append(words[:200])
    return found


@pytest.fixture
def short():
    """A folder for temporary files with a short name: the sockets of a kernel need that."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        yield Path(folder)


@pytest.mark.parametrize("command", ["report", "export"] if PROVE else ["export"])
def test_killed_at_any_moment_the_former_set_is_whole_and_the_command_succeeds_again(tmp_path, short, command):
    out, temporary = tmp_path / "out", short
    finish(command, out, temporary)
    (folder,) = out.iterdir()
    (folder / "notes.txt").write_text("mine")
    before = files(folder)
    finish(command, tmp_path / "other", temporary, "region=eu-west-1")
    (other,) = (tmp_path / "other").iterdir()
    after = {**files(other), "notes.txt": b"mine"}
    assert before != after
    for seed in range(50 if PROVE else 1):
        process = start(command, out, temporary, "region=eu-west-1")
        time.sleep(random.Random(seed).uniform(0, SECONDS))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert files(folder) in (before, after)
        until = time.monotonic() + 60
        while left_running(temporary) and time.monotonic() < until:
            time.sleep(0.2)
        assert left_running(temporary) == []
        if files(folder) == after:  # the end was sooner: begin anew
            finish(command, out, temporary)
            assert files(folder) == before
    finish(command, out, temporary, "region=eu-west-1")
    assert files(folder) == after
    for place in (out, temporary):
        names = [path.name for path in place.iterdir() if path != folder and not path.name.startswith(UNBORN)]
        assert [name for name in names if name.startswith(".lambdaplan")] == []
    assert [path.name for path in out.iterdir() if not path.name.startswith(UNBORN)] == [folder.name]
