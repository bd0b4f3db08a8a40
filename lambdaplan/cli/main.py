"""The commands. No arithmetic: they read documents, call the package and print."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from lambdaplan.analysis.account import portfolio
from lambdaplan.analysis.break_even_ladder import Ladder, ladder, load_rungs
from lambdaplan.analysis.claims import VERDICT_WORDS, judge
from lambdaplan.analysis.decision import check, record
from lambdaplan.analysis.difference import Diff, diff, is_result
from lambdaplan.analysis.payback import Payback, is_asked, moving, moving_of, sentences
from lambdaplan.analysis.reconcile import Reconciliation, reconcile
from lambdaplan.analysis.services_table import read_table
from lambdaplan.comparison.comparison import Comparison, Result, compare
from lambdaplan.comparison.wording import answer, axis_title, crossover_words
from lambdaplan.errors import InputError, LambdaplanError, PriceNotFound, Problem, nearest, shorten
from lambdaplan.formatting import count, decimal_text, figure, money, share_text
from lambdaplan.pricing.bill import Bill, bill, without_use
from lambdaplan.pricing.price_book import DEFAULT_BOOK, Price, PriceBook, book_ids, verify
from lambdaplan.report.atomic_files import write_whole
from lambdaplan.resources import __version__, data_dir, notebooks_dir
from lambdaplan.scenario.scenario import Scenario, read_scenario, with_changes
from lambdaplan.scenario.usage_document import UsageDocument
from lambdaplan.schema.parsing import read_document, read_text
from lambdaplan.units import requests_per_month
from lambdaplan.workload.traffic_reading import WATCHED_BY
from lambdaplan.workload.workload import REQUESTS

EXPLORER = Path(__file__).resolve().parent.parent / "explorer"
PATIENCE_S = 0.5  # a trace that takes longer to read shows its progress on a terminal


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are the package's: one line, exit 2, no usage text."""

    def error(self, message: str) -> NoReturn:
        words = f"see {self.prog} --help"
        raise InputError(Problem("syntax", "command line", shorten(message, 200), words))


