"""An independent oracle of retries: what each option costs when requests are tried again, in exact fractions.

It shares no code with the package, and was written from docs/scenario.md and the rules in docs/model.md. Attempts are
counted one after another: the second is made where the first failed, and so on. Whatever computes serves attempts;
a front door counts them too, but for those that Lambda makes at an event; of the services around, `per_request` comes
once a request, or once an attempt where callers begin anew, and `per_attempt` with each attempt.
"""

from __future__ import annotations

from fractions import Fraction

import oracle
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
