"""What `risk` found, in words and rows."""

from __future__ import annotations

from fractions import Fraction

from lambdaplan.comparison.wording import path_title
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import CrossoverRisk, Estimate, Risk
from lambdaplan.formatting import decimal_text, figure, money, rounded, share_text
from lambdaplan.scenario.doubt import UncertainNumber
from lambdaplan.scenario.scenario import Scenario

OPTION_COLUMNS = (
    "option",
    "cheapest in",
    "1 in 10 below",
    "even chances",
    "1 in 10 above",
    "regret, mean",
    "regret, 95 %",
    "breaks a limit in",
)
LATE_COLUMN = "answers too late in"
KNOWN_COLUMNS = ("known error", "range", "unit", "from")
INPUT_COLUMNS = ("number", "range", "unit", "knowing it is worth", "share of the spread")


@in_its_currency
def risk_words(found: Risk) -> str:
    """The answer in one sentence: how likely, what being wrong costs, what to measure next."""
    return "; ".join(risk_clauses(found))


@in_its_currency
def risk_clauses(found: Risk) -> list[str]:
    """The clauses of that sentence; the first is who is cheapest, and how often."""
    if found.recommended is None:
        return ["no option can be recommended: each breaks a limit or lacks a price"]
    best = found.options[found.recommended]
    words = f"{best.label} is cheapest in {of_100(best.wins.value)} of 100 cases"
    often = max(found.options, key=lambda one: one.wins.value)
    if often.wins.value > best.wins.value:
        words = f"{often.label} is cheapest in {of_100(often.wins.value)} of 100 cases, {best.label} in "
        words += f"{of_100(best.wins.value)}, which costs less on average over all of them"
    clauses = [words]
    regret = best.regret_mean_usd
    if regret is not None and best.wins.value < 1 and regret.value > 0:
        wrong = regret.value / (1 - best.wins.value)
        choosing = "choosing it" if often.wins.value == best.wins.value else f"choosing {best.label}"
        clauses.append(f"{choosing} costs {_money(wrong)} a month too much on average where it is wrong")
    if found.inputs and found.inputs[0].evppi_usd.value >= LEAST:
        first = found.inputs[0]
        worth = f"knowing it is worth {_money(first.evppi_usd.value)} a month"
        return [*clauses, f"measure {number_name(found, first.path)} first: {worth}"]
    return [*clauses, "knowing no single number better would change the choice"]


