"""`fields` and `schema`: what a document may hold, as a table, a page, or a JSON Schema."""

from __future__ import annotations

import argparse

from lambdaplan.cli.arguments import Commands, new_command
from lambdaplan.cli.console import print_json, show, table
from lambdaplan.pricing.rates import Rates
from lambdaplan.scenario.field_table import COLUMNS, fields_at, fields_page, scenario_fields
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.scenario.usage_document import UsageDocument


def add_fields(commands: Commands) -> None:
    """Add `fields`."""
    command = new_command(commands, "fields", "the fields of a scenario: unit, range, default, meaning", _run_fields)
    words = "a part, such as workload, options.fargate or purchase; default: all"
    command.add_argument("path", nargs="?", metavar="PATH", help=words)
    command.add_argument("--markdown", action="store_true", help="print the page docs/scenario.md")


def _run_fields(parsed: argparse.Namespace) -> int:
    if parsed.markdown:
        print(fields_page(), end="")
        return 0
    fields = scenario_fields() if parsed.path is None else fields_at(parsed.path)
    if len({field.name for field in fields}) == 1:  # one field, whole
        blocks = []
        for field in fields:
            cells = (*field.cells[:2], field.allowed, *field.cells[3:])
            blocks.append("\n".join(f"{title:<8} {cell}" for title, cell in zip(COLUMNS, cells, strict=True)))
        show("\n\n".join(blocks))
        return 0
    print(table([COLUMNS, *(field.cells for field in fields)], named=True))
    return 0


def add_schema(commands: Commands) -> None:
    """Add `schema`."""
    command = new_command(commands, "schema", "the JSON Schema of scenario, usage or rates documents", _run_schema)
    command.add_argument("kind", choices=tuple(_DOCUMENTS), help="which document")


def _run_schema(parsed: argparse.Namespace) -> int:
    print_json(_DOCUMENTS[parsed.kind].json_schema())
    return 0


_DOCUMENTS: dict[str, type[Scenario | UsageDocument | Rates]] = {
    "scenario": Scenario,
    "usage": UsageDocument,
    "rates": Rates,
}
