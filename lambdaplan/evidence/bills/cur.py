"""Cost and Usage Reports: legacy and CUR 2.0, CSV and Parquet, whichever columns were chosen."""

from __future__ import annotations

from typing import Any

from lambdaplan.evidence.bills.bill_query import BillTable, simple
from lambdaplan.evidence.bills.usage_rows import UsageRow, bill_evidence
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source

_AMORTIZED = """SUM(CASE {line_type}
    WHEN 'SavingsPlanCoveredUsage' THEN {plan}
    WHEN 'DiscountedUsage' THEN {reservation}
    WHEN 'SavingsPlanRecurringFee' THEN {commitment} - {used}
    WHEN 'SavingsPlanNegation' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0
    ELSE {paid} END)"""


def read_cur(source: Source) -> Evidence:
    """Read a report: quantities by usage type, and the cost as paid, at list, net and amortized."""
    table = BillTable(source)
    line_type = table.text("lineitemlineitemtype")
    if not table.has("lineitemlineitemtype"):
        line_type = "'Usage'"
    paid = table.number("lineitemunblendedcost", "lineitemnetunblendedcost")
    select = {
        "product": table.text("lineitemproductcode", "productservicecode", "productproductname"),
        "region": table.text("productregioncode", "productregion"),
        "usage_type": table.text("lineitemusagetype", "productusagetype"),
        "operation": table.text("lineitemoperation"),
        "unit": table.text("pricingunit"),
        "line_type": line_type,
        "month": table.time("billbillingperiodstartdate"),
        "currency": table.text("lineitemcurrencycode", "pricingcurrency"),
        "resource": f"CASE WHEN {table.text('lineitemproductcode')} = 'AWSLambda' "
        f"THEN {table.text('lineitemresourceid')} ELSE '' END",
        "first": f"MIN({table.time('lineitemusagestartdate')})",
        "last": f"MAX({table.time('lineitemusageenddate', 'lineitemusagestartdate')})",
        "quantity": f"SUM({table.number('lineitemusageamount')})",
        "paid_usd": f"SUM({paid})",
        "list_usd": f"SUM({table.number('pricingpublicondemandcost')})",
        "net_usd": f"SUM({table.number('lineitemnetunblendedcost')})",
        "amortized_usd": _AMORTIZED.format(
            line_type=line_type,
            plan=table.number("savingsplansavingsplaneffectivecost"),
            reservation=table.number("reservationeffectivecost"),
            commitment=f"COALESCE({table.number('savingsplantotalcommitmenttodate')}, 0)",
            used=f"COALESCE({table.number('savingsplanusedcommitment')}, 0)",
            paid=paid,
        ),
        "lines": "COUNT(*)",
    }
    groups = ("product", "region", "usage_type", "operation", "unit", "line_type", "month", "currency", "resource")
    rows = table.select(select, groups)
    notes = []
    if not table.has("lineitemunblendedcost"):
        notes.append("it has no column of unblended cost")
    if not table.has("billbillingperiodstartdate"):
        notes.append("it has no billing period: the month is that of the first use")
    covered = any(row["line_type"] == "SavingsPlanCoveredUsage" for row in rows)
    if covered and not table.has("savingsplansavingsplaneffectivecost"):
        notes.append("it has usage under a Savings Plan but no column of its effective cost: nothing is amortized")
        for row in rows:
            row["amortized_usd"] = None
    return bill_of(source, rows, notes + CUT_OFF * table.ends_early, focus=False)


CUT_OFF = ["its last row is cut off: this is a part of the bill"]


