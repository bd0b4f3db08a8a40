"""Tables of services: what a cell sets, and what is said about a table or a row that can't be read."""

from __future__ import annotations

import json
from fractions import Fraction as F

import pytest

from lambdaplan.analysis.services_table import read_table
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from places import MIXED

BASE = MIXED
DOCUMENT = json.loads(BASE.read_text("utf-8"))


def table(folder, text, base=DOCUMENT):
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, base)


def said(folder, text, base=DOCUMENT):
    with pytest.raises(InputError) as error:
        table(folder, text, base)
    return [problem.line.replace(str(folder), "DIR") for problem in error.value.problems]


def test_cells_change_the_base_and_empty_ones_keep_it(tmp_path):
    found = table(
        tmp_path,
        "name,requests_per_month,duration_ms,memory_mb,workload.busy_share,options.1.memory_gb,region,shared\n"
        'a,10M,,512,,,eu-west-1,\n"b, second",500k/day,120.5,,0.5,2,,FALSE\n\n,3,1,,,,,\n',
    )
    a, b, c = (row.scenario for row in found.services)
    assert [row.line for row in found.services] == [2, 3, 5]
    assert [row.shared for row in found.services] == [False, False, False]
    assert (a.name, b.name, c.name) == ("a", "b, second", "Node.js API, 200 ms at 1024 MB, line 5")
    assert [s.workload.requests_per_month for s in (a, b, c)] == [10**7, 15_208_333, 3]
    assert [s.workload.duration_ms for s in (a, b, c)] == [200, F("120.5"), 1]
    assert [(s.options[0].memory_mb, s.workload.measured_memory_mb) for s in (a, b)] == [(512, 512), (1024, 1024)]
    assert (a.options[0].label, b.options[1].label) == ("Lambda 512 MB", "Fargate 0.5 vCPU 2 GB Arm")
    assert (a.region, b.region, b.workload.busy_share) == ("eu-west-1", "us-east-1", F(1, 2))
    assert found.failures == ()


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_read(tmp_path, ends):
    rows = ["name,workload.cpu_threads,shared", '"Ünï, ""quoted""",2,TRUE', "1e5,1,no", "true,1,yes", ""]
    found = table(tmp_path, b"\xef\xbb\xbf" + ends.join(rows).encode())
    assert [row.scenario.name for row in found.services] == ['Ünï, "quoted"', "1e5", "true"]
    assert [row.shared for row in found.services] == [True, False, True]


OFTEN = (
    'line 4: workload.requests_per_month = "often" is not a number, 0..1000000000000000 (requests a month, whole '
    "numbers). Write it as 10M, 500k/day or 120/s."
)


def test_a_row_that_can_not_be_read_does_not_stop_the_others(tmp_path):
    found = table(
        tmp_path,
        "name,duration_ms,requests_per_month,memory_mb,shared\n"
        "good,100,1M,128,\nbad,-1,often,\nworse,-1,often,64,maybe\n,,,512,\n",
    )
    assert [row.line for row in found.services] == [2, 5]
    assert [failure.words for failure in found.failures] == [
        "line 3: the row = 4 cells is not 5 cells, as the header has columns. A cell with a comma is quoted.",
        'line 4: shared = "maybe" is not true or false.',
        OFTEN,
        "line 4: workload.duration_ms = -1 is outside 0..604800000 (ms, above 0). Try duration_ms=1.",
        "line 4: options.0.memory_mb = 64 is outside 128..10240 (MB, whole numbers). Try memory_mb=128.",
    ]


