"""`prices`: list, show, verify and refresh price books, and what they cover."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from lambdaplan.cli.arguments import Commands, Parser, book_argument, new_command
from lambdaplan.cli.console import table
from lambdaplan.cli.price_books.book_diff import add_book_diff
from lambdaplan.cli.price_books.book_history import add_book_history
from lambdaplan.cli.price_books.coverage import add_coverage
from lambdaplan.cli.price_books.refresh import add_refresh
from lambdaplan.errors import InputError, PriceNotFound, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text, figure
from lambdaplan.pricing.price_book import DEFAULT_BOOK, Price, PriceBook, book_ids, verify
from lambdaplan.scenario.reading import item_names


def add_prices(commands: Commands) -> None:
    """Add `prices` with its actions."""
    command = new_command(
        commands, "prices", "price books: list, show, verify, coverage, refresh, diff, history", _run_list
    )
    actions = command.add_subparsers(title="actions", dest="action", metavar="ACTION", parser_class=Parser)
    action = new_command(actions, "list", "the price books, or the items of one service", _run_list)
    book_argument(action)
    action.add_argument("service", nargs="?", metavar="SERVICE", help="a service, such as lambda or ec2")
    action.add_argument("--region", metavar="CODE", help="only what is priced in this region")
    action = new_command(actions, "show", "a price with its tiers, source and date, in every region or one", _run_show)
    book_argument(action)
    action.add_argument("service", metavar="SERVICE", help="a service, such as lambda")
    action.add_argument("item", metavar="ITEM", help="an item, such as duration/x86_64")
    action.add_argument("--region", metavar="CODE", help="one region only")
    does = "check price books against their descriptors; exit 1 when something is wrong"
    action = new_command(actions, "verify", does, _run_verify)
    book_argument(action)
    add_coverage(actions)
    add_refresh(actions)
    add_book_diff(actions)
    add_book_history(actions)


def _run_list(parsed: argparse.Namespace) -> int:
    if not getattr(parsed, "service", None):
        books = [("book", "gathered", "regions", "prices", "")]
        for id in book_ids():
            book, mark = PriceBook.load(id), "default" if id == DEFAULT_BOOK else ""
            books.append((id, book.as_of, str(len(book.regions)), f"{len(book.prices):,}", mark))
        print(table(books, (2, 3)))
        print(f"\nservices: {', '.join(PriceBook.load().services)}")
        return 0
    book = PriceBook.load(parsed.book)
    _known("SERVICE", parsed.service, book.services)
    prices = _prices(book, parsed)
    if parsed.region:
        print(table([("item", "USD", "unit", "as of", ""), *(_price_row(p) for p in prices)], (1,)))
    else:
        regions = Counter(price.item for price in prices)
        rows = [("item", "unit", "regions")]
        rows += [(item, book.unit_of(parsed.service, item), str(n)) for item, n in regions.items()]
        print(table(rows, (2,)))
    return 0


def _price_row(price: Price) -> tuple[str, ...]:
    tiers = "" if len(price.tiers) == 1 else f"first of {len(price.tiers)} tiers"
    marks = ", ".join(text for text in (tiers, "" if price.quality == "list" else price.quality) if text)
    return price.item, decimal_text(price.first_usd, 20), price.unit, price.as_of, marks


def _run_show(parsed: argparse.Namespace) -> int:
    book = PriceBook.load(parsed.book)
    _known("SERVICE", parsed.service, book.services)
    _known("ITEM", parsed.item, item_names(book, parsed.service))
    prices = [price for price in _prices(book, parsed) if price.item == parsed.item]
    if not prices:
        allowed = f"the book {book.id} has no price for it{f' in {parsed.region}' if parsed.region else ''}"
        fix = "A scenario takes your own in its field prices."
        raise PriceNotFound(Problem("missing", f"{parsed.service} {parsed.item}", "", allowed, fix))
    rows = [("region", "from", "to", "USD", "unit", "as of", "quality", "source")]
    for price in prices:
        for tier in price.tiers:
            upto = "" if tier.upto is None else figure(tier.upto, 4)
            usd, source = decimal_text(tier.price_usd, 20), shorten(book.source_title(price.source), 90)
            of_price = (price.unit, price.as_of, price.quality, source)
            rows.append((price.region, figure(tier.start, 4), upto, usd, *of_price))
    print(table(rows, (1, 2, 3)))
    return 0


def _prices(book: PriceBook, parsed: argparse.Namespace) -> list[Price]:
    """The prices of a service, in one region or in all."""
    if parsed.region:
        _known("--region", parsed.region, book.regions)
    return [p for p in book.prices if p.service == parsed.service and parsed.region in (None, p.region)]


def _known(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        words = ", ".join(known) if len(known) <= 40 else f"its {len(known)} names"
        raise InputError(Problem("choice", field, f'"{shorten(value)}"', words, nearest(value, known)))


def _run_verify(parsed: argparse.Namespace) -> int:
    wrong = 0
    for id in [parsed.book] if parsed.book else book_ids():
        book = PriceBook.load(id)
        problems = verify(book)
        wrong += len(problems)
        for problem in problems:
            print(f"{id}: {problem}", file=sys.stderr)
        outcome = f"{len(problems)} problems" if problems else "all well"
        print(f"{id}: {outcome}, {len(book.prices):,} prices, {len(book.sources())} sources")
    return 1 if wrong else 0
