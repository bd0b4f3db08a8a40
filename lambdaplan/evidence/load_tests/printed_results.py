"""Summaries that tools print on a terminal where others write JSON: k6, oha, Artillery, autocannon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import CLOSED, OPEN, LoadResult
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source

_COLOURS = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
_MS = {
    "ns": 1e-6,
    "us": 1e-3,
    "µs": 1e-3,
    "μs": 1e-3,
    "ms": 1.0,
    "s": 1e3,
    "sec": 1e3,
    "secs": 1e3,
    "m": 6e4,
    "h": 3.6e6,
}
_PART = r"[\d.]+\s*(?:ns|us|µs|μs|ms|secs?|s|m|h)"
DURATION = rf"(?:{_PART})+"
_SKETCH = "its percentiles are of a sketch: right to about a hundredth"


def duration_ms(text: str) -> float | None:
    """A time with its unit or units. [ms]

    Examples:
        >>> duration_ms("1m2.5s"), duration_ms("90.5µs"), duration_ms("0.0110 secs"), duration_ms("quick")
        (62500.0, 0.0905, 11.0, None)
    """
    parts = re.findall(r"([\d.]+)\s*(ns|us|µs|μs|ms|secs?|s|m|h)", text)
    figures = [(number(figure), unit) for figure, unit in parts]
    known = [figure * _MS[unit] for figure, unit in figures if figure is not None]
    return sum(known) if known else None


def plain_text(source: Source) -> str:
    """Its text without the colours of a terminal."""
    return _COLOURS.sub("", source.text)


# ---- k6


def read_k6(source: Source) -> Evidence:
    """Read the summary at the end of a run of k6, in the form of version 1 and that of the versions before."""
    text = plain_text(source)
    trend = re.search(r"(?m)^\W*http_req_duration\.*:\s*(avg=.*)$", text)
    sent = re.search(r"(?m)^\W*http_reqs\.*:\s*(\d+)\s+([\d.]+)/s", text)
    if trend is None or sent is None:
        raise source.refuse("it has no http_reqs", "a summary of k6 with HTTP requests")
    values = {
        name: duration_ms(value) for name, value in re.findall(rf"([a-z]+|p\([\d.]+\))=({DURATION}|0s?)", trend[1])
    }
    percentiles = {float(name[2:-1]): ms for name, ms in values.items() if name[0] == "p" and ms is not None}
    if values.get("med") is not None:
        percentiles[50.0] = values["med"] or 0.0
    requests, rate = float(sent[1]), float(sent[2])
    failed = re.search(r"(?m)^\W*http_req_failed\.*:\s*([\d.]+)%(?:\s+✓\s*(\d+)|\s+(\d+) out of)?", text)
    users = re.search(r"(?m)^\W*vus(?:_max)?\.*:.*max=(\d+)", text)
    result = LoadResult(
        requests=requests,
        errors=None if failed is None else float(failed[2] or failed[3] or round(float(failed[1]) / 100 * requests)),
        duration_s=requests / rate if rate else None,
        throughput_rps=rate,
        concurrency=float(users[1]) if users else None,
        mean_ms=values.get("avg"),
        most_ms=values.get("max"),
        percentiles=percentiles,
        target=text[:2000],
    )
    dropped = re.search(r"(?m)^\W*dropped_iterations\.*:\s*(\d+)", text)
    if dropped is not None:
        result.model = OPEN
        result.more["dropped"] = Measure(int(dropped[1]), "iterations that could not start")
    return result.evidence(source)


# ---- oha


def read_oha(source: Source) -> Evidence:
    """Read what oha prints: like hey's, with a unit at each time; requests cut off by the end are no failures."""
    text = plain_text(source)

    def figure(name: str) -> str | None:
        match = re.search(rf"(?m)^\s*{name}:\s+(.+)$", text)
        return None if match is None else match[1].strip()

    codes = {int(code): float(count) for code, count in re.findall(r"(?m)^\s*\[(\d{3})\]\s+(\d+) responses", text)}
    errors = re.findall(r"(?m)^\s*\[(\d+)\]\s+(.*)$", text.partition("Error distribution:")[2])
    lost = sum(float(count) for count, words in errors if "aborted due to deadline" not in words)
    took = duration_ms(figure("Total") or "")
    rate = number(figure("Requests/sec"))
    mean = duration_ms(figure("Average") or "")
    percents = re.findall(rf"(?m)^\s*([\d.]+)% in ({DURATION})", text)
    result = LoadResult(
        requests=sum(codes.values()),
        errors=sum(count for code, count in codes.items() if code >= 500) + lost,
        duration_s=None if took is None else took / 1000,
        throughput_rps=rate,
        mean_ms=mean,
        most_ms=duration_ms(figure("Slowest") or ""),
        percentiles={float(percent): ms for percent, one in percents if (ms := duration_ms(one)) is not None},
        error_words="answers of status 5xx, and requests without an answer",
        notes=["closed unless -q was given, which the text does not say; with it use --latency-correction"],
    )
    if rate and mean:
        result.more["in_flight"] = Measure(rate * mean / 1000, "requests in flight, by Little's law")
    return result.evidence(source)


# ---- Artillery


