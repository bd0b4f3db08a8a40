"""Further worked examples: cost pages of AWS's solutions and samples, lines of real bills, AWS's calculator, and by hand.

Each with its title, its publisher and the day it was read, at the prices of the book or, where it is older, at its own
(`prices`). What contradicts itself is in tests/golden/quarantine.json.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from test_worked_examples_around import EXAMPLES as FORMER
from test_worked_examples_around import Rows

from lambdaplan import Scenario, UsageDocument, bill, compare
from lambdaplan.services import USAGES
from places import GOLDEN, ROOT

READ = "read 2026-12-01"
RESPONSE = f"Automated Security Response on AWS, cost page, Amazon Web Services ({READ})"
AGENTS = f"remote-swe-agents, README, AWS Samples ({READ})"
TEXT_TO_SQL = f"guidance for text to SQL, sample cost table of May 2024, AWS Solutions Library Samples ({READ})"
VIRTUAL = f"guidance for Elastic VMware Service, cost table of September 2025, AWS Solutions Library Samples ({READ})"
VOICE = f"guidance for a voice agent, cost table of March 2026, AWS Solutions Library Samples ({READ})"
PANOPTIC = f"guidance with agents over Neptune, cost table of December 2024, AWS Solutions Library Samples ({READ})"
VEHICLES = f"guidance for connected mobility, cost table of October 2024, AWS Solutions Library Samples ({READ})"
MEDIA = f"media-insights-on-aws, README, AWS Solutions, 2021 ({READ})"
FORMER_LAMBDA = f"AWS Lambda pricing, example 1 as it was until 2020, Amazon Web Services ({READ})"
CALCULATOR = f"an estimate exported from AWS Pricing Calculator, a public gist of 2023-03-29 ({READ})"
REAL_BILL = f"a public analysis of a bill, usage types with quantities and amounts ({READ})"
FIFO_BILL = f"a public design record, an account's bill of June 2026 ({READ})"
INFRACOST = f"a public pull request with Infracost's output ({READ})"
NOTE = f"public note with its reckoning ({READ})"
HAND = "worked out by hand from the rates of AWS's page (2026-12-01)"

OWN_LAMBDA = [{"service": "lambda", "item": "duration/x86_64", "price_usd": "0.00001667"}]
PER_MS = [{"service": "lambda", "item": "duration/x86_64", "price_usd": "0.0000166"}]  # 0.0000000083 a ms of 512 MB
EXAMPLES: list[tuple[str, str, Rows, dict[str, Any], str]] = [
    # 19 x 300 transitions x 0.000025 = 0.1425
    ("300 remediations, workflows", RESPONSE, [{"service": "step_functions", "standard_transitions": 5700}], {}, "0.14"),
    ("30,000 remediations, workflows", RESPONSE, [{"service": "step_functions", "standard_transitions": 570_000}], {},
     "14.25"),
    # 10 keys; 20,600 requests x 0.30
    ("ten keys", RESPONSE, [{"service": "kms", "keys": 10, "requests": 6180}], {}, "10.02"),
    ("10,000 keys", RESPONSE, [{"service": "kms", "keys": 10_000, "requests": 6_018_000}], {}, "10018.05"),
    ("a million messages", RESPONSE, [{"service": "sqs", "standard_requests": "1M"}], {}, "0.40"),
    ("5 million messages", RESPONSE, [{"service": "sqs", "standard_requests": 5_060_000}], {}, "2.02"),
    ("a million notifications", RESPONSE, [{"service": "sns", "publishes": "1M"}], {}, "0.50"),
    ("seven metrics, four alarms", RESPONSE, [{"service": "cloudwatch", "metrics": 7, "alarms": 4}], {}, "2.50"),
    ("96 controls", RESPONSE, [{"service": "cloudwatch", "metrics": 192, "alarms": 96}], {}, "67.20"),
    ("7,100 traces", RESPONSE, [{"service": "xray", "traces_recorded": 7100}], {}, "0.04"),
    ("5 million traces", RESPONSE, [{"service": "xray", "traces_recorded": 5_210_000}], {}, "26.05"),
    ("storage of findings", RESPONSE, [{"service": "dynamodb", "storage_gb": 250}], {}, "62.50"),
    ("history exported", RESPONSE, [{"service": "s3", "stored_gb": 100}], {}, "2.30"),
    # 150,000 x 0.2 s x 0.125 GB = 3,750 GB-s: 0.0625 + 0.03
    ("action log", RESPONSE,
     [{"service": "lambda", "architecture": "x86_64", "requests": 150_000, "duration_ms": 200, "memory_mb": 128}], {},
     "0.09"),
    # 30,000 x 4 s and 5,000,000 x 0.449 s of 512 MB at the page's price: 0.996 + 18.6335; 5,210,000 x 0.0000002
    ("functions of 30,000 remediations", RESPONSE,
     [{"service": "lambda", "architecture": "x86_64", "requests": 5_210_000, "gb_seconds": 1_182_500}],
     {"prices": PER_MS}, "20.67"),
    ("REST calls", RESPONSE, [{"service": "api_gateway_rest", "requests": "1M"}], {}, "3.50"),
    ("an hour of an instance a session", AGENTS, [{"service": "ec2", "instance_type": "t3.large", "instance_hours": 100}],
     {}, "8.32"),
    ("50 GB for a day a session", AGENTS, [{"service": "ebs", "volume": "gp3", "gb": 50, "hours": 2400}],
     {"hours_per_month": 720}, "13.33"),
    # 100,000 x 0.000000125, 20,000 x 0.000000625 and 0.2 GB x 0.25: 0.0125, 0.0125 and 0.05
    ("a table of sessions", AGENTS,
     [{"service": "dynamodb", "read_request_units": 100_000, "write_request_units": 20_000, "storage_gb": 0.2}], {},
     "0.07"),
    ("one t3.large", TEXT_TO_SQL, [{"service": "ec2", "instance_type": "t3.large", "instance_hours": 730}], {}, "60.74"),
    # 25 x 730 = 18,250 unit-hours of 18,600
    ("25 units of each, free", TEXT_TO_SQL, [{"service": "dynamodb", "wcu_hours": 18_250, "rcu_hours": 18_250}],
     {"free_tier": True}, "0.00"),
    ("a NAT gateway", VIRTUAL, [{"service": "nat_gateway", "hours": 730}], {}, "32.85"),
    ("three secrets", VOICE, [{"service": "secrets_manager", "secrets": 3}], {}, "1.20"),
    ("10,000 HTTP calls", VOICE, [{"service": "api_gateway_http", "requests": 10_000, "request_kb": 1}], {}, "0.01"),
    ("100,000 REST calls", PANOPTIC, [{"service": "api_gateway_rest", "requests": 100_000}], {}, "0.35"),
    ("a cache node", VEHICLES,
     [{"service": "elasticache", "node_type": "cache.t3.micro", "node_hours": 730}], {}, "12.41"),
    ("messages and calls of media", MEDIA,
     [{"service": "sqs", "standard_requests": "1M"}, {"service": "api_gateway_rest", "requests": "1M"}], {}, "3.90"),
    # 1,100,000 GB-s x 0.00001667 + 2 M x 0.0000002
    ("512 MB for a second, 3 million times", FORMER_LAMBDA,
     [{"service": "lambda", "architecture": "x86_64", "requests": "3M", "duration_ms": 1000, "memory_mb": 512}],
     {"free_tier": True, "prices": OWN_LAMBDA}, "18.74"),
    ("five secrets, 2,000 calls", CALCULATOR, [{"service": "secrets_manager", "secrets": 5, "api_calls": 2000}], {},
     "2.01"),
    ("images and a TB to the internet", CALCULATOR,
     [{"service": "ecr", "stored_gb": 50}, {"service": "data_transfer", "internet_gb": 1024}], {}, "97.16"),
    ("9.8 million events", REAL_BILL, [{"service": "eventbridge", "custom_events": 9_772_928}], {}, "9.77"),
    ("28 million GET requests", REAL_BILL, [{"service": "s3", "gets": 28_197_402}], {}, "11.28"),
    # (147,761,190 - 1,000,000) x 0.0000005
    ("a month of a FIFO queue", FIFO_BILL, [{"service": "sqs", "fifo_requests": 147_761_190}], {"free_tier": True},
     "73.38"),
    ("three alarms, two of high resolution", INFRACOST,
     [{"service": "cloudwatch", "alarms": 1, "high_resolution_alarms": 2}], {}, "0.70"),
    # 4 x 0.015 x 24 x 30
    ("a proxy before four vCPUs", NOTE, [{"service": "rds_proxy", "vcpu_hours": 2880}], {"hours_per_month": 720}, "43.20"),
    # 650,000 x 0.000000625 + 550,000 x 0.000000125
    ("an analytics application", NOTE,
     [{"service": "dynamodb", "write_request_units": 650_000, "read_request_units": 550_000}], {}, "0.48"),
    ("100 units of each for 720 hours", NOTE, [{"service": "dynamodb", "wcu_hours": 72_000, "rcu_hours": 72_000}], {},
     "56.16"),
    ("50 million events", NOTE, [{"service": "eventbridge", "custom_events": "50M"}], {}, "50.00"),
    ("three kinds of instance", NOTE,
     [{"service": "ec2", "instance_type": kind, "instance_hours": 730} for kind in ("t3.medium", "m5.large", "c5.xlarge")],
     {}, "224.55"),  # 30.37 + 70.08 + 124.10
    # a million events of 1 KB, each to a bus, a pipe and an archive: 1.00 + 0.40, 0.95 GB x (0.10 + 0.023)
    ("an archive of events", HAND,
     [{"service": "eventbridge", "custom_events": "1M", "pipes_requests": "1M", "event_kb": 1,
       "archive_processed_gb": 0.953674, "archive_stored_gb": 0.953674}], {}, "1.52"),
    # 730 x 0.0225 and 730 x 2.5 x 0.006
    ("a network load balancer", HAND, [{"service": "nlb", "lcus": 2.5}], {}, "27.38"),
    # 10 M of 10 ms at 128 MB: 12,500 GB-s x 0.00005001 and 10 x 0.60
    ("functions at the edge", HAND, [{"service": "lambda_edge", "requests": "10M", "duration_ms": 10}], {}, "6.63"),
    # half a unit for 730 hours at 0.12, 10 GB at 0.10, 5 M I/O at 0.20 a million
    ("half a capacity unit", HAND,
     [{"service": "aurora_serverless_v2", "acu_hours": 365, "storage_gb": 10, "io_requests": "5M"}], {}, "45.80"),
    # the same I/O-Optimized: 365 x 0.156 + 10 x 0.225
    ("half a capacity unit, I/O-Optimized", HAND,
     [{"service": "aurora_serverless_v2", "acu_hours": 365, "storage_gb": 10, "io_requests": "5M",
       "io_optimized": True}], {}, "59.19"),
    # 2 GB for 730 hours at 0.084, 100 M units at 0.0000000023
    ("a serverless Valkey", HAND,
     [{"service": "elasticache", "engine": "valkey", "serverless_gb_hours": 1460, "ecpus": "100M"}], {}, "122.87"),
    # a task and an instance with an address each, 10 GB to another zone, counted on both sides
    ("addresses and zones", HAND,
     [{"service": "public_ipv4", "hours": 1460}, {"service": "data_transfer", "inter_az_gb": 10}], {}, "7.50"),
]  # fmt: skip
CASES = [pytest.param(*example[2:], id=example[0]) for example in EXAMPLES]


@pytest.mark.parametrize(("rows", "more", "usd"), CASES)
def test_a_usage_document_comes_to_the_cent(rows: Rows, more: dict[str, Any], usd: str) -> None:
    assert bill(UsageDocument.from_dict({"version": 1, "usage": rows, **more})).total_usd == Decimal(usd)


AROUND = [
    pytest.param(*example[2:], id=example[0])
    for example in EXAMPLES
    if len(example[2]) == 1 and example[2][0]["service"] in USAGES
]


@pytest.mark.parametrize(("rows", "more", "usd"), AROUND)
def test_a_service_of_a_scenario_adds_the_same(rows: Rows, more: dict[str, Any], usd: str) -> None:
    """Beside compute that shares no tiers with it; what options bill by themselves is given by the month too."""
    (row,) = rows
    use = {"service": row["service"], "per_month": {name: value for name, value in row.items() if name != "service"}}
    work = {"requests_per_month": 0, "duration_ms": 1, "busy_share": 1, "working_set_mb": 100}
    options = [{"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, "front_door": "none"}]
    told = {"version": 1, "name": "n", "workload": work, "options": options, "services": [use], **more}
    with_it = compare(Scenario.from_dict({**told, "include": ["compute", "services"]})).options[0].bill
    alone = compare(Scenario.from_dict({**told, "include": ["compute"]})).options[0].bill
    assert with_it.total_usd - alone.total_usd == Decimal(usd)


def test_lines_of_a_real_bill_with_eight_percent_off() -> None:
    """Four usage types of Ireland: list price less 8 % is what was paid, to the cent (public analysis, read 2026-12-01)."""
    rows = [
        {"service": "nat_gateway", "hours": 11_904, "gb": 22_137.66},
        {"service": "vpc_endpoint", "hours": 34_824},
        {"service": "public_ipv4", "hours": 66_499.05},
    ]
    lines = bill(UsageDocument.from_dict({"version": 1, "region": "eu-west-1", "usage": rows})).lines
    paid = [f"{float(line.exact_usd) * 0.92:.2f}" for line in lines]
    assert paid == ["525.68", "977.60", "352.42", "305.90"]


def test_every_row_of_usage_documents_has_an_example() -> None:
    """From outside, or by hand where none was found: so the examples above say."""
    kinds: set[str] = set()

    def look(document: Any) -> None:
        if isinstance(document, dict):
            kinds.update([document["service"]] if isinstance(document.get("service"), str) else [])
            for value in document.values():
                look(value)
        elif isinstance(document, list):
            for value in document:
                look(value)

    for path in [ROOT / "data" / "worked_examples.json", *GOLDEN.glob("aws_*.json")]:
        look(json.loads(path.read_text("utf-8")))
    look([example[2] for example in [*FORMER, *EXAMPLES]])
    assert {"lambda", "fargate", "ec2", "lambda_managed_instances", *USAGES} - kinds == set()
