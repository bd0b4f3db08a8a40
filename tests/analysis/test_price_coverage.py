"""What the price book covers: regions with whole bills, missing prices, ages; and the page that says so."""

from __future__ import annotations

import csv
import json
from collections import Counter
from functools import cache

import pytest

from lambdaplan import Scenario
from lambdaplan.__main__ import main
from lambdaplan.analysis.books.price_coverage import PriceCoverage, price_coverage
from lambdaplan.report.pages.coverage_page import coverage_page
from places import ROOT

NODE_API = ROOT / "data" / "scenarios" / "node_api.json"


@cache
def coverage(**changes: str) -> PriceCoverage:
    return price_coverage(Scenario.load(NODE_API).with_values(changes))


def prices_of_the_files() -> set[tuple[str, str, str]]:
    """Service, item and region of each row, read here without the package."""
    book = ROOT / "data" / "prices" / "aws-2026-12-01"
    keys = set()
    for path in (book / "prices.csv", *(book / "ec2").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            keys |= {(row["service"], row["item"], row["region"]) for row in csv.DictReader(file)}
    return keys


def test_a_bill_is_whole_where_the_files_have_each_price_that_the_packaged_scenario_needs() -> None:
    """Lambda with an HTTP API; Fargate and t3.small on gp3, each behind a load balancer."""
    there = prices_of_the_files()
    needed = {
        ("lambda", "requests/x86_64"), ("lambda", "duration/x86_64"), ("api_gateway_http", "requests"),
        ("fargate", "vcpu_hour/x86_64/linux/on_demand"), ("fargate", "gb_hour/x86_64/linux/on_demand"),
        ("ec2", "t3.small/on_demand"), ("ebs", "gp3_storage"), ("alb", "load_balancer_hour"), ("alb", "lcu_hour"),
    }  # fmt: skip
    assert len(coverage().regions) == 36
    for one in coverage().regions:
        missing = {key for key in needed if (*key, one.region) not in there}
        assert {(price.service, price.item) for price in one.missing} == missing
        assert one.whole == (not missing) and not one.not_billed
    assert len(coverage().whole) == 18
    former = price_coverage(Scenario.load(NODE_API).with_values({"book": "aws-2026-11-30"}))
    assert len(former.whole) == 16 and set(former.whole) < set(coverage().whole)


def test_a_missing_price_names_where_and_on_whose_bill() -> None:
    holes = {(price.service, price.item): (regions, price.options) for price, regions in coverage().holes}
    regions, options = holes["ebs", "gp3_storage"]
    assert regions == ("ap-east-2", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "mx-central-1")
    assert options == ("EC2 t3.small",)
    assert holes["ec2", "t3.small/on_demand"][0] == ("ap-east-2", "ap-southeast-6", "us-gov-east-1", "us-gov-west-1")
    assert holes["alb", "lcu_hour"][1] == ("Fargate 0.5 vCPU 1 GB", "EC2 t3.small")
    assert next(iter(holes)) == ("alb", "lcu_hour")  # in most regions


def test_own_prices_count() -> None:
    own = [{"service": "alb", "item": item, "price_usd": "0.01"} for item in ("lcu_hour", "load_balancer_hour")]
    scenario = Scenario.load(NODE_API).with_values({"prices": own})
    assert len(price_coverage(scenario).whole) == 29  # all but the seven without volumes, t3 or an HTTP API


def test_ages_are_those_of_the_rows() -> None:
    services = {one.service: one for one in coverage().services}
    rows = [row for row in prices_of_the_files() if row[0] == "ebs"]
    assert (services["ebs"].prices, services["ebs"].items, services["ebs"].regions) == (len(rows), 4, 31)
    assert (services["ebs"].oldest, services["ebs"].middle) == ("2023-02-23", "2024-07-18")
    assert Counter(one.service for one in coverage().services).most_common(1)[0][1] == 1
    assert services["ec2"].derived == 3_240 and services["data_transfer"].derived == 77


def test_the_page_is_what_the_command_prints(capsys: pytest.CaptureFixture) -> None:
    assert coverage_page(coverage()) == (ROOT / "docs" / "price_coverage.md").read_text("utf-8")
    assert main(["prices", "coverage", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(json.dumps(coverage().document()))
    assert document["book"]["id"] == "aws-2026-12-01" and len(document["whole"]) == 18
    assert {"region": "us-east-1", "whole": True, "missing": []} in document["regions"]
    assert main(["prices", "coverage"]) == 0
    text = capsys.readouterr().out
    assert "whole bills in 18 of 36 regions" in text and "ca-west-1       alb lcu_hour; alb load_balancer_hour" in text
