"""`moving`, `ladder`, `claims`, `record`, `check` and `diff`: a decision, its reasons, and whether it still holds."""

from __future__ import annotations

import argparse
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.analysis.break_even_ladder import Ladder, ladder, load_rungs
from lambdaplan.analysis.claims import VERDICT_WORDS, judge
from lambdaplan.analysis.decision import check, read_date, record
from lambdaplan.analysis.difference import Diff, diff, is_result
from lambdaplan.analysis.payback import Payback, is_asked, moving, sentences
from lambdaplan.analysis.reconcile import Reconciliation, reconcile
from lambdaplan.cli.arguments import (
    Commands,
    book_argument,
    changes_argument,
    file_argument,
    json_argument,
    new_command,
    scenario_argument,
)
from lambdaplan.cli.console import (
    BILLING,
    answer_first,
    at_work,
    read_scenario_argument,
    show,
    show_progress,
    table,
    today,
)
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.wording import axis_title, book_words
from lambdaplan.currency import code
from lambdaplan.errors import InputError, Problem, problems_together, shorten
from lambdaplan.formatting import count, figure, money, share_text
from lambdaplan.report.atomic_files import write_whole
from lambdaplan.report.decision_record import record_text
from lambdaplan.report.pages.claims_page import claims_page
from lambdaplan.scenario.scenario import Scenario, read_scenario
from lambdaplan.schema.amounts import requests_per_month
from lambdaplan.schema.parsing import read_text
from lambdaplan.workload.workload import REQUESTS


def add_moving(commands: Commands) -> None:
    """Add `moving`."""
    does = "when moving pays back, what growth comes to, and what people's hours change"
    command = new_command(commands, "moving", does, _run_moving)
    scenario_argument(command)
    json_argument(command, "it all")


