"""Sizes chosen for the reader, and hybrids: pruning never changes the answer."""

import copy
import dataclasses
import random
from fractions import Fraction

import numpy as np
import pytest

import lambdaplan
from campaigns import PROVE, seeds
from lambdaplan.comparison import crossovers
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.scenario.scenario import INCLUDE, Scenario
from strategies import for_all, random_capacity_scenario, random_scenario

FAMILIES = ["t4g", "m7g", "c7i", "r6a"]


def base_document(rng, options):
    document = for_all(copy.deepcopy(random_scenario(rng)))
    document |= {"region": "us-east-1", "options": options, "name": "choices", "architecture": "any"}
    document["memory_headroom"] = 0  # so that a size that is chosen is judged as one that is given
    document.pop("prices", None)
    document.pop("sweep", None)
    workload = document["workload"]
    workload.setdefault("measured_memory_mb", 1769)
    if "cpu_ms" in workload:
        del workload["cpu_ms"]
        workload["busy_share"] = rng.choice([0, 0.05, 0.3, 1])
    workload["requests_per_month"] = rng.choice([0, 1, 10**5, 3 * 10**6, 5 * 10**7, rng.randrange(10**8)])
    traffic = workload.get("traffic", {})
    in_bursts = sum(one["per_month"] * one["minutes"] * 60 * one["rps"] for one in traffic.get("bursts", ()))
    if in_bursts > workload["requests_per_month"]:  # their requests are a part of these
        del traffic["bursts"]
    return document


def cost(document, option):
    """What one option of given size costs: None where it is infeasible or a price is missing."""
    found = lambdaplan.compare(Scenario.from_dict({**document, "options": [option]})).options[0]
    return found.cost_usd if found.feasible else None


def least(document, options):
    costs = [usd for usd in (cost(document, option) for option in options) if usd is not None]
    return min(costs) if costs else None


def chosen(document, option):
    found = lambdaplan.compare(Scenario.from_dict({**document, "options": [option]})).options[0]
    return found, found.cost_usd if found.feasible else None


@pytest.mark.parametrize("seed", seeds(2, 200))
def test_ec2_auto_is_the_cheapest_of_every_type_and_way_of_buying(seed):
    rng = random.Random(seed)
    terms = ["on_demand", "spot"]
    fleet = {"min_units": rng.choice([0, 1, 2, 3]), "survive_zone_loss": rng.random() < 0.5}
    document = base_document(rng, [])
    every = [
        {"kind": "ec2", "instance_type": name, "purchase": purchase, **fleet}
        for name, size in PriceBook.load().instance_types.items()
        if name.split(".")[0] in FAMILIES
        for purchase in terms
        if f"{name}/{purchase}" in PriceBook.load().items("ec2", "us-east-1")
    ]
    option = {"kind": "ec2", "instance_type": "auto", "families": FAMILIES, "purchases": terms, **fleet}
    assert chosen(document, option)[1] == least(document, every)


@pytest.mark.parametrize("seed", seeds(3, 300))
def test_fargate_auto_is_the_cheapest_of_every_size(seed):
    rng = random.Random(1000 + seed)
    fleet = {"min_units": rng.choice([0, 1, 2, 3]), "scaling": rng.choice(["hourly", "fixed"])}
    document = base_document(rng, [])
    every = [
        {"kind": "fargate", "vcpu": float(vcpu), "memory_gb": float(gb), "architecture": architecture, **fleet}
        for architecture in ("x86_64", "arm64")
        for vcpu, sizes in PriceBook.load().task_sizes["linux"].items()
        for gb in sizes
    ]
    assert chosen(document, {"kind": "fargate", "size": "auto", **fleet})[1] == least(document, every)


