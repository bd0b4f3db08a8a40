"""Which things to take where each has a value and a weight, and their weights together have an end."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

MOST_STATES = 4_000_000  # sums that are followed at once; beyond it the answer says how far from the best it may be


@dataclass(frozen=True)
class Packed:
    """What is taken.

    Parameters:
    taken : array of bool - for each thing.
    value : int - of all that are taken together.
    most : int - what no choice can exceed; the same as `value` where the choice is proved to be the best.
    """

    taken: np.ndarray
    value: int
    most: int

    @property
    def is_best(self) -> bool:
        """Whether no choice is worth more."""
        return self.value == self.most


def packed(values: np.ndarray, weights: np.ndarray, capacity: int, *, most_states: int = MOST_STATES) -> Packed:
    """Choose what is worth most within a capacity (the 0/1 knapsack problem), exactly where that can be done.

    Things are taken by value over weight until one does not fit. At its ratio r = v/w no choice is worth more than
    r C + the sum of max(v_i - r w_i, 0) (Dantzig 1957; the Lagrangian bound). A thing whose |v_i - r w_i| is no less
    than the gap between that bound and the best choice found is settled. Those that are left are enumerated by sums of
    weight and value, of which every one is dropped that another dominates, or whose own bound is no better (Nemhauser
    and Ullmann 1969).

    Parameters:
    values, weights : arrays of int, not negative - the same unit each; a thing without value is not taken.
    capacity : int - what the weights of all taken may be together.
    most_states : int - sums that are followed; where there would be more, the best one found is given with its bound.

    References: Martello and Toth, Knapsack Problems, Wiley 1990, chapter 2 (read 2026-12-01).

    Examples:
        >>> packed(np.array([60, 100, 120]), np.array([10, 20, 30]), 50).value
        220
    """
    values, weights = np.asarray(values, dtype=np.int64), np.asarray(weights, dtype=np.int64)
    taken = (values > 0) & (weights == 0)
    free = int(values[taken].sum())
    fits = np.flatnonzero((values > 0) & (weights > 0) & (weights <= capacity))
    if int(weights[fits].sum()) <= capacity:
        taken[fits] = True
        whole = int(values[taken].sum())
        return Packed(taken, whole, whole)
    order = fits[np.lexsort((fits, -(values[fits] / weights[fits])))]
    greedy, ratio = _greedy(values[order], weights[order], capacity)
    value = int(values[order][greedy].sum())
    most = _bound(values[order], weights[order], capacity, ratio)
    best, proved = _best(values[order], weights[order], capacity, ratio, (greedy, value), most, most_states)
    taken[order[best]] = True
    whole = int(values[order][best].sum())
    return Packed(taken, whole + free, (whole if proved else most) + free)


def _greedy(values: np.ndarray, weights: np.ndarray, capacity: int) -> tuple[np.ndarray, Fraction]:
    """Take in order whatever still fits; and the value over weight of the first that does not."""
    chosen = np.zeros(len(values), dtype=bool)
    ends = np.cumsum(weights)
    cut = int(np.searchsorted(ends, capacity, side="right"))
    chosen[:cut] = True
    left = capacity - (int(ends[cut - 1]) if cut else 0)
    least = int(weights[cut:].min()) if cut < len(weights) else 0
    for place in range(cut + 1, len(values)):
        if left < least:
            break
        if weights[place] <= left:
            chosen[place] = True
            left -= int(weights[place])
    return chosen, Fraction(int(values[cut]), int(weights[cut]))


def _bound(values: np.ndarray, weights: np.ndarray, capacity: int, ratio: Fraction) -> int:
    """What no choice can exceed, worked out in whole numbers."""
    above = values.astype(object) * ratio.denominator - weights.astype(object) * ratio.numerator
    return int((ratio.numerator * capacity + sum(one for one in above.tolist() if one > 0)) // ratio.denominator)


def _best(
    values: np.ndarray,
    weights: np.ndarray,
    capacity: int,
    ratio: Fraction,
    found: tuple[np.ndarray, int],
    most: int,
    most_states: int,
) -> tuple[np.ndarray, bool]:
    """The best choice, and whether it is proved to be that."""
    chosen, least = found
    if least == most:
        return chosen, True
    slope = float(ratio)
    gains = values - slope * weights
    slack = 1e-12 * (float(most) + slope * capacity)  # of floats; what is dropped is dropped for certain
    settled = np.abs(gains) > most - least + 1 + slack
    base = settled & (gains > 0)
    left = capacity - int(weights[base].sum())
    rest = np.flatnonzero(~settled)
    rest = rest[np.argsort(-np.abs(gains[rest]), kind="stable")]
    later = np.concatenate([np.cumsum(np.maximum(gains[rest], 0)[::-1])[::-1][1:], [0.0]])
    need = least - int(values[base].sum())
    sums_w, sums_v = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    steps: list[tuple[np.ndarray, np.ndarray]] = []
    followed = 0
    for place, after in zip(rest.tolist(), later.tolist(), strict=True):
        both_w = np.concatenate([sums_w, sums_w + weights[place]])
        both_v = np.concatenate([sums_v, sums_v + values[place]])
        kept = np.flatnonzero((both_w <= left) & (both_v + slope * (left - both_w) + after + slack > need))
        kept = kept[np.lexsort((-both_v[kept], both_w[kept]))]
        highest = np.maximum.accumulate(both_v[kept]) if len(kept) else both_v[kept]
        kept = kept[np.concatenate([[True], highest[1:] > highest[:-1]])] if len(kept) else kept
        if not len(kept):  # nothing is better than what was found
            return chosen, True
        followed += len(kept)
        if followed > most_states:
            return chosen, False
        steps.append(((kept % len(sums_w)).astype(np.int32), kept >= len(sums_w)))
        sums_w, sums_v = both_w[kept], both_v[kept]
    end = int(np.argmax(sums_v))
    if int(sums_v[end]) <= need:
        return chosen, True
    best = base.copy()
    for place, (before, is_taken) in zip(rest[::-1].tolist(), reversed(steps), strict=True):
        best[place] = bool(is_taken[end])
        end = int(before[end])
    return best, True
