"""The same scenario gives the same files to the byte, whatever the folder, time zone, language, user or hash seed.

Nor do kernels, start-up files and modules play a part that the reader has: each run has a kernel named python3 that
fails, a start-up file that fails, and modules that stand in the way.
In every test run one report beside one made by this process; under `make prove` 20 scenarios and both commands in two
folders, two time zones and with two hash seeds.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.report import report
from lambdaplan.resources import data_dir

PRESETS = sorted((data_dir() / "scenarios").glob("*.json"))
CHANGES = (
    (),
    ("region=eu-central-1", "free_tier=true"),
    ("workload.requests_per_month=500k/day", "name=Ünïcode – 日本語"),
    ("sweep.scale=linear", "sweep.over=workload.duration_ms", "sweep.from=10", "sweep.to=2000"),
)
CASES = list(itertools.product(PRESETS, CHANGES)) if PROVE else [(PRESETS[2], CHANGES[2])]
PLACES = ("a", "deeper down/in another folder")
ZONES = ("Pacific/Kiritimati", "America/St_Johns")  # 14 hours before UTC's midnight, and half an hour off the hour
SEEDS = ("1", "4294967295")
RUNS = list(itertools.product(PLACES, ZONES, SEEDS)) if PROVE else [(PLACES[1], ZONES[1], SEEDS[1])]


def test_there_are_as_many_as_promised():
    assert len(CASES) * len(RUNS) == (20 * 2 * 2 * 2 if PROVE else 1)


def run(command: str, scenario: Path, changes: tuple[str, ...], out: Path, zone: str, seed: str) -> dict[str, str]:
    """The hash of every file that a run of its own process writes, by name."""
    home = out / "home"
    home.mkdir(parents=True)
    stand_in_the_way(home)
    first = zone == ZONES[0]
    here = {
        "TZ": zone,
        "PYTHONHASHSEED": seed,
        "LC_ALL": "C" if first else "C.UTF-8",
        "LANG": "de_DE.UTF-8" if first else "tr_TR.UTF-8",
        "USER": "somebody" if first else "else",
        "HOME": str(home),
        "COLUMNS": "40" if first else "200",
        "SOURCE_DATE_EPOCH": "1700000000",
        "PYTHONPATH": str(data_dir().parent),
        "JUPYTER_PATH": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    code = "import sys; from lambdaplan.cli.main import main; sys.exit(main(sys.argv[1:]))"
    arguments = [part for change in changes for part in ("--set", change)]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, command, str(scenario), *arguments, "-o", str(out / "made")],
        cwd=home,
        env={"PATH": os.environ["PATH"], **here},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    doing = {"report": "running the report", "export": "drawing the charts"}[command]
    assert done.stderr.startswith(doing) and done.stderr.count("\n") == 1
    return hashes(out / "made")


def stand_in_the_way(home: Path) -> None:
    kernel = home / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "x", "language": "python"}')
    startup = home / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import os; os._exit(1)")
    for name in ("altair.py", "lambdaplan.py", "json.py"):
        (home / name).write_text("raise SystemExit('the wrong module')")


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file in a folder, by name."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.skipif(
    not PROVE, reason="a long proof: make prove; batches and pages are compared byte for byte in every run"
)
@pytest.mark.parametrize("command", ["export", "report"])
@pytest.mark.parametrize(("scenario", "changes"), CASES, ids=[f"{p.stem}-{n % 4}" for n, (p, _) in enumerate(CASES)])
def test_the_same_scenario_gives_the_same_bytes(tmp_path, monkeypatch, kernel, command, scenario, changes):
    # The folders of the reader's document differ as well; its content does not.
    made = []
    for n, (place, zone, seed) in enumerate(RUNS):
        copy = tmp_path / f"from {n}" / "scenario.json"
        copy.parent.mkdir()
        copy.write_text(json.dumps(json.loads(scenario.read_text("utf-8"))), "utf-8")
        made.append(run(command, copy, changes, tmp_path / str(n) / place, zone, seed))
    monkeypatch.setattr(report, "executed", kernel.executed)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert main([command, str(scenario), *(f"--set={change}" for change in changes), "-o", str(tmp_path / "here")]) == 0
    here = hashes(tmp_path / "here")
    assert len(here) >= (9 if command == "report" else 11)
    assert all(found == here for found in made)
    assert not list(tmp_path.rglob(".lambdaplan*"))
