"""A table of a load test at several levels: requests in flight, throughput, and CPU where it was logged."""

from __future__ import annotations

import re

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.load_tests.load_result import OMISSION, cpu_measures, usl_measures
from lambdaplan.evidence.numbers import number, whole
from lambdaplan.evidence.source import Source

_NAMES = {
    "n": ("n", "users", "concurrency", "connections", "vus", "threads", "clients", "in_flight"),
    "rps": (
        "rps",
        "throughput",
        "throughput_rps",
        "req_s",
        "requests_s",
        "requests_per_second",
        "requests_sec",
        "tps",
        "x",
    ),
    "busy": ("busy_vcpu", "cpu_vcpu", "cpu_cores", "cores"),
    "percent": ("cpu_percent", "cpu", "cpu_utilisation", "cpu_utilization", "cpu_pct"),
    "vcpu": ("vcpu", "vcpus", "cpus"),
    "memory": ("memory_mb", "rss_mb", "mem_mb"),
    "p50": ("p50_ms", "median_ms", "p50"),
}


def columns(header: list[str]) -> dict[str, int]:
    """Which column is what, by its name."""
    simple = [re.sub(r"[^a-z0-9]+", "_", name.lower().replace("%", "percent")).strip("_") for name in header]
    return {
        key: next(place for place, name in enumerate(simple) if name in known)
        for key, known in _NAMES.items()
        if any(name in known for name in simple)
    }


def read_levels(source: Source) -> Evidence:
    """Read a row a level. Busy vCPU, or percent of CPU with the number of vCPU, give the CPU time of a request."""
    where = columns(source.header)
    rows = source.cells()
    next(rows, None)
    levels, busy, rates, sizes, memory = [], [], [], [], []
    for cells in rows:
        figures = {key: number(cells[place]) if place < len(cells) else None for key, place in where.items()}
        n, rps = figures.get("n"), figures.get("rps")
        if n is None or rps is None or n < 0 or rps < 0:
            continue
        if n > 0:
            levels.append((n, rps))
        used, vcpu = figures.get("busy"), figures.get("vcpu")
        if used is None and figures.get("percent") is not None and vcpu:
            used = (figures["percent"] or 0) / 100 * vcpu
        if used is not None:
            busy.append(used)
            rates.append(rps)
        if vcpu:
            sizes.append(vcpu)
        if figures.get("memory"):
            memory.append(figures["memory"] or 0.0)
    if not levels:
        raise source.refuse("it has no row with requests in flight and throughput", "a table with users and rps")
    reads, notes = usl_measures(levels, "one row a level")
    reads["peak_rps"] = Measure(whole(max(rps for _, rps in levels)), "requests a second, the most that was measured")
    if len(rates) >= 2:
        measured, more = cpu_measures(rates, busy, max(sizes, default=None))
        reads.update(measured)
        notes += more
    elif "percent" in where and "vcpu" not in where:
        notes.append("percent of CPU without a column vcpu: how many vCPU they are a share of is not said")
    if memory:
        reads["working_set_mb"] = Measure(whole(max(memory)), "MB, the most of any level", n=len(memory))
    for n, rps in levels:
        reads[f"throughput_rps@{whole(n)}"] = Measure(whole(rps), "requests a second")
    cannot = ("answer times of an open load", "cost")
    return Evidence(len(levels), reads, cannot_tell=cannot, notes=[OMISSION, *notes])


def _is_levels(source: Source) -> bool:
    return {"n", "rps"} <= columns(source.header).keys()


KINDS = (
    Kind(
        "load_levels_csv",
        "a table of a load test at several levels",
        "load_tests",
        {
            "requests in flight": r"(?i)\A[^\n]*\b(?:n|users|concurrency|connections|vus|threads|clients|in_flight)\b",
            "throughput": r"(?i)\A[^\n]*(?:rps|throughput|req/s|requests/s|tps)",
        },
        read_levels,
        also=_is_levels,
    ),
)
