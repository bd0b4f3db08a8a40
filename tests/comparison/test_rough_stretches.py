"""Stretches that are clear whatever the cold starts are; and that the package loads its parts when asked."""

import subprocess
import sys

import numpy as np

from lambdaplan import Scenario, compare
from lambdaplan.comparison.crossovers import Changes, Rough
from lambdaplan.resources import data_dir


def test_crossovers_are_those_of_counting_cold_starts_all_along(monkeypatch) -> None:
    document = Scenario.load(data_dir() / "scenarios" / "node_api.json").document()
    document["workload"] |= {"init_ms": 500, "deployments_per_month": 30}
    document["sweep"] = {"from": 100_000, "to": 30_000_000}
    scenario = Scenario.from_dict(document)
    here, clear = compare(scenario).crossovers, []
    roughly = Changes._roughly

    def all_in_doubt(self: Changes, rows: np.ndarray) -> Rough:
        rough = roughly(self, rows)
        clear.append(int(rough.clear.sum()))
        return Rough(rough.places, rough.clear & False, rough.least, rough.lost)

    monkeypatch.setattr(Changes, "_roughly", all_in_doubt)
    assert compare(scenario).crossovers == here
    assert here and clear[0] > 0


def test_importing_the_package_loads_no_numpy() -> None:
    words = "import sys, lambdaplan; print('numpy' in sys.modules, lambdaplan.compare.__name__)"
    run = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "compare"]
