"""Reports of Lambda's JSON log format: `platform.report` objects, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.invocations import Invocation, Invocations
from lambdaplan.evidence.logs.report_text import report_evidence
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import Span, any_seconds

_OPEN_REQUESTS = 100_000  # whose function is remembered until their report comes


class PlatformEvents:
    """Takes platform events, and remembers which function a request is of."""

    def __init__(self) -> None:
        self.invocations, self.span = Invocations(), Span()
        self.reports = self.web_reports = 0
        self.function = ""
        self._functions: dict[str, str] = {}

    def take(self, event: Mapping[str, Any], function: str = "") -> None:
        """Take one object of a log; an application's own counts for the time alone."""
        self.span.add(any_seconds(event.get("time") or event.get("timestamp")))
        name, record = event.get("type"), event.get("record")
        if not isinstance(record, dict) or not isinstance(name, str):
            return
        request = str(record.get("requestId", ""))
        if name in ("platform.start", "platform.initStart"):
            arn = record.get("functionArn") or record.get("functionName") or ""
            self.function = str(arn).partition(":function:")[2].partition(":")[0] or str(arn)
            if request and len(self._functions) < _OPEN_REQUESTS:
                self._functions[request] = self.function
        elif name == "platform.report":
            self._report(record, function or self._functions.pop(request, self.function))
        elif name in ("platform.invokeSummary", "platform.invokeReport", "platform.requestComplete"):
            self.web_reports += 1

    def _report(self, record: Mapping[str, Any], function: str) -> None:
        metrics = record.get("metrics")
        if not isinstance(metrics, dict):
            return
        duration, billed = number(metrics.get("durationMs")), number(metrics.get("billedDurationMs"))
        memory, used = number(metrics.get("memorySizeMB")), number(metrics.get("maxMemoryUsedMB"))
        if duration is None or billed is None or memory is None:
            return
        self.reports += 1
        init, restore, billed_restore = (
            number(metrics.get(name)) for name in ("initDurationMs", "restoreDurationMs", "billedRestoreDurationMs")
        )
        status = str(record.get("status") or "")
        status = "" if status == "success" else status
        self.invocations.add(
            Invocation(duration, billed, memory, used or 0.0, init, restore, billed_restore, status, function)
        )

    def evidence(self, source: Source) -> Evidence:
        """What they tell."""
        if not self.reports and self.web_reports:
            words = "platform.report events; those of web functions (invokeSummary) are not read"
            raise source.refuse("it is a log of a web function", words)
        return report_evidence(source, self.invocations, self.reports, self.span.iso)


def read_json(source: Source) -> Evidence:
    """Read objects a line; what stands before an object, as `aws logs tail` writes it, is passed over."""
    events = PlatformEvents()
    if source.head.lstrip().startswith("["):
        for event in source.items("item"):
            if isinstance(event, dict):
                events.take(event)
        return events.evidence(source)
    if source.head.lstrip().partition("\n")[0].strip() == "{":  # objects of several lines each
        for event in source.items(""):
            if isinstance(event, dict):
                events.take(event)
        return events.evidence(source)
    for line in source.lines():
        start = line.find("{")
        if start < 0:
            continue
        try:
            event = json.loads(line[start:])
        except (json.JSONDecodeError, RecursionError):
            continue
        if isinstance(event, dict):
            events.take(event)
    return events.evidence(source)


KINDS = (
    Kind(
        "lambda_report_json",
        "a Lambda function's log in JSON format",
        "logs",
        {
            "platform events": r'"type"\s*:\s*"platform\.(report|start|init|invoke|request|runtimeDone)',
            "a record of each": r'"record"\s*:\s*\{',
        },
        read_json,
    ),
)
