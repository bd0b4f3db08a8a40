"""Parsing of documents: JSON, and YAML of the same shape, with exact numbers.

Numbers keep the digits they were written with. Names that stand twice in an object, numbers of
no sensible size, deep nesting, tags and aliases are problems, not surprises.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import sys
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem, shorten
from lambdaplan.resources import data_dir
from lambdaplan.schema.reading import Repeats, Unreadable, parse_number
from lambdaplan.schema.syntax import excerpt, json_slip, yaml_mark, yaml_words

MAX_BYTES = 16 * 1024 * 1024
MAX_YAML = 1024 * 1024
MAX_DEPTH = 100
_NO_TEXT = (".xlsx", ".xls", ".ods", ".numbers", ".docx", ".odt", ".pdf", ".zip", ".gz", ".png", ".parquet")
_SUFFIXES = (".json", ".yaml", ".yml")
_UTF_16 = "UTF-16 text, as some editors save Unicode"
_BEGINNINGS = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8": "a picture (JPEG)",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive, as files of Excel and Word are",
    b"\x1f\x8b": "compressed (gzip)",
    b"\xd0\xcf\x11\xe0": "an old file of Excel or Word",
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
}
"""How files of other kinds begin."""


def read_document(path: str | Path) -> Any:
    """Read a JSON or YAML document from a file; ``-`` is standard input.

    Raises: InputError when it can't be read: no file, empty, not JSON, too deep, too long.
    """
    name = str(path)
    return parse_document(read_text(path), name, yaml=name.lower().endswith((".yaml", ".yml")))


def read_text(path: str | Path) -> str:
    """Read a file of UTF-8 text; ``-`` is standard input.

    Raises: InputError when it can't be read: no file, empty, not text, too long.
    """
    name = str(path)
    if name == "-" and sys.stdin is None:
        raise unreadable(name, "it is closed", "give a file, or text on standard input")
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if name == "-" else Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it can't be opened").lower()
        allowed = "give the path of a JSON or YAML file, or - for standard input"
        fix = "Nothing is fetched from an address: save it as a file." if "://" in name else _nearest_file(name)
        raise unreadable(name, reason, allowed, fix=fix) from None
    if len(content) > MAX_BYTES:
        raise unreadable(name, "it is larger than 16 MB", "a document is a few kB of JSON or YAML")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        ending = Path(name).suffix.lower()
        if ending in _NO_TEXT:
            allowed = "a scenario is JSON or YAML, a table of services CSV"
            if ending in (".xlsx", ".xls", ".ods", ".numbers"):
                allowed = "a scenario is JSON or YAML; a table of services is saved as CSV, for lambdaplan batch"
            raise unreadable(name, f"it is a file of another kind ({ending})", allowed) from None
        kind = next((kind for begins, kind in _BEGINNINGS.items() if content.startswith(begins)), "")
        if kind == _UTF_16 and content.count(b"\0") > len(content) // 4:
            raise unreadable(name, f"it is {kind}", "save it as UTF-8") from None
        if kind and kind != _UTF_16:
            raise unreadable(name, f"it is {kind}", "a scenario is JSON or YAML, a table of services CSV") from None
        raise unreadable(name, "it is not UTF-8 text", "save it as UTF-8") from None
    if text.count("\0") > len(text) // 3 and not content.startswith(b"PK"):
        raise unreadable(name, f"it is {_UTF_16}", "save it as UTF-8")
    if "\0" in text:
        raise unreadable(name, "it is no text", "a scenario is JSON or YAML, a table of services CSV")
    if not text.strip():
        raise unreadable(name, "it is empty", "lambdaplan fields prints what it may hold, lambdaplan init writes one")
    return text


def _nearest_file(name: str) -> str:
    """The nearest file to one that is not there: of its folder, or one that comes with the package."""
    path = Path(name)
    try:
        if words := _not_expanded(name):
            return words
        beside = [str(path.parent / one.name) for one in path.parent.iterdir() if one.suffix in _SUFFIXES][:1000]
        if path.is_dir():
            within = sorted(str(path / one.name) for one in path.iterdir() if one.suffix in _SUFFIXES)
            return f"Did you mean {within[0]}?" if len(within) == 1 else ""
        packaged = {one.stem: str(one) for one in (data_dir() / "scenarios").iterdir() if one.suffix in _SUFFIXES}
    except (OSError, ValueError):
        return ""
    if path.stem in packaged:
        return f"Did you mean {packaged[path.stem]}?"
    stems = {Path(one).stem.lower(): one for one in reversed(beside)}
    close = difflib.get_close_matches(path.stem.lower(), stems, n=1, cutoff=0.6)
    return f"Did you mean {stems[close[0]]}?" if close else ""


def _not_expanded(name: str) -> str:
    """What is said of a name that a shell would have changed: ~, a pattern, a variable, quotes around it."""
    plain = name.strip("\"' \t\u201c\u201d\u2018\u2019")
    if plain != name and plain and Path(plain).is_file():
        return f"Did you mean {shorten(plain, 80)}? Spaces and quotes around it are not part of its name."
    if name.startswith("~"):
        there = Path(name).expanduser()
        words = "A shell reads ~ as your folder outside quotes only"
        return f"Did you mean {there}? {words}." if there.is_file() else f"{words}; there is no {there} either."
    if re.search(r"[*?]|\[.+\]", name):
        found = sorted(str(one) for one in Path().glob(name))[:2] if not Path(name).is_absolute() else []
        words = "It takes one file, and no pattern."
        return f"{words} Such as {found[0]}." if found else f"{words} Nothing here is named like that."
    return "A shell puts the value of a variable there outside single quotes only." if name.startswith("$") else ""


def parse_document(text: str, name: str, *, yaml: bool = False) -> Any:
    """Read a document from its text. Standard input may be either; JSON is tried first.

    Raises: InputError.
    """
    if yaml or (name == "-" and text.lstrip()[:1] not in ("{", "[")):
        return _yaml(text, name)
    if _depth(text) > MAX_DEPTH:
        raise _too_deep(name)
    try:
        return json.loads(
            text,
            object_pairs_hook=Repeats.of,
            parse_float=parse_number,
            parse_int=parse_number,
            parse_constant=Unreadable,
        )
    except json.JSONDecodeError as error:
        at, words = json_slip(text, error)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        where = f"line {line}, column {column}: {words}"
        allowed = "mend that place" if text.lstrip()[:1] in ("{", "[") else "it starts with {; YAML files end in .yaml"
        shown = excerpt(text, line, column)
        fix = "A table of services is for lambdaplan batch." if name.lower().endswith(".csv") else ""
        if text.lstrip().startswith("<"):
            fix = "It is a web page: save the file itself."
        if not fix and re.match(r"(#.*\n|---\n|\s)*[A-Za-z_]+:(\s|$)", text):
            fix = "It looks like YAML: let its name end in .yaml."
        if not fix and Path(name).suffix.lower() in (".log", ".tf", ".tfstate", ".har"):
            fix = "lambdaplan import reads logs and Terraform."
        raise unreadable(name, f"it is not JSON ({where})", allowed, shown, fix) from None


def _depth(text: str) -> int:
    """How deep brackets nest, not counting those inside strings."""
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    return deepest


def _yaml(text: str, name: str) -> Any:
    import yaml

    if len(text) > MAX_YAML:
        raise unreadable(name, "it is larger than 1 MB of YAML", "write a document of that size as JSON")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_yaml_loader()):
            where = f"line {event.start_mark.line + 1}" if event.start_mark else "a line"
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise unreadable(name, f"{where} has an alias or anchor", "write the value out")
            if tag := getattr(event, "tag", None):
                raise unreadable(name, f"{where} has the tag {shorten(tag, 40)}", "leave tags out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _too_deep(name)
        node = yaml.compose(text, Loader=_yaml_loader())
    except yaml.YAMLError as error:
        mark = yaml_mark(error)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        words = yaml_words(error, text)
        if "nesting" in words:
            raise _too_deep(name) from None
        shown = excerpt(text, mark.line + 1, mark.column + 1) if mark else ""
        raise unreadable(name, f"it is not YAML ({where}{words})", "mend that place", shown) from None
    if node is None:
        raise unreadable(name, "it is empty", "lambdaplan fields prints what it may hold, lambdaplan init writes one")
    return _value(node, name)


def _yaml_loader() -> Any:
    """The quicker of PyYAML's safe loaders that is there."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# What a plain word of YAML may be besides text: the words and numbers of JSON, and YAML's own NaN and infinity.
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def _value(node: Any, name: str) -> Any:
    if node.id == "mapping":
        for key, _ in node.value:
            if key.id != "scalar":
                line = key.start_mark.line + 1
                raise unreadable(name, f"line {line} has a name that is no text", "write a name before the colon")
        return Repeats.of((str(key.value), _value(value, name)) for key, value in node.value)
    if node.id == "sequence":
        return [_value(item, name) for item in node.value]
    word = node.value
    if node.style in ("'", '"', "|", ">"):  # quoted
        return word
    if word in _WORDS:
        return _WORDS[word]
    if _NUMBER.fullmatch(word):
        return parse_number(word)
    return Unreadable(word) if _NO_NUMBER.fullmatch(word) else word


def unreadable(name: str, why: str, allowed: str, shown: str = "", fix: str = "") -> InputError:
    """The error of a file that can't be read; ``-`` is standard input. `shown` is its line with a caret."""
    what = "standard input" if name == "-" else shorten(name, 200)
    return InputError(Problem("syntax", what, why, allowed, fix, shown))


def _too_deep(name: str) -> InputError:
    return unreadable(name, f"it nests more than {MAX_DEPTH} levels deep", "a document has a few levels")
