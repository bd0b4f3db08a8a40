"""Queues: published tables, exact fractions, closed forms, numeric integration and a simulation of requests."""

from __future__ import annotations

import functools
import heapq
import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

from lambdaplan.errors import InputError
from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.queueing.fleet_queue import ServingUnit, answer_s, carried_rps, holds, service_percentile_s, stretch
from lambdaplan.queueing.queue import Queue, queue
from work import lines_run

# ---------------------------------------------------------------- published tables

# Daniel Collins, "Carrier Grade Voice Over IP", 2nd edition, McGraw-Hill, appendix A "Table of Erlang B", at
# globalspec.com/reference/55139/203279/appendix-a-table-of-erlang-b, read 2026-11-25: the load that so many channels
# carry at a blocking probability, to one decimal place. The copy read ends within the row of ten channels.
BLOCKING = "0.01 0.05 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0 2.0 3.0 4.0 5.0"  # percent
COLLINS = """
1 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.1
2 0.0 0.0 0.0 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.2 0.2 0.3 0.3 0.4
3 0.1 0.2 0.2 0.2 0.3 0.3 0.3 0.4 0.4 0.4 0.4 0.5 0.6 0.7 0.8 0.9
4 0.2 0.4 0.4 0.5 0.6 0.7 0.7 0.7 0.8 0.8 0.8 0.9 1.1 1.3 1.4 1.5
5 0.5 0.6 0.8 0.9 1.0 1.1 1.1 1.2 1.2 1.3 1.3 1.4 1.7 1.9 2.1 2.2
6 0.7 1.0 1.1 1.3 1.4 1.5 1.6 1.7 1.8 1.8 1.9 1.9 2.3 2.5 2.8 3.0
7 1.1 1.4 1.6 1.8 1.9 2.1 2.2 2.2 2.3 2.4 2.4 2.5 2.9 3.2 3.5 3.7
8 1.4 1.8 2.1 2.3 2.5 2.6 2.7 2.8 2.9 3.0 3.1 3.1 3.6 4.0 4.3 4.5
9 1.8 2.3 2.6 2.9 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 4.3 4.7 5.1 5.4
10 2.3 2.8 3.1 3.4 3.6 3.8
"""


@pytest.mark.parametrize("row", COLLINS.strip().splitlines())
def test_erlang_b_is_the_published_table_to_its_last_digit(row):
    channels, *loads = row.split()
    for load, percent in zip(loads, BLOCKING.split(), strict=False):
        low, high = max(float(load) - 0.05, 0), float(load) + 0.05
        blocked = erlang_b(servers=int(channels), offered_erlangs=np.array([low, high]))
        assert blocked[0] <= float(percent) / 100 <= blocked[1], (load, percent)


def test_erlang_b_is_the_published_example_to_its_last_digit():
    # "How much traffic?", calculator manual,
    # erlang.com/calculatormanual/howmuchtrafficcanatrunkgrouphandle.htm, read 2026-11-25: 15 lines, 1 %: 8.108 erlangs.
    assert erlang_b(servers=15, offered_erlangs=8.1075) < 0.01 < erlang_b(servers=15, offered_erlangs=8.1085)


# "Multiple Server Queueing Model", Cengage Learning, a worksheet at scribd.com/document/820718700, read 2026-11-25:
# 10 arrivals, 12 served by each server. In the queue, in the system, time in the queue, time in the system, must wait.
CENGAGE = """
2 0.175 1.008 0.018 0.101 0.245
3 0.022 0.856 0.002 0.086 0.058
4 0.003 0.836 0.000 0.084 0.011
5 0.000 0.834 0.000 0.083 0.002
6 0.000 0.833 0.000 0.083 0.000
7 0.000 0.833 0.000 0.083 0.000
8 0.000 0.833 0.000 0.083 0.000
"""


@pytest.mark.parametrize("row", CENGAGE.strip().splitlines())
def test_several_servers_are_the_published_worksheet_to_its_last_digit(row):
    servers, *printed = row.split()
    found = queue(servers=int(servers), arrival_rps=10, service_s=1 / 12)
    ours = (
        10 * found.wait_mean_s,
        10 * found.response_mean_s,
        found.wait_mean_s,
        found.response_mean_s,
        found.wait_probability,
    )
    assert [f"{value:.3f}" for value in ours] == printed


