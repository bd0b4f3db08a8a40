"""Nothing personal leaves a file: secrets planted in the names of every sample, and in the files' own names."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
from pathlib import Path

import pytest

from campaigns import PROVE
from lambdaplan import Explorer, Scenario, compare, import_files
from lambdaplan.cli.evidence.importing import _show
from lambdaplan.cli.main import main
from lambdaplan.evidence.privacy import clean
from lambdaplan.explorer.details import _provenance
from lambdaplan.explorer.evidence.dropped_files import DroppedFiles
from lambdaplan.explorer.link import from_link
from lambdaplan.report.assumptions_section import provenance
from lambdaplan.resources import data_dir
from tests.evidence.test_backtest import SCENARIO
from tests.evidence.test_samples import TRUTH, sample

SECRETS = {
    "account": "987654321098",
    "account as the console has it": "9876-5432-1098",
    "mail": "jane.doe@corp.example",
    "request id": "8f5e1c2a-1a2b-3c4d-5e6f-abcdef012345",
    "trace": "1-5759e988-bd862e3fe1be46a994272793",
    "address": "203.0.113.77",
    "IPv6": "2001:db8:85a3::8a2e:370:7334",
    "key": "AKIAIOSFODNN7EXAMPLE",
    "ARN": "arn:aws:lambda:us-east-1:987654321098:function:x",
}
SIGNS = (
    "987654321098", "9876-5432", "jane.doe", "corp.example", "8f5e1c2a", "abcdef012345", "bd862e3f", "203.0.113", "2001:db8",
    "8a2e:370", "AKIAIOSF", "arn:aws", "123456789012", "198.51.100", "10.0.1.252", "127.0.0.1", "00000000-0000",
)  # fmt: skip
"""Parts of the secrets, and what the samples hold of the kind themselves."""
NAMES = re.compile(rb"orders-api|OrdersFunction|\borders\b|\bweb\b|\bshop\b|\bapi\b")
TEXTS = [one["file"] for one in TRUTH if not one["file"].endswith(".parquet")]


def planted(name: str, secret: str, folder: Path) -> Path:
    """A sample with a secret in each of its names, and in its file's name where a file may be called so."""
    path = sample(name)
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    before = secret if re.fullmatch(r"[\w.@-]+", secret) else "x"
    own = folder / f"{before}-{name.rpartition('/')[2]}"
    own.write_bytes(NAMES.sub(lambda match: match[0] + b"-" + secret.encode(), data))
    return own


def found(text: str) -> list[str]:
    """What of the secrets stands in a text."""
    return [sign for sign in SIGNS if sign in text]


@pytest.mark.parametrize("name", TEXTS)
def test_no_secret_of_a_sample_reaches_table_document_or_scenario(name: str, tmp_path: Path) -> None:
    secret = list(SECRETS.values())[TEXTS.index(name) % len(SECRETS)]
    imported, printed = import_files([planted(name, secret, tmp_path)]), io.StringIO()
    with contextlib.redirect_stdout(printed):
        _show(imported)
    for text in (printed.getvalue(), json.dumps(imported.document()), imported.text()):
        assert found(text) == []


def test_no_secret_reaches_what_is_made_of_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The scenario, compare, a decision record, what others read as JSON, a refusal that lists the names."""
    names = (
        "lambda_logs/report_json.jsonl",
        "metrics/metric_stream.jsonl",
        "iac/cdk_synth.template.json",
        "bills/cur_legacy.csv",
    )
    paths = [str(planted(name, secret, tmp_path)) for name, secret in zip(names, SECRETS.values(), strict=False)]
    scenario = tmp_path / "orders.yaml"
    assert main(["import", *paths, "-o", str(scenario)]) == 0
    for command in (["compare", str(scenario)], ["compare", str(scenario), "--json"], ["record", str(scenario)]):
        assert main(command) == 0
    assert main(["import", *paths, "--function", "nobody-of-these"]) == 2
    printed = capsys.readouterr()
    told = (printed.out + printed.err).replace(str(tmp_path), "")
    assert "metric_stream.jsonl" in told
    assert found(told + scenario.read_text()) == []


PLANTED = (
    "lambda_logs/report_json.jsonl",
    "metrics/lambda_get_metric_data.json",
    "load_tests/locust_stats_history.csv",
    "power_tuning/output_with_stats.json",
)
"""Samples whose names come into a scenario; each secret is planted in turn."""


@pytest.fixture(scope="module")
def told_scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A scenario of files with every secret in their names and in what they hold."""
    folder, paths = tmp_path_factory.mktemp("planted"), []
    for place, secret in enumerate(SECRETS.values()):
        (folder / str(place)).mkdir()
        paths.append(planted(PLANTED[place % len(PLANTED)], secret, folder / str(place)))
    return Scenario.from_dict(import_files(paths, data_dir() / "scenarios" / "node_api.json").scenario)