def _parser() -> _Parser:
    parser = _Parser(
        prog="lambdaplan",
        description="What AWS Lambda, Fargate and EC2 cost for a service at equal capacity, and where that changes.",
        epilog="Exit: 0 done; 1 a check said no; 2 bad input; 3 a part failed; 5 storage or kernel; 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"lambdaplan {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, does: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=does, description=does)
        command.set_defaults(run=run)
        return command

    def scenario(command: argparse.ArgumentParser, optional: bool = False) -> None:
        words = "a scenario file (JSON or YAML), or - for standard input"
        if optional:
            command.add_argument(
                "scenario", nargs="?", metavar="SCENARIO", help=f"{words}; default: the packaged Node.js API"
            )
        else:
            command.add_argument("scenario", metavar="SCENARIO", help=words)
        changes(command)

    def changes(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="PATH=VALUE",
            dest="changes",
            help="change a value of the scenario, such as workload.requests_per_month=10M; may be repeated",
        )

    command = add("compare", "bills, winner and crossovers of a scenario", _compare)
    scenario(command)
    command.add_argument("--json", action="store_true", help="print the whole comparison as JSON")

    command = add("moving", "when moving pays back, what growth comes to, and what people's hours change", _moving)
    scenario(command)
    command.add_argument("--json", action="store_true", help="print it all as JSON")

    command = add("ladder", "the break-even under each set of assumptions, beside published claims", _ladder)
    scenario(command)
    command.add_argument("rungs", nargs="?", metavar="RUNGS", help="a file of rungs; default: the packaged ladder")
    command.add_argument(
        "--reconcile",
        metavar="REQUESTS",
        help="instead of rungs, the fewest changes of assumptions that give this break-even, such as 1.5M",
    )
    command.add_argument("--json", action="store_true", help="print the ladder as JSON")

    command = add("claims", "published claims about Lambda, Fargate and EC2, judged", _claims)
    command.add_argument("ids", nargs="*", metavar="CLAIM", help="a claim, such as guide-07; default: all of them")
    command.add_argument("--book", metavar="ID", help=f"a price book; default: {DEFAULT_BOOK}")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the verdicts with their figures as JSON")
    form.add_argument("--markdown", action="store_true", help="print the page docs/claims.md")

    command = add("bill", "the bill of a usage document", _bill)
    command.add_argument("usage", metavar="USAGE", help="a usage file (JSON or YAML), or - for standard input")
    command.add_argument("--book", metavar="ID", help="a price book; default: the document's")
    command.add_argument("--json", action="store_true", help="print the bill as JSON")

    command = add("report", "run the report of a scenario: a page, its notebook, its figures and charts", _report)
    scenario(command, optional=True)
    command.add_argument(
        "-o", "--output", metavar="DIR", default="reports", help="folder for the report's folder (default: %(default)s)"
    )

    command = add("batch", "many services of one account: its bill, each one's share, and a report of each", _batch)
    command.add_argument("table", metavar="TABLE.csv", help="a row for each service, or - for standard input")
    command.add_argument("--base", required=True, metavar="SCENARIO", help="the scenario that the rows change")
    changes(command)
    command.add_argument(
        "-o", "--output", metavar="DIR", default="batch", help="folder for portfolio and reports (default: %(default)s)"
    )
    command.add_argument("--no-reports", action="store_true", help="the portfolio alone")
    command.add_argument("--again", action="store_true", help="make reports anew that stand there already")
    command.add_argument("--jobs", metavar="N", help="reports made at the same time; default: one a processor")
    command.add_argument("--json", action="store_true", help="print the portfolio and what became of reports as JSON")

    command = add("export", "charts as files for planning documents: svg, png, Vega-Lite, html, csv, words", _export)
    scenario(command)
    command.add_argument(
        "-o", "--output", metavar="DIR", default="exports", help="folder for the export's folder (default: %(default)s)"
    )
    command.add_argument(
        "--chart",
        action="append",
        default=[],
        metavar="NAME",
        dest="charts",
        help="one chart: cost, bill, atlas, ladder (the default), flips, memory, load or savings; may be repeated",
    )
    command.add_argument(
        "--what-if",
        action="store_true",
        help="write what-if.html as well: one page with sliders for traffic, duration and memory",
    )

    command = add("record", "a decision record in Markdown, with wires that say when to look again", _record)
    scenario(command)
    command.add_argument("-o", "--output", metavar="FILE", help="a file to write; default: standard output")
    command.add_argument("--review-by", metavar="DATE", help="look again by this date; default: in 180 days")
    command.add_argument("--growth", metavar="PERCENT", help="what traffic grows by in a month, such as 4.5")

    command = add("check", "judge a decision record again; exit 1 when a wire is crossed", _check)
    command.add_argument("record", metavar="RECORD", help="a file that lambdaplan record wrote")
    command.add_argument("--requests-per-month", metavar="N", help="the traffic that came: 12M, 500k/day, 120/s")
    command.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", dest="changes", help="a value that was measured"
    )
    command.add_argument("--book", metavar="ID", help=f"a price book; default: {DEFAULT_BOOK}")
    command.add_argument("--json", action="store_true", help="print what became of each wire as JSON")

    command = add(
        "terraform", "a starting point in Terraform for the chosen option, with alarms at the wires", _terraform
    )
    scenario(command)
    command.add_argument("--option", metavar="LABEL", help="the option to write; default: the winner")
    command.add_argument(
        "-o", "--output", metavar="DIR", default="terraform", help="folder for the folder (default: %(default)s)"
    )

    command = add("diff", "what changed between two scenarios or results, by quantity and by price", _diff)
    for name in ("A", "B"):
        command.add_argument(name.lower(), metavar=name, help="a scenario, or a result (comparison.json)")
    command.add_argument("-o", "--output", metavar="FILE.svg", help="draw a waterfall chart into a file as well")
    command.add_argument("--json", action="store_true", help="print the difference as JSON")

    command = add("prices", "price books: list, show, verify", _prices_list)
    actions = command.add_subparsers(title="actions", dest="action", metavar="ACTION", parser_class=_Parser)
    for name, does, run in (
        ("list", "the price books, or the items of one service", _prices_list),
        ("show", "a price with its tiers, source and date, in every region or one", _prices_show),
        ("verify", "check price books against their descriptors; exit 1 when something is wrong", _prices_verify),
    ):
        action = actions.add_parser(name, help=does, description=does)
        action.set_defaults(run=run)
        action.add_argument("--book", metavar="ID", help=f"a price book; default: {DEFAULT_BOOK}")
        if name == "list":
            action.add_argument("service", nargs="?", metavar="SERVICE", help="a service, such as lambda or ec2")
            action.add_argument("--region", metavar="CODE", help="only what is priced in this region")
        if name == "show":
            action.add_argument("service", metavar="SERVICE", help="a service, such as lambda")
            action.add_argument("item", metavar="ITEM", help="an item, such as duration/x86_64")
            action.add_argument("--region", metavar="CODE", help="one region only")

    command = add("schema", "the JSON Schema of scenario or usage documents", _schema)
    command.add_argument("kind", choices=("scenario", "usage"), help="which document")

    command = add("lab", "open the workbook in JupyterLab, or the explorer as a page, on this machine only", _lab)
    command.add_argument("--app", action="store_true", help="the explorer alone, running, without its notebook")
    command.add_argument("--port", metavar="N", help="a port of this machine; default: a free one")
    command.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
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
            print(json.dumps({"errors": [_error(problem) for problem in error.problems]}, indent=2))
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
        words = " ".join(f"{type(error).__name__}: {error}".split())
        print(
            f"error: lambdaplan itself failed ({shorten(words, 160)}). LAMBDAPLAN_DEBUG=1 shows where.", file=sys.stderr
        )
        return 5
    return status


