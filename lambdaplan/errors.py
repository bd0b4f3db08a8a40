"""What went wrong, and what to do about it.

    LambdaplanError
    ├── InputError       a document, option or argument can't be read as it is
    ├── PriceNotFound    a price, book or table isn't there
    └── ReportError      a report could not be run or written

Every error is one line a problem: the field, its value, what is allowed, what to do. After ten, a count.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters:
    code : str - kind of problem, a word that scripts can rely on.
    field : str - path of the field in its document, such as ``workload.duration_ms``.
    value : str - what was given, as text; empty when nothing was.
    allowed : str - what would be accepted, with units.
    fix : str - what to do, a whole sentence.
    """

    code: str
    field: str
    value: str
    allowed: str
    fix: str = ""

    @property
    def line(self) -> str:
        """The problem as one line for people."""
        sentences = {
            "missing": f"{self.field} is missing: {self.allowed}.",
            "unknown_field": f"{self.field} is not a field here: {self.allowed}.",
            "range": f"{self.field} = {self.value} is outside {self.allowed}.",
            "choice": f"{self.field} = {self.value} is not one of {self.allowed}.",
            "type": f"{self.field} = {self.value} is not {self.allowed}.",
            "syntax": f"{self.field} can't be read: {self.value}; {self.allowed}.",
            "conflict": f"{self.field} = {self.value} does not fit: {self.allowed}.",
            "storage": f"{self.field} can't be used: {self.value}; {self.allowed}.",
        }[self.code]
        return " ".join(part for part in (sentences, self.fix) if part)


SHOWN_PROBLEMS = 10  # of one input, then a count: one slip may be in every line of a file


def more_problems(more: int) -> str:
    """How many problems are not shown, in words."""
    return f"and {more:,} more problem{'' if more == 1 else 's'}"


class LambdaplanError(Exception):
    """The base of all errors of this package; ``exit_code`` is the command's."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """The problems as lines for people: the first of them, then how many more there are."""
        lines = [problem.line for problem in self.problems[:SHOWN_PROBLEMS]]
        more = len(self.problems) - len(lines)
        return [*lines, f"{more_problems(more)}."] if more else lines


class InputError(LambdaplanError):
    """A document, an option or an argument can't be read as it is."""


@contextlib.contextmanager
def problems_together() -> Iterator[list[Problem]]:
    """Gather the problems of one input in a list, and raise InputError with all of them at the end, if there are any.

    Examples:
        >>> with problems_together() as problems:
        ...     problems.append(Problem("range", "memory_mb", "64", "128..10240 (MB)"))
        Traceback (most recent call last):
        lambdaplan.errors.InputError: memory_mb = 64 is outside 128..10240 (MB).
    """
    problems: list[Problem] = []
    yield problems
    if problems:
        raise InputError(problems)


class PriceNotFound(LambdaplanError):
    """A price, a price book or a table is not there."""


class ReportError(LambdaplanError):
    """A report could not be run or written: storage, kernel or a missing part."""

    exit_code = 5


def shorten(value: object, length: int = 60) -> str:
    """A value as text that fits into an error line."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def nearest(name: object, known: Iterable[str]) -> str:
    """A sentence that names the closest known name, or nothing; nothing for what is no text.

    Swapped letters count least; a part of one name alone stands for it.
    """
    if not isinstance(name, str):
        return ""
    name, words = name[:80], list(known)
    close = difflib.get_close_matches(name, words, n=5, cutoff=0.6)
    close = [word for word in close if sorted(word) == sorted(name)] or close
    if not close and len(name) > 2:
        close = [word for word in words if name in word]
    return f"Did you mean {close[0]}?" if close else ""
