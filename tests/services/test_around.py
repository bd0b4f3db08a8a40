"""Services around of a scenario: what each option's bill has of them, and where that changes the answer."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lambdaplan import Scenario, UsageDocument, bill, compare
from lambdaplan.errors import InputError
from lambdaplan.services.around import ServiceUse
from lambdaplan.services.usages import USAGES
from places import GOLDEN

WORK = {"requests_per_month": 10_000_000, "duration_ms": 200, "working_set_mb": 180, "busy_share": 0.3}
OPTIONS = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}]
INCLUDE = ["compute", "front_door", "services"]
PROXY = {"service": "rds_proxy", "per_month": {"vcpu_hours": 1460}, "options": ["lambda"]}


def scenario(*uses: dict[str, Any], include: list[str] | None = None, **changed: Any) -> Scenario:
    document = {"version": 1, "name": "around", "workload": WORK, "options": OPTIONS, "services": list(uses)}
    return Scenario.from_dict({**document, "include": include or INCLUDE, **changed})


def lines_of(made: Scenario, place: int, service: str) -> dict[str, tuple[Fraction, Decimal | None]]:
    lines = compare(made).options[place].bill.lines
    return {line.price_item: (line.quantity, line.amount_usd) for line in lines if line.service == service}


@pytest.mark.parametrize(("use", "row"), [
    ({"service": "dynamodb", "per_request": {"read_request_units": 2}, "per_month": {"storage_gb": 20}},
     {"service": "dynamodb", "read_request_units": 20_000_000, "storage_gb": 20}),
    # so much a request and so much a month of one field add up; a size stays what it is
    ({"service": "sqs", "per_request": {"standard_requests": 0.3, "payload_kb": 70},
      "per_month": {"standard_requests": 1_000_000}},
     {"service": "sqs", "standard_requests": 4_000_000, "payload_kb": 70}),
    ({"service": "elasticache", "per_month": {"node_type": "cache.t4g.small", "node_hours": 1460}},
     {"service": "elasticache", "node_type": "cache.t4g.small", "node_hours": 1460}),
    ({"service": "lambda_edge", "per_request": {"requests": 1, "duration_ms": 5}},
     {"service": "lambda_edge", "requests": 10_000_000, "duration_ms": 5}),
    # three of four requests of viewers end at CloudFront: 40 M ask it, 4 KB each, and 1 KB of ours goes on
    ({"service": "cloudfront", "hit_share": 0.75, "per_month": {"price_class": "EU"}},
     {"service": "cloudfront", "price_class": "EU", "https_requests": 40_000_000,
      "gb_out": 152.587890625, "gb_to_origin": 9.5367431640625}),
])  # fmt: skip
@pytest.mark.parametrize("free_tier", [False, True])
def test_what_requests_use_is_billed_as_a_usage_document_has_it(
    use: dict[str, Any], row: dict[str, Any], free_tier: bool
) -> None:
    """The bill of an option is the one without, and that of the usage of all its requests."""
    with_use = compare(scenario(use, free_tier=free_tier)).options
    without = compare(scenario(include=["compute", "front_door"], free_tier=free_tier)).options
    alone = bill(UsageDocument.from_dict({"version": 1, "free_tier": free_tier, "usage": [row]})).exact_usd
    for result, plain in zip(with_use, without, strict=True):
        assert result.bill.exact_usd - plain.bill.exact_usd == alone


def test_a_proxy_that_only_functions_need_turns_the_answer() -> None:
    """$21.90 against Lambda's lead of less."""
    assert compare(scenario(include=["compute", "front_door"])).winner == "Lambda 1024 MB"
    with_proxy = compare(scenario(PROXY))
    assert with_proxy.winner == "Fargate 0.5 vCPU 1 GB"
    assert lines_of(scenario(PROXY), 0, "rds_proxy") == {"vcpu_hour": (Fraction(1460), Decimal("21.90"))}
    words = [line.item for line in with_proxy.options[1].bill.lines if not line.unit]
    assert "Services around: none" in words  # the other bill says why it has none


