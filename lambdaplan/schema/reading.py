"""Reading and validation of fields: all problems together, numbers exactly as written."""

from __future__ import annotations

import functools
import json
import math
import numbers
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Self

from lambdaplan.errors import LONG_LIST, SHOWN_PROBLEMS, Problem, nearest, shorten
from lambdaplan.formatting import decimal_text
from lambdaplan.numbers import exact
from lambdaplan.schema.amounts import NoAmount, examples, read_amount, rounded
from lambdaplan.schema.fields import Rule, T, default_values, own, rules, schema, shown
from lambdaplan.schema.synonyms import NOTHING, YES_NO, other_words


class Repeats(dict[str, Any]):
    """An object of a document that remembers which of its names stood twice."""

    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, Any]]) -> Self:
        """An object from its names and values, in order."""
        pairs = list(pairs)
        mapping = cls(pairs)
        names = [name for name, _ in pairs]
        if len(mapping) < len(pairs):
            mapping.repeated = tuple(name for name, times in Counter(names).items() if times > 1)
        return mapping

    def without(self, name: str) -> Self:
        """The object without one of its names."""
        rest = type(self)((key, value) for key, value in self.items() if key != name)
        rest.repeated = tuple(other for other in self.repeated if other != name)
        return rest


def with_name(document: Mapping[str, Any], name: str, value: Any) -> Repeats:
    """An object with another value of one of its names; it remembers which of them stood twice."""
    changed = Repeats({**document, name: value})
    changed.repeated = document.repeated if isinstance(document, Repeats) else ()
    return changed


class Unreadable:
    """A number that no model could use: too long, NaN or infinite. Carries its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


MAX_DIGITS = 40
REQUESTS_A_MONTH = "requests a month"
"""The unit of what is whole however it is given, as 500k/day."""


def parse_number(text: str) -> Any:
    """The exact number of a document's text, or Unreadable where it has no sensible size."""
    if len(text) > 2 * MAX_DIGITS:
        return Unreadable(shorten(text, 24))
    try:
        value = Decimal(text)
    except InvalidOperation:  # no number, or an exponent of nineteen digits
        return Unreadable(shorten(text, 24))
    if not value.is_finite() or (value and abs(value.adjusted()) > MAX_DIGITS):
        return Unreadable(shorten(text, 24))
    return int(text) if text.lstrip("+-").isdecimal() else value


def exact_text(text: str) -> Fraction:
    """The exact number of a text.

    Raises: ValueError where it is none, or has no sensible size: an exponent of eight digits would take hours.
    """
    value = parse_number(text)
    if isinstance(value, Unreadable):
        raise ValueError(f"{shorten(text)} is not a number of a sensible size")  # noqa: TRY004 - of its text
    return Fraction(value)


def read_number(value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    """Read one number against its rule; problems are added to the list."""
    if isinstance(value, str) and value in rule.words:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, Fraction)):
        if isinstance(value, numbers.Real) and hasattr(value, "item"):  # a numpy scalar from Python callers
            return read_number(value.item(), rule, path, problems)
        if isinstance(value, str):
            return _read_amount(value, rule, path, problems)
        problems.append(Problem("type", path, shown(value), _wanted(rule), _as_number(value, rule)))
        return None
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        problems.append(Problem("type", path, shown(value), _wanted(rule), _as_number(value, rule)))
        return None
    if rule.whole and _has_point_between_thousands(value):
        many, few = decimal_text(exact(value) * 1000), decimal_text(exact(value))
        fix = f"Write {many}, if the point stands between thousands" + (f", or {few}." if value % 1 == 0 else ".")
        problems.append(Problem("type", path, shown(value), _wanted(rule), fix))
        return None
    return _held(exact(value), value, rule, path, problems)


def _as_number(value: Any, rule: Rule) -> str:
    """How a number is written that was given as something else."""
    if isinstance(value, Mapping):
        return 'A range is {"low": …, "likely": …, "high": …}, where the field may be one.'
    if isinstance(value, (list, tuple)):
        return "Give one of them; sweep.over looks along many." if value else f"Write it as {examples(rule.unit)}."
    return f"Write it as {examples(rule.unit)}."


