"""Grid of a what-if page: comparisons at every stop of sliders for requests, duration and Lambda memory.

Every bill, and who wins, is worked out exactly and in advance, as `compare` does it, so that a page
without Python can look it up.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.comparison.comparison import Comparison
from lambdaplan.comparison.month import settle
from lambdaplan.comparison.result import Result, billed
from lambdaplan.comparison.wording import verdict
from lambdaplan.errors import InputError
from lambdaplan.formatting import cents, money, share_text, shown_units
from lambdaplan.numbers import Number
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.workload.workload import DURATION, REQUESTS

MEMORY_MB = (128, 256, 384, 512, 768, 1024, 1536, 1769, 2048, 3072, 4096, 5120, 6144, 8192, 10_240)
# stops of requests and of duration, and each how manieth of MEMORY_MB: the finest within WORK, or else the last
GRIDS = ((41, 13, 1), (21, 9, 1), (11, 5, 1), (11, 5, 2), (7, 3, 3), (5, 3, 5))
WORK = 60_000  # the most of it: bills of options of a given size, about a minute
AUTO_WORK = 40  # how many of these a size to be chosen is worth
SLO_WORK = 4  # how much dearer a held answer time makes it
COLD_WORK = 6, Fraction(3, 5)  # of a level of traffic at which cold starts are modelled: by itself, and for each hour
LEVELS = 5, 120  # levels that a stop needs at most, and all stops of requests together
TIMES = 10  # how far the durations go from the scenario's own
NOBODY = 255
ABLE, INFEASIBLE, UNPRICED = 0, 1, 2  # what an option is: it may win, it breaks a limit, a price is missing


@dataclass(frozen=True)
class Slider:
    """The stops of one number of the scenario.

    Parameters:
    path : str - the number's path.
    values : tuple of Number - its stops, rising; the scenario's own is one of them.
    here : int - the place of the scenario's own.
    """

    path: str
    values: tuple[Number, ...]
    here: int


@dataclass(frozen=True, eq=False)
class Stops:
    """Every bill and every answer of a scenario at the stops of its sliders.

    Parameters:
    scenario : Scenario - what was asked; everything else stays as it has it.
    requests, duration, memory : Slider - traffic, duration as measured, and the size of the first Lambda option that
        has one; None without such an option. The duration is the one measured with `measured_memory_mb`: at
        another size Lambda takes as long as M3 says.
    place : int or None - which option the memory is of.
    labels : tuple - the options' labels at each stop of memory.
    usd_cents : tuple of arrays - for each option its bill as it is shown, or its known part where a price is missing;
        (memory, duration, requests), with one memory only for those that it does not touch. float64, whole. [cents]
    note : tuple of arrays - what there is to say of each of these bills: a place in `notes`.
    notes : tuple of (int, str) - ABLE, INFEASIBLE or UNPRICED, and words.
    winner : array (memory, duration, requests) - the place of the cheapest option, NOBODY where there is none.
    close : array of bool - whether that is too close to call.
    said : array - who is cheapest and by how much: a place in `phrases`.
    phrases : tuple of tuples of str - words around an amount of dollars and a share; around one, or none, where there
        are fewer words.
    apart_cents, share : arrays - that amount, and that share in tenths of a percent.
    wall_ms : list of lists - how long Lambda takes at each memory and duration; empty without `memory`. [ms]
    """

    scenario: Scenario
    requests: Slider
    duration: Slider
    memory: Slider | None
    place: int | None
    labels: tuple[tuple[str, ...], ...]
    usd_cents: tuple[np.ndarray, ...] = field(repr=False)
    note: tuple[np.ndarray, ...] = field(repr=False)
    notes: tuple[tuple[int, str], ...] = field(repr=False)
    winner: np.ndarray = field(repr=False)
    close: np.ndarray = field(repr=False)
    said: np.ndarray = field(repr=False)
    phrases: tuple[tuple[str, ...], ...] = field(repr=False)
    apart_cents: np.ndarray = field(repr=False)
    share: np.ndarray = field(repr=False)
    wall_ms: list[list[Number]] = field(repr=False)

    def at(self, memory: int, duration: int, requests: int) -> Scenario:
        """The scenario at a stop of each slider."""
        base = self.scenario if self.memory is None else _sized(self.scenario, self.memory, memory)
        return base.at(DURATION, self.duration.values[duration]).at(REQUESTS, self.requests.values[requests])


def stops(scenario: Scenario) -> Stops:
    """Work out a scenario at every stop of its sliders, exactly.

    Parameters:
    scenario : Scenario - the service, its traffic and the ways to run it.

    Returns: Stops. Requests go from end to end of the scenario's sweep, or from 10,000 to a billion where it varies
        another number; the duration from a tenth to ten times the scenario's own. Where sizes are left to be chosen
        or an answer time is held, or cold starts are modelled, there are fewer stops. A schedule of provisioned
        concurrency that is left to be chosen is that of the scenario's own numbers at every stop.
    """
    options = (settle(scenario, option) if option.is_scheduled else option for option in scenario.options)
    scenario = dataclasses.replace(scenario, options=tuple(options))
    place = next((n for n, o in enumerate(scenario.options) if o.has_memory_size and not o.is_choice), None)
    across, down, every = _grid(scenario, place)
    requests, duration = _requests(scenario, across), _durations(scenario, down)
    memory = None if place is None else _memory(scenario, f"options.{place}.memory_mb", MEMORY_MB[::every])
    sized = [scenario] if memory is None else [_sized(scenario, memory, n) for n in range(len(memory.values))]
    shape = (len(sized), len(duration.values), len(requests.values))
    own = [shape if n == place else (1, *shape[1:]) for n in range(len(scenario.options))]
    usd, note = [np.zeros(one) for one in own], [np.zeros(one, dtype=np.uint16) for one in own]
    winner, close = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=bool)
    phrase_index, apart, share = np.zeros(shape, dtype=np.uint16), np.zeros(shape), np.zeros(shape, dtype=np.uint16)
    notes: dict[tuple[int, str], int] = {}
    phrases: dict[tuple[str, ...], int] = {}
    wall: list[list[Number]] = [[Fraction(0)] * shape[1] for _ in sized if place is not None]
    for d, duration_ms in enumerate(duration.values):
        for r, requests_per_month in enumerate(requests.values):
            there = [one.at(DURATION, duration_ms).at(REQUESTS, requests_per_month) for one in sized]
            results = [None if n == place else billed(there[0], one) for n, one in enumerate(there[0].options)]
            for n, result in enumerate(results):
                if result is not None:
                    usd[n][0, d, r], verdict_index = _shown(result)
                    note[n][0, d, r] = notes.setdefault(verdict_index, len(notes))
            for m, asked in enumerate(there):
                if place is not None:
                    results[place] = result = billed(asked, asked.options[place])
                    usd[place][m, d, r], verdict_index = _shown(result)
                    note[place][m, d, r] = notes.setdefault(verdict_index, len(notes))
                    wall[m][d] = result.fleet.wall_ms
                comparison = Comparison(asked, tuple(result for result in results if result is not None))
                best = comparison.best
                winner[m, d, r] = NOBODY if best is None else comparison.options.index(best)
                close[m, d, r] = comparison.close
                phrase, apart[m, d, r], share[m, d, r] = _phrase(comparison)
                phrase_index[m, d, r] = phrases.setdefault(phrase, len(phrases))
    return Stops(
        scenario=scenario,
        requests=requests,
        duration=duration,
        memory=memory,
        place=place,
        labels=tuple(tuple(one.label or one.size_label for one in asked.options) for asked in sized),
        usd_cents=tuple(usd),
        note=tuple(note),
        notes=tuple(notes),
        winner=winner,
        close=close,
        said=phrase_index,
        phrases=tuple(phrases),
        apart_cents=apart,
        share=share,
        wall_ms=wall,
    )


def _shown(result: Result) -> tuple[int, tuple[int, str]]:
    """The bill as it is shown, in cents; what the option is, and what there is to say of it."""
    total = result.bill.total_usd
    usd = cents(result.bill.known_usd) if total is None else total
    broken: dict[bool, list[str]] = {True: [], False: []}
    for limit in result.violations:
        broken[limit.adjustable or limit.advisory].append(limit.limit)
    parts = [
        f"here {result.chosen}" if result.chosen else "",
        f"breaks a limit: {_list(broken[False])}" if broken[False] else "",
        "a price is missing, so it costs at least this" if total is None else "",
        f"beyond a quota: {_list(broken[True])}" if broken[True] else "",
    ]
    state = INFEASIBLE if not result.feasible else UNPRICED if total is None else ABLE
    return shown_units(usd), (state, "; ".join(part for part in parts if part))


def _list(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _phrase(comparison: Comparison) -> tuple[tuple[str, ...], int, int]:
    """The answer's words around its figures, and these: money in cents, and a share in tenths of a percent."""
    words = verdict(comparison)
    best, second = (None if one is None else one.bill.total_usd for one in (comparison.best, comparison.second))
    if best is not None and second is not None:
        apart, share = second - best, share_text(comparison.lead_fraction)
        before, amount, rest = words.partition(f"{money(apart)} ({share}")
        if amount:
            return (before, " (", rest), shown_units(apart), int(Fraction(share.removesuffix(" %")) * 10)
    elif comparison.blocked_by:
        known = comparison.blocked_by[0].bill.known_usd
        before, amount, rest = words.partition(money(known))
        if amount:
            return (before, rest), shown_units(known), 0
    return (words,), 0, 0