def test_no_secret_reaches_the_report_s_section_or_the_explorer(told_scenario: Scenario) -> None:
    assert len(told_scenario.provenance) > 5  # names come from there alone
    plain = Scenario.load(data_dir() / "scenarios" / "node_api.json")  # which is quick
    scenario = Scenario.from_dict(plain.document() | {"provenance": told_scenario.document()["provenance"]})
    comparison = compare(scenario)
    explorer = Explorer(scenario)
    texts = {
        "section of the report": str(provenance(comparison)),
        "explorer's table": str(_provenance(comparison)[1]),
        "saved scenario": explorer._toolbar._done("save", {}, [])["text"],
        "link": json.dumps(from_link(explorer._toolbar._done("link", {}, [])["text"]).document()),
    }
    for name, text in texts.items():
        assert found(text) == [], name
        assert re.search("report_json.jsonl|lambda_get_metric_data.json", text), (
            name
        )  # where its numbers are from is told


def test_no_secret_of_dropped_files_is_told_on_the_page(tmp_path: Path) -> None:
    said: list[str] = []
    files, folder = DroppedFiles(said.append), tmp_path
    for place, secret in enumerate(SECRETS.values()):
        (folder / str(place)).mkdir()
        path = planted(PLANTED[place % len(PLANTED)], secret, folder / str(place))
        content = path.read_bytes()
        files.begin([{"name": path.name, "size": len(content)}])
        files.piece(0, content)
        shown = files.read(Scenario.load(data_dir() / "scenarios" / "node_api.json"))[1]
        assert found(json.dumps(shown)) == []
    assert said and found("".join(said)) == []
    files.forget()


@pytest.mark.skipif(not PROVE, reason="reports, charts and a what-if page take a minute")
def test_no_secret_reaches_a_report_its_charts_or_a_batch(told_scenario: Scenario, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps(told_scenario.document()))
    table = tmp_path / "table.csv"
    table.write_text("name,workload.requests_per_month\none,1000000\ntwo,2000000\n")
    assert main(["report", str(own), "-o", str(tmp_path / "report")]) == 0
    assert main(["export", str(own), "-o", str(tmp_path / "charts"), "--what-if"]) == 0
    assert main(["batch", str(table), "--base", str(own), "-o", str(tmp_path / "batch")]) == 0
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix not in (".png", ".zip", ".docx")]
    assert len(written) > 20
    for path in written:
        assert found(path.read_text("utf-8")) == [], path.name


def test_no_secret_reaches_a_back_test_its_rates_or_its_chart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "orders.json"
    scenario.write_text(json.dumps(SCENARIO))
    bill = planted("bills/focus_1_2_aws.csv", SECRETS["account"], tmp_path)
    files = [tmp_path / "rates.json", tmp_path / "chart.svg"]
    assert main(["backtest", str(scenario), str(bill), "-o", str(files[0]), "--chart", str(files[1])]) == 0
    told = capsys.readouterr().out.replace(str(tmp_path), "") + "".join(path.read_text() for path in files)
    assert "focus_1_2_aws.csv" in told and found(told) == []


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_within_other_words_is_taken_out(secret: str) -> None:
    for text in (secret, f"orders_{secret}_api", f"see {secret}, then", f"({secret})", f"x-{secret}"):
        if not (text.startswith("orders_") and ":" in secret):  # a colon after letters is no address
            assert found(clean(text)) == []


@pytest.mark.parametrize(
    "harmless",
    ["2026-10-12T08:00:00Z", "orders-api", "USE1-Fargate-ARM-vCPU-Hours:perCPU", "1.28E8", "2026-10-12 to 2026-10-19", "08:00:19",
     "cur-00001.csv.gz", "Lambda-GB-Second", "12,411,202", "facade", "deadbeef", "1.0.333", "arn", "0000-00"],
)  # fmt: skip
def test_what_is_not_personal_stays(harmless: str) -> None:
    assert clean(harmless) == harmless
