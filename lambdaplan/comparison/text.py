"""A comparison as text: what `compare` prints, and `print(comparison)`."""

from __future__ import annotations

from fractions import Fraction

from lambdaplan.analysis.payback import is_asked, moving_of, sentences
from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.duration_band import places_in_words
from lambdaplan.comparison.first_lines import first_lines
from lambdaplan.comparison.result import Result
from lambdaplan.comparison.spread_judgement import spread_words
from lambdaplan.comparison.waiting_words import LONGEST_WAIT, wait_text
from lambdaplan.comparison.wording import answer, axis_title, book_words, memory_words
from lambdaplan.currency import in_its_currency
from lambdaplan.formatting import count, decimal_text, figure, money, on_off, share_text
from lambdaplan.pricing.bill import Bill
from lambdaplan.scenario.provenance import provenance_words
from lambdaplan.text_table import text_table, wrapped


@in_its_currency
def comparison_text(comparison: Comparison, width: int | None = None) -> str:
    """The whole of it: the answer, the bills, and where the answer changes.

    Parameters:
    width : int or None - columns of the window that it fits; None is as wide as its words.
    """
    return f"{bills_text(comparison, width)}\n{changes_text(comparison, width)}"


@in_its_currency
def bills_text(comparison: Comparison, width: int | None = None) -> str:
    """The answer and the bills: what does not take long."""
    scenario = comparison.scenario
    work = scenario.workload
    size = f"{decimal_text(work.duration_ms, 3)} ms at {decimal_text(work.measured_memory_mb)} MB"
    counted = ", ".join(scenario.include) or "nothing"
    parts = [
        scenario.name,
        f"{count(work.requests_per_month, 4)} {work.noun} a month, {size}, {scenario.region}",
        f"counted: {counted}; free tier {on_off(scenario.free_tier)}",
        *filter(None, [provenance_words(scenario.provenance)]),
        "",
        *answer_lines(comparison),
        "",
        options_table(comparison, width),
        f"{spread_words(scenario)}.",
        "",
    ]
    for result in comparison.options:
        parts += [f"{result.label}: {total_words(result.bill)}", bill_lines(result.bill, "  ", width), ""]
    return wrapped("\n".join(parts), width)


@in_its_currency
def changes_text(comparison: Comparison, width: int | None = None) -> str:
    """Where the answer changes, and what else is to be known of it."""
    scenario = comparison.scenario
    exactly = " (exactly in --json)" if comparison.crossovers else ""
    parts = [f"Where that changes, over {axis_title(comparison)}{exactly}:"]
    parts += [f"  {words}" for words in places_in_words(comparison)]
    if is_asked(scenario):
        parts += ["", "Moving, growth and people:", *(f"  {words}." for words in sentences(moving_of(comparison)))]
    parts += [
        "",
        *(f"note: {words}" for words in comparison.warnings),
        book_words(scenario.book, [r.bill for r in comparison.options]),
    ]
    return wrapped("\n".join(parts), width)


@in_its_currency
def answer_lines(comparison: Comparison) -> list[str]:
    """The answer, and what goes with it, a sentence a line."""
    memory = (memory_words(result) for result in comparison.options)
    return [f"{words}." for words in (answer(comparison), *first_lines(comparison), *memory) if words]


@in_its_currency
def options_table(comparison: Comparison, width: int | None = None) -> str:
    """The options with their totals, fleets and answer times, as columns of text."""
    last = LONGEST_WAIT if comparison.scenario.workload.waits else "99 % within"
    columns = ("", "a month", "fleet, mean to peak", "used", "bound by", last)
    return text_table([columns, *map(_result_row, comparison.options)], (1,), width)


def _result_row(result: Result) -> tuple[str, ...]:
    fleet = result.fleet
    mean = count(Fraction(fleet.units_mean), 3)
    many = " and ".join(f"{unit}s" for unit in fleet.unit.split(" and "))
    peak = f" to {count(Fraction(fleet.units_peak), 3)}" if fleet.units_mean != fleet.units_peak else ""
    units = f"{mean}{peak} {many}"
    used = share_text(fleet.utilisation_mean) if result.option.has_units or fleet.standby is not None else ""
    infeasible = "" if result.feasible else " (infeasible)"
    binds = result.option.binds or fleet.bound_by
    late = result.answer_ms(99)
    within = wait_text(result) if result.scenario.workload.waits or late is None else f"{count(Fraction(late), 3)} ms"
    return result.label_and_size + infeasible, total_words(result.bill), units, used, binds, within


@in_its_currency
def total_words(one: Bill) -> str:
    """The total of a bill, or what is known of it."""
    return f"{money(one.known_usd)} and what is unknown" if one.total_usd is None else money(one.total_usd)


@in_its_currency
def bill_lines(one: Bill, indent: str, width: int | None = None) -> str:
    """The lines of a bill, as columns of text."""
    rows = []
    for line in one.lines:
        if not line.quantity and line.price_usd == 0 and not line.service:
            rows.append((indent + line.item, "", "", money(Fraction(0)), line.note))
            continue
        price = "price unknown" if line.price_usd is None else f"${decimal_text(line.price_usd, 20)}"
        amount = "unknown" if line.amount_usd is None else money(line.amount_usd)
        quantity = f"{figure(line.quantity, 4)} {line.unit}".rstrip()
        rows.append((indent + line.item, quantity, f"x {price}", amount, line.note))
    return text_table(rows, (3,), width) if rows else f"{indent}nothing was used"
