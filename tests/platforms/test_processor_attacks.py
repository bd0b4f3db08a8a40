"""What a second reader broke of processors, missing prices and first lines: each stays right."""

import json

import pytest

from lambdaplan import Scenario, compare
from lambdaplan.comparison import crossovers
from lambdaplan.comparison.duration_band import band_words
from lambdaplan.comparison.wording import answer, crossover_words
from lambdaplan.errors import InputError

WORK = {
    "requests_per_month": 10_000_000,
    "duration_ms": 200,
    "measured_memory_mb": 1024,
    "busy_share": 0.3,
    "working_set_mb": 180,
    "request_mb": 2,
}
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
TASK = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
AUTO = {"kind": "ec2", "instance_type": "auto"}


def scenario(*options, changes=(), work=None, **given):
    document = {"version": 1, "name": "attack", "workload": {**WORK, **(work or {})}, "options": list(options), **given}
    return Scenario.from_dict(document, changes)


@pytest.mark.parametrize(
    "given",
    [
        {"region": "ap-northeast-1", "option": {**AUTO, "purchase": "compute_savings_plan_1y_no_upfront"}},
        {"option": {**AUTO, "families": ["c6a", "c8g"], "purchase": "spot"}},
        {
            "region": "us-gov-west-1",
            "book": "aws-2026-11-30",  # which has no EC2 there
            "option": AUTO,
            "prices": [{"service": "ec2", "item": "c6a.large/on_demand", "price_usd": "0.09"}],
        },
    ],
    ids=["plan", "spot", "own price"],
)
def test_an_option_whose_priced_types_are_of_one_processor_is_left_out_on_the_other(given):
    option = given.pop("option")
    made = compare(scenario(LAMBDA, option, **given))
    assert [result.label for result in made.on_processors["arm64"].options] == ["Lambda 1024 MB"]
    assert made.document()["processors"]["arm64"] == "Lambda 1024 MB"


def test_an_open_size_that_wins_at_any_price_is_not_said_to_depend_on_it():
    document = {"book": "aws-2026-11-25", "work": {"requests_per_month": 60_000_000}}
    option = {**AUTO, "families": ["t3", "c6a"]}
    made = compare(scenario(LAMBDA, TASK, option, **document))
    assert made.winner is None
    dear = [{"service": "ec2", "item": "surplus_credit_vcpu_hour/t3", "price_usd": "1000"}]
    known = compare(scenario(LAMBDA, TASK, option, prices=dear, **document)).best  # a size that needs no credits
    assert answer(made).endswith(f"; it would be EC2 auto at any price of it, at most ${known.bill.total_usd}")
    for price in ("0", "0.3", "1", "50"):
        own = [{"service": "ec2", "item": "surplus_credit_vcpu_hour/t3", "price_usd": price}]
        assert compare(scenario(LAMBDA, TASK, option, prices=own, **document)).winner == "EC2 auto"
    assert not any("not the cheapest where" in words for words in made.warnings)


NO_EC2 = {"region": "us-gov-west-1", "book": "aws-2026-11-30"}


def test_several_that_lack_a_price_are_all_named_and_none_is_sure():
    made = compare(scenario(LAMBDA, TASK, {"kind": "ec2", "instance_type": "t3.small"}, **NO_EC2))
    words = answer(made).partition("; it ")[2]
    assert words.startswith("might be Fargate 0.5 vCPU 1 GB, unless an hour of ALB hours costs more than $")
    assert "; or EC2 t3.small, unless an instance-hour of EC2 t3.small costs more than $" in words


def test_a_price_behind_two_lines_counts_for_both():
    made = compare(scenario(LAMBDA, {"kind": "lambda_managed_instances", "instance_type": "m7g.large"}, **NO_EC2))
    needed = set(made.needs_above(made.options[1]).values())
    (usd,) = needed
    item = {"service": "ec2", "item": "m7g.large/on_demand"}
    for factor, winner in ((0.999, "Lambda Managed Instances m7g.large"), (1.001, "Lambda 1024 MB")):
        own = [{**item, "price_usd": f"{float(usd) * factor:.12f}"}]
        told = compare(
            scenario(LAMBDA, {"kind": "lambda_managed_instances", "instance_type": "m7g.large"}, **NO_EC2, prices=own)
        )
        assert told.winner == winner


