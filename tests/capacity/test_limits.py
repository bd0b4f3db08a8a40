"""The table of limits, each held at its figure, just below and just above.

The figures are typed from the pages that the table cites.
"""

from __future__ import annotations

import re
from fractions import Fraction
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

import lambdaplan
from lambdaplan import PriceBook, Scenario, Workload
from lambdaplan.capacity.limits import check, rows, used
from lambdaplan.numbers import Column
from lambdaplan.services.front_door import door_limits
from lambdaplan.services.service import Served

# id: figure, unit, whether AWS raises it
PUBLISHED = {
    "lambda.concurrency": (1000, "executions", True),
    "lambda.requests_per_s": (10, "requests/s", True),  # for each concurrent execution of the account
    "lambda.scaling_10s": (1000, "environments", False),
    "lambda.timeout_s": (900, "s", False),
    "lambda.memory_max_mb": (10_240, "MB", False),
    "lambda.streamed_response_mb": (200, "MB", False),  # Lambda quotas, since 2025-07-31
    "lambda.async_request_mb": (1, "MB", False),  # Lambda quotas, since 2025-10-24
    "function_url.streamed_response_mb": (200, "MB", False),
    "rest_api.streamed_timeout_s": (900, "s", False),  # What's New, 2025-11-19: 15 minutes
    "lambda_managed.async_timeout_s": (5400, "s", False),  # Lambda quotas, since 2026-09-10: 90 minutes
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
    "lambda_web.timeout_s": (900, "s", False),
    "lambda_web.requests_per_s": (100_000, "requests/s", True),
    "lambda_web.endpoint_requests_per_s": (10_000, "requests/s", True),
    "lambda_web.vcpu": (2000, "vCPU", True),
}
# Ranges of fields, or settings that no scenario has.
HELD_BY_FIELDS = {
    ("lambda_managed.environment_min_gb", 2),
    ("lambda_managed.environment_max_gb", 32),
    ("lambda_managed.requests_at_once", 1600),
    ("lambda_web.timeout_min_s", 3),
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
        *HELD_BY_FIELDS,
    }
    assert {id for id, _ in others - HELD_BY_FIELDS} <= set(used())
    assert check("ec2.vcpu", 6).source.endswith("2026-10-07; others say 32 or 1,152 vCPU")


def test_an_unknown_limit_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"lambda\.timeout"):
        check("lambda.timeout", 1)


def work(**changed: object) -> Workload:
    fields = {"requests_per_month": 1, "duration_ms": Fraction(100), "working_set_mb": 1, **changed}
    return Workload(**fields)


def served(door: str, workload: Workload, longest_ms: object, rps: Fraction, to_lambda: bool, region: str) -> Served:
    """An option of a month as a service sees it."""
    return Served(
        SimpleNamespace(workload=workload, region=region),
        SimpleNamespace(
            front_door=door,
            has_function=to_lambda,
            calls_lambda=to_lambda,
            own_door="",
            has_units=False,
            streams=False,
            is_async=False,
        ),
        SimpleNamespace(peak_rps=rps, slowest_ms=longest_ms),
    )


def held(door: str, *, to_lambda: bool, region: str = "us-east-1", longest_ms: int = 1, rps: int = 1, **sizes: object):
    limits = door_limits(served(door, work(**sizes), Fraction(longest_ms), Fraction(rps), to_lambda, region))
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
    longest_ms = Column([59_999, 60_000, 60_001], grid=1)
    limits = door_limits(served("alb", work(response_kb=sizes), longest_ms, Fraction(1), True, "us-east-1"))
    assert limits[0].broken.tolist() == [0, 0, 1]
    assert limits[3].broken.tolist() == [0, 0, 1]


# ---------------------------------------------------------------- every row through a whole comparison

