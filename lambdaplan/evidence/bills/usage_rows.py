"""Rows of a bill by usage type, whatever form the bill has, and what they tell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.numbers import whole
from lambdaplan.evidence.privacy import clean, name_of

HOURS_PER_MONTH = 730
USAGE_TYPES = ("Usage", "SavingsPlanCoveredUsage", "DiscountedUsage")
"""Line types whose quantities count, each once."""
APART = {
    "Tax": "tax_usd",
    "Credit": "credit_usd",
    "Refund": "refund_usd",
    "EdpDiscount": "discount_usd",
    "PrivateRateDiscount": "discount_usd",
}
"""Line types that are left out of the sums and shown apart."""
SERVICES = {
    "AWSLambda": "Lambda",
    "AmazonECS": "ECS",
    "AmazonEC2": "EC2",
    "AWSELB": "ELB",
    "AmazonApiGateway": "API Gateway",
    "AmazonCloudWatch": "CloudWatch",
    "AmazonVPC": "VPC",
    "ComputeSavingsPlans": "Savings Plans",
    "AWS Lambda": "Lambda",
}
_MOST_FUNCTIONS = 50
_PREFIX = re.compile(r"^(?:[A-Z]{2,3}[A-Z0-9]*\d|EU|APN\d?|CAN\d|UGW\d|UGE\d|CPT|MES\d|SAE\d)-(?=[A-Za-z])")


@dataclass(frozen=True)
class UsageRow:
    """What one usage type cost, as one line type of one function or service.

    Parameters:
    line_type : Usage, SavingsPlanCoveredUsage, SavingsPlanNegation, Tax, Credit and so on; in words of CUR.
    quantity : in the unit of the usage type.
    paid_usd, list_usd, net_usd, amortized_usd : unblended, at public rates, after private rates, and with plans spread.
    """

    product: str
    region: str
    usage_type: str
    line_type: str
    quantity: float
    paid_usd: float
    list_usd: float | None = None
    net_usd: float | None = None
    amortized_usd: float | None = None
    unit: str = ""
    operation: str = ""
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    resource: str = ""
    lines: int = 1

    @property
    def plain_type(self) -> str:
        """The usage type without the region's prefix."""
        return plain_usage_type(self.usage_type)


def plain_usage_type(usage_type: str) -> str:
    """A usage type without its region's prefix.

    Examples:
        >>> [plain_usage_type(one) for one in ("USE1-Fargate-GB-Hours", "EU-Request", "Lambda-GB-Second")]
        ['Fargate-GB-Hours', 'Request', 'Lambda-GB-Second']
    """
    return _PREFIX.sub("", usage_type)


def is_requests(row: UsageRow) -> bool:
    """Whether a row counts requests of Lambda."""
    return re.fullmatch(r"Request(-ARM)?|Lambda-Requests?(-ARM)?", row.plain_type) is not None


def is_gb_seconds(row: UsageRow) -> bool:
    """Whether a row counts GB-seconds of Lambda on demand."""
    return re.fullmatch(r"Lambda-GB-Second(-ARM)?", row.plain_type) is not None


_SUMS: dict[str, tuple[Callable[[UsageRow], bool], str]] = {
    "requests": (is_requests, "requests of usage type Request"),
    "gb_seconds": (is_gb_seconds, "GB-s"),
    "fargate_vcpu_hours": (lambda row: "Fargate" in row.usage_type and "vCPU-Hours" in row.usage_type, "vCPU-h"),
    "fargate_gb_hours": (
        lambda row: "Fargate" in row.usage_type and row.plain_type.replace("ARM-", "").endswith("Fargate-GB-Hours"),
        "GB-h",
    ),
    "lcu_hours": (lambda row: row.plain_type == "LCUUsage", "LCU-h"),
}


