"""What a field of a document may hold: its meaning, unit, range and default.

The frozen dataclasses of the models declare their fields with the helpers below. From that one
declaration come the reading of documents, their error lines, the JSON Schema, the grain of a
sweep and the ranges of the explorer's controls.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self, TypeVar

from lambdaplan.errors import Problem, nearest, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import exact

T = TypeVar("T")

HUGE = 10**18  # beyond any quantity of a month that is not a slip


@dataclass(frozen=True)
class Rule:
    """What one field may hold. Numbers are exact; `grain` is the step of a sweep over it."""

    meaning: str
    kind: str  # number, text, choice, flag, choices, own
    unit: str = ""
    low: Fraction = Fraction(0)
    high: Fraction | None = None
    above: bool = False  # whether `low` itself is excluded
    whole: bool = False
    grain: Fraction = Fraction(1)
    choices: tuple[str, ...] = ()
    optional: bool = False
    max_length: int = 0
    read: Callable[[Any, str, list[Problem]], Any] | None = None
    schema: Any = None
    name: str = ""  # in documents, where it differs from the attribute
    words: tuple[str, ...] = ()  # words that a number's field takes as well

    @functools.cached_property
    def allowed(self) -> str:
        """What is accepted, in words, with the unit."""
        if self.kind == "choice":
            return ", ".join(self.choices)
        if self.kind == "choices":
            return f"a list of {', '.join(self.choices)}"
        if self.kind == "flag":
            return "true or false"
        if self.kind == "own":
            return ""
        if self.kind == "text":
            return f"text of 1 to {self.max_length} characters without control characters"
        low, high = decimal_text(self.low), "" if self.high is None else decimal_text(self.high)
        span = f"{low}..{high}" if high else f"{low} or more"
        words = [self.unit] if self.unit else []
        words += ["whole numbers"] if self.whole else []
        words += [f"above {low}"] if self.above else []
        return f"{span} ({', '.join(words)})" if words else span


def number(
    meaning: str,
    *,
    unit: str = "",
    low: int = 0,
    high: int | Fraction | None = None,
    above: bool = False,
    whole: bool = False,
    grain: Fraction | int = 1,
    default: Any = MISSING,
    name: str = "",
    words: tuple[str, ...] = (),
) -> Any:
    """Declare a field that holds a number, or one of some words. [in `unit`]"""
    rule = Rule(
        meaning,
        "number",
        unit,
        Fraction(low),
        None if high is None else Fraction(high),
        above,
        whole,
        Fraction(grain),
        optional=default is None,
        name=name,
        words=words,
    )
    return _field(rule, default)


def choice(meaning: str, *choices: str, default: Any = MISSING) -> Any:
    """Declare a field that holds one word of a list."""
    return _field(Rule(meaning, "choice", choices=choices, optional=default is None), default)


def choices(meaning: str, *known: str, default: tuple[str, ...] | None) -> Any:
    """Declare a field that holds a list of words, each at most once."""
    return _field(Rule(meaning, "choices", choices=known, optional=default is None), default)


def flag(meaning: str, *, default: bool | None) -> Any:
    """Declare a field that holds true or false."""
    return _field(Rule(meaning, "flag", optional=default is None), default)


def text(meaning: str, *, max_length: int = 120, default: Any = MISSING, name: str = "") -> Any:
    """Declare a field that holds text."""
    return _field(Rule(meaning, "text", max_length=max_length, optional=default is None, name=name), default)


def own(
    meaning: str,
    read: Callable[[Any, str, list[Problem]], Any],
    schema: Any,
    *,
    default: Any = MISSING,
) -> Any:
    """Declare a field with a reader and a schema of its own."""
    return _field(Rule(meaning, "own", read=read, schema=schema, optional=default is None), default)


def _field(rule: Rule, default: Any) -> Any:
    return dataclasses.field(default=default, kw_only=True, metadata={"rule": rule})


def rules(cls: Any) -> Mapping[str, Rule]:
    """The declared fields of a dataclass by name."""
    return _rules(cls)


@functools.cache
def _rules(cls: Any) -> Mapping[str, Rule]:
    return {f.name: f.metadata["rule"] for f in dataclasses.fields(cls) if "rule" in f.metadata}


@functools.cache
def _defaults(cls: Any) -> Mapping[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(cls)}


class Repeats(dict[str, Any]):
    """An object of a document that remembers which of its names stood twice."""

    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, Any]]) -> Self:
        """An object from its names and values, in order."""
        pairs = list(pairs)
        found = cls(pairs)
        names = [name for name, _ in pairs]
        if len(found) < len(pairs):
            found.repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
        return found

    def without(self, name: str) -> Self:
        """The object without one of its names."""
        found = type(self)((key, value) for key, value in self.items() if key != name)
        found.repeated = self.repeated
        return found


class Unreadable:
    """A number that no model could use: too long, NaN or infinite. Carries its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


MAX_DIGITS = 40


