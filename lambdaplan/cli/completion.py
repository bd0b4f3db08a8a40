"""`completion`: a script with which a shell completes commands, options and files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lambdaplan.cli.arguments import Commands, Parser, new_command
from lambdaplan.coldstart.initialisation import runtimes
from lambdaplan.pricing.price_book import PriceBook, book_ids
from lambdaplan.scenario.draft import BUSY
from lambdaplan.workload.traffic_reading import SHAPES

SHELLS = ("bash", "zsh", "fish")
_FILES = ("SCENARIO", "FILE", "USAGE", "RECORD", "RUNGS", "TABLE.csv", "A", "B")  # arguments that are files
_FOLDERS = ("DIR",)


def add_completion(commands: Commands) -> None:
    """Add `completion`."""
    does = "a script that completes commands and options in your shell"
    command = new_command(commands, "completion", does, _run_completion)
    command.add_argument("shell", choices=SHELLS, help="the shell")
    command.epilog = 'bash: eval "$(lambdaplan completion bash)" in ~/.bashrc. zsh and fish: docs/terminal.md.'


def _run_completion(parsed: argparse.Namespace) -> int:
    import shtab

    from lambdaplan.cli.main import command_line

    parser, values = command_line(), _values()
    for one in _parsers(parser):
        for action in one.arguments:
            names = [name for name in action.option_strings if name in values]
            if names:
                action.choices = values[names[0]]
            elif action.metavar in (*_FILES, *_FOLDERS):
                action.complete = shtab.FILE if action.metavar in _FILES else shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=parsed.shell), end="")
    return 0


def _parsers(parser: Parser) -> list[Parser]:
    """A parser and those of its commands and actions."""
    return [parser, *(inner for one in parser.commands.values() for inner in _parsers(one))]


def _values() -> dict[str, Sequence[str]]:
    """The values of options that have names of their own."""
    regions = PriceBook.load().regions
    return {
        "--region": regions,
        "--book": book_ids(),
        "--runtime": runtimes(),
        "--traffic": SHAPES,
        "--busy": tuple(BUSY),
    }
