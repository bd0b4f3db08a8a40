"""Words that try to become code or a path outside the target: none is run, and nothing else is written.

Code would leave a file named `ran` somewhere; a path would leave one outside the folder that was named.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lambdaplan
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError
from lambdaplan.report import export, notebook_parameters, report
from lambdaplan.resources import data_dir
from page_script import NoScript

NODE_API = data_dir() / "scenarios" / "node_api.json"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of its own for everything: home, temporary files, and where the command stands."""
    for name in ("home", "work", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(export, "Script", NoScript)
    return tmp_path


def everything(place: Path) -> set[str]:
    """Every file and folder below the place, hidden ones too."""
    found = set()
    for folder, folders, files in os.walk(place):
        found |= {str(Path(folder, name).relative_to(place)) for name in (*folders, *files)}
    return found


def only_in_its_folder(place: Path, before: set[str], root: str = "work/out") -> None:
    new = everything(place) - before
    assert all(name == root or name.startswith(f"{root}/") for name in new), new
    sets = {name.removeprefix(f"{root}/").split("/")[0] for name in new if name != root}
    assert len(sets) == 1  # one folder, a slug, with nothing but the files of an export
    (folder,) = sets
    assert folder.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
    files = {name.removeprefix(f"{root}/{folder}/") for name in new if name.count("/") > root.count("/") + 1}
    assert files == {"snippet.md", *(f"bill{ending}" for ending in export.ENDINGS)}


CODE = "open('ran','w').close()"

# Names and labels: of what runs text in a shell, in Python, in a template, in a notebook or in a spreadsheet; and of paths.
WORDS = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran #",
    "| touch ran",
    "&& touch ran",
    f"{{{{ {CODE} }}}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{0.__class__.__init__.__globals__}",
    "%(x)s %n %s",
    f"__import__('os').system('touch ran') or {CODE}",
    f'"""; {CODE}; """',
    f"'); {CODE}; ('",
    "!!python/object/apply:os.system ['touch ran']",
    f"%run ran.ipynb || !touch ran || {CODE}",
    "=cmd|' /C touch ran'!A0",
    "@SUM(1)*cmd|' /C touch ran'!A0",
    "../../ran",
    "/ran",
    "..\\..\\ran",
    "C:\\ran",
    "~/ran",
    "file:///ran",
    "a/../../../../ran",
    ".ran",
    "-o ran",
    "CON",
    "ran\u202egnp.exe",
    "%2e%2e%2fran",
]


@pytest.mark.parametrize("words", [w for w in WORDS if w.isprintable()])
def test_names_labels_and_notes_are_words(place, words):
    document = json.loads(NODE_API.read_text("utf-8"))
    document["name"] = words
    document["options"][0]["label"] = words
    document["prices"] = [{"service": "alb", "item": "lcu_hour", "price_usd": "0.009", "note": words}]
    document["workload"]["traffic"] = {"hourly": [1] * 168, "from_trace": words}
    (place / "work" / "scenario.json").write_text(json.dumps(document))
    before = everything(place)
    assert main(["export", "scenario.json", "--chart", "bill", "-o", "out"]) == 0
    only_in_its_folder(place, before)
    (table,) = (place / "work" / "out").glob("*/bill.csv")
    with table.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any(words.strip("='@") in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]


@pytest.mark.parametrize(
    "change",
    [
        f"name.__class__={CODE}",
        f"__class__.__init__.__globals__={CODE}",
        "workload.requests_per_month=__import__('os').system('touch ran')",
        "workload.requests_per_month=$(touch ran)",
        "workload.requests_per_month={{ 7 * 7 }}",
        "workload.traffic=!!python/object/apply:os.system ['touch ran']",
        'workload.traffic={"trace": "../../../etc/passwd"}',
        'workload.traffic={"trace": "/dev/zero"}',
        "workload.traffic.trace=| touch ran",
        "region=../../ran",
        "region='; touch ran",
        "book=../../ran",
        "book=/ran",
        "options.0.__dict__={}",
        "options.-1.label=x",
        f"x={CODE}\n{CODE}",
        f"{CODE}=1",
        "=1",
        "sweep.over=__import__('os').system('touch ran')",
        "options.0.memory_mb=1024; touch ran",
    ],
)
def test_parameters_are_values_or_refused(place, change, capsys):
    before = everything(place)
    assert main(["export", str(NODE_API), "--set", change, "--chart", "bill", "-o", "out"]) == 2
    assert everything(place) == before
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and "Traceback" not in captured.err
    assert all(line.startswith("error: ") for line in captured.err.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch ran']",
        "name: !!python/object/apply:os.system ['touch ran']",
        "name: !!python/object/new:subprocess.Popen [['touch', 'ran']]",
        "name: !!python/name:os.system ''",
        "name: !!python/module:os ''",
        "name: !!binary dG91Y2ggcmFu",
        "name: !include /etc/passwd",
        "name: &a [*a]",
        "a: &a [x, x]\nb: [*a, *a]",
        "? !!python/object/apply:os.system ['touch ran']\n: 1",
        "<<: !!python/object/apply:os.system ['touch ran']",
        "--- !!python/object/apply:eval [\"open('ran','w')\"]",
    ],
)
def test_a_yaml_document_makes_no_objects(place, text, capsys):
    (place / "work" / "scenario.yaml").write_text(text)
    before = everything(place)
    assert main(["export", "scenario.yaml", "-o", "out"]) == 2
    assert everything(place) == before
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        "$(touch ran).json",
        "`touch ran`.json",
        "; touch ran;.json",
        "{{ 7 * 7 }}.json",
        "--set=x.json",
        "%s%n.json",
        "a\nb.json",
    ],
)
def test_the_name_of_a_scenario_file_is_a_name(place, name):
    (place / "work" / name).write_text(NODE_API.read_text("utf-8"))
    before = everything(place)
    assert main(["export", f"./{name}", "--chart", "bill", "-o", "out"]) == 0
    only_in_its_folder(place, before)