def _run_moving(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    if not is_asked(scenario):
        words = "migration of an option, growth, or people's hours with a wage and operations in include"
        raise InputError(Problem("missing", "options.1.migration", "", words, "See docs/moving.md."))
    with at_work("working out months and years"):
        migration = moving(scenario)
    if parsed.json:
        print(migration.to_json())
        return 0
    show("\n".join([scenario.name, "", *(f"{words}." for words in sentences(migration))]))
    for one in migration.paybacks:
        if one.saved_usd:
            show(f"\nSaved in all by moving to {one.label}, the {money(one.one_off_usd)} taken off:")
            print(table([("  by the end of month", code()), *_saved_rows(one)], (1,)))
    show(book_words(scenario.book, [result.bill for result in migration.comparison.options]))
    return 0


def _saved_rows(one: Payback) -> list[tuple[str, ...]]:
    """The first months, the month of payback, and every twelfth."""
    wanted = {1, 2, 3, 6, one.month, one.undone_month, len(one.saved_usd), *range(12, len(one.saved_usd), 12)}
    rows = [(month, usd) for month, usd in enumerate(one.saved_usd, 1) if month in wanted]
    return [(f"  {month}", money(usd)) for month, usd in rows]


def add_ladder(commands: Commands) -> None:
    """Add `ladder`."""
    does = "the break-even under each set of assumptions, beside published claims"
    command = new_command(commands, "ladder", does, _run_ladder)
    scenario_argument(command)
    command.add_argument("rungs", nargs="?", metavar="RUNGS", help="a file of rungs; default: the packaged ladder")
    words = "instead of rungs, the fewest changes of assumptions that give this break-even, such as 1.5M"
    command.add_argument("--reconcile", metavar="REQUESTS", help=words)
    json_argument(command, "the ladder")


def _run_ladder(parsed: argparse.Namespace) -> int:
    if parsed.reconcile is not None:
        return _reconcile(parsed)
    scenario, rungs = read_scenario_argument(parsed), load_rungs(parsed.rungs)
    with at_work("looking for the break-even under each set of assumptions"):
        break_evens = ladder(scenario, rungs)
        text = break_evens.to_json() if parsed.json else _ladder_text(break_evens)
    print(text) if parsed.json else show(text)
    return 0


def _ladder_text(steps: Ladder) -> str:
    rows: list[tuple[float, tuple[str, str, str]]] = []
    for rung in steps.rungs:
        if rung.break_even is not None:
            then = f"then {rung.cheaper or 'nobody'}"
            rows.append((rung.break_even, (count(rung.break_even, 3), rung.rung.name, then)))
    for claim in steps.claims:
        middle = count(claim.low, 3) if claim.low == claim.high else f"{count(claim.low, 3)} to {count(claim.high, 3)}"
        rows.append((claim.low, (middle, f"published: {claim.source}", f"{claim.id}")))
    lines = [row for _, row in sorted(rows, key=lambda row: row[0])]
    lines += [("none", rung.rung.name, rung.note) for rung in steps.rungs if rung.break_even is None]
    head = f"{steps.scenario.name}: {steps.scenario.options[0].label} is cheapest below, another platform above"
    unit = axis_title(compare(steps.scenario))
    lines.insert(0, (unit, "under these assumptions", ""))
    return "\n".join([head, "", table(lines, (0,)), "", book_words(steps.scenario.book, [])])


def _reconcile(parsed: argparse.Namespace) -> int:
    if parsed.rungs is not None:
        words = "--reconcile makes its own sets of assumptions"
        raise InputError(Problem("conflict", "RUNGS", shorten(parsed.rungs), words, "Leave one of them out."))
    scenario = read_scenario_argument(parsed)
    claimed = requests_per_month(parsed.reconcile, scenario.hours_per_month, "reconcile")

    def progress(changes: int, done: int, total: int) -> None:
        show_progress(f"sets of {changes} changes: {done} of {total}")

    outcome = reconcile(scenario, claimed, progress=progress)
    show_progress("")
    print(outcome.to_json()) if parsed.json else show(_reconcile_text(outcome))
    return 0


def _reconcile_text(outcome: Reconciliation) -> str:
    def place(at: float | None) -> str:
        return "none" if at is None else count(at, 3)

    rows = [
        (place(one.break_even), f"then {one.cheaper or 'nobody'}", "; ".join(one.words))
        for one in outcome.found or outcome.nearest
    ]
    near = f"within {share_text(outcome.within)} of {count(outcome.claimed, 4)} requests a month"
    base = f"{outcome.scenario.name}: the break-even is {place(outcome.baseline.break_even)}"
    if not outcome.found:
        words = f"No set of changes brings it {near}; {figure(outcome.looked_at)} were looked at. The nearest:"
    elif not outcome.found[0].settings:
        words = f"It is {near} as it stands."
        rows = []
    else:
        number = len(outcome.found[0].settings)
        changes = "One change" if number == 1 else f"{number} changes"
        words = f"{changes} at least to come {near}; {figure(outcome.looked_at)} sets were looked at:"
    columns = ("requests a month", "", "changed assumptions")
    nearest = ["", table([columns, *rows], (0,))] if rows else []
    return "\n".join([base, words, *nearest, "", book_words(outcome.scenario.book, [])])


def add_claims(commands: Commands) -> None:
    """Add `claims`."""
    does = "published claims about Lambda, Fargate and EC2, judged"
    command = new_command(commands, "claims", does, _run_claims)
    command.add_argument("ids", nargs="*", metavar="CLAIM", help="a claim, such as guide-07; default: all of them")
    book_argument(command)
    form = command.add_mutually_exclusive_group()
    json_argument(form, "the verdicts with their figures")
    form.add_argument("--markdown", action="store_true", help="print the page docs/claims.md")


def _run_claims(parsed: argparse.Namespace) -> int:
    court = judge(parsed.book, parsed.ids, progress=show_progress)
    show_progress("")
    if parsed.json or parsed.markdown:
        print(court.to_json() if parsed.json else claims_page(court), end="\n" if parsed.json else "")
        return 0
    rows = [
        (one.claim.id, VERDICT_WORDS[one.verdict], shorten(one.claim.statement, 60), shorten(one.in_short, 70))
        for one in court.judged
    ]
    print(table(rows))
    show(f"\n{book_words(court.book, [])}\nFigures, assumptions and workloads: --json, docs/claims.md.")
    return 0


def add_record(commands: Commands) -> None:
    """Add `record`."""
    does = "a decision record in Markdown, with wires that say when to look again"
    command = new_command(commands, "record", does, _run_record)
    scenario_argument(command)
    file_argument(command, "FILE.md", (".md", ".markdown", ".txt", ""), "a file to write; default: standard output")
    command.add_argument("--review-by", metavar="DATE", help="look again by this date; default: in 180 days")
    words = "the option decided on; default: the cheapest, and left open where the report calls it open"
    command.add_argument("--decide", metavar="LABEL", help=words)
    command.add_argument("--growth", metavar="PERCENT", help="what traffic grows by in a month, such as 4.5")


def _run_record(parsed: argparse.Namespace) -> int:
    growth = None if parsed.growth is None else _percent(parsed.growth)
    scenario = read_scenario_argument(parsed)
    with problems_together() as problems:
        review_by = None if parsed.review_by is None else read_date(parsed.review_by, "--review-by", problems)
    with at_work(BILLING):
        comparison = compare(scenario)
    answer_first(comparison)
    with at_work("looking for the wires: how far each number is from another answer"):
        decision = record(scenario, today(), review_by, growth, parsed.decide, known=comparison)
        text = record_text(decision)
    print(text, end="") if parsed.output is None else print(write_whole(Path(parsed.output), text))
    return 0


def _percent(text: str) -> Fraction:
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,6})?", text) and Fraction(text) > -100:
        return Fraction(text)
    words = "percent a month, above -100 and below 1000"
    raise InputError(Problem("type", "--growth", f'"{shorten(text)}"', words, "Try --growth 5."))


