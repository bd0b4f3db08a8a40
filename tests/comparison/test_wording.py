"""Answers, stretches and crossovers in words."""

from __future__ import annotations

import itertools

import pytest
from markupsafe import escape

import lambdaplan
from chart_specs import ALTERNATING, EC2, FARGATE, LAMBDA, NODE, compared, title
from lambdaplan.charts import cost
from lambdaplan.comparison import wording


@pytest.fixture(scope="module")
def node():
    return compared()


def test_the_answer_names_every_option_the_lead_and_how_close_it_is(node):
    assert wording.answer(node) == (
        f"{EC2} $43.13, {LAMBDA} $45.33, {FARGATE} $46.16: "
        f"too close to call between {EC2} and {LAMBDA}, $2.20 (4.9 %) apart"
    )


def test_one_option_has_nothing_to_be_compared_with():
    alone = compared({"options": [{"kind": "lambda", "memory_mb": 512}]})
    assert wording.answer(alone).startswith("Lambda 512 MB $33.67: the only option")
    assert title(cost.chart(alone).to_dict()) == "What Lambda 512 MB costs, by requests a month"


def test_a_tie_is_said_to_be_one():
    twins = [{"kind": "lambda", "memory_mb": 512, "label": name} for name in ("one", "other")]
    assert wording.answer(compared({"options": twins})).endswith("one and other cost exactly the same")


def test_nobody_wins_with_the_reason():
    assert "no option can be named cheapest, because every option breaks a limit" in wording.answer(
        compared({"workload.working_set_mb": 100_000})
    )


def test_an_unknown_price_is_never_a_number():
    book = {"book": "aws-2026-11-25"}  # without the price of surplus credits there
    comparison = compared({**book, "region": "af-south-1", "workload.requests_per_month": 200_000_000})
    assert any(result.bill.unknown for result in comparison.options)
    assert "at least" in wording.answer(comparison)
    assert "a price is missing" in wording.answer(comparison)


def test_crossovers_in_words_are_rounded_and_exact_on_hover(node):
    (sentence,) = wording.crossover_words(node)
    assert sentence == f"Below about 9.5 million requests a month {LAMBDA} is cheapest; from there {EC2} is cheapest."
    hover = '<abbr title="9,502,411">about 9.5 million requests a month</abbr>'
    assert str(escape(sentence)) == f"Below {hover} {LAMBDA} is cheapest; from there {EC2} is cheapest."


def test_places_close_together_have_the_digits_that_tell_them_apart():
    comparison = compared(ALTERNATING)
    (sentence,) = [one for one in wording.crossover_words(comparison) if one.startswith("Between")]
    start, stop = sentence.parts[1], sentence.parts[3]
    assert start != stop and start.exactly == f"{comparison.zones[0]['from']:,}"
    assert "(" not in sentence


def test_no_crossover_is_said_too():
    said = wording.crossover_words(compared({"workload.busy_share": 1, "options": NODE["options"][:1]}))
    assert said == [
        f"{LAMBDA} is cheapest all the way from 10,000 to 1 billion requests a month: there is no crossover."
    ]


def test_stretches_cover_the_axis_without_gap_and_agree_with_bills():
    comparison = compared(ALTERNATING)
    parts = wording.stretches(comparison)
    assert (parts[0].start, parts[-1].stop) == (1_000_000, 10_000_000_000)
    assert all(before.stop == after.start for before, after in itertools.pairwise(parts))
    for part in parts:
        if not part.changes:
            there = lambdaplan.compare(comparison.scenario.with_values({"workload.requests_per_month": part.start}))
            assert there.winner == part.winners[0]
