"""Whatever a reader is given, it ends with a result or with lines of the package: what fuzzing found, and a small round.

`make fuzz` does the same for minutes, guided by coverage.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from campaigns import PROVE
from readers import READERS, read, seeds_of

ROUNDS = 400 if PROVE else 12
WORDS = [
    b"null",
    b"{}",
    b"[]",
    b'""',
    b"-1",
    b"1e400",
    b"NaN",
    b"0.1",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\t",
    b'{"low":1,"likely":2,"high":3}',
    b"99999999999999999999",
    b"&a *a",
    b"!!python/object",
    b"\xe2\x80\xae",
    b",",
    b":",
]


def changed(rng: random.Random, content: bytes) -> bytes:
    """The content with some of it cut, doubled, exchanged or replaced by awkward words."""
    made = bytearray(content[:20_000])
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(made))
        end = min(len(made), at + rng.choice((0, 1, 1, 5, 40, 400)))
        how = rng.randint(0, 4)
        if how == 0:
            del made[at:end]
        elif how == 1:
            made[at:at] = made[at:end]
        elif how == 2:
            made[at:end] = rng.choice(WORDS)
        elif how == 3 and at < len(made):
            made[at] = rng.randrange(256)
        else:
            made = made[: max(at, 1)]
    return bytes(made)


@pytest.mark.parametrize("name", READERS)
def test_what_fuzzing_found_stays_mended(name: str, tmp_path: Path) -> None:
    for path in (p for p in seeds_of(name) if "corpus" in p.parts):
        read(name, path.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_ends_with_a_result_or_a_line(name: str, tmp_path: Path) -> None:
    seeds = [path.read_bytes() for path in seeds_of(name)] or [b""]
    for number in range(ROUNDS):
        rng = random.Random(f"{name} {number}")
        content = changed(rng, rng.choice(seeds))
        try:
            read(name, content, tmp_path)
        except Exception as error:
            error.add_note(f"{name}, round {number}: {content[:2000]!r}")
            raise
