"""An organisation at once equals its services one by one: the exact bills, choices and failures of `batch`."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import duckdb
import numpy as np
import pytest
from random_portfolios import random_portfolio

from campaigns import chunks
from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.services_table import read_table
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from lambdaplan.platforms.lambda_ import CONCURRENCY
from lambdaplan.portfolio import column_bills
from lambdaplan.portfolio.exact_sums import exact_sum, exact_sums
from lambdaplan.portfolio.organisation import organisation
from lambdaplan.portfolio.organisation_table import read_organisation
from lambdaplan.portfolio.pooled_sums import added_up, sums_of


def written(folder, text, name="table.csv"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def compared(folder, seed):
    base, text = random_portfolio(random.Random(seed))
    path = written(folder, text)
    try:
        table = read_table(path, base)
        theirs = portfolio(table.services)
    except InputError as error:
        with pytest.raises(InputError) as ours:
            organisation(read_organisation(path, base))
        return len(ours.value.problems) == len(error.problems)
    result = organisation(read_organisation(path, base))
    assert {one.words for one in result.failures} == {one.words for one in table.failures}, seed
    assert (result.baseline_usd, result.chosen_usd) == _totals(theirs), seed
    choices = {one.service.line: (one.baseline, one.choice) for one in theirs.standings}
    mine = {int(result.table.lines[row]): result.service(int(row)) for row in result.rows}
    assert {line: (one["baseline"], one["chosen"]) for line, one in mine.items()} == choices, seed
    for one in theirs.standings:
        shares = (one.baseline_usd, one.choice_usd)
        names = ("baseline_usd", "chosen_usd")
        for name, share in zip(names, shares, strict=True):
            assert abs(Fraction(mine[one.service.line][name]) - share) <= Fraction(1, 10**6) + share / 10**9, seed
    return True


def _totals(theirs):
    from lambdaplan.formatting import cents

    bills = theirs.baseline, theirs.cheapest
    return tuple(cents(one.known_usd) if one.total_usd is None else one.total_usd for one in bills)


@pytest.mark.parametrize("seeds", chunks(0, 1000, 20) or [range(5, 9)])
def test_random_portfolios_of_2_to_40_rows_equal_the_exact_account_bill_of_batch_to_the_cent(tmp_path, seeds):
    assert all(compared(tmp_path, seed) for seed in seeds)


BASE = {
    "version": 1,
    "name": "API",
    "free_tier": True,
    "workload": {
        "requests_per_month": 10**6,
        "duration_ms": 100,
        "measured_memory_mb": 1024,
        "busy_share": 0.3,
        "working_set_mb": 100,
    },
    "options": [{"kind": "lambda", "memory_mb": 1024}, {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}],
}


def read(folder, text, **more):
    return read_organisation(written(folder, text), BASE, **more)


def said(folder, text, **more):
    with pytest.raises(InputError) as error:
        organisation(read(folder, text, **more))
    return [problem.line.replace(str(folder), "DIR") for problem in error.value.problems]


def many(count, seed=1):
    rng = random.Random(seed)
    rows = ["name,account,team,region,requests_per_month,duration_ms,memory_mb"]
    for n in range(count):
        region = rng.choice(("us-east-1", "eu-west-1"))
        size = rng.choice((256, 512, 1024))
        requests = int(10 ** rng.uniform(2, 8.5))
        rows.append(f"f{n},a{rng.randint(1, 3)},t{rng.randint(1, 2)},{region},{requests},{rng.randint(5, 2000)},{size}")
    return "\n".join(rows) + "\n"


def test_the_result_does_not_depend_on_how_the_table_is_parted_nor_on_the_order_in_which_parts_come(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(column_bills, "UNIT", 8)
    from lambdaplan.portfolio.organisation import document

    table = read(tmp_path, many(60))

    def backwards(table, parts, take):
        units = [unit for part in reversed(parts) for unit in reversed(part)]
        sums = []
        for unit in units:
            done = column_bills.billed(table, unit)
            take(done)
            sums.append(sums_of(done, table.payers[done.rows], table.accounts[done.rows]))
        return added_up([added_up(sums[:3]), added_up([*sums[3:5], added_up(sums[5:])])])

    runs = [organisation(table, partitions=parts) for parts in (1, 2, 7)] + [organisation(table, run=backwards)]
    documents = [document(one, ["account", "team", "region"], "") for one in runs]
    assert all(one == documents[0] for one in documents)
    assert [list(one.services(one.ranking)) for one in runs[1:]] == [list(runs[0].services(runs[0].ranking))] * 3


def test_groups_add_up_to_the_shares_and_shares_to_the_bill(tmp_path):
    result = organisation(read(tmp_path, many(60)))
    for name in ("account", "team", "region"):
        groups = result.groups(name)
        assert sum(one.services for one in groups) == 60
        assert sum(one.saving_usd for one in groups) == Fraction(int(result.saving_micro.sum()), 10**6)
    assert abs(sum(one.baseline_usd for one in groups) - result.baseline_usd) < Fraction(3, 100)


def test_each_payer_has_tiers_and_what_is_free_once(tmp_path):
    # AWS Lambda: 1 million requests a month are free for each payer; then $0.20 a million. HTTP API: $1.00 a million.
    rows = "name,payer,account,requests_per_month\na,p,1,900000\nb,p,2,900000\nc,q,3,900000\n"
    result = organisation(read(tmp_path, rows))
    usd = {one.payer: {line.item: line.amount_usd for _, line in one.baseline.lines} for one in result.payers}
    assert str(usd["p"]["Lambda requests, x86"]) == "0.16"  # 800,000 of 1,800,000
    assert str(usd["q"]["Lambda requests, x86"]) == "0.00"


def test_quotas_of_an_account_and_region_are_held_against_the_sum(tmp_path):
    # 2.628 million requests a month are one a second of 730 hours; at 100 s each that is 100 in flight on average.
    base = {**BASE, "workload": BASE["workload"] | {"duration_ms": 100_000, "traffic": {"shape": "flat", "burst": 1}}}
    base["options"] = [{"kind": "lambda", "memory_mb": 1024, "front_door": "function_url"}]
    rows = "name,account,requests_per_month\na,1,13140000\nb,1,13140000\nc,1,3000000\nd,2,13140000\n"
    result = organisation(read_organisation(written(tmp_path, rows), base))
    first, second = [one for one in result.quotas if one.limit == CONCURRENCY]
    assert (first.account, first.broken, second.account, second.broken) == ("1", True, "2", False)
    assert first.baseline == pytest.approx(500 + 500 + 3_000_000 / 26_280)
    assert second.baseline == pytest.approx(500)


def test_sums_of_floats_are_exact_whatever_the_order():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=500) * 10.0 ** rng.integers(-12, 15, 500), [0.1] * 10, [1e300, -1e300]])
    whole = sum((Fraction(value) for value in values.tolist()), Fraction(0))
    assert exact_sum(values) == exact_sum(values[::-1]) == whole
    assert exact_sum(values[:7]) + exact_sum(values[7:]) == whole
    groups = rng.integers(0, 5, len(values))
    by_group = {n: sum(map(Fraction, values[groups == n].tolist())) for n in range(5)}
    assert exact_sums(values, groups) == {n: total for n, total in by_group.items() if total}


def test_a_row_that_can_not_be_billed_is_listed_with_its_line_and_column_and_the_others_go_on(tmp_path):
    rows = many(40).splitlines()
    rows[7] = "bad,a1,t1,us-east-1,often,100,512"
    rows[9] = "short,a1"
    rows[11] = "far,a1,t1,mars-1,10,100,512"
    result = organisation(read(tmp_path, "\n".join(rows)))
    assert len(result.rows) == 37
    assert [one.words.split(" is ")[0] for one in result.failures] == [
        'line 8: workload.requests_per_month = "often"',
        "line 10: the row = 2 cells",
        'line 12: region = "mars-1"',
    ]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            "name,currency\na,USD\nb,EUR\n",
            (
                "currency = EUR and USD does not fit: line 3 is in EUR, and every price of the book is in USD. Leave the "
                "column out, or give amounts in USD."
            ),
        ),
        (
            "name,account\na,1\nb,\nc,\n",
            (
                'account = "" does not fit: it is empty in line 3 and 1 more. Give the account of every service, or '
                "leave the column out."
            ),
        ),
        (
            "name,account\na,1\na,2\na,1\n",
            (
                'name = "a" does not fit: lines 2 and 4 are the same service of one account and region. Keep one, or name '
                "them apart."
            ),
        ),
    ],
)
def test_currencies_accounts_and_services_that_stand_twice_have_one_line(tmp_path, rows, line):
    assert said(tmp_path, rows) == [line]


def test_a_column_that_is_not_known_names_the_nearest(tmp_path):
    (line,) = said(tmp_path, "name,acount\na,1\n")
    assert line.endswith("Did you mean account?")
    (line,) = said(tmp_path, "name,team\na,1\n", by=["owner"])
    assert line.startswith('--by = "owner"')


def test_a_table_as_csv_and_as_parquet_gives_the_same_files_and_exit_codes_say_what_failed(tmp_path, capsys):
    path, parquet, base = written(tmp_path, many(20)), tmp_path / "table.parquet", tmp_path / "base.json"
    base.write_text(json.dumps(BASE), "utf-8")
    duckdb.sql(f"copy (select * from read_csv('{path}')) to '{parquet}' (format parquet)")  # noqa: S608
    files = {}
    for table, more in ((path, []), (path, ["--partitions", "7"]), (parquet, [])):
        out = tmp_path / f"{table.suffix}{len(more)}"
        assert main(["portfolio", str(table), "--base", str(base), "--by", "team", "-o", str(out), *more]) == 0
        files[out.name] = {one.name: one.read_bytes() for one in (out / "portfolio").iterdir()}
    assert set(files[".csv0"]) == {f"portfolio.{kind}" for kind in ("json", "csv", "parquet", "html")}
    assert files[".csv0"] == files[".csv2"]
    made = [duckdb.read_parquet(str(tmp_path / one / "portfolio" / "portfolio.parquet")) for one in files]
    figures = [one.project("name, chosen, saving_usd").fetchall() for one in made]
    assert figures[0] == figures[2]
    assert len(figures[0]) == 20
    assert "20 services cost" in capsys.readouterr().out
    assert main(["portfolio", str(path), "--base", str(base), "--partitions", "0"]) == 2
    written(tmp_path, f"{many(3)}bad,a1,t1,us-east-1,often,100,512\n")
    assert main(["portfolio", str(path), "--base", str(base), "-o", str(tmp_path / "part")]) == 3
    assert 'line 5: workload.requests_per_month = "often"' in capsys.readouterr().err
