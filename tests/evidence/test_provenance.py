"""Where imported values are from, kept in the scenario and shown; intervals as ranges."""

import json

import pytest

from lambdaplan import import_files
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from lambdaplan.scenario.provenance import provenance_rows
from lambdaplan.scenario.scenario import Scenario
from tests.evidence.test_samples import sample

LOG, SIZES = "lambda_logs/report_text.log", "power_tuning/url.txt"

GIVEN = [{"kind": "lambda", "memory_mb": 1024}, {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}]


@pytest.fixture(scope="module")
def imported():
    return import_files([sample(LOG), sample(SIZES)], ranges=True)


def test_each_value_keeps_file_time_samples_and_interval_through_a_file(imported, tmp_path):
    """38 warm requests of 08:00 to 08:19; what is written is what is read again, also as JSON of --json."""
    path = tmp_path / "orders.yaml"
    path.write_text(imported.text())
    scenario = Scenario.load(path)
    assert [one.path for one in scenario.provenance] == [one.path for one in imported.values]
    duration = next(one for one in scenario.provenance if one.path == "workload.duration_ms")
    assert (duration.file, duration.samples) == ("report_text.log", 38)
    assert duration.time == "2026-10-12T08:00:00Z to 2026-10-12T08:19:05Z"
    low, high = duration.interval
    assert low < duration.value < high
    again = Scenario.from_dict(json.loads(json.dumps(scenario.document())))
    assert again.provenance == scenario.provenance


def test_a_value_that_was_changed_since_is_told(imported):
    scenario = Scenario.from_dict(imported.scenario)
    moved = scenario.with_values({"workload.duration_ms": 300})
    rows = {row["number"]: row["value"] for row in provenance_rows(moved.provenance, moved.document())}
    assert rows["workload.duration_ms"] == "300 (changed; 243.375 was read)"
    assert not any("changed" in value for name, value in rows.items() if name != "workload.duration_ms")


def test_intervals_become_ranges_of_ten_and_ninety_percent(imported):
    """The 97.5th percentile of a normal law is 1.95996 deviations off, the 90th 1.28155."""
    value = next(one for one in imported.values if one.path == "workload.duration_ms")
    given = imported.scenario["workload"]["duration_ms"]
    assert given["likely"] == pytest.approx(value.value, rel=1e-5)
    assert given["high"] - value.value == pytest.approx((value.high - value.value) * 1.28155 / 1.95996, rel=1e-4)
    assert isinstance(import_files([sample(LOG)]).scenario["workload"]["duration_ms"], float)


def test_a_base_keeps_where_its_own_values_are_from(tmp_path):
    base = tmp_path / "base.json"
    base.write_text(json.dumps(dict(import_files([sample(SIZES)]).scenario)))
    both = import_files([sample(LOG)], base=base)
    files = {one["path"]: one["file"] for one in both.scenario["provenance"]}
    assert files["workload.duration_ms"] == "report_text.log" and files["workload.cpu_ms"] == "url.txt"


def test_compare_and_record_show_it(imported, tmp_path, capsys):
    document = {**import_files([sample(LOG)]).scenario, "options": GIVEN}  # sizes left open take seconds
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(document))
    assert main(["compare", str(path)]) == 0
    assert "read from report_text.log: duration_ms" in capsys.readouterr().out
    assert main(["record", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "Where the numbers are from:" in printed and "| `workload.duration_ms` | 243.375 |" in printed


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("orders.log", "a list of at most 100"),
        ([{"path": "workload.duration_ms"}], "provenance.0.file"),
        ([{"path": "x", "file": "f", "interval": [2, 1]}], "two numbers, the lower end and the upper"),
        ([{"path": "x", "file": "f", "value": [1]}], "a number, text of at most 120 characters"),
        ([{"path": "x", "file": "f", "sample": 3}], "provenance.0.sample"),
    ],
)
def test_refused_in_one_line(given, words, imported):
    with pytest.raises(InputError) as caught:
        Scenario.from_dict({**imported.scenario, "provenance": given})
    assert len(caught.value.lines) == 1 and words in caught.value.lines[0]
