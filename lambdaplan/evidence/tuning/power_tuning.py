"""Results of AWS Lambda Power Tuning: the state machine's output, its execution, and the link with its chart."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from lambdaplan.evidence.evidence import Evidence, Measure
from lambdaplan.evidence.kinds import Kind
from lambdaplan.evidence.numbers import number
from lambdaplan.evidence.privacy import name_of
from lambdaplan.evidence.source import Source
from lambdaplan.evidence.tuning.sizes_measured import CANNOT_TELL, TRIMMED, size_measures, sizes_evidence

_LINK = re.compile(r"https?://[^\s\"'<>#]+#[^\s\"'<>)]+")
_MOST_SIZES = 200
_WANTED = "the output of AWS Lambda Power Tuning"


def read_output(source: Source) -> Evidence:
    """Read the output of the state machine, bare or under ``results``."""
    return _output(source, source.document, None, {})


def read_execution(source: Source) -> Evidence:
    """Read what describe-execution prints of a run; its output and input are JSON within text."""
    document = source.document
    status = document.get("status") if isinstance(document, Mapping) else None
    if status not in ("SUCCEEDED", None):
        raise source.refuse(f"its run has status {status}", "a run that succeeded")
    output, given = (_inner(source, document.get(key)) for key in ("output", "input"))
    reads: dict[str, Measure] = {}
    runs = None
    if isinstance(given, Mapping):
        runs = number(given.get("num"))
        if runs is not None:
            reads["num"] = Measure(int(runs), "invocations a size")
        function = given.get("lambdaARN")
        if isinstance(function, str):
            last = re.sub(r":(?:\$LATEST|\d+|[\w-]+)$", "", function) if function.count(":") > 6 else function
            reads["function"] = Measure(name_of(last))
    evidence = _output(source, output, None if runs is None else int(runs), reads)
    if isinstance(given, Mapping) and given.get("onlyColdStarts"):
        evidence.notes.append("onlyColdStarts: every invocation was cold, so durations are not those of warm requests")
    return evidence


def _inner(source: Source, value: Any) -> Any:
    """A JSON document within text, or as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        raise source.refuse("its output is no JSON", _WANTED) from None


def _output(source: Source, document: Any, runs: int | None, reads: dict[str, Measure]) -> Evidence:
    if isinstance(document, Mapping) and isinstance(document.get("results"), Mapping):
        document = document["results"]
    if not isinstance(document, Mapping):
        raise source.refuse("it is no output of power tuning", _WANTED)
    durations: dict[float, float] = {}
    stats = document.get("stats")
    for one in stats if isinstance(stats, list) else []:
        if isinstance(one, Mapping):
            size, ms = number(one.get("value")), number(one.get("averageDuration"))
            if size is not None and ms is not None:
                durations[size] = ms
    machine = document.get("stateMachine")
    link = machine.get("visualization") if isinstance(machine, Mapping) else None
    if not durations and isinstance(link, str):
        durations = _sets(source, link)[0][0]
    if not durations:
        size, ms = number(document.get("power")), number(document.get("duration"))
        if size is None or ms is None:
            raise source.refuse("it has neither stats nor the link with its sizes", _WANTED)
        durations = {size: ms}
    return sizes_evidence(source, durations, runs, reads)


def read_link(source: Source) -> Evidence:
    """Read the link with the chart of one function, or of two that are compared."""
    match = _LINK.search(source.text)
    if match is None:
        raise source.refuse("it has no link with sizes after #", _WANTED)
    sets, names = _sets(source, match[0])
    if len(sets) == 1:
        evidence = sizes_evidence(source, sets[0], None, {})
    else:
        reads: dict[str, Measure] = {}
        for before, durations in zip(("first:", "second:"), sets, strict=True):
            reads.update(size_measures(source, durations, before=before)[0])
        if names:
            reads["names"] = Measure(names)
        evidence = Evidence(sum(len(one) for one in sets), reads, cannot_tell=CANNOT_TELL, notes=[TRIMMED])
    if "currency=" in match[0].partition("#")[0]:
        evidence.notes.append("its costs are in another currency; durations are as they are")
    return evidence


def _sets(source: Source, link: str) -> tuple[list[dict[float, float]], list[str]]:
    """Durations by size of the one or two functions of a link, and their names: int16 and float32, little-endian."""
    parts = [part for part in link.partition("#")[2].split(";") if part] or [""]
    if len(parts) == 1:
        parts = [part for part in unquote(parts[0]).split(";") if part]
    if len(parts) not in (3, 6, 7, 8):
        raise source.refuse(f"its link has {len(parts)} parts, not 3 or 8", _WANTED)
    sets = []
    for place in range(0, 3 if len(parts) == 3 else 6, 3):
        sizes, times = _numbers(source, parts[place], "h"), _numbers(source, parts[place + 1], "f")
        if len(sizes) != len(times) or not sizes:
            raise source.refuse("its link has not as many durations as sizes", _WANTED)
        kept = {size: ms for size, ms in zip(sizes, times, strict=True) if ms > 0}
        sets.append(kept)
    names = [re.sub(r"[^\w .()+-]+", "_", unquote(part))[:64] for part in parts[6:]]
    return sets, names


def _numbers(source: Source, part: str, form: str) -> list[float]:
    text = unquote(part).replace("-", "+").replace("_", "/").rstrip("=")
    width = struct.calcsize(form)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise source.refuse("a part of its link is no base64", _WANTED) from None
    if len(raw) % width or len(raw) // width > _MOST_SIZES:
        raise source.refuse("a part of its link is cut off", _WANTED)
    return [round(float(one), 4) for one in struct.unpack(f"<{len(raw) // width}{form}", raw)]


KINDS = (
    Kind(
        "step_functions_execution",
        "what describe-execution prints of a run of power tuning",
        "tuning",
        {
            "executionArn, or output alone": r"\"executionArn\"\s*:|\A\s*\{\s*\"output\"\s*:\s*\"",
            "output": r"\"output\"\s*:",
            "power": r"\\\"power\\\"|\"power\"|\"status\"\s*:\s*\"(?:FAILED|RUNNING|TIMED_OUT|ABORTED)",
        },
        read_execution,
    ),
    Kind(
        "power_tuning_json",
        "the output of AWS Lambda Power Tuning",
        "tuning",
        {
            "power": r"\"power\"\s*:",
            "duration": r"\"duration\"\s*:",
            "stateMachine or stats": r"\"(?:stateMachine|stats|visualization)\"\s*:",
        },
        read_output,
    ),
    Kind(
        "power_tuning_url",
        "the link of AWS Lambda Power Tuning",
        "tuning",
        {"the link": r"\A(?!\s*[\[{]\s*[\"{\[])[^{]*https?://[^\s#]*lambda-power-tuning[^\s#]*#[\w+/=%-]+[;%]"},
        read_link,
    ),
)
