"""The command line: commands read documents, call the package and print."""

from __future__ import annotations

import contextvars
import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from lambdaplan import Ending
from lambdaplan.cli import compare, completion, curves, decisions, documents, fields, lab, portfolio, risk, start
from lambdaplan.cli.arguments import Parser
from lambdaplan.cli.evidence import backtesting, importing, querying
from lambdaplan.cli.price_books import prices
from lambdaplan.cli.standard_streams import Interrupts, standard_streams
from lambdaplan.errors import SHOWN_PROBLEMS, LambdaplanError, Problem, shorten
from lambdaplan.resources import __version__

COMMANDS = (  # in the order of --help
    start.add_init,
    start.add_quick,
    importing.add_import,
    querying.add_queries,
    backtesting.add_backtest,
    compare.add_compare,
    decisions.add_moving,
    curves.add_memory,
    curves.add_cold,
    risk.add_risk,
    risk.add_commit,
    decisions.add_ladder,
    decisions.add_claims,
    compare.add_bill,
    documents.add_report,
    documents.add_batch,
    portfolio.add_portfolio,
    documents.add_export,
    decisions.add_record,
    decisions.add_check,
    documents.add_terraform,
    decisions.add_diff,
    prices.add_prices,
    fields.add_fields,
    fields.add_schema,
    lab.add_lab,
    completion.add_completion,
)


def command_line() -> Parser:
    """The parser with every command."""
    parser = Parser(
        prog="lambdaplan",
        description="What AWS Lambda, Fargate and EC2 cost for a service at equal capacity, and where that changes.",
        epilog="Exit: 0 done; 1 a check said no; 2 bad input; 3 a part failed; 4 network or lock; 5 storage or kernel; "
        "130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"lambdaplan {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    for add_command in COMMANDS:
        add_command(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code. Errors are one line each on standard error."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    interrupts = Interrupts()
    status = _main(arguments, interrupts)
    if interrupts.of_the_command:
        Ending.exit_code = status
    return status


def _main(arguments: Sequence[str], interrupts: Interrupts) -> int:
    """Run a command within its streams; returns its exit code."""
    with standard_streams() as output:
        try:
            with interrupts:
                status = _run(arguments)
        except KeyboardInterrupt:
            interrupts.happened = True
        except SystemExit as end:  # argparse after --help; JupyterLab
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception as error:
            if not interrupts.happened:
                if os.environ.get("LAMBDAPLAN_DEBUG"):
                    raise
                words = shorten(" ".join(f"{type(error).__name__}: {error}".split()), 160)
                status = _failed(f"lambdaplan itself failed ({words}). LAMBDAPLAN_DEBUG=1 shows where.")
        if interrupts.happened:
            print("interrupted", file=sys.stderr)
            return 130
        output.flush()
        if output.failure is not None:
            problem = Problem("storage", "standard output", output.failure, "the answer needs a place to be written to")
            status = status or _failed(problem.line)
    return status


def _run(arguments: Sequence[str]) -> int:
    """Run a command, with what is wrong with its input as lines and an exit code."""
    try:
        parsed = command_line().parse_args(arguments)
        if not parsed.command:
            command_line().print_help()
            return 0
        status: int = contextvars.copy_context().run(parsed.run, parsed)  # what money is shown in is the command's own
    except LambdaplanError as error:
        for line in error.lines:
            _failed(line)
        if "--json" in arguments:
            print(json.dumps(_document(error), indent=2))
        return error.exit_code
    except OSError as error:
        return _failed(f"{error.filename or 'storage'} can't be used: {error.strerror or error}.")
    return status


def _failed(words: str) -> int:
    """Print an error; returns the exit code of storage."""
    print(f"error: {words}", file=sys.stderr)
    return 5


def _document(error: LambdaplanError) -> dict[str, Any]:
    """The problems as --json prints them: the first of them, and how many more there are."""
    more = len(error.problems) - SHOWN_PROBLEMS
    shown = [dataclasses.asdict(problem) for problem in error.problems[:SHOWN_PROBLEMS]]
    for problem in shown:
        del problem["excerpt"]  # it is for people
    return {"errors": shown, "more_errors": more} if more > 0 else {"errors": shown}
