"""The oracle against sums done by hand, and against the golden cases (AWS's published examples)."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction as F

import pytest

import oracle
import strategies
from places import GOLDEN


def document(*rows, **more):
    return {"version": 1, "region": "us-east-1", "usage": list(rows), **more}


def lines_of(bill):
    return {(x["item"], x["tier_from"]): (x["quantity"], x["exact_usd"]) for x in bill["lines"]}


def amounts(bill):
    return [str(Decimal(int(oracle.cents(x["exact_usd"]) * 100)) / 100) for x in bill["lines"]]


# ------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (0.1, F(1, 10)),
        (199.5, F(399, 2)),
        ("0.0000166667", F(166667, 10**10)),
        (Decimal("1.10"), F(11, 10)),
        (7, F(7)),
        (1e-7, F(1, 10**7)),
        (1e22, F(10**22)),
    ],
)
def test_a_number_means_its_decimal_text(given, wanted):
    assert oracle.exact(given) == wanted


def test_a_truth_value_is_not_a_number():
    with pytest.raises(TypeError):
        oracle.exact(True)


@pytest.mark.parametrize(
    ("amount", "wanted"),
    [
        (F(5, 1000), F(1, 100)),
        (F(4999, 10**6), F(0)),
        (F(1005, 1000), F(101, 100)),
        (F(2333338, 10**6), F(233, 100)),
        (F(0), F(0)),
    ],
)
def test_a_half_cent_goes_up(amount, wanted):
    assert oracle.cents(amount) == wanted


# ------------------------------------------------------------ whole bills, done by hand


def test_three_million_requests_of_120_ms_with_the_free_tier():
    # 3,000,000 x 0.12 s x 1.5 GB = 540,000 GB-s; less 400,000 = 140,000; x 0.0000166667 = 2.333338.
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 3_000_000,
                "duration_ms": 120,
                "memory_mb": 1536,
            },
            free_tier=True,
        )
    )
    assert lines_of(bill) == {
        ("requests/x86_64", 0): (F(2_000_000), F("0.40")),
        ("duration/x86_64", 0): (F(140_000), F("2.333338")),
    }
    assert bill["shown_total_usd"] == F("2.73")


def test_provisioned_concurrency_for_two_hours():
    # 100 x 7,200 s x 1 GB = 720,000 GB-s x 0.0000041667 = 3.000024; 1.2 million s x 0.0000097222
    # = 11.66664; 0.2 million requests above the free ones = 0.04.
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 0,
                "gb_seconds": 0,
                "provisioned": {
                    "concurrency": 100,
                    "hours": 2,
                    "memory_mb": 1024,
                    "requests": 1_200_000,
                    "duration_ms": 1000,
                },
            },
            free_tier=True,
        )
    )
    assert lines_of(bill) == {
        ("provisioned_concurrency/x86_64", 0): (F(720_000), F("3.000024")),
        ("provisioned_duration/x86_64", 0): (F(1_200_000), F("11.66664")),
        ("provisioned_requests/x86_64", 0): (F(200_000), F("0.04")),
    }
    assert bill["shown_total_usd"] == F("14.71")


def test_five_tasks_of_ten_minutes_a_day():
    # 150 runs of 600 s = 25 task-hours of 1 vCPU and 2 GB: 1.012 + 0.22225.
    bill = oracle.bill(
        document(
            {
                "service": "fargate",
                "architecture": "x86_64",
                "os": "linux",
                "purchase": "on_demand",
                "vcpu": 1,
                "memory_gb": 2,
                "tasks": 150,
                "seconds_each": 600,
            }
        )
    )
    assert [x["exact_usd"] for x in bill["lines"]] == [F("1.012"), F("0.22225")]
    assert bill["shown_total_usd"] == F("1.23")


def test_processed_bytes_are_the_largest_of_the_four_of_an_lcu():
    # 0.04, 0.04, 1.08 and 5 x 50 / 1000 = 0.25 LCU; (0.0225 + 1.08 x 0.008) x 720 = 22.4208.
    bill = oracle.bill(
        document(
            {
                "service": "alb",
                "new_connections_per_s": 1,
                "active_connections": 120,
                "gb_per_hour": 1.08,
                "requests_per_s": 5,
                "rules": 60,
            },
            hours_per_month=720,
        )
    )
    assert bill["exact_usd"] == F("22.4208")
    assert amounts(bill) == ["16.2", "6.22"]


def test_432_million_calls_of_an_http_api():
    # 300 million at 1.00 and 132 million at 0.90.
    bill = oracle.bill(document({"service": "api_gateway_http", "requests": 432_000_000}))
    assert amounts(bill) == ["300", "118.8"]
    assert bill["exact_usd"] == F("418.8")


# ------------------------------------------------------------ the spot checks of the issue


@pytest.mark.parametrize(("free", "total"), [(False, "35.33"), (True, "28.47")])
def test_ten_million_requests_of_200_ms_at_1024_mb(free, total):
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 10_000_000,
                "duration_ms": 200,
                "memory_mb": 1024,
            },
            free_tier=free,
        )
    )
    assert bill["shown_total_usd"] == F(total)


def test_two_idle_arm_tasks():
    bill = oracle.bill(
        document(
            {
                "service": "fargate",
                "architecture": "arm64",
                "os": "linux",
                "purchase": "on_demand",
                "vcpu": 0.5,
                "memory_gb": 1,
                "task_hours": 1460,
            }
        )
    )
    assert amounts(bill) == ["23.64", "5.2"]
    assert bill["shown_total_usd"] == F("28.84")


# ------------------------------------------------------------ rounding and minimums


@pytest.mark.parametrize(("duration_ms", "billed"), [(0.1, 1), (1, 1), (199.5, 200), (200, 200), (200.0001, 201)])
def test_lambda_bills_whole_milliseconds(duration_ms, billed):
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "arm64",
                "requests": 1000,
                "duration_ms": duration_ms,
                "memory_mb": 1024,
            }
        )
    )
    assert lines_of(bill)["duration/arm64", 0][0] == billed


def test_lambda_storage_is_charged_above_512_mb():
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 1000,
                "duration_ms": 1500,
                "memory_mb": 128,
                "ephemeral_mb": 1536,
            }
        )
    )
    assert lines_of(bill)["ephemeral_storage/x86_64", 0][0] == 1500


def test_runs_on_provisioned_concurrency_pay_for_storage_too():
    row = {
        "service": "lambda",
        "architecture": "x86_64",
        "requests": 1000,
        "duration_ms": 1500,
        "memory_mb": 128,
        "ephemeral_mb": 1536,
    }
    more = {"concurrency": 1, "hours": 1, "memory_mb": 128, "requests": 10, "duration_ms": 99.5}
    bill = oracle.bill(document(row | {"provisioned": more}))
    assert lines_of(bill)["ephemeral_storage/x86_64", 0][0] == 1501
    known = {"gb_seconds": 1, "duration_gb_seconds": 1, "requests": 10}
    bill = oracle.bill(document(row | {"provisioned": known}))
    assert lines_of(bill)["ephemeral_storage/x86_64", 0][0] == 1508  # one GB-second at 128 MB is 8 s


@pytest.mark.parametrize(("hours", "seconds"), [(0, 0), (0.001, 300), ("1/12", 300), (0.0834, 600), (2, 7200)])
def test_provisioned_time_is_rounded_up_to_five_minutes(hours, seconds):
    hours = F(hours) if isinstance(hours, str) else hours
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 0,
                "provisioned": {"concurrency": 1, "hours": hours, "memory_mb": 1024, "requests": 0, "duration_ms": 1},
            }
        )
    )
    got = lines_of(bill).get(("provisioned_concurrency/x86_64", 0), (0, 0))[0]
    assert got == seconds


@pytest.mark.parametrize(
    ("system", "seconds_each", "billed"),
    [("linux", 0.1, 60), ("linux", 60, 60), ("linux", 60.1, 61), ("windows", 61, 300), ("windows", 300.5, 301)],
)
def test_fargate_bills_whole_seconds_and_a_minimum(system, seconds_each, billed):
    bill = oracle.bill(
        document(
            {
                "service": "fargate",
                "architecture": "x86_64",
                "os": system,
                "purchase": "on_demand",
                "vcpu": 1,
                "memory_gb": 2,
                "tasks": 10,
                "seconds_each": seconds_each,
            }
        )
    )
    assert lines_of(bill)[f"vcpu_hour/x86_64/{system}/on_demand", 0][0] == F(10 * billed, 3600)
    assert (("licence_vcpu_hour/windows", 0) in lines_of(bill)) == (system == "windows")


def test_fargate_storage_is_charged_above_20_gb():
    row = {
        "service": "fargate",
        "architecture": "x86_64",
        "os": "linux",
        "purchase": "spot",
        "vcpu": 1,
        "memory_gb": 2,
        "task_hours": 10,
    }
    assert ("ephemeral_gb_hour", 0) not in lines_of(oracle.bill(document(row)))
    more = oracle.bill(document(row | {"ephemeral_gb": 50}))
    assert lines_of(more)["ephemeral_gb_hour", 0][0] == 300


def test_gp3_charges_only_what_goes_above_the_included_speed():
    row = {"service": "ebs", "volume": "gp3", "gb": 100, "iops": 4000, "throughput_mbps": 225}
    bill = oracle.bill(document(row))
    assert [x["exact_usd"] for x in bill["lines"]] == [8, 5, 4]
    half = oracle.bill(document(row | {"hours": 365}))
    assert half["exact_usd"] == F("8.5")
    assert len(oracle.bill(document(row | {"iops": 3000, "throughput_mbps": 125}))["lines"]) == 1


@pytest.mark.parametrize(("request_kb", "units"), [(0, 1), (512, 1), (512.1, 2), (513, 2), (1024, 2), (1024.5, 3)])
def test_an_http_api_meters_512_kb_of_the_request(request_kb, units):
    bill = oracle.bill(
        document({"service": "api_gateway_http", "requests": 100, "request_kb": request_kb, "response_kb": 6000})
    )
    assert bill["lines"][0]["quantity"] == 100 * units


def test_part_of_a_nat_hour_is_a_full_hour_for_each_row():
    row = {"service": "nat_gateway", "hours": 1.001, "gb": 0.5}
    bill = oracle.bill(document(row, row))
    assert lines_of(bill) == {("gateway_hour", 0): (4, F("0.18")), ("data_processed", 0): (1, F("0.045"))}


def test_traffic_between_zones_is_paid_on_both_sides():
    bill = oracle.bill(
        document({"service": "data_transfer", "internet_gb": 0, "inter_az_gb": 100, "inter_region_gb": 0})
    )
    assert bill["exact_usd"] == 2


def test_a_rest_cache_is_named_by_its_size():
    bill = oracle.bill(document({"service": "api_gateway_rest", "requests": 0, "cache_gb": 118, "cache_hours": 10}))
    assert lines_of(bill) == {("cache_118GB", 0): (10, 19)}


def test_surplus_credits_are_priced_by_family():
    bill = oracle.bill(
        {
            **document(
                {
                    "service": "ec2",
                    "instance_type": "t3.micro",
                    "instance_hours": 0,
                    "purchase": "on_demand",
                    "surplus_credit_vcpu_hours": 10,
                }
            ),
            "region": "eu-west-1",
        }
    )
    assert lines_of(bill) == {("surplus_credit_vcpu_hour/t3", 0): (10, F("0.5"))}


# ------------------------------------------------------------ tiers, free tier, prices


@pytest.mark.parametrize(
    ("requests", "wanted"),
    [
        (333_000_000 - 1, {0: 333_000_000 - 1}),
        (333_000_000, {0: 333_000_000}),
        (333_000_000 + 1, {0: 333_000_000, 333_000_000: 1}),
        (1_000_000_001, {0: 333_000_000, 333_000_000: 667_000_000, 1_000_000_000: 1}),
    ],
)
def test_tiers_of_a_rest_api_at_and_beside_their_edges(requests, wanted):
    bill = oracle.bill(document({"service": "api_gateway_rest", "requests": requests}))
    assert {x["tier_from"]: x["quantity"] for x in bill["lines"]} == wanted


def test_two_rows_share_tiers():
    half = {"service": "api_gateway_http", "requests": 200_000_000}
    assert amounts(oracle.bill(document(half, half))) == ["300", "90"]


def test_the_architectures_have_tiers_of_their_own():
    rows = [
        {"service": "lambda", "architecture": arch, "requests": 0, "gb_seconds": 6_000_000_001}
        for arch in ("x86_64", "arm64")
    ]
    assert {x["item"]: x["quantity"] for x in oracle.bill(document(*rows))["lines"] if x["tier_from"] > 0} == {
        "duration/x86_64": 1
    }


def test_the_free_tier_is_used_up_in_the_order_of_the_document_and_before_the_tiers():
    bill = oracle.bill(
        document(
            {"service": "lambda", "architecture": "arm64", "requests": 600_000, "gb_seconds": 300_000},
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 600_000,
                "gb_seconds": 6_000_100_001,
                "provisioned": {"gb_seconds": 1000, "duration_gb_seconds": 1000, "requests": 5},
            },
            free_tier=True,
        )
    )
    assert {key: quantity for key, (quantity, _) in lines_of(bill).items()} == {
        ("requests/x86_64", 0): 200_000,
        ("duration/x86_64", 0): 6_000_000_000,
        ("duration/x86_64", 6_000_000_000): 1,
        ("provisioned_concurrency/x86_64", 0): 1000,
        ("provisioned_duration/x86_64", 0): 1000,
        ("provisioned_requests/x86_64", 0): 5,
    }


def test_provisioned_requests_use_what_is_free_after_all_other_requests():
    bill = oracle.bill(
        document(
            {
                "service": "lambda",
                "architecture": "x86_64",
                "requests": 0,
                "provisioned": {"gb_seconds": 0, "duration_gb_seconds": 0, "requests": 500_000},
            },
            {"service": "lambda", "architecture": "x86_64", "requests": 700_000, "gb_seconds": 0},
            free_tier=True,
        )
    )
    assert lines_of(bill) == {("provisioned_requests/x86_64", 0): (200_000, F("0.04"))}


def test_a_hundred_gb_out_are_free_before_the_first_tier():
    row = {"service": "data_transfer", "internet_gb": 10_341, "inter_az_gb": 0, "inter_region_gb": 0}
    bill = oracle.bill(document(row, free_tier=True))
    assert lines_of(bill) == {("internet_out", 0): (10_240, F("921.6")), ("internet_out", 10_240): (1, F("0.085"))}


def test_a_missing_price_is_unknown_and_never_zero():
    rows = ({"service": "alb", "hours": 100, "lcus": 1}, {"service": "public_ipv4", "hours": 100})
    gov = oracle.bill({**document(*rows), "region": "us-gov-west-1"})
    assert [x["price_usd"] for x in gov["lines"]] == [None, None, F("0.005")]
    assert gov["exact_usd"] is None and gov["shown_total_usd"] is None
    assert gov["known_usd"] == F("0.5")
    none = oracle.bill({**document({"service": "alb", "hours": 0, "lcus": 1}), "region": "us-gov-west-1"})
    assert none["lines"] == [] and none["exact_usd"] == 0


def test_a_readers_own_price_is_one_flat_price():
    bill = oracle.bill(
        document(
            {"service": "api_gateway_http", "requests": 400_000_000},
            prices=[{"service": "api_gateway_http", "item": "requests", "price_usd": "0.0000005", "note": "contract"}],
        )
    )
    assert lines_of(bill) == {("requests", 0): (400_000_000, 200)}


def test_other_tiers_can_take_the_place_of_the_books():
    bill = oracle.bill(
        document({"service": "public_ipv4", "hours": 15}),
        {("public_ipv4", "in_use_hour"): [(0, 10, "1"), (10, None, "0.5")]},
    )
    assert lines_of(bill) == {("in_use_hour", 0): (10, 10), ("in_use_hour", 10): (5, F("2.5"))}


# ------------------------------------------------------------ random documents


def test_random_documents_reach_every_service_tier_and_extreme():
    seen, unknown, whole, own, free = set(), 0, 0, 0, 0
    for seed in range(2000):
        one = strategies.random_usage_document(random.Random(seed))
        assert one == strategies.random_usage_document(random.Random(seed))
        assert one == json.loads(json.dumps(one))
        bill = oracle.bill(one)
        unknown += bill["exact_usd"] is None
        whole += bill["exact_usd"] is not None
        own += bool(one.get("prices"))
        free += one.get("free_tier", False)
        seen |= {(x["service"], x["item"].split("/")[0], x["tier_from"]) for x in bill["lines"]}
        assert 1 <= len(one["usage"]) <= 6
        assert sum(x["exact_usd"] or 0 for x in bill["lines"]) == bill["known_usd"]
    # Lambda@Edge is billed by the items of Lambda
    assert {service for service, _, _ in seen} | {"lambda_edge"} == set(oracle.SERVICES)
    assert {t for s, i, t in seen if (s, i) == ("lambda", "duration")} == {
        0,
        6 * 10**9,
        75 * 10**8,
        15 * 10**9,
        1875 * 10**7,
    }
    assert {t for s, i, t in seen if (s, i) == ("data_transfer", "internet_out")} == {0, 10_240, 51_200, 153_600}
    assert unknown > 200 and whole > 200 and own > 100 and free > 200


# ------------------------------------------------------------ golden cases


def golden_cases():
    found = []
    for path in sorted(GOLDEN.glob("*.json")) if GOLDEN.is_dir() else []:
        if "quarantine" in path.stem:
            continue
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        cases = content.get("cases", [content]) if isinstance(content, dict) else content
        found += [
            pytest.param(case, id=case.get("id", f"{path.stem}-{number}"))
            for number, case in enumerate(cases)
            if "expected" in case
        ]
    return found


@pytest.mark.parametrize("case", golden_cases())
def test_the_oracle_gives_awss_own_figures(case):
    prices = {
        (p["service"], p["item"]): [(t["from"], t["to"], t["price_usd"]) for t in p["tiers"]] for p in case["prices"]
    }
    margin = oracle.exact(case.get("margin_usd", 0))
    bill = oracle.bill(case["usage"], prices)
    wanted, got = {}, {}
    for x in case["expected"]["lines"]:
        wanted.setdefault((x["service"], x["item"]), []).append(x)
    for x in bill["lines"]:
        got.setdefault((x["service"], x["item"]), []).append(x)
    assert set(got) <= set(wanted)
    for key, lines in wanted.items():
        ours = got.get(key, [])
        if all(x.get("quantity") is not None for x in lines):
            quantity = sum(oracle.exact(x["quantity"]) for x in lines)  # written to 12 places
            assert abs(sum(x["quantity"] for x in ours) - quantity) <= quantity / 10**9, key
        assert (
            abs(sum(oracle.cents(x["exact_usd"]) for x in ours) - sum(oracle.exact(x["amount_usd"]) for x in lines))
            <= margin
        ), key
    total = oracle.exact(case["expected"]["total_usd"])
    assert abs(bill["shown_total_usd"] - total) <= margin
