"""Measured percentiles of request times: the fit, what it gives the queue, and what verdicts hang on."""

from __future__ import annotations

import itertools
import json
import math
import random
from fractions import Fraction as F

import numpy as np
import pytest

import lambdaplan
import oracle_auto
from campaigns import seeds
from lambdaplan.capacity.percentile_fit import fitted
from lambdaplan.errors import InputError
from lambdaplan.queueing.queue import response_above, service_above
from lambdaplan.queueing.tails import gamma_quantile
from lambdaplan.workload.spread import Percentiles
from strategies import lognormal_percentiles

NAMES = {50: "p50_ms", 95: "p95_ms", 99: "p99_ms"}
PAIRS = [*itertools.combinations(NAMES, 2), tuple(NAMES)]
FUNCTION = {"kind": "lambda", "memory_mb": 1769, "front_door": "none"}
TASK = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "min_units": 1, "survive_zone_loss": False}


def erlang_percentiles(mean_ms, phases, percents=tuple(NAMES)):
    """Percentiles of a sum of exponential phases, by halving: 1 - e^-x (1 + x + ... + x^(k-1)/(k-1)!)."""
    found = {}
    for percent in percents:
        low, high = 0.0, 400.0 * phases
        for _ in range(200):
            x = (low + high) / 2
            above = math.exp(-x) * sum(x**k / math.factorial(k) for k in range(phases))
            low, high = (x, high) if above > 1 - percent / 100 else (low, x)
        found[NAMES[percent]] = mean_ms * low / phases
    return found


def scenario(*options, percentiles=None, **work):
    given = {"requests_per_month": 3 * 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180} | work
    if percentiles is not None:
        given["percentiles"] = percentiles
    document = {"version": 1, "name": "spread", "workload": given, "options": list(options or (FUNCTION,))}
    return lambdaplan.Scenario.from_dict(document)


def exact(percentiles):
    return Percentiles(**{name: F(ms) for name, ms in percentiles.items()})


# percentiles of distributions drawn at random


@pytest.mark.parametrize("seed", seeds(6, 300))
def test_a_lognormal_distribution_is_found_from_any_two_of_its_percentiles(seed):
    rng = random.Random(seed)
    mean_ms, sigma, percents = 10 ** rng.uniform(0, 4), rng.uniform(0.05, 1.6), rng.choice(PAIRS)
    given = lognormal_percentiles(mean_ms, sigma, percents)
    spread = fitted(exact(given), F(mean_ms))
    assert spread.family == "lognormal"
    assert spread.cv == pytest.approx(math.sqrt(math.expm1(sigma**2)), rel=1e-9)
    assert spread.mean_ms == pytest.approx(mean_ms, rel=1e-9)
    one = lambdaplan.compare(scenario(percentiles=given, duration_ms=mean_ms)).options[0]
    for percent in NAMES:  # those that were not given too
        wanted = lognormal_percentiles(mean_ms, sigma, (percent,))[NAMES[percent]]
        assert one.answer_ms(percent) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_a_gamma_distribution_is_found_from_its_percentiles(seed):
    rng = random.Random(seed)
    mean_ms, phases, percents = 10 ** rng.uniform(0, 4), rng.choice((1, 2, 3, 5, 9)), rng.choice(PAIRS)
    spread = fitted(exact(erlang_percentiles(mean_ms, phases, percents)), F(mean_ms))
    assert (spread.family, spread.cv) == ("gamma", pytest.approx(phases**-0.5, rel=1e-5))
    assert spread.mean_ms == pytest.approx(mean_ms, rel=1e-5)


def test_the_percentiles_of_exponential_times_change_nothing():
    given = {NAMES[p]: -200 * math.log(1 - p / 100) for p in NAMES}
    assumed, measured = (lambdaplan.compare(scenario(FUNCTION, TASK, percentiles=p)).options for p in (None, given))
    for one, other in zip(assumed, measured, strict=True):
        assert one.answer_ms(99) == pytest.approx(other.answer_ms(99), rel=1e-6)


