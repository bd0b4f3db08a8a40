"""Batches from end to end: the portfolio's files, a report of each service, and what happens when one fails."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest

import steps
from campaigns import PROVE
from lambdaplan.analysis.services_table import read_table
from lambdaplan.cli.main import main
from lambdaplan.errors import Problem, ReportError
from lambdaplan.report import batch, notebook_kernel, report
from lambdaplan.report.atomic_files import PREFIX, UNBORN
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario
from payloads import SCRIPTS
from safe_pages import unsafe_in_page

BASE = data_dir() / "scenarios" / "node_api.json"
TABLE = (
    "name,requests_per_month,duration_ms,memory_mb,shared\n"
    "Orders,10M,200,1024,true\nSearch,500k/day,120,512,true\nToo small,1M,100,64,\n"
    "Mails,2M,900,1024,\nmails!,20000,5000,256,\n../../etc/passwd,3M,50,1024,\n"
)
FOLDERS = ["orders", "search", "mails", "mails-2", "etc-passwd"]
ERROR = "error: line 4: options.0.memory_mb = 64 is outside 128..10240 (MB, whole numbers). Try memory_mb=128.\n"


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def table(folder, text=TABLE):
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    return path


def run(folder, *more, text=TABLE):
    return main(["batch", str(table(folder, text)), "--base", str(BASE), "-o", str(folder / "out"), *more])


class Quick:
    """In place of a kernel: writes what was asked of it, and fails where told to."""

    failing: tuple[str, ...] = ()
    asked: list[str] = []  # noqa: RUF012 - emptied before each test

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def executed(self, scenario, extent):
        if scenario.name in self.failing:
            raise ReportError(Problem("storage", "the report notebook", "it died", "a report needs a kernel"))
        self.asked.append(scenario.name)


@pytest.fixture
def quick(monkeypatch):
    def fill(new, scenario, executed):
        executed(scenario)
        for name in ("report.html", "report.ipynb", "comparison.json"):
            (new / name).write_text(scenario.name)

    monkeypatch.setattr(notebook_kernel, "WarmKernel", Quick)
    monkeypatch.setattr(report, "fill", fill)
    monkeypatch.setattr(Quick, "failing", ())
    Quick.asked.clear()
    return Quick


# the portfolio


def test_the_total_of_the_portfolio_is_the_sum_of_its_rows_to_the_cent(tmp_path, capsys):
    assert run(tmp_path, "--no-reports", "--json", "--set", "free_tier=true") == 3
    out, err = capsys.readouterr()
    assert err == ERROR
    found, folder = json.loads(out), tmp_path / "out" / "portfolio"
    assert found.pop("reports") == {"made": 0, "kept": 0, "failed": []}
    assert json.loads((folder / "portfolio.json").read_text("utf-8")) == found
    assert sorted(files(tmp_path / "out")) == [f"portfolio/portfolio.{kind}" for kind in ("csv", "html", "json")]
    rows = found["services"]
    assert sorted(row["folder"] for row in rows) == sorted(FOLDERS)
    for side in ("baseline", "cheapest"):
        assert sum(Decimal(row[side]["usd"]) for row in rows) == Decimal(found[side]["total_usd"])
        lines = found[side]["regions"]["us-east-1"]["lines"]
        assert sum(Decimal(line["amount_usd"]) for line in lines) == Decimal(found[side]["total_usd"])
        exact = sum(Decimal(row[side]["exact_usd"]) for row in rows)
        assert abs(exact - Decimal(found[side]["exact_usd"])) < Decimal("1e-11")
    savings = [Decimal(row["saving_usd"]) for row in rows]
    assert savings == sorted(savings, reverse=True)
    assert sum(savings) == Decimal(found["saving_usd"])
    assert [(f["line"], f["field"], f["value"]) for f in found["failed"]] == [(4, "options.0.memory_mb", "64")]
    cells = list(csv.DictReader(io.StringIO((folder / "portfolio.csv").read_text("utf-8"))))
    assert [Decimal(row["saving, USD"]) for row in cells] == savings
    assert [row["folder"] for row in cells] == [row["folder"] for row in rows]
    page = (folder / "portfolio.html").read_text("utf-8")
    assert unsafe_in_page(page) == []
    for side in ("baseline", "cheapest"):
        assert f"${Decimal(found[side]['total_usd']):,.2f}" in page
    assert "line 4: options.0.memory_mb = 64 is outside" in page


def test_why_a_fleet_is_not_shared_is_said_in_the_note(tmp_path, capsys):
    rows = "name,workload.working_set_mb,shared\na,520,true\nb,520,true\nc,520,\n"
    assert run(tmp_path, "--no-reports", "--json", text=rows) == 0
    why = "no shared fleet of Fargate 0.5 vCPU 1 GB: memory of one task for its processes and one request"
    notes = {row["name"]: row["note"] for row in json.loads(capsys.readouterr().out)["services"]}
    assert notes == {"a": why, "b": why, "c": ""}
    cells = csv.DictReader(io.StringIO((tmp_path / "out" / "portfolio" / "portfolio.csv").read_text("utf-8")))
    assert {row["service"]: row["note"] for row in cells} == notes
    assert run(tmp_path, "--no-reports", text=rows) == 0
    assert "no shared fleet of" in capsys.readouterr().out


def test_words_of_a_table_become_neither_markup_nor_formulas(tmp_path):
    rows = io.StringIO()
    csv.writer(rows).writerows(
        [["name", "requests_per_month"], *([name[:110], "1M"] for name in (*SCRIPTS, "=1+1", "@SUM(A1)"))]
    )
    assert run(tmp_path, "--no-reports", text=rows.getvalue()) == 0
    found = files(tmp_path / "out")
    assert sorted(found) == [f"portfolio/portfolio.{kind}" for kind in ("csv", "html", "json")]
    assert unsafe_in_page(found["portfolio/portfolio.html"].decode()) == []
    cells = list(csv.DictReader(io.StringIO(found["portfolio/portfolio.csv"].decode())))
    assert {"'=1+1", "'@SUM(A1)"} <= {row["service"] for row in cells}
    assert not [row for row in cells if row["service"][:1] in "=+-@"]


def test_the_same_table_gives_the_same_bytes_under_another_hash_seed(tmp_path, capsys):
    path, out = table(tmp_path), tmp_path / "out"
    arguments = ["batch", str(path), "--base", str(BASE), "--no-reports", "-o"]
    there = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}
    done = subprocess.run(
        [sys.executable, "-c", steps.COMMAND, *arguments, str(out)],
        env=there,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, ERROR)
    assert main([*arguments, str(tmp_path / "here")]) == 3
    assert files(tmp_path / "here") == files(out)
    assert capsys.readouterr().out == done.stdout.replace(str(out), str(tmp_path / "here"))


def test_folders_have_names_of_their_own_inside_the_target():
    names = [
        "Orders",
        "orders!",
        "ORDERS",
        "orders-2",
        "portfolio",
        "../..",
        "..\\..\\x",
        "/etc/passwd",
        "",
        "con",
        "x" * 99,
        "x" * 98,
    ]
    assert batch.slugs(names) == [
        *("orders", "orders-2", "orders-3", "orders-2-2", "portfolio-2", "scenario", "x", "etc-passwd", "scenario-2"),
        *("scenario-con", "x" * 60, f"{'x' * 58}-2"),
    ]


# reports, without a kernel


def test_a_report_that_fails_is_listed_and_the_others_are_written(tmp_path, capsys, quick, monkeypatch):
    monkeypatch.setattr(quick, "failing", ("Search",))
    assert run(tmp_path) == 3
    out, err = capsys.readouterr()
    assert err == ERROR + "error: line 3: the report notebook can't be used: it died; a report needs a kernel.\n"
    assert "4 reports made, 0 kept, 1 problems." in out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted([*set(FOLDERS) - {"search"}, "portfolio"])
    assert not list(tmp_path.rglob(".lambdaplan*"))
    quick.asked.clear()
    monkeypatch.setattr(quick, "failing", ())
    assert run(tmp_path) == 3  # the row of line 4 is as it was
    assert quick.asked == ["Search"]
    assert "1 reports made, 4 kept, 0 problems." in capsys.readouterr()[0]


def test_reports_are_kept_as_long_as_nothing_has_changed(tmp_path, quick, monkeypatch):
    rows = "name,duration_ms\na,100\nb,100\n"
    made = {}

    def asked(*more, text=rows):
        quick.asked.clear()
        assert run(tmp_path, *more, text=text) == 0
        made.clear()
        made.update(files(tmp_path / "out"))
        return sorted(quick.asked)

    assert asked() == ["a", "b"]
    first = dict(made)
    assert asked() == []
    assert made == first
    assert asked(text="name,duration_ms\na,100\nb,101\n") == ["b"]
    assert asked() == ["b"]
    assert made == first
    assert asked("--again") == ["a", "b"]
    assert asked("--brief") == ["a", "b"] and asked("--brief") == []
    assert asked() == ["a", "b"]
    monkeypatch.setattr(batch, "__version__", "9.9")
    assert asked() == ["a", "b"]
    monkeypatch.undo()
    report_a = tmp_path / "out" / "a" / "report.html"
    for damage in (lambda: report_a.write_text("half"), report_a.unlink, (tmp_path / "out" / "a" / "made.json").unlink):
        monkeypatch.setattr(notebook_kernel, "WarmKernel", Quick)
        damage()
        assert not batch._is_made(report_a.parent, batch._stamp({}))
    (report_a.parent / "made.json").write_text(json.dumps({"files": {"../../table.csv": "0"}}))
    assert not batch._is_made(report_a.parent, {})


def test_a_full_disk_is_one_line(tmp_path, capsys, quick, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batch, "write_file", full)
    assert run(tmp_path, text="name\na\n") == 5
    err = capsys.readouterr().err
    assert err.endswith(
        "no space left on device; a portfolio needs a folder that can be written. Give another one with -o.\n"
    )
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


# reports, with kernels


@pytest.mark.skipif(not PROVE, reason="a long proof: make prove")
def test_reports_of_a_batch_are_those_of_the_report_command_even_when_a_kernel_dies(
    tmp_path, monkeypatch, short, kernel
):
    monkeypatch.setenv("TMPDIR", str(short))
    monkeypatch.setattr(tempfile, "tempdir", None)
    text = "name,requests_per_month,duration_ms,memory_mb\nfirst,1M,100,512\nsecond,20M,300,1024\n"
    killed = []
    forget = notebook_kernel.WarmKernel._run

    def dies_once(self, scenario):
        if self is not kernel and scenario.name == "second" and not killed:
            killed.append(self._process.pid)
            os.kill(self._process.pid, signal.SIGKILL)
        return forget(self, scenario)

    monkeypatch.setattr(notebook_kernel.WarmKernel, "_run", dies_once)
    assert run(tmp_path, "--jobs", "1", text=text) == 0
    assert len(killed) == 1
    second = read_table(tmp_path / "table.csv", json.loads(BASE.read_text("utf-8"))).services[1].scenario
    assert isinstance(second, Scenario)
    monkeypatch.setattr(report, "executed", kernel.executed)
    alone = report.run_report(second, tmp_path / "alone", progress=lambda _: None).parent
    batched = files(tmp_path / "out" / "second")
    made = json.loads(batched.pop("made.json"))
    assert batched == files(alone)
    assert sorted(made["files"]) == sorted(batched)
    assert not [path for path in short.iterdir() if not path.name.startswith(UNBORN)]


@pytest.mark.skipif(not PROVE or sys.platform != "linux", reason="a long proof: make prove, on Linux")
def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path, short, kernel, monkeypatch, capsys):
    path, out = table(tmp_path, "name,duration_ms\na,100\nb,200\n"), tmp_path / "out"
    arguments = ["batch", str(path), "--base", str(BASE), "-o", str(out), "--jobs", "1"]
    there = {"TMPDIR": str(short)}
    process = steps.start(
        steps.COMMAND,
        *arguments,
        renamed=str(out / f"{PREFIX}b-"),
        env=there,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.wait() == -signal.SIGKILL
    before = files(out / "a")
    assert "report.html" in before
    assert not (out / "b").exists()
    monkeypatch.setattr(notebook_kernel, "WarmKernel", lambda: contextlib.nullcontext(kernel))
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reports"] == {"made": 1, "kept": 1, "failed": []}
    assert files(out / "a") == before
    assert {p.name for p in out.iterdir() if not p.name.startswith(UNBORN)} == {"a", "b", "portfolio"}
    assert set(files(out / "b")) == set(before)


@pytest.mark.skipif(not PROVE, reason="a long proof: make prove")
def test_killed_at_any_moment_what_stands_is_whole_and_the_same_command_ends_it(tmp_path, short):
    path, out = table(tmp_path, "name,duration_ms\na,100\nb,200\nc,300\n"), tmp_path / "out"

    def start(to: Path, **how) -> subprocess.Popen[bytes]:
        words = ["batch", str(path), "--base", str(BASE), "-o", str(to), "--jobs", "1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return steps.start(steps.COMMAND, *words, env={"TMPDIR": str(short)}, **quiet, **how)

    def standing(folder: Path) -> dict[str, dict[str, bytes]]:
        return {p.name: files(p) for p in folder.iterdir() if not p.name.startswith(UNBORN)} if folder.exists() else {}

    assert start(tmp_path / "alone", report=tmp_path / "steps").wait() == 0
    expected = standing(tmp_path / "alone")
    for step in steps.spread(int((tmp_path / "steps").read_text()), 30):
        shutil.rmtree(out, ignore_errors=True)
        assert start(out, kill=step).wait() == -signal.SIGKILL
        for name, found in standing(out).items():
            if not name.startswith("."):  # what a killed run leaves hidden, the next one removes
                assert found == expected[name], (step, name)
        assert start(out).wait() == 0
        assert standing(out) == expected, step
