"""What commands and pages tell of a scenario, each made once, and whether they tell the figures of `compare`.

A function for each command and page is given what is `Told` of a scenario, the result of one of its options, and, in
`WITH_LINES`, lines of that option's bill. It fails where it is told otherwise.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import datetime as dt
import functools
import html
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import hcl2
import nbformat
import pytest
from altair.utils.schemapi import debug_mode
from IPython.core.formatters import DisplayFormatter

import lambdaplan
from lambdaplan import Comparison, Scenario, compare
from lambdaplan.analysis import decision
from lambdaplan.charts.bill import bill_chart
from lambdaplan.charts.cost import specification
from lambdaplan.cli.main import main
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.wording import answer, binds_words
from lambdaplan.errors import InputError
from lambdaplan.explorer.explorer import Explorer
from lambdaplan.formatting import money
from lambdaplan.pricing.bill import LineItem
from lambdaplan.report import brief, export, report, sections
from lambdaplan.report import terraform as terraform_files
from lambdaplan.report.html_page import markdown_text
from lambdaplan.report.notebook_kernel import WarmKernel
from lambdaplan.report.what_if_page import what_if_page
from lambdaplan.resources import notebooks_dir
from page_script import NoScript
from safe_pages import unsafe_in_page
from what_if_data import differences, document_of, table_of

REQUESTS, DURATION = "workload.requests_per_month", "workload.duration_ms"
TODAY = dt.date(2026, 11, 30)
CHARTS = ("cost", "bill", "memory")  # the rest of them is in the report


class Tables(HTMLParser):
    """The tables of a page: for each its caption and its rows of cells."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[tuple[str, list[list[str]]]] = []
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr" and self.tables:
            self.tables[-1][1].append([])
        elif tag in ("td", "th", "caption") and self.tables:
            self._cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th", "caption") and self._cell is not None:
            words = " ".join("".join(self._cell).split())
            if tag == "caption":
                self.tables[-1] = (words, self.tables[-1][1])
            else:
                self.tables[-1][1][-1].append(words)
            self._cell = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data)

    def of(self, starts: str) -> list[list[str]]:
        """The rows of the one table whose caption begins so."""
        tables = [rows for caption, rows in self.tables if caption.startswith(starts)]
        assert len(tables) == 1, (starts, [caption for caption, _ in self.tables])
        return tables[0]


def row_of(rows: Sequence[Sequence[str]], first: str) -> dict[str, str]:
    """The row that begins with a cell, by the names of its columns."""
    head, *rest = rows
    rows_here = [row for row in rest if row[0] == first]
    assert len(rows_here) == 1, (first, [row[0] for row in rest])
    return dict(zip(head, rows_here[0], strict=True))


def executed_here(scenario: Scenario, file: Path) -> tuple[Any, str]:
    """The report's notebook run in this process on a file, cell by cell, as a kernel would show it."""
    notebook = nbformat.read(notebooks_dir() / report.NOTEBOOK, as_version=4)
    shown, names = DisplayFormatter(), {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        code = ast.parse(cell.source)
        value = None
        if isinstance(code.body[-1], ast.Expr):
            last = ast.Expression(code.body.pop().value)
            exec(compile_(code), names)  # noqa: S102 - the package's own notebook
            value = eval(compile(last, "cell", "eval"), names)  # noqa: S307
        else:
            exec(compile_(code), names)  # noqa: S102
        if "parameters" in cell.metadata.get("tags", []):
            names["scenario"] = str(file)
        if value is not None:
            data, metadata = shown.format(value)
            cell.outputs = [nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)]
    return notebook, "1"


def compile_(code: ast.Module) -> Any:
    return compile(code, "cell", "exec")


