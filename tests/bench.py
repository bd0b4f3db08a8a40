"""Ratios, each measured in one run against something else: a table, and build/bench.json.

Usage: python tests/bench.py [NAME]; `hard` is every row of tests/helpers/hard, each against the packaged node_api.json.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from lambdaplan import Scenario, atlas, compare, risk
from lambdaplan.analysis.winner_map import Atlas
from lambdaplan.coldstart.simulation import simulate
from lambdaplan.coldstart.steady_rate import cold_start_fraction
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.doubt.sampled_bills import SampledBills, winners
from lambdaplan.doubt.sampling import draw
from lambdaplan.platforms import Option
from lambdaplan.portfolio.organisation import organisation
from lambdaplan.portfolio.organisation_table import read_organisation
from lambdaplan.resources import data_dir, notebooks_dir
from lambdaplan.workload.workload import REQUESTS

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
                axis.bills.exact(which, int(place))

    return paired(lambda: compare(scenario).crossovers, one_by_one, ROUNDS)


def uncertain() -> Scenario:
    """Six options, and three numbers with ranges."""
    document = Scenario.load(data_dir() / "scenarios" / "node_api.json").with_values({"options": SIX}).document()
    document["workload"] |= {
        "requests_per_month": {"low": 4_000_000, "likely": 10_000_000, "high": 30_000_000},
        "duration_ms": {"low": 120, "likely": 200, "high": 400},
        "busy_share": {"low": 0.1, "likely": 0.3, "high": 0.6},
    }
    return Scenario.from_dict(document)


def one_by_one_of(scenario: Scenario) -> Callable[[], None]:
    """Compares 20 samples one by one."""
    drawn = draw(scenario, 10_000, 1)

    def one_by_one() -> None:
        for n in range(20):
            there = scenario
            for number, one in enumerate(drawn.numbers):
                there = there.at(one.path, drawn.value(number, n))
            assert compare(there).winner is not None

    return one_by_one


def samples() -> tuple[float, float, float]:
    """10,000 samples drawn and six options billed in each, against comparing 20 of them one by one (x 500)."""
    scenario = uncertain()

    def together() -> None:
        cost, lost = SampledBills(scenario, draw(scenario, 10_000, 1), np.arange(10_000)).costs()
        assert (winners(cost, lost) >= 0).all()

    ours, other, ratio = paired(together, one_by_one_of(scenario), ROUNDS)
    return ours, other * 500, ratio / 500


def whole_risk() -> tuple[float, float, float]:
    """All of risk (the same, crossovers of 256, regret, worth of knowing), against comparing 20 one by one (x 500)."""
    scenario = uncertain()
    ours, other, ratio = paired(lambda: risk(scenario, samples=10_000), one_by_one_of(scenario), ROUNDS)
    return ours, other * 500, ratio / 500


SCRIPTS = Path(sys.executable).parent
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
NODE_API = data_dir() / "scenarios" / "node_api.json"


def two_commands(folder: str) -> None:
    """Papermill and nbconvert on the report notebook."""
    done = Path(folder) / "done.ipynb"
    notebook = notebooks_dir() / "report.ipynb"
    subprocess.run([SCRIPTS / "papermill", notebook, done, "-p", "scenario", str(NODE_API)], check=True, **QUIET)
    subprocess.run([SCRIPTS / "jupyter-nbconvert", "--to", "html", "--no-input", done], check=True, **QUIET)


def report() -> tuple[float, float, float]:
    """`lambdaplan report`, against papermill and nbconvert as two commands on the report notebook."""
    with tempfile.TemporaryDirectory() as folder:

        def ours() -> None:
            subprocess.run([SCRIPTS / "lambdaplan", "report", NODE_API, "-o", folder], check=True, **QUIET)

        return paired(ours, lambda: two_commands(folder), 3)


def batch() -> tuple[float, float, float]:
    """Each further report of a batch, all rows different, against papermill and nbconvert as two commands."""
    few, many = 2, 26

    with tempfile.TemporaryDirectory() as folder:

        def run(rows: int) -> None:
            table = Path(folder) / f"{rows}.csv"
            lines = [f"row {n},{10_000_000 + 345_678 * n},{200 + 7 * n}" for n in range(rows)]
            table.write_text("\n".join(["name,requests_per_month,duration_ms", *lines]))
            words = ["batch", table, "--base", NODE_API, "-o", Path(folder) / str(rows), "--again"]
            subprocess.run([SCRIPTS / "lambdaplan", *words], check=True, **QUIET)

        first, other = milliseconds(lambda: run(few)), milliseconds(lambda: two_commands(folder))
        each = (milliseconds(lambda: run(many)) - first) / (many - few)
        other = (other + milliseconds(lambda: two_commands(folder))) / 2
        return each, other, each / other


def map_of_two() -> tuple[float, float, float]:
    """An atlas of 200 x 200 points and six options, against comparing its points one by one (40 of them, x 1,000)."""
    scenario = Scenario.load(data_dir() / "scenarios" / "node_api.json").with_values({"options": SIX})
    found = atlas(scenario, over=(REQUESTS, "workload.duration_ms"))
    rng = random.Random(1)
    places = [(rng.randrange(len(found.y)), rng.randrange(len(found.x))) for _ in range(40)]

    def one_by_one() -> None:
        for row, column in places:
            there = scenario.at(REQUESTS, int(found.x[column])).at(
                "workload.duration_ms", Fraction(float(found.y[row]))
            )
            assert compare(there).winner == found.label(found.winner[row, column])

    ours, other, ratio = paired(lambda: atlas(scenario, over=(REQUESTS, "workload.duration_ms")), one_by_one, ROUNDS)
    return ours, other * 1000, ratio / 1000


def search() -> tuple[float, float, float]:
    """Every EC2 type and four ways of buying at 64,000 points, against billing each (2 points, x 32,000)."""
    purchases = ["on_demand", "spot", "compute_savings_plan_1y_no_upfront", "instance_savings_plan_3y_all_upfront"]
    document = Scenario.load(data_dir() / "scenarios" / "node_api.json").document()
    document["options"] = [{"kind": "ec2", "instance_type": "auto", "purchases": purchases}]
    scenario = Scenario.from_dict(document)
    over = (REQUESTS, "workload.duration_ms")
    found: list[Atlas] = []

    def ours() -> None:
        found.append(atlas(scenario, over=over, points=(400, 160), y_range=(40, 8000)))
        assert found[-1].winner.size == 64_000

    def cheapest(there: Scenario) -> tuple[Fraction, Option]:
        priced = set(scenario.book.items("ec2", scenario.region))
        bills = []
        for name in scenario.book.instance_types:
            for purchase in purchases:
                if f"{name}/{purchase}" in priced:
                    option = dataclasses.replace(
                        scenario.options[0], instance_type=name, purchase=purchase, purchases=None
                    )
                    result = compare(dataclasses.replace(there, options=(option,))).options[0]
                    if result.feasible and result.cost_usd is not None:
                        bills.append((result.cost_usd, option))
        return min(bills, key=lambda bill: bill[0])

    def one_by_one() -> None:
        for row, column in ((40, 150), (90, 300)):
            at = Fraction(float(found[-1].y[row]))
            there = scenario.at(REQUESTS, int(found[-1].x[column])).at("workload.duration_ms", at)
            usd, option = cheapest(there)
            chosen = compare(there).options[0]
            assert (chosen.option, chosen.cost_usd) == (option, usd)
            assert abs(found[-1].usd[0, row, column] / float(usd) - 1) < 1e-9

    first, second, ratio = paired(ours, one_by_one, 1)
    return first, second * 32_000, ratio / 32_000


def slider() -> tuple[float, float, float]:
    """What a moved slider asks of the largest preset: its bills, and a sweep of 360 points; against one by one."""
    presets = [Scenario.load(path) for path in sorted((data_dir() / "scenarios").glob("*.json"))]
    largest = max(presets, key=lambda s: (len(s.options), len(s.workload.traffic.weights)))
    places = compare(largest).axis.places(360, "log")
    durations = itertools.count(200)

    def moved() -> Comparison:
        return compare(largest.at("workload.duration_ms", Fraction(next(durations))))

    def one_by_one() -> None:
        comparison = moved()
        for place in places:
            comparison.along([place])

    moved().along(places)
    return paired(lambda: moved().along(places), one_by_one, ROUNDS)


class Skipped(Exception):
    """What a measurement needs is not there."""


SIMFAAS = "simfaas==0.2.2"
SIMFAAS_RUN = """
import sys, time
from simfaas.ServerlessSimulator import ServerlessSimulator
rate, seconds = map(float, sys.argv[1:])
run = ServerlessSimulator(arrival_rate=rate, warm_service_rate=1 / 1.991, cold_service_rate=1 / 2.244,
                          expiration_threshold=600, max_time=seconds)
