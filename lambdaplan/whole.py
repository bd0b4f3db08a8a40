"""One file, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from lambdaplan.errors import Problem, ReportError, shorten


def write_whole(path: Path, text: str) -> Path:
    """Write a file: UTF-8, lines that end in a line feed. What was there before survives any failure.

    Returns: Path of the file.
    Raises: ReportError when it can't be written.
    """
    made: str | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder", str(path))
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}-")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(made).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        Path(made).replace(path)
    except OSError as error:
        if made is not None:
            with contextlib.suppress(OSError):
                Path(made).unlink()
        reason = (error.strerror or "it can't be written").lower()
        words = "the file needs a place that can be written"
        raise ReportError(
            Problem("storage", shorten(str(path), 200), reason, words, "Give another one with -o.")
        ) from None
    return path
