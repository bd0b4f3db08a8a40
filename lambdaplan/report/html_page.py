"""HTML pages that are safe to open, whatever text a scenario holds.

A page has one constant script and one constant style, named by their hashes in its policy, so that
nothing else in it can run. Data travels as JSON that can't end its element. A picture is checked
against a list of what pictures need. A cell that a spreadsheet would run is defused.
"""

from __future__ import annotations

import base64
import csv
import functools
import hashlib
import html
import io
import json
import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from lambdaplan.formatting import decimal_text

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).resolve().parent / "templates"


# pages


def page(title: str, body: Markup, script: str, more_style: str = "") -> str:
    """A page in one file that asks nobody for anything.

    Parameters:
    title : str - plain words.
    body : Markup - HTML of our own making, in which everything else is escaped; plain text is escaped here.
    script : str - what `page_script` gives, or another constant one.
    more_style : str - a constant style that goes on top of that of every page.
    """
    style = _style() + more_style
    own = {"script": Markup(script), "style": Markup(style)}  # noqa: S704 - constant, and named by their hashes
    return template("page.html.j2").render(title=title, body=body, policy=policy(script, style), **own)


_HEADING = re.compile(r"<h([23])>(.*?)</h\1>", re.DOTALL)
_MARKDOWN_HEADING = re.compile(r"^(##|###) (.+)$", re.MULTILINE)


def contents(body: Markup) -> Markup:
    """The body of a page with a list of its headings before it, each a link to its heading.

    Parameters:
    body : Markup - HTML whose headings are of our own making.
    """
    items: list[Markup] = []

    def anchored(heading: re.Match[str]) -> str:
        level, words = heading.groups()
        plain = html.unescape(re.sub("<[^>]*>", "", words))
        items.append(Markup('<li class="lp-level-{}"><a href="#{}">{}</a></li>').format(level, anchor(plain), plain))
        return f'<h{level} id="{anchor(plain)}">{words}</h{level}>'

    with_anchors = Markup(_HEADING.sub(anchored, body))  # noqa: S704 - as safe as before
    if not items:
        return with_anchors
    listed = Markup('<nav class="lp-contents" aria-label="Contents">\n<ul>{}</ul>\n</nav>\n')
    return listed.format(Markup("").join(items)) + with_anchors


def markdown_contents(parts: Iterable[str]) -> list[str]:
    """The headings of parts in Markdown as a list of links, in the way that repositories name them; or nothing."""
    headings = [found for part in parts for found in _MARKDOWN_HEADING.findall(_without_blocks(part))]
    lines = [f"{'  ' if level == '###' else ''}- [{words}](#{anchor(words)})" for level, words in headings]
    return ["\n".join(lines)] if lines else []


def _without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchor(words: str) -> str:
    """The name of a heading in a page's address: a-z, 0-9 and hyphens, as repositories make it."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", words.lower()))


@functools.cache
def template(name: str, folder: Path = TEMPLATES) -> Template:
    """A template of HTML or Terraform, compiled once.

    In HTML whatever it is given is escaped unless it is Markup; in Terraform every word of the reader goes through the
    filter `hcl`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["hcl"] = hcl
    return environment.get_template(name)


@functools.cache
def _style() -> str:
    return (TEMPLATES / "page.css").read_text("utf-8")


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
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    if text.isalnum():  # neither a formula nor a line's end: most cells of a long table
        return text
    return _FORMULA.sub(r"\1\2'", re.sub(r"[\t\r\n]+", " ", text))


# What is markup in Markdown: in a page (a list, a heading or a line begins at the start), and in a decision record.
_IN_PAGES = re.compile(r"[\\`*_{}\[\]|~$@]|:(?=//)|(?<=www)\.|^[-+#=]|^\d{1,9}[.)](?=\s|$)")
IN_RECORDS = re.compile(r"[\\`*_\[\]|~#!]")


def markdown_text(words: Any, markup: re.Pattern[str] = _IN_PAGES) -> str:
    """Words as one line of Markdown that shows just these words: no markup, no HTML, no address to follow."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(words)).split())
    plain = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return markup.sub(lambda sign: f"{sign[0][:-1]}\\{sign[0][-1]}", plain)


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]], to_right: Collection[int] = ()) -> str:
    """Cells as a table in Markdown; what stands in them is Markdown already.

    Parameters:
    to_right : numbers of the columns that are set to the right.
    """
    rule = ["---:" if n in to_right else "---" for n in range(len(columns))]
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, rule, *rows))


def hcl(words: Any) -> str:
    """Words as a string of Terraform: quoted, and nothing in them is a template."""
    return json.dumps(str(words), ensure_ascii=False).replace("${", "\\u0024{").replace("%{", "\\u0025{")


def markdown_block(text: str) -> str:
    """JSON as a block of Markdown: no viewer of the file takes anything in it for its own."""
    for char in "<>&`":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"```json\n{text}\n```"
