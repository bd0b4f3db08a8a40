"""Amounts as people write them, in one grammar for every field: 10M, 500k/day, 200ms, 1.5s, 512MB, 30%.

A number, a scale or a unit, and for what is counted by time "/day". The field's unit says what kind of amount it is;
a decimal comma, or a unit of another kind, is told as such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import exact
from lambdaplan.units import (
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    HOURS_PER_WEEK,
    KB_PER_GB,
    KB_PER_MB,
    MINUTES_PER_HOUR,
    MONTHS_PER_YEAR,
    MS_PER_SECOND,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    SECONDS_PER_MINUTE,
)

MONTH_HOURS: ContextVar[Fraction] = ContextVar("MONTH_HOURS", default=HOURS_PER_MONTH)
"""Hours of the month of the document that is being read: what a request a second comes to in a month."""

PATTERN = r"^\s*[-+]?\s*[$]?\s*[0-9.][0-9.,_' ]*([eE][-+]?[0-9]+)?[\sA-Za-z%$µμ/()-]*(?!\n)$"
"""What the JSON Schema asks of the text of an amount; which units belong to a field its reader knows."""

_NUMBER = r"[0-9]{1,40}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}"
_GROUPED = r"[1-9][0-9]{0,2}(?:[,_'\u2019 \u00a0\u202f][0-9]{3})+(?:\.[0-9]{1,20})?"
_AMOUNT = re.compile(rf"([-+]?)\s*[$]?\s*({_GROUPED}|{_NUMBER})([eE][-+]?[0-9]{{1,2}})?(?![0-9.,_])\s*(.*)", re.DOTALL)
_COMMA = re.compile(r"([-+]?)\s*[$]?\s*([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]*),([0-9]+)(?![0-9.,])\s*(.*)", re.DOTALL)
_POINTS = re.compile(r"([-+]?)\s*[$]?\s*([0-9]{1,3}(?:\.[0-9]{3}){2,})(?![0-9.,])\s*(.*)", re.DOTALL)
_CALENDAR = re.compile(
    r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}.*|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{1,2}(:[0-9]{2}){1,2}"
)
_MOST_TEXT = 80
_ONE = r"([0-9][0-9,.]*?(?: ?[A-Za-z%]+)?)"
_THREE = re.compile(rf"{_ONE} ?(\.\.\.?|…|/|-|–|:) ?{_ONE} ?\2 ?{_ONE}")
_BETWEEN = re.compile(
    r"(?![0-9.]+[eE]-)([0-9][0-9.,]*\s*[a-zA-Z%]{0,12})\s*(?:-|–|\.\.+|\bto\b)\s*([0-9][0-9.,]*\s*[a-zA-Z%/]{0,16})"
)
_AROUND = re.compile(
    r"^(?:about|approx\.?|approximately|around|ca\.?|circa|some|at least|at most|up to|[~≈<>≤≥=±]+)\s*|[+!]+$",
    re.IGNORECASE,
)
_PLAIN_SIGNS = str.maketrans(
    {**dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019'\"`"), "\u2212": "-", "\u2013": "-"}
)


def _named(*rows: tuple[Fraction | int, str]) -> dict[str, Fraction]:
    return {name: Fraction(factor) for factor, names in rows for name in names.split()}


_SECOND = Fraction(1, SECONDS_PER_HOUR)
_TIME = _named(  # [ms]
    (Fraction(1, MS_PER_SECOND**2), "ns nanosecond nanoseconds"),
    (Fraction(1, MS_PER_SECOND), "us µs μs microsecond microseconds"),
    (1, "ms msec msecs millisecond milliseconds"),
    (MS_PER_SECOND, "s sec secs second seconds"),
    (MS_PER_SECOND * SECONDS_PER_MINUTE, "m min mins minute minutes"),
    (MS_PER_SECOND * SECONDS_PER_HOUR, "h hr hrs hour hours"),
    (MS_PER_SECOND * SECONDS_PER_DAY, "d day days"),
    (MS_PER_SECOND * SECONDS_PER_HOUR * HOURS_PER_WEEK, "w week weeks"),
)
_SIZE = _named(  # [KB]
    (Fraction(1, KB_PER_MB), "b byte bytes"),
    (1, "k kb ki kib kilobyte kilobytes"),
    (KB_PER_MB, "m mb mi mib megabyte megabytes"),
    (KB_PER_GB, "g gb gi gib gigabyte gigabytes"),
    (KB_PER_GB * KB_PER_MB, "t tb ti tib terabyte terabytes"),
)
_SHARE = _named((Fraction(1, 100), "% percent pct"))
_SCALE = _named(
    (10**3, "k thousand"), (10**6, "m mn mio million millions millionen"), (10**9, "b bn g billion billions")
)
_VCPU = _named((1, "vcpu vcpus cpu cpus core cores"), (Fraction(1, 1000), "m millicores"))
_PER = {  # hours; a month is the document's
    **_named(
        (_SECOND, "s sec second"),
        (Fraction(1, MINUTES_PER_HOUR), "m min minute"),
        (1, "h hr hour"),
        (HOURS_PER_DAY, "d day"),
        (HOURS_PER_WEEK, "w week"),
    )
}
_MONTHS, _YEARS = ("mo", "month"), ("y", "yr", "year")
_RATES = {"rps": "s", "qps": "s", "tps": "s", "rpm": "min"}
_OF_TIME = {"USD an hour": "hour|hr|h", "USD a month": "month|mo"}
_COUNTED = [
    "requests",
    "request",
    "reqs",
    "req",
    "calls",
    "call",
    "invocations",
    "invocation",
    "messages",
    "message",
    "deployments",
    "deployment",
    "bursts",
    "burst",
]
_KINDS = {"time": _TIME, "size": _SIZE, "share": _SHARE}


@dataclass(frozen=True)
class _Kind:
    """What a field's unit says of its amounts: of which kind they are, and what one of its unit is there."""

    name: str
    one: Fraction = Fraction(1)
    such: str = "2 or 10k"


