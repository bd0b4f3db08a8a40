"""CPU credits: AWS's worked example, faults reported from the field, and an independent walk over random weeks."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest

import lambdaplan
import oracle_auto
import oracle_credits
import strategies
from campaigns import chunks, seeds
from lambdaplan import Scenario, UsageDocument
from lambdaplan.capacity.cpu_credits import Credits, bounds_between, credits_by_hour
from lambdaplan.capacity.sustained_fleet import following, standing_share, standing_share_along
from lambdaplan.numbers import Column
from places import GOLDEN

FIELD = GOLDEN / "field"
CREDITS_A_VCPU_HOUR = 60


def field_case(name):
    return json.loads((FIELD / f"{name}.json").read_text("utf-8"))


# ---------------------------------------------------------------- AWS's worked example

# "Unlimited mode examples", example 1, Amazon EC2 User Guide (awsdocs/amazon-ec2-user-guide at 0f17a81,
# doc_source/unlimited-mode-examples.md, read 2026-11-30): a t3.nano, 2 vCPU with a baseline of 5 %. Hours, mean CPU
# utilisation in percent, and what the page says at the end: balance, surplus, charged in this time. The page rounds
# 122.4, 447.6 and 303.6 to whole credits, and 120 - 6 for each hour of the burst to 570 in all.
AWS_T3_NANO = [
    (24, 0, 144, 0, 0),
    (12, Fraction(5, 2), 144, 0, 0),
    (24, 7, Fraction("86.4"), 0, 0),
    (12, Fraction(5, 2), Fraction("122.4"), 0, 0),
    (5, 100, 0, 144, Fraction("303.6")),
    (13, 5, 0, 144, 0),
    (24, 0, 0, 0, 0),
]
T3_NANO_EARNED = Fraction(2 * 5, 100)


def aws_week():
    """The 114 hours of the example, with the hours that are left of the week idle before them: the balance is full."""
    shares = [Fraction(2 * share) / 100 for hours, share, *_ in AWS_T3_NANO for _ in range(hours)]
    return [Fraction(0)] * (168 - len(shares)) + shares


def test_the_oracle_walks_the_example_of_aws():
    one = oracle_credits.Instance(T3_NANO_EARNED)
    for hours, share, balance, surplus, charged in AWS_T3_NANO:
        sums = sum(one.hour(Fraction(2 * share) / 100) for _ in range(hours))
        there = [amount * CREDITS_A_VCPU_HOUR for amount in (one.balance, one.surplus, sums)]
        assert there == [balance, surplus, charged]


def test_the_example_of_aws_is_charged_304_credits():
    charged = credits_by_hour(aws_week(), [1] * 168, T3_NANO_EARNED).surplus * CREDITS_A_VCPU_HOUR
    assert charged == Fraction("303.6") and round(charged) == 304


# ---------------------------------------------------------------- reported from the field


def test_a_day_at_15_percent_is_paid_by_idle_days():
    # It spends 432 credits and earns 144: 144 from the balance, 144 surplus, which the idle days pay back.
    result = lambdaplan.compare(Scenario.from_dict(field_case("c1_credits_one_day_a_week"))).options[0]
    assert result.fleet.credits.surplus == 0
    assert result.cost_usd == 730 * Fraction("0.0052") + 8 * Fraction("0.08")


def test_a_usage_document_gives_surplus_as_it_was_charged():
    bill = lambdaplan.bill(UsageDocument.from_dict(field_case("b1_t3_credits_us_east_1")))
    assert bill.exact_usd == 720 * Fraction("0.0052") + 1368 * Fraction("0.05") == Fraction("72.144")


def test_an_hour_a_day_at_full_runs_on_one_instance_of_standard_credits():
    # 120 credits spent a day, 576 earned and kept.
    result = lambdaplan.compare(Scenario.from_dict(field_case("c2_standard_credits"))).options[0]
    assert result.fleet.units_mean == result.fleet.units_peak == 1
    assert result.cost_usd == 730 * Fraction("0.0416") + 8 * Fraction("0.08")
    assert result.bill.total_usd == Decimal("31.01")


# ---------------------------------------------------------------- standard credits, by hand


def standard(requests, traffic, **fields):
    """A t3.medium (2 vCPU, 0.4 earned) on standard credits, 100 ms of CPU a request, 730 hours."""
    given = {"min_units": 1, "zones": 1, "survive_zone_loss": False, "target_utilisation": 1, "front_door": "none"}
    option = {"kind": "ec2", "instance_type": "t3.medium", "cpu_credits": "standard", **given, **fields}
    work = {"requests_per_month": requests, "duration_ms": 100, "cpu_ms": 100, "working_set_mb": 300}
    document = {"version": 1, "name": "standard", "workload": work | {"traffic": traffic}, "options": [option]}
    return lambdaplan.compare(Scenario.from_dict(document)).options[0]


def a_month_of(rps, hours_a_week):
    return rps * 3600 * hours_a_week * 730 // 168


def test_a_flat_week_needs_what_it_uses_over_what_one_earns():
    # 1.2 vCPU of 0.4 each: three. 1.4 vCPU: now three, which spend credits, and now four, which earn some.
    assert standard(12 * 3600 * 730, {"shape": "flat", "burst": 1}).fleet.units_mean == 3
    result = standard(14 * 3600 * 730, {"shape": "flat", "burst": 1})
    assert 3.5 <= result.fleet.units_mean < 3.6 and set(result.fleet.by_weight) == {3, 4}


def test_a_new_instance_has_no_credits_so_a_rise_needs_as_many_as_earn_it():
    # Of an hour at 10 vCPU the load asks for five. Four of these are new: 10 / n <= 0.4 from 25 on.
    day = [100 if hour % 24 == 12 else 0 for hour in range(168)]
    result = standard(a_month_of(100, 7), {"hourly": day, "burst": 1})
    assert result.fleet.units_peak == 25
    # Five that stand all day have 9.6 each, and use 2 - 0.4.
    assert standard(a_month_of(100, 7), {"hourly": day, "burst": 1}, min_units=5).fleet.units_peak == 5


def test_a_day_at_full_lasts_as_long_as_full_credits_do():
    # 2 vCPU for a day: 9.6 kept last six hours at 1.6 more than earned. Then five, and so for the rest of the day.
    result = standard(a_month_of(20, 24), {"hourly": [20] * 24 + [0] * 144, "burst": 1})
    assert [int(many) for many in result.fleet.hourly(result.scenario.workload.traffic)] == [1] * 6 + [5] * 18 + [
        1
    ] * 144


def test_a_fixed_fleet_and_given_units_stand_on_full_credits():
    # The day at 2 vCPU: N x (9.6 + 24 x 0.4) >= 48 from 2.5 on.
    traffic, requests = {"hourly": [20] * 24 + [0] * 144, "burst": 1}, a_month_of(20, 24)
    assert standard(requests, traffic, scaling="fixed").fleet.units_mean == 3
    assert standard(requests, traffic, units=3).feasible
    assert not standard(requests, traffic, units=2).feasible
    assert not standard(requests, traffic, max_units=4).feasible and standard(requests, traffic, max_units=5).feasible


# ---------------------------------------------------------------- random weeks


def random_week(seed):
    """Use of each hour, units of each hour, and what one earns: fleets that follow the load, stand, or vary at random."""
    rng = random.Random(seed)
    traffic = strategies.week(rng) if seed % 2 else {"hourly": strategies.hourly_weights(rng)}
    weights = [Fraction(str(weight)) for weight in traffic.get("hourly") or oracle_auto.shapes()[traffic["shape"]]]
    earned = 2 * rng.choice((Fraction(1, 20), Fraction(1, 10), Fraction(1, 5), Fraction(3, 10), Fraction(2, 5)))
    size = rng.choice((1, 3, 12, 30)) * Fraction(rng.randint(1, 1000), 1000) * earned
    used = [weight * size / max(weights) for weight in weights]
    burst, target = rng.choice((1, Fraction(3, 2), 3)), rng.choice((Fraction(3, 5), 1))
    least, how = rng.choice((0, 1, 2, 2, 5)), rng.randint(0, 3)
    units = [max(least, ceil(use * burst / 2 / target)) for use in used]
    if how == 0:
        units = [max(units)] * 168
    elif how == 1:
        units = [rng.randint(1 if use else 0, 6) for use in used]
    return used, units, earned


@pytest.mark.parametrize("some", chunks(25, 1000, 25), ids=str)
def test_surplus_is_that_of_a_walk_instance_by_instance(some):
    for seed in some:
        used, units, earned = random_week(seed)
        charged = oracle_credits.charged_week(used, units, earned)
        kept = credits_by_hour(used, units, earned)
        if charged is not None:  # one that gains or loses next to nothing in a week does not come to rest in time
            assert kept.surplus == charged, f"seed {seed}"
        by_kinds = oracle_credits.charged(used, units, earned)
        assert kept.surplus == by_kinds, f"seed {seed}"
        twice = Credits(Column([kept.used, kept.used]), kept.units, kept.place_of_hour, earned)
        floats = np.asarray(twice.surplus)
        assert np.isnan(floats).all() or floats == pytest.approx([float(kept.surplus)] * 2, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_no_surplus_without_use_above_the_baseline_nor_without_use(seed):
    used, units, earned = random_week(seed)
    covered = [min(use, many * earned) for use, many in zip(used, units, strict=True)]
    assert credits_by_hour(covered, units, earned).surplus == 0
    assert credits_by_hour([Fraction(0)] * 168, units, earned).surplus == 0


@pytest.mark.parametrize("seed", range(10))
def test_surplus_grows_with_use_in_straight_pieces_that_bend_upwards(seed):
    used, units, earned = random_week(seed)
    kept = credits_by_hour(used, units, earned)
    times = [Fraction(step, 16) for step in range(16, 33)]
    grown = [credits_by_hour([use * more for use in used], units, earned) for more in times]
    rises = np.diff([one.surplus for one in grown])
    assert (rises >= 0).all() and (np.diff(rises) >= 0).all()
    for left, middle, right in zip(grown, grown[1:], grown[2:], strict=False):
        if left.pattern == right.pattern:
            assert left.pattern == middle.pattern
            assert left.surplus + right.surplus == 2 * middle.surplus
    assert kept.surplus == grown[0].surplus


@pytest.mark.parametrize("seed", seeds(10, 1000))
def test_surplus_between_two_weeks_is_within_its_bounds(seed):
    """Use and units of each hour lie anywhere between those of two weeks, which may be far apart or near."""
    rng = random.Random(40_000 + seed)
    used, units, earned = random_week(seed)
    most = rng.choice((0, 1, 1, 3))
    grown = [use * (1 + Fraction(rng.randint(0, 100), rng.choice((100, 1000, 10_000)))) for use in used]
    more = [many + (rng.randint(0, most) if rng.random() < rng.choice((0.01, 0.1, 1)) else 0) for many in units]
    ends = [credits_by_hour(*week, earned) for week in ((used, units), (grown, more))]
    order = np.arange(168)
    rows = [[np.array(week, dtype=float) for week in part] for part in ((used, grown), (units, more))]
    like = Credits(rows[0][0], rows[1][0], order, earned)
    surplus = np.array([float(one.surplus) for one in ends])
    for _ in range(5):
        between = (
            [low + (high - low) * Fraction(rng.randint(0, 4), 4) for low, high in zip(used, grown, strict=True)],
            [rng.randint(low, high) for low, high in zip(units, more, strict=True)],
        )
        here = float(credits_by_hour(*between, earned).surplus)
        for way in (slice(None), slice(None, None, -1)):
            least, most_ = bounds_between(np.array(rows[0])[way], np.array(rows[1])[way], surplus[way], like)
            assert least[0] - 1e-9 <= here <= most_[0] + 1e-9, f"seed {seed}"


@pytest.mark.parametrize("some", chunks(10, 1000, 10), ids=str)
def test_a_fleet_on_standard_credits_is_that_of_a_walk_instance_by_instance(some):
    for seed in some:
        used, units, earned = random_week(seed)
        fleet = following(np.array(used, dtype=object), np.array(units, dtype=object), earned)
        again = oracle_credits.standard_week_from(used, units, earned, 1, 1)[0]
        assert list(fleet.units) == again, f"seed {seed}"
        if max(used) <= 12 * earned:
            assert again == oracle_credits.standard_week(used, units, earned), f"seed {seed}"
        along = following(Column(np.array([used, used], dtype=float)), np.array(units, dtype=object), earned)
        floats = np.asarray(along.units)
        assert np.isnan(floats).any() or (floats == np.array(again, dtype=float)).all(), f"seed {seed}"
        standing = -(-standing_share(used) // earned)
        assert standing == oracle_credits.standing(used, earned), f"seed {seed}"
        assert float(standing_share_along(np.array([used], dtype=float))[0]) == pytest.approx(
            float(standing_share(used)), rel=1e-12
        )


# 62: a week that uses no more than it earns where it begins, and more where it ends, with the same fleet
@pytest.mark.parametrize("seed", seeds(10, 300, kept=[62]))
def test_a_fleet_on_standard_credits_is_the_same_as_long_as_its_pattern_is(seed):
    used, units, earned = random_week(seed)
    per_request, here = [use / 1_000_003 for use in used], 1_000_003

    def at(requests):
        return following(
            np.array([use * requests for use in per_request], dtype=object), np.array(units, dtype=object), earned
        )

    again, last = oracle_credits.standard_week_from(per_request, units, earned, here, 2 * here)
    assert list(at(last).units) == again
    assert at(last).pattern == at(here).pattern or at(here).pattern == 0  # weeks that spend no credits have none
    assert last == 2 * here or at(last + 1).pattern != at(here).pattern or list(at(last + 1).units) == again


@pytest.mark.parametrize("seed", range(20))
def test_a_fleet_on_standard_credits_is_between_what_the_load_and_what_earnings_ask_for(seed):
    used, least, earned = random_week(seed)
    fleet = following(np.array(used, dtype=object), np.array(least, dtype=object), earned)
    most = [max(many, ceil(use / earned)) for use, many in zip(used, least, strict=True)]
    assert all(low <= many <= high for low, many, high in zip(least, fleet.units, most, strict=True))
