"""AWS's service limits and quotas that options are held against, each with its source.

The rows are those of `data/limits.csv`. Where sources differ it keeps them all and marks the one
that is used.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lambdaplan.numbers import Number, exceeds, on_sweep
from lambdaplan.resources import data_table
from lambdaplan.schema.fields import plain


@dataclass(frozen=True)
class Limit:
    """Something an option must keep to, and whether it does.

    Parameters:
    limit : str - the limit in words.
    value, allowed : Number - what the workload asks for, what is allowed, in `unit`.
    adjustable : bool - whether AWS raises it on request: then breaking it is a warning with the
        quota to ask for; otherwise the option is infeasible.
    advisory : bool - whether breaking it is a warning although AWS does not raise it.
    whole : bool - whether both numbers are whole, which floats do tell apart.
    kept : bool - whether it is kept for certain, however close the numbers are.
    """

    limit: str
    value: Number
    allowed: Number
    unit: str
    adjustable: bool
    source: str
    advisory: bool = False
    whole: bool = False
    kept: bool = False

    @functools.cached_property
    def broken(self) -> Number:
        """Whether the value is beyond what is allowed; a column along a sweep."""
        return False if self.kept else exceeds(self.value, self.allowed, whole=self.whole)

    @property
    def ask_for(self) -> int | None:
        """The quota to ask AWS for: what is needed, in whole units; None where AWS raises none or none is needed."""
        return int(-(-self.value // 1)) if self.adjustable and self.broken else None

    def document(self) -> dict[str, Any]:
        """The limit as ``--json`` prints it where it is broken."""
        return {
            "limit": self.limit,
            "value": plain(Fraction(self.value)),
            "allowed": plain(Fraction(self.allowed)),
            "unit": self.unit,
            "adjustable": self.adjustable,
            "advisory": self.advisory,
            "ask_for": self.ask_for,
            "source": self.source,
        }


def kept_free_words(headroom: Number) -> str:
    """What the limit of a size that is chosen says of the memory that stays free; nothing where none has to."""
    return ", memory_headroom kept free" if on_sweep(headroom) or headroom else ""


@dataclass(frozen=True)
class LimitRow:
    """One row of the table of limits: what a source says that AWS allows.

    Parameters:
    id : str - name of the limit; several rows have the same where sources differ.
    service, limit, unit : str - whose limit, on what, in which unit.
    value : Fraction - what is allowed, in `unit`.
    adjustable : bool - whether AWS raises it on request, or a setting does.
    since : str - the date since which it is so; empty where the source has none.
    used : bool - whether it is the row that the models go by.
    source, date, note : str - who says so, published or read when, and what else to know.
    """

    id: str
    service: str
    limit: str
    value: Fraction
    unit: str
    adjustable: bool
    since: str
    used: bool
    source: str
    date: str
    note: str


@functools.cache
def rows() -> tuple[LimitRow, ...]:
    """Every row of the table, in its order, those that are not used among them."""
    table: Sequence[dict[str, Any]] = data_table("limits.csv")
    flags = ("adjustable", "used")
    return tuple(
        LimitRow(**row | {"value": Fraction(row["value"])} | {name: row[name] == "yes" for name in flags})
        for row in table
    )


@functools.cache
def used() -> Mapping[str, LimitRow]:
    """The rows that the models go by, by id."""
    return {row.id: row for row in rows() if row.used}


@functools.cache
def _source(id: str) -> str:
    """Who says what is allowed, and what others say."""
    row = used()[id]
    others = [f"{float(other.value):,g}" for other in rows() if other.id == id and not other.used]
    return f"{row.source}, {row.date}" + (f"; others say {' or '.join(others)} {row.unit}" if others else "")


def check(id: str, value: Number, *, times: Number | None = None, words: str = "", unit: str | None = None) -> Limit:
    """Hold a value against a limit of the table (M11).

    What is allowed is the row's value, x `times` where given; at that value the limit holds, above it it is broken.

    Parameters:
    id : str - a limit of the table.
    value : Number - what is asked for, in `unit`; a column along a sweep.
    times : Number or None - how many times the row's value is allowed, where it is not once: 1,000 for
        milliseconds of a limit in seconds, the concurrency for requests per second.
    words : str - the limit in words, where the row's own do not fit.
    unit : str or None - the unit of `value`; the row's own where it is None.

    Raises: KeyError when the table has no such limit.

    Examples:
        >>> check("lambda.timeout_s", 900_000, times=1000, unit="ms").broken
        False
        >>> check("lambda.timeout_s", 900_001, times=1000, unit="ms").broken
        True
    """
    row = used()[id]
    return Limit(
        limit=words or row.limit,
        value=value,
        allowed=row.value if times is None else row.value * times,
        unit=row.unit if unit is None else unit,
        adjustable=row.adjustable,
        source=_source(id),
    )
