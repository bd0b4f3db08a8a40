"""Tasks of several services on one fleet: against an exact packing, every set of services, and the rules of one fleet."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random

import numpy as np
import pytest
from test_organisation import BASE, written

from campaigns import seeds
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from lambdaplan.portfolio import one_fleet
from lambdaplan.portfolio.one_fleet import one_fleets
from lambdaplan.portfolio.organisation import organisation
from lambdaplan.portfolio.organisation_table import read_organisation
from lambdaplan.portfolio.packing import Tasks, packed_bins


def fewest(items, cpu, memory):
    """The fewest instances that hold items, by looking at every way to put each into an opened one or a new one."""
    best = len(items)

    def put(place, bins):
        nonlocal best
        if len(bins) >= best:
            return
        if place == len(items):
            best = len(bins)
            return
        own = items[place]
        for n in range(len(bins)):
            left = (bins[n][0] - own[0], bins[n][1] - own[1])
            if min(left) >= 0 and bins[n] not in bins[:n]:
                put(place + 1, [*bins[:n], left, *bins[n + 1 :]])
        put(place + 1, [*bins, (cpu - own[0], memory - own[1])])

    put(0, [])
    return best


@pytest.mark.parametrize("seed", seeds(25, 1000))
def test_a_packing_is_never_cheaper_than_the_best_and_the_gap_holds(seed):
    rng = random.Random(seed)
    cpu, memory = rng.choice(((10, 10), (100, 37), (8, 32)))
    tasks = []
    while sum(one.count for one in tasks) < rng.randint(2, 8):
        tasks.append(Tasks(rng.randint(1, 2), rng.randint(0, cpu), rng.randint(1, memory)))
    items = [(one.cpu, one.memory) for one in tasks for _ in range(one.count)]
    found = packed_bins(tasks, cpu, memory)
    assert found.least <= fewest(items, cpu, memory) <= found.used <= 2 * found.least


def test_many_tasks_of_a_size_fill_instances_as_one_by_one():
    rng = random.Random(1)
    tasks = [Tasks(rng.randint(1, 30), rng.randint(1, 60), rng.randint(1, 60)) for _ in range(20)]
    apart = [Tasks(1, one.cpu, one.memory) for one in tasks for _ in range(one.count)]
    assert packed_bins(tasks, 100, 100) == packed_bins(apart, 100, 100)


M7G = {"kind": "ec2", "instance_type": "m7g.large", "front_door": "none"}
OPTIONS = [{**BASE["options"][0], "front_door": "none"}, M7G]


def read(folder, rows, **changes):
    base = {**BASE, "free_tier": False, "options": changes.pop("options", OPTIONS), **changes}
    return organisation(read_organisation(written(folder, rows), base))


def test_the_peak_of_the_sum_counts_and_not_the_sum_of_the_peaks(tmp_path):
    # 800 million requests a month are 304.4 a second; with 1.5 times as many in their peak, each computing 0.3 x 100 ms
    # x 1024/1769 = 17.37 ms, 7.93 vCPU are busy. At 60 % of 2 vCPU each that takes 7 instances; with one of two zones
    # lost 2 x 4 = 8 at full use. Here only by day, of which the other service has the opposite.
    result = read(tmp_path, "name,requests_per_month\na,800000000\n")
    whole = one_fleet._packable(result, 0, 1)
    assert one_fleet._week([whole]).peak == 8
    by_day = np.arange(168) % 24 < 12

    def only(hours):
        idle = np.array([[1], [0], [0]])
        return dataclasses.replace(
            whole, tasks=np.where(hours, whole.tasks, idle), left=np.where(hours, whole.left, idle)
        )

    day, night = only(by_day), only(~by_day)
    assert one_fleet._week([day, night]).peak == 8
    assert one_fleet._week([day, day]).peak == 16
    assert one_fleet._week([day, night]).total == 8 * 168


def some(count, seed):
    rng = random.Random(seed)
    rows = ["name,account,requests_per_month,duration_ms,workload.working_set_mb"]
    for n in range(count):
        rows.append(f"f{n},a,{int(10 ** rng.uniform(6, 8.3))},{rng.randint(20, 400)},{rng.choice((100, 400, 900))}")
    return "\n".join(rows)


@pytest.mark.parametrize("seed", seeds(3, 30))
def test_no_set_of_services_saves_more_than_what_is_told(tmp_path, seed):
    result = read(tmp_path, some(6, seed))
    members = [one_fleet._packable(result, row, 1) for row in result.rows.tolist()]
    found = one_fleets(result, "EC2 m7g.large")
    monthly = float(members[0].unit_usd) * 730
    savings = []
    for size in range(1, 7):
        for chosen in itertools.combinations(members, size):
            week = one_fleet._week(chosen)
            savings.append(sum(one.worth_usd for one in chosen) - monthly * week.total / 168)
    assert found.saving_usd <= max(0.0, *savings) + 1e-6
    assert max(savings) <= found.most_usd + 1e-6


def test_a_service_is_worth_its_chosen_bill_where_nothing_stands_around_its_compute(tmp_path):
    result = read(tmp_path, some(4, 2))
    member = one_fleet._packable(result, 0, 1)
    assert member.worth_usd == pytest.approx(result.chosen_micro[0] / 1e6)
    # AWS: m7g.large in us-east-1 $0.0816 an hour, gp3 $0.08 a GB-month; 8 GB of it.
    assert float(member.unit_usd) == pytest.approx(0.0816 + 8 * 0.08 / 730)
    assert member.unit == (2_000_000, (8192 - 300) * 1_000_000)
    assert np.all(member.tasks[0] >= 2)


def test_what_waits_bursts_or_has_an_answer_time_to_hold_is_left_out(tmp_path):
    result = read(
        tmp_path,
        some(4, 2),
        workload={**BASE["workload"], "slo": {"percentile": 95, "response_ms": 900}, "service_cv": 1},
    )
    assert one_fleets(result, "EC2 m7g.large").packable == 0


@pytest.mark.parametrize(
    ("option", "label", "words"),
    [
        (M7G, "EC2 m7g.huge", "Did you mean EC2 m7g.large?"),
        (M7G, "Lambda 1024 MB", "units can run several services"),
        ({**M7G, "instance_type": "t4g.small"}, "EC2 t4g.small", "no burstable type"),
        ({**M7G, "instance_type": "auto", "label": "any"}, "any", "whose size is given"),
        ({**M7G, "units": 3, "label": "three"}, "three", "without units"),
    ],
)
def test_options_that_can_not_be_packed_are_told(tmp_path, option, label, words):
    result = read(tmp_path, some(2, 1), options=[OPTIONS[0], option])
    with pytest.raises(InputError, match=words.replace("?", "\\?")):
        one_fleets(result, label)


def test_the_command_tells_it_and_writes_it(tmp_path, capsys):
    path, base = written(tmp_path, some(12, 5)), tmp_path / "base.json"
    base.write_text(json.dumps({**BASE, "options": OPTIONS}), "utf-8")
    command = ["portfolio", str(path), "--base", str(base), "-o", str(tmp_path / "out")]
    assert main([*command, "--pack", "EC2 m7g.large"]) == 0
    out = capsys.readouterr().out
    assert "Together on one fleet of EC2 m7g.large" in out
    told = json.loads((tmp_path / "out" / "portfolio" / "portfolio.json").read_text("utf-8"))["one_fleet"]
    (fleet,) = told["fleets"]
    assert fleet["instances_mean_at_least"] <= fleet["instances_mean"] < fleet["instances_mean_if_each_alone"]
    assert 0 < float(told["saving_usd"]) <= float(told["no_choice_exceeds_usd"])
    assert f"{fleet['services']} services save" in out
    page = (tmp_path / "out" / "portfolio" / "portfolio.html").read_text("utf-8")
    assert "<h2>Together on one fleet</h2>" in page
    assert main([*command, "--pack", "EC2 m7g.larg"]) == 2
