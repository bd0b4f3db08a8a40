"""Tasks on instances: how few hold them all, by CPU and by memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tasks:
    """Tasks of the same size.

    Parameters:
    count : int
    cpu, memory : int - what each takes, in whole parts of any unit; at most what an instance has.
    """

    count: int
    cpu: int
    memory: int


@dataclass(frozen=True)
class Bins:
    """How many instances hold tasks.

    Parameters:
    used : int - so many do: a packing was found.
    least : int - fewer never do.
    """

    used: int
    least: int


def packed_bins(tasks: Sequence[Tasks], cpu: int, memory: int) -> Bins:
    """Pack tasks onto instances: first fit in four orders, the best of them, with a bound that no packing is below.

    Each task goes onto the first instance that has CPU and memory left for it; the largest come first, by the larger of
    its two shares of an instance, by their sum, by CPU and by memory. No packing does with fewer instances than the CPU
    or the memory of all tasks comes to, or than there are tasks of which no two fit together.

    Parameters:
    tasks : sequence of Tasks
    cpu, memory : int - of one instance, in the same parts.

    References: first fit decreasing and bounds for vector packing: Caprara and Toth, "Lower bounds and algorithms for
    the 2-dimensional vector packing problem", Discrete Applied Mathematics 111, 2001, sections 2 and 4.

    Examples:
        >>> packed_bins([Tasks(2, 6, 1), Tasks(2, 4, 9)], 10, 10)
        Bins(used=2, least=2)
    """
    some = [one for one in tasks if one.count > 0]
    if not some:
        return Bins(0, 0)
    least = max(
        -(-sum(one.count * one.cpu for one in some) // cpu),
        -(-sum(one.count * one.memory for one in some) // memory),
        sum(one.count for one in some if 2 * one.cpu > cpu),
        sum(one.count for one in some if 2 * one.memory > memory),
        1,
    )
    best = 0
    for order in (_larger, _both, _cpu, _memory):
        found = _first_fit(sorted(some, key=lambda one: order(one, cpu, memory), reverse=True), cpu, memory)
        best = found if not best else min(best, found)
        if best == least:
            break
    return Bins(best, least)


def _larger(one: Tasks, cpu: int, memory: int) -> tuple[int, int]:
    shares = one.cpu * memory, one.memory * cpu
    return max(shares), min(shares)


def _both(one: Tasks, cpu: int, memory: int) -> tuple[int, int]:
    return one.cpu * memory + one.memory * cpu, one.cpu


def _cpu(one: Tasks, cpu: int, memory: int) -> tuple[int, int]:
    return one.cpu, one.memory


def _memory(one: Tasks, cpu: int, memory: int) -> tuple[int, int]:
    return one.memory, one.cpu


def _first_fit(tasks: Sequence[Tasks], cpu: int, memory: int) -> int:
    """The instances that first fit opens, with tasks in this order."""
    free = np.zeros((2, 64), dtype=np.int64)
    opened = 0
    for one in tasks:
        left = one.count
        if opened:
            fit = _fitting(free[:, :opened], one)
            before = np.cumsum(fit) - fit
            takes = np.clip(left - before, 0, fit)
            free[0, :opened] -= takes * one.cpu
            free[1, :opened] -= takes * one.memory
            left -= int(takes.sum())
        if not left:
            continue
        each = int(_fitting(np.array([[cpu], [memory]]), one)[0])
        more = -(-left // each)
        while opened + more > free.shape[1]:
            free = np.concatenate([free, np.zeros_like(free)], axis=1)
        takes = np.full(more, each, dtype=np.int64)
        takes[-1] = left - each * (more - 1)
        free[0, opened : opened + more] = cpu - takes * one.cpu
        free[1, opened : opened + more] = memory - takes * one.memory
        opened += more
    return opened


def _fitting(free: np.ndarray, one: Tasks) -> np.ndarray:
    """How many tasks of a size fit into what each instance has left."""
    most = np.full(free.shape[1], one.count, dtype=np.int64)
    for left, size in zip(free, (one.cpu, one.memory), strict=True):
        if size:
            most = np.minimum(most, left // size)
    return most
