"""Back-test: a month's model against a bill, line by line, with the usual reasons of what is left tested one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.result import Result
from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.evidence.backtesting.reasons import BacktestLine, Reason, reasons_of
from lambdaplan.evidence.backtesting.usage_items import item_of
from lambdaplan.evidence.bills.usage_rows import USAGE_TYPES, UsageRow, is_requests
from lambdaplan.evidence.import_files import Watch, read_file
from lambdaplan.evidence.scenario_values import shown
from lambdaplan.pricing.bill import LineItem
from lambdaplan.scenario.scenario import Scenario

VERSION = 1
_WHOLE_MONTH = (672, 744)  # hours that a month may have
_RATE_GRAIN = 0.002  # below it net and list are taken to be the same


@dataclass(frozen=True)
class Backtest:
    """A month's model against what was paid.

    Parameters:
    option : label of the option that ran.
    hours : hours that the bill covers. [h]
    billed_requests, model_requests : requests in the bill, and those of the scenario in as many hours.
    lines : usage types that are in both, or in one of them.
    outside : rows of the bill that no plan has, by usage type, with what was paid. [USD]
    reasons : the usual reasons of residuals, each tested.
    rates : discounts found in the bill as a rates document, or None.
    """

    name: str
    bill_name: str
    month: str
    option: str
    hours: float
    billed_requests: float | None
    model_requests: float
    lines: tuple[BacktestLine, ...]
    outside: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]
    rates: Mapping[str, Any] | None

    @property
    def billed_usd(self) -> float:
        """What the bill has at list rates, of what the plan covers. [USD]"""
        return sum(line.billed_usd for line in self.lines)

    @property
    def paid_usd(self) -> float:
        """What was paid for it, plans spread. [USD]"""
        return sum(line.paid_usd for line in self.lines)

    @property
    def planned(self) -> tuple[BacktestLine, ...]:
        """The items that the model has."""
        return tuple(line for line in self.lines if line.model_quantity)

    @property
    def model_usd(self) -> float:
        """The model's bill of the same hours. [USD]"""
        return sum(line.model_usd for line in self.lines)

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        return {
            "version": VERSION,
            "scenario": self.name,
            "bill": self.bill_name,
            "month": self.month,
            "option": self.option,
            "hours": shown(self.hours),
            "requests": {"billed": shown(self.billed_requests), "model": shown(self.model_requests)},
            "lines": [line.document() for line in self.lines],
            "outside": [{"usage_type": name, "paid_usd": shown(usd)} for name, usd in self.outside],
            "total": {
                "billed_usd": shown(self.billed_usd),
                "paid_usd": shown(self.paid_usd),
                "model_usd": shown(self.model_usd),
                "residual_usd": shown(self.billed_usd - self.model_usd),
            },
            "planned": {
                "billed_usd": shown(sum(line.billed_usd for line in self.planned)),
                "model_usd": shown(self.model_usd),
                "residual_usd": shown(sum(line.residual_usd for line in self.planned)),
            },
            "reasons": [reason.document() for reason in self.reasons],
            "rates": self.rates,
        }


def backtest(scenario: Scenario, bill: str | Path, option: str | None = None, watch: Watch | None = None) -> Backtest:
    """Hold a month's model against a bill.

    The model is that of the option which ran, in as many hours as the bill covers. Quantities are compared by usage
    type, then costs at list rates; what was paid, after private rates and plans, stands beside them.

    Parameters:
    option : label of the option that ran; the first of the scenario unless given.
    watch : called with the bill's name; gives what is called with the share of it that was read.

    Raises: InputError when the bill has no usage types, or the scenario no such option.
    """
    file = read_file(bill, watch)
    rows = file.evidence.parts.get("usage_rows")
    if not isinstance(rows, tuple) or not rows:
        words = "a Cost and Usage Report, FOCUS, or the usage table of lambdaplan queries"
        raise InputError(Problem("content", file.name, f"a back-test needs usage types, and it is {file.kind}", words))
    usage = [row for row in rows if row.line_type in USAGE_TYPES]
    hours = _hours(usage)
    whole = min(max(round(hours), _WHOLE_MONTH[0]), _WHOLE_MONTH[1])
    month = scenario.with_values({"hours_per_month": whole, "workload.requests_per_month": _in_hours(scenario, whole)})
    result = _option(compare(month).options, option)
    part = min(1.0, hours / whole)
    lines = _lines(usage, result.bill.lines, part)
    billed = [row.quantity for row in usage if is_requests(row)] or [
        row.quantity for row in usage if (item_of(row.plain_type) or ("", ""))[1] == "requests"
    ]
    billed_requests = sum(billed) if billed else None
    model_requests = float(month.workload.requests_per_month) * part
    outside = _outside(rows)
    reasons = reasons_of(rows, lines, result.bill.lines, (billed_requests, model_requests), (hours, whole), outside)
    rates = _rates(usage, scenario.region, file.name, _text(file.evidence.reads.get("month")))
    return Backtest(
        scenario.name,
        file.name,
        _text(file.evidence.reads.get("month")),
        str(result.option.label),
        hours,
        billed_requests,
        model_requests,
        lines,
        outside,
        reasons,
        rates,
    )


