"""Random documents that are valid, usage and scenarios: for tests against the oracles, and for properties.

`random_usage_document(rng)` makes one from a seeded `random.Random`. `usage_documents()` is the
same as a hypothesis strategy: hypothesis plays the part of the random numbers, so a failing
document shrinks. The first choice of every list is the plain one, which is what it shrinks to.

A document says everything that has no default in design.md (architecture, os, purchase,
volume), and leaves out, now and then, what has one.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import ceil, exp, floor
from statistics import NormalDist

from hypothesis import strategies as st

import oracle
import oracle_auto
import oracle_compare
from service_rows import SERVICE_ROWS

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
        return {"gb_seconds": gb_seconds(rng), "duration_gb_seconds": gb_seconds(rng), "requests": count(rng)}
    whole = int(hours_per_month)
    hours = rng.choice((whole, 0, 0.001, 0.0833, 0.0834, 1.25, 2, 100.01, hours_per_month, decimals(rng, 0, whole)))
    return {
        "concurrency": rng.choice((1, 0, 2, 100, rng.randint(0, 5000))),
        "hours": hours,
        "memory_mb": memory_mb(rng),
        "requests": count(rng),
        "duration_ms": duration_ms(rng),
    }


def lambda_row(rng, region, hours_per_month):
    row = {"service": "lambda", "architecture": rng.choice(ARCHITECTURES)}
    if often(rng, 4):
        row |= {"requests": count(rng), "gb_seconds": gb_seconds(rng)}
    elif often(rng, 6):
        # Just at, below or above a tier edge: 1 GB for a second makes one GB-second a request.
        row |= {
            "requests": rng.choice(GB_SECOND_EDGES) + rng.choice((0, -1, 1)),
            "duration_ms": rng.choice((1000, 999.5, 999.001)),
            "memory_mb": 1024,
        }
    else:
        row |= {"requests": count(rng), "duration_ms": duration_ms(rng), "memory_mb": memory_mb(rng)}
    if "duration_ms" in row and often(rng, 3):
        row["ephemeral_mb"] = rng.choice((512, 513, 1024, 10_240, rng.randint(512, 10_240)))
    if often(rng, 3):
        row["provisioned"] = provisioned(rng, hours_per_month)
    aside = random.Random(repr(row))  # what is drawn after it is as without
    if often(aside, 5):
        sizes = (0, 6, 6.001, 30, 200)
        row["streamed"] = [
            {"requests": count(aside), "mb_each": aside.choice(sizes)} for _ in range(aside.choice((1, 2)))
        ]
    if "duration_ms" in row and often(rng, 4):
        row["init_ms"] = rng.choice((100, 0, 0.5, duration_ms(rng)))
        if often(rng, 2):
            row["cold_fraction"] = rng.choice((0.01, 0, 1, 0.00034))
        else:
            row["cold_starts"] = min(row["requests"], rng.choice((100_000, 0, 1, 10**10)))
    return row


def fargate_row(rng, region, hours_per_month):
    vcpu, memory_gb, system = rng.choice(oracle.task_sizes())
    number = lambda text: float(text) if "." in text else int(text)  # noqa: E731
    row = {"service": "fargate", "os": system, "vcpu": number(vcpu), "memory_gb": number(memory_gb)}
    if system == "windows":
        row |= {"architecture": "x86_64", "purchase": "on_demand"}
    else:
        row |= {"architecture": rng.choice(ARCHITECTURES), "purchase": rng.choice(("on_demand", "spot"))}
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
    row = {
        "service": "ec2",
        "instance_type": kind,
        "purchase": rng.choice(("on_demand", "on_demand", "spot")),
        "instance_hours": rng.choice((1460, 0, 0.1, hours_per_month, decimals(rng, 0, 1_000_000))),
    }
    if kind in oracle.burstable_types() and often(rng, 2):
        row["surplus_credit_vcpu_hours"] = rng.choice((0, 0.001, decimals(rng, 0, 5000)))
    return row


def ebs_row(rng, region, hours_per_month):
    row = {
        "service": "ebs",
        "volume": rng.choice(("gp3", "gp2")),
        "gb": rng.choice((8, 0, 1, 100, decimals(rng, 0, 64_000))),
    }
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
    return {"service": "public_ipv4", "hours": rng.choice((hours_per_month, 0, 1, 2190, decimals(rng, 0, 10_000)))}


def nat_gateway_row(rng, region, hours_per_month):
    return {
        "service": "nat_gateway",
        "hours": rng.choice((hours_per_month, 0, 0.01, 1, 1.001, 1460, decimals(rng, 0, 3000))),
        "gb": rng.choice((0, 0.5, 100, decimals(rng, 0, 1_000_000))),
    }


def data_transfer_row(rng, region, hours_per_month):
    edge = rng.choice(INTERNET_GB_EDGES)
    return {
        "service": "data_transfer",
        "internet_gb": rng.choice(
            (0, edge, edge - 1, edge + 1, edge + 0.001, edge + 100, edge + 99, decimals(rng, 0, 300_000))
        ),
        "inter_az_gb": rng.choice((0, 1, 0.1, decimals(rng, 0, 100_000))),
        "inter_region_gb": rng.choice((0, 1, 0.1, decimals(rng, 0, 100_000))),
    }


ROWS = {
    "lambda": lambda_row,
    "fargate": fargate_row,
    "ec2": ec2_row,
    "ebs": ebs_row,
    "alb": alb_row,
    "api_gateway_http": api_gateway_http_row,
    "api_gateway_rest": api_gateway_rest_row,
    "public_ipv4": public_ipv4_row,
    "nat_gateway": nat_gateway_row,
    "data_transfer": data_transfer_row,
    **{name: lambda rng, region, hours, row=row: row(rng) for name, row in SERVICE_ROWS.items()},
}


def own_prices(rng, document):
    """A reader's own prices for some of the lines of this document, missing ones most of all."""
    lines = oracle.bill(document)["lines"]
    if not lines:
        return []
    missing = [line for line in lines if line["price_usd"] is None]
    items = {(line["service"], line["item"]) for line in (rng.choice(missing or lines), rng.choice(lines))}
    texts = ("0.01", "0.0000001", "0.123456789", "1", "2.5")
    return [
        {"service": service, "item": item, "price_usd": rng.choice(texts), "note": "a contract price"}
        for service, item in sorted(items)
    ]


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


