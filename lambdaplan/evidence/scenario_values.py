"""From what several files tell to the values of a scenario: which source counts for which field, and what disagrees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.errors import InputError, shorten
from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.privacy import clean
from lambdaplan.workload.trace import trace_of_counts
from lambdaplan.workload.workload import MB_PER_VCPU

AGREE_WITHIN = 0.1  # of a value: two sources that are nearer than that do not disagree


@dataclass(frozen=True)
class ReadFile:
    """A file with its kind and what it tells."""

    name: str
    kind: str
    group: str
    evidence: Evidence

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        one = self.evidence
        reads = {name: {"value": shown(measure.value), "unit": measure.unit} for name, measure in one.reads.items()}
        for name, value in (("first", one.first), ("last", one.last)):
            if value is not None:
                reads.setdefault(name, {"value": value, "unit": "UTC"})
        return {
            "name": self.name,
            "kind": self.kind,
            "rows": one.rows,
            "from": one.first,
            "to": one.last,
            "reads": reads,
            "cannot_tell": list(one.cannot_tell),
            "notes": list(one.notes),
        }

    @property
    def origin(self) -> str:
        """Where a value of it is from: the file and the time it covers."""
        first, last = self.evidence.first, self.evidence.last
        return f"{self.name}, {first} to {last}" if first and last else self.name


_ORIGIN = re.compile(r"(.*), (\S+) to (\S+)")
_LONGEST_HOW = 380  # letters of how a value was computed that a scenario keeps


@dataclass(frozen=True)
class Value:
    """A value of the scenario, with where it is from."""

    path: str
    value: Any
    unit: str
    origin: str
    how: str
    low: float | None = None
    high: float | None = None
    n: int | None = None

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        return {
            "path": self.path,
            "value": shown(self.value),
            "low": shown(self.low),
            "high": shown(self.high),
            "unit": self.unit,
            "from": self.origin,
            "how": self.how,
            "n": self.n,
        }

    @property
    def provenance(self) -> dict[str, Any]:
        """Where it is from, as the scenario document keeps it."""
        match = _ORIGIN.fullmatch(self.origin)
        file, first, last = match.groups() if match else (self.origin, None, None)
        fields: dict[str, Any] = {
            "path": self.path,
            "file": shorten(clean(file), 120),
            "value": None if isinstance(self.value, dict | list) else shown(self.value),
            "unit": shorten(clean(self.unit), 100) or None,
            "first": first,
            "last": last,
            "samples": self.n,
            "interval": None if self.low is None or self.high is None else [shown(self.low), shown(self.high)],
            "how": shorten(clean(self.how), _LONGEST_HOW) or None,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Conflict:
    """Sources that disagree on a value: all are shown, the first is taken."""

    path: str
    values: tuple[Value, ...]

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        taken, *others = self.values
        shown_values = [{"from": one.origin, "value": shown(one.value), "unit": one.unit} for one in self.values]
        words = f"{taken.origin} is taken, not {', '.join(one.origin for one in others)}"
        return {"path": self.path, "values": shown_values, "words": words}


@dataclass(frozen=True)
class Missing:
    """A value that no file tells, with what would tell it."""

    path: str
    words: str
    query: str

    def document(self) -> dict[str, Any]:
        """It as --json has it."""
        return {"path": self.path, "words": self.words, "query": self.query}


@dataclass(frozen=True)
class _Rule:
    """Which measure is a field's value, and of which groups of kinds, the best first."""

    path: str
    read: str
    unit: str
    groups: tuple[str, ...]


_RULES = (
    _Rule(
        "workload.requests_per_month",
        "requests_per_month",
        "requests a month",
        ("metrics", "bills", "access_logs", "logs", "tuning", "assumed"),
    ),
    _Rule("workload.duration_ms", "duration_ms", "ms", ("logs", "metrics", "tuning", "assumed")),
    _Rule("workload.measured_memory_mb", "measured_memory_mb", "MB", ("logs", "tuning", "templates")),
    _Rule("workload.cpu_ms", "cpu_ms", "ms", ("logs", "tuning", "metrics", "load_tests")),
    _Rule("workload.working_set_mb", "working_set_mb", "MB", ("logs", "metrics", "tuning", "load_tests")),
    _Rule("workload.service_cv", "service_cv", "ratio", ("logs", "metrics")),
    _Rule("workload.init_ms", "init_ms", "ms", ("logs",)),
    _Rule("workload.cold_fraction", "cold_share", "share", ("logs",)),
    _Rule("workload.request_kb", "request_kb", "KB", ("access_logs",)),
    _Rule("workload.response_kb", "response_kb", "KB", ("access_logs",)),
    _Rule("region", "region", "AWS region", ("bills", "metrics", "logs", "templates", "access_logs", "tuning")),
)

_QUERIES = {
    "workload.requests_per_month": (
        "requests a month",
        "lambdaplan queries: get-metric-data of Invocations or RequestCount over four weeks",
    ),
    "workload.duration_ms": ("mean wall time of a warm request", "lambdaplan queries: the Logs Insights query"),
    "workload.measured_memory_mb": (
        "memory with which the duration was measured",
        "lambdaplan queries: the Logs Insights query, or the function's template",
    ),
    "workload.cpu_ms": (
        "CPU time of a request",
        "lambdaplan queries: Lambda Insights, power tuning at two sizes or more, or CPUUtilization with RequestCount",
    ),
    "workload.working_set_mb": (
        "memory that the application needs",
        "lambdaplan queries: the Logs Insights query (max_memory_mb)",
    ),
    "workload.service_cv": (
        "spread of a request's wall time",
        "lambdaplan queries: the Logs Insights query (duration_sd_ms)",
    ),
    "workload.traffic": (
        "the week's shape",
        "lambdaplan queries: get-metric-data of Invocations or RequestCount, 300 s, four weeks",
    ),
}


