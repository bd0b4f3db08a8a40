"""`memory` and `cold`: what the notebooks of those names draw, as tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from lambdaplan.analysis.cold_start_curve import (
    ColdCurve,
    answer_rows,
    cold_curve,
    cold_finding,
    cold_footer,
    cold_rows,
    cost_words,
    ready_rows,
)
from lambdaplan.analysis.memory_size import MemoryCurve, band_words, memory_curve, memory_finding, memory_rows
from lambdaplan.cli.arguments import Commands, Parser, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import at_work, print_json, read_scenario_argument, show, table
from lambdaplan.comparison.wording import book_words
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.html_table import NUMBER, column_kinds, columns_and_cells
from lambdaplan.scenario.scenario import Scenario

USUAL_RUNTIME = "nodejs22.x"  # of the notebook, where the scenario names neither init_ms nor runtime


def add_memory(commands: Commands) -> None:
    """Add `memory`."""
    command = new_command(
        commands, "memory", "cost and duration of a Lambda function at every memory size", _run_memory
    )
    scenario_argument(command)
    _option_argument(command)
    words = "leave out sizes whose mean duration is longer, such as 300ms; default: the option's"
    command.add_argument("--max-duration", metavar="TIME", help=words)
    json_argument(command, "the curve")


def add_cold(commands: Commands) -> None:
    """Add `cold`."""
    does = "cold starts of a Lambda function over its traffic: how often, how long, at what cost"
    command = new_command(commands, "cold", does, _run_cold)
    scenario_argument(command)
    _option_argument(command)
    words = f"a measured runtime, where the scenario has neither init_ms nor runtime; default: {USUAL_RUNTIME}"
    command.add_argument("--runtime", metavar="NAME", help=words)
    words = "leave out what environments kept ready would change, which can take a while"
    command.add_argument("--quick", action="store_true", help=words)
    json_argument(command, "the curve")


def _option_argument(command: Parser) -> None:
    command.add_argument("--option", metavar="LABEL", help="the Lambda option; default: the first of the scenario")


def _run_memory(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    place = _place(scenario, parsed.option)
    with at_work("billing every size"):
        curve = memory_curve(scenario, option=place, max_duration_ms=parsed.max_duration)
        text = curve.to_json() if parsed.json else _memory_text(curve)
    print(text) if parsed.json else show(text)
    return 0


def _memory_text(curve: MemoryCurve) -> str:
    parts = [
        f"{curve.scenario.name}: {curve.label}",
        f"{memory_finding(curve)}.",
        "",
        _rows_text(memory_rows(curve)),
        "",
    ]
    parts += [band_words(curve), *(f"note: {words}" for words in curve.warnings)]
    bills = [] if curve.chosen_mb is None else [curve.at(curve.chosen_mb).bill]
    return "\n".join([*parts, book_words(curve.scenario.book, bills)])


def _run_cold(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    place = _place(scenario, parsed.option)
    with at_work("counting cold starts along the traffic"):
        curve = cold_curve(scenario, option=place, runtime=parsed.runtime or USUAL_RUNTIME)
    ready: list[dict[str, str]] = []
    why = ""
    if not parsed.quick:
        with at_work("working out what environments kept ready would change"):
            ready, why = _ready(curve)
    if parsed.json:
        print_json({**curve.document(), "kept_ready": ready})
    else:
        show(_cold_text(curve, ready, why))
    return 0


def _ready(curve: ColdCurve) -> tuple[list[dict[str, str]], str]:
    """What environments kept ready would change; or why that is not worked out."""
    try:
        return ready_rows(curve), ""
    except InputError as error:
        return [], f"What keeping some ready would change is not worked out: {error.problems[0].line}"


def _cold_text(curve: ColdCurve, ready: Sequence[Mapping[str, str]], why: str) -> str:
    parts = [f"{curve.scenario.name}: {curve.here.label}", f"{cold_finding(curve)}.", f"{cost_words(curve)}.", ""]
    parts += [_rows_text(cold_rows(curve)), "", "Answer times:", _rows_text(answer_rows(curve)), ""]
    if ready:
        parts += ["Environments kept ready:", _rows_text(ready), ""]
    parts += [*([why] if why else []), f"{cold_footer(curve)}."]
    return "\n".join([*parts, book_words(curve.scenario.book, [curve.here.bill])])


def _rows_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows by name of the column as a table, numbers to the right."""
    columns, cells = columns_and_cells(rows)
    right = [n for n, kind in enumerate(column_kinds(columns, cells)) if kind == NUMBER]
    return table([columns, *cells], right)


def _place(scenario: Scenario, label: str | None) -> int | None:
    """The place of an option, by its label; None where none is asked for."""
    if label is None:
        return None
    labels = [one.label or one.size_label for one in scenario.options]
    if label not in labels:
        raise InputError(
            Problem("choice", "--option", f'"{shorten(label)}"', ", ".join(labels), nearest(label, labels))
        )
    return labels.index(label)