def _error(problem: Problem) -> dict[str, str]:
    return {name: getattr(problem, name) for name in ("code", "field", "value", "allowed", "fix")}


def _read(parsed: argparse.Namespace) -> Scenario:
    path = parsed.scenario or data_dir() / "scenarios" / "node_api.json"
    if not sys.stderr.isatty():
        return Scenario.from_dict(read_scenario(path), parsed.changes)
    from tqdm import tqdm

    words = "reading the trace: {percentage:.0f} %{postfix}"
    with tqdm(total=1.0, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=words) as line:

        def told(rows: int, share: float) -> None:
            line.set_postfix_str(f"{rows:,} rows", refresh=False)
            line.update(share - line.n)

        before = WATCHED_BY.set(told)
        try:
            return Scenario.from_dict(read_scenario(path), parsed.changes)
        finally:
            WATCHED_BY.reset(before)


def _table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows as columns of text, some of them to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


# compare


def _compare(parsed: argparse.Namespace) -> int:
    comparison = compare(_read(parsed))
    print(comparison.to_json() if parsed.json else _comparison_text(comparison))
    return 0


def _moving(parsed: argparse.Namespace) -> int:
    scenario = _read(parsed)
    if not is_asked(scenario):
        words = "migration of an option, growth, or people's hours with a wage and operations in include"
        raise InputError(Problem("missing", "options.1.migration", "", words, "See docs/moving.md."))
    found = moving(scenario)
    if parsed.json:
        print(json.dumps(found.document(), indent=2, ensure_ascii=False))
        return 0
    print("\n".join([scenario.name, "", *(f"{words}." for words in sentences(found))]))
    for one in found.paybacks:
        if one.saved_usd:
            print(f"\nSaved in all by moving to {one.label}, the {money(one.one_off_usd)} taken off:")
            print(_table([("  by the end of month", "USD"), *_saved_rows(one)], right=(1,)))
    print(_book_words(scenario.book, [result.bill for result in found.comparison.options]))
    return 0


def _saved_rows(one: Payback) -> list[tuple[str, ...]]:
    """The first months, the month of payback, and every twelfth."""
    wanted = {1, 2, 3, 6, one.month, one.undone_month, len(one.saved_usd), *range(12, len(one.saved_usd), 12)}
    rows = [(month, usd) for month, usd in enumerate(one.saved_usd, 1) if month in wanted]
    return [(f"  {month}", money(usd)) for month, usd in rows]