@pytest.mark.parametrize("seed", seeds(1, 300, kept=(5, 79, 138, 161, 175, 199, 213)))
def test_lambda_auto_is_the_cheapest_of_every_memory_size(seed):
    rng = random.Random(2000 + seed)
    document = base_document(rng, [])
    more = {"front_door": rng.choice(["http_api", "alb", "none"]), "ephemeral_mb": rng.choice([512, 512, 2048])}
    limit = rng.choice([None, None, document["workload"]["duration_ms"]])
    option = {"kind": "lambda", "memory_mb": "auto", **more} | ({} if limit is None else {"max_duration_ms": limit})
    found, usd = chosen(document, option)
    # all 10,113 sizes at once in float64, then those near the least of them exactly; where float64 can't decide, which
    # takes an exact bill for each size, every 32nd and those around the chosen one do, but for `make prove`
    swept = Scenario.from_dict(
        {
            **document,
            "options": [{"kind": "lambda", "memory_mb": 128, **more}],
            "sweep": {"over": "options.0.memory_mb", "from": 128, "to": 10240, "scale": "linear"},
        }
    )
    comparison = lambdaplan.compare(swept)
    here = found.option.memory_mb
    sizes = (
        np.arange(128, 10241)
        if PROVE
        else np.union1d(np.arange(128, 10241, 32), np.arange(max(here - 32, 128), min(here + 33, 10241)))
    )
    costs, _ = comparison.axis.bills.costs(0, sizes)
    if limit is not None:
        walls = [float(swept.workload.lambda_ms(int(mb))) for mb in sizes]
        costs = np.where(np.array(walls) > float(limit) * (1 + 1e-12), np.inf, costs)
    if not np.isfinite(costs).any():
        assert not found.feasible or limit is not None
        return
    if costs.min() == 0:  # no requests, or all of them free
        assert usd == 0
        return
    near = sizes[costs <= costs.min() * (1 + 1e-11)]
    assert usd == min(comparison.axis.bills.exact(0, int(mb)).known_usd for mb in near)


