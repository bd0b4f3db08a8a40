"""What to move first within people's hours: the best choice by exhaustion, its bill, its words."""

from __future__ import annotations

import csv
import itertools
import json
import random
from decimal import Decimal
from fractions import Fraction

import duckdb
import numpy as np
import pytest
from test_organisation import BASE, many, read, written

from campaigns import seeds
from chart_specs import mark, rows_of, units
from lambdaplan.analysis.account import Service, portfolio
from lambdaplan.charts.organisation.saving_curve import saving_curve
from lambdaplan.charts.organisation.treemap import Box, saving_treemap, squarified
from lambdaplan.charts.rendering import specification_of
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from lambdaplan.portfolio.concentration import areas, concentration
from lambdaplan.portfolio.knapsack import packed
from lambdaplan.portfolio.move_first import move_first
from lambdaplan.portfolio.organisation import organisation
from lambdaplan.schema.fields import changed
from safe_pages import unsafe_in_page


def best_of_all(values, weights, capacity):
    """The worth of the best of all choices, each looked at."""
    choices = itertools.product((0, 1), repeat=len(values))
    sums = (
        (sum(w for w, t in zip(weights, c, strict=True) if t), sum(v for v, t in zip(values, c, strict=True) if t))
        for c in choices
    )
    return max(value for weight, value in sums if weight <= capacity)


@pytest.mark.parametrize("seed", seeds(25, 1000))
def test_a_choice_is_the_best_of_all(seed):
    rng = random.Random(seed)
    count = rng.randint(1, 9)
    weights = [rng.choice((0, rng.randint(1, 50), rng.randint(1, 9) * 1000)) for _ in range(count)]
    values = [rng.choice((0, rng.randint(1, 100), rng.randint(1, 10**12))) for _ in range(count)]
    capacity = rng.randint(0, sum(weights) + 1)
    found = packed(np.array(values), np.array(weights), capacity)
    assert int(np.array(weights)[found.taken].sum()) <= capacity
    assert int(np.array(values)[found.taken].sum()) == found.value
    assert found.value == found.most == best_of_all(values, weights, capacity)


def test_a_choice_of_a_thousand_is_the_best_by_a_table_of_every_capacity():
    rng = np.random.default_rng(3)
    values, weights, capacity = rng.integers(1, 10**6, 1000), rng.integers(1, 60, 1000), 3000
    table = np.zeros(capacity + 1, dtype=np.int64)  # Bellman's recursion
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        table[weight:] = np.maximum(table[weight:], table[:-weight] + value)
    found = packed(values, weights, capacity)
    assert found.value == found.most == table[capacity]


def test_where_the_best_is_not_proved_the_bound_holds_and_the_gap_is_told():
    rng = np.random.default_rng(1)
    weights = rng.integers(1, 1000, 40)
    values = weights + 100  # as hard as can be: all are about equally good
    exact = packed(values, weights, 9999)
    cut = packed(values, weights, 9999, most_states=20)
    assert exact.is_best
    assert not cut.is_best
    assert cut.value <= exact.value <= cut.most


def with_hours(count, seed=1):
    rng = random.Random(seed)
    head, *rows = many(count).splitlines()
    return "\n".join([f"{head},migration_hours", *(f"{row},{rng.choice((4, 8, 16, 40))}" for row in rows)]) + "\n"


def test_what_a_choice_saves_is_the_bill_of_batch_with_only_these_moved(tmp_path):
    result = organisation(read(tmp_path, with_hours(40)))
    first = move_first(result, Fraction(30))
    hours = result.table.hours[first.rows]
    assert first.used_hours == Fraction(int(hours.sum()))
    assert first.used_hours <= 30
    assert first.is_best
    chosen = {int(row): int(result.use.choice[row]) for row in first.rows}
    alone = []
    for row in result.rows.tolist():
        scenario = result.table.scenario(row)
        alone.append(Service(row, changed(scenario, options=(scenario.options[chosen.get(row, 0)],))))
    assert portfolio(alone).baseline.total_usd == first.bill_usd
    per_hour = (result.saving_micro[first.rows] / hours).tolist()
    assert per_hour == sorted(per_hour, reverse=True)


