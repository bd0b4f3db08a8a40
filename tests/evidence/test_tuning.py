"""Power tuning, Compute Optimizer, usage files, allocations and traces: variants, broken ones, and intervals."""

from __future__ import annotations

import base64
import json
import math
import struct
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan import InputError
from lambdaplan.evidence.import_files import import_files
from lambdaplan.evidence.several_sizes import fit_sizes

SIZES = [128, 256, 512, 1024, 1536, 3008]


def read(tmp_path: Path, content: Any) -> tuple[str, Any]:
    """The kind of a file and what it tells."""
    path = tmp_path / "file"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    file = import_files([path]).files[0]
    return file.kind, file.evidence


def true_ms(memory_mb: float, wait_ms: float, cpu_ms: float) -> float:
    """The rule, written out anew."""
    return wait_ms + cpu_ms / min(memory_mb / 1769, 1)


def link(sizes: list[int], times: list[float], tail: str = "", escape: bool = False) -> str:
    """A link as the project's page reads it."""
    parts = [
        struct.pack(f"<{len(sizes)}h", *sizes),
        struct.pack(f"<{len(times)}f", *times),
        struct.pack(f"<{len(times)}f", *times),
    ]
    text = ";".join(base64.b64encode(part).decode() for part in parts)
    return "https://lambda-power-tuning.show/#" + (quote(text, safe="") if escape else text) + tail


@pytest.mark.parametrize("tail", ["", ";"])
@pytest.mark.parametrize("escape", [False, True])
def test_a_link_in_any_writing(tail: str, escape: bool, tmp_path: Path) -> None:
    times = [true_ms(size, 140, 50) for size in SIZES]
    kind, evidence = read(tmp_path, f"see {link(SIZES, times, tail if not escape else '', escape)}\n")
    assert kind == "power_tuning_url"
    assert evidence.reads["cpu_ms"].value == pytest.approx(50, rel=1e-4)
    assert evidence.reads["wait_ms"].value == pytest.approx(140, rel=1e-4)
    assert evidence.reads["duration_ms@1024"].value == pytest.approx(226.377, abs=1e-3)


def test_stats_of_which_one_size_failed_and_text_for_numbers(tmp_path: Path) -> None:
    stats = [{"value": str(size), "averageDuration": true_ms(size, 20, 80)} for size in SIZES[1:]]
    document = {
        "power": "512",
        "duration": 1,
        "cost": 1,
        "stateMachine": {},
        "stats": [*stats, {"value": 128, "error": "timeout"}],
    }
    kind, evidence = read(tmp_path, document)
    assert kind == "power_tuning_json"
    assert evidence.reads["cpu_ms"].value == pytest.approx(80)
    assert "duration_ms@128" not in evidence.reads


def test_an_import_of_a_long_computation_gives_a_scenario(tmp_path: Path) -> None:
    stats = [{"value": size, "averageDuration": true_ms(size, 10, 5000)} for size in SIZES]
    path = tmp_path / "out.json"
    path.write_text(json.dumps({"power": 1, "duration": 1, "stats": stats}))
    workload = import_files([path]).scenario["workload"]
    assert workload["cpu_ms"] == pytest.approx(5000)
    assert workload["duration_ms"] >= 5000


def test_sizes_of_one_vcpu_and_more_tell_no_cpu_time(tmp_path: Path) -> None:
    _, evidence = read(tmp_path, link([1769, 3008], [100, 100]))
    assert "cpu_ms" not in evidence.reads
    assert any("can't be told apart" in note for note in evidence.notes)


def test_threads_and_memory_that_is_short_are_noticed() -> None:
    threaded = fit_sizes({512: 400, 1024: 210, 1769: 120, 3538: 62})
    assert threaded is not None and any("several threads" in note for note in threaded.notes)
    short = fit_sizes({128: 2 * true_ms(128, 40, 50), **{size: true_ms(size, 40, 50) for size in SIZES[1:]}})
    assert short is not None and any("memory is short" in note for note in short.notes)
    assert short.cpu_ms == pytest.approx(50)


def trimmed_mean(values: np.ndarray) -> float:
    """A mean without the top and the bottom fifth, as power tuning has it."""
    cut = len(values) // 5
    return float(np.sort(values)[cut : len(values) - cut].mean())


@pytest.mark.parametrize("cv", [0.15, 0.5])
@pytest.mark.parametrize("trimmed", [False, True])
def test_intervals_hold_the_cpu_time_in_95_of_100_tunings(cv: float, trimmed: bool) -> None:
    tests = 1000 if PROVE else 100
    rng = np.random.default_rng(2026)
    sigma = math.sqrt(math.log1p(cv * cv))
    held = 0
    for _ in range(tests):
        durations = {}
        for size in SIZES:
            values = true_ms(size, 140, 50) * rng.lognormal(-sigma * sigma / 2, sigma, 50)
            durations[size] = trimmed_mean(values) if trimmed else float(values.mean())
        fit = fit_sizes(durations, trimmed=trimmed)
        assert fit is not None and fit.cpu_interval is not None
        held += fit.cpu_interval[0] <= 50 <= fit.cpu_interval[1]
    assert (0.90 if PROVE else 0.88) <= held / tests <= (0.99 if PROVE else 1)