def sentence(words: str) -> str:
    """Words with a capital letter and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."


LEAST = 0.005  # dollars below which nothing is worth measuring


@in_its_currency
def number_name(found: Risk, path: str) -> str:
    """An uncertain number in a few words."""
    title = _uncertain(found.scenario, path).title
    if title:
        return title
    if path.startswith("prices."):
        price = found.scenario.prices[int(path.split(".")[1])]
        return path_title(found.likely, path, f"{price.service} {price.item}")
    return path_title(found.likely, path, "")


def of_100(share: float) -> str:
    """A chance in words, of 100 cases."""
    chances = round(share * 100)
    if chances == 100 and share < 1:
        return "more than 99"
    return "less than 1" if chances == 0 and share > 0 else str(chances)


def _money(usd: float) -> str:
    """Dollars to two figures, to the cent at most."""
    return money(Fraction(f"{usd:.2g}")).removesuffix(".00")


@in_its_currency
def option_rows(found: Risk) -> list[tuple[str, ...]]:
    """The options as rows of a table."""
    return [
        (
            one.label,
            share_text(one.wins.value),
            *(_money_or_unknown(usd) for usd in (one.p10_usd, one.p50_usd, one.p90_usd)),
            *(_money_or_unknown(usd) for usd in (one.regret_mean_usd, one.regret_p95_usd)),
            share_text(one.infeasible.value),
            *(() if one.late is None else (share_text(one.late.value),)),
        )
        for one in found.options
    ]


def option_columns(found: Risk) -> tuple[str, ...]:
    """What the columns of `option_rows` are: one more where an answer time is to be held."""
    return (*OPTION_COLUMNS, LATE_COLUMN) if any(one.late is not None for one in found.options) else OPTION_COLUMNS


def late_words(found: Risk) -> str:
    """How often each option answers too late, in one sentence; empty where no answer time is to be held."""
    slo = found.scenario.workload.slo
    each = [f"{one.label} in {of_100(one.late.value)}" for one in found.options if one.late is not None]
    if slo is None or not each:
        return ""
    asked = f"{figure(slo.percentile)} % of answers within {figure(slo.response_ms)} ms"
    if not any(one.late.value for one in found.options if one.late is not None):
        return sentence(f"{asked} is held by all in every case")
    return sentence(f"{asked} is missed, of 100 cases, by {', '.join(each)}")


@in_its_currency
def input_rows(found: Risk) -> list[tuple[str, ...]]:
    """The uncertain numbers as rows of a table, what to measure next first."""
    ranges = {one.path: one.range for one in found.scenario.ranges}
    return [
        (
            number_name(found, one.path),
            ranges[one.path].words,
            unit_at(found.scenario, one.path),
            f"{_money(one.evppi_usd.value)} a month",
            share_text(one.share.value, 0),
        )
        for one in found.inputs
    ]


@in_its_currency
def unit_at(scenario: Scenario, path: str) -> str:
    """The unit of an uncertain number."""
    given = _uncertain(scenario, path).unit
    if given:
        return given
    return "USD" if path.startswith("prices.") else scenario.axes()[path].unit


def _uncertain(scenario: Scenario, path: str) -> UncertainNumber:
    return next(one for one in scenario.ranges if one.path == path)


def known_error_rows(found: Risk) -> list[tuple[str, ...]]:
    """The known errors that count as ranges, as rows of a table, with who measured them."""
    return [
        (number_name(found, one.path), one.range.words, unit_at(found.scenario, one.path), one.source)
        for one in found.scenario.ranges
        if one.source
    ]


def where_it_changes(crossover: CrossoverRisk) -> str:
    """Where the first crossover lies, in one sentence."""
    over = crossover.over.rsplit(".", 1)[-1].replace("_per_month", " a month").replace("_", " ")
    if not crossover.samples:
        return f"where the cheapest option first changes along {over} is left out: each sample is billed by itself here"
    none = 0.0 if crossover.none is None else crossover.none.value
    if crossover.p50 is None:
        return f"the option that is cheapest at the low end of {over} stays it in every sample"
    middle, low, high = (_place(one) for one in (crossover.p50, crossover.p10, crossover.p90))
    span = "there" if low == high else f"between {low} and {high}"
    words = f"the cheapest option first changes at {middle} {over} (in 8 of 10 cases {span})"
    return words + (f"; in {of_100(none)} of 100 cases it never does" if none else "")


def where_and_when(found: Risk) -> str:
    """Where the cheapest option first changes, and how often an answer time is missed, in a sentence each."""
    return f"{sentence(where_it_changes(found.crossover))} {late_words(found)}".strip()


@in_its_currency
def input_worth(found: Risk) -> str:
    """What knowing every uncertain number is worth a month."""
    return "nothing" if found.evpi_usd is None or found.evpi_usd.value < LEAST else _money(found.evpi_usd.value)


def _place(estimate: Estimate | None) -> str:
    return "?" if estimate is None else rounded(estimate.value, 2)


@in_its_currency
def error_words(found: Risk) -> str:
    """How near the figures are."""
    best = found.options[found.recommended] if found.recommended is not None else found.options[0]
    words = f"{found.samples:,} samples, seed {found.seed}; standard error of chances about "
    words += f"{decimal_text(Fraction(round(max(best.wins.error, 0.0005) * 1000), 10))} in 100"
    if found.cold_error is not None:
        words += (
            f"; cold starts are read from a surface, {share_text(found.cold_error)} off in the months that judged it"
        )
    if found.left_out:
        words += f"; {found.left_out:,} samples left out, whose numbers do not fit together"
    return words


def _money_or_unknown(estimate: Estimate | None) -> str:
    return "unknown" if estimate is None else money(Fraction(f"{estimate.value:.4g}"))