# Solution of problem 9-19, "Queuing Model M/M/s (Exponential Service Times)", at
# coursepaper.com/solution-manual/mathematics-chapter-9-homework-problem-9-19-so-multiply-l-and-lq-by-4-to-get-system-averages/,
# read 2026-11-25: 3 arrivals, 4 served by each server. Utilisation, in the queue, time in the queue.
PROBLEM = [
    (4, "0.1875", "0.001768", "0.000589"),
    (5, "0.15", "0.000194", "6.46E-05"),
    (6, "0.125", "1.91E-05", "6.35E-06"),
    (7, "0.107143", "1.68E-06", "5.6E-07"),
    (8, "0.09375", "1.34E-07", "4.46E-08"),
    (19, "0.039474", "7.02E-22", "2.34E-22"),
    (20, "0.0375", "2.49E-23", "8.31E-24"),
    (21, "0.035714", "8.45E-25", "2.82E-25"),
    (22, "0.034091", "2.74E-26", "9.13E-27"),
    (23, "0.032609", "8.52E-28", "2.84E-28"),
]


def as_printed(value, printed):
    digits, _, power = printed.partition("E")
    places = len(digits.partition(".")[2])
    return abs(value / 10.0 ** int(power or 0) - float(digits)) <= 0.5 * 10.0**-places


@pytest.mark.parametrize(("servers", "utilisation", "in_queue", "wait"), PROBLEM)
def test_several_servers_are_the_published_solution_to_its_last_digit(servers, utilisation, in_queue, wait):
    found = queue(servers=servers, arrival_rps=3, service_s=0.25)
    assert as_printed(found.utilisation, utilisation)
    assert as_printed(3 * found.wait_mean_s, in_queue)
    assert as_printed(found.wait_mean_s, wait)


# ---------------------------------------------------------------- an oracle that shares no code


def exact_b(servers, load):
    """The textbook's sum, in fractions."""
    term = total = F(1)
    for k in range(1, servers + 1):
        term = term * load / k
        total += term
    return term / total


def exact_c(servers, load):
    blocked = exact_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def long_b(servers, load):
    """The textbook's recursion B(k) = a B(k-1) / (k + a B(k-1)) with 40 digits."""
    with localcontext() as context:
        context.prec = 40
        blocked, load = Decimal(1), Decimal(load)
        for k in range(1, servers + 1):
            blocked = load * blocked / (k + load * blocked)
        return blocked, blocked / (1 - load / servers * (1 - blocked))


@pytest.mark.parametrize("servers", [1, 2, 3, 7, 20, 49, 50, 51, 80, 150])
@pytest.mark.parametrize("part", [F(1, 10), F(1, 2), F(4, 5), F(99, 100), F(1), F(101, 100), F(2), F(10)])
def test_erlang_is_the_exact_fraction(servers, part):
    load = float(servers * part)
    want = exact_b(servers, F(load))
    assert erlang_b(servers=servers, offered_erlangs=load) == pytest.approx(float(want), rel=1e-12, abs=0)
    if load < servers:
        want = exact_c(servers, F(load))
        assert erlang_c(servers=servers, offered_erlangs=load) == pytest.approx(float(want), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("servers", "load"),
    [
        (1000, 900.0),
        (1000, 1000.0),
        (1000, 1500.0),
        (10_000, 9_950.0),
        (100_000, 90_000.0),
        (100_000, 99_000.0),
        (100_000, 99_900.0),
        (100_000, 99_999.5),
        (100_000, 100_000.0),
        (100_000, 100_300.0),
        (100_000, 150_000.0),
    ],
)
def test_many_servers_are_the_recursion_with_forty_digits(servers, load):
    blocked, waits = long_b(servers, load)
    assert erlang_b(servers=servers, offered_erlangs=load) == pytest.approx(float(blocked), rel=1e-12, abs=1e-300)
    if load < servers:
        assert erlang_c(servers=servers, offered_erlangs=load) == pytest.approx(float(waits), rel=1e-12, abs=1e-300)


