"""An independent oracle of AWS bills: slow, simple, in exact fractions.

It shares no code with the package, and was written without reading it: from AWS's pricing
pages, from the meaning of usage documents, and from the tables of the price book. A random
usage document must give the same bill here and there, exactly.

How a bill comes about here:
1. each row of the document becomes charges: (service, item, quantity);
2. free quantities are taken off, row by row, where the document asks for the free tier;
3. the quantities of one service and item are added up, and cut into tiers: one line a tier.

Sources, by the short name used below (title, publisher):
  Lambda page       AWS Lambda Pricing, Amazon Web Services
  Fargate page      AWS Fargate Pricing, Amazon Web Services
  EC2 page          Amazon EC2 On-Demand Pricing, Amazon Web Services
  EC2 guide         Amazon EC2 User Guide, burstable performance instances, Amazon Web Services
  EBS page          Amazon EBS pricing, Amazon Web Services
  ELB page          Elastic Load Balancing pricing, Amazon Web Services
  API Gateway page  Amazon API Gateway pricing, Amazon Web Services
  VPC page          Amazon VPC pricing (NAT gateway, public IPv4), Amazon Web Services
  Transfer list     AWSDataTransfer price list, Amazon Web Services
"""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil

import oracle_services
from places import ROOT

BOOK = ROOT / "data" / "prices" / "aws-2026-12-01"
SERVICES = (
    "lambda",
    "fargate",
    "ec2",
    "ebs",
    "alb",
    "api_gateway_http",
    "api_gateway_rest",
    "public_ipv4",
    "nat_gateway",
    "data_transfer",
    *oracle_services.CHARGES,
)

# Two readings that AWS's pages leave open, or where the meaning of usage documents differs.
# The ELB page charges "each hour or partial hour" of a balancer. Usage documents give hours
# that may be a sum or a mean over several balancers, so they are billed as given.
ALB_PARTIAL_HOUR_IS_FULL = False
# The Lambda page charges storage above 512 MB by the "function execution duration" and makes no
# exception for runs on provisioned concurrency, so they count wherever their seconds are known.
PROVISIONED_RUNS_PAY_STORAGE = True


# ---------------------------------------------------------------- numbers and tables


def exact(value):
    """Give the exact fraction of a number. A float means the decimal that repr prints."""
    if isinstance(value, bool):
        raise TypeError(f"{value!r} is not a number")
    if isinstance(value, float):
        return Fraction(repr(value))
    if isinstance(value, (int, str, Decimal, Fraction)):
        return Fraction(value)
    raise TypeError(f"{value!r} is not a number")


def decimal_text(value):
    """Write a number of few decimals the short way: 118, 0.5, 13.5."""
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole_units(value):
    """Round up to a whole number, in fractions."""
    return Fraction(ceil(value))


