"""The price book: its descriptor, its rows, and prices read from it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from lambdaplan import PriceBook, PriceNotFound
from lambdaplan.pricing.price_book import OwnPrice, book_ids, verify
from lambdaplan.resources import data_dir
from lambdaplan.scenario.reading import item_names

NINE = (
    "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1",
    "ap-southeast-1", "ap-northeast-1", "ap-south-1", "sa-east-1",
)  # fmt: skip


@pytest.mark.parametrize("id", book_ids())
def test_a_book_is_what_its_descriptor_says(id: str) -> None:
    assert verify(PriceBook.load(id)) == []


def copy_of_the_book(folder: Path) -> PriceBook:
    book = PriceBook.load()
    shutil.copytree(book.folder, folder / "copy")
    return PriceBook(book.id, book.as_of, book.title, folder / "copy")


def rewritten(book: PriceBook, change: Callable[[list[dict]], None]) -> PriceBook:
    """The copy with a changed price table and a descriptor that fits it again."""
    path = book.folder / "prices.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    descriptor = json.loads((book.folder / "datapackage.json").read_text())
    for resource in descriptor["resources"]:
        content = (book.folder / resource["path"]).read_bytes()
        resource["hash"] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        resource["bytes"] = len(content)
    (book.folder / "datapackage.json").write_text(json.dumps(descriptor))
    return book


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    book = copy_of_the_book(tmp_path)
    with (book.folder / "prices.csv").open("a") as file:
        file.write("\n")
    assert verify(book) == ["prices.csv: its content is not the one the descriptor names"]


@pytest.mark.parametrize(("column", "value", "words"), [
    ("price_usd", "0", "not on the list of zero prices"),
    ("price_usd", "1e-5", "not plain decimal text"),
    ("source", "hearsay", "not in sources.csv"),
    ("quality", "good", "none of list, derived, weak"),
    ("tier_from", "5", "a tier starts at 5"),
    ("tier_to", "5", "the last tier ends at 5"),
    ("as_of", "lately", "is no date"),
])  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, column: str, value: str, words: str) -> None:
    def change(rows: list[dict]) -> None:
        row = next(r for r in rows if (r["service"], r["item"], r["region"]) == ("alb", "lcu_hour", "us-east-1"))
        row[column] = value

    wrong = verify(rewritten(copy_of_the_book(tmp_path), change))
    assert len(wrong) == 1
    assert words in wrong[0]
    assert "alb lcu_hour us-east-1" in wrong[0] or "prices.csv line" in wrong[0]


def test_overlapping_tiers_are_named(tmp_path: Path) -> None:
    def change(rows: list[dict]) -> None:
        key = ("lambda", "duration/x86_64", "us-east-1")
        tier = [r for r in rows if (r["service"], r["item"], r["region"]) == key][1]
        tier["tier_from"] = "5999999999"

    wrong = verify(rewritten(copy_of_the_book(tmp_path), change))
    assert wrong == ["lambda duration/x86_64 us-east-1: a tier starts at 5999999999, not at 6000000000"]


def test_prices_known_from_the_pages() -> None:
    book = PriceBook.load()
    tiers = book.price("lambda", "duration/x86_64", "us-east-1").tiers
    assert [(t.start, t.upto, t.price_usd) for t in tiers] == [
        (0, 6_000_000_000, Fraction("0.0000166667")),
        (6_000_000_000, 15_000_000_000, Fraction("0.000015")),
        (15_000_000_000, None, Fraction("0.0000133334")),
    ]
    assert book.price("fargate", "vcpu_hour/x86_64/linux/on_demand", "us-east-1").first_usd == Fraction("0.04048")
    assert book.price("ec2", "m5.large/on_demand", "us-east-1").first_usd == Fraction("0.096")
    assert book.price("alb", "lcu_hour", "sa-east-1").first_usd == Fraction("0.011")


def test_what_is_not_there_is_none_and_never_another_region() -> None:
    book = PriceBook.load()
    assert book.price("alb", "lcu_hour", "ap-south-2") is None
    assert book.price("lambda", "duration/riscv", "us-east-1") is None
    with pytest.raises(PriceNotFound, match="aws-2026-11-30"):
        PriceBook.load("aws-2026-11-24")


@pytest.mark.parametrize("region", NINE)
def test_the_nine_regions_have_lambda_fargate_and_ec2(region: str) -> None:
    book = PriceBook.load()
    for item in ("requests/x86_64", "duration/arm64", "ephemeral_storage/x86_64", "provisioned_concurrency/arm64"):
        assert book.price("lambda", item, region)
    for item in ("vcpu_hour/arm64/linux/on_demand", "gb_hour/x86_64/windows/on_demand", "licence_vcpu_hour/windows"):
        assert book.price("fargate", item, region)
    assert book.price("ec2", "m5.large/on_demand", region)


def test_every_row_of_the_book_names_who_said_so_and_when() -> None:
    book = PriceBook.load()
    for price in book.prices:
        assert price.source in book.sources()
        assert "2017-01-01" <= price.as_of <= "2026-11-25"


# Typed by hand from the published rates: service, item, region, unit, price, quality.
PLAN_RATES = (
    ("lambda", "duration/x86_64/compute_savings_plan_1y_no_upfront", "us-east-1", "GB-second", "0.0000147", "list"),
    ("lambda", "duration/arm64/compute_savings_plan_3y_all_upfront", "us-east-1", "GB-second", "0.0000111", "list"),
    (
        "lambda",
        "provisioned_concurrency/x86_64/compute_savings_plan_1y_no_upfront",
        "us-east-1",
        "GB-second",
        "0.00000367",
        "list",
    ),
    (
        "lambda",
        "provisioned_duration/x86_64/compute_savings_plan_1y_no_upfront",
        "us-east-1",
        "GB-second",
        "0.00000856",
        "list",
    ),
    (
        "fargate",
        "vcpu_hour/x86_64/linux/compute_savings_plan_1y_no_upfront",
        "us-east-1",
        "vCPU-hour",
        "0.032384",
        "list",
    ),
    ("fargate", "gb_hour/arm64/linux/compute_savings_plan_3y_no_upfront", "us-east-1", "GB-hour", "0.00192", "list"),
    (
        "fargate",
        "gb_hour/x86_64/linux/compute_savings_plan_1y_all_upfront",
        "us-west-2",
        "GB-hour",
        "0.00324485",
        "list",
    ),
    ("ec2", "c5.xlarge/compute_savings_plan_3y_all_upfront", "us-east-1", "instance-hour", "0.074", "list"),
    ("ec2", "c5.xlarge/instance_savings_plan_1y_no_upfront", "us-east-1", "instance-hour", "0.107", "list"),
    ("ec2", "t3.medium/instance_savings_plan_3y_partial_upfront", "us-east-1", "instance-hour", "0.0166333", "list"),
    ("ec2", "m7g.xlarge/compute_savings_plan_1y_no_upfront", "us-east-1", "instance-hour", "0.1199", "list"),
    ("ec2", "c5.xlarge/instance_savings_plan_3y_all_upfront", "ap-northeast-1", "instance-hour", "0.08", "derived"),
    ("ec2", "r8g.large/instance_savings_plan_1y_no_upfront", "eu-north-1", "instance-hour", "0.08247", "derived"),
    ("ec2", "m6a.xlarge/instance_savings_plan_3y_no_upfront", "eu-west-1", "instance-hour", "0.08736", "weak"),
)


@pytest.mark.parametrize(("service", "item", "region", "unit", "usd", "quality"), PLAN_RATES)
def test_plan_rates_known_from_the_sources(
    service: str, item: str, region: str, unit: str, usd: str, quality: str
) -> None:
    price = PriceBook.load().price(service, item, region)
    assert (price.unit, price.first_usd, price.quality) == (unit, Fraction(usd), quality)
    assert [(tier.start, tier.upto) for tier in price.tiers] == [(0, None)]


@pytest.mark.parametrize(("item", "region", "usd"), [
    ("m7g.large/compute_savings_plan_1y_no_upfront", "us-east-1", "0.05995"),  # half of 0.1199
    ("m7g.large/instance_savings_plan_3y_all_upfront", "us-east-1", "0.0322108"),  # half of 0.0644216
    ("m7g.4xlarge/compute_savings_plan_3y_partial_upfront", "us-east-1", "0.3064"),  # four times 0.0766
    ("t3.2xlarge/compute_savings_plan_1y_no_upfront", "us-east-1", "0.24"),  # of t3.xlarge: twice 0.12
    ("t3.micro/instance_savings_plan_3y_partial_upfront", "us-east-1", "0.0041622063"),  # 0.0665953 / 16, half up
    ("m6a.2xlarge/instance_savings_plan_1y_no_upfront", "eu-west-1", "0.2548"),  # twice 0.1274
    ("c5.large/compute_savings_plan_1y_no_upfront", "ap-northeast-1", "0.0885"),  # half of 0.177
])  # fmt: skip
def test_other_sizes_of_a_family_scale_with_their_on_demand_price(item: str, region: str, usd: str) -> None:
    price = PriceBook.load().price("ec2", item, region)
    assert (price.first_usd, price.quality) == (Fraction(usd), "derived")
    assert "on-demand price of the size" in PriceBook.load().source_title(price.source)


def test_plan_rates_stay_where_they_are_known() -> None:
    book = PriceBook.load()
    assert book.price("ec2", "m8a.xlarge/compute_savings_plan_1y_no_upfront", "us-east-1")
    assert book.price("ec2", "m8a.xlarge/instance_savings_plan_1y_no_upfront", "us-east-1") is None
    assert book.price("ec2", "r6i.xlarge/compute_savings_plan_1y_no_upfront", "us-east-1") is None
    assert book.price("ec2", "m5.xlarge/compute_savings_plan_1y_no_upfront", "eu-west-1") is None
    assert book.price("lambda", "duration/x86_64/compute_savings_plan_1y_partial_upfront", "us-east-1") is None
    assert book.price("lambda", "duration/x86_64/compute_savings_plan_1y_no_upfront", "eu-west-1") is None
    assert book.price("fargate", "vcpu_hour/x86_64/windows/compute_savings_plan_1y_no_upfront", "us-east-1") is None


def test_the_book_is_the_one_before_it_with_credits_and_fees_for_all_regions() -> None:
    now, before = (
        {(p.service, p.item, p.region): p for p in PriceBook.load(id).prices}
        for id in ("aws-2026-11-30", "aws-2026-11-25")
    )
    assert all(now[key] == price for key, price in before.items())
    assert {key[:2]: str(float(price.first_usd)) for key, price in now.items() if key not in before} == {
        ("ec2", "surplus_credit_vcpu_hour/t3"): "0.05",
        ("ec2", "surplus_credit_vcpu_hour/t3a"): "0.05",
        ("ec2", "surplus_credit_vcpu_hour/t4g"): "0.04",
        ("ecs", "managed_instances_fee_fraction"): "0.12",
        ("lambda", "managed_instances_fee_fraction"): "0.15",
        ("lambda", "managed_instances_requests"): "2e-07",
    }
    assert {key[2] for key in now if key not in before} == {"any"}
    assert PriceBook.load().id == "aws-2026-11-30"


def test_the_former_book_is_the_one_before_it_with_plans_logs_and_network_load_balancers() -> None:
    now, before = (
        {(p.service, p.item, p.region): p for p in PriceBook.load(id).prices}
        for id in ("aws-2026-11-25", "aws-2026-11-23")
    )
    assert (len(now), len(before)) == (12_112, 9_387)
    assert all(now[key] == price for key, price in before.items())
    added = [price for key, price in now.items() if key not in before]
    assert {price.service for price in added if "savings_plan" not in price.item} == {"cloudwatch", "nlb"}
    assert Counter((price.service, price.quality) for price in added) == {
        ("ec2", "list"): 294,
        ("ec2", "derived"): 2069,
        ("ec2", "weak"): 53,
        ("fargate", "list"): 23,
        ("lambda", "list"): 10,
        ("cloudwatch", "list"): 254,  # seven items in 36 regions, free metrics and alarms
        ("cloudwatch", "weak"): 3,  # free logs, from lines of bills
        ("nlb", "list"): 15,
        ("nlb", "weak"): 3,
        ("nlb", "derived"): 1,
    }


def test_scaled_rates_are_those_published_for_the_size_itself() -> None:
    # one year, all upfront: the sizes' own reserved prices of 2025-05-28, from another publisher
    book = PriceBook.load()
    off = {}
    for item in item_names(book, "ec2"):
        name, _, terms = item.partition("/")
        theirs = book.price("ec2", item, "us-east-1")
        ours = book.price("ec2", f"{name}/instance_savings_plan_1y_all_upfront", "us-east-1")
        if terms == "reserved_1y_all_upfront" and ours.quality == "derived":
            off[name] = abs(float(ours.first_usd / theirs.first_usd) - 1)
    assert len(off) == 124
    assert sorted(off.values())[62] < 0.0004  # half of them
    assert {name for name, gap in off.items() if gap > 0.004} == {"t3.nano", "t3.micro"}  # small prices, rounded
    assert max(off.values()) < 0.013


@pytest.mark.parametrize(("item", "usd"), [
    ("logs_ingest", "0.63"), ("logs_stored", "0.0324"), ("insights", "0.0063"),
    ("metrics", "0.3"), ("alarms", "0.1"), ("composite_alarms", "0.5"),
])  # fmt: skip
def test_logs_of_frankfurt(item: str, usd: str) -> None:
    assert PriceBook.load().price("cloudwatch", item, "eu-central-1").first_usd == Fraction(usd)


def test_vended_logs_fall_in_tiers() -> None:
    # "Amazon CloudWatch pricing", example of flow logs: 10, 30 and 50 TB
    tiers = PriceBook.load().price("cloudwatch", "logs_vended", "us-east-1").tiers
    assert [(t.start, t.upto, t.price_usd) for t in tiers] == [
        (0, 10_240, Fraction("0.5")),
        (10_240, 30_720, Fraction("0.25")),
        (30_720, 51_200, Fraction("0.1")),
        (51_200, None, Fraction("0.05")),
    ]
    assert PriceBook.load().rule("cloudwatch.log_compression") == Fraction("0.15")


def test_plan_items_are_offered_for_own_prices() -> None:
    book = PriceBook.load()
    ec2 = item_names(book, "ec2")
    for years in (1, 3):
        for paid in ("no", "partial", "all"):
            assert f"r6i.xlarge/compute_savings_plan_{years}y_{paid}_upfront" in ec2
            assert f"r6i.xlarge/instance_savings_plan_{years}y_{paid}_upfront" in ec2
    for service in ("fargate", "lambda"):
        rates = {item for known, item, *_ in PLAN_RATES if known == service}
        assert rates <= set(item_names(book, service))
    item = "r6i.xlarge/compute_savings_plan_1y_no_upfront"
    own = OwnPrice(service="ec2", item=item, price_usd=Fraction("0.18"))
    mine = book.with_prices([own]).price("ec2", item, "us-east-1")
    assert (mine.first_usd, mine.unit, mine.quality) == (Fraction("0.18"), "instance-hour", "own")


def test_published_claims_keep_their_source() -> None:
    with (data_dir() / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} >= {"guide-07", "blog-01", "blog-08", "paper-01"}
    by_id = {row["id"]: row for row in rows}
    # 66 a second for 730 hours; 50,000 a day for 730 / 24 days
    assert int(by_id["blog-08"]["requests_per_month_from"]) == 66 * 3600 * 730
    assert int(by_id["blog-01"]["requests_per_month_from"]) == round(50_000 * 730 / 24)
    assert all(row["source"] and row["statement"] for row in rows)
