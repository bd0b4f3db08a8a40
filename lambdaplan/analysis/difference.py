"""Difference of two bills of each option: which lines changed, by quantity, by price or by both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import cents, decimal_or_none, decimal_text
from lambdaplan.pricing.bill import LineItem
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, shown
from lambdaplan.schema.reading import exact_text

MOST_TEXT = 1000


@dataclass(frozen=True)
class Line:
    """One line of a bill, as both a comparison and its document have it.

    Parameters:
    quantity : Fraction - how much. [unit]
    price_usd : Fraction or None - price of one unit; None where it is unknown. [USD]
    """

    item: str
    unit: str
    quantity: Fraction
    price_usd: Fraction | None
    key: tuple[str, str]

    @property
    def usd(self) -> Fraction | None:
        """Quantity x price, exactly. [USD]"""
        return None if self.price_usd is None else self.quantity * self.price_usd


@dataclass(frozen=True)
class Side:
    """One of the two results: a name, its book, and each option's lines by label."""

    name: str
    book: str
    winner: str | None
    bills: Mapping[str, tuple[Line, ...]]


@dataclass(frozen=True)
class LineChange(Documented):
    """One line on both sides; None where a side has no such line.

    With quantities q, q' and prices p, p' the amount changes by p'q' - pq = p (q' - q) + q (p' - p) + (q' - q)(p' - p):
    by quantity, by price, and by both together. A line that is new or gone changes by its quantity alone.
    """

    item: str
    unit: str
    before: Line | None
    after: Line | None

    @property
    def by_quantity_usd(self) -> Fraction | None:
        """Its price before times what the quantity changed by. [USD]"""
        return self._parts[0]

    @property
    def by_price_usd(self) -> Fraction | None:
        """Its quantity before times what the price changed by. [USD]"""
        return self._parts[1]

    @property
    def by_both_usd(self) -> Fraction | None:
        """What the change of the quantity costs at the change of the price. [USD]"""
        return self._parts[2]

    @property
    def usd(self) -> Fraction | None:
        """What the line changed by; None where a price is unknown. [USD]"""
        before, after = (Fraction(0) if line is None else line.usd for line in (self.before, self.after))
        return None if before is None or after is None else after - before

    @property
    def _parts(self) -> tuple[Fraction, Fraction, Fraction] | tuple[None, None, None]:
        """The change by quantity, by price and by both; None where a price is unknown. [USD]"""
        known = [line for line in (self.before, self.after) if line is not None]
        prices = [line.price_usd for line in known if line.price_usd is not None]
        if len(prices) < len(known):
            return None, None, None
        quantities = [Fraction(0) if line is None else line.quantity for line in (self.before, self.after)]
        more, dearer = quantities[1] - quantities[0], prices[-1] - prices[0]
        return prices[0] * more, quantities[0] * dearer, more * dearer

    @property
    def changed(self) -> bool:
        """Whether anything of the line is another."""
        if self.before is None or self.after is None:
            return True
        return (self.before.quantity, self.before.price_usd) != (self.after.quantity, self.after.price_usd)

    def document(self) -> dict[str, Any]:
        def document_of(line: Line | None) -> dict[str, Any] | None:
            if line is None:
                return None
            price = None if line.price_usd is None else decimal_text(line.price_usd, 20)
            return {"quantity": decimal_text(line.quantity), "price_usd": price, "exact_usd": decimal_or_none(line.usd)}

        return {
            "item": self.item,
            "unit": self.unit,
            "before": document_of(self.before),
            "after": document_of(self.after),
            "change_usd": decimal_or_none(self.usd),
            "by_quantity_usd": decimal_or_none(self.by_quantity_usd),
            "by_price_usd": decimal_or_none(self.by_price_usd),
            "by_both_usd": decimal_or_none(self.by_both_usd),
        }


