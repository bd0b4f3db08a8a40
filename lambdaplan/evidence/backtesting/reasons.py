"""The usual reasons why a bill differs from a model, each tested on the bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.evidence.bills.usage_rows import APART, USAGE_TYPES, UsageRow, is_gb_seconds, is_requests
from lambdaplan.evidence.scenario_values import shown
from lambdaplan.pricing.bill import LineItem

_NEAR = 0.005  # a share below which two quantities are taken to be the same


@dataclass(frozen=True)
class BacktestLine:
    """One item in the bill and in the model.

    Parameters:
    billed_usd : at list rates; paid_usd : after private rates, with plans spread; model_usd : at the book's prices.
    """

    service: str
    item: str
    usage_type: str
    unit: str
    billed_quantity: float
    model_quantity: float
    billed_usd: float
    paid_usd: float
    model_usd: float

    @property
    def residual_usd(self) -> float:
        """Bill at list rates less model. [USD]"""
        return self.billed_usd - self.model_usd

    @property
    def quantity_ratio(self) -> float | None:
        """Billed over modelled quantity."""
        return self.billed_quantity / self.model_quantity if self.model_quantity else None

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        figures = {
            "billed_quantity": self.billed_quantity,
            "model_quantity": self.model_quantity,
            "billed_usd": self.billed_usd,
            "paid_usd": self.paid_usd,
            "model_usd": self.model_usd,
            "residual_usd": self.residual_usd,
        }
        named = {"service": self.service, "item": self.item, "usage_type": self.usage_type, "unit": self.unit}
        return {**named, **{name: shown(figure) for name, figure in figures.items()}}


@dataclass(frozen=True)
class Reason:
    """One usual reason: whether the bill shows it, what it comes to (bill less model), and the figures.

    Parameters:
    usd : what it explains, bill less model; None where it can't be told from a bill. [USD]
    """

    name: str
    applies: bool
    usd: float | None
    words: str

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        return {"name": self.name, "applies": self.applies, "usd": shown(self.usd), "words": self.words}


def reasons_of(
    rows: Sequence[UsageRow],
    lines: Sequence[BacktestLine],
    model: Iterable[LineItem],
    requests: tuple[float | None, float],
    hours: tuple[float, int],
    outside: Sequence[tuple[str, float]],
) -> tuple[Reason, ...]:
    """Test each reason; those that apply come first."""
    usage = [row for row in rows if row.line_type in USAGE_TYPES]
    reasons = [
        _volume(lines, requests),
        _work(usage, lines, requests),
        _initialisation(usage, lines, list(model), requests),
        _prices(lines),
        _free_tier(usage),
        _private_rates(usage),
        _plans(rows),
        _partial(hours),
        _logs(lines),
        _only_in_one(lines),
        _outside(outside),
        _apart(rows),
    ]
    return tuple(sorted(reasons, key=lambda one: not one.applies))


def _volume(lines: Sequence[BacktestLine], requests: tuple[float | None, float]) -> Reason:
    billed, planned = requests
    name = "traffic, retries, other callers"
    if billed is None or not planned:
        return Reason(name, applies=False, usd=None, words="no requests in the bill to compare")
    ratio = billed / planned
    of_requests = ("lambda", "api_gateway_http", "api_gateway_rest")
    usd = sum(line.model_usd for line in lines if line.service in of_requests and line.billed_quantity) * (ratio - 1)
    words = f"{billed:,.0f} requests were billed, {planned:,.0f} are in the scenario: {ratio - 1:+.1%}"
    return Reason(name, abs(ratio - 1) > _NEAR, usd, words)


def _per_request(
    usage: Sequence[UsageRow], lines: Sequence[BacktestLine], requests: float | None
) -> tuple[float, float]:
    """GB-seconds a request in the bill and in the model."""
    own = sum(row.quantity for row in usage if is_gb_seconds(row))
    counted = requests or sum(row.quantity for row in usage if is_requests(row))
    duration = [line for line in lines if line.service == "lambda" and line.item.startswith("duration/")]
    return (own / counted if counted else 0.0), sum(line.model_quantity for line in duration)


def _work(usage: Sequence[UsageRow], lines: Sequence[BacktestLine], requests: tuple[float | None, float]) -> Reason:
    name = "duration or memory of a request"
    billed, planned = requests
    own, model = _per_request(usage, lines, billed)
    if not own or not model or not planned:
        return Reason(name, applies=False, usd=None, words="no GB-seconds of Lambda in both")
    each = model / planned
    price = sum(line.model_usd for line in lines if line.item.startswith("duration/")) / model
    usd = (own - each) * (billed or planned) * price
    words = (
        f"{own:.6g} GB-s a request were billed, {each:.6g} are modelled, initialisation in it: {own / each - 1:+.1%}"
    )
    return Reason(name, abs(own / each - 1) > _NEAR, usd, words)


def _initialisation(
    usage: Sequence[UsageRow],
    lines: Sequence[BacktestLine],
    model: Sequence[LineItem],
    requests: tuple[float | None, float],
) -> Reason:
    name = "initialisation that is billed"
    own, planned = _per_request(usage, lines, requests[0])
    counted = [line for line in model if "initialisation" in line.item]
    usd = sum(float(line.exact_usd or 0) for line in counted)
    if counted:
        return Reason(name, applies=False, usd=0.0, words=f"the model has it: ${usd:,.2f}")
    if own and planned and requests[1] and own > planned / requests[1] * (1 + _NEAR):
        words = "the scenario has no init_ms or runtime: cold starts are billed since August 2025 and not in the model"
        return Reason(name, applies=True, usd=None, words=words)
    return Reason(name, applies=False, usd=None, words="no GB-seconds beyond the model")


def _prices(lines: Sequence[BacktestLine]) -> Reason:
    name = "list prices other than the book's"
    off, usd = [], 0.0
    for line in lines:
        if line.billed_quantity and line.model_quantity and line.model_usd and line.billed_usd:
            own, book = line.billed_usd / line.billed_quantity, line.model_usd / line.model_quantity
            if abs(own / book - 1) > _NEAR:
                off.append(f"{line.service} {line.item} {own / book - 1:+.1%}")
                usd += (own - book) * line.billed_quantity
    words = f"a unit costs otherwise than in the book: {', '.join(off[:5])}" if off else "units cost what the book says"
    return Reason(name, bool(off), usd if off else 0.0, words)


def _free_tier(usage: Sequence[UsageRow]) -> Reason:
    free = [row for row in usage if row.quantity > 0 and not row.paid_usd and not row.list_usd]
    named = ", ".join(dict.fromkeys(row.usage_type for row in free[:6]))
    words = f"rows that cost nothing: {named}" if free else "no row costs nothing"
    return Reason("free tier", bool(free), None if free else 0.0, words)


def _private_rates(usage: Sequence[UsageRow]) -> Reason:
    plain = [row for row in usage if row.line_type == "Usage" and row.net_usd is not None and row.list_usd]
    net, at_list = sum(row.net_usd or 0.0 for row in plain), sum(row.list_usd or 0.0 for row in plain)
    if not at_list:
        return Reason("private rates", applies=False, usd=0.0, words="the bill has no net or contracted cost")
    words = f"${net:,.2f} net of ${at_list:,.2f} at list: {net / at_list:.3f}"
    return Reason("private rates", net < at_list * (1 - _NEAR / 2), net - at_list, words)


def _plans(rows: Sequence[UsageRow]) -> Reason:
    covered = [row for row in rows if row.line_type in ("SavingsPlanCoveredUsage", "DiscountedUsage")]
    known = [row for row in covered if row.amortized_usd is not None and row.list_usd]
    spread, at_list = sum(row.amortized_usd or 0.0 for row in known), sum(row.list_usd or 0.0 for row in known)
    words = f"${at_list:,.2f} at list is covered for ${spread:,.2f}" if covered else "no usage is under a plan"
    return Reason("Savings Plans and reservations", bool(covered), spread - at_list, words)


def _partial(hours: tuple[float, int]) -> Reason:
    covered, whole = hours
    partial = covered < whole - 1
    words = f"the bill covers {covered:,.0f} h; the model is of as many" if partial else f"a whole month of {whole} h"
    return Reason("a part of a month", partial, 0.0, words)


def _logs(lines: Sequence[BacktestLine]) -> Reason:
    own = [line for line in lines if line.service == "cloudwatch" and not line.model_quantity]
    usd = sum(line.billed_usd for line in own)
    words = f"${usd:,.2f} of logs, which the scenario does not count: include logs, log_kb" if own else "none uncounted"
    return Reason("logs", bool(own), usd, words)


def _only_in_one(lines: Sequence[BacktestLine]) -> Reason:
    extra = [line for line in lines if not line.model_quantity and line.service != "cloudwatch"]
    absent = [line for line in lines if not line.billed_quantity]
    usd = sum(line.residual_usd for line in (*extra, *absent))
    parts = []
    if extra:
        parts.append(f"only in the bill: {', '.join(f'{line.service} {line.item}' for line in extra[:6])}")
    if absent:
        parts.append(f"only in the model: {', '.join(f'{line.service} {line.item}' for line in absent[:6])}")
    return Reason("other services or units", bool(parts), usd, "; ".join(parts) or "the same items in both")


def _outside(outside: Sequence[tuple[str, float]]) -> Reason:
    usd = sum(one for name, one in outside if name not in APART and not name.endswith("Fee"))
    names = [name for name, _ in outside if name not in APART and not name.endswith("Fee")]
    words = f"usage types that no plan has: {', '.join(names[:6])}" if names else "all usage types are known"
    return Reason("what no plan covers", bool(names), usd, words)


def _apart(rows: Sequence[UsageRow]) -> Reason:
    own = [row for row in rows if row.line_type in APART]
    usd = sum(row.paid_usd for row in own)
    names = ", ".join(dict.fromkeys(row.line_type for row in own))
    words = f"${usd:,.2f} of {names}, left out of the comparison" if own else "none in the bill"
    return Reason("tax, credits, refunds", bool(own), usd, words)
