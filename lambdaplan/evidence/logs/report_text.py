"""REPORT lines of Lambda: as text, and as the messages of `aws logs filter-log-events`."""

from __future__ import annotations

import re

import numpy as np

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.invocations import CANNOT_TELL, Invocation, Invocations
from lambdaplan.evidence.source import Source

_MS = rb"(\d+(?:,\d{3})*(?:\.\d+)?) ms"  # thousands of a spreadsheet or a locale
_PARTS = (rb"Duration: " + _MS, rb"Billed Duration: " + _MS, rb"Memory Size: (\d+) MB")
_GAP = rb"(?:\s|\\t)+"
_USED = rb"(?:%sMax Memory Used: (\d+) MB)?([^\n]*)"  # some exports and log drivers leave it out
report_pattern = re.compile(_GAP.join((rb"REPORT RequestId: \S+?", *_PARTS)) + _USED % _GAP)
_plain_pattern = re.compile(rb"\s+".join((rb"REPORT RequestId: \S+", *_PARTS)) + _USED % rb"\s+")  # 3 x as fast
timed_out_pattern = re.compile(rb"Task timed out after [\d.]+ seconds")
_TIME = re.compile(rb"^\W?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)", re.MULTILINE)
_ANY_TIME = re.compile(rb"(?<![\d-])(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)")
_EPOCH_MS = re.compile(rb"(?:^|\t)\"?(1\d{12})\"?[\t,]", re.MULTILINE)
_EXTRAS = {
    "init_ms": re.compile(rb"Init Duration: ([\d.,]+) ms"),
    "restore_ms": re.compile(rb"(?<!Billed )Restore Duration: ([\d.,]+) ms"),
    "billed_restore_ms": re.compile(rb"Billed Restore Duration: ([\d.,]+) ms"),
}
_STATUS = re.compile(rb"Status: (\w+)")


def read_text(source: Source) -> Evidence:
    """Read REPORT lines of a text; lines of START, END, XRAY, INIT_REPORT and the application are no requests."""
    invocations, timed_out, reports = Invocations(), 0, 0
    first = last = ""
    left = b""
    form: re.Pattern[bytes] | None = None
    for block in source.blocks():
        text = left + block
        cut = text.rfind(b"REPORT RequestId:") if b"Max Memory Used" not in text[-400:] else -1
        text, left = (text[:cut], text[cut:]) if cut > 0 and len(text) - cut < 4096 else (text, b"")
        reports += _take(text, invocations)
        timed_out += len(timed_out_pattern.findall(text))
        form = _time_form(text) if form is None else form
        for low, high in _times(text, form):
            first, last = min(first or low, low), max(last, high)
    reports += _take(left, invocations)
    return report_evidence(source, invocations, reports, (first or None, last or None), timed_out)


def report_evidence(
    source: Source, invocations: Invocations, reports: int, span: tuple[str | None, str | None], timed_out: int = 0
) -> Evidence:
    """What invocations tell, with first and last time and requests that ended in "Task timed out"."""
    if not reports:
        words = "REPORT lines with Duration, Billed Duration and Memory Size"
        raise source.refuse("it has no whole REPORT line", words, "Export the function's log group anew.")
    reads = invocations.reads()
    if timed_out > int(str(reads["timeouts"].value)):
        reads["timeouts"] = Measure(timed_out, "requests")
    cannot = CANNOT_TELL if "working_set_mb" in reads else (*CANNOT_TELL, "memory in use: no line has Max Memory Used")
    return Evidence(reports, reads, *span, cannot_tell=cannot, notes=invocations.notes)


def _take(text: bytes, invocations: Invocations) -> int:
    """Add the REPORT lines of a text; those with more than the usual parts one by one."""
    matches = (report_pattern if b"\\t" in text else _plain_pattern).findall(text)
    if not matches:
        return 0
    usual = [match for match in matches if len(match[4]) < 12]
    for match in matches:
        if len(match[4]) >= 12:
            invocations.add(invocation(match))
    if usual:
        figures = b" ".join([b" ".join((*match[:3], match[3] or b"0")) for match in usual]).replace(b",", b"").split()
        duration, billed, memory, used = np.array(list(map(float, figures))).reshape(-1, 4).T
        for size in np.unique(memory):
            chosen = memory == size
            group = invocations.group("", float(size))
            group.warm.extend(duration[chosen])
            group.billed_ms += float(billed[chosen].sum())
            group.used_mb = max(group.used_mb, float(used[chosen].max()))
        whole = int((billed % 100 == 0).sum())
        invocations.steps(100, whole)
        invocations.steps(1, len(usual) - whole)
        invocations.status[""] += len(usual)
    return len(matches)


def invocation(match: tuple[bytes, ...], function: str = "") -> Invocation:
    """One REPORT line with its optional parts."""
    duration, billed, memory, used, tail = match
    extras = {name: _figure(one[1]) for name, pattern in _EXTRAS.items() if (one := pattern.search(tail))}
    status = _STATUS.search(tail)
    return Invocation(
        _figure(duration),
        _figure(billed),
        float(memory),
        float(used or 0),
        **extras,
        status=status[1].decode() if status else "",
        function=function,
    )


def _figure(text: bytes) -> float:
    return float(text.replace(b",", b""))


def _time_form(text: bytes) -> re.Pattern[bytes] | None:
    """How a text writes its times, by its beginning; None where it has none so far."""
    head = text[: 1 << 16]
    return next((form for form in (_TIME, _ANY_TIME, _EPOCH_MS) if form.search(head)), None)


def _times(text: bytes, form: re.Pattern[bytes] | None) -> list[tuple[str, str]]:
    """The first and the last time of a text."""
    stamps = [] if form is None else form.findall(text)
    if not stamps:
        return []
    low, high = min(stamps), max(stamps)
    if form is not _EPOCH_MS:
        return [(low.decode().replace(" ", "T") + "Z", high.decode().replace(" ", "T") + "Z")]
    both = np.array([int(low), int(high)], dtype="datetime64[ms]").astype("datetime64[s]")
    return [(f"{both[0]}Z", f"{both[1]}Z")]


KINDS = (
    Kind(
        "lambda_report_text",
        "REPORT lines of a Lambda function's log",
        "logs",
        {"REPORT RequestId": r"REPORT RequestId: ", "Billed Duration": r"Billed Duration: [\d.,]+ ms"},
        read_text,
    ),
)
