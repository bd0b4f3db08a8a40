"""The report from end to end: its figures, its files, and what happens when it can't be made."""

from __future__ import annotations

import errno
import html
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

import lambdaplan
from lambdaplan import memo, report
from lambdaplan._paths import data_dir
from lambdaplan.charts import bill_chart, chart
from lambdaplan.errors import ReportError
from lambdaplan.loads import load_chart
from lambdaplan.words import answer, crossover_words

SCENARIOS = data_dir() / "scenarios"
FILES = {
    "report.html",
    "report.ipynb",
    "comparison.json",
    *(f"charts/{name}.{kind}" for name in ("cost", "bill", "load", "ladder") for kind in ("svg", "vl.json")),
}
HOSTILE = "</script><script>alert('x')</script> {{ 7 * 7 }} & <b>café</b> ../../etc"


def quiet(words: str) -> None:
    """No progress."""


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def hostile() -> lambdaplan.Scenario:
    """A scenario whose words try to become markup, with a reader's own price and a limit broken."""
    document = json.loads((SCENARIOS / "node_api.json").read_text("utf-8"))
    document["name"] = HOSTILE
    document["options"][0]["label"] = "<i>L</i> \"'&"
    document["options"][2]["max_units"] = 2
    document["workload"]["requests_per_month"] = 700_000_000
    document["prices"] = [{"service": "alb", "item": "lcu_hour", "price_usd": "0.009", "note": "<u>ours</u>"}]
    return lambdaplan.Scenario.from_dict(document)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Reports of two scenarios, each run twice in folders of different names."""
    found = {}
    for name, scenario in (("node", lambdaplan.Scenario.load(SCENARIOS / "node_api.json")), ("hostile", hostile())):
        first, second = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("another") / "deeper down"
        page = report.run_report(scenario, first, progress=quiet)
        again = report.run_report(scenario, second, progress=quiet)
        found[name] = (scenario, page, again)
    return found


@pytest.fixture(params=["node", "hostile"])
def one(request, made):
    return made[request.param]


class Page(HTMLParser):
    """The words of a page, its elements, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.setdefault(tag, dict(attrs))
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        if tag in ("script", "style"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


# its figures


def test_it_writes_what_it_promises_and_nothing_else(one):
    _, page, _ = one
    assert page.name == "report.html"
    assert set(files(page.parent)) == FILES
    assert [path.name for path in page.parent.parent.iterdir()] == [page.parent.name]


def test_the_figures_are_those_of_python(one):
    scenario, page, _ = one
    expected = lambdaplan.compare(scenario)
    assert (page.parent / "comparison.json").read_text("utf-8") == f"{expected.to_json()}\n"
    text = page_of(page).text
    assert f"{answer(expected)}." in text
    for line in crossover_words(expected):
        assert line in text
    for result in expected.options:
        for line in result.bill.lines:
            assert line.item in text
        assert f"${result.bill.total_usd:,}" in text


def test_charts_are_the_packages_own(one):
    scenario, page, _ = one
    expected = lambdaplan.compare(scenario)
    for name, made_here in (("cost", chart(expected)), ("bill", bill_chart(expected)), ("load", load_chart(expected))):
        spec = json.loads((page.parent / "charts" / f"{name}.vl.json").read_text("utf-8"))
        assert spec == json.loads(json.dumps(made_here.to_dict()))
        assert (page.parent / "charts" / f"{name}.svg").read_text("utf-8").startswith("<svg")


def test_the_page_says_what_it_rests_on(made):
    _, page, _ = made["node"]
    text = page_of(page).text
    for words in (
        "Which way of running this service is cheapest, and where does that change?",
        "aws-2026-11-25",
        "concurrency_per_process",
        "default",
        "reserved_mb",
        "On none of them:",
        "Sources of the prices used",
        "lambdaplan report scenario.json",
        "HireNodeJS guide",
    ):
        assert words in text


def test_a_readers_own_price_and_a_broken_limit_are_named(made):
    scenario, page, _ = made["hostile"]
    text = page_of(page).text
    assert "alb lcu_hour: $0.009 (<u>ours</u>)" in text
    assert "the reader's own price" in text
    broken = next(r for r in lambdaplan.compare(scenario).options if not r.feasible)
    assert f"{broken.label} (breaks a limit: it can't win)" in text


# its page


def test_the_page_asks_nobody_for_anything(one):
    _, page, _ = one
    found = page_of(page)
    assert [address for address in found.addresses if not address.startswith(("#", "data:"))] == []
    assert "link" not in found.tags
    assert "iframe" not in found.tags
    assert "default-src 'none'" in page.read_text("utf-8")


def test_the_page_has_language_title_and_one_heading(one):
    scenario, page, _ = one
    found = page_of(page)
    assert found.attributes["html"]["lang"] == "en"
    title = re.search(r"<title>(.*?)</title>", page.read_text("utf-8"), re.DOTALL)
    assert html.unescape(title[1]) == f"{scenario.name}: which way of running it is cheapest?"
    assert found.tags.count("h1") == 1
    assert found.tags.count("main") == 1


def test_pictures_are_there_without_scripts_and_their_ids_are_their_own(one):
    _, page, _ = one
    text = page.read_text("utf-8")
    assert len(re.findall(r'<figure [^>]*class="lp-chart"', text)) == 4
    assert len(re.findall(r'<div class="lp-view">\s*<svg', text)) == 4
    ids = re.findall(r'\bid="([^"]+)"', re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))
    assert len(ids) == len(set(ids))


