"""Payback, growth and wages: cases worked out by hand, and a loop over months that shares no code."""

from __future__ import annotations

import json
import random
from fractions import Fraction as F

import pytest

import lambdaplan
from campaigns import seeds
from lambdaplan import InputError, Scenario, compare, moving
from lambdaplan.analysis.payback import months_until, sentences
from lambdaplan.charts.payback import savings_chart, savings_finding
from lambdaplan.cli.main import main

REQUESTS = "workload.requests_per_month"
WORK = {"requests_per_month": 10**6, "duration_ms": 100, "busy_share": 0.3, "working_set_mb": 100}
TODAY = {"kind": "lambda", "memory_mb": 1024, "operations_hours": 10, "label": "today"}
OTHER = {"kind": "ec2", "instance_type": "t4g.small", "operations_hours": 4, "label": "other"}


def scenario(migration=None, **more) -> Scenario:
    """People's hours alone, at 50 dollars: 500 dollars a month today, 200 then."""
    then = OTHER if migration is None else {**OTHER, "migration": migration}
    document = {
        "version": 1,
        "name": "moving",
        "include": ["operations"],
        "operations": {"wage_usd_per_hour": 50},
        "workload": WORK,
        "options": [TODAY, then],
    }
    return Scenario.from_dict({**document, **more})


@pytest.mark.parametrize(
    ("migration", "one_off", "month", "sums"),
    [
        ({}, 0, 1, (300, 600)),
        ({"hours": 20, "usd": 200}, 1200, 4, (-900, -600, -300, 0, 300)),  # 1,000 + 200, in 300s
        ({"usd": 1200.01}, F("1200.01"), 5, (F("-900.01"), F("-600.01"), F("-300.01"), F("-0.01"), F("299.99"))),
        ({"usd": 1200, "dual_running_months": 1}, 1200, 6, (-1400, -1100, -800, -500, -200, 100)),
        ({"usd": 0, "dual_running_months": 2}, 0, 4, (-200, -400, -100, 200)),  # 200 twice, then 300 a month
    ],
)
def test_payback_worked_out_by_hand(migration, one_off, month, sums):
    (found,) = moving(scenario(migration)).paybacks
    assert found.one_off_usd == one_off
    assert found.month == month
    assert found.saved_usd[: len(sums)] == sums
    assert found.undone_month is None


def test_what_costs_more_never_pays_back():
    dearer = scenario(options=[{**TODAY, "operations_hours": 3}, {**OTHER, "migration": {"usd": 1}}])
    (found,) = moving(dearer).paybacks
    assert found.month is None and "10 years" in found.why
    assert found.saved_usd[-1] == -1 - 120 * 50


def test_a_bill_without_a_price_and_a_broken_limit_say_so():
    network = scenario({"usd": 1}, include=["compute"], region="ap-southeast-7")
    assert compare(network).options[1].cost_usd is None
    (found,) = moving(network).paybacks
    assert found.month is None and found.saved_usd == () and "without a price" in found.why
    small = {**OTHER, "units": 2, "migration": {"hours": 2000}}
    growing = scenario(options=[TODAY, small], growth={"percent_per_month": 50}, workload={**WORK, "duration_ms": 1000})
    (found,) = moving(growing).paybacks
    assert found.month is None and "breaks a limit" in found.why
    reached = len(found.saved_usd)
    at = [F(10**6) * F(3, 2) ** n for n in (reached - 1, reached)]
    fits = [compare(growing.with_values({REQUESTS: int(n + F(1, 2))})).options[1].feasible for n in at]
    assert fits == [True, False]


def by_loop(given: Scenario, which: int):
    """Month by month, from the bills that `compare` gives, with nothing of the module."""
    growth = F(0) if given.growth is None else F(str(given.growth.percent_per_month))
    move = given.options[which].migration
    wage = F(0) if given.operations is None else given.operations.wage_usd_per_hour
    balance, requests, paid, sums = -(move.hours * wage + move.usd), F(given.workload.requests_per_month), None, []
    for month in range(1, 121):
        n = (requests * 2 + 1) // 2
        both = compare(given.with_values({REQUESTS: int(n)})).options
        balance -= both[which].cost_usd
        if month > move.dual_running_months:
            balance += both[0].cost_usd
        sums.append(balance)
        if paid is None and balance >= 0:
            paid = month
        requests = requests * (100 + growth) / 100
    return paid, tuple(sums)


