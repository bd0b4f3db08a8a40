"""Charts for planning documents: every file of each, sizes that fit a page, and the figures of Python in them."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
from fractions import Fraction
from pathlib import Path

import pytest

import lambdaplan
from lambdaplan.cli.main import main
from lambdaplan.errors import InputError, ReportError
from lambdaplan.report import atomic_files as storage
from lambdaplan.report import export, figures, sections
from lambdaplan.resources import data_dir
from page_script import NoScript
from safe_pages import unsafe_in_page, unsafe_in_svg

NODE_API = data_dir() / "scenarios" / "node_api.json"
ENDINGS = (".svg", "@2x.png", ".vl.json", ".html", ".csv")
PAGE_INCHES = 6.3
FOLDER = "node-js-api-200-ms-at-1024-mb"


def quiet(words: str) -> None:
    """No progress."""


def names_of(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def comparison():
    return lambdaplan.compare(lambdaplan.Scenario.load(NODE_API))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The whole export of the packaged scenario, made by the command."""
    out = tmp_path_factory.mktemp("exports")
    assert main(["export", str(NODE_API), "-o", str(out)]) == 0
    return out / FOLDER


# files


def test_it_writes_five_files_a_chart_and_the_words(made):
    charts = ("cost", "bill", "atlas", "ladder")
    assert names_of(made) == {"snippet.md", *(f"{name}{ending}" for name in charts for ending in ENDINGS)}
    assert [p.name for p in made.parent.iterdir()] == [FOLDER]


