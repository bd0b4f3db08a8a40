"""Memory-size curve: cost and duration of a Lambda function from 128 to 10,240 MB."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lambdaplan.capacity.fleet import Fleet
from lambdaplan.capacity.limits import Limit
from lambdaplan.comparison.comparison import compare
from lambdaplan.comparison.month import ask_for_sizes, month, settle
from lambdaplan.comparison.result import Result
from lambdaplan.currency import code, in_its_currency
from lambdaplan.errors import InputError, Problem, problems_together
from lambdaplan.formatting import a_month, count, exact_value, figure, money, share_text
from lambdaplan.html_table import columns_and_cells, html_table
from lambdaplan.numbers import Column, Number, as_number, exceeds, known_values, whole_up
from lambdaplan.platforms import Option
from lambdaplan.pricing.bill import Amounts, amounts
from lambdaplan.scenario.scenario import Scenario
from lambdaplan.schema.fields import json_text, plain, rules, shown
from lambdaplan.schema.reading import read_number
from lambdaplan.workload.duration_accuracy import FEWEST, KNOTS, band, doubt, known_sizes, measured
from lambdaplan.workload.workload import MB_PER_VCPU, Workload

SMALLEST, LARGEST = 128, 10_240  # [MB]
# sizes that are listed where each is billed by itself [MB]
FEW = (128, 192, 256, 384, 512, 640, 768, 896, 1024, 1280, 1536, 1769, 2048, 2560, 3072, 4096, 5120, 7168, LARGEST)
USUAL = (128, 256, 512, 1024, 2048, 4096, 10_240)  # sizes of tables and ticks [MB]
STEP = 64  # between listed sizes where more memory answers no sooner [MB]
CURVE = ("memory_mb", "duration_ms", "duration_low_ms", "duration_high_ms", "usd", "usd_low", "usd_high")
CLEAR = 1e-9  # relative difference of two bills above which floats are not questioned


@dataclass(frozen=True)
class Barred:
    """A stretch of sizes that can't serve, or leave too little memory free to be chosen, and why. [MB]"""

    start: int
    stop: int
    why: tuple[str, ...]
    serves: bool = False

    @property
    def words(self) -> str:
        """What keeps them from being chosen, in two words."""
        return "too full" if self.serves else "can't serve"

    @property
    def sentence(self) -> str:
        """The same as a predicate."""
        return "are too full to be chosen" if self.serves else "can't serve"