def _has_point_between_thousands(value: Any) -> bool:
    """Whether a number was written as 10.000 or 1.500, as some languages write ten thousand."""
    return isinstance(value, Decimal) and value.as_tuple().exponent == -3 and 1 <= abs(value) < 1000


def _read_amount(text: str, rule: Rule, path: str, problems: list[Problem]) -> Any:
    """Read a number that is written as text, with a unit or a scale."""
    value = read_amount(text, rule.unit)
    if isinstance(value, NoAmount):
        fix = nearest(text, rule.words, other_words(rule.words)) or value.fix
        if rule.optional and text.strip().lower() in NOTHING:
            fix = "Leave it out, or write null."
        problems.append(Problem("type", path, shown(text), _wanted(rule, value.wanted), fix))
        return None
    value = rounded(value) if rule.unit == REQUESTS_A_MONTH else value
    return _held(value, text, rule, path, problems)


def _wanted(rule: Rule, what: str = "") -> str:
    """What a number's field takes, in words."""
    wanted = f"{what or ('a whole number' if rule.whole else 'a number')}, {rule.allowed}"
    return wanted + "".join(f', or "{word}"' for word in rule.words)


def _held(result: Fraction, value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    """A number that is within what its field may be; `value` is how the document has it."""
    if result.denominator != 1 and exact(float(result)) != result:
        problems.append(Problem("type", path, shown(value), "a number of at most 15 digits", "Round it."))
        return None
    too_low = result <= rule.low if rule.above else result < rule.low
    if too_low or (rule.high is not None and result > rule.high):
        edge = rule.high if rule.high is not None and result > rule.high else rule.low
        if too_low and rule.above:
            edge = rule.low + rule.grain
        thousand = result * 1000
        if _has_point_between_thousands(value) and too_low and (rule.high is None or rule.low <= thousand <= rule.high):
            fix = f"Try {_name_of(path)}={decimal_text(thousand)}, if the point stands between thousands."
            problems.append(Problem("range", path, shown(value), rule.allowed, fix))
            return None
        with_unit = isinstance(value, str) and not value.strip().isdecimal()
        other = "" if with_unit else _in_another_unit(result, rule, path)
        fix = other or f"Try {_name_of(path)}={decimal_text(edge)}."
        problems.append(Problem("range", path, shown(value), rule.allowed, fix))
        return None
    if rule.whole and result.denominator != 1:
        fix = f"Try {_name_of(path)}={-(-result.numerator // result.denominator)}."
        problems.append(Problem("type", path, shown(value), _wanted(rule), fix))
        return None
    return int(result) if rule.whole else result


# Units that people give by mistake, and what one of them is in the field's own unit.
OTHER_UNITS: Mapping[str, tuple[tuple[Fraction, str], ...]] = {
    "vCPU": ((Fraction(1, 1024), "CPU units of ECS, of which 1,024 are a vCPU"), (Fraction(1, 1000), "thousandths")),
    "GB": ((Fraction(1, 1024), "MB"), (Fraction(1, 1024**3), "bytes")),
    "MB": ((Fraction(1024), "GB"), (Fraction(1, 1024), "KB"), (Fraction(1, 1024**2), "bytes")),
    "KB": ((Fraction(1, 1024), "bytes"),),
    "share": ((Fraction(1, 100), "percent"),),
    "percent": ((Fraction(100), "a share"),),
    "ms": ((Fraction(1000), "seconds"), (Fraction(1, 1000), "microseconds")),
    "s": ((Fraction(1, 1000), "ms"),),
    "h": ((Fraction(24), "days"),),
}
ROUND = {"vCPU": 4, "GB": 8}  # of which parts a size is made; of other quantities a thousandth is looked at


def _in_another_unit(value: Fraction, rule: Rule, path: str) -> str:
    """The number that is meant where a value out of range is a round one within it in another unit; else nothing."""
    name = _name_of(path)
    for one, words in OTHER_UNITS.get(rule.unit, ()):
        meant = value * one
        fits = (meant > rule.low if rule.above else meant >= rule.low) and (rule.high is None or meant <= rule.high)
        parts = 1 if rule.whole else ROUND.get(rule.unit, 1000)
        if value > 0 and fits and meant > 0 and (meant * parts).denominator == 1:
            return f"Try {name}={decimal_text(meant)}, if {decimal_text(value)} is in {words}."
    return ""


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
    if rule.kind == "choices":
        return _read_choices(value, rule, path, problems)
    if rule.kind == "choice":
        word = value if isinstance(value, str) else shown(value)
        if word in rule.choices and not isinstance(value, bool):
            return word
        said = "no" if value is False else value
        fix = nearest(said, rule.choices, other_words(rule.choices))
        if not fix and len(rule.allowed) > LONG_LIST:
            fix = f"lambdaplan fields {_name_of(path)} lists them."
        problems.append(Problem("choice", path, shown(value), rule.allowed, fix))
        return None
    if isinstance(value, bool) if rule.kind == "flag" else _is_text(value, rule.max_length):
        return value
    meant = YES_NO.get(str(value).strip().lower()) if rule.kind == "flag" else None
    fix = f"Try {_name_of(path)}={meant}." if meant else ""
    if rule.kind == "text" and isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        fix = f'Write it in quotes: "{value}".'
    problems.append(Problem("type", path, shown(value), rule.allowed, fix))
    return None


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= most and value.isprintable()


def _read_choices(value: Any, rule: Rule, path: str, problems: list[Problem]) -> Any:
    if not isinstance(value, (list, tuple)):
        words = [word for word in re.split(r"[,\s]+", value) if word in rule.choices] if isinstance(value, str) else []
        words = list(rule.choices) if value in ("all", "everything") else words
        fix = f"Try {_name_of(path)}={json.dumps(words)}." if words else ""
        problems.append(Problem("type", path, shown(value), rule.allowed, fix))
        return None
    before = len(problems)
    named: set[str] = set()
    for index, item in enumerate(value):
        if not (isinstance(item, str) and item in rule.choices):
            allowed, fix = ", ".join(rule.choices), _suggestion(item, rule.choices, problems)
            problems.append(Problem("choice", f"{path}.{index}", shown(item), allowed, fix))
        elif item in named:
            problems.append(Problem("conflict", f"{path}.{index}", shown(item), "it is named twice"))
        else:
            named.add(item)
    if not value:
        problems.append(Problem("conflict", path, "an empty list", f"name at least one of {', '.join(rule.choices)}"))
    return None if len(problems) > before else tuple(c for c in rule.choices if c in value)


def read(cls: type[T], document: Any, path: str, problems: list[Problem]) -> T | None:
    """Read an object of a document into a dataclass; every problem is added to the list.

    Returns None when a field is wrong.
    """
    if not isinstance(document, Mapping):
        names = ", ".join(rule.name or attribute for attribute, rule in rules(cls).items())
        words, fix = f"an object with the fields {names}", _field_meant(cls, document, path)
        if isinstance(document, (list, tuple)) and document and all(isinstance(item, Mapping) for item in document):
            fix = "Its fields stand in it without dashes or brackets around each."
        problems.append(Problem("type", path or "document", shown(document), words, fix))
        return None
    before = len(problems)
    values = read_values(cls, document, path, problems)
    return None if len(problems) > before else cls(**values)


def _field_meant(cls: Any, value: Any, path: str) -> str:
    """The field that a value was meant for, given in place of an object: its only one, or one that has that word."""
    fields = {rule.name or attribute: rule for attribute, rule in rules(cls).items()}
    words = [name for name, rule in fields.items() if isinstance(value, str) and value in rule.choices]
    names = words or (list(fields) if len(fields) == 1 else [])
    plain_value = isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)
    return f"Try {path}.{names[0]}={shorten(str(value), 20)}." if names and plain_value and path else ""


