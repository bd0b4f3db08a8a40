"""An independent oracle of retries: what each option costs when requests are tried again, in exact fractions.

It shares no code with the package, and was written from docs/scenario.md and the rules in docs/model.md. Attempts are
counted one after another: the second is made where the first failed, and so on. Whatever computes serves attempts;
a front door counts them too, but for those that Lambda makes at an event; of the services around, `per_request` comes
once a request, or once an attempt where callers begin anew, and `per_attempt` with each attempt.

Of a hybrid both parts serve attempts (`hybrid_cost`). A queue's fleet has the fewest units that begin on every message
in time, by docs/waiting.md, *A fleet that drains a queue*, stretch by stretch (`queue_costs`).
"""

from __future__ import annotations

import math
from copy import copy
from fractions import Fraction
from unittest.mock import patch

import oracle
import oracle_auto
import oracle_compare
from oracle import exact

USUAL = {"async_lambda": 3, "eventbridge": 186, "clients": 3, "api_gateway": 1, "load_balancer": 1}
LETTER_REQUESTS = 3  # sent, received, deleted
HTTP_API_LONGEST_MS = 30_000  # "Quotas for Amazon API Gateway" (Developer Guide): cannot be raised


def attempts_and_left(retries):
    """Attempts at one request, and the share of requests at which all of them fail."""
    made, still_failing = exact(retries.get("duplicate_share", 0)), Fraction(1)
    for _ in range(retries.get("attempts") or USUAL[retries["by"]]):
        made += still_failing
        still_failing *= exact(retries["failed_share"])
    return made, still_failing


def again_rows(way, attempts):
    """What each attempt uses of the services around: with the sizes that their requests have."""
    rows = []
    for use in way.document.get("services", []) if "services" in way.include else []:
        names = use.get("options", "all")
        if "per_attempt" in use and (names == "all" or {way.given["kind"], way.given.get("label")} & set(names)):
            given = use.get("per_month", {}) | use.get("per_request", {})
            sizes = {name: value for name, value in given.items() if name.endswith("_kb")}
            used = {name: exact(value) * attempts for name, value in use["per_attempt"].items()}
            rows.append({"service": use["service"]} | sizes | used)
    return rows


def cost(way, requests, retries):
    """What one option costs, as `oracle_compare` gives it: whether it can, and its bill or None."""
    each, left = attempts_and_left(retries)
    attempts = requests * each
    too_long = way.door == "http_api" and way.wall_ms > HTTP_API_LONGEST_MS
    if too_long or not way.can_carry(attempts):
        return False, None
    rows = way.compute_rows(attempts) if "compute" in way.include else []
    if "front_door" in way.include:
        rows = rows + way.door_rows(requests if retries["by"] == "async_lambda" else attempts)
    rows = rows + way.service_rows(attempts if retries["by"] == "clients" else requests) + again_rows(way, attempts)
    if "services" in way.include and retries.get("dead_letters"):
        rows.append({"service": "sqs", "standard_requests": LETTER_REQUESTS * left * requests})
    if "services" in way.include and retries.get("idempotent"):
        rows.append({"service": "dynamodb", "write_request_units": attempts})
    names = ("region", "hours_per_month", "free_tier", "prices")
    usage = {name: way.document[name] for name in names if name in way.document} | {"usage": rows}
    total = oracle.bill(usage)["exact_usd"]
    return True, None if total is None else total + way.people_usd


def costs(document):
    """For each option of a scenario with `workload.retries`: whether it can carry the load, and its cost."""
    work = dict(document["workload"])
    retries, requests = work.pop("retries"), Fraction(work["requests_per_month"])
    return [cost(way, requests, retries) for way in oracle_compare.options(document | {"workload": work})]


# ---------------------------------------------------------------- hybrids


def hybrid_cost(document, place):
    """What a hybrid costs: whether it can carry the load, and its bill. Lambda's own attempts are behind the door."""
    work = dict(document["workload"])
    retries = work.pop("retries")
    each, _ = attempts_and_left(retries)
    behind = each if retries["by"] == "async_lambda" else 1
    before_door = oracle_auto.front_door_rows

    def door_rows(load, door, sides):
        less = [copy(side) for side in sides]
        for side in less:
            side.requests = side.requests / behind
            side.rps = [(rate / behind, hours) for rate, hours in side.rps]
        return before_door(load, door, less)

    with patch.object(oracle_auto, "front_door_rows", door_rows):
        way = oracle_auto.option(document | {"workload": work}, place)
        return way.cost(Fraction(work["requests_per_month"]) * each)[:2]


# ---------------------------------------------------------------- queues


def least_capacity(messages, burst, wait_h):
    """The fewest messages an hour with which work on each begins in time: the most that a stretch of hours asks."""
    busiest = max(messages) * burst / (1 + burst * wait_h)
    most = sum(messages) / 168
    for first in range(168):
        came = Fraction(0)
        for length in range(168):
            came += messages[(first + length) % 168]
            most = max(most, came / (length + 1 / burst + wait_h))
    assert most >= busiest  # a stretch of one hour is among them
    return most


def queue_costs(document):
    """For each option of a scenario of a queue: whether it can, and what its compute and logs cost."""
    document = oracle_auto.plain(document)
    work = dict(document["workload"])
    retries = work.pop("retries")
    attempts = Fraction(work["requests_per_month"]) * attempts_and_left(retries)[0]
    document = document | {"workload": work}
    found = []
    for given in document["options"]:
        usual = {"min_units": 1, "zones": 1, "survive_zone_loss": False, "target_utilisation": 1, "front_door": "none"}
        way = oracle_auto.way_of(document, usual | given, oracle_auto.Load(document))
        found.append(_of_queue(way, attempts, work))
    return found


def _of_queue(way, attempts, work):
    load, batch = way.load, work.get("batch_size", 1)
    if way.kind == "lambda":
        call_ms = way.wall_ms * batch + exact(work.get("call_overhead_ms", 0))
        if not way.fits or call_ms > oracle_compare.LAMBDA_LONGEST_MS:
            return False, None
        rows = [row | {"requests": attempts / batch, "duration_ms": call_ms} for row in way.compute_rows(attempts)]
        side = oracle_auto.Side("lambda", attempts, way.wall_ms)
    else:
        messages = [attempts * load.rates[weight] * 3600 for weight in load.whole_week]
        wait_h = exact(work["max_wait_s"]) / 3600
        units = max(way.least, math.ceil(least_capacity(messages, load.burst, wait_h) / (way.rps_target * 3600)))
        way.known[attempts, "units"] = [units] * 168
        rows = way.compute_rows(attempts)
        side = oracle_auto.Side(way.kind, attempts, way.wall_ms)
    charges = oracle_auto.charges_of(way.document, rows) + oracle_auto.log_charges(load, [side])
    return True, oracle_auto.bill(way.document, charges)["exact_usd"]
