"""Two price books beside each other: what changed, and which decisions change; `check` uses the newest book."""

from __future__ import annotations

import csv
import json
import shutil
from fractions import Fraction

import pytest

from lambdaplan.analysis.books.book_difference import book_diff
from lambdaplan.charts.books.book_difference import book_diff_chart
from lambdaplan.cli.main import main
from lambdaplan.pricing.price_book import DEFAULT_BOOK, PriceBook
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"
FORMER, LATER = "aws-2026-11-30", "aws-2026-12-01"


def first_prices(id):
    """The first price of each key, read without the package."""
    prices = {}
    for path in (data_dir() / "prices" / id).rglob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row.get("tier_from") == "0":
                    prices[row["service"], row["item"], row["region"]] = Fraction(row["price_usd"])
    return prices


def test_counts_against_the_tables_read_by_hand():
    before, after = first_prices(FORMER), first_prices(LATER)
    diff = book_diff(PriceBook.load(FORMER), PriceBook.load(LATER))
    both = before.keys() & after.keys()
    assert diff.count("new") == len(after.keys() - before.keys())
    assert diff.count("gone") == len(before.keys() - after.keys())
    assert diff.count("dearer") == sum(after[key] > before[key] for key in both)
    assert diff.count("cheaper") == sum(after[key] < before[key] for key in both)
    assert sum(group.total for group in diff.services) == len(before.keys() | after.keys())
    assert sum(len(group.changes) for group in diff.regions) == len(diff.changes)


def test_the_audit_of_tokyo():
    """c5.large without upfront for a year: 0.0675 was scaled from the xlarge, AWS publishes 0.067."""
    diff = book_diff(PriceBook.load(FORMER), PriceBook.load(LATER))
    name = ("ec2", "c5.large/instance_savings_plan_1y_no_upfront", "ap-northeast-1")
    (change,) = (one for one in diff.changes if (one.service, one.item, one.region) == name)
    assert (change.kind, change.before_usd, change.after_usd) == ("cheaper", Fraction("0.0675"), Fraction("0.067"))
    assert change.change_fraction == Fraction("0.067") / Fraction("0.0675") - 1


def test_a_book_and_itself():
    diff = book_diff(PriceBook.load(FORMER), PriceBook.load(FORMER))
    assert diff.changes == ()
    assert "No price changed" in json.dumps(book_diff_chart(diff).to_dict())


@pytest.fixture
def dearer(tmp_path, monkeypatch):
    """A later book in which a GB-second of Lambda on x86 costs four times as much above the first tier's start."""
    monkeypatch.setenv("LAMBDAPLAN_PRICES", str(tmp_path / "books"))
    folder = tmp_path / "books" / "dearer"
    shutil.copytree(data_dir() / "prices" / DEFAULT_BOOK, folder)
    prices = folder / "prices.csv"
    former, later = "GB-second,0.0000166667,list", "GB-second,0.0000666668,list"
    lines = prices.read_text().splitlines(keepends=True)
    changed = [
        line.replace(former, later) if line.startswith("lambda,duration/x86_64,us-east-1,") else line for line in lines
    ]
    assert changed != lines
    prices.write_text("".join(changed))
    descriptor = json.loads((folder / "datapackage.json").read_text()) | {"created": "2027-01-01"}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    return folder


def test_a_decision_that_changes(capsys, dearer):
    words = ["prices", "diff", DEFAULT_BOOK, "dearer", "--scenario", str(NODE_API)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "1 dearer" in out
    assert "+300 % lambda duration/x86_64 in us-east-1, 0.0000166667 to 0.0000666668" in out
    assert "another option is cheapest" in out
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (decision,) = document["decisions"]
    assert decision["changed"]
    assert decision["before"]["winner"].startswith("Lambda")
    assert not decision["after"]["winner"].startswith("Lambda")
    (change,) = document["changes"]
    assert change["before_usd"] == "0.0000166667"
    assert change["change_fraction"] == 3.0
    (service,) = (group for group in document["services"] if group["dearer"])
    assert (service["service"], service["largest"]["item"]) == ("lambda", "duration/x86_64")


def test_check_uses_the_newest_book(capsys, dearer, tmp_path):
    record = tmp_path / "record.md"
    assert main(["record", str(NODE_API), "-o", str(record), "--review-by", "2027-06-01"]) == 0
    assert main(["check", str(record), "--book", DEFAULT_BOOK]) == 0
    capsys.readouterr()
    assert main(["check", str(record)]) == 1
    assert "(book dearer)" in capsys.readouterr().out


def test_a_chart_of_two_books(dearer, tmp_path, capsys):
    assert main(["prices", "diff", DEFAULT_BOOK, "dearer", "-o", str(tmp_path / "books.svg")]) == 0
    text = (tmp_path / "books.svg").read_text()
    assert "1 of " in text
    assert "(1 dearer)" in text


@pytest.mark.parametrize(
    "words", [["aws-2026-11-30", "none"], ["aws-2026-11-30"], [DEFAULT_BOOK, LATER, "--scenario", "no.json"]]
)
def test_bad_words(capsys, words):
    assert main(["prices", "diff", *words]) in (2, 5)
    assert capsys.readouterr().err.startswith("error: ")