@dataclass(frozen=True, repr=False)
class MemoryCurve:
    """One Lambda option at every memory size: its duration, its bill, and whether it serves.

    Parameters:
    scenario : Scenario - what was asked.
    place : int - which of its options it is.
    max_duration_ms : Number or None - the longest mean wall time that is wanted. [ms]
    memory_mb : array - sizes, 128 to 10,240: every one up to where more memory answers no sooner, from there every
        64 MB, and the first that holds the working set and a request. [MB]
    duration_ms, usd : arrays - mean wall time, and the whole bill of a month. float64, [ms], [USD]; a bill is
        NaN where a price is missing. Where a size can't serve, its bill stands all the same.
    duration_low_ms, duration_high_ms, usd_low, usd_high : arrays - the band in which eight in ten measured
        functions would be; NaN where too few were measured.
    functions : array - how many functions say so.
    able : array of bool - whether the size breaks no fixed limit and is as quick as wanted.
    roomy : array of bool - whether the scenario's `memory_headroom` of it stays free, so that it may be chosen.
    barred : tuple of Barred - the sizes that can't serve or be chosen, and why.
    measured_mb : tuple of int or float - sizes at which the reader measured. [MB]
    """

    scenario: Scenario
    place: int
    max_duration_ms: Fraction | None
    memory_mb: np.ndarray = field(repr=False)
    duration_ms: np.ndarray = field(repr=False)
    duration_low_ms: np.ndarray = field(repr=False)
    duration_high_ms: np.ndarray = field(repr=False)
    usd: np.ndarray = field(repr=False)
    usd_low: np.ndarray = field(repr=False)
    usd_high: np.ndarray = field(repr=False)
    functions: np.ndarray = field(repr=False)
    able: np.ndarray = field(repr=False)
    roomy: np.ndarray = field(repr=False)
    barred: tuple[Barred, ...] = field(repr=False)
    measured_mb: tuple[float, ...]

    @property
    def option(self) -> Option:
        """The option as the scenario has it."""
        return self.scenario.options[self.place]

    @property
    def label(self) -> str:
        """Name of the option."""
        return self.option.label or self.option.size_label

    @functools.cached_property
    def cheapest_mb(self) -> int | None:
        """The size with the least bill of all, whether it can serve or not; None where a price is missing."""
        return self._least(np.isfinite(self.usd))

    @functools.cached_property
    def chosen_mb(self) -> int | None:
        """The size with the least bill of those that can serve and leave `memory_headroom` free, as `auto` takes it.

        Of several the smallest; None where there is none. [MB]
        """
        return self._least(np.isfinite(self.usd) & self.able & self.roomy)

    @functools.cached_property
    def fastest_mb(self) -> int | None:
        """The fastest size of those to choose from, of several the smallest; None where there is none. [MB]"""
        return self._tuned.get("fastest")

    @functools.cached_property
    def balanced_mb(self) -> int | None:
        """The size that weighs the cost of duration and time alike, of those to choose from (`Option.tuned`). [MB]"""
        return self._tuned.get("balanced")

    @functools.cached_property
    def _tuned(self) -> dict[str, int | None]:
        """Sizes by what they are, of those that `auto` may take."""
        requests, longest = int(self.scenario.workload.requests_per_month), {"max_duration_ms": self.max_duration_ms}
        asked = dataclasses.replace(self.option.with_memory("auto"), **longest)  # type: ignore[arg-type]  # of functions
        sizes = asked.tuned(ask_for_sizes(self.scenario, requests, requests))
        return {name: size.function_mb for name, size in sizes.items()}

    @property
    def here_mb(self) -> int | None:
        """The size that the scenario names; None where it leaves it to be chosen."""
        return self.option.function_mb

    def _least(self, among: np.ndarray) -> int | None:
        places = np.flatnonzero(among)
        if not places.size:
            return None
        near = places[self.usd[places] <= self.usd[places].min() * (1 + CLEAR)]
        sizes = [int(size) for size in self.memory_mb[near]]
        return min(sizes, key=lambda size: (_exact_bill(self.scenario, self.option, size).known_usd, size))

    @functools.cached_property
    def close(self) -> tuple[int, int] | None:
        """The listed sizes around the chosen one that may be chosen and are too close to call; None without one."""
        if self.chosen_mb is None:
            return None
        place = self.row(self.chosen_mb)
        lead = (self.usd - self.usd[place]) / np.where(self.usd > 0, self.usd, 1)
        apart = np.flatnonzero(~(self.able & self.roomy & (lead < float(self.scenario.close_fraction))))
        first, last = apart[apart < place], apart[apart > place]
        low = int(first[-1]) + 1 if first.size else 0
        high = int(last[0]) - 1 if last.size else len(self.usd) - 1
        return int(self.memory_mb[low]), int(self.memory_mb[high])

    def row(self, memory_mb: float) -> int:
        """Where a size stands in the arrays, or else the next larger one."""
        return int(np.searchsorted(self.memory_mb, memory_mb))

    def at(self, memory_mb: int) -> Result:
        """The option with a size: its fleet, limits and bill, exactly."""
        options = list(self.scenario.options)
        named = self.option.label != self.option.size_label
        sized = self.option.with_memory(memory_mb)
        options[self.place] = sized if named else dataclasses.replace(sized, label=sized.size_label)
        alone = dataclasses.replace(self.scenario, options=(options[self.place],))
        return compare(alone).options[0]

    @functools.cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know before relying on the chosen size and on the scenario's own."""
        warnings = []
        for size in dict.fromkeys((self.chosen_mb, self.here_mb)):
            words = None if size is None else doubt(self.scenario.workload, size)
            if words is not None:
                warnings.append(f"{size:,} MB: {words}.")
        if self.chosen_mb is not None and self.max_duration_ms is not None:
            late = self.duration_high_ms[self.row(self.chosen_mb)].item()
            if late > self.max_duration_ms:
                warnings.append(
                    f"{self.chosen_mb:,} MB: at the upper edge of the band it takes {count(late, 3)} ms, longer "
                    f"than max_duration_ms = {figure(self.max_duration_ms)}."
                )
        return tuple(warnings)

    def document(self) -> dict[str, Any]:
        """The curve as `lambdaplan memory --json` prints it: sizes of the table, and every one in floats."""
        scenario, listed = self.scenario, sizes_of_table(self).items()
        columns = (*CURVE, "functions", "able", "roomy")
        return {
            "version": 1,
            "book": scenario.book.origin,
            "scenario": scenario.document(),
            "option": self.label,
            "max_duration_ms": plain(self.max_duration_ms),
            "chosen_mb": self.chosen_mb,
            "cheapest_mb": self.cheapest_mb,
            "balanced_mb": self.balanced_mb,
            "fastest_mb": self.fastest_mb,
            "here_mb": self.here_mb,
            "close_mb": None if self.close is None else list(self.close),
            "barred": [
                {"from_mb": one.start, "to_mb": one.stop, "serves": one.serves, "why": list(one.why)}
                for one in self.barred
            ],
            "sizes": [{"memory_mb": size, **self._size_document(size), "remarks": said} for size, said in listed],
            "curve": {name: known_values(getattr(self, name)) for name in columns},
            "warnings": list(self.warnings),
        }

    def _size_document(self, memory_mb: int) -> dict[str, Any]:
        """One size of the table: its bill exactly, its duration and the band."""
        row, bill = self.row(memory_mb), self.at(memory_mb).bill
        floats = {name: known_values(getattr(self, name)[row : row + 1])[0] for name in CURVE[1:] if name != "usd"}
        totals = {name: value for name, value in bill.totals().items() if name in ("total_usd", "exact_usd")}
        return {**floats, **totals, "able": bool(self.able[row]), "roomy": bool(self.roomy[row])}

    def to_json(self) -> str:
        """The document of :meth:`document` as JSON text."""
        return json_text(self)

    @in_its_currency
    def _repr_html_(self) -> str:
        """What is cheapest, and the table of sizes, as notebooks show them."""
        columns, cells = columns_and_cells(memory_rows(self))
        return html_table(columns, cells, f"{self.scenario.name}: {memory_finding(self)}", styled=True)

    def __repr__(self) -> str:
        return f"MemoryCurve({self.scenario.name!r}, {self.label!r}: {memory_finding(self)})"

    def to_frame(self) -> Any:
        """The curve as a pandas data frame, one row a size."""
        import pandas as pd

        why = np.full(len(self.memory_mb), "", dtype=object)
        for stretch in self.barred:
            why[self.row(stretch.start) : self.row(stretch.stop) + 1] = "; ".join(stretch.why)
        columns = {name: getattr(self, name) for name in (*CURVE, "functions", "able")}
        return pd.DataFrame({**columns, "roomy": self.roomy, "why_not": why})


