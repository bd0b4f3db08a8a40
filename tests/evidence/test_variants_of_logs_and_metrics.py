"""Logs of Lambda and metrics of CloudWatch as consoles, libraries and other versions of the CLI write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

REPORT = (
    "REPORT RequestId: 8f5e1c2a-1111-2222-3333-444455556666\tDuration: {ms}.00 ms\tBilled Duration: {ms} ms\t"
    "Memory Size: 512 MB\tMax Memory Used: 80 MB\t"
)
REPORTS = [REPORT.format(ms=100 + n) + ("Init Duration: 200.00 ms\t" if n == 0 else "") for n in range(10)]
OF_REPORTS = {"requests": 10, "cold_starts": 1, "duration_ms": 105, "measured_memory_mb": 512, "working_set_mb": 80,
              "first": "2026-10-12T08:00:00Z", "last": "2026-10-12T08:00:09Z"}  # fmt: skip
ROW = {"@timestamp": "2026-10-12 08:00:00.000", "@duration": "100.5", "@billedDuration": "101.0", "@memorySize": "5.12E8",
       "@maxMemoryUsed": "8.0E7"}  # fmt: skip
OF_ROWS = {"requests": 5, "duration_ms": 100.5, "measured_memory_mb": 512, "working_set_mb": 80}
FIELDS = [{"field": name, "value": value} for name, value in ROW.items()]
HOURS = [f"2026-10-{12 + hour // 24:02d}T{hour % 24:02d}:00:00" for hour in range(48)]
DAY = [f"2026/10/12 {hour:02d}:00:00" for hour in range(24)]
FULL = "us-east-1:AWS/Lambda FunctionName:orders Invocations Sum 3600"


def platform(n: int) -> dict[str, Any]:
    """A report of the JSON format."""
    metrics = {"durationMs": 100.5, "billedDurationMs": 101, "memorySizeMB": 512, "maxMemoryUsedMB": 80}
    record = {"requestId": "a", "status": "success", "metrics": metrics}
    return {"time": f"2026-10-12T08:00:0{n}.123Z", "type": "platform.report", "record": record}


def data(times: list[Any], **more: Any) -> dict[str, Any]:
    """An answer of get-metric-data."""
    return {
        "MetricDataResults": [{"Id": "m1", "Label": "Invocations", "Timestamps": times, "Values": [100.0] * 48}],
        **more,
    }


LOGS: list[Variant] = [
    ("messages, CSV", "lambda_report_messages",
     "@timestamp,@message\n" + "".join(f'2026-10-12 08:00:0{n}.000,"{one}"\n' for n, one in enumerate(REPORTS)), OF_REPORTS),
    ("a stream of the console, CSV", "lambda_report_messages",
     "timestamp,message\n" + "".join(f'179179200{n}000,"{one}\n"\n' for n, one in enumerate(REPORTS)), OF_REPORTS),
    ("messages, JSON", "lambda_report_messages", json.dumps({"results": [
        [{"field": "@timestamp", "value": f"2026-10-12 08:00:0{n}.000"}, {"field": "@message", "value": one}]
        for n, one in enumerate(REPORTS)], "status": "Complete"}), OF_REPORTS),
    ("platform events, indented", "lambda_report_json", "\n".join(json.dumps(platform(n), indent=2) for n in range(5)),
     OF_ROWS | {"first": "2026-10-12T08:00:00Z"}),
    ("fields of the JSON format, CSV", "insights_rows_csv",
     "record.metrics.durationMs,record.metrics.billedDurationMs,record.metrics.memorySizeMB,record.metrics.maxMemoryUsedMB\n"
     + "100.5,101,512,80\n" * 5, OF_ROWS),
    ("rows without results", "insights_rows_json", json.dumps([FIELDS] * 5), OF_ROWS),
    ("rows as mappings", "insights_rows_json", json.dumps([ROW] * 5), OF_ROWS),
    ("own names of memory", "insights_rows_csv",
     "@duration,@billedDuration,memorySizeMB,maxMemoryMB\n" + "100.5,101,512,80\n" * 5, OF_ROWS),
    ("a comma in a name", "insights_stats_csv",
     "count(*),avg(@duration),pct(@duration, 50),pct(@duration, 95),max(@maxMemoryUsed)\n12000,105.2,98.0,180.2,8.0E7\n",
     {"requests": 12000, "duration_ms": 105.2, "p50_ms": 98, "p95_ms": 180.2, "working_set_mb": 80}),
    ("statistics, names of one's own", "insights_stats_csv",
     "invocations,avgDuration,p95,maxMemUsedMB,provisonedMemoryMB\n1000,105.5,200,76.29,488.28\n",
     {"requests": 1000, "duration_ms": 105.5, "working_set_mb": 80, "measured_memory_mb": 512}),
    ("statistics as mappings", "insights_stats_json", json.dumps([{"invocations": "1000", "avg(@duration)": "105.5"}]),
     {"requests": 1000, "duration_ms": 105.5}),
    ("memory provisioned and used", "insights_memory",
     "provisonedMemoryMB,smallestMemoryRequestMB,avgMemoryUsedMB,maxMemoryUsedMB,overProvisionedMB\n488.28,60.1,70.2,76.29,412\n",
     {"working_set_mb": 80, "measured_memory_mb": 512}),
]  # fmt: skip
METRICS: list[Variant] = [
    ("seconds", "cloudwatch_get_metric_data", json.dumps(data([1791792000.0 + 3600 * n for n in range(48)])),
     {"requests": 4800, "first": "2026-10-12T08:00:00Z"}),
    ("an offset, newest first", "cloudwatch_get_metric_data", json.dumps(data([f"{t}+02:00" for t in HOURS[::-1]])),
     {"requests": 4800, "first": "2026-10-11T22:00:00Z", "period_s": 3600}),
    ("milliseconds and Z", "cloudwatch_get_metric_data", json.dumps(data([f"{t}.000Z" for t in HOURS], Messages=[])),
     {"requests": 4800, "first": "2026-10-12T00:00:00Z"}),
    ("pages one after the other", "cloudwatch_get_metric_data",
     json.dumps(data([f"{t}Z" for t in HOURS])) + "\n" + json.dumps(data([f"{t.replace('-10-', '-11-')}Z" for t in HOURS]), indent=4),
     {"requests": 9600}),
    ("YAML of the CLI", "cloudwatch_get_metric_data",
     "MetricDataResults:\n- Id: m1\n  Label: Invocations\n  StatusCode: Complete\n  Timestamps:\n"
     + "".join(f"  - '{t}+00:00'\n" for t in HOURS) + "  Values:\n" + "  - 100.0\n" * 48, {"requests": 4800}),
    ("several statistics of one metric", "cloudwatch_get_metric_statistics", json.dumps({"Label": "Duration", "Datapoints": [
        {"Timestamp": f"{t}Z", "Average": 100.0, "SampleCount": 10.0, "Unit": "Milliseconds"} for t in HOURS]}),
     {"duration_ms": 100.0}),
    ("several answers in a list", "cloudwatch_get_metric_statistics", json.dumps([
        {"Label": "Invocations", "Datapoints": [{"Timestamp": f"{t}Z", "Sum": 100.0} for t in HOURS]},
        {"Label": "Duration", "Datapoints": [{"Timestamp": f"{t}Z", "Average": 50.5} for t in HOURS]}]),
     {"requests": 4800, "duration_ms": 50.5}),
    ("console, ISO times", "cloudwatch_console_csv",
     f"Full label,{FULL}\nLabel,Invocations\n" + "".join(f"{t.replace('/', '-').replace(' ', 'T')}.000Z,100\n" for t in DAY),
     {"requests": 2400, "period_s": 3600}),
    ("console, American times", "cloudwatch_console_csv",
     f"Id,m1\nFull label,{FULL}\n" + "".join(f"10/12/2026 {hour or 12:02d}:00:00 AM,100\n" for hour in range(12)),
     {"requests": 1200, "first": "2026-10-12T00:00:00Z"}),
    ("console, labels alone", "cloudwatch_console_csv",
     "Label;Invocations (Sum);Duration (Average)\n" + "".join(f"{t};100;55.5\n" for t in DAY),
     {"requests": 2400, "duration_ms": 55.5}),
    ("a table by times", "cloudwatch_console_csv", "Timestamp,Invocations\n" + "".join(f"{t},100\n" for t in DAY),
     {"requests": 2400}),
    ("console, a row a series", "cloudwatch_console_csv",
     f"Full label,Label,{','.join(DAY)}\n{FULL},Invocations,{','.join(['100'] * 24)}\n", {"requests": 2400}),
]  # fmt: skip


@parametrized(LOGS + METRICS)
def test_a_variant_is_read(kind, text, told, tmp_path: Path) -> None:
    check(tmp_path, kind, text, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MetricDataResults: [\n- Timestamps: Values:\n", "it is neither JSON nor YAML"),
        (json.dumps(data([])), "Invocations has 0 times and 48 values"),
        (json.dumps([{"Label": "Invocations", "Datapoints": []}]), 'its Label is "Invocations" and it has 0 points'),
        ("provisonedMemoryMB,maxMemoryUsedMB\n,\n", "it has no row with memory provisioned and used"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert len(error.value.lines) == 1 and words in error.value.lines[0]


def test_all_of_a_duration_as_computing_is_no_conflict(tmp_path: Path) -> None:
    """Sizes of 512 and 1,024 MB with 50 and 25 ms: all of it computes, to the last digit of a document."""
    kind, values = read(tmp_path, "see [chart](https://lambda-power-tuning.show/#AAIABA==;AABIQgAAyEE=;AACAPwAAgD8=)\n")
    assert kind == "power_tuning_url"
    assert values["cpu_ms"] == pytest.approx(25 * 1024 / 1769)


@pytest.mark.parametrize("gap", ["\t", "  ", "\\t"])
def test_reports_with_any_gap_and_a_broken_one(gap: str, tmp_path: Path) -> None:
    """A figure with two points is no figure: that line is passed over, and the times stay those of the lines."""
    lines = [f"2026-10-12T08:00:0{n}.123Z {one}\n" for n, one in enumerate(REPORTS)]
    broken = REPORTS[5].replace("105.00", "1.0.5")
    kind, values = read(tmp_path, "".join([*lines, f"{broken}\n"]).replace("\t", gap))
    assert kind == "lambda_report_text"
    assert {name: values[name] for name in OF_REPORTS} == OF_REPORTS