def parse_number(text: str) -> Any:
    """The exact number of a document's text, or Unreadable where it has no sensible size."""
    if len(text) > 2 * MAX_DIGITS:
        return Unreadable(shorten(text, 24))
    value = Decimal(text)
    if not value.is_finite() or (value and abs(value.adjusted()) > MAX_DIGITS):
        return Unreadable(shorten(text, 24))
    return int(text) if text.lstrip("+-").isdecimal() else value


def shown(value: Any) -> str:
    """A value as an error line shows it, as the document wrote it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    if isinstance(value, Fraction):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return shorten(str(value))


def read_number(value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    """Read one number against its rule; problems are added to the list."""
    if isinstance(value, str) and value in rule.words:
        return value
    wanted = f"a{' whole' if rule.whole else ''} number, {rule.allowed}"
    wanted += "".join(f', or "{word}"' for word in rule.words)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
        if isinstance(value, numbers.Real) and hasattr(value, "item"):  # a numpy scalar from Python callers
            return read_number(value.item(), rule, path, problems)
        hint = "Write a number alone, without quotes or a unit." if isinstance(value, str) else ""
        problems.append(Problem("type", path, shown(value), wanted, hint))
        return None
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        problems.append(Problem("type", path, shown(value), wanted))
        return None
    result = exact(value)
    if result.denominator != 1 and exact(float(result)) != result:
        problems.append(Problem("type", path, shown(value), "a number of at most 15 digits", "Round it."))
        return None
    too_low = result <= rule.low if rule.above else result < rule.low
    if too_low or (rule.high is not None and result > rule.high):
        edge = rule.high if rule.high is not None and result > rule.high else rule.low
        if too_low and rule.above:
            edge = rule.low + rule.grain
        fix = f"Try {_name_of(path)}={decimal_text(edge)}."
        problems.append(Problem("range", path, shown(value), rule.allowed, fix))
        return None
    if rule.whole and result.denominator != 1:
        fix = f"Try {_name_of(path)}={-(-result.numerator // result.denominator)}."
        problems.append(Problem("type", path, shown(value), wanted, fix))
        return None
    return int(result) if rule.whole else result


def _name_of(path: str) -> str:
    """The last name of a path; the whole path where that is a place in a list."""
    last = path.rsplit(".", 1)[-1]
    return path if last.isdigit() else last


def read_value(value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    """Read the value of one field against its rule."""
    if value is None and rule.optional:
        return None
    if rule.read is not None:
        return rule.read(value, path, problems)
    if rule.kind == "number":
        return read_number(value, rule, path, problems)
    if rule.kind == "flag":
        if isinstance(value, bool):
            return value
        problems.append(Problem("type", path, shown(value), rule.allowed))
    elif rule.kind == "choice":
        word = value if isinstance(value, str) else shown(value)
        if word in rule.choices and not isinstance(value, bool):
            return word
        fix = nearest(value, rule.choices) if isinstance(value, str) else ""
        problems.append(Problem("choice", path, shown(value), rule.allowed, fix))
    elif rule.kind == "choices":
        return _read_choices(value, rule, path, problems)
    elif isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= rule.max_length:
        if value.isprintable():
            return value
        problems.append(Problem("type", path, shown(value), rule.allowed))
    else:
        problems.append(Problem("type", path, shown(value), rule.allowed))
    return None


def _read_choices(value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, (list, tuple)):
        problems.append(Problem("type", path, shown(value), rule.allowed))
        return None
    before = len(problems)
    for index, item in enumerate(value):
        if item not in rule.choices if isinstance(item, str) else True:
            fix = nearest(item, rule.choices) if isinstance(item, str) else ""
            allowed = ", ".join(rule.choices)
            problems.append(Problem("choice", f"{path}.{index}", shown(item), allowed, fix))
        elif item in value[:index]:
            problems.append(Problem("conflict", f"{path}.{index}", shown(item), "it is named twice"))
    if not value:
        problems.append(Problem("conflict", path, "an empty list", f"name at least one of {', '.join(rule.choices)}"))
    return None if len(problems) > before else tuple(c for c in rule.choices if c in value)


def read(cls: type[T], document: Any, path: str, problems: list[Problem]) -> T | None:
    """Read an object of a document into a dataclass; every problem is added to the list.

    Returns None when a field is wrong.
    """
    if not isinstance(document, Mapping):
        problems.append(Problem("type", path or "document", shown(document), "an object with fields"))
        return None
    before = len(problems)
    values = read_values(cls, document, path, problems)
    return None if len(problems) > before else cls(**values)


def read_kind(kinds: Mapping[str, type[Any]], key: str, item: Any, path: str, problems: list[Problem]) -> Any:
    """Read an object whose `key` names the type it is of."""
    if not isinstance(item, Mapping):
        problems.append(Problem("type", path, shown(item), f"an object with a {key}"))
        return None
    if key not in item:
        problems.append(Problem("missing", f"{path}.{key}", "", f"one of {', '.join(kinds)}"))
        return None
    kind = item[key]
    if not isinstance(kind, str) or kind not in kinds:
        fix = nearest(kind, kinds) if isinstance(kind, str) else ""
        problems.append(Problem("choice", f"{path}.{key}", shown(kind), ", ".join(kinds), fix))
        return None
    fields = item.without(key) if isinstance(item, Repeats) else {n: v for n, v in item.items() if n != key}
    return read(kinds[kind], fields, path, problems)


def read_values(
    cls: Any, document: Mapping[str, Any], path: str, problems: list[Problem], others: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The fields of an object that can be read, by attribute; ``others`` are read by the caller."""
    prefix = f"{path}." if path else ""
    known = {rule.name or attribute: attribute for attribute, rule in rules(cls).items()}
    unknown_fields(document, (*known, *others), path, problems)
    values: dict[str, Any] = {}
    for name, attribute in known.items():
        rule, before = rules(cls)[attribute], len(problems)
        if name in document:
            value = read_value(document[name], rule, f"{prefix}{name}", problems)
            if len(problems) == before:
                values[attribute] = value
        elif _defaults(cls)[attribute] is MISSING:
            allowed = "; ".join(words for words in (rule.meaning, rule.allowed) if words)
            problems.append(Problem("missing", f"{prefix}{name}", "", allowed))
    return values


