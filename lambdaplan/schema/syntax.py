"""Slips of JSON and YAML: what is wrong at a place, in words, and its line with a caret."""

from __future__ import annotations

import json
import re
from typing import Any

from lambdaplan.errors import shorten

_WIDTH = 76  # of a line that is shown
_WORDS = {
    "True": "true", "False": "false", "None": "null", "yes": "true", "no": "false", "TRUE": "true", "FALSE": "false",
    "NULL": "null", "undefined": "null",
}  # fmt: skip
_PLAIN = {  # words of the parser of YAML, and ours
    "found character '\\t' that cannot start any token": "a tab; indent with spaces",
    "mapping values are not allowed in this context": "a second colon in one line, or a line indented too far",
    "mapping values are not allowed here": "a second colon in one line, or a line indented too far",
    "could not find expected ':'": "a name needs a colon and a space after it",
    "did not find expected key": "a line indented otherwise than the lines above it",
    "did not find expected '-' indicator": "a line of a list without its dash, or indented otherwise than the others",
    "did not find expected ',' or '}'": "it is not closed: a comma or } is missing",
    "did not find expected ',' or ']'": "it is not closed: a comma or ] is missing",
    "did not find expected node content": "a value is missing before it",
    "found unexpected end of stream": "a quote that is not closed",
    "but found another document": "a second document begins; a file holds one",
    "block sequence entries are not allowed in this context": "a dash here; a list begins on a line of its own",
}


def excerpt(text: str, line: int, column: int) -> str:
    """A line of a document with a caret below a place of it, both counted from 1; nothing where there is none."""
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return ""
    shown = "".join(char if char.isprintable() else " " for char in lines[line - 1])
    begin = max(0, min(column - 1 - _WIDTH // 2, len(shown) - _WIDTH))
    number = f"  {line} | "
    caret = " " * (len(number) - 2) + "| " + " " * (column - 1 - begin) + "^"
    return f"{number}{shown[begin : begin + _WIDTH]}\n{caret}"


def json_slip(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Where a slip of JSON is, as a place in the text, and what it is in words."""
    at = error.pos
    before = text[:at].rstrip()
    rest = text[at:]
    char = rest[:1]
    words = f"{error.msg[:1].lower()}{error.msg[1:]}"
    word = re.match(r"[A-Za-z_]+", rest)
    if not rest.strip():
        words = "the end of the file comes before its last bracket or quote is closed"
    elif error.msg.startswith("Unterminated string"):
        words = "a quote that is not closed"
    elif error.msg.startswith("Invalid control character"):
        words = "a line break or a tab within quotes, or a quote that is not closed before it"
    elif error.msg.startswith("Invalid \\escape"):
        words = "a backslash within quotes; write two, or /"
    elif error.msg == "Extra data":
        words = "there is more after the end of the document"
    elif char in "\u201c\u201d\u201e\u2033\u00ab\u00bb\u2018\u2019`":
        words = f'{char} is no straight quote; names and text stand in "'
    elif char == "'":
        words = "names and text stand in double quotes"
    elif char == "#" or rest.startswith(("//", "/*")):
        words = "JSON has no comments; YAML has, after #"
    elif error.msg.startswith("Illegal trailing comma"):  # from Python 3.13 on
        words = f"a comma too many, before {rest[1:].lstrip()[:1]}"
    elif before.endswith(",") and char in "}]":
        at, words = len(before) - 1, f"a comma too many, before {char}"
    elif re.search(r"[0-9],$", before) and before == text[:at] and re.match(r"[0-9]+(?![0-9.])\s*[,}\]\n]", rest):
        number = re.search(r"([0-9]+),$", before)
        digits = re.match(r"[0-9]+", rest)
        at, words = at - 1, f"a decimal comma; write {number and number[1]}.{digits and digits[0]}"
    elif word and word[0] in _WORDS:
        words = f"{word[0]} is written {_WORDS[word[0]]}"
    elif re.search(r"[0-9]$", before) and before == text[:at] and re.match(r"[A-Za-z%/]", rest):
        amount = re.search(r"[0-9.]+$", before)
        unit = re.match(r"[A-Za-z%/]+", rest)
        written = f"{amount and amount[0]}{unit and unit[0]}"
        at, words = at - len(amount[0] if amount else ""), f'an amount with a unit stands in quotes: "{written}"'
        if re.match(r"0[xob]$", written, re.IGNORECASE):
            words = "a number is written with the digits 0 to 9"
    elif re.match(r"0[0-9]", text[at - 1 : at + 1]):
        words = "a number does not begin with 0"
    elif error.msg.startswith("Expecting property name"):
        words = 'a name in double quotes is expected, such as "region"'
    elif error.msg.startswith("Expecting ',' delimiter"):
        at, words = len(before), "a comma is missing here"
    elif error.msg.startswith("Expecting ':' delimiter"):
        words = "a colon is missing before it"
    elif error.msg == "Expecting value" and word and at:
        words = f'text stands in double quotes: "{shorten(word[0], 20)}"'
    elif error.msg == "Expecting value":
        words = "a value is expected"
    return at, words


def yaml_mark(error: Any) -> Any:
    """Where a slip of YAML is: what was begun and not ended, else where the parser stopped; or None."""
    begun, problem = getattr(error, "context_mark", None), str(getattr(error, "problem", ""))
    begins = ("found unexpected end of stream", "could not find expected ':'", "did not find expected ','")
    return begun if begun is not None and problem.startswith(begins) else getattr(error, "problem_mark", None)


def yaml_words(error: Any, text: str) -> str:
    """What is wrong with a text, of an error of the parser of YAML."""
    words = str(getattr(error, "problem", None) or "it can't be parsed")
    mark = yaml_mark(error)
    strange = next(
        (n for n, line in enumerate(text.split("\n"), 1) if re.match(r"[ ]*[\u00a0\u2002-\u200b\u3000\ufeff]", line)), 0
    )
    if strange:
        return f"line {strange} begins with a space that is none of the keyboard's; write it anew"
    if words == "found character that cannot start any token" and mark is not None:
        lines = text.split("\n")
        char = lines[mark.line][mark.column : mark.column + 1] if mark.line < len(lines) else ""
        return "a tab; indent with spaces" if char == "\t" else f"a value that begins with {char} stands in quotes"
    return _PLAIN.get(words, shorten(words, 80))