def _comparison_text(comparison: Comparison) -> str:
    scenario = comparison.scenario
    work = scenario.workload
    size = f"{decimal_text(work.duration_ms, 3)} ms at {decimal_text(work.measured_memory_mb)} MB"
    counted = ", ".join(scenario.include) or "nothing"
    parts = [
        scenario.name,
        f"{count(work.requests_per_month, 4)} requests a month, {size}, {scenario.region}",
        f"counted: {counted}; free tier {_on(scenario.free_tier)}",
        "",
        answer(comparison),
        "",
        _table(
            [
                ("", "a month", "fleet, mean to peak", "used", "bound by", "99 % within"),
                *(_result_row(r) for r in comparison.options),
            ],
            right=(1,),
        ),
        "",
    ]
    for result in comparison.options:
        parts += [f"{result.label}: {_total(result.bill)}", _bill_lines(result.bill, "  "), ""]
    parts += [f"Where that changes, over {axis_title(comparison)}:"]
    parts += [f"  {words}" for words in crossover_words(comparison)]
    if is_asked(scenario):
        parts += ["", "Moving, growth and people:", *(f"  {words}." for words in sentences(moving_of(comparison)))]
    parts += [
        "",
        *(f"note: {words}" for words in comparison.warnings),
        _book_words(scenario.book, [r.bill for r in comparison.options]),
    ]
    return "\n".join(parts)


def _on(switch: bool) -> str:
    return "on" if switch else "off"


def _result_row(result: Result) -> tuple[str, ...]:
    fleet = result.fleet
    mean = count(Fraction(fleet.units_mean), 3)
    many = " and ".join(f"{unit}s" for unit in fleet.unit.split(" and "))
    units = (
        f"{mean} to {count(Fraction(fleet.units_peak), 3)} {many}"
        if fleet.units_mean != fleet.units_peak
        else f"{mean} {many}"
    )
    used = "" if result.option.is_function and fleet.standby is None else share_text(fleet.utilisation_mean)
    infeasible = "" if result.feasible else " (infeasible)"
    binds = "one request each" if result.option.is_function else fleet.bound_by
    chosen = f", here {result.chosen}" if result.chosen else ""
    late = result.answer_ms(99)
    within = "" if late is None else f"{count(Fraction(late), 3)} ms"
    return result.label + chosen + infeasible, _total(result.bill), units, used, binds, within


def _total(one: Bill) -> str:
    return f"{money(one.known_usd)} and what is unknown" if one.total_usd is None else money(one.total_usd)


def _bill_lines(one: Bill, indent: str) -> str:
    rows = []
    for line in one.lines:
        if not line.quantity and line.price_usd == 0 and not line.service:
            rows.append((indent + line.item, "", "", "$0.00", line.note))
            continue
        price = "price unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        amount = "unknown" if line.amount_usd is None else money(line.amount_usd)
        quantity = f"{figure(line.quantity, 4)} {line.unit}".rstrip()
        rows.append((indent + line.item, quantity, f"x {price}", amount, line.note))
    return _table(rows, right=(3,)) if rows else f"{indent}nothing was used"


def _book_words(book: PriceBook, bills: Sequence[Bill]) -> str:
    dates = [one.oldest_price for one in bills if one.oldest_price]
    oldest = f"; the oldest price used is of {min(dates)}" if dates else ""
    return (
        f"Price book {book.id}, gathered {book.as_of}{oldest}. USD before tax. Sources of each price: --json, report."
    )


# bill, ladder, schema


def _bill(parsed: argparse.Namespace) -> int:
    document = UsageDocument.from_dict(read_document(parsed.usage), parsed.book)
    found = bill(document)
    if parsed.json:
        print(json.dumps(found.document(), indent=2, ensure_ascii=False))
        return 0
    print(f"{document.region}, {decimal_text(document.hours_per_month)} hours, free tier {_on(document.free_tier)}\n")
    print(_bill_lines(found, ""))
    print(f"\ntotal {_total(found)}")
    for words in (*found.unknown, *found.warnings, *without_use(document.book, found.lines)):
        print(f"note: {words}")
    print(_book_words(document.book, [found]))
    return 0


def _ladder(parsed: argparse.Namespace) -> int:
    if parsed.reconcile is not None:
        return _reconcile(parsed)
    found = ladder(_read(parsed), load_rungs(parsed.rungs))
    print(found.to_json() if parsed.json else _ladder_text(found))
    return 0


