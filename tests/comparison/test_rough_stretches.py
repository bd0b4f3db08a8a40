"""Stretches that are clear whatever the cold starts are; and that the package loads its parts when asked."""

import subprocess
import sys

import numpy as np

from lambdaplan import Scenario, compare
from lambdaplan.comparison.bounds import Bounds
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


def test_crossovers_with_a_hybrid_of_open_base_are_those_of_choosing_it_all_along(monkeypatch) -> None:
    """Where it is dearer than another by far it is not chosen, and what is known of it there is no more than its bill."""
    document = Scenario.load(data_dir() / "scenarios" / "node_api.json").document()
    document["workload"] |= {"requests_per_month": 10**7, "traffic": {"shape": "flat"}}
    hybrid = {"kind": "hybrid", "base": {"kind": "ec2", "instance_type": "auto", "families": ["t3a"]}}
    document["options"] = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "fargate", "size": "auto"}, hybrid]
    document["sweep"] = {"from": 10**5, "to": 6 * 10**7}
    scenario = Scenario.from_dict(document)
    here, left_out = compare(scenario).crossovers, []

    def at_each_place(self: Changes, option_index: int, places: np.ndarray, most: np.ndarray) -> Bounds:
        bound = self._bounds(option_index, places)
        quick = where_not_dearer(self, option_index, places, most)
        assert (quick.least <= bound.least * (1 + 1e-9)).all()
        left_out.append(int((quick.most > bound.most).sum()))
        return bound

    where_not_dearer = Changes._where_not_dearer
    monkeypatch.setattr(Changes, "_where_not_dearer", at_each_place)
    assert compare(scenario).crossovers == here
    assert here and left_out[0] > 50


def test_importing_the_package_loads_no_numpy() -> None:
    words = "import sys, lambdaplan; print('numpy' in sys.modules, lambdaplan.compare.__name__)"
    run = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "compare"]
