"""Fleet options: the fields of a fleet of whole units, and the search for the cheapest size."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from lambdaplan.capacity.fleet import Fleet, committed_units, count_edges, size_fleet, split_hours, step_edges
from lambdaplan.capacity.fleet_rules import FleetRules
from lambdaplan.capacity.limits import Limit
from lambdaplan.capacity.scale_out import Start, start_of_units
from lambdaplan.capacity.service_level import Timely, answer_ms, timely_fleets
from lambdaplan.capacity.started_fleet import of_one_run, started_fleet, starts_each
from lambdaplan.capacity.unit import Carrying, Unit, carrying, processes, too_small
from lambdaplan.errors import Problem
from lambdaplan.formatting import share_text
from lambdaplan.kept import kept_last
from lambdaplan.numbers import Number, larger, on_sweep, whole_up
from lambdaplan.platforms.option import Ask, Option, Selection, headroom_field
from lambdaplan.pricing.plans import PLANS, plan_words
from lambdaplan.pricing.price_book import PriceBook
from lambdaplan.pricing.rates import Commitment
from lambdaplan.pricing.usage import ByHour
from lambdaplan.schema.fields import changed, choice, number
from lambdaplan.units import HOURS_PER_WEEK, MS_PER_SECOND, SECONDS_PER_HOUR
from lambdaplan.workload.workload import JOB, SERVICE, Workload

ROUNDING = 1e-12  # relative: by how much floats may be above what fractions are, after so few steps
KEPT = 1024  # workloads of which a shelf keeps what is worth billing

LEAST_S = 60
"""Time that an instance is paid for at least. [s]