started = time.perf_counter()
run.generate_trace(debug_print=False, progress=False)
print(run.total_req_count, time.perf_counter() - started)
"""


def simfaas() -> Path:
    """The Python of an environment with simfaas, made on the fly in build/."""
    folder = Path("build") / "simfaas"
    python = folder / "bin" / "python"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run([python, "-c", "import simfaas"], check=True, **quiet)
    except (OSError, subprocess.CalledProcessError):
        try:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, **quiet)
            subprocess.run([python, "-m", "pip", "install", SIMFAAS], check=True, **quiet)
        except (OSError, subprocess.CalledProcessError):
            raise Skipped(f"{SIMFAAS} can't be installed") from None
    return python


def against_simfaas(rps: float, requests: int, other_requests: int) -> tuple[float, float, float]:
    """Times of as many requests each; the environment's start is not counted."""
    python = simfaas()
    kept = {"rps": rps, "service_s": 1.991, "cold_service_s": 2.244, "keep_alive_s": 600}
    simulate(**kept, requests=10_000)
    ours = milliseconds(lambda: simulate(**kept, requests=requests))
    run = [python, "-c", SIMFAAS_RUN, str(rps), str(other_requests / rps)]
    count, seconds = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    other = float(seconds) * 1000 / int(count) * requests
    return ours, other, ours / other


