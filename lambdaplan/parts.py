"""What pages are made of: paragraphs, lists, tables and pictures, as HTML and as text."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdaplan.pages import figure_html


@dataclass(frozen=True)
class Part:
    """One part of a page: HTML where it can be shown, text everywhere else."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def escaped(words: Any) -> str:
    """Words as they stand in HTML: text, never markup."""
    return html.escape(str(words))


def joined(*parts: Part) -> Part:
    """Parts one after another."""
    return Part("\n".join(part.html for part in parts), "\n\n".join(part.text for part in parts))


def paragraph(words: str, kind: str = "") -> Part:
    """A paragraph, of a class of the page's style if given."""
    return Part(f'<p class="{kind}">{escaped(words)}</p>' if kind else f"<p>{escaped(words)}</p>", words)


def bullets(lines: Sequence[str]) -> Part:
    """A list of lines."""
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return Part(f"<ul>{items}</ul>", "\n".join(f"- {line}" for line in lines))


SMALL = 16  # rows of a table that is not parted between printed pages
LONG = 26  # letters of a word that may be broken, so that a table fits
_DATE = re.compile(r"\d{4}-\d\d-\d\d|undated|")
_NUMBER = re.compile(r"-?\$?[\d,]+(\.\d+)?( %| \(here\))?|—|unknown")

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
    small = ' class="lp-small"' if len(rows) <= SMALL else ""
    top = f"<caption>{escaped(caption)}</caption><thead><tr>{head}</tr></thead>"
    body = f"<table{small}>{top}<tbody>{''.join(lines)}</tbody></table>"
    text = [caption, " | ".join(columns), *(" | ".join(row.values()) for row in rows)]
    return Part(body, "\n".join(text))


def _kind(values: Sequence[str]) -> str:
    """How a column is set: numbers to the right, dates unbroken, long words broken anywhere."""
    if all(_DATE.fullmatch(value) for value in values):
        return ' class="d"'
    if all(_NUMBER.fullmatch(value) or not value for value in values):
        return ' class="n"'
    return ' class="w"' if any(len(word) > LONG for value in values for word in value.split()) else ""


def figure(chart: Any, name: str) -> Part:
    """A chart that shows anywhere: a still picture, with its specification for pages that run scripts.

    Parameters
    ----------
    chart : altair chart - what is shown.
    name : str - name of the chart's files in the report's folder.
    """
    spec = chart.to_dict(validate=False)  # the tests validate
    return Part(figure_html(spec, name), spec.get("description") or name)
