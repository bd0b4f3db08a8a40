"""AWS's worked examples by a price book: they come out as AWS has them, or differ by prices that moved and are named.

References: the pricing pages of AWS, Amazon Web Services; each example names its page and the day it was read.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.errors import InputError, PriceNotFound, RefreshError
from lambdaplan.formatting import decimal_text, money
from lambdaplan.pricing.bill import Bill, LineItem, bill
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import Usage
from lambdaplan.resources import data_dir
from lambdaplan.scenario.usage_document import UsageDocument


@dataclass(frozen=True)
class _Month:
    """The usage of an example, and the book that bills it."""

    usage: Sequence[Usage]
    book: PriceBook
    region: str
    hours_per_month: Fraction
    free_tier: bool
    commits: bool = False


@functools.cache
def _examples() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((data_dir() / "worked_examples.json").read_text("utf-8"))["examples"])


def judge_examples(book: PriceBook, former: PriceBook) -> list[str]:
    """Bill AWS's worked examples with a new book, beside the former one.

    Returns: list of str - each example that comes out otherwise, with the prices that moved.
    Raises: RefreshError when one differs and no price explains it, or a price of it is gone.
    """
    lines = []
    for example in _examples():
        document = UsageDocument.from_dict(example["usage"])
        month = (document.usage, document.region, document.hours_per_month, document.free_tier)
        new, old = (_billed(_Month(month[0], one, *month[1:])) for one in (book, former))
        if old is None or old.total_usd is None:
            continue
        if new is None or new.total_usd is None:
            raise _refused(example, "a price that it needs is gone")
        if abs(Fraction(new.total_usd) - Fraction(example["total_usd"])) <= Fraction(example["margin_usd"]):
            continue
        moved = _moved(old, new)
        if moved is None:
            raise _refused(
                example, f"it comes to {money(new.total_usd)}, not {example['total_usd']}, by other quantities"
            )
        if moved:
            sums = f"{example['total_usd']} then, {money(new.total_usd)} now"
            lines.append(f"AWS's example {example['id']}: {sums}, since {'; '.join(moved)}")
        elif old.total_usd != new.total_usd:
            raise _refused(
                example, f"it comes to {money(new.total_usd)}, not {example['total_usd']}, and no price moved"
            )
    return lines


def _billed(month: _Month) -> Bill | None:
    """The bill of an example; None where the book does not know what it needs."""
    try:
        return bill(month)
    except (InputError, PriceNotFound):
        return None


def _refused(example: dict[str, Any], reason: str) -> RefreshError:
    return RefreshError(
        "content", "the new book", f"AWS's example {example['id']}: {reason}", "the book stays as it is"
    )


def _moved(old: Bill, new: Bill) -> list[str] | None:
    """The prices that differ between two bills; None where more than prices does."""

    def by_item(one: Bill) -> dict[tuple[str, str], list[LineItem]]:
        lines: dict[tuple[str, str], list[LineItem]] = {}
        for line in one.lines:
            lines.setdefault((line.service, line.price_item), []).append(line)
        return lines

    before, after = by_item(old), by_item(new)
    if before.keys() != after.keys():
        return None
    moved = []
    for (service, item), lines in after.items():
        quantities = [sum((line.quantity for line in of), Fraction(0)) for of in (lines, before[service, item])]
        if quantities[0] != quantities[1]:
            return None
        prices = [
            "/".join(decimal_text(p.price_usd or Fraction(0), 20) for p in of) for of in (before[service, item], lines)
        ]
        if prices[0] != prices[1]:
            moved.append(f"{service} {item} went from {prices[0]} to {prices[1]}")
    return moved
