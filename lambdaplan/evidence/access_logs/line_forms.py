"""Access logs with a line a request in a form of their own: HAProxy, Envoy, and API Gateway as CLF, CSV or XML."""

from __future__ import annotations

import re
from collections.abc import Callable

from lambdaplan.evidence.access_logs.json_logs import clf_seconds
from lambdaplan.evidence.access_logs.requests_seen import NOT_CPU, RequestsSeen
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import seconds

_HAPROXY = (
    rb"\[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d)\.\d+\] \S+ \S+ "
    rb"-?\d+/-?\d+/-?\d+/(?P<took>-?\d+)/\+?\d+ (?P<status>-?\d+) \+?(?P<sent>\d+) "
)
_ENVOY = (
    rb"\[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.\d]*Z\] \"[^\"\n]*\" (?P<status>\d{1,3}) \S+ "
    rb"(?:\S+ \S+ \"[^\"\n]*\" )?(?P<received>\d+) (?P<sent>\d+) \d+ (?P<took>\d+|-)"
)
_STAMP = rb"(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})"
_GATEWAY_CLF = rb"\[" + _STAMP + rb"\]\"[^\"\n]*\" (?P<status>\d{3}) (?P<sent>\d+|-)"
_GATEWAY_CSV = (
    rb"," + _STAMP + rb"\"?,\"?[A-Z]+\"?,[^,\n]*,\"?HTTP/[\d.]+\"?,\"?(?P<status>\d{3})\"?,\"?(?P<sent>\d+|-)"
)
_GATEWAY_XML = (
    rb"<requestTime>" + _STAMP + rb"</requestTime>[^\n]*?<status>(?P<status>\d{3})</status>"
    rb"(?:[^\n]*?<responseLength>(?P<sent>\d+|-)</responseLength>)?"
)
_NO_TIME = "its form has no time of a request: $context.responseLatency and $context.integrationLatency would add it"


def _reader(pattern: bytes, took: str, note: str) -> Callable[[Source], Evidence]:
    """A reader of lines by a pattern with the groups time, status, and where they are there received, sent, took."""
    form = re.compile(pattern)

    def read(source: Source) -> Evidence:
        seen, clock = RequestsSeen(), _Clock()
        for block in source.blocks():
            for match in form.finditer(block):
                one = match.groupdict()
                seen.add_status([one["status"]])
                seen.add_time(clock.seconds(one["time"]))
                if (one.get("sent") or b"-") != b"-":
                    seen.sent, seen.has_sent = seen.sent + int(one["sent"]), True
                if "received" in one:
                    seen.received, seen.has_received = seen.received + int(one["received"]), True
                if took and one["took"].isdigit():  # -1 and - are requests that nothing answered
                    seen.times.add(float(one["took"]))
        cannot = (NOT_CPU,) if took else ("any duration", "request sizes", NOT_CPU)
        return seen.evidence(source, seen.spread("response_ms", took), cannot, [note] if note else [])

    return read


class _Clock:
    """Times of lines, of which each minute is worked out once."""

    def __init__(self) -> None:
        self._starts: dict[bytes, float | None] = {}

    def seconds(self, stamp: bytes) -> float | None:
        """A time as 12/Oct/2026:08:00:00 +0000 or 2026-10-12T08:00:00, UTC where it has no offset. [s]"""
        place = 18 if stamp[2:3] == b"/" else 17
        minute = stamp[:place] + b"00" + stamp[place + 2 :]
        if minute not in self._starts:
            if len(self._starts) > 100_000:
                self._starts.clear()
            text = minute.decode("ascii", "replace")
            self._starts[minute] = clf_seconds(text) if place == 18 else seconds(text)
        start = self._starts[minute]
        return None if start is None else start + int(stamp[place : place + 2])


KINDS = (
    Kind(
        "haproxy_http_log",
        "an access log of HAProxy (option httplog)",
        "access_logs",
        {
            "time, frontend and server": r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d+\] \S+ \S+ ",
            "five times": r" -?\d+/-?\d+/-?\d+/-?\d+/\+?\d+ -?\d+ \+?\d+ ",
        },
        _reader(
            _HAPROXY,
            "ms, mean of the server's answer (Tr), to its first header",
            "its times have no offset and are taken as UTC",
        ),
    ),
    Kind(
        "envoy_access_log",
        "an access log of Envoy or Istio",
        "access_logs",
        {
            "start time": r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z\] \"",
            "code, flags, bytes and times": r"\" \d{1,3} \S+ (?:\S+ \S+ \"[^\"\n]*\" )?\d+ \d+ \d+ (?:\d+|-)",
        },
        _reader(_ENVOY, "ms, mean of x-envoy-upstream-service-time", ""),
    ),
    Kind(
        "apigw_access_log_clf",
        "an access log of API Gateway as CLF",
        "access_logs",
        {"time, request, status and length": r"\[\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\]\"[^\"\n]*\" \d{3} (?:\d+|-)"},
        _reader(_GATEWAY_CLF, "", _NO_TIME),
        also=lambda source: source.head.lstrip()[:1] != "{",
    ),
    Kind(
        "apigw_access_log_csv",
        "an access log of API Gateway as CSV",
        "access_logs",
        {
            "time and method": r",\"?\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\"?,\"?[A-Z]+",
            "protocol, status and length": r",\"?HTTP/[\d.]+\"?,\"?\d{3}\"?,\"?(?:\d+|-)",
        },
        _reader(_GATEWAY_CSV, "", _NO_TIME),
    ),
    Kind(
        "apigw_access_log_xml",
        "an access log of API Gateway as XML",
        "access_logs",
        {"requests": r"<request id=", "times": r"<requestTime>\d\d/\w{3}/\d{4}:", "status": r"<status>\d{3}</status>"},
        _reader(_GATEWAY_XML, "", _NO_TIME),
    ),
)
