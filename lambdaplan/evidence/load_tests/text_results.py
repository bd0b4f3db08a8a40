"""Results that tools print as text: wrk, wrk2, hey, ab; and hey's CSV."""

from __future__ import annotations

import re

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import CLOSED, OPEN, LoadResult, usl_measures
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}
_TIME = r"([\d.]+)(us|ms|s|m|h)\b"


def _ms(match: re.Match[str] | None, place: int = 1) -> float | None:
    """A time with its unit, which differs from value to value. [ms]"""
    return None if match is None else float(match[place]) * _MS[match[place + 1]]


def _figure(pattern: str, text: str) -> float | None:
    match = re.search(pattern, text, re.MULTILINE)
    return None if match is None else number(match[1])


# ---- wrk and wrk2


def read_wrk(source: Source) -> Evidence:
    """Read what wrk or wrk2 prints; of several runs one after the other the levels too."""
    runs = [part for part in re.split(r"(?m)^(?=\s*Running )", source.text) if "requests in" in part]
    if not runs:
        raise source.refuse("it has no line of requests and seconds", "all that wrk prints")
    results = [_wrk(run) for run in runs]
    result = max(results, key=lambda one: one.throughput_rps or 0)
    levels = [(one.concurrency, one.throughput_rps) for one in results if one.concurrency and one.throughput_rps]
    _put_levels(result, levels)
    return result.evidence(source)


def _wrk(text: str) -> LoadResult:
    threads = re.search(rf"^\s*Latency\s+{_TIME}\s+{_TIME}\s+{_TIME}", text, re.MULTILINE)
    percentiles = {
        float(match[1]): float(match[2]) * _MS[match[3]]
        for match in re.finditer(rf"(?m)^\s*([\d.]+)%\s+{_TIME}\s*$", text)
    }
    took = re.search(r"([\d.]+) requests in\s+([\d.]+)(us|ms|s|m|h)", text)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    lost = 0 if sockets is None else sum(int(one) for one in sockets.groups())
    is_open = "Thread calibration" in text or "HdrHistogram" in text
    result = LoadResult(
        requests=None if took is None else number(took[1]),
        errors=(_figure(r"Non-2xx or 3xx responses: (\d+)", text) or 0) + lost,
        duration_s=None if took is None else float(took[2]) * _MS[took[3]] / 1000,
        throughput_rps=_figure(r"^Requests/sec:\s+([\d.]+)", text),
        concurrency=_figure(r"and (\d+) connections", text),
        mean_ms=_ms(threads),
        deviation_ms=_ms(threads, 3),
        most_ms=_figure(r"#\[Max\s*=\s*([\d.]+)", text) or _ms(threads, 5),
        percentiles={percent: ms for percent, ms in percentiles.items() if percent < 99.95},
        model=OPEN if is_open else CLOSED,
        target=text[:400],
        error_words="answers that are neither 2xx nor 3xx, and connections that failed",
    )
    if is_open:
        result.notes.append(
            "latencies are counted from when a request was due: nothing is omitted; the first 10 s calibrate"
        )
    if lost:
        result.notes.append(f"{lost:,} connections failed or timed out")
    return result


def _put_levels(result: LoadResult, levels: list[tuple[float, float]]) -> None:
    """Keep the throughput of several runs of one file, and the law through them."""
    if len(levels) < 2:
        return
    reads, notes = usl_measures(levels, "one run a level")
    result.more.update({f"throughput_rps@{whole(n)}": Measure(rate, "requests a second") for n, rate in levels})
    result.more.update(reads)
    result.notes += [
        f"{len(levels)} runs are in the file: figures without a level are of the one with the most throughput"
    ]
    result.notes += notes


# ---- hey