def test_words_of_the_scenario_stay_words(made):
    _, page, _ = made["hostile"]
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert "<u>ours</u>" not in text
    assert "<i>L</i>" not in text
    found = page_of(page)
    assert HOSTILE in found.text
    assert found.tags.count("script") == 2 + 4  # Vega, its start, and four specifications


def test_the_script_is_the_one_for_the_charts_version(made):
    _, page, _ = made["node"]
    spec = json.loads((page.parent / "charts" / "cost.vl.json").read_text("utf-8"))
    version = re.search(r"/v(\d+\.\d+\.\d+)", spec["$schema"])[1]
    assert f'"{version}"' in page.read_text("utf-8")


# the same again


def test_two_runs_in_two_folders_are_alike_to_the_byte(one):
    _, page, again = one
    assert files(page.parent) == files(again.parent)


def test_no_path_and_no_time_of_this_run_is_in_the_files(one, tmp_path):
    _, page, _ = one
    notebook = nbformat.read(page.parent / "report.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    places = {str(Path.home()), str(data_dir().parent), sys.prefix, str(page.parent.parent), "/tmp/"}  # noqa: S108
    for name, content in files(page.parent).items():
        text = content.decode("utf-8")
        for place in places - {"/"}:
            assert place not in text, (name, place)


def test_the_stored_notebook_runs_again_beside_its_comparison(made, tmp_path, monkeypatch):
    scenario, page, _ = made["hostile"]
    cells = nbformat.read(page.parent / "report.ipynb", as_version=4).cells
    injected = next(cell for cell in cells if "injected-parameters" in cell.metadata.get("tags", []))
    names: dict = dict.fromkeys(memo.PARAMETERS)
    exec(injected.source, names)  # noqa: S102 - one line of our own
    monkeypatch.chdir(page.parent)
    names.pop("__builtins__")
    assert memo.parameters(names).document() == scenario.document()


# where it goes


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Node.js API, 200 ms at 1024 MB", "node-js-api-200-ms-at-1024-mb"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "scenario"),
        ("/", "scenario"),
        ("日本語", "scenario"),
        ("Café Zürich", "cafe-zurich"),
        ("CON", "scenario-con"),
        ("lpt1", "scenario-lpt1"),
        ("a\\b:c*d", "a-b-c-d"),
        ("-rf", "rf"),
        ("x" * 120, "x" * 60),
        ("...hidden", "hidden"),
    ],
)
def test_a_name_becomes_a_plain_folder(name, folder):
    assert report.slug(name) == folder
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", report.slug(name))


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path):
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / report.slug(scenario.name)).symlink_to(outside, target_is_directory=True)
    with pytest.raises(ReportError, match="it is a link"):
        report.run_report(scenario, tmp_path / "out", progress=quiet)
    assert list(outside.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_an_error_of_one_line(tmp_path):
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ReportError) as caught:
        report.run_report(scenario, tmp_path / "file", progress=quiet)
    assert len(caught.value.problems) == 1
    assert "\n" not in str(caught.value)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(tmp_path):
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    closed = Path("/sys") if root else tmp_path  # where even root may make no folder
    if not root:
        tmp_path.chmod(0o500)
    try:
        with pytest.raises(ReportError, match=r"permission denied|not permitted|read-only") as caught:
            report.run_report(hostile(), closed / "out", progress=quiet)
    finally:
        tmp_path.chmod(0o700)
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)


# when it fails


