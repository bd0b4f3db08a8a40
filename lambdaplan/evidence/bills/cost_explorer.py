"""Cost Explorer: CSV of the console, and the answer of `aws ce get-cost-and-usage`."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Any

from lambdaplan.evidence.bills.usage_rows import UsageRow, is_gb_seconds, is_requests
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.privacy import clean
from lambdaplan.evidence.source import Source

_COLUMN = re.compile(r"(.*?)\s*\(([^()]*)\)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]00:00:00Z?)?|\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)")
_VIEW = "which cost view (unblended, amortized, net) was chosen: not in the file"
_MONEY = ("$", "USD", "€", "EUR", "£", "GBP", "¥", "JPY", "INR", "AUD", "CAD", "BRL", "CHF", "CNY")


def read_csv(source: Source) -> Evidence:
    """Read costs by service or usage type: a row of totals, then a row a day or month; empty cells are nothing."""
    cells = [row for row in source.cells() if any(cell.strip() for cell in row)]
    header = [cell.strip() for cell in cells[0]]
    column = _date_column(cells[1:])
    rows = [row for row in cells[1:] if column < len(row) and _DATE.fullmatch(row[column].strip())]
    days, said = _days_of([row[column].strip() for row in rows])
    if not days:
        raise source.refuse("it has no row of a day or month", "the CSV that Cost Explorer downloads")
    reads: dict[str, Measure] = {}
    currency = "USD"
    for place, name in enumerate(header):
        if place == column or not any(number(row[place]) is not None for row in rows if place < len(row)):
            continue
        total = sum(number(row[place]) or 0.0 for row in rows if place < len(row))
        match = _COLUMN.fullmatch(name)
        label, unit = (match[1], match[2]) if match else (name, "$")
        label = clean(label)
        if unit not in _MONEY:
            reads[f"quantity:{label}"] = Measure(whole(total), unit)
        elif label.lower() in ("total costs", "total cost", "total"):
            reads["paid_usd:total"] = Measure(total, "USD, tax in it")
        else:
            reads[f"paid_usd:{label}"] = Measure(total, "USD")
        currency = unit if unit in _MONEY and unit not in ("$", "USD") else currency
    dates = sorted(days)
    steps = {(after - before).days for before, after in itertools.pairwise(dates)}
    reads["month"] = Measure(f"{dates[0]:%Y-%m}", "first day's month")
    daily = 1 in steps or (len(dates) == 1 and dates[0].day != 1)
    if daily:
        reads["days"] = Measure(len(dates), "days")
    notes = ["the last day may be a part" if daily else "rows are months"]
    notes += said
    if currency != "USD":
        notes.append(f"amounts are in {currency}: figures in USD are in that currency")
    cannot = ["CPU time, durations, memory", _VIEW]
    if not any(name.startswith("quantity:") for name in reads):
        cannot.insert(0, "quantities")
    last = dates[-1] + dt.timedelta(days=1) if daily else _next_month(dates[-1])
    return Evidence(len(rows), reads, f"{dates[0]}T00:00:00Z", f"{last}T00:00:00Z", tuple(cannot), notes)


def _date_column(rows: list[list[str]]) -> int:
    """The column with the most dates: the first, unless a spreadsheet has moved it."""
    width = max((len(row) for row in rows), default=1)
    dates = [
        sum(bool(_DATE.fullmatch(row[place].strip())) for row in rows if place < len(row)) for place in range(width)
    ]
    return dates.index(max(dates, default=0)) if dates else 0


def _days_of(texts: list[str]) -> tuple[list[dt.date], list[str]]:
    """The days of cells, and a note where a spreadsheet has written them with slashes.

    Month and day are told by what is above twelve, or by the part that is always 1; else the month comes first.
    """
    slashed = [tuple(map(int, text.split("/"))) for text in texts if "/" in text]
    is_open = bool(slashed) and all(one[0] <= 12 and one[1] <= 12 for one in slashed)
    all_first_days = is_open and {one[0] for one in slashed} == {1} != {one[1] for one in slashed}
    day_first = all_first_days or any(one[0] > 12 for one in slashed)
    days = []
    for text in texts:
        try:
            if "/" in text:
                first, second, year = map(int, text.split("/"))
                year += 2000 if year < 100 else 0
                days.append(dt.date(year, second, first) if day_first else dt.date(year, first, second))
            else:
                days.append(dt.date.fromisoformat(text[:10]))
        except ValueError:
            return [], []
    order = "day/month/year" if day_first else "month/day/year"
    said = [f"dates are read as {order}{', which they leave open' if is_open else ''}"] if slashed else []
    return days, said


def _next_month(day: dt.date) -> dt.date:
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)


def read_api(source: Source) -> Evidence:
    """Read groups by time; quantities count only where the groups are usage types, since others add up units."""
    document = source.document
    results = document.get("ResultsByTime") if isinstance(document, dict) else None
    if not isinstance(results, list) or not results:
        raise source.refuse("it has no list ResultsByTime", "what aws ce get-cost-and-usage prints")
    if isinstance(document, dict) and document.get("NextPageToken"):
        partial = ["it has a NextPageToken: this is a part of the data"]
    else:
        partial = []
    keys = [str(one.get("Key")) for one in document.get("GroupDefinitions") or [] if isinstance(one, dict)]
    by_type = keys.index("USAGE_TYPE") if "USAGE_TYPE" in keys else None
    paid: dict[str, float] = {}
    amounts: dict[str, tuple[float, str]] = {}
    views: set[str] = set()
    estimated = 0
    for one in results:
        estimated += bool(one.get("Estimated"))
        groups = one.get("Groups") or []
        if not groups and isinstance(one.get("Total"), dict):
            groups = [{"Keys": ["total"], "Metrics": one["Total"]}]
        for group in groups:
            names = [str(name) for name in group.get("Keys") or []]
            name = names[by_type] if by_type is not None and by_type < len(names) else " ".join(names)
            view, cost = _cost(group.get("Metrics") or {})
            views |= {view} if view else set()
            paid[name] = paid.get(name, 0.0) + cost
            usage = (group.get("Metrics") or {}).get("UsageQuantity")
            if by_type is not None and isinstance(usage, dict):
                before = amounts.get(name, (0.0, ""))[0]
                amounts[name] = (before + (number(usage.get("Amount")) or 0.0), str(usage.get("Unit") or ""))
    reads = {f"quantity:{clean(name)}": Measure(whole(amount), unit) for name, (amount, unit) in amounts.items()}
    reads.update({f"paid_usd:{clean(name)}": Measure(cost, "USD") for name, cost in paid.items()})
    reads.update(_sums(amounts, paid))
    spans = [one.get("TimePeriod") or {} for one in results]
    first = min(str(span.get("Start", "")) for span in spans)[:10]
    last = max(str(span.get("End", "")) for span in spans)[:10]
    reads["month"] = Measure(first[:7], "billing period")
    notes = partial
    if estimated:
        reads["estimated_days"] = Measure(estimated, "periods that AWS still estimates")
        notes.append(f"{estimated} of {len(results)} periods are estimated: the month is not closed")
    if views == {"BlendedCost"}:
        notes.append("costs are blended, averages over an organisation: ask for UnblendedCost")
    requests, days = reads.get("requests"), _days(first, last)
    if requests is not None and days:
        how = f"{requests.value:,.0f} requests billed in {days} days, times 730 h"
        month = float(str(requests.value)) * 730 / (24 * days)
        reads["requests_per_month"] = Measure(round(month), "requests a month of 730 h", how=how)
    cannot = ("durations, memory, CPU time",) if amounts else ("quantities", "durations, memory, CPU time")
    return Evidence(len(results), reads, _midnight(first), _midnight(last), cannot, notes)


def _cost(metrics: dict[str, Any]) -> tuple[str, float]:
    for view in ("UnblendedCost", "NetUnblendedCost", "AmortizedCost", "NetAmortizedCost", "BlendedCost"):
        if isinstance(metrics.get(view), dict):
            return view, number(metrics[view].get("Amount")) or 0.0
    return "", 0.0


def _sums(amounts: dict[str, tuple[float, str]], paid: dict[str, float]) -> dict[str, Measure]:
    rows = [
        UsageRow("AWSLambda", "", name, "Usage", amount, paid.get(name, 0.0)) for name, (amount, _) in amounts.items()
    ]
    reads = {}
    for read, belongs, unit in (("requests", is_requests, "requests"), ("gb_seconds", is_gb_seconds, "GB-s")):
        own = [row.quantity for row in rows if belongs(row)]
        if own:
            reads[read] = Measure(whole(sum(own)), unit)
    return reads


def _days(first: str, last: str) -> int:
    try:
        return (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days
    except ValueError:
        return 0


def _midnight(day: str) -> str | None:
    return f"{day}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else None


KINDS = (
    Kind(
        "cost_explorer_csv",
        "a CSV of Cost Explorer",
        "bills",
        {
            "columns of costs, such as Lambda($)": r"\A[^\n]*\((\$|USD|€|EUR|£|GBP)\)",
            "rows of days or months": r'(?:^|[,;\t])"?(?:\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{2,4})[T 0:Z]*"?(?:[,;\t]|$)',
        },
        read_csv,
    ),
    Kind(
        "cost_explorer_api_json",
        "an answer of aws ce get-cost-and-usage",
        "bills",
        {"ResultsByTime": r'"ResultsByTime"\s*:', "TimePeriod": r'"TimePeriod"\s*:'},
        read_api,
    ),
)
