"""Difference of two price books: which prices changed, by service and region, and which decisions change with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.errors import InputError, LambdaplanError, Problem, shorten
from lambdaplan.formatting import decimal_or_none, decimal_text
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented

KINDS = ("dearer", "cheaper", "new", "gone")

Tiers = tuple[tuple[str, str, str], ...]
"""From, to and price of each tier, as the book writes them."""


@dataclass(frozen=True)
class PriceChange(Documented):
    """One price that differs between two books; None where a book has none.

    Parameters:
    before_usd, after_usd : Fraction or None - the price of the first tier that differs. [USD]
    """

    service: str
    item: str
    region: str
    before_usd: Fraction | None
    after_usd: Fraction | None

    @property
    def kind(self) -> str:
        """Whether it is dearer, cheaper, new or gone."""
        if self.before_usd is None or self.after_usd is None:
            return "new" if self.before_usd is None else "gone"
        return "dearer" if self.after_usd > self.before_usd else "cheaper"

    @property
    def change_fraction(self) -> Fraction | None:
        """What it changed by, as a share of what it was; None where a book has none, or it was nothing."""
        if not self.before_usd or self.after_usd is None:
            return None
        return self.after_usd / self.before_usd - 1

    def document(self) -> dict[str, Any]:
        change = self.change_fraction
        prices = {"before_usd": self.before_usd, "after_usd": self.after_usd}
        return {
            "service": self.service,
            "item": self.item,
            "region": self.region,
            "kind": self.kind,
            **{name: None if usd is None else decimal_text(usd, 20) for name, usd in prices.items()},
            "change_fraction": None if change is None else float(change),
        }


@dataclass(frozen=True)
class ChangeGroup:
    """The changes of one service, or of one region.

    Parameters:
    total : int - prices that either book has of it.
    """

    name: str
    total: int
    changes: tuple[PriceChange, ...]

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(change.kind == kind for change in self.changes)

    @property
    def largest(self) -> PriceChange | None:
        """The change of a price that is in both books which is largest as a share; None where there is none."""
        moved = [change for change in self.changes if change.change_fraction is not None]
        return max(moved, key=lambda change: abs(float(change.change_fraction or 0)), default=None)

    def document(self, label: str) -> dict[str, Any]:
        """The group as ``prices diff --json`` prints it."""
        largest = self.largest
        counts = {kind: self.count(kind) for kind in KINDS}
        return {label: self.name, "prices": self.total, **counts, "largest": largest and largest.document()}


@dataclass(frozen=True)
class DecisionChange:
    """What one scenario answers with each of two books.

    Parameters:
    before, after : Comparison - with the former and the later book.
    """

    before: Comparison
    after: Comparison

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.before.scenario.name

    @property
    def changed(self) -> bool:
        """Whether another option is cheapest."""
        return self.before.winner != self.after.winner

    def total_usd(self, comparison: Comparison) -> Fraction | None:
        """What the cheapest option costs a month; None where nobody wins. [USD]"""
        totals = {result.label: result.bill.exact_usd for result in comparison.options}
        return totals.get(comparison.winner or "")

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"scenario": self.name, "changed": self.changed}
        for name, one in (("before", self.before), ("after", self.after)):
            crossovers = [crossover.at for crossover in one.crossovers]
            document[name] = {
                "winner": one.winner,
                "exact_usd": decimal_or_none(self.total_usd(one)),
                "close": one.close,
                "crossovers": crossovers,
            }
        return document


@dataclass(frozen=True)
class BookDiff(Documented):
    """What changed between two price books."""

    before: PriceBook
    after: PriceBook
    services: tuple[ChangeGroup, ...]
    regions: tuple[ChangeGroup, ...]
    decisions: tuple[DecisionChange, ...]

    @property
    def changes(self) -> tuple[PriceChange, ...]:
        """Every price that differs."""
        return tuple(change for group in self.services for change in group.changes)

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(group.count(kind) for group in self.services)

    def document(self) -> dict[str, Any]:
        """The difference as ``lambdaplan prices diff --json`` prints it."""
        return {
            "version": 1,
            "before": self.before.origin,
            "after": self.after.origin,
            "services": [group.document("service") for group in self.services],
            "regions": [group.document("region") for group in self.regions],
            "changes": [change.document() for change in self.changes],
            "decisions": [decision.document() for decision in self.decisions],
        }


def book_diff(
    before: PriceBook,
    after: PriceBook,
    scenarios: Sequence[dict[str, Any]] = (),
    tell: Callable[[str], object] = lambda _words: None,
) -> BookDiff:
    """Find which prices differ between two books, and which decisions.

    Parameters:
    scenarios : documents of scenarios, each billed with both books.
    tell : told which scenario is billed.

    Raises: InputError when a scenario can't be read with one of the books.
    """
    old, new = _tiers(before), _tiers(after)
    keys = sorted(old.keys() | new.keys())
    changes = [_change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    decisions = []
    for number, document in enumerate(scenarios, 1):
        tell(f"billing scenario {number} of {len(scenarios)} with both books")
        decisions.append(DecisionChange(*(compare(_with_book(document, book)) for book in (before, after))))
    services = _groups(keys, [change for change in changes if change], 0)
    regions = _groups(keys, [change for change in changes if change], 2)
    return BookDiff(before, after, services, regions, tuple(decisions))


def _tiers(book: PriceBook) -> dict[tuple[str, str, str], Tiers]:
    """The tiers of every price of a book, as they are written."""
    return {
        key: tuple((row[3], row[4], row[6]) for row in rows)
        for table in book.tables
        for key, rows in table.rows.items()
    }


def _change(key: tuple[str, str, str], old: Tiers | None, new: Tiers | None) -> PriceChange | None:
    """A change of a price; None where only its text differs."""
    if old is None or new is None:
        return PriceChange(*key, _usd(old), _usd(new))
    edges = sorted({Fraction(start) for start, _, _ in (*old, *new)})
    for edge in edges:
        before, after = _at(old, edge), _at(new, edge)
        if before != after:
            return PriceChange(*key, before, after)
    return None


def _usd(tiers: Tiers | None) -> Fraction | None:
    return Fraction(tiers[0][2]) if tiers else None


def _at(tiers: Tiers, quantity: Fraction) -> Fraction:
    """The price of the unit after a quantity."""
    return next(Fraction(usd) for start, _, usd in reversed(tiers) if Fraction(start) <= quantity)


def _groups(keys: Iterable[tuple[str, str, str]], changes: Sequence[PriceChange], part: int) -> tuple[ChangeGroup, ...]:
    """Changes by service or by region: the part of their key."""
    totals: dict[str, int] = {}
    for key in keys:
        totals[key[part]] = totals.get(key[part], 0) + 1
    by_name: dict[str, list[PriceChange]] = {}
    for change in changes:
        by_name.setdefault((change.service, change.item, change.region)[part], []).append(change)
    return tuple(ChangeGroup(name, total, tuple(by_name.get(name, ()))) for name, total in sorted(totals.items()))


def _with_book(document: dict[str, Any], book: PriceBook) -> Scenario:
    """A scenario with another book.

    Raises: InputError that names the book, when the scenario can't be read with it.
    """
    try:
        return Scenario.from_dict({**document, "book": book.id})
    except LambdaplanError as error:
        words = f"with the book {book.id}: {error.lines[0]}"
        name = shorten(str(document.get("name", "the scenario")))
        raise InputError(Problem("conflict", "--scenario", f'"{name}"', words)) from None