def bill_evidence(rows: Sequence[UsageRow], month: str | None, *, focus: bool, notes: Sequence[str] = ()) -> Evidence:
    """What rows of a bill tell.

    Parameters:
    month : billing period as YYYY-MM, where the file says it.
    focus : whether the sums go by the names of FOCUS: billed and effective cost of usage.
    """
    usage = [row for row in rows if row.line_type in USAGE_TYPES]
    costs = [row for row in rows if row.line_type not in APART]
    reads: dict[str, Measure] = {}
    for name in dict.fromkeys(row.usage_type for row in usage):
        own = [row for row in usage if row.usage_type == name]
        total = sum(row.quantity for row in own)
        words = own[0].unit or "in the unit of the usage type"
        reads[f"quantity:{clean(name)}"] = Measure(whole(total), words, n=sum(row.lines for row in own))
    reads.update(_money(usage, costs, focus=focus))
    for line_type, name in APART.items():
        own = [row for row in rows if row.line_type == line_type]
        if own:
            former = reads.get(name)
            value = sum(row.paid_usd for row in own) + (float(str(former.value)) if former else 0.0)
            reads[name] = Measure(value, "USD")
    for product in dict.fromkeys(row.product for row in costs):
        own = [row for row in costs if row.product == product]
        service = SERVICES.get(product, product)
        reads[f"paid_usd:{clean(service)}"] = Measure(sum(row.paid_usd for row in own), "USD, as billed")
    if month is not None:
        reads["month"] = Measure(month, "billing period")
    said = list(notes)
    reads.update(_sums(usage))
    reads.update(_per_month(usage, reads, said))
    reads.update(_functions(usage))
    regions = sorted({row.region for row in usage if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", row.region)})
    if len(regions) == 1:
        reads["region"] = Measure(regions[0], "AWS region")
    elif regions:
        said.append(f"{len(regions)} regions are in it: {', '.join(regions[:8])}")
    first, last = _span(usage or rows)
    cannot = ("duration and memory of single requests", "CPU time", "traffic finer than the bill's rows")
    count = sum(row.lines for row in rows)

    def of(name: str) -> Evidence | None:
        own = [row for row in rows if row.resource and name_of(row.resource) == name]
        return bill_evidence(own, month, focus=focus, notes=notes) if own else None

    parts = {"usage_rows": tuple(rows), "month": month, "focus": focus, "notes": tuple(notes)}
    evidence = Evidence(count, reads, _iso(first), _iso(last), cannot_tell=cannot, notes=said, parts=parts)
    evidence.of = of
    return evidence


def _money(usage: Sequence[UsageRow], costs: Sequence[UsageRow], *, focus: bool) -> dict[str, Measure]:
    reads: dict[str, Measure] = {}
    listed = [row.list_usd for row in usage if row.list_usd is not None]
    list_usd = sum(listed)
    if listed and any(listed):
        reads["list_usd"] = Measure(list_usd, "USD at list rates")
    paid = sum(row.paid_usd for row in (usage if focus else costs))
    words = "USD of usage rows" if focus else "USD without tax and credits, negations and fees in it"
    reads["billed_usd" if focus else "unblended_usd"] = Measure(paid, words)
    spread = [row.amortized_usd for row in (usage if focus else costs)]
    if any(one is not None for one in spread):
        name = "effective_usd" if focus else "amortized_usd"
        reads[name] = Measure(sum(one or 0.0 for one in spread), "USD, plans and reservations spread")
    plain = [row for row in usage if row.net_usd is not None and row.list_usd]
    if plain:
        net = sum(row.net_usd or 0.0 for row in plain)
        reads["net_usd"] = Measure(net, "USD after private rates")
        at_list = sum(row.list_usd or 0.0 for row in plain)
        words = "ContractedCost over ListCost" if focus else "net over list, of usage rows"
        reads["private_factor"] = Measure(net / at_list, f"{words}: the private rate; tiers and free rows lower it too")
    for name in dict.fromkeys(row.usage_type for row in usage if row.line_type == "SavingsPlanCoveredUsage"):
        own = [row for row in usage if row.usage_type == name and row.line_type == "SavingsPlanCoveredUsage"]
        amount = sum(row.quantity for row in own)
        if amount and not focus:
            rate = sum(row.amortized_usd or 0.0 for row in own) / amount
            reads[f"sp_rate:{clean(name)}"] = Measure(rate, "USD a unit of covered usage: effective cost over amount")
    return reads


def _sums(usage: Sequence[UsageRow]) -> dict[str, Measure]:
    reads = {}
    for name, (belongs, unit) in _SUMS.items():
        own = [row for row in usage if belongs(row)]
        if own:
            reads[name] = Measure(whole(sum(row.quantity for row in own)), unit, n=sum(row.lines for row in own))
    return reads


def _per_month(usage: Sequence[UsageRow], reads: dict[str, Measure], notes: list[str]) -> dict[str, Measure]:
    """Requests of a month of 730 h, and GB-seconds a request, from the hours that the rows cover."""
    own = [row for row in usage if is_requests(row)]
    requests = reads.get("requests")
    if requests is None or not isinstance(requests.value, int | float) or not requests.value:
        return {}
    more: dict[str, Measure] = {}
    first, last = _span(usage)
    if first is not None and last is not None and last > first:
        hours = (last - first).total_seconds() / 3600
        if hours < 28 * 24 - 1:
            notes.append(f"the bill covers {hours:,.0f} h, a part of a month")
            more["partial_month"] = Measure(True, "flag: the rows cover less than 28 days")
        month = float(requests.value) * HOURS_PER_MONTH / hours
        how = f"{requests.value:,.0f} requests billed in {hours:,.0f} h, times 730 h; retries and errors are in it"
        if hours >= 24:
            more["requests_per_month"] = Measure(round(month), "requests a month of 730 h", how=how)
    compute = reads.get("gb_seconds")
    if compute is not None and isinstance(compute.value, int | float):
        words = "GB-s a request, as billed"
        share = float(compute.value) / float(requests.value)
        more["gb_seconds_per_request"] = Measure(share, words, n=sum(row.lines for row in own))
    return more


def _functions(usage: Sequence[UsageRow]) -> dict[str, Measure]:
    """Requests and GB-seconds of each function, where the bill has resource ids and several functions."""
    own = [row for row in usage if row.resource and (is_requests(row) or is_gb_seconds(row))]
    names = sorted({row.resource for row in own})
    if not 2 <= len(names) <= _MOST_FUNCTIONS:
        return {}
    reads = {}
    for name in names:
        for read in ("requests", "gb_seconds"):
            belongs, unit = _SUMS[read]
            total = sum(row.quantity for row in own if row.resource == name and belongs(row))
            if total:
                reads[f"{name_of(name)}.{read}"] = Measure(whole(total), unit)
    return reads


def _span(rows: Sequence[UsageRow]) -> tuple[dt.datetime | None, dt.datetime | None]:
    firsts = [row.first for row in rows if row.first is not None]
    lasts = [row.last for row in rows if row.last is not None]
    return (min(firsts) if firsts else None), (max(lasts) if lasts else None)


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")
