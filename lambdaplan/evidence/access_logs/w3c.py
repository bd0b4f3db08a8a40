"""Access logs in W3C's extended form, with a line of #Fields: of IIS and others."""

from __future__ import annotations

from lambdaplan.evidence.access_logs.cloudfront import fields_of_lines
from lambdaplan.evidence.access_logs.requests_seen import NOT_CPU, RequestsSeen
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import seconds


def read_w3c(source: Source) -> Evidence:
    """Read time, status, bytes and time-taken: milliseconds of IIS, else the seconds of W3C."""
    seen, is_iis = RequestsSeen(), "Microsoft" in source.head[:2000]
    for row in fields_of_lines(source):
        status = row.get("sc-status", "")
        if not status.isdigit():
            continue
        seen.add_status([status])
        seen.add_time(seconds(f"{row.get('date', '')} {row.get('time', '')}"))
        sent, received, took = (number(row.get(name)) for name in ("sc-bytes", "cs-bytes", "time-taken"))
        if sent is not None:
            seen.sent, seen.has_sent = seen.sent + sent, True
        if received is not None:
            seen.received, seen.has_received = seen.received + received, True
        if took is not None:
            seen.times.add(took if is_iis else 1000 * took)
    unit = "ms, as IIS has it" if is_iis else "seconds, as W3C has it"
    notes = [f"time-taken is read as {unit}; the network to the client is in it"] if seen.times else []
    cannot = (NOT_CPU,) if seen.times else ("any duration: the field time-taken would tell it", NOT_CPU)
    return seen.evidence(source, seen.spread("response_ms", "ms, mean of time-taken"), cannot, notes)


KINDS = (
    Kind(
        "w3c_access_log",
        "an access log of IIS or another server in W3C's form",
        "access_logs",
        {"Fields with sc-status": r"^#Fields:.*\bsc-status\b"},
        read_w3c,
        also=lambda source: "x-edge-" not in source.head,
    ),
)
