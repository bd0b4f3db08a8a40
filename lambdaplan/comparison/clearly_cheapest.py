"""The cheapest option where that is clear from the most that it costs and the least that the others do.

Sizes left to be chosen take long to choose. Where the answer does not hang on which of them it is, none is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lambdaplan.comparison.month import ask_for_sizes, broken, month
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import amounts
from lambdaplan.scenario.scenario import Scenario

CLEAR, SMALL = 1e-9, 1e-6  # by how much a bound must be dearer: relative, and in dollars


def most_usd(scenario: Scenario, option: Option, size: Option) -> float:
    """What an option costs at most, from a size that it had elsewhere; infinite where that is not known. [USD]

    Finite, its bill is whole and keeps to its limits.
    """
    sized = option.sized_as(size, ask_for_sizes(scenario, None, None))
    if sized is None or sized.is_open or sized.is_scheduled:
        return np.inf
    fleet, used = month(scenario, sized)
    total = amounts(used)
    return np.inf if broken(fleet) or total.missing else float(total.known_usd)


def is_dearer(least_usd: Any, most_usd: Any) -> Any:
    """Whether a bill that is no less than one bound is above a bill that is no more than another; also of arrays."""
    return least_usd > most_usd * (1 + CLEAR) + SMALL


def is_clear(most_usd: float, others: Iterable[Callable[[], float]]) -> bool:
    """Whether an option that costs so much at most is cheaper than the others, each of which gives its least. [USD]"""
    return bool(np.isfinite(most_usd)) and all(is_dearer(least_usd(), most_usd) for least_usd in others)
