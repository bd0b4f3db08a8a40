"""Random usage documents that are valid: for tests against the oracle, and for properties.

`random_usage_document(rng)` makes one from a seeded `random.Random`. `usage_documents()` is the
same as a hypothesis strategy: hypothesis plays the part of the random numbers, so a failing
document shrinks. The first choice of every list is the plain one, which is what it shrinks to.

A document says everything that has no default in design.md (architecture, os, purchase,
volume), and leaves out, now and then, what has one.
"""

from __future__ import annotations

import random

import oracle
from hypothesis import strategies as st

HOURS = (730, 720, 744, 672, 696, 730.5)
CACHE_SIZES_GB = (0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237)
ARCHITECTURES = ("x86_64", "arm64")
# Edges of tiers and free quantities, each with its neighbours.
REQUEST_EDGES = (1_000_000, 300_000_000, 333_000_000, 1_000_000_000, 20_000_000_000)
GB_SECOND_EDGES = (400_000, 6_000_000_000, 7_500_000_000, 15_000_000_000, 18_750_000_000)
INTERNET_GB_EDGES = (100, 10_240, 51_200, 153_600)
DURATIONS_MS = (1, 100, 200, 0.1, 0.001, 199.5, 200.0001, 999.999, 1000, 1024, 60_000, 900_000)
SECONDS_EACH = (60, 1, 0.1, 59.9, 60.1, 61, 299, 300, 300.5, 301, 3600, 86_400, 2_628_000)


def often(rng, one_in):
    """True once in so many times. False is the plain case."""
    return rng.randint(1, one_in) == one_in


def decimals(rng, low, high, places=3):
    """A number from low to high with up to so many decimals, as JSON would give it."""
    scale = 10 ** rng.randint(0, places)
    units = rng.randint(low * scale, high * scale)
    return units // scale if units % scale == 0 else units / scale


def count(rng, edges=REQUEST_EDGES):
    """A whole number of requests: none, few, many, at an edge, one beside it."""
    how = rng.randint(0, 5)
    if how == 0:
        return rng.choice((0, 1, 2))
    if how <= 2:
        return rng.choice(edges) + rng.choice((0, -1, 1))
    if how == 3:
        # Beside the edge of a tier once the free quantity is off.
        return rng.choice(edges) + edges[0] + rng.choice((0, -1, 1))
    return rng.randint(0, 10 ** rng.randint(1, 11))


def gb_seconds(rng):
    how = rng.randint(0, 4)
    if how == 0:
        return rng.choice((0, 0.001, 1))
    if how == 1:
        return rng.choice(GB_SECOND_EDGES) + rng.choice((0, -1, 1, 0.125))
    if how == 2:
        return rng.choice(GB_SECOND_EDGES) + 400_000 + rng.choice((0, -1, 1))
    return decimals(rng, 0, 10 ** rng.randint(1, 9))


def duration_ms(rng):
    return rng.choice(DURATIONS_MS) if rng.randint(0, 1) == 0 else decimals(rng, 1, 5000)


def memory_mb(rng):
    return rng.choice((1024, 128, 129, 512, 1536, 1769, 3008, 10_240, rng.randint(128, 10_240)))


def provisioned(rng, hours_per_month):
    if often(rng, 2):
        return {"gb_seconds": gb_seconds(rng), "duration_gb_seconds": gb_seconds(rng),
                "requests": count(rng)}
    whole = int(hours_per_month)
    hours = rng.choice((whole, 0, 0.001, 0.0833, 0.0834, 1.25, 2, 100.01, hours_per_month,
                        decimals(rng, 0, whole)))
    return {"concurrency": rng.choice((1, 0, 2, 100, rng.randint(0, 5000))), "hours": hours,
            "memory_mb": memory_mb(rng), "requests": count(rng), "duration_ms": duration_ms(rng)}


