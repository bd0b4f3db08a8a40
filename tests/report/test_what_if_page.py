"""The page with sliders: its table is Python's at every stop, it is small and safe, and says what it does not know."""

from __future__ import annotations

import functools
import json
import os
import random
import subprocess
import sys

import pytest

import lambdaplan
from campaigns import PROVE
from lambdaplan.analysis import slider_grid
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError, ReportError
from lambdaplan.report import export, figures, what_if_page
from lambdaplan.resources import data_dir
from page_script import NoScript
from payloads import SCRIPTS
from safe_pages import unsafe_in_page
from what_if_data import differences, document_of, stops_of, table_of

SCENARIOS = sorted((data_dir() / "scenarios").glob("*.json"))
NODE_API = data_dir() / "scenarios" / "node_api.json"
LAMBDA = {"kind": "lambda", "memory_mb": 1024}
FARGATE = {"kind": "fargate", "vcpu": 0.5, "memory_gb": 1}
EC2 = {"kind": "ec2", "instance_type": "t4g.small"}


def document(options=None, **workload):
    found = json.loads(NODE_API.read_text("utf-8"))
    found["workload"] |= workload
    found["options"] = options or found["options"]
    return found


def places(table, rng):
    return {one["name"]: rng.randrange(len(one["stops"])) for one in table["sliders"]}


def with_few_stops(monkeypatch):
    monkeypatch.setattr(slider_grid, "GRIDS", ((4, 3, 1),))
    monkeypatch.setattr(slider_grid, "MEMORY_MB", (128, 1769))
    monkeypatch.setattr(what_if_page, "still", lambda spec: "<svg></svg>")


def test_a_page_says_who_tries_again_with_what_is_left_as_a_share(coarse):
    """0.05 x 0.05 x 0.05 is 1 in 8,000, whatever the slider of the requests says."""
    told = document([FARGATE], retries={"by": "async_lambda", "failed_share": 0.05})
    page = what_if_page.what_if_page(lambdaplan.Scenario.from_dict(told))
    assert "Lambda tries events again, up to 3 attempts of which 5 % fail; 1.0525 attempts" in page
    assert "1 in 8,000 of the requests are lost, unless a dead-letter queue takes them" in page
    assert "of the requests a month are lost" not in page


@pytest.fixture
def coarse(monkeypatch):
    """Few stops, so that every one of them can be worked out anew."""
    with_few_stops(monkeypatch)


@functools.cache
def page_of(name):
    """The page of one of VARIANTS with few stops, made once."""
    with pytest.MonkeyPatch.context() as patch:
        with_few_stops(patch)
        if name in SLOW and not PROVE:
            patch.setattr(slider_grid, "GRIDS", ((2, 2, 1),))
            patch.setattr(slider_grid, "MEMORY_MB", (1769,))
            patch.setattr(what_if_page, "specification", lambda comparison, **size: {})
        return what_if_page.what_if_page(lambdaplan.Scenario.from_dict(VARIANTS[name]))


def everywhere(table):
    names = [one["name"] for one in table["sliders"]]
    found = [{}]
    for name, one in zip(names, table["sliders"], strict=True):
        found = [{**place, name: n} for place in found for n in range(len(one["stops"]))]
    return found


