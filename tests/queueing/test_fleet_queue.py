"""What units of a fleet answer in time (rule R4): simulations of requests, closed forms, and the queue of their slots."""

from __future__ import annotations

import heapq
import math
import random
from fractions import Fraction as F

import numpy as np
import pytest

from lambdaplan.errors import InputError
from lambdaplan.queueing.fleet_queue import ServingUnit, _missed, answer_s, carried_rps, service_percentile_s, stretch
from lambdaplan.queueing.queue import queue
from queues import simpson
from work import lines_run


@pytest.mark.parametrize("p", [50, 90, 95, 99, 99.9])
@pytest.mark.parametrize("shape", [F(1, 4), F(1, 2), F(1), F(4)])
def test_service_percentiles_are_the_numeric_integral(shape, p):
    # With v = u^k the density u^(k-1) exp(-u) / Gamma(k) loses its peak at 0: exp(-v^(1/k)) / Gamma(k + 1).
    t = service_percentile_s(service_s=1, percentile=p, service_cv=float(1 / shape) ** 0.5)
    k = float(shape)
    if k < 1:
        below = simpson(lambda v: np.exp(-(v ** (1 / k))), 0, (t * k) ** k, 20_000) / math.gamma(k + 1)
    else:
        below = simpson(lambda u: u ** (k - 1) * np.exp(-u), 0, t * k) / math.gamma(k)
    assert below == pytest.approx(p / 100, abs=1e-7)


def simulate(servers, rate, draw, requests, seed):
    """Answer times of requests one after another: each takes the server that is free first."""
    chance = random.Random(seed)
    free, now, answers = [0.0] * servers, 0.0, []
    for _ in range(requests):
        now += chance.expovariate(rate)
        done = max(now, heapq.heappop(free)) + draw(chance)
        heapq.heappush(free, done)
        answers.append(done - now)
    return np.array(answers[requests // 20 :])


@pytest.mark.parametrize(("units", "rate"), [(1, 12.0), (3, 45.0), (10, 170.0)])
def test_blocking_servers_answer_as_in_a_simulation(units, rate):
    # Two blocking processes a unit, 100 ms each.
    unit = ServingUnit(slots=2, slots_per_process=1, wall_s=0.1, computing_s=0.04, full_rps=50)
    seen = simulate(2 * units, rate, lambda chance: chance.expovariate(10), 300_000, 11)
    found = answer_s(unit, units=units, arrival_rps=rate, percentiles=(50, 95, 99))
    assert found == pytest.approx(np.percentile(seen, (50, 95, 99)), rel=0.03)
    assert found[0] < found[1] < found[2]


@pytest.mark.parametrize(("cv", "margin"), [(0.5, 0.06), (2.0, 0.12)])
def test_other_service_times_are_near_the_simulation(cv, margin):
    shape = 1 / cv / cv
    seen = simulate(6, 50.0, lambda chance: chance.gammavariate(shape, 0.1 / shape), 300_000, 12)
    unit = ServingUnit(slots=2, slots_per_process=1, wall_s=0.1, computing_s=0.04, full_rps=50)
    found = answer_s(unit, units=3, arrival_rps=50.0, percentiles=(95, 99), service_cv=cv)
    assert found == pytest.approx(np.percentile(seen, (95, 99)), rel=margin)


@pytest.mark.parametrize("slots", [1, 2, 3, 10, 200])
@pytest.mark.parametrize("rho", [F(0), F(1, 1000), F(1, 2), F(9, 10), F(999, 1000), F(1)])
def test_computing_stretches_as_in_a_shared_processor_with_a_full_house(slots, rho):
    # Birth and death with at most so many in flight; Little's law over those let in gives their mean time.
    share = [rho**k for k in range(slots + 1)]
    if rho:
        inside = sum(k * s for k, s in enumerate(share))
        want = inside / (rho * sum(share[:-1]))
    else:
        want = F(1)
    assert stretch(float(rho), slots) == pytest.approx(float(want), rel=1e-11)


def test_a_fleet_is_the_queue_of_its_slots_with_stretched_service():
    unit = ServingUnit(slots=6, slots_per_process=3, wall_s=0.2, computing_s=0.05, full_rps=40)
    rho = 90 / (4 * 40)
    service = 0.15 + 0.05 * (1 + 2 * rho + 3 * rho**2) / (1 + rho + rho**2)
    same = queue(servers=24, arrival_rps=90, service_s=service, service_cv=0.7)
    found = answer_s(unit, units=4, arrival_rps=90, percentiles=(50, 99), service_cv=0.7)
    assert found == pytest.approx([same.response_percentile_s(50), same.response_percentile_s(99)], rel=1e-9)


def holds(unit, *, units, arrival_rps, percentile, response_s, service_cv=1):
    """Whether a fleet answers so many percent of its requests in time."""
    return _missed(unit, units, np.asarray(arrival_rps), response_s, service_cv) <= (100 - percentile) / 100


def test_an_overloaded_fleet_has_no_answer_time_and_holds_nothing():
    unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.1, full_rps=10)
    found = answer_s(unit, units=np.array([1, 2]), arrival_rps=10, percentiles=(50,))
    assert math.isnan(found[0, 0]) and found[1, 0] > 0
    assert not holds(unit, units=np.array([1.0]), arrival_rps=10, percentile=50, response_s=1e9).any()


def test_one_exponential_server_carries_what_its_formula_says():
    # Answers are exponential with rate 1/S - x: x = 1/S - log(20) / t.
    unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0, full_rps=math.inf)
    found = carried_rps(unit, units=1, percentile=95, response_s=0.8)
    assert found == pytest.approx(10 - math.log(20) / 0.8, rel=1e-11)