def bill_of(source: Source, rows: list[dict[str, Any]], notes: list[str], *, focus: bool) -> Evidence:
    """What grouped rows tell; of several months and currencies in one file the notes say so."""
    if not rows or not any(row["usage_type"] for row in rows):
        raise source.refuse("it has no rows of usage", "a bill with a row for each usage type and time")
    currencies = sorted({row["currency"] for row in rows if row["currency"]})
    if currencies and currencies != ["USD"]:
        notes.append(f"its currency is {', '.join(currencies)}: figures in USD are in that currency")
    months = sorted({row["month"] for row in rows if row["month"] is not None})
    firsts = sorted(row["first"] for row in rows if row["first"] is not None)
    month = months[0] if months else firsts[0] if firsts else None
    if len(months) > 1:
        shown = ", ".join(f"{one:%Y-%m}" for one in months[:12])
        notes.append(f"several months are in it ({shown}): sums are of all of them")
    usage = [
        UsageRow(
            product=row["product"],
            region=row["region"],
            usage_type=row["usage_type"],
            line_type=row["line_type"],
            quantity=row["quantity"] or 0.0,
            paid_usd=row["paid_usd"] or 0.0,
            list_usd=row["list_usd"],
            net_usd=row["net_usd"],
            amortized_usd=row["amortized_usd"],
            unit=row["unit"],
            operation=row["operation"],
            first=row["first"],
            last=row["last"],
            resource=row["resource"].partition(":function:")[2].partition(":")[0] or row["resource"],
            lines=row["lines"],
        )
        for row in sorted(rows, key=lambda one: (one["product"], one["usage_type"], one["line_type"]))
    ]
    return bill_evidence(usage, None if month is None else f"{month:%Y-%m}", focus=focus, notes=notes)


_OF_CUR2 = {"product", "resourcetags", "costcategory", "discount", "billpayeraccountname", "lineitemusageaccountname"}
_OF_LEGACY = {"productproductname", "year", "identitylineitemid/"}


def _is_cur2(source: Source) -> bool:
    if "/" in source.head.partition("\n")[0]:
        return False
    names = {simple(name) for name in source.header}
    return bool(names & _OF_CUR2) or not names & _OF_LEGACY


_USAGE_TYPE = r"\A[^\n]*line_?item[/_]?usage_?type"
_AMOUNT = r"\A[^\n]*line_?item[/_]?(usage_?amount|(net_?)?unblended_?cost)"


def _kind(name: str, words: str, *, parquet: bool, cur2: bool) -> Kind:
    return Kind(
        name,
        words,
        "bills",
        {"a column of usage types": f"(?i){_USAGE_TYPE}", "a column of amounts or costs": f"(?i){_AMOUNT}"},
        read_cur,
        also=lambda source: source.is_parquet == parquet and _is_cur2(source) == cur2,
    )


def read_bill(source: Source) -> Evidence:
    """Read the CSV of a bill of the console: a row for each account and usage type; sums and invoices are left out."""
    table = BillTable(source)
    record = table.text("recordtype")
    select = {
        "product": table.text("productcode", "productname"),
        "region": "''",
        "usage_type": f"CASE WHEN {record} IN ('PayerLineItem', 'LinkedLineItem') THEN {table.text('usagetype')} END",
        "operation": table.text("operation"),
        "unit": "''",
        "line_type": "'Usage'",
        "month": table.time("billingperiodstartdate"),
        "currency": table.text("currencycode"),
        "resource": "''",
        "first": f"MIN({table.time('usagestartdate')})",
        "last": f"MAX({table.time('usageenddate', 'usagestartdate')})",
        "quantity": f"SUM({table.number('usagequantity')})",
        "paid_usd": f"SUM({table.number('costbeforetax', 'totalcost')})",
        "list_usd": "CAST(NULL AS DOUBLE)",
        "net_usd": "CAST(NULL AS DOUBLE)",
        "amortized_usd": "CAST(NULL AS DOUBLE)",
        "lines": "COUNT(*)",
    }
    groups = ("product", "region", "usage_type", "operation", "unit", "line_type", "month", "currency", "resource")
    rows = [row for row in table.select(select, groups) if row["usage_type"]]
    return bill_of(source, rows, CUT_OFF * table.ends_early, focus=False)


KINDS = (
    Kind(
        "bill_csv",
        "the CSV of a bill of the console",
        "bills",
        {
            "RecordType": r"\A[^\n]*\bRecordType\b",
            "UsageType": r"\A[^\n]*\bUsageType\b",
            "UsageQuantity": r"\A[^\n]*\bUsageQuantity\b",
        },
        read_bill,
    ),
    _kind("cur_legacy_csv", "a Cost and Usage Report (legacy, CSV)", parquet=False, cur2=False),
    _kind("cur_legacy_parquet", "a Cost and Usage Report (legacy, Parquet)", parquet=True, cur2=False),
    _kind("cur2_csv", "a Cost and Usage Report 2.0 (CSV)", parquet=False, cur2=True),
    _kind("cur2_parquet", "a Cost and Usage Report 2.0 (Parquet)", parquet=True, cur2=True),
)