def _grid(scenario: Scenario, place: int | None) -> tuple[int, int, int]:
    """How many stops of requests and of duration can be worked out in about a minute, and which sizes of MEMORY_MB."""
    return next((grid for grid in GRIDS if _work(scenario, place, *grid) <= WORK), GRIDS[-1])


def _work(scenario: Scenario, place: int | None, across: int, down: int, every: int) -> Number:
    """How much work a grid is, in bills of an option of a given size."""
    workload, work = scenario.workload, Fraction(0)
    level = COLD_WORK[0] + COLD_WORK[1] * len(workload.traffic.weights)
    for n, option in enumerate(scenario.options):
        slow = SLO_WORK if option.is_choice and workload.slo is not None else 1
        sizes = len(MEMORY_MB[::every]) + 1 if n == place else 1
        work += across * down * sizes * (AUTO_WORK * slow if option.is_choice else 1)
        if option.starts_cold and workload.models_cold_starts:
            work += down * sizes * min(LEVELS[0] * across, LEVELS[1]) * level
    return work


def _requests(scenario: Scenario, count: int) -> Slider:
    (low, high), own = scenario.sweep.requests, int(scenario.workload.requests_per_month)
    return _slider(REQUESTS, _spread(min(low, own) or low or 1, max(high, own), count), own)


