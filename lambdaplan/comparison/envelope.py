"""Lower envelope of bills: the cheapest option from place to place along one number of a scenario, exactly.

Every step of the number's grain is billed, but for stretches in which the cheapest option is clear from the bounds of
all bills. Floats only sort out what is clear by a wide margin. A place where two bills are close, or a float could not
decide a step, is billed in exact fractions.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.comparison.bills_along import CHUNK, Axis
from lambdaplan.comparison.bounds import Bounds, bounds, is_steady
from lambdaplan.comparison.clearly_cheapest import is_dearer
from lambdaplan.numbers import Number
from lambdaplan.platforms import Option

CLEAR = 1e-9  # relative margin above which a comparison of floats is not questioned
SMALL = 1e-6  # dollars below which that margin is not relative
NOBODY = -1
LEAF, JOINED = 1024, 128  # stretch of which every step is billed; how long one may be that is joined of shorter ones
PARTS = 32  # into which a longer stretch is cut
CALL = 40_000  # what billing any places at all costs a budget, beside the hours that it bills
EXACTLY = 20_000  # what a place costs it where bills are so close that fractions decide


@dataclass(frozen=True)
class Change:
    """The first place of the axis at which another option is cheapest; NOBODY where none is."""

    place: int
    below: int
    above: int
    kind: str


class BudgetSpentError(Exception):
    """More places would have to be billed than is within reason."""


@dataclass
class Budget:
    """The work that may be done.

    Parameters:
    left : float - hours of a week that may still be billed.
    each : int - how many of them are billed at one place.
    chunk : int - places that are billed at once, at most.
    """

    left: float = math.inf
    each: int = 1
    chunk: int = CHUNK

    def pay(self, places: int) -> None:
        """Take off what it costs to bill places, all at once."""
        self.left -= places * self.each + CALL


class LowerEnvelope:
    """The cheapest option along an axis, followed from place to place.

    Where several are alike the one that was cheapest before stays it: a tie changes nothing.
    """

    def __init__(self, axis: Axis) -> None:
        self.axis, self._budget = axis, Budget()
        self._state: int | None = None
        self._changes: list[Change] = []
        self._clear_between: dict[tuple[int, int], bool] = {}

    @property
    def _all(self) -> np.ndarray:
        return self.distinct(range(len(self.axis.scenario.options)))

    def distinct(self, chosen: Sequence[int]) -> np.ndarray:
        """The chosen options, but for the later of two that differ in their label only: it never wins."""
        alike: dict[Any, int] = {}
        for option_index in chosen:
            option = dataclasses.replace(self.axis.bills.options[option_index], label="")
            alike.setdefault(option_index if option_index == self.axis.only else option, option_index)
        return np.array(list(alike.values()))

    def outward(self, winner: int, marks: Sequence[int], budget: Budget) -> Iterator[tuple[int, Change | None]]:
        """Go from the first of some places to the last, either way, until an option is not the cheapest any more.

        Parameters:
        winner : int - the option; it is cheapest, alone or with others, at the first place. NOBODY where none is.
        marks : sequence of int - places at which bounds are looked at first.

        Returns: after each stretch the last place up to which nothing changes, and the change that ends the way.

        Raises: BudgetSpentError where the budget ends before.
        """
        rows, self._budget, self._state, self._changes = self._all, budget, winner, []
        for places, last in self._in_doubt(rows, marks):
            self._bill(rows, places)
            for change in self._changes[:1]:
                yield change.place + (1 if marks[0] > marks[-1] else -1), change
                return
            yield last, None

    def winner_at(self, place: int, winner: int, *, exactly: bool) -> int:
        """The cheapest option at a place: `winner` itself where it is so with others, NOBODY where none is.

        Parameters:
        exactly : bool - whether to bill in fractions at once, which is quicker where sizes are chosen anew.
        """
        rows, self._budget, self._state = self._all, Budget(), winner
        if exactly:
            costs = self._exactly(rows, place, winner)
            self._follow_lines(rows, place, place, costs, costs)
        else:
            self._bill(rows, np.array([place]))
        return self._state

    def is_clear_at(self, place: int, winner: int, size: Option) -> bool:
        """Whether the winner is the cheapest at a place, as is clear from a size that it may have."""
        return self.axis.bills.is_clearly_cheapest(winner, place, self._all.tolist(), size)

    def _exactly(self, rows: np.ndarray, place: int, winner: int) -> np.ndarray:
        """What options cost at a place, in fractions; infinity for what is dearer than the winner's whole bill."""
        bills, most = self.axis.bills, np.inf
        if winner in rows:
            own = bills.exact(winner, place)
            most = np.inf if own.missing else own.usd
        out = [
            option_index != winner and is_dearer(bills.at_least_usd(int(option_index), place), most)
            for option_index in rows
        ]
        each = zip(rows, out, strict=True)
        return np.array([np.inf if dearer else bills.exact(int(row), place).usd for row, dearer in each])

    def survey(self, places: Sequence[int]) -> None:
        """Look at bounds at places, in any order, so that it need not be done for each way by itself."""
        if self._is_steady(self._all) and len(set(places)) > 1:
            self._look(self._all, sorted(set(places)))

    def _bill(self, rows: np.ndarray, places: np.ndarray) -> None:
        """Follow the cheapest option over neighbouring places, each of them billed."""
        if len(places):
            self._budget.pay(len(places))
            if self._budget.left < 0:
                raise BudgetSpentError
            bills = [self.axis.bills.costs(int(option_index), places) for option_index in rows]
            cost, lost = (np.array(part) for part in zip(*bills, strict=True))
            self._follow(rows, places, places, cost, cost, lost)

    def _is_steady(self, rows: np.ndarray) -> bool:
        """Whether bounds are known of every bill."""
        return all(is_steady(self.axis, int(option_index)) for option_index in rows)

    def _in_doubt(self, rows: np.ndarray, marks: Sequence[int]) -> Iterator[tuple[np.ndarray, int]]:
        """Cut the way from the first of some places to the last into stretches, and give the places to bill in each.

        There are none where the cheapest option is clear from bounds. With them comes the last place of the stretch.
        """
        steady, way = self._is_steady(rows), 1 if marks[0] < marks[-1] else -1
        if steady:
            self._budget.pay(len(marks) - 1)
            if not all((min(pair), max(pair)) in self._clear_between for pair in itertools.pairwise(marks)):
                self._look(rows, sorted(marks))
        for first, last, clear in self._joined(marks, steady=steady):
            count = abs(last - first)
            if clear:
                yield np.array([], dtype=np.int64), last
            elif steady and count > LEAF:
                cuts = sorted({count * part // PARTS for part in range(PARTS + 1)})
                yield from self._in_doubt(rows, [first + way * cut for cut in cuts])
            else:
                for start in range(1, count + 1, self._budget.chunk):
                    places = first + way * np.arange(start, min(start + self._budget.chunk, count + 1))
                    yield places, int(places[-1])

    def _joined(self, marks: Sequence[int], *, steady: bool) -> list[tuple[int, int, bool]]:
        """First and last place of each stretch between marks, and whether the cheapest option is clear in it.

        Short neighbours of which it is not are one stretch: all their steps are billed at once.
        """
        stretches: list[tuple[int, int, bool]] = []
        for first, last in itertools.pairwise(marks):
            clear = steady and self._clear_between[min(first, last), max(first, last)]
            if stretches and not (clear or stretches[-1][2]) and abs(last - stretches[-1][0]) <= JOINED:
                stretches[-1] = (stretches[-1][0], last, False)
            else:
                stretches.append((first, last, clear))
        return stretches

    def _look(self, rows: np.ndarray, places: Sequence[int]) -> None:
        """Note in which stretches between places, in their order, the cheapest option is clear."""
        bills = [bounds(self.axis, int(option_index), np.array(places)) for option_index in rows]
        self._budget.left -= EXACTLY * sum(bill.exactly for bill in bills)
        if self._budget.left < 0:
            raise BudgetSpentError
        clear = self._clear(bills)
        self._clear_between |= zip(itertools.pairwise(places), clear.tolist(), strict=True)

    def _clear(self, bills: Sequence[Bounds]) -> Any:
        """Stretches in which one option at its dearest is cheaper than the rest at their cheapest, or none can win."""
        least, most = np.array([bill.least for bill in bills]), np.array([bill.most for bill in bills])
        nobody = np.isinf(least).all(axis=0)
        best = np.argmin(np.where(np.isnan(most), np.inf, most), axis=0)[None]
        dearest = np.take_along_axis(most, best, 0)[0]
        steady = np.take_along_axis(np.array([bill.steady for bill in bills]), best, 0)[0]
        np.put_along_axis(least, best, np.inf, 0)
        with np.errstate(invalid="ignore"):
            margin = CLEAR * np.maximum(np.abs(dearest), SMALL)
            return nobody | ((dearest + margin < least.min(axis=0)) & np.isfinite(dearest) & steady)

    def _follow(
        self,
        rows: np.ndarray,
        lefts: np.ndarray,
        rights: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        lost: np.ndarray,
    ) -> None:
        """Follow the cheapest option over pieces.

        `left` and `right` are the costs at the ends of each piece, `lost` says where a price is
        missing; one row an option.
        """
        best, sure_left = _cheapest(left)
        best_right, sure_right = _cheapest(right)
        sure = sure_left & sure_right & (best == best_right)
        nobody = np.isinf(left).all(axis=0) | np.take_along_axis(lost, best[None], 0)[0]
        parents = np.array(self.axis.parents)
        winner = np.where(nobody, NOBODY, parents[rows[best]])
        event = ~sure
        event[1:] |= ~sure[:-1] | (winner[1:] != winner[:-1])
        event[:1] = True
        for piece in np.flatnonzero(event):
            if sure[piece]:
                self._record(int(lefts[piece]), int(winner[piece]))
            else:
                self._budget.left -= EXACTLY
                self._follow_lines(rows, int(lefts[piece]), int(rights[piece]), left[:, piece], right[:, piece])

    def _record(self, place: int, winner: int, kind: str = "") -> None:
        if self._state is not None and winner != self._state:
            self._changes.append(Change(place, self._state, winner, kind))
        self._state = winner

    def _follow_lines(self, rows: np.ndarray, start: int, stop: int, left: np.ndarray, right: np.ndarray) -> None:
        """Follow the cheapest of straight lines from start to stop, in fractions.

        The order of two lines changes only where they cross, so it is enough to look at the whole
        places before and after each crossing.
        """
        lines: dict[int, Line] = {}
        for row in _contenders(left, right):
            option_index = int(rows[row])
            first = self.axis.bills.exact(option_index, start)
            if first.feasible:
                rise = Fraction(0)
                if stop > start:
                    rise = (self.axis.bills.exact(option_index, stop).known_usd - first.known_usd) / (stop - start)
                lines[option_index] = Line(first.known_usd, rise, first.missing)
        places = {start}
        for one, other in itertools.combinations(lines.values(), 2):
            if one.rise != other.rise:
                ahead = (other.cost - one.cost) / (one.rise - other.rise)
                places |= {start + ahead // 1, start + ahead // 1 + 1, start - (-ahead) // 1}
        for place in sorted(place for place in places if start <= place <= stop):
            here = {option_index: line.at(place - start) for option_index, line in lines.items()}
            winner = _pick(here, lines, self.axis.parents, self._state)
            self._record(int(place), winner, "" if place == start else "crossing")


@dataclass(frozen=True)
class Line:
    """A straight piece of a bill: what it costs where it starts, and what each place adds."""

    cost: Fraction
    rise: Fraction
    missing: bool

    def at(self, ahead: Number) -> Fraction:
        """The bill some places ahead of the start. [USD]"""
        usd: Fraction = self.cost + self.rise * ahead
        return usd


def may_win(bills: Sequence[Bounds]) -> np.ndarray:
    """For each bill, a row, the stretches in which it may be the cheapest, or its missing price leave that open.

    Not where even its least is dearer than another bill can be, which is whole and keeps to its limits all along.
    """
    least, most = np.array([bill.least for bill in bills]), np.array([bill.most for bill in bills])
    whole = np.array([bill.steady & ~bill.lost[:-1] & ~bill.lost[1:] for bill in bills])
    dearest = np.min(np.where(whole & ~np.isnan(most), most, np.inf), axis=0)
    with np.errstate(invalid="ignore"):
        dearer = least > dearest + CLEAR * np.maximum(np.abs(dearest), SMALL)
    return np.asarray(~dearer)


def _cheapest(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row of the cheapest cost in each column, and whether it leads by a clear margin."""
    best = np.argmin(costs, axis=0)
    if len(costs) == 1:
        return best, np.ones(len(best), dtype=bool)
    least, second = np.partition(costs, 1, axis=0)[:2]
    with np.errstate(invalid="ignore"):
        sure = second - least > CLEAR * np.maximum(np.abs(least), SMALL)
    return best, sure | np.isinf(least)


def _contenders(left: np.ndarray, right: np.ndarray) -> list[int]:
    """Rows that no other row beats by a clear margin at both ends of a piece."""
    with np.errstate(invalid="ignore"):
        beats = (left[:, None] * (1 + CLEAR) < left[None]) & (right[:, None] * (1 + CLEAR) < right[None])
    return [row for row in range(len(left)) if not beats[:, row].any() and np.isfinite(left[row])]


def _pick(costs: dict[int, Fraction], lines: dict[int, Line], parents: list[int], state: int | None) -> int:
    """Who stands at a place (M9): nobody, unless cheaper than what is known of every unwhole bill.

    Of several alike the one that stood before: a tie does not end a run; else the earliest option.
    """
    whole = {option_index: cost for option_index, cost in costs.items() if not lines[option_index].missing}
    if not whole:
        return NOBODY
    least = min(whole.values())
    if any(cost <= least for option_index, cost in costs.items() if lines[option_index].missing):
        return NOBODY
    alike = [parents[option_index] for option_index, cost in whole.items() if cost == least]
    return state if state is not None and state in alike else min(alike)
