"""The sizes that a choice leaves out are never the cheapest: random workloads, each against every size.

Every size is billed for many workloads at once in floats. Those near the least bill, and those that floats
can't decide, are billed exactly. The choice must be one of the cheapest of these, at its exact bill.
"""

import dataclasses
import random
from fractions import Fraction

import numpy as np
import pytest

import lambdaplan
from campaigns import PROVE, seeds
from lambdaplan.comparison.month import ask_for_sizes, broken, month
from lambdaplan.numbers import Column
from lambdaplan.platforms.fleet_option import Shelf
from lambdaplan.pricing.bill import amounts
from lambdaplan.pricing.plans import PURCHASES
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.scenario.scenario import Scenario
from strategies import for_all, scenario_base

EACH = 25 if PROVE else 10
GROUPS = seeds(1, 134)  # of each of three kinds of choice: under `make prove` 10,050 workloads
NEAR = 1e-9


def base_document(rng):
    document = for_all(scenario_base(rng))
    document.pop("prices", None)
    document["architecture"] = "any"
    document["memory_headroom"] = random.Random(repr(document)).choice((0, 0.2, 0.5))
    workload = document["workload"]
    workload.pop("cpu_ms", None)
    workload["busy_share"] = 0.3
    workload.setdefault("measured_memory_mb", 1769)
    return document


def workloads(rng):
    """Numbers of many workloads by path: whole counts, and durations that are no whole milliseconds as well."""
    return [
        {
            "requests_per_month": rng.choice((0, 1, int(10 ** rng.uniform(3, 9)), int(10 ** rng.uniform(5, 8)))),
            "duration_ms": Fraction(rng.choice((5, 20, 200, rng.randint(1, 3000))))
            + rng.choice((0, Fraction(37, 100))),
            "busy_share": Fraction(rng.choice((0, 50, 300, 1000, rng.randint(0, 1000))), 1000),
            "working_set_mb": Fraction(rng.choice((50, 180, 300, 700, rng.randint(20, 6000)))),
            "request_mb": Fraction(rng.choice((0, 0, 2, 40, rng.randint(0, 300)))),
            "concurrency_per_process": Fraction(rng.choice((1, 8, 1000))),
            "cpu_threads": Fraction(rng.choice((1, 1, 2, 4))),
        }
        for _ in range(EACH)
    ]


def asked(document, options):
    """The options of documents as objects, with what a scenario fills in."""
    found = []
    for start in range(0, len(options), 50):
        found += Scenario.from_dict({**document, "options": options[start : start + 50]}).options
    return found


def at(scenario, numbers):
    for name, value in numbers.items():
        scenario = scenario.at(f"workload.{name}", value)
    return scenario


def floats(scenario, option, shape):
    """Bills along columns: infinite where a limit is broken or a price missing, NaN where floats can't tell."""
    fleet, used = month(scenario, option)
    found = amounts(used)
    usd, lost, out = (
        np.asarray(value, dtype=float) + np.zeros(shape) for value in (found.known_usd, found.missing, broken(fleet))
    )
    return np.where(
        np.isnan(usd) | np.isnan(lost) | np.isnan(out), np.nan, np.where((lost > 0) | (out > 0), np.inf, usd)
    )


def exact(scenario, option):
    fleet, used = month(scenario, option)
    found = amounts(used)
    return None if broken(fleet) or found.missing else Fraction(found.known_usd)


def nameless(option):
    return dataclasses.replace(option, label=None)


def check(scenario, choice, sizes, usd):
    """The choice is one of the cheapest sizes, at its exact bill; `usd` are the bills of all, in floats."""
    found = lambdaplan.compare(dataclasses.replace(scenario, options=(choice,))).options[0]
    if (usd == 0).any():  # nothing costs less, and there may be thousands of such sizes
        assert found.feasible and found.cost_usd == 0
        return
    least_of_all = np.nanmin(usd, initial=np.inf)
    near = np.flatnonzero(np.isnan(usd) | (np.isfinite(usd) & (usd <= least_of_all * (1 + NEAR)))).tolist()
    bills = {place: bill for place in near if (bill := exact(scenario, sizes(place))) is not None}
    if not bills:
        assert not found.feasible or found.cost_usd is None
        return
    least = min(bills.values())
    assert found.feasible and found.cost_usd == least
    assert nameless(found.option) in [nameless(sizes(place)) for place, bill in bills.items() if bill == least]


def check_group(document, rng, choice, every):
    """Many workloads of one document: each size is billed for all of them at once."""
    cases = workloads(rng)
    choice, *given = asked(document, [choice, *every])
    sizes = [dataclasses.replace(size, headroom=Fraction(str(document["memory_headroom"]))) for size in given]
    scenario = Scenario.from_dict({**document, "options": [every[0]]})
    columns = {name: Column([float(case[name]) for case in cases]) for name in cases[0]}
    together = at(scenario, columns)
    usd = np.array([floats(together, size, EACH) for size in sizes])
    for place, case in enumerate(cases):
        check(at(scenario, case), choice, sizes.__getitem__, usd[:, place])


def fleet_fields(rng):
    return {
        "min_units": rng.choice((0, 1, 2, 3)),
        "survive_zone_loss": rng.random() < 0.5,
        "zones": rng.choice((2, 3)),
        "target_utilisation": rng.choice((0.3, 0.6, 0.9, 1)),
        "scaling": rng.choice(("hourly", "hourly", "fixed")),
    }