def _exact_bill(scenario: Scenario, option: Option, memory_mb: int) -> Amounts:
    _, used = month(scenario, settle(scenario, option.with_memory(memory_mb)))
    return amounts(used)


def _bill_of(scenario: Scenario, option: Option, memory_mb: int, place: int, times: np.ndarray | None) -> float:
    """The bill of one size with durations as many times as long as its place says; NaN where there is none. [USD]"""
    there = scenario
    if times is not None:
        if np.isnan(times[place]):
            return math.nan
        # to four digits, as each duration has cold starts of its own
        there = dataclasses.replace(scenario, workload=_slowed(scenario.workload, Fraction(f"{times[place]:.4g}")))
    try:
        total = _exact_bill(there, option, memory_mb)
    except InputError:  # no schedule can be chosen
        return math.nan
    return math.nan if total.missing else float(total.known_usd)


def _chosen_from(scenario: Scenario, option: Option) -> set[int]:
    """The sizes that `memory_mb: auto` weighs."""
    requests = int(scenario.workload.requests_per_month)
    one = option.one_processor_each()[0].on_demand.with_memory("auto")
    return {size.function_mb or 0 for size in one.sizes(ask_for_sizes(scenario, requests, requests)) or ()}


def _fixed_limits(fleet: Fleet) -> list[Limit]:
    return [limit for limit in fleet.limits if not limit.adjustable and not limit.advisory]


def _broken(fleet: Fleet, longest: Fraction | None) -> list[Number]:
    """Whether each fixed limit is broken, and whether it takes longer than is wanted."""
    broken = [limit.broken for limit in _fixed_limits(fleet)]
    return broken if longest is None else [*broken, exceeds(fleet.wall_ms, longest)]


def _floats(value: Number, sizes: np.ndarray) -> np.ndarray:
    """A number for each size, as floats."""
    return np.asarray(value, dtype=float) + np.zeros(len(sizes))


def _slowed(workload: Workload, times: Number) -> Workload:
    """The workload with every duration so many times as long, computing and waiting alike."""
    return dataclasses.replace(
        workload,
        duration_ms=workload.duration_ms * times,
        cpu_ms=None if workload.cpu_ms is None else workload.cpu_ms * times,
        durations=tuple(dataclasses.replace(row, duration_ms=row.duration_ms * times) for row in workload.durations),
    )