def test_ten_million_servers_are_no_more_work_than_a_hundred_and_do_not_overflow():
    few, many = (
        lines_run(functools.partial(erlang_c, servers=n, offered_erlangs=0.999 * n)) for n in (100, 10_000_000)
    )
    assert many == few < 5_000
    # Half of a Poisson distribution lies on either side: B = pmf / P[N <= c] is about 2 / sqrt(2 pi c).
    half = erlang_b(servers=10**7, offered_erlangs=10**7)
    assert half == pytest.approx(2 / math.sqrt(2 * math.pi * 10**7), rel=3e-4)
    assert erlang_b(servers=10**7, offered_erlangs=10) == 0
    assert erlang_b(servers=10**7, offered_erlangs=10**9) == pytest.approx(0.99, rel=1e-6)


def test_numbers_and_arrays_are_the_same_to_the_bit():
    servers = np.array([1, 5, 49, 50, 700, 100_000])
    load = 0.93 * servers
    for formula in (erlang_b, erlang_c):
        together = formula(servers=servers, offered_erlangs=load)
        alone = [formula(servers=int(c), offered_erlangs=float(a)) for c, a in zip(servers, load, strict=True)]
        assert together.tolist() == alone


def test_the_two_ways_to_compute_meet_without_a_step():
    near = erlang_b(servers=50, offered_erlangs=np.array([50 - 1e-9, 50, 50 + 1e-9]))
    assert near[0] < near[1] < near[2] and near[2] - near[0] < 1e-10


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize("load", [0.0, 0.1, 0.5, 0.999])
def test_with_one_server_the_share_that_waits_is_its_utilisation(load):
    assert erlang_c(servers=1, offered_erlangs=load) == pytest.approx(load, rel=1e-14)


def test_with_no_load_nobody_waits_and_the_answer_takes_the_service_time():
    idle = queue(servers=70, arrival_rps=0, service_s=0.2)
    assert (idle.utilisation, idle.wait_probability, idle.wait_mean_s, idle.wait_exceeds(0)) == (0, 0, 0, 0)
    assert idle.wait_percentile_s(99.9) == 0
    assert idle.response_percentile_s(95) == pytest.approx(0.2 * math.log(20), rel=1e-12)


def test_one_server_with_exponential_service_has_exponential_answer_times():
    found = queue(servers=1, arrival_rps=8, service_s=0.1)
    for p in (1, 50, 95, 99.9):
        assert found.response_percentile_s(p) == pytest.approx(0.5 * math.log(100 / (100 - p)), rel=1e-11)
    assert found.wait_percentile_s(15) == 0  # a fifth does not wait
    assert found.wait_percentile_s(90) == pytest.approx(0.5 * math.log(8), rel=1e-12)
    assert found.wait_exceeds(0.25) == pytest.approx(0.8 * math.exp(-0.5), rel=1e-12)


# ---------------------------------------------------------------- overload and bad input


@pytest.mark.parametrize("load", [3, 3.0000001, 10])
def test_an_overloaded_queue_is_an_error_and_not_a_number(load):
    with pytest.raises(
        InputError, match=r"^offered_erlangs = .* the queue grows for ever\. Use more than \d+ servers\.$"
    ):
        erlang_c(servers=3, offered_erlangs=load)
    with pytest.raises(InputError, match=r"^arrival_rps x service_s = .* grows for ever"):
        queue(servers=3, arrival_rps=load * 4, service_s=0.25)


def test_the_overloaded_one_of_many_is_named():
    with pytest.raises(InputError, match=r"^offered_erlangs = 9 does not fit: with 4 servers"):
        erlang_c(servers=np.array([2, 4, 8]), offered_erlangs=np.array([1, 9, 20]))


@pytest.mark.parametrize("servers", [0, -1, 1.5, math.nan, math.inf, "3", None, True, [1, 0], [[1], [2.5]]])
def test_servers_must_be_whole_and_at_least_one(servers):
    for formula in (erlang_b, erlang_c):
        with pytest.raises(InputError, match=r"^servers = .* is not a whole number of at least 1\.$"):
            formula(servers=servers, offered_erlangs=0.5)


@pytest.mark.parametrize("load", [-1e-9, math.nan, math.inf, "1", None, False, [0.1, -1]])
def test_the_load_must_be_finite_and_not_below_nothing(load):
    for formula in (erlang_b, erlang_c):
        with pytest.raises(InputError, match=r"^offered_erlangs = .* is not a number of at least 0\.$"):
            formula(servers=2, offered_erlangs=load)