UNITS = [
    ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.05, full_rps=20),
    ServingUnit(slots=8, slots_per_process=4, wall_s=0.1, computing_s=0.05, full_rps=40),
    ServingUnit(slots=1000, slots_per_process=1000, wall_s=0.1, computing_s=0.05, full_rps=20),
    ServingUnit(slots=3, slots_per_process=1.5, wall_s=0.1, computing_s=0.02, full_rps=100),
]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{unit.slots}")
@pytest.mark.parametrize("cv", [0, 0.5, 1, 1.2])
def test_more_units_carry_more_each_count_by_itself(unit, cv):
    counts = np.arange(0, 250)
    table = carried_rps(unit, units=counts, percentile=95, response_s=0.4, service_cv=cv)
    assert table[0] == 0 and (np.diff(table) > 0).all()
    for n in (1, 2, 49, 50, 249):
        assert carried_rps(unit, units=n, percentile=95, response_s=0.4, service_cv=cv) == table[n]
    wanted = {"percentile": 95, "response_s": 0.4, "service_cv": cv}
    assert holds(unit, units=counts[1:].astype(float), arrival_rps=table[1:], **wanted).all()
    assert not holds(unit, units=counts[1:].astype(float), arrival_rps=table[1:] * (1 + 1e-9), **wanted).any()


def test_looser_targets_carry_more():
    def carried(**changed):
        return carried_rps(UNITS[1], **({"units": 5, "percentile": 95, "response_s": 0.5} | changed))

    assert carried(percentile=90) > carried() > carried(percentile=99)
    assert carried(response_s=0.6) > carried() > carried(response_s=0.45)
    assert carried(service_cv=0.5) > carried() > carried(service_cv=1.5)


def test_nothing_is_carried_where_the_service_alone_is_too_slow():
    # The 95th percentile of an exponential service of 100 ms is 299.57 ms.
    table = [carried_rps(UNITS[0], units=1000, percentile=95, response_s=t) for t in (0.2995, 0.2996)]
    assert table[0] == 0 and table[1] > 0
    assert carried_rps(UNITS[0], units=1000, percentile=95, response_s=0.0999, service_cv=0) == 0


def test_a_table_of_4096_units_is_hardly_more_work_than_one_of_64():
    def table(units: int):
        return carried_rps(UNITS[2], units=np.arange(1, units + 1), percentile=95, response_s=0.4)

    assert table(4096).size == 4096
    assert lines_run(lambda: table(4096)) < 2 * lines_run(lambda: table(64))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"slots": 0}, "slots = 0 is not a whole number of at least 1."),
        ({"slots_per_process": 0.5}, "slots_per_process = 0.5 is not a number of at least 1."),
        ({"wall_s": 0}, "wall_s = 0 is not a number above 0."),
        ({"computing_s": -1}, "computing_s = -1 is not a number of at least 0."),
        ({"computing_s": 2}, "computing_s = 2.0 is outside 0..0.1 (wall_s). Give the part that computes."),
        ({"full_rps": 0}, "full_rps = 0 is not a number above 0."),
        ({"full_rps": math.nan}, "full_rps = nan is not a number above 0."),
    ],
)
def test_a_unit_says_what_is_wrong_with_it(change, line):
    good = {"slots": 1, "slots_per_process": 1, "wall_s": 0.1, "computing_s": 0.1, "full_rps": 10}
    with pytest.raises(InputError) as caught:
        ServingUnit(**(good | change))
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("change", "start"),
    [
        ({"units": -1}, "units = -1 is not a whole number of at least 0"),
        ({"units": [1, 2.5]}, "units = 2.5 is not"),
        ({"percentile": 100}, "percentile = 100 is not a percentile above 0 and below 100"),
        ({"response_s": 0}, "response_s = 0 is not a number above 0"),
        ({"service_cv": -0.1}, "service_cv = -0.1 is not a number of at least 0"),
    ],
)
def test_what_a_fleet_is_asked_is_checked(change, start):
    with pytest.raises(InputError) as caught:
        carried_rps(UNITS[0], **({"units": 1, "percentile": 95, "response_s": 1} | change))
    assert str(caught.value).startswith(start)
