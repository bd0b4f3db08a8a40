"""What went wrong, and what to do about it.

    LambdaplanError
    ├── InputError       a document, option or argument can't be read as it is
    ├── PriceNotFound    a price, book or table isn't there
    ├── RefreshError     AWS's price files could not be fetched, or a new book is refused
    ├── ClusterError     a Dask cluster can't be used
    └── ReportError      a report could not be run or written

Every error is one line a problem: the field, its value, what is allowed, what to do. After ten, a count.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    excerpt : str - the line of a file that can't be read, with a caret.
    """

    code: str
    field: str
    value: str
    allowed: str
    fix: str = ""
    excerpt: str = ""

    @property
    def line(self) -> str:
        """The problem as one line for people; of a long list of names only the first."""
        allowed, field = in_short(self.allowed), self.field or '""'
        sentences = {
            "missing": f"{field} is missing: {allowed}.",
            "unknown_field": f"{field} is not a field here: {allowed}.",
            "range": f"{field} = {self.value} is outside {allowed}.",
            "choice": f"{field} = {self.value} is not one of {allowed}.",
            "type": f"{field} = {self.value} is not {allowed}.",
            "syntax": f"{field} can't be read: {self.value}; {allowed}.",
            "conflict": f"{field} = {self.value} does not fit: {allowed}.",
            "storage": f"{field} can't be used: {self.value}; {allowed}.",
            "network": f"{field} can't be fetched: {self.value}; {allowed}.",
            "cluster": f"{field} = {self.value} can't be used: {allowed}.",
            "content": f"{field} is refused: {self.value}; {allowed}.",
        }[self.code]
        return " ".join(part for part in (sentences, self.fix) if part)


LONG_LIST = 160  # characters of what is allowed, above which a list of names is cut


def in_short(names: str, longest: int = LONG_LIST) -> str:
    """A list of names, cut where it is long, with how many more there are."""
    parts = names.split(", ")
    if len(names) <= longest or len(parts) < 5:
        return names
    kept = 1
    while len(", ".join(parts[: kept + 1])) <= longest // 2:
        kept += 1
    return f"{', '.join(parts[:kept])} and {len(parts) - kept} more"


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
        lines = [
            f"{problem.line}\n{problem.excerpt}" if problem.excerpt else problem.line
            for problem in self.problems[:SHOWN_PROBLEMS]
        ]
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


class RefreshError(LambdaplanError):
    """AWS's price files could not be fetched (``exit_code`` 4), or what they hold makes no price book (5).

    Parameters:
    code : str - ``network``: they could not be fetched, or another refresh is at work; ``content``: what they hold.
    """

    exit_code = 5

    def __init__(self, code: str, what: str, reason: str, words: str, fix: str = "") -> None:
        super().__init__(Problem(code, shorten(what, 160), shorten(reason, 200), words, fix))
        self.exit_code = 4 if code == "network" else 5


class ClusterError(LambdaplanError):
    """A Dask cluster does not answer, has no worker, or has one that would bill otherwise."""

    exit_code = 4


class ReportError(LambdaplanError):
    """A report could not be run or written: storage, kernel or a missing part."""

    exit_code = 5


def shorten(value: object, length: int = 60) -> str:
    """A value as text that fits into an error line."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def nearest(name: object, known: Iterable[str], also: Mapping[str, str] | None = None) -> str:
    """A sentence that names the closest known names, or nothing; nothing for what is no text.

    Swapped letters count least; a part of a name stands for it, and so does another word for it.

    Parameters:
    also : mapping - other words for known names, in small letters.
    """
    if not isinstance(name, str):
        return ""
    name, words = name[:80], list(known)
    simple = {_simple(word): word for word in reversed(words)}
    asked = _simple(name)
    parted = _simple(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))  # durationMs
    if asked in simple or parted in simple:
        return _did_you_mean([simple.get(asked) or simple[parted]])
    if also and also.get(asked) in words:
        return _did_you_mean([also[asked]])
    close = difflib.get_close_matches(name, words, n=5, cutoff=0.6)
    close = [word for word in close if sorted(word) == sorted(name)] or close
    if not close:
        close = [simple[word] for word in difflib.get_close_matches(asked, simple, n=5, cutoff=0.6)]
    if close:
        return _did_you_mean(close[:1])
    if len(asked) > 2:
        return _did_you_mean([word for key, word in reversed(simple.items()) if asked in key][:3])
    return ""


def _simple(word: str) -> str:
    """A word in small letters, with one sign between its parts."""
    return "_".join(re.sub(r"[-_.]", " ", word.lower()).split())


def _did_you_mean(names: Sequence[str]) -> str:
    if not names:
        return ""
    *first, last = names
    return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"