def test_all_problems_of_a_queue_are_told_together_one_a_line():
    with pytest.raises(InputError) as caught:
        queue(servers=0, arrival_rps=-1, service_s=0, service_cv=math.nan)
    assert str(caught.value).splitlines() == [
        "servers = 0 is not a whole number of at least 1.",
        "arrival_rps = -1 is not a number of at least 0.",
        "service_s = 0 is not a number above 0.",
        "service_cv = nan is not a number of at least 0 and at most 1,000,000.",
    ]


@pytest.mark.parametrize("p", [0, 100, -5, 100.1, math.nan, "95", None])
def test_percentiles_lie_between_0_and_100(p):
    found = queue(servers=2, arrival_rps=1, service_s=1)
    for ask in (found.wait_percentile_s, found.response_percentile_s):
        with pytest.raises(InputError, match=r"^p = .* is not a percentile above 0 and below 100"):
            ask(p)
    for ask in (found.wait_exceeds, found.response_exceeds):
        with pytest.raises(InputError, match=r"^t_s = -1 is not a number of at least 0"):
            ask(-1)


# ---------------------------------------------------------------- means with other service times


@pytest.mark.parametrize("rho", [F(1, 10), F(1, 2), F(9, 10), F(999, 1000)])
@pytest.mark.parametrize("cv", [F(0), F(1, 4), F(1), F(3)])
def test_one_server_waits_as_pollaczek_and_khinchine_have_it(rho, cv):
    service = F(1, 5)
    second_moment = service * service * (1 + cv * cv)
    want = rho / service * second_moment / (2 * (1 - rho))  # cv = 0 is M/D/1: rho s / (2 (1 - rho))
    found = queue(servers=1, arrival_rps=float(rho / service), service_s=0.2, service_cv=float(cv))
    assert found.wait_mean_s == pytest.approx(float(want), rel=1e-12)
    assert found.response_mean_s == pytest.approx(float(want + service), rel=1e-12)


def test_constant_service_adds_the_same_to_every_wait():
    found = queue(servers=4, arrival_rps=3.2, service_s=1, service_cv=0)
    assert found.response_exceeds(0.999) == 1
    assert found.response_exceeds(1) == pytest.approx(found.wait_probability, rel=1e-12)
    assert found.response_percentile_s(99) == pytest.approx(1 + found.wait_percentile_s(99), rel=1e-10)
    assert found.response_percentile_s(10) == pytest.approx(1, rel=1e-12)


# ---------------------------------------------------------------- answer times


def simpson(function, low, high, steps=4000):
    x = np.linspace(low, high, steps + 1)
    weights = np.ones(steps + 1)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return float((function(x) * weights).sum()) * (high - low) / steps / 3


def integrated(found, t, above):
    """The share of answers beyond t: over every wait, the share of services beyond what is left of t."""
    waits = float(exact_c(found.servers, F(found.arrival_rps * found.service_s)))
    mean = found.service_s / (found.servers - found.arrival_rps * found.service_s) * (1 + found.service_cv**2) / 2
    part = simpson(lambda w: np.exp(-w / mean) / mean * above(t - w), 0, t)
    return (1 - waits) * float(above(np.array(t))) + waits * (part + math.exp(-t / mean))


@pytest.mark.parametrize(("servers", "rate"), [(1, 0.5), (2, 1.9), (4, 3.0), (4, 3.6), (30, 27.5), (100, 95.0)])
@pytest.mark.parametrize("p", [50, 90, 95, 99, 99.9])
def test_exponential_answers_are_the_numeric_integral(servers, rate, p):
    # With four servers and a load of three, waits end as fast as services: the formula's quotient would be 0/0.
    found = queue(servers=servers, arrival_rps=rate, service_s=1)
    t = found.response_percentile_s(p)
    assert integrated(found, t, lambda s: np.exp(-s)) == pytest.approx(1 - p / 100, rel=1e-7)
    assert found.response_exceeds(t) == pytest.approx(1 - p / 100, rel=1e-10)


