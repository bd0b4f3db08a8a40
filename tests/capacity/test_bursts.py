"""Rare bursts of the traffic: fleets, bills, limits and answer times, against months walked moment by moment."""

from __future__ import annotations

import csv
import json
import random
from fractions import Fraction as F
from math import ceil
from typing import Any

import pytest

import lambdaplan
from lambdaplan import Scenario, atlas, compare, flips
from lambdaplan.analysis.services_table import read_table
from lambdaplan.charts.load_curve import load_finding, load_rows
from lambdaplan.explorer.controls.scenario_controls import _ask_shape
from lambdaplan.report import sections
from lambdaplan.report.assumptions_section import traffic_words
from lambdaplan.workload.traffic import load_duration
from places import GOLDEN
from refusals import refused
from winners import assert_winners

REQUESTS = "workload.requests_per_month"
WORK = {
    "requests_per_month": 20_000_000,
    "duration_ms": 200,
    "busy_share": 0.2,
    "working_set_mb": 120,
    "measured_memory_mb": 1024,
}
BURSTS = [{"per_month": 50, "minutes": 10, "rps": 100}, {"per_month": 3, "minutes": 0.5, "rps": 300}]
TRAFFIC = {"shape": "office_hours", "burst": 1.5, "bursts": BURSTS}
FUNCTION = {"kind": "lambda", "memory_mb": 1024}
TASKS = {"kind": "fargate", "vcpu": 0.25, "memory_gb": 0.5}
MACHINES = {"kind": "ec2", "instance_type": "c7g.medium"}


def asked(*options: dict[str, Any], work: dict[str, Any] | None = None, **more: Any) -> Scenario:
    """A scenario with bursts."""
    given = {**WORK, "traffic": TRAFFIC, **(work or {})}
    kept = {name: value for name, value in given.items() if value is not None}
    options = options or (FUNCTION, TASKS, MACHINES)
    return Scenario.from_dict({"version": 1, "name": "bursts", "workload": kept, "options": options, **more})


# ---------------------------------------------------------------- f5


def test_f5_is_the_week_of_the_rest_and_the_tasks_of_the_bursts() -> None:
    """50 bursts x 10 minutes at 500/s are 15 of the 100 million requests; the week spreads the other 85 million.

    A task of 0.25 vCPU and 0.5 GB costs 0.25 x 0.04048 + 0.5 x 0.004445 = $0.0123425 an hour. In a burst 500/s x 206 ms
    are 103 slots at full use, so 206 tasks in two zones; 206 x 8 1/3 h = $21.19. The rest, in 730 - 8 1/3 hours, is a
    fleet for 85 million requests.
    """
    document = json.loads((GOLDEN / "field" / "f5_rare_bursts.json").read_text("utf-8"))
    result = compare(Scenario.from_dict(document)).options[0]
    assert result.fleet.units_peak == 206
    hour_usd = F("0.0123425")
    bursts_usd = 206 * F(25, 3) * hour_usd
    assert round(float(bursts_usd), 2) == 21.19
    # the rest of the week by hand: 730 - 8 1/3 hours with 85 million requests, 20 to 75
    weights = document["workload"]["traffic"]["hourly"]
    wall_s = F(206, 1000)
    cpu_ms = F("0.02") * 200 * F(1024, 1769)
    wall_s = (200 - F("0.02") * 200 + cpu_ms / F(1, 4)) / 1000
    hours, rest_hours = F(0), 730 - F(25, 3)
    for weight in weights:
        rps = F(85_000_000) / (rest_hours * 3600) * weight * 168 / sum(weights)
        slots = rps * wall_s  # one a task
        units = max(2, ceil(slots / F(3, 5)), 2 * ceil(slots))
        hours += units * rest_hours / 168
    assert result.bill.exact_usd == hours * hour_usd + bursts_usd
    assert round(float(result.bill.exact_usd), 2) == 145.46
    without = {**document["workload"]["traffic"]}
    del without["bursts"]
    for requests, usd in ((85_000_000, "125.71"), (100_000_000, "154.45")):
        work = {**document["workload"], "traffic": without, "requests_per_month": requests}
        assert str(compare(Scenario.from_dict({**document, "workload": work})).options[0].bill.total_usd) == usd


# ---------------------------------------------------------------- months, moment by moment


