"""The table of limits, each held at its figure, just below and just above.

The figures are typed from the pages that the table cites.
"""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from lambdaplan import PriceBook, Workload
from lambdaplan.limits import check, rows, used
from lambdaplan.services import door_limits
from lambdaplan.units import Column

# id: figure, unit, whether AWS raises it
PUBLISHED = {
    "lambda.concurrency": (1000, "executions", True),
    "lambda.requests_per_s": (10, "requests/s", True),  # for each concurrent execution of the account
    "lambda.scaling_10s": (1000, "environments", False),
    "lambda.timeout_s": (900, "s", False),
    "lambda.memory_max_mb": (10_240, "MB", False),
    "lambda.request_mb": (6, "MB", False),
    "lambda.response_mb": (6, "MB", False),
    "function_url.timeout_s": (900, "s", False),
    "function_url.request_mb": (6, "MB", False),
    "function_url.response_mb": (6, "MB", False),
    "http_api.timeout_s": (30, "s", False),
    "http_api.request_mb": (10, "MB", False),
    "http_api.response_mb": (10, "MB", False),
    "rest_api.timeout_s": (29, "s", True),  # since 2024-06-04
    "rest_api.request_mb": (10, "MB", False),
    "rest_api.response_mb": (10, "MB", False),
    "api_gateway.requests_per_s": (10_000, "requests/s", True),
    "alb.lambda_request_mb": (1, "MB", False),
    "alb.lambda_response_mb": (1, "MB", False),
    "alb.targets": (1000, "targets", True),
    "alb.idle_timeout_s": (60, "s", True),
    "alb.idle_timeout_max_s": (4000, "s", False),
    "ecs.tasks": (5000, "tasks", True),
    "fargate.vcpu": (6, "vCPU", True),
    "ec2.vcpu": (5, "vCPU", True),
    "ec2.spot_vcpu": (5, "vCPU", True),
}
# "Amazon API Gateway quotas": 2,500 requests per second in 13 regions
SLOWER = (
    "af-south-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ca-west-1",
    "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "mx-central-1",
)  # fmt: skip
PUBLISHED |= {f"api_gateway.requests_per_s/{region}": (2500, "requests/s", True) for region in SLOWER}


def test_every_row_that_is_used_has_a_figure_here() -> None:
    assert set(used()) == set(PUBLISHED)
    ids = [row.id for row in rows() if row.used]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("id", PUBLISHED)
def test_a_limit_holds_at_its_figure_and_breaks_above(id: str) -> None:
    value, unit, adjustable = PUBLISHED[id]
    little = Fraction(1, 10**9)
    for asked, broken in ((value - little, False), (Fraction(value), False), (value + little, True)):
        limit = check(id, asked)
        assert (limit.broken, limit.allowed, limit.unit, limit.adjustable) == (broken, value, unit, adjustable)
        assert limit.value == asked
    row = used()[id]
    assert limit.source.split("; others say")[0] == f"{row.source}, {row.date}"
    assert row.source
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", row.date)
    assert limit.limit == row.limit


@pytest.mark.parametrize("id", PUBLISHED)
def test_a_limit_along_a_sweep(id: str) -> None:
    value = PUBLISHED[id][0]
    wholes = Column([value - 1, value, value + 1], grid=1)  # whole numbers are told apart
    assert check(id, wholes).broken.tolist() == [0, 0, 1]
    floats = check(id, Column([value - 1e-6, value, value + 1e-6])).broken
    assert (floats[0], floats[2]) == (0, 1)
    assert np.isnan(floats[1])  # a float at the limit is left to exact numbers


def test_seconds_are_held_in_milliseconds() -> None:
    for asked, broken in ((29_999, False), (30_000, False), (Fraction("30000.001"), True)):
        limit = check("http_api.timeout_s", asked, times=1000, unit="ms", words="HTTP API answers in time")
        assert (limit.broken, limit.allowed, limit.unit) == (broken, 30_000, "ms")
        assert limit.limit == "HTTP API answers in time"


def test_requests_per_second_follow_the_concurrency() -> None:
    # "Lambda quotas": ten times the concurrency of the account, 10,000 by default
    assert not check("lambda.requests_per_s", 10_000, times=1000).broken
    assert check("lambda.requests_per_s", 10_001, times=1000).broken
    assert not check("lambda.requests_per_s", 30_000, times=3000).broken


def test_what_other_sources_say_stays_in_the_table_unused() -> None:
    others = {(row.id, int(row.value)) for row in rows() if not row.used}
    assert others == {
        ("lambda.scaling_10s", 3000),
        ("fargate.vcpu", 12),
        ("fargate.vcpu", 4000),
        ("ec2.vcpu", 32),
        ("ec2.vcpu", 1152),
        ("ec2.spot_vcpu", 32),
        ("ec2.spot_vcpu", 640),
    }
    assert {id for id, _ in others} <= set(used())
    assert check("ec2.vcpu", 6).source.endswith("2026-10-07; others say 32 or 1,152 vCPU")


