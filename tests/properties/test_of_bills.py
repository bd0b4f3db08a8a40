"""What holds for every bill of usage. `docs/properties.md` lists the rules."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest

from lambdaplan import PriceBook
from lambdaplan.pricing.bill import Bill
from properties import Document, ask_only_if, billed, holds_for, paid_usage, usage

CENT = Fraction(1, 100)


def amounts(made: Bill) -> dict[tuple[str, str, str], Fraction | None]:
    """What each item comes to, tiers added up."""
    found: dict[tuple[str, str, str], Fraction | None] = {}
    for line in made.lines:
        key, usd = (line.service, line.price_item, line.item.split(",")[0]), line.exact_usd
        before = found.get(key, Fraction(0))
        found[key] = None if usd is None or before is None else before + usd
    return found


def quantities(made: Bill) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = {}
    for line in made.lines:
        key = (line.service, line.price_item)
        found[key] = found.get(key, Fraction(0)) + line.quantity
    return {key: quantity for key, quantity in found.items() if quantity}


def scaled(document: Document, factor: int) -> Document:
    """Every row so many times."""
    return document | {"usage": document["usage"] * factor}


@holds_for(usage)
def test_a_bill_is_the_sum_of_its_lines(document: Document, rng: random.Random) -> None:
    """A bill is the sum of its lines: exactly, and to the cent as shown."""
    made = billed(document)
    ask_only_if(not made.unknown)
    assert made.exact_usd == sum((line.quantity * line.price_usd for line in made.lines), Fraction(0))
    assert made.total_usd == sum((line.amount_usd for line in made.lines), made.total_usd * 0)
    assert abs(Fraction(made.total_usd) - made.exact_usd) <= CENT / 2 * len(made.lines)


@holds_for(usage)
def test_no_line_is_below_zero(document: Document, rng: random.Random) -> None:
    """No quantity, no price and no amount is below zero."""
    for line in billed(document).lines:
        assert line.quantity >= 0
        assert line.price_usd is None or line.price_usd >= 0


@holds_for(paid_usage)
def test_the_order_of_rows_does_not_matter(document: Document, rng: random.Random) -> None:
    """Without free quantities the rows of a document may stand in any order."""
    rows = list(document["usage"])
    rng.shuffle(rows)
    one, other = billed(document), billed(document, usage=rows)
    assert quantities(one) == quantities(other)
    assert one.known_usd == other.known_usd
    assert set(one.unknown) == set(other.unknown)


@holds_for(usage)
def test_a_further_row_takes_nothing_from_a_bill(document: Document, rng: random.Random) -> None:
    """A further row never makes a bill smaller, whatever it is."""
    *fewer, _ = document["usage"]
    ask_only_if(fewer)
    one, other = billed(document, usage=fewer), billed(document)
    ask_only_if(not one.unknown and not other.unknown)
    assert one.exact_usd <= other.exact_usd


@holds_for(usage)
def test_a_further_row_leaves_other_services_alone(document: Document, rng: random.Random) -> None:
    """A row moves lines of the services it uses, and no other."""
    *fewer, last = document["usage"]
    ask_only_if(fewer)
    touched = {line.service for line in billed(document, usage=[last], free_tier=False).lines} | {last["service"]}
    one, other = billed(document, usage=fewer), billed(document)
    for service in {line.service for line in one.lines} - touched:
        assert [line for line in one.lines if line.service == service] == [
            line for line in other.lines if line.service == service
        ]


@holds_for(paid_usage)
def test_more_of_everything_costs_no_more_each(document: Document, rng: random.Random) -> None:
    """Tiers only fall: twice the rows cost at most twice as much, and at least as much as once."""
    once, twice = billed(document), billed(scaled(document, 2))
    ask_only_if(not once.unknown and not twice.unknown)
    assert once.exact_usd <= twice.exact_usd <= 2 * once.exact_usd


@holds_for(usage)
def test_free_quantities_only_help(document: Document, rng: random.Random) -> None:
    """With free quantities nothing is billed in a larger amount than without them."""
    without, with_them = billed(document, free_tier=False), billed(document, free_tier=True)
    less = quantities(with_them)
    assert all(less.get(key, 0) <= quantity for key, quantity in quantities(without).items())
    assert set(less) <= set(quantities(without))
    assert with_them.known_usd <= without.known_usd


@holds_for(paid_usage)
def test_free_quantities_are_what_they_say(document: Document, rng: random.Random) -> None:
    """What is free in a month is the same however much more is used: it saves no more at twice the use, in units."""

    def saved(factor: int) -> dict[tuple[str, str], Fraction]:
        rows = scaled(document, factor)
        paid, free = quantities(billed(rows)), quantities(billed(rows, free_tier=True))
        return {key: quantity - free.get(key, 0) for key, quantity in paid.items()}

    once, twice = saved(1), saved(2)
    by_service: dict[str, list[Fraction]] = {}
    for key in once:
        pair = by_service.setdefault(key[0], [Fraction(0), Fraction(0)])
        pair[0] += once[key]
        pair[1] += twice[key]
    assert all(one <= two <= 2 * one for one, two in by_service.values())


@holds_for(usage)
def test_nothing_used_costs_nothing(document: Document, rng: random.Random) -> None:
    """A month of no use has no line that costs."""

    def idle(row: Document) -> Document:
        kept = ("service", "architecture", "os", "vcpu", "memory_gb", "instance_type", "purchase", "volume", "engine")
        return {name: value for name, value in row.items() if name in kept}

    rows = []
    for row in document["usage"]:
        try:
            billed(document, usage=[idle(row)], prices=[])
        except Exception:  # noqa: BLE001, S112 - rows that must say how much
            continue
        rows.append(idle(row))
    ask_only_if(rows)
    timed = {"alb", "ebs", "vpc_endpoint", "nlb"}  # an hour they stand is an hour billed, by default the whole month
    made = billed(document, usage=[row for row in rows if row["service"] not in timed] or rows, prices=[])
    assert all(line.service in timed or not line.quantity for line in made.lines)


@holds_for(usage)
def test_a_missing_price_is_never_nothing(document: Document, rng: random.Random) -> None:
    """A bill with a line without a price has no total, and names each such line."""
    made = billed(document)
    missing = [line for line in made.lines if line.price_usd is None]
    assert (made.total_usd is None) == (made.exact_usd is None) == bool(missing)
    assert len(made.unknown) == len(missing)
    assert all(line.price_item in words for line, words in zip(missing, made.unknown, strict=True))


@holds_for(usage)
def test_an_own_price_is_used_as_given(document: Document, rng: random.Random) -> None:
    """The reader's own price of an item is the price of its lines, moves no quantity, and touches no other item."""
    made = billed(document, prices=[])
    priced = [line for line in made.lines if line.quantity and line.part_of is None]
    ask_only_if(priced)
    line = rng.choice(priced)
    own = {"service": line.service, "item": line.price_item, "price_usd": "0.0375", "note": "mine"}
    again = billed(document, prices=[own])
    assert quantities(made) == quantities(again)
    for other in again.lines:
        if (other.service, other.price_item) == (line.service, line.price_item):
            assert other.price_usd == Fraction("0.0375")
    untouched = [one for one in made.lines if not one.has_price(line.service, line.price_item)]
    assert untouched == [one for one in again.lines if not one.has_price(line.service, line.price_item)]


