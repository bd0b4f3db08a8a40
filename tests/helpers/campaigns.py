"""How many random cases a test takes: few in `make test`, many in `make prove`."""

from __future__ import annotations

import os
from collections.abc import Iterable

PROVE = os.environ.get("LAMBDAPLAN_PROVE") == "1"


def seeds(few: int, many: int, *, kept: Iterable[int] = ()) -> list[int]:
    """The first few seeds, or many under `make prove`, and always those that are kept because they once found a fault."""
    return sorted({*range(many if PROVE else few), *kept})


def chunks(few: int, many: int, size: int) -> list[range]:
    """The same seeds in runs of so many, for tests that take several at a time."""
    return [range(first, first + size) for first in range(0, many if PROVE else few, size)]
