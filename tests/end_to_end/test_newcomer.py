"""A newcomer: from an empty folder to a recorded decision on a service of one's own, every command the first time."""

import json
import os
import subprocess
import sys

import pytest

from campaigns import PROVE
from lambdaplan.cli.main import main
from places import ROOT

INIT = [
    "init",
    "--requests",
    "40M",
    "--duration",
    "120ms",
    "--memory",
    "512",
    "--region",
    "eu-central-1",
    "--traffic",
    "office_hours",
    "--p95",
    "400",
    "--runtime",
    "python3.12",
]


def test_a_newcomer_gets_from_an_empty_folder_to_an_answer(tmp_path, monkeypatch, capsys):
    """What takes longer, the report and the record, is in the test below."""
    monkeypatch.chdir(tmp_path)

    def run(*command):
        assert main(list(command)) == 0, command
        return capsys.readouterr().out

    first = run(*INIT)
    assert [path.name for path in tmp_path.iterdir()] == ["my.yaml"] and "Wrote my.yaml. Next: " in first
    text = (tmp_path / "my.yaml").read_text("utf-8")
    assert len(text.splitlines()) < 80
    compared = run("compare", "my.yaml")
    answer = next(line for line in first.splitlines() if "cheapest" in line)
    assert answer in compared and "95 % within 400 ms" in compared
    assert "cheapest memory that serves" in run("memory", "my.yaml")


@pytest.mark.skipif(not PROVE, reason="make prove")
def test_the_same_as_commands_of_a_shell_with_sizes_left_open_and_a_report(tmp_path):
    """Set-up stands; the report, the decision and the check are made as `init` says, each by a process of its own."""
    home = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    for command in (
        INIT,
        ["compare", "my.yaml", "--json"],
        ["memory", "my.yaml", "--json"],
        ["cold", "my.yaml", "--json"],
        ["report", "my.yaml"],
        ["export", "my.yaml", "--docx"],
        ["record", "my.yaml", "-o", "decision.md"],
        ["check", "decision.md"],
    ):
        made = subprocess.run(
            [sys.executable, "-m", "lambdaplan", *command], check=False, cwd=tmp_path, env=home, capture_output=True
        )
        assert made.returncode == 0, (command, made.stderr.decode())
        if "--json" in command:
            assert json.loads(made.stdout)["version"] == 1
    assert list(tmp_path.glob("reports/*/report.html"))
