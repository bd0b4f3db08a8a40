"""How much of a Savings Plan to buy: against exhaustive search, bills with commitments, and closed forms."""

import json
import math
import random
from fractions import Fraction

import numpy as np
import pytest

import lambdaplan
from campaigns import seeds
from lambdaplan import InputError, Scenario, commit, compare, risk
from lambdaplan.cli.main import main
from lambdaplan.doubt.newsvendor import best_commitment
from lambdaplan.report import sections
from places import ROOT

PLAN = "compute_savings_plan_1y_no_upfront"
WORK = {"requests_per_month": 40_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
FARGATE = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
OPTIONS = [{"kind": "lambda", "memory_mb": 1024}, FARGATE, {"kind": "ec2", "instance_type": "c7i.large"}]
# of the book, us-east-1, a task of 0.5 vCPU and 1 GB an hour: on demand, and with the plan
LISTED, PLANNED = Fraction("0.04048") / 2 + Fraction("0.004445"), Fraction("0.032384") / 2 + Fraction("0.003556")


def asked(options=OPTIONS, growth=None, **work):
    document = {"version": 1, "name": "Commit", "workload": {**WORK, **work}, "options": options}
    return Scenario.from_dict({**document, "growth": {"percent_per_month": growth}} if growth is not None else document)


def cost_usd(commitment, week, rates):
    """A week with a commitment, hour by hour: what it costs, and what is left on demand. An oracle of its own."""
    total = Fraction(0)
    for hour in week:
        left = commitment
        total += commitment
        for units, (plan, listed) in zip(hour, rates, strict=True):
            paid = min(units, left / plan)
            left -= paid * plan
            total += (units - paid) * listed
    return total


@pytest.mark.parametrize("seed", seeds(25, 1000))
def test_the_newsvendor_is_the_exhaustive_search_on_a_random_week(seed):
    rng = random.Random(seed)
    items, hours = rng.randint(1, 3), rng.choice((1, 5, 24))
    rates = []
    for _ in range(items):
        listed = Fraction(rng.randint(1, 500), 1000)
        rates.append((listed * Fraction(rng.randint(20, 110), 100), listed))
    rates.sort(key=lambda one: one[0] / one[1])
    week = [[Fraction(rng.choice((0, rng.randint(0, 40)))) for _ in rates] for _ in range(hours)]
    # the mean cost is a chain of straight pieces, whose ends are where an hour's use is just covered
    ends = {Fraction(0)}
    for hour in week:
        at = Fraction(0)
        for units, (plan, _) in zip(hour, rates, strict=True):
            at += units * plan
            ends.add(at)
    least = min(cost_usd(end, week, rates) for end in ends)
    wanted = min(end for end in ends if cost_usd(end, week, rates) == least)
    use = np.array(
        [[units * plan for units, (plan, _) in zip(hour, rates, strict=True)] for hour in week], dtype=object
    )
    worth = [listed / plan for plan, listed in rates]
    best = best_commitment(use, worth, [Fraction(1)] * hours)
    assert isinstance(best, Fraction)
    assert cost_usd(best, week, rates) == least
    assert best == wanted
    nearly = best_commitment(use.astype(float), [float(one) for one in worth], [1.0] * hours)
    assert float(cost_usd(Fraction(float(nearly)), week, rates)) == pytest.approx(float(least), rel=1e-9)


def test_two_tasks_that_stand_are_committed_to_and_paid_back_after_as_many_months_as_the_rates_say():
    found = commit(asked([{**FARGATE, "units": 2}], requests_per_month=1_000_000))
    assert found.plan == PLAN and found.months == 12
    exact = 2 * PLANNED
    assert abs(found.best.usd_per_hour - exact) <= Fraction(1, 1000)
    listed = 2 * LISTED * 730
    covered = min(found.best.usd_per_hour, exact)
    saved = covered * (LISTED / PLANNED) * 730
    assert found.saving_usd.value == pytest.approx(float(saved - found.best.usd_per_hour * 730))
    assert found.best.coverage.value == pytest.approx(float(saved / listed))
    assert found.best.utilisation.value == pytest.approx(float(covered / found.best.usd_per_hour))
    assert found.best.break_even_month == math.ceil(12 * found.best.usd_per_hour * 730 / saved)
    assert found.best.mean_usd.error == 0


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option["kind"])
def test_a_month_with_the_commitment_is_the_bill_of_a_scenario_that_has_it(option):
    scenario = asked([option], traffic={"shape": "office_hours"})
    found = commit(scenario)
    for level in found.levels[1:]:
        rates = {
            "version": 1,
            "commitments": [{"plan": PLAN, "usd_per_hour": str(level.usd_per_hour.limit_denominator())}],
        }
        rates["commitments"][0]["usd_per_hour"] = float(level.usd_per_hour)
        having = Scenario.from_dict({**scenario.document(), "rates": rates})
        assert float(compare(having).options[0].bill.exact_usd) == pytest.approx(level.mean_usd.value, rel=1e-9)


