"""Intrinsic functions of CloudFormation: what a template's values come to with the defaults of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdaplan.evidence.templates.sizes import Resolved, Unresolved

_DEEPEST = 40
_LOOPS, _TURNS = 5, 2_000  # how deep loops nest, and how many turns all of them have at most
_NO_VALUE = "AWS::NoValue"
_PSEUDO = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}


@dataclass(frozen=True)
class Reference:
    """A reference to a resource of the same template.

    Parameters:
    resource : text - its logical id.
    """

    resource: str


class Template:
    """A template of CloudFormation, whose values are resolved as far as it says what they are."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.resources: dict[str, Mapping[str, Any]] = {}
        self.parameters = _mapping(document.get("Parameters"))
        self.mappings = _mapping(document.get("Mappings"))
        self.conditions = _mapping(document.get("Conditions"))
        self._turns = 0
        self._take(_mapping(document.get("Resources")), 0)

    def _take(self, resources: Mapping[str, Any], depth: int) -> None:
        """Keep resources, those of a loop (Fn::ForEach) written out."""
        for name, one in resources.items():
            if isinstance(one, Mapping):
                self.resources[str(name)] = one
            elif str(name).startswith("Fn::ForEach::") and isinstance(one, list) and len(one) == 3 and depth < _LOOPS:
                values = _plain(self.resolve(one[1]))
                values = values.split(",") if isinstance(values, str) else values
                for value in values if isinstance(values, list) else []:
                    self._turns += 1
                    if isinstance(value, str | int) and self._turns <= _TURNS:
                        self._take(_mapping(_filled(one[2], str(one[0]), str(value).strip())), depth + 1)

    def of_type(self, *types: str) -> list[tuple[str, Mapping[str, Any]]]:
        """The resources of some types, with their properties; those left out by a condition are not among them."""
        chosen = []
        for name, one in self.resources.items():
            if one.get("Type") in types and self.condition(one.get("Condition"), 0) is not False:
                chosen.append((name, _mapping(one.get("Properties"))))
        return chosen

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """What a value comes to: plain, Resolved by a default, a Reference, or Unresolved; None for nothing."""
        if depth > _DEEPEST:
            return Unresolved("it is nested too deeply")
        if isinstance(value, str):
            return Unresolved(value) if value.startswith("{{resolve:") else value
        if isinstance(value, list):
            return [one for one in (self.resolve(one, depth + 1) for one in value) if one is not None]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return self._ref(str(argument), depth)
            if isinstance(key, str) and key.startswith("Fn::"):
                return self._function(key[4:], argument, depth + 1)
        return {key: self.resolve(one, depth + 1) for key, one in value.items()}

    def _ref(self, name: str, depth: int) -> Any:
        if name == _NO_VALUE:
            return None
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.resources:
            return Reference(name)
        parameter = self.parameters.get(name)
        if not isinstance(parameter, Mapping):
            return Unresolved(f"Ref {name}")
        if "Default" not in parameter or str(parameter.get("Type", "")).startswith("AWS::SSM::"):
            return Unresolved(f"parameter {name}, which has no default here")
        return Resolved(parameter["Default"], f"default of the parameter {name}")

    def _function(self, name: str, argument: Any, depth: int) -> Any:
        handler = getattr(self, f"_{name.lower()}", None) if name in _KNOWN else None
        return Unresolved(f"Fn::{name}") if handler is None else handler(argument, depth)

    def _getatt(self, argument: Any, depth: int) -> Any:
        first = argument[0] if isinstance(argument, list) and argument else str(argument).partition(".")[0]
        return Reference(str(first)) if str(first) in self.resources else Unresolved(f"Fn::GetAtt {first}")

    def _findinmap(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) < 3:
            return Unresolved("Fn::FindInMap")
        keys = [_plain(self.resolve(one, depth)) for one in argument[:3]]
        value: Any = self.mappings
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) and isinstance(key, str | int) else None
        if value is None:
            return Unresolved(
                f"Fn::FindInMap of {keys[0] if isinstance(keys[0], str) else 'a map'}, whose key is not known"
            )
        return Resolved(value, f"mapping {'.'.join(str(key) for key in keys)}")

    def _if(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            return Unresolved("Fn::If")
        holds = self.condition(argument[0], depth)
        if holds is None:
            return Unresolved(f"condition {argument[0]}")
        value = self.resolve(argument[1 if holds else 2], depth)
        if value is None or isinstance(value, Unresolved | Reference | list | dict):
            return value
        return Resolved(_plain(value), f"condition {argument[0]} is {'true' if holds else 'false'} by defaults")

    def _sub(self, argument: Any, depth: int) -> Any:
        text, given = (
            (argument[0], _mapping(argument[1]))
            if isinstance(argument, list) and len(argument) == 2
            else (argument, {})
        )
        if not isinstance(text, str):
            return Unresolved("Fn::Sub")
        left: list[str] = []

        def one(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            value = self.resolve(given[name], depth) if name in given else self._ref(name.partition(".")[0], depth)
            value = _plain(value)
            if isinstance(value, str | int | float):
                return str(value)
            left.append(name)
            return ""

        text = re.sub(r"\$\{([^}]*)\}", one, text)
        return Unresolved(f"${{{left[0]}}}") if left else text

    def _join(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) != 2:
            return Unresolved("Fn::Join")
        parts = _plain(self.resolve(argument[1], depth))
        plain = [_plain(one) for one in parts] if isinstance(parts, list) else [None]
        if not all(isinstance(one, str | int | float) for one in plain):
            return Unresolved("Fn::Join")
        return str(argument[0]).join(str(one) for one in plain)

    def _select(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) != 2:
            return Unresolved("Fn::Select")
        place, values = _plain(self.resolve(argument[0], depth)), _plain(self.resolve(argument[1], depth))
        try:
            return values[int(place)] if isinstance(values, list) else Unresolved("Fn::Select")
        except (ValueError, TypeError, IndexError):
            return Unresolved("Fn::Select")

    def _split(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, list) or len(argument) != 2:
            return Unresolved("Fn::Split")
        text = _plain(self.resolve(argument[1], depth))
        return text.split(str(argument[0])) if isinstance(text, str) and argument[0] else Unresolved("Fn::Split")

    def condition(self, value: Any, depth: int) -> bool | None:
        """Whether a condition holds by the defaults; None where they do not say. No condition holds."""
        if value is None:
            return True
        if depth > _DEEPEST:
            return None
        if isinstance(value, str):
            return self.condition(self.conditions[value], depth + 1) if value in self.conditions else None
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        ((key, argument),) = value.items()
        if key == "Condition":
            return self.condition(str(argument), depth + 1)
        if not isinstance(argument, list):
            return None
        if key == "Fn::Equals" and len(argument) == 2:
            one, other = (_plain(self.resolve(part, depth + 1)) for part in argument)
            known = isinstance(one, str | int | float | bool) and isinstance(other, str | int | float | bool)
            return str(one).lower() == str(other).lower() if known else None
        parts = [self.condition(part, depth + 1) for part in argument]
        if key == "Fn::Not" and parts:
            return None if parts[0] is None else not parts[0]
        if key == "Fn::And":
            return False if False in parts else (None if None in parts else True)
        if key == "Fn::Or":
            return True if True in parts else (None if None in parts else False)
        return None

    def references(self, value: Any, depth: int = 0) -> set[str]:
        """The resources that a value refers to, at any depth."""
        if depth > _DEEPEST:
            return set()
        if isinstance(value, str):
            names = re.findall(r"\$\{(\w+)", value)
            return {name for name in (*names, value) if name in self.resources}
        if isinstance(value, list):
            return set().union(*(self.references(one, depth + 1) for one in value)) if value else set()
        if isinstance(value, Mapping):
            return set().union(*(self.references(one, depth + 1) for one in value.values())) if value else set()
        return set()


def _filled(value: Any, name: str, given: str) -> Any:
    """A part of a template with the variable of a loop filled in, in keys, in texts, and as Ref."""
    if isinstance(value, str):
        return value.replace("${" + name + "}", given).replace("&{" + name + "}", re.sub(r"\W", "", given))
    if isinstance(value, list):
        return [_filled(one, name, given) for one in value]
    if isinstance(value, Mapping):
        if len(value) == 1 and value.get("Ref") == name:
            return given
        return {_filled(key, name, given): _filled(one, name, given) for key, one in value.items()}
    return value


_KNOWN = ("GetAtt", "FindInMap", "If", "Sub", "Join", "Select", "Split")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Resolved) else value
