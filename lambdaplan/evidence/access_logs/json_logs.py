"""Access logs with a JSON object a line: of API Gateway, and of nginx, Caddy, Traefik and the like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.access_logs.requests_seen import NOT_CPU, RequestsSeen
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.report_events import log_events
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.statistics import Values
from lambdaplan.evidence.times import any_seconds, seconds

_CLF = re.compile(r"\[?(\d\d)/(\w{3})/(\d{4}):(\d\d:\d\d:\d\d) ?([+-]\d{4})?\]?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STATUS = ("status", "downstreamstatus", "statuscode", "responsecode", "responsestatus")
_TIME = (
    "time", "timestamp", "requesttimeepoch", "timeiso8601", "timelocal", "ts", "msec", "startutc", "datetime",
    "requesttime", "date",
)  # fmt: skip
_SENT = ("bodybytessent", "bytessent", "responselength", "downstreamcontentsize", "size", "bytes", "responsesize")
_RECEIVED = ("requestlength", "bytesreceived", "requestcontentsize", "requestsize")
_MS_OF = {
    "requesttime": 1000.0, "durationms": 1.0, "responsetimems": 1.0, "latencyms": 1.0, "elapsedms": 1.0,
    "requesttimems": 1.0, "responsetime": 1000.0, "duration": 1000.0, "upstreamresponsetime": 1000.0, "latency": 1000.0,
}  # fmt: skip
"""Fields with the time of a request, the best first, and how many ms one of their units is."""


def clf_seconds(text: str) -> float | None:
    """A time as 12/Oct/2026:08:00:00 +0000."""
    match = _CLF.fullmatch(text.strip())
    if match is None or match[2].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[2].lower()) + 1
    return seconds(f"{match[3]}-{month:02d}-{match[1]} {match[4]}{match[5] or 'Z'}")


def _simple(row: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"[^a-z0-9]", "", str(key).lower()): value for key, value in row.items()}


def _when(row: Mapping[str, Any]) -> float | None:
    for name in _TIME:
        value = row.get(name)
        if value is None or (name == "requesttime" and number(value) is not None):
            continue
        time = clf_seconds(value) if isinstance(value, str) and "/" in value[:6] else any_seconds(value)
        if time is not None and time > 1e8:
            return time
    return None


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    return next((figure for name in names if (figure := number(row.get(name))) is not None), None)


def read_server(source: Source) -> Evidence:
    """Read an access log of a server, whatever its fields are called."""
    seen, field = RequestsSeen(), ""
    for raw in source.objects():
        row = _simple(raw)
        status = next((str(row[name]) for name in _STATUS if row.get(name) is not None), None)
        if status is None or not status[:3].isdigit():
            continue
        seen.add_status([status])
        seen.add_time(_when(row))
        sent, received = _first(row, _SENT), _first(row, _RECEIVED)
        if sent is not None:
            seen.sent, seen.has_sent = seen.sent + sent, True
        if received is not None:
            seen.received, seen.has_received = seen.received + received, True
        for name, unit in _MS_OF.items():
            took = number(row.get(name))
            if took is not None:
                field = name
                if name == "duration" and "downstreamstatus" in row:  # Traefik: nanoseconds
                    unit = 1e-6  # noqa: PLW2901
                seen.times.add(took * unit)
                break
    words = f"ms, mean of the field {field}, taken as {'ms' if field.endswith('ms') else 'seconds'}"
    return seen.evidence(source, seen.spread("response_ms", words), (NOT_CPU,), [])


def read_gateway(source: Source) -> Evidence:
    """Read an access log of API Gateway in JSON, of the variables that its owner chose."""
    return _gateway(source, source.objects())


def read_gateway_events(source: Source) -> Evidence:
    """Read it from CloudWatch Logs: events or rows whose messages are the objects."""
    return _gateway(source, _messages(source))


def _messages(source: Source) -> Iterator[dict[str, Any]]:
    for _, event in log_events(source):
        try:
            one = json.loads(str(event.get("message", "")))
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(one, dict):
            yield {"timestamp": event.get("timestamp"), **one}


def _gateway(source: Source, objects: Iterator[dict[str, Any]]) -> Evidence:
    seen, whole_times = RequestsSeen(), Values()
    for raw in objects:
        row = _simple(raw)
        status = row.get("status")
        if status is None:
            continue
        seen.add_status([str(status)])
        seen.add_time(_when(row))
        sent = number(row.get("responselength"))
        if sent is not None:
            seen.sent, seen.has_sent = seen.sent + sent, True
        behind = (number(value) for key, value in row.items() if key.startswith("integrationlatency"))
        inner = next((figure for figure in behind if figure is not None), None)
        if inner is not None:
            seen.times.add(inner)
        outer = _first(row, ("responselatency", "latency"))
        if outer is not None:
            whole_times.add(outer)
    reads = seen.spread("integration_ms", "ms, mean: the gateway's wait for the function or service behind it")
    if whole_times:
        unit = "ms, mean with the gateway's own part"
        reads["response_ms"] = Measure(whole_times.mean, unit, *whole_times.mean_interval(), whole_times.n)
    return seen.evidence(source, reads, ("memory", "CPU time"), [])


_QUOTE = r"(?:\\\"|\"\")"  # of an object within a JSON text or within a cell
KINDS = (
    Kind(
        "apigw_access_log_events",
        "an access log of API Gateway from CloudWatch Logs",
        "access_logs",
        {
            "messages": r"\"@message\"|\"message\"\s*:|\A[^\n{[]*\b@?message\b",
            "events, results or rows": r"\"(?:events|results)\"\s*:\s*\[|\A[^\n{[]*[,;\t]",
            "status": rf"{_QUOTE}status{_QUOTE}\s*:",
            "a latency or route": rf"(?i){_QUOTE}(?:(?:integration|response)_?latency\w*|route_?key"
            rf"|response_?length){_QUOTE}",
        },
        read_gateway_events,
    ),
    Kind(
        "apigw_access_log_json",
        "an access log of API Gateway as JSON",
        "access_logs",
        {
            "JSON objects": r"\A\s*(?:\[\s*)?\{",
            "status": r"\"status\"\s*:",
            "requestId": r"\"request_?[iI]d\"\s*:",
            "a latency or route": r"(?i)\"(?:(?:integration|response)_?latency\w*|route_?key|response_?length)\"\s*:",
        },
        read_gateway,
    ),
    Kind(
        "json_access_log",
        "an access log of a server as JSON",
        "access_logs",
        {
            "JSON objects": r"\A\s*(?:\[\s*)?\{",
            "status": r"(?i)\"(?:downstream_?|response_?)?status(?:_?code)?\"\s*:",
            "bytes or time of a request": r"(?i)\"(?:body_bytes_sent|bytes_sent|request_time|duration(?:_ms)?|bytes"
            r"|size|response_time\w*|latency(?:_ms)?|downstreamcontentsize)\"\s*:",
        },
        read_server,
        also=lambda source: not re.search(r"\"x-edge-|platform\.|\"_aws\"|\"executionArn\"", source.head),
    ),
)
