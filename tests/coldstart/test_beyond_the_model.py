"""Beyond what the model counts, more than 2,000 requests at once: cold starts go on, and it is said how near."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lambdaplan import Scenario, chart, compare
from lambdaplan.coldstart import month as cold
from lambdaplan.coldstart.month import MOST_IN_FLIGHT
from lambdaplan.coldstart.week import cold_start_week

WORK = {
    "requests_per_month": 10_000_000,
    "duration_ms": 5000,
    "measured_memory_mb": 1024,
    "busy_share": 0.3,
    "working_set_mb": 180,
    "init_ms": 300,
    "traffic": {"shape": "flat", "burst": 1.5},
}
# 2,000 requests at once of 5 s, at 1.5 times the mean: 2,000 / 5 / 1.5 a second for 730 x 3,600 s
MOST = 700_800_000


def scenario(work=None, option=None, **sweep):
    document = {"version": 1, "name": "long requests", "workload": {**WORK, **(work or {})}}
    document["options"] = [{"kind": "lambda", "memory_mb": 1024, **(option or {})}]
    return Scenario.from_dict({**document, **({"sweep": sweep} if sweep else {})})


def starts(**more):
    return Fraction(compare(scenario(**more)).options[0].fleet.cold.starts)


def test_the_usual_axis_goes_on_and_says_from_where_it_is_rough():
    made = compare(scenario())
    assert (made.scenario.sweep.start, made.scenario.sweep.to) == (10_000, 10**9)
    words = "beyond 701 million requests a month more than 2,000 are in flight at once"
    assert made.rough_beyond.startswith(words) and made.rough_beyond in made.warnings
    assert words[1:] in str(chart(made, width=600).to_dict()["title"]).replace("', '", " ")
    assert compare(scenario(to=MOST)).rough_beyond == compare(scenario({"duration_ms": 500})).rough_beyond == ""
    assert compare(scenario({"requests_per_month": MOST + 1}, to=MOST)).rough_beyond.startswith(words)


@pytest.mark.parametrize("shape", ["flat", "office_hours"])
def test_each_further_request_is_cold_as_often_as_those_before(shape):
    """At 8,000 at once the model itself counts at most a fifth less."""
    traffic = {"shape": shape, "burst": 1.5}
    peak = scenario({"traffic": traffic}).workload.traffic.peak_of_mean
    many = int(8000 / 5 / peak * 3600 * 730)
    here = starts(work={"traffic": traffic, "requests_per_month": many})
    assert starts(work={"traffic": traffic, "requests_per_month": 10 * many}) / here == pytest.approx(10)
    week = scenario({"traffic": traffic}).workload.traffic
    model = cold_start_week(
        hourly_rps=np.array([float(w) for w in week.whole]) / float(sum(week.whole)) * 168 * many / 3600 / 730,
        service_s=5,
        cold_service_s=5.3,
        keep_alive_s=320,
        burst=1.5,
    ).cold_starts_per_month()
    assert 1 < float(here) / model < 1.2


def test_up_to_there_it_is_the_model_s_own():
    """The levels of traffic from which the number follows lie below the last that is asked."""
    last = cold.counted_up_to(scenario().workload.traffic, Fraction(5000), 730)
    assert MOST * Fraction(5, 4) < last < MOST * Fraction(7, 5)
    assert MOST_IN_FLIGHT * last / MOST < 10_000  # the model's own end


@pytest.mark.parametrize("arrivals", ["random", "regular"])
@pytest.mark.parametrize("ready", [0, 500, 3000])
def test_beside_provisioned_environments_no_more_are_cold_than_spill_over(arrivals, ready):
    before = None
    for requests in (MOST, MOST * 3 // 2, 2 * MOST, 10 * MOST, 100 * MOST):
        given = {"arrivals": arrivals, "requests_per_month": requests}
        fleet = compare(scenario(given, {"provisioned": ready} if ready else {})).options[0].fleet
        assert fleet.cold.starts <= (fleet.standby.spilled if ready else requests)
        assert before is None or fleet.cold.starts >= before
        before = fleet.cold.starts
