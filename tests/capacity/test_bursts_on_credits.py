"""Rare bursts on burstable types: an even part of every hour, against a walk instance by instance and random months."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction as F

import numpy as np
import pytest

import oracle_credits
from campaigns import PROVE, chunks
from lambdaplan import Scenario, atlas, compare, flips
from lambdaplan.analysis.winner_map import there
from lambdaplan.capacity.cpu_credits import Credits, bounds_between
from lambdaplan.capacity.fleet import rps_by_weight, used_vcpu
from lambdaplan.capacity.sustained_fleet import BurstUse, following, standing_share, standing_share_along
from lambdaplan.numbers import Column
from refusals import refused
from winners import assert_winners

REQUESTS = "workload.requests_per_month"
WORK = {"requests_per_month": 20_000_000, "duration_ms": 200, "cpu_ms": 40, "working_set_mb": 120}
BURSTS = [{"per_month": 50, "minutes": 10, "rps": 100}, {"per_month": 3, "minutes": 0.5, "rps": 300}]
TRAFFIC = {"shape": "office_hours", "burst": 1.5, "bursts": BURSTS}
FUNCTION = {"kind": "lambda", "memory_mb": 1024}
UNLIMITED = {"kind": "ec2", "instance_type": "t3.small"}
STANDARD = UNLIMITED | {"cpu_credits": "standard", "label": "standard"}


def asked(*options, traffic=None, work=None, **more):
    """A scenario with bursts."""
    given = WORK | (work or {}) | {"traffic": traffic or TRAFFIC}
    return Scenario.from_dict({"version": 1, "name": "bursts", "workload": given, "options": options, **more})


# ---------------------------------------------------------------- random weeks against a walk


def random_week(rng):
    """Use and units of 168 hours, and of one to three kinds of bursts: the busier, the more units."""
    earned = F(rng.randint(1, 8), 10)
    levels = sorted(rng.sample(range(60), rng.randint(1, 5)))
    sizes = sorted(rng.randint(0, 9) for _ in levels)
    day = [rng.randrange(len(levels)) for _ in range(24)]
    week = [day[hour % 24] if rng.random() < 0.9 else rng.randrange(len(levels)) for hour in range(168)]
    kinds = [(F(rng.randint(0, 90), 10), F(rng.randint(1, 30), 400)) for _ in range(rng.randint(1, 3))]
    return earned, levels, sizes, week, kinds


def as_credits(earned, levels, sizes, week, kinds, times=F(1)):
    """The same as the package has it, and as the oracle has it."""
    loads = {level: max(size, 1 if level else 0) for level, size in zip(levels, sizes, strict=True)}
    places = [(F(level, 10) * times, size, level) for level, size in loads.items()]
    bursts = []
    for use, share in kinds:
        under = [size for level, size in loads.items() if F(level, 10) <= use] or [0]
        size = max(under) + (int(use) if use > max(loads) / 10 else 0)
        bursts.append((use * times, max(size, 1 if use else 0), share))
    rows = [*places, *((use, size, ("burst", n)) for n, (use, size, _) in enumerate(bursts))]
    rows.sort(key=lambda row: row[1])
    at = {row[2]: place for place, row in enumerate(rows)}
    of_hour = np.array([at[levels[place]] for place in week])
    stated = tuple((at["burst", n], share) for n, (*_, share) in enumerate(bursts))
    used, units = (np.array([row[n] for row in rows], dtype=object) for n in (0, 1))
    ours = Credits(used, units, of_hour, earned, stated)
    hourly = [F(levels[place], 10) * times for place in week], [loads[levels[place]] for place in week]
    return ours, (*hourly, bursts, earned)


@pytest.mark.parametrize("chunk", chunks(4, 500, 4), ids=str)
def test_surplus_is_that_of_a_walk_instance_by_instance(chunk):
    for seed in chunk:
        week = random_week(random.Random(seed))
        ours, theirs = as_credits(*week)
        walked = oracle_credits.charged_with_bursts(*theirs, most_weeks=60)
        if walked is not None:
            assert ours.surplus == walked, seed
        swept = [as_credits(*week, times=F(n, 8))[0] for n in range(4, 13)]
        used = Column([[float(use) for use in one.used] for one in swept])
        along = Credits(used, ours.units, ours.place_of_hour, ours.earned, ours.bursts)
        exact = [one.surplus for one in swept]
        here = np.asarray(along.surplus)
        assert np.allclose(here[~np.isnan(here)], np.array(exact, dtype=float)[~np.isnan(here)], atol=1e-9)
        # while units stay as they are, places with one pattern have a straight line between
        for a, b, c in zip(range(7), range(1, 8), range(2, 9), strict=True):
            if along.pattern[a] == along.pattern[b] == along.pattern[c]:
                assert 2 * exact[b] == exact[a] + exact[c]


@pytest.mark.parametrize("chunk", chunks(5, 500, 5), ids=str)
def test_surplus_between_two_weeks_is_within_its_bounds(chunk):
    for seed in chunk:
        rng = random.Random(seed)
        week = random_week(rng)
        one = as_credits(*week)[0]
        grown = [min(size + rng.choice((0, 0, 1, 2)), 12) for size in np.array(week[2])]
        grown = list(np.maximum.accumulate(grown))
        other = as_credits(week[0], week[1], grown, *week[3:], times=F(rng.randint(8, 16), 8))[0]
        if [*one.place_of_hour, *one.bursts] != [*other.place_of_hour, *other.bursts]:
            continue
        ends = [one, other] if all(other.used >= one.used) and all(other.units >= one.units) else None
        if ends is None:
            continue
        parts = (np.array([[float(x) for x in getattr(end, name)] for end in ends]) for name in ("used", "units"))
        used, units = (part[:, one.in_order] for part in parts)
        least, most = bounds_between(used, units, np.array([float(end.surplus) for end in ends]), one)
        for part in (F(1, 3), F(2, 3)):
            between = one.used + (other.used - one.used) * part
            steps = np.array(
                [int(a + (b - a) * part) for a, b in zip(one.units, other.units, strict=True)], dtype=object
            )
            there = float(Credits(between, steps, one.place_of_hour, one.earned, one.bursts).surplus)
            assert least[0] - 1e-9 <= there <= most[0] + 1e-9, seed


@pytest.mark.parametrize("chunk", chunks(2, 300, 2), ids=str)
def test_fleets_on_standard_credits_are_those_of_a_walk(chunk):
    for seed in chunk:
        rng = random.Random(seed)
        earned, levels, _, week, kinds = random_week(rng)
        used = [F(levels[place], 10) for place in week]
        least = [-(-levels[place] // 20) for place in week]
        bursts = []
        for use, share in kinds:
            lasts = max(F(rng.randint(1, 40), 20), share)
            bursts.append((use, int(-(-use // 2)), share, lasts * len(kinds)))
        units, more = oracle_credits.standard_week_with_bursts(used, least, bursts, earned)
        stated = [BurstUse(use, carried, -(-use // earned), share, lasts) for use, carried, share, lasts in bursts]
        ours = following(np.array(used, dtype=object), np.array(least, dtype=object), earned, stated)
        rows = [int(many) for many in ours.units]
        assert rows[:168] == units, seed
        for n, at in enumerate(ours.burst_at):
            assert [rows[place] for place in at] == [sizes[n] for sizes in more], seed
        times = [F(n, 7) for n in range(4, 12)]
        table = [b._replace(used=Column([float(b.used * t) for t in times])) for b in stated]
        table = [
            b._replace(earning=Column([float(-(-s.used * t // earned)) for t in times]))
            for b, s in zip(table, stated, strict=True)
        ]
        along = following(
            Column([[float(use * t) for use in used] for t in times]), np.array(least, dtype=object), earned, table
        )
        for n, t in enumerate(times):
            at_point = [s._replace(used=s.used * t, earning=-(-s.used * t // earned)) for s in stated]
            there = following(
                np.array([use * t for use in used], dtype=object), np.array(least, dtype=object), earned, at_point
            )
            here = np.asarray(along.units)[n]
            assert np.isnan(here).all() or (here == np.array(there.units, dtype=float)).all()


@pytest.mark.parametrize("chunk", chunks(5, 300, 5), ids=str)
def test_what_stands_on_full_credits_lasts_through_a_burst_at_any_time(chunk):
    """Walked from full over three weeks of mean hours: at the start of each hour enough is left for one more burst."""
    for seed in chunk:
        rng = random.Random(seed)
        used = [F(rng.choice((0, 1, 5, 20)), 10) for _ in range(168)]
        bursts = [(F(rng.randint(1, 200), 10), F(rng.randint(1, 40), 4)) for _ in range(rng.randint(1, 2))]
        share = standing_share(used, bursts)

        def lasts(units, used=used, bursts=bursts):
            balance = F(24)
            for use in used * 3:
                if any(hours * (burst / units - 1) > balance for burst, hours in bursts) or balance < 0:
                    return False
                balance = min(balance + 1 - use / units, F(24))
            return balance >= 0

        assert lasts(share) and not lasts(share * F(999, 1000))
        columns = [(Column([float(use)]), hours) for use, hours in bursts]
        assert float(standing_share_along(np.array([used]), columns)[0]) == pytest.approx(float(share), rel=1e-12)


# ---------------------------------------------------------------- months with bursts at random times


def month_by_month(scenario, months, seed):
    """Surplus vCPU-hours a month where bursts come at random, moment by moment, of a fleet that follows its load."""
    rng, result = random.Random(seed), compare(scenario).options[0]
    work, hours = scenario.workload, int(scenario.hours_per_month)
    traffic, unit = work.traffic, result.option.unit(scenario.book)
    used = [float(use) for use in used_vcpu(rps_by_weight(work, scenario.hours_per_month), work, unit)]
    earned = float(result.fleet.credits.earned)
    cap, units = 24 * earned, [int(many) for many in result.fleet.by_weight]
    week = [int(place) for place in traffic.which]
    balances, charged, hour = [], 0.0, 0
    for month in range(months + 1):  # the first is the way there
        starts = []
        for place, load in traffic.burst_places:
            for _ in range(int(load.per_month)):
                at = rng.uniform(0, hours - float(load.seconds) / 3600)
                starts.append((at, at + float(load.seconds) / 3600, place))
        cuts = sorted({float(h) for h in range(hours + 1)} | {edge for one in starts for edge in one[:2]})
        sums = 0.0
        for begin, end in itertools.pairwise(cuts):
            middle = (begin + end) / 2
            base = week[(hour + int(middle)) % 168]
            here = [place for a, b, place in starts if a < middle < b]
            place = max(here, key=lambda place: units[place]) if here else base
            many = units[place]
            sums += sum(max(-one, 0) for one in balances[many:])
            balances = balances[:many] + [0.0] * (many - len(balances))
            gain = (earned - used[place] / many) * (end - begin)
            sums += sum(max(-(one + gain) - cap, 0) for one in balances)
            balances = [min(max(one + gain, -cap), cap) for one in balances]
        hour += hours
        charged += sums if month else 0
    return charged / months, float(result.fleet.credits.month_surplus(scenario.hours_per_month))


@pytest.mark.parametrize(
    ("traffic", "work", "near"),
    [
        (TRAFFIC, {}, 0.02),  # rare and short: what those that start owe
        ({"shape": "flat", "burst": 1, "bursts": [{"per_month": 20, "minutes": 120, "rps": 60}]}, {}, 0.03),
        ({"shape": "flat", "burst": 1, "bursts": BURSTS}, {"requests_per_month": 50_000_000}, 0.02),
        (TRAFFIC, {"requests_per_month": 60_000_000}, 0.02),  # always above
    ],
)
def test_surplus_is_near_that_of_months_with_bursts_at_random(traffic, work, near):
    scenario = asked(UNLIMITED | {"front_door": "none"}, traffic=traffic, work=work)
    walked, ours = month_by_month(scenario, 400 if PROVE else 60, 7)
    assert ours == pytest.approx(walked, rel=near)


def test_a_burst_of_a_whole_day_may_owe_what_even_ones_do_not():
    """Two a month, 50/s on two instances: each spends 0.6 of 0.4 earned more an hour for a day, and 9.6 may be owed."""
    day = {"shape": "flat", "burst": 1, "bursts": [{"per_month": 2, "minutes": 1440, "rps": 50}]}
    scenario = asked(UNLIMITED | {"front_door": "none"}, traffic=day, work={"requests_per_month": 50_000_000})
    walked, ours = month_by_month(scenario, 400 if PROVE else 60, 7)
    assert ours == 0 and 3 < walked < 6


# ---------------------------------------------------------------- answers


def test_what_starts_for_a_burst_is_charged_above_what_it_earns():
    """100/s of 40 ms are 4 vCPU: on 4 instances each owes 1 - 0.4 for every hour of it, if it does not stand anyway."""
    fleet, traffic = (result := compare(asked(UNLIMITED)).options[0]).fleet, asked(UNLIMITED).workload.traffic
    (at, load), (other, shorter) = traffic.burst_places
    units, more = int(fleet.by_weight[at]), int(fleet.by_weight[other])
    hourly = [int(many) for many in fleet.hourly(traffic)]
    assert (units, more, max(hourly)) == (4, 12, 2)
    due = 2 * load.time_share * (F(4, 4) - F(2, 5)) + 10 * shorter.time_share * (F(12, 12) - F(2, 5))
    assert fleet.credits.month_surplus(730) == 730 * due  # those that stand earn what they use
    assert load.time_share == F(50 * 10, 60 * 730)
    (line,) = (line for line in result.bill.lines if "credits" in line.item)
    assert line.quantity == 730 * due


@pytest.mark.parametrize(
    ("option", "low", "high"),
    [(UNLIMITED, 6_000_000, 9_000_000), (STANDARD, 6_000_000, 9_000_000)],
    ids=["unlimited", "standard"],
)
def test_winners_along_requests_hold_on_both_sides(option, low, high, monkeypatch):
    monkeypatch.setattr("winners.STRIDE", 1_009 if PROVE else 100_003)
    assert_winners(
        compare(asked(FUNCTION, option, sweep={"over": REQUESTS, "from": low, "to": high, "scale": "linear"}))
    )


@pytest.mark.parametrize("option", [UNLIMITED, STANDARD], ids=["unlimited", "standard"])
def test_bills_along_requests_are_straight_between_their_places(option):
    """The floats of a sweep are the exact bills, at places that are not neighbours of a step."""
    comparison = compare(asked(option))
    places = np.unique(np.geomspace(1e5, 3e8, 60).astype(int))
    usd, _ = comparison.axis.bills.costs(0, places)
    for place, one in list(zip(places, usd, strict=True))[:: 1 if PROVE else 4]:
        exact = compare(asked(option).at(REQUESTS, int(place))).options[0]
        assert one == pytest.approx(float(exact.bill.exact_usd) if exact.feasible else np.inf, rel=1e-12)


def test_open_sizes_hybrids_and_maps_take_burstable_types():
    auto = {"kind": "ec2", "instance_type": "auto"}
    (chosen,) = compare(asked(auto)).options
    assert chosen.chosen.startswith("EC2 t3")
    named = [compare(asked(auto | {"families": [name]})).options[0].cost_usd for name in ("t3", "t3a")]
    assert chosen.cost_usd <= min(usd for usd in named if usd is not None)
    base = UNLIMITED | {"cpu_credits": "standard"}
    hybrid = {"kind": "hybrid", "base": base, "overflow": FUNCTION, "level": "auto", "label": "hybrid"}
    result = compare(asked(hybrid)).options[0]
    assert result.fleet.sustained is not None and result.feasible
    drawn = atlas(asked(FUNCTION, UNLIMITED), over=(REQUESTS, "workload.duration_ms"), points=3)
    assert np.isfinite(drawn.usd).any()


# ---------------------------------------------------------------- numbers along which loads change


@pytest.mark.parametrize(
    ("over", "low", "high"),
    [("hours_per_month", 672, 744), ("workload.traffic.burst", 1, 3), ("workload.traffic.bursts.0.rps", 0, 250)],
)
def test_winners_hold_on_both_sides_where_loads_change(over, low, high, monkeypatch):
    monkeypatch.setattr("winners.STRIDE", 1 if PROVE else 40)
    sweep = {"over": over, "from": low, "to": high, "scale": "linear"}
    work = {"requests_per_month": 9_000_000}
    assert_winners(compare(asked(FUNCTION, UNLIMITED, sweep=sweep, work=work)))


def test_another_month_has_bursts_of_another_share():
    """50 bursts of ten minutes are 500 of 672 x 60 minutes; their requests stay as they are."""
    scenario = asked(UNLIMITED).at("hours_per_month", 672)
    assert scenario.workload.traffic.loads[0].time_share == F(500, 672 * 60)
    assert scenario.workload.traffic.loads[0].requests_share == F(50 * 600 * 100, 20_000_000)
    assert scenario == Scenario.from_dict(scenario.document())


@pytest.mark.parametrize(
    "over",
    [
        (REQUESTS, "workload.traffic.bursts.0.rps"),
        ("workload.traffic.bursts.0.per_month", REQUESTS),
        ("workload.traffic.bursts.0.minutes", "workload.traffic.burst"),
        ("hours_per_month", "options.0.memory_mb"),
    ],
)
def test_maps_over_numbers_of_bursts_have_the_winner_of_each_point(over):
    """With requests, bursts are as many times as high: their number is for the scenario's own requests."""
    scenario = asked(FUNCTION, UNLIMITED)
    drawn = atlas(scenario, over=over, points=4)
    for row, y in enumerate(drawn.places[1]):
        for column, x in enumerate(drawn.places[0]):
            comparison = compare(there(scenario, drawn.sides, x, y))
            assert drawn.label(drawn.winner[row, column]) == comparison.winner
            usd = [float(one.cost_usd) if one.feasible else np.nan for one in comparison.options]
            assert drawn.usd[:, row, column] == pytest.approx(usd, nan_ok=True)
    x = drawn.sides[0]
    for edge in drawn.boundaries[:3]:
        y = next(place for place in drawn.places[1] if drawn.sides[1].document_value(place) == edge.y)
        at = round(edge.at / float(x.grain))
        winners = [compare(there(scenario, drawn.sides, place, y)).winner for place in (at - 1, at)]
        assert winners == [edge.below, edge.above]


