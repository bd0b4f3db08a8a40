"""The winner at many places of an axis, each compared by itself, against what the crossovers say."""

from __future__ import annotations

from campaigns import PROVE
from lambdaplan import Comparison, compare

STRIDE = 1 if PROVE else 16


def assert_winners(comparison: Comparison) -> list[int]:
    """Every 16th place of the axis, every one under `make prove`, and both sides of each crossover.

    Returns: the places that were looked at.
    """
    scenario, axis = comparison.scenario, comparison.axis
    changes = [int(crossover.at) for crossover in comparison.crossovers]
    places = sorted({*range(axis.low, axis.high + 1, STRIDE), axis.high, *changes, *(at - 1 for at in changes)})
    states = [comparison.at_start, *(crossover.above for crossover in comparison.crossovers)]
    for place in places:
        state = states[sum(at <= place for at in changes)]
        assert compare(scenario.at(axis.over, place)).winner == state, place
    return places
