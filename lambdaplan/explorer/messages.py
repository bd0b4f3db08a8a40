"""Messages of the explorer: what is wrong, by the names of controls instead of the fields of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lambdaplan.errors import Problem
from lambdaplan.explorer.controls.control import Control, Switch, field_words
from lambdaplan.platforms import OPTIONS
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule, rules
from lambdaplan.workload.workload import Slo, Workload

_PATH = re.compile(r"\b(?:workload|options|operations|network|sweep)(?:\.\w+)+|\b[a-z][a-z\d]*(?:_[a-z\d]+)+\b")
_PLAIN = ("region", "architecture", "include")  # paths of one word, where a message begins with them
_OTHER = {"workload.cpu_ms": "CPU time of a request (ms)"}  # no box shows it
_RULES: dict[str, Rule] = {
    name: rule for kind in (Scenario, Slo, *OPTIONS.values(), Workload) for name, rule in rules(kind).items()
}


def in_words(problem: Problem, controls: Iterable[Control], scenario: Scenario, own: Control | None = None) -> str:
    """A problem as one line, its fields by the names of the controls that are in sight, else by their own words.

    An option that has no such control is named by its label.

    Parameters:
    own : Control or None - the one beside which the line stands; a field that it asks for has its name.
    """
    names = _names(controls, scenario, own)

    def suggested(found: re.Match[str]) -> str:
        same = found[1].rsplit(".", 1)[-1] == problem.field.rsplit(".", 1)[-1]
        return "Try " if same else f"Try {_named(found[1], names, scenario)} = "

    line = re.sub(r"Try ([\w.]+)=", suggested, problem.line)
    line = re.sub(r"\boption \d+\b", "another option", line)
    line = re.sub(r"\bas include names (\w+)", r"as \1 are counted", line)
    first = line.split(" ", 1)[0]
    if first in _PLAIN and first in names:
        line = names[first] + line[len(first) :]
    return _PATH.sub(lambda found: _named(found[0], names, scenario), line)


def _names(controls: Iterable[Control], scenario: Scenario, own: Control | None) -> dict[str, str]:
    """The words of the control in sight that asks for a path, and for the fewest others with it, by path."""
    asked: list[tuple[Iterable[str], Control]] = []
    for control in controls:
        if control.ask is not None and control.row.layout.display != "none":
            asked.append((tuple(control.ask(scenario, None)), control))
    asked.sort(key=lambda one: (one[1] is not own, isinstance(one[1], Switch), len(tuple(one[0]))))
    names = dict(_OTHER)
    for paths, control in asked:
        for path in paths:
            names.setdefault(path, str(control.box.description))
    return names


def _named(path: str, names: dict[str, str], scenario: Scenario) -> str:
    """A path, or the bare name of a field, in words; as it is where it is the name of nothing."""
    if path in names:
        return names[path]
    *before, name = path.split(".")
    inside = [one for one in names if one.rsplit(".", 1)[-1] == name]
    if not before:
        if name not in _RULES:
            return path
        return names[inside[0]] if inside else field_words(name, _RULES[name])
    words = field_words(name, _RULES[name]) if name in _RULES else name.replace("_", " ")
    if before[0] != "options":
        return words
    place = int(before[1]) if len(before) > 1 and before[1].isdigit() else len(scenario.options)
    return f"{scenario.options[place].label}: {words}" if place < len(scenario.options) else words