_OF_UNIT: Mapping[str, _Kind] = {
    "ms": _Kind("time", Fraction(1), "200ms or 1.5s"),
    "s": _Kind("time", Fraction(MS_PER_SECOND), "30s or 5min"),
    "min": _Kind("time", _TIME["min"], "10min or 1h"),
    "h": _Kind("time", _TIME["h"], "730h or 30d"),
    "days": _Kind("time", _TIME["d"], "30d or 2 weeks"),
    "KB": _Kind("size", Fraction(1), "4KB or 1MB"),
    "MB": _Kind("size", Fraction(KB_PER_MB), "512MB or 0.5GB"),
    "GB": _Kind("size", Fraction(KB_PER_GB), "0.5GB or 512MB"),
    "share": _Kind("share", Fraction(1), "0.3 or 30%"),
    "percent": _Kind("share", Fraction(1, 100), "95 or 95%"),
    "ratio": _Kind("share", Fraction(1), "1.2 or 120%"),
    "requests a month": _Kind("monthly", such="10M, 500k/day or 120/s"),
    "deployments": _Kind("monthly", such="20 or 5/week"),
    "bursts": _Kind("monthly", such="4 or 1/week"),
    "1/s": _Kind("by second", such="120/s or 500k/day"),
    "vCPU": _Kind("vCPU", such="0.5 or 2 vCPU"),
    "zones": _Kind("count", such="2 or 3"),
    "USD": _Kind("money", such="0.10 or $0.10"),
    "USD an hour": _Kind("money", such="85 or $85"),
    "USD a month": _Kind("money", such="85 or $85"),
}


@dataclass(frozen=True)
class NoAmount:
    """Why a text is no amount of its field, and what to write."""

    wanted: str
    fix: str


def examples(unit: str) -> str:
    """How amounts of a unit may be written, such as 512MB or 0.5GB."""
    return _OF_UNIT.get(unit, _Kind("count")).such