def cold_example() -> tuple[float, float, float]:
    """Simulating SimFaaS's own example (0.9 requests/s), 2 million requests, against the package simfaas, scaled."""
    return against_simfaas(0.9, 2_000_000, 60_000)


def cold_busy() -> tuple[float, float, float]:
    """Simulating 90 requests/s, 10 million requests, against the package simfaas, scaled."""
    return against_simfaas(90, 10_000_000, 60_000)


def cold_model(rps: float, limit_ms: float) -> tuple[float, float, float]:
    kept = {"rps": rps, "service_s": 1.991, "cold_service_s": 2.244, "keep_alive_s": 600}
    ours = statistics.median(milliseconds(lambda: cold_start_fraction(**kept)) for _ in range(30))
    return ours, limit_ms, ours / limit_ms


def cold_model_example() -> tuple[float, float, float]:
    """Cold share in closed form at 0.9 requests/s, against 5 ms (of a quiet machine)."""
    return cold_model(0.9, 5.0)


def cold_model_busy() -> tuple[float, float, float]:
    """Cold share in closed form at 100 requests/s, against 50 ms (of a quiet machine)."""
    return cold_model(100, 50.0)


def cold_accuracy() -> tuple[float, float, float]:
    """Cold share in closed form of the example, against a simulation whose interval is as narrow as its error, 0.3 %."""
    kept = {"rps": 0.9, "service_s": 1.991, "cold_service_s": 2.244, "keep_alive_s": 600}
    ours = statistics.median(milliseconds(lambda: cold_start_fraction(**kept)) for _ in range(30))
    found = []
    spent = milliseconds(lambda: found.append(simulate(**kept, requests=2_000_000)))
    low, high = found[0].cold_fraction_interval
    half = (high - low) / 2 / found[0].cold_fraction
    other = spent * (half / 0.003) ** 2
    return ours, other, ours / other


