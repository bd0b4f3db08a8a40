"""Tables in plain HTML for notebooks and pages, every cell escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

"""The name of a chart's layer that can't be seen, and says its numbers when it is pointed at."""

_NUMBER = re.compile(r"[-–]?\$?[\d.,]+( %)?|unknown|")
_LEFT = ' style="text-align: left"'
_RIGHT = ' style="text-align: right; font-variant-numeric: tabular-nums"'


def html_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with a caption; columns that hold nothing but numbers are set to the right.

    Parameters
    ----------
    caption : str - what the table shows.
    columns : str - names of the columns.
    rows : sequences of str - a cell a column.
    """
    right = [all(_NUMBER.fullmatch(row[n]) for row in rows) for n in range(len(columns))]
    sides = [_RIGHT if to_right else _LEFT for to_right in right]
    head = "".join(f'<th scope="col"{side}>{html.escape(name)}</th>' for name, side in zip(columns, sides, strict=True))
    lines = (
        "".join(f"<td{side}>{html.escape(cell)}</td>" for cell, side in zip(row, sides, strict=True)) for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    top = f'<caption style="text-align: left">{html.escape(caption)}</caption>'
    return f"<table>{top}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
