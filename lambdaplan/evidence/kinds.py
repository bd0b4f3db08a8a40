"""The kinds of file that can be read, and of which kind a file is, told from what stands in it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

from lambdaplan.errors import InputError, Problem
from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.source import Source


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    Parameters:
    name : short name, as --json has it.
    words : what it is, for people.
    group : what it is evidence of: logs, metrics, bills, templates, access_logs, load_tests, tuning, or assumed.
    marks : what stands in the head of each such file: words for it and a regular expression.
    read : reads a file of the kind.
    also : a further condition on the file, where the marks do not tell it from another kind.
    """

    name: str
    words: str
    group: str
    marks: Mapping[str, str]
    read: Callable[[Source], Evidence]
    also: Callable[[Source], bool] | None = None

    def missing(self, source: Source) -> list[str]:
        """What a file of this kind would have and this one has not, in words."""
        head = source.head
        return [words for words, pattern in self.marks.items() if not re.search(pattern, head, re.MULTILINE)]

    def recognises(self, source: Source) -> bool:
        """Whether a file is of this kind."""
        return not self.missing(source) and (self.also is None or self.also(source))


def refused(name: str, words: str, group: str, marks: Mapping[str, str], wanted: str, fix: str) -> Kind:
    """A kind of file that is known and holds nothing of use: its reader says what it is and what to bring instead.

    Parameters:
    wanted, fix : what is read in its place, and how to get it.
    """

    def read(source: Source) -> Evidence:
        raise source.refuse(f"it is {words}", wanted, fix)

    return Kind(name, words, group, marks, read)


_MODULES = (
    "templates.cloudformation",
    "templates.docker_compose",
    "templates.ecs",
    "templates.lambda_configuration",
    "templates.not_read",
    "templates.serverless",
    "templates.terraform_hcl",
    "templates.terraform_plan",
    "templates.terraform_state",
    "tuning.compute_optimizer",
    "tuning.infracost",
    "tuning.opencost",
    "tuning.power_tuning",
    "tuning.xray",
    "access_logs.cloudfront",
    "access_logs.json_logs",
    "access_logs.line_forms",
    "access_logs.load_balancer",
    "access_logs.not_requests",
    "access_logs.server_text",
    "access_logs.w3c",
    "access_logs.wrapped",
    "load_tests.jmeter",
    "load_tests.json_results",
    "load_tests.k6",
    "load_tests.load_levels",
    "load_tests.locust",
    "load_tests.printed_results",
    "load_tests.text_results",
    "load_tests.vegeta",
    "logs.insights_text",
    "logs.report_text",
    "logs.report_json",
    "logs.report_events",
    "logs.insights_rows",
    "logs.insights_stats",
    "logs.lambda_insights",
    "logs.not_read",
    "metrics.cloudwatch_json",
    "metrics.console_csv",
    "metrics.metric_stream",
    "metrics.container_insights",
    "bills.cur",
    "bills.focus",
    "bills.cost_explorer",
    "bills.usage_table",
)
"""Modules in the folders of this package, each with its KINDS."""


def all_kinds() -> tuple[Kind, ...]:
    """The kinds, those that more marks tell first."""
    modules = (import_module(f"lambdaplan.evidence.{name}") for name in _MODULES)
    return tuple(sorted((kind for module in modules for kind in module.KINDS), key=lambda kind: -len(kind.marks)))


def kind_of(source: Source) -> Kind:
    """Of which kind a file is.

    Raises: InputError that names the nearest kind and what is missing of it.
    """
    kinds = all_kinds()
    for kind in kinds:
        if kind.recognises(source):
            return kind
    raise InputError(_unknown(source, kinds))


def read_within(source: Source, texts: Iterable[str], words: str) -> Evidence:
    """Read what a file holds in another wrapping: its text, written to a temporary file so that memory stays bounded.

    Parameters:
    texts : the text within, in parts.
    words : what was done to the file, for a note.
    Raises: InputError as for the text as a file; also where it is of the file's own kind, wrapped twice.
    """
    with tempfile.NamedTemporaryFile(prefix="lambdaplan-") as file:
        for text in texts:
            file.write(text.encode("utf-8", "replace"))
        file.flush()
        if not file.tell():
            raise source.refuse("its lines are empty", "a file with lines of text")
        inner = Source(file.name)
        inner.name = source.name
        kind = kind_of(inner)
        if kind is kind_of(source):
            raise source.refuse("it is wrapped twice", "a file that is wrapped once")
        evidence = kind.read(inner)
    evidence.notes.append(f"{words}: {kind.words}")
    return evidence


def _unknown(source: Source, kinds: tuple[Kind, ...]) -> Problem:
    shares = [(len(kind.missing(source)) / len(kind.marks), kind) for kind in kinds if kind.marks]
    share, nearest = min(shares, key=lambda one: one[0])
    if re.search(r"\"?workload\"?:", head := source.head) and re.search(r"\"?options\"?:", head):
        return Problem(
            "syntax",
            source.name,
            "it is a scenario",
            "lambdaplan compare answers it",
            "With --base it is what is filled.",
        )
    if share < 1:
        words = f"it is nearest to {nearest.words}, without {', '.join(nearest.missing(source)) or 'its form'}"
    else:
        words = "it is of no known kind"
    known = "logs of Lambda, CloudWatch metrics, bills, templates, access logs, load tests or power tuning"
    return Problem("syntax", source.name, words, f"files are {known}", "See docs/evidence_in.md.")
