"""Lines of a real bill at the book's prices: writes public_bill.md.

    python docs/public_bill.py

The lines are those of AWS in the FinOps Foundation's anonymised sample, added up by description and region
(tests/golden/public_bill.csv says where they are from). Each description with a price is held against the packaged
book: the quantity times the book's price, what was billed at list, and the difference.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.report.html_page import markdown_table

HERE = Path(__file__).parent
LINES = HERE.parent / "tests" / "golden" / "public_bill.csv"
SOURCE = "FinOps-Open-Cost-and-Usage-Spec/FOCUS-Sample-Data, FOCUS-1.0/focus_sample.csv at adbdd17 (CC BY 4.0)"
# A description, the book's service and item, which of its tiers, and how many of the book's units are in one.
ITEMS: tuple[tuple[str, str, str, int, Fraction], ...] = tuple(
    (pattern, service, item, tier, Fraction(units))
    for pattern, service, item, tier, units in (
        (r"per On Demand Linux (\S+) Instance Hour", "ec2", "{0}/on_demand", 0, 1),
        (r"General Purpose \(gp3\) provisioned storage", "ebs", "gp3_storage", 0, 1),
        (r"General Purpose SSD \(gp2\) provisioned storage", "ebs", "gp2_storage", 0, 1),
        (r"provisioned IOPS-month of gp3", "ebs", "gp3_iops_over_3000", 0, 1),
        (r"provisioned MiBps-month of gp3", "ebs", "gp3_throughput_over_125", 0, 1024),
        (r"per NAT Gateway Hour", "nat_gateway", "gateway_hour", 0, 1),
        (r"Data Processed by NAT Gateways", "nat_gateway", "data_processed", 0, 1),
        (r"In-use public IPv4 address", "public_ipv4", "in_use_hour", 0, 1),
        (r"Application LoadBalancer-hour", "alb", "load_balancer_hour", 0, 1),
        (r"used Application load balancer capacity", "alb", "lcu_hour", 0, 1),
        (r"used Network load balancer capacity", "nlb", "nlcu_hour", 0, 1),
        (r"Fargate - vCPU", "fargate", "vcpu_hour/x86_64/linux/on_demand", 0, 1),
        (r"Fargate - Memory", "fargate", "gb_hour/x86_64/linux/on_demand", 0, 1),
        (r"Fargate - ARM - Memory", "fargate", "gb_hour/arm64/linux/on_demand", 0, 1),
        (r"Lambda - Total Compute - ", "lambda", "duration/x86_64", 0, 1),
        (r"Lambda - Total Compute \(Provisioned\)", "lambda", "provisioned_duration/x86_64", 0, 1),
        (r"Lambda - Total Requests", "lambda", "requests/x86_64", 0, 1),
        (r"first 10 TB / month data transfer out beyond", "data_transfer", "internet_out", 0, 1),
        (r"next 40 TB / month data transfer out", "data_transfer", "internet_out", 1, 1),
        (r"regional data transfer - in/out/between", "data_transfer", "inter_az_each_direction", 0, 1),
        (r"data transfer to ", "data_transfer", "inter_region_out", 0, 1),
        (r"vended logs ingested", "cloudwatch", "logs_vended", 0, 1),
        (r"custom log data ingested", "cloudwatch", "logs_ingest", 0, 1),
        (r"per GB-mo of log storage", "cloudwatch", "logs_stored", 0, 1),
        (r"metric-month for the first 10,000", "cloudwatch", "metrics", 0, 1),
        (r"per alarm metric month \(standard", "cloudwatch", "alarms", 0, 1),
        (r"SQS standard requests in Tier1", "sqs", "standard_requests", 0, 1),
        (r"per state transition", "step_functions", "standard_transitions", 0, 1),
        (r"million write request units", "dynamodb", "write_request_units", 0, 1),
        (r"million read request units", "dynamodb", "read_request_units", 0, 1),
        (r"units of write capacity beyond", "dynamodb", "wcu_hours", 0, 1),
        (r"customer managed KMS key", "kms", "key_month", 0, 1),
        (r"first 50 TB / month of storage used", "s3", "stored", 0, 1),
        (r"1,000 PUT, COPY, POST", "s3", "puts", 0, 1),
        (r"10,000 GET and all other requests$", "s3", "gets", 0, 1),
        (r"Aurora PostgreSQL Serverless", "aurora_serverless_v2", "acu_hour", 0, 1),
        (r"per GB-month of data storage", "ecr", "stored", 0, 1),
    )
)


def item_of(line: dict[str, str]) -> tuple[str, str, int, Fraction] | None:
    """The book's service, item and tier of a line, and units of the book in one of the bill; None if it has none."""
    for pattern, service, item, tier, units in ITEMS:
        match = re.search(pattern, line["description"])
        if match and not (service == "data_transfer" and line["service"] == "Amazon CloudFront"):
            return service, item.format(*match.groups()), tier, units
    return None