def erlang_four_above(s):
    """Gamma with shape 4 and mean 1: the sum of four exponentials."""
    x = 4 * s
    return np.exp(-x) * (1 + x + x**2 / 2 + x**3 / 6)


@pytest.mark.parametrize(("servers", "rate"), [(1, 0.7), (3, 2.5), (20, 12.0), (40, 39.0)])
@pytest.mark.parametrize("p", [50, 95, 99])
def test_gamma_answers_with_cv_one_half_are_the_numeric_integral(servers, rate, p):
    found = queue(servers=servers, arrival_rps=rate, service_s=1, service_cv=0.5)
    t = found.response_percentile_s(p)
    assert integrated(found, t, erlang_four_above) == pytest.approx(1 - p / 100, rel=1e-7)


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


@pytest.mark.parametrize(("servers", "rate"), [(1, 0.8), (4, 3.0), (4, 3.9), (200, 195.0)])
def test_a_cv_beside_1_gives_the_answer_time_beside(servers, rate):
    around = [
        queue(servers=servers, arrival_rps=rate, service_s=1, service_cv=cv).response_percentile_s(95)
        for cv in (1 - 1e-7, 1, 1 + 1e-7)
    ]
    assert around[0] < around[1] < around[2]
    assert around[2] - around[0] < 1e-6 * around[1]


def test_a_small_cv_comes_close_to_constant_service():
    even = queue(servers=8, arrival_rps=7, service_s=1, service_cv=0)
    almost = queue(servers=8, arrival_rps=7, service_s=1, service_cv=0.001)
    assert almost.response_percentile_s(95) == pytest.approx(even.response_percentile_s(95), rel=1e-5)
    assert almost.response_exceeds(0.99) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("cv", [0, 0.3, 1, 2.5])
def test_answer_times_grow_with_the_percentile_and_shares_fall_with_time(cv):
    found = queue(servers=6, arrival_rps=5.5, service_s=1, service_cv=cv)
    times = [found.response_percentile_s(p) for p in (1, 25, 50, 75, 90, 99, 99.99)]
    assert times == sorted(times)
    shares = [found.response_exceeds(t) for t in np.linspace(0, 60, 50)]
    assert shares[0] == pytest.approx(1, abs=1e-12) and all(a >= b - 1e-13 for a, b in pairwise(shares))


# ---------------------------------------------------------------- a fleet (rule R4)


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


def test_an_overloaded_fleet_has_no_answer_time_and_holds_nothing():
    unit = ServingUnit(slots=1, slots_per_process=1, wall_s=0.1, computing_s=0.1, full_rps=10)
    found = answer_s(unit, units=np.array([1, 2]), arrival_rps=10, percentiles=(50,))
    assert math.isnan(found[0, 0]) and found[1, 0] > 0
    assert holds(unit, units=1, arrival_rps=10, percentile=50, response_s=1e9) is False


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
    assert holds(unit, units=counts[1:], arrival_rps=table[1:], **wanted).all()
    assert not holds(unit, units=counts[1:], arrival_rps=table[1:] * (1 + 1e-9), **wanted).any()


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


@pytest.mark.parametrize("cv", [1e-300, 1e-10, 1e-8, 1e-4, 30, 1e6])
def test_extreme_spreads_still_have_an_answer_time(cv):
    found = queue(servers=4, arrival_rps=3.5, service_s=1, service_cv=cv)
    even = queue(servers=4, arrival_rps=3.5, service_s=1, service_cv=0)
    assert found.response_percentile_s(95) >= even.response_percentile_s(95) * (1 - 1e-9)
    assert found.response_exceeds(found.response_percentile_s(95)) == pytest.approx(0.05, rel=1e-6)


def test_extreme_loads_are_no_warnings():
    assert erlang_b(servers=1000, offered_erlangs=1e300) == pytest.approx(1, rel=1e-12)
    assert erlang_b(servers=1000, offered_erlangs=1e-300) == 0
    with pytest.raises(InputError, match=r"^arrival_rps x service_s = inf does not fit"):
        queue(servers=1, arrival_rps=1e300, service_s=1e300)


def test_a_queue_can_be_varied_and_compared():
    assert queue(servers=2, arrival_rps=1, service_s=0.5) == Queue(2, 1.0, 0.5, 1.0)
