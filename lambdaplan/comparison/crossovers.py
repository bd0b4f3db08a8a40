"""Crossovers: where the cheapest option changes along one number of a scenario, exactly.

Along requests a month every bill is a chain of straight pieces with steps: fleet steps, tier and
free-tier edges, the places where surplus credits begin, and those where another measure of a load
balancer becomes the largest. All of them are put on the grid, and between them the lower envelope
of straight lines is found in exact fractions (M10). Along any other number every step of its grain
is billed.

Floats only sort out what is clear by a wide margin. A point where two bills are close, or a float
could not decide a step, is billed in exact fractions.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.coldstart.interpolation import KNOTS
from lambdaplan.comparison.bills_along import CHUNK, Axis
from lambdaplan.comparison.month import Month, month
from lambdaplan.errors import InputError, Problem
from lambdaplan.numbers import Column, Number
from lambdaplan.pricing.bill import tier_edges
from lambdaplan.pricing.usage import Charge
from lambdaplan.schema.fields import shown
from lambdaplan.workload.workload import REQUESTS

CLEAR = 1e-9  # relative margin above which a comparison of floats is not questioned
MAX_STEPS = 1_000_000
COARSE = 256
FINER, FEW_STEPS, MAX_GRID = 16, 20_000, 30_000
NOBODY = -1
SLOW = 50  # how much longer a step takes where fleets are sized by their answer time
ROUNDS = 4  # of looking for bends along straight lines, after which pieces are halved too


@dataclass(frozen=True)
class Change:
    """The first place of the axis at which another option is cheapest; NOBODY where none is."""

    place: int
    below: int
    above: int
    kind: str


class Changes:
    """Every change of the cheapest option along an axis, for all options or some of them."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis
        self._steps: dict[int, list[np.ndarray]] = {
            option_index: [] for option_index in range(len(axis.scenario.options))
        }
        self._state: int | None = None
        self._changes: list[Change] = []
        self._bound: dict[tuple[int, Grid], Bounds] = {}
        self._edges: dict[int, Fraction] = {}

    def among(self, chosen: Sequence[int]) -> list[Change]:
        """The changes of the cheapest of the chosen options, in the order of the axis."""
        for _ in self._stretches(chosen):
            pass
        return self._changes

    def first(self, chosen: Sequence[int], above: Collection[int]) -> tuple[int, Change | None]:
        """Who is cheapest at the first place, and the first change after which one of `above` is.

        The axis is walked no further than the stretch in which that is. There is no change where none of them ever
        comes to be cheapest, or one of them is from the start.
        """
        start = NOBODY
        for stretch, _ in enumerate(self._stretches(chosen)):
            if stretch == 0 and self._state is not None:
                start = self._changes[0].below if self._changes else self._state
            change = next((change for change in self._changes if change.above in above), None)
            if change is not None or start in above:
                return start, None if start in above else change
        return start, None

    def _stretches(self, chosen: Sequence[int]) -> Iterator[None]:
        """Walk the axis, one stretch after another: `_changes` and `_state` stand at the end of the one walked last."""
        self._state, self._changes = None, []
        alike: dict[Any, int] = {}
        for option_index in chosen:  # of two options that differ in their label only, the later never wins
            varied = self.axis.over.startswith(f"options.{option_index}.")
            alike.setdefault(
                option_index if varied else dataclasses.replace(self.axis.bills.options[option_index], label=""),
                option_index,
            )
        rows = np.array(list(alike.values()))
        return self._along_requests(rows) if self.axis.over == REQUESTS else self._along_steps(rows)

    # any number: every step of its grain

    def _along_steps(self, rows: np.ndarray) -> Iterator[None]:
        axis = self.axis
        steps = axis.high - axis.low + 1
        _check_size(axis, steps * (SLOW if axis.scenario.workload.slo is not None else 1))
        for start in range(axis.low, axis.high + 1, CHUNK):
            places = np.arange(start, min(start + CHUNK, axis.high + 1))
            cost, lost = (
                np.array(part)
                for part in zip(*(axis.bills.costs(option_index, places) for option_index in rows), strict=True)
            )
            self._walk(rows, places, places, cost, cost, lost)
            yield

    # requests a month: straight pieces

    def _along_requests(self, rows: np.ndarray) -> Iterator[None]:
        grid, clear = self._cut(rows)
        slope = sum((self._edges_per_request(int(option_index)) for option_index in rows), Fraction(0))
        _check_size(self.axis, slope * _span(grid, ~clear))
        bills = [self._bounds(int(option_index), grid) for option_index in rows]
        costs, lost = np.array([bill.cost for bill in bills]), np.array([bill.lost for bill in bills])
        for first, last in _runs(clear):
            if clear[first]:
                here = slice(first, last + 1)
                self._walk(rows, grid.places[here], grid.places[here], costs[:, here], costs[:, here], lost[:, here])
            else:
                self._closely(rows, int(grid.places[first]), int(grid.places[last]))
            yield

    def _cut(self, rows: np.ndarray) -> tuple[Grid, np.ndarray]:
        """Places that cut the axis into stretches, and in which of them the answer is clear.

        Stretches in doubt are cut finer while they hold very many steps.
        """
        axis = self.axis
        places = np.union1d(axis.places(COARSE, "log" if axis.low else "linear"), self._knots(axis.low, axis.high))
        grid = Grid(tuple(int(place) for place in places))
        slope = sum((self._edges_per_request(int(option_index)) for option_index in rows), Fraction(0))
        while True:
            clear = self._clear(rows, grid)
            wide = ~clear & (np.diff(grid.places) > FINER)
            if slope * _span(grid, ~clear) <= FEW_STEPS or not wide.any() or len(clear) + FINER * wide.sum() > MAX_GRID:
                return grid, clear
            ends = zip(grid.places[:-1][wide], grid.places[1:][wide], strict=True)
            between = [np.linspace(start, stop, FINER + 1).astype(np.int64) for start, stop in ends]
            grid = Grid(tuple(int(place) for place in np.unique(np.concatenate([grid.places, *between]))))

    def _knots(self, low: int, high: int) -> np.ndarray:
        """Places between which what is cold and what spills over are straight lines; none where neither is counted."""
        if not self.axis.scenario.bends_at_knots:
            return np.array([], dtype=np.int64)
        return np.array([knot for knot in KNOTS if low < knot <= high], dtype=np.int64)

    def _bounds(self, option_index: int, grid: Grid) -> Bounds:
        """The bounds of one option's bill on a grid, found once."""
        if (option_index, grid) not in self._bound:
            self._bound[option_index, grid] = self._worked_out_bounds(option_index, grid)
        return self._bound[option_index, grid]

    def _worked_out_bounds(self, option_index: int, grid: Grid) -> Bounds:
        """One option's bill at the places of a grid, and the least and most it can be in each stretch.

        A bill never falls as requests grow, but for surplus CPU credits: a unit more brings
        credits of its own. Of these, use grows and credits never fall, so within a stretch the
        surplus lies between use at its start less credits at its end, and the reverse.
        Cold starts may get fewer too. Their number is a straight line within a stretch, so it lies between those
        at its ends, and one less saves no more than the dearest tier of duration.
        """
        axis, option = self.axis, self.axis.bills.options[option_index]
        if option.is_choice:
            return self._choice_bounds(option_index, grid)
        swept = axis.bills.swept(option_index, grid.places)
        scenario, fleet, cost, lost = swept.scenario, swept.fleet, swept.cost, swept.lost
        for_good = np.asarray(swept.amounts.missing_for_good, dtype=float) + np.zeros(len(cost)) > 0
        steady = for_good[:-1] | (not _may_miss(swept.used))
        if fleet.credits is None or "compute" not in scenario.include:
            cold = np.asarray(option.cold_usd(fleet, scenario.book, scenario.region), dtype=float) + np.zeros(len(cost))
            saved = np.maximum(cold[:-1] - cold[1:], 0)
            return Bounds(cost, lost, cost[:-1] - saved, cost[1:] + saved, steady)

        def price(above: Any) -> np.ndarray:
            usd = option.surplus_usd(Column(above), scenario.book, scenario.region, scenario.hours_per_month)
            return np.asarray(usd, dtype=float)

        used, earned = (np.asarray(part, dtype=float) for part in (fleet.credits.used, fleet.credits.earned))
        rest = cost - price(used - earned)
        return Bounds(
            cost,
            lost,
            rest[:-1] + price(used[:-1] - earned[1:]),
            rest[1:] + price(used[1:] - earned[:-1]),
            steady,
        )

    def _choice_bounds(self, option_index: int, grid: Grid) -> Bounds:
        """The bounds of a choice: the least of its sizes' bounds, of those whose prices are known.

        Where the sizes differ along the axis none of their bills ever falls, nor does the least of them.
        """
        axis, option = self.axis, self.axis.bills.options[option_index]
        cost, lost = axis.bills.costs(option_index, grid.places)
        if option.sizes_vary:
            return Bounds(cost, lost, cost[:-1], cost[1:], np.ones(len(cost) - 1, dtype=bool))
        ids = axis.sizes(option_index, axis.low, axis.high)
        if len(ids) == 1:
            return self._bounds(ids[0], grid)
        parts = [self._bounds(size, grid) for size in ids]
        most = [np.where(p.lost[:-1] | p.lost[1:] | ~p.steady, np.inf, p.most) for p in parts]
        least, most_of_all = np.min([p.least for p in parts], axis=0), np.min(most, axis=0)
        return Bounds(cost, lost, least, most_of_all, np.isfinite(most_of_all))

    def _steps_matter(self, option_index: int) -> bool:
        """Whether a unit more changes the bill, or what is feasible."""
        option = self.axis.bills.options[option_index]
        limited = getattr(option, "units", None) is not None or getattr(option, "max_units", None) is not None
        return bool({"compute", "network"} & set(self.axis.scenario.include)) or limited

    def _edges_per_request(self, option_index: int) -> Fraction:
        """About how many steps of an option there are for each request a month of a range, counted once."""
        if option_index not in self._edges:
            self._edges[option_index] = self._counted_edges(option_index)
        return self._edges[option_index]

    def _counted_edges(self, option_index: int) -> Fraction:
        if not self._steps_matter(option_index):
            return Fraction(0)
        one = self.axis.scenario.at(REQUESTS, 1)
        option = self.axis.bills.options[option_index]
        if option.is_choice:
            if option.sizes_vary:
                return Fraction(0)
            ids = self.axis.sizes(option_index, self.axis.low, self.axis.high)
            return max((self._edges_per_request(size) for size in ids), default=Fraction(0))
        return Fraction(option.edges_per_request(one.workload, one.book, one.hours_per_month))

    def _clear(self, rows: np.ndarray, grid: Grid) -> Any:
        """Stretches in which one option at its dearest is cheaper than the rest at their cheapest."""
        bills = [self._bounds(int(option_index), grid) for option_index in rows]
        least, most = np.array([bill.least for bill in bills]), np.array([bill.most for bill in bills])
        best = np.argmin(np.where(np.isnan(most), np.inf, most), axis=0)[None]
        dearest = np.take_along_axis(most, best, 0)[0]
        steady = np.take_along_axis(np.array([bill.steady for bill in bills]), best, 0)[0]
        np.put_along_axis(least, best, np.inf, 0)
        with np.errstate(invalid="ignore"):
            return (dearest * (1 + CLEAR) < least.min(axis=0)) & np.isfinite(dearest) & steady

    def _closely(self, rows: np.ndarray, start: int, stop: int) -> None:
        """Walk the straight pieces of a stretch: lay every option's edges on one grid."""
        sizes = [self.axis.sizes(int(option_index), start, stop) for option_index in rows]
        rows = np.array([size for ids in sizes for size in ids])
        bills = [self._pieces(int(option_index), start, stop) for option_index in rows]
        lefts = np.unique(np.concatenate([bill.lefts for bill in bills]))
        rights = np.append(lefts[1:] - 1, stop)
        left = np.array([bill.at(lefts) for bill in bills])
        right = np.array([bill.at(rights) for bill in bills])
        lost = np.array([bill.lost[bill.piece(lefts)] for bill in bills])
        unknown = np.zeros(lost.shape, dtype=bool)
        whole, first = np.isfinite(left) & ~lost, 0
        for ids in sizes:  # of a choice a size without a price is not chosen, where another has a whole bill
            here = slice(first, first + len(ids))
            unknown[here] = lost[here] & whole[here].any(axis=0)
            first += len(ids)
        left, right, lost = np.where(unknown, np.inf, left), np.where(unknown, np.inf, right), lost & ~unknown
        self._walk(rows, lefts, rights, left, right, lost)

    def _pieces(self, option_index: int, start: int, stop: int) -> Pieces:
        """One option's straight pieces within a stretch, from its steps and bends."""
        axis, option = self.axis, self.axis.bills.options[option_index]
        one = axis.scenario.at(REQUESTS, 1)
        steps = np.array([], dtype=np.int64)
        if self._steps_matter(option_index):
            steps = option.step_edges(one.workload, one.book, one.hours_per_month, start, stop)
        self._steps[axis.parents[option_index]].append(steps)
        knots = self._knots(start, stop)
        lefts = np.unique(np.concatenate([[start, min(start + 1, stop)], steps, knots]))
        for times in itertools.count():
            rights = np.append(lefts[1:] - 1, stop)
            cost, lost, bends = self._bent(option_index, np.concatenate([lefts, rights]))
            near = _near_roots(bends, lefts, rights, halved=times >= ROUNDS)
            new = np.setdiff1d(near[(near > start) & (near <= stop)], lefts)
            if not len(new):
                break
            lefts = np.union1d(lefts, new)  # what bends a bill may itself bend, at a place found before
        left, right = np.split(cost, 2)
        return Pieces(lefts, rights, left, right, np.split(lost, 2)[0])

    def _bent(self, option_index: int, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What an option costs at places, where a price is missing, and what bends its bill there, one row each."""
        if len(places) > CHUNK:
            parts = [self._bent(option_index, part) for part in np.array_split(places, -(-len(places) // CHUNK))]
            cost, lost, bends = zip(*parts, strict=True)
            return np.concatenate(cost), np.concatenate(lost), np.concatenate(bends, axis=1)
        swept, option = self.axis.bills.swept(option_index, places), self.axis.bills.options[option_index]
        bend_rows = _bend_rows(swept.fleet, swept.used, len(places))
        for index in np.flatnonzero(np.isnan(bend_rows).any(axis=0)):
            exactly = self.axis.scenario.at(REQUESTS, int(places[index]))
            bend_rows[:, index] = _bend_rows(*month(exactly, option), 1)[:, 0]
        return swept.cost, swept.lost, bend_rows

    # both: from piece to piece

    def _walk(
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
                self._envelope(rows, int(lefts[piece]), int(rights[piece]), left[:, piece], right[:, piece])

    def _record(self, place: int, winner: int, kind: str | None = None) -> None:
        if self._state is not None and winner != self._state:
            self._changes.append(Change(place, self._state, winner, kind or self._kind(self._state, winner, place)))
        self._state = winner

    def _kind(self, below: int, above: int, place: int) -> str:
        """A step where one of the two bills jumps at the place, or its price is lost or found."""
        steps = NOBODY in (below, above) or any(self._jumps(option_index, place) for option_index in (below, above))
        return "step" if steps else "crossing"

    def _jumps(self, option_index: int, place: int) -> bool:
        """Whether a bill jumps at a place: along requests where a fleet has a step.

        Elsewhere where it changes by more than twice what it changes by on either side.
        """
        if self.axis.over == REQUESTS:
            return any(place in steps for steps in self._steps[option_index])
        near = [n for n in range(place - 2, place + 2) if self.axis.low <= n <= self.axis.high]
        here = [self.axis.bills.exact(option_index, n) for n in near]
        if len({standing.feasible for standing in here}) > 1:
            return True
        changes = {n: abs(b.known_usd - a.known_usd) for n, a, b in zip(near[1:], here, here[1:], strict=False)}
        jump = changes.pop(place)
        return jump > 2 * max(changes.values(), default=jump)

    def _envelope(self, rows: np.ndarray, start: int, stop: int, left: np.ndarray, right: np.ndarray) -> None:
        """Follow the cheapest of straight lines from start to stop, in fractions.

        The order of two lines changes only where they cross, so it is enough to look at the whole
        places before and after each crossing.
        """
        lines: dict[int, Line] = {}
        for row in _contenders(left, right):
            option_index = int(rows[row])
            first = self.axis.bills.exact(option_index, start)
            if first.feasible and not (first.missing and np.isinf(left[row])):
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
            self._record(int(place), winner, None if place == start else "crossing")


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


@dataclass(frozen=True)
class Grid:
    """Places that cut an axis into stretches."""

    each: tuple[int, ...]

    @functools.cached_property
    def places(self) -> np.ndarray:
        """The places as an array."""
        return np.array(self.each, dtype=np.int64)


def _span(grid: Grid, chosen: np.ndarray) -> int:
    """How many places the chosen stretches span."""
    return int(np.diff(grid.places)[chosen].sum())


@dataclass(frozen=True)
class Bounds:
    """A bill at places of the axis, and the least and most it can be between each two of them.

    `lost` says where a price is missing; `steady` in which stretches that does not change.
    """

    cost: np.ndarray
    lost: np.ndarray
    least: np.ndarray
    most: np.ndarray
    steady: np.ndarray


@dataclass(frozen=True)
class Pieces:
    """A bill as straight pieces: first and last place of each, and the costs there."""

    lefts: np.ndarray
    rights: np.ndarray
    left: np.ndarray
    right: np.ndarray
    lost: np.ndarray

    def piece(self, places: np.ndarray) -> np.ndarray:
        """The piece that each place is in."""
        return np.searchsorted(self.lefts, places, side="right") - 1

    def at(self, places: np.ndarray) -> np.ndarray:
        """The bill at places, along its straight pieces; infinite where infeasible."""
        piece = self.piece(places)
        span = self.rights[piece] - self.lefts[piece]
        share = (places - self.lefts[piece]) / np.maximum(span, 1)
        with np.errstate(invalid="ignore"):
            between = self.left[piece] + (self.right[piece] - self.left[piece]) * share
        return np.where(np.isinf(self.left[piece]), np.inf, between)


def _may_miss(used: Month) -> bool:
    """Whether some line of a month has no price, whatever its quantity."""
    charges = [c for usage in used.usage for c in usage.charges(used.book, used.hours_per_month)]
    return any(isinstance(c, Charge) and used.book.price(c.service, c.item, used.region) is None for c in charges)


def _bend_rows(fleet: Fleet, used: Month, count: int) -> np.ndarray:
    """The quantities whose change of sign bends a bill, one row each, at many places."""
    bends = [*tier_edges(used), *fleet.bends]
    rows = [np.broadcast_to(np.asarray(bend, dtype=float), (count,)) for bend in bends]
    if fleet.credits:
        rows += list(np.asarray(fleet.credits.above, dtype=float).reshape(count, -1).T)
    return np.array(rows).reshape(len(rows), count)


def _near_roots(bends: np.ndarray, lefts: np.ndarray, rights: np.ndarray, *, halved: bool) -> np.ndarray:
    """Places beside those at which quantities change their sign within a piece, were they straight lines there.

    `halved` adds the middle of such pieces, so that it comes to an end whatever the quantities are.
    """
    low, high = np.hsplit(bends, 2)
    row, piece = np.nonzero((low < 0) != (high < 0))
    share = low[row, piece] / (low[row, piece] - high[row, piece])
    root = np.floor(lefts[piece] + share * (rights[piece] - lefts[piece])).astype(np.int64)
    middle = [(lefts[piece] + rights[piece]) // 2] if halved else []
    return np.concatenate([root - 1, root, root + 1, root + 2, *middle])


def _cheapest(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row of the cheapest cost in each column, and whether it leads by a clear margin."""
    best = np.argmin(costs, axis=0)
    if len(costs) == 1:
        return best, np.ones(len(best), dtype=bool)
    least, second = np.partition(costs, 1, axis=0)[:2]
    with np.errstate(invalid="ignore"):
        sure = second - least > CLEAR * np.maximum(np.abs(least), 1e-6)
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


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Runs of flags that are alike: first index, and one past the last."""
    ends = [0, *(np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist(), len(flags)]
    return list(itertools.pairwise(ends)) if len(flags) else []


def _check_size(axis: Axis, steps: Number) -> None:
    if steps > MAX_STEPS:
        sweep = axis.scenario.sweep
        words = f"along this axis about {int(steps):,} steps must be looked at, and {MAX_STEPS:,} are the most"
        nearer = shown(max(int(sweep.start) + 1, int(sweep.to * MAX_STEPS / (2 * Fraction(steps)))))
        raise InputError(Problem("conflict", "sweep.to", shown(sweep.to), words, f"Try sweep.to={nearer}."))


@dataclass(frozen=True)
class Zone:
    """A stretch in which the answer changes many times."""

    start: int
    stop: int
    members: tuple[int, ...]
    changes: int


def zones(changes: Sequence[Change], *, least: int = 4) -> list[Zone]:
    """Gather long alternations: at least four changes, each within a quarter of the one before."""
    gathered: list[Zone] = []
    run: list[Change] = []
    for change in [*changes, None]:
        if run and change is not None and change.place <= run[-1].place * 1.25:
            run.append(change)
            continue
        if len(run) >= least:
            members = dict.fromkeys(option_index for c in run for option_index in (c.below, c.above))
            gathered.append(Zone(run[0].place, run[-1].place, tuple(members), len(run)))
        run = [] if change is None else [change]
    return gathered