ONE_RPS = 3600 * 730  # requests a month
LAMBDA = {"kind": "lambda", "memory_mb": 1769, "front_door": "none"}
TASKS = {"kind": "fargate", "vcpu": 0.25, "memory_gb": 1, "survive_zone_loss": False, "min_units": 1}
MACHINES = {"kind": "ec2", "instance_type": "c7g.medium", "survive_zone_loss": False, "min_units": 1}
REQUESTS = "workload.requests_per_month"
FLAT = {"shape": "flat", "burst": 1}


class Row(NamedTuple):
    """What an option is asked for so that a value of the scenario is at a limit of the table."""

    path: str
    at: float
    option: dict[str, object]
    words: str
    work: dict[str, object] = {}  # noqa: RUF012 - never changed
    region: str = "us-east-1"


WEB = {"kind": "lambda_web"}
STREAMED = {**LAMBDA, "streamed": True}
MANAGED = {"kind": "lambda_managed_instances", "instance_type": "m7i.large", "invocation": "async"}


def through(door: str, option: dict[str, object] = TASKS) -> dict[str, object]:
    return {**option, "front_door": door}


HELD = {
    # 0.1 s each: 10,000 a second are 1,000 at once; 0.05 s each: 500
    "lambda.concurrency": Row(REQUESTS, 10_000 * ONE_RPS, LAMBDA, "Lambda concurrent executions"),
    "lambda.requests_per_s": Row(REQUESTS, 10_000 * ONE_RPS, LAMBDA, "allow its requests a second", {"duration_ms": 50}),
    # a burst of 2, for 0.1 s: half of those at the peak come at once
    "lambda.scaling_10s": Row(REQUESTS, 10_000 * ONE_RPS, LAMBDA, "asked for at once", {"traffic": {"shape": "flat", "burst": 2}}),
    "lambda.timeout_s": Row("workload.duration_ms", 900_000, LAMBDA, "Lambda duration"),
    "lambda.memory_max_mb": Row("workload.working_set_mb", 10_240, {**LAMBDA, "memory_mb": "auto"}, "Lambda memory"),
    "lambda.request_mb": Row("workload.request_kb", 6 * MB, LAMBDA, "Lambda request payload"),
    "lambda.response_mb": Row("workload.response_kb", 6 * MB, LAMBDA, "Lambda response payload"),
    "lambda.streamed_response_mb": Row("workload.response_kb", 200 * MB, STREAMED, "Lambda streamed response"),
    "lambda.async_request_mb": Row("workload.request_kb", MB, {**LAMBDA, "invocation": "async"}, "asynchronous Lambda"),
    "function_url.streamed_response_mb": Row("workload.response_kb", 200 * MB, through("function_url", STREAMED), "function URL streamed"),
    "rest_api.streamed_timeout_s": Row("workload.timeout_ms", 900_000, through("rest_api", STREAMED), "REST API streamed response"),
    "lambda_managed.async_timeout_s": Row("workload.duration_ms", 5_400_000, MANAGED, "Lambda duration"),
    "function_url.timeout_s": Row("workload.timeout_ms", 900_000, through("function_url", LAMBDA), "function URL time-out"),
    "function_url.request_mb": Row("workload.request_kb", 6 * MB, through("function_url", LAMBDA), "function URL request"),
    "function_url.response_mb": Row("workload.response_kb", 6 * MB, through("function_url", LAMBDA), "function URL response"),
    "http_api.timeout_s": Row("workload.timeout_ms", 30_000, through("http_api"), "HTTP API time-out"),
    "http_api.request_mb": Row("workload.request_kb", 10 * MB, through("http_api"), "HTTP API request"),
    "http_api.response_mb": Row("workload.response_kb", 10 * MB, through("http_api"), "HTTP API response"),
    "rest_api.timeout_s": Row("workload.timeout_ms", 29_000, through("rest_api"), "REST API time-out"),
    "rest_api.request_mb": Row("workload.request_kb", 10 * MB, through("rest_api"), "REST API request"),
    "rest_api.response_mb": Row("workload.response_kb", 10 * MB, through("rest_api"), "REST API response"),
    "api_gateway.requests_per_s": Row(REQUESTS, 10_000 * ONE_RPS, through("http_api", LAMBDA), "API Gateway requests"),
    "alb.lambda_request_mb": Row("workload.request_kb", MB, through("alb", LAMBDA), "load balancer to Lambda: request"),
    "alb.lambda_response_mb": Row("workload.response_kb", MB, through("alb", LAMBDA), "load balancer to Lambda: response"),
    "alb.targets": Row("options.0.units", 1000, TASKS, "load balancer targets"),
    "alb.idle_timeout_s": Row("workload.duration_ms", 60_000, TASKS, "idle time-out as it is set at first"),
    "alb.idle_timeout_max_s": Row("workload.timeout_ms", 4_000_000, TASKS, "load balancer idle time-out"),
    "ecs.tasks": Row("options.0.units", 5000, TASKS, "tasks of one ECS service"),
    "fargate.vcpu": Row("options.0.units", 24, TASKS, "Fargate vCPUs on demand"),  # of a quarter each
    "ec2.vcpu": Row("options.0.units", 5, MACHINES, "EC2 vCPUs of standard instances on demand"),
    "ec2.spot_vcpu": Row("options.0.units", 5, {**MACHINES, "purchase": "spot"}, "EC2 vCPUs of standard Spot"),
    "lambda_web.timeout_s": Row("workload.duration_ms", 900_000, WEB, "Web Functions duration"),
    "lambda_web.requests_per_s": Row(REQUESTS, 100_000 * ONE_RPS, WEB, "web function requests per second"),
    "lambda_web.endpoint_requests_per_s": Row(REQUESTS, 10_000 * ONE_RPS, WEB, "requests per second of one web function"),
    # 1 request of 0.1 s at once an environment: 1,000 of them are 2,000 vCPU
    "lambda_web.vcpu": Row(REQUESTS, 10_000 * ONE_RPS, {**WEB, "requests_at_once": 1, "target_utilisation": 1}, "vCPUs of web function"),
}  # fmt: skip
HELD |= {
    f"api_gateway.requests_per_s/{region}": Row(
        REQUESTS, 2500 * ONE_RPS, through("http_api", LAMBDA), "API Gateway requests", {}, region
    )
    for region in SLOWER
}


