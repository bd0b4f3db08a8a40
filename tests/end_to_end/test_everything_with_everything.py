"""Whatever `compare` accepts every other command and page accept, and each agrees with it to the cent.

Thirty documents in every run, each on one of the pages that take little, a hundred in the long proofs; six more on one or
two of all pages, so that kinds and fields meet all of them; 2,000 on all pages in the long proofs.
"""

from __future__ import annotations

import random

import pytest

from campaigns import PROVE, chunks, seeds
from everything import PAGES, disagreements, random_everything
from further_kinds import rates
from lambdaplan import Scenario, compare
from lambdaplan.analysis import slider_grid

LONG = ("record", "what-if")  # take seconds of a document: of one in ten, in turn

QUICKEST = ("axis", "map", "batch", "diff")


def pages_of(seed: int) -> list[str]:
    """The pages on which a document is looked at."""
    if PROVE:
        return list(PAGES)
    quick = [name for name in PAGES if name not in LONG]
    return [quick[seed % len(quick)], *([LONG[seed // 10 % 2]] if seed % 10 == 0 else [])]


@pytest.mark.parametrize("seed", seeds(6, 2000, kept=[31]))
def test_every_page_says_what_compare_says(seed, monkeypatch):
    monkeypatch.setattr(slider_grid, "GRIDS", ((2, 2, 15),))
    monkeypatch.setattr(slider_grid, "MEMORY_MB", (1024,))
    scenario = random_everything(random.Random(seed), any_week=PROVE)
    assert disagreements(scenario, pages_of(seed)) == [], scenario.document()


@pytest.mark.parametrize("some", chunks(30, 100, 5))
def test_documents_say_on_a_page_in_turn_what_compare_says(some):
    """Pages that take little, so that each run sees many kinds and fields together."""
    for seed in some:
        scenario = random_everything(random.Random(seed), any_week=False)
        assert disagreements(scenario, [QUICKEST[seed % len(QUICKEST)]]) == [], scenario.document()


@pytest.mark.parametrize("name", ["working_set_mb", "request_mb", "concurrency_per_process"])
def test_an_axis_that_changes_how_many_requests_web_functions_have_at_once(name):
    """Each value has cold starts of its own, as an environment then takes another number of requests."""
    work = {"requests_per_month": 10**7, "duration_ms": 300, "busy_share": 0.05, "working_set_mb": 1000, "init_ms": 50}
    document = {"version": 1, "name": "web", "workload": work, "options": [{"kind": "lambda_web"}], "prices": rates()}
    asked = Scenario.from_dict(
        document | {"sweep": {"over": f"workload.{name}", "from": 3, "to": 60, "scale": "linear"}}
    )
    made = compare(asked)
    places = [3, 30, 60]
    (usd,) = made.along(places).usd.values()
    assert list(usd) == pytest.approx([float(made.there(place).options[0].cost_usd) for place in places])
