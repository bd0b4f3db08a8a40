"""Rates of one's own: discounts and single prices, from the file to every line, and what is refused of them."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import oracle
from campaigns import seeds
from lambdaplan import InputError, Scenario, UsageDocument, atlas, bill, compare, flips
from lambdaplan.cli.main import main
from lambdaplan.pricing.rates import Rates
from lambdaplan.report import assumptions_section, sections
from lambdaplan.resources import data_dir
from lambdaplan.schema.parsing import read_document
from strategies import random_scenario, random_usage_document

NODE_API = data_dir() / "scenarios" / "node_api.json"
EXAMPLE = data_dir() / "rates" / "example.yaml"


def node_api(**rates: Any) -> Scenario:
    document = json.loads(NODE_API.read_text("utf-8"))
    return Scenario.from_dict({**document, "rates": {"version": 1, **rates}})


def line(scenario: Scenario, item: str) -> Any:
    return next(line for r in compare(scenario).options for line in r.bill.lines if line.price_item == item)


# ---- right values, by hand


def test_a_discount_of_a_service_comes_off_every_line_of_it() -> None:
    # 2,000,000 GB-s x 0.0000166667 = 33.3334; 10 % off: 30.00006. Requests 2.00 -> 1.80. HTTP API stays.
    made = compare(node_api(discounts=[{"service": "lambda", "fraction": 0.1}])).options[0]
    assert made.bill.known_usd == Fraction("30.00006") + Fraction("1.8") + 10
    assert [line.list_usd for line in made.bill.lines] == [Fraction("0.0000002"), Fraction("0.0000166667"), None]


def test_the_discount_that_names_an_item_most_closely_counts_alone() -> None:
    given = [
        {"fraction": "5%"},
        {"region": "us-east-1", "fraction": "6%"},
        {"service": "lambda", "fraction": "7%"},
        {"service": "lambda", "item": "duration/*", "fraction": "8%"},
        {"service": "lambda", "item": "duration/x86_64", "fraction": "9%"},
        {"service": "lambda", "item": "duration/x86_64", "region": "eu-west-1", "fraction": "99%"},
    ]
    for many, share in ((1, 5), (2, 6), (3, 7), (4, 8), (5, 9), (6, 9)):
        duration = line(node_api(discounts=given[:many]), "duration/x86_64")
        assert duration.price_usd == Fraction("0.0000166667") * (100 - share) / 100


def test_a_single_price_takes_the_place_of_the_list_price_and_has_no_discount() -> None:
    alb = {"service": "alb", "item": "load_balancer_hour", "price_usd": "0.02"}
    scenario = node_api(discounts=[{"fraction": 0.5}], prices=[alb])
    assert line(scenario, "load_balancer_hour").price_usd == Fraction("0.02")
    elsewhere = node_api(prices=[{**alb, "region": "eu-west-1"}])
    assert line(elsewhere, "load_balancer_hour").price_usd == Fraction("0.0225")
    both = node_api(prices=[{**alb, "region": "us-east-1"}, {**alb, "price_usd": "0.01"}])
    assert line(both, "load_balancer_hour").price_usd == Fraction("0.02")


def test_prices_of_the_scenario_come_before_those_of_its_rates() -> None:
    alb = {"service": "alb", "item": "load_balancer_hour"}
    scenario = node_api(prices=[{**alb, "price_usd": "0.02"}]).with_values({"prices": [{**alb, "price_usd": "0.03"}]})
    assert line(scenario, "load_balancer_hour").price_usd == Fraction("0.03")


def test_a_fee_is_a_part_of_the_list_price_and_has_its_own_discount() -> None:
    # 15 % of the list price, whatever is paid for the hour; then 20 % off the fee alone.
    option = {"kind": "lambda_managed_instances", "instance_type": "m7g.large"}
    document = json.loads(NODE_API.read_text("utf-8"))
    listed = compare(Scenario.from_dict({**document, "options": [option]})).options[0].bill.lines
    hours, fee = listed[0], listed[1]
    assert fee.price_usd == hours.price_usd * Fraction(15, 100)
    rates = {
        "version": 1,
        "discounts": [{"service": "ec2", "fraction": 0.5}, {"service": fee.service, "fraction": 0.2}],
    }
    less = compare(Scenario.from_dict({**document, "options": [option], "rates": rates})).options[0].bill.lines
    assert (less[0].price_usd, less[1].price_usd) == (hours.price_usd / 2, fee.price_usd * Fraction(4, 5))


def test_each_line_that_is_touched_says_so_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = node_api(
        name="Big deal", as_of="2026-11-01", discounts=[{"service": "ec2", "fraction": 0.125, "note": "clause 4"}]
    )
    hours = line(scenario, "t3.small/on_demand")
    assert hours.note == "12.5 % off (Big deal, 2026-11-01; clause 4); list price 0.0208 USD"
    assert hours.document()["list_price_usd"] == "0.0208" and hours.document()["price_usd"] == "0.0182"
    sources = assumptions_section.sources(compare(scenario))
    assert "Big deal, 2026-11-01" in sources.html and "12.5 % off ec2 (clause 4)" in sources.text
    assert "$3.80" in sources.text  # 1,460 h x 0.0026 = 3.796


def test_a_price_that_no_line_uses_is_a_warning() -> None:
    scenario = node_api(prices=[{"service": "nat_gateway", "item": "gateway_hour", "price_usd": 1}])
    assert "the agreed price of nat_gateway gateway_hour touches no line" in compare(scenario).warnings


# ---- limits and properties


def test_the_same_discount_on_all_that_is_billed_moves_no_crossover() -> None:
    document = json.loads(NODE_API.read_text("utf-8"))
    plain, less = compare(Scenario.from_dict(document)), compare(node_api(discounts=[{"fraction": 0.25}]))
    assert [r.bill.known_usd * 4 for r in less.options] == [r.bill.known_usd * 3 for r in plain.options]
    assert less.crossovers == plain.crossovers and less.winner == plain.winner


@pytest.mark.parametrize("seed", seeds(2, 60))
def test_random_scenarios_with_an_even_discount_have_the_crossovers_of_list_prices(seed: int) -> None:
    document = random_scenario(random.Random(seed))
    document.pop("prices", None)
    document["include"] = [word for word in document["include"] if word != "operations"] or ["compute"]
    plain = compare(Scenario.from_dict(document))
    less = compare(Scenario.from_dict({**document, "rates": {"version": 1, "discounts": [{"fraction": 0.375}]}}))
    assert [r.bill.known_usd * 8 for r in less.options] == [r.bill.known_usd * 5 for r in plain.options]
    assert [(c.at, c.below, c.above) for c in less.crossovers] == [(c.at, c.below, c.above) for c in plain.crossovers]


@pytest.mark.parametrize("seed", seeds(40, 2000))
def test_random_bills_agree_with_the_oracle_at_other_prices(seed: int) -> None:
    rng = random.Random(seed)
    document = random_usage_document(rng)
    document.pop("prices", None)
    region = document.get("region", "us-east-1")
    rows, overrides = [], {}
    for service, item in sorted({(one["service"], one["item"]) for one in oracle.bill(document)["lines"]}):
        name = item.removesuffix(oracle.INIT)
        tiers = oracle.book().get((service, name, region)) or oracle.book().get((service, name, "any"))
        if tiers is None or (service, name) in overrides:
            continue
        share = Fraction(rng.randint(0, 100), 100)
        rows.append({"service": service, "item": name, "region": rng.choice((region, None)), "fraction": float(share)})
        overrides[service, name] = [(low, high, price * (1 - share)) for low, high, price in tiers]
    rng.shuffle(rows)
    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    made = bill(UsageDocument.from_dict({**document, "rates": {"version": 1, "discounts": given}}))
    assert made.known_usd == oracle.bill(document, overrides)["known_usd"]


def test_what_goes_on_with_rates_has_the_bills_of_compare() -> None:
    scenario = Scenario.from_dict({**json.loads(NODE_API.read_text("utf-8")), "rates": read_document(EXAMPLE)})
    made = compare(scenario)
    for crossover in made.crossovers:
        assert made.there(crossover.at - 1).winner != made.there(crossover.at).winner == crossover.above
    again = Scenario.from_dict(json.loads(made.to_json())["scenario"])
    assert compare(again).to_json() == made.to_json()
    drawn = atlas(
        scenario,
        over=("workload.requests_per_month", "workload.duration_ms"),
        points=2,
        x_range=(10_000_000, 10_000_001),
        y_range=(200, 201),
    )
    assert [float(usd[0, 0]) for usd in drawn.usd] == pytest.approx([float(r.cost_usd) for r in made.options])
    dearer = next(one for one in flips(scenario).distances if one.path == "prices.lambda.duration/x86_64")
    assert dearer.value == Fraction("0.0000166667") * Fraction(88, 100)
    assert dearer.up.flip is not None  # what is paid, not the list price, and just there another option wins
    paid = {"service": "lambda", "item": "duration/x86_64", "price_usd": str(Decimal(str(float(dearer.up.flip.at))))}
    assert compare(scenario.with_values({"prices": [paid]})).winner == dearer.up.flip.winner


# ---- files


def written(folder: Path, rates: str, name: str = "rates.yaml", field: str | None = None) -> Path:
    (folder / "rates.yaml").write_text(rates, "utf-8")
    document = {**json.loads(NODE_API.read_text("utf-8")), "rates": field or name}
    document.pop("$schema", None)
    (folder / "scenario.json").write_text(json.dumps(document), "utf-8")
    return folder / "scenario.json"


def test_the_packaged_example_is_as_its_schema_says() -> None:
    described = json.loads((data_dir() / "schema" / "rates.json").read_text("utf-8"))
    assert described == json.loads(json.dumps(Rates.json_schema())), "run make fields"
    jsonschema.Draft202012Validator.check_schema(described)
    plain = json.loads(
        json.dumps(read_document(EXAMPLE), default=lambda v: float(v) if isinstance(v, Decimal) else str(v))
    )
    jsonschema.Draft202012Validator(described).validate(plain)


def test_a_file_stands_beside_its_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, EXAMPLE.read_text("utf-8"))
    monkeypatch.chdir("/")
    beside = Scenario.load(path)
    assert beside.rates is not None and beside.rates.name == "Example agreement"
    usage = tmp_path / "usage.yaml"
    usage.write_text("version: 1\nrates: rates.yaml\nusage: [{service: alb, hours: 730, lcus: 1}]", "utf-8")
    assert UsageDocument.load(usage).rates == beside.rates
    monkeypatch.chdir(tmp_path)
    document = json.loads(path.read_text("utf-8"))
    assert Scenario.from_dict(document) == beside  # from the working folder


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("../rates.yaml", 'rates = "../rates.yaml" does not fit: it is not in the folder of the document'),
        ("/etc/hostname", "is not in the folder of the document"),
        ("missing.yaml", "missing.yaml) can't be read"),
        ("link.yaml", "is not in the folder of the document"),
        (" ", "is not the path of a JSON or YAML file"),
        (5, "rates = 5 is not the path of a JSON or YAML file"),
    ],
)
def test_paths_that_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], field: Any, words: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "rates.yaml").write_text("version: 1", "utf-8")
    (inner / "link.yaml").symlink_to(tmp_path / "rates.yaml")
    path = written(inner, "version: 1", field=field)
    assert main(["compare", str(path)]) == 2
    told = capsys.readouterr().err
    assert words in told and len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ("[]", "rates = a list is not the path"),
        ("{}", "rates.version is missing: 1"),
        ("version: 2", "rates.version = 2 is not one of 1"),
        ("{version: 1, discount: []}", "rates.discount is not a field here"),
        ("{version: 1, discounts: {}}", "rates.discounts = an object is not a list"),
        ("{version: 1, discounts: [{fraction: 1.2}]}", "rates.discounts.0.fraction = 1.2 is outside 0..1"),
        ("{version: 1, discounts: [{fraction: -0.1}]}", "rates.discounts.0.fraction = -0.1 is outside 0..1"),
        ("{version: 1, discounts: [{service: lamda, fraction: 0}]}", "Did you mean lambda?"),
        (
            "{version: 1, discounts: [{service: lambda, item: durations/x86_64, fraction: 0}]}",
            "Did you mean duration/x86_64?",
        ),
        ("{version: 1, discounts: [{service: ec2, item: zz*, fraction: 0}]}", 'discounts.0.item = "zz*" is not one of'),
        ("{version: 1, discounts: [{item: requests, fraction: 0}]}", "rates.discounts.0.service is missing"),
        ("{version: 1, discounts: [{region: us-east-9, fraction: 0}]}", 'rates.discounts.0.region = "us-east-9"'),
        ("{version: 1, discounts: [{fraction: 0}, {fraction: 0.1}]}", "the same has two discounts"),
        ("{version: 1, prices: [{service: alb, item: lcu_hours, price_usd: 1}]}", "Did you mean lcu_hour?"),
        ("{version: 1, as_of: 30.11.2026}", "rates.as_of"),
        ("version: 1\nname: [", "rates ("),
    ],
)
def test_rates_that_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], rates: str, words: str) -> None:
    assert main(["compare", str(written(tmp_path, rates))]) == 2
    assert words in capsys.readouterr().err


def test_all_problems_of_a_document_and_its_rates_come_together(tmp_path: Path) -> None:
    path = written(tmp_path, "{version: 1, discounts: [{fraction: 2}]}")
    document = json.loads(path.read_text("utf-8"))
    document["workload"]["duration_ms"] = -1
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(InputError) as refused:
        Scenario.load(path)
    assert {p.field for p in refused.value.problems} == {"rates.discounts.0.fraction", "workload.duration_ms"}


def test_the_report_s_bill_has_list_prices_with_all_their_digits() -> None:
    made = compare(node_api(discounts=[{"fraction": 0.1}]))
    rows = sections.bill_rows(made, made.options[0])
    assert "list price 0.0000166667 USD" in rows[1]["line"]