def _text(measure: Any) -> str:
    return "" if measure is None else str(measure.value)


def _in_hours(scenario: Scenario, hours: int) -> int:
    """The scenario's requests in a month of other hours."""
    return round(Fraction(scenario.workload.requests_per_month) * hours / Fraction(scenario.hours_per_month))


def _hours(usage: Sequence[UsageRow]) -> float:
    firsts = [row.first for row in usage if row.first is not None]
    lasts = [row.last for row in usage if row.last is not None]
    return (max(lasts) - min(firsts)).total_seconds() / 3600 if firsts and lasts else 730.0


def _option(options: Sequence[Result], label: str | None) -> Result:
    if label is None:
        return options[0]
    for one in options:
        if one.option.label == label:
            return one
    labels = [str(one.option.label) for one in options]
    raise InputError(Problem("choice", "--option", f'"{label[:60]}"', ", ".join(labels), nearest(label, labels)))


def _lines(usage: Sequence[UsageRow], model: Iterable[LineItem], part: float) -> tuple[BacktestLine, ...]:
    """Items that the bill or the model has, in the order of the model, then of the bill."""
    planned: dict[tuple[str, str], list[LineItem]] = {}
    for line in model:
        if line.service and line.quantity:
            planned.setdefault((line.service, line.price_item), []).append(line)
    billed: dict[tuple[str, str], list[UsageRow]] = {}
    for row in usage:
        item = item_of(row.plain_type)
        if item is not None:
            billed.setdefault(item, []).append(row)
    lines = []
    for item in dict.fromkeys((*planned, *billed)):
        items, rows = planned.get(item, []), billed.get(item, [])
        quantity = sum(float(line.quantity) for line in items) * part
        lines.append(
            BacktestLine(
                service=item[0],
                item=item[1],
                usage_type=" ".join(dict.fromkeys(row.usage_type for row in rows)),
                unit=items[0].unit if items else rows[0].unit,
                billed_quantity=sum(row.quantity for row in rows),
                model_quantity=quantity,
                billed_usd=sum(row.paid_usd if row.list_usd is None else row.list_usd for row in rows),
                paid_usd=sum(_paid(row) for row in rows),
                model_usd=sum(float(line.exact_usd or 0) for line in items) * part,
            )
        )
    return tuple(lines)


def _paid(row: UsageRow) -> float:
    """What was paid for a row: amortized under a plan, else net, else as billed. [USD]"""
    if row.line_type != "Usage" and row.amortized_usd is not None:
        return row.amortized_usd
    return row.paid_usd if row.net_usd is None else row.net_usd


def _outside(rows: Sequence[UsageRow]) -> tuple[tuple[str, float], ...]:
    """Rows that no plan has, by usage type or kind of line, those that cost most first."""
    sums: dict[str, float] = {}
    for row in rows:
        if row.line_type in USAGE_TYPES and item_of(row.plain_type) is not None:
            continue
        if row.line_type == "SavingsPlanNegation":
            continue
        name = row.usage_type if row.line_type in USAGE_TYPES else row.line_type
        sums[name] = sums.get(name, 0.0) + row.paid_usd
    return tuple(sorted(((name, usd) for name, usd in sums.items() if usd), key=lambda one: -abs(one[1])))


def _rates(usage: Sequence[UsageRow], region: str, name: str, month: str) -> dict[str, Any] | None:
    """Discounts by item, from net over list of plain usage rows, as a rates document."""
    sums: dict[tuple[str, str], list[float]] = {}
    for row in usage:
        item = item_of(row.plain_type)
        if item is not None and row.line_type == "Usage" and row.net_usd is not None and row.list_usd:
            pair = sums.setdefault(item, [0.0, 0.0])
            pair[0] += row.net_usd
            pair[1] += row.list_usd
    discounts = []
    for (service, item_name), (net, at_list) in sums.items():
        fraction = 1 - net / at_list
        if _RATE_GRAIN < fraction <= 1:
            note = f"net over list in {name}{f' of {month}' if month else ''}"
            one = {"fraction": round(fraction, 4), "service": service, "item": item_name, "region": region}
            discounts.append({**one, "note": note[:200]})
    return {"version": 1, "name": f"rates found in {name}"[:120], "discounts": discounts} if discounts else None
