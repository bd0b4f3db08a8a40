"""Ratios, each measured in one run against something else: a table, and build/bench.json.

Usage: python tests/bench.py [NAME]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lambdaplan import Scenario, compare
from lambdaplan._paths import data_dir, notebooks_dir

ROUNDS = 5
SIX = [
    {"kind": "lambda", "memory_mb": 1024},
    {"kind": "lambda", "memory_mb": 1024, "architecture": "arm64"},
    {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1, "architecture": "arm64"},
    {"kind": "fargate", "vcpu": 1, "memory_gb": 2},
    {"kind": "ec2", "instance_type": "t4g.small"},
    {"kind": "ec2", "instance_type": "m7g.large"},
]


def milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def paired(ours: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Medians of both, and the median ratio of the pairs, the two in turn."""
    pairs = [(milliseconds(ours), milliseconds(other)) for _ in range(rounds)]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


def sweep() -> tuple[float, float, float]:
    """400 points over six options at once, against the same points one by one."""
    scenario = Scenario.load(data_dir() / "scenarios" / "node_api.json").with_values({"options": SIX})
    comparison = compare(scenario)
    places = comparison.axis.places(400, "log")
    comparison.along(places)
    return paired(lambda: comparison.along(places), lambda: [comparison.along([place]) for place in places], ROUNDS)


def crossovers() -> tuple[float, float, float]:
    """Every crossover of six options, against billing 400 points of them exactly, one by one."""
    scenario = Scenario.load(data_dir() / "scenarios" / "node_api.json").with_values({"options": SIX})
    places = compare(scenario).axis.places(400, "log")

    def one_by_one() -> None:
        axis = compare(scenario).axis
        for place in places:
            for which in range(len(SIX)):
                axis.exact(which, int(place))

    return paired(lambda: compare(scenario).crossovers, one_by_one, ROUNDS)


def report() -> tuple[float, float, float]:
    """`lambdaplan report`, against papermill and nbconvert as two commands on the report notebook."""
    scripts = Path(sys.executable).parent
    scenario = data_dir() / "scenarios" / "node_api.json"
    notebook = notebooks_dir() / "report.ipynb"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with tempfile.TemporaryDirectory() as folder:

        def ours() -> None:
            subprocess.run([scripts / "lambdaplan", "report", scenario, "-o", folder], check=True, **quiet)

        def two_commands() -> None:
            done = Path(folder) / "done.ipynb"
            subprocess.run(
                [scripts / "papermill", notebook, done, "-p", "scenario", str(scenario)], check=True, **quiet
            )
            subprocess.run([scripts / "jupyter-nbconvert", "--to", "html", "--no-input", done], check=True, **quiet)

        return paired(ours, two_commands, 3)


BENCHES: dict[str, tuple[Callable[[], tuple[float, float, float]], float | None]] = {
    "sweep": (sweep, 0.05),
    "crossovers": (crossovers, None),
    "report": (report, 0.35),
}


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        print(f"error: {unknown[0]} is not one of {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    rows = []
    print(f"{'':12}{'ours':>10}{'other':>12}{'ratio':>9}{'aim':>7}")
    for name in wanted:
        run, aim = BENCHES[name]
        ours, other, ratio = run()
        met = aim is None or ratio <= aim
        rows.append({"name": name, "ours_ms": ours, "other_ms": other, "ratio": ratio, "aim": aim, "met": met})
        said = "" if aim is None else f"{aim:7}{'' if met else '  missed'}"
        print(f"{name:12}{ours:8.1f}ms{other:10.1f}ms{ratio:9.4f}{said}   {run.__doc__.splitlines()[0]}", flush=True)
    path = Path("build") / "bench.json"
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(rows, indent=2) + "\n")
    temporary.replace(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
