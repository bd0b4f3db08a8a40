"""In place of the script of the pages, which takes a second or two to make."""

from __future__ import annotations

import functools
from pathlib import Path

from lambdaplan.charts.rendering import page_script


class NoScript:
    """A script that does nothing: for tests that run no page."""

    def __init__(self, folder: Path) -> None:
        pass

    def text(self) -> str:
        return "1"

    def stop(self) -> None:
        pass


class ScriptOnce(NoScript):
    """The script itself, made by this process once for all pages."""

    text = staticmethod(functools.cache(page_script))