@pytest.mark.parametrize("name", export.USUAL)
def test_a_chart_fits_a_page_and_can_be_read_there(made, name):
    svg = (made / f"{name}.svg").read_text("utf-8")
    across, box = re.match(r'<svg [^>]*width="([\d.]+)" [^>]*viewBox="0 0 ([\d.]+) ', svg).groups()
    assert float(across) / 96 <= PAGE_INCHES  # 96 px an inch
    assert float(across) / 96 > 0.8 * PAGE_INCHES
    letters = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert min(letters) * float(across) / float(box) * 72 / 96 >= 7  # points on paper
    png = (made / f"{name}@2x.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == pytest.approx(2 * float(across), abs=2)
    at = png.index(b"pHYs") + 4
    assert (
        int.from_bytes(png[16:20]) / (int.from_bytes(png[at : at + 4]) * 0.0254) <= PAGE_INCHES
    )  # as wide as it says it is


@pytest.mark.parametrize("name", export.USUAL)
def test_pages_and_pictures_are_safe(made, name):
    assert unsafe_in_page((made / f"{name}.html").read_text("utf-8")) == []
    assert unsafe_in_svg((made / f"{name}.svg").read_text("utf-8")) == []


def test_the_specification_is_of_the_picture(made, comparison):
    spec = json.loads((made / "cost.vl.json").read_text("utf-8"))
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v6")
    drawn = lambdaplan.chart(comparison, width=spec["width"], height=spec["height"])
    assert spec == json.loads(json.dumps(drawn.to_dict(validate=False)))


# figures


def test_the_figures_of_the_costs_are_those_of_python(made, comparison):
    rows = rows_of(made / "cost.csv")
    assert len(rows) > 400
    at = [int(row["requests a month"]) for row in rows]
    assert at == sorted(set(at))
    (crossover,) = comparison.crossovers
    assert {crossover.at - 1, crossover.at, 10_000_000, 10_000, 10**9} <= set(at)
    for row in rows[:: len(rows) // 25] + [
        r for r in rows if int(r["requests a month"]) in (crossover.at - 1, crossover.at)
    ]:
        there = lambdaplan.compare(comparison.scenario.at("workload.requests_per_month", int(row["requests a month"])))
        assert row["cheapest"] == there.winner
        for result in there.options:
            assert float(row[f"{result.label}, USD a month"]) == pytest.approx(
                float(result.bill.exact_usd), abs=1e-6, rel=1e-9
            )


def test_the_figures_of_the_bills_add_up(made, comparison):
    rows = rows_of(made / "bill.csv")
    for result in comparison.options:
        lines = [row for row in rows if row["option"] == result.label]
        assert sum(Fraction(row["amount_usd"]) for row in lines) == Fraction(str(result.bill.total_usd))
        for row, line in zip(lines, result.bill.lines, strict=True):
            assert (row["line"], row["source"]) == (line.item, line.source)
            assert round(Fraction(row["quantity"]) * Fraction(row["price_usd"]) - line.exact_usd, 9) == 0


def test_a_bill_without_lines_has_a_total(comparison):
    idle = lambdaplan.compare(comparison.scenario.at("workload.requests_per_month", 0))
    function = next(result for result in idle.options if result.kind == "lambda" and not result.bill.lines)
    (total,) = sections.bill_rows(idle, function)
    assert (total["line"], total["amount"], total["quantity"]) == ("Total", "$0.00", "")


def test_the_figures_of_the_map_are_exact_at_their_ends(made, comparison):
    rows = rows_of(made / "atlas.csv")
    changes = [row for row in rows if row["from (requests a month)"] != "10000"]
    for row in changes[:: len(changes) // 6]:
        scenario = comparison.scenario.at("workload.duration_ms", Fraction(row["duration of a request (ms)"]))
        start = int(row["from (requests a month)"])
        here, before = (lambdaplan.compare(scenario.at("workload.requests_per_month", at)) for at in (start, start - 1))
        assert (row["cheapest"], row["too close to call"]) == (here.winner, "yes" if here.close else "no")
        assert (here.winner, here.close) != (before.winner, before.close)


def test_the_figures_of_the_ladder_are_those_of_the_ladder(made, comparison):
    found, _ = sections.usable_ladder(comparison.scenario)
    rows = rows_of(made / "ladder.csv")
    ours = {row["assumptions"]: row["break-even from"] for row in rows if row["kind"] == "worked out"}
    assert ours == {r.rung.name: "" if r.break_even is None else str(r.break_even) for r in found.rungs}
    assert len([row for row in rows if row["kind"] == "published"]) == len(found.claims)


# words


def test_the_snippet_has_pictures_with_alternative_text_and_captions(made):
    text = (made / "snippet.md").read_text("utf-8")
    shown = re.findall(
        r"!\[(.+)\]\((.+)\)\n\n\*Figure (\d)\. (.+)\* \[Interactive\]\((.+)\), \[figures\]\((.+)\)\.", text
    )
    assert [(picture, n, page, table) for _, picture, n, _, page, table in shown] == [
        (f"{name}@2x.png", str(n), f"{name}.html", f"{name}.csv")
        for n, name in enumerate(("cost", "bill", "atlas", "ladder"), 1)
    ]
    for alternative, picture, _, caption, *_ in shown:
        assert len(alternative) > 80, picture
        assert (made / picture).exists()
        for words in (
            "10 million requests a month of 200 ms (34.731 ms of it computing) at 1024 MB",
            "us-east-1",
            "aws-2026-12-01 (2026-11-30)",
            "the oldest of them is of 2024-09-30",
            "Traffic: flat",
            "at least 2 units in 2 zones; the loss of one is survived; at most 60 % busy at the peak",
            "Counting compute and the front door; always-free quantities not taken off",
            "USD a month before tax",
        ):
            assert words in caption
    assert shown[0][3].startswith("Lambda is cheapest below about 11 million requests a month.")


def test_captions_say_what_differs_between_fleets(comparison):
    changed = {"options.1.survive_zone_loss": False, "options.1.zones": 1, "options.2.units": 3, "free_tier": True}
    caption = figures.caption_of(lambdaplan.compare(comparison.scenario.with_values(changed)), "T")
    fargate, ec2 = (option.label or option.size_label for option in comparison.scenario.options[1:])
    assert f"{fargate}: at least 2 units in 1 zone; at most 60 % busy at the peak." in caption
    assert f"{ec2}: 3 units, fixed, in 2 zones; the loss of one is survived; at most 60 % busy at the peak." in caption
    assert "always-free quantities taken off" in caption


# what is asked for


@pytest.fixture
def quick(monkeypatch):
    """The pages with a script that need not be made."""

    monkeypatch.setattr(export, "Script", NoScript)


def test_charts_that_are_asked_for_take_the_place_of_all_others(quick, tmp_path, comparison):
    folder = tmp_path / FOLDER
    run = lambda *charts: export.run_export(comparison.scenario, tmp_path, charts, progress=quiet)  # noqa: E731
    run("bill", "cost", "bill")
    (folder / "notes.txt").write_text("mine")
    assert len(names_of(folder)) == 1 + 1 + 2 * len(ENDINGS)
    assert re.findall(r"Figure (\d)\.|\((\w+)@2x", (folder / "snippet.md").read_text("utf-8")) == [
        ("", "bill"), ("1", ""), ("", "cost"), ("2", "")
    ]  # fmt: skip
    run("bill")
    assert names_of(folder) == {"notes.txt", "snippet.md", *(f"bill{ending}" for ending in ENDINGS)}


def test_a_chart_of_no_such_name_is_told_with_all_names(tmp_path, capsys):
    assert main(["export", str(NODE_API), "--chart", "costs", "-o", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    charts = "cost, around, bill, atlas, ladder, flips, memory, load, week, architecture, answer_time, savings"
    assert captured.err == f'error: --chart = "costs" is not one of {charts}. Did you mean cost?\n'
    assert captured.out == ""
    assert not (tmp_path / "out").exists()


def test_a_chart_that_the_scenario_does_not_have_is_left_out_and_said(quick, tmp_path, comparison, monkeypatch):
    monkeypatch.setattr(sections, "load_rungs", lambda: ())
    told = []
    export.run_export(comparison.scenario, tmp_path, progress=told.append)
    assert told[1:] == [
        "ladder is left out: --chart = ladder does not fit: no set of assumptions of the packaged ladder fits this scenario."
    ]
    assert not [name for name in names_of(tmp_path / FOLDER) if name.startswith("ladder")]
    with pytest.raises(InputError, match="no set of assumptions"):
        export.run_export(comparison.scenario, tmp_path / "other", ["ladder"], progress=quiet)
    assert not (tmp_path / "other").exists()


def test_long_labels_are_set_small_and_that_is_said(quick, tmp_path, comparison):
    told = []
    long = comparison.scenario.with_values(
        {"options.0.label": "A label that nobody would want to have, I think, " + "mmm" * 9}
    )
    export.run_export(long, tmp_path, ["cost"], progress=told.append)
    assert told[1:] == ["cost: its words are too long for a page and had to be set small; shorter labels mend that"]
    svg = next(tmp_path.rglob("cost.svg")).read_text("utf-8")
    assert float(re.match(r'<svg [^>]*width="([\d.]+)"', svg)[1]) <= 96 * PAGE_INCHES


# where it goes, and what fails


@pytest.mark.parametrize("name", ["cost.csv", "snippet.md", "bill.html"])
def test_a_readers_own_files_stop_it(quick, tmp_path, capsys, name):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "cost.csv").write_text("mine")
    (tmp_path / FOLDER / name).write_text("mine")
    before = contents(tmp_path)
    if name == "snippet.md":  # what an earlier export has made is known by this file
        assert main(["export", str(NODE_API), "--chart", "cost", "-o", str(tmp_path)]) == 0
        return
    assert main(["export", str(NODE_API), "--chart", "cost", "--chart", "bill", "-o", str(tmp_path)]) == 5
    err = capsys.readouterr().err.splitlines()
    assert [line for line in err if line.startswith("error:")] == err[-1:]
    assert "it is no file of lambdaplan's" in err[-1]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("nth", range(1, 7))
def test_a_full_disk_leaves_the_former_export(quick, tmp_path, monkeypatch, capsys, nth):
    assert main(["export", str(NODE_API), "--chart", "bill", "-o", str(tmp_path)]) == 0
    before = contents(tmp_path)
    write, calls = storage.write_file, []

    def failing(path, content):
        calls.append(path)
        if len(calls) == nth:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, content)

    monkeypatch.setattr(export, "write_file", failing)
    capsys.readouterr()
    assert main(["export", str(NODE_API), "--chart", "bill", "-o", str(tmp_path), "--set", "region=eu-west-1"]) == 5
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2 and "no space left on device" in err[1] and err[1].startswith("error: ")
    assert contents(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == [FOLDER]


def test_a_folder_that_cannot_be_written_is_one_line(quick, capsys):
    assert main(["export", str(NODE_API), "--chart", "bill", "-o", "/sys/out"]) == 5
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2 and err[1].endswith("an export needs a folder that can be written. Give another one with -o.")


def test_a_picture_that_is_not_safe_is_not_written(quick, tmp_path, monkeypatch, comparison):
    import vl_convert

    monkeypatch.setattr(
        vl_convert, "vegalite_to_svg", lambda *_, **__: '<svg xmlns="http://www.w3.org/2000/svg" onload="1"/>'
    )
    with pytest.raises(ReportError, match="it holds the attribute onload"):
        export.run_export(comparison.scenario, tmp_path / "out", ["bill"], progress=quiet)
    assert not (tmp_path / "out").exists()


# charts that are asked for


@pytest.fixture(scope="module")
def more(tmp_path_factory):
    """The four charts that are drawn when asked for, of a week from a trace and a service that may move."""
    out = tmp_path_factory.mktemp("more")
    document = json.loads((data_dir() / "scenarios" / "webhook_receiver.json").read_text("utf-8"))
    document["options"][1]["migration"] = {"usd": 100}
    document["growth"] = {"percent_per_month": 20}
    (out / "s.json").write_text(json.dumps(document))
    charts = [part for name in MORE for part in ("--chart", name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "Script", NoScript)
        assert main(["export", str(out / "s.json"), *charts, "-o", str(out / "made")]) == 0
    (folder,) = (out / "made").iterdir()
    return folder, lambdaplan.Scenario.load(out / "s.json")


MORE = [name for name in export.CHARTS if name not in export.USUAL]


@pytest.mark.parametrize("name", MORE)
def test_a_chart_that_is_asked_for_fits_a_page_is_safe_and_has_its_words(more, name):
    folder, _ = more
    svg = (folder / f"{name}.svg").read_text("utf-8")
    across, box = re.match(r'<svg [^>]*width="([\d.]+)" [^>]*viewBox="0 0 ([\d.]+) ', svg).groups()
    assert 0.8 * PAGE_INCHES < float(across) / 96 <= PAGE_INCHES
    letters = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert min(letters) * float(across) / float(box) * 72 / 96 >= 7  # points on paper
    assert unsafe_in_svg(svg) == []
    assert unsafe_in_page((folder / f"{name}.html").read_text("utf-8")) == []
    assert f"]({name}@2x.png)" in (folder / "snippet.md").read_text("utf-8")


def test_their_figures_are_those_of_python(more):
    folder, scenario = more
    found = {row["path"]: row for row in rows_of(folder / "flips.csv")}
    for distance in lambdaplan.flips(scenario).distances:
        flip = distance.up.flip
        assert found[distance.path]["up"] == "" if flip is None else float(found[distance.path]["up"]) == float(flip.at)
    curve = lambdaplan.memory_curve(scenario)
    sizes = {int(row["memory_mb"]): float(row["usd"]) for row in rows_of(folder / "memory.csv")}
    assert sizes[1024] == pytest.approx(curve.usd[curve.row(1024)])
    load = rows_of(folder / "load.csv")
    assert int(load[-1]["hours of the week"]) == 168
    traffic = scenario.workload.traffic
    assert float(load[0]["load, times the mean"]) == pytest.approx(float(traffic.peak_to_mean))
    (payback,) = lambdaplan.moving(scenario).paybacks
    saved = rows_of(folder / "savings.csv")
    assert [float(list(row.values())[1]) for row in saved] == pytest.approx([float(usd) for usd in payback.saved_usd])


def test_of_charts_that_are_asked_for_those_that_do_not_apply_are_left_out_and_said(quick, tmp_path, capsys):
    charts = ["--chart", "load", "--chart", "bill", "--chart", "savings"]
    assert main(["export", str(NODE_API), *charts, "-o", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path / FOLDER / 'snippet.md'}\n"
    assert captured.err.splitlines()[1:] == [
        "load is left out: --chart = load does not fit: every hour of the week is alike.",
        "savings is left out: --chart = savings does not fit: no option says what moving to it takes, or no bill is whole. See docs/moving.md.",
    ]
    assert names_of(tmp_path / FOLDER) == {"snippet.md", *(f"bill{ending}" for ending in ENDINGS)}


def test_where_no_chart_that_is_asked_for_applies_nothing_is_written(tmp_path, capsys):
    for name in ("load", "savings"):
        assert main(["export", str(NODE_API), "--chart", name, "-o", str(tmp_path)]) == 2
        *_, error = capsys.readouterr().err.splitlines()
        assert error.startswith(f"error: --chart = {name} does not fit")
    assert list(tmp_path.iterdir()) == []


def test_the_costs_around_here_are_those_of_the_bills(tmp_path):
    scenario = lambdaplan.Scenario.load(NODE_API)
    drawn = export.CHARTS["around"](lambdaplan.compare(scenario))
    rows = list(drawn.rows)
    assert (rows[0][0], rows[-1][0]) == (10_000, 30_000_000)
    for at, *bills in rows[:: len(rows) // 4]:
        there = lambdaplan.compare(scenario.at("workload.requests_per_month", at))
        assert bills == pytest.approx([float(result.cost_usd) for result in there.options], abs=1e-6)
    with pytest.raises(InputError, match="not on the axis"):
        export.CHARTS["around"](lambdaplan.compare(scenario.at("workload.requests_per_month", 0)))
