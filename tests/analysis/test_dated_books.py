"""The time machine over two books made from dated public files, of 2020 and 2021, and the packaged one."""

from __future__ import annotations

import csv
import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import PriceBook, Scenario
from lambdaplan.analysis.books.book_history import book_history
from lambdaplan.pricing.price_book import DEFAULT_BOOK, verify
from lambdaplan.resources import data_dir
from places import GOLDEN

OLDER, OLD, NOW = "aws-2020-09-09", "aws-2021-03-04", DEFAULT_BOOK


def written(folder: Path, header: list[str], rows: list[list[str]]) -> None:
    with folder.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two books on disk: their own prices and sources beside the facts of types and the rules of a packaged one."""
    base, books = data_dir() / "prices" / "aws-2026-11-23", tmp_path_factory.mktemp("books")
    for name, made in json.loads((GOLDEN / "dated_books.json").read_text("utf-8")).items():
        if name.startswith("_"):
            continue
        folder = books / name
        folder.mkdir()
        descriptor = json.loads((base / "datapackage.json").read_text("utf-8"))
        for resource in descriptor["resources"]:
            path = folder / resource["path"]
            path.write_bytes((base / resource["path"]).read_bytes())
            columns = [column["name"] for column in resource["schema"]["fields"]]
            if resource["path"] == "prices.csv":
                prices = [
                    [service, item, "eu-west-1", "0", "", unit, usd, quality, source, day]
                    for service, item, unit, usd, quality, source, day, _ in made["rows"]
                ]
                written(path, columns, prices)
            elif resource["path"] == "sources.csv":
                with path.open("a", encoding="utf-8", newline="") as file:
                    rows = [[source[column] for column in columns] for source in made["sources"]]
                    csv.writer(file, lineterminator="\n").writerows(rows)
            content = path.read_bytes()
            resource |= {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        descriptor |= {"name": name, "created": made["created"], "title": f"AWS prices of {made['created']}"}
        (folder / "datapackage.json").write_text(json.dumps(descriptor))
    return books


@pytest.fixture(autouse=True)
def at_hand(dated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDAPLAN_PRICES", str(dated))


def document(kind: str, requests: int = 15_000_000) -> dict[str, Any]:
    machine = {"kind": "ec2", "instance_type": kind, "front_door": "none", "ebs_gb": 0, "cpu_credits": "standard"}
    work = {"requests_per_month": requests, "duration_ms": 101, "busy_share": 0.1, "working_set_mb": 180}
    return {
        "version": 1,
        "name": "Years",
        "region": "eu-west-1",
        "workload": work | {"init_ms": 400, "cold_fraction": 0.01},
        "options": [{"kind": "lambda", "memory_mb": 1024, "front_door": "none"}, machine],
    }


def test_both_books_are_sound() -> None:
    for name in (OLDER, OLD):
        assert verify(PriceBook.load(name)) == []


def test_rules_and_prices_are_those_of_each_day_by_hand() -> None:
    """101 ms are 200 in 2020 and 101 since; initialisations are billed in 2026 alone; two t3.small stand all month."""
    history = book_history(Scenario.from_dict(document("t3.small")), [OLDER, OLD, NOW])
    requests, machines = 15_000_000 * Fraction("0.0000002"), 2 * 730 * Fraction("0.0228")
    now = Fraction("0.0000166667")
    wanted = [
        requests + 15_000_000 * Fraction("0.2") * Fraction("0.00001667"),
        requests + 15_000_000 * Fraction("0.101") * now,
        requests + 15_000_000 * Fraction("0.101") * now + 150_000 * Fraction("0.4") * now,
    ]
    assert [one.usd(0) for one in history.answers] == wanted
    assert [one.usd(1) for one in history.answers] == [machines] * 3
    assert [str(one.book.as_of) for one in history.answers] == ["2020-09-09", "2021-03-04", PriceBook.load(NOW).as_of]


def test_a_price_that_aws_has_cut_is_seen() -> None:
    """c6g in Ireland was 0.0768 for a large one until 2021 and is 0.073 since: 5 % less."""
    history = book_history(Scenario.from_dict(document("c6g.large")), [OLDER, OLD, NOW])
    hours = 2 * 730
    assert [one.usd(1) for one in history.answers] == [hours * Fraction(usd) for usd in ("0.0768", "0.0768", "0.073")]


def test_a_type_that_was_not_there_yet_is_named() -> None:
    history = book_history(Scenario.from_dict(document("t4g.small")), [OLDER, OLD])
    costs = [one.usd(1) if one.comparison else None for one in history.answers]
    assert costs == [None, 2 * 730 * Fraction("0.0184")]


def test_who_was_cheapest_changes_with_the_rule_of_december_2020() -> None:
    history = book_history(Scenario.from_dict(document("t3.small")), [OLDER, OLD, NOW])
    assert [one.comparison and one.comparison.winner for one in history.answers] == [
        "EC2 t3.small",
        "Lambda 1024 MB",
        "Lambda 1024 MB",
    ]
    assert [(before.book.id, after.book.id) for before, after in history.changes] == [(OLDER, OLD)]
