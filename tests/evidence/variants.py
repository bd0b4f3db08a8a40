"""Reads a text as a file of an import, and compares what it tells with what stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lambdaplan.evidence.import_files import import_files

Variant = tuple[str, str, str, dict[str, Any]]
"""A name for the test, the kind, the file's text, and what must be read."""


def parametrized(variants: list[Variant]) -> pytest.MarkDecorator:
    """A test's parameters, each variant by its name."""
    return pytest.mark.parametrize(
        ("kind", "text", "told"), [one[1:] for one in variants], ids=[v[0] for v in variants]
    )


def read(folder: Path, content: str | bytes) -> tuple[str, dict[str, Any]]:
    """The kind of a file and what it tells, its first and last time too."""
    path = folder / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = import_files([path]).files[0]
    values = {name: one.value for name, one in file.evidence.reads.items()}
    return file.kind, values | {"first": file.evidence.first, "last": file.evidence.last}


def check(folder: Path, kind: str, text: str, told: dict[str, Any]) -> None:
    """Whether a text is read as its kind, with these figures."""
    own, values = read(folder, text)
    assert own == kind
    figures = {name: values.get(name) for name in told}
    assert figures == {name: pytest.approx(one) if isinstance(one, float) else one for name, one in told.items()}
