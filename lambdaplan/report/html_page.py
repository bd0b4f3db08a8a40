"""HTML pages that are safe to open, whatever text a scenario holds.

A page has one constant script and one constant style, named by their hashes in its policy, so that
nothing else in it can run. Data travels as JSON that can't end its element. A picture is checked
against a list of what pictures need. A cell that a spreadsheet would run is defused.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from lambdaplan.formatting import decimal_text

TEMPLATES = Path(__file__).resolve().parent / "templates"


# pages


def page(title: str, body: str, script: str, more_style: str = "") -> str:
    """A page in one file that asks nobody for anything.

    Parameters
    ----------
    title : str - plain words.
    body : str - HTML of our own making, in which everything else is escaped already.
    script : str - what `page_script` gives, or another constant one.
    more_style : str - a constant style that goes on top of that of every page.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    style = (TEMPLATES / "page.css").read_text("utf-8") + more_style
    # Body, script and style are ours; whatever anybody typed is escaped in the body already.
    own = {name: Markup(text) for name, text in (("body", body), ("script", script), ("style", style))}  # noqa: S704
    return environment.get_template("page.html.j2").render(title=title, policy=policy(script, style), **own)


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy of a page: this script, this style, and nothing else."""
    allowed = f"script-src {_hash(script)}; style-src {_hash(style)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# tables and text


# What makes a spreadsheet read a cell as a formula, at its beginning or after what another country's
# spreadsheet takes for a separator. Full-width signs count for some.
_FORMULA = re.compile(r"(^|[;,|])([ \"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV in which numbers are numbers, and no text is run by a spreadsheet."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([_cell(value) for value in row] for row in (columns, *rows))
    return file.getvalue()


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return decimal_text(value)
    if isinstance(value, (int, float)):
        return value
    return _FORMULA.sub(r"\1\2'", re.sub(r"[\t\r\n]+", " ", str(value)))


_MARKUP = re.compile(r"[\\`*_{}\[\]|~$@]|:(?=//)|(?<=www)\.|^[-+#=]")  # at the start: a list, a heading, a line
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")


def markdown_text(words: str) -> str:
    """Words as Markdown that shows just these words: no markup, no HTML, no address to follow."""
    plain = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(lambda found: f"\\{found[0]}", plain))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells as a table in Markdown. What stands in them is escaped already."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def markdown_block(text: str) -> str:
    """JSON as a block of Markdown: no viewer of the file takes anything in it for its own."""
    for char in "<>&`":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"```json\n{text}\n```"
