"""Provenance: where the numbers of a scenario are from, over which time, from how many samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lambdaplan.errors import Problem, shorten
from lambdaplan.formatting import rounded
from lambdaplan.schema.fields import Documented, number, own, plain, schema, shown, text
from lambdaplan.schema.reading import read

MOST = 100
COLUMNS = ("number", "value", "95 % interval", "samples", "from", "time", "how")
_HUGE = 10**18
_NEAR = 1e-5  # of a value: a document has six digits of what was measured


def _read_value(value: Any, path: str, problems: list[Problem]) -> Fraction | str | bool | None:
    if value is None or isinstance(value, bool | Fraction):
        return value
    if isinstance(value, int | float | Decimal) and -_HUGE < value < _HUGE:  # NaN is not
        return Fraction(str(value))
    if isinstance(value, str) and len(value) <= 120 and value.isprintable():
        return value
    problems.append(Problem("type", path, shown(value), "a number, text of at most 120 characters, or true or false"))
    return None


def _read_interval(value: Any, path: str, problems: list[Problem]) -> tuple[Fraction, Fraction] | None:
    if value is None:
        return None
    ends = list(value) if isinstance(value, list | tuple) else []
    numbers = [one for one in ends if isinstance(one, int | float | Decimal | Fraction) and not isinstance(one, bool)]
    if len(ends) != 2 or len(numbers) != 2 or not -_HUGE < numbers[0] <= numbers[1] < _HUGE:
        problems.append(Problem("type", path, shown(value), "a list of two numbers, the lower end and the upper"))
        return None
    low, high = (one if isinstance(one, Fraction) else Fraction(str(one)) for one in numbers)
    return low, high


@dataclass(frozen=True)
class Provenance(Documented):
    """Where one value of a scenario is from."""

    path: str = text("path of the value in the scenario", max_length=120)
    file: str = text("name of the file that told it", max_length=200)
    value: Fraction | str | bool | None = own(
        "the value as it was read; where the scenario has another, it was changed since",
        _read_value,
        {"type": ["number", "string", "boolean", "null"]},
        default=None,
    )
    unit: str | None = text("its unit", max_length=120, default=None)
    first: str | None = text("first time that the file covers, UTC", max_length=40, default=None)
    last: str | None = text("last time that it covers, UTC", max_length=40, default=None)
    samples: int | None = number("samples it rests on", high=10**15, whole=True, default=None)
    interval: tuple[Fraction, Fraction] | None = own(
        "its 95 % interval",
        _read_interval,
        {"type": ["array", "null"], "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        default=None,
    )
    how: str | None = text("how it was computed, and what that takes for granted", max_length=400, default=None)

    @property
    def time(self) -> str:
        """The time that the file covers, in words."""
        return f"{self.first} to {self.last}" if self.first and self.last else ""

    def differs(self, now: Any) -> bool:
        """Whether the scenario has another value than was read; of what is no number or text nothing is known."""
        if self.value is None or now is None or isinstance(now, Mapping | list):
            return False
        if isinstance(self.value, Fraction) and isinstance(now, int | float | Fraction):
            return abs(float(now) - float(self.value)) > _NEAR * max(abs(float(self.value)), abs(float(now)))
        return bool(plain(self.value) != plain(now))


def read_provenance(value: Any, path: str, problems: list[Problem]) -> tuple[Provenance, ...]:
    """Read the list that `lambdaplan import` writes."""
    if not isinstance(value, list | tuple) or len(value) > MOST:
        words = f'a list of at most {MOST} of {{"path", "file", "value" …}}, as lambdaplan import writes it'
        problems.append(Problem("type", path, shown(value), words))
        return ()
    items = [read(Provenance, item, f"{path}.{index}", problems) for index, item in enumerate(value)]
    return tuple(item for item in items if item is not None)


PROVENANCE_SCHEMA = {"type": "array", "maxItems": MOST, "items": schema(Provenance)}


def provenance_rows(given: Sequence[Provenance], document: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where each value is from, as rows of a table, with what was changed since.

    Parameters:
    document : the scenario's document, which has the values of now.
    """
    rows = []
    for one in given:
        now = _at(document, one.path)
        value = _words(one.value if one.value is not None else now)
        if one.differs(now):
            value = f"{_words(now)} (changed; {value} was read)"
        ends = "" if one.interval is None else " to ".join(rounded(float(end), 4) for end in one.interval)
        samples = "" if one.samples is None else f"{one.samples:,}"
        cells = (one.path, value, ends, samples, one.file, one.time, one.how or "")
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return rows


def provenance_words(given: Sequence[Provenance]) -> str:
    """How many numbers files told, and which files, in a sentence; nothing where none did."""
    if not given:
        return ""
    files = list(dict.fromkeys(one.file for one in given))
    more = f" and {len(files) - 4} more" if len(files) > 4 else ""
    names = ", ".join(one.path.rpartition(".")[2] for one in given[:8])
    further = f" and {len(given) - 8} more" if len(given) > 8 else ""
    return f"read from {', '.join(shorten(name, 40) for name in files[:4])}{more}: {names}{further}"


def _at(document: Any, path: str) -> Any:
    """The value at a path of a document; None where there is none; of a range the likely one."""
    for step in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list | tuple) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document.get("likely", document) if isinstance(document, Mapping) else document


def _words(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, int | float | Fraction):
        return rounded(value, 6)
    if isinstance(value, Mapping):
        many = next(
            (f"{len(item)} {name} weights" for name, item in value.items() if isinstance(item, list | tuple)), ""
        )
        return many or "an object"
    return str(value)
