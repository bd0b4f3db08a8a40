"""More than one machine: the same bytes from a cluster as from here, and one line for each cluster that can't be used."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import warnings

import pytest
from test_organisation import BASE, many, written

from campaigns import PROVE
from lambdaplan.cli.main import main
from lambdaplan.errors import ReportError
from lambdaplan.portfolio import column_bills
from lambdaplan.report import batch
from lambdaplan.report.cluster import connection
from lambdaplan.resources import data_dir
from places import ROOT

NODE_API = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture(scope="module")
def cluster():
    """Two workers of this process, on 127.0.0.1."""
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        how = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
        with LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=logging.CRITICAL, **how) as local:
            yield local.scheduler_address


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / "portfolio").iterdir()}


def base_file(folder, **changes):
    path = folder / "base.json"
    path.write_text(json.dumps({**BASE, **changes}), "utf-8")
    return str(path)


def test_a_cluster_gives_the_same_bytes_however_the_table_is_parted(cluster, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(column_bills, "UNIT", 8)
    table = written(tmp_path, f"{many(60)}bad,a1,t1,mars-1,10,100,512\n")
    asked = ["portfolio", str(table), "--base", base_file(tmp_path), "--by", "account,team"]
    assert main([*asked, "-o", str(tmp_path / "here")]) == 3
    here, told = files(tmp_path / "here"), capsys.readouterr()
    for parts in (["--partitions", "1"], ["--partitions", "2"], ["--partitions", "7"]):
        out = tmp_path / "-".join(["there", *parts[1:]])
        assert main([*asked, "--dask", cluster, *parts, "-o", str(out)]) == 3
        assert files(out) == here
        again = capsys.readouterr()
        assert again.err == told.err
        assert again.out.splitlines()[:-1] == told.out.splitlines()[:-1]  # the last one is where the page is
    assert 'line 62: region = "mars-1"' in told.err


def test_workers_need_no_file_that_is_on_this_machine_alone(cluster, tmp_path):
    hours = ((day, hour) for day in range(2, 23) for hour in range(24))
    rows = [f"2026-11-{day:02}T{hour:02}:00:00Z,{100 + 9 * hour + day}" for day, hour in hours]
    trace = tmp_path / "trace.csv"
    trace.write_text("\n".join(["timestamp,requests", *rows]), "utf-8")
    work = {name: value for name, value in BASE["workload"].items() if name != "requests_per_month"}
    base = base_file(tmp_path, workload={**work, "traffic": {"trace": "trace.csv"}})
    words = ["portfolio", str(written(tmp_path, "name,duration_ms\na,100\nb,2500\n")), "--base", base]
    assert main([*words, "-o", str(tmp_path / "here")]) == 0
    read = connection.Cluster.each_and_all

    def without(self, *given):
        trace.unlink()
        return read(self, *given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.Cluster, "each_and_all", without)
        assert main([*words, "--dask", cluster, "-o", str(tmp_path / "there")]) == 0
    assert files(tmp_path / "here") == files(tmp_path / "there")


def refused(tmp_path, capsys, address):
    """The one line of a portfolio that no cluster bills, before anything is written."""
    table = written(tmp_path, many(3))
    words = ["portfolio", str(table), "--base", base_file(tmp_path), "-o", str(tmp_path / "out"), "--dask", address]
    status = main(words)
    (line,) = capsys.readouterr().err.splitlines()
    assert not (tmp_path / "out").exists()
    return status, line


@pytest.mark.parametrize("address", ["here", "tcp://127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:8786", "a b:1"])
def test_what_is_no_address_is_told(tmp_path, capsys, address):
    status, line = refused(tmp_path, capsys, address)
    assert status == 2
    assert line == f'error: --dask = "{address}" is not the address of a Dask scheduler, such as tcp://127.0.0.1:8786.'


def test_a_scheduler_that_does_not_answer_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_S", 0.2)
    with socket.socket() as taken:  # bound, and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, line = refused(tmp_path, capsys, address)
    assert status == 4
    assert line.startswith(f"error: --dask = tcp://{address} can't be used: no scheduler answers there (")


def test_workers_of_another_version_or_price_book_are_told(cluster, tmp_path, capsys, monkeypatch):
    here = connection.described("aws-2026-12-01")
    for theirs, words in (
        ({**here, "lambdaplan": "0.1 of old"}, "has another lambdaplan (0.1 of old; here "),
        ({**here, "price book": "none of this name"}, "has another price book (none of this name; here aws-"),
        (ModuleNotFoundError("No module named 'lambdaplan'"), "has no lambdaplan "),
    ):
        monkeypatch.setattr(connection.Cluster, "_told", lambda _, one=theirs: {"tcp://127.0.0.1:1": one})
        status, line = refused(tmp_path, capsys, cluster)
        assert status == 4
        assert f"worker tcp://127.0.0.1:1 {words}" in line
    monkeypatch.setattr(connection.Cluster, "_told", lambda _: {})
    assert "it has no worker. Start one: dask worker" in refused(tmp_path, capsys, cluster)[1]


HOOK = """
import json, sys
opened = []
def watch(event, given):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        assert given[0] in ("127.0.0.1", None), given
    if event == "socket.connect" and not isinstance(given[1], (str, bytes)):
        opened.append(given[1])
