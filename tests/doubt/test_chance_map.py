"""The chance of the winner over two numbers: against `risk` at the places of the map."""

import numpy as np
import pytest
from test_ranges import asked

import lambdaplan
from lambdaplan import Scenario, risk
from lambdaplan.charts.winner_map import CHANCE_WORDS, atlas_chart
from lambdaplan.doubt.chance_map import SAMPLES, ChanceMap

SIDES = ("workload.requests_per_month", "workload.duration_ms")


def uncertain(**ranges):
    """The packaged scenario with a busy share, a utilisation and a price that nobody knows."""
    document = asked(workload__busy_share={"low": 0.1, "likely": 0.3, "high": 0.6}, **ranges)
    document["options"][1]["target_utilisation"] = {"low": 0.3, "likely": 0.6, "high": 0.8}
    own = {"low": 1e-7, "likely": 2e-7, "high": 8e-7}
    document["prices"] = [{"service": "lambda", "item": "requests/x86_64", "price_usd": own}]
    return Scenario.from_dict(document)


def test_the_chance_at_a_place_of_the_map_is_that_of_risk_there():
    scenario = uncertain()
    found = lambdaplan.atlas(scenario, over=SIDES, points=(9, 5), x_range=(4_000_000, 40_000_000))
    assert isinstance(found, ChanceMap)
    for row, column in ((0, 0), (2, 4), (2, 5), (4, 4), (4, 8)):
        there = scenario.with_values(dict(zip(SIDES, (int(found.x[column]), float(found.y[row])), strict=True)))
        wins = [one.wins.value for one in risk(there, samples=SAMPLES).options]
        assert found.chances[:, row, column].tolist() == pytest.approx(wins)
        assert found.chance[row, column] == pytest.approx(wins[found.winner[row, column]])
    assert 0 < found.chance.min() < 0.9 and found.chance.max() == 1
    assert np.allclose(found.chances.sum(axis=0), 1)
    assert found.document()["chance"][2][4] == pytest.approx(found.chance[2, 4], abs=1e-4)
    assert found.to_frame()["chance"].tolist() == pytest.approx(found.chance.ravel())


def test_a_number_on_a_side_is_held_and_without_another_range_there_are_no_chances():
    with_requests = uncertain(workload__requests_per_month={"low": 2e6, "likely": 10_000_000, "high": 50_000_000})
    found = lambdaplan.atlas(with_requests, over=SIDES, points=(6, 4))
    assert isinstance(found, ChanceMap) and found.chance[0, 0] == 1, "so few requests, whatever their guess was"
    only = Scenario.from_dict(asked(workload__duration_ms={"low": 100, "likely": 200, "high": 400}))
    assert not isinstance(lambdaplan.atlas(only, over=SIDES, points=4), ChanceMap)
    held = only.document() | {
        "workload": {**only.document()["workload"], "slo": {"percentile": 95, "response_ms": 900}}
    }
    held["workload"]["busy_share"] = {"low": 0.1, "likely": 0.3, "high": 0.6}
    assert not isinstance(lambdaplan.atlas(Scenario.from_dict(held), over=SIDES, points=3), ChanceMap)


def test_colours_are_paler_where_the_winner_is_less_sure():
    found = lambdaplan.atlas(uncertain(), over=SIDES, points=(24, 12), x_range=(4_000_000, 40_000_000))
    drawn = atlas_chart(found).to_dict(validate=True)
    assert CHANCE_WORDS[:40] in " ".join(drawn["title"]["subtitle"])
    rows = drawn["layer"][0]["data"]["values"]
    seen = set()
    for row in (0, 5, 11):
        for column, x in enumerate(found.x.tolist()):
            here = [one for one in rows if one["row"] == f"{found.y[row]:,.6g}" and one["x"] <= x <= one["x2"]]
            if len(here) != 1 or found.winner[row, column] < 0:
                continue  # an end of a piece
            chance = found.chance[row, column]
            step = next((f"{words} or more" for words in (90, 70, 50) if chance >= words / 100), "fewer than 50")
            seen.add(step)
            assert f"cheapest in {step} of 100 cases" in here[0]["cheapest"], (row, column, chance)
    assert len(seen) >= 3
