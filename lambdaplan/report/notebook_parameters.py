"""Parameters of the report's notebook, read into a scenario."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.resources import data_dir
from lambdaplan.scenario.scenario import Scenario, read_scenario
from lambdaplan.schema.amounts import requests_per_month
from lambdaplan.schema.fields import shown
from lambdaplan.workload.workload import DURATION, REQUESTS

PARAMETERS = ("scenario", "requests_per_month", "duration_ms", "memory_mb", "region")


class ParameterError(InputError):
    """A parameter of the notebook can't be used: told in its lines, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints in place of a traceback."""
        return [f"error: {line}" for line in self.lines]


def read(names: Mapping[str, Any]) -> Scenario:
    """The scenario that the notebook's parameters ask for.

    Parameters:
    names : mapping - the notebook's variables, ``globals()``, before anything but its parameters
        has been set.

    Raises: ParameterError with every problem, unknown parameters among them.
    """
    try:
        _no_others(names)
        return changed(open_scenario(names["scenario"]), **{name: names[name] for name in PARAMETERS[1:]})
    except InputError as error:
        raise ParameterError(error.problems) from None


def _no_others(names: Mapping[str, Any]) -> None:
    """Papermill sets a parameter of any name with no more than a line in its log."""
    hidden: Iterable[str] = ()
    if "get_ipython" in names:
        hidden = names["get_ipython"]().user_ns_hidden
    given = [name for name in names if not name.startswith("_") and name not in (*PARAMETERS, *hidden)]
    given = [name for name in given if not isinstance(names[name], type(sys)) and not callable(names[name])]
    if given:
        allowed = f"the parameters are {', '.join(PARAMETERS)}"
        raise InputError([Problem("unknown_field", name, "", allowed, nearest(name, PARAMETERS)) for name in given])


def open_scenario(path: Any) -> Scenario:
    """Read a scenario from its file, or from a report's comparison.json; empty is the packaged one.

    Raises: InputError with every problem of the document.
    """
    if not isinstance(path, str):
        raise InputError(Problem("type", "scenario", shown(path), "the path of a scenario document"))
    document = read_scenario(path or data_dir() / "scenarios" / "node_api.json")
    if isinstance(document, Mapping) and "scenario" in document and "winner" in document:
        document = document["scenario"]
    return Scenario.from_dict(document)


def changed(
    scenario: Scenario,
    *,
    requests_per_month: Any = None,
    duration_ms: Any = None,
    memory_mb: Any = None,
    region: Any = None,
) -> Scenario:
    """The scenario with other numbers where they are given.

    `memory_mb` sets the size of the first Lambda option and the memory the duration was measured
    with, together; requests are a number, or text such as 10M, 500k/day, 120/s.

    Raises: InputError with every problem.
    """
    values: dict[str, Any] = {}
    if requests_per_month is not None:
        values[REQUESTS] = _requests(requests_per_month, scenario)
    if duration_ms is not None:
        values[DURATION] = duration_ms
    if memory_mb is not None:
        lambdas = [n for n, option in enumerate(scenario.options) if option.has_memory_size]
        if not lambdas:
            raise InputError(Problem("conflict", "memory_mb", shown(memory_mb), "the scenario has no Lambda option"))
        values[f"options.{lambdas[0]}.memory_mb"] = memory_mb
        values["workload.measured_memory_mb"] = memory_mb
    if region is not None:
        values["region"] = region
    try:
        return scenario.with_values(values) if values else scenario
    except InputError as error:
        raise InputError(list(_as_parameters(error.problems))) from None


def _as_parameters(problems: Iterable[Problem]) -> Iterable[Problem]:
    """Problems of fields that a parameter has set, each told once and by the parameter's name."""
    told = set()
    for problem in problems:
        name = problem.field.rsplit(".", 1)[-1].replace("measured_memory_mb", "memory_mb")
        known = name if name in PARAMETERS else problem.field
        if known not in told:
            yield dataclasses.replace(problem, field=known, fix=problem.fix.replace("measured_memory_mb", "memory_mb"))
        told.add(known)


def _requests(value: Any, scenario: Scenario) -> Any:
    if isinstance(value, str):
        return requests_per_month(value, scenario.hours_per_month, "requests_per_month")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
