"""Queries: their SQL gives the sums of the samples, their results are what import reads, and no name breaks out."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
import sqlglot

from lambdaplan import InputError
from lambdaplan.cli.main import main
from lambdaplan.evidence.import_files import import_files
from lambdaplan.evidence.queries import Query, k6_script, queries

SAMPLES = Path(__file__).parent.parent / "golden" / "evidence"
TRUTH = {one["file"]: one["reads"] for one in json.loads((SAMPLES / "truth.json").read_text())["files"]}
TODAY = dt.date(2026, 11, 30)


def texts(**names: object) -> dict[str, Query]:
    """The queries by name."""
    return {one.name: one for one in queries(today=TODAY, **names)}  # type: ignore[arg-type]


def run(sql: str, table: str, source: str) -> list[dict[str, object]]:
    """The rows that DuckDB gives for a text of Athena."""
    (translated,) = sqlglot.transpile(sql, read="athena", write="duckdb")
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {source}")  # noqa: S608
    result = connection.execute(translated)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


SOURCES = [
    ("cur2", "bills/cur2_daily_sp.parquet", f"read_parquet('{SAMPLES}/bills/cur2_daily_sp.parquet')"),
    ("cur2", "bills/cur2_daily_sp.csv", f"read_csv('{SAMPLES}/bills/cur2_daily_sp.csv.gz')"),
    ("focus", "bills/focus_1_2_aws.csv", f"read_csv('{SAMPLES}/bills/focus_1_2_aws.csv.gz', all_varchar=true)"),
]


@pytest.mark.parametrize(("name", "file", "source"), SOURCES, ids=[file for _, file, _ in SOURCES])
def test_the_sql_gives_the_sums_of_the_samples(name: str, file: str, source: str) -> None:
    rows = run(texts()[name].text, name, source)
    truth = TRUTH[file]
    by: dict[str, float] = {}
    for row in rows:
        if "Negation" not in str(row["line_type"]):
            by[str(row["usage_type"])] = by.get(str(row["usage_type"]), 0.0) + float(str(row["quantity"]))
    wanted = {
        one.removeprefix("quantity:"): value["value"] for one, value in truth.items() if one.startswith("quantity:")
    }
    assert {one: by.get(one) for one in wanted} == {
        one: pytest.approx(value, rel=1e-6) for one, value in wanted.items()
    }
    amortized = sum(float(str(row["amortized_usd"])) for row in rows)
    assert amortized == pytest.approx(truth.get("amortized_usd", truth.get("effective_usd"))["value"], abs=2e-4)


def test_the_table_that_the_sql_gives_is_what_import_reads(tmp_path: Path) -> None:
    rows = run(texts()["cur2"].text, "cur2", SOURCES[0][2])
    path = tmp_path / "result.csv"
    lines = [",".join(f'"{name}"' for name in rows[0])]
    lines += [",".join(f'"{value}"' for value in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    file = import_files([path]).files[0]
    assert file.kind == "usage_table_csv"
    quantity = TRUTH["bills/cur2_daily_sp.csv"]["quantity:Request"]["value"]
    assert file.evidence.reads["quantity:Request"].value == pytest.approx(quantity, rel=1e-6)


def test_one_function_is_kept_of_a_bill_and_all_other_products() -> None:
    source = "(VALUES ('AWSLambda', 'arn:aws:lambda:r:1:function:a_b', 1), ('AWSLambda', 'arn:aws:lambda:r:1:function:a_b:live', 2), "
    source += "('AWSLambda', 'arn:aws:lambda:r:1:function:a-b', 4), ('AWSELB', 'x', 8), ('AWSLambda', 'arn:aws:lambda:r:1:function:xa_b', 16))"
    source += " AS t(line_item_product_code, line_item_resource_id, n)"
    text = texts(functions=["a_b"])["cur2"].text
    (condition,) = [line.strip().removeprefix("AND ") for line in text.splitlines() if "ESCAPE" in line]
    (row,) = run(f"SELECT SUM(n) AS n FROM t WHERE {condition}", "t", source)  # noqa: S608
    assert row["n"] == 1 + 2 + 8


def test_net_costs_and_another_month() -> None:
    given = texts(month="2026-02")
    assert "SUM(line_item_net_unblended_cost) AS net_usd" in given["cur2-net"].text
    assert "TIMESTAMP '2026-02-01 00:00:00'" in given["cur2"].text
    assert "< TIMESTAMP '2026-03-01 00:00:00'" in given["focus"].text
    for name in ("cur2", "cur2-net", "focus"):
        assert sqlglot.parse_one(given[name].text, read="athena")


def test_metrics_are_those_that_import_knows_by_their_ids() -> None:
    document = json.loads(texts(functions=["orders-api"])["metrics"].text)
    assert (document["StartTime"], document["EndTime"]) == ("2026-11-02T00:00:00Z", "2026-11-30T00:00:00Z")
    ids = [one["Id"] for one in document["MetricDataQueries"]]
    assert ids == ["invocations", "dur_avg", "dur_p50", "dur_p95", "dur_p99", "concurrency", "errors", "throttles"]
    assert all(len(one["MetricStat"]["Metric"]["Dimensions"]) == 1 for one in document["MetricDataQueries"])
    service = json.loads(texts(services=["prod/web"], balancer="app/web/50dc")["metrics"].text)
    ids = [one["Id"] for one in service["MetricDataQueries"]]
    assert ids == ["requests", "response", "bytes", "lcu", "cpu", "memory", "tasks"]
    (cpu,) = [one["MetricStat"]["Metric"] for one in service["MetricDataQueries"] if one["Id"] == "cpu"]
    assert cpu["Dimensions"] == [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]


@pytest.mark.parametrize(
    "name", ["a' OR '1'='1", "a;rm -rf /", "a\n--", '"', "", "a" * 171, "$(x)", "naïve", "<script>"]
)
def test_a_name_that_would_break_out_is_refused(name: str) -> None:
    for field in ("functions", "services"):
        with pytest.raises(InputError):
            texts(**{field: [name]})


@pytest.mark.parametrize("month", ["2026-13", "26-1", "2026-1", "x", "2026-10'; DROP"])
def test_what_is_no_month_is_one_line(month: str) -> None:
    with pytest.raises(InputError, match="--month = "):
        texts(month=month)


def test_an_address_can_not_end_the_script() -> None:
    script = k6_script("https://x/'\"`;</script>\n${1+1}\u2028")
    line = next(one for one in script.split("\n") if one.startswith("const target"))
    assert (
        json.loads(line.removeprefix("const target = ").removesuffix(";")) == "https://x/'\"`;</script>\n${1+1}\u2028"
    )
    assert "</script>" not in script


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here")
def test_the_script_writes_a_table_that_import_reads(tmp_path: Path) -> None:
    script = (
        k6_script("https://x/")
        .replace("import http from 'k6/http';", "const http = { get() {} };")
        .replace("export ", "")
    )
    script = script.replace("default function ()", "function main()")
    data = {"metrics": {}}
    for n, rate in ((1, 10), (2, 19), (4, 34), (8, 55), (16, 78), (32, 90), (64, 85)):
        data["metrics"][f"http_reqs{{scenario:users_{n}}}"] = {"values": {"count": rate * 60}}
        data["metrics"][f"http_req_duration{{scenario:users_{n}}}"] = {"values": {"med": 9, "p(95)": 20}}
    program = f"{script}\nmain();\nprocess.stdout.write(handleSummary({json.dumps(data)})['levels.csv']);"
    printed = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout
    path = tmp_path / "levels.csv"
    path.write_text(printed)
    file = import_files([path]).files[0]
    assert file.kind == "load_levels_csv"
    assert file.evidence.reads["peak_rps"].value == 90
    assert file.evidence.reads["usl_n_max"].value == pytest.approx(40, rel=0.3)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796000000")  # 2026-11-30
    assert main(["queries", "--function", "orders-api", "-o", str(tmp_path / "q")]) == 0
    printed = capsys.readouterr().out
    assert "/aws/lambda/orders-api" in printed and "2026-10-01" in printed
    assert {path.name for path in (tmp_path / "q").iterdir()} == {
        "logs.txt", "logs-json.txt", "logs-hourly.txt", "lambda-insights.txt", "metrics.json", "cur2.sql", "cur2-net.sql",
        "focus.sql", "capacity.js",
    }  # fmt: skip
    assert main(["queries", "--only", "cur2"]) == 0
    assert sqlglot.parse_one(capsys.readouterr().out, read="athena")
    assert main(["queries", "--only", "cur"]) == 2
    assert "Did you mean cur2?" in capsys.readouterr().err
    assert main(["queries", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["queries"]][-1] == "k6"
