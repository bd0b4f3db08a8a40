"""Dropped files: received in pieces, read as `lambdaplan import` reads them, and told; they are not kept."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lambdaplan.errors import InputError, Problem
from lambdaplan.evidence.import_files import Imported, import_files, value_words
from lambdaplan.evidence.one_function import names_of
from lambdaplan.evidence.privacy import clean
from lambdaplan.evidence.scenario_values import missing_values
from lambdaplan.formatting import rounded
from lambdaplan.report.atomic_files import PREFIX
from lambdaplan.scenario.scenario import Scenario

MOST_BYTES = 200_000_000  # of the files that come at once
MOST_FILES = 50
PIECE = 1_000_000  # bytes in one message of the page
_LONGEST = 60  # letters of a file's name
_LIMIT = f"at most {MOST_FILES} files of {MOST_BYTES // 1_000_000} MB together"
_FIX = "Larger ones: lambdaplan import FILE … in a terminal."

Say = Callable[[str], object]


class DroppedFiles:
    """The files that came last, in a folder of their own until others come or they are closed.

    Parameters:
    say : called with words of how far the reading is.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._paths: list[Path] = []
        self._left: list[int] = []
        self._base: Scenario | None = None
        self._made: Scenario | None = None
        self._names: list[str] = []

    def begin(self, files: Sequence[Mapping[str, Any]]) -> None:
        """Make room for files with `name` and `size`; those that came before are forgotten.

        Raises: InputError where they are too many or too large.
        """
        self.forget()
        sizes = [int(one["size"]) for one in files]
        if not 0 < len(sizes) <= MOST_FILES or sum(sizes) > MOST_BYTES:
            what = f"they are {len(sizes)} with {sum(sizes) / 1e6:,.0f} MB together"
            raise InputError(Problem("syntax", "the files", what, _LIMIT, _FIX))
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX)
        for place, one in enumerate(files):
            path = Path(self._folder.name) / str(place) / _file_name(str(one["name"]))
            path.parent.mkdir()
            path.touch()
            self._paths.append(path)
        self._left = sizes

    def piece(self, place: int, content: bytes) -> None:
        """Take the next piece of a file.

        Raises: InputError where a file grows beyond the size that was told.
        """
        known = 0 <= place < len(self._left)
        if not known or len(content) > min(self._left[place], PIECE):
            raise InputError(
                Problem("syntax", "the files", "one changed while it was sent", "whole files", "Try again.")
            )
        with self._paths[place].open("ab") as file:
            file.write(content)
        self._left[place] -= len(content)

    def read(self, scenario: Scenario, function: str | None = None) -> tuple[Scenario, dict[str, Any]]:
        """The scenario with what the files tell, and what to show of it.

        What no file tells stays as it is. Read once more for one function, it begins with the scenario of before.

        Parameters:
        function : the one function or service that counts, where files hold several.
        Raises: InputError with a line for each file that can't be read; then nothing is taken.
        """
        if any(self._left) or not self._paths:
            raise InputError(Problem("syntax", "the files", "they did not come whole", "whole files", "Try again."))
        base = self._base if self._base is not None and scenario == self._made else scenario
        imported = import_files(self._paths, base.document(), self._watch, function=function or None)
        self._base, self._made = base, Scenario.from_dict(imported.scenario)
        if not function:
            names = [names_of(file) for file in imported.files]
            self._names = sorted({name for several in names if len(several) > 1 for name in several})
        return self._made, told(imported, base) | {"names": self._names}

    def forget(self) -> None:
        """Remove what came."""
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = None
        self._paths, self._left = [], []
        self._base = self._made = None
        self._names = []

    def _watch(self, name: str) -> Callable[[float], object]:
        before = 0

        def watch(share: float) -> None:
            nonlocal before
            if (percent := int(share * 20) * 5) != before:
                before = percent
                self._say(f"Reading {name}: {percent} %")

        return watch


def _file_name(name: str) -> str:
    """The last part of a name without what is personal, in signs that any disk takes."""
    last = re.sub(r"[^\w.()+ -]", "_", clean(re.split(r"[/\\]", name)[-1])).strip(". ")
    return last[-_LONGEST:] or "file"


def told(imported: Imported, base: Scenario) -> dict[str, Any]:
    """What files told, in words for a page: files with notes, values beside those of before, and what stayed.

    Parameters:
    base : the scenario of before.
    """
    before = base.document()
    files = []
    for file in imported.files:
        one = file.evidence
        span = f", {one.first} to {one.last}" if one.first and one.last else ""
        files.append({"words": f"{file.name}: {file.kind}, {one.rows:,} rows{span}", "notes": list(one.notes)})
    rows = []
    for value in imported.values:
        between = "" if value.low is None else f"{rounded(value.low, 4)} to {rounded(value.high or 0, 4)}"
        old = _at(before, value.path)
        rows.append([value.path, value_words(value.value), value_words(old), between, value.origin, value.how])
    disagree = [
        f"files disagree on {one.path}: "
        + "; ".join(f"{value_words(value.value)} in {value.origin}" for value in one.values)
        + "; the first is taken"
        for one in imported.conflicts
    ]
    kept = [f"{one.path}, {one.words}: {one.query}" for one in missing_values(value.path for value in imported.values)]
    of = "1 file" if len(files) == 1 else f"{len(files)} files"
    words = f"{len(rows)} {'value' if len(rows) == 1 else 'values'} of {of}. Undo brings back what was before."
    if not rows:
        words = "Nothing in these files is a value of the scenario: it stays as it is."
    return {"files": files, "rows": rows, "disagree": disagree, "kept": kept, "done": words}


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(document, Mapping) or step not in document:
            return None
        document = document[step]
    return document
