"""Logs near those of Lambda that measure no function there: each is refused with what to bring instead."""

from __future__ import annotations

from lambdaplan.evidence.kinds import refused

KINDS = (
    refused(
        "lambda_report_local",
        "a log of sam local: durations of this machine, and Max Memory Used is no more than Memory Size",
        "logs",
        {
            "REPORT RequestId": r"REPORT RequestId: ",
            "Init Duration first": r"REPORT RequestId: \S+(?:\s|\\t)+Init Duration: [\d.]+ ms(?:\s|\\t)+Duration: ",
            "Billed Duration": r"Billed Duration: [\d.]+ ms",
        },
        "REPORT lines of the function in Lambda",
        "Run: aws logs tail /aws/lambda/NAME --since 7d --format short > report.log",
    ),
)
