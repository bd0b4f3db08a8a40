"""A random sample of an audit of prices, row by row against the book."""

from __future__ import annotations

import csv
from fractions import Fraction

from lambdaplan.pricing.price_book import PriceBook
from places import GOLDEN

OTHER_NAMES = {("kms", "symmetric_requests"): "requests"}


def test_200_random_rows_of_the_audit_are_the_prices_of_the_book():
    with (GOLDEN / "audit_sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    book = PriceBook.load()
    assert len(rows) == 200
    differing = []
    for row in rows:
        item = OTHER_NAMES.get((row["service"], row["item"]), row["item"])
        price = book.price(row["service"], item, row["region"])
        if price is None or price.first_usd != Fraction(row["price_usd"]):
            differing.append((row["service"], item, row["region"], row["price_usd"]))
    assert differing == []