def test_answers_behind_content_delivery_leave_through_it() -> None:
    front = {"service": "cloudfront", "hit_share": 0.5, "options": ["fargate"]}
    made = scenario(front, include=[*INCLUDE, "network"])
    sent = [lines_of(made, place, "data_transfer").get("internet_out") for place in (0, 1)]
    assert sent[0] is not None and sent[0][0] == Fraction(10_000_000 * 4, 1024 * 1024) and sent[1] is None
    assert lines_of(made, 1, "cloudfront")["https_requests/United States"][0] == 20_000_000


def test_what_requests_fetch_through_a_nat_gateway_is_processed_there() -> None:
    """10 M x 200 KB are 1,907 GB x 0.045 = $85.83 more, on the bills of the function in a VPC and of the tasks."""
    given = json.loads((GOLDEN / "field" / "f4_nat_inbound.json").read_text("utf-8"))
    more = {**given, "workload": {**given["workload"], "inbound_kb": 200}}
    before, now = (compare(Scenario.from_dict(document)).options for document in (given, more))
    for one, other in zip(before, now, strict=True):
        usd = other.bill.exact_usd - one.bill.exact_usd
        assert usd == Fraction(10_000_000 * 200, 1024**2) * Fraction(45, 1000) and round(float(usd), 2) == 85.83


@pytest.mark.parametrize(("path", "to"), [
    ("services.0.per_month.vcpu_hours", 5000),
    ("services.1.per_request.standard_requests", 20),
    ("services.1.hit_share", 0),
])  # fmt: skip
def test_its_numbers_are_axes_whose_crossovers_hold_on_both_sides(path: str, to: float) -> None:
    second = {"service": "sqs", "per_request": {"standard_requests": 3, "payload_kb": 70}, "options": ["lambda"]}
    if path.endswith("hit_share"):
        second = {"service": "cloudfront", "hit_share": 0.1, "options": ["lambda"]}
    axis = {"over": path, "from": 0, "to": to or 0.99, "scale": "linear"}
    comparison = compare(scenario(PROXY, second, sweep=axis, workload={**WORK, "requests_per_month": 2_000_000}))
    grain = comparison.axis.grain
    for crossover in comparison.crossovers:
        place = round(crossover.at / grain)
        sides = [comparison.there(at).best.label for at in (place - 1, place)]
        assert sides == [crossover.below, crossover.above]
    assert len(comparison.crossovers) == 1


def test_a_scenario_reads_what_it_writes() -> None:
    made = scenario(PROXY, {"service": "sqs", "per_request": {"standard_requests": "3", "payload_kb": "70KB"}})
    assert Scenario.from_dict(made.document()) == made
    assert made.value_at("services.1.per_request.payload_kb") == 70
    assert (
        made.with_values({"services.1.per_request.payload_kb": 10}).value_at("services.1.per_request.payload_kb") == 10
    )