def walked_unit_hours(scenario: Scenario, units_of: Any, least_s: int, months: int, seed: int) -> float:
    """Task-hours of months in which bursts come at random times, each start paid for some time at least."""
    rng, hours = random.Random(seed), int(scenario.hours_per_month)
    traffic, mean = scenario.workload.traffic, scenario.workload.mean_rps(scenario.hours_per_month)
    rest = float(mean * traffic.rest_of_mean) * 168 / sum(traffic.whole)
    total = 0.0
    for _ in range(months):
        week = [units_of(rest * weight * float(traffic.burst)) for weight in traffic.whole]
        first = rng.randrange(168)
        paid = [week[(first + hour) % 168] * 3600.0 for hour in range(hours)]
        for one in traffic.bursts:
            for _ in range(int(one.per_month)):
                long_s = float(one.minutes) * 60
                at = rng.uniform(0, hours * 3600 - long_s)
                high = units_of(float(one.rps))
                before = week[(first + int(at // 3600)) % 168]
                # the burst has its own fleet while it lasts; units that start are paid for least_s
                begin, end = at, at + long_s
                while begin < end:
                    hour = int(begin // 3600)
                    until = min(end, (hour + 1) * 3600.0)
                    paid[hour] += (high - week[(first + hour) % 168]) * (until - begin)
                    begin = until
                paid[int(at // 3600)] += max(high - before, 0) * max(least_s - long_s, 0)
        total += sum(paid) / 3600
    return total / months


@pytest.mark.parametrize(("os", "least_s"), [("linux", 60), ("windows", 300)])
def test_unit_hours_are_those_of_months_walked(os: str, least_s: int) -> None:
    """Bursts of ten minutes, and of half a minute of which each start is paid for one (Windows: five)."""
    option = TASKS | ({} if os == "linux" else {"os": "windows", "vcpu": 1, "memory_gb": 2})
    bursts = [{"per_month": 50, "minutes": 10, "rps": 100}, {"per_month": 40, "minutes": 0.5, "rps": 300}]
    scenario = asked(option, work={"traffic": TRAFFIC | {"bursts": bursts}})
    fleet = compare(scenario).options[0].fleet
    each_full, each_target = 1 / float(fleet.unit_rps) * 0.6, 1 / float(fleet.unit_rps)

    def units_of(peak: float) -> int:
        return max(2, ceil(peak * each_target - 1e-9), 2 * ceil(peak * each_full - 1e-9))

    walked = walked_unit_hours(scenario, units_of, least_s, 60, 5)
    assert float(fleet.unit_hours) == pytest.approx(walked, rel=0.01)


def test_no_start_is_paid_for_less_than_its_minimum() -> None:
    """One burst of half a minute a month: its tasks are paid for 60 s, as if it lasted a minute."""
    hours = []
    for minutes in (0.5, 1):
        bursts = [{"per_month": 1, "minutes": minutes, "rps": 300 / (2 * minutes)}]  # as many requests
        work = {"traffic": {"shape": "flat", "burst": 1, "bursts": bursts}}
        fleet = compare(asked(TASKS, work=work)).options[0].fleet
        more = int(fleet.units_peak) - int(min(fleet.by_weight))
        hours.append((fleet.unit_hours - 730 * int(min(fleet.by_weight))) / more)
    assert hours == [F(1, 60), F(1, 60)]


# ---------------------------------------------------------------- what each option makes of them


def test_fixed_fleets_functions_and_limits_see_a_peak() -> None:
    """300/s at the most; `burst` does not apply on top, and what is fixed stands for it all month."""
    fixed = TASKS | {"scaling": "fixed", "label": "fixed"}
    function, tasks, stands = compare(asked(FUNCTION, TASKS, fixed)).options
    assert function.fleet.peak_rps == tasks.fleet.peak_rps == 300
    assert function.fleet.in_flight_peak == 60  # 300/s x 200 ms
    assert stands.fleet.unit_hours == 730 * stands.fleet.units_peak == 730 * tasks.fleet.units_peak
    (limit,) = (one for one in function.fleet.limits if one.limit == "Lambda concurrent executions")
    assert limit.value == 60
    # where the week's own peak is higher, that is the busiest moment
    low = asked(TASKS, work={"traffic": TRAFFIC | {"burst": 60, "bursts": BURSTS[:1]}})
    peak = compare(low).options[0].fleet.peak_rps
    assert peak > 100


def test_a_hybrid_serves_bursts_as_the_peak_of_its_level() -> None:
    """A base for hours of 10/s with peaks of 15/s serves 15/s in a burst of 100/s, Lambda the other 85/s."""
    hybrid = {"kind": "hybrid", "base": TASKS, "overflow": FUNCTION, "level": 10}
    fleet = compare(asked(hybrid, work={"traffic": {"shape": "flat", "bursts": BURSTS[:1]}})).options[0].fleet
    rest = (20_000_000 - 3_000_000) / ((730 - 25 / 3) * 3600)
    assert rest < 10
    assert float(fleet.lambda_share) == pytest.approx(85 * 30_000 / 20_000_000)
    assert fleet.units_mean == fleet.units_peak


def test_plans_cover_the_base_of_the_load() -> None:
    """Bursts last for 8 of 730 hours: no plan is bought for their tasks, nor for their requests."""
    plan = "compute_savings_plan_3y_no_upfront"
    tasks, function = compare(asked(TASKS | {"purchase": plan}, FUNCTION | {"purchase": plan})).options
    on_demand = [line for line in tasks.bill.lines if line.item.startswith("Fargate vCPU") and "plan" not in line.item]
    assert len(on_demand) == 1
    hours = 50 * F(1, 6) + 3 * F(1, 120)
    burst_hours = 50 * F(1, 6) * int(tasks.fleet.by_weight[-2]) + 3 * F(1, 120) * int(tasks.fleet.by_weight[-1])
    assert on_demand[0].quantity * 4 > burst_hours - hours * int(max(tasks.fleet.by_weight[:-2]))
    assert function.bill.exact_usd < compare(asked(FUNCTION)).options[0].bill.exact_usd


@pytest.mark.parametrize("plan", ["compute_savings_plan_3y_no_upfront", "compute_savings_plan_1y_no_upfront"])
def test_what_starts_for_a_burst_is_paid_for_its_minimum_beside_a_plan(plan: str) -> None:
    """40 bursts of half a minute: each task that starts for one is paid for a minute, on demand, beside any plan."""
    bursts = [{"per_month": 40, "minutes": 0.5, "rps": 300}]
    results = {
        purchase: compare(
            asked(TASKS | {"purchase": purchase}, work={"traffic": {"shape": "flat", "bursts": bursts}})
        ).options[0]
        for purchase in (plan, "on_demand")
    }
    hours = {
        purchase: sum(line.quantity for line in result.bill.lines if line.item.startswith("Fargate vCPU")) * 4
        for purchase, result in results.items()
    }
    fleet = results[plan].fleet
    base, peak = min(map(int, fleet.by_weight)), max(map(int, fleet.by_weight))
    assert hours["on_demand"] == base * 730 + (peak - base) * 40 * F(60, 3600)
    assert hours[plan] == hours["on_demand"]  # the plan is for the base, which runs at all times


def test_answer_times_are_those_of_the_busiest_moment() -> None:
    """Fleets are sized to answer in time in bursts as well."""
    work = {"slo": {"percentile": 95, "response_ms": 900}}
    results = compare(asked(TASKS, MACHINES, work=work)).options
    assert all(result.answer_ms(95) <= 900 for result in results)
    without = compare(asked(TASKS, MACHINES, work=work | {"traffic": {"shape": "office_hours"}})).options
    assert all(a.fleet.units_peak > b.fleet.units_peak for a, b in zip(results, without, strict=True))


def test_what_waits_while_units_start_for_a_burst_is_said() -> None:
    """From 2 tasks to 56 in a minute."""
    comparison = compare(asked(TASKS | {"startup_s": 60}))
    start = comparison.options[0].start
    assert start.when == "in a burst"
    assert any("in a burst it is" in words and words.endswith("Keep as many ready") for words in comparison.warnings)


def test_the_shape_is_the_same_at_any_number_of_requests() -> None:
    """Along the axis of requests rps scales with it, in documents too."""
    scenario = asked(TASKS)
    twice = scenario.at(REQUESTS, 40_000_000)
    assert [one.rps for one in twice.workload.traffic.bursts] == [200, 600]
    assert compare(twice).options[0].fleet.peak_rps == 600
    assert Scenario.from_dict(twice.document()) == twice
    assert scenario.with_values({REQUESTS: 40_000_000}) == twice
    assert scenario.at(REQUESTS, 0).at(REQUESTS, 20_000_000) == scenario


# ---------------------------------------------------------------- along axes, and everywhere else


@pytest.mark.parametrize(
    ("over", "low", "high"),
    [
        (REQUESTS, 8_800_000, 9_100_000),
        ("workload.duration_ms", 1, 200),
        ("options.0.memory_mb", 128, 600),
        ("workload.traffic.bursts.0.rps", 0, 250),
        ("workload.traffic.bursts.1.per_month", 1, 60),
    ],
)
def test_winners_hold_on_both_sides(over: str, low: int, high: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Along requests and along each other number, those of bursts among them."""
    if over == REQUESTS:
        monkeypatch.setattr("winners.STRIDE", 10_007)
    elif "bursts" in over:
        monkeypatch.setattr("winners.STRIDE", 25)
    comparison = compare(asked(sweep={"over": over, "from": low, "to": high, "scale": "linear"}))
    assert_winners(comparison)


def test_maps_distances_batches_and_pages_take_them(tmp_path: Any) -> None:
    """Each has the bill of a comparison."""
    scenario = asked()
    over = (REQUESTS, "workload.duration_ms")
    drawn = atlas(scenario, over=over, points=3, x_range=(10**6, 10**7), y_range=(10, 300))
    corner = compare(scenario.at(REQUESTS, 10**7).at("workload.duration_ms", 300))
    usd = [float(option.cost_usd) for option in corner.options]
    assert [drawn.usd[n][-1, -1] for n in range(3)] == pytest.approx(usd)
    found = flips(scenario)
    assert not found.left_out
    table = tmp_path / "table.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["name", "workload.traffic.bursts.0.rps"], ["a", "120"], ["b", ""]])
    services = read_table(table, scenario.document()).services
    assert [service.scenario.workload.traffic.bursts[0].rps for service in services] == [120, 100]
    assert "50 bursts a month of 10 minutes at 100 requests a second" in traffic_words(scenario)
    assert "bursts" in sections.load_part(compare(scenario)).html


def test_the_load_curve_has_their_hours() -> None:
    """50 x 10 minutes a month are 50 / 6 x 168 / 730 hours of a week, at the top but for the shorter ones."""
    traffic = asked().workload.traffic
    levels = load_duration(traffic)
    shortest = 3 * F(1, 120) * F(168, 730)
    assert levels[0].hours == shortest
    assert levels[1].hours == shortest + 50 * F(1, 6) * F(168, 730)
    assert levels[-1].hours == 168
    mean = F(20_000_000, 730 * 3600)
    assert levels[0].of_mean == 300 / mean and levels[1].of_mean == 100 / mean
    assert sum((level.of_mean * hours) for level, hours in hours_of(levels)) == 168
    assert "50 bursts a month" in load_finding(traffic) and len(load_rows(traffic)) == 8
    lambdaplan.chart(traffic)


def hours_of(levels: Any) -> Any:
    """Levels, each with its own hours."""
    before = [F(0), *(level.hours for level in levels)]
    return [(level, level.hours - start) for level, start in zip(levels, before, strict=False)]


# ---------------------------------------------------------------- what is refused


def test_what_does_not_fit_is_one_line() -> None:
    """More than there are, longer than the month, wrong numbers, one fleet for several."""

    def with_bursts(*bursts: Any, **more: Any) -> Scenario:
        return asked(TASKS, work={"traffic": {"shape": "flat", "bursts": list(bursts)}}, **more)

    refused(lambda: with_bursts({"per_month": 50, "minutes": 60, "rps": 1000}), "workload.traffic.bursts", "20,000,000")
    refused(lambda: with_bursts({"per_month": 5, "minutes": 10_080, "rps": 1}), "workload.traffic.bursts", "730 hours")
    refused(lambda: with_bursts({"per_month": 0, "minutes": 1, "rps": 1}), "bursts.0.per_month", "above 0")
    refused(lambda: with_bursts({"per_month": 1, "minutes": 1}), "bursts.0.rps")
    refused(lambda: with_bursts({"per_month": 1, "minutes": 1, "rps": 1, "when": 3}), "bursts.0", "when")
    refused(lambda: asked(TASKS, work={"traffic": {"shape": "flat", "bursts": 5}}), "workload.traffic.bursts", "list")


def test_sliders_take_bursts_along() -> None:
    """Another number of requests in the explorer has bursts as many times as high; another shape keeps them."""
    shaped = _ask_shape(asked(TASKS), "daily")["workload.traffic"]
    assert shaped["bursts"] == asked(TASKS).workload.traffic.document()["bursts"]
    assert (
        asked(TASKS).with_values({"workload.traffic": shaped}).workload.traffic.loads
        == asked(TASKS).workload.traffic.loads
    )
