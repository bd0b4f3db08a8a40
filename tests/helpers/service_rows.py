"""Random rows of usage of the services around the compute."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
# at and beside the ends of free quantities and tiers
COUNTS = (0, 1, 999, 4_000, 100_001, 1_000_000, 10_000_001, 300_000_000, 1_000_000_001, 10**11, 2 * 10**11 + 1)
SIZES = (0, 0.5, 8, 8.001, 32, 33, 64, 64.1, 128, 256, 257.5, 1000)
AMOUNTS = (0, 0.1, 25, 25.5, 1024, 10_240, 18_600.5, 51_201, 1_048_577.25, 6_000_000)
PLACES = ("United States", "EU", "India", "South America")
NODES = ("cache.t4g.small", "cache.m7g.large", "cache.r6g.xlarge")


def _some(
    service: str, counts: tuple[str, ...] = (), amounts: tuple[str, ...] = (), sizes: tuple[str, ...] = ()
) -> Callable[..., Row]:
    def row(rng: random.Random) -> Row:
        made: Row = {"service": service}
        for names, values in ((counts, COUNTS), (amounts, AMOUNTS), (sizes, SIZES)):
            for name in names:
                if rng.random() < 0.6:
                    made[name] = rng.choice(values)
        return made

    return row


def _lambda_edge(rng: random.Random) -> Row:
    memory = rng.choice((128, 512, 1769))
    duration = rng.choice((0.2, 1, 49.01, 50))
    return {"service": "lambda_edge", "requests": rng.choice(COUNTS), "duration_ms": duration, "memory_mb": memory}


def _cloudfront(rng: random.Random) -> Row:
    counts, amounts = ("http_requests", "https_requests"), ("gb_out", "gb_to_origin")
    return _some("cloudfront", counts, amounts)(rng) | {"price_class": rng.choice(PLACES)}


def _websocket(rng: random.Random) -> Row:
    made = _some("api_gateway_websocket", ("messages", "connection_minutes"))(rng)
    return made | {"message_kb": rng.choice((0, 1, 32, 32.5, 128))}


def _sns(rng: random.Random) -> Row:
    counts = ("publishes", "fifo_publishes", "fifo_deliveries", "http_notifications", "email_notifications")
    made = _some("sns", counts, ("fifo_publish_gb", "fifo_delivery_gb"))(rng)
    return made | {"publish_kb": rng.choice((0, 64, 65, 256))}


def _vpc_endpoint(rng: random.Random) -> Row:
    made = _some("vpc_endpoint", amounts=("gb",))(rng)
    return made | rng.choice(({}, {"hours": 0.5, "zones": 3}, {"hours": 730, "zones": 2}, {"hours": 1460.01}))


def _aurora(rng: random.Random) -> Row:
    made = _some("aurora_serverless_v2", ("io_requests",), ("acu_hours", "storage_gb"))(rng)
    return made | rng.choice(({}, {"io_optimized": True}, {"io_optimized": False}))


def _elasticache(rng: random.Random) -> Row:
    made = _some("elasticache", ("ecpus",), ("serverless_gb_hours",))(rng)
    made["engine"] = rng.choice(("redis", "valkey", "memcached"))
    return made | rng.choice(({}, {"node_type": rng.choice(NODES), "node_hours": rng.choice((0, 730, 1460.5))}))


_CLOUDWATCH = _some(
    "cloudwatch",
    ("metrics", "alarms", "high_resolution_alarms", "composite_alarms", "canary_runs"),
    ("logs_ingest_gb", "logs_vended_gb", "logs_stored_gb", "insights_gb"),
)
_DYNAMODB = _some(
    "dynamodb",
    ("write_request_units", "read_request_units", "streams_reads"),
    ("wcu_hours", "rcu_hours", "storage_gb", "pitr_gb", "backup_gb", "restored_gb"),
)
_EVENTBRIDGE = _some(
    "eventbridge",
    (
        *("custom_events", "partner_events", "schema_discovery_events"),
        *("scheduler_invocations", "pipes_requests", "api_destinations"),
    ),
    ("archive_processed_gb", "archive_stored_gb"),
    ("event_kb",),
)
SERVICE_ROWS: dict[str, Callable[[random.Random], Row]] = {
    "nlb": _some("nlb", amounts=("hours", "lcus")),
    "vpc_endpoint": _vpc_endpoint,
    "lambda_edge": _lambda_edge,
    "api_gateway_websocket": _websocket,
    "cloudfront": _cloudfront,
    "cloudwatch": _CLOUDWATCH,
    "xray": _some("xray", ("traces_recorded", "traces_retrieved", "insights_traces")),
    "sqs": _some("sqs", ("standard_requests", "fifo_requests"), sizes=("payload_kb",)),
    "sns": _sns,
    "eventbridge": _EVENTBRIDGE,
    "step_functions": _some("step_functions", ("standard_transitions", "express_requests"), ("express_gb_seconds",)),
    "dynamodb": _DYNAMODB,
    "aurora_serverless_v2": _aurora,
    "rds_proxy": _some("rds_proxy", amounts=("vcpu_hours", "acu_hours")),
    "elasticache": _elasticache,
    "s3": _some("s3", ("puts", "gets"), ("stored_gb",)),
    "ecr": _some("ecr", amounts=("stored_gb",)),
    "secrets_manager": _some("secrets_manager", ("api_calls",), ("secrets",)),
    "kms": _some("kms", ("requests",), ("keys",)),
}
