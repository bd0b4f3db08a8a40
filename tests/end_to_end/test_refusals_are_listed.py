"""The table of what is refused, docs/refusals.md, has every refusal of the code, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from refused_words import conflicts

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"


def test_every_refusal_of_the_code_is_on_the_page():
    page = re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    missing = {(module, words) for module, several in conflicts().items() for words in several if words not in page}
    assert not missing


def test_every_message_on_the_page_is_in_the_code():
    known = [words for several in conflicts().values() for words in several]
    rows = [line.split("|") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    said = [part.strip(" …") for row in rows if row[2].strip() != "the message says" for part in row[2].split(";")]
    unknown = [
        words for words in said if not any(known_words in words or words in known_words for known_words in known)
    ]
    assert unknown == []
