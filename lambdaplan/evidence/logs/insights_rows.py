"""Rows of a Logs Insights query of REPORT events: a request a row, CSV or JSON."""

from __future__ import annotations

from collections.abc import Mapping

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.insights_table import MB_OF_BYTES, megabytes, result_rows
from lambdaplan.evidence.logs.invocations import Invocation, Invocations
from lambdaplan.evidence.logs.report_text import report_evidence
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import Span, seconds

_NAMES = {
    "duration_ms": ("duration", "duration_ms", "durationms"),
    "billed_ms": ("billedduration", "billed_duration", "billed_ms", "billeddurationms"),
    "memory_mb": ("memorysize", "memory_size", "memory_mb", "memorysizemb", "memory", "memorymb"),
    "used_mb": ("maxmemoryused", "max_memory_used", "max_memory_mb", "maxmemoryusedmb", "used_mb", "maxmemorymb"),
    "init_ms": ("initduration", "init_duration", "init_ms", "initdurationms"),
    "restore_ms": ("restoreduration", "restore_duration", "restore_ms", "restoredurationms"),
    "billed_restore_ms": ("billedrestoreduration", "billed_restore_duration", "billed_restore_ms"),
}
"""Columns of a request, and their names in exports."""


def _cell(row: Mapping[str, str], name: str) -> float | None:
    return next((figure for one in _NAMES[name] if (figure := number(row.get(one))) is not None), None)


def read_rows(source: Source) -> Evidence:
    """Read a request a row; rows without a duration are no requests."""
    notes: list[str] = []
    invocations, span, rows, corrected = Invocations(), Span(), 0, False
    for row in result_rows(source, notes):
        duration, memory = _cell(row, "duration_ms"), _cell(row, "memory_mb")
        if duration is None:
            continue
        memory, wrong = megabytes(memory or 0.0)
        used, wrong_used = megabytes(_cell(row, "used_mb") or 0.0)
        corrected = corrected or wrong or wrong_used
        rows += 1
        time = row.get("timestamp") or row.get("time") or row.get("ingestiontime") or ""
        span.add(seconds(time))
        billed = _cell(row, "billed_ms")
        init, restore, billed_restore = (_cell(row, name) for name in ("init_ms", "restore_ms", "billed_restore_ms"))
        billed = duration if billed is None else billed
        extras = (init, restore, billed_restore, row.get("status", ""), row.get("log", "").rpartition("/")[2])
        invocations.add(Invocation(duration, billed, memory, used, *extras))
    evidence = report_evidence(source, invocations, rows, span.iso)
    evidence.notes += [*notes, *([MB_OF_BYTES] if corrected else [])]
    if not any(memory for _, memory in invocations.groups):
        for name in ("measured_memory_mb", "gb_seconds"):
            del evidence.reads[name]
        evidence.cannot_tell = (*evidence.cannot_tell, "memory size: the query has no @memorySize")
    return evidence


_DURATION = r"(@duration\b(?!\s*[,)*])|@billedDuration\b(?!\s*[,)*]))"
_STATISTICS = r'(pct|avg|stddev|count|sum)\s*\(|duration_ms|_ms"?[,\n]|"field"\s*:\s*"(requests|count)'


def _no_statistics(source: Source) -> bool:
    first = source.head.partition("\n")[0] if source.head.lstrip()[:1] != "{" else source.head[:4096]
    return '"@ptr"' in source.head or ("(" not in first and "p95" not in first and "requests" not in first)


KINDS = (
    Kind(
        "insights_rows_csv",
        "rows of a Logs Insights query (CSV), a request each",
        "logs",
        {
            "a column @duration": r"\A[^\n{[]*(@duration|@billedDuration|record\.metrics\.durationMs)\b",
            "a column of memory or time": r"\A[^\n{[]*(@(memorySize|maxMemoryUsed|timestamp|requestId|billedDuration)"
            r"|record\.metrics\.(billedDurationMs|memorySizeMB|maxMemoryUsedMB))\b",
        },
        read_rows,
        also=_no_statistics,
    ),
    Kind(
        "insights_rows_json",
        "rows of a Logs Insights query (JSON), a request each",
        "logs",
        {
            "results": r'"results"\s*:\s*\[|\A\s*\[\s*[\[{]',
            "a field @duration": r'"field"\s*:\s*"(@(duration|billedDuration)|record\.metrics\.durationMs)"|'
            r'"(@duration|@billedDuration|record\.metrics\.durationMs)"\s*:',
        },
        read_rows,
        also=_no_statistics,
    ),
)
