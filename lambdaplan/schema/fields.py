"""Fields of a document: meaning, unit, range and default, and JSON Schema.

The frozen dataclasses of the models declare their fields with the helpers below. From that one
declaration come the reading of documents, their error lines, the JSON Schema, the grain of a
sweep and the ranges of the explorer's controls.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from lambdaplan.currency import in_its_currency, with_currency
from lambdaplan.errors import Problem, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.schema.amounts import PATTERN

T = TypeVar("T")

# Text with something in it, and nothing that does not print: controls, and spaces and marks that no one sees.
_UNSEEN = r"\u0000-\u001f\u007f-\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
TEXT = rf"^(?=.*\S)[^{_UNSEEN}]*(?!\n)$"
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
    inherited: bool = False  # whether it is taken over from the document around it where it is not given

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
    least, most, optional = Fraction(low), None if high is None else Fraction(high), default is None
    step = Fraction(grain)
    rule = Rule(meaning, "number", unit, least, most, above, whole, step, optional=optional, name=name, words=words)
    return _field(rule, default)


def choice(meaning: str, *choices: str, default: Any = MISSING, inherited: bool = False) -> Any:
    """Declare a field that holds one word of a list."""
    rule = Rule(meaning, "choice", choices=choices, optional=default is None or inherited, inherited=inherited)
    return _field(rule, default)


def choices(meaning: str, *known: str, default: tuple[str, ...] | None) -> Any:
    """Declare a field that holds a list of words, each at most once."""
    return _field(Rule(meaning, "choices", choices=known, optional=default is None), default)


def flag(meaning: str, *, default: bool | None) -> Any:
    """Declare a field that holds true or false."""
    return _field(Rule(meaning, "flag", optional=default is None), default)


def text(meaning: str, *, max_length: int = 120, default: Any = MISSING, name: str = "") -> Any:
    """Declare a field that holds text."""
    return _field(Rule(meaning, "text", max_length=max_length, optional=default is None, name=name), default)


def own(meaning: str, read: Callable[[Any, str, list[Problem]], Any], schema: Any, *, default: Any = MISSING) -> Any:
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
def default_values(cls: Any) -> Mapping[str, Any]:
    """The default of each field of a class."""
    return {f.name: f.default for f in dataclasses.fields(cls)}


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


@in_its_currency
def json_text(one: Any, *, indent: int | None = 2) -> str:
    """The document of a result as JSON text, with money in the currency of its scenario too."""
    return json.dumps(with_currency(one.document()), indent=indent, ensure_ascii=False)


class Documented:
    """What a dataclass needs that documents print: with all its fields, unless it says which."""

    def document(self: Any) -> dict[str, Any]:
        """The values as documents print them."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json_text(self)


def changed(value: T, **given: Any) -> T:
    """A frozen dataclass with other values in some of its fields: what `dataclasses.replace` gives, sooner.

    Each point of an axis is a scenario of its own, so this is what a map or a slider does most often.
    """
    kind: Any = type(value)
    if hasattr(kind, "__post_init__"):
        return dataclasses.replace(value, **given)  # type: ignore[type-var]
    copy: T = object.__new__(kind)
    for name in _names(kind):  # not what was worked out of them and kept
        copy.__dict__[name] = value.__dict__[name]
    copy.__dict__.update(given)
    return copy


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def fields_of(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as a document has them."""
    fields = {}
    for field in dataclasses.fields(value):
        rule, item = field.metadata.get("rule"), getattr(value, field.name)
        if item is not None and not field.metadata.get("inner"):
            fields[rule.name if rule and rule.name else field.name] = plain(item)
    return fields


def schema(cls: type, extra: Mapping[str, Any] | None = None, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON Schema of a dataclass's fields, with units in every description."""
    properties: dict[str, Any] = dict(extra or {})
    needed = list(required)
    for attribute, rule in rules(cls).items():
        name = rule.name or attribute
        properties[name] = _schema_of(rule)
        default = default_values(cls)[attribute]
        if default is MISSING:
            needed.append(name)
        elif default is not None and not rule.inherited:
            properties[name]["default"] = plain(default)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _schema_of(rule: Rule) -> dict[str, Any]:
    described: dict[str, Any] = {"description": f"{rule.meaning} [{rule.unit}]" if rule.unit else rule.meaning}
    if rule.schema is not None:
        return {**described, **(_or_null(rule.schema) if rule.optional else rule.schema)}
    if rule.kind == "number":
        described["type"] = ["integer" if rule.whole else "number", "string"]
        described["pattern"] = PATTERN  # an amount with its unit, as text
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
        described |= {"type": "array", "items": {"enum": list(rule.choices)}, "uniqueItems": True, "minItems": 1}
    else:
        described |= {"type": "string", "minLength": 1, "maxLength": rule.max_length}
    if rule.kind == "text":
        described["pattern"] = TEXT
    if not rule.optional:
        return described
    return {"description": described.pop("description"), **_or_null(described)}


def _or_null(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(described), {"type": "null"}]}
