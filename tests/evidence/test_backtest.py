"""Back-tests against bills made from a model with known changes: each reason is found, and nothing else."""

import csv
import json
import re
from pathlib import Path

import pytest

from lambdaplan.cli.main import main
from lambdaplan.comparison.comparison import compare
from lambdaplan.evidence.backtesting.backtest import backtest
from lambdaplan.evidence.backtesting.usage_items import item_of
from lambdaplan.evidence.bills.usage_rows import plain_usage_type
from lambdaplan.scenario.scenario import Scenario

SCENARIO = {
    "version": 1,
    "name": "orders",
    "hours_per_month": 744,
    "workload": {
        "requests_per_month": 12_000_000,
        "duration_ms": 180,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 180,
    },
    "options": [
        {"kind": "lambda", "memory_mb": 1024},
        {"kind": "fargate", "vcpu": 1, "memory_gb": 2, "architecture": "arm64", "label": "tasks"},
    ],
}
TYPES = {
    "requests/x86_64": "Request",
    "duration/x86_64": "Lambda-GB-Second",
    "requests": "USE1-ApiGatewayHttpRequest",
    "vcpu_hour/arm64/linux/on_demand": "USE1-Fargate-ARM-vCPU-Hours:perCPU",
    "gb_hour/arm64/linux/on_demand": "USE1-Fargate-ARM-GB-Hours",
    "load_balancer_hour": "LoadBalancerUsage",
    "lcu_hour": "LCUUsage",
    "in_use_hour": "USE1-PublicIPv4:InUseAddress",
}
HEADER = [
    "lineItem/UsageStartDate",
    "lineItem/UsageEndDate",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/LineItemType",
    "lineItem/UsageAmount",
    "lineItem/UnblendedCost",
    "lineItem/NetUnblendedCost",
    "pricing/publicOnDemandCost",
    "savingsPlan/SavingsPlanEffectiveCost",
    "product/regionCode",
    "bill/BillingPeriodStartDate",
]


def bill(path: Path, place: int = 0, *, changed=lambda row: row, extra=(), days: int = 31) -> Path:
    """A report of the model's own month, with rows changed on the way."""
    result = compare(Scenario.from_dict(SCENARIO)).options[place]
    rows = []
    for line in result.bill.lines:
        if line.quantity and line.service:
            quantity, cost = float(line.quantity) * days / 31, float(line.exact_usd) * days / 31
            row = {"type": TYPES[line.price_item], "line": "Usage", "amount": quantity, "cost": cost, "list": cost}
            rows.append(changed({**row, "net": cost, "plan": ""}))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        start, end = "2026-10-01T00:00:00Z", f"2026-{'11-01' if days == 31 else f'10-{days + 1:02}'}T00:00:00Z"
        for one in (*rows, *extra):
            money = (one["cost"], one["net"], one["list"], one["plan"])
            named = (start, end, "AWSLambda", one["type"], one["line"], one["amount"])
            writer.writerow((*named, *money, "us-east-1", start))
    return path


def reasons(tested) -> dict[str, float | None]:
    """What applies, with what it comes to."""
    return {one.name: one.usd for one in tested.reasons if one.applies}


def test_a_bill_of_the_model_itself_leaves_nothing(tmp_path):
    scenario = Scenario.from_dict(SCENARIO)
    for place, label in ((0, None), (1, "tasks")):
        tested = backtest(scenario, bill(tmp_path / "cur.csv", place), label)
        assert tested.hours == 744 and reasons(tested) == {} and tested.outside == ()
        for line in tested.lines:
            assert line.billed_quantity == pytest.approx(line.model_quantity, rel=1e-9)
            assert line.residual_usd == pytest.approx(0, abs=1e-6)


