"""Blocks of a page: paragraphs, lists, tables and figures, as HTML, Markdown and text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from markupsafe import Markup

from lambdaplan.charts.rendering import figure_html, specification_of
from lambdaplan.html_table import NUMBER, column_kinds, columns_and_cells, html_table
from lambdaplan.report.html_page import markdown_block, markdown_table, markdown_text


@dataclass(frozen=True)
class Part:
    """One part of a page: HTML where it can be shown, Markdown for a repository, text everywhere else."""

    html: Markup
    text: str
    markdown: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.text


def joined(*parts: Part) -> Part:
    """Parts one after another."""
    between = "\n\n".join
    return Part(
        Markup("\n").join(part.html for part in parts),
        between(part.text for part in parts),
        between(part.markdown for part in parts),
    )


def paragraph(words: str, kind: str = "") -> Part:
    """A paragraph, of a class of the page's style if given."""
    shown = Markup('<p class="{}">{}</p>').format(kind, words) if kind else Markup("<p>{}</p>").format(words)
    strong = kind == "lp-answer"
    return Part(shown, words, f"**{markdown_text(words)}**" if strong else markdown_text(words))


def heading(words: str) -> Part:
    """The heading of a section."""
    return Part(Markup("<h2>{}</h2>").format(words), words, f"## {markdown_text(words)}")


def bullets(lines: Sequence[str]) -> Part:
    """A list of lines."""
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    text, marked = ("\n".join(f"- {line}" for line in some) for some in (lines, map(markdown_text, lines)))
    return Part(Markup("<ul>{}</ul>").format(items), text, marked)


def folded(part: Part, summary: str) -> Part:
    """A part that a page folds away; on paper, in Markdown and in text it is open."""
    shown = Markup("<details><summary>{}</summary>{}</details>").format(summary, part.html)
    return Part(shown, part.text, part.markdown)


class Link(str):
    """Words that lead to an address of the web, or to a place of the page."""

    __slots__ = ("address",)
    address: str

    def __new__(cls, words: str, address: str) -> Self:
        link = super().__new__(cls, words)
        link.address = address if _WEB.fullmatch(address) or _PLACE.fullmatch(address) else ""
        return link

    def __html__(self) -> Markup:
        words = Markup.escape(str(self))
        return Markup('<a href="{}">{}</a>').format(self.address, words) if self.address else words


class Place(str):
    """Words that links of the page lead to, by the name of the place."""

    __slots__ = ("name",)
    name: str

    def __new__(cls, words: str, name: str) -> Self:
        place = super().__new__(cls, words)
        place.name = name
        return place

    def __html__(self) -> Markup:
        return Markup('<span id="{}">{}</span>').format(self.name, str(self))


_WEB = re.compile(r"https?://[\w./~%#?=&+:,@;-]+")
_PLACE = re.compile(r"#[a-z0-9-]+")


def _marked(cell: str) -> str:
    """A cell in Markdown."""
    if isinstance(cell, Link) and _WEB.fullmatch(cell.address):
        return f"[{markdown_text(cell)}]({cell.address})"
    return markdown_text(cell)


def document_part(document: Any, summary: str) -> Part:
    """A document in full, folded away where it can be."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    text = re.sub(r"\[\s+([\d.,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
    shown = Markup("<details><summary>{}</summary><pre>{}</pre></details>").format(summary, text)
    return Part(shown, text, f"{markdown_text(summary)}:\n\n{markdown_block(text)}")


SMALL, FEW = 16, 900  # rows and letters of a table that is not parted between printed pages

Rows = list[dict[str, str]]


def tabled(rows: Rows, caption: str, total: bool = False) -> Part:
    """Rows as a table with a caption, numbers to the right.

    `total` says that the last row is a sum.
    """
    columns, cells = columns_and_cells(rows)
    letters = sum(len(cell) for row in cells for cell in row)
    small = "lp-small" if len(rows) <= SMALL and letters <= FEW else ""
    table = html_table(columns, cells, caption, css=small, total=total)
    # what is wider than the page scrolls in its box; the script of the page lets the keyboard reach such a box
    box = '<div class="lp-scroll" role="group" aria-label="{}">{}</div>'
    shown = Markup(box).format(caption, table)  # noqa: S704 - a constant
    text = "\n".join([caption, *(" | ".join(row) for row in (columns, *cells))])
    numbers = [n for n, kind in enumerate(column_kinds(columns, cells)) if kind == NUMBER]
    marked = [[_marked(cell) for cell in row] for row in (columns, *cells)]
    if total:
        marked[-1] = [f"**{cell}**" if cell else "" for cell in marked[-1]]
    return Part(shown, text, f"**{markdown_text(caption)}**\n\n{markdown_table(marked[0], marked[1:], numbers)}")


def figure(chart: Any, name: str, narrow: Any = None) -> Part:
    """A chart that shows anywhere: a still picture, with its specification for pages that run scripts.

    Parameters:
    chart : altair chart or dict - what is shown; a dict is a chart's specification.
    name : str - name of the chart's files in the report's folder.
    narrow : altair chart, dict or None - what a page shows in its place on a phone.
    """
    spec = specification_of(chart)
    description = spec.get("description") or name
    phone = None if narrow is None else specification_of(narrow)
    return Part(
        figure_html(spec, name, narrow=phone), description, f"![{markdown_text(description)}](charts/{name}.svg)"
    )