@holds_for(usage)
def test_a_bill_is_linear_in_each_price(document: Document, rng: random.Random) -> None:
    """Twice an own price adds as much again as that price is worth on the bill."""
    made = billed(document, prices=[])
    priced = [line for line in made.lines if line.quantity]
    ask_only_if(priced)
    line = rng.choice(priced)

    def at(price: str) -> Fraction:
        own = {"service": line.service, "item": line.price_item, "price_usd": price, "note": "mine"}
        return billed(document, prices=[own]).known_usd

    assert at("0.5") - at("0.25") == at("0.75") - at("0.5") > 0


@holds_for(usage)
def test_the_price_of_the_book_as_an_own_price_changes_no_amount(document: Document, rng: random.Random) -> None:
    """Writing down the book's own price of an item without tiers changes no amount."""
    made = billed(document, prices=[])
    book, region = PriceBook.load(), document["region"]
    plain = [line for line in made.lines if line.price_usd is not None and line.part_of is None]
    plain = [one for one in plain if (p := book.price(one.service, one.price_item, region)) and len(p.tiers) == 1]
    ask_only_if(plain)
    line = rng.choice(plain)
    text = format(float(line.price_usd), ".15f").rstrip("0").rstrip(".")
    ask_only_if(Fraction(text) == line.price_usd)
    own = {"service": line.service, "item": line.price_item, "price_usd": text, "note": "as in the book"}
    assert billed(document, prices=[own]).known_usd == made.known_usd