References: Amazon EC2 On-Demand Pricing, Amazon Web Services, as transcribed 2026-09-20: by the second, 60 at least.
"""

STEADY_OF_FLEETS = (
    "min_units",  # units never fall as it grows
    "max_units",  # limits alone
    "units",  # the fleet itself, and limits
    "target_utilisation",  # units never grow with it
    "spot_fraction",  # the hours of one price, and those of the other
    "cpu_speed",  # time and CPU time fall with it, and units with them
)
"""Fields of every fleet along which units only grow or only fall: `Option.steady_fields`."""


def bought_words(purchase: str) -> str:
    """How something is bought, in words for a label; nothing for on demand."""
    if purchase == "on_demand":
        return ""
    if purchase == "spot":
        return " Spot"
    return f" {plan_words(purchase)}"


def purchase_selection(key: str, platform: str, terms: Sequence[str], *beside: str) -> Selection:
    """The choice of how something is bought.

    Parameters:
    terms : sequence of str - the ways of buying it, beside on demand.
    beside : str - fields that no longer hold once it is bought in one way.
    """
    words = {one: bought_words(one).strip() or "on demand" for one in ("on_demand", *terms)}
    return Selection(
        key,
        f"{platform} bought",
        listed=lambda option, book, region: [(said, one) for one, said in words.items()],
        chosen=lambda option: option.purchase,
        fields=lambda value: {"purchase": value, **dict.fromkeys(beside)},
        buys=True,
    )


class Shelf:
    """What there is to choose from: sizes and ways of buying them, each as the fields of an option it sets.

    Holds what no workload changes: which are of the same unit, and which are no dearer than which. Of each unit
    only those stay that can be worth billing.

    Parameters:
    wares : list - each of given size and purchase, in the order in which of several alike the first is chosen.
    option : callable - a plain option with such fields.
    """

    def __init__(
        self, wares: Sequence[Mapping[str, Any]], option: Callable[..., FleetOption], book: PriceBook, region: str
    ) -> None:
        options = [option(**ware) for ware in wares]
        priced = {place: usd for place, one in enumerate(options) if (usd := _hour_usd(one, book, region)) is not None}
        places = list(priced or range(len(options)))
        units = [options[place].unit(book) for place in places]
        kinds = {unit: kind for kind, unit in enumerate(dict.fromkeys(units))}
        self.wares = [wares[place] for place in places]
        self.kinds = np.array([kinds[unit] for unit in units], dtype=np.intp)
        self.hour_usd = np.array([float(min(priced[place])) if place in priced else 0.0 for place in places])
        self.vcpu = np.array([float(unit.vcpu) for unit in units])
        self.may_beat = np.eye(len(places), dtype=bool)
        self.alike = self.may_beat
        self.known = self.wares
        self.is_whole = bool(priced)  # whether no further price of its own may lack one and not another
        if priced:
            listed, least = (_no_larger(usd) for usd in zip(*priced.values(), strict=True))
            surplus = [options[place].surplus(book, region) for place in places]
            fees = [options[place].hour_fee_usd(book, region) for place in places]
            self.is_whole = None not in fees and not any(one is not None and one[1] is None for one in surplus)
            self.may_beat = listed & least & _never_dearer(fees) & self._never_more(surplus)
            paid = [options[place] for place in places]
            rows = [[*one.committed_usd(book, region), *one.committed_parts(book, region)] for one in paid]
            for each in zip(*rows, strict=True):
                self.may_beat &= _never_dearer(each)
            self.alike = self.may_beat & self.may_beat.T
        self._keep(~self._beaten(self.kinds[:, None] == self.kinds[None]))
        self.firsts = [self.wares[int(np.flatnonzero(self.kinds == kind)[0])] for kind in kinds.values()]
        self._worth: dict[Any, list[Mapping[str, Any]]] = {}
        self._made: tuple[Any, dict[str, Any], dict[int, FleetOption]] = (None, {}, {})  # for whom, by id of a ware

    def _never_more(self, surplus: Sequence[tuple[Fraction, Fraction | None] | None]) -> np.ndarray:
        """Whether one's surplus CPU credits cost no more than another's, with no more units."""
        kinds = self.kinds.tolist()
        no_more = np.array([[one is None] * len(surplus) for one in surplus])
        some = [place for place, one in enumerate(surplus) if one is not None]
        for a, b in itertools.product(some, some):
            (baseline, usd), (other, other_usd) = surplus[a] or (0, None), surplus[b] or (0, None)
            same = kinds[a] == kinds[b] and baseline == other
            no_more[a, b] = same and usd is not None and other_usd is not None and usd <= other_usd
        return no_more

    def _beaten(self, no_more: np.ndarray) -> np.ndarray:
        """Which are left out, where `no_more` says whose unit needs no more than whose."""
        better = self.may_beat & no_more
        earlier = np.triu(np.ones(better.shape, dtype=bool), 1)
        return np.asarray((better & (earlier | ~(self.alike & better.T))).any(axis=0))

    def _keep(self, kept: np.ndarray) -> None:
        self.wares = [ware for ware, keep in zip(self.wares, kept, strict=True) if keep]
        self.hour_usd, self.vcpu = self.hour_usd[kept], self.vcpu[kept]
        self.kinds, both = self.kinds[kept], np.ix_(kept, kept)
        self.may_beat, self.alike = self.may_beat[both], self.alike[both]

    def least_usd(self, asked: FleetOption, ask: Ask) -> float:
        """The least of `FleetOption.least_usd` of all that there is to choose; 0 where some of it is Spot. [USD]"""
        if asked.is_mixed:
            return 0.0
        units = asked.least_mean_units(ask, self.vcpu)
        hours: float = (units * (self.hour_usd + asked.unit_more_usd(ask) / float(ask.hours_per_month))).min(
            initial=np.inf
        )
        return hours * float(ask.hours_per_month)

    def sized(self, asked: FleetOption, ask: Ask, ware: Mapping[str, Any], **chosen: Any) -> FleetOption | None:
        """An option with what might be chosen for it; None where it might not be, or another may lack a price."""
        if not (self.is_whole and ware in self.known):
            return None
        return dataclasses.replace(asked, **ware, **chosen, headroom=ask.memory_headroom)

    def worth_billing(self, asked: FleetOption, ask: Ask, **chosen: Any) -> Sequence[FleetOption]:
        """The options of given size of which one is the cheapest, at any number of requests.

        One is left out where another needs no more units for each request per second, at the target
        utilisation and at full use, answers no later, costs no more an hour on demand nor under its plan, and has
        no surplus CPU credits to pay, or is the same machine with the same credits: then it has no more units in
        any hour of any week, so its bill is no dearer. Of options alike in all of that the first stays. Where
        another number than the requests varies, all of that holds all along it.
        A unit that does not hold one process, or those that are given, with `memory_headroom` free is left out too.
        Where nothing is left, the unit with the most memory stands for all, so that its bill and the limit it breaks
        are seen.

        Notes: with an answer time to hold (slo), fleets do not follow from those needs alone; then only
        units of the same size are weighed against each other.
        Along a column needs are floats. One that is a rounding error larger is no harm: units differ only where
        a whole number lies between, and there the bill of the one that stays is undecided, and made exactly.

        Parameters:
        asked : the option whose size is open; `chosen` are more fields to set in what stands for it.
        """
        chosen = {**chosen, "headroom": ask.memory_headroom}
        if on_sweep(ask.memory_headroom):  # a column can't be compared with that of another call
            return [dataclasses.replace(asked, **ware, **chosen) for ware in self._worth_once(asked, ask)]
        if self._made[0] is not asked or self._made[1] != chosen:
            self._made = asked, chosen, {}
        made = self._made[2]
        for ware in (worth := self._worth_once(asked, ask)):
            if id(ware) not in made:
                made[id(ware)] = dataclasses.replace(asked, **ware, **chosen)
        return [made[id(ware)] for ware in worth]

    def _worth_once(self, asked: FleetOption, ask: Ask) -> list[Mapping[str, Any]]:
        """What is worth billing: worked out once for workloads that need the same of a unit for each request."""
        try:
            key = _rules_of(asked), _need_of(ask.workload), ask.workload.slo is None, ask.memory_headroom
            known = self._worth.get(key)
        except TypeError:  # a column has no hash
            return self._worth_of(asked, ask)
        if known is None:
            if len(self._worth) >= KEPT:
                self._worth.clear()
            known = self._worth[key] = self._worth_of(asked, ask)
        return known

    def _worth_of(self, asked: FleetOption, ask: Ask) -> list[Mapping[str, Any]]:
        work, book = ask.workload, ask.book
        sized = [dataclasses.replace(asked, **ware, headroom=ask.memory_headroom) for ware in self.firsts]
        units = [one.unit_for(work, book) for one in sized]
        small = [too_small(unit, work) for unit in units]
        fitting = np.array([not np.all(np.asarray(broken) == 1) for broken in small])
        if not fitting.any():
            most = max(range(len(units)), key=lambda kind: np.max(units[kind].memory_mb))
            return [self.firsts[most]]
        needs = [[*_needs(unit, asked, work), broken] for unit, broken in zip(units, small, strict=True)]
        no_more = np.ones((len(units), len(units)), dtype=bool)
        for column in zip(*needs, strict=True):
            no_more &= _no_larger(column)
        np.fill_diagonal(no_more, True)  # a unit needs as much as itself, even where floats don't know how much
        beaten = self._beaten(no_more[self.kinds[:, None], self.kinds[None]]) | ~fitting[self.kinds]
        return [ware for ware, out in zip(self.wares, beaten, strict=True) if not out]


def _rules_of(option: FleetOption) -> FleetOption:
    """An option without what no unit's needs hang on: its name, and what stands before it."""
    return changed(option, label=None, front_door="none")


