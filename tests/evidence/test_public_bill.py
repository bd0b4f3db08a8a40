"""A real bill, published and made anonymous: its quantities at the book's prices."""

import importlib.util
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from lambdaplan.pricing.price_book import PriceBook

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(scope="module")
def public_bill() -> ModuleType:
    spec = importlib.util.spec_from_file_location("public_bill", DOCS / "public_bill.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_what_the_book_says(public_bill: ModuleType) -> None:
    assert (DOCS / "public_bill.md").read_text("utf-8") == public_bill.page()


def test_every_line_with_a_price_in_the_book_has_the_prices_that_aws_billed(public_bill: ModuleType) -> None:
    """But for DynamoDB on demand, whose prices were halved since; and each cost is quantity x price in the sample."""
    book, compared = PriceBook.load(), 0
    lines = public_bill.lines()
    assert sum(int(line["lines"]) for line in lines) == 634
    for line in lines:
        listed, cost = Fraction(line["list_unit_price_usd"]), Fraction(line["list_cost_usd"])
        lost = Fraction(int(line["lines"]), 10**9)  # the sample has ten places of each cost, and quantities of eleven
        if "Marketplace" not in line["description"]:
            assert abs(Fraction(line["quantity"]) * listed - cost) <= lost, line
        usd = public_bill.judged(line, book)[1]
        if usd is not None:
            halved = line["service"] == "Amazon DynamoDB" and line["unit"].endswith("RequestUnits")
            assert float(usd * (2 if halved else 1)) == pytest.approx(float(listed), rel=1e-5), line
            compared += int(line["lines"])
    assert compared == 521