@pytest.mark.parametrize("seed", GROUPS)
def test_ec2_auto_is_the_cheapest_of_every_type_and_way_of_buying(seed):
    rng = random.Random(seed)
    document = base_document(rng)
    book = PriceBook.load()
    priced = set(book.items("ec2", document["region"]))
    sold = [item.split("/") for item in priced if "." in item and not item.startswith("surplus")]
    bought = sorted({purchase for _, purchase in sold} & set(PURCHASES))
    terms = rng.sample(bought, min(2, len(bought)))
    families = sorted({name.split(".")[0] for name, purchase in sold if purchase in terms})
    if seed % 20:  # one in twenty is asked for every family
        families = rng.sample(families, min(6, len(families)))
    more = fleet_fields(rng) | {"cpu_credits": rng.choice(("unlimited", "unlimited", "standard"))}
    more |= {"reserved_mb": rng.choice((0, 300, 512))}
    every = [
        {"kind": "ec2", "instance_type": name, "purchase": purchase, **more}
        for name in book.instance_types
        if name.split(".")[0] in families
        for purchase in terms
        if f"{name}/{purchase}" in priced
    ]
    choice = {"kind": "ec2", "instance_type": "auto", "label": "auto", "families": families, "purchases": terms}
    check_group(document, rng, choice | more, every)


@pytest.mark.parametrize("seed", GROUPS)
def test_fargate_auto_is_the_cheapest_of_every_size(seed):
    rng = random.Random(10_000 + seed)
    document = base_document(rng)
    os_, bought = rng.choice((("linux", "on_demand"), ("linux", "spot"), ("windows", "on_demand")))
    more = fleet_fields(rng) | {"os": os_, "purchase": bought, "ephemeral_gb": rng.choice((20, 20, 60))}
    if bought == "on_demand" and os_ == "linux":
        more["purchase"] = rng.choice(("on_demand", "compute_savings_plan_3y_no_upfront"))
    every = [
        {"kind": "fargate", "vcpu": float(vcpu), "memory_gb": float(gb), **more}
        for vcpu, sizes in PriceBook.load().task_sizes[os_].items()
        for gb in sizes
    ]
    check_group(document, rng, {"kind": "fargate", "size": "auto", **more}, every)


@pytest.mark.parametrize("seed", GROUPS)
def test_lambda_auto_is_the_cheapest_of_every_memory_size(seed):
    rng = random.Random(20_000 + seed)
    document = base_document(rng) | {"include": ["compute", "front_door"]}
    more = {"front_door": rng.choice(("http_api", "alb", "none")), "ephemeral_mb": rng.choice((512, 512, 2048))}
    more |= {"architecture": rng.choice(("x86_64", "arm64"))}
    choice, given = asked(
        document, [{"kind": "lambda", "memory_mb": "auto", **more}, {"kind": "lambda", "memory_mb": 1769, **more}]
    )
    scenario = Scenario.from_dict({**document, "options": [{"kind": "lambda", "memory_mb": 1769, **more}]})
    given = dataclasses.replace(given, headroom=scenario.memory_headroom)
    every = np.arange(128, 10_241)
    for case in workloads(rng):
        case["duration_ms"] += Fraction(37, 100) if case["duration_ms"].denominator == 1 else 0
        case["requests_per_month"] = max(case["requests_per_month"], 1)
        there = at(scenario, case)
        usd = floats(there, dataclasses.replace(given, memory_mb=Column(every)), len(every))
        longest = rng.choice((None, None, case["duration_ms"]))
        if longest is not None:
            wall = np.asarray(there.workload.lambda_ms(Column(every)), dtype=float) + np.zeros(len(every))
            usd[wall > float(longest) * (1 + 1e-12)] = np.inf
        asked_for = dataclasses.replace(choice, max_duration_ms=longest)
        if longest is not None and not np.isfinite(usd).any() and not np.isnan(usd).any():
            continue  # no size is that fast: the largest stands for it, and says so
        check(there, asked_for, lambda place: dataclasses.replace(given, memory_mb=int(every[place])), usd)


def test_sizes_worth_billing_are_kept_for_workloads_that_need_the_same_of_a_unit(monkeypatch):
    """Requests a month and the answer time that is asked for change no unit's needs; whether one is asked for does."""
    work = {"requests_per_month": 10**7, "duration_ms": 150, "busy_share": 0.4, "working_set_mb": 700}
    auto = [{"kind": "fargate", "size": "auto"}, {"kind": "ec2", "instance_type": "auto", "front_door": "none"}]
    plain = Scenario.from_dict({"version": 1, "name": "kept", "workload": work, "options": auto})
    timely = plain.with_values({"workload.slo": {"percentile": 95, "response_ms": 800}})
    asked = [
        plain,
        plain.at("workload.requests_per_month", 10**8),
        timely,
        timely.at("workload.slo.response_ms", Fraction(500)),
        timely.at("workload.service_cv", Fraction(1, 2)),
        plain.at("workload.working_set_mb", Fraction(3000)),
    ]
    worked_out = []

    def counted(shelf, option, ask):
        worked_out.append(option)
        return whole(shelf, option, ask)

    def sizes_of(scenario):
        ask = ask_for_sizes(scenario, 10**7, 10**7)
        return [list(option.choices(ask)) for option in scenario.options]

    whole = Shelf._worth_of
    monkeypatch.setattr(Shelf, "_worth_of", counted)
    kept = [sizes_of(scenario) for scenario in asked]
    assert len(worked_out) <= 2 * 3  # of six scenarios three differ in what a unit needs
    monkeypatch.setattr(Shelf, "_worth_once", whole)
    assert kept == [sizes_of(scenario) for scenario in asked]
    assert len(kept[2][0]) > len(kept[0][0])