sys.addaudithook(watch)
from lambdaplan.cli.main import main
assert main(json.loads(sys.argv[1])) == 0
print(json.dumps(sorted(set(opened))))
"""


@pytest.mark.skipif(not PROVE, reason="make prove starts another Python")
def test_no_address_is_connected_to_but_the_one_that_is_named(cluster, tmp_path):
    table = written(tmp_path, many(3))
    words = ["portfolio", str(table), "--base", base_file(tmp_path), "-o", str(tmp_path / "out"), "--dask", cluster]
    run = [sys.executable, "-c", HOOK, json.dumps(words)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [["127.0.0.1", int(cluster.rsplit(":", 1)[1])]]


def test_reports_come_from_workers_and_a_failed_one_is_listed(cluster, tmp_path, capsys, monkeypatch):
    """Without kernels: what a worker gives is written with its stamp, and is kept the next time."""
    from lambdaplan.errors import Problem
    from lambdaplan.report.cluster import reports

    def made(scenario, extent):
        if scenario.name == "b":
            return (Problem("storage", "the report notebook", "it was too much", "less"),)
        return {"report.html": scenario.name.encode(), "comparison.json": b"{}", "charts/cost.svg": b"<svg/>"}

    monkeypatch.setattr(reports, "report_files", made)
    table = written(tmp_path, "name,requests_per_month\na,1000\nb,2000\nc,3000\n")
    words = ["batch", str(table), "--base", str(NODE_API), "-o", str(tmp_path / "out"), "--dask", cluster]
    assert main(words) == 3
    told = capsys.readouterr()
    assert "2 reports made, 0 kept, 1 problems" in told.out
    assert "line 3: the report notebook can't be used: it was too much" in told.err
    assert (tmp_path / "out" / "a" / "report.html").read_text() == "a"
    assert (tmp_path / "out" / "c" / "charts" / "cost.svg").read_text() == "<svg/>"
    assert main(words) == 3
    assert "0 reports made, 2 kept, 1 problems" in capsys.readouterr().out
    assert main([*words, "--jobs", "2"]) == 2
    assert main([*words, "--no-reports"]) == 2
    with pytest.raises(ReportError):
        batch._put(tmp_path / "out", {"../outside": b""})


# real workers, each a process


@contextlib.contextmanager
def processes(workers, folder):
    """A scheduler and workers as users start them; its address, and the workers."""
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "start_new_session": True}
    named = folder / "scheduler.json"
    own = ["--host", "127.0.0.1", "--no-dashboard"]
    started = [subprocess.Popen([*dask, "scheduler", *own, "--port", "0", "--scheduler-file", str(named)], **quiet)]
    try:
        while not named.exists() or not named.read_text():
            assert started[0].poll() is None, "the scheduler has ended"
            time.sleep(0.1)
        address = json.loads(named.read_text())["address"]
        for _ in range(workers):
            words = [*dask, "worker", address, *own, "--nthreads", "1", "--nworkers", "1", "--no-nanny"]
            started.append(subprocess.Popen([*words, "--local-directory", str(folder)], **quiet))
        yield address, started
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.skipif(not PROVE, reason="make prove starts processes of Dask")
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path, workers):
    table, base = written(tmp_path, many(40_000)), base_file(tmp_path)
    words = ["portfolio", str(table), "--base", base, "--by", "account"]
    assert main([*words, "-o", str(tmp_path / "here")]) == 0
    with processes(workers, tmp_path) as (address, _):
        for parts in ("1", "2", "7"):
            assert main([*words, "--dask", address, "--partitions", parts, "-o", str(tmp_path / parts)]) == 0
            assert files(tmp_path / parts) == files(tmp_path / "here")


@pytest.mark.skipif(not PROVE, reason="make prove starts processes of Dask")
def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path):
    table, base = written(tmp_path, many(120_000)), base_file(tmp_path)
    words = ["portfolio", str(table), "--base", base, "--by", "account"]
    assert main([*words, "-o", str(tmp_path / "here")]) == 0
    with processes(2, tmp_path) as (address, (_, *workers)):
        taken = []
        results = connection.Cluster._results

        def killing(self, futures):
            for one in results(self, futures):
                taken.append(one[0])
                if len(taken) == 3:
                    os.killpg(workers[0].pid, signal.SIGKILL)
                yield one

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection.Cluster, "_results", killing)
            assert main([*words, "--dask", address, "--partitions", "15", "-o", str(tmp_path / "there")]) == 0
        assert workers[0].wait() == -signal.SIGKILL
        assert len(taken) == 16  # fifteen partitions, and what all use together
    assert files(tmp_path / "there") == files(tmp_path / "here")


@pytest.mark.skipif(not PROVE, reason="make prove starts processes of Dask")
def test_reports_of_workers_are_those_of_this_machine(tmp_path):
    table = written(tmp_path, "name,requests_per_month\na,1000000\nb,20000000\nc,300000000\n")
    words = ["batch", str(table), "--base", str(NODE_API), "--quick"]
    assert main([*words, "-o", str(tmp_path / "here")]) == 0
    with processes(2, tmp_path) as (address, _):
        assert main([*words, "--dask", address, "-o", str(tmp_path / "there")]) == 0
    here, there = tmp_path / "here", tmp_path / "there"
    names = sorted(path.relative_to(here) for path in here.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(there) for path in there.rglob("*") if path.is_file())
    assert all((here / name).read_bytes() == (there / name).read_bytes() for name in names)


@pytest.mark.skipif(not PROVE, reason="make prove starts processes of Dask")
def test_a_scheduler_that_goes_away_is_told_in_a_line(tmp_path, capsys):
    table, base = written(tmp_path, many(120_000)), base_file(tmp_path)
    words = ["portfolio", str(table), "--base", base, "-o", str(tmp_path / "out")]
    with processes(1, tmp_path) as (address, everyone):
        results = connection.Cluster._results

        def ending(self, futures):
            for one in results(self, futures):
                for process in everyone:
                    os.killpg(process.pid, signal.SIGKILL)
                yield one

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection.Cluster, "_results", ending)
            assert main([*words, "--dask", address, "--partitions", "15"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "it gave up (" in line
    assert not (tmp_path / "out").exists()