def hybrid_by_hand(document, base, memory_mb):
    """The cheapest hybrid by trying every number of base units, from the rules and the book's prices alone."""
    work, hours = document["workload"], Fraction(document.get("hours_per_month", 730))
    weights = [Fraction(str(w)) for w in work["traffic"]["hourly"]]
    burst = Fraction(str(work["traffic"]["burst"]))
    rps = Fraction(work["requests_per_month"]) / (3600 * hours)
    means = [rps * w * 168 / sum(weights) for w in weights]
    measured = Fraction(1769)
    cpu = Fraction(str(work["busy_share"])) * work["duration_ms"]
    io = work["duration_ms"] - cpu
    wall = io + cpu / min(Fraction(base["vcpu"]), 1)
    slots = max(int(Fraction(base["vcpu"])), 1) * 1000

    def carries(units, utilisation):
        per_unit = [slots * utilisation * 1000 / wall]
        if cpu:
            per_unit.append(Fraction(base["vcpu"]) * utilisation * 1000 / cpu)
        return units * min(per_unit)

    def most(units):
        lost = -(-units // 2)
        return min(carries(units, Fraction(3, 5)), carries(units - lost, Fraction(1)))

    prices = PriceBook.load()
    vcpu = prices.price("fargate", "vcpu_hour/x86_64/linux/on_demand", "us-east-1").first_usd
    memory = prices.price("fargate", "gb_hour/x86_64/linux/on_demand", "us-east-1").first_usd
    per_request = prices.price("lambda", "requests/x86_64", "us-east-1").first_usd
    tiers = prices.price("lambda", "duration/x86_64", "us-east-1").tiers
    lambda_wall = io + cpu / min(Fraction(memory_mb) / measured, 1)
    billed = -(-lambda_wall // 1)
    best = None
    units = base["min_units"]
    while True:
        level = most(units) / burst
        over = sum((max(m - level, 0) for m in means), Fraction(0)) / 168 * 3600 * hours
        gb_seconds = over * billed / 1000 * Fraction(memory_mb, 1024)
        usd = units * hours * (vcpu * Fraction(base["vcpu"]) + memory * base["memory_gb"]) + over * per_request
        for tier in tiers:
            upto = gb_seconds if tier.upto is None else min(gb_seconds, tier.upto)
            usd += max(upto - tier.start, 0) * tier.price_usd
        best = usd if best is None else min(best, usd)
        if level >= max(means):
            return best
        units += 1


@pytest.mark.parametrize("seed", seeds(6, 1000))
def test_the_level_of_a_hybrid_equals_an_exhaustive_search(seed):
    rng = random.Random(seed)
    week = [rng.choice([0, 1, 2, 5, rng.randrange(1, 100)]) for _ in range(168)]
    week[rng.randrange(168)] = rng.choice([1, 100, 1000])
    document = {
        "version": 1,
        "name": "hybrid",
        "include": ["compute"],
        "workload": {
            "requests_per_month": rng.choice([10**6, 10**7, rng.randrange(10**5, 2 * 10**8)]),
            "duration_ms": rng.choice([50, 200, 333]),
            "busy_share": rng.choice([0, 0.05, 0.3, 1]),
            "measured_memory_mb": 1769,
            "working_set_mb": 300,
            "traffic": {"hourly": week, "burst": rng.choice([1, 1.5, 3])},
        },
    }
    base = {"kind": "fargate", "vcpu": rng.choice([0.5, 1, 2]), "memory_gb": 4, "min_units": rng.choice([1, 2, 3])}
    option = {"kind": "hybrid", "base": base, "overflow": {"kind": "lambda", "memory_mb": 1024}}
    found, usd = chosen(document, option)
    assert usd == hybrid_by_hand(document, base, 1024)
    assert found.feasible


def test_a_hybrid_of_a_given_level_serves_what_exceeds_it_on_lambda():
    """Half of the week at 10 requests a second, half at 30; 20 are the base's: a quarter of 40 goes to Lambda."""
    week = [1] * 84 + [3] * 84
    document = {
        "version": 1,
        "name": "two levels",
        "include": ["compute"],
        "workload": {
            "requests_per_month": 20 * 3600 * 730,
            "duration_ms": 100,
            "busy_share": 1,
            "measured_memory_mb": 1769,
            "working_set_mb": 300,
            "traffic": {"hourly": week, "burst": 1},
        },
        "options": [
            {
                "kind": "hybrid",
                "level": 20,
                "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "survive_zone_loss": False},
                "overflow": {"kind": "lambda", "memory_mb": 1769},
            }
        ],
    }
    result = lambdaplan.compare(Scenario.from_dict(document)).options[0]
    # one vCPU carries 0.6 x 10 requests a second: 20 need 4 tasks (3.33), standing 730 hours
    assert result.fleet.units_peak == 4 and result.fleet.unit_hours == 4 * 730
    assert result.fleet.lambda_share == Fraction(1, 4)  # 10 of 40 in each pair of hours
    requests = next(line for line in result.bill.lines if line.price_item == "requests/x86_64")
    assert requests.quantity == Fraction(20 * 3600 * 730, 4)


def swept(options):
    return {
        "version": 1,
        "name": "sweep",
        "workload": {
            "requests_per_month": 10**7,
            "duration_ms": 200,
            "busy_share": 0.3,
            "working_set_mb": 300,
            "traffic": {"hourly": [1] * 100 + [5] * 60 + [20] * 8},
        },
        "options": options,
        "sweep": {"from": 10**5, "to": 5 * 10**8},
    }


@pytest.mark.parametrize("seed", seeds(1, 60, kept=[5]))
def test_crossovers_of_choices_and_hybrids_are_true_on_both_sides(seed):
    """At each crossover the winner changes there; between them, at random places, it is the one that stands."""
    rng = random.Random(seed)
    pool = [
        {"kind": "lambda", "memory_mb": "auto"},
        {"kind": "lambda", "memory_mb": 1024, "front_door": "alb"},
        {"kind": "fargate", "size": "auto"},
        {"kind": "ec2", "instance_type": "auto", "families": ["t4g", "m7g"]},
        {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "min_units": 1}},
        {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1},
    ]
    document = swept(rng.sample(pool, 3))
    scenario = Scenario.from_dict(document)
    comparison = lambdaplan.compare(scenario)
    places = [int(c.at) for c in comparison.crossovers]

    def winner(requests):
        return lambdaplan.compare(scenario.at("workload.requests_per_month", requests)).winner

    for crossover in comparison.crossovers[:12]:
        assert (winner(crossover.at - 1), winner(crossover.at)) == (crossover.below, crossover.above)
    state = [comparison.at_start, *(c.above for c in comparison.crossovers)]
    for _ in range(12):
        at = int(10 ** rng.uniform(5, 8.69))
        assert winner(at) == state[sum(place <= at for place in places)]


def swept_widely(seed, kind):
    """A random scenario with a choice or a hybrid, along a hundred to a thousand times as many requests."""
    rng = random.Random(seed)
    document = random_capacity_scenario(rng, (kind,))
    requests = int(document["workload"]["requests_per_month"])
    ends = max(requests // rng.choice((3, 30)), 1), requests * rng.choice((3, 30)) + 10
    return document | {"sweep": {"from": ends[0], "to": ends[1]}}


# In test_crossovers_of_choices… 5: a bend of the balancer.
WIDELY = [*((seed, "hybrid") for seed in seeds(2, 400)), *((seed, "auto") for seed in seeds(2, 400))]


@pytest.mark.parametrize(("seed", "kind"), WIDELY)
def test_crossovers_are_the_same_however_coarsely_the_axis_is_cut_at_first(seed, kind, monkeypatch):
    """They are true on both sides, and between them the bills at random places say the same."""
    scenario = Scenario.from_dict(swept_widely(seed, kind))
    found = []
    for coarse in (8, 256):
        monkeypatch.setattr(crossovers, "COARSE", coarse)
        found.append(lambdaplan.compare(scenario))
    one, other = found
    assert one.crossovers == other.crossovers
    for crossover in one.crossovers[:6]:
        sides = tuple(one.there(int(crossover.at) - back).winner for back in (1, 0))
        assert sides == (crossover.below, crossover.above)
    places = [int(c.at) for c in one.crossovers]
    state = [one.at_start, *(c.above for c in one.crossovers)]
    rng = random.Random(seed)
    for _ in range(6):
        at = rng.randint(one.axis.low, one.axis.high)
        assert one.there(at).winner == state[sum(place <= at for place in places)]


def behind_a_balancer(seed):
    """A random scenario with a hybrid of given level behind a load balancer, from 10,000 requests to a billion."""
    rng = random.Random(f"z{seed}")
    document = random_capacity_scenario(rng, ("hybrid",))
    for option in document["options"]:
        if option["kind"] == "hybrid":
            option["level"] = option.get("level", rng.choice((0.5, 1, 5, 20)))
            option["front_door"] = "alb"
    document["include"] = [name for name in INCLUDE if name in {*document["include"], "front_door"}]
    if rng.random() < 0.3:
        document["workload"]["response_kb"] = rng.choice((4, 20, 100))
        document["workload"]["requests_per_connection"] = rng.choice((1, 10, 100))
    document.pop("sweep", None)
    return document


@pytest.mark.parametrize("seed", seeds(1, 400, kept=(213, 259, 292)))
def test_what_bends_a_hybrids_bill_may_bend_itself(seed, monkeypatch):
    """Each crossover, of all options and of each pair, is true on both sides, however the axis is cut at first."""
    document = behind_a_balancer(seed)
    scenario = Scenario.from_dict(document)
    found = []
    for coarse in (8, 256):
        monkeypatch.setattr(crossovers, "COARSE", coarse)
        found.append(lambdaplan.compare(scenario))
    one, other = found
    assert (one.crossovers, one.pairs) == (other.crossovers, other.pairs)
    for which, pair in enumerate(one.pairs, 1):
        two = lambdaplan.compare(dataclasses.replace(scenario, options=(scenario.options[0], scenario.options[which])))
        for crossover in pair["crossovers"][:8]:
            sides = tuple(two.there(int(crossover["at"]) - back).winner for back in (1, 0))
            assert sides == (crossover["below"], crossover["above"])
    for crossover in one.crossovers[:8]:
        sides = tuple(one.there(int(crossover.at) - back).winner for back in (1, 0))
        assert sides == (crossover.below, crossover.above)


@pytest.mark.parametrize("coarse", [8, 256])
def test_where_the_first_tier_of_a_plan_ends_a_price_is_lost(coarse, monkeypatch):
    """A request of 1 s with 1 GB is one GB-second: the first tier on x86, 6 billion, ends with request 6 billion."""
    monkeypatch.setattr(crossovers, "COARSE", coarse)
    plan = "compute_savings_plan_1y_no_upfront"
    document = {
        "version": 1,
        "name": "a large function",
        "include": ["compute"],
        "workload": {"requests_per_month": 10**9, "duration_ms": 1000, "busy_share": 0, "working_set_mb": 100},
        "options": [
            {"kind": "lambda", "memory_mb": 1024, "purchase": plan, "label": "planned"},
            {"kind": "lambda", "memory_mb": 1024, "label": "on demand"},
        ],
        "sweep": {"from": 10**9, "to": 10**11},
    }
    (crossover,) = lambdaplan.compare(Scenario.from_dict(document)).crossovers
    assert (crossover.at, crossover.below, crossover.above) == (6_000_000_001, "planned", None)


def test_curves_of_choices_equal_the_bills_at_the_points():
    document = swept(
        [
            {"kind": "lambda", "memory_mb": "auto"},
            {"kind": "hybrid", "base": {"kind": "fargate", "vcpu": 1, "memory_gb": 2}},
        ]
    )
    for sweep in (
        {"from": 10**5, "to": 10**9, "points": 7},
        {"over": "workload.duration_ms", "from": 20, "to": 900, "points": 5},
    ):
        scenario = Scenario.from_dict({**document, "sweep": sweep})
        curves = lambdaplan.compare(scenario).curves
        for at, *bills in zip(curves.values, *curves.usd.values(), strict=True):
            exact = lambdaplan.compare(scenario.at(scenario.sweep.over, int(at))).options
            assert [pytest.approx(float(r.cost_usd), rel=1e-9) for r in exact] == bills


@pytest.mark.parametrize(
    ("over", "start", "to"),
    [
        ("workload.working_set_mb", 100, 8000),
        ("options.0.reserved_mb", 100, 8000),
        ("options.0.cpu_speed", 0.5, 2),
        ("options.1.target_utilisation", 0.1, 1),
        ("workload.request_mb", 0, 800),
    ],
)
def test_curves_of_choices_along_what_changes_the_units_equal_the_bills_at_the_points(over, start, to):
    """Some sizes hold a process at one end of the axis and not at the other."""
    options = [{"kind": "ec2", "instance_type": "auto"}, {"kind": "fargate", "size": "auto"}]
    sweep = {"over": over, "from": start, "to": to, "scale": "linear"}
    scenario = Scenario.from_dict({**swept(options), "sweep": sweep})
    comparison = lambdaplan.compare(scenario)
    places = comparison.axis.places(4, "linear")
    curves = comparison.along(places)
    for place, *bills in zip(places, *curves.usd.values(), strict=True):
        exact = lambdaplan.compare(scenario.at(over, comparison.axis.value(place))).options
        assert [pytest.approx(float(r.cost_usd), rel=1e-9) for r in exact] == bills


def test_an_option_with_no_size_that_serves_keeps_its_bill_and_never_wins():
    document = swept([{"kind": "lambda", "memory_mb": "auto"}, {"kind": "fargate", "size": "auto"}])
    document["workload"]["working_set_mb"] = 250_000
    comparison = lambdaplan.compare(Scenario.from_dict(document))
    assert comparison.winner is None
    assert all(result.bill.lines and not result.feasible for result in comparison.options)