NAMES = "shared, name, requests_per_month, duration_ms, memory_mb, region, or a path of the scenario such as workload.busy_share"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["DIR/table.csv can't be read: it is empty; a table is CSV in UTF-8, with a header of column names. Try name,requests_per_month,duration_ms as its first line."]),
        ("\n \n", ["DIR/table.csv can't be read: it is empty; a table is CSV in UTF-8, with a header of column names. Try name,requests_per_month,duration_ms as its first line."]),
        ("name\n", ["DIR/table.csv can't be read: it has a header and no row; every row below the header is a service."]),
        (b"name\n\xe9\n", ["DIR/table.csv can't be read: it is not UTF-8 text; a table is CSV in UTF-8, with a header of column names. Try name,requests_per_month,duration_ms as its first line."]),
        ('name\n"a\n', ["DIR/table.csv can't be read: line 2 is no CSV (unexpected end of data); a table is CSV in UTF-8, with a header of column names."]),
        ("nmae\na\n", [f'line 1, column 1 = "nmae" is not one of {NAMES}. Did you mean name?']),
        ("name,workload.busy_shar\na,1\n", [f'line 1, column 2 = "workload.busy_shar" is not one of {NAMES}. Did you mean workload.busy_share?']),
        ("name;duration_ms\na;1\n", [f'line 1, column 1 = "name;duration_ms" is not one of {NAMES}. Columns are parted by commas here: save it so.']),
        ("name,\na,1\n", [f"line 1, column 2 = no name is not one of {NAMES}."]),
        ("a,10M\nb,20M\n", [f'line 1, column {n} = "{name}" is not one of {NAMES}.' for n, name in ((1, "a"), (2, "10M"))]),
        ("duration_ms,name,workload.duration_ms\n1,a,1\n", ["line 1, column 3 = workload.duration_ms does not fit: column duration_ms sets it already. Keep one of them."]),
        ("name,free_tier\na,true\n", ["line 1, column 2 = free_tier does not fit: it belongs to the account, and is the same in every row. Give it with --set free_tier=..."]),
        ("options.9.memory_mb\n1\n", [f'line 1, column 1 = "options.9.memory_mb" is not one of {NAMES}. Did you mean options.0.memory_mb?']),
        ("name,duration_ms\na,-1\nb,x\n", [
            "line 2: workload.duration_ms = -1 is outside 0..604800000 (ms, above 0). Try duration_ms=1.",
            'line 3: workload.duration_ms = "x" is not a number, 0..604800000 (ms, above 0). Write it as 200ms or 1.5s.',
        ]),
    ],
)  # fmt: skip
def test_a_table_that_can_not_be_read_is_told_in_its_lines(tmp_path, text, lines):
    found = said(tmp_path, text)
    assert found == lines


def test_ten_thousand_rows_are_the_most(tmp_path, monkeypatch):
    monkeypatch.setattr("lambdaplan.analysis.services_table._service", lambda line, *_: line)
    assert len(table(tmp_path, "name\n" + "a\n" * 10_000).services) == 10_000
    (line,) = said(tmp_path, "name\n" + "a\n" * 10_001)
    assert (
        line == "DIR/table.csv can't be read: it has more than 10,000 rows; a table has at most 10,000 rows; part it."
    )


def test_memory_needs_a_function_in_the_base(tmp_path):
    base = {**DOCUMENT, "options": DOCUMENT["options"][1:]}
    assert said(tmp_path, "memory_mb\n512\n", base) == [
        "line 1, column 1 = memory_mb does not fit: the base scenario has no Lambda option."
    ]


def test_a_row_that_can_not_share_is_told_so(tmp_path):
    found = table(tmp_path, "name,shared,options.2.min_units\na,true,2\nb,true,3\nc,false,3\n")
    assert [row.line for row in found.services] == [2, 4]
    assert found.failures[0].words == (
        "line 3: shared = true does not fit: options.2 (EC2 t4g.small) differs from the first service that shares. "
        "Give both the same."
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--base", str(BASE), "nowhere.csv"],
            "error: nowhere.csv can't be read: no such file or directory; a table is CSV",
        ),
        (["--base", "nowhere.json", "TABLE"], "error: nowhere.json can't be read: no such file or directory"),
        (["TABLE"], "error: command line can't be read: the following arguments are required: --base"),
        (["--base", str(BASE), "--jobs", "0", "TABLE"], 'error: --jobs = "0" is outside 1..8.'),
        (["--base", str(BASE), "--jobs", "two", "TABLE"], 'error: --jobs = "two" is outside 1..8.'),
        (["--base", str(BASE), "--set", "region=x", "TABLE"], 'error: region = "x" is not one of'),
    ],
)
def test_what_can_not_run_is_one_line_and_exit_2_and_writes_nothing(tmp_path, capsys, arguments, line):
    path = tmp_path / "table.csv"
    path.write_text("name\na\n")
    given = [str(path) if word == "TABLE" else word for word in arguments]
    assert main(["batch", *given, "-o", str(tmp_path / "out")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(line) and err.count("\n") == 1
    assert not (tmp_path / "out").exists()