def test_private_rates_are_found_and_become_a_file_that_the_scenario_takes(tmp_path, capsys):
    """Six percent off Lambda: net 0.94 of list; with the rates file the model is what was paid."""
    path = bill(tmp_path / "cur.csv", changed=lambda row: {**row, "net": row["net"] * 0.94})
    scenario = tmp_path / "orders.json"
    scenario.write_text(json.dumps(SCENARIO))
    assert main(["backtest", str(scenario), str(path), "-o", str(tmp_path / "rates.json"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    applies = {one["name"]: one["usd"] for one in document["reasons"] if one["applies"]}
    assert applies == {"private rates": pytest.approx(-0.06 * document["total"]["billed_usd"])}
    with_rates = compare(Scenario.from_dict({**SCENARIO, "rates": json.loads((tmp_path / "rates.json").read_text())}))
    assert float(with_rates.options[0].bill.exact_usd) == pytest.approx(document["total"]["paid_usd"], rel=1e-4)


@pytest.mark.parametrize("factor", [1.25, 0.8])
def test_more_or_fewer_requests_are_traffic(factor, tmp_path):
    def scaled(row):
        return {**row, **{name: row[name] * factor for name in ("amount", "cost", "list", "net")}}

    tested = backtest(Scenario.from_dict(SCENARIO), bill(tmp_path / "cur.csv", changed=scaled))
    applies = reasons(tested)
    assert set(applies) == {"traffic, retries, other callers"}
    residual = sum(line.residual_usd for line in tested.lines)
    assert applies["traffic, retries, other callers"] == pytest.approx(residual, rel=1e-6)


def test_longer_requests_and_initialisation_without_init_ms(tmp_path):
    def longer(row):
        factor = 1.1 if row["type"] == "Lambda-GB-Second" else 1
        return {**row, **{name: row[name] * factor for name in ("amount", "cost", "list", "net")}}

    tested = backtest(Scenario.from_dict(SCENARIO), bill(tmp_path / "cur.csv", changed=longer))
    applies = reasons(tested)
    assert set(applies) == {"duration or memory of a request", "initialisation that is billed"}
    residual = next(line.residual_usd for line in tested.lines if line.item == "duration/x86_64")
    assert applies["duration or memory of a request"] == pytest.approx(residual, rel=1e-6)


def test_plans_logs_tax_and_what_no_plan_has(tmp_path):
    def covered(row):
        if row["type"] != "Lambda-GB-Second":
            return row
        return {**row, "line": "SavingsPlanCoveredUsage", "plan": row["cost"] * 0.88}

    other = {"amount": 5, "cost": 2.5, "list": 2.5, "net": 2.5, "plan": ""}
    extra = (
        {**other, "type": "USE1-VendedLog-Bytes", "line": "Usage"},
        {**other, "type": "USE1-Something-New", "line": "Usage"},
        {**other, "type": "", "line": "Tax"},
    )
    tested = backtest(Scenario.from_dict(SCENARIO), bill(tmp_path / "cur.csv", changed=covered, extra=extra))
    applies = reasons(tested)
    duration = next(line for line in tested.lines if line.item == "duration/x86_64")
    assert applies == {
        "Savings Plans and reservations": pytest.approx(-0.12 * duration.billed_usd),
        "logs": 2.5,
        "what no plan covers": 2.5,
        "tax, credits, refunds": 2.5,
    }
    assert duration.paid_usd == pytest.approx(0.88 * duration.billed_usd)
    assert tested.outside == (("Tax", 2.5), ("USE1-Something-New", 2.5))


def test_a_part_of_a_month_is_held_against_as_many_hours(tmp_path):
    tested = backtest(Scenario.from_dict(SCENARIO), bill(tmp_path / "cur.csv", days=14))
    assert tested.hours == 14 * 24 and set(reasons(tested)) == {"a part of a month"}
    assert sum(line.residual_usd for line in tested.lines) == pytest.approx(0, abs=1e-3)


def test_refused_in_one_line(tmp_path, capsys):
    path = bill(tmp_path / "cur.csv")
    scenario = tmp_path / "orders.json"
    scenario.write_text(json.dumps(SCENARIO))
    cost = tmp_path / "ce.csv"
    cost.write_text('"Service","Lambda($)"\n"Service total","1"\n"2026-10-01","1"\n')
    for arguments, words in (
        ([str(scenario), str(cost)], "a back-test needs usage types"),
        ([str(scenario), str(path), "--option", "Lambda 1024"], "Did you mean Lambda 1024 MB?"),
        ([str(scenario), str(path), "-o", str(tmp_path / "r.json")], "the bill shows no private rate"),
    ):
        assert main(["backtest", *arguments]) == 2
        said = capsys.readouterr().err
        assert words in said and said.count("\n") == 1


def test_usage_types_with_any_prefix_are_items():
    for item, usage_type in TYPES.items():
        assert item_of(plain_usage_type(usage_type))[1] == item
    for prefix in ("EU-", "EUC1-", "APS1-", "USW2-"):
        assert item_of(plain_usage_type(f"{prefix}Lambda-GB-Second-ARM")) == ("lambda", "duration/arm64")


def test_the_chart_has_every_item_its_words_and_what_was_paid(tmp_path, capsys):
    """A fifth more requests: 1.2 x 50.40 = 60.48 at list; 6 % off of all is paid."""

    def changed(row):
        more = {name: row[name] * 1.2 for name in ("amount", "cost", "list")}
        return {**row, **more, "net": row["net"] * 1.2 * 0.94}

    path, scenario = bill(tmp_path / "cur.csv", changed=changed), tmp_path / "orders.json"
    scenario.write_text(json.dumps(SCENARIO))
    assert main(["backtest", str(scenario), str(path), "--chart", str(tmp_path / "chart.svg")]) == 0
    assert "Wrote" in capsys.readouterr().out
    picture = (tmp_path / "chart.svg").read_text()
    assert "<title" in picture and "The bill is $10.08 (20.0 %) more than the model, at list rates" in picture
    words = " ".join(re.findall(r">([^<]*)<", picture))
    for said in ("lambda duration/x86_64: $43.20 billed at list, $40.61 paid, $36.00 in the model", "+7.20", "paid"):
        assert said in words
    assert main(["backtest", str(scenario), str(path), "--chart", str(tmp_path / "chart.gif")]) == 2
    assert "the files it writes: .svg, .png" in capsys.readouterr().err and not (tmp_path / "chart.gif").exists()
