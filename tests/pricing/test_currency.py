"""A currency of one's own: reckoned in dollars, shown wherever money is shown, with its rate and date."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lambdaplan import Scenario, UsageDocument, bill, chart, cold_curve, compare, flips, ladder, memory_curve, risk
from lambdaplan.analysis import slider_grid
from lambdaplan.charts import cost
from lambdaplan.charts.bill import bill_chart
from lambdaplan.charts.fleets.answer_times import answer_times_chart
from lambdaplan.charts.fleets.architecture import architecture_chart
from lambdaplan.charts.rendering import specification_of
from lambdaplan.cli.main import main
from lambdaplan.currency import code, shown_in
from lambdaplan.explorer import view
from lambdaplan.formatting import money, short_money, small_money, whole_money
from lambdaplan.pricing.rates import OwnCurrency
from lambdaplan.report import brief, sections
from lambdaplan.report.assumptions_section import sources
from lambdaplan.report.what_if_page import what_if_page
from lambdaplan.resources import data_dir
from refusals import refused

SCENARIOS = data_dir() / "scenarios"
EURO = {"code": "EUR", "per_usd": "0.92", "as_of": "2026-11-28", "note": "ECB"}
RATE = "1 USD = 0.92 EUR of 2026-11-28, ECB"


def in_euro(name: str = "node_api", currency: Any = EURO, **changes: Any) -> Scenario:
    document = json.loads((SCENARIOS / f"{name}.json").read_text("utf-8"))
    return Scenario.from_dict({**document, "rates": {"version": 1, "currency": currency}, **changes})


def euro(usd: Decimal | Fraction) -> str:
    """The amount by another way than the package's: decimals, half up."""
    value = Fraction(usd) * Fraction("0.92")
    cents = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"EUR {cents:,}"


def test_amounts_by_hand() -> None:
    # 45.33 x 0.92 = 41.7036; 0.005 x 0.92 = 0.0046; 1,000,000 x 151.5 = 151,500,000, and yen have no cents
    with shown_in(in_euro().currency):
        assert [money(Decimal("45.33")), money(Fraction("0.005")), money(Decimal("-0.50"))] == [
            "EUR 41.70",
            "EUR 0.00",
            "-EUR 0.46",
        ]
        assert [whole_money(Fraction("1234.5")), small_money(Fraction("0.01")), short_money(100 / 0.92)] == [
            "EUR 1,136",
            "EUR 0.0092",
            "100",
        ]
    with shown_in(OwnCurrency(code="JPY", per_usd=Fraction("151.5"), as_of="2026-11-28")):
        assert money(Decimal(1_000_000)) == "JPY 151,500,000"
    with shown_in(OwnCurrency(code="KWD", per_usd=Fraction("0.3075"), as_of="2026-11-28")):
        assert money(Decimal("1.23")) == "KWD 0.378"  # 0.378225
    assert money(Decimal("45.33")) == "$45.33"


def test_bills_winners_and_crossovers_are_those_of_dollars() -> None:
    document = json.loads((SCENARIOS / "node_api.json").read_text("utf-8"))
    dollars, euros = compare(Scenario.from_dict(document)), compare(in_euro())
    assert [r.bill.exact_usd for r in dollars.options] == [r.bill.exact_usd for r in euros.options]
    assert [c.document() for c in dollars.crossovers] == [c.document() for c in euros.crossovers]
    assert (dollars.winner, dollars.close) == (euros.winner, euros.close)


def shown_everywhere(scenario: Scenario) -> dict[str, str]:
    """What every front end shows of a scenario, as text."""
    comparison = compare(scenario)
    pictures = {
        "cost": chart(comparison),
        "bill chart": bill_chart(comparison),
        "answer times": answer_times_chart(comparison),
        "architecture": architecture_chart(comparison),
    }
    shown = {name: json.dumps(specification_of(one)) for name, one in pictures.items()}
    return shown | {
        "text": str(comparison),
        "notebook": comparison._repr_html_(),
        "first page": brief.answer_part(comparison).text + brief.advice(comparison),
        "glance": sections.glance(comparison).text,
        "costs": sections.costs(comparison).text,
        "bills": sections.bills(comparison).text,
        "explorer": view._answer_html(comparison, "") + view._details_html(comparison),
    }


def test_every_front_end_shows_it() -> None:
    scenario = in_euro()
    best = compare(scenario).best
    assert best is not None and best.bill.total_usd is not None
    own, dollars = euro(best.bill.total_usd), f"${best.bill.total_usd}"
    shown = shown_everywhere(scenario)
    for name, text in shown.items():
        assert own in text, name
        assert dollars not in text and "USD a month" not in text, name
    for name in ("cost", "bill chart", "architecture", "text", "notebook", "first page", "explorer"):
        assert "1 USD = 0.92 EUR of 2026-11-28" in " ".join(shown[name].replace('", "', " ").split()), name
    assert RATE in sources(compare(scenario)).text
    assert code() == "USD"  # it was shown so within, and is not any more


