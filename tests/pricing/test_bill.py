"""Bills against AWS's own worked examples, an independent oracle, and reasoning at the edges."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest

import oracle
import strategies
from campaigns import PROVE
from lambdaplan import Bill, UsageDocument, bill
from lambdaplan.pricing.price_book import Price, PriceBook, Tier
from lambdaplan.pricing.usage import Charge
from places import GOLDEN

RANDOM_DOCUMENTS = 10_000 if PROVE else 1_000


class PagePrices(PriceBook):
    """The default book with a page's own prices in place of the list's."""

    @classmethod
    def of(cls, prices: list[dict]) -> PagePrices:
        book = PriceBook.load()
        page = cls(book.id, book.as_of, book.title, book.folder)
        tiers = {
            (p["service"], p["item"]): tuple(
                Tier(Fraction(t["from"]), None if t["to"] is None else Fraction(t["to"]), Fraction(t["price_usd"]))
                for t in p["tiers"]
            )
            for p in prices
        }
        object.__setattr__(page, "page", tiers)
        return page

    def list_price(self, service: str, item: str, region: str) -> Price | None:
        if (service, item) in self.page:
            unit = self.unit_of(service, item)
            return Price(service, item, region, unit, self.page[service, item], "list", "the page", "2026-01-01")
        return super().list_price(service, item, region)


def golden_cases() -> list:
    found = []
    for path in sorted(GOLDEN.glob("*.json")):
        if path.name != "quarantine.json":
            cases = json.loads(path.read_text("utf-8")).get("cases", [])
            found += [pytest.param(case, id=case["id"]) for case in cases]
    return found


def bill_of(document: dict, prices: list[dict] | None = None) -> Bill:
    usage = UsageDocument.from_dict(document)
    if prices:
        usage.__dict__["book"] = PagePrices.of(prices)
    return bill(usage)


@pytest.mark.parametrize("case", golden_cases())
def test_aws_worked_example_to_the_cent(case: dict) -> None:
    found = bill_of(case["usage"], case["prices"])
    margin = Fraction(case["margin_usd"])
    lines: dict[tuple[str, str], list] = {}
    for line in found.lines:
        lines.setdefault((line.service, line.price_item), []).append(line)
    wanted: dict[tuple[str, str], list] = {}
    for line in case["expected"]["lines"]:
        wanted.setdefault((line["service"], line["item"]), []).append(line)
    assert {key for key, rows in lines.items() if any(row.quantity for row in rows)} == set(wanted)
    for key, rows in wanted.items():
        shown = sum(Fraction(line.amount_usd) for line in lines[key])
        assert abs(shown - sum(Fraction(row["amount_usd"]) for row in rows)) <= margin, key
        quantity = sum(Fraction(row["quantity"]) for row in rows)
        assert abs(sum(line.quantity for line in lines[key]) - quantity) <= quantity / 10**9, key
    assert abs(Fraction(found.total_usd) - Fraction(case["expected"]["total_usd"])) <= margin


def test_quarantined_examples_say_why() -> None:
    cases = json.loads((GOLDEN / "quarantine.json").read_text("utf-8"))["cases"]
    assert cases
    for case in cases:
        assert case["reason"]
        assert case["printed"] != case["computed"]


@pytest.mark.parametrize("seed", range(4))
def test_random_usage_equals_the_oracle_exactly(seed: int) -> None:
    rng = random.Random(f"bills {seed}")
    for _ in range(RANDOM_DOCUMENTS // 4):
        document = strategies.random_usage_document(rng)
        wanted, found = oracle.bill(document), bill_of(document)
        mine = sorted(
            (line.service, line.price_item, str(line.quantity), str(line.price_usd))
            for line in found.lines
            if line.quantity
        )
        its = sorted(
            (line["service"], line["item"], str(line["quantity"]), str(line["price_usd"])) for line in wanted["lines"]
        )
        assert mine == its, document
        assert found.exact_usd == wanted["exact_usd"]
        assert found.known_usd == wanted["known_usd"]
        shown = None if found.total_usd is None else Fraction(found.total_usd)
        assert shown == wanted["shown_total_usd"]


def test_ten_million_requests_of_200_ms_at_1024_mb() -> None:
    # 10e6 x 0.2 s x 1 GB = 2e6 GB-s at 0.0000166667; 10e6 at 0.20 a million.
    row = {"service": "lambda", "requests": 10_000_000, "duration_ms": 200, "memory_mb": 1024}
    found = bill_of({"version": 1, "usage": [row]})
    assert [str(line.amount_usd) for line in found.lines] == ["2.00", "33.33"]
    assert str(found.total_usd) == "35.33"
    # less 400,000 GB-s and a million requests: 1.6e6 GB-s = 26.67, 9e6 requests = 1.80
    found = bill_of({"version": 1, "free_tier": True, "usage": [row]})
    assert [str(line.amount_usd) for line in found.lines] == ["1.80", "26.67"]
    assert str(found.total_usd) == "28.47"


@pytest.mark.parametrize(("gb_seconds", "amounts"), [
    (5_999_999_999, ["100000.20"]),
    (6_000_000_000, ["100000.20"]),
    (6_000_000_100, ["100000.20", "0.00"]),
    (16_000_000_000, ["100000.20", "135000.00", "13333.40"]),
])  # fmt: skip
def test_duration_tiers_begin_one_unit_beyond_their_edge(gb_seconds: int, amounts: list[str]) -> None:
    row = {"service": "lambda", "requests": 0, "gb_seconds": gb_seconds}
    found = bill_of({"version": 1, "usage": [row]})
    assert [str(line.amount_usd) for line in found.lines if line.price_item == "duration/x86_64"] == amounts


def test_rows_of_one_item_share_its_tiers() -> None:
    # Two rows of 200 million HTTP API requests: 300 million at 1.00, 100 million at 0.90.
    row = {"service": "api_gateway_http", "requests": 200_000_000}
    found = bill_of({"version": 1, "usage": [row, row]})
    assert [(line.quantity, str(line.amount_usd)) for line in found.lines] == [
        (300_000_000, "300.00"),
        (100_000_000, "90.00"),
    ]


def test_free_quantities_are_used_up_in_the_order_of_the_rows() -> None:
    arm = {"service": "lambda", "architecture": "arm64", "requests": 600_000, "gb_seconds": 300_000}
    x86 = {"service": "lambda", "architecture": "x86_64", "requests": 600_000, "gb_seconds": 300_000}
    for rows, second in (([arm, x86], "x86_64"), ([x86, arm], "arm64")):
        found = bill_of({"version": 1, "free_tier": True, "usage": rows})
        left = {line.price_item: line.quantity for line in found.lines if line.quantity}
        assert left == {f"requests/{second}": 200_000, f"duration/{second}": 200_000}


def test_a_missing_price_is_unknown_and_stops_nothing_else() -> None:
    rows = [{"service": "alb", "lcus": 1}, {"service": "public_ipv4", "hours": 730}]
    found = bill_of({"version": 1, "region": "ap-south-2", "usage": rows})
    assert found.total_usd is None
    assert found.exact_usd is None
    assert found.known_usd == Fraction("3.65")
    assert len(found.unknown) == 2
    assert '"service": "alb", "item": "lcu_hour"' in found.unknown[1]
    document = found.document()
    assert document["known_usd"] == "3.65"
    assert [line["amount_usd"] for line in document["lines"]] == [None, None, "3.65"]


def test_the_readers_own_price_fills_the_gap_and_is_marked() -> None:
    own = [
        {"service": "alb", "item": "lcu_hour", "price_usd": "0.01", "note": "our contract"},
        {"service": "alb", "item": "load_balancer_hour", "price_usd": 0.03},
    ]
    rows = [{"service": "alb", "lcus": 1}]
    found = bill_of({"version": 1, "region": "ap-south-2", "prices": own, "usage": rows})
    assert str(found.total_usd) == "29.20"  # 730 x 0.03 = 21.90, 730 x 0.01 = 7.30
    assert {line.source for line in found.lines} == {"the reader's own price"}
    assert "our contract" in found.lines[1].note


def test_derived_and_weak_prices_carry_their_mark_to_the_line() -> None:
    row = {"service": "ec2", "instance_type": "m5.large", "instance_hours": 730, "purchase": "spot"}
    found = bill_of({"version": 1, "usage": [row]})
    assert "weak" in found.lines[0].note
    assert found.warnings == ("EC2 m5.large, Spot: the price of 2025-05-28 is old, undated, moving or second-hand",)
    assert found.oldest_price == "2025-05-28"


def test_lines_are_rounded_half_up_and_the_total_is_their_sum() -> None:
    # Four lines of exactly half a cent each: shown 0.01 + 0.01 + 0.01 + 0.01, exact 0.02.
    own = [
        {"service": "nat_gateway", "item": "gateway_hour", "price_usd": "0.005"},
        {"service": "nat_gateway", "item": "data_processed", "price_usd": "0.005"},
        {"service": "public_ipv4", "item": "in_use_hour", "price_usd": "0.005"},
        {"service": "data_transfer", "item": "internet_out", "price_usd": "0.005"},
    ]
    rows = [
        {"service": "nat_gateway", "hours": 1, "gb": 1},
        {"service": "public_ipv4", "hours": 1},
        {"service": "data_transfer", "internet_gb": 1},
    ]
    found = bill_of({"version": 1, "prices": own, "usage": rows})
    assert str(found.total_usd) == "0.04"
    assert found.exact_usd == Fraction("0.02")


def test_a_float_never_reaches_a_line() -> None:
    class Leaky:
        def charges(self, book: PriceBook, hours: Fraction) -> list[Charge]:
            return [Charge("public_ipv4", "in_use_hour", 0.1, "leaky")]

    usage = UsageDocument.from_dict({"version": 1, "usage": []})
    object.__setattr__(usage, "usage", (Leaky(),))
    with pytest.raises(TypeError, match="float"):
        bill(usage)


def test_nothing_used_is_an_empty_bill_of_zero() -> None:
    found = bill_of({"version": 1, "usage": []})
    assert found.lines == ()
    assert str(found.total_usd) == "0.00"
    assert found.document()["exact_usd"] == "0"


def test_storage_is_billed_for_provisioned_runs_too() -> None:
    provisioned = {"concurrency": 1, "hours": 1, "memory_mb": 1024, "requests": 1000, "duration_ms": 1000}
    row = {"service": "lambda", "requests": 0, "duration_ms": 1, "memory_mb": 1024, "ephemeral_mb": 1536}
    found = bill_of({"version": 1, "usage": [{**row, "provisioned": provisioned}]})
    quantity = {line.price_item: line.quantity for line in found.lines}
    assert quantity["ephemeral_storage/x86_64"] == 1000
    assert quantity["provisioned_concurrency/x86_64"] == 3600
    assert quantity["provisioned_duration/x86_64"] == 1000