def cents(amount):
    """Round to the cent, a half upwards. Bills are never negative."""
    return Fraction((amount * 100 + Fraction(1, 2)) // 1, 100)


def rows_of(name, book=None):
    with ((BOOK if book is None else BOOK.parent / book) / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def book():
    return read_book(None)


def read_book(name):
    """Read a price book: {(service, item, region): [(from, to or None, price), ...]}."""
    table = {}
    folder = BOOK if name is None else BOOK.parent / name
    for row in (
        row
        for file in ("prices.csv", *sorted(p.relative_to(folder) for p in folder.glob("*/*.csv")))
        for row in rows_of(file, name)
    ):
        to = Fraction(row["tier_to"]) if row["tier_to"] else None
        tier = (Fraction(row["tier_from"]), to, Fraction(row["price_usd"]))
        table.setdefault((row["service"], row["item"], row["region"]), []).append(tier)
    for tiers in table.values():
        tiers.sort(key=lambda tier: tier[0])
    return table


@cache
def regions():
    return tuple(sorted({region for _, _, region in book()} - {"any"}))


@cache
def task_sizes():
    """The Fargate sizes that exist: ((vcpu, memory_gb, os), ...) as text."""
    return tuple((r["vcpu"], r["memory_gb"], r["os"]) for r in rows_of("task_sizes.csv"))


@cache
def instance_types(region):
    """The instance types with an on-demand price in this region."""
    end = "/on_demand"
    return tuple(sorted(i[: -len(end)] for s, i, r in book() if s == "ec2" and r == region and i.endswith(end)))


@cache
def burstable_types():
    return frozenset(r["instance_type"] for r in rows_of("instance_types.csv") if r["burstable"] == "true")


# ---------------------------------------------------------------- one function a service
#
# Each gives a list of (item, quantity). `document` is there for the length of the month.


def month_hours(document):
    return exact(document.get("hours_per_month", 730))


def lambda_gb_seconds(requests, duration_ms, memory_mb):
    """GB-seconds: duration rounded up to the next whole ms; 1 GB is 1024 MB (Lambda page)."""
    return requests * whole_units(duration_ms) / 1000 * memory_mb / 1024


INIT = ", initialisation"


def lambda_charges(row, document):
    arch = row.get("architecture", "x86_64")
    requests = exact(row.get("requests", 0))
    # Lambda page, asynchronous events: one request, and one more for each 64 KB begun above 256 KB.
    each = 1 + whole_units(max(exact(row.get("event_kb", 0)) - 256, 0) / 64)
    charges = [(f"requests/{arch}", requests * each)]

    # Duration. Lambda page: from the start of the code to its end, rounded up to the nearest
    # 1 ms, priced by the memory allocated. Here the mean is rounded up, as AWS's calculator
    # does (AWS Pricing Calculator, Amazon Web Services).
    run_seconds = Fraction(0)
    if "gb_seconds" in row:
        charges.append((f"duration/{arch}", exact(row["gb_seconds"])))
    elif "duration_ms" in row:
        duration_ms = exact(row["duration_ms"])
        run_seconds = requests * whole_units(duration_ms) / 1000
        charges.append((f"duration/{arch}", lambda_gb_seconds(requests, duration_ms, exact(row["memory_mb"]))))

    # Streamed answers. Lambda page: the first 6 MB of each are free, what is beyond is priced by the GB.
    for answers in row.get("streamed", []):
        gb = exact(answers["requests"]) * max(exact(answers["mb_each"]) - 6, 0) / 1024
        charges.append((f"response_streaming/{arch}", gb))

    # Initialisation. AWS Compute Blog, INIT phase: since 1 August 2025 its time is billed as duration; a line of its own.
    if "init_ms" in row:
        cold = exact(row["cold_starts"]) if "cold_starts" in row else requests * exact(row["cold_fraction"])
        gb_seconds = cold * exact(row["init_ms"]) / 1000 * exact(row["memory_mb"]) / 1024
        charges.append((f"duration/{arch}{INIT}", gb_seconds))

    # Provisioned concurrency. Lambda page: from the time it is enabled until it is disabled,
    # rounded up to the nearest five minutes; then requests and a lower price of duration.
    provisioned = row.get("provisioned")
    if provisioned is not None:
        more = exact(provisioned.get("requests", 0))
        if "gb_seconds" in provisioned:
            stood = exact(provisioned["gb_seconds"])
            ran = exact(provisioned.get("duration_gb_seconds", 0))
        else:
            memory_mb = exact(provisioned["memory_mb"])
            five_minutes = whole_units(exact(provisioned["hours"]) * 3600 / 300)
            stood = exact(provisioned["concurrency"]) * five_minutes * 300 * memory_mb / 1024
            duration_ms = exact(provisioned.get("duration_ms", 0))
            ran = lambda_gb_seconds(more, duration_ms, memory_mb)
            if PROVISIONED_RUNS_PAY_STORAGE:
                run_seconds += more * whole_units(duration_ms) / 1000
        if "gb_seconds" in provisioned and "memory_mb" in row:  # one function has one memory
            run_seconds += ran * 1024 / exact(row["memory_mb"])
        charges.append((f"provisioned_concurrency/{arch}", stood))
        charges.append((f"provisioned_duration/{arch}", ran))
        charges.append((f"provisioned_requests/{arch}", more))

    # Ephemeral storage. Lambda page: 512 MB at no charge, above it per GB-second of running.
    extra_mb = exact(row.get("ephemeral_mb", 512)) - 512
    if extra_mb > 0:
        charges.append((f"ephemeral_storage/{arch}", extra_mb / 1024 * run_seconds))
    return charges


def fargate_charges(row, document):
    arch, system = row.get("architecture", "x86_64"), row.get("os", "linux")
    purchase = row.get("purchase", "on_demand")

    # Fargate page: per second, rounded up to the nearest second, from the pull of the image
    # until the task ends; at least one minute on Linux, five on Windows.
    if "task_hours" in row:
        task_hours = exact(row["task_hours"])
    else:
        least_s = 300 if system == "windows" else 60
        seconds = max(whole_units(exact(row["seconds_each"])), Fraction(least_s))
        task_hours = exact(row["tasks"]) * seconds / 3600

    vcpu_hours = task_hours * exact(row["vcpu"])
    charges = [
        (f"vcpu_hour/{arch}/{system}/{purchase}", vcpu_hours),
        (f"gb_hour/{arch}/{system}/{purchase}", task_hours * exact(row["memory_gb"])),
    ]
    # Fargate page: Windows tasks pay an OS licence fee per vCPU as well.
    if system == "windows":
        charges.append(("licence_vcpu_hour/windows", vcpu_hours))
    # Fargate page: 20 GB of ephemeral storage come with every task; only more is charged.
    extra_gb = exact(row.get("ephemeral_gb", 20)) - 20
    if extra_gb > 0:
        charges.append(("ephemeral_gb_hour", extra_gb * task_hours))
    return charges


def ec2_charges(row, document):
    # EC2 page: per instance-hour, billed by the second. Sixty seconds at least for a run, which
    # a sum of hours can't show, so hours are taken as given.
    kind, purchase = row["instance_type"], row.get("purchase", "on_demand")
    charges = [(f"{kind}/{purchase}", exact(row["instance_hours"]))]
    # EC2 guide: surplus credits of unlimited mode are charged per vCPU-hour, by family.
    if "surplus_credit_vcpu_hours" in row:
        family = kind.split(".")[0]
        charges.append((f"surplus_credit_vcpu_hour/{family}", exact(row["surplus_credit_vcpu_hours"])))
    return charges


def ebs_charges(row, document):
    # EBS page: per GB-month of what is provisioned, in proportion to the time in the month.
    # gp3 holds 3,000 IOPS and 125 MB/s; only what goes above them is charged. gp2: storage only.
    share = exact(row.get("hours", month_hours(document))) / month_hours(document)
    volume = row.get("volume", "gp3")
    charges = [(f"{volume}_storage", exact(row["gb"]) * share)]
    if volume == "gp3":
        iops = max(exact(row.get("iops", 3000)) - 3000, Fraction(0))
        throughput = max(exact(row.get("throughput_mbps", 125)) - 125, Fraction(0))
        charges.append(("gp3_iops_over_3000", iops * share))
        charges.append(("gp3_throughput_over_125", throughput * share))
    return charges


def alb_charges(row, document):
    hours = exact(row.get("hours", month_hours(document)))
    if ALB_PARTIAL_HOUR_IS_FULL:
        hours = whole_units(hours)
    # ELB page: one LCU is 25 new connections a second, 3,000 active connections, 1 GB an hour
    # (targets that are instances, containers or addresses), 1,000 rule evaluations a second.
    # Only the largest of the four is charged. Evaluations: requests x (rules - 10 free ones).
    if "lcus" in row:
        lcus = exact(row["lcus"])
    else:
        rules = max(exact(row.get("rules", 0)) - 10, Fraction(0))
        lcus = max(
            exact(row.get("new_connections_per_s", 0)) / 25,
            exact(row.get("active_connections", 0)) / 3000,
            exact(row.get("gb_per_hour", 0)),
            exact(row.get("requests_per_s", 0)) * rules / 1000,
        )
    return [("load_balancer_hour", hours), ("lcu_hour", hours * lcus)]


def metered_requests(request_kb, response_kb):
    """How many requests of an HTTP API one call is metered as.

    API Gateway page: requests are metered in 512 KB increments of data, and a request with
    513 KB of data is metered as two. AWS's calculator divides the size of the request by 512,
    rounds up, and does not ask for the size of the response. No text of AWS was found that
    counts the response, so it does not count here (it is paid for as data transfer).
    """
    return max(whole_units(request_kb / 512), Fraction(1))


def api_gateway_http_charges(row, document):
    each = metered_requests(exact(row.get("request_kb", 0)), exact(row.get("response_kb", 0)))
    return [("requests", exact(row["requests"]) * each)]


def api_gateway_rest_charges(row, document):
    # API Gateway page: per call received, whatever its size; a cache by the hour and its size.
    # AWS Compute Blog, 2025-11-19: of a streamed answer each 10 MB begun is one request.
    tens = max(whole_units(exact(row.get("streamed_mb", 0)) / 10), 1)
    charges = [("requests", exact(row.get("requests", 0)) * tens)]
    if "cache_gb" in row:
        size = decimal_text(exact(row["cache_gb"]))
        charges.append((f"cache_{size}GB", exact(row.get("cache_hours", month_hours(document)))))
    return charges


def public_ipv4_charges(row, document):
    # VPC page: each public address by the hour, in use or idle.
    return [("in_use_hour", exact(row["hours"]))]


def nat_gateway_charges(row, document):
    # VPC page: each partial NAT gateway-hour is billed as a full hour; then each GB processed.
    # One row is one gateway: rows are rounded up before they are added.
    return [("gateway_hour", whole_units(exact(row.get("hours", 0)))), ("data_processed", exact(row.get("gb", 0)))]


def data_transfer_charges(row, document):
    # Transfer list: out to the internet in tiers; between zones on the side that sends and
    # again on the side that receives; to another region on the side that sends.
    return [
        ("internet_out", exact(row.get("internet_gb", 0))),
        ("inter_az_each_direction", exact(row.get("inter_az_gb", 0)) * 2),
        ("inter_region_out", exact(row.get("inter_region_gb", 0))),
    ]


def managed_charges(row, document):
    # Lambda page: 15 % of the on-demand price an hour, whatever is paid for the hour, and $0.20 a million requests.
    # ECS: 12 % of that price, rounded to four decimals first.
    charges = [(f"{FEE}{row['instance_type']}", exact(row["instance_hours"]))]
    return charges + ([("managed_instances_requests", exact(row["requests"]))] if "requests" in row else [])


FEE = "managed fee of "


def parts_of(row):
    """Rows of a service by itself: what Managed Instances bill is EC2's hours, and the rest."""
    if row["service"] != "lambda_managed_instances":
        return [row]
    bought = {name: row[name] for name in ("instance_type", "instance_hours", "purchase") if name in row}
    return [{"service": "ec2", **bought}, {**row, "service": "lambda_managed"}]


def lambda_web_charges(row, document):
    # AWS's skill: requests, CPU time while it computes, memory for the life of an environment.
    return [(item, exact(row[item])) for item in ("requests", "active_cpu", "memory")]


CHARGES = {
    "lambda_managed": managed_charges,
    "ecs_managed": managed_charges,
    "lambda_web": lambda_web_charges,
    "lambda": lambda_charges,
    "fargate": fargate_charges,
    "ec2": ec2_charges,
    "ebs": ebs_charges,
    "alb": alb_charges,
    "api_gateway_http": api_gateway_http_charges,
    "api_gateway_rest": api_gateway_rest_charges,
    "public_ipv4": public_ipv4_charges,
    "nat_gateway": nat_gateway_charges,
    "data_transfer": data_transfer_charges,
    **oracle_services.CHARGES,
}


# ---------------------------------------------------------------- free tier, tiers, bill


def free_pots():
    """What is free: (service, free item, starts of the items that use it up, in turn).

    Lambda page: one million requests and 400,000 GB-seconds a month, x86 and Arm together.
    The free GB-seconds are not for functions with provisioned concurrency; AWS's own example
    of provisioned concurrency does take the free requests off. Here on-demand requests use
    them first. Transfer list: the first 100 GB a month out to the internet.
    """
    return (
        ("lambda", "free_tier_requests", ("requests/", "provisioned_requests/")),
        ("lambda", "free_tier_duration", ("duration/",)),
        ("lambda", "free_tier_response_streaming", ("response_streaming/",)),
        ("data_transfer", "internet_out_free_tier", ("internet_out",)),
        *oracle_services.FREE,
    )


def take_off_free(charges, prices):
    """Take the free quantities off the charges, in the order of the document."""
    charges = list(charges)
    for service, free_item, starts in free_pots():
        tiers = tiers_of(service, free_item, "any", prices, {})
        left = tiers[-1][1] if tiers else Fraction(0)
        for start in starts:
            for index, (of, item, quantity) in enumerate(charges):
                if of == service and item.startswith(start):
                    used = min(left, quantity)
                    left -= used
                    charges[index] = (of, item, quantity - used)
    return charges


def tiers_of(service, item, region, prices, own):
    """Find the tiers: the reader's own price, else the override, else the book, else None."""
    item = item.removesuffix(INIT)
    if item.startswith(FEE):
        listed = tiers_of("ec2", f"{item.removeprefix(FEE)}/on_demand", region, prices, own)
        return None if listed is None else [(Fraction(0), None, fee_usd(service, listed[0][2]))]
    service = {"lambda_managed": "lambda", "lambda_edge": "lambda"}.get(service, service)
    if (service, item) in own:
        return [(Fraction(0), None, own[service, item])]
    if (service, item) in prices:
        return [
            (exact(low), None if high is None else exact(high), exact(price))
            for low, high, price in prices[service, item]
        ]
    return book().get((service, item, region)) or book().get((service, item, "any"))


def fee_usd(service, listed_usd):
    """The fee of one instance-hour, by its on-demand price."""
    if service == "lambda_managed":
        return listed_usd * Fraction(15, 100)
    return Fraction((listed_usd * 10_000 + Fraction(1, 2)) // 1, 10_000) * Fraction(12, 100)


def line(service, item, tier_from, quantity, price):
    return {
        "service": service,
        "item": item,
        "tier_from": tier_from,
        "quantity": quantity,
        "price_usd": price,
        "exact_usd": None if price is None else quantity * price,
    }


def lines_of(service, item, quantity, tiers, before=Fraction(0)):
    """Cut one quantity into tiers, after what stands before it. The tier from a to b holds units above a, up to b."""
    if quantity == 0:
        return []
    if tiers is None:
        return [line(service, item, Fraction(0), quantity, None)]
    lines = []
    for low, high, price in tiers:
        top = before + quantity if high is None else min(before + quantity, high)
        if top > max(low, before):
            lines.append(line(service, item, low, top - max(low, before), price))
    return lines


def before(item, totals):
    """What uses up the tiers of an item before it: the durations, for initialisations."""
    return totals.get(("lambda", item.removesuffix(INIT)), Fraction(0)) if item.endswith(INIT) else Fraction(0)


def bill(document: dict, prices: dict | None = None) -> dict:
    """Bill a usage document exactly.

    `prices` puts other tiers in place of the book's: {(service, item): [(from, to, price)]}.
    A free quantity can be given the same way: ("lambda", "free_tier_requests"), price 0.
    """
    prices = prices or {}
    own = {(p["service"], p["item"]): exact(p["price_usd"]) for p in document.get("prices", [])}

    charges = [
        (row["service"], item, quantity)
        for whole in document["usage"]
        for row in parts_of(whole)
        for item, quantity in CHARGES[row["service"]](row, document)
    ]
    if document.get("free_tier", False):
        charges = take_off_free(charges, prices)

    totals = {}
    for service, item, quantity in charges:
        totals[service, item] = totals.get((service, item), Fraction(0)) + quantity

    region = document.get("region", "us-east-1")
    lines = [
        one
        for (service, item), quantity in totals.items()
        for one in lines_of(service, item, quantity, tiers_of(service, item, region, prices, own), before(item, totals))
    ]
    known = [one["exact_usd"] for one in lines if one["exact_usd"] is not None]
    complete = len(known) == len(lines)
    for one in lines:  # under the names of the book
        if one["item"].startswith(FEE):
            one["item"] = "managed_instances_fee_fraction"
        one["item"] = one["item"].removesuffix(INIT)
        named = {"lambda_managed": "lambda", "ecs_managed": "ecs", "lambda_edge": "lambda"}
        one["service"] = named.get(one["service"], one["service"])
    return {
        "lines": lines,
        "exact_usd": sum(known, Fraction(0)) if complete else None,
        "known_usd": sum(known, Fraction(0)),
        "shown_total_usd": sum(map(cents, known), Fraction(0)) if complete else None,
    }