@pytest.mark.parametrize("seed", seeds(5, 200))
def test_samples_of_many_kinds_are_met_within_the_misfit_that_is_told(seed):
    rng = np.random.default_rng(seed)
    kind = ("gamma", "lognormal", "weibull", "two kinds")[seed % 4]
    size = 200_000
    times = {
        "gamma": lambda: rng.gamma(rng.uniform(0.4, 8), 1, size),
        "lognormal": lambda: rng.lognormal(0, rng.uniform(0.2, 1.2), size),
        "weibull": lambda: rng.weibull(rng.uniform(0.8, 3), size),
        "two kinds": lambda: np.where(rng.random(size) < 0.1, rng.uniform(3, 9), 1) * rng.gamma(6, 1, size),
    }[kind]()
    times *= 200 / times.mean()
    given = {NAMES[p]: float(np.percentile(times, p)) for p in NAMES}
    one = lambdaplan.compare(scenario(percentiles=given))
    spread = one.scenario.workload.spread
    told = max(abs(off) for off in spread.misfits.values())
    if kind in ("gamma", "lognormal"):  # sampling alone: 200,000 times
        assert told < 0.03 and spread.mean_ms == pytest.approx(200, rel=0.03)
    for percent in NAMES:
        answer = one.options[0].answer_ms(percent)
        ratio = answer / given[NAMES[percent]] * spread.mean_ms / 200
        assert ratio - 1 == pytest.approx(spread.misfits[NAMES[percent]], abs=1e-6)
    assert any("workload.percentiles" in line for line in one.warnings) == (
        told > 0.1 or abs(200 / spread.mean_ms - 1) > 0.1
    )


def test_constant_times_are_constant():
    spread = scenario(percentiles={"p50_ms": 200, "p99_ms": 200}).workload.spread
    assert (spread.cv, spread.words) == (0, "constant")


@pytest.mark.parametrize("cv", [0.02, 0.3, 0.71, 1, 1.7, 4])
def test_gamma_quantiles_are_where_the_tail_says(cv):
    shape = 1 / cv**2
    for below in (0.5, 0.95, 0.99):
        x = gamma_quantile(shape, below)
        above = float(service_above(np.array(x / shape), np.array(1.0), cv + 1e-15 * (cv == 1)))
        assert above == pytest.approx(1 - below, rel=1e-9)


# the queue with lognormal service


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 1.8])
@pytest.mark.parametrize("wait_s", [1e-4, 0.02, 0.3, 5])
def test_service_and_wait_together_are_their_integral(sigma, wait_s):
    service_s, waits = 0.2, 0.4
    oracle = oracle_auto.Lognormal(lognormal_percentiles(200, sigma))
    cv = math.sqrt(math.expm1(sigma**2))
    for t_s in (0.01, 0.15, 0.3, 1.0, 4.0):
        parts = (np.array(value) for value in (t_s, service_s))
        found = float(response_above(*parts, cv, np.array(waits), np.array(wait_s), "lognormal"))
        wanted = oracle.tail(service_s, t_s) + waits * oracle.service_and_wait_below(service_s, 1 / wait_s, t_s)
        assert found == pytest.approx(wanted, rel=1e-7, abs=1e-13)


def test_fleets_are_the_smallest_that_answer_in_time_by_the_fitted_distribution():
    given = lognormal_percentiles(200, 0.7, tuple(NAMES))
    work = {"concurrency_per_process": 1, "slo": {"percentile": 99, "response_ms": 1500}, "percentiles": given}
    work |= {"traffic": {"shape": "flat", "burst": 1}, "measured_memory_mb": 1769}
    (result,) = lambdaplan.compare(scenario(TASK, **work)).options
    (way,) = oracle_auto.option(result.scenario.document() | {"include": ["compute"]}, 0).ways
    rps = F(3 * 10**7, 3600 * 730)
    way.load.service_cv = oracle_auto.Lognormal(given)
    assert result.fleet.units_peak == way.needed(rps)
    assert 1 - way.late(int(result.fleet.units_peak), rps) >= 0.99 > 1 - way.late(int(result.fleet.units_peak) - 1, rps)


def test_on_another_memory_the_spread_stays_and_the_mean_scales():
    given = {"p50_ms": 150, "p95_ms": 500, "p99_ms": 900}
    small, large = lambdaplan.compare(
        scenario(FUNCTION | {"memory_mb": 512}, FUNCTION, percentiles=given, measured_memory_mb=1769)
    ).options
    for percent in NAMES:
        ratio = small.answer_ms(percent) / large.answer_ms(percent)
        assert ratio == pytest.approx(float(small.fleet.wall_ms / large.fleet.wall_ms))