def lambda_row(rng, region, hours_per_month):
    row = {"service": "lambda", "architecture": rng.choice(ARCHITECTURES)}
    if often(rng, 4):
        row |= {"requests": count(rng), "gb_seconds": gb_seconds(rng)}
    elif often(rng, 6):
        # Just at, below or above a tier edge: 1 GB for a second makes one GB-second a request.
        row |= {"requests": rng.choice(GB_SECOND_EDGES) + rng.choice((0, -1, 1)),
                "duration_ms": rng.choice((1000, 999.5, 999.001)), "memory_mb": 1024}
    else:
        row |= {"requests": count(rng), "duration_ms": duration_ms(rng),
                "memory_mb": memory_mb(rng)}
    if "duration_ms" in row and often(rng, 3):
        row["ephemeral_mb"] = rng.choice((512, 513, 1024, 10_240, rng.randint(512, 10_240)))
    if often(rng, 3):
        row["provisioned"] = provisioned(rng, hours_per_month)
    return row


def fargate_row(rng, region, hours_per_month):
    vcpu, memory_gb, system = rng.choice(oracle.task_sizes())
    number = lambda text: float(text) if "." in text else int(text)  # noqa: E731
    row = {"service": "fargate", "os": system, "vcpu": number(vcpu),
           "memory_gb": number(memory_gb)}
    if system == "windows":
        row |= {"architecture": "x86_64", "purchase": "on_demand"}
    else:
        row |= {"architecture": rng.choice(ARCHITECTURES),
                "purchase": rng.choice(("on_demand", "spot"))}
        if often(rng, 3):
            row["ephemeral_gb"] = rng.choice((20, 21, 50, 200, rng.randint(20, 200)))
    if often(rng, 3):
        row["task_hours"] = rng.choice((1460, 0, 0.25, decimals(rng, 0, 100_000)))
    else:
        row["tasks"] = rng.choice((1, 0, 5, rng.randint(0, 1_000_000)))
        row["seconds_each"] = rng.choice((*SECONDS_EACH, decimals(rng, 1, 100_000)))
    return row


def ec2_row(rng, region, hours_per_month):
    kind = rng.choice(oracle.instance_types(region))
    if often(rng, 3):
        burstable = [t for t in oracle.instance_types(region) if t in oracle.burstable_types()]
        kind = rng.choice(burstable or [kind])
    row = {"service": "ec2", "instance_type": kind,
           "purchase": rng.choice(("on_demand", "on_demand", "spot")),
           "instance_hours": rng.choice((1460, 0, 0.1, hours_per_month,
                                         decimals(rng, 0, 1_000_000)))}
    if kind in oracle.burstable_types() and often(rng, 2):
        row["surplus_credit_vcpu_hours"] = rng.choice((0, 0.001, decimals(rng, 0, 5000)))
    return row


def ebs_row(rng, region, hours_per_month):
    row = {"service": "ebs", "volume": rng.choice(("gp3", "gp2")),
           "gb": rng.choice((8, 0, 1, 100, decimals(rng, 0, 64_000)))}
    if row["volume"] == "gp3" and often(rng, 2):
        row["iops"] = rng.choice((3000, 3001, 16_000, rng.randint(3000, 16_000)))
    if row["volume"] == "gp3" and often(rng, 2):
        row["throughput_mbps"] = rng.choice((125, 126, 1000, rng.randint(125, 1000)))
    if often(rng, 2):
        row["hours"] = rng.choice((hours_per_month, 0, 0.5, decimals(rng, 0, 672)))
    return row


def alb_row(rng, region, hours_per_month):
    row = {"service": "alb"}
    if often(rng, 2):
        row["hours"] = rng.choice((hours_per_month, 0, 1, 0.5, decimals(rng, 0, 672)))
    if often(rng, 3):
        row["lcus"] = rng.choice((0, 1, 0.25, decimals(rng, 0, 1000)))
        return row
    sizes = {
        "new_connections_per_s": rng.choice((1, 0, 25, 25.001, decimals(rng, 0, 10_000))),
        "active_connections": rng.choice((120, 0, 3000, 3001, rng.randint(0, 1_000_000))),
        "gb_per_hour": rng.choice((1.08, 0, 1, decimals(rng, 0, 500))),
        "requests_per_s": rng.choice((5, 0, 1000, decimals(rng, 0, 10_000))),
        "rules": rng.choice((0, 9, 10, 11, 60, 100)),
    }
    left_out = rng.choice(sorted(sizes)) if often(rng, 4) else None
    return row | {name: size for name, size in sizes.items() if name != left_out}