def hand() -> tuple[float, float, float]:
    """From a key press on a slider in JupyterLab to the picture's last change, against ipywidgets.interact."""
    path = Path("build") / "hand.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/browser/bench_hand.py"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode or not path.exists():
        raise Skipped(run.stdout.strip().splitlines()[-1])
    found = json.loads(path.read_text())
    for name, one in found.items():
        times, burst = sorted(one["press_to_last_change_ms"]), one["burst"]
        late = times[math.ceil(0.95 * len(times)) - 1]
        print(
            f"{'':4}{name}: median {statistics.median(times):.0f} ms, 95 % within {late:.0f} ms; {burst['presses']} presses "
            f"{burst['apart_ms']:.0f} ms apart: {burst['frames']} frames, settled {burst['settled_ms']:.0f} ms after the last"
        )
    ours, other = (statistics.median(found[name]["press_to_last_change_ms"]) for name in ("explorer", "interact"))
    return ours, other, ours / other


HARD = Path(__file__).parent / "helpers" / "hard"
CPU_LIMIT_S = 300  # after which a command is stopped; its row then says at least so much


def processor_ms(*words: str | Path) -> float:
    """Processor time of a command, its own processes among it; wall time means little on a busy machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))}
    subprocess.run(words, check=False, **QUIET, **limit)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def hard(command: str, scenario: str) -> Callable[[], tuple[float, float, float]]:
    """A command on a hard scenario against the same command on the packaged node_api.json, in processor time."""

    def measured() -> tuple[float, float, float]:
        with tempfile.TemporaryDirectory() as folder:
            out = {"compare": [], "record": ["-o", f"{folder}/record.md"]}.get(command, ["-o", folder])
            program = SCRIPTS / "lambdaplan"
            ours = processor_ms(program, command, HARD / f"{scenario}.json", *out)
            other = processor_ms(program, command, NODE_API, *out)
            return ours, other, ours / other

    measured.__doc__ = f"`lambdaplan {command}` of {scenario}, against node_api.json, in processor time."
    return measured


PICTURE = """
import sys
from lambdaplan import Explorer, Scenario
Explorer(Scenario.load(sys.argv[1]))
"""


def first_picture(scenario: str) -> Callable[[], tuple[float, float, float]]:
    """The explorer's first picture of a hard scenario against that of the packaged node_api.json, in processor time."""

    def measured() -> tuple[float, float, float]:
        ours = processor_ms(sys.executable, "-c", PICTURE, HARD / f"{scenario}.json")
        other = processor_ms(sys.executable, "-c", PICTURE, NODE_API)
        return ours, other, ours / other

    measured.__doc__ = f"the explorer's first picture of {scenario}, against node_api.json, in processor time."
    return measured


def loading() -> tuple[float, float, float]:
    """`import lambdaplan`, against Python that imports nothing, in processor time."""
    ours, other = (
        min(processor_ms(sys.executable, "-c", code) for _ in range(5)) for code in ("import lambdaplan", "")
    )
    return ours, other, ours / other


FOUR = [SIX[0], SIX[1], SIX[2], SIX[4]]
FUNCTIONS = 1_000_000
APPLIED = 40  # of them, by DataFrame.apply


def organisation_base() -> dict[str, object]:
    return {**json.loads(NODE_API.read_text("utf-8")), "options": FOUR, "free_tier": True}


def organisation_table(folder: Path, count: int) -> Path:
    """A table of functions of a long tail, in four sizes and two regions."""
    rng = np.random.default_rng(1)
    requests = (10 ** rng.uniform(0, 7.5, count)).astype(np.int64)
    duration, memory = rng.integers(5, 3000, count), rng.choice([256, 512, 1024, 2048], count)
    region = rng.choice(["us-east-1", "eu-west-1"], count)
    lines = zip(requests.tolist(), duration.tolist(), memory.tolist(), region.tolist(), strict=True)
    text = "\n".join(f"f{n},a{n % 40},{r},{d},{m},{where}" for n, (r, d, m, where) in enumerate(lines))
    path = folder / f"{count}.csv"
    path.write_text(f"name,account,requests_per_month,duration_ms,memory_mb,region\n{text}\n", "utf-8")
    return path