def scenario_values(files: Sequence[ReadFile]) -> tuple[list[Value], list[Conflict]]:
    """The values that files tell, the best source of each, and those on which files disagree."""
    values, conflicts = [], []
    for rule in _RULES:
        candidates = list(_candidates(rule, files))
        if not candidates:
            continue
        values.append(candidates[0])
        others = [one for one in candidates[1:] if disagree(candidates[0], one)]
        if others:
            conflicts.append(Conflict(rule.path, (candidates[0], *others)))
    return values, conflicts


def traffic_value(files: Sequence[ReadFile]) -> tuple[list[Value], list[str]]:
    """The week's shape from the file with the most periods, and why others tell none."""
    notes: list[str] = []
    kept = [file for file in files if file.evidence.counts is not None]
    for file in sorted(kept, key=lambda one: -_span_s(one)):
        counts = file.evidence.counts
        assert counts is not None
        try:
            trace = trace_of_counts(file.name, counts.times, counts.requests, zeros_omitted=counts.zeros_omitted)
        except InputError as error:
            notes += [problem.value for problem in error.problems]
            continue
        how = f"mean week of {trace.rows:,} periods, hours in UTC"
        if counts.zeros_omitted:
            how += "; periods without a point had no requests"
        hours = [float(one) for one in trace.hourly]
        value: dict[str, Any] = {
            "hourly": [int(one) if one == int(one) else one for one in hours],
            "from_trace": trace.text,
        }
        if trace.burst is not None:
            value["burst"] = float(trace.burst)
        return [Value("workload.traffic", value, "requests an hour", file.origin, how, n=trace.rows)], notes
    return [], notes


def cpu_within_duration(values: Sequence[Value]) -> tuple[list[Value], list[Conflict]]:
    """The values, without CPU time that a request could not use in its duration on one thread; that is a conflict."""
    told = {value.path: value for value in values}
    names = ("workload.cpu_ms", "workload.duration_ms", "workload.measured_memory_mb")
    cpu, duration, memory = (told.get(name) for name in names)
    figures = [one.value for one in (cpu, duration, memory) if one is not None and isinstance(one.value, int | float)]
    if cpu is None or duration is None or len(figures) < 3:
        return list(values), []
    most = figures[1] * min(figures[2] / MB_PER_VCPU, 1)
    if figures[0] <= most * (1 - 1e-5):
        return list(values), []
    # a little less, since a document has six digits of it
    how = "the most that duration_ms x min(measured_memory_mb / 1769, 1) allows: all of it is taken as computing"
    limit = Value(cpu.path, most * (1 - 1e-5), cpu.unit, duration.origin, how, n=duration.n)
    beyond = [Conflict(cpu.path, (limit, cpu))] if figures[0] > most * (1 + 1e-5) else []
    return [limit if value is cpu else value for value in values], beyond


def _span_s(file: ReadFile) -> float:
    counts = file.evidence.counts
    return 0.0 if counts is None else float(counts.times[-1] - counts.times[0]) / 1e6


def missing_values(paths: Iterable[str]) -> list[Missing]:
    """What no file tells, with the query that would."""
    known = set(paths)
    if any(path.startswith("workload.traffic") for path in known):
        known.add("workload.traffic")
    return [Missing(path, words, query) for path, (words, query) in _QUERIES.items() if path not in known]


def _candidates(rule: _Rule, files: Sequence[ReadFile]) -> Iterable[Value]:
    """The values of a rule, the best source first; of one group the one with more samples."""
    for group in rule.groups:
        measures = [
            (file, file.evidence.reads[rule.read])
            for file in files
            if file.group == group and rule.read in file.evidence.reads and rule.read not in file.evidence.not_values
        ]
        for file, measure in sorted(measures, key=lambda one: -(one[1].n or 0)):
            yield value_of(rule.path, rule.unit, file, measure)


def value_of(path: str, unit: str, file: ReadFile, measure: Measure) -> Value:
    """A measure of a file as a scenario's value."""
    how = measure.how or measure.unit
    if file.group == "assumed":
        how = f"assumed in {file.kind}, not measured: {how}"
    return Value(path, measure.value, unit, file.origin, how, measure.low, measure.high, measure.n)


def disagree(one: Value, other: Value) -> bool:
    """Whether two sources differ by more than a tenth, and by more than both intervals allow."""
    if not isinstance(one.value, int | float) or not isinstance(other.value, int | float):
        return bool(one.value != other.value)
    gap, size = abs(one.value - other.value), max(abs(one.value), abs(other.value))
    if not size or gap <= AGREE_WITHIN * size:
        return False
    low, high = _ends(one), _ends(other)
    return not (low[0] <= high[1] and high[0] <= low[1])


def _ends(one: Value) -> tuple[float, float]:
    return (one.value if one.low is None else one.low, one.value if one.high is None else one.high)


def shown(value: Any) -> Any:
    """A figure with nine digits at most; what is no number as it is."""
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if value == int(value) and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.12g}")
