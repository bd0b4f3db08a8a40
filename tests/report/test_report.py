"""The report from end to end: its figures, its files, and what happens when it can't be made."""

from __future__ import annotations

import errno
import html
import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import mistune
import nbformat
import pytest

import lambdaplan
from lambdaplan.analysis.sensitivity import flip_rows
from lambdaplan.charts.bill import bill_chart
from lambdaplan.charts.cost import chart
from lambdaplan.charts.sensitivity import flip_chart
from lambdaplan.charts.winner_map import atlas_chart
from lambdaplan.comparison.wording import answer, crossover_words
from lambdaplan.errors import ReportError
from lambdaplan.formatting import count, share_text
from lambdaplan.report import assumptions_section, brief, notebook_kernel, notebook_parameters, report, sections
from lambdaplan.report import atomic_files as storage
from lambdaplan.report.html_page import markdown_text
from lambdaplan.resources import data_dir
from page_script import NoScript
from safe_pages import SOURCES, unsafe_in_page, unsafe_in_svg

SCENARIOS = data_dir() / "scenarios"
FILES = {
    "report.html",
    "report.md",
    "report.ipynb",
    "comparison.json",
    *(
        f"charts/{name}.{kind}"
        for name in ("cost", "around", "answer-time", "atlas", "flips", "bill", "architecture", "ladder")
        for kind in ("svg", "vl.json")
    ),
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
def made(tmp_path_factory, kernel):
    """Reports of two scenarios."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "executed", kernel.executed)
        for name, scenario in (("node", lambdaplan.Scenario.load(SCENARIOS / "node_api.json")), ("hostile", hostile())):
            found[name] = scenario, report.run_report(scenario, tmp_path_factory.mktemp(name), progress=quiet)
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
    _, page = one
    assert page.name == "report.html"
    assert set(files(page.parent)) == FILES
    assert [path.name for path in page.parent.parent.iterdir()] == [page.parent.name]


def test_the_figures_are_those_of_python(one):
    scenario, page = one
    expected = lambdaplan.compare(scenario)
    assert (page.parent / "comparison.json").read_text("utf-8") == f"{expected.to_json()}\n"
    text = page_of(page).text
    assert f"{answer(expected)}." in text
    for line in crossover_words(expected):
        assert line in text
    exactly = [f'<abbr title="{one.at:,}">' for one in expected.crossovers[:1]]
    assert all(place in page.read_text("utf-8") for place in exactly)
    for result in expected.options:
        for line in result.bill.lines:
            assert line.item in text
        assert f"${result.bill.total_usd:,}" in text


def test_charts_are_the_packages_own(one):
    scenario, page = one
    expected = lambdaplan.compare(scenario)
    over = ("workload.requests_per_month", "workload.duration_ms")
    found = lambdaplan.atlas(scenario, over=over, points=sections.MAP_POINTS)
    drawn = {"cost": chart(expected), "bill": bill_chart(expected), "atlas": atlas_chart(found)}
    drawn["around"] = chart(expected, around=True)
    drawn["flips"] = flip_chart(lambdaplan.flips(scenario))
    for name, made_here in drawn.items():
        spec = json.loads((page.parent / "charts" / f"{name}.vl.json").read_text("utf-8"))
        assert spec == json.loads(json.dumps(made_here.to_dict()))
        assert (page.parent / "charts" / f"{name}.svg").read_text("utf-8").startswith("<svg")


def test_the_page_says_what_it_rests_on(made):
    _, page = made["node"]
    text = page_of(page).text
    for words in (
        "Which way of running this service is cheapest, and where does that change?",
        "aws-2026-12-01",
        "concurrency_per_process",
        "default",
        "reserved_mb",
        "On none of them:",
        "Sources of the prices used",
        "lambdaplan report scenario.json",
        "HireNodeJS guide",
    ):
        assert words in text


def test_cost_use_and_answer_times_stand_in_one_row(one):
    scenario, page = one
    text = page_of(page).text.split("What each option costs, and what it gives")[1]
    for result in lambdaplan.compare(scenario).options:
        times = [result.answer_ms(percent) for percent in (50, 95, 99)]
        limits = [limit.limit for limit in result.violations] or ["none"]
        raised = [f"to be raised to {limit.ask_for:,}" for limit in result.violations if limit.adjustable]
        words = [f"${result.bill.total_usd:,}", share_text(result.fleet.utilisation_mean), *limits, *raised]
        row = re.search(rf"{re.escape(result.label_and_size)} {re.escape(words[0])} (.*?)(?=\$|The last)", text)[1]
        for word in (*words[1:], *("unknown" if time is None else count(time, 3) for time in times)):
            assert word in row


def test_the_map_is_exact_where_it_says_from(made):
    scenario, page = made["node"]
    rows = re.findall(r"(\d[\d,]*) Lambda 1024 MB, EC2 t3.small from (\d[\d,]*)", page_of(page).text)
    assert len(rows) == 9
    for duration, requests in (rows[0], rows[-1]):
        at = int(requests.replace(",", ""))
        there = scenario.at("workload.duration_ms", int(duration.replace(",", "")))
        winners = [lambdaplan.compare(there.at("workload.requests_per_month", n)).winner for n in (at - 1, at)]
        assert winners == ["Lambda 1024 MB", "EC2 t3.small"]
    drawing = (page.parent / "charts" / "atlas.svg").read_text("utf-8")
    assert "you are here" in drawing and "Lambda is cheapest in 59 % of this map, EC2 in 41 %" in drawing


def test_a_map_that_would_take_minutes_is_drawn_from_fewer_points_and_says_so(monkeypatch):
    monkeypatch.setattr(sections, "ROUGH_POINTS", (3, 2))
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json").with_values({"options.0.memory_mb": "auto"})
    part = sections.atlas_part(lambdaplan.compare(scenario))
    assert "Drawn from 3 × 2 points: boundaries are as fine as these." in part.text
    assert "from about " in part.text


def test_where_there_is_no_map_the_reason_stands_there():
    longest = {"workload.duration_ms": 604_800_000, "workload.busy_share": None, "workload.cpu_ms": 604_800_000}
    longest["workload.measured_memory_mb"] = 1769
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json").with_values(longest)
    part = sections.atlas_part(lambdaplan.compare(scenario))
    assert part.text.startswith("There is no map: workload.duration_ms = 604800000 does not fit")
    assert "<svg" not in part.html


def test_a_quota_to_raise_is_named_with_the_figure_to_ask_for():
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    comparison = lambdaplan.compare(scenario.at("workload.requests_per_month", 20 * 10**9))
    rows = {(row["option"], row["limit"]): row for row in sections.limit_rows(comparison)}
    concurrency = rows["Lambda 1024 MB", "Lambda concurrent executions"]
    # 20 billion requests of 0.2 s in 730 hours, with peaks of 1.5 times the mean: 2,283.1 at once
    assert (concurrency["kept"], concurrency["ask AWS for"]) == ("no", "2,284")
    assert "quotas must be raised before this runs." in sections.limits(comparison).text
    few = sections.limits(lambdaplan.compare(scenario)).text
    assert "must be raised" not in few


def test_a_readers_own_price_and_a_broken_limit_are_named(made):
    scenario, page = made["hostile"]
    text = page_of(page).text
    assert "alb lcu_hour: $0.009 (<u>ours</u>)" in text
    assert "the reader's own price" in text
    broken = next(r for r in lambdaplan.compare(scenario).options if not r.feasible)
    assert f"{broken.label} (breaks a limit: it can't win)" in text


def test_the_recommendation_names_saving_runner_up_and_what_would_change_it(made):
    _, page = made["node"]
    text = page_of(page).text
    # the totals are $45.33 and $48.97, which test_comparison has from the price pages; 12 x $3.64 = $43.68
    assert "Recommendation: Lambda 1024 MB. It saves $3.64 a month, about $44 a year at this traffic" in text
    assert "against the runner-up, EC2 t3.small." in text
    # 48.073 / (0.00000453334 - 0.00000008889) = 10,816,408.1;
    # 48.9689 - 45.3334 + 33.3334 = 36.9689 for its duration, of $0.166667 a ms: 221.8, and whole ms are billed
    assert "requests a month 8.2 % more (10.8 million instead of 10,000,000): then EC2 t3.small is cheapest" in text
    assert "duration of a request 11 % more (222 ms instead of 200 ms): then EC2 t3.small is cheapest" in text
    # 10**7 requests of 1 ms less: 10**4 s x 1 GB x $0.0000166667
    assert "Lambda 1024 MB: $0.167 a month" in text
    assert "EC2 t3.small: nothing" in text


def test_a_clear_lead_is_a_plain_recommendation():
    found = lambdaplan.compare(lambdaplan.Scenario.load(SCENARIOS / "image_service.json"))
    # Lambda 2 x (0.20 + 0.8 x 1769 / 1024 x 16.6667 + 1) = $48.47; two c7i.large 730 x 2 x 0.08925 = $130.31, their
    # volumes $1.28, a load balancer $16.43 and $2.32 of its units: $150.34. $101.87 less; x 12 = $1,222.44
    assert brief.advice(found) == (
        "Recommendation: Lambda 1769 MB. It saves $101.87 a month, about $1,222 a year at this traffic, "
        "against the runner-up, EC2 c7i.large."
    )
    alone = found.scenario.with_values({"options": [{"kind": "lambda", "memory_mb": 1024}]})
    assert brief.advice(lambdaplan.compare(alone)) == "Recommendation: Lambda 1024 MB. There is no runner-up."
    blocked = found.scenario.with_values({"workload.working_set_mb": 10**6})
    assert brief.advice(lambdaplan.compare(blocked)) == "Recommendation: none yet, because every option breaks a limit."


def test_each_distance_of_the_page_changes_the_winner(made):
    scenario, page = made["hostile"]
    text = page_of(page).text
    found = lambdaplan.flips(scenario)
    assert found.near
    for row in flip_rows(found):
        assert " ".join(" ".join(row.values()).split()) in text
    for switch in found.switches:
        assert (switch.winner or "nobody") in text.split("Choices that change the winner on their own")[1]


def test_a_winner_that_breaks_a_limit_is_not_said_to_be_dearer():
    scenario = lambdaplan.Scenario.load(SCENARIOS / "webhook_receiver.json")
    rows = {row["number"]: row for row in flip_rows(lambdaplan.flips(scenario))}
    # 512 MB of Lambda hold 512 MB and a request of 1 MB no longer; 511 MB they do
    broken = "EC2 t3.micro at 512 MB, where Lambda 512 MB breaks a limit"
    assert rows["working set"]["higher"] == broken
    # two t3.micro (730 x 0.0104 + 8 x 0.08) and a load balancer (730 x 0.0225), 32.889 USD; a request costs Lambda
    # 0.000001 + 0.0000002 + 0.075 x 0.0000166667, the load balancer 0.008 / 90,000: 13,929,444.3
    assert rows["requests a month"]["higher"] == "EC2 t3.micro at 13.9 million"


def test_what_would_change_the_answer_is_told_of_open_sizes_with_an_answer_time():
    """Ten times the traffic of a small service: Lambda, dearer by each request, gives way to two small instances."""
    document = lambdaplan.Scenario.load(SCENARIOS / "node_api.json").document()
    document["workload"] |= {"requests_per_month": 10**6, "slo": {"percentile": 95, "response_ms": 900}}
    families = {"kind": "ec2", "instance_type": "auto", "families": ["t3"]}
    document["options"] = [{"kind": "lambda", "memory_mb": 1024}, families]
    comparison = lambdaplan.compare(lambdaplan.Scenario.from_dict(document))
    crossover = comparison.crossovers[0].at
    sensitivities = sections.flips_of(comparison)
    assert sensitivities.comparison is comparison
    along = next(one for one in sensitivities.distances if one.path == "workload.requests_per_month")
    assert along.up.flip.at == crossover
    assert "requests a month" in brief.nearest_changes(comparison, sensitivities).text
    alone = lambdaplan.compare(comparison.scenario.with_values({"options": document["options"][:1]}))
    assert sections.flips_of(alone) is None
    for part in (sections.distances, sections.millisecond, brief.nearest_changes):
        assert part(alone, None).text == sections.ONE_OPTION


def test_assumptions_say_whose_they_are_and_rules_have_source_and_date(made):
    _, page = made["node"]
    text = page_of(page).text
    assert (
        "duration_ms 200 ms mean wall time of a warm request on Lambda with measured_memory_mb the reader's own" in text
    )
    assert "reserved_mb 300 MB memory the system needs on each instance, an assumption default" in text
    assert "lambda: mb per vcpu 1,769 MB" in text
    comparison = lambdaplan.compare(lambdaplan.Scenario.load(SCENARIOS / "node_api.json"))
    for row in assumptions_section.rule_rows(comparison):
        assert row["source"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["read"])


# its first page, its contents, and what may be left out


def test_the_first_page_stands_alone_and_the_contents_lead_to_every_heading(one):
    scenario, page = one
    text = page.read_text("utf-8").split("<script>(()")[0]
    brief_html, rest = text.split("</section>", 1)
    first = Page(brief_html).text
    expected = lambdaplan.compare(scenario)
    assert f"{answer(expected)}." in first and "% are answered within" in first
    for heading in ("The answer", "What would change it", "What is not counted"):
        assert heading in first
    assert brief_html.count("<figure") == 1 and "<table" not in brief_html
    linked = [address[1:] for address in Page(rest).addresses if address.startswith("#")]
    headings = re.findall(r'<h[23] id="([^"]+)"', rest)
    assert linked[: len(headings)] == headings and len(headings) >= 12
    assert set(linked) <= set(re.findall(r'\bid="([^"]+)"', rest))
    listed = re.findall(r"^ *- \[.*\]\(#(.*)\)$", (page.parent / "report.md").read_text("utf-8"), re.MULTILINE)
    assert listed == headings


def test_sources_are_links_and_lines_lead_to_them(made):
    _, page = made["node"]
    found = page_of(page)
    assert any(address.startswith("https://github.com/") for address in found.addresses)
    assert "#source-1" in found.addresses


def shortened(**extent: bool) -> list:
    notebook = nbformat.read(notebook_kernel.notebooks_dir() / "report.ipynb", as_version=4)
    return notebook_kernel.Extent(**extent).shorten(notebook).cells


def test_a_brief_report_is_the_first_page_and_a_quick_one_names_what_it_leaves_out():
    whole, short, quick = shortened(), shortened(brief=True), shortened(quick=True)
    sources = [cell.source for cell in short]
    assert sources == [cell.source for cell in whole][: len(short)] and len(short) < len(whole) / 3
    named = next(cell.source for cell in quick if cell.source.startswith("Left out, as it takes long"))
    slow = [cell for cell in whole if "slow" in cell.metadata.get("tags", [])]
    for cell in slow:
        assert cell.source not in [one.source for one in quick]
        if cell.cell_type == "markdown":
            assert notebook_kernel._heading(cell)[1:] in named
    slow_names = ("sensitivities", "certainty")
    assert not any(name in cell.source for name in slow_names for cell in quick)
    both = shortened(brief=True, quick=True)
    assert both[-1].source == "Left out, as it takes long: which numbers would change the answer."
    assert [cell.source for cell in both[:-1]] == [
        one for one in sources if not any(name in one for name in slow_names)
    ]


def test_a_quick_brief_report_is_written_with_its_one_chart(tmp_path, kernel, monkeypatch):
    monkeypatch.setattr(report, "executed", kernel.executed)
    told: list[str] = []

    def working(words: str):
        told.append(words)
        return storage.quietly(words)

    extent = notebook_kernel.Extent(brief=True, quick=True)
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    page = report.run_report(scenario, tmp_path, extent=extent, progress=quiet, working=working)
    names = {"report.html", "report.md", "report.ipynb", "comparison.json", "charts/cost.svg", "charts/cost.vl.json"}
    assert set(files(page.parent)) == names
    found = page_of(page)
    assert "Contents" not in page.read_text("utf-8").split("<script>(()")[0] and "table" not in found.tags
    assert f"{answer(lambdaplan.compare(scenario))}." in found.text
    assert any(re.fullmatch(r"part \d of \d, What would change it", words) for words in told)


# as Markdown


def test_the_report_is_there_as_markdown_with_the_same_figures(one):
    scenario, page = one
    text = (page.parent / "report.md").read_text("utf-8")
    assert text.startswith("# Which way of running this service is cheapest")
    shown = re.sub(r"<script>.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
    sections = re.findall(r"<h2[^>]*>(.*?)</h2>", shown)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [html.unescape(section) for section in sections]
    assert len(sections) == 13 if "Before relying on it" in sections else 12
    comparison = lambdaplan.compare(scenario)
    assert markdown_text(answer(comparison)) in text
    for name in ("cost", "around", "answer-time", "atlas", "flips", "bill", "architecture", "ladder"):
        assert re.search(rf"^!\[.+\]\(charts/{name}\.svg\)$", text, re.MULTILINE)
    block = re.search(r"^```json\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)[1]
    assert json.loads(block) == scenario.document()


def test_tables_of_the_markdown_are_those_of_the_page(one):
    _, page = one
    shown = mistune.create_markdown(plugins=["table"], escape=False)((page.parent / "report.md").read_text("utf-8"))
    theirs, ours = Page(shown), page_of(page)
    for tag in ("table", "tr", "th", "td"):
        assert theirs.tags.count(tag) == ours.tags.count(tag)
    for row in re.findall(r"<tr>.*?</tr>", page.read_text("utf-8").split("<script>(()")[0], re.DOTALL):
        assert Page(row).text in theirs.text


def test_words_of_the_scenario_stay_words_in_markdown(made):
    _, page = made["hostile"]
    shown = mistune.create_markdown(plugins=["table", "url", "strikethrough"], escape=False)(
        (page.parent / "report.md").read_text("utf-8")
    )
    found = Page(shown)
    assert set(found.tags) == {
        *(
            "h1",
            "h2",
            "h3",
            "a",
            "p",
            "strong",
            "ul",
            "li",
            "img",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "pre",
            "code",
        )
    }
    assert HOSTILE in found.text
    assert all(address.startswith(("charts/", "#", *SOURCES)) for address in found.addresses)


# its page


def test_the_page_asks_nobody_for_anything(one):
    _, page = one
    found = page_of(page)
    assert [address for address in found.addresses if not address.startswith(("#", *SOURCES))] == []
    assert "link" not in found.tags
    assert "iframe" not in found.tags
    assert unsafe_in_page(page.read_text("utf-8")) == []
    for picture in (page.parent / "charts").glob("*.svg"):
        assert unsafe_in_svg(picture.read_text("utf-8")) == []


def test_the_page_has_language_title_and_one_heading(one):
    scenario, page = one
    found = page_of(page)
    assert found.attributes["html"]["lang"] == "en"
    title = re.search(r"<title>(.*?)</title>", page.read_text("utf-8"), re.DOTALL)
    assert html.unescape(title[1]) == f"{scenario.name}: which way of running it is cheapest?"
    assert found.tags.count("h1") == 1
    assert found.tags.count("main") == 1


def test_pictures_are_there_without_scripts_and_their_ids_are_their_own(one):
    _, page = one
    text = page.read_text("utf-8")
    assert len(re.findall(r'<figure [^>]*class="lp-chart"', text)) == 8
    assert len(re.findall(r'<div class="lp-view">\s*<svg', text)) == 8
    ids = re.findall(r'\bid="([^"]+)"', re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL))
    assert len(ids) == len(set(ids))


def test_words_of_the_scenario_stay_words(made):
    _, page = made["hostile"]
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert "<u>ours</u>" not in text
    assert "<i>L</i>" not in text
    found = page_of(page)
    assert HOSTILE in found.text
    assert (
        found.tags.count("script") == 1 + 8 + 2
    )  # the one script, and eight specifications, two of them also for a phone


def test_the_script_is_the_one_for_the_charts_version(made):
    _, page = made["node"]
    spec = json.loads((page.parent / "charts" / "cost.vl.json").read_text("utf-8"))
    version = re.search(r"/v(\d+\.\d+\.\d+)", spec["$schema"])[1]
    assert f'"{version}"' in page.read_text("utf-8")


# what is in the files


def test_no_path_and_no_time_of_this_run_is_in_the_files(one, tmp_path):
    _, page = one
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
    scenario, page = made["hostile"]
    cells = nbformat.read(page.parent / "report.ipynb", as_version=4).cells
    injected = next(cell for cell in cells if "injected-parameters" in cell.metadata.get("tags", []))
    names: dict = dict.fromkeys(notebook_parameters.PARAMETERS)
    exec(injected.source, names)  # noqa: S102 - one line of our own
    monkeypatch.chdir(page.parent)
    names.pop("__builtins__")
    assert notebook_parameters.read(names).document() == scenario.document()


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
    assert storage.slug(name) == folder
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", storage.slug(name))


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path):
    scenario = lambdaplan.Scenario.load(SCENARIOS / "node_api.json")
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / storage.slug(scenario.name)).symlink_to(outside, target_is_directory=True)
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
    scenario, page = made["node"]
    notebook = nbformat.read(page.parent / "report.ipynb", as_version=4)
    monkeypatch.setattr(report, "executed", lambda scenario, **_: (notebook, "new script"))
    target = tmp_path / "out" / storage.slug(scenario.name)
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


@pytest.mark.parametrize("step", ["_keep_the_readers", "_linked", "_sync", "_put", "_exchange"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_while_putting_files_in_place_leaves_what_was_there(before, monkeypatch, step, failure):
    scenario, target = before
    old = files(target)

    def failing(*_, **__):
        raise failure

    monkeypatch.setattr(storage, step, failing)
    with pytest.raises((ReportError, KeyboardInterrupt)):
        report.run_report(scenario, target.parent, progress=quiet)
    monkeypatch.undo()
    assert files(target) == old
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("nth", range(1, 12))
def test_a_full_disk_leaves_what_was_there(before, monkeypatch, nth):
    scenario, target = before
    old = files(target)
    write, calls = storage.write_file, []

    def failing(path, text):
        calls.append(path)
        if len(calls) == nth:
            path.write_text(text[:10], encoding="utf-8")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, text)

    monkeypatch.setattr(report, "write_file", failing)
    with pytest.raises(ReportError, match="no space left on device"):
        report.run_report(scenario, target.parent, progress=quiet)
    assert files(target) == old
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_first_report_that_fails_leaves_nothing(before, tmp_path, monkeypatch):
    scenario, _ = before

    def interrupted(scenario, **_):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "executed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        report.run_report(scenario, tmp_path / "new" / "deep", progress=quiet)
    assert not (tmp_path / "new").exists()


# The kernel without what the report's notebook needs.
BARE_KERNEL = """
import sys
from ipykernel.kernelapp import launch_new_instance
launch_new_instance(["-f", sys.stdin.readline().strip() or sys.exit(), "--HistoryManager.enabled=False"])
"""


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("while True: pass", "did not end within 1 seconds"),
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
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), tmp_path / "report.ipynb")
    monkeypatch.setattr(notebook_kernel, "KERNEL", BARE_KERNEL)
    monkeypatch.setattr(notebook_kernel, "Script", NoScript)
    monkeypatch.setattr(notebook_kernel, "notebooks_dir", lambda: tmp_path)
    if source.startswith("while"):
        monkeypatch.setattr(notebook_kernel, "CELL_SECONDS", 1)
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
    monkeypatch.setattr(notebook_kernel, "KERNEL", BARE_KERNEL)
    monkeypatch.setattr(notebook_kernel, "Script", NoScript)
    monkeypatch.setattr(papermill, "execute_notebook", noted)
    scenario = hostile()
    notebook_kernel.executed(scenario)
    assert set(given) == {"scenario", "document"}
    assert lambdaplan.Scenario.from_dict(given["document"]).document() == scenario.document()
    assert HOSTILE not in given["scenario"]
    assert not Path(given["scenario"]).exists()