def test_every_row_that_is_used_is_held_against_an_option() -> None:
    assert set(HELD) == set(used())


@pytest.mark.parametrize("id", HELD)
def test_an_option_breaks_a_row_just_above_it_only(id: str) -> None:
    row, adjustable = HELD[id], PUBLISHED[id][2]
    given = {"requests_per_month": 1, "duration_ms": 100, "busy_share": 0, "measured_memory_mb": 1769}
    workload = given | {"working_set_mb": 100, "traffic": FLAT} | row.work
    document = {"version": 1, "name": "limit", "region": row.region, "workload": workload, "options": [row.option]}
    document["memory_headroom"] = 0  # the whole size may be needed
    for more, broken in ((-1, False), (0, False), (2, True)):  # 2: the burst halves it
        result = lambdaplan.compare(Scenario.from_dict(document, [f"{row.path}={row.at + more}"])).options[0]
        found = [limit for limit in result.violations if row.words in limit.limit]
        if id.startswith("alb.idle"):  # a longer one than at first is asked for below the longest
            found = [limit for limit in found if limit.adjustable == adjustable]
        assert bool(found) is broken, (more, result.violations)
        if broken:
            assert result.feasible is (adjustable or found[0].advisory)
            assert found[0].adjustable is adjustable
            assert result.bill.lines  # it keeps its bill