@pytest.fixture
def before(made, tmp_path, monkeypatch):
    """A folder with an earlier report, a file of the reader's, and a quick notebook."""
    scenario, page, _ = made["node"]
    notebook = nbformat.read(page.parent / "report.ipynb", as_version=4)
    monkeypatch.setattr(report, "_executed", lambda scenario: (notebook, "new script"))
    target = tmp_path / "out" / report.slug(scenario.name)
    (target / "charts").mkdir(parents=True)
    for name in (*FILES, "charts/gone.svg", "notes.txt"):
        (target / name).write_text(f"old {name}")
    return scenario, target


def test_a_report_replaces_its_own_files_and_leaves_the_readers(before):
    scenario, target = before
    report.run_report(scenario, target.parent, progress=quiet)
    found = files(target)
    assert found["notes.txt"] == b"old notes.txt"
    assert set(found) == {*FILES, "notes.txt"}  # the chart that this run does not have is gone
    assert not any(content.startswith(b"old ") for name, content in found.items() if name != "notes.txt")
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("nth", range(1, 12))
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_moving_files_leaves_what_was_there(before, monkeypatch, nth, failure):
    scenario, target = before
    old = files(target)
    rename, calls = Path.rename, []

    def failing(self, to):
        calls.append(to)
        if len(calls) == nth:
            raise failure
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises((ReportError, KeyboardInterrupt)):
        report.run_report(scenario, target.parent, progress=quiet)
    monkeypatch.undo()
    assert files(target) == old
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("nth", range(1, 10))
def test_a_full_disk_leaves_what_was_there(before, monkeypatch, nth):
    scenario, target = before
    old = files(target)
    write, calls = report._write, []

    def failing(path, text):
        calls.append(path)
        if len(calls) == nth:
            path.write_text(text[:10], encoding="utf-8")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, text)

    monkeypatch.setattr(report, "_write", failing)
    with pytest.raises(ReportError, match="no space left on device"):
        report.run_report(scenario, target.parent, progress=quiet)
    assert files(target) == old
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_first_report_that_fails_leaves_nothing(before, tmp_path, monkeypatch):
    scenario, _ = before

    def interrupted(scenario):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "_executed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        report.run_report(scenario, tmp_path / "new" / "deep", progress=quiet)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("raise ValueError('broken\\nmore')", "broken"),
        ("import os; os._exit(3)", "died"),
        ("this is no python", "SyntaxError"),
    ],
)
def test_trouble_with_the_kernel_is_one_line(tmp_path, monkeypatch, source, line):
    cells = [
        nbformat.v4.new_code_cell('scenario = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "report.ipynb")
    monkeypatch.setattr(report, "notebooks_dir", lambda: tmp_path)
    with pytest.raises(ReportError) as caught:
        report.run_report(hostile(), tmp_path / "out", progress=quiet)
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    assert line.lower() in str(caught.value).lower()
    assert not (tmp_path / "out").exists()


def test_papermill_is_given_one_path_and_nothing_that_was_typed(before, monkeypatch):
    import papermill

    given = {}

    def noted(notebook, output, *, parameters, **more):
        given.update(parameters)
        path = Path(parameters["scenario"])
        given["document"] = json.loads(path.read_text("utf-8"))
        return notebook

    monkeypatch.undo()
    monkeypatch.setattr(papermill, "execute_notebook", noted)
    scenario = hostile()
    report._executed(scenario)
    assert set(given) == {"scenario", "document"}
    assert lambdaplan.Scenario.from_dict(given["document"]).document() == scenario.document()
    assert HOSTILE not in given["scenario"]
    assert not Path(given["scenario"]).exists()


def test_the_readers_own_kernels_and_start_up_files_play_no_part(tmp_path):
    """A kernel named python3 that fails, a start-up file that fails, and modules that stand in the way."""
    kernel = tmp_path / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "x", "language": "python"}')
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("import os; os._exit(1)")
    for name in ("altair.py", "lambdaplan.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    run = (
        "import sys; from pathlib import Path; import lambdaplan; from lambdaplan.report import run_report;"
        "print(run_report(lambdaplan.Scenario.load(sys.argv[1]), Path('out')))"
    )
    extra = {"JUPYTER_PATH": str(tmp_path / "data"), "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", run, str(SCENARIOS / "node_api.json")],
        cwd=tmp_path,
        env={**os.environ, **extra, "PYTHONPATH": str(data_dir().parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / done.stdout.strip()).exists()
    assert done.stderr == 'running the report of "Node.js API, 200 ms at 1024 MB", which takes some seconds\n'