# ---------------------------------------------------------------- scenarios

# Mostly regions where everything has a price; some where balancers, volumes, surplus credits,
# Spot or HTTP APIs have none, and one without any instance type.
FULL_REGIONS = ("us-east-1", "us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1")
GAP_REGIONS = (
    "ap-east-2",
    "ap-southeast-6",
    "ap-southeast-2",
    "mx-central-1",
    "us-west-1",
    "us-gov-west-1",
    "ap-south-2",
)
INCLUDES = (
    ["compute", "front_door"],
    ["compute"],
    ["compute", "front_door", "operations"],
    ["compute", "operations"],
    ["front_door"],
)
LAMBDA_MB = (1024, 128, 256, 512, 1536, 1769, 2048, 3008, 10_240)
SMALL_SIZES = tuple(size for size in oracle.task_sizes() if float(size[0]) <= 2 and float(size[1]) <= 8)


def number_of(text):
    return float(text) if "." in text else int(text)


def hourly_weights(rng):
    """168 weights: nights and days, a few levels, many levels, or a single busy hour."""
    how = rng.randint(0, 4)
    if how == 0:
        return [rng.choice((1, 2)) if 8 <= hour % 24 < 20 else 1 for hour in range(168)]
    if how == 1:
        levels = [rng.choice((0, 1, 2.5, 10, 0.25)) for _ in range(3)]
        return [rng.choice((*levels, 1)) for _ in range(167)] + [1]
    if how == 2:
        return [rng.randint(0, 1000) for _ in range(167)] + [1]
    if how == 3:
        day = [rng.randint(0, 20) / 4 for _ in range(23)] + [1]
        return day * 5 + [weight / 2 for weight in day] * 2
    busy = rng.randint(0, 167)
    return [7 if hour == busy else 0 for hour in range(168)]


def add_bursts(rng, found):
    """One or two kinds of rare bursts, with no more requests than there are."""
    bursts, left = [], found["requests_per_month"]
    for _ in range(rng.randint(1, 2)):
        one = {"per_month": rng.choice((50, 1, 3.5)), "minutes": rng.choice((10, 0.5, 60, 3))}
        seconds = one["per_month"] * one["minutes"] * 60
        one["rps"] = int(left * rng.choice((0.1, 0.5, 0.01)) / seconds)
        left -= one["rps"] * seconds
        bursts += [one] if one["rps"] else []
    if bursts:
        found["traffic"] = found.get("traffic", {"shape": "flat"}) | {"bursts": bursts}


def has_bursts(document):
    return "bursts" in document["workload"].get("traffic", {})


def workload(rng):
    duration = rng.choice((200, 1, 20, 50, 100, 750, 3000, 199.5, rng.randint(1, 5000)))
    measured = rng.choice((1024, 512, 1769, 2048, 128))
    found = {
        "requests_per_month": rng.choice((0, 1, 10_000_000, rng.randint(0, 10 ** rng.randint(1, 10)))),
        "duration_ms": duration,
        "measured_memory_mb": measured,
        "working_set_mb": rng.choice((180, 50, 100.5, 400, 900, 1700)),
    }
    threads = rng.choice((1, 1, 1, 2, 4))
    if threads > 1:
        found["cpu_threads"] = threads
    share = rng.choice((0.3, 0, 0.05, 1, 0.7, rng.randint(0, 1000) / 1000))
    if often(rng, 3):
        whole = int(share * duration * min(measured / 1769, threads) * 0.99)
        found["cpu_ms"] = rng.choice((whole, whole / 2))
    else:
        found["busy_share"] = share
    if often(rng, 2):
        found["request_mb"] = rng.choice((2, 0, 0.5, 10, 100))
    if often(rng, 3):
        found["concurrency_per_process"] = rng.choice((1, 1, 2, 10))
    if often(rng, 3):
        found["request_kb"] = rng.choice((1, 0, 600, 1024))
        found["response_kb"] = rng.choice((4, 0, 250))
    if often(rng, 3):
        found["requests_per_connection"] = rng.choice((1, 10, 2.5))
    traffic = {"hourly": hourly_weights(rng)} if often(rng, 2) else {"shape": "flat"}
    if often(rng, 3):
        traffic["burst"] = rng.choice((1, 1.5, 2, 3.25))
    if len(traffic) > 1 or "hourly" in traffic:
        found["traffic"] = traffic
    if often(rng, 4):
        add_bursts(rng, found)
    if often(rng, 4):
        found |= {"init_ms": rng.choice((300, 0, 12.5, 5000)), "cold_fraction": rng.choice((0.01, 0, 1, 0.00034))}
    return found


def fleet_fields(rng):
    found = {}
    if often(rng, 2):
        found["min_units"] = rng.choice((1, 0, 2, 3))
    if often(rng, 2):
        found["target_utilisation"] = rng.choice((0.6, 1, 0.5, 0.75, 0.1))
    if often(rng, 2):
        found["zones"] = rng.randint(1, 4)
        found["survive_zone_loss"] = found["zones"] > 1 and often(rng, 2)
    elif often(rng, 4):
        found["survive_zone_loss"] = False
    if often(rng, 4):
        found["scaling"] = "fixed"
    if often(rng, 6):
        found["units"] = rng.randint(1, 6)
    elif often(rng, 6):
        found["max_units"] = rng.randint(max(1, found.get("min_units", 2)), 8)
    return found | processes_of(found, 5)


