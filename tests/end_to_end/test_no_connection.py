"""No command but `prices refresh` opens a connection: they run without a network, and under an audit hook.

The one exception, `portfolio` and `batch` with `--dask`, is held to the address that is named (tests/portfolio/test_dask.py).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from campaigns import PROVE
from lambdaplan.resources import data_dir
from places import ROOT

NODE_API = str(data_dir() / "scenarios" / "node_api.json")
EVIDENCE = ROOT / "tests" / "golden" / "evidence"
SERVICE = ("--requests", "10M", "--duration", "200ms", "--memory", "1024", "--busy", "0.3")
RUNS = """
import json, sys
opened = []
def watch(event, given):
    address = given[1] if event == "socket.connect" else None
    if event in ("socket.getaddrinfo", "socket.gethostbyname") or (event == "socket.connect" and not isinstance(address, (str, bytes))):
        opened.append((event, str(given)[:100]))
sys.addaudithook(watch)
from lambdaplan.cli.main import main
statuses = [main(words) for words in json.loads(sys.argv[1])]
assert not opened, opened
print(json.dumps(statuses))
"""


def commands(folder):
    usage = folder / "usage.json"
    row = {"service": "lambda", "requests": 1000, "duration_ms": 100, "memory_mb": 512}
    usage.write_text(json.dumps({"version": 1, "usage": [row]}))
    rows = folder / "rows.csv"
    rows.write_text("name,requests_per_month\na,1000\nb,2000\n")
    quick = [
        ["compare", NODE_API],
        ["bill", str(usage)],
        ["diff", NODE_API, NODE_API],
        ["prices", "list"],
        ["prices", "show", "lambda", "requests/x86_64"],
        ["prices", "verify", "--book", "aws-2026-11-30"],
        ["fields"],
        ["schema", "scenario"],
        ["init", *SERVICE, "--name", "mine", "-o", str(folder / "mine.yaml")],
        ["quick", *SERVICE],
        ["queries"],
        ["completion", "bash"],
        ["memory", NODE_API],
        ["import", str(EVIDENCE / "power_tuning" / "output_with_stats.json")],
        ["import", str(EVIDENCE / "bills" / "cur2_daily_sp.parquet")],
        ["backtest", NODE_API, str(EVIDENCE / "bills" / "focus_1_2_aws.csv.gz")],
        ["prices", "history", NODE_API],
        ["portfolio", str(rows), "--base", NODE_API, "-o", str(folder)],
    ]
    long = [
        ["moving", str(data_dir() / "scenarios" / "growing_service.yaml")],
        ["cold", NODE_API],
        ["risk", NODE_API, "--set", "risk=measured", "--samples", "200"],
        ["commit", str(data_dir() / "scenarios" / "steady_api.json")],
        ["prices", "coverage"],
        ["prices", "diff", "aws-2026-11-30", "aws-2026-12-01", "--scenario", NODE_API],
        ["terraform", NODE_API, "-o", str(folder)],
        ["ladder", NODE_API],
        ["claims"],
        ["export", NODE_API, "--chart", "bill", "-o", str(folder)],
        ["record", NODE_API, "-o", str(folder / "record.md"), "--review-by", "2027-06-01"],
        ["check", str(folder / "record.md")],
        ["report", NODE_API, "-o", str(folder)],
    ]
    return quick + long if PROVE else quick


def without_a_network():
    """The words that start a command in an empty network namespace, where this machine allows that."""
    words = ["unshare", "--user", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        return []
    return words


@pytest.mark.parametrize("alone", [False, *([True] if PROVE else [])], ids=lambda alone: "hook" if alone else "both")
def test_no_command_but_refresh_opens_a_connection(tmp_path, alone):
    """With the hook, and without a network too where this machine allows that."""
    before = [] if alone else without_a_network()
    words = [*before, sys.executable, "-c", RUNS, json.dumps(commands(tmp_path))]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert set(json.loads(done.stdout.splitlines()[-1])) == {0}


def test_the_hook_sees_a_refresh(tmp_path):
    words = ["prices", "refresh", "--from", "http://127.0.0.1:9", "--timeout", "0.2"]
    done = subprocess.run(
        [sys.executable, "-c", RUNS, json.dumps([words])], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "socket.connect" in done.stderr