def _bills(
    scenario: Scenario, option: Option, sizes: np.ndarray, times: np.ndarray | None = None, *, one_by_one: bool
) -> np.ndarray:
    """The option's bill at every size, with durations so many times as long; NaN where a price is missing. [USD]"""
    if one_by_one:
        return np.array([_bill_of(scenario, option, int(size), n, times) for n, size in enumerate(sizes)])
    slow = None if times is None else Column(np.where(np.isnan(times), 1, times))
    asked = scenario if slow is None else dataclasses.replace(scenario, workload=_slowed(scenario.workload, slow))
    _, used = month(asked, option.with_memory(Column(sizes, 1)))
    total = amounts(used)
    cost, lost = _floats(total.known_usd, sizes), _floats(total.missing, sizes)
    for place in np.flatnonzero(np.isnan(cost) | np.isnan(lost)):
        there = scenario
        if slow is not None:
            factor = Fraction(float(slow[place]))
            there = dataclasses.replace(scenario, workload=_slowed(scenario.workload, factor))
        total = _exact_bill(there, option, int(sizes[place]))
        cost[place], lost[place] = float(total.known_usd), bool(total.missing)
    cost[lost > 0] = np.nan
    return cost if times is None else np.where(np.isnan(times), np.nan, cost)


def memory_curve(scenario: Scenario, *, option: int | None = None, max_duration_ms: Any = None) -> MemoryCurve:
    """Bill one Lambda option of a scenario at every memory size, everything else as it is.

    Durations come from the reader's measured `workload.durations` or from the duration rule (M3). The band
    around them is where eight in ten of the measured functions of `data/durations` would be
    (:func:`lambdaplan.workload.duration_accuracy.band`), and the same band is billed.

    Parameters:
    scenario : Scenario - the service, and the ways to run it.
    option : int - which of its options, from 0; the first Lambda option by default.
    max_duration_ms : number - the longest mean wall time that is wanted; that of the option by default. [ms]

    Notes: where cold starts are modelled or environments kept ready, each size is billed by itself, so that there are
    fewer of them; a schedule that is left to be chosen is chosen for each, and one that can't be has no bill.

    Returns: MemoryCurve.
    Raises: InputError when there is no such Lambda option, or the number is out of range.

    Examples:
        >>> work = {"requests_per_month": 10**7, "duration_ms": 200, "busy_share": 0.3, "working_set_mb": 180}
        >>> options = [{"kind": "lambda", "memory_mb": 1024}]
        >>> asked = Scenario.from_dict({"version": 1, "name": "API", "workload": work, "options": options})
        >>> curve = memory_curve(asked, max_duration_ms=300)
        >>> curve.cheapest_mb, curve.chosen_mb, round(curve.duration_ms[curve.row(curve.chosen_mb)])
        (128, 384, 300)
    """
    place = function_place(scenario, option)
    chosen = scenario.options[place]
    one_by_one = scenario.follows_week(place, f"options.{place}.memory_mb") and scenario.bends_at_knots
    own = scenario.value_at(f"options.{place}.max_duration_ms")
    longest = own if max_duration_ms is None else _longest(max_duration_ms, chosen)
    sizes = _sizes(scenario.workload, chosen, scenario.memory_headroom)
    if one_by_one:
        own = [] if chosen.function_mb is None else [chosen.function_mb]
        listed = {*FEW, *own, *_chosen_from(scenario, chosen)}
        sizes = np.array([size for size in sizes if size in listed or size - sizes[0] == 0])
    # walls and limits do not depend on cold starts, but for longer first runs, nor on what is kept ready
    bare = dataclasses.replace(scenario, workload=dataclasses.replace(scenario.workload, init_ms=None, runtime=None))
    fleet, _ = month(bare, chosen.on_demand.with_memory(Column(sizes, 1)))
    wall = _floats(fleet.wall_ms, sizes)
    broken = np.array([_floats(flags, sizes) for flags in _broken(fleet, longest)])
    for where in np.flatnonzero(np.isnan(broken).any(axis=0)):
        exact_fleet, _ = month(bare, chosen.on_demand.with_memory(int(sizes[where])))
        broken[:, where] = _broken(exact_fleet, longest)
    why = [_why(limit) for limit in _fixed_limits(fleet)]
    if longest is not None:
        why.append(f"it takes longer than max_duration_ms = {figure(longest)}")
    full = np.array([_too_full(scenario, int(size)) for size in sizes])
    room = f"less than memory_headroom = {figure(scenario.memory_headroom)} of it stays free"
    sure = band(scenario.workload, sizes)
    return MemoryCurve(
        scenario=scenario,
        place=place,
        max_duration_ms=longest,
        memory_mb=sizes,
        duration_ms=wall,
        duration_low_ms=wall * sure.low,
        duration_high_ms=wall * sure.high,
        usd=_bills(scenario, chosen, sizes, one_by_one=one_by_one),
        usd_low=_bills(scenario, chosen, sizes, sure.low, one_by_one=one_by_one),
        usd_high=_bills(scenario, chosen, sizes, sure.high, one_by_one=one_by_one),
        functions=sure.functions,
        able=np.logical_not((broken > 0).any(axis=0)),
        roomy=~full,
        barred=_stretches(sizes, broken > 0, why, full, room),
        measured_mb=known_sizes(scenario.workload),
    )


