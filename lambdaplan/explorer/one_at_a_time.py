"""One message of a page at a time.

A kernel may handle a page's messages in several threads: JupyterLab sends those of widgets to a subshell, and the
kernel routes some of them back to the main thread. Whoever handles one holds the lock from the first value that it
sets to the last that it shows.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import ipywidgets as widgets

LOCK = threading.RLock()
_P = ParamSpec("_P")
_R = TypeVar("_R")


def one_at_a_time(handler: Callable[_P, _R]) -> Callable[_P, _R]:
    """A handler that waits for the one before."""

    @functools.wraps(handler)
    def waits(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with LOCK:
            return handler(*args, **kwargs)

    return waits


class _Heard:
    """A widget whose values are set, and heard, one message at a time."""

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Set what a page has sent."""
        with LOCK:
            super().set_state(sync_data)  # type: ignore[misc]  # of the widget


class Text(_Heard, widgets.Text):  # type: ignore[misc]  # ipywidgets has no types
    """A box for text."""


class Dropdown(_Heard, widgets.Dropdown):  # type: ignore[misc]
    """One of a list."""


class Checkbox(_Heard, widgets.Checkbox):  # type: ignore[misc]
    """On or off."""


class SelectionSlider(_Heard, widgets.SelectionSlider):  # type: ignore[misc]
    """One of a row of stops."""


class ToggleButton(_Heard, widgets.ToggleButton):  # type: ignore[misc]
    """A button that stays down."""