def test_a_new_accounts_quota_says_so_which_it_is_and_what_to_ask_for() -> None:
    document = {
        "version": 1,
        "name": "quota",
        "workload": {"requests_per_month": 1, "duration_ms": 100, "busy_share": 0, "working_set_mb": 100},
        "options": [
            {**TASKS, "units": 25},
            {**MACHINES, "units": 6},
            {**TASKS, "units": 25, "purchase": "spot"},
            {"kind": "hybrid", "base": {**TASKS, "min_units": 25}, "level": 1},
        ],
    }
    comparison = lambdaplan.compare(Scenario.from_dict(document))
    fargate, ec2, hybrid = comparison.warnings[:3]
    assert "Fargate vCPUs on demand (quota L-3032A538), default of a new account" in fargate
    assert "6.2 vCPU, allowed 6; ask AWS for 7" in fargate and "others say 4,000 or 12 vCPU" in fargate
    assert "EC2 vCPUs of standard instances on demand (quota L-1216C47A), as seen in a new account" in ec2
    assert "ask AWS for 6" in ec2 and "others say 32 or 1,152 vCPU" in ec2
    assert hybrid.startswith("Hybrid") and "L-3032A538" in hybrid
    assert all(result.feasible for result in comparison.options)


# ---------------------------------------------------------------- the reader's own time-out

# 100 ms of computing on one vCPU; 150 ms measured on a Lambda of 1,024 MB
WAYS = {
    "whole vCPU": ({**LAMBDA}, 100),
    "measured": ({**LAMBDA, "memory_mb": 1024}, 150),
    "half a vCPU": ({**TASKS, "vcpu": 0.5}, 200),
    "an instance": (MACHINES, 100),
    "the slower part of a hybrid": (
        {"kind": "hybrid", "base": {**TASKS, "vcpu": 1, "memory_gb": 2}, "overflow": {"kind": "lambda", "memory_mb": 1024}},
        150,
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_mean_above_the_readers_time_out_is_infeasible(way: str) -> None:
    option, wall_ms = WAYS[way]
    for timeout_ms, feasible in (
        (wall_ms + Fraction(1, 1000), True),
        (wall_ms, True),
        (wall_ms - Fraction(1, 1000), False),
    ):
        workload = {
            "requests_per_month": 10**6, "duration_ms": 100, "busy_share": 1, "measured_memory_mb": 1769,
            "working_set_mb": 100, "durations": [{"memory_mb": 1769, "duration_ms": 100}, {"memory_mb": 1024, "duration_ms": 150}],
            "timeout_ms": float(timeout_ms),
        }  # fmt: skip
        document = {"version": 1, "name": "late", "workload": workload, "options": [option]}
        result = lambdaplan.compare(Scenario.from_dict(document)).options[0]
        assert result.feasible is feasible
        fixed = [limit for limit in result.violations if not limit.adjustable]
        assert (
            [limit.limit for limit in fixed] == []
            if feasible
            else ["mean wall time of a request, at most `timeout_ms`"]
        )
        assert all((limit.value, limit.source) == (wall_ms, "the scenario") for limit in fixed)
        assert result.cost_usd


def test_a_chosen_memory_answers_within_the_readers_time_out() -> None:
    # all computing: 176,900 / MB milliseconds with two threads. Without a time-out 1,769 MB x 100 ms are the least that
    # can be billed; with one of 99 ms that is the next size whose time is whole: 2,900 MB x 61 ms.
    workload = {"requests_per_month": 10**6, "duration_ms": 100, "busy_share": 1, "measured_memory_mb": 1769}
    workload |= {"working_set_mb": 100, "cpu_threads": 2, "timeout_ms": 99}
    document = {"version": 1, "name": "late", "workload": workload, "options": [{**LAMBDA, "memory_mb": "auto"}]}
    result = lambdaplan.compare(Scenario.from_dict(document)).options[0]
    assert result.feasible and result.option.memory_mb == 2900
    swept = document | {"sweep": {"over": "workload.timeout_ms", "from": 90, "to": 110, "scale": "linear"}}
    swept["options"] = [{**LAMBDA, "memory_mb": 1769}]
    (crossover,) = lambdaplan.compare(Scenario.from_dict(swept)).crossovers
    assert (crossover.at, crossover.below, crossover.above) == (100, None, "Lambda 1769 MB")
