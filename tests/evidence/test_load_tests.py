"""Load tests: variants of each tool, what the way of running hides, and laws that are recovered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan import InputError
from lambdaplan.capacity import usl_throughput
from lambdaplan.evidence.import_files import import_files


def read(tmp_path: Path, content: Any, name: str = "file") -> tuple[str, Any]:
    """The kind of a file and what it tells."""
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    file = import_files([path]).files[0]
    return file.kind, file.evidence


def wrk(connections: int, rate: float, errors: str = "") -> str:
    """What wrk prints of a run."""
    return (
        f"Running 30s test @ http://shop.test/\n  2 threads and {connections} connections\n"
        "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   850.00us    1.20ms   1.02s    90.00%\n"
        "    Req/Sec     1.20k   100.00     2.00k    70.00%\n  Latency Distribution\n     50%  600.00us\n     99%    1.50s \n"
        f"  {int(rate * 30)} requests in 30.00s, 4.00MB read\n{errors}Requests/sec: {rate:9.2f}\nTransfer/sec: 1.00MB\n"
    )


def test_wrk_mixes_units_and_counts_lost_connections(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, wrk(8, 100, "  Socket errors: connect 0, read 2, write 0, timeout 40\n"))
    reads = {name: one.value for name, one in evidence.reads.items()}
    assert (reads["latency_mean_ms"], reads["p50_ms"], reads["p99_ms"], reads["max_ms"]) == (0.85, 0.6, 1500, 1020)
    assert reads["errors"] == 42
    assert any("1.4% of the requests failed" in note for note in evidence.notes)
    assert any("coordinated omission" in note for note in evidence.notes)


def test_runs_at_several_levels_give_the_law_in_one_file_or_in_several(tmp_path: Path) -> None:
    at = [1, 2, 4, 8, 16, 32, 64]
    rates = usl_throughput(n=at, alpha=0.05, beta=0.002, gamma=100)
    runs = [wrk(n, rate) for n, rate in zip(at, rates, strict=True)]
    _, together = read(tmp_path, "\n".join(runs))
    paths = []
    for n, run in zip(at, runs, strict=True):
        paths.append(tmp_path / f"run{n}")
        paths[-1].write_text(run)
    apart = [file.evidence for file in import_files(paths).files if "usl_alpha" in file.evidence.reads]
    assert len(apart) == 1
    for evidence in (together, *apart):
        assert evidence.reads["usl_alpha"].value == pytest.approx(0.05, rel=0.01)
        assert evidence.reads["usl_n_max"].value == pytest.approx((0.95 / 0.002) ** 0.5, rel=0.01)
        assert not any("not saturated" in note for note in evidence.notes)


def test_a_test_that_was_not_saturated_is_said_to_be(tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{usl_throughput(n=n, alpha=0.001, beta=0, gamma=50)}" for n in (1, 2, 4, 8))
    kind, evidence = read(tmp_path, f"users,requests/s\n{rows}\n")
    assert kind == "load_levels_csv"
    assert any(note.startswith("not saturated: throughput still grew by 99% from 4 to 8") for note in evidence.notes)
    assert "usl_n_max" not in evidence.reads


def levels_table(rng: np.random.Generator) -> str:
    """A minute at each of eight levels of a service: 20 ms of CPU time, 0.05 vCPU idle, on 2 vCPU."""
    rows = ["concurrency;Throughput;CPU %;vCPU;RSS MB"]
    for n in (1, 2, 3, 4, 6, 8, 12, 16):
        rate = 5.0 * n
        requests = rng.poisson(60 * rate)
        cpu_s = rng.gamma(requests, 0.020) / 60 + 0.05 + rng.normal(0, 0.005)
        rows.append(f"{n};{requests / 60:.2f};{cpu_s / 2 * 100:.1f};2;{150 + n}")
    return "\n".join(rows) + "\n"


def test_a_table_of_levels_holds_the_cpu_time_in_95_of_100_services(tmp_path: Path) -> None:
    tests = 500 if PROVE else 30
    rng = np.random.default_rng(2026)
    held = 0
    for _ in range(tests):
        _, evidence = read(tmp_path, levels_table(rng))
        cpu = evidence.reads["cpu_ms"]
        held += cpu.low <= 20 <= cpu.high
    assert evidence.reads["working_set_mb"].value == 166
    assert (0.90 if PROVE else 0.83) <= held / tests <= (0.99 if PROVE else 1)


MACHINE = {
    "config": {"duration": 30.5},
    "results": {
        "metrics": [
            {"name": "http_reqs", "type": "counter", "values": {"count": 610, "rate": 20}},
            {"name": "http_req_duration", "type": "trend", "values": {"avg": 30, "med": 25, "max": 99, "p(99)": 80}},
            {"name": "http_req_failed", "type": "rate", "values": {"matches": 3, "total": 610, "rate": 0.0049}},
        ]
    },
}


def test_the_machine_summary_of_k6(tmp_path: Path) -> None:
    kind, evidence = read(tmp_path, MACHINE)
    reads = {name: one.value for name, one in evidence.reads.items()}
    assert kind == "k6_machine_summary"
    assert (reads["requests"], reads["errors"], reads["p99_ms"], reads["duration_s"]) == (610, 3, 80, 30.5)
    assert any("open (a rate) or closed" in words for words in evidence.cannot_tell)


def test_a_threshold_that_was_crossed_in_both_forms_of_k6(tmp_path: Path) -> None:
    trend = {"avg": 1, "thresholds": {"p(95)<1": True}}
    flat = {"metrics": {"http_reqs": {"count": 9, "rate": 1}, "http_req_duration": trend}}
    assert read(tmp_path, flat)[1].reads["threshold_crossed"].value is True
    nested = {
        "metrics": {
            "http_reqs": {"values": {"count": 9, "rate": 1}},
            "http_req_duration": {"values": {"avg": 1}, "thresholds": {"p(95)<1": {"ok": False}}},
        }
    }
    assert read(tmp_path, nested)[1].reads["threshold_crossed"].value is True


def test_points_of_k6_with_a_ramp_give_levels(tmp_path: Path) -> None:
    lines = ['{"type":"Metric","metric":"http_reqs","data":{"name":"http_reqs"}}']
    for second in range(40):
        users = 1 + second // 10
        time = f"2026-10-12T08:00:{second:02d}Z"
        lines.append(json.dumps({"type": "Point", "metric": "vus", "data": {"time": time, "value": users, "tags": {}}}))
        one = {"type": "Point", "metric": "http_reqs", "data": {"time": time, "value": 1, "tags": {}}}
        lines += [json.dumps(one)] * (10 * users)
    _, evidence = read(tmp_path, "\n".join(lines))
    assert evidence.reads["usl_gamma"].value == pytest.approx(10)
    assert evidence.reads["concurrency"].value == 4


def test_jmeter_without_header_with_transactions_and_as_xml(tmp_path: Path) -> None:
    rows = [
        f"{1791792000000 + 100 * n},50,GET /,200,OK,T 1-1,text,{'false' if n == 3 else 'true'},,10,10,4,4,http://x/,40,0,1"
        for n in range(10)
    ]
    total = '1791792000000,500,All,200,"Number of samples in transaction : 10, number of failing samples : 1",T,,true,,1,1,4,4,null,0,0,0'
    kind, evidence = read(tmp_path, "\n".join([*rows, total]))
    assert kind == "jmeter_jtl_csv"
    assert (evidence.reads["requests"].value, evidence.reads["errors"].value) == (10, 1)
    assert any("1 rows of transaction controllers" in note for note in evidence.notes)
    parts = "".join(f'<httpSample t="50" ts="{1791792000000 + 100 * n}" s="true" na="4"/>\n' for n in range(9))
    parent = f'<sample t="500" ts="1791792001000" s="false" na="4">\n{parts}</sample>\n'
    kind, evidence = read(
        tmp_path, f'<?xml version="1.0"?>\n<testResults version="1.2">\n{parts}{parent}</testResults>\n'
    )
    assert kind == "jmeter_jtl_xml"
    assert (evidence.reads["requests"].value, evidence.reads["errors"].value) == (10, 1)


def test_other_forms(tmp_path: Path) -> None:
    old = {"aggregate": {"requestsCompleted": 50, "codes": {"200": 45, "503": 5}, "errors": {"ECONNRESET": 2},
                         "latency": {"min": 1, "max": 90, "median": 20, "p95": 60, "p99": 80}}}  # fmt: skip
    kind, evidence = read(tmp_path, old)
    assert (kind, evidence.reads["errors"].value, evidence.reads["p50_ms"].value) == ("artillery_json", 7, 20)
    gatling = {"type": "GROUP", "stats": {"numberOfRequests": {"total": "10", "ok": "9", "ko": "1"},
               "meanResponseTime": {"ok": "5"}, "percentiles1": {"ok": "-"}, "percentiles4": {"ok": "9"},
               "meanNumberOfRequestsPerSecond": {"total": "2"}}}  # fmt: skip
    kind, evidence = read(tmp_path, gatling)
    assert (kind, evidence.reads["requests"].value, evidence.reads["p99_ms"].value) == ("gatling_stats_json", 10, 9)
    assert "p50_ms" not in evidence.reads
    vegeta = {"latencies": {"mean": 5e6, "99th": 9e6}, "requests": 100, "rate": 50, "throughput": 30, "duration": 2e9,
              "status_codes": {"200": 60, "0": 30, "503": 10}}  # fmt: skip
    _, evidence = read(tmp_path, vegeta)
    assert evidence.reads["errors"].value == 40
    assert any("over its limit" in note for note in evidence.notes)


BROKEN = {
    "no request": ({"metrics": {"http_reqs": {"count": 0, "rate": 0}}}, "it has no request"),
    "no total": ("Type,Name,Request Count,Failure Count,Average Response Time\nGET,/,5,0,1\nGET,/b,5,0,1\n", "no line Aggregated"),
    "cut": (wrk(8, 100).partition("  3000 requests")[0] + "Requests/sec: 1\n", "no line of requests and seconds"),
    "no points": ('{"type":"Metric","metric":"http_reqs","data":{}}\n', "it has no request"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_one_line(name: str, tmp_path: Path) -> None:
    content, words = BROKEN[name]
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert len(error.value.lines) == 1
    assert words in error.value.lines[0]
