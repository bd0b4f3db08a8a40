"""Search for the nearest change of the cheapest option along one number of a scenario.

The number is an axis of its own, and the lower envelope of its bills, by which crossovers are found too, is followed
outward from the scenario's value. Where sizes are chosen anew at each value, fleets are sized by an answer time, or the
loads of the week change with a burst, a bill is not known to rise or fall, and takes too long for all values. There,
and where a number would take more than its budget, values further and further away are looked at, and halving finds a
change, but maybe not the nearest.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from fractions import Fraction

from lambdaplan.comparison.bills_along import Axis, NumberRange, Standing, option_of
from lambdaplan.comparison.bounds import is_steady
from lambdaplan.comparison.clearly_cheapest import is_clear, most_usd
from lambdaplan.comparison.comparison import Comparison, compare
from lambdaplan.comparison.envelope import NOBODY, Budget, BudgetSpentError, Change, LowerEnvelope
from lambdaplan.comparison.month import COMPUTE, ask_for_sizes, broken, least_usd, month
from lambdaplan.comparison.result import billed
from lambdaplan.pricing.bill import amounts
from lambdaplan.root_finding import bisect, whole_mean
from lambdaplan.scenario.reading import BELONGING
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import Rule
from lambdaplan.services import COUNTED_WITH
from lambdaplan.workload.workload import REQUESTS

DEAREST = 10**9  # the most that a price may be [USD]
AT_ONCE = 8192  # places billed at once, at most
CALLS = 16  # into how many such calls at least the work of one search is spread
WORK = 2_000_000  # hours of a week billed in the search of one number, one way
THREADS = "workload.cpu_threads"
FAR = 64  # how many times the value a search goes where only fractions can bill a place, and slowly


def winner_index(comparison: Comparison) -> int:
    """The place of the winner among the options; NOBODY where none wins."""
    return next((n for n, result in enumerate(comparison.options) if result is comparison.best), NOBODY)


class Answer:
    """The winner of a comparison, held against the scenario with something else changed."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison, self.scenario = comparison, comparison.scenario
        self.winner = winner_index(comparison)

    def compared(self, path: str, changed: Scenario) -> Comparison:
        """The comparison of the scenario with another value at a path: what belongs to one option changes no other."""
        only = option_of(path)
        results = enumerate(self.comparison.options)
        options = [r if only not in (None, n) else billed(changed, changed.options[n]) for n, r in results]
        return Comparison(changed, tuple(options))

    def clearly_stays(self, changed: Scenario) -> bool:
        """Whether the winner of the scenario is clearly that of a changed one too."""
        if self.winner == NOBODY or not any(option.is_open for option in changed.options):
            return False
        most = most_usd(changed, changed.options[self.winner], self.comparison.options[self.winner].option)
        others = [option for n, option in enumerate(changed.options) if n != self.winner]
        return is_clear(most, [functools.partial(least_usd, changed, option) for option in others])

    def is_clearly_blocked(self, path: str, changed: Scenario) -> bool:
        """Whether a value at the path of one option of open size leaves nobody the cheapest, as is clear from one size.

        No size of it then has a price for its hours, and what is known of the cheapest is no more than of any.
        """
        only = option_of(path)
        if only is None or COMPUTE not in changed.include or not changed.options[only].is_open:
            return False
        option = changed.options[only]
        if any(one.has_hours_priced(changed.book, changed.region) for one in option.one_processor_each()):
            return False
        requests = int(changed.workload.requests_per_month)
        sizes = option.choices(ask_for_sizes(changed, requests, requests)) or ()
        for size in sizes[:1]:
            fleet, used = month(changed, size)
            total = amounts(used)
            others = [result for n, result in enumerate(self.comparison.options) if n != only and result.feasible]
            usd = [result.cost_usd for result in others if result.cost_usd is not None]
            return bool(total.missing and not broken(fleet) and all(total.known_usd <= most for most in usd))
        return False

    def stays(self, comparison: Comparison) -> bool:
        """Whether the winner is still the cheapest, alone or with others."""
        best = comparison.best
        if best is None or self.winner == NOBODY:
            return best is None and self.winner == NOBODY
        mine = comparison.options[self.winner]
        return mine.feasible and mine.cost_usd is not None and mine.cost_usd == best.cost_usd

    def label(self, option_index: int) -> str | None:
        """The label of an option; None for nobody."""
        return None if option_index == NOBODY else self.comparison.options[option_index].label


