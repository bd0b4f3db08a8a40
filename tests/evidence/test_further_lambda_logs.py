"""REPORT lines that lack a part or are not of Lambda, and results of Logs Insights as tables of text."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambdaplan import InputError
from tests.evidence.variants import Variant, check, parametrized, read

REPORT = "REPORT RequestId: 8f5e1c2a-{n:04d}\tDuration: {ms} ms\tBilled Duration: {billed} ms\tMemory Size: 512 MB\t"


def reports(more: str, ms: str = "1,234.50", billed: str = "1,235") -> str:
    """Ten lines, the first of a cold start."""
    cold = "Init Duration: 1,200.00 ms\t"
    return "".join(REPORT.format(n=n, ms=ms, billed=billed) + more + (cold if n == 0 else "") + "\n" for n in range(10))


CONSOLE = """\
---------------------------------------------------------------------------
|        @timestamp       | @duration | @billedDuration | @memorySize | @maxMemoryUsed |
|-------------------------|-----------|-----------------|-------------|----------------|
| 2026-10-12 08:00:00.000 | 100.5     | 101.0           | 5.12E8      | 8.0E7          |
| 2026-10-12 08:00:01.000 | 101.5     | 102.0           | 5.12E8      | 8.0E7          |
---------------------------------------------------------------------------
"""
MARKDOWN = """\
| @timestamp | @duration | @billedDuration | @memorySize | @maxMemoryUsed |
| --- | --- | --- | --- | --- |
| 2026-10-12 08:00:00.000 | 100.5 | 101.0 | 5.12E8 | 8.0E7 |
| 2026-10-12 08:00:01.000 | 101.5 | 102.0 | 5.12E8 | 8.0E7 |
"""
TITLE = """\
-------------------------------------------------
|                GetQueryResults                |
+-----------------+-----------------------------+
|  status         |  Complete                   |
+-----------------+-----------------------------+
"""
ROW = """\
||                   results                   ||
|+--------------------+------------------------+|
||        field       |         value          ||
|+--------------------+------------------------+|
||  @timestamp        |  2026-10-12 08:00:0{n}.000 ||
||  @duration         |  {ms}                 ||
||  @billedDuration   |  101.0                 ||
||  @memorySize       |  5.12E8                ||
||  @maxMemoryUsed    |  8.0E7                 ||
||  @ptr              |  CmEKJgoiMTIz          ||
|+--------------------+------------------------+|
"""
END = """\
||                 statistics                  ||
|+--------------------+------------------------+|
||  bytesScanned      |  26000.0               ||
|+--------------------+------------------------+|
"""
STATS = """\
| bin(1h) | requests | mean_ms | p50_ms | p95_ms | p99_ms |
|---|---|---|---|---|---|
| 2026-10-12 08:00:00.000 | 1000 | 100 | 90 | 200 | 300 |
"""
OF_TWO = {"requests": 2, "duration_ms": 101.0, "measured_memory_mb": 512, "working_set_mb": 80,
          "first": "2026-10-12T08:00:00Z", "last": "2026-10-12T08:00:01Z"}  # fmt: skip
OF_REPORTS = {"requests": 10, "cold_starts": 1, "duration_ms": 1234.5, "billed_ms": 12350, "init_ms": 1200.0}
FORMS: list[Variant] = [
    ("thousands", "lambda_report_text", reports("Max Memory Used: 80 MB\t"), OF_REPORTS | {"working_set_mb": 80}),
    ("without Max Memory Used", "lambda_report_text", reports(""), OF_REPORTS | {"working_set_mb": None}),
    ("millions", "lambda_report_text", reports("", "1,234,567.5", "1,234,568"), {"duration_ms": 1234567.5}),
    ("the console's table", "insights_table_text", CONSOLE, OF_TWO),
    ("the console's Markdown", "insights_table_text", MARKDOWN, OF_TWO),
    ("--output table", "insights_table_cli",
     TITLE + ROW.format(n=0, ms=100.5) + ROW.format(n=1, ms=101.5) + END, OF_TWO),
    ("statistics as a table", "insights_table_text", STATS, {"requests": 1000, "duration_ms": 100}),
]  # fmt: skip


@parametrized(FORMS)
def test_a_form_is_read(tmp_path: Path, kind: str, text: str, told: dict[str, object]) -> None:
    check(tmp_path, kind, text, told)


LOCAL = (
    "START RequestId: 4b1a Version: $LATEST\nEND RequestId: 4b1a\nREPORT RequestId: 4b1a\tInit Duration: 0.12 ms\t"
    "Duration: 135.41 ms\tBilled Duration: 136 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n"
)


def test_durations_of_sam_local_are_not_taken_for_those_of_lambda(tmp_path: Path) -> None:
    warm = LOCAL.replace("Init Duration: 0.12 ms\t", "")
    with pytest.raises(InputError) as error:
        read(tmp_path, LOCAL + warm * 9)
    assert "it is a log of sam local" in str(error.value)
    assert "aws logs tail" in str(error.value)
    assert len(str(error.value).splitlines()) == 1
