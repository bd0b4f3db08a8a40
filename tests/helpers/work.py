"""How much work something is, counted rather than timed: a machine that is busy does no more of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from places import ROOT

PACKAGE = str(ROOT / "lambdaplan")


def lines_run(call: Callable[[], Any]) -> int:
    """How many lines of the package run in a call. A line counts each time; numpy's loops inside it do not."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
