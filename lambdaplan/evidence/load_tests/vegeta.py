"""Results of vegeta: its report as JSON or text, and single results as `vegeta encode` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import OPEN, LoadResult
from lambdaplan.evidence.load_tests.printed_results import duration_ms, plain_text
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import any_seconds

_FAILED = "answers of status 5xx, and requests without an answer"


def _result(requests: float | None, codes: Mapping[str, float], **more: Any) -> LoadResult:
    """A run at a rate with its answers by status code; code 0 is no answer."""
    failed = sum(count for code, count in codes.items() if code == "0" or code.startswith("5"))
    client = sum(count for code, count in codes.items() if code.startswith("4"))
    result = LoadResult(requests=requests, errors=failed, model=OPEN, error_words=_FAILED, **more)
    if client:
        result.notes.append(f"{client:,.0f} answers of status 4xx are not counted as failures")
    return result


def read_report(source: Source) -> Evidence:
    """Read the JSON report: nanoseconds."""
    document = source.document if isinstance(source.document, Mapping) else {}
    latencies, codes = document.get("latencies"), document.get("status_codes")
    latencies = latencies if isinstance(latencies, Mapping) else {}

    def ms(name: str) -> float | None:
        figure = number(latencies.get(name))
        return None if figure is None else figure / 1e6

    took = number(document.get("duration"))
    percentiles = {float(name): ms(f"{name}th") for name in ("50", "90", "95", "99")}
    result = _result(
        number(document.get("requests")),
        {str(code): number(count) or 0.0 for code, count in (codes if isinstance(codes, Mapping) else {}).items()},
        duration_s=None if took is None else took / 1e9,
        throughput_rps=number(document.get("throughput")),
        sent_rps=number(document.get("rate")),
        mean_ms=ms("mean"),
        most_ms=ms("max"),
        percentiles={percent: one for percent, one in percentiles.items() if one is not None},
    )
    result.span.add(any_seconds(document.get("earliest")))
    result.span.add(any_seconds(document.get("latest")))
    return result.evidence(source)


def read_text(source: Source) -> Evidence:
    """Read the report as text, each line with the names of its figures; times have units of their own."""
    text = plain_text(source)
    figures: dict[str, dict[str, str]] = {}
    for line in re.finditer(r"(?m)^(Requests|Duration|Latencies)\s+\[([^\]]*)\]\s+(.*)$", text):
        names = [name.strip() for name in line[2].split(",")]
        figures[line[1]] = dict(zip(names, (one.strip() for one in line[3].split(",")), strict=False))
    codes = re.search(r"(?m)^Status Codes\s+\[[^\]]*\]\s+(.*)$", text)
    counts = {code: float(count) for code, count in re.findall(r"(\d+):(\d+)", codes[1] if codes else "")}
    sent, times, latencies = (figures.get(name, {}) for name in ("Requests", "Duration", "Latencies"))
    took = duration_ms(times.get("attack", ""))
    percentiles = {float(name): ms for name, one in latencies.items() if name.isdigit() and (ms := duration_ms(one))}
    result = _result(
        number(sent.get("total")),
        counts,
        duration_s=None if took is None else took / 1000,
        throughput_rps=number(sent.get("throughput")),
        sent_rps=number(sent.get("rate")),
        mean_ms=duration_ms(latencies.get("mean", "")),
        most_ms=duration_ms(latencies.get("max", "")),
        percentiles=percentiles,
    )
    return result.evidence(source)


def read_results(source: Source) -> Evidence:
    """Read a result a line, JSON or CSV: the time it was sent, its status, its latency in nanoseconds."""
    values, codes = Values(), {}  # type: tuple[Values, dict[str, float]]
    first, last, count, answered = float("inf"), 0.0, 0, 0
    for time, code, latency in _results(source):
        if time is None or latency is None:
            continue
        count += 1
        codes[code] = codes.get(code, 0.0) + 1
        answered += code.startswith("2")
        values.add(latency / 1e6)
        first, last = min(first, time), max(last, time)
    took = last - first
    result = _result(
        float(count),
        codes,
        values=values,
        duration_s=took if took > 0 else None,
        sent_rps=(count - 1) / took if took > 0 else None,
        throughput_rps=answered / count * (count - 1) / took if took > 0 else None,
    )
    if count:
        result.span.add(first)
        result.span.add(last)
    return result.evidence(source)


def _results(source: Source) -> Iterator[tuple[float | None, str, float | None]]:
    if source.head.lstrip()[:1] == "{":
        for one in source.objects():
            yield any_seconds(one.get("timestamp")), str(one.get("code", "")), number(one.get("latency"))
        return
    for row in source.cells():
        if len(row) >= 8:
            yield any_seconds(row[0]), row[1], number(row[2])


KINDS = (
    Kind(
        "vegeta_json",
        "the JSON report of vegeta",
        "load_tests",
        {
            "latencies": r"\"latencies\"\s*:",
            "throughput": r"\"throughput\"\s*:",
            "status_codes": r"\"status_codes\"\s*:",
        },
        read_report,
    ),
    Kind(
        "vegeta_text",
        "the text report of vegeta",
        "load_tests",
        {"Requests": r"^Requests\s+\[total,", "Latencies": r"^Latencies\s+\[[^\]]*50"},
        read_text,
    ),
    Kind(
        "vegeta_results_json",
        "results of vegeta encode, JSON",
        "load_tests",
        {
            "attack": r"\"attack\"\s*:",
            "latency": r"\"latency\"\s*:\s*\d",
            "code": r"\"code\"\s*:\s*\d",
            "bytes_in": r"\"bytes_in\"\s*:",
        },
        read_results,
    ),
    Kind(
        "vegeta_results_csv",
        "results of vegeta encode, CSV",
        "load_tests",
        {"times in ns, a code and a latency": r"\A\d{19},\d{1,3},\d+,", "bytes": r"\A\d{19},\d{1,3},\d+,\d+,\d+,"},
        read_results,
    ),
)
