"""Front doors, addresses, gateways, data out and logs, against published examples and by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lambdaplan import PriceBook, Scenario, UsageDocument, Workload, bill, compare
from lambdaplan.comparison.month import month
from lambdaplan.numbers import Column
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.usage import Usage
from lambdaplan.services.front_door import AlbUsage, FunctionUrlUsage, front_door
from lambdaplan.services.logs import logs_usage
from lambdaplan.services.network import Network, network_usage
from lambdaplan.services.service import Served

HOURS = Fraction(730)
GB = 1024 * 1024  # in KB


def work(**changed: object) -> Workload:
    fields = {"requests_per_month": 10_000_000, "duration_ms": Fraction(100), "working_set_mb": 1, **changed}
    return Workload(**fields)


def billed(usage: list, region: str = "us-east-1", hours: Fraction = HOURS, *, free_tier: bool = False):
    return bill(
        SimpleNamespace(
            usage=usage, book=PriceBook.load(), region=region, hours_per_month=hours, free_tier=free_tier, commits=False
        )
    )


def lines(usage: list, region: str = "us-east-1", hours: Fraction = HOURS) -> list:
    return [(line.item, line.quantity, line.amount_usd) for line in billed(usage, region, hours).lines]


def document(row: dict, *, free_tier: bool = False) -> Decimal:
    return bill(UsageDocument.from_dict({"version": 1, "free_tier": free_tier, "usage": [row]})).total_usd


# "Amazon CloudWatch pricing", pricing examples, Amazon Web Services, copy read 2026-11-25
@pytest.mark.parametrize(("row", "free_tier", "usd"), [
    ({"metrics": 70}, False, "21.00"),  # 10 instances with 7 metrics of detailed monitoring
    ({"logs_ingest_gb": 30, "logs_stored_gb": 6, "metrics": 3}, True, "12.53"),  # 1 GB a day of access logs
    ({"logs_vended_gb": 73_728}, False, "13414.40"),  # 72 TB of flow logs
    ({"logs_vended_gb": 73_728, "logs_stored_gb": 30_720}, False, "14336.00"),
    ({"alarms": 30, "composite_alarms": 2}, True, "3.00"),  # by hand: 20 x 0.10 + 2 x 0.50
    ({"insights_gb": 1005}, True, "5.00"),  # by hand: 1,000 x 0.005
    ({"metrics": 10_010}, True, "3000.00"),  # by hand: 10,000 x 0.30 after ten free ones
    ({"metrics": 10_001}, False, "3000.10"),  # the next tier at 0.10
])  # fmt: skip
def test_cloudwatch_examples(row: dict, free_tier: bool, usd: str) -> None:
    assert document({"service": "cloudwatch", **row}, free_tier=free_tier) == Decimal(usd)


# "Migration Assistant for Amazon OpenSearch Service, Cost", Amazon Web Services, copy read 2026-11-25: 15 days
@pytest.mark.parametrize(("row", "usd"), [
    ({"service": "nat_gateway", "hours": 2 * 24 * 15, "gb": 30}, "33.75"),  # 32.40 + 1.35
    ({"service": "cloudwatch", "logs_ingest_gb": 200, "logs_stored_gb": 15, "metrics": 100}, "130.45"),  # 100 + 0.45 + 30
])  # fmt: skip
def test_examples_of_a_migration(row: dict, usd: str) -> None:
    assert document(row) == Decimal(usd)


# Amounts of the AWS Pricing Calculator, quoted by dev.classmethod.jp (2021-09-18) and a public note: 100 GB a
# month, kept for one month, leave 15 GB
@pytest.mark.parametrize(("region", "taken_in", "kept"), [
    ("ap-northeast-1", "76.00", "0.50"),  # 0.495
    ("ap-southeast-2", "67.00", "0.50"),
])  # fmt: skip
def test_a_month_of_logs(region: str, taken_in: str, kept: str) -> None:
    load = work(requests_per_month=GB, log_kb=100, log_retention_days=30)
    hours = Fraction(720)
    for share, item in ((0, "CloudWatch Logs taken in"), (1, "CloudWatch Logs taken in, vended")):
        usage = logs_usage(load, hours, share, PriceBook.load())
        assert lines([usage], region, hours) == [
            (item, 100, Decimal(taken_in)),
            ("CloudWatch Logs kept", 15, Decimal(kept)),
        ]


def test_logs_of_a_hybrid_are_vended_for_its_lambda_share() -> None:
    # 10 million x 2 KB = 19.0735 GB, a quarter of it Lambda's; 90 days of 730 / 24 kept, 0.15 of its size
    load = work(log_kb=2, log_retention_days=90)
    found = billed([logs_usage(load, HOURS, Fraction(1, 4), PriceBook.load())]).lines
    all_gb = Fraction(20_000_000, GB)
    assert [line.quantity for line in found] == [all_gb * 3 / 4, all_gb / 4, all_gb * 90 * 24 / 730 * Fraction(15, 100)]
    assert [line.amount_usd for line in found] == [Decimal("7.15"), Decimal("2.38"), Decimal("0.25")]
    assert "0.15" in found[2].note


def test_a_workload_without_logs_says_so() -> None:
    found = billed([logs_usage(work(log_kb=0), HOURS, 0, PriceBook.load())]).lines
    assert [(line.item, line.note) for line in found] == [("Logs: none", "requests write none: log_kb is 0")]


def network(
    load: Workload,
    *,
    door: str = "alb",
    zones: int = 2,
    unit_hours: int = 1460,
    share: Fraction = Fraction(0),
    units: bool = True,
    function: bool = False,
    vpc: bool = False,
    **settings: object,
) -> list:
    return network_usage(
        served(Network(**settings), door, zones, unit_hours, share, units=units, function=function),
        load,
        function_vpc=vpc,
    )


def served(network: Network, door: str, zones: int, unit_hours: object, share: object, *, units: bool, function: bool):
    """An option of a month as a service sees it."""
    return Served(
        SimpleNamespace(network=network, hours_per_month=HOURS, include=(), services=()),
        SimpleNamespace(front_door=door, network_zones=zones, has_units=units, has_function=function),
        SimpleNamespace(unit_hours=unit_hours, lambda_share=share),
    )


def behind(door: str, workload: Workload, wall_ms: int, share: object) -> Usage:
    """The usage of a front door that requests pass."""
    return front_door(
        Served(
            SimpleNamespace(workload=workload, hours_per_month=HOURS, book=PriceBook.load()),
            SimpleNamespace(front_door=door),
            SimpleNamespace(wall_ms=Fraction(wall_ms), lambda_share=share, parts=None),
        )
    )


LOAD = work(response_kb=4, outbound_kb=1)  # 10 million x 4 KB = 38.15 GB, x 1 KB = 9.54 GB, x 5 KB = 47.68 GB
OUT = ("Data out to the internet", Fraction(50_000_000, GB), Decimal("4.29"))  # x 0.09


def test_a_fleet_in_public_subnets() -> None:
    # addresses: 2 x 730 of the load balancer and 1,460 of the units, x 0.005
    assert lines(network(LOAD)) == [
        ("Public IPv4 addresses", 2920, Decimal("14.60")),
        ("NAT gateways: none", 0, Decimal("0.00")),
        OUT,
        ("Data between zones: no charge", 0, Decimal("0.00")),
    ]


def test_a_fleet_in_private_subnets() -> None:
    # addresses of the load balancer and of two gateways; 1,460 h and 9.54 GB x 0.045
    assert lines(network(LOAD, subnets="private")) == [
        ("Public IPv4 addresses", 2920, Decimal("14.60")),
        ("NAT gateway hours", 1460, Decimal("65.70")),
        ("NAT gateway data", Fraction(10_000_000, GB), Decimal("0.43")),
        OUT,
        ("Data between zones: no charge", 0, Decimal("0.00")),
    ]
    three = lines(network(LOAD, subnets="private", zones=3, door="none"))
    assert three[:2] == [
        ("Public IPv4 addresses", 2190, Decimal("10.95")),
        ("NAT gateway hours", 2190, Decimal("98.55")),
    ]


def test_a_function_outside_a_vpc() -> None:
    found = billed(network(LOAD, door="http_api", unit_hours=0, units=False, function=True, share=Fraction(1))).lines
    assert [(line.item, line.amount_usd) for line in found] == [
        ("Public IPv4 addresses: none", Decimal("0.00")),
        ("NAT gateways: none", Decimal("0.00")),
        ("Data out to the internet", Decimal("4.29")),
    ]
    assert found[1].note == "a function outside a VPC reaches the internet without one"


def test_a_function_inside_a_vpc() -> None:
    usage = network(LOAD, door="http_api", unit_hours=0, units=False, function=True, vpc=True, share=Fraction(1))
    assert lines(usage) == [
        ("Public IPv4 addresses", 1460, Decimal("7.30")),  # of the gateways
        ("NAT gateway hours", 1460, Decimal("65.70")),
        ("NAT gateway data", Fraction(10_000_000, GB), Decimal("0.43")),
        OUT,
    ]


@pytest.mark.parametrize(("subnets", "vpc", "through"), [
    ("private", False, Fraction(3, 4)),  # the fleet's part of what goes out
    ("public", True, Fraction(1, 4)),  # the function's
    ("private", True, Fraction(1)),
    ("public", False, None),
])  # fmt: skip
def test_what_of_a_hybrid_goes_through_nat_gateways(subnets: str, vpc: bool, through: Fraction | None) -> None:
    found = lines(network(LOAD, function=True, vpc=vpc, share=Fraction(1, 4), subnets=subnets))
    gb = {item: quantity for item, quantity, _ in found}.get("NAT gateway data")
    assert gb == (None if through is None else Fraction(10_000_000, GB) * through)
    units = 0 if subnets == "private" else 1460
    gateways = 1460 if through else 0
    assert found[0][:2] == ("Public IPv4 addresses", 1460 + units + gateways)


@pytest.mark.parametrize(("switch", "label"), [
    ("public_ipv4", "Public IPv4 addresses: not counted"),
    ("nat", "NAT gateways: not counted"),
    ("data_transfer", "Data transfer: not counted"),
])  # fmt: skip
def test_a_switch_takes_its_lines_off_and_says_so(switch: str, label: str) -> None:
    on = network(LOAD, subnets="private")
    off = network(LOAD, subnets="private", **{switch: False})
    items = {
        "public_ipv4": {"Public IPv4 addresses"},
        "nat": {"NAT gateway hours", "NAT gateway data"},
        "data_transfer": {"Data out to the internet", "Data between zones: no charge"},
    }[switch]
    before, after = ({item for item, *_ in lines(usage)} for usage in (on, off))
    assert after == before - items | {label}


def test_without_gateways_there_are_no_addresses_of_theirs() -> None:
    assert lines(network(LOAD, subnets="private", nat=False))[0][:2] == ("Public IPv4 addresses", 1460)


def test_a_free_quantity_of_data_out() -> None:
    found = billed(network(work(response_kb=40)), free_tier=True).lines  # 381.47 GB, of which 100 are free
    out = next(line for line in found if line.item == "Data out to the internet")
    assert (out.quantity, out.amount_usd) == (Fraction(400_000_000, GB) - 100, Decimal("25.33"))


def test_a_load_balancer_counts_bytes_to_lambda_two_and_a_half_times() -> None:
    # "Elastic Load Balancing pricing", Amazon Web Services: 300 KB/s are 1.08 GB an hour: 1.08 LCU, or 2.7 with
    # Lambda as the target. Here 1 KB in and 299 KB out once a second, in GB of 1,024 x 1,024 KB.
    book = PriceBook.load()
    load = work(requests_per_month=730 * 3600, request_kb=1, response_kb=299, requests_per_connection=Fraction(10**6))
    gb_per_hour = Fraction(300 * 3600, GB)
    for share, times in ((0, 1), (1, Fraction(5, 2)), (Fraction(1, 2), Fraction(7, 4))):
        usage = behind("alb", load, 1, share)
        assert isinstance(usage, AlbUsage)
        assert usage.mean_lcus(book) == gb_per_hour * times


def test_the_load_balancer_of_a_hybrid_is_charged_by_the_largest_measure_of_each_hour() -> None:
    """300 million requests a month in 160 hours of weight 1 and 8 of weight 20, a base for 60 a second, 7 KB each.

    A weight of 1 is 300e6 / (3600 x 730) x 168 / 320 = 59.93 a second. Those hours are charged by their connections:
    59.93 / 25 = 2.397. The others send 1,138.63 a second to Lambda, whose bytes count 2.5 times: (60 + 2.5 x 1,138.63)
    x 3,600 x 7 KB = 69.85 GB an hour, more than 1,198.63 / 25. Together (160 x 2.397 + 8 x 69.85) / 168 x 730.
    The largest of the month's sums were 3,429.6 LCU-hours.
    """
    scenario = Scenario.load(Path(__file__).parents[1] / "golden" / "field" / "hybrid_lcu_by_hour.json")
    one = Fraction(300_000_000, 3600 * 730) * Fraction(168, 320)
    busy = 60 + Fraction(5, 2) * (20 * one - 60)
    lcus = (160 * one / 25 + 8 * busy * 3600 * 7 / (1024 * 1024)) / 168

    def quantity(asked: Scenario) -> Fraction:
        (line,) = [line for line in compare(asked).options[0].bill.lines if line.price_item == "lcu_hour"]
        return line.quantity

    assert quantity(scenario) == 730 * lcus
    assert round(float(730 * lcus), 1) == 4094.9
    # With all in one hour, with none above the level and with all above it, the month's largest is that of each hour.
    flat = scenario.with_values({"workload.traffic": {"shape": "flat", "burst": 1}})
    rps = Fraction(300_000_000, 3600 * 730)
    assert quantity(flat) == 730 * max(rps / 25, (60 + Fraction(5, 2) * (rps - 60)) * 3600 * 7 / (1024 * 1024))
    assert quantity(scenario.with_values({"options.0.level": 2000})) == 730 * rps / 25


def test_a_hybrid_behind_a_load_balancer_along_axes_as_at_its_points() -> None:
    scenario = Scenario.load(Path(__file__).parents[1] / "golden" / "field" / "hybrid_lcu_by_hour.json")
    for path, values in (
        ("workload.requests_per_month", (1, 10**6, 3 * 10**8, 2 * 10**9)),
        ("workload.response_kb", (0, 1, 6, 100)),
        ("workload.requests_per_connection", (1, 2, 50)),
        ("workload.duration_ms", (1, 50, 20_000)),
        ("options.0.level", (0, 30, 60, 2000)),
    ):
        along = scenario.at(path, Column([float(value) for value in values], 1))
        swept = np.asarray(amounts(month(along, along.options[0])[1]).known_usd)
        points = []
        for value in values:
            there = scenario.with_values({path: value})
            points.append(float(amounts(month(there, there.options[0])[1]).known_usd))
        decided = np.isfinite(swept)  # the others are billed exactly
        assert decided.sum() >= 2
        assert swept[decided].tolist() == pytest.approx(np.array(points)[decided].tolist(), rel=1e-12), path


def test_function_urls_carry_what_goes_to_lambda() -> None:
    usage = behind("function_url", work(), 1, Fraction(1, 4))
    assert usage == FunctionUrlUsage(2_500_000)
    fleet = billed([behind("function_url", work(), 1, 0)]).lines
    assert [(line.item, line.amount_usd) for line in fleet] == [("Front door: none", Decimal("0.00"))]


def test_a_sweep_bills_as_its_points_do() -> None:
    book = PriceBook.load()
    shares, unit_hours = [Fraction(1, 8), Fraction(1, 2), Fraction(7, 8)], [2920, 1460, 730]
    load = work(response_kb=30, outbound_kb=3, log_kb=5, log_retention_days=7)

    def usage(share: object, hours: object) -> list:
        return [
            behind("alb", load, 100, share),
            logs_usage(load, HOURS, share, book),
            *network_usage(
                served(Network(subnets="private"), "alb", 2, hours, share, units=True, function=True),
                load,
                function_vpc=False,
            ),
            *network_usage(
                served(Network(), "alb", 2, hours, share, units=True, function=True), load, function_vpc=True
            ),
        ]

    def known(used: list) -> object:
        return amounts(
            SimpleNamespace(
                usage=used, book=book, region="us-east-1", hours_per_month=HOURS, free_tier=True, commits=False
            )
        ).known_usd

    swept = known(usage(Column([float(share) for share in shares]), Column(unit_hours)))
    points = [known(usage(share, Fraction(hours))) for share, hours in zip(shares, unit_hours, strict=True)]
    assert swept.tolist() == pytest.approx([float(point) for point in points], rel=1e-12)
