"""`backtest`: a month's model against what was paid."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from lambdaplan.cli.arguments import Commands, file_argument, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import print_json, read_scenario_argument, show, table
from lambdaplan.cli.evidence.importing import reading_bar
from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.report.atomic_files import write_whole

if TYPE_CHECKING:
    from lambdaplan.evidence.backtesting.backtest import Backtest


def add_backtest(commands: Commands) -> None:
    """Add `backtest`."""
    does = "a month's model against a bill, line by line, with the usual reasons of what is left"
    command = new_command(commands, "backtest", does, _run_backtest)
    scenario_argument(command)
    words = "a bill with usage types: a Cost and Usage Report, FOCUS, or the table of lambdaplan queries"
    command.add_argument("bill", metavar="BILL", help=words)
    command.add_argument("--option", metavar="LABEL", help="the option that ran; default: the first of the scenario")
    file_argument(command, "RATES.json", (".json",), "write private rates that the bill shows, as a rates file")
    words = "draw the items of the bill and of the model into a file: .svg or .png"
    command.add_argument("--chart", metavar="FILE", type=_chart_file, help=words)
    json_argument(command, "lines, residuals and reasons")


def _chart_file(text: str) -> str:
    if Path(text).suffix.lower() not in (".svg", ".png"):
        raise InputError(Problem("choice", "--chart", f'"{shorten(text)}"', "the files it writes: .svg, .png"))
    return text


def _run_backtest(parsed: argparse.Namespace) -> int:
    from lambdaplan.evidence.backtesting.backtest import backtest

    scenario = read_scenario_argument(parsed)
    with reading_bar() as watch:
        tested = backtest(scenario, parsed.bill, parsed.option, watch)
    if parsed.output:
        if tested.rates is None:
            words = "the bill shows no private rate: it has no net or contracted cost below list"
            raise InputError(Problem("conflict", "-o", parsed.output, words, "Leave out -o."))
        write_whole(Path(parsed.output), json.dumps(tested.rates, indent=2) + "\n")
    if parsed.chart:
        _draw(tested, Path(parsed.chart))
    if parsed.json:
        print_json(tested.document())
        return 0
    _show(tested)
    if parsed.chart:
        show(f"\nWrote {parsed.chart}.")
    if parsed.output:
        show(f"\nWrote {parsed.output}. In the scenario: rates: {parsed.output}")
    return 0


def _draw(tested: Backtest, path: Path) -> None:
    from lambdaplan.charts.evidence.backtest import backtest_chart
    from lambdaplan.charts.rendering import raster, still

    picture = still(backtest_chart(tested).to_dict())
    write_whole(path, picture if path.suffix.lower() == ".svg" else raster(picture))


def _show(tested: Backtest) -> None:
    month = f" of {tested.month}" if tested.month else ""
    show(f"{tested.name}, {tested.option}, against {tested.bill_name}{month} ({tested.hours:,.0f} h)")
    own = sum(line.billed_usd for line in tested.planned)
    share = f" ({own / tested.model_usd - 1:+.1%})" if tested.model_usd else ""
    show(f"What the model has, at list rates: ${own:,.2f} in the bill, ${tested.model_usd:,.2f} in the model{share}.")
    show(f"With what it has not: ${tested.billed_usd:,.2f} at list, ${tested.paid_usd:,.2f} paid.\n")
    rows: list[tuple[str, ...]] = [("item", "billed", "modelled", "unit", "at list", "paid", "model", "bill - model")]
    for line in tested.lines:
        quantities = (f"{line.billed_quantity:,.6g}", f"{line.model_quantity:,.6g}", line.unit)
        money = (line.billed_usd, line.paid_usd, line.model_usd)
        residual = f"{line.residual_usd:+,.2f}"
        rows.append((f"{line.service} {line.item}", *quantities, *(f"${usd:,.2f}" for usd in money), residual))
    print(table(rows, (1, 2, 4, 5, 6, 7), named=True))
    if tested.outside:
        shown = "; ".join(f"{name} ${usd:,.2f}" for name, usd in tested.outside[:8])
        show(f"\nIn the bill and in no plan: {shown}")
    show("\nWhy they differ (bill less model):")
    for reason in tested.reasons:
        mark = "yes" if reason.applies else "no "
        usd = f", ${reason.usd:+,.2f}" if reason.applies and reason.usd else ""
        show(f"  {mark} {reason.name}{usd}: {reason.words}")
    if tested.rates is not None:
        show("\nThe bill shows private rates: -o RATES.json writes them as a rates file.")
