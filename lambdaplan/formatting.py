"""Numbers as people read them: money, figures, counts, shares."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from lambdaplan import currency
from lambdaplan.numbers import Number

if TYPE_CHECKING:
    from markupsafe import Markup


class Rounded(str):
    """A number in rounded words, which pages show exactly on hover.

    Examples:
        >>> words = Rounded("about 10.8 million", "10,816,409")
        >>> str(words), str(words.__html__())
        ('about 10.8 million', '<abbr title="10,816,409">about 10.8 million</abbr>')
    """

    __slots__ = ("exactly",)
    exactly: str

    def __new__(cls, words: str, exactly: str = "") -> Self:
        rounded = super().__new__(cls, words)
        rounded.exactly = exactly
        return rounded

    def __html__(self) -> Markup:
        from markupsafe import Markup

        words = Markup.escape(str(self))
        return words if self == self.exactly else Markup('<abbr title="{}">{}</abbr>').format(self.exactly, words)


class Sentence(str):
    """A sentence with rounded numbers in it, made of its parts."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]

    def __new__(cls, *parts: str) -> Self:
        sentence = super().__new__(cls, "".join(parts))
        sentence.parts = parts
        return sentence

    def __html__(self) -> Markup:
        from markupsafe import Markup

        return Markup("").join(self.parts)


