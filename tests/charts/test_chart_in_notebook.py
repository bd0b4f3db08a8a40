"""What comparisons, bills, crossovers and charts look like in somebody else's notebook."""

from __future__ import annotations

import base64
import re
from fractions import Fraction

import altair as alt
import pytest
from IPython.core.formatters import DisplayFormatter

import lambdaplan
from lambdaplan import Scenario, UsageDocument
from lambdaplan.resources import data_dir
from payloads import SCRIPTS
from safe_pages import unsafe_in_svg

NODE_API = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture(scope="module")
def comparison():
    return lambdaplan.compare(Scenario.load(NODE_API))


def shown(thing):
    """The bundle that a notebook is given."""
    return DisplayFormatter().format(thing)[0]


def cells(page):
    return [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>.*?</t[dh]>", page)]


def test_a_comparison_shows_its_bills_its_verdict_and_its_crossovers(comparison):
    page = shown(comparison)["text/html"]
    read = cells(page)
    for result in comparison.options:
        assert read[read.index(result.label) + 1] == f"${result.bill.total_usd}"
    assert read[read.index(comparison.winner) + 2].startswith("cheapest")
    assert f"{comparison.crossovers[0].at:,}" in read
    assert comparison.scenario.book.id in page and "us-east-1" in page


def test_an_option_that_can_not_win_says_why(comparison):
    late = lambdaplan.compare(comparison.scenario.with_values({"options.0.memory_mb": 128}))
    read = cells(shown(late)["text/html"])
    assert read[read.index("Lambda 128 MB") + 2] == "breaks a limit, can’t win"
    missing = lambdaplan.compare(comparison.scenario.with_values({"region": "ap-south-2"}))
    assert "a price is missing, can’t win" in cells(shown(missing)["text/html"])


def test_a_bill_shows_each_line_and_its_sum(comparison):
    for bill in (comparison.options[0].bill, lambdaplan.bill(UsageDocument.from_dict(USAGE))):
        read = cells(shown(bill)["text/html"])
        for line in bill.lines:
            assert f"${line.amount_usd:,}" in read[read.index(line.item) :]
        assert f"${bill.total_usd:,}" in shown(bill)["text/html"]


USAGE = {
    "version": 1,
    "region": "us-east-1",
    "usage": [{"service": "lambda", "architecture": "x86_64", "requests": 10**10, "gb_seconds": 10**9}],
}


def test_a_crossover_shows_both_sides(comparison):
    crossover = comparison.crossovers[0]
    read = cells(shown(crossover)["text/html"])
    assert read[-4:] == [f"{crossover.at:,}", crossover.below, crossover.above, crossover.kind]


@pytest.mark.parametrize("words", SCRIPTS)
def test_words_stay_words(comparison, words):
    typed = lambdaplan.compare(comparison.scenario.with_values({"name": words, "options.0.label": words}))
    page = shown(typed)["text/html"]
    assert set(re.findall(r"<(\w+)", page)) <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


@pytest.mark.parametrize("kind", ["comparison", "atlas", "traffic"])
def test_a_chart_is_altairs_and_shows_as_a_picture_that_loads_nothing(comparison, kind):
    found = {
        "comparison": lambda: comparison,
        "atlas": lambda: lambdaplan.atlas(
            comparison.scenario, over=("workload.requests_per_month", "workload.duration_ms"), points=20
        ),
        "traffic": lambda: comparison.scenario.workload.traffic,
    }[kind]()
    drawn = lambdaplan.chart(found)
    assert isinstance(drawn, alt.TopLevelMixin)
    assert drawn.to_dict() == alt.Chart.from_dict(drawn.to_dict()).to_dict()
    bundle = shown(drawn)
    source = re.fullmatch(r'<img alt="([^"]+)" src="data:image/svg\+xml;base64,([^"]+)"[^>]*>', bundle["text/html"])
    svg = base64.b64decode(source[2]).decode()
    assert svg == bundle["image/svg+xml"] and unsafe_in_svg(svg) == []
    assert len(source[1]) > 40


def test_charts_of_others_show_as_they_did():
    theirs = alt.Chart(alt.Data(values=[{"a": 1}])).mark_point().encode(x="a:Q")
    before = alt.renderers.active
    lambdaplan.chart(lambdaplan.compare(Scenario.load(NODE_API)))
    assert alt.renderers.active == before
    assert type(theirs)._repr_mimebundle_ is alt.Chart._repr_mimebundle_


def test_a_sum_in_the_caption_is_the_sum_of_the_lines(comparison):
    bill = comparison.options[0].bill
    assert Fraction(str(bill.total_usd)) == sum(Fraction(str(line.amount_usd)) for line in bill.lines)


def test_a_comparison_is_drawn_along_its_axis_and_around_the_scenario(comparison):
    both = lambdaplan.chart(comparison)
    first, second = both.to_dict()["hconcat"]
    assert "Lambda is cheapest below" in " ".join(first["title"]["text"])
    assert "Lambda 1024 MB is cheapest by $3.64 (7.4 %)" in " ".join(second["title"]["text"])
    bundle = shown(both)
    assert "on even axes" in bundle["text/plain"] and bundle["image/svg+xml"].count("cost in USD a month") >= 2
    assert "layer" in lambdaplan.chart(comparison, width=300).to_dict()