def test_along_the_duration_the_spread_stays_and_crossovers_hold_on_both_sides():
    work = {"slo": {"percentile": 95, "response_ms": 700}, "concurrency_per_process": 2, "requests_per_month": 10**7}
    document = scenario(FUNCTION, TASK, percentiles={"p50_ms": 150, "p95_ms": 500, "p99_ms": 900}, **work).document()
    document["sweep"] = {"over": "workload.duration_ms", "from": 255, "to": 275, "scale": "linear"}
    swept = lambdaplan.compare(lambdaplan.Scenario.from_dict(document))
    assert swept.crossovers
    for change in swept.crossovers:
        there, before = (
            lambdaplan.compare(swept.scenario.at("workload.duration_ms", F(at))) for at in (change.at, change.at - 1)
        )
        assert (there.winner, before.winner) == (change.above, change.below) and there.winner != before.winner


# what does not go together


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (
            {"percentiles": {"p50_ms": 150, "p95_ms": 100}},
            "workload.percentiles.p50_ms = 150 does not fit: at most p95_ms",
        ),
        ({"percentiles": {"p95_ms": 150}}, "workload.percentiles is missing: two or more of p50_ms, p95_ms, p99_ms"),
        ({"percentiles": {"p50_ms": 100, "p90_ms": 150}}, "p90_ms"),
        ({"percentiles": {"p50_ms": 0, "p99_ms": 150}}, "above 0"),
        # half of the requests take 500 ms, 5 % take 600: their mean is at least 255
        ({"percentiles": {"p50_ms": 500, "p95_ms": 600}}, "at least 255 (ms)"),
        ({"percentiles": {"p50_ms": 150, "p95_ms": 500}, "service_cv": 0.5}, "workload.service_cv = 0.5 does not fit"),
    ],
)
def test_conflicts_are_one_clear_line(work, words):
    with pytest.raises(InputError) as caught:
        scenario(**work)
    assert len(caught.value.problems) == 1 and words in caught.value.problems[0].line


def test_a_mean_that_does_not_go_with_them_is_a_warning():
    said = lambdaplan.compare(scenario(percentiles={"p50_ms": 150, "p95_ms": 500}, duration_ms=300)).warnings
    (line,) = [line for line in said if "percentiles" in line]
    assert "go with a mean of" in line and "duration_ms is 300" in line


# what is told


def test_the_fit_is_told_in_documents_words_and_pages():
    given = {"p50_ms": 150, "p95_ms": 500, "p99_ms": 900}
    comparison = lambdaplan.compare(scenario(percentiles=given))
    spread = comparison.document()["spread"]
    assert (spread["from"], spread["family"]) == ("percentiles", "lognormal")
    assert spread["fitted_ms"]["p99_ms"] / 900 - 1 == pytest.approx(spread["misfit"]["p99_ms"])
    json.dumps(spread)
    again = lambdaplan.Scenario.from_dict(comparison.scenario.document())
    assert again == comparison.scenario and "service_cv" not in comparison.scenario.document()["workload"]
    assert lambdaplan.compare(scenario()).document()["spread"] == {
        "from": "assumed",
        "family": "exponential",
        "service_cv": 1.0,
    }
    assert lambdaplan.compare(scenario(service_cv=0.5)).document()["spread"]["from"] == "service_cv"


def test_they_take_the_place_of_the_usual_spread_of_a_scenario_that_is_changed():
    given = {"p50_ms": 150, "p95_ms": 500}
    assert scenario().with_values({"workload.percentiles": given}) == scenario(percentiles=given)


# verdicts that hang on a spread nobody gave


def hangs(*options, **work):
    said = lambdaplan.compare(scenario(*options, **work)).warnings
    return [line for line in said if "service_cv = 1 (exponential)" in line]


def test_a_verdict_that_another_spread_changes_is_told_in_one_line():
    # exponential: 95 % within 200 x log 20 = 599 ms; a gamma of cv 2: 1,040
    (line,) = hangs(slo={"percentile": 95, "response_ms": 700})
    assert "with 2 Lambda 1769 MB no longer holds it" in line and "with 0.5" not in line
    (line,) = hangs(slo={"percentile": 95, "response_ms": 500})
    assert "with 0.5 Lambda 1769 MB holds it too" in line and "with 2" not in line
    assert hangs(slo={"percentile": 95, "response_ms": 5000}) == []
    assert hangs() == []


def test_fleets_that_another_spread_makes_larger_are_told():
    slo = {"percentile": 95, "response_ms": 900}
    (line,) = hangs(TASK | {"label": "Tasks"}, slo=slo, concurrency_per_process=1)
    assert "with 0.5 Tasks has" in line and "units at its peak, not" in line


def test_a_spread_that_is_given_is_not_doubted():
    slo = {"percentile": 95, "response_ms": 700}
    assert hangs(slo=slo, service_cv=0.9) == []
    assert hangs(slo=slo, percentiles={"p50_ms": 150, "p95_ms": 500}) == []