def _ladder_text(found: Ladder) -> str:
    rows: list[tuple[float, tuple[str, str, str]]] = []
    for rung in found.rungs:
        if rung.break_even is not None:
            rows.append(
                (rung.break_even, (count(rung.break_even, 3), rung.rung.name, f"then {rung.cheaper or 'nobody'}"))
            )
    for claim in found.claims:
        middle = count(claim.low, 3) if claim.low == claim.high else f"{count(claim.low, 3)} to {count(claim.high, 3)}"
        rows.append((claim.low, (middle, f"published: {claim.source}", f"{claim.id}")))
    lines = [row for _, row in sorted(rows, key=lambda row: row[0])]
    lines += [("none", rung.rung.name, rung.note) for rung in found.rungs if rung.break_even is None]
    head = f"{found.scenario.name}: {found.scenario.options[0].label} is cheapest below, another platform above"
    unit = axis_title(compare(found.scenario))
    return "\n".join(
        [
            head,
            "",
            _table([(unit, "under these assumptions", ""), *lines], right=(0,)),
            "",
            _book_words(found.scenario.book, []),
        ]
    )


def _reconcile(parsed: argparse.Namespace) -> int:
    if parsed.rungs is not None:
        words = "--reconcile makes its own sets of assumptions"
        raise InputError(Problem("conflict", "RUNGS", shorten(parsed.rungs), words, "Leave one of them out."))
    scenario = _read(parsed)
    claimed = requests_per_month(parsed.reconcile, scenario.hours_per_month, "reconcile")

    def progress(changes: int, done: int, total: int) -> None:
        _working(f"sets of {changes} changes: {done} of {total}")

    found = reconcile(scenario, claimed, progress=progress)
    _working("")
    print(json.dumps(found.document(), indent=2, ensure_ascii=False) if parsed.json else _reconcile_text(found))
    return 0