def test_maps_of_two_numbers_of_bursts_have_few_points():
    over = ("workload.traffic.bursts.0.minutes", "workload.traffic.bursts.0.rps")
    refused(lambda: atlas(asked(FUNCTION, UNLIMITED), over=over, points=60), "points", "2,500")


def test_distances_look_at_numbers_of_bursts():
    """What is found holds on both sides; whether it is the nearest is said."""
    scenario = asked(
        FUNCTION, {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5}, work={"requests_per_month": 9_000_000}
    )
    sensitivity = flips(scenario)
    assert not sensitivity.left_out
    distances = [one for one in sensitivity.distances if "burst" in one.path or one.path == "hours_per_month"]
    assert len(distances) == 8
    winner, changes = sensitivity.comparison.winner, 0
    for distance in distances:
        for flip in distance.flips:
            before, after = (compare(scenario.at(distance.path, value)) for value in (flip.before, flip.at))
            assert before.winner == winner and after.winner == flip.winner != winner, distance.path
            changes += 1
    assert changes


def test_bills_along_a_number_of_a_burst_are_those_of_each_place():
    """Of a fleet on standard credits too, of which no column says anything there."""
    over = "workload.traffic.bursts.0.rps"
    scenario = asked(FUNCTION, STANDARD, sweep={"over": over, "from": 50, "to": 53, "scale": "linear"})
    usd, _ = compare(scenario).axis.bills.costs(1, np.arange(50, 54))
    each = [compare(scenario.at(over, place)).options[1].bill.exact_usd for place in range(50, 54)]
    assert list(usd) == [float(one) for one in each] and len(set(each)) == 2  # a unit more from 51 on