def test_the_band_is_below_where_another_option_is_the_cheapest_from_the_start():
    options = ({"kind": "lambda", "memory_mb": 512}, TASK, {"kind": "ec2", "instance_type": "t3.small"})
    near = compare(scenario(*options, sweep={"from": 14_000_000, "to": 1_000_000_000}))
    assert "lies below about 18 million requests a month" in band_words(near)
    wide = compare(scenario(*options, sweep={"from": 9_000_000, "to": 1_000_000_000}))
    assert "lies between about 13 million and 18 million requests a month" in band_words(wide)


@pytest.mark.parametrize("change", ["arm64", "any"])
def test_a_document_that_was_printed_takes_another_processor(change):
    first = scenario(LAMBDA, TASK, {"kind": "hybrid", "base": {**TASK, "vcpu": 1, "memory_gb": 2}, "level": 1})
    printed = json.loads(json.dumps(first.document()))
    again = Scenario.from_dict(printed, [f"architecture={change}"])
    direct = scenario(LAMBDA, TASK, {"kind": "hybrid", "base": {**TASK, "vcpu": 1, "memory_gb": 2}, "level": 1},
                      architecture=change)  # fmt: skip
    assert [r.cost_usd for r in compare(again).options] == [r.cost_usd for r in compare(direct).options]
    own = {**printed, "options": [{**printed["options"][0], "architecture": "arm64"}, *printed["options"][1:]]}
    kept = Scenario.from_dict(own, ["architecture=x86_64"])
    assert [option.document().get("architecture") for option in kept.options][:2] == ["arm64", "x86_64"]


def test_nothing_is_said_to_be_left_out_that_is_billed():
    option = {**TASK, "purchase": "compute_savings_plan_1y_no_upfront"}
    made = compare(scenario(LAMBDA, option, region="eu-west-1", architecture="any"))
    assert made.options[1].bill.unknown
    assert not any("left out" in words for words in made.warnings)


def test_a_hybrid_that_sends_nothing_to_lambda_is_on_the_processor_of_its_base():
    made = compare(scenario(LAMBDA, {"kind": "hybrid", "base": TASK}, architecture="any"))
    assert made.options[1].fleet.lambda_share == 0
    assert made.options[1].processors == {"arm64"}
    assert made.document()["processors"]["same"] is True


def test_no_type_left_names_the_processor_that_leaves_none():
    with pytest.raises(InputError) as refused:
        scenario(LAMBDA, {**AUTO, "families": ["c7i", "c7g"], "purchase": "spot"})
    (problem,) = refused.value.problems
    assert "none of these families on x86 (architecture) has a price" in problem.line
    assert "options.1.architecture=any" in problem.line


def test_families_of_the_other_processor_are_named():
    made = compare(scenario(LAMBDA, {**AUTO, "families": ["c7g", "c6a"]}))
    assert "EC2 auto: c7g do not run on x86 and are not weighed" in made.warnings


def test_a_processor_without_a_measured_initialisation_is_left_out_and_named():
    made = compare(scenario(LAMBDA, architecture="any", work={"runtime": "quarkus/al2"}))
    assert made.options[0].processors == {"x86_64"} and made.crossovers == ()
    assert any(words.endswith("Lambda 1024 MB Arm is left out, as its initialisation was not measured")
               for words in made.warnings)  # fmt: skip


def test_nobody_all_along_is_said_once():
    made = compare(scenario(LAMBDA, region="mx-central-1"))
    assert crossover_words(made)[0].startswith("No option can be named cheapest (a price is missing) all the way from")


@pytest.mark.parametrize("base", [TASK, {"kind": "ec2", "instance_type": "t3.small"}], ids=["task", "credits"])
def test_a_choice_of_which_some_or_all_sizes_lack_a_price_changes_nowhere_else_however_the_axis_is_cut(
    base, monkeypatch
):
    # no price of the load balancer for the task; of CPU credits for the instance, which not every number of units needs
    where = {"region": "us-gov-west-1"} if base is TASK else {"book": "aws-2026-11-25"}
    hybrid = {"kind": "hybrid", "base": {**base, "min_units": 1, "survive_zone_loss": False}}
    found = []
    for coarse in (8, 256):
        monkeypatch.setattr(crossovers, "COARSE", coarse)
        found.append(compare(scenario(LAMBDA, hybrid, sweep={"from": 100_000, "to": 60_000_000}, **where)))
    one, other = found
    assert one.crossovers == other.crossovers
    for crossover in one.crossovers[:6]:
        sides = tuple(one.there(int(crossover.at) - back).winner for back in (1, 0))
        assert sides == (crossover.below, crossover.above)
    assert any(None in (one.at_start, c.above) for c in (*one.crossovers, one.crossovers[-1]))
