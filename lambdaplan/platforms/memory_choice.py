"""Memory of a function left to be chosen: the sizes worth billing, the fastest and the balanced one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from lambdaplan.coldstart.month import initialisation_ms, lambda_billing
from lambdaplan.numbers import Column, Number, exceeds, larger, on_sweep, smaller, whole_up
from lambdaplan.platforms.lambda_usage import billed_ms
from lambdaplan.platforms.processor import ANY
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.workload.workload import MB_PER_VCPU, Workload

if TYPE_CHECKING:
    from lambdaplan.platforms.lambda_ import Lambda
    from lambdaplan.platforms.option import Ask, Option

SMALLEST_MB, LARGEST_MB = 128, 10_240
NEAR = 1e-12  # relative difference of two floats up to which fractions decide


@dataclass(frozen=True)
class Candidates:
    """Memory sizes that break no limit and are quick enough, smallest first, up to where more answers no sooner.

    Parameters:
    memory_mb, billed_ms : array of int - sizes, and what a warm request is billed. [MB, ms]
    low_usd : array - the known part of the bill at the fewest requests asked for. [USD]
    """

    memory_mb: np.ndarray
    billed_ms: np.ndarray
    low_usd: np.ndarray


def _candidates(function: Lambda, ask: Ask) -> Candidates:
    """The sizes to choose from; `memory_headroom` of each stays free."""
    work, book = ask.workload, ask.book
    need_mb = (work.working_set_mb + work.request_mb) / (1 - ask.memory_headroom)
    low_mb = int(whole_up(larger(need_mb, SMALLEST_MB)))
    # with the vCPU that a request can use, or beyond what was measured, more memory answers no sooner
    enough = max([work.cpu_threads * MB_PER_VCPU, *(row.memory_mb for row in work.durations)])
    sizes = np.arange(low_mb, max(min(int(-(-enough // 1)), LARGEST_MB), low_mb) + 1)
    sizes = sizes[sizes <= LARGEST_MB]
    longest = function.max_duration_ms
    wall = work.call_ms(Column(sizes, 1))
    late = np.zeros(len(sizes)) if longest is None else np.array(exceeds(wall, longest))
    billed = np.array(billed_ms(wall, book))
    priced, bare = (ask.warm, function.on_demand) if follows_week(function, work) else (ask.cost, function)
    at_low = np.array(priced(bare.with_memory(Column(sizes, 1)), ask.low), dtype=float) + np.zeros(len(sizes))
    for place in np.flatnonzero(np.isnan(late) | np.isnan(billed) | np.isnan(at_low)):
        size = int(sizes[place])
        exactly = work.call_ms(size)
        billed[place] = billed_ms(exactly, book)
        late[place] = longest is not None and exactly > longest
        at_low[place] = priced(bare.with_memory(size), ask.low)
    able = (late == 0) & np.isfinite(at_low)
    return Candidates(sizes[able], billed[able], at_low[able])


def worth_billing(function: Lambda, ask: Ask) -> Sequence[Lambda]:
    """The memory sizes worth billing, of those that break no fixed limit.

    Duration costs in proportion to memory x billed milliseconds, whatever the number of requests:
    the size with the least of it is the cheapest, the smallest such where several have it. So it is with the share
    of cold requests that a scenario gives, and the milliseconds that they are billed more. Behind a
    load balancer, or with storage above 512 MB, answering sooner saves too; then a size is left out
    where its bill at the low end is above the least bill at the high end, as bills never fall.

    Where cold starts are modelled, or environments kept ready, the sizes are those of :func:`_least_with_cold`.
    """
    some = _candidates(function, ask)
    if not some.memory_mb.size:
        return (_sized(function, LARGEST_MB, ask),)
    if follows_week(function, ask.workload):
        return [_sized(function, size, ask) for size in _least_with_cold(function, some, ask)]
    if not function.sizes_vary:
        return (_sized(function, int(some.memory_mb[_least_duration(function, some, ask)]), ask),)
    at_high = some.low_usd
    if ask.high != ask.low:
        weighed = function.with_memory(Column(some.memory_mb, 1))
        at_high = np.array(ask.cost(weighed, ask.high), dtype=float)
    near = ~(some.low_usd > np.nanmin(at_high, initial=np.inf) * (1 + 1e-9))
    return [_sized(function, int(size), ask) for size in some.memory_mb[near]]


def tuned(function: Lambda, ask: Ask) -> Mapping[str, Lambda]:
    """The fastest size, the smallest such, and the balanced one; nothing where none serves.

    The balanced size has the least sum of cost over the largest cost and time over the longest time, of sizes up to the
    fastest; cost is that of duration alone, memory x billed milliseconds, and cold requests where their share is given.

    References: AWS Lambda Power Tuning, alexcasalboni/aws-lambda-power-tuning, strategy "balanced" with its weight of
    0.5, README-ADVANCED.md.
    """
    some = _candidates(function, ask)
    if not some.memory_mb.size:
        return {}
    work, more = ask.workload, _cold_ms(function, ask.workload, ask.book)
    sizes = [int(size) for size in some.memory_mb]
    cost = [size * (int(ms) + more(size)) for size, ms in zip(sizes, some.billed_ms, strict=True)]
    fastest, balanced = fastest_and_balanced(cost, [work.call_ms(size) for size in sizes])
    return {name: _sized(function, sizes[place], ask) for name, place in (("fastest", fastest), ("balanced", balanced))}


def fastest_and_balanced(cost: Sequence[Number], ms: Sequence[Number]) -> tuple[int, int]:
    """The places of the fastest and the balanced of some sizes, smallest first: :func:`tuned`."""
    fastest = min(range(len(ms)), key=lambda place: (ms[place], place))
    most, longest = max(cost[: fastest + 1]), max(ms[: fastest + 1])

    def weighed(place: int) -> Number:
        return cost[place] / Fraction(most) + ms[place] / Fraction(longest)

    return fastest, min(range(fastest + 1), key=lambda place: (weighed(place), place))


def sized_as(function: Lambda, size: Option, ask: Ask) -> Lambda | None:
    """A function with the memory of another; None where it is not known whether that might be chosen for it."""
    if not function.is_choice or size.function_mb is None:
        return None
    if function.architecture == ANY or function.is_provisioned or function.max_duration_ms is not None:
        return None
    return _sized(function, size.function_mb, ask)


def with_room(function: Lambda, work: Workload, headroom: Number) -> Lambda:
    """A function with as much more memory as columns of a workload need; itself where no memory varies.

    The share that stays free is 1 / 10^9 less, so that what is just enough is never in doubt.
    """
    need_mb = (work.working_set_mb + work.request_mb) / (1 - headroom)
    if not on_sweep(need_mb) or function.is_choice:
        return function
    fits = smaller(larger(whole_up(need_mb), function.memory_mb), LARGEST_MB)
    return dataclasses.replace(function.with_memory(fits), headroom=headroom - Fraction(1, 10**9))


def _sized(function: Lambda, memory_mb: int, ask: Ask) -> Lambda:
    """The function with a memory that is chosen, of which `memory_headroom` stays free."""
    return dataclasses.replace(function.with_memory(memory_mb), headroom=ask.memory_headroom)


def _least_duration(function: Lambda, some: Candidates, ask: Ask) -> int:
    """The place of the size that costs least in duration."""
    more = _cold_ms(function, ask.workload, ask.book)
    rows = zip(map(int, some.memory_mb), some.billed_ms, strict=True)
    each = [(size * (int(ms) + more(size)), place) for place, (size, ms) in enumerate(rows)]
    return min(each)[1]


def follows_week(function: Lambda, workload: Workload) -> bool:
    """Whether a size costs more than its duration: cold starts of a model, what is kept ready, snapshots."""
    kept = function.snapstart is not None and workload.counts_cold_starts
    return workload.models_cold_starts or function.is_provisioned or kept


def _least_with_cold(function: Lambda, some: Candidates, ask: Ask) -> list[int]:
    """The sizes of which each costs least in duration at some share of cold requests, the fewest first. [MB]

    Cost at a share is memory x (billed time + share x time that a cold request is billed more), so these are the
    corners of a lower hull, found in fractions. Beside environments kept ready, or snapshots, whose cost is in
    proportion to memory, it is that of any weight of memory. How often a size is cold itself is left to its bill: a
    size that is on no corner may be the cheapest by a little.
    """
    work, init_ms = ask.workload, Fraction(0)
    kept = function.is_provisioned or function.snapstart is not None
    if not kept and ask.book.as_of >= lambda_billing("init_billed_since"):
        init_ms = Fraction(initialisation_ms(work, function.architecture))

    def more(size: int) -> Fraction:
        return size * (Fraction(1) if kept else init_ms + work.first_run_more_ms(size))

    sizes = [int(size) for size in some.memory_mb]
    cost = {size: size * int(ms) for size, ms in zip(sizes, some.billed_ms, strict=True)}
    weight = {size: more(size) for size in sizes}
    corner, corners, share = min(sizes, key=lambda size: (cost[size], weight[size], size)), [], Fraction(0)
    while True:
        corners.append(corner)
        steps = [
            ((cost[size] - cost[corner]) / (weight[corner] - weight[size]), weight[size], size)
            for size in sizes
            if weight[size] < weight[corner]
        ]
        if not steps:
            return sorted(corners)
        share, _, corner = min(steps)
        if share > 1 and not kept:
            return sorted(corners)


def _cold_ms(function: Lambda, workload: Workload, book: PriceBook) -> Callable[[int], Fraction]:
    """What cold starts add to the billed time of a mean request, by memory, where their share is given. [ms]"""
    if workload.cold_fraction is None:
        return lambda _: Fraction(0)
    share, init_ms = Fraction(workload.cold_fraction), Fraction(0)
    if function.snapstart is None and book.as_of >= lambda_billing("init_billed_since"):
        init_ms = initialisation_ms(workload, function.architecture)
    return lambda memory_mb: share * (init_ms + workload.first_run_more_ms(memory_mb))