def unknown_fields(document: Mapping[str, Any], known: tuple[str, ...], path: str, problems: list[Problem]) -> None:
    """Add a problem for each name of an object that is not a known field, or that stands twice."""
    prefix = f"{path}." if path else ""
    for name in document:
        if name not in known:
            allowed = "the fields are " + ", ".join(known)
            fix = nearest(str(name), known)
            field = f"{prefix}{shorten(str(name), 40)}"
            problems.append(Problem("unknown_field", field, shown(document[name]), allowed, fix))
    for name in getattr(document, "repeated", ()):
        problems.append(
            Problem(
                "conflict",
                f"{prefix}{shorten(name, 40)}",
                shown(document[name]),
                "the name stands twice in its object",
                "Keep one of them.",
            )
        )


def plain(value: Any) -> Any:
    """A value of a model as a document has it: numbers as short as they are exact, nothing for None."""
    if isinstance(value, (Fraction, Decimal)):
        return int(value) if value == int(value) else float(value)
    if hasattr(value, "document"):
        return value.document()
    if dataclasses.is_dataclass(value):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def changed(value: T, **given: Any) -> T:
    """A frozen dataclass with other values in some of its fields: what `dataclasses.replace` gives, sooner.

    Each point of an axis is a scenario of its own, so this is what a map or a slider does most often.
    """
    kind: Any = type(value)
    if hasattr(kind, "__post_init__"):
        return dataclasses.replace(value, **given)  # type: ignore[type-var]
    found: T = object.__new__(kind)
    for name in _names(kind):  # not what was worked out of them and kept
        found.__dict__[name] = value.__dict__[name]
    found.__dict__.update(given)
    return found


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as a document has them."""
    found = {}
    for field in dataclasses.fields(value):
        rule, item = field.metadata.get("rule"), getattr(value, field.name)
        if item is not None:
            found[rule.name if rule and rule.name else field.name] = plain(item)
    return found


def schema(cls: type, extra: Mapping[str, Any] | None = None, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON Schema of a dataclass's fields, with units in every description."""
    properties: dict[str, Any] = dict(extra or {})
    needed = list(required)
    for attribute, rule in rules(cls).items():
        name = rule.name or attribute
        properties[name] = _schema_of(rule)
        default = _defaults(cls)[attribute]
        if default is MISSING:
            needed.append(name)
        elif default is not None:
            properties[name]["default"] = plain(default)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _schema_of(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {"description": f"{rule.meaning} [{rule.unit}]" if rule.unit else rule.meaning}
    if rule.schema is not None:
        return {**described, **(_or_null(rule.schema) if rule.optional else rule.schema)}
    if rule.kind == "number":
        described["type"] = "integer" if rule.whole else "number"
        described["exclusiveMinimum" if rule.above else "minimum"] = plain(rule.low)
        if rule.high is not None:
            described["maximum"] = plain(rule.high)
        if rule.words:
            numeric = {name: described.pop(name) for name in list(described) if name != "description"}
            described["anyOf"] = [numeric, {"enum": list(rule.words)}]
    elif rule.kind == "flag":
        described["type"] = "boolean"
    elif rule.kind == "choice":
        described["enum"] = [*rule.choices, *(float(c) for c in rule.choices if c[0].isdigit())]
    elif rule.kind == "choices":
        described |= {"type": "array", "items": {"enum": list(rule.choices)}, "uniqueItems": True}
    else:
        described |= {"type": "string", "minLength": 1, "maxLength": rule.max_length}
    if rule.kind == "text":
        described["pattern"] = r"\S"
    if not rule.optional:
        return described
    return {"description": described.pop("description"), **_or_null(described)}


def _or_null(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(found), {"type": "null"}]}
