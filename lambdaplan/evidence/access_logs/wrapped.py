"""Logs of containers that Docker or Kubernetes has wrapped a line each: unwrapped, then read as what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lambdaplan.evidence.evidence import Evidence
from lambdaplan.evidence.kinds import Kind, read_within
from lambdaplan.evidence.source import Source

_CRI = re.compile(r"\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) ([FP]) ")


def read_wrapped(source: Source) -> Evidence:
    """Read the lines within: as what they are without Docker or Kubernetes.

    Raises: InputError as for the file without its wrapping.
    """
    return read_within(source, _unwrapped(source), "its lines were unwrapped")


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