@pytest.mark.parametrize(
    "name", ["$(touch ran).csv", "`touch ran`.csv", "=cmd|' C touch ran'!A0.csv", "<img src=x onerror=ran()>.csv"]
)
def test_the_name_of_a_trace_is_a_name(place, name):
    hours = "".join(f"2026-01-{1 + n // 24:02}T{n % 24:02}:00:00Z,{100 + n % 24}\n" for n in range(24 * 14))
    (place / "work" / name).write_text(f"timestamp,requests\n{hours}")
    document = json.loads(NODE_API.read_text("utf-8"))
    document["workload"]["traffic"] = {"trace": name}
    (place / "work" / "scenario.json").write_text(json.dumps(document))
    before = everything(place)
    assert main(["export", "scenario.json", "--chart", "bill", "-o", "out"]) == 0
    only_in_its_folder(place, before)
    (page,) = (place / "work" / "out").glob("*/bill.html")
    assert "<img" not in page.read_text("utf-8")


@pytest.mark.parametrize("folder", ["out; touch ran", "$(touch ran)", "a\nb", "{{ 7 * 7 }}"])
def test_the_name_of_the_folder_is_a_name(place, folder):
    before = everything(place)
    assert main(["export", str(NODE_API), "--chart", "bill", "-o", folder]) == 0
    only_in_its_folder(place, before, f"work/{folder}")


@pytest.mark.parametrize(
    "names",
    [
        {f"x=1\n{CODE}": 1},
        {CODE: 1},
        {"scenario.__class__": 1},
        {"__builtins_": 1, "ran": CODE},
        {"scenario": f"'); {CODE}; ('"},
        {"region": f"us-east-1'\n{CODE}"},
        {"requests_per_month": "__import__('os').system('touch ran')"},
        {"duration_ms": f"{CODE}"},
        {"memory_mb": {"__class__": CODE}},
    ],
)
def test_parameters_of_the_notebook_are_checked_before_anything_uses_them(place, names):
    before = everything(place)
    given = {**dict.fromkeys(notebook_parameters.PARAMETERS), "scenario": "", **names}
    with pytest.raises(InputError):
        notebook_parameters.read(given)
    assert everything(place) == before


def test_a_report_runs_nothing_that_was_typed(place, monkeypatch, kernel):
    """All words at once, in a real kernel: as names, labels and notes. It stands in a folder of its own."""
    monkeypatch.setattr(report, "executed", kernel.executed)
    document = json.loads(NODE_API.read_text("utf-8"))
    document["name"] = WORDS[9]
    document["options"] = [{**document["options"][0], "label": words} for words in WORDS if words.isprintable()]
    document["prices"] = [{"service": "alb", "item": "lcu_hour", "price_usd": "0.009", "note": WORDS[10]}]
    before, scenario = everything(place), lambdaplan.Scenario.from_dict(document)
    page = report.run_report(scenario, place / "work" / "out", progress=lambda words: None)
    new = everything(place) - before
    assert all(name == "work/out" or name.startswith("work/out/") for name in new), new
    assert page.parent.parent == place / "work" / "out"
    assert not [name for name in new | everything(kernel._folder) if Path(name).name.startswith("ran")]


def test_the_watch_notices_code_that_runs(place):
    """The same words where they do run: in a shell, and in Python."""
    before = everything(place)
    subprocess.run("$(touch ran)", shell=True, cwd=place / "work", check=False, capture_output=True)  # noqa: S602
    subprocess.run([sys.executable, "-c", CODE.replace("ran", "ran2")], cwd=place / "work", check=True)
    with pytest.raises(AssertionError):
        only_in_its_folder(place, before)
    assert everything(place) - before == {"work/ran", "work/ran2"}
