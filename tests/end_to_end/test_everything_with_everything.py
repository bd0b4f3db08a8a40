"""Whatever `compare` accepts every other command and page accept, and each agrees with it to the cent.

Ten documents in every run, as more take above ten seconds of a processor; 2,000 in the long proofs.
"""

from __future__ import annotations

import random

import pytest

from campaigns import PROVE, seeds
from everything import disagreements, random_everything
from lambdaplan.analysis import slider_grid


@pytest.mark.parametrize("seed", seeds(10, 2000))
def test_every_page_says_what_compare_says(seed, monkeypatch):
    monkeypatch.setattr(slider_grid, "GRIDS", ((2, 2, 15),))
    monkeypatch.setattr(slider_grid, "MEMORY_MB", (1024,))
    scenario = random_everything(random.Random(seed), any_week=PROVE)
    assert disagreements(scenario) == [], scenario.document()
