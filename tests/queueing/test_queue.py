"""Queues: published worksheets, closed forms and numeric integration."""

from __future__ import annotations

import math
from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

from lambdaplan.errors import InputError
from lambdaplan.queueing.erlang import erlang_c
from lambdaplan.queueing.queue import Queue, queue
from queues import exact_c, simpson

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


@pytest.mark.parametrize("load", [3, 3.0000001, 10])
def test_an_overloaded_queue_is_an_error_and_not_a_number(load):
    with pytest.raises(
        InputError, match=r"^offered_erlangs = .* the queue grows for ever\. Use more than \d+ servers\.$"
    ):
        erlang_c(servers=3, offered_erlangs=load)
    with pytest.raises(InputError, match=r"^arrival_rps x service_s = .* grows for ever"):
        queue(servers=3, arrival_rps=load * 4, service_s=0.25)


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


@pytest.mark.parametrize("cv", [1e-300, 1e-10, 1e-8, 1e-4, 30, 1e6])
def test_extreme_spreads_still_have_an_answer_time(cv):
    found = queue(servers=4, arrival_rps=3.5, service_s=1, service_cv=cv)
    even = queue(servers=4, arrival_rps=3.5, service_s=1, service_cv=0)
    assert found.response_percentile_s(95) >= even.response_percentile_s(95) * (1 - 1e-9)
    assert found.response_exceeds(found.response_percentile_s(95)) == pytest.approx(0.05, rel=1e-6)


def test_a_queue_can_be_varied_and_compared():
    assert queue(servers=2, arrival_rps=1, service_s=0.5) == Queue(2, 1.0, 0.5, 1.0)