def read_hey(source: Source) -> Evidence:
    """Read what hey prints."""
    text = source.text
    codes = {
        int(match[1]): int(match[2]) for match in re.finditer(r"^\s*\[(\d{3})\]\s+(\d+) responses", text, re.MULTILINE)
    }
    refused = text.partition("Error distribution:")[2]
    lost = sum(int(match[1]) for match in re.finditer(r"^\s*\[(\d+)\]\s", refused, re.MULTILINE))
    mean = _figure(r"Average:\s+([\d.]+)", text)
    result = LoadResult(
        requests=float(sum(codes.values())),
        errors=float(sum(count for code, count in codes.items() if code >= 500) + lost),
        duration_s=_figure(r"Total:\s+([\d.]+) secs", text),
        throughput_rps=_figure(r"Requests/sec:\s+([\d.]+)", text),
        mean_ms=None if mean is None else 1000 * mean,
        most_ms=_seconds(_figure(r"Slowest:\s+([\d.]+)", text)),
        percentiles={
            float(match[1]): 1000 * float(match[2])
            for match in re.finditer(r"^\s*([\d.]+)%+ in ([\d.]+) secs", text, re.MULTILINE)
        },
        model=CLOSED,
        error_words="answers of status 5xx, and requests without an answer",
    )
    if mean is not None and result.throughput_rps is not None:
        result.more["in_flight"] = Measure(result.throughput_rps * mean, "requests in flight, by Little's law")
    client = sum(count for code, count in codes.items() if 400 <= code < 500)
    if client:
        result.notes.append(f"{client:,} answers of status 4xx are not counted as failures")
    result.notes.append("closed unless -q was given, which the text does not say")
    return result.evidence(source)


def _seconds(value: float | None) -> float | None:
    return None if value is None else 1000 * value


def read_hey_csv(source: Source) -> Evidence:
    """Read what hey -o csv writes: seconds."""
    values, errors, last = Values(), 0, 0.0
    for row in source.rows():
        took = number(row.get("response-time"))
        if took is None:
            continue
        values.add(1000 * took)
        errors += (number(row.get("status-code")) or 0) >= 500
        last = max(last, (number(row.get("offset")) or 0.0) + took)
    result = LoadResult(
        requests=float(values.n if values else 0),
        errors=float(errors),
        duration_s=last or None,
        throughput_rps=values.n / last if values and last else None,
        model=CLOSED,
        values=values,
        error_words="answers of status 5xx",
    )
    return result.evidence(source)


# ---- ab


def read_ab(source: Source) -> Evidence:
    """Read what ab prints. Its "Failed requests" count answers of another length; only lost ones are failures here."""
    text = source.text
    failed = re.search(r"Connect: (\d+), Receive: (\d+), Length: (\d+), Exceptions: (\d+)", text)
    lost = 0 if failed is None else int(failed[1]) + int(failed[2]) + int(failed[4])
    total = re.search(r"^Total:\s+(\d+)\s+(\d+)\s+([\d.]+)\s+(\d+)\s+(\d+)", text, re.MULTILINE)
    result = LoadResult(
        requests=_figure(r"^Complete requests:\s+(\d+)", text),
        errors=(_figure(r"^Non-2xx responses:\s+(\d+)", text) or 0) + lost,
        duration_s=_figure(r"^Time taken for tests:\s+([\d.]+)", text),
        throughput_rps=_figure(r"^Requests per second:\s+([\d.]+)", text),
        concurrency=_figure(r"^Concurrency Level:\s+(\d+)", text),
        mean_ms=None if total is None else float(total[2]),
        deviation_ms=None if total is None else float(total[3]),
        most_ms=None if total is None else float(total[5]),
        percentiles={
            float(match[1]): float(match[2]) for match in re.finditer(r"^\s*(\d+)%\s+(\d+)\s*$", text, re.MULTILINE)
        },
        model=CLOSED,
        target=text[:1500],
        error_words="answers that are not 2xx, and lost connections",
    )
    return result.evidence(source)


_WRK = {
    "Running": r"^\s*Running .+ test @ ",
    "connections": r"threads and \d+ connections",
    "Requests/sec": r"^Requests/sec:",
}
KINDS = (
    Kind(
        "wrk2_text",
        "what wrk2 prints",
        "load_tests",
        {**_WRK, "a calibration or HdrHistogram": r"Thread calibration|HdrHistogram"},
        read_wrk,
    ),
    Kind("wrk_text", "what wrk prints", "load_tests", _WRK, read_wrk),
    Kind(
        "hey_text",
        "what hey prints",
        "load_tests",
        {
            "Summary": r"^\s*Summary:",
            "Requests/sec": r"^\s*Requests/sec:\s",
            "status codes": r"^\s*Status code distribution:|^\s*Error distribution:",
        },
        read_hey,
    ),
    Kind(
        "hey_csv",
        "what hey -o csv writes",
        "load_tests",
        {"response-time": r"\A\W*response-time\b", "status-code": r"\A[^\n]*\bstatus-code\b"},
        read_hey_csv,
    ),
    Kind(
        "ab_text",
        "what ab prints",
        "load_tests",
        {"Concurrency Level": r"^Concurrency Level:", "Complete requests": r"^Complete requests:"},
        read_ab,
    ),
)
