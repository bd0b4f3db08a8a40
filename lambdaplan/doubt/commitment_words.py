"""What `commit` worked out, in words and rows."""

from __future__ import annotations

import itertools
from fractions import Fraction

from lambdaplan.doubt.commitments import Commit, Level
from lambdaplan.doubt.risk import Estimate
from lambdaplan.doubt.wording import of_100, sentence
from lambdaplan.formatting import decimal_text, money, share_text
from lambdaplan.pricing.plans import plan_words

LEVEL_COLUMNS = (
    "commitment",
    "USD an hour",
    "a month, mean",
    "1 in 10 below",
    "even chances",
    "1 in 10 above",
    "coverage",
    "utilisation",
    "break-even month",
    "regret, mean",
)
_THREE = ("1 in 10 below", "even chances", "1 in 10 above")
MONTH_COLUMNS = ("month", *(f"{name}: {one}" for name in ("none", "best") for one in _THREE))
SHOWN_MONTHS = 12


def commit_words(found: Commit) -> str:
    """How much to buy, and what it saves, in a sentence."""
    best = found.best
    plan = plan_words(found.plan)
    if not best.usd_per_hour:
        return f"commit to nothing of a {plan} for {found.option}: at no level do enough hours use it to pay for all"
    words = f"commit to ${decimal_text(best.usd_per_hour)} an hour of a {plan} for {found.option}"
    words += f": it saves {_usd(found.saving_usd)} a month on average over {found.months} months"
    if best.utilisation is not None:
        words += f", {share_text(best.utilisation.value)} of it is used, {share_text(best.coverage.value)} of what it"
        words += " could cover is covered"
    return words


def wrong_words(found: Commit) -> str:
    """When the commitment is a mistake, and what that costs, in a sentence."""
    words = f"in {of_100(found.other_cheaper.value)} of 100 months another option on demand would cost less, or nothing"
    words += " is left to run"
    return (
        f"{words}; with the commitment a month then costs {_usd(found.best.regret_usd)} more on average than the best"
    )


def also_words(found: Commit) -> str:
    """When the commitment is a mistake, and rates that rest on less than a published price, in sentences."""
    return " ".join([sentence(wrong_words(found)), *(f"Note: {words}." for words in found.warnings)])


def level_rows(found: Commit) -> list[tuple[str, ...]]:
    """None, the best and all as rows of a table."""
    return [
        (
            one.name,
            decimal_text(one.usd_per_hour),
            *(_usd(usd) for usd in (one.mean_usd, one.p10_usd, one.p50_usd, one.p90_usd)),
            share_text(one.coverage.value),
            "" if one.utilisation is None else share_text(one.utilisation.value),
            _break_even(one),
            _usd(one.regret_usd),
        )
        for one in found.levels
    ]


def _break_even(one: Level) -> str:
    if not one.usd_per_hour:
        return ""
    return "never" if one.break_even_month is None else str(one.break_even_month)


def month_rows(found: Commit) -> list[tuple[str, ...]]:
    """Bills month by month as rows of a table, months that are alike in one; of a long term each third month."""
    shown = [one for one in found.bills if found.months <= SHOWN_MONTHS or one.month == 1 or one.month % 3 == 0]
    rows = [(one.month, tuple(_usd(usd) for usd in (*one.none_usd, *one.best_usd))) for one in shown]
    alike = [(bills, [month for month, _ in run]) for bills, run in itertools.groupby(rows, key=lambda row: row[1])]
    return [(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]), *bills) for bills, run in alike]


def commit_error_words(found: Commit) -> str:
    """How near the figures are, and what is left out."""
    words = f"{found.samples:,} samples of {found.months} months, seed {found.seed}"
    words += f"; standard error of the saving {money(Fraction(f'{found.saving_usd.error:.2g}'))} a month"
    if found.left_out:
        words += f"; {found.left_out:,} samples left out, whose numbers do not fit together"
    return f"{words}; cold starts are not counted here"


def _usd(estimate: Estimate) -> str:
    return money(Fraction(f"{estimate.value:.4g}"))
