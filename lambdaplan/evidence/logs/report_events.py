"""Events of `aws logs filter-log-events` and of subscriptions, whose messages are reports of Lambda."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.logs.insights_table import result_rows
from lambdaplan.evidence.logs.report_json import PlatformEvents
from lambdaplan.evidence.logs.report_text import invocation, report_evidence, report_pattern, timed_out_pattern
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import any_seconds


def log_events(source: Source) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of a document or of the objects of its lines, each with its log group where that stands there."""
    if '"logEvents"' in source.head:
        for one in source.objects():
            group = str(one.get("logGroup", ""))
            yield from ((group, event) for event in one.get("logEvents", ()) if isinstance(event, dict))
        return
    if "@message" in source.head or _is_stream_csv(source):
        for row in result_rows(source, []):
            time, group = row.get("timestamp") or row.get("time") or "", row.get("log") or ""
            yield group, {"timestamp": time, "message": row.get("message", "")}
        return
    for event in source.items("events.item"):
        if isinstance(event, dict):
            yield str(event.get("logGroupName") or event.get("logGroupIdentifier") or ""), event


def _is_stream_csv(source: Source) -> bool:
    return source.head.lstrip()[:1] not in ("{", "[")


def read_events(source: Source) -> Evidence:
    """Read the messages of events: REPORT lines, or objects of the JSON format."""
    events, timed_out = PlatformEvents(), 0
    for group, event in log_events(source):
        message = str(event.get("message", ""))
        events.span.add(any_seconds(event.get("timestamp")))
        function = group.rpartition("/")[2]
        if message.lstrip().startswith("{"):
            try:
                one = json.loads(message)
            except (json.JSONDecodeError, RecursionError):
                continue
            if isinstance(one, dict):
                events.take(one, function)
            continue
        text = message.encode()
        timed_out += bool(timed_out_pattern.search(text))
        match = report_pattern.search(text)
        if match:
            events.reports += 1
            events.invocations.add(invocation(match.groups(), function))
    if events.web_reports and not events.reports:
        return events.evidence(source)
    return report_evidence(source, events.invocations, events.reports, events.span.iso, timed_out)


_REPORTS = r"REPORT RequestId: |platform\.(report|start|initStart)"
KINDS = (
    Kind(
        "lambda_report_messages",
        "messages of a Lambda function's log, a row each",
        "logs",
        {
            "a column or field of messages": r"\A[^\n{[]*\b@?message\b|\"@message\"",
            "a column or field of times": r"\A[^\n{[]*\b@?timestamp\b|\"@timestamp\"",
            "a table": r"\A[^\n{[]*[,;\t]|\A\s*[{[]",
            "reports": _REPORTS,
        },
        read_events,
    ),
    Kind(
        "lambda_report_events",
        "log events of a Lambda function (filter-log-events)",
        "logs",
        {"events": r'"(events|logEvents)"\s*:\s*\[', "messages": r'"message"\s*:', "reports": _REPORTS},
        read_events,
    ),
)