def _working(words: str) -> None:
    """What is being done, on a line of a terminal that the next words take; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words}", end="", file=sys.stderr, flush=True)


def _reconcile_text(found: Reconciliation) -> str:
    def place(at: float | None) -> str:
        return "none" if at is None else figure(Fraction(at))

    sets = found.found or found.nearest
    rows = [
        (place(one.break_even), f"then {one.cheaper or 'nobody'}", "; ".join(setting.words for setting in one.settings))
        for one in sets
    ]
    near = f"within {share_text(found.within)} of {count(found.claimed, 4)} requests a month"
    base = f"{found.scenario.name}: the break-even is {place(found.baseline.break_even)}"
    if not found.found:
        said = f"No set of changes brings it {near}; {figure(found.looked_at)} were looked at. The nearest:"
    elif not found.found[0].settings:
        said = f"It is {near} as it stands."
        rows = []
    else:
        number = len(found.found[0].settings)
        changes = "one change" if number == 1 else f"{number} changes"
        said = f"{changes.capitalize()} at least to come {near}; {figure(found.looked_at)} sets were looked at:"
    table = ["", _table([("requests a month", "", "changed assumptions"), *rows], right=(0,))] if rows else []
    return "\n".join([base, said, *table, "", _book_words(found.scenario.book, [])])


def _claims(parsed: argparse.Namespace) -> int:
    court = judge(parsed.book, parsed.ids, progress=_working)
    _working("")
    if parsed.json or parsed.markdown:
        print(court.to_json() if parsed.json else court.to_markdown(), end="\n" if parsed.json else "")
        return 0
    rows = [
        (one.claim.id, VERDICT_WORDS[one.verdict], shorten(one.claim.statement, 60), shorten(one.in_short, 70))
        for one in court.judged
    ]
    print(_table(rows))
    print(f"\n{_book_words(court.book, [])}\nFigures, assumptions and workloads: --json, docs/claims.md.")
    return 0


def _schema(parsed: argparse.Namespace) -> int:
    print(
        json.dumps(
            (Scenario if parsed.kind == "scenario" else UsageDocument).json_schema(), indent=2, ensure_ascii=False
        )
    )
    return 0


# prices


def _prices_list(parsed: argparse.Namespace) -> int:
    if not getattr(parsed, "service", None):
        books = [("book", "gathered", "regions", "prices", "")]
        for id in book_ids():
            book = PriceBook.load(id)
            books.append(
                (
                    id,
                    book.as_of,
                    str(len(book.regions)),
                    f"{len(book.prices):,}",
                    "default" if id == DEFAULT_BOOK else "",
                )
            )
        print(_table(books, right=(2, 3)))
        print(f"\nservices: {', '.join(PriceBook.load().services)}")
        return 0
    book = PriceBook.load(parsed.book)
    _known("SERVICE", parsed.service, book.services)
    if parsed.region:
        _known("--region", parsed.region, book.regions)
    found = [p for p in book.prices if p.service == parsed.service and parsed.region in (None, p.region)]
    if parsed.region:
        print(_table([("item", "USD", "unit", "as of", ""), *(_price_row(p) for p in found)], right=(1,)))
    else:
        regions: dict[str, int] = {}
        for price in found:
            regions[price.item] = regions.get(price.item, 0) + 1
        rows = [("item", "unit", "regions")]
        rows += [(item, book.unit_of(parsed.service, item), str(n)) for item, n in regions.items()]
        print(_table(rows, right=(2,)))
    return 0


def _price_row(price: Price) -> tuple[str, ...]:
    tiers = "" if len(price.tiers) == 1 else f"first of {len(price.tiers)} tiers"
    marks = ", ".join(text for text in (tiers, "" if price.quality == "list" else price.quality) if text)
    return price.item, decimal_text(price.first_usd, 20), price.unit, price.as_of, marks


def _prices_show(parsed: argparse.Namespace) -> int:
    book = PriceBook.load(parsed.book)
    _known("SERVICE", parsed.service, book.services)
    _known("ITEM", parsed.item, book.item_names(parsed.service))
    if parsed.region:
        _known("--region", parsed.region, book.regions)
    found = [
        p
        for p in book.prices
        if (p.service, p.item) == (parsed.service, parsed.item) and parsed.region in (None, p.region)
    ]
    if not found:
        allowed = f"the book {book.id} has no price for it{f' in {parsed.region}' if parsed.region else ''}"
        raise PriceNotFound(
            Problem(
                "missing",
                f"{parsed.service} {parsed.item}",
                "",
                allowed,
                "A scenario takes your own in its field prices.",
            )
        )
    rows = [("region", "from", "to", "USD", "unit", "as of", "quality", "source")]
    for price in found:
        for tier in price.tiers:
            upto = "" if tier.upto is None else f"{figure(tier.upto, 4)}"
            source = shorten(book.source_title(price.source), 90)
            rows.append(
                (
                    price.region,
                    figure(tier.start, 4),
                    upto,
                    decimal_text(tier.price_usd, 20),
                    price.unit,
                    price.as_of,
                    price.quality,
                    source,
                )
            )
    print(_table(rows, right=(1, 2, 3)))
    return 0


def _known(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        words = ", ".join(known) if len(known) <= 40 else f"its {len(known)} names"
        raise InputError(Problem("choice", field, f'"{shorten(value)}"', words, nearest(value, known)))


def _prices_verify(parsed: argparse.Namespace) -> int:
    wrong = 0
    for id in [parsed.book] if parsed.book else book_ids():
        book = PriceBook.load(id)
        problems = verify(book)
        wrong += len(problems)
        for problem in problems:
            print(f"{id}: {problem}", file=sys.stderr)
        said = f"{len(problems)} problems" if problems else "all well"
        print(f"{id}: {said}, {len(book.prices):,} prices, {len(book.sources())} sources")
    return 1 if wrong else 0


# report and workbook


def _report(parsed: argparse.Namespace) -> int:
    scenario = _read(parsed)
    from lambdaplan.report.report import run_report

    print(run_report(scenario, Path(parsed.output)))
    return 0


def _export(parsed: argparse.Namespace) -> int:
    scenario = _read(parsed)
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # see report._executed
    from lambdaplan.report.export import run_export

    print(run_export(scenario, Path(parsed.output), parsed.charts, what_if=parsed.what_if))
    return 0


def _terraform(parsed: argparse.Namespace) -> int:
    from lambdaplan.report.terraform import run_terraform

    print(run_terraform(compare(_read(parsed)), Path(parsed.output), parsed.option))
    return 0


# batch

MOST_ROWS = 30  # of the ranking, on a terminal


def _batch(parsed: argparse.Namespace) -> int:
    from lambdaplan.report import batch

    jobs = batch.default_jobs() if parsed.jobs is None else _jobs(parsed.jobs, batch.MAX_JOBS)
    base = read_scenario(parsed.base)
    table = read_table(parsed.table, with_changes(base, parsed.changes) if parsed.changes else base)
    with _counted("services", len(table.services)) as step:
        found = portfolio(table.services, progress=step)
    out, failures = Path(parsed.output), table.failures
    page = batch.write_portfolio(found, failures, out)
    reports = batch.Reports()
    if not parsed.no_reports:
        with _counted("reports", len(table.services)) as step:
            reports = batch.write_reports(found, out, jobs=jobs, again=parsed.again, progress=step)
    failed = [*failures, *reports.failures]
    for failure in failed:
        print(f"error: {failure.words}", file=sys.stderr)
    if parsed.json:
        became = {"made": reports.made, "kept": reports.kept, "failed": [one.document() for one in reports.failures]}
        print(json.dumps({**batch.document(found, failures), "reports": became}, indent=2, ensure_ascii=False))
    else:
        print(_batch_text(batch.ranking(found), batch.answer(found)))
        if not parsed.no_reports:
            print(f"\n{reports.made:,} reports made, {reports.kept:,} kept, {len(reports.failures):,} problems.")
        print(f"{_book_words(found.book, list(found.cheapest.bills.values()))}\n{page}")
    return 3 if failed else 0


def _batch_text(ranked: list[dict[str, str]], words: str) -> str:
    shown, total = ranked[:-1][:MOST_ROWS], ranked[-1]
    rows = [tuple(shorten(cell, 44) for cell in row.values()) for row in (*shown, total)]
    columns = tuple(total)
    money_at = [columns.index(name) for name in ("its share", "share then", "saving")]
    more = len(ranked) - 1 - len(shown)
    tail = [f"… and {more:,} more services, all in portfolio.csv"] if more else []
    return "\n".join([f"{words}.", "", _table([columns, *rows], right=money_at), *tail])


def _jobs(text: str, most: int) -> int:
    if re.fullmatch(r"[0-9]{1,3}", text) and 1 <= int(text) <= most:
        return int(text)
    raise InputError(Problem("range", "--jobs", f'"{shorten(text)}"', f"1..{most}"))


@contextlib.contextmanager
def _counted(what: str, total: int) -> Iterator[Callable[[], object]]:
    """A line on a terminal that counts up to a total and says how long the rest takes; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from tqdm import tqdm

    form = "{desc}: {n_fmt} of {total_fmt}, {elapsed} gone, {remaining} left"
    with tqdm(total=total, desc=what, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=form) as line:
        yield line.update


