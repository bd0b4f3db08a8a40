"""Standard logs of CloudFront: the older form with #Fields, and the newer one as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lambdaplan.evidence.access_logs.requests_seen import NOT_CPU, RequestsSeen
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import epoch_seconds, seconds

_ANSWERED = {  # by CloudFront itself, so that the origin does not see the request
    "Hit", "RefreshHit", "OriginShieldHit", "Redirect", "LimitExceeded", "CapacityExceeded",
    "FunctionGeneratedResponse", "FunctionExecutionError", "FunctionThrottledError",
}  # fmt: skip
_ATHENA = {
    "location": "x-edge-location", "status": "sc-status", "bytes": "sc-bytes", "request-bytes": "cs-bytes",
    "result-type": "x-edge-result-type",
}  # fmt: skip
"""Columns of the table in CloudFront's guide for Athena, by the field of the log."""


def read_fields(source: Source) -> Evidence:
    """Read a log whose lines have the fields that #Fields names."""
    return _evidence(source, fields_of_lines(source))


def fields_of_lines(source: Source) -> Iterator[Mapping[str, str]]:
    """The lines of a log by the names of its last #Fields."""
    names: list[str] = []
    for line in source.lines():
        if line.startswith("#Fields:"):
            names = line[len("#Fields:") :].split()
        elif line and not line.startswith("#") and names:
            cells = line.split("\t") if "\t" in line else line.split(" ")
            yield dict(zip(names, cells, strict=False))


def read_table(source: Source) -> Evidence:
    """Read a log as CSV, by the names of its fields or by those of AWS's table for Athena."""
    rows = ({_ATHENA.get(name, name): cell for name, cell in _dashed(row).items()} for row in source.rows())
    return _evidence(source, rows)


def _dashed(row: Mapping[str, str]) -> dict[str, str]:
    return {name.strip().lower().replace("_", "-"): cell for name, cell in row.items()}


def read_json(source: Source) -> Evidence:
    """Read a log with a JSON object a line, of the fields that its owner chose."""
    return _evidence(source, source.objects())


def _evidence(source: Source, rows: Iterator[Mapping[str, object]] | Iterator[Mapping[str, str]]) -> Evidence:
    seen, taken, origin = RequestsSeen(), Values(), Values()
    from_origin, known = 0, False
    stamps: dict[str, float | None] = {}
    for row in rows:
        if "x-edge-location" not in row and "sc-status" not in row:
            continue
        seen.add_status([str(row.get("sc-status", ""))])
        seen.add_time(_time(row, stamps))
        sent, received = number(row.get("sc-bytes")), number(row.get("cs-bytes"))
        if sent is not None:
            seen.sent, seen.has_sent = seen.sent + sent, True
        if received is not None:
            seen.received, seen.has_received = seen.received + received, True
        took = number(row.get("time-taken"))
        if took is not None:
            taken.add(1000 * took)
        result = row.get("x-edge-result-type")
        if result is not None:
            known = True
            from_origin += result not in _ANSWERED
        answered = number(row.get("origin-lbl"))
        if answered is not None:
            origin.add(1000 * answered)
    reads: dict[str, Measure] = {}
    if known:
        reads["origin_requests"] = Measure(
            from_origin, "requests that CloudFront did not answer itself", n=seen.requests
        )
    if taken:
        unit = "ms, mean on the viewer's side, the network in it"
        reads["time_taken_ms"] = Measure(taken.mean, unit, *taken.mean_interval(), taken.n)
    if origin:
        seen.times = origin
        reads.update(seen.spread("response_ms", "ms, mean origin-lbl: to the origin's last byte"))
    notes = ["requests are the viewers'; the service sees origin_requests"]
    cannot = [NOT_CPU]
    if not origin:
        cannot.append("the origin's own time: the newer logs have it as origin-fbl and origin-lbl, where chosen")
    evidence = seen.evidence(source, reads, cannot, notes)
    if known and "requests_per_month" in evidence.reads:
        month = evidence.reads["requests_per_month"]
        share = from_origin / seen.requests
        how = f"{month.how}, of which {share:.1%} reach the origin"
        evidence.reads["requests_per_month"] = Measure(
            round(int(str(month.value)) * share), month.unit, n=month.n, how=how
        )
    return evidence


def _time(row: Mapping[str, object], known: dict[str, float | None]) -> float | None:
    """The time of a row: date and time, or a timestamp. Minutes that were seen are kept."""
    date, time = row.get("date"), row.get("time")
    if isinstance(date, str) and isinstance(time, str) and len(time) == 8:
        minute = f"{date} {time[:5]}"
        if minute not in known:
            if len(known) > 100_000:
                known.clear()
            known[minute] = seconds(f"{minute}:00")
        start = known[minute]
        return None if start is None or not time[6:].isdigit() else start + int(time[6:])
    stamp = number(row.get("timestamp(ms)", row.get("timestamp")))
    return None if stamp is None else epoch_seconds(stamp)


KINDS = (
    Kind(
        "cloudfront_w3c",
        "a standard log of CloudFront",
        "access_logs",
        {"Fields": r"^#Fields:.*\bx-edge-location\b", "sc-status": r"^#Fields:.*\bsc-status\b"},
        read_fields,
    ),
    Kind(
        "cloudfront_csv",
        "a standard log of CloudFront as CSV",
        "access_logs",
        {
            "location": r"\A[^\n{#]*\b(?:x[-_]edge[-_])?location\b",
            "status": r"\A[^\n{#]*\b(?:sc[-_])?status\b",
            "result type": r"\A[^\n{#]*\bresult[-_]type\b|\A[^\n{#]*edge[-_]result[-_]type",
            "time taken": r"\A[^\n{#]*\btime[-_]taken\b",
        },
        read_table,
    ),
    Kind(
        "cloudfront_v2_json",
        "a standard log of CloudFront as JSON",
        "access_logs",
        {
            "JSON objects": r"\A\s*(?:\[\s*)?\{",
            "x-edge-location or x-edge-result-type": r"\"x-edge-(?:location|result-type)\"\s*:",
            "sc-status": r"\"sc-(?:status|bytes)\"\s*:",
        },
        read_json,
    ),
)
