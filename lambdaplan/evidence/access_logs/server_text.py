"""Access logs of nginx, Apache and the like in the common and the combined form, with times of requests or without."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from lambdaplan.evidence.access_logs.json_logs import clf_seconds
from lambdaplan.evidence.access_logs.requests_seen import NOT_CPU, RequestsSeen, figures
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source

_LINE = re.compile(
    rb"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d):(\d\d) ([+-]\d{4})\] \"(?:[^\"\\\n]|\\.)*\" (\d{3}) (\d+|-)([^\n]*)"
)
_AGENT = rb"(?: \"(?:[^\"\\]|\\.)*\" \"(?:[^\"\\]|\\.)*\")?"
_NAMED = re.compile(
    rb"\b(?:rt|request_time|req_time|reqtime|duration|time_taken|response_time|rtime)[=:]\"?([\d.]+)(us|ms|s)?\b"
)
_BARE = re.compile(_AGENT + rb"\s+\"?([\d.]+)(us|ms|s)?\"?(?:\s|$)")
_LAST = re.compile(rb"\s([\d.]+)(us|ms)\s*$")
_TIMED_HEAD = (
    r"\] \"(?:[^\"\\\n]|\\.)*\" \d{3} (?:\d+|-)(?:"
    r"[^\n]*\b(?:rt|request_time|req_time|reqtime|duration|time_taken|response_time|rtime)[=:]\"?[\d.]+"
    r"|(?: \"(?:[^\"\\\n]|\\.)*\" \"(?:[^\"\\\n]|\\.)*\")?[ \t]+\"?[\d.]+(?:us|ms|s)?\"?(?:[ \t]|$)"
    r"|[^\n]*[ \t]\d+(?:us|ms)[ \t]*$)"
)
_MOST_S = 600  # a whole number above it is of microseconds


def read_log(source: Source) -> Evidence:
    """Read an access log without times of requests."""
    return _read(source, timed=False)


def read_timed(source: Source) -> Evidence:
    """Read an access log with the time of each request: $request_time of nginx, %D or %T of Apache, a named one."""
    return _read(source, timed=True)


def _read(source: Source, *, timed: bool) -> Evidence:
    seen = RequestsSeen()
    seen.has_sent = True
    minutes: Counter[tuple[bytes, bytes]] = Counter()
    took: list[np.ndarray] = []
    first: dict[tuple[bytes, bytes], bytes] = {}
    last: dict[tuple[bytes, bytes], bytes] = {}
    units: Counter[bytes] = Counter()
    for block in source.blocks():
        lines = _LINE.findall(block)
        if not lines:
            continue
        stamps, ticks, zones, status, sent, tails = zip(*lines, strict=True)
        seen.add_status(status)
        seen.sent += float(np.nansum(figures(sent)))
        keys = list(zip(stamps, zones, strict=True))
        minutes.update(keys)
        for key, tick in zip(keys, ticks, strict=True):
            if tick < first.get(key, b"99"):
                first[key] = tick
            if tick > last.get(key, b""):
                last[key] = tick
        if timed:
            times = [_took(tail) for tail in tails]
            units.update(unit for _, unit in times)
            took.append(figures([time for time, _ in times]))
    for (stamp, zone), count in minutes.items():
        for ends in (first, last):
            text = b"%s:%s %s" % (stamp, ends[stamp, zone], zone)
            seen.span.add(clf_seconds(text.decode("ascii", "replace")))
        start = clf_seconds((b"%s:00 %s" % (stamp, zone)).decode("ascii", "replace"))
        if start is not None:
            seen.add_count(start, count)
    if not timed or not took:
        cannot = ("any duration", "request sizes", NOT_CPU)
        notes = ["its form has no time of a request: $request_time of nginx or %D of Apache would add it"]
        return seen.evidence(source, {}, cannot, notes)
    times_ms, words = _milliseconds(np.concatenate(took), units)
    seen.times.extend(times_ms[np.isfinite(times_ms)])
    reads = seen.spread("response_ms", f"ms, mean time of a request, {words}")
    return seen.evidence(source, reads, (NOT_CPU,), [f"times of requests are taken as {words}"])


def _took(tail: bytes) -> tuple[bytes, bytes]:
    """The time of a request in what follows status and bytes, with its unit where it has one."""
    match = _NAMED.search(tail) or _LAST.search(tail) or _BARE.match(tail)
    if match is None:
        return b"nan", b""
    return match[1], match[2] or (b"." if b"." in match[1] else b"")


def _milliseconds(times: np.ndarray, units: Counter[bytes]) -> tuple[np.ndarray, str]:
    """Times in ms by their unit. Without one: seconds with a point, else microseconds where large, else seconds."""
    unit = units.most_common(1)[0][0]
    if unit in (b"us", b"ms", b"s"):
        factor = {b"us": 0.001, b"ms": 1.0, b"s": 1000.0}[unit]
        return times * factor, unit.decode()
    if unit == b"." or b"." in units:
        return times * 1000, "seconds"
    finite = times[np.isfinite(times)]
    if len(finite) and float(np.max(finite)) > _MOST_S:
        return times / 1000, "microseconds (%D of Apache)"
    return times * 1000, "whole seconds (%T of Apache), too coarse for a spread"


_HEAD = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"(?:[^\"\\\n]|\\.)*\" \d{3} (?:\d+|-)"
KINDS = (
    Kind(
        "combined_log_timed",
        "an access log with times of requests",
        "access_logs",
        {"time, request, status and bytes": _HEAD, "the time of a request": _TIMED_HEAD},
        read_timed,
        also=lambda source: source.head.lstrip()[:1] != "{",
    ),
    Kind(
        "combined_log",
        "an access log in the common or combined form",
        "access_logs",
        {"time, request, status and bytes": _HEAD},
        read_log,
        also=lambda source: source.head.lstrip()[:1] != "{",
    ),
)
