"""Savings Plan commitments, used up hour by hour, with what they leave on demand and what of them is left unused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.formatting import share_text
from lambdaplan.numbers import Number, apart, either, larger, on_sweep, smaller
from lambdaplan.pricing.plans import ABOVE_FIRST_TIER, plan_words
from lambdaplan.pricing.price_book import Price, PriceBook
from lambdaplan.pricing.rates import Commitment
from lambdaplan.pricing.usage import Charge, OwnLine
from lambdaplan.units import HOURS_PER_WEEK

PriceOf = Callable[[Charge, PriceBook, str], Price | None]


@dataclass(frozen=True)
class Committed:
    """A month's charges with commitments of one's own.

    Parameters:
    charges : list of Charge - what is left on demand, in the order in which the charges were given.
    planned : list of Charge - what is paid at rates of the plans.
    unused : list of OwnLine - what of each commitment no hour uses.
    bends : list of Number - quantities whose change of sign bends the bill.
    """

    charges: list[Charge]
    planned: list[Charge]
    unused: list[OwnLine]
    bends: list[Number]


@dataclass
class _Use:
    """What of one charge is on demand in an hour of each kind, after the commitments so far."""

    charge: Charge
    each: Any
    touched: bool = False


def committed(
    charges: Sequence[Charge], book: PriceBook, region: str, hours_per_month: Number, price_of: PriceOf
) -> Committed:
    """Use up commitments hour by hour, as AWS does.

    In each hour a commitment pays, at the plan's rates, for what is used on demand and covered by it: what saves the
    largest part of its price first, of several alike what has the lower rate. What is left of it in that hour is paid
    all the same. EC2 Instance plans come before Compute plans, several of a kind in the order in which they are given.

    Notes: use of which no hours are known is the same in every hour. A covered item whose rate is not known makes a
    line without a price. Rates of Lambda's duration hold in its first tier; beyond it none is known.
    References: "How Savings Plans apply to your AWS usage", Savings Plans User Guide, Amazon Web Services.
    """
    uses = [_Use(charge, None) for charge in charges]
    shape = next((charge.by_hour for charge in charges if charge.by_hour is not None), None)
    hours = np.array([HOURS_PER_WEEK], dtype=object) if shape is None else shape.hours
    for use in uses:
        use.each = _each_hour(use.charge, len(hours), hours_per_month)
    planned, unused, bends = [], [], []
    covered: dict[str, Number] = {}  # of Lambda's duration, by item: what plans pay for so far
    for commitment in book.commitments(region):
        left: Any = np.array([commitment.usd_per_hour] * len(hours), dtype=object)
        asked: Number = Fraction(0)
        for use, plan_usd, item in _in_order(uses, commitment, book, region, price_of):
            if plan_usd is None:
                part: Any = use.each
            else:
                asked = asked + use.each * plan_usd
                bends += [apart(_place(asked, n), commitment.usd_per_hour) for n in range(len(hours))]
                part = smaller(use.each, left / plan_usd) if plan_usd else use.each
                left = larger(left - part * plan_usd, 0)
            use.each, use.touched = use.each - part, True
            quantity = _month(part, hours, hours_per_month)
            planned += _charges(use.charge, commitment, item, quantity, covered, book)
        unused.append(_unused(commitment, _month(left, hours, hours_per_month), hours_per_month))
    rest = [
        dataclasses.replace(use.charge, quantity=_month(use.each, hours, hours_per_month), together=True)
        if use.touched
        else use.charge
        for use in uses
    ]
    return Committed(rest, planned, unused, bends)


def _each_hour(charge: Charge, kinds: int, hours_per_month: Number) -> Any:
    """What is used in an hour of each kind, on the last axis."""
    weights, total = np.array([Fraction(1)] * kinds, dtype=object), Fraction(HOURS_PER_WEEK)
    quantity = larger(charge.quantity, 0)
    if charge.by_hour is not None:
        weights = charge.by_hour.weights
        total = (weights * charge.by_hour.hours).sum(axis=-1)
    each = quantity / either(total > 0, total, 1) * (Fraction(HOURS_PER_WEEK) / hours_per_month)
    return each[..., None] * weights if on_sweep(each) else each * weights


def _month(each: Any, hours: Any, hours_per_month: Number) -> Number:
    """What hours of each kind come to in a month."""
    return (each * hours).sum(axis=-1) * (hours_per_month / Fraction(HOURS_PER_WEEK))


def _place(values: Any, place: int) -> Number:
    return values[..., place] if on_sweep(values) else values[place]


def _in_order(
    uses: Sequence[_Use], commitment: Commitment, book: PriceBook, region: str, price_of: PriceOf
) -> list[tuple[_Use, Fraction | None, str]]:
    """What a commitment covers, in the order in which it pays for it, with the plan's rate and its item."""
    rows: list[tuple[Fraction, Fraction, int, _Use, Fraction | None, str]] = []
    for place, use in enumerate(uses):
        item = commitment.item(use.charge.service, use.charge.item)
        if not item:
            continue
        rate, listed = book.price(use.charge.service, item, region), price_of(use.charge, book, region)
        usd = None if rate is None else rate.first_usd
        saving = Fraction(0)
        if usd is not None and listed is not None and listed.first_usd:
            saving = 1 - usd / listed.first_usd
        rows.append((-saving, usd or Fraction(0), place, use, usd, item))
    return [(use, usd, item) for *_, use, usd, item in sorted(rows, key=lambda row: row[:3])]


