"""Break-even ladder: the same service under different sets of assumptions, and what others published."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.comparison.comparison import first_crossover
from lambdaplan.errors import InputError, Problem
from lambdaplan.formatting import count
from lambdaplan.platforms import Option
from lambdaplan.resources import data_dir, data_table
from lambdaplan.scenario.reading import VERSION, read_version
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Documented, own, plain, shown, text
from lambdaplan.schema.parsing import read_document
from lambdaplan.schema.reading import read

MAX_RUNGS = 200


def _read_set(value: Any, path: str, problems: list[Problem]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        words = "an object of values by path, such as workload.duration_ms"
        problems.append(Problem("type", path, shown(value), words))
        return {}
    return dict(value)


@dataclass(frozen=True)
class Rung:
    """A named set of assumptions: values at paths of a scenario."""

    name: str = text("name of the set of assumptions")
    why: str = text("what the set leaves out or adds", max_length=300, default=None)
    set: Mapping[str, Any] = own("values by path of the scenario", _read_set, {"type": "object"})


def load_rungs(path: str | Path | None = None) -> tuple[Rung, ...]:
    """Read a file of rungs, ``{"version": 1, "rungs": [{"name", "why", "set"}]}``.

    Without a path the ladder that comes with the package.

    Raises: InputError with every problem of the file.
    """
    document = read_document(path or data_dir() / "ladders" / "node_api.json")
    problems: list[Problem] = []
    rungs = read(_RungsDocument, document, "", problems)
    if rungs is not None:
        names = [rung.name for rung in rungs.rungs]
        problems += [
            Problem("conflict", f"rungs.{index}.name", f'"{name}"', "another rung has the same name")
            for index, name in enumerate(names)
            if name in names[:index]
        ]
    if problems or rungs is None:
        raise InputError(problems)
    return rungs.rungs


def _read_rungs(value: Any, path: str, problems: list[Problem]) -> tuple[Rung, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_RUNGS:
        got = f"a list of {len(value)}" if isinstance(value, list) else shown(value)
        problems.append(Problem("type", path, got, "a list of 1 to 200 rungs, each with a name and a set"))
        return ()
    rungs = [read(Rung, row, f"{path}.{index}", problems) for index, row in enumerate(value)]
    return tuple(rung for rung in rungs if rung is not None)


@dataclass(frozen=True)
class _RungsDocument:
    version: int = own("version of the document", read_version, {"const": VERSION})
    name: str = text("name of the ladder", default=None)
    rungs: tuple[Rung, ...] = own("sets of assumptions", _read_rungs, {"type": "array"})


@dataclass(frozen=True)
class Claim(Documented):
    """A published break-even, as requests a month from `low` to `high`."""

    id: str
    said: str
    source: str
    published: str
    low: float
    high: float


@functools.cache
def published_claims() -> tuple[Claim, ...]:
    """The published break-evens in `data/claims.csv` that are a number of requests over time."""
    claims = []
    for row in data_table("claims.csv"):
        low, high = row["requests_per_month_from"], row["requests_per_month_to"]
        if low:
            claims.append(Claim(row["id"], row["statement"], row["source"], row["published"], float(low), float(high)))
    return tuple(claims)


@dataclass(frozen=True)
class RungResult(Documented):
    """The break-even of one rung: the first place where no option of the baseline's platform is cheapest.

    `break_even` is None when that never happens or is so from the start; `note` says which. `start` is who is
    cheapest at the first place, None for nobody; `scenario` has the rung's assumptions.
    """

    rung: Rung
    scenario: Scenario = field(repr=False)
    start: str | None
    break_even: int | float | None
    cheaper: str | None
    note: str

    def document(self) -> dict[str, Any]:
        return {
            "name": self.rung.name,
            "why": self.rung.why,
            "set": plain(self.rung.set),
            "break_even": self.break_even,
            "cheaper_above": self.cheaper,
            "note": self.note,
        }


@dataclass(frozen=True)
class Ladder(Documented):
    """The break-evens of every rung, smallest first, and what others have published."""

    scenario: Scenario
    rungs: tuple[RungResult, ...]
    claims: tuple[Claim, ...]

    def document(self) -> dict[str, Any]:
        return {
            "version": 1,
            "book": self.scenario.book.origin,
            "scenario": self.scenario.name,
            "over": self.scenario.sweep.over,
            "baseline": self.scenario.options[0].label,
            "rungs": [rung.document() for rung in self.rungs],
            "claims": [claim.document() for claim in self.claims],
        }


def ladder(scenario: Scenario, rungs: Sequence[Rung]) -> Ladder:
    """Bill one service under each set of assumptions, and find each set's break-even.

    Parameters:
    scenario : Scenario - its first option is the baseline.
    rungs : sequence of Rung - sets of assumptions.

    Returns: Ladder - sorted by break-even; rungs without one come last.
    Raises: InputError naming the rung whose assumptions can't be read.
    """
    results = []
    for rung in rungs:
        try:
            changed = scenario.with_values(rung.set)
        except InputError as error:
            named = f'in the rung "{rung.name}": '
            raise InputError([replace(problem, field=named + problem.field) for problem in error.problems]) from None
        results.append(RungResult(rung, changed, *first_beaten(changed)))
    results.sort(key=lambda r: (r.break_even is None, r.break_even or 0))
    return Ladder(scenario, tuple(results), published_claims())


def rivals(options: Sequence[Option]) -> frozenset[int]:
    """The places of the options that the baseline, the first, is held against.

    Those of another platform; where all are of one platform, all but the first.
    """
    others = [option_index for option_index, option in enumerate(options) if option.kind != options[0].kind]
    return frozenset(others or range(1, len(options)))


def first_beaten(scenario: Scenario) -> tuple[str | None, int | float | None, str | None, str]:
    """Who is cheapest at first; the first place where one of the rivals, or nobody, is; who, and that in words.

    The place is None when that never happens or is so from the start.
    """
    options, ends = scenario.options, (scenario.sweep.start, scenario.sweep.to)
    labels = [option.label or option.size_label for option in options]
    against = {None, *(labels[option_index] for option_index in rivals(options))}
    start, crossover = first_crossover(scenario, against)
    if start in against:
        return start, None, start, f"{start or 'nothing'} is cheapest from the start, {count(ends[0])}"
    if crossover is not None:
        words = f"{crossover.above or 'nothing'} from {count(Fraction(crossover.at))}"
        return start, crossover.at, crossover.above, words
    return start, None, None, f"{options[0].label} stays cheapest up to {count(ends[1])}"
