"""The version of the package, and the folders of its data and notebooks."""

import functools
from pathlib import Path

__version__ = "0.1.0"

_PACKAGE = Path(__file__).resolve().parent


@functools.cache
def data_dir() -> Path:
    """The folder of facts: price books, scenarios, claims."""
    inside = _PACKAGE / "_data"
    return inside if inside.is_dir() else _PACKAGE.parent / "data"


@functools.cache
def notebooks_dir() -> Path:
    """The folder of notebooks."""
    inside = _PACKAGE / "_notebooks"
    return inside if inside.is_dir() else _PACKAGE.parent / "notebooks"
