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
from lambdaplan.pricing import price_book
from lambdaplan.pricing.price_book import book_ids, verify
from lambdaplan.pricing.rates import OwnPrice
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
    with pytest.raises(PriceNotFound, match="aws-2026-12-01"):
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
        assert "2017-01-01" <= price.as_of <= book.as_of


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
    ("ec2", "r8g.large/instance_savings_plan_1y_no_upfront", "eu-north-1", "instance-hour", "0.08246", "list"),
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
    ("c5.large/compute_savings_plan_1y_no_upfront", "ap-northeast-1", "0.0885"),  # half of 0.177
    ("c5.2xlarge/compute_savings_plan_1y_no_upfront", "ap-northeast-1", "0.354"),  # twice
])  # fmt: skip
def test_other_sizes_of_a_family_scale_where_no_rate_of_their_own_is_known(item: str, region: str, usd: str) -> None:
    price = PriceBook.load().price("ec2", item, region)
    assert (price.first_usd, price.quality) == (Fraction(usd), "derived")
    assert "on-demand price of the size" in PriceBook.load().source_title(price.source)


@pytest.mark.parametrize(("item", "former", "usd"), [
    ("m7g.large/compute_savings_plan_1y_no_upfront", "0.05995", "0.0599"),  # half of 0.1199 is not what AWS has
    ("t3.2xlarge/compute_savings_plan_1y_no_upfront", "0.24", "0.2399"),
    ("t3.micro/instance_savings_plan_3y_partial_upfront", "0.0041622063", "0.00419285"),
])  # fmt: skip
def test_rates_once_scaled_are_the_published_ones(item: str, former: str, usd: str) -> None:
    """References: AWS Pricing Calculator's map of us-east-1, read 2026-09-24."""
    assert PriceBook.load("aws-2026-11-30").price("ec2", item, "us-east-1").first_usd == Fraction(former)
    assert PriceBook.load().price("ec2", item, "us-east-1").first_usd == Fraction(usd)


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


def test_the_book_is_the_one_before_it_corrected_in_ec2_and_volumes() -> None:
    """247 prices on demand, 1,607 plan rates and one volume differ; CPU credits of single regions make way for one."""
    now, before = (
        {(p.service, p.item, p.region): p for p in PriceBook.load(id).prices}
        for id in ("aws-2026-12-01", "aws-2026-11-30")
    )
    assert PriceBook.load().id == "aws-2026-12-01"
    gone = [key for key in before if key not in now]
    assert len(gone) == 8 and all(key[1].startswith("surplus_credit_vcpu_hour/") for key in gone)
    moved = Counter(
        (key[0], key[1].split("/")[-1].split("_")[0])
        for key, price in before.items()
        if key in now and now[key].tiers != price.tiers
    )
    assert moved == {("ec2", "on"): 247, ("ec2", "compute"): 695, ("ec2", "instance"): 912, ("ebs", "gp3"): 1}
    for key, price in before.items():
        if key in now:
            assert abs(now[key].first_usd - price.first_usd) <= price.first_usd * Fraction(3, 100) + Fraction(1, 10**5)


# From the audit of 2026-11-29: what was wrong, with the published price (item, region, USD, quality, date).
AUDITED = (
    ("ec2", "m5.large/on_demand", "me-central-1", "0.118", "list"),  # W1: AWS rounds to three decimals
    ("ec2", "r5.large/on_demand", "eu-central-2", "0.167", "list"),
    ("ec2", "c7i.large/on_demand", "eu-north-1", "0.09555", "list"),  # W2: five decimals
    ("ec2", "m5.large/compute_savings_plan_1y_no_upfront", "us-east-1", "0.071", "list"),  # W3: SKU BB7BKBSC6NZW7P5B
    ("ec2", "t3.nano/compute_savings_plan_1y_no_upfront", "us-east-1", "0.0037", "list"),
    ("ec2", "c5.24xlarge/compute_savings_plan_3y_all_upfront", "us-east-1", "1.787", "list"),
    ("ec2", "c5a.12xlarge/instance_savings_plan_3y_no_upfront", "us-east-1", "0.798", "list"),  # W4
    ("ec2", "surplus_credit_vcpu_hour/t3", "us-east-1", "0.05", "list"),  # W5
    ("ec2", "surplus_credit_vcpu_hour/t4g", "ap-southeast-6", "0.04", "list"),
    ("ec2", "surplus_credit_vcpu_hour/t2", "us-gov-west-1", "0.05", "list"),
    ("ec2", "surplus_credit_vcpu_hour/t3/windows", "eu-west-1", "0.096", "list"),
    ("aurora_serverless_v2", "acu_hour_io_optimized", "us-east-1", "0.156", "list"),  # W7
    ("aurora_serverless_v2", "storage_io_optimized", "us-east-1", "0.225", "list"),
    ("data_transfer", "internet_out", "us-east-1", "0.09", "derived"),  # W8: two digits, and AWS's page has them
    ("ec2", "m7i.large/on_demand", "ap-south-1", "0.10605", "list"),  # W6
    ("ec2", "m9g.large/on_demand", "us-east-1", "0.09784", "list"),
    ("ec2", "m8g.large/on_demand", "us-east-1", "0.08976", "list"),
    ("ec2", "r9g.large/on_demand", "us-east-1", "0.12842", "list"),
    ("ec2", "m9g.large/compute_savings_plan_1y_no_upfront", "us-east-1", "0.07188", "list"),
    ("ec2", "t2.medium/on_demand", "us-east-1", "0.0464", "list"),
    ("ec2", "t4g.small/on_demand", "us-gov-east-1", "0.0196", "list"),
    ("ebs", "gp3_storage", "ca-west-1", "0.088", "list"),
    ("ebs", "gp3_throughput_over_125", "us-east-2", "0.04", "list"),
    ("alb", "load_balancer_hour", "us-west-1", "0.0252", "list"),
    ("kms", "requests", "us-east-1", "0.000003", "derived"),
)


