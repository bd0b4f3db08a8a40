"""Keep on an object what was worked out of it last, as a bill asks for the same several times in a row."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Worked = TypeVar("Worked", bound=Callable[..., Any])


def kept_last(worked_out: Worked) -> Worked:
    """Let a function's first argument keep the result for the other arguments that came last.

    They are told apart by identity, so nothing is hashed. For frozen objects: what changes one makes another one, which
    has nothing kept.
    """
    name = f"_last_{worked_out.__qualname__}"

    @functools.wraps(worked_out)
    def kept(first: Any, *others: Any) -> Any:
        known = first.__dict__.get(name)
        if known is not None and all(one is other for one, other in zip(known[0], others, strict=True)):
            return known[1]
        value = worked_out(first, *others)
        first.__dict__[name] = others, value
        return value

    return kept  # type: ignore[return-value]  # it takes and gives the same
