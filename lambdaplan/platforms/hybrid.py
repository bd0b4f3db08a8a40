"""Hybrid: a fixed base fleet for the load up to a level, Lambda for the rest."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from lambdaplan.capacity.fleet import (
    Fleet,
    Parts,
    carried_peak,
    count_edges,
    earned_rps,
    hour_of,
    rps_by_weight,
    standing_units,
    step_edges,
    units_for,
)
from lambdaplan.capacity.service_level import answer_ms, in_time
from lambdaplan.capacity.sustained_fleet import standing_fleet
from lambdaplan.capacity.unit import Unit, fits, unit_limit
from lambdaplan.errors import Problem
from lambdaplan.numbers import Column, Number, either, larger, on_sweep, smaller, whole_up
from lambdaplan.platforms.ec2 import Ec2
from lambdaplan.platforms.ecs_managed_instances import EcsManagedInstances
from lambdaplan.platforms.fargate import Fargate
from lambdaplan.platforms.fleet_option import FleetOption
from lambdaplan.platforms.lambda_ import Lambda
from lambdaplan.platforms.option import AUTO, Ask, Option
from lambdaplan.platforms.processor import joined
from lambdaplan.pricing.plans import PLANS
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.usage import ByHour, Usage
from lambdaplan.schema.fields import changed, number, plain, rules, shown
from lambdaplan.schema.reading import part_of_kind, with_name
from lambdaplan.units import HOURS_PER_WEEK
from lambdaplan.workload.workload import Workload, in_flight

BASES: dict[str, type[FleetOption]] = {option.kind: option for option in (Fargate, Ec2, EcsManagedInstances)}


_KEPT = ("provisioned", "max_cold_fraction", "snapstart")  # of a function, but not of an overflow


@dataclass(frozen=True)
class Hybrid(Option):
    """Run a base of whole units all month, and send what exceeds its level to Lambda.

    In an hour of mean m the base serves min(m, level) and Lambda the rest; in a burst of its own as much as in the peak
    of such an hour. The base has the units that
    carry an hour of mean min(level, busiest hour) with its burst (M6), and stands in every hour. `auto`
    is the level of the cheapest whole bill, over every number of base units from min_units to what would
    need no Lambda; so many units serve as much as they carry.
    """

    kind = "hybrid"
    platform = "Hybrid"
    other_names = "mixed, mix, combined"
    default_front_door = "alb"
    starts = MappingProxyType(
        {
            f"Hybrid on {base.platform}": {"base": {"kind": kind, **fields}}
            for kind, base in BASES.items()
            for fields in base.starts.values()
        }
    )
    colours = ("#6b4a9e", "#8f3f86", "#54408a", "#7d5ba6")
    dark_colours = ("#c3a6f5", "#e6a3de", "#b9aaf0", "#d3bdf7")
    has_units = True
    has_function = True

    base: FleetOption = part_of_kind(
        "the fleet that stands all month: a fargate, ec2 or ecs_managed_instances option", BASES, "kind"
    )
    level: Number = number(
        "load that the base serves, requests a second of an hour's mean; auto is the cheapest",
        unit="1/s",
        high=10**12,
        grain=Fraction(1, 100),
        words=(AUTO,),
        default=AUTO,
    )
    overflow: Lambda | None = part_of_kind(
        "the Lambda option for what exceeds the level; default: the scenario's first, else memory_mb auto",
        {Lambda.kind: Lambda},
        "kind",
        default=None,
    )
    units: Number = dataclasses.field(default=None, kw_only=True)  # the number of base units, once chosen

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        base = self.base.size_label if self.units is None else f"{self.units} x {self.base.size_label}"
        return f"Hybrid {base} + {self._overflow.size_label}"

    @property
    def _overflow(self) -> Lambda:
        return self.overflow or Lambda(memory_mb=AUTO)

    @property
    def parts(self) -> Mapping[str, Option]:
        """Its base and its overflow."""
        return {"base": self.base, "overflow": self._overflow}

    def completed(self, options: Sequence[Option], architecture: str) -> Option:
        """With the scenario's first Lambda option for the overflow, where none is given."""
        if self.overflow is not None:
            return self
        first = next((option for option in options if isinstance(option, Lambda)), None)
        if first is None:
            alone = Lambda(memory_mb=AUTO, architecture=architecture, front_door="none")
            return dataclasses.replace(self, overflow=alone)
        people: dict[str, Any] = {"operations_hours": 0, "on_call_hours": 0, "migration": None}
        kept: dict[str, Any] = dict.fromkeys(_KEPT)
        called: dict[str, Any] = {"streamed": False, "invocation": "sync", "front_door": "none"}
        plain = dataclasses.replace(first, label=None, purchase="on_demand", **called, **people, **kept)
        return dataclasses.replace(self, overflow=plain)

    def kind_problems(self, path: str, workload: Workload) -> list[Problem]:
        """Work that may wait needs no overflow."""
        words = f"what is above its base waits in a {workload.kind}, and needs no overflow"
        fix = "Take its base as an option, or workload.kind=service."
        return [Problem("conflict", f"{path}.kind", shown(self.kind), words, fix)]

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A base and Lambda on demand, with one front door for both."""
        problems = self.base.problems(f"{path}.base", book, region)
        for name, side in (("base", self.base), ("overflow", self.overflow)):
            for field in () if side is None else ("front_door", "operations_hours", "on_call_hours", "migration"):
                value = getattr(side, field)
                if value not in (None, "none", 0):
                    words, fix = "a hybrid has one for both of its parts", f"Give {path}.{field} instead."
                    problems.append(Problem("conflict", f"{path}.{name}.{field}", shown(value), words, fix))
        if self.base.units is not None:
            words = "a hybrid's units follow from its level"
            problems.append(self.base.conflict(f"{path}.base", "units", words, "Leave it out."))
        if self.overflow is not None:
            problems += self.overflow.problems(f"{path}.overflow", book, region)
            if self.overflow.purchase in PLANS:
                words = "what exceeds a level is bought on demand"
                problems.append(self.overflow.conflict(f"{path}.overflow", "purchase", words))
            for name in _KEPT:
                if getattr(self.overflow, name) is not None:
                    words = "what exceeds a level runs on demand, with nothing kept ready and no snapshots"
                    given = shown(plain(getattr(self.overflow, name)))
                    problems.append(Problem("conflict", f"{path}.overflow.{name}", given, words, "Leave it out."))
            for name, plain_value in (("streamed", False), ("invocation", "sync")):
                if getattr(self.overflow, name) != plain_value:
                    words = "both parts of a hybrid take requests in the same way, and its base does not do that"
                    problems.append(self.overflow.conflict(f"{path}.overflow", name, words, "Leave it out."))
        return problems

    @property
    def network_zones(self) -> Number:
        """The zones of the base."""
        return self.base.zones

    @property
    def function_vpc(self) -> bool:
        """Whether the overflow runs inside a VPC."""
        return self._overflow.vpc

    @property
    def function_mb(self) -> int | None:
        """Memory of the overflow's function. [MB]"""
        return self._overflow.function_mb

    @property
    def is_choice(self) -> bool:
        """Whether the level, the base's size or Lambda's memory is left to be chosen."""
        return (self.level == AUTO and self.units is None) or self._overflow.is_choice or self.base.is_choice

    @property
    def sizes_vary(self) -> bool:
        """The number of base units grows with the requests."""
        return True

    @property
    def is_open(self) -> bool:
        """Whether its level, a size or a processor is left to be chosen."""
        return self.is_choice or any(part.is_open for part in self.parts.values())

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor in those of its parts that say none."""
        kinds: dict[str, Mapping[str, type[Option]]] = {"base": BASES, "overflow": {Lambda.kind: Lambda}}
        for name, known in kinds.items():
            part = document.get(name)
            platform = known.get(str(part.get("kind"))) if isinstance(part, Mapping) else None
            if platform is not None and isinstance(part, Mapping):
                document = with_name(document, name, platform.inheriting(part, architecture, book))
        return document

    def one_processor_each(self) -> Sequence[Option]:
        """The hybrid with each of its parts on each processor that it may have, both on the same one first."""
        each = itertools.product(self.base.one_processor_each(), self._overflow.one_processor_each())
        alike = sorted(each, key=lambda pair: getattr(pair[0], "architecture", None) != pair[1].architecture)
        return [changed(self, base=base, overflow=overflow) for base, overflow in alike]

    def on_processor(self, architecture: str, book: PriceBook, region: str) -> Option | None:
        """The hybrid with both of its parts on a processor; None where one does not run on it."""
        base = self.base.on_processor(architecture, book, region)
        overflow = self._overflow.on_processor(architecture, book, region)
        return None if base is None or overflow is None else changed(self, base=base, overflow=overflow)

    def processors(self, book: PriceBook) -> frozenset[str]:
        """The processors of both of its parts."""
        return joined(tuple(self.parts.values()), book)

    def processors_in_use(self, fleet: Fleet, book: PriceBook) -> frozenset[str]:
        """The processors of its base, and of its overflow where anything runs over."""
        return self.processors(book) if fleet.lambda_share else self.base.processors(book)

    def has_hours_priced(self, book: PriceBook, region: str) -> bool:
        """Whether there is a price for the time of both of its parts."""
        return all(part.has_hours_priced(book, region) for part in self.parts.values())

    def left_out(self, book: PriceBook, region: str) -> list[str]:
        """What is not weighed of its base and of its overflow for want of any price."""
        return [f"{name}: {words}" for name, part in self.parts.items() for words in part.left_out(book, region)]

    def sizes(self, ask: Ask) -> Sequence[Option] | None:
        """The sizes of the base and the numbers of its units that can be the cheapest between two requests a month.

        A size of the base that is never the cheapest by itself is never so here: as many units of another serve no
        less, and cost no more. With given units a bill never falls as requests grow. So a number of units whose bill at
        the low end is above the least bill at the high end is nowhere the cheapest. Only whole bills can be that least
        one, where there are any.
        """
        if not self.is_choice:
            return (self,)
        if ask.low is None or ask.high is None:
            return None
        bases = self.base.sizes(ask) if self.base.is_choice else (self.base,)
        overflow = self._overflow.smallest(ask, self.front_door)
        one = [changed(self, base=base, overflow=overflow) for base in bases or ()]
        if self.level != AUTO or self.units is not None:
            return one
        return self._worth_billing(one, ask)

    def least_usd(self, ask: Ask) -> float:
        """The hours of its base's units, of an open level the fewest, were there no request. [USD]"""
        idle = dataclasses.replace(ask, workload=dataclasses.replace(ask.workload, requests_per_month=0))
        base = self.base if self.units is None else changed(self.base, min_units=self.units)
        return min(one.least_usd(idle) for one in base.one_processor_each())

    def _worth_billing(self, hybrids: Sequence[Hybrid], ask: Ask) -> list[Option]:
        """Of hybrids of open level those of given units that can be the cheapest; the last where none serves.

        One of which the fewest units cost more than the bill of another is not billed.
        """
        low, high = ask.low, ask.high
        assert low is not None
        assert high is not None

        def priced(price: Callable[[Option, Number], Number], one: Hybrid, requests: int) -> np.ndarray:
            return np.asarray(price(one, requests), dtype=float) + np.zeros(len(one.units))

        least_usd = [hybrid.least_usd(ask) for hybrid in hybrids]
        billed: dict[int, Hybrid] = {}
        at_low: dict[int, np.ndarray] = {}
        bound = np.inf
        for place in sorted(range(len(hybrids)), key=lambda place: least_usd[place]):
            if least_usd[place] > bound * (1 + 1e-9):
                break
            billed[place] = one = self._many(hybrids[place], ask)
            at_low[place] = priced(ask.cost, one, low)
            bound = min(bound, _least(priced(ask.whole, one, high)))
        if bound == np.inf and all(_least(priced(ask.whole, one, low)) == np.inf for one in billed.values()):
            # none has a whole bill: the known parts decide
            bound = min((_least(priced(ask.cost, one, high)) for one in billed.values()), default=np.inf)
        if bound == np.inf and all(np.isinf(usd).all() for usd in at_low.values()):
            last = billed[len(hybrids) - 1]
            return [dataclasses.replace(last, units=int(np.asarray(last.units)[-1]))]
        kept: list[Option] = []
        for place in sorted(billed):
            units = np.asarray(billed[place].units)[~(at_low[place] > bound * (1 + 1e-9))]
            kept += [dataclasses.replace(billed[place], units=int(number_of)) for number_of in units]
        return kept

    def _many(self, hybrid: Hybrid, ask: Ask) -> Hybrid:
        """The hybrid with every number of base units from the least to what would need no Lambda, as a column."""
        work, base = dataclasses.replace(ask.workload, requests_per_month=ask.high), hybrid.base
        busiest = work.peak_rps_per_weight(ask.hours_per_month)
        alone = units_for(busiest, work.traffic.peaks[-1:], work, base.unit(ask.book), base)
        least = max(int(base.min_units), 1)
        unit = base.unit(ask.book)
        if unit.earned_vcpu is not None:
            each = earned_rps(1, work, unit)
            rps = max(rps_by_weight(work, ask.hours_per_month))
            alone = larger(alone, whole_up(rps / each) if each < np.inf else 0)
        most = max(int(alone[-1]), least)
        if base.max_units is not None:
            most = max(min(most, int(base.max_units)), least)
        return dataclasses.replace(hybrid, units=Column(np.arange(least, most + 1), 1))

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The base, standing all month, and Lambda's environments above its level."""
        traffic, unit = workload.traffic, self.base.unit(book)
        rates = rps_by_weight(workload, hours_per_month)
        peak_rps = workload.peak_rps_per_weight(hours_per_month) * int(traffic.peaks[-1])
        level, units, is_held = self._served(workload, unit), self.units, unit.earned_vcpu is not None
        levels = self._levels(level, workload, unit)
        if units is None:
            peak = smaller(level * traffic.burst, peak_rps)
            units = hour_of(units_for(peak, np.array([1], dtype=object), workload, unit, self.base), 0)
            units = larger(units, standing_units(smaller(rates, levels), workload, unit, hours_per_month))
        above = rates - levels
        over = larger(above, 0)
        mean = workload.mean_rps(hours_per_month)
        over_mean = (over * traffic.hours).sum(axis=-1) / Fraction(HOURS_PER_WEEK)
        share = over_mean / either(mean > 0, mean, 1)
        over_peak = hour_of(over, -1) * traffic.burst
        if traffic.loads:
            over_peak = (over * (traffic.burst / traffic.level_times)).max(axis=-1)
        base_ms, lambda_ms = workload.wall_ms(unit.vcpu, unit.speed), workload.lambda_ms(self._overflow.memory_mb)
        served_peak = peak_rps - over_peak
        limits = [*fits(unit, workload), *self._overflow.limits(workload, lambda_ms, over_peak, book)]
        limits += self.base.quotas(units, book)
        timely = in_time(workload, unit, units, served_peak, sized=True)
        limits += [] if timely is None else [timely]
        if self.base.max_units is not None:
            limits.append(unit_limit("units, at most `max_units`", units, self.base.max_units, unit))
        at_full = self.base.needs(workload, book)
        time = traffic.hours if traffic.loads else None
        fleet = Fleet(
            unit=f"{unit.name} and execution environment",
            unit_hours=units * hours_per_month,
            units_mean=units,
            units_peak=units,
            in_flight_mean=in_flight(mean - over_mean, base_ms) + in_flight(over_mean, lambda_ms),
            in_flight_peak=in_flight(served_peak, base_ms) + in_flight(over_peak, lambda_ms),
            unit_rps=1 / at_full.units_per_rps,
            utilisation_mean=(mean - over_mean) * at_full.units_per_rps / either(units > 0, units, 1),
            bound_by="" if on_sweep(at_full.units_per_rps) else at_full.bound_by,
            wall_ms=base_ms + (lambda_ms - base_ms) * share,
            slowest_ms=larger(base_ms, lambda_ms),
            billed_ms=self._overflow.billed(workload, book),
            limits=tuple(limits),
            by_weight=(units[..., None] if on_sweep(units) else units) * np.ones(len(traffic.weights), dtype=object),
            bends=tuple(hour_of(above, place) for place in range(above.shape[-1])),
            lambda_share=share,
            parts=Parts(over, in_flight(rates - over, _each(base_ms)) + in_flight(over, _each(lambda_ms))),
            peak_rps=peak_rps,
            sustained=standing_fleet(units, len(traffic.weights), traffic.which, time) if is_held else None,
        )
        return self.base.with_credits(fleet, rates - over, workload, book)

    def _served(self, workload: Workload, unit: Unit) -> Number:
        """The most that the base serves, as the mean of an hour: on `standard` CPU credits for good. [1/s]"""
        if self.units is None:
            return self.level
        carried = carried_peak(self.units, workload, unit, self.base) / workload.traffic.burst
        return carried if unit.earned_vcpu is None else smaller(carried, earned_rps(self.units, workload, unit))

    def in_fields(self, workload: Workload, book: PriceBook) -> Option:
        """The hybrid with the level up to which its chosen units carry the load."""
        if self.units is None:
            return self
        grain = rules(Hybrid)["level"].grain
        carried = self._served(workload, self.base.unit(book))
        return changed(self, level=carried // grain * grain, units=None)

    def _levels(self, level: Number, workload: Workload, unit: Unit) -> Any:
        """The most that the base serves at each load of the week, on the last axis. [1/s]

        In a burst of its own as much as in the peak of an hour; of given units on `standard` CPU credits no more than
        they earn.
        """
        traffic = workload.traffic
        if not traffic.loads:
            return _each(level)
        levels = _each(level) * traffic.level_times
        if self.units is None or unit.earned_vcpu is None:
            return levels
        return smaller(levels, _each(earned_rps(self.units, workload, unit)))

    def answer_ms(self, fleet: Fleet, workload: Workload, book: PriceBook, percent: float) -> float | None:
        """A percentile of all answers in the busiest hour: those of the base and those of Lambda together. [ms]"""
        unit = self.base.unit(book)
        to_base = smaller(self._served(workload, unit) * workload.traffic.burst, fleet.peak_rps)
        share = 1 - to_base / fleet.peak_rps if fleet.peak_rps else 0
        lambda_ms = workload.lambda_ms(self._overflow.memory_mb)
        return answer_ms(unit, workload, fleet.units_peak, to_base, percent, beside=(share, lambda_ms))

    def by_hour(self, fleet: Fleet, workload: Workload) -> Mapping[str, ByHour]:
        """Its base stands all month, and Lambda serves what is above its level."""
        assert fleet.parts is not None  # a hybrid has two
        base = ByHour(fleet.by_weight, workload.traffic.hours)
        return {"ec2": base, "fargate": base, "lambda": ByHour(fleet.parts.lambda_rps, workload.traffic.hours)}

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """The base's hours, and the requests that Lambda serves."""
        over = dataclasses.replace(workload, requests_per_month=fleet.lambda_share * workload.requests_per_month)
        own_fleet = dataclasses.replace(fleet, wall_ms=workload.lambda_ms(self._overflow.memory_mb))
        return [
            *self.base.compute(fleet, workload, book, region, hours_per_month),
            *self._overflow.compute(own_fleet, over, book, region, hours_per_month),
        ]

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts at which the base needs one unit more, until the busiest hour is at its level."""
        if self.units is not None:
            return np.array([], dtype=np.int64)
        traffic = workload.traffic
        one = workload.peak_rps_per_weight(hours_per_month) * int(traffic.peaks[-1]) / traffic.burst
        full = int(self.level / one) + 1
        rules = dataclasses.replace(self.base, scaling="fixed")
        edges = step_edges(workload, self.base.unit(book), rules, hours_per_month, low, min(high, full))
        return np.union1d(edges, [full]) if low < full <= high else edges

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        if self.units is not None:
            return 0
        rules = dataclasses.replace(self.base, scaling="fixed")
        return count_edges(workload, self.base.unit(book), rules, hours_per_month)

    def surplus_usd(self, vcpu_hours: Number, book: PriceBook, region: str) -> Number:
        """What the base's surplus credits cost. [USD]"""
        return self.base.surplus_usd(vcpu_hours, book, region)


def _each(value: Number) -> Number:
    """A number for the hours of each weight."""
    return value[..., None] if on_sweep(value) else value


def _least(usd: np.ndarray) -> float:
    """The least of some bills that are finite."""
    return float(usd[np.isfinite(usd)].min(initial=np.inf))