def test_all_hours_that_are_needed_move_all_that_save(tmp_path):
    result = organisation(read(tmp_path, with_hours(40)))
    first = move_first(result, Fraction(10**6))
    saving = result.saving_micro[result.rows]
    assert set(first.rows.tolist()) == set(result.rows[(saving > 0) & (result.use.choice[result.rows] > 0)].tolist())
    assert first.share_micro == first.most_micro
    none = move_first(result, Fraction(0))
    assert (len(none.rows), none.saving_usd) == (0, Decimal("0.00"))


def test_an_empty_cell_takes_the_hours_of_the_option_and_without_both_nobody_knows(tmp_path):
    rows = "name,requests_per_month,migration_hours\na,400000000,8\nb,300000000,\n"
    result = organisation(read(tmp_path, rows))
    assert move_first(result, Fraction(100)).unknown == 1
    fargate = {**BASE["options"][1], "migration": {"hours": 5}}
    base = {**BASE, "options": [BASE["options"][0], fargate], "operations": {"wage_usd_per_hour": 300}}
    from lambdaplan.portfolio.organisation_table import read_organisation

    result = organisation(read_organisation(written(tmp_path, rows), base))
    first = move_first(result, Fraction(100))
    assert (first.unknown, first.used_hours, first.people_usd) == (0, 13, 3900)
    assert (first.payback_months - 1) * first.saving_usd < 3900 <= first.payback_months * first.saving_usd
    with pytest.raises(InputError, match="migration_hours"):
        move_first(organisation(read(tmp_path, many(5))), Fraction(1))


@pytest.mark.parametrize(
    ("cell", "words"), [("-1", "line 3: migration_hours = -1 is outside"), ("soon", 'line 3: migration_hours = "soon"')]
)
def test_hours_that_are_none_are_named_with_their_line(tmp_path, cell, words):
    result = organisation(read(tmp_path, f"name,migration_hours\na,1\nb,{cell}\n"))
    assert [one.words.startswith(words) for one in result.failures] == [True]


def test_a_column_that_changes_the_scenario_does_so_too_where_it_groups(tmp_path):
    rows = "name,memory_mb\na,512\nb,2048\n"
    usd = [
        one.baseline_micro.tolist() for one in (organisation(read(tmp_path, rows, by=by)) for by in ([], ["memory_mb"]))
    ]
    assert usd[0] == usd[1]
    assert [one.value for one in organisation(read(tmp_path, rows, by=["memory_mb"])).groups("memory_mb")] == [
        "2048",
        "512",
    ]
    with pytest.raises(InputError, match="--by"):
        read(tmp_path, rows, by=["name"])


def test_the_saving_adds_up_along_the_ranking(tmp_path):
    result = organisation(read(tmp_path, many(60)))
    found = concentration(result)
    gains = sorted((max(one, 0) for one in result.saving_micro[result.rows].tolist()), reverse=True)
    few = next(n for n in range(1, 61) if sum(gains[:n]) >= 0.8 * sum(gains))
    assert (found.services_for(0.8), found.services) == (few, 60)
    losses = [one for one in result.saving_micro[result.rows].tolist() if one <= -10_000]
    assert (found.dearer, found.dearer_micro) == (len(losses), -sum(losses))
    assert found.curve[-1] == (60, pytest.approx(1))


def test_areas_hold_every_service_once_and_every_cent(tmp_path):
    result = organisation(read(tmp_path, many(60)))
    for name in ("team", None):
        found = areas(result, name, most=10)
        assert sum(one.services for one in found) == 60
        assert sum(one.baseline_micro for one in found) == result.baseline_micro.sum()
        assert sum(one.saving_micro for one in found) == result.saving_micro.sum()


def test_parts_of_a_rectangle_fill_it_in_proportion_and_squarely():
    # The example of Bruls, Huizing and van Wijk: a rectangle of 6 x 4; its first row is two parts of 6, 3 wide, 2 high.
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert [round(one.wide * one.high, 9) for one in boxes] == [6, 6, 4, 3, 2, 2, 1]
    assert [(one.wide, one.high) for one in boxes[:2]] == [(3, 2), (3, 2)]
    assert [(round(one.wide, 4), round(one.high, 4)) for one in boxes[2:4]] == [(1.7143, 2.3333), (1.2857, 2.3333)]