def part(meaning: str, cls: type, *, default: Any = None) -> Any:
    """Declare a field that holds an object with declared fields of its own."""
    return own(meaning, functools.partial(read, cls), schema(cls), default=default)


_LIKE_A_KIND = ("type", "platform", "kinds", "service", "name")


def read_kind(kinds: Mapping[str, type[Any]], key: str, item: Any, path: str, problems: list[Problem]) -> Any:
    """Read an object whose `key` names the type it is of."""
    if not isinstance(item, Mapping):
        fix = f'Write {{"{key}": "{item}", …}} with its fields.' if isinstance(item, str) and item in kinds else ""
        problems.append(Problem("type", path, shown(item), f"an object with a {key}", fix))
        return None
    if key not in item:
        fix = next((f"Did you mean {key} in place of {name}?" for name in _LIKE_A_KIND if name in item), "")
        named = next((name for name in item if name in kinds), "")
        fix = f"Write {key}: {named}, with its other fields below it." if named else fix
        problems.append(Problem("missing", f"{path}.{key}", "", f"one of {', '.join(kinds)}", fix))
        return None
    kind = item[key]
    if not isinstance(kind, str) or kind not in kinds:
        fix = nearest(kind, kinds, other_words(dict(kinds)))
        problems.append(Problem("choice", f"{path}.{key}", shown(kind), ", ".join(kinds), fix))
        return None
    if not isinstance(item, Repeats):
        return read(kinds[kind], {n: v for n, v in item.items() if n != key}, path, problems)
    if key in item.repeated:
        problems.append(_twice(f"{path}.{key}", kind))
    fields = item.without(key)
    return read(kinds[kind], fields, path, problems)


