"""`risk` and `commit`: how sure the answer is, and how much of a Savings Plan to buy."""

from __future__ import annotations

import argparse
import sys

from lambdaplan.cli.arguments import Commands, Parser, json_argument, new_command, scenario_argument
from lambdaplan.cli.console import PATIENCE_S, print_json, read_scenario_argument, show, table
from lambdaplan.comparison.wording import answer
from lambdaplan.doubt.commitment_words import (
    LEVEL_COLUMNS,
    MONTH_COLUMNS,
    commit_error_words,
    commit_words,
    level_rows,
    month_rows,
    wrong_words,
)
from lambdaplan.doubt.commitments import LEAST_SAMPLES as LEAST_COMMIT_SAMPLES
from lambdaplan.doubt.commitments import MOST_SAMPLES as MOST_COMMIT_SAMPLES
from lambdaplan.doubt.commitments import SAMPLES as COMMIT_SAMPLES
from lambdaplan.doubt.commitments import USUAL_PLAN, commit, commitment_of
from lambdaplan.doubt.risk import LEAST_SAMPLES, MOST_SAMPLES, SAMPLES, SLOW_SAMPLES, Risk, risk
from lambdaplan.doubt.wording import (
    INPUT_COLUMNS,
    KNOWN_COLUMNS,
    error_words,
    input_rows,
    input_worth,
    known_error_rows,
    late_words,
    option_columns,
    option_rows,
    risk_words,
    sentence,
    where_it_changes,
)
from lambdaplan.scenario.doubt import MEASURED


def add_risk(commands: Commands) -> None:
    """Add `risk`."""
    does = "how likely each option is the cheapest, what a wrong choice costs, what to measure next"
    command = new_command(commands, "risk", does, _run_risk)
    scenario_argument(command)
    words = (
        f"{LEAST_SAMPLES} to {MOST_SAMPLES:,}; default: {SAMPLES:,}, or {SLOW_SAMPLES} where each is billed by itself"
    )
    command.add_argument("--samples", metavar="N", help=words)
    command.add_argument("--seed", metavar="S", default="1", help="the same seed gives the same figures; default: 1")
    _measured_argument(command)
    json_argument(command, "the figures")


def _measured_argument(command: Parser) -> None:
    words = "count the known errors of durations, CPU speed and initialisations as ranges: --set risk=measured"
    command.add_argument("--measured", dest="changes", action="append_const", const=f"risk={MEASURED}", help=words)


def add_commit(commands: Commands) -> None:
    """Add `commit`."""
    does = "how much of a Savings Plan to buy when traffic may grow, shrink or leave"
    command = new_command(commands, "commit", does, _run_commit)
    scenario_argument(command)
    words = "label of the option that it is bought for; default: the cheapest that the plan covers"
    command.add_argument("--option", metavar="LABEL", help=words)
    words = f"plan, term and how it is paid; default: {USUAL_PLAN}"
    command.add_argument("--plan", metavar="PLAN", default=USUAL_PLAN, help=words)
    words = "chance that the service leaves within the term, in any month alike, such as 20%%; default: 0"
    command.add_argument("--leave", metavar="SHARE", default="0", help=words)
    words = f"{LEAST_COMMIT_SAMPLES} to {MOST_COMMIT_SAMPLES:,}; default: {COMMIT_SAMPLES}"
    command.add_argument("--samples", metavar="N", help=words)
    command.add_argument("--seed", metavar="S", default="1", help="the same seed gives the same figures; default: 1")
    _measured_argument(command)
    json_argument(command, "the figures")


def _run_commit(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    given = {"option": parsed.option, "plan": parsed.plan, "leave": parsed.leave}
    found = commit(scenario, **given, samples=parsed.samples, seed=parsed.seed)
    if parsed.json:
        print_json(found.document())
        return 0
    parts = [found.scenario.name, f"{sentence(commit_words(found))} {sentence(wrong_words(found))}", ""]
    parts += [table([LEVEL_COLUMNS, *level_rows(found)], range(1, len(LEVEL_COLUMNS))), ""]
    parts += ["Month by month:", table([MONTH_COLUMNS, *month_rows(found)], range(1, len(MONTH_COLUMNS))), ""]
    notes = [f"note: {words}." for words in found.warnings]
    show("\n".join([*parts, f"{commit_error_words(found)}.", *notes]))
    return 0


def _run_risk(parsed: argparse.Namespace) -> int:
    scenario = read_scenario_argument(parsed)
    samples, seed = parsed.samples, parsed.seed
    if not sys.stderr.isatty():
        found = risk(scenario, samples=samples, seed=seed)
    else:
        from tqdm import tqdm

        form = "billing samples: {percentage:.0f} %, {elapsed} gone, {remaining} left"
        with tqdm(total=1.0, file=sys.stderr, leave=False, delay=PATIENCE_S, bar_format=form) as line:
            found = risk(
                scenario, samples=samples, seed=seed, progress=lambda done, total: line.update(done / total - line.n)
            )
    if parsed.json:
        bought = commitment_of(scenario, seed=found.seed)
        print_json({**found.document(), "commitment": None if bought is None else bought.document()})
    else:
        show(_risk_text(found))
    return 0


def _risk_text(found: Risk) -> str:
    where = sentence(where_it_changes(found.crossover))
    parts = [found.scenario.name, f"{risk_words(found)}.", where, *filter(None, [late_words(found)]), ""]
    columns = option_columns(found)
    parts += [table([columns, *option_rows(found)], range(1, len(columns))), ""]
    parts += ["What to measure next:", table([INPUT_COLUMNS, *input_rows(found)], (3, 4)), ""]
    if found.evpi_usd is not None:
        parts.append(f"Knowing every one of them would be worth {input_worth(found)} a month.")
    known = known_error_rows(found)
    if known:
        parts += ["Known errors that count as ranges:", table([KNOWN_COLUMNS, *known]), ""]
    stands = "As the scenario stands" if known else "At the likely values"
    parts += [f"{stands}: {answer(found.likely)}.", f"{error_words(found)}."]
    return "\n".join(parts)
