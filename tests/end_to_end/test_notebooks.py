"""The notebooks are stored clean, keep to short cells, and give the figures that Python gives."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

import lambdaplan
from lambdaplan.analysis import cold_start_curve as cold_starts
from lambdaplan.analysis import memory_size
from lambdaplan.comparison.wording import answer, crossover_words
from lambdaplan.errors import InputError
from lambdaplan.report import notebook_parameters as asked
from lambdaplan.report.notebook_kernel import OUTPUT_SECONDS, WarmKernel
from lambdaplan.resources import data_dir, notebooks_dir

NOTEBOOKS = ("report.ipynb", "method.ipynb", "memory.ipynb", "cold_starts.ipynb")
NODE = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture(autouse=True)
def _warnings_of_others():
    """Papermill and its kernels warn about themselves; nothing of ours runs in this process."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def stored(name: str) -> nbformat.NotebookNode:
    return nbformat.read(notebooks_dir() / name, as_version=4)


def run(name: str, folder: Path, kernel: WarmKernel, **parameters: object) -> nbformat.NotebookNode:
    """Papermill in a kernel that is warm; its own command, which starts one, is run below."""
    if kernel._runs:
        kernel._manager.forget()
    kernel._runs += 1
    how = {"kernel_name": "python3", "km": kernel._manager or kernel._managed(), "iopub_timeout": OUTPUT_SECONDS}
    return papermill.execute_notebook(
        notebooks_dir() / name, folder / "out.ipynb", parameters=parameters, progress_bar=False, **how
    )


def shown(notebook: nbformat.NotebookNode, starts: str) -> str:
    """The text that the cell shows whose code starts so."""
    cell = next(cell for cell in notebook.cells if cell.source.startswith(starts))
    return cell.outputs[-1].data["text/plain"]


# as they are stored


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stored_without_output_and_valid(name):
    notebook = stored(name)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_heading_asks_a_question_and_cells_are_short(name):
    notebook = stored(name)
    assert notebook.cells[0].source.startswith("# ")
    assert notebook.cells[0].source.splitlines()[0].endswith("?")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert 1 <= len(cell.source.splitlines()) <= 6, cell.source


