"""How far the answer is from another one: each change against an independent oracle, and against hand-worked ones.

`oracle_compare` shares no code with the package. It bills the scenario with the changed value on both sides of each
change, and at values in between.
"""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import lambdaplan
import oracle_compare
import strategies
from campaigns import PROVE, seeds
from further_kinds import with_further_kinds
from lambdaplan import Scenario, compare, flips
from lambdaplan.analysis import sensitivity
from lambdaplan.analysis.sensitivity import WAGE, _numbers, flip_rows
from lambdaplan.analysis.sensitivity_search import Answer, VariedNumber
from lambdaplan.comparison.bounds import lines_at
from lambdaplan.platforms import OPTIONS
from lambdaplan.resources import data_dir
from oracle import exact
from places import MIXED

SEEDS = seeds(1, 60)
MAKERS = (strategies.random_scenario, with_further_kinds)
IN_BETWEEN = 20 if PROVE else 2

# Fields that the oracle does not know: it has no networks, logs or answer times, and one speed of processor.
UNKNOWN = ("cpu_speed", "log_kb", "log_retention_days", "outbound_kb", "service_cv", "timeout_ms", "zones")
# Beyond these the time-outs and payloads of Lambda and of front doors count, which the oracle does not know.
WITHIN = {"duration_ms": Fraction(20_000), "request_kb": Fraction(1_000), "response_kb": Fraction(1_000)}


def plain(value):
    """A number as a document has it, digit for digit."""
    return int(value) if value == int(value) else float(value)


def priced(document, path, value):
    changed = oracle_compare.with_value(document, path, plain(value))
    return oracle_compare.costs(changed, changed["workload"]["requests_per_month"])


def settled(document):
    """A scenario with what the package fills in written out, so that a change of one value leaves the rest alone."""
    found = Scenario.from_dict(document).document()
    return json.loads(json.dumps(found))


def stands(bills, which):
    """Whether the winner is still among the cheapest; None is nobody."""
    best = oracle_compare.cheapest(bills)
    return which in best if best else which is None


