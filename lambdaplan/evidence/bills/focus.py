"""Bills in FOCUS 1.0 to 1.2, CSV and Parquet, with the columns of AWS or without."""

from __future__ import annotations

from lambdaplan.evidence.bills.bill_query import BillTable, simple
from lambdaplan.evidence.bills.cur import CUT_OFF, bill_of
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.source import Source

_OF_1_2 = {"skumeter", "invoiceid", "pricingcurrency", "billingaccounttype", "subaccounttype"}
_OF_1_1 = {"capacityreservationid", "servicesubcategory", "skupricedetails", "commitmentdiscountquantity"}
_BY_WORDS = (
    (r"Lambda.*(Total Requests|Requests)", "Request"),
    (r"Lambda.*(Total Compute|GB-Second)", "Lambda-GB-Second"),
    (r"Fargate.*vCPU", "Fargate-vCPU-Hours:perCPU"),
    (r"Fargate.*(Memory|GB)", "Fargate-GB-Hours"),
    (r"LoadBalancer-hour|LoadBalancer-Application|per Application", "LoadBalancerUsage"),
    (r"LCU|load balancer capacity unit", "LCUUsage"),
    (r"NatGateway.*Hour|NAT Gateway Hour", "NatGateway-Hours"),
    (r"NatGateway|GB Data Processed by NAT", "NatGateway-Bytes"),
)
"""Usage types by words of ChargeDescription, where the columns that name them were left out."""


def read_focus(source: Source) -> Evidence:
    """Read a bill in FOCUS: quantities by usage type, and cost as billed, at list, contracted and effective."""
    table = BillTable(source)
    notes = []
    usage_type = table.text("xusagetype", "skumeter")
    if not table.has("xusagetype") and not table.has("skumeter"):
        usage_type = _by_words(table)
        notes.append("it has no usage types: they are told from ChargeDescription, or are service and unit")
    category = table.text("chargecategory") if table.has("chargecategory") else "'Usage'"
    line_type = (
        f"CASE WHEN {category} = 'Usage' AND {table.text('pricingcategory')} = 'Committed' "
        f"THEN 'SavingsPlanCoveredUsage' ELSE {category} END"
    )
    select = {
        "product": table.text("xservicecode", "servicename"),
        "region": table.text("regionid", "region"),
        "usage_type": usage_type,
        "operation": table.text("xoperation"),
        "unit": "''",
        "line_type": line_type,
        "month": table.time("billingperiodstart"),
        "currency": table.text("billingcurrency"),
        "resource": f"CASE WHEN {table.text('servicename', 'xservicecode')} LIKE '%Lambda%' "
        f"THEN {table.text('resourceid')} ELSE '' END",
        "first": f"MIN({table.time('chargeperiodstart')})",
        "last": f"MAX({table.time('chargeperiodend', 'chargeperiodstart')})",
        "quantity": f"SUM({_quantity(table)})",
        "paid_usd": f"SUM({table.number('billedcost')})",
        "list_usd": f"SUM({table.number('listcost')})",
        "net_usd": f"SUM({table.number('contractedcost')})",
        "amortized_usd": f"SUM({table.number('effectivecost')})",
        "lines": "COUNT(*)",
    }
    groups = ("product", "region", "usage_type", "operation", "unit", "line_type", "month", "currency", "resource")
    rows = table.select(select, groups)
    if any(row["line_type"] == "Purchase" for row in rows):
        notes.append("purchases (fees of plans) are in it and left out of the sums of usage")
    return bill_of(source, rows, notes + CUT_OFF * table.ends_early, focus=True)


def _quantity(table: BillTable) -> str:
    own = [table.number(name) for name in ("pricingquantity", "consumedquantity") if table.has(name)]
    return f"COALESCE({', '.join(own)})" if own else "CAST(NULL AS DOUBLE)"


def _by_words(table: BillTable) -> str:
    words = f"concat({table.text('servicename')}, ' ', {table.text('chargedescription', 'skuid')})"
    unit = table.text("pricingunit", "consumedunit")
    other = f"concat_ws(' ', NULLIF({table.text('servicename')}, ''), NULLIF({unit}, ''))"
    cases = [f"WHEN regexp_matches({words}, '(?i){pattern}') THEN '{name}'" for pattern, name in _BY_WORDS]
    cases.insert(0, f"WHEN {unit} IN ('Lambda-GB-Second', 'Requests') THEN {unit}")
    return f"CASE {' '.join(cases)} ELSE {other} END".replace("THEN 'Requests'", "THEN 'Request'")


def _version(source: Source) -> str:
    names = {simple(name) for name in source.header}
    if "xusagetype" in names and "skumeter" not in names:
        return "1_0"
    return "1_2" if names & _OF_1_2 else "1_1" if names & _OF_1_1 else "1_0"


def _kind(version: str, *, parquet: bool) -> Kind:
    form = "Parquet" if parquet else "CSV"
    return Kind(
        f"focus_{version}_{form.lower()}",
        f"a bill in FOCUS {version.replace('_', '.')} ({form})",
        "bills",
        {
            "ChargeCategory or ChargePeriodStart": r"(?i)\A[^\n]*(Charge_?Category|Charge_?Period_?Start)",
            "BilledCost, EffectiveCost or ListCost": r"(?i)\A[^\n]*(Billed|Effective|List|Contracted)_?Cost",
        },
        read_focus,
        also=lambda source: source.is_parquet == parquet and _version(source) == version,
    )


KINDS = tuple(_kind(version, parquet=parquet) for version in ("1_0", "1_1", "1_2") for parquet in (False, True))
