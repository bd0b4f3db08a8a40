"""Mutation of the money core: small changes drawn by a seed, one at a time; does a test of the module notice?

`make mutate` (SEED=2 COUNT=100 for another draw). Changes come from cosmic-ray: an operator, a comparison, a number, a
condition. Each is made in a copy of the repository, where the tests of the module's package run until the first that
fails. What no test notices stands in `build/mutation/survivors.txt` as a diff: it needs a test, or a reason.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600  # a change that makes the tests run for ever has been noticed

# The tests of each package of the money core, the quick and telling ones first.
BILLS = ["tests/pricing/test_bill.py", "tests/properties/test_of_bills.py"]
COMPARED = ["tests/comparison/test_comparison.py", "tests/properties/test_of_comparisons.py"]
FLEETS = ["tests/properties/test_of_fleets.py", "tests/capacity/test_fleet.py"]
TESTS = {
    "pricing": [*BILLS, "tests/pricing"],
    "services": [*BILLS, "tests/services", *COMPARED],
    "platforms": [*COMPARED, *FLEETS, "tests/platforms", "tests/coldstart"],
    "capacity": [*FLEETS, *COMPARED, "tests/capacity", "tests/analysis/test_shared_bursts.py"],
    "comparison": [*COMPARED, "tests/properties/test_of_crossovers.py", "tests/comparison"],
}
LEFT_OUT = (
    "refresh",
    "text.py",
    "wording.py",
    "waiting_words.py",
    "first_lines.py",
    "option_warnings.py",
)  # words, files
OPERATORS = [
    name
    for name in operator_names()
    if not name.endswith(("VariableReplacer", "VariableInserter", "_Is", "_IsNot", "RemoveDecorator"))
]


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Parameters:
    module : path below the repository.
    operator : cosmic-ray's name of the change.
    occurrence : which of the places where it can be made.
    """

    module: str
    operator: str
    occurrence: int
    line: int

    def code(self, source: str) -> str:
        """The module's source with the change."""
        return mutate_code(source, get_operator(self.operator)(), self.occurrence)

    def diff(self) -> str:
        """The change, as a diff."""
        source = (ROOT / self.module).read_text("utf-8")
        lines = difflib.unified_diff(
            source.splitlines(), self.code(source).splitlines(), self.module, "", lineterm="", n=1
        )
        return "\n".join(lines)


def annotated(source: str) -> set[tuple[int, int]]:
    """Lines and columns of what only says a type, which no run looks at."""
    places = set()
    for node in ast.walk(ast.parse(source)):
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            for inner in ast.walk(part) if isinstance(part, ast.AST) else ():
                if hasattr(inner, "lineno"):
                    places |= {(inner.lineno, column) for column in range(inner.col_offset, inner.end_col_offset)}
    return places


def modules() -> Iterator[str]:
    """The modules of the money core."""
    for package in TESTS:
        for path in sorted((ROOT / "lambdaplan" / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not any(word in name for word in LEFT_OUT):
                yield name


def places_of(module: str) -> dict[tuple[int, int], list[Mutant]]:
    """Every place of a module that can be changed, with its changes."""
    source = (ROOT / module).read_text("utf-8")
    tree, types = get_ast(source), annotated(source)
    places: dict[tuple[int, int], list[Mutant]] = {}
    for name in OPERATORS:
        operator = get_operator(name)()
        positions = (start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(positions):
            if start not in types:
                places.setdefault(start, []).append(Mutant(module, name, occurrence, start[0]))
    return places


def draw(seed: int, count: int) -> list[Mutant]:
    """So many changes, no two in one place, drawn evenly over the places of all modules."""
    rng = random.Random(f"mutants {seed}")
    places = [changes for module in modules() for _, changes in sorted(places_of(module).items())]
    return [rng.choice(changes) for changes in rng.sample(places, min(count, len(places)))]


def copied(folder: Path) -> Path:
    """A copy of the repository's files, committed or not."""
    words = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    for name in filter(None, subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")):
        target = folder / os.fsdecode(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / os.fsdecode(name)).is_file():
            shutil.copyfile(ROOT / os.fsdecode(name), target)
    return folder


def noticed(mutant: Mutant, copy: Path, stamp: int) -> bool:
    """Whether a test of the module's package fails on the change."""
    path = copy / mutant.module
    source = path.read_text("utf-8")
    path.write_text(mutant.code(source), "utf-8")
    os.utime(path, (stamp, stamp))  # what was compiled before is not taken for it
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header"]
    env = {**os.environ, "PYTHONPATH": str(copy)}
    try:
        words = [*command, *dict.fromkeys(TESTS[mutant.module.split("/")[1]])]
        done = subprocess.run(words, cwd=copy, env=env, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return True
    else:
        return done.returncode != 0
    finally:
        path.write_text(source, "utf-8")
        os.utime(path, (stamp + 1, stamp + 1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--hours", type=float, default=12, help="stop drawing after so many hours")
    asked = parser.parse_args()
    out = ROOT / "build" / "mutation"
    out.mkdir(parents=True, exist_ok=True)
    mutants, begun = draw(asked.seed, asked.count), time.monotonic()
    copies: Queue[Path] = Queue()
    survivors, tried = [], 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.workers) as pool:
        for number in range(asked.workers):
            copies.put(copied(Path(folder) / str(number)))

        def judge(number: int) -> tuple[Mutant, bool] | None:
            if time.monotonic() - begun > asked.hours * 3600:
                return None
            copy = copies.get()
            try:
                return mutants[number], noticed(mutants[number], copy, 1_000_000_000 + 2 * number)
            finally:
                copies.put(copy)

        for judged in pool.map(judge, range(len(mutants))):
            if judged is None:
                continue
            mutant, seen = judged
            tried += 1
            survivors += [] if seen else [mutant]
            print(
                f"{tried} of {len(mutants)}: {tried - len(survivors)} noticed; {mutant.module}:{mutant.line}",
                flush=True,
            )
            if not seen:
                print(mutant.diff(), flush=True)
    (out / "survivors.txt").write_text("\n\n".join(mutant.diff() for mutant in survivors) + "\n", "utf-8")
    print(
        f"seed {asked.seed}: {tried - len(survivors)} of {tried} noticed ({(tried - len(survivors)) / max(tried, 1):.0%})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