@dataclass
class Told:
    """A scenario and what is told of it.

    Parameters:
    folder : Path - where commands write.
    kernel : WarmKernel or None - runs the report's notebook; without one it runs in this process.
    """

    scenario: Scenario
    folder: Path
    kernel: WarmKernel | None = None

    @functools.cached_property
    def comparison(self) -> Comparison:
        return compare(self.scenario)

    @functools.cached_property
    def file(self) -> Path:
        path = self.folder / "scenario.json"
        path.write_text(json.dumps(self.scenario.document()), "utf-8")
        return path

    @contextlib.contextmanager
    def quick(self) -> Iterator[pytest.MonkeyPatch]:
        """What is slow is worked out once: changes of the winner; and charts are not held against their schema."""

        def flips(scenario: Scenario, *, quick: bool = False, comparison: Any = None) -> lambdaplan.Flips:
            known = scenario == self.scenario and quick in (False, self.is_quick_whole)
            return self.flips if known else lambdaplan.flips(scenario, quick=quick, comparison=comparison)

        with pytest.MonkeyPatch.context() as patch, debug_mode(False):
            for module in (decision, sections, terraform_files):
                patch.setattr(module, "flips", flips)
            yield patch

    def run(self, *arguments: object, code: int = 0) -> str:
        """What a command prints."""
        out, err = io.StringIO(), io.StringIO()
        with self.quick() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setenv("SOURCE_DATE_EPOCH", str(int(dt.datetime.combine(TODAY, dt.time(), dt.UTC).timestamp())))
            assert main([str(argument) for argument in arguments]) == code, err.getvalue()
        return err.getvalue() if code else out.getvalue()

    @functools.cached_property
    def text(self) -> str:
        return self.run("compare", self.file)

    @functools.cached_property
    def printed(self) -> dict[str, Any]:
        """The comparison as `compare --json` prints it."""
        return json.loads(self.run("compare", self.file, "--json"))

    @functools.cached_property
    def report(self) -> Path:
        folder = self.folder / "report"
        folder.mkdir(exist_ok=True)
        here = functools.partial(executed_here, file=self.file)
        with self.quick():
            report.fill(folder, self.scenario, here if self.kernel is None else self.kernel.executed)
        return folder

    @functools.cached_property
    def page(self) -> Tables:
        text = (self.report / "report.html").read_text("utf-8")
        return Tables(text.split("<script>(()")[0])

    @functools.cached_property
    def exported(self) -> Path:
        with self.quick() as patch:
            patch.setattr(export, "Script", NoScript)
            patch.setattr(export, "raster", lambda svg: b"png")
            snippet = export.run_export(self.scenario, self.folder / "export", CHARTS, progress=lambda words: None)
        return snippet.parent

    @functools.cached_property
    def record(self) -> Path:
        path = self.folder / "record.md"
        self.run("record", self.file, "-o", path)
        return path

    @functools.cached_property
    def checked(self) -> dict[str, Any]:
        """What `check` says of the record."""
        return json.loads(self.run("check", self.record, "--json"))

    @functools.cached_property
    def batch(self) -> tuple[dict[str, Any], Path]:
        table = self.folder / "table.csv"
        table.write_text("name\nalone\n")
        printed = self.run("batch", table, "--base", self.file, "--no-reports", "--json", "-o", self.folder / "batch")
        return json.loads(printed), self.folder / "batch" / "portfolio"

    @functools.cached_property
    def what_if(self) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lambdaplan.analysis.slider_grid.GRIDS", ((2, 2, 1),))
            patch.setattr("lambdaplan.analysis.slider_grid.MEMORY_MB", (1769,))
            return what_if_page(self.scenario)

    @functools.cached_property
    def explorer(self) -> Explorer:
        explorer = Explorer(self.scenario)
        for name in ("table", "bars", "map"):  # what would have to change is that of the report
            explorer._view.folds[name].fold.value = True
        return explorer

    @functools.cached_property
    def twice(self) -> tuple[lambdaplan.Diff, Comparison]:
        """How the bills differ from those of 20 million requests a month, and those."""
        scenario = self.scenario.at(REQUESTS, 20_000_000)
        return lambdaplan.diff(self.scenario, scenario), compare(scenario)

    @functools.cached_property
    def drawn(self) -> tuple[list[dict[str, Any]], str]:
        """The rows that the chart of the bills is drawn from, and the chart over the axis as text."""
        layers = bill_chart(self.comparison).to_dict()["layer"]
        rows = [row for layer in layers for row in layer.get("data", {}).get("values", [])]
        return rows, json.dumps(specification(self.comparison), ensure_ascii=False)

    @functools.cached_property
    def moving(self) -> tuple[lambdaplan.Moving, str]:
        """When moving pays back, and as `moving --json` prints it."""
        printed = json.loads(self.run("moving", self.file, "--json"))
        return lambdaplan.moving(self.scenario), json.dumps(printed, ensure_ascii=False)

    @functools.cached_property
    def sooner(self) -> Comparison:
        """The bills of requests that take a millisecond less."""
        return compare(self.scenario.at(DURATION, self.scenario.workload.duration_ms - 1))

    @functools.cached_property
    def map(self) -> lambdaplan.Atlas:
        return lambdaplan.atlas(self.scenario, over=(REQUESTS, DURATION), points=(3, 2))

    @functools.cached_property
    def on_the_map(self) -> dict[tuple[int, int], Comparison]:
        """The bills at each place of the map, by row and column."""

        def at(row: int, column: int) -> Comparison:
            place = self.scenario.at(REQUESTS, int(self.map.x[column]))
            return compare(place.at(DURATION, Fraction(str(self.map.y[row]))))

        return {(row, column): at(row, column) for row in range(2) for column in range(3)}

    @property
    def is_quick_whole(self) -> bool:
        """Whether nothing is left out where little time is to be taken: no cold starts are counted."""
        return self.scenario.workload.runtime is None and self.scenario.workload.init_ms is None

    @functools.cached_property
    def flips(self) -> lambdaplan.Flips:
        return lambdaplan.flips(self.scenario)

    @functools.cached_property
    def changes_winner(self) -> bool:
        """Whether each change that is said to change the winner does."""
        assert self.flips.comparison.document() == self.comparison.document()
        for distance in self.flips.near:
            if not distance.is_price:
                flip = distance.flips[0]
                there = compare(self.scenario.at(distance.path, flip.at)).winner
                assert there == flip.winner != self.comparison.winner, distance.path
        return True

    @functools.cached_property
    def ladder(self) -> tuple[lambdaplan.Ladder, list[str]]:
        return sections.usable_ladder(self.scenario)

    def place(self, result: Result) -> int:
        return self.comparison.options.index(result)


