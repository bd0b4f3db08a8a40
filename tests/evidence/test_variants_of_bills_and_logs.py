"""Bills with other names, times and figures of their columns; access logs out of CloudWatch Logs and of older balancers."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from campaigns import PROVE
from lambdaplan import InputError, import_files
from tests.evidence.test_samples import TRUTH, same, sample
from tests.evidence.variants import Variant, check, parametrized, read

Change = Callable[[str, str], tuple[str, str]]


def snake(name: str) -> str:
    """A name such as lineItem/UsageType in small letters with lines below."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("/", "_").replace(":", "_").lower()


def changed(name: str, change: Change, separator: str = ",") -> str:
    """A sample bill whose names and cells are changed."""
    path = sample(name)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode())))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow([change(cell, "")[0] for cell in rows[0]])
    writer.writerows([[change(head, cell)[1] for head, cell in zip(rows[0], row, strict=True)] for row in rows[1:]])
    return out.getvalue()


def comma(head: str, cell: str) -> tuple[str, str]:
    """Figures with a decimal comma."""
    return head, cell.replace(".", ",") if re.fullmatch(r"-?\d+\.\d+", cell) else cell


BILLS: list[tuple[str, str, Change, str]] = [
    ("a table of Athena", "cur_legacy.csv", lambda head, cell: (snake(head), cell), ","),
    ("names run together", "cur_legacy.csv", lambda head, cell: (head.replace("/", "_").lower(), cell), ","),
    ("small letters", "focus_1_2_aws.csv", lambda head, cell: (head.lower(), cell), ","),
    ("lines below", "focus_1_2_aws.csv", lambda head, cell: (snake(head), cell), ","),
    ("large letters", "cur2_daily_sp.csv", lambda head, cell: (head.upper(), cell), ","),
    ("times with T and Z", "cur2_daily_sp.csv", lambda head, cell: (head, cell.replace(" 00:00:00.000", "T00:00:00Z")), ","),
    ("dates alone", "focus_1_0_aws.csv", lambda head, cell: (head, re.sub(r"T00:00:00(\.000)?Z", "", cell)), ","),
    ("NULL for nothing", "cur2_daily_sp.csv", lambda head, cell: (head, cell or "NULL"), ","),
    ("decimal commas", "cur2_daily_sp.csv", comma, ";"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "separator"), [one[1:] for one in BILLS], ids=[one[0] for one in BILLS])
def test_a_bill_tells_the_same(name: str, change: Change, separator: str, tmp_path: Path) -> None:
    """Every figure of the samples' table, whichever way the file is written."""
    truth = next(one for one in TRUTH if one["file"] == f"bills/{name}")
    _, values = read(tmp_path, changed(f"bills/{name}", change, separator))
    wrong = {key: values.get(key) for key, one in truth["reads"].items() if not same(values.get(key), one["value"])}
    assert wrong == {}


GATEWAY = {"requestId": "a", "ip": "203.0.113.9", "requestTime": "12/Oct/2026:08:00:0{n} +0000", "routeKey": "GET /",
           "status": "200", "responseLength": "1000", "integrationLatency": "50", "responseLatency": "60"}  # fmt: skip
OF_GATEWAY = {
    "requests": 9,
    "integration_ms": 50.0,
    "response_ms": 60.0,
    "response_kb": 1.0,
    "first": "2026-10-12T08:00:00Z",
}
OBJECTS = [json.dumps(GATEWAY).replace("{n}", str(n)) for n in range(9)]
QUOTED = [one.replace('"', '""') for one in OBJECTS]
BILL_HEAD = (
    "InvoiceID,PayerAccountId,RecordType,BillingPeriodStartDate,BillingPeriodEndDate,ProductCode,UsageType,Operation,"
    "UsageStartDate,UsageEndDate,UsageQuantity,CurrencyCode,CostBeforeTax,TotalCost\n"
)
BILL_ROW = (
    "1,123456789012,{0},2026/10/01 00:00:00,2026/10/31 23:59:59,AWSLambda,{1},,2026/10/01 00:00:00,2026/10/31 23:59:59,{2},"
    "USD,{3},{3}\n"
)
CLASSIC = (
    "2026-10-12T08:00:00.943139Z my-lb 192.0.2.39:2817 {0} 0.000073 {1} 0.000057 {2} 200 100 3000 "
    '"GET http://x:80/ HTTP/1.1" "curl/7.38.0" - -\n'
)
LOGS: list[Variant] = [
    ("events of a gateway", "apigw_access_log_events",
     json.dumps({"events": [{"timestamp": 1791792000000, "message": one} for one in OBJECTS]}), OF_GATEWAY),
    ("rows of a gateway", "apigw_access_log_events",
     "@timestamp,@message\n" + "".join(f'2026-10-12 08:00:00.000,"{one}"\n' for one in QUOTED), OF_GATEWAY),
    ("results of a gateway", "apigw_access_log_events",
     json.dumps({"results": [[{"field": "@message", "value": one}] for one in OBJECTS]}), OF_GATEWAY),
    ("a list of objects", "apigw_access_log_json", f"[{','.join(OBJECTS)}]", OF_GATEWAY),
    ("a classic balancer", "elb_access_log", CLASSIC.format("10.0.0.1:80", "0.050", 200) * 9 + CLASSIC.format("-", "-1", 503),
     {"requests": 10, "errors": 1, "response_ms": 50.0, "request_kb": 0.1, "response_kb": 3.0, "not_dispatched": 1}),
    ("the console's bill", "bill_csv",
     BILL_HEAD + BILL_ROW.format("PayerLineItem", "Request", 1000000, "0.20") + BILL_ROW.format("LinkedLineItem", "Lambda-GB-Second", 90000, "1.50")
     + BILL_ROW.format("StatementTotal", "", "", "1.70"),
     {"requests": 1000000, "gb_seconds": 90000, "paid_usd:Lambda": 1.7, "last": "2026-10-31T23:59:59Z", "month": "2026-10"}),
]  # fmt: skip


@parametrized(LOGS)
def test_a_variant_is_read(kind: str, text: str, told: dict[str, Any], tmp_path: Path) -> None:
    check(tmp_path, kind, text, told)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BILL_HEAD + BILL_ROW.format("InvoiceTotal", "", "", "1.70"), "it has no rows of usage"),
        (BILL_HEAD.replace("UsageQuantity", "Amount"), "the CSV of a bill of the console, without UsageQuantity"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert len(error.value.lines) == 1 and words in error.value.lines[0]


@pytest.mark.skipif(not PROVE, reason="writes 400 MB")
def test_a_bill_larger_than_the_memory_it_may_have(tmp_path: Path) -> None:
    """A sample's rows over and over: its quantities as many times, within 300 MB."""
    text = changed("bills/cur2_daily_sp.csv", lambda head, cell: (head, cell))
    head, _, rows = text.partition("\n")
    times = 400_000_000 // len(rows)
    with (tmp_path / "file").open("w") as file:
        file.write(f"{head}\n")
        for _ in range(times):
            file.write(rows)
    many = import_files([tmp_path / "file"]).files[0].evidence.reads
    _, once = read(tmp_path, text)
    assert many["quantity:Request"].value == pytest.approx(times * once["quantity:Request"])
