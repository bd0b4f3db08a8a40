"""The currency that money is shown in. Bills are reckoned in dollars, as AWS bills; only what people read is converted.

Which currency that is belongs to a scenario or a usage document (`currency` of its rates). A function that makes words,
rows or a picture of one has the decorator `in_its_currency`; a command sets it for all that it prints.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, ParamSpec, Protocol, TypeVar

USD = "USD"
# Minor units of ISO 4217, where they are not two decimals.
WITHOUT_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
WITH_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


class Currency(Protocol):
    """A currency with its rate."""

    @property
    def code(self) -> str:
        """Its code of three letters (ISO 4217)."""

    @property
    def per_usd(self) -> Fraction:
        """So much of it is one dollar."""

    @property
    def words(self) -> str:
        """The rate and its date."""


Argument = ParamSpec("Argument")
Result = TypeVar("Result")
_SHOWN: ContextVar[Currency | None] = ContextVar("currency", default=None)
_OWNERS = ("scenario", "comparison", "bill", "book", "record", "decision", "option_of")


def currency() -> Currency | None:
    """The currency that money is shown in; None for dollars."""
    return _SHOWN.get()


def code() -> str:
    """The code of the currency that money is shown in."""
    one = currency()
    return USD if one is None else one.code


def decimals() -> int:
    """Decimal places of that currency."""
    one = code()
    return 0 if one in WITHOUT_DECIMALS else 3 if one in WITH_THREE_DECIMALS else 2


def per_usd() -> Fraction:
    """So much of that currency is one dollar."""
    one = currency()
    return Fraction(1) if one is None else one.per_usd


def rate_words() -> str:
    """The rate and its date; empty for dollars."""
    one = currency()
    return "" if one is None else one.words


def show_in(one: Currency | None) -> None:
    """Show money in a currency from here on, as a command does with its document."""
    _SHOWN.set(one)


@contextmanager
def shown_in(one: Currency | None) -> Iterator[None]:
    """Within: money is shown in a currency."""
    before = _SHOWN.set(one)
    try:
        yield
    finally:
        _SHOWN.reset(before)


_NONE = object()


def _currency_of(thing: Any) -> Any:
    """The currency of a document, or of the scenario that something is about; `_NONE` where it is about none."""
    for _ in range(4):
        one = getattr(thing, "currency", _NONE)
        if one is not _NONE:
            return one
        thing = next((owner for name in _OWNERS if (owner := getattr(thing, name, None)) is not None), None)
        if thing is None:
            break
    return _NONE


def in_its_currency(function: Callable[Argument, Result]) -> Callable[Argument, Result]:
    """Let a function show money in the currency of what it is given first."""

    @functools.wraps(function)
    def shown(*given: Argument.args, **named: Argument.kwargs) -> Result:
        first = given[0] if given else next(iter(named.values()), None)
        one = _currency_of(first)
        if one is _NONE or one is currency():
            return function(*given, **named)
        with shown_in(one):
            return function(*given, **named)

    return shown


def with_currency(document: Any) -> Any:
    """A document for other programs with every sum of dollars in the shown currency too, beside it.

    A name that ends in `usd` is there again with the code in its place: `total_usd` and `total_eur`. What can be run
    again (the scenario) stays as it is.
    """
    one = currency()
    if one is None or not isinstance(document, dict):
        return document
    told = {"code": one.code, "per_usd": _plain(one.per_usd), "words": one.words}
    return {**_both(document, one), "currency": told}


def _both(value: Any, one: Currency) -> Any:
    if isinstance(value, list):
        return [_both(item, one) for item in value]
    if not isinstance(value, dict):
        return value
    doubled: dict[str, Any] = {}
    for name, item in value.items():
        doubled[name] = item if name in ("scenario", "document") else _both(item, one)
        if name == "usd" or name.endswith("_usd"):
            doubled[f"{name[:-3]}{one.code.lower()}"] = _converted(item, one)
    return doubled


def _converted(item: Any, one: Currency) -> Any:
    if isinstance(item, str):
        try:
            return _plain(Fraction(item) * one.per_usd)
        except ValueError:
            return item
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return float(item) * float(one.per_usd)
    if isinstance(item, list):
        return [_converted(each, one) for each in item]
    if isinstance(item, dict):
        return {name: _converted(each, one) for name, each in item.items()}
    return item


def _plain(value: Fraction) -> str:
    """Decimal text of at most 20 places."""
    whole, rest = divmod(round(abs(value) * 10**20), 10**20)
    text = f"{whole}.{rest:020}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 and text != "0" else text