def read_amount(text: str, unit: str) -> Fraction | NoAmount:
    """Read an amount in the unit of its field.

    Parameters:
    unit : str - unit of the field, such as ms.

    Examples:
        >>> read_amount("1.5s", "ms")
        Fraction(1500, 1)
        >>> read_amount("0,3", "share").fix
        'It has a decimal comma: write 0.3.'
    """
    kind, text = _OF_UNIT.get(unit, _Kind("count")), text.strip()
    text = text[1:] if unit == "percent" and re.match(r"[pP][0-9]", text) else text  # p95
    if len(text) > _MOST_TEXT:
        return _unknown(kind)
    if written := _CALENDAR.fullmatch(text):
        what = "a date" if "-" in written[0] or "/" in written[0] else "a time as on a clock"
        return NoAmount("a number", f"It is {what}; write it as {kind.such}.")
    if three := _THREE.fullmatch(text):
        own = three[4].lstrip("0123456789,. ")  # the unit at the end is that of all three
        low, likely = (end if re.search("[A-Za-z%]", end) else end + own for end in (three[1], three[3]))
        such = f'{{"low": "{low}", "likely": "{likely}", "high": "{three[4]}"}}'
        return NoAmount("one number", f"A range is {such}, where the field may be one.")
    if between := _BETWEEN.fullmatch(text):
        such = f'{{"low": "{between[1]}", "likely": …, "high": "{between[2]}"}}'
        return NoAmount("one number", f"A range is {such}, where the field may be one.")
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return _comma(text) or _alone(text, unit) or _unknown(kind)
    if "$" in text and kind.name != "money":
        return NoAmount("a number", f"$ is money; write it as {kind.such}.")
    sign, digits, exponent, rest = match.groups()
    number = Fraction(re.sub(r"[^0-9.]", "", digits).rstrip(".") + (exponent or ""))
    words = " ".join(rest.replace("(", " ").replace(")", " ").split()).rstrip(".;")
    factor = _factor(words, kind, unit)
    if isinstance(factor, NoAmount):
        if words in _SHARE and kind.name == "count" and number > 100:
            return NoAmount("a number", f"{words} is a share of something; write it as {decimal_text(number / 100)}.")
        return factor
    value = number * factor * (-1 if sign == "-" else 1)
    tenths = value.denominator
    for prime in (2, 5):
        while tenths % prime == 0:
            tenths //= prime
    return value if tenths == 1 or unit == "requests a month" else exact(float(value))


def requests_per_month(text: str, hours_per_month: Fraction, field: str) -> Fraction:
    """Read requests a month from text such as ``10M``, ``500k/day`` or ``120/s``.

    The result is rounded to a whole request, half-up.

    Raises: InputError when the text is none of these.

    Examples:
        >>> requests_per_month("120/s", Fraction(730), "requests") == 120 * 3600 * 730
        True
    """
    before = MONTH_HOURS.set(hours_per_month)
    try:
        value = read_amount(text, "requests a month")
    finally:
        MONTH_HOURS.reset(before)
    if isinstance(value, NoAmount) or value < 0:
        words = "a number of requests a month, such as 10000000, 10M, 500k/day or 120/s"
        fix = value.fix if isinstance(value, NoAmount) and "comma" in value.fix else f"Try {field}=10M."
        raise InputError(Problem("type", field, shorten(text), words, fix))
    return rounded(value)


