"""Logs of containers that Docker or Kubernetes has wrapped a line each: unwrapped, then read as what they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind, kind_of
from lambdaplan.evidence.source import Source

_CRI = re.compile(r"\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([FP]) ")


def read_wrapped(source: Source) -> Evidence:
    """Read the lines within: a copy of them stands in a temporary file, so that memory stays bounded.

    Raises: InputError as for the file without its wrapping.
    """
    with tempfile.NamedTemporaryFile(prefix="lambdaplan-") as file:
        for text in _unwrapped(source):
            file.write(text.encode("utf-8", "replace"))
        file.flush()
        if not file.tell():
            raise source.refuse("its lines are empty", "a container's log with lines of text")
        inner = Source(file.name)
        inner.name = source.name
        kind = kind_of(inner)
        if kind.read is read_wrapped:
            raise source.refuse("it is wrapped twice", "a container's log, wrapped once")
        evidence = kind.read(inner)
    evidence.notes.append(f"its lines were unwrapped: {kind.words}")
    return evidence


def _unwrapped(source: Source) -> Iterator[str]:
    if source.head.lstrip()[:1] == "{":
        yield from (str(one["log"]) for one in source.objects() if "log" in one)
        return
    for line in source.lines():
        match = _CRI.match(line)
        if match:
            yield line[match.end() :] + ("\n" if match[1] == "F" else "")


KINDS = (
    Kind(
        "docker_json_log",
        "a container's log as Docker wraps it",
        "access_logs",
        {
            "log": r"^\{(?:[^\n]*,)?\s*\"log\"\s*:\s*\"",
            "stream": r"\"stream\"\s*:\s*\"std(?:out|err)\"",
            "time": r"\"time\"\s*:",
            "an object a line": r"\A\s*\{",
        },
        read_wrapped,
    ),
    Kind(
        "cri_log",
        "a container's log as Kubernetes wraps it",
        "access_logs",
        {"time, stream and flag": r"\A\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] "},
        read_wrapped,
    ),
)