@pytest.mark.parametrize(("use", "words"), [
    ({"service": "dynamo"}, "Did you mean dynamodb?"),
    ({"service": "sqs", "per_request": {"standard_request": 1}}, "Did you mean standard_requests?"),
    ({"service": "sqs", "per_request": {"standard_requests": -1}}, "standard_requests = -1 is outside"),
    ({"service": "sqs", "per_request": 3}, "services.0.per_request = 3"),
    ({"service": "sqs", "hit_share": 0.5}, "only cloudfront answers requests itself"),
    ({"service": "cloudfront", "hit_share": 1}, "hit_share = 1 is outside 0..0.999"),
    ({"service": "lambda_edge", "per_request": {"requests": 1}}, "services.0.per_request.duration_ms is missing"),
    ({"service": "elasticache", "per_month": {"node_hours": 730}}, "services.0.per_month.node_type is missing"),
    ({"service": "sqs", "options": ["lamda"]}, "Did you mean lambda?"),
])  # fmt: skip
def test_what_is_wrong_is_one_line(use: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        scenario(use)
    assert len(error.value.problems) == 1 and words in error.value.problems[0].line


def test_included_services_must_be_given() -> None:
    with pytest.raises(InputError, match="services is missing"):
        scenario()


def test_every_service_of_usage_documents_can_stand_around() -> None:
    for name in USAGES:
        assert ServiceUse(service=name).kind is USAGES[name]


POLLS = (
    {"service": "sqs", "per_request": {"standard_requests": 3}, "per_month": {"standard_requests": 657_000},
     "options": ["lambda"]},
    {"service": "sqs", "per_request": {"standard_requests": 3}, "per_unit_hour": {"standard_requests": 180},
     "options": ["fargate"]},
)  # fmt: skip


def test_tasks_poll_a_queue_by_their_hours_and_a_function_by_five_pollers() -> None:
    """A long poll every 20 s: 5 x 180 x 730 = 657,000 of Lambda's pollers; 2 tasks x 730 h x 180 = 262,800."""
    function, tasks = compare(scenario(*POLLS, workload={**WORK, "requests_per_month": 1_000_000})).options[:2]
    asked = [sum(line.quantity for line in option.bill.lines if line.service == "sqs") for option in (function, tasks)]
    assert function.option.kind == "lambda" and tasks.option.kind == "fargate"
    assert asked == [3_657_000, 3_262_800]


def test_units_that_are_more_ask_more_and_crossovers_hold() -> None:
    told = scenario(*POLLS, workload={**WORK, "requests_per_month": 2_000_000})
    comparison = compare(told)
    for crossover in comparison.crossovers:
        sides = [comparison.there(at).best.label for at in (crossover.at - 1, crossover.at)]
        assert sides == [crossover.below, crossover.above]
    assert "services.1.per_unit_hour.standard_requests" in told.axes()
    assert Scenario.from_dict(told.document()) == told


def test_more_connections_than_a_database_takes_are_told_unless_a_proxy_shares_them() -> None:
    """100 requests a second of a second: a hundred connections of a function, more at the peak; two tasks hold 20."""
    busy = {**WORK, "requests_per_month": 262_800_000, "duration_ms": 1000, "busy_share": 0.01, "cpu_ms": None}
    work = {name: value for name, value in busy.items() if value is not None}
    database = {"service": "aurora_serverless_v2", "per_month": {"acu_hours": 1460}, "most_connections": 90}
    proxy = {"service": "rds_proxy", "per_month": {"acu_hours": 5840}, "options": ["lambda"]}
    for services, told in (((database,), True), ((database, proxy), False)):
        comparison = compare(scenario(*services, workload=work))
        asked = [warning for warning in comparison.warnings if "connections of aurora_serverless_v2" in warning]
        assert bool(asked) == told and all("Lambda" in warning for warning in asked)
        assert all(option.feasible for option in comparison.options)


@pytest.mark.parametrize(("use", "words"), [
    ({"service": "sqs", "most_connections": 5}, "only aurora_serverless_v2 and elasticache hold connections"),
    ({"service": "sqs", "per_unit_hour": {"payload_kb": 5}}, "Give it in per_request or per_month."),
])  # fmt: skip
def test_what_units_do_not_bring_is_one_line(use: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        scenario(use)
    assert words in error.value.problems[0].line


@pytest.mark.parametrize(("stand", "hours", "crossing"), [
    ("zonal", 1460, 0), ("regional", 1460, 0), ("single", 730, Fraction(10_000_000 * 20, 1024**2))
])  # fmt: skip
def test_one_nat_gateway_is_half_as_dear_and_half_of_the_data_crosses(
    stand: str, hours: int, crossing: Fraction
) -> None:
    """Two zones, 10 M requests that fetch 20 KB: half of 190.7 GB crosses to the gateway, and both sides are paid."""
    work = {**WORK, "requests_per_month": 10_000_000, "inbound_kb": 20}
    network = {"subnets": "private", "nat_gateways": stand}
    told = scenario(include=["compute", "network"], network=network, workload=work, services=[])
    lines = next(one for one in compare(told).options if one.option.kind == "fargate").bill.lines
    quantity = {line.price_item: line.quantity for line in lines}
    assert quantity["gateway_hour"] == hours
    assert quantity.get("inter_az_each_direction", 0) == crossing
