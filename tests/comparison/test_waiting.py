"""Work that may wait, in bills: queues, jobs, and what each option is sized and billed by."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from campaigns import seeds
from lambdaplan import Scenario, compare, flips
from lambdaplan.comparison.bills_along import Axis, NumberRange
from lambdaplan.errors import InputError

FIELD = Path(__file__).parents[1] / "golden" / "field"
K1, K2, F3 = (
    json.loads((FIELD / f"{name}.json").read_text())
    for name in ("k1_queue_images", "k2_nightly_job", "f3_jobs_one_task_each")
)


WARM = K1 | {"workload": {n: v for n, v in K1["workload"].items() if n not in ("runtime", "package_mb")}}


def changed(document, workload=None, **options):
    """A document with other fields in its workload, and in every option of a kind."""
    listed = [one | options.get(one["kind"], {}) for one in document["options"]]
    return document | {"workload": document["workload"] | (workload or {}), "options": listed}


def by_kind(document, *changes):
    comparison = compare(Scenario.from_dict(document, changes))
    return {result.kind: result for result in comparison.options}


def test_an_image_queue_needs_one_unit_as_730_hours_of_each_cost():
    """3,000,000 x 720 ms of CPU: 0.82 of 2 vCPU on average, 1.98 in the busiest hour. 730 x (2 x 0.03238 + 4 x 0.00356)
    = 57.67; 730 x 0.0725 + 8 x 0.08 = 53.57; the same logs on all.
    """
    results = by_kind(K1)
    logs = {
        kind: sum(line.exact_usd for line in one.bill.lines if "Logs" in line.item) for kind, one in results.items()
    }
    assert logs["fargate"] == logs["ec2"]
    assert results["fargate"].cost_usd - logs["fargate"] == 730 * (2 * Fraction("0.03238") + 4 * Fraction("0.00356"))
    assert results["ec2"].cost_usd - logs["ec2"] == 730 * Fraction("0.0725") + 8 * Fraction("0.08")
    assert [results[kind].fleet.units_peak for kind in ("fargate", "ec2")] == [1, 1]
    assert results["fargate"].fleet.waiting.longest_s <= 3600
    assert all(one.option.front_door == "none" for one in results.values())


def test_a_nightly_job_starts_a_task_for_40_minutes_and_no_function():
    """30 x 40 minutes = 20 h x (0.03238 + 2 x 0.00356) = 0.79; a function may run for 15 minutes."""
    results = by_kind(K2)
    assert results["fargate"].cost_usd == 20 * (Fraction("0.03238") + 2 * Fraction("0.00356"))
    assert not results["lambda"].feasible
    # an instance of 2 vCPU at a baseline of 20 %: 2/3 h x 0.8 vCPU less what it earns in 2/3 h, at 0.04
    over = 30 * (Fraction(2, 3) * Fraction(4, 5) - Fraction(2, 3) * Fraction(2, 5))
    disk = 8 * Fraction("0.08") * 20 / 730
    assert results["ec2"].cost_usd == 20 * Fraction("0.0336") + over * Fraction("0.04") + disk


def test_a_thousand_jobs_on_spot_cost_250_task_hours():
    """1,000 x 900 s: 3.14, exactly; its lines as they are shown come to a cent more."""
    task = by_kind(F3)["fargate"]
    assert task.fleet.unit_hours == 250
    assert round(float(task.cost_usd), 2) == 3.14


def test_a_short_run_is_paid_for_a_minute_on_tasks_and_instances_and_for_five_on_windows():
    short = changed(K2, {"duration_ms": 10_000, "working_set_mb": 500})
    results = by_kind(short)
    assert [results[kind].fleet.unit_hours for kind in ("fargate", "ec2")] == [Fraction(30 * 60, 3600)] * 2
    windows = changed(
        short | {"architecture": "x86_64"},
        fargate={"architecture": "x86_64", "os": "windows"},
        ec2={"instance_type": "t3.medium"},
    )
    windows["options"] = [
        one | ({"architecture": "x86_64"} if one["kind"] == "lambda" else {}) for one in windows["options"]
    ]
    assert by_kind(windows)["fargate"].fleet.unit_hours == Fraction(30 * 300, 3600)


def test_the_start_of_a_task_is_paid_and_is_its_wait():
    """30 runs of 2,400 s, and 45 s until the image is there."""
    task = by_kind(changed(K2, fargate={"startup_s": 45}))["fargate"]
    assert task.fleet.unit_hours == Fraction(30 * 2445, 3600)
    assert task.wait_s == 45
    late = by_kind(changed(K2, {"max_wait_s": 30}, fargate={"startup_s": 45}))["fargate"]
    assert not late.feasible


def test_further_attempts_are_billed_as_first_ones():
    plain, again = by_kind(K2), by_kind(K2, "workload.retry_fraction=0.1")
    assert again["fargate"].cost_usd == plain["fargate"].cost_usd * Fraction(11, 10)
    calm, retried = by_kind(WARM), by_kind(WARM, "workload.retry_fraction=0.25")
    lines = [
        {line.item: line.quantity for line in results["lambda"].bill.lines if "initialisation" not in line.item}
        for results in (calm, retried)
    ]
    assert all(lines[1][item] == lines[0][item] * Fraction(5, 4) for item in lines[0])


def test_a_batch_is_one_call_that_takes_its_messages_one_after_another():
    """3,000,000 / 10 calls of 10 x 900 + 50 ms."""
    function = by_kind(WARM, "workload.batch_size=10", "workload.call_overhead_ms=50")["lambda"]
    quantities = {line.item: line.quantity for line in function.bill.lines}
    assert quantities["Lambda requests, Arm"] == 300_000
    assert quantities["Lambda duration, Arm"] == 300_000 * Fraction(9050, 1000) * Fraction(1769, 1024)
    assert not by_kind(WARM, "workload.batch_size=1001")["lambda"].feasible  # 1,001 x 0.9 s is above 15 minutes


def test_messages_that_are_gathered_too_long_or_come_again_break_a_limit():
    assert not by_kind(WARM, "workload.batch_window_s=300", "workload.max_wait_s=200")["lambda"].feasible
    assert not by_kind(WARM, "workload.visibility_timeout_s=0.5")["fargate"].feasible
    assert by_kind(WARM, "workload.visibility_timeout_s=0.9")["fargate"].feasible


@pytest.mark.parametrize("times", [1, 3, 10, 37])
def test_the_fleet_is_the_smallest_that_keeps_the_wait(times):
    asked = changed(WARM, {"requests_per_month": 3_000_000 * times, "max_wait_s": 1200}, fargate={"scaling": "fixed"})
    task = by_kind(asked)["fargate"]
    n = int(task.fleet.units_peak)
    assert task.feasible
    assert task.fleet.waiting.longest_s <= 1200
    if n > 1:
        less = by_kind(changed(asked, fargate={"scaling": "fixed", "units": n - 1}))["fargate"]
        assert not less.feasible
        assert less.fleet.waiting.longest_s is None or less.fleet.waiting.longest_s > 1200
    follows = by_kind(changed(asked, fargate={"scaling": "hourly"}))["fargate"]
    assert follows.fleet.units_peak == n
    assert follows.fleet.unit_hours <= task.fleet.unit_hours
    assert follows.fleet.waiting.longest_s <= 1200


def test_first_lines_say_that_one_unit_is_enough_and_why():
    from lambdaplan.comparison.first_lines import first_lines

    lines = " ".join(first_lines(compare(Scenario.from_dict(K1))))
    assert "one unit in one zone will do, as its loss only delays work" in lines
    assert "people's hours and requests to the queue" in lines
    lines = " ".join(first_lines(compare(Scenario.from_dict(K2))))
    assert "each run starts a unit of its own, and none stands" in lines


def test_another_kind_takes_the_defaults_of_options_along_and_not_what_was_given():
    scenario = Scenario.from_dict(changed(K1, fargate={"zones": 3}))
    served = scenario.with_values({"workload.kind": "service", "workload.max_wait_s": None})
    tasks = served.options[1]
    assert (tasks.min_units, tasks.zones, tasks.survive_zone_loss, tasks.front_door) == (2, 3, True, "alb")
    again = served.with_values({"workload.kind": "queue", "workload.max_wait_s": 3600})
    assert again.options[1] == scenario.options[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("workload.kind=service", "goes with workload.kind queue or job"),
        ("workload.max_wait_s=null", "longest time until work on a message begins"),
        ('workload.slo={"percentile": 95, "response_ms": 400}', "takes its place"),
        ('options.0={"kind": "lambda_web"}', "answers web requests"),
        ('options.0={"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2}}', "no overflow"),
        ("workload.batch_size=0", "1..10000"),
    ],
)
def test_what_does_not_go_together_is_one_line(change, words):
    with pytest.raises(InputError) as caught:
        Scenario.from_dict(K1, [change])
    assert words in str(caught.value)


def test_units_above_the_smallest_fleet_are_on_spot_by_their_share():
    """10 requests a second of 100 ms of CPU: 2 units stand, 2 more at 0.6 of 1 vCPU hold the peak of 1.5; with a zone
    lost 15 x 0.1 = 1.5 vCPU need 2 of 4. Half of what is above 2 is on Spot.
    """
    work = {"requests_per_month": 26_280_000, "duration_ms": 100, "busy_share": 1, "measured_memory_mb": 1769}
    task = {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "spot_fraction": 0.5, "front_door": "none", "min_units": 2}
    document = {"version": 1, "name": "mix", "workload": work | {"working_set_mb": 100}, "options": [task]}
    hours = {line.item: line.quantity for line in by_kind(document)["fargate"].bill.lines}
    units = by_kind(document)["fargate"].fleet.units_peak
    assert units == 4
    assert hours["Fargate vCPU, x86"] == 730 * 3
    assert hours["Fargate vCPU, x86 Spot"] == 730
    job = by_kind(changed(K2, fargate={"spot_fraction": 0.25}))["fargate"]
    assert {line.item: line.quantity for line in job.bill.lines}["Fargate vCPU, Arm Spot"] == 5
    with pytest.raises(InputError, match="goes with purchase on_demand"):
        by_kind(document | {"options": [task | {"purchase": "spot"}]})


def test_a_function_of_a_queue_has_a_curve_of_cold_starts_and_no_option_an_answer_time():
    results = by_kind(K1)
    assert results["fargate"].answer_ms(99) is None
    assert results["lambda"].answer_ms(99) > 900  # the time of its calls, cold ones among them
    assert results["lambda"].wait_s == 0


def random_waiting(rng):
    """A queue or a job, and ways to run it."""
    kind = rng.choice(("queue", "queue", "job"))
    work = {
        "kind": kind,
        "requests_per_month": rng.randint(0, 10 ** rng.randint(3, 9)),
        "duration_ms": rng.choice((20, 900, 3000, 120_000)),
        "busy_share": rng.choice((0.1, 0.5, 1)),
        "measured_memory_mb": 1769,
        "working_set_mb": 200,
        "request_mb": rng.choice((0, 20)),
        "concurrency_per_process": rng.choice((1, 4, 1000)),
        "retry_fraction": rng.choice((0, 0.1)),
        "traffic": {"shape": rng.choice(("flat", "spiky", "office_hours")), "burst": rng.choice((1, 1.5, 10))},
    }
    if kind == "queue" or rng.randint(0, 1):
        work["max_wait_s"] = rng.choice((0, 60, 900, 3600, 40_000))
    if kind == "queue":
        work |= {"batch_size": rng.choice((1, 10)), "batch_window_s": rng.choice((0, 30))}
    fleet = rng.choice(
        (
            {},
            {"min_units": 2},
            {"scaling": "fixed"},
            {"survive_zone_loss": True},
            {"startup_s": 40},
            {"spot_fraction": 0.5},
        )
    )
    options = [
        {"kind": "lambda", "memory_mb": 1769},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2} | fleet,
        {"kind": "ec2", "instance_type": rng.choice(("t3.small", "c7i.large", "t2.small"))} | fleet,
    ]
    return {"version": 1, "name": "waits", "workload": work, "options": options}


NUMBERS = {
    "workload.requests_per_month": (1000, 10**8),
    "workload.max_wait_s": (0, 5000),
    "workload.retry_fraction": (0, 1),
    "workload.traffic.burst": (1, 12),
    "workload.duration_ms": (10, 4000),
    "options.1.target_utilisation": (Fraction(1, 2), 1),
    "options.1.min_units": (0, 3),
    "options.1.spot_fraction": (0, 1),
}


@pytest.mark.parametrize("seed", seeds(6, 300))
def test_bills_along_any_number_are_those_at_each_place(seed):
    rng = random.Random(seed)
    document = random_waiting(rng)
    over = rng.choice([path for path in NUMBERS if path.split(".")[-1] in str(document) or "requests" in path])
    low, high = NUMBERS[over]
    document["sweep"] = {"over": over, "from": float(low), "to": float(high), "scale": "linear"}
    axis = Axis(Scenario.from_dict(document))
    places = np.unique(np.linspace(axis.low, axis.high, 9).astype(int))
    for option_index in range(3):
        costs, _ = axis.bills.costs(option_index, places)
        exactly, _ = axis.bills.exactly(option_index, places)
        assert np.allclose(costs, exactly, rtol=1e-11, equal_nan=True), (over, option_index)


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_the_winner_changes_at_each_crossover_and_nowhere_between(seed):
    rng = random.Random(1000 + seed)
    document = random_waiting(rng) | {"sweep": {"from": 1000, "to": 10**6 if seed % 2 else 10**8}}
    scenario = Scenario.from_dict(document)
    comparison = compare(scenario)
    places = [int(change.at) for change in comparison.crossovers]

    def winner(requests):
        return compare(scenario.at("workload.requests_per_month", requests)).winner

    for at in places[:8]:
        assert winner(at - 1) != winner(at)
    edges = [1000, *places, int(scenario.sweep.to)]
    for low, high in itertools.pairwise(edges[:9]):
        if high - low > 2:
            middle = rng.randint(low, high - 1)
            assert winner(middle) == winner(low)


@pytest.mark.parametrize("place", [1, 2])
def test_along_the_units_of_a_job_that_stand_none_is_billed_as_none(place):
    scenario = Scenario.load(FIELD / "k2_nightly_job.json")
    axis = Axis(scenario, NumberRange(f"options.{place}.min_units", Fraction(1), True, "linear", 0, 8))
    places = np.arange(9)
    usd, _ = axis.bills.costs(place, places)
    assert usd.tolist() == pytest.approx([axis.bills.exact(place, int(n)).usd for n in places])
    assert usd[0] < usd[1] / 10, "a started unit is paid for its run, a standing one all month"


def test_what_would_change_the_answer_of_a_job_is_told():
    found = flips(Scenario.load(FIELD / "k2_nightly_job.json"), quick=True)
    (units,) = [one for one in found.distances if one.path == "options.1.min_units"]
    assert (units.up.flip.at, units.up.flip.winner) == (1, "EC2 t4g.medium")


def test_hours_that_a_commitment_is_used_up_by_are_those_of_the_queues_fleet():
    """A fleet that follows the queue has hours of its own; over the week they come to its units."""
    document = changed(K1, {"traffic": {"shape": "office_hours", "burst": 5}})
    asked = Scenario.from_dict(document)
    for result in compare(asked).options:
        if result.option.has_units:
            for shape in result.option.by_hour(result.fleet, asked.workload).values():
                week = sum(w * h for w, h in zip(shape.weights, shape.hours, strict=True))
                assert week == result.fleet.units_mean * 168