def _need_of(workload: Workload) -> Workload:
    """A workload without what no unit's needs hang on: how many requests there are, and how soon they are answered."""
    return changed(workload, requests_per_month=0, slo=None, service_cv=None, percentiles=None, fitted=None)


def _never_dearer(fees: Sequence[Fraction | None]) -> np.ndarray:
    """For each two of some fees whether the first is no larger; never, of different units, where one is unknown."""
    known = np.array([fee is not None for fee in fees])
    no_larger = _no_larger([Fraction(0) if fee is None else fee for fee in fees]) & known[:, None] & known[None]
    return np.asarray(no_larger | np.eye(len(fees), dtype=bool))


@kept_last
def _hour_usd(option: FleetOption, book: PriceBook, region: str) -> tuple[Fraction, Fraction] | None:
    """What an hour costs on demand or on the spot, and the least that it costs; None without a price."""
    listed = base = option.hour_usd(book, region, option.purchase)
    if option.is_mixed:
        base = option.hour_usd(book, region, "spot")
    if option.purchase in PLANS:
        listed = option.hour_usd(book, region, "on_demand")
    if listed is None or base is None:
        return None
    committed = (Fraction(0) if usd is None else usd for usd in option.committed_usd(book, region))
    return listed, min(listed, base, *committed)


