"""The table of text: columns that fit a terminal's window, with numbers whole and words wrapped."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

BETWEEN = "  "  # two columns
HANGING = "  "  # further lines of a cell, or of a paragraph
GLUE = "\N{NO-BREAK SPACE}"  # between a number and its unit, until lines are made
LOOKED_AT = 60  # rows by which the widths of columns are chosen
LEAST = 20  # columns of a window below which nothing can be made to fit

_WRAPPED = functools.partial(textwrap.wrap, break_long_words=False, break_on_hyphens=False)
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=%|(?!to\b|and\b|or\b|of\b|x\b)[A-Za-z])")


def window() -> int | None:
    """Columns of the terminal that standard output is, or that COLUMNS says; None where it is none."""
    if not os.environ.get("COLUMNS") and not (sys.stdout is not None and sys.stdout.isatty()):
        return None
    columns = shutil.get_terminal_size(fallback=(0, 0)).columns
    return columns if columns >= LEAST else None


def text_table(
    rows: Sequence[Sequence[str]], right: Sequence[int] = (), width: int | None = None, *, named: bool = False
) -> str:
    """Rows as columns of text.

    In a window that is too narrow the widest columns are wrapped between words. A number is never parted, and stays
    with its unit where there is room. Where not even single words fit beside each other, a row is a paragraph.

    Parameters:
    rows : sequences of str - a cell a column, the names of the columns among them.
    right : sequence of int - columns that are set to the right.
    width : int or None - columns of the window; None is as wide as the words.
    named : bool - whether the first row names the columns, so that a paragraph can say what a cell is.

    Examples:
        >>> print(text_table([("", "USD a month"), ("Fargate auto, here 0.5 vCPU 1 GB", "$75.82")], (1,), 28))
                               USD a
                               month
        Fargate auto, here    $75.82
          0.5 vCPU 1 GB
    """
    if not rows:
        return ""
    natural = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = None if width is None else width - len(BETWEEN) * (len(natural) - 1)
    if room is None or sum(natural) <= room:
        return "\n".join(_line(row, natural, right) for row in rows)
    for glued in (True, False):
        cells = [[_glued(cell) if glued else cell for cell in row] for row in rows]
        least = [max(map(_narrowest, column)) for column in zip(*cells, strict=True)]
        if sum(least) <= room:
            widths = _shared(cells, least, room)
            return "\n".join(line for row in cells for line in _lines(row, widths, right))
    return "\n".join(wrapped(words, width) for words in _paragraphs(rows, named=named))


def _paragraphs(rows: Sequence[Sequence[str]], *, named: bool) -> list[str]:
    """A row a paragraph; with the names of its cells after the first one where the first row has them."""
    if not named:
        return [BETWEEN.join(cell.strip() for cell in row if cell) for row in rows]
    names, *others = rows
    pairs = ([f"{name} {cell}" for name, cell in zip(names[1:], row[1:], strict=True) if cell] for row in others)
    return [f"{row[0]}: {'; '.join(cells)}" for row, cells in zip(others, pairs, strict=True)]


def wrapped(text: str, width: int | None) -> str:
    """A text whose lines fit a window: broken between words, what follows set in."""
    if width is None:
        return text
    return "\n".join(
        line for long in text.split("\n") for line in ([long] if len(long) <= width else _fill(long, width))
    )


def _fill(line: str, width: int) -> list[str]:
    bare = line.lstrip(" ").replace(GLUE, " ")
    lead = " " * (len(line) - len(bare))
    parts: list[str] = []
    for words in (_glued(bare), bare):
        parts = _WRAPPED(words, width, initial_indent=lead, subsequent_indent=lead + HANGING)
        if max(map(len, parts)) <= width:
            break
    return [part.replace(GLUE, " ") for part in parts]


def _glued(cell: str) -> str:
    return _NUMBER_AND_UNIT.sub(GLUE, cell)


def _narrowest(cell: str) -> int:
    """Columns that a cell needs when it is broken between all its words."""
    lead = len(cell) - len(cell.lstrip(" "))
    words = cell.split(" ")[lead:]
    return max((lead + len(HANGING) * (n > 0) + len(word) for n, word in enumerate(words)), default=0)


def _shared(cells: Sequence[Sequence[str]], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns that fill the room, each column more goes to where it makes the table lowest."""
    lengths = [[len(cell) for cell in row] for row in cells[:LOOKED_AT]]
    natural = [max(column) for column in zip(*lengths, strict=True)]
    widths = list(least)

    def lines(wider: int) -> tuple[int, float]:
        """Lines of the table when a column is wider by one, and how much of the column is still missing."""
        given = [max(width, 1) + (n == wider) for n, width in enumerate(widths)]
        high = sum(max(-(-length // width) for length, width in zip(row, given, strict=True)) for row in lengths)
        return high, -natural[wider] / given[wider]

    for _ in range(room - sum(widths)):
        narrow = [n for n, width in enumerate(widths) if width < natural[n]]
        if not narrow:
            break
        widths[min(narrow, key=lines)] += 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    """The lines of a row whose cells are wrapped."""
    pairs = zip(row, widths, strict=True)
    cells = [_fill(cell, width) if len(cell) > width else [cell.replace(GLUE, " ")] for cell, width in pairs]
    high = max(map(len, cells))
    return [_line([cell[n] if n < len(cell) else "" for cell in cells], widths, right) for n in range(high)]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    pairs = enumerate(zip(row, widths, strict=True))
    return BETWEEN.join(cell.rjust(w) if n in right else cell.ljust(w) for n, (cell, w) in pairs).rstrip()
