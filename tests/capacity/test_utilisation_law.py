"""The utilisation law: the CPU time of a request from rates and busy vCPU, with an interval that holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan import InputError
from lambdaplan.capacity import fit_cpu
from lambdaplan.confidence import student_t


def service(
    rng: np.random.Generator, rates: list[float], cv: float, idle_error: float
) -> tuple[list[float], list[float]]:
    """What a minute at each rate shows of a service with 20 ms of CPU time a request and 0.05 vCPU of idle work."""
    seen, busy = [], []
    sigma = math.sqrt(math.log1p(cv * cv))
    for rate in rates:
        requests = rng.poisson(60 * rate)
        cpu_s = rng.lognormal(math.log(0.020) - sigma**2 / 2, sigma, requests).sum()
        seen.append(requests / 60)
        busy.append(max(0.0, cpu_s / 60 + 0.05 + rng.normal(0, idle_error)))
    return seen, busy


LEVELS = [[5, 18, 31, 44, 57, 70], [10, 20, 40, 60], [2 + 3.6 * n for n in range(20)], [2.0**n for n in range(7)]]


@pytest.mark.parametrize("rates", LEVELS, ids=["even", "four", "twenty", "doubling"])
@pytest.mark.parametrize(("cv", "idle_error"), [(0.5, 0), (0.5, 0.02), (2, 0.01)])
def test_intervals_hold_the_truth_in_95_of_100_services(rates: list[float], cv: float, idle_error: float) -> None:
    tests = 1000 if PROVE else 60
    rng = np.random.default_rng(2026)
    held = 0
    for _ in range(tests):
        fit = fit_cpu(*service(rng, rates, cv, idle_error))
        low, high = fit.cpu_interval or (math.nan, math.nan)
        held += low <= 20 <= high
    # of 60, 51 or fewer is what an interval of 95 % holds in 0.3 of 100 cases
    assert (0.90 if PROVE else 0.86) <= held / tests <= (0.99 if PROVE else 1)


def test_a_line_by_hand() -> None:
    # 0.05 + 0.02 rps exactly
    fit = fit_cpu([10, 20, 40], [0.25, 0.45, 0.85])
    assert (fit.cpu_ms, fit.idle_vcpu) == (pytest.approx(20), pytest.approx(0.05))
    assert fit.cpu_interval == (pytest.approx(20), pytest.approx(20))
    assert fit.varies
    two = fit_cpu([10, 15], [0.25, 0.35])
    assert (two.cpu_ms, two.cpu_interval, two.varies) == (pytest.approx(20), None, False)
    assert fit_cpu([0, 20], [0.05, 0.45]).cpu_ms == pytest.approx(20)  # idle is a measurement too


def test_three_measurements_one_of_which_carries_the_line_have_an_interval() -> None:
    # two at the same rate: the line goes through the third and their mean, 1.0 and 0.6 off by 0.1 and -0.1
    fit = fit_cpu([10, 10, 40], [0.3, 0.5, 1.0])
    assert fit.cpu_ms == pytest.approx(20)
    low, high = fit.cpu_interval or (math.nan, math.nan)
    assert low < 20 < high


@pytest.mark.parametrize(
    ("rps", "busy", "words"),
    [
        ([10, 10], [1, 2], "rps = one rate is not at least two different rates"),
        ([10, 20], [1], "busy_vcpu = 1 beside 2 of rps"),
        ([10, -20], [1, 2], "rps = -20 is not a rate of at least 0"),
        ([10, 20], [1, math.inf], "busy_vcpu = "),
        ([10, 20], [2, 1], "busy_vcpu = -100 ms a request does not fit: busy vCPU that grow"),
        ("ab", [1, 2], "rps = "),
    ],
)
def test_what_shows_no_cpu_time_is_one_line(rps: object, busy: object, words: str) -> None:
    with pytest.raises(InputError) as error:
        fit_cpu(rps, busy)
    assert error.value.lines[0].startswith(words)
    assert len(error.value.lines) == 1


def test_student_t_is_the_table_of_nist() -> None:
    table = {1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 30: 2.042, 60: 2.000, 100: 1.984}
    assert {freedom: round(student_t(freedom), 3) for freedom in table} == table
    assert round(student_t(5, 99), 3) == 4.032
    assert student_t(500) == pytest.approx(1.9647198374671, abs=1e-9)
    assert student_t(501) == pytest.approx(student_t(500), abs=2e-5)
    assert student_t(10**6) == pytest.approx(1.95996636, abs=1e-6)


def test_periods_in_order_count_alike_and_tell_the_idle_work():
    """A plain line by numpy; noise of 0.01 vCPU that has no order leaves the textbook's interval."""
    rng = np.random.default_rng(5)
    rates = rng.uniform(2, 40, 200)
    busy = 0.06 + 0.0118 * rates + rng.normal(0, 0.01, 200)
    fit = fit_cpu(rates, busy, periods=True)
    slope, idle = np.polyfit(rates, busy, 1)
    assert (fit.cpu_ms, fit.idle_vcpu) == (pytest.approx(1000 * slope), pytest.approx(idle))
    error = np.sqrt(((busy - idle - slope * rates) ** 2).sum() / 198 / ((rates - rates.mean()) ** 2).sum())
    low, high = fit.cpu_interval
    assert (high - low) / 2 == pytest.approx(1972.0 * error, rel=0.1)  # 1.972 is Student's t of 198 degrees
    assert fit.idle_interval[0] < 0.06 < fit.idle_interval[1]
    assert fit_cpu(rates, busy).idle_interval is None
