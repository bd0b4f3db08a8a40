"""95 % intervals hold the truth of simulated services in 90 to 99 of 100 cases, method by method."""

import json
import math

import numpy as np
import pytest

from campaigns import PROVE
from lambdaplan.confidence import student_t
from lambdaplan.evidence.import_files import import_files
from lambdaplan.evidence.metrics.utilisation_law import utilisation_law
from lambdaplan.evidence.statistics import Values, share_interval

CASES = 2000 if PROVE else 300
NOISE = 1.5 * math.sqrt(0.05 * 0.95 / CASES)  # of a share of so many cases, beyond what is asked


def held(case, seed: int = 7) -> float:
    """In what share of cases an interval holds the truth."""
    rng = np.random.default_rng(seed)
    results = [case(rng, place) for place in range(CASES)]
    return sum(low <= true <= high for low, true, high in results) / CASES


def check(share: float) -> None:
    assert 0.90 - NOISE <= share <= 0.99 + NOISE, share


LAWS = {
    "gamma, cv 0.3": (lambda rng, n: rng.gamma(1 / 0.09, 9, n), 100, 0.3),
    "gamma, cv 0.71": (lambda rng, n: rng.gamma(2, 50, n), 100, 0.5**0.5),
    "exponential": (lambda rng, n: rng.exponential(100, n), 100, 1),
    "lognormal, cv 1": (lambda rng, n: 100 * np.exp(rng.normal(-math.log(2) / 2, math.log(2) ** 0.5, n)), 100, 1),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [100, 1000])
def test_mean_duration_and_spread(law, n):
    draw, mean, cv = LAWS[law]

    def values(rng):
        kept = Values()
        kept.extend(draw(rng, n))
        return kept

    def of_mean(rng, _):
        low, high = values(rng).mean_interval()
        return low, mean, high

    def of_cv(rng, _):
        low, high = values(rng).cv_interval()
        return low, cv, high

    check(held(of_mean))
    check(held(of_cv))


@pytest.mark.parametrize("alike", [0, 0.6])
@pytest.mark.parametrize("periods", [30, 168])
def test_cpu_time_by_the_utilisation_law(periods, alike):
    """11.8 ms a request on four tasks of one vCPU, noise in CPU that lasts for periods or does not."""

    def case(rng, place):
        rps = rng.uniform(2, 40, periods) if place % 2 else 20 + 18 * np.sin(np.arange(periods) / 12 * 2 * np.pi)
        noise = rng.normal(0, 0.01, periods)
        for one in range(1, periods):
            noise[one] = alike * noise[one - 1] + noise[one] * math.sqrt(1 - alike * alike)
        used = 0.06 + 0.0118 * rps + noise
        law = utilisation_law((rps, used / 4 * 100, np.full(periods, 4.0)))
        assert law is not None
        measure = law.cpu_ms(1)
        return measure.low, 11.8, measure.high

    check(held(case))


def test_cpu_time_from_counters_of_ten_milliseconds():
    def case(rng, _):
        kept = Values()
        kept.extend(np.diff(np.floor(np.cumsum(rng.gamma(4, 10, 100)) / 10) * 10, prepend=0))
        low, high = kept.mean_interval()
        return low, 40, high

    check(held(case))


@pytest.mark.parametrize(("share", "requests"), [(0.01, 1000), (0.05, 200)])
def test_cold_share(share, requests):
    def case(rng, _):
        low, high = share_interval(int(rng.binomial(requests, share)), requests)
        return low, share, high

    check(held(case))


def test_processors_near_their_limit_tell_no_cpu_time():
    rps = np.linspace(1, 100, 50)
    law = utilisation_law((rps, np.minimum(rps * 1.18, 95), np.full(50, 1.0)))
    assert law is not None and "above 70 % of CPU" in law.notes[0]
    assert law.cpu_ms(1).value == pytest.approx(11.8)
    assert utilisation_law((np.linspace(10, 15, 50), np.linspace(12, 18, 50), np.full(50, 1.0))) is None


def test_values_beyond_those_held_and_one_by_one(monkeypatch):
    monkeypatch.setattr("lambdaplan.evidence.statistics.MOST_KEPT", 1000)
    draws = np.random.default_rng(3).gamma(2, 50, 30_000)
    binned, single = Values(), Values()
    for start in range(0, len(draws), 700):
        binned.extend(draws[start : start + 700])
    for one in draws[:900]:
        single.add(float(one))
    assert (
        binned.n == 30_000
        and binned.mean == pytest.approx(draws.mean())
        and binned.cv == pytest.approx(draws.std() / draws.mean())
    )
    assert binned.percentiles(50, 95, 99) == pytest.approx(list(np.percentile(draws, [50, 95, 99])), rel=2e-3)
    assert single.percentiles(50, 99) == pytest.approx(list(np.percentile(draws[:900], [50, 99])))


def test_student_agrees_with_its_table():
    """Two-sided 95 %: 2.042 at 30, 2.000 at 60, 1.980 at 120 degrees of freedom."""
    assert [round(student_t(n), 3) for n in (1, 10, 30, 60, 120)] == [12.706, 2.228, 2.042, 2.0, 1.98]


def test_cpu_time_beyond_the_duration_is_a_conflict_and_not_an_error(tmp_path):
    """400 ms of CPU in 100 ms at 512 MB: at most 100 x 512 / 1769 = 28.9 ms on one thread."""
    event = {"function_name": "f", "cold_start": False, "total_memory": 512, "used_memory_max": 90}
    path = tmp_path / "insights.jsonl"
    path.write_text("\n".join(json.dumps({**event, "duration": 100, "cpu_total_time": 400}) for _ in range(9)))
    imported = import_files([path])
    (conflict,) = imported.conflicts
    assert [round(one.value, 1) for one in conflict.values] == [28.9, 400]
    assert imported.scenario["workload"]["cpu_ms"] == pytest.approx(100 * 512 / 1769, rel=2e-5)