def between(rng, low, high, grain):
    """Values on the grain between two values, both of them apart."""
    steps = int((high - low) / grain)
    if steps <= 1:
        return []
    wanted = {1, steps - 1, steps // 2} | {rng.randint(1, steps - 1) for _ in range(IN_BETWEEN)}
    wanted |= {min(8**k, steps - 1) for k in range(steps.bit_length() // 3 + 1)}
    return [low + grain * step for step in sorted(wanted)]


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_changes_of_random_scenarios_are_the_nearest_by_an_oracle(seed, made):
    rng = random.Random(seed)
    document = settled(made(rng, 60))
    found = flips(Scenario.from_dict(document))
    labels = [option["label"] for option in document["options"]]
    here = oracle_compare.costs(document, document["workload"]["requests_per_month"])
    which = next(iter(oracle_compare.cheapest(here)), None)
    assert found.comparison.winner == (None if which is None else labels[which])
    rules = _numbers(found.comparison.scenario)
    for distance in found.distances:
        if distance.is_price or distance.path.rsplit(".", 1)[-1] in UNKNOWN:
            continue
        grain = rules[distance.path].grain
        for reach, way in ((distance.down, -1), (distance.up, 1)):
            case = f"seed {seed}, {distance.path} from {float(distance.value)}, way {way}"
            within = WITHIN.get(distance.path.rsplit(".", 1)[-1], math.inf)
            end = min(reach.certain, within)
            if reach.flip is not None and reach.flip.at <= within:
                flip = reach.flip
                bills = priced(document, distance.path, flip.at)
                assert not stands(bills, which), case
                assert abs(flip.at - flip.before) <= grain, case
                best = oracle_compare.cheapest(bills)
                assert flip.winner == (labels[best[0]] if best else None), case
                if flip.before != distance.value:
                    assert stands(priced(document, distance.path, flip.before), which), case
                end = flip.before if flip.nearest else reach.certain
            low, high = sorted((distance.value, end))
            first = low if low % grain == 0 else (low // grain + 1) * grain
            for value in between(rng, first, high, grain):
                assert stands(priced(document, distance.path, value), which), f"{case}: at {float(value)}"


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_along_steady_fields_every_line_lies_between_its_ends(seed, made):
    rng = random.Random(seed)
    scenario = Scenario.from_dict(made(rng, 60))
    answer = Answer(compare(scenario))
    looked = 0
    for path, rule in _numbers(scenario).items():
        number = VariedNumber(answer, path, rule)
        if not number.is_steady or number.is_idle or path == WAGE:
            continue
        own = number.start(1)
        low, high = max(number.limit(-1), own // 20), min(number.limit(1), 20 * max(own, 5))
        places = np.array(sorted({rng.randint(low, high) for _ in range(24)} | {low, high}))
        for option_index in filter(number.axis.varies, number.envelope.distinct(range(len(scenario.options)))):
            if scenario.options[option_index].units_may_fall(scenario.book):
                continue  # its fleet lies between two others, which are steady
            bill = lines_at(number.axis, option_index, places)
            rows = np.vstack([bill.lines, bill.used, bill.units])
            for a in range(len(places) - 2):
                alike = (bill.alike[:, a] == bill.alike[:, a + 2]).all()
                if not alike:
                    continue
                kept = bill.kept[:, [a, a + 2]]
                same = kept[:, 0] == kept[:, 1]
                assert (bill.kept[same, a + 1] == kept[same, 0]).all(), (seed, path)
                if (kept == 0).all(axis=1).any():
                    continue  # it breaks a limit all the way, so that its bill wins nowhere
                ends = np.sort(np.stack([rows[:, a], rows[:, a + 2]]), axis=0)
                slack = 1e-9 * np.abs(ends[1]) + 1e-9
                assert (rows[:, a + 1] >= ends[0] - slack).all(), (seed, path, places[a : a + 3], rows[:, a : a + 3])
                assert (rows[:, a + 1] <= ends[1] + slack).all(), (seed, path, places[a : a + 3], rows[:, a : a + 3])
                looked += 1
    assert looked > 20


@pytest.fixture(scope="module")
def node_api():
    return flips(Scenario.load(MIXED))


def by_path(found):
    return {distance.path: distance for distance in found.distances}


def test_the_price_at_which_the_winner_changes_is_where_two_lines_meet(node_api):
    # Two t4g.small for 730 h, with 2 x 8 GB at $0.08 and a load balancer, cost $43.1252.. and Lambda $45.3334.
    # So an hour of t4g.small may cost 1/1460 of the gap more.
    usd = [result.cost_usd for result in node_api.comparison.options]
    limit = exact("0.0168") + (usd[0] - usd[2]) / 1460
    flip = by_path(node_api)["prices.ec2.t4g.small/on_demand"].up.flip
    assert flip.before <= limit < flip.at
    assert flip.at - flip.before == Fraction(1, 10**12)
    assert flip.winner == "Lambda 1024 MB"
    # ten million requests through an HTTP API at a price x: 2.00 + 33.3334 + 10 x = the fleet's bill
    limit = exact("0.000001") - (usd[0] - usd[2]) / 10**7
    flip = by_path(node_api)["prices.api_gateway_http.requests"].down.flip
    assert flip.at < limit <= flip.before


def test_a_price_at_the_change_changes_the_winner_of_a_comparison(node_api):
    scenario = node_api.comparison.scenario
    flip = by_path(node_api)["prices.ec2.t4g.small/on_demand"].up.flip
    for usd, winner in ((flip.before, "EC2 t4g.small"), (flip.at, "Lambda 1024 MB")):
        text = f"{usd.numerator * (10**12 // usd.denominator) / 10**12:.12f}"
        own = [{"service": "ec2", "item": "t4g.small/on_demand", "price_usd": text}]
        assert compare(scenario.with_values({"prices": own})).winner == winner


def test_the_traffic_at_which_it_changes_is_the_crossover(node_api):
    down = by_path(node_api)["workload.requests_per_month"].down.flip
    crossover = node_api.comparison.crossovers[0]
    assert (down.at, down.before) == (crossover.at - 1, crossover.at)


def test_a_millisecond_is_worth_its_gb_seconds(node_api):
    # 10,000,000 x 0.001 s x 1 GB = 10,000 GB-s at $0.0000166667
    assert node_api.lambda_millisecond_usd == Fraction(166667, 1_000_000)
    assert node_api.winner_millisecond_usd == 0  # two machines stand whatever a request takes


def test_switches_are_choices_that_a_comparison_confirms(node_api):
    scenario = node_api.comparison.scenario
    found = {(switch.path, str(switch.other)): switch.winner for switch in node_api.switches}
    assert found["free_tier", "True"] == "Lambda 1024 MB"
    assert found["options.1.purchase", "spot"] == "Fargate 0.5 vCPU 1 GB Arm"
    for switch in node_api.switches:
        whole = switch.path == "architecture"  # of the scenario: options follow it, and their labels
        there = compare(
            scenario.with_values({switch.path: switch.other}) if whole else scenario.at(switch.path, switch.other)
        )
        best = [result is there.best for result in there.options]
        assert best == [result.label == switch.winner for result in node_api.comparison.options]
        assert switch.winner != node_api.comparison.winner
    assert node_api.tried > len(node_api.switches)


def test_ranked_by_the_smallest_share_of_the_value(node_api):
    chosen = [d for d in node_api.distances if d.path != "hours_per_month"]
    shares = [d.relative for d in chosen if d.relative is not None]
    assert shares == sorted(shares)
    assert shares[0] == Fraction(10_000_000 - 9_502_410, 10_000_000)
    rest = chosen[len(shares) :]
    assert all(not d.flips or d.value == 0 for d in rest)


def test_the_hours_of_a_month_which_nobody_decides_come_after_what_somebody_does():
    paths = [d.path for d in flips(Scenario.load(data_dir() / "scenarios" / "node_api.json")).near]
    assert paths[-1] == "hours_per_month" and len(paths) > 3


def test_what_touches_nothing_never_changes_the_winner(node_api):
    found = by_path(node_api)
    for path in ("workload.log_retention_days", "workload.outbound_kb", "options.0.operations_hours"):
        assert found[path].never


def test_nobody_wins_until_one_option_fits():
    scenario = Scenario.load(MIXED)
    found = flips(scenario.with_values({"workload.working_set_mb": 5000}))
    assert found.comparison.winner is None
    down = by_path(found)["workload.working_set_mb"].down.flip
    # t4g.small has 2048 MB less 300 reserved, for one process and a request of 2 MB
    assert (down.at, down.winner) == (1746, "EC2 t4g.small")


def test_nobody_wins_for_certain_where_what_is_known_without_a_price_stays_the_least():
    options = [{"kind": "fargate", "vcpu": 1, "memory_gb": 2}, {"kind": "ec2", "instance_type": "t4g.medium"}]
    options[1]["purchase"] = "spot"  # without a price in the book: its volumes and load balancer alone are known
    work = {"requests_per_month": 1, "duration_ms": 100, "busy_share": 0.5, "working_set_mb": 100}
    scenario = Scenario.from_dict({"version": 1, "name": "unpriced", "workload": work, "options": options})
    up = by_path(flips(scenario))["workload.requests_per_month"].up
    assert (up.flip, up.certain, up.never) == (None, 10**15, True)
    assert {compare(scenario.at("workload.requests_per_month", 10**k)).winner for k in range(16)} == {None}


def test_a_number_of_an_option_that_is_there_twice_changes_one_of_them():
    """Of two alike the later never wins, but one of its numbers makes it another option."""
    scenario = Scenario.load(MIXED).document()
    scenario["options"].append(scenario["options"][0] | {"label": "the same again"})
    last = f"options.{len(scenario['options']) - 1}"
    found = by_path(flips(Scenario.from_dict(scenario)))
    first, again = (found[f"{path}.memory_mb"] for path in ("options.0", last))
    assert again.down.flip is not None and again.down.flip.winner == "the same again"
    assert (again.down.flip.at, again.up) == (first.down.flip.at, first.up)


def test_options_chosen_by_size_say_that_a_change_may_not_be_the_nearest():
    scenario = Scenario.load(MIXED)
    found = flips(
        scenario.with_values(
            {"options": [{"kind": "lambda", "memory_mb": "auto"}, {"kind": "ec2", "instance_type": "t4g.small"}]}
        )
    )
    assert not any(f.nearest for f in by_path(found)["workload.duration_ms"].flips)
    for distance in found.distances:
        for flip in distance.flips:
            if not distance.is_price:
                value = int(flip.at) if distance.path == "workload.requests_per_month" else flip.at
                assert (
                    compare(scenario_at(found, distance.path, value)).winner == flip.winner != found.comparison.winner
                )


def scenario_at(found, path, value):
    return found.comparison.scenario.at(path, value)


def test_as_a_document_and_a_frame(node_api):
    document = json.loads(node_api.to_json())
    assert document["winner"] == "EC2 t4g.small"
    first = document["distances"][0]
    assert first["path"] == "workload.requests_per_month"
    assert first["down"]["flip"] == {"at": 9502410, "before": 9502411, "winner": "Lambda 1024 MB", "nearest": True}
    assert document["millisecond_usd"] == {
        "Lambda 1024 MB": "0.166667",
        "Fargate 0.5 vCPU 1 GB Arm": "0",
        "EC2 t4g.small": "0",
    }
    frame = node_api.to_frame()
    assert len(frame) == len(node_api.distances)
    assert frame.loc[0, "down"] == 9502410
    assert lambdaplan.flips is flips


def test_same_bytes_again():
    path = Path(data_dir() / "scenarios" / "webhook_receiver.json")
    assert flips(Scenario.load(path)).to_json() == flips(Scenario.load(path)).to_json()


def test_the_chart_draws_each_change_in_the_colour_of_who_wins_there(node_api):
    spec = lambdaplan.chart(node_api).to_dict()
    assert " ".join(spec["title"]["text"]) == "EC2 t4g.small wins; with requests a month 5 % less, Lambda 1024 MB would"
    bars = spec["layer"][1]["data"]["values"]
    assert bars[0]["at"] == "9,502,410"
    assert bars[0]["fill"] == OPTIONS["lambda"].colours[0]
    middle = 210  # half of 420 px: the scenario's own value
    # from 0.01 to 100 times is 420 px, so a factor of ten is 105 px
    assert bars[0]["x2"] == middle
    assert bars[0]["x"] == pytest.approx(middle + 105 * np.log10(0.950241))
    assert "duration of a request, now 200 ms: Lambda 1024 MB at 186 ms" in spec["description"]
    rows = flip_rows(node_api)
    assert rows[0] == {
        "number": "requests a month", "now": "10,000,000", "lower": "Lambda 1024 MB at 9.5 million",
        "higher": "no change", "smallest change": "5 % less",
    }  # fmt: skip
    assert len(rows) == len(node_api.near)


def test_a_chart_of_no_change_says_so():
    scenario = Scenario.load(MIXED)
    alone = flips(scenario.with_values({"options": [{"kind": "lambda", "memory_mb": 1024}]}))
    assert all(not d.flips or {f.winner for f in d.flips} == {None} for d in alone.distances)
    lambdaplan.chart(alone).to_dict()


def test_more_threads_than_vcpus_change_nothing_as_bills_at_every_number_of_them_say():
    scenario = Scenario.load(MIXED)
    up = next(d for d in flips(scenario).distances if d.path == "workload.cpu_threads").up
    assert (up.flip, up.certain, up.tried) == (None, 256, 256)
    bills = [compare(scenario.at("workload.cpu_threads", Fraction(n))) for n in (2, 3, 17, 256)]
    assert {bill.winner for bill in bills} == {compare(scenario).winner}
    assert len({tuple(option.cost_usd for option in bill.options) for bill in bills}) == 1


def test_a_price_of_another_platform_is_looked_for_on_no_bill_of_open_size(monkeypatch):
    """What is left out makes no difference: Managed Instances pay prices of two platforms, a hybrid of both its parts."""
    work = {"requests_per_month": 2 * 10**7, "duration_ms": 150, "busy_share": 0.4, "working_set_mb": 200}
    options = [
        {"kind": "lambda", "memory_mb": 512},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
        {"kind": "ec2", "instance_type": "auto", "families": ["t3a"]},
        {"kind": "lambda_managed_instances", "instance_type": "m7g.large"},
        {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}},
    ]
    asked = Scenario.from_dict({"version": 1, "name": "prices", "workload": work, "options": options})
    answer = sensitivity.Answer(compare(asked))
    quick = sensitivity._prices(answer)
    monkeypatch.setattr(sensitivity, "_may_have", lambda result, price: True)
    assert quick == sensitivity._prices(answer)
    assert any(distance.flips for distance in quick)


def test_numbers_of_queues_change_no_answer_of_a_service():
    """They may have no other value there: a service with a batch is refused."""
    work = {"requests_per_month": 10**7, "duration_ms": 150, "busy_share": 0.4, "working_set_mb": 200}
    asked = {"version": 1, "name": "service", "workload": work, "options": [{"kind": "lambda", "memory_mb": 512}]}
    queue = asked | {"workload": work | {"kind": "queue", "max_wait_s": 600}}
    assert "workload.batch_size" not in _numbers(Scenario.from_dict(asked))
    assert "workload.batch_size" in _numbers(Scenario.from_dict(queue))


def test_a_plan_without_prices_for_any_size_is_told_from_one_of_them(node_api):
    """So no size is chosen where every one of them lacks a price: the comparison has nobody either."""
    options = ({"kind": "fargate", "size": "auto"}, {"kind": "ec2", "instance_type": "t3a.micro"})
    asked = Scenario.from_dict(
        node_api.comparison.scenario.document() | {"region": "eu-central-1", "options": list(options)}
    )
    answer = Answer(compare(asked))
    path = "options.0.purchase"
    told = {}
    for terms in ("spot", "compute_savings_plan_1y_no_upfront"):
        changed = asked.at(path, terms)
        told[terms] = answer.is_clearly_blocked(path, changed)
        assert told[terms] == bool(answer.compared(path, changed).blocked_by)
    assert told == {"spot": False, "compute_savings_plan_1y_no_upfront": True}