def processes_of(found, one_in):
    """Worker processes once in so many times, drawn aside: what is drawn after them is as without."""
    rng = random.Random(repr(sorted(found.items())))
    return {"processes": rng.choice((1, 2, 3))} if often(rng, one_in) else {}


def lambda_option(rng, region):
    found = {"kind": "lambda", "memory_mb": rng.choice((*LAMBDA_MB, rng.randint(128, 4000)))}
    if often(rng, 2):
        found["architecture"] = "arm64"
    if often(rng, 5):
        found["ephemeral_mb"] = rng.choice((512, 1024, 10_240))
    return found


def fargate_option(rng, region):
    vcpu, memory_gb, system = rng.choice(SMALL_SIZES)
    found = {"kind": "fargate", "vcpu": number_of(vcpu), "memory_gb": number_of(memory_gb)}
    if system == "windows":
        found["os"] = "windows"
    else:
        found["architecture"] = rng.choice(ARCHITECTURES)
        if often(rng, 5):
            found["purchase"] = "spot"
        if often(rng, 5):
            found["ephemeral_gb"] = rng.choice((20, 40))
    return found | fleet_fields(rng)


def ec2_option(rng, region):
    kinds = oracle.instance_types(region)
    burstable = [kind for kind in kinds if kind in oracle.burstable_types()]
    small = [kind for kind in kinds if kind.endswith((".medium", ".large", ".xlarge"))]
    found = {"kind": "ec2", "instance_type": rng.choice(burstable if often(rng, 2) else small or burstable)}
    if found["instance_type"] in burstable and often(rng, 3):
        found["cpu_credits"] = "standard"
    if often(rng, 5):
        found["purchase"] = "spot"
    if often(rng, 4):
        found["ebs_gb"] = rng.choice((0, 8, 20.5, 100))
    if often(rng, 4):
        found["reserved_mb"] = rng.choice((300, 0, 200, 1000))
    return found | fleet_fields(rng)


def scenario_options(rng, region, include):
    makers = [lambda_option, fargate_option] + ([ec2_option] if oracle.instance_types(region) else [])
    found = []
    for index in range(rng.randint(2, 6)):
        # Now and then the option before once more: a tie all along.
        one = dict(found[-1]) if found and often(rng, 12) else rng.choice(makers)(rng, region)
        if often(rng, 3):
            one["front_door"] = rng.choice(("none", "alb", "http_api", "rest_api", "function_url"))
        if "operations" in include and often(rng, 2):
            one["operations_hours"] = rng.choice((0, 1, 2.5))
        found.append(one | {"label": f"Option {index + 1}"})
    return found


def scenario_prices(rng, document):
    """The reader's own prices for things this scenario may buy."""
    region = document["region"]
    items = [
        ("alb", "lcu_hour"),
        ("alb", "load_balancer_hour"),
        ("ebs", "gp3_storage"),
        ("lambda", "duration/x86_64"),
        ("api_gateway_http", "requests"),
        ("ec2", "surplus_credit_vcpu_hour/t3"),
        ("fargate", "vcpu_hour/x86_64/linux/spot"),
    ]
    items = [item for item in items if often(rng, 2 if (*item, region) not in oracle.book() else 6)]
    scale = {"lambda": "0.00001", "api_gateway_http": "0.0000012"}
    return [
        {"service": service, "item": item, "price_usd": scale.get(service, "0.02"), "note": "my own"}
        for service, item in items
    ]


def scenario_base(rng):
    region = rng.choice(GAP_REGIONS if often(rng, 5) else FULL_REGIONS)
    include = rng.choice(INCLUDES) if often(rng, 3) else INCLUDES[0]
    document = {
        "version": 1,
        "name": "a random scenario",
        "region": region,
        "include": include,
        "workload": workload(rng),
        "options": scenario_options(rng, region, include),
    }
    kinds = {option.get("instance_type") for option in document["options"]}
    if has_bursts(document) and kinds & set(oracle.burstable_types()):
        del document["workload"]["traffic"]["bursts"]  # the oracle follows credits through these for minutes
    if "operations" in include:
        document["operations"] = {"wage_usd_per_hour": rng.choice((1, 5, 50))}
    if often(rng, 2):
        document["hours_per_month"] = rng.choice(HOURS)
    if often(rng, 3):
        document["free_tier"] = True
    prices = scenario_prices(rng, document)
    if prices:
        document["prices"] = prices
    # chance of its own, so that seeds that once found a fault keep their scenarios
    chance = random.Random(repr(document))
    return document | with_other_costs(chance, document) | with_services(chance, document)


def with_services(rng, document):
    """Services around, now and then, each once: their pots are then used by one charge alone."""
    if not often(rng, 5):
        return {}
    uses = [
        {"service": "dynamodb", "per_request": {"write_request_units": 0.5}, "per_month": {"storage_gb": 30}},
        {"service": "sqs", "per_request": {"standard_requests": 3, "payload_kb": 70}},
        {"service": "xray", "per_request": {"traces_recorded": 0.05}},
        {"service": "cloudfront", "hit_share": 0.6},
        {"service": "rds_proxy", "per_month": {"vcpu_hours": 1460}, "per_unit_hour": {"vcpu_hours": 0.1}},
        {"service": "s3", "per_request": {"gets": 1, "stored_gb": 0.0001}, "per_month": {"puts": 1000}},
        {"service": "eventbridge", "per_request": {"custom_events": 1, "event_kb": 65}},
    ]
    names = [option["label"] for option in document["options"]] + ["lambda", "fargate"]
    chosen = [use | {"options": rng.choice(("all", rng.sample(names, 2)))} for use in rng.sample(uses, 2)]
    return {"services": chosen, "include": [*document["include"], "services"]}