@holds_for(paid_usage)
def test_a_discount_on_everything_is_that_share_of_the_bill(document: Document, rng: random.Random) -> None:
    """A discount on everything takes its share off the whole bill, exactly, where no price is the reader's own."""
    made = billed(document, prices=[])
    share = Fraction(rng.randint(1, 99), 100)
    rates = {"version": 1, "discounts": [{"fraction": float(share)}]}
    assert billed(document, prices=[], rates=rates).known_usd == made.known_usd * (1 - share)


@holds_for(paid_usage)
def test_a_month_split_between_two_rows_is_one_month(document: Document, rng: random.Random) -> None:
    """Calls of one function, or tasks of one size, may be told in one row or in two: the bill is the same."""
    rows = document["usage"]
    counted = ("lambda", "fargate", "api_gateway_http", "dynamodb")
    places = [n for n, row in enumerate(rows) if row["service"] in counted]
    ask_only_if(places)
    place = rng.choice(places)
    row = rows[place]
    ask_only_if("provisioned" not in row and "cold_starts" not in row and "streamed" not in row)
    names = ["requests", "gb_seconds", "tasks", "task_hours"]
    if row["service"] == "dynamodb":  # all of its fields are amounts
        names = [name for name in row if name != "service"]
    names = [name for name in names if name in row]
    ask_only_if(names)
    share, parts = rng.random(), (dict(row), dict(row))
    for name in names:
        whole = Fraction(str(row[name]))
        first = int(whole * Fraction(share))
        parts[0][name], parts[1][name] = first, row[name] - first
        ask_only_if(Fraction(str(parts[1][name])) == whole - first)  # as floats write it
    made = billed(document)
    split = billed(document, usage=[*rows[:place], *parts, *rows[place + 1 :]])
    assert quantities(made) == quantities(split)
    assert made.known_usd == split.known_usd


@holds_for(paid_usage)
def test_a_tier_begins_without_a_step(document: Document, rng: random.Random) -> None:
    """One request more costs at most the dearest tier of each thing it uses: a tier's edge makes no jump."""
    rows = document["usage"]
    places = [
        n
        for n, row in enumerate(rows)
        if "requests" in row and row["service"] in ("lambda", "api_gateway_http", "api_gateway_rest")
    ]
    ask_only_if(places)
    place = rng.choice(places)
    row = dict(rows[place])
    others = ("cold_fraction", "cold_starts", "provisioned", "gb_seconds", "cache_gb", "streamed")
    ask_only_if(not any(name in row for name in others))
    more = row | {"requests": row["requests"] + 1}
    one, other = billed(document), billed(document, usage=[*rows[:place], more, *rows[place + 1 :]])
    ask_only_if(not one.unknown)
    alone = billed(document, usage=[more | {"requests": 1}])
    book, region = PriceBook.load(), document["region"]
    most = Fraction(0)
    for line in alone.lines:
        price = book.price(line.service, line.price_item, region)
        dearest = max(tier.price_usd for tier in price.tiers) if price and line.quality != "own" else line.price_usd
        most += line.quantity * max(dearest, line.price_usd)
    assert 0 <= other.exact_usd - one.exact_usd <= most


@holds_for(usage)
def test_amounts_mean_the_same_in_any_way_of_writing(document: Document, rng: random.Random) -> None:
    """A number may be written as a number or as text: the bill is the same."""

    def as_text(value: object) -> object:
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    rows = [
        {
            name: as_text(value) if isinstance(value, int) and name != "memory_gb" else value
            for name, value in row.items()
        }
        for row in document["usage"]
    ]
    assert billed(document).document() == billed(document, usage=rows).document()


@holds_for(usage)
def test_a_printed_bill_adds_up(document: Document, rng: random.Random) -> None:
    """In the printed JSON each line's quantity times its price is its amount, and the amounts add up."""
    printed = json.loads(json.dumps(billed(document).document()))
    exact = [line["exact_usd"] for line in printed["lines"]]
    for line in printed["lines"]:
        if line["price_usd"] is not None:
            assert float(line["quantity"]) * float(line["price_usd"]) == pytest.approx(
                float(line["exact_usd"]), rel=1e-9
            )
    if None not in exact:
        assert sum(map(float, exact)) == pytest.approx(float(printed["exact_usd"]), rel=1e-9)
        shown = sum((Fraction(line["amount_usd"]) for line in printed["lines"]), Fraction(0))
        assert shown == Fraction(printed["total_usd"])
