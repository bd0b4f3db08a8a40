"""First page of the report, which can stand alone: the answer, what would change it, and what is not counted."""

from __future__ import annotations

from decimal import Decimal

from lambdaplan.analysis.sensitivity import Distance, Flip, Flips, change_words, value_words
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.first_lines import COUNTED, first_lines, not_counted
from lambdaplan.comparison.wording import answer, crossover_words, path_title, why_nobody
from lambdaplan.currency import in_its_currency
from lambdaplan.doubt.risk import Risk
from lambdaplan.doubt.wording import risk_words
from lambdaplan.formatting import before_tax, decimal_text, money, rounded, share_text, whole_money
from lambdaplan.report.assumptions_section import oldest_price_words
from lambdaplan.report.blocks import Part, bullets, heading, joined, paragraph
from lambdaplan.report.sections import ONE_OPTION, switch_rows
from lambdaplan.services import NEVER_COUNTED
from lambdaplan.services.around import AROUND
from lambdaplan.units import MONTHS_PER_YEAR
from lambdaplan.workload.workload import REQUESTS

USUAL_PERCENTILE = 95  # of the answer time that is told where none is asked for
NEAREST, CHOICES, CHANGES = 3, 2, 3  # numbers, choices and places of the axis that are named on the first page
WARNINGS = 4  # that stand there; the others follow further down


@in_its_currency
def subject(comparison: Comparison) -> Part:
    """What the report is about: the service and the region."""
    scenario = comparison.scenario
    words = f"{scenario.name}. Region {scenario.region}, price book {scenario.book.id}{oldest_price_words(comparison)}."
    return paragraph(words, "lp-quiet")


@in_its_currency
def answer_part(comparison: Comparison) -> Part:
    """The answer in a sentence, what to do, whether the answer time is held, and what the bills count."""
    work = comparison.scenario.workload
    asked = decimal_text(work.requests_per_month)
    lines = [words for words in first_lines(comparison) if words != not_counted(comparison)]
    if work.slo is None and not work.waits:
        lines.insert(0, _answer_times(comparison))
    return joined(
        paragraph(f"{answer(comparison)}.", "lp-answer"),
        paragraph(advice(comparison)),
        bullets([f"{words}." for words in lines]),
        paragraph(
            f"All this is for {int(asked):,} {work.noun} a month, in {before_tax()}, {counted_words(comparison)}."
        ),
    )


@in_its_currency
def certainty(found: Risk | None) -> Part | None:
    """How sure the answer is, in a sentence; None where no number has a range."""
    return None if found is None else paragraph(f"How sure that is: {risk_words(found)}.")


def _answer_times(comparison: Comparison) -> str:
    """How soon each option answers, where the scenario asks for no answer time."""
    times = [(result.label, result.answer_ms(USUAL_PERCENTILE)) for result in comparison.options]
    each = [f"{label} {'unknown' if ms is None else f'{rounded(ms)} ms'}" for label, ms in times]
    return f"No answer time is asked for. {USUAL_PERCENTILE} % are answered within: {', '.join(each)}"


@in_its_currency
def advice(comparison: Comparison) -> str:
    """What to run it on, what that saves against the runner-up, and whether it matters."""
    best, second = comparison.best, comparison.second
    if best is None:
        return f"Recommendation: none yet, because {why_nobody(comparison)}."
    if second is None:
        return f"Recommendation: {best.label}. There is no runner-up."
    usd = (second.bill.total_usd or Decimal(0)) - (best.bill.total_usd or Decimal(0))
    saves = f"saves {money(usd)} a month, about {whole_money(MONTHS_PER_YEAR * usd)} a year at this traffic, against"
    if not comparison.close:
        return f"Recommendation: {best.label_and_size}. It {saves} the runner-up, {second.label}."
    either = f"Recommendation: {best.label} or {second.label}, whichever suits better for other reasons than cost"
    if usd <= 0:
        return f"{either}: to the cent there is nothing to save."
    below = share_text(comparison.scenario.close_fraction)
    return f"{either}: a lead below {below} is too close to call. {best.label} {saves} {second.label}."


@in_its_currency
def counted_words(comparison: Comparison) -> str:
    """What the bills count, in a phrase."""
    *others, last = (COUNTED[name].split(" (")[0] for name in comparison.scenario.include)
    return f"counting {', '.join(others)} and {last}" if others else f"counting {last}"


@in_its_currency
def changes(comparison: Comparison) -> Part:
    """Where the answer changes along the axis: the first places, the others are on the pages that follow."""
    lines: list[str] = list(crossover_words(comparison))
    more = len(lines) - CHANGES
    further = "1 more place" if more == 1 else f"{more} more places"
    shown = lines[:CHANGES] + ([f"… and {further} along this axis."] if more > 0 else [])
    return bullets(shown)


@in_its_currency
def nearest_changes(comparison: Comparison, sensitivities: Flips | None) -> Part:
    """The nearest numbers, each alone, that would change the answer, and the choices that would.

    Parameters:
    sensitivities : Flips or None - what `sections.flips_of` gives.
    """
    if sensitivities is None:
        return paragraph(ONE_OPTION)
    near = [distance for distance in sensitivities.near if distance.value]
    named = near[:NEAREST] + [d for d in near[NEAREST:] if d.path == REQUESTS]
    lines = [_flip_words(sensitivities, distance, distance.flips[0]) for distance in named]
    rows = switch_rows(comparison, sensitivities.switches)
    lines += [
        f"{row['choice']}, {row['instead']} instead of {row['now']}: then {row['cheapest then']} is cheapest"
        for row in rows[:CHOICES]
    ]
    if len(rows) > CHOICES:
        more = len(rows) - CHOICES
        lines.append(f"and {more} more {'choice' if more == 1 else 'choices'}")
    if not lines:
        return paragraph("No number and no choice of the scenario changes the answer on its own.")
    return joined(paragraph("Each alone, everything else as it is, the nearest first:"), bullets(lines))


def _flip_words(sensitivities: Flips, distance: Distance, flip: Flip) -> str:
    name = path_title(sensitivities.comparison, distance.path, distance.meaning)
    now, then = (value_words(distance, value) for value in (distance.value, flip.at))
    far = change_words(distance, flip)
    out = f", as {sensitivities.comparison.winner} breaks a limit" if flip.out else ""
    return f"{name} {far} ({then} instead of {now}): then {flip.winner or 'nobody'} is cheapest{out}"


@in_its_currency
def left_out(comparison: Comparison) -> Part:
    """What is on no bill, and the first of what to know before relying on the answer."""
    own = not_counted(comparison)
    never = () if AROUND.word in comparison.scenario.include else NEVER_COUNTED
    words = f"On no bill in any case: {', '.join((*never, 'private discounts', 'taxes'))} and support plans."
    parts = [paragraph(f"{own}. {words}" if own else words)]
    warnings = comparison.warnings
    if warnings:
        more = len(warnings) - WARNINGS
        rest = [f"and {more} more, which the whole report and lambdaplan compare have"] if more > 0 else []
        parts += [heading("Before relying on it"), bullets([*warnings[:WARNINGS], *rest])]
    return joined(*parts)


@in_its_currency
def further_warnings(comparison: Comparison) -> Part | None:
    """Everything to know before relying on the answer, where the first page had no room for it; None otherwise."""
    if len(comparison.warnings) <= WARNINGS:
        return None
    return joined(heading("All there is to know before relying on it"), bullets(comparison.warnings))
