"""The usage table that the shipped SQL gives (Athena): a row a product, region, usage type and line type."""

from __future__ import annotations

import datetime as dt

from lambdaplan.evidence.bills.usage_rows import UsageRow, bill_evidence
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.times import seconds


def read_usage_table(source: Source) -> Evidence:
    """Read the table; large figures stand as 1.24E7."""
    rows = []
    for row in source.rows():
        cells = {name.strip().lower(): value for name, value in row.items()}
        quantity = number(cells.get("quantity"))
        if quantity is None or not cells.get("usage_type"):
            continue
        line_type = cells.get("line_type") or "Usage"
        if line_type == "Standard":
            line_type = "Usage"
        elif line_type == "Committed":
            line_type = "SavingsPlanCoveredUsage"
        rows.append(
            UsageRow(
                product=cells.get("product", ""),
                region=cells.get("region", ""),
                usage_type=cells["usage_type"],
                line_type=line_type,
                quantity=quantity,
                paid_usd=number(cells.get("unblended_usd")) or number(cells.get("billed_usd")) or 0.0,
                list_usd=number(cells.get("list_usd")),
                net_usd=_first(cells.get("net_usd"), cells.get("contracted_usd")),
                amortized_usd=number(cells.get("amortized_usd")),
                unit=cells.get("unit", ""),
                operation=cells.get("operation", ""),
                first=_time(cells.get("first_use", "")),
                last=_time(cells.get("last_use", "")),
            )
        )
    if not rows:
        raise source.refuse(
            "it has no row with a usage_type and a quantity", "what the SQL of lambdaplan queries gives"
        )
    firsts = [row.first for row in rows if row.first is not None]
    month = f"{min(firsts):%Y-%m}" if firsts else None
    return bill_evidence(rows, month, focus="billed_usd" in (name.lower() for name in source.header))


def _first(*values: str | None) -> float | None:
    return next((figure for value in values if (figure := number(value)) is not None), None)


def _time(text: str) -> dt.datetime | None:
    second = seconds(text)
    return None if second is None else dt.datetime.fromtimestamp(second, dt.UTC).replace(tzinfo=None)


KINDS = (
    Kind(
        "usage_table_csv",
        "the usage table of the SQL that lambdaplan queries prints",
        "bills",
        {
            "a column usage_type": r"(?i)\A[^\n]*\busage_type\b",
            "a column quantity": r"(?i)\A[^\n]*\bquantity\b",
            "a column of USD": r"(?i)\A[^\n]*\b(unblended|billed|list|amortized)_usd\b",
        },
        read_usage_table,
    ),
)