def test_the_report_has_one_cell_of_typed_parameters_with_a_comment_each():
    tagged = [cell for cell in stored("report.ipynb").cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    lines = tagged[0].source.splitlines()
    assert [ast.parse(line).body[0].target.id for line in lines] == list(asked.PARAMETERS)
    assert all("  # " in line for line in lines)
    inferred = papermill.inspect_notebook(str(notebooks_dir() / "report.ipynb"))
    assert {name: found["inferred_type_name"] for name, found in inferred.items()} == {
        "scenario": "str",
        "requests_per_month": "float",
        "duration_ms": "float",
        "memory_mb": "int",
        "region": "str",
    }


def test_the_report_has_no_widgets():
    assert not any("ipywidgets" in cell.source or "Explorer" in cell.source for cell in stored("report.ipynb").cells)


# method


def test_method_runs_and_its_assertions_hold(tmp_path, kernel):
    notebook = run("method.ipynb", tmp_path, kernel)
    checks = sum(cell.source.count("assert ") for cell in notebook.cells if cell.cell_type == "code")
    assert checks >= 20
    assert "<svg" in notebook.cells[-1].outputs[0].data["text/html"]


# memory, in a warm kernel


@pytest.mark.parametrize(
    ("scenario", "parameters"),
    [("node_api.json", {}), ("image_service.json", {"requests_per_month": "25M", "region": "eu-central-1"})],
)
def test_the_memory_notebook_says_what_python_says(tmp_path, kernel, scenario, parameters):
    path = data_dir() / "scenarios" / scenario
    notebook = run("memory.ipynb", tmp_path, kernel, scenario=str(path), **parameters)
    curve = lambdaplan.memory_curve(asked.changed(lambdaplan.Scenario.load(path), **parameters))
    assert ast.literal_eval(shown(notebook, "from lambdaplan import chart")) == memory_size.memory_finding(curve)
    assert ast.literal_eval(shown(notebook, "list(curve.warnings)")) == list(curve.warnings)
    picture = next(cell for cell in notebook.cells if cell.source.startswith("from lambdaplan.report.blocks"))
    assert "<svg" in picture.outputs[-1].data["text/html"]
    table = shown(notebook, "tabled(")
    chosen = next(row for row in memory_size.memory_rows(curve) if row["memory (MB)"] == f"{curve.chosen_mb:,}")
    assert chosen["USD a month"] in table and str(curve.at(curve.chosen_mb).bill.total_usd) in table.replace(",", "")


# cold starts, in a warm kernel


def test_the_cold_starts_notebook_says_what_python_says(tmp_path, kernel):
    notebook = run("cold_starts.ipynb", tmp_path, kernel, scenario=str(NODE), requests_per_month="2M")
    changed = asked.changed(lambdaplan.Scenario.load(NODE), requests_per_month="2M")
    curve = lambdaplan.cold_curve(changed, runtime="nodejs22.x")
    assert ast.literal_eval(shown(notebook, "from lambdaplan import chart")) == cold_starts.cold_finding(curve)
    picture = next(cell for cell in notebook.cells if cell.source.startswith("from lambdaplan.report.blocks"))
    assert "<svg" in picture.outputs[-1].data["text/html"]
    rows = shown(notebook, "tabled(cold_start_curve.cold_rows")
    here = next(row for row in cold_starts.cold_rows(curve) if "(here)" in row["requests a month"])
    assert here["cold starts a month"] in rows and here["share"] in rows
    assert ast.literal_eval(shown(notebook, "cold_start_curve.cost_words")) == cold_starts.cost_words(curve)
    ready = shown(notebook, "from lambdaplan.report import sections")
    assert "for more than 60 % of the time" in ready
    for row in cold_starts.ready_rows(curve):
        assert row["kept ready"] in ready and row["USD a month"] in ready


# report, in a warm kernel; under papermill's own command below


@pytest.mark.parametrize(
    ("scenario", "parameters"),
    [
        ("node_api.json", {}),
        ("image_service.json", {"requests_per_month": "25M", "duration_ms": 950, "memory_mb": 2048}),
    ],
)
def test_the_report_says_what_python_says(tmp_path, kernel, scenario, parameters):
    path = data_dir() / "scenarios" / scenario
    notebook = run("report.ipynb", tmp_path, kernel, scenario=str(path), **parameters)
    expected = lambdaplan.compare(asked.changed(lambdaplan.Scenario.load(path), **parameters))
    assert shown(notebook, "brief.answer_part").startswith(f"{answer(expected)}.")
    for line in crossover_words(expected)[:20]:
        assert line in shown(notebook, "sections.crossovers")
    bills = shown(notebook, "sections.bills")
    for result in expected.options:
        assert result.label in bills
        assert f"${result.bill.total_usd:,}" in bills


def test_parameters_change_what_they_name():
    changed = asked.changed(
        lambdaplan.Scenario.load(NODE),
        requests_per_month="500k/day",
        duration_ms=300,
        memory_mb=512,
        region="eu-central-1",
    )
    workload = changed.workload
    assert workload.requests_per_month == 15_208_333  # 500,000 x 730 / 24, to the nearest request
    assert (workload.duration_ms, workload.measured_memory_mb, changed.options[0].memory_mb) == (300, 512, 512)
    assert changed.options[0].label == "Lambda 512 MB"
    assert changed.region == "eu-central-1"


def test_a_missing_scenario_is_the_packaged_one():
    assert asked.open_scenario("").name == lambdaplan.Scenario.load(NODE).name


def test_a_reports_comparison_is_a_scenario_too(tmp_path):
    scenario = lambdaplan.Scenario.load(NODE)
    file = tmp_path / "comparison.json"
    file.write_text(lambdaplan.compare(scenario).to_json(), encoding="utf-8")
    assert asked.open_scenario(str(file)).document() == scenario.document()


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        ({"requests_per_month": "lots"}, ["requests_per_month = lots is not a number of requests a month"]),
        ({"duration_ms": float("nan")}, ["duration_ms = "]),
        ({"duration_ms": float("inf")}, ["duration_ms = "]),
        ({"duration_ms": -1}, ["duration_ms = -1 is outside"]),
        ({"memory_mb": True}, ["memory_mb = "]),
        ({"memory_mb": 64, "region": "mars-1"}, ["memory_mb = 64 is outside", 'region = "mars-1" is not one of']),
        ({"scenario": 3}, ["scenario = 3 is not the path"]),
        ({"scenario": "no such file.json"}, ["no such file.json can't be read"]),
        ({"requests_per_month": [1]}, ["requests_per_month = "]),
        ({"durations_ms": 3}, ["durations_ms is not a field here", "Did you mean duration_ms?"]),
    ],
)
def test_bad_parameters_are_told_one_line_each(parameters, lines):
    names = {"scenario": "", **dict.fromkeys(asked.PARAMETERS[1:]), **parameters}
    with pytest.raises(InputError) as caught:
        asked.read(names)
    told = caught.value._render_traceback_()
    assert all(line.startswith("error: ") and "\n" not in line for line in told)
    for line in lines:
        assert any(line in said for said in told)
    assert len(told) == len({line for line in lines if not line.startswith("Did you mean")})


def test_under_papermill_a_bad_parameter_ends_in_its_line(tmp_path, kernel):
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        run("report.ipynb", tmp_path, kernel, memory=64)
    assert "error: memory is not a field here" in str(caught.value)
    assert "Did you mean memory_mb?" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_papermills_own_command_runs_it(tmp_path):
    """The command a reader types, from a folder that is not the checkout, for a scenario of two options."""
    document = json.loads(NODE.read_text("utf-8"))
    del document["options"][1]
    (tmp_path / "two.json").write_text(json.dumps(document), "utf-8")
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(notebooks_dir() / "report.ipynb"),
        "out.ipynb",
        *("-p", "scenario", "two.json"),
        *("-p", "memory_mb", "512"),
    ]
    home = {name: str(tmp_path / name) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    subprocess.run(
        [*command, "--no-progress-bar"], cwd=tmp_path, env={**os.environ, **home}, check=True, capture_output=True
    )
    notebook = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    expected = lambdaplan.compare(asked.changed(lambdaplan.Scenario.load(tmp_path / "two.json"), memory_mb=512))
    assert shown(notebook, "brief.answer_part").startswith(f"{answer(expected)}.")
    assert json.loads(expected.to_json())["options"][0]["total_usd"] in shown(notebook, "sections.bills")
