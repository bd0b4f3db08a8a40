"""Worked examples of services' own pages and of AWS's repositories, and some by hand: as usage documents, and as services of
a scenario.

Each with where it is from and when that was read. Those that contradict the price list are in tests/golden/quarantine.json.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import Scenario, UsageDocument, bill, compare

XRAY = "AWS X-Ray pricing, example 1 (copies in German and Chinese, read 2026-11-30)"
GATEWAY = "Amazon API Gateway pricing (copy of 2025-11-02, read 2026-11-30)"
STEPS = "AWS Step Functions pricing, example 1 (as retold in public notes, read 2026-11-30)"
SEARCH = "AWS guidance, semantic search over DynamoDB, cost table of June 2024 (README, read 2026-11-30)"
VEHICLES = "AWS guidance for connected vehicles, cost table of October 2024 (README, read 2026-11-30)"
LATTICE = "AWS guidance for DNS of VPC Lattice, cost table (README, read 2026-11-30)"
TEMPLATE = "AWS guidance, the cost table of its template (README, read 2026-11-30)"
S3_FAQ = "Amazon S3 FAQs, the storage example's 42,259,901,212,262,400 byte-hours of 31 days (copy, read 2026-11-30)"
NOTES = "public note with its reckoning (read 2026-11-30)"
BY_HAND = "worked out by hand from AWS's rates and free quantities (2026-11-30)"

Rows = list[dict[str, Any]]
EXAMPLES: list[tuple[str, str, Rows, dict[str, Any], str]] = [
    # 2,000 an hour x 24 x 31 x 10 % = 148,800, 100,000 free: 48,800 x 0.000005; 775,000 retrieved are free
    ("traces", XRAY, [{"service": "xray", "traces_recorded": 148_800, "traces_retrieved": 775_000}],
     {"free_tier": True, "hours_per_month": 744}, "0.24"),
    # and 148,800 x 0.000001 = 0.15
    ("traces with Insights", XRAY,
     [{"service": "xray", "traces_recorded": 148_800, "traces_retrieved": 775_000, "insights_traces": 148_800}],
     {"free_tier": True, "hours_per_month": 744}, "0.39"),
    # (100 + 500) x 1,000 x 30 = 18 M messages; 1,000 x 12 x 60 x 30 = 21.6 M minutes: 18.00 + 5.40
    ("chat", GATEWAY,
     [{"service": "api_gateway_websocket", "messages": "18M", "message_kb": 3, "connection_minutes": "21.6M"}],
     {"hours_per_month": 720}, "23.40"),
    # 17.50 + 720 x 0.01 + 15.7 GB x 0.01
    ("private API", GATEWAY,
     [{"service": "api_gateway_rest", "requests": "5M"}, {"service": "vpc_endpoint", "zones": 1, "gb": 15.7}],
     {"hours_per_month": 720}, "24.86"),
    ("cache of a day", GATEWAY, [{"service": "api_gateway_rest", "requests": 0, "cache_gb": 1.6, "cache_hours": 24}],
     {}, "0.91"),
    # 4 x 100,000 - 4,000 = 396,000 x 0.000025
    ("workflow of four states", STEPS, [{"service": "step_functions", "standard_transitions": 400_000}],
     {"free_tier": True}, "9.90"),
    # 100 million of 10 s at 64 MB: 100.00, and 173,611.11 GB-h: 60.00 + 120.00 + 202.97... in tiers
    ("express workflows", BY_HAND,
     [{"service": "step_functions", "express_requests": 10**8, "express_gb_seconds": 62_500_000}], {}, "482.97"),
    ("a secret", SEARCH, [{"service": "secrets_manager", "secrets": 1}], {}, "0.40"),
    ("an endpoint in one zone", SEARCH, [{"service": "vpc_endpoint", "zones": 1}], {}, "7.30"),
    ("storage of a table", SEARCH, [{"service": "dynamodb", "storage_gb": 0.28}], {}, "0.07"),
    ("a million calls", TEMPLATE, [{"service": "api_gateway_rest", "requests": "1M"}], {}, "3.50"),
    ("100 GB to viewers", VEHICLES, [{"service": "cloudfront", "gb_out": 100}], {}, "8.50"),
    ("500 services of Lattice", LATTICE,
     [{"service": "eventbridge", "custom_events": 1500}, {"service": "sqs", "standard_requests": 1500},
      {"service": "sns", "publishes": 1500}], {"region": "eu-west-1", "free_tier": True}, "0.00"),
    # 52,900 GB-months: 51,200 x 0.023 + 1,700 x 0.022
    ("storage of S3", S3_FAQ, [{"service": "s3", "stored_gb": 52_900}], {"hours_per_month": 744}, "1215.00"),
    # 300,000 + 3 M + 3 M requests x 0.0000004
    ("messages sent ten at a time", NOTES, [{"service": "sqs", "standard_requests": "6.3M"}], {}, "2.52"),
    # 3 endpoints' hours in 2 zones of 729.67 h each: 4,378 x 0.01 + 2,000 GB x 0.01
    ("endpoint hours", NOTES, [{"service": "vpc_endpoint", "hours": 4378, "gb": 2000}], {}, "63.78"),
    # 12 transitions x 10,000 x 30 = 3,600,000, 4,000 free
    ("a pipeline with retries", NOTES, [{"service": "step_functions", "standard_transitions": "3.6M"}],
     {"free_tier": True}, "89.90"),
    ("images of five teams", NOTES, [{"service": "ecr", "stored_gb": 250}], {}, "25.00"),
    # by AWS's rates: 3 canaries every 5 minutes for 30 days, 100 runs free; 40 metrics and 12 alarms, ten of each free
    ("canaries, metrics and alarms", BY_HAND,
     [{"service": "cloudwatch", "canary_runs": 25_920, "metrics": 40, "alarms": 12, "high_resolution_alarms": 2,
       "composite_alarms": 1}], {"free_tier": True}, "41.28"),  # 30.98 + 9.00 + 0.20 + 0.60 + 0.50
    # 15 M invocations, 14 M free; 2 M events of 65 KB through a pipe are 4 M; 1 M to an API destination
    ("schedules, pipes and API destinations", BY_HAND,
     [{"service": "eventbridge", "scheduler_invocations": "15M", "pipes_requests": "2M", "event_kb": 65},
      {"service": "eventbridge", "api_destinations": "1M"}], {"free_tier": True}, "2.80"),
]  # fmt: skip
CASES = [pytest.param(*example[2:], id=example[0]) for example in EXAMPLES]


@pytest.mark.parametrize(("rows", "more", "usd"), CASES)
def test_a_usage_document_comes_to_the_cent(rows: Rows, more: dict[str, Any], usd: str) -> None:
    assert bill(UsageDocument.from_dict({"version": 1, "usage": rows, **more})).total_usd == Decimal(usd)


@pytest.mark.parametrize(("rows", "more", "usd"), CASES)
def test_services_of_a_scenario_have_the_same_lines(rows: Rows, more: dict[str, Any], usd: str) -> None:
    """What they name by the month is billed as a usage document bills it, beside the compute."""
    uses = [{"service": row["service"], "per_month": {k: v for k, v in row.items() if k != "service"}} for row in rows]
    work = {"requests_per_month": 0, "duration_ms": 1, "busy_share": 1, "working_set_mb": 100}
    options = [{"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, "front_door": "none"}]
    told = {"version": 1, "name": "n", "workload": work, "options": options, **more}
    alone, more_of_it = (
        compare(Scenario.from_dict({**told, "include": include, "services": uses})).options[0].bill
        for include in (["compute"], ["compute", "services"])
    )
    assert Decimal(str(round(more_of_it.total_usd - alone.total_usd, 2))) == Decimal(usd)


def test_per_request_is_what_a_month_of_requests_brings() -> None:
    """The chat's 18 million messages by 3 million requests that send six each."""
    use = {"service": "api_gateway_websocket", "per_request": {"messages": 6, "message_kb": 3}}
    work = {"requests_per_month": "3M", "duration_ms": 1, "busy_share": 1, "working_set_mb": 100}
    scenario = {
        "version": 1, "name": "n", "include": ["compute", "services"], "services": [use], "workload": work,
        "options": [{"kind": "lambda", "memory_mb": 128, "front_door": "none"}],
    }  # fmt: skip
    lines = compare(Scenario.from_dict(scenario)).options[0].bill.lines
    of_messages = [line for line in lines if line.service == "api_gateway_websocket"]
    assert sum(line.exact_usd for line in of_messages) == Fraction(18)


def test_cloudfront_without_a_share_of_hits_sees_each_request() -> None:
    """3 million requests of 4 KB: 3 M x 0.000001, 11.44 GB x 0.085, and 2.86 GB to the origin x 0.02."""
    work = {"requests_per_month": "3M", "duration_ms": 1, "busy_share": 1, "working_set_mb": 100}
    scenario = {
        "version": 1, "name": "n", "include": ["compute", "services"], "services": [{"service": "cloudfront"}],
        "workload": work, "options": [{"kind": "lambda", "memory_mb": 128}],
    }  # fmt: skip
    lines = compare(Scenario.from_dict(scenario)).options[0].bill.lines
    assert [str(line.amount_usd) for line in lines if line.service == "cloudfront"][:3] == ["0.97", "0.06", "3.00"]