def test_a_service_that_surely_leaves_is_there_for_half_the_months_and_nothing_is_committed():
    scenario = asked([{**FARGATE, "units": 2}], requests_per_month=1_000_000)
    gone, half = commit(scenario, leave=1), commit(scenario, leave="20%")
    assert gone.best.usd_per_hour == 0  # 11 of 24 months on average, and the plan pays from 19 of 24 up
    assert gone.levels[0].mean_usd.value == pytest.approx(
        float(2 * LISTED * 730) * 11 / 24 + front_door() * 11 / 24, rel=1e-2
    )
    assert half.best.usd_per_hour > 0
    there = 1 - 0.2 * 13 / 24
    assert half.best.utilisation.value == pytest.approx(there, abs=0.01)
    assert half.best.regret_usd.value > commit(scenario).best.regret_usd.value == 0


def front_door():
    one = compare(asked([{**FARGATE, "units": 2}], requests_per_month=1_000_000)).options[0].bill
    return float(one.exact_usd) - float(2 * LISTED * 730)


def test_traffic_that_grows_raises_the_bills_of_later_months_and_falling_traffic_lowers_the_commitment():
    spread = {"low": 20_000_000, "likely": 60_000_000, "high": 150_000_000}
    option = [{**FARGATE, "min_units": 1, "survive_zone_loss": False}]
    up = commit(asked(option, growth=5, requests_per_month=spread), samples=64)
    down = commit(asked(option, growth=-10, requests_per_month=spread), samples=64)
    assert up.bills[-1].none_usd[1].value > up.bills[0].none_usd[1].value
    assert down.best.usd_per_hour < up.best.usd_per_hour
    unsure = {"low": -5, "likely": 1, "high": 8}
    wide = commit(asked(option, growth=unsure, requests_per_month=spread), samples=64)
    last, first = wide.bills[-1].none_usd, wide.bills[0].none_usd
    assert last[2].value / last[0].value > first[2].value / first[0].value
    assert Scenario.from_dict(wide.scenario.document()).growth.percent_per_month == 1


def test_best_is_no_dearer_than_any_other_commitment_and_three_years_are_36_months():
    scenario = asked(requests_per_month={"low": 20_000_000, "likely": 60_000_000, "high": 150_000_000})
    found = commit(scenario, option="EC2 c7i.large", plan="compute_savings_plan_3y_no_upfront", samples=64)
    assert found.months == len(found.bills) == 36
    none, best, every = found.levels
    assert best.mean_usd.value <= min(none.mean_usd.value, every.mean_usd.value)
    assert found.saving_usd.value == pytest.approx(none.mean_usd.value - best.mean_usd.value)


