"""Erlang's formulas: published tables, exact fractions, and a recursion with forty digits."""

from __future__ import annotations

import functools
import math
from decimal import Decimal, localcontext
from fractions import Fraction as F

import numpy as np
import pytest

from lambdaplan.errors import InputError
from lambdaplan.queueing.erlang import erlang_b, erlang_c
from lambdaplan.queueing.queue import queue
from queues import exact_b, exact_c
from work import lines_run

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


@pytest.mark.parametrize("load", [0.0, 0.1, 0.5, 0.999])
def test_with_one_server_the_share_that_waits_is_its_utilisation(load):
    assert erlang_c(servers=1, offered_erlangs=load) == pytest.approx(load, rel=1e-14)


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


def test_extreme_loads_are_no_warnings():
    assert erlang_b(servers=1000, offered_erlangs=1e300) == pytest.approx(1, rel=1e-12)
    assert erlang_b(servers=1000, offered_erlangs=1e-300) == 0
    with pytest.raises(InputError, match=r"^arrival_rps x service_s = inf does not fit"):
        queue(servers=1, arrival_rps=1e300, service_s=1e300)
