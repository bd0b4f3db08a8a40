"""A scenario with every price book: prices change between the packaged ones, and rules with the date of a book."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

import lambdaplan
from lambdaplan import InputError, PriceBook, Scenario, compare
from lambdaplan.analysis.books.book_history import book_history
from lambdaplan.cli.main import main
from lambdaplan.platforms.lambda_usage import billed_ms
from lambdaplan.pricing.price_book import DEFAULT_BOOK, packaged_book_ids
from lambdaplan.resources import data_dir

NODE_API = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packaged prices with the dates of other times, so that the rules of those times are all that differs."""
    monkeypatch.setenv("LAMBDAPLAN_PRICES", str(tmp_path / "books"))
    for day in ("2020-11-30", "2020-12-01", "2025-07-31", "2025-08-01"):
        folder = tmp_path / "books" / f"of-{day}"
        shutil.copytree(data_dir() / "prices" / DEFAULT_BOOK, folder)
        descriptor = json.loads((folder / "datapackage.json").read_text()) | {"created": day}
        (folder / "datapackage.json").write_text(json.dumps(descriptor))
    return tmp_path / "books"


def test_across_the_packaged_books_bills_are_those_of_compare() -> None:
    scenario = Scenario.load(NODE_API)
    history = book_history(scenario)
    assert {one.book.id for one in history.answers} >= set(packaged_book_ids())
    for one in history.answers:
        alone = compare(scenario.with_values({"book": one.book.id}))
        assert [one.usd(place) for place in range(3)] == [result.cost_usd for result in alone.options]
    assert len({tuple(row.note for row in one.comparison.options[0].bill.lines) for one in history.answers}) == 1


def test_rules_follow_the_date_of_the_book(older: Path) -> None:
    """201 ms: 300 ms are billed until November 2020, 201 since; initialisations since August 2025."""
    work = {"duration_ms": 201, "init_ms": 400, "cold_fraction": 0.01}
    document = json.loads(NODE_API.read_text("utf-8"))
    scenario = Scenario.from_dict({**document, "workload": {**document["workload"], **work}})
    books = ["of-2025-08-01", "of-2020-11-30", "of-2020-12-01", "of-2025-07-31"]
    history = book_history(scenario, books)
    assert [one.book.id for one in history.answers] == sorted(books)
    gb_second = Fraction("0.0000166667")
    warm = [10_000_000 * Fraction(ms, 1000) * gb_second for ms in (300, 201, 201, 201)]
    started = 100_000 * Fraction(400, 1000) * gb_second
    wanted = [12 + usd + (started if n == 3 else 0) for n, usd in enumerate(warm)]
    assert [one.usd(0) for one in history.answers] == wanted
    assert billed_ms(Fraction("200.001"), PriceBook.load("of-2020-11-30")) == 300
    assert billed_ms(Fraction("200.001"), PriceBook.load("of-2020-12-01")) == 201


def test_when_another_option_is_cheapest_it_is_said(older: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 101 ms: until November 2020 twice the duration is billed, and Lambda is dearer than two instances
    document = json.loads(NODE_API.read_text("utf-8"))
    document["workload"]["duration_ms"] = 101
    path = older.parent / "scenario.json"
    path.write_text(json.dumps(document | {"workload": document["workload"] | {"requests_per_month": 15_000_000}}))
    words = ["prices", "history", str(path), "--book", "of-2020-11-30", "--book", "of-2020-12-01"]
    assert main([*words, "-o", str(older.parent / "h.svg")]) == 0
    told = capsys.readouterr().out
    assert "Lambda 1024 MB is cheapest since the book of 2020-12-01, EC2 t3.small before" in told
    assert "of-2020-12-01" in (older.parent / "h.svg").read_text("utf-8")
    assert main([*words, "--json"]) == 0
    books = json.loads(capsys.readouterr().out)["books"]
    assert [one["winner"] for one in books] == ["EC2 t3.small", "Lambda 1024 MB"]


def test_crossovers_hold_where_100_ms_are_billed(older: Path) -> None:
    made = compare(Scenario.load(NODE_API).with_values({"book": "of-2020-11-30", "workload.duration_ms": 130}))
    assert made.crossovers
    for crossover in made.crossovers:
        assert made.there(crossover.at - 1).winner == crossover.below
        assert made.there(crossover.at).winner == crossover.above


def test_a_book_with_which_it_cannot_be_read_is_named() -> None:
    document = json.loads(NODE_API.read_text("utf-8"))
    document["options"] = [{"kind": "ec2", "instance_type": "m9g.large"}]
    history = book_history(Scenario.from_dict(document))
    why = {one.book.id: one.why for one in history.answers}
    assert "m9g.large" in why["aws-2026-11-23"] and why[DEFAULT_BOOK] == ""
    with pytest.raises(InputError, match="a scenario that one of the books can bill"):
        book_history(Scenario.from_dict(document), ["aws-2026-11-23"])


def test_its_chart_is_a_picture_in_notebooks() -> None:
    history = lambdaplan.book_history(Scenario.load(NODE_API))
    assert "<svg" in lambdaplan.chart(history)._repr_mimebundle_()["image/svg+xml"]
