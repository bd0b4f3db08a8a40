"""Fleets of EC2 instances: the type, given or left to be chosen, its price, volumes and CPU credits."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from lambdaplan.capacity.fleet import Fleet, credits_of, earning_units, least_units, rps_by_weight
from lambdaplan.capacity.limits import Limit, check
from lambdaplan.capacity.started_fleet import over_of_run, surplus_of_runs
from lambdaplan.capacity.sustained_fleet import WALKED_HOURS
from lambdaplan.capacity.unit import Unit
from lambdaplan.errors import InputError, Problem, nearest
from lambdaplan.formatting import decimal_text
from lambdaplan.kept import kept_last
from lambdaplan.numbers import Number
from lambdaplan.platforms.fleet_option import STEADY_OF_FLEETS, FleetOption, Shelf, bought_words
from lambdaplan.platforms.option import AUTO, Ask, Option, Selection
from lambdaplan.platforms.processor import ANY, PROCESSORS, with_processor
from lambdaplan.pricing.bill import price_of
from lambdaplan.pricing.plans import PLANS, PURCHASES, family, plan_words
from lambdaplan.pricing.price_book import InstanceType, PriceBook
from lambdaplan.pricing.rates import Commitment
from lambdaplan.pricing.usage import Charge, PartOf, Usage
from lambdaplan.schema.fields import HUGE, changed, choice, choices, number, own, shown, text
from lambdaplan.services.volumes import EbsUsage
from lambdaplan.units import MB_PER_GB, MINUTES_PER_HOUR
from lambdaplan.workload.workload import Workload

STANDARD_FAMILIES = ("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z")
"""The letters before the first digit of the families that share one quota of vCPUs.

References: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", name of the quota L-1216C47A, Amazon Web
Services, as quoted in public repositories read 2026-11-25.
"""


LAUNCH_CREDITS = 30
"""CPU credits that a T2 on standard starts with, for each vCPU: minutes of a vCPU.

