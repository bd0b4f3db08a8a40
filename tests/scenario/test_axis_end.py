"""The usual axis ends where a model stops, instead of making a good scenario invalid."""

import json

import pytest

from lambdaplan import Scenario, chart, compare
from lambdaplan.errors import InputError

DOCUMENT = {
    "version": 1,
    "name": "long requests with cold starts",
    "workload": {
        "requests_per_month": 10_000_000,
        "duration_ms": 5000,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 180,
        "init_ms": 300,
        "traffic": {"shape": "flat", "burst": 1.5},
    },
    "options": [{"kind": "lambda", "memory_mb": 1024}],
}
# 2,000 requests at once of 5 s, at 1.5 times the mean: 2,000 / 5 / 1.5 a second for 730 x 3,600 s
MOST = 700_800_000


def scenario(**sweep):
    return Scenario.from_dict({**DOCUMENT, **({"sweep": sweep} if sweep else {})})


def test_the_usual_axis_ends_below_what_the_model_counts():
    asked = scenario()
    assert (asked.sweep.start, asked.sweep.to) == (10_000, 700_000_000)
    assert 700_000_000 < MOST < 701_000_000
    made = compare(asked)
    words = (
        "the axis ends at 700 million requests a month, where a model stops: cold starts are counted up to 2,000 requests "
        "at once"
    )
    assert words in made.warnings
    assert f"{words[:1].upper()}{words[1:]}." in json.dumps(chart(made).to_dict()["title"]).replace('", "', " ")


def test_an_end_that_is_given_is_held_to():
    with pytest.raises(InputError, match="cold starts are counted up to 2,000 requests at once"):
        scenario(to=1_000_000_000)
    assert scenario(to=MOST).sweep.to == MOST


def test_the_axis_follows_another_duration_both_ways():
    asked = scenario()
    assert asked.with_values({"workload.duration_ms": 10_000}).sweep.to == 350_000_000
    back = asked.with_values({"workload.duration_ms": 10_000}).with_values({"workload.duration_ms": 200})
    assert back.sweep.to == 1_000_000_000
    assert compare(back).axis_end == ""


def test_the_scenario_s_own_requests_stay_on_the_axis():
    near = Scenario.from_dict({**DOCUMENT, "workload": {**DOCUMENT["workload"], "requests_per_month": MOST - 3}})
    assert near.sweep.to == MOST - 3
    with pytest.raises(InputError, match=r"workload\.requests_per_month"):
        Scenario.from_dict({**DOCUMENT, "workload": {**DOCUMENT["workload"], "requests_per_month": MOST + 1}})
