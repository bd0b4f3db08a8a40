"""The fields of a scenario as tables, made from its schema: name, unit, range, default, meaning."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.errors import InputError, Problem, in_short, nearest, shorten
from lambdaplan.formatting import exact_value
from lambdaplan.platforms import OPTIONS
from lambdaplan.scenario.hints import MEANT, OF_OPTIONS
from lambdaplan.scenario.reading import SCHEMA
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import default_values, plain, rules
from lambdaplan.schema.synonyms import other_words

COLUMNS = ("field", "unit", "range", "default", "meaning")
COMMAND = "lambdaplan fields"
_WIDEST = 48  # characters of a range in a table
ITEM = "N"  # a place of a list in a path


@dataclass(frozen=True)
class Field:
    """One field of a scenario.

    Parameters:
    path : str - where it stands, with N for a place in a list, as options.N.memory_mb.
    allowed : str - what it may be, in words.
    default : str - what holds where it is not given; "required" where it must be.
    kinds : tuple of str - kinds of options that have it; empty for what is no option's.
    """

    path: str
    unit: str
    allowed: str
    default: str
    meaning: str
    kinds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last name of its path."""
        return self.path.rsplit(".", 1)[-1]

    @property
    def meaning_and_kinds(self) -> str:
        """Its meaning, and the kinds of options that have it where not all have."""
        kinds = "" if len(self.kinds) in (0, len(OPTIONS)) else f" ({', '.join(self.kinds)})"
        return f"{self.meaning}{kinds}"

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """What a row of a table shows of it."""
        allowed = in_short(self.allowed, _WIDEST)
        return self.path, self.unit, allowed, self.default, self.meaning_and_kinds


@functools.cache
def scenario_fields() -> tuple[Field, ...]:
    """Every field of a scenario in the order of the schema; fields of options once, with the kinds that have them."""
    whole = Scenario.json_schema()
    names = [name for name in whole["properties"] if name not in ("options", "workload", SCHEMA)]
    own = {**whole, "properties": {name: whole["properties"][name] for name in (*names, "workload")}}
    fields = list(_walk(own, ""))
    kinds = dict(zip(OPTIONS, whole["properties"]["options"]["items"]["oneOf"], strict=True))
    having: dict[Field, list[str]] = {}
    for kind, described in kinds.items():
        properties = {k: v for k, v in described["properties"].items() if k != "kind"}
        for field in _walk({**described, "properties": properties}, f"options.{ITEM}"):
            having.setdefault(field, []).append(kind)
    listed = Field("options", "", "a list of 1 to 50", "required", "ways to run it; the first is the baseline")
    kind_field = Field(f"options.{ITEM}.kind", "", ", ".join(OPTIONS), "required", "which platform", tuple(OPTIONS))
    of_options = [dataclasses.replace(field, kinds=tuple(named)) for field, named in having.items()]
    place = {path: n for n, path in reversed(list(enumerate(field.path for field in of_options)))}
    of_options.sort(key=lambda field: place[field.path])
    return (*fields, listed, kind_field, *of_options)


def _walk(described: Mapping[str, Any], path: str) -> Iterator[Field]:
    """The fields of an object of the schema, and of objects in it."""
    required = (*described.get("required", ()), *described.get("then", {}).get("required", ()))
    for name, field in described["properties"].items():
        here = f"{path}.{name}".lstrip(".")
        meaning, unit = _unit(field.get("description", ""))
        yield Field(here, unit, _allowed(field), _default(field, name in required), meaning)
        for inner in _inner(field):
            item = f"{here}.{ITEM}" if field.get("type") == "array" or "items" in field else here
            if "const" not in inner["properties"].get(
                "kind", {}
            ):  # an option within an option has the fields of its kind
                yield from _walk(inner, item)


