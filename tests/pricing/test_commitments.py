"""Savings Plan commitments of one's own: used up hour by hour, what is unused billed, along every axis."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from fractions import Fraction
from typing import Any

import pytest

import oracle
from campaigns import seeds
from lambdaplan import InputError, Scenario, UsageDocument, atlas, bill, compare, flips
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import Service
from lambdaplan.resources import data_dir
from oracle_commitments import walk
from strategies import hourly_weights

NODE_API = data_dir() / "scenarios" / "node_api.json"
PLAN, INSTANCE = "compute_savings_plan_1y_no_upfront", "instance_savings_plan_1y_no_upfront"
REQUESTS = "workload.requests_per_month"


def asked(*commitments: dict[str, Any], **changes: Any) -> Scenario:
    document = json.loads(NODE_API.read_text("utf-8"))
    document["rates"] = {"version": 1, "commitments": list(commitments)}
    return Scenario.from_dict({**document, **changes})


def compute(usd_per_hour: Any, plan: str = PLAN, **more: Any) -> dict[str, Any]:
    return {"plan": plan, "usd_per_hour": usd_per_hour, **more}


# ---- right values, by hand


def test_what_a_flat_hour_uses_is_paid_at_the_plan_s_rate_and_the_rest_on_demand() -> None:
    # 2 x t3.small an hour: 2 x 0.015 = 0.03 of the plan, all of the commitment. 1,460 h x 0.015 = 21.90.
    # Lambda: 2,000,000 GB-s / 730 h x 0.0000147 = 0.0403 an hour; 0.03 pays 0.03 x 730 / 0.0000147 GB-s.
    made = compare(asked(compute("0.03")))
    function, _, machine = made.options
    hours = next(line for line in machine.bill.lines if line.price_item == f"t3.small/{PLAN}")
    assert (hours.quantity, hours.exact_usd) == (1460, Fraction("21.9"))
    covered = Fraction(3, 100) * 730 / Fraction("0.0000147")
    assert function.bill.known_usd == 12 + Fraction("21.9") + (2_000_000 - covered) * Fraction("0.0000166667")
    assert not [line for line in machine.bill.lines if "unused" in line.item]


def test_the_largest_saving_comes_first() -> None:
    # GB-hours save 20 % (0.003556 of 0.004445), vCPU-hours 20 % less a hair (0.032384 of 0.04048 = 0.8): alike,
    # so the lower rate first: 2 GB-hours x 0.003556 = 0.007112 an hour, the rest for vCPU.
    task = compare(asked(compute("0.01"))).options[1].bill.lines
    usd = {line.price_item.split("/")[0]: line.exact_usd for line in task if PLAN in line.price_item}
    assert usd == {"gb_hour": Fraction("0.007112") * 730, "vcpu_hour": Fraction("0.002888") * 730}


def test_what_no_hour_uses_is_a_line() -> None:
    machine = compare(asked(compute("0.05"))).options[2].bill
    unused = next(line for line in machine.lines if "unused" in line.item)
    assert unused.exact_usd == Fraction("0.02") * 730 and "60 % used" in unused.note
    assert machine.known_usd == Fraction("0.05") * 730 + sum(
        line.exact_usd for line in machine.lines if line.service in ("ebs", "alb")
    )


def test_an_hour_does_not_lend_to_another() -> None:
    # Half of the week 2 units of load, half none: a commitment for the mean is used in half of the hours alone.
    week = [0] * 84 + [1] * 84
    work = {**json.loads(NODE_API.read_text("utf-8"))["workload"], "traffic": {"hourly": week, "burst": 1}}
    mean_usd = 2_000_000 / Fraction(730) * Fraction("0.0000147")
    function = compare(asked(compute(round(float(mean_usd), 6)), workload=work)).options[0].bill
    committed = Fraction(str(round(float(mean_usd), 6)))
    unused = next(line.exact_usd for line in function.lines if "unused" in line.item)
    assert unused == committed * 365


def test_an_instance_plan_covers_its_family_and_comes_before_a_compute_plan() -> None:
    given = (compute("0.01"), compute("0.02", INSTANCE, family="t3"), compute("0.5", INSTANCE, family="m7i"))
    scenario = asked(*given[:2])
    lines = {line.price_item: line for line in compare(scenario).options[2].bill.lines}
    rate = scenario.book.price("ec2", f"t3.small/{INSTANCE}", "us-east-1").first_usd
    assert lines[f"t3.small/{INSTANCE}"].quantity == min(Fraction("0.02") / rate, 2) * 730
    idle = compare(asked(given[2])).options[2].bill.lines
    assert next(line.exact_usd for line in idle if "unused" in line.item) == 365
    elsewhere = asked(compute("0.5", INSTANCE, family="m7i", region="eu-west-1"))
    assert not [line for line in compare(elsewhere).options[2].bill.lines if "unused" in line.item]


def test_a_rate_that_is_not_known_makes_a_line_without_a_price() -> None:
    made = compare(asked(compute("0.01"), region="eu-west-1"))
    assert made.winner is None
    unknown = made.options[2].bill.unknown
    assert len(unknown) == 1 and f"t3.small/{PLAN}" in unknown[0]
    rate = {"service": "ec2", "item": f"t3.small/{PLAN}", "price_usd": "0.016"}
    known = made.scenario.with_values({"prices": [rate]})
    assert compare(known).options[2].cost_usd is not None


def test_spot_and_what_is_not_counted_leave_a_commitment_alone() -> None:
    spot = [{"kind": "ec2", "instance_type": "t3.small", "purchase": "spot"}]
    lines = compare(asked(compute("0.01"), options=spot)).options[0].bill.lines
    assert next(line.exact_usd for line in lines if "unused" in line.item) == Fraction("7.3")
    door_alone = compare(asked(compute("0.01"), include=["front_door"])).options[0].bill.lines
    assert not [line for line in door_alone if "ommitment" in line.item]


def test_a_usage_document_is_taken_as_the_same_in_every_hour() -> None:
    rows = [{"service": "ec2", "instance_type": "t3.small", "instance_hours": 1460}]
    document = {"version": 1, "usage": rows, "rates": {"version": 1, "commitments": [compute("0.02")]}}
    made = bill(UsageDocument.from_dict(document))
    # 0.02 / 0.015 x 730 h are paid by the plan, the other 486.67 h cost 0.0208
    assert made.known_usd == Fraction("14.6") + (1460 - Fraction("14.6") / Fraction("0.015")) * Fraction("0.0208")
    assert bill(UsageDocument.from_dict({**document, "usage": []})).known_usd == Fraction("14.6")


def test_above_the_first_tier_of_duration_no_rate_is_known() -> None:
    rows = [{"service": "lambda", "requests": 1, "gb_seconds": 7_000_000_000}]
    rates = {"version": 1, "commitments": [compute(1000)]}
    made = bill(UsageDocument.from_dict({"version": 1, "usage": rows, "rates": rates}))
    lines = {line.price_item: line.quantity for line in made.lines if line.quantity}
    assert lines[f"duration/x86_64/{PLAN}"] == 6_000_000_000
    assert lines[f"duration/x86_64/{PLAN}/above_first_tier"] == 1_000_000_000 and len(made.unknown) == 1


# ---- against a walk through the hours


def random_asked(rng: random.Random) -> Scenario:
    document = json.loads(NODE_API.read_text("utf-8"))
    work = document["workload"]
    work["requests_per_month"] = int(10 ** rng.uniform(5, 9))
    work["duration_ms"] = rng.choice((20, 200, 350))
    if rng.random() < 0.7:
        work["traffic"] = {"hourly": hourly_weights(rng), "burst": rng.choice((1, 1.5))}
    if rng.random() < 0.3:
        work["traffic"] = {"shape": "office_hours"}
    if rng.random() < 0.3:
        work["init_ms"], work["cold_fraction"] = 300, 0.01
    level = rng.choice((0.01, 0.2, 3, 40, 1000))
    options: list[dict[str, Any]] = [
        {"kind": "lambda", "memory_mb": rng.choice((512, 1024)), "architecture": rng.choice(("x86_64", "arm64"))},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": rng.choice((1, 2)), "min_units": rng.choice((0, 2))},
        {"kind": "ec2", "instance_type": rng.choice(("t3.small", "m7i.large")), "cpu_credits": "unlimited"},
        {
            "kind": "hybrid",
            "base": {"kind": "ec2", "instance_type": "m7i.large"},
            "level": level,
            "overflow": {"kind": "lambda", "memory_mb": 512},
        },
    ]
    document["options"] = options
    commitments = [compute(rng.choice(("0.005", "0.05", "0.4", 3, 50)))]
    if rng.random() < 0.4:
        commitments.append(compute(rng.choice(("0.01", "0.3")), INSTANCE, family=rng.choice(("t3", "m7i"))))
    document["rates"] = {"version": 1, "commitments": commitments}
    document["sweep"] = {"from": 10_000, "to": 20_000_000}
    if rng.random() < 0.3:
        document["free_tier"] = True
    return Scenario.from_dict(document)


def walked(scenario: Scenario, place: int) -> Fraction:
    """What an option costs by a walk, from the quantities of its bill without commitments."""
    plain = compare(scenario.with_values({"rates": None}))
    result = plain.options[place]
    weights = oracle_week(scenario)
    hours = Fraction(scenario.hours_per_month)
    uses: dict[str, tuple[list[Fraction], Fraction]] = {}
    rest = Fraction(0)
    units = (
        [Fraction(many) for many in result.fleet.hourly(scenario.workload.traffic)]
        if result.fleet.parts is None and result.kind != "lambda"
        else None
    )
    shapes = {"lambda": weights, "ec2": units or [Fraction(1)] * 168, "fargate": units or [Fraction(1)] * 168}
    if result.fleet.parts is not None:
        over = [Fraction(rps) for rps in result.fleet.parts.lambda_rps[scenario.workload.traffic.which]]
        shapes["lambda"] = over if sum(over) else weights
    commitments = []
    for line in result.bill.lines:
        covered = line.price_item.endswith("/on_demand") or (
            line.service == "lambda" and line.price_item.startswith("duration/")
        )
        if not covered:
            rest += line.exact_usd
            continue
        shape = shapes[line.service]
        each = line.quantity / sum(shape) * 168 / hours
        before = uses.get(line.price_item, ([Fraction(0)] * 168, line.price_usd))
        assert before[1] == line.price_usd  # one tier
        uses[line.price_item] = ([a + each * b for a, b in zip(before[0], shape, strict=True)], line.price_usd)
    ordered = sorted(scenario.rates.commitments, key=lambda one: one.plan.startswith("compute"))
    for one in ordered:
        rates = {}
        for name in uses:
            service = "ec2" if "." in name else "fargate" if "hour" in name else "lambda"
            if (service != "ec2" and one.family) or (one.family and not name.startswith(f"{one.family}.")):
                continue
            item = f"{name.removesuffix('/on_demand')}/{one.plan}"
            rates[name] = oracle.book()[service, item, "us-east-1"][0][2]
        commitments.append((one.usd_per_hour, rates))
    return rest + walk(uses, commitments, hours)[0]


def oracle_week(scenario: Scenario) -> list[Fraction]:
    traffic = scenario.workload.traffic
    return [Fraction(int(traffic.weights[place])) for place in traffic.which]


@pytest.mark.parametrize("seed", seeds(6, 400))
def test_bills_agree_with_a_walk_through_the_hours(seed: int) -> None:
    scenario = random_asked(random.Random(seed))
    made = compare(scenario)
    for place, result in enumerate(made.options):
        if result.cost_usd is not None and walkable(scenario, place):
            assert result.cost_usd == walked(scenario, place), result.label


def walkable(scenario: Scenario, place: int) -> bool:
    """Whether duration is of one tier, as the walk has it."""
    return float(scenario.workload.requests_per_month) * 0.4 < 5e9


@pytest.mark.parametrize("seed", seeds(3, 120))
def test_crossovers_hold_on_both_sides_and_there_is_none_elsewhere(seed: int) -> None:
    rng = random.Random(1000 + seed)
    scenario = random_asked(rng)
    made = compare(scenario)
    ats = [crossover.at for crossover in made.crossovers]
    if any(zone for zone in made.zones):
        pytest.skip("a long alternation is gathered")
    winners = [made.at_start, *(crossover.above for crossover in made.crossovers)]
    places = {int(10 ** rng.uniform(4, 7.3)) for _ in range(12)}
    places |= {at + more for at in ats for more in (-1, 0)}
    for place in sorted(places):
        assert made.there(place).winner == winners[bisect_right(ats, place)], place
    some = sorted(places)
    along = made.along(some)
    for place, *usd in zip(some, *along.usd.values(), strict=True):
        exact = [float("nan") if r.cost_usd is None else float(r.cost_usd) for r in made.there(place).options]
        assert list(usd) == pytest.approx(exact, nan_ok=True)


def test_along_another_number_crossovers_hold_too() -> None:
    scenario = asked(
        compute("0.02"), sweep={"over": "workload.duration_ms", "from": 20, "to": 900, "scale": "linear", "points": 50}
    )
    made = compare(scenario)
    assert made.crossovers
    for crossover in made.crossovers:
        assert made.there(crossover.at - 1).winner == crossover.below
        assert made.there(crossover.at).winner == crossover.above


def test_pages_have_the_bills_of_compare() -> None:
    scenario = asked(compute("0.02"))
    made = compare(scenario)
    drawn = atlas(
        scenario,
        over=(REQUESTS, "workload.duration_ms"),
        points=2,
        x_range=(10_000_000, 10_000_001),
        y_range=(200, 201),
    )
    assert [float(usd[0, 0]) for usd in drawn.usd] == pytest.approx([float(r.cost_usd) for r in made.options])
    for distance in flips(scenario).distances:
        for reach in (distance.up, distance.down):
            if reach.flip is not None and not distance.is_price:
                assert compare(scenario.with_values({distance.path: float(reach.flip.at)})).winner != made.winner


def test_of_a_size_left_open_the_one_that_is_cheapest_with_the_commitment_is_chosen() -> None:
    document = json.loads(NODE_API.read_text("utf-8"))
    families = ["t3", "t3a", "m7i", "c7i"]
    auto = {"kind": "ec2", "instance_type": "auto", "families": families, "cpu_credits": "unlimited"}
    document["workload"]["requests_per_month"] = 300_000_000
    rates = {"version": 1, "commitments": [compute("0.3", INSTANCE, family="c7i"), compute("0.1")]}
    given = Scenario.from_dict({**document, "options": [auto], "rates": rates})
    chosen = compare(given).options[0]
    names = [n for n in given.book.instance_types if n.split(".")[0] in families]
    each = [{**auto, "instance_type": name} for name in names]
    for option in each:
        del option["families"]
    usd = []
    for start in range(0, len(each), 40):
        every = compare(Scenario.from_dict({**document, "options": each[start : start + 40], "rates": rates}))
        usd += [r.cost_usd for r in every.options if r.feasible and r.cost_usd is not None]
    assert chosen.cost_usd == min(usd)


# ---- refusals


@pytest.mark.parametrize(
    ("commitment", "words"),
    [
        (compute(1, "compute_plan"), "rates.commitments.0.plan"),
        (compute(0), "rates.commitments.0.usd_per_hour = 0 is outside"),
        (compute(1, INSTANCE), "rates.commitments.0.family is missing"),
        (compute(1, INSTANCE, family="m77i"), "Did you mean m7i?"),
        (compute(1, family="m7i"), "a Compute plan has none"),
        (compute(1, INSTANCE, family="m7i", region="mars"), 'rates.commitments.0.region = "mars"'),
    ],
)
def test_commitments_that_are_refused(commitment: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        asked(commitment)


def test_what_commitments_do_not_go_with() -> None:
    plan = [{"kind": "ec2", "instance_type": "t3.small", "purchase": PLAN}]
    with pytest.raises(InputError, match="asks for a plan beside them"):
        asked(compute(1), options=plan)
    with pytest.raises(InputError, match="not known hour by hour"):
        asked(compute(1), options=[{"kind": "lambda", "memory_mb": 512, "provisioned": 2}])
    with pytest.raises(InputError, match=r"rates\.commitments = a list does not fit"):
        portfolio([Service(2, asked(compute(1)))])
