"""Crossovers: where the cheapest option changes along one number of a scenario, exactly.

Along requests a month every bill is a chain of straight pieces with steps: fleet steps, tier and free-tier edges, the
places where CPU credits run out or fill up in another hour, and those where another measure of a load balancer becomes
the largest. All of them are put on the grid, and between them the lower envelope of straight lines is found in exact
fractions (M10). Along any other number every step of its grain is billed, where the cheapest option is not clear from
bounds (`LowerEnvelope`).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.coldstart.knots import KNOTS
from lambdaplan.comparison.bills_along import CHUNK, Axis
from lambdaplan.comparison.bounds import Bounds, bounds
from lambdaplan.comparison.clearly_cheapest import is_dearer
from lambdaplan.comparison.envelope import NOBODY, Change, LowerEnvelope, may_win
from lambdaplan.comparison.month import Month, month, settle
from lambdaplan.errors import InputError, Problem
from lambdaplan.numbers import Number
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import tier_edges
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import shown
from lambdaplan.workload.workload import REQUESTS

MAX_STEPS = 1_000_000
COARSE = 256
FINER, FEW_STEPS, MAX_GRID = 16, 20_000, 30_000
SLOW = 50  # how much longer a step takes where fleets are sized by their answer time
BENT = 500  # the same where each has cold starts of its own
EVENT = 400  # how much longer than a step it takes to find where CPU credits decide anew
CUTS = 1024  # places at which CPU credits are looked at together
FEW = 32  # places at which it is looked how little a hybrid costs at least
MISSED = 4  # of its bills that may tell nothing, before it is chosen at each place
ROUNDS = 4  # of looking for bends along straight lines, after which pieces are halved too


class Changes(LowerEnvelope):
    """Every change of the cheapest option along an axis, for all options or some of them."""

    def __init__(self, axis: Axis) -> None:
        super().__init__(axis)
        self._steps: dict[int, list[np.ndarray]] = {index: [] for index in range(len(axis.scenario.options))}
        self._bound: dict[tuple[int, bytes], Bounds] = {}
        self._shares: dict[int, Axis] = {}
        self._edges_per_request = functools.cache(self._counted_edges)

    def among(self, chosen: Sequence[int]) -> list[Change]:
        """The changes of the cheapest of the chosen options, in the order of the axis."""
        for _ in self._stretches(chosen):
            pass
        return [self._with_kind(change) for change in self._changes]

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
                return start, None if change is None or start in above else self._with_kind(change)
        return start, None

    def _stretches(self, chosen: Sequence[int]) -> Iterator[None]:
        """Walk the axis, one stretch after another: `_changes` and `_state` stand at the end of the one walked last."""
        self._state, self._changes, self._clear_between = None, [], {}
        rows = self.distinct(chosen)
        return self._along_requests(rows) if self.axis.over == REQUESTS else self._along_steps(rows)

    def _with_kind(self, change: Change) -> Change:
        """A change with its kind: a step where one of the two bills jumps there, or its price is lost or found."""
        if change.kind:
            return change
        both = (change.below, change.above)
        steps = NOBODY in both or any(self._jumps(option_index, change.place) for option_index in both)
        return dataclasses.replace(change, kind="step" if steps else "crossing")

    def _jumps(self, option_index: int, place: int) -> bool:
        """Whether a bill jumps at a place: along requests where a fleet has a step.

        Elsewhere where it changes by more than twice what it changes by on either side.
        """
        if self.axis.over == REQUESTS:
            return any(place in steps for steps in self._steps[option_index]) or self._resized(option_index, place)
        near = [n for n in range(place - 2, place + 2) if self.axis.low <= n <= self.axis.high]
        here = [self.axis.bills.exact(option_index, n) for n in near]
        if len({standing.feasible for standing in here}) > 1:
            return True
        changes = {n: abs(b.known_usd - a.known_usd) for n, a, b in zip(near[1:], here, here[1:], strict=False)}
        jump = changes.pop(place)
        return jump > 2 * max(changes.values(), default=jump)

    def _resized(self, option_index: int, place: int) -> bool:
        """Whether a fleet on `standard` CPU credits is another one at a place than before it."""
        sizes: set[tuple[Number, ...]] = set()
        for at in (place - 1, place):
            scenario = self.axis.bills.scenario_at(at)
            fleet = _fleet(scenario, settle(scenario, self.axis.bills.options[option_index]))
            if fleet.sustained is None:
                return False
            sizes.add(tuple(fleet.sustained.units))
        return len(sizes) > 1

    # any number: steps of its grain

    def _along_steps(self, rows: np.ndarray) -> Iterator[None]:
        axis = self.axis
        steps = axis.high - axis.low + 1
        slow = SLOW if axis.scenario.workload.slo is not None else 1
        _check_size(axis, steps, BENT if any(axis.bills.bent(int(option_index)) for option_index in rows) else slow)
        self._bill(rows, np.array([axis.low]))
        yield
        for places, _ in self._in_doubt(rows, [axis.low, axis.high]):
            self._bill(rows, places)
            yield

    # requests a month: straight pieces

    def _along_requests(self, rows: np.ndarray) -> Iterator[None]:
        slope = sum((self._edges_per_request(int(option_index)) for option_index in rows), Fraction(0))
        work = slope + sum((self._events_per_request(int(option_index)) for option_index in rows), Fraction(0))
        roughly = self._roughly(rows)
        parts = [
            (first, last, None if roughly.clear[first] else self._cut(rows, work, roughly.places[first : last + 1]))
            for first, last in _runs(roughly.clear)
        ]
        _check_size(self.axis, slope * sum(_span(cut[0], ~cut[1]) for *_, cut in parts if cut is not None))
        for first, last, cut in parts:
            if cut is None:
                here = slice(first, last)
                places, least, lost = roughly.places[here], roughly.least[:, here], roughly.lost[:, here]
                self._follow(rows, places, places, least, least, lost)
                yield
            else:
                yield from self._within(rows, *cut)

    def _within(self, rows: np.ndarray, places: np.ndarray, clear: np.ndarray) -> Iterator[None]:
        """Walk stretches between places: where the answer is not clear, their straight pieces."""
        bills = self._all_bounds(rows, places)
        able, least, lost = may_win(bills), _best_at_most(bills), np.array([bill.lost[:-1] for bill in bills])
        for first, last in _runs(clear):
            if clear[first]:
                here = slice(first, last)
                self._follow(rows, places[here], places[here], least[:, here], least[:, here], lost[:, here])
            else:
                able_here = able[:, first:last].any(axis=1)
                self._closely(rows[able_here], int(places[first]), int(places[last]))
            yield

    def _roughly(self, rows: np.ndarray) -> Rough:
        """Stretches in which the answer is clear whatever the cold starts are, which take long to count.

        Bills are taken with no cold request, and with nothing but cold ones.
        """
        axis = self.axis
        places = axis.places(COARSE, "log" if axis.low else "linear")
        clear = np.zeros(len(places) - 1, dtype=bool)
        nothing = np.zeros((len(rows), len(clear)))
        if not axis.scenario.workload.models_cold_starts or len(places) < 2:
            return Rough(places, clear, nothing, nothing > 0)
        warm = self._all_bounds(rows[[not axis.bills.options[int(row)].starts_cold for row in rows]], places)
        none, all_cold = (self._of_share(share, rows, places, iter(warm)) for share in (0, 1))
        bills = [
            Bounds(
                low.lost | high.lost,
                low.least,
                high.most,
                low.steady & high.steady & ((low.lost == high.lost)[:-1] & (low.lost == high.lost)[1:]),
            )
            for low, high in zip(none, all_cold, strict=True)
        ]
        return Rough(places, self._clear(bills), _best_at_most(bills), np.array([bill.lost[:-1] for bill in bills]))

    def _of_share(self, share: int, rows: np.ndarray, places: np.ndarray, warm: Iterator[Bounds]) -> list[Bounds]:
        """The bounds of all bills, were this the share of requests that are cold: of some it is the same whatever."""
        options, axis = self.axis.bills.options, self._with_share(share)
        return [bounds(axis, int(row), places) if options[int(row)].starts_cold else next(warm) for row in rows]

    def _with_share(self, share: int) -> Axis:
        """The axis, were this the share of requests that are cold."""
        if share not in self._shares:
            scenario = self.axis.scenario
            workload = dataclasses.replace(scenario.workload, cold_fraction=Fraction(share))
            self._shares[share] = Axis(dataclasses.replace(scenario, workload=workload), self.axis)
        return self._shares[share]

    def _cut(self, rows: np.ndarray, work: Fraction, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places that cut the way between some further, and in which stretches of it the answer is clear.

        Stretches in doubt are cut finer while they hold very many steps: `work` for each request, with what else is
        as much.
        """
        places = np.union1d(places, self._knots(int(places[0]), int(places[-1])))
        while True:
            clear = self._clear(self._all_bounds(rows, places))
            wide, doubtful = ~clear & (np.diff(places) > FINER), work * _span(places, ~clear)
            if doubtful <= FEW_STEPS or not wide.any() or len(clear) + FINER * wide.sum() > MAX_GRID:
                return places, clear
            ends = zip(places[:-1][wide], places[1:][wide], strict=True)
            between = [np.linspace(start, stop, FINER + 1).astype(np.int64) for start, stop in ends]
            places = np.unique(np.concatenate([places, *between]))

    def _knots(self, low: int, high: int) -> np.ndarray:
        """Places between which what is cold and what spills over are straight lines; none where neither is counted."""
        if not self.axis.scenario.bends_at_knots:
            return np.array([], dtype=np.int64)
        return np.array([knot for knot in self._all_knots if low < knot <= high], dtype=np.int64)

    @functools.cached_property
    def _all_knots(self) -> list[int]:
        """KNOTS, and those that the cold starts of an option have of their own."""
        axis, one = self.axis, self.axis.scenario.at(REQUESTS, 1)
        places = [n for n, option in enumerate(one.options) if option.starts_cold]
        given = [axis.bills.options[size] for n in places for size in axis.sizes(n, axis.low, axis.high)]
        each = [processor for option in given for processor in option.one_processor_each()]
        able = [option for option in each if option.can_start(one.workload)]
        fleets = [option.fleet(one.workload, one.book, one.hours_per_month) for option in able]
        calls = {*KNOTS, *(knot for fleet in fleets if fleet.cold for knot in fleet.cold.knots)}
        calls_each = Fraction(one.workload.calls_per_month)  # calls of a request
        if calls_each == 1:
            return sorted(calls)
        return sorted({int(knot // calls_each) + more for knot in calls for more in (0, 1)})

    def _all_bounds(self, rows: np.ndarray, places: np.ndarray) -> list[Bounds]:
        """The bounds of bills between places, a bill each row.

        A hybrid that is left to be chosen takes long: it is chosen only from the first to the last place at which the
        hours of the fewest units of its base do not make it dearer than another already.
        """
        options = self.axis.bills.options
        long = [row for row in map(int, rows) if options[row].is_open and options[row].has_units and options[row].parts]
        quick = [self._bounds(row, places) for row in map(int, rows) if row not in long]
        if not (long and quick and len(places) > FEW):
            return [self._bounds(int(row), places) for row in rows]
        whole = np.array([bill.steady & ~bill.lost[:-1] & ~bill.lost[1:] for bill in quick])
        most = np.where(whole, np.nan_to_num([bill.most for bill in quick], nan=np.inf, posinf=np.inf), np.inf)
        each = {row: self._where_not_dearer(row, places, most.min(axis=0)) for row in long}
        rest = iter(quick)
        return [each[row] if row in each else next(rest) for row in map(int, rows)]

    def _where_not_dearer(self, option_index: int, places: np.ndarray, most: np.ndarray) -> Bounds:
        """The bounds of a bill; where it is above the most of another bill anyway, the least of it that is known.

        Bills do not fall: what one is at a place, it is at least at all beyond.
        """
        bills, count = self.axis.bills, len(places) - 1
        step = max(count // FEW, 1)
        least = np.repeat([bills.at_least_usd(option_index, int(place)) for place in places[:-1:step]], step)[:count]
        near, missed = np.flatnonzero(~is_dearer(least, most)), 0
        while len(near) and missed < MISSED:
            here = near[missed]
            cost, lost = bills.costs(option_index, places[here : here + 1])
            if not lost[0]:
                beyond = slice(here, None if np.isfinite(cost[0]) else here + 1)
                least[beyond] = np.maximum(least[beyond], cost[0])
            missed += not is_dearer(least[here], most[here])
            near = np.flatnonzero(~is_dearer(least, most))
            if missed >= len(near):
                break
        bound = Bounds(np.zeros(count + 1, dtype=bool), least, np.full(count, np.inf), np.ones(count, dtype=bool))
        if len(near):
            first, last = near[0], near[-1] + 1
            inner = self._bounds(option_index, places[first : last + 1])
            bound.lost[first : last + 1] = inner.lost
            bound.least[first:last], bound.most[first:last] = inner.least, inner.most
            bound.steady[first:last] = inner.steady
        return bound

    def _bounds(self, option_index: int, places: np.ndarray) -> Bounds:
        """The bounds of one option's bill between places, found once."""
        key = (option_index, places.tobytes())
        if key not in self._bound:
            self._bound[key] = bounds(self.axis, option_index, places)
        return self._bound[key]

    def _steps_matter(self, option_index: int) -> bool:
        """Whether a unit more changes the bill, or what is feasible."""
        option = self.axis.bills.options[option_index]
        limited = getattr(option, "units", None) is not None or getattr(option, "max_units", None) is not None
        by_units = any(cost.is_by_units and cost.is_of(option) for cost in self.axis.scenario.other_costs)
        return bool({"compute", "network"} & set(self.axis.scenario.include)) or limited or by_units

    def _counted_edges(self, option_index: int) -> Fraction:
        """About how many steps of an option there are for each request a month of a range."""
        if not self._steps_matter(option_index):
            return Fraction(0)
        one = self.axis.scenario.at(REQUESTS, 1)
        option = self.axis.bills.options[option_index]
        if option.is_open:
            if option.sizes_vary:
                return Fraction(0)
            ids = self.axis.sizes(option_index, self.axis.low, self.axis.high)
            return max((self._edges_per_request(size) for size in ids), default=Fraction(0))
        return Fraction(option.edges_per_request(one.workload, one.book, one.hours_per_month))

    def _events_per_request(self, option_index: int) -> Fraction:
        """What is as much work as so many steps: places at which CPU credits decide anew how many units run."""
        if not self._steps_matter(option_index):
            return Fraction(0)
        one, option = self.axis.scenario.at(REQUESTS, 1), self.axis.bills.options[option_index]
        each = [] if option.is_open else [option]
        if option.is_open and not option.sizes_vary:
            each = [self.axis.bills.options[n] for n in self.axis.sizes(option_index, self.axis.low, self.axis.high)]
        events = [size.credit_events_per_request(one.workload, one.book, one.hours_per_month) for size in each]
        return EVENT * max(map(Fraction, events), default=Fraction(0))

    def _closely(self, rows: np.ndarray, start: int, stop: int) -> None:
        """Walk the straight pieces of a stretch: lay every option's edges on one grid."""
        sizes = [self.axis.sizes(int(option_index), start, stop) for option_index in rows]
        rows = np.array([size for indices in sizes for size in indices])
        bills = [self._pieces(int(option_index), start, stop) for option_index in rows]
        lefts = np.unique(np.concatenate([bill.lefts for bill in bills]))
        rights = np.append(lefts[1:] - 1, stop)
        left = np.array([bill.at(lefts) for bill in bills])
        right = np.array([bill.at(rights) for bill in bills])
        lost = np.array([bill.lost[bill.piece(lefts)] for bill in bills])
        self._follow(rows, lefts, rights, left, right, lost)

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
        bent = Once(lambda places: self._bent(option_index, places))
        for times in itertools.count():
            rights = np.append(lefts[1:] - 1, stop)
            bends = bent.at(np.concatenate([lefts, rights]))[2:]
            near = _near_roots(bends, lefts, rights, halved=times >= ROUNDS)
            new = np.setdiff1d(near[(near > start) & (near <= stop)], lefts)
            if not len(new):
                break
            lefts = np.union1d(lefts, new)  # what bends a bill may itself bend, at a place found before
        new = np.setdiff1d(self._credit_events(option_index, lefts, rights), lefts)
        if len(new):
            lefts = np.union1d(lefts, new[(new > start) & (new <= stop)])
            rights = np.append(lefts[1:] - 1, stop)
        left, right = (bent.at(places)[0] for places in (lefts, rights))
        return Pieces(lefts, rights, left, right, bent.at(lefts)[1] > 0)

    def _credit_events(self, option_index: int, lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
        """Places beside those at which CPU credits run out, or fill up, in another hour than before, within pieces.

        Places with one pattern have no gaps. So a piece with two patterns is cut into parts, until they are neighbours.
        """
        events = [np.array([], dtype=np.int64)]
        low, high = lefts[rights > lefts], rights[rights > lefts]
        if not self._steps_matter(option_index):
            return events[0]
        if not len(low) or self._patterns(option_index, low[:1]) is None:
            return events[0]

        def patterns_at(places: np.ndarray) -> np.ndarray:
            patterns = self._patterns(option_index, places)
            assert patterns is not None  # as at the first place
            return patterns

        known = Once(patterns_at)
        parts = 1
        while len(low):
            cuts = low[:, None] + (high - low)[:, None] * np.arange(parts + 1) // parts
            patterns = known.at(cuts.ravel()).reshape(cuts.shape)
            changes = patterns[:, 1:] != patterns[:, :-1]
            low, high = cuts[:, :-1][changes], cuts[:, 1:][changes]
            beside = high - low <= 1
            events += [high[beside] + more for more in (-1, 0, 1)]
            low, high = low[~beside], high[~beside]
            parts = int(np.clip(CUTS // max(len(low), 1), 2, 64))
        return np.concatenate(events)

    def _patterns(self, option_index: int, places: np.ndarray) -> np.ndarray | None:
        """The pattern of an option's CPU credits at places; None where it has none."""
        if len(places) > CHUNK:
            parts = [self._patterns(option_index, part) for part in np.array_split(places, -(-len(places) // CHUNK))]
            return None if parts[0] is None else np.concatenate([part for part in parts if part is not None])
        option, bills = self.axis.bills.options[option_index], self.axis.bills
        fleet = _fleet(bills.scenario_over(places), option)
        kept = fleet.credits or fleet.sustained
        if kept is None or kept.pattern is None:
            return None
        patterns = np.broadcast_to(kept.pattern, places.shape).copy()
        units = np.asarray(kept.units, dtype=float) + np.zeros((len(places), 1))
        for index in np.flatnonzero(np.isnan(units).any(axis=-1)):
            exactly = _fleet(bills.scenario_at(int(places[index])), option)
            kept = exactly.credits or exactly.sustained
            patterns[index] = 0 if kept is None or kept.pattern is None else kept.pattern[0]
        return patterns

    def _bent(self, option_index: int, places: np.ndarray) -> np.ndarray:
        """What an option costs at places, where a price is missing, and what bends its bill there, one row each."""
        if len(places) > CHUNK:
            parts = [self._bent(option_index, part) for part in np.array_split(places, -(-len(places) // CHUNK))]
            return np.concatenate(parts, axis=1)
        swept, option = self.axis.bills.swept(option_index, places), self.axis.bills.options[option_index]
        bend_rows = _bend_rows(swept.fleet, swept.used, len(places))
        for index in np.flatnonzero(np.isnan(bend_rows).any(axis=0)):
            exactly = self.axis.scenario.at(REQUESTS, int(places[index]))
            bend_rows[:, index] = _bend_rows(*month(exactly, option), 1)[:, 0]
        return np.vstack([swept.cost, swept.lost, bend_rows])


class Once:
    """What is worked out for places, a column each: for every place once.

    Parameters: work : function - gives the columns of places, in their order.
    """

    def __init__(self, work: Callable[[np.ndarray], np.ndarray]) -> None:
        self._work = work
        self._places, self._columns = np.array([], dtype=np.int64), np.array([])

    def at(self, places: np.ndarray) -> np.ndarray:
        """The columns of places, in any order."""
        new = np.setdiff1d(places, self._places)
        if len(new):
            columns = self._work(new)
            if len(self._places):
                columns = np.concatenate([self._columns, columns], axis=-1)
            every = np.concatenate([self._places, new])
            order = np.argsort(every, kind="stable")
            self._places, self._columns = every[order], columns[..., order]
        return self._columns[..., np.searchsorted(self._places, places)]


def _best_at_most(bills: Sequence[Bounds]) -> np.ndarray:
    """The least of each bill in each stretch, a row each, but of the cheapest option at its dearest the most."""
    least, most = np.array([bill.least for bill in bills]), np.array([bill.most for bill in bills])
    best = np.argmin(np.where(np.isnan(most), np.inf, most), axis=0)[None]
    np.put_along_axis(least, best, np.take_along_axis(most, best, 0), 0)
    return least


def _span(places: np.ndarray, chosen: np.ndarray) -> int:
    """How many places the chosen stretches between places span."""
    return int(np.diff(places)[chosen].sum())


@dataclass(frozen=True)
class Rough:
    """Stretches between places of an axis, and in which of them the answer is clear from bounds.

    `least` has the least of each bill there, a row each, but of the cheapest option the most; `lost` says where a price
    is missing.
    """

    places: np.ndarray
    clear: np.ndarray
    least: np.ndarray
    lost: np.ndarray


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


def _bend_rows(fleet: Fleet, used: Month, count: int) -> np.ndarray:
    """The quantities whose change of sign bends a bill, one row each, at many places."""
    bends = [*tier_edges(used), *fleet.bends]
    rows = [np.broadcast_to(np.asarray(bend, dtype=float), (count,)) for bend in bends]
    return np.array(rows).reshape(len(rows), count)


def _fleet(scenario: Scenario, option: Option) -> Fleet:
    return option.fleet(scenario.workload, scenario.book, scenario.hours_per_month)


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


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """Runs of flags that are alike: first index, and one past the last."""
    ends = [0, *(np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist(), len(flags)]
    return list(itertools.pairwise(ends)) if len(flags) else []


def _check_size(axis: Axis, steps: Number, slow: int = 1) -> None:
    most = MAX_STEPS // slow
    if steps > most:
        sweep = axis.scenario.sweep
        words = f"along this axis about {int(steps):,} steps must be looked at, and {most:,} are the most"
        words += ", as each has cold starts of its own" if slow == BENT else ""
        nearer = shown(max(int(sweep.start) + 1, int(sweep.to * most / (2 * Fraction(steps)))))
        raise InputError(Problem("conflict", "sweep.to", shown(sweep.to), words, f"Try sweep.to={nearer}."))


def alternations(changes: Sequence[Change], *, least: int = 4) -> list[list[Change]]:
    """Gather long alternations: at least four changes, each within a quarter of the one before."""
    runs: list[list[Change]] = []
    for change in changes:
        if runs and change.place <= runs[-1][-1].place * 1.25:
            runs[-1].append(change)
        else:
            runs.append([change])
    return [run for run in runs if len(run) >= least]