def _alternatives(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The ways to give a field, without null."""
    choices = field.get("anyOf") or field.get("oneOf")
    if choices is None:
        return [field]
    return [one for choice in choices for one in _alternatives(choice) if one.get("type") != "null"]


def _inner(field: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The object that a field holds, or a list of which it holds."""
    objects = []
    for one in _alternatives(field):
        held = one.get("items", {}) if one.get("type") == "array" else one
        objects += [held] if "properties" in held else []
    if len(objects) < 2:
        return objects
    merged: dict[str, Any] = {}
    for one in objects:
        merged = {**one["properties"], **merged}
    return [{"properties": merged}]


def _unit(description: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)\s*\[([^\[\]]+)\]", description)
    return (match[1], match[2]) if match else (description, "")


def _allowed(field: Mapping[str, Any]) -> str:
    words = [_one_allowed(one) for one in _alternatives(field)]
    return " or ".join(dict.fromkeys(word for word in words if word))


def _one_allowed(one: Mapping[str, Any]) -> str:
    if "const" in one:
        return str(one["const"])
    if "enum" in one:
        return ", ".join(str(value) for value in one["enum"] if isinstance(value, str))
    kind = one.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "number" in kinds or "integer" in kinds:
        low = one.get("exclusiveMinimum", one.get("minimum", 0))
        span = f"{'above ' if 'exclusiveMinimum' in one else ''}{low:g}"
        span += f" to {one['maximum']:,}" if "maximum" in one else " or more"
        return f"{span}, whole" if "integer" in kinds else span
    if kind == "boolean":
        return "true, false"
    if kind == "array":
        return _list_allowed(one)
    if kind == "object":
        return "an object"
    return "text"


def _list_allowed(one: Mapping[str, Any]) -> str:
    items = one.get("items", {})
    if "enum" in items:
        return f"a list of {', '.join(items['enum'])}"
    least, most = one.get("minItems", 0), one.get("maxItems")
    many = str(most) if least == most else f"at most {most:,}" if most else ""
    return f"a list of {many}".removesuffix(" ") if many else "a list"


def _default(field: Mapping[str, Any], required: bool) -> str:
    if required:
        return "required"
    value = field.get("default")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value == []:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {inner}" for name, inner in value.items() if name == "shape")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def fields_at(path: str) -> tuple[Field, ...]:
    """The fields at and below a path, or of that name; ``options.fargate`` are those of a kind.

    Raises: InputError when there are none.
    """
    fields = scenario_fields()
    asked = re.sub(r"\.[0-9]+(?=\.|$)", f".{ITEM}", path.strip().strip("."))
    if asked.startswith("options.") and asked.split(".")[1] in OPTIONS:
        kind, *rest = asked.split(".")[1:]
        fields = tuple(field for field in fields if kind in field.kinds)
        asked = ".".join([f"options.{ITEM}", *rest])
    below = tuple(f for f in fields if f.path == asked or f.path.startswith(f"{asked}."))
    found = below or tuple(field for field in fields if field.name == asked)
    if found:
        return found
    names = {field.name: field.path for field in scenario_fields()}
    meant = MEANT.get(asked.rsplit(".", 1)[-1])
    known = [*names.values(), *names, *(f"options.{kind}" for kind in OPTIONS)]
    of_options = OF_OPTIONS.get(asked.rsplit(".", 1)[-1], "").split()
    meant = " or ".join(filter(None, [*of_options[:1], meant])) if meant or of_options else meant
    fix = f"Did you mean {meant}?" if meant else nearest(path, known, other_words(OPTIONS))
    allowed = "a field of a scenario, or an object of it such as workload or options.fargate"
    raise InputError(Problem("type", "PATH", f'"{shorten(path)}"', allowed, fix or f"{COMMAND} lists them."))


_PAGE = """# The fields of a scenario

This page is what `lambdaplan fields --markdown` prints. `lambdaplan fields workload`, \
`lambdaplan fields options.fargate` and `lambdaplan fields purchase` print a part of it. \
A scenario is a file in JSON or YAML; a small one:

    version: 1
    name: Orders API
    workload:
      requests_per_month: 40M
      duration_ms: 120ms
      measured_memory_mb: 512
      busy_share: 30%
      working_set_mb: 170
    options:
      - {kind: lambda, memory_mb: auto}
      - {kind: fargate, size: auto}
      - {kind: ec2, instance_type: auto, families: [t3, m7i]}

`lambdaplan init` writes one with comments. A number may be text with a unit: `10M`, `500k/day`, `120/s`, `200ms`, \
`1.5s`, `512MB`, `0.5GB`, `30%`; 1 GB is 1024 MB. N is a place in a list, counted from 0. Exactly one of \
`workload.busy_share` and `workload.cpu_ms` is given. Each quantity is explained in the [glossary](glossary.md).

A number of workload, options or prices that is not known for sure may be a range, \
`{low: 120, likely: 200, high: 400}` ([how sure](risk.md)), but for sizes and counts that are bought.

A document may carry `$schema`, so that editors complete and check it. The schema is `data/schema/scenario.json` \
(`lambdaplan schema scenario` prints it); in YAML the first line names it: `# yaml-language-server: $schema=PATH`.

TABLES
"""
_SECTIONS = (
    ("The scenario", ""),
    ("workload: what must be served", "workload"),
    (
        "network, operations, services, other costs, growth, sweep, provenance",
        "network operations services other_costs growth sweep prices provenance",
    ),
    ("options: ways to run it", "options"),
)


def fields_page() -> str:
    """The page docs/scenario.md."""
    tables, rest = [], list(scenario_fields())
    sections: list[tuple[str, list[Field]]] = [(title, []) for title, _ in _SECTIONS]
    for field in rest:
        top, below = field.path.split(".", 1)[0], "." in field.path
        at = next((n for n, (_, names) in enumerate(_SECTIONS) if below and top in names.split()), 0)
        sections[at][1].append(field)
    for title, fields in sections:
        rows = [_row(COLUMNS), "|---" * len(COLUMNS) + "|"]
        rows += [_row((f"`{f.path}`", f.unit, f.allowed, f.default, f.meaning_and_kinds)) for f in fields]
        tables.append("\n".join([f"## {title}", "", *rows]))
    return _PAGE.replace("TABLES", "\n\n".join(tables))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def given_rows(scenario: Scenario) -> list[tuple[str, str, str, str]]:
    """The fields of a scenario that are not as by default: path, value, unit, meaning."""
    groups: list[tuple[str, Any]] = [("", scenario), ("workload.", scenario.workload)]
    groups += [(f"options.{n}.", option) for n, option in enumerate(scenario.options)]
    rows = []
    for prefix, holder in groups:
        kind: Any = type(holder)
        usual = default_values(kind)
        for name, rule in rules(kind).items():
            value = getattr(holder, name)
            if name in _NOT_TOLD or value is None or value == usual.get(name) or (not value and rule.kind == "own"):
                continue
            if name == "label" and value == holder.size_label:
                continue
            rows.append((f"{prefix}{rule.name or name}", _given_text(value), rule.unit, rule.meaning))
    return rows


_NOT_TOLD = ("version", "name", "sweep")


def _given_text(value: Any) -> str:
    """A value in a table: a number with its commas, a list by its items, an object by its names."""
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return exact_value(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_given_text(item)}" for name, item in value.items() if item not in (None, [], {}))
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values" if len(value) > _MOST_ITEMS else "; ".join(map(_given_text, value))
    return str(value)


_MOST_ITEMS = 8