def api_gateway_http_row(rng, region, hours_per_month):
    row = {"service": "api_gateway_http", "requests": count(rng)}
    sizes = (1, 0, 4, 511.9, 512, 512.1, 513, 1024, 1024.5, 10_240, decimals(rng, 0, 6000))
    if often(rng, 2):
        row["request_kb"] = rng.choice(sizes)
    if often(rng, 2):
        row["response_kb"] = rng.choice(sizes)
    return row


def api_gateway_rest_row(rng, region, hours_per_month):
    row = {"service": "api_gateway_rest", "requests": count(rng)}
    if often(rng, 2):
        row["cache_gb"] = rng.choice(CACHE_SIZES_GB)
        row["cache_hours"] = rng.choice((hours_per_month, 0, 0.5, decimals(rng, 0, 672)))
    return row


def public_ipv4_row(rng, region, hours_per_month):
    return {"service": "public_ipv4",
            "hours": rng.choice((hours_per_month, 0, 1, 2190, decimals(rng, 0, 10_000)))}


def nat_gateway_row(rng, region, hours_per_month):
    return {"service": "nat_gateway",
            "hours": rng.choice((hours_per_month, 0, 0.01, 1, 1.001, 1460,
                                 decimals(rng, 0, 3000))),
            "gb": rng.choice((0, 0.5, 100, decimals(rng, 0, 1_000_000)))}


def data_transfer_row(rng, region, hours_per_month):
    edge = rng.choice(INTERNET_GB_EDGES)
    return {"service": "data_transfer",
            "internet_gb": rng.choice((0, edge, edge - 1, edge + 1, edge + 0.001, edge + 100,
                                       edge + 99, decimals(rng, 0, 300_000))),
            "inter_az_gb": rng.choice((0, 1, 0.1, decimals(rng, 0, 100_000))),
            "inter_region_gb": rng.choice((0, 1, 0.1, decimals(rng, 0, 100_000)))}


ROWS = {
    "lambda": lambda_row, "fargate": fargate_row, "ec2": ec2_row, "ebs": ebs_row,
    "alb": alb_row, "api_gateway_http": api_gateway_http_row,
    "api_gateway_rest": api_gateway_rest_row, "public_ipv4": public_ipv4_row,
    "nat_gateway": nat_gateway_row, "data_transfer": data_transfer_row,
}


def own_prices(rng, document):
    """A reader's own prices for some of the lines of this document, missing ones most of all."""
    lines = oracle.bill(document)["lines"]
    if not lines:
        return []
    missing = [line for line in lines if line["price_usd"] is None]
    items = {(line["service"], line["item"])
             for line in (rng.choice(missing or lines), rng.choice(lines))}
    texts = ("0.01", "0.0000001", "0.123456789", "1", "2.5")
    return [{"service": service, "item": item, "price_usd": rng.choice(texts),
             "note": "a contract price"} for service, item in sorted(items)]


def random_usage_document(rng: random.Random) -> dict:
    """Make one valid usage document of 1 to 6 rows (design.md 3.2, fields without a mark)."""
    region = rng.choice(("us-east-1", *oracle.regions()))
    hours_per_month = rng.choice(HOURS)
    services = [s for s in oracle.SERVICES if s != "ec2" or oracle.instance_types(region)]
    rows = []
    for _ in range(rng.randint(1, 6)):
        # Often the service of the row before: rows of one service share tiers and free tier.
        service = rng.choice(services)
        if rows and often(rng, 3):
            service = rows[-1]["service"]
        rows.append(ROWS[service](rng, region, hours_per_month))
    document = {"version": 1, "region": region, "usage": rows}
    if hours_per_month != 730 or often(rng, 2):
        document["hours_per_month"] = hours_per_month
    if often(rng, 2):
        document["free_tier"] = rng.choice((True, True, False))
    if often(rng, 4):
        document["prices"] = own_prices(rng, document)
    return document


def usage_documents():
    """The same documents as a hypothesis strategy."""
    return st.randoms(use_true_random=False).map(random_usage_document)


def regions():
    return st.sampled_from(oracle.regions())