def add_check(commands: Commands) -> None:
    """Add `check`."""
    does = "judge a decision record again; exit 1 when a wire is crossed"
    command = new_command(commands, "check", does, _run_check)
    command.add_argument("record", metavar="RECORD", help="a file that lambdaplan record wrote")
    command.add_argument("--requests-per-month", metavar="N", help="the traffic that came: 12M, 500k/day, 120/s")
    changes_argument(command, "a value that was measured")
    book_argument(command, "the newest")
    json_argument(command, "what became of each wire")


def _run_check(parsed: argparse.Namespace) -> int:
    traffic = [] if parsed.requests_per_month is None else [f"{REQUESTS}={parsed.requests_per_month}"]
    with at_work("judging each wire again"):
        checked = check(read_text(parsed.record), parsed.record, today(), [*parsed.changes, *traffic], parsed.book)
    if parsed.json:
        print(checked.to_json())
    else:
        print(f"{checked.record.scenario.name}: decided on {checked.record.made}\n")
        print(table([(state.state, state.words) for state in checked.states]))
        crossed = len(checked.crossed)
        print(f"\n{'No wire is' if not crossed else f'{crossed} wires are' if crossed > 1 else 'One wire is'} crossed.")
    return 1 if checked.crossed else 0


def add_diff(commands: Commands) -> None:
    """Add `diff`."""
    does = "what changed between two scenarios or results, by quantity and by price"
    command = new_command(commands, "diff", does, _run_diff)
    for name in ("A", "B"):
        command.add_argument(name.lower(), metavar=name, help="a scenario, or a result (comparison.json)")
    file_argument(command, "FILE", (".svg", ".png"), "draw a waterfall chart into a file as well: .svg or .png")
    json_argument(command, "the difference")


def _run_diff(parsed: argparse.Namespace) -> int:
    with at_work("comparing both"):
        difference = diff(_either(parsed.a), _either(parsed.b))
    if parsed.output is not None:
        from lambdaplan.charts.difference import diff_chart
        from lambdaplan.charts.rendering import raster, still

        picture, path = still(diff_chart(difference).to_dict()), Path(parsed.output)
        write_whole(path, picture if path.suffix.lower() == ".svg" else raster(picture))
    print(difference.to_json()) if parsed.json else show(_diff_text(difference))
    return 0


def _either(path: str) -> Any:
    """A scenario, or a result's document."""
    document = read_scenario(path)
    return document if is_result(document) else Scenario.from_dict(document)


def _diff_text(changed: Diff) -> str:
    def usd(value: Fraction | None) -> str:
        return "unknown" if value is None else "" if not value else ("+" if value > 0 else "") + money(value)

    sides = [f"{side.name} ({side.book}): {side.winner or 'nobody'} wins" for side in (changed.before, changed.after)]
    parts = [f"A: {sides[0]}", f"B: {sides[1]}"]
    for option in changed.options:
        totals = ["none" if one is None else money(one) for one in option.shown_usd]
        rows: list[tuple[str, ...]] = [("", "change", "by quantity", "by price", "by both")]
        for line in option.changed:
            new = " (new)" if line.before is None else " (gone)" if line.after is None else ""
            amounts = (line.usd, line.by_quantity_usd, line.by_price_usd, line.by_both_usd)
            rows.append((f"  {line.item}{new}", *(usd(amount) for amount in amounts)))
        parts += ["", f"{option.name}: {totals[0]} to {totals[1]} {usd(option.usd)}".rstrip()]
        parts += [table(rows, (1, 2, 3, 4))] if len(rows) > 1 else ["  no line changed"]
    return "\n".join(parts)
