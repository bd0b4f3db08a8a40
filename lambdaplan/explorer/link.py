"""Link: a whole scenario in the part of an address that no server is sent, and back.

What comes from a link is checked as any document is: it may have been cut, changed or made up by anybody.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from lambdaplan.errors import InputError, Problem
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.parsing import parse_document

MARK = "scenario=1."  # with the version of what follows
MOST_BYTES = 1_000_000  # of a scenario that is loaded
_THERE = re.compile(r"^\S*?scenario=(\S*)$")
_LETTERS = re.compile(r"1\.([A-Za-z0-9_-]+)")
_FIX = "Copy it again, whole."


def to_link(scenario: Scenario) -> str:
    """The scenario as the fragment of an address: its document, compressed, in letters that every address may hold."""
    text = json.dumps(scenario.document(), separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return f"{MARK}{packed.rstrip('=')}"


def is_link(text: str) -> bool:
    """Whether a text is an address with a scenario, or the fragment of one."""
    return _THERE.match(text.strip()) is not None


def from_link(text: str) -> Scenario:
    """The scenario of an address, or of its fragment.

    Raises: InputError where it has been cut or changed, or says no scenario.
    """
    there = _THERE.match(text.strip())
    letters = _LETTERS.fullmatch(there[1]) if there else None
    if letters is None:
        raise InputError(Problem("syntax", "the link", "it holds no scenario of this version", "cut or changed", _FIX))
    document = parse_document(_unpacked(letters[1]), "the link")
    if _of_a_file(document):
        words = "a link can't name a file of this machine"
        raise InputError(
            Problem("conflict", "workload.traffic.trace", "a file", words, "Load the scenario's file instead.")
        )
    return Scenario.from_dict(document)


def _unpacked(letters: str) -> str:
    """What the letters of a link say, no longer than a scenario may be."""
    try:
        packed = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        stream = zlib.decompressobj()
        unpacked = stream.decompress(packed, MOST_BYTES)
        if stream.eof and not stream.unused_data:
            return unpacked.decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        pass
    words = f"it was cut or changed, or says more than {MOST_BYTES:,} bytes"
    raise InputError(Problem("syntax", "the link", words, "so it is no scenario", _FIX))


def _of_a_file(document: Any) -> bool:
    workload = document.get("workload") if isinstance(document, Mapping) else None
    traffic = workload.get("traffic") if isinstance(workload, Mapping) else None
    return isinstance(traffic, Mapping) and "trace" in traffic
