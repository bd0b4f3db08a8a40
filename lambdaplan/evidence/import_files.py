"""Import: several files of a running service, read together into a scenario whose values say where they are from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, problems_together
from lambdaplan.evidence.evidence import Measure
from lambdaplan.evidence.joined_scenario import joined_scenario, scenario_text, without_unknown_region
from lambdaplan.evidence.kinds import kind_of
from lambdaplan.evidence.one_function import joined_bills, of_function, tell_of_several
from lambdaplan.evidence.read_together import read_together
from lambdaplan.evidence.regions import region_of_arns
from lambdaplan.evidence.scenario_values import (
    Conflict,
    Missing,
    ReadFile,
    Value,
    cpu_within_duration,
    missing_values,
    scenario_values,
    traffic_value,
)
from lambdaplan.evidence.sizes_in_use import measured_memory, size_values
from lambdaplan.evidence.source import Source
from lambdaplan.formatting import rounded
from lambdaplan.scenario.scenario import read_scenario

VERSION = 1
Watch = Callable[[str], Callable[[float], object]]


@dataclass(frozen=True)
class Imported:
    """What files tell together.

    Parameters:
    files : the files with their kinds and measures.
    values : values of the scenario, each with its source, interval and number of samples.
    conflicts : values on which files disagree.
    missing : values that no file tells, with what would tell them; the scenario has an assumption there.
    scenario : the scenario document, which is valid.
    """

    files: tuple[ReadFile, ...]
    values: tuple[Value, ...]
    conflicts: tuple[Conflict, ...]
    missing: tuple[Missing, ...]
    scenario: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        return {
            "version": VERSION,
            "files": [file.document() for file in self.files],
            "values": [value.document() for value in self.values],
            "conflicts": [conflict.document() for conflict in self.conflicts],
            "missing": [missing.document() for missing in self.missing],
            "scenario": dict(self.scenario),
        }

    def text(self) -> str:
        """The scenario as YAML; a comment at each value says where it is from."""
        return scenario_text(self.scenario, self.values, self.missing)


def import_files(
    paths: Sequence[str | Path],
    base: str | Path | Mapping[str, Any] | None = None,
    watch: Watch | None = None,
    *,
    function: str | None = None,
    ranges: bool = False,
) -> Imported:
    """Read files of a running service into a scenario.

    The kind of each file is told from its content. A value that several files tell is taken from the best source, and
    shown as a conflict where they disagree.

    Parameters:
    base : a scenario, as a file or a document, whose values stay where no file tells them.
    watch : called with a file's name; gives what is called with the share of it that was read.
    function : name of the one function or service that counts in files that hold several.
    ranges : whether numbers with an interval become ranges, of which `lambdaplan risk` tells how sure the answer is.

    Raises: InputError with a line for each file that can't be read, and where no file has the function.
    """
    files: list[ReadFile] = []
    document = base if base is None or isinstance(base, Mapping) else read_scenario(base)
    with problems_together() as problems:
        for path in paths:
            try:
                files.append(read_file(path, watch))
            except InputError as error:
                problems.extend(error.problems)
    files = joined_bills(files)
    if function is None:
        tell_of_several(files)
    else:
        files = of_function(files, function)
    read_together(files, document)
    measured_memory(files)
    values, conflicts = scenario_values(files)
    values, beyond = cpu_within_duration(values)
    conflicts += beyond
    traffic, _ = traffic_value(files)
    values += traffic
    values += [] if document is not None else size_values(files)
    values = without_unknown_region(values)
    scenario = joined_scenario(values, document, ranges=ranges)
    missing = missing_values(value.path for value in values) if document is None else []
    return Imported(tuple(files), tuple(values), tuple(conflicts), tuple(missing), scenario)


def read_file(path: str | Path, watch: Watch | None = None) -> ReadFile:
    """Read one file of whichever kind it is."""
    source = Source(path)
    kind = kind_of(source)
    if watch is not None:
        source.progress = watch(source.name)
    evidence = kind.read(source)
    region = region_of_arns(source)
    if region is not None:
        evidence.reads.setdefault("region", Measure(region, "AWS region of the ARNs in the file"))
    return ReadFile(source.name, kind.name, kind.group, evidence)


def value_words(value: Any) -> str:
    """A value in a table: a number to six figures, a week by how many hours it has.

    Examples:
        >>> value_words(1234567.8), value_words({"hourly": [1, 2]}), value_words(True)
        ('1,234,570', '2 hourly weights', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Fraction):
        return rounded(value, 6)
    if isinstance(value, Mapping):
        return next(
            (f"{len(item)} {name} weights" for name, item in value.items() if isinstance(item, list)), "an object"
        )
    return f"{len(value)} values" if isinstance(value, list) else str(value)
