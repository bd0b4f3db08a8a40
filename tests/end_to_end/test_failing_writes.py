"""A disk that is full at any step: one line and an exit code, and what was there before is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import steps
from campaigns import PROVE
from lambdaplan.resources import data_dir
from places import GOLDEN

NODE_API = str(data_dir() / "scenarios" / "node_api.json")
LOGS = str(next(path for path in sorted((GOLDEN / "evidence" / "lambda_logs").iterdir()) if path.suffix == ".log"))
TABLE = "table.csv"
COMMANDS = {
    "record": ["record", NODE_API, "--review-by", "2027-06-01", "-o", "out/record.md"],
    "import": ["import", LOGS, "-o", "out/scenario.yaml"],
    "init": ["init", "--requests", "40M", "--duration", "120ms", "--memory", "512", "-o", "out/my.yaml"],
    "terraform": ["terraform", NODE_API, "-o", "out"],
    "export": ["export", NODE_API, "--chart", "bill", "-o", "out"],
    "report": ["report", NODE_API, "-o", "out"],
    "batch": ["batch", TABLE, "--base", NODE_API, "--no-reports", "-o", "out"],
}
QUICK = ("record", "import")  # start no kernel; each step of each command in the long proofs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="steps are counted as Linux has them")


def files(folder: Path) -> dict[str, bytes]:
    """What stands there; not hidden folders, which stay where the step that fails is their own removal."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {path: content for path, content in found.items() if "/.lambdaplan-" not in path and path != TABLE}


def run(words: list[str], folder: Path, **how) -> subprocess.CompletedProcess[str]:
    started = steps.start(
        steps.COMMAND, *words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
    )
    out, told = started.communicate(timeout=600)
    return subprocess.CompletedProcess(words, started.returncode, out, told)


@pytest.mark.parametrize("name", COMMANDS if PROVE else QUICK)
def test_a_step_that_fails_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    words, report = COMMANDS[name], tmp_path / "steps"
    folder = tmp_path / "work"
    (folder / "out").mkdir(parents=True)
    (folder / TABLE).write_text("name,workload.requests_per_month\norders,10M\nmail,500k\n")
    made = run(words, folder, report=report)
    assert made.returncode == 0, made.stderr
    if name == "init":
        words = [*words, "--force"] if "--force" in run(["init", "--help"], folder).stdout else words
    before = files(folder)
    again = run(words, folder, report=report)
    if again.returncode:  # it does not write over what is there: then into an empty folder
        before = {}
    last = int(report.read_text())
    assert last > 0
    for number in steps.spread(last, last if PROVE else 2):
        if not before:
            for path in (folder / "out").iterdir():
                path.unlink()
        done = run(words, folder, fail=number)
        assert "Traceback" not in done.stderr, (number, done.stderr)
        assert "internal failure" not in done.stderr, (number, done.stderr)
        after = files(folder)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
            assert len(lines) == 1, (number, done.stderr)
            assert after == before, number
        else:
            assert set(after) >= set(before), number