References: "Standard mode for burstable performance instances", Amazon EC2 User Guide, Amazon Web Services.
"""


def type_unknown(instance_type: str, path: str, book: PriceBook) -> list[Problem]:
    """A type that the book does not know.

    A known type without a price in the region is a gap of the book: its line is unknown. Whether AWS sells a type
    there, a book can't say.
    """
    try:
        book.instance_type(instance_type, f"{path}.instance_type")
    except InputError as error:
        return list(error.problems)
    return []


def _named(names: Sequence[str], types: Iterable[str]) -> str:
    """Types in words: a family whose types are all among them by its name; at most `MOST_NAMED`."""
    whole = set(map(family, names)) - {family(name) for name in types if name not in set(names)}
    words = list(dict.fromkeys(family(name) if family(name) in whole else name for name in names))
    more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return ", ".join(words[:MOST_NAMED]) + more


MOST_NAMED = 6  # types or families in one sentence


@dataclass(frozen=True)
class Ec2Usage(Usage):
    """What a month of EC2 used: instance-hours, and CPU credits beyond the baseline.

    References: Amazon EC2 on-demand pricing, Amazon Web Services; price maps of 2025 and 2026.
    """

    other_names = "vm, vms, server, servers, instance, instances, machine, virtual machine, aws ec2, autoscaling, asg, "
    other_names += "lightsail, beanstalk, elastic beanstalk, bare metal, compute engine"

    instance_type: str = text("instance type", max_length=40)
    instance_hours: Number = number("hours of all instances", unit="h", high=HUGE)
    purchase: str = choice("how it is bought", "on_demand", "spot", *PLANS, default="on_demand")
    surplus_credit_vcpu_hours: Number = number(
        "vCPU-hours of surplus CPU credits that are charged, of burstable types",
        unit="vCPU-h",
        high=HUGE,
        default=Fraction(0),
    )

    @classmethod
    def further_items(cls, book: PriceBook, priced: Collection[str]) -> Iterable[str]:
        """Every type of the book, bought in every way."""
        return (f"{name}/{purchase}" for name in book.instance_types for purchase in PURCHASES)

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Instance-hours and surplus credits."""
        how = bought_words(self.purchase)
        words = f"EC2 {self.instance_type}{',' * bool(how)}{how}"
        charges = [Charge("ec2", f"{self.instance_type}/{self.purchase}", self.instance_hours, words)]
        item = f"surplus_credit_vcpu_hour/{family(self.instance_type)}"
        if book.instance_type(self.instance_type, "instance_type").baseline is not None:
            charges.append(
                Charge("ec2", item, self.surplus_credit_vcpu_hours, "CPU credits above the baseline", may_fall=True)
            )
        return charges

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A known type, and credits only for burstable ones."""
        problems = type_unknown(self.instance_type, path, book)
        if not problems and self.surplus_credit_vcpu_hours and book.instance_types[self.instance_type].baseline is None:
            words = f"{self.instance_type} has no CPU credits"
            problems.append(
                Problem("conflict", f"{path}.surplus_credit_vcpu_hours", str(self.surplus_credit_vcpu_hours), words)
            )
        return problems


@dataclass(frozen=True)
class ManagementFee(Usage):
    """The fee for instances that AWS manages: a fraction of their on-demand price, whatever is paid for them.

    Parameters:
    service : str - the service whose fee it is, as price books name it.
    instance_type, instance_hours : str, Number - what runs, for how long. [h]
    label : str - the line in words.
    digits : int or None - decimals to which the on-demand price is rounded first; None for no rounding.
    """

    service: str
    instance_type: str
    instance_hours: Number
    label: str
    digits: int | None = None

    def charges(self, book: PriceBook, hours_per_month: Number) -> Sequence[Charge]:
        """Instance-hours at the fee of one."""
        whole = PartOf("ec2", f"{self.instance_type}/on_demand", self.digits)
        return [Charge(self.service, FEE, self.instance_hours, self.label, part_of=whole)]

    def hour_usd(self, book: PriceBook, region: str) -> Fraction | None:
        """The fee of one hour; None without a price. [USD]"""
        (charge,) = self.charges(book, Fraction(0))
        price = price_of(charge, book, region)
        return None if price is None else price.first_usd


FEE = "managed_instances_fee_fraction"


def _read_families(value: Any, path: str, problems: list[Problem]) -> tuple[str, ...] | None:
    if isinstance(value, (list, tuple)) and 0 < len(value) <= 100 and all(isinstance(name, str) for name in value):
        return tuple(dict.fromkeys(value))
    words = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shown(value)
    problems.append(Problem("type", path, words, 'a list of 1 to 100 families, such as ["m7g", "c7g"]'))
    return None


_OF_AUTO = ("families", "architecture", "purchases")  # fields that go with instance_type auto
STEADY_OF_INSTANCES = (*STEADY_OF_FLEETS, "reserved_mb", "ebs_gb")
"""Fields along which units of EC2 only grow or only fall: reserved_mb leaves one less room, while it has as many
processes; ebs_gb is one line. `Option.steady_fields`.
"""


def instance_selection(key: str, label: str) -> Selection:
    """The choice of an instance type."""
    return Selection(
        key,
        label,
        listed=_listed,
        chosen=lambda instance: instance.instance_type,
        fields=lambda name: {"instance_type": name} | ({} if name == AUTO else dict.fromkeys(_OF_AUTO)),
        auto_field="instance_type",
    )


def _listed(instance: InstanceFleet, book: PriceBook, region: str) -> list[tuple[str, str]]:
    """The types that a book prices in a region, by family and size, and the one it is."""
    plain = book.with_prices(())
    sold, own = _on_demand(plain, region), instance.instance_type
    offered = [one for one in _in_order(plain) if not sold or one[1].name in sold or one[1].name == own]
    return [(words, size.name) for words, size in offered if instance.takes(size)]


@functools.lru_cache(maxsize=256)
def _on_demand(book: PriceBook, region: str) -> frozenset[str]:
    """The types that a book prices on demand in a region."""
    items = book.items("ec2", region)
    return frozenset(item.removesuffix("/on_demand") for item in items if item.endswith("/on_demand"))


@functools.lru_cache(maxsize=8)
def _in_order(book: PriceBook) -> tuple[tuple[str, InstanceType], ...]:
    """All types of a book in words, by family and size."""
    sizes = sorted(
        book.instance_types.values(), key=lambda size: (family(size.name), size.vcpu, size.memory_mb, size.name)
    )
    return tuple((_words(size), size) for size in sizes)


def _words(size: InstanceType) -> str:
    processor = PROCESSORS.get(size.architecture, size.architecture)
    memory_gb = decimal_text(size.memory_mb / MB_PER_GB)
    return f"{size.name}: {decimal_text(size.vcpu)} vCPU, {memory_gb} GB, {processor}"


@dataclass(frozen=True)
class InstanceFleet(FleetOption):
    """A fleet of EC2 instances of one type, which may be left to be chosen."""

    types_in_words: ClassVar[str] = ""  # which types it takes, where that is not every type
    unit_fields: ClassVar[tuple[str, ...]] = ()  # fields of its own that say what an instance carries or costs

    instance_type: str = text("instance type, or auto: the cheapest that carries the load", max_length=40)
    families: tuple[str, ...] | None = own(
        "with instance_type auto: the families to choose from; default: all",
        _read_families,
        {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}},
        default=None,
    )
    architecture: str | None = choice(
        "with instance_type auto: processor; any is both; default: the scenario's, or that of its families",
        *PROCESSORS,
        ANY,
        default=None,
    )
    purchases: tuple[str, ...] | None = choices(
        "with instance_type auto: ways of buying to choose from; default: purchase alone",
        "on_demand",
        "spot",
        *PLANS,
        default=None,
    )

    @classmethod
    def item_of_hours(cls, document: Mapping[str, Any]) -> tuple[str, str] | None:
        """The item of EC2 by its type and the way it is bought."""
        return "ec2", f"{document.get('instance_type')}/{document.get('purchase', 'on_demand')}"

    @property
    def is_choice(self) -> bool:
        """Whether the type is left to be chosen."""
        return self.instance_type == AUTO

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor, where the type is left to be chosen among both."""
        if document.get("instance_type") != AUTO:
            return document
        given = document.get("families")
        names = given if isinstance(given, (list, tuple)) else ()
        theirs = {size.architecture for size in book.instance_types.values() if family(size.name) in names}
        return document if len(theirs) == 1 else with_processor(document, architecture)

    def processors(self, book: PriceBook) -> frozenset[str]:
        """The processors of the types that it may have."""
        if not self.is_choice:
            return frozenset({book.instance_type(self.instance_type, "instance_type").architecture})
        sizes = [size for size in book.instance_types.values() if type(self).takes(size) and self._wants(size)]
        return frozenset(size.architecture for size in sizes)

    def on_processor(self, architecture: str, book: PriceBook, region: str) -> InstanceFleet | None:
        """The option on a processor; None where no type of it that it may have has a price in the region."""
        if not self.is_choice:
            return self if self.processors(book) == {architecture} else None
        there = changed(self, architecture=architecture)
        return there if there.has_hours_priced(book, region) else None

    def _wants(self, size: InstanceType) -> bool:
        """Whether a type is of its families and of its processor."""
        among = self.families is None or family(size.name) in self.families
        return among and self.architecture in (None, ANY, size.architecture)

    def has_hours_priced(self, book: PriceBook, region: str) -> bool:
        """Whether there is a price for its hours, or for those of a type that it may have."""
        if not self.is_choice:
            return self.hour_usd(book, region, self.purchase) is not None
        return bool(self._sold(book, region).wares)

    def sizes(self, ask: Ask) -> Sequence[Option]:
        """The types and ways of buying worth billing."""
        if not self.is_choice:
            return (self,)
        shelf = self._sold(ask.book, ask.region)
        return shelf.worth_billing(self, ask, **dict.fromkeys(_OF_AUTO))

    def least_usd(self, ask: Ask) -> float:
        """As of any fleet; of a type that is left to be chosen the least of all."""
        return self._sold(ask.book, ask.region).least_usd(self, ask) if self.is_choice else super().least_usd(ask)

    def sized_as(self, size: Any, ask: Ask) -> Option | None:
        """Of the same type, bought in the same way."""
        if not self.is_choice:
            return self
        ware = {"instance_type": size.instance_type, "purchase": size.purchase}
        return self._sold(ask.book, ask.region).sized(self, ask, ware, **dict.fromkeys(_OF_AUTO))

    def left_out(self, book: PriceBook, region: str) -> list[str]:
        """Which types, and which ways of buying them, are not weighed for want of any price; a family without one."""
        if not self.is_choice:
            mine = family(self.instance_type)
            if mine in book.families(region) or self.has_hours_priced(book, region):
                return []
            lacks = f"the book {book.id} has no price for {mine} in {region}"
            return [f"{lacks}; AWS may sell it there: give its price in prices, or take another family"]
        types = [size.name for size in book.instance_types.values() if type(self).takes(size) and self._wants(size)]
        purchases = self.purchases or (self.purchase,)
        priced = _priced(book, region)
        sold = [name for name in types if any(f"{name}/{terms}" in priced for terms in purchases)]
        where, words = f"in {region} in {book.id}", []
        others = [name for name in self.families or () if name not in {family(kind) for kind in types}]
        if others and self.architecture in PROCESSORS:
            words.append(f"{', '.join(others)} do not run on {PROCESSORS[self.architecture]} and are not weighed")
        if len(sold) < len(types):
            named = _named([name for name in types if name not in set(sold)], types)
            count = f"{len(types) - len(sold)} of {len(types)} types have no price {where} and are not weighed"
            words.append(f"{count}: {named}")
        for terms in purchases:
            without = [name for name in sold if f"{name}/{terms}" not in priced]
            bought = bought_words(terms).strip() or "on demand"
            which = "any of the types" if len(without) == len(sold) else f"{len(without)} of {len(sold)} types"
            if without:
                words.append(f"{bought} has no price for {which} {where}, and is left out there")
        for one in book.commitments(region):
            rates = [one.item("ec2", f"{name}/{terms}") for name in sold for terms in purchases]
            lacking = sum(rate not in priced for rate in rates if rate)
            if lacking:
                words.append(f"{plan_words(one.plan)} has no rate for {lacking} types {where}; they are not weighed")
        return words

    def _sold(self, book: PriceBook, region: str) -> Shelf:
        purchases = self.purchases or (self.purchase,)
        fields = tuple((name, getattr(self, name)) for name in self.unit_fields)
        platform = type(self)
        return _sold(platform, book, region, self.families, self.architecture, purchases, fields)  # type: ignore[arg-type]  # a class is hashable

    @property
    def size_label(self) -> str:
        """The size in words, for a label."""
        return f"{self.platform} {self.instance_type}{bought_words(self.purchase)}{self.mixed_words}"

    @classmethod
    def takes(cls, size: InstanceType) -> bool:
        """Whether it runs on a type: on every type, unless a platform says otherwise."""
        return True

    def problems(self, path: str, book: PriceBook, region: str) -> list[Problem]:
        """A known type, or some type with a price, and fleets that fit together."""
        problems = super().problems(path, book, region)
        if not self.is_choice:
            problems += type_unknown(self.instance_type, path, book)
            problems += self.type_problems(self.instance_type, path, book)
            given = [name for name in _OF_AUTO if getattr(self, name) is not None]
            words = f"it goes with instance_type auto, and that is {self.instance_type}"
            return problems + [self.conflict(path, name, words) for name in given]
        known = {family(kind) for kind in book.instance_types}
        for index, name in enumerate(self.families or ()):
            if name not in known:
                allowed = "a family of the book: " + ", ".join(sorted(known))
                field = f"{path}.families.{index}"
                problems.append(Problem("choice", field, shown(name), allowed, nearest(name, known)))
        if not problems and not self._sold(book, region).wares:
            both = changed(self, architecture=ANY).has_hours_priced(book, region)
            among = "none of these families" if self.families else "no type"
            on = f" on {PROCESSORS[self.architecture]} (architecture)" if self.architecture in PROCESSORS else ""
            words = f"{among}{on} has a price for these purchases in {region} in the book {book.id}"
            known_here = [name for name in book.families(region) if name not in (self.families or ())]
            fix = f"Set {path}.architecture=any, or name other families." if both else ""
            if not both and known_here:
                others = f"{_named(known_here, known_here)} have: name some of them in families"
                fix = f"There {others}, or give the price of a type in prices."
            problems.append(Problem("conflict", f"{path}.instance_type", '"auto"', words, fix))
        return problems

    @classmethod
    def type_problems(cls, instance_type: str, path: str, book: PriceBook) -> list[Problem]:
        """A known type that it does not run on."""
        size = book.instance_types.get(instance_type)
        if size is None or cls.takes(size):
            return []
        fix = "lambdaplan prices list ec2 names the types."
        return [Problem("choice", f"{path}.instance_type", shown(instance_type), cls.types_in_words, fix)]

    def quotas(self, units: Number, book: PriceBook) -> tuple[Limit, ...]:
        """vCPUs of standard families, on demand (with or without a plan) or Spot; other families have their own."""
        if re.split(r"\d", self.instance_type, maxsplit=1)[0] not in STANDARD_FAMILIES:
            return ()
        vcpu, on_demand = self.unit(book).vcpu, self.on_demand_units(units)
        listed = () if self.purchase == "spot" else (check("ec2.vcpu", on_demand * vcpu),)
        spot = self.purchase == "spot" or self.is_mixed
        return (*listed, check("ec2.spot_vcpu", (units - on_demand) * vcpu)) if spot else listed

    def is_paid_by(self, commitment: Commitment) -> bool:
        """Whether a commitment covers its hours: those on demand, an EC2 Instance plan those of its family."""
        return bool(commitment.item("ec2", f"{self.instance_type}/{self.purchase}"))

    def hour_usd(self, book: PriceBook, region: str, purchase: str) -> Fraction | None:
        """What an hour of one instance costs; None without a price. [USD]"""
        price = book.price("ec2", f"{self.instance_type}/{purchase}", region)
        return None if price is None else price.first_usd