@pytest.mark.parametrize("seed", seeds(3, 60))
def test_payback_of_random_scenarios_is_that_of_a_loop(seed):
    rng = random.Random(seed)
    migration = {"hours": rng.choice((0, 10.5, 80)), "usd": rng.choice((0, 333.33)), "dual_running_months": seed % 3}
    given = scenario(
        migration,
        include=["compute", "front_door", "operations"],
        growth={"percent_per_month": rng.choice((-3, 0, 1.5, 4))},
        workload={**WORK, "requests_per_month": rng.randint(10**6, 10**8)},
    )
    (found,) = moving(given).paybacks
    assert (found.month, found.saved_usd) == by_loop(given, 1)


def test_growth_reaches_crossovers_in_the_month_in_which_they_are_passed():
    grown = scenario(include=["compute", "front_door"], growth={"percent_per_month": 7})
    found = moving(grown)
    assert found.reached
    for one in found.reached:
        assert F(10**6) * F(107, 100) ** (one.months - 1) < one.at <= F(10**6) * F(107, 100) ** one.months
        assert compare(grown.with_values({REQUESTS: one.at})).winner == one.winner
    # falling traffic passes them from above, and comes to what lies below them
    falling = grown.with_values({REQUESTS: 10**9, "growth": {"percent_per_month": -7}})
    back = moving(falling).reached
    assert [one.months for one in back] == sorted({one.months for one in back}) and back
    last = back[-1]
    assert compare(falling.with_values({REQUESTS: last.at - 1})).winner == last.winner


def test_months_are_whole_and_decided_exactly():
    assert months_until(F(100), F(10), lambda n: n >= 121) == 2  # 110, 121
    assert months_until(F(100), F(10), lambda n: n > 121) == 3
    assert months_until(F(100), F(0), lambda n: n > 100) is None
    assert months_until(F(100), F(-50), lambda n: n <= 25) == 2


def test_the_wage_at_which_the_answer_flips():
    # Lambda with 1 hour and EC2 with 5: a higher wage is for Lambda, and at the wage found both cost the same
    options = [{**TODAY, "operations_hours": 1}, {**OTHER, "operations_hours": 4, "on_call_hours": 1}]
    work = {**WORK, "requests_per_month": 100_000_000}
    cheap = scenario(
        options=options, workload=work, include=["compute", "operations"], operations={"wage_usd_per_hour": 1}
    )
    assert compare(cheap).winner == "other"
    found = moving(cheap)
    (flip,) = found.wage_flips
    assert (flip.way, flip.winner, flip.other) == ("at_or_above", "today", "today")
    free = [r.cost_usd for r in compare(cheap.with_values({"operations.wage_usd_per_hour": 0})).options]
    assert flip.wage_usd_per_hour == (free[0] - free[1]) / 4
    for more, winner in ((F(1, 100), "today"), (F(-1, 100), "other")):
        wage = flip.wage_usd_per_hour + more
        at = float(round(wage, 6))
        assert compare(cheap.with_values({"operations.wage_usd_per_hour": at})).winner == winner
    shares = {one.label: one for one in found.people}
    assert shares["other"].hours == 5 and shares["other"].people_usd == 5
    assert shares["other"].wage_usd_per_hour == free[1] / 5
    assert shares["today"].wage_usd_per_hour == free[0]


def test_beyond_the_known_part_of_a_bill_without_a_price_nobody_can_be_named():
    # in this region EC2 lacks a price; it has fewer hours, so a higher wage brings its known part below Lambda's bill
    given = scenario(
        region="ap-southeast-7",
        include=["compute", "operations"],
        operations={"wage_usd_per_hour": 0},
        options=[TODAY, {**OTHER, "operations_hours": 1, "ebs_gb": 500}],
    )
    before = compare(given)
    assert before.winner == "today" and before.options[1].cost_usd is None
    (flip,) = moving(given).wage_flips
    assert (flip.way, flip.winner, flip.other) == ("at_or_above", None, "other")
    known = [result.bill.known_usd for result in before.options]
    assert flip.wage_usd_per_hour == (known[1] - known[0]) / 9
    for more, winner in ((F(1, 100), None), (F(-1, 100), "today")):
        at = float(round(flip.wage_usd_per_hour + more, 6))
        assert compare(given.with_values({"operations.wage_usd_per_hour": at})).winner == winner
    assert any("nobody can be named cheapest, because other has a line" in words for words in sentences(moving(given)))


def test_crossovers_are_those_over_requests_whatever_the_axis_is():
    along = scenario(include=["compute", "front_door"], growth={"percent_per_month": 7})
    other = along.with_values({"sweep": {"over": "workload.duration_ms", "from": 10, "to": 1000}})
    assert moving(along).reached
    assert (moving(other).reached, moving(other).looked) == (moving(along).reached, (10**4, 10**9))
    narrow = along.with_values({"sweep.to": 2_000_000})
    assert moving(narrow).reached == ()
    said = sentences(moving(narrow))
    assert "Traffic that grows by 7 % a month comes to no crossover within 10 years" in said
    assert "Crossovers were looked for between 10,000 and 2 million requests a month" in said


