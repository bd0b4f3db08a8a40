"""The lines that go with an answer: answer time, processors, people's work, what was not counted."""

import json
from fractions import Fraction

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.comparison.first_lines import first_lines, not_counted, people_words, processor_words, slo_words
from lambdaplan.comparison.option_warnings import NAT_SCOPE
from lambdaplan.comparison.wording import answer

BASE = {
    "version": 1,
    "name": "first lines",
    "workload": {
        "requests_per_month": 10_000_000,
        "duration_ms": 200,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 180,
        "request_mb": 2,
    },
    "options": [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
        {"kind": "ec2", "instance_type": "t4g.small"},
    ],
}


def comparison(**changes):
    return compare(
        Scenario.from_dict(BASE, [f"{path.replace('__', '.')}={json.dumps(v)}" for path, v in changes.items()])
    )


def test_options_on_two_processors_are_named_with_who_is_cheapest_on_each():
    made = comparison()
    assert processor_words(made) == (
        "Not on one processor: Lambda 1024 MB and Fargate 0.5 vCPU 1 GB on x86; EC2 t4g.small on Arm. With all on x86, "
        "Lambda 1024 MB is cheapest (without EC2 t4g.small); all on Arm, Lambda 1024 MB Arm is cheapest"
    )
    assert made.document()["processors"] == {"same": False, "x86_64": "Lambda 1024 MB", "arm64": "Lambda 1024 MB"}


def test_one_processor_for_all_says_who_is_cheapest_on_the_other():
    made = comparison(architecture="arm64")
    assert processor_words(made) == (
        "Every option is on Arm. With all on x86, Lambda 1024 MB is cheapest (without EC2 t4g.small)"
    )
    assert made.document()["processors"]["same"] is True


def test_nobody_on_a_processor_that_no_option_has():
    made = comparison(
        options=[{"kind": "ec2", "instance_type": "t4g.small"}, {"kind": "ec2", "instance_type": "m7g.large"}]
    )
    assert made.document()["processors"] == {"same": True, "x86_64": None, "arm64": "EC2 t4g.small"}
    assert processor_words(made) == "Every option is on Arm"


def test_an_answer_time_names_who_holds_it_with_figures_that_are_those_of_the_options():
    made = comparison(workload__slo={"percentile": 95, "response_ms": 599.5})
    times = {r.label: r.answer_ms(95) for r in made.options}
    held = [label for label, ms in times.items() if ms <= 599.5]
    document = made.document()["slo"]
    assert document == {"percentile": 95, "response_ms": 599.5, "held_by": held, "response_ms_of": times}
    # exponential times of 200 ms: 95 % within 200 x ln 20 = 599.15 ms on Lambda, which has no queue
    assert times["Lambda 1024 MB"] == pytest.approx(599.146, abs=0.01)
    assert held == ["Lambda 1024 MB", "EC2 t4g.small"]
    assert slo_words(made).startswith("95 % within 599.5 ms: held by Lambda 1024 MB (599 ms) and EC2 t4g.small (")
    assert "; not by Fargate 0.5 vCPU 1 GB (" in slo_words(made)


def test_an_option_that_breaks_another_limit_holds_no_answer_time():
    made = comparison(workload__slo={"percentile": 95, "response_ms": 900}, workload__working_set_mb=1100)
    assert "Lambda 1024 MB" not in made.held_by
    assert "Lambda 1024 MB (599 ms), which breaks a limit" in slo_words(made)


def test_no_answer_time_is_asked_for():
    made = comparison()
    assert slo_words(made) == ""
    assert "slo" not in made.document()


def test_people_s_work_is_the_saving_at_a_wage():
    made = comparison()
    saved = made.second.bill.total_usd - made.best.bill.total_usd
    minutes = float(saved) * 60 / 100
    words = f"of people's work a month would eat up the saving of ${saved}, at"
    assert people_words(made) == f"{minutes:.2g} minutes {words} $100 an hour, an assumption"
    given = comparison(operations={"wage_usd_per_hour": 50})
    assert people_words(given) == f"{2 * minutes:.2g} minutes {words} $50 an hour"
    dear = comparison(operations={"wage_usd_per_hour": 1000})
    assert people_words(dear) == f"Less than a minute {words} $1,000 an hour"


def test_people_s_work_is_not_told_where_hours_are_on_the_bills():
    made = comparison(
        include=["compute", "front_door", "operations"],
        operations={"wage_usd_per_hour": 50},
        options__0__operations_hours=1,
    )
    assert people_words(made) == ""


def test_what_is_on_no_bill_is_named():
    assert not_counted(comparison()) == "Not counted: the network, logs, people's hours and cold starts"
    everything = ["compute", "front_door", "network", "logs", "operations"]
    made = comparison(
        include=everything, workload__log_kb=1, workload__runtime="nodejs22.x", options__0__memory_mb=1024
    )
    assert not_counted(made) == ""


def test_a_missing_price_names_who_it_would_be_below_which_price():
    # t3.small had no price of CPU credits in us-east-1 in this book: 30.37 + 1.28 + the load balancer are known
    document = {**BASE, "book": "aws-2026-11-25", "workload": {**BASE["workload"], "requests_per_month": 100_000_000}}
    document["options"] = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "ec2", "instance_type": "t3.small"}]
    made = compare(Scenario.from_dict(document))
    assert made.winner is None
    (unpriced,) = [line for line in made.options[1].bill.lines if line.price_usd is None]
    whole, known = made.options[0].cost_usd, made.options[1].bill.known_usd
    needed = (whole - known) / unpriced.quantity
    assert made.needs_above(made.options[1]) == {made.options[1].bill.lines.index(unpriced): needed}
    assert (
        f"; it would be EC2 t3.small, unless a vCPU-hour of CPU credits above the baseline costs more than ${float(needed):.3g}"
        in answer(made)
    )
    # at that price of the reader's own the two cost the same; a little above, Lambda is cheapest
    item = {"service": "ec2", "item": "surplus_credit_vcpu_hour/t3"}
    for factor, winner in ((Fraction(99, 100), "EC2 t3.small"), (Fraction(101, 100), "Lambda 1024 MB")):
        price = f"{float(needed * factor):.12f}"
        told = compare(Scenario.from_dict({**document, "prices": [{**item, "price_usd": price}]}))
        assert told.winner == winner


def test_the_lines_are_in_one_order_everywhere():
    made = comparison(workload__slo={"percentile": 95, "response_ms": 900})
    assert first_lines(made) == [slo_words(made), processor_words(made), people_words(made), not_counted(made)]


def test_data_that_comes_in_through_nat_gateways_is_said_to_be_left_out():
    network = {"include": ["compute", "front_door", "network"], "workload__outbound_kb": 5}
    private = comparison(**network, network={"subnets": "private"})
    assert [words for words in private.warnings if "comes in" in words] == [NAT_SCOPE]
    assert NAT_SCOPE not in comparison(**network).warnings