def lines() -> list[dict[str, str]]:
    """The bill's lines with a price, by description and region."""
    with LINES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def judged(line: dict[str, str], book: PriceBook) -> tuple[str, Fraction | None]:
    """What the book says of a line: the item, and its price for one of the bill's units; None where it has none."""
    known = item_of(line)
    if known is None:
        return "no item of the book", None
    service, item, tier, units = known
    price = book.price(service, item, line["region"])
    if price is None or len(price.tiers) <= tier:
        return f"{service} {item}: no price in {line['region']}", None
    return f"{service} {item}", price.tiers[tier].price_usd * units


COLUMNS = ("region", "item of the book", "quantity", "price billed", "book", "billed, USD", "billed - book, USD")
MISSES = ("region", "description", "lines", "billed, USD", "why")
HALVED = "Both are of DynamoDB on demand; why was not looked into."


def page() -> str:
    """The page, as Markdown."""
    book = PriceBook.load()
    count: Counter[str] = Counter()
    alike: list[tuple[str, ...]] = []
    others: list[tuple[str, ...]] = []
    misses: list[tuple[str, ...]] = []
    billed, at_book, without = Fraction(0), Fraction(0), Fraction(0)
    for line in lines():
        quantity, cost = Fraction(line["quantity"]), Fraction(line["list_cost_usd"])
        listed, (item, usd) = Fraction(line["list_unit_price_usd"]), judged(line, book)
        if usd is None:
            count["without"] += int(line["lines"])
            without += cost
            misses.append((line["region"], line["description"], line["lines"], f"{float(cost):.6f}", item))
            continue
        is_same = abs(listed - usd) <= usd / 100_000
        count["alike" if is_same else "other"] += int(line["lines"])
        billed, at_book = billed + cost, at_book + quantity * usd
        figures = (f"{float(quantity):.6g}", f"{float(listed):.6g}", f"{float(usd):.6g}", f"{float(cost):.6f}")
        residual = f"{float(cost - quantity * usd):+.6f}"
        (alike if is_same else others).append((line["region"], item, *figures, residual))
    intro = (
        f"The FinOps Foundation publishes a sample of real bills, made anonymous: {SOURCE}. Of its 1,000 lines 942 "
        f"are of AWS, in September 2024; {count.total()} have a price and a quantity. Here each of them is held "
        f"against the packaged book, `{book.id}`: the quantity that was billed, times the book's price of that item in "
        "that region, and what is left. A line's description says what it is, as the sample has no usage types. Made "
        "by `python docs/public_bill.py`."
    )
    found = (
        f"- {count['alike']} lines have the price that the book has, two years later: to a hundred-thousandth.\n"
        f"- {count['other']} lines have another price. {HALVED}\n"
        f"- {count['without']} lines (${float(without):,.2f} of ${float(billed + without):,.2f}) are of items, types "
        "or regions that the book has not: most of it instances with graphics processors, an older type of 40 vCPU "
        "and a database's extended support.\n"
        f"- What has a price in the book comes to ${float(billed):,.4f} in the bill and to ${float(at_book):,.4f} at "
        "the book's prices."
    )
    parts = [
        "# A real bill at the book's prices",
        intro,
        found,
        "## Lines with another price",
        markdown_table(COLUMNS, others, range(2, 7)),
        "## Lines that the book has no price for",
        markdown_table(MISSES, misses, (2, 3)),
        "## Lines with the book's price",
        markdown_table(COLUMNS, alike, range(2, 7)),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


if __name__ == "__main__":
    (HERE / "public_bill.md").write_text(page(), encoding="utf-8")