def _charges(
    charge: Charge, commitment: Commitment, item: str, quantity: Number, covered: dict[str, Number], book: PriceBook
) -> list[Charge]:
    """What a commitment pays for of a charge: of Lambda's duration what is within the first tier, and beyond."""
    label = f"{charge.label}, {plan_words(commitment.plan)}"
    note = "; ".join(part for part in (commitment.words, commitment.note) if part)
    given = {"item": item, "quantity": quantity, "label": label, "note": note}
    paid = dataclasses.replace(charge, **given, free="", free_last=False, by_hour=None, together=True)
    if not item.startswith("duration/"):
        return [paid]
    tier = book.rule(f"lambda.plan_tier_gb_seconds_{charge.item.split('/')[1]}")
    before = covered.get(item, Fraction(0))
    covered[item] = before + quantity
    within = smaller(covered[item], tier) - smaller(before, tier)
    beyond = larger(covered[item] - tier, 0) - larger(before - tier, 0)
    above = dataclasses.replace(
        paid, item=f"{item}/{ABOVE_FIRST_TIER}", quantity=beyond, label=f"{label}, above the first tier"
    )
    return [dataclasses.replace(paid, quantity=within), above]


def _unused(commitment: Commitment, usd: Number, hours_per_month: Number) -> OwnLine:
    """What of a commitment is paid although no hour uses it."""
    note = commitment.words
    if not on_sweep(usd) and not on_sweep(hours_per_month):
        used = 1 - usd / (commitment.usd_per_hour * hours_per_month)
        note = "; ".join(part for part in (f"{note}, {share_text(used)} used", commitment.note) if part)
    words = f"Commitment unused, {plan_words(commitment.plan)}"
    return OwnLine(words, usd, "USD", Fraction(1), note, together=True)


@dataclass(frozen=True)
class CoveredUse:
    """What a plan would cover of one item, hour by hour of the week.

    Parameters:
    each : array - what is used in an hour of each kind, on the last axis.
    plan_usd, listed_usd : Fraction - the plan's rate and the price on demand, of one unit. [USD]
    service, item : str - the rate's, in the price book.
    """

    each: Any
    plan_usd: Fraction
    listed_usd: Fraction
    service: str
    item: str


def covered_use(
    charges: Sequence[Charge], plan: str, book: PriceBook, region: str, hours_per_month: Number, price_of: PriceOf
) -> tuple[Any, list[CoveredUse], list[str]]:
    """What a plan would cover of charges, in the order in which it would pay for it, and hours of the week by kind.

    Notes: of Lambda's duration what is within its first tier, as no rate is known beyond; that is the same share of
    every hour.

    Returns: hours, uses, and the items of which the plan's rate or the price is missing.
    """
    uses = [_Use(charge, None) for charge in charges]
    shape = next((charge.by_hour for charge in charges if charge.by_hour is not None), None)
    hours = np.array([HOURS_PER_WEEK], dtype=object) if shape is None else shape.hours
    asked = Commitment(plan=plan, usd_per_hour=Fraction(1))
    covered, missing = [], []
    for use, plan_usd, item in _in_order(uses, asked, book, region, price_of):
        listed = price_of(use.charge, book, region)
        if not plan_usd or listed is None:
            missing.append(f"{use.charge.service} {item}")
            continue
        quantity = use.charge.quantity
        if item.startswith("duration/"):
            tier = book.rule(f"lambda.plan_tier_gb_seconds_{use.charge.item.split('/')[1]}")
            quantity = smaller(quantity, tier)
        each = _each_hour(dataclasses.replace(use.charge, quantity=quantity), len(hours), hours_per_month)
        covered.append(CoveredUse(each, plan_usd, listed.first_usd, use.charge.service, item))
    return hours, covered, missing