def read_artillery(source: Source) -> Evidence:
    """Read the last report that Artillery prints, of version 2 with dots or of version 1."""
    text = plain_text(source)
    report = re.split(r"(?m)^.*Summary report @.*$", text)[-1]
    lines = dict(_sections(report))
    times = "http.response_time" if "http.response_time/median" in lines else "request latency"
    requests = lines.get("http.requests", lines.get("/requests completed"))
    codes = {
        name.rpartition(".")[2].rpartition("/")[2]: count
        for name, count in lines.items()
        if name.startswith(("http.codes.", "codes/"))
    }
    lost = sum(count for name, count in lines.items() if name.startswith(("errors.", "errors/")))
    percents = {50.0: "median", 75.0: "p75", 90.0: "p90", 95.0: "p95", 99.0: "p99"}
    took = re.search(r"Total time: (.*)", text)
    seconds_ = None if took is None else _words_s(took[1])
    rate = lines.get("/rps sent", lines.get("/mean response/sec"))
    if rate is None and seconds_ and requests:
        rate = requests / seconds_
    result = LoadResult(
        requests=requests,
        errors=sum(count for code, count in codes.items() if code.startswith("5")) + lost,
        duration_s=seconds_,
        throughput_rps=rate,
        mean_ms=lines.get(f"{times}/mean"),
        most_ms=lines.get(f"{times}/max"),
        percentiles={
            percent: lines[f"{times}/{name}"] for percent, name in percents.items() if f"{times}/{name}" in lines
        },
        model=OPEN,
        error_words="answers of status 5xx, and errors",
        notes=[_SKETCH],
    )
    return result.evidence(source)


def _sections(report: str) -> Iterator[tuple[str, float]]:
    """Figures by name, those of a section as ``section/name``; names without a section of version 1 as ``/name``."""
    section = ""
    for line in report.splitlines():
        match = re.fullmatch(r"(\s*)([\w.\-/ ]+?):[ .]*(-?[\d.]+)?(?:/sec)?\s*", line)
        if match is None:
            continue
        indent, name, value = len(match[1]), match[2].strip(), number(match[3])
        if value is None:
            section = name if indent == 0 else name.lower()
            continue
        inside = bool(section) and indent >= (2 if "." in section else 4)
        yield (f"{section}/{name}" if inside else (name if indent == 0 else f"/{name.lower()}")), value


def _words_s(text: str) -> float | None:
    """A time in words, such as "1 minute, 2 seconds". [s]"""
    units = {"hour": 3600.0, "minute": 60.0, "second": 1.0}
    parts = re.findall(r"([\d.]+) (hour|minute|second)", text)
    return sum(float(count) * units[unit] for count, unit in parts) if parts else None


# ---- autocannon


def read_autocannon(source: Source) -> Evidence:
    """Read the tables that autocannon prints."""
    text = plain_text(source)
    latency, rates = _table(text, "Latency"), _table(text, "Req/Sec")
    took = re.search(r"([\d.]+)(k|M)? requests in ([\d.]+)s", text)
    rate = rates.get("Avg")
    seconds_ = None if took is None else float(took[3])
    requests = None if took is None else float(took[1]) * {"k": 1e3, "M": 1e6}.get(took[2] or "", 1.0)
    if rate and seconds_:
        requests = round(rate * seconds_)
    failed = re.search(r"(\d+) (?:non 2xx|2xx responses, (\d+) non 2xx)", text)
    lost = re.search(r"(\d+) errors", text)
    connections = re.search(r"(?m)^(\d+) connections", text)
    result = LoadResult(
        requests=requests,
        errors=float(failed[2] or failed[1]) + float(lost[1] if lost else 0)
        if failed
        else float(lost[1] if lost else 0),
        duration_s=seconds_,
        throughput_rps=rate,
        concurrency=float(connections[1]) if connections else None,
        mean_ms=latency.get("Avg"),
        deviation_ms=latency.get("Stdev"),
        most_ms=latency.get("Max"),
        percentiles={float(name[:-1]): ms for name, ms in latency.items() if name.endswith("%")},
        model=CLOSED,
        target=text[:400],
        error_words="answers that are not 2xx, errors and time-outs",
        notes=["requests are the mean rate times the time, since the count is printed in thousands"],
    )
    return result.evidence(source)


def _table(text: str, of: str) -> dict[str, float]:
    """The row of a table by the names of its head."""
    rows = [[cell.strip() for cell in line.strip(" │|").split("│")] for line in text.splitlines() if "│" in line]
    head: list[str] = []
    for row in rows:
        if row[0] == "Stat":
            head = row
        elif row[0] == of:
            figures = [number(re.sub(r"\s*(ms|k|s)$", "", cell)) for cell in row[1:]]
            return {name: one for name, one in zip(head[1:], figures, strict=False) if one is not None}
    return {}


KINDS = (
    Kind(
        "k6_text",
        "the summary that k6 prints",
        "load_tests",
        {
            "http_req_duration": r"^(?:\x1b\[[\d;]*m|\W)*http_req_duration\.*:\s*(?:\x1b\[[\d;]*m)*avg=",
            "http_reqs": r"^(?:\x1b\[[\d;]*m|\W)*http_reqs\.*:\s*(?:\x1b\[[\d;]*m)*\d+",
        },
        read_k6,
    ),
    Kind(
        "oha_text",
        "what oha prints",
        "load_tests",
        {
            "Summary": r"^\s*Summary:",
            "Success rate": r"^\s*Success rate:",
            "Requests/sec": r"^\s*Requests/sec:\s",
            "Response time distribution": r"^\s*Response time distribution:|^\s*Response time histogram:",
        },
        read_oha,
    ),
    Kind(
        "artillery_text",
        "the report that Artillery prints",
        "load_tests",
        {
            "Summary report": r"^.*Summary report @",
            "response times": r"^(?:http\.response_time:| *Request latency:)",
            "requests": r"^(?:http\.requests: \.| *Requests completed:)",
        },
        read_artillery,
    ),
    Kind(
        "autocannon_text",
        "the tables that autocannon prints",
        "load_tests",
        {"Running": r"^Running .+ @ ", "a table of Latency": r"│ Latency\s*│", "requests in": r"requests in [\d.]+s"},
        read_autocannon,
    ),
)
