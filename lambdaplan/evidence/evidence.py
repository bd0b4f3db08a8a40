"""What one file tells: its measures with units and intervals, what it cannot tell, and its counts over time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

_NAME = re.compile(r"[\w.$-]+")
OF_ALL = ("region", "month", "partial_month")
"""Reads of a file of several functions that hold for each of them."""


@dataclass(frozen=True)
class Measure:
    """One figure that a file tells.

    Parameters:
    value : number, text, flag or list of text.
    unit : text - unit, and of what it is a mean or sum where the name does not say.
    low, high : 95 % interval, where it is known.
    n : samples it rests on, where it is known.
    how : text - how it was computed, and the assumption under it.
    """

    value: float | int | str | bool | list[str]
    unit: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    how: str = ""


@dataclass(frozen=True)
class Counts:
    """Requests over time, as a file has them.

    Parameters:
    times : array of int - start of each interval, microseconds since 1970 UTC, in order. [us]
    requests : array of float - requests in each interval.
    period_s : length of an interval. [s]
    zeros_omitted : whether an interval without a row had no requests, as CloudWatch writes them.
    """

    times: np.ndarray
    requests: np.ndarray
    period_s: float
    zeros_omitted: bool = False


@dataclass
class Evidence:
    """What one file tells.

    Parameters:
    rows : rows, events or resources that were read; lines that are none do not count.
    first, last : UTC times of the first and the last of them, ISO text, where the file has times.
    reads : measures by name; the scenario's name of a field where there is one, ``orders-api.duration_ms`` of several.
    cannot_tell : what a planner may look for here in vain.
    notes : what to know before relying on it.
    counts : requests over time, for a trace.
    parts : figures of a bill or of sizes that other files of an import need, by name.
    not_values : names of reads that are no values of a scenario as they stand, such as CPU time for each vCPU.
    of : gives what the file tells of one of its functions or services alone, counts over time too; where it is None,
        the reads with that name.
    """

    rows: int
    reads: dict[str, Measure]
    first: str | None = None
    last: str | None = None
    cannot_tell: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    counts: Counts | None = None
    parts: Mapping[str, object] = field(default_factory=dict)
    not_values: set[str] = field(default_factory=set)
    of: Callable[[str], Evidence | None] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the functions, services or groups of instances that the file tells apart."""
        before = (name.rpartition(".")[0] for name in self.reads)
        return tuple(sorted({name for name in before if _NAME.fullmatch(name)}))

    def of_one(self, name: str) -> Evidence:
        """What the file tells of one of its names alone."""
        own = None if self.of is None else self.of(name)
        if own is not None:
            return own
        reads = {read: one for read, one in self.reads.items() if read in OF_ALL}
        reads |= {read.removeprefix(f"{name}."): one for read, one in self.reads.items() if read.startswith(f"{name}.")}
        return Evidence(self.rows, reads, self.first, self.last, self.cannot_tell, list(self.notes))