@dataclass(frozen=True)
class Instances(InstanceFleet):
    """A fleet of EC2 instances with volumes, that runs on burstable types too."""

    unit_fields = ("cpu_credits",)

    @classmethod
    def inheriting(cls, document: Mapping[str, Any], architecture: str, book: PriceBook) -> Mapping[str, Any]:
        """Its document with the scenario's processor, and the CPU credits that AWS gives a T2 unless told otherwise.

        References: "Standard mode for burstable performance instances", Amazon EC2 User Guide, Amazon Web Services: T2
        is launched as standard by default, T3, T3a and T4g as unlimited.
        """
        own = super().inheriting(document, architecture, book)
        named = own.get("instance_type")
        if isinstance(named, str) and family(named) == "t2" and "cpu_credits" not in own:
            return {**own, "cpu_credits": "standard"}
        return own

    ebs_gb: Number = number("gp3 volume of each instance", unit="GB", high=65_536, default=Fraction(8))
    cpu_credits: str = choice(
        "what a burstable type does above its baseline; of a T2 that is named standard unless given",
        "unlimited",
        "standard",
        default="unlimited",
    )
    reserved_mb: Number = number(
        "memory the system needs on each instance, an assumption", unit="MB", high=10**6, default=Fraction(300)
    )
    sized_by: str = dataclasses.field(default="", kw_only=True)  # of `standard`: balances, the load or earnings alone

    @kept_last
    def unit(self, book: PriceBook) -> Unit:
        """What one instance has; on standard CPU credits with what it earns."""
        size = book.instance_type(self.instance_type, "instance_type")
        standard = self.cpu_credits == "standard" and self.sized_by != "load"
        return Unit(
            "instance",
            size.vcpu,
            size.memory_mb,
            self.reserved_mb,
            self.cpu_speed,
            given_processes=self.processes,
            earned_vcpu=size.vcpu * size.baseline if standard and size.baseline is not None else None,
            always_earned=self.sized_by == "earnings",
            headroom=self.headroom,
        )

    def units_may_fall(self, book: PriceBook) -> bool:
        """Whether its fleet follows its balances of `standard` credits: it may then fall as the load grows."""
        follows = self.scaling == "hourly" and self.units is None and not self.sized_by
        return follows and self.unit(book).earned_vcpu is not None

    def sized_between(self) -> tuple[Option, Option]:
        """The same with the fleets that are never larger than its own, and never smaller, and never fall."""
        return dataclasses.replace(self, sized_by="load"), dataclasses.replace(self, sized_by="earnings")

    def credit_events_per_request(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Number:
        """One for each hour that is walked and each instance that it asks for, or lets go."""
        if not self.units_may_fall(book):
            return 0
        return 2 * WALKED_HOURS * earning_units(workload, self.unit(book), hours_per_month)

    def least_units(
        self, small: Fleet, large: Fleet, workload: Workload, book: PriceBook, hours_per_month: Number
    ) -> np.ndarray:
        """As many as earn what the week computes."""
        return least_units(small, large, workload, self.unit(book), hours_per_month)

    def document(self) -> dict[str, Any]:
        """The option as a scenario writes it."""
        document = super().document()
        document.pop("sized_by", None)
        return document

    def fleet(self, workload: Workload, book: PriceBook, hours_per_month: Number) -> Fleet:
        """The fleet of M6, with the CPU credits of a burstable type that runs without limit."""
        fleet = super().fleet(workload, book, hours_per_month)
        return self.with_credits(fleet, rps_by_weight(workload, hours_per_month), workload, book)

    def with_credits(self, fleet: Fleet, rps: Any, workload: Workload, book: PriceBook) -> Fleet:
        """The fleet with the CPU credits of a burstable type, at so many requests per second for each weight."""
        size = book.instance_type(self.instance_type, "instance_type")
        if fleet.started_each:
            return self._with_credits_of_runs(fleet, workload, book, size)
        if size.baseline is None or self.cpu_credits == "standard":
            return fleet
        return changed(fleet, credits=credits_of(rps, workload, fleet, self.unit(book), size.baseline))

    def _with_credits_of_runs(self, fleet: Fleet, workload: Workload, book: PriceBook, size: InstanceType) -> Fleet:
        """The fleet of a job with what its runs use above the credits of the instances that they start."""
        if size.baseline is None:
            return fleet
        unit, started_s, earned = self.unit(book), self._run_s(workload, book), size.vcpu * size.baseline
        if self.cpu_credits == "unlimited":
            return changed(fleet, surplus_vcpu_hours=surplus_of_runs(workload, unit, started_s, earned))
        at_launch = size.vcpu * LAUNCH_CREDITS / MINUTES_PER_HOUR if family(size.name) == "t2" else Fraction(0)
        over, words = over_of_run(workload, unit, started_s, earned), "CPU time of a run above what its instance earns"
        held = Limit(f"{words}, on standard credits", over, at_launch, "vCPU-hours", False, "CPU credits")
        return changed(fleet, limits=(*fleet.limits, held))

    def surplus(self, book: PriceBook, region: str) -> tuple[Fraction, Fraction | None] | None:
        """Baseline of a burstable type, and what it pays above its credits: nothing on `standard`."""
        size = book.instance_type(self.instance_type, "instance_type")
        if size.baseline is None:
            return None
        if self.cpu_credits == "standard":
            return size.baseline, Fraction(0)
        price = book.price("ec2", f"surplus_credit_vcpu_hour/{family(self.instance_type)}", region)
        return size.baseline, None if price is None else price.first_usd

    def compute(
        self, fleet: Fleet, workload: Workload, book: PriceBook, region: str, hours_per_month: Number
    ) -> Sequence[Usage]:
        """Instance-hours, surplus credits and volumes."""
        over = fleet.credits.month_surplus(hours_per_month) if fleet.credits else Fraction(0)
        over = over if fleet.surplus_vcpu_hours is None else fleet.surplus_vcpu_hours
        kind = self.instance_type
        first, *rest = (
            Ec2Usage(instance_type=kind, instance_hours=hours, purchase=purchase)
            for purchase, hours in self.bought(fleet, workload, book, region, hours_per_month)
        )
        volumes = EbsUsage(gb=self.ebs_gb, hours=fleet.unit_hours)
        return [changed(first, surplus_credit_vcpu_hours=over), *rest, volumes]

    def unit_more_usd(self, ask: Ask) -> float:
        """Its volume."""
        price = ask.book.price("ebs", "gp3_storage", ask.region)
        return float(self.ebs_gb * price.first_usd) if price and len(price.tiers) == 1 else 0.0

    def surplus_usd(self, vcpu_hours: Number, book: PriceBook, region: str) -> Number:
        """What surplus credits cost; 0 without a price. [USD]"""
        price = book.price("ec2", f"surplus_credit_vcpu_hour/{family(self.instance_type)}", region)
        return vcpu_hours * (price.first_usd if price else 0)


def _priced(book: PriceBook, region: str) -> set[str]:
    """The items of EC2 that have a price in a region."""
    return set(book.items("ec2", region)) | {item for service, item in book.own_items(region) if service == "ec2"}


@functools.lru_cache(maxsize=64)
def _sold(
    platform: type[InstanceFleet],
    book: PriceBook,
    region: str,
    families: tuple[str, ...] | None,
    architecture: str | None,
    purchases: tuple[str, ...],
    fields: tuple[tuple[str, Any], ...],
) -> Shelf:
    """Every type and way of buying to choose from that has a price in the region, in the book's order."""
    option = functools.partial(platform, **dict(fields))
    priced = _priced(book, region)

    def has_rates(item: str) -> bool:
        rates = (one.item("ec2", item) for one in book.commitments(region))
        return all(rate in priced for rate in rates if rate)

    wares = [
        {"instance_type": size.name, "purchase": purchase}
        for size in sorted(book.instance_types.values(), key=lambda size: size.architecture != "x86_64")
        if (families is None or family(size.name) in families) and architecture in (None, ANY, size.architecture)
        if platform.takes(size)
        for purchase in purchases
        if f"{size.name}/{purchase}" in priced and has_rates(f"{size.name}/{purchase}")
    ]
    return Shelf(wares, option, book, region)