def test_an_unknown_limit_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"lambda\.timeout"):
        check("lambda.timeout", 1)


def work(**changed: object) -> Workload:
    fields = {"requests_per_month": 1, "duration_ms": Fraction(100), "working_set_mb": 1, **changed}
    return Workload(**fields)


def held(door: str, *, to_lambda: bool, region: str = "us-east-1", longest_ms: int = 1, rps: int = 1, **sizes: object):
    limits = door_limits(
        door, work(**sizes), peak_rps=Fraction(rps), longest_ms=Fraction(longest_ms), to_lambda=to_lambda, region=region
    )
    return [(limit.limit, int(limit.allowed), limit.unit, limit.broken) for limit in limits]


MB = 1024  # in KB


@pytest.mark.parametrize(("door", "to_lambda", "expected"), [
    ("none", True, []),
    ("none", False, []),
    ("function_url", False, []),  # nothing stands before a fleet
    ("function_url", True, [
        ("function URL time-out", 900_000, "ms"), ("function URL request payload", 6, "MB"),
        ("function URL response payload", 6, "MB"),
    ]),
    ("http_api", False, [
        ("HTTP API time-out", 30_000, "ms"), ("HTTP API request payload", 10, "MB"),
        ("HTTP API response payload", 10, "MB"), ("API Gateway requests per second, account and region", 10_000, "requests/s"),
    ]),
    ("rest_api", True, [
        ("REST API time-out", 29_000, "ms"), ("REST API request payload", 10, "MB"),
        ("REST API response payload", 10, "MB"), ("API Gateway requests per second, account and region", 10_000, "requests/s"),
    ]),
    ("alb", False, [
        ("load balancer idle time-out as it is set at first", 60_000, "ms"), ("load balancer idle time-out", 4_000_000, "ms"),
    ]),
    ("alb", True, [
        ("load balancer idle time-out as it is set at first", 60_000, "ms"), ("load balancer idle time-out", 4_000_000, "ms"),
        ("load balancer to Lambda: request body", 1, "MB"), ("load balancer to Lambda: response", 1, "MB"),
    ]),
])  # fmt: skip
def test_the_limits_of_each_front_door(door: str, to_lambda: bool, expected: list) -> None:
    assert held(door, to_lambda=to_lambda) == [(*limit, False) for limit in expected]


@pytest.mark.parametrize(("door", "ms", "request_kb", "response_kb", "rps"), [
    ("function_url", 900_000, 6 * MB, 6 * MB, None),
    ("http_api", 30_000, 10 * MB, 10 * MB, 10_000),
    ("rest_api", 29_000, 10 * MB, 10 * MB, 10_000),
])  # fmt: skip
def test_a_door_breaks_just_above_each_limit(door: str, ms: int, request_kb: int, response_kb: int, rps: int) -> None:
    at = {"longest_ms": ms, "request_kb": request_kb, "response_kb": response_kb, "rps": rps or 10**6}
    places = {"longest_ms": 0, "request_kb": 1, "response_kb": 2, "rps": 3}
    assert not any(broken for *_, broken in held(door, to_lambda=True, **at))
    for name, place in places.items():
        if name == "rps" and rps is None:
            continue
        above = held(door, to_lambda=True, **{**at, name: at[name] + 1})
        assert [broken for *_, broken in above] == [index == place for index in range(len(above))]


def test_a_load_balancer_passes_one_mb_to_lambda_only() -> None:
    assert [broken for *_, broken in held("alb", to_lambda=True, request_kb=MB, response_kb=MB + 1)] == [
        False, False, False, True,
    ]  # fmt: skip
    assert not any(broken for *_, broken in held("alb", to_lambda=False, request_kb=100 * MB, response_kb=100 * MB))
    waits = held("alb", to_lambda=False, longest_ms=60_001)
    assert [broken for *_, broken in waits] == [True, False]
    assert [broken for *_, broken in held("alb", to_lambda=False, longest_ms=4_000_001)] == [True, True]


@pytest.mark.parametrize("region", SLOWER)
def test_api_gateway_takes_fewer_requests_in_some_regions(region: str) -> None:
    assert region in PriceBook.load().regions
    assert held("http_api", to_lambda=True, region=region, rps=2500)[-1][1:] == (2500, "requests/s", False)
    assert held("http_api", to_lambda=True, region=region, rps=2501)[-1][3]


def test_a_door_along_a_sweep() -> None:
    sizes = Column([1023, 1024, 1025], grid=1)
    limits = door_limits(
        "alb", work(response_kb=sizes), peak_rps=1, longest_ms=Column([59_999, 60_000, 60_001], grid=1),
        to_lambda=True, region="us-east-1",
    )  # fmt: skip
    assert limits[0].broken.tolist() == [0, 0, 1]
    assert limits[3].broken.tolist() == [0, 0, 1]