def test_pictures_say_what_is_in_them(tmp_path):
    result = organisation(read(tmp_path, many(60)))
    spec = specification_of(saving_treemap(result, "team"))
    drawn = [row for unit in units(spec) if mark(unit) == "rect" for row in rows_of(spec, unit)]
    assert {row["group"] for row in drawn} == {"t1", "t2"}
    assert spec["title"]["text"][0].startswith("By team: ")
    curve = specification_of(saving_curve(result))
    assert " of 60 services" in " ".join(curve["title"]["text"])
    idle = organisation(read(tmp_path, "name,requests_per_month\na,0\n"))
    assert saving_curve(idle) is None


@pytest.fixture(scope="module")
def written_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("organisation")
    rows = with_hours(30).replace("\nf0,", '\n"<b>=1+1</b>",')
    path, base = written(folder, rows), folder / "base.json"
    base.write_text(json.dumps({**BASE, "operations": {"wage_usd_per_hour": 90}}), "utf-8")
    (folder / "out" / "f3-line-5").mkdir(parents=True)
    (folder / "out" / "f3-line-5" / "report.html").write_text("made earlier", "utf-8")
    command = ["portfolio", str(path), "--base", str(base), "--by", "team", "--hours", "60", "-o", str(folder / "out")]
    assert main(command) == 0
    return folder / "out" / "portfolio"


def test_the_page_is_safe_and_leads_to_reports_that_were_made(written_files):
    page = (written_files / "portfolio.html").read_text("utf-8")
    assert unsafe_in_page(page) == ["a href=../f3-line-5/report.html"]  # a report beside the page, and nothing else
    assert page.count('<a href="../f3-line-5/report.html">5</a>') == 1
    assert "--report LINE" in page
    assert "80 % of the saving is in" in page


def test_tables_hold_hours_and_what_to_move_first(written_files):
    first = json.loads((written_files / "portfolio.json").read_text("utf-8"))["move_first"]
    cells = list(csv.DictReader((written_files / "portfolio.csv").read_text("utf-8").splitlines()))
    chosen = [row for row in cells if row["move_first"] == "yes"]
    assert {int(row["line"]) for row in chosen} == set(first["lines"])
    assert sum(float(row["migration_hours"]) for row in chosen) == float(first["hours_used"])
    assert float(first["people_usd"]) == 90 * float(first["hours_used"])
    parquet = duckdb.read_parquet(str(written_files / "portfolio.parquet"))
    rows = parquet.project("line, migration_hours, saving_usd_per_hour").fetchall()
    each = {line: saving for line, _, saving in rows}
    for row in chosen:
        own = Fraction(row["saving_usd"]) / Fraction(row["migration_hours"])
        assert abs(Fraction(each[int(row["line"])]) - own) <= Fraction(1, 10**6)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--hours", "many"], '--hours = "many"'),
        (["--hours", "5"], "migration_hours"),
        (["--report", "two"], '--report = "two"'),
        (["--report", "9"], "--report = 9"),
        (["--report", ",".join(map(str, range(2, 30)))], "28 lines"),
    ],
)
def test_wrong_words_are_told_in_a_line_before_anything_is_written(tmp_path, capsys, more, words):
    base = tmp_path / "base.json"
    base.write_text(json.dumps(BASE), "utf-8")
    path = written(tmp_path, many(3))
    assert main(["portfolio", str(path), "--base", str(base), "-o", str(tmp_path / "out"), *more]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_money_is_shown_in_the_currency_of_the_base(tmp_path, capsys):
    (tmp_path / "rates.yaml").write_text(
        "version: 1\ncurrency: {code: EUR, per_usd: 0.5, as_of: 2026-12-01}\n", "utf-8"
    )
    base = tmp_path / "base.json"
    base.write_text(json.dumps({**BASE, "rates": "rates.yaml"}), "utf-8")
    path = written(tmp_path, with_hours(5))
    assert main(["portfolio", str(path), "--base", str(base), "--hours", "50", "-o", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "EUR " in out
    assert "$" not in out
    page = (tmp_path / "out" / "portfolio" / "portfolio.html").read_text("utf-8")
    assert "$" not in page.split("<script")[0]
    told = json.loads((tmp_path / "out" / "portfolio" / "portfolio.json").read_text("utf-8"))
    assert Fraction(told["saving_eur"]) * 2 == Fraction(told["saving_usd"])