def cents(value: Fraction) -> Decimal:
    """An amount of money rounded half-up to the cent (M2).

    Examples:
        >>> cents(Fraction("0.005")), cents(Fraction("35.3334"))
        (Decimal('0.01'), Decimal('35.33'))
    """
    doubled = abs(value) * 200 + 1
    whole = int(doubled // 2)
    return Decimal(whole if value >= 0 else -whole).scaleb(-2)


def decimal_text(value: Fraction, places: int = 12) -> str:
    """Plain decimal text, rounded half-even to some places, without trailing zeros.

    Examples:
        >>> decimal_text(Fraction(100, 3), 4), decimal_text(Fraction(40)), decimal_text(Fraction("0.0000166667"))
        ('33.3333', '40', '0.0000166667')
    """
    above, below = Fraction(value).as_integer_ratio()
    if below == 1:
        return str(above)
    whole, rest = divmod(above * 10**places, below)
    whole += 2 * rest > below or (2 * rest == below and whole % 2)  # half to even
    sign, digits = ("-" if whole < 0 else ""), str(abs(whole)).rjust(places + 1, "0")
    point = len(digits) - places
    head, tail = digits[:point], digits[point:].rstrip("0")
    return f"{sign}{head}.{tail}" if tail else (f"{sign}{head}" if whole else "0")


def decimal_or_none(value: Fraction | None) -> str | None:
    """Plain decimal text of what may be unknown."""
    return None if value is None else decimal_text(value)


def figure(value: Number, places: int = 2) -> str:
    """A number with at most some decimal places, and commas."""
    text = decimal_text(Fraction(value), places)
    if text == "0" and value:
        text = f"{float(value):.1g}"
        return text if "e" not in text else "almost 0"
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def shown(usd: Fraction | Decimal | float) -> Fraction:
    """Dollars in the currency that money is shown in, exactly."""
    return Fraction(usd) * currency.per_usd()


def shown_units(usd: Fraction | Decimal) -> int:
    """Dollars as whole cents of the currency that money is shown in, or as whole units where it has no cents."""
    doubled = abs(shown(usd)) * 2 * 10 ** currency.decimals() + 1
    whole = int(doubled // 2)
    return whole if usd >= 0 else -whole


def unit_text(units: int) -> str:
    """Whole cents of the currency that money is shown in, for people."""
    places = currency.decimals()
    text = f"{Decimal(abs(units)).scaleb(-places):,.{places}f}"
    return f"{'-' if units < 0 else ''}{money_sign()}{text}"


def money_sign() -> str:
    """What stands before an amount of money: $, or the code of the currency that it is shown in."""
    return "$" if currency.currency() is None else f"{currency.code()} "


def a_month() -> str:
    """The unit of a bill: USD a month, or another currency."""
    return f"{currency.code()} a month"


def before_tax() -> str:
    """The currency that money is shown in, with its rate and the date of it."""
    words = currency.rate_words()
    return f"{currency.code()} before tax ({words})" if words else "USD before tax"


def money(value: Fraction | Decimal) -> str:
    """Dollars for people: ``$1,234.56``; in the currency that money is shown in, ``EUR 1,136.30``.

    Examples:
        >>> money(Fraction("1234.555")), money(Decimal("-0.5"))
        ('$1,234.56', '-$0.50')
    """
    return unit_text(shown_units(value))


def whole_money(value: Fraction | Decimal) -> str:
    """Dollars for people without cents, in the currency that money is shown in: ``$1,235``."""
    amount = round(shown(value))
    return f"{'-' if amount < 0 else ''}{money_sign()}{abs(amount):,}"


def total_text(total_usd: Decimal | None, known_usd: Fraction) -> str:
    """A total for people, or what is known of it where a price is missing."""
    return f"at least {money(known_usd)}" if total_usd is None else money(total_usd)


def small_money(usd: Fraction) -> str:
    """Dollars of which less than a cent may matter, to three figures: ``$1.50``, ``$0.0123``, under $0.001."""
    amount, sign = shown(usd), money_sign()
    if amount >= 1 or not amount:
        return money(usd)
    return f"{sign}{rounded(amount)}" if amount >= Fraction(1, 1000) else f"under {sign}0.001"


def count(value: Number, digits: int = 2) -> str:
    """A count for people in rounded words.

    Examples:
        >>> count(7_490_000), count(9_502_411, 3), count(0.761)
        ('7.5 million', '9.5 million', '0.76')
    """
    number = float(value)
    for size, word in ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(number) >= size * (1 - 0.5 * 10**-digits):
            return f"{_significant(number / size, digits)} {word}"
    return _significant(number, digits)


def rounded(value: Number, digits: int = 3) -> str:
    """A number with so many significant digits, in plain decimals.

    Examples:
        >>> rounded(Fraction("0.1169731541")), rounded(Fraction("0.0000018356")), rounded(1840), rounded(1.86)
        ('0.117', '0.00000184', '1,840', '1.86')
    """
    text = decimal_text(Fraction(f"{float(value):.{digits}g}"), 20)
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}" if abs(value) >= 1 else text


def a_unit(unit: str) -> str:
    """A unit with its article, as in a price: a vCPU-hour, an LCU-hour.

    Examples:
        >>> a_unit("instance-hour"), a_unit("GB-month"), a_unit("request (512 KB increments)")
        ('an instance-hour', 'a GB-month', 'a request')
    """
    name = unit.partition(" (")[0] or "unit"
    return f"{'an' if name.startswith(('hour', 'LCU', *'aeio')) else 'a'} {name}"


def _significant(number: float, digits: int) -> str:
    if number == 0:
        return "0"
    rounded = float(f"{number:.{digits}g}")
    return f"{rounded:,.10f}".rstrip("0").rstrip(".")


def share_text(share: Number, places: int = 1) -> str:
    """A share as percent for people."""
    text = f"{float(share) * 100:.{places}f}"
    return (text.rstrip("0").rstrip(".") if places else text) + " %"


def exact_value(value: Any) -> str:
    """A place of the axis with all its digits."""
    return f"{value:,}"


def short_count(value: float) -> str:
    """A number as a chart's axis has it: 10 k, 1.5 M, 2 B."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 0.9995:
            return f"{_trimmed(value / size)} {letter}"
    return _trimmed(value)


def short_money(value: float) -> str:
    """Dollars as a chart's axis has them: $0.01, $10, $1,000, $2 M; in another currency the title names it."""
    sign = "$"
    if currency.currency() is not None:
        sign, value = "", float(f"{value * float(currency.per_usd()):.12g}")
    minus, value = ("-" if value < 0 else ""), abs(value)
    if value >= 999_500:
        return f"{minus}{sign}{short_count(value)}"
    return f"{minus}{sign}{value:,.2f}" if 0 < value < 1 or value % 1 else f"{minus}{sign}{value:,.0f}"


def _trimmed(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.6f}".rstrip("0").rstrip(".") if value else "0"


def on_off(switch: bool) -> str:
    """A switch in words."""
    return "on" if switch else "off"
