"""Services around the compute in usage documents: examples of their pages, and figures by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lambdaplan import PriceBook, UsageDocument, bill
from lambdaplan.errors import InputError
from lambdaplan.services import USAGES
from lambdaplan.services.metered import MeteredUsage


def document(row: dict[str, Any], *, free_tier: bool = False, **more: Any) -> UsageDocument:
    return UsageDocument.from_dict({"version": 1, "free_tier": free_tier, "usage": [row], **more})


def total(row: dict[str, Any], **more: Any) -> Decimal | None:
    return bill(document(row, **more)).total_usd


@pytest.mark.parametrize(("row", "free_tier", "usd"), [
    # AWS X-Ray pricing, example 1: 2,000 requests an hour, 10 % of them, 31 days; 775,000 retrieved and scanned
    ({"service": "xray", "traces_recorded": 148_800, "traces_retrieved": 775_000}, True, "0.24"),
    # AWS Step Functions pricing: 100 million express workflows of 10 s at 64 MB: 100.00 + 60 + 120 + 202.97
    ({"service": "step_functions", "express_requests": 10**8, "express_gb_seconds": 62_500_000}, True, "482.97"),
    # by hand: 730 x 0.0225 + 730 x 2 x 0.006
    ({"service": "nlb", "hours": 730, "lcus": 2}, False, "25.19"),
    # by hand: 731 started hours x 3 zones x 0.01, 100 GB x 0.01
    ({"service": "vpc_endpoint", "hours": 730.5, "zones": 3, "gb": 100}, False, "22.93"),
    # by hand: 10 M x 0.0000006; 10 M x 7 ms x 0.125 GB x 0.00005001
    ({"service": "lambda_edge", "requests": 10**7, "duration_ms": 6.1, "memory_mb": 128}, False, "6.44"),
    # by hand: 2 M messages of 33 KB are 4 M; 60 M minutes x 0.00000025
    ({"service": "api_gateway_websocket", "messages": 2 * 10**6, "message_kb": 33, "connection_minutes": 6 * 10**7},
     False, "19.00"),
    # by hand: (2,048 - 1,024) GB x 0.085; (12 M - 10 M) x 0.000001
    ({"service": "cloudfront", "gb_out": 2048, "https_requests": 12 * 10**6}, True, "89.04"),
    # by hand: 10,240 GB x 0.085 + 9,760 x 0.08
    ({"service": "cloudfront", "price_class": "EU", "gb_out": 20_000}, False, "1651.20"),
    # by hand: 3 M requests of 65 KB are 6 M, one of them free
    ({"service": "sqs", "standard_requests": 3 * 10**6, "payload_kb": 65}, True, "2.00"),
    # by hand: the free million is used up by standard queues first: 0.5 M x 0.0000004 + 1 M x 0.0000005
    ({"service": "sqs", "standard_requests": 1.5 * 10**6, "fifo_requests": 10**6}, True, "0.70"),
    # by hand: FIFO topic, 1 M messages of 1 KB to 5 queues: 0.30 + 0.95 GB x 0.017 + 0.05 + 4.77 GB x 0.001
    ({"service": "sns", "fifo_publishes": 10**6, "fifo_publish_gb": 0.95, "fifo_deliveries": 5 * 10**6,
      "fifo_delivery_gb": 4.77}, False, "0.37"),
    # by hand: (3 M - 1 M) x 0.0000005 + (200,000 - 100,000) x 0.0000006
    ({"service": "sns", "publishes": 3 * 10**6, "http_notifications": 200_000}, True, "1.06"),
    # by hand: an event of 256 KB is four
    ({"service": "eventbridge", "custom_events": 10**6, "event_kb": 256}, False, "4.00"),
    # by hand: (100,000 - 4,000) x 0.000025
    ({"service": "step_functions", "standard_transitions": 100_000}, True, "2.40"),
    # by hand: 10 M x 0.000000625 + 20 M x 0.000000125 + (30 - 25) GB x 0.25
    ({"service": "dynamodb", "write_request_units": 10**7, "read_request_units": 2 * 10**7, "storage_gb": 30},
     True, "10.00"),
    # by hand: 25 units all 730 hours are free
    ({"service": "dynamodb", "wcu_hours": 18_250, "rcu_hours": 18_250}, True, "0.00"),
    ({"service": "dynamodb", "wcu_hours": 73_000, "restored_gb": 10}, False, "48.95"),  # 47.45 + 1.50
    # by hand: 2 ACU all month, 100 GB, 10 M I/O: 175.20 + 10 + 2
    ({"service": "aurora_serverless_v2", "acu_hours": 1460, "storage_gb": 100, "io_requests": 10**7}, False, "187.20"),
    # I/O-Optimized: 1,460 x 0.156 + 100 x 0.225
    ({"service": "aurora_serverless_v2", "acu_hours": 1460, "storage_gb": 100, "io_requests": 10**7,
      "io_optimized": True}, False, "250.26"),
    ({"service": "rds_proxy", "vcpu_hours": 1460}, False, "21.90"),  # 2 vCPUs: the $22 of a small database
    ({"service": "rds_proxy", "acu_hours": 5840}, False, "87.60"),  # 8 ACUs at least: the $88
    ({"service": "elasticache", "node_type": "cache.t4g.small", "node_hours": 1460}, False, "46.72"),
    # 1 GB all month of Redis: the $91 floor; 100 million units of work
    ({"service": "elasticache", "serverless_gb_hours": 730, "ecpus": 10**8}, False, "91.59"),
    ({"service": "s3", "stored_gb": 60_000, "puts": 10**6, "gets": 10**7}, False, "1380.20"),  # 1,177.60 + 193.60 + 9
    ({"service": "ecr", "stored_gb": 12}, False, "1.20"),
    ({"service": "secrets_manager", "secrets": 3, "api_calls": 10**6}, False, "6.20"),
    ({"service": "kms", "keys": 2, "requests": 120_000}, True, "2.30"),
])  # fmt: skip
def test_a_row_comes_to(row: dict[str, Any], free_tier: bool, usd: str) -> None:
    assert total(row, free_tier=free_tier) == Decimal(usd)


def test_pollers_tenants_and_what_is_left_of_free_streaming() -> None:
    row = {"service": "lambda", "requests": 0, "duration_ms": 1, "memory_mb": 1024}
    # AWS Lambda pricing, event source mapping: 800 event poller hours are 148
    assert total({**row, "poller_hours": {"kafka": 800}}) == Decimal("148.00")
    assert total({**row, "poller_hours": {"sqs": 1460}}) == Decimal("13.51")  # 2 all month x 0.00925
    # AWS Lambda pricing, tenant isolation: 200,000 environments of 1 GB; the page's 0.000167 makes 33.40
    assert total({**row, "tenant_environments": 200_000}) == Decimal("33.33")
    streamed = {**row, "requests": 102_400, "streamed": [{"requests": 102_400, "mb_each": 7}]}  # 100 GB above 6 MB
    of_streaming = bill(document({**streamed, "streaming_free_gb_left": 40})).lines[-1]
    assert (of_streaming.quantity, of_streaming.item) == (60, "Lambda streamed answers, x86")


def test_a_price_that_no_book_has_is_a_named_gap_that_a_reader_may_fill() -> None:
    made = bill(document({"service": "alb", "lcus": 0, "trust_stores": 2}))
    assert made.total_usd is None and [line.split(":")[0] for line in made.unknown] == ["ALB trust stores"]
    own = [{"service": "alb", "item": "trust_store_hour", "price_usd": "0.0056"}]
    assert total({"service": "alb", "lcus": 0, "trust_stores": 2}, prices=own) == Decimal("24.61")  # 16.43 + 8.18
    assert bill(document({"service": "sqs", "fifo_requests": 5}, region="sa-east-1")).total_usd is None
    former = bill(document({"service": "dynamodb", "storage_gb": 1}, book="aws-2026-11-30"))
    assert [line.split(":")[0] for line in former.unknown] == ["DynamoDB storage"]


@pytest.mark.parametrize(("row", "words"), [
    ({"service": "cloudfront", "price_class": "Europe"}, "price_class"),
    ({"service": "elasticache", "node_type": "cache.t4g.smal", "node_hours": 1}, "Did you mean cache.t4g.small?"),
    ({"service": "elasticache", "node_hours": 1}, "node_type is missing"),
    ({"service": "sqs", "messages": 5}, "usage.0.messages"),
    ({"service": "dynamodb", "wcu_hours": -1}, "wcu_hours = -1 is outside"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(row: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        document(row)
    assert words in error.value.problems[0].line


METERED = [pytest.param(name, kind, id=name) for name, kind in USAGES.items() if issubclass(kind, MeteredUsage)]


@pytest.mark.parametrize(("name", "kind"), METERED)
def test_every_meter_has_a_price_in_the_newest_book_and_never_falls_with_its_field(name: str, kind: Any) -> None:
    book = PriceBook.load()
    for meter in kind.METERS:
        assert book.price(name, meter.item, "us-east-1") is not None, meter
        assert not meter.free or book.price(name, meter.free, "us-east-1") is not None, meter
        usd = [total({"service": name, meter.field: many}) for many in (0, 1000, 10**6, 10**9, 10**12)]
        assert usd == sorted(usd) and usd[0] == 0 and usd[-1] > 0, meter
