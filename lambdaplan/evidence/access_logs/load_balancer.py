"""Access logs of an Application Load Balancer. Fields are added at the end only, so further ones are passed over."""

from __future__ import annotations

import re

import numpy as np

from lambdaplan.evidence.access_logs.requests_seen import KB, NOT_CPU, RequestsSeen, figures
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import seconds

_LINE = re.compile(
    rb"^(?:(http|https|h2|grpcs|ws|wss) )?(\d{4}-\d\d-\d\dT\d\d:\d\d)(\S*) \S+ \S+ \S+ -?[\d.]+ (-?[\d.]+) -?[\d.]+ "
    rb"(\d{3}|-) \S+ (\d+) (\d+) \"",
    re.MULTILINE,
)


def read_log(source: Source) -> Evidence:
    """Read an access log: the time to the target's first header, where a target took the request."""
    seen, not_dispatched, sockets = RequestsSeen(), 0, 0
    first = last = b""
    for block in source.blocks():
        lines = _LINE.findall(block)
        if not lines:
            continue
        kinds, minutes, rests, took, status, received, sent = zip(*lines, strict=True)
        seen.add_status(status)
        seen.add_minutes(minutes)
        stamps = [minute + rest for minute, rest in zip(minutes, rests, strict=True)]
        first, last = min(first or stamps[0], *stamps), max(last, *stamps)
        times = figures(took)
        not_dispatched += int((times < 0).sum())
        socket = np.array([kind[:2] == b"ws" for kind in kinds])
        sockets += int(socket.sum())
        seen.times.extend(1000 * times[(times >= 0) & ~socket])
        seen.received += float(figures(received).sum())
        seen.sent += float(figures(sent).sum())
    for stamp in (first, last):
        seen.span.add(seconds(stamp.decode("ascii", "replace")))
    seen.has_received = seen.has_sent = True
    reads = seen.spread("response_ms", "ms, mean target_processing_time of requests that reached a target")
    if seen.requests:
        both = (seen.received + seen.sent) / seen.requests / KB
        reads["kb_per_request"] = Measure(both, "KB, received and sent", n=seen.requests)
    reads["not_dispatched"] = Measure(not_dispatched, "requests that no target took")
    notes = [
        "best effort: not every request is in the log; times are to the first header, waiting in the target in them"
    ]
    if sockets:
        notes.append(f"{sockets:,} WebSocket connections are requests here; their times are not in the spread")
    return seen.evidence(source, reads, (NOT_CPU, "how long the client waited for the body"), notes)


KINDS = (
    Kind(
        "elb_access_log",
        "an access log of a Classic Load Balancer",
        "access_logs",
        {
            "time and name": r"^\d{4}-\d\d-\d\dT[\d:.]+Z \S+ \S+:\d+ (?:\S+:\d+|-) ",
            "three times": r" -?[\d.]+ -?[\d.]+ -?[\d.]+ (?:\d{3}|-) (?:\d{3}|-) \d+ \d+ \"",
        },
        read_log,
    ),
    Kind(
        "alb_access_log",
        "an access log of an Application Load Balancer",
        "access_logs",
        {
            "type and time": r"^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z ",
            "three times": r" -?[\d.]+ -?[\d.]+ -?[\d.]+ (?:\d{3}|-) (?:\d{3}|-) \d+ \d+ \"",
        },
        read_log,
    ),
)