def part_of_kind(meaning: str, kinds: Mapping[str, type[Any]], key: str, *, default: Any = MISSING) -> Any:
    """Declare a field that holds an object whose `key` names the type it is of."""
    schemas = schemas_of(kinds, key)
    described = {"oneOf": schemas} if len(schemas) > 1 else schemas[0]
    return own(meaning, functools.partial(read_kind, kinds, key), described, default=default)


def schemas_of(kinds: Mapping[str, type[Any]], key: str) -> list[dict[str, Any]]:
    """The JSON Schema of each type of such objects."""
    return [schema(kind, {key: {"const": name}}, (key,)) for name, kind in kinds.items()]


def read_kinds(
    kinds: Mapping[str, type[Any]], key: str, items: Iterable[Any], path: str, problems: list[Problem]
) -> dict[str, Any]:
    """Read a list of such objects: those that can be read, by their paths."""
    objects = {f"{path}.{n}": read_kind(kinds, key, item, f"{path}.{n}", problems) for n, item in enumerate(items)}
    return {where: value for where, value in objects.items() if value is not None}


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
        elif default_values(cls)[attribute] is MISSING:
            allowed = "; ".join(words for words in (rule.meaning, rule.allowed) if words)
            problems.append(Problem("missing", f"{prefix}{name}", "", allowed))
    return values


def _suggestion(name: Any, known: Iterable[str], problems: list[Problem]) -> str:
    """The nearest of the known names, for problems that are shown: looking for it takes longer than all else."""
    known = tuple(known)
    return nearest(name, known, other_words(known)) if len(problems) < SHOWN_PROBLEMS else ""


def unknown_fields(document: Mapping[str, Any], known: tuple[str, ...], path: str, problems: list[Problem]) -> None:
    """Add a problem for each name of an object that is not a known field, or that stands twice."""
    prefix = f"{path}." if path else ""
    for name in document:
        if name not in known:
            field, allowed = f"{prefix}{shorten(str(name), 40)}", "the fields are " + ", ".join(known)
            fix = _suggestion(str(name), known, problems)
            problems.append(Problem("unknown_field", field, shown(document[name]), allowed, fix))
    for name in getattr(document, "repeated", ()):
        problems.append(_twice(f"{prefix}{shorten(name, 40)}", document[name]))


def _twice(field: str, value: Any) -> Problem:
    return Problem("conflict", field, shown(value), "the name stands twice in its object", "Keep one of them.")
