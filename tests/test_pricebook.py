"""The price book: its descriptor, its rows, and prices read from it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from lambdaplan import PriceBook, PriceNotFound
from lambdaplan._paths import data_dir
from lambdaplan.pricebook import book_ids, verify

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
    with pytest.raises(PriceNotFound, match="aws-2026-11-23"):
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
        assert "2017-01-01" <= price.as_of <= "2026-11-23"


def test_published_claims_keep_their_source() -> None:
    with (data_dir() / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} >= {"guide-07", "blog-01", "blog-08", "paper-01"}
    by_id = {row["id"]: row for row in rows}
    # 66 a second for 730 hours; 50,000 a day for 730 / 24 days
    assert int(by_id["blog-08"]["requests_per_month_from"]) == 66 * 3600 * 730
    assert int(by_id["blog-01"]["requests_per_month_from"]) == round(50_000 * 730 / 24)
    assert all(row["source"] and row["statement"] for row in rows)
