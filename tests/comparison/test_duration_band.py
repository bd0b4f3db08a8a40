"""The band of a break-even, against the arithmetic of a fixed bill over a price of a request."""

import math
from fractions import Fraction

import numpy as np
import pytest

from lambdaplan import Scenario, compare
from lambdaplan.comparison.duration_band import band_words, break_even_band, places_in_words
from lambdaplan.workload.duration_accuracy import band

DOCUMENT = {
    "version": 1,
    "name": "one machine that stands all month",
    "workload": {
        "requests_per_month": 1_000_000,
        "duration_ms": 200,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 180,
    },
    "options": [
        {"kind": "lambda", "memory_mb": 512, "front_door": "none"},
        {"kind": "ec2", "instance_type": "m7i.large", "units": 1, "zones": 1, "survive_zone_loss": False,
         "front_door": "none", "ebs_gb": 0},
    ],
    "sweep": {"from": 10_000, "to": 100_000_000},
}  # fmt: skip


def scenario(**workload):
    return Scenario.from_dict({**DOCUMENT, "workload": {**DOCUMENT["workload"], **workload}})


def first_place(duration_ms: Fraction) -> int:
    """The first number of requests at which Lambda costs more than 730 hours of m7i.large."""
    # x86: 0.20 USD a million requests, 0.0000166667 USD a GB-second, 0.1008 USD an hour; half a GB, whole milliseconds
    each = Fraction("0.0000002") + Fraction(math.ceil(duration_ms), 1000) / 2 * Fraction("0.0000166667")
    return int(730 * Fraction("0.1008") / each) + 1


def test_the_ends_of_the_band_are_the_break_evens_of_a_duration_at_the_ends_of_the_known_error():
    asked = scenario()
    known = break_even_band(compare(asked))
    # half of the memory: the 60 ms of CPU of 1024 MB take twice as long
    worked_out = Fraction(260)
    error = band(asked.workload, np.array([512.0]))
    assert error.functions[0] >= 15
    places = [first_place(worked_out * Fraction(f"{float(end[0]):.4g}")) for end in (error.low, error.high)]
    assert known.at == tuple(places)
    assert known.sizes == (512,)
    assert places[1] < first_place(worked_out) < places[0]


def test_the_band_is_a_sentence_after_the_crossovers():
    made = compare(scenario())
    assert places_in_words(made)[-1] == f"{band_words(made)}."
    assert "where Lambda at 512 MB takes" in band_words(made)


@pytest.mark.parametrize(
    "workload",
    [{"measured_memory_mb": 512}, {"durations": [{"memory_mb": 512, "duration_ms": 300}]}],
    ids=["measured at its memory", "durations are given"],
)
def test_there_is_none_where_the_duration_is_measured(workload):
    assert break_even_band(compare(scenario(**workload))) is None
    assert band_words(compare(scenario(**workload))) == ""


def test_there_is_none_where_nobody_knows_the_error():
    # several threads above one vCPU: no measured function says
    made = compare(Scenario.from_dict({**DOCUMENT, "workload": {**DOCUMENT["workload"], "cpu_threads": 4}, "options": [
        {"kind": "lambda", "memory_mb": 4096, "front_door": "none"}, DOCUMENT["options"][1]]}))  # fmt: skip
    assert break_even_band(made) is None


def test_no_crossover_has_no_band():
    one = Scenario.from_dict({**DOCUMENT, "options": DOCUMENT["options"][:1]})
    assert break_even_band(compare(one)) is None
