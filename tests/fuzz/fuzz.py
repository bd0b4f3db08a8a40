"""Coverage-guided fuzzing of every reader: `make fuzz`, or `make fuzz ONLY=trace SECONDS=60`.

Each reader runs in a process of its own under atheris. What it takes no longer than its time limit to find stands in
`build/fuzz/NAME`: inputs that end in anything but a result or an error of the package. An input that once did so goes
into `tests/fuzz/corpus/NAME`, where every run of the tests reads it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tests" / "helpers"), str(ROOT)]


def fuzz_one(name: str, words: list[str]) -> None:
    """Fuzz one reader, in this process, until libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["lambdaplan"]):
        import readers

        # what is imported only where it is needed is imported now, so that it is instrumented
        for path in readers.seeds_of(name)[:40]:
            with tempfile.TemporaryDirectory() as folder:
                readers.read(name, path.read_bytes(), Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        atheris.Setup([sys.argv[0], *words], lambda content: (readers.read(name, content, place), None)[1])
        atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="readers; all by default")
    parser.add_argument("--seconds", type=int, default=600, help="how long for each")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parsed, words = parser.parse_known_args()
    if parsed.one:
        fuzz_one(parsed.one, [*words, *parsed.names])  # libFuzzer's options, and the folder of the corpus
        return 0
    import readers

    failed = []
    for name in parsed.names or list(readers.READERS):
        out = ROOT / "build" / "fuzz" / name
        (out / "corpus").mkdir(parents=True, exist_ok=True)
        for path in readers.seeds_of(name):
            (out / "corpus" / path.name).write_bytes(path.read_bytes())
        options = [f"-max_total_time={parsed.seconds}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=60000"]
        options += [f"-artifact_prefix={out}/", "-print_final_stats=1", str(out / "corpus")]
        done = subprocess.run(
            [sys.executable, str(HERE), "--one", name, *options], capture_output=True, text=True, check=False
        )
        stats = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line or "DONE" in line]
        print(f"{name}: {'FAILED' if done.returncode else 'nothing found'}; {' '.join(stats)}", flush=True)
        (out / "log.txt").write_text(done.stdout + done.stderr)
        failed += [name] if done.returncode else []
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
