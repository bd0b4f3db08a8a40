"""A made-up organisation of 3,000 functions whose traffic has the long tail published for Azure Functions.

    python docs/organisation_of_3000.py FOLDER

writes functions.csv and base.yaml, which `lambdaplan portfolio` takes; organisation_of_3000.md tells what comes of it.

Shahrad et al., "Serverless in the Wild", USENIX ATC 2020, sections 3.3 to 3.5 (read 2026-12-01), give of one cloud's
functions in July 2019:

- 45 % are invoked once an hour or less on average, 81 % once a minute or less (of applications, figure 5a), and the
  18.6 % that are invoked more often have 99.6 % of all invocations (figure 5b);
- mean durations are log-normal, with a log mean of -0.38 and a sigma of 2.36 in seconds (figure 7);
- mean memory is a Burr distribution with c = 11.652, k = 0.221 and lambda = 107.083 MB (figure 8).

Between these points the rate is taken as a straight line over its logarithm, from one request a month up to the rate
at which the most popular have the published share. That durations, memory and rates do not go together is assumed; so
are accounts, teams, regions and hours of moving.
"""

from __future__ import annotations

import csv
import itertools
import math
import random
import sys
from pathlib import Path

FUNCTIONS, SEED = 3000, 2020
A_MONTH = 730
RARE, MIDDLE = 0.45, 1 - 0.186
ONCE_AN_HOUR, ONCE_A_MINUTE = A_MONTH, 60 * A_MONTH
POPULAR_SHARE = 0.996
LONGEST_MS = 900_000  # Lambda ends what takes longer
SIZES = (128, 256, 512, 1024, 2048, 4096, 10_240)
COLUMNS = (
    *("name", "account", "team", "region", "requests_per_month", "duration_ms"),
    *("memory_mb", "workload.working_set_mb", "migration_hours"),
)


def mean_between(low: float, high: float) -> float:
    """The mean of a rate whose logarithm is even between two ends."""
    return (high - low) / math.log(high / low)


def busiest() -> float:
    """The rate at which the most popular functions have their published share of all requests. [requests a month]"""
    others = RARE * mean_between(1, ONCE_AN_HOUR) + (MIDDLE - RARE) * mean_between(ONCE_AN_HOUR, ONCE_A_MINUTE)
    low, high = ONCE_A_MINUTE * 1.01, 1e12
    for _ in range(200):
        middle = math.sqrt(low * high)
        popular = (1 - MIDDLE) * mean_between(ONCE_A_MINUTE, middle)
        low, high = (middle, high) if popular / (popular + others) < POPULAR_SHARE else (low, middle)
    return low


def rate(share: float) -> float:
    """The rate that so large a share of the functions stays below. [requests a month]"""
    ends = ((0.0, 1.0), (RARE, ONCE_AN_HOUR), (MIDDLE, ONCE_A_MINUTE), (1.0, busiest()))
    for (first, low), (last, high) in itertools.pairwise(ends):
        if share <= last:
            return float(low * (high / low) ** ((share - first) / (last - first)))
    return busiest()


def burr(share: float) -> float:
    """The memory that so large a share of the functions stays below. [MB]"""
    c, k, scale = 11.652, 0.221, 107.083
    return float(scale * ((1 - share) ** (-1 / k) - 1) ** (1 / c))


def functions(count: int = FUNCTIONS, seed: int = SEED) -> list[dict[str, object]]:
    """The rows of the table, in an order that says nothing."""
    rng = random.Random(seed)  # noqa: S311 - a table, not a secret
    shares = [(place + 0.5) / count for place in range(count)]  # every part of the distribution, once
    rng.shuffle(shares)
    rows = []
    for number, share in enumerate(shares):
        memory = min(burr(rng.random() * 0.999), 6000.0)
        size = next(one for one in SIZES if memory * 1.25 <= one)
        duration = min(math.exp(rng.gauss(-0.38, 2.36)) * 1000, LONGEST_MS)
        account = rng.randint(1, 24)
        row = (f"function-{number:04}", f"{account:012}", f"team-{(account - 1) // 3 + 1}")
        where = rng.choice(("us-east-1", "us-east-1", "eu-west-1"))
        size_of_it = (max(1, round(rate(share))), max(1, round(duration)), size, round(memory, 1))
        rows.append(dict(zip(COLUMNS, (*row, where, *size_of_it, rng.choice((8, 16, 24, 40, 80))), strict=True)))
    return rows


BASE = """\
version: 1
name: a function
region: us-east-1
free_tier: true
include: [compute]
operations: {wage_usd_per_hour: 90}
workload:
  requests_per_month: 10000
  duration_ms: 700
  busy_share: 0.3
  working_set_mb: 150
  request_mb: 2
  traffic: {shape: office_hours}
options:
  - {kind: lambda, memory_mb: 512, front_door: none}
  - {kind: fargate, vcpu: 0.5, memory_gb: 1, architecture: arm64, front_door: none}
  - {kind: ec2, instance_type: t4g.small, front_door: none}
"""


def write(folder: Path) -> None:
    """Write the table and the scenario that its rows change."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "functions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(functions())
    (folder / "base.yaml").write_text(BASE, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