@dataclass(frozen=True)
class OptionChange(Documented):
    """An option on both sides: its lines, and its totals, None where it is missing or a price is unknown."""

    label: str
    label_after: str
    in_before: bool
    in_after: bool
    lines: tuple[LineChange, ...]

    @property
    def before_usd(self) -> Fraction | None:
        """The exact total before. [USD]"""
        return _total([change.before for change in self.lines]) if self.in_before else None

    @property
    def after_usd(self) -> Fraction | None:
        """The exact total after. [USD]"""
        return _total([change.after for change in self.lines]) if self.in_after else None

    @property
    def shown_usd(self) -> tuple[Decimal | None, Decimal | None]:
        """Both totals as their bills show them: the sum of lines rounded to the cent; None as above. [USD]"""
        exact = (self.before_usd, self.after_usd)
        sides = [[line.before for line in self.lines], [line.after for line in self.lines]]
        before, after = (
            None if usd is None else sum((cents(n.usd or Fraction(0)) for n in lines if n is not None), Decimal("0.00"))
            for usd, lines in zip(exact, sides, strict=True)
        )
        return before, after

    @property
    def usd(self) -> Fraction | None:
        """What the total changed by. [USD]"""
        before, after = self.before_usd, self.after_usd
        return None if before is None or after is None else after - before

    @property
    def changed(self) -> tuple[LineChange, ...]:
        """The lines that are another, the largest change first; those without a price last."""
        changed = [line for line in self.lines if line.changed]
        return tuple(sorted(changed, key=lambda line: (line.usd is None, -abs(line.usd or 0))))

    @property
    def name(self) -> str:
        """Its label, or both labels where they differ."""
        return self.label if self.label == self.label_after else f"{self.label} → {self.label_after}"

    def document(self) -> dict[str, Any]:
        names = ("before", "after")
        return {
            "before": self.label if self.in_before else None,
            "after": self.label_after if self.in_after else None,
            **{f"{n}_usd": None if usd is None else str(usd) for n, usd in zip(names, self.shown_usd, strict=True)},
            "before_exact_usd": decimal_or_none(self.before_usd),
            "after_exact_usd": decimal_or_none(self.after_usd),
            "change_usd": decimal_or_none(self.usd),
            "lines": [line.document() for line in self.changed],
        }


def _total(lines: Sequence[Line | None]) -> Fraction | None:
    usd = [line.usd for line in lines if line is not None]
    return None if None in usd else sum((part or Fraction(0) for part in usd), Fraction(0))


@dataclass(frozen=True)
class Diff(Documented):
    """What changed between two results, option by option."""

    before: Side
    after: Side
    options: tuple[OptionChange, ...]

    @property
    def winner_changed(self) -> bool:
        """Whether another option is cheapest."""
        pairs = {change.label: change.label_after for change in self.options if change.in_before and change.in_after}
        return pairs.get(self.before.winner or "", self.before.winner) != self.after.winner

    def document(self) -> dict[str, Any]:
        """The difference as ``lambdaplan diff --json`` prints it."""
        sides = {
            name: {"name": side.name, "book": side.book, "winner": side.winner}
            for name, side in (("before", self.before), ("after", self.after))
        }
        return {
            "version": 1,
            **sides,
            "winner_changed": self.winner_changed,
            "options": [option.document() for option in self.options],
        }

    def to_frame(self) -> Any:
        """The lines as a pandas data frame, one row a line of an option. [USD]"""
        import pandas as pd

        rows = []
        for option in self.options:
            for line in option.lines:
                row: dict[str, Any] = {"option": option.name, "item": line.item}
                for name in ("usd", "by_quantity_usd", "by_price_usd", "by_both_usd"):
                    usd = getattr(line, name)
                    row[name] = None if usd is None else float(usd)
                rows.append(row)
        return pd.DataFrame(rows)


def diff(before: Scenario | Comparison | Mapping[str, Any], after: Scenario | Comparison | Mapping[str, Any]) -> Diff:
    """Find what changed between two scenarios or two results.

    Parameters:
    before, after : Scenario, Comparison or the document of one (comparison.json), the same kind or not.

    Returns: Diff - for each option its lines, their change by quantity, by price and by both, and its totals.
    Raises: InputError when a document is no result.

    Notes: options are paired by their label, those that are left in their order among options of the same kind.
    A line is paired with the line of the same item and price tier. Where one side is the document of a result, the
    quantities of both are as documents print them, rounded to twelve places.

    Examples:
        >>> work = {"requests_per_month": 10**6, "duration_ms": 100, "busy_share": 0.3, "working_set_mb": 100}
        >>> asked = {"version": 1, "name": "API", "workload": work, "options": [{"kind": "lambda", "memory_mb": 1024}]}
        >>> twice = {**asked, "workload": {**work, "requests_per_month": 2 * 10**6}}
        >>> found = diff(Scenario.from_dict(asked), Scenario.from_dict(twice))
        >>> decimal_text(found.options[0].usd)  # 0.20 for requests, 1.66667 for 100,000 GB-s, 1.00 for an HTTP API
        '2.86667'
    """
    given = {"A": before, "B": after}
    printed = any(isinstance(value, Mapping) for value in given.values())
    sides, kinds = zip(*(_side(value, name, printed=printed) for name, value in given.items()), strict=True)
    first, second = sides
    pairs = _paired(kinds[0], kinds[1])
    options = []
    for one, other in pairs:
        lines = _lines(first.bills.get(one or "", ()), second.bills.get(other or "", ()))
        options.append(OptionChange(one or other or "", other or one or "", one is not None, other is not None, lines))
    return Diff(first, second, tuple(options))


