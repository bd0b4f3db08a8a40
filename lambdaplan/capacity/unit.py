"""Capacity of one unit (M5): CPU, slots and memory."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction

from lambdaplan.capacity.limits import Limit, kept_free_words
from lambdaplan.kept import kept_last
from lambdaplan.numbers import Number, either, larger, on_sweep, smaller, whole_down
from lambdaplan.queueing.fleet_queue import ServingUnit
from lambdaplan.units import MS_PER_SECOND
from lambdaplan.workload.workload import Workload, in_flight


def unit_limit(words: str, needed: Number, allowed: Number, unit: Unit) -> Limit:
    """Whether a fleet keeps to a number of units that the scenario gives."""
    return Limit(f"{words} ({unit.name})", needed, allowed, "units", False, "the scenario", whole=True)


@dataclass(frozen=True)
class Unit:
    """One machine or task: what it has, and what of it may be used.

    `speed` is the speed of its vCPU against the one that the workload was measured on. One on `standard` CPU credits
    may use `earned_vcpu` of its vCPU for good, and all of it while credits last; it is `always_earned` where each hour
    is to do without credits of others. Where processes run in environments of a
    given size, `environment_mb` is that, and `requests_at_once` how many requests one of them takes, at most
    `most_at_once`; each has a whole vCPU at least. `given_processes` is how many processes, or environments, the
    scenario says that it runs; None for as many as M5 gives. `headroom` is the share of its memory that stays free,
    where its size is chosen.
    """

    name: str
    vcpu: Number
    memory_mb: Number
    reserved_mb: Number = Fraction(0)
    speed: Number = Fraction(1)
    environment_mb: Number = None
    requests_at_once: Number = None
    most_at_once: Number = None
    given_processes: Number = None
    earned_vcpu: Fraction | None = None
    always_earned: bool = False
    headroom: Number = Fraction(0)

    @functools.cached_property
    def usable_mb(self) -> Number:
        """Memory for processes and requests. [MB]"""
        return self.memory_mb * (1 - self.headroom) - self.reserved_mb

    def process_slots(self, workload: Workload) -> Number:
        """Requests that one process takes at once."""
        slots = workload.concurrency_per_process if self.requests_at_once is None else self.requests_at_once
        return slots if self.most_at_once is None else smaller(slots, self.most_at_once)


@dataclass(frozen=True)
class Carrying:
    """What one unit carries at some utilisation, as units needed for each request per second.

    The three needs are reciprocal to what CPU, slots and memory allow; the largest of them binds.
    """

    cpu: Number
    slots: Number
    memory: Number

    def at(self, utilisation: Number) -> Carrying:
        """From full use to some utilisation; memory is as large at any."""
        return Carrying(self.cpu / utilisation, self.slots / utilisation, self.memory)

    @functools.cached_property
    def units_per_rps(self) -> Number:
        """Units that one request per second needs; a part of one, usually. [s]"""
        return larger(larger(self.cpu, self.slots), self.memory)

    @property
    def bound_by(self) -> str:
        """Which of cpu, slots and memory binds (at a point)."""
        needs = {"cpu": self.cpu, "slots": self.slots, "memory": self.memory}
        return max(needs, key=lambda name: needs[name])


@kept_last
def processes(unit: Unit, workload: Workload) -> Number:
    """Processes on one unit: one a whole vCPU, at least one, never more than memory holds (M5).

    A number that the scenario gives is taken as it is; :func:`fits` says whether memory holds them.

    Examples:
        >>> work = Workload(requests_per_month=1, duration_ms=Fraction(200), working_set_mb=Fraction(300))
        >>> processes(Unit("task", Fraction(4), Fraction(1024)), work)  # four vCPU, memory for three
        3
    """
    if unit.given_processes is not None:
        return unit.given_processes
    each_mb = workload.working_set_mb if unit.environment_mb is None else unit.environment_mb
    by_memory = whole_down(unit.usable_mb / each_mb)
    return larger(smaller(larger(whole_down(unit.vcpu), 1), by_memory), 0)


@kept_last
def memory_for_requests_mb(unit: Unit, workload: Workload) -> Number:
    """Memory left for requests in flight beside the processes; of environments what is in them. [MB]"""
    held = processes(unit, workload)
    if unit.environment_mb is not None:
        return held * (unit.environment_mb - workload.working_set_mb)
    return unit.usable_mb - held * workload.working_set_mb


@kept_last
def carrying(unit: Unit, workload: Workload) -> Carrying:
    """What one unit carries at full use; `at` tells it for a utilisation (M5).

    CPU: vcpu x speed x utilisation x 1000 / cpu_ms requests a second. Slots: processes x concurrency_per_process x
    utilisation / wall time. Memory: what is left beside the processes / request_mb / wall time, whatever the
    utilisation.

    Notes: a unit that can't hold one process, or has no memory for one request beside it, is
    reported by :func:`fits`; its needs are then those of one process.
    """
    open_s = in_flight(1, workload.wall_ms(unit.vcpu, unit.speed))
    cpu = workload.cpu_per_request_ms / (unit.vcpu * unit.speed * MS_PER_SECOND)
    held = processes(unit, workload)
    slots = open_s / (larger(held, 1) * unit.process_slots(workload))
    left = memory_for_requests_mb(unit, workload)
    usable = left > 0
    memory = either(usable, open_s * workload.request_mb / either(usable, left, 1), 0)
    return Carrying(cpu, slots, memory)


def fits(unit: Unit, workload: Workload) -> tuple[Limit, ...]:
    """Whether a unit holds its processes, at least one, and a request beside them (M5).

    Of environments each holds a working set and a request; as many as the scenario gives share memory and vCPUs.
    """
    free = kept_free_words(unit.headroom)
    source, given = "rule: a unit that can't hold one process and one request carries nothing", unit.given_processes
    if unit.environment_mb is None:
        held = larger(processes(unit, workload), 1) * workload.working_set_mb + workload.request_mb
        whose = "its processes" if given is None else "as many processes as `processes` says"
        words = f"memory of one {unit.name} for {whose} and one request{free}"
        return (Limit(words, held, unit.usable_mb, "MB", False, source),)
    need_mb = workload.working_set_mb + workload.request_mb
    words = "memory of an environment for its working set and one request"
    inside = Limit(words, need_mb, unit.environment_mb, "MB", False, source)
    if given is None and _is_one_environment(unit):
        return (inside,)
    several = "an environment" if given is None else "as many environments as `processes` says"
    held_mb = larger(processes(unit, workload), 1) * unit.environment_mb
    words = f"memory of one {unit.name} for {several}{free}"
    together = Limit(words, held_mb, unit.usable_mb, "MB", False, "the scenario")
    if given is None:
        return (inside, together)
    words = f"vCPUs of one {unit.name} for {several}, one each"
    return (inside, together, Limit(words, given, unit.vcpu, "vCPU", False, "the scenario"))


def _is_one_environment(unit: Unit) -> bool:
    """Whether all of a unit's memory is that of one environment, with nothing reserved and nothing kept free."""
    kept = (unit.reserved_mb, unit.headroom)
    return bool(unit.environment_mb == unit.memory_mb and not any(on_sweep(share) or share for share in kept))


def too_small(unit: Unit, workload: Workload) -> Number:
    """Whether a unit breaks one of the limits of :func:`fits`."""
    return functools.reduce(larger, (limit.broken for limit in fits(unit, workload)))


@kept_last
def serving(unit: Unit, workload: Workload) -> ServingUnit:
    """One unit as a queue sees it: its slots, and the CPU that their requests share."""
    held = int(larger(processes(unit, workload), 1))
    slots = held * int(unit.process_slots(workload))
    left = memory_for_requests_mb(unit, workload)
    if workload.request_mb:
        slots = max(min(slots, int(left // workload.request_mb)), 1)
    cpu_s = workload.cpu_per_request_ms / Fraction(MS_PER_SECOND)
    power = unit.vcpu * unit.speed
    return ServingUnit(
        slots=slots,
        slots_per_process=max(slots / held, 1),
        wall_s=float(workload.wall_ms(unit.vcpu, unit.speed) / Fraction(MS_PER_SECOND)),
        computing_s=float(workload.busy_ms(unit.vcpu, unit.speed) / Fraction(MS_PER_SECOND)),
        full_rps=float(power / cpu_s) if cpu_s else float("inf"),
    )
