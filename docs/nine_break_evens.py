"""Write docs/nine_break_evens.md and its picture: nine published break-evens beside what one service gives."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt

from lambdaplan import Risk, Scenario, risk
from lambdaplan.charts.rendering import specification_of, still
from lambdaplan.charts.theme import (
    CLAIM,
    GAP,
    INK,
    QUIET,
    Layer,
    Scale,
    drawing,
    layered,
    rows_down,
    small_print,
    title_of,
)
from lambdaplan.formatting import count, short_count
from lambdaplan.resources import data_table

NEAREST = {
    "1.5 million": ("guide-07", "blog-01", "blog-06"),
    "10 million": ("guide-08", "blog-02", "blog-03"),
    "50 million": ("guide-09", "guide-10", "blog-05"),
}
"""The claims that lie nearest, of those that give a number of requests."""
WORK: Mapping[str, Any] = {
    "requests_per_month": 10_000_000,
    "duration_ms": {"low": 120, "likely": 200, "high": 400},
    "measured_memory_mb": 1024,
    "busy_share": {"low": 0.05, "likely": 0.15, "high": 0.5},
    "working_set_mb": 180,
}
ALONE = {"min_units": 1, "zones": 1, "survive_zone_loss": False, "front_door": "none"}
FULL = {"target_utilisation": {"low": 0.4, "likely": 0.6, "high": 0.8}}
BARE = {"kind": "lambda", "memory_mb": 1024, "front_door": "function_url"}
WAYS: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = (
    ("One task of 0.25 vCPU, nothing in front", BARE, {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5, **ALONE}),
    ("One t3.small, nothing in front", BARE, {"kind": "ec2", "instance_type": "t3.small", **ALONE}),
    (
        "Two t3.small behind a load balancer, Lambda behind an HTTP API",
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "ec2", "instance_type": "t3.small", **FULL},
    ),
    (
        "Two tasks of 0.5 vCPU behind a load balancer, Lambda behind an HTTP API",
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1, **FULL},
    ),
    (
        "Two m7i.large behind a load balancer, Lambda with nothing in front",
        BARE,
        {"kind": "ec2", "instance_type": "m7i.large", **FULL},
    ),
)
SAMPLES, WIDTH = 2048, 460


@functools.cache
def found() -> tuple[tuple[str, Risk], ...]:
    """How sure the break-even is under each way of looking at it."""
    results = []
    for name, function, fleet in WAYS:
        document = {"version": 1, "name": name, "workload": WORK, "options": [function, fleet]}
        results.append((name, risk(Scenario.from_dict(document), samples=SAMPLES)))
    return tuple(results)


@functools.cache
def claims() -> tuple[tuple[str, str, float, float], ...]:
    """The nine claims: id, who says it, and between which requests a month."""
    rows = {row["id"]: row for row in data_table("claims.csv")}
    listed = [rows[name] for names in NEAREST.values() for name in names]
    return tuple(
        (
            row["id"],
            row["source"],
            float(row["requests_per_month_from"]),
            float(row["requests_per_month_to"] or row["requests_per_month_from"]),
        )
        for row in listed
    )


def band(one: Risk) -> tuple[float, float, float]:
    """The 10th, 50th and 90th percentile of the first crossover. [requests a month]"""
    places = (one.crossover.p10, one.crossover.p50, one.crossover.p90)
    low, likely, high = (float("nan") if place is None else place.value for place in places)
    return low, likely, high


def agreeing(low: float, high: float) -> list[str]:
    """Under which ways a claim lies within the band, from 1 in 10 below to 1 in 10 above."""
    return [name for name, one in found() if band(one)[0] <= high and low <= band(one)[2]]


def finding() -> str:
    """What it comes to, in a sentence."""
    sure = sum(bool(agreeing(low, high)) for _, _, low, high in claims())
    number = "All nine" if sure == 9 else f"{sure} of nine"
    return f"{number} published break-evens agree with one and the same service, each looked at in its own way"


def picture() -> Layer:
    """A band for each way of looking at it, and a line for each claim."""
    x, height = Scale(1e6, 2e8, WIDTH, log=True), GAP * 2 * len(WAYS)
    bands, ticks, names = [], [], []
    for row, (name, one) in enumerate(found()):
        low, likely, high = band(one)
        middle = (row + 0.65) * GAP * 2
        bands.append({"x": x.px(low), "x2": x.px(high), "y": middle - 6, "y2": middle + 6})
        ticks.append({"x": x.px(likely), "y": middle - 10, "y2": middle + 10})
        names.append({"x": 0, "y": middle - 10, "text": name})
    lines = [{"x": x.px(low), "x2": max(x.px(high), x.px(low) + 1.5)} for _, _, low, high in claims()]
    fixed_x = alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False, zero=False), axis=None)
    fixed_y = rows_down(height)
    axis = x.axis("requests a month", short_count, grid=True)
    layers = [
        drawing([{"r": x.low}]).mark_point(opacity=0, aria=False).encode(x=alt.X("r:Q", scale=x.encoding(), axis=axis)),
        drawing(lines).mark_rect(opacity=0.35, color=CLAIM, aria=False).encode(x=fixed_x, x2="x2:Q"),
        drawing(bands).mark_rect(opacity=0.8, color=QUIET).encode(x=fixed_x, x2="x2:Q", y=fixed_y, y2="y2:Q"),
        drawing(ticks).mark_rule(color=INK, strokeWidth=2, aria=False).encode(x=fixed_x, y=fixed_y, y2="y2:Q"),
        drawing(names).mark_text(align="left", baseline="bottom", limit=0).encode(x=fixed_x, y=fixed_y, text="text:N"),
        small_print("Bands: from 1 in 10 below to 1 in 10 above. Upright: the nine claims.", height + 46),
    ]
    key = f"An API of about 200 ms at 1024 MB in us-east-1, prices of {found()[0][1].scenario.book.id}."
    said = [f"{name}: {count(band(one)[0])} to {count(band(one)[2])}" for name, one in found()]
    return layered(
        layers,
        independent="x",
        width=WIDTH,
        height=height,
        title=title_of(finding(), [key], WIDTH),
        description=f"{finding()}. {'; '.join(said)}.",
    )


def page() -> str:
    """The page."""
    ways = ["| looked at as | 1 in 10 below | even chances | 1 in 10 above | never |", "|---|---|---|---|---|"]
    for name, one in found():
        never = 0.0 if one.crossover.none is None else one.crossover.none.value
        ways.append(f"| {name} | {' | '.join(count(place) for place in band(one))} | {never * 100:.0f} % |")
    rows = ["| near | claim | requests a month | agrees with |", "|---|---|---|---|"]
    groups = [near for near, names in NEAREST.items() for _ in names]
    for near, (name, source, low, high) in zip(groups, claims(), strict=True):
        place = count(low, 3) if low == high else f"{count(low, 3)} to {count(high, 3)}"
        rows.append(f"| {near} | {name}, {source} | {place} | {'; '.join(agreeing(low, high)) or 'none of these'} |")
    ranges = ", ".join(f"`{one.path}` {one.range.words}" for one in found()[-1][1].scenario.ranges)
    return PAGE.format(finding=finding(), ways="\n".join(ways), claims="\n".join(rows), ranges=ranges)


PAGE = """# Nine break-evens, one service

