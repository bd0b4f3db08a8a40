"""One's own rates on every kind of scenario and page, held against prices worked out anew from the file alone.

The oracle here knows a bill at list prices and the file of rates, and nothing of how rates are applied.
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from campaigns import PROVE, seeds
from everything import random_everything
from lambdaplan import Scenario, compare, risk
from lambdaplan.cli.main import main
from lambdaplan.resources import data_dir
from lambdaplan.schema.parsing import read_document

SCENARIOS = sorted(path for path in (data_dir() / "scenarios").iterdir() if path.suffix in (".json", ".yaml"))
LONGER = ("all_on_arm", "hybrid_shop", "python_office_api", "java_snapstart", "growing_service", "webhook_receiver")
SERVICES = [
    {"service": "sqs", "per_request": {"standard_requests": 3}},
    {"service": "dynamodb", "per_request": {"write_request_units": 2}, "per_month": {"storage_gb": 40}},
]


def lines_of(comparison: Any) -> list[dict[tuple[str, str], list[Any]]]:
    """For each option its priced lines by service and item."""
    options = []
    for result in comparison.options:
        by: dict[tuple[str, str], list[Any]] = {}
        for line in result.bill.lines:
            by.setdefault((line.service, line.price_item), []).append(line)
        options.append(by)
    return options


def closeness(row: dict[str, Any], service: str, item: str, region: str) -> tuple[Any, ...] | None:
    """How closely a discount names an item; None where it does not."""
    name = row.get("item", "")
    if row.get("service", service) != service or row.get("region", region) != region:
        return None
    if name and not (item.startswith(name[:-1]) if name.endswith("*") else item == name):
        return None
    whole = bool(name) and not name.endswith("*")
    return (whole, len(name) if name else -1, "service" in row, "region" in row)


def paid(lines: list[Any], rates: dict[str, Any], key: tuple[str, str], region: str) -> Fraction | None:
    """What the lines of an item cost under rates; None where a price is missing. [USD]"""
    if any(line.quality == "own" for line in lines):
        return sum((line.exact_usd for line in lines), Fraction(0))
    singles = [p for p in rates["prices"] if (p["service"], p["item"]) == key and p.get("region", region) == region]
    if singles and key[0]:
        single = max(singles, key=lambda p: "region" in p)
        return sum((line.quantity for line in lines), Fraction(0)) * Fraction(single["price_usd"])
    if any(line.price_usd is None for line in lines):
        return None
    full = sum((line.quantity * line.price_usd for line in lines), Fraction(0))
    close = [(how, row) for row in rates["discounts"] if (how := closeness(row, *key, region)) is not None]
    if not close or not key[0]:
        return full
    return full * (1 - Fraction(str(max(close, key=lambda one: one[0])[1]["fraction"])))


def random_rates(rng: random.Random, comparison: Any) -> dict[str, Any]:
    """Discounts from all to single items, and single prices, of what the bills have."""
    region = comparison.scenario.region
    book = comparison.scenario.book
    keys = sorted({key for by in lines_of(comparison) for key in by if all(key) and book.price(*key, region)})
    rows: list[dict[str, Any]] = [{"fraction": rng.randint(0, 30) / 100}] if rng.random() < 0.5 else []
    for service, item in rng.sample(keys, min(len(keys), 5)):
        cut = rng.randint(1, len(item))
        rows += [
            {"service": service, "item": item},
            {"service": service, "item": f"{item[:cut]}*"},
            {"service": service},
            {"service": service, "region": region},
            {"region": region},
            {"service": service, "item": item, "region": rng.choice([one for one in book.regions if one != region])},
        ]
    unique = {json.dumps({k: v for k, v in row.items() if k != "fraction"}, sort_keys=True): row for row in rows}
    chosen = [row | {"fraction": row.get("fraction", rng.randint(0, 90) / 100)} for row in unique.values()]
    discounts = rng.sample(chosen, rng.randint(0, min(len(chosen), 8)))
    prices = []
    for service, item in rng.sample(keys, min(len(keys), 2)):
        lines = [line for by in lines_of(comparison) for some in by.values() for line in some if line.part_of]
        if service == "lambda" and "requests/" in item:
            continue  # a schedule that is chosen takes requests to cost the same where environments are kept ready
        if (service, item) in {(line.service, line.price_item) for line in lines} | {line.part_of for line in lines}:
            continue  # a fee is a part of a single price too
        prices.append({"service": service, "item": item, "price_usd": f"0.{rng.randint(1, 9999):06}"})
        if rng.random() < 0.5:
            prices.append(prices[-1] | {"price_usd": "0.00123", "region": region})
    return {"version": 1, "name": "Ours", "as_of": "2026-11-30", "discounts": discounts, "prices": prices}


def disagreements(document: dict[str, Any], rng: random.Random) -> tuple[int, list[Any]]:
    """How many items of a scenario were held against the oracle, and those that differ."""
    document.pop("rates", None)
    plain = compare(Scenario.from_dict(document))
    rates = random_rates(rng, plain)
    made = compare(Scenario.from_dict({**document, "rates": rates}))
    looked, wrong = 0, []
    for result, before, after in zip(made.options, lines_of(plain), lines_of(made), strict=True):
        used = [{key: sum(line.quantity for line in some) for key, some in by.items()} for by in (before, after)]
        if used[0] != used[1]:  # another size, processor or commitment is cheapest now: no dearer than the former
            text = json.dumps(document, default=str)
            assert any(word in text for word in ('"auto"', '"any"', "savings_plan", '"hybrid"'))
            former = [paid(some, rates, key, made.scenario.region) for key, some in before.items()]
            if None not in former and result.cost_usd is not None:
                assert result.cost_usd <= sum(former)
            continue
        # an item whose price is a part of another's goes by that one's list price
        for key, lines in after.items():
            wanted = paid(before[key], rates, key, made.scenario.region)
            costs = [line.exact_usd for line in lines]
            given = None if None in costs else sum(costs, Fraction(0))
            looked += 1
            if given != wanted:
                wrong.append((result.label, key, wanted, given, rates))
    return looked, wrong


@pytest.mark.parametrize("path", [path for path in SCENARIOS if PROVE or path.stem not in LONGER], ids=lambda p: p.stem)
@pytest.mark.parametrize("seed", seeds(1, 12))
def test_packaged_scenarios_cost_what_the_file_says(path: Path, seed: int) -> None:
    document = dict(read_document(path))
    if seed % 2 == 0 and "services" not in document:
        document |= {"services": SERVICES, "include": [*document.get("include", ["compute", "front_door"]), "services"]}
    looked, wrong = disagreements(document, random.Random(f"{path.stem} {seed}"))
    assert wrong == []
    assert looked > 2


@pytest.mark.parametrize("seed", seeds(2, 120))
def test_random_scenarios_of_everything_cost_what_the_file_says(seed: int) -> None:
    rng = random.Random(f"rates {seed}")
    document = json.loads(json.dumps(random_everything(rng, any_week=False).document(), default=float))
    _, wrong = disagreements(document, rng)
    assert wrong == []


# ---- pages that are not `compare`


EVEN = {"version": 1, "name": "Even", "discounts": [{"fraction": 0.25}]}
EUROS = {"code": "EUR", "per_usd": 0.8, "as_of": "2026-11-28"}


def node_api(**more: Any) -> dict[str, Any]:
    document = json.loads((data_dir() / "scenarios" / "node_api.json").read_text("utf-8"))
    document.pop("$schema", None)
    return document | more


def test_ranges_under_an_even_discount_are_those_of_list_prices_less_it() -> None:
    document = node_api(risk="measured")
    plain = risk(Scenario.from_dict(document), samples=200)
    less = risk(Scenario.from_dict({**document, "rates": EVEN}), samples=200)
    for one, other in zip(plain.options, less.options, strict=True):
        assert other.p50_usd.value == pytest.approx(float(one.p50_usd.value) * 0.75, rel=1e-9)
        assert other.wins.value == one.wins.value


@pytest.mark.parametrize("shared", [False, True])
def test_portfolio_and_batch_pay_the_rates_and_show_the_currency(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shared: bool
) -> None:
    """One service of its own is the bill of compare; euros stand beside dollars, at the rate of the file."""
    given = {**EVEN, "currency": EUROS, "prices": [{"service": "alb", "item": "lcu_hour", "price_usd": "0.5"}]}
    (tmp_path / "base.json").write_text(json.dumps(node_api(rates=given)), "utf-8")
    made = compare(Scenario.load(tmp_path / "base.json"))
    (tmp_path / "one.csv").write_text("name\none\n", "utf-8")
    if shared:
        (tmp_path / "one.csv").write_text("name,shared\none,true\n", "utf-8")
    command = ["batch", "--no-reports"] if shared else ["portfolio"]
    words = [*command, str(tmp_path / "one.csv"), "--base", str(tmp_path / "base.json")]
    assert main([*words, "-o", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    first = made.options[0].bill.total_usd
    text = json.dumps(document)
    assert f'"total_usd": "{first}"' in text
    assert document["currency"]["code"] == "EUR"
    assert any(name.endswith("_eur") for name in document)
    if not shared:
        assert (document["baseline_usd"], Fraction(document["baseline_eur"])) == (str(first), Fraction(first) * 4 / 5)
        assert main([*words, "-o", str(tmp_path)]) == 0
        assert f"EUR {first * 4 / 5:.2f}" in capsys.readouterr().out