def test_hours_on_call_are_a_line_of_their_own():
    given = scenario(options=[TODAY, {**OTHER, "on_call_hours": 2.5}])
    lines = {line.item: line for line in compare(given).options[1].bill.lines}
    assert lines["Operations"].exact_usd == 200 and lines["On call"].exact_usd == 125
    assert "On call" not in {line.item for line in compare(given).options[0].bill.lines}


def test_what_moving_takes_is_on_no_monthly_bill():
    plain, moved = compare(scenario()), compare(scenario({"hours": 100, "usd": 10**6}))
    assert [r.cost_usd for r in plain.options] == [r.cost_usd for r in moved.options]
    assert plain.winner == moved.winner


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"options": [{**TODAY, "migration": {"usd": 1}}, OTHER]}, "options.0.migration", "runs today"),
        ({"operations": None, "options": [{"kind": "lambda", "memory_mb": 512}, {**OTHER, "migration": {"hours": 1}}]},
         "operations.wage_usd_per_hour", "wage"),
        ({"growth": {"percent_per_month": 101}}, "growth.percent_per_month", "-50..100"),
        ({"growth": {}}, "growth.percent_per_month", ""),
        ({"growth": 5}, "growth", ""),
        ({"options": [TODAY, {**OTHER, "migration": {"usd": -1}}]}, "options.1.migration.usd", ""),
        ({"options": [TODAY, {**OTHER, "migration": {"dual_running_months": 1.5}}]},
         "options.1.migration.dual_running_months", "whole"),
        ({"options": [TODAY, {**OTHER, "migration": {"day": 1}}]}, "options.1.migration.day", ""),
        ({"options": [TODAY, {**OTHER, "on_call_hours": -1}]}, "options.1.on_call_hours", ""),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(changes, field, words):
    with pytest.raises(InputError) as caught:
        scenario(**changes)
    assert field in [problem.field for problem in caught.value.problems]
    assert words in str(caught.value)


def test_the_command_prints_what_python_finds(tmp_path, capsys):
    path = tmp_path / "s.json"
    given = scenario({"hours": 20, "usd": 200}, growth={"percent_per_month": 5})
    path.write_text(json.dumps(given.document()))
    assert Scenario.load(path) == given
    assert main(["moving", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == moving(given).document()
    assert printed["payback"] == [
        {
            "option": "other",
            "one_off_usd": "1200",
            "first_month_saving_usd": "300",
            "payback_month": 4,
            "undone_month": None,
            "why": None,
        }
    ]
    assert main(["moving", str(path)]) == 0
    assert "has paid for itself by the end of month 4." in capsys.readouterr().out
    assert main(["compare", str(path)]) == 0
    assert "has paid for itself by the end of month 4." in capsys.readouterr().out
    assert main(["compare", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(compare(given).to_json())


def test_a_scenario_that_says_nothing_of_moving_is_told_so(tmp_path, capsys):
    path = tmp_path / "s.json"
    document = {"version": 1, "name": "m", "workload": WORK, "options": [{"kind": "lambda", "memory_mb": 512}]}
    path.write_text(json.dumps(document))
    assert main(["moving", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1
    assert main(["compare", str(path)]) == 0
    assert "Moving" not in capsys.readouterr().out


def test_the_chart_says_when_and_draws_each_month():
    found = moving(scenario({"hours": 20, "usd": 200}))
    spec = savings_chart(found).to_dict()
    assert savings_finding(found) == "Moving to other has paid for itself by the end of month 4"
    assert " ".join(spec["title"]["text"]) == savings_finding(found)
    rows = spec["layer"][1]["data"]["values"]
    assert [row["usd"] for row in rows[:6]] == [-1200, -900, -600, -300, 0, 300]
    assert rows[-1]["month"] == 16
    assert lambdaplan.chart(found).to_dict() == spec


def test_a_payback_far_ahead_says_how_much_traffic_there_is_by_then():
    said = sentences(moving(scenario({"usd": 9000}, growth={"percent_per_month": 8})))
    # 300 a month: 30 months; 1.08 ** 29 = 9.317, from the first month to that one.
    assert "by the end of month 30, with 9.3 times today's traffic by then" in said[0]
    assert "traffic by then" not in sentences(moving(scenario({"usd": 9000})))[0]


def test_hours_that_no_bill_counts_are_named():
    uncounted = scenario(include=["compute"]).with_values({"options.0.on_call_hours": 2.5})
    assert (
        "today: 12.5 hours of people are on no bill, because include leaves out operations"
        in compare(uncounted).warnings
    )
    assert not any("hours of people" in words for words in compare(scenario()).warnings)