This page is what `python docs/nine_break_evens.py docs` writes.

Published break-evens between Lambda and something that always runs lie near 1.5, near 10 and near 50 million requests \
a month. {finding}: what differs is not the service but what stands beside it.

![The nine claims as lines, and a band of break-evens for each way of looking at one service](nine_break_evens.svg)

The service is an API of about 200 ms at 1024 MB, and nobody knows it exactly. Its ranges (1 in 10 below, even \
chances, 1 in 10 above): {ranges}. What is bought is not guessed, and is told in each row. The bands are those of the \
first crossover over requests a month, as `lambdaplan risk` finds it.

{ways}

The five ways were picked to span what the authors leave unsaid; there are many more. Only numbers are held against \
one another: guide-09 speaks of handlers above 500 ms and steady traffic, and most of the others say nothing of their \
service.

{claims}

So a number alone settles nothing: with one small machine and nothing in front the answer changes near two to four \
million, with two machines that survive the loss of a zone and the same front door on both sides near ten, and with \
large machines against a function that needs no front door near fifty. Within each of these the guessed numbers move \
the break-even by a factor of two either way.
"""


def main(folder: Path) -> None:
    """Write page and picture into a folder."""
    (folder / "nine_break_evens.md").write_text(page(), "utf-8")
    (folder / "nine_break_evens.svg").write_text(still(specification_of(picture())), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
