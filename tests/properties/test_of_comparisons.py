"""What holds for every comparison. `docs/properties.md` lists the rules."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import math
import random
import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from lambdaplan import Scenario, compare
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import Service
from lambdaplan.cli.main import main
from properties import Document, ask_only_if, compared, costs, holds_for, scenario, swept
from strategies import for_all


def without_rest(document: Document) -> Document:
    """The document with what belongs to some options belonging to all, and without its sweep."""
    return {name: value for name, value in for_all(document).items() if name != "sweep"}


@holds_for(scenario)
def test_the_winner_is_the_cheapest_that_breaks_no_limit(document: Document, rng: random.Random) -> None:
    """The winner's whole bill is the least of those that break no fixed limit, the first of those that are alike."""
    made = compared(document)
    ask_only_if(not any(result.bill.unknown for result in made.options))
    able = [result for result in made.options if result.feasible]
    least = min((result.cost_usd for result in able), default=None)
    first = next((result.label for result in able if result.cost_usd == least), None)
    assert made.winner == first
    assert {*made.ties, first} == {result.label for result in able if result.cost_usd == least} | {first}


@holds_for(scenario)
def test_nobody_wins_against_what_is_not_known(document: Document, rng: random.Random) -> None:
    """A winner's bill is whole, and below what is known of each bill with a missing price."""
    made = compared(document)
    ask_only_if(made.best is not None)
    assert not made.best.bill.unknown
    for result in made.options:
        if result.feasible and result.bill.unknown:
            assert made.best.cost_usd <= result.bill.known_usd or made.wins_at_any_price(result)


@holds_for(scenario)
def test_the_lead_is_the_distance_to_the_second(document: Document, rng: random.Random) -> None:
    """The lead is what the runner-up costs more than the winner, never below zero."""
    made = compared(document)
    ask_only_if(made.best is not None and made.second is not None)
    assert made.lead_usd == made.second.cost_usd - made.best.cost_usd >= 0


@holds_for(scenario)
def test_the_order_of_options_changes_no_bill(document: Document, rng: random.Random) -> None:
    """Options in another order cost the same, and the same one wins unless two are alike."""
    document = without_rest(document)
    labelled = [{"label": f"Option {n}"} | one for n, one in enumerate(document["options"], 1)]
    ask_only_if("measured_memory_mb" in document["workload"])  # else it is the memory of the first Lambda
    ask_only_if(not any(one["kind"] == "hybrid" for one in labelled))  # its Lambda is the first of the scenario
    one = compared(document, options=labelled)
    shuffled = list(labelled)
    rng.shuffle(shuffled)
    other = compared(document, options=shuffled)
    assert costs(one) == costs(other)
    if not one.ties:
        assert one.winner == other.winner


@holds_for(scenario)
def test_an_option_is_billed_without_a_look_at_the_others(document: Document, rng: random.Random) -> None:
    """Alone in the scenario an option costs what it costs beside the others."""
    document = without_rest(document)
    made = compared(document)
    result = rng.choice(made.options)
    option = document["options"][made.options.index(result)]
    ask_only_if(option["kind"] != "hybrid" or option.get("overflow"))
    alone = compared(document, options=[option | {"label": result.label}])
    assert alone.options[0].bill.lines == result.bill.lines


@holds_for(scenario)
def test_without_a_loser_the_winner_stays(document: Document, rng: random.Random) -> None:
    """An option that does not win can go, and the winner is the same."""
    document = without_rest(document)
    made = compared(document)
    losers = [n for n, result in enumerate(made.options) if result.label != made.winner]
    ask_only_if(losers and made.winner and len(made.options) > 1)
    gone = rng.choice(losers)
    hybrids = any(one["kind"] == "hybrid" for one in document["options"])
    ask_only_if(not hybrids or document["options"][gone]["kind"] != "lambda")
    kept = [
        {"label": r.label} | o
        for n, (o, r) in enumerate(zip(document["options"], made.options, strict=True))
        if n != gone
    ]
    assert compared(document, options=kept).winner == made.winner


@holds_for(scenario)
def test_the_winner_twice_is_a_tie(document: Document, rng: random.Random) -> None:
    """The same option once more costs the same, and is named beside the winner."""
    document = without_rest(document)
    made = compared(document)
    ask_only_if(made.winner)
    place = next(n for n, result in enumerate(made.options) if result.label == made.winner)
    labelled = [{"label": r.label} | o for o, r in zip(document["options"], made.options, strict=True)]
    again = compared(document, options=[*labelled, labelled[place] | {"label": "once more"}])
    assert again.winner == made.winner
    assert "once more" in again.ties


@holds_for(scenario)
def test_labels_are_only_names(document: Document, rng: random.Random) -> None:
    """Other labels change no bill."""
    document = without_rest(document)
    one = compared(document)
    renamed = [option | {"label": f"Z{n}"} for n, option in enumerate(document["options"])]
    other = compared(document, options=renamed)
    assert [r.cost_usd for r in one.options] == [r.cost_usd for r in other.options]


@holds_for(scenario)
def test_what_all_pay_alike_changes_no_distance(document: Document, rng: random.Random) -> None:
    """A cost that every option has moves every bill by itself, and the winner stays."""
    made = compared(document)
    usd = rng.choice((0.01, 22.5, 1000))
    own = {"label": "paid by all", "usd_per_month": usd, "options": "all"}
    other = compared(document, other_costs=[*document.get("other_costs", []), own])
    assert other.winner == made.winner or made.ties
    for before, after in zip(made.options, other.options, strict=True):
        assert after.bill.known_usd - before.bill.known_usd == Fraction(str(usd))