def for_all(document):
    """The document with what belongs to some of its options belonging to all, so that its options may be others."""
    names = [name for name in ("other_costs", "services") if name in document]
    return document | {name: [one | {"options": "all"} for one in document[name]] for name in names}


def with_other_costs(rng, document):
    """Costs of the reader's own, now and then."""
    if not often(rng, 5):
        return {}
    names = [option["label"] for option in document["options"]] + ["lambda", "fargate", "ec2"]
    prices = {"usd_per_month": 22.5, "usd_per_million_requests": 0.6, "usd_per_gb_out": 0.085}
    prices["usd_per_unit_hour"] = 0.011
    costs = []
    for _ in range(rng.randint(1, 3)):
        price = rng.choice(list(prices))
        options = rng.choice(("all", rng.sample(names, 2)))
        costs.append({"label": "own", price: prices[price], "options": options})
    return {"other_costs": costs}


def random_scenario(rng: random.Random, most_edges: int = 300) -> dict:
    """Make one valid scenario (design.md 3.1, fields without a mark), swept over requests.

    The range of the sweep shrinks until brute force over it is affordable. Most of the scenarios
    where nothing changes, for the winner or for a pair, are thrown back.
    """
    while True:
        document = swept_over_requests(rng, most_edges)
        if any(oracle_compare.changes(document)[0]) or often(rng, 6):
            return document


def swept_over_requests(rng, most_edges):
    document = scenario_base(rng)
    start = rng.choice((0, 1, 1000, 10_000, rng.randint(0, 10 ** rng.randint(1, 7))))
    width = rng.randint(1, 10 ** rng.randint(3, 9)) if often(rng, 4) else rng.randint(10**6, 10 ** rng.randint(7, 9))
    ways = oracle_compare.options(document)
    while width > 1 and sum(way.many_edges(start, start + width) for way in ways) > most_edges:
        width //= 2
    document["sweep"] = {
        "over": "workload.requests_per_month",
        "from": start,
        "to": start + width,
        "scale": "log" if start and often(rng, 2) else "linear",
        "points": rng.choice((2, 5, 50, 400)),
    }
    return document


BURST_RPS = "workload.traffic.bursts.0.rps"


