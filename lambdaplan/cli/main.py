"""The command line: commands read documents, call the package and print."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
from collections.abc import Sequence

from lambdaplan.cli import compare, decisions, documents, lab, prices
from lambdaplan.cli.arguments import Parser
from lambdaplan.errors import LambdaplanError, shorten
from lambdaplan.resources import __version__

COMMANDS = (  # in the order of --help
    compare.add_compare,
    decisions.add_moving,
    decisions.add_ladder,
    decisions.add_claims,
    compare.add_bill,
    documents.add_report,
    documents.add_batch,
    documents.add_export,
    decisions.add_record,
    decisions.add_check,
    documents.add_terraform,
    decisions.add_diff,
    prices.add_prices,
    compare.add_schema,
    lab.add_lab,
)


def _parser() -> Parser:
    parser = Parser(
        prog="lambdaplan",
        description="What AWS Lambda, Fargate and EC2 cost for a service at equal capacity, and where that changes.",
        epilog="Exit: 0 done; 1 a check said no; 2 bad input; 3 a part failed; 5 storage or kernel; 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"lambdaplan {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    for add_command in COMMANDS:
        add_command(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code. Errors are one line each on standard error."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        parsed = _parser().parse_args(arguments)
        if not parsed.command:
            _parser().print_help()
            return 0
        status: int = parsed.run(parsed)
        sys.stdout.flush()
    except LambdaplanError as error:
        for problem in error.problems:
            print(f"error: {problem.line}", file=sys.stderr)
        if "--json" in arguments:
            print(json.dumps({"errors": [dataclasses.asdict(problem) for problem in error.problems]}, indent=2))
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"error: {error.filename or 'storage'} can't be used: {error.strerror or error}.", file=sys.stderr)
        return 5
    except Exception as error:
        if os.environ.get("LAMBDAPLAN_DEBUG"):
            raise
        words = shorten(" ".join(f"{type(error).__name__}: {error}".split()), 160)
        print(f"error: lambdaplan itself failed ({words}). LAMBDAPLAN_DEBUG=1 shows where.", file=sys.stderr)
        return 5
    return status