def shown(line: LineItem) -> str:
    assert line.amount_usd is not None
    return money(line.amount_usd)


def dollars(result: Result) -> str:
    assert result.bill.total_usd is not None
    return money(result.bill.total_usd)


# Commands and pages that show the lines of a bill


def compare_text(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    binds = result.option.binds or result.fleet.bound_by
    pattern = rf"^{re.escape(result.label)}.* {re.escape(dollars(result))} .*\b{re.escape(binds)}\b"
    assert re.search(pattern, told.text, re.MULTILINE)
    assert f"{answer(told.comparison)}.\n" in told.text
    bill = told.text.split(f"\n{result.label}: {dollars(result)}\n", 1)[1].split("\n\n", 1)[0].splitlines()
    for line in lines:
        assert any(row.startswith(f"  {line.item} ") and f" {shown(line)}" in row for row in bill), line.item


def compare_json(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    option = told.printed["options"][told.place(result)]
    assert (option["label"], option["kind"], option["total_usd"]) == (
        result.label,
        result.kind,
        str(result.bill.total_usd),
    )
    assert option["fleet"]["bound_by"] == result.fleet.bound_by
    amounts = [(line["item"], line["amount_usd"]) for line in option["lines"]]
    assert all((line.item, str(line.amount_usd)) in amounts for line in lines)


def report_page(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    assert row_of(told.page.of("What each option costs"), result.label)["USD a month"] == dollars(result)
    capacity = told.page.of("Capacity of each option")
    assert row_of(capacity, "what binds")[result.label] == binds_words(result)
    _has_lines(told.page.of(f"{result.label}, oldest price"), result, lines)
    page = (told.report / "report.html").read_text("utf-8")
    assert html.escape(answer(told.comparison), quote=False) in html.escape(html.unescape(page), quote=False)
    assert json.loads((told.report / "comparison.json").read_text("utf-8")) == told.comparison.document()


def report_markdown(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    text = (told.report / "report.md").read_text("utf-8")
    assert markdown_text(answer(told.comparison)) in text
    bill = text.split(f"\n**{markdown_text(result.label)}, oldest price", 1)[1].split("\n\n**", 1)[0]
    assert f"**{markdown_text(dollars(result))}**" in bill
    for line in lines:
        assert re.search(
            rf"^\| {re.escape(markdown_text(line.item))}.*\| {re.escape(markdown_text(shown(line)))} ",
            bill,
            re.MULTILINE,
        )


def exported_files(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    with (told.exported / "bill.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["option"] == result.label]
    assert sum(Fraction(row["amount_usd"] or 0) for row in rows) == Fraction(result.bill.total_usd)
    amounts = [(row["line"], Fraction(row["amount_usd"])) for row in rows]
    assert all((line.item, Fraction(line.amount_usd)) in amounts for line in lines)
    with (told.exported / "cost.csv").open(encoding="utf-8", newline="") as file:
        (here,) = [row for row in csv.DictReader(file) if float(next(iter(row.values()))) == 10_000_000]
    assert float(here[f"{result.label}, USD a month"]) == pytest.approx(float(result.cost_usd), abs=1e-6)
    assert here["cheapest"] == told.comparison.winner
    assert {path.name for path in told.exported.glob("*.csv")} >= {f"{name}.csv" for name in CHARTS}
    page = Tables((told.exported / "bill.html").read_text("utf-8"))
    _has_lines(page.of(f"{result.label}, oldest price"), result, lines)


def record_and_check(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    text = told.record.read_text("utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {markdown_label(result.label)}")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:3] == [result.option.platform, dollars(result)]
    chosen = f"**{markdown_label(told.comparison.winner)}**"
    assert (f"Left open: {chosen} or " if told.comparison.close else f"Run it on {chosen}") in text
    for line in lines:
        if line.service and line.amount_usd:  # a price of the book
            assert f"| {line.service} {line.price_item} |".replace("_", "\\_") in text, line.item
    checked = told.checked
    assert (checked["winner_then"], checked["winner_now"], checked["crossed"]) == (*[told.comparison.winner] * 2, 0)


def batch(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    document, folder = told.batch
    (service,) = document["services"]
    page = Tables((folder / "portfolio.html").read_text("utf-8"))
    for side, label in (("baseline", told.comparison.options[0].label), ("cheapest", told.comparison.winner)):
        assert service[side]["option"] == label
        if label == result.label:
            assert service[side]["usd"] == str(result.bill.total_usd)
            assert abs(Fraction(service[side]["exact_usd"]) - result.cost_usd) < Fraction(1, 10**12)
            with_each = "its first" if side == "baseline" else "its cheapest"
            used = [line for line in lines if line.unit]  # an account's bill has no lines of what is not used
            _has_lines(page.of(f"The account's bill with each service on {with_each}"), result, used)


def explorer(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    view = told.explorer._view
    assert told.explorer.comparison.document() == told.comparison.document()
    row = row_of(Tables(view.details.html).tables[0][1], result.label)
    assert (row["USD a month"], row["What binds"]) == (dollars(result), binds_words(result))
    for line in lines:
        assert f"<span>{html.escape(line.item)}</span><span>{shown(line)}</span>" in view.details.html
    for name in ("bars", "map"):
        assert view.folds[name].chart is not None, view.folds[name].page.html
    assert result.label in Tables(view.folds["table"].page.html).tables[0][1][0]


def difference(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    found, twice = told.twice
    (change,) = [one for one in found.options if one.label == result.label]
    assert change.usd == twice.options[told.place(result)].cost_usd - result.cost_usd
    items = [line.item for line in change.lines]
    assert all(line.item in items for line in lines)


def charts(told: Told, result: Result, lines: Sequence[LineItem]) -> None:
    values, over_the_axis = told.drawn
    rows = [row for row in values if row.get("option") == result.label]
    assert dollars(result) in {row.get("text") for row in rows}
    drawn = {(row.get("line"), row.get("usd")) for row in rows}
    assert all((line.item, float(line.amount_usd)) in drawn for line in lines if line.exact_usd)
    assert result.label in over_the_axis


# Those that show its sum, or what follows from it


def terraform(told: Told, result: Result) -> None:
    arguments = (
        "terraform",
        told.file,
        "--option",
        result.label,
        "-o",
        told.folder / f"terraform {told.place(result)}",
    )
    if not result.option.terraform_templates:
        refusal = told.run(*arguments, code=2)
        assert refusal.startswith(f'error: --option = "{result.label}" does not fit: ') and refusal.count("\n") == 1
        return
    text = Path(told.run(*arguments).strip()).read_text("utf-8")
    assert hcl2.loads(text)["resource"]
    assert f"{told.comparison.best.label} is cheapest" in text or "too close to call" in text


def what_if(told: Told, result: Result) -> None:
    table, document = table_of(told.what_if), document_of(told.what_if)
    here = {one["name"]: one["here"] for one in table["sliders"]}
    assert ("memory" in here) == any(option.has_memory_size for option in told.scenario.options)
    assert differences(table, document, here) == []
    assert unsafe_in_page(told.what_if) == []
    option = table["options"][told.place(result)]
    assert result.label in option["labels"]
    bills = re.search(r'<tbody id="bills">(.*?)</tbody>', told.what_if, re.DOTALL)[1]
    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", bills)).split())
    assert f"{result.label} {dollars(result)}" in words
    assert brief.counted_words(told.comparison) in html.unescape(told.what_if)


def map_of_winners(told: Told, result: Result) -> None:
    place = told.place(result)
    for (row, column), there in told.on_the_map.items():
        assert told.map.label(told.map.winner[row, column]) == there.winner
        cost = there.options[place].cost_usd if there.options[place].feasible else None
        assert told.map.usd[place, row, column] == pytest.approx(float(cost) if cost is not None else None, rel=1e-9)
    assert told.map.here.options[place].cost_usd == result.cost_usd


def sensitivity(told: Told, result: Result) -> None:
    assert told.changes_winner
    sooner = told.sooner.options[told.place(result)]
    assert told.flips.millisecond_usd[told.place(result)] == result.cost_usd - sooner.cost_usd
    own = f"options.{told.place(result)}."
    for switch in told.flips.switches:
        if switch.path.startswith(own):
            assert compare(told.scenario.at(switch.path, switch.other)).winner == switch.winner


def ladder(told: Told, result: Result) -> None:
    steps, aside = told.ladder
    assert steps.rungs or aside
    assert steps.scenario.options[told.place(result)].label == result.label
    for rung in steps.rungs:
        if rung.break_even is not None and rung.cheaper == result.label:
            assert compare(rung.scenario.at(REQUESTS, int(rung.break_even))).winner == rung.cheaper


def memory_and_cold_starts(told: Told, result: Result) -> None:
    place = told.place(result)
    if not result.option.has_memory_size:
        for curve in (lambdaplan.memory_curve, functools.partial(lambdaplan.cold_curve, runtime="nodejs22.x")):
            with pytest.raises(InputError, match=r"the place of a Lambda option|one option of kind lambda"):
                curve(told.scenario, option=place)
        return
    own = lambdaplan.memory_curve(told.scenario, option=place)
    assert own.at(own.here_mb).bill.total_usd == result.bill.total_usd
    assert own.usd[own.row(own.here_mb)] == pytest.approx(float(result.cost_usd))
    cold = lambdaplan.cold_curve(told.scenario, option=place, runtime="nodejs22.x")
    with_cold = compare(told.scenario.with_values({"workload.runtime": "nodejs22.x"})).options[place]
    assert cold.here.cost_usd == with_cold.cost_usd > result.cost_usd


def moving_there(told: Told, result: Result) -> None:
    first, *others = told.comparison.options
    found, printed = told.moving
    for payback, other in zip(found.paybacks, others, strict=True):
        assert payback.label == other.label
        assert payback.saved_usd[0] == first.cost_usd - other.cost_usd - 200
    assert result.label in printed


WITH_LINES: Mapping[str, Callable[[Told, Result, Sequence[LineItem]], None]] = {
    one.__name__: one
    for one in (
        *(compare_text, compare_json, report_page, report_markdown, exported_files, record_and_check, batch),
        *(explorer, difference, charts),
    )
}
WITHOUT_LINES: Mapping[str, Callable[[Told, Result], None]] = {
    one.__name__: one
    for one in (terraform, what_if, map_of_winners, sensitivity, ladder, memory_and_cold_starts, moving_there)
}


def _has_lines(rows: list[list[str]], result: Result, lines: Sequence[LineItem]) -> None:
    """The lines and the sum are in the table of a bill."""
    head, *rest = rows
    item, amount = head.index("line"), head.index("amount")
    cells = [(row[item], row[amount]) for row in rest]
    for line in lines:
        assert any(words.startswith(line.item) and usd == shown(line) for words, usd in cells), line.item
    assert ("Total", dollars(result)) in cells


def markdown_label(label: str) -> str:
    from lambdaplan.report.decision_record import escaped

    return escaped(label)