@holds_for(scenario)
def test_a_dearer_price_never_makes_a_bill_smaller(document: Document, rng: random.Random) -> None:
    """With a higher price of one item no option of given size is cheaper than before."""
    made = compared(document, prices=[])
    ask_only_if(not any("auto" in str(option) or option["kind"] == "hybrid" for option in document["options"]))
    lines = [line for result in made.options for line in result.bill.lines if line.price_usd]
    lines = [line for line in lines if line.service not in ("", "other_costs") and "plan" not in line.price_item]
    ask_only_if(lines and not any("plan" in str(option.get("purchase")) for option in document["options"]))
    line = rng.choice(lines)
    own = {"service": line.service, "item": line.price_item, "note": "dearer"}
    one, other = (compared(document, prices=[own | {"price_usd": usd}]) for usd in ("0.02", "0.03"))
    for before, after in zip(one.options, other.options, strict=True):
        assert after.bill.known_usd >= before.bill.known_usd


@holds_for(scenario)
def test_the_free_tier_never_makes_an_option_dearer(document: Document, rng: random.Random) -> None:
    """With the account's free quantities no option costs more."""
    one, other = compared(document, free_tier=False), compared(document, free_tier=True)
    for before, after in zip(one.options, other.options, strict=True):
        ask_only_if("hybrid" not in (before.kind, after.kind))  # whose level may be another
        assert after.bill.known_usd <= before.bill.known_usd


@holds_for(scenario)
def test_halved_prices_halve_every_bill(document: Document, rng: random.Random) -> None:
    """A discount on everything AWS bills takes its share off each bill without own prices, and the same option wins."""
    rest = {"prices": [], "other_costs": [], "operations": None, "rates": None}
    document = {name: value for name, value in (without_rest(document) | rest).items() if value is not None}
    document["include"] = [word for word in document["include"] if word != "operations"] or ["compute"]
    document["options"] = [{n: v for n, v in o.items() if n != "operations_hours"} for o in document["options"]]
    made = compared(document)
    half = compared(document, rates={"version": 1, "discounts": [{"fraction": 0.5}]})
    assert half.winner == made.winner
    for before, after in zip(made.options, half.options, strict=True):
        assert after.bill.known_usd * 2 == before.bill.known_usd


@holds_for(scenario)
def test_a_scenario_written_out_reads_back(document: Document, rng: random.Random) -> None:
    """The scenario printed with every default, read again as JSON or as YAML, is the same comparison."""
    made = compared(document)
    printed = made.scenario.document()
    for again in (json.loads(json.dumps(printed)), yaml.safe_load(yaml.safe_dump(printed))):
        assert costs(compare(Scenario.from_dict(again))) == costs(made)


@holds_for(swept)
def test_a_point_of_the_axis_is_the_comparison_there(document: Document, rng: random.Random) -> None:
    """Costs along the axis, in floats, are the exact bills at each of its places."""
    made = compared(document)
    place = rng.randint(made.axis.low, made.axis.high)
    there = made.there(place)
    along = made.along([place]).usd
    for result, usd in zip(there.options, along.values(), strict=True):
        if result.cost_usd is None:
            assert math.isnan(usd[0])
        elif math.isfinite(usd[0]):
            assert usd[0] == pytest.approx(float(result.cost_usd), rel=1e-9, abs=1e-9)


@holds_for(scenario, few=4, many=300)
def test_the_command_prints_what_the_function_gives(document: Document, rng: random.Random) -> None:
    """`lambdaplan compare --json` prints the document that `compare` gives in Python."""
    made = compared(document)
    read = Scenario.from_dict(document)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.json"
        path.write_text(json.dumps(document))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            assert main(["compare", str(path), "--json"]) == 0
    assert json.loads(printed.getvalue()) == json.loads(json.dumps(compare(read).document()))
    assert made.winner == json.loads(printed.getvalue())["winner"]


@holds_for(scenario)
def test_a_batch_of_one_is_the_comparison(document: Document, rng: random.Random) -> None:
    """A batch of one service has the bill of its comparison."""
    made = compared(document)
    ask_only_if(made.best is not None)
    assert portfolio([Service(2, made.scenario)]).cheapest.known_usd == made.best.bill.exact_usd


@holds_for(scenario)
def test_changes_given_with_set_are_those_of_the_file(document: Document, rng: random.Random) -> None:
    """A number given with `--set` is the number written in the file."""
    requests = rng.randint(0, 10**8)
    changed = copy.deepcopy(document)
    changed["workload"]["requests_per_month"] = requests
    one = compared(changed)
    other = compare(Scenario.from_dict(document, [f"workload.requests_per_month={requests}"]))
    assert costs(one) == costs(other)


@holds_for(scenario)
def test_peoples_hours_cost_their_wage(document: Document, rng: random.Random) -> None:
    """Each hour of people a month costs the wage, on the option that takes it, and nothing on the others."""
    words = sorted({*document["include"], "operations"}, key=str)
    base = document | {"include": words, "operations": {"wage_usd_per_hour": 60}}
    options = [{n: v for n, v in o.items() if n != "operations_hours"} for o in document["options"]]
    place = rng.randrange(len(options))
    one = compared(base, options=[o | {"operations_hours": 0} for o in options])
    other = compared(base, options=[o | {"operations_hours": 2.5 if n == place else 0} for n, o in enumerate(options)])
    for n, (before, after) in enumerate(zip(one.options, other.options, strict=True)):
        assert after.bill.known_usd - before.bill.known_usd == (150 if n == place else 0)
