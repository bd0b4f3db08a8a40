"""Band of a break-even: between which places it may lie, as the duration at another memory size is not exact.

A duration that is worked out for a size (M3) was off for the measured functions as `data/durations` has it. Where
Lambda has another memory than the one measured, the first crossover is looked for with the ends of that error too.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.comparison.comparison import Comparison, first_crossover
from lambdaplan.comparison.wording import crossover_words, place_words
from lambdaplan.currency import in_its_currency
from lambdaplan.workload.duration_accuracy import band
from lambdaplan.workload.durations import Measured
from lambdaplan.workload.workload import REQUESTS

DIGITS = 4  # of a share that an end of the error is taken to


@dataclass(frozen=True)
class BreakEvenBand:
    """The first crossover with Lambda's duration at both ends of its known error.

    Parameters:
    sizes : tuple of int - the memory sizes whose duration is worked out. [MB]
    low, high : float - measured over worked out: eight functions in ten lie between, at the widest of the sizes.
    at : tuple - the place of the first crossover with each of them: the first place of the axis where another option is
        the cheapest from there already, None where it never changes.
    """

    sizes: tuple[int, ...]
    low: float
    high: float
    at: tuple[int | float | None, int | float | None]


def break_even_band(comparison: Comparison) -> BreakEvenBand | None:
    """Work out the band of a comparison's first crossover along requests a month.

    Returns: BreakEvenBand; None where there is no crossover, or no duration of a given size is worked out whose error
        is known.
    """
    scenario = comparison.scenario
    work = scenario.workload
    sizes = {option.function_mb for option in scenario.options if option.function_mb is not None}
    if not comparison.crossovers or comparison.axis.over != REQUESTS or work.durations or not sizes:
        return None
    asked = sorted(size for size in sizes if size != work.measured_memory_mb)
    error = band(work, np.array(asked, dtype=float)) if asked else None
    if error is None or np.isnan(error.low).any():
        return None
    ends = []
    for ratios in (error.low, error.high):
        rows = [
            Measured(memory_mb=size, duration_ms=work.lambda_ms(size) * Fraction(f"{ratio:.{DIGITS}g}"))
            for size, ratio in zip(asked, ratios.tolist(), strict=True)
        ]
        if work.measured_memory_mb in sizes:
            rows.append(Measured(memory_mb=int(work.measured_memory_mb), duration_ms=work.duration_ms))
        changed = dataclasses.replace(work, durations=tuple(rows))
        start = comparison.at_start
        others = {option.label for option in scenario.options if option.label != start} | {None}
        first, crossover = first_crossover(dataclasses.replace(scenario, workload=changed), others)
        below = comparison.axis.document_value(comparison.axis.low) if first != start else None
        ends.append(below if crossover is None else crossover.at)
    return BreakEvenBand(tuple(asked), float(error.low.min()), float(error.high.max()), (ends[0], ends[1]))


@in_its_currency
def places_in_words(comparison: Comparison) -> list[str]:
    """Where the cheapest option changes, a sentence for each place, and the band of the first."""
    words = band_words(comparison)
    return [*crossover_words(comparison), *([f"{words}."] if words else [])]


def band_words(comparison: Comparison) -> str:
    """The band of the first crossover in a sentence; empty where there is none."""
    known = break_even_band(comparison)
    if known is None:
        return ""
    places = sorted(place for place in known.at if place is not None)
    words, low = place_words(comparison, places), comparison.axis.document_value(comparison.axis.low)
    if not places:
        between = "nowhere here"
    elif len(places) == 1:
        between = "anywhere here, or nowhere" if places[0] == low else f"from about {words[0]} up, or nowhere here,"
    elif math.isclose(*(float(place) for place in places)):
        between = "before this axis begins" if places[0] == low else f"at about {words[0]}"
    else:
        between = f"below about {words[1]}" if places[0] == low else f"between about {words[0]} and {words[1]}"
    named = " and ".join(f"{size:,} MB" for size in known.sizes)
    return (
        f"The first of these lies {between} where Lambda at {named} takes {known.low:.2f} to {known.high:.2f} times "
        "what is worked out, as eight in ten measured functions did"
    )