def test_the_same_seed_gives_the_same_bytes_on_the_command_line_too(tmp_path, capsys):
    path = tmp_path / "commit.json"
    path.write_text(json.dumps(asked(requests_per_month={"low": 2e7, "likely": 6e7, "high": 15e7}).document()))
    texts = []
    for seed in ("3", "3", "4"):
        assert main(["commit", str(path), "--samples", "32", "--leave", "10%", "--seed", seed, "--json"]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    names = {level["name"]: level for level in json.loads(texts[0])["levels"]}
    assert set(names) == {"none", "best", "all"} and isinstance(names["best"]["mean_usd"], str)
    assert main(["commit", str(path), "--samples", "32", "--measured"]) == 0
    words = capsys.readouterr().out
    assert "Commit to $" in words and "Month by month" in words
    assert lambdaplan.commit is commit


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"leave": 2}, "leave = 2 is outside 0..1"),
        ({"plan": "compute_savings_plan_1y_no_upfrnt"}, PLAN),
        ({"option": "EC2"}, 'option = "EC2" is not one of'),
        ({"samples": 1}, "samples = 1 is outside 8..20000"),
        (
            {"plan": "compute_savings_plan_3y_all_upfront", "option": "Fargate 0.5 vCPU 1 GB"},
            "has no rate of fargate gb_hour",
        ),
    ],
)
def test_what_does_not_go_is_one_line(given, words):
    with pytest.raises(InputError) as raised:
        commit(asked(), **given)
    assert words in raised.value.lines[0] and len(raised.value.lines) == 1


def test_plans_that_one_has_or_buys_by_the_option_are_refused_with_a_reason():
    planned = asked([{**FARGATE, "purchase": PLAN}])
    with pytest.raises(InputError, match="an option that is bought on demand"):
        commit(planned)
    having = {"version": 1, "commitments": [{"plan": PLAN, "usd_per_hour": 0.1}]}
    with pytest.raises(InputError, match=r"rates\.commitments"):
        commit(Scenario.from_dict({**asked().document(), "rates": having}))
    with pytest.raises(InputError, match="growth"):
        asked(growth={"low": 5, "likely": 1, "high": 8})


def test_growth_has_no_part_in_one_month_and_pages_of_a_scenario_without_anything_to_draw_leave_it_out():
    scenario = asked(
        growth={"low": -5, "likely": 1, "high": 8}, requests_per_month={"low": 2e7, "likely": 6e7, "high": 1e8}
    )
    found = risk(scenario, samples=32)
    assert [one.path for one in found.inputs] == ["workload.requests_per_month"]
    assert found.document()["scenario"]["growth"]["percent_per_month"] == {"low": -5, "likely": 1, "high": 8}
    assert sections.risk_of(compare(asked(growth={"low": -5, "likely": 1, "high": 8}))) is None
    known = asked([OPTIONS[0]]).with_values({"risk": "measured", "workload.measured_memory_mb": 1024})
    assert sections.risk_of(compare(known)) is None
    parts = sections.committed_parts(found)
    assert len(parts) == 3  # in words, month by month, and as a table


def test_bills_of_the_term_are_drawn_month_by_month():
    scenario = Scenario.load(ROOT / "data" / "scenarios" / "growing_service.yaml")
    found = commit(scenario, samples=16)
    drawn = lambdaplan.chart(found).to_dict(validate=True)
    rows = next(iter(drawn["datasets"].values())) if "datasets" in drawn else drawn["layer"][0]["data"]["values"]
    assert len(rows) == 2 * found.months
    assert [row["even"] for row in rows if row["bought"] == "on demand"] == [
        one.none_usd[1].value for one in found.bills
    ]


def test_scaled_rates_say_so_in_words_and_as_json(tmp_path, capsys):
    """c5 in Tokyo: its Compute rates follow from one size."""
    document = {
        "version": 1, "name": "Tokyo", "region": "ap-northeast-1", "options": [{"kind": "ec2", "instance_type": "c5.large"}],
        "workload": {"requests_per_month": 5_000_000, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 200},
    }  # fmt: skip
    path = tmp_path / "tokyo.json"
    path.write_text(json.dumps(document))
    words = "ec2 c5.large/compute_savings_plan_1y_no_upfront: the rate of 2025-01-01 is computed from other published"
    assert main(["commit", str(path)]) == 0
    assert f"note: {words} figures." in capsys.readouterr().out
    assert main(["commit", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [f"{words} figures"]
    assert main(["commit", str(path), "--plan", "instance_savings_plan_1y_no_upfront"]) == 0
    assert "note:" not in capsys.readouterr().out  # a published rate