@pytest.mark.parametrize(("service", "item", "region", "usd", "quality"), AUDITED)
def test_what_the_audit_found_is_right(service: str, item: str, region: str, usd: str, quality: str) -> None:
    price = PriceBook.load().price(service, item, region)
    assert price is not None
    assert (str(price.first_usd), price.quality) == (str(Fraction(usd)), quality)


def test_graviton5_has_no_reserved_capacity_and_no_instance_plan() -> None:
    book = PriceBook.load()
    for size in (name for name in book.instance_types if name.split(".")[0] in ("m9g", "m9gd", "c9g", "c9gd", "r9g")):
        assert book.price("ec2", f"{size}/on_demand", "us-east-1")
        assert book.price("ec2", f"{size}/instance_savings_plan_1y_no_upfront", "us-east-1") is None


def test_no_plan_rate_of_us_east_1_is_scaled_from_another_size() -> None:
    plans = [p for p in PriceBook.load().prices if p.service == "ec2" and "savings_plan" in p.item]
    assert len(plans) == 14_447
    scaled = {(p.item.split(".")[0], p.region) for p in plans if p.source.startswith("scaled-")}
    assert scaled == {("c5", "ap-northeast-1"), ("m6a", "eu-west-1")}
    assert len({p.region for p in plans if "instance_savings_plan_1y_no" in p.item}) == 34


def test_types_have_one_source_with_its_date() -> None:
    book = PriceBook.load()
    with (book.folder / "instance_types.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {"moto-5-2-5"} and len(rows) == 1_052
    assert book.sources()["moto-5-2-5"]["published"] == "2026-10-27"
    t2 = {name: size.baseline for name, size in book.instance_types.items() if name.startswith("t2.")}
    assert t2["t2.xlarge"] == Fraction("0.225") and t2["t2.2xlarge"] == Fraction("0.16875")  # EC2 User Guide


def test_a_command_reads_the_tables_of_its_region_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *a, **k: read.append(path.name) or opened(path, *a, **k))
    price_book._rows.cache_clear()
    price_book._price.cache_clear()
    price_book._units.cache_clear()
    price_book._items.cache_clear()
    book = PriceBook.load()
    assert book.price("ec2", "t4g.small/on_demand", "us-east-1")
    assert book.unit_of("ec2", "m9gd.large/compute_savings_plan_1y_no_upfront") == "instance-hour"
    assert [name for name in read if name.startswith(("us-", "eu-", "ap-"))] == ["us-east-1.csv"]


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


def test_rates_are_those_another_publisher_has_for_the_size() -> None:
    # one year, all upfront: the sizes' own reserved prices of 2025-05-28
    book = PriceBook.load()
    off = {}
    for item in book.items("ec2", "us-east-1"):
        name, _, terms = item.partition("/")
        if terms == "reserved_1y_all_upfront":
            ours = book.price("ec2", f"{name}/instance_savings_plan_1y_all_upfront", "us-east-1")
            if ours.quality == "list":
                theirs = book.price("ec2", item, "us-east-1")
                off[name] = abs(float(ours.first_usd / theirs.first_usd) - 1)
    assert len(off) > 150
    assert sorted(off.values())[len(off) // 2] < 1e-5
    assert max(off.values()) < 0.002


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