def organisation_ms(folder: Path, count: int) -> float:
    """Processor time of reading and billing so many functions with four options."""
    path, base = organisation_table(folder, count), organisation_base()
    started = time.process_time()
    organisation(read_organisation(path, base, by=["account"]))
    return (time.process_time() - started) * 1000


def organisation_at_once() -> tuple[float, float, float]:
    """A million functions with four options, against DataFrame.apply of the point function (a sample, scaled)."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        ours = organisation_ms(Path(folder), FUNCTIONS)
        table = read_organisation(organisation_table(Path(folder), APPLIED), organisation_base())
    rows = pd.DataFrame({"row": range(APPLIED)})
    started = time.process_time()
    rows.apply(
        lambda one: min((r.bill.known_usd, r.label) for r in compare(table.scenario(int(one.row))).options), axis=1
    )
    other = (time.process_time() - started) * 1000 * FUNCTIONS / APPLIED
    return ours, other, ours / other


def organisation_growth() -> tuple[float, float, float]:
    """A million functions, against ten times a hundred thousand of them."""
    with tempfile.TemporaryDirectory() as folder:
        other = 10 * organisation_ms(Path(folder), FUNCTIONS // 10)
        ours = organisation_ms(Path(folder), FUNCTIONS)
    return ours, other, ours / other


HARD_AIMS = {"compare": 10, "report": 3, "record": 5, "export": 5, "explorer": 3}
HARD_ROWS = {
    f"{command}_{path.stem}": (first_picture(path.stem) if command == "explorer" else hard(command, path.stem), aim)
    for command, aim in HARD_AIMS.items()
    for path in sorted(HARD.glob("*.json"))
}
GROUPS = {"hard": list(HARD_ROWS)}
ONLY_ASKED = {"organisation_growth"} | {
    name for name in HARD_ROWS if not (name.startswith("compare") or "own_service" in name)
}  # take an hour
BENCHES: dict[str, tuple[Callable[[], tuple[float, float, float]], float | None]] = {
    "sweep": (sweep, 0.05),
    "crossovers": (crossovers, None),
    "atlas": (map_of_two, 1 / 500),
    "search": (search, 1 / 10_000),
    "slider": (slider, 1 / 100),
    "samples": (samples, 1 / 1000),
    "risk": (whole_risk, None),
    "cold_example": (cold_example, 1 / 40),
    "cold_busy": (cold_busy, 1 / 200),
    "cold_model": (cold_model_example, 1),
    "cold_model_busy": (cold_model_busy, 1),
    "cold_accuracy": (cold_accuracy, None),
    "report": (report, 0.35),
    "batch": (batch, 0.05),
    "organisation": (organisation_at_once, 1 / 1000),
    "organisation_growth": (organisation_growth, 1.25),
    "hand": (hand, 0.1),
    "loading": (loading, None),
    **HARD_ROWS,
}


def main() -> int:
    wanted = [
        name
        for given in sys.argv[1:] or sorted(BENCHES.keys() - ONLY_ASKED, key=[*BENCHES].index)
        for name in GROUPS.get(given, [given])
    ]
    unknown = [name for name in wanted if name not in BENCHES]
    if unknown:
        print(f"error: {unknown[0]} is not one of {', '.join([*GROUPS, *BENCHES])}.", file=sys.stderr)
        return 2
    rows = []
    print(f"{'':16}{'ours':>10}{'other':>12}{'ratio':>11}{'aim':>7}")
    for name in wanted:
        run, aim = BENCHES[name]
        try:
            ours, other, ratio = run()
        except Skipped as why:
            print(f"{name:16}skipped: {why}", flush=True)
            continue
        met = aim is None or ratio <= aim
        rows.append({"name": name, "ours_ms": ours, "other_ms": other, "ratio": ratio, "aim": aim, "met": met})
        said = "" if aim is None else f"{aim:8.4f}{'' if met else '  missed'}"
        print(f"{name:16}{ours:8.1f}ms{other:10.1f}ms{ratio:11.6f}{said}   {run.__doc__.splitlines()[0]}", flush=True)
    path = Path("build") / "bench.json"
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(rows, indent=2) + "\n")
    temporary.replace(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
