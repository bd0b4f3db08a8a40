"""The ladder as a picture: a dot for every break-even, a tick for every claim."""

from __future__ import annotations

import numpy as np
import pytest

import lambdaplan
from chart_specs import NODE, mark, rows_of, texts, units
from lambdaplan.analysis.break_even_ladder import Rung
from lambdaplan.charts import ladder


@pytest.fixture(scope="module")
def rungs():
    scenario = lambdaplan.Scenario.from_dict(NODE)
    never = Rung(name="It never waits", set={"workload.busy_share": 1, "options": NODE["options"][:1]})
    packaged = lambdaplan.load_rungs()
    return lambdaplan.ladder(scenario, [*packaged[:6], never])


def test_every_break_even_is_a_dot_and_every_claim_a_tick(rungs):
    spec = ladder.ladder_chart(rungs).to_dict()
    dots = next(rows_of(spec, unit) for unit in units(spec) if mark(unit) == "circle")
    assert [(row["rung"], row["break_even"]) for row in dots] == [
        (r.rung.name, r.break_even) for r in rungs.rungs if r.break_even is not None
    ]
    ticks = next(rows_of(spec, unit) for unit in units(spec) if mark(unit) == "tick")
    assert [(row["low"], row["high"], row["said"]) for row in ticks] == [(c.low, c.high, c.said) for c in rungs.claims]
    axis = next(unit for unit in units(spec) if mark(unit) == "circle")["encoding"]["x"]
    assert axis["scale"]["type"] == "log"
    assert axis["axis"]["title"] == "break-even, requests a month"


def test_rungs_and_claims_each_have_a_line_of_their_own(rungs):
    spec = ladder.ladder_chart(rungs).to_dict()
    names = next(rows_of(spec, unit) for unit in units(spec) if mark(unit) == "text")
    places = [row["py"] for row in names]
    assert len(set(places)) == len(places) == len(rungs.rungs) + len(rungs.claims)
    assert min(np.diff(sorted(places))) >= 20


def test_a_rung_without_a_break_even_is_told_in_words(rungs):
    spec = ladder.ladder_chart(rungs).to_dict()
    without = next(r for r in rungs.rungs if r.break_even is None)
    assert without.note in texts(spec)
    assert without.note in spec["description"]


def test_a_ladder_over_another_number_has_no_published_claims():
    scenario = lambdaplan.Scenario.from_dict(
        {**NODE, "sweep": {"over": "workload.duration_ms", "from": 10, "to": 5000}}
    )
    spec = ladder.ladder_chart(lambdaplan.ladder(scenario, [Rung(name="As it is", set={})])).to_dict()
    assert not [unit for unit in units(spec) if mark(unit) == "tick"]
    assert "Published" not in spec["description"]
