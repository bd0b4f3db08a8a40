"""Logs near access logs that hold no requests of a service: each is refused with what to bring in its place."""

from __future__ import annotations

from lambdaplan.evidence.kinds import refused

KINDS = (
    refused(
        "nlb_access_log",
        "an access log of a Network Load Balancer, which has connections and no requests",
        "access_logs",
        {"type and version": r"^tls [\d.]+ \d{4}-\d\d-\d\dT[\d:]+ net/"},
        "the access log of the server behind it, with a line a request",
        "Its metrics ProcessedBytes and ActiveFlowCount tell its load-balancer units.",
    ),
    refused(
        "s3_access_log",
        "a server access log of S3, which has the requests of a bucket and none of a service",
        "access_logs",
        {
            "owner, bucket and time": r"^[0-9a-f]{64} \S+ \[\d\d/\w{3}/\d{4}:",
            "operation": r" (?:REST|WEBSITE|SOAP|BATCH|S3)\.[\w.]+ ",
        },
        "an access log of the load balancer, gateway or server",
        "Requests of S3 by kind stand in the bill, and in a scenario under services.",
    ),
)
