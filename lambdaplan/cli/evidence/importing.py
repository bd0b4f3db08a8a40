"""`import`: files of a running service into a scenario."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lambdaplan.cli.arguments import Commands, file_argument, json_argument, new_command
from lambdaplan.cli.console import PATIENCE_S, print_json, show, table
from lambdaplan.formatting import rounded
from lambdaplan.report.atomic_files import write_whole

if TYPE_CHECKING:
    from lambdaplan.evidence.import_files import Imported


def add_import(commands: Commands) -> None:
    """Add `import`."""
    does = "logs, metrics, bills, templates and load tests that you have, into a scenario"
    command = new_command(commands, "import", does, _run_import)
    words = "a file, or - for standard input; its kind is told from its content"
    command.add_argument("files", nargs="+", metavar="FILE", help=words)
    command.add_argument("--base", metavar="SCENARIO", help="a scenario whose values stay where no file tells them")
    words = "the one function or service that counts, where files hold several"
    command.add_argument("--function", "--service", metavar="NAME", help=words)
    words = "write numbers that have an interval as ranges, of which lambdaplan risk tells how sure the answer is"
    command.add_argument("--ranges", action="store_true", help=words)
    file_argument(command, "OUT.yaml", (".yaml", ".yml"), "write the scenario here, with where each value is from")
    json_argument(command, "files, values, conflicts, what is missing and the scenario")


def _run_import(parsed: argparse.Namespace) -> int:
    from lambdaplan.evidence.import_files import import_files

    with reading_bar() as watch:
        imported = import_files(parsed.files, parsed.base, watch, function=parsed.function, ranges=parsed.ranges)
    if parsed.output:
        write_whole(Path(parsed.output), imported.text())
    if parsed.json:
        print_json(imported.document())
        return 0
    _show(imported)
    if parsed.output:
        show(f"\nWrote {parsed.output}. Next: lambdaplan compare {parsed.output}.")
    return 0


@contextlib.contextmanager
def reading_bar() -> Iterator[Callable[[str], Callable[[float], object]] | None]:
    """A line on a terminal that says how much of a file was read; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    form = "reading {desc}: {percentage:.0f} %, {elapsed} gone, {remaining} left"
    with tqdm(total=1.0, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=form) as line:

        def watch(name: str) -> Callable[[float], object]:
            line.set_description_str(name, refresh=False)
            line.reset(total=1.0)
            return lambda share: line.update(share - line.n)

        yield watch


def _show(imported: Imported) -> None:
    from lambdaplan.evidence.import_files import value_words

    for file in imported.files:
        document = file.document()
        span = f", {document['from']} to {document['to']}" if document["from"] else ""
        show(f"{file.name}: {file.kind}, {document['rows']:,} rows{span}")
        for note in document["notes"]:
            show(f"note: {note}")
    rows = [("value", "", "95 %", "from", "how")]
    for value in imported.values:
        one = value.document()
        between = "" if one["low"] is None else f"{rounded(one['low'], 4)} to {rounded(one['high'], 4)}"
        rows.append((value.path, value_words(one["value"]), between, one["from"], one["how"]))
    if len(rows) > 1:
        print()
        print(table(rows, (1,), named=True))
    for conflict in imported.conflicts:
        shown = "; ".join(f"{value_words(one.value)} in {one.origin}" for one in conflict.values)
        show(f"note: files disagree on {conflict.path}: {shown}; the first is taken")
    if imported.missing:
        show("\nNot told by these files, assumed in the scenario:")
        for missing in imported.missing:
            show(f"  {missing.path}, {missing.words}: {missing.query}")