# records and differences


def _record(parsed: argparse.Namespace) -> int:
    growth = None if parsed.growth is None else _percent(parsed.growth)
    text = record(_read(parsed), _today(), _date(parsed.review_by, "--review-by"), growth)
    print(text, end="") if parsed.output is None else print(write_whole(Path(parsed.output), text))
    return 0


def _percent(text: str) -> Fraction:
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,6})?", text) and Fraction(text) > -100:
        return Fraction(text)
    words = "percent a month, above -100 and below 1000"
    raise InputError(Problem("type", "--growth", f'"{shorten(text)}"', words, "Try --growth 5."))


def _check(parsed: argparse.Namespace) -> int:
    traffic = [] if parsed.requests_per_month is None else [f"{REQUESTS}={parsed.requests_per_month}"]
    found = check(read_text(parsed.record), parsed.record, _today(), [*parsed.changes, *traffic], parsed.book)
    if parsed.json:
        print(found.to_json())
    else:
        print(f"{found.record.scenario.name}: decided on {found.record.made}\n")
        print(_table([(state.state, state.words) for state in found.states]))
        crossed = len(found.crossed)
        print(f"\n{'No wire is' if not crossed else f'{crossed} wires are' if crossed > 1 else 'One wire is'} crossed.")
    return 1 if found.crossed else 0