def _needs(unit: Unit, rules: FleetRules, workload: Workload) -> list[Number]:
    """What decides how many units of a size there are, and how late they answer: less is better."""
    full = carrying(unit, workload)
    needs = [full.at(rules.target_utilisation).units_per_rps, full.units_per_rps]
    needs.append(workload.wall_ms(unit.vcpu, unit.speed))
    if workload.slo is not None:
        needs += [unit.vcpu, -unit.vcpu, unit.memory_mb, -unit.memory_mb]
    return needs


def _no_larger(values: Sequence[Number]) -> np.ndarray:
    """For each two of some numbers whether the first is no larger, all along where they are columns."""
    if not any(on_sweep(value) for value in values):
        order = {value: rank for rank, value in enumerate(sorted(set(values)))}
        ranks = np.array([order[value] for value in values])
        return np.asarray(ranks[:, None] <= ranks[None])
    table = np.array(np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values)))
    return np.array([(row <= table).all(axis=-1) for row in table])


@dataclass(frozen=True)
class FleetOption(FleetRules, Option):
    """A platform of whole units, sized by the fleet fields."""

    default_front_door: ClassVar[str] = "alb"
    has_units: ClassVar[bool] = True
    can_share: ClassVar[bool] = True  # whether one of its units can run several services
    purchase: str = choice("how it is bought", "on_demand", "spot", *PLANS, default="on_demand")
    startup_s: Number = number(
        "time for noticing that a unit is needed and until it takes requests; what waits meanwhile is then said",
        unit="s",
        above=True,
        high=SECONDS_PER_HOUR,
        default=None,
    )

    spot_fraction: Number = number(
        "share of the units above min_units that run on Spot, beside the others on demand",
        unit="share",
        high=1,
        grain=Fraction(1, 100),
        default=Fraction(0),
    )

    headroom: Number = headroom_field()

    @classmethod
    def defaults_of(cls, kind: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """One unit in one zone where work may wait: its loss only delays it; a unit is used to the full (M8).

        Of a job none stands: each run starts one.
        """
        if kind == SERVICE:
            return {}
        safe = document.get("survive_zone_loss") is True
        least = 0 if kind == JOB else 1
        own = {"min_units": least, "zones": 2 if safe else 1, "survive_zone_loss": False, "target_utilisation": 1}
        return {**super().defaults_of(kind, document), **own}

    @property
    def as_fleet(self) -> FleetOption:
        """The option itself."""
        return self

    def start(self, fleet: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number) -> Start | None:
        """What waits while units start, at a point."""
        if self.startup_s is None or workload.waits:
            return None
        return start_of_units(fleet, self.unit(book), workload, hours_per_month, self.startup_s)

    def answer_ms(self, fleet: Fleet, workload: Workload, book: PriceBook, percent: float) -> float | None:
        """A percentile of the answer time: waiting for a unit, and its service; none where work may wait. [ms]"""
        if workload.waits:
            return None
        return answer_ms(self.unit(book), workload, fleet.units_peak, fleet.peak_rps, percent)

    def wait_s(self, fleet: Fleet, workload: Workload) -> Number | None:
        """The longest that work waits for its units; as much longer as these take to start. [s]"""
        if fleet.started_each:
            return self._startup_s
        if fleet.waiting is None or fleet.waiting.longest_s is None:
            return None
        lost = Fraction(0) if not workload.drains else workload.max_wait_s - self.as_it_comes(workload).max_wait_s
        return fleet.waiting.longest_s + lost

    @property
    def network_zones(self) -> Number:
        """The zones of the fleet."""
        return self.zones

    def alike_while_steady(self, field: str, fleet: Fleet, workload: Workload, book: PriceBook) -> Sequence[Number]:
        """The processes of a unit."""
        return (larger(processes(self.unit(book), workload), 1),)

    def request_vcpu(self, book: PriceBook) -> Number:
        """The vCPUs of a unit. [vCPU]"""
        return self.unit(book).vcpu

    def quotas(self, units: Number, book: PriceBook) -> tuple[Limit, ...]:
        """The account's quotas that so many units count against (M11)."""
        return ()

    def least_s(self, book: PriceBook) -> Fraction:
        """The time that a unit is paid for at least, once it has started. [s]"""
        return Fraction(LEAST_S)

    def needs(self, workload: Workload, book: PriceBook) -> Carrying:
        """What each request per second needs of its units at full use."""
        return carrying(self.unit(book), workload)

    def with_credits(self, fleet: Fleet, rps: Any, workload: Workload, book: PriceBook) -> Fleet:
        """The fleet with the CPU credits that its units use and earn; as it is where they have none."""
        return fleet

    def surplus(self, book: PriceBook, region: str) -> tuple[Fraction, Fraction | None] | None:
        """The baseline of its CPU credits, and the price of a vCPU-hour above it; None where it never pays any."""
        return None

    def hour_usd(self, book: PriceBook, region: str, purchase: str) -> Fraction | None:
        """What an hour of one unit costs; None without a price. [USD]"""
        raise TypeError(f"{type(self).__name__} has no hourly price")

    def least_usd(self, ask: Ask) -> float:
        """The hours of as many units as have the CPU time that requests take, and no fewer than `min_units`. [USD]"""
        usd = _hour_usd(self, ask.book, ask.region)
        if usd is None:
            return 0.0
        units = float(self.least_mean_units(ask, np.array([float(self.unit(ask.book).vcpu)]))[0])
        return units * (float(usd[1]) * float(ask.hours_per_month) + self.unit_more_usd(ask))

    def closer_least(self, ask: Ask) -> tuple[float, bool]:
        """With an answer time to hold the hours of as many units as hold it; whether no number of them does."""
        usd, timely = _hour_usd(self, ask.book, ask.region), None
        if self.units is None and ask.workload.kind == SERVICE:
            timely = timely_fleets(ask.workload, self.unit(ask.book))
        if timely is None or usd is None:
            return self.least_usd(ask), False
        units = float(self.least_mean_units(ask, np.array([float(self.unit(ask.book).vcpu)]), timely)[0])
        out = not timely.possible and ask.workload.requests_per_month > 0
        return units * (float(usd[1]) * float(ask.hours_per_month) + self.unit_more_usd(ask)), bool(out)

    def least_mean_units(self, ask: Ask, vcpu: np.ndarray, timely: Timely | None = None) -> np.ndarray:
        """The fewest units on average of a month, for units of so many vCPU each.

        By CPU time (M6): units of an hour carry its peak at full use, also with a zone lost, and without an answer time
        to hold at the target utilisation; by the answer time where `timely` fleets are given, of one unit then. Of work
        that may wait, and of jobs, the mean is what is known.
        """
        if self.units is not None:
            return np.full(len(vcpu), float(self.units))
        work, least = ask.workload, float(self.min_units)
        ms = float(work.cpu_per_request_ms / (self.cpu_speed * MS_PER_SECOND))
        if work.kind != SERVICE:
            return np.maximum(float(work.mean_rps(ask.hours_per_month)) * ms / vcpu, least)
        traffic = work.traffic
        rps = float(work.peak_rps_per_weight(ask.hours_per_month)) * traffic.peaks.astype(float) * (1 - ROUNDING)
        at_full = rps * ms / vcpu[:, None] * (1 - ROUNDING)
        units = np.maximum(np.ceil(at_full), least)
        if timely is not None and timely.possible:
            units = np.maximum(units, timely.least_units(rps))
        elif work.slo is None:
            units = np.maximum(units, np.ceil(at_full / float(self.target_utilisation)))
        if self.survive_zone_loss:
            zones = float(self.zones)
            units = np.maximum(units, np.ceil(np.ceil(at_full) * zones / (zones - 1) * (1 - ROUNDING)))
        if self.scaling == "fixed":
            return np.asarray(units.max(axis=-1))
        return np.asarray((units * traffic.hours.astype(float)).sum(axis=-1) / HOURS_PER_WEEK * (1 - ROUNDING))

    def unit_more_usd(self, ask: Ask) -> float:
        """What a unit costs at least beside its hours, if it stands all month. [USD]"""
        return 0.0

    def hour_fee_usd(self, book: PriceBook, region: str) -> Fraction | None:
        """A fee for each hour that a unit runs, however it is bought; None without a price. [USD]"""
        return Fraction(0)

    def committed_usd(self, book: PriceBook, region: str) -> list[Fraction | None]:
        """What an hour of one unit costs at the rate of each commitment that counts, or as it is bought.

        None without a rate.
        """
        return [
            self.hour_usd(book, region, one.plan if self.is_paid_by(one) else self.purchase)
            for one in book.commitments(region)
        ]

    def committed_parts(self, book: PriceBook, region: str) -> list[Fraction | None]:
        """What else decides its bill where commitments count: the parts of that hour that are paid in an order."""
        return []

    def is_paid_by(self, commitment: Commitment) -> bool:
        """Whether a commitment covers its hours."""
        return False

    def by_hour(self, fleet: Fleet, workload: Workload) -> Mapping[str, ByHour]:
        """Its hours follow the units at work."""
        kept = fleet.own_places if fleet.place_of_hour is not None else None
        shape = ByHour(fleet.by_weight, workload.traffic.hours if kept is None else kept.hours)
        return {"ec2": shape, "fargate": shape}

    def bought(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> list[tuple[str, Number]]:
        """How the fleet's hours are bought: a savings plan covers the base of the load, the rest is on demand.

        With `spot_fraction` that share of the hours of units above `min_units` is on Spot.
        """
        if self.is_mixed:
            above = fleet.unit_hours
            if not fleet.started_each:
                stands = larger(fleet.unit_hours - fleet.units_mean * hours_per_month, 0)  # paid beyond a burst's time
                above = split_hours(fleet, workload, self.min_units, hours_per_month)[1] + stands
            spot_hours = above * self.spot_fraction
            return [("on_demand", fleet.unit_hours - spot_hours), ("spot", spot_hours)]
        plan = self.hour_usd(book, region, self.purchase) if self.purchase in PLANS else None
        listed = self.hour_usd(book, region, "on_demand")
        if plan is None or listed is None:
            return [(self.purchase, fleet.unit_hours)]
        committed = committed_units(fleet, workload, plan / listed)
        under_plan, beyond = split_hours(fleet, workload, committed, hours_per_month)
        if workload.traffic.loads:  # what starts for a burst is paid for its minimum
            beyond = beyond + (fleet.unit_hours - fleet.units_mean * hours_per_month)
        return [(self.purchase, under_plan), ("on_demand", beyond)]

    def as_it_comes(self, workload: Workload) -> Workload:
        """The workload as its units get it: where units start as the queue grows, so much sooner must they be there."""
        starts = self.startup_s is not None and self.units is None and self.scaling == "hourly"
        return workload.sooner(self.startup_s) if starts else workload

    @property
    def is_mixed(self) -> bool:
        """Whether some of its units run on Spot beside others on demand."""
        return on_sweep(self.spot_fraction) or bool(self.spot_fraction)

    @property
    def mixed_words(self) -> str:
        """What a label says of units on Spot beside others."""
        return f", {share_text(self.spot_fraction)} Spot" if self.is_mixed and not on_sweep(self.spot_fraction) else ""

    def on_demand_units(self, units: Number) -> Number:
        """Of so many units those that are not on Spot; a part of one, too."""
        if self.purchase == "spot":
            return Fraction(0)
        return units - larger(units - self.min_units, 0) * self.spot_fraction

    def unit(self, book: PriceBook) -> Unit:
        """What one unit has."""
        raise TypeError(f"{type(self).__name__} has no unit")

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The fleet of M6."""
        if starts_each(workload, self):
            return self._started(workload, book, hours_per_month)
        work = self.as_it_comes(workload)
        fleet = size_fleet(work, self.unit(book), self, hours_per_month, lambda s: larger(s, self.least_s(book)))
        return changed(fleet, limits=(*fleet.limits, *self.quotas(fleet.units_peak, book)))

    @property
    def _startup_s(self) -> Number:
        """The time in which a unit starts; nothing where it is not given. [s]"""
        return Fraction(0) if not on_sweep(self.startup_s) and self.startup_s is None else self.startup_s

    def _run_s(self, workload: Workload, book: PriceBook) -> Number:
        """From the start of a unit for a run to its end. [s]"""
        unit = self.unit(book)
        return self._startup_s + workload.wall_ms(unit.vcpu, unit.speed) / Fraction(MS_PER_SECOND)

    def _started(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The units that runs of a job start: paid by the second, and for a minimum."""
        started_s = self._run_s(workload, book)
        paid_s = larger(whole_up(started_s), self.least_s(book))
        fleet = started_fleet(workload, self.unit(book), self, hours_per_month, started_s, paid_s)
        return changed(fleet, limits=(*fleet.limits, *self.quotas(fleet.units_peak, book)))

    def unit_for(self, workload: Workload, book: PriceBook) -> Unit:
        """What one unit has, and how many processes where each run of a job has one to itself."""
        unit = self.unit(book)
        return of_one_run(unit) if starts_each(workload, self) else unit

    def step_edges(
        self, workload: Workload, book: PriceBook, hours_per_month: Number, low: int, high: int
    ) -> np.ndarray:
        """Request counts at which an hour of the week needs one unit more."""
        if starts_each(workload, self):
            return np.array([], dtype=np.int64)
        return step_edges(self.as_it_comes(workload), self.unit(book), self, hours_per_month, low, high)

    def edges_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """About how many step edges there are for each request a month of a range."""
        if starts_each(workload, self):
            return 0
        return count_edges(self.as_it_comes(workload), self.unit(book), self, hours_per_month)

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """Surviving the loss of a zone needs a second one; the numbers of units must go together."""
        problems: list[Problem] = []
        if self.survive_zone_loss and self.zones < 2:
            words = "a fleet in one zone does not survive its loss"
            fix = f"Set {path}.zones=2 or {path}.survive_zone_loss=false."
            problems.append(self.conflict(path, "zones", words, fix))
        if self.is_mixed and (
            self.purchase != "on_demand" or not set(getattr(self, "purchases", None) or ()) <= {"on_demand"}
        ):
            words, fix = (
                "it goes with purchase on_demand, which is what the other units are",
                "Leave out one of the two.",
            )
            problems.append(self.conflict(path, "spot_fraction", words, fix))
        if self.units is not None and self.max_units is not None and self.units > self.max_units:
            words, fix = f"it is above max_units = {self.max_units}", f"Try {path}.units={self.max_units}."
            problems.append(self.conflict(path, "units", words, fix))
        if self.max_units is not None and self.max_units < self.min_units:
            words, fix = f"it is below min_units = {self.min_units}", f"Try {path}.max_units={self.min_units}."
            problems.append(self.conflict(path, "max_units", words, fix))
        return problems