# In every test run the page of a flat week; those of traces, which are larger and slower, in the long proofs.
PAGES = [path for path in SCENARIOS if PROVE or path.stem == "node_api"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_packaged_scenario_is_pythons_at_stops_taken_by_chance_and_small_and_safe(path):
    text = what_if_page.what_if_page(lambdaplan.Scenario.load(path))
    assert len(text.encode("utf-8")) < 1_000_000
    assert unsafe_in_page(text) == []
    table, given, rng = table_of(text), document_of(text), random.Random(path.stem)
    assert [len(one) >= least for one, least in zip(stops_of(table).values(), (41, 12, 15), strict=True)] == [True] * 3
    for _ in range(12):
        place = places(table, rng)
        assert differences(table, given, place) == [], place
    own = {one["name"]: one["here"] for one in table["sliders"]}
    there = lambdaplan.Scenario.load(path)
    assert [stops_of(table)[name][n] for name, n in own.items()] == [
        str(there.workload.requests_per_month),
        str(there.workload.duration_ms),
        str(there.options[0].memory_mb),
    ]
    assert differences(table, given, own) == []


VARIANTS = {
    "a free tier": document() | {"free_tier": True},
    "a missing price": document() | {"region": "mx-central-1"},
    "one option": document([LAMBDA]),
    "no Lambda": document([FARGATE, EC2]),
    "two sizes of Lambda": document([LAMBDA, {"kind": "lambda", "memory_mb": 128}, EC2]),
    "a label of its own": document([FARGATE, LAMBDA | {"label": "$2.20 (4.9 %) apart"}]),
    "two alike": document([LAMBDA | {"label": "one"}, FARGATE, FARGATE | {"label": "the same"}]),
    "nobody": document([FARGATE | {"max_units": 2, "label": "few"}, EC2 | {"max_units": 2}]),
    "all sizes chosen": document(
        [
            {"kind": "lambda", "memory_mb": "auto"},
            {"kind": "fargate", "size": "auto"},
            {"kind": "ec2", "instance_type": "auto"},
        ]
    ),
    "a hybrid": document([LAMBDA, {"kind": "hybrid", "base": EC2}]),
    "an answer time": document(slo={"percentile": 99, "response_ms": 900}),
    "measured durations": document(
        durations=[{"memory_mb": 512, "duration_ms": 300}, {"memory_mb": 1024, "duration_ms": 200}]
    ),
    "CPU time": {
        **document(),
        "workload": {"requests_per_month": 10**6, "duration_ms": 200, "cpu_ms": 100, "working_set_mb": 180},
    },
    "no traffic": document(requests_per_month=0),
    "cold starts": document(init_ms=300, first_run_ms=5000, deployments_per_month=20),
    "a schedule": document(
        [LAMBDA | {"provisioned": "auto"}, EC2], traffic={"shape": "daily"}, **({"init_ms": 300} if PROVE else {})
    ),
    "another axis": document() | {"sweep": {"over": "workload.duration_ms", "from": 10, "to": 1000}},
    "a narrow axis": document() | {"sweep": {"from": 9_000_000, "to": 11_000_000, "scale": "linear"}},
    "odd numbers": document(requests_per_month=12_345_679, duration_ms=12.3456),
}

# Fewer stops, a third of them anew, else half, and no chart; all in the long proofs.
SLOW = ("an answer time", "all sizes chosen", "a schedule")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_stop_is_pythons(name):
    text = page_of(name)
    table, given = table_of(text), document_of(text)
    places = everywhere(table)
    few = -(-len(places) // (3 if name in SLOW else 2))
    for place in places if PROVE else random.Random(name).sample(places, few):
        assert differences(table, given, place) == [], place


def test_what_is_unknown_or_breaks_a_limit_is_said():
    def notes(name):
        return table_of(page_of(name))["notes"]

    assert [2, "a price is missing, so it costs at least this"] in notes("a missing price")
    assert [1, "here Fargate 0.5 vCPU 1 GB; breaks a limit: units, at most `max_units` (task)"] in notes("nobody")


def test_without_a_lambda_of_a_given_size_there_is_no_memory_slider():
    for name in ("no Lambda", "all sizes chosen"):
        text = page_of(name)
        assert list(stops_of(table_of(text))) == ["requests", "duration"]
        assert 'id="memory"' not in text
        assert "there is no slider for it" in text


def test_a_stop_that_the_scenario_refuses_is_left_out():
    """128 MB would make two options alike; 100 ms of computing do not fit 20 ms."""
    found = {name: stops_of(table_of(page_of(name))) for name in ("two sizes of Lambda", "CPU time")}
    assert found["two sizes of Lambda"]["memory"] == ["1024", "1769"]
    assert found["CPU time"]["duration"] == ["200", "2000"]


@pytest.mark.parametrize(
    ("options", "slo", "grid"),
    [
        ([EC2], None, (41, 13)),
        ([{"kind": "ec2", "instance_type": "auto"}], None, (41, 13)),
        ([{"kind": "ec2", "instance_type": "auto"}] * 3, None, (21, 9)),
        ([{"kind": "ec2", "instance_type": "auto"}] * 3, {"percentile": 99, "response_ms": 900}, (11, 5)),
        ([{"kind": "ec2", "instance_type": "auto"}] * 30, {"percentile": 99, "response_ms": 900}, (5, 3)),
    ],
)
def test_stops_get_fewer_where_each_takes_longer(options, slo, grid):
    named = [option | {"label": str(n)} for n, option in enumerate(options)]
    scenario = lambdaplan.Scenario.from_dict(document(named, slo=slo))
    assert slider_grid._grid(scenario, None)[:2] == grid


@pytest.mark.usefixtures("coarse")
def test_a_page_that_would_be_too_large_is_not_made(monkeypatch):
    monkeypatch.setattr(what_if_page, "LARGEST", 20_000)
    with pytest.raises(ReportError, match=r"what-if.html .*: [\d,]+ bytes"):
        what_if_page.what_if_page(lambdaplan.Scenario.load(NODE_API))


def test_fifty_options_with_long_labels_still_fit(monkeypatch):
    many = [(LAMBDA, FARGATE, EC2)[n % 3] | {"label": f"{n} " + "<&" * 38} for n in range(50)]
    scenario = lambdaplan.Scenario.from_dict(document(many))
    assert slider_grid._grid(scenario, 0) == (41, 13, 1)
    monkeypatch.setattr(slider_grid, "GRIDS", ((5, 3, 1),))
    text = what_if_page.what_if_page(scenario)
    assert len(text.encode("utf-8")) < what_if_page.LARGEST
    assert unsafe_in_page(text) == []


@pytest.mark.usefixtures("coarse")
@pytest.mark.parametrize("which", range(0, len(SCRIPTS), 5))
def test_words_stay_words(which):
    given = document([LAMBDA | {"label": SCRIPTS[which]}, EC2]) | {"name": SCRIPTS[which]}
    text = what_if_page.what_if_page(lambdaplan.Scenario.from_dict(given))
    assert unsafe_in_page(text) == []
    assert table_of(text)["options"][0]["labels"] == [SCRIPTS[which]] * 3
    assert document_of(text)["name"] == SCRIPTS[which]


@pytest.mark.usefixtures("coarse")
def test_it_goes_with_an_export_and_goes_with_its_absence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures, "still", lambda spec: '<svg width="10" height="10" viewBox="0 0 10 10"></svg>')
    monkeypatch.setattr(export, "raster", lambda svg: b"png")
    monkeypatch.setattr(export, "Script", NoScript)
    command = ["export", str(NODE_API), "--chart", "bill", "-o", str(tmp_path)]
    assert main([*command, "--what-if"]) == 0
    (folder,) = tmp_path.iterdir()
    assert "](what-if.html)" in (folder / "snippet.md").read_text("utf-8")
    assert table_of((folder / "what-if.html").read_text("utf-8"))["requests"] == 5  # four, and its own
    assert main(command) == 0
    assert not (folder / "what-if.html").exists()
    capsys.readouterr()


def test_the_same_scenario_gives_the_same_bytes(tmp_path, monkeypatch):
    code = (
        "import sys; from lambdaplan import Scenario; from lambdaplan.analysis import slider_grid; "
        "from lambdaplan.report import what_if_page; slider_grid.GRIDS = ((5, 3, 1),); "
        "sys.stdout.buffer.write(what_if_page.what_if_page(Scenario.load(sys.argv[1])).encode())"
    )
    env = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(NODE_API)], cwd=tmp_path, env=env, capture_output=True, check=True
    )
    monkeypatch.setattr(slider_grid, "GRIDS", ((5, 3, 1),))
    here = what_if_page.what_if_page(lambdaplan.Scenario.load(NODE_API)).encode()
    assert done.stdout == here
    assert len(here) > 50_000


def test_the_script_holds_no_price_and_no_rule():
    """No number with a decimal point but places on the screen, and none of the words that a bill is made of."""
    script = (what_if_page.TEMPLATES / "what_if.js").read_text("utf-8")
    for word in ("duration_ms", "memory_mb", "price", "1769", "1024", "730"):
        assert word not in script.replace("Here is no price and no formula.", "")
    with pytest.raises(InputError):
        lambdaplan.Scenario.from_dict(document(requests_per_month=-1))
