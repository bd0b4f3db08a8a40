"""Book history: what a scenario costs with each price book, and who is cheapest then."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.errors import InputError, LambdaplanError, Problem
from lambdaplan.formatting import decimal_or_none
from lambdaplan.pricing.price_book import PriceBook, book_ids
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented


@dataclass(frozen=True)
class BookAnswer:
    """What a scenario answers with one book.

    Parameters:
    book : PriceBook
    comparison : Comparison or None - None where it can't be read with that book.
    why : str - what is in the way then; else empty.
    """

    book: PriceBook
    comparison: Comparison | None
    why: str = ""

    def usd(self, place: int) -> Fraction | None:
        """What an option costs, by its place; None without a whole bill. [USD a month]"""
        return None if self.comparison is None else self.comparison.options[place].bill.exact_usd

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"book": self.book.origin}
        if self.comparison is None:
            return {**document, "why": self.why}
        options = [
            {
                "label": one.label,
                "feasible": one.feasible,
                **{name: value for name, value in one.bill.totals().items() if name in ("total_usd", "exact_usd")},
            }
            for one in self.comparison.options
        ]
        return {
            **document,
            "winner": self.comparison.winner,
            "lead_usd": decimal_or_none(self.comparison.lead_usd),
            "close": self.comparison.close,
            "options": options,
        }


@dataclass(frozen=True)
class BookHistory(Documented):
    """What a scenario costs with each price book, in the order of their dates.

    Parameters:
    scenario : Scenario - as it is asked.
    answers : tuple of BookAnswer - one a book.
    """

    scenario: Scenario
    answers: tuple[BookAnswer, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The options as the document names them."""
        return tuple(option.label or option.size_label for option in self.scenario.options)

    @property
    def changes(self) -> tuple[tuple[BookAnswer, BookAnswer], ...]:
        """Each two books in a row with which another option is cheapest."""
        known = [one for one in self.answers if one.comparison is not None]
        return tuple((a, b) for a, b in itertools.pairwise(known) if winner_place(a) != winner_place(b))

    def document(self) -> dict[str, Any]:
        """The history as ``lambdaplan prices history --json`` prints it."""
        books = [one.document() for one in self.answers]
        return {"version": 1, "scenario": self.scenario.name, "books": books}


def winner_place(answer: BookAnswer) -> int | None:
    """The place of the cheapest option in the document; None where nobody is."""
    made = answer.comparison
    if made is None or made.winner is None:
        return None
    return next(place for place, one in enumerate(made.options) if one.label == made.winner)


def book_history(
    scenario: Scenario, books: Sequence[str] = (), tell: Callable[[str], object] = lambda _words: None
) -> BookHistory:
    """Bill a scenario with each price book, those of the package and those that refreshes made.

    Rules that have a date follow the date of the book: initialisations are billed since August 2025, durations in steps
    of 1 ms, not 100, since December 2020. Across the packaged books, all of 2026, prices alone change.

    Parameters:
    scenario : Scenario - its own book does not matter.
    books : ids of the books; without them, every book there is.
    tell : told which book is at work.

    Raises: InputError when the scenario can't be read with any of the books.
    """
    document = scenario.document()
    listed = [PriceBook.load(id) for id in (books or book_ids())]
    answers = []
    for number, book in enumerate(sorted(listed, key=lambda one: (one.as_of, one.id)), 1):
        tell(f"billing with book {number} of {len(listed)}")
        answers.append(_answer(document, book))
    if all(one.comparison is None for one in answers):
        words = f"a scenario that one of the books can bill; {answers[-1].book.id}: {answers[-1].why}"
        raise InputError(Problem("type", "scenario", f'"{scenario.name}"', words))
    return BookHistory(scenario, tuple(answers))


def _answer(document: Mapping[str, Any], book: PriceBook) -> BookAnswer:
    try:
        return BookAnswer(book, compare(Scenario.from_dict({**document, "book": book.id})))
    except LambdaplanError as error:
        return BookAnswer(book, None, error.lines[0])