def test_the_axis_has_round_ticks_of_the_currency_and_pointed_places_say_it() -> None:
    comparison = compare(in_euro())
    spec = specification_of(cost.chart(comparison))
    axes = [layer["encoding"]["y"]["axis"] for layer in spec["layer"] if "axis" in layer["encoding"].get("y", {})]
    (axis,) = [axis for axis in axes if axis]
    assert axis["title"] == "cost in EUR a month"
    assert axis["values"] == pytest.approx([tick / 0.92 for tick in (0.1, 1, 10, 100, 1000)])
    hover = next(rows for name, rows in spec["datasets"].items() if name.endswith("hover"))
    lines = next(rows for name, rows in spec["datasets"].items() if name.endswith("curves"))
    usd = {row["x"]: row["usd"] for row in lines if row["option"] == comparison.options[0].label}
    at = next(row for row in hover if row["x"] in usd)
    assert at["o0"] == pytest.approx(usd[at["x"]] * 0.92)
    assert cost.live(comparison).per_usd == 0.92 and cost.live(comparison).code == "EUR"


def test_documents_for_programs_have_both() -> None:
    comparison = compare(in_euro())
    document = json.loads(comparison.to_json())
    assert document["currency"] == {"code": "EUR", "per_usd": "0.92", "words": RATE}
    for option, result in zip(document["options"], comparison.options, strict=True):
        assert result.bill.exact_usd is not None
        assert Fraction(option["exact_eur"]) == pytest.approx(result.bill.exact_usd * Fraction("0.92"), abs=1e-12)
        for line in option["lines"]:
            assert Fraction(line["amount_eur"]) == Fraction(line["amount_usd"]) * Fraction("0.92")
    assert document["scenario"] == json.loads(json.dumps(comparison.scenario.document()))
    again = compare(Scenario.from_dict(document["scenario"]))  # can be run again as it is
    assert again.to_json() == comparison.to_json()
    for other in (flips(in_euro(), quick=True), memory_curve(in_euro()), ladder(in_euro(), [])):
        assert json.loads(other.to_json())["currency"]["code"] == "EUR"


def test_curves_chances_and_pages_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = memory_curve(in_euro())
    assert "cost in EUR a month" in json.dumps(chart(curve).to_dict()) and "EUR" in str(curve._repr_html_())
    cold = cold_curve(in_euro(), runtime="nodejs22.x")
    assert "EUR" in json.dumps(chart(cold).to_dict()) + str(cold._repr_html_())
    monkeypatch.setattr(slider_grid, "GRIDS", ((3, 3, 64),))
    page = what_if_page(in_euro(sweep={"over": "workload.requests_per_month", "from": 1e5, "to": 1e8, "points": 40}))
    assert "EUR 41.70" in page and '"sign": "EUR "' in page and "$45.33" not in page
    document = json.loads((SCENARIOS / "node_api.json").read_text("utf-8"))
    document["workload"]["duration_ms"] = {"low": 150, "likely": 200, "high": 260}
    found = risk(Scenario.from_dict({**document, "rates": {"version": 1, "currency": EURO}}), samples=200)
    spec = json.dumps(chart(found).to_dict())
    assert "EUR a month" in spec and "USD a month" not in spec


def test_a_usage_document_and_commands_show_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rates.yaml").write_text(
        "version: 1\ncurrency: {code: EUR, per_usd: 0.92, as_of: 2026-11-28}\n", encoding="utf-8"
    )
    usage = {"version": 1, "rates": "rates.yaml", "usage": [{"service": "public_ipv4", "hours": 1000}]}
    (tmp_path / "usage.json").write_text(json.dumps(usage), encoding="utf-8")
    assert main(["bill", str(tmp_path / "usage.json")]) == 0
    text = capsys.readouterr().out
    assert "total EUR 4.60" in text and "1 USD = 0.92 EUR of 2026-11-28" in text  # 1,000 x 0.005 = 5.00 USD
    assert main(["bill", str(tmp_path / "usage.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total_eur"] == "4.6"
    whole = bill(UsageDocument.from_dict({**usage, "rates": {"version": 1, "currency": EURO}}))
    assert "EUR 4.60" in whole._repr_html_()
    scenario = json.loads((SCENARIOS / "node_api.json").read_text("utf-8")) | {"rates": "rates.yaml"}
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    for command in (["compare"], ["memory"], ["record"]):
        assert main([*command, str(path)]) == 0
        assert "EUR 41.70" in capsys.readouterr().out, command
    assert main(["compare", str(SCENARIOS / "node_api.json")]) == 0
    assert "$45.33" in capsys.readouterr().out  # the next command shows its own


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({**EURO, "code": "USD"}, "other than USD"),
        ({**EURO, "code": "eur"}, "three capital letters"),
        ({**EURO, "code": "EURO"}, "three capital letters"),
        ({**EURO, "code": 978}, "three capital letters"),
        ({**EURO, "per_usd": 0}, "per_usd"),
        ({**EURO, "per_usd": -1}, "per_usd"),
        ({**EURO, "per_usd": "0,92"}, "per_usd"),
        ({**EURO, "per_usd": "NaN"}, "per_usd"),
        ({**EURO, "as_of": "28.11.2026"}, "2026-11-30"),
        ({"code": "EUR", "per_usd": 0.92}, "as_of"),
        ({"code": "EUR", "as_of": "2026-11-28"}, "per_usd"),
        ({**EURO, "rate": 1}, "rate"),
        ("EUR", "currency"),
        ([], "currency"),
    ],
)
def test_wrong_currencies_are_told_in_one_line(given: Any, words: str) -> None:
    refused(lambda: in_euro(currency=given), words)
