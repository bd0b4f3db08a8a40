"""The table in HTML: that of reports and pages, of the explorer, and of what models show in a notebook."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

NUMBER, DATE, LONG, WORDS = "number", "date", "long", "words"
LONGEST_WORD = 26  # letters of a word that is not broken to make a table fit
_NUMBER = re.compile(r"[-–]?\$?[\d,]+(\.\d+)?( %| \(here\))?|—|unknown|")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|undated|")
# How the cells of a kind of column are set: by a class of the page's style sheet, or by a style of their own.
_CLASSES = {NUMBER: ' class="n"', DATE: ' class="d"', LONG: ' class="w"', WORDS: ""}
_LEFT, _RIGHT = ' style="text-align: left"', ' style="text-align: right; font-variant-numeric: tabular-nums"'

_TABLE = """\
<table{% if css %} class="{{ css }}"{% endif %}>
{%- if caption %}<caption{{ left }}>{{ caption }}</caption>{% endif -%}
<thead><tr>{% for name, set in zip(columns, sets) %}<th scope="col"{{ set }}>{{ name }}</th>{% endfor %}</tr></thead>
{#- -#}
<tbody>{% for row in rows %}<tr{% if total and loop.last %} class="lp-total"{% endif %}>
{%- for cell, set in zip(row, sets) %}<td{{ set }}>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</tbody></table>"""


def html_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    *,
    css: str = "",
    total: bool = False,
    styled: bool = False,
) -> Markup:
    """Words as a table in HTML, all of them escaped.

    Parameters:
    columns : str - names of the columns.
    rows : sequences of str - a cell a column.
    caption : str - what the table shows.
    css : str - classes of the table.
    total : bool - whether the last row is a sum.
    styled : bool - whether cells have styles of their own, for where there is no style sheet.
    """
    from markupsafe import Markup

    kinds = column_kinds(columns, rows)
    sets = [(_RIGHT if kind == NUMBER else _LEFT) if styled else _CLASSES[kind] for kind in kinds]
    given = {"columns": columns, "rows": rows, "caption": caption, "css": css, "total": total}
    own = {"sets": [Markup(one) for one in sets], "left": Markup(_LEFT if styled else "")}  # noqa: S704
    return Markup(_template().render(given, **own))  # noqa: S704


def columns_and_cells(rows: Sequence[Mapping[str, str]]) -> tuple[list[str], list[list[str]]]:
    """Rows by name of the column as names and cells, which is what tables are made of."""
    return list(rows[0]), [list(row.values()) for row in rows]


def column_kinds(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What the cells of each column are: numbers, dates, words of which some are long, or words."""
    return [_kind([row[n] for row in rows]) for n in range(len(columns))]


def _kind(cells: Sequence[str]) -> str:
    if all(map(_DATE.fullmatch, cells)):
        return DATE
    if all(map(_NUMBER.fullmatch, cells)):
        return NUMBER
    return LONG if any(len(word) > LONGEST_WORD for cell in cells for word in cell.split()) else WORDS


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.globals["zip"] = zip
    return environment.from_string(_TABLE)