class VariedNumber:
    """One number of a scenario that is varied alone, over all that it may be."""

    def __init__(self, answer: Answer, path: str, rule: Rule) -> None:
        scenario, options = answer.scenario, answer.scenario.options
        low = -int(-rule.low // rule.grain)
        low += rule.above and low * rule.grain == rule.low
        high = DEAREST if rule.high is None else int(rule.high // rule.grain)
        self.answer, self.own = answer, Fraction(scenario.value_at(path))
        self.axis = Axis(scenario, NumberRange(path, rule.grain, rule.whole, "linear", low, high))
        for n, result in enumerate(answer.comparison.options):
            if not self.axis.varies(n):
                whole = Standing(result.bill.known_usd, bool(result.bill.unknown), result.feasible)
                self.axis.bills.fixed[n] = whole
        self.envelope = LowerEnvelope(self.axis)
        varying = list(filter(self.axis.varies, self.envelope.distinct(range(len(options)))))
        self.is_steady = all(is_steady(self.axis, n) for n in varying)
        # only fractions can bill a place, and slowly: sizes chosen anew, fleets sized by an answer time, other bursts
        self.is_slow = any(options[n].is_open for n in varying) or scenario.workload.slo is not None
        self.is_slow |= any(self.axis.bills.bent(n) for n in varying)
        if scenario.changes_loads(path) and not self.axis.is_short:
            self.is_slow, self.is_steady = True, False
        hours = len(scenario.workload.traffic.weights)  # of different weight, which a bill of units looks at
        self.hours = sum(hours if options[n].has_units else 1 for n in varying)
        # whether it touches nothing that the scenario includes, or every option alike
        head, _, rest = path.partition(".")
        alike = head in BELONGING and getattr(scenario, head)[int(rest.split(".")[0])].is_alike
        self.is_idle = alike or COUNTED_WITH.get(path.rsplit(".", 1)[-1], scenario.include[0]) not in scenario.include
        # whether bills may fall as requests grow: with cold starts, and with environments that stand ready
        self.may_fall = path == REQUESTS and bool(scenario.week_axes)
        # the place from which on nothing changes: a request can't use more vCPUs than there are
        self.level_from = self.axis.high
        if path == THREADS and not self.is_slow and not scenario.workload.durations:
            vcpus = [scenario.workload.vcpu_measured, *(options[n].request_vcpu(scenario.book) for n in varying)]
            self.level_from = self.axis.high if None in vcpus else int(-(-max(vcpus) // rule.grain))

    def start(self, way: int) -> int:
        """The place of the scenario's own value; where that is none, the one before the first one that way."""
        at = self.own / self.axis.grain
        return int(at // 1 if way > 0 else -(-at // 1))

    def limit(self, way: int) -> int:
        """The last place that way that is allowed and fits: where one does not, none beyond it does."""
        start, end = self.start(way), self.axis.high if way > 0 else self.axis.low
        if (end - start) * way <= 0:
            return start
        return end if self._fits(end) else bisect(self._fits, start, end, whole_mean)[0]

    def _fits(self, place: int) -> bool:
        return not self.axis.bills.scenario_at(place).misfits()

    @functools.cached_property
    def crossovers(self) -> tuple[int, list[int], int]:
        """Along requests a month, the crossovers between two ends, the least first and the last behind them."""
        scenario, own = self.answer.scenario, int(self.own)
        low, high = scenario.sweep.requests
        low, high = max(min(low, own), self.limit(-1)), min(max(high, own), self.limit(1))
        sweep = dataclasses.replace(scenario.sweep, over=REQUESTS, start=Fraction(low), to=Fraction(max(high, low + 1)))
        same = sweep == scenario.sweep
        comparison = self.answer.comparison if same else compare(dataclasses.replace(scenario, sweep=sweep))
        return low, [int(crossover.at) for crossover in comparison.crossovers], high


class Way:
    """One way along a number, up or down: how far the winner stays the cheapest. Distances are steps of its grain.

    Parameters:
    most : int - distance of the last value that is allowed and fits: where one does not, none beyond it does.
    certain : int - every distance up to here is known to leave the winner.
    tried : int - the furthest distance that was looked at.
    change : Change or None - the nearest change, where the envelope was followed up to it.
    """

    def __init__(self, number: VariedNumber, way: int) -> None:
        self.number, self.way, self.certain, self.tried = number, way, 0, 0
        self.change: Change | None = None
        self._start, self._on_grid = number.start(way), (number.own / number.axis.grain).denominator == 1
        self.most = abs(number.limit(way) - self._start)
        # distances that double, up to the last that can make a difference
        last = min(self.most, max(number.level_from - self._start, 1)) if way > 0 else self.most
        self._marks = [min(2**power, last) for power in range((last - 1).bit_length() + 1)]
        if not self.most or number.is_idle:
            self._marks = []

    def place(self, distance: int) -> int:
        """The place at a distance."""
        return self._start + self.way * distance

    def value(self, distance: int) -> Fraction:
        """The value at a distance."""
        return Fraction(self.number.axis.value(self.place(distance))) if distance else self.number.own

    def _stays(self, distance: int) -> bool:
        number, answer = self.number, self.number.answer
        if number.is_slow and answer.winner != NOBODY:
            size = answer.comparison.options[answer.winner].option
            if number.envelope.is_clear_at(self.place(distance), answer.winner, size):
                return True
        return self.winner_at(distance) == self.number.answer.winner

    def winner_at(self, distance: int) -> int:
        """The cheapest option at a distance; the winner itself where it is so with others; NOBODY where none is."""
        if self.change is not None and distance == self.certain + 1:
            return self.change.above
        number = self.number
        return number.envelope.winner_at(self.place(distance), number.answer.winner, exactly=number.is_slow)

    @property
    def marks(self) -> list[int]:
        """Places further and further away: the envelope is followed from the first to the last."""
        return [self.place(mark) for mark in ([0, *self._marks] if self._on_grid else self._marks)]

    def search(self) -> tuple[int | None, bool]:
        """The distance of a change, if there is one, and whether none is nearer; sets `certain` and `tried`."""
        number = self.number
        if not self._marks:
            self.certain = self.tried = self.most
            return None, True
        if number.may_fall:
            return self._visit_crossovers(), True
        if number.is_slow and not number.is_steady:
            own = max(abs(self._start), 1)
            distance = self._sample([mark for mark in self._marks[::2] if mark <= FAR * own])
            return distance, distance == 1 or self.tried == self.certain == self.most
        try:
            distance = self._follow()
        except BudgetSpentError:
            return self._sample(self._marks), False
        self.certain = self.most if distance is None else self.certain
        self.tried = self.most if distance is None else distance
        return distance, True

    def _follow(self) -> int | None:
        """Follow the envelope to the nearest change, and give its distance; None where there is none.

        Raises: BudgetSpentError where that would take too much work.
        """
        if not (self._on_grid or self._stays(1)):
            return 1
        number, hours = self.number, self.number.hours
        budget = Budget(WORK, hours, max(1, min(AT_ONCE, WORK // (CALLS * hours))))
        for last, change in number.envelope.outward(number.answer.winner, self.marks, budget):
            self.certain, self.change = abs(last - self._start), change
        return None if self.change is None else self.certain + 1

    def _visit_crossovers(self) -> int | None:
        """The distance of the nearest crossover at which the winner gives way; None where it stays at each."""
        low, crossovers, high = self.number.crossovers
        above = [at for at in crossovers if at > self._start]
        below = [at - 1 for at in reversed(crossovers) if at <= self._start]
        for distance in (abs(place - self._start) for place in (above if self.way > 0 else below)):
            if not self._stays(distance):
                self.certain, self.tried = distance - 1, distance
                return distance
        self.certain = self.tried = abs((high if self.way > 0 else low) - self._start)
        return None

    def _sample(self, distances: Sequence[int]) -> int | None:
        """Some distance beyond `certain` at which the winner gives way; None where it stays at each of some."""
        low = self.certain
        for distance in (distance for distance in distances if distance > self.certain):
            self.tried = distance
            if not self._stays(distance):
                return bisect(self._stays, low, distance, whole_mean)[1]
            self.certain += distance == self.certain + 1
            low = distance
        return None
