"""The fields as a table, the page and the schema files made from them, and $schema in documents."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from lambdaplan import InputError, Scenario, UsageDocument
from lambdaplan.cli.main import main
from lambdaplan.platforms import OPTIONS
from lambdaplan.resources import data_dir
from lambdaplan.scenario.field_table import fields_at, fields_page, scenario_fields
from lambdaplan.scenario.scenario import Sweep
from lambdaplan.schema.fields import rules
from lambdaplan.schema.parsing import read_document
from lambdaplan.workload.workload import Slo, Workload

ROOT = Path(__file__).parents[2]
STALE = "a field has changed: run make fields"
PACKAGED = sorted((data_dir() / "scenarios").glob("*.json"))


def test_the_page_is_not_stale():
    assert fields_page() == (ROOT / "docs" / "scenario.md").read_text("utf-8"), STALE


@pytest.mark.parametrize("document", [Scenario, UsageDocument])
def test_the_schema_files_are_not_stale(document):
    name = "scenario" if document is Scenario else "usage"
    described = json.loads((data_dir() / "schema" / f"{name}.json").read_text("utf-8"))
    assert described == json.loads(json.dumps(document.json_schema())), STALE
    assert described["$id"] == f"urn:lambdaplan:{name}:1"
    jsonschema.Draft202012Validator.check_schema(described)


@pytest.mark.parametrize("path", sorted((data_dir() / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_packaged_scenarios_in_yaml_name_their_schema_in_the_first_line(path):
    first, document = path.read_text("utf-8").split("\n", 1)[0], read_document(path)
    described = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert described == (data_dir() / "schema" / "scenario.json").resolve()
    plain = json.loads(json.dumps(document, default=float))
    jsonschema.Draft202012Validator(json.loads(described.read_text("utf-8"))).validate(plain)


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.stem)
def test_packaged_scenarios_point_to_their_schema_and_are_as_it_says(path):
    document = json.loads(path.read_text("utf-8"))
    described = json.loads((path.parent / document["$schema"]).read_text("utf-8"))
    jsonschema.Draft202012Validator(described).validate(document)
    assert "$schema" not in Scenario.from_dict(document).document()


def test_a_document_may_carry_the_address_of_its_schema():
    node = json.loads(PACKAGED[0].read_text("utf-8"))
    with pytest.raises(InputError, match=r"\$schema = 5 is not text"):
        Scenario.from_dict({**node, "$schema": 5})
    with pytest.raises(InputError, match=r"workload.\$schema is not a field here"):
        Scenario.from_dict({**node, "workload": {**node["workload"], "$schema": "x"}})
    usage = {"version": 1, "$schema": "x", "usage": [{"service": "alb", "hours": 1, "lcus": 1}]}
    assert UsageDocument.from_dict(usage).usage


def test_every_declared_field_is_in_the_table_with_its_unit():
    paths = {(field.path, field.unit) for field in scenario_fields()}
    for prefix, kind in (("", Scenario), ("workload.", Workload), ("workload.slo.", Slo), ("sweep.", Sweep)):
        for name, rule in rules(kind).items():
            assert (f"{prefix}{rule.name or name}", rule.unit) in paths
    for kind, option in OPTIONS.items():
        named = {field.name for field in scenario_fields() if kind in field.kinds}
        assert {rule.name or name for name, rule in rules(option).items()} <= named
    assert all(
        field.meaning for field in scenario_fields() if field.path.count(".") <= 1 and field.path != "workload.traffic"
    )


@pytest.mark.parametrize(("path", "count", "first"), [
    ("workload.slo", 3, "workload.slo"), ("workload.duration_ms", 1, "workload.duration_ms"), ("purchase", 4, "options.N.purchase"),
    ("options.0.memory_mb", 1, "options.N.memory_mb"), ("options.fargate.vcpu", 1, "options.N.vcpu"),
    ("workload.traffic.bursts.0.rps", 1, "workload.traffic.bursts.N.rps"),
])  # fmt: skip
def test_a_part_of_the_fields(path, count, first):
    found = fields_at(path)
    assert (len(found), found[0].path) == (count, first)


@pytest.mark.parametrize(("path", "words"), [
    ("workload.latency", "Did you mean workload.duration_ms?"), ("workloda", "Did you mean workload?"), ("xyzzy", "lambdaplan fields lists them."),
])  # fmt: skip
def test_a_part_that_is_none(path, words, capsys):
    assert main(["fields", path]) == 2
    assert words in capsys.readouterr().err


def test_the_command_prints_a_field_a_line(capsys):
    assert main(["fields"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(scenario_fields()) + 1
    (line,) = (line for line in lines if line.startswith("options.N.memory_mb "))
    assert " MB " in line and "128 to 10,240, whole or auto" in line and line.endswith("(lambda)")
    assert main(["fields", "workload.busy_share"]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == ["unit     share", "range    0 to 1"]