def _too_full(scenario: Scenario, memory_mb: int) -> bool:
    """Whether a size leaves less memory free than one that is chosen has to."""
    need_mb = scenario.workload.working_set_mb + scenario.workload.request_mb
    return bool(need_mb > memory_mb * (1 - scenario.memory_headroom))


def _sizes(workload: Workload, option: Option, headroom: Number) -> np.ndarray:
    """Every size up to where more memory answers no sooner, from there some, and those at which something changes."""
    enough = max([workload.cpu_threads * MB_PER_VCPU, *(row.memory_mb for row in workload.durations)])
    enough = min(int(whole_up(enough)), LARGEST)
    need = int(whole_up(workload.working_set_mb + workload.request_mb))
    own = [] if option.function_mb is None else [option.function_mb]
    roomy = int(whole_up((workload.working_set_mb + workload.request_mb) / (1 - headroom)))
    more = [*range(enough, LARGEST, STEP), LARGEST, *map(int, KNOTS), need - 1, need, roomy - 1, roomy, *own]
    return np.unique([*range(SMALLEST, enough), *(size for size in more if SMALLEST <= size <= LARGEST)])


def function_place(scenario: Scenario, option: Any) -> int:
    """The place of a Lambda option of a scenario: the one asked for, or the first.

    Raises: InputError where there is none.
    """
    places = [n for n, one in enumerate(scenario.options) if one.has_memory_size]
    if not places:
        kinds = ", ".join(dict.fromkeys(one.kind for one in scenario.options))
        fix = 'Try {"kind": "lambda", "memory_mb": 1024}.'
        raise InputError(Problem("missing", "options", kinds, "one option of kind lambda", fix))
    if option is None:
        return places[0]
    if isinstance(option, bool) or not isinstance(option, int) or option not in places:
        words = f"the place of a Lambda option: {', '.join(map(str, places))}"
        raise InputError(Problem("choice", "option", shown(option), words))
    return option


def _longest(value: Any, option: Option) -> Fraction:
    with problems_together() as problems:
        longest = read_number(value, rules(type(option))["max_duration_ms"], "max_duration_ms", problems)
    return Fraction(longest)


def _why(limit: Limit) -> str:
    """A broken limit in words, with what is asked for or allowed, whichever does not depend on the size."""
    if not isinstance(limit.value, np.ndarray):
        return f"{limit.limit}: {figure(limit.value)} {limit.unit}"
    return f"{limit.limit}: at most {figure(limit.allowed)} {limit.unit}"


def _stretches(
    sizes: np.ndarray, broken: np.ndarray, why: Sequence[str], full: np.ndarray, room: str
) -> tuple[Barred, ...]:
    """Neighbouring sizes that break the same limits, together, and those that break none but are too full."""
    stretches = []
    reasons = np.vstack([broken, full & ~broken.any(axis=0)])
    for kinds, group in itertools.groupby(range(broken.shape[1]), key=lambda n: tuple(reasons[:, n].tolist())):
        places = list(group)
        if any(kinds):
            words = dict.fromkeys(words for words, counts in zip([*why, room], kinds, strict=True) if counts)
            stretches.append(Barred(int(sizes[places[0]]), int(sizes[places[-1]]), tuple(words), bool(kinds[-1])))
    return tuple(stretches)


# in words