def _side(value: Any, name: str, *, printed: bool) -> tuple[Side, dict[str, str]]:
    """One side, and the kind of each of its options."""
    if isinstance(value, Scenario):
        value = compare(value)
    if not isinstance(value, Comparison):
        return _read_side(value, name)
    bills = {result.label: tuple(_line(n, printed=printed) for n in result.bill.lines) for result in value.options}
    kinds = {result.label: result.kind for result in value.options}
    return Side(value.scenario.name, value.scenario.book.id, value.winner, bills), kinds


def _line(line: LineItem, *, printed: bool) -> Line:
    quantity = Fraction(decimal_text(line.quantity)) if printed else line.quantity
    return Line(line.item, line.unit, quantity, line.price_usd, (line.service, line.price_item))


def is_result(document: Any) -> bool:
    """Whether a document is a result, as ``--json`` and comparison.json have it, and not a scenario."""
    return isinstance(document, Mapping) and isinstance(document.get("scenario"), Mapping) and "book" in document


def _read_side(document: Any, name: str) -> tuple[Side, dict[str, str]]:
    """Read a result's document."""
    bills: dict[str, tuple[Line, ...]] = {}
    kinds: dict[str, str] = {}
    try:
        _require(document["version"] == 1, "version")
        for option in document["options"]:
            label = _words(option["label"])
            _require(label not in bills, "label")
            bills[label] = tuple(_read_line(line) for line in option["lines"])
            kinds[label] = _words(option["kind"])
        winner = document["winner"]
        _require(winner is None or winner in bills, "winner")
        side = Side(_words(document["scenario"]["name"]), _words(document["book"]["id"]), winner, bills)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        what = f"{type(error).__name__} at {error}" if str(error) else type(error).__name__
        what = str(error) if isinstance(error, ValueError) else what
        words = "a result as lambdaplan compare --json prints it"
        raise InputError(Problem("type", name, shown(what), words, "Make it anew.")) from None
    return side, kinds


def _require(holds: bool, name: str) -> None:
    if not holds:
        raise KeyError(name)


def _read_line(line: Any) -> Line:
    price = line["price_usd"]
    usd = None if price is None else exact_text(_words(price))
    key = (_words(line["service"]), _words(line["price_item"]))
    return Line(_words(line["item"]), _words(line["unit"]), exact_text(_words(line["quantity"])), usd, key)


def _words(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
        raise TypeError("a text")
    return value


def _paired(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str | None, str | None]]:
    """Options that belong together: by label, then in their order within a kind."""
    alone = [label for label in after if label not in before]
    pairs: list[tuple[str | None, str | None]] = []
    for label, kind in before.items():
        other = label if label in after else next((one for one in alone if after[one] == kind), None)
        if other in alone:
            alone.remove(other)
        pairs.append((label, other))
    return [*pairs, *((None, label) for label in alone)]


def _lines(before: Sequence[Line], after: Sequence[Line]) -> tuple[LineChange, ...]:
    """The lines of two bills, paired: the n-th of an item on one side with the n-th on the other."""

    def numbered(lines: Sequence[Line]) -> dict[tuple[Any, ...], Line]:
        by_key: dict[tuple[Any, ...], Line] = {}
        for line in lines:
            key = line.key if line.key[0] else ("", line.item)
            by_key[(*key, sum(1 for other in by_key if other[:2] == key))] = line
        return by_key

    one, other = numbered(before), numbered(after)
    changes = []
    for key in dict.fromkeys([*one, *other]):
        line = one.get(key) or other[key]
        changes.append(LineChange(line.item, line.unit, one.get(key), other.get(key)))
    return tuple(changes)