OPTIMIZER = (
    "accountid,functionarn,functionversion,currentconfiguration_memorysize,currentconfiguration_timeout,numberofinvocations,"
    "lookbackperiodindays,utilizationmetrics_duration_average,utilizationmetrics_duration_maximum,utilizationmetrics_memory_maximum,current_costtotal\n"
    "123456789012,arn:aws:lambda:eu-west-1:123456789012:function:a:$LATEST,$LATEST,512,3,1400,14.0,10.5,2.988E+02,90,1E-3\n"
    "123456789012,arn:aws:lambda:eu-west-1:123456789012:function:b:7,7,1024,3,2800,14.0,20.5,99,120,2E-3\n"
)


def test_several_functions_of_compute_optimizer_in_lower_case(tmp_path: Path) -> None:
    kind, evidence = read(tmp_path, OPTIMIZER)
    assert kind == "compute_optimizer_lambda_csv"
    reads = {name: one.value for name, one in evidence.reads.items()}
    assert reads["a.duration_max_ms"] == 298.8
    assert reads["b.requests_per_month"] == round(2800 * 730 / 336)
    assert "123456789012" not in repr(evidence)


def test_a_usage_file_with_modules_counts_and_defaults(tmp_path: Path) -> None:
    text = (
        'version: 0.1\nresource_usage:\n  module.api.aws_lambda_function.this["a"]:\n    monthly_requests: 5000000\n'
        "    request_duration_ms: # 200\n  aws_cloudwatch_log_group.a[*]: {monthly_data_ingested_gb: 2}\n"
        "  aws_cloudwatch_log_group.b: {monthly_data_ingested_gb: 3.5}\n"
    )
    kind, evidence = read(tmp_path, text)
    assert kind == "infracost_usage"
    reads = {name: one.value for name, one in evidence.reads.items()}
    assert (reads["this.requests_per_month"], reads["requests_per_month"], reads["logs_gb"]) == (
        5_000_000,
        5_000_000,
        5.5,
    )
    assert "duration_ms" not in reads
    assert all(one.how == "assumed in infracost" for one in evidence.reads.values())


def test_windows_of_allocations_count_by_their_minutes(tmp_path: Path) -> None:
    windows = [{"a": {"minutes": 60, "cpuCoreUsageAverage": 1, "totalCost": 1}, "__idle__": {"minutes": 60, "totalCost": 9}},
               {"a": {"minutes": 180, "cpuCoreUsageAverage": 2, "totalCost": 3}}]  # fmt: skip
    _, evidence = read(tmp_path, {"data": windows})
    assert evidence.reads["vcpu_used"].value == 1.75
    assert evidence.reads["paid_usd_per_month"].value == pytest.approx(730)  # 4 USD in 4 hours


def test_calls_within_a_function_count_once(tmp_path: Path) -> None:
    inner = [
        {"namespace": "aws", "start_time": 1.0, "end_time": 1.4},
        {"namespace": "remote", "start_time": 1.3, "end_time": 9.0},
    ]
    segment = {"origin": "AWS::Lambda::Function", "start_time": 1.0, "end_time": 2.0,
               "subsegments": [{"name": "Invocation", "start_time": 1.0, "end_time": 2.0, "subsegments": inner[:1]},
                               {"name": "x", "namespace": "aws", "start_time": 1.3, "end_time": 1.5}]}  # fmt: skip
    service = {"origin": "AWS::Lambda", "start_time": 0.0, "end_time": 3.0}
    traces = {"Traces": [{"Segments": [{"Document": json.dumps(one)} for one in (service, segment)]}]}
    _, evidence = read(tmp_path, traces)
    assert evidence.reads["duration_ms"].value == 1000
    assert evidence.reads["waiting_ms"].value == pytest.approx(500)


BROKEN = {
    "cut link": ("https://lambda-power-tuning.show/#gAAAAQACAAQABsAL;AMFPRADB8kOA;AAAA", "its link"),
    "one part": ("https://lambda-power-tuning.show/#gAAAAQAC;AAAA", "2 parts"),
    "no base64": ("https://lambda-power-tuning.show/#gA%%;####;AAAA", "no base64"),
    "negative": ('{"power": 128, "duration": -5, "stateMachine": {}}', "sizes or durations are none"),
    "nan": ('{"power": 128, "duration": NaN, "stateMachine": {}}', "neither stats nor the link"),
    "failed": ('{"executionArn": "x", "status": "FAILED", "output": null}', "status FAILED"),
    "no usage": ("version: 0.1\nresource_usage:\n  aws_s3_bucket.x: {a: 1}\n", "names no figure"),
    "no allocation": ('{"data": [{"__idle__": {"minutes": 3, "cpuCoreUsageAverage": 0}}]}', "no allocation"),
    "no segment": ('{"Traces": [{"Segments": [{"Document": "{"}]}]}', "no finished segment"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_one_line(name: str, tmp_path: Path) -> None:
    content, words = BROKEN[name]
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert len(error.value.lines) == 1
    assert words in error.value.lines[0]
