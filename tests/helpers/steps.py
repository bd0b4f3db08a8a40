"""Processes that are killed before a step of theirs, or whose step fails: what they write, rename, link, remove and start,
counted from 1.

Chosen by number or by what is renamed to what, so that the moment of the kill does not hang on how fast a machine is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

WATCH = """
def _watch():
    import atexit, errno, os, signal, sys
    names = ("KILL", "FAIL", "RENAMED", "REPORT")
    number, failing, renamed, report = (os.environ.pop(f"STEPS_{name}", "") for name in names)
    steps = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "shutil.copyfile",
             "shutil.rmtree", "subprocess.Popen", "tempfile.mkdtemp"}
    count = 0
    def step(event, given):
        nonlocal count
        writes = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if not (writes or event in steps or event == "ctypes.dlsym" and given[1] == "renameat2"):
            return
        count += 1
        ends = bool(renamed) and event == "os.rename" and os.fspath(given[1]).startswith(renamed)
        if ends or number == str(count):
            os.kill(os.getpid(), signal.SIGKILL)
        if failing == str(count):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    def tell():
        total = count
        with open(report, "w") as file:
            file.write(str(total))
    if report:
        atexit.register(tell)
    sys.addaudithook(step)
_watch()
"""
COMMAND = f"{WATCH}import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"


def start(
    code: str, *arguments: str, kill: int = 0, fail: int = 0, renamed: str = "", report: Path | None = None, **more: Any
):
    """Start Python on code that begins with `WATCH`.

    Parameters:
    kill : the number of the step before which the process is killed; 0 for none.
    fail : the number of the step that fails as on a full disk; 0 for none.
    renamed : it is killed before something is renamed to a name that begins so.
    report : a file for the number of steps that the process took, once it has ended by itself.
    """
    asked = {
        "STEPS_KILL": str(kill or ""),
        "STEPS_FAIL": str(fail or ""),
        "STEPS_RENAMED": renamed,
        "STEPS_REPORT": str(report or ""),
    }
    env = {**os.environ, **asked, **more.pop("env", {})}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=env, **more)


def spread(last: int, count: int) -> list[int]:
    """So many of the numbers from 1 to the last, evenly spread; all where there are no more."""
    return (
        list(range(1, last + 1)) if count >= last else [1 + n * (last - 1) // max(count - 1, 1) for n in range(count)]
    )