def random_credit_scenario(rng: random.Random, width: float = 0.1, most: int = 12) -> dict:
    """Make a scenario in which a burstable fleet and a Lambda cost about the same, swept over requests around there.

    So their bills, of which the first bends and steps with CPU credits, cross where nothing else changes. The range is
    a share of the requests, and on `standard` credits no more than has so many different fleets.
    """
    levels = [rng.randint(0, 100) for _ in range(rng.randint(1, 6))] + [rng.randint(1, 100)]
    day = [rng.choice(levels) for _ in range(24)]
    hourly = [day[hour % 24] if rng.random() < 0.9 else rng.choice(levels) for hour in range(167)] + [levels[-1]]
    fleet = {
        "kind": "ec2",
        "label": "burstable",
        "instance_type": rng.choice(("t3.nano", "t3.micro", "t3.small", "t3.large", "t3.xlarge")),
        "cpu_credits": rng.choice(("standard", "unlimited")),
        "min_units": rng.choice((0, 1, 1, 2)),
        "survive_zone_loss": False,
        "target_utilisation": rng.choice((1, 0.8, 0.6)),
        "reserved_mb": 0,
    }
    if often(rng, 6):
        fleet["scaling"] = "fixed"
    if often(rng, 6):
        fleet["units"] = rng.randint(3, 9)
    document = {
        "version": 1,
        "name": "about as dear",
        "include": ["compute"],
        "workload": {
            "requests_per_month": 1,
            "duration_ms": 100,
            "cpu_ms": rng.choice((20, 50, 100)),
            "measured_memory_mb": 1769,
            "working_set_mb": 50,
            "traffic": {"hourly": hourly, "burst": rng.choice((1, 1.5))},
        },
        "options": [fleet, {"kind": "lambda", "label": "function", "memory_mb": 1769}],
    }
    way = oracle_compare.options(document)[0]
    busy = rng.uniform(0.5, 6) * float(way.vcpu * way.baseline)  # vCPUs on average
    requests = int(busy * 1000 / document["workload"]["cpu_ms"] * 3600 * 730)
    usd = way.cost(requests)[2]
    each = round(float(usd) / (requests * 0.1 * 1769 / 1024), 12)
    document["prices"] = [
        {"service": "lambda", "item": "duration/x86_64", "price_usd": f"{each:.12f}"},
        {"service": "lambda", "item": "requests/x86_64", "price_usd": "0"},
    ]
    reach, at = int(requests * width), requests
    if way.standard and not way.fixed and way.units is None:
        for _ in range(most):
            at = way.same_fleet_until(at, requests + reach) + 1
        reach = at - requests
    document["sweep"] = {"from": requests - reach // 2, "to": requests + reach, "scale": "linear"}
    return document


AXES = {
    BURST_RPS: 1,
    "workload.duration_ms": 1,
    "workload.cpu_ms": 1,
    "workload.busy_share": 0.001,
    "workload.working_set_mb": 1,
    "workload.request_mb": 1,
    "workload.concurrency_per_process": 1,
    "workload.request_kb": 1,
    "workload.traffic.burst": 0.01,
    "workload.cold_fraction": 0.00001,
    "workload.init_ms": 1,
    "hours_per_month": 1,
    "memory_mb": 1,
    "min_units": 1,
    "target_utilisation": 0.01,
    "ebs_gb": 1,
    "reserved_mb": 1,
    "operations_hours": 1,
    "units": 1,
    "max_units": 1,
    "ephemeral_mb": 1,
    "processes": 1,
}


AXES_GIVEN = ("workload.cpu_ms", "workload.busy_share", "workload.cold_fraction", "workload.init_ms")  # or not at all


def random_axis_scenario(rng: random.Random, most_steps: int = 40) -> tuple[dict, float]:
    """Make one valid scenario swept over something else than requests, and the axis's grain.

    Its requests are where the winner changes, and its axis is swept around the value it had: so
    it often changes there as well.
    """
    while True:
        document = random_scenario(rng, 100)
        given = document["workload"]
        turns = [at for run in oracle_compare.changes(document) for at, *_ in run]
        if not turns:
            continue
        given["requests_per_month"] = rng.choice(turns) + rng.choice((0, -1, rng.randint(0, 1000)))
        axis = rng.choice(sorted(AXES))
        path = axis
        if "." not in axis and axis != "hours_per_month":
            having = [i for i, option in enumerate(document["options"]) if axis in option]
            if not having:
                continue
            path = f"options.{rng.choice(having)}.{axis}"
        if has_bursts(document):
            bursts = given["traffic"]["bursts"]
            needs = [one["per_month"] * one["minutes"] * 60 for one in bursts]
            most = given["requests_per_month"] - sum(n * one["rps"] for n, one in zip(needs, bursts, strict=True))
            if most < 0:
                continue
        elif axis == BURST_RPS:
            continue
        if axis in AXES_GIVEN and axis.split(".")[1] not in given:
            continue
        low, high = axis_bounds(axis, document, path)
        grain = Fraction(str(AXES[axis]))
        here = oracle.exact(value_at(document, path, {"hours_per_month": 730, "burst": 1.5}))
        first = max(low, floor(here / grain) - rng.randint(0, most_steps // 2))
        last = min(high, first + rng.randint(2, most_steps))
        if first >= last:
            continue
        ends = [int(n * grain) if grain == 1 else float(n * grain) for n in (first, last)]
        document["sweep"] = {"over": path, "from": ends[0], "to": ends[1], "scale": "linear", "points": 5}
        return document, AXES[axis]


def value_at(document, path, defaults):
    here = document
    for name in path.split("."):
        if isinstance(here, list):
            here = here[int(name)]
        elif name == "traffic" or name in here:
            here = here.get(name, {})
        else:
            return defaults.get(name, 1)
    return here


def axis_bounds(axis, document, path):
    """The first and last valid place of an axis, in grains."""
    given = document["workload"]
    vcpu = min(given["measured_memory_mb"] / 1769, given.get("cpu_threads", 1))
    option = document["options"][int(path.split(".")[1])] if path.startswith("options.") else {}
    if axis == BURST_RPS:
        bursts = given["traffic"]["bursts"]
        needs = [one["per_month"] * one["minutes"] * 60 for one in bursts]
        rest = given["requests_per_month"] - sum(n * one["rps"] for n, one in zip(needs[1:], bursts[1:], strict=True))
        return 0, int(rest / needs[0])
    return {
        "workload.duration_ms": (1 + int(given.get("cpu_ms", 0) / vcpu), 10**6),
        "workload.cpu_ms": (0, int(given["duration_ms"] * vcpu)),
        "workload.busy_share": (0, 1000),
        "workload.cold_fraction": (0, 10**5),
        "workload.traffic.burst": (100, 10_000),
        "workload.working_set_mb": (1, 10**5),
        "workload.concurrency_per_process": (1, 10**5),
        "hours_per_month": (672, 744),
        "memory_mb": (128, 10_240),
        "ephemeral_mb": (512, 10_240),
        "min_units": (0, option.get("max_units", 10**3)),
        "max_units": (max(1, option.get("min_units", 2)), 10**3),
        "units": (1, 10**3),
        "target_utilisation": (1, 100),
        "processes": (1, 50),
    }.get(axis, (0, 10**5))


# ---------------------------------------------------------------- scenarios of capacity

PLANS = (
    "compute_savings_plan_1y_no_upfront",
    "compute_savings_plan_3y_no_upfront",
    "compute_savings_plan_3y_all_upfront",
    "compute_savings_plan_1y_partial_upfront",
)
CAPACITY_FAMILIES = (["t3", "c7g"], ["t4g", "c7g"], ["m7g"], ["m5", "r6a"])
CAPACITY_TYPES = ("m7g.large", "c7g.medium", "t3.small", "t4g.medium", "m5.xlarge", "r6a.large")
CAPACITY_INCLUDES = (
    ["compute", "front_door", "network", "logs"],
    ["compute"],
    ["compute", "front_door"],
    ["compute", "front_door", "network"],
    ["compute", "logs"],
)


def week(rng):
    """168 weights: at random, or office hours, or a few levels."""
    if often(rng, 2):
        weights = [rng.randint(0, 100) for _ in range(168)]
        weights[rng.randrange(168)] = rng.choice((1, 100, 1000))
        return {"hourly": weights}
    shape = rng.choice(("flat", "office_hours", "spiky", "levels"))
    if shape == "levels":
        low, high = rng.choice(((1, 3), (0, 1), (2, 5), (1, 10)))
        hours = rng.choice((1, 24, 48, 84, 140, 143))  # 143 of 168 hours are just above 0.85 of them
        return {"hourly": [low] * (168 - hours) + [high] * hours}
    return {"shape": shape}


def capacity_workload(rng, include):
    found = {
        "requests_per_month": rng.choice((10**7, 0, 10**5, 5 * 10**7, rng.randint(0, 10**8))),
        "duration_ms": rng.choice((200, 20, 50, 333, 1000)),
        "busy_share": rng.choice((0.3, 0, 0.05, 1)),
        "measured_memory_mb": rng.choice((1769, 1024)),
        "working_set_mb": rng.choice((300, 150, 511, 512, 513, 1000, 1748)),
        "traffic": week(rng) | {"burst": rng.choice((1.5, 1, 2, 3))},
    }
    if often(rng, 3):
        found["request_mb"] = rng.choice((1, 4, 50))
    if often(rng, 3):
        found["concurrency_per_process"] = rng.choice((1, 2, 10))
    if often(rng, 4):
        found["cpu_threads"] = 2
    if often(rng, 3):
        found["durations"] = [
            {"memory_mb": 512, "duration_ms": found["duration_ms"] * 2.5},
            {"memory_mb": 1024, "duration_ms": found["duration_ms"] * 1.5},
            {"memory_mb": 1769, "duration_ms": found["duration_ms"]},
        ][: rng.randint(1, 3)]
    if "logs" in include:
        found |= {"log_kb": rng.choice((1, 0, 2.5)), "log_retention_days": rng.choice((30, 1, 365))}
    if "network" in include and often(rng, 2):
        found["outbound_kb"] = rng.choice((1, 20))
    return found


def capacity_fleet(rng):
    found = {"min_units": rng.randint(1, 5), "survive_zone_loss": rng.choice((True, False))}
    if often(rng, 3):
        found["zones"] = rng.choice((2, 3, 4))
    if often(rng, 3):
        found["cpu_speed"] = rng.choice((2.4, 0.5, 1.25))
    if often(rng, 3):
        found["target_utilisation"] = rng.choice((0.75, 0.5, 1))
    if often(rng, 6):
        found["scaling"] = "fixed"
    return found | processes_of(found, 4)


def capacity_lambda(rng, working_set_mb):
    """A Lambda whose size is near what it must hold, or the plain one."""
    near = ceil(working_set_mb) + rng.choice((-1, 0, 1, 60))
    found = {"kind": "lambda", "memory_mb": rng.choice((1769, 1024, max(128, near), 2048))}
    if often(rng, 3):
        found["purchase"] = rng.choice(PLANS)
    if often(rng, 3):
        found["vpc"] = True
    if often(rng, 3):
        found["architecture"] = "arm64"
    if often(rng, 5):
        found["ephemeral_mb"] = 2048
    return found


def capacity_fargate(rng):
    vcpu, memory_gb, _ = rng.choice([size for size in SMALL_SIZES if size[2] == "linux"])
    found = {"kind": "fargate", "vcpu": number_of(vcpu), "memory_gb": number_of(memory_gb)}
    if often(rng, 2):
        found["purchase"] = rng.choice((*PLANS, "spot"))
    if often(rng, 3):
        found["architecture"] = "arm64"
    if often(rng, 4):
        found["ephemeral_gb"] = 40
    return found | capacity_fleet(rng)


def capacity_ec2(rng):
    found = {"kind": "ec2", "instance_type": rng.choice(CAPACITY_TYPES)}
    if often(rng, 2):
        found["purchase"] = rng.choice((*PLANS, "spot", "instance_savings_plan_1y_no_upfront"))
    if often(rng, 4):
        found["cpu_credits"] = "standard"
    return found | capacity_fleet(rng)


def capacity_auto(rng):
    """A fleet whose size is left open."""
    if often(rng, 2):
        return {"kind": "fargate", "size": "auto"} | capacity_fleet(rng)
    found = {"kind": "ec2", "instance_type": "auto", "families": rng.choice(CAPACITY_FAMILIES)}
    if often(rng, 2):
        found["purchases"] = rng.choice((["on_demand", "spot"], ["on_demand", PLANS[0]], [PLANS[1]]))
    if often(rng, 3) and "m7g" not in found["families"]:
        found["architecture"] = "arm64" if "c7g" in found["families"] else "x86_64"
    return found | capacity_fleet(rng)


def capacity_hybrid(rng, working_set_mb):
    base = rng.choice((capacity_fargate, capacity_ec2))(rng)
    base.pop("scaling", None)
    overflow = capacity_lambda(rng, working_set_mb) | {"purchase": "on_demand"}
    found = {"kind": "hybrid", "base": base, "overflow": overflow}
    if often(rng, 2):
        found["level"] = rng.choice((1, 0.5, 5, 20))
    return found


def lognormal_percentiles(mean_ms, sigma, percents=(50, 99)):
    """Percentiles of times whose logarithm has a standard deviation of sigma."""
    normal = NormalDist().inv_cdf
    return {f"p{p}_ms": mean_ms * exp(sigma * normal(p / 100) - sigma * sigma / 2) for p in percents}


def random_capacity_scenario(rng: random.Random, kinds: tuple = ("given", "auto", "hybrid", "slo")) -> dict:
    """Make one valid scenario of fleets, plans, open sizes, hybrids and answer times, in us-east-1.

    Half of the weeks are 168 random weights. Requests are often at, or one beside, a step of the
    first fleet. `kinds` says what may come: options of given size always do. Lambdas of any size
    are left out, since billing 10,113 sizes one by one takes seconds.
    """
    include = rng.choice(CAPACITY_INCLUDES)
    given = capacity_workload(rng, include)
    held = given["working_set_mb"] + given.get("request_mb", 0)
    found = [capacity_lambda(rng, held), capacity_fargate(rng), capacity_ec2(rng)]
    if "auto" in kinds and often(rng, 3):
        found.append(capacity_auto(rng))
    both = "slo_hybrid" in kinds  # an answer time, and a hybrid to hold it
    if both or ("slo" in kinds and often(rng, 3)):
        given["slo"] = {
            "percentile": rng.choice((95, 50, 99)),
            "response_ms": given["duration_ms"] * rng.choice((4, 5, 8)),
        }
        if often(rng, 2):
            given["service_cv"] = rng.choice((0, 0.5, 2))
        aside = random.Random(repr(given))
        if often(aside, 3):
            given.pop("service_cv", None)
            given["percentiles"] = lognormal_percentiles(given["duration_ms"], aside.choice((0.3, 0.6, 1)))
    if both or ("slo" not in given and "hybrid" in kinds and often(rng, 2)):
        found.append(capacity_hybrid(rng, held))
    if "auto" in kinds and often(rng, 4):
        given |= {"init_ms": rng.choice((300, 0, 12.5)), "cold_fraction": rng.choice((0.01, 0, 1))}
    if "timeout" in kinds and often(rng, 3):  # about the mean wall time of some option
        given["timeout_ms"] = given["duration_ms"] * rng.choice((1, 1.5, 2.5, 3))
    document = {
        "version": 1,
        "name": "a scenario of capacity",
        "region": "us-east-1",
        "include": include,
        "workload": given,
        "options": [option | {"label": f"Option {number}"} for number, option in enumerate(found, 1)],
    }
    aside = random.Random(repr(document))  # what is drawn after it is as without
    if often(aside, 2):
        document["memory_headroom"] = aside.choice((0, 0.1, 0.5))
    if often(rng, 3):
        document["hours_per_month"] = rng.choice(HOURS)
    if often(rng, 3):
        document["free_tier"] = True
    if "network" in include and often(rng, 2):
        document["network"] = {"subnets": "private"} | {
            name: False for name in ("public_ipv4", "nat", "data_transfer") if often(rng, 4)
        }
        if often(aside, 2):
            document["network"]["nat_gateways"] = aside.choice(("single", "regional"))
    if often(rng, 2):
        given["requests_per_month"] = requests_at_a_step(rng, document)
    return document


def with_processors(rng: random.Random, document: dict) -> dict:
    """The same scenario with a processor of its own, and options that follow it, have their own, or the cheaper."""
    document = document | {"architecture": rng.choice(("x86_64", "arm64", "any"))}
    return document | {"options": [with_processor(rng, option) for option in document["options"]]}


def with_processor(rng, option):
    if option["kind"] == "hybrid":
        parts = [name for name in ("base", "overflow") if option.get(name)]
        return option | {name: with_processor(rng, option[name]) for name in parts}
    if option["kind"] in ("lambda", "fargate") or option.get("instance_type") == "auto":
        rest = {name: value for name, value in option.items() if name != "architecture"}
        mixed = "families" not in option or len({name[-1] == "g" for name in option["families"]}) > 1
        own = rng.choice((None, None, "any", *(("x86_64", "arm64") if mixed else ())))
        return rest if own is None else rest | {"architecture": own}
    return option


def requests_at_a_step(rng, document):
    """The last requests that some number of units of the first fleet carries, or one beside."""
    way = oracle_auto.option(document, 1).ways[0]
    peak = max(way.peaks.values())
    if not way.holds:
        return document["workload"]["requests_per_month"]
    units = rng.randint(1, 12)
    return max(0, floor(units * rng.choice((way.rps_target, way.rps_full)) / peak) + rng.choice((0, -1, 1)))


def with_bursts(rng: random.Random, document: dict) -> dict:
    """The same scenario with rare bursts; what stands on CPU credits all week is of another type."""
    work = dict(document["workload"])
    add_bursts(rng, work)
    for one in work.get("traffic", {}).get("bursts", ()) if "slo" in work else ():
        one["rps"] = one["rps"] // 20 + 1  # the oracle adds up Erlang's formula server by server
    return document | {"workload": work, "options": [without_standing(rng, option) for option in document["options"]]}


def without_standing(rng, option):
    if option["kind"] == "hybrid":
        base = without_standing(rng, option["base"] | {"scaling": "fixed"})
        return option | {"base": {name: value for name, value in base.items() if name != "scaling"}}
    rest = {name: value for name, value in option.items() if name != "cpu_credits"}
    stands = option.get("scaling") == "fixed" or "units" in option
    if stands and str(option.get("instance_type")).startswith("t"):
        kinds = [name for name in CAPACITY_TYPES if not name.startswith("t")]
        return rest | {"instance_type": rng.choice(kinds)}
    return option


def at_a_change(rng: random.Random, document: dict) -> dict:
    """The same scenario with as many requests as make the winner change, by the oracle, where some number does."""
    priced = oracle_auto.options(document)

    def winner(requests):
        return next(iter(oracle_compare.cheapest([one.cost(requests) for one in priced])), None)

    places = [int(10 ** (5 + 0.75 * n)) for n in range(6)]
    winners = [winner(place) for place in places]
    changes = [n for n in range(5) if winners[n] != winners[n + 1]]
    if not changes:
        return document
    (low, high), below = places[(n := rng.choice(changes)) : n + 2], winners[n]
    for _ in range(14):
        middle = (low + high) // 2
        low, high = (middle, high) if winner(middle) == below else (low, middle)
    return document | {"workload": document["workload"] | {"requests_per_month": high}}


# Numbers of the fields that came last: the least, the most and the step of each, where the scenario sets no other ends.
FIELD_AXES = {
    "memory_headroom": (0, Fraction(9, 10), Fraction(1, 100)),
    "workload.cold_fraction": (0, 1, Fraction(1, 10**5)),
    "workload.init_ms": (0, 5000, 1),
    "workload.traffic.bursts.0.rps": (0, None, 1),
    "workload.traffic.bursts.0.minutes": (Fraction(1, 10), None, Fraction(1, 10)),
    "workload.traffic.bursts.0.per_month": (1, None, 1),
    "processes": (1, 12, 1),
    "requests_at_once": (1, 128, 1),
}


def having_field(rng: random.Random, document: dict, axis: str) -> dict:
    """The same scenario with a value, in some option or in its workload, for a number of `FIELD_AXES`."""
    work, options = document["workload"], document["options"]
    if axis in ("workload.cold_fraction", "workload.init_ms"):
        cold = {"init_ms": rng.choice((300, 3000, 12.5)), "cold_fraction": rng.choice((0.01, 0.3, 0.00034))}
        return document | {"workload": work | cold}
    if axis == "memory_headroom":
        sizes = [
            {"kind": "fargate", "size": "auto"},
            {"kind": "ec2", "instance_type": "auto", "families": ["t3", "m7g"]},
        ]
        own = [
            {"label": f"Open {n}"} | one | capacity_fleet(rng)
            for n, one in enumerate(rng.sample(sizes, rng.randint(1, 2)))
        ]
        return document | {"options": [*options, *own]}
    if axis == "processes":
        fleets = [
            n for n, option in enumerate(options) if option["kind"] in ("fargate", "ec2", "ecs_managed_instances")
        ]
        place = rng.choice(fleets)
        return document | {"options": [o | ({"processes": 1} if n == place else {}) for n, o in enumerate(options)]}
    return document


def with_field_axis(rng: random.Random, document: dict, axis: str) -> dict | None:
    """The same scenario swept over a number of `FIELD_AXES`; None where no value but its own is possible."""
    low, high, grain = FIELD_AXES[axis]
    path = axis
    if axis.startswith("workload.traffic.bursts"):
        if not has_bursts(document):
            return None
        high = most_of_bursts(document["workload"], axis.rsplit(".", 1)[-1]) // grain * grain
    elif axis in ("processes", "requests_at_once"):
        having = [n for n, option in enumerate(document["options"]) if axis in option]
        if not having:
            return None
        path = f"options.{rng.choice(having)}.{axis}"
    if high <= low:
        return None
    ends = [int(end) if grain == 1 else float(end) for end in (low, high)]
    return document | {"sweep": {"over": path, "from": ends[0], "to": ends[1], "scale": "linear", "points": 5}}


def most_of_bursts(work, name):
    """How much a number of the first bursts may be, with no more requests or hours than there are; thrice its value."""
    first, *others = [{key: Fraction(str(value)) for key, value in one.items()} for one in work["traffic"]["bursts"]]
    left = work["requests_per_month"] - sum(o["per_month"] * o["minutes"] * 60 * o["rps"] for o in others)
    each = first["per_month"] * first["minutes"] * 60 * first["rps"] / first[name]
    hours = 10_000 / (first["per_month"] * first["minutes"]) * first[name]  # of some 40,000 minutes of a month
    return min(left / each, *([] if name == "rps" else [hours]), 3 * first[name])


def random_regular_scenario(rng: random.Random) -> dict:
    """Make a scenario of requests that come equally spaced, swept over requests about where a function is kept alive."""
    every_s = rng.choice((300, 320, 321, 60, 3600, 10, 1))  # between two requests on average
    shapes = ([1] * 168, [rng.choice((0, 1, 2, 5)) for _ in range(167)] + [1], ([1] * 8 + [10] * 10 + [1] * 6) * 7)
    requests = 730 * 3600 // every_s
    work = {
        "requests_per_month": requests + rng.randint(-30, 30),
        "duration_ms": rng.choice((200, 500, 2000, 10_000)),
        "busy_share": rng.choice((0, 0.3, 1)),
        "measured_memory_mb": rng.choice((512, 1769)),
        "working_set_mb": 100,
        "traffic": {"hourly": rng.choice(shapes)},
        "arrivals": "regular",
        "init_ms": rng.choice((300, 3000, 12_000, 0)),
    }
    options = [
        {
            "kind": "lambda",
            "memory_mb": rng.choice((512, 1024, 1769)),
            "keep_alive_s": rng.choice((320, 60, 900, 1, 3600)),
        }
        for _ in range(rng.randint(2, 3))
    ]
    if often(rng, 3):
        options.append({"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, "min_units": 1, "survive_zone_loss": False})
    document = {
        "version": 1,
        "name": "equally spaced",
        "workload": work,
        "options": [
            option | {"label": f"Option {n}", "front_door": "none", "architecture": rng.choice(ARCHITECTURES)}
            for n, option in enumerate(options, 1)
        ],
        "sweep": {"from": requests * 9 // 10, "to": requests * 11 // 10 + 5, "scale": "linear"},
    }
    if often(rng, 3):
        document["free_tier"] = True
    if often(rng, 3):
        document["hours_per_month"] = rng.choice(HOURS)
    return document


REGULAR_AXES = {
    "workload.init_ms": (0, 900_000),
    "workload.duration_ms": (1, 900_000),
    "hours_per_month": (672, 744),
    "keep_alive_s": (1, 86_400),
    "memory_mb": (128, 10_240),
}


def random_tied_regular_scenario(rng: random.Random) -> dict:
    """Make a scenario of equally spaced requests with two functions that cost about the same, swept over some number.

    An own price makes them tie where the scenario stands, so they often change places beside it.
    """
    document = random_regular_scenario(rng)
    document.pop("free_tier", None)
    first, second = (option for option in document["options"][:2])
    options = [first | {"architecture": "x86_64"}, second | {"architecture": "arm64"}]
    document |= {"options": options, "include": ["compute"]}
    work, path = document["workload"], rng.choice((None, *REGULAR_AXES))
    one, other = oracle_compare.options(document)
    usd = one.cost(work["requests_per_month"])[1] / other.gb_seconds(work["requests_per_month"])
    document["prices"] = [
        {"service": "lambda", "item": "duration/arm64", "price_usd": f"{float(usd):.12f}"},
        {"service": "lambda", "item": "requests/arm64", "price_usd": "0"},
    ]
    if path is None:
        few = max(work["requests_per_month"] // 50, 3)
        ends = {"from": work["requests_per_month"] - few, "to": work["requests_per_month"] + few}
        return document | {"sweep": ends | {"scale": "linear"}}
    name, (low, high) = path.rsplit(".", 1)[-1], REGULAR_AXES[path]
    here = int({"hours_per_month": 730, **document, **work, **options[0]}[name])
    start = max(low, here - rng.randint(1, 5))
    over = path if "." in path or path == "hours_per_month" else f"options.0.{path}"
    return document | {
        "sweep": {"over": over, "from": start, "to": min(high, start + rng.randint(4, 9)), "scale": "linear"}
    }
