"""Every reader of what people bring, each as a function of bytes: what fuzzing feeds, and what a test feeds in small.

A reader ends with a result or with an error of the package, whatever it is given. Anything else is a fault.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lambdaplan import Scenario, UsageDocument, load_rungs
from lambdaplan.analysis.decision import check
from lambdaplan.analysis.services_table import read_table
from lambdaplan.errors import LambdaplanError
from lambdaplan.evidence.import_files import import_files
from lambdaplan.pricing.refresh.price_list import read_index, read_offer, read_plans
from lambdaplan.resources import data_dir
from lambdaplan.schema.parsing import read_document
from lambdaplan.workload.trace import read_trace
from places import GOLDEN, ROOT

SCENARIOS = data_dir() / "scenarios"
Reader = Callable[[Path], object]


def _scenario(path: Path) -> object:
    return Scenario.load(path).document()


def _with_rates(path: Path) -> object:
    return Scenario.from_dict(read_document(SCENARIOS / "node_api.json") | {"rates": read_document(path)})


def _record(path: Path) -> object:
    return check(path.read_bytes().decode("utf-8", "replace"), "record.md", dt.date(2026, 12, 1))


READERS: dict[str, tuple[str, Reader]] = {
    "scenario_json": (".json", _scenario),
    "scenario_yaml": (".yaml", _scenario),
    "usage": (".json", UsageDocument.load),
    "rates": (".json", _with_rates),
    "trace": (".csv", read_trace),
    "services_table": (".csv", lambda path: read_table(path, read_document(SCENARIOS / "node_api.json"))),
    "rungs": (".json", load_rungs),
    "record": (".md", _record),
    "price_index": (".json", lambda path: read_index(path, "index.json")),
    "price_offer": (".json", lambda path: read_offer(path, "http://127.0.0.1/o", "AWSLambda", "us-east-1")),
    "price_plans": (".json", lambda path: read_plans(path, "http://127.0.0.1/p", "AWSComputeSavingsPlan", "eu-west-1")),
    "evidence": ("", lambda path: import_files([path])),
}


def seeds_of(name: str) -> list[Path]:
    """Files of a kind: the smaller ones of the package and the tests, and those of the corpus, what was found once among them."""
    own = sorted((ROOT / "tests" / "fuzz" / "corpus" / name).glob("*"))
    listed: dict[str, Iterable[Path]] = {
        "scenario_json": SCENARIOS.glob("*.json"),
        "scenario_yaml": SCENARIOS.rglob("*.yaml"),
        "price_index": GOLDEN.glob("price_list/*index*.json"),
        "price_offer": GOLDEN.glob("price_list/AWSLambda*.json"),
        "price_plans": GOLDEN.glob("price_list/AWSCompute*.json"),
        "rates": (data_dir() / "rates").glob("*.json"),
        "rungs": (data_dir() / "ladders").glob("*.json"),
        "evidence": (path for path in (GOLDEN / "evidence").rglob("*") if path.is_file() and path.suffix != ".md"),
    }
    return [*own, *sorted(path for path in listed.get(name, ()) if path.stat().st_size < 60_000)]


@contextlib.contextmanager
def silent() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def read(name: str, content: bytes, folder: Path) -> bool:
    """Read the content as a file of the kind; whether it was taken. Raises what is no error of the package."""
    ending, reader = READERS[name]
    path = folder / f"file{ending}"
    path.write_bytes(content)
    try:
        with silent():
            reader(path)
    except LambdaplanError as error:
        lines = str(error).splitlines()
        if not error.problems or not lines or not all(line.strip() for line in lines):
            raise RuntimeError("an error without a line") from error
        return False
    return True