def rounded(value: Fraction) -> Fraction:
    """The nearest whole number, half-up."""
    return Fraction((value * 2 + 1) // 2)


def _factor(words: str, kind: _Kind, unit: str) -> Fraction | NoAmount:
    """What one of the written unit is in the unit of the field."""
    lower = words.lower()
    if not lower or lower == unit.lower():
        return Fraction(1)
    if kind.name in _KINDS:
        return _of_unit(words, kind)
    if kind.name in ("monthly", "by second"):
        return _rate(words, kind)
    if kind.name == "vCPU":
        return _VCPU[lower] if lower in _VCPU else _other_kind(words, kind)
    if kind.name == "money":
        lower = re.sub(r"\s*(usd|\$|dollars?)\s*", " ", lower).strip()
        if unit in _OF_TIME:
            lower = re.sub(rf"\s*(/|per|an?)\s*({_OF_TIME[unit]})$", "", lower)
    else:
        one = unit.lower().rstrip("s")
        lower = re.sub(rf"\s*{re.escape(one)}s?$", "", lower) if one else lower
    return _SCALE.get(lower, Fraction(1)) if not lower or lower in _SCALE else _other_kind(words, kind)


def _of_unit(words: str, kind: _Kind) -> Fraction | NoAmount:
    """Of a time, a size or a share."""
    known = _KINDS[kind.name]
    lower = words.lower()
    if kind.name == "time" and words == "M":
        return _other_kind(words, kind)
    return known[lower] / kind.one if lower in known else _other_kind(words, kind)


def _rate(words: str, kind: _Kind) -> Fraction | NoAmount:
    """Of what is counted by time: a scale, what is counted, and by what time."""
    match = re.fullmatch(r"(.*?)\s*(?:/|\b(?:per|an?|each)\b)\s*([a-z]+)", words.lower())
    counted, per = (match[1], match[2]) if match else (words.lower(), "")
    parts = [word for word in counted.split() if word not in _COUNTED]
    if parts and parts[-1] in _RATES and not per:
        per = _RATES[parts.pop()]
    scale = " ".join(parts)
    if scale and scale not in _SCALE:
        return _other_kind(words, kind)
    month = MONTH_HOURS.get()
    hours = _PER.get(per)
    if per in _MONTHS or (not per and kind.name == "monthly"):
        hours = month
    elif per in _YEARS:
        hours = month * MONTHS_PER_YEAR
    elif not per:
        hours = _SECOND
    if hours is None:
        return _other_kind(words, kind)
    return _SCALE.get(scale, Fraction(1)) * (month if kind.name == "monthly" else _SECOND) / hours


def _other_kind(words: str, kind: _Kind) -> NoAmount:
    """A unit that does not belong to the field."""
    lower = words.lower()
    others = {name: known for name, known in _KINDS.items() if name != kind.name and lower in known}
    others = others if lower not in ("m", "b", "k", "g", "t") else {}
    what = next(iter(others), "rate" if "/" in words or lower in _RATES else "")
    unit = shorten(words, 20)
    if what == "share":
        fix = f"{unit} is a share of something; write it as {kind.such}."
    elif what == "rate":
        fix = f'"{unit}" is no rate here; write it as {kind.such}.'
    elif what:
        fix = f"{unit} is a unit of {what}; write it as {kind.such}."
    else:
        fix = f'"{unit}" is no unit here; write it as {kind.such}.'
    return NoAmount("a number" if kind.name not in _KINDS else f"a {kind.name}", fix)


def _unknown(kind: _Kind) -> NoAmount:
    return NoAmount("a number", f"Write it as {kind.such}.")


def _alone(text: str, unit: str) -> NoAmount | None:
    """An amount with something around it: quotes that are not straight, another minus, "about"."""
    plain = _AROUND.sub("", text.translate(_PLAIN_SIGNS)).strip()
    if plain in (text, "") or isinstance(read_amount(plain, unit), NoAmount):
        return None
    return NoAmount("a number", f"Write it as {plain}, without what is around it.")


def _comma(text: str) -> NoAmount | None:
    """Decimal commas, and points between thousands."""
    if re.fullmatch(r"[0-9]{1,5}([,;] ?[0-9]{1,5})*[,;] ?[0-9]{4,5}|[0-9]+( ?[;|] ?[0-9]+)+", text):
        return NoAmount("one number", "Give one of them; sweep.over looks along many.")
    if match := _COMMA.fullmatch(text):
        whole = match[2].replace(".", "") or "0"
        return NoAmount("a number with a decimal point", f"It has a decimal comma: write {whole}.{match[3]}{match[4]}.")
    if match := _POINTS.fullmatch(text):
        whole = match[2].replace(".", "")
        words = decimal_text(Fraction(whole))
        return NoAmount("a number", f"It has points between thousands: write {match[1]}{words}{match[3]}.")
    return None