def memory_finding(curve: MemoryCurve) -> str:
    """Which memory size is cheapest and serves, what a near one would give, in a sentence."""
    if np.isnan(curve.usd).all():
        return "No memory size has a whole bill: a price is missing"
    chosen = curve.chosen_mb
    if chosen is None:
        room = share_text(curve.scenario.memory_headroom)
        return f"No memory size leaves {room} of it free" if curve.able.any() else "No memory size can serve this"
    sentence = f"{mb_words(chosen)} is the cheapest memory that serves"
    close = curve.close
    if close is None or curve.duration_ms[curve.row(close[1])] >= 0.9 * curve.duration_ms[curve.row(chosen)]:
        return sentence
    below, there, here = share_text(curve.scenario.close_fraction), _ms(curve, close[1]), _ms(curve, chosen)
    return f"{sentence}; {mb_words(close[1])} costs less than {below} more and takes {there}, not {here}"


def band_words(curve: MemoryCurve) -> str:
    """What the band is, from what was measured."""
    sizes = curve.measured_mb
    several = f"{len(sizes)} sizes from {exact_value(as_number(sizes[0]))} to {mb_words(sizes[-1])}"
    known = several if len(sizes) > 1 else mb_words(sizes[0])
    gaps = np.isnan(curve.duration_low_ms).any()
    words = (
        f"Durations follow from those measured at {known}. The band is where eight in ten of {len(measured())} measured"
        " functions would be"
    )
    return f"{words}; it is left out where fewer than {FEWEST} of them say." if gaps else f"{words}."


def _money(usd: Any) -> str:
    return money(Fraction(usd))


@in_its_currency
def memory_rows(curve: MemoryCurve) -> list[dict[str, str]]:
    """The usual sizes and those that matter: duration and bill with their bands, and what there is to say."""
    rows = []
    for size, remarks in sizes_of_table(curve).items():
        n, bill = curve.row(size), curve.at(size).bill
        rows.append(
            {
                "memory (MB)": exact_value(size),
                "duration (ms)": digits(curve.duration_ms[n]),
                "eight in ten, ms": between(curve.duration_low_ms[n], curve.duration_high_ms[n], digits),
                a_month(): "unknown" if bill.total_usd is None else money(bill.total_usd),
                f"eight in ten, {code()}": between(
                    curve.usd_low[n], curve.usd_high[n], lambda usd: money(Fraction(usd))
                ),
                "remarks": "; ".join(remarks),
            }
        )
    return rows


def sizes_of_table(curve: MemoryCurve) -> dict[int, list[str]]:
    """The usual sizes and those that matter, with what there is to say of each, and why it can't be chosen. [MB]"""
    remarks, sizes = remarks_of(curve), {}
    for size in sorted({*USUAL, *remarks}):
        if curve.memory_mb[curve.row(size)] == size:
            among = [stretch for stretch in curve.barred if stretch.start <= size <= stretch.stop]
            why, barred = (among[0].why, among[0].words) if among else ((), "")
            sizes[size] = [*remarks.get(size, ()), *(f"{barred}: {words}" for words in why)]
    return sizes


def remarks_of(curve: MemoryCurve) -> dict[int, list[str]]:
    """What is to be said of which size."""
    remarks: dict[int, list[str]] = {}
    chosen, cheapest, close = curve.chosen_mb, curve.cheapest_mb, curve.close
    for size, words in (
        (chosen, "cheapest" if chosen == cheapest else "cheapest that serves"),
        (cheapest if cheapest != chosen else None, "cheapest of all"),
        (curve.balanced_mb, "balanced"),
        (curve.fastest_mb, "fastest"),
        (close[1] if close is not None and close[1] != chosen else None, "up to here too close to call"),
        (curve.here_mb, "you are here"),
        *((int(size), "measured") for size in curve.measured_mb if float(size).is_integer()),
        (MB_PER_VCPU, "one vCPU"),
    ):
        if size is not None:
            remarks.setdefault(size, []).append(words)
    return remarks


def mb_words(size: float) -> str:
    """A size in words."""
    return f"{exact_value(as_number(size))} MB"


def _ms(curve: MemoryCurve, size: int) -> str:
    return f"{digits(curve.duration_ms[curve.row(size)])} ms"


def digits(value: float) -> str:
    """A number with three digits."""
    return count(value, 3)


def between(low: float, high: float, words: Callable[[float], str]) -> str:
    """Both edges of a band in words; that it was measured where they are one, nothing where there is none."""
    if low == high:
        return "measured"
    return "" if np.isnan(low) or np.isnan(high) else f"{words(float(low))} to {words(float(high))}"
