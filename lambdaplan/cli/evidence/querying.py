"""`queries`: what to run where the data is."""

from __future__ import annotations

import argparse
from pathlib import Path

from lambdaplan.cli.arguments import Commands, json_argument, new_command
from lambdaplan.cli.console import print_json, show, today
from lambdaplan.errors import InputError, Problem, nearest, shorten
from lambdaplan.report.atomic_files import write_whole


def add_queries(commands: Commands) -> None:
    """Add `queries`."""
    does = "what to run in CloudWatch, Athena and k6, whose results lambdaplan import reads"
    command = new_command(commands, "queries", does, _run_queries)
    words = "a Lambda function, by name or ARN; may be repeated"
    command.add_argument("--function", action="append", default=[], metavar="NAME", help=words)
    words = "an ECS service, as NAME or CLUSTER/NAME; may be repeated"
    command.add_argument("--service", action="append", default=[], metavar="NAME", help=words)
    words = "the service's Application Load Balancer, as app/web/50dc6c495c0c9188"
    command.add_argument("--load-balancer", metavar="NAME", help=words)
    command.add_argument("--url", default="https://service.example/path", metavar="URL", help="what k6 loads")
    command.add_argument("--month", metavar="YYYY-MM", help="the billing month; default: the last that is closed")
    command.add_argument("--only", metavar="NAME", help="print one text alone, such as cur2, to pipe it on")
    command.add_argument("-o", "--output", metavar="DIR", help="write each text as a file of this folder")
    json_argument(command, "names, words and texts")


def _run_queries(parsed: argparse.Namespace) -> int:
    from lambdaplan.evidence.queries import queries

    given = queries(
        parsed.function,
        parsed.service,
        balancer=parsed.load_balancer or "",
        url=parsed.url,
        today=today(),
        month=parsed.month,
    )
    if parsed.only is not None:
        names = [one.name for one in given]
        if parsed.only not in names:
            value = f'"{shorten(parsed.only)}"'
            raise InputError(Problem("choice", "--only", value, ", ".join(names), nearest(parsed.only, names)))
        given = [one for one in given if one.name == parsed.only]
    if parsed.output:
        folder = Path(parsed.output)
        folder.mkdir(parents=True, exist_ok=True)
        for one in given:
            name = "capacity" if one.name == "k6" else one.name
            write_whole(folder / f"{name}.{one.ending}", one.text + "\n")
    if parsed.json:
        print_json({"queries": [one.document() for one in given]})
    elif parsed.only is not None:
        print(given[0].text)
    else:
        for one in given:
            show(f"== {one.name}: {one.words}\nRun: {one.run}")
            print(f"\n{one.text}\n")
        if parsed.output:
            show(f"Wrote {len(given)} files to {parsed.output}.")
    return 0
