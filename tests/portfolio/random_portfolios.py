"""Random portfolios: a base scenario, and a table with a service a row that changes some of its numbers and words."""

from __future__ import annotations

import csv
import io

import strategies

COLUMNS = (
    "workload.requests_per_month",
    "workload.duration_ms",
    "region",
    "workload.traffic.shape",
    "workload.response_kb",
)


def random_portfolio(rng, most_rows=40):
    """A base document and the text of a table."""
    base = strategies.for_all(strategies.scenario_base(rng))
    base["free_tier"] = rng.random() < 0.7
    base.pop("sweep", None)
    columns = [name for name in COLUMNS if rng.random() < 0.6] or ["workload.requests_per_month"]
    lambdas = [n for n, option in enumerate(base["options"]) if option["kind"] == "lambda"]
    if lambdas and rng.random() < 0.5:
        columns.append(f"options.{lambdas[0]}.memory_mb")
    regions = rng.sample(strategies.FULL_REGIONS, 2)
    cells = {
        "workload.requests_per_month": lambda: rng.choice(
            (0, rng.randint(0, 10**6), rng.randint(0, 10 ** rng.randint(5, 9)), "500k/day", "3.5M")
        ),
        "workload.duration_ms": lambda: rng.choice((rng.randint(1, 900), 120.5, "2s", 0.1, "")),
        "region": lambda: rng.choice((*regions, "")),
        "workload.traffic.shape": lambda: rng.choice(("flat", "office_hours", "")),
        "workload.response_kb": lambda: rng.choice((0, 1, 12.5, 300, "")),
    }
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["name", *columns])
    for row in range(rng.randint(2, most_rows)):
        memory = rng.choice((256, 512, 1024, 1769, 3008, ""))
        writer.writerow([f"service {row}", *(cells[name]() if name in cells else memory for name in columns)])
    return base, file.getvalue()
