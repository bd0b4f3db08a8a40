"""Points of many series in bounded memory: what does not fit is put aside on the disk."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Callable
from functools import cached_property, partial
from typing import IO

import numpy as np

Points = tuple[np.ndarray, np.ndarray]
"""Times in order, seconds since 1970 UTC, and a value at each."""

MOST_ROWS = 500_000  # that wait in memory
MOST_HELD = 2_000_000  # points of series that stay in memory
_FIGURE = np.dtype(np.float64).itemsize


class StoredRows:
    """Rows of figures by series, in the order in which they come; the first figure is the time.

    Parameters:
    width : figures of a row.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._keys, self._flat = array("i"), array("d")
        self._parts: list[tuple[np.ndarray, np.ndarray, int]] = []
        self._file: IO[bytes] | None = None

    def add(self, key: int, *row: float) -> None:
        """Add one row of a series."""
        self._keys.append(key)
        self._flat.extend(row)
        if len(self._keys) >= MOST_ROWS:
            self._put_aside()

    def extend(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Add many rows, each of the series of its key."""
        self._keys.frombytes(np.ascontiguousarray(keys, dtype=np.int32).tobytes())
        self._flat.frombytes(np.ascontiguousarray(rows, dtype=np.float64).tobytes())
        if len(self._keys) >= MOST_ROWS:
            self._put_aside()

    def _waiting(self) -> tuple[np.ndarray, np.ndarray]:
        """Series and figures of the rows that wait, as they came."""
        keys = np.frombuffer(self._keys, dtype=np.int32)
        return keys, np.frombuffer(self._flat, dtype=np.float64).reshape(-1, self._width)

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows that wait when all have come: series, where each begins, and rows in their order."""
        keys, rows = self._waiting()
        order = np.argsort(keys, kind="stable")
        names, starts = np.unique(keys[order], return_index=True)
        return names, np.append(starts, len(keys)), rows[order]

    def _put_aside(self) -> None:
        """Write the rows that wait, sorted by series."""
        if self._file is None:
            self._file = _file_of(self)
        names, starts, rows = self._sorted
        del self._sorted
        place = self._file.seek(0, 2)
        self._file.write(rows.data)
        self._parts.append((names, starts, place))
        self._keys, self._flat = array("i"), array("d")

    def rows(self, key: int) -> np.ndarray:
        """The rows of a series, one a time and in order of it; of several for a time the last that came.

        Once it was called, no more may come.
        """
        found = []
        for names, starts, place in self._parts:
            at = int(np.searchsorted(names, key))
            if at < len(names) and names[at] == key and self._file is not None:
                size = self._width * _FIGURE
                self._file.seek(place + int(starts[at]) * size)
                content = self._file.read(int(starts[at + 1] - starts[at]) * size)
                found.append(np.frombuffer(content, dtype=np.float64).reshape(-1, self._width))
        names, starts, waiting = self._sorted
        at = int(np.searchsorted(names, key))
        if at < len(names) and names[at] == key:
            found.append(waiting[starts[at] : starts[at + 1]])
        if not found:
            return np.empty((0, self._width))
        rows = np.concatenate(found)
        times = rows[:, 0]
        if (np.diff(times) > 0).all():
            return rows
        rows = rows[::-1]
        return rows[np.unique(rows[:, 0], return_index=True)[1]]


class Shelf:
    """Keeps the points of series: some millions in memory, the others on the disk."""

    def __init__(self) -> None:
        self._held = 0
        self._file: IO[bytes] | None = None

    def put(self, times: np.ndarray, values: np.ndarray) -> Callable[[], Points]:
        """Take points in; gives what gives them back."""
        self._held += len(times)
        if self._held <= MOST_HELD:
            points = (np.array(times), np.array(values))
            return lambda: points
        if self._file is None:
            self._file = _file_of(self)
        place = self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(times, dtype=np.float64).data)
        self._file.write(np.ascontiguousarray(values, dtype=np.float64).data)
        return partial(self._read, place, len(times))

    def _read(self, place: int, count: int) -> Points:
        assert self._file is not None
        self._file.seek(place)
        both = np.frombuffer(self._file.read(2 * count * _FIGURE), dtype=np.float64)
        return both[:count], both[count:]


def _file_of(owner: object) -> IO[bytes]:
    """A file without a name, which is gone with its owner."""
    file = tempfile.TemporaryFile(prefix="lambdaplan-")  # noqa: SIM115 - lives as long as its owner
    weakref.finalize(owner, file.close)
    return file
