"""Bills as a picture and as a table."""

from __future__ import annotations

from fractions import Fraction

import pytest

from chart_specs import EC2, FARGATE, LAMBDA, compared, mark, rows_of, texts, title, units
from lambdaplan.charts import bill


@pytest.fixture(scope="module")
def node():
    return compared()


def test_the_table_has_the_bills_to_the_cent(node):
    table = bill.table_rows(node)
    here = next(row for row in table if row["requests a month"] == "10,000,000 (here)")
    assert [here[LAMBDA], here[FARGATE], here[EC2]] == ["$45.33", "$46.16", "$43.13"]
    assert here["cheapest"] == EC2
    assert "9,502,411" in [row["requests a month"] for row in table]


def test_the_parts_of_each_bar_add_up_to_the_bill(node):
    spec = bill.bill_chart(node).to_dict()
    bars = next(unit for unit in units(spec) if mark(unit) == "bar")
    rows = rows_of(spec, bars)
    for result in node.options:
        mine = [row for row in rows if row["option"] == result.label]
        assert [row["line"] for row in mine] == [line.item for line in result.bill.lines]
        assert mine[-1]["to"] == pytest.approx(float(result.cost_usd))
        assert sum(Fraction(str(row["usd"])) for row in mine) == Fraction(result.bill.total_usd)
    assert {"$45.33", "$46.16", "$43.13"} <= set(texts(spec))
    assert title(spec) == "What 10 million requests cost a month"
    assert bars["encoding"]["x"]["axis"]["title"] == "USD a month"
    assert "Lambda duration, x86 $33.33" in spec["description"]