def _today() -> dt.date:
    """Today, or the date that SOURCE_DATE_EPOCH gives, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.datetime.fromtimestamp(int(given), dt.UTC).date()
    except (ValueError, OverflowError, OSError):
        words = "seconds since 1970 as a whole number"
        raise InputError(Problem("type", "SOURCE_DATE_EPOCH", f'"{shorten(given)}"', words)) from None


def _date(text: str | None, field: str) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem("type", field, f'"{shorten(text)}"', "a date, such as 2026-11-25")) from None


def _diff(parsed: argparse.Namespace) -> int:
    found = diff(_either(parsed.a), _either(parsed.b))
    if parsed.output is not None:
        from lambdaplan.charts.difference import diff_chart
        from lambdaplan.charts.rendering import still

        write_whole(Path(parsed.output), still(diff_chart(found).to_dict()))
    print(found.to_json() if parsed.json else _diff_text(found))
    return 0


def _either(path: str) -> Any:
    """A scenario, or a result's document."""
    document = read_scenario(path)
    return document if is_result(document) else Scenario.from_dict(document)


def _diff_text(found: Diff) -> str:
    def usd(value: Fraction | None) -> str:
        return "unknown" if value is None else "" if not value else ("+" if value > 0 else "") + money(value)

    sides = [f"{side.name} ({side.book}): {side.winner or 'nobody'} wins" for side in (found.before, found.after)]
    parts = [f"A: {sides[0]}", f"B: {sides[1]}"]
    for option in found.options:
        totals = ["none" if one is None else money(one) for one in option.shown_usd]
        rows: list[tuple[str, ...]] = [("", "change", "by quantity", "by price", "by both")]
        for line in option.changed:
            new = " (new)" if line.before is None else " (gone)" if line.after is None else ""
            amounts = (line.usd, line.by_quantity_usd, line.by_price_usd, line.by_both_usd)
            rows.append((f"  {line.item}{new}", *(usd(amount) for amount in amounts)))
        parts += ["", f"{option.name}: {totals[0]} to {totals[1]} {usd(option.usd)}".rstrip()]
        parts += [_table(rows, right=(1, 2, 3, 4))] if len(rows) > 1 else ["  no line changed"]
    return "\n".join(parts)


MOST_PORT = 65_535


def _port(text: str | None) -> list[str]:
    """The port that was asked for, as JupyterLab and Voilà take it."""
    if text is None:
        return []
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MOST_PORT):
        words = f"a whole number, 1..{MOST_PORT}"
        raise InputError(Problem("type", "--port", f'"{shorten(text)}"', words, "Try --port 8890."))
    return [f"--port={text}"]


def _lab(parsed: argparse.Namespace) -> int:
    """The workbook on 127.0.0.1 with a token, asking no other host for anything."""
    more = [*_port(parsed.port), *(["--no-browser"] if parsed.no_browser else [])]
    return _app(more) if parsed.app else _workbook(more)


def _app(more: Sequence[str]) -> int:
    """The explorer as Voilà serves it: running, without code, and without the fonts that it loads from elsewhere."""
    from voila.app import Voila

    own = str(EXPLORER / "jupyter")  # where its template is
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [own, os.environ.get("JUPYTER_PATH")]))
    Voila.launch_instance(
        argv=[
            str(notebooks_dir() / "explorer.ipynb"),
            "--Voila.ip=127.0.0.1",
            "--token",
            "--template=lambdaplan",
            "--TagRemovePreprocessor.enabled=True",
            "--TagRemovePreprocessor.remove_cell_tags=jupyterlab-only",
            *more,
        ]
    )
    return 0


def _workbook(more: Sequence[str]) -> int:
    """JupyterLab on the explorer, without questions about news or updates."""
    from jupyterlab.labapp import LabApp

    root = getattr(os, "geteuid", lambda: 1)() == 0
    LabApp.launch_instance(
        argv=[
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={notebooks_dir()}",
            f"--ServerApp.allow_root={root}",
            "--LabApp.default_url=/lab/tree/explorer.ipynb",
            f"--LabApp.app_settings_dir={EXPLORER / 'lab'}",  # no question about news
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            *more,
        ]
    )
    return 0
