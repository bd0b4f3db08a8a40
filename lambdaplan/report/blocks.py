"""Blocks of a page: paragraphs, lists, tables and figures, as HTML, Markdown and text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.charts.rendering import figure_html, specification_of
from lambdaplan.report.html_page import markdown_block, markdown_text


@dataclass(frozen=True)
class Part:
    """One part of a page: HTML where it can be shown, Markdown for a repository, text everywhere else."""

    html: str
    text: str
    markdown: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.text


def escaped(words: Any) -> str:
    """Words as they stand in HTML: text, never markup."""
    return html.escape(str(words))


def joined(*parts: Part) -> Part:
    """Parts one after another."""
    between = "\n\n".join
    return Part(
        "\n".join(part.html for part in parts),
        between(part.text for part in parts),
        between(part.markdown for part in parts),
    )


def paragraph(words: str, kind: str = "") -> Part:
    """A paragraph, of a class of the page's style if given."""
    shown = f'<p class="{kind}">{escaped(words)}</p>' if kind else f"<p>{escaped(words)}</p>"
    strong = kind == "lp-answer"
    return Part(shown, words, f"**{markdown_text(words)}**" if strong else markdown_text(words))


def heading(words: str) -> Part:
    """The heading of a section."""
    return Part(f"<h2>{escaped(words)}</h2>", words, f"## {markdown_text(words)}")


def bullets(lines: Sequence[str]) -> Part:
    """A list of lines."""
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    said, marked = ("\n".join(f"- {line}" for line in some) for some in (lines, map(markdown_text, lines)))
    return Part(f"<ul>{items}</ul>", said, marked)


def document_part(document: Any, summary: str) -> Part:
    """A document in full, folded away where it can be."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    text = re.sub(r"\[\s+([\d.,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
    shown = f"<details><summary>{escaped(summary)}</summary><pre>{escaped(text)}</pre></details>"
    return Part(shown, text, f"{markdown_text(summary)}:\n\n{markdown_block(text)}")


SMALL, FEW = 16, 900  # rows and letters of a table that is not parted between printed pages
LONG = 26  # letters of a word that may be broken, so that a table fits
_DATE = re.compile(r"\d{4}-\d\d-\d\d|undated|")
_NUMBER = re.compile(r"-?\$?[\d,]+(\.\d+)?( %| \(here\))?|—|unknown")
_RIGHT = ' class="n"'

Rows = list[dict[str, str]]


def tabled(rows: Rows, caption: str, total: bool = False) -> Part:
    """Rows as a table with a caption, numbers to the right.

    `total` says that the last row is a sum.
    """
    columns = list(rows[0])
    values = {name: [row[name] for row in rows] for name in columns}
    kinds = [_kind(values[name]) for name in columns]
    head = "".join(f'<th scope="col"{kind}>{escaped(name)}</th>' for name, kind in zip(columns, kinds, strict=True))
    lines = []
    for n, row in enumerate(rows):
        mark = ' class="lp-total"' if total and n == len(rows) - 1 else ""
        lines.append(
            f"<tr{mark}>"
            + "".join(f"<td{kind}>{escaped(row[name])}</td>" for name, kind in zip(columns, kinds, strict=True))
            + "</tr>"
        )
    letters = sum(len(value) for row in rows for value in row.values())
    small = ' class="lp-small"' if len(rows) <= SMALL and letters <= FEW else ""
    top = f"<caption>{escaped(caption)}</caption><thead><tr>{head}</tr></thead>"
    body = f"<table{small}>{top}<tbody>{''.join(lines)}</tbody></table>"
    text = [caption, " | ".join(columns), *(" | ".join(row.values()) for row in rows)]
    rule = ["---:" if kind == _RIGHT else "---" for kind in kinds]
    cells = [[markdown_text(value) for value in row] for row in (columns, *(row.values() for row in rows))]
    if total:
        cells[-1] = [f"**{value}**" if value else "" for value in cells[-1]]
    marked = [f"| {' | '.join(row)} |" for row in (cells[0], rule, *cells[1:])]
    return Part(body, "\n".join(text), "\n".join([f"**{markdown_text(caption)}**", "", *marked]))


def _kind(values: Sequence[str]) -> str:
    """How a column is set: numbers to the right, dates unbroken, long words broken anywhere."""
    if all(_DATE.fullmatch(value) for value in values):
        return ' class="d"'
    if all(_NUMBER.fullmatch(value) or not value for value in values):
        return _RIGHT
    return ' class="w"' if any(len(word) > LONG for value in values for word in value.split()) else ""


def figure(chart: Any, name: str) -> Part:
    """A chart that shows anywhere: a still picture, with its specification for pages that run scripts.

    Parameters
    ----------
    chart : altair chart or dict - what is shown; a dict is a chart's specification.
    name : str - name of the chart's files in the report's folder.
    """
    spec = specification_of(chart)
    said = spec.get("description") or name
    return Part(figure_html(spec, name), said, f"![{markdown_text(said)}](charts/{name}.svg)")