def _durations(scenario: Scenario, count: int) -> Slider:
    own = Fraction(scenario.workload.duration_ms)
    highest = scenario.axis(DURATION, DURATION).high or own
    values = _spread(own / TIMES, min(own * TIMES, highest), count)
    return _slider(DURATION, [ms for ms in values if not scenario.at(DURATION, Fraction(ms)).misfits()], own)


def _memory(scenario: Scenario, path: str, listed: Sequence[int]) -> Slider:
    """The sizes that go with the rest of the scenario: two options may not come out alike."""
    own = int(scenario.value_at(path))
    sizes = []
    for size in listed:
        with contextlib.suppress(InputError):
            scenario.with_values({path: size})
            sizes.append(size)
    return _slider(path, sizes, own)


def _sized(scenario: Scenario, memory: Slider, n: int) -> Scenario:
    return scenario if n == memory.here else scenario.with_values({memory.path: memory.values[n]})


def _slider(path: str, values: Iterable[Any], own: Any) -> Slider:
    stop_values = sorted({*values, own})
    return Slider(path, tuple(stop_values), stop_values.index(own))


def _spread(low: Number, high: Number, count: int) -> list[int]:
    """About so many whole numbers evenly spread over a range of a log scale, as round as they come."""
    wanted = [float(low) * (float(high) / float(low)) ** (n / (count - 1)) for n in range(count)]
    chosen: list[int] = []
    for digits in (2, 3, 6):
        chosen = sorted({round(float(f"{value:.{digits - 1}e}")) for value in wanted})
        if len(chosen) == count:
            break
    return [value for value in chosen if max(low, 1) <= value <= high]
